//! What a model of threatcl means here.
//!
//! | threatcl | here |
//! |---|---|
//! | `threatmodel` | the system; the first of a file, the others are named |
//! | `author` | owner |
//! | `attributes`, `additional_attribute`, links, times | remarks |
//! | `information_asset` | data, with its classification |
//! | `usecase`, `mermaid` | notes; where no data flow diagram is there, flowcharts are read as one |
//! | `exclusion` | out of scope |
//! | `third_party_dependency` | third party; what happens without it, the rest as its notes |
//! | `process`, `external_element`, `data_store` | component; one of the same name and kind in two diagrams is the same |
//! | `information_asset` of a store | `stores` |
//! | `trust_zone`, as block or attribute | boundary; one for each name |
//! | `flow` | flow; the protocol where it is one of ours, a remark else |
//! | `threat` | recorded threat about its data; `stride` as categories, impacts a remark |
//! | `risk` | severity as stated, else likelihood and impact; both remarks |
//! | `control` | part of the mitigation, with whether it is implemented; the whole of it a remark |
//! | `variable`, `import.control.…`, `control_imports`, `including` | looked up |
//! | `component` | note, in a file that has no model |

use vauban_model::model::{ScopeStatement, ThirdParty};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use super::hcl::LABEL;
use super::{diagrams, raw};
use crate::draft::{Draft, Space, State, blank_threat, element, one_line, slug};
use crate::extras::{Extras, keep, keep_text, text_of};
use crate::listed::{Keys, by_name, noted, system, text_at, whole};
use crate::log::{Log, short};
use crate::raw::{List, Text, items, or_empty, texts};
use crate::sketch::{Sketch, settle};
use crate::{Format, Imported};

pub(super) const FORMAT: Format = Format::Threatcl;

/// Builds the model.
pub(super) fn lower(
    file: &raw::Document<'_>,
    model: Option<&raw::Model<'_>>,
    names: &[Box<str>],
    mut log: Log,
) -> Imported {
    let span = model.map_or(file.at.node.span, |model| model.at.node.span);
    let element = match model {
        Some(model) => system(model.name, "the model", span, &mut log),
        None => {
            log.push(
                Diagnostic::warning("import-missing-title", span, "there is no `threatmodel` in this file")
                    .help("its controls are read as notes; name it in `imports` of a model to use them"),
            );
            vauban_model::model::Element::new("imported-model", "Imported model", span)
        }
    };
    let mut draft = Draft::new(FORMAT, element, log);
    if let Some(others) = names.get(1..).filter(|others| !others.is_empty()) {
        let others: Vec<String> = others.iter().take(10).map(|name| format!("`{}`", short(name))).collect();
        let place = file.models.map_or(span, |node| node.span);
        draft.log.push(
            Diagnostic::warning(
                "import-other-models",
                place,
                format!("only the first model was read, not {}", others.join(", ")),
            )
            .help("put the one you want first, or each into a file of its own"),
        );
    }
    let mut extras = Extras::new();
    keep_text(&mut extras, FORMAT, "spec_version", file.version);
    draft.keep_rest(&mut extras, &file.at);
    draft.model.system.extras = extras;
    let mut keys = Keys::default();
    if let Some(variables) = file.variables {
        whole(&mut draft, "variables", variables);
    }
    match model {
        Some(model) => {
            about(&mut draft, model);
            assets(&mut draft, model.assets.as_ref());
            scope(&mut draft, model);
            third_parties(&mut draft, model.third_parties.as_ref());
            for diagram in items(model.mermaid.as_ref()) {
                let title = text_at(diagram, LABEL);
                noted(&mut draft, "diagram", &keys.key("mermaid", title), title, text_at(diagram, "content"), diagram);
            }
            diagrams::lower(&mut draft, model);
            if items(model.diagrams.as_ref()).chain(items(model.old_diagrams.as_ref())).next().is_none() {
                charts(&mut draft, model);
            }
            threats(&mut draft, model.threats.as_ref());
        }
        None => {
            for component in items(file.components.as_ref()) {
                let title = text_at(component, "@label2");
                let text = text_at(component, "description");
                noted(&mut draft, "control", &keys.key("control", title), title, text, component);
            }
        }
    }
    draft.finish()
}

/// Flowcharts, where they are all that shows what there is.
fn charts(draft: &mut Draft, model: &raw::Model<'_>) {
    let mut pages = Vec::new();
    for diagram in items(model.mermaid.as_ref()) {
        let Some(content) = diagram.get("content") else { continue };
        let text = content.as_str().unwrap_or_default();
        pages.extend(crate::mermaid::pages(draft, text, text_at(diagram, LABEL), content.span));
    }
    if !pages.is_empty() {
        settle(draft, Sketch { pages });
        // Nothing has a place, so nothing can be drawn again as it was.
        draft.model.drawings.clear();
    }
}

