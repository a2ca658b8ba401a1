//! Two tellings of one resource, value by value.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use vauban_model::resource::{Resource, Text, Value, ValueKind, Via};

/// Calls a function with a value and everything inside it.
pub(super) fn each_value(value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    match &mut value.kind {
        ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
            for part in parts {
                each_value(part, change);
            }
        }
        ValueKind::Map(entries) => {
            for (_, value) in entries {
                each_value(value, change);
            }
        }
        ValueKind::Document(inner) | ValueKind::Secret(inner) => each_value(inner, change),
        _ => {}
    }
    change(value);
}

/// How a later telling goes into an earlier one.
pub(super) struct Merger<'m> {
    /// Whether the later one's values win where both are known (a plan), or only fill what is not known (a state).
    pub(super) prefer: bool,
    /// What the later one is.
    pub(super) name: &'static str,
    /// Addresses that are replaced by what the later one tells: a reference to one of these is as good as unknown.
    pub(super) gone: &'m FxHashSet<Text>,
}

impl Merger<'_> {
    /// A resource.
    pub(super) fn resource(&self, known: &mut Resource, told: Resource) {
        let attributes = std::mem::replace(&mut known.attributes, Value::null(known.span));
        known.attributes = self.value(attributes, told.attributes);
        if known.scope.is_empty() {
            known.scope = told.scope;
        }
        let has: FxHashSet<Text> = known.depends_on.iter().cloned().collect();
        known.depends_on.extend(told.depends_on.into_iter().filter(|address| !has.contains(address)));
    }

    /// Whether something in a value is not known.
    fn open(&self, value: &Value) -> bool {
        match &value.kind {
            ValueKind::Unknown(_) | ValueKind::OneOf(_) => true,
            ValueKind::Reference(reference) => self.gone.contains(&reference.address),
            ValueKind::Template(parts) | ValueKind::List(parts) => parts.iter().any(|part| self.open(part)),
            ValueKind::Map(entries) => entries.iter().any(|(_, value)| self.open(value)),
            ValueKind::Document(inner) | ValueKind::Secret(inner) => self.open(inner),
            _ => false,
        }
    }

    /// Whether a value refers to something that stays.
    fn refers(&self, value: &Value) -> bool {
        let mut any = false;
        value.references(&mut |reference, _| any |= !self.gone.contains(&reference.address));
        any
    }

    /// The later value in the earlier one's place, with where it came from.
    fn taken(&self, place: &Value, told: Value) -> Value {
        let via = Via { span: told.span, name: self.name.into(), before: told.via };
        Value { kind: told.kind, span: place.span, via: Some(Arc::new(via)) }
    }

    fn value(&self, known: Value, told: Value) -> Value {
        match (&known.kind, &told.kind) {
            (_, ValueKind::Unknown(_)) => known,
            (ValueKind::Secret(_), _) => {
                let ValueKind::Secret(inner) = known.kind else { return known };
                let told = match told.kind {
                    ValueKind::Secret(told) => *told,
                    kind => Value { kind, ..told },
                };
                Value {
                    kind: ValueKind::Secret(Box::new(self.value(*inner, told))),
                    ..known_place(known.span, known.via)
                }
            }
            (_, ValueKind::Secret(_)) => {
                let ValueKind::Secret(inner) = told.kind else { return known };
                let (span, via) = (known.span, known.via.clone());
                let value = self.value(known, *inner);
                if value.is_null() || matches!(value.kind, ValueKind::Secret(_)) {
                    return value;
                }
                Value { kind: ValueKind::Secret(Box::new(value)), ..known_place(span, via) }
            }
            (ValueKind::Unknown(_) | ValueKind::Null, _) => self.taken(&known, told),
            (_, ValueKind::Null) => known,
            (ValueKind::OneOf(_), _) if !self.open(&told) => self.taken(&known, told),
            (ValueKind::Reference(reference), _) if self.gone.contains(&reference.address) => self.taken(&known, told),
            (ValueKind::Map(_), ValueKind::Map(_)) => self.map(known, told),
            (ValueKind::Document(_), ValueKind::Document(_)) => {
                let (ValueKind::Document(one), ValueKind::Document(other)) = (known.kind, told.kind) else {
                    return Value::null(known.span);
                };
                let inner = self.value(*one, *other);
                Value { kind: ValueKind::Document(Box::new(inner)), ..known_place(known.span, known.via) }
            }
            (ValueKind::List(one), ValueKind::List(other)) if one.len() == 1 && other.len() == 1 => {
                let (ValueKind::List(one), ValueKind::List(other)) = (known.kind, told.kind) else {
                    return Value::null(known.span);
                };
                let both = one.into_iter().zip(other).map(|(known, told)| self.value(known, told)).collect();
                Value { kind: ValueKind::List(both), ..known_place(known.span, known.via) }
            }
            // A block that occurs once may be told as a list of it, or the other way round.
            (ValueKind::Map(_), ValueKind::List(other)) if other.len() == 1 => {
                let ValueKind::List(other) = told.kind else { return known };
                match other.into_iter().next() {
                    Some(told) => self.value(known, told),
                    None => known,
                }
            }
            _ if self.refers(&known) => known,
            _ if self.open(&known) => {
                if self.open(&told) {
                    known
                } else {
                    self.taken(&known, told)
                }
            }
            _ if self.prefer && !self.open(&told) && !same(&known, &told) && !self.refers(&told) => {
                self.taken(&known, told)
            }
            _ => known,
        }
    }

    /// Keys of both. What only the later one has is a default or was worked out by the provider.
    fn map(&self, known: Value, told: Value) -> Value {
        let (span, via) = (known.span, known.via);
        let (ValueKind::Map(known), ValueKind::Map(told)) = (known.kind, told.kind) else { return Value::null(span) };
        let mut told: Vec<Option<(Text, Value)>> = told.into_iter().map(Some).collect();
        let places: rustc_hash::FxHashMap<Text, usize> = told
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| entry.as_ref().map(|(key, _)| (key.clone(), at)))
            .collect();
        let mut out: Vec<(Text, Value)> = Vec::with_capacity(told.len());
        for (key, value) in known {
            let other = places.get(&key).and_then(|at| told.get_mut(*at)).and_then(Option::take);
            let value = match other {
                Some((_, other)) => self.value(value, other),
                None => value,
            };
            out.push((key, value));
        }
        let set = |value: &Value| !matches!(value.open().kind, ValueKind::Null | ValueKind::Unknown(_));
        out.extend(told.into_iter().flatten().filter(|(_, value)| set(value)));
        Value { kind: ValueKind::Map(out), ..known_place(span, via) }
    }
}

