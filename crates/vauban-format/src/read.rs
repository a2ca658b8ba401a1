//! From the files of a model to the model.
//!
//! Ids first, then what stands behind them: an element may mention one that is declared further down or in another file.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{Boundary, Component, Element, ElementRef, Fact, Flow, Model, Origin, Value};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Entry, Node};

use crate::arrow::Arrow;
use crate::document::{InputFile, MODEL_SECTIONS, check_version, parse, start, top};
use crate::keys::{noun, section};
use crate::names::{Names, slug};
use crate::report::{Reference, Report, shown};
use crate::small::Decoder;
use crate::templates::{Templates, duplicate, mapping};

/// A model as read, and everything there is to say about its files.
#[derive(Debug)]
pub struct ReadModel {
    /// The model. Where an element starts ([`Element::span`]) is the place of its id.
    pub model: Model,
    /// What is wrong, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Every place that names an element, in no particular order.
    pub references: Vec<Reference>,
    /// Every template and the place of its name.
    pub templates: Vec<(Box<str>, Span)>,
}

/// Reads a model from its files: the model file first, then the files it includes, in the order they were found.
///
/// Facts are kept in the order of the vocabulary, whatever the order of the keys. What is broken is reported and left
/// out; the rest is read.
pub fn read_model(files: &[InputFile<'_>]) -> ReadModel {
    let mut report = Report::default();
    let roots: Vec<Option<Node>> = files.iter().map(|file| parse(file, &mut report)).collect();
    let sections = Sections::read(files, &roots, &mut report);
    let templates = Templates::read(sections.get("templates"), &mut report);

    let mut names = Names::default();
    let mut heads = |domain: Domain| {
        let (heads, index) = heads(sections.get(section(domain)), domain, &mut report);
        names.adopt(domain, index, heads.iter().map(|head| head.id).collect());
        heads
    };
    let data = heads(Domain::Data);
    let identities = heads(Domain::Identity);
    let components = heads(Domain::Component);
    let boundaries = heads(Domain::Boundary);
    let flows = flow_heads(sections.get("flows"), &names, &mut report);
    let mut broken = FxHashSet::default();
    names.reserve(Domain::Flow, flows.len());
    let mut index = 0u32;
    for head in &flows {
        if head.ends.is_some() {
            names.insert(Domain::Flow, &head.id, index);
            index += 1;
        } else {
            broken.insert(head.id.to_string());
        }
    }

    let mut decoder = Decoder {
        names: &names,
        templates: &templates,
        report,
        references: Vec::new(),
        origin: Origin::Stated,
        overlay: false,
        broken,
    };
    let place = files.first().map_or(start(FileId(0)), |file| start(file.id));
    let mut model = system(&mut decoder, sections.get("system"), place, roots.first().is_some_and(Option::is_some));
    model.data = data.iter().map(|head| decoder.element(Domain::Data, head)).collect();
    model.identities = identities.iter().map(|head| decoder.element(Domain::Identity, head)).collect();
    model.boundaries = decoder.boundaries(&boundaries);
    model.components = decoder.components(&components);
    model.flows = decoder.flows(&flows);
    decoder.lists(&sections, &mut model);

    let Decoder { report, references, .. } = decoder;
    ReadModel { model, diagnostics: report.finish(), references, templates: templates.places() }
}

/// The top-level sections of all files of a model.
pub(crate) struct Sections<'t> {
    found: FxHashMap<&'t str, Vec<&'t Entry>>,
}