fn about(draft: &mut Draft, model: &raw::Model<'_>) {
    let mut extras = std::mem::take(&mut draft.model.system.extras);
    draft.model.system.description = or_empty(model.description);
    draft.model.system.owner = model.author.and_then(Text::given).map(|author| author.text.into());
    for (key, text) in [
        ("link", model.link),
        ("diagram_link", model.diagram_link),
        ("created_at", model.created),
        ("updated_at", model.updated),
        ("including", model.including),
    ] {
        keep_text(&mut extras, FORMAT, key, text);
    }
    for (key, list) in [("repository", &model.repository), ("imports", &model.imports)] {
        let all = texts(list.as_ref());
        if !all.is_empty() {
            keep(&mut extras, FORMAT, key, all.join(", "));
        }
    }
    for attributes in items(model.attributes.as_ref()) {
        keep_text(&mut extras, FORMAT, "new_initiative", attributes.new);
        keep_text(&mut extras, FORMAT, "internet_facing", attributes.internet);
        keep_text(&mut extras, FORMAT, "initiative_size", attributes.size);
        draft.keep_rest_under(&mut extras, "attributes.", &attributes.at);
    }
    for attribute in items(model.additional.as_ref()) {
        let name = attribute.name.map_or("", |name| name.text);
        keep_text(&mut extras, FORMAT, &format!("additional_attribute.{name}"), attribute.value);
        draft.keep_rest_under(&mut extras, &format!("additional_attribute.{name}."), &attribute.at);
    }
    draft.keep_rest(&mut extras, &model.at);
    draft.model.system.extras = extras;
}

fn assets(draft: &mut Draft, list: Option<&List<raw::Asset<'_>>>) {
    for asset in items(list) {
        let mut data = by_name(draft, Domain::Data, asset.name, asset.at.node.span);
        data.description = or_empty(asset.description);
        let mut extras = Extras::new();
        if let Some(class) = asset.classification.and_then(Text::given) {
            let known = data.state_word(fact::CLASSIFICATION, class.text, class.span);
            if !known {
                draft.unmapped("information_classification", class);
                keep(&mut extras, FORMAT, "information_classification", class.text);
            }
        }
        keep_text(&mut extras, FORMAT, "source", asset.source);
        draft.keep_rest(&mut extras, &asset.at);
        data.extras = extras;
        let index = draft.model.data.len();
        draft.register(Domain::Data, asset.name, &data.id, index);
        draft.model.data.push(data);
    }
}

fn scope(draft: &mut Draft, model: &raw::Model<'_>) {
    for case in items(model.use_cases.as_ref()) {
        draft.drop_rest(&case.at);
        if let Some(text) = case.description.and_then(Text::given) {
            draft.note("use-case", "", text.text, text.span);
        }
    }
    for exclusion in items(model.exclusions.as_ref()) {
        draft.drop_rest(&exclusion.at);
        if let Some(text) = exclusion.description.and_then(Text::given) {
            let what = one_line(text.text).into();
            draft.model.out_of_scope.push(ScopeStatement { what, why: Box::default(), span: text.span });
        }
    }
}

fn third_parties(draft: &mut Draft, list: Option<&List<raw::ThirdParty<'_>>>) {
    let mut taken = Keys::default();
    for third in items(list) {
        let name = third.name.map_or("third party", |name| name.text);
        let key = taken.key("x", name);
        let id = key.strip_prefix("x.").unwrap_or(&key);
        let mut notes: Vec<(Box<str>, Box<str>)> = Vec::new();
        for (key, text) in [
            ("saas", third.saas),
            ("paying_customer", third.paying),
            ("open_source", third.open),
            ("infrastructure", third.infrastructure),
            ("uptime_notes", third.uptime_notes),
        ] {
            notes.extend(text.map(|text| (key.into(), text.text.into())));
        }
        for entry in &third.at.rest {
            notes.push((entry.key.clone(), text_of(&entry.value).into()));
        }
        draft.report_rest(&third.at);
        draft.model.third_parties.push(ThirdParty {
            id: id.into(),
            name: one_line(name).into(),
            provides: or_empty(third.description),
            used_by: Vec::new(),
            data: Vec::new(),
            when_down: or_empty(third.uptime),
            notes,
            span: third.at.node.span,
        });
    }
}

