//! Whether the principals of a statement take in a caller.

use super::evaluate::{Aws, Call, Caller};
use super::matching::{Choice, Tri, fits, name, pattern};
use super::policy::{Stmt, Who};
use super::principals::Class;

/// How surely principals of a statement take a caller in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    /// By its own name, or as everybody.
    pub(crate) itself: Tri,
    /// By the name of a session of the role.
    pub(crate) session: Tri,
    /// By its account.
    pub(crate) account: Tri,
}

impl Default for Named {
    fn default() -> Self {
        Named { itself: Tri::No, session: Tri::No, account: Tri::No }
    }
}

impl Aws<'_> {
    /// How surely a statement's principals take in the caller, by each way of naming it.
    pub(crate) fn names_caller(&self, statement: &Stmt, call: &Call<'_>) -> Named {
        let mut out = Named::default();
        for who in statement.principals.iter().flatten() {
            let fit = self.is_caller(who, call);
            match who {
                Who::Account(_) => out.account = out.account.max(fit),
                Who::Session(_) => out.session = out.session.max(fit),
                _ => out.itself = out.itself.max(fit),
            }
        }
        if statement.not_principals && statement.principals.is_some() {
            // An account in the list spares its root user alone: whoever else is spared is listed as well.
            return Named { itself: out.itself.max(out.session).not(), ..Named::default() };
        }
        out
    }

    fn is_caller(&self, who: &Who, call: &Call<'_>) -> Tri {
        match (who, call.caller) {
            (Who::Anyone, Caller::Principal(_) | Caller::Anybody | Caller::Stranger | Caller::Foreign(_)) => Tri::Yes,
            (Who::Signed, Caller::Principal(_) | Caller::Stranger | Caller::Foreign(_)) => Tri::Yes,
            (Who::Account(text), Caller::Foreign(foreign)) => Tri::of(*text == foreign.account),
            (Who::Arn(text) | Who::Session(text), Caller::Foreign(foreign)) => Tri::of(foreign.is_named(text)),
            (Who::Account(text), Caller::Principal(principal)) => {
                self.names.same_account(text, &self.names.account(&principal.scope))
            }
            (Who::Session(_), Caller::Principal(principal)) if principal.class == Class::User => Tri::No,
            (Who::Arn(text) | Who::Session(text), Caller::Principal(principal)) => {
                // Sessions leave out the role's path.
                if *text == principal.arn || principal.class == Class::Role && *text == principal.bare {
                    return Tri::Yes;
                }
                if text.contains("${") || principal.arn.contains("${") {
                    return self.fits.caller(text, &principal.arn);
                }
                Tri::No
            }
            (Who::Unknown(text), Caller::Principal(principal)) => {
                let address = &self.names.estate.resource(principal.resource).address;
                let after = text.strip_prefix("${").and_then(|text| text.strip_prefix(&**address));
                if after.is_some_and(|after| after.starts_with('.')) {
                    return Tri::Yes;
                }
                // An attribute of something else of the inventory is not this principal.
                let other = text.strip_prefix("${").is_some_and(|inside| inside.starts_with("aws_iam_"));
                if text.contains("${") && !other { Tri::Maybe } else { Tri::No }
            }
            // Nobody knows who is meant, so it may be everybody; a role is trusted to somebody in particular.
            (Who::Unknown(text), Caller::Anybody | Caller::Stranger) => {
                if text.starts_with("${var.") && !call.action.starts_with("sts:") { Tri::Maybe } else { Tri::No }
            }
            (Who::Service(service), Caller::Service(caller)) => service_is(service, caller),
            _ => Tri::No,
        }
    }
}

/// Whether a service principal of a policy is a service.
pub(crate) fn service_is(written: &str, service: &str) -> Tri {
    let service = service.to_ascii_lowercase();
    if written == "*" {
        return Tri::Yes;
    }
    let short = |text: &str| {
        let bare = text.strip_suffix(".cn").unwrap_or(text);
        bare.strip_suffix(".amazonaws.com").map(ToOwned::to_owned).unwrap_or_else(|| bare.to_owned())
    };
    let (a, b) = (short(written), short(&service));
    if a == b || a.split('.').next() == Some(b.as_str()) && !a.contains("${") && regional(&a) {
        return Tri::Yes;
    }
    if a.contains("${") {
        return fits(&pattern(&a), &name(&b), Choice::Some);
    }
    Tri::No
}

/// `logs.eu-west-1`: a service of one region.
fn regional(text: &str) -> bool {
    text.split_once('.').is_some_and(|(_, rest)| rest.contains('-') && rest.ends_with(|c: char| c.is_ascii_digit()))
}
