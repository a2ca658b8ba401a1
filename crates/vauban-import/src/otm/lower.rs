//! What an Open Threat Model means here.
//!
//! | OTM | here |
//! |---|---|
//! | project | system; contact and attributes are remarks |
//! | asset | data; numbers by the bands below, the numbers themselves a remark |
//! | trust zone | boundary; type or IriusRisk's zone id gives the kind, the rating gives the trust |
//! | component | component; its type gives the technology, and the technology its kind; generic types (`actor`) the kind |
//! | parent | the boundary around it, or the component it is part of, whose boundary it shares |
//! | dataflow | flow; `bidirectional` is two-way; assets are carried, in which direction OTM does not say |
//! | threat of an element | recorded threat `threat@element` with its state; mitigations as text with theirs |
//! | threat of no element | recorded threat about nothing |
//! | mitigation of no threat | note |
//! | representations | places on drawings, absolute; places in code are remarks |
//! | attributes | remarks; ours, under `vauban:`, what they were before |
//!
//! Bands of 0 to 100. Needs: below 25 `public`/`low`, below 50 `internal`/`medium`, below 75 `confidential`/`high`, else
//! `restricted`/`critical`. Trust: up to 20 `untrusted`, 40 `partner`, 60 `semi-trusted`, 80 `trusted`, 100
//! `highly-trusted`. A rating that all of several zones share tells nothing about any of them (StartLeft writes 10
//! everywhere), so trust stays unknown then; the internet is untrusted whatever its number.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use vauban_model::finding::{Decision, Treatment};
use vauban_model::model::{Boundary, Component, Element, ElementRef, Flow, OutOfScope, RecordedThreat};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::Node;

use super::places;
use super::raw;
use crate::draft::{Draft, Space, State, beginning, blank_threat, break_cycles, element, one_line, slug};
use crate::extras::{Extras, keep, keep_node, keep_text, text_of, write_json, write_json_string};
use crate::kept::{Kept, PREFIX};
use crate::log::{Log, short};
use crate::raw::{At, List, Map, Number, Text, entries, items, or_empty, texts};
use crate::{Format, Imported};

const FORMAT: Format = Format::OpenThreatModel;

/// IriusRisk's own trust zones, whose ids its tools write as ids or types of zones.
const ZONES: &[(&str, &str)] = &[
    ("f0ba7722-39b6-4c81-8290-a30a248bb8d9", "internet"),
    ("2ab4effa-40b7-4cd2-ba81-8247d29a6f2d", "network"),
    ("b61d6911-338d-46a8-9f39-8dcd24abfe91", "cloud-account"),
];

/// Words for kinds of zone that are not ours.
const ZONE_WORDS: &[(&str, &str)] = &[("private", "network"), ("public-cloud", "cloud-account")];

/// Generic types in the names of our technology library. Every other type keeps its word: most are names of products,
/// which the library knows or will ask about.
const TYPES: &[(&str, &str)] = &[
    ("web-client", "browser"),
    ("mobile-client", "mobile-app"),
    ("desktop-client", "desktop-app"),
    ("generic-client", "client"),
    ("web-service", "api"),
    ("rest-full-web-service", "rest-api"),
    ("web-application-server-side", "web-application"),
    ("web-ui", "web-application"),
];

/// Generic types that say what kind of thing a component is, and nothing of what it is made of. People write them by hand.
const KINDS: &[(&str, &str)] = &[
    ("actor", "external-entity"),
    ("external", "external-entity"),
    ("external-actor", "external-entity"),
    ("external-entity", "external-entity"),
    ("external-service", "external-entity"),
    ("external-system", "external-entity"),
    ("external-user", "external-entity"),
    ("third-party", "external-entity"),
    ("process", "process"),
    ("service", "process"),
    ("data-store", "data-store"),
    ("datastore", "data-store"),
    ("store", "data-store"),
];

/// What IriusRisk's tools write when they know no type.
const NO_TYPE: &[&str] = &["empty-component", "generic-component", "other"];

/// Builds the model.
pub(super) fn lower(raw: Option<&raw::Document<'_>>, place: Option<Span>, mut log: Log) -> Imported {
    let Some(raw) = raw else {
        if !log.has_errors() {
            log.push(Diagnostic::new(Severity::Error, "import-empty", place, "there is no model in this file"));
        }
        let span = place.unwrap_or(beginning(FileId(0)));
        return Draft::new(FORMAT, Element::new("imported-model", "Imported model", span), log).finish();
    };
    let name = raw.project.as_ref().and_then(|project| project.name).and_then(Text::given);
    let id = raw.project.as_ref().and_then(|project| project.id).and_then(Text::given);
    if name.is_none() {
        let span = raw.project.as_ref().map_or(raw.at.node.span, |project| project.at.node.span);
        log.push(Diagnostic::warning("import-missing-title", span, "the project has no name"));
    }
    let name = name.or(id).map_or_else(|| "Imported model".to_owned(), |name| one_line(name.text));
    let id = id.map_or_else(|| slug(&name, "imported-model"), |id| id.text.to_owned());
    let system = Element::new(id, name, raw.at.node.span);
    let mut draft = Draft::new(FORMAT, system, log);
    let mut kept = Kept::default();
    project(&mut draft, raw, &mut kept);
    assets(&mut draft, raw.assets.as_ref(), &mut kept);
    zones_and_components(&mut draft, raw, &mut kept);
    dataflows(&mut draft, raw.dataflows.as_ref(), &mut kept);
    let decided = threats(&mut draft, raw, &mut kept);
    places::places(&mut draft, raw, &mut kept);
    kept.restore(&mut draft);
    // A decision that we wrote ourselves says more than the state of its threat.
    for decision in decided {
        if draft.own_decisions.iter().all(|known| known.threat != decision.threat) {
            draft.own_decisions.push(decision);
        }
    }
    draft.finish()
}

