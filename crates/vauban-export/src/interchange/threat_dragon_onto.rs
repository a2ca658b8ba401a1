//! Back into a file of OWASP Threat Dragon, version 1 or 2: names, scope, our findings as threats, and in version 2 what
//! was added to the model since. Everything else in the file stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use vauban_model::finding::Finding;
use vauban_model::model::{Element, ElementRef, Origin, RecordedThreat};
use vauban_model::report::Report;
use vauban_model::vocabulary::{Domain, fact};

use super::Exported;
use super::places::{Page, pages};
use super::threat_dragon::{self, Numbers, found, home, remark};
use super::words::{one_line, uuid};
use crate::digest::recorded_state;
use vauban_model::recorded::Recorded;

/// Writes into the text of a file.
pub(super) fn export(report: &Report<'_>, text: &str) -> Exported {
    let mut out = Exported::default();
    let mut document: Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(document) => document,
        Err(error) => {
            out.remarks.push(format!("the file to write into is no JSON ({error}); a new one is written"));
            let new = threat_dragon::export(report, None);
            return Exported { remarks: out.remarks, ..new };
        }
    };
    let template = document.get("templateMetadata").is_some() && document.get("model").is_some();
    let root = if template { document.get_mut("model") } else { Some(&mut document) };
    let written = root.and_then(|root| write(report, root, &mut out));
    if written.is_none() {
        out.remarks.push("the file to write into is no Threat Dragon model; a new one is written".to_owned());
        let new = threat_dragon::export(report, None);
        return Exported { remarks: out.remarks, ..new };
    }
    out.bytes = serde_json::to_vec_pretty(&document).unwrap_or_default();
    out.bytes.push(b'\n');
    out
}

/// The cells of a diagram, and whether they are version 1's.
fn cells(diagram: &mut Value) -> Option<(&mut Vec<Value>, bool)> {
    let first = diagram.get("diagramJson").is_some();
    let cells = if first { diagram.get_mut("diagramJson")?.get_mut("cells") } else { diagram.get_mut("cells") }?
        .as_array_mut()?;
    Some((cells, first))
}

fn write(report: &Report<'_>, root: &mut Value, out: &mut Exported) -> Option<()> {
    let model = report.model;
    let detail = root.get_mut("detail")?.as_object_mut()?;
    let top = detail.get("threatTop").and_then(Value::as_u64).unwrap_or(0);
    let diagrams = detail.get_mut("diagrams")?.as_array_mut()?;
    let mut numbers = Numbers(top.max(highest(diagrams)));
    let before = numbers.0;
    // Which element each cell is, by the remark that the reader left.
    let mut by_cell: BTreeMap<(String, Option<usize>), ElementRef> = BTreeMap::new();
    for domain in [Domain::Component, Domain::Flow, Domain::Boundary] {
        for (target, element) in model.elements(domain) {
            let Some(id) = remark(element, "id") else { continue };
            let on = remark(element, "diagram").and_then(|number| number.parse().ok());
            by_cell.entry((id.to_owned(), on)).or_insert(target);
        }
    }
    let mut findings: BTreeMap<ElementRef, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.analysis.findings {
        if let Some(home) = home(finding) {
            findings.entry(home).or_default().push(finding);
        }
    }
    let mut met: Vec<BTreeMap<ElementRef, String>> = Vec::new();
    let mut first_version = false;
    for (number, diagram) in diagrams.iter_mut().enumerate() {
        let mut here = BTreeMap::new();
        if let Some((cells, first)) = cells(diagram) {
            first_version |= first;
            for cell in cells {
                let Some(id) = cell.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
                let target = by_cell.get(&(id.clone(), Some(number))).or_else(|| by_cell.get(&(id.clone(), None)));
                let Some(target) = target.copied() else { continue };
                let ours = findings.get(&target).map_or(&[][..], Vec::as_slice);
                update(report, target, ours, cell, first, &mut numbers);
                here.insert(target, id);
            }
        }
        met.push(here);
    }
    let known: BTreeSet<ElementRef> = met.iter().flat_map(|here| here.keys().copied()).collect();
    let mut new: Vec<ElementRef> = Vec::new();
    for domain in [Domain::Component, Domain::Flow, Domain::Boundary] {
        // A stand-in that the reader made for a loose end is no element of the file.
        let made = |element: &Element| element.name.starts_with("(unattached end of ");
        let all = model.elements(domain).filter(|(_, element)| !made(element)).map(|(target, _)| target);
        new.extend(all.filter(|target| !known.contains(target)));
    }
    // What version 1 and the facts of the others have no place for, a comparison with what was written tells.
    if !first_version && !new.is_empty() {
        add(report, diagrams, &mut met, &new, &mut numbers);
    }
    let highest = diagrams.iter().filter_map(|it| it.get("id").and_then(Value::as_u64)).max();
    if !first_version {
        let next = highest.map_or(0, |id| id + 1);
        let top = detail.get("diagramTop").and_then(Value::as_u64).unwrap_or(0);
        detail.insert("diagramTop".to_owned(), json!(top.max(next)));
        if numbers.0 > before {
            detail.insert("threatTop".to_owned(), json!(numbers.0 + 1));
        }
    }
    if first_version {
        out.remarks
            .push("the file is of version 1 and stays so; Threat Dragon 2 converts it when it opens it".to_owned());
    }
    Some(())
}

