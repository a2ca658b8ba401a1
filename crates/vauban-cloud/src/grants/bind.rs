//! Which resources can stand for a variable of a grant.

use std::sync::Arc;

use vauban_model::finding::Evidence;
use vauban_model::library::{Bind, BindCondition, Grant};
use vauban_model::model::Origin;
use vauban_model::resource::{Mode, Value, ValueKind};

use super::Inputs;
use super::walk::Walks;
use crate::permissions::{Answer, Reach, Request, Target};

/// In the place of an attribute: whether the organisation lets nobody in by keys in metadata.
const OS_LOGIN_REQUIRED: &str = "os_login_required";

/// The resources chosen so far, by the order of the variables; and the project, subscription or resource group that stands
/// for the account.
#[derive(Clone, Debug)]
pub(super) struct Chosen(Vec<Option<u32>>, Option<u32>);

impl Chosen {
    pub(super) fn new(count: usize, place: Option<u32>) -> Self {
        Chosen(vec![None; count], place)
    }

    /// What stands for the account, if that is not simply the principal's.
    pub(super) fn place(&self) -> Option<u32> {
        self.1
    }

    /// The first resource that was chosen.
    pub(super) fn first(&self) -> Option<u32> {
        self.0.iter().flatten().next().copied()
    }

    pub(super) fn set(&mut self, level: usize, resource: u32) {
        if let Some(place) = self.0.get_mut(level) {
            *place = Some(resource);
        }
    }

    pub(super) fn clear(&mut self, level: usize) {
        if let Some(place) = self.0.get_mut(level) {
            *place = None;
        }
    }

    /// The resource that stands for the variable at a place.
    pub(super) fn at(&self, level: usize) -> Option<u32> {
        self.0.get(level).copied().flatten()
    }

    /// The resource that stands for a variable.
    pub(super) fn of(&self, grant: &Grant, name: &str) -> Option<u32> {
        let at = grant.binds.iter().position(|bind| &*bind.name == name)?;
        self.0.get(at).copied().flatten()
    }
}

/// A resource that can stand for a variable.
pub(super) struct Candidate {
    pub(super) resource: u32,
    /// Whether something that decides is not known.
    pub(super) unknown: bool,
    pub(super) evidence: Vec<Evidence>,
    pub(super) assumptions: Vec<Box<str>>,
}

/// The services that a variable must be trusted by; empty when it is none of a passed role.
pub(super) fn services<'g>(grant: &'g Grant, name: Option<&str>) -> &'g [Box<str>] {
    let Some(bind) = name.and_then(|name| grant.binds.iter().find(|bind| &*bind.name == name)) else { return &[] };
    let found = bind.conditions.iter().find_map(|condition| match condition {
        BindCondition::Trusts(services) => Some(services.as_slice()),
        _ => None,
    });
    found.unwrap_or(&[])
}

/// What may stand for a variable as far as types, relations, trust and `reach` say, in the order of the inventory. `reach`
/// is asked only where nothing narrower is known.
pub(super) fn listed(
    inputs: &Inputs<'_, '_>,
    walks: &Walks,
    principal: u32,
    bind: &Bind,
    grant: &Grant,
    chosen: &Chosen,
    reach: impl FnOnce() -> Reach,
) -> Arc<[u32]> {
    let own = inputs.rights.principals().get(principal as usize).map(|principal| principal.resource);
    let walked = |from: &str, walk: &str| {
        let from = if from == "principal" { own } else { chosen.of(grant, from) };
        from.map(|from| walks.resources(inputs, from, walk)).unwrap_or_default()
    };
    let barred: Vec<u32> = bind
        .conditions
        .iter()
        .filter_map(|condition| match condition {
            BindCondition::NotOf(from, walk) => Some(walked(from, walk)),
            _ => None,
        })
        .flatten()
        .collect();
    let derived = bind.conditions.iter().find_map(|condition| match condition {
        BindCondition::Of(from, walk) => Some(walked(from, walk)),
        BindCondition::IsPrincipal => Some(own.into_iter().collect()),
        BindCondition::HeldByPrincipal => Some(inputs.rights.held(principal)),
        _ => None,
    });
    if let Some(list) = derived {
        return list
            .into_iter()
            .filter(|at| !barred.contains(at))
            .filter(|at| bind.types.is_empty() || bind.types.iter().any(|ty| **ty == *inputs.estate.resource(*at).ty))
            .collect();
    }
    let mut reach = reach();
    if reach != Reach::nothing() {
        for condition in &bind.conditions {
            if let BindCondition::Trusts(services) = condition {
                reach = reach.and(Reach::Only(walks.trusting(inputs, &bind.types, services)));
            }
        }
    }
    let list = match reach {
        Reach::Only(list) => list,
        Reach::All => inputs.rights.kinds(&bind.types).members,
    };
    if barred.is_empty() { list } else { list.iter().copied().filter(|at| !barred.contains(at)).collect() }
}

