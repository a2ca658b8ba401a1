//! Threat models in CycloneDX 2.0. Experimental: the format is a preview, and what is written today may not be valid
//! tomorrow.
//!
//! What was read from the format goes back as it was, at its place. Facts that the format has no word for become
//! properties `vauban:<fact>`, which our own reader understands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use vauban_model::finding::{Decision, Finding, Score, Status, Treatment};
use vauban_model::model::{Element, ElementRef, Fact, Model, RecordedThreat, Value as FactValue, enumeration_of};
use vauban_model::report::Report;
use vauban_model::scale::{Level, Stride};
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};

use super::listed::{
    Present, controls, counted, finish, json as parse, json_or_text, loss, number, remark, remarks, whole,
};
use super::{Aspect, Exported, Format, Original, filled};

/// What the format can hold.
pub(super) const CARRIES: &[Aspect] = &[
    Aspect::Components,
    Aspect::Flows,
    Aspect::FlowNames,
    Aspect::TwoWayFlows,
    Aspect::Boundaries,
    Aspect::NestedBoundaries,
    Aspect::Data,
    Aspect::Facts,
    Aspect::Controls,
    Aspect::Descriptions,
    Aspect::Assumptions,
    Aspect::AbuseCases,
    Aspect::Notes,
    Aspect::RecordedThreats,
    Aspect::ThreatCategories,
    Aspect::ThreatStates,
    Aspect::ThreatSeverities,
    Aspect::ThreatTargets,
    Aspect::Findings,
    Aspect::Decisions,
    Aspect::Paths,
    Aspect::Extras,
];

const NAME: &str = "cyclonedx";

/// Which facts have a place: all but references, of which the format knows two.
pub(super) fn holds(id: FactId) -> bool {
    let reference = matches!(id.definition().ty, FactType::References(_));
    !reference || id == fact::STORES || id == fact::CARRIES
}

/// Writes a file.
pub(super) fn export(report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    let model = report.model;
    let writer = Writer { model, report, refs: refs(model) };
    let mut out = Map::new();
    out.insert("specFormat".to_owned(), Value::from("CycloneDX"));
    out.insert("specVersion".to_owned(), Value::from("2.0"));
    for key in ["serialNumber", "version"] {
        let value =
            remark(&model.system.extras, NAME, key).and_then(|text| parse(text).or_else(|| Some(Value::from(text))));
        out.extend(value.map(|value| (key.to_owned(), value)));
    }
    out.entry("version").or_insert(json!(1));
    // What the file said beside its model, where this version still has a place for it.
    for key in [
        "definitions",
        "profiles",
        "vulnerabilities",
        "declarations",
        "compositions",
        "annotations",
        "citations",
        "perspectives",
        "formulation",
        "externalReferences",
        "properties",
    ] {
        let value = remark(&model.system.extras, NAME, key).and_then(parse);
        out.extend(value.filter(|_| is_two(model)).map(|value| (key.to_owned(), value)));
    }
    let components: Vec<Value> =
        whole(model, NAME, "component").into_iter().map(|(_, object)| Value::Object(object)).collect();
    if !components.is_empty() {
        out.insert("components".to_owned(), Value::Array(components));
    }
    out.insert("blueprints".to_owned(), Value::Array(vec![writer.blueprint()]));
    out.insert("threats".to_owned(), writer.threats());
    out.insert("risks".to_owned(), writer.risks());
    out.insert("controls".to_owned(), writer.controls());
    let losses = counted(Format::CycloneDx, report, original.is_some());
    const WRITTEN: [&str; 3] = ["control", "mitigation", "risk"];
    let notes =
        model.notes.iter().filter(|note| !WRITTEN.contains(&&*note.kind)).map(|note| note.title.clone()).collect();
    let own = format!("{NAME}:");
    let foreign = Domain::ALL
        .into_iter()
        .flat_map(|domain| model.elements(domain))
        .filter(|(_, element)| element.extras.iter().any(|(key, _)| !key.starts_with(&own)));
    let foreign = foreign.map(|(_, element)| element.id.clone()).collect();
    // All parts stand in one blueprint: what each of several said of itself has no place.
    let several = remarks(&model.system.extras, "cyclonedx:blueprint.").filter(|(key, _)| key.contains('.'));
    let several = loss("what several blueprints say of themselves", several.map(|(key, _)| key.into()).collect());
    let more = [loss("notes", notes), loss("remarks kept from other formats", foreign), several];
    let mut exported = finish(&Value::Object(out), losses, more);
    exported.remarks.extend(filled::told(Format::CycloneDx, report));
    exported.remarks.push(
        "CycloneDX 2.0 is a preview: other tools may not read this file, and the next draft may refuse it".to_owned(),
    );
    exported
}

