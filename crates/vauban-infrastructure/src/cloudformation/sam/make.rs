//! Values put together.

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind, Why};

use crate::plain;

/// Most ways that one value may turn out and are looked at.
const WAYS: usize = 64;

/// The value of a key of a map, made when it is not there. A value that is no map becomes one.
pub(super) fn entry<'v>(target: &'v mut Value, key: &str, make: impl FnOnce() -> Value) -> Option<&'v mut Value> {
    if !matches!(target.kind, ValueKind::Map(_)) {
        target.kind = ValueKind::Map(Vec::new());
    }
    if given(target, key).is_none() {
        plain::set(target, key, make());
    }
    let ValueKind::Map(entries) = &mut target.kind else { return None };
    entries.iter_mut().find(|(name, _)| &**name == key).map(|(_, value)| value)
}

/// A map of those entries that are there.
pub(super) fn map(span: Span, entries: Vec<(&str, Option<Value>)>) -> Value {
    let entries = entries.into_iter().filter_map(|(key, value)| Some((Text::from(key), value?))).collect();
    Value::new(ValueKind::Map(entries), span)
}

pub(super) fn text(text: &str, span: Span) -> Value {
    Value::text(text, span)
}

/// The value of a key that is there and set.
pub(super) fn given<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key).filter(|value| !value.is_null())
}

/// Takes a key out of a map.
pub(super) fn take(target: &mut Value, key: &str) -> Option<Value> {
    let ValueKind::Map(entries) = &mut target.kind else { return None };
    let place = entries.iter().position(|(name, _)| &**name == key)?;
    Some(entries.remove(place).1).filter(|value| !value.is_null())
}

/// Everything a value may turn out to be, what is nothing left out.
pub(super) fn ways(value: &Value) -> Vec<&Value> {
    let mut out = Vec::new();
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match &value.kind {
            ValueKind::OneOf(ways) if out.len() + pending.len() < WAYS => pending.extend(ways.iter().rev()),
            ValueKind::Null => {}
            _ => out.push(value),
        }
    }
    out
}

/// The items of a list, or the value itself, in all ways.
pub(super) fn items(value: &Value) -> Vec<&Value> {
    ways(value).into_iter().flat_map(Value::each).flat_map(ways).collect()
}

/// Entries of a map, in all ways.
pub(super) fn entries(value: &Value) -> Vec<(&Text, &Value)> {
    ways(value).into_iter().flat_map(|way| way.as_map().unwrap_or(&[])).map(|(key, value)| (key, value)).collect()
}

/// A pattern with values for its names in braces. Names that start with `AWS::` are pseudo parameters; one that nobody
/// gives stays unknown.
pub(super) fn fill(pattern: &str, span: Span, give: &mut dyn FnMut(&str) -> Option<Value>) -> Value {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        if !before.is_empty() {
            parts.push(text(before, span));
        }
        parts.push(match name {
            "AWS::Partition" => text("aws", span),
            _ if name.starts_with("AWS::") => Value::unknown(Why::Lookup, name, span),
            _ => give(name).unwrap_or_else(|| Value::unknown(Why::Missing, name, span)),
        });
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(text(rest, span));
    }
    plain::join(parts, span)
}

/// A policy of one statement that lets these actions be done.
pub(super) fn allow(action: &str, resource: Value, span: Span) -> Value {
    let statement =
        plain::map(span, [("Effect", text("Allow", span)), ("Action", text(action, span)), ("Resource", resource)]);
    document(vec![statement], span)
}

/// A policy.
pub(super) fn document(statements: Vec<Value>, span: Span) -> Value {
    plain::map(span, [("Version", text("2012-10-17", span)), ("Statement", plain::list(span, statements))])
}

/// A policy as roles have it.
pub(super) fn inline(name: &str, document: Value, span: Span) -> Value {
    plain::map(span, [("PolicyName", text(name, span)), ("PolicyDocument", document)])
}

/// The policy that lets a service take a role.
pub(super) fn trust(service: &str, span: Span) -> Value {
    let principal = plain::map(span, [("Service", plain::list(span, vec![text(service, span)]))]);
    let action = plain::list(span, vec![text("sts:AssumeRole", span)]);
    let statement = plain::map(span, [("Action", action), ("Effect", text("Allow", span)), ("Principal", principal)]);
    document(vec![statement], span)
}
