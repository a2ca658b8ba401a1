//! Where things stand on the diagrams of an Open Threat Model: relative to their parent there, absolute here.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::drawing::{Drawing, DrawnFlow, DrawnShape};
use vauban_model::model::ElementRef;
use vauban_model::vocabulary::Domain;
use vauban_syntax::Node;

use super::raw;
use crate::Format;
use crate::draft::Draft;
use crate::extras::{Extras, keep_node};
use crate::kept::{Kept, PREFIX};
use crate::raw::items;

/// Keys of an element's representation that a drawing holds, or that only name it.
const DRAWN: &[&str] = &["representation", "id", "name", "position", "size"];
/// Steps upwards that a file may cost; nobody nests thousands of zones.
const STEPS: usize = 2_000_000;

/// Keeps an element's representations as a remark, unless all they say is a place on a diagram.
pub(super) fn remark(draft: &mut Draft, extras: &mut Extras, node: Option<&Node>) {
    let Some(node) = node else { return };
    let plain = |item: &Node| {
        let entries = item.as_mapping().unwrap_or_default();
        rect(item).is_some() && entries.iter().all(|it| it.value.is_null() || DRAWN.contains(&&*it.key))
    };
    let list = node.as_sequence().unwrap_or_default();
    if !list.is_empty() && list.iter().all(plain) {
        draft.log.left_out("representations", node.span, "names of boxes on diagrams; their places are kept");
    } else {
        keep_node(extras, Format::OpenThreatModel, "representations", Some(node));
    }
}

/// The place a representation gives, relative to the parent.
fn rect(item: &Node) -> Option<Rect> {
    let (position, size) = (item.get("position")?, item.get("size")?);
    let number = |node: &Node, key: &str| node.get(key).and_then(Node::as_f64);
    Rect::new(number(position, "x")?, number(position, "y")?, number(size, "width")?, number(size, "height")?)
}

/// Fills in the drawings.
pub(super) fn places<'a>(draft: &mut Draft, raw: &raw::Document<'a>, kept: &mut Kept<'a>) {
    let mut relative: FxHashMap<(&str, ElementRef), Rect> = FxHashMap::default();
    let mut order: Vec<(&str, ElementRef)> = Vec::new();
    let zones = items(raw.trust_zones.as_ref()).filter_map(|zone| Some((zone.id?.text, zone.representations)));
    let components = items(raw.components.as_ref()).filter_map(|it| Some((it.id?.text, it.representations)));
    let zones = zones.map(|(id, node)| (Domain::Boundary, id, node));
    let components = components.map(|(id, node)| (Domain::Component, id, node));
    for (domain, id, node) in zones.chain(components) {
        let Some(index) = draft.find(domain, id) else { continue };
        for item in node.and_then(Node::as_sequence).unwrap_or_default() {
            let on = item.get("representation").and_then(Node::as_str).unwrap_or_default();
            if let Some(rect) = rect(item) {
                let key = (on, ElementRef { domain, index });
                if relative.insert(key, rect).is_none() {
                    order.push(key);
                }
            }
        }
    }
    let mut steps = STEPS;
    for page in raw.representations.and_then(Node::as_sequence).unwrap_or_default() {
        let said = |key: &str| page.get(key).and_then(Node::as_str).unwrap_or_default();
        let on = said("id");
        let attribute = |key: &str| page.get("attributes")?.get(&format!("{PREFIX}{key}"));
        let (flows, lines) = (attribute("flows"), attribute("lines"));
        let mut shapes = Vec::new();
        for (_, element) in order.iter().filter(|(page, _)| *page == on) {
            let Some(rect) = relative.get(&(on, *element)) else { continue };
            let mut offset = Point { x: 0.0, y: 0.0 };
            let mut around = parent(draft, *element);
            while let Some(outer) = around.filter(|_| steps > 0) {
                steps -= 1;
                if let Some(outer) = relative.get(&(on, outer)) {
                    offset = Point { x: offset.x + outer.corner.x, y: offset.y + outer.corner.y };
                }
                around = parent(draft, outer);
            }
            shapes.push(DrawnShape { element: *element, rect: rect.moved(offset) });
        }
        if shapes.is_empty() && flows.is_none() && lines.is_none() {
            continue;
        }
        // Ours keeps components first, as our own format does.
        shapes.sort_by_key(|shape| (shape.element.domain != Domain::Component, shape.element.index));
        let id = draft.unique_drawing(if on.is_empty() { "diagram" } else { on });
        kept.drawn(&id, flows, lines);
        let name = said("name");
        let name = if name.is_empty() { id.clone() } else { name.into() };
        let flows = if flows.is_some() { Vec::new() } else { drawn_flows(draft, &shapes) };
        let drawing = Drawing { id, name, shapes, flows, lines: Vec::new(), span: page.span };
        draft.model.drawings.push(drawing);
    }
}

/// The flows between components of a diagram: the format draws them without bends.
fn drawn_flows(draft: &Draft, shapes: &[DrawnShape]) -> Vec<DrawnFlow> {
    let placed: FxHashSet<u32> = shapes
        .iter()
        .filter(|shape| shape.element.domain == Domain::Component)
        .map(|shape| shape.element.index)
        .collect();
    let flows = (0u32..).zip(&draft.model.flows);
    flows
        .filter(|(_, flow)| placed.contains(&flow.source) && placed.contains(&flow.target))
        .map(|(flow, _)| DrawnFlow { flow, bends: Vec::new(), curved: false })
        .collect()
}

/// What an element's place is relative to.
fn parent(draft: &Draft, element: ElementRef) -> Option<ElementRef> {
    let zone = |index| ElementRef { domain: Domain::Boundary, index };
    match element.domain {
        Domain::Component => {
            let component = draft.model.components.get(element.at())?;
            let part_of = component.parent.map(|index| ElementRef { domain: Domain::Component, index });
            part_of.or(component.boundary.map(zone))
        }
        Domain::Boundary => draft.model.boundaries.get(element.at())?.parent.map(zone),
        _ => None,
    }
}
