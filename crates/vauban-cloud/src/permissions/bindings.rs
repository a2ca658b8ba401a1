//! What bindings, assignments and roles give: the order of evaluation that Google Cloud, Azure and Kubernetes share.
//! A grant counts where its scope takes the target in, unless a deny policy of Google Cloud goes before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::library::Cloud;
use vauban_model::resource::{Text, Value};

use super::aws::matching::{Choice, Tok, Tri, fits, name, pattern};
use super::denials::{self, Denial};
use super::expressions::{Asked, Condition, name_of};
use super::rights::denied;
use super::scopes::ScopeIndex;
use super::{Answer, Kinds, Principal, Reach, Statement, Target, Verdict};
use crate::Estate;
use crate::scopes::{Is, Level};

/// Ids of the roles of Azure that assign roles: Owner, User Access Administrator, Role Based Access Control Administrator.
pub(super) const ASSIGNING: [&str; 3] = [
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
];

impl From<Is> for Tri {
    fn from(is: Is) -> Tri {
        match is {
            Is::No => Tri::No,
            Is::Perhaps => Tri::Maybe,
            Is::Yes => Tri::Yes,
        }
    }
}

/// Where a grant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The whole cluster, the whole directory.
    Everything,
    /// A project, subscription or the like, and all that lies in it.
    Place(u32),
    /// Something of a type that nobody can tell, and all below it.
    OfType(Text),
    /// A resource and all below it.
    Resource(u32),
    /// A namespace of a cluster, and the names that the grant is limited to.
    Namespace(Option<String>, Vec<String>),
    /// Nobody knows.
    Unknown,
}

/// A pattern of actions.
#[derive(Clone, Debug)]
pub(super) struct Action {
    text: Box<str>,
    toks: Vec<Tok>,
    /// Without the parts of a path that are wildcards as a whole: Azure takes them for names that may be left out, as in
    /// `Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action`, by which its role Managed Identity Operator
    /// gives `Microsoft.ManagedIdentity/userAssignedIdentities/assign/action`.
    shorter: Option<Vec<Tok>>,
    /// The whole action in lower case, where there is no wildcard and nothing unknown in it: nearly always.
    plain: Option<Box<str>>,
    /// What is known of its beginning, in lower case.
    beginning: Box<str>,
}

impl Action {
    pub(super) fn new(text: &str) -> Self {
        Action::told(text, &text.to_ascii_lowercase())
    }

    /// One that is told in other words than it is asked for.
    pub(super) fn told(text: &str, action: &str) -> Self {
        let known = action.split(['*', '?', '$']).next().unwrap_or_default();
        let plain = (known.len() == action.len()).then(|| action.into());
        let shorter = action.contains("/*/").then(|| pattern(&action.replace("/*/", "/")));
        Action { text: text.into(), toks: pattern(action), shorter, plain, beginning: known.into() }
    }

    pub(super) fn fits(&self, action: &str) -> Tri {
        // Roles list hundreds of actions: taking each apart for every question would cost more than all else.
        match &self.plain {
            Some(plain) if !action.contains('$') => Tri::of(**plain == *action),
            None if !action.contains('$') && !action.starts_with(&*self.beginning) => Tri::No,
            _ => {
                let asked = name(action);
                let shorter = || self.shorter.as_ref().map_or(Tri::No, |toks| fits(toks, &asked, Choice::Some));
                fits(&self.toks, &asked, Choice::Some).max(shorter())
            }
        }
    }
}

/// Patterns of actions. Roles list hundreds of them, nearly all plain: those are found by their text.
#[derive(Clone, Debug, Default)]
pub(super) struct Actions {
    all: Vec<Action>,
    /// Places of the plain ones by their action.
    plain: FxHashMap<Box<str>, u32>,
    /// Places of the others.
    patterns: Vec<u32>,
}

