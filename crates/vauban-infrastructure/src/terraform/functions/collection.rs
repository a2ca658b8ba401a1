//! Functions of lists.

use rustc_hash::FxHashSet;
use vauban_model::resource::{Text, Value, ValueKind};

use super::text::{characters, is_open, items_or_several};
use super::value::{canonical, equal, is_known, is_several, maybe, one_of, part_of, plain_unknown, several, text_of};
use super::{Call, Fail, MOST_ITEMS, Outcome, known_number, unfit};

pub(super) fn alltrue(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let mut known = true;
    for item in call.list(0)? {
        match item.as_bool() {
            Some(true) => {}
            Some(false) => return call.out_bool(false),
            None if item.is_null() => return call.out_bool(false),
            None if is_known(item) => return Err(Fail::Refused),
            None => known = false,
        }
    }
    if known { call.out_bool(true) } else { Err(Fail::NotKnown) }
}

pub(super) fn anytrue(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let mut known = true;
    for item in call.list(0)? {
        match item.as_bool() {
            Some(true) => return call.out_bool(true),
            Some(false) => {}
            None if item.is_null() => {}
            None if is_known(item) => return Err(Fail::Refused),
            None => known = false,
        }
    }
    if known { call.out_bool(false) } else { Err(Fail::NotKnown) }
}

/// `chunklist(list, size)`; size 0 is one chunk of all.
pub(super) fn chunklist(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let items = call.list(0)?;
    let size = usize::try_from(call.whole(1)?).map_err(|_| Fail::Refused)?;
    if is_open(items) {
        return Err(Fail::NotKnown);
    }
    let size = if size == 0 { items.len().max(1) } else { size };
    call.out_list(items.chunks(size).map(|chunk| Value::new(ValueKind::List(chunk.to_vec()), call.span)).collect())
}

/// The first argument that is neither null nor empty text. What may be null stays an alternative.
pub(super) fn coalesce(call: &Call<'_>) -> Outcome {
    if call.args.is_empty() {
        return Err(Fail::Refused);
    }
    let texts = call.args.iter().any(|arg| matches!(arg.kind, ValueKind::Text(_) | ValueKind::Template(_)));
    let mut possible = Vec::new();
    for arg in call.args {
        match &arg.kind {
            ValueKind::Null => {}
            ValueKind::Text(text) if text.is_empty() => {}
            ValueKind::OneOf(items) => {
                let empty = |item: &Value| item.is_null() || item.as_text() == Some("");
                possible.extend(items.iter().filter(|item| !empty(item)).cloned());
                let sure = |item: &Value| is_known(item) && !empty(item);
                if items.iter().all(sure) && !items.is_empty() {
                    return Ok(one_of(possible, call.span));
                }
            }
            ValueKind::Reference(_) | ValueKind::Unknown(_) => possible.push(arg.clone()),
            ValueKind::Template(parts) => {
                possible.push(arg.clone());
                if parts.iter().any(|part| part.as_text().is_some_and(|text| !text.is_empty())) {
                    return Ok(one_of(possible, call.span));
                }
            }
            // Arguments are brought to one type: text, if one of them is.
            ValueKind::Number(_) | ValueKind::Bool(_) if texts => {
                let text = text_of(arg).ok_or(Fail::Refused)?.into_owned();
                possible.push(Value { kind: ValueKind::Text(text.into()), span: arg.span, via: arg.via.clone() });
                return Ok(one_of(possible, call.span));
            }
            _ => {
                possible.push(arg.clone());
                return Ok(one_of(possible, call.span));
            }
        }
    }
    if possible.is_empty() { Err(Fail::Refused) } else { Ok(one_of(possible, call.span)) }
}

/// The first list that is not empty.
pub(super) fn coalescelist(call: &Call<'_>) -> Outcome {
    let mut possible = Vec::new();
    for arg in call.args {
        match &arg.kind {
            ValueKind::Null => {}
            ValueKind::List(items) if items.is_empty() => {}
            ValueKind::List(items) => {
                possible.push(arg.clone());
                if !items.iter().all(is_several) {
                    return Ok(one_of(possible, call.span));
                }
            }
            ValueKind::OneOf(items) => {
                let empty = |item: &Value| item.as_list().is_some_and(<[Value]>::is_empty);
                possible.extend(items.iter().filter(|item| !empty(item)).cloned());
                if !items.is_empty() && items.iter().all(|item| matches!(item.as_list(), Some([_, ..]))) {
                    return Ok(one_of(possible, call.span));
                }
            }
            ValueKind::Reference(_) | ValueKind::Unknown(_) => possible.push(arg.clone()),
            _ => return Err(Fail::Refused),
        }
    }
    if possible.is_empty() { Err(Fail::Refused) } else { Ok(one_of(possible, call.span)) }
}

