//! From events to stages.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::finding::{Decision, Finding, Treatment};
use vauban_model::record::{Event, EventKind, Record};
use vauban_model::report::Mitigated;
use vauban_model::treatment::{Part, Stage, Step, TreatmentOf};

use super::content::changes;
use crate::decisions::Book;

/// How evidence begins that the model gives.
const SHOWN: &str = "the model says that ";

/// What is known on the day.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The system's name: events about another one are passed over.
    pub system: &'a str,
    /// The findings, decided or not.
    pub findings: &'a [Finding],
    /// Threats that a control stops: what shows that a treatment was carried out.
    pub mitigated: &'a [Mitigated],
    /// The decisions in force or lapsed, as the files have them.
    pub decisions: &'a [Decision],
    /// The record; `None` where there is none, and nothing is asked of it.
    pub record: Option<&'a Record>,
    /// The day, `YYYY-MM-DD`; `None`: nothing lapses.
    pub today: Option<&'a str>,
    /// The content of a decision on a finding as it is now.
    pub content: &'a dyn Fn(&Finding, &Decision) -> Vec<Part>,
}

/// The treatments of all findings that are decided or were, in the order of their ids.
///
/// The record says how far each is: a proposal begins it anew; only somebody else than its author can approve it, who says
/// otherwise is passed over. A decision that only a decisions file has counts as approved, as it always did. An approval
/// that is bound to a content lapses when that changes materially.
pub fn treatments(known: &Known<'_>) -> Vec<TreatmentOf> {
    let mut histories: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in known.record.map(Record::in_effect).unwrap_or_default() {
        if known.today.is_none_or(|today| &*event.effective <= today)
            && of_treatment(event.kind)
            && event.concerns(known.system)
            && event.subject.contains('@')
        {
            histories.entry(&event.subject).or_default().push(event);
        }
    }
    let findings: BTreeMap<&str, &Finding> = known.findings.iter().map(|finding| (&*finding.id, finding)).collect();
    // Lapsed ones are looked up too: they are shown as expired.
    let mut book = Book::new(known.decisions, None);
    let ids: BTreeSet<&str> = histories.keys().copied().chain(findings.keys().copied()).collect();
    let mut out = Vec::new();
    for id in ids {
        let decision = book.find(id).and_then(|(at, _)| known.decisions.get(at as usize));
        let history = histories.get(id).map_or(&[][..], Vec::as_slice);
        let Some(mut it) = begun(id, decision, history) else { continue };
        follow(&mut it, decision, history);
        look(&mut it, findings.get(id).copied(), decision, history, known);
        out.push(it);
    }
    out
}

fn of_treatment(kind: EventKind) -> bool {
    use EventKind::{Approved, Implemented, Proposed, Rejected, Started, Verified, Withdrawn};
    matches!(kind, Proposed | Approved | Rejected | Started | Implemented | Verified | Withdrawn)
}

/// The treatment as the decisions file or its first event gives it.
fn begun(id: &str, decision: Option<&Decision>, history: &[&Event]) -> Option<TreatmentOf> {
    let last = history.iter().rev().find(|event| event.kind == EventKind::Proposed);
    let said = last.and_then(|event| event.detail("treatment")).and_then(Treatment::parse);
    let treatment = decision.map(|decision| decision.treatment).or(said)?;
    let words = |name: &str| last.and_then(|event| event.detail(name)).unwrap_or_default();
    let day = |name: &str| Some(words(name)).filter(|text| !text.is_empty()).map(Box::from);
    Some(TreatmentOf {
        finding: id.into(),
        title: Box::default(),
        treatment,
        stage: if decision.is_some() { Stage::Approved } else { Stage::Proposed },
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
        current: None,
        residual: None,
        overdue: false,
        changed: Vec::new(),
        steps: Vec::new(),
        span: decision.map(|decision| decision.span).or_else(|| history.last().map(|event| event.span)),
    })
}

