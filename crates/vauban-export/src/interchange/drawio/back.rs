//! Back into the drawing that a model was read from: names that were changed, and our attributes as the shapes' data.
//! Everything else stays as it is; compressed pages come out plain, as draw.io reads both.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine as _;
use roxmltree::{Document, Node, ParsingOptions};
use vauban_model::model::{Element, ElementRef};
use vauban_model::report::Report;
use vauban_model::vocabulary::Domain;

use super::attributes::{Attributes, label, of_element, written};
use super::page::{REST, finding_attributes, findings, rest};
use crate::interchange::words::{one_line, xml};
use crate::interchange::{Exported, Original};

/// Bytes of one page at most, unpacked.
const MOST_PAGE: usize = 64 << 20;
/// The key of the tool's own id among an element's remarks.
const NATIVE: &str = "drawio:id";

type Edits = Vec<(Range<usize>, String)>;

/// Writes into the file, or says why that cannot be.
pub(super) fn export(report: &Report<'_>, original: Original<'_>) -> Result<Exported, String> {
    if original.text.is_empty() {
        return Err("a picture is not written back into".to_owned());
    }
    let text = original.text.trim_start_matches('\u{feff}');
    let document = parsed(text)?;
    let root = document.root_element();
    let model = report.model;
    let known = Known::new(report);
    let mut edits: Edits = Vec::new();
    match root.tag_name().name() {
        "mxfile" => {
            let mut has_rest = false;
            let mut begun = false;
            for diagram in root.children().filter(|node| node.has_tag_name("diagram")) {
                let title = one_line(diagram.attribute("name").unwrap_or_default());
                if diagram.attribute("id") == Some(REST) {
                    // Ours from last time.
                    has_rest = true;
                    edits.push((diagram.range(), rest(model, false).unwrap_or_default().trim().to_owned()));
                    continue;
                }
                match diagram.children().find(|node| node.has_tag_name("mxGraphModel")) {
                    Some(inline) => {
                        cells(&known, &title, !std::mem::replace(&mut begun, true), inline, &mut edits);
                    }
                    None => {
                        let Some(packed) = diagram.text().map(str::trim).filter(|it| !it.is_empty()) else { continue };
                        let inner = unpacked(packed)?;
                        let inner_document = parsed(&inner)?;
                        let mut inside: Edits = Vec::new();
                        cells(
                            &known,
                            &title,
                            !std::mem::replace(&mut begun, true),
                            inner_document.root_element(),
                            &mut inside,
                        );
                        if let (Some(first), Some(last)) = (diagram.first_child(), diagram.last_child()) {
                            edits.push((first.range().start..last.range().end, applied(&inner, inside)));
                        }
                    }
                }
            }
            let whole = root.range();
            let end = text.get(whole.clone()).and_then(|text| text.rfind("</")).map(|at| whole.start + at);
            if let (Some(end), false, Some(page)) = (end, has_rest, rest(model, false)) {
                edits.push((end..end, page));
            }
        }
        "mxGraphModel" => cells(&known, "", true, root, &mut edits),
        other => return Err(format!("the file to write into is no drawing but `{other}`")),
    }
    Ok(Exported { bytes: applied(text, edits).into_bytes(), ..Exported::default() })
}

fn parsed(text: &str) -> Result<Document<'_>, String> {
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| format!("the file to write into is broken: {error}"))
}

fn unpacked(packed: &str) -> Result<String, String> {
    let broken = || "a page of the file to write into cannot be unpacked".to_owned();
    let packed: String = packed.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).map_err(|_| broken())?;
    let text = miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, MOST_PAGE).map_err(|_| broken())?;
    let text = String::from_utf8(text).map_err(|_| broken())?;
    Ok(percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned())
}

/// The text with its edits, which never overlap.
fn applied(text: &str, mut edits: Edits) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len() + 4096);
    let mut at = 0;
    for (range, replacement) in edits {
        if let Some(between) = text.get(at..range.start) {
            out.push_str(between);
            out.push_str(&replacement);
            at = range.end;
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The model's elements by the tool's own ids.
struct Known<'r, 'm> {
    report: &'r Report<'m>,
    /// By page and id; the page is empty where there is only one.
    by_id: BTreeMap<(&'m str, &'m str), ElementRef>,
    found: BTreeMap<ElementRef, Vec<String>>,
}

impl<'r, 'm> Known<'r, 'm> {
    fn new(report: &'r Report<'m>) -> Self {
        let mut by_id = BTreeMap::new();
        for domain in [Domain::Component, Domain::Flow, Domain::Boundary] {
            for (target, element) in report.model.elements(domain) {
                if let Some(id) = remark(element, NATIVE) {
                    by_id.entry((remark(element, "drawio:diagram").unwrap_or_default(), id)).or_insert(target);
                }
            }
        }
        Known { report, by_id, found: findings(report) }
    }

    fn find(&self, page: &str, id: &str) -> Option<ElementRef> {
        self.by_id.get(&(page, id)).or_else(|| self.by_id.get(&("", id))).copied()
    }
}

fn remark<'e>(element: &'e Element, key: &str) -> Option<&'e str> {
    element.extras.iter().find(|(known, _)| &**known == key).map(|(_, value)| &**value)
}

