//! Statements for Threat Composer, schema 1.
//!
//! The format is strict: keys that it does not know and texts that are too long are refused. Everything read from it goes
//! back as it was; our findings become statements in its grammar, controls become mitigations with their status.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use vauban_model::finding::{Finding, Status};
use vauban_model::model::{Model, RecordedThreat};
use vauban_model::report::Report;
use vauban_model::scale::{Level, Stride};

use super::listed::{Cut, Gathered, Present, controls, finish, foreign, json_or_text, loss, names, remark, whole};
use super::words::uuid;
use super::{Aspect, Exported, Original};
use crate::digest::recorded_state;
use vauban_model::recorded::Recorded;

/// What the format can hold.
pub(super) const CARRIES: &[Aspect] = &[
    Aspect::Controls,
    Aspect::Assumptions,
    Aspect::Notes,
    Aspect::RecordedThreats,
    Aspect::ThreatCategories,
    Aspect::ThreatStates,
    Aspect::ThreatSeverities,
    Aspect::Findings,
    Aspect::Extras,
];

const NAME: &str = "threat-composer";
/// The longest text of a part of a statement.
const FIELD: usize = 200;
/// The longest assumption, mitigation or comment.
const TEXT: usize = 1000;
/// The longest description.
const LONG: usize = 100_000;
/// The longest tag.
const TAG: usize = 30;
/// The longest key of metadata.
const KEY: usize = 50;
/// The longest picture.
const PICTURE: usize = 1_000_000;

/// Writes a workspace.
pub(super) fn export(report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    let model = report.model;
    let mut cut = Cut::default();
    let mut out = Map::new();
    out.insert("schema".to_owned(), json!(1));
    out.insert(
        "applicationInfo".to_owned(),
        json!({
            "name": cut.text(&model.system.name, FIELD, &model.system.id),
            "description": cut.text(&model.system.description, LONG, &model.system.id),
        }),
    );
    let pictures =
        original.and_then(|original| serde_json::from_str::<Value>(original.text.trim_start_matches('\u{feff}')).ok());
    for key in ["architecture", "dataflow"] {
        out.insert(key.to_owned(), picture(model, key, pictures.as_ref(), &mut cut));
    }
    let mut board =
        Board { cut, assumptions: Numbered::default(), mitigations: Numbered::default(), threats: Numbered::default() };
    let assumption_ids = board.assumptions(model);
    let gathered = controls(report);
    let (mitigation_ids, control_ids, unwritten) = board.mitigations(model, &gathered);
    let mut links = Links::default();
    for threat in &model.recorded_threats {
        let id = board.recorded(threat);
        for name in remark(&threat.extras, NAME, "mitigations").into_iter().flat_map(|names| names.split(", ")) {
            links.mitigate(mitigation_ids.get(name), &id);
        }
        for name in remark(&threat.extras, NAME, "assumptions").into_iter().flat_map(|names| names.split(", ")) {
            links.assume("Threat", assumption_ids.get(name), &id);
        }
        // What another tool recorded as text becomes a mitigation of its own.
        if remark(&threat.extras, NAME, "mitigations").is_none() && !threat.mitigation.trim().is_empty() {
            let content = board.cut.text(&threat.mitigation, TEXT, &threat.id);
            let mitigation = uuid(&["mitigation", &threat.id]);
            let item = match recorded_state(threat) {
                Recorded::Mitigated => json!({ "content": content, "status": "mitigationResolved" }),
                _ => json!({ "content": content }),
            };
            board.mitigations.push(&mitigation, item);
            links.mitigate(Some(&mitigation), &id);
        }
    }
    // What was written before and read again is there already, with whatever people made of it.
    let known: BTreeSet<&str> =
        model.recorded_threats.iter().filter_map(|threat| remark(&threat.extras, NAME, "id")).collect();
    for finding in &report.analysis.findings {
        let id = uuid(&["finding", &finding.id]);
        if !known.contains(id.as_str()) {
            board.finding(report, finding, &id);
        }
        for control in &finding.controls {
            links.mitigate(control_ids.get(&control.control), &id);
        }
    }
    let pairs = remark(&model.system.extras, NAME, "assumptionLinks").into_iter().flat_map(|pairs| pairs.split(", "));
    for (assumption, mitigation) in pairs.filter_map(|pair| pair.split_once(' ')) {
        if let Some(mitigation) = mitigation_ids.get(mitigation) {
            links.assume("Mitigation", assumption_ids.get(assumption), mitigation);
        }
    }
    out.insert("assumptions".to_owned(), board.assumptions.into_value());
    out.insert("mitigations".to_owned(), board.mitigations.into_value());
    out.insert("assumptionLinks".to_owned(), Value::Array(links.assumptions));
    out.insert("mitigationLinks".to_owned(), Value::Array(links.mitigations));
    out.insert("threats".to_owned(), board.threats.into_value());
    if let Some(kind) = remark(&model.system.extras, NAME, "type") {
        out = pack(model, kind, out);
    }
    finish(&Value::Object(out), Vec::new(), [board.cut.loss(), foreign(model, NAME), loss("notes", unwritten)])
}

