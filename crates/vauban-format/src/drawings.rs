//! Where things stand on drawings: read and written.

use vauban_model::Diagnostic;
use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::drawing::{Drawing, DrawnFlow, DrawnLine, DrawnShape};
use vauban_model::model::{ElementRef, Model};
use vauban_model::vocabulary::Domain;
use vauban_syntax::{Entry, Node};

use crate::emit::Out;
use crate::lists::Parts;
use crate::small::Decoder;
use crate::templates::mapping;

/// Keys of a drawing.
const DRAWING: &[&str] = &["name", "components", "boundaries", "lines", "flows"];
/// The key of points that a smooth curve runs through.
const CURVE: &str = "curve";

impl<'t> Decoder<'_, 't> {
    /// Reads the section `drawings`.
    pub(crate) fn drawings(&mut self, sections: &[&'t Entry]) -> Vec<Drawing> {
        self.named(sections, "drawing", |this, id, span, node| {
            let parts = this.parts(node, "a drawing", DRAWING);
            let mut shapes = this.shapes(&parts, "components", Domain::Component);
            shapes.extend(this.shapes(&parts, "boundaries", Domain::Boundary));
            let lines = this.lines(&parts, "lines", Domain::Boundary);
            let flows = this.lines(&parts, "flows", Domain::Flow);
            Drawing {
                id: id.into(),
                name: this.part_text(&parts, "name").unwrap_or_else(|| id.into()),
                shapes,
                flows: flows.into_iter().map(|(flow, bends, curved)| DrawnFlow { flow, bends, curved }).collect(),
                lines: lines
                    .into_iter()
                    .map(|(boundary, points, curved)| DrawnLine { boundary, points, curved })
                    .collect(),
                span,
            }
        })
    }

    fn shapes(&mut self, parts: &Parts<'t>, key: &str, domain: Domain) -> Vec<DrawnShape> {
        let Some(node) = parts.get(key) else { return Vec::new() };
        let entries = mapping(node, &format!("`{key}`"), &mut self.report).unwrap_or(&[]);
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(index) = self.find(domain, &entry.key, entry.key_span) else { continue };
            let numbers: Vec<f64> = entry.value.as_sequence().unwrap_or(&[]).iter().filter_map(Node::as_f64).collect();
            match numbers.as_slice() {
                [x, y, width, height] if Rect::new(*x, *y, *width, *height).is_some() => {
                    let rect = Rect::new(*x, *y, *width, *height).unwrap_or_default();
                    found.push(DrawnShape { element: ElementRef { domain, index }, rect });
                }
                _ => self.expected(
                    "expected-place",
                    &entry.key,
                    "four numbers",
                    &entry.value,
                    "write left, top, width, height in pixels, as in `[40, 20, 160, 60]`",
                ),
            }
        }
        found
    }

    fn lines(&mut self, parts: &Parts<'t>, key: &str, domain: Domain) -> Vec<(u32, Vec<Point>, bool)> {
        let Some(node) = parts.get(key) else { return Vec::new() };
        let entries = mapping(node, &format!("`{key}`"), &mut self.report).unwrap_or(&[]);
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(index) = self.find(domain, &entry.key, entry.key_span) else { continue };
            let curve = entry.value.get(CURVE);
            let list = curve.unwrap_or(&entry.value);
            let points: Option<Vec<Point>> = if list.is_null() {
                Some(Vec::new())
            } else {
                list.as_sequence().and_then(|items| items.iter().map(point).collect())
            };
            match points {
                Some(points) => found.push((index, points, curve.is_some())),
                None => self.report.push(
                    Diagnostic::error("expected-place", list.span, format!("`{}` takes a list of points", entry.key))
                        .help(
                            "write each as two numbers, as in `[[40, 20], [90, 20]]`; `{curve: […]}` for a smooth line",
                        ),
                ),
            }
        }
        found
    }
}

fn point(node: &Node) -> Option<Point> {
    match node.as_sequence()? {
        [x, y] => Point::new(x.as_f64()?, y.as_f64()?),
        _ => None,
    }
}

/// The section of a model's drawings, ready to be written.
pub(crate) fn written(model: &Model) -> Vec<(String, Out)> {
    let id = |domain, index| model.get(ElementRef { domain, index }).map(|element| element.id.to_string());
    let drawing = |drawing: &Drawing| {
        let mut entries = Vec::new();
        if drawing.name != drawing.id {
            entries.push(("name".to_owned(), Out::text(&drawing.name)));
        }
        for (key, domain) in [("components", Domain::Component), ("boundaries", Domain::Boundary)] {
            let shapes = drawing.shapes.iter().filter(|shape| shape.element.domain == domain);
            let places = shapes.filter_map(|shape| Some((id(domain, shape.element.index)?, place(&shape.rect))));
            push(&mut entries, key, places.collect());
        }
        let lines = drawing.lines.iter();
        let lines =
            lines.filter_map(|line| Some((id(Domain::Boundary, line.boundary)?, points(&line.points, line.curved))));
        push(&mut entries, "lines", lines.collect());
        let flows = drawing.flows.iter();
        let flows = flows.filter_map(|flow| Some((id(Domain::Flow, flow.flow)?, points(&flow.bends, flow.curved))));
        push(&mut entries, "flows", flows.collect());
        (drawing.id.to_string(), Out::Block(entries))
    };
    model.drawings.iter().map(drawing).collect()
}

fn push(entries: &mut Vec<(String, Out)>, key: &str, places: Vec<(String, Out)>) {
    if !places.is_empty() {
        entries.push((key.to_owned(), Out::Block(places)));
    }
}

fn place(rect: &Rect) -> Out {
    Out::List([rect.corner.x, rect.corner.y, rect.width, rect.height].map(number).to_vec())
}

fn points(points: &[Point], curved: bool) -> Out {
    let list = Out::List(points.iter().map(|point| Out::List(vec![number(point.x), number(point.y)])).collect());
    if curved { Out::Map(vec![(CURVE.to_owned(), list)]) } else { list }
}

/// The shortest decimal that reads back as the same number.
fn number(number: f64) -> Out {
    Out::Bare(if number == 0.0 { "0".to_owned() } else { number.to_string() })
}