fn project<'a>(draft: &mut Draft, raw: &raw::Document<'a>, kept: &mut Kept<'a>) {
    let mut extras = Extras::new();
    keep_text(&mut extras, FORMAT, "otmVersion", raw.version);
    keep_node(&mut extras, FORMAT, "representations", raw.representations);
    if let Some(project) = &raw.project {
        let system = &mut draft.model.system;
        system.span = project.at.node.span;
        system.description = or_empty(project.description);
        system.owner = project.owner.and_then(Text::given).map(|owner| owner.text.into());
        system.tags = texts(project.tags.as_ref());
        keep_text(&mut extras, FORMAT, "ownerContact", project.owner_contact);
        attributes(&mut extras, [&project.attributes, &project.properties]);
        for (key, node) in ours([&project.attributes, &project.properties]) {
            // What is said of the system itself has a part in its key; lists have none.
            if key.contains('.') || key == "out_of_scope" {
                kept.element(ElementRef::SYSTEM, key, node)
            } else {
                kept.list(key, node)
            }
        }
        draft.keep_rest(&mut extras, &project.at);
    }
    draft.keep_rest(&mut extras, &raw.at);
    draft.model.system.extras = extras;
}

fn assets<'a>(draft: &mut Draft, assets: Option<&List<raw::Asset<'a>>>, kept: &mut Kept<'a>) {
    for asset in items(assets) {
        let mut data = identified(draft, Domain::Data, asset.id, asset.name, asset.at.node.span, "the asset");
        let mut extras = Extras::new();
        data.description = or_empty(asset.description);
        let own = [&asset.attributes, &asset.properties];
        if let Some(risk) = asset.risk.as_ref().filter(|_| ours(own).next().is_none()) {
            need(draft, &mut data, &mut extras, fact::CLASSIFICATION, "confidentiality", risk.confidentiality);
            need(draft, &mut data, &mut extras, fact::INTEGRITY, "integrity", risk.integrity);
            need(draft, &mut data, &mut extras, fact::AVAILABILITY, "availability", risk.availability);
            keep_text(&mut extras, FORMAT, "risk.comment", risk.comment);
            draft.keep_rest_under(&mut extras, "risk.", &risk.at);
        }
        attributes(&mut extras, [&asset.attributes, &asset.properties]);
        draft.keep_rest(&mut extras, &asset.at);
        data.extras = extras;
        let index = draft.model.data.len();
        keep_ours(kept, ElementRef::new(Domain::Data, index), own);
        draft.register(Domain::Data, asset.id, &data.id, index);
        draft.model.data.push(data);
    }
}

/// States a need by its band, and keeps the number.
fn need(
    draft: &mut Draft,
    data: &mut Element,
    extras: &mut Extras,
    id: FactId,
    key: &'static str,
    number: Option<Number<'_>>,
) {
    let Some(number) = number else { return };
    keep(extras, FORMAT, &format!("risk.{key}"), number.text);
    let [low, medium, high, most] = if id == fact::CLASSIFICATION {
        ["public", "internal", "confidential", "restricted"]
    } else {
        ["low", "medium", "high", "critical"]
    };
    if let Some(percent) = percent(draft, key, number) {
        let word = match percent {
            n if n < 25.0 => low,
            n if n < 50.0 => medium,
            n if n < 75.0 => high,
            _ => most,
        };
        data.state_word(id, word, number.span);
    }
}

/// The number if it lies between 0 and 100; reports it otherwise.
fn percent(draft: &mut Draft, key: &str, number: Number<'_>) -> Option<f64> {
    if (0.0..=100.0).contains(&number.value) {
        return Some(number.value);
    }
    let message = format!("`{key}` must lie between 0 and 100, not be {}; it counts as unknown", short(number.text));
    draft.log.push(Diagnostic::warning("import-unknown-value", number.span, message));
    None
}

/// What is around something, as found.
#[derive(Clone, Copy)]
enum Around {
    Zone(u32),
    Component(u32),
}

