//! Threagile model files, version 1.0.0.
//!
//! Every word written is one that Threagile knows. It demands a value nearly everywhere: what the model does not say is
//! filled with the least surprising word, and a remark tells how often. Values without a like are losses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use vauban_model::finding::Treatment;
use vauban_model::model::{Element, ElementRef, Model, RecordedThreat};
use vauban_model::report::Report;
use vauban_model::scale::Stride;
use vauban_model::threagile::{self as words, Protection, Table, translate};
use vauban_model::vocabulary::{Domain, FactId, fact};

use super::{Aspect, Exported, Loss, yaml};

/// What a model file can hold.
pub(super) const CARRIES: &[Aspect] = &[
    Aspect::Components,
    Aspect::Flows,
    Aspect::FlowNames,
    Aspect::Boundaries,
    Aspect::NestedBoundaries,
    Aspect::Data,
    Aspect::Facts,
    Aspect::Descriptions,
    Aspect::Tags,
    Aspect::Scope,
    Aspect::Runtimes,
    Aspect::AbuseCases,
    Aspect::Notes,
    Aspect::RecordedThreats,
    Aspect::ThreatStates,
    Aspect::ThreatCategories,
    Aspect::ThreatTargets,
    Aspect::Decisions,
];

/// Whether a fact has a field.
pub(super) fn holds(id: FactId) -> bool {
    HELD.contains(&id)
}

const HELD: &[FactId] = &[
    fact::KIND,
    fact::TECHNOLOGY,
    fact::MACHINE,
    fact::ENCRYPTION_AT_REST,
    fact::USED_BY_PEOPLE,
    fact::MULTI_TENANT,
    fact::REDUNDANT,
    fact::CUSTOM_CODE,
    fact::INTERNET_FACING,
    fact::HANDLES,
    fact::STORES,
    fact::ACCEPTS,
    fact::CRITICALITY,
    fact::CLASSIFICATION,
    fact::INTEGRITY,
    fact::AVAILABILITY,
    fact::PROTOCOL,
    fact::ENCRYPTION,
    fact::AUTHENTICATION,
    fact::AUTHORISATION,
    fact::USAGE,
    fact::VOLUME,
    fact::IP_FILTERED,
    fact::READ_ONLY,
    fact::CARRIES,
    fact::RETURNS,
    fact::BOUNDARY_KIND,
];

/// The prefix of remarks that the reader of this format left.
const NATIVE: &str = "threagile:";

/// Writes the model.
pub(super) fn export(report: &Report<'_>) -> Exported {
    let writer = Writer::new(report);
    writer.document()
}

struct Writer<'a, 'r> {
    report: &'a Report<'r>,
    model: &'a Model,
    ids: BTreeMap<ElementRef, String>,
    /// Values filled in because Threagile demands them.
    filled: usize,
    /// Values without a like, by fact.
    lost: BTreeMap<&'static str, Vec<Box<str>>>,
    tags: BTreeSet<String>,
}

/// An id that Threagile accepts: letters, digits and hyphens.
fn plain_id(id: &str) -> String {
    let id: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let id = id.trim_matches('-');
    if id.is_empty() { "x".to_owned() } else { id.to_owned() }
}

/// A title as Threagile makes an id of it.
fn kebab(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars().take(120) {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { "link".to_owned() } else { out.to_owned() }
}

/// A key that is not taken yet.
fn unique(taken: &Map<String, Value>, wanted: &str, id: &str) -> String {
    let wanted = if wanted.trim().is_empty() { id } else { wanted };
    if !taken.contains_key(wanted) {
        return wanted.to_owned();
    }
    let named = format!("{wanted} ({id})");
    let mut key = named.clone();
    let mut number = 2;
    while taken.contains_key(&key) {
        key = format!("{named} {number}");
        number += 1;
    }
    key
}

fn remark<'m>(extras: &'m [(Box<str>, Box<str>)], key: &str) -> Option<&'m str> {
    extras.iter().find(|(known, _)| known.strip_prefix(NATIVE) == Some(key)).map(|(_, value)| &**value)
}

