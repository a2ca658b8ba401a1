//! Functions of sets, and conversions. A set of known texts or numbers is in its own order, as Terraform walks it.

use rustc_hash::FxHashSet;
use vauban_model::resource::{Value, ValueKind};

use super::collection::without_repeats;
use super::maps::any_true;
use super::text::{is_open, items_or_several};
use super::value::{canonical, equal, is_known, is_several, maybe, parse_number, text_of};
use super::{Call, Fail, MOST_ITEMS, MOST_PARTS, Outcome, unfit};

/// Each value once; texts in the order of code points, numbers by size, anything else as it came.
fn as_set(items: Vec<Value>) -> Vec<Value> {
    let mut items = without_repeats(items);
    if items.iter().all(|item| matches!(item.open().kind, ValueKind::Text(_))) {
        items.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
    } else if items.iter().all(|item| matches!(item.open().kind, ValueKind::Number(_))) {
        items.sort_by(|a, b| a.as_number().unwrap_or(0.0).total_cmp(&b.as_number().unwrap_or(0.0)));
    }
    items
}

pub(super) fn setunion(call: &Call<'_>) -> Outcome {
    call.arg(0)?;
    let mut all = Vec::new();
    for arg in call.args {
        all.extend(items_or_several(arg)?);
    }
    call.out_list(as_set(all))
}

pub(super) fn setintersection(call: &Call<'_>) -> Outcome {
    let mut kept = items_or_several(call.arg(0)?)?;
    for arg in call.args.iter().skip(1) {
        let others = items_or_several(arg)?;
        kept = choose(&kept, &others, true)?;
    }
    call.out_list(as_set(kept))
}

pub(super) fn setsubtract(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let items = items_or_several(call.arg(0)?)?;
    let others = items_or_several(call.arg(1)?)?;
    call.out_list(as_set(choose(&items, &others, false)?))
}

/// The items that are among others, or those that are not. Where that is not known, the item may be there.
fn choose(items: &[Value], others: &[Value], among: bool) -> Result<Vec<Value>, Fail> {
    let known: FxHashSet<String> = others.iter().filter(|other| is_known(other)).map(canonical).collect();
    let open: Vec<&Value> = others.iter().filter(|other| !is_known(other)).collect();
    if items.len().saturating_mul(open.len().max(1)) > 1 << 22 {
        return Err(Fail::NotKnown);
    }
    let mut kept = Vec::new();
    for item in items {
        let answer = if is_known(item) {
            if known.contains(&canonical(item)) {
                Some(true)
            } else {
                any_true(open.iter().map(|other| equal(item, other).filter(|_| !is_several(other))))
            }
        } else {
            any_true(others.iter().map(|other| equal(item, other).filter(|_| !is_several(other) && !is_several(item))))
        };
        match answer {
            Some(answer) if answer == among => kept.push(item.clone()),
            Some(_) => {}
            None => kept.push(maybe(item)),
        }
    }
    Ok(kept)
}

/// How many parts a value has.
pub(in crate::terraform) fn weight(value: &Value) -> usize {
    match &value.kind {
        ValueKind::Template(items) | ValueKind::List(items) | ValueKind::OneOf(items) => {
            items.iter().map(weight).fold(1, usize::saturating_add)
        }
        ValueKind::Map(entries) => entries.iter().map(|(_, value)| weight(value)).fold(1, usize::saturating_add),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => weight(inner).saturating_add(1),
        _ => 1,
    }
}

/// Every combination of one item of each, the last varying fastest.
pub(super) fn setproduct(call: &Call<'_>) -> Outcome {
    if call.args.len() < 2 {
        return Err(Fail::Refused);
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut parts = 0usize;
    for arg in call.args {
        let items = items_or_several(arg)?;
        let of_items = items.iter().map(weight).fold(1, usize::saturating_add);
        // Every row so far is copied once for each item, every item once for each row.
        let of_items = of_items.saturating_mul(rows.len());
        parts = parts.saturating_mul(items.len()).saturating_add(of_items);
        if rows.len().saturating_mul(items.len()) > MOST_ITEMS || parts > MOST_PARTS {
            return Err(Fail::TooMuch);
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(move |item| row.iter().chain([item]).cloned().collect()))
            .collect();
    }
    let row = |row: Vec<Value>| {
        let open = is_open(&row);
        let row = Value::new(ValueKind::List(row), call.span);
        if open { maybe(&row) } else { row }
    };
    call.out_list(rows.into_iter().map(row).collect())
}

/// What a conversion leaves alone: null, and what is not known yet.
fn unchanged(value: &Value) -> bool {
    matches!(
        value.kind,
        ValueKind::Null | ValueKind::Reference(_) | ValueKind::Unknown(_) | ValueKind::OneOf(_) | ValueKind::Secret(_)
    )
}

pub(super) fn tostring(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    match &value.kind {
        ValueKind::Number(_) | ValueKind::Bool(_) => {
            let text = text_of(value).ok_or(Fail::Refused)?.into_owned();
            Ok(Value { kind: ValueKind::Text(text.into()), span: value.span, via: value.via.clone() })
        }
        ValueKind::Text(_) | ValueKind::Template(_) | ValueKind::Document(_) => Ok(value.clone()),
        _ if unchanged(value) => Ok(value.clone()),
        _ => Err(Fail::Refused),
    }
}

pub(super) fn tonumber(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    match &value.kind {
        ValueKind::Number(_) => Ok(value.clone()),
        ValueKind::Text(text) => {
            let number = parse_number(text).ok_or(Fail::Refused)?;
            Ok(Value { kind: ValueKind::Number(number), span: value.span, via: value.via.clone() })
        }
        _ if unchanged(value) => Ok(value.clone()),
        _ => Err(unfit(value)),
    }
}

pub(super) fn tobool(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    match &value.kind {
        ValueKind::Bool(_) => Ok(value.clone()),
        ValueKind::Text(_) => {
            let answer = value.as_bool().ok_or(Fail::Refused)?;
            Ok(Value { kind: ValueKind::Bool(answer), span: value.span, via: value.via.clone() })
        }
        _ if unchanged(value) => Ok(value.clone()),
        _ => Err(unfit(value)),
    }
}

pub(super) fn tolist(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    match &value.kind {
        ValueKind::List(items) => call.out_list(one_type(items)),
        _ if unchanged(value) => Ok(value.clone()),
        _ => Err(unfit(value)),
    }
}

pub(super) fn toset(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    match &value.kind {
        ValueKind::List(items) => call.out_list(as_set(one_type(items))),
        _ if unchanged(value) => Ok(value.clone()),
        _ => Err(unfit(value)),
    }
}

pub(super) fn tomap(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    match &value.kind {
        ValueKind::Map(_) => Ok(value.clone()),
        _ if unchanged(value) => Ok(value.clone()),
        _ => Err(unfit(value)),
    }
}

/// Items of one list have one type: numbers and yes/no beside texts become texts.
fn one_type(items: &[Value]) -> Vec<Value> {
    let texts = items.iter().any(|item| matches!(item.open().kind, ValueKind::Text(_) | ValueKind::Template(_)));
    let convert = |item: &Value| match (&item.kind, text_of(item)) {
        (ValueKind::Number(_) | ValueKind::Bool(_), Some(text)) if texts => {
            Value { kind: ValueKind::Text(text.as_ref().into()), span: item.span, via: item.via.clone() }
        }
        _ => item.clone(),
    };
    items.iter().map(convert).collect()
}
