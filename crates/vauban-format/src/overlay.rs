//! Overlays: what people add to a model, or correct in it, laid over it by id.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{
    Boundary, Component, ControlStatement, Element, ElementRef, Fact, Flow, Model, Origin, Value,
};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Entry, Node};

use crate::arrow::Arrow;
use crate::body::Body;
use crate::document::{InputFile, MODEL_SECTIONS, check_version, parse, start, told_if_empty, top};
use crate::keys::{noun, section};
use crate::lists::merge_lists;
use crate::names::Names;
use crate::read::{FlowHead, Sections, check_id, cycles, flow_heads, heads};
use crate::report::{Report, shown};
use crate::small::Decoder;
use crate::templates::Templates;

/// The sections of an overlay: those of a model, less what only the model file decides.
pub(crate) const OVERLAY_SECTIONS: &[&str] = &[
    "overlay",
    "system",
    "templates",
    "data",
    "boundaries",
    "identities",
    "components",
    "flows",
    "runtimes",
    "third_parties",
    "checkpoints",
    "assumptions",
    "abuse_cases",
    "notes",
    "threats",
    "attack_trees",
    "drawings",
];

/// Lays overlays over a model, in order: a later one wins.
///
/// What an overlay says about an element replaces what the model says, key by key; controls are replaced one by one; a
/// fact said to be `unknown` is forgotten. Everything stated so has the origin [`Origin::Answered`]. `add: yes` adds an
/// element, as does a flow with `from` and `to`; `drop: yes` removes a flow. An id that the model does not have is the
/// warning `overlay-orphan`: the overlay outlives what it was written for.
pub fn apply_overlay(model: &mut Model, files: &[InputFile<'_>]) -> Vec<Diagnostic> {
    let mut report = Report::default();
    for file in files {
        told_if_empty(file, "the overlay", &mut report);
        let Some(root) = parse(file, &mut report) else { continue };
        report = apply(model, file, &root, report);
    }
    report.finish()
}

/// What is to happen to one element.
struct Patch<'t> {
    target: ElementRef,
    body: Body<'t>,
}