/// A pack stays one: the same lists under a head of its own.
fn pack(model: &Model, kind: &str, mut whole: Map<String, Value>) -> Map<String, Value> {
    let kept = |key: &str| remark(&model.system.extras, NAME, key).unwrap_or_default();
    let mut out = Map::new();
    out.insert("schema".to_owned(), json!(1));
    out.insert("namespace".to_owned(), Value::from(kept("namespace")));
    out.insert("type".to_owned(), Value::from(kind));
    out.insert("id".to_owned(), Value::from(kept("pack.id")));
    out.insert("name".to_owned(), Value::from(&*model.system.name));
    out.insert("description".to_owned(), Value::from(&*model.system.description));
    for key in ["threats", "mitigationLinks", "mitigations"] {
        if let Some(list) = whole.remove(key).filter(|list| list.as_array().is_none_or(|list| !list.is_empty())) {
            out.insert(key.to_owned(), list);
        }
    }
    out
}

/// A picture with its description: the one of the file it is written into, or the address that was kept.
fn picture(model: &Model, key: &str, original: Option<&Value>, cut: &mut Cut) -> Value {
    let mut out = Map::new();
    let kept = remark(&model.system.extras, NAME, &format!("{key}.image"));
    let inside = original.and_then(|file| file.get(key)?.get("image")?.as_str());
    let image = kept.or(inside).filter(|image| image.len() <= PICTURE);
    out.insert("image".to_owned(), Value::from(image.unwrap_or_default()));
    let text = model.notes.iter().find(|note| &*note.kind == key).map_or("", |note| &note.text);
    out.insert("description".to_owned(), Value::from(cut.text(text, LONG, key)));
    Value::Object(out)
}

/// A list whose items have an id and a number.
#[derive(Default)]
struct Numbered {
    items: Vec<(String, Map<String, Value>)>,
    used: BTreeSet<u64>,
}

impl Numbered {
    /// Adds an item; its own number stays if it is free.
    fn push(&mut self, id: &str, item: Value) {
        let Value::Object(item) = item else { return };
        if let Some(number) = item.get("numericId").and_then(Value::as_u64) {
            self.used.insert(number);
        }
        self.items.push((id.to_owned(), item));
    }

    fn into_value(self) -> Value {
        let mut next = self.used.last().map_or(1, |last| last.saturating_add(1));
        let mut taken = BTreeSet::new();
        let items = self.items.into_iter().map(|(id, mut item)| {
            let own = item.get("numericId").and_then(Value::as_u64).filter(|number| taken.insert(*number));
            let number = own.unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            let mut out = Map::new();
            out.insert("id".to_owned(), Value::from(id));
            out.insert("numericId".to_owned(), Value::from(number));
            item.remove("id");
            item.remove("numericId");
            out.extend(item);
            Value::Object(out)
        });
        items.collect()
    }
}

#[derive(Default)]
struct Links {
    mitigations: Vec<Value>,
    assumptions: Vec<Value>,
    seen: BTreeSet<(String, String)>,
}

