//! What our own exporters put beside another format's words, read back: keys with values, the contract of which stands
//! in `vauban-export/src/interchange/kept.rs`.
//!
//! References are found once everything is there, so a reader collects what it sees in a [`Kept`] and lets it
//! [`Kept::restore`] at the end.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::drawing::{Drawing, DrawnFlow, DrawnLine, DrawnShape};
use vauban_model::finding::{Decision, Treatment};
use vauban_model::model::{
    AbuseCase, Assumption, Checkpoint, ControlStatement, Element, ElementRef, Fact, Origin, OutOfScope, RecordedThreat,
    ScopeStatement, SharedRuntime, ThirdParty, Value, symbol_of,
};
use vauban_model::vocabulary::{Domain, FactId, FactType};
use vauban_syntax::Node;

use crate::draft::{Draft, Space, blank_threat, break_cycles};
use crate::extras::text_of;
use crate::log::short;

/// The prefix of our keys where a format's attributes are shared with others.
pub(crate) const PREFIX: &str = "vauban:";

/// What was seen, waiting for everything to be there.
#[derive(Debug, Default)]
pub(crate) struct Kept<'a> {
    elements: Vec<(ElementRef, &'a str, &'a Node)>,
    lists: Vec<(&'a str, &'a Node)>,
    states: Vec<(Box<str>, Box<str>)>,
    drawn: Vec<(Box<str>, Option<&'a Node>, Option<&'a Node>)>,
}

impl<'a> Kept<'a> {
    /// Notes what is said about an element.
    pub(crate) fn element(&mut self, target: ElementRef, key: &'a str, node: &'a Node) {
        self.elements.push((target, key, node));
    }

    /// Notes everything that a mapping says about an element.
    pub(crate) fn element_all(&mut self, target: ElementRef, node: &'a Node) {
        for entry in node.as_mapping().unwrap_or_default() {
            self.element(target, &entry.key, &entry.value);
        }
    }

    /// Notes what is said about the model.
    pub(crate) fn list(&mut self, key: &'a str, node: &'a Node) {
        self.lists.push((key, node));
    }

    /// Notes everything that a mapping says about the model.
    pub(crate) fn list_all(&mut self, node: &'a Node) {
        for entry in node.as_mapping().unwrap_or_default() {
            if &*entry.key == "system" {
                self.element_all(ElementRef::SYSTEM, &entry.value);
            } else {
                self.list(&entry.key, &entry.value);
            }
        }
    }

    /// Notes that a recorded threat has another state by now.
    pub(crate) fn state_of(&mut self, threat: &str, state: &str) {
        self.states.push((threat.into(), state.into()));
    }

    /// Notes the flows and lines of a drawing whose shapes stand elsewhere.
    pub(crate) fn drawn(&mut self, drawing: &str, flows: Option<&'a Node>, lines: Option<&'a Node>) {
        self.drawn.push((drawing.into(), flows, lines));
    }

    /// Puts everything where it belongs.
    pub(crate) fn restore(self, draft: &mut Draft) {
        // What others refer to comes first.
        let mut late: Vec<(ElementRef, &str, &Node)> = Vec::new();
        for (key, domain) in [("data", Domain::Data), ("identities", Domain::Identity)] {
            for node in self.lists.iter().filter(|(known, _)| *known == key).flat_map(|(_, node)| list(node)) {
                let id = draft.unique_id(Space::Element(domain), &said(node, "id"));
                let name = said(node, "name");
                let element = Element::new(id, name, node.span);
                let elements = if domain == Domain::Data { &mut draft.model.data } else { &mut draft.model.identities };
                let target = ElementRef::new(domain, elements.len());
                elements.push(element);
                let entries = node.as_mapping().unwrap_or_default().iter();
                late.extend(entries.filter(|it| it.key != "id".into()).map(|it| (target, &*it.key, &it.value)));
            }
        }
        let ids = Ids::of(draft);
        for (target, key, node) in self.elements.iter().copied().chain(late) {
            element(draft, &ids, target, key, node);
        }
        // A file changed by hand may have made circles.
        let mut parents: Vec<Option<u32>> = draft.model.boundaries.iter().map(|it| it.parent).collect();
        break_cycles(&mut parents, |index| index);
        for (boundary, parent) in draft.model.boundaries.iter_mut().zip(parents) {
            boundary.parent = parent;
        }
        let mut parents: Vec<Option<u32>> = draft.model.components.iter().map(|it| it.parent).collect();
        break_cycles(&mut parents, |index| index);
        for (component, parent) in draft.model.components.iter_mut().zip(parents) {
            component.parent = parent;
        }
        for (key, node) in &self.lists {
            model(draft, &ids, key, node);
        }
        for (id, state) in self.states {
            if let Some(threat) = draft.model.recorded_threats.iter_mut().find(|threat| threat.id == id) {
                threat.status = state;
            }
        }
        for (id, flows, lines) in self.drawn {
            if let Some(drawing) = draft.model.drawings.iter_mut().find(|drawing| drawing.id == id) {
                drawing.flows = drawn_flows(&ids, flows);
                drawing.lines = drawn_lines(&ids, lines);
            }
        }
    }
}

