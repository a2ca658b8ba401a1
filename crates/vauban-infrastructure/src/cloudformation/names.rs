//! Things that templates find by name: exports, parameters of the parameter store, secrets.

use rustc_hash::FxHashMap;

use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};

use crate::plain;

/// Most values that one name may stand for.
const WAYS: usize = 8;
/// Shortest end of a name that tells anything, in bytes.
const TAIL: usize = 3;

/// Values by name, where a name may have parts that are not known.
#[derive(Default)]
pub(super) struct Names {
    values: Vec<Value>,
    exact: FxHashMap<String, Vec<usize>>,
    /// By what is known after the last unknown part.
    tails: FxHashMap<String, Vec<usize>>,
}

impl Names {
    pub(super) fn add(&mut self, name: &Value, value: Value) {
        let index = self.values.len();
        let slot = match plain::text_of(name) {
            Some(text) => self.exact.entry(text.to_string()),
            None => match tail(name) {
                Some(tail) => self.tails.entry(tail),
                None => return,
            },
        };
        self.values.push(value);
        slot.or_default().push(index);
    }

    /// The value of that name; one of several where the known part of the name fits several.
    pub(super) fn find(&self, name: &Value, span: Span) -> Option<Value> {
        let found = match plain::text_of(name) {
            Some(text) => self.exact.get(&*text).or_else(|| self.by_end(&text)),
            None => tail(name).and_then(|tail| self.tails.get(&tail)),
        }?;
        let mut ways: Vec<Value> = Vec::new();
        for value in found.iter().take(WAYS).filter_map(|index| self.values.get(*index)) {
            let known = plain::used(value.clone(), &format!("name {}", plain::render(name)), span);
            if !ways.iter().any(|way| way.kind == known.kind) {
                ways.push(known);
            }
        }
        match ways.len() {
            0 => None,
            1 => ways.pop(),
            _ => Some(Value::new(ValueKind::OneOf(ways), span)),
        }
    }

    /// The longest end of a text that is the known end of a name.
    fn by_end(&self, text: &str) -> Option<&Vec<usize>> {
        if self.tails.is_empty() || text.len() > 2048 {
            return None;
        }
        text.char_indices().skip(1).find_map(|(at, _)| self.tails.get(text.get(at..)?))
    }
}

/// What is known of a name after its last unknown part, if that tells anything.
fn tail(name: &Value) -> Option<String> {
    let ValueKind::Template(parts) = &name.kind else { return None };
    parts.last()?.as_text().filter(|text| text.len() >= TAIL).map(str::to_owned)
}

/// All kinds of names.
#[derive(Default)]
pub(super) struct Index {
    pub(super) exports: Names,
    pub(super) parameters: Names,
    pub(super) secrets: Names,
}