/// Leaves out null and empty texts.
pub(super) fn compact(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let items = items_or_several(call.arg(0)?)?;
    call.out_list(items.into_iter().filter(|item| !item.is_null() && item.as_text() != Some("")).collect())
}

pub(super) fn concat(call: &Call<'_>) -> Outcome {
    let mut all = Vec::new();
    for arg in call.args {
        if matches!(arg.kind, ValueKind::Null) {
            return Err(Fail::Refused);
        }
        splice(arg, 0, &mut all)?;
    }
    call.out_list(all)
}

/// Appends the items of a list, to a depth.
fn splice(list: &Value, depth: usize, all: &mut Vec<Value>) -> Result<(), Fail> {
    if all.len() > MOST_ITEMS {
        return Err(Fail::TooMuch);
    }
    match &list.kind {
        ValueKind::List(items) => {
            for item in items {
                let nested = depth > 0 && may_be_list(item);
                if nested {
                    splice(item, depth - 1, all)?
                } else {
                    all.push(item.clone())
                }
                if all.len() > MOST_ITEMS {
                    return Err(Fail::TooMuch);
                }
            }
        }
        // Lists that differ with something not known: each of their items may be there.
        ValueKind::OneOf(lists) if lists.iter().any(|list| list.as_list().is_some()) => {
            let mut possible = Vec::new();
            for list in lists {
                match &list.kind {
                    ValueKind::Null => {}
                    ValueKind::List(_) => splice(list, depth, &mut possible)?,
                    ValueKind::Reference(_) | ValueKind::Unknown(_) => possible.push(several(list)),
                    _ => possible.push(list.clone()),
                }
            }
            let mut seen = FxHashSet::default();
            all.extend(possible.into_iter().filter(|item| seen.insert(canonical(item))).map(|item| maybe(&item)));
        }
        ValueKind::Reference(_) | ValueKind::Unknown(_) | ValueKind::OneOf(_) => all.push(several(list)),
        ValueKind::Secret(inner) => {
            let mut within = Vec::new();
            splice(inner, depth, &mut within)?;
            all.extend(within.into_iter().map(|item| {
                let span = item.span;
                Value::new(ValueKind::Secret(Box::new(item)), span)
            }));
        }
        _ => return Err(unfit(list)),
    }
    Ok(())
}

/// Whether an item of a list is looked into when the list is flattened. An attribute of a resource is taken for one
/// item; an unknown of which nothing is known may be a list.
fn may_be_list(item: &Value) -> bool {
    match &item.kind {
        ValueKind::List(_) => true,
        ValueKind::Unknown(_) => true,
        ValueKind::OneOf(items) => items.iter().any(|item| matches!(item.open().kind, ValueKind::List(_))),
        ValueKind::Secret(inner) => matches!(inner.kind, ValueKind::List(_)),
        _ => false,
    }
}

pub(super) fn flatten(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let mut all = Vec::new();
    splice(call.arg(0)?, usize::MAX, &mut all)?;
    call.out_list(all)
}

pub(super) fn contains(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let wanted = call.arg(1)?;
    let mut known = true;
    for item in call.list(0)? {
        match equal(item, wanted) {
            Some(true) if !is_several(item) => return call.out_bool(true),
            Some(false) => {}
            _ => known = false,
        }
    }
    if known { call.out_bool(false) } else { Err(Fail::NotKnown) }
}

pub(super) fn distinct(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_list(without_repeats(items_or_several(call.arg(0)?)?))
}

/// Each value once, where it first stands.
pub(super) fn without_repeats(items: Vec<Value>) -> Vec<Value> {
    let mut seen = FxHashSet::default();
    items.into_iter().filter(|item| seen.insert(canonical(item))).collect()
}

/// `element(list, index)`, which counts around the end.
pub(super) fn element(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let list = call.arg(0)?;
    let index = call.whole(1);
    if let Ok(index) = index
        && index >= 0
        && let Some(part) = part_of(list, &index.to_string())
    {
        return Ok(part);
    }
    if let Some(part) = part_of(list, "*") {
        return Ok(part);
    }
    let items = call.list(0)?;
    if items.is_empty() {
        return Err(Fail::Refused);
    }
    match index {
        // All items are of one splat: any of them is what it stands for.
        Ok(_) | Err(Fail::NotKnown) if items.len() == 1 && items.iter().all(is_several) => {
            items.first().cloned().ok_or(Fail::Refused)
        }
        Ok(index) if !is_open(items) => {
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let at = usize::try_from(index.rem_euclid(length)).unwrap_or(0);
            items.get(at).cloned().ok_or(Fail::Refused)
        }
        Ok(_) | Err(Fail::NotKnown) => Ok(one_of(items.to_vec(), call.span)),
        Err(fail @ (Fail::Refused | Fail::TooMuch)) => Err(fail),
    }
}