/// The author of the proposal that an event comes after.
pub(super) fn author<'a>(history: &[&'a Event], until: usize) -> Option<&'a str> {
    let before = history.get(..until).unwrap_or_default();
    before.iter().rev().find(|event| event.kind == EventKind::Proposed).map(|event| &*event.who)
}

/// Whether two names are one person's.
pub(super) fn same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Walks through what happened.
fn follow(it: &mut TreatmentOf, decision: Option<&Decision>, history: &[&Event]) {
    for (at, event) in history.iter().enumerate() {
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
            }
            EventKind::Approved => {
                // Nobody approves what they proposed.
                if author(history, at).is_some_and(|author| same_person(author, &event.who)) {
                    continue;
                }
                it.stage = Stage::Approved;
                it.approver = event.who.clone();
                it.approver_role = event.role.clone();
                it.decided = Some(event.effective.clone());
            }
            EventKind::Rejected => it.stage = Stage::Rejected,
            EventKind::Withdrawn => it.stage = Stage::Withdrawn,
            EventKind::Started if it.stage.holds() => it.stage = Stage::InProgress,
            EventKind::Implemented if it.stage.holds() => it.stage = Stage::Implemented,
            EventKind::Verified if it.stage.holds() => {
                it.stage = Stage::Verified;
                it.evidence.extend(event.detail("evidence").map(Box::from));
            }
            _ => {}
        }
    }
    // What is decided in the file and was never to be approved by anybody holds, as it does without a record.
    let needs = matches!(it.treatment, Treatment::Accept | Treatment::Transfer);
    if it.stage == Stage::Proposed && decision.is_some() && !needs {
        it.stage = Stage::Approved;
    }
}

/// Looks at the model and at the calendar.
fn look(
    it: &mut TreatmentOf,
    finding: Option<&Finding>,
    decision: Option<&Decision>,
    history: &[&Event],
    known: &Known<'_>,
) {
    if let Some(finding) = finding {
        it.title = finding.title.clone();
        it.current = Some(finding.current.risk);
        it.residual = Some(finding.residual.risk);
    }
    let past = |day: &Option<Box<str>>| matches!((day, known.today), (Some(day), Some(today)) if &**day < today);
    if !it.stage.holds() {
        return;
    }
    let shown = known.mitigated.iter().find(|mitigated| *mitigated.id == *it.finding);
    if it.treatment == Treatment::Mitigate
        && let (None, Some(mitigated)) = (finding, shown)
    {
        it.stage = Stage::Verified;
        it.evidence.push(format!("{SHOWN}`{}` is there", mitigated.control).into());
    }
    // What the model showed and shows no longer is a person's word again.
    let by_model = it.evidence.last().is_some_and(|evidence| evidence.starts_with(SHOWN));
    if it.stage == Stage::Verified && finding.is_some() && by_model {
        it.stage = Stage::Implemented;
    }
    if it.stage != Stage::Verified && past(&it.until) {
        it.stage = Stage::Expired;
        return;
    }
    if let (Some(finding), Some(decision)) = (finding, decision)
        && let Some(approved) = approval(history)
        && !approved.content.is_empty()
    {
        it.changed = changes(approved, &(known.content)(finding, decision));
        if !it.changed.is_empty() {
            it.stage = Stage::Lapsed;
            return;
        }
    }
    it.overdue = past(&it.due) && matches!(it.stage, Stage::Approved | Stage::InProgress);
}

/// The approval that counts: the last one after the last proposal, by somebody else than its author.
fn approval<'a>(history: &[&'a Event]) -> Option<&'a Event> {
    let begin = history.iter().rposition(|event| event.kind == EventKind::Proposed).unwrap_or(0);
    (begin..history.len()).rev().find_map(|at| {
        let event = history.get(at)?;
        let own = author(history, at).is_some_and(|author| same_person(author, &event.who));
        (event.kind == EventKind::Approved && !own).then_some(*event)
    })
}
