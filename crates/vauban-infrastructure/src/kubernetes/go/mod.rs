//! A small and safe part of Go's `text/template` with the functions that charts use. It reads nothing, calls nothing and is
//! bounded in steps, depth and size. What it does not know is an error that says so, never a guess.

mod functions;
mod parse;
mod run;
mod yaml;

use std::sync::Arc;

use vauban_model::resource::Text;
use vauban_syntax::{Kind, Node};

pub(super) use parse::{Template, parse};
pub(super) use run::{Origin, Rendered, Run};

/// A value of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val {
    /// Nothing.
    Nil,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(Arc<str>),
    /// A list.
    List(Arc<Vec<Val>>),
    /// Keys and values, keys in the order in which Go would visit them: sorted.
    Map(Arc<Vec<(Text, Val)>>),
}

impl Val {
    pub(super) fn text(text: impl AsRef<str>) -> Val {
        Val::Str(Arc::from(text.as_ref()))
    }

    pub(super) fn map(mut entries: Vec<(Text, Val)>) -> Val {
        entries.sort_by(|left, right| left.0.cmp(&right.0));
        entries.dedup_by(|later, earlier| later.0 == earlier.0);
        Val::Map(Arc::new(entries))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Val> {
        match self {
            Val::Map(entries) => entries
                .binary_search_by(|(known, _)| (**known).cmp(key))
                .ok()
                .and_then(|at| entries.get(at))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// What counts as true: anything that is not empty, zero or nothing.
    pub(super) fn truth(&self) -> bool {
        match self {
            Val::Nil => false,
            Val::Bool(value) => *value,
            Val::Int(value) => *value != 0,
            Val::Float(value) => *value != 0.0,
            Val::Str(text) => !text.is_empty(),
            Val::List(items) => !items.is_empty(),
            Val::Map(entries) => !entries.is_empty(),
        }
    }

    /// As it is printed.
    pub(super) fn print(&self) -> String {
        match self {
            Val::Nil => String::new(),
            Val::Bool(value) => value.to_string(),
            Val::Int(value) => value.to_string(),
            Val::Float(value) => float(*value),
            Val::Str(text) => text.to_string(),
            Val::List(items) => {
                format!("[{}]", items.iter().map(Val::print).collect::<Vec<_>>().join(" "))
            }
            Val::Map(entries) => format!(
                "map[{}]",
                entries.iter().map(|(key, value)| format!("{key}:{}", value.print())).collect::<Vec<_>>().join(" ")
            ),
        }
    }

    /// A tree as a value.
    pub(super) fn of(node: &Node) -> Val {
        match &node.kind {
            Kind::Sequence(items) => Val::List(Arc::new(items.iter().map(Val::of).collect())),
            Kind::Mapping(entries) => {
                Val::map(entries.iter().map(|entry| (Text::from(&*entry.key), Val::of(&entry.value))).collect())
            }
            Kind::Scalar(scalar) => {
                if node.is_null() {
                    Val::Nil
                } else if scalar.quoted {
                    Val::text(&*scalar.text)
                } else if let Some(value) = node.as_bool() {
                    Val::Bool(value)
                } else if let Some(value) = node.as_i64() {
                    Val::Int(value)
                } else if let Some(value) = node.as_f64() {
                    Val::Float(value)
                } else {
                    Val::text(&*scalar.text)
                }
            }
        }
    }
}

/// A number as Go prints it: no fraction when there is none.
fn float(value: f64) -> String {
    format!("{value}")
}
