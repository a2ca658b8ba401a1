//! What CycloneDX means here.
//!
//! | CycloneDX 2.0 (experimental) | here |
//! |---|---|
//! | blueprint | its parts, those of several put together; name and description of the first are the system's |
//! | zone, `parent` | boundary; type and characteristics where they are words of ours, and remarks |
//! | boundary (joins zones) | what it asks of those who cross: `authentication` and `authorisation` of each flow between two of them; the whole of it a remark |
//! | actor | external entity; a person or persona is a person |
//! | asset | component; its type gives kind and technology; criticality and classification |
//! | data store, data set, placement | data store, data, `stores`; encryption where all placements agree |
//! | flow | flow; `dataObjects` become data by their names |
//! | assumption | assumption about its assets; the whole of it a remark |
//! | threat | recorded threat; categories, CWE, assets, mitigations by name |
//! | scenario, abuse case | abuse case; the whole of it a remark |
//! | risk, control | note; the whole of it a remark; the worst risk that names a threat gives its severity |
//! | everything else | remarks |
//!
//! | CycloneDX 1.x | here |
//! |---|---|
//! | service, nested services | process, part of another |
//! | `trustZone` | boundary of that name |
//! | `authenticated` | `anonymous_access` |
//! | `data` with source or destination | flow from or to that service, or to a stand-in for what is no service here |
//! | `data` | data with its classification, handled by the service |
//! | `dependsOn` between services | a flow where no other joins the two, marked as hinted |
//! | components of a running system (`application`, `container`, `device`, `platform`) | components, if there are services |
//! | components of the type `threat-model` | what their property `cdx:model:type` says: boundary, flow, asset, threat or component |
//! | all other components | left out: what a program is built of is no part of this picture |

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::model::{Assumption, Boundary, Component, Element, ElementRef, Flow, Value};
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};
use vauban_syntax::Node;

use super::words::{
    ASSET, AUTHENTICATION, AUTHORISATION, CLASSIFICATION, CRITICALITY, STORE, STORES, TRUST, ZONE, named, ours,
};
use super::{checks, drafts, raw, services, threats};
use crate::draft::{Draft, Space, State, element, narrow, one_line, slug};
use crate::extras::{Extras, keep, keep_node, text_of};
use crate::listed::{Keys, add_flow, by_id, end, nest, system, text_at, whole, word};
use crate::log::{Log, short};
use crate::prose::protocol_word;
use crate::raw::{At, List, Text, items, or_empty, texts};
use crate::{Format, Imported};

pub(super) const FORMAT: Format = Format::CycloneDx;

/// Builds the model.
pub(super) fn lower(raw: &raw::Document<'_>, mut log: Log) -> Imported {
    let first = items(raw.blueprints.as_ref()).next();
    let subject = raw.metadata.as_ref().and_then(|metadata| metadata.component.as_ref());
    let name = first.and_then(|first| first.name).or(subject.and_then(|subject| subject.name));
    let description = first.and_then(|first| first.description).or(subject.and_then(|subject| subject.description));
    let mut element = system(name, "the file", raw.at.node.span, &mut log);
    element.description = or_empty(description);
    let mut draft = Draft::new(FORMAT, element, log);
    let mut keys = Keys::default();
    about(&mut draft, raw, first, subject);
    for blueprint in items(raw.blueprints.as_ref()) {
        lower_blueprint(&mut draft, blueprint, raw, &mut keys);
    }
    services::lower(&mut draft, raw);
    drafts::lower(&mut draft, raw.components.as_ref());
    threats::lower(&mut draft, raw, &mut keys);
    checks::check(&mut draft, raw.at.node);
    draft.finish()
}

