//! Whether decisions, record and model agree.

use vauban_model::finding::{ControlNeed, Treatment};
use vauban_model::record::{EventKind, Record, same_person};
use vauban_model::treatment::{Stage, TreatmentOf};
use vauban_model::{Diagnostic, Severity};

use super::history::History;
use super::lifecycle::{Known, carries, histories};

/// What does not agree: approvals that lapsed, risks accepted without a record, work that is late, what somebody approved
/// of their own, what is said to be done and is not there.
///
/// Without a record there is nothing to agree with, and nothing is said.
pub fn lint(known: &Known<'_>, treatments: &[TreatmentOf]) -> Vec<Diagnostic> {
    let Some(record) = known.record else { return Vec::new() };
    let mut out = Vec::new();
    for it in treatments {
        stage(it, record, &mut out);
        // Nothing that a broken record says can agree or disagree with anything.
        if !record.intact {
            continue;
        }
        unrecorded(it, &mut out);
        disagreement(it, known, &mut out);
        exchanged(it, known, record, &mut out);
        unfounded(it, known, &mut out);
        contradicted(it, known, &mut out);
    }
    own_approvals(known, &mut out);
    out
}

fn push(
    out: &mut Vec<Diagnostic>,
    severity: Severity,
    code: &'static str,
    it: &TreatmentOf,
    message: String,
    help: &str,
) {
    out.push(Diagnostic::new(severity, code, it.span, message).help(help));
}

fn stage(it: &TreatmentOf, record: &Record, out: &mut Vec<Diagnostic>) {
    let (id, what) = (&it.finding, it.treatment.as_str());
    match it.stage {
        Stage::Lapsed => push(
            out,
            Severity::Warning,
            "approval-lapsed",
            it,
            format!("the approval of `{what}` on `{id}` lapsed: {}", it.changed.join("; ")),
            if record.intact {
                "the threat counts again; look at what changed, then `vauban treat propose` and `vauban treat approve` anew"
            } else {
                "the threat counts again; `vauban evidence record verify` says what is wrong, take the file from the repository"
            },
        ),
        Stage::Expired => {}
        _ if it.overdue => push(
            out,
            Severity::Warning,
            "treatment-overdue",
            it,
            format!("`{what}` on `{id}` was due on {} and is not done", it.due.as_deref().unwrap_or("")),
            "finish it and say so with `vauban treat implement`, or propose another day",
        ),
        Stage::Approved | Stage::InProgress if it.is_planned() && it.due.is_none() && !it.steps.is_empty() => push(
            out,
            Severity::Note,
            "treatment-without-date",
            it,
            format!("`{what}` on `{id}` has no day by which it is done"),
            "propose it again with `--due`",
        ),
        _ => {}
    }
}

/// A risk that is accepted, and no event tells of it.
fn unrecorded(it: &TreatmentOf, out: &mut Vec<Diagnostic>) {
    let approved = it.steps.iter().any(|step| step.what == EventKind::Approved.as_str());
    if it.stage.holds() && !approved && matches!(it.treatment, Treatment::Accept | Treatment::Transfer) {
        push(
            out,
            Severity::Warning,
            "decision-not-recorded",
            it,
            format!(
                "`{}` on `{}` stands in the decisions, and the record has no approval of it",
                it.treatment.as_str(),
                it.finding
            ),
            "somebody other than its author approves it with `vauban treat approve`",
        );
    }
}

/// A decision that the file has and the record does not let count, or the other way round.
fn disagreement(it: &TreatmentOf, known: &Known<'_>, out: &mut Vec<Diagnostic>) {
    let Some(finding) = known.findings.iter().find(|finding| *finding.id == *it.finding) else { return };
    let in_file = known.decisions.iter().any(|decision| crate::decisions::matches(&decision.threat, &it.finding));
    let not = matches!(it.stage, Stage::Proposed | Stage::Rejected | Stage::Withdrawn);
    if in_file && not && !it.steps.is_empty() {
        push(
            out,
            Severity::Warning,
            "decision-not-in-force",
            it,
            format!(
                "the decisions have `{}` on `{}`, and by the record it is {}",
                it.treatment.as_str(),
                it.finding,
                it.stage.as_str()
            ),
            "the threat counts; take the entry out of the decisions, or have it approved with `vauban treat approve`",
        );
    } else if !in_file && it.stage.holds() && finding.status.is_open() {
        push(
            out,
            Severity::Warning,
            "decision-missing",
            it,
            format!(
                "by the record `{}` on `{}` is {}, and no decision says so",
                it.treatment.as_str(),
                it.finding,
                it.stage.as_str()
            ),
            "the threat counts; restore the entry in the decisions, or take it back with `vauban treat withdraw`",
        );
    }
}