/// The highest number of a threat in a file.
fn highest(diagrams: &mut [Value]) -> u64 {
    let mut top = 0;
    for diagram in diagrams {
        let Some((cells, _)) = cells(diagram) else { continue };
        for cell in cells {
            let lists = [cell.get("threats"), cell.get("data").and_then(|data| data.get("threats"))];
            for threat in lists.into_iter().flatten().filter_map(Value::as_array).flatten() {
                top = top.max(threat.get("number").and_then(Value::as_u64).unwrap_or(0));
            }
        }
    }
    top
}

/// Puts a new name wherever the old one is written.
fn rename(cell: &mut Map<String, Value>, first: bool, name: &str) {
    let set = |value: Option<&mut Value>| {
        if let Some(text) = value.filter(|value| value.as_str().is_some_and(|old| !old.trim().is_empty())) {
            *text = json!(name);
        }
    };
    let in_attrs = |attrs: Option<&mut Value>| {
        let Some(attrs) = attrs.and_then(Value::as_object_mut) else { return };
        for part in ["text", "label", "labelText", "headerText"] {
            set(attrs.get_mut(part).and_then(|part| part.get_mut("text")));
        }
    };
    if !first {
        set(cell.get_mut("data").and_then(|data| data.get_mut("name")));
    }
    in_attrs(cell.get_mut("attrs"));
    for label in cell.get_mut("labels").and_then(Value::as_array_mut).into_iter().flatten() {
        match label {
            Value::String(text) => *text = name.to_owned(),
            label => in_attrs(label.get_mut("attrs")),
        }
    }
}

/// The name that a cell shows.
fn shown(cell: &Map<String, Value>) -> String {
    let in_attrs = |attrs: &Value| {
        let parts = ["text", "label", "labelText"].into_iter();
        let found =
            parts.filter_map(|part| attrs.get(part)?.get("text")?.as_str()).find(|text| !text.trim().is_empty());
        found.map(one_line)
    };
    let data = cell.get("data").and_then(|data| data.get("name")).and_then(Value::as_str).map(one_line);
    let labels = cell.get("labels").and_then(Value::as_array).into_iter().flatten();
    let label =
        labels.filter_map(|label| label.as_str().map(one_line).or_else(|| in_attrs(label.get("attrs")?))).next();
    data.filter(|name| !name.is_empty()).or(label).or_else(|| cell.get("attrs").and_then(in_attrs)).unwrap_or_default()
}

