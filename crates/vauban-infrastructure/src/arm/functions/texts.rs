//! Functions over texts.

use std::fmt::Write as _;

use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};
use vauban_syntax::{Limits, parse_json};

use super::{ITEMS, Outcome, TEXT, known, text, to_json, whole, yes_no};
use crate::kubernetes::object::{decode_base64, encode_base64};
use crate::plain;

pub(super) fn call(name: &str, arguments: &[Value], span: Span) -> Outcome {
    let first = arguments.first();
    match name {
        "concat" => concat(arguments, span).into(),
        "format" => format(arguments, span).into(),
        "tolower" => mapped(first, span, &|text| text.to_lowercase()).into(),
        "toupper" => mapped(first, span, &|text| text.to_uppercase()).into(),
        "trim" => match known(arguments, 0) {
            Some(known) => text(known.trim(), span).into(),
            None => first.cloned().into(),
        },
        "string" => string(first, span).into(),
        "base64" => match known(arguments, 0) {
            Some(known) => text(encode_base64(known.as_bytes()), span).into(),
            // What is encoded matters, not the encoding.
            None => first.cloned().into(),
        },
        "base64tostring" => known(arguments, 0).and_then(|known| decoded(&known)).and_then(|it| text(it, span)).into(),
        "base64tojson" => known(arguments, 0).and_then(|known| decoded(&known)).and_then(|it| json(&it, span)).into(),
        "json" => match first.map(|first| &first.open().kind) {
            Some(ValueKind::Document(inner)) => Some((**inner).clone()).into(),
            _ => known(arguments, 0).and_then(|known| json(&known, span)).into(),
        },
        "datauri" => match known(arguments, 0) {
            Some(known) => {
                text(format!("data:text/plain;charset=utf8;base64,{}", encode_base64(known.as_bytes())), span).into()
            }
            None => first.cloned().into(),
        },
        "datauritostring" => known(arguments, 0)
            .and_then(|known| {
                let (kind, data) = known.strip_prefix("data:")?.split_once(',')?;
                if kind.ends_with(";base64") { decoded(data) } else { unescaped(data) }
            })
            .and_then(|it| text(it, span))
            .into(),
        "uricomponent" => match known(arguments, 0) {
            Some(known) => text(escaped(&known), span).into(),
            None => first.cloned().into(),
        },
        "uricomponenttostring" => {
            known(arguments, 0).and_then(|known| unescaped(&known)).and_then(|it| text(it, span)).into()
        }
        "uri" => uri(arguments, span).into(),
        "split" => split(arguments, span).into(),
        "replace" => replace(arguments, span).into(),
        "substring" => substring(arguments, span).or_else(|| unknown_text(first)).into(),
        "padleft" => padded(arguments, span).or_else(|| unknown_text(first)).into(),
        "startswith" => pair(arguments).map(|(a, b)| yes_no(a.starts_with(&b), span)).into(),
        "endswith" => pair(arguments).map(|(a, b)| yes_no(a.ends_with(&b), span)).into(),
        _ => Outcome::NoSuch,
    }
}

/// Two texts, in lower case: comparing does not care for case.
fn pair(arguments: &[Value]) -> Option<(String, String)> {
    Some((known(arguments, 0)?.to_lowercase(), known(arguments, 1)?.to_lowercase()))
}

/// A text of which not all is known: stays as it is, so that the same thing keeps the same name.
fn unknown_text(value: Option<&Value>) -> Option<Value> {
    value.filter(|value| matches!(value.open().kind, ValueKind::Template(_) | ValueKind::Unknown(_))).cloned()
}

/// A text changed letter by letter, as far as it is known.
fn mapped(value: Option<&Value>, span: Span, change: &dyn Fn(&str) -> String) -> Option<Value> {
    let value = value?;
    Some(match &value.kind {
        ValueKind::Text(text) => Value::text(change(text), span),
        ValueKind::Template(parts) => {
            let parts = parts.iter().filter_map(|part| mapped(Some(part), span, change)).collect();
            Value::new(ValueKind::Template(parts), span)
        }
        ValueKind::OneOf(ways) => {
            let ways = ways.iter().filter_map(|way| mapped(Some(way), span, change)).collect();
            Value::new(ValueKind::OneOf(ways), span)
        }
        ValueKind::Secret(inner) => Value::new(ValueKind::Secret(Box::new(mapped(Some(inner), span, change)?)), span),
        _ => value.clone(),
    })
}