impl<'t> Sections<'t> {
    fn read(files: &[InputFile<'_>], roots: &'t [Option<Node>], report: &mut Report) -> Self {
        let mut sections = Sections { found: FxHashMap::default() };
        for (number, (file, root)) in files.iter().zip(roots).enumerate() {
            let Some(root) = root else {
                if number == 0 && !report.diagnostics.iter().any(|d| d.span.is_none_or(|span| span.file == file.id)) {
                    report.push(Diagnostic::warning("empty-model", start(file.id), "the file holds no model").help(
                        "start with `vauban: 1`, `system:` and `components:`, or let `vauban init` write a first model",
                    ));
                }
                continue;
            };
            let entries = top(root, "a model", report);
            let mut version = false;
            for entry in entries {
                match &*entry.key {
                    "vauban" => {
                        version = true;
                        check_version("vauban", &entry.value, report);
                    }
                    // [`crate::includes`] reads these.
                    "include" => {}
                    key if MODEL_SECTIONS.contains(&key) => sections.found.entry(key).or_default().push(entry),
                    "overlay" => report.push(
                        Diagnostic::error("unknown-key", entry.key_span, "this is an overlay, not a model")
                            .help("name it under `overlay:` in vauban.yaml, or write `vauban: 1` if it is a model"),
                    ),
                    key => report.unknown_key(key, entry.key_span, "a model", MODEL_SECTIONS),
                }
            }
            // What is included may be a mere fragment.
            if number == 0 && !version && root.as_mapping().is_some() {
                report.push(
                    Diagnostic::warning(
                        "missing-version",
                        start(file.id),
                        "the file does not say which format it is in",
                    )
                    .help("put `vauban: 1` on its first line"),
                );
            }
        }
        sections
    }

    /// A section as it stands in each file that has it.
    pub(crate) fn get(&self, name: &str) -> &[&'t Entry] {
        self.found.get(name).map_or(&[], Vec::as_slice)
    }

    /// The sections of a document that is no model: an overlay's.
    pub(crate) fn insert(&mut self, entry: &'t Entry) {
        self.found.entry(&entry.key).or_default().push(entry);
    }

    pub(crate) fn new() -> Self {
        Sections { found: FxHashMap::default() }
    }
}

/// An id and what stands behind it.
pub(crate) struct Head<'t> {
    pub(crate) id: &'t str,
    pub(crate) span: Span,
    pub(crate) node: &'t Node,
    /// The boundary it is nested in.
    pub(crate) parent: Option<u32>,
}

/// The ids of a section, over all files; an id given twice is reported and its second body left out.
pub(crate) fn heads<'t>(
    sections: &[&'t Entry],
    domain: Domain,
    report: &mut Report,
) -> (Vec<Head<'t>>, FxHashMap<&'t str, u32>) {
    let mut heads = Vec::new();
    let mut known: FxHashMap<&'t str, u32> = FxHashMap::default();
    for entry in sections {
        collect(&entry.value, domain, None, &mut heads, &mut known, report);
    }
    (heads, known)
}

/// Nested boundaries go as deep as the tree does, which the parser bounds.
fn collect<'t>(
    node: &'t Node,
    domain: Domain,
    parent: Option<u32>,
    heads: &mut Vec<Head<'t>>,
    known: &mut FxHashMap<&'t str, u32>,
    report: &mut Report,
) {
    let Some(entries) = mapping(node, &format!("`{}`", section(domain)), report) else { return };
    heads.reserve(entries.len());
    known.reserve(entries.len());
    for entry in entries {
        let id = &*entry.key;
        check_id(id, entry.key_span, domain, report);
        let index = u32::try_from(heads.len()).unwrap_or(u32::MAX);
        let first = *known.entry(id).or_insert(index);
        if first == index {
            heads.push(Head { id, span: entry.key_span, node: &entry.value, parent });
        } else if let Some(head) = heads.get(first as usize) {
            report.push(duplicate(noun(domain), id, head.span, entry.key_span));
        }
        if domain == Domain::Boundary
            && let Some(inside) = entry.value.get("boundaries")
        {
            collect(inside, domain, Some(first), heads, known, report);
        }
    }
}

pub(crate) fn check_id(id: &str, span: Span, domain: Domain, report: &mut Report) {
    if id.is_empty() {
        let message = format!("a {} has an empty id", noun(domain));
        report.push(Diagnostic::error("empty-id", span, message).help("give it a short, lasting name"));
    }
}

