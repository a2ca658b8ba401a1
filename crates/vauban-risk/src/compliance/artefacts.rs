//! The artefacts as they stand: whether they are there, as of when, and whether somebody stood behind them.

use std::collections::BTreeSet;

use vauban_model::coverage::{Applicable, Artefact, ArtefactState, ControlState, Freshness, MatrixRow};
use vauban_model::day;
use vauban_model::finding::{Decision, Treatment};
use vauban_model::model::Origin;
use vauban_model::proof::{self, Proof};
use vauban_model::record::{Event, EventKind, is_by_author, same_person};
use vauban_model::scale::Level;
use vauban_model::treatment::Stage;
use vauban_model::words::{count, count_verb};

use super::{Basis, newest, told};
use crate::decisions::matches;

/// The subject of approvals of the model.
const MODEL: &str = "model";
/// Acceptances without a threat that are named.
const NAMED: usize = 3;
/// The beginning of subjects of reviews.
const REVIEW: &str = "review:";

/// Every artefact, in the order of [`Artefact::ALL`].
pub fn artefacts(basis: &Basis<'_>) -> Vec<ArtefactState> {
    let rows = super::matrix(basis);
    states(basis, &rows)
}

/// The same, where the control matrix is known already.
pub(super) fn states(basis: &Basis<'_>, rows: &[MatrixRow]) -> Vec<ArtefactState> {
    let events = basis.events();
    let all = Artefact::ALL.into_iter().map(|artefact| state(artefact, basis, &events, rows));
    all.collect()
}

fn state(artefact: Artefact, basis: &Basis<'_>, events: &[&Event], rows: &[MatrixRow]) -> ArtefactState {
    let report = &basis.report;
    let (model, analysis) = (report.model, report.analysis);
    // What is computed from a model is complete as far as the model is: whoever reads `evidenced` must see of what.
    let drawn = |entries: usize, nothing: &str| {
        let state = computed(artefact, entries, nothing, basis, events);
        match entries {
            0 => state,
            _ => ArtefactState { because: format!("{}; {}", state.because, modelled(basis)).into(), ..state },
        }
    };
    match artefact {
        Artefact::Methodology => methodology(basis, events),
        Artefact::AssetInventory => {
            drawn(model.components.len() + model.data.len() + model.identities.len(), "the model has no elements")
        }
        Artefact::DataFlowDiagrams => drawn(model.flows.len(), "the model has no flows"),
        Artefact::ThreatModel => drawn(model.components.len(), "the model has no components"),
        Artefact::ThreatCatalogue => drawn(analysis.threats_considered, "no threat was considered"),
        Artefact::AttackPaths if analysis.paths.is_empty() && !model.components.is_empty() => {
            silent(artefact, "no attacker gets to anything that hurts", basis, events)
        }
        Artefact::AttackPaths => drawn(analysis.paths.len(), "the model has no components"),
        Artefact::RiskRegister if analysis.findings.is_empty() && !model.components.is_empty() => {
            silent(artefact, "no threat of the library applies", basis, events)
        }
        Artefact::RiskRegister => {
            let state = drawn(analysis.findings.len(), "the model has no components");
            match pending(basis).in_words() {
                Some(words) if state.entries > 0 => {
                    ArtefactState { because: format!("{}; {words}", state.because).into(), ..state }
                }
                _ => state,
            }
        }
        Artefact::ControlMatrix => drawn(rows.len(), "no threat has a control against it"),
        Artefact::StatementOfApplicability => {
            let stated = basis.frameworks.frameworks.iter().filter(|framework| !framework.statement.is_empty());
            let rows: Vec<_> = stated.clone().flat_map(|framework| super::applicability(basis, framework)).collect();
            let open = rows.iter().filter(|row| row.applicable == Applicable::NotAssessed).count();
            let state = drawn(stated.count(), "no framework asks for one");
            match state.freshness {
                Freshness::Fresh if open > 0 => {
                    let because =
                        format!("of {}, {open} not assessed; {}", count(rows.len(), "requirement"), state.because);
                    ArtefactState { freshness: Freshness::Unconfirmed, because: because.into(), ..state }
                }
                _ => state,
            }
        }
        Artefact::TreatmentPlan => treatment_plan(basis, events),
        Artefact::RiskAcceptances => acceptances(basis, events),
        Artefact::VerificationRecord => verification(basis, events, rows),
        Artefact::VulnerabilityAssessment => weaknesses(basis, events),
        Artefact::ReviewRecord => reviews(basis, events),
        Artefact::Metrics => metrics(basis, events),
        Artefact::EventRecord => record(basis, events),
    }
}