fn threats(draft: &mut Draft, list: Option<&List<raw::Threat<'_>>>) {
    for raw in items(list) {
        let span = raw.at.node.span;
        let mut threat = blank_threat(span);
        let first_line = |text: Text<'_>| text.text.trim().lines().next().unwrap_or_default().to_owned();
        let name = raw.name.and_then(Text::given).map(|name| name.text.to_owned());
        let title = name.or_else(|| raw.description.map(first_line)).unwrap_or_else(|| "threat".to_owned());
        threat.id = draft.unique_id(Space::Threat, &slug(&title, "threat"));
        let by = format!("the threat `{}`", short(&title));
        threat.title = one_line(&title).into();
        threat.description = raw.description.map_or_else(Box::default, |text| text.text.trim_end().into());
        threat.categories = texts(raw.stride.as_ref());
        for data in raw.assets.as_ref().map(|list| draft.resolve_all(Domain::Data, list, &by)).unwrap_or_default() {
            threat.elements.push(element(Domain::Data, data));
        }
        let impacts = texts(raw.impacts.as_ref());
        if !impacts.is_empty() {
            keep(&mut threat.extras, FORMAT, "impacts", impacts.join(", "));
        }
        for risk in items(raw.risk.as_ref()) {
            let (likelihood, impact) = (text_at(risk, "likelihood"), text_at(risk, "impact"));
            let stated = text_at(risk, "severity");
            threat.severity =
                if stated.is_empty() { format!("likelihood {likelihood}, impact {impact}") } else { stated.to_owned() }
                    .into();
            keep(&mut threat.extras, FORMAT, "risk", text_of(risk));
        }
        let imported = texts(raw.imported.as_ref());
        if !imported.is_empty() {
            keep(&mut threat.extras, FORMAT, "control_imports", imported.join(", "));
        }
        controls(draft, &mut threat, raw);
        draft.keep_rest(&mut threat.extras, &raw.at);
        draft.model.recorded_threats.push(threat);
    }
}

fn controls(draft: &mut Draft, threat: &mut vauban_model::model::RecordedThreat, raw: &raw::Threat<'_>) {
    let mut keys = Keys::default();
    let mut lines = Vec::new();
    let listed = raw.controls.map(|node| node.as_sequence().unwrap_or(std::slice::from_ref(node))).unwrap_or_default();
    let proposed = items(raw.proposed.as_ref()).map(|control| (*control, true));
    for (control, proposed) in listed.iter().map(|control| (control, false)).chain(proposed) {
        if let Some(text) = control.as_str() {
            lines.push(text.trim().to_owned());
            keep(&mut threat.extras, FORMAT, "control", text);
            continue;
        }
        let name = one_line(text_at(control, LABEL));
        // How our own writer says the state of a threat.
        if let Some(said) = state_of(control).filter(|_| name == "Status") {
            threat.status = said.into();
            continue;
        }
        let state = match (proposed, control.get("implemented").and_then(Node::as_bool).or_else(|| quoted(control))) {
            (_, Some(true)) => " (implemented)",
            (true, _) => " (proposed)",
            (false, Some(false)) => " (not implemented)",
            // Nobody said.
            (false, None) => "",
        };
        let description = text_at(control, "description").trim();
        let line = match (name.is_empty(), description.is_empty()) {
            (true, _) => format!("{description}{state}"),
            (false, true) => format!("{name}{state}"),
            (false, false) => format!("{name}{state}: {description}"),
        };
        let whole = text_of(control);
        if draft.may_repeat(line.len() + whole.len(), control.span) {
            lines.push(line);
            let part = if proposed { "proposed_control" } else { "control" };
            keep(&mut threat.extras, FORMAT, &keys.key(part, &name), whole);
        }
    }
    threat.mitigation = lines.join("\n").into();
}

/// The attribute `status` of a control.
fn state_of(control: &Node) -> Option<&str> {
    let attributes = control.get("attribute")?;
    let list = attributes.as_sequence().unwrap_or(std::slice::from_ref(attributes));
    let named = list.iter().find(|attribute| text_at(attribute, LABEL) == "status")?;
    Some(text_at(named, "value")).filter(|text| !text.is_empty())
}

/// `implemented = "true"`: threatcl takes it as well.
fn quoted(control: &Node) -> Option<bool> {
    match text_at(control, "implemented") {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A place for something that is said by its name only.
pub(super) fn place(text: Option<Text<'_>>, fallback: Span) -> Span {
    text.map_or(fallback, |text| text.span)
}
