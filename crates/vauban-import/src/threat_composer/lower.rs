//! What a file of Threat Composer means here.
//!
//! | Threat Composer | here |
//! |---|---|
//! | `applicationInfo`, name and description of a pack | the system's name and description |
//! | `architecture`, `dataflow` | notes; a picture's address is a remark, a picture inside the file is not read |
//! | statement | recorded threat `threat-<number>`; its title is what the attacker can do, its description the whole sentence |
//! | `STRIDE`, `Priority` | categories, severity |
//! | `status` | status, as written |
//! | grammar (`threatSource`, `prerequisites`, `threatAction`, `threatImpact`, `impactedGoal`, `impactedAssets`) | remarks |
//! | tags, other metadata | remarks |
//! | assumption | assumption `assumption-<number>`; the whole of it a remark on the system |
//! | mitigation | note `Mitigation <number>`; the whole of it a remark on the system |
//! | link | remarks `mitigations` and `assumptions` of a threat; its mitigation tells them with their status |
//! | `displayedStatement` | not carried over: the sentence again, in pieces |
//! | `brainstorm`, `workspace` | remarks |
//!
//! There are no components: the format draws its system as a picture.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use vauban_model::model::Assumption;
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Limits, Node, parse_json};

use super::raw;
use crate::draft::{Draft, Space, blank_threat, one_line};
use crate::extras::{Extras, keep, keep_node, keep_text, text_of};
use crate::listed::{noted, system, whole};
use crate::log::{Log, short};
use crate::raw::{List, Text, items, or_empty};
use crate::{Format, Imported};

const FORMAT: Format = Format::ThreatComposer;
/// How long a title may be that is cut out of a statement.
const TITLE: usize = 160;

/// Builds the model.
pub(super) fn lower(raw: &raw::Document<'_>, mut log: Log) -> Imported {
    let name = raw.application.as_ref().and_then(|application| application.name).or(raw.name);
    let mut element = system(name, "the application", raw.at.node.span, &mut log);
    let description = raw.application.as_ref().and_then(|application| application.description).or(raw.description);
    element.description = or_empty(description);
    let mut draft = Draft::new(FORMAT, element, log);
    about(&mut draft, raw);
    let mut linked = Linked::default();
    assumptions(&mut draft, raw.assumptions.as_ref(), &mut linked);
    mitigations(&mut draft, raw.mitigations.as_ref(), &mut linked);
    links(&mut draft, raw, &mut linked);
    threats(&mut draft, raw.threats.as_ref(), &linked);
    draft.finish()
}

fn about(draft: &mut Draft, raw: &raw::Document<'_>) {
    let mut extras = Extras::new();
    keep_text(&mut extras, FORMAT, "schema", raw.schema);
    keep_text(&mut extras, FORMAT, "type", raw.kind);
    keep_text(&mut extras, FORMAT, "namespace", raw.namespace);
    keep_text(&mut extras, FORMAT, "pack.id", raw.id);
    keep_node(&mut extras, FORMAT, "workspace", raw.workspace);
    keep_node(&mut extras, FORMAT, "brainstorm", raw.brainstorm);
    if let Some(application) = &raw.application {
        draft.keep_rest_under(&mut extras, "applicationInfo.", &application.at);
        // Should a pack describe an application too, nothing of the pack gets lost.
        if application.name.is_some() {
            keep_text(&mut extras, FORMAT, "name", raw.name);
        }
        if application.description.is_some() {
            keep_text(&mut extras, FORMAT, "description", raw.description);
        }
    }
    for (key, title, picture) in
        [("architecture", "Architecture", &raw.architecture), ("dataflow", "Data flow", &raw.dataflow)]
    {
        let Some(picture) = picture else { continue };
        if let Some(text) = picture.description.and_then(Text::given) {
            draft.note(key, title, text.text, text.span);
        }
        if let Some(image) = picture.image.and_then(Text::given) {
            if image.text.starts_with("data:") {
                draft.log.left_out(
                    "image",
                    image.span,
                    "a picture is not read; it stays in a file that is written back",
                );
            } else {
                keep(&mut extras, FORMAT, &format!("{key}.image"), image.text);
            }
        }
        draft.keep_rest_under(&mut extras, &format!("{key}."), &picture.at);
    }
    draft.keep_rest(&mut extras, &raw.at);
    draft.model.system.extras = extras;
}

