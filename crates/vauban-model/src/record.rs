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

/// The detail in which an event that was joined from another copy of the record cites the hash it had there.
pub const ORIGINAL: &str = "original";
/// The detail that names the system, for records that several models share.
pub const SYSTEM: &str = "system";
/// The detail that says when a joined event was first written down.
pub const ORIGINAL_RECORDED: &str = "original-recorded";

impl Event {
    /// When it was first written down: in the copy of the record it was joined from, where it was.
    pub fn first_recorded(&self) -> &str {
        self.detail(ORIGINAL_RECORDED).unwrap_or(&self.recorded)
    }

    /// Whether it is about a system: one that names none is about every one that shares the record.
    pub fn concerns(&self, system: &str) -> bool {
        self.detail(SYSTEM).is_none_or(|named| *named == *system)
    }

    /// Whether it was written down more than a day after the day from which it holds.
    pub fn is_late(&self) -> bool {
        let recorded = self.recorded.split('T').next().unwrap_or_default();
        crate::day::between(&self.effective, recorded).is_some_and(|days| days > 1)
    }
}

/// What is to be written down: an event before it has its place and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it is written down, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub recorded: Box<str>,
    /// From when it holds, as `YYYY-MM-DD`.
    pub effective: Box<str>,
    /// What it is about.
    pub kind: EventKind,
    /// Who did it.
    pub who: Box<str>,
    /// Their role; may be empty.
    pub role: Box<str>,
    /// What it concerns, as in [`Event::subject`].
    pub subject: Box<str>,
    /// SHA-256 of the content it is said of, or empty.
    pub content: Box<str>,
    /// Everything else, by name, in the order of names.
    pub details: Vec<(Box<str>, Box<str>)>,
}

impl Entry {
    /// An entry that holds from the day on which it is written down.
    pub fn new(kind: EventKind, subject: &str, who: &str, recorded: &str) -> Self {
        Entry {
            recorded: recorded.into(),
            effective: recorded.split('T').next().unwrap_or_default().into(),
            kind,
            who: who.into(),
            role: Box::default(),
            subject: subject.into(),
            content: Box::default(),
            details: Vec::new(),
        }
    }

    /// With a detail; an empty one is left out, a known one replaced.
    #[must_use]
    pub fn detail(mut self, name: &str, value: &str) -> Self {
        self.details.retain(|(known, _)| **known != *name);
        if !value.is_empty() {
            let at = self.details.partition_point(|(known, _)| **known < *name);
            self.details.insert(at, (name.into(), value.into()));
        }
        self
    }

    /// With a role.
    #[must_use]
    pub fn role(mut self, role: &str) -> Self {
        self.role = role.into();
        self
    }

    /// Bound to a content by its SHA-256.
    #[must_use]
    pub fn content(mut self, hash: &str) -> Self {
        self.content = hash.into();
        self
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

    /// The events in the order in which they took effect: by the day from which they hold, then by when they were first
    /// written down, then by their place. Those that a later correction calls void are left out.
    pub fn in_effect(&self) -> Vec<&Event> {
        let mut void: Vec<&str> = Vec::new();
        for event in self.events.iter().filter(|event| event.kind == EventKind::Corrected) {
            void.extend(event.detail("corrects"));
        }
        let is_void =
            |event: &Event| void.iter().any(|hash| *hash == &*event.hash || event.detail(ORIGINAL) == Some(hash));
        let mut events: Vec<&Event> = self.events.iter().filter(|event| !is_void(event)).collect();
        events.sort_by_key(|event| (&*event.effective, event.first_recorded(), event.number));
        events
    }
}
