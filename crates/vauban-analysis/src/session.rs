//! One project with its library, analysed: what clients hold on to.

use std::collections::BTreeSet;

use vauban_cloud::lower::ALSO_CALLED;
use vauban_model::finding::{Decision, Status};
use vauban_model::library::Threat;
use vauban_model::model::{Element, ElementRef, symbol_of};
use vauban_model::report::{Analysis, PathAnswer, Report};
use vauban_model::treatment::{Stage, TreatmentOf};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, Severity};
use vauban_rules::facts::Facts;

use crate::analyse::{Options, analyse};
use crate::embedded::LoadedLibrary;
use crate::engine::Engine;
use crate::foreign::{self, Rules};
use crate::infrastructure::{CanAnswer, CanError};
use crate::lint::Catalogues;
use crate::paths::Query;
use crate::project::{self, Project};
use crate::treatments;

/// A project, analysed.
#[derive(Debug)]
pub struct Session {
    /// What was read.
    pub project: Project,
    /// The library used.
    pub library: LoadedLibrary,
    /// Names of catalogue entries.
    pub catalogues: Catalogues,
    /// The decisions that were applied: the project's own and those a foreign format brought.
    pub decisions: Vec<Decision>,
    /// How far the treatment of each finding is, in the order of the findings' ids.
    pub treatments: Vec<TreatmentOf>,
    /// What came of it.
    pub analysis: Analysis,
    /// Everything there is to say about the input and the analysis.
    pub diagnostics: Vec<Diagnostic>,
    /// How it was analysed.
    pub options: Options,
    /// The library's threats and behind them those of the model's own rules, where these are applied.
    threats: Option<Vec<Threat>>,
    /// Ids that are new or worse than a baseline, where one was compared.
    pub new_findings: Option<Vec<Box<str>>>,
}

impl Session {
    /// Analyses a project.
    pub fn new(project: Project, library: LoadedLibrary, mut options: Options) -> Self {
        let mut decisions = vauban_risk::treatments::decisions_on(
            &project.decisions,
            project.record.as_ref(),
            &project.model.system.name,
            options.today.as_deref(),
        );
        let mut diagnostics = project.diagnostics.clone();
        let mut analysis =
            analyse(&project.model, &project.steps, &library.library, &project.methodology, &decisions, &options);
        if !project.imported_decisions.is_empty() {
            let known: Vec<&str> = analysis.findings.iter().map(|finding| &*finding.id).collect();
            let carried = project::carry_over(
                &project.imported_decisions,
                project.format,
                &library.library,
                &known,
                &mut diagnostics,
            );
            if !carried.is_empty() {
                decisions.extend(carried);
                analysis = analyse(
                    &project.model,
                    &project.steps,
                    &library.library,
                    &project.methodology,
                    &decisions,
                    &options,
                );
            }
        }
        let state = treatments::state(&project, &library, &decisions, &analysis, options.today.as_deref());
        diagnostics.extend(state.diagnostics);
        let mut treatments = state.treatments;
        if !state.void.is_empty() || !state.planned.is_empty() {
            options.void = state.void;
            options.planned = state.planned;
            analysis =
                analyse(&project.model, &project.steps, &library.library, &project.methodology, &decisions, &options);
            // What is left of a risk depends on what its decision's controls do.
            for treatment in treatments.iter_mut().filter(|treatment| options.planned.contains_key(&treatment.finding))
            {
                let finding = analysis.findings.iter().find(|finding| finding.id == treatment.finding);
                treatment.residual = finding.map(|finding| finding.residual.risk);
            }
        }
        let mut threats = None;
        if options.rules != Rules::Ours {
            let mut all = library.library.threats.clone();
            foreign::add(options.rules, &project, &mut all, &mut analysis);
            threats = Some(all);
            if project.embedded.is_empty() {
                let (severity, message) = match project.embedded_rules {
                    0 => (Severity::Warning, "the model's file brings no rules of its own along".to_owned()),
                    1 => (Severity::Note, "the one rule that the model's file brings along does not fire".to_owned()),
                    rules => (
                        Severity::Note,
                        format!("the model's file brings {rules} rules of its own along, and none fires"),
                    ),
                };
                diagnostics.push(Diagnostic::new(severity, "no-embedded-rules", None, message));
            }
        }
        // A decision that was shown to be carried out applies to nothing, as it should.
        let done = |it: &Diagnostic| {
            let verified = |treatment: &TreatmentOf| treatment.stage == Stage::Verified && treatment.span == it.span;
            it.code == "decision-unused" && it.span.is_some() && treatments.iter().any(verified)
        };
        diagnostics.extend(analysis.diagnostics.iter().filter(|it| !done(it)).cloned());
        Session {
            project,
            library,
            catalogues: Catalogues::default(),
            decisions,
            treatments,
            analysis,
            diagnostics,
            options,
            threats,
            new_findings: None,
        }
    }

