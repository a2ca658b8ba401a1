//! The result of an analysis and all that an output needs to tell it, as plain data.

use crate::diagnostic::Diagnostic;
use crate::finding::{AttackPath, ChokePoint, CloudStep, Decision, Evidence, Finding, GoalCut, NearestMiss, Question};
use crate::library::{Attacker, Control, Threat};
use crate::model::{ElementRef, Model};
use crate::scale::{Level, Methodology};
use crate::span::SourceMap;
use crate::treatment::TreatmentOf;

/// What became of one STRIDE letter at one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The element.
    pub element: ElementRef,
    /// By STRIDE letter: how many findings, how many questions, how many stopped by a control, and how many threats of
    /// the library were considered for this kind of element.
    pub counts: [CellCount; 6],
}

/// One cell of the STRIDE-per-element matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellCount {
    /// Findings.
    pub open: u32,
    /// Threats that ask.
    pub asked: u32,
    /// Threats that a control stops.
    pub stopped: u32,
    /// Threats of the library for this kind of element and letter.
    pub considered: u32,
}

/// A threat that a control stops at an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mitigated {
    /// The id the finding would have.
    pub id: Box<str>,
    /// Index of the threat.
    pub threat: u32,
    /// The element.
    pub element: ElementRef,
    /// The control that stops it.
    pub control: Box<str>,
    /// Who says so.
    pub evidence: Evidence,
}

/// Risk of one data asset or component, the worst of what threatens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskOf {
    /// The data asset, component or the system.
    pub element: ElementRef,
    /// If no control were there.
    pub inherent: Level,
    /// Today.
    pub current: Level,
    /// Once what was decided is done.
    pub residual: Level,
    /// Ids of the findings that make it so, worst first, at most ten.
    pub findings: Vec<Box<str>>,
}

/// Everything the analysis says.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// Threats on this model, worst first.
    pub findings: Vec<Finding>,
    /// Threats that controls stop.
    pub mitigated: Vec<Mitigated>,
    /// Questions, most important first.
    pub questions: Vec<Question>,
    /// How many questions there are in all.
    pub questions_total: usize,
    /// Attack paths, worst first.
    pub paths: Vec<AttackPath>,
    /// Steps that every path to a goal needs.
    pub choke_points: Vec<ChokePoint>,
    /// The STRIDE-per-element matrix: components, then flows.
    pub matrix: Vec<Cell>,
    /// Risk of each data asset, each component and the system.
    pub risks: Vec<RiskOf>,
    /// Messages about decisions and names.
    pub diagnostics: Vec<Diagnostic>,
    /// How many threats of the library were evaluated.
    pub threats_considered: usize,
    /// The kind of each component, stated or by its technology, as a position in the `kind` enumeration.
    pub kinds: Vec<Option<u16>>,
    /// Whether people use each component, stated or by its technology.
    pub used_by_people: Vec<bool>,
    /// Whether each flow is encrypted, stated or by its protocol.
    pub encrypted: Vec<Option<bool>>,
}

/// The names of catalogue entries, for outputs that show them.
pub trait CatalogueNames {
    /// Name of an ATT&CK technique.
    fn attack(&self, id: &str) -> Option<&str>;
    /// Tactics of an ATT&CK technique, as ATT&CK's short names (`initial-access`), in the matrix's order.
    fn attack_tactics(&self, id: &str) -> Vec<&str>;
    /// Name of a CWE weakness.
    fn cwe(&self, id: &str) -> Option<&str>;
    /// Name of a CAPEC attack pattern.
    fn capec(&self, id: &str) -> Option<&str>;
    /// Version of ATT&CK the names were taken from.
    fn attack_version(&self) -> &str;
}

/// Everything an output gets.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// The model.
    pub model: &'a Model,
    /// The files it was read from.
    pub sources: &'a SourceMap,
    /// The library's threats; findings name them by index.
    pub threats: &'a [Threat],
    /// The library's controls.
    pub controls: &'a [Control],
    /// The library's attackers; paths name them by index.
    pub attackers: &'a [Attacker],
    /// The methodology that was obeyed.
    pub methodology: &'a Methodology,
    /// The decisions; findings name them by index.
    pub decisions: &'a [Decision],
    /// How far the treatment of each finding is, in the order of the findings' ids.
    pub treatments: &'a [TreatmentOf],
    /// Steps that infrastructure code or cloud state permits: permissions, trusts, ways through the network. Empty where
    /// there is no such code.
    pub permitted: &'a [CloudStep],
    /// What the analysis says.
    pub analysis: &'a Analysis,
    /// What readers and the analysis have to say about the input, in order.
    pub diagnostics: &'a [Diagnostic],
    /// Names of catalogue entries.
    pub names: &'a dyn CatalogueNames,
    /// The version of Vauban.
    pub version: &'a str,
    /// The day of the analysis as handed in, `YYYY-MM-DD`; shown only where there is one, so that output stays the same.
    pub today: Option<&'a str>,
    /// Ids of findings that are new or worse than the baseline; `None` when nothing was compared.
    pub new_findings: Option<&'a [Box<str>]>,
}

impl<'a> Report<'a> {
    /// How far the treatment of a finding is, where it has one.
    pub fn treatment(&self, finding: &str) -> Option<&'a TreatmentOf> {
        let at = self.treatments.binary_search_by(|it| (*it.finding).cmp(finding)).ok()?;
        self.treatments.get(at)
    }
}

/// The answer to a question about paths.
#[derive(Clone, Debug, Default)]
pub struct PathAnswer {
    /// Paths, worst first.
    pub paths: Vec<AttackPath>,
    /// Steps that every path to a goal needs.
    pub choke_points: Vec<ChokePoint>,
    /// For a goal out of reach: what is nearest.
    pub nearest_misses: Vec<NearestMiss>,
    /// The smallest cuts before goals, where they were asked for.
    pub cuts: Vec<GoalCut>,
}