/// What links refer to, by the ids of the file, and where they lead.
#[derive(Default)]
struct Linked<'a> {
    assumptions: FxHashMap<&'a str, String>,
    /// Our name for each mitigation, and the line that tells it.
    mitigations: FxHashMap<&'a str, (String, String)>,
    /// Mitigations against a threat, in the order of the links.
    against: FxHashMap<&'a str, Vec<&'a str>>,
    /// Assumptions about a threat.
    about: FxHashMap<&'a str, Vec<&'a str>>,
}

/// Numbers that people use, each once.
#[derive(Default)]
struct Numbers {
    used: BTreeSet<u64>,
}

impl Numbers {
    /// The number given, or the next one that is free.
    fn take(&mut self, number: Option<Text<'_>>) -> u64 {
        let given = number.and_then(|number| number.text.parse().ok()).filter(|number| !self.used.contains(number));
        let number = given.unwrap_or_else(|| self.used.last().map_or(1, |last| last.saturating_add(1)));
        self.used.insert(number);
        number
    }
}

fn assumptions<'a>(draft: &mut Draft, list: Option<&List<raw::Item<'a>>>, linked: &mut Linked<'a>) {
    let mut numbers = Numbers::default();
    for item in items(list) {
        let id = format!("assumption-{}", numbers.take(item.number));
        let text = one_line(item.content.map_or("", |content| content.text));
        let owner = None;
        draft.model.assumptions.push(Assumption {
            id: id.as_str().into(),
            text: text.into(),
            about: Vec::new(),
            owner,
            span: item.at.node.span,
        });
        keep_item(draft, "assumption", &id, item);
        if let Some(native) = item.id {
            linked.assumptions.entry(native.text).or_insert(id);
        }
    }
}

fn mitigations<'a>(draft: &mut Draft, list: Option<&List<raw::Item<'a>>>, linked: &mut Linked<'a>) {
    let mut numbers = Numbers::default();
    for item in items(list) {
        let number = numbers.take(item.number);
        let content = item.content.map_or("", |content| content.text.trim());
        noted(
            draft,
            "mitigation",
            &format!("mitigation.{number}"),
            &format!("Mitigation {number}"),
            content,
            item.at.node,
        );
        draft.report_rest(&item.at);
        if let Some(native) = item.id {
            let status = item.status.map_or("", |status| status.text);
            let mut line = one_line(content);
            if !status.is_empty() {
                line.push_str(&format!(" ({status})"));
            }
            linked.mitigations.entry(native.text).or_insert((number.to_string(), line));
        }
    }
}

fn keep_item(draft: &mut Draft, part: &str, id: &str, item: &raw::Item<'_>) {
    let number = id.rsplit('-').next().unwrap_or(id);
    if item.says_more() || item.id.is_some() || item.status.is_some() {
        whole(draft, &format!("{part}.{number}"), item.at.node);
    }
    draft.report_rest(&item.at);
}

fn links<'a>(draft: &mut Draft, raw: &raw::Document<'a>, linked: &mut Linked<'a>) {
    let threats: BTreeSet<&str> =
        items(raw.threats.as_ref()).filter_map(|threat| threat.id).map(|id| id.text).collect();
    for link in items(raw.mitigation_links.as_ref()) {
        draft.drop_rest(&link.at);
        let (Some(mitigation), Some(threat)) = (link.mitigation, link.linked) else {
            incomplete(draft, &link.at);
            continue;
        };
        if !linked.mitigations.contains_key(mitigation.text) {
            unknown(draft, "mitigation", mitigation, link.at.node.span);
        } else if !threats.contains(threat.text) {
            unknown(draft, "threat", threat, link.at.node.span);
        } else {
            linked.against.entry(threat.text).or_default().push(mitigation.text);
        }
    }
    let mut of_mitigations: Vec<(String, String)> = Vec::new();
    for link in items(raw.assumption_links.as_ref()) {
        draft.drop_rest(&link.at);
        let (Some(assumption), Some(target)) = (link.assumption, link.linked) else {
            incomplete(draft, &link.at);
            continue;
        };
        let Some(ours) = linked.assumptions.get(assumption.text) else {
            unknown(draft, "assumption", assumption, link.at.node.span);
            continue;
        };
        match link.kind.map(|kind| kind.text) {
            Some("Mitigation") => match linked.mitigations.get(target.text) {
                Some((number, _)) => of_mitigations.push((ours.clone(), number.clone())),
                None => unknown(draft, "mitigation", target, link.at.node.span),
            },
            _ if threats.contains(target.text) => {
                linked.about.entry(target.text).or_default().push(assumption.text);
            }
            _ => unknown(draft, "threat", target, link.at.node.span),
        }
    }
    of_mitigations.dedup();
    if !of_mitigations.is_empty() {
        let pairs: Vec<String> =
            of_mitigations.iter().map(|(assumption, number)| format!("{assumption} mitigation-{number}")).collect();
        keep(&mut draft.model.system.extras, FORMAT, "assumptionLinks", pairs.join(", "));
    }
}