/// Of what artefacts that are computed from the model tell.
pub(super) fn modelled(basis: &Basis<'_>) -> String {
    let day = basis.report.today.map_or_else(String::new, |day| format!(" of {day}"));
    format!("of what is modelled, by the model{day}, {}", count(basis.report.model.components.len(), "component"))
}

fn made(artefact: Artefact, freshness: Freshness, entries: usize, because: impl Into<Box<str>>) -> ArtefactState {
    ArtefactState { artefact, freshness, as_of: None, entries, because: because.into() }
}

/// There is nothing to show. That itself is evidence only when somebody stood behind the model that says so.
fn nothing_to_show(artefact: Artefact, because: &str, basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    let behind = computed(artefact, 1, "", basis, events);
    match behind.freshness {
        Freshness::Fresh => {
            ArtefactState { entries: 0, because: format!("{because}; {}", behind.because).into(), ..behind }
        }
        _ => made(artefact, Freshness::NothingToShow, 0, because),
    }
}

/// What is open beside the findings: threats that the model brought along, which are not judged here, and questions.
#[derive(Default)]
struct Pending {
    /// Threats that the model brought along.
    recorded: usize,
    /// Those of them that are open by their state as written and that nobody decided about.
    open: usize,
    /// The open ones by their rating, from low to critical.
    rated: [usize; 4],
    /// The open ones that are rated above the tolerance, or not rated: then nobody knows that they are within it.
    above: usize,
    /// Those with a decision that holds, and how many of these are rated above the tolerance or not rated.
    decided: (usize, usize),
    /// Questions that nobody answered.
    questions: usize,
}

fn pending(basis: &Basis<'_>) -> Pending {
    let report = &basis.report;
    let tolerance = report.methodology.tolerance;
    let recorded = &report.model.recorded_threats;
    let mut out =
        Pending { recorded: recorded.len(), questions: report.analysis.questions_total, ..Pending::default() };
    // What came back from an export and is found here as well is a finding.
    let found: BTreeSet<&str> = report.analysis.findings.iter().map(|finding| &*finding.id).collect();
    for threat in recorded.iter().filter(|threat| !found.contains(&*threat.id)) {
        let level = threat.level();
        let above = usize::from(level.is_none_or(|level| level > tolerance));
        if report.treatment(&threat.id).is_some_and(|it| it.stage.holds()) {
            out.decided = (out.decided.0 + 1, out.decided.1 + above);
        } else if threat.is_open() {
            out.open += 1;
            out.above += above;
            if let Some(number) = level.and_then(|level| out.rated.get_mut(level as usize)) {
                *number += 1;
            }
        }
    }
    out
}

