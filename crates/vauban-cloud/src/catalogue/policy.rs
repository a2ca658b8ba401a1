//! The two questions about policies that facts need: whether anybody at all is let in, and whether TLS is demanded.
//! Who exactly may do what is a matter of `permissions`.

use vauban_model::resource::{Value, ValueKind};

use super::rule::Truth;
use crate::Estate;

/// How many references are followed to the policy's text.
const MOST_HOPS: usize = 8;

/// The statements of a policy, wherever it stands: a document, or Terraform's data source of one.
fn statements<'v>(value: &'v Value, estate: &Estate<'v>, hops: usize) -> Option<Vec<&'v Value>> {
    if hops > MOST_HOPS {
        return None;
    }
    let value = value.open();
    if let Some(reference) = value.as_reference() {
        let resource = estate.resource(estate.find(&reference.address)?);
        if let Some(statements) = resource.get("statement") {
            return Some(statements.each().iter().collect());
        }
        return statements_of(resource.get(&reference.attribute)?, estate, hops);
    }
    statements_of(value, estate, hops)
}

fn statements_of<'v>(value: &'v Value, estate: &Estate<'v>, hops: usize) -> Option<Vec<&'v Value>> {
    match &value.open().kind {
        ValueKind::Reference(_) => statements(value, estate, hops + 1),
        ValueKind::Document(_) | ValueKind::Map(_) => {
            Some(value.get("Statement").or_else(|| value.get("statement"))?.each().iter().collect())
        }
        ValueKind::List(items) => match items.as_slice() {
            [one] => statements(one, estate, hops + 1),
            _ => None,
        },
        _ => None,
    }
}

/// A key in the spelling of a document or of Terraform's data source.
fn key<'v>(statement: &'v Value, document: &str, source: &str) -> Option<&'v Value> {
    statement.get(document).or_else(|| statement.get(source)).filter(|value| !value.is_null())
}

fn allows(statement: &Value) -> bool {
    key(statement, "Effect", "effect")
        .and_then(Value::as_text)
        .is_none_or(|effect| effect.eq_ignore_ascii_case("allow"))
}

/// Whether some statement allows anybody one of the actions, without a condition.
pub(super) fn admits_anyone(policy: &Value, actions: &[Box<str>], estate: &Estate<'_>) -> Truth {
    let Some(statements) = statements(policy, estate, 0) else { return Truth::Unknown };
    let mut truth = Truth::No;
    for statement in statements {
        if !allows(statement) {
            continue;
        }
        let anyone = anyone(statement, estate);
        let does = does(statement, actions, estate);
        if anyone == Truth::No || does == Truth::No {
            continue;
        }
        let bound = key(statement, "Condition", "condition").is_some_and(|c| !c.each().is_empty());
        if anyone == Truth::Yes && does == Truth::Yes && !bound {
            return Truth::Yes;
        }
        if !bound {
            truth = Truth::Unknown;
        }
    }
    truth
}

/// Whether the statement is about everybody.
fn anyone(statement: &Value, estate: &Estate<'_>) -> Truth {
    let mut truth = Truth::No;
    let mut look = |value: &Value| match &value.open().kind {
        ValueKind::Text(text) if &**text == "*" => truth = Truth::Yes,
        ValueKind::Unknown(_) if truth == Truth::No => truth = Truth::Unknown,
        _ => {}
    };
    if let Some(principal) = statement.get("Principal") {
        if principal.as_map().is_some() {
            super::rule::any(principal, "*", estate, 0, &mut |value| look(value));
        } else {
            super::rule::any(principal, "", estate, 0, &mut |value| look(value));
        }
    }
    for block in statement.get("principals").map_or(&[][..], Value::each) {
        if matches!(block.get("type").and_then(Value::as_text), Some("*" | "AWS") | None) {
            super::rule::any(block, "identifiers", estate, 0, &mut |value| look(value));
        }
    }
    truth
}

/// Whether the statement is about one of the actions.
fn does(statement: &Value, actions: &[Box<str>], estate: &Estate<'_>) -> Truth {
    if actions.is_empty() || statement.get("NotAction").is_some() || statement.get("not_actions").is_some() {
        return Truth::Yes;
    }
    let mut truth = Truth::No;
    let Some(named) = key(statement, "Action", "actions") else { return Truth::No };
    super::rule::any(named, "", estate, 0, &mut |value| match &value.open().kind {
        ValueKind::Text(text) if actions.iter().any(|action| matches(text, action)) => truth = Truth::Yes,
        ValueKind::Unknown(_) if truth == Truth::No => truth = Truth::Unknown,
        _ => {}
    });
    truth
}

/// Whether a pattern with `*` and `?` matches an action; case does not matter.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<u8> = pattern.bytes().map(|b| b.to_ascii_lowercase()).collect();
    let text: Vec<u8> = text.bytes().map(|b| b.to_ascii_lowercase()).collect();
    let (mut p, mut t, mut star, mut mark) = (0usize, 0usize, None, 0usize);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some(p);
                mark = t;
                p += 1;
            }
            Some(&c) if c == b'?' || Some(&c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some(at) => {
                    p = at + 1;
                    mark += 1;
                    t = mark;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|&c| c == b'*'))
}

/// Whether some statement denies what does not come over TLS.
pub(super) fn demands_tls(policy: &Value, estate: &Estate<'_>) -> Truth {
    let Some(statements) = statements(policy, estate, 0) else { return Truth::Unknown };
    let mut truth = Truth::No;
    for statement in statements {
        if allows(statement) {
            continue;
        }
        let mut asks = false;
        if let Some(condition) = statement.get("Condition") {
            super::rule::any(condition, "*.aws:SecureTransport", estate, 0, &mut |value| {
                asks |= value.as_bool() == Some(false);
            });
        }
        for block in statement.get("condition").map_or(&[][..], Value::each) {
            if block.get("variable").and_then(Value::as_text) == Some("aws:SecureTransport") {
                super::rule::any(block, "values", estate, 0, &mut |value| asks |= value.as_bool() == Some(false));
            }
        }
        if asks {
            truth = Truth::Yes;
        }
    }
    truth
}
