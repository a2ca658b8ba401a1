//! Variables in compose files: `$X`, `${X:-default}`, `${X:?message}`, `${X:+other}`, `$$`.

use std::sync::Arc;

use vauban_model::Span;
use vauban_model::resource::{Text, Unknown, Value, ValueKind, Via, Why};
use vauban_syntax::{Kind, Node, Scalar};

use super::Scope;

/// How deep defaults may hold defaults.
const DEEPEST: usize = 16;

/// Longest text that variables are filled into, in bytes; what would be longer stays open.
const LONGEST: usize = 1 << 18;

/// A part of a text.
enum Piece {
    Known(String, Option<(Text, Option<Span>)>),
    /// A variable that nobody sets.
    Open(String),
}

/// A text with its variables filled in. Calls `missing` with the name of each that has no value.
pub(super) fn value(text: &str, span: Span, scope: &Scope, missing: &mut dyn FnMut(&str, Span)) -> Value {
    let mut pieces = Vec::new();
    split(text, scope, 0, &mut pieces);
    let mut parts: Vec<Value> = Vec::new();
    let mut via: Option<Arc<Via>> = None;
    for piece in pieces {
        match piece {
            Piece::Known(text, from) => {
                if let Some((name, place)) = from {
                    via.get_or_insert_with(|| Arc::new(Via { span: place.unwrap_or(span), name, before: None }));
                }
                if let Some(Value { kind: ValueKind::Text(known), .. }) = parts.last_mut() {
                    *known = format!("{known}{text}").into();
                } else {
                    parts.push(Value::text(text, span));
                }
            }
            Piece::Open(name) => {
                missing(&name, span);
                parts.push(Value::new(ValueKind::Unknown(Unknown { why: Why::Variable, name: name.into() }), span));
            }
        }
    }
    let mut value = match parts.len() {
        0 => Value::text("", span),
        1 => parts.remove(0),
        _ => Value::new(ValueKind::Template(parts), span),
    };
    value.via = via;
    value
}

/// The text with what is known filled in, and whether all of it is.
pub(super) fn plain(text: &str, scope: &Scope) -> (String, bool) {
    let mut pieces = Vec::new();
    split(text, scope, 0, &mut pieces);
    let mut out = String::new();
    let mut all = true;
    for piece in pieces {
        match piece {
            Piece::Known(text, _) => out.push_str(&text),
            Piece::Open(name) => {
                all = false;
                out.push_str(&format!("${{{name}}}"));
            }
        }
    }
    (out, all)
}

/// Fills in what a scope of its own settles (an included file's `.env`), and leaves the rest for the project's scope.
pub(super) fn fill_known(node: &mut Node, scope: &Scope) {
    match &mut node.kind {
        Kind::Sequence(items) => items.iter_mut().for_each(|item| fill_known(item, scope)),
        Kind::Mapping(entries) => entries.iter_mut().for_each(|entry| fill_known(&mut entry.value, scope)),
        Kind::Scalar(scalar) => {
            if scalar.text.contains('$') {
                let mut pieces = Vec::new();
                split(&scalar.text, scope, 0, &mut pieces);
                if pieces.iter().all(|piece| matches!(piece, Piece::Known(..))) {
                    let mut out = String::new();
                    for piece in pieces {
                        if let Piece::Known(text, _) = piece {
                            out.push_str(&text.replace('$', "$$"));
                        }
                    }
                    *scalar = Scalar { text: out.into(), quoted: scalar.quoted };
                }
            }
        }
    }
}

fn split(text: &str, scope: &Scope, depth: usize, out: &mut Vec<Piece>) {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        known(rest.get(..at).unwrap_or(""), out);
        let after = rest.get(at + 1..).unwrap_or("");
        if let Some(more) = after.strip_prefix('$') {
            known("$", out);
            rest = more;
        } else if let Some(inner) = after.strip_prefix('{') {
            let Some(end) = closing(inner) else {
                known(rest.get(at..).unwrap_or(""), out);
                return;
            };
            braces(inner.get(..end).unwrap_or(""), scope, depth, out);
            rest = inner.get(end + 1..).unwrap_or("");
        } else {
            let length = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').map(char::len_utf8).sum();
            let name = after.get(..length).unwrap_or("");
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                known("$", out);
                rest = after;
                continue;
            }
            variable(name, scope, out);
            rest = after.get(length..).unwrap_or("");
        }
    }
    known(rest, out);
}

fn known(text: &str, out: &mut Vec<Piece>) {
    if !text.is_empty() {
        out.push(Piece::Known(text.to_owned(), None));
    }
}

fn variable(name: &str, scope: &Scope, out: &mut Vec<Piece>) {
    let so_far: usize = out.iter().map(|piece| if let Piece::Known(text, _) = piece { text.len() } else { 0 }).sum();
    match scope.values.get(name).filter(|(value, _)| so_far.saturating_add(value.len()) <= LONGEST) {
        Some((value, place)) => out.push(Piece::Known(value.to_string(), Some((name.into(), *place)))),
        None => out.push(Piece::Open(name.to_owned())),
    }
}

/// The byte of the brace that closes, with braces inside counted.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

fn braces(inner: &str, scope: &Scope, depth: usize, out: &mut Vec<Piece>) {
    let length: usize = inner.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').map(char::len_utf8).sum();
    let (name, rest) = inner.split_at_checked(length).unwrap_or((inner, ""));
    let (empty_counts, rest) = match rest.strip_prefix(':') {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    let set = scope.values.get(name).filter(|(value, _)| empty_counts || !value.is_empty());
    let mut chars = rest.chars();
    match chars.next() {
        Some('-') if set.is_none() => {
            if depth < DEEPEST {
                let before = out.len();
                split(chars.as_str(), scope, depth + 1, out);
                if let Some(Piece::Known(_, from)) = out.get_mut(before) {
                    from.get_or_insert_with(|| (format!("default of {name}").into(), None));
                }
            }
        }
        Some('+') => {
            if set.is_some() && depth < DEEPEST {
                split(chars.as_str(), scope, depth + 1, out);
            }
        }
        _ => variable(name, scope, out),
    }
}
