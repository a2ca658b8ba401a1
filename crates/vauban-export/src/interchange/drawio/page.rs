//! Pages of a new file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use vauban_model::attack_tree::{AttackTree, Gate};
use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::model::{Element, ElementRef, Model, enumeration_of};
use vauban_model::report::Report;
use vauban_model::vocabulary::{Domain, fact};

use super::attributes::{Attributes, label, of_element, of_threat, written};
use super::places::Places;
use crate::interchange::words::xml;

/// Titles of findings in a tooltip at most.
const TITLES: usize = 12;

/// A page around some cells. `root` is what stands on the page itself.
pub(super) fn wrapped(id: &str, name: &str, root: &str, cells: &str) -> String {
    format!(
        "  <diagram id=\"{}\" name=\"{}\">\n    <mxGraphModel dx=\"1200\" dy=\"800\" grid=\"1\" gridSize=\"10\" guides=\"1\" \
         tooltips=\"1\" connect=\"1\" arrows=\"1\" fold=\"1\" page=\"0\" pageScale=\"1\" pageWidth=\"1169\" pageHeight=\"827\" \
         math=\"0\" shadow=\"0\">\n      <root>\n        {root}\n        <mxCell id=\"1\" parent=\"0\"/>\n{cells}      </root>\n    \
         </mxGraphModel>\n  </diagram>\n",
        xml(id),
        xml(name)
    )
}

/// The page itself, with what is said of the whole system.
pub(super) fn system(model: &Model) -> String {
    let attributes = of_element(model, ElementRef::SYSTEM, &model.system);
    format!("<object id=\"0\" label=\"\"{}><mxCell/></object>", written(&attributes))
}

/// The open findings of each element, worst first.
pub(super) fn findings(report: &Report<'_>) -> BTreeMap<ElementRef, Vec<String>> {
    let mut found: BTreeMap<ElementRef, Vec<(u8, String)>> = BTreeMap::new();
    for finding in report.analysis.findings.iter().filter(|finding| finding.status.is_open() && finding.shown) {
        let Some(element) = finding.elements.first() else { continue };
        let rank = u8::MAX - u8::try_from(finding.current.risk as usize).unwrap_or(0);
        found
            .entry(*element)
            .or_default()
            .push((rank, format!("{}: {}", finding.current.risk.as_str(), finding.title)));
    }
    found
        .into_iter()
        .map(|(element, mut all)| {
            all.sort();
            (element, all.into_iter().map(|(_, title)| title).collect())
        })
        .collect()
}

/// What our findings add to a shape's data.
pub(super) fn finding_attributes(titles: Option<&Vec<String>>, out: &mut Attributes) {
    let Some(titles) = titles else { return };
    out.push(("vauban_threats".to_owned(), titles.len().to_string()));
    let mut text = titles.iter().take(TITLES).cloned().collect::<Vec<_>>().join("\n");
    if titles.len() > TITLES {
        let _ = write!(text, "\n{} more", titles.len() - TITLES);
    }
    out.push(("tooltip".to_owned(), text));
}

fn cell_id(target: ElementRef, element: &Element) -> String {
    format!("{}.{}", target.domain.as_str(), element.id)
}

