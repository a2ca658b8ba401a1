//! The component definition: the parts of the system, and the controls that they are said to have.
//!
//! What the model says about a control is a statement of whoever wrote it, not proof. Each one carries its origin and its
//! place, and the words of the note beside it.

use std::collections::BTreeMap;

use serde::Serialize;
use vauban_model::model::{ControlStatement, ElementRef};

use super::context::{Context, OWNER};
use super::shapes::{BackMatter, Link, Property, ResponsibleRole};
use super::{Catalogue, elements, ids, words};
use crate::digest;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Body {
    components: Vec<DefinedComponent>,
    back_matter: BackMatter,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct DefinedComponent {
    uuid: String,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    description: String,
    props: Vec<Property>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    responsible_roles: Vec<ResponsibleRole>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    control_implementations: Vec<ControlImplementation>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ControlImplementation {
    uuid: String,
    source: String,
    description: String,
    implemented_requirements: Vec<ImplementedRequirement>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ImplementedRequirement {
    uuid: String,
    control_id: String,
    description: String,
    props: Vec<Property>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

pub(super) fn body(context: &mut Context<'_>) -> Body {
    let all = context.every_element();
    let components = all.into_iter().filter_map(|element| component(context, element)).collect();
    Body { components, back_matter: context.back_matter() }
}

fn component(context: &mut Context<'_>, element: ElementRef) -> Option<DefinedComponent> {
    let entry = context.report.model.get(element)?;
    let mut props = elements::properties(context, element);
    props.extend(entry.controls.iter().filter_map(|statement| stated(context, statement)));
    let implementations = context.catalogues.iter();
    let implementations =
        implementations.filter_map(|catalogue| implementation(context, element, &entry.controls, catalogue)).collect();
    Some(DefinedComponent {
        uuid: context.element(element),
        kind: elements::kind(context, element),
        title: words::line(&digest::name(context.report.model, element)),
        description: elements::description(context, element),
        props,
        links: elements::links(context, element),
        responsible_roles: context.role(OWNER, entry.owner.as_deref().unwrap_or_default()),
        control_implementations: implementations,
    })
}

/// A control that is said to be there or not, with who says so: also those that no catalogue has.
fn stated(context: &Context<'_>, statement: &ControlStatement) -> Option<Property> {
    let name = if statement.present { "control" } else { "control-missing" };
    words::property_because(name, &statement.control, Some(said(context, statement)))
}

/// What is said of a control, by whom and where.
fn said(context: &Context<'_>, statement: &ControlStatement) -> String {
    let name = context.digest.control_name(&statement.control);
    let place = context.place(statement.span).map(|place| format!(", {place}")).unwrap_or_default();
    let whether = if statement.present { "in place" } else { "not in place" };
    let who = format!("{name} is {whether} ({}{place})", statement.origin.as_str());
    words::sentences([&*who, statement.note.as_deref().unwrap_or_default()])
}

/// The requirements of a catalogue that the controls in place at an element support; none where there are none.
fn implementation(
    context: &Context<'_>,
    element: ElementRef,
    statements: &[ControlStatement],
    catalogue: &Catalogue,
) -> Option<ControlImplementation> {
    let mut by_requirement: BTreeMap<String, Vec<&ControlStatement>> = BTreeMap::new();
    for statement in statements.iter().filter(|it| it.present) {
        let control = context.digest.control(&statement.control);
        let requirements = control.into_iter().flat_map(|it| &it.requirements);
        for requirement in requirements.filter(|it| catalogue.is(&it.framework)) {
            let supporting = by_requirement.entry(ids::control(&requirement.requirement)).or_default();
            if !supporting.contains(&statement) {
                supporting.push(statement);
            }
        }
    }
    let at = format!("{}\0{}", context.element(element), catalogue.href);
    let implemented: Vec<ImplementedRequirement> = by_requirement
        .into_iter()
        .map(|(control_id, statements)| requirement(context, &at, control_id, &statements))
        .collect();
    (!implemented.is_empty()).then(|| ControlImplementation {
        uuid: context.ids.of("control-implementation", &at),
        source: catalogue.href.to_string(),
        description: words::sentences([
            &*catalogue.title,
            "Controls that the model says are in place, with the requirements that each supports. Each supports a part of \
             the requirement; none is a claim that it is met",
        ]),
        implemented_requirements: implemented,
    })
}

fn requirement(
    context: &Context<'_>,
    at: &str,
    control_id: String,
    statements: &[&ControlStatement],
) -> ImplementedRequirement {
    let said: Vec<String> = statements.iter().map(|statement| said(context, statement)).collect();
    let control = |statement: &&ControlStatement| words::property("control", &statement.control);
    let origin = |statement: &&ControlStatement| words::property("origin", statement.origin.as_str());
    let mut origins: Vec<Property> = Vec::new();
    for property in statements.iter().filter_map(origin) {
        if !origins.iter().any(|known| known.value == property.value) {
            origins.push(property);
        }
    }
    ImplementedRequirement {
        uuid: context.ids.of("implemented-requirement", &format!("{at}\0{control_id}")),
        control_id,
        description: said.join(" "),
        props: statements.iter().filter_map(control).chain(origins).collect(),
        links: statements.iter().flat_map(|statement| context.said_at(statement.span)).collect(),
    }
}
