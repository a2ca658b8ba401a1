//! What pytm's JSON means here.
//!
//! | pytm | here |
//! |---|---|
//! | `TM` | the system; its switches are remarks |
//! | `Server`, `Process`, `Lambda`, `LLM`, `Agent` | process; the last three say a technology |
//! | `Datastore` | data store; `type` says a technology |
//! | `Actor`, `ExternalEntity` | external entity; an actor is a person |
//! | `Boundary`, `inBoundary` | boundary, nested |
//! | `inScope: false` | out of scope |
//! | `Dataflow` | flow; data is carried; `isEncrypted` or a TLS version is `encryption` |
//! | a flow that answers another | what that flow brings back (`returns`), the whole of it a remark there |
//! | `Data` | data; classification, `isPII`, `isCredentials`, lifetime; `processedBy` is `handles` |
//! | `isEncryptedAtRest` | encryption at rest |
//! | ticked attributes and controls | facts and controls by the tables in `words.rs`, else remarks |
//! | assumption | assumption about its element |
//! | finding | recorded threat `SID@element`; an excluded one has the status `excluded` |
//! | `inputs`, `outputs`, `severity`, `actors`, `assets` | not carried over: the same again |
//!
//! pytm writes every attribute that nobody set as `false`, so `false` says nothing; neither do its other defaults.

use rustc_hash::FxHashMap;
use vauban_model::model::{
    Assumption, Boundary, Component, ControlStatement, Element, ElementRef, Flow, Origin, OutOfScope, Value,
};
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Entry, Kind, Node};

use super::raw;
use super::words::{ATTRIBUTES, CLASS, CLASSIFICATION, COMPUTED, CONTROLS, LIFETIME, STORE, Says};
use crate::draft::{Draft, Space, State, blank_threat, element, narrow, one_line, slug};
use crate::extras::{Extras, keep, keep_text, text_of};
use crate::listed::{by_name, end, nest, system, text_at, word};
use crate::log::{Log, short};
use crate::prose::protocol_word;
use crate::raw::{At, Text, items, or_empty};
use crate::{Format, Imported};

const FORMAT: Format = Format::Pytm;
const UNSET: &str = "pytm writes it for everything that nobody set";
const AGAIN: &str = "pytm works it out from the rest";

/// Builds the model.
pub(super) fn lower(raw: &raw::Document<'_>, mut log: Log) -> Imported {
    let mut element = system(raw.name, "the model", raw.at.node.span, &mut log);
    element.description = or_empty(raw.description);
    let mut draft = Draft::new(FORMAT, element, log);
    let mut extras = Extras::new();
    remarks(&mut draft, &mut extras, &raw.at);
    draft.model.system.extras = extras;
    boundaries(&mut draft, raw);
    data(&mut draft, raw);
    elements(&mut draft, raw);
    processed(&mut draft, raw);
    let answered = flows(&mut draft, raw);
    assumed(&mut draft, items(raw.assumptions.as_ref()).copied(), ElementRef::SYSTEM);
    findings(&mut draft, raw, &answered);
    draft.finish()
}

/// Whether a value is what pytm writes where nobody set anything.
fn is_unset(node: &Node) -> bool {
    match &node.kind {
        Kind::Sequence(items) => items.is_empty() || items.iter().all(|item| item.as_str() == Some("0")),
        Kind::Mapping(entries) => entries.is_empty(),
        Kind::Scalar(scalar) => {
            scalar.is_null()
                || scalar.text.is_empty()
                || (!scalar.quoted && matches!(&*scalar.text, "false" | "0" | "-1"))
                || matches!(
                    &*scalar.text,
                    "UNKNOWN"
                        | "Classification.UNKNOWN"
                        | "TLSVersion.NONE"
                        | "DatastoreType.UNKNOWN"
                        | "Lifetime.NONE"
                        | "Lifetime.UNKNOWN"
                        | "Action.NO_ACTION"
                )
        }
    }
}

/// The member of one of pytm's enumerations: `Classification.SECRET`.
fn bare(text: &str) -> &str {
    text.rsplit_once('.').map_or(text, |(_, member)| member)
}

