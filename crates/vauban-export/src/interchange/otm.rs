//! Open Threat Model 0.2.0, as IriusRisk and others read it.
//!
//! What the format cannot say stands in `attributes` under keys that begin with `vauban:`; our reader takes it from there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use vauban_model::drawing::Drawing;
use vauban_model::drawing::geometry::Point;
use vauban_model::finding::{Finding, Status};
use vauban_model::model::{Element, ElementRef, Model, RecordedThreat};
use vauban_model::report::Report;
use vauban_model::vocabulary::{Domain, FactId, fact};

use super::kept::{self, Kept, PREFIX};
use super::places::{Page, pages};
use super::{Aspect, Exported};

/// Everything: what the format has no place for stands in its attributes.
pub(super) const CARRIES: &[Aspect] = &Aspect::ALL;
/// The prefix of remarks that the reader of this format left.
const NATIVE: &str = "otm:";
/// The zone of components that lie in none: the format wants one.
const NOWHERE: &str = "vauban-no-trust-zone";

/// Writes the model.
pub(super) fn export(report: &Report<'_>) -> Exported {
    let model = report.model;
    let pages = pages(report);
    let (threats, instances, mitigations) = Threats::of(report).lists();
    let mut zones: Vec<Value> = model.elements(Domain::Boundary).map(|(at, it)| zone(model, at, it, &pages)).collect();
    if model.components.iter().any(|component| component.boundary.is_none() && component.parent.is_none()) {
        zones.push(json!({
            "id": NOWHERE,
            "name": "No trust zone",
            "description": "For components that lie in no trust boundary of the model.",
            "risk": { "trustRating": 50 },
            "attributes": { (format!("{PREFIX}invented")): true },
        }));
    }
    let components: Vec<Value> =
        model.elements(Domain::Component).map(|(at, it)| component(report, at, it, &pages, &instances)).collect();
    let flows: Vec<Value> = model.elements(Domain::Flow).map(|(at, it)| flow(model, at, it, &instances)).collect();
    let mut document = json!({
        "otmVersion": "0.2.0",
        "project": project(report),
        "representations": representations(model, &pages),
        "assets": model.elements(Domain::Data).map(|(_, it)| asset(model, it)).collect::<Vec<_>>(),
        "trustZones": zones,
        "components": components,
        "dataflows": flows,
        "threats": threats,
        "mitigations": mitigations,
    });
    strip(&mut document);
    let mut bytes = serde_json::to_vec_pretty(&document).unwrap_or_default();
    bytes.push(b'\n');
    Exported { bytes, ..Exported::default() }
}

/// Takes out texts that were left empty: the format lets them be absent.
fn strip(document: &mut Value) {
    for list in document.as_object_mut().into_iter().flat_map(|fields| fields.iter_mut()).map(|(_, value)| value) {
        for item in list.as_array_mut().into_iter().flatten() {
            if let Some(fields) = item.as_object_mut() {
                fields.retain(|key, value| !(value.is_null() || key == "description" && value.as_str() == Some("")));
            }
        }
    }
}

/// A remark of this format.
fn remark<'m>(element: &'m Element, key: &str) -> Option<&'m str> {
    let found = element.extras.iter().find(|(known, _)| known.strip_prefix(NATIVE) == Some(key));
    found.map(|(_, value)| &**value)
}

/// Our keys with their prefix, and behind them the attributes the element had.
fn attributes(element: &Element, ours: Kept) -> Map<String, Value> {
    let mut out = Map::new();
    for (key, value) in ours {
        out.insert(format!("{PREFIX}{key}"), value);
    }
    for (key, value) in &element.extras {
        let Some(name) = key.strip_prefix("otm:attributes.") else { continue };
        // What was no text is written as what it was; any other way of writing it would read differently.
        let parsed = serde_json::from_str::<Value>(value)
            .ok()
            .filter(|parsed| !parsed.is_string() && serde_json::to_string(parsed).is_ok_and(|text| *text == **value));
        out.entry(name.to_owned()).or_insert_with(|| parsed.unwrap_or_else(|| json!(value)));
    }
    out
}

