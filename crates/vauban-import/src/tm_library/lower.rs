//! What a model of the OWASP Threat Model Library means here.
//!
//! | Threat Model Library | here |
//! |---|---|
//! | `scope` | the system; `business_criticality` is `criticality`, sensitivity, exposure and tier are remarks |
//! | trust zone | boundary; the format says neither its kind nor how far it is trusted |
//! | trust boundary (a pair of zones) | what it asks of those who cross: `authentication` and `authorisation` of each flow between the two; the whole of it a remark |
//! | actor | external entity; people are told from systems by its type; permissions a remark |
//! | component, `parent_component` | process, part of another |
//! | data store | data store; type, vendor and product as technology |
//! | data set | data; sensitivity as `kinds`, number of records as `volume` (below 100, 10 000, 1 000 000, more) |
//! | placement | `stores`; `encrypted` as `encryption_at_rest` of the store if all data sets there agree, and a remark |
//! | data flow | flow; `encrypted` is TLS, or not encrypted; `has_sensitive_data` a remark |
//! | assumption | assumption about its topics; validity in a remark |
//! | threat | recorded threat; persona, event, sources and CAPEC remarks; the worst risk that names it gives the severity |
//! | control | note, the whole of it a remark; part of the mitigation of each threat it names, with its status |
//! | risk, persona, diagram | notes, the whole of each a remark |

use rustc_hash::FxHashMap;
use vauban_model::model::{Assumption, Boundary, Component, Element, ElementRef, Flow, Value};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use super::{BESIDE, raw, threats};
use crate::draft::{Draft, State, element, narrow, one_line};
use crate::extras::{Extras, keep, keep_node, keep_text};
use crate::listed::{Keys, add_flow, by_id, end, nest, noted, system, text_at, whole, word};
use crate::log::{Log, short};
use crate::raw::{List, Text, items, or_empty};
use crate::{Format, Imported};

pub(super) const FORMAT: Format = Format::ThreatModelLibrary;

/// How much the business depends on it.
const DEGREE: &[(&str, &str)] =
    &[("minimal", "low"), ("low", "low"), ("moderate", "medium"), ("high", "high"), ("maximal", "critical")];

/// Kinds of data; `biz` and `gov` have no like among ours.
const SENSITIVITY: &[(&str, &str)] = &[
    ("pii", "personal"),
    ("phi", "health"),
    ("fin", "financial"),
    ("ip", "intellectual-property"),
    ("cred", "credentials"),
    ("pci", "payment-card"),
];

/// Kinds of store in the names of our technology library.
const STORE: &[(&str, &str)] = &[
    ("sql", "sql-database"),
    ("key-value", "nosql-database"),
    ("document", "nosql-database"),
    ("object", "object-storage"),
    ("graph", "graph-database"),
    ("time-series", "time-series-database"),
];

/// How callers prove who they are; the rest says only that they do.
const AUTHENTICATION: &[(&str, &str)] = &[
    ("none", "none"),
    ("password", "credentials"),
    ("challenge-response", "credentials"),
    ("otp", "multi-factor"),
    ("public-key", "client-certificate"),
    ("token", "token"),
    ("sso", "federated"),
    ("social", "federated"),
];

/// How rights are decided.
const ACCESS: &[(&str, &str)] =
    &[("none", "none"), ("acl", "resource-based"), ("rbac", "role-based"), ("abac", "attribute-based")];

/// Where our own writer puts what is in no zone.
const NO_ZONE: &str = "no-trust-zone";

/// Actors that are people; the others are systems, or not known.
const PEOPLE: [&str; 4] = ["user", "power_user", "administrator", "engineer"];

/// Builds the model.
pub(super) fn lower(raw: &raw::Document<'_>, mut log: Log) -> Imported {
    let scope = raw.scope.as_ref();
    let span = scope.map_or(raw.at.node.span, |scope| scope.at.node.span);
    let element = system(scope.and_then(|scope| scope.title), "the scope", span, &mut log);
    let mut draft = Draft::new(FORMAT, element, log);
    let mut keys = Keys::default();
    about(&mut draft, raw);
    for diagram in items(raw.diagrams.as_ref()) {
        let title = text_at(diagram, "title");
        noted(&mut draft, "diagram", &keys.key("diagram", title), title, text_at(diagram, "source"), diagram);
    }
    zones(&mut draft, raw.zones.as_ref());
    let asked = boundaries(&mut draft, raw.boundaries.as_ref(), &mut keys);
    actors(&mut draft, raw.actors.as_ref());
    components(&mut draft, raw.components.as_ref());
    stores(&mut draft, raw.stores.as_ref());
    data_sets(&mut draft, raw.sets.as_ref());
    flows(&mut draft, raw.flows.as_ref(), &asked);
    assumptions(&mut draft, raw.assumptions.as_ref(), &mut keys);
    threats::lower(&mut draft, raw, &mut keys);
    draft.finish()
}

