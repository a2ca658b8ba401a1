//! Functions of the expression language that need nothing but their arguments.
//!
//! By the reference of template functions in Microsoft's documentation (2026-11): names do not care for case.

mod addresses;
mod collections;
mod numbers;
mod texts;

pub(super) use numbers::truth;

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind};

use crate::plain;

/// Longest list that a function makes.
const ITEMS: usize = 4096;
/// Longest text that a function makes, in bytes.
const TEXT: usize = 1 << 20;

/// What a function gives.
pub(super) enum Outcome {
    /// A value.
    Known(Value),
    /// The arguments are not known well enough, or are not what the function takes.
    Unsure,
    /// There is no such function here.
    NoSuch,
}

impl From<Option<Value>> for Outcome {
    fn from(value: Option<Value>) -> Self {
        value.map_or(Outcome::Unsure, Outcome::Known)
    }
}

/// Calls a function by its name in lower case.
pub(super) fn call(name: &str, arguments: &[Value], span: Span) -> Outcome {
    for family in [texts::call, collections::call, numbers::call, addresses::call] {
        match family(name, arguments, span) {
            Outcome::NoSuch => {}
            outcome => return outcome,
        }
    }
    Outcome::NoSuch
}

fn yes_no(value: bool, span: Span) -> Value {
    Value::new(ValueKind::Bool(value), span)
}

fn number(value: f64, span: Span) -> Option<Value> {
    value.is_finite().then(|| Value::new(ValueKind::Number(value), span))
}

fn count(value: usize, span: Span) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "lengths are far smaller than where that begins")]
    Value::new(ValueKind::Number(value as f64), span)
}

fn text(value: impl Into<Text>, span: Span) -> Option<Value> {
    let value = value.into();
    (value.len() <= TEXT).then(|| Value::text(value, span))
}

/// A whole number that is not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number below 2^31")]
fn whole(value: Option<&Value>) -> Option<usize> {
    let number = value?.as_number()?;
    (number >= 0.0 && number.fract() == 0.0 && number < 2_147_483_648.0).then_some(number as usize)
}

/// Whether every part of a value is known.
pub(super) fn is_known(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Null | ValueKind::Bool(_) | ValueKind::Number(_) | ValueKind::Text(_) => true,
        ValueKind::List(items) => items.iter().all(is_known),
        ValueKind::Map(entries) => entries.iter().all(|(_, value)| is_known(value)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => is_known(inner),
        ValueKind::Template(_) | ValueKind::Reference(_) | ValueKind::OneOf(_) | ValueKind::Unknown(_) => false,
    }
}

/// Whether two values are the same, if that is sure.
pub(super) fn same(a: &Value, b: &Value) -> Option<bool> {
    let (a, b) = (a.open(), b.open());
    if let ValueKind::OneOf(ways) = &a.kind {
        return all_the_same(ways.iter().map(|way| same(way, b)));
    }
    if let ValueKind::OneOf(ways) = &b.kind {
        return all_the_same(ways.iter().map(|way| same(a, way)));
    }
    match (&a.kind, &b.kind) {
        (ValueKind::Null, ValueKind::Null) => Some(true),
        (ValueKind::Bool(a), ValueKind::Bool(b)) => Some(a == b),
        #[expect(clippy::float_cmp, reason = "the numbers of templates are whole")]
        (ValueKind::Number(a), ValueKind::Number(b)) => Some(a == b),
        (ValueKind::Text(a), ValueKind::Text(b)) => Some(a == b),
        (ValueKind::Reference(a), ValueKind::Reference(b)) if a == b => Some(true),
        (ValueKind::List(x), ValueKind::List(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            every(x.iter().zip(y).map(|(a, b)| same(a, b)))
        }
        (ValueKind::Map(x), ValueKind::Map(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            every(x.iter().map(|(key, value)| b.get(key).map_or(Some(false), |other| same(value, other))))
        }
        (ValueKind::Unknown(_) | ValueKind::Reference(_) | ValueKind::Template(_), _)
        | (_, ValueKind::Unknown(_) | ValueKind::Reference(_) | ValueKind::Template(_)) => {
            // A text with something known in it is neither nothing nor the empty text.
            let empty = |value: &Value| value.is_null() || value.as_text() == Some("");
            let some = |value: &Value| matches!(value.kind, ValueKind::Template(_) | ValueKind::Reference(_));
            (some(a) && empty(b) || some(b) && empty(a)).then_some(false)
        }
        _ => Some(false),
    }
}

fn all_the_same(mut answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = answers.next()??;
    answers.all(|answer| answer == Some(first)).then_some(first)
}

fn every(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut sure = Some(true);
    for answer in answers {
        match answer {
            Some(true) => {}
            Some(false) => return Some(false),
            None => sure = None,
        }
    }
    sure
}

/// A value as JSON.
pub(super) fn to_json(value: &Value, out: &mut String, depth: usize) -> Option<()> {
    if depth > 64 || out.len() > TEXT {
        return None;
    }
    match &value.open().kind {
        ValueKind::Null => out.push_str("null"),
        ValueKind::Bool(known) => out.push_str(if *known { "true" } else { "false" }),
        ValueKind::Number(number) => out.push_str(&number.to_string()),
        ValueKind::Text(text) => quote(text, out),
        ValueKind::Document(inner) => {
            let mut text = String::new();
            to_json(inner, &mut text, depth + 1)?;
            quote(&text, out);
        }
        ValueKind::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                to_json(item, out, depth + 1)?;
            }
            out.push(']');
        }
        ValueKind::Map(entries) => {
            out.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                to_json(item, out, depth + 1)?;
            }
            out.push('}');
        }
        _ => return None,
    }
    Some(())
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for mark in text.chars() {
        match mark {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// The text of an argument, if it is known.
fn known(arguments: &[Value], at: usize) -> Option<Text> {
    arguments.get(at).filter(|value| !value.is_null()).and_then(plain::text_of)
}

#[cfg(test)]
mod tests;
