//! Where everything goes on the pages of a drawing tool: as people drew it, else as we lay it out.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::model::{ElementRef, Model};
use vauban_model::report::Report;
use vauban_model::vocabulary::Domain;

use crate::diagram::diagram;
use crate::picture::layout;

/// One page.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// Its id in the model; empty if we laid it out.
    pub(super) id: String,
    /// Its title.
    pub(super) name: String,
    /// Boxes: components and boundaries.
    pub(super) shapes: Vec<(ElementRef, Rect)>,
    /// Flows with their bends, and whether they are curved.
    pub(super) flows: Vec<(u32, Vec<Point>, bool)>,
    /// Boundaries drawn as a line, both ends included.
    pub(super) lines: Vec<(u32, Vec<Point>)>,
}

/// The size of what nobody drew.
const SIZE: (f64, f64) = (160.0, 80.0);
/// The space between what we add to a drawing.
const GAP: f64 = 40.0;
/// How many stand in a row of what we add.
const ROW: usize = 6;

/// The pages of a model: everything is on at least one of them.
pub(super) fn pages(report: &Report<'_>) -> Vec<Page> {
    let model = report.model;
    let mut pages: Vec<Page> = model
        .drawings
        .iter()
        .map(|drawing| Page {
            id: drawing.id.to_string(),
            name: drawing.name.to_string(),
            shapes: drawing.shapes.iter().map(|shape| (shape.element, shape.rect)).collect(),
            flows: drawing.flows.iter().map(|it| (it.flow, it.bends.clone(), it.curved)).collect(),
            lines: drawing.lines.iter().map(|line| (line.boundary, line.points.clone())).collect(),
        })
        .collect();
    if pages.is_empty() {
        pages.push(laid_out(report));
    }
    for page in &mut pages {
        page.shapes.retain(|(element, _)| model.get(*element).is_some());
    }
    complete(model, &mut pages);
    pages
}

/// Places of our own.
fn laid_out(report: &Report<'_>) -> Page {
    let model = report.model;
    let placed = layout(&diagram(report));
    let mut page = Page { name: model.system.name.to_string(), ..Page::default() };
    let whole = placed.nodes.iter().all(|node| node.folded().is_none())
        && placed.node_at.iter().all(Option::is_some)
        && placed.node_at.len() == model.components.len();
    if !whole {
        page.shapes = in_rows(model);
        return page;
    }
    let rect = |at: crate::picture::Rect| {
        Rect::new(f64::from(at.x), f64::from(at.y), f64::from(at.width), f64::from(at.height))
    };
    for (index, at) in placed.node_at.iter().enumerate() {
        let node = at.and_then(|at| placed.nodes.get(at)).and_then(|node| rect(node.rect));
        page.shapes.extend(node.map(|rect| (ElementRef::new(Domain::Component, index), rect)));
    }
    for (index, at) in placed.group_at.iter().enumerate() {
        let group = at.and_then(|at| placed.groups.get(at)).and_then(|group| rect(group.rect));
        page.shapes.extend(group.map(|rect| (ElementRef::new(Domain::Boundary, index), rect)));
    }
    for (index, at) in (0u32..).zip(&placed.edge_at) {
        let Some(edge) = at.and_then(|at| placed.edges.get(at)) else { continue };
        let inner = edge.points.get(1..edge.points.len().saturating_sub(1)).unwrap_or_default();
        let bends = inner.iter().filter_map(|at| Point::new(f64::from(at.x), f64::from(at.y)));
        page.flows.push((index, bends.collect(), false));
    }
    page
}

/// Every boundary a box with its components in rows and the boundaries in it below, for models too large to lay out.
fn in_rows(model: &Model) -> Vec<(ElementRef, Rect)> {
    let root = model.boundaries.len();
    let mut inside: Vec<(Vec<usize>, Vec<usize>)> = vec![(Vec::new(), Vec::new()); root + 1];
    for (index, component) in model.components.iter().enumerate() {
        let around = component.boundary.map_or(root, |at| at as usize).min(root);
        if let Some((components, _)) = inside.get_mut(around) {
            components.push(index);
        }
    }
    let parent = |index: usize| model.boundaries.get(index).and_then(|it| it.parent).map(|at| at as usize);
    for index in 0..root {
        if let Some((_, boundaries)) = inside.get_mut(parent(index).unwrap_or(root).min(root)) {
            boundaries.push(index);
        }
    }
    // From the outside in, each once: what lies in a circle is left to be added below.
    let mut order = vec![root];
    let mut at = 0;
    while let Some(outer) = order.get(at).copied() {
        order.extend(inside.get(outer).into_iter().flat_map(|(_, inner)| inner.iter().copied()));
        at += 1;
        if order.len() > root + 1 {
            break;
        }
    }
    let step = (SIZE.0 + GAP, SIZE.1 + GAP);
    let mut sizes = vec![(0.0f64, 0.0f64); root + 1];
    let count = |number: usize| u32::try_from(number).map_or(0.0, f64::from);
    for outer in order.iter().rev() {
        let Some((components, boundaries)) = inside.get(*outer) else { continue };
        let rows = components.len().div_ceil(ROW);
        let mut width = count(components.len().min(ROW)) * step.0;
        let mut height = GAP + count(rows) * step.1;
        for inner in boundaries {
            let (inner_width, inner_height) = sizes.get(*inner).copied().unwrap_or_default();
            width = width.max(inner_width + GAP);
            height += inner_height + GAP;
        }
        if let Some(size) = sizes.get_mut(*outer) {
            *size = (width.max(step.0) + GAP, height.max(step.1) + GAP);
        }
    }
    let mut corners = vec![(0.0f64, 0.0f64); root + 1];
    let mut shapes = Vec::new();
    for outer in order {
        let Some((components, boundaries)) = inside.get(outer) else { continue };
        let (x, y) = corners.get(outer).copied().unwrap_or_default();
        if outer != root
            && let Some((width, height)) = sizes.get(outer)
        {
            shapes
                .extend(Rect::new(x, y, *width, *height).map(|rect| (ElementRef::new(Domain::Boundary, outer), rect)));
        }
        for (number, component) in components.iter().enumerate() {
            let (left, top) = (x + GAP + count(number % ROW) * step.0, y + GAP + count(number / ROW) * step.1);
            let rect = Rect::new(left, top, SIZE.0, SIZE.1);
            shapes.extend(rect.map(|rect| (ElementRef::new(Domain::Component, *component), rect)));
        }
        let mut below = y + GAP + count(components.len().div_ceil(ROW)) * step.1;
        for inner in boundaries {
            if let Some(corner) = corners.get_mut(*inner) {
                *corner = (x + GAP, below);
            }
            below += sizes.get(*inner).map_or(0.0, |size| size.1) + GAP;
        }
    }
    shapes
}

