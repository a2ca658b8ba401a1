//! The configuration inside a plan: which expression refers to what, followed through modules to resources.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::{Reference, Text};
use vauban_syntax::Node;

use super::Shown;
use crate::located::{entries, items, text_of, without_index};

/// Longest chain of variables and outputs that is followed.
const LONGEST_CHAIN: usize = 32;
/// Most references one expression is followed to.
const MOST_REFERENCES: usize = 64;

/// Where a resource stands: its module instance and its name there.
pub(super) struct Place {
    /// The whole address.
    pub(super) address: String,
    /// The module instances, outermost first: `net`, `net["a"]`.
    modules: Vec<String>,
    /// The address in its module without the key of the instance.
    local: String,
    /// The key of the instance with its brackets; empty without one.
    key: String,
}

impl Place {
    pub(super) fn of(address: &str, data: bool, ty: &str, name: &str) -> Place {
        let local = if data { format!("data.{ty}.{name}") } else { format!("{ty}.{name}") };
        let parts = split(address);
        let mut modules = Vec::new();
        let mut rest = parts.iter();
        while let Some(part) = rest.next() {
            if *part == "module" {
                modules.extend(rest.next().map(|name| (*name).to_owned()));
            } else {
                break;
            }
        }
        let last = parts.last().copied().unwrap_or("");
        let key = last.get(without_index(last).len()..).unwrap_or("").to_owned();
        Place { address: address.to_owned(), modules, local, key }
    }
}

/// The parts of an address or a reference at its dots; dots inside brackets do not count.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quoted, mut escaped) = (0, 0usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                parts.push(text.get(start..at).unwrap_or(""));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or(""));
    parts
}

/// What a name in an expression leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An attribute of a resource.
    Attribute(Reference),
    /// Something the plan's configuration does not explain: a local, an iteration.
    Open,
}

pub(super) struct Configuration<'a> {
    root: Option<&'a Node>,
    /// Resources of the configuration by their module without instance keys and their local address.
    written: FxHashMap<String, &'a Node>,
    /// The planned resources by address.
    planned: FxHashMap<Cow<'a, str>, &'a Node>,
    /// Addresses of instances by their address without any instance keys.
    instances: FxHashMap<String, Vec<Cow<'a, str>>>,
}

