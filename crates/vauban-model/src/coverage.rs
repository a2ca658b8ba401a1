//! What evidence there is for the requirements of a framework: results of coverage, control matrix, statement of
//! applicability and maturity, as plain data.
//!
//! Evidence supports a requirement. Whether it is met is for an auditor to say; nothing here says so.

use crate::framework::{Activity, Claim, Deviation, Requirement};
use crate::library::RequirementRef;
use crate::scale::Level;

/// Something that Vauban can show and that answers requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Artefact {
    /// How threats are modelled here: scope, scales, tolerance, roles.
    Methodology,
    /// Components, data and identities of the system, with classification and who answers for them.
    AssetInventory,
    /// The drawing of components, flows and trust boundaries.
    DataFlowDiagrams,
    /// The model with what can go wrong on each of its elements.
    ThreatModel,
    /// The threats that were considered, and the attackers.
    ThreatCatalogue,
    /// Ways through the system to what hurts.
    AttackPaths,
    /// Risk of each threat before and after controls, with what it does to the business.
    RiskRegister,
    /// What is to be done about each risk, by whom and until when.
    TreatmentPlan,
    /// Risks that somebody accepted, with reason, approver and end.
    RiskAcceptances,
    /// Threats, the controls against them, and the requirements that those help to meet.
    ControlMatrix,
    /// That controls are in place, seen by somebody or something.
    VerificationRecord,
    /// Weaknesses of the design, by CWE. No scan.
    VulnerabilityAssessment,
    /// Reviews and changes of the model.
    ReviewRecord,
    /// The controls of a standard's annex with whether they apply, and why.
    StatementOfApplicability,
    /// Figures on models, decisions and reviews.
    Metrics,
    /// The record of events, bound together by hashes.
    EventRecord,
}

impl Artefact {
    /// All, in the order in which an auditor reads them.
    pub const ALL: [Artefact; 16] = [
        Artefact::Methodology,
        Artefact::AssetInventory,
        Artefact::DataFlowDiagrams,
        Artefact::ThreatModel,
        Artefact::ThreatCatalogue,
        Artefact::AttackPaths,
        Artefact::RiskRegister,
        Artefact::TreatmentPlan,
        Artefact::RiskAcceptances,
        Artefact::ControlMatrix,
        Artefact::VerificationRecord,
        Artefact::VulnerabilityAssessment,
        Artefact::ReviewRecord,
        Artefact::StatementOfApplicability,
        Artefact::Metrics,
        Artefact::EventRecord,
    ];

    /// The id.
    pub fn as_str(self) -> &'static str {
        match self {
            Artefact::Methodology => "methodology",
            Artefact::AssetInventory => "inventory",
            Artefact::DataFlowDiagrams => "data-flow-diagrams",
            Artefact::ThreatModel => "threat-model",
            Artefact::ThreatCatalogue => "threat-catalogue",
            Artefact::AttackPaths => "attack-paths",
            Artefact::RiskRegister => "risk-register",
            Artefact::TreatmentPlan => "treatment-plan",
            Artefact::RiskAcceptances => "risk-acceptances",
            Artefact::ControlMatrix => "control-matrix",
            Artefact::VerificationRecord => "verification-record",
            Artefact::VulnerabilityAssessment => "vulnerability-assessment",
            Artefact::ReviewRecord => "review-record",
            Artefact::StatementOfApplicability => "statement-of-applicability",
            Artefact::Metrics => "metrics",
            Artefact::EventRecord => "event-record",
        }
    }

    /// The artefact with this id.
    pub fn parse(word: &str) -> Option<Self> {
        Artefact::ALL.into_iter().find(|artefact| artefact.as_str() == word)
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Artefact::Methodology => "methodology",
            Artefact::AssetInventory => "asset inventory",
            Artefact::DataFlowDiagrams => "data-flow diagrams",
            Artefact::ThreatModel => "threat model",
            Artefact::ThreatCatalogue => "threat catalogue",
            Artefact::AttackPaths => "attack paths",
            Artefact::RiskRegister => "risk register",
            Artefact::TreatmentPlan => "treatment plan",
            Artefact::RiskAcceptances => "risk acceptances",
            Artefact::ControlMatrix => "control matrix",
            Artefact::VerificationRecord => "record of verification",
            Artefact::VulnerabilityAssessment => "assessment of weaknesses",
            Artefact::ReviewRecord => "review record",
            Artefact::StatementOfApplicability => "statement of applicability",
            Artefact::Metrics => "metrics",
            Artefact::EventRecord => "record of events",
        }
    }
}

