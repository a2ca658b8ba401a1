//! Where the plain order of evaluation needs a closer look: policies nobody has read, rights to one object alone, and
//! admission that is yet to be written.

use vauban_model::resource::Text;

use super::conditions::{Condition, Held, State};
use super::evaluate::{Aws, Call, Caller};
use super::level::Level;
use super::matching::{self, Choice, Tri, fits, name};
use super::policy::{Name, Pattern};
use super::principals::{Applied, AwsPrincipal, Class};
use crate::permissions::{Answer, Request, Target};

/// Policies of the provider with which a principal has every right, at once or with one more call.
const STRONG: [&str; 2] = ["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/IAMFullAccess"];

/// The policy that somebody attaches under a condition on it: a strong one where the condition lets it pass; what is named
/// of the provider's others is not enough, and what is one's own may be.
pub(super) fn policy_to_attach(condition: &Condition) -> State {
    let held = |arn: &str| Held::Known(vec![arn.to_owned()]);
    if let Some(strong) = STRONG.iter().find(|arn| condition.holds(&held(arn), &|_| None) == Tri::Yes) {
        return held(strong).into();
    }
    let known = |value: &str| value.starts_with("arn:aws:iam::aws:policy/") && !value.contains(['*', '?', '$']);
    if condition.values().all(known) {
        return held(STRONG[0]).into();
    }
    let assumes = Some("one of the policies that may be attached is enough".to_owned());
    State { held: Held::Chosen, change: None, assumes }
}

impl Aws<'_> {
    /// A policy of a principal that nobody knows the content of and that may allow an action: a policy of the provider
    /// that only reads by its name allows no other.
    pub(super) fn unread<'p>(&self, principal: &'p AwsPrincipal, action: &str) -> Option<&'p Text> {
        let verb = action.split(':').nth(1).unwrap_or_default();
        principal.unknown.iter().find(|policy| {
            let reading = policy
                .split_once(":iam::aws:policy/")
                .is_some_and(|(_, name)| self.tables.reading.iter().any(|word| name.contains(word.as_str())));
            !reading || !self.tables.never_reading.iter().any(|start| verb.starts_with(start.as_str()))
        })
    }

    /// Whether a pattern names some objects of a bucket alone, by their whole name or the beginning of it: where the code
    /// describes those, or others with something delicate in them, that is no right to all that the bucket holds.
    pub(super) fn some_objects(&self, call: &Call<'_>, pattern: &Pattern) -> bool {
        let key = pattern.text.splitn(6, ':').nth(5).and_then(|name| name.split_once('/')).map_or("", |(_, key)| key);
        call.action.starts_with("s3:getobject")
            && !key.is_empty()
            && !key.starts_with(['*', '?'])
            && call.target.is_some_and(|at| {
                let keys = matching::pattern(key);
                let meant = |own: &str| fits(&keys, &name(own), Choice::Some) != Tri::No;
                self.names.described(at).iter().any(|(own, filled)| *filled || meant(own))
            })
    }

    /// Why a principal may not take an action: the statements that deny it; where there is none, those of its own policies that
    /// allow it, and whether its boundary is what holds them back.
    pub(crate) fn why_not(&self, number: u32, action: &str, target: Target<'_>) -> (Vec<Applied>, bool) {
        let Some(principal) = self.people.all.get(number as usize) else { return (Vec::new(), false) };
        let matched = self.matched(number, action);
        let lower = action.to_ascii_lowercase();
        let request = Request::default();
        let mut call = Call {
            caller: Caller::Principal(principal),
            action: &lower,
            target: None,
            account: self.names.account(&principal.scope),
            request: &request,
        };
        let names = match target {
            Target::Resource(at) => {
                call.target = Some(at);
                call.account = self.account_of(at);
                self.names_of_target(at, &lower).to_vec()
            }
            Target::Named(text) => vec![Name::new(&self.names.canonical(text, &principal.scope))],
            Target::Anything | Target::Place(_) => Vec::new(),
        };
        let any = Name::new("*");
        let name = names.first().unwrap_or(&any);
        let past = self.denials(&call, &matched, name);
        if past.answer == Answer::Denied {
            return (past.parts, false);
        }
        let allows = |list: &[(Applied, Tri)]| -> Vec<Applied> {
            // On anything: what it is may be chosen, so that the name decides nothing.
            let name = (!names.is_empty()).then_some(name);
            let fits = |(one, fit): &&(Applied, Tri)| self.allows(&call, one, *fit, name).answer != Answer::Denied;
            list.iter().filter(fits).map(|(one, _)| *one).collect()
        };
        let allowing = allows(&matched.allow);
        let held_back = matched.boundary.as_ref().is_some_and(|boundary| allows(boundary).is_empty());
        (allowing, held_back)
    }

    /// Whether a principal may take an action on a target whose own policy comes to name it.
    pub(crate) fn once_admitted(&self, number: u32, action: &str, at: u32) -> Level {
        let Some(principal) = self.people.all.get(number as usize) else { return Level::plain(Answer::Denied) };
        let matched = self.matched(number, action);
        let lower = action.to_ascii_lowercase();
        let request = Request::default();
        let call = Call {
            caller: Caller::Principal(principal),
            action: &lower,
            target: Some(at),
            account: self.account_of(at),
            request: &request,
        };
        let forms = self.names_of_target(at, &lower);
        let Some(name) = forms.first() else { return Level::plain(Answer::Allowed) };
        let past = self.denials(&call, &matched, name);
        let mut identity = Level::plain(Answer::Denied);
        for (applied, fit) in &matched.allow {
            identity = identity.or(self.allows(&call, applied, *fit, Some(name)));
        }
        // A boundary limits what a resource's policy gives to a role by name.
        if let (Class::Role, Some(_), Some(list)) = (principal.class, &principal.boundary, &matched.boundary) {
            let within = list
                .iter()
                .any(|(applied, fit)| self.allows(&call, applied, *fit, Some(name)).answer != Answer::Denied);
            if !within {
                return Level::plain(Answer::Denied);
            }
        }
        let own = if identity.answer == Answer::Allowed { identity } else { Level::plain(Answer::Allowed) };
        own.and(past)
    }
}
