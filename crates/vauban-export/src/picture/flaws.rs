//! Looks over a finished picture for what would mislead or hide something.

use vauban_model::drawing::geometry::pixel::{Point, Rect, Size, segments};

use super::place::{DRAWING, Layout};
use super::{Diagram, PlacedNode};

/// Whether pictures are held to the laws of labels too. The engine of our own, which places them when ELK is
/// left out of the build, routes first and looks for room for labels afterwards: there may be none.
const STRICT: bool = cfg!(feature = "elk");

/// What is wrong with a picture, one sentence each; empty when everything lies in its group and on the sheet, no two
/// boxes or foreign groups overlap, every flow reaches its boxes and passes through none, and no label covers a box,
/// another label, the name of a group or another flow. With the places of a drawing a label may cover another flow, but
/// only where nowhere along its own flow it would be free of everything: flows may be drawn closer than their labels.
pub fn flaws(diagram: &Diagram, layout: &Layout) -> Vec<String> {
    let mut out = Vec::new();
    let sheet = Rect::new(0, 0, layout.width, layout.height);
    boxes(layout, &sheet, &mut out);
    groups(layout, &sheet, &mut out);
    flows(layout, &sheet, &mut out);
    if STRICT {
        labels(layout, &sheet, &mut out);
    }
    completeness(diagram, layout, &mut out);
    out
}

fn boxes(layout: &Layout, sheet: &Rect, out: &mut Vec<String>) {
    for (index, node) in layout.nodes.iter().enumerate() {
        if !sheet.contains(&node.rect) {
            out.push(format!("node {index} is off the sheet"));
        }
        let group = node.group.and_then(|it| layout.groups.get(it));
        if group.is_some_and(|group| !group.rect.contains(&node.rect)) {
            out.push(format!("node {index} is outside its group"));
        }
        for (other, rect) in layout.nodes.iter().enumerate().skip(index + 1) {
            if rect.rect.overlaps(&node.rect) {
                out.push(format!("nodes {index} and {other} overlap"));
            }
        }
        for (at, group) in layout.groups.iter().enumerate() {
            if group.rect.overlaps(&node.rect) && !is_around(layout, at, node.group) {
                out.push(format!("node {index} is in group {at}, to which it does not belong"));
            }
        }
    }
}

/// Whether group `outer` is `inner` or around it.
fn is_around(layout: &Layout, outer: usize, inner: Option<usize>) -> bool {
    let mut at = inner;
    while let Some(group) = at {
        if group == outer {
            return true;
        }
        at = layout.groups.get(group).and_then(|it| it.parent).filter(|parent| *parent < group);
    }
    false
}

fn groups(layout: &Layout, sheet: &Rect, out: &mut Vec<String>) {
    for (index, group) in layout.groups.iter().enumerate() {
        if !sheet.contains(&group.rect) {
            out.push(format!("group {index} is off the sheet"));
        }
        let parent = group.parent.filter(|it| *it < index).and_then(|it| layout.groups.get(it));
        if group.parent.is_some() && parent.is_none_or(|it| !it.rect.contains(&group.rect)) {
            out.push(format!("group {index} is outside its parent"));
        }
        if !group.rect.contains(&group.heading) {
            out.push(format!("the heading of group {index} is outside"));
        }
        for (other, sibling) in layout.groups.iter().enumerate().skip(index + 1) {
            if sibling.parent == group.parent && sibling.rect.overlaps(&group.rect) {
                out.push(format!("groups {index} and {other} overlap"));
            }
        }
    }
}

fn flows(layout: &Layout, sheet: &Rect, out: &mut Vec<String>) {
    for (index, edge) in layout.edges.iter().enumerate() {
        if edge.points.len() < 2 || edge.points.iter().any(|point| !sheet.holds(*point)) {
            out.push(format!("edge {index} has no line on the sheet"));
        }
        for (point, node) in [(edge.points.first(), edge.from), (edge.points.last(), edge.to)] {
            let placed = layout.nodes.get(node);
            let at_border = placed.zip(point).is_some_and(|(it, point)| it.rect.border_distance(*point) <= 1);
            if !at_border {
                out.push(format!("edge {index} is not at the border of node {node}"));
            }
            let badge = placed.and_then(PlacedNode::badge_rect);
            if STRICT && badge.zip(point).is_some_and(|(badge, point)| badge.grown(2).holds(*point)) {
                out.push(format!("the badge of node {node} covers the end of edge {index}"));
            }
        }
        for (node, placed) in layout.nodes.iter().enumerate() {
            if STRICT && segments(&edge.points).any(|(a, b)| placed.rect.grown(-1).crossed_by(a, b)) {
                out.push(format!("edge {index} crosses node {node}"));
            }
        }
    }
}

