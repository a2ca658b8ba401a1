//! Back into a `.tm7` of the Microsoft Threat Modeling Tool.
//!
//! The file is changed in four places and stays byte for byte the same everywhere else: names of elements that were
//! renamed, what was changed of threats that it lists (state, priority, title, description, mitigation, justification), our
//! findings as threats, and a threat type for each of our rules that is used. A threat of ours that is in the file already
//! stays as its readers left it, with their state and words.
//!
//! The tool knows threats of flows only. A finding on a component goes to a flow that ends or starts there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};
use vauban_model::finding::Finding;
use vauban_model::model::{Element, ElementRef, Model, RecordedThreat};
use vauban_model::report::Report;
use vauban_model::scale::Level;
use vauban_model::vocabulary::Domain;

use super::words::{one_line, xml};
use super::{Aspect, Exported, Loss, Original};
use crate::digest::recorded_state;
use vauban_model::recorded::Recorded;

/// What a file of the tool can hold.
pub(super) const CARRIES: &[Aspect] = &[
    Aspect::Components,
    Aspect::Flows,
    Aspect::FlowNames,
    Aspect::Boundaries,
    Aspect::NestedBoundaries,
    Aspect::BoundaryLines,
    Aspect::Places,
    Aspect::Scope,
    Aspect::RecordedThreats,
    Aspect::ThreatStates,
    Aspect::ThreatCategories,
    Aspect::ThreatSeverities,
    Aspect::ThreatTargets,
    Aspect::ThreatRemarks,
    Aspect::Findings,
];

const ARRAYS: &str = "http://schemas.microsoft.com/2003/10/Serialization/Arrays";
const BASE: &str = "http://schemas.datacontract.org/2004/07/ThreatModeling.KnowledgeBase";
const MODEL: &str = "http://schemas.datacontract.org/2004/07/ThreatModeling.Model";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Before the ids of our rules among the tool's threat types.
const OURS: &str = "VAUBAN.";
/// A filter that the tool evaluates and that never holds, so that the tool does not list our threats by itself.
const NEVER: &str = "source is 'ROOT'";
/// The key of the tool's own id among an element's remarks.
const NATIVE: &str = "mtmt:id";

/// Writes findings and names into the file that the model was read from.
pub(super) fn export(report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    let mut out = Exported::default();
    let Some(original) = original.filter(|original| !original.text.is_empty()) else {
        out.remarks.push(
            "a .tm7 can only be written back: name the one to write into with `--onto`, or export a model that was \
             read from one"
                .to_owned(),
        );
        return out;
    };
    let text = original.text.trim_start_matches('\u{feff}');
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) if document.root_element().tag_name().name() == "ThreatModel" => document,
        Ok(_) => {
            out.remarks.push("the file to write into is no model of the Microsoft Threat Modeling Tool".to_owned());
            return out;
        }
        Err(error) => {
            out.remarks.push(format!("the file to write into is broken: {error}"));
            return out;
        }
    };
    let file = File::read(&document);
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    rename(report.model, &file, &mut edits);
    recorded(report.model, &file, &mut edits);
    threats(report, &file, &mut edits, &mut out);
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut written = String::with_capacity(text.len() + 4096);
    let mut at = 0;
    for (range, replacement) in edits {
        // Edits never overlap: names, values of threats, the ends of lists and one switch.
        if let Some(between) = text.get(at..range.start) {
            written.push_str(between);
            written.push_str(&replacement);
            at = range.end;
        }
    }
    written.push_str(text.get(at..).unwrap_or_default());
    out.bytes = written.into_bytes();
    out
}

/// What we need of the file.
struct File<'a, 'i> {
    root: Node<'a, 'i>,
    /// The name as written of each element, and where it stands, by the element's id.
    names: BTreeMap<&'a str, (String, Node<'a, 'i>)>,
    /// The diagram that each flow is on, and the ids of its ends.
    flows: BTreeMap<&'a str, (&'a str, &'a str, &'a str)>,
    /// Keys of the threats that are listed.
    keys: BTreeSet<String>,
    /// Ids of the threat types.
    types: BTreeSet<&'a str>,
    /// Ids of the threat categories.
    categories: BTreeSet<&'a str>,
    /// The highest number of a threat.
    last_id: u32,
}

