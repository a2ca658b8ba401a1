//! From events to stages.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::finding::{ControlNeed, Decision, Finding, Treatment};
use vauban_model::library::Threat;
use vauban_model::model::RecordedThreat;
use vauban_model::proof::{self, Proof};
use vauban_model::record::{Event, EventKind, Record};
use vauban_model::report::Mitigated;
use vauban_model::scale::Level;
use vauban_model::treatment::{Part, Stage, Step, TreatmentOf};

use super::content::changes;
use super::history::History;
use crate::decisions::Book;

pub use vauban_model::proof::SHOWN;

/// Why an approval without a content counts no longer.
const UNBOUND: &str = "it names no content, so it binds nothing";
/// Why no approval counts.
const BROKEN: &str = "the record is not what was written, so none in it counts";

/// What is known on the day.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The system's name: events about another one are passed over.
    pub system: &'a str,
    /// The findings, decided or not.
    pub findings: &'a [Finding],
    /// The threats that the model brought along; they are decided like findings, with their own rating.
    pub recorded: &'a [RecordedThreat],
    /// Threats that a control stops: what shows that a treatment was carried out.
    pub mitigated: &'a [Mitigated],
    /// The library's threats, for the titles of what a control stops.
    pub threats: &'a [Threat],
    /// The decisions in force or lapsed, as the files have them.
    pub decisions: &'a [Decision],
    /// The record; `None` where there is none, and nothing is asked of it. In one that is not what was written no approval
    /// counts: what needs one is open again.
    pub record: Option<&'a Record>,
    /// The day, `YYYY-MM-DD`; `None`: nothing lapses.
    pub today: Option<&'a str>,
    /// The content of a decision on a finding as it is now.
    pub content: &'a dyn Fn(&Finding, &Decision) -> Vec<Part>,
    /// The same of a decision on a threat that the model brought along.
    pub recorded_content: &'a dyn Fn(&RecordedThreat, &Decision) -> Vec<Part>,
}

/// The treatments of all findings that are decided or were, in the order of their ids.
///
/// The record says how far each is: a proposal begins it anew; only somebody else than its author can approve it, who says
/// otherwise is passed over. A decision that only a decisions file has counts as approved, as it always did. An approval
/// that is bound to a content lapses when that changes materially.
pub fn treatments(known: &Known<'_>) -> Vec<TreatmentOf> {
    let mut histories = histories(known);
    let findings: BTreeMap<&str, &Finding> = known.findings.iter().map(|finding| (&*finding.id, finding)).collect();
    // Of several of one id the first counts, as everywhere.
    let recorded: BTreeMap<&str, &RecordedThreat> =
        known.recorded.iter().rev().map(|threat| (&*threat.id, threat)).collect();
    // Lapsed ones are looked up too: they are shown as expired.
    let mut book = Book::new(known.decisions, None);
    let ids: BTreeSet<&str> =
        histories.keys().copied().chain(findings.keys().copied()).chain(recorded.keys().copied()).collect();
    let mut out = Vec::new();
    for id in ids {
        let decision = book.find(id).and_then(|(at, _)| known.decisions.get(at as usize));
        let history = histories.remove(id).unwrap_or_default();
        let Some(mut it) = begun(id, decision, &history) else { continue };
        let approved = follow(&mut it, &history);
        // What the library finds as well is judged here.
        let brought = recorded.get(id).copied().filter(|_| !findings.contains_key(id));
        if let Some(threat) = brought {
            it.title = threat.title.clone();
            it.current = threat.level();
            // What is left once it is carried out nobody rated.
            it.residual = threat.level().filter(|_| !it.is_planned());
        }
        look(&mut it, findings.get(id).copied(), decision, approved, known);
        if let (Some(threat), Some(approved), Some(decision)) = (brought, approved, decision) {
            outdated(&mut it, threat, decision, approved, known);
        }
        out.push(it);
    }
    out
}