impl<'a, 'r> Writer<'a, 'r> {
    fn new(report: &'a Report<'r>) -> Self {
        let model = report.model;
        let mut ids = BTreeMap::new();
        for domain in [Domain::Component, Domain::Boundary, Domain::Data] {
            let mut taken = BTreeSet::new();
            for (element, entry) in model.elements(domain) {
                let wanted = plain_id(&entry.id);
                let mut id = wanted.clone();
                let mut number = 2;
                while !taken.insert(id.clone()) {
                    id = format!("{wanted}-{number}");
                    number += 1;
                }
                ids.insert(element, id);
            }
        }
        Writer { report, model, ids, filled: 0, lost: BTreeMap::new(), tags: BTreeSet::new() }
    }

    fn id(&self, domain: Domain, index: u32) -> String {
        self.ids.get(&ElementRef { domain, index }).cloned().unwrap_or_else(|| "x".to_owned())
    }

    fn listed(&self, element: &Element, id: FactId, domain: Domain) -> Vec<String> {
        element.references(id).iter().map(|index| self.id(domain, *index)).collect()
    }

    /// Threagile's word for a fact: the one it had, the first like of ours, else the one to fill in.
    fn word(
        &mut self,
        element: &Element,
        id: FactId,
        table: Table,
        key: &str,
        fill: &str,
        near: &[(&str, &str)],
    ) -> String {
        let Some(ours) = element.word(id) else {
            self.filled += 1;
            // A word that the reader could not place is put back.
            return remark(&element.extras, key)
                .filter(|word| table.iter().any(|(theirs, _)| theirs == word))
                .unwrap_or(fill)
                .to_owned();
        };
        let said = remark(&element.extras, key).filter(|word| translate(table, word) == Some(ours));
        // The last of several steps that stand for one of ours is the more careful one.
        let like = table.iter().rev().find(|(_, other)| *other == ours).map(|(theirs, _)| *theirs);
        match said.or(like) {
            Some(word) => word.to_lowercase().replace('_', "-"),
            None => {
                self.lost.entry(id.definition().key).or_default().push(element.id.clone());
                near.iter().find(|(word, _)| *word == ours).map_or(fill, |(_, theirs)| *theirs).to_owned()
            }
        }
    }

    /// A yes or no; nothing said counts as no, as in Threagile's own defaults.
    fn flag(&mut self, element: &Element, id: FactId) -> bool {
        let said = element.bool(id);
        self.filled += usize::from(said.is_none());
        said == Some(true)
    }

    fn tags_of(&mut self, tags: &[Box<str>]) -> Vec<String> {
        let mut out = Vec::new();
        for tag in tags {
            let tag = tag.trim().to_lowercase();
            if !tag.is_empty() && !out.contains(&tag) {
                self.tags.insert(tag.clone());
                out.push(tag);
            }
        }
        out
    }