impl<'a, 'i> File<'a, 'i> {
    fn read(document: &'a Document<'i>) -> Self {
        let root = document.root_element();
        let mut file = File {
            root,
            names: BTreeMap::new(),
            flows: BTreeMap::new(),
            keys: BTreeSet::new(),
            types: BTreeSet::new(),
            categories: BTreeSet::new(),
            last_id: 0,
        };
        for surface in list(root, "DrawingSurfaceList") {
            let diagram = text_of(surface, "Guid");
            for pair in ["Borders", "Lines"].into_iter().flat_map(|name| list(surface, name)) {
                let Some(thing) = child(pair, "Value") else { continue };
                let guid = text_of(thing, "Guid");
                if let Some(value) = name_node(thing) {
                    file.names.insert(guid, (value.text().unwrap_or_default().to_owned(), value));
                }
                if let (source, target) = (text_of(thing, "SourceGuid"), text_of(thing, "TargetGuid"))
                    && !source.is_empty()
                {
                    file.flows.insert(guid, (diagram, source, target));
                }
            }
        }
        for pair in list(root, "ThreatInstances") {
            file.keys.insert(text_of(pair, "Key").to_owned());
            let id = child(pair, "Value").map(|value| text_of(value, "Id")).and_then(|id| id.trim().parse().ok());
            file.last_id = file.last_id.max(id.unwrap_or(0));
        }
        if let Some(base) = child(root, "KnowledgeBase") {
            file.types = list(base, "ThreatTypes").map(|kind| text_of(kind, "Id")).collect();
            file.categories = list(base, "ThreatCategories").map(|kind| text_of(kind, "Id")).collect();
        }
        file
    }
}

/// The value of the attribute that holds an element's name.
fn name_node<'a, 'i>(thing: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    let is_name = |property: &Node<'_, '_>| {
        let class = property.attribute((INSTANCE, "type")).unwrap_or_default();
        class.ends_with("StringDisplayAttribute")
            && !class.ends_with("CustomStringDisplayAttribute")
            && text_of(*property, "Name").is_empty()
    };
    list(thing, "Properties").find(is_name).and_then(|property| child(property, "Value"))
}

/// Elements whose name is another now.
fn rename(model: &Model, file: &File<'_, '_>, edits: &mut Vec<(Range<usize>, String)>) {
    for domain in [Domain::Component, Domain::Flow, Domain::Boundary] {
        for (_, element) in model.elements(domain) {
            let Some((written, value)) = native(element).and_then(|guid| file.names.get(guid)) else { continue };
            let same = one_line(written) == *element.name;
            // What had no name was given one by us: the file keeps its blank.
            if same || written.trim().is_empty() {
                continue;
            }
            if let (Some(first), Some(last)) = (value.first_child(), value.last_child()) {
                edits.push((first.range().start..last.range().end, xml(&element.name)));
            }
        }
    }
}