/// Names in the decisions file that are not those of the record: an approval is of what was proposed, with its owner.
fn exchanged(it: &TreatmentOf, known: &Known<'_>, record: &Record, out: &mut Vec<Diagnostic>) {
    if !it.stage.holds() {
        return;
    }
    let Some(decision) = known.decisions.iter().find(|decision| decision.threat == it.finding) else { return };
    let history = History::of(record, known.system, &it.finding, known.today);
    let approval = history.events.iter().rposition(|event| event.kind == EventKind::Approved);
    let owner = history.proposal(approval.unwrap_or(usize::MAX)).and_then(|event| event.detail("owner"));
    let approver = approval.and_then(|at| history.events.get(at)).map(|event| &*event.who);
    let names = [("owner", owner, &*decision.owner), ("approver", approver, &*decision.approver)];
    for (role, by_record, in_file) in names {
        let Some(by_record) = by_record.filter(|name| !same_person(name, in_file)) else { continue };
        push(
            out,
            Severity::Warning,
            "decision-name-differs",
            it,
            format!(
                "the decisions name `{in_file}` as the {role} of `{}` on `{}`, and by the record it is `{by_record}`",
                it.treatment.as_str(),
                it.finding
            ),
            "put the name back, or propose it again with the new one and have that approved",
        );
    }
}

/// A residual risk that is lower than today's, and no control that makes it so.
fn unfounded(it: &TreatmentOf, known: &Known<'_>, out: &mut Vec<Diagnostic>) {
    let lower = matches!((it.residual, it.current), (Some(residual), Some(current)) if residual < current);
    let higher = matches!((it.residual, it.current), (Some(residual), Some(current)) if residual > current);
    if higher {
        push(
            out,
            Severity::Warning,
            "residual-above-current",
            it,
            format!("the residual risk of `{}` is above today's", it.finding),
            "this should not be; report it",
        );
    }
    let finding = known.findings.iter().find(|finding| *finding.id == *it.finding);
    let possible = finding.is_some_and(|finding| !finding.controls.is_empty()) || !it.controls.is_empty();
    if lower && it.treatment == Treatment::Mitigate && !possible {
        push(
            out,
            Severity::Warning,
            "residual-without-control",
            it,
            format!(
                "the residual risk of `{}` is lower than today's, and no control is named that makes it so",
                it.finding
            ),
            "name it when proposing, with `--control`",
        );
    }
    if matches!(it.stage, Stage::Implemented | Stage::Stated)
        && finding.is_some()
        && it.treatment != Treatment::Transfer
    {
        push(
            out,
            Severity::Warning,
            "implemented-not-seen",
            it,
            format!(
                "`{}` on `{}` is said to be done, and the model still shows the threat",
                it.treatment.as_str(),
                it.finding
            ),
            "say in the model what is there now, or show it with `vauban treat verify --evidence`, which names a document, link, hash or run",
        );
    }
}

/// A control that is said to be in place, and the model says that it is not there.
fn contradicted(it: &TreatmentOf, known: &Known<'_>, out: &mut Vec<Diagnostic>) {
    if !it.stage.is_done() && it.stage != Stage::Contradicted {
        return;
    }
    let Some(finding) = known.findings.iter().find(|finding| *finding.id == *it.finding) else { return };
    // Where no control is named, all of them are missing: that is one thing to say.
    let most = if it.controls.is_empty() { 1 } else { usize::MAX };
    let denied = |need: &&ControlNeed| {
        let meant = carries(it, &need.control) || it.controls.is_empty() && it.stage == Stage::Contradicted;
        need.is_denied() && meant
    };
    let said = if it.stage == Stage::Contradicted { "said to be verified" } else { it.stage.as_str() };
    if it.treatment == Treatment::Avoid && it.stage == Stage::Contradicted {
        let message = format!("what makes `{}` possible is said to be gone, and the model still has it", it.finding);
        let help = "take it out of the model, or take the treatment back with `vauban treat withdraw`";
        return push(out, Severity::Warning, "control-contradicted", it, message, help);
    }
    for need in finding.controls.iter().filter(denied).take(most) {
        push(
            out,
            Severity::Warning,
            "control-contradicted",
            it,
            format!(
                "`{}` against `{}` is {} by the record, and the model says that it is not there",
                need.control, it.finding, said
            ),
            "say in the model that it is there, or say with `vauban treat withdraw` that the treatment is not what is done",
        );
    }
}

/// Approvals that count for nothing, because who gave them had proposed it.
fn own_approvals(known: &Known<'_>, out: &mut Vec<Diagnostic>) {
    for (finding, history) in histories(known) {
        for (at, event) in history.events.iter().enumerate().filter(|(_, event)| event.kind == EventKind::Approved) {
            if history.authors(at).iter().any(|author| same_person(author, &event.who)) {
                let message =
                    format!("`{}` approved what they had proposed for `{finding}`; it counts for nothing", event.who);
                out.push(
                    Diagnostic::warning("approved-by-author", event.span, message).help("somebody else approves it"),
                );
            }
        }
    }
}