fn zones_and_components<'a>(draft: &mut Draft, raw: &raw::Document<'a>, kept: &mut Kept<'a>) {
    let flat = flat_rating(raw.trust_zones.as_ref());
    if let Some(rating) = flat {
        let message = format!("every trust zone is rated {}, which tells none from another", short(rating.text));
        draft.log.push(
            Diagnostic::note("import-unknown-value", rating.span, message)
                .help("trust was left unknown; state `trust` of the boundaries in the imported model"),
        );
    }
    for zone in items(raw.trust_zones.as_ref()) {
        if invented(zone) {
            continue;
        }
        let mut line = identified(draft, Domain::Boundary, zone.id, zone.name, zone.at.node.span, "the trust zone");
        trust_zone(draft, zone, flat.is_some(), &mut line);
        let index = draft.model.boundaries.len();
        keep_ours(kept, ElementRef::new(Domain::Boundary, index), [&zone.attributes, &zone.properties]);
        draft.register(Domain::Boundary, zone.id, &line.id, index);
        draft.model.boundaries.push(Boundary { element: line, parent: None });
    }
    for component in items(raw.components.as_ref()) {
        let span = component.at.node.span;
        let mut part = identified(draft, Domain::Component, component.id, component.name, span, "the component");
        lower_component(draft, component, &mut part);
        let index = draft.model.components.len();
        keep_ours(kept, ElementRef::new(Domain::Component, index), [&component.attributes, &component.properties]);
        draft.register(Domain::Component, component.id, &part.id, index);
        draft.model.components.push(Component { element: part, boundary: None, parent: None });
    }
    // Components first: a zone may lie in a component, which then decides the zone around it.
    let made_up: Vec<&str> = items(raw.trust_zones.as_ref())
        .filter(|zone| invented(zone))
        .filter_map(|zone| zone.id.map(|id| id.text))
        .collect();
    part_components(draft, raw.components.as_ref(), &made_up);
    nest_zones(draft, raw.trust_zones.as_ref());
}

/// Puts components into their zones, and makes them parts of other components.
fn part_components(draft: &mut Draft, components: Option<&List<raw::Component<'_>>>, made_up: &[&str]) {
    let count = draft.model.components.len();
    let mut zones = vec![None; count];
    let mut parents = vec![None; count];
    for (index, component) in (0u32..).zip(items(components)) {
        let by = format!("the component `{}`", short(draft.model.id(element(Domain::Component, index))));
        let nowhere = |parent: &&raw::Parent<'_>| parent.trust_zone.is_none_or(|zone| !made_up.contains(&zone.text));
        match around(draft, component.parent.as_ref().filter(nowhere), &by) {
            Some(Around::Zone(zone)) => zones[index as usize] = Some(zone),
            Some(Around::Component(parent)) => parents[index as usize] = Some(parent),
            None => {}
        }
    }
    let listed_components: Vec<_> = items(components).collect();
    for index in break_cycles(&mut parents, |index| index) {
        let id = short(draft.model.id(element(Domain::Component, index)));
        let span = listed_components
            .get(index as usize)
            .map_or(draft.model.system.span, |component| parent_span(component.parent.as_ref(), &component.at));
        draft.log.push(
            Diagnostic::warning("import-cycle", span, format!("the component `{id}` would be a part of itself"))
                .help("its parent was left out; a component cannot lie in one of its own parts"),
        );
    }
    hand_down(&mut zones, &parents);
    for ((component, zone), parent) in draft.model.components.iter_mut().zip(zones).zip(parents) {
        component.boundary = zone;
        component.parent = parent;
    }
}

/// Gives every part the zone of what it is part of, each part once.
fn hand_down(zones: &mut [Option<u32>], parents: &[Option<u32>]) {
    let mut done = vec![false; zones.len()];
    for start in 0..zones.len() {
        let mut path = Vec::new();
        let mut at = start;
        while !done[at] {
            done[at] = true;
            if zones[at].is_some() {
                break;
            }
            path.push(at);
            match parents[at] {
                Some(parent) => at = parent as usize,
                None => break,
            }
        }
        let zone = zones[at];
        for part in path {
            zones[part] = zone;
        }
    }
}

/// Puts zones into each other.
fn nest_zones(draft: &mut Draft, zones: Option<&List<raw::TrustZone<'_>>>) {
    let mut parents = vec![None; draft.model.boundaries.len()];
    for (index, zone) in (0u32..).zip(items(zones).filter(|zone| !invented(zone))) {
        let by = format!("the trust zone `{}`", short(draft.model.id(element(Domain::Boundary, index))));
        let around = around(draft, zone.parent.as_ref(), &by);
        if let Some(Around::Component(component)) = around {
            let id: Box<str> = draft.model.id(element(Domain::Component, component)).into();
            if let Some(line) = draft.model.boundaries.get_mut(index as usize) {
                keep(&mut line.element.extras, FORMAT, "parent.component", id);
            }
        }
        parents[index as usize] = match around {
            Some(Around::Zone(outer)) => Some(outer),
            Some(Around::Component(component)) => {
                draft.model.components.get(component as usize).and_then(|component| component.boundary)
            }
            None => None,
        };
    }
    let listed_zones: Vec<_> = items(zones).filter(|zone| !invented(zone)).collect();
    for index in break_cycles(&mut parents, |index| index) {
        let id = short(draft.model.id(element(Domain::Boundary, index)));
        let span = listed_zones
            .get(index as usize)
            .map_or(draft.model.system.span, |zone| parent_span(zone.parent.as_ref(), &zone.at));
        draft.log.push(
            Diagnostic::warning("import-cycle", span, format!("the trust zone `{id}` would lie in itself"))
                .help("its parent was left out; a trust zone cannot lie in itself"),
        );
    }
    for (boundary, parent) in draft.model.boundaries.iter_mut().zip(parents) {
        boundary.parent = parent;
    }
}