/// Texts or lists, one after the other.
fn concat(arguments: &[Value], span: Span) -> Option<Value> {
    if arguments.iter().any(|value| matches!(value.open().kind, ValueKind::List(_))) {
        let mut items = Vec::new();
        for argument in arguments {
            match argument.as_list() {
                Some(more) => items.extend(more.iter().cloned()),
                // Items that nobody knows are still there.
                None => items.push(argument.clone()),
            }
        }
        return (items.len() <= ITEMS).then(|| plain::list(span, items));
    }
    joined(arguments.to_vec(), span)
}

pub(super) fn joined(parts: Vec<Value>, span: Span) -> Option<Value> {
    let length = |value: &Value| value.open().as_text().map_or(16, str::len);
    let total: usize = parts
        .iter()
        .map(|part| match &part.kind {
            ValueKind::Template(parts) => parts.iter().map(length).sum(),
            _ => length(part),
        })
        .sum();
    (total <= TEXT && parts.len() <= 4 * ITEMS).then(|| plain::document(plain::join(parts, span)))
}

/// `{0}` and `{0:X2}` filled in; two braces are one.
fn format(arguments: &[Value], span: Span) -> Option<Value> {
    let pattern = known(arguments, 0)?;
    let mut parts = Vec::new();
    let mut run = String::new();
    let mut rest = &*pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at_checked(at)?;
        run.push_str(before);
        if let Some(after) = after.strip_prefix("{{") {
            run.push('{');
            rest = after;
        } else if let Some(after) = after.strip_prefix("}}") {
            run.push('}');
            rest = after;
        } else {
            let (hole, after) = after.strip_prefix('{')?.split_once('}')?;
            let (index, style) = hole.split_once(':').unwrap_or((hole, ""));
            let index: usize = index.split(',').next()?.trim().parse().ok()?;
            let value = arguments.get(index.checked_add(1)?)?;
            parts.push(Value::text(std::mem::take(&mut run), span));
            parts.push(styled(value, style, span));
            rest = after;
        }
    }
    run.push_str(rest);
    parts.push(Value::text(run, span));
    joined(parts, span)
}

/// A number as `D3`, `N0` or `X2` want it.
fn styled(value: &Value, style: &str, span: Span) -> Value {
    let number = value.as_number().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
    let width = style.get(1..).and_then(|width| width.parse::<usize>().ok()).unwrap_or(0).min(64);
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number below 10^15")]
    let whole = number.map(|number| number as i64);
    let shaped = whole.and_then(|whole| match style.chars().next()? {
        'D' | 'd' => Some(format!("{whole:0width$}")),
        '0' => Some(format!("{whole:0width$}", width = style.len().min(64))),
        'X' => Some(format!("{whole:0width$X}")),
        'x' => Some(format!("{whole:0width$x}")),
        'N' | 'n' if width == 0 => {
            let digits = whole.unsigned_abs().to_string();
            let mut out = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at) % 3 == 0 {
                    out.push(',');
                }
                out.push(digit);
            }
            Some(if whole < 0 { format!("-{out}") } else { out })
        }
        _ => None,
    });
    if let Some(shaped) = shaped {
        return Value::text(shaped, span);
    }
    match value.open().kind {
        // As the tool's own platform writes them.
        ValueKind::Bool(known) => Value::text(if known { "True" } else { "False" }, span),
        _ => string(Some(value), span).unwrap_or_else(|| value.clone()),
    }
}

fn string(value: Option<&Value>, span: Span) -> Option<Value> {
    let value = value?;
    match &value.open().kind {
        ValueKind::Number(_) => text(plain::text_of(value)?, span),
        ValueKind::Bool(known) => text(if *known { "True" } else { "False" }, span),
        // A document is text that is JSON of this; so are lists and maps as text.
        ValueKind::List(_) | ValueKind::Map(_) => {
            Some(Value::new(ValueKind::Document(Box::new(value.open().clone())), span))
        }
        ValueKind::Null => text("", span),
        _ => Some(value.clone()),
    }
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(decode_base64(text)?).ok()
}

fn json(text: &str, span: Span) -> Option<Value> {
    if text.len() > TEXT {
        return None;
    }
    let limits = Limits { max_depth: 64, max_nodes: 200_000, ..Limits::default() };
    let mut problems = Vec::new();
    let node = parse_json(span.file, text, &limits, &mut problems)?;
    problems.is_empty().then(|| at(plain::value(&node), span))
}