fn member<'a>(text: Option<Text<'a>>) -> Option<Text<'a>> {
    let text = text.and_then(Text::given)?;
    let word = bare(text.text);
    (!matches!(word, "UNKNOWN" | "NONE")).then_some(Text { text: word, span: text.span })
}

/// Keeps what was set of an object's further attributes.
fn remarks(draft: &mut Draft, extras: &mut Extras, at: &At<'_>) {
    for entry in &at.rest {
        remark(draft, extras, entry, "");
    }
}

fn remark(draft: &mut Draft, extras: &mut Extras, entry: &Entry, part: &str) {
    if COMPUTED.contains(&&*entry.key) {
        draft.log.left_out(&entry.key, entry.key_span, AGAIN);
    } else if is_unset(&entry.value) {
        draft.log.left_out(&entry.key, entry.key_span, UNSET);
    } else {
        keep(extras, FORMAT, &format!("{part}{}", entry.key), text_of(&entry.value));
    }
}

fn boundaries(draft: &mut Draft, raw: &raw::Document<'_>) {
    let mut spans = Vec::new();
    for thing in items(raw.boundaries.as_ref()) {
        let mut line = by_name(draft, Domain::Boundary, thing.name, thing.at.node.span);
        common(draft, thing, &mut line);
        let mut extras = Extras::new();
        remarks(draft, &mut extras, &thing.at);
        keep_text(&mut extras, FORMAT, "__class__", thing.class);
        keep_text(&mut extras, FORMAT, "protocol", thing.protocol);
        line.extras.extend(extras);
        let index = draft.model.boundaries.len();
        draft.register(Domain::Boundary, thing.name, &line.id, index);
        draft.model.boundaries.push(Boundary { element: line, parent: None });
        spans.push(thing.boundary.map_or(thing.at.node.span, |said| said.span));
        assumed(draft, items(thing.assumptions.as_ref()).copied(), element(Domain::Boundary, narrow(index)));
    }
    let mut parents = Vec::with_capacity(spans.len());
    for (index, thing) in (0u32..).zip(items(raw.boundaries.as_ref())) {
        let by = format!("the boundary `{}`", short(draft.model.id(element(Domain::Boundary, index))));
        parents.push(thing.boundary.and_then(Text::given).and_then(|said| draft.resolve(Domain::Boundary, said, &by)));
    }
    nest(draft, Domain::Boundary, parents, &spans);
}

/// What elements, flows and boundaries have in common.
fn common(draft: &mut Draft, thing: &raw::Thing<'_>, element: &mut Element) {
    element.description = or_empty(thing.description);
    if let Some(flag) = thing.in_scope.filter(|flag| !flag.value) {
        element.out_of_scope = Some(OutOfScope { reason: Box::default(), span: flag.span });
    } else if let Some(flag) = thing.in_scope {
        draft.log.left_out("inScope", flag.span, UNSET);
    }
    let entries = thing.controls.and_then(Node::as_mapping).unwrap_or_default();
    let mut extras = Extras::new();
    for entry in entries {
        let ticked = entry.value.as_bool() == Some(true);
        let ours = CONTROLS.iter().find(|(theirs, _)| *theirs == &*entry.key).filter(|_| ticked);
        match ours {
            Some((_, control)) => element.set_control(ControlStatement {
                control: (*control).into(),
                present: true,
                origin: Origin::Imported,
                span: entry.value.span,
                note: None,
            }),
            None => remark(draft, &mut extras, entry, "controls."),
        }
    }
    element.extras = extras;
}