impl Pending {
    /// `8 of 17 recorded threats are open, 3 high; 18 questions are open`; `None` where nothing is.
    fn in_words(&self) -> Option<String> {
        let mut words = Vec::new();
        if self.open > 0 {
            let mut what = format!("{} of {}", self.open, count(self.recorded, "recorded threat"));
            what.push_str(if self.open == 1 { " is open" } else { " are open" });
            for (level, number) in Level::ALL.into_iter().zip(self.rated).rev() {
                if number > 0 && level >= Level::High {
                    what.push_str(&format!(", {number} {}", level.as_str()));
                }
            }
            words.push(what);
        }
        if self.questions > 0 {
            words.push(count_verb(self.questions, "question", "is open", "are open"));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// The analysis found nothing. Where something is open that it did not judge, or nobody answered what it asks, that is no
/// news yet: there is something to show, as much as somebody stood behind it.
fn silent(artefact: Artefact, because: &str, basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    match pending(basis).in_words() {
        None => nothing_to_show(artefact, because, basis, events),
        Some(words) => {
            let state = computed(artefact, 1, "", basis, events);
            let because = format!("{because} so far; {words}; {}", state.because);
            ArtefactState { entries: 0, because: because.into(), ..state }
        }
    }
}

/// What is computed from the model is there as of now; it counts when somebody approved it, the model, or closed a review.
fn computed(artefact: Artefact, entries: usize, nothing: &str, basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    if entries == 0 {
        return made(artefact, Freshness::Missing, 0, nothing);
    }
    let own = newest(events, &[EventKind::Approved], artefact.as_str());
    let model = newest(events, &[EventKind::Approved], MODEL);
    let review = last_review(events);
    let behind = own.into_iter().chain(model).chain(review).max_by_key(|event| &*event.effective);
    match behind {
        Some(event) => aged(artefact, entries, event, true, basis, events),
        None => {
            let because = "computed from the model as it is; the record shows no approval and no review";
            ArtefactState {
                as_of: basis.report.today.map(Box::from),
                ..made(artefact, Freshness::Unconfirmed, entries, because)
            }
        }
    }
}

/// The last review that was closed and counts: one of a model that it names by its hash, by people whom it names when it
/// began or ended. Anything else is a line in the record that shows no review.
fn last_review<'a>(events: &[&'a Event]) -> Option<&'a Event> {
    let closed = |event: &&&Event| {
        event.kind == EventKind::ReviewClosed
            && event.subject.starts_with(REVIEW)
            && !event.content.is_empty()
            && events.iter().any(|other| other.subject == event.subject && names_people(other))
    };
    events.iter().rev().find(closed).copied()
}

/// Whether a review says who takes part in it.
fn names_people(event: &Event) -> bool {
    let review = matches!(event.kind, EventKind::ReviewStarted | EventKind::ReviewClosed);
    review && event.detail("people").is_some_and(|people| people.chars().any(|letter| !" ,\t".contains(letter)))
}

/// What somebody stood behind on a day: fresh, unless that is too long ago or the model changed since.
fn aged(
    artefact: Artefact,
    entries: usize,
    event: &Event,
    of_model: bool,
    basis: &Basis<'_>,
    events: &[&Event],
) -> ArtefactState {
    // Figures and the record are as fresh as their last event; nobody stood behind them by it.
    let what = match event.kind {
        _ if matches!(artefact, Artefact::Metrics | Artefact::EventRecord) => "last event by",
        EventKind::Approved => "approved by",
        EventKind::ReviewClosed => "reviewed by",
        _ => "last entry by",
    };
    let behind = format!("{what} {}", told(event));
    // Whether somebody has to stand behind it.
    let stood = of_model || artefact == Artefact::Methodology;
    let changed = events.iter().find(|change| after(change, event) && matters(change)).filter(|_| of_model);
    let other = stood && is_of_another_model(event, basis, events);
    let days = basis.report.today.and_then(|today| day::between(&event.effective, today));
    let (freshness, because) = match (changed, days) {
        (Some(change), _) => {
            (Freshness::Stale, format!("{behind}; the model changed on {} (event {})", change.effective, change.number))
        }
        (None, _) if other => {
            let what = if of_model { "model than the one that is there" } else { "methodology than the one in force" };
            (Freshness::Stale, format!("{behind}, of another {what}"))
        }
        (None, Some(days)) if days > basis.review_days => {
            (Freshness::Stale, format!("{behind}, {days} days ago; {} are allowed", basis.review_days))
        }
        _ if stood && event.kind == EventKind::Approved && is_by_author(event, &before(event, events)) => {
            (Freshness::Unconfirmed, format!("{behind}, who is an author of it"))
        }
        // An approval of nothing in particular holds for nothing in particular.
        _ if stood && event.kind == EventKind::Approved && event.content.is_empty() => {
            (Freshness::Unconfirmed, format!("{behind}, bound to no content"))
        }
        _ => (Freshness::Fresh, behind),
    };
    ArtefactState { as_of: Some(event.effective.clone()), ..made(artefact, freshness, entries, because) }
}

