//! What formats share that list their things, each with an id: elements made from an id or a name, ends of flows, what
//! lies in what, and whole objects kept for formats that hold more than the model does.

use rustc_hash::FxHashMap;
use vauban_model::model::{Element, Flow};
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::{Limits, Node, parse_json, parse_yaml};

use crate::draft::{Draft, Space, beginning, break_cycles, element, one_line, slug};
use crate::extras::{keep, text_of};
use crate::log::{Log, short};
use crate::raw::{Text, body};
use crate::{Format, Imported, InputFile};

/// Reads the one file of a format in JSON, or in YAML with the same keys; reports the others.
pub(crate) fn one_file(files: &[InputFile<'_>], log: &mut Log) -> Option<Node> {
    let mut diagnostics = Vec::new();
    let root = files.first().and_then(|file| {
        let read = if body(file.text).starts_with(['{', '[']) { parse_json } else { parse_yaml };
        read(file.id, file.text, &Limits::default(), &mut diagnostics)
    });
    log.extend(diagnostics);
    only_one(files, log);
    root
}

/// Reports the files of a format that is one file.
pub(crate) fn only_one(files: &[InputFile<'_>], log: &mut Log) {
    for file in files.iter().skip(1) {
        let message = format!("`{}` was not read: this format is one file", short(file.name));
        log.push(Diagnostic::new(Severity::Warning, "import-dropped", Some(beginning(file.id)), message));
    }
}

/// An empty model for a file in which there is none.
pub(crate) fn nothing(format: Format, files: &[InputFile<'_>], mut log: Log) -> Imported {
    let place = files.first().map(|file| beginning(file.id));
    if !log.has_errors() {
        log.push(Diagnostic::new(Severity::Error, "import-empty", place, "there is no model in this file"));
    }
    let span = place.unwrap_or(beginning(FileId(0)));
    Draft::new(format, Element::new("imported-model", "Imported model", span), log).finish()
}

/// The system, with an id made from its name.
pub(crate) fn system(name: Option<Text<'_>>, what: &str, span: Span, log: &mut Log) -> Element {
    match name.and_then(Text::given) {
        Some(name) => {
            let name = one_line(name.text);
            Element::new(slug(&name, "imported-model"), name, span)
        }
        None => {
            log.push(Diagnostic::warning("import-missing-title", span, format!("{what} has no name")));
            Element::new("imported-model", "Imported model", span)
        }
    }
}

/// An element under its native id; id and name stand in for each other.
pub(crate) fn by_id(
    draft: &mut Draft,
    domain: Domain,
    id: Option<Text<'_>>,
    name: Option<Text<'_>>,
    span: Span,
    what: &str,
) -> Element {
    let id = id.and_then(Text::given);
    let name = name.and_then(Text::given);
    let native = draft.native_id(domain, id, name.unwrap_or(Text { text: "", span }), what);
    let (named, known) = (name.map(|name| name.text), id.map(|id| id.text));
    let name = name.or(id).map_or_else(|| native.to_string(), |name| one_line(name.text));
    let mut element = Element::new(native, name, span);
    if domain == Domain::Flow {
        element.named_by(named, known);
    }
    element
}

/// An element of a format without ids: ours is made from the name.
pub(crate) fn by_name(draft: &mut Draft, domain: Domain, name: Option<Text<'_>>, span: Span) -> Element {
    let name = name.and_then(Text::given).map(|name| one_line(name.text)).unwrap_or_default();
    let id = draft.unique_id(Space::Element(domain), &slug(&name, domain.as_str()));
    let named = !name.is_empty() && domain == Domain::Flow;
    let name = if name.is_empty() { id.to_string() } else { name };
    let mut element = Element::new(id, name, span);
    if named {
        element.named_by_somebody();
    }
    element
}

/// The component at an end of a flow; a stand-in where the file has none, so that the flow is not lost.
pub(crate) fn end(draft: &mut Draft, said: Option<Text<'_>>, key: &str, flow: &Element, by: &str) -> u32 {
    if let Some(said) = said.and_then(Text::given) {
        if let Some(found) = draft.resolve(Domain::Component, said, by) {
            return found;
        }
        let made = draft.placeholder(
            &slug(said.text, "missing"),
            said.text,
            said.span,
            "named by a flow, but not in the model",
        );
        draft.know(Domain::Component, said.text, made as usize);
        return made;
    }
    draft.log.push(
        Diagnostic::warning("import-unattached-flow", flow.span, format!("{by} has no `{key}`"))
            .help("name what is at this end"),
    );
    let name = format!("(unattached end of {})", flow.name);
    draft.placeholder(&slug(&name, "unattached-end"), &name, flow.span, "the flow names nothing at this end")
}

/// Adds a flow under its foreign id.
pub(crate) fn add_flow(draft: &mut Draft, native: Option<Text<'_>>, flow: Flow) {
    let index = draft.model.flows.len();
    draft.register(Domain::Flow, native, &flow.element.id, index);
    draft.model.flows.push(flow);
}

/// Puts elements of a kind into each other, as said at `spans`; circles are cut and reported.
pub(crate) fn nest(draft: &mut Draft, domain: Domain, mut parents: Vec<Option<u32>>, spans: &[Span]) {
    for index in break_cycles(&mut parents, |index| index) {
        let id = short(draft.model.id(element(domain, index)));
        let span = spans.get(index as usize).copied().unwrap_or(draft.model.system.span);
        draft.log.push(
            Diagnostic::warning("import-cycle", span, format!("`{id}` would be inside itself"))
                .help("what is around it was left out; nothing can lie in one of its own parts"),
        );
    }
    match domain {
        Domain::Boundary => {
            for (boundary, parent) in draft.model.boundaries.iter_mut().zip(parents) {
                boundary.parent = parent;
            }
        }
        _ => {
            for (component, parent) in draft.model.components.iter_mut().zip(parents) {
                component.parent = parent;
            }
        }
    }
}

/// Keeps a whole object of the file on the system, under a key that names it.
pub(crate) fn whole(draft: &mut Draft, key: &str, node: &Node) {
    let format = draft.format;
    let text = text_of(node);
    if draft.may_repeat(text.len(), node.span) {
        keep(&mut draft.model.system.extras, format, key, text);
    }
}

/// A thing that the model knows as a note only: its texts for people, and the whole of it beside the system.
pub(crate) fn noted(draft: &mut Draft, kind: &str, key: &str, title: &str, text: &str, node: &Node) {
    draft.note(kind, title, text, node.span);
    whole(draft, key, node);
}

/// Keys for things that are kept whole: unique, made from an id or a name.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    used: FxHashMap<String, u32>,
}

impl Keys {
    /// The key for something named so: `control.mfa`, then `control.mfa-2`.
    pub(crate) fn key(&mut self, part: &str, name: &str) -> String {
        let wanted = format!("{part}.{}", slug(name, "unnamed"));
        let mut number = self.used.get(&wanted).copied().unwrap_or(1);
        let key = loop {
            let key = if number == 1 { wanted.clone() } else { format!("{wanted}-{number}") };
            number = number.saturating_add(1);
            if key == wanted || !self.used.contains_key(&key) {
                break key;
            }
        };
        self.used.insert(wanted, number);
        self.used.entry(key.clone()).or_insert(1);
        key
    }
}

/// The text of a key of an object that is kept whole.
pub(crate) fn text_at<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

/// A word of ours for a word of theirs, whatever its case, with `_` and blanks as `-`.
pub(crate) fn word(table: &[(&str, &'static str)], theirs: &str) -> Option<&'static str> {
    let normal = theirs.trim().to_lowercase().replace(['_', ' '], "-");
    table.iter().find(|(known, _)| *known == normal).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn keys_are_unique_even_among_numbered_ones() {
        let mut keys = Keys::default();
        assert_eq!(keys.key("a", "X y"), "a.x-y");
        assert_eq!(keys.key("a", "x-y-2"), "a.x-y-2");
        assert_eq!(keys.key("a", "x y"), "a.x-y-3");
        assert_eq!(keys.key("b", ""), "b.unnamed");
    }
}
