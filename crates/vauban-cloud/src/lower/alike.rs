//! Instances of one block that say the same become one element, "N of them": a picture of 150 equal repositories is none.
//!
//! Instances of one `count` or `for_each` fold, and modules with one source whose content is not at hand, if nothing tells them
//! apart that matters: the same facts and controls, the same place, the same attributes but for names and what holds their
//! key, the same flows and ways through the network, the same identities, and the same things that refer to them. What holds a
//! credential stays by itself. The address of each instance still leads to the element.

use rustc_hash::{FxHashMap, FxHashSet};
use std::fmt::Write as _;

use vauban_model::resource::{Mode, Value, ValueKind};
use vauban_model::vocabulary::Domain;

use super::builder::{Builder, component_ref};
use crate::flows::End;
use crate::network::Place;

/// Two of a kind are still read one by one.
const LEAST: usize = 3;
/// How deep values are compared; deeper ones are not the same.
const MOST_DEPTH: usize = 32;
/// Names of instances that are listed.
const MOST_NAMED: usize = 20;

/// Keys of attributes that only say what something is called or described as.
fn is_name(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let ends = ["name", "description", "title", "label", "labels", "tags", "topics", "identifier", "homepage_url"];
    ends.iter().any(|end| key == *end || key.strip_suffix(end).is_some_and(|before| before.ends_with('_')))
        || matches!(&*key, "bucket" | "tags_all")
}

/// The address without the key of its last part, and the key: `a.b["x"]` is `a.b` and `x`.
fn keyed(address: &str) -> Option<(&str, &str)> {
    let inner = address.strip_suffix(']')?;
    let at = if inner.ends_with('"') {
        // A key may hold brackets itself.
        inner.find("[\"").filter(|at| !inner.get(at + 2..inner.len() - 1).unwrap_or_default().contains("\"]"))?
    } else {
        inner.rfind('[')?
    };
    let (base, key) = (address.get(..at)?, inner.get(at + 1..)?.trim_matches('"'));
    (!key.is_empty() && key != "*" && !base.is_empty()).then_some((base, key))
}

