//! One system told several times: configuration, plan and state of the same root module become one.
//!
//! The configuration says where things are written and what refers to what, the plan what values come out, the state
//! what exists. A resource that several of them tell is one resource: at the configuration's place, with its references;
//! values are the plan's where they differ, and what is not known is filled from the plan, then from the state, each with
//! the place it came from. Instances that the configuration cannot count are those of the plan.
//!
//! Two belong together when they share addresses: in the same folder, or nowhere else as many. Several plans of one root
//! module tell several systems (one for each environment), and stay apart.

mod merge;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Mode, Resource, Source, Text, ValueKind};
use vauban_model::{Diagnostic, Span};

use crate::Output;
use crate::located::scoped;
use merge::{Merger, each_value};

/// What one file with a plan or a state told.
#[derive(Clone, Debug)]
pub(crate) struct Telling {
    /// The file.
    pub(crate) path: Text,
    /// What stands before its addresses.
    pub(crate) prefix: String,
    /// Its resources in the inventory: from, to.
    pub(crate) range: (usize, usize),
    /// Whether it tells everything there will be, not only what changes.
    pub(crate) whole: bool,
}

/// The most references that one to a number of instances becomes.
const MOST_INSTANCES: usize = 32;

/// An address without what stands before it for its folder or file, and that.
fn split(address: &str) -> (&str, &str) {
    let end = address.find('[').unwrap_or(address.len());
    match address.get(..end).and_then(|head| head.rfind(':')) {
        Some(at) => (address.get(..at).unwrap_or_default(), address.get(at + 1..).unwrap_or_default()),
        None => ("", address),
    }
}

