//! Treatments of a project: how far each is, and which decisions are in force no longer.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::Diagnostic;
use vauban_model::finding::{Decision, Finding, Treatment};
use vauban_model::model::RecordedThreat;
use vauban_model::report::Analysis;
use vauban_model::treatment::{Part, Stage, TreatmentOf};
use vauban_risk::treatments::{Known, lint, treatments};

pub use vauban_risk::treatments::{SHOWN, authors, bound_details, content_hash};

use crate::embedded::LoadedLibrary;
use crate::project::Project;
use crate::session::Session;

/// How the treatments of a project stand.
pub(crate) struct State {
    /// All of them.
    pub(crate) treatments: Vec<TreatmentOf>,
    /// Findings that have a decision which does not count.
    pub(crate) void: BTreeSet<Box<str>>,
    /// By finding: the controls that carry out its decision.
    pub(crate) planned: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// What does not agree.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Works out how treatments stand on a day.
pub(crate) fn state(
    project: &Project,
    library: &LoadedLibrary,
    decisions: &[Decision],
    analysis: &Analysis,
    today: Option<&str>,
) -> State {
    let pages = Pages::new(library);
    let content = |finding: &Finding, decision: &Decision| pages.content(project, library, finding, decision);
    let recorded_content = |threat: &RecordedThreat, decision: &Decision| {
        vauban_risk::treatments::recorded_content(threat, &project.model, decision)
    };
    let known = Known {
        system: &project.model.system.name,
        findings: &analysis.findings,
        recorded: &project.model.recorded_threats,
        mitigated: &analysis.mitigated,
        threats: &library.library.threats,
        decisions,
        record: project.record.as_ref(),
        today,
        content: &content,
        recorded_content: &recorded_content,
    };
    let treatments = treatments(&known);
    let diagnostics = lint(&known, &treatments);
    let decided: BTreeSet<&str> =
        analysis.findings.iter().filter(|finding| finding.decision.is_some()).map(|finding| &*finding.id).collect();
    let void = treatments
        .iter()
        .filter(|it| !it.stage.holds() && it.stage != Stage::Expired && decided.contains(&*it.finding))
        .map(|it| it.finding.clone())
        .collect();
    let planned = treatments
        .iter()
        .filter(|it| it.stage.holds() && it.treatment == Treatment::Mitigate && !it.controls.is_empty())
        .filter(|it| decided.contains(&*it.finding))
        .map(|it| (it.finding.clone(), it.controls.clone()))
        .collect();
    State { treatments, void, planned, diagnostics }
}

/// What an approval of a decision on a finding, or on a threat that the model brought along, is bound to, as it is now; `None`
/// where there is neither.
pub fn content(session: &Session, finding: &str, decision: &Decision) -> Option<Vec<Part>> {
    let Some(found) = session.analysis.findings.iter().find(|it| *it.id == *finding) else {
        let model = &session.project.model;
        let threat = model.recorded_threats.iter().find(|it| *it.id == *finding)?;
        return Some(vauban_risk::treatments::recorded_content(threat, model, decision));
    };
    Some(Pages::new(&session.library).content(&session.project, &session.library, found, decision))
}

/// The heads of the library's pages: what of them bears on a result.
struct Pages<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Pages<'a> {
    fn new(library: &'a LoadedLibrary) -> Self {
        Pages(library.sources.iter().map(|(_, file)| (&*file.name, head(&file.text))).collect())
    }

    fn content(&self, project: &Project, library: &LoadedLibrary, finding: &Finding, decision: &Decision) -> Vec<Part> {
        let Some(threat) = library.library.threats.get(finding.threat as usize) else { return Vec::new() };
        let page = self.0.get(&*threat.file).copied().unwrap_or(&threat.condition);
        vauban_risk::treatments::content(finding, threat, page, &project.model, decision)
    }
}

/// The block of settings at the top of a page: a better sentence below it is no other version.
fn head(text: &str) -> &str {
    let Some((_, rest)) = text.split_once("```toml\n") else { return text };
    rest.split_once("\n```").map_or(rest, |(head, _)| head)
}

/// Whether the model says that what a treatment was to bring about is not there.
pub fn is_denied(session: &Session, it: &TreatmentOf) -> bool {
    let finding = session.analysis.findings.iter().find(|finding| finding.id == it.finding);
    finding.is_some_and(|finding| vauban_risk::treatments::denies(finding, it))
}

/// What somebody means to decide, for binding and for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What is done.
    pub treatment: Treatment,
    /// Why.
    pub reason: Box<str>,
    /// Who answers for it.
    pub owner: Box<str>,
    /// Its last day.
    pub until: Option<Box<str>>,
}

/// The proposal about a finding that waits for an approval: of the record where it has one, else of the decisions.
pub fn proposal(session: &Session, finding: &str) -> Option<Proposal> {
    let it = session.treatments.iter().find(|it| *it.finding == *finding)?;
    Some(Proposal {
        treatment: it.treatment,
        reason: it.reason.clone(),
        owner: it.owner.clone(),
        until: it.until.clone(),
    })
}
