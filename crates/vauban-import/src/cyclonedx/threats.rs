//! Threats, scenarios, risks and controls of 2.0.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::model::{AbuseCase, ElementRef};
use vauban_syntax::Node;

use super::lower::{FORMAT, anything, own, remarks};
use super::raw;
use super::words::named;
use crate::draft::{Draft, Space, blank_threat, one_line};
use crate::extras::{Extras, add, keep, keep_node};
use crate::listed::{Keys, noted, text_at, whole};
use crate::log::short;
use crate::raw::{List, Text, items, or_empty};

/// Levels of risk, least first.
const LEVELS: [&str; 5] = ["info", "low", "medium", "high", "critical"];

/// Reads them.
pub(super) fn lower(draft: &mut Draft, raw: &raw::Document<'_>, keys: &mut Keys) {
    let mut controls: FxHashMap<&str, String> = FxHashMap::default();
    for control in items(raw.controls.as_ref()) {
        let (id, name) = (text_at(control, "bom-ref"), one_line(text_at(control, "name")));
        noted(draft, "control", &keys.key("control", id), &name, text_at(control, "description"), control);
        let status = control.get("status").map_or("", named);
        let line = if status.is_empty() { name } else { format!("{name} ({status})") };
        controls.insert(id, line);
    }
    let mut worst: FxHashMap<&str, &str> = FxHashMap::default();
    if let Some(risks) = &raw.risks {
        for risk in items(risks.risks.as_ref()) {
            lower_risk(draft, risk, keys, &mut worst);
        }
        let mut extras = Extras::new();
        remarks(&mut extras, "risks.", &risks.at);
        draft.model.system.extras.extend(extras);
    }
    let Some(threats) = &raw.threats else { return };
    let mut extras = Extras::new();
    remarks(&mut extras, "threats.", &threats.at);
    draft.model.system.extras.extend(extras);
    for threat in items(threats.threats.as_ref()) {
        lower_threat(draft, threat, &controls, &worst);
    }
    abuse(draft, threats.scenarios.as_ref(), "scenario", "affectedAssets", keys);
    abuse(draft, threats.abuse_cases.as_ref(), "abuse", "targets", keys);
}

fn lower_risk<'n>(draft: &mut Draft, risk: &'n Node, keys: &mut Keys, worst: &mut FxHashMap<&'n str, &'n str>) {
    let key = keys.key("risk", text_at(risk, "bom-ref"));
    noted(draft, "risk", &key, text_at(risk, "name"), text_at(risk, "statement"), risk);
    // What is left counts, where somebody rated it.
    let level = ["residualRisk", "inherentRisk"]
        .into_iter()
        .find_map(|kind| risk.get(kind)?.get("score")?.get("level").and_then(Node::as_str));
    let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
    let related = risk.get("relatedThreats").and_then(Node::as_sequence).unwrap_or_default();
    for threat in related.iter().filter_map(Node::as_str) {
        if let Some(level) = level {
            let known = worst.entry(threat).or_insert(level);
            if rank(level) > rank(known) {
                *known = level;
            }
        }
    }
}

fn lower_threat(
    draft: &mut Draft,
    raw: &raw::Threat<'_>,
    controls: &FxHashMap<&str, String>,
    worst: &FxHashMap<&str, &str>,
) {
    let mut threat = blank_threat(raw.at.node.span);
    let native = raw.id.or(raw.name).and_then(Text::given).map_or("threat", |id| id.text);
    threat.id = draft.unique_id(Space::Threat, native);
    threat.title = one_line(raw.name.map_or(native, |name| name.text)).into();
    threat.description = or_empty(raw.description);
    threat.severity = worst.get(native).copied().unwrap_or_default().into();
    for category in items(raw.categories.as_ref()) {
        let (taxonomy, category) = (text_at(category, "taxonomy"), text_at(category, "category"));
        let shown = if taxonomy == "STRIDE" || taxonomy.is_empty() {
            category.to_owned()
        } else {
            format!("{taxonomy}: {category}")
        };
        threat.categories.push(shown.into());
    }
    for weakness in items(raw.weaknesses.as_ref()) {
        match text_at(weakness, "cweId").parse() {
            Ok(number) => threat.cwe.push(number),
            Err(_) => add(&mut threat.extras, FORMAT, "weakness", named(weakness)),
        }
    }
    keep_node(&mut threat.extras, FORMAT, "weaknesses", raw.at.node.get("weaknesses"));
    let mut unknown = Vec::new();
    for affected in items(raw.affected.as_ref()) {
        match anything(draft, affected.text) {
            Some(found) if !threat.elements.contains(&found) => threat.elements.push(found),
            Some(_) => {}
            None => unknown.push(*affected),
        }
    }
    if let Some(first) = unknown.first() {
        let message =
            format!("the threat `{}` affects `{}`, which is not in the file", short(native), short(first.text));
        draft.log.push(Diagnostic::note("import-missing-reference", first.span, message));
        let all: Vec<&str> = unknown.iter().map(|affected| affected.text).collect();
        keep(&mut threat.extras, FORMAT, "affectedAssets", all.join(", "));
    }
    let mut lines = Vec::new();
    for mitigation in items(raw.mitigations.as_ref()) {
        lines.push(controls.get(mitigation.text).map_or(mitigation.text, |line| line.as_str()));
        add(&mut threat.extras, FORMAT, "mitigations", mitigation.text);
    }
    threat.mitigation = lines.join("\n").into();
    // Our own writer says beside what the format has no word for.
    for (key, text) in
        [("status", &mut threat.status), ("severity", &mut threat.severity), ("mitigation", &mut threat.mitigation)]
    {
        if let Some(said) = own(raw.at.node, key).filter(|_| text.is_empty()) {
            *text = said.into();
        }
    }
    if let Some(category) = own(raw.at.node, "category") {
        threat.categories.extend(category.split(", ").map(Box::from));
    }
    remarks(&mut threat.extras, "", &raw.at);
    draft.model.recorded_threats.push(threat);
}

fn abuse(draft: &mut Draft, list: Option<&List<&Node>>, part: &str, targets: &str, keys: &mut Keys) {
    for node in items(list) {
        let name = text_at(node, "name");
        let wanted = Some(text_at(node, "bom-ref")).filter(|id| !id.is_empty()).unwrap_or(name);
        let id = draft.unique_id(Space::AbuseCase, if wanted.is_empty() { part } else { wanted });
        let mut about: Vec<ElementRef> = Vec::new();
        for target in node.get(targets).and_then(Node::as_sequence).into_iter().flatten().filter_map(Node::as_str) {
            about.extend(anything(draft, target).filter(|found| !about.contains(found)));
        }
        whole(draft, &keys.key(part, wanted), node);
        let text = text_at(node, "description").into();
        draft.model.abuse_cases.push(AbuseCase { id, name: one_line(name).into(), text, about, span: node.span });
    }
}