fn about(
    draft: &mut Draft,
    raw: &raw::Document<'_>,
    first: Option<&raw::Blueprint<'_>>,
    subject: Option<&raw::Component<'_>>,
) {
    let mut extras = Extras::new();
    for (key, text) in [("specFormat", raw.spec_format), ("bomFormat", raw.bom_format), ("specVersion", raw.version)] {
        if let Some(text) = text {
            keep(&mut extras, FORMAT, key, text.text);
        }
    }
    if let Some(subject) = subject {
        keep(&mut extras, FORMAT, "metadata.component", text_of(subject.at.node));
    }
    if let Some(metadata) = &raw.metadata {
        remarks(&mut extras, "metadata.", &metadata.at);
    }
    if let Some(id) = first.and_then(|first| first.id) {
        keep(&mut extras, FORMAT, "blueprint.bom-ref", id.text);
    }
    remarks(&mut extras, "", &raw.at);
    draft.model.system.extras = extras;
}

/// Keeps what is not modelled, without a word: the format is large, and a preview.
pub(super) fn remarks(extras: &mut Extras, part: &str, at: &At<'_>) {
    for entry in &at.rest {
        keep_node(extras, FORMAT, &format!("{part}{}", entry.key), Some(&entry.value));
    }
}

/// Whether a property was written by us.
fn is_ours(property: &Node) -> bool {
    text_at(property, "name").starts_with("vauban:")
}

/// What our own writer said of a recorded thing: `vauban:severity`.
pub(super) fn own<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    let all = node.get("properties").and_then(Node::as_sequence)?;
    let found = all.iter().find(|it| text_at(it, "name").strip_prefix("vauban:") == Some(key))?;
    found.get("value").and_then(Node::as_str)
}

/// Keeps what is not modelled of an element; facts that our own writer put there become facts again.
fn element_remarks(part: &mut Element, extras: &mut Extras, at: &At<'_>) {
    for entry in &at.rest {
        let properties = entry.value.as_sequence().filter(|_| &*entry.key == "properties").unwrap_or_default();
        if !properties.iter().any(is_ours) {
            keep_node(extras, FORMAT, &entry.key, Some(&entry.value));
            continue;
        }
        for property in properties.iter().filter(|it| is_ours(it)) {
            own_fact(part, property);
        }
        let others: Vec<Node> = properties.iter().filter(|it| !is_ours(it)).cloned().collect();
        let others = Node { kind: vauban_syntax::Kind::Sequence(others), ..entry.value.clone() };
        keep_node(extras, FORMAT, "properties", Some(&others));
    }
}

fn own_fact(part: &mut Element, property: &Node) {
    let name = text_at(property, "name");
    let Some(id) = name.strip_prefix("vauban:").and_then(FactId::parse).filter(|id| !id.definition().derived) else {
        return;
    };
    let (text, span) = (text_at(property, "value"), property.span);
    let words: Vec<&str> = text.split(", ").filter(|word| !word.is_empty()).collect();
    match id.definition().ty {
        FactType::Bool => part.state(id, Value::Bool(text == "true"), span),
        FactType::Enum(_) => drop(part.state_word(id, text, span)),
        FactType::Set(_) => part.state_set(id, &words, span),
        FactType::Number => {
            if let Ok(number) = text.parse() {
                part.state(id, Value::Number(number), span);
            }
        }
        FactType::Text => part.state(id, Value::Text(text.into()), span),
        FactType::Words | FactType::Technologies => {
            part.state(id, Value::Words(words.into_iter().map(Box::from).collect()), span);
        }
        FactType::References(_) => {}
    }
}