impl Actions {
    pub(super) fn push(&mut self, action: Action) {
        let at = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        match &action.plain {
            Some(plain) => {
                self.plain.entry(plain.clone()).or_insert(at);
            }
            None => self.patterns.push(at),
        }
        self.all.push(action);
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Action> {
        self.all.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether one of them is an action, in lower case.
    pub(super) fn fit(&self, action: &str) -> Tri {
        // With parts that are not known, even a plain one may or may not be meant.
        if action.contains('$') {
            return self.all.iter().map(|one| one.fits(action)).max().unwrap_or(Tri::No);
        }
        if self.plain.contains_key(action) {
            return Tri::Yes;
        }
        self.others().map(|one| one.fits(action)).max().unwrap_or(Tri::No)
    }

    /// The first that certainly is an action.
    fn first(&self, action: &str) -> Option<&Action> {
        let plain = self.plain.get(action).and_then(|at| self.all.get(*at as usize));
        plain.or_else(|| self.all.iter().find(|one| one.fits(action) == Tri::Yes))
    }

    fn others(&self) -> impl Iterator<Item = &Action> {
        self.patterns.iter().filter_map(|at| self.all.get(*at as usize))
    }
}

impl Extend<Action> for Actions {
    fn extend<I: IntoIterator<Item = Action>>(&mut self, actions: I) {
        actions.into_iter().for_each(|action| self.push(action));
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        let mut out = Actions::default();
        out.extend(actions);
        out
    }
}

/// What a role allows.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) actions: Actions,
    pub(super) except: Actions,
    /// Azure: what it allows of data, apart from the resources that hold them.
    pub(super) data: Actions,
    pub(super) except_data: Actions,
    /// Nobody knows what it allows, beyond this.
    pub(super) unknown: bool,
    /// Kubernetes: names that a rule is limited to.
    pub(super) only: Vec<String>,
}

impl Role {
    /// Whether it allows an action for sure.
    pub(super) fn allows(&self, action: &str) -> bool {
        self.actions.fit(action).min(self.except.fit(action).not()) == Tri::Yes
    }

    /// Whether it allows whatever there is.
    pub(super) fn everything(&self) -> bool {
        self.except.iter().all(|one| one.text.starts_with("entra:")) && self.actions.iter().any(|one| &*one.text == "*")
    }
}

/// A grant.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) role: Arc<Role>,
    pub(super) label: Text,
    pub(super) scope: Scope,
    pub(super) condition: Option<Condition>,
    /// What it is good for at the most, whatever the role gives: the access scopes of a machine.
    pub(super) within: Option<Arc<Actions>>,
    /// Whether it is an access policy of a key vault.
    pub(super) vault_policy: bool,
    /// What has to be done first, by somebody who may or may not.
    pub(super) leans: Option<Text>,
    /// The resource that defines the role, if the configuration does.
    pub(super) defined: Option<u32>,
    pub(super) span: Span,
    pub(super) resource: u32,
}

/// Grants by principal, and to everybody.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    pub(super) of: FxHashMap<u32, Vec<Grant>>,
    /// By principal: the groups it is in, directly or by other groups, as principals.
    pub(super) groups: FxHashMap<u32, Vec<u32>>,
    pub(super) anyone: Vec<Grant>,
    /// Those of them that want an account of the provider: places in `anyone`.
    pub(super) signed_in: FxHashSet<usize>,
    /// Buckets that nobody opens to everybody, whatever is bound.
    pub(super) closed: FxHashSet<u32>,
    /// Places in `anyone` by the resource that binds; made when first asked for.
    open: OnceLock<FxHashMap<u32, Vec<u32>>>,
    /// By group of types: what takes its resources in; made when first asked for.
    indexes: Mutex<FxHashMap<u32, ScopeIndex>>,
    pub(super) denials: Vec<Denial>,
    /// Azure: locks that let nothing be changed, as grants of no right on what they lock.
    pub(super) locks: Vec<Grant>,
    /// Azure: actions on data.
    pub(super) data_actions: Vec<Action>,
    /// Google Cloud: resources of service accounts that are switched off.
    pub(super) disabled: FxHashSet<u32>,
    /// Google Cloud: places in which nobody makes keys of service accounts; `None` for everywhere.
    pub(super) without_keys: Enforced,
    /// Google Cloud: places in which machines let nobody in by keys in their metadata.
    pub(super) with_os_login: Enforced,
}