    fn document(mut self) -> Exported {
        let model = self.model;
        let system = &model.system;
        let data = self.data_assets();
        let assets = self.technical_assets();
        let boundaries = self.boundaries();
        let runtimes = self.runtimes();
        let (risks, states) = self.risks();
        let tracking = self.tracking();
        let criticality =
            self.word(system, fact::CRITICALITY, words::CRITICALITY, "business_criticality", "important", &[]);
        let mut stories = Map::new();
        for case in &model.abuse_cases {
            stories.insert(unique(&stories, &case.name, &case.id), json!(case.text));
        }
        let notes = |kind: &str| {
            let mut out = Map::new();
            for (number, note) in model.notes.iter().enumerate().filter(|(_, note)| &*note.kind == kind) {
                out.insert(unique(&out, &note.title, &number.to_string()), json!(note.text));
            }
            out
        };
        let text = |kind: &str| {
            model.notes.iter().find(|note| &*note.kind == kind).map(|note| note.text.to_string()).unwrap_or_default()
        };
        if let Some(available) = remark(&system.extras, "tags_available") {
            self.tags.extend(available.split(", ").map(str::to_lowercase).filter(|tag| !tag.is_empty()));
        }
        let author = remark(&system.extras, "author").and_then(|text| serde_json::from_str::<Value>(text).ok());
        let owner = system.owner.as_deref().unwrap_or("unknown");
        let date = remark(&system.extras, "date").or(self.report.today).unwrap_or("2020-01-01");
        let mut document = json!({
            "threagile_version": "1.0.0",
            "title": system.name,
            "date": date,
            "author": author.filter(Value::is_object).unwrap_or_else(|| json!({ "name": owner, "homepage": "" })),
            "management_summary_comment": text("management-summary"),
            "business_criticality": criticality,
            "application_description": { "description": system.description, "images": [] },
            "business_overview": { "description": model.business_context, "images": [] },
            "technical_overview": { "description": text("technical-overview"), "images": [] },
            "questions": notes("question"),
            "abuse_cases": stories,
            "security_requirements": notes("security-requirement"),
            "tags_available": self.tags,
            "data_assets": data,
            "technical_assets": assets,
            "trust_boundaries": boundaries,
            "shared_runtimes": runtimes,
            "individual_risk_categories": risks,
            "risk_tracking": tracking,
        });
        if let Some(fields) = document.as_object_mut() {
            // Texts nobody wrote are left out rather than written empty.
            fields.retain(|key, value| !(key == "management_summary_comment" && value.as_str() == Some("")));
            for key in ["application_description", "business_overview", "technical_overview"] {
                let empty = fields.get(key).and_then(|it| it.get("description")).and_then(Value::as_str) == Some("");
                if empty {
                    fields.remove(key);
                }
            }
        }
        let mut out = Exported { bytes: yaml::document(&document).into_bytes(), ..Exported::default() };
        for (key, ids) in std::mem::take(&mut self.lost) {
            let count = ids.len();
            let what = format!("values without a like there: {key}");
            out.losses.push(Loss { what, count, examples: ids.into_iter().take(3).collect() });
        }
        let others: Vec<&str> = model
            .notes
            .iter()
            .filter(|note| {
                !matches!(
                    &*note.kind,
                    "question" | "security-requirement" | "management-summary" | "technical-overview"
                )
            })
            .map(|note| &*note.title)
            .collect();
        let loss = |what: &str, ids: Vec<Box<str>>| Loss {
            what: what.to_owned(),
            count: ids.len(),
            examples: ids.into_iter().take(3).collect(),
        };
        if !others.is_empty() {
            out.losses.push(loss("notes of other kinds", others.into_iter().map(Into::into).collect()));
        }
        if !states.is_empty() {
            out.losses.push(loss("states of recorded threats", states));
        }
        let changed: Vec<Box<str>> = model
            .flows
            .iter()
            .enumerate()
            .filter(|(index, flow)| self.link_id(*index) != *flow.element.id)
            .map(|(_, flow)| flow.element.id.clone())
            .collect();
        if !changed.is_empty() {
            out.losses.push(loss("ids of data flows, which Threagile makes from their names", changed));
        }
        if self.filled > 0 {
            out.remarks.push(format!(
                "{} values that Threagile demands are not in the model and were filled with its usual ones",
                self.filled
            ));
        }
        if document.get("risk_tracking").and_then(Value::as_object).is_some_and(|it| !it.is_empty()) {
            out.remarks.push(
                "decisions are written for Threagile's rules of the same meaning; run it with \
                 `--ignore-orphaned-risk-tracking`, as its rules may not find each of them"
                    .to_owned(),
            );
        }
        out
    }

    fn data_assets(&mut self) -> Map<String, Value> {
        let mut out = Map::new();
        for (element, data) in self.model.elements(Domain::Data) {
            let id = self.id(Domain::Data, element.index);
            let mut entry = json!({
                "id": id,
                "description": data.description,
                "usage": self.word(data, fact::USAGE, words::USAGE, "usage", "business", &[]),
                "tags": self.tags_of(&data.tags),
                "origin": remark(&data.extras, "origin").unwrap_or_default(),
                "owner": data.owner.as_deref().unwrap_or_default(),
                "quantity": self.word(data, fact::VOLUME, words::QUANTITY, "quantity", "many", &[]),
                "confidentiality":
                    self.word(data, fact::CLASSIFICATION, words::CONFIDENTIALITY, "confidentiality", "internal", &[]),
                "integrity": self.word(data, fact::INTEGRITY, words::CRITICALITY, "integrity", "operational", &[]),
                "availability":
                    self.word(data, fact::AVAILABILITY, words::CRITICALITY, "availability", "operational", &[]),
                "justification_cia_rating": remark(&data.extras, "justification_cia_rating").unwrap_or_default(),
            });
            blank(&mut entry, &["origin", "justification_cia_rating"]);
            out.insert(unique(&out, &data.name, &id), entry);
        }
        out
    }

