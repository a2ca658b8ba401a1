//! Terraform in JSON (`.tf.json`, `.tfvars.json`): the same bodies, from objects.

use vauban_model::Span;
use vauban_syntax::{Entry, Kind, Node};

use super::places::Places;
use super::{Attribute, Block, Body, Expr, ExprKind, Item, read_template};

/// Blocks of a file and how many labels they have.
const BLOCKS: [(&str, usize); 12] = [
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("module", 1),
    ("variable", 1),
    ("output", 1),
    ("provider", 1),
    ("locals", 0),
    ("terraform", 0),
    ("moved", 0),
    ("import", 0),
    ("removed", 0),
];

/// Nested blocks that cannot be told from attributes by their form, and how many labels they have.
const NESTED: [(&str, usize); 4] = [("dynamic", 1), ("provisioner", 1), ("lifecycle", 0), ("connection", 0)];

/// The body of a file in JSON form.
pub(in super::super) fn body_of_json(node: &Node) -> Body {
    let mut body = Body::default();
    for part in many(node) {
        for entry in part.as_mapping().unwrap_or_default() {
            let known = BLOCKS.iter().find(|(kind, _)| *kind == &*entry.key);
            match known {
                Some((kind, labels)) => blocks(kind, *labels, entry, &mut Vec::new(), &mut body),
                None if &*entry.key == "//" => {}
                None => body.items.push(attribute(entry)),
            }
        }
    }
    body
}

fn many(node: &Node) -> &[Node] {
    node.as_sequence().unwrap_or(std::slice::from_ref(node))
}

fn blocks(kind: &str, labels: usize, entry: &Entry, before: &mut Vec<String>, body: &mut Body) {
    for node in many(&entry.value) {
        if labels == 0 {
            let block = Block {
                kind: kind.into(),
                labels: before.iter().map(|label| label.as_str().into()).collect(),
                span: entry.key_span,
                body: inner(node),
            };
            body.items.push(Item::Block(block));
            continue;
        }
        for below in node.as_mapping().unwrap_or_default() {
            if &*below.key == "//" {
                continue;
            }
            before.push(below.key.to_string());
            blocks(kind, labels - 1, below, before, body);
            before.pop();
        }
    }
}

fn inner(node: &Node) -> Body {
    let mut body = Body::default();
    for entry in node.as_mapping().unwrap_or_default() {
        match NESTED.iter().find(|(kind, _)| *kind == &*entry.key) {
            Some((kind, labels)) => blocks(kind, *labels, entry, &mut Vec::new(), &mut body),
            None if &*entry.key == "content" => blocks("content", 0, entry, &mut Vec::new(), &mut body),
            None if &*entry.key == "//" => {}
            None => body.items.push(attribute(entry)),
        }
    }
    body
}

fn attribute(entry: &Entry) -> Item {
    Item::Attribute(Attribute { name: (&*entry.key).into(), span: entry.key_span, value: expression(&entry.value) })
}

fn expression(node: &Node) -> Expr {
    let kind = match &node.kind {
        Kind::Sequence(items) => ExprKind::Tuple(items.iter().map(expression).collect()),
        Kind::Mapping(entries) => ExprKind::Object(
            entries.iter().map(|entry| (template_text(&entry.key, entry.key_span), expression(&entry.value))).collect(),
        ),
        Kind::Scalar(scalar) if scalar.quoted => return template_text(&scalar.text, node.span),
        Kind::Scalar(scalar) => match &*scalar.text {
            "" | "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            text => text.parse().map_or_else(|_| ExprKind::Text(text.into()), ExprKind::Number),
        },
    };
    Expr::new(kind, node.span)
}

/// A text in which `${ }` may occur and every place is the same.
pub(in super::super) fn template_text(text: &str, span: Span) -> Expr {
    if !text.contains("${") && !text.contains("%{") && !text.trim_start().starts_with(['{', '[']) {
        return Expr::new(ExprKind::Text(text.into()), span);
    }
    match read_template(text, Places::fixed(text, span)) {
        Ok(expr) => expr,
        Err(_) => Expr::new(ExprKind::Text(text.into()), span),
    }
}