/// The events before one, in the order in which they took effect.
fn before<'e>(event: &Event, events: &[&'e Event]) -> Vec<&'e Event> {
    events.iter().copied().take_while(|other| other.number != event.number).collect()
}

/// Whether a change of the model came after an event: on a later day, or later on the same.
fn after(change: &Event, event: &Event) -> bool {
    change.kind == EventKind::ModelChanged
        && (change.effective > event.effective || change.effective == event.effective && change.number > event.number)
}

/// Whether a change of the model is one that matters: what is not said to be none is one.
fn matters(change: &Event) -> bool {
    change.detail("material").is_none_or(|word| word != "no" && word != "false")
}

/// Whether what somebody stood behind was another model or methodology than the one that is there, by its hash. A change
/// that was said not to matter since excuses it, where it is bound to the model that is there or to none.
fn is_of_another_model(event: &Event, basis: &Basis<'_>, events: &[&Event]) -> bool {
    let is_this = |hash: &str| basis.model_hashes.iter().any(|known| *known == *hash);
    if *event.subject == *Artefact::Methodology.as_str() {
        let known = basis.methodology_hashes;
        return !event.content.is_empty() && !known.is_empty() && !known.iter().any(|hash| *hash == *event.content);
    }
    let of_model = *event.subject == *MODEL || event.subject.starts_with(REVIEW);
    if !of_model || event.content.is_empty() || basis.model_hashes.is_empty() || is_this(&event.content) {
        return false;
    }
    let excused = |change: &&Event| {
        after(change, event) && !matters(change) && (change.content.is_empty() || is_this(&change.content))
    };
    !events.iter().copied().any(|change| excused(&change))
}

fn methodology(basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    let artefact = Artefact::Methodology;
    if let Some(event) = newest(events, &[EventKind::Approved], artefact.as_str()) {
        return aged(artefact, 1, event, false, basis, events);
    }
    let method = basis.report.methodology;
    let because = if method.owner.is_empty() {
        "the methodology in force has no owner, and the record shows no approval".to_owned()
    } else {
        format!("owned by {}; the record shows no approval", method.owner)
    };
    ArtefactState { as_of: basis.report.today.map(Box::from), ..made(artefact, Freshness::Unconfirmed, 1, because) }
}

/// The findings and the threats that the model brought along above tolerance, and those with a decision.
fn treatment_plan(basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    let artefact = Artefact::TreatmentPlan;
    let report = &basis.report;
    let findings = &report.analysis.findings;
    let tolerance = report.methodology.tolerance;
    let above = findings.iter().filter(|finding| finding.current.risk > tolerance);
    let (above, undecided) =
        above.fold((0usize, 0usize), |(all, open), finding| (all + 1, open + usize::from(finding.decision.is_none())));
    let decided = findings.iter().filter(|finding| finding.decision.is_some()).count();
    let recorded = pending(basis);
    let (above, undecided) = (above + recorded.above + recorded.decided.1, undecided + recorded.above);
    let decided = decided + recorded.decided.0;
    if above == 0 && decided == 0 && report.model.components.is_empty() {
        return made(artefact, Freshness::Missing, 0, "the model has no components");
    }
    if above == 0 && decided == 0 {
        return silent(artefact, "no risk is above tolerance", basis, events);
    }
    if decided == 0 {
        return made(
            artefact,
            Freshness::Missing,
            0,
            format!("{} above tolerance{}, none with a decision", count(above, "risk"), of_recorded(recorded.above)),
        );
    }
    if undecided > 0 {
        let because = format!(
            "{undecided} of {} above tolerance {} no decision{}",
            count(above, "risk"),
            if undecided == 1 { "has" } else { "have" },
            of_recorded(recorded.above)
        );
        return ArtefactState { as_of: decided_on(basis), ..made(artefact, Freshness::Stale, decided, because) };
    }
    let state = computed(artefact, decided, "", basis, events);
    ArtefactState { as_of: decided_on(basis).or(state.as_of.clone()), ..state }
}

