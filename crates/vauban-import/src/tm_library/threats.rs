//! Threats, what is done about them, and what they come to.

use rustc_hash::FxHashMap;
use vauban_syntax::Node;

use super::lower::{FORMAT, anything, keep_list};
use super::{BESIDE, raw};
use crate::draft::{Draft, Space, blank_threat, one_line};
use crate::extras::{add, keep, keep_node, keep_text};
use crate::listed::{Keys, noted, text_at};
use crate::log::short;
use crate::raw::{Text, items, or_empty};
use vauban_model::Diagnostic;

/// Levels of risk, least first.
const LEVELS: [&str; 6] = ["very_low", "low", "medium", "high", "very_high", "critical"];

/// Reads threats, controls, risks and personas.
pub(super) fn lower(draft: &mut Draft, raw: &raw::Document<'_>, keys: &mut Keys) {
    for persona in items(raw.personas.as_ref()) {
        let key = keys.key("persona", text_at(persona, "symbolic_name"));
        noted(draft, "persona", &key, text_at(persona, "title"), text_at(persona, "description"), persona);
    }
    let mut against: FxHashMap<&str, Vec<String>> = FxHashMap::default();
    for control in items(raw.controls.as_ref()) {
        let title = one_line(text_at(control, "title"));
        let key = keys.key("control", text_at(control, "symbolic_name"));
        noted(draft, "control", &key, &title, text_at(control, "description"), control);
        let status = text_at(control, "status");
        let line = if status.is_empty() { title } else { format!("{title} ({status})") };
        for threat in named(control) {
            if draft.may_repeat(line.len(), control.span) {
                against.entry(threat).or_default().push(line.clone());
            }
        }
    }
    let mut worst: FxHashMap<&str, &str> = FxHashMap::default();
    for risk in items(raw.risks.as_ref()) {
        let key = keys.key("risk", text_at(risk, "symbolic_name"));
        noted(draft, "risk", &key, text_at(risk, "title"), text_at(risk, "description"), risk);
        let level = text_at(risk, "level");
        let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
        for threat in named(risk) {
            let known = worst.entry(threat).or_insert(level);
            if rank(level) > rank(known) {
                *known = level;
            }
        }
    }
    let beside = raw.extensions.and_then(|node| node.get(BESIDE));
    for threat in items(raw.threats.as_ref()) {
        threat_of(draft, threat, &mut against, &worst, beside);
    }
    let known: Vec<&str> = items(raw.threats.as_ref()).filter_map(|threat| threat.id).map(|id| id.text).collect();
    for (what, list) in [("control", &raw.controls), ("risk", &raw.risks)] {
        for node in items(list.as_ref()) {
            for name in node.get("threats").and_then(Node::as_sequence).into_iter().flatten() {
                let Some(id) = name.as_str().filter(|id| !known.contains(id)) else { continue };
                let message = format!("a {what} names the threat `{}`, which is not in the file", short(id));
                draft.log.push(Diagnostic::warning("import-missing-reference", name.span, message));
            }
        }
    }
}

/// The threats that a control or risk names.
fn named(node: &Node) -> impl Iterator<Item = &str> {
    node.get("threats").and_then(Node::as_sequence).into_iter().flatten().filter_map(Node::as_str)
}

fn threat_of(
    draft: &mut Draft,
    raw: &raw::Threat<'_>,
    against: &mut FxHashMap<&str, Vec<String>>,
    worst: &FxHashMap<&str, &str>,
    beside: Option<&Node>,
) {
    let mut threat = blank_threat(raw.at.node.span);
    let native = raw.id.or(raw.title).and_then(Text::given).map_or("threat", |id| id.text);
    threat.id = draft.unique_id(Space::Threat, native);
    threat.title = one_line(raw.title.or(raw.id).map_or("", |title| title.text)).into();
    threat.description = or_empty(raw.description);
    threat.severity = worst.get(native).copied().unwrap_or_default().into();
    threat.mitigation = against.remove(native).unwrap_or_default().join("\n").into();
    // What we wrote beside the format's own words.
    if let Some(said) = beside.and_then(|beside| beside.get(native)) {
        threat.status = text_at(said, "status").into();
        if threat.severity.is_empty() {
            threat.severity = text_at(said, "severity").into();
        }
        let categories = said.get("categories").and_then(Node::as_sequence).into_iter().flatten();
        threat.categories = categories.filter_map(Node::as_str).map(Into::into).collect();
    }
    let mut unknown = Vec::new();
    for affected in items(raw.affected.as_ref()) {
        match anything(draft, affected.text) {
            Some(found) if !threat.elements.contains(&found) => threat.elements.push(found),
            Some(_) => {}
            None => {
                let message = format!(
                    "the threat `{}` affects `{}`, which is not in the file",
                    short(native),
                    short(affected.text)
                );
                draft.log.push(Diagnostic::warning("import-missing-reference", affected.span, message));
                unknown.push(affected.text);
            }
        }
    }
    let extras = &mut threat.extras;
    if !unknown.is_empty() {
        keep(extras, FORMAT, "components_affected", unknown.join(", "));
    }
    keep_text(extras, FORMAT, "threat_persona", raw.persona);
    keep_text(extras, FORMAT, "event", raw.event);
    keep_list(extras, "sources", raw.sources.as_ref());
    keep_node(extras, FORMAT, "attack_mechanisms", raw.mechanisms);
    for weakness in items(raw.weaknesses.as_ref()) {
        draft.drop_rest(&weakness.at);
        let Some(number) = weakness.number else { continue };
        match number.text.trim_start_matches("CWE-").parse() {
            Ok(cwe) => threat.cwe.push(cwe),
            Err(_) => add(&mut threat.extras, FORMAT, "weaknesses", number.text),
        }
        if let Some(title) = weakness.title {
            keep(&mut threat.extras, FORMAT, &format!("weaknesses.{}.cwe_title", number.text), title.text);
        }
    }
    draft.keep_rest(&mut threat.extras, &raw.at);
    draft.model.recorded_threats.push(threat);
}