impl Links {
    fn mitigate(&mut self, mitigation: Option<&String>, threat: &str) {
        if let Some(mitigation) = mitigation.filter(|it| self.seen.insert(((*it).clone(), threat.to_owned()))) {
            self.mitigations.push(json!({ "mitigationId": mitigation, "linkedId": threat }));
        }
    }

    fn assume(&mut self, kind: &str, assumption: Option<&String>, linked: &str) {
        if let Some(assumption) = assumption.filter(|it| self.seen.insert(((*it).clone(), linked.to_owned()))) {
            self.assumptions.push(json!({ "type": kind, "assumptionId": assumption, "linkedId": linked }));
        }
    }
}

/// The lists while they are filled.
struct Board {
    cut: Cut,
    assumptions: Numbered,
    mitigations: Numbered,
    threats: Numbered,
}

/// Ids by our names.
type Ids = BTreeMap<String, String>;

impl Board {
    fn assumptions(&mut self, model: &Model) -> Ids {
        let kept: BTreeMap<String, Map<String, Value>> = whole(model, NAME, "assumption").into_iter().collect();
        let mut ids = Ids::new();
        for assumption in &model.assumptions {
            let number = assumption.id.strip_prefix("assumption-").unwrap_or(&assumption.id);
            let mut item = kept.get(number).map(|item| self.known(item, &assumption.id)).unwrap_or_default();
            item.insert("content".to_owned(), Value::from(self.cut.text(&assumption.text, TEXT, &assumption.id)));
            let id = native(&item).unwrap_or_else(|| uuid(&["assumption", &assumption.id]));
            ids.insert(assumption.id.to_string(), id.clone());
            self.assumptions.push(&id, Value::Object(item));
        }
        ids
    }

    /// Writes notes that are mitigations, and controls; returns their ids, and the notes that have no place.
    fn mitigations(
        &mut self,
        model: &Model,
        gathered: &[Gathered],
    ) -> (Ids, BTreeMap<Box<str>, String>, Vec<Box<str>>) {
        let kept: BTreeMap<String, Map<String, Value>> = whole(model, NAME, "mitigation").into_iter().collect();
        let mut ids = Ids::new();
        let mut unwritten = Vec::new();
        for note in &model.notes {
            match &*note.kind {
                "mitigation" | "control" => {
                    let number = note.title.strip_prefix("Mitigation ").unwrap_or_default();
                    let mut item = kept.get(number).map(|item| self.known(item, &note.title)).unwrap_or_default();
                    // A note of another tool has a title of its own.
                    let text = match (number.is_empty(), note.text.is_empty()) {
                        (true, false) => format!("{}: {}", note.title, note.text),
                        (true, true) => note.title.to_string(),
                        (false, _) => note.text.to_string(),
                    };
                    item.insert("content".to_owned(), Value::from(self.cut.text(&text, TEXT, &note.title)));
                    if let Some(status) =
                        kept.get(number).and_then(|item| item.get("status")).filter(|it| known_status(it))
                    {
                        item.insert("status".to_owned(), status.clone());
                    }
                    let id =
                        native(&item).unwrap_or_else(|| uuid(&["mitigation", &format!("{}{}", note.title, note.text)]));
                    ids.insert(format!("mitigation-{number}"), id.clone());
                    self.mitigations.push(&id, Value::Object(item));
                }
                "architecture" | "dataflow" => {}
                _ => unwritten.push(note.title.clone()),
            }
        }
        let mut by_control = BTreeMap::new();
        for control in gathered {
            let id = uuid(&["control", &control.id]);
            by_control.insert(control.id.clone(), id.clone());
            if ids.values().any(|known| *known == id) {
                continue;
            }
            let mut text = control.name.clone();
            if !control.summary.is_empty() {
                text.push_str(&format!(": {}", control.summary));
            }
            if !control.on.is_empty() {
                text.push_str(&format!("\nIn place on: {}", control.on.join(", ")));
            }
            let status = match control.state {
                Present::Everywhere => "mitigationResolved",
                Present::Somewhere => "mitigationInProgress",
                Present::Nowhere => "mitigationIdentified",
            };
            let content = self.cut.text(&text, TEXT, &control.id);
            let tag = self.cut.text(&control.id, TAG, &control.id);
            self.mitigations.push(&id, json!({ "content": content, "status": status, "tags": [tag] }));
        }
        (ids, by_control, unwritten)
    }

