//! Names for people.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::Element;
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
    /// Tells components of the same name apart: by what they are, else by the one part of their address that no other of
    /// that name has, else by the whole of it.
    pub(super) fn finish_names(&mut self) {
        let components = &mut self.out.model.components;
        let mut named: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        for (at, component) in components.iter().enumerate() {
            named.entry(component.element.name.clone()).or_default().push(at);
        }
        let title = |element: &Element| element.extras.iter().find(|(key, _)| &**key == "is").map(|(_, is)| is.clone());
        let mut additions: Vec<(usize, Box<str>)> = Vec::new();
        for at in 0..components.len() {
            let Some(group) = components.get(at).and_then(|it| named.get(&it.element.name)) else { continue };
            // Each group once, at its first member.
            if group.len() < 2 || group.first() != Some(&at) {
                continue;
            }
            let alike: Vec<&Element> =
                group.iter().filter_map(|at| components.get(*at)).map(|it| &it.element).collect();
            let (mut titles, mut parts) = (FxHashMap::<Box<str>, u32>::default(), FxHashMap::<&str, u32>::default());
            for element in &alike {
                title(element).into_iter().for_each(|title| *titles.entry(title).or_default() += 1);
                parts_of(&element.id).into_iter().for_each(|part| *parts.entry(part).or_default() += 1);
            }
            for (at, element) in group.iter().zip(&alike) {
                let by_title = title(element).filter(|title| titles.get(title) == Some(&1));
                let own = |part: &&str| parts.get(part) == Some(&1) && **part != *element.name;
                let by_part = || parts_of(&element.id).into_iter().rev().find(own).map(Box::from);
                additions.push((*at, by_title.or_else(by_part).unwrap_or_else(|| element.id.clone())));
            }
        }
        let mut taken: FxHashSet<Box<str>> = named.into_keys().collect();
        for (at, addition) in additions {
            let Some(element) = components.get_mut(at).map(|it| &mut it.element) else { continue };
            if *addition == *element.name {
                continue;
            }
            let mut name: Box<str> = format!("{} ({addition})", element.name).into();
            if !taken.insert(name.clone()) {
                name = format!("{} ({})", element.name, element.id).into();
            }
            element.name = name;
        }
    }
}

/// The parts of an address, each once: folders, modules, namespaces, types, labels.
fn parts_of(id: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    for part in id.split(['/', '.', ':']).filter(|part| !part.is_empty()) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}