/// The decisions as they were on a day: a file has only the last ones. Where the record decided about a threat since, what it
/// says up to the day takes the place of the file's entry, or nothing does where nothing was approved by then. What only a
/// file knows, and patterns, stay as they are.
pub fn decisions_on(
    decisions: &[Decision],
    record: Option<&Record>,
    system: &str,
    today: Option<&str>,
) -> Vec<Decision> {
    let mut out = decisions.to_vec();
    let (Some(record), Some(today)) = (record, today) else { return out };
    let decides = [EventKind::Proposed, EventKind::Approved, EventKind::Rejected, EventKind::Withdrawn];
    let all = record.in_effect(Some(system), None);
    let proposed: BTreeSet<&str> =
        all.iter().filter(|event| event.kind == EventKind::Proposed).map(|event| &*event.subject).collect();
    let is_threat = |subject: &str| subject.contains('@') || proposed.contains(subject);
    let since: BTreeSet<&str> = all
        .iter()
        .filter(|event| decides.contains(&event.kind) && is_threat(&event.subject) && &*event.effective > today)
        .map(|event| &*event.subject)
        .collect();
    for id in since {
        out.retain(|decision| *decision.threat != *id);
        let history = History::of(record, system, id, Some(today));
        let Some(mut it) = begun(id, None, &history) else { continue };
        let approved = follow(&mut it, &history);
        let (true, Some(approved)) = (it.stage.holds(), approved) else { continue };
        out.push(Decision {
            threat: id.into(),
            treatment: it.treatment,
            reason: it.reason,
            owner: it.owner,
            approver: it.approver,
            until: it.until,
            ticket: it.ticket,
            decided: it.decided,
            span: approved.span,
        });
    }
    out
}

/// What happened to each finding, in the order in which it took effect.
pub(super) fn histories<'a>(known: &Known<'a>) -> BTreeMap<&'a str, History<'a>> {
    let mut out: BTreeMap<&str, History<'_>> = BTreeMap::new();
    for happened in known.record.map(|record| record.history(Some(known.system), known.today)).unwrap_or_default() {
        out.entry(&happened.event.subject).or_default().take(happened);
    }
    // A threat that the model brought along may have any id: what was proposed about it tells.
    out.retain(|subject, history| {
        let proposed = history.events.iter().any(|event| event.kind == EventKind::Proposed);
        !history.is_empty() && (subject.contains('@') || proposed)
    });
    out
}

/// The treatment as the decisions file or its first event gives it.
fn begun(id: &str, decision: Option<&Decision>, history: &History<'_>) -> Option<TreatmentOf> {
    let proposals = || history.events.iter().rev().filter(|event| event.kind == EventKind::Proposed);
    // The file may have the proposal of another branch than the last one.
    let of_file =
        |event: &&&Event| decision.is_some_and(|decision| proposes(event, decision.treatment, &decision.reason));
    let last = proposals().find(of_file).or_else(|| proposals().next());
    let said = last.and_then(|event| event.detail("treatment")).and_then(Treatment::parse);
    let treatment = decision.map(|decision| decision.treatment).or(said)?;
    let words = |name: &str| last.and_then(|event| event.detail(name)).unwrap_or_default();
    let day = |name: &str| Some(words(name)).filter(|text| !text.is_empty()).map(Box::from);
    Some(TreatmentOf {
        finding: id.into(),
        title: Box::default(),
        treatment,
        // What the record once said and took back is not approved by a file alone.
        stage: if decision.is_some() && !history.took_back() { Stage::Approved } else { Stage::Proposed },
        reason: decision.map_or_else(|| words("reason").into(), |decision| decision.reason.clone()),
        owner: decision.map_or_else(|| words("owner").into(), |decision| decision.owner.clone()),
        approver: decision.map(|decision| decision.approver.clone()).unwrap_or_default(),
        approver_role: Box::default(),
        decided: decision.and_then(|decision| decision.decided.clone()),
        due: day("due"),
        until: decision.map_or_else(|| day("until"), |decision| decision.until.clone()),
        ticket: decision.map_or_else(|| day("ticket"), |decision| decision.ticket.clone()),
        controls: words("controls").split(", ").filter(|id| !id.is_empty()).map(Box::from).collect(),
        evidence: Vec::new(),
        stated: Vec::new(),
        current: None,
        residual: None,
        approved: None,
        overdue: false,
        changed: Vec::new(),
        steps: Vec::new(),
        span: decision.map(|decision| decision.span).or_else(|| history.last().map(|event| event.span)),
    })
}