/// Whether a model was read from version 2.
fn is_two(model: &Model) -> bool {
    remark(&model.system.extras, NAME, "specVersion").is_some_and(|version| version.starts_with('2'))
}

/// References of all elements, unique in the whole file.
fn refs(model: &Model) -> BTreeMap<ElementRef, String> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut refs = BTreeMap::new();
    for domain in [Domain::Component, Domain::Boundary, Domain::Data, Domain::Flow] {
        for (reference, element) in model.elements(domain) {
            if let Some(native) = remark(&element.extras, NAME, "stands-for") {
                refs.insert(reference, native.to_owned());
                continue;
            }
            let mut wanted = element.id.to_string();
            while !used.insert(wanted.clone()) {
                wanted = format!("{}:{wanted}", domain.as_str());
            }
            refs.insert(reference, wanted);
        }
    }
    refs
}

struct Writer<'m, 'r> {
    model: &'m Model,
    report: &'m Report<'r>,
    refs: BTreeMap<ElementRef, String>,
}

/// Remarks that go back under their own key.
fn kept(element: &Element, keys: &[&str], out: &mut Map<String, Value>) {
    for key in keys {
        if let Some(text) = remark(&element.extras, NAME, key) {
            out.insert((*key).to_owned(), parse(text).unwrap_or_else(|| Value::from(text)));
        }
    }
}