/// Where policies of an organisation enforce something.
#[derive(Debug, Default)]
pub(super) struct Enforced {
    /// Places; `None` for everywhere.
    pub(super) on: Vec<Option<u32>>,
    /// Places whose own policy takes it back.
    pub(super) off: Vec<u32>,
}

impl Enforced {
    /// Whether it is enforced for sure at a place.
    pub(super) fn at(&self, estate: &Estate<'_>, place: Option<u32>) -> bool {
        let scopes = estate.scopes();
        let lies = |inner: u32, outer: u32| scopes.within(inner, outer) == Is::Yes;
        self.on.iter().any(|whole| match (whole, place) {
            (None, None) => true,
            // The policy of the closest place counts.
            (None, Some(place)) => !self.off.iter().any(|off| lies(place, *off)),
            (Some(whole), Some(place)) => {
                lies(place, *whole)
                    && !self.off.iter().any(|off| off != whole && lies(place, *off) && lies(*off, *whole))
            }
            (Some(_), None) => false,
        })
    }
}

/// Attributes that say what a resource is part of.
pub(super) const PARENTS: [&str; 24] = [
    "resource_group_name",
    "storage_account_name",
    "storage_account_id",
    "storage_container_name",
    "storage_container_id",
    "queue_id",
    "topic_id",
    "key_vault_id",
    "parent_id",
    "server_id",
    "server_name",
    "bucket",
    "secret",
    "secret_id",
    "dataset_id",
    "namespace_id",
    "namespace_name",
    "account_name",
    "virtual_machine_id",
    "function_app_id",
    "automation_account_name",
    "automation_account_id",
    "registry_name",
    "topic",
];
/// How far up they are followed.
pub(super) const MOST_LEVELS: usize = 6;

/// Whether a resource is, or is part of, another.
fn within(estate: &Estate<'_>, at: u32, whole: u32, level: usize) -> bool {
    if at == whole {
        return true;
    }
    if level > MOST_LEVELS {
        return false;
    }
    let resource = estate.resource(at);
    PARENTS.iter().filter_map(|key| resource.get(key)).any(|value| {
        estate.referred(value).into_iter().any(|up| up != at && within(estate, up, whole, level + 1))
            || value.as_text().is_some_and(|text| estate.resource(whole).text("name") == Some(text))
    })
}

/// Whether a resource is of a type, or part of something that is.
fn of_type(estate: &Estate<'_>, at: u32, ty: &str, level: usize) -> Tri {
    let resource = estate.resource(at);
    if *resource.ty == *ty {
        return Tri::Maybe;
    }
    if level > MOST_LEVELS {
        return Tri::No;
    }
    let parents = PARENTS.iter().filter_map(|key| resource.get(key)).flat_map(|value| estate.referred(value));
    parents.filter(|up| *up != at).map(|up| of_type(estate, up, ty, level + 1)).max().unwrap_or(Tri::No)
}

/// The namespace and the name of an object that is written as objects of the inventory are: `k8s:shop/Secret/login`.
fn written_object(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.strip_prefix("k8s:")?.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(namespace), Some(_), Some(name), None) => Some((namespace, name)),
        _ => None,
    }
}