/// A resource as one that stands for a variable; nothing when a condition certainly is not met.
pub(super) fn candidate(
    inputs: &Inputs<'_, '_>,
    walks: &Walks,
    principal: u32,
    bind: &Bind,
    resource: u32,
) -> Option<Candidate> {
    let own = inputs.rights.principals().get(principal as usize).map(|principal| principal.resource);
    let mut out = Candidate { resource, unknown: false, evidence: Vec::new(), assumptions: Vec::new() };
    for condition in &bind.conditions {
        match condition {
            BindCondition::Trusts(services) => {
                let role = inputs.rights.principal_of(resource)?;
                // A role is passed within its account only.
                if own.is_some_and(|own| inputs.rights.account_of(own) != inputs.rights.account_of(resource)) {
                    return None;
                }
                let verdict = services
                    .iter()
                    .map(|service| inputs.rights.trusts_service(role, service))
                    .max_by(|a, b| a.answer.cmp(&b.answer).then(std::cmp::Ordering::Greater))?;
                match verdict.answer {
                    Answer::Denied => return None,
                    Answer::Unknown => out.unknown = true,
                    Answer::Settable | Answer::Allowed => {}
                }
                out.assumptions.extend(verdict.assumptions.iter().map(|text| Box::from(&**text)));
                if let (Some(statement), Some(element)) = (verdict.statements.first(), inputs.lowered.element(resource))
                {
                    out.evidence.push(Evidence {
                        element,
                        fact: "trust".into(),
                        value: Box::from(&*statement.text),
                        origin: Origin::Imported,
                        span: statement.span,
                    });
                }
            }
            BindCondition::RunsAsSomeone => {
                if inputs.rights.runs_as(resource).is_empty() {
                    return None;
                }
            }
            BindCondition::InInstanceProfile => {
                match walks.profile_of(resource) {
                    Some(profile) => {
                        let holder = inputs.estate.resource(profile);
                        if let Some(element) = inputs.lowered.element(resource) {
                            out.evidence.push(Evidence {
                                element,
                                fact: "instance profile".into(),
                                value: holder
                                    .get("name")
                                    .map_or_else(|| holder.name.to_string(), |name| inputs.estate.render(name))
                                    .into(),
                                origin: Origin::Imported,
                                span: holder.span,
                            });
                        }
                    }
                    None => {
                        out.unknown = true;
                        let role = &inputs.estate.resource(resource).address;
                        out.assumptions.push(
                        format!("an instance profile with {role} was made elsewhere: a machine takes on a role through one")
                            .into(),
                    );
                    }
                }
            }
            BindCondition::Managed => {
                let reports = |role: &u32| {
                    let action = "ssm:UpdateInstanceInformation";
                    inputs.rights.can(*role, action, Target::Anything, &Request::default()).answer != Answer::Denied
                };
                if !inputs.rights.runs_as(resource).iter().any(reports) {
                    out.unknown = true;
                    let machine = &inputs.estate.resource(resource).address;
                    out.assumptions.push(
                        format!("Systems Manager manages {machine} although its role does not say so, by a role that the account gives to all machines").into(),
                    );
                }
            }
            BindCondition::MadeHere => {
                if inputs.estate.resource(resource).mode == Mode::Data {
                    return None;
                }
            }
            BindCondition::NotPrincipal => {
                if own == Some(resource) {
                    return None;
                }
            }
            BindCondition::AssumableByPrincipal => {
                let verdict =
                    inputs.rights.can(principal, "sts:AssumeRole", Target::Resource(resource), &Request::default());
                match verdict.answer {
                    Answer::Denied => return None,
                    Answer::Unknown => out.unknown = true,
                    Answer::Settable | Answer::Allowed => {}
                }
            }
            BindCondition::Attribute(path, values) => {
                let holder = inputs.estate.resource(resource);
                // What a policy of the organisation says is in no attribute of the machine.
                if &**path == OS_LOGIN_REQUIRED {
                    if inputs.rights.requires_os_login(resource) {
                        return None;
                    }
                    continue;
                }
                if &**path == SIGNED_CODE_ONLY {
                    match takes_signed_code_only(inputs, principal, resource) {
                        Some(false) => {}
                        Some(true) => return None,
                        None => {
                            out.unknown = true;
                            let text = format!("{} takes code that nobody has signed", holder.address);
                            out.assumptions.push(text.into());
                        }
                    }
                    continue;
                }
                match attribute(inputs, holder.get(path), values) {
                    Some(true) => {}
                    Some(false) => return None,
                    None => {
                        out.unknown = true;
                        out.assumptions.push(format!("{path} of {} is as the attack needs it", holder.address).into());
                    }
                }
            }
            // What it needs to know of the grant's permissions is known to whoever asks for the candidate.
            BindCondition::WholeOrOnlyPart
            | BindCondition::Of(..)
            | BindCondition::NotOf(..)
            | BindCondition::IsPrincipal
            | BindCondition::HeldByPrincipal => {}
        }
    }
    Some(out)
}