/// What is ours in a cell.
fn update(
    report: &Report<'_>,
    target: ElementRef,
    findings: &[&Finding],
    cell: &mut Value,
    first: bool,
    numbers: &mut Numbers,
) {
    let Some(element) = report.model.get(target) else { return };
    let Some(cell) = cell.as_object_mut() else { return };
    let old = shown(cell);
    if !old.is_empty() && old != *element.name {
        rename(cell, first, &element.name);
    }
    // Version 1 has everything on the cell, version 2 in its data.
    let said = if first { Some(cell) } else { cell.get_mut("data").and_then(Value::as_object_mut) };
    let Some(said) = said else { return };
    if let Some(scope) = &element.out_of_scope {
        said.insert("outOfScope".to_owned(), json!(true));
        if !scope.reason.is_empty() {
            said.insert("reasonOutOfScope".to_owned(), json!(scope.reason));
        }
    } else if said.get("outOfScope").and_then(Value::as_bool) == Some(true) {
        said.insert("outOfScope".to_owned(), json!(false));
    }
    let written = said.get("description").and_then(Value::as_str).unwrap_or_default();
    if one_line(written) != one_line(&element.description) {
        said.insert("description".to_owned(), json!(element.description));
    }
    if target.domain == Domain::Flow {
        // What people said here goes into the file; what a reader concluded from a name is no fact of it.
        let by_people = |id| element.fact(id).is_some_and(|it| matches!(it.origin, Origin::Stated | Origin::Answered));
        let protocol = said.get("protocol").and_then(Value::as_str).unwrap_or_default().trim().is_empty();
        if let Some(word) = element.word(fact::PROTOCOL).filter(|_| protocol && by_people(fact::PROTOCOL)) {
            said.insert("protocol".to_owned(), json!(word));
        }
        let encrypted = report.analysis.encrypted.get(target.at()).copied().flatten();
        for (key, yes, stated) in [
            ("isEncrypted", encrypted, by_people(fact::PROTOCOL) || by_people(fact::ENCRYPTION)),
            ("isPublicNetwork", element.bool(fact::OVER_INTERNET), by_people(fact::OVER_INTERNET)),
            ("isBidirectional", element.bool(fact::TWO_WAY), by_people(fact::TWO_WAY)),
        ] {
            if stated && yes == Some(true) {
                said.insert(key.to_owned(), json!(true));
            }
        }
    }
    for threat in said.get_mut("threats").and_then(Value::as_array_mut).into_iter().flatten() {
        recorded(report, target, threat, first);
    }
    let mut ours: Vec<Value> = Vec::new();
    let there = said.get("threats");
    if there.is_some_and(|threats| !threats.is_array()) {
        return;
    }
    let known: BTreeSet<String> = there
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|threat| threat.get("id").or_else(|| threat.get("threatId"))?.as_str().map(str::to_owned))
        .collect();
    for finding in findings {
        // A threat of ours that is in the file stays as its readers left it.
        let id = uuid(&["finding", &finding.id]);
        if known.contains(&id) {
            continue;
        }
        let Some(mut threat) = found(report, finding, numbers) else { continue };
        if let Some(fields) = threat.as_object_mut().filter(|_| first) {
            // Version 1 calls the id otherwise, and knows two states.
            fields.remove("id");
            fields.insert("threatId".to_owned(), json!(id));
            for key in ["new", "number", "score"] {
                fields.remove(key);
            }
            if fields.get("status").and_then(Value::as_str) != Some("Open") {
                fields.insert("status".to_owned(), json!("Mitigated"));
            }
        }
        ours.push(threat);
    }
    if ours.is_empty() && there.is_none() {
        return;
    }
    let entry = said.entry("threats").or_insert_with(|| json!([]));
    let Some(threats) = entry.as_array_mut() else { return };
    threats.extend(ours);
    let open = threats.iter().any(|threat| threat.get("status").and_then(Value::as_str) == Some("Open"));
    if open || said.contains_key("hasOpenThreats") {
        said.insert("hasOpenThreats".to_owned(), json!(open));
    }
}