fn parent_span(parent: Option<&raw::Parent<'_>>, at: &At<'_>) -> Span {
    parent.map_or(at.node.span, |parent| parent.at.node.span)
}

/// The rating that all of several zones share.
fn flat_rating<'a>(zones: Option<&List<raw::TrustZone<'a>>>) -> Option<Number<'a>> {
    let ratings: Vec<Number<'a>> = items(zones)
        .filter(|zone| ours([&zone.attributes, &zone.properties]).next().is_none())
        .filter_map(|zone| zone.risk.as_ref().and_then(|risk| risk.trust_rating))
        .collect();
    let (first, others) = ratings.split_first()?;
    (!others.is_empty() && others.iter().all(|other| other.value == first.value)).then_some(*first)
}

fn trust_zone(draft: &mut Draft, zone: &raw::TrustZone<'_>, flat: bool, line: &mut Element) {
    let mut extras = Extras::new();
    line.description = or_empty(zone.description);
    let own = ours([&zone.attributes, &zone.properties]).next().is_some();
    let named = zone.kind.and_then(Text::given).filter(|_| !own);
    let by_type = named.and_then(|kind| zone_kind(kind.text).map(|word| (word, kind.span)));
    let by_id = || zone.id.filter(|_| !own).and_then(|id| listed(ZONES, id.text).map(|word| (word, id.span)));
    // A flat rating leaves it to what all formats read from names, which looks at what stands inside as well.
    let rated = zone.risk.as_ref().is_some_and(|risk| risk.trust_rating.is_some());
    let by_name = || {
        let name = zone.name.filter(|name| !own && !flat && rated && crate::zones::is_internet(name.text));
        name.map(|name| ("internet", name.span))
    };
    let mut on_the_internet = None;
    if let Some((word, span)) = by_type.or_else(by_id).or_else(by_name) {
        line.state_word(fact::BOUNDARY_KIND, word, span);
        on_the_internet = (word == "internet").then_some(span);
    }
    if let Some(kind) = named {
        if by_type.is_none() {
            draft.unmapped("type of trust zone", kind);
        }
        if by_type.is_none_or(|(word, _)| word != kind.text) {
            keep(&mut extras, FORMAT, "type", kind.text);
        }
    }
    let rating = zone.risk.as_ref().and_then(|risk| risk.trust_rating).filter(|_| !own);
    if let Some(rating) = rating {
        keep(&mut extras, FORMAT, "trustRating", rating.text);
        let percent = percent(draft, "trustRating", rating);
        if let Some(percent) = percent.filter(|_| !flat && on_the_internet.is_none()) {
            let word = match percent {
                n if n <= 20.0 => "untrusted",
                n if n <= 40.0 => "partner",
                n if n <= 60.0 => "semi-trusted",
                n if n <= 80.0 => "trusted",
                _ => "highly-trusted",
            };
            line.state_word(fact::TRUST, word, rating.span);
        }
    }
    if let Some(span) = on_the_internet {
        line.state_word(fact::TRUST, "untrusted", rating.map_or(span, |rating| rating.span));
    }
    if let Some(risk) = &zone.risk {
        draft.keep_rest_under(&mut extras, "risk.", &risk.at);
    }
    places::remark(draft, &mut extras, zone.representations);
    attributes(&mut extras, [&zone.attributes, &zone.properties]);
    if let Some(parent) = &zone.parent {
        draft.keep_rest_under(&mut extras, "parent.", &parent.at);
    }
    draft.keep_rest(&mut extras, &zone.at);
    line.extras = extras;
}

/// Whether we made a zone up because every component must lie in one.
fn invented(zone: &raw::TrustZone<'_>) -> bool {
    ours([&zone.attributes, &zone.properties]).any(|(key, _)| key == "invented")
}

fn zone_kind(word: &str) -> Option<&'static str> {
    let normal = word.to_lowercase().replace(['_', ' '], "-");
    let ours = || {
        let enumeration = vauban_model::model::enumeration_of(fact::BOUNDARY_KIND)?;
        enumeration.parse(&normal).map(|symbol| enumeration.word(symbol))
    };
    listed(ZONES, word).or_else(|| listed(ZONE_WORDS, &normal)).or_else(ours)
}

fn listed(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(word.trim())).map(|(_, ours)| *ours)
}

fn lower_component(draft: &mut Draft, component: &raw::Component<'_>, part: &mut Element) {
    let mut extras = Extras::new();
    let by = format!("the component `{}`", short(&part.id));
    part.description = or_empty(component.description);
    part.tags = texts(component.tags.as_ref());
    let own = ours([&component.attributes, &component.properties]).next().is_some();
    if let Some(kind) = component.kind.and_then(Text::given).filter(|_| !own) {
        let generic = listed(KINDS, &kind.text.trim().to_lowercase().replace(['_', ' '], "-"));
        if NO_TYPE.contains(&kind.text) {
            keep(&mut extras, FORMAT, "type", kind.text);
        } else if let Some(word) = generic {
            keep(&mut extras, FORMAT, "type", kind.text);
            part.state_word(fact::KIND, word, kind.span);
        } else {
            let name = listed(TYPES, kind.text).unwrap_or(kind.text);
            if name != kind.text {
                keep(&mut extras, FORMAT, "type", kind.text);
            }
            part.state_technologies(vec![name.into()], kind.span);
        }
    }
    if let Some(assets) = &component.assets {
        known_data(draft, part, fact::HANDLES, assets.processed.as_ref(), &by);
        known_data(draft, part, fact::STORES, assets.stored.as_ref(), &by);
        draft.keep_rest_under(&mut extras, "assets.", &assets.at);
    }
    scope(part, [&component.attributes, &component.properties]);
    places::remark(draft, &mut extras, component.representations);
    attributes(&mut extras, [&component.attributes, &component.properties]);
    if let Some(parent) = &component.parent {
        draft.keep_rest_under(&mut extras, "parent.", &parent.at);
    }
    draft.keep_rest(&mut extras, &component.at);
    part.extras = extras;
}