/// What was changed of the threats that the file lists, as far as the tool has a place and a word for it.
fn recorded(model: &Model, file: &File<'_, '_>, edits: &mut Vec<(Range<usize>, String)>) {
    let kept = |threat: &RecordedThreat, key: &str| {
        threat.extras.iter().find(|(known, _)| &**known == key).map(|(_, value)| value.trim().to_owned())
    };
    let by_key: BTreeMap<String, &RecordedThreat> =
        model.recorded_threats.iter().filter_map(|it| Some((kept(it, "mtmt:key")?, it))).collect();
    for pair in list(file.root, "ThreatInstances") {
        let Some(threat) = by_key.get(text_of(pair, "Key").trim()) else { continue };
        let Some(value) = child(pair, "Value") else { continue };
        if let Some(word) = state(threat, text_of(value, "State")) {
            replace(child(value, "State"), word, edits);
        }
        let mut missing = String::new();
        let mut set = |key: &str, wanted: &str, edits: &mut Vec<(Range<usize>, String)>| {
            let property = list(value, "Properties").find(|it| text_of(*it, "Key") == key);
            let old = property.map(|it| text_of(it, "Value")).unwrap_or_default();
            // What is written with markup is read without it: it stays.
            if one_line(old) == one_line(wanted) || old.contains(['<', '&']) {
                return;
            }
            match property {
                Some(property) => replace(child(property, "Value"), wanted, edits),
                None => missing.push_str(&format!(
                    "<KeyValueOfstringstring xmlns=\"{ARRAYS}\"><Key>{key}</Key><Value>{}</Value></KeyValueOfstringstring>",
                    xml(wanted)
                )),
            }
        };
        set("Title", &threat.title, edits);
        set("UserThreatDescription", &threat.description, edits);
        set("PossibleMitigations", &threat.mitigation, edits);
        set("StateInformation", &kept(threat, "mtmt:justification").unwrap_or_default(), edits);
        let priority = ["High", "Medium", "Low"].into_iter().find(|it| it.eq_ignore_ascii_case(threat.severity.trim()));
        let old = list(value, "Properties").find(|it| text_of(*it, "Key") == "Priority");
        let old = old.map(|it| text_of(it, "Value").trim()).filter(|it| !it.is_empty());
        let old = old.unwrap_or_else(|| text_of(value, "Priority").trim());
        if let Some(priority) = priority.filter(|_| old != &*threat.severity) {
            set("Priority", priority, edits);
            if text_of(value, "Priority") != priority {
                replace(child(value, "Priority"), priority, edits);
            }
        }
        append(value, "Properties", BASE, &missing, edits);
    }
}

/// The tool's word for the state of a threat, where it is another than the file's.
fn state(threat: &RecordedThreat, old: &str) -> Option<&'static str> {
    const WORDS: [&str; 4] = ["AutoGenerated", "NeedsInvestigation", "NotApplicable", "Mitigated"];
    if *threat.status == *old || threat.status.is_empty() {
        return None;
    }
    let written: String = threat.status.chars().filter(|it| it.is_alphanumeric()).collect();
    WORDS.into_iter().find(|word| word.eq_ignore_ascii_case(&written)).or_else(|| match recorded_state(threat) {
        Recorded::Mitigated => Some("Mitigated"),
        Recorded::NotApplicable => Some("NotApplicable"),
        Recorded::Open => Some("NeedsInvestigation"),
        // The tool has no word for what was accepted or transferred.
        Recorded::Settled => None,
    })
}

/// Puts a text in place of what an element holds, also where it is empty or says that it holds nothing.
fn replace(node: Option<Node<'_, '_>>, text: &str, edits: &mut Vec<(Range<usize>, String)>) {
    let Some(node) = node else { return };
    if let (Some(first), Some(last)) = (node.first_child(), node.last_child()) {
        edits.push((first.range().start..last.range().end, xml(text)));
        return;
    }
    let range = node.range();
    let whole = node.document().input_text().get(range.clone()).unwrap_or_default();
    let name = whole.trim_start_matches('<').split(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).next();
    if let Some(name) = name {
        edits.push((range, format!("<{name}>{}</{name}>", xml(text))));
    }
}