/// What an element says beside; `said` are facts that stand in fields of the format, `natural` its own lists.
fn beside(model: &Model, element: &Element, said: &[FactId], has_tags: bool) -> Kept {
    let mut out = Kept::new();
    out.insert("kept".to_owned(), json!(true));
    kept::owner(element, &mut out);
    if !has_tags {
        kept::tags(element, &mut out);
    }
    kept::scope(element, &mut out);
    kept::facts(model, element, |it| said.contains(&it.id), &mut out);
    kept::extras(&element.extras, |key| key.starts_with("otm:attributes."), &mut out);
    out
}

fn project(report: &Report<'_>) -> Value {
    let model = report.model;
    let system = &model.system;
    let mut ours = Kept::new();
    kept::scope(system, &mut ours);
    kept::facts(model, system, |_| false, &mut ours);
    kept::extras(&system.extras, |key| key.starts_with("otm:attributes.") || key == "otm:otmVersion", &mut ours);
    kept::lists(model, &mut ours);
    if !report.decisions.is_empty() {
        ours.insert("decisions".to_owned(), Value::Array(kept::decisions(report.decisions)));
    }
    let mut out = json!({
        "name": system.name,
        "id": system.id,
        "description": system.description,
        "owner": system.owner.as_deref().unwrap_or_default(),
        "tags": system.tags,
        "attributes": attributes(system, ours),
    });
    if let (Some(contact), Some(fields)) = (remark(system, "ownerContact"), out.as_object_mut()) {
        fields.insert("ownerContact".to_owned(), json!(contact));
    }
    out
}

/// The pages, as diagrams.
fn representations(model: &Model, pages: &[Page]) -> Vec<Value> {
    let native: Vec<Value> = remark(&model.system, "representations")
        .and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok())
        .unwrap_or_default();
    let mut out = Vec::new();
    for page in pages {
        let id = page_id(page);
        let drawing = model.drawings.iter().find(|drawing| *drawing.id == *page.id);
        let known = native.iter().find(|it| it.get("id").and_then(Value::as_str) == Some(&id)).cloned();
        let mut entry = known.unwrap_or_else(|| {
            let right = page.shapes.iter().map(|(_, at)| at.corner.x + at.width).fold(0.0f64, f64::max);
            let bottom = page.shapes.iter().map(|(_, at)| at.corner.y + at.height).fold(0.0f64, f64::max);
            json!({ "name": page.name, "id": id, "type": "diagram", "size": { "width": right + 40.0, "height": bottom + 40.0 } })
        });
        let drawing = drawing.filter(|it| !it.lines.is_empty() || !it.flows.is_empty());
        if let (Some(drawing), Some(fields)) = (drawing, entry.as_object_mut()) {
            fields.insert("attributes".to_owned(), lines(model, drawing));
        }
        out.push(entry);
    }
    let written: Vec<String> = pages.iter().map(page_id).collect();
    let others = native
        .into_iter()
        .filter(|it| it.get("id").and_then(Value::as_str).is_some_and(|id| written.iter().all(|known| known != id)));
    out.extend(others);
    out
}

/// The id of a page; one that we laid out has none of its own.
fn page_id(page: &Page) -> String {
    if page.id.is_empty() { "vauban-layout".to_owned() } else { page.id.clone() }
}

/// Bends and lines, for which the format has no place.
fn lines(model: &Model, drawing: &Drawing) -> Value {
    let points = |points: &[Point]| points.iter().map(|at| json!([at.x, at.y])).collect::<Vec<_>>();
    let flows = drawing.flows.iter().map(|it| {
        let id = model.id(ElementRef { domain: Domain::Flow, index: it.flow });
        json!({ "flow": id, "bends": points(&it.bends), "curved": it.curved })
    });
    let lines = drawing.lines.iter().map(|it| {
        let id = model.id(ElementRef { domain: Domain::Boundary, index: it.boundary });
        json!({ "boundary": id, "points": points(&it.points), "curved": it.curved })
    });
    json!({
        (format!("{PREFIX}flows")): flows.collect::<Vec<_>>(),
        (format!("{PREFIX}lines")): lines.collect::<Vec<_>>(),
    })
}