/// Elements by kind and id.
pub(crate) struct Ids(FxHashMap<(Domain, String), u32>);

impl Ids {
    /// Those of a model.
    pub(crate) fn of(draft: &Draft) -> Self {
        let mut known = FxHashMap::default();
        for domain in Domain::ALL {
            for (target, element) in draft.model.elements(domain) {
                known.entry((domain, element.id.to_string())).or_insert(target.index);
            }
        }
        Ids(known)
    }

    /// The element of a kind with an id.
    pub(crate) fn find(&self, domain: Domain, id: &str) -> Option<u32> {
        self.0.get(&(domain, id.to_owned())).copied()
    }

    /// An element named as `kind:id`.
    pub(crate) fn named(&self, text: &str) -> Option<ElementRef> {
        let (kind, id) = text.split_once(':')?;
        let domain = Domain::parse(kind)?;
        self.find(domain, id).map(|index| ElementRef { domain, index })
    }

    fn all(&self, domain: Domain, node: Option<&Node>) -> Vec<u32> {
        node.into_iter().flat_map(list).filter_map(|item| self.find(domain, item.as_str()?)).collect()
    }

    fn all_named(&self, node: Option<&Node>) -> Vec<ElementRef> {
        node.into_iter().flat_map(list).filter_map(|item| self.named(item.as_str()?)).collect()
    }
}

fn list(node: &Node) -> &[Node] {
    node.as_sequence().unwrap_or_default()
}

fn said(node: &Node, key: &str) -> Box<str> {
    node.get(key).and_then(Node::as_str).unwrap_or_default().into()
}

fn given(node: &Node, key: &str) -> Option<Box<str>> {
    node.get(key).filter(|node| !node.is_null()).and_then(Node::as_str).map(Into::into)
}

fn texts(node: Option<&Node>) -> Vec<Box<str>> {
    node.into_iter().flat_map(list).filter_map(Node::as_str).map(Into::into).collect()
}

/// Says that a key of ours was changed by hand into something that means nothing.
fn strange(draft: &mut Draft, key: &str, node: &Node) {
    let message = format!("`{}` says nothing that can be read; it was left out", short(key));
    draft.log.group(Diagnostic::warning("import-unknown-value", node.span, message));
}