    fn technologies(&mut self, component: &Element) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let said: Vec<&str> =
            remark(&component.extras, "technology").map(|it| it.split(", ").collect()).unwrap_or_default();
        let mut lost = false;
        for name in component.words(fact::TECHNOLOGY) {
            let own = said.iter().copied().find(|word| translate(words::TECHNOLOGY, word) == Some(name));
            let likes = words::TECHNOLOGY.iter().filter(|(theirs, ours)| **ours == **name && KNOWN.contains(theirs));
            let like = own.filter(|word| KNOWN.contains(word)).or_else(|| likes.map(|(theirs, _)| *theirs).next());
            match like {
                Some(like) if out.iter().all(|known| known != like) => out.push(like.to_owned()),
                Some(_) => {}
                None => lost = true,
            }
        }
        if lost {
            self.lost.entry(fact::TECHNOLOGY.definition().key).or_default().push(component.id.clone());
        }
        if out.is_empty() {
            let people = component.bool(fact::USED_BY_PEOPLE) == Some(true);
            let word = match component.word(fact::KIND) {
                Some("data-store") => "database",
                Some("external-entity") if people => "client-system",
                _ => "unknown-technology",
            };
            // Better no word than one the model contradicts: a guess stands only for a name that has no like.
            out.push(if lost { word } else { "unknown-technology" }.to_owned());
        }
        out
    }

    fn technical_assets(&mut self) -> Map<String, Value> {
        let mut out = Map::new();
        for (element, component) in self.model.elements(Domain::Component) {
            let id = self.id(Domain::Component, element.index);
            let kind = self.report.analysis.kinds.get(element.at()).copied().flatten();
            let kind = kind.and_then(|kind| Some(vauban_model::model::enumeration_of(fact::KIND)?.word(kind)));
            let fill = match kind {
                Some("data-store") => "datastore",
                Some("external-entity") => "external-entity",
                _ => "process",
            };
            let formats: Vec<&str> = component
                .symbols(fact::ACCEPTS)
                .iter()
                .filter_map(|symbol| {
                    let ours = vauban_model::model::enumeration_of(fact::ACCEPTS)?.word(*symbol);
                    words::DATA_FORMAT.iter().find(|(_, other)| *other == ours).map(|(theirs, _)| *theirs)
                })
                .collect();
            if formats.len() < component.symbols(fact::ACCEPTS).len() {
                self.lost.entry(fact::ACCEPTS.definition().key).or_default().push(component.id.clone());
            }
            let encryption = [("service-key", "transparent"), ("customer-key", "transparent")];
            let mut entry = json!({
                "id": id,
                "description": component.description,
                "type": self.word(component, fact::KIND, words::KIND, "type", fill, &[]),
                "usage": remark(&component.extras, "usage").filter(|it| matches!(*it, "business" | "devops")).unwrap_or("business"),
                "used_as_client_by_human": self.flag(component, fact::USED_BY_PEOPLE),
                "out_of_scope": component.out_of_scope.is_some(),
                "justification_out_of_scope": component.out_of_scope.as_ref().map(|it| it.reason.to_string()).unwrap_or_default(),
                "size": remark(&component.extras, "size").filter(|it| SIZES.contains(it)).unwrap_or("component"),
                "technologies": self.technologies(component),
                "tags": self.tags_of(&component.tags),
                "internet": self.flag(component, fact::INTERNET_FACING),
                "machine": self.word(component, fact::MACHINE, words::MACHINE, "machine", "virtual", &[]),
                "encryption":
                    self.word(component, fact::ENCRYPTION_AT_REST, words::ENCRYPTION, "encryption", "none", &encryption),
                "owner": component.owner.as_deref().unwrap_or_default(),
                "confidentiality":
                    self.word(component, fact::CLASSIFICATION, words::CONFIDENTIALITY, "confidentiality", "internal", &[]),
                "integrity":
                    self.word(component, fact::INTEGRITY, words::CRITICALITY, "integrity", "operational", &[]),
                "availability":
                    self.word(component, fact::CRITICALITY, words::CRITICALITY, "availability", "operational", &[]),
                "justification_cia_rating": remark(&component.extras, "justification_cia_rating").unwrap_or_default(),
                "multi_tenant": self.flag(component, fact::MULTI_TENANT),
                "redundant": self.flag(component, fact::REDUNDANT),
                "custom_developed_parts": self.flag(component, fact::CUSTOM_CODE),
                "data_assets_processed": self.listed(component, fact::HANDLES, Domain::Data),
                "data_assets_stored": self.listed(component, fact::STORES, Domain::Data),
                "data_formats_accepted": formats,
                "communication_links": self.links(element.index),
            });
            blank(&mut entry, &["justification_cia_rating", "justification_out_of_scope"]);
            out.insert(unique(&out, &component.name, &id), entry);
        }
        out
    }

    /// The titles of the links of a component, each once.
    fn titles(&self, source: u32) -> Vec<(usize, String)> {
        let mut out: Vec<(usize, String)> = Vec::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for (index, flow) in self.model.flows.iter().enumerate().filter(|(_, flow)| flow.source == source) {
            let target = self.model.name(ElementRef { domain: Domain::Component, index: flow.target });
            let name = flow.element.name.trim();
            let name = if name.is_empty() { format!("To {target}") } else { name.to_owned() };
            let mut title = name.clone();
            let mut number = 2;
            // Threagile makes ids of titles, so titles must differ in more than their signs.
            while !taken.insert(kebab(&title)) {
                title = format!("{name} {number}");
                number += 1;
            }
            out.push((index, title));
        }
        out
    }

    /// The id that Threagile gives the link of a flow.
    fn link_id(&self, index: usize) -> String {
        let Some(flow) = self.model.flows.get(index) else { return String::new() };
        let titles = self.titles(flow.source);
        let title = titles.iter().find(|(at, _)| *at == index).map_or("", |(_, title)| title);
        format!("{}>{}", self.id(Domain::Component, flow.source), kebab(title))
    }

    fn links(&mut self, source: u32) -> Map<String, Value> {
        let mut out = Map::new();
        for (index, title) in self.titles(source) {
            let Some(flow) = self.model.flows.get(index) else { continue };
            let entry = &flow.element;
            let (protocol, vpn) = self.protocol(entry);
            let authentication = [("api-key", "token"), ("signature", "token"), ("network-location", "none")];
            let authorisation = [
                ("role-based", "end-user-identity-propagation"),
                ("attribute-based", "end-user-identity-propagation"),
                ("resource-based", "end-user-identity-propagation"),
            ];
            let link = json!({
                "target": self.id(Domain::Component, flow.target),
                "description": entry.description,
                "protocol": protocol,
                "authentication":
                    self.word(entry, fact::AUTHENTICATION, words::AUTHENTICATION, "authentication", "none", &authentication),
                "authorization":
                    self.word(entry, fact::AUTHORISATION, words::AUTHORISATION, "authorization", "none", &authorisation),
                "tags": self.tags_of(&entry.tags),
                "vpn": vpn,
                "ip_filtered": self.flag(entry, fact::IP_FILTERED),
                "readonly": self.flag(entry, fact::READ_ONLY),
                "usage": self.word(entry, fact::USAGE, words::USAGE, "usage", "business", &[("read", "business"), ("write", "business")]),
                "data_assets_sent": self.listed(entry, fact::CARRIES, Domain::Data),
                "data_assets_received": self.listed(entry, fact::RETURNS, Domain::Data),
            });
            out.insert(title, link);
        }
        out
    }

    /// Threagile's protocol, and whether a tunnel is around it.
    fn protocol(&mut self, flow: &Element) -> (String, bool) {
        let encryption = flow.word(fact::ENCRYPTION);
        let vpn = encryption == Some("vpn") || remark(&flow.extras, "vpn") == Some("true");
        let Some(ours) = flow.word(fact::PROTOCOL) else {
            self.filled += 1;
            return ("unknown-protocol".to_owned(), vpn);
        };
        let wrapped = matches!(encryption, Some("tls" | "mutual-tls" | "message"));
        let own = remark(&flow.extras, "protocol").map(|word| word.to_lowercase().replace('_', "-"));
        let fits = |(theirs, other, protection): &&(&str, &str, Protection)| {
            *other == ours
                && (*protection == Protection::Tls) == (wrapped && has_tls(other))
                && own.as_deref().is_none_or(|own| own == *theirs)
        };
        let any = |(_, other, _): &&(&str, &str, Protection)| *other == ours;
        if let Some((theirs, ..)) = words::PROTOCOL.iter().find(fits).or_else(|| words::PROTOCOL.iter().find(any)) {
            return ((*theirs).to_owned(), vpn);
        }
        self.lost.entry(fact::PROTOCOL.definition().key).or_default().push(flow.id.clone());
        let near = NEAR_PROTOCOLS.iter().find(|(word, _)| *word == ours).map(|(_, theirs)| *theirs);
        let fallback = if wrapped || ours.ends_with("-tls") { "binary-encrypted" } else { "binary" };
        (near.unwrap_or(fallback).to_owned(), vpn)
    }

    fn boundaries(&mut self) -> Map<String, Value> {
        let mut out = Map::new();
        for (element, boundary) in self.model.elements(Domain::Boundary) {
            let id = self.id(Domain::Boundary, element.index);
            let inside: Vec<String> = (0u32..)
                .zip(&self.model.components)
                .filter(|(_, component)| component.boundary == Some(element.index))
                .map(|(index, _)| self.id(Domain::Component, index))
                .collect();
            let nested: Vec<String> = (0u32..)
                .zip(&self.model.boundaries)
                .filter(|(index, inner)| inner.parent == Some(element.index) && *index != element.index)
                .map(|(index, _)| self.id(Domain::Boundary, index))
                .collect();
            let entry = json!({
                "id": id,
                "description": boundary.description,
                "type": self.word(boundary, fact::BOUNDARY_KIND, words::BOUNDARY, "type", "network-on-prem", NEAR_BOUNDARIES),
                "tags": self.tags_of(&boundary.tags),
                "technical_assets_inside": inside,
                "trust_boundaries_nested": nested,
            });
            out.insert(unique(&out, &boundary.name, &id), entry);
        }
        out
    }

    fn runtimes(&mut self) -> Map<String, Value> {
        let mut out = Map::new();
        for runtime in &self.model.runtimes {
            let running: Vec<String> =
                runtime.components.iter().map(|index| self.id(Domain::Component, *index)).collect();
            let entry = json!({
                "id": plain_id(&runtime.id),
                "description": runtime.description,
                "tags": self.tags_of(&runtime.tags),
                "technical_assets_running": running,
            });
            out.insert(unique(&out, &runtime.name, &runtime.id), entry);
        }
        out
    }

    /// Recorded threats as risks found by hand; and the ids of those whose state has no place.
    fn risks(&mut self) -> (Map<String, Value>, Vec<Box<str>>) {
        let mut out: Map<String, Value> = Map::new();
        let mut by_id: BTreeMap<String, String> = BTreeMap::new();
        let mut states = Vec::new();
        for threat in &self.model.recorded_threats {
            if !threat.status.is_empty() && !is_tracked(threat) {
                states.push(threat.id.clone());
            }
            let id = plain_id(threat.id.split('@').next().unwrap_or_default());
            let title = remark(&threat.extras, "category.title").unwrap_or(&threat.title);
            let risk = self.risk(threat);
            let key = by_id.get(&id).cloned();
            let key = match key {
                Some(key) => key,
                None => {
                    let key = unique(&out, title, &id);
                    out.insert(key.clone(), category(threat, &id));
                    by_id.insert(id, key.clone());
                    key
                }
            };
            let risks = out.get_mut(&key).and_then(|it| it.get_mut("risks_identified")).and_then(Value::as_object_mut);
            if let Some(risks) = risks {
                risks.insert(unique(risks, &threat.title, &threat.id), risk);
            }
        }
        (out, states)
    }

    fn risk(&self, threat: &RecordedThreat) -> Value {
        let one = |key: &str, known: &[&'static str], fill: &'static str| {
            let said = remark(&threat.extras, key).and_then(|said| known.iter().find(|word| **word == said));
            said.copied().unwrap_or(fill)
        };
        let severity = match threat.severity.to_lowercase().as_str() {
            "low" => "low",
            "elevated" => "elevated",
            "high" => "high",
            "critical" => "critical",
            _ => "medium",
        };
        let mut out = json!({
            "severity": severity,
            "exploitation_likelihood":
                one("exploitation_likelihood", &["unlikely", "likely", "very-likely", "frequent"], "likely"),
            "exploitation_impact": one("exploitation_impact", &["low", "medium", "high", "very-high"], "medium"),
            "data_breach_probability":
                one("data_breach_probability", &["improbable", "possible", "probable"], "possible"),
            "data_breach_technical_assets": remark(&threat.extras, "data_breach_technical_assets")
                .map(|ids| ids.split(", ").map(str::to_owned).collect::<Vec<_>>())
                .unwrap_or_default(),
        });
        if let Some(fields) = out.as_object_mut() {
            for element in &threat.elements {
                let (key, id) = match element.domain {
                    Domain::Component => ("most_relevant_technical_asset", self.id(Domain::Component, element.index)),
                    Domain::Flow => ("most_relevant_communication_link", self.link_id(element.at())),
                    Domain::Boundary => ("most_relevant_trust_boundary", self.id(Domain::Boundary, element.index)),
                    Domain::Data => ("most_relevant_data_asset", self.id(Domain::Data, element.index)),
                    Domain::System | Domain::Identity => continue,
                };
                fields.entry(key).or_insert_with(|| json!(id));
            }
            if let Some(runtime) = remark(&threat.extras, "most_relevant_shared_runtime") {
                fields.insert("most_relevant_shared_runtime".to_owned(), json!(runtime));
            }
        }
        out
    }

    /// Decisions on findings for which Threagile has a rule.
    fn tracking(&mut self) -> Map<String, Value> {
        let mut out = Map::new();
        for threat in self.model.recorded_threats.iter().filter(|threat| is_tracked(threat)) {
            let said = |key: &str| remark(&threat.extras, key).unwrap_or_default().to_owned();
            let date = said("tracking.date");
            let entry = json!({
                "status": threat.status,
                "justification": said("tracking.justification"),
                "ticket": said("tracking.ticket"),
                "date": if date.is_empty() { self.report.today.unwrap_or("2020-01-01").to_owned() } else { date },
                "checked_by": said("tracking.checked_by"),
            });
            out.insert(threat.id.to_string(), entry);
        }
        for finding in &self.report.analysis.findings {
            let Some(decision) = finding.decision.and_then(|index| self.report.decisions.get(index as usize)) else {
                continue;
            };
            let status = match decision.treatment {
                Treatment::Mitigate => "in-progress",
                Treatment::Accept => "accepted",
                Treatment::FalsePositive => "false-positive",
                // Somebody else carries it, or its cause goes away: nothing is left to do here.
                Treatment::Transfer | Treatment::Avoid => "mitigated",
            };
            let aliases = self.report.threats.get(finding.threat as usize).map(|it| it.aliases.as_slice());
            for rule in aliases.unwrap_or_default().iter().filter_map(|alias| alias.strip_prefix(NATIVE)) {
                let Some(element) = finding.elements.first() else { continue };
                let place = match element.domain {
                    Domain::Flow => self.link_id(element.at()),
                    domain => self.id(domain, element.index),
                };
                let date = decision.decided.as_deref().or(self.report.today).unwrap_or("2020-01-01");
                let by = if decision.approver.is_empty() { &decision.owner } else { &decision.approver };
                let entry = json!({
                    "status": status,
                    "justification": decision.reason,
                    "ticket": decision.ticket.as_deref().unwrap_or_default(),
                    "date": date,
                    "checked_by": by,
                });
                out.entry(format!("{rule}@{place}")).or_insert(entry);
            }
        }
        out
    }
}