/// Whether a proposal is of a treatment for a reason.
fn proposes(event: &Event, treatment: Treatment, reason: &str) -> bool {
    event.detail("treatment").and_then(Treatment::parse) == Some(treatment)
        && event.detail("reason").unwrap_or_default() == reason
}

/// Walks through what happened, and gives the approval that counts.
fn follow<'a>(it: &mut TreatmentOf, history: &History<'a>) -> Option<&'a Event> {
    let mut approved = None;
    for (at, event) in history.events.iter().enumerate() {
        it.steps.push(Step {
            what: event.kind.as_str(),
            day: event.effective.clone(),
            who: event.who.clone(),
            role: event.role.clone(),
            number: event.number,
            late: event.is_late(),
        });
        match event.kind {
            EventKind::Proposed => {
                it.stage = Stage::Proposed;
                it.evidence.clear();
                it.stated.clear();
                // Who approved what was decided before has not approved this.
                (it.approver, it.approver_role) = Default::default();
                (it.decided, it.approved) = (None, None);
                approved = None;
            }
            // What was turned down or taken back is proposed anew before it is approved.
            EventKind::Approved if matches!(it.stage, Stage::Rejected | Stage::Withdrawn) => {}
            EventKind::Approved if !history.counts(at) => {}
            // Of another branch: what was approved is not what this is about.
            EventKind::Approved | EventKind::Rejected | EventKind::Withdrawn
                if !history.is_of_last(at)
                    && !history.proposal(at).is_some_and(|of| proposes(of, it.treatment, &it.reason)) => {}
            EventKind::Approved => {
                it.stage = Stage::Approved;
                it.approver = event.who.clone();
                it.approver_role = event.role.clone();
                it.decided = Some(event.effective.clone());
                it.approved = event.detail(&super::content::bound("risk")).and_then(Level::parse);
                approved = Some(*event);
            }
            EventKind::Rejected | EventKind::Withdrawn => {
                let rejected = event.kind == EventKind::Rejected;
                it.stage = if rejected { Stage::Rejected } else { Stage::Withdrawn };
                approved = None;
            }
            // What is accepted or called a false positive is not carried out.
            _ if !it.stage.holds() || !it.is_planned() => {}
            EventKind::Started => it.stage = Stage::InProgress,
            EventKind::Implemented => it.stage = Stage::Implemented,
            EventKind::Verified => {
                let evidence: Option<Box<str>> =
                    event.detail("evidence").map(str::trim).filter(|text| !text.is_empty()).map(Box::from);
                // A word that is said later takes nothing from a document.
                let list = if proof::of(event) == Proof::Word {
                    it.stage = if it.evidence.is_empty() { Stage::Stated } else { Stage::Verified };
                    &mut it.stated
                } else {
                    it.stage = Stage::Verified;
                    &mut it.evidence
                };
                let evidence = evidence.filter(|text| !list.contains(text));
                list.extend(evidence);
            }
            _ => {}
        }
    }
    approved
}