/// States data by reference. Tools write empty lists wherever nobody entered anything, so an empty one says nothing.
fn known_data(draft: &mut Draft, element: &mut Element, id: FactId, list: Option<&List<Text<'_>>>, by: &str) {
    let Some(list) = list else { return };
    let found = draft.resolve_all(Domain::Data, list, by);
    if !found.is_empty() {
        element.state_references(id, found, list.span);
    }
}

/// Microsoft's tool says by attribute what is out of scope; StartLeft carries the attribute over.
fn scope(element: &mut Element, attributes: Attributes<'_, '_>) {
    let value = |name: &str| {
        let mut all = attributes.into_iter().flat_map(|map| entries(map.as_ref()));
        all.find_map(|(key, value)| value.filter(|_| key.text == name))
    };
    let Some(out) = value("Out Of Scope") else { return };
    if out.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        let reason = value("Reason For Out Of Scope").and_then(Node::as_str).unwrap_or_default();
        element.out_of_scope = Some(OutOfScope { reason: reason.into(), span: out.span });
    }
}

fn around(draft: &mut Draft, parent: Option<&raw::Parent<'_>>, by: &str) -> Option<Around> {
    let parent = parent?;
    let zone = parent.trust_zone.and_then(Text::given);
    let component = parent.component.and_then(Text::given);
    match (zone, component) {
        (Some(zone), other) => {
            if let Some(other) = other {
                let message = format!("{by} has two parents; the component `{}` was left out", short(other.text));
                draft.log.push(
                    Diagnostic::warning("import-conflict", other.span, message)
                        .help("name either a trust zone or a component"),
                );
            }
            draft.resolve(Domain::Boundary, zone, by).map(Around::Zone)
        }
        (None, Some(component)) => draft.resolve(Domain::Component, component, by).map(Around::Component),
        (None, None) => None,
    }
}

fn dataflows<'a>(draft: &mut Draft, dataflows: Option<&List<raw::Dataflow<'a>>>, kept: &mut Kept<'a>) {
    for dataflow in items(dataflows) {
        let span = dataflow.at.node.span;
        let mut flow = identified(draft, Domain::Flow, dataflow.id, dataflow.name, span, "the dataflow");
        let by = format!("the dataflow `{}`", short(&flow.id));
        let given = |text: Option<Text<'a>>| text.and_then(Text::given).map(|text| text.text);
        flow.named_by(given(dataflow.name), given(dataflow.id));
        let mut extras = Extras::new();
        flow.description = or_empty(dataflow.description);
        flow.tags = texts(dataflow.tags.as_ref());
        flow.state_flag(fact::TWO_WAY, dataflow.bidirectional);
        known_data(draft, &mut flow, fact::CARRIES, dataflow.assets.as_ref(), &by);
        scope(&mut flow, [&dataflow.attributes, &dataflow.properties]);
        keep_node(&mut extras, FORMAT, "representations", dataflow.representations);
        attributes(&mut extras, [&dataflow.attributes, &dataflow.properties]);
        draft.keep_rest(&mut extras, &dataflow.at);
        let source = end(draft, dataflow.source, "source", &flow, &by);
        let target = end(draft, dataflow.destination, "destination", &flow, &by);
        flow.extras = extras;
        let index = draft.model.flows.len();
        keep_ours(kept, ElementRef::new(Domain::Flow, index), [&dataflow.attributes, &dataflow.properties]);
        draft.register(Domain::Flow, dataflow.id, &flow.id, index);
        draft.model.flows.push(Flow { element: flow, source, target });
    }
}

/// The component at an end of a flow; a stand-in where the file has none, so that the flow is not lost.
fn end(draft: &mut Draft, said: Option<Text<'_>>, key: &str, flow: &Element, by: &str) -> u32 {
    if let Some(said) = said.and_then(Text::given) {
        let known = draft.find(Domain::Component, said.text).is_some();
        if let Some(zone) = draft.find(Domain::Boundary, said.text).filter(|_| !known) {
            return draft.anything_in(zone, flow, if key == "source" { "start" } else { "end" });
        }
        if let Some(found) = draft.resolve(Domain::Component, said, by) {
            return found;
        }
        let made = draft.placeholder(said.text, said.text, said.span, "named by a dataflow, but not in the model");
        draft.know(Domain::Component, said.text, made as usize);
        return made;
    }
    draft.log.push(
        Diagnostic::warning("import-unattached-flow", flow.span, format!("{by} has no `{key}`"))
            .help("name the component at this end by its id"),
    );
    let name = format!("(unattached end of {})", flow.name);
    draft.placeholder(&slug(&name, "unattached-end"), &name, flow.span, "the dataflow names nothing at this end")
}

