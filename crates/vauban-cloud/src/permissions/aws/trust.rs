//! Who takes on a role besides users and roles: services, federated identities; and who may rewrite rights.

use vauban_model::resource::Value;

use super::conditions::Held;
use super::evaluate::{Aws, Call, Caller, Said};
use super::level::Level;
use super::matching::Tri;
use super::policy::{Stmt, Who};
use super::principals::{Applied, Class};
use super::resources::Own;
use crate::permissions::{Answer, Request, Target};

/// The rights over identities in general that make an administrator: one of each line, on principals of any name.
const OVER_IDENTITIES: [&[(&str, &str)]; 4] = [
    &[("iam:AttachRolePolicy", "role/any"), ("iam:PutRolePolicy", "role/any")],
    &[("iam:AttachUserPolicy", "user/any"), ("iam:PutUserPolicy", "user/any")],
    &[("iam:CreatePolicyVersion", "policy/any"), ("iam:CreatePolicy", "policy/any"), ("iam:PutRolePolicy", "role/any")],
    &[("iam:UpdateAssumeRolePolicy", "role/any"), ("iam:CreateAccessKey", "user/any"), ("iam:PassRole", "role/any")],
];

impl Aws<'_> {
    /// Whether a role's trust admits a service.
    pub(crate) fn trusts_service(&self, role: u32, service: &str) -> Level {
        let Some(own) = self.resources.own.get(&role) else {
            return Level::unknown("what the role's trust says is not known");
        };
        let request = Request::default();
        let call = Call {
            caller: Caller::Service(service),
            action: "sts:assumerole",
            target: Some(role),
            account: self.account_of(role),
            request: &request,
        };
        let Said { past, direct, .. } = self.resource_levels(&call, Some(own), None);
        direct.and(past)
    }

    /// Whether nobody but services takes on a role: its trust is all written, and names nobody else.
    pub(super) fn serves_only(&self, role: u32) -> bool {
        let Some(own) = self.resources.own.get(&role).filter(|own| own.unknown.is_empty()) else { return false };
        let mut allowing =
            own.statements.iter().filter_map(|number| self.store.all.get(*number as usize)).filter(|one| one.allows);
        let of_services = |one: &Stmt| {
            let named = one.principals.as_deref().unwrap_or_default();
            let services = !named.is_empty() && named.iter().all(|who| matches!(who, Who::Service(_)));
            services && one.certain && !one.not_principals
        };
        !own.statements.is_empty() && allowing.all(of_services)
    }

    /// Whether a federated identity that anybody may have takes on a role.
    pub(crate) fn anyone_federated(&self, call: &Call<'_>, own: &Own) -> Level {
        let mut best = Level::plain(Answer::Denied);
        for number in &own.statements {
            let Some(statement) = self.store.all.get(*number as usize).filter(|one| one.allows) else { continue };
            let (Some(via), Some(span)) = (statement.holder, statement.span) else { continue };
            let fit = Self::speaks(statement, call.action);
            let providers = statement.principals.iter().flatten().filter_map(|who| match who {
                Who::Federated(text) => Some(text.as_str()),
                Who::Anyone => Some("*"),
                _ => None,
            });
            for provider in providers {
                if fit == Tri::No {
                    continue;
                }
                let provider = self.provider(provider);
                let public = self.tables.public_providers.iter().find(|one| provider.contains(one.as_str()));
                let cognito = provider.contains("cognito");
                // Where each organisation has an issuer of its own, only its own builds come: see `builds`.
                let of_one_owner = public.is_some_and(|host| {
                    let path = provider.split_once(host.as_str()).map_or("", |(_, path)| path.trim_matches('/'));
                    !path.is_empty() && self.tables.builds.iter().any(|one| one.issuer.starts_with(host.as_str()))
                });
                let answer = match public {
                    Some(_) if of_one_owner => continue,
                    Some(_) => Answer::Allowed,
                    None if provider.contains("${") && !provider.contains("eks") => Answer::Unknown,
                    None => continue,
                };
                let mut level =
                    Level { parts: vec![Applied { statement: *number, via, span }], ..Level::plain(answer) };
                if answer == Answer::Unknown {
                    level.assumptions.push(format!("anybody may have an account with `{provider}`").into());
                }
                for condition in &statement.conditions {
                    let key = condition.key.as_str();
                    let holds = if key.ends_with(":sub") {
                        self.open_subject(condition)
                    } else if key.ends_with(":amr") {
                        let guest = condition.holds(&Held::Known(vec!["unauthenticated".to_owned()]), &|_| None);
                        let role = call.target.filter(|_| guest == Tri::Yes);
                        let (admits, limits) =
                            role.map_or((Tri::Maybe, None), |role| self.admits_guests(statement, role));
                        if let Some(limits) = limits {
                            level.assumptions.push(limits.into());
                            level = level.capped(Answer::Unknown);
                        }
                        admits
                    } else if key.ends_with(":aud") || cognito {
                        Tri::Yes
                    } else if key.contains("actions.githubusercontent.com:")
                        || key.contains("gitlab")
                        || key.starts_with("aws:requesttag/") && !cognito
                    {
                        // Owner, repository and the like: somebody's in particular. Tags of the session come in the
                        // token as well, so the caller does not choose them.
                        Self::claimed(condition, &Held::Other)
                    } else {
                        let fill = |key: &str| self.variable(call, key);
                        let outcome = condition.outcome(&self.state(call, key), &fill);
                        outcome.now.map_or(Tri::Maybe, Tri::of)
                    };
                    match holds {
                        Tri::Yes => {}
                        Tri::Maybe => {
                            level.assumptions.push(format!("an outsider meets the condition on `{key}`").into());
                            level = level.capped(Answer::Unknown);
                        }
                        Tri::No => level = Level::plain(Answer::Denied),
                    }
                    if level.answer == Answer::Denied {
                        break;
                    }
                }
                best = best.or_first(level);
            }
        }
        best
    }

    /// Whether the identity pool that a statement names hands out a role without a login, and what limits it then; by
    /// default none does. In the classic flow guests ask for any role that trusts the pool. In the enhanced one they get
    /// the role that is attached, and only what the provider's own policy for sessions of guests leaves of it (Amazon
    /// Cognito developer guide, "Identity pools authentication flow" and "Access policies for unauthenticated
    /// identities", from memory).
    fn admits_guests(&self, statement: &Stmt, role: u32) -> (Tri, Option<&'static str>) {
        let named = |at: &u32| {
            let id = self.names.attribute(*at, "id", 0);
            let held = Held::Known(vec![id]);
            let mut audiences = statement.conditions.iter().filter(|condition| condition.key.ends_with(":aud"));
            audiences.any(|condition| condition.holds(&held, &|_| None) == Tri::Yes)
        };
        let estate = self.names.estate;
        let pools = estate.of_type("aws_cognito_identity_pool").iter().copied();
        let Some(pool) = pools.into_iter().find(named) else { return (Tri::Yes, None) };
        let said = |attribute: &str| match estate.resource(pool).get(attribute).map(Value::open) {
            None => Tri::No,
            Some(value) if value.is_null() => Tri::No,
            Some(value) => match value.as_bool().or_else(|| value.as_text()?.parse().ok()) {
                Some(said) => Tri::of(said),
                None => Tri::Maybe,
            },
        };
        let guests = said("allow_unauthenticated_identities");
        if guests == Tri::No || said("allow_classic_flow") == Tri::Yes {
            return (guests, None);
        }
        let attached = estate.of_type("aws_cognito_identity_pool_roles_attachment").iter().any(|at| {
            let attachment = estate.resource(*at);
            let of_pool =
                attachment.get("identity_pool_id").is_some_and(|value| estate.referred(value).contains(&pool));
            of_pool && estate.referred(&attachment.attributes).contains(&role)
        });
        let limits = "the enhanced flow leaves guests the rights that this needs";
        if attached { (guests, Some(limits)) } else { (Tri::No, None) }
    }

    /// Whether the value of a claim meets a condition, or of a tag that comes in the token. A caller asks for a token
    /// without tags as well; whether the provider hands a claim on at all is not known of every one.
    pub(super) fn claimed(condition: &super::conditions::Condition, held: &Held) -> Tri {
        if condition.holds_without() {
            return if condition.key.starts_with("aws:requesttag/") { Tri::Yes } else { Tri::Maybe };
        }
        condition.holds(held, &|_| None)
    }

    fn open_subject(&self, condition: &super::conditions::Condition) -> Tri {
        // A value that nobody knows names somebody in particular all the same: `repo:${var.repository}:*`.
        let named = |pattern: &str| {
            let whose = ["repo:", "project_path:"].into_iter().find_map(|start| pattern.strip_prefix(start));
            let whose = whose.filter(|whose| whose.starts_with("${"));
            whose.and_then(|whose| whose.split_once('}')).is_some_and(|(_, rest)| rest.starts_with(':'))
        };
        if !condition.is_negated() && condition.values().next().is_some() && condition.values().all(named) {
            return Tri::No;
        }
        // A subject of a stranger: one that only fits where nobody in particular is named.
        let stranger = [
            "repo:stranger-7f3a/repository:ref:refs/heads/main",
            "project_path:stranger-7f3a/project:ref_type:branch:ref:main",
            "organization:stranger-7f3a:project:p:workspace:w:run_phase:apply",
            "org/stranger-7f3a/project/p/user/u",
        ];
        // Nor somebody in particular: whoever has a name that begins as the pattern does (`repo:shop*`).
        let named_alike = condition.values().filter_map(|pattern| {
            let (owner, rest) = pattern.strip_prefix("repo:")?.split_once('*')?;
            // An owner and a repository in one unknown value: `repo:${var.repository}:*`.
            let rest = if owner.contains('/') || owner.ends_with(':') { return None } else { rest };
            let name = if owner.is_empty() { "stranger-7f3a" } else { "-stranger-7f3a" };
            let rest = if rest.starts_with('/') { rest.to_owned() } else { format!("/repository{rest}") };
            let end = if rest.contains(':') { "" } else { ":ref:refs/heads/main" };
            Some(format!("repo:{owner}{name}{}{end}", rest.replace('*', "x")))
        });
        stranger
            .iter()
            .map(|subject| (*subject).to_owned())
            .chain(named_alike)
            .map(|subject| condition.holds(&Held::Known(vec![subject]), &|_| None))
            .max()
            .unwrap_or(Tri::No)
    }

    /// The host of an identity provider: of its resource when it is one of the inventory.
    pub(super) fn provider(&self, text: &str) -> String {
        match self.names.find(text) {
            Some(at) => self.names.attribute(at, "url", 0),
            None => text.to_owned(),
        }
    }

    /// Whether a role's trust admits a service account of a cluster.
    pub(crate) fn trusts_workload(&self, role: u32, namespace: &str, account: &str) -> Tri {
        let Some(own) = self.resources.own.get(&role) else { return Tri::Maybe };
        let subject = format!("system:serviceaccount:{namespace}:{account}");
        let mut best = Tri::No;
        for number in &own.statements {
            let Some(statement) = self.store.all.get(*number as usize).filter(|one| one.allows) else { continue };
            let pods = statement
                .principals
                .iter()
                .flatten()
                .any(|who| matches!(who, Who::Service(service) if service == "pods.eks.amazonaws.com"));
            let federated = statement.principals.iter().flatten().any(|who| matches!(who, Who::Federated(_)));
            let mut fit = if pods {
                Self::speaks(statement, "sts:assumerole")
            } else if federated {
                Self::speaks(statement, "sts:assumerolewithwebidentity")
            } else {
                Tri::No
            };
            for condition in &statement.conditions {
                let held = if condition.key.ends_with(":sub") {
                    Held::Known(vec![subject.clone()])
                } else if condition.key.ends_with(":aud") {
                    Held::Known(vec!["sts.amazonaws.com".to_owned()])
                } else if pods {
                    continue;
                } else {
                    Held::Unknown
                };
                fit = fit.min(condition.holds(&held, &|_| None));
            }
            best = best.max(fit);
        }
        best.max(if own.unknown.is_empty() { Tri::No } else { Tri::Maybe })
    }

    /// Whether a principal has rights over identities of any name, and with them over all of the account.
    pub(crate) fn administers(&self, number: u32) -> Level {
        let request = Request::default();
        self.rules_by(number, &|action, target| self.can(number, action, target, &request))
    }

    /// Whether what is written into a principal's policies counts whatever it says, and is not held back by the principal's
    /// boundary: it has none, or one that leaves it the account, or one that the writer or itself, with all that the
    /// boundary leaves it, can lift or rewrite.
    ///
    /// Source: AWS documentation, "Permissions boundaries for IAM entities": the effective permissions are those that the
    /// identity's policies and the boundary both allow.
    pub(crate) fn past_boundary(&self, writer: u32, receiver: u32) -> Level {
        let Some(principal) = self.people.all.get(receiver as usize) else { return Level::plain(Answer::Denied) };
        if principal.boundary.is_none() {
            return Level::plain(Answer::Allowed);
        }
        let plain = Request::default();
        let mut best = self.rules_by(receiver, &|action, target| self.could_be_given(receiver, action, target, &plain));
        // Another boundary in its place counts as lifted only if it may be one that limits nothing.
        let wide = Request {
            passed_to: None,
            context: vec![("iam:permissionsboundary", "arn:aws:iam::aws:policy/AdministratorAccess")],
        };
        let own: [(&str, &Request<'_>); 2] = match principal.class {
            Class::User => [("iam:DeleteUserPermissionsBoundary", &plain), ("iam:PutUserPermissionsBoundary", &wide)],
            _ => [("iam:DeleteRolePermissionsBoundary", &plain), ("iam:PutRolePermissionsBoundary", &wide)],
        };
        let ways = own
            .into_iter()
            .map(|(action, request)| (action, principal.resource, request))
            .chain(principal.bound_by.map(|policy| ("iam:CreatePolicyVersion", policy, &plain)));
        for (action, at, request) in ways {
            let target = Target::Resource(at);
            best = best.or_first(self.can(writer, action, target, request));
            best = best.or_first(self.could_be_given(receiver, action, target, request));
        }
        best
    }

    fn rules_by(&self, number: u32, can: &dyn Fn(&str, Target<'_>) -> Level) -> Level {
        let Some(principal) = self.people.all.get(number as usize) else { return Level::plain(Answer::Denied) };
        let account = self.names.account(&principal.scope);
        let mut level = Level::plain(Answer::Allowed);
        for either in OVER_IDENTITIES {
            let mut best = Level::plain(Answer::Denied);
            for (action, name) in either {
                let target = format!("arn:aws:iam::{account}:{name}");
                best = best.or_first(can(action, Target::Named(&target)));
            }
            level = level.and(best);
            if level.answer == Answer::Denied {
                return level;
            }
        }
        level
    }

    /// Whether a principal may change what it is allowed itself: its own policies, those attached to it, its groups'.
    pub(crate) fn rewrites_itself(&self, number: u32) -> Level {
        let Some(principal) = self.people.all.get(number as usize) else { return Level::plain(Answer::Denied) };
        let request = Request::default();
        let can = |action: &str, at: u32| self.can(number, action, Target::Resource(at), &request);
        let (own, unbound): (&[&str], &str) = match principal.class {
            Class::User => (&["iam:PutUserPolicy", "iam:AttachUserPolicy"], "iam:DeleteUserPermissionsBoundary"),
            Class::Role => (&["iam:PutRolePolicy", "iam:AttachRolePolicy"], "iam:DeleteRolePermissionsBoundary"),
            Class::Group | Class::PermissionSet => (&[], ""),
        };
        let mut best = Level::plain(Answer::Denied);
        for action in own {
            best = best.or_first(can(action, principal.resource));
        }
        for held in &principal.held {
            let group = self.people.by_resource.contains_key(held);
            let actions: &[&str] =
                if group { &["iam:PutGroupPolicy", "iam:AttachGroupPolicy"] } else { &["iam:CreatePolicyVersion"] };
            for action in actions {
                best = best.or_first(can(action, *held));
            }
        }
        if principal.boundary.is_some() && best.answer != Answer::Denied {
            best = best.and(can(unbound, principal.resource));
        }
        best
    }
}
