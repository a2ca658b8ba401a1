//! The statement of applicability of a standard's annex, as far as models and the record go.

use vauban_model::coverage::{ApplicabilityRow, Applicable, ControlCount, Implemented, MatrixRow};
use vauban_model::framework::{Framework, Requirement};
use vauban_model::library::RequirementRef;
use vauban_model::record::{Event, EventKind};
use vauban_model::words;

use super::coverage::by_requirement;
use super::{Basis, newest, told};

/// A row for each requirement of the kind that the framework makes its statement of. Empty where it asks for none.
///
/// A control applies when a threat of the model calls for it, or when the record says so (`scoped`, with `scope` `in` or
/// `out`, about `framework:requirement`). What neither says is not assessed.
pub fn applicability(basis: &Basis<'_>, framework: &Framework) -> Vec<ApplicabilityRow> {
    let matrix = super::matrix(basis);
    let counts = by_requirement(basis, framework, &matrix);
    let events = basis.events();
    let stated =
        |requirement: &&Requirement| !framework.statement.is_empty() && requirement.kind == framework.statement;
    let row = |requirement: &Requirement| {
        let count = counts.get(&*requirement.id).copied().unwrap_or_default();
        let subject = format!("{}:{}", framework.id, requirement.id);
        let decided = newest(&events, &[EventKind::Scoped], &subject);
        one(requirement, framework, basis, count, decided, &matrix)
    };
    framework.active().filter(stated).map(row).collect()
}

fn one(
    requirement: &Requirement,
    framework: &Framework,
    basis: &Basis<'_>,
    count: ControlCount,
    decided: Option<&Event>,
    matrix: &[MatrixRow],
) -> ApplicabilityRow {
    let names_it = |reference: &RequirementRef| {
        reference.requirement == requirement.id
            && basis.frameworks.find(&reference.framework).is_some_and(|found| found.id == framework.id)
    };
    let rows: Vec<&MatrixRow> = if count.all() == 0 {
        Vec::new()
    } else {
        matrix.iter().filter(|row| row.requirements.iter().any(names_it)).collect()
    };
    let mut controls: Vec<Box<str>> = rows.iter().map(|row| row.control.clone()).collect();
    controls.sort_unstable();
    controls.dedup();
    let mut threats: Vec<&str> = rows.iter().map(|row| &*row.threat).collect();
    threats.sort_unstable();
    threats.dedup();
    let (applicable, justification) = match decided {
        Some(event) => decision(event),
        None if !threats.is_empty() => {
            let calls = if threats.len() == 1 { "calls" } else { "call" };
            let calls = format!("{} of this model {calls} for it", words::count(threats.len(), "threat"));
            // What the model says is in place and nobody saw is no more than its word.
            let seen = match (count.working(), count.verified) {
                (working, verified) if working == verified => String::new(),
                (working, 0) => {
                    let them = words::count_verb(working, "control", "is", "are");
                    format!("; {them} in place by the model's word, not verified")
                }
                (working, verified) => {
                    format!("; of {} in place {verified} verified", words::count(working, "control"))
                }
            };
            (Applicable::Yes, format!("{calls}{seen}{}", claimed(count)))
        }
        None => (Applicable::NotAssessed, unassessed(requirement, framework, basis)),
    };
    let implemented = match (count.all(), count.working()) {
        (0, _) => Implemented::NotAssessed,
        (all, working) if all == working => Implemented::Yes,
        (_, 0) => Implemented::No,
        _ => Implemented::Partly,
    };
    ApplicabilityRow {
        requirement: requirement.clone(),
        applicable,
        justification: justification.into(),
        implemented,
        controls,
    }
}

/// What is said to be in place and does not count.
fn claimed(count: ControlCount) -> String {
    let mut out = String::new();
    if count.stated > 0 {
        out.push_str(&format!("; {} stated on a person's word alone", words::count(count.stated, "control")));
    }
    if count.contradicted > 0 {
        out.push_str(&format!(
            "; {} said to be verified and not there by the model",
            words::count(count.contradicted, "control")
        ));
    }
    out
}

/// What somebody decided, with the reason.
fn decision(event: &Event) -> (Applicable, String) {
    let reason = event.detail("reason").unwrap_or("no reason given");
    match event.detail("scope") {
        Some("out") => (Applicable::No, format!("left out by {}: {reason}", told(event))),
        Some("in") => (Applicable::Yes, format!("taken in by {}: {reason}", told(event))),
        _ => (Applicable::NotAssessed, format!("{} says neither `in` nor `out`: {reason}", told(event))),
    }
}

/// Why nothing is said: nobody decided; a claim tells what threat modeling adds.
fn unassessed(requirement: &Requirement, framework: &Framework, basis: &Basis<'_>) -> String {
    let nobody = "no threat of this model calls for it, and nobody decided";
    match basis.frameworks.claim(&framework.id, &requirement.id) {
        Some(claim) => {
            format!("{nobody}; threat modeling is evidence for a part of it ({})", claim.artefacts.join(", "))
        }
        None => nobody.to_owned(),
    }
}