fn apply(model: &mut Model, file: &InputFile<'_>, root: &Node, mut report: Report) -> Report {
    let sections = read_sections(file, root, &mut report);
    let templates = Templates::read(sections.get("templates"), &mut report);
    let simple = [Domain::Data, Domain::Identity, Domain::Boundary, Domain::Component];
    let heads = simple.map(|domain| heads(sections.get(section(domain)), domain, &mut report).0);

    // New elements first: what the overlay says may mention them.
    let mut added: Vec<(Domain, Box<str>, Span)> = Vec::new();
    {
        let names = Names::of_model(model);
        for (domain, heads) in simple.into_iter().zip(&heads) {
            for head in heads.iter().filter(|head| names.find(domain, head.id).is_none() && adds(head.node)) {
                added.push((domain, head.id.into(), head.span));
            }
        }
    }
    for (domain, id, span) in added {
        let element = Element::new(id.clone(), id, span);
        match domain {
            Domain::Data => model.data.push(element),
            Domain::Identity => model.identities.push(element),
            Domain::Boundary => model.boundaries.push(Boundary { element, parent: None }),
            _ => model.components.push(Component { element, boundary: None, parent: None }),
        }
    }
    let flows = add_flows(model, sections.get("flows"), &mut report);

    let names = Names::of_model(model);
    let mut decoder = Decoder {
        names: &names,
        templates: &templates,
        report,
        references: Vec::new(),
        origin: Origin::Answered,
        overlay: true,
        broken: FxHashSet::default(),
    };
    let mut patches = Vec::new();
    for entry in sections.get("system") {
        let body = decoder.body(Domain::System, &entry.value);
        patches.push(Patch { target: ElementRef::SYSTEM, body });
    }
    for (domain, heads) in simple.into_iter().zip(&heads) {
        for head in heads {
            let body = decoder.body(domain, head.node);
            match names.find(domain, head.id) {
                Some(index) => {
                    let mut body = body;
                    // Nested under another boundary of the overlay: only new ones are moved there.
                    if body.inside.is_none() && body.add {
                        body.inside = head
                            .parent
                            .and_then(|parent| heads.get(parent as usize))
                            .and_then(|around| names.find(domain, around.id))
                            .map(|around| (around, head.span));
                    }
                    patches.push(Patch { target: ElementRef { domain, index }, body });
                }
                None => orphan(&mut decoder, domain, head.id, head.span),
            }
        }
    }
    let mut dropped: FxHashSet<u32> = FxHashSet::default();
    for head in &flows {
        let mut body = decoder.body(Domain::Flow, head.node);
        // A double arrow says something only where the key is an arrow and not a native id.
        if head.two_way && matches!(head.id, Cow::Owned(_)) && !body.facts.iter().any(|known| known.id == fact::TWO_WAY)
        {
            let value = Value::Bool(true);
            body.facts.push(Fact { id: fact::TWO_WAY, value, origin: Origin::Answered, span: head.span });
        }
        let Some(index) = names.find(Domain::Flow, &head.id) else {
            match head.words {
                Some(words) if head.explicit || adds(head.node) => {
                    // With `from` and `to` the body has reported the end that is missing.
                    for (word, span) in words.into_iter().filter(|_| !head.explicit) {
                        decoder.find(Domain::Component, word, span);
                    }
                }
                None if adds(head.node) => {
                    let message = format!("the flow `{}` does not say where it starts and ends", shown(&head.id));
                    decoder.report.push(
                        Diagnostic::error("flow-ends", head.span, message)
                            .help("write its key as `from -> to`, or add `from:` and `to:`"),
                    );
                }
                _ => orphan(&mut decoder, Domain::Flow, &head.id, head.span),
            }
            continue;
        };
        if body.drop {
            dropped.insert(index);
        }
        patches.push(Patch { target: ElementRef { domain: Domain::Flow, index }, body });
    }
    let mut lists = Model::new(Element::new("", "", start(file.id)));
    decoder.lists(&sections, &mut lists);
    let Decoder { report, .. } = decoder;

    let mut report = report;
    let mut moved = false;
    for patch in patches {
        moved |= patch.body.inside.is_some() || patch.body.part_of.is_some();
        patch.apply(model);
    }
    if moved {
        break_cycles(model, file, &mut report);
    }
    merge_lists(model, lists);
    if !dropped.is_empty() {
        drop_flows(model, &dropped);
    }
    report
}

fn read_sections<'t>(file: &InputFile<'_>, root: &'t Node, report: &mut Report) -> Sections<'t> {
    let mut sections = Sections::new();
    let mut version = false;
    for entry in top(root, "an overlay", report) {
        match &*entry.key {
            "overlay" => {
                version = true;
                check_version("overlay", &entry.value, report);
            }
            "vauban" => report.push(
                Diagnostic::error("unknown-key", entry.key_span, "this is a model, not an overlay")
                    .help("write `overlay: 1` instead of `vauban: 1`, or name the file under `model:`"),
            ),
            key if OVERLAY_SECTIONS.contains(&key) => sections.insert(entry),
            key if MODEL_SECTIONS.contains(&key) => {
                let message = format!("`{key}` means something in a model only");
                report
                    .push(Diagnostic::error("unknown-key", entry.key_span, message).help("move it to the model file"));
            }
            key => report.unknown_key(key, entry.key_span, "an overlay", OVERLAY_SECTIONS),
        }
    }
    if !version && root.as_mapping().is_some() {
        report.push(
            Diagnostic::warning("missing-version", start(file.id), "the file does not say which format it is in")
                .help("put `overlay: 1` on its first line"),
        );
    }
    sections
}

/// Whether an entry says `add: yes`.
fn adds(node: &Node) -> bool {
    node.get("add").and_then(Node::as_bool) == Some(true)
}

