//! What several readers do with values: trees into values, texts joined, JSON inside of text, paths of files.

use std::fmt::Write as _;
use std::sync::Arc;

use vauban_model::Span;
use vauban_model::resource::{Reference, Text, Value, ValueKind, Via};
use vauban_syntax::{Kind, Limits, Node, parse_json};

/// Longest text that is looked into for JSON, in bytes.
const DOCUMENT: usize = 1 << 20;
/// Marks around the number of a part that stands in a text while that is read as JSON. Private use: no text has them.
const OPEN: char = '\u{f0000}';
const CLOSE: char = '\u{f0001}';

/// A tree as a value, with nothing evaluated.
pub(crate) fn value(node: &Node) -> Value {
    let kind = match &node.kind {
        Kind::Scalar(_) => return scalar(node),
        Kind::Sequence(items) => ValueKind::List(items.iter().map(value).collect()),
        Kind::Mapping(entries) => {
            ValueKind::Map(entries.iter().map(|entry| (Text::from(&*entry.key), value(&entry.value))).collect())
        }
    };
    Value::new(kind, node.span)
}

/// A value without parts. Only plain `true` and `false` are yes and no, and digits that may be an account's number
/// stay text: they would lose their zeros.
pub(crate) fn scalar(node: &Node) -> Value {
    let Kind::Scalar(scalar) = &node.kind else { return Value::null(node.span) };
    if scalar.is_null() {
        return Value::null(node.span);
    }
    if !scalar.quoted {
        match &*scalar.text {
            "true" | "True" | "TRUE" => return Value::new(ValueKind::Bool(true), node.span),
            "false" | "False" | "FALSE" => return Value::new(ValueKind::Bool(false), node.span),
            text => {
                let digits = text.strip_prefix('-').unwrap_or(text);
                let identity =
                    digits.len() > 11 || (digits.len() > 1 && digits.starts_with('0') && !digits.contains('.'));
                if !identity && let Some(number) = node.as_f64() {
                    return Value::new(ValueKind::Number(number), node.span);
                }
            }
        }
    }
    Value::text(&*scalar.text, node.span)
}

/// A map.
pub(crate) fn map<const N: usize>(span: Span, entries: [(&str, Value); N]) -> Value {
    Value::new(ValueKind::Map(entries.into_iter().map(|(key, value)| (Text::from(key), value)).collect()), span)
}

/// A list.
pub(crate) fn list(span: Span, items: Vec<Value>) -> Value {
    Value::new(ValueKind::List(items), span)
}

/// A reference to an attribute of a resource.
pub(crate) fn reference(address: &str, attribute: &str, span: Span) -> Value {
    let reference = Reference { address: address.into(), attribute: attribute.into() };
    Value::new(ValueKind::Reference(reference), span)
}

/// Sets or replaces a key of a map.
pub(crate) fn set(target: &mut Value, key: &str, value: Value) {
    if let ValueKind::Map(entries) = &mut target.kind {
        match entries.iter_mut().find(|(name, _)| &**name == key) {
            Some((_, old)) => *old = value,
            None => entries.push((key.into(), value)),
        }
    }
}

/// The value used somewhere else: the place of use is its place, where it came from is one more step back.
pub(crate) fn used(mut value: Value, name: &str, span: Span) -> Value {
    value.via = Some(Arc::new(Via { span: value.span, name: name.into(), before: value.via.take() }));
    value.span = span;
    value
}

/// The text of a value that is text, number or yes/no, if fully known.
pub(crate) fn text_of(value: &Value) -> Option<Text> {
    match &value.open().kind {
        ValueKind::Text(text) => Some(text.clone()),
        ValueKind::Number(number) => Some(number.to_string().into()),
        ValueKind::Bool(known) => Some(if *known { "true" } else { "false" }.into()),
        _ => None,
    }
}

/// The text with `${name}` where it is not known; for names and messages.
pub(crate) fn render(value: &Value) -> String {
    let mut out = String::new();
    render_into(value, &mut out, 0);
    out
}

fn render_into(value: &Value, out: &mut String, depth: usize) {
    if depth > 16 || out.len() > DOCUMENT {
        return;
    }
    match &value.kind {
        ValueKind::Template(parts) => parts.iter().for_each(|part| render_into(part, out, depth + 1)),
        ValueKind::Secret(inner) => render_into(inner, out, depth + 1),
        ValueKind::Reference(to) if to.attribute.is_empty() => _ = write!(out, "${{{}}}", to.address),
        ValueKind::Reference(to) => _ = write!(out, "${{{}.{}}}", to.address, to.attribute),
        ValueKind::Unknown(unknown) => _ = write!(out, "${{{}}}", unknown.name),
        ValueKind::OneOf(ways) => match ways.first() {
            Some(first) => render_into(first, out, depth + 1),
            None => out.push_str("${?}"),
        },
        _ => match text_of(value) {
            Some(text) => out.push_str(&text),
            None => out.push_str("${?}"),
        },
    }
}

