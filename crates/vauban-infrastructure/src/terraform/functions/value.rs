//! What the functions need to know about values: known or not, the same or not, as text, as a part of a text.

use std::borrow::Cow;
use std::fmt::Write as _;

use vauban_model::Span;
use vauban_model::resource::{Reference, Text, Unknown, Value, ValueKind, Why};

use super::{LONGEST_TEXT, MOST_ALTERNATIVES};

/// Whether nothing in a value is open.
pub(super) fn is_known(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Null | ValueKind::Bool(_) | ValueKind::Number(_) | ValueKind::Text(_) => true,
        ValueKind::List(items) => items.iter().all(is_known),
        ValueKind::Map(entries) => entries.iter().all(|(_, value)| is_known(value)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => is_known(inner),
        ValueKind::Template(_) | ValueKind::Reference(_) | ValueKind::OneOf(_) | ValueKind::Unknown(_) => false,
    }
}

/// Whether an item stands for a number of items that is not known.
pub(in crate::terraform) fn is_several(item: &Value) -> bool {
    match &item.kind {
        ValueKind::Unknown(unknown) => unknown.name.ends_with("[*]"),
        ValueKind::Reference(reference) => {
            reference.address.contains("[*]") || reference.attribute.split('.').any(|part| part == "*")
        }
        ValueKind::OneOf(items) => items.iter().any(is_several),
        ValueKind::Secret(inner) => is_several(inner),
        _ => false,
    }
}

/// The item that stands for all items of a collection that is not known.
pub(in crate::terraform) fn several(collection: &Value) -> Value {
    if is_several(collection) {
        return collection.clone();
    }
    let kind = match &collection.kind {
        ValueKind::Unknown(unknown) => {
            ValueKind::Unknown(Unknown { why: unknown.why, name: format!("{}[*]", unknown.name).into() })
        }
        ValueKind::Reference(reference) => ValueKind::Reference(within(reference, "*")),
        ValueKind::OneOf(items) => ValueKind::OneOf(items.iter().map(several).collect()),
        ValueKind::Secret(inner) => ValueKind::Secret(Box::new(several(inner))),
        _ => return maybe(collection),
    };
    Value { kind, span: collection.span, via: collection.via.clone() }
}

/// An item that may be there or not.
pub(in crate::terraform) fn maybe(item: &Value) -> Value {
    if is_several(item) {
        return item.clone();
    }
    let absent = Value::unknown(Why::Computed, "[*]", item.span);
    one_of(vec![item.clone(), absent], item.span)
}

/// A reference to a part of what a reference is to.
pub(super) fn within(reference: &Reference, part: &str) -> Reference {
    let attribute =
        if reference.attribute.is_empty() { part.into() } else { format!("{}.{part}", reference.attribute).into() };
    Reference { address: reference.address.clone(), attribute }
}

/// A part of a value that is not known: an item or the value of a key. `None` when the value is of another kind.
pub(super) fn part_of(value: &Value, part: &str) -> Option<Value> {
    let kind = match &value.kind {
        ValueKind::Reference(reference) if is_several(value) => ValueKind::Reference(reference.clone()),
        ValueKind::Reference(reference) => ValueKind::Reference(within(reference, part)),
        ValueKind::Unknown(_) => value.kind.clone(),
        _ => return None,
    };
    Some(Value { kind, span: value.span, via: value.via.clone() })
}

/// One of several values: alternatives inside are lifted out, the same value occurs once. Beyond the bound, unknown
/// takes the place of the rest.
pub(super) fn one_of(values: Vec<Value>, span: Span) -> Value {
    let mut seen: Vec<String> = Vec::new();
    let mut kept: Vec<Value> = Vec::new();
    let mut beyond = false;
    let mut unknown: Option<Value> = None;
    for value in values {
        let alternatives = match value.kind {
            ValueKind::OneOf(items) => items,
            _ => vec![value],
        };
        for alternative in alternatives {
            let mark = canonical(&alternative);
            if seen.contains(&mark) {
                continue;
            }
            if kept.len() + 1 >= MOST_ALTERNATIVES {
                beyond = true;
                continue;
            }
            if matches!(alternative.kind, ValueKind::Unknown(_)) {
                // One is enough to say that it may be anything; it stands last.
                if unknown.is_none() || (is_several(&alternative) && !unknown.as_ref().is_some_and(is_several)) {
                    unknown = Some(alternative);
                }
                continue;
            }
            seen.push(mark);
            kept.push(alternative);
        }
    }
    if beyond && unknown.is_none() {
        unknown = Some(Value::unknown(Why::Computed, "more than can be listed", span));
    }
    kept.extend(unknown);
    if kept.len() == 1
        && let Some(only) = kept.pop()
    {
        return only;
    }
    Value::new(ValueKind::OneOf(kept), span)
}