/// An address without the keys of instances.
fn base(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for c in address.chars() {
        match c {
            '"' if inside && !escaped => quoted = !quoted,
            '[' if !quoted => inside = true,
            ']' if !quoted => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

/// Whether an address is that of an instance of a pattern, in which `[*]` is any key.
fn is_instance(pattern: &str, address: &str) -> bool {
    let mut rest = address;
    for (at, part) in pattern.split("[*]").enumerate() {
        if at > 0 {
            // One key, which may hold brackets in quotes.
            let Some(end) = key_end(rest) else { return false };
            rest = rest.get(end..).unwrap_or_default();
        }
        match rest.strip_prefix(part) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// The end of the key at the beginning of a text.
fn key_end(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if at == 0 && c != '[' => return None,
            '"' if !escaped => quoted = !quoted,
            ']' if !quoted => return Some(at + 1),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// The folder of a file.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Resources that are told first, to which others are joined.
#[derive(Debug, Default)]
struct Root {
    prefix: String,
    folder: String,
    /// Places in the inventory, in order.
    places: Vec<usize>,
    bases: FxHashSet<String>,
}

impl Root {
    fn add(&mut self, place: usize, address: &str) {
        self.places.push(place);
        self.bases.insert(base(address));
    }
}

/// Joins what tells the same.
pub(crate) fn join(plans: &[Telling], states: &[Telling], output: &mut Output) {
    if plans.is_empty() && states.is_empty() {
        return;
    }
    let mut roots: Vec<Root> = Vec::new();
    let mut by_prefix: FxHashMap<String, usize> = FxHashMap::default();
    for (place, resource) in output.inventory.resources.iter().enumerate() {
        if resource.source == Source::Terraform {
            let (prefix, address) = split(&resource.address);
            let at = *by_prefix.entry(prefix.to_owned()).or_insert_with(|| {
                roots.push(Root { prefix: prefix.to_owned(), folder: prefix.to_owned(), ..Root::default() });
                roots.len() - 1
            });
            if let Some(root) = roots.get_mut(at) {
                root.add(place, address);
            }
        }
    }
    let code = roots.len();
    let plan_of = assign(&roots, plans, output);
    // A plan without its configuration can be joined with a state.
    let mut of_plan: Vec<Option<usize>> = vec![None; plans.len()];
    for (at, plan) in plans.iter().enumerate().filter(|(at, _)| !plan_of.contains_key(at)) {
        let mut root = Root { prefix: plan.prefix.clone(), folder: folder(&plan.path).to_owned(), ..Root::default() };
        let told = output.inventory.resources.get(plan.range.0..plan.range.1).unwrap_or_default();
        for (place, resource) in (plan.range.0..).zip(told) {
            root.add(place, split(&resource.address).1);
        }
        if let Some(slot) = of_plan.get_mut(at) {
            *slot = Some(roots.len());
        }
        roots.push(root);
    }
    let state_of = assign(&roots, states, output);
    let mut joined: Vec<(usize, Option<usize>, Option<usize>)> = Vec::new();
    for at in 0..roots.len() {
        let plan = plans.iter().enumerate().find(|(plan, _)| plan_of.get(plan) == Some(&at)).map(|(plan, _)| plan);
        let state = states.iter().enumerate().find(|(state, _)| state_of.get(state) == Some(&at)).map(|(at, _)| at);
        if plan.is_some() || state.is_some() {
            joined.push((at, plan, state));
        }
    }
    if joined.is_empty() {
        return;
    }
    let mut slots: Vec<Vec<Resource>> =
        std::mem::take(&mut output.inventory.resources).into_iter().map(|resource| vec![resource]).collect();
    let mut replaced: FxHashMap<Text, Vec<Text>> = FxHashMap::default();
    for (at, plan, state) in joined {
        let Some(root) = roots.get(at) else { continue };
        let first = if at < code { "configuration" } else { "plan" };
        for (telling, is_plan) in
            [(plan.and_then(|at| plans.get(at)), true), (state.and_then(|at| states.get(at)), false)]
        {
            if let Some(telling) = telling {
                one(root, telling, is_plan, first, &mut slots, &mut replaced, &mut output.diagnostics);
            }
        }
    }
    output.inventory.resources = slots.into_iter().flatten().collect();
    if !replaced.is_empty() {
        for resource in &mut output.inventory.resources {
            redirect(resource, &replaced);
        }
    }
}

/// To which root each telling belongs; a root that several would belong to has none.
fn assign(roots: &[Root], tellings: &[Telling], output: &Output) -> FxHashMap<usize, usize> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut count: FxHashMap<usize, usize> = FxHashMap::default();
    // By base address: the roots that have it.
    let mut having: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (at, root) in roots.iter().enumerate() {
        let mut places: Vec<&str> = root.bases.iter().map(String::as_str).collect();
        places.sort_unstable();
        for address in places {
            having.entry(address).or_default().push(at);
        }
    }
    for (number, telling) in tellings.iter().enumerate() {
        let told = output.inventory.resources.get(telling.range.0..telling.range.1).unwrap_or_default();
        let bases: FxHashSet<String> =
            told.iter().filter(|one| one.mode == Mode::Managed).map(|one| base(split(&one.address).1)).collect();
        let mut shared: Vec<usize> = vec![0; roots.len()];
        for root in bases.iter().filter_map(|address| having.get(address.as_str())).flatten() {
            if let Some(slot) = shared.get_mut(*root) {
                *slot += 1;
            }
        }
        let here = roots.iter().position(|root| root.folder == folder(&telling.path));
        let own = here.filter(|at| shared.get(*at).is_some_and(|count| *count > 0));
        let most = shared.iter().copied().max().unwrap_or(0);
        let elsewhere = || {
            let mut best = shared.iter().enumerate().filter(|(_, count)| **count == most && most * 2 >= bases.len());
            let first = best.next().map(|(at, _)| at);
            first.filter(|_| most > 0 && best.next().is_none())
        };
        if let Some(root) = own.or_else(elsewhere) {
            found.push((number, root));
            *count.entry(root).or_default() += 1;
        }
    }
    found.into_iter().filter(|(_, root)| count.get(root) == Some(&1)).collect()
}

/// Joins one plan or state to a root.
fn one(
    root: &Root,
    telling: &Telling,
    is_plan: bool,
    first: &str,
    slots: &mut [Vec<Resource>],
    replaced: &mut FxHashMap<Text, Vec<Text>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let word = if is_plan { "plan" } else { "state" };
    let mut told: Vec<Resource> = Vec::new();
    for slot in slots.get_mut(telling.range.0..telling.range.1).unwrap_or_default() {
        told.append(slot);
    }
    for resource in &mut told {
        readdress(resource, &telling.prefix, &root.prefix);
    }
    let place = told.first().map(|one| one.span);
    // Where each address stands, and which stand for a number of instances that is not known.
    let mut exact: FxHashMap<Text, (usize, usize)> = FxHashMap::default();
    let mut many: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    let mut opaque: Vec<usize> = Vec::new();
    for slot in root.places.iter().copied() {
        for (at, resource) in slots.get(slot).into_iter().flatten().enumerate() {
            if resource.mode == Mode::Opaque {
                opaque.push(slot);
            } else if resource.address.contains("[*]") {
                many.entry(base(&resource.address)).or_default().push(slot);
            } else {
                exact.insert(resource.address.clone(), (slot, at));
            }
        }
    }
    // Modules whose code is not at hand are told by what is in them.
    let mut modules: FxHashSet<String> = FxHashSet::default();
    for resource in &told {
        let address = base(&resource.address);
        for (at, _) in address.match_indices('.') {
            modules.extend(address.get(..at).map(str::to_owned));
        }
    }
    let mut gone: FxHashSet<Text> = FxHashSet::default();
    for slot in opaque {
        let Some(resources) = slots.get_mut(slot) else { continue };
        resources.retain(|resource| {
            let known = resource.mode == Mode::Opaque && modules.contains(&base(&resource.address));
            if known {
                gone.insert(resource.address.clone());
            }
            !known
        });
    }
    // Whose instance each is, where the code does not know how many there are.
    let patterns: Vec<Option<usize>> = told
        .iter()
        .map(|resource| {
            let of = many.get(&base(&resource.address)).filter(|_| !exact.contains_key(&resource.address))?;
            let fits = |slot: &usize| {
                let pattern = slots.get(*slot).and_then(|slot| slot.first());
                pattern.is_some_and(|pattern| is_instance(&pattern.address, &resource.address))
            };
            of.iter().copied().find(fits)
        })
        .collect();
    gone.extend(patterns.iter().flatten().filter_map(|slot| Some(slots.get(*slot)?.first()?.address.clone())));
    let mut instances: FxHashMap<usize, Vec<Resource>> = FxHashMap::default();
    let merger = Merger { prefer: is_plan, name: word, gone: &gone };
    let (mut joined, mut added) = (0usize, Vec::new());
    for (resource, pattern) in told.into_iter().zip(patterns) {
        if let Some((slot, at)) = exact.get(&resource.address).copied() {
            if let Some(known) = slots.get_mut(slot).and_then(|slot| slot.get_mut(at)) {
                merger.resource(known, resource);
                joined += 1;
            }
            continue;
        }
        match pattern.and_then(|slot| Some((slot, slots.get(slot)?.first()?))) {
            Some((slot, pattern)) => {
                let mut instance = Resource { address: resource.address.clone(), many: false, ..pattern.clone() };
                merger.resource(&mut instance, resource);
                instances.entry(slot).or_default().push(instance);
                joined += 1;
            }
            None => added.push(resource),
        }
    }
    let mut none: Vec<Text> = Vec::new();
    for slot in root.places.iter().copied() {
        let Some(resources) = slots.get_mut(slot) else { continue };
        let Some(pattern) = resources.first().filter(|one| one.address.contains("[*]")).map(|one| one.address.clone())
        else {
            continue;
        };
        if let Some(made) = instances.remove(&slot) {
            replaced.insert(pattern, made.iter().map(|one| one.address.clone()).collect());
            *resources = made;
        } else if is_plan && telling.whole && resources.iter().all(|one| one.mode == Mode::Managed) {
            none.push(pattern);
            resources.clear();
        }
    }
    let name = &telling.path;
    let mut message = format!(
        "`{name}` is the {word} of what the {first} here says: {joined} resources are told by both and are one"
    );
    let list = |addresses: &[Text]| {
        let shown: Vec<String> = addresses.iter().take(3).map(|address| format!("`{address}`")).collect();
        format!("{}{}", shown.join(", "), if addresses.len() > 3 { ", …" } else { "" })
    };
    let named: Vec<Text> =
        added.iter().filter(|one| one.mode == Mode::Managed).map(|one| one.address.clone()).collect();
    if is_plan && !named.is_empty() {
        message.push_str(&format!("; {} only the plan tells: {}", named.len(), list(&named)));
    }
    if !none.is_empty() {
        message.push_str(&format!("; of {} there will be none: {}", none.len(), list(&none)));
    }
    if let Some(place) = place {
        diagnostics.push(
            Diagnostic::note("told-together", place, message)
                .help("move one of them elsewhere to read them apart; values come from the plan where they differ"),
        );
    }
    if !is_plan && let Some(place) = drift(&added) {
        diagnostics.push(
            Diagnostic::note(
                "state-only",
                place,
                format!("{} resources exist and are not in the {first}: {}", named.len(), list(&named)),
            )
            .help("import them into the code, or remove them; until then they are part of the system"),
        );
    }
    let last = telling.range.0;
    if let Some(slot) = slots.get_mut(last) {
        slot.extend(added);
    }
}

/// Where the first resource stands that exists without being in the code.
fn drift(added: &[Resource]) -> Option<Span> {
    added.iter().find(|one| one.mode == Mode::Managed).map(|one| one.span)
}

/// Gives everything in a resource the addresses of another prefix.
fn readdress(resource: &mut Resource, from: &str, to: &str) {
    if from == to {
        return;
    }
    let change = |address: &Text| -> Text {
        let own = if from.is_empty() {
            Some(&**address)
        } else {
            address.strip_prefix(from).and_then(|rest| rest.strip_prefix(':'))
        };
        own.map_or_else(|| address.clone(), |own| scoped(to, own))
    };
    resource.address = change(&resource.address);
    for address in &mut resource.depends_on {
        *address = change(address);
    }
    each_value(&mut resource.attributes, &mut |value| {
        if let ValueKind::Reference(reference) = &mut value.kind {
            reference.address = change(&reference.address);
        }
    });
}

/// Points references to a number of instances at the instances.
fn redirect(resource: &mut Resource, replaced: &FxHashMap<Text, Vec<Text>>) {
    each_value(&mut resource.attributes, &mut |value| {
        let ValueKind::Reference(reference) = &mut value.kind else { return };
        match replaced.get(&reference.address).map(Vec::as_slice) {
            Some([one]) => reference.address = one.clone(),
            Some(several) if !several.is_empty() => {
                let each = several.iter().take(MOST_INSTANCES).map(|address| {
                    let reference = vauban_model::resource::Reference {
                        address: address.clone(),
                        attribute: reference.attribute.clone(),
                    };
                    vauban_model::resource::Value {
                        kind: ValueKind::Reference(reference),
                        span: value.span,
                        via: value.via.clone(),
                    }
                });
                value.kind = ValueKind::OneOf(each.collect());
            }
            _ => {}
        }
    });
    let mut depends_on = Vec::with_capacity(resource.depends_on.len());
    for address in resource.depends_on.drain(..) {
        match replaced.get(&address) {
            Some(several) => depends_on.extend(several.iter().cloned()),
            None => depends_on.push(address),
        }
    }
    resource.depends_on = depends_on;
}
