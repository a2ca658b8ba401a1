//! What bindings, assignments and roles give: the order of evaluation that Google Cloud, Azure and Kubernetes share.
//! Nothing denies; a grant counts where its scope takes the target in.

use std::sync::Mutex;

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::library::Cloud;
use vauban_model::resource::{Text, Value};

use super::aws::matching::{Choice, Tok, Tri, fits, name, pattern};
use super::rights::denied;
use super::scopes::ScopeIndex;
use super::{Answer, Kinds, Principal, Reach, Statement, Target, Verdict};
use crate::Estate;

/// Where a grant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The whole project, subscription or cluster.
    Everything,
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
}

impl Action {
    pub(super) fn new(text: &str) -> Self {
        Action { text: text.into(), toks: pattern(&text.to_ascii_lowercase()) }
    }

    /// One that is told in other words than it is asked for.
    pub(super) fn told(text: &str, action: &str) -> Self {
        Action { text: text.into(), toks: pattern(action) }
    }

    fn fits(&self, action: &str) -> Tri {
        fits(&self.toks, &name(action), Choice::Some)
    }
}

/// What a role allows.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) actions: Vec<Action>,
    pub(super) except: Vec<Action>,
    /// Nobody knows what it allows, beyond this.
    pub(super) unknown: bool,
    /// Kubernetes: names that a rule is limited to.
    pub(super) only: Vec<String>,
}

impl Role {
    /// Whether it allows an action for sure.
    pub(super) fn allows(&self, action: &str) -> bool {
        allows(self, action) == Tri::Yes
    }
}

/// A grant.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) role: Role,
    pub(super) label: Text,
    pub(super) scope: Scope,
    /// A condition that is not evaluated.
    pub(super) conditional: bool,
    pub(super) span: Span,
    pub(super) resource: u32,
}

/// Grants by principal, and to everybody.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    pub(super) of: FxHashMap<u32, Vec<Grant>>,
    pub(super) anyone: Vec<Grant>,
    /// By group of types: what takes its resources in; made when first asked for.
    indexes: Mutex<FxHashMap<u32, ScopeIndex>>,
}

/// Attributes that say what a resource is part of.
pub(super) const PARENTS: [&str; 18] = [
    "resource_group_name",
    "storage_account_name",
    "storage_account_id",
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

fn takes_in(estate: &Estate<'_>, grant: &Grant, target: Target<'_>) -> Tri {
    let only = |names: &[String], own: Option<&str>| {
        names.is_empty() || own.is_some_and(|own| names.iter().any(|one| one == own))
    };
    match (&grant.scope, target) {
        (Scope::Unknown, _) => Tri::Maybe,
        (Scope::Everything, Target::Resource(at)) if !grant.role.only.is_empty() => {
            Tri::of(only(&grant.role.only, estate.namespaced(at).as_ref().map(|(_, name)| name.as_str())))
        }
        (Scope::Everything, _) | (_, Target::Anything) => Tri::Yes,
        (Scope::Resource(whole), Target::Resource(at)) => Tri::of(within(estate, at, *whole, 0)),
        (Scope::Namespace(namespace, names), Target::Resource(at)) => match estate.namespaced(at) {
            Some((own, name)) => {
                Tri::of(namespace.as_deref().is_none_or(|wanted| wanted == own) && only(names, Some(&name)))
            }
            None => Tri::No,
        },
        (Scope::Resource(_) | Scope::Namespace(..), Target::Named(_)) => Tri::Maybe,
    }
}

impl Bindings {
    pub(super) fn give(&mut self, principal: u32, grant: Grant) {
        self.of.entry(principal).or_default().push(grant);
    }

    /// Whether anything speaks of an action at all.
    pub(super) fn could(&self, principal: u32, action: &str) -> bool {
        let lower = action.to_ascii_lowercase();
        self.of.get(&principal).into_iter().flatten().any(|grant| allows(&grant.role, &lower) != Tri::No)
    }

    /// The resources of some types that a principal may possibly take an action on: never too few.
    pub(super) fn reach(&self, estate: &Estate<'_>, principal: u32, action: &str, kinds: &Kinds) -> Reach {
        let lower = action.to_ascii_lowercase();
        let grants = self.of.get(&principal).map_or(&[][..], Vec::as_slice);
        let mut out = Reach::nothing();
        for grant in grants.iter().filter(|grant| allows(&grant.role, &lower) != Tri::No) {
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
        judge(estate, self.of.get(&principal).map_or(&[], Vec::as_slice), action, target)
    }

    pub(super) fn anybody(&self, estate: &Estate<'_>, action: &str, target: Target<'_>) -> Verdict {
        judge(estate, &self.anyone, action, target)
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
        judge(estate, &wide, action, Target::Named(""))
    }
}

fn allows(role: &Role, action: &str) -> Tri {
    let any = |list: &[Action]| list.iter().map(|one| one.fits(action)).max().unwrap_or(Tri::No);
    let fit = any(&role.actions).min(any(&role.except).not());
    if role.unknown { fit.max(Tri::Maybe) } else { fit }
}

fn judge(estate: &Estate<'_>, grants: &[Grant], action: &str, target: Target<'_>) -> Verdict {
    let lower = action.to_ascii_lowercase();
    let mut best = denied();
    for grant in grants {
        let fit = allows(&grant.role, &lower);
        let beyond = matches!(grant.scope, Scope::Namespace(..)) && super::kubernetes::of_the_cluster(&lower);
        if fit == Tri::No || beyond {
            continue;
        }
        let on = takes_in(estate, grant, target);
        let mut assumptions: Vec<Text> = Vec::new();
        let mut answer = match fit.min(on) {
            Tri::No => continue,
            Tri::Maybe => Answer::Unknown,
            Tri::Yes => Answer::Allowed,
        };
        if fit == Tri::Maybe {
            assumptions.push(format!("that `{}` allows it is not known", grant.label).into());
        } else if on == Tri::Maybe {
            assumptions.push(format!("that `{}` holds there is not known", grant.label).into());
        }
        if grant.conditional {
            answer = Answer::Unknown;
            assumptions.push(format!("the condition on `{}` holds", grant.label).into());
        }
        if answer > best.answer {
            let pattern =
                grant.role.actions.iter().find(|one| one.fits(&lower) == Tri::Yes).map_or(action, |one| &one.text);
            let text = format!("{} allows {pattern}", grant.label);
            best = Verdict {
                answer,
                statements: vec![Statement {
                    allows: true,
                    text: text.into(),
                    span: grant.span,
                    resource: grant.resource,
                }],
                assumptions,
                settable: Vec::new(),
            };
        }
        if answer == Answer::Allowed {
            break;
        }
    }
    best
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