impl Writer<'_, '_> {
    /// References of elements, each once.
    fn affected(&self, elements: &[ElementRef]) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let all = elements.iter().filter_map(|it| self.refs.get(it)).map(String::as_str);
        all.filter(|id| seen.insert(*id)).collect()
    }

    fn of(&self, domain: Domain, index: u32) -> &str {
        self.refs.get(&ElementRef { domain, index }).map_or("unknown", String::as_str)
    }

    fn base(&self, reference: ElementRef, element: &Element) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("bom-ref".to_owned(), Value::from(self.of(reference.domain, reference.index)));
        out.insert("name".to_owned(), Value::from(&*element.name));
        // Data sets must have a description.
        let repeated = if reference.domain == Domain::Data { &element.name } else { &element.description };
        let text = if element.description.is_empty() { repeated } else { &element.description };
        if !text.is_empty() {
            out.insert("description".to_owned(), Value::from(&**text));
        }
        out
    }

    /// Facts without a word of the format's, beside the properties that were read.
    fn properties(&self, element: &Element, said: &[FactId], out: &mut Map<String, Value>) {
        let before = remark(&element.extras, NAME, "properties").and_then(parse);
        let mut all: Vec<Value> = match before {
            Some(Value::Array(list)) => list.into_iter().filter(|it| !is_ours(it)).collect(),
            _ => Vec::new(),
        };
        for fact in element.facts.iter().filter(|fact| !said.contains(&fact.id)) {
            if let Some(value) = value_of(fact) {
                all.push(json!({ "name": format!("vauban:{}", fact.id.definition().id), "value": value }));
            }
        }
        if !all.is_empty() {
            out.insert("properties".to_owned(), Value::Array(all));
        }
    }

    fn blueprint(&self) -> Value {
        let system = &self.model.system;
        let mut out = Map::new();
        out.insert(
            "bom-ref".to_owned(),
            Value::from(remark(&system.extras, NAME, "blueprint.bom-ref").unwrap_or("blueprint")),
        );
        out.insert("name".to_owned(), Value::from(&*system.name));
        if !system.description.is_empty() {
            out.insert("description".to_owned(), Value::from(&*system.description));
        }
        out.insert("modelTypes".to_owned(), json!(["data-flow"]));
        for (key, text) in remarks(&system.extras, "cyclonedx:blueprint.") {
            if let Some(value) = parse(text).filter(|_| !key.contains('.') && key != "bom-ref" && key != "properties") {
                out.insert(key.to_owned(), value);
            }
        }
        // The system's own facts stand with the model.
        self.properties(system, &[], &mut out);
        let (mut actors, mut assets, mut stores) = (Vec::new(), Vec::new(), Vec::new());
        let stands = |part: &Element| remark(&part.extras, NAME, "stands-for").is_some();
        for (index, part) in (0u32..).zip(&self.model.components).filter(|(_, part)| !stands(&part.element)) {
            let symbol = part.element.symbol(fact::KIND);
            match symbol.or_else(|| self.report.analysis.kinds.get(index as usize).copied().flatten()) {
                Some(2) if remark(&part.element.extras, NAME, "type").is_none() => actors.push(self.actor(index)),
                Some(1) if remark(&part.element.extras, NAME, "type").is_none_or(is_store) => {
                    stores.push(self.store(index))
                }
                _ => assets.push(self.asset(index)),
            }
        }
        out.insert("zones".to_owned(), self.zones());
        let boundaries: Vec<Value> =
            whole(self.model, NAME, "boundary").into_iter().map(|(_, it)| Value::Object(it)).collect();
        if !boundaries.is_empty() {
            out.insert("boundaries".to_owned(), Value::Array(boundaries));
        }
        out.insert("actors".to_owned(), Value::Array(actors));
        out.insert("assets".to_owned(), Value::Array(assets));
        out.insert("dataStores".to_owned(), Value::Array(stores));
        out.insert("dataSets".to_owned(), self.data());
        out.insert("flows".to_owned(), self.flows());
        out.insert("assumptions".to_owned(), self.assumptions());
        out.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
        Value::Object(out)
    }

    fn zones(&self) -> Value {
        let zones = (0u32..).zip(&self.model.boundaries).map(|(index, line)| {
            let mut out = self.base(ElementRef { domain: Domain::Boundary, index }, &line.element);
            out.insert("type".to_owned(), Value::from("trust"));
            kept(&line.element, &["type", "constraints"], &mut out);
            if let Some(parent) = line.parent {
                out.insert("parent".to_owned(), Value::from(self.of(Domain::Boundary, parent)));
            }
            if let Some(said) = remark(&line.element.extras, NAME, "characteristics") {
                out.insert("characteristics".to_owned(), said.split(", ").collect());
            }
            self.properties(&line.element, &[], &mut out);
            Value::Object(out)
        });
        zones.collect()
    }

    fn actor(&self, index: u32) -> Value {
        let Some(part) = self.model.components.get(index as usize) else { return Value::Null };
        let element = &part.element;
        let mut out = self.base(ElementRef { domain: Domain::Component, index }, element);
        out.remove("name");
        let kind = match element.bool(fact::USED_BY_PEOPLE) {
            Some(true) => "person",
            Some(false) => "system",
            None => "organization",
        };
        let party = remark(&element.extras, NAME, "party").map(json_or_text);
        let party =
            party.unwrap_or_else(|| json!({ "roles": [{ "name": "actor" }], kind: { "name": &*element.name } }));
        out.insert("party".to_owned(), party);
        kept(element, &["permissions"], &mut out);
        self.zone(part.boundary, &mut out);
        self.properties(element, &[fact::KIND], &mut out);
        Value::Object(out)
    }

    fn zone(&self, boundary: Option<u32>, out: &mut Map<String, Value>) {
        if let Some(zone) = boundary {
            out.insert("zone".to_owned(), Value::from(self.of(Domain::Boundary, zone)));
        }
    }

    fn asset(&self, index: u32) -> Value {
        let Some(part) = self.model.components.get(index as usize) else { return Value::Null };
        let element = &part.element;
        let mut out = self.base(ElementRef { domain: Domain::Component, index }, element);
        // An asset has a type of its own, or the component that it stands for.
        out.insert("type".to_owned(), Value::from("process"));
        kept(
            element,
            &[
                "type",
                "classification",
                "interfaces",
                "responsibilities",
                "useCases",
                "authentication",
                "authorization",
                "ownership",
                "externalReferences",
            ],
            &mut out,
        );
        if let Some(reference) = remark(&element.extras, NAME, "componentRef") {
            out.insert("componentRef".to_owned(), Value::from(reference));
            if remark(&element.extras, NAME, "type").is_none() {
                ["type", "name", "description"].iter().for_each(|key| drop(out.remove(*key)));
            }
        }
        if !element.tags.is_empty() {
            out.insert("tags".to_owned(), element.tags.iter().map(|tag| Value::from(&**tag)).collect());
        }
        self.zone(part.boundary, &mut out);
        self.properties(element, &[], &mut out);
        Value::Object(out)
    }

    fn store(&self, index: u32) -> Value {
        let Some(part) = self.model.components.get(index as usize) else { return Value::Null };
        let element = &part.element;
        let mut out = self.base(ElementRef { domain: Domain::Component, index }, element);
        let first = element.words(fact::TECHNOLOGY).first().map_or("data store", |name| &**name);
        out.insert("type".to_owned(), json!({ "name": first }));
        kept(element, &["type", "vendor", "product", "version", "environment", "location", "authorization"], &mut out);
        if let Some(said) = remark(&element.extras, NAME, "technologies") {
            out.insert("technologies".to_owned(), said.split(", ").collect());
        }
        self.zone(part.boundary, &mut out);
        let stored = element.references(fact::STORES);
        if !stored.is_empty() {
            out.insert(
                "dataSets".to_owned(),
                stored.iter().map(|data| Value::from(self.of(Domain::Data, *data))).collect(),
            );
        }
        self.properties(element, &[fact::KIND], &mut out);
        Value::Object(out)
    }

    fn data(&self) -> Value {
        let sets = (0u32..).zip(&self.model.data).map(|(index, element)| {
            let mut out = self.base(ElementRef { domain: Domain::Data, index }, element);
            kept(
                element,
                &["dataProfiles", "dataObjects", "recordCount", "owners", "authorization", "placements"],
                &mut out,
            );
            self.properties(element, &[], &mut out);
            Value::Object(out)
        });
        sets.collect()
    }

    fn flows(&self) -> Value {
        let flows = (0u32..).zip(&self.model.flows).map(|(index, flow)| {
            let element = &flow.element;
            let mut out = self.base(ElementRef { domain: Domain::Flow, index }, element);
            out.insert("type".to_owned(), Value::from("data"));
            out.insert("source".to_owned(), Value::from(self.of(Domain::Component, flow.source)));
            out.insert("destination".to_owned(), Value::from(self.of(Domain::Component, flow.target)));
            for (key, id, turned) in
                [("bidirectional", fact::TWO_WAY, false), ("synchronous", fact::ASYNCHRONOUS, true)]
            {
                if let Some(value) = element.bool(id) {
                    out.insert(key.to_owned(), Value::from(value != turned));
                }
            }
            if let Some(word) = element.word(fact::ENCRYPTION) {
                out.insert("encrypted".to_owned(), Value::from(word != "none"));
            }
            if let Some(said) = remark(&element.extras, NAME, "protocols").or(element.word(fact::PROTOCOL)) {
                out.insert("protocols".to_owned(), said.split(", ").collect());
            }
            let carried =
                element.references(fact::CARRIES).iter().filter_map(|data| self.model.data.get(*data as usize));
            let objects: Vec<Value> = carried.map(|data| json!({ "name": &*data.name })).collect();
            if !objects.is_empty() {
                out.insert("dataObjects".to_owned(), Value::Array(objects));
            }
            kept(
                element,
                &[
                    "type",
                    "volume",
                    "timing",
                    "dataProfiles",
                    "dataObjects",
                    "authentication",
                    "authorization",
                    "sequence",
                ],
                &mut out,
            );
            self.properties(element, &[fact::TWO_WAY, fact::ASYNCHRONOUS], &mut out);
            Value::Object(out)
        });
        flows.collect()
    }

    fn assumptions(&self) -> Value {
        let before: BTreeMap<String, Map<String, Value>> = whole(self.model, NAME, "assumption").into_iter().collect();
        let all = self.model.assumptions.iter().map(|assumption| {
            let mut out = before.get(&super::listed::slug(&assumption.id)).cloned().unwrap_or_default();
            out.insert("bom-ref".to_owned(), Value::from(&*assumption.id));
            out.insert("description".to_owned(), Value::from(&*assumption.text));
            out.entry("validity").or_insert(Value::from("unverified"));
            let related = self.affected(&assumption.about);
            if !related.is_empty() && !out.contains_key("relatedAssets") {
                out.insert("relatedAssets".to_owned(), json!(related));
            }
            Value::Object(out)
        });
        all.collect()
    }

    fn threats(&self) -> Value {
        let mut out = Map::new();
        for (key, text) in remarks(&self.model.system.extras, "cyclonedx:threats.") {
            out.extend(parse(text).map(|value| (key.to_owned(), value)));
        }
        let mut all: Vec<Value> = self.model.recorded_threats.iter().map(|threat| self.recorded(threat)).collect();
        let known: BTreeSet<&str> = self.model.recorded_threats.iter().map(|threat| &*threat.id).collect();
        let ours = self.report.analysis.findings.iter().filter(|finding| !known.contains(&*finding.id));
        all.extend(ours.map(|finding| self.finding(finding)));
        out.insert("threats".to_owned(), Value::Array(all));
        for (key, part) in [("scenarios", "scenario"), ("abuseCases", "abuse")] {
            let kept = whole(self.model, NAME, part);
            let ids: BTreeSet<String> =
                kept.iter().filter_map(|(_, it)| it.get("bom-ref")?.as_str().map(str::to_owned)).collect();
            let mut all: Vec<Value> = kept.into_iter().map(|(_, object)| Value::Object(object)).collect();
            if key == "abuseCases" {
                let scenarios: BTreeSet<String> = whole(self.model, NAME, "scenario")
                    .iter()
                    .filter_map(|(_, it)| it.get("bom-ref")?.as_str().map(str::to_owned))
                    .collect();
                let new =
                    self.model.abuse_cases.iter().filter(|it| !ids.contains(&*it.id) && !scenarios.contains(&*it.id));
                all.extend(new.map(|it| json!({ "bom-ref": &*it.id, "name": &*it.name, "description": &*it.text })));
            }
            if !all.is_empty() {
                out.insert(key.to_owned(), Value::Array(all));
            }
        }
        let paths: Vec<Value> = self.report.analysis.paths.iter().map(|path| {
            let steps: Vec<Value> = path.steps.iter().map(|step| {
                let mut out = json!({ "description": &*step.title });
                if let Some(object) = out.as_object_mut() {
                    for (key, at) in [("source", step.from), ("destination", Some(step.to))] {
                        if let Some(reference) = at.and_then(|at| self.refs.get(&at)) {
                            object.insert(key.to_owned(), Value::from(reference.as_str()));
                        }
                    }
                    if let Some(finding) = &step.finding {
                        object.insert("exploits".to_owned(), json!([&**finding]));
                    }
                }
                out
            }).collect();
            json!({ "bom-ref": format!("path:{}", path.id), "name": &*path.id, "description": &*path.story, "steps": steps })
        }).collect();
        if !paths.is_empty() {
            let before = out.remove("attackPaths");
            let is_new =
                |it: &Value| !it.get("bom-ref").and_then(Value::as_str).is_some_and(|id| id.starts_with("path:"));
            let mut all: Vec<Value> = before.and_then(|it| it.as_array().cloned()).unwrap_or_default();
            all.retain(is_new);
            all.extend(paths);
            out.insert("attackPaths".to_owned(), Value::Array(all));
        }
        Value::Object(out)
    }

    fn recorded(&self, threat: &RecordedThreat) -> Value {
        let mut out = Map::new();
        out.insert("bom-ref".to_owned(), Value::from(&*threat.id));
        // The schema asks for a name.
        let name = if threat.title.trim().is_empty() { &threat.id } else { &threat.title };
        out.insert("name".to_owned(), Value::from(&**name));
        if !threat.description.is_empty() {
            out.insert("description".to_owned(), Value::from(&*threat.description));
        }
        for key in [
            "source",
            "origin",
            "relatedVulnerabilities",
            "attackPatterns",
            "attackTrees",
            "abuseCases",
            "killChainPhase",
            "behaviors",
            "indicators",
            "relatedBusinessObjectives",
            "externalReferences",
            "weaknesses",
        ] {
            if let Some(text) = remark(&threat.extras, NAME, key) {
                out.insert(key.to_owned(), parse(text).unwrap_or_else(|| Value::from(text)));
            }
        }
        if !out.contains_key("weaknesses") && !threat.cwe.is_empty() {
            out.insert("weaknesses".to_owned(), threat.cwe.iter().map(|cwe| json!({ "cweId": cwe })).collect());
        }
        let (known, others): (Vec<Value>, Vec<&str>) = categories(&threat.categories);
        if !known.is_empty() {
            out.insert("categories".to_owned(), Value::Array(known));
        }
        let mut affected = self.affected(&threat.elements);
        affected.extend(remark(&threat.extras, NAME, "affectedAssets").into_iter().flat_map(|list| list.split(", ")));
        let mut seen = BTreeSet::new();
        affected.retain(|id| seen.insert(*id));
        if !affected.is_empty() {
            out.insert("affectedAssets".to_owned(), json!(affected));
        }
        let mitigations = remark(&threat.extras, NAME, "mitigations");
        if let Some(list) = mitigations {
            out.insert("mitigations".to_owned(), list.split(", ").collect());
        }
        let mut properties = match remark(&threat.extras, NAME, "properties").and_then(parse) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let mut say = |name: &str, value: &str| {
            if !value.is_empty() {
                properties.push(json!({ "name": format!("vauban:{name}"), "value": value }));
            }
        };
        say("category", &others.join(", "));
        say("status", &threat.status);
        // What a risk says is said again by that risk.
        if !threat.extras.iter().any(|(key, _)| key.starts_with("cyclonedx:")) {
            say("severity", &threat.severity);
        }
        if mitigations.is_none() {
            say("mitigation", &threat.mitigation);
        }
        if !properties.is_empty() {
            out.insert("properties".to_owned(), Value::Array(properties));
        }
        Value::Object(out)
    }

    fn finding(&self, finding: &Finding) -> Value {
        let threat = self.report.threats.get(finding.threat as usize);
        let weaknesses: Vec<Value> = threat
            .into_iter()
            .flat_map(|threat| threat.cwe.iter().filter_map(|id| number(id)))
            .filter(|number| *number > 0)
            .collect::<BTreeSet<u32>>()
            .into_iter()
            .map(|number| json!({ "cweId": number }))
            .collect();
        let categories: Vec<Value> = finding
            .stride
            .iter()
            .map(|stride| json!({ "taxonomy": "STRIDE", "category": stride_word(*stride) }))
            .collect();
        let affected = self.affected(&finding.elements);
        let mitigations: BTreeSet<String> =
            finding.controls.iter().map(|need| format!("control:{}", need.control)).collect();
        let mut out = json!({
            "bom-ref": &*finding.id,
            "name": &*finding.title,
            "description": &*finding.description,
            "source": "Vauban",
            "origin": "adversarial",
            "properties": [
                { "name": "vauban:severity", "value": finding.severity.as_str() },
                { "name": "vauban:status", "value": finding.status.as_str() },
            ],
        });
        if let Some(object) = out.as_object_mut() {
            for (key, list) in [
                ("categories", json!(categories)),
                ("weaknesses", json!(weaknesses)),
                ("affectedAssets", json!(affected)),
                ("mitigations", json!(mitigations)),
            ] {
                if list.as_array().is_some_and(|list| !list.is_empty()) {
                    object.insert(key.to_owned(), list);
                }
            }
        }
        out
    }

    fn risks(&self) -> Value {
        let mut out = Map::new();
        for (key, text) in remarks(&self.model.system.extras, "cyclonedx:risks.") {
            out.extend(parse(text).map(|value| (key.to_owned(), value)));
        }
        let kept = whole(self.model, NAME, "risk");
        let known: BTreeSet<String> =
            kept.iter().filter_map(|(_, it)| it.get("bom-ref")?.as_str().map(str::to_owned)).collect();
        let mut all: Vec<Value> = kept.into_iter().map(|(_, object)| Value::Object(object)).collect();
        for finding in &self.report.analysis.findings {
            let id = format!("risk:{}", finding.id);
            if !known.contains(&id) {
                all.push(self.risk(finding, &id));
            }
        }
        out.insert("risks".to_owned(), Value::Array(all));
        Value::Object(out)
    }

    fn risk(&self, finding: &Finding, id: &str) -> Value {
        let affected = self.affected(&finding.elements);
        let status = match finding.status {
            Status::Open | Status::Mitigating | Status::Avoided => "assessed",
            Status::Accepted => "accepted",
            Status::Transferred => "transferred",
            Status::FalsePositive => "retired",
            Status::Mitigated => "mitigated",
        };
        let mut out = json!({
            "bom-ref": id,
            "name": &*finding.title,
            "statement": if finding.description.is_empty() { &*finding.title } else { &*finding.description },
            "relatedThreats": [&*finding.id],
            "inherentRisk": rating(&finding.inherent),
            "residualRisk": rating(&finding.residual),
            "status": status,
        });
        if let Some(object) = out.as_object_mut() {
            if !affected.is_empty() {
                object.insert("affects".to_owned(), json!(affected));
            }
            if let Some(decision) = finding.decision.and_then(|index| self.report.decisions.get(index as usize)) {
                object.insert("responses".to_owned(), json!([response(decision, id)]));
            }
        }
        out
    }

    fn controls(&self) -> Value {
        let kept = whole(self.model, NAME, "control");
        let known: BTreeSet<String> =
            kept.iter().filter_map(|(_, it)| it.get("bom-ref")?.as_str().map(str::to_owned)).collect();
        let names: BTreeSet<String> =
            kept.iter().filter_map(|(_, it)| it.get("name")?.as_str().map(str::to_owned)).collect();
        let mut all: Vec<Value> = kept.into_iter().map(|(_, object)| Value::Object(object)).collect();
        for (number, note) in
            (1..).zip(self.model.notes.iter().filter(|note| matches!(&*note.kind, "control" | "mitigation")))
        {
            if !names.contains(&*note.title) && !note.title.is_empty() {
                all.push(
                    json!({ "bom-ref": format!("note:{number}"), "name": &*note.title, "description": &*note.text }),
                );
            }
        }
        for control in controls(self.report) {
            let id = format!("control:{}", control.id);
            if known.contains(&id) {
                continue;
            }
            let status = match control.state {
                Present::Everywhere => "implemented",
                Present::Somewhere => "in-progress",
                Present::Nowhere => "recommended",
            };
            all.push(json!({ "bom-ref": id, "name": control.name, "description": control.summary, "status": status }));
        }
        Value::Array(all)
    }
}

