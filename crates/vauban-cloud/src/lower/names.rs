//! Names for people.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Resource, Source};

use super::builder::Builder;
use crate::catalogue::Entry;

/// The longest name that is taken from an attribute.
const LONGEST: usize = 60;

/// The name: what the resource is called where that is stated, else its label in the code.
pub(super) fn of(resource: &Resource, entry: &Entry) -> String {
    entry
        .named
        .iter()
        .map(|path| &**path)
        .chain(["metadata.name"])
        .filter_map(|path| resource.get(path))
        .find_map(|value| {
            let text = value.as_text().or_else(|| value.as_list()?.first()?.as_text())?;
            usable(text).then(|| text.trim().to_owned())
        })
        .unwrap_or_else(|| label(resource))
}

/// The label, with the key of its instance where it has one.
pub(super) fn label(resource: &Resource) -> String {
    if resource.source == Source::Cdk
        && let Some(path) = resource.text("construct")
    {
        return construct(path).to_owned();
    }
    let key = resource.address.rsplit_once('[').and_then(|(_, key)| key.strip_suffix(']'));
    let name = if resource.name.is_empty() { &resource.address } else { &resource.name };
    match key {
        Some(key) if !name.contains('[') && key != "*" => format!("{name} {}", key.trim_matches('"')),
        _ => name.to_string(),
    }
}

/// What a program calls a construct: the path without its stack, and without the part that every construct has.
fn construct(path: &str) -> &str {
    let inside = path.split_once('/').map_or(path, |(_, rest)| rest);
    ["/Resource", "/Default"].iter().find_map(|end| inside.strip_suffix(end)).unwrap_or(inside)
}

fn usable(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= LONGEST && !text.contains(['\n', '$', '{']) && !text.starts_with("arn:")
}

impl Builder<'_> {
    /// Tells components of the same name apart: by what they are, then by where they stand in the code.
    pub(super) fn finish_names(&mut self) {
        for round in 0..2 {
            let mut count: FxHashMap<Box<str>, u32> = FxHashMap::default();
            for component in &self.out.model.components {
                *count.entry(component.element.name.clone()).or_default() += 1;
            }
            for component in &mut self.out.model.components {
                let element = &mut component.element;
                if count.get(&element.name).is_none_or(|times| *times < 2) {
                    continue;
                }
                let what = element.extras.iter().find(|(key, _)| &**key == "is").map(|(_, title)| title.clone());
                let addition = if round == 0 { what.unwrap_or_else(|| element.id.clone()) } else { element.id.clone() };
                if *addition != *element.name {
                    element.name = format!("{} ({addition})", element.name).into();
                }
            }
        }
    }
}
