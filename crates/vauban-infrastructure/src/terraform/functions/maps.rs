//! Functions of maps. A map that may have more keys has an entry whose value stands for several; its key is what is not
//! known, as it would be written in a text.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Text, Value, ValueKind};

use super::collection::all_maybe;
use super::text::{is_open, items_or_several};
use super::value::{equal, is_several, one_of, part_of, several, text_of, written};
use super::{Call, Fail, MOST_ITEMS, Outcome, entries_of, known_text, unfit};

/// Entries in the order of their keys, which is the order of Terraform's maps.
fn sorted(entries: &[(Text, Value)]) -> Vec<&(Text, Value)> {
    let mut sorted: Vec<&(Text, Value)> = entries.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}

pub(super) fn keys(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let entries = entries_of(call.arg(0)?)?;
    let key = |(key, value): &(Text, Value)| {
        if is_several(value) { value.clone() } else { Value::text(key.clone(), value.span) }
    };
    call.out_list(sorted(entries).into_iter().map(key).collect())
}

pub(super) fn values(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    if matches!(value.kind, ValueKind::Reference(_) | ValueKind::Unknown(_)) {
        return call.out_list(vec![several(value)]);
    }
    call.out_list(sorted(entries_of(value)?).into_iter().map(|(_, value)| value.clone()).collect())
}

/// `lookup(map, key, default)`.
pub(super) fn lookup(call: &Call<'_>) -> Outcome {
    call.count(2, 3)?;
    let (map, key) = (call.arg(0)?, call.arg(1)?);
    let default = call.args.get(2);
    if matches!(map.kind, ValueKind::Reference(_) | ValueKind::Unknown(_)) {
        let part = text_of(key).map_or_else(|| "*".to_owned(), |key| key.into_owned());
        let mut possible: Vec<Value> = part_of(map, &part).into_iter().collect();
        possible.extend(default.cloned());
        return Ok(one_of(possible, call.span));
    }
    let entries = entries_of(map)?;
    let open = entries.iter().filter(|(_, value)| is_several(value));
    match known_text(key) {
        Ok(key) => {
            let found = entries.iter().find(|(name, value)| **name == *key && !is_several(value));
            if let Some((_, value)) = found {
                return Ok(value.clone());
            }
            let mut possible: Vec<Value> = open.map(|(_, rest)| of_rest(rest, &key)).collect();
            possible.extend(default.cloned());
            if possible.is_empty() { Err(Fail::Refused) } else { Ok(one_of(possible, call.span)) }
        }
        Err(fail @ (Fail::Refused | Fail::TooMuch)) => Err(fail),
        Err(Fail::NotKnown) => {
            let mut possible: Vec<Value> = entries.iter().map(|(_, value)| value.clone()).collect();
            possible.extend(default.cloned());
            if possible.is_empty() { Err(Fail::Refused) } else { Ok(one_of(possible, call.span)) }
        }
    }
}

/// The value of a key in what stands for the rest of a map.
fn of_rest(rest: &Value, key: &str) -> Value {
    let kind = match &rest.kind {
        ValueKind::Unknown(unknown) => {
            let name = unknown.name.strip_suffix("[*]").unwrap_or(&unknown.name);
            ValueKind::Unknown(vauban_model::resource::Unknown { why: unknown.why, name: name.into() })
        }
        ValueKind::Reference(reference) => {
            let attribute = reference.attribute.strip_suffix('*').unwrap_or(&reference.attribute);
            ValueKind::Reference(vauban_model::resource::Reference {
                address: reference.address.clone(),
                attribute: format!("{attribute}{key}").into(),
            })
        }
        ValueKind::OneOf(items) => {
            return one_of(items.iter().map(|item| of_rest(item, key)).collect(), rest.span);
        }
        _ => rest.kind.clone(),
    };
    Value { kind, span: rest.span, via: rest.via.clone() }
}

