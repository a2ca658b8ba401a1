//! A second opinion: conditions made of the vocabulary, and their truth worked out by plain search in the model, from the
//! words of `library/README.md` and without any of the machinery under test.

use vauban_model::model::{Element, ElementRef, Model, Value};
use vauban_model::vocabulary::{Domain, FACTS, FactId, FactType, RELATIONS, Relation};
use vauban_rules::library::Library;

use crate::dice::Dice;
use crate::support::{Drawing, at, value};

/// A condition as a test means it; [`Ask::text`] writes it down.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Constant(bool),
    Not(Box<Ask>),
    And(Vec<Ask>),
    Or(Vec<Ask>),
    Surely(Box<Ask>),
    Possibly(Box<Ask>),
    Known(Box<Ask>),
    KnownFact(Vec<Relation>, FactId),
    Yes(Vec<Relation>, FactId),
    Word(Vec<Relation>, FactId, &'static str, u16),
    In(Vec<Relation>, FactId, Vec<u16>),
    Number(Vec<Relation>, FactId, &'static str, i64),
    Contains(Vec<Relation>, FactId, u16),
    ContainsWord(Vec<Relation>, FactId, &'static str),
    Is(Vec<Relation>, Vec<&'static str>),
    Has(Vec<Relation>, &'static str),
    Tagged(Vec<Relation>, &'static str),
    Exists(Vec<Relation>, Relation, Box<Ask>),
    All(Vec<Relation>, Relation, Box<Ask>),
    Size(Vec<Relation>, Relation, &'static str, i64),
}

pub(crate) const TECHNOLOGIES: &[&str] = &["store", "database", "file-store", "server", "browser"];
const OPERATORS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];
const TAGS: &[&str] = &["core", "pci", "pci:cards"];
const WORDS: &[&str] = &["gdpr", "hipaa"];

/// What conditions may be made of.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    /// Facts that may be asked for.
    pub(crate) fact: fn(FactId) -> bool,
    /// Controls that may be asked for.
    pub(crate) controls: &'static [&'static str],
    /// Whether `surely`, `possibly` and `known` may be used.
    pub(crate) modal: bool,
}

impl Ask {
    /// Some condition on a kind of element.
    pub(crate) fn any(dice: &mut Dice, domain: Domain, depth: usize, palette: Palette) -> Ask {
        let inner = |dice: &mut Dice| Box::new(Ask::any(dice, domain, depth - 1, palette));
        if depth > 0 && !dice.one_in(3) {
            return match dice.below(if palette.modal { 8 } else { 5 }) {
                0 => Ask::Not(inner(dice)),
                1 => Ask::And((0..2 + dice.below(2)).map(|_| *inner(dice)).collect()),
                2 => Ask::Or((0..2 + dice.below(2)).map(|_| *inner(dice)).collect()),
                3 | 4 => Ask::related(dice, domain, depth, palette),
                5 => Ask::Surely(inner(dice)),
                6 => Ask::Possibly(inner(dice)),
                _ => Ask::Known(inner(dice)),
            };
        }
        Ask::leaf(dice, domain, palette)
    }

    fn related(dice: &mut Dice, domain: Domain, depth: usize, palette: Palette) -> Ask {
        let (walk, end) = walk(dice, domain);
        let many: Vec<Relation> = relations(end).filter(|relation| relation.definition().many).collect();
        if many.is_empty() {
            return Ask::leaf(dice, domain, palette);
        }
        let relation = dice.of(&many);
        let inner = Box::new(Ask::any(dice, relation.definition().to, depth - 1, palette));
        match dice.below(5) {
            0 | 1 => Ask::Exists(walk, relation, inner),
            2 | 3 => Ask::All(walk, relation, inner),
            _ => Ask::Size(walk, relation, dice.of(OPERATORS), i64::try_from(dice.below(4)).unwrap()),
        }
    }

    fn leaf(dice: &mut Dice, domain: Domain, palette: Palette) -> Ask {
        let (walk, end) = walk(dice, domain);
        match dice.below(12) {
            0 => Ask::Constant(dice.one_in(2)),
            1 => Ask::Has(walk, dice.of(palette.controls)),
            2 => Ask::Tagged(walk, dice.of(TAGS)),
            3 if end == Domain::Component => {
                Ask::Is(walk, (0..1 + dice.below(2)).map(|_| dice.of(TECHNOLOGIES)).collect())
            }
            _ => {
                let facts: Vec<FactId> =
                    facts_of(end).filter(|fact| (palette.fact)(*fact)).filter(|fact| askable(*fact)).collect();
                if facts.is_empty() {
                    return Ask::Constant(true);
                }
                let fact = dice.of(&facts);
                if palette.modal && dice.one_in(8) {
                    return Ask::KnownFact(walk, fact);
                }
                match fact.definition().ty {
                    FactType::Bool => Ask::Yes(walk, fact),
                    FactType::Number => {
                        Ask::Number(walk, fact, dice.of(OPERATORS), i64::try_from(dice.below(5)).unwrap())
                    }
                    FactType::Set(words) => Ask::Contains(walk, fact, some_word(dice, words.definition().values.len())),
                    FactType::Words => Ask::ContainsWord(walk, fact, dice.of(WORDS)),
                    FactType::Enum(words) => {
                        let count = words.definition().values.len();
                        if dice.one_in(3) {
                            let list = (0..dice.below(3)).map(|_| some_word(dice, count)).collect();
                            return Ask::In(walk, fact, list);
                        }
                        let operators = if words.definition().ordered { OPERATORS } else { &OPERATORS[..2] };
                        Ask::Word(walk, fact, dice.of(operators), some_word(dice, count))
                    }
                    _ => Ask::KnownFact(walk, fact),
                }
            }
        }
    }

    /// The condition as somebody would write it, about an element called like this.
    pub(crate) fn text(&self, variable: &str) -> String {
        let place = |walk: &[Relation]| {
            let mut text = variable.to_owned();
            walk.iter().for_each(|relation| text.push_str(&format!(".{}", relation.definition().id)));
            text
        };
        let fact = |walk: &[Relation], fact: FactId| format!("{}.{}", place(walk), fact.definition().id);
        let word = |fact: FactId, word: u16| match fact.definition().ty {
            FactType::Enum(words) | FactType::Set(words) => words.word(word),
            _ => "?",
        };
        let joined = |parts: &[Ask], mark: &str| {
            format!("({})", parts.iter().map(|part| part.text(variable)).collect::<Vec<_>>().join(mark))
        };
        let names = |list: &[&str]| list.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let inside = format!("{variable}x").replace("component", "c");
        match self {
            Ask::Constant(value) => value.to_string(),
            Ask::Not(inner) => format!("!({})", inner.text(variable)),
            Ask::And(parts) => joined(parts, " && "),
            Ask::Or(parts) => joined(parts, " || "),
            Ask::Surely(inner) => format!("surely({})", inner.text(variable)),
            Ask::Possibly(inner) => format!("possibly({})", inner.text(variable)),
            // A fact alone would mean the fact itself, which is not known where the walk leads nowhere.
            Ask::Known(inner) => format!("known(({}))", inner.text(variable)),
            Ask::KnownFact(walk, id) => format!("known({})", fact(walk, *id)),
            Ask::Yes(walk, id) => fact(walk, *id),
            Ask::Word(walk, id, operator, value) => format!("{} {operator} \"{}\"", fact(walk, *id), word(*id, *value)),
            Ask::In(walk, id, values) => {
                let values: Vec<&str> = values.iter().map(|value| word(*id, *value)).collect();
                format!("{} in [{}]", fact(walk, *id), names(&values))
            }
            Ask::Number(walk, id, operator, value) => format!("{} {operator} {value}", fact(walk, *id)),
            Ask::Contains(walk, id, value) => format!("\"{}\" in {}", word(*id, *value), fact(walk, *id)),
            Ask::ContainsWord(walk, id, word) => format!("\"{word}\" in {}", fact(walk, *id)),
            Ask::Is(walk, list) => format!("{}.is({})", place(walk), names(list)),
            Ask::Has(walk, control) => format!("{}.has(\"{control}\")", place(walk)),
            Ask::Tagged(walk, tag) => format!("{}.tagged(\"{tag}\")", place(walk)),
            Ask::Exists(walk, relation, inner) => {
                format!("{}.{}.exists({inside}, {})", place(walk), relation.definition().id, inner.text(&inside))
            }
            Ask::All(walk, relation, inner) => {
                format!("{}.{}.all({inside}, {})", place(walk), relation.definition().id, inner.text(&inside))
            }
            Ask::Size(walk, relation, operator, number) => {
                format!("{}.{}.size() {operator} {number}", place(walk), relation.definition().id)
            }
        }
    }
}

fn facts_of(domain: Domain) -> impl Iterator<Item = FactId> {
    (0u16..).zip(FACTS).filter(move |(_, fact)| fact.on.contains(&domain)).map(|(id, _)| FactId(id))
}

fn relations(domain: Domain) -> impl Iterator<Item = Relation> {
    (0u16..).zip(RELATIONS).filter(move |(_, relation)| relation.on == domain).map(|(id, _)| Relation(id))
}

/// Whether the language can ask for more than whether it is known.
fn askable(fact: FactId) -> bool {
    matches!(
        fact.definition().ty,
        FactType::Bool | FactType::Number | FactType::Set(_) | FactType::Words | FactType::Enum(_)
    )
}

fn some_word(dice: &mut Dice, count: usize) -> u16 {
    u16::try_from(dice.below(count)).unwrap()
}

/// A walk of at most two relations to one element each, and where it ends.
fn walk(dice: &mut Dice, domain: Domain) -> (Vec<Relation>, Domain) {
    let mut walk = Vec::new();
    let mut end = domain;
    while walk.len() < 2 && dice.one_in(3) {
        let one: Vec<Relation> = relations(end).filter(|relation| !relation.definition().many).collect();
        if one.is_empty() {
            break;
        }
        let relation = dice.of(&one);
        end = relation.definition().to;
        walk.push(relation);
    }
    (walk, end)
}

/// A small model about which a third of what could be said is said.
pub(crate) fn some_model(dice: &mut Dice) -> Model {
    let mut drawing = Drawing::new();
    for boundary in 0..dice.below(4) {
        let parent = if dice.one_in(2) { dice.index(boundary) } else { None };
        drawing.boundary(&format!("b{boundary}"), parent, &[]);
    }
    for data in 0..dice.below(4) {
        drawing.data(&format!("d{data}"), &[]);
    }
    for identity in 0..dice.below(4) {
        drawing.identity(&format!("i{identity}"), &[]);
    }
    let components = 1 + dice.below(5);
    for component in 0..components {
        let boundary = if dice.one_in(3) { None } else { dice.index(drawing.model.boundaries.len()) };
        drawing.component(&format!("c{component}"), boundary, &[]);
    }
    for _ in 0..dice.below(8) {
        let (source, target) = (dice.index(components).unwrap(), dice.index(components).unwrap());
        drawing.flow(source, target, &[]);
    }
    if dice.one_in(2) {
        let members: Vec<u32> = (0..u32::try_from(components).unwrap()).filter(|_| dice.one_in(2)).collect();
        drawing.runtime(&members);
    }
    for domain in Domain::ALL {
        for index in 0..drawing.model.count(domain) {
            let element = ElementRef::new(domain, index);
            for fact in FactId::stated_on(domain) {
                if dice.one_in(3) {
                    let value = some_value(dice, fact, &drawing.model);
                    let text = ids_of(&value);
                    drawing.fact(element, fact.definition().key, &text);
                }
            }
            for control in ["limits", "line-lock", "safe-writes", "secrecy"] {
                if dice.one_in(5) {
                    let present = dice.one_in(2);
                    drawing.control(element, control, present);
                }
            }
            if dice.one_in(4) {
                let tag = dice.of(&["core", "PCI:cards", "pci", "pcidss", "Core:x"]);
                drawing.element(element).tags.push(tag.into());
            }
            if domain != Domain::System && dice.one_in(10) {
                drawing.leave_out(element);
            }
        }
    }
    drawing.model
}

/// Some value of a fact as its words: a text that [`value`] understands.
pub(crate) fn some_value(dice: &mut Dice, fact: FactId, model: &Model) -> Vec<String> {
    let definition = fact.definition();
    let words = |words: &'static [&'static str], dice: &mut Dice| vec![dice.of(words).to_owned()];
    match (definition.id, definition.ty) {
        // A few protocols of each sort: encrypted, plain, either, and never leaving the machine.
        ("protocol", _) => words(&["https", "http", "tcp", "in-process"], dice),
        (_, FactType::Bool) => words(&["yes", "no"], dice),
        (_, FactType::Enum(list)) => words(list.definition().values, dice),
        (_, FactType::Set(list)) => (0..dice.below(3)).flat_map(|_| words(list.definition().values, dice)).collect(),
        (_, FactType::Number) => vec![dice.below(5).to_string()],
        (_, FactType::Text) => vec!["something".to_owned()],
        (_, FactType::Words) => words(&["gdpr", "GDPR", "pci"], dice),
        (_, FactType::Technologies) => {
            words(&["store", "db", "file-store", "server", "browser", "fancy-new-thing"], dice)
        }
        (_, FactType::References(domain)) => {
            (0..model.count(domain)).filter(|_| dice.one_in(2)).map(|index| index.to_string()).collect()
        }
    }
}

fn ids_of(parts: &[String]) -> String {
    let mut parts = parts.to_vec();
    parts.dedup();
    parts.join(",")
}

/// Some change that makes one unknown thing known: the element, the fact and its value.
pub(crate) fn some_answer(
    dice: &mut Dice,
    model: &Model,
    unknown: &[(ElementRef, FactId)],
) -> Option<(ElementRef, FactId, Value)> {
    let index = dice.index(unknown.len())?;
    let (element, fact) = unknown[index as usize];
    let text = ids_of(&some_value(dice, fact, model));
    Some((element, fact, value(fact, &text)))
}

/// The truth of a condition at an element; `None` when nobody knows.
pub(crate) struct Oracle<'a> {
    pub(crate) model: &'a Model,
    pub(crate) library: &'a Library,
}

/// Three values: known yes, known no, unknown.
type Maybe = Option<bool>;

impl Oracle<'_> {
    pub(crate) fn truth(&self, ask: &Ask, element: ElementRef) -> Maybe {
        let end = |walk: &[Relation]| self.end(element, walk);
        // Where a walk leads nowhere there is nothing that anything could be true of.
        let there = |walk: &[Relation], test: &dyn Fn(ElementRef) -> Maybe| end(walk).map_or(Some(false), test);
        match ask {
            Ask::Constant(value) => Some(*value),
            Ask::Not(inner) => self.truth(inner, element).map(|truth| !truth),
            Ask::And(parts) => all(parts.iter().map(|part| self.truth(part, element))),
            Ask::Or(parts) => any(parts.iter().map(|part| self.truth(part, element))),
            Ask::Surely(inner) => Some(self.truth(inner, element).unwrap_or(false)),
            Ask::Possibly(inner) => Some(self.truth(inner, element).unwrap_or(true)),
            Ask::Known(inner) => Some(self.truth(inner, element).is_some()),
            Ask::KnownFact(walk, fact) => there(walk, &|end| Some(self.value(end, *fact).is_some())),
            Ask::Yes(walk, fact) => there(walk, &|end| match self.value(end, *fact) {
                Some(Value::Bool(value)) => Some(value),
                _ => None,
            }),
            Ask::Word(walk, fact, operator, wanted) => {
                let equal = matches!(*operator, "==" | "!=");
                let test = |end: ElementRef| match self.value(end, *fact) {
                    Some(Value::Symbol(value)) => Some(compare(&value, if equal { "==" } else { operator }, wanted)),
                    _ => None,
                };
                let truth = there(walk, &test);
                if *operator == "!=" { truth.map(|truth| !truth) } else { truth }
            }
            Ask::In(walk, fact, wanted) => there(walk, &|end| match self.value(end, *fact) {
                Some(Value::Symbol(value)) => Some(wanted.contains(&value)),
                _ => None,
            }),
            Ask::Number(walk, fact, operator, wanted) => {
                let truth = there(walk, &|end| match self.value(end, *fact) {
                    Some(Value::Number(value)) => {
                        Some(compare(&value, if *operator == "!=" { "==" } else { operator }, wanted))
                    }
                    _ => None,
                });
                if *operator == "!=" { truth.map(|truth| !truth) } else { truth }
            }
            Ask::Contains(walk, fact, wanted) => there(walk, &|end| match self.value(end, *fact) {
                Some(Value::Symbols(values)) => Some(values.contains(wanted)),
                _ => None,
            }),
            Ask::ContainsWord(walk, fact, wanted) => there(walk, &|end| match self.value(end, *fact) {
                Some(Value::Words(values)) => Some(values.iter().any(|word| word.eq_ignore_ascii_case(wanted))),
                _ => None,
            }),
            Ask::Is(walk, wanted) => there(walk, &|end| self.is(end, wanted)),
            Ask::Has(walk, control) => there(walk, &|end| self.has(end, control)),
            Ask::Tagged(walk, tag) => there(walk, &|end| {
                let tags = &self.element(end).tags;
                Some(
                    tags.iter()
                        .map(|own| own.to_lowercase())
                        .any(|own| own == *tag || own.starts_with(&format!("{tag}:"))),
                )
            }),
            Ask::Exists(walk, relation, inner) => {
                there(walk, &|end| any(self.row(end, *relation).into_iter().map(|target| self.truth(inner, target))))
            }
            Ask::All(walk, relation, inner) => {
                there(walk, &|end| all(self.row(end, *relation).into_iter().map(|target| self.truth(inner, target))))
            }
            Ask::Size(walk, relation, operator, number) => {
                let truth = there(walk, &|end| {
                    let size = i64::try_from(self.row(end, *relation).len()).unwrap();
                    Some(compare(&size, if *operator == "!=" { "==" } else { operator }, number))
                });
                if *operator == "!=" { truth.map(|truth| !truth) } else { truth }
            }
        }
    }

    fn element(&self, element: ElementRef) -> &Element {
        self.model.get(element).unwrap()
    }

    fn end(&self, element: ElementRef, walk: &[Relation]) -> Option<ElementRef> {
        walk.iter().try_fold(element, |at, relation| self.row(at, *relation).first().copied())
    }

    /// What an element leads to, as the vocabulary describes each relation.
    fn row(&self, from: ElementRef, relation: Relation) -> Vec<ElementRef> {
        let model = self.model;
        let definition = relation.definition();
        let me = from.index;
        let all = |domain: Domain| (0..u32::try_from(model.count(domain)).unwrap()).collect::<Vec<u32>>();
        let refs = |element: ElementRef, key: &str| {
            self.element(element).references(FactId::of_key(element.domain, key).unwrap()).to_vec()
        };
        let own = |key: &str| refs(from, key);
        let others = |domain: Domain, key: &str| -> Vec<u32> {
            all(domain).into_iter().filter(|index| refs(at(domain, *index), key).contains(&me)).collect()
        };
        let flow = |index: u32| &model.flows[index as usize];
        let two_way = |index: u32| self.said(at(Domain::Flow, index), "two_way") == Some(Value::Bool(true));
        let flow_data = |index: u32| {
            let mut data = refs(at(Domain::Flow, index), "carries");
            data.extend(refs(at(Domain::Flow, index), "returns"));
            data
        };
        let inbound = |me: u32| {
            all(Domain::Flow).into_iter().filter(move |f| flow(*f).target == me || flow(*f).source == me && two_way(*f))
        };
        let outbound = |me: u32| {
            all(Domain::Flow).into_iter().filter(move |f| flow(*f).source == me || flow(*f).target == me && two_way(*f))
        };
        let crossed = |index: u32| {
            let (source, target) = (self.around(flow(index).source), self.around(flow(index).target));
            let mut list: Vec<u32> = source.iter().filter(|b| !target.contains(b)).copied().collect();
            list.extend(target.iter().filter(|b| !source.contains(b)));
            list.extend(refs(at(Domain::Flow, index), "crosses"));
            list
        };
        let mut list: Vec<u32> = match (definition.on, definition.id) {
            (Domain::Component, "inbound") => inbound(me).collect(),
            (Domain::Component, "outbound") => outbound(me).collect(),
            (Domain::Component, "boundary") => model.components[from.at()].boundary.into_iter().collect(),
            (Domain::Component, "boundaries") => self.around(me),
            (Domain::Component, "data") => {
                let mut data = own("stores");
                data.extend(own("handles"));
                data.extend(inbound(me).chain(outbound(me)).flat_map(flow_data));
                data
            }
            (Domain::Component, "administrators") => others(Domain::Identity, "may_administer"),
            (Domain::Component, "readers") => others(Domain::Identity, "may_read"),
            (Domain::Component, "writers") => others(Domain::Identity, "may_write"),
            // Who calls is not idle.
            (Domain::Component, "idle_sources") => own("idle_sources")
                .into_iter()
                .filter(|source| !model.flows.iter().any(|f| f.source == *source && f.target == me))
                .collect(),
            (Domain::Component, "runtime_neighbours") => {
                let shared = model.runtimes.iter().filter(|runtime| runtime.components.contains(&me));
                shared.flat_map(|runtime| runtime.components.iter().copied()).filter(|other| *other != me).collect()
            }
            (Domain::Flow, "source") => vec![flow(me).source],
            (Domain::Flow, "target") => vec![flow(me).target],
            (Domain::Flow, "data") => flow_data(me),
            (Domain::Flow, "crossed") => crossed(me),
            (Domain::Boundary, "parent") => model.boundaries[from.at()].parent.into_iter().collect(),
            (Domain::Boundary, "members") => all(Domain::Component)
                .into_iter()
                .filter(|c| model.components[*c as usize].boundary == Some(me))
                .collect(),
            (Domain::Boundary, "crossing") => {
                all(Domain::Flow).into_iter().filter(|f| crossed(*f).contains(&me)).collect()
            }
            (Domain::Data, "stored_in") => others(Domain::Component, "stores"),
            (Domain::Data, "handled_by") => others(Domain::Component, "handles"),
            (Domain::Data, "carried_by") => {
                all(Domain::Flow).into_iter().filter(|f| flow_data(*f).contains(&me)).collect()
            }
            (Domain::Identity, "used_by_components") => {
                let acting = others(Domain::Flow, "acts_as");
                let mut list = others(Domain::Component, "runs_as");
                list.extend(acting.into_iter().map(|f| flow(f).source));
                list
            }
            (Domain::Identity, "credentials") => others(Domain::Data, "unlocks"),
            (Domain::System, _) => all(definition.to),
            // All others are facts of the element itself.
            (_, key) => own(key),
        };
        let mut seen = Vec::new();
        list.retain(|index| {
            let new = !seen.contains(index);
            seen.push(*index);
            new
        });
        list.into_iter().map(|index| at(definition.to, index)).collect()
    }

    /// The boundaries around a component, innermost first.
    fn around(&self, component: u32) -> Vec<u32> {
        let mut list = Vec::new();
        let mut next = self.model.components[component as usize].boundary;
        while let Some(boundary) = next {
            list.push(boundary);
            next = self.model.boundaries[boundary as usize].parent;
        }
        list
    }

    /// The ids of the technologies a component is made of and of all that these are a kind of, nearest first.
    fn kinds_of(&self, component: ElementRef) -> Vec<&str> {
        let mut list: Vec<&str> = Vec::new();
        for word in self.element(component).words(vauban_model::vocabulary::fact::TECHNOLOGY) {
            let found = self.library.technologies.iter().find(|t| *t.id == **word || t.aliases.contains(word));
            list.extend(found.map(|technology| &*technology.id));
        }
        let mut next = 0;
        while next < list.len() {
            let technology = self.library.technologies.iter().find(|t| *t.id == *list[next]).unwrap();
            list.extend(technology.is.iter().map(|parent| &**parent));
            next += 1;
        }
        list
    }

    fn is(&self, component: ElementRef, wanted: &[&str]) -> Maybe {
        let own = self.kinds_of(component);
        if !own.is_empty() {
            return Some(own.iter().any(|technology| wanted.contains(technology)));
        }
        // Nothing is known of what it is made of, but a process is certainly no kind of store.
        let kind = self.said(component, "kind")?;
        let kinds: Vec<&str> = wanted
            .iter()
            .map(|wanted| match *wanted {
                "store" | "database" | "file-store" => "data-store",
                "server" => "process",
                _ => "external-entity",
            })
            .collect();
        let fact = FactId::of_key(Domain::Component, "kind").unwrap();
        kinds.iter().all(|other| value(fact, other) != kind).then_some(false)
    }

    /// What the model itself says of a fact.
    fn said(&self, element: ElementRef, key: &str) -> Option<Value> {
        self.element(element).fact(FactId::of_key(element.domain, key)?).map(|fact| fact.value.clone())
    }

    fn word(&self, element: ElementRef, key: &str) -> Option<&'static str> {
        let fact = FactId::of_key(element.domain, key)?;
        match (self.value(element, fact)?, fact.definition().ty) {
            (Value::Symbol(symbol), FactType::Enum(words)) => Some(words.word(symbol)),
            _ => None,
        }
    }

    /// The value of a fact: stated, the technology's default, or one of the derived facts worked out here.
    fn value(&self, element: ElementRef, fact: FactId) -> Option<Value> {
        if let Some(stated) = self.element(element).fact(fact) {
            return Some(stated.value.clone());
        }
        let id = fact.definition().id;
        let yes = |value: bool| Some(Value::Bool(value));
        let flow = || &self.model.flows[element.at()];
        match (element.domain, id) {
            (Domain::Component, "zone_trust") => self.around(element.index).into_iter().find_map(|boundary| {
                self.value(at(Domain::Boundary, boundary), FactId::of_key(Domain::Boundary, "trust").unwrap())
            }),
            (Domain::Component, "shares_runtime") => {
                let mut with = self.model.runtimes.iter().filter(|runtime| runtime.components.contains(&element.index));
                yes(with.any(|runtime| runtime.components.len() > 1))
            }
            (Domain::Component, "kind" | "encryption_at_rest" | "machine" | "accepts" | "used_by_people") => {
                let default = match (id, self.kinds_of(element).first().copied()?) {
                    ("kind", "store" | "database" | "file-store") => "data-store",
                    ("kind", "server") => "process",
                    ("kind", "browser") => "external-entity",
                    ("encryption_at_rest", "database") => "disk",
                    ("machine", "server") => "virtual",
                    ("accepts", "server") => "json",
                    ("used_by_people", "browser") => "yes",
                    _ => return None,
                };
                Some(value(fact, default))
            }
            (Domain::Boundary, "trust") => {
                (self.word(element, "kind") == Some("internet")).then(|| value(fact, "untrusted"))
            }
            (Domain::Flow, "crosses_boundary") => {
                let stated = self.element(element).references(FactId::of_key(Domain::Flow, "crosses").unwrap());
                let innermost = |component: u32| self.around(component).first().copied();
                yes(!stated.is_empty() || innermost(flow().source) != innermost(flow().target))
            }
            (Domain::Flow, "stays_local") => yes(self.word(element, "protocol") == Some("in-process")),
            (Domain::Flow, "encrypted") => match (self.word(element, "encryption"), self.word(element, "protocol")) {
                (Some(stated), _) => yes(stated != "none"),
                (None, Some("https")) => yes(true),
                (None, Some("http")) => yes(false),
                _ => None,
            },
            (Domain::Flow, "authenticated") => {
                let stated = self.word(element, "authentication")?;
                yes(!["none", "network-location"].contains(&stated))
            }
            (Domain::Flow, "authorised") => yes(self.word(element, "authorisation")? != "none"),
            (Domain::Flow, "from_person") => {
                let people = FactId::of_key(Domain::Component, "used_by_people").unwrap();
                yes(self.value(at(Domain::Component, flow().source), people) == Some(Value::Bool(true)))
            }
            (Domain::Data, "used") => {
                let mentions = |(domain, key): (Domain, &str)| {
                    let fact = FactId::of_key(domain, key).unwrap();
                    self.model.elements(domain).any(|(_, other)| other.references(fact).contains(&element.index))
                };
                let places = [
                    (Domain::Component, "stores"),
                    (Domain::Component, "handles"),
                    (Domain::Flow, "carries"),
                    (Domain::Flow, "returns"),
                ];
                yes(places.into_iter().any(mentions))
            }
            (Domain::Identity, "excess_privilege") => {
                let granted: Vec<u32> = ["may_use", "may_read", "may_write", "may_administer"]
                    .into_iter()
                    .flat_map(|key| self.element(element).references(FactId::of_key(Domain::Identity, key).unwrap()))
                    .copied()
                    .collect();
                if granted.is_empty() {
                    return yes(false);
                }
                let Value::References(needed) = self.said(element, "needs_only")? else { return None };
                yes(granted.iter().any(|component| !needed.contains(component)))
            }
            (_, "in_scope") => yes(self.in_scope(element)),
            _ => None,
        }
    }

    fn in_scope(&self, element: ElementRef) -> bool {
        let itself = self.element(element).in_scope();
        let boundary = |index: u32| self.model.boundaries[index as usize].element.in_scope();
        match element.domain {
            Domain::Component => itself && self.around(element.index).into_iter().all(boundary),
            Domain::Flow => {
                let flow = &self.model.flows[element.at()];
                itself && [flow.source, flow.target].iter().any(|end| self.in_scope(at(Domain::Component, *end)))
            }
            Domain::Boundary => {
                let parent = self.model.boundaries[element.at()].parent;
                itself && parent.is_none_or(|parent| self.in_scope(at(Domain::Boundary, parent)))
            }
            _ => itself,
        }
    }

    /// What is known about a control: said here, brought by the technology, said on the nearest boundary around that says
    /// anything, said on the system, shown by a fact.
    fn has(&self, element: ElementRef, control: &str) -> Maybe {
        let stated = |element: ElementRef| self.element(element).control(control).map(|statement| statement.present);
        if let Some(own) = stated(element) {
            return Some(own);
        }
        if control == "safe-writes"
            && element.domain == Domain::Component
            && self.kinds_of(element).contains(&"file-store")
        {
            return Some(true);
        }
        let around: Vec<u32> = match element.domain {
            Domain::Component => self.around(element.index),
            Domain::Boundary => {
                let mut list = Vec::new();
                let mut next = self.model.boundaries[element.at()].parent;
                while let Some(parent) = next {
                    list.push(parent);
                    next = self.model.boundaries[parent as usize].parent;
                }
                list
            }
            // A flow is inside what both its ends are inside of.
            Domain::Flow => {
                let flow = &self.model.flows[element.at()];
                let target = self.around(flow.target);
                self.around(flow.source).into_iter().filter(|boundary| target.contains(boundary)).collect()
            }
            _ => Vec::new(),
        };
        let inherited = around.into_iter().find_map(|boundary| stated(at(Domain::Boundary, boundary)));
        if let Some(inherited) = inherited.or_else(|| stated(ElementRef::SYSTEM)) {
            return Some(inherited);
        }
        match (control, element.domain) {
            ("secrecy", Domain::Flow) => match self.value(element, FactId::parse("encrypted").unwrap()) {
                Some(Value::Bool(encrypted)) => Some(encrypted),
                _ => None,
            },
            ("secrecy", Domain::Component) => {
                (self.word(element, "encryption_at_rest") == Some("none")).then_some(false)
            }
            _ => None,
        }
    }
}

/// Derived facts that the oracle works out for itself.
pub(crate) const DERIVED_HERE: &[&str] = &[
    "zone_trust",
    "shares_runtime",
    "crosses_boundary",
    "stays_local",
    "encrypted",
    "authenticated",
    "authorised",
    "from_person",
    "used",
    "excess_privilege",
    "in_scope",
];

fn all(parts: impl Iterator<Item = Maybe>) -> Maybe {
    let parts: Vec<Maybe> = parts.collect();
    if parts.contains(&Some(false)) {
        Some(false)
    } else if parts.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn any(parts: impl Iterator<Item = Maybe>) -> Maybe {
    let parts: Vec<Maybe> = parts.collect();
    if parts.contains(&Some(true)) {
        Some(true)
    } else if parts.contains(&None) {
        None
    } else {
        Some(false)
    }
}

fn compare<T: Ord>(left: &T, operator: &str, right: &T) -> bool {
    match operator {
        "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    }
}
