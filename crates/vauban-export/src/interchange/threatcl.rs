//! Models for threatcl, in HCL, spec 0.7.
//!
//! One `threatmodel` with one diagram. What was looked up while reading, such as imported controls, is written out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;
use vauban_model::finding::{Finding, Status};
use vauban_model::model::{ElementRef, Model, RecordedThreat};
use vauban_model::report::Report;
use vauban_model::scale::{Level, Stride};
use vauban_model::vocabulary::{Domain, FactId, fact};

use super::listed::{counted, foreign, json, loss, remark, remarks, whole};
use super::{Aspect, Exported, Format, Loss, Original, filled};
use crate::digest::recorded_state;
use vauban_model::recorded::Recorded;

/// What the format can hold.
pub(super) const CARRIES: &[Aspect] = &[
    Aspect::Components,
    Aspect::Flows,
    Aspect::FlowNames,
    Aspect::Boundaries,
    Aspect::Data,
    Aspect::Facts,
    Aspect::Notes,
    Aspect::ThirdParties,
    Aspect::RecordedThreats,
    Aspect::ThreatCategories,
    Aspect::ThreatStates,
    Aspect::Findings,
    Aspect::Extras,
];

const NAME: &str = "threatcl";
/// The control that says the state of a threat.
const STATE: &str = "Status";
/// The version of the language that is written, unless a file that was read is of a newer one.
const VERSION: &str = "0.7.0";

/// Which facts have a place.
pub(super) fn holds(id: FactId) -> bool {
    [fact::KIND, fact::CLASSIFICATION, fact::STORES, fact::PROTOCOL].contains(&id)
}

/// Writes a file.
pub(super) fn export(report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    let model = report.model;
    let mut writer = Writer { out: String::new(), depth: 0, names: names(model), twice: BTreeSet::new() };
    let said = remark(&model.system.extras, NAME, "spec_version").filter(|said| !said.is_empty());
    let version = said.filter(|said| is_at_least(said)).unwrap_or(VERSION);
    writer.line(&format!("spec_version = {}", quoted(version)));
    writer.out.push('\n');
    writer.open("threatmodel", Some(&model.system.name));
    writer.head(model);
    writer.data(model);
    writer.scope(model);
    writer.threats(report);
    writer.diagram(report);
    writer.close();
    let twice: Vec<Box<str>> = writer.twice.iter().map(|name| name.as_str().into()).collect();
    let mut losses = counted(Format::Threatcl, report, original.is_some());
    const WRITTEN: [&str; 2] = ["use-case", "diagram"];
    let notes =
        model.notes.iter().filter(|note| !WRITTEN.contains(&&*note.kind)).map(|note| note.title.clone()).collect();
    losses.extend(
        [foreign(model, NAME), loss("notes", notes), loss("information assets beyond a store's first", twice)]
            .into_iter()
            .flatten(),
    );
    losses.extend(of_diagrams(model));
    let older = said.filter(|said| *said != version);
    let remarks = older.map(|said| format!("the file said `spec_version` {said}; it is written as {VERSION}"));
    let remarks = remarks.into_iter().chain(filled::told(Format::Threatcl, report)).collect();
    Exported { bytes: writer.out.into_bytes(), losses, remarks }
}

/// In which of a file's diagrams something is: all of it is written as one.
fn of_diagrams(model: &Model) -> Option<Loss> {
    let drawn = Domain::ALL.into_iter().flat_map(|domain| model.elements(domain));
    let drawn = drawn.filter(|(_, element)| remark(&element.extras, NAME, "diagram").is_some());
    loss("which of several diagrams something is in", drawn.map(|(_, element)| element.id.clone()).collect())
}

/// Whether a version of the language has all that is written here.
fn is_at_least(version: &str) -> bool {
    let numbers = |text: &str| -> Option<Vec<u32>> {
        text.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().ok()).collect()
    };
    numbers(version).zip(numbers(VERSION)).is_some_and(|(said, ours)| said >= ours)
}

/// Names as blocks have them: unique among everything that flows join, and among data.
fn names(model: &Model) -> BTreeMap<ElementRef, String> {
    let mut names = BTreeMap::new();
    for domain in [Domain::Component, Domain::Data] {
        let mut used = BTreeSet::new();
        for (reference, element) in model.elements(domain) {
            let mut name = element.name.to_string();
            let mut number = 2u32;
            while !used.insert(name.clone()) {
                name = format!("{} ({number})", element.name);
                number += 1;
            }
            names.insert(reference, name);
        }
    }
    names
}

