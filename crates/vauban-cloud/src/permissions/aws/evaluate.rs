//! The order in which AWS weighs policies.
//!
//! An explicit deny anywhere wins. Otherwise the organisation's policies, the boundary and the identity's own policies
//! all have to allow; a resource's own policy may allow besides (same account) or has to as well (another account, a
//! role's trust, a key). What nobody knows makes an answer unknown, never a no.

use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;
use vauban_model::resource::Text;

use super::arn::{Names, bare_type, segments};
use super::foreign::Foreign;
use super::level::Level;
use super::matching::{Choice, Tri, fits, name, pattern};
use super::memo::{Fits, Texts};
use super::narrow::policy_to_attach;
use super::policy::{Name, Pattern, Statements, Stmt};
use super::principals::{Applied, AwsPrincipal, Class, Everybody};
use super::resources::{Own, Resources};
use super::targets::Indexes;
use crate::Estate;
use crate::permissions::tables::{Inside, Tables};
use crate::permissions::{Answer, Request, Target};

/// The most names that are tried for something the caller names itself.
const MOST_CANDIDATES: usize = 24;

/// Everything about AWS.
#[derive(Debug)]
pub(crate) struct Aws<'e> {
    pub(crate) names: Names<'e>,
    pub(crate) tables: &'e Tables<'e>,
    pub(crate) store: Statements,
    pub(crate) people: Everybody,
    pub(crate) resources: Resources,
    /// Numbers of accounts that are taken for the code's own, where it does not say its own.
    pub(crate) probable: Vec<String>,
    pub(super) indexes: Mutex<Indexes>,
    pub(super) fits: Fits,
    memo: Mutex<Memo>,
}

/// Statements that speak of an action, and how surely.
type Speaking = Arc<[(u32, Tri)]>;

/// What was worked out per principal and action.
#[derive(Debug, Default)]
struct Memo {
    actions: FxHashMap<Box<str>, u32>,
    matched: FxHashMap<(u32, u32), Arc<Matched>>,
    /// For all to whom nothing applies.
    nothing: Arc<Matched>,
    /// By the holder of own policies and action: the statements of those that speak of it.
    speaking: FxHashMap<(u32, u32), Speaking>,
    /// Numbers of patterns and names.
    texts: Texts,
    /// By target and action.
    names: FxHashMap<(u32, u32), Arc<[Name]>>,
}

impl Memo {
    fn action(&mut self, action: &str) -> u32 {
        match self.actions.get(action) {
            Some(id) => *id,
            None => {
                let id = u32::try_from(self.actions.len()).unwrap_or(u32::MAX);
                self.actions.insert(action.into(), id);
                id
            }
        }
    }
}

/// The statements of a principal that speak of an action, and how surely.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matched {
    pub(super) allow: Vec<(Applied, Tri)>,
    deny: Vec<(Applied, Tri)>,
    pub(super) boundary: Option<Vec<(Applied, Tri)>>,
    /// Denials of the organisation; the last says whether the account certainly is under it.
    guards: Vec<(Applied, Tri, bool)>,
    /// Organisation policies that only list what is allowed, and do not list this.
    unlisted: Vec<Text>,
}

impl Matched {
    fn is_nothing(&self) -> bool {
        let Matched { allow, deny, boundary, guards, unlisted } = self;
        allow.is_empty() && deny.is_empty() && boundary.is_none() && guards.is_empty() && unlisted.is_empty()
    }

