//! The tasks of a response: by when it is due, when it is decided again, and which steps it has taken.

use vauban_model::finding::Decision;
use vauban_model::treatment::{Stage, TreatmentOf};

use super::context::{Context, OWNER};
use super::shapes::{Task, Timing};
use super::{plan, words};

/// Where a response is in its life, in OSCAL's words.
pub(super) fn lifecycle(treatment: Option<&TreatmentOf>) -> &'static str {
    match treatment.map(|it| it.stage) {
        // What is said to be done and nobody saw is not completed: the risk is still being worked on.
        Some(Stage::Verified) => "completed",
        _ => "planned",
    }
}

/// Milestones to come, then the steps that were taken, each as an action on its day.
pub(super) fn tasks(context: &mut Context<'_>, key: &str, decision: &Decision) -> Vec<Task> {
    let treatment = context.report.treatment(key);
    let deadline = plan::is_deadline(decision.treatment);
    let mut out = Vec::new();
    // A decisions file has one day only: for work it is the day it is due.
    let due = treatment.and_then(|it| it.due.as_deref());
    let done_by = due.or(decision.until.as_deref().filter(|_| deadline));
    out.extend(done_by.and_then(|day| milestone(context, ("milestone", key), "Done", day, decision)));
    let ends = decision.until.as_deref().filter(|day| !deadline || Some(*day) != done_by);
    let again = if out.is_empty() { "milestone" } else { "milestone-again" };
    out.extend(ends.and_then(|day| milestone(context, (again, key), "Decided again", day, decision)));
    let steps = treatment.map(|it| it.steps.as_slice()).unwrap_or_default();
    out.extend(steps.iter().enumerate().filter_map(|(at, step)| {
        let role = words::value(&step.role).map(|it| format!(" ({it})")).unwrap_or_default();
        let late = if step.late { ", written down late" } else { "" };
        Some(Task {
            uuid: context.ids.of("step", &format!("{key}\0{at}")),
            kind: "action",
            title: words::line(&format!("{} by {}{role}{late}", crate::text::capital(step.what), step.who)),
            timing: Some(Timing::OnDate { date: words::moment(&step.day)? }),
            responsible_roles: Vec::new(),
        })
    }));
    out
}

/// A day ahead, with the one who answers for it. A day that OSCAL cannot say gives none.
fn milestone(
    context: &mut Context<'_>,
    (kind, key): (&'static str, &str),
    title: &str,
    day: &str,
    decision: &Decision,
) -> Option<Task> {
    let end = words::moment(day)?;
    let start = decision.decided.as_deref().filter(|decided| *decided <= day).and_then(words::moment);
    Some(Task {
        uuid: context.ids.of(kind, key),
        kind: "milestone",
        title: title.to_owned(),
        timing: Some(match start {
            Some(start) => Timing::WithinDateRange { start, end },
            None => Timing::OnDate { date: end },
        }),
        responsible_roles: context.role(OWNER, &decision.owner),
    })
}