/// What was changed of a threat that people wrote down, as far as the tool has a place and a word for it.
fn recorded(report: &Report<'_>, target: ElementRef, cell: &mut Value, first: bool) {
    let Some(fields) = cell.as_object_mut() else { return };
    // What we wrote beside the tool's own fields would win over them when it is read.
    if fields.contains_key("vauban") {
        return;
    }
    let id = ["id", "threatId"].into_iter().find_map(|key| Some((key, fields.get(key)?.as_str()?.to_owned())));
    let title = fields.get("title").and_then(Value::as_str).map(one_line).unwrap_or_default();
    let kept = |threat: &RecordedThreat, wanted: &str| {
        let is = |key: &str| key.strip_prefix("threat-dragon:") == Some(wanted);
        threat.extras.iter().find(|(key, _)| is(key)).map(|(_, value)| value.to_string())
    };
    let mut all = report.model.recorded_threats.iter().filter(|it| it.elements.contains(&target));
    let same = |threat: &&RecordedThreat| match &id {
        Some((key, id)) => kept(threat, key).as_ref() == Some(id),
        None => *threat.title == *title,
    };
    let Some(threat) = all.find(same) else { return };
    // Two that cannot be told apart stay.
    if all.any(|other| same(&other)) {
        return;
    }
    let severity = ["Low", "Medium", "High", "Critical"]
        .into_iter()
        .find(|word| word.eq_ignore_ascii_case(threat.severity.trim()))
        .filter(|word| !first || *word != "Critical");
    let status = match recorded_state(threat) {
        Recorded::Mitigated => Some("Mitigated"),
        Recorded::Open => Some("Open"),
        Recorded::NotApplicable if !first => Some("NotApplicable"),
        // The tool has no word for what was accepted or transferred, nor version 1 for what does not apply.
        _ => None,
    };
    for (key, now, written) in [
        ("title", &threat.title, Some(&*threat.title)),
        ("description", &threat.description, Some(&*threat.description)),
        ("mitigation", &threat.mitigation, Some(&*threat.mitigation)),
        ("severity", &threat.severity, severity),
        ("status", &threat.status, status.filter(|_| !threat.status.is_empty())),
    ] {
        let old = fields.get(key).and_then(Value::as_str).unwrap_or_default();
        // The tool's own invitation to write something stays where nobody did.
        if now.is_empty() && kept(threat, key).is_some_and(|invited| one_line(&invited) == one_line(old)) {
            continue;
        }
        if let Some(written) = written.filter(|_| one_line(old) != one_line(now)) {
            fields.insert(key.to_owned(), json!(written));
        }
    }
}

/// Adds what the model has and the file has not.
fn add(
    report: &Report<'_>,
    diagrams: &mut [Value],
    met: &mut [BTreeMap<ElementRef, String>],
    new: &[ElementRef],
    numbers: &mut Numbers,
) {
    let mut left: BTreeSet<ElementRef> = new.iter().copied().collect();
    for ((page, diagram), here) in pages(report).iter().zip(diagrams).zip(met) {
        let Some((cells, _)) = cells(diagram) else { continue };
        let wanted = |target: &ElementRef| left.contains(target);
        let flows = page.flows.iter().filter(|(flow, ..)| wanted(&ElementRef { domain: Domain::Flow, index: *flow }));
        let flows: Vec<_> = flows.cloned().collect();
        let ends = flows.iter().filter_map(|(flow, ..)| report.model.flows.get(*flow as usize));
        let ends: BTreeSet<u32> = ends.flat_map(|flow| [flow.source, flow.target]).collect();
        let shown = |target: &ElementRef| {
            wanted(target) || (target.domain == Domain::Component && ends.contains(&target.index))
        };
        let shapes = page.shapes.iter().filter(|(target, _)| shown(target)).copied().collect();
        let lines = page.lines.iter();
        let lines = lines.filter(|(line, _)| wanted(&ElementRef { domain: Domain::Boundary, index: *line })).cloned();
        let part = Page { id: page.id.clone(), name: page.name.clone(), shapes, flows, lines: lines.collect() };
        let written = threat_dragon::cells_of(report, &part, here, numbers);
        left.retain(|target| !written.contains_key(target));
        cells.extend(written.values().filter(|(_, is_new)| *is_new).map(|(cell, _)| cell.clone()));
        for (target, (cell, _)) in written {
            if let Some(id) = cell.get("id").and_then(Value::as_str) {
                here.insert(target, id.to_owned());
            }
        }
    }
}
