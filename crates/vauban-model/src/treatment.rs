//! Treatments as they stand on a day: what was decided about a finding, how far it is, and whether the approval holds.

use crate::finding::Treatment;
use crate::scale::Level;
use crate::span::Span;

/// How far a treatment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Somebody proposed it; it has no effect yet.
    Proposed,
    /// It is decided. Approved where the record says so.
    Approved,
    /// Work has begun.
    InProgress,
    /// Somebody says it is done.
    Implemented,
    /// Somebody says that they saw it done, and names nothing that shows it.
    Stated,
    /// A fact of the model or a piece of evidence that is named shows that it is done.
    Verified,
    /// Somebody says that they saw it done, and the model says that it is not there.
    Contradicted,
    /// What was approved changed since; the approval holds no longer and the finding is open again.
    Lapsed,
    /// Its last day has passed.
    Expired,
    /// It was taken back.
    Withdrawn,
    /// It was turned down.
    Rejected,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Stage; 11] = [
        Stage::Proposed,
        Stage::Approved,
        Stage::InProgress,
        Stage::Implemented,
        Stage::Stated,
        Stage::Verified,
        Stage::Contradicted,
        Stage::Lapsed,
        Stage::Expired,
        Stage::Withdrawn,
        Stage::Rejected,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Proposed => "proposed",
            Stage::Approved => "approved",
            Stage::InProgress => "in-progress",
            Stage::Implemented => "implemented",
            Stage::Stated => "stated",
            Stage::Verified => "verified",
            Stage::Contradicted => "contradicted",
            Stage::Lapsed => "lapsed",
            Stage::Expired => "expired",
            Stage::Withdrawn => "withdrawn",
            Stage::Rejected => "rejected",
        }
    }

    /// Whether the decision holds: the finding has its status from it.
    pub fn holds(self) -> bool {
        matches!(self, Stage::Approved | Stage::InProgress | Stage::Contradicted) || self.is_done()
    }

    /// Whether it is said to be done, and nothing in the model says otherwise.
    pub fn is_done(self) -> bool {
        matches!(self, Stage::Implemented | Stage::Stated | Stage::Verified)
    }
}

/// One part of what an approval is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is: `threat`, `page`, `elements`, `facts`, `risk`, `treatment`, `reason`, `until`.
    pub name: &'static str,
    /// Its content as text, the same on every machine: no lines, no order of the file.
    pub value: Box<str>,
}

/// Who did one step of a treatment, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The word of the event's kind.
    pub what: &'static str,
    /// The day from which it holds.
    pub day: Box<str>,
    /// Who.
    pub who: Box<str>,
    /// In which role; may be empty.
    pub role: Box<str>,
    /// Number of the event.
    pub number: u64,
    /// Whether it was written down more than a day later.
    pub late: bool,
}

/// A treatment of one finding on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreatmentOf {
    /// The finding's id.
    pub finding: Box<str>,
    /// The finding's title, the threat's where a control stops it; empty where neither is there any longer.
    pub title: Box<str>,
    /// What is done.
    pub treatment: Treatment,
    /// How far it is.
    pub stage: Stage,
    /// Why.
    pub reason: Box<str>,
    /// Who carries it out or answers for it.
    pub owner: Box<str>,
    /// Who approved it; empty where nobody did.
    pub approver: Box<str>,
    /// The approver's role then.
    pub approver_role: Box<str>,
    /// The day it was decided, where known.
    pub decided: Option<Box<str>>,
    /// The day it should be done by.
    pub due: Option<Box<str>>,
    /// Its last day.
    pub until: Option<Box<str>>,
    /// Ticket.
    pub ticket: Option<Box<str>>,
    /// Controls that carry it out, by id.
    pub controls: Vec<Box<str>>,
    /// The documents or facts that show it is done.
    pub evidence: Vec<Box<str>>,
    /// What was given as evidence and shows nothing: a person's word, or what the model contradicts.
    pub stated: Vec<Box<str>>,
    /// Risk with what is there today; `None` where the finding is no longer there.
    pub current: Option<Level>,
    /// Risk once it is done.
    pub residual: Option<Level>,
    /// Risk when it was approved; `None` where the record does not say. What is left of a threat that a control stops.
    pub approved: Option<Level>,
    /// It should be done by now and is not.
    pub overdue: bool,
    /// Parts of the approved content that changed materially since, in words.
    pub changed: Vec<Box<str>>,
    /// Its steps in the order in which they took effect; empty where only the decisions file knows it.
    pub steps: Vec<Step>,
    /// Where the decision stands, or its last event.
    pub span: Option<Span>,
}

impl TreatmentOf {
    /// Whether it belongs into the treatment plan: something is to be done.
    pub fn is_planned(&self) -> bool {
        matches!(self.treatment, Treatment::Mitigate | Treatment::Avoid | Treatment::Transfer)
    }

    /// Whether it ends with its last day, whatever was done: what is accepted, carried by somebody else or called a false
    /// positive is decided anew then. What reduces or removes a threat stays when it is there.
    pub fn ends(&self) -> bool {
        matches!(self.treatment, Treatment::Accept | Treatment::Transfer | Treatment::FalsePositive)
    }

    /// Whether it belongs into the plan of action with milestones: to be done, and not yet shown to be done.
    pub fn is_action(&self) -> bool {
        self.is_planned() && !matches!(self.stage, Stage::Verified | Stage::Withdrawn | Stage::Rejected)
    }

    /// Whether it belongs into the register of exceptions: a risk that stays, or is said not to be one.
    pub fn is_exception(&self) -> bool {
        matches!(self.treatment, Treatment::Accept | Treatment::FalsePositive | Treatment::Transfer)
            && !matches!(self.stage, Stage::Withdrawn | Stage::Rejected)
    }
}