/// How many of them the model brought along, in brackets.
fn of_recorded(number: usize) -> String {
    if number == 0 { String::new() } else { format!(" ({number} recorded in the model, by their rating or unrated)") }
}

/// The newest day of a decision that applies.
fn decided_on(basis: &Basis<'_>) -> Option<Box<str>> {
    let decisions = basis.report.decisions.iter().filter(|decision| applies(decision, basis));
    decisions.filter_map(|decision| decision.decided.clone()).max()
}

/// Whether a decision is about anything: a finding, or a threat that the model brought along.
fn applies(decision: &Decision, basis: &Basis<'_>) -> bool {
    let report = &basis.report;
    let findings = report.analysis.findings.iter().map(|finding| &*finding.id);
    let recorded = report.model.recorded_threats.iter().map(|threat| &*threat.id);
    findings.chain(recorded).any(|id| matches(&decision.threat, id))
}

/// Risks that somebody lives with. One that lapsed makes the list stale; one of a threat that is not there is none.
fn acceptances(basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    let all = basis.report.decisions.iter().filter(|decision| decision.treatment == Treatment::Accept);
    let (accepted, unused): (Vec<&Decision>, Vec<&Decision>) = all.partition(|decision| applies(decision, basis));
    let state = held(&accepted, basis, events);
    if unused.is_empty() {
        return state;
    }
    let ids: Vec<String> = unused.iter().take(NAMED).map(|decision| format!("`{}`", decision.threat)).collect();
    let more = unused.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let what = count_verb(unused.len(), "acceptance", "applies", "apply");
    let because = format!("{}; {what} to nothing in the model: {}{more}", state.because, ids.join(", "));
    ArtefactState { because: because.into(), ..state }
}

/// The same of those that apply.
fn held(accepted: &[&Decision], basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    let artefact = Artefact::RiskAcceptances;
    if accepted.is_empty() {
        return nothing_to_show(artefact, "no risk was accepted", basis, events);
    }
    let lapsed = |decision: &&&Decision| match (&decision.until, basis.report.today) {
        (Some(until), Some(today)) => &**until < today,
        (None, _) => true,
        _ => false,
    };
    let lapsed = accepted.iter().filter(lapsed).count();
    let alone = accepted
        .iter()
        .filter(|decision| decision.approver.is_empty() || same_person(&decision.approver, &decision.owner));
    let alone = alone.count();
    let entries = accepted.len();
    if lapsed > 0 {
        return made(
            artefact,
            Freshness::Stale,
            entries,
            format!(
                "{lapsed} of {} lapsed or {} no end",
                count(entries, "acceptance"),
                if lapsed == 1 { "has" } else { "have" }
            ),
        );
    }
    if alone > 0 {
        let because = format!("{alone} of {} approved by nobody but the owner", count(entries, "acceptance"));
        return made(artefact, Freshness::Unconfirmed, entries, because);
    }
    let state = computed(artefact, entries, "", basis, events);
    // Each acceptance carries its approver: it needs no approval of the list.
    let as_of = accepted.iter().filter_map(|decision| decision.decided.clone()).max();
    match state.freshness {
        Freshness::Unconfirmed => ArtefactState {
            as_of,
            ..made(artefact, Freshness::Fresh, entries, "each has an approver other than its owner, and an end")
        },
        _ => state,
    }
}

