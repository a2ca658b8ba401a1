//! The functions of Pulumi's YAML: `fn::invoke`, `fn::toJSON`, `fn::join` and the rest.

use vauban_model::Span;
use vauban_model::resource::{Reference, Text, Value, ValueKind, Why};
use vauban_syntax::{Entry, Kind, Node};

use super::program::Program;

/// The name of a function in a key: `fn::toJSON`, `Fn::Join`.
pub(super) fn name(key: &str) -> Option<&str> {
    let prefix = key.get(..4)?;
    if prefix.eq_ignore_ascii_case("fn::") { key.get(4..) } else { None }
}

/// A key of a mapping whatever its case.
fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.as_mapping()?.iter().find(|entry| entry.key.eq_ignore_ascii_case(key)).map(|entry| &entry.value)
}

/// The function and the arguments of an expression that looks something up outside.
pub(super) fn invoked(node: &Node) -> Option<(&str, Option<&Node>)> {
    let [entry] = node.as_mapping()? else { return None };
    let name = name(&entry.key)?;
    if name.eq_ignore_ascii_case("invoke") {
        return Some((get(&entry.value, "function")?.as_str()?, get(&entry.value, "arguments")));
    }
    // `fn::aws:ec2:getVpc` for short.
    name.contains(':').then_some((name, Some(&entry.value)))
}

/// What of the result such an expression wants.
pub(super) fn returned(node: &Node) -> &str {
    let entry = node.as_mapping().and_then(|entries| entries.first());
    entry.and_then(|entry| get(&entry.value, "return")).and_then(Node::as_str).unwrap_or("")
}

pub(super) fn conceal(value: Value) -> Value {
    let span = value.span;
    match value.kind {
        ValueKind::Secret(_) => value,
        _ => Value::new(ValueKind::Secret(Box::new(value)), span),
    }
}

/// Works out a call.
pub(super) fn call<'a>(program: &mut Program<'a, '_, '_>, name: &'a str, entry: &'a Entry) -> Value {
    let node = &entry.value;
    let span = entry.key_span;
    let pair = |key: &str| get(node, key);
    match name.to_ascii_lowercase().as_str() {
        "invoke" => {
            let function = pair("function").and_then(Node::as_str).unwrap_or("fn::invoke");
            program.outside(function, pair("arguments"), span)
        }
        "tojson" => {
            let inner = program.evaluate(node);
            Value::new(ValueKind::Document(Box::new(inner)), span)
        }
        "secret" => conceal(program.evaluate(node)),
        "join" => join(program, node, span),
        "split" => match program.evaluate(node).as_list() {
            Some([by, text]) => match (by.as_text(), text.as_text()) {
                (Some(by), Some(text)) if !by.is_empty() => {
                    let pieces = text.split(by).take(1 << 16).map(|piece| Value::text(piece, span));
                    Value::new(ValueKind::List(pieces.collect()), span)
                }
                _ => either(text.clone(), "fn::split", span),
            },
            _ => Value::unknown(Why::Unsupported, "fn::split", span),
        },
        "select" => match program.evaluate(node).as_list() {
            Some([index, list]) => {
                let index = index.as_number().filter(|index| *index >= 0.0 && index.fract() == 0.0);
                match index {
                    Some(index) => step(list.clone(), &format!("{index}")),
                    None => Value::unknown(Why::Unsupported, "fn::select", span),
                }
            }
            _ => Value::unknown(Why::Unsupported, "fn::select", span),
        },
        // The text an asset holds counts; a file of the project is opened.
        "stringasset" | "readfile" | "fileasset" => {
            let inner = program.evaluate(node);
            match (name.eq_ignore_ascii_case("stringasset"), inner.as_text()) {
                (false, Some(path)) => match program.file(path) {
                    Some(text) => crate::located::text(&text, span, 0),
                    None => Value::unknown(Why::Missing, path, span),
                },
                (true, _) => inner,
                (false, None) => either(inner, "fn::readFile", span),
            }
        }
        "tobase64" | "frombase64" | "stackreference" => {
            let inner = program.evaluate(node);
            either(inner, &entry.key, span)
        }
        "remotearchive" | "filearchive" | "remoteasset" | "assetarchive" => {
            let inner = program.evaluate(node);
            Value::new(ValueKind::Map(vec![((&*entry.key).into(), inner)]), span)
        }
        _ if name.contains(':') => program.outside(name, Some(node), span),
        _ => {
            let inner = program.evaluate(node);
            let mut found = Vec::new();
            inner.references(&mut |_, value| found.push(value.clone()));
            found.truncate(8);
            found.push(Value::unknown(Why::Unsupported, &*entry.key, span));
            if found.len() == 1 {
                return Value::unknown(Why::Unsupported, &*entry.key, span);
            }
            Value::new(ValueKind::OneOf(found), span)
        }
    }
}