fn element(draft: &mut Draft, ids: &Ids, target: ElementRef, key: &str, node: &Node) {
    let span = node.span;
    let text = || node.as_str().unwrap_or_default();
    match (key, target.domain) {
        ("boundary" | "parent", _) => {
            let of = if key == "parent" { target.domain } else { Domain::Boundary };
            let found = node
                .as_str()
                .and_then(|id| ids.find(of, id))
                .filter(|index| *index != target.index || of != target.domain);
            let components = &mut draft.model.components;
            match (key, target.domain) {
                ("boundary", Domain::Component) => components.get_mut(target.at()).map(|it| it.boundary = found),
                ("parent", Domain::Component) => components.get_mut(target.at()).map(|it| it.parent = found),
                ("parent", Domain::Boundary) => draft.model.boundaries.get_mut(target.at()).map(|it| it.parent = found),
                _ => None,
            };
            return;
        }
        ("unsaid", domain) => {
            let keys = texts(Some(node));
            let ids: Vec<FactId> = keys.iter().filter_map(|key| FactId::of_key(domain, key)).collect();
            if let Some(element) = draft.model.get_mut(target) {
                element.facts.retain(|fact| !ids.contains(&fact.id));
            }
            return;
        }
        _ => {}
    }
    if let Some(name) = key.strip_prefix("fact.") {
        match FactId::of_key(target.domain, name).and_then(|id| Some((id, fact(ids, id, node)?))) {
            Some((id, value)) => {
                if let Some(element) = draft.model.get_mut(target) {
                    element.set(Fact { id, value, origin: Origin::Imported, span });
                }
            }
            None => strange(draft, key, node),
        }
        return;
    }
    let Some(element) = draft.model.get_mut(target) else { return };
    match key {
        "id" if target == ElementRef::SYSTEM && !text().is_empty() => element.id = text().into(),
        // Taken when the element was made.
        "id" | "kept" => {}
        "name" if !text().is_empty() => element.name = text().into(),
        "description" => element.description = text().into(),
        "owner" => element.owner = Some(text().into()),
        "tags" => element.tags = texts(Some(node)),
        "out_of_scope" => element.out_of_scope = Some(OutOfScope { reason: text().into(), span }),
        _ => {
            if let Some(name) = key.strip_prefix("extra.") {
                let name = name.trim_end_matches('+');
                let system = target.domain == Domain::System;
                let known =
                    element.extras.iter().any(|(key, value)| &**key == name && (system || **value == *text_of(node)));
                if !known {
                    element.extras.push((name.into(), text_of(node).into()));
                }
            } else if let Some(control) = key.strip_prefix("control.") {
                if let Some(present) = node.get("present").and_then(Node::as_bool) {
                    element.set_control(ControlStatement {
                        control: control.into(),
                        present,
                        origin: Origin::Imported,
                        span,
                        note: given(node, "note"),
                    });
                } else {
                    strange(draft, key, node);
                }
            } else {
                strange(draft, key, node);
            }
        }
    }
}

/// The value of a fact.
fn fact(ids: &Ids, id: FactId, node: &Node) -> Option<Value> {
    Some(match id.definition().ty {
        FactType::Bool => Value::Bool(node.as_bool()?),
        FactType::Enum(_) => Value::Symbol(symbol_of(id, node.as_str()?)?),
        FactType::Set(_) => {
            let mut symbols: Vec<u16> = list(node).iter().filter_map(|it| symbol_of(id, it.as_str()?)).collect();
            symbols.sort_unstable();
            symbols.dedup();
            Value::Symbols(symbols.into())
        }
        FactType::Number => Value::Number(node.as_str()?.parse().ok()?),
        FactType::Text => Value::Text(node.as_str()?.into()),
        FactType::Words | FactType::Technologies => Value::Words(texts(Some(node)).into()),
        FactType::References(domain) => Value::References(ids.all(domain, Some(node)).into()),
    })
}