fn is_store(kind: &str) -> bool {
    const ASSETS: [&str; 3] = ["data-store", "data", "cache"];
    !ASSETS.contains(&kind)
}

fn is_ours(property: &Value) -> bool {
    property.get("name").and_then(Value::as_str).is_some_and(|name| name.starts_with("vauban:"))
}

/// A fact as text: words as they are in models, several with commas.
fn value_of(fact: &Fact) -> Option<String> {
    let word = |symbol: &u16| enumeration_of(fact.id).map_or("?", |words| words.word(*symbol));
    Some(match &fact.value {
        FactValue::Bool(value) => value.to_string(),
        FactValue::Symbol(symbol) => word(symbol).to_owned(),
        FactValue::Symbols(symbols) => symbols.iter().map(word).collect::<Vec<_>>().join(", "),
        FactValue::Number(number) => number.to_string(),
        FactValue::Text(text) => text.to_string(),
        FactValue::Words(words) => words.join(", "),
        FactValue::References(_) => return None,
    })
}

fn stride_word(stride: Stride) -> &'static str {
    match stride {
        Stride::Spoofing => "spoofing",
        Stride::Tampering => "tampering",
        Stride::Repudiation => "repudiation",
        Stride::InformationDisclosure => "information-disclosure",
        Stride::DenialOfService => "denial-of-service",
        Stride::ElevationOfPrivilege => "elevation-of-privilege",
    }
}

