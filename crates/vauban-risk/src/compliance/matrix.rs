//! The control matrix: threats, the controls against them, and the requirements that those help to meet.

use rustc_hash::FxHashMap;
use vauban_model::coverage::{ControlState, MatrixRow};
use vauban_model::finding::{Evidence, Status};
use vauban_model::library::Control;
use vauban_model::proof::{self, Proof};
use vauban_model::record::{Event, EventKind};
use vauban_model::report::Report;

use super::{Basis, told};

/// The rows: open threats worst first, each with every control that would stop or weaken it; then threats that a control
/// stops.
pub fn matrix(basis: &Basis<'_>) -> Vec<MatrixRow> {
    let report = &basis.report;
    let controls: FxHashMap<&str, &Control> = report.controls.iter().map(|control| (&*control.id, control)).collect();
    let seen = Verified::new(basis);
    // The controls that a decision names carry it out, and no other. Where it names none, any may: that makes all of them
    // planned, and none of them seen that nobody says is there.
    let carries = |finding: &str, control: &str, unnamed: bool| {
        let named = report.treatment(finding).map(|it| it.controls.as_slice()).unwrap_or_default();
        named.is_empty() && unnamed || named.iter().any(|name| name.split('@').next() == Some(control))
    };
    let mut out = Vec::new();
    for finding in &report.analysis.findings {
        for need in &finding.controls {
            // What a treatment that names no control was carried out by is not known, unless the model shows it.
            let shown = carries(&finding.id, &need.control, need.present == Some(true));
            let verified = seen.find(&need.control, &finding.id, shown, &need.evidence, report);
            let planned = finding.status == Status::Mitigating && carries(&finding.id, &need.control, true);
            let state = match (need.present, verified) {
                // The model itself shows it, and somebody looked.
                (Some(true), Some(_)) => ControlState::Verified,
                (Some(true), None) => ControlState::InPlace,
                (Some(false), Some(_)) if need.is_denied() => ControlState::Contradicted,
                // Nobody said it of the model, and a document shows it. What the model showed once it does not say any more.
                (_, Some(event)) if proof::of(event) == Proof::Named => ControlState::Verified,
                (None, Some(_)) => ControlState::Stated,
                (_, _) if planned => ControlState::Planned,
                (Some(false), _) => ControlState::Missing,
                (None, None) => ControlState::Unknown,
            };
            out.push(MatrixRow {
                threat: finding.id.clone(),
                title: finding.title.clone(),
                risk: Some(finding.current.risk),
                evidence: source(state, verified, &need.evidence, report),
                event: verified.map(|event| event.number),
                ..row(&need.control, state, &controls)
            });
        }
    }
    for stopped in &report.analysis.mitigated {
        let shown = carries(&stopped.id, &stopped.control, true);
        let verified = seen.find(&stopped.control, &stopped.id, shown, &stopped.evidence, report);
        let state = if verified.is_some() { ControlState::Verified } else { ControlState::InPlace };
        let threat = usize::try_from(stopped.threat).ok().and_then(|at| report.threats.get(at));
        out.push(MatrixRow {
            threat: stopped.id.clone(),
            title: threat.map_or(Box::default(), |threat| threat.title.clone()),
            risk: None,
            evidence: source(state, verified, &stopped.evidence, report),
            event: verified.map(|event| event.number),
            ..row(&stopped.control, state, &controls)
        });
    }
    out
}

/// A row that knows its control only.
fn row(control: &str, state: ControlState, controls: &FxHashMap<&str, &Control>) -> MatrixRow {
    let known = controls.get(control);
    MatrixRow {
        threat: Box::default(),
        title: Box::default(),
        risk: None,
        control: control.into(),
        control_name: known.map_or_else(|| control.into(), |control| control.name.clone()),
        state,
        evidence: Box::default(),
        event: None,
        requirements: known.map(|control| control.requirements.clone()).unwrap_or_default(),
    }
}

/// Who says that a control is there, or missing.
fn source(state: ControlState, verified: Option<&Event>, evidence: &Evidence, report: &Report<'_>) -> Box<str> {
    match (state, verified) {
        (ControlState::Verified, Some(event)) => format!("verified by {}{}", told(event), named(event)).into(),
        (ControlState::Stated, Some(event)) => format!("on the word of {}; no evidence is named", told(event)).into(),
        (ControlState::Contradicted, Some(event)) => {
            let place = format!("{}:{}", report.sources.name(evidence.span.file), evidence.span.line);
            format!("verified by {}; not there by the model, {}, {place}", told(event), evidence.origin.as_str()).into()
        }
        (ControlState::Unknown, _) => Box::default(),
        _ => {
            let place = format!("{}:{}", report.sources.name(evidence.span.file), evidence.span.line);
            format!("{}, {place}", evidence.origin.as_str()).into()
        }
    }
}

/// The piece of evidence that an event names.
fn named(event: &Event) -> String {
    let evidence = event.detail("evidence").filter(|_| proof::of(event) != Proof::Word);
    evidence.map(|text| format!(": {}", text.trim())).unwrap_or_default()
}

/// Controls that somebody or something saw in place, by the subject of the record.
struct Verified<'a> {
    events: FxHashMap<&'a str, &'a Event>,
}

impl<'a> Verified<'a> {
    fn new(basis: &Basis<'a>) -> Self {
        let mut events: FxHashMap<&str, &Event> = FxHashMap::default();
        for event in basis.events() {
            match event.kind {
                EventKind::Verified => {
                    // A word that is said later takes nothing from a document.
                    let kept = events.entry(&event.subject).or_insert(event);
                    if proof::of(event) >= proof::of(kept) {
                        *kept = event;
                    }
                }
                // What was seen was the treatment before it.
                EventKind::Withdrawn | EventKind::Rejected | EventKind::Proposed => {
                    events.remove(&*event.subject);
                }
                _ => {}
            }
        }
        Verified { events }
    }

    /// The event that says so of a control against a threat: about the control on the threat's element, on the element
    /// where the control is stated, or about the treatment of the threat where this control `carries` it out.
    fn find(
        &self,
        control: &str,
        threat: &str,
        carries: bool,
        evidence: &Evidence,
        report: &Report<'_>,
    ) -> Option<&'a Event> {
        if self.events.is_empty() {
            return None;
        }
        let element = threat.split_once('@').map_or("", |(_, element)| element);
        let stated = report.model.id(evidence.element);
        let on = |element: &str| self.events.get(format!("control:{control}@{element}").as_str()).copied();
        on(element).or_else(|| on(stated)).or_else(|| self.events.get(threat).copied().filter(|_| carries))
    }
}