    /// What of a kept object the schema knows, cut to its lengths.
    fn known(&mut self, item: &Map<String, Value>, id: &str) -> Map<String, Value> {
        let mut out = Map::new();
        if let Some(native) = item.get("id").and_then(Value::as_str).filter(|id| id.len() <= 36 && !id.is_empty()) {
            out.insert("id".to_owned(), Value::from(native));
        }
        for key in ["numericId", "displayOrder"] {
            if let Some(number) = item.get(key).filter(|number| number.is_number()) {
                out.insert(key.to_owned(), number.clone());
            }
        }
        if let Some(tags) = item.get("tags").and_then(Value::as_array) {
            out.insert("tags".to_owned(), self.tags(tags.iter().filter_map(Value::as_str), id));
        }
        if let Some(list) = item.get("metadata").and_then(Value::as_array) {
            let pairs = list.iter().filter_map(|it| Some((it.get("key")?.as_str()?, it.get("value")?.clone())));
            out.insert("metadata".to_owned(), self.metadata(pairs, id));
        }
        out
    }

    fn tags<'t>(&mut self, tags: impl Iterator<Item = &'t str>, id: &str) -> Value {
        tags.map(|tag| self.cut.text(tag, TAG, id)).filter(|tag| !tag.is_empty()).map(Value::from).collect()
    }

    /// Keys that the schema knows, or begin as people's own have to.
    fn metadata<'k>(&mut self, pairs: impl Iterator<Item = (&'k str, Value)>, id: &str) -> Value {
        let mut out = Vec::new();
        for (key, value) in pairs {
            let known = matches!(key, "Comments" | "STRIDE" | "Priority") || key.starts_with("custom:");
            let key = if known { key.to_owned() } else { format!("custom:{key}") };
            let length = if key == "Comments" { TEXT } else { LONG };
            let value = match value {
                Value::Array(list) if key != "Comments" => list
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|text| Value::from(self.cut.text(text, length, id)))
                    .collect(),
                Value::String(text) => Value::from(self.cut.text(&text, length, id)),
                other => Value::from(other.to_string()),
            };
            out.push(json!({ "key": self.cut.text(&key, KEY, id), "value": value }));
        }
        Value::Array(out)
    }

    /// A threat that somebody wrote down.
    fn recorded(&mut self, threat: &RecordedThreat) -> String {
        let of = |key: &str| remark(&threat.extras, NAME, key);
        let mut item = Map::new();
        for key in ["numericId", "displayOrder"] {
            if let Some(number) = of(key).and_then(|text| text.parse::<i64>().ok()) {
                item.insert(key.to_owned(), Value::from(number));
            }
        }
        let mut metadata: Vec<(String, Value)> = Vec::new();
        let letters = stride(&threat.categories);
        if !letters.is_empty() {
            metadata.push(("STRIDE".to_owned(), Value::from(letters)));
        }
        let own = |known: &str| known.eq_ignore_ascii_case(threat.severity.trim());
        match ["High", "Medium", "Low"].into_iter().find(|known| own(known)) {
            Some(priority) => metadata.push(("Priority".to_owned(), Value::from(priority))),
            None if !threat.severity.is_empty() => {
                metadata.push(("custom:severity".to_owned(), Value::from(&*threat.severity)));
                if own("critical") {
                    metadata.push(("Priority".to_owned(), Value::from("High")));
                }
            }
            None => {}
        }
        for (key, value) in threat
            .extras
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix("threat-composer:metadata.")?, json_or_text(value))))
        {
            metadata.push((key.to_owned(), value));
        }
        // The tool has three states. The word of another one stands beside what it became, so that whoever reads it
        // sees whether people changed the state here.
        let known = known_threat_status(&threat.status);
        let state = if known { &*threat.status } else { recorded_status(threat) };
        if !threat.status.is_empty() && !known {
            let pair = Value::Array(vec![Value::from(&*threat.status), Value::from(state)]);
            metadata.push(("custom:state".to_owned(), pair));
        }
        if !metadata.is_empty() {
            let pairs = metadata.iter().map(|(key, value)| (key.as_str(), value.clone()));
            item.insert("metadata".to_owned(), self.metadata(pairs, &threat.id));
        }
        if let Some(Value::Array(tags)) = of("tags").map(json_or_text) {
            item.insert("tags".to_owned(), self.tags(tags.iter().filter_map(Value::as_str), &threat.id));
        }
        for key in ["threatSource", "prerequisites", "threatAction", "threatImpact", "customTemplate"] {
            if let Some(text) = of(key) {
                item.insert(key.to_owned(), Value::from(self.cut.text(text, FIELD, &threat.id)));
            }
        }
        // A threat of another tool has no parts; its title is what may happen.
        if of("threatAction").is_none() && of("id").is_none() && !threat.title.is_empty() {
            item.insert("threatAction".to_owned(), Value::from(self.cut.text(&threat.title, FIELD, &threat.id)));
        }
        for key in ["impactedGoal", "impactedAssets"] {
            if let Some(Value::Array(list)) = of(key).map(json_or_text) {
                let texts = list.iter().filter_map(Value::as_str).map(|text| self.cut.text(text, FIELD, &threat.id));
                let texts: Vec<Value> = texts.map(Value::from).collect();
                item.insert(key.to_owned(), Value::Array(texts));
            }
        }
        item.insert("statement".to_owned(), Value::from(self.cut.text(&threat.description, FIELD * 7, &threat.id)));
        if !threat.status.is_empty() {
            item.insert("status".to_owned(), Value::from(state));
        }
        let id =
            of("id").filter(|id| id.len() <= 36).map_or_else(|| uuid(&["recorded threat", &threat.id]), str::to_owned);
        self.threats.push(&id, Value::Object(item));
        id
    }

    /// A finding as a statement.
    fn finding(&mut self, report: &Report<'_>, finding: &Finding, id: &str) {
        let model = report.model;
        let path = report.analysis.paths.iter().find(|path| finding.paths.first() == Some(&path.id));
        let attacker = path.and_then(|path| report.attackers.get(path.attacker as usize));
        let bare = |name: &str| name.trim_start_matches("an ").trim_start_matches("a ").to_owned();
        let source = attacker.map_or_else(|| "threat actor".to_owned(), |attacker| bare(&attacker.name));
        let step = path.and_then(|path| path.steps.iter().find(|step| step.finding.as_ref() == Some(&finding.id)));
        let from = step.and_then(|step| step.from).map(|from| model.name(from).to_owned());
        let prerequisites = match from {
            Some(from) => format!("who has got as far as {from}"),
            None => finding.elements.first().map(|at| format!("who gets at {}", model.name(*at))).unwrap_or_default(),
        };
        let action = format!("make use of this: {}", finding.title);
        let (impacts, goals): (Vec<&str>, Vec<&str>) = finding.stride.iter().map(|stride| meaning(*stride)).unzip();
        let assets: Vec<String> = match finding.data.as_slice() {
            [] => names(model, &finding.elements),
            data => data
                .iter()
                .filter_map(|index| model.data.get(*index as usize))
                .map(|data| data.name.to_string())
                .collect(),
        };
        let statement = sentence(&source, &prerequisites, &action, &impacts, &goals, &assets);
        let mut metadata: Vec<(&str, Value)> = Vec::new();
        let letters: Vec<&str> = finding.stride.iter().map(|stride| stride.letter()).collect();
        metadata.push(("STRIDE", Value::from(letters)));
        metadata.push(("Priority", Value::from(priority(finding.current.risk))));
        metadata.push(("Comments", Value::from(&*finding.description)));
        metadata.push(("custom:vauban", Value::from(&*finding.id)));
        metadata.push(("custom:severity", Value::from(finding.severity.as_str())));
        metadata.push(("custom:status", Value::from(finding.status.as_str())));
        if let Some(decision) = finding.decision.and_then(|index| report.decisions.get(index as usize)) {
            metadata.push(("custom:reason", Value::from(&*decision.reason)));
        }
        let metadata = self.metadata(metadata.into_iter(), &finding.id);
        let mut cut = |text: &str, length: usize| self.cut.text(text, length, &finding.id);
        let item = json!({
            "threatSource": cut(&source, FIELD),
            "prerequisites": cut(&prerequisites, FIELD),
            "threatAction": cut(&action, FIELD),
            "threatImpact": cut(&impacts.join(" and "), FIELD),
            "impactedGoal": goals,
            "impactedAssets": assets.iter().map(|asset| cut(asset, FIELD)).collect::<Vec<_>>(),
            "statement": cut(&statement, FIELD * 7),
            "status": status(finding.status),
            "metadata": metadata,
        });
        self.threats.push(id, item);
    }
}

