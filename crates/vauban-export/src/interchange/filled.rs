//! Values that a format demands and nobody stated: counted by kind, so that no reader of the file takes them for said.

use std::collections::BTreeMap;

use vauban_model::model::{Component, Element, Model};
use vauban_model::report::Report;
use vauban_model::vocabulary::fact;

use super::Format;
use super::listed::{remark, whole};

/// Ids named with each kind of value.
const EXAMPLES: usize = 3;

/// What was filled in, by kind.
#[derive(Debug, Default)]
pub(super) struct Filled {
    by_kind: BTreeMap<&'static str, Vec<Box<str>>>,
}

impl Filled {
    fn add(&mut self, kind: &'static str, id: &str) {
        self.by_kind.entry(kind).or_default().push(id.into());
    }

    /// A sentence that counts them; nothing if none was filled in.
    pub(super) fn told(&self, format: &str) -> Option<String> {
        let all: usize = self.by_kind.values().map(Vec::len).sum();
        let kinds: Vec<String> = self
            .by_kind
            .iter()
            .map(|(kind, ids)| {
                let named: Vec<String> = ids.iter().take(EXAMPLES).map(|id| format!("`{id}`")).collect();
                let more = if ids.len() > EXAMPLES { ", …" } else { "" };
                format!("{kind} ({}: {}{more})", ids.len(), named.join(", "))
            })
            .collect();
        let kinds = kinds.join("; ");
        match all {
            0 => None,
            1 => Some(format!("1 value that {format} demands is not in the model and was filled in: {kinds}")),
            all => Some(format!("{all} values that {format} demands are not in the model and were filled in: {kinds}")),
        }
    }
}

/// What is filled in when a model is written in a format, as a sentence.
pub(super) fn told(format: Format, report: &Report<'_>) -> Option<String> {
    let mut filled = Filled::default();
    let name = match format {
        Format::Threatcl => {
            threatcl(report, &mut filled);
            "threatcl"
        }
        Format::CycloneDx => {
            cyclonedx(report, &mut filled);
            "CycloneDX"
        }
        Format::ThreatModelLibrary => {
            library(report, &mut filled);
            "the Threat Model Library"
        }
        Format::ThreatDragon => {
            dragon(report, &mut filled);
            "Threat Dragon"
        }
        _ => return None,
    };
    filled.told(name)
}

/// The components with their number, and the kind that is stated or follows from what they are made of.
fn parts<'m>(report: &'m Report<'_>) -> impl Iterator<Item = (usize, &'m Component, Option<u16>)> {
    report.model.components.iter().enumerate().map(|(index, part)| {
        let symbol = part.element.symbol(fact::KIND);
        (index, part, symbol.or_else(|| report.analysis.kinds.get(index).copied().flatten()))
    })
}

fn says(element: &Element, format: Format, key: &str) -> bool {
    remark(&element.extras, format.as_str(), key).is_some()
}

fn threatcl(report: &Report<'_>, filled: &mut Filled) {
    let model = report.model;
    if model.system.owner.as_deref().is_none_or(str::is_empty) {
        filled.add("the author, as `unknown`", &model.system.id);
    }
    for (_, part, _) in parts(report).filter(|(_, _, kind)| kind.is_none()) {
        filled.add("kinds of components, as `process`", &part.element.id);
    }
    for third in model.third_parties.iter().filter(|it| it.when_down.is_empty()) {
        filled.add("what happens without a third party, as `none`", &third.id);
    }
}

fn cyclonedx(report: &Report<'_>, filled: &mut Filled) {
    let format = Format::CycloneDx;
    for (_, part, kind) in parts(report) {
        let element = &part.element;
        if ["stands-for", "type", "componentRef", "party"].iter().any(|key| says(element, format, key)) {
            continue;
        }
        match kind {
            Some(2) if element.bool(fact::USED_BY_PEOPLE).is_none() => {
                filled.add("whether an actor is a person, as `organization`", &element.id);
            }
            Some(1) if element.words(fact::TECHNOLOGY).is_empty() => {
                filled.add("types of data stores, as `data store`", &element.id);
            }
            None => filled.add("types of assets, as `process`", &element.id),
            _ => {}
        }
    }
}

