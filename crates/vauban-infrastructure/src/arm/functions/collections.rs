//! Functions over lists, maps, and whatever has a length.

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind};

use super::{ITEMS, Outcome, count, is_known, known, same, text, texts, whole, yes_no};
use crate::plain;

pub(super) fn call(name: &str, arguments: &[Value], span: Span) -> Outcome {
    let first = arguments.first();
    match name {
        "array" => first
            .map(|value| match value.open().kind {
                ValueKind::List(_) => value.clone(),
                _ => plain::list(span, vec![value.clone()]),
            })
            .into(),
        "createarray" => Some(plain::list(span, arguments.to_vec())).into(),
        "createobject" => object(arguments, span).into(),
        "empty" => first.and_then(empty).map(|it| yes_no(it, span)).into(),
        "length" => length(first).map(|it| count(it, span)).into(),
        "first" | "last" => end(name == "first", first, span).into(),
        "take" | "skip" => part(name == "take", arguments, span).into(),
        "contains" => contains(arguments).map(|it| yes_no(it, span)).into(),
        "indexof" | "lastindexof" => index_of(name == "lastindexof", arguments, span).into(),
        "join" => join(arguments, span).into(),
        "range" => range(arguments, span).into(),
        "flatten" => first.and_then(|value| flat(value, span)).into(),
        "intersection" => intersection(arguments, span).into(),
        "union" => union(arguments, span, true).into(),
        "shallowmerge" => match first.and_then(Value::as_list) {
            Some(all) => union(all, span, false).into(),
            None => Outcome::Unsure,
        },
        "items" => first
            .and_then(Value::as_map)
            .map(|entries| {
                let mut sorted: Vec<&(Text, Value)> = entries.iter().collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                let pair = |(key, value): &(Text, Value)| {
                    plain::map(span, [("key", Value::text(key.clone(), span)), ("value", value.clone())])
                };
                plain::list(span, sorted.into_iter().map(pair).collect())
            })
            .into(),
        "objectkeys" => first
            .and_then(Value::as_map)
            .map(|entries| {
                let mut keys: Vec<Text> = entries.iter().map(|(key, _)| key.clone()).collect();
                keys.sort();
                plain::list(span, keys.into_iter().map(|key| Value::text(key, span)).collect())
            })
            .into(),
        "coalesce" => coalesce(arguments, span).into(),
        _ => Outcome::NoSuch,
    }
}

fn object(arguments: &[Value], span: Span) -> Option<Value> {
    let mut out = plain::map(span, []);
    for pair in arguments.chunks(2) {
        let [key, value] = pair else { return None };
        let mut value = value.clone();
        // Whom the key means would be lost in a text: it stands beside as the id.
        if key.as_reference().is_some() && matches!(value.kind, ValueKind::Map(_)) && value.get("id").is_none() {
            plain::set(&mut value, "id", key.clone());
        }
        plain::set(&mut out, &plain::render(key), value);
    }
    Some(out)
}

/// Whether there is nothing in it. A text with a known letter is not empty, whatever else is in it.
fn empty(value: &Value) -> Option<bool> {
    match &value.open().kind {
        ValueKind::Null => Some(true),
        ValueKind::Text(text) => Some(text.is_empty()),
        ValueKind::List(items) => Some(items.is_empty()),
        ValueKind::Map(entries) => Some(entries.is_empty()),
        ValueKind::Document(_) | ValueKind::Reference(_) | ValueKind::Template(_) => Some(false),
        ValueKind::OneOf(ways) => {
            let mut answers = ways.iter().map(empty);
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        _ => None,
    }
}

fn length(value: Option<&Value>) -> Option<usize> {
    let value = value?.open();
    match &value.kind {
        ValueKind::Text(text) => Some(text.chars().count()),
        ValueKind::List(items) => Some(items.len()),
        ValueKind::Map(entries) => Some(entries.len()),
        ValueKind::Document(inner) => Some(texts::json_text(inner)?.chars().count()),
        ValueKind::Null => Some(0),
        _ => None,
    }
}

fn end(front: bool, value: Option<&Value>, span: Span) -> Option<Value> {
    let value = value?.open();
    match &value.kind {
        ValueKind::Text(whole) => {
            let mark = if front { whole.chars().next() } else { whole.chars().next_back() };
            text(mark.map(String::from).unwrap_or_default(), span)
        }
        ValueKind::List(items) => {
            let item = if front { items.first() } else { items.last() };
            Some(item.cloned().unwrap_or_else(|| Value::null(span)))
        }
        _ => None,
    }
}

fn part(front: bool, arguments: &[Value], span: Span) -> Option<Value> {
    let value = arguments.first()?.open();
    // A negative number takes nothing and skips nothing.
    let number = if arguments.get(1)?.as_number().is_some_and(|it| it < 0.0) { 0 } else { whole(arguments.get(1))? };
    match &value.kind {
        ValueKind::Text(whole) => {
            let marks = whole.chars();
            let cut: String = if front { marks.take(number).collect() } else { marks.skip(number).collect() };
            text(cut, span)
        }
        ValueKind::List(items) => {
            let at = number.min(items.len());
            let (taken, rest) = items.split_at_checked(at)?;
            Some(plain::list(span, if front { taken } else { rest }.to_vec()))
        }
        // Cut to the length that names may have: the same thing keeps the same name.
        ValueKind::Template(_) | ValueKind::Unknown(_) if front => arguments.first().cloned(),
        _ => None,
    }
}

fn contains(arguments: &[Value]) -> Option<bool> {
    let (value, wanted) = (arguments.first()?.open(), arguments.get(1)?);
    match &value.kind {
        // In texts the case matters, in the keys of maps it does not.
        ValueKind::Text(whole) => Some(whole.contains(&*plain::text_of(wanted)?)),
        ValueKind::Map(entries) => {
            let wanted = plain::text_of(wanted)?;
            Some(entries.iter().any(|(key, _)| key.eq_ignore_ascii_case(&wanted)))
        }
        ValueKind::List(items) => {
            let mut sure = true;
            for item in items {
                match same(item, wanted) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => sure = false,
                }
            }
            sure.then_some(false)
        }
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths are far smaller than where that begins")]
fn index_of(from_behind: bool, arguments: &[Value], span: Span) -> Option<Value> {
    let at = match &arguments.first()?.open().kind {
        ValueKind::Text(whole) => {
            let (whole, wanted) = (whole.to_lowercase(), known(arguments, 1)?.to_lowercase());
            let found = if from_behind { whole.rfind(&wanted) } else { whole.find(&wanted) };
            found.and_then(|at| whole.get(..at)).map(|before| before.chars().count())
        }
        ValueKind::List(items) => {
            let wanted = arguments.get(1)?;
            if !is_known(wanted) || !items.iter().all(is_known) {
                return None;
            }
            let is = |item: &Value| same(item, wanted) == Some(true);
            if from_behind { items.iter().rposition(is) } else { items.iter().position(is) }
        }
        _ => return None,
    };
    super::number(at.map_or(-1.0, |at| at as f64), span)
}

fn join(arguments: &[Value], span: Span) -> Option<Value> {
    let items = arguments.first()?.as_list()?;
    let between = known(arguments, 1)?;
    let mut parts = Vec::with_capacity(2 * items.len());
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            parts.push(Value::text(between.clone(), span));
        }
        parts.push(item.clone());
    }
    texts::joined(parts, span)
}

