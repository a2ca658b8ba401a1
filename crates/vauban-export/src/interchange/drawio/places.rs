//! Where everything goes on a page: as it was drawn, or else as our own pictures lay it out.

use std::collections::BTreeMap;

use vauban_model::drawing::Drawing;
use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::model::{ElementRef, Model};
use vauban_model::vocabulary::Domain;

use crate::picture::{Diagram, DiagramEdge, DiagramGroup, DiagramNode, NodeShape, layout};

/// A page to write.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) id: String,
    pub(super) name: String,
    /// Boxes, in drawing order.
    pub(super) shapes: BTreeMap<ElementRef, Rect>,
    /// Flows and their bends; none where the tool shall route them itself.
    pub(super) flows: BTreeMap<u32, Option<(Vec<Point>, bool)>>,
    /// Boundaries drawn as lines.
    pub(super) lines: BTreeMap<u32, (Vec<Point>, bool)>,
}

/// The pages of a model: its drawings, and one more for what none of them shows.
pub(super) fn pages(model: &Model) -> Vec<Places> {
    let mut pages: Vec<Places> = model.drawings.iter().map(as_drawn).collect();
    let shown = |target: ElementRef| {
        pages.iter().any(|page| {
            page.shapes.contains_key(&target)
                || (target.domain == Domain::Boundary && page.lines.contains_key(&target.index))
        })
    };
    let missing: Vec<ElementRef> = [Domain::Component, Domain::Boundary]
        .into_iter()
        .flat_map(|domain| model.elements(domain))
        .map(|(target, _)| target)
        .filter(|target| !shown(*target))
        .collect();
    // A flow belongs to the first page that has both of its ends.
    let mut homeless: Vec<u32> = Vec::new();
    for (index, flow) in (0u32..).zip(&model.flows) {
        if pages.iter().any(|page| page.flows.contains_key(&index)) {
            continue;
        }
        let end = |index| ElementRef { domain: Domain::Component, index };
        let (from, to) = (end(flow.source), end(flow.target));
        match pages.iter_mut().find(|page| page.shapes.contains_key(&from) && page.shapes.contains_key(&to)) {
            Some(page) => {
                page.flows.insert(index, None);
            }
            None => homeless.push(index),
        }
    }
    // A line needs both of its ends on its page.
    for page in &mut pages {
        let shapes = &page.shapes;
        let on = |index: u32| shapes.contains_key(&ElementRef { domain: Domain::Component, index });
        let mut astray = Vec::new();
        page.flows.retain(|index, _| {
            let here = model.flows.get(*index as usize).is_some_and(|flow| on(flow.source) && on(flow.target));
            if !here {
                astray.push(*index);
            }
            here
        });
        homeless.append(&mut astray);
    }
    if pages.is_empty() || !missing.is_empty() || !homeless.is_empty() {
        let name = if pages.is_empty() { model.system.name.to_string() } else { "Not drawn yet".to_owned() };
        let mut wanted = missing;
        for flow in homeless.iter().filter_map(|index| model.flows.get(*index as usize)) {
            wanted.extend([flow.source, flow.target].map(|index| ElementRef { domain: Domain::Component, index }));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut page = laid_out(model, &wanted, &homeless);
        page.id = "vauban-page".to_owned();
        page.name = name;
        pages.push(page);
    }
    pages
}

fn as_drawn(drawing: &Drawing) -> Places {
    Places {
        id: drawing.id.to_string(),
        name: drawing.name.to_string(),
        shapes: drawing.shapes.iter().map(|shape| (shape.element, shape.rect)).collect(),
        flows: drawing.flows.iter().map(|flow| (flow.flow, Some((flow.bends.clone(), flow.curved)))).collect(),
        lines: drawing.lines.iter().map(|line| (line.boundary, (line.points.clone(), line.curved))).collect(),
    }
}

/// Gives places to components, boundaries and flows that have none.
fn laid_out(model: &Model, wanted: &[ElementRef], flows: &[u32]) -> Places {
    let of = |domain| wanted.iter().filter(move |target| target.domain == domain);
    let nodes: Vec<u32> = of(Domain::Component).map(|target| target.index).collect();
    let groups: Vec<u32> = of(Domain::Boundary).map(|target| target.index).collect();
    let group_at = |boundary: Option<u32>| boundary.and_then(|boundary| groups.binary_search(&boundary).ok());
    let node_at = |component: u32| nodes.binary_search(&component).ok();
    let diagram = Diagram {
        title: String::new(),
        places: None,
        nodes: nodes
            .iter()
            .filter_map(|index| model.components.get(*index as usize))
            .map(|component| DiagramNode {
                id: component.element.id.to_string(),
                label: component.element.name.to_string(),
                shape: NodeShape::Process,
                group: group_at(component.boundary),
                ..DiagramNode::default()
            })
            .collect(),
        groups: groups
            .iter()
            .filter_map(|index| model.boundaries.get(*index as usize))
            .map(|boundary| DiagramGroup {
                id: boundary.element.id.to_string(),
                label: boundary.element.name.to_string(),
                parent: group_at(boundary.parent),
                ..DiagramGroup::default()
            })
            .collect(),
        edges: flows
            .iter()
            .filter_map(|index| model.flows.get(*index as usize))
            .filter_map(|flow| {
                let (from, to) = (node_at(flow.source)?, node_at(flow.target)?);
                let label = flow.element.name.to_string();
                Some(DiagramEdge { id: flow.element.id.to_string(), from, to, label, ..DiagramEdge::default() })
            })
            .collect(),
    };
    let mut page = Places { flows: flows.iter().map(|flow| (*flow, None)).collect(), ..Places::default() };
    let placed = layout(&diagram);
    let rect = |rect: crate::picture::Rect| {
        Rect::new(rect.x.into(), rect.y.into(), rect.width.into(), rect.height.into()).unwrap_or_default()
    };
    let mut folded = false;
    for (at, index) in nodes.iter().enumerate() {
        let place = placed.node_at.get(at).copied().flatten().and_then(|at| placed.nodes.get(at));
        match place.filter(|place| place.folded().is_none()) {
            Some(place) => {
                page.shapes.insert(ElementRef { domain: Domain::Component, index: *index }, rect(place.rect));
            }
            None => folded = true,
        }
    }
    for (at, index) in groups.iter().enumerate() {
        match placed.group_at.get(at).copied().flatten().and_then(|at| placed.groups.get(at)) {
            Some(place) => {
                page.shapes.insert(ElementRef { domain: Domain::Boundary, index: *index }, rect(place.rect));
            }
            // A boundary with nothing in it has no place in a picture.
            None => folded = true,
        }
    }
    if folded {
        page.shapes = in_rows(model, &nodes, &groups);
    }
    page
}

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 60.0;
const GAP: f64 = 40.0;

/// Everything in rows, zones around what they hold: for pages so large that a picture would fold parts of them.
fn in_rows(model: &Model, nodes: &[u32], groups: &[u32]) -> BTreeMap<ElementRef, Rect> {
    let known = |boundary: Option<u32>| boundary.filter(|boundary| groups.binary_search(boundary).is_ok());
    let mut inside: BTreeMap<Option<u32>, Vec<ElementRef>> = BTreeMap::new();
    for index in groups {
        let around = known(model.boundaries.get(*index as usize).and_then(|it| it.parent));
        inside.entry(around).or_default().push(ElementRef { domain: Domain::Boundary, index: *index });
    }
    for index in nodes {
        let around = known(model.components.get(*index as usize).and_then(|it| it.boundary));
        inside.entry(around).or_default().push(ElementRef { domain: Domain::Component, index: *index });
    }
    // Outer zones first; turned round, every zone comes after what it holds.
    let mut order: Vec<Option<u32>> = vec![None];
    let mut next = 0;
    while let Some(around) = order.get(next).copied() {
        next += 1;
        let zones = inside.get(&around).into_iter().flatten().filter(|target| target.domain == Domain::Boundary);
        order.extend(zones.map(|target| Some(target.index)));
    }
    let mut sizes: BTreeMap<ElementRef, (f64, f64)> = BTreeMap::new();
    let mut offsets: BTreeMap<ElementRef, Point> = BTreeMap::new();
    for around in order.iter().rev() {
        let members = inside.get(around).map_or(&[][..], Vec::as_slice);
        let mut columns = 1;
        while columns * columns < members.len() {
            columns += 1;
        }
        let (mut x, mut y, mut row, mut widest) = (GAP, GAP, 0.0f64, WIDTH + GAP);
        for (at, member) in members.iter().enumerate() {
            if at > 0 && at % columns == 0 {
                (x, y, row) = (GAP, y + row + GAP, 0.0);
            }
            let (width, height) = sizes.get(member).copied().unwrap_or((WIDTH, HEIGHT));
            offsets.insert(*member, Point { x, y });
            x += width + GAP;
            row = row.max(height);
            widest = widest.max(x);
        }
        if let Some(zone) = around {
            sizes.insert(ElementRef { domain: Domain::Boundary, index: *zone }, (widest, y + row + GAP));
        }
    }
    let mut places: BTreeMap<ElementRef, Rect> = BTreeMap::new();
    for around in order {
        let base = around.and_then(|zone| places.get(&ElementRef { domain: Domain::Boundary, index: zone }));
        let base = base.map(|rect| rect.corner).unwrap_or_default();
        for member in inside.get(&around).into_iter().flatten() {
            let at = offsets.get(member).copied().unwrap_or_default();
            let (width, height) = sizes.get(member).copied().unwrap_or((WIDTH, HEIGHT));
            if let Some(rect) = Rect::new(base.x + at.x, base.y + at.y, width, height) {
                places.insert(*member, rect);
            }
        }
    }
    // Zones that lie in each other in a circle are below no outermost one; they and theirs go underneath.
    let mut below = places.values().map(|rect| rect.corner.y + rect.height).fold(0.0, f64::max) + GAP;
    for member in inside.into_values().flatten() {
        if let (false, Some(rect)) = (places.contains_key(&member), Rect::new(GAP, below, WIDTH, HEIGHT)) {
            places.insert(member, rect);
            below += HEIGHT + GAP;
        }
    }
    places
}