// --- threats ------------------------------------------------------------------------------------------------------

/// Returns what was decided about our findings.
fn threats<'a>(draft: &mut Draft, raw: &raw::Document<'a>, kept: &mut Kept<'a>) -> Vec<Decision> {
    let mut written = Written::default();
    let mut known = Known { threats: FxHashMap::default(), mitigations: FxHashMap::default() };
    for threat in items(raw.threats.as_ref()) {
        let id = threat.id.or(threat.name).map_or("threat", |id| id.text);
        if written.note(id, threat, kept) {
            draft.log.left_out(
                "threats",
                threat.at.node.span,
                "Vauban wrote them and knows them better, or finds them again",
            );
            continue;
        }
        let recorded = recorded(draft, threat);
        match known.threats.entry(id) {
            Entry::Vacant(slot) => {
                slot.insert((recorded, false));
            }
            Entry::Occupied(_) => {
                let message = format!("the threat id `{}` is used twice; references mean the first", short(id));
                draft.log.push(Diagnostic::warning("import-duplicate-id", recorded.span, message));
                let id = draft.unique_id(Space::Threat, id);
                draft.model.recorded_threats.push(RecordedThreat { id, ..recorded });
            }
        }
    }
    for mitigation in items(raw.mitigations.as_ref()) {
        if let Some(id) = mitigation.id {
            known.mitigations.entry(id.text).or_insert((mitigation, false));
        }
    }
    let on_components = (0u32..)
        .zip(items(raw.components.as_ref()))
        .map(|(index, component)| (element(Domain::Component, index), component.threats.as_ref()));
    let on_flows = (0u32..)
        .zip(items(raw.dataflows.as_ref()))
        .map(|(index, dataflow)| (element(Domain::Flow, index), dataflow.threats.as_ref()));
    for (target, instances) in on_components.chain(on_flows) {
        for instance in items(instances) {
            let id = instance.threat.map_or("", |threat| threat.text);
            if !written.instance(draft, target, id, instance, kept) {
                threat_instance(draft, target, instance, &mut known);
            } else {
                for mitigation in items(instance.mitigations.as_ref()) {
                    if let Some((_, used)) = mitigation.mitigation.and_then(|id| known.mitigations.get_mut(id.text)) {
                        *used = true;
                    }
                }
            }
        }
    }
    for threat in items(raw.threats.as_ref()) {
        let id = threat.id.or(threat.name).map_or("threat", |id| id.text);
        if let Some((recorded, false)) = known.threats.remove(id) {
            let id = draft.unique_id(Space::Threat, id);
            draft.model.recorded_threats.push(RecordedThreat { id, ..recorded });
        }
    }
    for mitigation in items(raw.mitigations.as_ref()) {
        let mine = mitigation.id.and_then(|id| known.mitigations.get(id.text));
        // The first of an id that some threat names stands with that threat; all others stand alone.
        let own = ours([&mitigation.attributes, &mitigation.properties]).next().is_some();
        if !own && !mine.is_some_and(|(first, used)| *used && std::ptr::eq(*first, mitigation)) {
            let title = mitigation.name.or(mitigation.id).map_or("", |name| name.text);
            let text = mitigation.description.map_or("", |text| text.text);
            draft.note("mitigation", title, text, mitigation.at.node.span);
            let mut extras = std::mem::take(&mut draft.model.system.extras);
            let key = format!("mitigation.{}", mitigation.id.map_or(title, |id| id.text));
            let details = details(mitigation, None);
            if details != "{}" {
                keep(&mut extras, FORMAT, &key, details);
            }
            draft.keep_rest_under(&mut extras, &format!("{key}."), &mitigation.at);
            draft.model.system.extras = extras;
        }
    }
    written.decided
}

/// Threats that we wrote, by the id of their definition.
#[derive(Default)]
struct Written<'a> {
    /// Recorded threats: element and id, and the state they had.
    recorded: FxHashMap<&'a str, &'a Node>,
    /// Findings of ours by element.
    findings: FxHashMap<&'a str, &'a Node>,
    decided: Vec<Decision>,
}

impl<'a> Written<'a> {
    /// Takes a definition that we wrote; returns whether it is one.
    fn note(&mut self, id: &'a str, threat: &raw::Threat<'a>, kept: &mut Kept<'a>) -> bool {
        let mut is_ours = false;
        for (key, node) in ours([&threat.attributes, &threat.properties]) {
            match key {
                "threats" => {
                    self.recorded.insert(id, node);
                    kept.list("threats", node);
                    is_ours = true;
                }
                "findings" => {
                    self.findings.insert(id, node);
                    is_ours = true;
                }
                _ => {}
            }
        }
        is_ours
    }