fn native(item: &Map<String, Value>) -> Option<String> {
    item.get("id").and_then(Value::as_str).map(str::to_owned)
}

fn known_status(status: &Value) -> bool {
    const ALL: [&str; 4] =
        ["mitigationIdentified", "mitigationInProgress", "mitigationResolved", "mitigationResolvedWillNotAction"];
    status.as_str().is_some_and(|status| ALL.contains(&status))
}

/// The state of a threat of another tool, in the words of this one.
fn recorded_status(threat: &RecordedThreat) -> &'static str {
    match recorded_state(threat) {
        Recorded::Open => "threatIdentified",
        Recorded::Mitigated | Recorded::Settled => "threatResolved",
        Recorded::NotApplicable => "threatResolvedNotUseful",
    }
}

fn known_threat_status(status: &str) -> bool {
    matches!(status, "threatIdentified" | "threatResolved" | "threatResolvedNotUseful")
}

/// What of a threat's categories is STRIDE, by letter or by name.
fn stride(categories: &[Box<str>]) -> Vec<&'static str> {
    let mut letters = Vec::new();
    for category in categories {
        let plain: String = category.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
        let found = Stride::ALL.into_iter().find(|stride| {
            let name: String = stride.name().to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
            plain == name
                || plain == stride.letter().to_lowercase()
                || (plain == "infodisclosure" && stride.letter() == "I")
        });
        letters.extend(found.map(Stride::letter).filter(|letter| !letters.contains(letter)));
    }
    letters
}