fn about(draft: &mut Draft, raw: &raw::Document<'_>) {
    let mut extras = Extras::new();
    for (key, text) in [
        ("$schema", raw.schema),
        ("version", raw.version),
        ("frozen", raw.frozen),
        ("released_at", raw.released_at),
        ("product_release_date", raw.product_release_date),
        ("release_docs_link", raw.release_docs_link),
        ("reviewed_at", raw.reviewed_at),
        ("repo_link", raw.repo_link),
    ] {
        keep_text(&mut extras, FORMAT, key, text);
    }
    // What we added ourselves is read, not kept.
    let others = |node: &&Node| node.as_mapping().is_none_or(|list| list.iter().any(|it| &*it.key != BESIDE));
    keep_node(&mut extras, FORMAT, "extensions", raw.extensions.filter(others));
    draft.model.business_context = or_empty(raw.description);
    if let Some(scope) = &raw.scope {
        draft.model.system.description = or_empty(scope.description);
        if let Some(degree) = scope.criticality.and_then(Text::given) {
            keep(&mut extras, FORMAT, "business_criticality", degree.text);
            match word(DEGREE, degree.text) {
                Some(ours) => {
                    draft.model.system.state_word(fact::CRITICALITY, ours, degree.span);
                }
                None => draft.unmapped("business_criticality", degree),
            }
        }
        keep_list(&mut extras, "data_sensitivity", scope.sensitivity.as_ref());
        keep_text(&mut extras, FORMAT, "exposure", scope.exposure);
        keep_text(&mut extras, FORMAT, "tier", scope.tier);
        draft.keep_rest_under(&mut extras, "scope.", &scope.at);
    }
    draft.keep_rest(&mut extras, &raw.at);
    draft.model.system.extras = extras;
}

/// Keeps a list of words.
pub(super) fn keep_list(extras: &mut Extras, key: &str, list: Option<&List<Text<'_>>>) {
    let words: Vec<&str> = items(list).map(|item| item.text).collect();
    if !words.is_empty() {
        keep(extras, FORMAT, key, words.join(", "));
    }
}

fn zones(draft: &mut Draft, zones: Option<&List<raw::Zone<'_>>>) {
    for zone in items(zones).filter(|zone| zone.id.is_none_or(|id| id.text != NO_ZONE)) {
        let mut line = by_id(draft, Domain::Boundary, zone.id, zone.title, zone.at.node.span, "the trust zone");
        line.description = or_empty(zone.description);
        let mut extras = Extras::new();
        draft.keep_rest(&mut extras, &zone.at);
        line.extras = extras;
        let index = draft.model.boundaries.len();
        draft.register(Domain::Boundary, zone.id, &line.id, index);
        draft.model.boundaries.push(Boundary { element: line, parent: None });
    }
}

