//! What is written is read again as it was, for every model.

use proptest::prelude::*;
use vauban_format::{read_model, write_model};
use vauban_model::attack_tree::{AttackNode, AttackTree, Gate};
use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::drawing::{Drawing, DrawnFlow, DrawnLine, DrawnShape};
use vauban_model::model::{
    AbuseCase, Assumption, Boundary, Checkpoint, Component, ControlStatement, Element, ElementRef, Fact, Flow, Model,
    Note, Origin, OutOfScope, RecordedThreat, ScopeStatement, SharedRuntime, ThirdParty, Value,
};
use vauban_model::vocabulary::{Domain, FactId, FactType};
use vauban_model::{FileId, Span};

use crate::support::{clean, file, fixture, read, show};

const HERE: Span = Span { file: FileId(0), line: 1, column: 1, length: 0 };

/// The model without what writing does not keep: places, origins, and the order of facts and controls.
fn settled(mut model: Model) -> Model {
    let settle = |element: &mut Element| {
        element.span = HERE;
        for fact in &mut element.facts {
            (fact.origin, fact.span) = (Origin::Stated, HERE);
        }
        element.facts.sort_by_key(|fact| fact.id);
        for statement in &mut element.controls {
            (statement.origin, statement.span) = (Origin::Stated, HERE);
        }
        element.controls.sort_by(|a, b| a.control.cmp(&b.control));
        if let Some(out) = &mut element.out_of_scope {
            out.span = HERE;
        }
    };
    settle(&mut model.system);
    model.components.iter_mut().for_each(|it| settle(&mut it.element));
    model.flows.iter_mut().for_each(|it| settle(&mut it.element));
    model.boundaries.iter_mut().for_each(|it| settle(&mut it.element));
    model.data.iter_mut().for_each(settle);
    model.identities.iter_mut().for_each(settle);
    model.in_scope.iter_mut().chain(&mut model.out_of_scope).for_each(|it| it.span = HERE);
    model.runtimes.iter_mut().for_each(|it| it.span = HERE);
    model.third_parties.iter_mut().for_each(|it| it.span = HERE);
    model.checkpoints.iter_mut().for_each(|it| it.span = HERE);
    model.assumptions.iter_mut().chain(&mut model.refuted).for_each(|it| it.span = HERE);
    model.abuse_cases.iter_mut().for_each(|it| it.span = HERE);
    model.notes.iter_mut().for_each(|it| it.span = HERE);
    model.recorded_threats.iter_mut().for_each(|it| it.span = HERE);
    model.attack_trees.iter_mut().for_each(|it| it.span = HERE);
    model.drawings.iter_mut().for_each(|it| it.span = HERE);
    model
}

fn check(model: Model) {
    let text = write_model(&model);
    let read = read(&text);
    assert_eq!(show(&read.diagnostics), "", "{text}");
    assert_eq!(write_model(&read.model), text, "writing is stable");
    let (model, again) = (settled(model), settled(read.model));
    if model != again {
        // The difference, not two screens of debug output.
        for domain in Domain::ALL {
            for (element, old) in model.elements(domain) {
                assert_eq!(Some(old), again.get(element), "{text}");
            }
        }
        assert_eq!(model, again, "{text}");
    }
}

#[test]
fn fixtures_survive() {
    for name in ["small-shop.yaml", "everything.yaml"] {
        check(clean(&fixture(name)));
    }
}

#[test]
fn the_small_shop_is_written_as_a_person_would() {
    let text = write_model(&clean(&fixture("small-shop.yaml")));
    if std::env::var_os("UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/format/small-shop.written.yaml");
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, fixture("small-shop.written.yaml"));
}

/// A tape of bytes that decides: shrinks well, and every byte string gives a model.
struct Tape<'b> {
    bytes: &'b [u8],
    at: usize,
    used: Vec<std::collections::BTreeSet<String>>,
}