fn incomplete(draft: &mut Draft, at: &crate::raw::At<'_>) {
    let message = format!("{} names only one end; it was left out", at.what);
    draft.log.group(Diagnostic::warning("import-missing-reference", at.node.span, message));
}

fn unknown(draft: &mut Draft, what: &str, named: Text<'_>, link: Span) {
    let message = format!("a link names the {what} `{}`, which is not in the file; it was left out", short(named.text));
    draft.log.push(Diagnostic::warning("import-missing-reference", link, message));
}

fn threats(draft: &mut Draft, list: Option<&List<raw::Threat<'_>>>, linked: &Linked<'_>) {
    let mut numbers = Numbers::default();
    for raw in items(list) {
        let span = raw.at.node.span;
        let mut threat = blank_threat(span);
        threat.id = draft.unique_id(Space::Threat, &format!("threat-{}", numbers.take(raw.number)));
        let extras = &mut threat.extras;
        keep_text(extras, FORMAT, "id", raw.id);
        keep_text(extras, FORMAT, "numericId", raw.number);
        keep_text(extras, FORMAT, "displayOrder", raw.order);
        for (key, text) in [
            ("threatSource", raw.source),
            ("prerequisites", raw.prerequisites),
            ("threatAction", raw.action),
            ("threatImpact", raw.impact),
            ("customTemplate", raw.template),
        ] {
            keep_text(extras, FORMAT, key, text);
        }
        for (key, list) in [("impactedGoal", &raw.goals), ("impactedAssets", &raw.assets), ("tags", &raw.tags)] {
            if let Some(list) = list.as_ref().filter(|list| !list.items.is_empty()) {
                keep(extras, FORMAT, key, as_json(list));
            }
        }
        metadata(draft, raw, &mut threat.categories, &mut threat.severity, &mut threat.extras);
        let sentence = raw.statement.and_then(Text::given).map_or_else(|| sentence(raw), |text| text.text.to_owned());
        let action = raw.action.and_then(Text::given).map_or_else(|| sentence.clone(), |text| text.text.to_owned());
        threat.title = title(&action).into();
        threat.description = sentence.into();
        threat.status = or_empty(raw.status);
        words_of_others(&mut threat);
        if let Some(displayed) = raw.displayed {
            draft.log.left_out("displayedStatement", displayed.span, "the sentence again, in pieces");
        }
        let native = raw.id.map_or("", |id| id.text);
        against(draft, &mut threat, linked, native);
        draft.keep_rest(&mut threat.extras, &raw.at);
        draft.model.recorded_threats.push(threat);
    }
}

/// What is done about a threat and what is assumed of it.
fn against(draft: &mut Draft, threat: &mut vauban_model::model::RecordedThreat, linked: &Linked<'_>, native: &str) {
    let mut names = Vec::new();
    let mut lines = Vec::new();
    for mitigation in linked.against.get(native).into_iter().flatten() {
        let Some((number, line)) = linked.mitigations.get(mitigation) else { continue };
        let name = format!("mitigation-{number}");
        if names.contains(&name) {
            continue;
        }
        names.push(name);
        if draft.may_repeat(line.len(), threat.span) {
            lines.push(line.as_str());
        }
    }
    threat.mitigation = lines.join("\n").into();
    if !names.is_empty() {
        keep(&mut threat.extras, FORMAT, "mitigations", names.join(", "));
    }
    let mut assumed: Vec<&str> = Vec::new();
    for assumption in linked.about.get(native).into_iter().flatten() {
        if let Some(ours) = linked.assumptions.get(assumption).filter(|ours| !assumed.contains(&ours.as_str())) {
            assumed.push(ours);
        }
    }
    if !assumed.is_empty() {
        keep(&mut threat.extras, FORMAT, "assumptions", assumed.join(", "));
    }
}