/// In the place of an attribute of a function: what it is deployed with has to be signed, and the principal cannot change
/// that.
const SIGNED_CODE_ONLY: &str = "takes_signed_code_only";

/// Whether a function refuses code that its own signers have not signed, and a principal cannot lift that; `None` when it
/// is not known. A configuration that only warns lets everything in, which is the default (Lambda developer guide, "Using
/// code signing to verify code integrity").
fn takes_signed_code_only(inputs: &Inputs<'_, '_>, principal: u32, function: u32) -> Option<bool> {
    const LIFTS: [&str; 2] = ["lambda:DeleteFunctionCodeSigningConfig", "lambda:PutFunctionCodeSigningConfig"];
    let Some(named) = inputs.estate.resource(function).get("code_signing_config_arn").filter(|one| !one.is_null())
    else {
        return Some(false);
    };
    let may =
        |action: &str, at: u32| inputs.rights.can(principal, action, Target::Resource(at), &Request::default()).answer;
    let mut lifting: Vec<Answer> = LIFTS.iter().map(|action| may(action, function)).collect();
    if lifting.contains(&Answer::Allowed) {
        return Some(false);
    }
    let config = inputs.estate.referred(named).into_iter().next()?;
    lifting.push(may("lambda:UpdateCodeSigningConfig", config));
    if lifting.contains(&Answer::Allowed) {
        return Some(false);
    }
    let paths = ["policies.untrusted_artifact_on_deployment", "code_signing_policies.untrusted_artifact_on_deployment"];
    let found = paths.iter().find_map(|path| inputs.estate.resource(config).at_each(path).into_iter().next());
    match found.map(|value| inputs.estate.render(value)) {
        None => Some(false),
        Some(text) if text.contains("${") => None,
        Some(text) if text != "Enforce" => Some(false),
        // Whether it stays so is not known where the principal perhaps may lift it.
        Some(_) => lifting.iter().all(|answer| *answer == Answer::Denied).then_some(true),
    }
}

/// Whether an attribute has one of the values (`*`: is set at all; `!x`: is not `x`; none: is not set); `None` when it is not known.
fn attribute(inputs: &Inputs<'_, '_>, value: Option<&Value>, values: &[Box<str>]) -> Option<bool> {
    let negated = values.iter().all(|value| value.starts_with('!'));
    let Some(value) = value else { return Some(negated || values.iter().any(|value| value.is_empty())) };
    if values.iter().any(|wanted| &**wanted == "*") {
        return Some(true);
    }
    if matches!(value.open().kind, ValueKind::Unknown(_) | ValueKind::OneOf(_)) {
        return None;
    }
    let text = inputs.estate.render(value);
    if text.contains("${") {
        return None;
    }
    Some(if negated {
        values.iter().all(|wanted| wanted[1..] != text)
    } else {
        values.iter().any(|wanted| **wanted == *text)
    })
}