/// Writes one page of the model.
pub(super) fn drawing(
    report: &Report<'_>,
    places: &Places,
    root: &str,
    found: &BTreeMap<ElementRef, Vec<String>>,
) -> String {
    let model = report.model;
    let mut cells = String::new();
    let mut order: Vec<ElementRef> =
        places.shapes.keys().copied().filter(|it| it.domain == Domain::Component).collect();
    // A zone comes before what it holds, outer zones first: the tool wants parents first, and so lies everything on top.
    let mut zones: Vec<(usize, ElementRef)> = places
        .shapes
        .keys()
        .filter(|it| it.domain == Domain::Boundary)
        .map(|it| {
            (std::iter::successors(zone_around(model, *it), |at| zone_around(model, *at)).take(1000).count(), *it)
        })
        .collect();
    zones.sort_unstable();
    let zones = zones.into_iter().map(|(_, zone)| zone);
    order = zones.chain(order).collect();
    let mut done: BTreeSet<ElementRef> = BTreeSet::new();
    for target in order {
        let (Some(element), Some(rect)) = (model.get(target), places.shapes.get(&target)) else { continue };
        let around = zone_around(model, target);
        // Zones of a broken model may lie in each other in a circle; a cell must come after the one it is in.
        let holder = around.filter(|zone| done.contains(zone)).and_then(|zone| Some((zone, places.shapes.get(&zone)?)));
        let mut attributes = of_element(model, target, element);
        if let (Some(zone), None) = (around, holder) {
            attributes.push(("vauban_in".to_owned(), model.id(zone).to_owned()));
        }
        finding_attributes(found.get(&target), &mut attributes);
        let parent = holder.and_then(|(zone, _)| Some(cell_id(zone, model.get(zone)?)));
        done.insert(target);
        let base = holder.map(|(_, rect)| rect.corner).unwrap_or_default();
        let place = rect.moved(Point { x: -base.x, y: -base.y });
        let style = if target.domain == Domain::Boundary { ZONE } else { component_style(report, target) };
        let id = cell_id(target, element);
        vertex(&id, &element.name, &attributes, style, parent.as_deref().unwrap_or("1"), &place, &mut cells);
        if let Some(titles) = found.get(&target) {
            badge(&id, titles.len(), &mut cells);
        }
    }
    for (index, (points, curved)) in &places.lines {
        let target = ElementRef { domain: Domain::Boundary, index: *index };
        let Some(element) = model.get(target) else { continue };
        let mut attributes = of_element(model, target, element);
        if let Some(zone) = zone_around(model, target) {
            attributes.push(("vauban_in".to_owned(), model.id(zone).to_owned()));
        }
        let curve = if *curved { "curved=1;" } else { "" };
        let style =
            format!("endArrow=none;startArrow=none;dashed=1;html=1;strokeColor=#FF3333;fontColor=#FF3333;{curve}");
        let (first, last) = (points.first().copied(), points.last().copied());
        let between = points.get(1..points.len().saturating_sub(1)).unwrap_or(&[]);
        let ends = first.zip(last);
        edge(&cell_id(target, element), &element.name, &attributes, &style, None, ends, between, &mut cells);
    }
    for (index, way) in &places.flows {
        let target = ElementRef { domain: Domain::Flow, index: *index };
        let (Some(flow), Some(element)) = (model.flows.get(*index as usize), model.get(target)) else { continue };
        let component = |index| {
            let target = ElementRef { domain: Domain::Component, index };
            model.get(target).filter(|_| done.contains(&target)).map(|element| cell_id(target, element))
        };
        let (Some(from), Some(to)) = (component(flow.source), component(flow.target)) else { continue };
        let mut attributes = of_element(model, target, element);
        finding_attributes(found.get(&target), &mut attributes);
        let both = if element.bool(fact::TWO_WAY) == Some(true) { "classic" } else { "none" };
        let (route, bends) = match way {
            Some((bends, true)) => ("curved=1;", bends.as_slice()),
            Some((bends, false)) if !bends.is_empty() => ("rounded=1;", bends.as_slice()),
            _ => ("edgeStyle=orthogonalEdgeStyle;rounded=1;jettySize=auto;", &[][..]),
        };
        let style = format!("{route}html=1;endArrow=classic;startArrow={both};");
        let name = shown_name(model, flow.source, flow.target, element);
        edge(&cell_id(target, element), name, &attributes, &style, Some((&from, &to)), None, bends, &mut cells);
    }
    wrapped(&places.id, &places.name, root, &cells)
}

/// The name on a flow; none where it only repeats its ends.
fn shown_name<'e>(model: &Model, from: u32, to: u32, element: &'e Element) -> &'e str {
    let name = |index| model.name(ElementRef { domain: Domain::Component, index });
    if *element.name == format!("{} to {}", name(from), name(to)) { "" } else { &element.name }
}

fn zone_around(model: &Model, target: ElementRef) -> Option<ElementRef> {
    let index = match target.domain {
        Domain::Component => model.components.get(target.at())?.boundary,
        Domain::Boundary => model.boundaries.get(target.at())?.parent,
        _ => None,
    }?;
    Some(ElementRef { domain: Domain::Boundary, index })
}

const ZONE: &str = "rounded=0;whiteSpace=wrap;html=1;dashed=1;fillColor=none;strokeColor=#FF3333;fontColor=#FF3333;\
                    verticalAlign=top;align=left;spacingLeft=8;container=1;collapsible=0;recursiveResize=0;";