fn known_place(span: vauban_model::Span, via: Option<Arc<Via>>) -> Value {
    Value { kind: ValueKind::Null, span, via }
}

/// The most items of two lists that are held against each other.
const MOST_ITEMS: usize = 64;

/// Whether two known values say the same: numbers may be written as texts, sets in any order, and the later one may say
/// more.
fn same(known: &Value, told: &Value) -> bool {
    let (known, told) = (known.open(), told.open());
    match (&known.kind, &told.kind) {
        (ValueKind::Map(known), ValueKind::Map(told)) => known
            .iter()
            .all(|(key, value)| value.is_null() || told.iter().any(|(other, told)| other == key && same(value, told))),
        (ValueKind::List(known), ValueKind::List(told)) => {
            known.len() == told.len()
                && (known.len() > MOST_ITEMS && known.iter().zip(told).all(|(one, other)| same(one, other))
                    || known.len() <= MOST_ITEMS && known.iter().all(|one| told.iter().any(|other| same(one, other))))
        }
        (ValueKind::Document(known), ValueKind::Document(told)) => same(known, told),
        (ValueKind::Bool(_), _) | (_, ValueKind::Bool(_)) => known.as_bool() == told.as_bool(),
        (ValueKind::Number(_), _) | (_, ValueKind::Number(_)) => known.as_number() == told.as_number(),
        (ValueKind::Text(known), ValueKind::Text(told)) => known == told,
        (ValueKind::Null, _) => true,
        // Text and what it is the text of, and other forms: the earlier one says more.
        _ => true,
    }
}