/// Looks at the model and at the calendar.
fn look(
    it: &mut TreatmentOf,
    finding: Option<&Finding>,
    decision: Option<&Decision>,
    approved: Option<&Event>,
    known: &Known<'_>,
) {
    if let Some(finding) = finding {
        it.title = finding.title.clone();
        it.current = Some(finding.current.risk);
        it.residual = Some(finding.residual.risk);
    }
    let shown = known.mitigated.iter().find(|mitigated| *mitigated.id == *it.finding);
    if let (None, Some(shown)) = (finding, shown) {
        let threat = usize::try_from(shown.threat).ok().and_then(|at| known.threats.get(at));
        it.title = threat.map(|threat| threat.title.clone()).unwrap_or_default();
    }
    let past = |day: &Option<Box<str>>| matches!((day, known.today), (Some(day), Some(today)) if &**day < today);
    if !it.stage.holds() {
        return;
    }
    if it.treatment == Treatment::Mitigate
        && let (None, Some(mitigated)) = (finding, shown)
    {
        it.stage = Stage::Verified;
        let shown: Box<str> = format!("{SHOWN}`{}` is there", mitigated.control).into();
        // Who verified it may have written the same into the record.
        it.evidence.retain(|known| *known != shown);
        it.evidence.push(shown);
    }
    if matches!(it.stage, Stage::Stated | Stage::Verified) && finding.is_some_and(|finding| denies(finding, it)) {
        it.stage = Stage::Contradicted;
        let shows_nothing = std::mem::take(&mut it.evidence);
        it.stated.extend(shows_nothing);
    }
    // What the model showed and shows no longer is a person's word again; a document that somebody named is evidence still.
    if it.stage == Stage::Verified && finding.is_some() {
        let all = std::mem::take(&mut it.evidence);
        let (shown, named): (Vec<Box<str>>, Vec<Box<str>>) =
            all.into_iter().partition(|evidence| evidence.starts_with(SHOWN));
        if named.is_empty() && !shown.is_empty() {
            it.stage = Stage::Implemented;
        }
        it.evidence = named;
        it.stated.extend(shown);
    }
    if (it.ends() || it.stage != Stage::Verified) && past(&it.until) {
        it.stage = Stage::Expired;
        return;
    }
    it.changed = match (approved, finding, decision) {
        _ if it.ends() && known.record.is_some_and(|record| !record.intact) => vec![BROKEN.into()],
        (Some(approved), ..) if approved.content.is_empty() => vec![UNBOUND.into()],
        (Some(approved), Some(finding), Some(decision)) => changes(approved, &(known.content)(finding, decision)),
        _ => Vec::new(),
    };
    if !it.changed.is_empty() {
        it.stage = Stage::Lapsed;
        return;
    }
    it.overdue = past(&it.due) && matches!(it.stage, Stage::Approved | Stage::InProgress);
}

/// Looks whether what was approved about a threat that the model brought along is what the model says today.
fn outdated(it: &mut TreatmentOf, threat: &RecordedThreat, decision: &Decision, approved: &Event, known: &Known<'_>) {
    if !it.stage.holds() || approved.content.is_empty() {
        return;
    }
    it.changed = changes(approved, &(known.recorded_content)(threat, decision));
    if !it.changed.is_empty() {
        it.stage = Stage::Lapsed;
        it.overdue = false;
    }
}

/// Whether the model says of what a treatment was to bring about that it is not there: a control that carries it out is
/// missing, every control is where it names none, or what was to be avoided is there.
pub fn denies(finding: &Finding, it: &TreatmentOf) -> bool {
    match it.treatment {
        Treatment::Avoid => true,
        Treatment::Mitigate if it.controls.is_empty() => {
            !finding.controls.is_empty() && finding.controls.iter().all(ControlNeed::is_denied)
        }
        Treatment::Mitigate => finding.controls.iter().any(|need| need.is_denied() && carries(it, &need.control)),
        Treatment::Accept | Treatment::Transfer | Treatment::FalsePositive => false,
    }
}

/// Whether a treatment names a control as what carries it out.
pub(super) fn carries(it: &TreatmentOf, control: &str) -> bool {
    it.controls.iter().any(|name| name.split('@').next() == Some(control))
}