/// What a STRIDE category comes to, and the goal that suffers.
fn meaning(stride: Stride) -> (&'static str, &'static str) {
    match stride {
        Stride::Spoofing => ("acting as somebody else", "authenticity"),
        Stride::Tampering => ("changes nobody wanted", "integrity"),
        Stride::Repudiation => ("deeds that nobody can prove", "accountability"),
        Stride::InformationDisclosure => ("disclosure", "confidentiality"),
        Stride::DenialOfService => ("an outage", "availability"),
        Stride::ElevationOfPrivilege => ("more rights than intended", "authorization"),
    }
}

fn priority(level: Level) -> &'static str {
    match level {
        Level::Critical | Level::High => "High",
        Level::Medium => "Medium",
        Level::Low => "Low",
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Open | Status::Mitigating => "threatIdentified",
        Status::Accepted | Status::Transferred | Status::Avoided | Status::Mitigated => "threatResolved",
        Status::FalsePositive => "threatResolvedNotUseful",
    }
}

/// The sentence that the tool would make of the parts.
fn sentence(
    source: &str,
    prerequisites: &str,
    action: &str,
    impacts: &[&str],
    goals: &[&str],
    assets: &[String],
) -> String {
    let listed = |words: &[&str]| match words.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    };
    let article = if source.to_lowercase().starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    let mut sentence = format!("{article} {source}");
    if !prerequisites.is_empty() {
        sentence.push_str(&format!(" {prerequisites}"));
    }
    sentence.push_str(&format!(" can {action}"));
    if !impacts.is_empty() {
        sentence.push_str(&format!(", which leads to {}", impacts.join(" and ")));
    }
    if !goals.is_empty() {
        sentence.push_str(&format!(", resulting in reduced {}", listed(goals)));
        let assets: Vec<&str> = assets.iter().map(String::as_str).collect();
        if !assets.is_empty() {
            sentence.push_str(&format!(" of {}", listed(&assets)));
        }
    }
    sentence
}