/// Reads the flows of an overlay and adds those that are new: flows with `from` and `to`, and arrows with `add: yes`.
fn add_flows<'t>(model: &mut Model, sections: &[&'t Entry], report: &mut Report) -> Vec<FlowHead<'t>> {
    if sections.is_empty() {
        return Vec::new();
    }
    let (heads, new) = {
        let names = Names::of_model(model);
        let mut quiet = Report::default();
        let mut heads = flow_heads(sections, &names, &mut quiet);
        // An imported flow keeps its native id, which says nothing about its ends.
        quiet
            .diagnostics
            .retain(|diagnostic| !["flow-ends", "missing-key", "expected-text"].contains(&diagnostic.code));
        for diagnostic in quiet.diagnostics {
            report.push(diagnostic);
        }
        for section in sections {
            for (head, entry) in matching(&mut heads, section) {
                // The key as it stands is an id before it is an arrow.
                if !head.explicit && names.find(Domain::Flow, &entry.key).is_some() {
                    head.id = (&*entry.key).into();
                }
            }
        }
        let new: Vec<usize> = heads
            .iter()
            .enumerate()
            .filter(|(_, head)| {
                names.find(Domain::Flow, &head.id).is_none()
                    && head.ends.is_some()
                    && (head.explicit || adds(head.node))
            })
            .map(|(at, _)| at)
            .collect();
        (heads, new)
    };
    for at in new {
        let Some(head) = heads.get(at) else { continue };
        let Some((source, target)) = head.ends else { continue };
        check_id(&head.id, head.span, Domain::Flow, report);
        let element = Element::new(&*head.id, &*head.id, head.span);
        model.flows.push(Flow { element, source, target });
    }
    heads
}

/// The heads that come from a section, with their entries.
fn matching<'h, 't>(
    heads: &'h mut [FlowHead<'t>],
    section: &'t Entry,
) -> impl Iterator<Item = (&'h mut FlowHead<'t>, &'t Entry)> {
    let by_place: FxHashMap<Span, &'t Entry> =
        section.value.as_mapping().unwrap_or(&[]).iter().map(|entry| (entry.key_span, entry)).collect();
    heads
        .iter_mut()
        .filter_map(move |head| Some((by_place.get(&head.span).copied()?, head)))
        .map(|(entry, head)| (head, entry))
}

/// An id that the model does not have.
fn orphan(decoder: &mut Decoder<'_, '_>, domain: Domain, id: &str, span: Span) {
    let names = decoder.names;
    let same_ends = Arrow::parse(id, |word| names.find(Domain::Component, word))
        .filter(|arrow| domain == Domain::Flow && arrow.label.is_some())
        .map(|arrow| Arrow { label: None, ..arrow }.id())
        .filter(|id| names.find(Domain::Flow, id).is_some());
    let help = match same_ends {
        Some(other) => format!("did you mean `{}`?", shown(&other)),
        None => {
            let otherwise = match domain {
                Domain::Flow => "remove the entry, or add `add: yes` if the flow is missing in the model",
                _ => "remove the entry, or add `add: yes` if the model lacks this element",
            };
            match decoder.report.suggest(id, names.ids(domain)) {
                Some(meant) => format!("did you mean `{}`? If not, {otherwise}", shown(meant)),
                None => otherwise.to_owned(),
            }
        }
    };
    let message =
        format!("the model has no {} `{}`; what the overlay says about it has no effect", noun(domain), shown(id));
    decoder.report.push(Diagnostic::warning("overlay-orphan", span, message).help(help));
}

impl Patch<'_> {
    fn apply(self, model: &mut Model) {
        let body = self.body;
        if self.target.domain == Domain::System {
            if let Some(text) = body.business_context {
                model.business_context = text;
            }
            if let Some(statements) = body.in_scope {
                model.in_scope = statements;
            }
            if let Some(statements) = body.left_out {
                model.out_of_scope = statements;
            }
        }
        match self.target.domain {
            Domain::Component => {
                if let Some(component) = model.components.get_mut(self.target.at()) {
                    component.boundary = body.inside.map(|(at, _)| at).or(component.boundary);
                    component.parent = body.part_of.map(|(at, _)| at).or(component.parent);
                }
            }
            Domain::Boundary => {
                if let Some(boundary) = model.boundaries.get_mut(self.target.at()) {
                    boundary.parent = body.inside.map(|(at, _)| at).or(boundary.parent);
                }
            }
            Domain::Flow => {
                if let Some(flow) = model.flows.get_mut(self.target.at()) {
                    flow.source = body.from.unwrap_or(flow.source);
                    flow.target = body.to.unwrap_or(flow.target);
                }
            }
            _ => {}
        }
        let Some(element) = model.get_mut(self.target) else { return };
        if let Some(name) = body.name {
            element.name = name;
            element.named_by_somebody();
        }
        if let Some(description) = body.description {
            element.description = description;
        }
        if body.owner.is_some() {
            element.owner = body.owner;
        }
        if let Some(tags) = body.tags {
            element.tags = tags;
        }
        if let Some(out_of_scope) = body.out_of_scope {
            element.out_of_scope = out_of_scope;
        }
        set_extras(element, body.extras.unwrap_or_default());
        element.facts.retain(|fact| !body.unknown.contains(&fact.id));
        for fact in body.facts {
            element.set(fact);
        }
        set_controls(element, body.controls, &body.unknown_controls);
    }
}

