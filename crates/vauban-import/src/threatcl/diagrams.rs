//! Data flow diagrams: all of a model's, put together.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::model::{Boundary, Component, Element, Flow, Value};
use vauban_model::vocabulary::{Domain, fact};

use super::lower::{FORMAT, place};
use super::raw;
use crate::draft::{Draft, State, narrow, one_line, slug};
use crate::extras::{Extras, add, keep, keep_text};
use crate::listed::{add_flow, by_name, end};
use crate::log::short;
use crate::prose::protocol_word;
use crate::raw::{List, Text, items};
use crate::way::of_field;

/// Reads every diagram.
pub(super) fn lower(draft: &mut Draft, model: &raw::Model<'_>) {
    let all: Vec<&raw::Diagram<'_>> =
        items(model.diagrams.as_ref()).chain(items(model.old_diagrams.as_ref())).collect();
    let mut board = Board {
        components: FxHashMap::default(),
        written: FxHashMap::default(),
        zones: FxHashMap::default(),
        several: all.len() > 1,
    };
    for (number, diagram) in (1..).zip(all) {
        let name =
            diagram.name.and_then(Text::given).map_or_else(|| format!("diagram {number}"), |name| one_line(name.text));
        let mut extras = Extras::new();
        keep(&mut extras, FORMAT, &format!("diagram.{number}"), name.as_str());
        keep_text(&mut extras, FORMAT, &format!("diagram.{number}.import"), diagram.import);
        draft.keep_rest_under(&mut extras, &format!("diagram.{number}."), &diagram.at);
        draft.model.system.extras.extend(extras);
        let mut by_name = FxHashMap::default();
        let lists =
            [(&diagram.processes, "process"), (&diagram.externals, "external-entity"), (&diagram.stores, "data-store")];
        for (list, kind) in lists {
            board.components(draft, list.as_ref(), kind, None, &name, &mut by_name);
        }
        for zone in items(diagram.zones.as_ref()) {
            let boundary = board.zone(draft, zone.name, zone.at.node.span);
            let mut extras = Extras::new();
            draft.keep_rest(&mut extras, &zone.at);
            if let Some(line) = draft.model.boundaries.get_mut(boundary as usize) {
                line.element.extras.extend(extras);
            }
            let lists =
                [(&zone.processes, "process"), (&zone.externals, "external-entity"), (&zone.stores, "data-store")];
            for (list, kind) in lists {
                board.components(draft, list.as_ref(), kind, Some(boundary), &name, &mut by_name);
            }
        }
        board.flows(draft, diagram.flows.as_ref(), &name, &by_name);
    }
}

/// A name as references write it.
fn as_written(name: &str) -> String {
    slug(name, "").replace('-', "_")
}

