//! Threat models as components, as tools wrote them before 2.0: what each is stands in its properties.

use rustc_hash::FxHashMap;
use vauban_model::model::{Boundary, Component, Flow, OutOfScope, Value};
use vauban_model::vocabulary::{Domain, fact};

use super::lower::{FORMAT, carried_data};
use super::raw;
use crate::draft::{Draft, Space, State, blank_threat, one_line};
use crate::extras::{Extras, keep, text_of};
use crate::listed::{add_flow, by_id, end, word};
use crate::log::short;
use crate::prose::protocol_word;
use crate::raw::{List, Text, items, or_empty};
use crate::way::of_field;

/// What says what a component is, and the beginning of everything else that is said so.
const PREFIX: &str = "cdx:model:";

/// Types that are components of the system, with their kind.
const KINDS: &[(&str, &str)] = &[
    ("actor", "external-entity"),
    ("external-entity", "external-entity"),
    ("externalentity", "external-entity"),
    ("process", "process"),
    ("server", "process"),
    ("lambda", "process"),
    ("component", "process"),
    ("service", "process"),
    ("store", "data-store"),
    ("datastore", "data-store"),
    ("data-store", "data-store"),
];

/// Reads every component of the type `threat-model`, however deep.
pub(super) fn lower(draft: &mut Draft, list: Option<&List<raw::Component<'_>>>) {
    let mut all: Vec<&raw::Component<'_>> = Vec::new();
    let mut waiting: Vec<&raw::Component<'_>> = items(list).collect();
    waiting.reverse();
    while let Some(component) = waiting.pop() {
        if component.kind.is_some_and(|kind| kind.text == "threat-model") {
            all.push(component);
            let parts: Vec<_> = items(component.components.as_ref()).collect();
            waiting.extend(parts.into_iter().rev());
        }
    }
    let typed: Vec<(&raw::Component<'_>, Said<'_>)> =
        all.into_iter().map(|component| (component, Said::of(component))).collect();
    let of =
        |wanted: &'static [&'static str]| typed.iter().filter(move |(_, said)| wanted.contains(&said.kind().as_str()));
    // Ends need what they join, so flows come after everything else.
    for (component, said) in of(&["boundary", "trust-boundary", "trustzone", "trust-zone"]) {
        boundary(draft, component, said);
    }
    for (component, said) in of(&["asset", "data"]) {
        asset(draft, component, said);
    }
    for (component, said) in typed.iter().filter(|(_, said)| word(KINDS, &said.kind()).is_some()) {
        part(draft, component, said);
    }
    for (component, said) in of(&["dataflow", "flow", "data-flow"]) {
        flow(draft, component, said);
    }
    for (component, said) in of(&["threat"]) {
        threat(draft, component, said);
    }
    const MODELLED: [&str; 10] = [
        "boundary",
        "trust-boundary",
        "trustzone",
        "trust-zone",
        "asset",
        "data",
        "dataflow",
        "flow",
        "data-flow",
        "threat",
    ];
    for (component, said) in &typed {
        let kind = said.kind();
        if word(KINDS, &kind).is_none() && !MODELLED.contains(&kind.as_str()) {
            group(draft, component, said);
        }
    }
}

/// The properties of a component.
struct Said<'a> {
    by_name: FxHashMap<&'a str, Text<'a>>,
}

impl<'a> Said<'a> {
    fn of(component: &raw::Component<'a>) -> Self {
        let mut by_name = FxHashMap::default();
        for property in items(component.properties.as_ref()) {
            // Whatever else it has is kept with all properties.
            let _ = &property.at;
            if let (Some(name), Some(value)) = (property.name, property.value) {
                by_name.entry(name.text.strip_prefix(PREFIX).unwrap_or(name.text)).or_insert(value);
            }
        }
        Said { by_name }
    }

    fn get(&self, name: &str) -> Option<Text<'a>> {
        self.by_name.get(name).copied().and_then(Text::given)
    }

    fn kind(&self) -> String {
        self.get("type").map_or_else(String::new, |kind| kind.text.to_lowercase())
    }
}

/// All that is said of a component, whatever of it is understood.
fn extras(component: &raw::Component<'_>) -> Extras {
    let mut extras = Extras::new();
    let own = component.at.node.as_mapping().unwrap_or_default();
    for entry in own {
        if !matches!(&*entry.key, "bom-ref" | "name" | "description" | "components" | "type") {
            keep(&mut extras, FORMAT, &entry.key, text_of(&entry.value));
        }
    }
    extras
}

fn boundary(draft: &mut Draft, component: &raw::Component<'_>, said: &Said<'_>) {
    let span = component.at.node.span;
    let mut line = by_id(draft, Domain::Boundary, component.id, component.name, span, "the boundary");
    line.description = or_empty(component.description);
    line.extras = extras(component);
    let percent = said.get("risk:trustRating").and_then(|text| Some((text.text.parse::<u32>().ok()?, text.span)));
    if let Some((percent, span)) = percent {
        let word = match percent {
            0..=20 => "untrusted",
            21..=40 => "partner",
            41..=60 => "semi-trusted",
            61..=80 => "trusted",
            _ => "highly-trusted",
        };
        line.state_word(fact::TRUST, word, span);
    }
    let index = draft.model.boundaries.len();
    draft.register(Domain::Boundary, component.id, &line.id, index);
    draft.model.boundaries.push(Boundary { element: line, parent: None });
}