fn labels(layout: &Layout, sheet: &Rect, out: &mut Vec<String>) {
    let of_flows = layout.edges.iter().enumerate().filter_map(|(index, edge)| Some((index, edge.label?)));
    let of_flows: Vec<(usize, Rect)> = of_flows.collect();
    // Only where people put the boxes there may be too little room.
    let as_drawn = layout.engine == DRAWING;
    for &(index, label) in &of_flows {
        if !sheet.contains(&label) {
            out.push(format!("label {index} is off the sheet"));
        }
        let own = layout.edges.get(index).map(|it| it.points.as_slice()).unwrap_or_default();
        if !segments(own).any(|(a, b)| label.grown(6).crossed_by(a, b)) {
            out.push(format!("label {index} is not at its line"));
        }
        for (other, rect) in of_flows.iter().filter(|(other, _)| *other > index) {
            if rect.overlaps(&label) {
                out.push(format!("labels {index} and {other} overlap"));
            }
        }
        covered(layout, &format!("label {index}"), &label, out);
        for (other, line) in layout.edges.iter().enumerate().filter(|(other, _)| *other != index) {
            let covers = segments(&line.points).any(|(a, b)| label.crossed_by(a, b));
            if covers && (!as_drawn || has_room(layout, index, &label)) {
                out.push(format!("label {index} covers edge {other}"));
            }
        }
    }
    for (index, line) in layout.lines.iter().enumerate() {
        covered(layout, &format!("the name of line {index}"), &line.heading, out);
        if of_flows.iter().any(|(_, label)| label.overlaps(&line.heading)) {
            out.push(format!("the name of line {index} covers a label"));
        }
    }
}

/// Whether a label would be free of everything, with a little air, somewhere on or beside its own flow.
fn has_room(layout: &Layout, index: usize, label: &Rect) -> bool {
    let own = layout.edges.get(index).map(|it| it.points.as_slice()).unwrap_or_default();
    let size = Size { width: label.width, height: label.height };
    let is_free = |area: Rect| {
        let (roomy, close) = (area.grown(2), area.grown(1));
        let mut names = Vec::new();
        covered(layout, "it", &roomy, &mut names);
        let mut others = layout.edges.iter().enumerate().filter(|(other, _)| *other != index);
        names.is_empty()
            && !others.any(|(_, it)| {
                it.label.is_some_and(|it| it.overlaps(&roomy))
                    || segments(&it.points).any(|(a, b)| close.crossed_by(a, b))
            })
    };
    segments(own).any(|(a, b)| {
        let steps = (a.walk_to(b) / 2).max(1);
        let (dx, dy) = if a.y == b.y { (0, size.height / 2 + 4) } else { (size.width / 2 + 4, 0) };
        (0..=steps).any(|step| {
            let at = Point::new(a.x + (b.x - a.x) * step / steps, a.y + (b.y - a.y) * step / steps);
            [at, at.moved(-dx, -dy), at.moved(dx, dy)].into_iter().any(|it| is_free(Rect::around(it, size)))
        })
    })
}

/// Boxes, their badges and names of groups that something covers.
fn covered(layout: &Layout, what: &str, area: &Rect, out: &mut Vec<String>) {
    for (node, placed) in layout.nodes.iter().enumerate() {
        if placed.rect.overlaps(area) || placed.badge_rect().is_some_and(|badge| badge.overlaps(area)) {
            out.push(format!("{what} covers node {node}"));
        }
    }
    for (group, placed) in layout.groups.iter().enumerate() {
        if placed.heading.overlaps(area) {
            out.push(format!("{what} covers the heading of group {group}"));
        }
    }
}

fn completeness(diagram: &Diagram, layout: &Layout, out: &mut Vec<String>) {
    let shown = |node: usize| layout.node_at.get(node).copied().flatten();
    for (index, edge) in diagram.edges.iter().enumerate() {
        let at = layout.edge_at.get(index).copied().flatten();
        let (Some(from), Some(to)) = (shown(edge.from), shown(edge.to)) else {
            if at.is_some() {
                out.push(format!("flow {index} leads nowhere but is drawn"));
            }
            continue;
        };
        let folded = layout.nodes.get(from).is_some_and(|it| it.folded().is_some());
        let hidden = edge.hidden || (from == to && folded);
        match at.and_then(|it| layout.edges.get(it)) {
            Some(drawn) if (drawn.from, drawn.to) != (from, to) && (drawn.from, drawn.to) != (to, from) => {
                out.push(format!("flow {index} is drawn between other nodes"));
            }
            Some(_) => {}
            None if !hidden => out.push(format!("flow {index} is missing")),
            None => {}
        }
    }
    for (index, node) in diagram.nodes.iter().enumerate() {
        if shown(index).is_none() != node.hidden {
            out.push(format!("component {index} is missing"));
        }
    }
}