/// Categories that the format knows, and the others.
fn categories(said: &[Box<str>]) -> (Vec<Value>, Vec<&str>) {
    const TAXONOMIES: [&str; 3] = ["LINDDUN", "MAESTRO", "MITRE-ATTACK"];
    let (mut known, mut others) = (Vec::new(), Vec::new());
    for category in said {
        let plain = |text: &str| -> String { text.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect() };
        let stride = Stride::ALL.into_iter().find(|stride| {
            plain(category) == plain(stride_word(*stride)) || category.eq_ignore_ascii_case(stride.letter())
        });
        let named = category.split_once(": ").filter(|(taxonomy, _)| TAXONOMIES.contains(taxonomy));
        match (stride, named) {
            (Some(stride), _) => known.push(json!({ "taxonomy": "STRIDE", "category": stride_word(stride) })),
            (None, Some((taxonomy, category))) => known.push(json!({ "taxonomy": taxonomy, "category": category })),
            (None, None) => others.push(&**category),
        }
    }
    known.dedup();
    (known, others)
}

fn rating(score: &Score) -> Value {
    const LIKELIHOOD: [&str; 5] = ["very-low", "low", "medium", "high", "certain"];
    const IMPACT: [&str; 5] = ["negligible", "low", "moderate", "major", "catastrophic"];
    json!({
        "likelihood": { "level": LIKELIHOOD.get(score.likelihood.index()).copied().unwrap_or("medium") },
        "impact": { "level": IMPACT.get(score.impact.index()).copied().unwrap_or("moderate") },
        "score": {
            "level": match score.risk { Level::Low => "low", Level::Medium => "medium", Level::High => "high", Level::Critical => "critical" },
            "methodology": "qualitative-matrix",
        },
        "rationale": score.because.join(" "),
    })
}

fn response(decision: &Decision, id: &str) -> Value {
    let strategy = match decision.treatment {
        Treatment::Mitigate => "reduce",
        Treatment::Accept | Treatment::FalsePositive => "accept",
        Treatment::Transfer => "transfer",
        Treatment::Avoid => "avoid",
    };
    let mut description = decision.reason.to_string();
    for (label, text) in [("Owner", &*decision.owner), ("Approver", &*decision.approver)] {
        if !text.is_empty() {
            description.push_str(&format!("\n{label}: {text}"));
        }
    }
    if let Some(until) = &decision.until {
        description.push_str(&format!("\nUntil: {until}"));
    }
    json!({ "bom-ref": format!("response:{id}"), "strategy": strategy, "description": description })
}