fn data(draft: &mut Draft, raw: &raw::Document<'_>) {
    for said in items(raw.data.as_ref()) {
        let mut data = by_name(draft, Domain::Data, said.name, said.at.node.span);
        data.description = or_empty(said.description);
        let mut extras = Extras::new();
        if let Some(class) = member(said.classification) {
            match word(CLASSIFICATION, class.text) {
                Some(ours) => {
                    data.state_word(fact::CLASSIFICATION, ours, class.span);
                }
                None => draft.unmapped("classification", class),
            }
            keep(&mut extras, FORMAT, "classification", class.text);
        } else if let Some(unset) = said.classification {
            draft.log.left_out("classification", unset.span, UNSET);
        }
        let mut kinds = Vec::new();
        let mut place = said.at.node.span;
        for (key, flag, kind) in
            [("isPII", said.personal, "personal"), ("isCredentials", said.credentials, "credentials")]
        {
            match flag {
                Some(flag) if flag.value => {
                    kinds.push(kind);
                    place = flag.span;
                }
                Some(flag) => draft.log.left_out(key, flag.span, UNSET),
                None => {}
            }
        }
        if !kinds.is_empty() {
            data.state_set(fact::DATA_KINDS, &kinds, place);
            keep(&mut extras, FORMAT, "kinds", kinds.join(", "));
        }
        if let Some(life) = member(said.life) {
            if let Some(ours) = word(LIFETIME, life.text) {
                data.state_word(fact::LIFETIME, ours, life.span);
            }
            keep(&mut extras, FORMAT, "credentialsLife", life.text);
        } else if let Some(unset) = said.life {
            draft.log.left_out("credentialsLife", unset.span, UNSET);
        }
        remarks(draft, &mut extras, &said.at);
        data.extras = extras;
        let index = draft.model.data.len();
        draft.register(Domain::Data, said.name, &data.id, index);
        draft.model.data.push(data);
    }
}

fn elements(draft: &mut Draft, raw: &raw::Document<'_>) {
    let mut known: FxHashMap<&str, ()> = FxHashMap::default();
    for thing in items(raw.elements.as_ref()) {
        if let Some(name) = thing.name {
            known.insert(name.text, ());
        }
        // Some versions list boundaries and flows here as well.
        if !matches!(thing.class.map(|class| class.text), Some("Boundary" | "Dataflow")) {
            component(draft, thing);
        }
    }
    for (key, list) in [("actors", &raw.actors), ("assets", &raw.assets)] {
        for thing in items(list.as_ref()) {
            if thing.name.is_some_and(|name| known.contains_key(name.text)) {
                draft.log.left_out(key, thing.at.node.span, AGAIN);
            } else {
                component(draft, thing);
            }
        }
    }
}

fn component(draft: &mut Draft, thing: &raw::Thing<'_>) {
    let span = thing.at.node.span;
    let mut part = by_name(draft, Domain::Component, thing.name, span);
    common(draft, thing, &mut part);
    let at_rest = thing.controls.and_then(|all| all.get("isEncryptedAtRest"));
    if let Some(node) = at_rest.filter(|node| node.as_bool() == Some(true)) {
        part.state_word(fact::ENCRYPTION_AT_REST, "service-key", node.span);
    }
    let index = draft.model.components.len();
    let mut extras = Extras::new();
    let mut technologies: Vec<Box<str>> = Vec::new();
    if let Some(class) = thing.class {
        let kind = match class.text {
            "Actor" | "ExternalEntity" => "external-entity",
            "Datastore" => "data-store",
            _ => "process",
        };
        // An element of no class may be anything.
        if !matches!(class.text, "Element" | "Asset") {
            part.state_word(fact::KIND, kind, class.span);
        }
        if class.text == "Actor" {
            part.state(fact::USED_BY_PEOPLE, Value::Bool(true), class.span);
        }
        technologies.extend(word(CLASS, class.text).map(Box::from));
        keep(&mut extras, FORMAT, "class", class.text);
    }
    let mut implied = Vec::new();
    for entry in &thing.at.rest {
        attribute(draft, &mut part, entry, &mut technologies, &mut implied, &mut extras);
    }
    keep_text(&mut extras, FORMAT, "protocol", thing.protocol);
    part.state_technologies(technologies, thing.class.map_or(span, |class| class.span));
    let by = format!("`{}`", short(&part.id));
    let boundary = thing.boundary.and_then(Text::given).and_then(|said| draft.resolve(Domain::Boundary, said, &by));
    let handled = named_data(draft, thing.data, &by);
    if !handled.is_empty() {
        part.state_references(fact::HANDLES, handled, thing.data.map_or(span, |node| node.span));
    }
    for (stored, name, kind, place) in implied {
        implied_data(draft, &mut part, stored, name, kind, place);
    }
    if boundary.is_none() {
        keep_text(&mut extras, FORMAT, "inBoundary", thing.boundary);
    }
    part.extras.extend(extras);
    draft.register(Domain::Component, thing.name, &part.id, index);
    draft.model.components.push(Component { element: part, boundary, parent: None });
    assumed(draft, items(thing.assumptions.as_ref()).copied(), element(Domain::Component, narrow(index)));
}