/// Adds below a drawing what is on none, so that nothing is missing.
fn complete(model: &Model, pages: &mut [Page]) {
    let mut at: Vec<BTreeSet<u32>> = pages
        .iter()
        .map(|page| {
            let components = page.shapes.iter().filter(|(element, _)| element.domain == Domain::Component);
            components.map(|(element, _)| element.index).collect()
        })
        .collect();
    let is_there = |end: u32| model.components.get(end as usize).is_some();
    let mut missing: BTreeMap<usize, Vec<ElementRef>> = BTreeMap::new();
    // A flow that is drawn needs its ends on the same page: stand-ins for loose ends are on none.
    for (number, page) in pages.iter().enumerate() {
        let flows = page.flows.iter().filter_map(|(flow, ..)| model.flows.get(*flow as usize));
        for end in flows.flat_map(|flow| [flow.source, flow.target]).filter(|end| is_there(*end)) {
            if at.get_mut(number).is_some_and(|on| on.insert(end)) {
                missing.entry(number).or_default().push(ElementRef { domain: Domain::Component, index: end });
            }
        }
    }
    for (index, _) in (0u32..).zip(&model.components) {
        if at.iter().all(|on| !on.contains(&index))
            && let Some(first) = at.first_mut()
        {
            first.insert(index);
            missing.entry(0).or_default().push(ElementRef { domain: Domain::Component, index });
        }
    }
    let boxes: BTreeSet<ElementRef> =
        pages.iter().flat_map(|page| page.shapes.iter().map(|(element, _)| *element)).collect();
    let lines: BTreeSet<u32> = pages.iter().flat_map(|page| page.lines.iter().map(|(line, _)| *line)).collect();
    for index in 0..model.boundaries.len() {
        let element = ElementRef::new(Domain::Boundary, index);
        if !boxes.contains(&element) && !lines.contains(&element.index) {
            missing.entry(0).or_default().push(element);
        }
    }
    // Flows whose ends are on different pages get their other end on the page of the first.
    let drawn: BTreeSet<u32> = pages.iter().flat_map(|page| page.flows.iter().map(|(flow, ..)| *flow)).collect();
    for (index, flow) in (0u32..).zip(&model.flows) {
        // A model built in memory may name ends that are not there.
        if drawn.contains(&index) || !is_there(flow.source) || !is_there(flow.target) {
            continue;
        }
        let both = at.iter().position(|on| on.contains(&flow.source) && on.contains(&flow.target));
        let page = both.or_else(|| at.iter().position(|on| on.contains(&flow.source))).unwrap_or(0);
        if both.is_none() {
            for end in [flow.source, flow.target] {
                if at.get_mut(page).is_some_and(|on| on.insert(end)) {
                    missing.entry(page).or_default().push(ElementRef { domain: Domain::Component, index: end });
                }
            }
        }
        if let Some(page) = pages.get_mut(page) {
            page.flows.push((index, Vec::new(), false));
        }
    }
    for (page, elements) in missing {
        let Some(page) = pages.get_mut(page) else { continue };
        let below = page.shapes.iter().map(|(_, rect)| rect.corner.y + rect.height).fold(0.0f64, f64::max) + GAP;
        let left = page.shapes.iter().map(|(_, rect)| rect.corner.x).fold(f64::INFINITY, f64::min);
        let left = if left.is_finite() { left } else { GAP };
        for (number, element) in elements.into_iter().enumerate() {
            let count = |number: usize| u32::try_from(number).map_or(0.0, f64::from);
            let (column, row) = (count(number % ROW), count(number / ROW));
            let rect = Rect::new(left + column * (SIZE.0 + GAP), below + row * (SIZE.1 + GAP), SIZE.0, SIZE.1);
            page.shapes.extend(rect.map(|rect| (element, rect)));
        }
    }
}