/// A value with everything in it at one place.
fn at(value: Value, span: Span) -> Value {
    let kind = match value.kind {
        ValueKind::List(items) => ValueKind::List(items.into_iter().map(|item| at(item, span)).collect()),
        ValueKind::Map(entries) => {
            ValueKind::Map(entries.into_iter().map(|(key, item)| (key, at(item, span))).collect())
        }
        other => other,
    };
    Value::new(kind, span)
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn unescaped(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let pair = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// A path from a base: what is behind the base's last slash goes, unless the base has none in its path.
fn uri(arguments: &[Value], span: Span) -> Option<Value> {
    let (base, relative) = (arguments.first()?, arguments.get(1)?);
    let Some(known_base) = plain::text_of(base) else {
        return joined(vec![base.clone(), Value::text("/", span), relative.clone()], span);
    };
    let path = plain::text_of(relative).unwrap_or_default();
    if path.contains("://") {
        return Some(relative.clone());
    }
    let start = known_base.find("://").map_or(0, |at| at + 3);
    let end = known_base.rfind('/').filter(|at| *at >= start);
    let folder = end.and_then(|end| known_base.get(..end)).unwrap_or(&known_base);
    let slash = if path.starts_with('/') { "" } else { "/" };
    joined(vec![Value::text(format!("{folder}{slash}"), span), relative.clone()], span)
}

/// A text cut at a delimiter or at any of several. What is not known stays in the piece where it stands.
fn split(arguments: &[Value], span: Span) -> Option<Value> {
    let value = arguments.first()?;
    let marks: Vec<String> =
        arguments.get(1)?.each().iter().filter_map(|mark| Some(mark.as_text()?.to_owned())).collect();
    if marks.is_empty() || marks.iter().any(String::is_empty) {
        return None;
    }
    let whole = [value.open().clone()];
    let parts = match &value.open().kind {
        ValueKind::Text(_) => &whole[..],
        ValueKind::Template(parts) => parts,
        _ => return None,
    };
    let mut pieces: Vec<Vec<Value>> = vec![Vec::new()];
    for part in parts {
        let Some(known) = plain::text_of(part) else {
            pieces.last_mut()?.push(part.clone());
            continue;
        };
        let mut rest = &*known;
        loop {
            let next = marks.iter().filter_map(|mark| Some((rest.find(mark.as_str())?, mark.len()))).min();
            let Some((found, length)) = next else { break };
            pieces.last_mut()?.push(Value::text(rest.get(..found)?, part.span));
            pieces.push(Vec::new());
            if pieces.len() > ITEMS {
                return None;
            }
            rest = rest.get(found + length..)?;
        }
        pieces.last_mut()?.push(Value::text(rest, part.span));
    }
    Some(plain::list(span, pieces.into_iter().map(|piece| plain::join(piece, span)).collect()))
}

fn replace(arguments: &[Value], span: Span) -> Option<Value> {
    let (old, new) = (known(arguments, 1), known(arguments, 2));
    match (old, new) {
        (Some(old), Some(new)) if !old.is_empty() => {
            let length = arguments.first()?.as_text().map_or(0, str::len);
            if length / old.len() * new.len() > TEXT {
                return None;
            }
            mapped(arguments.first(), span, &|text| text.replace(&*old, &new))
        }
        _ => arguments.first().cloned(),
    }
}

fn substring(arguments: &[Value], span: Span) -> Option<Value> {
    let whole_text = known(arguments, 0)?;
    let start = whole(arguments.get(1))?;
    let length = match arguments.get(2) {
        Some(value) => whole(Some(value))?,
        None => usize::MAX,
    };
    text(whole_text.chars().skip(start).take(length).collect::<String>(), span)
}

fn padded(arguments: &[Value], span: Span) -> Option<Value> {
    let value = known(arguments, 0)?;
    let width = whole(arguments.get(1))?.min(ITEMS);
    let mark = arguments.get(2).map_or(Some(' '), |mark| mark.as_text()?.chars().next())?;
    let missing = width.saturating_sub(value.chars().count());
    text(format!("{}{value}", String::from(mark).repeat(missing)), span)
}

/// Lists and maps as the text of their JSON, for those who need the text itself.
pub(super) fn json_text(value: &Value) -> Option<String> {
    let mut out = String::new();
    to_json(value, &mut out, 0)?;
    Some(out)
}
