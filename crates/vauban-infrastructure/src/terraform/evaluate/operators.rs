//! Operators, equality and alternatives over values that may not be known.

use vauban_model::resource::{Value, ValueKind};

use super::{ALTERNATIVES, Evaluator};
use crate::terraform::syntax::Operator;

impl Evaluator<'_> {
    /// Yes or no, if it can be told.
    pub(super) fn truth(&mut self, value: &Value) -> Option<bool> {
        let value = self.resolve(value);
        match &value.open().kind {
            ValueKind::OneOf(alternatives) => {
                let mut flags = alternatives.iter().map(Value::as_bool);
                let first = flags.next().flatten()?;
                flags.all(|flag| flag == Some(first)).then_some(first)
            }
            _ => value.as_bool(),
        }
    }

    /// The result of an operator, if it can be told.
    pub(super) fn operate(&mut self, operator: Operator, left: &Value, right: &Value) -> Option<ValueKind> {
        let (left, right) = (self.resolve(left), self.resolve(right));
        if let ValueKind::OneOf(alternatives) = &left.open().kind {
            return self.over(alternatives, |this, one| this.operate(operator, one, &right));
        }
        if let ValueKind::OneOf(alternatives) = &right.open().kind {
            return self.over(alternatives, |this, one| this.operate(operator, &left, one));
        }
        let numbers = || Some((left.as_number()?, right.as_number()?));
        Some(match operator {
            Operator::And | Operator::Or => {
                let settling = operator == Operator::Or;
                match (left.as_bool(), right.as_bool()) {
                    (Some(flag), _) | (_, Some(flag)) if flag == settling => ValueKind::Bool(settling),
                    (Some(_), Some(_)) => ValueKind::Bool(!settling),
                    _ => return None,
                }
            }
            Operator::Equal => ValueKind::Bool(equal(&left, &right)?),
            Operator::NotEqual => ValueKind::Bool(!equal(&left, &right)?),
            Operator::Less => ValueKind::Bool(numbers().map(|(a, b)| a < b)?),
            Operator::Greater => ValueKind::Bool(numbers().map(|(a, b)| a > b)?),
            Operator::LessOrEqual => ValueKind::Bool(numbers().map(|(a, b)| a <= b)?),
            Operator::GreaterOrEqual => ValueKind::Bool(numbers().map(|(a, b)| a >= b)?),
            Operator::Add => ValueKind::Number(numbers().map(|(a, b)| a + b)?),
            Operator::Subtract => ValueKind::Number(numbers().map(|(a, b)| a - b)?),
            Operator::Multiply => ValueKind::Number(numbers().map(|(a, b)| a * b)?),
            Operator::Divide => ValueKind::Number(numbers().filter(|(_, b)| *b != 0.0).map(|(a, b)| a / b)?),
            Operator::Remainder => ValueKind::Number(numbers().filter(|(_, b)| *b != 0.0).map(|(a, b)| a % b)?),
        })
    }

    fn over(
        &mut self,
        alternatives: &[Value],
        mut each: impl FnMut(&mut Self, &Value) -> Option<ValueKind>,
    ) -> Option<ValueKind> {
        let mut results = Vec::new();
        for alternative in alternatives {
            results.push(Value::new(each(self, alternative)?, alternative.span));
        }
        Some(one_of(results).kind)
    }
}