/// The figure of a component, by what the analysis takes it for.
fn component_style(report: &Report<'_>, target: ElementRef) -> &'static str {
    let kind = report.analysis.kinds.get(target.at()).copied().flatten();
    match kind.and_then(|kind| enumeration_of(fact::KIND).map(|words| words.word(kind))) {
        Some("process") => "ellipse;whiteSpace=wrap;html=1;",
        Some("data-store") => "shape=partialRectangle;whiteSpace=wrap;html=1;left=0;right=0;fillColor=none;",
        Some("external-entity") => "rounded=0;whiteSpace=wrap;html=1;",
        _ => "rounded=1;whiteSpace=wrap;html=1;",
    }
}

fn number(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one cell, each once")]
fn edge(
    id: &str,
    name: &str,
    attributes: &Attributes,
    style: &str,
    on: Option<(&str, &str)>,
    ends: Option<(Point, Point)>,
    bends: &[Point],
    out: &mut String,
) {
    let on = on.map_or_else(String::new, |(from, to)| format!(" source=\"{}\" target=\"{}\"", xml(from), xml(to)));
    let point =
        |point: &Point, role: &str| format!("<mxPoint x=\"{}\" y=\"{}\"{role}/>", number(point.x), number(point.y));
    let mut inner = String::new();
    if let Some((first, last)) = ends {
        inner += &point(&first, " as=\"sourcePoint\"");
        inner += &point(&last, " as=\"targetPoint\"");
    }
    if !bends.is_empty() {
        inner += "<Array as=\"points\">";
        bends.iter().for_each(|bend| inner += &point(bend, ""));
        inner += "</Array>";
    }
    let _ = writeln!(
        out,
        "        <object label=\"{}\" id=\"{}\"{}><mxCell style=\"{style}\" edge=\"1\" parent=\"1\"{on}><mxGeometry \
         relative=\"1\" as=\"geometry\">{inner}</mxGeometry></mxCell></object>",
        xml(&label(name)),
        xml(id),
        written(attributes)
    );
}

fn vertex(id: &str, name: &str, attributes: &Attributes, style: &str, parent: &str, rect: &Rect, out: &mut String) {
    let _ = writeln!(
        out,
        "        <object label=\"{}\" id=\"{}\"{}><mxCell style=\"{style}\" vertex=\"1\" parent=\"{}\"><mxGeometry x=\"{}\" \
         y=\"{}\" width=\"{}\" height=\"{}\" as=\"geometry\"/></mxCell></object>",
        xml(&label(name)),
        xml(id),
        written(attributes),
        xml(parent),
        number(rect.corner.x),
        number(rect.corner.y),
        number(rect.width),
        number(rect.height)
    );
}

/// The number of open findings on a shape's corner; it moves with the shape.
fn badge(on: &str, count: usize, out: &mut String) {
    let _ = writeln!(
        out,
        "        <object label=\"{count}\" id=\"{id}.findings\" vauban_element=\"finding\"><mxCell style=\"ellipse;html=1;\
         fillColor=#f8cecc;strokeColor=#b85450;fontSize=10;resizable=0;\" vertex=\"1\" connectable=\"0\" parent=\"{id}\">\
         <mxGeometry x=\"1\" width=\"22\" height=\"22\" relative=\"1\" as=\"geometry\"><mxPoint x=\"-11\" y=\"-11\" \
         as=\"offset\"/></mxGeometry></mxCell></object>",
        id = xml(on)
    );
}

/// The id of the page of what no diagram shows.
pub(super) const REST: &str = "vauban-data";

/// A page of what no diagram shows: data, identities, recorded threats, notes; those that are texts of the drawing only if
/// `all_notes`. None if there is nothing.
pub(super) fn rest(model: &Model, all_notes: bool) -> Option<String> {
    let mut cells = String::new();
    let box_at = |column: u32, row: &mut u32| {
        *row += 1;
        Rect::new(f64::from(column) * 280.0, f64::from(*row) * 60.0, 240.0, 40.0).unwrap_or_default()
    };
    let mut row = 0;
    for data in model.elements(Domain::Data) {
        let attributes = of_element(model, data.0, data.1);
        let style = "rounded=0;whiteSpace=wrap;html=1;fillColor=#fff2cc;strokeColor=#d6b656;";
        vertex(&cell_id(data.0, data.1), &data.1.name, &attributes, style, "1", &box_at(0, &mut row), &mut cells);
    }
    row = 0;
    for identity in model.elements(Domain::Identity) {
        let attributes = of_element(model, identity.0, identity.1);
        let style = "rounded=0;whiteSpace=wrap;html=1;fillColor=#dae8fc;strokeColor=#6c8ebf;";
        vertex(
            &cell_id(identity.0, identity.1),
            &identity.1.name,
            &attributes,
            style,
            "1",
            &box_at(1, &mut row),
            &mut cells,
        );
    }
    row = 0;
    for threat in &model.recorded_threats {
        let attributes = of_threat(model, threat);
        let style = "rounded=0;whiteSpace=wrap;html=1;fillColor=#f8cecc;strokeColor=#b85450;";
        vertex(
            &format!("threat.{}", threat.id),
            &threat.title,
            &attributes,
            style,
            "1",
            &box_at(2, &mut row),
            &mut cells,
        );
    }
    row = 0;
    let wanted = model.notes.iter().filter(|note| all_notes || &*note.kind != "diagram-text");
    for (index, note) in wanted.enumerate() {
        let attributes = vec![
            ("vauban_element".to_owned(), "note".to_owned()),
            ("vauban_kind".to_owned(), note.kind.to_string()),
            ("vauban_title".to_owned(), note.title.to_string()),
            ("vauban_text".to_owned(), note.text.to_string()),
        ];
        let shown = if note.title.is_empty() { &note.text } else { &note.title };
        let style = "shape=note;whiteSpace=wrap;html=1;size=12;";
        vertex(&format!("note.{index}"), shown, &attributes, style, "1", &box_at(3, &mut row), &mut cells);
    }
    (!cells.is_empty()).then(|| wrapped(REST, "Data, identities, threats, notes", "<mxCell id=\"0\"/>", &cells))
}

/// A page of an attack tree, goals on top.
pub(super) fn tree(tree: &AttackTree) -> String {
    let mut depth = vec![0usize; tree.nodes.len()];
    // Links are walked in the order of a depth-first tour, as often as something still sinks; trees have no circles.
    for _ in 0..tree.nodes.len().min(1000) {
        let mut moved = false;
        for (index, node) in tree.nodes.iter().enumerate() {
            let below = depth.get(index).copied().unwrap_or(0) + 1;
            for child in &node.children {
                if let Some(deep) = depth.get_mut(*child as usize).filter(|deep| **deep < below) {
                    *deep = below;
                    moved = true;
                }
            }
        }
        if !moved {
            break;
        }
    }
    let mut cells = String::new();
    let mut used: BTreeMap<usize, u32> = BTreeMap::new();
    let tour: Vec<u32> = tree.lines().into_iter().map(|line| line.node).collect();
    let mut places: BTreeMap<u32, Rect> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for node in tour.into_iter().filter(|node| seen.insert(*node)) {
        let row = depth.get(node as usize).copied().unwrap_or(0);
        let column = used.entry(row).or_insert(0);
        let y = u32::try_from(row).unwrap_or(0);
        if let Some(rect) = Rect::new(f64::from(*column) * 160.0, f64::from(y) * 140.0, 120.0, 80.0) {
            places.insert(node, rect);
        }
        *column += 1;
    }
    for (index, node) in (0u32..).zip(&tree.nodes) {
        let (style, gate) = match node.gate {
            Gate::And => {
                ("shape=or;direction=north;whiteSpace=wrap;html=1;fillColor=#dae8fc;strokeColor=#6c8ebf;", "and")
            }
            Gate::Or => {
                ("shape=xor;direction=north;whiteSpace=wrap;html=1;fillColor=#d5e8d4;strokeColor=#82b366;", "or")
            }
            Gate::Leaf => ("rounded=0;whiteSpace=wrap;html=1;fillColor=#f5f5f5;strokeColor=#666666;", ""),
        };
        let mut attributes = vec![("vauban_id".to_owned(), node.id.to_string())];
        if !gate.is_empty() {
            attributes.push(("vauban_gate".to_owned(), gate.to_owned()));
        }
        let place = places.get(&index).copied().unwrap_or_default();
        vertex(&format!("step.{}", node.id), &node.label, &attributes, style, "1", &place, &mut cells);
    }
    for (index, node) in tree.nodes.iter().enumerate() {
        for (at, child) in node.children.iter().filter_map(|child| tree.nodes.get(*child as usize)).enumerate() {
            let _ = writeln!(
                cells,
                "        <mxCell id=\"link.{index}.{at}\" style=\"edgeStyle=orthogonalEdgeStyle;rounded=0;html=1;endArrow=none;\" \
                 edge=\"1\" parent=\"1\" source=\"step.{}\" target=\"step.{}\"><mxGeometry relative=\"1\" as=\"geometry\"/></mxCell>",
                xml(&node.id),
                xml(&child.id)
            );
        }
    }
    let root = format!(
        "<object id=\"0\" label=\"\" vauban_element=\"attack-tree\" vauban_id=\"{}\"><mxCell/></object>",
        xml(&tree.id)
    );
    wrapped(&format!("vauban-tree.{}", tree.id), &tree.name, &root, &cells)
}
