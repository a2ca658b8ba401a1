//! 02: which systems and what is in them, what was left out and why, what nobody said.

use vauban_export::evidence::{List, sha256};
use vauban_format::write_model;
use vauban_model::model::{ElementRef, Model};
use vauban_model::vocabulary::{Domain, fact};
use vauban_rules::library::threat::value_text;

use super::scene::{Scene, System, joined};

/// Systems, elements, scope, assumptions, open questions.
pub(super) fn lists(scene: &Scene<'_>) -> Vec<List> {
    vec![systems(scene), elements(scene), scope(scene), assumptions(scene), questions(scene)]
}

fn systems(scene: &Scene<'_>) -> List {
    let columns = [
        "id",
        "name",
        "owner",
        "criticality",
        "model",
        "format",
        "model_sha256",
        "components",
        "flows",
        "data",
        "threats_open",
        "threats_decided",
        "threats_stopped",
        "questions_open",
        "risk_inherent",
        "risk_current",
        "risk_residual",
    ];
    let mut list = scene.state("02-scope-inventory/systems", "The systems in scope of this pack", &columns);
    for system in &scene.systems {
        let model = &system.session.project.model;
        let analysis = &system.session.analysis;
        let open = analysis.findings.iter().filter(|finding| finding.status.is_open()).count();
        let risk = analysis.risks.iter().find(|risk| risk.element.domain == Domain::System);
        let [inherent, current, residual] = risk.map_or_else(Default::default, |risk| {
            [risk.inherent, risk.current, risk.residual].map(|level| level.as_str().to_owned())
        });
        list.rows.push(vec![
            system.slug.clone(),
            system.name(),
            model.system.owner.as_deref().unwrap_or_default().to_owned(),
            model.system.word(fact::CRITICALITY).unwrap_or_default().to_owned(),
            system.path.to_owned(),
            system.session.project.format.to_owned(),
            sha256(write_model(model).as_bytes()),
            model.components.len().to_string(),
            model.flows.len().to_string(),
            model.data.len().to_string(),
            open.to_string(),
            (analysis.findings.len() - open).to_string(),
            analysis.mitigated.len().to_string(),
            analysis.questions_total.to_string(),
            inherent,
            current,
            residual,
        ]);
    }
    list.selection = "Every model that was named when the pack was made.".to_owned();
    list.complete =
        "Systems without a model are not known to Vauban: compare with the organisation's list of systems. \
        `model_sha256` is that of `03-models/<id>/model.yaml`."
            .to_owned();
    list
}

fn elements(scene: &Scene<'_>) -> List {
    let columns = [
        "id",
        "system",
        "kind",
        "name",
        "what",
        "technology",
        "owner",
        "classification",
        "importance",
        "inside",
        "in_scope",
        "why_out_of_scope",
        "risk_current",
        "description",
        "stands_at",
    ];
    let mut list =
        scene.state("02-scope-inventory/inventory", "Everything in the models: components, flows, data, …", &columns);
    for system in &scene.systems {
        let model = &system.session.project.model;
        for domain in Domain::ALL.into_iter().filter(|domain| *domain != Domain::System) {
            for (at, element) in model.elements(domain) {
                let risk = system.session.analysis.risks.iter().find(|risk| risk.element == at);
                let word = |id| element.word(id).unwrap_or_default().to_owned();
                list.rows.push(vec![
                    system.id(&format!("{}:{}", domain.as_str(), element.id)),
                    system.name(),
                    domain.as_str().to_owned(),
                    element.name.to_string(),
                    what(model, at),
                    joined(element.words(fact::TECHNOLOGY)),
                    element.owner.as_deref().unwrap_or_default().to_owned(),
                    word(fact::CLASSIFICATION),
                    importance(model, at),
                    inside(model, at),
                    if model.in_scope(at) { "yes" } else { "no" }.to_owned(),
                    element.out_of_scope.as_ref().map(|out| out.reason.to_string()).unwrap_or_default(),
                    risk.map(|risk| risk.current.as_str().to_owned()).unwrap_or_default(),
                    element.description.to_string(),
                    system.place(element.span),
                ]);
            }
        }
    }
    list.selection =
        "Every component, flow, boundary, data asset and identity of every model, in scope or not.".to_owned();
    list.complete =
        "The models are listed whole. What a model leaves out is not known; infrastructure that was read from \
        code is as complete as the code."
            .to_owned();
    list
}

