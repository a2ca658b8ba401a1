//! What evidence there is for the requirements of a framework: results of coverage, control matrix, statement of
//! applicability and maturity, as plain data.
//!
//! Evidence supports a requirement. Whether it is met is for an auditor to say; nothing here says so.

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
            Artefact::AssetInventory => "asset-inventory",
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