/// Edits the cells of a page.
fn cells(known: &Known<'_, '_>, title: &str, first: bool, model_node: Node<'_, '_>, edits: &mut Edits) {
    let Some(root) = model_node.children().find(|node| node.has_tag_name("root")) else { return };
    for node in root.children().filter(Node::is_element) {
        let is_page = node.attribute("id") == Some("0") && first;
        let found =
            if is_page { Some(ElementRef::SYSTEM) } else { node.attribute("id").and_then(|id| known.find(title, id)) };
        let Some(target) = found else { continue };
        let Some(element) = known.report.model.get(target) else { continue };
        let mut attributes = of_element(known.report.model, target, element);
        if !is_page {
            let inner = node.attribute("value").or_else(|| node.attribute("label")).unwrap_or_default();
            if squeezed(&without_markup(inner)).is_empty() && target.domain != Domain::Flow {
                attributes.push(("vauban_name".to_owned(), element.name.to_string()));
            }
        }
        if !is_page && (node.attribute("vauban_element").is_none() || node.attribute("vauban_nest").is_some()) {
            // It lies where it is drawn, not where its parent says.
            attributes.push(("vauban_nest".to_owned(), "place".to_owned()));
        }
        finding_attributes(known.found.get(&target), &mut attributes);
        match node.tag_name().name() {
            "mxCell" => wrap(node, element, &attributes, edits),
            _ => rewrite(node, element, &attributes, edits),
        }
    }
}

/// A bare cell gets a wrapper, which takes over its id and label.
fn wrap(node: Node<'_, '_>, element: &Element, attributes: &Attributes, edits: &mut Edits) {
    let text = node.document().input_text();
    let old = node.attribute("value").unwrap_or_default();
    let new = renamed(old, element).unwrap_or_else(|| old.to_owned());
    let id = node.attribute("id").unwrap_or_default();
    let open = format!("<object label=\"{}\" id=\"{}\"{}>", xml(&new), xml(id), written(attributes));
    let range = node.range();
    edits.push((range.start..range.start, open));
    for attribute in node.attributes().filter(|attribute| matches!(attribute.name(), "id" | "value")) {
        let mut range = attribute.range();
        // The space in front goes along.
        if text.get(..range.start).is_some_and(|before| before.ends_with([' ', '\n', '\t'])) {
            range.start -= 1;
        }
        edits.push((range, String::new()));
    }
    edits.push((range.end..range.end, "</object>".to_owned()));
}

/// A wrapper keeps what it has; ours is replaced.
fn rewrite(node: Node<'_, '_>, element: &Element, attributes: &Attributes, edits: &mut Edits) {
    let text = node.document().input_text();
    let mut end = node.range().start + 1 + node.tag_name().name().len();
    for attribute in node.attributes() {
        let range = attribute.range();
        end = end.max(range.end);
        if attribute.name().starts_with("vauban_") {
            let space = text.get(..range.start).is_some_and(|before| before.ends_with([' ', '\n', '\t']));
            edits.push((range.start - usize::from(space)..range.end, String::new()));
        } else if attribute.name() == "label"
            && node.attribute("placeholders") != Some("1")
            && let Some(new) = renamed(attribute.value(), element)
        {
            edits.push((range, format!("label=\"{}\"", xml(&new))));
        }
    }
    // A tooltip of theirs stays theirs.
    let ours: Attributes =
        attributes.iter().filter(|(key, _)| key != "tooltip" || node.attribute("tooltip").is_none()).cloned().collect();
    edits.push((end..end, written(&ours)));
}

/// The new label of something that has another name now. What had no text was named by us: it keeps its blank.
fn renamed(old: &str, element: &Element) -> Option<String> {
    let text = without_markup(old);
    let (said, name) = (squeezed(&text), squeezed(&element.name));
    // Long texts give only their beginning as a name.
    let same = said.is_empty() || said.starts_with(&name) || name.contains(&said);
    (!same).then(|| label(&element.name))
}

/// Only what is read: markup in the middle of a word is no space.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A label as it is read.
fn without_markup(label: &str) -> String {
    let mut text = String::new();
    let mut rest = label;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    for (from, to) in [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(from, to);
    }
    text
}
