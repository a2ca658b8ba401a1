//! The record of what happened: decisions, approvals, treatments, reviews, changes, incidents, in the order in which they
//! were written down, each bound to the one before by its hash.
//!
//! An event has two times: when it was written down, and from when it holds. Both come from the caller. Nothing is ever
//! edited; what turned out wrong is followed by an event that says so.

use crate::span::Span;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A treatment of a threat was proposed: mitigate, accept, transfer, avoid or false positive.
    Proposed,
    /// A proposal, model, methodology or document was approved, by its content's hash.
    Approved,
    /// A proposal was turned down.
    Rejected,
    /// Work on a treatment began.
    Started,
    /// A treatment was carried out.
    Implemented,
    /// Somebody or something saw that a control is there: with the fact or the document that shows it.
    Verified,
    /// A treatment or acceptance no longer holds, by somebody's word.
    Withdrawn,
    /// A review began.
    ReviewStarted,
    /// A review ended, with what it found; also when nothing changed.
    ReviewClosed,
    /// The model changed: what, and whether it matters.
    ModelChanged,
    /// Something was left out of scope, or how deep to model was chosen, with the reason.
    Scoped,
    /// An incident that touches the system.
    Incident,
    /// New knowledge of threats: a technique, a vulnerability that is exploited.
    Intelligence,
    /// A score by a method other than the methodology's matrix.
    Scored,
    /// An earlier event was wrong; it is named.
    Corrected,
}

impl EventKind {
    /// All, in a fixed order.
    pub const ALL: [EventKind; 15] = [
        EventKind::Proposed,
        EventKind::Approved,
        EventKind::Rejected,
        EventKind::Started,
        EventKind::Implemented,
        EventKind::Verified,
        EventKind::Withdrawn,
        EventKind::ReviewStarted,
        EventKind::ReviewClosed,
        EventKind::ModelChanged,
        EventKind::Scoped,
        EventKind::Incident,
        EventKind::Intelligence,
        EventKind::Scored,
        EventKind::Corrected,
    ];

    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Proposed => "proposed",
            EventKind::Approved => "approved",
            EventKind::Rejected => "rejected",
            EventKind::Started => "started",
            EventKind::Implemented => "implemented",
            EventKind::Verified => "verified",
            EventKind::Withdrawn => "withdrawn",
            EventKind::ReviewStarted => "review-started",
            EventKind::ReviewClosed => "review-closed",
            EventKind::ModelChanged => "model-changed",
            EventKind::Scoped => "scoped",
            EventKind::Incident => "incident",
            EventKind::Intelligence => "intelligence",
            EventKind::Scored => "scored",
            EventKind::Corrected => "corrected",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        EventKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One line of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Position in the record, from 1.
    pub number: u64,
    /// When it was written down, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub recorded: Box<str>,
    /// From when it holds, as `YYYY-MM-DD`. Earlier than `recorded` by more than a day: a late entry, shown as such.
    pub effective: Box<str>,
    /// What it is about.
    pub kind: EventKind,
    /// Who did it, as they were called then.
    pub who: Box<str>,
    /// Their role then; may be empty.
    pub role: Box<str>,
    /// What it concerns: a finding's id, a control on an element (`control:mfa@portal`), `model`, `methodology`,
    /// `review:2026-Q3`, or a document's id.
    pub subject: Box<str>,
    /// SHA-256 (64 hexadecimal digits) of the content it was said of; what binds an approval. Empty where it binds
    /// nothing.
    pub content: Box<str>,
    /// Everything else, by name, in the order of names: `reason`, `treatment`, `owner`, `until`, `due`, `evidence`,
    /// `people`, `scope`, `outcome`, …
    pub details: Vec<(Box<str>, Box<str>)>,
    /// Hash of the event before; 64 zeros for the first.
    pub previous: Box<str>,
    /// Hash of this event, over everything above in its canonical form.
    pub hash: Box<str>,
    /// Where it stands.
    pub span: Span,
}

impl Event {
    /// A detail by its name.
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }
}

/// The record as read: its events, and whether they are what was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The events in order.
    pub events: Vec<Event>,
    /// Whether every hash, number and link is right and the end is where the seal says it is.
    pub intact: bool,
}

impl Record {
    /// The events about something, in order.
    pub fn about<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(move |event| *event.subject == *subject)
    }
}
