//! Scores by methods other than the methodology's own matrix: what goes in, what comes out, and why.

use crate::scale::{Impact, Level, Likelihood};

/// A matrix of any size, mapped onto the levels of the report. Configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedMatrix {
    /// Its name, which is the method's.
    pub name: Box<str>,
    /// The steps of likelihood, least first; two to ten.
    pub likelihood: Vec<Box<str>>,
    /// The steps of impact, least first; two to ten.
    pub impact: Vec<Box<str>>,
    /// Risk by likelihood (row) and impact (column).
    pub risk: Vec<Vec<Level>>,
}

/// How scores are reckoned where the organisation may say. Configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scoring {
    /// Matrices of other sizes.
    pub matrices: Vec<NamedMatrix>,
    /// NIST SP 800-30 r1, table G-5: overall likelihood by likelihood of initiation (row) and of adverse impact (column),
    /// each from very low (0) to very high (4).
    pub nist_likelihood: [[u8; 5]; 5],
    /// NIST SP 800-30 r1, table I-2: risk by overall likelihood (row) and impact (column), in the same numbers.
    pub nist_risk: [[u8; 5]; 5],
}

impl Default for Scoring {
    fn default() -> Self {
        Scoring {
            matrices: Vec::new(),
            nist_likelihood: [[0, 0, 1, 1, 1], [0, 1, 1, 2, 2], [1, 1, 2, 2, 3], [1, 2, 2, 3, 4], [1, 2, 3, 4, 4]],
            nist_risk: [[0, 0, 0, 1, 1], [0, 1, 1, 1, 2], [0, 1, 2, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]],
        }
    }
}

/// What an attacker must have before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Nothing but a way there.
    Nothing,
    /// An ordinary account, or code somewhere.
    Ordinary,
    /// Administrative rights.
    Administrative,
}

/// From where a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Through a network, from anywhere.
    Network,
    /// From the same network segment.
    Segment,
    /// On the thing itself.
    Inside,
    /// With the hardware in hand.
    ByHand,
}

/// What the model knows about a finding, as far as methods ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The finding's id.
    pub finding: Box<str>,
    /// Likelihood as the analysis finds it, getting there and what it leads to included.
    pub likelihood: Likelihood,
    /// Likelihood that somebody in place succeeds, controls that are there counted in.
    pub success: Likelihood,
    /// Likelihood of the most eager attacker who gets there; `None`: nobody gets there.
    pub initiation: Option<Likelihood>,
    /// Whether an outsider gets there with nothing done before.
    pub outsiders: bool,
    /// The worst impact it leads to.
    pub impact: Impact,
    /// What becomes known, wrong or unavailable through it, and how much that hurts; `None`: not touched.
    pub harms: [Option<Impact>; 3],
    /// Whether it gives full control of something: code of the attacker's choice, or administration.
    pub control: bool,
    /// Whether who did it cannot be told.
    pub traceless: bool,
    /// Whether it reaches beyond the element it is at.
    pub beyond: bool,
    /// What must be had before.
    pub access: Access,
    /// From where.
    pub place: Place,
    /// Whether something looks for misuse there: known, known to be missing, unknown.
    pub watched: Option<bool>,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The model says so, or it follows from it.
    Model,
    /// Somebody gave it.
    Given,
    /// Nobody said; a usual value stands in.
    Assumed,
}

impl Source {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Model => "model",
            Source::Given => "given",
            Source::Assumed => "assumed",
        }
    }
}

/// One thing that goes into a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name on the command line.
    pub key: Box<str>,
    /// The value, as it is written there.
    pub value: Box<str>,
    /// Where it came from.
    pub source: Source,
    /// Why this value, in a sentence.
    pub why: Box<str>,
}

/// A score by a method.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodScore {
    /// The method's id.
    pub method: Box<str>,
    /// The version of the method and its tables.
    pub version: Box<str>,
    /// The finding.
    pub finding: Box<str>,
    /// What went in, in the method's order.
    pub inputs: Vec<Input>,
    /// How it was reckoned, step by step.
    pub steps: Vec<Box<str>>,
    /// The result in the method's own words: `High`, `7.8 High (CVSS-B)`.
    pub result: Box<str>,
    /// The figure, where the method has one.
    pub figure: Option<f64>,
    /// The vector, where the method has one.
    pub vector: Option<Box<str>>,
    /// The level on the report's scale.
    pub level: Level,
}