fn metadata(
    draft: &mut Draft,
    raw: &raw::Threat<'_>,
    categories: &mut Vec<Box<str>>,
    severity: &mut Box<str>,
    extras: &mut Extras,
) {
    for entry in items(raw.metadata.as_ref()) {
        draft.drop_rest(&entry.at);
        let (Some(key), Some(value)) = (entry.key, entry.value) else { continue };
        match (key.text, &value.kind) {
            ("STRIDE", Kind::Sequence(letters)) if categories.is_empty() => {
                categories.extend(letters.iter().filter_map(Node::as_str).map(Box::from));
            }
            ("STRIDE", Kind::Scalar(letter)) if categories.is_empty() => categories.push(letter.text.clone()),
            ("Priority", Kind::Scalar(priority)) if severity.is_empty() => *severity = priority.text.clone(),
            _ => keep(extras, FORMAT, &format!("metadata.{}", key.text), text_of(value)),
        }
    }
}

/// State and severity as another tool said them, which Vauban writes beside what they became here: they hold as long as
/// nobody has changed the latter. Of our own findings they are no one's words.
fn words_of_others(threat: &mut vauban_model::model::RecordedThreat) {
    const STATE: &str = "threat-composer:metadata.custom:state";
    const SEVERITY: &str = "threat-composer:metadata.custom:severity";
    let said = |extras: &Extras, key: &str| extras.iter().find(|(known, _)| **known == *key).map(|it| it.1.clone());
    if said(&threat.extras, "threat-composer:metadata.custom:vauban").is_some() {
        return;
    }
    if let Some(text) = said(&threat.extras, STATE) {
        let mut diagnostics = Vec::new();
        let node = parse_json(threat.span.file, &text, &Limits::default(), &mut diagnostics);
        let words: Vec<&str> = node.iter().filter_map(Node::as_sequence).flatten().filter_map(Node::as_str).collect();
        if let [word, became] = words.as_slice() {
            if **became == *threat.status {
                threat.status = (*word).into();
            }
            threat.extras.retain(|(key, _)| **key != *STATE);
        }
    }
    if let Some(word) = said(&threat.extras, SEVERITY) {
        let as_written = if word.eq_ignore_ascii_case("critical") { "High" } else { "" };
        if *threat.severity == *as_written {
            threat.severity = word;
        }
        threat.extras.retain(|(key, _)| **key != *SEVERITY);
    }
}

fn as_json(list: &List<Text<'_>>) -> String {
    let mut json = String::from("[");
    for (index, item) in list.items.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        crate::extras::write_json_string(item.text, &mut json);
    }
    json.push(']');
    json
}

/// The sentence that the parts of a statement make, by the tool's grammar.
fn sentence(raw: &raw::Threat<'_>) -> String {
    let given = |text: Option<Text<'_>>| text.and_then(Text::given).map(|text| text.text.to_owned());
    let listed = |list: Option<&List<Text<'_>>>| {
        let texts: Vec<&str> = items(list).map(|item| item.text.trim()).filter(|text| !text.is_empty()).collect();
        match texts.split_last() {
            None => None,
            Some((last, [])) => Some((*last).to_owned()),
            Some((last, others)) => Some(format!("{} and {last}", others.join(", "))),
        }
    };
    let Some(action) = given(raw.action) else { return String::new() };
    let source = given(raw.source).unwrap_or_else(|| "threat actor".to_owned());
    let mut sentence =
        if source.to_lowercase().starts_with(['a', 'e', 'i', 'o', 'u']) { "An " } else { "A " }.to_owned();
    sentence.push_str(&source);
    if let Some(prerequisites) = given(raw.prerequisites) {
        sentence.push(' ');
        sentence.push_str(&prerequisites);
    }
    sentence.push_str(&format!(" can {action}"));
    if let Some(impact) = given(raw.impact) {
        sentence.push_str(&format!(", which leads to {impact}"));
    }
    match (listed(raw.goals.as_ref()), listed(raw.assets.as_ref())) {
        (Some(goals), Some(assets)) => sentence.push_str(&format!(", resulting in reduced {goals} of {assets}")),
        (Some(goals), None) => sentence.push_str(&format!(", resulting in reduced {goals}")),
        (None, Some(assets)) => sentence.push_str(&format!(", negatively impacting {assets}")),
        (None, None) => {}
    }
    sentence
}

/// The beginning of a sentence, as a title.
fn title(sentence: &str) -> String {
    let line = one_line(sentence);
    let mut title: String = line.chars().take(TITLE).collect();
    if line.chars().nth(TITLE).is_some() {
        title.push('…');
    }
    title
}