/// A flow's id, its ends, and what stands behind it.
pub(crate) struct FlowHead<'t> {
    pub(crate) id: Cow<'t, str>,
    pub(crate) span: Span,
    pub(crate) node: &'t Node,
    /// The ends as written; `None` where one is missing, which is reported already.
    pub(crate) words: Option<[(&'t str, Span); 2]>,
    /// The ends, where both exist.
    pub(crate) ends: Option<(u32, u32)>,
    pub(crate) two_way: bool,
    /// Whether the ends come from `from` and `to`.
    pub(crate) explicit: bool,
}

/// The flows of all files. Components must be known already.
pub(crate) fn flow_heads<'t>(sections: &[&'t Entry], names: &Names<'_>, report: &mut Report) -> Vec<FlowHead<'t>> {
    let mut heads: Vec<FlowHead<'t>> = Vec::new();
    for section in sections {
        let Some(entries) = mapping(&section.value, "`flows`", report) else { continue };
        heads.reserve(entries.len());
        for entry in entries {
            let head = flow_head(entry, names, report);
            check_id(&head.id, head.span, Domain::Flow, report);
            heads.push(head);
        }
    }
    let mut repeated: FxHashSet<usize> = FxHashSet::default();
    let mut known: FxHashMap<&str, usize> = FxHashMap::default();
    known.reserve(heads.len());
    for (at, head) in heads.iter().enumerate() {
        let first = *known.entry(&head.id).or_insert(at);
        if first != at {
            let place = heads.get(first).map_or(head.span, |first| first.span);
            let mut diagnostic = duplicate("flow", &head.id, place, head.span);
            if !head.explicit {
                diagnostic.help = Some("tell them apart with a label: `from -> to (what for)`".to_owned());
            }
            report.push(diagnostic);
            repeated.insert(at);
        }
    }
    if !repeated.is_empty() {
        let mut at = 0;
        heads.retain(|_| {
            at += 1;
            !repeated.contains(&(at - 1))
        });
    }
    heads
}

fn flow_head<'t>(entry: &'t Entry, names: &Names<'_>, report: &mut Report) -> FlowHead<'t> {
    let key = &*entry.key;
    let mut head = FlowHead {
        id: Cow::Borrowed(key),
        span: entry.key_span,
        node: &entry.value,
        words: None,
        ends: None,
        two_way: false,
        explicit: false,
    };
    let (from, to) = (entry.value.get("from"), entry.value.get("to"));
    if from.is_some() || to.is_some() {
        head.explicit = true;
        let mut end = |which: &str, node: Option<&'t Node>| match node.filter(|node| !node.is_null()) {
            None => {
                let message = format!("the flow `{}` does not say where it {which}", shown(key));
                let field = if which == "starts" { "from" } else { "to" };
                report.push(
                    Diagnostic::error("missing-key", entry.key_span, message)
                        .help(format!("add `{field}: id of a component`")),
                );
                None
            }
            Some(node) => {
                let text = node.as_str();
                if text.is_none() {
                    let message = format!("a flow {which} at a component, not at {}", node.kind_name());
                    report.push(Diagnostic::error("expected-text", node.span, message).help("write its id"));
                }
                text.map(|text| (text, node.span))
            }
        };
        let (from, to) = (end("starts", from), end("ends", to));
        head.words = from.zip(to).map(|(from, to)| [from, to]);
    } else if let Some(arrow) = Arrow::parse(key, |id| names.find(Domain::Component, id)) {
        head.id = Cow::Owned(arrow.id());
        head.two_way = arrow.two_way;
        head.ends = arrow.ends;
        head.words = Some([(arrow.from, part(entry, arrow.from)), (arrow.to, part(entry, arrow.to))]);
    } else {
        let message = format!("the flow `{}` does not say where it starts and ends", shown(key));
        report.push(
            Diagnostic::error("flow-ends", entry.key_span, message)
                .help("write its key as `from -> to`, or add `from:` and `to:`"),
        );
    }
    if head.explicit
        && let Some([(from, _), (to, _)]) = head.words
    {
        head.ends = names.find(Domain::Component, from).zip(names.find(Domain::Component, to));
    }
    head
}

/// The place of a part of a key, as far as the key stands in the file as it was read.
fn part(entry: &Entry, part: &str) -> Span {
    let span = entry.key_span;
    let Some(offset) = (part.as_ptr() as usize).checked_sub(entry.key.as_ptr() as usize) else { return span };
    let Some(before) = entry.key.get(..offset) else { return span };
    let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if span.length != count(&entry.key) {
        return span;
    }
    Span { column: span.column.saturating_add(count(before)), length: count(part), ..span }
}

