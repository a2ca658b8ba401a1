//! Models for the OWASP Threat Model Library, schema 1.0.2.
//!
//! The schema asks for much that a model need not say; what is not known gets the mildest word, and a remark of the
//! export names it. What was read from the format goes back as it was.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use vauban_model::finding::{Finding, Status};
use vauban_model::model::{Element, ElementRef, Model, RecordedThreat};
use vauban_model::report::Report;
use vauban_model::scale::Level;
use vauban_model::vocabulary::{Domain, FactId, fact};

use super::listed::{Present, Symbols, controls, counted, finish, foreign, json_or_text, loss, number, remark, whole};
use super::{Aspect, Exported, Format, Original, filled};
use crate::digest::recorded_state;
use vauban_model::recorded::Recorded;

/// What the format can hold.
pub(super) const CARRIES: &[Aspect] = &[
    Aspect::Components,
    Aspect::Parts,
    Aspect::Flows,
    Aspect::FlowNames,
    Aspect::Boundaries,
    Aspect::Data,
    Aspect::Facts,
    Aspect::Controls,
    Aspect::Descriptions,
    Aspect::Assumptions,
    Aspect::Notes,
    Aspect::RecordedThreats,
    Aspect::ThreatStates,
    Aspect::ThreatSeverities,
    Aspect::ThreatCategories,
    Aspect::ThreatTargets,
    Aspect::Findings,
    Aspect::Extras,
];

const NAME: &str = "tm-library";
/// Our extension of the format, named as its schema asks.
const BESIDE: &str = "vauban.example/threats";
/// Where things stand that are in no zone: the schema wants one for everything.
const NO_ZONE: &str = "no-trust-zone";
/// Who does what nobody is named for.
const ANYBODY: &str = "anybody";

/// Which facts have a place.
pub(super) fn holds(id: FactId) -> bool {
    [
        fact::KIND,
        fact::CRITICALITY,
        fact::USED_BY_PEOPLE,
        fact::STORES,
        fact::DATA_KINDS,
        fact::ENCRYPTION,
        fact::AUTHENTICATION,
        fact::AUTHORISATION,
    ]
    .contains(&id)
}

const SENSITIVITY: &[(&str, &str)] = &[
    ("personal", "pii"),
    ("health", "phi"),
    ("financial", "fin"),
    ("intellectual-property", "ip"),
    ("credentials", "cred"),
    ("secret", "cred"),
    ("session", "cred"),
    ("key-material", "cred"),
    ("payment-card", "pci"),
];
const AUTHENTICATION: &[(&str, &str)] = &[
    ("none", "none"),
    ("credentials", "password"),
    ("api-key", "token"),
    ("session", "token"),
    ("token", "token"),
    ("client-certificate", "public_key"),
    ("signature", "public_key"),
    ("multi-factor", "otp"),
    ("federated", "sso"),
];
const ACCESS: &[(&str, &str)] =
    &[("none", "none"), ("role-based", "rbac"), ("attribute-based", "abac"), ("resource-based", "acl")];
const STORES: &[(&str, &[&str])] = &[
    (
        "object",
        &["object-storage", "file-storage", "s3", "azure-blob-storage", "google-cloud-storage", "minio", "storage"],
    ),
    ("graph", &["graph-database", "neo4j", "neptune"]),
    ("time_series", &["time-series-database", "influxdb", "timescaledb", "timestream"]),
    ("key_value", &["cache", "redis", "memcached", "dynamodb", "etcd", "secrets-vault", "vault", "elasticache"]),
    ("document", &["nosql-database", "mongodb", "cosmos-db", "documentdb", "firestore", "couchdb", "search-engine"]),
];