/// A text that is worked out of something: that, or unknown.
fn either(inner: Value, name: &str, span: Span) -> Value {
    Value::new(ValueKind::OneOf(vec![inner, Value::unknown(Why::Unsupported, name, span)]), span)
}

fn join<'a>(program: &mut Program<'a, '_, '_>, node: &'a Node, span: Span) -> Value {
    let Kind::Sequence(arguments) = &node.kind else { return Value::unknown(Why::Unsupported, "fn::join", span) };
    let [by, list] = arguments.as_slice() else { return Value::unknown(Why::Unsupported, "fn::join", span) };
    let by = program.evaluate(by);
    let list = program.evaluate(list);
    let mut parts = Vec::new();
    for item in list.each() {
        if !parts.is_empty() {
            parts.push(by.clone());
        }
        parts.push(item.clone());
    }
    joined(parts, span)
}

/// A text put together of parts: known when all are, the part itself when it is the only one.
pub(super) fn joined(mut parts: Vec<Value>, span: Span) -> Value {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let mut merged: Vec<Value> = Vec::new();
    let mut known = String::new();
    let mut flat: Vec<Value> = Vec::new();
    for part in parts {
        match part.kind {
            ValueKind::Template(inner) => flat.extend(inner),
            _ => flat.push(part),
        }
    }
    for part in flat {
        match &part.kind {
            ValueKind::Text(text) => known.push_str(text),
            ValueKind::Number(number) => known.push_str(&number.to_string()),
            ValueKind::Bool(answer) => known.push_str(if *answer { "true" } else { "false" }),
            ValueKind::Null => {}
            _ => {
                if !known.is_empty() {
                    merged.push(Value::text(std::mem::take(&mut known), span));
                }
                merged.push(part);
            }
        }
    }
    if merged.is_empty() {
        return crate::located::text(&known, span, 0);
    }
    if !known.is_empty() {
        merged.push(Value::text(known, span));
    }
    Value::new(ValueKind::Template(merged), span)
}

/// An item or the value of a key.
pub(super) fn step(value: Value, key: &str) -> Value {
    let (span, via) = (value.span, value.via.clone());
    match value.kind {
        ValueKind::Reference(reference) => {
            let attribute: Text = match &*reference.attribute {
                "" => key.into(),
                attribute => format!("{attribute}.{key}").into(),
            };
            Value { kind: ValueKind::Reference(Reference { address: reference.address, attribute }), span, via }
        }
        ValueKind::Secret(inner) => conceal(step(*inner, key)),
        ValueKind::OneOf(items) => {
            Value { kind: ValueKind::OneOf(items.into_iter().map(|item| step(item, key)).collect()), span, via }
        }
        ValueKind::Unknown(_) => value,
        kind => {
            let whole = Value { kind, span, via };
            match whole.at(key) {
                Some(part) => part.clone(),
                None => Value::unknown(Why::Unsupported, key, span),
            }
        }
    }
}

/// How many values there are in a value, counted up to a bound.
pub(super) fn size(value: &Value, most: usize) -> usize {
    if most == 0 {
        return 1;
    }
    let all = |items: &mut dyn Iterator<Item = &Value>| {
        let mut total = 1usize;
        for item in items {
            total = total.saturating_add(size(item, most.saturating_sub(total)));
            if total >= most {
                break;
            }
        }
        total
    };
    match &value.kind {
        ValueKind::Template(items) | ValueKind::List(items) | ValueKind::OneOf(items) => all(&mut items.iter()),
        ValueKind::Map(entries) => all(&mut entries.iter().map(|(_, value)| value)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => size(inner, most).saturating_add(1),
        // Texts are joined to longer ones, which costs their length.
        ValueKind::Text(text) => 1 + text.len() / 64,
        _ => 1,
    }
}