/// Whether an artefact may be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// It is not there.
    Missing,
    /// It is there, but somebody approved or reviewed it too long ago, or the model changed since.
    Stale,
    /// It is there as computed now, and the record shows nobody who stood behind it.
    Unconfirmed,
    /// It is there, and somebody stood behind it recently enough.
    Fresh,
    /// There is nothing to show, and nothing has to be.
    NothingToShow,
}

impl Freshness {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Freshness::Missing => "missing",
            Freshness::Stale => "stale",
            Freshness::Unconfirmed => "unconfirmed",
            Freshness::Fresh => "fresh",
            Freshness::NothingToShow => "nothing-to-show",
        }
    }

    /// Whether it counts in full.
    pub fn counts(self) -> bool {
        matches!(self, Freshness::Fresh | Freshness::NothingToShow)
    }
}

/// An artefact as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtefactState {
    /// Which one.
    pub artefact: Artefact,
    /// Whether it may be relied on.
    pub freshness: Freshness,
    /// The day as of which somebody stood behind it, or of its newest entry, `YYYY-MM-DD`.
    pub as_of: Option<Box<str>>,
    /// How many entries it has.
    pub entries: usize,
    /// Why it stands so, in a sentence.
    pub because: Box<str>,
}

/// How far evidence for a requirement goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Everything that answers it is there and up to date.
    Evidenced,
    /// Something is there, and something is missing, stale or unconfirmed.
    Partly,
    /// Nothing is there.
    NoEvidence,
    /// Neither a claim nor a control of this model has to do with it.
    NotClaimed,
}

impl Standing {
    /// All, best first.
    pub const ALL: [Standing; 4] = [Standing::Evidenced, Standing::Partly, Standing::NoEvidence, Standing::NotClaimed];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Evidenced => "evidenced",
            Standing::Partly => "partly",
            Standing::NoEvidence => "no-evidence",
            Standing::NotClaimed => "not-claimed",
        }
    }
}

/// What becomes of a control against one threat at one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlState {
    /// The record shows that somebody or something saw it in place: a fact of the model, or a piece of evidence by its name.
    Verified,
    /// The model says that it is in place.
    InPlace,
    /// Somebody says in the record that they saw it in place. Nothing that they name shows it, and the model does not say.
    Stated,
    /// Somebody says in the record that they saw it in place, and the model says that it is not there.
    Contradicted,
    /// Somebody decided to put it in place, or to reduce the risk.
    Planned,
    /// Nobody said whether it is there.
    Unknown,
    /// It is known to be missing.
    Missing,
}

impl ControlState {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            ControlState::Verified => "verified",
            ControlState::InPlace => "in-place",
            ControlState::Stated => "stated",
            ControlState::Contradicted => "contradicted",
            ControlState::Planned => "planned",
            ControlState::Unknown => "unknown",
            ControlState::Missing => "missing",
        }
    }

    /// Whether it works today.
    pub fn works(self) -> bool {
        matches!(self, ControlState::Verified | ControlState::InPlace)
    }
}

/// One row of the control matrix: a threat on an element, a control against it, the requirements the control helps to meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// `threat@element`.
    pub threat: Box<str>,
    /// The title of the threat on this model.
    pub title: Box<str>,
    /// The risk today; `None` where a control stops the threat.
    pub risk: Option<Level>,
    /// The control's id.
    pub control: Box<str>,
    /// The control's name.
    pub control_name: Box<str>,
    /// What becomes of it.
    pub state: ControlState,
    /// Who says so: the file and line, or the event of the record.
    pub evidence: Box<str>,
    /// The number of the event of the record that says that it was seen in place.
    pub event: Option<u64>,
    /// The requirements that it helps to meet.
    pub requirements: Vec<RequirementRef>,
}

/// How many controls that help to meet a requirement are in which state on this model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControlCount {
    /// Seen in place.
    pub verified: usize,
    /// In place by the model's word.
    pub in_place: usize,
    /// In place by a person's word alone.
    pub stated: usize,
    /// Said to be in place, and not there by the model.
    pub contradicted: usize,
    /// Planned.
    pub planned: usize,
    /// Unknown or missing.
    pub open: usize,
}

