//! What principals of other people's accounts may do: those that policies of the code name.
//!
//! Both accounts have to allow it. What this one says is read; what the other one says to its own principals is for
//! whoever rules it to decide, and is assumed ("Cross-account policy evaluation logic" in the provider's guide).

use super::arn::segments;
use super::conditions::{Held, State};
use super::evaluate::{Aws, Call, Caller, Said};
use super::level::Level;
use super::matching::Tri;
use super::policy::{Name, Stmt, Who};
use crate::permissions::{Answer, Request, Target};

/// Somebody of an account that is none of the code's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Foreign {
    /// The account's number.
    pub(crate) account: String,
    /// One principal of it; nothing for whoever its owner likes.
    pub(crate) arn: Option<String>,
}

impl Foreign {
    /// From the number of an account, or the ARN of a user, a role or an account.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if twelve_digits(text) {
            return Some(Foreign { account: text.to_owned(), arn: None });
        }
        let parts = segments(text, 6);
        let ["arn", _, service @ ("iam" | "sts"), _, account, name] = parts.as_slice() else { return None };
        if !twelve_digits(account) {
            return None;
        }
        let arn = match (*service, name.strip_prefix("assumed-role/")) {
            // A session of a role is that role here.
            ("sts", Some(rest)) => {
                Some(format!("arn:aws:iam::{account}:role/{}", rest.split('/').next().unwrap_or(rest)))
            }
            _ if *name == "root" => None,
            _ => Some(format!("arn:aws:iam::{account}:{name}")),
        };
        Some(Foreign { account: (*account).to_owned(), arn })
    }

    /// The name it goes by: its ARN, or its account's number.
    pub(crate) fn name(&self) -> &str {
        self.arn.as_deref().unwrap_or(&self.account)
    }

    /// Whether the name of one principal is this one. An account is all of its principals.
    pub(super) fn is_named(&self, text: &str) -> bool {
        match &self.arn {
            Some(arn) => arn == text,
            None => segments(text, 6).get(4).is_some_and(|account| *account == self.account),
        }
    }

    /// What a request of its holds for a key; nothing for keys that do not depend on who asks.
    pub(super) fn state(&self, key: &str) -> Option<State> {
        let held = match key {
            "aws:principalarn" => match &self.arn {
                Some(arn) => Held::Known(vec![arn.clone()]),
                None => Held::Known(vec![format!("arn:aws:iam::{}:*", self.account)]),
            },
            "aws:principalaccount" | "kms:calleraccount" => Held::Known(vec![self.account.clone()]),
            // Its owner makes principals of any name, with or without a second factor.
            "aws:principaltype"
            | "aws:username"
            | "aws:userid"
            | "aws:multifactorauthpresent"
            | "aws:multifactorauthage" => Held::Chosen,
            "aws:principalorgid" | "aws:principalorgpaths" => {
                return Some(State {
                    held: Held::Unknown,
                    change: None,
                    assumes: Some(format!("account {} belongs to the organisation", self.account)),
                });
            }
            _ => return None,
        };
        Some(held.into())
    }
}

/// Whether a text is the number of an account.
pub(crate) fn twelve_digits(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How a role asks whoever takes it on to prove for whom they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It demands an external id, or membership of one's own organisation.
    Demanded,
    /// It demands one that everything fits.
    Anything,
    /// It demands none.
    None,
}