    /// All that an output needs.
    pub fn report(&self) -> Report<'_> {
        Report {
            model: &self.project.model,
            sources: &self.project.sources,
            threats: self.threats.as_deref().unwrap_or(&self.library.library.threats),
            controls: &self.library.library.controls,
            attackers: &self.library.library.attackers,
            methodology: &self.project.methodology,
            decisions: &self.decisions,
            treatments: &self.treatments,
            permitted: &self.project.steps,
            analysis: &self.analysis,
            diagnostics: &self.diagnostics,
            names: &self.catalogues,
            version: env!("CARGO_PKG_VERSION"),
            today: self.options.today.as_deref(),
            new_findings: self.new_findings.as_deref(),
        }
    }

    /// Ids of the findings that were decided to be false positives.
    pub(crate) fn refuted(&self) -> BTreeSet<Box<str>> {
        let refuted = self.analysis.findings.iter().filter(|finding| finding.status == Status::FalsePositive);
        refuted.map(|finding| finding.id.clone()).collect()
    }

    /// Answers a question about paths.
    pub fn paths(&self, query: &Query) -> PathAnswer {
        let facts = Facts::new(&self.project.model, &self.library.library);
        let outcomes = crate::analyse::outcomes(&facts, &self.project.methodology, self.options.experimental);
        let engine = Engine::new(&facts, &self.project.methodology, &outcomes, &self.project.steps);
        let engine = engine.without(&self.refuted());
        crate::paths::answer(&engine, query)
    }

    /// What is known of a finding, for methods of scoring; `None` when there is no such finding.
    pub fn known(&self, finding: &str) -> Option<vauban_model::scoring::Known> {
        let finding = self.analysis.findings.iter().find(|known| *known.id == *finding)?;
        crate::scoring::known(self, finding)
    }

    /// Samples when attackers get what they want, and what it costs.
    pub fn simulate(&self, query: &crate::simulation::Query<'_>) -> vauban_model::simulation::Simulation {
        crate::simulation::answer(self, query)
    }

    /// Whether somebody may do something to something, for each principal that the name stands for.
    pub fn can(&self, who: &str, action: &str, what: Option<&str>) -> Result<Vec<CanAnswer>, CanError> {
        crate::infrastructure::can(self, who, action, what, None)
    }

    /// The same of what lies in a namespace of a cluster: an object by its kind and name, or whatever is there.
    pub fn can_in(
        &self,
        who: &str,
        action: &str,
        what: Option<&str>,
        namespace: &str,
    ) -> Result<Vec<CanAnswer>, CanError> {
        crate::infrastructure::can(self, who, action, what, Some(namespace))
    }

    /// Everything that is known of the element with an id; `a -> b` is a flow.
    pub fn about(&self, id: &str) -> Option<crate::about::About> {
        crate::about::about(self, id)
    }

    /// The element with an id: components first, then identities, data, boundaries, flows; `kind:id` names the kind.
    /// Otherwise the only one that bears the name, or whose address ends in it; what belongs to something else, such as a
    /// flow, a login or a password, is meant only where no thing itself is.
    pub fn element(&self, id: &str) -> Option<ElementRef> {
        if let Some((kind, rest)) = id.split_once(':')
            && let Some(domain) = Domain::parse(kind)
            && let Some(found) = self.find(domain, rest)
        {
            return Some(found);
        }
        BY_KIND
            .into_iter()
            .find_map(|domain| self.find(domain, id))
            .or_else(|| self.project.infrastructure.as_ref()?.element(id))
            .or_else(|| self.named(id))
    }

    /// Ids of the elements that share a name, or whose address ends in it; of use where [`Session::element`] finds none.
    pub fn sharing(&self, name: &str) -> Vec<&str> {
        let all = self.bearing(|element| *element.name == *name || ends_in(element, name));
        let things = all.iter().any(|(at, element)| !is_of_another(*at, element));
        all.into_iter()
            .filter(|(at, element)| !things || !is_of_another(*at, element))
            .map(|(_, element)| &*element.id)
            .collect()
    }

    /// The only element with a name, the only one that is also called so, or else the only one whose address ends in it: `aws_iam_user.bob` for
    /// `live/iam:aws_iam_user.bob`.
    fn named(&self, name: &str) -> Option<ElementRef> {
        let by_name = self.bearing(|element| *element.name == *name);
        let also = |(key, text): &(Box<str>, Box<str>)| &**key == ALSO_CALLED && &**text == name;
        let by_other_name = self.bearing(|element| element.extras.iter().any(also));
        let by_end = self.bearing(|element| ends_in(element, name));
        let all = [by_name, by_other_name, by_end];
        let things = all.iter().flatten().any(|(at, element)| !is_of_another(*at, element));
        all.into_iter().find_map(|found| {
            let mut meant = found.into_iter().filter(|(at, element)| !things || !is_of_another(*at, element));
            let (first, _) = meant.next()?;
            meant.next().is_none().then_some(first)
        })
    }

    /// The elements of which something is true.
    fn bearing(&self, is: impl Fn(&Element) -> bool) -> Vec<(ElementRef, &Element)> {
        let all = BY_KIND.into_iter().flat_map(|domain| self.project.model.elements(domain));
        all.filter(|(_, element)| is(element)).collect()
    }

    /// The accounts, projects and clusters that somebody could control as a whole.
    pub fn accounts(&self) -> Vec<ElementRef> {
        let kinds = ["cloud-account", "cluster"].map(|kind| symbol_of(fact::BOUNDARY_KIND, kind));
        let elements = self.project.model.elements(Domain::Boundary);
        elements.filter(|(_, e)| kinds.contains(&e.symbol(fact::BOUNDARY_KIND))).map(|(element, _)| element).collect()
    }

    fn find(&self, domain: Domain, id: &str) -> Option<ElementRef> {
        self.project.model.elements(domain).find(|(_, element)| &*element.id == id).map(|(element, _)| element)
    }
}

/// In which order kinds of elements are looked through for an id.
const BY_KIND: [Domain; 5] = [Domain::Component, Domain::Identity, Domain::Data, Domain::Boundary, Domain::Flow];

/// Whether an address ends in a whole part of it.
fn ends_in(element: &Element, end: &str) -> bool {
    element.id.strip_suffix(end).is_some_and(|before| before.ends_with([':', '.', '/']))
}

/// Whether an element only belongs to another whose name it bears: a flow to it, the login that opens it, a secret of it.
fn is_of_another(at: ElementRef, element: &Element) -> bool {
    match at.domain {
        Domain::Flow => true,
        Domain::Identity => element.id.starts_with("login:"),
        Domain::Data => ["password:", "secret:"].iter().any(|kind| element.id.starts_with(kind)),
        Domain::Component | Domain::Boundary | Domain::System => false,
    }
}
