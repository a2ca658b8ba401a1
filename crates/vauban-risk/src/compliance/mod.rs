//! Evidence for the requirements of frameworks, computed from an analysis and the record of events: artefacts as they stand,
//! coverage, control matrix, statement of applicability, maturity.
//!
//! Nothing here says that a requirement is met. It says what there is to show for it, as of when, and what is missing.

mod applicability;
mod artefacts;
mod coverage;
mod matrix;
mod maturity;
mod subjects;

use vauban_model::framework::Frameworks;
use vauban_model::record::{Event, EventKind, Record};
use vauban_model::report::Report;

pub use applicability::applicability;
pub use artefacts::artefacts;
pub use coverage::coverage;
pub use matrix::matrix;
pub use maturity::maturity;

/// All that evidence is computed from.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    /// The analysis of the model. Its day is the day of the answer.
    pub report: Report<'a>,
    /// The record of events; empty where none is kept.
    pub record: &'a Record,
    /// The frameworks of the library.
    pub frameworks: &'a Frameworks,
    /// Days after which what somebody stood behind is stale.
    pub review_days: i64,
    /// SHA-256 sums that stand for the model as it is. What a review or an approval of the model bound to any other sum is
    /// stale. Empty: not compared.
    pub model_hashes: &'a [String],
    /// SHA-256 sums that stand for the methodology in force. An approval of the methodology bound to any other sum is of
    /// another one. Empty: not compared.
    pub methodology_hashes: &'a [String],
}

impl<'a> Basis<'a> {
    /// The events about the system that hold on the day of the answer, in the order in which they took effect; none where
    /// the record is not what was written.
    fn events(&self) -> Vec<&'a Event> {
        let record: &'a Record = self.record;
        record.in_effect(Some(&self.report.model.system.name), self.report.today)
    }
}

/// The newest event of some kinds about a subject, unless it was taken back since.
fn newest<'a>(events: &[&'a Event], kinds: &[EventKind], subject: &str) -> Option<&'a Event> {
    let mut found = None;
    for event in events.iter().filter(|event| *event.subject == *subject) {
        if kinds.contains(&event.kind) {
            found = Some(*event);
        } else if matches!(event.kind, EventKind::Withdrawn | EventKind::Rejected) {
            found = None;
        }
    }
    found
}

/// An event as a source: who, when, which.
fn told(event: &Event) -> String {
    format!("{}, {} (event {})", event.who, event.effective, event.number)
}
