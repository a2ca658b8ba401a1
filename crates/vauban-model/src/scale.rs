//! The scales of risk: STRIDE letters, likelihood, impact, risk, and the methodology that gives them meaning.

use crate::finding::Notice;
use crate::plan::Effort;
use crate::quantification::Quantification;
use crate::scoring::Scoring;
use crate::vocabulary::{EnumId, FactType, fact};

/// One letter of STRIDE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stride {
    /// Pretending to be somebody or something else.
    Spoofing,
    /// Changing what one may not change.
    Tampering,
    /// Denying what one did, with nothing to prove it.
    Repudiation,
    /// Learning what one may not learn.
    InformationDisclosure,
    /// Keeping others from using it.
    DenialOfService,
    /// Doing what one may not do.
    ElevationOfPrivilege,
}

impl Stride {
    /// All six, in order.
    pub const ALL: [Stride; 6] = [
        Stride::Spoofing,
        Stride::Tampering,
        Stride::Repudiation,
        Stride::InformationDisclosure,
        Stride::DenialOfService,
        Stride::ElevationOfPrivilege,
    ];

    /// The letter.
    pub fn letter(self) -> &'static str {
        match self {
            Stride::Spoofing => "S",
            Stride::Tampering => "T",
            Stride::Repudiation => "R",
            Stride::InformationDisclosure => "I",
            Stride::DenialOfService => "D",
            Stride::ElevationOfPrivilege => "E",
        }
    }

    /// The full name.
    pub fn name(self) -> &'static str {
        match self {
            Stride::Spoofing => "Spoofing",
            Stride::Tampering => "Tampering",
            Stride::Repudiation => "Repudiation",
            Stride::InformationDisclosure => "Information disclosure",
            Stride::DenialOfService => "Denial of service",
            Stride::ElevationOfPrivilege => "Elevation of privilege",
        }
    }

    /// The letter's category.
    pub fn parse(letter: &str) -> Option<Self> {
        Stride::ALL.into_iter().find(|s| s.letter() == letter)
    }
}

/// How likely something is within the period the methodology names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Likelihood {
    /// Not expected in the life of the system.
    Rare,
    /// Possible but surprising.
    Unlikely,
    /// As likely as not.
    Possible,
    /// More likely than not.
    Likely,
    /// Only a matter of time.
    Certain,
}

impl Likelihood {
    /// All, from least to most.
    pub const ALL: [Likelihood; 5] =
        [Likelihood::Rare, Likelihood::Unlikely, Likelihood::Possible, Likelihood::Likely, Likelihood::Certain];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Likelihood::Rare => "rare",
            Likelihood::Unlikely => "unlikely",
            Likelihood::Possible => "possible",
            Likelihood::Likely => "likely",
            Likelihood::Certain => "certain",
        }
    }

    /// The likelihood with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Likelihood::ALL.into_iter().find(|l| l.as_str() == word)
    }

    /// Position from 0 (rare) to 4 (certain).
    pub fn index(self) -> usize {
        self as usize
    }

    /// `steps` levels up (positive) or down (negative), within the scale.
    #[must_use]
    pub fn shifted(self, steps: i32) -> Self {
        let at = (self as i32).saturating_add(steps).clamp(0, 4);
        Likelihood::ALL[usize::try_from(at).unwrap_or(0)]
    }
}

/// How much it hurts: 1 (hardly) to 5 (existential).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Impact(u8);

impl Impact {
    /// The lowest impact.
    pub const LEAST: Impact = Impact(1);
    /// The highest impact.
    pub const MOST: Impact = Impact(5);

    /// An impact; numbers outside 1 to 5 are brought to the nearer end.
    pub fn new(level: u8) -> Self {
        Impact(level.clamp(1, 5))
    }

    /// The number, 1 to 5.
    pub fn level(self) -> u8 {
        self.0
    }

    /// Position from 0 to 4.
    pub fn index(self) -> usize {
        usize::from(self.0) - 1
    }
}

/// A level of severity or risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Low,
    /// Plan for it.
    Medium,
    /// Act soon.
    High,
    /// Act now.
    Critical,
}

impl Level {
    /// All, from least to most.
    pub const ALL: [Level; 4] = [Level::Low, Level::Medium, Level::High, Level::Critical];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }

    /// The level with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Level::ALL.into_iter().find(|l| l.as_str() == word)
    }
}