/// Whether the state of a recorded threat is one of Threagile's, on a risk that was read from a model of Threagile: its
/// id is the one that Threagile computes.
fn is_tracked(threat: &RecordedThreat) -> bool {
    const STATES: [&str; 6] = ["unchecked", "in-discussion", "accepted", "in-progress", "mitigated", "false-positive"];
    STATES.contains(&&*threat.status) && threat.extras.iter().any(|(key, _)| key.starts_with(NATIVE))
}

fn has_tls(protocol: &str) -> bool {
    words::PROTOCOL.iter().any(|(_, other, protection)| *other == protocol && *protection == Protection::Tls)
}

/// Takes out texts that are empty.
fn blank(entry: &mut Value, keys: &[&str]) {
    if let Some(fields) = entry.as_object_mut() {
        fields.retain(|key, value| !keys.contains(&key.as_str()) || value.as_str() != Some(""));
    }
}

fn category(threat: &RecordedThreat, id: &str) -> Value {
    let said = |key: &str| remark(&threat.extras, key).unwrap_or_default().to_owned();
    let letter = threat.categories.first().map_or("", |category| &**category);
    let named = letter.to_lowercase().replace(' ', "-");
    let stride = Stride::ALL.into_iter().map(|it| (it.letter(), it.name().to_lowercase().replace(' ', "-")));
    let stride = stride.into_iter().find(|(short, long)| *short == letter || *long == named).map(|(_, long)| long);
    let function = said("function");
    let function = if matches!(function.as_str(), "business-side" | "architecture" | "development" | "operations") {
        function
    } else {
        "development".to_owned()
    };
    json!({
        "id": id,
        "description": threat.description,
        "impact": said("impact"),
        "asvs": said("asvs"),
        "cheat_sheet": said("cheat_sheet"),
        "action": said("action"),
        "mitigation": threat.mitigation,
        "check": said("check"),
        "function": function,
        "stride": stride.unwrap_or_else(|| "tampering".to_owned()),
        "detection_logic": said("detection_logic"),
        "risk_assessment": said("risk_assessment"),
        "false_positives": said("false_positives"),
        "model_failure_possible_reason": said("model_failure_possible_reason") == "true",
        "cwe": threat.cwe.first().copied().unwrap_or(0),
        "risks_identified": {},
    })
}