fn asset(draft: &mut Draft, component: &raw::Component<'_>, _said: &Said<'_>) {
    let span = component.at.node.span;
    let mut data = by_id(draft, Domain::Data, component.id, component.name, span, "the asset");
    data.description = or_empty(component.description);
    data.extras = extras(component);
    let index = draft.model.data.len();
    draft.register(Domain::Data, component.id, &data.id, index);
    if let Some(name) = component.name {
        draft.know(Domain::Data, name.text, index);
    }
    draft.model.data.push(data);
}

fn part(draft: &mut Draft, component: &raw::Component<'_>, said: &Said<'_>) {
    let span = component.at.node.span;
    let mut part = by_id(draft, Domain::Component, component.id, component.name, span, "the component");
    part.description = or_empty(component.description);
    part.extras = extras(component);
    let kind = said.kind();
    if let Some(ours) = word(KINDS, &kind) {
        part.state_word(fact::KIND, ours, said.get("type").map_or(span, |text| text.span));
    }
    if kind == "actor" {
        part.state(fact::USED_BY_PEOPLE, Value::Bool(true), span);
    }
    if let Some(out) = said.get("inScope").filter(|text| text.text == "false") {
        part.out_of_scope = Some(OutOfScope { reason: Box::default(), span: out.span });
    }
    let technology = match kind.as_str() {
        "lambda" => Some("function"),
        _ => said.get("datastore:isSql").filter(|text| text.text == "true").map(|_| "sql-database"),
    };
    part.state_technologies(technology.into_iter().map(Box::from).collect(), span);
    let by = format!("`{}`", short(&part.id));
    let around = ["inBoundary", "parent", "trustZone", "parent:trustZone", "inTrustZone"].into_iter();
    let around = around.filter_map(|name| said.get(name)).next();
    let boundary = around.and_then(|around| draft.resolve(Domain::Boundary, around, &by));
    let index = draft.model.components.len();
    draft.register(Domain::Component, component.id, &part.id, index);
    draft.model.components.push(Component { element: part, boundary, parent: None });
}

fn flow(draft: &mut Draft, component: &raw::Component<'_>, said: &Said<'_>) {
    let span = component.at.node.span;
    let mut flow = by_id(draft, Domain::Flow, component.id, component.name, span, "the flow");
    flow.description = or_empty(component.description);
    flow.extras = extras(component);
    let by = format!("the flow `{}`", short(&flow.id));
    if let Some(protocol) = said.get("dataflow:protocol") {
        match protocol_word(protocol.text).or_else(|| of_field(protocol.text).protocol) {
            Some(symbol) => flow.state(fact::PROTOCOL, Value::Symbol(symbol), protocol.span),
            None => draft.unmapped("protocol", protocol),
        }
    }
    if let Some(data) = said.get("dataflow:data") {
        let index = carried_data(draft, data.text, data.span);
        flow.state_references(fact::CARRIES, vec![index], data.span);
    }
    if let Some(both) = said.get("dataflow:bidirectional").filter(|text| text.text == "true") {
        flow.state(fact::TWO_WAY, Value::Bool(true), both.span);
    }
    let source = end(draft, said.get("dataflow:source"), "source", &flow, &by);
    let target = end(draft, said.get("dataflow:destination"), "destination", &flow, &by);
    add_flow(draft, component.id, Flow { element: flow, source, target });
}

fn threat(draft: &mut Draft, component: &raw::Component<'_>, _said: &Said<'_>) {
    let mut threat = blank_threat(component.at.node.span);
    let id = component.id.or(component.name).map_or("threat", |id| id.text);
    threat.id = draft.unique_id(Space::Threat, id);
    threat.title = one_line(component.name.map_or(id, |name| name.text)).into();
    threat.description = or_empty(component.description);
    threat.extras = extras(component);
    draft.model.recorded_threats.push(threat);
}

/// A model, a diagram or anything else that only holds others.
fn group(draft: &mut Draft, component: &raw::Component<'_>, said: &Said<'_>) {
    let kind = said.kind();
    let kind = if kind.is_empty() { "model" } else { kind.as_str() };
    let name = component.name.map_or("", |name| name.text);
    let text = component.description.map_or("", |text| text.text);
    draft.note(kind, name, text, component.at.node.span);
    let key = format!("{kind}.{}", component.id.or(component.name).map_or("", |id| id.text));
    if let Some(id) = component.id {
        keep(&mut draft.model.system.extras, FORMAT, &format!("{key}.bom-ref"), id.text);
    }
    for (own, value) in extras(component) {
        let own = own.strip_prefix("cyclonedx:").unwrap_or(&own).to_owned();
        keep(&mut draft.model.system.extras, FORMAT, &format!("{key}.{own}"), value);
    }
}