/// A result of which nothing is known and that carries nothing of the arguments.
pub(super) fn plain_unknown(args: &[Value], described: String, span: Span) -> Value {
    match behind(args) {
        Some(unknown) => Value::new(ValueKind::Unknown(unknown), span),
        None => Value::unknown(Why::Computed, described, span),
    }
}

/// A result worked out of arguments that are not known: one of what they are, or unknown.
pub(super) fn derived(args: &[Value], described: String, span: Span) -> Value {
    let mut alternatives = sources(args);
    alternatives.push(plain_unknown(args, described, span));
    one_of(alternatives, span)
}

/// A list worked out of arguments that are not known: a number of items, each one of what they are, or unknown.
pub(super) fn derived_list(args: &[Value], described: String, span: Span) -> Value {
    let unknown = plain_unknown(args, described, span);
    let mut alternatives = sources(args);
    if alternatives.is_empty() {
        return unknown;
    }
    alternatives.push(several(&unknown));
    Value::new(ValueKind::List(vec![one_of(alternatives, span)]), span)
}

/// What of the arguments a result may carry: texts with references whole, out of collections the references.
fn sources(args: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    for arg in args {
        carried(arg, &mut found);
    }
    found
}

fn carried(value: &Value, found: &mut Vec<Value>) {
    if found.len() >= MOST_ALTERNATIVES {
        return;
    }
    match &value.kind {
        ValueKind::Reference(_) | ValueKind::Template(_) => found.push(value.clone()),
        ValueKind::List(items) | ValueKind::OneOf(items) => items.iter().for_each(|item| carried(item, found)),
        ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| carried(value, found)),
        ValueKind::Document(inner) => carried(inner, found),
        ValueKind::Secret(inner) if !is_known(inner) => found.push(value.clone()),
        _ => {}
    }
}

/// The unknown behind a result: the first input that nobody set, else the first unknown of the arguments.
fn behind(args: &[Value]) -> Option<Unknown> {
    let mut first: Option<&Unknown> = None;
    for arg in args {
        unknowns(arg, &mut |unknown| {
            let better = match first {
                None => true,
                Some(earlier) => earlier.why != Why::Variable && unknown.why == Why::Variable,
            };
            if better && &*unknown.name != "[*]" {
                first = Some(unknown);
            }
        });
    }
    let unknown = first?;
    let name = unknown.name.strip_suffix("[*]").map_or_else(|| unknown.name.clone(), Text::from);
    Some(Unknown { why: unknown.why, name })
}

fn unknowns<'a>(value: &'a Value, found: &mut dyn FnMut(&'a Unknown)) {
    match &value.kind {
        ValueKind::Unknown(unknown) => found(unknown),
        ValueKind::Template(items) | ValueKind::List(items) | ValueKind::OneOf(items) => {
            for item in items {
                unknowns(item, found);
            }
        }
        ValueKind::Map(entries) => {
            for (_, value) in entries {
                unknowns(value, found);
            }
        }
        ValueKind::Document(inner) | ValueKind::Secret(inner) => unknowns(inner, found),
        _ => {}
    }
}

/// A call in the input's words, shortened to a line.
pub(super) fn describe(name: &str, args: &[Value]) -> String {
    let mut text = format!("{name}(");
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        describe_value(arg, &mut text);
        if text.len() > 120 {
            text.push('…');
            break;
        }
    }
    text.push(')');
    text
}

fn describe_value(value: &Value, text: &mut String) {
    match &value.kind {
        ValueKind::Null => text.push_str("null"),
        ValueKind::Bool(answer) => text.push_str(if *answer { "true" } else { "false" }),
        ValueKind::Number(number) => text.push_str(&number_text(*number)),
        ValueKind::Text(known) => {
            let short: String = known.chars().take(24).map(|c| if c.is_control() { ' ' } else { c }).collect();
            let more = if known.chars().nth(24).is_some() { "…" } else { "" };
            let _ = write!(text, "\"{short}{more}\"");
        }
        ValueKind::Reference(reference) => push_reference(reference, text),
        ValueKind::Unknown(unknown) => text.extend(unknown.name.chars().take(60)),
        ValueKind::Template(parts) => {
            text.push('"');
            for part in parts.iter().take(4) {
                match &part.kind {
                    ValueKind::Text(known) => text.extend(known.chars().take(24).filter(|c| !c.is_control())),
                    _ => {
                        text.push_str("${");
                        describe_value(part, text);
                        text.push('}');
                    }
                }
            }
            text.push('"');
        }
        ValueKind::List(items) if items.is_empty() => text.push_str("[]"),
        ValueKind::List(_) => text.push_str("[…]"),
        ValueKind::Map(_) | ValueKind::Document(_) => text.push_str("{…}"),
        ValueKind::OneOf(items) => match items.first() {
            Some(first) => describe_value(first, text),
            None => text.push('…'),
        },
        ValueKind::Secret(_) => text.push_str("(secret)"),
    }
}