    /// Takes the state of an element's threat if we wrote it; returns whether we did.
    fn instance(
        &mut self,
        draft: &Draft,
        target: ElementRef,
        id: &str,
        instance: &raw::ThreatInstance<'a>,
        kept: &mut Kept<'a>,
    ) -> bool {
        let about = format!("{}:{}", target.domain.as_str(), draft.model.id(target));
        let state = instance.state.map_or("", |state| state.text);
        if let Some(threats) = self.recorded.get(id) {
            let is_about = |threat: &&Node| {
                let elements = threat.get("elements").and_then(Node::as_sequence).unwrap_or_default();
                // The first that can have threats there is where we wrote it.
                let home = |element: &&str| element.starts_with("component:") || element.starts_with("flow:");
                elements.iter().filter_map(Node::as_str).find(home) == Some(&about)
            };
            let mut here = threats.as_sequence().unwrap_or_default().iter().filter(is_about);
            // Of several here nobody can tell which one is meant.
            if let (Some(threat), None) = (here.next(), here.next()) {
                let said = threat.get("status").and_then(Node::as_str).unwrap_or_default();
                // `exposed` stands for a state that was never written.
                if state != said
                    && !(said.is_empty() && state == "exposed")
                    && let Some(id) = threat.get("id").and_then(Node::as_str)
                {
                    kept.state_of(id, state);
                }
            }
            return true;
        }
        let Some(findings) = self.findings.get(id) else { return false };
        if let Some(finding) = findings.get(&about).and_then(Node::as_str)
            && let Some(treatment) = treatment(state)
        {
            self.decided.push(Decision {
                threat: finding.into(),
                treatment,
                reason: Box::default(),
                owner: Box::default(),
                approver: Box::default(),
                until: None,
                ticket: None,
                decided: None,
                span: instance.state.map_or(instance.at.node.span, |state| state.span),
            });
        }
        true
    }
}

/// What a state decides, by the words of IriusRisk and others.
fn treatment(state: &str) -> Option<Treatment> {
    match state.to_lowercase().replace(['_', ' '], "-").as_str() {
        "mitigated" | "mitigate" | "partly-mitigated" | "mitigating" => Some(Treatment::Mitigate),
        "accepted" | "accept" => Some(Treatment::Accept),
        "not-applicable" | "false-positive" | "hidden" => Some(Treatment::FalsePositive),
        "transferred" | "transfer" => Some(Treatment::Transfer),
        "avoided" | "avoid" => Some(Treatment::Avoid),
        _ => None,
    }
}

/// Threats and mitigations by id, and whether some element named them.
struct Known<'r, 'a> {
    threats: FxHashMap<&'a str, (RecordedThreat, bool)>,
    mitigations: FxHashMap<&'a str, (&'r raw::Mitigation<'a>, bool)>,
}

fn threat_instance<'a>(
    draft: &mut Draft,
    target: ElementRef,
    instance: &raw::ThreatInstance<'a>,
    known: &mut Known<'_, 'a>,
) {
    let about: Box<str> = draft.model.id(target).into();
    let span = instance.at.node.span;
    let name = instance.threat.map_or("threat", |threat| threat.text);
    let mut threat = match known.threats.get_mut(name) {
        Some((definition, used)) => {
            *used = true;
            draft.repeat(definition, span)
        }
        None => {
            let (message, place) = match instance.threat {
                Some(named) => (
                    format!("`{about}` names the threat `{}`, which is not in the file", short(named.text)),
                    named.span,
                ),
                None => (format!("a threat of `{about}` does not say which one it is"), span),
            };
            draft.log.push(Diagnostic::warning("import-missing-reference", place, message));
            RecordedThreat { title: or_empty(instance.threat), ..blank_threat(span) }
        }
    };
    threat.id = draft.unique_id(Space::Threat, &format!("{name}@{about}"));
    threat.elements.push(target);
    threat.status = or_empty(instance.state);
    let mut lines: Vec<String> = Vec::new();
    for done in items(instance.mitigations.as_ref()) {
        let id = done.mitigation.map_or("", |mitigation| mitigation.text);
        let key = format!("mitigation.{id}");
        let state = done.state.map_or("", |state| state.text);
        draft.keep_rest_under(&mut threat.extras, &format!("{key}."), &done.at);
        match known.mitigations.get_mut(id) {
            Some((mitigation, used)) => {
                let line = mitigation_line(mitigation.name.map_or(id, |name| name.text), state, mitigation.description);
                let details = details(mitigation, done.state);
                if draft.may_repeat(line.len() + details.len(), span) {
                    lines.push(line);
                    keep(&mut threat.extras, FORMAT, &key, details);
                } else {
                    lines.push(mitigation_line(id, state, None));
                }
                if !*used {
                    draft.keep_rest_under(&mut threat.extras, &format!("{key}."), &mitigation.at);
                }
                *used = true;
            }
            None => {
                if let Some(named) = done.mitigation {
                    let message =
                        format!("`{about}` names the mitigation `{}`, which is not in the file", short(named.text));
                    draft.log.push(Diagnostic::warning("import-missing-reference", named.span, message));
                }
                lines.push(mitigation_line(id, state, None));
            }
        }
    }
    threat.mitigation = lines.join("\n").into();
    draft.keep_rest(&mut threat.extras, &instance.at);
    draft.model.recorded_threats.push(threat);
}