/// Pieces that nasty strings are made of.
const PIECES: &[&str] = &[
    "a",
    "web",
    "orders",
    "B",
    "ü",
    "日本",
    "💥",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\r\n",
    "\u{0}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffe}",
    "\u{1ffff}",
    "\u{ad}",
    "->",
    " -> ",
    "<->",
    "<",
    ">",
    "(",
    ")",
    " (x)",
    ":",
    ": ",
    "::",
    "#",
    " #",
    "-",
    "- ",
    "---",
    "...",
    "?",
    "? ",
    "!",
    "!!str ",
    "&a",
    "*a",
    "|",
    ">-",
    "%",
    "@",
    "`",
    "\"",
    "'",
    "''",
    "\\",
    "\\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    ", ",
    "<<",
    "=",
    "~",
    "null",
    "yes",
    "No",
    "true",
    "unknown",
    "0",
    "1.5",
    "0x1F",
    "1e3",
    ".inf",
    "2026-01-01",
    "12:30:00",
    "flow:",
    "component:",
    "system",
    "system:",
    "data",
    "controls",
    "name",
    "in",
    "text",
    "x->y",
    "->",
    "/",
    ".",
    "module.net.aws_subnet.private[\"a\"]",
    "k8s:shop/Deployment/cart",
];

impl Tape<'_> {
    fn byte(&mut self) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte)
    }

    fn below(&mut self, count: usize) -> usize {
        if count == 0 { 0 } else { (self.byte() * 256 + self.byte()) % count }
    }

    fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    fn text(&mut self) -> Box<str> {
        let pieces = match self.below(12) {
            0 => 0,
            1..=6 => 1,
            7..=9 => 2,
            10 => 5,
            _ => 9,
        };
        let mut text = String::new();
        for _ in 0..pieces {
            text.push_str(PIECES[self.below(PIECES.len())]);
        }
        if self.below(60) == 59 {
            text = text.repeat(300);
        }
        text.into()
    }

    fn texts(&mut self) -> Vec<Box<str>> {
        (0..self.below(4)).map(|_| self.text()).collect()
    }

    fn pairs(&mut self) -> Vec<(Box<str>, Box<str>)> {
        (0..self.below(3)).map(|_| (self.text(), self.text())).collect()
    }

    /// A text that was not given out as an id of this kind before.
    fn id(&mut self, kind: usize) -> Box<str> {
        let mut id = self.text().to_string();
        if id.is_empty() {
            id.push('i');
        }
        while !self.used[kind].insert(id.clone()) {
            id.push('+');
        }
        id.into()
    }

    fn optional(&mut self) -> Option<Box<str>> {
        self.flag().then(|| self.text())
    }

    fn references(&mut self, count: usize) -> Vec<u32> {
        if count == 0 {
            return Vec::new();
        }
        (0..self.below(3)).map(|_| u32::try_from(self.below(count)).unwrap()).collect()
    }

    fn element(&mut self, domain: Domain, counts: &[usize; 6]) -> Element {
        let id = self.id(domain as usize);
        let name = if self.flag() { id.clone() } else { self.text() };
        let mut element = Element::new(id, name, HERE);
        if self.flag() {
            // Often an element with nothing but its short form, or nothing at all.
            if self.flag() {
                self.some_facts(&mut element, domain, counts, 1);
            }
            return element;
        }
        element.description = self.text();
        element.owner = self.optional();
        element.tags = self.texts();
        element.extras = self.pairs();
        if self.flag() {
            element.out_of_scope = Some(OutOfScope { reason: self.text(), span: HERE });
        }
        for _ in 0..self.below(4) {
            let control = self.text();
            let (present, note) = (self.flag(), self.optional());
            element.set_control(ControlStatement { control, present, origin: Origin::Imported, span: HERE, note });
        }
        let facts = self.below(6);
        self.some_facts(&mut element, domain, counts, facts);
        element
    }

    fn some_facts(&mut self, element: &mut Element, domain: Domain, counts: &[usize; 6], number: usize) {
        let known: Vec<FactId> = FactId::stated_on(domain).collect();
        for _ in 0..number {
            let id = known[self.below(known.len())];
            let value = match id.definition().ty {
                FactType::Bool => Value::Bool(self.flag()),
                FactType::Enum(e) => Value::Symbol(u16::try_from(self.below(e.definition().values.len())).unwrap()),
                FactType::Set(e) => {
                    let mut all: Vec<u16> = (0..self.below(4))
                        .map(|_| u16::try_from(self.below(e.definition().values.len())).unwrap())
                        .collect();
                    all.sort_unstable();
                    all.dedup();
                    Value::Symbols(all.into())
                }
                FactType::Number => Value::Number(i64::try_from(self.below(60_000)).unwrap() - 30_000),
                FactType::Text => Value::Text(self.text()),
                FactType::Words | FactType::Technologies => Value::Words(self.texts().into()),
                FactType::References(to) => Value::References(self.references(counts[to as usize]).into()),
            };
            element.set(Fact { id, value, origin: Origin::Imported, span: HERE });
        }
    }

    fn about(&mut self, counts: &[usize; 6]) -> Vec<ElementRef> {
        let mut about = Vec::new();
        for _ in 0..self.below(3) {
            let domain = Domain::ALL[self.below(6)];
            if counts[domain as usize] > 0 {
                about.push(ElementRef::new(domain, self.below(counts[domain as usize])));
            }
        }
        about
    }

    fn scope(&mut self) -> Vec<ScopeStatement> {
        (0..self.below(3)).map(|_| ScopeStatement { what: self.text(), why: self.text(), span: HERE }).collect()
    }
}