/// Reads the `system:` sections; values of a later file fill what the first left open.
fn system<'t>(decoder: &mut Decoder<'_, 't>, sections: &[&'t Entry], start: Span, given: bool) -> Model {
    let mut system = Element::new("system", "", sections.first().map_or(start, |entry| entry.key_span));
    let (mut id, mut named) = (None, false);
    let mut model = Model::new(Element::new("system", "", start));
    for (number, entry) in sections.iter().enumerate() {
        let body = decoder.body(Domain::System, &entry.value);
        let earlier = number > 0;
        let mut clash = Vec::new();
        fill(&mut id, body.id, earlier, "id", &mut clash);
        if let Some(name) = body.name {
            if named {
                clash.push("name");
            } else {
                system.name = name;
                named = true;
            }
        }
        fill_text(&mut system.description, body.description, "description", &mut clash);
        fill_text(&mut model.business_context, body.business_context, "business_context", &mut clash);
        fill(&mut system.owner, body.owner, earlier, "owner", &mut clash);
        fill(&mut system.out_of_scope, body.out_of_scope.flatten(), earlier, "excluded", &mut clash);
        system.tags.extend(body.tags.unwrap_or_default());
        system.extras.extend(body.extras.unwrap_or_default());
        model.in_scope.extend(body.in_scope.unwrap_or_default());
        model.out_of_scope.extend(body.left_out.unwrap_or_default());
        for fact in body.facts {
            if system.fact(fact.id).is_some() {
                clash.push(fact.id.definition().key);
            } else {
                system.facts.push(fact);
            }
        }
        let known: FxHashSet<Box<str>> = system.controls.iter().map(|statement| statement.control.clone()).collect();
        system.controls.extend(body.controls.into_iter().filter(|statement| !known.contains(&statement.control)));
        for key in clash {
            let message = format!("`{key}` of the system is given in two files");
            let first = sections.first().map_or(start, |entry| entry.key_span);
            decoder.report.push(
                Diagnostic::error("duplicate-key", entry.key_span, message)
                    .help("only the first value is used; remove one of the two")
                    .related(first, "the system is described here"),
            );
        }
    }
    system.facts.sort_by_key(|fact| fact.id);
    if !named {
        if given {
            decoder.report.push(
                Diagnostic::warning("missing-name", system.span, "the system has no name")
                    .help("write `system: {name: Corner Shop}`"),
            );
        }
        system.name = id.clone().unwrap_or_else(|| "system".into());
    }
    system.id = id.unwrap_or_else(|| slug(&system.name, "system").into());
    model.system = system;
    model
}

fn fill<T>(slot: &mut Option<T>, value: Option<T>, earlier: bool, key: &'static str, clash: &mut Vec<&'static str>) {
    match (&slot, value) {
        (_, None) => {}
        (Some(_), Some(_)) if earlier => clash.push(key),
        (_, value) => *slot = value,
    }
}

fn fill_text(slot: &mut Box<str>, value: Option<Box<str>>, key: &'static str, clash: &mut Vec<&'static str>) {
    match value {
        None => {}
        Some(_) if !slot.is_empty() => clash.push(key),
        Some(value) => *slot = value,
    }
}