/// A text with the key of the instance left open, where it stands as a whole word.
fn opened(text: &str, key: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in text.match_indices(key) {
        let letter = |c: char| c.is_alphanumeric();
        let before = text.get(..at).unwrap_or_default().ends_with(letter);
        let after = text.get(at + key.len()..).unwrap_or_default().starts_with(letter);
        if before || after || at < from {
            continue;
        }
        out.push_str(text.get(from..at).unwrap_or_default());
        out.push('*');
        from = at + key.len();
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Writes down what a value says, but for names; of a part only what it refers to and its documents, since what else it says
/// is a fact of its whole already.
fn sign(value: &Value, key: &str, part: bool, depth: usize, out: &mut String) {
    if depth > MOST_DEPTH {
        // Not compared further: the place tells it apart.
        let _ = write!(out, "{:?}", value.span);
        return;
    }
    match &value.kind {
        ValueKind::Null => {}
        ValueKind::Bool(_) | ValueKind::Number(_) | ValueKind::Text(_) if part => {}
        ValueKind::Bool(yes) => out.push_str(if *yes { "yes" } else { "no" }),
        ValueKind::Number(number) => {
            let _ = write!(out, "{number}");
        }
        ValueKind::Text(text) => {
            let _ = write!(out, "{:?}", opened(text, key));
        }
        ValueKind::Reference(reference) => {
            let _ = write!(out, "@{}.{}", opened(&reference.address, key), reference.attribute);
        }
        ValueKind::Unknown(unknown) => {
            let _ = write!(out, "?{}", opened(&unknown.name, key));
        }
        ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
            out.push('[');
            for item in parts {
                sign(item, key, part, depth + 1, out);
                out.push(',');
            }
            out.push(']');
        }
        ValueKind::Map(entries) => {
            out.push('{');
            for (name, inner) in entries.iter().filter(|(name, inner)| !is_name(name) && !inner.is_null()) {
                let _ = write!(out, "{name}=");
                sign(inner, key, part, depth + 1, out);
                out.push(';');
            }
            out.push('}');
        }
        ValueKind::Document(inner) => sign(inner, key, false, depth + 1, out),
        ValueKind::Secret(inner) => {
            out.push('!');
            sign(inner, key, part, depth + 1, out);
        }
    }
}

/// What instances of one kind have in common before they are looked at.
struct Candidate {
    component: u32,
    /// The resource that it is.
    at: u32,
}

impl Builder<'_> {
    /// Folds what is alike.
    pub(super) fn gather(&mut self) {
        if self.options.unfold {
            return;
        }
        let mut by_kind: FxHashMap<String, usize> = FxHashMap::default();
        let mut kinds: Vec<(String, Vec<Candidate>)> = Vec::new();
        for (at, resource) in (0u32..).zip(self.resources()) {
            let Some(element) = self.element_of(at).filter(|element| element.domain == Domain::Component) else {
                continue;
            };
            let own = self.out.model.components.get(element.at());
            if own.is_none_or(|component| *component.element.id != *resource.address) || resource.many {
                continue;
            }
            let kind = if resource.mode == Mode::Opaque {
                let (base, _) = keyed(&resource.address).unwrap_or((&resource.address, ""));
                match (resource.text("source"), base.rsplit_once("module.")) {
                    (Some(source), Some((before, _))) => format!("{before}module.*[{source}]"),
                    _ => base.to_owned(),
                }
            } else {
                match keyed(&resource.address) {
                    Some((base, _)) => base.to_owned(),
                    None => continue,
                }
            };
            let place = *by_kind.entry(kind.clone()).or_insert_with(|| {
                kinds.push((kind, Vec::new()));
                kinds.len() - 1
            });
            if let Some((_, list)) = kinds.get_mut(place) {
                list.push(Candidate { component: element.index, at });
            }
        }
        kinds.retain(|(_, list)| list.len() >= LEAST);
        if kinds.is_empty() {
            return;
        }
        let marks = self.marks(&kinds);
        let mut leader: FxHashMap<u32, u32> = FxHashMap::default();
        for (kind, list) in &kinds {
            let mut groups: Vec<(&String, Vec<&Candidate>)> = Vec::new();
            let mut known: FxHashMap<&String, usize> = FxHashMap::default();
            for candidate in list {
                let Some(mark) = marks.get(&candidate.component) else { continue };
                let place = *known.entry(mark).or_insert_with(|| {
                    groups.push((mark, Vec::new()));
                    groups.len() - 1
                });
                if let Some((_, members)) = groups.get_mut(place) {
                    members.push(candidate);
                }
            }
            groups.retain(|(_, members)| members.len() >= LEAST);
            // The largest has the name of all; of equals the first.
            let most = groups.iter().map(|(_, members)| members.len()).max().unwrap_or(0);
            let mut taken = false;
            for (_, members) in &groups {
                let whole = !taken && members.len() == most;
                taken |= whole;
                self.as_one(kind, members, whole);
                if let Some((first, others)) = members.split_first() {
                    leader.extend(others.iter().map(|other| (other.component, first.component)));
                }
            }
        }
        self.renumber(&leader);
    }

    /// By component that is looked at: everything that could tell it from others of its kind.
    fn marks(&self, kinds: &[(String, Vec<Candidate>)]) -> FxHashMap<u32, String> {
        let mut wanted: FxHashMap<u32, (u32, Vec<u32>)> =
            kinds.iter().flat_map(|(_, list)| list).map(|one| (one.component, (one.at, Vec::new()))).collect();
        // What is folded into it speaks for it as well.
        for (at, element) in (0u32..).zip(&self.out.element_of) {
            if let Some(element) = element.filter(|element| element.domain == Domain::Component)
                && let Some((_, parts)) = wanted.get_mut(&element.index)
            {
                parts.push(at);
            }
        }
        let input = &self.input;
        let holds: FxHashSet<u32> =
            input.credentials.iter().flat_map(|one| &one.holdings).map(|holding| holding.resource).collect();
        let address = |at: u32| &*input.estate.resource(at).address;
        let mut notes: FxHashMap<u32, Vec<String>> = FxHashMap::default();
        let mut note = |at: u32, text: String| notes.entry(at).or_default().push(text);
        for flow in input.flows {
            let name = |end: &End| match end {
                End::Resource(at) => address(*at).to_owned(),
                End::Outside(name) => name.to_string(),
            };
            let how = format!("{:?} {:?} {:?}", flow.grade(), flow.protocol, flow.port);
            if let End::Resource(at) = &flow.from {
                note(*at, format!("to {} {how}", name(&flow.to)));
            }
            if let End::Resource(at) = &flow.to {
                note(*at, format!("from {} {how}", name(&flow.from)));
            }
        }
        for way in &input.network.ways {
            let from = match way.from {
                Place::Resource(at) => {
                    note(at, format!("way to {} {:?}", address(way.to), way.ports));
                    address(at).to_owned()
                }
                other => format!("{other:?}"),
            };
            note(way.to, format!("way from {from} {:?} {}", way.ports, way.asks));
        }
        for (workload, principal) in input.runs_as {
            note(*workload, format!("runs as {}", address(*principal)));
        }
        let mut out = FxHashMap::default();
        // In the order of components, so that nothing hangs on the order of a hash map.
        let mut ordered: Vec<_> = wanted.iter().collect();
        ordered.sort_unstable_by_key(|(component, _)| **component);
        for (component, (own, parts)) in ordered {
            if parts.iter().any(|part| holds.contains(part)) {
                continue;
            }
            let Some(it) = self.out.model.components.get(*component as usize) else { continue };
            let key = keyed(address(*own)).map_or("", |(_, key)| key);
            let opaque = input.estate.resource(*own).mode == Mode::Opaque;
            let open = |text: &str| if key.is_empty() { text.to_owned() } else { opened(text, key) };
            let mut lines: Vec<String> = Vec::new();
            for part in parts {
                let resource = input.estate.resource(*part);
                lines.extend(notes.get(part).into_iter().flatten().cloned());
                lines.extend(
                    self.referrers_of(*part)
                        .into_iter()
                        .filter(|referrer| !parts.contains(referrer))
                        .map(|referrer| format!("named by {}", open(address(referrer)))),
                );
                // What is inside such a module is not known, and its inputs are told by what they lead to.
                if !opaque {
                    let mut text = format!("{} ", if part == own { "" } else { &resource.ty });
                    // Without a key nothing stands for it.
                    sign(&resource.attributes, if key.is_empty() { "\u{0}" } else { key }, part != own, 0, &mut text);
                    lines.push(text);
                }
                lines.push(format!("in {}", resource.scope));
            }
            lines.sort_unstable();
            lines.dedup();
            let mut text = format!("{:?} {:?} ", it.boundary, it.parent);
            for fact in &it.element.facts {
                let _ = write!(text, "{:?}={:?};", fact.id, fact.value);
            }
            for control in &it.element.controls {
                let _ = write!(text, "{:?}={:?};", control.control, control.present);
            }
            text.push_str(&lines.join("\n"));
            out.insert(*component, text);
        }
        out
    }

    /// Makes the first of a group stand for all of them.
    fn as_one(&mut self, kind: &str, members: &[&Candidate], whole: bool) {
        let Some(first) = members.first() else { return };
        let estate = self.input.estate;
        let resource = estate.resource(first.at);
        let bases: FxHashSet<&str> = members
            .iter()
            .map(|member| keyed(&estate.resource(member.at).address).map_or("", |(base, _)| base))
            .collect();
        let one_block = bases.len() == 1 && !bases.contains("");
        let key = keyed(&resource.address).map_or("", |(_, key)| key);
        let base = if one_block { bases.into_iter().next().unwrap_or(kind) } else { kind };
        let id = match (one_block, whole) {
            (true, true) => format!("{base}[*]"),
            (true, false) => format!("{base}[\"{key}\"…]"),
            (false, true) => kind.to_owned(),
            (false, false) => format!("{kind} like {}", resource.name),
        };
        if estate.find(&id).is_some() {
            return;
        }
        let label = if resource.mode == Mode::Opaque && !one_block {
            let source = resource.text("source").unwrap_or_default();
            source.rsplit('/').next().unwrap_or(source).to_owned()
        } else {
            base.rsplit('.').next().unwrap_or(base).to_owned()
        };
        let names: Vec<String> = members
            .iter()
            .take(MOST_NAMED)
            .map(|member| {
                let address = &estate.resource(member.at).address;
                keyed(address).map_or_else(|| estate.resource(member.at).name.to_string(), |(_, key)| key.to_owned())
            })
            .collect();
        let more = if members.len() > MOST_NAMED { ", …" } else { "" };
        let count = members.len();
        self.with(component_ref(first.component), |element| {
            element.id = id.into();
            element.name = match whole {
                true => format!("{label} ({count} of them)"),
                false => format!("{label} ({count} of them, like {})", names.first().map_or("", String::as_str)),
            }
            .into();
            element.extras.push(("instances".into(), format!("{count}: {}{more}", names.join(", ")).into()));
        });
    }

    /// Takes out components that others stand for, and numbers the rest anew.
    fn renumber(&mut self, leader: &FxHashMap<u32, u32>) {
        if leader.is_empty() {
            return;
        }
        let components = std::mem::take(&mut self.out.model.components);
        let mut new: Vec<u32> = Vec::with_capacity(components.len());
        let mut next = 0u32;
        for old in (0u32..).take(components.len()) {
            new.push(next);
            next += u32::from(!leader.contains_key(&old));
        }
        let number = |old: u32| {
            let stands = leader.get(&old).copied().unwrap_or(old);
            new.get(stands as usize).copied().unwrap_or(stands)
        };
        self.out.model.components = (0u32..)
            .zip(components)
            .filter(|(old, _)| !leader.contains_key(old))
            .map(|(_, mut component)| {
                component.parent = component.parent.map(number);
                component
            })
            .collect();
        for element in self.out.element_of.iter_mut().flatten().filter(|element| element.domain == Domain::Component) {
            element.index = number(element.index);
        }
        for (component, _) in &mut self.entrances {
            *component = number(*component);
        }
        self.entrances.dedup_by_key(|(component, _)| *component);
        self.internet = self.internet.map(number);
    }
}
