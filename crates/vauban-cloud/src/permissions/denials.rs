//! Deny policies of Google Cloud: they go before every grant.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Text, Value};

use super::aws::matching::Tri;
use super::bindings::{Action, Bindings, Found, list};
use super::{Answer, Statement, Target, Verdict, gcp};
use crate::Estate;

/// A rule of a deny policy.
#[derive(Clone, Debug)]
pub(super) struct Denial {
    everyone: bool,
    principals: Vec<u32>,
    except: Vec<u32>,
    /// Whether anybody may be excepted: a group is whose members the code does not list.
    perhaps_excepts: bool,
    /// Whether somebody is named whom nobody knows.
    unsure: bool,
    permissions: Vec<Action>,
    except_permissions: Vec<Action>,
    conditional: bool,
    place: Option<u32>,
    label: Text,
    span: Span,
    resource: u32,
}

/// A permission as grants write it: `iam.googleapis.com/serviceAccounts.actAs` is `iam.serviceAccounts.actAs`.
fn permission(text: &str) -> Action {
    let Some((service, rest)) = text.split_once('/') else { return Action::new(text) };
    let service = match service.split('.').next().unwrap_or_default() {
        "cloudresourcemanager" => "resourcemanager",
        other => other,
    };
    Action::new(&format!("{service}.{rest}"))
}

/// Reads all deny policies.
pub(super) fn read(estate: &Estate<'_>, found: &Found, out: &mut Bindings) {
    let policies = estate.of_type("google_iam_deny_policy");
    if policies.is_empty() {
        return;
    }
    let known = gcp::People::new(estate);
    // What is said of a group is said of all who are in it.
    let mut members: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut grouped: Vec<(u32, &Vec<u32>)> = out.groups.iter().map(|(member, groups)| (*member, groups)).collect();
    grouped.sort_unstable();
    for (member, groups) in grouped {
        groups.iter().for_each(|group| members.entry(*group).or_default().push(member));
    }
    for at in policies.iter().copied() {
        let resource = estate.resource(at);
        for rule in resource.get("rules").map(Value::each).unwrap_or_default() {
            let Some(deny) = rule.get("deny_rule") else { continue };
            let mut unsure = false;
            let mut everyone = false;
            let mut people = |key: &str, sure: bool| -> Vec<u32> {
                let mut out = Vec::new();
                for value in deny.get(key).map(Value::each).unwrap_or_default() {
                    let text = estate.render(value);
                    if sure && text.starts_with("principalSet://goog/public:all") {
                        everyone = true;
                        continue;
                    }
                    let named = known.denied(estate, value);
                    unsure |= named.is_empty() && (text.contains("${") || text.contains("type/ServiceAccount"));
                    for one in named.into_iter().filter_map(|at| found.by_resource.get(&at).copied()) {
                        out.push(one);
                        out.extend(members.get(&one).into_iter().flatten());
                    }
                }
                out
            };
            let principals = people("denied_principals", true);
            let except = people("exception_principals", false);
            let perhaps_excepts =
                deny.get("exception_principals").map(Value::each).unwrap_or_default().iter().any(|value| {
                    let text = estate.render(value);
                    let group = text.starts_with("principalSet://goog/group/") || text.starts_with("group:");
                    let mut own = known.denied(estate, value).into_iter().filter_map(|at| found.by_resource.get(&at));
                    group && !own.any(|group| members.contains_key(group))
                });
            let actions = |key: &str| list(estate, deny.get(key)).iter().map(|one| permission(one)).collect();
            out.denials.push(Denial {
                everyone,
                principals,
                except,
                perhaps_excepts,
                unsure,
                permissions: actions("denied_permissions"),
                except_permissions: actions("exception_permissions"),
                conditional: deny.get("denial_condition").is_some(),
                place: estate.scopes().granted_on(at),
                label: resource.name.clone(),
                span: rule.span,
                resource: at,
            });
        }
    }
}

impl Denial {
    /// Whether it is about a principal, were there no exceptions.
    fn names(&self, principal: u32) -> bool {
        self.everyone || self.principals.contains(&principal)
    }

    /// Whether it denies a principal something that it leaves to another.
    pub(super) fn is_beside(&self, principal: u32, other: u32) -> bool {
        let bears = |one: u32| self.names(one) && !self.except.contains(&one);
        bears(principal) && !bears(other)
    }

    /// Whether it keeps a principal from an action on a target.
    fn applies(&self, estate: &Estate<'_>, principal: u32, action: &str, target: Target<'_>) -> Tri {
        let who = if self.except.contains(&principal) {
            Tri::No
        } else if self.names(principal) {
            // Groups have users, groups and service accounts as members.
            if self.perhaps_excepts { Tri::Maybe } else { Tri::Yes }
        } else if self.unsure {
            Tri::Maybe
        } else {
            Tri::No
        };
        let any = |list: &[Action]| list.iter().map(|one| one.fits(action)).max().unwrap_or(Tri::No);
        let what = any(&self.permissions).min(any(&self.except_permissions).not());
        let scopes = estate.scopes();
        let place = match target {
            Target::Resource(at) => scopes.of(at),
            Target::Place(at) => Some(at),
            Target::Named(name) => scopes.named(name),
            Target::Anything => None,
        };
        let on = match (place, self.place) {
            (Some(inner), Some(outer)) => Tri::from(scopes.within(inner, outer)),
            _ => Tri::Maybe,
        };
        let under = if self.conditional { Tri::Maybe } else { Tri::Yes };
        who.min(what).min(on).min(under)
    }
}

/// What of a verdict is left after all denials.
pub(super) fn judge(
    denials: &[Denial],
    estate: &Estate<'_>,
    principal: u32,
    action: &str,
    target: Target<'_>,
    mut verdict: Verdict,
) -> Verdict {
    let lower = action.to_ascii_lowercase();
    for denial in denials {
        match denial.applies(estate, principal, &lower, target) {
            Tri::No => {}
            Tri::Maybe => {
                verdict.answer = verdict.answer.min(Answer::Unknown);
                verdict.assumptions.push(format!("deny policy `{}` does not apply", denial.label).into());
            }
            Tri::Yes => {
                return Verdict {
                    answer: Answer::Denied,
                    statements: vec![Statement {
                        allows: false,
                        text: format!("deny policy {}: denies {action}", denial.label).into(),
                        span: denial.span,
                        resource: denial.resource,
                    }],
                    assumptions: Vec::new(),
                    settable: Vec::new(),
                };
            }
        }
    }
    verdict
}