/// Our findings, where the file does not list them yet.
fn threats(report: &Report<'_>, file: &File<'_, '_>, edits: &mut Vec<(Range<usize>, String)>, out: &mut Exported) {
    let model = report.model;
    let mut rows = String::new();
    let mut kinds: BTreeMap<&str, String> = BTreeMap::new();
    let mut homeless: Vec<Box<str>> = Vec::new();
    let mut id = file.last_id;
    for finding in report.analysis.findings.iter().filter(|finding| finding.status.is_open()) {
        let Some(threat) = report.threats.get(finding.threat as usize).filter(|threat| &*threat.family != "embedded")
        else {
            continue;
        };
        let Some((flow, (diagram, source, target))) = place(model, file, finding) else {
            homeless.push(finding.id.clone());
            continue;
        };
        let kind = format!("{OURS}{}", threat.id);
        let key = format!("{kind}{source}{flow}{target}");
        if file.keys.contains(&key) || rows.contains(&format!("<a:Key>{}</a:Key>", xml(&key))) {
            continue;
        }
        id = id.saturating_add(1);
        let category = category(file, finding);
        let row = Row { id, kind: &kind, key: &key, flow, diagram, source, target, category: &category };
        row.write(report, finding, &threat.remedy, &mut rows);
        if !file.types.contains(kind.as_str()) {
            kinds.entry(&threat.id).or_insert_with(|| {
                format!(
                    "<b:ThreatType xmlns:b=\"{BASE}\"><b:IsExtension>false</b:IsExtension><b:Category>{}</b:Category>\
                     <b:Description>{}</b:Description><b:GenerationFilters><b:Exclude/><b:Include>{}</b:Include>\
                     </b:GenerationFilters><b:Id>{}</b:Id><b:PropertiesMetaData/><b:RelatedCategory/>\
                     <b:ShortTitle>{}</b:ShortTitle></b:ThreatType>",
                    xml(&category),
                    xml(&threat.summary),
                    xml(NEVER),
                    xml(&kind),
                    xml(&threat.title)
                )
            });
        }
    }
    if !homeless.is_empty() {
        let count = homeless.len();
        let examples = homeless.into_iter().take(3).collect();
        out.losses.push(Loss { what: "findings that no flow of the diagram carries".to_owned(), count, examples });
    }
    if rows.is_empty() {
        return;
    }
    append(file.root, "ThreatInstances", MODEL, &rows, edits);
    if let Some(base) = child(file.root, "KnowledgeBase") {
        append(base, "ThreatTypes", BASE, &kinds.into_values().collect::<String>(), edits);
    }
    // With generation on, the tool makes its list anew when the file is opened.
    let switch = child(file.root, "ThreatGenerationEnabled").filter(|switch| switch.text() == Some("true"));
    if let Some(value) = switch.and_then(|switch| switch.first_child()) {
        edits.push((value.range(), "false".to_owned()));
        out.remarks.push(
            "the tool's own threat generation was switched off in the file, as it would drop the added threats; switch it \
             on again in the tool's settings if you want its list anew"
                .to_owned(),
        );
    }
}

/// The flow that carries a finding: its own, or one at its component.
fn place<'f>(
    model: &Model,
    file: &'f File<'_, '_>,
    finding: &Finding,
) -> Option<(&'f str, (&'f str, &'f str, &'f str))> {
    let known = |flow: ElementRef| {
        let guid = native(model.get(flow)?)?;
        file.flows.get_key_value(guid).map(|(guid, ends)| (*guid, *ends))
    };
    let attached = |ends: &(&str, &str, &str)| ends.1 != NOTHING && ends.2 != NOTHING;
    for element in &finding.elements {
        match element.domain {
            Domain::Flow => {
                if let Some(found) = known(*element).filter(|(_, ends)| attached(ends)) {
                    return Some(found);
                }
            }
            Domain::Component => {
                let guid = model.get(*element).and_then(native).unwrap_or_default();
                // Into it before out of it: that is where an attacker comes from.
                let into = file.flows.iter().find(|(_, ends)| ends.2 == guid && attached(ends));
                let from = || file.flows.iter().find(|(_, ends)| ends.1 == guid && attached(ends));
                if let Some((flow, ends)) = into.or_else(from).filter(|_| !guid.is_empty()) {
                    return Some((flow, *ends));
                }
            }
            _ => {}
        }
    }
    None
}

/// What an end that is attached to nothing names.
const NOTHING: &str = "00000000-0000-0000-0000-000000000000";

/// The template's category for a finding: by its STRIDE letter, else the template's first.
fn category(file: &File<'_, '_>, finding: &Finding) -> String {
    let letters = finding.stride.iter().map(|stride| stride.letter());
    letters
        .into_iter()
        .find(|letter| file.categories.contains(letter))
        .or_else(|| file.categories.first().copied())
        .unwrap_or_default()
        .to_owned()
}