fn takes_in(estate: &Estate<'_>, grant: &Grant, target: Target<'_>) -> Tri {
    let only = |names: &[String], own: Option<&str>| {
        names.is_empty() || own.is_some_and(|own| names.iter().any(|one| one == own))
    };
    match (&grant.scope, target) {
        (Scope::Unknown, _) => Tri::Maybe,
        (Scope::Everything, Target::Resource(at)) if !grant.role.only.is_empty() => {
            Tri::of(only(&grant.role.only, estate.namespaced(at).as_ref().map(|(_, name)| name.as_str())))
        }
        (Scope::Everything, Target::Named(named)) if !grant.role.only.is_empty() => {
            written_object(named).map_or(Tri::Maybe, |(_, name)| Tri::of(only(&grant.role.only, Some(name))))
        }
        (Scope::Everything, _) | (_, Target::Anything) => Tri::Yes,
        (Scope::Place(whole), Target::Resource(at)) => match estate.scopes().of(at) {
            Some(place) => match Tri::from(estate.scopes().within(place, *whole)) {
                Tri::Maybe if estate.scopes().apart(grant.resource, *whole, at) => Tri::No,
                fit => fit,
            },
            None => Tri::Maybe,
        },
        (Scope::Place(whole), Target::Place(at)) => match Tri::from(estate.scopes().within(at, *whole)) {
            Tri::Maybe if estate.scopes().place_apart(grant.resource, *whole, at) => Tri::No,
            fit => fit,
        },
        (Scope::Place(whole), Target::Named(named)) => {
            estate.scopes().named(named).map_or(Tri::Maybe, |at| estate.scopes().within(at, *whole).into())
        }
        (Scope::Resource(_) | Scope::OfType(_) | Scope::Namespace(..), Target::Place(_)) => Tri::No,
        (Scope::OfType(ty), Target::Resource(at)) => of_type(estate, at, ty, 0),
        (Scope::Resource(whole), Target::Resource(at)) => Tri::of(within(estate, at, *whole, 0)),
        (Scope::Namespace(namespace, names), Target::Resource(at)) => match estate.namespaced(at) {
            Some((own, name)) => {
                Tri::of(namespace.as_deref().is_none_or(|wanted| wanted == own) && only(names, Some(&name)))
            }
            // A namespace stands for what is in it; actions on namespaces themselves are of the cluster.
            None if &*estate.resource(at).ty == "k8s:Namespace" => {
                let own = estate.resource(at).text("metadata.name");
                Tri::of(namespace.as_deref().is_none_or(|wanted| own == Some(wanted)))
            }
            None => Tri::No,
        },
        (Scope::Namespace(namespace, names), Target::Named(named)) => match written_object(named) {
            Some((own, name)) => {
                Tri::of(namespace.as_deref().is_none_or(|wanted| wanted == own) && only(names, Some(name)))
            }
            None => Tri::Maybe,
        },
        (Scope::Resource(_) | Scope::OfType(_), Target::Named(_)) => Tri::Maybe,
    }
}

impl Bindings {
    pub(super) fn give(&mut self, principal: u32, grant: Grant) {
        self.of.entry(principal).or_default().push(grant);
    }

    /// Gives members what their groups hold, those by other groups included. Members and groups are principals.
    pub(super) fn join(&mut self, found: &Found, estate: &Estate<'_>, memberships: &[(u32, u32)]) {
        let mut direct: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (member, group) in memberships.iter().filter(|(member, group)| member != group) {
            let groups = direct.entry(*member).or_default();
            if !groups.contains(group) {
                groups.push(*group);
            }
        }
        // Of the groups as they stand: nobody passes on what it has from others.
        let held: FxHashMap<u32, Vec<Grant>> =
            direct.values().flatten().filter_map(|group| Some((*group, self.of.get(group)?.clone()))).collect();
        for member in direct.keys() {
            let mut seen: FxHashSet<u32> = std::iter::once(*member).collect();
            let mut next: Vec<u32> = vec![*member];
            let mut all: Vec<u32> = Vec::new();
            while let Some(one) = next.pop() {
                for group in direct.get(&one).into_iter().flatten().copied() {
                    if seen.insert(group) {
                        all.push(group);
                        next.push(group);
                    }
                }
            }
            for group in &all {
                let name = found.principals.get(*group as usize).map(|one| &*estate.resource(one.resource).name);
                for grant in held.get(group).into_iter().flatten() {
                    let label = format!("{}, through {}", grant.label, name.unwrap_or_default());
                    self.give(*member, Grant { label: label.into(), ..grant.clone() });
                }
            }
            self.groups.entry(*member).or_default().extend(all);
        }
    }