/// Where an element stands on the pages, relative to what it lies in.
fn places(model: &Model, element: ElementRef, pages: &[Page]) -> Vec<Value> {
    let mut out = Vec::new();
    for page in pages {
        let rect = |wanted: ElementRef| page.shapes.iter().find(|(it, _)| *it == wanted).map(|(_, rect)| *rect);
        let Some(own) = rect(element) else { continue };
        // The nearest that is drawn around it: what is not drawn moves nothing.
        let mut around = parent(model, element);
        let mut corner = Point { x: 0.0, y: 0.0 };
        for _ in 0..=model.boundaries.len() + model.components.len() {
            let Some(outer) = around else { break };
            if let Some(outer) = rect(outer) {
                corner = outer.corner;
                break;
            }
            around = parent(model, outer);
        }
        out.push(json!({
            "representation": page_id(page),
            "id": format!("{}-{}", page_id(page), model.id(element)),
            "name": model.name(element),
            "position": { "x": own.corner.x - corner.x, "y": own.corner.y - corner.y },
            "size": { "width": own.width, "height": own.height },
        }));
    }
    // Places in code and whatever else the file had.
    let native = model.get(element).and_then(|it| remark(it, "representations"));
    let native = native.and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok()).unwrap_or_default();
    let is_drawn = |it: &Value| {
        it.get("position").is_some_and(|at| !at.is_null()) && it.get("size").is_some_and(|at| !at.is_null())
    };
    out.extend(native.into_iter().filter(|it| !is_drawn(it)));
    out
}

/// What an element's place is relative to.
fn parent(model: &Model, element: ElementRef) -> Option<ElementRef> {
    let zone = |index| ElementRef { domain: Domain::Boundary, index };
    match element.domain {
        Domain::Component => {
            let component = model.components.get(element.at())?;
            let part_of = component.parent.map(|index| ElementRef { domain: Domain::Component, index });
            part_of.or(component.boundary.map(zone))
        }
        Domain::Boundary => model.boundaries.get(element.at())?.parent.map(zone),
        _ => None,
    }
}

/// The middle of the band of a word, by its position of so many.
fn band(symbol: Option<u16>, of: u16) -> f64 {
    symbol.map_or(50.0, |symbol| f64::from(symbol) * 100.0 / f64::from(of) + 50.0 / f64::from(of))
}

/// The number the file had, if it still stands for the word.
fn number(element: &Element, key: &str, computed: f64) -> Value {
    let said =
        remark(element, key).and_then(|text| text.parse::<f64>().ok()).filter(|number| (0.0..=100.0).contains(number));
    said.map_or_else(|| json!(computed), |number| json!(number))
}

fn asset(model: &Model, data: &Element) -> Value {
    let need = |id| band(data.symbol(id), 4);
    json!({
        "name": data.name,
        "id": data.id,
        "description": data.description,
        "risk": {
            "confidentiality": number(data, "risk.confidentiality", need(fact::CLASSIFICATION)),
            "integrity": number(data, "risk.integrity", need(fact::INTEGRITY)),
            "availability": number(data, "risk.availability", need(fact::AVAILABILITY)),
            "comment": remark(data, "risk.comment").unwrap_or_default(),
        },
        "attributes": attributes(data, beside(model, data, &[], false)),
    })
}

fn zone(model: &Model, element: ElementRef, boundary: &Element, pages: &[Page]) -> Value {
    let trust = band(boundary.symbol(fact::TRUST), 5);
    let mut out = json!({
        "id": boundary.id,
        "name": boundary.name,
        "description": boundary.description,
        "risk": { "trustRating": number(boundary, "trustRating", trust) },
    });
    if let Some(fields) = out.as_object_mut() {
        let kind = remark(boundary, "type").or(boundary.word(fact::BOUNDARY_KIND));
        if let Some(kind) = kind {
            fields.insert("type".to_owned(), json!(kind));
        }
        if let Some(parent) = parent(model, element) {
            fields.insert("parent".to_owned(), json!({ "trustZone": model.id(parent) }));
        }
        fields.insert("representations".to_owned(), Value::Array(places(model, element, pages)));
        let ours = beside(model, boundary, &[], false);
        fields.insert("attributes".to_owned(), Value::Object(attributes(boundary, ours)));
    }
    out
}