impl<'a> Configuration<'a> {
    pub(super) fn new(plan: &'a Node, planned: &[Shown<'a>]) -> Self {
        let root = plan.get("configuration").and_then(|configuration| configuration.get("root_module"));
        let mut written = FxHashMap::default();
        index(root, "", &mut written, 0);
        let mut instances: FxHashMap<String, Vec<Cow<'a, str>>> = FxHashMap::default();
        for shown in planned {
            instances.entry(bare(&shown.address)).or_default().push(shown.address.clone());
        }
        let planned = planned.iter().map(|shown| (shown.address.clone(), shown.node)).collect();
        Configuration { root, written, planned, instances }
    }

    /// The configuration of a resource.
    pub(super) fn resource(&self, place: &Place) -> Option<&'a Node> {
        let mut key = String::new();
        for module in &place.modules {
            key.push_str(without_index(module));
            key.push('/');
        }
        key.push_str(&place.local);
        self.written.get(&key).copied()
    }

    /// The module at a path.
    fn module(&self, modules: &[String]) -> Option<&'a Node> {
        modules
            .iter()
            .try_fold(self.root?, |module, name| module.get("module_calls")?.get(without_index(name))?.get("module"))
    }

    /// Places of the calls that lead to a resource, outermost first.
    pub(super) fn calls(&self, place: &Place) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut module = self.root;
        for name in &place.modules {
            let call = entries(module.and_then(|module| module.get("module_calls")))
                .iter()
                .find(|entry| &*entry.key == without_index(name));
            let Some(call) = call else { break };
            spans.push(call.key_span);
            module = call.value.get("module");
        }
        spans
    }

    /// The text that a referenced attribute is planned to have.
    pub(super) fn planned_text(&self, reference: &Reference) -> Option<&'a str> {
        let values = self.planned.get(&*reference.address)?.get("values")?;
        let attribute = reference.attribute.split('.').try_fold(values, |node, part| match part.parse::<usize>() {
            Ok(index) => node.as_sequence()?.get(index),
            Err(_) => node.get(part),
        })?;
        // Short texts are the same by chance.
        attribute.as_str().filter(|text| text.len() >= 3)
    }

    /// Follows a name that is used at a place.
    pub(super) fn resolve(&self, name: &str, place: &Place) -> Vec<Found> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        self.follow(name, &place.modules, Some(place), &mut seen, 0, &mut found);
        found
    }

    /// Follows all names of an expression. The plan lists a reference and then its shorter forms: only the longest count.
    pub(super) fn resolve_all(&self, names: &[Node], place: &Place) -> Vec<Found> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        for name in longest(names) {
            self.follow(name, &place.modules, Some(place), &mut seen, 0, &mut found);
        }
        found
    }

    fn follow(
        &self,
        name: &str,
        modules: &[String],
        place: Option<&Place>,
        seen: &mut FxHashSet<String>,
        depth: usize,
        found: &mut Vec<Found>,
    ) {
        let mark = format!("{}|{name}", modules.join("/"));
        if depth > LONGEST_CHAIN || found.len() > MOST_REFERENCES || !seen.insert(mark) {
            return;
        }
        let parts = split(name);
        let part = |index: usize| parts.get(index).copied().unwrap_or("");
        match part(0) {
            "var" => {
                let Some((last, outer)) = modules.split_last() else { return };
                let call = self.module(outer).and_then(|module| module.get("module_calls"));
                let expression = call
                    .and_then(|calls| calls.get(without_index(last)))
                    .and_then(|call| call.get("expressions"))
                    .and_then(|expressions| expressions.get(without_index(part(1))));
                let names = expression.and_then(|expression| expression.get("references"));
                for name in longest(items(names)) {
                    self.follow(name, outer, None, seen, depth + 1, found);
                }
            }
            "module" => {
                let inner: Vec<String> = modules.iter().cloned().chain([part(1).to_owned()]).collect();
                let outputs = self.module(&inner).and_then(|module| module.get("outputs"));
                let output = outputs.and_then(|outputs| outputs.get(without_index(part(2))));
                let names = output
                    .and_then(|output| output.get("expression"))
                    .and_then(|expression| expression.get("references"));
                for name in longest(items(names)) {
                    self.follow(name, &inner, None, seen, depth + 1, found);
                }
            }
            "each" => {
                // What the instances are made for is written beside.
                let written = place.and_then(|place| self.resource(place));
                let names = written
                    .and_then(|written| written.get("for_each_expression"))
                    .and_then(|expression| expression.get("references"));
                for name in longest(items(names)) {
                    self.follow(name, modules, None, seen, depth + 1, found);
                }
                found.push(Found::Open);
            }
            "local" => found.push(Found::Open),
            "count" | "path" | "terraform" | "self" => {}
            "data" if parts.len() >= 3 => {
                let resource = format!("data.{}.{}", part(1), part(2));
                self.attribute(&resource, parts.get(3..).unwrap_or(&[]), modules, place, found);
            }
            _ if parts.len() >= 2 => {
                let resource = format!("{}.{}", part(0), part(1));
                self.attribute(&resource, parts.get(2..).unwrap_or(&[]), modules, place, found);
            }
            _ => found.push(Found::Open),
        }
    }

    /// A reference to a resource of a module: to its instance where that is told, else to all there are.
    fn attribute(
        &self,
        resource: &str,
        path: &[&str],
        modules: &[String],
        place: Option<&Place>,
        found: &mut Vec<Found>,
    ) {
        let mut address = String::new();
        for module in modules {
            address.push_str("module.");
            address.push_str(module);
            address.push('.');
        }
        address.push_str(resource);
        let attribute: Text =
            path.iter().map(|part| part.replace('[', ".").replace([']', '"'], "")).collect::<Vec<_>>().join(".").into();
        let mut push = |address: &str| {
            if found.len() < MOST_REFERENCES {
                found.push(Found::Attribute(Reference { address: address.into(), attribute: attribute.clone() }));
            }
        };
        if self.planned.contains_key(address.as_str()) {
            return push(&address);
        }
        let Some(instances) = self.instances.get(&bare(&address)) else { return push(&address) };
        // The instance beside the one that refers, if both are made the same way.
        let beside = place.filter(|place| !place.key.is_empty()).map(|place| format!("{address}{}", place.key));
        if let Some(beside) = beside.filter(|beside| self.planned.contains_key(beside.as_str())) {
            return push(&beside);
        }
        let within: Vec<&Cow<'_, str>> = instances.iter().filter(|instance| lies_in(instance, &address)).collect();
        if within.is_empty() {
            instances.iter().for_each(|instance| push(instance));
        } else {
            within.into_iter().for_each(|instance| push(instance));
        }
    }
}

/// Whether an address is an instance of another that has no key at its end.
fn lies_in(instance: &str, address: &str) -> bool {
    instance.strip_prefix(address).is_some_and(|rest| rest.starts_with('['))
}

/// An address without any instance keys.
fn bare(address: &str) -> String {
    split(address).into_iter().map(without_index).collect::<Vec<_>>().join(".")
}

/// The names that are not the beginning of another.
fn longest(names: &[Node]) -> Vec<&str> {
    let all: Vec<&str> = names.iter().filter_map(Node::as_str).take(4 * MOST_REFERENCES).collect();
    let begins = |short: &str, long: &str| {
        long.len() > short.len()
            && long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
    };
    all.iter().copied().filter(|name| !all.iter().any(|other| begins(name, other))).collect()
}

fn index<'a>(module: Option<&'a Node>, path: &str, written: &mut FxHashMap<String, &'a Node>, depth: usize) {
    let Some(module) = module else { return };
    for resource in items(module.get("resources")) {
        written.insert(format!("{path}{}", text_of(resource, "address")), resource);
    }
    if depth < LONGEST_CHAIN {
        for call in entries(module.get("module_calls")) {
            index(call.value.get("module"), &format!("{path}{}/", call.key), written, depth + 1);
        }
    }
}