/// Reads an attribute that pytm asks of an element.
fn attribute(
    draft: &mut Draft,
    part: &mut Element,
    entry: &Entry,
    technologies: &mut Vec<Box<str>>,
    implied: &mut Vec<(bool, &'static str, &'static str, Span)>,
    extras: &mut Extras,
) {
    let span = entry.value.span;
    let ticked = entry.value.as_bool() == Some(true);
    if let Some((_, says)) = ATTRIBUTES.iter().find(|(key, _)| *key == &*entry.key).filter(|_| ticked) {
        match *says {
            Says::Yes(id) => {
                if let Some(id) = FactId::parse(id) {
                    part.state(id, Value::Bool(true), span);
                }
            }
            Says::Word(id, word) => {
                if let Some(id) = FactId::parse(id) {
                    match id.definition().ty {
                        FactType::Set(_) => part.state_set(id, &[word], span),
                        _ => drop(part.state_word(id, word, span)),
                    }
                }
            }
            Says::Technology(name) => {
                if technologies.iter().all(|known| &**known != name) {
                    technologies.push(name.into());
                }
            }
            Says::Stores(name, kind) => implied.push((true, name, kind, span)),
            Says::Handles(name, kind) => implied.push((false, name, kind, span)),
        }
        keep(extras, FORMAT, &entry.key, "true");
        return;
    }
    let text = entry.value.as_str().map(bare).unwrap_or_default();
    match &*entry.key {
        "type" => {
            if let Some(ours) = word(STORE, text).filter(|ours| technologies.iter().all(|known| &**known != *ours)) {
                technologies.push(ours.into());
            }
        }
        // pytm ticks it for every store that says nothing: only a store that is none says something.
        "isSQL" if ticked => {
            draft.log.left_out("isSQL", span, "pytm sets it on every store that does not deny it");
            return;
        }
        "isSQL" if entry.value.as_bool() == Some(false) => {
            keep(extras, FORMAT, "isSQL", "false");
            return;
        }
        "environment" => drop(part.state_word(fact::ENVIRONMENT, text, span)),
        _ => {}
    }
    remark(draft, extras, entry, "");
}

/// Data that nobody listed, though an attribute says that it is there.
fn implied_data(draft: &mut Draft, part: &mut Element, stored: bool, name: &str, kind: &str, span: Span) {
    let id = draft.unique_id(Space::Element(Domain::Data), &format!("{}-{name}", part.id));
    let mut data = Element::new(id, format!("{} of {}", name.replace('-', " "), part.name), span);
    data.state_set(fact::DATA_KINDS, &[kind], span);
    let fact = if stored { fact::STORES } else { fact::HANDLES };
    let mut all = part.references(fact).to_vec();
    all.push(narrow(draft.model.data.len()));
    part.state_references(fact, all, span);
    draft.model.data.push(data);
}

/// Data named by an element: one name, or a list of them.
fn named_data(draft: &mut Draft, said: Option<&Node>, by: &str) -> Vec<u32> {
    let nodes = match said.map(|node| &node.kind) {
        Some(Kind::Sequence(items)) => items.as_slice(),
        Some(Kind::Scalar(_)) => said.map(std::slice::from_ref).unwrap_or_default(),
        _ => &[],
    };
    let mut found = Vec::new();
    for node in nodes {
        // A whole object where a name is usual.
        let name = node.as_str().unwrap_or_else(|| text_at(node, "name"));
        if let Some(name) = (Text { text: name, span: node.span }).given()
            && let Some(index) = draft.resolve(Domain::Data, name, by)
            && !found.contains(&index)
        {
            found.push(index);
        }
    }
    found
}

