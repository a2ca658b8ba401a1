//! What anybody from outside may do: with no account of the provider, and with one of their own.

use vauban_model::resource::Mode;

use super::arn::bare_type;
use super::evaluate::{Aws, Call, Caller, Said};
use super::keys::fits_name;
use super::level::Level;
use super::matching::Tri;
use super::policy::Name;
use crate::permissions::{Answer, Request, Target};

impl Aws<'_> {
    /// Whether anybody at all may take an action on a target. An account of the provider is had for the asking.
    pub(crate) fn anyone(&self, action: &str, target: Target<'_>) -> Level {
        self.anonymous(action, target).or_first(self.outside(Caller::Stranger, action, target))
    }

    /// Whether somebody without any account may.
    pub(crate) fn anonymous(&self, action: &str, target: Target<'_>) -> Level {
        let lower = action.to_ascii_lowercase();
        // Most services answer signed requests only.
        if self.tables.unsigned.iter().any(|listed| fits_name(listed, &lower)) {
            return self.outside(Caller::Anybody, action, target);
        }
        Level::plain(Answer::Denied)
    }

    fn outside(&self, caller: Caller<'_>, action: &str, target: Target<'_>) -> Level {
        let at = match target {
            Target::Resource(at) => Some(at),
            Target::Named(text) => {
                let text = self.names.canonical(text, "");
                self.names.find(&text).or_else(|| self.holder_of(&text, &action.to_ascii_lowercase()))
            }
            Target::Anything => {
                let mut own: Vec<u32> = self.resources.own.keys().chain(self.resources.acls.keys()).copied().collect();
                own.sort_unstable();
                own.dedup();
                return self.best(own.into_iter().map(|at| self.outside(caller, action, Target::Resource(at))));
            }
            Target::Place(_) => None,
        };
        let Some(at) = at else { return Level::plain(Answer::Denied) };
        let lower = action.to_ascii_lowercase();
        let request = Request::default();
        let call = Call { caller, action: &lower, target: Some(at), account: self.account_of(at), request: &request };
        let level = self.by_policy(&call, at);
        if level.answer == Answer::Allowed { level } else { level.or_first(self.by_list(&call, at)) }
    }

    /// What the target's own policy opens.
    fn by_policy(&self, call: &Call<'_>, at: u32) -> Level {
        let Some((holder, own)) = self.policy_of(at) else { return Level::plain(Answer::Denied) };
        if call.action.starts_with("sts:assumerolewith") {
            return self.anyone_federated(call, own);
        }
        let names: Vec<Name> = self.target_names(at, call.action).iter().map(|form| Name::new(form)).collect();
        let mut level = self.best(names.iter().map(|name| {
            let Said { past, direct, .. } = self.resource_levels(call, Some(own), Some(name));
            direct.and(past)
        }));
        // Nobody gets at what a key of one's own seals who may not use the key.
        if level.answer != Answer::Denied
            && let Some((sealed, key)) = self.sealing(at, call.action)
        {
            level = level.and(self.anyone(&sealed.right, Target::Resource(key)));
        }
        let resource = self.names.estate.resource(holder);
        if level.answer != Answer::Denied && bare_type(resource) == "aws_s3_bucket" && resource.mode == Mode::Managed {
            let said = self.resources.closed.get(&holder).copied();
            level = self.unless_blocked(level, said);
        }
        level
    }

    /// What access control lists of a bucket or an object open: whatever its policy says, unless that denies it.
    pub(super) fn by_list(&self, call: &Call<'_>, at: u32) -> Level {
        let mut level = Level::plain(Answer::Denied);
        for list in self.resources.acls.get(&at).into_iter().flatten() {
            let Some((statement, applied)) = self.held(list.statement) else { continue };
            if Self::speaks(statement, call.action) == Tri::No
                || list.off == Some(Tri::Yes)
                || self.names_caller(statement, call).itself == Tri::No
            {
                continue;
            }
            let mut opened = Level { parts: vec![applied], ..Level::plain(Answer::Allowed) };
            match list.off {
                Some(Tri::Maybe) => opened = opened.capped(Answer::Unknown),
                None => {
                    opened.assumptions.push("the bucket's ownership setting leaves its access control lists on".into())
                }
                Some(_) => {}
            }
            level = level.or_first(self.unless_blocked(opened, self.resources.ignored.get(&list.bucket).copied()));
        }
        if level.answer == Answer::Denied {
            return level;
        }
        let own = self.policy_of(at).map(|(_, own)| own);
        let names: Vec<Name> = self.target_names(at, call.action).iter().map(|form| Name::new(form)).collect();
        let past = self.best(names.iter().map(|name| self.resource_levels(call, own, Some(name)).past));
        if names.is_empty() { level } else { level.and(past) }
    }

    /// With what a block of public access leaves of it: one of the bucket or of its account.
    fn unless_blocked(&self, mut level: Level, blocked: Option<Tri>) -> Level {
        match blocked {
            Some(Tri::Yes) => return Level::plain(Answer::Denied),
            Some(Tri::No) => {}
            Some(Tri::Maybe) => level = level.capped(Answer::Unknown),
            None => level.assumptions.push("the account does not block public access to its buckets".into()),
        }
        level
    }
}
