//! Random small models over the real library, the same on every run: a failing case is named by its seed.

use std::sync::LazyLock;

use vauban_analysis::analyse::{Options, analyse};
use vauban_analysis::embedded::{LoadedLibrary, load};
use vauban_analysis::project::{Inputs, load as load_project};
use vauban_analysis::{Analysis, Session};
use vauban_model::finding::Decision;
use vauban_model::library::Control;
use vauban_model::model::{
    Boundary, Component, ControlStatement, Element, ElementRef, Fact, Flow, Model, Origin, OutOfScope, SharedRuntime,
    Value,
};
use vauban_model::scale::Methodology;
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};
use vauban_model::{FileId, Span};

/// A place that no test looks at.
pub(crate) const HERE: Span = Span { file: FileId(0), line: 1, column: 1, length: 0 };

/// The library that is compiled in.
pub(crate) static LIBRARY: LazyLock<LoadedLibrary> = LazyLock::new(|| load(&[]));

/// A small generator (xorshift64*); good enough to choose test cases, nothing else.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { usize::try_from(self.next() % bound as u64).unwrap() }
    }

    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn index(&mut self, length: usize) -> Option<u32> {
        (length > 0).then(|| u32::try_from(self.below(length)).unwrap())
    }
}

fn word(id: FactId, word: &str) -> Value {
    Value::Symbol(vauban_model::model::symbol_of(id, word).unwrap())
}

fn state(element: &mut Element, id: FactId, value: Value) {
    element.set(Fact { id, value, origin: Origin::Stated, span: HERE });
}

/// Says that a control is there, or not.
pub(crate) fn control(model: &mut Model, element: ElementRef, control: &str, present: bool) {
    let statement =
        ControlStatement { control: control.into(), present, origin: Origin::Stated, span: HERE, note: None };
    model.get_mut(element).unwrap().set_control(statement);
}

/// A system with a way in from the internet, somebody's accounts and data worth having; the rest is chance.
pub(crate) fn some_model(seed: u64) -> Model {
    let dice = &mut Dice::new(seed);
    let mut model = Model::new(Element::new("system", "System", HERE));
    for (id, kind, trust) in [
        ("outside", "internet", "untrusted"),
        ("cloud", "cloud-account", "semi-trusted"),
        ("inner", "network-segment", "trusted"),
    ] {
        let mut element = Element::new(id, id, HERE);
        state(&mut element, fact::BOUNDARY_KIND, word(fact::BOUNDARY_KIND, kind));
        state(&mut element, fact::TRUST, word(fact::TRUST, trust));
        let parent = (id == "inner").then_some(1);
        model.boundaries.push(Boundary { element, parent });
    }
    for data in 0..1 + dice.below(3) {
        let mut element = Element::new(format!("data-{data}"), format!("data-{data}"), HERE);
        let class = dice.of(&["internal", "confidential", "restricted"]);
        state(&mut element, fact::CLASSIFICATION, word(fact::CLASSIFICATION, class));
        model.data.push(element);
    }
    for identity in 0..1 + dice.below(3) {
        model.identities.push(Element::new(format!("account-{identity}"), format!("account-{identity}"), HERE));
    }
    let technologies: Vec<&str> = LIBRARY.library.technologies.iter().map(|technology| &*technology.id).collect();
    let components = 3 + dice.below(4);
    for at in 0..components {
        let id = format!("c{at}");
        let mut element = Element::new(&*id, &*id, HERE);
        let usual = ["web-application", "rest-api", "postgresql", "object-storage", "message-queue", "function"];
        let technology = match at {
            0 => "browser",
            _ if dice.one_in(3) => dice.of(&technologies),
            _ => dice.of(&usual),
        };
        if !dice.one_in(10) {
            state(&mut element, fact::TECHNOLOGY, Value::Words([technology.into()].into()));
        }
        let boundary = if at == 0 {
            Some(0)
        } else if dice.one_in(8) {
            None
        } else {
            Some(1 + dice.index(2).unwrap())
        };
        model.components.push(Component { element, boundary, parent: None });
    }
    let ends = |dice: &mut Dice| dice.index(components).unwrap();
    let mut wanted = vec![(0, 1)];
    wanted.extend((2..u32::try_from(components).unwrap()).map(|at| (at - 1, at)));
    wanted.extend((0..dice.below(5)).map(|_| (ends(dice), ends(dice))));
    for (at, (source, target)) in wanted.into_iter().enumerate() {
        let id = format!("f{at}");
        model.flows.push(Flow { element: Element::new(&*id, &*id, HERE), source, target });
    }
    if dice.one_in(3) {
        let members = (1..u32::try_from(components).unwrap()).filter(|_| dice.one_in(2)).collect();
        model.runtimes.push(SharedRuntime {
            id: "host".into(),
            name: "host".into(),
            description: Box::default(),
            tags: Vec::new(),
            components: members,
            span: HERE,
        });
    }
    let rate = 2 + dice.below(8);
    for domain in Domain::ALL {
        for index in 0..model.count(domain) {
            let element = ElementRef::new(domain, index);
            for id in FactId::stated_on(domain) {
                let known = model.get(element).unwrap().fact(id).is_some();
                let link = matches!(id.definition().ty, FactType::References(_));
                if known || id == fact::TECHNOLOGY || id == fact::KIND || !dice.one_in(if link { 4 } else { rate }) {
                    continue;
                }
                if let Some(value) = some_value(dice, id, &model) {
                    state(model.get_mut(element).unwrap(), id, value);
                }
            }
            for _ in 0..dice.below(6) {
                if let Some(name) = some_control(dice, domain) {
                    let present = !dice.one_in(4);
                    control(&mut model, element, &name, present);
                }
            }
            if domain != Domain::System && dice.one_in(40) {
                let reason = OutOfScope { reason: "not ours".into(), span: HERE };
                model.get_mut(element).unwrap().out_of_scope = Some(reason);
            }
        }
    }
    model
}