/// Puts data where it says it is processed.
fn processed(draft: &mut Draft, raw: &raw::Document<'_>) {
    for said in items(raw.data.as_ref()) {
        let Some(data) = said.name.and_then(|name| draft.find(Domain::Data, name.text)) else { continue };
        for by in items(said.processed.as_ref()) {
            let what = format!("the data `{}`", short(draft.model.id(element(Domain::Data, data))));
            let Some(index) = draft.resolve(Domain::Component, *by, &what) else { continue };
            let Some(component) = draft.model.components.get_mut(index as usize) else { continue };
            let mut all = component.element.references(fact::HANDLES).to_vec();
            if !all.contains(&data) {
                all.push(data);
                component.element.state_references(fact::HANDLES, all, by.span);
            }
        }
    }
}

/// Reads the flows; returns the flow that each answer became a part of.
fn flows<'a>(draft: &mut Draft, raw: &raw::Document<'a>) -> FxHashMap<&'a str, u32> {
    let mut answers = Vec::new();
    for thing in items(raw.flows.as_ref()) {
        if thing.response_to.and_then(Text::given).is_some() {
            answers.push(thing);
        } else {
            flow(draft, thing);
        }
    }
    let mut answered = FxHashMap::default();
    for thing in answers {
        let asked = thing.response_to.and_then(|said| draft.find(Domain::Flow, said.text));
        let Some(index) = asked else {
            flow(draft, thing);
            continue;
        };
        let name = thing.name.map_or("", |name| name.text);
        let message =
            format!("answers are no flows of their own: `{}` is what the flow it answers brings back", short(name));
        draft.log.group(Diagnostic::note("import-inferred", thing.at.node.span, message));
        let by = format!("the flow `{}`", short(name));
        let brought = named_data(draft, thing.data, &by);
        let whole = text_of(thing.at.node);
        if let Some(asking) = draft.model.flows.get_mut(index as usize) {
            let mut all = asking.element.references(fact::RETURNS).to_vec();
            all.extend(brought);
            all.dedup();
            if !all.is_empty() {
                let span = thing.data.map_or(thing.at.node.span, |node| node.span);
                asking.element.state_references(fact::RETURNS, all, span);
            }
            let extras = &mut asking.element.extras;
            let answers = extras.iter().filter(|(key, _)| key.starts_with("pytm:answer")).count();
            let key = if answers == 0 { "answer".to_owned() } else { format!("answer.{}", answers + 1) };
            keep(extras, FORMAT, &key, whole);
        }
        answered.insert(name, index);
        assumed(draft, items(thing.assumptions.as_ref()).copied(), element(Domain::Flow, index));
    }
    answered
}

fn flow(draft: &mut Draft, thing: &raw::Thing<'_>) {
    let span = thing.at.node.span;
    let mut flow = by_name(draft, Domain::Flow, thing.name, span);
    common(draft, thing, &mut flow);
    let by = format!("the flow `{}`", short(&flow.id));
    let mut extras = Extras::new();
    keep_text(&mut extras, FORMAT, "class", thing.class);
    if let Some(protocol) = thing.protocol.and_then(Text::given) {
        match protocol_word(protocol.text) {
            Some(symbol) => flow.state(fact::PROTOCOL, Value::Symbol(symbol), protocol.span),
            None => draft.unmapped("protocol", protocol),
        }
        keep(&mut extras, FORMAT, "protocol", protocol.text);
    }
    let mut encryption = None;
    for entry in &thing.at.rest {
        let ticked = entry.value.as_bool() == Some(true);
        match &*entry.key {
            "tlsVersion" if !is_unset(&entry.value) => encryption = Some(("tls", entry.value.span)),
            "usesVPN" if ticked => encryption = encryption.or(Some(("vpn", entry.value.span))),
            "usesSessionTokens" if ticked => {
                flow.state_word(fact::AUTHENTICATION, "session", entry.value.span);
            }
            _ => {}
        }
        remark(draft, &mut extras, entry, "");
    }
    let control = |key: &str| thing.controls.and_then(|all| all.get(key)).filter(|node| node.as_bool() == Some(true));
    if let Some(node) = control("isEncrypted") {
        encryption = encryption.or(Some(("tls", node.span)));
    } else if let Some(node) = control("usesVPN") {
        encryption = encryption.or(Some(("vpn", node.span)));
    }
    if let Some((word, span)) = encryption {
        flow.state_word(fact::ENCRYPTION, word, span);
    }
    let carried = named_data(draft, thing.data, &by);
    if !carried.is_empty() {
        flow.state_references(fact::CARRIES, carried, thing.data.map_or(span, |node| node.span));
    }
    let source = end(draft, thing.source, "source", &flow, &by);
    let target = end(draft, thing.sink, "sink", &flow, &by);
    keep_text(&mut extras, FORMAT, "inBoundary", thing.boundary);
    keep_text(&mut extras, FORMAT, "responseTo", thing.response_to);
    flow.extras.extend(extras);
    let index = draft.model.flows.len();
    draft.register(Domain::Flow, thing.name, &flow.id, index);
    draft.model.flows.push(Flow { element: flow, source, target });
    assumed(draft, items(thing.assumptions.as_ref()).copied(), element(Domain::Flow, narrow(index)));
}