fn word(table: &[(&str, &'static str)], ours: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == ours).map(|(_, theirs)| *theirs)
}

/// Writes a model.
pub(super) fn export(report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    let model = report.model;
    let mut writer = Writer::new(model);
    let mut out = Map::new();
    writer.head(&mut out);
    let zones = writer.zones();
    let boundaries = writer.boundaries();
    let (actors, components, stores) = writer.parts(report);
    out.insert("trust_zones".to_owned(), zones);
    out.insert("trust_boundaries".to_owned(), boundaries);
    out.insert("actors".to_owned(), Value::Array(actors));
    out.insert("components".to_owned(), Value::Array(components));
    out.insert("data_stores".to_owned(), Value::Array(stores));
    out.insert("data_sets".to_owned(), writer.data());
    out.insert("data_flows".to_owned(), writer.flows(report));
    out.insert("assumptions".to_owned(), writer.assumptions());
    let (threats, names) = writer.threats(report);
    let personas = writer.personas();
    out.insert("threat_personas".to_owned(), personas);
    out.insert("threats".to_owned(), Value::Array(threats));
    out.insert("controls".to_owned(), writer.controls(report, &names));
    out.insert("risks".to_owned(), writer.risks(report, &names));
    let kept = remark(&model.system.extras, NAME, "extensions").map(json_or_text);
    let mut extensions = match kept {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    extensions.remove(BESIDE);
    let beside = beside(report, &names);
    if !beside.is_empty() {
        extensions.insert(BESIDE.to_owned(), Value::Object(beside));
    }
    if !extensions.is_empty() {
        out.insert("extensions".to_owned(), Value::Object(extensions));
    }
    let losses = counted(Format::ThreatModelLibrary, report, original.is_some());
    let notes = loss("notes", writer.unwritten);
    let unsaid = writer.unsaid_stores;
    let mut exported = finish(&Value::Object(out), losses, [foreign(model, NAME), notes]);
    if writer.no_zone {
        exported
            .remarks
            .push(format!("the schema wants a trust zone for everything: what is in none stands in `{NO_ZONE}`"));
    }
    exported.remarks.extend(filled::told(Format::ThreatModelLibrary, report));
    if let Some(first) = unsaid.first() {
        let which =
            if unsaid.len() > 1 { format!("`{first}` and {} more", unsaid.len() - 1) } else { format!("`{first}`") };
        exported
            .remarks
            .push(format!("the schema wants a kind for every data store: {which} got `sql`, which nobody said"));
    }
    exported
}

/// What the schema has no word for: states, severities and categories of threats, by their symbolic names.
fn beside(report: &Report<'_>, names: &BTreeMap<Box<str>, String>) -> Map<String, Value> {
    let mut symbols = Symbols::default();
    let mut out = Map::new();
    for threat in &report.model.recorded_threats {
        let name = symbols.make(&threat.id, "threat");
        let mut said = Map::new();
        let ours = threat.extras.iter().any(|(key, _)| key.starts_with("tm-library:"));
        // What a risk of the file says is said again by that risk.
        for (key, text) in [("status", &threat.status), ("severity", &threat.severity)] {
            let said_again = ours && key == "severity";
            if !text.is_empty() && !said_again {
                said.insert(key.to_owned(), Value::from(&**text));
            }
        }
        if !threat.categories.is_empty() {
            said.insert("categories".to_owned(), json!(threat.categories));
        }
        if !said.is_empty() {
            out.insert(name, Value::Object(said));
        }
    }
    for finding in report.analysis.findings.iter().filter(|finding| finding.status != Status::Open) {
        if let Some(name) = names.get(&finding.id).filter(|name| !out.contains_key(*name)) {
            out.insert(name.clone(), json!({ "status": finding.status.as_str() }));
        }
    }
    out
}

/// Methods of authentication and of access that flows between two zones use.
type Asked<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);

struct Writer<'m> {
    model: &'m Model,
    /// The symbolic name of each element.
    names: BTreeMap<ElementRef, String>,
    no_zone: bool,
    anybody: bool,
    unwritten: Vec<Box<str>>,
    /// Stores of which nobody says what kind they are of; the schema wants one.
    unsaid_stores: Vec<Box<str>>,
}

impl<'m> Writer<'m> {
    fn new(model: &'m Model) -> Self {
        let mut names = BTreeMap::new();
        for domain in [Domain::Component, Domain::Boundary, Domain::Data, Domain::Flow] {
            // Names are unique within a kind.
            let mut symbols = Symbols::default();
            for (reference, element) in model.elements(domain) {
                names.insert(reference, symbols.make(&element.id, domain.as_str()));
            }
        }
        const WRITTEN: [&str; 5] = ["diagram", "persona", "control", "mitigation", "risk"];
        let unwritten =
            model.notes.iter().filter(|note| !WRITTEN.contains(&&*note.kind)).map(|note| note.title.clone()).collect();
        let no_zone = model
            .components
            .iter()
            .any(|part| part.boundary.is_none() && remark(&part.element.extras, NAME, "trust_zone").is_none());
        Writer { model, names, no_zone, anybody: false, unwritten, unsaid_stores: Vec::new() }
    }

    fn name(&self, domain: Domain, index: u32) -> &str {
        self.names.get(&ElementRef { domain, index }).map_or("unknown", String::as_str)
    }

    /// Names of elements, each once.
    fn affected(&self, elements: &[ElementRef]) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let all = elements.iter().filter_map(|it| self.names.get(it)).map(String::as_str);
        all.filter(|name| seen.insert(*name)).collect()
    }

    /// The keys that everything has.
    fn base(&self, reference: ElementRef, element: &Element) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("symbolic_name".to_owned(), Value::from(self.name(reference.domain, reference.index)));
        out.insert("title".to_owned(), Value::from(&*element.name));
        out.insert("description".to_owned(), Value::from(&*element.description));
        out
    }

    fn head(&self, out: &mut Map<String, Value>) {
        let system = &self.model.system;
        let kept = |key: &str| remark(&system.extras, NAME, key);
        const SCHEMA: &str =
            "https://github.com/OWASP/www-project-threat-model-library/blob/v1.0.2/threat-model.schema.json";
        out.insert("$schema".to_owned(), Value::from(SCHEMA));
        let is_version = |text: &&str| {
            text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        out.insert("version".to_owned(), Value::from(kept("version").filter(is_version).unwrap_or("1.0")));
        let criticality = kept("business_criticality")
            .filter(|word| ["minimal", "low", "moderate", "high", "maximal"].contains(word))
            .or_else(|| {
                word(
                    &[("low", "low"), ("medium", "moderate"), ("high", "high"), ("critical", "maximal")],
                    system.word(fact::CRITICALITY)?,
                )
            });
        let exposed = self.model.components.iter().any(|part| part.element.bool(fact::INTERNET_FACING) == Some(true));
        let exposure = kept("exposure").filter(|word| ["internal", "external"].contains(word));
        let tier = kept("tier")
            .filter(|it| ["mission_critical", "business_critical", "important", "non_critical"].contains(it));
        let tier = tier.unwrap_or(match criticality {
            Some("maximal") => "mission_critical",
            Some("high") => "business_critical",
            Some("minimal" | "low") => "non_critical",
            _ => "important",
        });
        let all: BTreeSet<&str> = self.model.data.iter().flat_map(sensitivity).collect();
        let mut sensitivity: Vec<&str> = all.into_iter().collect();
        if let Some(list) = kept("data_sensitivity") {
            sensitivity = list.split(", ").filter(|word| is_sensitivity(word)).collect();
        }
        out.insert(
            "scope".to_owned(),
            json!({
                "title": &*system.name,
                "description": &*system.description,
                "business_criticality": criticality.unwrap_or("moderate"),
                "data_sensitivity": sensitivity,
                "exposure": exposure.unwrap_or(if exposed { "external" } else { "internal" }),
                "tier": tier,
            }),
        );
        out.insert("description".to_owned(), Value::from(&*self.model.business_context));
        if let Some(frozen) = kept("frozen") {
            out.insert("frozen".to_owned(), Value::from(frozen == "true"));
        }
        for key in ["released_at", "product_release_date", "release_docs_link", "reviewed_at", "repo_link"] {
            if let Some(text) = kept(key) {
                out.insert(key.to_owned(), Value::from(text));
            }
        }
        let diagrams = whole(self.model, NAME, "diagram").into_iter().map(|(_, mut object)| {
            object.retain(|key, value| {
                ["title", "description", "link", "type", "source"].contains(&key.as_str()) && value.is_string()
            });
            object
        });
        let wanted = ["title", "type", "source"];
        let diagrams: Vec<Value> =
            diagrams.filter(|it| wanted.iter().all(|key| it.contains_key(*key))).map(Value::Object).collect();
        if !diagrams.is_empty() {
            out.insert("diagrams".to_owned(), Value::Array(diagrams));
        }
    }

    fn zones(&self) -> Value {
        let mut out: Vec<Value> = self
            .model
            .elements(Domain::Boundary)
            .map(|(reference, element)| Value::Object(self.base(reference, element)))
            .collect();
        if self.no_zone && !self.names.values().any(|name| name == NO_ZONE) {
            let text = "What stands here is in no trust zone.";
            out.push(json!({ "symbolic_name": NO_ZONE, "title": "No trust zone", "description": text }));
        }
        Value::Array(out)
    }

    /// The pairs that were read, and those that flows cross with something known about them.
    fn boundaries(&self) -> Value {
        let mut out = Vec::new();
        let mut known: BTreeSet<(String, String)> = BTreeSet::new();
        for (_, object) in whole(self.model, NAME, "boundary") {
            let mut pair = Map::new();
            for key in ["trust_zone_a", "trust_zone_b"] {
                let zone = object.get(key).and_then(Value::as_str).unwrap_or_default();
                pair.insert(key.to_owned(), Value::from(Symbols::default().make(zone, "unknown")));
            }
            let side = |key: &str| pair.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            known.insert((side("trust_zone_a"), side("trust_zone_b")));
            known.insert((side("trust_zone_b"), side("trust_zone_a")));
            for (now, before, is_method) in [
                ("access_control_methods", "access_control_method", is_access as fn(&str) -> bool),
                ("authentication_methods", "authentication_method", is_authentication as fn(&str) -> bool),
            ] {
                if let Some(list) = object.get(now).or_else(|| object.get(before)).and_then(Value::as_array) {
                    let list: Vec<&Value> = list.iter().filter(|it| it.as_str().is_some_and(is_method)).collect();
                    pair.insert(now.to_owned(), json!(list));
                }
            }
            for (key, value) in &object {
                let known = match key.as_str() {
                    "access_token_expires"
                    | "has_refresh_token"
                    | "refresh_token_expires"
                    | "can_user_logout"
                    | "can_system_logout" => value.is_boolean(),
                    "access_token_ttl" | "refresh_token_ttl" => value.is_i64() || value.is_u64(),
                    _ => false,
                };
                if known {
                    pair.insert(key.clone(), value.clone());
                }
            }
            out.push(Value::Object(pair));
        }
        let mut crossed: BTreeMap<(String, String), Asked<'_>> = BTreeMap::new();
        for flow in &self.model.flows {
            let zone = |index: u32| self.model.components.get(index as usize).and_then(|part| part.boundary);
            let (Some(a), Some(b)) = (zone(flow.source), zone(flow.target)) else { continue };
            let pair = (self.name(Domain::Boundary, a).to_owned(), self.name(Domain::Boundary, b).to_owned());
            let reversed = (pair.1.clone(), pair.0.clone());
            if a == b || known.contains(&pair) {
                continue;
            }
            let pair = if crossed.contains_key(&reversed) { reversed } else { pair };
            let entry = crossed.entry(pair).or_default();
            let said = |id| flow.element.word(id);
            entry.0.extend(said(fact::AUTHENTICATION).and_then(|ours| word(AUTHENTICATION, ours)));
            entry.1.extend(said(fact::AUTHORISATION).and_then(|ours| word(ACCESS, ours)));
        }
        // A library model that leaves a pair out says so by that: the schema calls it a finding.
        let ours = remark(&self.model.system.extras, NAME, "version").is_none();
        for ((a, b), (authentication, access)) in crossed {
            if !ours && authentication.is_empty() && access.is_empty() {
                continue;
            }
            let mut pair = json!({ "trust_zone_a": a, "trust_zone_b": b });
            if let Some(pair) = pair.as_object_mut() {
                if !access.is_empty() {
                    pair.insert("access_control_methods".to_owned(), json!(access));
                }
                if !authentication.is_empty() {
                    pair.insert("authentication_methods".to_owned(), json!(authentication));
                }
            }
            out.push(pair);
        }
        Value::Array(out)
    }

    /// Whether a component is an actor, a store or neither, by what is stated or by its technology.
    fn list_of(&self, report: &Report<'_>, index: u32) -> &'static str {
        let stated = self.model.components.get(index as usize).and_then(|part| part.element.symbol(fact::KIND));
        let symbol = stated.or_else(|| report.analysis.kinds.get(index as usize).copied().flatten());
        match symbol {
            Some(1) => "data_store",
            Some(2) => "actor",
            _ => "component",
        }
    }

    fn parts(&mut self, report: &Report<'_>) -> (Vec<Value>, Vec<Value>, Vec<Value>) {
        let (mut actors, mut components, mut stores) = (Vec::new(), Vec::new(), Vec::new());
        for (index, part) in (0u32..).zip(&self.model.components) {
            let element = &part.element;
            let kept = |key: &str| remark(&element.extras, NAME, key);
            if kept("stands-for").is_some() {
                continue;
            }
            let mut out = self.base(ElementRef { domain: Domain::Component, index }, element);
            let named = kept("trust_zone").filter(|zone| is_symbol(zone));
            let zone = part.boundary.map_or(named.unwrap_or(NO_ZONE), |zone| self.name(Domain::Boundary, zone));
            out.insert("trust_zone".to_owned(), Value::from(zone));
            match self.list_of(report, index) {
                "actor" => {
                    const KINDS: [&str; 6] =
                        ["system", "user", "power_user", "administrator", "engineer", "third_party"];
                    let people = element.bool(fact::USED_BY_PEOPLE);
                    let people = people.or_else(|| report.analysis.used_by_people.get(index as usize).copied());
                    let said = match people {
                        Some(true) => "user",
                        Some(false) => "system",
                        None => "third_party",
                    };
                    out.insert(
                        "type".to_owned(),
                        Value::from(kept("type").filter(|kind| KINDS.contains(kind)).unwrap_or(said)),
                    );
                    if let Some(text) = kept("permissions") {
                        out.insert("permissions".to_owned(), Value::from(text));
                    }
                    actors.push(Value::Object(out));
                }
                "data_store" => {
                    const KINDS: [&str; 6] = ["sql", "key_value", "document", "object", "graph", "time_series"];
                    let technologies = element.words(fact::TECHNOLOGY);
                    let is = |names: &[&str]| technologies.iter().any(|word| names.contains(&&**word));
                    let by_technology = STORES.iter().find(|(_, names)| is(names)).map(|(kind, _)| *kind);
                    let kind = kept("type").filter(|kind| KINDS.contains(kind)).or(by_technology);
                    if kind.is_none() && technologies.is_empty() {
                        self.unsaid_stores.push(element.id.clone());
                    }
                    let kind = kind.unwrap_or("sql");
                    out.insert("type".to_owned(), Value::from(kind));
                    if let Some(text) = kept("vendor") {
                        out.insert("vendor".to_owned(), Value::from(text));
                    }
                    let product = kept("product").or_else(|| technologies.first().map(|name| &**name));
                    if let Some(text) = product.filter(|_| kept("type").is_none() || kept("product").is_some()) {
                        out.insert("product".to_owned(), Value::from(text));
                    }
                    stores.push(Value::Object(out));
                }
                _ => {
                    if let Some(parent) = part.parent {
                        out.insert("parent_component".to_owned(), Value::from(self.name(Domain::Component, parent)));
                    }
                    if let Some(link) = kept("repo_link") {
                        out.insert("repo_link".to_owned(), Value::from(link));
                    }
                    components.push(Value::Object(out));
                }
            }
        }
        (actors, components, stores)
    }

    fn data(&self) -> Value {
        let sets = self.model.elements(Domain::Data).map(|(reference, element)| {
            let mut out = self.base(reference, element);
            let kept = |key: &str| remark(&element.extras, NAME, key);
            let mut placements = Vec::new();
            for (index, part) in (0u32..).zip(&self.model.components) {
                if !part.element.references(fact::STORES).contains(&reference.index) {
                    continue;
                }
                let store = self.name(Domain::Component, index);
                let said = kept("encrypted").and_then(|list| {
                    list.split(", ")
                        .filter_map(|pair| pair.split_once(' '))
                        .find(|(name, _)| *name == store)
                        .map(|(_, it)| it == "true")
                });
                let encrypted = said.or_else(|| part.element.word(fact::ENCRYPTION_AT_REST).map(|word| word != "none"));
                placements.push(match encrypted {
                    Some(encrypted) => json!({ "data_store": store, "encrypted": encrypted }),
                    None => json!({ "data_store": store }),
                });
            }
            out.insert("placements".to_owned(), Value::Array(placements));
            let words: Vec<&str> = match kept("data_sensitivity") {
                Some(list) => list.split(", ").filter(|word| is_sensitivity(word)).collect(),
                None => sensitivity(element).collect::<BTreeSet<&str>>().into_iter().collect(),
            };
            out.insert("data_sensitivity".to_owned(), json!(words));
            if let Some(list) = kept("access_control_methods") {
                let methods: Vec<&str> = list.split(", ").filter(|word| is_access(word)).collect();
                out.insert("access_control_methods".to_owned(), json!(methods));
            }
            if let Some(count) = kept("record_count").and_then(|text| text.parse::<u64>().ok()) {
                out.insert("record_count".to_owned(), Value::from(count));
            }
            Value::Object(out)
        });
        sets.collect()
    }

    fn flows(&self, report: &Report<'_>) -> Value {
        let flows = (0u32..).zip(&self.model.flows).map(|(index, flow)| {
            let element = &flow.element;
            let mut out = self.base(ElementRef { domain: Domain::Flow, index }, element);
            let stands = |at: u32| {
                let part = self.model.components.get(at as usize)?;
                let (kind, object) = remark(&part.element.extras, NAME, "stands-for")?.split_once('/')?;
                is_symbol(object).then(|| json!({ "type": kind, "object": object }))
            };
            // A file may call an end by another kind than the list it is in.
            let end = |at: u32, key: &str| {
                let said = remark(&element.extras, NAME, &format!("{key}.type"));
                let kind = said.unwrap_or_else(|| self.list_of(report, at));
                stands(at).unwrap_or_else(|| json!({ "type": kind, "object": self.name(Domain::Component, at) }))
            };
            out.insert("source".to_owned(), end(flow.source, "source"));
            out.insert("destination".to_owned(), end(flow.target, "destination"));
            let said = remark(&element.extras, NAME, "has_sensitive_data").map(|text| text == "true");
            let carried = element.references(fact::CARRIES).iter().chain(element.references(fact::RETURNS));
            let sensitive = || {
                carried
                    .filter_map(|index| self.model.data.get(*index as usize))
                    .any(|data| sensitivity(data).next().is_some() || data.symbol(fact::CLASSIFICATION) > Some(1))
            };
            out.insert("has_sensitive_data".to_owned(), Value::from(said.unwrap_or_else(sensitive)));
            let stated = element.word(fact::ENCRYPTION).map(|word| word != "none");
            let encrypted = stated.or_else(|| report.analysis.encrypted.get(index as usize).copied().flatten());
            out.insert("encrypted".to_owned(), Value::from(encrypted.unwrap_or(false)));
            Value::Object(out)
        });
        flows.collect()
    }

    fn assumptions(&self) -> Value {
        let kept: BTreeMap<String, Map<String, Value>> = whole(self.model, NAME, "assumption").into_iter().collect();
        let all = self.model.assumptions.iter().map(|assumption| {
            let number = assumption.id.strip_prefix("assumption-").unwrap_or(&assumption.id);
            let before = kept.get(number);
            let mut topics = self.affected(&assumption.about);
            let said = before.and_then(|object| object.get("topics")).and_then(Value::as_array);
            for topic in said.into_iter().flatten().filter_map(Value::as_str).filter(|topic| is_symbol(topic)) {
                if !topics.contains(&topic) {
                    topics.push(topic);
                }
            }
            let validity = before.and_then(|object| object.get("validity")).and_then(Value::as_str);
            let validity = validity.filter(|word| ["unconfirmed", "confirmed", "rejected"].contains(word));
            let mut out = Map::new();
            out.insert("description".to_owned(), Value::from(&*assumption.text));
            if !topics.is_empty() {
                out.insert("topics".to_owned(), json!(topics));
            }
            out.insert("validity".to_owned(), Value::from(validity.unwrap_or("unconfirmed")));
            Value::Object(out)
        });
        all.collect()
    }

    /// Threats that people wrote down, then ours. Also the symbolic name of each finding.
    fn threats(&mut self, report: &Report<'_>) -> (Vec<Value>, BTreeMap<Box<str>, String>) {
        let mut symbols = Symbols::default();
        let mut out = Vec::new();
        let mut written: BTreeSet<String> = BTreeSet::new();
        for threat in &self.model.recorded_threats {
            let name = symbols.make(&threat.id, "threat");
            out.push(self.recorded(threat, &name));
            written.insert(name);
        }
        let mut names = BTreeMap::new();
        for finding in &report.analysis.findings {
            let plain = Symbols::default().make(&finding.id, "threat");
            let name = if written.contains(&plain) { plain } else { symbols.make(&finding.id, "threat") };
            if !written.contains(&name) {
                out.push(self.finding(report, finding, &name));
            }
            names.insert(finding.id.clone(), name);
        }
        (out, names)
    }

    fn recorded(&mut self, threat: &RecordedThreat, name: &str) -> Value {
        let kept = |key: &str| remark(&threat.extras, NAME, key);
        let persona = kept("threat_persona").filter(|name| is_symbol(name));
        self.anybody |= persona.is_none();
        let affected = self.affected(&threat.elements);
        let weaknesses = threat.cwe.iter().map(|cwe| match kept(&format!("weaknesses.{cwe}.cwe_title")) {
            Some(title) => json!({ "cwe_id": cwe, "cwe_title": title }),
            None => json!({ "cwe_id": cwe }),
        });
        const SOURCES: [&str; 4] = ["adversary", "human_error", "failure", "events_beyond_org_control"];
        let sources: Vec<&str> =
            kept("sources").into_iter().flat_map(|list| list.split(", ")).filter(|it| SOURCES.contains(it)).collect();
        let mechanisms = kept("attack_mechanisms").map(json_or_text).and_then(|list| match list {
            Value::Array(list) => {
                Some(list.into_iter().filter(|it| it.get("capec_id").is_some_and(Value::is_number)).collect::<Vec<_>>())
            }
            _ => None,
        });
        let mut out = json!({
            "symbolic_name": name,
            "title": &*threat.title,
            "description": &*threat.description,
            "components_affected": affected,
            "threat_persona": persona.unwrap_or(ANYBODY),
            "event": kept("event").unwrap_or(&threat.title),
            "sources": if sources.is_empty() { vec!["adversary"] } else { sources },
        });
        if let Some(object) = out.as_object_mut() {
            if let Some(list) = mechanisms {
                object.insert("attack_mechanisms".to_owned(), Value::Array(list));
            }
            let weaknesses: Vec<Value> = weaknesses.collect();
            if !weaknesses.is_empty() {
                object.insert("weaknesses".to_owned(), Value::Array(weaknesses));
            }
        }
        out
    }

    fn finding(&mut self, report: &Report<'_>, finding: &Finding, name: &str) -> Value {
        self.anybody = true;
        let threat = report.threats.get(finding.threat as usize);
        let ids = |list: Option<&Vec<Box<str>>>| -> Vec<u32> {
            list.into_iter().flatten().filter_map(|id| number(id)).collect()
        };
        let affected = self.affected(&finding.elements);
        let mechanisms: Vec<Value> =
            ids(threat.map(|threat| &threat.capec)).into_iter().map(|id| json!({ "capec_id": id })).collect();
        let weaknesses: Vec<Value> =
            ids(threat.map(|threat| &threat.cwe)).into_iter().map(|id| json!({ "cwe_id": id })).collect();
        json!({
            "symbolic_name": name,
            "title": &*finding.title,
            "description": &*finding.description,
            "components_affected": affected,
            "threat_persona": ANYBODY,
            "event": threat.map_or("", |threat| &threat.title),
            "sources": ["adversary"],
            "attack_mechanisms": mechanisms,
            "weaknesses": weaknesses,
        })
    }

    fn personas(&self) -> Value {
        let mut out = Vec::new();
        for (_, object) in whole(self.model, NAME, "persona") {
            let of = |key: &str| object.get(key).and_then(Value::as_str);
            let one = |key: &str, all: &[&str], else_: &'static str| {
                of(key).filter(|word| all.contains(word)).unwrap_or(else_).to_owned()
            };
            let flag = |key: &str| object.get(key).and_then(Value::as_bool).unwrap_or(true);
            let skills = ["script_kid", "insider", "engineer", "expert_engineer", "oc_sponsored", "state_sponsored"];
            out.push(json!({
                "symbolic_name": Symbols::default().make(of("symbolic_name").unwrap_or_default(), "persona"),
                "title": of("title").unwrap_or_default(),
                "description": of("description").unwrap_or_default(),
                "is_person": flag("is_person"),
                "skill_level": one("skill_level", &skills, "engineer"),
                "access_level": one("access_level", &["anonymous", "user", "admin"], "anonymous"),
                "malicious_intent": flag("malicious_intent"),
                "applicability_to_org": one("applicability_to_org", &["minimal", "low", "moderate", "high", "maximal"], "moderate"),
            }));
        }
        let known = out.iter().any(|persona| persona.get("symbolic_name").and_then(Value::as_str) == Some(ANYBODY));
        if self.anybody && !known {
            out.push(json!({
                "symbolic_name": ANYBODY,
                "title": "Anybody",
                "description": "Whoever gets to where the threat begins; nobody in particular was named.",
                "is_person": true,
                "skill_level": "engineer",
                "access_level": "anonymous",
                "malicious_intent": true,
                "applicability_to_org": "moderate",
            }));
        }
        Value::Array(out)
    }

    fn controls(&self, report: &Report<'_>, names: &BTreeMap<Box<str>, String>) -> Value {
        const STATUS: [&str; 8] =
            ["assumed", "active", "suggested", "under_review", "approved", "scheduled", "retired", "wont_do"];
        const PRIORITY: [&str; 5] = ["none", "low", "medium", "high", "critical"];
        let mut symbols = Symbols::default();
        let mut out = Vec::new();
        let mut titles: BTreeSet<String> = BTreeSet::new();
        let mut written: BTreeSet<String> = BTreeSet::new();
        for (key, object) in whole(self.model, NAME, "control") {
            let of = |key: &str| object.get(key).and_then(Value::as_str);
            let title = of("title").unwrap_or_default();
            titles.insert(title.split_whitespace().collect::<Vec<_>>().join(" "));
            let name = symbols.make(of("symbolic_name").unwrap_or(&key), "control");
            let threats: Vec<&str> = listed(&object, "threats");
            let mut control = json!({
                "symbolic_name": name.as_str(),
                "title": title,
                "description": of("description").unwrap_or_default(),
                "threats": threats,
                "status": of("status").filter(|word| STATUS.contains(word)).unwrap_or("suggested"),
                "priority": of("priority").filter(|word| PRIORITY.contains(word)).unwrap_or("none"),
            });
            let pair = object.get("trust_boundary").and_then(|pair| {
                let side = |key: &str| pair.get(key).and_then(Value::as_str).filter(|name| is_symbol(name));
                Some(json!({ "trust_zone_a": side("trust_zone_a")?, "trust_zone_b": side("trust_zone_b")? }))
            });
            if let (Some(pair), Some(control)) = (pair, control.as_object_mut()) {
                control.insert("trust_boundary".to_owned(), pair);
            }
            out.push(control);
            written.insert(name);
        }
        let is_control = |kind: &str| matches!(kind, "control" | "mitigation");
        for note in self.model.notes.iter().filter(|note| is_control(&note.kind) && !titles.contains(&*note.title)) {
            out.push(json!({
                "symbolic_name": symbols.make(&note.title, "control"), "title": &*note.title, "description": &*note.text,
                "threats": [], "status": "suggested", "priority": "none",
            }));
        }
        // What another tool recorded as text is a control against that threat.
        for threat in &self.model.recorded_threats {
            let ours = threat.extras.iter().any(|(key, _)| key.starts_with("tm-library:"));
            if !threat.mitigation.is_empty() && !ours {
                let name = Symbols::default().make(&threat.id, "threat");
                let status = if recorded_state(threat) == Recorded::Mitigated { "active" } else { "suggested" };
                out.push(json!({
                    "symbolic_name": symbols.make(&format!("against-{}", threat.id), "control"),
                    "title": format!("Against: {}", threat.title), "description": &*threat.mitigation,
                    "threats": [name], "status": status, "priority": "none",
                }));
            }
        }
        for control in controls(report) {
            if written.contains(&Symbols::default().make(&control.id, "control")) {
                continue;
            }
            let threats: Vec<&str> =
                control.findings.iter().filter_map(|id| names.get(id)).map(String::as_str).collect();
            let status = match control.state {
                Present::Everywhere => "active",
                Present::Somewhere => "under_review",
                Present::Nowhere => "suggested",
            };
            out.push(json!({
                "symbolic_name": symbols.make(&control.id, "control"), "title": control.name, "description": control.summary,
                "threats": threats, "status": status, "priority": "medium",
            }));
        }
        Value::Array(out)
    }

    fn risks(&self, report: &Report<'_>, names: &BTreeMap<Box<str>, String>) -> Value {
        const LEVELS: [&str; 6] = ["very_low", "low", "medium", "high", "very_high", "critical"];
        const LIKELIHOOD: [&str; 5] = ["rare", "unlikely", "possible", "likely", "certain"];
        const IMPACT: [&str; 5] = ["negligible", "minor", "moderate", "major", "severe"];
        let mut symbols = Symbols::default();
        let mut out = Vec::new();
        let mut written: BTreeSet<String> = BTreeSet::new();
        for (key, object) in whole(self.model, NAME, "risk") {
            let of = |key: &str| object.get(key).and_then(Value::as_str);
            let one = |key: &str, all: &[&str], else_: &'static str| {
                of(key).filter(|word| all.contains(word)).unwrap_or(else_).to_owned()
            };
            let score = object.get("score").and_then(Value::as_u64).filter(|score| *score <= 25);
            let name = symbols.make(of("symbolic_name").unwrap_or(&key), "risk");
            out.push(json!({
                "symbolic_name": name.as_str(),
                "title": of("title").unwrap_or_default(),
                "description": of("description").unwrap_or_default(),
                "threats": listed(&object, "threats"),
                "likelihood": one("likelihood", &LIKELIHOOD, "possible"),
                "impact": one("impact", &IMPACT, "moderate"),
                "impact_description": of("impact_description").unwrap_or_default(),
                "score": score.unwrap_or(0),
                "level": one("level", &LEVELS, "medium"),
            }));
            written.insert(name);
        }
        for finding in &report.analysis.findings {
            let closed = matches!(finding.status, Status::FalsePositive | Status::Mitigated);
            let Some(threat) = names.get(&finding.id).filter(|_| !closed) else { continue };
            let wanted = format!("risk-{threat}");
            if written.contains(&wanted) {
                continue;
            }
            let score = &finding.current;
            let likelihood = score.likelihood.index();
            let impact = score.impact.index();
            out.push(json!({
                "symbolic_name": symbols.make(&wanted, "risk"),
                "title": &*finding.title,
                "description": score.because.join(" "),
                "threats": [threat],
                "likelihood": LIKELIHOOD.get(likelihood).copied().unwrap_or("possible"),
                "impact": IMPACT.get(impact).copied().unwrap_or("moderate"),
                "impact_description": "",
                "score": (likelihood + 1) * (impact + 1),
                "level": match score.risk {
                    Level::Low => "low",
                    Level::Medium => "medium",
                    Level::High => "high",
                    Level::Critical => "critical",
                },
            }));
        }
        Value::Array(out)
    }
}

/// The symbolic names of a list.
fn listed<'o>(object: &'o Map<String, Value>, key: &str) -> Vec<&'o str> {
    let list = object.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).filter(|name| is_symbol(name)).collect()
}

/// What is sensitive about data, in the schema's words.
fn sensitivity(data: &Element) -> impl Iterator<Item = &'static str> + '_ {
    let kinds = vauban_model::model::enumeration_of(fact::DATA_KINDS);
    data.symbols(fact::DATA_KINDS).iter().filter_map(move |symbol| word(SENSITIVITY, kinds?.word(*symbol)))
}

fn is_sensitivity(word: &str) -> bool {
    ["pii", "phi", "fin", "ip", "cred", "biz", "gov", "pci", "op"].contains(&word)
}

fn is_access(word: &str) -> bool {
    ["none", "acl", "rbac", "mac", "dac", "abac"].contains(&word)
}

fn is_authentication(word: &str) -> bool {
    ["none", "password", "otp", "challenge_response", "public_key", "token", "biometrics", "sso", "social"]
        .contains(&word)
}

fn is_symbol(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