pub(super) fn index(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let wanted = call.arg(1)?;
    for (at, item) in call.list(0)?.iter().enumerate() {
        match equal(item, wanted) {
            Some(true) if !is_several(item) => {
                #[expect(clippy::cast_precision_loss, reason = "lists are far shorter than 2^53")]
                return call.out_number(at as f64);
            }
            Some(false) => {}
            _ => return Err(Fail::NotKnown),
        }
    }
    Err(Fail::Refused)
}

pub(super) fn length(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    let length = match &value.kind {
        ValueKind::List(items) if !is_open(items) => items.len(),
        ValueKind::Map(entries) if !entries.iter().any(|(_, value)| is_several(value)) => entries.len(),
        ValueKind::List(_) | ValueKind::Map(_) => return Err(Fail::NotKnown),
        ValueKind::Text(text) => characters(text)?.len(),
        _ => return Err(unfit(value)),
    };
    #[expect(clippy::cast_precision_loss, reason = "collections are far shorter than 2^53")]
    call.out_number(length as f64)
}

/// The only item, or null when there is none.
pub(super) fn one(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    if matches!(value.kind, ValueKind::Null) {
        return Ok(Value::null(call.span));
    }
    if let Some(part) = part_of(value, "0") {
        return Ok(part);
    }
    match call.list(0)? {
        [] => Ok(Value::null(call.span)),
        [only] => Ok(only.clone()),
        items if is_open(items) => Ok(one_of(items.to_vec(), call.span)),
        _ => Err(Fail::Refused),
    }
}

/// `range(limit)`, `range(start, limit)`, `range(start, limit, step)`: at most 1024 numbers, as in Terraform.
pub(super) fn range(call: &Call<'_>) -> Outcome {
    call.count(1, 3)?;
    let first = call.number(0)?;
    let (start, limit) = match call.args.get(1) {
        Some(limit) => (first, known_number(limit)?),
        None => (0.0, first),
    };
    let step = match call.args.get(2) {
        Some(step) => known_number(step)?,
        None if limit < start => -1.0,
        None => 1.0,
    };
    let towards = if step > 0.0 { limit >= start } else { limit <= start };
    if step == 0.0 || !towards {
        return Err(Fail::Refused);
    }
    let mut numbers = Vec::new();
    let mut number = start;
    while if step > 0.0 { number < limit } else { number > limit } {
        if numbers.len() >= 1024 {
            return Err(Fail::Refused);
        }
        numbers.push(Value::new(ValueKind::Number(number), call.span));
        number += step;
    }
    call.out_list(numbers)
}

pub(super) fn reverse(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let mut items = items_or_several(call.arg(0)?)?;
    items.reverse();
    call.out_list(items)
}

/// `slice(list, start, end)`, the end not included.
pub(super) fn slice(call: &Call<'_>) -> Outcome {
    call.count(3, 3)?;
    let items = items_or_several(call.arg(0)?)?;
    let bounds = (call.whole(1), call.whole(2));
    match bounds {
        (Ok(start), Ok(end)) if !is_open(&items) => {
            let (start, end) = (usize::try_from(start), usize::try_from(end));
            let (Ok(start), Ok(end)) = (start, end) else { return Err(Fail::Refused) };
            call.out_list(items.get(start..end).ok_or(Fail::Refused)?.to_vec())
        }
        (Err(Fail::Refused), _) | (_, Err(Fail::Refused)) => Err(Fail::Refused),
        // Which of them is not known, so each may be.
        _ => call.out_list(items.iter().map(maybe).collect()),
    }
}

/// In the order of code points. With items that are not known the order is not either; all are kept.
pub(super) fn sort(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let items = items_or_several(call.arg(0)?)?;
    let mut texts: Vec<(Text, Value)> = Vec::with_capacity(items.len());
    for item in &items {
        match text_of(item.open()) {
            Some(text) => texts.push((text.as_ref().into(), item.clone())),
            None if is_known(item) => return Err(Fail::Refused),
            None => return call.out_list(items),
        }
    }
    texts.sort_by(|a, b| a.0.cmp(&b.0));
    let made = texts.into_iter().map(|(text, item)| match item.kind {
        ValueKind::Number(_) | ValueKind::Bool(_) => {
            Value { kind: ValueKind::Text(text), span: item.span, via: item.via }
        }
        _ => item,
    });
    call.out_list(made.collect())
}

/// Items of which each may be there, because what decides is not known.
pub(super) fn all_maybe(call: &Call<'_>, items: &[Value]) -> Outcome {
    if items.is_empty() {
        return Ok(plain_unknown(call.args, call.described(), call.span));
    }
    call.out_list(items.iter().map(maybe).collect())
}