fn set_extras(element: &mut Element, extras: Vec<(Box<str>, Box<str>)>) {
    if extras.is_empty() {
        return;
    }
    let mut index: FxHashMap<Box<str>, usize> =
        element.extras.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
    for (key, value) in extras {
        match index.get(&key).and_then(|at| element.extras.get_mut(*at)) {
            Some((_, old)) => *old = value,
            None => {
                index.insert(key.clone(), element.extras.len());
                element.extras.push((key, value));
            }
        }
    }
}

fn set_controls(element: &mut Element, statements: Vec<ControlStatement>, unknown: &[Box<str>]) {
    if !unknown.is_empty() {
        let unknown: FxHashSet<&str> = unknown.iter().map(|control| &**control).collect();
        element.controls.retain(|statement| !unknown.contains(&*statement.control));
    }
    if statements.is_empty() {
        return;
    }
    let mut index: FxHashMap<Box<str>, usize> =
        element.controls.iter().enumerate().map(|(at, statement)| (statement.control.clone(), at)).collect();
    for statement in statements {
        match index.get(&statement.control).and_then(|at| element.controls.get_mut(*at)) {
            Some(known) => *known = statement,
            None => {
                index.insert(statement.control.clone(), element.controls.len());
                element.controls.push(statement);
            }
        }
    }
}

fn break_cycles(model: &mut Model, file: &InputFile<'_>, report: &mut Report) {
    let boundaries = &model.boundaries;
    for at in cycles(boundaries.len(), |at| boundaries.get(at).and_then(|boundary| boundary.parent)) {
        if let Some(boundary) = model.boundaries.get_mut(at) {
            boundary.parent = None;
            let message = format!("by this overlay the boundary `{}` lies inside itself", shown(&boundary.element.id));
            report.push(
                Diagnostic::error("boundary-cycle", start(file.id), message)
                    .help("correct `in:`; the boundary is read as an outermost one"),
            );
        }
    }
    let components = &model.components;
    for at in cycles(components.len(), |at| components.get(at).and_then(|component| component.parent)) {
        if let Some(component) = model.components.get_mut(at) {
            component.parent = None;
            let message =
                format!("by this overlay the component `{}` is a part of itself", shown(&component.element.id));
            report.push(Diagnostic::error("part-cycle", start(file.id), message).help("correct `part_of:`"));
        }
    }
}

/// Removes flows, and every mention of them; what mentions flows behind them is renumbered.
fn drop_flows(model: &mut Model, dropped: &FxHashSet<u32>) {
    let mut renumbered: Vec<Option<u32>> = Vec::with_capacity(model.flows.len());
    let mut next = 0u32;
    for index in (0u32..).take(model.flows.len()) {
        let kept = !dropped.contains(&index);
        renumbered.push(kept.then_some(next));
        next += u32::from(kept);
    }
    let mut index = 0u32;
    model.flows.retain(|_| {
        index += 1;
        !dropped.contains(&(index - 1))
    });
    let correct = |elements: &mut Vec<ElementRef>| {
        elements.retain_mut(|element| {
            if element.domain != Domain::Flow {
                return true;
            }
            match renumbered.get(element.at()).copied().flatten() {
                Some(index) => {
                    element.index = index;
                    true
                }
                None => false,
            }
        });
    };
    let assumptions = model.assumptions.iter_mut().chain(&mut model.refuted);
    assumptions.for_each(|it| correct(&mut it.about));
    model.abuse_cases.iter_mut().for_each(|it| correct(&mut it.about));
    model.recorded_threats.iter_mut().for_each(|it| correct(&mut it.elements));
}