fn model(draft: &mut Draft, ids: &Ids, key: &str, node: &Node) {
    let component = Domain::Component;
    match key {
        "data" | "identities" => {}
        "business_context" => draft.model.business_context = node.as_str().unwrap_or_default().into(),
        "in_scope" | "not_in_scope" => {
            let scope = list(node).iter();
            let scope = scope.map(|it| ScopeStatement { what: said(it, "what"), why: said(it, "why"), span: it.span });
            let to = if key == "in_scope" { &mut draft.model.in_scope } else { &mut draft.model.out_of_scope };
            to.extend(scope);
        }
        "runtimes" => draft.model.runtimes.extend(list(node).iter().map(|it| SharedRuntime {
            id: said(it, "id"),
            name: said(it, "name"),
            description: said(it, "description"),
            tags: texts(it.get("tags")),
            components: ids.all(component, it.get("components")),
            span: it.span,
        })),
        "third_parties" => draft.model.third_parties.extend(list(node).iter().map(|it| {
            let pair = |pair: &Node| Some((list(pair).first()?.as_str()?.into(), list(pair).get(1)?.as_str()?.into()));
            ThirdParty {
                id: said(it, "id"),
                name: said(it, "name"),
                provides: said(it, "provides"),
                used_by: ids.all(component, it.get("used_by")),
                data: ids.all(Domain::Data, it.get("data")),
                when_down: said(it, "when_down"),
                notes: it.get("notes").into_iter().flat_map(list).filter_map(pair).collect(),
                span: it.span,
            }
        })),
        "checkpoints" => draft.model.checkpoints.extend(list(node).iter().map(|it| Checkpoint {
            id: said(it, "id"),
            authenticates: it.get("authenticates").and_then(Node::as_bool).unwrap_or(false),
            protects: ids.all(component, it.get("protects")),
            by: it.get("by").and_then(Node::as_str).and_then(|by| ids.find(component, by)),
            how: said(it, "how"),
            span: it.span,
        })),
        "assumptions" => draft.model.assumptions.extend(list(node).iter().map(|it| Assumption {
            id: said(it, "id"),
            text: said(it, "text"),
            about: ids.all_named(it.get("about")),
            owner: given(it, "owner"),
            span: it.span,
        })),
        "abuse_cases" => draft.model.abuse_cases.extend(list(node).iter().map(|it| AbuseCase {
            id: said(it, "id"),
            name: said(it, "name"),
            text: said(it, "text"),
            about: ids.all_named(it.get("about")),
            span: it.span,
        })),
        "notes" => {
            for it in list(node) {
                draft.note(&said(it, "kind"), &said(it, "title"), &said(it, "text"), it.span);
            }
        }
        "threats" => {
            for it in list(node) {
                let threat = threat(draft, ids, it);
                draft.model.recorded_threats.push(threat);
            }
        }
        "drawings" => {
            let drawings: Vec<Drawing> = list(node).iter().map(|it| drawing(ids, it)).collect();
            for drawing in drawings {
                let id = draft.unique_drawing(&drawing.id);
                draft.model.drawings.push(Drawing { id, ..drawing });
            }
        }
        "decisions" => {
            let decisions = list(node).iter().filter_map(decision);
            draft.own_decisions.extend(decisions);
        }
        _ => strange(draft, key, node),
    }
}

fn threat(draft: &mut Draft, ids: &Ids, node: &Node) -> RecordedThreat {
    let mut out = RecordedThreat {
        id: draft.unique_id(Space::Threat, &said(node, "id")),
        title: said(node, "title"),
        description: said(node, "description"),
        categories: texts(node.get("categories")),
        elements: ids.all_named(node.get("elements")),
        severity: said(node, "severity"),
        status: said(node, "status"),
        mitigation: said(node, "mitigation"),
        cwe: node.get("cwe").into_iter().flat_map(list).filter_map(|it| it.as_str()?.parse().ok()).collect(),
        ..blank_threat(node.span)
    };
    for entry in node.as_mapping().unwrap_or_default() {
        if let Some(key) = entry.key.strip_prefix("extra.") {
            out.extras.push((key.trim_end_matches('+').into(), text_of(&entry.value).into()));
        }
    }
    out
}

fn decision(node: &Node) -> Option<Decision> {
    Some(Decision {
        threat: said(node, "threat"),
        treatment: Treatment::parse(&said(node, "treatment"))?,
        reason: said(node, "reason"),
        owner: said(node, "owner"),
        approver: said(node, "approver"),
        until: given(node, "until"),
        ticket: given(node, "ticket"),
        decided: given(node, "decided"),
        span: node.span,
    })
}

fn number(node: &Node, at: usize) -> Option<f64> {
    list(node).get(at).and_then(Node::as_f64)
}

fn points(node: Option<&Node>) -> Vec<Point> {
    let point = |node: &Node| Point::new(number(node, 0)?, number(node, 1)?);
    node.into_iter().flat_map(list).filter_map(point).collect()
}

fn curved(node: &Node) -> bool {
    node.get("curved").and_then(Node::as_bool).unwrap_or(false)
}

fn drawn_flows(ids: &Ids, node: Option<&Node>) -> Vec<DrawnFlow> {
    let flow = |it: &Node| {
        let flow = ids.find(Domain::Flow, &said(it, "flow"))?;
        Some(DrawnFlow { flow, bends: points(it.get("bends")), curved: curved(it) })
    };
    node.into_iter().flat_map(list).filter_map(flow).collect()
}