/// What the diagrams have together.
struct Board {
    /// Components by kind and name.
    components: FxHashMap<(&'static str, String), u32>,
    /// The same by how references write the name; none where two are written alike.
    written: FxHashMap<(&'static str, String), Option<u32>>,
    zones: FxHashMap<String, u32>,
    several: bool,
}

impl Board {
    fn zone(&mut self, draft: &mut Draft, name: Option<Text<'_>>, span: Span) -> u32 {
        let key = name.map_or_else(String::new, |name| one_line(name.text));
        if let Some(known) = self.zones.get(&key) {
            return *known;
        }
        let line = by_name(draft, Domain::Boundary, name, place(name, span));
        let index = narrow(draft.model.boundaries.len());
        draft.register(Domain::Boundary, name, &line.id, index as usize);
        draft.model.boundaries.push(Boundary { element: line, parent: None });
        self.zones.insert(key, index);
        index
    }

    /// What a reference such as `external_element.operator` means: the element of that kind whose name, in small letters
    /// and with `_` for everything else, is this one.
    fn referred(&self, reference: &str) -> Option<u32> {
        let (block, wanted) = reference.split_once('.')?;
        let kind = match block {
            "process" => "process",
            "external_element" | "external" => "external-entity",
            "data_store" => "data-store",
            _ => return None,
        };
        // Where two are called so, nobody said which one is meant.
        self.written.get(&(kind, as_written(wanted))).copied().flatten()
    }

    fn components(
        &mut self,
        draft: &mut Draft,
        list: Option<&List<raw::Drawn<'_>>>,
        kind: &'static str,
        around: Option<u32>,
        diagram: &str,
        by_diagram: &mut FxHashMap<String, u32>,
    ) {
        for drawn in items(list) {
            let span = drawn.at.node.span;
            let name = drawn.name.map_or_else(String::new, |name| one_line(name.text));
            let said = drawn.zone.and_then(Text::given);
            let boundary = match said {
                Some(zone) => Some(self.zone(draft, Some(zone), zone.span)),
                None => around,
            };
            let index = match self.components.get(&(kind, name.clone())).filter(|_| !name.is_empty()) {
                Some(known) => *known,
                None => {
                    let mut part: Element = by_name(draft, Domain::Component, drawn.name, span);
                    part.state_word(fact::KIND, kind, span);
                    let index = narrow(draft.model.components.len());
                    draft.register(Domain::Component, drawn.name, &part.id, index as usize);
                    draft.model.components.push(Component { element: part, boundary, parent: None });
                    self.components.insert((kind, name.clone()), index);
                    let written = self.written.entry((kind, as_written(&name)));
                    written.and_modify(|known| *known = None).or_insert(Some(index));
                    index
                }
            };
            by_diagram.entry(name.clone()).or_insert(index);
            let stored = drawn.asset.and_then(Text::given);
            let by = format!("`{}`", short(&name));
            let data = stored.and_then(|asset| draft.resolve(Domain::Data, asset, &by));
            let mut extras = Extras::new();
            draft.keep_rest(&mut extras, &drawn.at);
            let Some(component) = draft.model.components.get_mut(index as usize) else { continue };
            component.boundary = component.boundary.or(boundary);
            if component.boundary != boundary && boundary.is_some() {
                // Another diagram draws it elsewhere.
                let other = said.map_or("", |said| said.text);
                add(&mut component.element.extras, FORMAT, "trust_zone", other);
            }
            if self.several {
                add(&mut component.element.extras, FORMAT, "diagram", diagram);
            }
            if let (Some(data), Some(asset)) = (data, stored) {
                let mut all = component.element.references(fact::STORES).to_vec();
                if !all.contains(&data) {
                    all.push(data);
                    component.element.state_references(fact::STORES, all, asset.span);
                }
            }
            component.element.extras.extend(extras);
        }
    }

    fn flows(
        &self,
        draft: &mut Draft,
        list: Option<&List<raw::Flow<'_>>>,
        diagram: &str,
        by_diagram: &FxHashMap<String, u32>,
    ) {
        for raw in items(list) {
            let mut flow = by_name(draft, Domain::Flow, raw.name, raw.at.node.span);
            let by = format!("the flow `{}`", short(&flow.id));
            let mut extras = Extras::new();
            if let Some(protocol) = raw.protocol.and_then(Text::given) {
                match protocol_word(protocol.text).or_else(|| of_field(protocol.text).protocol) {
                    Some(symbol) => flow.state(fact::PROTOCOL, Value::Symbol(symbol), protocol.span),
                    None => {
                        draft.unmapped("protocol", protocol);
                        keep(&mut extras, FORMAT, "protocol", protocol.text);
                    }
                }
            }
            let side = |draft: &mut Draft, said: Option<Text<'_>>, key: &str| {
                let here = said.and_then(|said| {
                    let name = one_line(said.text);
                    by_diagram.get(&name).copied().or_else(|| self.referred(&name))
                });
                here.unwrap_or_else(|| end(draft, said, key, &flow, &by))
            };
            let source = side(draft, raw.from, "from");
            let target = side(draft, raw.to, "to");
            if self.several {
                keep(&mut extras, FORMAT, "diagram", diagram);
            }
            draft.keep_rest(&mut extras, &raw.at);
            flow.extras = extras;
            add_flow(draft, None, Flow { element: flow, source, target });
        }
    }
}
