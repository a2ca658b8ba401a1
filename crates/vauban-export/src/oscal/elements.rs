//! Elements of the model as OSCAL's components.
//!
//! OSCAL has no data flows, trust boundaries or data assets. All of them are components here, because only a component
//! can be the subject of an observation everywhere; their type says what they are. OSCAL lets types be other words than
//! its own.

use vauban_model::model::{ElementRef, symbol_of};
use vauban_model::vocabulary::{Domain, fact};

use super::context::Context;
use super::shapes::{ComponentStatus, Link, Property, SystemComponent};
use super::words;
use crate::digest;

/// Every element as a component of the assessed system.
pub(super) fn components(context: &mut Context<'_>) -> Vec<SystemComponent> {
    let all = context.every_element();
    all.into_iter().filter_map(|element| component(context, element)).collect()
}

fn component(context: &mut Context<'_>, element: ElementRef) -> Option<SystemComponent> {
    let owner = context.report.model.get(element)?.owner.clone();
    Some(SystemComponent {
        uuid: context.element(element),
        kind: kind(context, element),
        title: words::line(&digest::name(context.report.model, element)),
        description: description(context, element),
        props: properties(context, element),
        links: links(context, element),
        status: ComponentStatus {
            state: "other",
            remarks: Some("A threat model does not say whether the part is running yet."),
        },
        responsible_roles: context.role(super::context::OWNER, owner.as_deref().unwrap_or_default()),
    })
}

/// The type: OSCAL's own word where it has one.
pub(super) fn kind(context: &Context<'_>, element: ElementRef) -> &'static str {
    match element.domain {
        Domain::System => "this-system",
        Domain::Flow => "data-flow",
        Domain::Boundary => "trust-boundary",
        Domain::Data => "data",
        Domain::Identity => "identity",
        Domain::Component => {
            let known = context.report.analysis.kinds.get(element.at()).copied().flatten();
            match known {
                None => "component",
                Some(_) if known == symbol_of(fact::KIND, "external-entity") => "external-entity",
                Some(_) => "software",
            }
        }
    }
}

/// What is said about an element, or where it belongs when nothing is.
pub(super) fn description(context: &Context<'_>, element: ElementRef) -> String {
    let model = context.report.model;
    let said = model.get(element).map(|it| &*it.description).unwrap_or_default();
    let kind = element.domain.as_str();
    match (words::value(said), element.domain) {
        (Some(said), _) => words::line(&said),
        (None, Domain::System) => "The system that was modelled.".to_owned(),
        (None, _) => words::line(&format!("A {kind} of {}.", model.system.name)),
    }
}

/// What the model knows of an element that OSCAL has no field for.
pub(super) fn properties(context: &Context<'_>, element: ElementRef) -> Vec<Property> {
    let Some(entry) = context.report.model.get(element) else { return Vec::new() };
    let mut out: Vec<Option<Property>> = vec![words::property("model-id", &entry.id)];
    if element.domain == Domain::Component {
        out.push(entry.word(fact::KIND).and_then(|word| words::property("kind", word)));
    }
    out.extend(entry.words(fact::TECHNOLOGY).iter().map(|technology| words::property("technology", technology)));
    out.push(entry.word(fact::CLASSIFICATION).and_then(|word| words::property("classification", word)));
    out.push(entry.word(fact::CRITICALITY).and_then(|word| words::property("criticality", word)));
    out.extend(entry.tags.iter().map(|tag| words::property("tag", tag)));
    if !context.report.model.in_scope(element) {
        let reason = entry.out_of_scope.as_ref().map(|it| words::line(&it.reason));
        out.push(words::property_because("out-of-scope", "yes", reason));
    }
    out.push(context.place_property(entry.span));
    out.into_iter().flatten().collect()
}

/// The ends of a flow, and what an element lies in.
pub(super) fn links(context: &Context<'_>, element: ElementRef) -> Vec<Link> {
    let model = context.report.model;
    let to = |rel: &'static str, domain: Domain, index: Option<u32>| {
        let target = ElementRef { domain, index: index? };
        let text = Some(words::line(&model.get(target)?.name));
        Some(Link { href: format!("#{}", context.element(target)), rel, text })
    };
    let both = match element.domain {
        Domain::Flow => {
            let flow = model.flows.get(element.at());
            [
                to("source", Domain::Component, flow.map(|it| it.source)),
                to("target", Domain::Component, flow.map(|it| it.target)),
            ]
        }
        Domain::Component => {
            let component = model.components.get(element.at());
            [
                to("inside", Domain::Boundary, component.and_then(|it| it.boundary)),
                to("part-of", Domain::Component, component.and_then(|it| it.parent)),
            ]
        }
        Domain::Boundary => {
            [to("inside", Domain::Boundary, model.boundaries.get(element.at()).and_then(|it| it.parent)), None]
        }
        _ => [None, None],
    };
    both.into_iter().flatten().collect()
}
