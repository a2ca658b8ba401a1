//! Controls as responses to a risk: what would help, and what is there already.

use vauban_model::finding::{ControlNeed, Finding};

use super::context::Context;
use super::shapes::{MitigatingFactor, Property, Response};
use super::{ids, words};

/// Controls that would stop or weaken a finding and are not known to be there, as recommendations.
pub(super) fn recommendations(context: &Context<'_>, finding: &Finding) -> Vec<Response> {
    let missing = finding.controls.iter().filter(|need| need.present != Some(true));
    missing.map(|need| recommendation(context, finding, need)).collect()
}

fn recommendation(context: &Context<'_>, finding: &Finding, need: &ControlNeed) -> Response {
    let control = context.digest.control(&need.control);
    let summary = control.map(|it| &*it.summary).unwrap_or_default();
    let there = if need.present == Some(false) {
        "The model says that it is missing"
    } else {
        "Nobody says whether it is there"
    };
    let mut props = vec![words::standard("type", "mitigate")];
    props.extend(control_properties(context, &need.control));
    props.extend(control.and_then(|it| words::property("effort", it.effort.as_str())));
    Response {
        uuid: context.ids.of("recommendation", &key(finding, need)),
        lifecycle: "recommendation",
        title: words::line(context.digest.control_name(&need.control)),
        description: words::sentences([summary, &effect(need), there]),
        props,
        origins: vec![context.by_tool()],
        tasks: Vec::new(),
    }
}

/// Controls that are there and weaken a finding.
pub(super) fn mitigating_factors(context: &Context<'_>, finding: &Finding) -> Vec<MitigatingFactor> {
    let there = finding.controls.iter().filter(|need| need.present == Some(true));
    there
        .map(|need| MitigatingFactor {
            uuid: context.ids.of("mitigating-factor", &key(finding, need)),
            description: words::sentences([
                context.digest.control_name(&need.control),
                &effect(need),
                &context.fact(&need.evidence),
            ]),
            props: control_properties(context, &need.control),
            subjects: context.subjects([need.evidence.element]),
        })
        .collect()
}

fn key(finding: &Finding, need: &ControlNeed) -> String {
    format!("{}\0{}", finding.id, need.control)
}

fn effect(need: &ControlNeed) -> String {
    match need.weakens {
        None => "Stops the threat".to_owned(),
        Some(1) => "Makes it less likely by one level".to_owned(),
        Some(levels) => format!("Makes it less likely by {levels} levels"),
    }
}

/// A control by its id in the library, and the requirements that it supports.
pub(super) fn control_properties(context: &Context<'_>, id: &str) -> Vec<Property> {
    let mut out: Vec<Property> = words::property("control", id).into_iter().collect();
    let requirements = context.digest.control(id).into_iter().flat_map(|control| &control.requirements);
    out.extend(requirements.filter_map(|requirement| words::property("supports", &requirement.to_string())));
    out
}

/// The ids, in the first catalogue, of the requirements that a control supports.
pub(super) fn in_first_catalogue(context: &Context<'_>, id: &str) -> Vec<String> {
    let Some(catalogue) = context.catalogues.first() else { return Vec::new() };
    let requirements = context.digest.control(id).into_iter().flat_map(|control| &control.requirements);
    requirements.filter(|it| catalogue.is(&it.framework)).map(|it| ids::control(&it.requirement)).collect()
}