fn push_reference(reference: &Reference, text: &mut String) {
    text.push_str(&reference.address);
    if !reference.attribute.is_empty() {
        text.push('.');
        text.push_str(&reference.attribute);
    }
}

/// A value that is not known, as it would be written in a text: `${aws_vpc.main.id}`.
pub(super) fn written(value: &Value) -> String {
    let mut text = String::from("${");
    describe_value(value, &mut text);
    text.push('}');
    text
}

/// The known text of a value: text, a number, a yes or no, a known document.
pub(super) fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match &value.kind {
        ValueKind::Text(text) => Some(Cow::Borrowed(text)),
        ValueKind::Number(number) => Some(Cow::Owned(number_text(*number))),
        ValueKind::Bool(answer) => Some(Cow::Borrowed(if *answer { "true" } else { "false" })),
        ValueKind::Document(inner) => {
            let mut text = String::new();
            json(inner, &mut text).then_some(Cow::Owned(text))
        }
        ValueKind::Secret(inner) => text_of(inner),
        _ => None,
    }
}

/// A number as Terraform writes it: no exponent, no decimals when whole.
pub(super) fn number_text(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { format!("{number}") }
}

/// A text as a number, as Terraform converts it.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let shaped = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !shaped {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Writes a known value as Terraform's `jsonencode` does: keys sorted, no spaces, `<`, `>` and `&` escaped. False, with
/// the text unfinished, when something is not known or the text gets too long.
pub(super) fn json(value: &Value, text: &mut String) -> bool {
    if text.len() > LONGEST_TEXT {
        return false;
    }
    match &value.kind {
        ValueKind::Null => text.push_str("null"),
        ValueKind::Bool(answer) => text.push_str(if *answer { "true" } else { "false" }),
        ValueKind::Number(number) => text.push_str(&number_text(*number)),
        ValueKind::Text(known) => json_text(known, text),
        ValueKind::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if !json(item, text) {
                    return false;
                }
            }
            text.push(']');
        }
        ValueKind::Map(entries) => {
            let mut sorted: Vec<&(Text, Value)> = entries.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            text.push('{');
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                json_text(key, text);
                text.push(':');
                if !json(value, text) {
                    return false;
                }
            }
            text.push('}');
        }
        ValueKind::Secret(inner) => return json(inner, text),
        ValueKind::Document(inner) => {
            let mut within = String::new();
            if !json(inner, &mut within) {
                return false;
            }
            json_text(&within, text);
        }
        ValueKind::Template(_) | ValueKind::Reference(_) | ValueKind::OneOf(_) | ValueKind::Unknown(_) => return false,
    }
    true
}

fn json_text(known: &str, text: &mut String) {
    text.push('"');
    for c in known.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c if u32::from(c) < 0x20 => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

/// A text that two values share exactly when they are the same, places apart.
pub(super) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    push_canonical(value, &mut text);
    text
}