fn library(report: &Report<'_>, filled: &mut Filled) {
    let (format, model) = (Format::ThreatModelLibrary, report.model);
    let system = &model.system;
    let rated = system.word(fact::CRITICALITY).is_some() || says(system, format, "business_criticality");
    if !rated {
        filled.add("how critical the system is, as `moderate`", &system.id);
    }
    if !rated && !says(system, format, "tier") {
        filled.add("the tier of the system, as `important`", &system.id);
    }
    let looked = model.components.iter().any(|part| part.element.bool(fact::INTERNET_FACING).is_some());
    if !looked && !says(system, format, "exposure") {
        filled.add("whether the system is exposed, as `internal`", &system.id);
    }
    for (index, part, kind) in parts(report) {
        let element = &part.element;
        if ["stands-for", "type"].iter().any(|key| says(element, format, key)) {
            continue;
        }
        let people = element.bool(fact::USED_BY_PEOPLE).is_some()
            || report.analysis.used_by_people.get(index).copied().unwrap_or_default();
        match kind {
            Some(2) if !people => filled.add("who an actor is, as `system`", &element.id),
            None => filled.add("kinds of components, as `component`", &element.id),
            _ => {}
        }
    }
    for (index, flow) in model.flows.iter().enumerate() {
        let element = &flow.element;
        let known = report.analysis.encrypted.get(index).copied().flatten();
        if element.word(fact::ENCRYPTION).is_none() && known.is_none() {
            filled.add("whether a flow is encrypted, as no", &element.id);
        }
        let carries = element.fact(fact::CARRIES).is_some() || element.fact(fact::RETURNS).is_some();
        if !carries && !says(element, format, "has_sensitive_data") {
            filled.add("whether a flow has sensitive data, as no", &element.id);
        }
    }
    for threat in &model.recorded_threats {
        let has = |key: &str| remark(&threat.extras, format.as_str(), key).is_some();
        if !has("threat_persona") {
            filled.add("who is behind a threat, as anybody", &threat.id);
        }
        if !has("sources") {
            filled.add("what a threat comes from, as `adversary`", &threat.id);
        }
    }
    for (key, object) in whole(model, format.as_str(), "control") {
        if !object.contains_key("priority") {
            filled.add("priorities of controls, as `none`", &key);
        }
    }
}

fn dragon(report: &Report<'_>, filled: &mut Filled) {
    let model = report.model;
    for (_, part, kind) in parts(report) {
        let element = &part.element;
        match kind {
            None if element.references(fact::STORES).is_empty() => {
                filled.add("kinds of components, as process", &element.id);
            }
            Some(1) if element.fact(fact::ENCRYPTION_AT_REST).is_none() => {
                filled.add("whether a store is encrypted, as no", &element.id);
            }
            _ => {}
        }
    }
    for (index, flow) in model.flows.iter().enumerate() {
        if report.analysis.encrypted.get(index).copied().flatten().is_none() {
            filled.add("whether a flow is encrypted, as no", &flow.element.id);
        }
        if flow.element.bool(fact::OVER_INTERNET).is_none() {
            filled.add("whether a flow goes over a public network, as no", &flow.element.id);
        }
    }
    for threat in model.recorded_threats.iter().filter(|it| it.categories.is_empty() && has_cell(model, it)) {
        filled.add("kinds of threats, as Tampering", &threat.id);
    }
}

/// Whether a recorded threat stands at something that is drawn.
fn has_cell(model: &Model, threat: &vauban_model::model::RecordedThreat) -> bool {
    matches!(threat.elements.as_slice(), [element] if model.get(*element).is_some())
}

#[cfg(test)]
mod tests {
    use super::Filled;

    #[test]
    fn what_is_filled_in_is_counted_and_named() {
        let mut filled = Filled::default();
        assert_eq!(filled.told("X"), None);
        filled.add("kinds", "a");
        assert_eq!(
            filled.told("X").as_deref(),
            Some("1 value that X demands is not in the model and was filled in: kinds (1: `a`)")
        );
        for id in ["b", "c", "d"] {
            filled.add("kinds", id);
        }
        filled.add("colours", "a");
        assert_eq!(
            filled.told("X").as_deref(),
            Some(
                "5 values that X demands are not in the model and were filled in: colours (1: `a`); kinds (4: `a`, `b`, `c`, …)"
            )
        );
    }
}