/// Later maps win. Null is no map and passed over.
pub(super) fn merge(call: &Call<'_>) -> Outcome {
    let mut entries: Vec<(Text, Value)> = Vec::new();
    let mut places: FxHashMap<Text, usize> = FxHashMap::default();
    let mut only: Option<&Value> = None;
    let mut maps = 0usize;
    for arg in call.args {
        let mut put =
            |key: Text, value: Value, overrides: bool| match places.get(&key).and_then(|at| entries.get_mut(*at)) {
                Some((_, earlier)) if overrides => *earlier = value,
                Some((_, earlier)) => {
                    let span = value.span;
                    *earlier = one_of(vec![value, earlier.clone()], span);
                }
                None => {
                    places.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            };
        match &arg.kind {
            ValueKind::Null => continue,
            ValueKind::Map(more) => {
                for (key, value) in more {
                    put(key.clone(), value.clone(), true);
                }
            }
            ValueKind::Reference(_) | ValueKind::Unknown(_) => {
                // It may say anything about the keys so far, and it may have keys of its own.
                let rest = several(arg);
                for (key, value) in &mut entries {
                    if !is_several(value) {
                        *value = one_of(vec![value.clone(), of_rest(&rest, key)], value.span);
                    }
                }
                let key: Text = written(arg).into();
                places.insert(key.clone(), entries.len());
                entries.push((key, rest));
            }
            ValueKind::OneOf(alternatives) => {
                for map in alternatives {
                    match &map.open().kind {
                        ValueKind::Map(more) => {
                            for (key, value) in more {
                                put(key.clone(), value.clone(), false);
                            }
                        }
                        ValueKind::Reference(_) | ValueKind::Unknown(_) => {
                            put(written(map).into(), several(map), false);
                        }
                        _ => {}
                    }
                }
            }
            ValueKind::Secret(inner) if inner.as_map().is_some() => {
                for (key, value) in inner.as_map().unwrap_or(&[]) {
                    let value = Value::new(ValueKind::Secret(Box::new(value.clone())), value.span);
                    put(key.clone(), value, true);
                }
            }
            _ => return Err(unfit(arg)),
        }
        maps += 1;
        only = Some(arg);
        if entries.len() > MOST_ITEMS {
            return Err(Fail::TooMuch);
        }
    }
    match only {
        // One map alone is itself, known or not.
        Some(only) if maps == 1 => Ok(only.clone()),
        _ => call.out_map(entries),
    }
}

/// `matchkeys(values, keys, search)`: the values whose key is among those searched for.
pub(super) fn matchkeys(call: &Call<'_>) -> Outcome {
    call.count(3, 3)?;
    let values = items_or_several(call.arg(0)?)?;
    let (Ok(keys), Ok(search)) = (call.list(1), call.list(2)) else { return all_maybe(call, &values) };
    if is_open(&values) || is_open(keys) {
        return all_maybe(call, &values);
    }
    if values.len() != keys.len() {
        return Err(Fail::Refused);
    }
    if keys.len().saturating_mul(search.len()) > 1 << 22 {
        return Err(Fail::NotKnown);
    }
    let mut matched = Vec::new();
    for (value, key) in values.iter().zip(keys) {
        let answers = search.iter().map(|wanted| equal(key, wanted).filter(|_| !is_several(wanted)));
        match any_true(answers) {
            Some(true) => matched.push(value.clone()),
            Some(false) => {}
            None => matched.push(super::value::maybe(value)),
        }
    }
    call.out_list(matched)
}

/// Whether one of several answers is yes; `None` when that is not known.
pub(super) fn any_true(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            None => known = false,
            Some(false) => {}
        }
    }
    known.then_some(false)
}

/// A map of lists turned round: each text that occurs, with the keys it occurs under.
pub(super) fn transpose(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let mut turned: Vec<(Text, Vec<Value>)> = Vec::new();
    let mut places: FxHashMap<Text, usize> = FxHashMap::default();
    for (key, list) in sorted(entries_of(call.arg(0)?)?) {
        for item in super::items_of(list)? {
            let text: Text = known_text(item)?.as_ref().into();
            let at = *places.entry(text.clone()).or_insert_with(|| {
                turned.push((text, Vec::new()));
                turned.len() - 1
            });
            if let Some((_, keys)) = turned.get_mut(at) {
                keys.push(Value::text(key.clone(), item.span));
            }
        }
    }
    turned.sort_by(|a, b| a.0.cmp(&b.0));
    call.out_map(turned.into_iter().map(|(key, keys)| (key, Value::new(ValueKind::List(keys), call.span))).collect())
}

/// `zipmap(keys, values)`. A key that is not known stands as it would be written in a text.
pub(super) fn zipmap(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let keys = items_or_several(call.arg(0)?)?;
    let values = call.arg(1)?;
    let known_values = match &values.kind {
        ValueKind::List(items) if !is_open(items) => Some(items),
        ValueKind::List(_) | ValueKind::Reference(_) | ValueKind::Unknown(_) => None,
        _ => return Err(unfit(values)),
    };
    if let Some(items) = known_values
        && items.len() != keys.len()
        && !is_open(&keys)
    {
        return Err(Fail::Refused);
    }
    let mut entries: Vec<(Text, Value)> = Vec::new();
    let mut places: FxHashMap<Text, usize> = FxHashMap::default();
    for (index, key) in keys.iter().enumerate() {
        let value = match (known_values, values.as_list()) {
            (Some(items), _) if !is_open(&keys) => items.get(index).cloned().ok_or(Fail::Refused)?,
            (_, Some(items)) => one_of(items.to_vec(), call.span),
            _ => part_of(values, &index.to_string()).ok_or(Fail::Refused)?,
        };
        let value = if is_several(key) && !is_several(&value) { super::value::maybe(&value) } else { value };
        let name: Text = match text_of(key.open()) {
            Some(text) => text.as_ref().into(),
            None => written(key).into(),
        };
        match places.get(&name).and_then(|at| entries.get_mut(*at)) {
            Some((_, earlier)) => *earlier = value,
            None => {
                places.insert(name.clone(), entries.len());
                entries.push((name, value));
            }
        }
    }
    call.out_map(entries)
}