/// What kind of thing it is.
fn what(model: &Model, at: ElementRef) -> String {
    let Some(element) = model.get(at) else { return String::new() };
    let id = match at.domain {
        Domain::Component => fact::KIND,
        Domain::Boundary => fact::BOUNDARY_KIND,
        Domain::Identity => fact::IDENTITY_KIND,
        Domain::Flow => {
            let Some(flow) = model.flows.get(at.at()) else { return String::new() };
            let name = |index| model.name(ElementRef { domain: Domain::Component, index });
            return format!("{} -> {}", name(flow.source), name(flow.target));
        }
        Domain::Data | Domain::System => {
            let kinds = element.fact(fact::DATA_KINDS);
            return kinds.map(|kinds| value_text(model, kinds.id, &kinds.value)).unwrap_or_default();
        }
    };
    element.word(id).unwrap_or_default().to_owned()
}

/// How much integrity and availability matter.
fn importance(model: &Model, at: ElementRef) -> String {
    let Some(element) = model.get(at) else { return String::new() };
    let parts = [("integrity", fact::INTEGRITY), ("availability", fact::AVAILABILITY)];
    let said: Vec<String> =
        parts.iter().filter_map(|(name, id)| Some(format!("{name} {}", element.word(*id)?))).collect();
    said.join("; ")
}

/// The boundary around it.
fn inside(model: &Model, at: ElementRef) -> String {
    let boundary = match at.domain {
        Domain::Component => model.components.get(at.at()).and_then(|component| component.boundary),
        Domain::Boundary => model.boundaries.get(at.at()).and_then(|boundary| boundary.parent),
        _ => None,
    };
    boundary.map(|index| model.name(ElementRef { domain: Domain::Boundary, index }).to_owned()).unwrap_or_default()
}

fn scope(scene: &Scene<'_>) -> List {
    let columns = ["id", "system", "scope", "what", "why", "stands_at"];
    let mut list = scene.state("02-scope-inventory/scope", "What the models say is in scope and out of it", &columns);
    for system in &scene.systems {
        let model = &system.session.project.model;
        for (word, statements) in [("in", &model.in_scope), ("out", &model.out_of_scope)] {
            for (number, statement) in (1usize..).zip(statements) {
                list.rows.push(vec![
                    system.id(&format!("{word}-{number}")),
                    system.name(),
                    word.to_owned(),
                    statement.what.to_string(),
                    statement.why.to_string(),
                    system.place(statement.span),
                ]);
            }
        }
    }
    list.selection =
        "Every statement of scope in every model. Single elements that are out of scope are marked in the \
        inventory."
            .to_owned();
    list.complete = "The models are listed whole.".to_owned();
    list
}

fn assumptions(scene: &Scene<'_>) -> List {
    let columns = ["id", "system", "assumption", "about", "owner", "stands_at"];
    let mut list = scene.state("02-scope-inventory/assumptions", "What the models take for granted", &columns);
    for system in &scene.systems {
        for it in &system.session.project.model.assumptions {
            list.rows.push(vec![
                system.id(&it.id),
                system.name(),
                it.text.to_string(),
                system.names(&it.about),
                it.owner.as_deref().unwrap_or_default().to_owned(),
                system.place(it.span),
            ]);
        }
    }
    list.selection = "Every assumption in every model.".to_owned();
    list.complete = "The models are listed whole; what nobody wrote down is not here.".to_owned();
    list
}

fn questions(scene: &Scene<'_>) -> List {
    let columns = ["id", "system", "question", "about", "worst_risk", "threats_that_depend", "stands_at"];
    let mut list =
        scene.state("02-scope-inventory/open-questions", "What nobody said yet and would change the result", &columns);
    let mut left_out = 0usize;
    for system in &scene.systems {
        let analysis = &system.session.analysis;
        left_out += analysis.questions_total.saturating_sub(analysis.questions.len());
        list.rows.extend(analysis.questions.iter().map(|question| row(system, question)));
    }
    list.selection = "Every question that the analysis asks, the most important first within a system.".to_owned();
    list.complete = match left_out {
        0 => "All of them are listed.".to_owned(),
        more => format!("{more} more of less weight are not listed: no analysis lists more than it was asked for."),
    };
    list
}

fn row(system: &System<'_>, question: &vauban_model::finding::Question) -> Vec<String> {
    vec![
        system.id(&question.id),
        system.name(),
        question.text.to_string(),
        system.session.project.model.name(question.element).to_owned(),
        question.risk.as_str().to_owned(),
        question.findings.len().to_string(),
        system.place(question.span),
    ]
}