/// What is asked of a flow between two zones.
#[derive(Clone, Copy, Default)]
struct Asked {
    authentication: Option<(&'static str, Span)>,
    authorisation: Option<(&'static str, Span)>,
}

fn lower_blueprint(draft: &mut Draft, blueprint: &raw::Blueprint<'_>, file: &raw::Document<'_>, keys: &mut Keys) {
    let several = items(file.blueprints.as_ref()).nth(1).is_some();
    let prefix =
        if several { keys.key("blueprint", blueprint.id.map_or("", |id| id.text)) } else { "blueprint".to_owned() };
    let mut extras = Extras::new();
    remarks(&mut extras, &format!("{prefix}."), &blueprint.at);
    let facts = blueprint.at.node.get("properties").and_then(Node::as_sequence).unwrap_or_default();
    facts.iter().filter(|it| is_ours(it)).for_each(|property| own_fact(&mut draft.model.system, property));
    if several {
        for (key, text) in [("name", blueprint.name), ("description", blueprint.description), ("bom-ref", blueprint.id)]
        {
            if let Some(text) = text {
                keep(&mut extras, FORMAT, &format!("{prefix}.{key}"), text.text);
            }
        }
    }
    draft.model.system.extras.extend(extras);
    zones(draft, blueprint.zones.as_ref());
    let asked = boundaries(draft, blueprint.boundaries.as_ref(), keys);
    actors(draft, blueprint.actors.as_ref());
    assets(draft, blueprint.assets.as_ref(), file.components.as_ref());
    let listed = stores(draft, blueprint.stores.as_ref());
    data_sets(draft, blueprint.sets.as_ref());
    stored(draft, listed);
    flows(draft, blueprint.flows.as_ref(), &asked);
    for assumption in items(blueprint.assumptions.as_ref()) {
        let number = draft.model.assumptions.len() + 1;
        let wanted =
            assumption.id.and_then(Text::given).map_or_else(|| format!("assumption-{number}"), |id| id.text.to_owned());
        let mut about: Vec<ElementRef> = Vec::new();
        for related in items(assumption.related.as_ref()) {
            about.extend(anything(draft, related.text).filter(|found| !about.contains(found)));
        }
        whole(draft, &keys.key("assumption", &wanted), assumption.at.node);
        let text = one_line(assumption.description.map_or("", |text| text.text));
        let span = assumption.at.node.span;
        draft.model.assumptions.push(Assumption { id: wanted.into(), text: text.into(), about, owner: None, span });
    }
}

/// The element of whatever kind that has this id.
pub(super) fn anything(draft: &Draft, id: &str) -> Option<ElementRef> {
    [Domain::Component, Domain::Boundary, Domain::Data, Domain::Flow]
        .into_iter()
        .find_map(|domain| draft.find(domain, id).map(|index| element(domain, index)))
}

fn zones(draft: &mut Draft, list: Option<&List<raw::Zone<'_>>>) {
    let first = draft.model.boundaries.len();
    let mut spans = vec![draft.model.system.span; first];
    for zone in items(list) {
        let span = zone.at.node.span;
        let mut line = by_id(draft, Domain::Boundary, zone.id, zone.name, span, "the zone");
        line.description = or_empty(zone.description);
        let mut extras = Extras::new();
        if let Some(kind) = zone.kind {
            if let Some(ours) = ours(ZONE, kind) {
                line.state_word(fact::BOUNDARY_KIND, ours, kind.span);
            }
            keep_node(&mut extras, FORMAT, "type", Some(kind));
        }
        for said in items(zone.characteristics.as_ref()) {
            if let Some(ours) = word(TRUST, said.text) {
                line.state_word(fact::TRUST, ours, said.span);
            }
        }
        let said = texts(zone.characteristics.as_ref());
        if !said.is_empty() {
            keep(&mut extras, FORMAT, "characteristics", said.join(", "));
        }
        element_remarks(&mut line, &mut extras, &zone.at);
        line.extras = extras;
        let index = draft.model.boundaries.len();
        draft.register(Domain::Boundary, zone.id, &line.id, index);
        draft.model.boundaries.push(Boundary { element: line, parent: None });
        spans.push(zone.parent.map_or(span, |parent| parent.span));
    }
    let mut parents: Vec<Option<u32>> = draft.model.boundaries.iter().take(first).map(|line| line.parent).collect();
    for (offset, zone) in items(list).enumerate() {
        let by = format!("the zone `{}`", short(draft.model.id(element(Domain::Boundary, narrow(first + offset)))));
        parents.push(zone.parent.and_then(Text::given).and_then(|said| draft.resolve(Domain::Boundary, said, &by)));
    }
    nest(draft, Domain::Boundary, parents, &spans);
}

fn boundaries(
    draft: &mut Draft,
    list: Option<&List<raw::Boundary<'_>>>,
    keys: &mut Keys,
) -> FxHashMap<(u32, u32), Asked> {
    let mut asked = FxHashMap::default();
    for boundary in items(list) {
        let name = text_at(boundary.at.node, "bom-ref");
        whole(draft, &keys.key("boundary", name), boundary.at.node);
        let by = format!("the boundary `{}`", short(name));
        let zones =
            boundary.zones.as_ref().map(|list| draft.resolve_all(Domain::Boundary, list, &by)).unwrap_or_default();
        let Some(crossing) = &boundary.crossing else { continue };
        // The rest of it is kept with the whole boundary.
        let _ = &crossing.at;
        let asks = Asked {
            authentication: one_of(AUTHENTICATION, crossing.authentication.as_ref()),
            authorisation: one_of(AUTHORISATION, crossing.authorization.as_ref()),
        };
        // Usually two; more would be asked of each pair.
        for (number, a) in zones.iter().take(16).enumerate() {
            for b in zones.iter().take(16).skip(number + 1) {
                asked.entry((*a.min(b), *a.max(b))).or_insert(asks);
            }
        }
    }
    asked
}

/// The first method that has a like among ours. Where "none" is among others, nothing is known.
pub(super) fn one_of(table: &[(&str, &'static str)], list: Option<&List<&Node>>) -> Option<(&'static str, Span)> {
    let list = list?;
    let found: Vec<&'static str> = list.items.iter().filter_map(|node| ours(table, node)).collect();
    let none = found.contains(&"none");
    let first = found.into_iter().find(|word| !word.is_empty())?;
    (!none || list.items.len() == 1).then_some((first, list.span))
}

fn place(draft: &mut Draft, zone: Option<Text<'_>>, id: &str) -> Option<u32> {
    let by = format!("`{}`", short(id));
    draft.resolve(Domain::Boundary, zone.and_then(Text::given)?, &by)
}

fn add(draft: &mut Draft, native: Option<Text<'_>>, part: Element, boundary: Option<u32>) {
    let index = draft.model.components.len();
    draft.register(Domain::Component, native, &part.id, index);
    draft.model.components.push(Component { element: part, boundary, parent: None });
}

fn actors(draft: &mut Draft, list: Option<&List<raw::Actor<'_>>>) {
    for actor in items(list) {
        let span = actor.at.node.span;
        let party = actor.party;
        let of = |kind: &str| party.and_then(|party| party.get(kind));
        let name = ["person", "organization", "system"].into_iter().find_map(|kind| of(kind)?.get("name"));
        let archetype = || of("persona")?.get("archetype").map(named);
        let role = || party?.get("roles")?.as_sequence()?.first()?.get("role").map(named);
        let shown = name.and_then(Node::as_str).or_else(archetype).or_else(role);
        let named = shown.map(|text| Text { text, span }).or(actor.id);
        let mut part = by_id(draft, Domain::Component, actor.id, named, span, "the actor");
        part.description = or_empty(actor.description);
        part.state_word(fact::KIND, "external-entity", span);
        if let Some(party) = party {
            if of("person").or(of("persona")).is_some() {
                part.state(fact::USED_BY_PEOPLE, Value::Bool(true), party.span);
            } else if of("system").is_some() {
                part.state(fact::USED_BY_PEOPLE, Value::Bool(false), party.span);
            }
        }
        let mut extras = Extras::new();
        keep_node(&mut extras, FORMAT, "party", party);
        element_remarks(&mut part, &mut extras, &actor.at);
        part.extras = extras;
        let boundary = place(draft, actor.zone, &part.id);
        add(draft, actor.id, part, boundary);
    }
}

fn assets(draft: &mut Draft, list: Option<&List<raw::Asset<'_>>>, components: Option<&List<raw::Component<'_>>>) {
    for asset in items(list) {
        let span = asset.at.node.span;
        let stands_for = asset.component.and_then(|wanted| {
            items(components).find(|component| component.id.is_some_and(|id| id.text == wanted.text))
        });
        let name = asset.name.or(stands_for.and_then(|component| component.name)).or(asset.component);
        let mut part = by_id(draft, Domain::Component, asset.id, name, span, "the asset");
        let mut extras = Extras::new();
        part.description = or_empty(asset.description);
        part.tags = texts(asset.tags.as_ref());
        if let Some(kind) = asset.kind {
            let said = match named(kind) {
                "actor" => "external-entity",
                said if STORES.contains(&said) => "data-store",
                _ => "process",
            };
            part.state_word(fact::KIND, said, kind.span);
            part.state_technologies(ours(ASSET, kind).into_iter().map(Box::from).collect(), kind.span);
            keep_node(&mut extras, FORMAT, "type", Some(kind));
        }
        if let Some(component) = asset.component {
            keep(&mut extras, FORMAT, "componentRef", component.text);
        }
        if let Some(said) = &asset.classification {
            if let Some(level) = said.criticality
                && let Some(ours) = word(CRITICALITY, level.text)
            {
                part.state_word(fact::CRITICALITY, ours, level.span);
            }
            if let Some(level) = said.classification
                && let Some(ours) = ours(CLASSIFICATION, level)
            {
                part.state_word(fact::CLASSIFICATION, ours, level.span);
            }
            keep(&mut extras, FORMAT, "classification", text_of(said.at.node));
        }
        element_remarks(&mut part, &mut extras, &asset.at);
        part.extras = extras;
        let boundary = place(draft, asset.zone, &part.id);
        add(draft, asset.id, part, boundary);
    }
}

/// Reads the stores; returns the data sets that each names itself.
fn stores<'a>(draft: &mut Draft, list: Option<&List<raw::Store<'a>>>) -> Vec<(u32, Text<'a>)> {
    let mut listed = Vec::new();
    for store in items(list) {
        let span = store.at.node.span;
        let mut part = by_id(draft, Domain::Component, store.id, store.name, span, "the data store");
        let mut extras = Extras::new();
        part.description = or_empty(store.description);
        part.state_word(fact::KIND, "data-store", span);
        let mut technologies: Vec<Box<str>> = Vec::new();
        let said = store.product.into_iter().chain(items(store.technologies.as_ref()).copied());
        for text in said.filter_map(Text::given) {
            let name: Box<str> = slug(text.text, "").into();
            if !name.is_empty() && !technologies.contains(&name) {
                technologies.push(name);
            }
        }
        technologies.extend(store.kind.and_then(|kind| ours(STORE, kind)).map(Box::from));
        part.state_technologies(technologies, store.kind.map_or(span, |kind| kind.span));
        keep_node(&mut extras, FORMAT, "type", store.kind);
        if let Some(product) = store.product {
            keep(&mut extras, FORMAT, "product", product.text);
        }
        let said = texts(store.technologies.as_ref());
        if !said.is_empty() {
            keep(&mut extras, FORMAT, "technologies", said.join(", "));
        }
        element_remarks(&mut part, &mut extras, &store.at);
        part.extras = extras;
        let boundary = place(draft, store.zone, &part.id);
        let index = narrow(draft.model.components.len());
        listed.extend(items(store.sets.as_ref()).map(|set| (index, *set)));
        add(draft, store.id, part, boundary);
    }
    listed
}

fn stored(draft: &mut Draft, listed: Vec<(u32, Text<'_>)>) {
    for (store, said) in listed {
        let by = format!("the data store `{}`", short(draft.model.id(element(Domain::Component, store))));
        if let Some(data) = draft.resolve(Domain::Data, said, &by) {
            store_data(draft, store, data, said.span);
        }
    }
}

fn store_data(draft: &mut Draft, store: u32, data: u32, span: Span) {
    if let Some(component) = draft.model.components.get_mut(store as usize) {
        let mut all = component.element.references(fact::STORES).to_vec();
        if !all.contains(&data) {
            all.push(data);
            component.element.state_references(fact::STORES, all, span);
        }
    }
}

fn data_sets(draft: &mut Draft, list: Option<&List<raw::DataSet<'_>>>) {
    // Whether all data in a store is encrypted; none once somebody says otherwise.
    let mut encrypted: FxHashMap<u32, Option<(bool, Span)>> = FxHashMap::default();
    let mut order = Vec::new();
    for set in items(list) {
        let mut data = by_id(draft, Domain::Data, set.id, set.name, set.at.node.span, "the data set");
        let mut extras = Extras::new();
        // The schema makes everybody write a description; the name again is none.
        data.description = or_empty(set.description.filter(|text| *text.text != *data.name));
        let classes = items(set.profiles.as_ref()).filter_map(|profile| profile.get("classification"));
        for class in classes {
            if let Some(ours) = ours(CLASSIFICATION, class) {
                data.state_word(fact::CLASSIFICATION, ours, class.span);
                break;
            }
        }
        if let Some(profiles) = set.at.node.get("dataProfiles") {
            keep_node(&mut extras, FORMAT, "dataProfiles", Some(profiles));
        }
        if let Some(records) = set.records {
            keep(&mut extras, FORMAT, "recordCount", records.text);
            let volume = match records.value {
                n if n < 100.0 => "very-few",
                n if n < 10_000.0 => "few",
                n if n < 1_000_000.0 => "many",
                _ => "very-many",
            };
            data.state_word(fact::VOLUME, volume, records.span);
        }
        let index = narrow(draft.model.data.len());
        let by = format!("the data set `{}`", short(&data.id));
        if let Some(placements) = set.at.node.get("placements") {
            keep_node(&mut extras, FORMAT, "placements", Some(placements));
        }
        element_remarks(&mut data, &mut extras, &set.at);
        data.extras = extras;
        draft.register(Domain::Data, set.id, &data.id, index as usize);
        draft.model.data.push(data);
        for placement in items(set.placements.as_ref()) {
            let Some(store) = placement.store.and_then(|said| draft.resolve(Domain::Component, said, &by)) else {
                continue;
            };
            store_data(draft, store, index, placement.at.node.span);
            if let Some(flag) = placement.encrypted {
                order.push(store);
                let known = encrypted.entry(store).or_insert(Some((flag.value, flag.span)));
                *known = known.filter(|(value, _)| *value == flag.value);
            }
        }
    }
    for store in order {
        if let (Some(Some((value, span))), Some(component)) =
            (encrypted.get(&store), draft.model.components.get_mut(store as usize))
        {
            component.element.state_word(fact::ENCRYPTION_AT_REST, if *value { "service-key" } else { "none" }, *span);
        }
    }
}

/// Data sets are known by their names as well, where no other has the same: flows name what they carry.
fn know_names(draft: &mut Draft) {
    let mut names: FxHashMap<String, Option<usize>> = FxHashMap::default();
    for (index, data) in draft.model.data.iter().enumerate() {
        names.entry(data.name.to_string()).and_modify(|known| *known = None).or_insert(Some(index));
    }
    let mut names: Vec<(String, usize)> = names.into_iter().filter_map(|(name, index)| Some((name, index?))).collect();
    names.sort_unstable_by_key(|(_, index)| *index);
    for (name, index) in names {
        if draft.find(Domain::Data, &name).is_none() {
            draft.know(Domain::Data, &name, index);
        }
    }
}

fn flows(draft: &mut Draft, list: Option<&List<raw::Flow<'_>>>, asked: &FxHashMap<(u32, u32), Asked>) {
    know_names(draft);
    for raw in items(list) {
        let mut flow = by_id(draft, Domain::Flow, raw.id, raw.name, raw.at.node.span, "the flow");
        let by = format!("the flow `{}`", short(&flow.id));
        let mut extras = Extras::new();
        flow.description = or_empty(raw.description);
        keep_node(&mut extras, FORMAT, "type", raw.kind);
        flow.state_flag(fact::TWO_WAY, raw.both);
        if let Some(flag) = raw.synchronous {
            flow.state(fact::ASYNCHRONOUS, Value::Bool(!flag.value), flag.span);
        }
        if let Some(flag) = raw.encrypted {
            flow.state_word(fact::ENCRYPTION, if flag.value { "tls" } else { "none" }, flag.span);
        }
        let said = texts(raw.protocols.as_ref());
        if !said.is_empty() {
            keep(&mut extras, FORMAT, "protocols", said.join(", "));
        }
        for protocol in items(raw.protocols.as_ref()) {
            if let Some(symbol) = protocol_word(protocol.text) {
                flow.state(fact::PROTOCOL, Value::Symbol(symbol), protocol.span);
                break;
            }
        }
        for (key, node) in [("authentication", &raw.authentication), ("authorization", &raw.authorization)] {
            if node.is_some() {
                keep_node(&mut extras, FORMAT, key, raw.at.node.get(key));
            }
        }
        let mut carried = Vec::new();
        for object in items(raw.objects.as_ref()) {
            let name = named(object);
            let data = carried_data(draft, name, object.span);
            if !carried.contains(&data) {
                carried.push(data);
            }
        }
        if let Some(list) = raw.objects.as_ref().filter(|_| !carried.is_empty()) {
            flow.state_references(fact::CARRIES, carried, list.span);
            keep_node(&mut extras, FORMAT, "dataObjects", raw.at.node.get("dataObjects"));
        }
        let source = any_end(draft, raw.source, "source", &flow, &by);
        let target = any_end(draft, raw.destination, "destination", &flow, &by);
        let zone = |index: u32| draft.model.components.get(index as usize).and_then(|component| component.boundary);
        let crossing = match (zone(source), zone(target)) {
            (Some(a), Some(b)) if a != b => asked.get(&(a.min(b), a.max(b))).copied(),
            _ => None,
        };
        let crossing = crossing.unwrap_or_default();
        // What the flow says of itself counts more than what the boundary asks of everybody.
        let authentication = one_of(AUTHENTICATION, raw.authentication.as_ref()).or(crossing.authentication);
        let authorisation = one_of(AUTHORISATION, raw.authorization.as_ref()).or(crossing.authorisation);
        for (id, said) in [(fact::AUTHENTICATION, authentication), (fact::AUTHORISATION, authorisation)] {
            if let Some((word, span)) = said {
                flow.state_word(id, word, span);
            }
        }
        element_remarks(&mut flow, &mut extras, &raw.at);
        flow.extras = extras;
        add_flow(draft, raw.id, Flow { element: flow, source, target });
    }
}

/// The component at an end of a flow; a stand-in for a zone as a whole, and for what is nowhere.
fn any_end(draft: &mut Draft, said: Option<Text<'_>>, key: &str, flow: &Element, by: &str) -> u32 {
    let before = draft.model.components.len();
    let zone = said.filter(|said| draft.find(Domain::Component, said.text).is_none());
    let zone = zone.and_then(|said| Some((said, draft.find(Domain::Boundary, said.text)?)));
    let index = match zone {
        Some((said, zone)) => {
            let name = format!("anything in {}", draft.model.name(element(Domain::Boundary, zone)));
            let made =
                draft.placeholder(&slug(&name, "anything"), &name, said.span, "a flow ends at the zone as a whole");
            draft.know(Domain::Component, said.text, made as usize);
            if let Some(component) = draft.model.components.get_mut(made as usize) {
                component.boundary = Some(zone);
            }
            made
        }
        None => end(draft, said, key, flow, by),
    };
    // What was made goes back as the reference that it stands for.
    if let (Some(said), Some(component)) =
        (said, draft.model.components.get_mut(index as usize).filter(|_| index as usize >= before))
    {
        keep(&mut component.element.extras, FORMAT, "stands-for", said.text);
    }
    index
}

/// The data of a name; made where no set is called so.
pub(super) fn carried_data(draft: &mut Draft, name: &str, span: Span) -> u32 {
    if let Some(known) = draft.find(Domain::Data, name) {
        return known;
    }
    let id = draft.unique_id(Space::Element(Domain::Data), &slug(name, "data"));
    let index = narrow(draft.model.data.len());
    let shown = if name.trim().is_empty() { id.to_string() } else { one_line(name) };
    draft.know(Domain::Data, name, index as usize);
    draft.model.data.push(Element::new(id, shown, span));
    index
}
