//! Texts with something to fill in.

use std::sync::Arc;

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind, Via, Why};

use super::documents::document;
use super::operators::one_of;
use super::{Binding, Evaluator, LONGEST, Scope};
use crate::terraform::syntax::Part;

/// A stretch of a text that is being put together.
pub(super) enum Piece {
    Text {
        text: Text,
        span: Span,
        /// Whether it stands in the file as it is, so that places inside can be counted.
        literal: bool,
        secret: bool,
    },
    Value(Value),
}

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[Part], span: Span, scope: &Scope<'_>) -> Value {
        // `"${x}"` is `x`, whatever it is.
        if let [Part::Value(expr)] = parts {
            let mut value = self.eval(expr, scope);
            value.span = span;
            return value;
        }
        let mut pieces = Vec::new();
        let mut via = None;
        self.pieces(parts, scope, &mut pieces, &mut via);
        let length: usize = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text { text, .. } => text.len(),
                Piece::Value(_) => 0,
            })
            .fold(0, usize::saturating_add);
        if length > LONGEST || !self.spend(length / 64) {
            return Value::unknown(Why::Unsupported, "a text that is too long", span);
        }
        let mut value = put_together(pieces, span, self.keep_text);
        value.via = via;
        value
    }

    fn pieces(&mut self, parts: &[Part], scope: &Scope<'_>, out: &mut Vec<Piece>, via: &mut Option<Arc<Via>>) {
        for part in parts {
            match part {
                Part::Text(text, span) => {
                    out.push(Piece::Text { text: text.clone(), span: *span, literal: true, secret: false });
                }
                Part::Value(expr) => {
                    let value = self.eval(expr, scope);
                    if via.is_none() {
                        via.clone_from(&value.via);
                    }
                    add(value, false, out);
                }
                Part::If(condition, yes, no) => {
                    let condition = self.eval(condition, scope);
                    match self.truth(&condition) {
                        Some(true) => self.pieces(yes, scope, out, via),
                        Some(false) => self.pieces(no, scope, out, via),
                        None => {
                            let mut branch = |parts: &[Part]| {
                                let mut pieces = Vec::new();
                                self.pieces(parts, scope, &mut pieces, &mut None);
                                put_together(pieces, condition.span, true)
                            };
                            let alternatives = vec![branch(yes), branch(no)];
                            out.push(Piece::Value(one_of(alternatives)));
                        }
                    }
                }
                Part::For { first, second, over, body } => {
                    let over = self.eval(over, scope);
                    let Some(items) = self.items_of(&over) else {
                        let (why, name) = match &over.kind {
                            ValueKind::Unknown(unknown) => (unknown.why, unknown.name.clone()),
                            _ => (Why::Computed, plain(&over).into()),
                        };
                        out.push(Piece::Value(Value::unknown(why, name, over.span)));
                        continue;
                    };
                    for (key, value) in items {
                        let (a, b) = match second {
                            Some(second) => (key, Some((second, value))),
                            None => (value, None),
                        };
                        let a = Binding { name: first, value: a, next: scope.bindings };
                        let b = b.map(|(name, value)| Binding { name, value, next: Some(&a) });
                        let inner = Scope { bindings: Some(b.as_ref().unwrap_or(&a)), ..*scope };
                        self.pieces(body, &inner, out, via);
                    }
                }
            }
        }
    }
}

fn add(value: Value, secret: bool, out: &mut Vec<Piece>) {
    let text = |text: Text| Piece::Text { text, span: value.span, literal: false, secret };
    match value.kind {
        ValueKind::Secret(inner) => add(*inner, true, out),
        ValueKind::Text(of) => out.push(text(of)),
        ValueKind::Number(number) => out.push(text(number_text(number).into())),
        ValueKind::Bool(flag) => out.push(text(if flag { "true" } else { "false" }.into())),
        ValueKind::Null => {}
        ValueKind::Template(parts) => {
            for part in parts {
                add(part, secret, out);
            }
        }
        _ if secret => {
            let span = value.span;
            out.push(Piece::Value(Value::new(ValueKind::Secret(Box::new(value)), span)));
        }
        _ => out.push(Piece::Value(value)),
    }
}

/// One value of all pieces: a document, a text, or a template.
pub(super) fn put_together(pieces: Vec<Piece>, span: Span, keep_text: bool) -> Value {
    if !keep_text && let Some(document) = document(&pieces, span) {
        return document;
    }
    let mut parts: Vec<Value> = Vec::new();
    let mut text = String::new();
    let mut text_span = span;
    let mut any_secret = false;
    let mut text_secret = false;
    let flush = |text: &mut String, secret: bool, place: Span, parts: &mut Vec<Value>| {
        if !text.is_empty() {
            let value = Value::text(std::mem::take(text), place);
            parts.push(if secret { Value::new(ValueKind::Secret(Box::new(value)), place) } else { value });
        }
    };
    let all_text = pieces.iter().all(|piece| matches!(piece, Piece::Text { .. }));
    for piece in pieces {
        match piece {
            Piece::Text { text: stretch, span: place, secret, .. } => {
                any_secret |= secret;
                if secret != text_secret && !all_text {
                    flush(&mut text, text_secret, text_span, &mut parts);
                }
                text_secret = secret;
                if text.is_empty() {
                    text_span = place;
                }
                text.push_str(&stretch);
            }
            Piece::Value(value) => {
                flush(&mut text, text_secret, text_span, &mut parts);
                parts.push(value);
            }
        }
    }
    if all_text {
        let value = Value::text(text, span);
        return if any_secret { super::variables::secret(value) } else { value };
    }
    flush(&mut text, text_secret, text_span, &mut parts);
    Value::new(ValueKind::Template(parts), span)
}

/// A number as the tool writes it into a text.
pub(super) fn number_text(number: f64) -> String {
    format!("{number}")
}

/// A value as text for people and keys; what is not known is written `${name}`.
pub(super) fn plain(value: &Value) -> String {
    match &value.kind {
        ValueKind::Null => String::new(),
        ValueKind::Bool(flag) => flag.to_string(),
        ValueKind::Number(number) => number_text(*number),
        ValueKind::Text(text) => text.to_string(),
        ValueKind::Template(parts) => parts.iter().map(plain).collect(),
        ValueKind::Reference(reference) if reference.attribute.is_empty() => format!("${{{}}}", reference.address),
        ValueKind::Reference(reference) => format!("${{{}.{}}}", reference.address, reference.attribute),
        ValueKind::Unknown(unknown) => format!("${{{}}}", unknown.name),
        ValueKind::Secret(inner) => plain(inner),
        ValueKind::OneOf(alternatives) => {
            let names: Vec<String> = alternatives.iter().map(plain).collect();
            format!("${{{}}}", names.join("|"))
        }
        ValueKind::Document(_) | ValueKind::List(_) | ValueKind::Map(_) => "${...}".to_owned(),
    }
}