impl ControlCount {
    /// How many rows there are in all.
    pub fn all(self) -> usize {
        self.working() + self.stated + self.contradicted + self.planned + self.open
    }

    /// Those that work today.
    pub fn working(self) -> usize {
        self.verified + self.in_place
    }
}

/// A requirement with the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementCoverage {
    /// The requirement.
    pub requirement: Requirement,
    /// What a threat model has to do with it, where somebody claims something.
    pub claim: Option<Claim>,
    /// How far evidence goes.
    pub standing: Standing,
    /// What answers it, by position in [`Coverage::artefacts`].
    pub artefacts: Vec<usize>,
    /// Controls of this model that help to meet it.
    pub controls: ControlCount,
    /// What is missing, in sentences.
    pub gaps: Vec<Box<str>>,
}

/// The evidence for the requirements of one framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The framework's id.
    pub framework: Box<str>,
    /// Its name and version.
    pub name: Box<str>,
    /// The baseline, level or profile that was asked for; empty for all of it.
    pub baseline: Box<str>,
    /// What is covered: the name of the modelled system.
    pub system: Box<str>,
    /// The day of the answer, `YYYY-MM-DD`; `None`: nothing is stale by age.
    pub as_of: Option<Box<str>>,
    /// Of what artefacts that are computed from the model tell: the day of the model and its size, in words.
    pub modelled: Box<str>,
    /// The artefacts as they stand.
    pub artefacts: Vec<ArtefactState>,
    /// The requirements that can be fulfilled, in the framework's order.
    pub requirements: Vec<RequirementCoverage>,
    /// Labels that people give to ids of the framework and that it does not.
    pub deviations: Vec<Deviation>,
}

impl Coverage {
    /// How many requirements stand so.
    pub fn count(&self, standing: Standing) -> usize {
        self.requirements.iter().filter(|row| row.standing == standing).count()
    }
}

/// Whether a control of a standard's annex applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicable {
    /// A modelled threat calls for it, or somebody decided so.
    Yes,
    /// Somebody decided that it does not.
    No,
    /// Nothing here says.
    NotAssessed,
}

impl Applicable {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Applicable::Yes => "yes",
            Applicable::No => "no",
            Applicable::NotAssessed => "not-assessed",
        }
    }
}

/// How far a control of a standard's annex is put in place, as far as the model goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Implemented {
    /// Wherever modelled threats call for it.
    Yes,
    /// At some of these places.
    Partly,
    /// At none of them.
    No,
    /// Nothing here says.
    NotAssessed,
}

impl Implemented {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Implemented::Yes => "yes",
            Implemented::Partly => "partly",
            Implemented::No => "no",
            Implemented::NotAssessed => "not-assessed",
        }
    }
}

/// One row of a statement of applicability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicabilityRow {
    /// The requirement.
    pub requirement: Requirement,
    /// Whether it applies.
    pub applicable: Applicable,
    /// Why, in a sentence.
    pub justification: Box<str>,
    /// How far it is put in place.
    pub implemented: Implemented,
    /// Ids of the library's controls that stand for it on this model.
    pub controls: Vec<Box<str>>,
}

/// How far records show an activity of a maturity model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shown {
    /// All artefacts that show it are there and up to date, and nothing of it is beyond them.
    Yes,
    /// Some are, or a part of it is beyond what records show.
    Partly,
    /// None is.
    No,
    /// No record can show it: it is not known from the records.
    NotVisible,
}

impl Shown {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Shown::Yes => "yes",
            Shown::Partly => "partly",
            Shown::No => "no",
            Shown::NotVisible => "not-visible",
        }
    }

    /// The answer for people.
    pub fn answer(self) -> &'static str {
        match self {
            Shown::NotVisible => "not known",
            other => other.as_str(),
        }
    }
}

/// An activity of a maturity model with what records show of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaturityRow {
    /// The activity.
    pub activity: Activity,
    /// How far records show it.
    pub shown: Shown,
    /// The records that show a part of it, each with who stood behind it and when; empty where none does.
    pub records: Box<str>,
    /// What is missing, in a sentence; empty where nothing is.
    pub missing: Box<str>,
}