const SIZES: &[&str] = &["system", "service", "application", "component"];

/// Kinds of boundary without a like, and what is nearest.
const NEAR_BOUNDARIES: &[(&str, &str)] = &[
    ("cloud-account", "network-cloud-provider"),
    ("cluster", "execution-environment"),
    ("host", "execution-environment"),
    ("process", "execution-environment"),
    ("tenant", "network-policy-namespace-isolation"),
];

/// Protocols without a like, and what is nearest.
const NEAR_PROTOCOLS: &[(&str, &str)] = &[
    ("http2", "http"),
    ("http3", "https"),
    ("graphql", "https"),
    ("soap", "http"),
    ("grpc-tls", "https"),
    ("webhook", "https"),
    ("cloud-api", "https"),
    ("kubernetes-api", "https"),
    ("oidc", "https"),
    ("saml", "https"),
    ("scim", "https"),
    ("git", "ssh"),
    ("syslog", "text"),
    ("syslog-tls", "text-encrypted"),
    ("telnet", "text"),
    ("dns", "text"),
];

/// Technologies that version 1.0 takes; the others among our reader's words are aliases.
const KNOWN: &[&str] = &[
    "client-system",
    "browser",
    "desktop",
    "mobile-app",
    "devops-client",
    "web-server",
    "web-application",
    "application-server",
    "database",
    "file-server",
    "local-file-system",
    "erp",
    "cms",
    "web-service-rest",
    "web-service-soap",
    "ejb",
    "search-index",
    "search-engine",
    "service-registry",
    "reverse-proxy",
    "load-balancer",
    "build-pipeline",
    "sourcecode-repository",
    "artifact-registry",
    "code-inspection-platform",
    "monitoring",
    "ldap-server",
    "container-platform",
    "batch-processing",
    "event-listener",
    "identity-provider",
    "identity-store-ldap",
    "identity-store-database",
    "tool",
    "cli",
    "task",
    "function",
    "gateway",
    "iot-device",
    "message-queue",
    "stream-processing",
    "service-mesh",
    "data-lake",
    "report-engine",
    "ai",
    "mail-server",
    "vault",
    "hsm",
    "waf",
    "ids",
    "ips",
    "scheduler",
    "mainframe",
    "block-storage",
    "library",
];
