//! Reviews of a model: which there were, and what makes the next one due.

/// A review as the record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its subject without `review:`, such as `2026-Q3`.
    pub id: Box<str>,
    /// The day it began, where that was said.
    pub started: Option<Box<str>>,
    /// The day it was closed; `None` while it runs.
    pub closed: Option<Box<str>>,
    /// Who closed it, or began it.
    pub who: Box<str>,
    /// Their role.
    pub role: Box<str>,
    /// Who took part.
    pub people: Vec<Box<str>>,
    /// What was looked at.
    pub scope: Box<str>,
    /// `formal` or `rapid`.
    pub depth: Box<str>,
    /// What changed since the last one.
    pub changed: Box<str>,
    /// `no-change`, `changed`, `rework` or other words.
    pub outcome: Box<str>,
    /// What was decided.
    pub decisions: Box<str>,
    /// When the next one is due, where it said so.
    pub next: Option<Box<str>>,
    /// SHA-256 of the model as it was reviewed.
    pub model: Box<str>,
    /// The revision of the repository, where known.
    pub revision: Box<str>,
    /// Number of its last event.
    pub number: u64,
    /// Whether it was written down late.
    pub late: bool,
}

impl Review {
    /// Whether it was held: closed, of a model that it names by its hash, by people whom it names.
    pub fn is_held(&self) -> bool {
        self.closed.is_some() && !self.model.is_empty() && !self.people.is_empty()
    }
}

/// Why a review is due before its day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// `never-reviewed`, `date`, `architecture`, `incident`, `intelligence`, `acceptance`.
    pub kind: &'static str,
    /// The sentence.
    pub text: String,
    /// Since when, where known.
    pub since: Option<Box<str>>,
}

/// Whether a review is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The system's name.
    pub system: Box<str>,
    /// Its criticality; `medium` where nobody said.
    pub criticality: &'static str,
    /// Whether somebody said so.
    pub criticality_stated: bool,
    /// Months between reviews by the methodology; 0: no fixed dates.
    pub months: u16,
    /// The last review that was closed.
    pub last: Option<Review>,
    /// The review that runs.
    pub running: Option<Review>,
    /// The day of the next one; `None` without fixed dates or where there was none yet.
    pub next: Option<String>,
    /// Days by which that day has passed; 0 where it has not.
    pub overdue_days: i64,
    /// What makes it due.
    pub triggers: Vec<Trigger>,
    /// Whether the model is another than the one last reviewed; `None` where that cannot be said.
    pub model_changed: Option<bool>,
}

impl Due {
    /// Whether a review should be held now.
    pub fn is_due(&self) -> bool {
        !self.triggers.is_empty()
    }
}
