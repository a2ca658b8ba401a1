//! Code that somebody writes and a pipeline runs: whoever changes the source runs code in what the stages start.

use vauban_model::finding::{Applies, CloudStep};
use vauban_model::model::ElementRef;
use vauban_model::resource::{Resource, Value};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::Domain;

use super::Inputs;
use super::structure::{evidence, state, step};

/// Steps from the sources of pipelines to what their stages start.
pub(super) fn steps(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    for at in inputs.estate.of_type("aws_codepipeline") {
        let pipeline = inputs.estate.resource(*at);
        let (sources, started) = ends(inputs, pipeline);
        for (source, approved) in sources.iter().flat_map(|source| [(source, false), (source, true)]) {
            let these = started.iter().filter(|(gain, after)| gain.element != *source && *after == approved);
            let gains: Vec<State> = these.map(|(gain, _)| *gain).collect();
            if let Some(first) = gains.first() {
                let label = format!("pipeline {} runs what is in its source", pipeline.name);
                let proof = evidence(*source, "is built by", &*pipeline.address, pipeline.span);
                let needs = vec![vec![state(Verb::Alter, *source)]];
                let mut one = step("triggers", *source, first.element, needs, gains.clone(), proof);
                one.label = label.into();
                if approved {
                    one.assumptions
                        .push(format!("whoever approves in pipeline {} lets it through", pipeline.name).into());
                    one.applies = Applies::Asks;
                }
                out.push(one);
            }
        }
    }
    // A project that is told of every push builds what was pushed; without a webhook somebody has to start it.
    for (ty, by) in [("aws_codebuild_webhook", "project_name"), ("aws_amplify_branch", "app_id")] {
        for at in inputs.estate.of_type(ty) {
            let told = inputs.estate.resource(*at);
            let targets = told.get(by).map(|value| inputs.estate.referred(value)).unwrap_or_default();
            for target in targets {
                let project = inputs.estate.resource(target);
                let from = project.get("source.location").or_else(|| project.get("repository"));
                let sources = from.map(|value| inputs.estate.referred(value)).unwrap_or_default();
                let Some(runs) = component(inputs, target) else { continue };
                for source in sources.into_iter().filter_map(|at| component(inputs, at)).filter(|one| *one != runs) {
                    let proof = evidence(source, "is built by", &*project.address, told.span);
                    let needs = vec![vec![state(Verb::Alter, source)]];
                    let mut one = step("triggers", source, runs, needs, vec![state(Verb::RunCode, runs)], proof);
                    one.label = format!("{} builds what is pushed", project.name).into();
                    out.push(one);
                }
            }
        }
    }
}

fn component(inputs: &Inputs<'_, '_>, at: u32) -> Option<ElementRef> {
    inputs.lowered.element(at).filter(|element| element.domain == Domain::Component)
}

/// Where a pipeline takes from what it runs, and what it starts with it: code in builds and services, roles that deploy;
/// with whether somebody has to approve before.
fn ends(inputs: &Inputs<'_, '_>, pipeline: &Resource) -> (Vec<ElementRef>, Vec<(State, bool)>) {
    let estate = inputs.estate;
    let (mut sources, mut started): (Vec<ElementRef>, Vec<(State, bool)>) = (Vec::new(), Vec::new());
    let mut approved = false;
    let actions = pipeline.get("stage").map(Value::each).unwrap_or_default();
    let actions = actions.iter().flat_map(|stage| stage.get("action").map(Value::each).unwrap_or_default());
    for action in actions {
        let category = action.get("category").and_then(Value::as_text).unwrap_or_default();
        approved |= category == "Approval";
        let named = estate.referred(action);
        if category == "Source" {
            for source in named.into_iter().filter_map(|at| component(inputs, at)) {
                if !sources.contains(&source) {
                    sources.push(source);
                }
            }
            continue;
        }
        for at in named {
            let Some(element) = inputs.lowered.element(at) else { continue };
            let verb = match (element.domain, &*estate.resource(at).ty) {
                // What deploys a template acts as the role that the action gives it.
                (Domain::Identity, "aws_iam_role") if category == "Deploy" => Verb::ActAs,
                (Domain::Component, "aws_codebuild_project" | "aws_lambda_function" | "aws_ecs_service") => {
                    Verb::RunCode
                }
                _ => continue,
            };
            if !started.iter().any(|(known, _)| known.element == element) {
                started.push((state(verb, element), approved));
            }
        }
        // Commands of a pipeline run as its own role.
        if category == "Compute"
            && let Some(role) = pipeline.get("role_arn").and_then(|role| estate.referred(role).first().copied())
            && let Some(element) = inputs.lowered.element(role).filter(|element| element.domain == Domain::Identity)
        {
            started.push((state(Verb::ActAs, element), approved));
        }
    }
    // Between its stages it lies in the store of artifacts, and is taken from there.
    let store = pipeline.get("artifact_store").map(|value| estate.referred(value)).unwrap_or_default();
    for source in store.into_iter().filter_map(|at| component(inputs, at)) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    (sources, started)
}