/// Controls that somebody saw, or that a reader saw in the input.
fn verification(basis: &Basis<'_>, events: &[&Event], rows: &[MatrixRow]) -> ArtefactState {
    let artefact = Artefact::VerificationRecord;
    let said: Vec<&&Event> = events.iter().filter(|event| event.kind == EventKind::Verified).collect();
    let contradicted = rows.iter().filter(|row| row.state == ControlState::Contradicted).count();
    let of = |state: ControlState| -> BTreeSet<u64> {
        rows.iter().filter(|row| row.state == state).filter_map(|row| row.event).collect()
    };
    let (shows, denies) = (of(ControlState::Verified), of(ControlState::Contradicted));
    let denied = |event: &Event| {
        denies.contains(&event.number)
            || basis.report.treatment(&event.subject).is_some_and(|it| it.stage == Stage::Contradicted)
    };
    let shown = |event: &Event| proof::of(event) != Proof::Word || shows.contains(&event.number);
    let seen: Vec<&&Event> = said.iter().copied().filter(|event| shown(event) && !denied(event)).collect();
    let working = rows.iter().filter(|row| row.state.works()).count();
    let verified = rows.iter().filter(|row| row.state == ControlState::Verified).count();
    if let Some(last) = seen.last() {
        let state = aged(artefact, seen.len(), last, true, basis, events);
        if contradicted > 0 {
            let what = count(contradicted, "control");
            let because = format!("{what} said to be verified and not there by the model; {}", state.because);
            return ArtefactState { freshness: Freshness::Stale, because: because.into(), ..state };
        }
        if verified < working && state.freshness == Freshness::Fresh {
            let because = format!("of {} in place, {verified} verified; {}", count(working, "control"), state.because);
            return ArtefactState { freshness: Freshness::Stale, because: because.into(), ..state };
        }
        return state;
    }
    if !said.is_empty() {
        let what = count(said.len(), "verification");
        let because = match contradicted {
            0 => format!("{what} on a person's word alone: no fact of the model and no named evidence shows it"),
            _ => format!("{what} on record, and the model says that what was verified is not there"),
        };
        return made(artefact, Freshness::Missing, 0, because);
    }
    let read =
        basis.report.analysis.mitigated.iter().filter(|stopped| stopped.evidence.origin == Origin::Imported).count();
    if read > 0 {
        let because = format!("nobody verified a control; {read} of {working} were read from the input itself");
        return ArtefactState {
            as_of: basis.report.today.map(Box::from),
            ..made(artefact, Freshness::Unconfirmed, read, because)
        };
    }
    let because = if working == 0 {
        "no control is in place against a modelled threat".to_owned()
    } else {
        format!("{} in place, and the record shows no verification", count(working, "control"))
    };
    made(artefact, Freshness::Missing, 0, because)
}

/// Findings that are a weakness with a number.
fn weaknesses(basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    let artefact = Artefact::VulnerabilityAssessment;
    let report = &basis.report;
    let numbered = |threat: u32| {
        usize::try_from(threat).ok().and_then(|at| report.threats.get(at)).is_some_and(|threat| !threat.cwe.is_empty())
    };
    let entries = report.analysis.findings.iter().filter(|finding| numbered(finding.threat)).count();
    if entries == 0 && !report.model.components.is_empty() {
        return silent(artefact, "no weakness of the design was found", basis, events);
    }
    computed(artefact, entries, "the model has no components", basis, events)
}

fn reviews(basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    let artefact = Artefact::ReviewRecord;
    let entries = events.iter().filter(|event| event.kind == EventKind::ReviewClosed).count();
    match last_review(events) {
        Some(event) => aged(artefact, entries, event, true, basis, events),
        None if entries > 0 => {
            let because =
                format!("{} on record without the model it was of or who took part", count(entries, "review"));
            made(artefact, Freshness::Missing, 0, because)
        }
        None => made(artefact, Freshness::Missing, 0, "the record shows no closed review"),
    }
}

fn metrics(basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    match events.last() {
        Some(event) => aged(Artefact::Metrics, events.len(), event, false, basis, events),
        None => {
            made(Artefact::Metrics, Freshness::Missing, 0, "figures over time need a record of events; there is none")
        }
    }
}

fn record(basis: &Basis<'_>, events: &[&Event]) -> ArtefactState {
    let artefact = Artefact::EventRecord;
    if !basis.record.intact && !basis.record.events.is_empty() {
        let because = "the record is not what was written; its hashes do not agree";
        return made(artefact, Freshness::Missing, basis.record.events.len(), because);
    }
    match events.last() {
        None => made(artefact, Freshness::Missing, 0, "there is no record of events"),
        Some(event) => aged(artefact, events.len(), event, false, basis, events),
    }
}
