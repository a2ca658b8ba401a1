//! Services of 1.x: what calls what, and with which data.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::model::{Boundary, Component, Element, Flow, Value};
use vauban_model::vocabulary::{Domain, fact};

use super::lower::{FORMAT, carried_data, remarks};
use super::raw;
use super::words::{CLASSIFICATION, named, ours};
use crate::draft::{Draft, Space, State, element, narrow, slug};
use crate::extras::{Extras, keep, keep_node, text_of};
use crate::listed::{by_id, by_name};
use crate::raw::{List, Text, items, or_empty, texts};

/// Types of component that run, and are no part of another's build.
const RUNNING: [&str; 4] = ["application", "container", "device", "platform"];
const BUILT: &str = "what a program is built of is no part of this picture";

const WHOLE: &str = "the whole that the file is about is drawn by its parts, so nothing flows to or from it";

/// Reads services and, if there are any, the components that run beside them.
pub(super) fn lower(draft: &mut Draft, raw: &raw::Document<'_>) {
    let blueprints = items(raw.blueprints.as_ref()).next().is_some();
    let any = items(raw.services.as_ref()).next().is_some();
    for component in items(raw.components.as_ref()) {
        let kind = component.kind.map_or("", |kind| kind.text);
        if kind == "threat-model" {
            continue;
        }
        if any && !blueprints && RUNNING.contains(&kind) {
            running(draft, component);
        } else if blueprints {
            // Assets refer to them: they stay beside the model.
            let key = format!("component.{}", component.id.or(component.name).map_or("", |id| id.text));
            keep(&mut draft.model.system.extras, FORMAT, &key, text_of(component.at.node));
        } else {
            draft.log.left_out("components", component.at.node.span, BUILT);
        }
    }
    let mut stage = Stage::default();
    let mut parents = Vec::new();
    // Services in services, without recursion; a parent always comes before its parts.
    let mut waiting: Vec<(&raw::Service<'_>, Option<u32>)> =
        items(raw.services.as_ref()).map(|service| (service, None)).collect();
    waiting.reverse();
    while let Some((service, parent)) = waiting.pop() {
        let index = stage.service(draft, service);
        parents.push((index, parent));
        let parts: Vec<_> = items(service.services.as_ref()).map(|part| (part, Some(index))).collect();
        waiting.extend(parts.into_iter().rev());
        stage.read.push((index, service));
    }
    for (index, parent) in parents {
        let zone = parent.and_then(|parent| draft.model.components.get(parent as usize)).and_then(|it| it.boundary);
        if let Some(component) = draft.model.components.get_mut(index as usize) {
            component.parent = parent;
            component.boundary = component.boundary.or(zone);
        }
    }
    let read = std::mem::take(&mut stage.read);
    for (index, service) in read {
        stage.data(draft, index, service.data.as_ref());
    }
    if any {
        let subject = raw.metadata.as_ref().and_then(|metadata| metadata.component.as_ref());
        let subject = subject.and_then(|subject| subject.id).map(|id| id.text);
        stage.dependencies(draft, raw.dependencies.as_ref(), subject);
    } else {
        for dependency in items(raw.dependencies.as_ref()) {
            draft.log.left_out("dependencies", dependency.at.node.span, BUILT);
        }
    }
}

fn running(draft: &mut Draft, component: &raw::Component<'_>) {
    let span = component.at.node.span;
    let mut part = by_id(draft, Domain::Component, component.id, component.name, span, "the component");
    part.description = or_empty(component.description);
    let mut extras = Extras::new();
    keep(&mut extras, FORMAT, "component", text_of(component.at.node));
    part.extras = extras;
    let index = draft.model.components.len();
    draft.register(Domain::Component, component.id, &part.id, index);
    draft.model.components.push(Component { element: part, boundary: None, parent: None });
}

/// Services on their way into the model.
#[derive(Default)]
struct Stage<'r, 'a> {
    read: Vec<(u32, &'r raw::Service<'a>)>,
    zones: FxHashMap<&'a str, u32>,
    /// The service at an address.
    endpoints: FxHashMap<&'a str, u32>,
    /// Which flow joins two components, by both and the data's direction.
    joined: FxHashMap<(u32, u32), u32>,
    named: FxHashSet<(u32, u32, u32)>,
}

impl<'r, 'a> Stage<'r, 'a> {
    fn service(&mut self, draft: &mut Draft, service: &'r raw::Service<'a>) -> u32 {
        let span = service.at.node.span;
        let mut part = by_id(draft, Domain::Component, service.id, service.name, span, "the service");
        part.description = or_empty(service.description);
        part.tags = texts(service.tags.as_ref());
        part.state_word(fact::KIND, "process", span);
        let mut extras = Extras::new();
        if let Some(flag) = service.authenticated {
            part.state(fact::ANONYMOUS_ACCESS, Value::Bool(!flag.value), flag.span);
        }
        let index = narrow(draft.model.components.len());
        let said = texts(service.endpoints.as_ref());
        if !said.is_empty() {
            keep(&mut extras, FORMAT, "endpoints", said.join(", "));
        }
        for endpoint in items(service.endpoints.as_ref()) {
            self.endpoints.entry(endpoint.text).or_insert(index);
        }
        keep_node(&mut extras, FORMAT, "data", service.at.node.get("data"));
        remarks(&mut extras, "", &service.at);
        part.extras = extras;
        let boundary = service.zone.and_then(Text::given).map(|zone| self.zone(draft, zone));
        draft.register(Domain::Component, service.id, &part.id, index as usize);
        if let Some(name) = service.name {
            draft.know(Domain::Component, name.text, index as usize);
        }
        draft.model.components.push(Component { element: part, boundary, parent: None });
        index
    }

    fn zone(&mut self, draft: &mut Draft, zone: Text<'a>) -> u32 {
        if let Some(known) = self.zones.get(zone.text) {
            return *known;
        }
        let line = by_name(draft, Domain::Boundary, Some(zone), zone.span);
        let index = narrow(draft.model.boundaries.len());
        draft.model.boundaries.push(Boundary { element: line, parent: None });
        self.zones.insert(zone.text, index);
        index
    }

    /// Data of a service: what it handles, and where it comes from and goes to.
    fn data(&mut self, draft: &mut Draft, index: u32, list: Option<&'r List<raw::ServiceData<'a>>>) {
        for said in items(list) {
            let span = said.at.node.span;
            let class = said.classification;
            let name = said.name.and_then(Text::given).map_or_else(|| class.map_or("data", named), |name| name.text);
            let data = carried_data(draft, name, span);
            if let Some(known) = draft.model.data.get_mut(data as usize) {
                if let Some(text) = said.description.filter(|_| known.description.is_empty()) {
                    known.description = text.text.into();
                }
                if let Some(class) = class {
                    if let Some(ours) = ours(CLASSIFICATION, class) {
                        known.state_word(fact::CLASSIFICATION, ours, class.span);
                    } else if named(class).eq_ignore_ascii_case("pii") {
                        known.state_set(fact::DATA_KINDS, &["personal"], class.span);
                    }
                }
            }
            if let Some(component) = draft.model.components.get_mut(index as usize) {
                let mut all = component.element.references(fact::HANDLES).to_vec();
                if !all.contains(&data) {
                    all.push(data);
                    component.element.state_references(fact::HANDLES, all, span);
                }
            }
            let both = said.flow.is_some_and(|flow| flow.text == "bi-directional");
            for from in items(said.source.as_ref()) {
                let other = self.end(draft, *from);
                self.join(draft, other, index, data, both, from.span);
            }
            for to in items(said.destination.as_ref()) {
                let other = self.end(draft, *to);
                self.join(draft, index, other, data, both, to.span);
            }
        }
    }

    /// The service at an end: by id, by name, by address; a stand-in for anything else.
    fn end(&mut self, draft: &mut Draft, said: Text<'a>) -> u32 {
        let id = said.text.rsplit('#').next().unwrap_or(said.text);
        let found = draft.find(Domain::Component, said.text).or_else(|| draft.find(Domain::Component, id));
        if let Some(found) = found.or_else(|| self.endpoints.get(said.text).copied()) {
            return found;
        }
        let made = draft.placeholder(
            &slug(said.text, "other"),
            said.text,
            said.span,
            "named as an end of data, but not in the file",
        );
        draft.know(Domain::Component, said.text, made as usize);
        made
    }

    fn join(&mut self, draft: &mut Draft, from: u32, to: u32, data: u32, both: bool, span: Span) {
        if from == to || !self.named.insert((from, to, data)) {
            return;
        }
        let index = match self.joined.get(&(from, to)) {
            Some(known) => *known,
            None => self.flow(draft, from, to, span),
        };
        if let Some(flow) = draft.model.flows.get_mut(index as usize) {
            let mut all = flow.element.references(fact::CARRIES).to_vec();
            all.push(data);
            flow.element.state_references(fact::CARRIES, all, span);
            if both {
                flow.element.state(fact::TWO_WAY, Value::Bool(true), span);
            }
        }
    }

    fn flow(&mut self, draft: &mut Draft, from: u32, to: u32, span: Span) -> u32 {
        let name = |index| draft.model.name(element(Domain::Component, index)).to_owned();
        let shown = format!("{} to {}", name(from), name(to));
        let id = draft.unique_id(Space::Element(Domain::Flow), &slug(&shown, "flow"));
        let index = narrow(draft.model.flows.len());
        draft.model.flows.push(Flow { element: Element::new(id, shown, span), source: from, target: to });
        self.joined.insert((from, to), index);
        index
    }

    /// `subject` is what the file is about: all of it together.
    fn dependencies(&mut self, draft: &mut Draft, list: Option<&List<raw::Dependency<'a>>>, subject: Option<&str>) {
        for dependency in items(list) {
            let from = dependency.id.and_then(|id| draft.find(Domain::Component, id.text));
            for on in items(dependency.on.as_ref()) {
                let to = draft.find(Domain::Component, on.text);
                let (Some(from), Some(to)) = (from, to) else {
                    let is_subject = |id: &str| subject == Some(id);
                    let of_subject = is_subject(on.text) || dependency.id.is_some_and(|id| is_subject(id.text));
                    draft.log.left_out("dependencies", on.span, if of_subject { WHOLE } else { BUILT });
                    continue;
                };
                if from == to || self.joined.contains_key(&(from, to)) || self.joined.contains_key(&(to, from)) {
                    continue;
                }
                let index = self.flow(draft, from, to, on.span);
                if let Some(flow) = draft.model.flows.get_mut(index as usize) {
                    flow.element.state_word(fact::FLOW_EVIDENCE, "hinted", on.span);
                    keep(&mut flow.element.extras, FORMAT, "dependsOn", "true");
                }
            }
        }
    }
}
