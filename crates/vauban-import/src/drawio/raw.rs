//! The file as it is: pages of cells, each with its label, style, ends, place and own data. Decides nothing.

use roxmltree::Node;
use vauban_model::Span;
use vauban_model::drawing::geometry::{Point, Rect};

use super::style::Style;
use crate::xml::{Xml, child, children};

/// One page.
#[derive(Clone, Debug)]
pub(crate) struct RawPage {
    /// The tool's id.
    pub(crate) id: String,
    /// Its title.
    pub(crate) name: String,
    /// Its cells, in drawing order.
    pub(crate) cells: Vec<Cell>,
    /// Names of tags that are no cells.
    pub(crate) foreign: Vec<(String, Span)>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// A shape, a line, a label, a layer, or the page itself.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) id: String,
    pub(crate) parent: String,
    /// What is written on it, often HTML.
    pub(crate) label: String,
    pub(crate) style: Style,
    pub(crate) vertex: bool,
    pub(crate) edge: bool,
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) visible: bool,
    pub(crate) collapsed: bool,
    pub(crate) geometry: Option<Geometry>,
    /// What the wrapper around it says beside label and id.
    pub(crate) data: Vec<(String, String)>,
    pub(crate) span: Span,
}

/// Where a cell is, relative to its parent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Geometry {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) relative: bool,
    pub(crate) source: Option<Point>,
    pub(crate) target: Option<Point>,
    pub(crate) offset: Option<Point>,
    pub(crate) points: Vec<Point>,
    /// The size that a collapsed cell has when it is open.
    pub(crate) alternate: Option<Rect>,
}

impl Cell {
    /// A value that the wrapper gives.
    pub(crate) fn datum(&self, key: &str) -> Option<&str> {
        self.data.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

/// Reads a `mxGraphModel`.
pub(crate) fn page(xml: &Xml<'_>, model: Node<'_, '_>, id: &str, name: &str) -> RawPage {
    let mut page = RawPage {
        id: id.to_owned(),
        name: name.to_owned(),
        cells: Vec::new(),
        foreign: Vec::new(),
        span: xml.span(model),
    };
    let Some(root) = child(model, "root") else { return page };
    for node in root.children().filter(Node::is_element) {
        match node.tag_name().name() {
            "mxCell" => page.cells.push(cell(xml, node, None)),
            "object" | "UserObject" => match child(node, "mxCell") {
                Some(inner) => page.cells.push(cell(xml, inner, Some(node))),
                None => page.foreign.push((node.tag_name().name().to_owned(), xml.span(node))),
            },
            other => page.foreign.push((other.to_owned(), xml.span(node))),
        }
    }
    page
}

fn cell(xml: &Xml<'_>, node: Node<'_, '_>, wrapper: Option<Node<'_, '_>>) -> Cell {
    let text = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
    let mut data = Vec::new();
    for attribute in wrapper.iter().flat_map(Node::attributes) {
        if !matches!(attribute.name(), "label" | "id") {
            data.push((attribute.name().to_owned(), attribute.value().to_owned()));
        }
    }
    let wrapped = |name: &str| wrapper.and_then(|wrapper| wrapper.attribute(name)).map(str::to_owned);
    Cell {
        id: wrapped("id").unwrap_or_else(|| text("id")),
        parent: text("parent"),
        label: wrapped("label").unwrap_or_else(|| text("value")),
        style: Style::parse(node.attribute("style").unwrap_or_default()),
        vertex: node.attribute("vertex") == Some("1"),
        edge: node.attribute("edge") == Some("1"),
        source: text("source"),
        target: text("target"),
        visible: node.attribute("visible") != Some("0"),
        collapsed: node.attribute("collapsed") == Some("1"),
        geometry: child(node, "mxGeometry").map(geometry),
        data,
        span: xml.span(wrapper.unwrap_or(node)),
    }
}

fn geometry(node: Node<'_, '_>) -> Geometry {
    let mut out = Geometry {
        x: number(node, "x"),
        y: number(node, "y"),
        width: number(node, "width").max(0.0),
        height: number(node, "height").max(0.0),
        relative: node.attribute("relative") == Some("1"),
        ..Geometry::default()
    };
    for part in node.children().filter(Node::is_element) {
        match (part.tag_name().name(), part.attribute("as")) {
            ("mxPoint", Some("sourcePoint")) => out.source = Some(point(part)),
            ("mxPoint", Some("targetPoint")) => out.target = Some(point(part)),
            ("mxPoint", Some("offset")) => out.offset = Some(point(part)),
            ("Array", Some("points")) => out.points = children(part, "mxPoint").map(point).collect(),
            ("mxRectangle", Some("alternateBounds")) => {
                out.alternate =
                    Rect::new(number(part, "x"), number(part, "y"), number(part, "width"), number(part, "height"));
            }
            _ => {}
        }
    }
    out
}

/// The farthest a drawing reaches. What is beyond is no place but a mistake, and squares of it would be infinite.
const FARTHEST: f64 = 1e9;

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    let number: f64 = node.attribute(name).and_then(|text| text.trim().parse().ok()).unwrap_or(0.0);
    if number.is_finite() { number.clamp(-FARTHEST, FARTHEST) } else { 0.0 }
}

fn point(node: Node<'_, '_>) -> Point {
    Point { x: number(node, "x"), y: number(node, "y") }
}