fn range(arguments: &[Value], span: Span) -> Option<Value> {
    let start = arguments.first()?.as_number()?;
    let many = whole(arguments.get(1)).filter(|many| *many <= ITEMS)?;
    #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
    let items = (0..many).map(|at| Value::new(ValueKind::Number(start + at as f64), span)).collect();
    Some(plain::list(span, items))
}

fn flat(value: &Value, span: Span) -> Option<Value> {
    let mut out = Vec::new();
    for item in value.as_list()? {
        match item.as_list() {
            Some(items) => out.extend(items.iter().cloned()),
            None => out.push(item.clone()),
        }
    }
    (out.len() <= ITEMS).then(|| plain::list(span, out))
}

/// Whether two values are the same thing for a set: sure, or the very same expression.
fn alike(a: &Value, b: &Value) -> bool {
    same(a, b) == Some(true) || a.open().kind == b.open().kind
}

fn intersection(arguments: &[Value], span: Span) -> Option<Value> {
    let (first, rest) = arguments.split_first()?;
    if !arguments.iter().all(is_known) {
        return None;
    }
    if let Some(items) = first.as_list() {
        let small = arguments.iter().all(|other| other.as_list().is_some_and(|items| items.len() <= 512));
        let in_all = |item: &Value| {
            rest.iter().all(|other| other.as_list().is_some_and(|items| items.iter().any(|it| alike(it, item))))
        };
        let kept = items.iter().filter(|item| in_all(item)).cloned().collect();
        return small.then(|| plain::list(span, kept));
    }
    let kept = first.as_map()?.iter();
    let kept = kept.filter(|(key, value)| rest.iter().all(|other| other.get(key).is_some_and(|it| alike(it, value))));
    Some(Value::new(ValueKind::Map(kept.cloned().collect()), span))
}

fn union(arguments: &[Value], span: Span, deep: bool) -> Option<Value> {
    if arguments.iter().any(|value| matches!(value.open().kind, ValueKind::List(_))) {
        let mut out: Vec<Value> = Vec::new();
        for argument in arguments {
            match argument.as_list() {
                Some(items) => {
                    for item in items {
                        if out.len() > 1024 {
                            return None;
                        }
                        if !out.iter().any(|known| alike(known, item)) {
                            out.push(item.clone());
                        }
                    }
                }
                None if argument.is_null() => {}
                None => out.push(argument.clone()),
            }
        }
        return Some(plain::list(span, out));
    }
    let mut out = plain::map(span, []);
    for argument in arguments {
        merge(&mut out, argument, deep, 0);
    }
    let any = arguments.iter().any(|value| value.as_map().is_some());
    any.then_some(out)
}

/// Puts the keys of a map over those of another; maps in both are put together.
fn merge(into: &mut Value, from: &Value, deep: bool, depth: usize) {
    for (key, value) in from.as_map().unwrap_or(&[]) {
        let ValueKind::Map(entries) = &mut into.kind else { return };
        match entries.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
            Some((_, old)) if deep && depth < 64 && old.as_map().is_some() && value.as_map().is_some() => {
                merge(old, value, deep, depth + 1);
            }
            Some((_, old)) => *old = value.clone(),
            None => entries.push((key.clone(), value.clone())),
        }
    }
}

/// The first that is there. What may or may not be there leaves it open.
fn coalesce(arguments: &[Value], span: Span) -> Option<Value> {
    let mut ways: Vec<Value> = Vec::new();
    for argument in arguments {
        if argument.is_null() {
            continue;
        }
        ways.push(argument.clone());
        if !matches!(argument.open().kind, ValueKind::Unknown(_)) {
            break;
        }
    }
    match ways.len() {
        0 => Some(Value::null(span)),
        1 => ways.pop(),
        _ => Some(Value::new(ValueKind::OneOf(ways), span)),
    }
}
