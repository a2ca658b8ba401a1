//! `data.aws_iam_policy_document`: the document its blocks stand for, as the provider puts it together.

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind};

use super::expression::put;
use super::{Evaluator, Scope};
use crate::terraform::syntax::Block;

/// Most statements of one document before more are taken over. A policy may have some thousand characters.
const MOST_STATEMENTS: usize = 2_000;

impl Evaluator<'_> {
    /// The policy of an instance of the data source.
    pub(super) fn policy_document(&mut self, id: (usize, usize, usize), block: &Block) -> Value {
        let (instance, resource, key) = id;
        let expansion = self.expansion(instance, resource);
        let key_of = expansion.as_ref().and_then(|expansion| expansion.keys.get(key));
        let scope = Scope { key: key_of, ..Scope::of(instance) };
        let get = |this: &mut Self, name: &str| this.named(&block.body, name, &scope, 0);
        let version = get(self, "version").filter(|value| !value.is_null());
        let policy_id = get(self, "policy_id").filter(|value| !value.is_null());
        let own: Vec<Value> = get(self, "statement").map(|all| all.each().to_vec()).unwrap_or_default();
        let own: Vec<Value> = own.iter().map(statement).collect();

        let mut statements: Vec<Value> = Vec::new();
        for name in ["source_json", "source_policy_documents"] {
            if let Some(documents) = get(self, name) {
                self.take_over(&documents, &mut statements);
            }
        }
        for one in own {
            place(&mut statements, one);
        }
        for name in ["override_policy_documents", "override_json"] {
            if let Some(documents) = get(self, name) {
                self.take_over(&documents, &mut statements);
            }
        }

        let mut map = Vec::new();
        map.push(("Version".into(), version.unwrap_or_else(|| Value::text("2012-10-17", block.span))));
        if let Some(policy_id) = policy_id {
            map.push(("Id".into(), policy_id));
        }
        map.push(("Statement".into(), Value::new(ValueKind::List(statements), block.span)));
        let policy = Value::new(ValueKind::Map(map), block.span);
        Value::new(ValueKind::Document(Box::new(policy)), block.span)
    }

    /// Adds the statements of documents. Documents that take over one another twice double at every step, so that what is
    /// too much in all is not taken.
    fn take_over(&mut self, documents: &Value, statements: &mut Vec<Value>) {
        for document in items(documents) {
            if self.copies(document) && statements.len() < MOST_STATEMENTS {
                statements_of(document).into_iter().for_each(|one| place(statements, one));
            } else {
                statements.push(self.failure("more statements than can be worked out", document.span));
            }
        }
    }
}

fn items(value: &Value) -> Vec<&Value> {
    match &value.open().kind {
        ValueKind::Null => Vec::new(),
        ValueKind::Text(text) if text.is_empty() => Vec::new(),
        ValueKind::List(items) => items.iter().filter(|item| !item.is_null() && item.as_text() != Some("")).collect(),
        _ => vec![value],
    }
}

/// The statements of a document; of one that is not known, itself, so that it is not forgotten.
fn statements_of(document: &Value) -> Vec<Value> {
    match document.as_map().and_then(|_| document.get("Statement")) {
        Some(statements) => match &statements.open().kind {
            ValueKind::List(items) => items.clone(),
            _ => vec![statements.clone()],
        },
        None if document.as_map().is_some() => Vec::new(),
        None => vec![document.clone()],
    }
}

/// Adds a statement; one with the same id is replaced.
fn place(statements: &mut Vec<Value>, one: Value) {
    let id = one.get("Sid").and_then(Value::as_text).filter(|id| !id.is_empty());
    if let Some(id) = id
        && let Some(known) = statements.iter_mut().find(|known| known.get("Sid").and_then(Value::as_text) == Some(id))
    {
        *known = one;
        return;
    }
    statements.push(one);
}

/// A block `statement` in the form of the document.
fn statement(block: &Value) -> Value {
    let Some(_) = block.as_map() else { return block.clone() };
    let get = |name: &str| block.get(name).filter(|value| !value.is_null());
    let mut map: Vec<(Text, Value)> = Vec::new();
    if let Some(id) = get("sid").filter(|id| id.as_text() != Some("")) {
        map.push(("Sid".into(), id.clone()));
    }
    map.push(("Effect".into(), get("effect").cloned().unwrap_or_else(|| Value::text("Allow", block.span))));
    for (name, key) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(value) = get(name).filter(|value| value.as_list().is_none_or(|items| !items.is_empty())) {
            map.push((key.into(), with_variables(value)));
        }
    }
    for (name, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(value) = get(name).and_then(principals) {
            map.push((key.into(), value));
        }
    }
    if let Some(value) = get("condition").and_then(conditions) {
        map.push(("Condition".into(), value));
    }
    Value { kind: ValueKind::Map(map), span: block.span, via: block.via.clone() }
}

fn principals(blocks: &Value) -> Option<Value> {
    let mut map: Vec<(Text, Value)> = Vec::new();
    for block in blocks.each() {
        let kind = block.get("type").and_then(Value::as_text).unwrap_or("AWS");
        let Some(identifiers) = block.get("identifiers") else { continue };
        let identifiers = with_variables(identifiers);
        if kind == "*" {
            return Some(Value::text("*", identifiers.span));
        }
        join(&mut map, kind.into(), identifiers);
    }
    let span = blocks.each().first()?.span;
    Some(Value::new(ValueKind::Map(map), span))
}

fn conditions(blocks: &Value) -> Option<Value> {
    let mut tests: Vec<(Text, Value)> = Vec::new();
    let span = blocks.each().first()?.span;
    for block in blocks.each() {
        let Some(test) = block.get("test").map(|test| Text::from(super::template::plain(test))) else { continue };
        let variable = block.get("variable").map(|variable| Text::from(super::template::plain(variable)));
        let (Some(variable), Some(values)) = (variable, block.get("values")) else { continue };
        let values = with_variables(values);
        let at = match tests.iter().position(|(known, _)| *known == test) {
            Some(at) => at,
            None => {
                put(&mut tests, test, Value::new(ValueKind::Map(Vec::new()), block.span));
                tests.len() - 1
            }
        };
        if let Some((_, Value { kind: ValueKind::Map(variables), .. })) = tests.get_mut(at) {
            join(variables, variable, values);
        }
    }
    Some(Value::new(ValueKind::Map(tests), span))
}

/// Adds values under a key to those that are there.
fn join(map: &mut Vec<(Text, Value)>, key: Text, values: Value) {
    match map.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => {
            let mut all = known.each().to_vec();
            all.extend(values.each().iter().cloned());
            let span: Span = known.span;
            *known = Value::new(ValueKind::List(all), span);
        }
        None => map.push((key, values)),
    }
}

/// `&{aws:username}` is how the block writes what the document writes `${aws:username}`.
fn with_variables(value: &Value) -> Value {
    let many = |items: &[Value]| items.iter().map(with_variables).collect();
    let kind = match &value.kind {
        ValueKind::Text(text) if text.contains("&{") => ValueKind::Text(text.replace("&{", "${").into()),
        ValueKind::Template(parts) => ValueKind::Template(many(parts)),
        ValueKind::List(items) => ValueKind::List(many(items)),
        ValueKind::OneOf(items) => ValueKind::OneOf(many(items)),
        ValueKind::Secret(inner) => ValueKind::Secret(Box::new(with_variables(inner))),
        _ => return value.clone(),
    };
    Value { kind, span: value.span, via: value.via.clone() }
}