/// Controls that no threat asks for in its condition. A few do, as for a trait of the architecture that brings troubles of
/// its own: a private link may be taken for encryption.
static PLAIN_CONTROLS: LazyLock<Vec<&'static Control>> = LazyLock::new(|| {
    let library = &LIBRARY.library;
    let conditions: String = library.threats.iter().map(|threat| &*threat.condition).collect();
    library.controls.iter().filter(|control| !conditions.contains(&format!("\"{}\"", control.id))).collect()
});

/// A control that can be stated on a kind of element.
pub(crate) fn some_control(dice: &mut Dice, domain: Domain) -> Option<String> {
    let fitting: Vec<&str> =
        PLAIN_CONTROLS.iter().filter(|control| control.on.contains(&domain)).map(|control| &*control.id).collect();
    (!fitting.is_empty()).then(|| dice.of(&fitting).to_owned())
}

fn some_value(dice: &mut Dice, id: FactId, model: &Model) -> Option<Value> {
    let symbol = |dice: &mut Dice, count: usize| u16::try_from(dice.below(count)).unwrap();
    Some(match id.definition().ty {
        FactType::Bool => Value::Bool(dice.one_in(2)),
        FactType::Enum(words) => Value::Symbol(symbol(dice, words.definition().values.len())),
        FactType::Set(words) => {
            let mut list: Vec<u16> =
                (0..1 + dice.below(2)).map(|_| symbol(dice, words.definition().values.len())).collect();
            list.sort_unstable();
            list.dedup();
            Value::Symbols(list.into())
        }
        FactType::References(domain) => {
            let count = u32::try_from(model.count(domain)).unwrap();
            Value::References((0..count).filter(|_| dice.one_in(3)).collect())
        }
        FactType::Number => Value::Number(i64::try_from(dice.below(100)).unwrap()),
        FactType::Text | FactType::Words | FactType::Technologies => return None,
    })
}

/// Analyses a model with room for all its paths.
pub(crate) fn analysed(model: &Model, decisions: &[Decision]) -> Analysis {
    let options = Options { max_paths: 200, ..Options::default() };
    analyse(model, &[], &LIBRARY.library, &Methodology::default(), decisions, &options)
}

/// A session on a model as it is written down.
pub(crate) fn session(model: &Model) -> Session {
    session_of(&vauban_format::write_model(model))
}

/// A session on a text in our own format.
pub(crate) fn session_of(text: &str) -> Session {
    let inputs = Inputs { model: "model.yaml".to_owned(), ..Inputs::default() };
    let project = load_project(&inputs, &mut |_| Ok(text.as_bytes().to_vec())).unwrap();
    Session::new(project, load(&[]), Options::default())
}
