//! When decisions were in force: what a state on one day does not show.

use std::collections::BTreeSet;

use vauban_model::finding::Treatment;
use vauban_model::record::{Event, EventKind, Record};

use super::history::History;

/// A time in which a decision was in force, as far as the record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The finding's id.
    pub finding: Box<str>,
    /// What was decided.
    pub treatment: Treatment,
    /// Why.
    pub reason: Box<str>,
    /// Who answers for it.
    pub owner: Box<str>,
    /// Who approved it.
    pub approver: Box<str>,
    /// The first day.
    pub from: Box<str>,
    /// The last day that was approved.
    pub until: Option<Box<str>>,
    /// The last day on which it was in force; `None` while it is.
    pub to: Option<Box<str>>,
    /// What ended it: `expired`, or the word of the event that did; empty while it is in force.
    pub ended: &'static str,
    /// Number of the approving event.
    pub number: u64,
}

impl Held {
    /// Whether it was in force on a day between two.
    pub fn within(&self, from: &str, to: &str) -> bool {
        // Days of this shape sort as text.
        &*self.from <= to && self.to.as_deref().is_none_or(|last| last >= from)
    }
}

/// All such times about findings of a system up to a day, by finding and in their order. A decision that lapsed because what
/// was approved changed is in force here: the record does not say when that was.
pub fn held(record: &Record, system: &str, today: &str) -> Vec<Held> {
    let events = record.in_effect(Some(system), Some(today));
    let of_treatment = events.iter().filter(|event| event.kind.is_of_treatment() && event.subject.contains('@'));
    let findings: BTreeSet<&str> = of_treatment.map(|event| &*event.subject).collect();
    let mut out = Vec::new();
    for finding in findings {
        of(finding, &History::of(record, system, finding, Some(today)), today, &mut out);
    }
    out
}

fn of(finding: &str, history: &History<'_>, today: &str, out: &mut Vec<Held>) {
    // Those that were neither turned down nor taken back.
    let mut proposed: Vec<&Event> = Vec::new();
    let mut running: Option<Held> = None;
    for (at, event) in history.events.iter().enumerate() {
        let ends = match event.kind {
            EventKind::Proposed => true,
            EventKind::Rejected | EventKind::Withdrawn => history.is_of_last(at),
            EventKind::Approved => {
                let of = history.proposal(at);
                history.counts(at) && of.is_some_and(|of| proposed.iter().any(|open| open.number == of.number))
            }
            _ => false,
        };
        if ends && let Some(before) = running.take() {
            out.push(ended(before, &event.effective, event.kind.as_str()));
        }
        match event.kind {
            EventKind::Proposed => proposed.push(event),
            EventKind::Rejected | EventKind::Withdrawn if ends => proposed.clear(),
            EventKind::Rejected | EventKind::Withdrawn => {
                let of = history.proposal(at).map(|of| of.number);
                proposed.retain(|open| Some(open.number) != of);
            }
            EventKind::Approved if ends => {
                running = history.proposal(at).and_then(|proposed| begun(finding, proposed, event));
            }
            _ => {}
        }
    }
    if let Some(last) = running {
        let expired = last.until.clone().filter(|until| &**until < today && ends(last.treatment));
        out.push(match expired {
            Some(until) => Held { to: Some(until), ended: "expired", ..last },
            None => last,
        });
    }
}

/// Whether a decision ends with its last day, whatever was done.
fn ends(treatment: Treatment) -> bool {
    matches!(treatment, Treatment::Accept | Treatment::Transfer | Treatment::FalsePositive)
}

fn begun(finding: &str, proposed: &Event, approved: &Event) -> Option<Held> {
    let text = |name: &str| Box::from(proposed.detail(name).unwrap_or_default());
    Some(Held {
        finding: finding.into(),
        treatment: proposed.detail("treatment").and_then(Treatment::parse)?,
        reason: text("reason"),
        owner: text("owner"),
        approver: approved.who.clone(),
        from: approved.effective.clone(),
        until: proposed.detail("until").map(Box::from),
        to: None,
        ended: "",
        number: approved.number,
    })
}

/// Ended by an event on a day, unless its last day had passed before.
fn ended(held: Held, day: &str, by: &'static str) -> Held {
    let expired = held.until.clone().filter(|until| &**until < day && ends(held.treatment));
    match expired {
        Some(until) => Held { to: Some(until), ended: "expired", ..held },
        None => Held { to: Some(day.into()), ended: by, ..held },
    }
}
