//! Code that somebody writes and a pipeline runs: whoever changes the source runs code in what the stages start.

use rustc_hash::FxHashMap;
use vauban_model::finding::{Applies, CloudStep};
use vauban_model::model::ElementRef;
use vauban_model::resource::{Resource, Value};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::Domain;

use super::Inputs;
use super::structure::{evidence, state, step};

/// What actions of a pipeline name by a text: the provider of the action, the key of its configuration, the type, and the
/// attribute that is the name.
///
/// Source: AWS CodePipeline user guide, "Action structure reference".
const NAMED: [(&str, &str, &str, &str); 5] = [
    ("CodeCommit", "RepositoryName", "aws_codecommit_repository", "repository_name"),
    ("ECR", "RepositoryName", "aws_ecr_repository", "name"),
    ("CodeBuild", "ProjectName", "aws_codebuild_project", "name"),
    ("Lambda", "FunctionName", "aws_lambda_function", "function_name"),
    ("ECS", "ServiceName", "aws_ecs_service", "name"),
];

/// Resources by type and name.
type ByName = FxHashMap<(&'static str, String), u32>;

/// A name as it is compared. The round of a loop is not the same in two loops.
fn name_of(inputs: &Inputs<'_, '_>, value: &Value) -> Option<String> {
    let name = inputs.estate.render(value);
    (!["${each", "${count"].iter().any(|part| name.contains(part))).then_some(name)
}

/// The resources that actions of pipelines may name, the first of each name.
fn by_name(inputs: &Inputs<'_, '_>) -> ByName {
    let mut out = ByName::default();
    for (_, _, ty, attribute) in NAMED {
        for at in inputs.estate.of_type(ty) {
            let name = inputs.estate.resource(*at).get(attribute).and_then(|value| name_of(inputs, value));
            if let Some(name) = name {
                out.entry((ty, name)).or_insert(*at);
            }
        }
    }
    out
}

/// What an action of a pipeline refers to, and what it names without a reference.
fn meant(inputs: &Inputs<'_, '_>, action: &Value, names: &ByName) -> Vec<u32> {
    let estate = inputs.estate;
    let mut out = estate.referred(action);
    let provider = action.get("provider").and_then(Value::as_text);
    for (of, key, ty, _) in NAMED {
        if provider.is_some_and(|provider| provider != of) || out.iter().any(|at| &*estate.resource(*at).ty == ty) {
            continue;
        }
        let name = action.get("configuration").and_then(|configuration| configuration.get(key));
        let name = name.and_then(|value| name_of(inputs, value));
        out.extend(name.and_then(|name| names.get(&(ty, name)).copied()));
    }
    out
}

/// Steps from the sources of pipelines to what their stages start.
pub(super) fn steps(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let pipelines = inputs.estate.of_type("aws_codepipeline");
    let webhooks = inputs.estate.of_type("aws_codebuild_webhook");
    let names = if pipelines.is_empty() && webhooks.is_empty() { ByName::default() } else { by_name(inputs) };
    for at in pipelines {
        let pipeline = inputs.estate.resource(*at);
        let (sources, started) = ends(inputs, pipeline, &names);
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
            let mut targets = told.get(by).map(|value| inputs.estate.referred(value)).unwrap_or_default();
            let name = told.get(by).filter(|_| targets.is_empty() && by == "project_name");
            if let Some(name) = name.and_then(|value| name_of(inputs, value)) {
                targets.extend(names.get(&("aws_codebuild_project", name)).copied());
            }
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
fn ends(inputs: &Inputs<'_, '_>, pipeline: &Resource, names: &ByName) -> (Vec<ElementRef>, Vec<(State, bool)>) {
    let estate = inputs.estate;
    let (mut sources, mut started): (Vec<ElementRef>, Vec<(State, bool)>) = (Vec::new(), Vec::new());
    let mut approved = false;
    let actions = pipeline.get("stage").map(Value::each).unwrap_or_default();
    let actions = actions.iter().flat_map(|stage| stage.get("action").map(Value::each).unwrap_or_default());
    for action in actions {
        let category = action.get("category").and_then(Value::as_text).unwrap_or_default();
        approved |= category == "Approval";
        let named = meant(inputs, action, names);
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