/// References of a fact, by id.
fn listed(model: &Model, element: &Element, id: FactId) -> Vec<Value> {
    let domain = kept::referred(id);
    element.references(id).iter().map(|index| json!(model.id(ElementRef { domain, index: *index }))).collect()
}

type Instances = BTreeMap<ElementRef, Vec<Value>>;

fn component(
    report: &Report<'_>,
    element: ElementRef,
    entry: &Element,
    pages: &[Page],
    instances: &Instances,
) -> Value {
    let model = report.model;
    let technology = entry.words(fact::TECHNOLOGY).first().map(|name| &**name);
    let kind = remark(entry, "type").or(technology).unwrap_or("empty-component");
    let parent = match parent(model, element) {
        Some(around) if around.domain == Domain::Component => json!({ "component": model.id(around) }),
        Some(around) => json!({ "trustZone": model.id(around) }),
        None => json!({ "trustZone": NOWHERE }),
    };
    // An empty list says nothing there, and "none" here.
    let natural: Vec<FactId> =
        [fact::HANDLES, fact::STORES].into_iter().filter(|id| !entry.references(*id).is_empty()).collect();
    let mut ours = beside(model, entry, &natural, true);
    let component = model.components.get(element.at());
    let handed_down = component.and_then(|it| it.parent).and_then(|at| model.components.get(at as usize));
    if let (Some(component), Some(outer)) = (component, handed_down)
        && component.boundary != outer.boundary
    {
        let id = component.boundary.map_or("", |index| model.id(ElementRef { domain: Domain::Boundary, index }));
        ours.insert("boundary".to_owned(), json!(id));
    }
    json!({
        "id": entry.id,
        "name": entry.name,
        "type": kind,
        "description": entry.description,
        "parent": parent,
        "representations": places(model, element, pages),
        "assets": { "processed": listed(model, entry, fact::HANDLES), "stored": listed(model, entry, fact::STORES) },
        "threats": instances.get(&element).cloned().unwrap_or_default(),
        "tags": entry.tags,
        "attributes": attributes(entry, ours),
    })
}

fn flow(model: &Model, element: ElementRef, entry: &Element, instances: &Instances) -> Value {
    let end = |index: Option<u32>| index.map_or("?", |index| model.id(ElementRef { domain: Domain::Component, index }));
    let flow = model.flows.get(element.at());
    let returns = listed(model, entry, fact::RETURNS);
    let mut assets = listed(model, entry, fact::CARRIES);
    // The format has one list for both ways; which way is which stands beside then.
    let mut natural = vec![fact::TWO_WAY];
    if !assets.is_empty() && returns.iter().all(|id| assets.contains(id)) {
        natural.push(fact::CARRIES);
    }
    for id in returns {
        if !assets.contains(&id) {
            assets.push(id);
        }
    }
    let two_way = entry.fact(fact::TWO_WAY).filter(|it| kept::is_stated(it)).and_then(|_| entry.bool(fact::TWO_WAY));
    let mut ours = beside(model, entry, &natural, true);
    if !natural.contains(&fact::CARRIES) && !assets.is_empty() && entry.fact(fact::CARRIES).is_none() {
        ours.insert("unsaid".to_owned(), json!([fact::CARRIES.definition().key]));
    }
    json!({
        "id": entry.id,
        "name": entry.name,
        "description": entry.description,
        "bidirectional": two_way,
        "source": end(flow.map(|it| it.source)),
        "destination": end(flow.map(|it| it.target)),
        "assets": assets,
        "threats": instances.get(&element).cloned().unwrap_or_default(),
        "tags": entry.tags,
        "attributes": attributes(entry, ours),
    })
}

/// Threats, where they are, and what is done about them, on their way into three lists.
struct Threats<'a, 'r> {
    report: &'a Report<'r>,
    definitions: Vec<(String, Value)>,
    instances: Instances,
    mitigations: BTreeMap<String, Value>,
}

/// The state of a recorded threat that does not say.
const EXPOSED: &str = "exposed";