impl<'t> Decoder<'_, 't> {
    pub(crate) fn element(&mut self, domain: Domain, head: &Head<'t>) -> Element {
        self.body(domain, head.node).into_element(head.id, head.span)
    }

    fn boundaries(&mut self, heads: &[Head<'t>]) -> Vec<Boundary> {
        let mut places = Vec::with_capacity(heads.len());
        let mut boundaries = Vec::with_capacity(heads.len());
        for head in heads {
            let body = self.body(Domain::Boundary, head.node);
            let (mut parent, mut place) = (head.parent, head.span);
            if let Some((around, span)) = body.inside {
                if parent.is_some_and(|parent| parent != around) {
                    self.report.push(
                        Diagnostic::error("conflict", span, "the boundary is nested in another one than `in` says")
                            .help("remove `in`, or move the boundary; where it is nested counts"),
                    );
                } else {
                    (parent, place) = (Some(around), span);
                }
            }
            places.push(place);
            boundaries.push(Boundary { element: body.into_element(head.id, head.span), parent });
        }
        for at in cycles(boundaries.len(), |at| boundaries.get(at).and_then(|b| b.parent)) {
            if let Some(boundary) = boundaries.get_mut(at) {
                boundary.parent = None;
                let message = format!("the boundary `{}` lies inside itself", shown(&boundary.element.id));
                let place = places.get(at).copied().unwrap_or(boundary.element.span);
                self.report.push(
                    Diagnostic::error("boundary-cycle", place, message)
                        .help("remove this `in`; the boundary is read as an outermost one"),
                );
            }
        }
        boundaries
    }

    fn components(&mut self, heads: &[Head<'t>]) -> Vec<Component> {
        let mut places = Vec::new();
        let mut components = Vec::with_capacity(heads.len());
        for (at, head) in heads.iter().enumerate() {
            let body = self.body(Domain::Component, head.node);
            let boundary = body.inside.map(|(boundary, _)| boundary);
            let parent = body.part_of.map(|(whole, span)| {
                places.push((at, span));
                whole
            });
            components.push(Component { element: body.into_element(head.id, head.span), boundary, parent });
        }
        if places.is_empty() {
            return components;
        }
        for at in cycles(components.len(), |at| components.get(at).and_then(|c| c.parent)) {
            if let Some(component) = components.get_mut(at) {
                component.parent = None;
                let message = format!("the component `{}` is a part of itself", shown(&component.element.id));
                let place = places.binary_search_by_key(&at, |(at, _)| *at).ok().and_then(|i| places.get(i));
                self.report.push(
                    Diagnostic::error("part-cycle", place.map_or(component.element.span, |(_, span)| *span), message)
                        .help("remove this `part_of`"),
                );
            }
        }
        components
    }

    fn flows(&mut self, heads: &[FlowHead<'t>]) -> Vec<Flow> {
        let mut flows = Vec::with_capacity(heads.len());
        for head in heads {
            self.ends(head);
            let body = self.body(Domain::Flow, head.node);
            let Some((source, target)) = head.ends else { continue };
            let mut element = body.into_element(&head.id, head.span);
            if head.two_way {
                self.two_way(&mut element, head.span);
            }
            flows.push(Flow { element, source, target });
        }
        flows
    }

    /// Remembers where a flow names its ends, or reports those that do not exist.
    fn ends(&mut self, head: &FlowHead<'t>) {
        let Some(words) = head.words else { return };
        if let Some((source, target)) = head.ends {
            for ((_, span), index) in words.into_iter().zip([source, target]) {
                self.refer(span, ElementRef { domain: Domain::Component, index });
            }
        } else {
            for (word, span) in words {
                self.find(Domain::Component, word, span);
            }
        }
    }

    /// A flow whose key has a double arrow.
    pub(crate) fn two_way(&mut self, element: &mut Element, span: Span) {
        match element.fact(fact::TWO_WAY) {
            None => {
                element.facts.push(Fact { id: fact::TWO_WAY, value: Value::Bool(true), origin: self.origin, span });
                element.facts.sort_by_key(|fact| fact.id);
            }
            Some(stated) if stated.value == Value::Bool(false) => {
                let diagnostic = Diagnostic::error("conflict", stated.span, "the flow's key has a double arrow")
                    .help("write `->` in its key, or remove this line; this line counts");
                self.report.push(diagnostic.related(span, "the key"));
            }
            Some(_) => {}
        }
    }
}

/// For every cycle of a relation in which everything has at most one successor: the member, lowest in order, at which to
/// break it.
pub(crate) fn cycles(count: usize, next: impl Fn(usize) -> Option<u32>) -> Vec<usize> {
    // 0: not seen; otherwise the number of the walk that came through.
    let mut walks = vec![0u32; count];
    let mut found = Vec::new();
    for (number, start) in (1u32..).zip(0..count) {
        let mut at = start;
        loop {
            match walks.get_mut(at) {
                Some(walk) if *walk == 0 => *walk = number,
                // Met itself: `at` lies on a cycle that nobody walked before. A walk starts at the lowest member that
                // was not seen, so on a pure cycle this is the lowest one.
                Some(walk) if *walk == number => {
                    found.push(at);
                    break;
                }
                _ => break,
            }
            match next(at) {
                Some(successor) => at = successor as usize,
                None => break,
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::cycles;

    #[test]
    fn every_cycle_is_broken_once() {
        let next = |list: &'static [Option<u32>]| move |at: usize| list.get(at).copied().flatten();
        assert_eq!(cycles(3, next(&[Some(1), Some(2), None])), Vec::<usize>::new());
        assert_eq!(cycles(3, next(&[Some(1), Some(2), Some(0)])), [0]);
        assert_eq!(cycles(4, next(&[Some(1), Some(2), Some(1), Some(3)])), [1, 3]);
        assert_eq!(cycles(2, next(&[Some(7), Some(1)])), [1]);
    }
}