    /// Whether anything speaks of an action at all.
    pub(super) fn could(&self, principal: u32, action: &str) -> bool {
        let lower = action.to_ascii_lowercase();
        let data = self.is_data(&lower);
        self.of.get(&principal).into_iter().flatten().any(|grant| allows(grant, &lower, data) != Tri::No)
    }

    /// The resources of some types that a principal may possibly take an action on: never too few.
    pub(super) fn reach(&self, estate: &Estate<'_>, principal: u32, action: &str, kinds: &Kinds) -> Reach {
        let lower = action.to_ascii_lowercase();
        let data = self.is_data(&lower);
        let grants = self.of.get(&principal).map_or(&[][..], Vec::as_slice);
        let mut out = Reach::nothing();
        for grant in grants.iter().filter(|grant| allows(grant, &lower, data) != Tri::No) {
            if out == Reach::All {
                break;
            }
            let mut indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let index = indexes.entry(kinds.id).or_insert_with(|| ScopeIndex::new(estate, kinds));
            out = out.or(index.reach(estate, grant));
        }
        out
    }

    pub(super) fn can(&self, estate: &Estate<'_>, principal: u32, action: &str, target: Target<'_>) -> Verdict {
        let grants = self.of.get(&principal).map_or(&[][..], Vec::as_slice);
        let verdict = self.judge(estate, grants, action, target);
        if verdict.answer == Answer::Denied {
            return verdict;
        }
        // Nobody gets a token or key of an account that is switched off, unless by switching it on again.
        if let Target::Resource(at) = target
            && self.disabled.contains(&at)
            && (action.starts_with("iam.serviceAccount") || action.starts_with("storage.hmacKeys"))
            && self.judge(estate, grants, "iam.serviceAccounts.enable", target).answer != Answer::Allowed
        {
            return denied();
        }
        if action == "iam.serviceAccountKeys.create" && self.keeps_from_keys(estate, target) {
            return denied();
        }
        let verdict = self.unlocked(estate, grants, action, target, verdict);
        if verdict.answer == Answer::Denied {
            return verdict;
        }
        denials::judge(&self.denials, estate, principal, action, target, verdict)
    }

    /// Whether a policy of the organisation keeps everybody from making keys of a service account.
    fn keeps_from_keys(&self, estate: &Estate<'_>, target: Target<'_>) -> bool {
        let place = match target {
            Target::Resource(at) => estate.scopes().of(at),
            Target::Place(at) => Some(at),
            _ => None,
        };
        self.without_keys.at(estate, place)
    }

    /// What a lock leaves of a verdict: whoever may take it away is not stopped by it.
    fn unlocked(
        &self,
        estate: &Estate<'_>,
        grants: &[Grant],
        action: &str,
        target: Target<'_>,
        mut verdict: Verdict,
    ) -> Verdict {
        const LIFTS: &str = "Microsoft.Authorization/locks/delete";
        let lower = action.to_ascii_lowercase();
        let changes =
            lower.starts_with("microsoft.") && ["/write", "/delete", "/action"].iter().any(|end| lower.ends_with(end));
        if self.locks.is_empty()
            || !changes
            || lower.starts_with("microsoft.authorization/locks/")
            || !matches!(target, Target::Resource(_) | Target::Place(_))
            || self.is_data(&lower)
        {
            return verdict;
        }
        for lock in &self.locks {
            // It is taken away where it is, and not where something below it is changed.
            let locked = match lock.scope {
                Scope::Place(at) => Target::Place(at),
                Scope::Resource(at) => Target::Resource(at),
                // One of which nobody knows what it locks says nothing of anything.
                Scope::Unknown => continue,
                _ => target,
            };
            let on = takes_in(estate, lock, target);
            if on == Tri::No {
                continue;
            }
            let lifts = self.judge(estate, grants, LIFTS, locked).answer;
            if lifts == Answer::Allowed {
                continue;
            }
            if on == Tri::Yes && lifts != Answer::Denied {
                verdict.answer = verdict.answer.min(Answer::Unknown);
                verdict.assumptions.push(format!("whoever does this may take the {} away", lock.label).into());
                continue;
            }
            if on == Tri::Yes {
                return Verdict {
                    answer: Answer::Denied,
                    statements: vec![Statement {
                        allows: false,
                        text: format!("{}: lets nobody take {action}", lock.label).into(),
                        span: lock.span,
                        resource: lock.resource,
                    }],
                    assumptions: Vec::new(),
                    settable: Vec::new(),
                };
            }
            verdict.answer = verdict.answer.min(Answer::Unknown);
            verdict.assumptions.push(format!("{} is on something else", lock.label).into());
        }
        verdict
    }