/// Assumptions: a text, or an object with a name, a description and the threats it excludes.
fn assumed<'n>(draft: &mut Draft, list: impl Iterator<Item = &'n Node>, about: ElementRef) {
    for node in list {
        let text = match (node.as_str(), text_at(node, "name"), text_at(node, "description")) {
            (Some(text), ..) => text.to_owned(),
            (None, name, "") => name.to_owned(),
            (None, name, description) => format!("{name}: {description}"),
        };
        let number = draft.model.assumptions.len() + 1;
        let id = format!("assumption-{number}");
        if node.as_str().is_none() {
            keep(&mut draft.model.system.extras, FORMAT, &id, text_of(node));
        }
        draft.model.assumptions.push(Assumption {
            id: id.into(),
            text: one_line(&text).into(),
            about: vec![about],
            owner: None,
            span: node.span,
        });
    }
}

fn findings(draft: &mut Draft, raw: &raw::Document<'_>, answered: &FxHashMap<&str, u32>) {
    let open = items(raw.findings.as_ref()).map(|finding| (finding, ""));
    for (said, status) in open.chain(items(raw.excluded.as_ref()).map(|finding| (finding, "excluded"))) {
        let span = said.at.node.span;
        let mut threat = blank_threat(span);
        let target = said.target.and_then(Text::given);
        let found = target.and_then(|target| {
            let answer = answered.get(target.text).map(|index| element(Domain::Flow, *index));
            let among = |domain| draft.find(domain, target.text).map(|index| element(domain, index));
            among(Domain::Component).or_else(|| among(Domain::Flow)).or(answer).or_else(|| among(Domain::Boundary))
        });
        if let (Some(target), None) = (target, found) {
            draft.missing(Domain::Component, target, "a finding");
            keep(&mut threat.extras, FORMAT, "target", target.text);
        }
        let at = found.map_or("unknown", |found| draft.model.id(found));
        let sid = said.threat.and_then(Text::given).map_or("finding", |id| id.text);
        let wanted = format!("{}@{at}", slug(sid, "finding"));
        threat.id = draft.unique_id(Space::Threat, &wanted);
        threat.elements.extend(found);
        threat.title = said.description.map_or_else(Box::default, |text| one_line(text.text).into());
        threat.severity = or_empty(said.severity);
        threat.status = status.into();
        keep_text(&mut threat.extras, FORMAT, "threat_id", said.threat);
        keep_text(&mut threat.extras, FORMAT, "references", said.references);
        keep_text(&mut threat.extras, FORMAT, "response", said.response);
        if let Some(references) = said.references {
            threat.cwe = weaknesses(references.text);
        }
        threat.description = or_empty(said.details);
        threat.mitigation = or_empty(said.mitigations);
        remarks(draft, &mut threat.extras, &said.at);
        draft.model.recorded_threats.push(threat);
    }
}

/// The CWE numbers that links name.
fn weaknesses(links: &str) -> Vec<u32> {
    let mut numbers = Vec::new();
    for link in links.split([',', ' ', '\n']).filter(|link| link.contains("cwe.mitre.org")) {
        let digits: String = link
            .rsplit_once("/definitions/")
            .map_or("", |(_, rest)| rest)
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if let Ok(number) = digits.parse()
            && !numbers.contains(&number)
        {
            numbers.push(number);
        }
    }
    numbers
}