    /// The statements that allow.
    pub(crate) fn allowing(&self) -> impl Iterator<Item = &Applied> {
        self.allow.iter().map(|(applied, _)| applied)
    }
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caller<'c> {
    Principal(&'c AwsPrincipal),
    /// Anybody at all, from outside, without an account of the provider.
    Anybody,
    /// Somebody with an account of the provider that is none of those in sight.
    Stranger,
    /// Somebody of an account that is none of the code's, and that policies of the code name.
    Foreign(&'c Foreign),
    /// A service of the provider, for the account.
    Service(&'c str),
}

/// A call to be judged.
#[derive(Clone, Debug)]
pub(crate) struct Call<'c> {
    pub(crate) caller: Caller<'c>,
    /// In lower case.
    pub(crate) action: &'c str,
    pub(crate) target: Option<u32>,
    /// The account of what it is taken on.
    pub(crate) account: String,
    pub(crate) request: &'c Request<'c>,
}

/// What a resource's own policies say of a call.
#[derive(Debug)]
pub(crate) struct Said {
    /// Whether what they deny lets it pass.
    pub(crate) past: Level,
    /// Whether they allow it by naming the caller, or everybody.
    pub(crate) direct: Level,
    /// Whether they allow it by naming a session of the caller.
    pub(crate) session: Level,
    /// Whether they leave it to the caller's account.
    pub(crate) delegated: Level,
}

impl<'e> Aws<'e> {
    /// Reads all policies.
    pub(crate) fn new(estate: &'e Estate<'e>, tables: &'e Tables<'e>) -> Self {
        let names = Names::new(estate, tables);
        let mut store = Statements::default();
        let people = Everybody::collect(&names, tables, &mut store);
        let resources = Resources::collect(&names, tables, &mut store);
        let mut memo = Memo::default();
        for pattern in store.all.iter_mut().filter_map(|statement| statement.resources.as_mut()).flatten() {
            pattern.count(&mut memo.texts);
        }
        let (indexes, fits, memo) = (Mutex::default(), Fits::default(), Mutex::new(memo));
        let mut out = Aws { names, tables, store, people, resources, probable: Vec::new(), indexes, fits, memo };
        out.probable = out.probably_own();
        out
    }

    pub(crate) fn statement(&self, applied: &Applied) -> Option<&Stmt> {
        self.store.all.get(applied.statement as usize)
    }

    /// Whether a statement speaks of an action.
    pub(crate) fn speaks(statement: &Stmt, action: &str) -> Tri {
        let fit = statement.actions.fit(action);
        if statement.not_actions { fit.not() } else { fit }
    }

    fn matching(&self, applied: &[Applied], action: &str, allows: bool) -> Vec<(Applied, Tri)> {
        applied
            .iter()
            .filter_map(|one| {
                let statement = self.statement(one).filter(|statement| statement.allows == allows)?;
                let fit = Self::speaks(statement, action);
                (fit != Tri::No).then_some((*one, fit))
            })
            .collect()
    }

    /// The statements of a principal that speak of an action.
    pub(crate) fn matched(&self, number: u32, action: &str) -> Arc<Matched> {
        let mut memo = self.memo.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = memo.action(action);
        if let Some(matched) = memo.matched.get(&(number, id)) {
            return matched.clone();
        }
        let lower = action.to_ascii_lowercase();
        let matched = self.work_out(number, &lower);
        // Most principals have nothing to do with most actions.
        let matched = if matched.is_nothing() { memo.nothing.clone() } else { Arc::new(matched) };
        memo.matched.insert((number, id), matched.clone());
        matched
    }

    fn work_out(&self, number: u32, action: &str) -> Matched {
        let Some(principal) = self.people.all.get(number as usize) else { return Matched::default() };
        let mut out = Matched {
            allow: self.matching(&principal.statements, action, true),
            deny: self.matching(&principal.statements, action, false),
            ..Matched::default()
        };
        if let Some((boundary, unknown)) = &principal.boundary {
            out.deny.extend(self.matching(boundary, action, false));
            out.boundary = unknown.is_none().then(|| self.matching(boundary, action, true));
        }
        for guard in self.resources.guards.iter().filter(|guard| !guard.on_resources) {
            let certain = guard.scopes.contains(&principal.scope);
            if !certain && !guard.wider {
                continue;
            }
            let (mut denies, mut lists, mut listed) = (false, false, false);
            for number in &guard.statements {
                let Some(statement) = self.store.all.get(*number as usize) else { continue };
                let (Some(via), Some(span)) = (statement.holder, statement.span) else { continue };
                let fit = Self::speaks(statement, action);
                if statement.allows {
                    lists = true;
                    listed |= fit != Tri::No;
                } else {
                    denies = true;
                    if fit != Tri::No {
                        out.guards.push((Applied { statement: *number, via, span }, fit, certain));
                    }
                }
            }
            // Beside a list of what is allowed usually stands the provider's own `FullAWSAccess`.
            if (lists || !denies) && !listed {
                out.unlisted.push(guard.name.clone());
            }
        }
        out
    }

    /// Whether anything at all lets a principal take an action somewhere: a quick no.
    pub(crate) fn could(&self, number: u32, action: &str) -> bool {
        let unknown = self.people.all.get(number as usize).is_some_and(|principal| {
            !principal.unknown.is_empty() && self.unread(principal, &action.to_ascii_lowercase()).is_some()
        });
        unknown || !self.matched(number, action).allow.is_empty()
    }

    /// Whether an action has a form of names of its own.
    pub(super) fn inside_speaks(inside: &Inside, action: &str) -> bool {
        let any =
            |list: &[String]| list.iter().any(|listed| fits(&pattern(listed), &name(action), Choice::Some) == Tri::Yes);
        any(&inside.actions) && !any(&inside.except)
    }

    /// The names of a target for an action.
    pub(super) fn target_names(&self, at: u32, action: &str) -> Vec<String> {
        let ty = bare_type(self.names.estate.resource(at));
        let forms = self.names.of(at);
        for inside in &self.tables.inside {
            if inside.ty == ty && Self::inside_speaks(inside, action) {
                if inside.name.starts_with("arn:") {
                    return vec![self.names.filled(&inside.name, at)];
                }
                return forms.iter().take(1).map(|form| format!("{form}{}", inside.name)).collect();
            }
        }
        forms.iter().map(ToString::to_string).collect()
    }

    /// The same, taken apart; the same targets are asked about for every principal.
    pub(super) fn names_of_target(&self, at: u32, action: &str) -> Arc<[Name]> {
        let mut memo = self.memo.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (at, memo.action(action));
        if let Some(known) = memo.names.get(&key) {
            return known.clone();
        }
        let names: Arc<[Name]> =
            self.target_names(at, action).iter().map(|form| Name::counted(form, &mut memo.texts)).collect();
        memo.names.insert(key, names.clone());
        names
    }

    /// Whether a resource's own policies bear on an action at all.
    fn own_speaks(&self, at: u32, action: &str) -> bool {
        self.policy_of(at).is_some_and(|(_, own)| {
            !own.unknown.is_empty()
                || own
                    .statements
                    .iter()
                    .filter_map(|number| self.store.all.get(*number as usize))
                    .any(|statement| statement.allows && Self::speaks(statement, action) != Tri::No)
        })
    }

    /// The statements of a resource's own policies that speak of an action; the same for every caller.
    fn speaking(&self, own: &Own, action: &str) -> Speaking {
        let work_out = || {
            let statements = own.statements.iter();
            let fit = |number: &u32| self.store.all.get(*number as usize).map(|one| Self::speaks(one, action));
            statements.filter_map(|number| Some((*number, fit(number)?))).filter(|(_, fit)| *fit != Tri::No).collect()
        };
        let mut memo = self.memo.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (own.target, memo.action(action));
        memo.speaking.entry(key).or_insert_with(work_out).clone()
    }

    /// The account of a resource, as text.
    pub(crate) fn account_of(&self, at: u32) -> String {
        self.names.account_of(at).to_owned()
    }

    /// Whether more than one account is in sight.
    pub(crate) fn several_accounts(&self) -> bool {
        self.names.several()
    }

    /// Whether a resource is for sure in another account than a principal.
    pub(crate) fn lies_in_other_account(&self, number: u32, at: u32) -> bool {
        self.people.all.get(number as usize).is_some_and(|principal| {
            self.names.same_account(self.names.account_of(at), &self.names.account(&principal.scope)) == Tri::No
        })
    }

    /// Whether a resource is certainly in another account than its caller and has no policy of its own that speaks of the
    /// action: then nothing that the caller's policies say opens it.
    pub(super) fn is_closed_to(&self, own_account: &str, at: u32, action: &str) -> bool {
        self.names.several()
            && self.names.same_account(self.names.account_of(at), own_account) == Tri::No
            && !self.own_speaks(at, action)
    }

    /// Whether a principal may take an action.
    pub(crate) fn can(&self, number: u32, action: &str, target: Target<'_>, request: &Request<'_>) -> Level {
        self.can_by(&self.matched(number, action), number, action, target, request)
    }

    /// The same, had its own policies given it whatever its boundary leaves. Only for principals with a boundary.
    pub(super) fn could_be_given(&self, number: u32, action: &str, target: Target<'_>, request: &Request<'_>) -> Level {
        let matched = self.matched(number, action);
        let Some(boundary) = &matched.boundary else {
            return Level::unknown("what the permissions boundary allows is not known");
        };
        let given = Matched { allow: boundary.clone(), ..Matched::clone(&matched) };
        self.can_by(&given, number, action, target, request)
    }

    fn can_by(&self, matched: &Matched, number: u32, action: &str, target: Target<'_>, request: &Request<'_>) -> Level {
        let Some(principal) = self.people.all.get(number as usize) else { return Level::plain(Answer::Denied) };
        let lower = action.to_ascii_lowercase();
        if matched.allow.is_empty() && self.unread(principal, &lower).is_none() {
            let own = match target {
                Target::Resource(at) => self.own_speaks(at, &lower),
                Target::Named(_) => true,
                Target::Anything | Target::Place(_) => false,
            };
            if !own {
                return Level::plain(Answer::Denied);
            }
        }
        let mut call = Call {
            caller: Caller::Principal(principal),
            action: &lower,
            target: None,
            account: self.names.account(&principal.scope),
            request,
        };
        match target {
            Target::Resource(at) => {
                if self.is_closed_to(&call.account, at, &lower) {
                    return Level::plain(Answer::Denied);
                }
                call.target = Some(at);
                call.account = self.account_of(at);
                let forms = self.names_of_target(at, &lower);
                if forms.is_empty() {
                    return self.anything(&call, matched);
                }
                let level = self.best(forms.iter().map(|form| self.decide(&call, matched, form)));
                self.with_what_else_it_takes(&call, matched, number, level)
            }
            Target::Named(text) => {
                let scope = principal.scope.clone();
                let text = self.names.canonical(text, &scope);
                call.target = self.names.find(&text).or_else(|| self.holder_of(&text, &lower));
                let parts = segments(&text, 6);
                if let Some(at) = call.target {
                    call.account = self.account_of(at);
                } else if let Some(account) = parts.get(4)
                    && !account.is_empty()
                    && *account != "*"
                {
                    call.account = (*account).to_owned();
                }
                let text = if parts.get(4) == Some(&"*") && parts.len() == 6 {
                    let own = self.names.account(&scope);
                    parts
                        .iter()
                        .enumerate()
                        .map(|(at, part)| if at == 4 { own.as_str() } else { part })
                        .collect::<Vec<_>>()
                        .join(":")
                } else {
                    text.clone()
                };
                self.decide(&call, matched, &Name::new(&text))
            }
            Target::Anything | Target::Place(_) => self.anything(&call, matched),
        }
    }

    /// The resource inside which something has a name: the bucket of an object.
    pub(super) fn holder_of(&self, arn: &str, action: &str) -> Option<u32> {
        self.tables.inside.iter().filter(|inside| Self::inside_speaks(inside, action)).find_map(|inside| {
            let sign = inside.name.trim_end_matches('*');
            let ends = arn.match_indices(sign).filter(|_| !sign.is_empty());
            let mut holders = ends.filter_map(|(end, _)| self.names.find(arn.get(..end)?));
            holders.find(|at| bare_type(self.names.estate.resource(*at)) == inside.ty)
        })
    }

    pub(super) fn best(&self, levels: impl Iterator<Item = Level>) -> Level {
        let mut best: Option<Level> = None;
        for level in levels {
            let better = match best {
                None => level,
                Some(best) => best.or_first(level),
            };
            let done = better.answer == Answer::Allowed;
            best = Some(better);
            if done {
                break;
            }
        }
        best.unwrap_or_else(|| Level::plain(Answer::Denied))
    }

    /// On something that the caller names itself: every pattern that allows is tried as the name.
    fn anything(&self, call: &Call<'_>, matched: &Matched) -> Level {
        let mut names: Vec<(String, Name)> = Vec::new();
        for (applied, _) in &matched.allow {
            let Some(statement) = self.statement(applied) else { continue };
            let Some(patterns) = statement.resources.as_ref().filter(|_| !statement.not_resources) else {
                names.push(("*".to_owned(), Name::new("*")));
                continue;
            };
            for pattern in patterns {
                if names.len() < MOST_CANDIDATES
                    && self.makes(call.action, pattern)
                    && !names.iter().any(|(text, _)| **text == *pattern.text)
                {
                    names.push((pattern.text.to_string(), Name::of(pattern)));
                }
            }
        }
        let Caller::Principal(principal) = call.caller else { return Level::plain(Answer::Denied) };
        if names.is_empty() && self.unread(principal, call.action).is_some() {
            names.push(("*".to_owned(), Name::new("*")));
        }
        self.best(names.iter().map(|(_, name)| self.decide(call, matched, name)))
    }

    /// Whether a pattern can name something that an action is taken on.
    fn makes(&self, action: &str, pattern: &Pattern) -> bool {
        if &*pattern.text == "*" {
            return true;
        }
        let name = Name::of(pattern);
        if let Some(form) = self.tables.creates.get(action) {
            return Pattern::new(form).fits(&name, Choice::Some, &|_| None) != Tri::No;
        }
        let service = action.split(':').next().unwrap_or_default();
        let own = [service.to_owned()];
        let services = self.tables.services.get(service).map_or(own.as_slice(), Vec::as_slice);
        services
            .iter()
            .any(|service| Pattern::new(&format!("arn:*:{service}:*")).fits(&name, Choice::Some, &|_| None) != Tri::No)
    }

    /// The resource's own policies that bear on a target.
    pub(crate) fn policy_of(&self, at: u32) -> Option<(u32, &Own)> {
        if let Some(own) = self.resources.own.get(&at) {
            return Some((at, own));
        }
        let resource = self.names.estate.resource(at);
        let key = match bare_type(resource) {
            "aws_s3_object" | "aws_s3_bucket_object" => "bucket",
            "aws_lambda_alias" => "function_name",
            _ => return None,
        };
        let holders = resource.get(key).map(|value| self.names.estate.referred(value)).unwrap_or_default();
        holders.into_iter().find_map(|holder| self.resources.own.get(&holder).map(|own| (holder, own)))
    }

    /// How well a statement allows a call.
    pub(crate) fn allows(&self, call: &Call<'_>, applied: &Applied, fit: Tri, name: Option<&Name>) -> Level {
        let Some(statement) = self.statement(applied) else { return Level::plain(Answer::Denied) };
        let fill = |key: &str| self.variable(call, key);
        let on = match (&statement.resources, name) {
            (Some(patterns), Some(name)) => {
                let choice = if statement.not_resources { Choice::Every } else { Choice::Some };
                let patterns = patterns.iter().filter(|one| {
                    let whole = statement.not_resources || matches!(call.caller, Caller::Anybody | Caller::Stranger);
                    whole || !self.some_objects(call, one)
                });
                let any = patterns.map(|one| self.fits.pattern(one, name, choice, &fill)).max().unwrap_or(Tri::No);
                if statement.not_resources { any.not() } else { any }
            }
            _ => Tri::Yes,
        };
        let answer = match fit.min(on) {
            Tri::No => return Level::plain(Answer::Denied),
            Tri::Maybe => Answer::Unknown,
            Tri::Yes if statement.certain => Answer::Allowed,
            Tri::Yes => Answer::Unknown,
        };
        let mut level = Level { parts: vec![*applied], ..Level::plain(answer) };
        if answer == Answer::Unknown {
            level
                .assumptions
                .push(format!("`{}` covers it, which depends on a value that is not known", statement.label).into());
        }
        for condition in &statement.conditions {
            let state = match condition.key.as_str() {
                "iam:policyarn" if self.carries(call.action, "iam:policyarn") => policy_to_attach(condition),
                key => self.state(call, key),
            };
            let outcome = condition.outcome(&state, &fill);
            level = match (outcome.now, outcome.to_hold) {
                (Some(true), _) => {
                    level.assumptions.extend(outcome.assumes);
                    level
                }
                (_, Some(settable)) => {
                    level.settable.push(settable);
                    level.capped(Answer::Settable)
                }
                (Some(false), None) => return Level::plain(Answer::Denied),
                (None, None) => {
                    level.assumptions.extend(outcome.assumes);
                    level.capped(Answer::Unknown)
                }
            };
        }
        level
    }

    /// How well a call gets past a statement that denies: allowed means that it does not bear on it.
    pub(crate) fn escapes(&self, call: &Call<'_>, applied: &Applied, fit: Tri, name: Option<&Name>) -> Level {
        let Some(statement) = self.statement(applied) else { return Level::plain(Answer::Allowed) };
        let fill = |key: &str| self.variable(call, key);
        let on = match (&statement.resources, name) {
            (Some(patterns), Some(name)) => {
                let choice = if statement.not_resources { Choice::Some } else { Choice::Every };
                let any =
                    patterns.iter().map(|one| self.fits.pattern(one, name, choice, &fill)).max().unwrap_or(Tri::No);
                if statement.not_resources { any.not() } else { any }
            }
            _ => Tri::Yes,
        };
        let applies = fit.min(on);
        if applies == Tri::No {
            return Level::plain(Answer::Allowed);
        }
        let mut best = Level { parts: vec![*applied], ..Level::plain(Answer::Denied) };
        for condition in &statement.conditions {
            let outcome = condition.outcome(&self.state(call, &condition.key), &fill);
            if outcome.chosen || outcome.now == Some(false) {
                return Level::plain(Answer::Allowed);
            }
            if let Some(settable) = outcome.to_fail {
                let level = Level { settable: vec![settable], parts: vec![*applied], ..Level::plain(Answer::Settable) };
                best = best.or_first(level);
            } else if outcome.now.is_none() {
                let mut level = Level { parts: vec![*applied], ..Level::plain(Answer::Unknown) };
                level.assumptions.extend(outcome.assumes);
                best = best.or_first(level);
            }
        }
        if best.answer == Answer::Denied && (applies == Tri::Maybe || !statement.certain) {
            best.answer = Answer::Unknown;
            best.assumptions
                .push(format!("that `{}` does not deny it depends on something not known", statement.label).into());
        }
        best
    }

    /// What denials of the principal's own policies, its boundary and its organisation let pass.
    pub(super) fn denials(&self, call: &Call<'_>, matched: &Matched, name: &Name) -> Level {
        let mut past = Level::plain(Answer::Allowed);
        for (applied, fit) in &matched.deny {
            past = past.and(self.escapes(call, applied, *fit, Some(name)));
            if past.answer == Answer::Denied {
                return past;
            }
        }
        for (applied, fit, certain) in &matched.guards {
            let mut level = self.escapes(call, applied, *fit, Some(name));
            if level.answer == Answer::Denied && !certain {
                level.answer = Answer::Unknown;
                level.assumptions.push("the account is not under the organisation's policy that denies it".into());
            }
            past = past.and(level);
        }
        for guard in &matched.unlisted {
            let text = format!("`FullAWSAccess` is attached beside the organisation policy `{guard}`");
            past = past.and(Level::unknown(text));
        }
        past
    }

    /// The account that an action is taken in must know the caller's: the whole order of evaluation for one name.
    fn decide(&self, call: &Call<'_>, matched: &Matched, name: &Name) -> Level {
        let Caller::Principal(principal) = call.caller else { return Level::plain(Answer::Denied) };
        let mut past = self.denials(call, matched, name);
        if past.answer == Answer::Denied {
            return past;
        }
        let own = call.target.and_then(|at| self.policy_of(at));
        let Said { past: own_past, direct, session, delegated } =
            self.resource_levels(call, own.map(|(_, own)| own), Some(name));
        past = past.and(own_past);
        if past.answer == Answer::Denied {
            return past;
        }
        // What allows.
        let mut identity = Level::plain(Answer::Denied);
        for (applied, fit) in &matched.allow {
            identity = identity.or(self.allows(call, applied, *fit, Some(name)));
            if identity.answer == Answer::Allowed && identity.assumptions.is_empty() {
                break;
            }
        }
        if identity.answer == Answer::Denied
            && let Some(policy) = self.unread(principal, call.action)
        {
            identity = Level::unknown(format!("what the policy `{policy}` allows is not known"));
        }
        let boundary = match (&principal.boundary, &matched.boundary) {
            (None, _) => Level::plain(Answer::Allowed),
            (Some(_), None) => Level::unknown("what the permissions boundary allows is not known"),
            (Some(_), Some(list)) => {
                let mut level = Level::plain(Answer::Denied);
                for (applied, fit) in list {
                    level = level.or(self.allows(call, applied, *fit, Some(name)));
                }
                level
            }
        };
        let identity = if identity.answer == Answer::Denied { identity } else { identity.and(boundary.clone()) };
        // A boundary limits what a resource's policy gives to a role, not what it gives to a user or a role's session
        // by name ("Policy evaluation for requests within a single account" in the provider's guide).
        let direct = if principal.class == Class::User { direct } else { direct.and(boundary) };
        let direct = direct.or_first(session);
        let same = self.names.same_account(&call.account, &self.names.account(&principal.scope));
        let required = self.required(call, own.map(|(_, own)| own));
        let within = || match required {
            None => identity.clone().or(direct.clone()),
            Some(false) => direct.clone().or(delegated.clone().and(identity.clone())),
            Some(true) => identity.clone(),
        };
        let across = || match required {
            Some(true) if own.is_none_or(|(_, own)| !own.stated) => Level::plain(Answer::Denied),
            _ => direct.clone().or(delegated.clone()).and(identity.clone()),
        };
        let allowed = match same {
            Tri::Yes => within(),
            Tri::No => across(),
            Tri::Maybe => {
                let (a, b) = (within(), across());
                if a.answer == b.answer { a } else { a.or(b).capped(Answer::Unknown) }
            }
        };
        if allowed.answer == Answer::Denied {
            return allowed;
        }
        allowed.and(past)
    }

    /// Whether the target's own policy has to allow: `None` when not, `Some(false)` when it has to, `Some(true)` when
    /// it leaves everything to identities because nobody stated one.
    fn required(&self, call: &Call<'_>, own: Option<&Own>) -> Option<bool> {
        let assume = call.action.starts_with("sts:assumerole") || call.action == "sts:tagsession";
        let key = call.action.starts_with("kms:");
        if !assume && !key {
            return None;
        }
        let at = call.target?;
        let resource = self.names.estate.resource(at);
        match bare_type(resource) {
            "aws_iam_role" if assume => Some(false),
            "aws_kms_key" | "aws_kms_external_key" | "aws_kms_replica_key" if key => {
                Some(!own.is_some_and(|own| own.stated))
            }
            _ => None,
        }
    }

    /// What a resource's own policies say of a call.
    pub(crate) fn resource_levels(&self, call: &Call<'_>, own: Option<&Own>, name: Option<&Name>) -> Said {
        let mut past = Level::plain(Answer::Allowed);
        let mut direct = Level::plain(Answer::Denied);
        let mut session = Level::plain(Answer::Denied);
        let mut delegated = Level::plain(Answer::Denied);
        let limits = self.resources.guards.iter().filter(|guard| guard.on_resources && !guard.statements.is_empty());
        for guard in limits {
            let certain = call.target.is_some_and(|at| guard.scopes.contains(&self.names.scope_of(at)));
            for number in &guard.statements {
                let Some((statement, applied)) = self.held(*number).filter(|(statement, _)| !statement.allows) else {
                    continue;
                };
                let fit = Self::speaks(statement, call.action);
                if fit != Tri::No && (certain || guard.wider) {
                    let mut level = self.escapes(call, &applied, fit, name);
                    if level.answer == Answer::Denied && !certain {
                        level.answer = Answer::Unknown;
                    }
                    past = past.and(level);
                }
            }
        }
        let Some(own) = own else { return Said { past, direct, session, delegated } };
        for (number, fit) in self.speaking(own, call.action).iter().copied() {
            let Some((statement, applied)) = self.held(number) else { continue };
            let who = self.names_caller(statement, call);
            if !statement.allows {
                let fit = fit.min(who.itself.max(who.session).max(who.account));
                if fit != Tri::No {
                    past = past.and(self.escapes(call, &applied, fit, name));
                }
                continue;
            }
            for (who, level) in [(who.itself, &mut direct), (who.session, &mut session), (who.account, &mut delegated)]
            {
                if who != Tri::No {
                    let given = self.allows(call, &applied, fit.min(who), name);
                    *level = std::mem::replace(level, Level::plain(Answer::Denied)).or(given);
                }
            }
        }
        if direct.answer == Answer::Denied
            && let Some(policy) = own.unknown.first()
        {
            direct = Level::unknown(format!("what the resource's own policy `{policy}` allows is not known"));
        }
        Said { past, direct, session, delegated }
    }

    pub(super) fn held(&self, number: u32) -> Option<(&Stmt, Applied)> {
        let statement = self.store.all.get(number as usize)?;
        Some((statement, Applied { statement: number, via: statement.holder?, span: statement.span? }))
    }
}

impl Level {
    /// The better of two; of equals the first.
    pub(crate) fn or_first(self, other: Level) -> Level {
        if other.answer > self.answer { other } else { self }
    }
}
