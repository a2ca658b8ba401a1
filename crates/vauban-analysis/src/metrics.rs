//! Metrics of threat modeling, from models, decisions and the record: each with its definition, what was counted, and
//! why it cannot be computed where it cannot.
//!
//! The list follows the published literature on measuring such programmes: SAMM, the Threat Modeling Capabilities, the
//! Metrics Manifesto. Counts of models and threats alone mislead; the last class says whether models change anything.

mod coverage;
mod outcome;
mod process;
mod quality;

use std::collections::BTreeMap;

use vauban_model::record::{Event, Record};
use vauban_model::review::Review;

use crate::reviews::reviews;
use crate::session::Session;

pub use vauban_model::metric::{Class, Metric, Value, number};

/// What nobody can read from a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portfolio {
    /// How many systems are in scope, modelled or not.
    pub systems: Option<u64>,
    /// How many of them are of the highest criticality.
    pub critical: Option<u64>,
    /// The day, `YYYY-MM-DD`.
    pub today: String,
}

/// All metrics of some systems, in a fixed order. Records that are not intact are passed over.
pub fn metrics(sessions: &[&Session], portfolio: &Portfolio) -> Vec<Metric> {
    let scene = Scene { sessions, portfolio };
    let mut out = coverage::metrics(&scene);
    out.extend(quality::metrics(&scene));
    out.extend(process::metrics(&scene));
    out.extend(outcome::metrics(&scene));
    out
}

/// What the metrics look at.
pub(crate) struct Scene<'a> {
    pub(crate) sessions: &'a [&'a Session],
    pub(crate) portfolio: &'a Portfolio,
}

/// Said where nothing is on record.
pub(crate) const NO_RECORD: &str = "there is no record; `vauban treat` and `vauban review` begin one";

impl<'a> Scene<'a> {
    /// The records, one for each file: systems that share a record share its events.
    pub(crate) fn records(&self) -> Vec<&'a Record> {
        let mut seen: Vec<&str> = Vec::new();
        let mut out = Vec::new();
        for session in self.sessions {
            let Some(record) = session.project.record.as_ref().filter(|record| record.intact) else { continue };
            let last = record.events.last().map_or("", |event| &*event.hash);
            if !seen.contains(&last) {
                seen.push(last);
                out.push(record);
            }
        }
        out
    }

    /// All events about the systems up to the day, in the order in which they took effect.
    pub(crate) fn events(&self) -> Vec<&'a Event> {
        self.records().into_iter().flat_map(|record| self.events_of(record)).collect()
    }

    /// Those of one record. Systems that were not named may share it: theirs are passed over.
    pub(crate) fn events_of(&self, record: &'a Record) -> Vec<&'a Event> {
        let mut events = record.in_effect(None, Some(&self.portfolio.today));
        events.retain(|event| self.names().any(|system| event.concerns(system)));
        events
    }

    /// The reviews of the systems in one record up to the day. One that names no system is there once.
    pub(crate) fn reviews_of(&self, record: &Record) -> Vec<Review> {
        let of = |system| reviews(record, Some(system), Some(&self.portfolio.today));
        let all: BTreeMap<u64, Review> = self.names().flat_map(of).map(|review| (review.number, review)).collect();
        all.into_values().collect()
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.sessions.iter().map(|session| &*session.project.model.system.name)
    }

    /// Why a metric of the record has nothing to count.
    pub(crate) fn none(&self, what: &str) -> String {
        if self.records().is_empty() { NO_RECORD.to_owned() } else { format!("the record has no {what}") }
    }
}