/// Texts and unknowns put one after the other: text if all of it is known, the part itself if there is one, a template
/// otherwise.
pub(crate) fn join(parts: Vec<Value>, span: Span) -> Value {
    let mut flat: Vec<Value> = Vec::with_capacity(parts.len());
    let mut run = String::new();
    let mut run_span = span;
    let mut secret = false;
    let mut pending: Vec<Value> = parts;
    pending.reverse();
    while let Some(part) = pending.pop() {
        if let ValueKind::Template(inner) = part.kind {
            pending.extend(inner.into_iter().rev());
            continue;
        }
        secret |= matches!(&part.kind, ValueKind::Secret(_)) && text_of(&part).is_some();
        if !matches!(part.kind, ValueKind::Secret(_)) && (part.is_null() || text_of(&part).is_some()) {
            if run.is_empty() {
                run_span = part.span;
            }
            run.push_str(text_of(&part).as_deref().unwrap_or(""));
            continue;
        }
        if !run.is_empty() {
            flat.push(Value::text(std::mem::take(&mut run), run_span));
        }
        flat.push(part);
    }
    if !run.is_empty() || flat.is_empty() {
        flat.push(Value::text(run, if flat.is_empty() { span } else { run_span }));
    }
    if flat.len() == 1 && !secret {
        if let Some(mut one) = flat.pop() {
            one.span = span;
            return one;
        }
        return Value::text("", span);
    }
    Value::new(ValueKind::Template(flat), span)
}

/// Text that is JSON of a list or map becomes a document; anything else stays as it is.
pub(crate) fn document(value: Value) -> Value {
    let mut text = String::new();
    let mut parts: Vec<&Value> = Vec::new();
    match &value.kind {
        ValueKind::Text(all) if looks_like_json(all) => text.push_str(all),
        ValueKind::Template(all) => {
            let known = |part: Option<&Value>| part.and_then(Value::as_text).unwrap_or("").to_owned();
            let (first, last) = (known(all.first()), known(all.last()));
            if !(first.trim_start().starts_with(['{', '[']) && last.trim_end().ends_with(['}', ']'])) {
                return value;
            }
            for part in all {
                match &part.kind {
                    ValueKind::Text(known) => text.push_str(known),
                    _ => {
                        _ = write!(text, "{OPEN}{}{CLOSE}", parts.len());
                        parts.push(part);
                    }
                }
            }
        }
        _ => return value,
    }
    if text.len() > DOCUMENT {
        return value;
    }
    let limits = Limits { max_depth: 64, max_nodes: 200_000, ..Limits::default() };
    let mut problems = Vec::new();
    let Some(node) = parse_json(value.span.file, &text, &limits, &mut problems) else { return value };
    if !problems.is_empty() || matches!(node.kind, Kind::Scalar(_)) {
        return value;
    }
    let inner = decoded(&node, &parts, value.span);
    Value { kind: ValueKind::Document(Box::new(inner)), span: value.span, via: value.via.clone() }
}

fn looks_like_json(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}') && !text.starts_with("{{"))
        || (text.starts_with('[') && text.ends_with(']'))
}

/// A tree that was read out of a text, with the parts put back that stood in it.
fn decoded(node: &Node, parts: &[&Value], span: Span) -> Value {
    let kind = match &node.kind {
        Kind::Scalar(_) => {
            let mut plain = scalar(node);
            plain.span = span;
            return match plain.as_text() {
                Some(text) if text.contains(OPEN) => refilled(text, parts, span),
                _ => plain,
            };
        }
        Kind::Sequence(items) => ValueKind::List(items.iter().map(|item| decoded(item, parts, span)).collect()),
        Kind::Mapping(entries) => ValueKind::Map(
            entries
                .iter()
                .map(|entry| {
                    let key = if entry.key.contains(OPEN) {
                        render(&refilled(&entry.key, parts, span)).into()
                    } else {
                        Text::from(&*entry.key)
                    };
                    (key, decoded(&entry.value, parts, span))
                })
                .collect(),
        ),
    };
    Value::new(kind, span)
}