fn drawn_lines(ids: &Ids, node: Option<&Node>) -> Vec<DrawnLine> {
    let line = |it: &Node| {
        let boundary = ids.find(Domain::Boundary, &said(it, "boundary"))?;
        Some(DrawnLine { boundary, points: points(it.get("points")), curved: curved(it) })
    };
    node.into_iter().flat_map(list).filter_map(line).collect()
}

fn drawing(ids: &Ids, node: &Node) -> Drawing {
    let shape = |it: &Node| {
        let element = ids.named(list(it).first()?.as_str()?)?;
        let rect = Rect::new(number(it, 1)?, number(it, 2)?, number(it, 3)?, number(it, 4)?)?;
        Some(DrawnShape { element, rect })
    };
    Drawing {
        id: said(node, "id"),
        name: said(node, "name"),
        shapes: node.get("shapes").into_iter().flat_map(list).filter_map(shape).collect(),
        flows: drawn_flows(ids, node.get("flows")),
        lines: drawn_lines(ids, node.get("lines")),
        span: node.span,
    }
}

/// States yes or no that a text says, for tables in which people wrote it.
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "x" | "ja" | "oui" | "si" | "sí" | "sim" | "1" | "✓" | "✔" => Some(true),
        "no" | "n" | "false" | "nein" | "non" | "não" | "0" | "-" | "✗" | "✘" => Some(false),
        _ => None,
    }
}

/// A value of a fact from a cell: lists by line or comma, references by id or name through `find`.
pub(crate) fn fact_of_text(
    id: FactId,
    text: &str,
    find: &dyn Fn(Domain, &str) -> Option<u32>,
) -> Result<Value, Vec<String>> {
    let text = text.trim();
    let bad = || Err(vec![text.to_owned()]);
    let ty = id.definition().ty;
    Ok(match ty {
        FactType::Bool => match yes_no(text) {
            Some(value) => Value::Bool(value),
            None => return bad(),
        },
        FactType::Enum(_) => match symbol_of(id, text).or_else(|| symbol_of(id, &word(text))) {
            Some(symbol) => Value::Symbol(symbol),
            None => return bad(),
        },
        FactType::Number => match text.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => return bad(),
        },
        FactType::Text => Value::Text(text.into()),
        FactType::Words | FactType::Technologies => {
            Value::Words(parts(text, &|_| false).into_iter().map(Into::into).collect())
        }
        FactType::Set(_) => {
            let found = |part: &str| symbol_of(id, part).or_else(|| symbol_of(id, &word(part)));
            let parts = parts(text, &|part| found(part).is_some());
            let (mut symbols, mut unknown) = (Vec::new(), Vec::new());
            for part in parts {
                match found(&part) {
                    Some(symbol) => symbols.push(symbol),
                    None => unknown.push(part),
                }
            }
            if !unknown.is_empty() {
                return Err(unknown);
            }
            symbols.sort_unstable();
            symbols.dedup();
            Value::Symbols(symbols.into())
        }
        FactType::References(domain) => {
            let (mut indexes, mut unknown) = (Vec::new(), Vec::new());
            for part in parts(text, &|part| find(domain, part).is_some()) {
                match find(domain, &part) {
                    Some(index) if !indexes.contains(&index) => indexes.push(index),
                    Some(_) => {}
                    None => unknown.push(part),
                }
            }
            if !unknown.is_empty() {
                return Err(unknown);
            }
            Value::References(indexes.into())
        }
    })
}

/// A word as our vocabulary writes them.
fn word(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '_', '/'], "-")
}

/// The parts of a cell that holds a list: by line, else by semicolon, else by comma; a whole that is known stays whole.
/// What stands for "none" has no parts.
pub(crate) fn parts(text: &str, known: &dyn Fn(&str) -> bool) -> Vec<String> {
    let text = text.trim();
    if text.is_empty() || matches!(text.to_lowercase().as_str(), "none" | "-" | "n/a" | "(none)") && !known(text) {
        return Vec::new();
    }
    if known(text) {
        return vec![text.to_owned()];
    }
    let by = if text.contains('\n') {
        '\n'
    } else if text.contains(';') {
        ';'
    } else {
        ','
    };
    text.split(by).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