    /// The places that a principal's grants name, each once.
    pub(super) fn places_of(&self, principal: u32) -> Vec<u32> {
        let scopes = self.of.get(&principal).into_iter().flatten().filter_map(|grant| match grant.scope {
            Scope::Place(at) => Some(at),
            _ => None,
        });
        let mut out: Vec<u32> = scopes.collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Whether a binding gives anybody one of some actions.
    pub(super) fn opened_by(&self, binding: u32, actions: &[Box<str>]) -> Option<Answer> {
        if actions.is_empty() {
            return None;
        }
        let places = self.open.get_or_init(|| {
            let mut out: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
            for (at, grant) in (0u32..).zip(&self.anyone) {
                out.entry(grant.resource).or_default().push(at);
            }
            out
        });
        let grants = places.get(&binding).into_iter().flatten().filter_map(|at| self.anyone.get(*at as usize));
        let grants = grants.filter(|grant| !matches!(grant.scope, Scope::Resource(at) if self.closed.contains(&at)));
        let answers = grants.flat_map(|grant| {
            actions.iter().map(|action| {
                let fit = allows(grant, &action.to_ascii_lowercase(), false);
                let bound = grant.condition.is_some();
                match fit {
                    Tri::No => Answer::Denied,
                    Tri::Yes if !bound => Answer::Allowed,
                    Tri::Yes | Tri::Maybe => Answer::Unknown,
                }
            })
        });
        Some(answers.max().unwrap_or(Answer::Denied))
    }

    /// Like [`Bindings::can`], counting only what is granted on the target itself, or on what it is part of, and not on
    /// the whole project, subscription or the like.
    pub(super) fn can_by_its_own(&self, estate: &Estate<'_>, principal: u32, action: &str, target: u32) -> Verdict {
        let of_its_own = |grant: &&Grant| matches!(grant.scope, Scope::Resource(_));
        let narrow: Vec<Grant> = self.of.get(&principal).into_iter().flatten().filter(of_its_own).cloned().collect();
        let target = Target::Resource(target);
        denials::judge(&self.denials, estate, principal, action, target, self.judge(estate, &narrow, action, target))
    }

    pub(super) fn anybody(&self, estate: &Estate<'_>, action: &str, target: Target<'_>) -> Verdict {
        if matches!(target, Target::Resource(at) if self.disabled.contains(&at) || self.closed.contains(&at)) {
            return denied();
        }
        self.judge(estate, &self.anyone, action, target)
    }

    /// Like [`Bindings::anybody`], without what wants an account of the provider.
    pub(super) fn anonymous(&self, estate: &Estate<'_>, action: &str, target: Target<'_>) -> Verdict {
        if self.signed_in.is_empty() {
            return self.anybody(estate, action, target);
        }
        if matches!(target, Target::Resource(at) if self.disabled.contains(&at) || self.closed.contains(&at)) {
            return denied();
        }
        let open = self.anyone.iter().enumerate().filter(|(at, _)| !self.signed_in.contains(at));
        let open: Vec<Grant> = open.map(|(_, grant)| grant.clone()).collect();
        self.judge(estate, &open, action, target)
    }

    /// Like [`Bindings::can`], counting only what holds for everything.
    pub(super) fn everywhere(&self, estate: &Estate<'_>, principal: u32, action: &str) -> Verdict {
        let wide: Vec<Grant> = self
            .of
            .get(&principal)
            .into_iter()
            .flatten()
            .filter(|grant| matches!(grant.scope, Scope::Everything | Scope::Unknown))
            .cloned()
            .collect();
        self.judge(estate, &wide, action, Target::Named(""))
    }

    /// Whether an action is one on data, which roles of Azure allow apart.
    fn is_data(&self, action: &str) -> bool {
        action.starts_with("microsoft.") && self.data_actions.iter().any(|one| one.fits(action) == Tri::Yes)
    }

    fn judge(&self, estate: &Estate<'_>, grants: &[Grant], action: &str, target: Target<'_>) -> Verdict {
        let lower = action.to_ascii_lowercase();
        let data = self.is_data(&lower);
        let mut best = denied();
        for grant in grants {
            let fit = allows(grant, &lower, data);
            let beyond = matches!(grant.scope, Scope::Namespace(..)) && super::kubernetes::of_the_cluster(&lower)
                || too_low(estate, grant, &lower);
            let by_name = target == Target::Anything
                && !grant.role.only.is_empty()
                && !super::kubernetes::enough_by_name(estate, grants, &lower, &grant.role.only);
            if fit == Tri::No || beyond || by_name {
                continue;
            }
            let on = takes_in(estate, grant, target);
            let mode = if data { in_mode(estate, grant, target) } else { Tri::Yes };
            let under = grant.condition.as_ref().map_or(Tri::Yes, |condition| {
                condition.holds(&Asked { action: &lower, name: name_of(estate, target) })
            });
            let answer = match fit.min(on).min(mode).min(under) {
                Tri::No => continue,
                Tri::Maybe => Answer::Unknown,
                Tri::Yes if grant.leans.is_some() => Answer::Unknown,
                Tri::Yes => Answer::Allowed,
            };
            if answer <= best.answer {
                continue;
            }
            let mut assumptions: Vec<Text> = Vec::new();
            if fit == Tri::Maybe {
                assumptions.push(format!("`{}` allows it", grant.label).into());
            } else if on == Tri::Maybe {
                assumptions.push(whereabouts(estate, grant, target));
            }
            assumptions.extend(grant.leans.clone());
            if mode == Tri::Maybe {
                assumptions.push("the key vault leaves access to its roles or its policies, as needed".into());
            }
            if under == Tri::Maybe {
                assumptions.push(format!("the condition on `{}` holds", grant.label).into());
            }
            let lists = if data && !grant.role.data.is_empty() { &grant.role.data } else { &grant.role.actions };
            let pattern = lists.first(&lower).map_or(action, |one| &one.text);
            best = Verdict {
                answer,
                statements: vec![Statement {
                    allows: true,
                    text: format!("{} allows {pattern}", grant.label).into(),
                    span: grant.span,
                    resource: grant.resource,
                }],
                assumptions,
                settable: Vec::new(),
            };
            if answer == Answer::Allowed {
                break;
            }
        }
        best
    }

    /// Whether a principal holds a role that the configuration defines on a place.
    pub(super) fn holds(&self, estate: &Estate<'_>, principal: u32, role: u32, place: u32) -> Tri {
        let held = self.of.get(&principal).into_iter().flatten().filter(|grant| grant.defined == Some(role));
        held.map(|grant| takes_in(estate, grant, Target::Place(place))).max().unwrap_or(Tri::No)
    }

    /// The custom roles that a principal holds, as resources, in the order of the grants.
    pub(super) fn roles_of(&self, principal: u32) -> Vec<u32> {
        let mut out = Vec::new();
        for at in self.of.get(&principal).into_iter().flatten().filter_map(|grant| grant.defined) {
            if !out.contains(&at) {
                out.push(at);
            }
        }
        out
    }
}

/// Whether a permission is about folders or organisations, and the grant below them: what is around a project is not
/// changed from within.
fn too_low(estate: &Estate<'_>, grant: &Grant, action: &str) -> bool {
    let least = if action.starts_with("resourcemanager.folders.") {
        Level::Folder
    } else if action.starts_with("resourcemanager.organizations.") {
        Level::Top
    } else {
        return false;
    };
    match grant.scope {
        Scope::Place(at) => estate.scopes().node(at).is_some_and(|node| node.level > least),
        Scope::Resource(_) | Scope::OfType(_) => true,
        _ => false,
    }
}

/// What has to be so that a grant holds on a target.
fn whereabouts(estate: &Estate<'_>, grant: &Grant, target: Target<'_>) -> Text {
    let scopes = estate.scopes();
    let place = match target {
        Target::Resource(at) => scopes.of(at),
        Target::Place(at) => Some(at),
        _ => None,
    };
    match (&grant.scope, place) {
        (Scope::Place(whole), Some(place)) => {
            // The level at which they could differ.
            let of = scopes.account(place).filter(|account| scopes.within(*account, *whole) == Is::Perhaps);
            format!("{} is, or lies in, {}", scopes.title(of.unwrap_or(place)), scopes.title(*whole)).into()
        }
        _ => format!("that `{}` holds there is not known", grant.label).into(),
    }
}

/// Whether a key vault leaves access to its data to what gives the grant: roles, or access policies of its own.
fn in_mode(estate: &Estate<'_>, grant: &Grant, target: Target<'_>) -> Tri {
    let Target::Resource(mut at) = target else { return Tri::Yes };
    for _ in 0..MOST_LEVELS {
        let resource = estate.resource(at);
        if &*resource.ty == "azurerm_key_vault" {
            if resource.mode == vauban_model::resource::Mode::Data {
                return Tri::Maybe;
            }
            let stated =
                ["rbac_authorization_enabled", "enable_rbac_authorization"].iter().find_map(|key| resource.get(key));
            return match stated.map(|value| value.as_bool()) {
                // The provider's default is access policies.
                None => Tri::of(grant.vault_policy),
                Some(Some(roles)) => Tri::of(roles != grant.vault_policy),
                Some(None) => Tri::Maybe,
            };
        }
        match resource.get("key_vault_id").map(|value| estate.referred(value)).and_then(|list| list.first().copied()) {
            Some(up) if up != at => at = up,
            _ => return Tri::Yes,
        }
    }
    Tri::Yes
}

fn allows(grant: &Grant, action: &str, data: bool) -> Tri {
    let role = &grant.role;
    let (listed, except) =
        if data && !grant.vault_policy { (&role.data, &role.except_data) } else { (&role.actions, &role.except) };
    let fit = match listed.fit(action) {
        Tri::No => Tri::No,
        fit => fit.min(except.fit(action).not()),
    };
    let fit = if role.unknown { fit.max(Tri::Maybe) } else { fit };
    grant.within.as_ref().map_or(fit, |within| fit.min(within.fit(action)))
}

/// The texts of a list or a single value.
pub(super) fn list(estate: &Estate<'_>, value: Option<&Value>) -> Vec<String> {
    value
        .map(Value::each)
        .unwrap_or_default()
        .iter()
        .map(|one| estate.render(one))
        .filter(|text| !text.is_empty())
        .collect()
}

/// What is collected while principals are found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) principals: Vec<Principal>,
    pub(super) by_resource: FxHashMap<u32, u32>,
}

impl Found {
    pub(super) fn add(&mut self, resource: u32, cloud: Cloud, kind: super::PrincipalKind) -> u32 {
        if let Some(known) = self.by_resource.get(&resource) {
            return *known;
        }
        let number = u32::try_from(self.principals.len()).unwrap_or(u32::MAX);
        self.principals.push(Principal { resource, cloud, kind });
        self.by_resource.insert(resource, number);
        number
    }
}