/// One mitigation as people read it: `Force HTTPS (required): …`.
fn mitigation_line(name: &str, state: &str, description: Option<Text<'_>>) -> String {
    let mut line = name.to_owned();
    if !state.is_empty() {
        line.push_str(&format!(" ({state})"));
    }
    // Converters often repeat the name as the description.
    if let Some(description) = description.and_then(Text::given).filter(|text| text.text != name) {
        line.push_str(": ");
        line.push_str(description.text);
    }
    line
}

/// What a mitigation says beside its texts, as compact JSON.
fn details(mitigation: &raw::Mitigation<'_>, state: Option<Text<'_>>) -> String {
    let mut json = String::from("{");
    let mut field = |key: &str, write: &dyn Fn(&mut String)| {
        if json.len() > 1 {
            json.push(',');
        }
        write_json_string(key, &mut json);
        json.push(':');
        write(&mut json);
    };
    if let Some(id) = mitigation.id {
        field("id", &|json| write_json_string(id.text, json));
    }
    if let Some(state) = state {
        field("state", &|json| write_json_string(state.text, json));
    }
    if let Some(reduction) = mitigation.risk_reduction {
        field("riskReduction", &|json| write_json(reduction, json));
    }
    for (key, value) in
        [&mitigation.attributes, &mitigation.properties].into_iter().flat_map(|map| entries(map.as_ref()))
    {
        if let Some(value) = value {
            field(key.text, &|json| write_json(value, json));
        }
    }
    json.push('}');
    json
}

/// A recorded threat with everything its definition says.
fn recorded(draft: &mut Draft, definition: &raw::Threat<'_>) -> RecordedThreat {
    let mut threat = blank_threat(definition.at.node.span);
    threat.title = or_empty(definition.name.or(definition.id));
    threat.description = or_empty(definition.description);
    threat.categories = texts(definition.categories.as_ref());
    let mut others = Vec::new();
    for cwe in items(definition.cwes.as_ref()) {
        let digits = cwe.text.trim().trim_start_matches(|c: char| !c.is_ascii_digit());
        match digits.parse() {
            Ok(number) => threat.cwe.push(number),
            Err(_) => {
                draft.unmapped("weakness", *cwe);
                others.push(cwe.text);
            }
        }
    }
    if !others.is_empty() {
        keep(&mut threat.extras, FORMAT, "cwes", others.join(", "));
    }
    if let Some(list) = definition.tags.as_ref().filter(|list| !list.items.is_empty()) {
        let tags: Vec<&str> = list.items.iter().map(|tag| tag.text).collect();
        keep(&mut threat.extras, FORMAT, "tags", tags.join(", "));
    }
    if let Some(risk) = &definition.risk {
        let likelihood = risk.likelihood.map(|number| format!("likelihood {} of 100", number.text));
        let impact = risk.impact.map(|number| format!("impact {} of 100", number.text));
        threat.severity = likelihood.into_iter().chain(impact).collect::<Vec<_>>().join(", ").into();
        keep_text(&mut threat.extras, FORMAT, "risk.likelihoodComment", risk.likelihood_comment);
        keep_text(&mut threat.extras, FORMAT, "risk.impactComment", risk.impact_comment);
        draft.keep_rest_under(&mut threat.extras, "risk.", &risk.at);
    }
    attributes(&mut threat.extras, [&definition.attributes, &definition.properties]);
    draft.keep_rest(&mut threat.extras, &definition.at);
    threat
}

// --- small helpers ------------------------------------------------------------------------------------------------

/// What an element says of its own accord: attributes, and what version 0.1 calls properties.
pub(super) type Attributes<'r, 'a> = [&'r Option<Map<'a, &'a Node>>; 2];

/// Keeps attributes, one remark each; empty ones say nothing.
fn attributes(extras: &mut Extras, attributes: Attributes<'_, '_>) {
    for (key, value) in attributes.into_iter().flat_map(|map| entries(map.as_ref())) {
        if let Some(value) = value.filter(|_| !key.text.starts_with(PREFIX)) {
            keep(extras, FORMAT, &format!("attributes.{}", key.text), text_of(value));
        }
    }
}

/// Attributes that we wrote, without their prefix.
pub(super) fn ours<'r, 'a>(attributes: Attributes<'r, 'a>) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let all = attributes.into_iter().flat_map(|map| entries(map.as_ref()));
    all.filter_map(|(key, value)| Some((key.text.strip_prefix(PREFIX)?, (*value)?)))
}

/// Notes what we wrote about an element.
fn keep_ours<'a>(kept: &mut Kept<'a>, target: ElementRef, attributes: Attributes<'_, 'a>) {
    for (key, node) in ours(attributes) {
        kept.element(target, key, node);
    }
}

/// An element with the id and name of an OTM object; either stands in for the other.
fn identified(
    draft: &mut Draft,
    domain: Domain,
    id: Option<Text<'_>>,
    name: Option<Text<'_>>,
    span: Span,
    what: &str,
) -> Element {
    let id = id.and_then(Text::given);
    let name = name.and_then(Text::given);
    let fallback = Text { text: "", span };
    let native = draft.native_id(domain, id, name.unwrap_or(fallback), what);
    let name = name.or(id).map_or_else(|| native.to_string(), |name| one_line(name.text));
    Element::new(native, name, span)
}