fn push_canonical(value: &Value, text: &mut String) {
    let mut many = |open: char, items: &[Value]| {
        text.push(open);
        for item in items {
            push_canonical(item, text);
            text.push(',');
        }
        text.push(')');
    };
    match &value.kind {
        ValueKind::List(items) => many('[', items),
        ValueKind::Template(items) => many('$', items),
        ValueKind::OneOf(items) => many('|', items),
        ValueKind::Map(entries) => {
            text.push('{');
            for (key, value) in entries {
                let _ = write!(text, "{key:?}:");
                push_canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        ValueKind::Null => text.push('n'),
        ValueKind::Bool(answer) => text.push_str(if *answer { "t" } else { "f" }),
        ValueKind::Number(number) => {
            let _ = write!(text, "#{number}");
        }
        ValueKind::Text(known) => {
            let _ = write!(text, "{known:?}");
        }
        ValueKind::Reference(reference) => {
            let _ = write!(text, "&{:?}.{:?}", reference.address, reference.attribute);
        }
        ValueKind::Document(inner) => {
            text.push('D');
            push_canonical(inner, text);
        }
        ValueKind::Secret(inner) => push_canonical(inner, text),
        ValueKind::Unknown(unknown) => {
            let _ = write!(text, "?{:?}{:?}", unknown.why, unknown.name);
        }
    }
}

/// Whether two values are equal; `None` when that is not known.
pub(super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    use ValueKind::{Document, List, Map, OneOf, Reference, Template, Text, Unknown};
    let (a, b) = (a.open(), b.open());
    match (&a.kind, &b.kind) {
        (Unknown(_), _) | (_, Unknown(_)) => None,
        (OneOf(items), _) => all_alike(items.iter().map(|item| equal(item, b))),
        (_, OneOf(items)) => all_alike(items.iter().map(|item| equal(a, item))),
        // The same attribute of one resource is the same; two attributes may be.
        (Reference(x), Reference(y)) => (x == y && !is_several(a)).then_some(true),
        (Reference(_), _) | (_, Reference(_)) => None,
        (Template(_), Template(_)) => (canonical(a) == canonical(b) && !open_inside(a)).then_some(true),
        (Template(parts), Text(known)) | (Text(known), Template(parts)) => {
            let starts = parts.first().and_then(Value::as_text).is_none_or(|first| known.starts_with(first));
            let ends = parts.last().and_then(Value::as_text).is_none_or(|last| known.ends_with(last));
            if starts && ends { None } else { Some(false) }
        }
        (Template(_), _) | (_, Template(_)) => None,
        (List(x), List(y)) => {
            if x.iter().chain(y).any(is_several) {
                return None;
            }
            if x.len() != y.len() {
                return Some(false);
            }
            all_true(x.iter().zip(y).map(|(x, y)| equal(x, y)))
        }
        (Map(x), Map(y)) => {
            if x.iter().chain(y).any(|(_, value)| is_several(value)) {
                return None;
            }
            if x.len() != y.len() {
                return Some(false);
            }
            all_true(x.iter().map(|(key, value)| match b.get(key) {
                Some(other) => equal(value, other),
                None => Some(false),
            }))
        }
        (Document(x), Document(y)) => equal(x, y),
        (Document(_), Text(_)) | (Text(_), Document(_)) => None,
        (x, y) => Some(x == y),
    }
}

fn open_inside(value: &Value) -> bool {
    let mut open = false;
    unknowns(value, &mut |_| open = true);
    open
}

fn all_alike(mut answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = answers.next()??;
    answers.all(|answer| answer == Some(first)).then_some(first)
}

fn all_true(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            None => known = false,
            Some(true) => {}
        }
    }
    known.then_some(true)
}

/// A copy without marks of secrecy anywhere.
pub(super) fn unmarked(value: &Value) -> Value {
    let all = |items: &[Value]| items.iter().map(unmarked).collect();
    let kind = match &value.kind {
        ValueKind::Secret(inner) => return unmarked(inner),
        ValueKind::List(items) => ValueKind::List(all(items)),
        ValueKind::Template(items) => ValueKind::Template(all(items)),
        ValueKind::OneOf(items) => ValueKind::OneOf(all(items)),
        ValueKind::Map(entries) => {
            ValueKind::Map(entries.iter().map(|(key, value)| (key.clone(), unmarked(value))).collect())
        }
        ValueKind::Document(inner) => ValueKind::Document(Box::new(unmarked(inner))),
        other => other.clone(),
    };
    Value { kind, span: value.span, via: value.via.clone() }
}

/// A text that is put together from known stretches and values.
pub(super) struct Parts {
    span: Span,
    parts: Vec<Value>,
    known: String,
    length: usize,
}

impl Parts {
    pub(super) fn new(span: Span) -> Self {
        Parts { span, parts: Vec::new(), known: String::new(), length: 0 }
    }

    pub(super) fn push_text(&mut self, text: &str) {
        self.length = self.length.saturating_add(text.len());
        if self.length <= LONGEST_TEXT {
            self.known.push_str(text);
        }
    }

    /// Appends a value. False when it is nothing that a text can hold.
    pub(super) fn push(&mut self, value: &Value) -> bool {
        if let Some(text) = text_of(value) {
            self.push_text(&text);
            return true;
        }
        match &value.kind {
            ValueKind::Template(parts) => return parts.iter().all(|part| self.push(part)),
            ValueKind::Null | ValueKind::List(_) | ValueKind::Map(_) => return false,
            _ => {}
        }
        self.end_stretch();
        self.length = self.length.saturating_add(64);
        if self.length <= LONGEST_TEXT {
            self.parts.push(value.clone());
        }
        true
    }

    fn end_stretch(&mut self) {
        if !self.known.is_empty() {
            self.parts.push(Value::text(std::mem::take(&mut self.known), self.span));
        }
    }

    /// Text when all is known, the value itself when it is the only part, else a template; `None` when it got too long.
    pub(super) fn finish(mut self) -> Option<Value> {
        if self.length > LONGEST_TEXT {
            return None;
        }
        if self.parts.is_empty() {
            return Some(Value::text(self.known, self.span));
        }
        self.end_stretch();
        if self.parts.len() == 1 {
            return self.parts.pop();
        }
        Some(Value::new(ValueKind::Template(self.parts), self.span))
    }
}