/// Whether two values are the same, if it can be told.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    let (left, right) = (left.open(), right.open());
    match (&left.kind, &right.kind) {
        (ValueKind::Unknown(_) | ValueKind::OneOf(_), _) | (_, ValueKind::Unknown(_) | ValueKind::OneOf(_)) => None,
        (ValueKind::Null, ValueKind::Null) => Some(true),
        // What another resource gives is there, even when what it is shows only later.
        (ValueKind::Null, _) | (_, ValueKind::Null) => Some(false),
        (ValueKind::Reference(a), ValueKind::Reference(b)) if a == b => Some(true),
        (ValueKind::Reference(_) | ValueKind::Template(_), ValueKind::Text(text))
        | (ValueKind::Text(text), ValueKind::Reference(_) | ValueKind::Template(_)) => {
            if text.is_empty() {
                Some(false)
            } else {
                None
            }
        }
        (ValueKind::Reference(_) | ValueKind::Template(_), _)
        | (_, ValueKind::Reference(_) | ValueKind::Template(_)) => None,
        (ValueKind::Document(a), ValueKind::Document(b)) => equal(a, b),
        (ValueKind::Document(_), _) | (_, ValueKind::Document(_)) => Some(false),
        (ValueKind::List(a), ValueKind::List(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all(a.iter().zip(b).map(|(a, b)| equal(a, b)))
        }
        (ValueKind::Map(a), ValueKind::Map(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all(a.iter().map(|(key, value)| match b.iter().find(|(other, _)| other == key) {
                Some((_, other)) => equal(value, other),
                None => Some(false),
            }))
        }
        (ValueKind::List(_) | ValueKind::Map(_), _) | (_, ValueKind::List(_) | ValueKind::Map(_)) => Some(false),
        (ValueKind::Text(a), ValueKind::Text(b)) => Some(a == b),
        (ValueKind::Number(a), ValueKind::Number(b)) => Some((a - b).abs() < f64::EPSILON),
        (ValueKind::Bool(a), ValueKind::Bool(b)) => Some(a == b),
        // As in the tool: a text is never the same as a number, whatever is in it.
        _ => Some(false),
    }
}

fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}

/// Whether two values are the same, wherever they stand.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    let many = |a: &[Value], b: &[Value]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (&a.kind, &b.kind) {
        (ValueKind::Null, ValueKind::Null) => true,
        (ValueKind::Bool(a), ValueKind::Bool(b)) => a == b,
        (ValueKind::Number(a), ValueKind::Number(b)) => a.to_bits() == b.to_bits(),
        (ValueKind::Text(a), ValueKind::Text(b)) => a == b,
        (ValueKind::Reference(a), ValueKind::Reference(b)) => a == b,
        (ValueKind::Unknown(a), ValueKind::Unknown(b)) => a == b,
        (ValueKind::Template(a), ValueKind::Template(b))
        | (ValueKind::List(a), ValueKind::List(b))
        | (ValueKind::OneOf(a), ValueKind::OneOf(b)) => many(a, b),
        (ValueKind::Map(a), ValueKind::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, v), (l, w))| k == l && same(v, w))
        }
        (ValueKind::Document(a), ValueKind::Document(b)) | (ValueKind::Secret(a), ValueKind::Secret(b)) => same(a, b),
        _ => false,
    }
}

/// One of these; the value itself when there is no choice. The values' first place is its place.
pub(super) fn one_of(values: Vec<Value>) -> Value {
    let mut flat: Vec<Value> = Vec::new();
    for value in values {
        match value.kind {
            ValueKind::OneOf(inner) => {
                for one in inner {
                    add(&mut flat, one);
                }
            }
            _ => add(&mut flat, value),
        }
    }
    let Some(first) = flat.first() else {
        return Value::null(vauban_model::Span::new(vauban_model::FileId(0), 1, 1, 0));
    };
    if flat.len() == 1 {
        return first.clone();
    }
    let span = first.span;
    Value::new(ValueKind::OneOf(flat), span)
}

fn add(flat: &mut Vec<Value>, value: Value) {
    if flat.len() < ALTERNATIVES && !flat.iter().any(|known| same(known, &value)) {
        flat.push(value);
    }
}

/// The items of a set: none twice, texts in their order.
pub(super) fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut texts: Vec<Value> = Vec::new();
    let mut others: Vec<Value> = Vec::new();
    for item in items {
        if item.as_text().is_some() {
            texts.push(item);
        } else if others.len() >= 1000 || !others.iter().any(|known| same(known, &item)) {
            others.push(item);
        }
    }
    texts.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
    texts.dedup_by(|a, b| a.as_text() == b.as_text());
    texts.extend(others);
    texts
}