impl Aws<'_> {
    /// Whether somebody of another account may take an action on a target.
    pub(crate) fn foreign(&self, foreign: &Foreign, action: &str, target: Target<'_>) -> Level {
        let lower = action.to_ascii_lowercase();
        let at = match target {
            Target::Resource(at) => Some(at),
            Target::Named(text) => {
                let text = self.names.canonical(text, "");
                self.names.find(&text).or_else(|| self.holder_of(&text, &lower))
            }
            Target::Anything => {
                let naming = self.naming(foreign);
                return self.best(naming.into_iter().map(|at| self.foreign(foreign, action, Target::Resource(at))));
            }
            Target::Place(_) => None,
        };
        let Some(at) = at else { return Level::plain(Answer::Denied) };
        let own = self.policy_of(at).map(|(_, own)| own);
        let request = Request::default();
        let caller = Caller::Foreign(foreign);
        let call = Call { caller, action: &lower, target: Some(at), account: self.account_of(at), request: &request };
        let names: Vec<Name> = match target {
            Target::Named(text) => vec![Name::new(&self.names.canonical(text, ""))],
            _ => self.target_names(at, &lower).iter().map(|form| Name::new(form)).collect(),
        };
        let mut level = self.best(names.iter().map(|name| {
            let Said { past, direct, session, delegated } = self.resource_levels(&call, own, Some(name));
            direct.or_first(session).or_first(delegated).and(past)
        }));
        // A list that lets everybody in, or every account, lets this one in.
        if level.answer != Answer::Allowed {
            level = level.or_first(self.by_list(&call, at));
        }
        if level.answer == Answer::Denied {
            return level;
        }
        if let Some((sealed, key)) = self.sealing(at, &lower) {
            level = level.and(self.foreign(foreign, &sealed.right, Target::Resource(key)));
        }
        if level.answer != Answer::Denied {
            level.assumptions.insert(0, format!("account {} permits it to its principals", foreign.account).into());
            if !twelve_digits(&call.account) {
                level.assumptions.push(format!("account {} is not the system's own", foreign.account).into());
            }
            let mut seen = Vec::with_capacity(level.assumptions.len());
            level.assumptions.retain(|text| {
                let new = !seen.contains(text);
                if new {
                    seen.push(text.clone());
                }
                new
            });
        }
        level
    }

    /// The resources whose own policies name somebody of another account, in the order of the inventory.
    pub(crate) fn naming(&self, foreign: &Foreign) -> Vec<u32> {
        let mut out: Vec<u32> = self.resources.own.keys().copied().collect();
        out.sort_unstable();
        out.retain(|at| {
            let own = self.resources.own.get(at).map(|own| own.statements.as_slice()).unwrap_or_default();
            own.iter()
                .filter_map(|number| self.store.all.get(*number as usize))
                .filter(|one| one.allows)
                .any(|one| one.principals.iter().flatten().any(|who| names(who, foreign)))
        });
        out
    }

    /// The principal of another account that a principal of a policy is: nothing for accounts of the code and those that
    /// the provider itself acts from.
    pub(crate) fn foreign_in(&self, who: &Who) -> Option<Foreign> {
        let text = match who {
            Who::Account(text) => text,
            Who::Arn(text) | Who::Session(text) => {
                if self.people.named(text).is_some() || !self.people.written(&self.names, text).is_empty() {
                    return None;
                }
                text
            }
            _ => return None,
        };
        let foreign = Foreign::read(text)?;
        (!self.is_own(&foreign.account) && !self.tables.provider_accounts.contains(&foreign.account)).then_some(foreign)
    }

    /// Whether an account is the code's own, as far as anybody can tell.
    pub(crate) fn is_own(&self, account: &str) -> bool {
        self.names.is_own(account) || self.probable.iter().any(|own| own == account)
    }

    /// Accounts to which a key of the code is left as a whole: a key's policy has to name its own account, or nobody there
    /// may ever change it again ("Default key policy" in the provider's guide). Only where the own account is not said.
    pub(crate) fn probably_own(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for at in self.names.estate.of_type("aws_kms_key").iter().copied() {
            let own = self.resources.own.get(&at).map(|own| own.statements.as_slice()).unwrap_or_default();
            if twelve_digits(self.names.account_of(at)) {
                continue;
            }
            let mut whole = false;
            let rulers: Option<Vec<String>> = own
                .iter()
                .filter_map(|number| self.store.all.get(*number as usize))
                .filter(|one| one.allows && Self::speaks(one, "kms:putkeypolicy") == Tri::Yes)
                .flat_map(|one| one.principals.iter().flatten())
                .map(|who| {
                    let (Who::Account(text) | Who::Arn(text) | Who::Session(text)) = who else { return None };
                    whole |= matches!(who, Who::Account(_));
                    Some(Foreign::read(text)?.account)
                })
                .collect();
            // Where its own account is named as such, a number is another's.
            let Some(mut rulers) = rulers else { continue };
            rulers.sort_unstable();
            rulers.dedup();
            // Principals of an account beside the account itself are of that account.
            if let [account] = rulers.as_slice()
                && whole
                && !out.contains(account)
            {
                out.push(account.clone());
            }
        }
        out
    }

    /// Whether a resource's policy asks somebody of another account for an external id.
    pub(crate) fn asks_id_of(&self, foreign: &Foreign, at: u32) -> bool {
        let own = self.resources.own.get(&at).map(|own| own.statements.as_slice()).unwrap_or_default();
        own.iter().filter_map(|number| self.store.all.get(*number as usize)).any(|statement| {
            statement.allows
                && statement.conditions.iter().any(|condition| condition.key == "sts:externalid")
                && statement.principals.iter().flatten().any(|who| names(who, foreign))
        })
    }

    /// What a role asks of somebody of another account, as the least of the statements that admit them says.
    pub(crate) fn proof(&self, foreign: &Foreign, role: u32) -> Proof {
        let own = self.resources.own.get(&role).map(|own| own.statements.as_slice()).unwrap_or_default();
        let mut least = Proof::Demanded;
        for statement in own.iter().filter_map(|number| self.store.all.get(*number as usize)) {
            let named = statement.principals.iter().flatten().any(|who| names(who, foreign));
            if !statement.allows || !named || Self::speaks(statement, "sts:assumerole") == Tri::No {
                continue;
            }
            match proof_of(statement) {
                Proof::None => return Proof::None,
                Proof::Anything => least = Proof::Anything,
                Proof::Demanded => {}
            }
        }
        least
    }
}

/// Whether a principal of a policy takes somebody of another account in.
fn names(who: &Who, foreign: &Foreign) -> bool {
    match who {
        Who::Account(text) => *text == foreign.account,
        Who::Arn(text) | Who::Session(text) => foreign.is_named(text),
        _ => false,
    }
}

/// What a statement asks for.
fn proof_of(statement: &Stmt) -> Proof {
    let mut out = Proof::None;
    for condition in &statement.conditions {
        match condition.key.as_str() {
            "sts:externalid" => {
                // An id that nobody else has is met by no made-up one.
                let any = condition.holds(&Held::Known(vec!["7f3a-nobody-s-id".to_owned()]), &|_| None) == Tri::Yes;
                if !any {
                    return Proof::Demanded;
                }
                out = Proof::Anything;
            }
            "aws:principalorgid" | "aws:principalorgpaths" | "aws:sourceorgid" => return Proof::Demanded,
            _ => {}
        }
    }
    out
}
