//! How good the models are, and whether they are right.

use vauban_model::finding::{Status, Treatment};
use vauban_model::record::{EventKind, independent};
use vauban_model::treatment::Stage;

use super::{Class, Metric, Scene, Value, number};
use crate::session::Session;

pub(super) fn metrics(scene: &Scene<'_>) -> Vec<Metric> {
    let metric = |class, id, name, definition, value| Metric { id, class, name, definition, value };
    let (quality, validation) = (Class::Quality, Class::Validation);
    vec![
        metric(
            quality,
            "models-complete",
            "Models that are complete",
            "Models with an owner, what is in scope, assumptions, trust boundaries and flows, and a decision on every threat above \
             the methodology's tolerance, of all models.",
            Value::share(
                scene.sessions.iter().filter(|it| complete(it)).count(),
                scene.sessions.len(),
                "no model was named",
            ),
        ),
        metric(
            quality,
            "threats-per-model",
            "Threats per model",
            "Findings, decided or not, over models. By itself it says nothing about quality.",
            Value::Mean(number(findings(scene).count()), number(scene.sessions.len()), "threats"),
        ),
        metric(
            quality,
            "false-positives",
            "Threats called false positives",
            "Findings decided to be false positives, of all findings.",
            Value::share(
                findings(scene).filter(|status| *status == Status::FalsePositive).count(),
                findings(scene).count(),
                "the library found no threats on the models",
            ),
        ),
        metric(
            quality,
            "reviews-passed",
            "Independent reviews that passed",
            "Closed reviews said to be independent (`--independent`), in which nobody took part who proposed or changed what was reviewed, that did not end in rework; of all such reviews.",
            passed(scene),
        ),
        metric(
            quality,
            "traced",
            "Mitigations tied to a control and to what shows it",
            "Threats to be mitigated that name a control and have evidence on record, of all threats to be mitigated.",
            traced(scene),
        ),
        metric(
            validation,
            "escape-rate",
            "Incidents that no model predicted",
            "Incidents on record that name no finding (`finding`), of all incidents. Findings of tests count where they are \
             recorded as incidents.",
            incidents(scene, false),
        ),
        metric(
            validation,
            "mitigations-verified",
            "Mitigations that were verified",
            "Treatments that a fact of the model or a document shows to be carried out, of all that are said to be carried out.",
            verified(scene),
        ),
        metric(
            validation,
            "incidents-linked",
            "Incidents tied to a threat",
            "Incidents on record that name a finding, of all incidents.",
            incidents(scene, true),
        ),
    ]
}

fn findings<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = Status> + 'a {
    scene.sessions.iter().flat_map(|session| session.analysis.findings.iter().map(|finding| finding.status))
}

fn complete(session: &Session) -> bool {
    let model = &session.project.model;
    let tolerance = session.project.methodology.tolerance;
    let decided =
        session.analysis.findings.iter().all(|finding| !finding.status.is_open() || finding.current.risk <= tolerance);
    let said = !model.in_scope.is_empty() && !model.assumptions.is_empty();
    model.system.owner.is_some() && said && !model.boundaries.is_empty() && !model.flows.is_empty() && decided
}

fn passed(scene: &Scene<'_>) -> Value {
    let (mut passed, mut all) = (0, 0);
    let events = scene.events();
    for event in &events {
        if independent(event, &events) {
            all += 1;
            passed += usize::from(event.detail("outcome") != Some("rework"));
        }
    }
    // A review that nobody called independent is not one.
    let there = scene.records().into_iter().any(|record| !scene.reviews_of(record).is_empty());
    let none = if there { "no review on record is said to be independent".to_owned() } else { scene.none("reviews") };
    Value::share(passed, all, &none)
}

fn traced(scene: &Scene<'_>) -> Value {
    let all = scene.sessions.iter().flat_map(|session| &session.treatments);
    let (mut traced, mut count) = (0, 0);
    for it in all.filter(|it| it.treatment == Treatment::Mitigate && it.stage.holds()) {
        count += 1;
        let named = !it.controls.is_empty() || it.evidence.iter().any(|text| text.contains("the model says"));
        traced += usize::from(named && !it.evidence.is_empty());
    }
    Value::share(traced, count, "no threat is to be mitigated")
}

fn verified(scene: &Scene<'_>) -> Value {
    let stages = scene.sessions.iter().flat_map(|session| session.treatments.iter().map(|it| it.stage));
    let done: Vec<Stage> = stages.filter(|stage| stage.is_done() || *stage == Stage::Contradicted).collect();
    let verified = done.iter().filter(|stage| **stage == Stage::Verified).count();
    Value::share(verified, done.len(), "no treatment is said to be carried out")
}

fn incidents(scene: &Scene<'_>, linked: bool) -> Value {
    let events = scene.events();
    let all: Vec<_> = events.iter().filter(|event| event.kind == EventKind::Incident).collect();
    let of = all.iter().filter(|event| event.detail("finding").is_some() == linked).count();
    Value::share(of, all.len(), &scene.none("incidents"))
}