/// One step of a scale, as the organisation words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleStep {
    /// Short name.
    pub name: Box<str>,
    /// What it means here.
    pub meaning: Box<str>,
}

/// How an organisation analyses and judges risk. Configuration that the analysis obeys, printable as a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methodology {
    /// Name and version of the methodology.
    pub name: Box<str>,
    /// Who owns it.
    pub owner: Box<str>,
    /// The impact scale, 1 to 5.
    pub impact: [ScaleStep; 5],
    /// The likelihood scale, rare to certain.
    pub likelihood: [ScaleStep; 5],
    /// The probability, in per mille, that an attempt of each likelihood succeeds within the period.
    pub probability_per_mille: [u16; 5],
    /// Mean time, in days, that a step of each likelihood takes somebody for whom it works, from rare to certain; 0: at once.
    pub step_days: [u16; 5],
    /// How risk is put into money, where it is.
    pub quantification: Option<Quantification>,
    /// Matrices of other sizes and tables of other methods of scoring.
    pub scoring: Scoring,
    /// Risk by likelihood (row) and impact (column).
    pub matrix: [[Level; 5]; 5],
    /// The highest risk that may stay without a decision.
    pub tolerance: Level,
    /// Impact of disclosure by classification: public, internal, confidential, restricted.
    pub classification_impact: [Impact; 4],
    /// Impact of a breach of integrity or availability by importance: low, medium, high, critical.
    pub importance_impact: [Impact; 4],
    /// Levels of likelihood that a step of a path loses when it is seen: recorded, watched, alarmed.
    pub detection_levels: [u8; 3],
    /// What each classification means here.
    pub classification: [ScaleStep; 4],
    /// Rules that say what is modelled, in words.
    pub scope_rules: Vec<Box<str>>,
    /// How data and other assets are categorised, in words.
    pub asset_rules: Vec<Box<str>>,
    /// The attackers considered, by id in the library; empty means all of them.
    pub threat_sources: Vec<Box<str>>,
    /// Frameworks used to find threats, such as `stride` and `attack`.
    pub frameworks: Vec<Box<str>>,
    /// Criteria for choosing controls, in words, most important first.
    pub control_criteria: Vec<Box<str>>,
    /// Whether preventive, detective or corrective controls come first.
    pub control_order: Vec<Box<str>>,
    /// What a control of each effort costs here, whatever the library says: low, medium, high, critical.
    pub effort_cost: [Option<Effort>; 4],
    /// What single controls cost, by their id in the library; they win over their effort.
    pub control_cost: Vec<(Box<str>, Effort)>,
    /// When a formal model is needed at all, in words.
    pub when_to_model: Vec<Box<str>>,
    /// Months between two reviews by the system's criticality: low, medium, high, critical; 0 means no fixed dates.
    pub review_months: [u16; 4],
    /// Changes of the architecture since the last review from which a new one is due; 0 means that they never make it due.
    pub review_changes: u16,
    /// Hours a first model and an update may take; 0 means no box.
    pub time_box_hours: (u16, u16),
}