fn model(bytes: &[u8]) -> Model {
    let mut tape = Tape { bytes, at: 0, used: vec![std::collections::BTreeSet::new(); 14] };
    let components = tape.below(5);
    let flows = if components == 0 { 0 } else { tape.below(5) };
    let counts = [1, components, flows, tape.below(6), tape.below(4), tape.below(4)];
    let mut system = tape.element(Domain::System, &counts);
    if tape.flag() {
        system.name = "Corner Shop".into();
        system.id = "corner-shop".into();
    }
    let mut model = Model::new(system);
    model.business_context = tape.text();
    model.in_scope = tape.scope();
    model.out_of_scope = tape.scope();
    for _ in 0..counts[Domain::Data as usize] {
        model.data.push(tape.element(Domain::Data, &counts));
    }
    for _ in 0..counts[Domain::Identity as usize] {
        model.identities.push(tape.element(Domain::Identity, &counts));
    }
    let nested = tape.flag();
    for at in 0..counts[Domain::Boundary as usize] {
        let element = tape.element(Domain::Boundary, &counts);
        let parent = match (at, tape.flag()) {
            (0, _) | (_, false) => None,
            // Parents before children often, in any order otherwise; never in a circle.
            (at, true) if nested => Some(u32::try_from(at - 1).unwrap()),
            (at, true) => Some(u32::try_from(tape.below(at)).unwrap()),
        };
        model.boundaries.push(Boundary { element, parent });
    }
    if !nested {
        // Turn the order around: children before parents.
        let count = model.boundaries.len();
        model.boundaries.reverse();
        for boundary in &mut model.boundaries {
            boundary.parent = boundary.parent.map(|at| u32::try_from(count - 1 - at as usize).unwrap());
        }
    }
    for at in 0..components {
        let element = tape.element(Domain::Component, &counts);
        let boundary = tape.references(counts[Domain::Boundary as usize]).first().copied();
        let parent = (at > 0 && tape.flag()).then(|| u32::try_from(tape.below(at)).unwrap());
        model.components.push(Component { element, boundary, parent });
    }
    for _ in 0..flows {
        let mut element = tape.element(Domain::Flow, &counts);
        let (source, target) = (tape.below(components), tape.below(components));
        let ids = [source, target].map(|at| model.components[at].element.id.to_string());
        let label = tape.text();
        let wanted = match tape.below(4) {
            0 => format!("{}->{}", ids[0], ids[1]),
            1 => format!("{}->{}({label})", ids[0], ids[1]),
            2 => format!("{} -> {}", ids[0], ids[1]),
            _ => String::new(),
        };
        if !wanted.is_empty() && tape.used[Domain::Flow as usize].insert(wanted.clone()) {
            element.id = wanted.into();
        }
        let (source, target) = (u32::try_from(source).unwrap(), u32::try_from(target).unwrap());
        model.flows.push(Flow { element, source, target });
    }
    for _ in 0..tape.below(3) {
        let id = tape.id(6);
        let name = if tape.flag() { id.clone() } else { tape.text() };
        let (description, tags, components) =
            (tape.optional().unwrap_or_default(), tape.texts(), tape.references(components));
        model.runtimes.push(SharedRuntime { id, name, description, tags, components, span: HERE });
    }
    for _ in 0..tape.below(3) {
        model.third_parties.push(ThirdParty {
            id: tape.id(7),
            name: tape.text(),
            provides: tape.text(),
            used_by: tape.references(components),
            data: tape.references(counts[Domain::Data as usize]),
            when_down: tape.text(),
            notes: tape.pairs(),
            span: HERE,
        });
    }
    for _ in 0..tape.below(3) {
        model.checkpoints.push(Checkpoint {
            id: tape.id(8),
            authenticates: tape.flag(),
            protects: tape.references(components),
            by: tape.references(components).first().copied(),
            how: tape.text(),
            span: HERE,
        });
    }
    for _ in 0..tape.below(4) {
        let text = tape.text();
        let mut id = tape.id(9);
        if tape.flag() && tape.used[9].insert("web".to_owned()) {
            id = "web".into();
        }
        let assumption = Assumption { id, text, about: tape.about(&counts), owner: tape.optional(), span: HERE };
        let list = if tape.flag() { &mut model.assumptions } else { &mut model.refuted };
        list.push(assumption);
    }
    for _ in 0..tape.below(3) {
        let id = tape.id(10);
        let name = if tape.flag() { id.clone() } else { tape.text() };
        model.abuse_cases.push(AbuseCase { id, name, text: tape.text(), about: tape.about(&counts), span: HERE });
    }
    for _ in 0..tape.below(3) {
        let kind = if tape.flag() { "note".into() } else { tape.text() };
        model.notes.push(Note { kind, title: tape.text(), text: tape.text(), span: HERE });
    }
    for _ in 0..tape.below(3) {
        model.recorded_threats.push(RecordedThreat {
            id: tape.id(11),
            title: tape.text(),
            description: tape.text(),
            categories: tape.texts(),
            elements: tape.about(&counts),
            severity: tape.text(),
            status: tape.text(),
            mitigation: tape.text(),
            cwe: (0..tape.below(3)).map(|_| u32::try_from(tape.below(2000)).unwrap()).collect(),
            extras: tape.pairs(),
            span: HERE,
        });
    }
    for _ in 0..tape.below(3) {
        let id = tape.id(13);
        let name = if tape.flag() { id.clone() } else { tape.text() };
        let count = tape.below(5) as u32;
        let nodes = (0..count).map(|index| {
            let gate = [Gate::Leaf, Gate::And, Gate::Or][tape.below(3)];
            // Links lead to later steps only, so that there is no circle.
            let mut children: Vec<u32> = (index + 1..count).filter(|_| tape.flag()).collect();
            if gate == Gate::Leaf {
                children.clear();
            }
            AttackNode { id: format!("step {index}").into(), label: tape.text(), gate, children }
        });
        let nodes = nodes.collect();
        model.attack_trees.push(AttackTree { id, name, nodes, span: HERE });
    }
    for _ in 0..tape.below(3) {
        let id = tape.id(12);
        let name = if tape.flag() { id.clone() } else { tape.text() };
        let drawing = Drawing { id, name, shapes: Vec::new(), flows: Vec::new(), lines: Vec::new(), span: HERE };
        model.drawings.push(drawn(&mut tape, drawing, &model));
    }
    model
}

