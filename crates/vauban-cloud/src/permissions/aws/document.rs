//! Policy documents as values of the inventory: JSON, blocks of `aws_iam_policy_document`, or text of either.

use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};
use vauban_syntax::{Kind, Limits, Node, parse_json};

use super::arn::{Names, bare_type};

/// How deep lists in lists and documents in documents are followed.
const DEEPEST: usize = 24;

/// Keys compare without case, underscores and blanks: `NotAction`, `not_actions`.
fn same_key(key: &str, wanted: &str) -> bool {
    let mut wanted = wanted.bytes();
    for byte in key.bytes().filter(|byte| *byte != b'_') {
        if wanted.next() != Some(byte.to_ascii_lowercase()) {
            return false;
        }
    }
    wanted.next().is_none()
}

/// The value of the first of several keys.
pub(crate) fn field<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    let entries = match value.as_map() {
        Some(entries) => entries,
        None => match value.as_list() {
            Some([one]) => one.as_map()?,
            _ => return None,
        },
    };
    entries
        .iter()
        .find(|(key, value)| !value.is_null() && names.iter().any(|name| same_key(key, name)))
        .map(|(_, value)| value)
}

/// A text and its place.
pub(crate) type Written = (String, Span);

/// The texts of a value or list; whether every one of them certainly belongs.
pub(crate) fn texts(names: &Names<'_>, value: &Value, from: u32) -> (Vec<Written>, bool) {
    let mut out = Vec::new();
    let mut certain = true;
    collect(names, value, from, &mut out, &mut certain, 0);
    (out, certain)
}

fn collect(names: &Names<'_>, value: &Value, from: u32, out: &mut Vec<Written>, certain: &mut bool, depth: usize) {
    if depth > DEEPEST {
        *certain = false;
        return;
    }
    match &value.open().kind {
        ValueKind::Null => {}
        ValueKind::List(items) => {
            for item in items {
                collect(names, item, from, out, certain, depth + 1);
            }
        }
        ValueKind::OneOf(items) => {
            *certain &= items.len() < 2;
            for item in items {
                collect(names, item, from, out, certain, depth + 1);
            }
        }
        ValueKind::Document(inner) => collect(names, inner, from, out, certain, depth + 1),
        ValueKind::Map(_) => {
            *certain = false;
            out.push(("${…}".to_owned(), value.span));
        }
        ValueKind::Reference(reference) => {
            // A list that another resource states.
            let stated = names
                .estate
                .find(&reference.address)
                .and_then(|at| names.estate.resource(at).get(&reference.attribute).map(|value| (at, value)));
            match stated {
                Some((at, list)) if list.as_list().is_some() => collect(names, list, at, out, certain, depth + 1),
                _ => out.push((names.render(value, from, 0), value.span)),
            }
        }
        _ => out.push((names.render(value, from, 0), value.span)),
    }
}

/// What a value comes to as a document.
pub(crate) enum Found<'v> {
    /// A document, in the resource it is written in.
    Document(&'v Value, u32),
    /// One that had to be parsed from text.
    Parsed(Value, u32),
    /// One of several.
    Several(&'v [Value], u32),
    /// Nobody knows.
    Unknown,
    /// There is none.
    Nothing,
}

/// Finds the document behind a value.
pub(crate) fn find<'e>(names: &Names<'e>, value: &'e Value, from: u32) -> Found<'e> {
    let (mut value, mut from) = (value, from);
    for _ in 0..DEEPEST {
        match &value.open().kind {
            ValueKind::Null => return Found::Nothing,
            ValueKind::Document(inner) => value = inner,
            ValueKind::Map(_) => return Found::Document(value, from),
            ValueKind::OneOf(choices) => return Found::Several(choices, from),
            ValueKind::List(items) => match items.as_slice() {
                [one] => value = one,
                [] => return Found::Nothing,
                _ => return Found::Unknown,
            },
            ValueKind::Reference(reference) => {
                let Some(at) = names.estate.find(&reference.address) else { return Found::Unknown };
                let resource = names.estate.resource(at);
                if let Some(stated) = resource.get(&reference.attribute)
                    && !reference.attribute.is_empty()
                {
                    value = stated;
                } else if bare_type(resource) == "aws_iam_policy_document" {
                    value = &resource.attributes;
                } else if let Some(stated) = resource.get("policy") {
                    value = stated;
                } else {
                    return Found::Unknown;
                }
                from = at;
            }
            ValueKind::Text(_) | ValueKind::Template(_) => {
                let text = names.render(value, from, 0);
                if text.trim().is_empty() {
                    return Found::Nothing;
                }
                let mut ignored = Vec::new();
                return match parse_json(value.span.file, &text, &Limits::default(), &mut ignored) {
                    Some(node) if ignored.is_empty() && node.as_mapping().is_some() => {
                        Found::Parsed(value_of(&node, value.span, 0), from)
                    }
                    _ => Found::Unknown,
                };
            }
            _ => return Found::Unknown,
        }
    }
    Found::Unknown
}

/// A parsed text as a value; everything stands where the text stood.
pub(crate) fn value_of(node: &Node, span: Span, depth: usize) -> Value {
    let kind = match &node.kind {
        _ if depth > 64 => ValueKind::Null,
        Kind::Scalar(_) => match node.as_str() {
            Some(text) => ValueKind::Text(text.into()),
            None => ValueKind::Null,
        },
        Kind::Sequence(items) => ValueKind::List(items.iter().map(|item| value_of(item, span, depth + 1)).collect()),
        Kind::Mapping(entries) => ValueKind::Map(
            entries.iter().map(|entry| (entry.key.as_ref().into(), value_of(&entry.value, span, depth + 1))).collect(),
        ),
    };
    Value::new(kind, span)
}
