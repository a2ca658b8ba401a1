//! What was decided, in OSCAL's words: statuses of risks, lifecycles of responses, kinds of treatment.

use vauban_model::finding::{Decision, Finding, Status, Treatment};
use vauban_model::treatment::{Stage, TreatmentOf};

use super::context::{APPROVER, Context, OWNER};
use super::shapes::{LogEntry, LoggedBy, Origin, RelatedResponse, Response, RiskLog};
use super::{milestones, words};

/// The decision that applies to a finding, with its position.
pub(super) fn decision<'a>(context: &Context<'a>, finding: &Finding) -> Option<(usize, &'a Decision)> {
    let at = usize::try_from(finding.decision?).ok()?;
    context.report.decisions.get(at).map(|decision| (at, decision))
}

/// The status of a risk in OSCAL's words.
///
/// A risk that somebody accepted, handed to somebody else or called unreal is a *deviation*: approved where an approver is
/// named, requested where none is. Work that somebody saw done, a document in hand, is closed: its response is *completed*,
/// and the plan of action lists it no longer. Work that is only said to be done is not.
pub(super) fn status(finding: Status, decision: Option<&Decision>, treatment: Option<&TreatmentOf>) -> &'static str {
    let verified = treatment.is_some_and(|it| it.stage == Stage::Verified);
    match finding {
        Status::Open => "open",
        Status::Mitigating | Status::Avoided if verified => "closed",
        Status::Mitigating | Status::Avoided => "remediating",
        Status::Mitigated => "closed",
        Status::Accepted | Status::Transferred | Status::FalsePositive => {
            let approved = decision.is_some_and(|it| words::value(&it.approver).is_some());
            if approved { "deviation-approved" } else { "deviation-requested" }
        }
    }
}

/// The kind of response in OSCAL's words. It has none for a risk that is not one.
fn kind(treatment: Treatment) -> Option<&'static str> {
    match treatment {
        Treatment::Mitigate => Some("mitigate"),
        Treatment::Accept => Some("accept"),
        Treatment::Transfer => Some("transfer"),
        Treatment::Avoid => Some("avoid"),
        Treatment::FalsePositive => None,
    }
}

/// Whether the decision's last day is a day by which something is to be done. For the others it is the day on which the
/// decision lapses.
pub(super) fn is_deadline(treatment: Treatment) -> bool {
    matches!(treatment, Treatment::Mitigate | Treatment::Avoid)
}

/// Who says what was decided.
pub(super) fn origin(context: &mut Context<'_>, decision: &Decision) -> Origin {
    context.by_people(&[(OWNER, &decision.owner), (APPROVER, &decision.approver)])
}

/// What was decided, in a sentence.
pub(super) fn said(decision: &Decision) -> String {
    let owner = words::value(&decision.owner).map(|it| format!("Owner: {it}."));
    let approver = words::value(&decision.approver).map(|it| format!("Approved by {it}."));
    let until = decision.until.as_deref().map(|it| {
        if is_deadline(decision.treatment) { format!("To be done by {it}.") } else { format!("Holds until {it}.") }
    });
    let reason = if words::value(&decision.reason).is_some() { &*decision.reason } else { "No reason was given" };
    let parts = [Some(reason), owner.as_deref(), approver.as_deref(), until.as_deref()];
    words::sentences(parts.into_iter().flatten())
}

/// The decision about a finding as a response to its risk.
pub(super) fn response(context: &mut Context<'_>, key: &str, decision: &Decision) -> Response {
    let mut props = Vec::new();
    props.extend(kind(decision.treatment).map(|kind| words::standard("type", kind)));
    props.extend(words::property("treatment", decision.treatment.as_str()));
    props.extend(decision.ticket.as_deref().and_then(|it| words::property("ticket", it)));
    props.extend(decision.until.as_deref().and_then(|it| words::property("until", it)));
    props.extend(context.place_property(decision.span));
    let treatment = context.report.treatment(key);
    props.extend(treatment.and_then(|it| words::property("stage", it.stage.as_str())));
    props.extend(treatment.filter(|it| it.overdue).and_then(|_| words::property("overdue", "yes")));
    let tasks = milestones::tasks(context, key, decision);
    Response {
        uuid: context.ids.of("response", key),
        lifecycle: milestones::lifecycle(treatment),
        title: words::line(&format!("Decided: {}", decision.treatment.as_str())),
        description: said(decision),
        props,
        origins: vec![origin(context, decision)],
        tasks,
    }
}

/// That it was decided, as an entry of the risk's log. Without the day there is none: a log has times.
pub(super) fn log(context: &mut Context<'_>, key: &str, finding: &Finding, decision: &Decision) -> Option<RiskLog> {
    let start = decision.decided.as_deref().and_then(words::moment)?;
    let mut logged_by = Vec::new();
    for (role, name) in [(OWNER, &decision.owner), (APPROVER, &decision.approver)] {
        logged_by.extend(context.party(name).map(|party_uuid| LoggedBy { party_uuid, role_id: role }));
    }
    let entry = LogEntry {
        uuid: context.ids.of("log", key),
        title: words::line(&format!("Decided: {}", decision.treatment.as_str())),
        description: said(decision),
        start,
        logged_by,
        status_change: Some(status(finding.status, Some(decision), None)),
        related_responses: vec![RelatedResponse { response_uuid: context.ids.of("response", key) }],
    };
    Some(RiskLog { entries: vec![entry] })
}