/// One threat of the file.
struct Row<'a> {
    id: u32,
    kind: &'a str,
    key: &'a str,
    flow: &'a str,
    diagram: &'a str,
    source: &'a str,
    target: &'a str,
    category: &'a str,
}

impl Row<'_> {
    /// Writes it in the order that the tool's reader wants: by name within each class.
    fn write(&self, report: &Report<'_>, finding: &Finding, remedy: &str, out: &mut String) {
        let priority = match finding.current.risk {
            Level::Low => "Low",
            Level::Medium => "Medium",
            Level::High | Level::Critical => "High",
        };
        let day = report.today.unwrap_or("0001-01-01");
        let properties: String = [
            ("Title", &*finding.title),
            ("UserThreatCategory", self.category),
            ("UserThreatShortDescription", &*finding.title),
            ("UserThreatDescription", &*finding.description),
            ("StateInformation", ""),
            ("PossibleMitigations", remedy),
            ("Priority", priority),
        ]
        .iter()
        .map(|(key, value)| {
            format!(
                "<a:KeyValueOfstringstring><a:Key>{key}</a:Key><a:Value>{}</a:Value></a:KeyValueOfstringstring>",
                xml(&one_line(value))
            )
        })
        .collect();
        let _ = write!(
            out,
            "<a:KeyValueOfstringThreatpc_P0_PhOB xmlns:a=\"{ARRAYS}\"><a:Key>{key}</a:Key><a:Value xmlns:b=\"{BASE}\" \
             xmlns:i=\"{INSTANCE}\"><b:ChangedBy>vauban {version}</b:ChangedBy><b:DrawingSurfaceGuid>{diagram}\
             </b:DrawingSurfaceGuid><b:FlowGuid>{flow}</b:FlowGuid><b:Id>{id}</b:Id><b:InteractionKey>{source}:{flow}:{target}\
             </b:InteractionKey><b:InteractionString i:nil=\"true\"/><b:ModifiedAt>{day}T00:00:00Z</b:ModifiedAt><b:Priority>\
             {priority}</b:Priority><b:Properties>{properties}</b:Properties><b:SourceGuid>{source}</b:SourceGuid><b:State>\
             AutoGenerated</b:State><b:StateInformation i:nil=\"true\"/><b:TargetGuid>{target}</b:TargetGuid><b:Title \
             i:nil=\"true\"/><b:TypeId>{kind}</b:TypeId><b:Upgraded>false</b:Upgraded><b:UserThreatCategory i:nil=\"true\"/>\
             <b:UserThreatDescription i:nil=\"true\"/><b:UserThreatShortDescription i:nil=\"true\"/><b:Wide>false</b:Wide>\
             </a:Value></a:KeyValueOfstringThreatpc_P0_PhOB>",
            key = xml(self.key),
            version = xml(report.version),
            diagram = xml(self.diagram),
            flow = xml(self.flow),
            id = self.id,
            source = xml(self.source),
            target = xml(self.target),
            kind = xml(self.kind),
        );
    }
}

/// Puts more members at the end of a list, whether it has some or is written as one empty tag.
fn append(parent: Node<'_, '_>, name: &str, space: &str, members: &str, edits: &mut Vec<(Range<usize>, String)>) {
    let Some(node) = child(parent, name).filter(|_| !members.is_empty()) else { return };
    let text = parent.document().input_text();
    let range = node.range();
    let whole = text.get(range.clone()).unwrap_or_default();
    match whole.rfind("</").filter(|_| !whole.trim_end().ends_with("/>")) {
        Some(end) => edits.push((range.start + end..range.start + end, members.to_owned())),
        None => edits.push((range, format!("<{name} xmlns=\"{space}\">{members}</{name}>"))),
    }
}

fn native(element: &Element) -> Option<&str> {
    element.extras.iter().find(|(key, _)| &**key == NATIVE).map(|(_, value)| &**value)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The members of a list that is a child.
fn list<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    child(node, name).into_iter().flat_map(|list| list.children().filter(Node::is_element))
}

fn text_of<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    child(node, name).and_then(|child| child.text()).unwrap_or_default()
}