fn refilled(text: &str, parts: &[&Value], span: Span) -> Value {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        if !before.is_empty() {
            all.push(Value::text(before, span));
        }
        let Some((number, tail)) = after.split_once(CLOSE) else { break };
        if let Some(part) = number.parse::<usize>().ok().and_then(|index| parts.get(index)) {
            all.push((*part).clone());
        }
        rest = tail;
    }
    if !rest.is_empty() {
        all.push(Value::text(rest, span));
    }
    join(all, span)
}

/// The folder of a path, without the slash at its end; empty for a file at the top.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path relative to a folder; `None` if it leads out of the tree.
pub(crate) fn resolve(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = if relative.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    parts.retain(|part| !part.is_empty());
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The path among sorted paths that a written one most probably means: the exact one, or the one with the longest common
/// ending, of at least the whole file name; among equals the one nearest to the folder. `None` if two are as good.
pub(crate) fn nearest<'p>(candidates: &[&'p str], folder: &str, written: &str) -> Option<&'p str> {
    let exact = resolve(folder, written);
    if let Some(found) = candidates.iter().find(|path| exact.as_deref() == Some(**path)) {
        return Some(found);
    }
    let wanted: Vec<&str> = written.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let score = |path: &str| {
        let ending = path.rsplit('/').zip(wanted.iter().rev()).take_while(|(a, b)| a == *b).count();
        let shared = path.split('/').zip(folder.split('/')).take_while(|(a, b)| a == b).count();
        (ending, shared)
    };
    let mut best: Option<((usize, usize), &'p str)> = None;
    let mut tie = false;
    for path in candidates {
        let this = score(path);
        if this.0 == 0 {
            continue;
        }
        match best {
            Some((old, _)) if this < old => {}
            Some((old, _)) if this == old => tie = true,
            _ => {
                best = Some((this, path));
                tie = false;
            }
        }
    }
    best.filter(|_| !tie).map(|(_, path)| path)
}

/// Whether a text has the marks of JSON at its start.
pub(crate) fn is_json(text: &str) -> bool {
    crate::located::body(text).starts_with(['{', '['])
}

#[cfg(test)]
mod tests {
    use super::*;
    use vauban_model::FileId;
    use vauban_model::resource::Why;

    fn here() -> Span {
        Span::new(FileId(0), 1, 1, 0)
    }

    #[test]
    fn json_in_a_text_with_references_is_decoded_with_the_references_in_place() {
        let parts = vec![
            Value::text("{\"Resource\": \"", here()),
            reference("Bucket", "Arn", here()),
            Value::text("/*\", \"n\": 1}", here()),
        ];
        let value = document(join(parts, here()));
        let ValueKind::Template(parts) = &value.get("Resource").unwrap().kind else { panic!("{value:?}") };
        assert_eq!(parts[0].as_reference().unwrap().attribute.as_ref(), "Arn");
        assert_eq!(parts[1].as_text(), Some("/*"));
        assert_eq!(value.get("n").and_then(Value::as_number), Some(1.0));
    }

    #[test]
    fn text_that_is_not_json_stays_text() {
        for text in ["{{resolve:ssm:x}}", "{ not json", "[section]\nkey = 1 ]", "plain"] {
            let value = Value::text(text, here());
            assert_eq!(document(value.clone()), value);
        }
    }

    #[test]
    fn known_neighbours_melt_and_a_single_part_stands_for_itself() {
        let unknown = Value::unknown(Why::Lookup, "x", here());
        assert_eq!(join(vec![unknown.clone()], here()), unknown);
        assert_eq!(join(vec![Value::text("a", here()), Value::text("b", here())], here()).as_text(), Some("ab"));
    }

    #[test]
    fn the_nearest_file_is_exact_or_has_the_longest_common_ending() {
        let paths = ["a/templates/vpc.yaml", "b/templates/vpc.yaml", "shared/dlq.yaml"];
        assert_eq!(nearest(&paths, "a", "templates/vpc.yaml"), Some("a/templates/vpc.yaml"));
        assert_eq!(nearest(&paths, "b", "https://x/y/templates/vpc.yaml"), Some("b/templates/vpc.yaml"));
        assert_eq!(nearest(&paths, "c", "https://x/y/templates/vpc.yaml"), None);
        assert_eq!(nearest(&paths, "orders/build", "../../shared/dlq.yaml"), Some("shared/dlq.yaml"));
        assert_eq!(resolve("", "../x"), None);
    }
}