impl Default for Methodology {
    fn default() -> Self {
        let step = |name: &str, meaning: &str| ScaleStep { name: name.into(), meaning: meaning.into() };
        let words = |list: &[&str]| list.iter().map(|word| Box::from(*word)).collect::<Vec<Box<str>>>();
        use Level::{Critical as C, High as H, Low as L, Medium as M};
        Methodology {
            name: "Vauban default methodology 1".into(),
            owner: Box::default(),
            impact: [
                step("1 negligible", "Absorbed by daily work; nobody outside the team notices."),
                step("2 minor", "Some hours of work or a few customers annoyed."),
                step("3 moderate", "Days of work, contractual penalties, or a reportable incident of small extent."),
                step("4 major", "Weeks of recovery, a notifiable breach, lasting loss of customers or money."),
                step("5 severe", "Threatens the business, people's safety, or ends in regulatory action."),
            ],
            likelihood: [
                step("rare", "Not expected in the life of the system."),
                step("unlikely", "Could happen, but would surprise us."),
                step("possible", "As likely as not within a few years."),
                step("likely", "Expected within a year."),
                step("certain", "Only a matter of time; attempts are seen all the time."),
            ],
            probability_per_mille: [20, 100, 300, 600, 900],
            // The Meta Attack Language calls a step easy, hard or very hard that takes 1, 10 or 100 days on average
            // (its named distributions); the words between are half-way by ratio.
            step_days: [100, 30, 10, 3, 1],
            quantification: None,
            scoring: Scoring::default(),
            //         impact 1  2  3  4  5
            matrix: [[L, L, L, M, M], [L, L, M, M, H], [L, M, M, H, H], [L, M, H, H, C], [M, M, H, C, C]],
            tolerance: Level::Medium,
            classification_impact: [Impact::new(1), Impact::new(2), Impact::new(4), Impact::new(5)],
            importance_impact: [Impact::new(1), Impact::new(2), Impact::new(4), Impact::new(5)],
            // A path is worth less to somebody who is caught on it. A record that nobody is made to look at stops nobody
            // and serves only afterwards: nothing. What looks for misuse may take it for ordinary use: one level. An alarm
            // tells somebody at once, though the step itself has succeeded by then: two, and not the end of the path.
            detection_levels: [0, 1, 2],
            classification: [
                step("public", "Meant for everybody."),
                step("internal", "For everybody who works here; disclosure embarrasses."),
                step("confidential", "For those who need it; disclosure harms customers or the business."),
                step("restricted", "For named people or services only; disclosure harms badly or breaks the law."),
            ],
            scope_rules: words(&[
                "Everything the team builds, configures or runs is in scope.",
                "Services of others are in scope where our data or our users pass through them; their inside is not.",
                "What is left out is named, with the reason.",
            ]),
            asset_rules: words(&[
                "Data is classified by the harm of its disclosure; integrity and availability by the harm to the business.",
                "A component inherits the highest needs of the data it stores, handles, sends and receives.",
            ]),
            threat_sources: Vec::new(),
            frameworks: words(&["stride", "attack"]),
            control_criteria: words(&[
                "It closes an attack path to something of high impact.",
                "It closes several paths at once.",
                "It costs less than the risk it takes away.",
                "It can be verified.",
            ]),
            control_order: words(&["preventive", "detective", "corrective"]),
            effort_cost: [None; 4],
            control_cost: Vec::new(),
            when_to_model: words(&[
                "A new system that handles internal data or better, or that anybody outside can reach.",
                "A change that adds an entry point, a trust boundary, an external party or a new kind of data.",
                "After an incident, and at the review dates of the system's criticality.",
            ]),
            review_months: [12, 12, 3, 3],
            review_changes: 10,
            time_box_hours: (8, 2),
        }
    }
}

impl Methodology {
    /// Risk by the matrix.
    pub fn risk(&self, likelihood: Likelihood, impact: Impact) -> Level {
        self.matrix[likelihood.index()][impact.index()]
    }

    /// The impact of disclosing data of a classification, by its position; unknown counts as internal.
    pub fn disclosure_impact(&self, classification: Option<u16>) -> Impact {
        let at = usize::from(classification.unwrap_or(1)).min(3);
        self.classification_impact[at]
    }

    /// The impact of wrong or missing data or service of an importance, by its position; unknown counts as medium.
    pub fn importance_impact(&self, importance: Option<u16>) -> Impact {
        let at = usize::from(importance.unwrap_or(1)).min(3);
        self.importance_impact[at]
    }

    /// Levels of likelihood that being seen takes away.
    pub fn detection(&self, how: Notice) -> u8 {
        let [recorded, watched, alarmed] = self.detection_levels;
        match how {
            Notice::Recorded => recorded,
            Notice::Watched => watched,
            Notice::Alarmed => alarmed,
        }
    }

    /// The probability of a likelihood, from 0 to 1.
    pub fn probability(&self, likelihood: Likelihood) -> f64 {
        f64::from(self.probability_per_mille[likelihood.index()]) / 1000.0
    }

    /// The likelihood whose probability is nearest at or below a probability; `Rare` below all.
    pub fn likelihood_of(&self, probability: f64) -> Likelihood {
        // A path is called by the highest step it reaches half-way to, so that 0.59 beside a step of 0.6 is not "possible".
        let mut best = Likelihood::Rare;
        for likelihood in Likelihood::ALL {
            if probability >= self.probability(likelihood) * 0.75 {
                best = likelihood;
            }
        }
        best
    }
}

/// The enumeration of data classifications.
pub fn classification() -> EnumId {
    match fact::CLASSIFICATION.definition().ty {
        FactType::Enum(id) => id,
        _ => EnumId(0),
    }
}