struct Writer {
    out: String,
    depth: usize,
    names: BTreeMap<ElementRef, String>,
    /// Stores with more data than one.
    twice: BTreeSet<String>,
}

impl Writer {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(self.depth));
    }

    fn open(&mut self, kind: &str, label: Option<&str>) {
        match label {
            Some(label) => self.line(&format!("{kind} {} {{", quoted(label))),
            None => self.line(&format!("{kind} {{")),
        }
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.line("}");
    }

    /// An attribute, unless there is nothing to say.
    fn set(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.line(&format!("{key} = {}", quoted(value)));
        }
    }

    fn list<'t>(&mut self, key: &str, values: impl Iterator<Item = &'t str>) {
        let values: Vec<String> = values.map(quoted).collect();
        if !values.is_empty() {
            self.line(&format!("{key} = [{}]", values.join(", ")));
        }
    }

    fn name(&self, domain: Domain, index: u32) -> String {
        self.names.get(&ElementRef { domain, index }).cloned().unwrap_or_default()
    }

    fn head(&mut self, model: &Model) {
        let system = &model.system;
        let kept = |key: &str| remark(&system.extras, NAME, key).unwrap_or_default().to_owned();
        // The language wants an author.
        self.set("author", system.owner.as_deref().filter(|owner| !owner.is_empty()).unwrap_or("unknown"));
        self.set("description", &system.description);
        for key in ["link", "diagram_link"] {
            self.set(key, &kept(key));
        }
        let repository = kept("repository");
        self.list("repository", repository.split(", ").filter(|it| !it.is_empty()));
        for key in ["created_at", "updated_at"] {
            if let Ok(number) = kept(key).parse::<i64>() {
                self.line(&format!("{key} = {number}"));
            }
        }
        let attributes = ["new_initiative", "internet_facing", "initiative_size"];
        if attributes.iter().any(|key| !kept(key).is_empty()) {
            self.open("attributes", None);
            attributes.iter().for_each(|key| self.set(key, &kept(key)));
            self.close();
        }
        for (name, value) in remarks(&system.extras, "threatcl:additional_attribute.") {
            self.open("additional_attribute", Some(name));
            self.set("value", value);
            self.close();
        }
    }

    fn data(&mut self, model: &Model) {
        for (index, data) in (0u32..).zip(&model.data) {
            let name = self.name(Domain::Data, index);
            self.open("information_asset", Some(&name));
            self.set("description", &data.description);
            // Three words there, four here; what is internal is not public.
            let class = match data.word(fact::CLASSIFICATION) {
                Some("public") => "Public",
                Some("restricted") => "Restricted",
                Some(_) => "Confidential",
                None => remark(&data.extras, NAME, "information_classification").unwrap_or_default(),
            };
            self.set("information_classification", class);
            self.set("source", remark(&data.extras, NAME, "source").unwrap_or_default());
            self.close();
        }
    }

    fn scope(&mut self, model: &Model) {
        for note in model.notes.iter().filter(|note| &*note.kind == "use-case") {
            self.open("usecase", None);
            self.set("description", &note.text);
            self.close();
        }
        for scope in &model.out_of_scope {
            let text =
                if scope.why.is_empty() { scope.what.to_string() } else { format!("{}: {}", scope.what, scope.why) };
            self.open("exclusion", None);
            self.set("description", &text);
            self.close();
        }
        for third in &model.third_parties {
            self.open("third_party_dependency", Some(&third.name));
            self.set("description", if third.provides.is_empty() { &third.name } else { &third.provides });
            for (key, value) in &third.notes {
                if matches!(&**key, "saas" | "paying_customer" | "open_source" | "infrastructure") {
                    self.set(key, value);
                }
            }
            let known = ["none", "degraded", "hard", "operational"].contains(&&*third.when_down);
            self.set("uptime_dependency", if known { &third.when_down } else { "none" });
            let notes = third.notes.iter().find(|(key, _)| &**key == "uptime_notes").map_or("", |(_, text)| text);
            self.set("uptime_notes", if known || third.when_down.is_empty() { notes } else { &third.when_down });
            self.close();
        }
    }

    fn threats(&mut self, report: &Report<'_>) {
        let mut used: BTreeSet<String> = BTreeSet::new();
        for threat in &report.model.recorded_threats {
            self.recorded(report.model, threat, &mut used);
        }
        for finding in &report.analysis.findings {
            // Written before and read again, it has the finding's title.
            if !used.contains(&*finding.title) {
                self.finding(report, finding, &mut used);
            }
        }
    }

    fn unique(used: &mut BTreeSet<String>, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2u32;
        while !used.insert(name.clone()) {
            name = format!("{wanted} ({number})");
            number += 1;
        }
        name
    }

    fn recorded(&mut self, model: &Model, threat: &RecordedThreat, used: &mut BTreeSet<String>) {
        let name = Self::unique(used, &threat.title);
        self.open("threat", Some(&name));
        self.set("description", if threat.description.is_empty() { &threat.title } else { &threat.description });
        let kept = |key: &str| remark(&threat.extras, NAME, key).unwrap_or_default();
        self.list("impacts", kept("impacts").split(", ").filter(|it| !it.is_empty()));
        let categories = threat.categories.iter().map(|category| stride_name(category).unwrap_or(category));
        self.list("stride", categories.collect::<Vec<_>>().into_iter());
        self.references(model, &threat.elements);
        let risk = json(kept("risk"));
        if let Some(risk) = risk.as_ref().and_then(Value::as_object) {
            self.open("risk", None);
            for key in ["likelihood", "impact", "severity", "rationale"] {
                self.set(key, risk.get(key).and_then(Value::as_str).unwrap_or_default());
            }
            self.close();
        }
        let controls: Vec<Value> = ["threatcl:control.", "threatcl:proposed_control."]
            .into_iter()
            .flat_map(|part| remarks(&threat.extras, part).filter_map(|(_, text)| json(text)))
            .collect();
        for control in &controls {
            self.control(control);
        }
        // What another tool wrote down as text is a control; it is there if that tool says that the threat is mitigated.
        let text = kept("control");
        if !text.is_empty() {
            self.set("control", text);
        } else if controls.is_empty() && !threat.mitigation.is_empty() {
            self.open("control", Some("Mitigation"));
            self.set("description", &threat.mitigation);
            if recorded_state(threat) == Recorded::Mitigated {
                self.line("implemented = true");
            }
            self.close();
        }
        if !threat.status.is_empty() {
            self.state(&threat.status, &threat.status, recorded_state(threat) == Recorded::Mitigated);
        }
        self.close();
    }

    /// The state of a threat. The language has none, but lets a control have attributes of any name; our reader knows this
    /// one.
    fn state(&mut self, state: &str, description: &str, mitigated: bool) {
        self.open("control", Some(STATE));
        self.set("description", description);
        self.line(&format!("implemented = {mitigated}"));
        self.open("attribute", Some("status"));
        self.set("value", state);
        self.close();
        self.close();
    }

    fn references(&mut self, model: &Model, elements: &[ElementRef]) {
        let known: Vec<String> = elements
            .iter()
            .filter(|it| model.get(**it).is_some())
            .filter(|it| it.domain == Domain::Data)
            .filter_map(|it| self.names.get(it).cloned())
            .collect();
        self.list("information_asset_refs", known.iter().map(String::as_str));
    }

    fn control(&mut self, control: &Value) {
        let text = |key: &str| match control.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
            _ => String::new(),
        };
        let label = text("@label");
        let label = if label.is_empty() { text("description") } else { label };
        self.open("control", Some(label.lines().next().unwrap_or("control")));
        self.set("description", &text("description"));
        if let "true" | "false" = text("implemented").as_str() {
            self.line(&format!("implemented = {}", text("implemented")));
        }
        self.set("implementation_notes", &text("implementation_notes"));
        if let Ok(number) = text("risk_reduction").parse::<i64>() {
            self.line(&format!("risk_reduction = {number}"));
        }
        for attribute in control.get("attribute").and_then(Value::as_array).into_iter().flatten() {
            let of = |key: &str| attribute.get(key).and_then(Value::as_str).unwrap_or_default();
            self.open("attribute", Some(of("@label")));
            self.set("value", of("value"));
            self.close();
        }
        self.close();
    }

    fn finding(&mut self, report: &Report<'_>, finding: &Finding, used: &mut BTreeSet<String>) {
        const SCALE: [&str; 5] = ["very_low", "low", "medium", "high", "very_high"];
        let name = Self::unique(used, &finding.title);
        self.open("threat", Some(&name));
        self.set("description", if finding.description.is_empty() { &finding.title } else { &finding.description });
        self.list("stride", finding.stride.iter().map(|stride| long(*stride)));
        let data: Vec<ElementRef> =
            finding.data.iter().map(|index| ElementRef { domain: Domain::Data, index: *index }).collect();
        self.references(report.model, &data);
        self.open("risk", None);
        let of = |index: usize| SCALE.get(index).copied().unwrap_or("medium");
        self.set("likelihood", of(finding.current.likelihood.index()));
        self.set("impact", of(finding.current.impact.index()));
        self.set(
            "severity",
            match finding.current.risk {
                Level::Low => "low",
                Level::Medium => "medium",
                Level::High => "high",
                Level::Critical => "critical",
            },
        );
        self.set("rationale", &finding.current.because.join(" "));
        self.close();
        for need in &finding.controls {
            let known = report.controls.iter().find(|control| control.id == need.control);
            self.open("control", Some(known.map_or(&*need.control, |control| &control.name)));
            self.set("description", known.map_or(&*need.control, |control| &control.summary));
            if let Some(present) = need.present {
                self.line(&format!("implemented = {present}"));
            }
            self.close();
        }
        let state = finding.status.as_str();
        if finding.status != Status::Open {
            let decision = finding.decision.and_then(|index| report.decisions.get(index as usize));
            let reason = decision.map_or("", |decision| &decision.reason);
            let text = if reason.is_empty() { state.to_owned() } else { format!("{state}: {reason}") };
            self.state(state, &text, finding.status == Status::Mitigated);
        }
        self.close();
    }

    fn diagram(&mut self, report: &Report<'_>) {
        let model = report.model;
        for (_, object) in whole(model, NAME, "mermaid") {
            let of = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
            self.open("mermaid", Some(of("@label")));
            self.set("description", of("description"));
            self.set("content", of("content"));
            self.close();
        }
        if model.components.is_empty() && model.flows.is_empty() {
            return;
        }
        let name = remark(&model.system.extras, NAME, "diagram.1").unwrap_or("everything").to_owned();
        self.open("data_flow_diagram_v2", Some(&name));
        for (index, part) in (0u32..).zip(&model.components) {
            let symbol = part.element.symbol(fact::KIND);
            let kind = match symbol.or_else(|| report.analysis.kinds.get(index as usize).copied().flatten()) {
                Some(1) => "data_store",
                Some(2) => "external_element",
                _ => "process",
            };
            let name = self.name(Domain::Component, index);
            self.open(kind, Some(&name));
            if let Some(zone) = part.boundary.and_then(|zone| model.boundaries.get(zone as usize)) {
                self.set("trust_zone", &zone.element.name);
            }
            let stored = part.element.references(fact::STORES);
            if let Some(first) = stored.first().filter(|_| kind == "data_store") {
                let data = self.name(Domain::Data, *first);
                self.set("information_asset", &data);
                if stored.len() > 1 {
                    self.twice.insert(part.element.id.to_string());
                }
            }
            self.close();
        }
        for flow in &model.flows {
            self.open("flow", Some(&flow.element.name));
            let (from, to) = (self.name(Domain::Component, flow.source), self.name(Domain::Component, flow.target));
            self.set("from", &from);
            self.set("to", &to);
            let protocol = remark(&flow.element.extras, NAME, "protocol").or(flow.element.word(fact::PROTOCOL));
            self.set("protocol", protocol.unwrap_or_default());
            self.close();
        }
        self.close();
    }
}

/// The name of a STRIDE category, as threatcl spells it.
fn long(stride: Stride) -> &'static str {
    match stride {
        Stride::Spoofing => "Spoofing",
        Stride::Tampering => "Tampering",
        Stride::Repudiation => "Repudiation",
        Stride::InformationDisclosure => "Info Disclosure",
        Stride::DenialOfService => "Denial Of Service",
        Stride::ElevationOfPrivilege => "Elevation Of Privilege",
    }
}

fn stride_name(category: &str) -> Option<&'static str> {
    let plain = |text: &str| -> String { text.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect() };
    let found = Stride::ALL.into_iter().find(|stride| {
        let said = plain(category);
        said == plain(long(*stride)) || said == plain(stride.name()) || said == plain(stride.letter())
    });
    // threatcl does not care for the case of its words.
    found.map(long).filter(|name| !name.eq_ignore_ascii_case(category))
}

/// A text as HCL writes it: on one line, nothing of it a reference.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