/// What is asked of a flow between two zones.
#[derive(Clone, Copy)]
struct Asked {
    authentication: Option<(&'static str, Span)>,
    authorisation: Option<(&'static str, Span)>,
}

/// Both zones of a pair, the lower index first.
type Pair = (u32, u32);

fn boundaries(draft: &mut Draft, list: Option<&List<raw::Boundary<'_>>>, keys: &mut Keys) -> FxHashMap<Pair, Asked> {
    let mut asked = FxHashMap::default();
    for boundary in items(list) {
        let (a, b) = (boundary.a.map_or("", |a| a.text), boundary.b.map_or("", |b| b.text));
        whole(draft, &keys.key("boundary", &format!("{a} {b}")), boundary.at.node);
        let by = format!("the trust boundary between `{}` and `{}`", short(a), short(b));
        let mut zone = |said: Option<Text<'_>>| draft.resolve(Domain::Boundary, said?, &by);
        if let (Some(a), Some(b)) = (zone(boundary.a), zone(boundary.b)) {
            let asks = Asked {
                authentication: one_of(
                    draft,
                    AUTHENTICATION,
                    "authentication_methods",
                    boundary.authentication.as_ref(),
                ),
                authorisation: one_of(draft, ACCESS, "access_control_methods", boundary.access.as_ref()),
            };
            asked.entry((a.min(b), a.max(b))).or_insert(asks);
        }
    }
    asked
}

/// The first method that has a like among ours. Where "none" is among others, nothing is known of a single flow.
fn one_of(
    draft: &mut Draft,
    table: &[(&str, &'static str)],
    key: &str,
    list: Option<&List<Text<'_>>>,
) -> Option<(&'static str, Span)> {
    let list = list?;
    let mut found = Vec::new();
    for item in &list.items {
        match word(table, item.text) {
            Some(ours) => found.push(ours),
            None if matches!(item.text, "mac" | "dac" | "biometrics") => {}
            None => draft.unmapped(key, *item),
        }
    }
    let none = found.contains(&"none");
    let first = *found.first()?;
    (!none || list.items.len() == 1).then_some((first, list.span))
}

/// The zone that something is in; one that is not in the file stays a remark.
fn zone_of(draft: &mut Draft, zone: Option<Text<'_>>, part: &mut Element) -> Option<u32> {
    let zone = zone.and_then(Text::given).filter(|zone| zone.text != NO_ZONE)?;
    let by = format!("`{}`", short(&part.id));
    let found = draft.resolve(Domain::Boundary, zone, &by);
    if found.is_none() {
        keep(&mut part.extras, FORMAT, "trust_zone", zone.text);
    }
    found
}

/// Adds a component under its id and under its kind with its id: two lists may use an id twice.
fn add(draft: &mut Draft, kind: &str, native: Option<Text<'_>>, part: Element, boundary: Option<u32>) {
    let index = draft.model.components.len();
    draft.register(Domain::Component, native, &part.id, index);
    if let Some(native) = native {
        draft.know(Domain::Component, &format!("{kind}/{}", native.text), index);
    }
    draft.model.components.push(Component { element: part, boundary, parent: None });
}

fn actors(draft: &mut Draft, list: Option<&List<raw::Actor<'_>>>) {
    for actor in items(list) {
        let span = actor.at.node.span;
        let mut part = by_id(draft, Domain::Component, actor.id, actor.title, span, "the actor");
        let mut extras = Extras::new();
        part.description = or_empty(actor.description);
        part.state_word(fact::KIND, "external-entity", span);
        if let Some(kind) = actor.kind.and_then(Text::given) {
            keep(&mut extras, FORMAT, "type", kind.text);
            if PEOPLE.contains(&kind.text) || kind.text == "system" {
                part.state(fact::USED_BY_PEOPLE, Value::Bool(kind.text != "system"), kind.span);
            } else if kind.text != "third_party" {
                draft.unmapped("type of an actor", kind);
            }
        }
        keep_text(&mut extras, FORMAT, "permissions", actor.permissions);
        draft.keep_rest(&mut extras, &actor.at);
        part.extras = extras;
        let boundary = zone_of(draft, actor.zone, &mut part);
        add(draft, "actor", actor.id, part, boundary);
    }
}

fn components(draft: &mut Draft, list: Option<&List<raw::Component<'_>>>) {
    let first = draft.model.components.len();
    for component in items(list) {
        let span = component.at.node.span;
        let mut part = by_id(draft, Domain::Component, component.id, component.title, span, "the component");
        let mut extras = Extras::new();
        part.description = or_empty(component.description);
        part.state_word(fact::KIND, "process", span);
        keep_text(&mut extras, FORMAT, "repo_link", component.repo_link);
        draft.keep_rest(&mut extras, &component.at);
        part.extras = extras;
        let boundary = zone_of(draft, component.zone, &mut part);
        add(draft, "component", component.id, part, boundary);
    }
    let mut parents = vec![None; draft.model.components.len()];
    let mut spans = vec![draft.model.system.span; parents.len()];
    for (offset, component) in items(list).enumerate() {
        let index = first + offset;
        let Some(said) = component.parent.and_then(Text::given) else { continue };
        let by = format!("the component `{}`", short(draft.model.id(element(Domain::Component, narrow(index)))));
        let typed = draft.find(Domain::Component, &format!("component/{}", said.text));
        let found = typed.or_else(|| draft.resolve(Domain::Component, said, &by));
        if let (Some(slot), Some(place)) = (parents.get_mut(index), spans.get_mut(index)) {
            *slot = found;
            *place = said.span;
        }
    }
    nest(draft, Domain::Component, parents, &spans);
}

fn stores(draft: &mut Draft, list: Option<&List<raw::Store<'_>>>) {
    for store in items(list) {
        let span = store.at.node.span;
        let mut part = by_id(draft, Domain::Component, store.id, store.title, span, "the data store");
        let mut extras = Extras::new();
        part.description = or_empty(store.description);
        part.state_word(fact::KIND, "data-store", span);
        let mut technologies: Vec<Box<str>> = Vec::new();
        if let Some(product) = store.product.and_then(Text::given) {
            technologies.push(one_line(product.text).to_lowercase().into());
        }
        if let Some(kind) = store.kind.and_then(Text::given) {
            keep(&mut extras, FORMAT, "type", kind.text);
            match word(STORE, kind.text) {
                Some(ours) => technologies.push(ours.into()),
                None => draft.unmapped("type of a data store", kind),
            }
        }
        let place = store.product.or(store.kind).map_or(span, |said| said.span);
        part.state_technologies(technologies, place);
        keep_text(&mut extras, FORMAT, "vendor", store.vendor);
        keep_text(&mut extras, FORMAT, "product", store.product);
        draft.keep_rest(&mut extras, &store.at);
        part.extras = extras;
        let boundary = zone_of(draft, store.zone, &mut part);
        add(draft, "data_store", store.id, part, boundary);
    }
}

fn data_sets(draft: &mut Draft, list: Option<&List<raw::DataSet<'_>>>) {
    let count = draft.model.components.len();
    let mut kept: Vec<Vec<u32>> = vec![Vec::new(); count];
    let mut places: Vec<Option<Span>> = vec![None; count];
    // Whether all data in a store is encrypted: what was said first, and whether somebody said otherwise.
    let mut encrypted: Vec<Option<(bool, Span, bool)>> = vec![None; count];
    for set in items(list) {
        let span = set.at.node.span;
        let mut data = by_id(draft, Domain::Data, set.id, set.title, span, "the data set");
        let mut extras = Extras::new();
        data.description = or_empty(set.description);
        if let Some(list) = &set.sensitivity {
            let words: Vec<&str> = list.items.iter().filter_map(|item| word(SENSITIVITY, item.text)).collect();
            for item in &list.items {
                if word(SENSITIVITY, item.text).is_none() && !matches!(item.text, "biz" | "gov" | "op") {
                    draft.unmapped("data_sensitivity", *item);
                }
            }
            if !words.is_empty() {
                data.state_set(fact::DATA_KINDS, &words, list.span);
            }
        }
        keep_list(&mut extras, "data_sensitivity", set.sensitivity.as_ref());
        keep_list(&mut extras, "access_control_methods", set.access.as_ref());
        if let Some(records) = set.records {
            keep(&mut extras, FORMAT, "record_count", records.text);
            let volume = match records.value {
                n if n < 100.0 => "very-few",
                n if n < 10_000.0 => "few",
                n if n < 1_000_000.0 => "many",
                _ => "very-many",
            };
            data.state_word(fact::VOLUME, volume, records.span);
        }
        let index = draft.model.data.len();
        let by = format!("the data set `{}`", short(&data.id));
        let mut unencrypted = Vec::new();
        for placement in items(set.placements.as_ref()) {
            draft.keep_rest_under(&mut extras, "placements.", &placement.at);
            let Some(said) = placement.store.and_then(Text::given) else { continue };
            let typed = draft.find(Domain::Component, &format!("data_store/{}", said.text));
            let Some(store) = typed.or_else(|| draft.resolve(Domain::Component, said, &by)) else { continue };
            let Some(list) = kept.get_mut(store as usize) else { continue };
            if !list.contains(&narrow(index)) {
                list.push(narrow(index));
            }
            if let Some(place) = places.get_mut(store as usize) {
                place.get_or_insert(said.span);
            }
            if let (Some(flag), Some(slot)) = (placement.encrypted, encrypted.get_mut(store as usize)) {
                unencrypted.push(format!("{} {}", said.text, flag.value));
                *slot = Some(match *slot {
                    Some((value, place, mixed)) => (value, place, mixed || value != flag.value),
                    None => (flag.value, flag.span, false),
                });
            }
        }
        if !unencrypted.is_empty() {
            keep(&mut extras, FORMAT, "encrypted", unencrypted.join(", "));
        }
        draft.keep_rest(&mut extras, &set.at);
        data.extras = extras;
        draft.register(Domain::Data, set.id, &data.id, index);
        draft.model.data.push(data);
    }
    for (index, component) in draft.model.components.iter_mut().enumerate() {
        if let (Some(list), Some(Some(place))) = (kept.get_mut(index), places.get(index)) {
            component.element.state_references(fact::STORES, std::mem::take(list), *place);
        }
        if let Some(Some((value, place, false))) = encrypted.get(index) {
            let word = if *value { "service-key" } else { "none" };
            component.element.state_word(fact::ENCRYPTION_AT_REST, word, *place);
        }
    }
}

fn flows(draft: &mut Draft, list: Option<&List<raw::Flow<'_>>>, asked: &FxHashMap<Pair, Asked>) {
    for raw in items(list) {
        let mut flow = by_id(draft, Domain::Flow, raw.id, raw.title, raw.at.node.span, "the data flow");
        let by = format!("the data flow `{}`", short(&flow.id));
        let mut extras = Extras::new();
        flow.description = or_empty(raw.description);
        if let Some(flag) = raw.encrypted {
            flow.state_word(fact::ENCRYPTION, if flag.value { "tls" } else { "none" }, flag.span);
        }
        if let Some(flag) = raw.sensitive {
            keep(&mut extras, FORMAT, "has_sensitive_data", flag.value.to_string());
        }
        let source = typed_end(draft, raw.source.as_ref(), "source", &flow, &by, &mut extras);
        let target = typed_end(draft, raw.destination.as_ref(), "destination", &flow, &by, &mut extras);
        draft.keep_rest(&mut extras, &raw.at);
        flow.extras = extras;
        let zone = |index: u32| draft.model.components.get(index as usize).and_then(|component| component.boundary);
        if let (Some(a), Some(b)) = (zone(source), zone(target))
            && let Some(asks) = asked.get(&(a.min(b), a.max(b))).filter(|_| a != b)
        {
            for (id, said) in [(fact::AUTHENTICATION, asks.authentication), (fact::AUTHORISATION, asks.authorisation)] {
                if let Some((word, span)) = said {
                    flow.state_word(id, word, span);
                }
            }
        }
        add_flow(draft, raw.id, Flow { element: flow, source, target });
    }
}

fn typed_end(
    draft: &mut Draft,
    said: Option<&raw::End<'_>>,
    key: &str,
    flow: &Element,
    by: &str,
    extras: &mut Extras,
) -> u32 {
    let object = said.and_then(|said| said.object);
    if let (Some(kind), Some(object)) = (said.and_then(|said| said.kind), object) {
        if let Some(found) = draft.find(Domain::Component, &format!("{}/{}", kind.text, object.text)) {
            return found;
        }
        keep(extras, FORMAT, &format!("{key}.type"), kind.text);
    }
    if let Some(said) = said {
        draft.keep_rest_under(extras, &format!("{key}."), &said.at);
    }
    let before = draft.model.components.len();
    let index = end(draft, object, key, flow, by);
    // What was made goes back as the reference that it stands for.
    if let (Some(object), Some(component)) =
        (object, draft.model.components.get_mut(index as usize).filter(|_| index as usize >= before))
    {
        let kind = said.and_then(|said| said.kind).map_or("component", |kind| kind.text);
        keep(&mut component.element.extras, FORMAT, "stands-for", format!("{kind}/{}", object.text));
    }
    index
}

fn assumptions(draft: &mut Draft, list: Option<&List<raw::Assumption<'_>>>, keys: &mut Keys) {
    for (number, raw) in (1..).zip(items(list)) {
        let id = format!("assumption-{number}");
        let mut about: Vec<ElementRef> = Vec::new();
        for topic in items(raw.topics.as_ref()) {
            // A topic may be any element, or a word of its own.
            let found = anything(draft, topic.text);
            about.extend(found.filter(|found| !about.contains(found)));
        }
        let text = one_line(raw.description.map_or("", |text| text.text));
        whole(draft, &keys.key("assumption", &number.to_string()), raw.at.node);
        draft.report_rest(&raw.at);
        if let Some(validity) = raw.validity.filter(|validity| validity.text == "rejected") {
            let message = format!("`{id}` was rejected, but stands among the assumptions");
            draft.log.push(
                Diagnostic::note("import-rejected-assumption", validity.span, message)
                    .help("take it out of the imported model if nobody relies on it"),
            );
        }
        let span = raw.at.node.span;
        draft.model.assumptions.push(Assumption { id: id.into(), text: text.into(), about, owner: None, span });
    }
}

/// The element of whatever kind that has this id.
pub(super) fn anything(draft: &Draft, id: &str) -> Option<ElementRef> {
    [Domain::Component, Domain::Boundary, Domain::Data, Domain::Flow]
        .into_iter()
        .find_map(|domain| draft.find(domain, id).map(|index| element(domain, index)))
}