/// Gives some of the model's elements a place, each at most one.
fn drawn(tape: &mut Tape<'_>, mut drawing: Drawing, model: &Model) -> Drawing {
    for domain in [Domain::Component, Domain::Boundary] {
        for (element, _) in model.elements(domain) {
            if let (true, Some(rect)) =
                (tape.flag(), Rect::new(place(tape), place(tape), tape.below(999) as f64, 0.125))
            {
                drawing.shapes.push(DrawnShape { element, rect });
            } else if domain == Domain::Boundary {
                let points = (0..tape.below(3)).map(|_| Point { x: place(tape), y: place(tape) }).collect();
                drawing.lines.push(DrawnLine { boundary: element.index, points, curved: tape.flag() });
            }
        }
    }
    for (element, _) in model.elements(Domain::Flow) {
        if tape.flag() {
            let bends = (0..tape.below(3)).map(|_| Point { x: place(tape), y: place(tape) }).collect();
            drawing.flows.push(DrawnFlow { flow: element.index, bends, curved: tape.flag() });
        }
    }
    drawing
}

/// A coordinate, from the small and even to the huge and crooked.
fn place(tape: &mut Tape<'_>) -> f64 {
    let whole = tape.below(100_000) as f64 - 50_000.0;
    match tape.below(4) {
        0 => whole,
        1 => whole / 7.0,
        2 => whole * 1e-9,
        _ => whole * 1e15,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, max_shrink_iters: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_model_survives(bytes in proptest::collection::vec(any::<u8>(), 0..900)) {
        check(model(&bytes));
    }
}

#[test]
fn what_a_model_cannot_say_is_left_out_without_a_panic() {
    let mut model = Model::new(Element::new("s", "s", HERE));
    let mut element = Element::new("a", "a", HERE);
    let fact = |id, value| Fact { id, value, origin: Origin::Imported, span: HERE };
    element.set(fact(vauban_model::vocabulary::fact::REDUNDANT, Value::Symbol(7)));
    element.set(fact(vauban_model::vocabulary::fact::MACHINE, Value::Symbol(999)));
    element.set(fact(vauban_model::vocabulary::fact::HANDLES, Value::References(Box::from([7u32]))));
    model.components.push(Component { element, boundary: Some(9), parent: Some(0) });
    model.flows.push(Flow { element: Element::new("f", "f", HERE), source: 0, target: 5 });
    model.boundaries.push(Boundary { element: Element::new("b", "b", HERE), parent: Some(0) });
    model.boundaries.push(Boundary { element: Element::new("c", "c", HERE), parent: Some(9) });
    model.assumptions.push(Assumption {
        id: "x".into(),
        text: "t".into(),
        about: vec![ElementRef::new(Domain::Flow, 8)],
        owner: None,
        span: HERE,
    });
    let text = write_model(&model);
    let read = read_model(&[file(&text)]);
    assert_eq!(read.model.components.len(), 1);
    assert!(read.model.flows.is_empty());
}

#[test]
fn a_name_that_is_the_id_is_kept_where_somebody_wrote_it() {
    let text = "vauban: 1\ncomponents:\n  shop: process\n  bank: process\nflows:\n  invoice: {from: shop, to: bank, name: invoice}\n  flow-3: {from: bank, to: shop}\n";
    let read = read_model(&[file(text)]);
    let named: Vec<bool> = read.model.flows.iter().map(|flow| flow.element.has_name()).collect();
    assert_eq!(named, [true, false]);
    let written = write_model(&read.model);
    assert!(written.contains("name: invoice") && !written.contains("name: flow-3"), "{written}");
    assert!(read_model(&[file(&written)]).model.flows[0].element.named_as_id);
}