impl<'a, 'r> Threats<'a, 'r> {
    fn of(report: &'a Report<'r>) -> Self {
        let mut this =
            Threats { report, definitions: Vec::new(), instances: BTreeMap::new(), mitigations: BTreeMap::new() };
        for threat in &report.model.recorded_threats {
            this.recorded(threat);
        }
        for finding in &report.analysis.findings {
            this.finding(finding);
        }
        this
    }

    fn lists(self) -> (Vec<Value>, Instances, Vec<Value>) {
        let definitions = self.definitions.into_iter().map(|(_, value)| value).collect();
        (definitions, self.instances, self.mitigations.into_values().collect())
    }

    /// The definition of this id, made if it is new.
    fn definition(&mut self, id: &str, make: impl FnOnce() -> Value) -> Option<&mut Map<String, Value>> {
        let at = match self.definitions.iter().position(|(known, _)| known == id) {
            Some(at) => at,
            None => {
                self.definitions.push((id.to_owned(), make()));
                self.definitions.len() - 1
            }
        };
        self.definitions.get_mut(at)?.1.get_mut("attributes")?.as_object_mut()
    }

    fn recorded(&mut self, threat: &RecordedThreat) {
        let model = self.report.model;
        // `threat@element` is how the reader names the threat of an element.
        let about = threat.elements.first().map(|element| format!("@{}", model.id(*element)));
        let id = about.and_then(|about| threat.id.strip_suffix(&*about)).unwrap_or(&threat.id).to_owned();
        let said = |key: &str| {
            let found = threat.extras.iter().find(|(known, _)| known.strip_prefix(NATIVE) == Some(key));
            found.map(|(_, value)| value.to_string())
        };
        let (likelihood, impact) = risk(&threat.severity);
        let mut others = Map::new();
        for (key, value) in &threat.extras {
            if let Some(name) = key.strip_prefix("otm:attributes.") {
                others.insert(name.to_owned(), json!(value));
            }
        }
        let whole = kept::threat(model, threat);
        let definition = || {
            others.insert(format!("{PREFIX}threats"), json!([]));
            json!({
                "id": id,
                "name": threat.title,
                "description": threat.description,
                "categories": threat.categories,
                "cwes": threat.cwe.iter().map(|number| format!("CWE-{number}")).collect::<Vec<_>>(),
                "risk": {
                    "likelihood": likelihood,
                    "likelihoodComment": said("risk.likelihoodComment").unwrap_or_default(),
                    "impact": impact,
                    "impactComment": said("risk.impactComment").unwrap_or_default(),
                },
                "tags": said("tags").map(|tags| tags.split(", ").map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default(),
                "attributes": others,
            })
        };
        if let Some(list) = self
            .definition(&id, definition)
            .and_then(|attributes| attributes.get_mut(&format!("{PREFIX}threats")))
            .and_then(Value::as_array_mut)
        {
            list.push(whole);
        }
        let mut done = Vec::new();
        let mut lines = threat.mitigation.lines();
        for (key, value) in &threat.extras {
            let Some(id) = key.strip_prefix("otm:mitigation.") else { continue };
            let Ok(details) = serde_json::from_str::<Value>(value) else { continue };
            let state = details.get("state").and_then(Value::as_str).unwrap_or("required").to_owned();
            let line = lines.next().unwrap_or(id);
            let name = line.split_once(&format!(" ({state})")).map_or(line, |(name, _)| name);
            let description = line.split_once("): ").map_or("", |(_, text)| text);
            let reduction = details.get("riskReduction").and_then(Value::as_f64).unwrap_or(50.0);
            self.mitigation(id, name, description, reduction);
            done.push(json!({ "mitigation": id, "state": state }));
        }
        if done.is_empty() && !threat.mitigation.is_empty() {
            let id = format!("mitigation-of-{}", threat.id);
            let name: String = threat.mitigation.lines().next().unwrap_or_default().chars().take(120).collect();
            self.mitigation(&id, &name, &threat.mitigation, 50.0);
            done.push(json!({ "mitigation": id, "state": "recommended" }));
        }
        let state = if threat.status.is_empty() { EXPOSED } else { &*threat.status };
        // Once: a threat about several elements would else be several threats there.
        let has_threats = |it: &&ElementRef| matches!(it.domain, Domain::Component | Domain::Flow);
        if let Some(element) = threat.elements.iter().find(has_threats) {
            let instance = json!({ "threat": id, "state": state, "mitigations": done });
            self.instances.entry(*element).or_default().push(instance);
        }
    }

    fn mitigation(&mut self, id: &str, name: &str, description: &str, reduction: f64) {
        let name = if name.is_empty() { id } else { name };
        self.mitigations.entry(id.to_owned()).or_insert_with(|| {
            json!({ "id": id, "name": name, "description": description, "riskReduction": reduction,
                "attributes": { (format!("{PREFIX}kept")): true } })
        });
    }

    fn finding(&mut self, finding: &Finding) {
        let report = self.report;
        let Some(rule) = report.threats.get(finding.threat as usize).filter(|rule| &*rule.family != "embedded") else {
            return;
        };
        let has_threats = |it: &&ElementRef| matches!(it.domain, Domain::Component | Domain::Flow);
        let Some(element) = finding.elements.iter().find(has_threats).copied() else { return };
        let id = format!("vauban-{}", rule.id);
        let likelihood = [10, 30, 50, 70, 90].get(finding.current.likelihood.index()).copied().unwrap_or(50);
        let impact = u32::from(finding.current.impact.level()) * 20;
        let letters: Vec<&str> = finding.stride.iter().map(|letter| letter.name()).collect();
        let about = kept::named(report.model, element);
        let definition = || {
            json!({
                "id": id,
                "name": rule.title,
                "description": finding.description,
                "categories": letters,
                "cwes": rule.cwe.iter().map(|number| json!(format!("CWE-{}", number.trim_start_matches("CWE-")))).collect::<Vec<_>>(),
                "risk": { "likelihood": likelihood, "likelihoodComment": "", "impact": impact, "impactComment": "" },
                "tags": ["vauban"],
                "attributes": { (format!("{PREFIX}rule")): rule.id, (format!("{PREFIX}findings")): {} },
            })
        };
        if let (Some(about), Some(findings)) = (
            about.as_str(),
            self.definition(&id, definition)
                .and_then(|attributes| attributes.get_mut(&format!("{PREFIX}findings")))
                .and_then(Value::as_object_mut),
        ) {
            findings.insert(about.to_owned(), json!(finding.id));
        }
        let mut done = Vec::new();
        for need in &finding.controls {
            let Some(control) = report.controls.iter().find(|control| control.id == need.control) else { continue };
            let reduction = need.weakens.map_or(100.0, |levels| (f64::from(levels) * 25.0).min(75.0));
            self.mitigation(&format!("vauban-{}", control.id), &control.name, &control.summary, reduction);
            let state = match (need.present, finding.status) {
                (Some(true), _) => "implemented",
                (_, Status::Mitigating) => "required",
                _ => "recommended",
            };
            done.push(json!({ "mitigation": format!("vauban-{}", control.id), "state": state }));
        }
        let state = match finding.status {
            Status::Open => EXPOSED,
            Status::Mitigating => "partly-mitigated",
            Status::Accepted => "accepted",
            Status::Transferred => "transferred",
            Status::Avoided => "avoided",
            Status::FalsePositive => "not-applicable",
            Status::Mitigated => "mitigated",
        };
        let instance = json!({ "threat": id, "state": state, "mitigations": done });
        self.instances.entry(element).or_default().push(instance);
    }
}

/// Likelihood and impact out of a severity: as the reader wrote them, else by the word.
fn risk(severity: &str) -> (Value, f64) {
    let after = |word: &str| -> Option<f64> {
        let (_, rest) = severity.split_once(word)?;
        rest.split_whitespace().next()?.trim_end_matches(',').parse().ok()
    };
    match (after("likelihood "), after("impact ")) {
        (likelihood, Some(impact)) => (likelihood.map_or(Value::Null, |number| json!(number)), impact),
        _ => {
            let number = match severity.to_lowercase().as_str() {
                "low" => 25.0,
                "high" | "elevated" => 75.0,
                "critical" => 100.0,
                _ => 50.0,
            };
            (json!(number), number)
        }
    }
}
