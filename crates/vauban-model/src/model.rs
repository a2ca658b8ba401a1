//! The architecture: one model, every fact with the place it came from.

use crate::attack_tree::AttackTree;
use crate::drawing::Drawing;
use crate::span::Span;
use crate::vocabulary::{Domain, EnumId, FactId, FactType, fact};

/// An element of a model: its kind and its index in that kind's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementRef {
    /// The kind.
    pub domain: Domain,
    /// The index in the model's list of that kind; 0 for the system.
    pub index: u32,
}

impl ElementRef {
    /// The whole system.
    pub const SYSTEM: ElementRef = ElementRef { domain: Domain::System, index: 0 };

    /// The element at an index of a kind's list.
    pub fn new(domain: Domain, index: usize) -> Self {
        ElementRef { domain, index: u32::try_from(index).unwrap_or(u32::MAX) }
    }

    /// The index as a `usize`.
    pub fn at(self) -> usize {
        self.index as usize
    }
}

/// How a fact came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The model says so, at the fact's place.
    Stated,
    /// A reader concluded it from the input, at the fact's place.
    Imported,
    /// Somebody answered a question or corrected it in the overlay.
    Answered,
    /// The technology behaves so unless told otherwise; the place is where the technology is stated.
    Default,
    /// Vauban computed it from other facts; the place is the element's.
    Derived,
}

impl Origin {
    /// The words shown behind a fact.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Stated => "stated",
            Origin::Imported => "imported",
            Origin::Answered => "answered",
            Origin::Default => "the technology's default",
            Origin::Derived => "derived",
        }
    }
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A word of the fact's enumeration, by position.
    Symbol(u16),
    /// Several words of the fact's enumeration, by position, sorted.
    Symbols(Box<[u16]>),
    /// A whole number.
    Number(i64),
    /// Free text.
    Text(Box<str>),
    /// Free words or technology names.
    Words(Box<[Box<str>]>),
    /// Elements of the kind the fact's type names, by index, in the order stated.
    References(Box<[u32]>),
}

/// One thing known about an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Which fact of the vocabulary.
    pub id: FactId,
    /// Its value; the variant fits the fact's type.
    pub value: Value,
    /// How it came to be known.
    pub origin: Origin,
    /// Where it stands.
    pub span: Span,
}

/// A control that somebody says is there, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlStatement {
    /// The control's id in the library.
    pub control: Box<str>,
    /// Whether it is implemented.
    pub present: bool,
    /// How that came to be known.
    pub origin: Origin,
    /// Where it stands.
    pub span: Span,
    /// How it is implemented, in the model's words.
    pub note: Option<Box<str>>,
}

/// Why something is left out of the analysis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfScope {
    /// The reason given; empty when none was.
    pub reason: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// Whether a name has the looks of those that programs make.
fn is_of_a_program(name: &str) -> bool {
    let is_sign = |letter: char| letter.is_numeric() || matches!(letter, '-' | '_' | '>' | '.' | ':' | '/' | '#');
    let changes = |(before, after): (char, char)| before.is_lowercase() && after.is_uppercase();
    name.contains(is_sign) || name.chars().zip(name.chars().skip(1)).any(changes)
}

/// What all elements have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Stable, unique within its kind; an imported element keeps its native address.
    pub id: Box<str>,
    /// The name shown to people; the id when none is given.
    pub name: Box<str>,
    /// Whether somebody gave a name that happens to be the id. Only then is an id that is also the name one to show: the
    /// others were made by machine. Never set where the name is another text than the id.
    pub named_as_id: bool,
    /// Free description.
    pub description: Box<str>,
    /// Where the element starts.
    pub span: Span,
    /// Who owns it.
    pub owner: Option<Box<str>>,
    /// Free tags.
    pub tags: Vec<Box<str>>,
    /// What is known about it, at most one entry per fact.
    pub facts: Vec<Fact>,
    /// Controls said to be there or not, at most one entry per control.
    pub controls: Vec<ControlStatement>,
    /// Set when it is left out of the analysis.
    pub out_of_scope: Option<OutOfScope>,
    /// What a foreign format said that has no place of its own here: key, value as text. Kept and written back.
    pub extras: Vec<(Box<str>, Box<str>)>,
}

impl Element {
    /// An element of which nothing is known but its name and place.
    pub fn new(id: impl Into<Box<str>>, name: impl Into<Box<str>>, span: Span) -> Self {
        Element {
            id: id.into(),
            name: name.into(),
            named_as_id: false,
            description: Box::default(),
            span,
            owner: None,
            tags: Vec::new(),
            facts: Vec::new(),
            controls: Vec::new(),
            out_of_scope: None,
            extras: Vec::new(),
        }
    }

    /// Says that somebody gave this name, though it may be the very text of the id.
    pub fn named_by_somebody(&mut self) {
        self.named_as_id = self.name == self.id;
    }

    /// The same of the name and the id that a file gives. A name that only repeats that id is somebody's where it reads like
    /// words (`place order`); `flow-3`, `a->b` and `placeOrder` are a program's.
    pub fn named_by(&mut self, name: Option<&str>, id: Option<&str>) {
        if name.is_some_and(|name| id != Some(name) || !is_of_a_program(name)) {
            self.named_by_somebody();
        }
    }

    /// Whether the element has a name beside its id.
    pub fn has_name(&self) -> bool {
        self.name != self.id || self.named_as_id
    }

    /// The fact, if known.
    pub fn fact(&self, id: FactId) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.id == id)
    }

    /// The value of a yes/no fact, if known.
    pub fn bool(&self, id: FactId) -> Option<bool> {
        match self.fact(id)?.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The position of an enumeration fact, if known.
    pub fn symbol(&self, id: FactId) -> Option<u16> {
        match self.fact(id)?.value {
            Value::Symbol(value) => Some(value),
            _ => None,
        }
    }

    /// The word of an enumeration fact, if known.
    pub fn word(&self, id: FactId) -> Option<&'static str> {
        let FactType::Enum(enumeration) = id.definition().ty else { return None };
        Some(enumeration.word(self.symbol(id)?))
    }

    /// The positions of a set fact; empty when unknown.
    pub fn symbols(&self, id: FactId) -> &[u16] {
        match self.fact(id).map(|fact| &fact.value) {
            Some(Value::Symbols(values)) => values,
            _ => &[],
        }
    }

    /// The words of a free list or technology fact; empty when unknown.
    pub fn words(&self, id: FactId) -> &[Box<str>] {
        match self.fact(id).map(|fact| &fact.value) {
            Some(Value::Words(values)) => values,
            _ => &[],
        }
    }

    /// The elements a reference fact names; empty when unknown.
    pub fn references(&self, id: FactId) -> &[u32] {
        match self.fact(id).map(|fact| &fact.value) {
            Some(Value::References(values)) => values,
            _ => &[],
        }
    }

    /// States a fact; a fact already there is replaced.
    pub fn set(&mut self, fact: Fact) {
        match self.facts.iter_mut().find(|known| known.id == fact.id) {
            Some(known) => *known = fact,
            None => self.facts.push(fact),
        }
    }

    /// States whether a control is there; an earlier statement on the same control is replaced.
    pub fn set_control(&mut self, statement: ControlStatement) {
        match self.controls.iter_mut().find(|known| known.control == statement.control) {
            Some(known) => *known = statement,
            None => self.controls.push(statement),
        }
    }

    /// What is said about a control on this very element.
    pub fn control(&self, control: &str) -> Option<&ControlStatement> {
        self.controls.iter().find(|statement| &*statement.control == control)
    }

    /// Whether the element is analysed.
    pub fn in_scope(&self) -> bool {
        self.out_of_scope.is_none()
    }
}

/// The position of a word in an enumeration-typed fact's enumeration.
pub fn symbol_of(id: FactId, word: &str) -> Option<u16> {
    match id.definition().ty {
        FactType::Enum(enumeration) | FactType::Set(enumeration) => enumeration.parse(word),
        _ => None,
    }
}

/// The enumeration of an enumeration- or set-typed fact.
pub fn enumeration_of(id: FactId) -> Option<EnumId> {
    match id.definition().ty {
        FactType::Enum(enumeration) | FactType::Set(enumeration) => Some(enumeration),
        _ => None,
    }
}

/// A process, data store or external entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Name, facts, controls.
    pub element: Element,
    /// Its innermost trust boundary.
    pub boundary: Option<u32>,
    /// The component it is a part of, where the input knows parts.
    pub parent: Option<u32>,
}

/// A data flow between two components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Name, facts, controls.
    pub element: Element,
    /// The component it starts at.
    pub source: u32,
    /// The component it ends at.
    pub target: u32,
}

/// A trust boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// Name, facts, controls.
    pub element: Element,
    /// The boundary around it. Never cyclic: readers break cycles and say so.
    pub parent: Option<u32>,
}

/// A host, platform or server process that several components share, across boundaries if need be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedRuntime {
    /// Stable id.
    pub id: Box<str>,
    /// Name for people.
    pub name: Box<str>,
    /// Description.
    pub description: Box<str>,
    /// Tags.
    pub tags: Vec<Box<str>>,
    /// Components it runs, by index.
    pub components: Vec<u32>,
    /// Where it stands.
    pub span: Span,
}

/// Somebody else's product or service that the system depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThirdParty {
    /// Stable id.
    pub id: Box<str>,
    /// Name for people.
    pub name: Box<str>,
    /// What it provides.
    pub provides: Box<str>,
    /// Components that depend on it, by index.
    pub used_by: Vec<u32>,
    /// Data it gets to see, by index.
    pub data: Vec<u32>,
    /// What the system loses when it is down.
    pub when_down: Box<str>,
    /// Free remarks: contract, assurance, owner.
    pub notes: Vec<(Box<str>, Box<str>)>,
    /// Where it stands.
    pub span: Span,
}

/// A place where callers are authenticated or authorised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Stable id.
    pub id: Box<str>,
    /// True: proves who somebody is. False: decides what somebody may do.
    pub authenticates: bool,
    /// The components that stand behind it, by index.
    pub protects: Vec<u32>,
    /// The component that does the check, by index, if modelled.
    pub by: Option<u32>,
    /// How, in the model's words.
    pub how: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// Something taken for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// Stable id.
    pub id: Box<str>,
    /// What is assumed.
    pub text: Box<str>,
    /// What it is about.
    pub about: Vec<ElementRef>,
    /// Who vouches for it.
    pub owner: Option<Box<str>>,
    /// Where it stands.
    pub span: Span,
}

/// What an attacker or a misusing user would like to do, told by people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbuseCase {
    /// Stable id.
    pub id: Box<str>,
    /// Short name.
    pub name: Box<str>,
    /// The story.
    pub text: Box<str>,
    /// What it is about.
    pub about: Vec<ElementRef>,
    /// Where it stands.
    pub span: Span,
}

/// Something named in the system's scope statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeStatement {
    /// What is in or out.
    pub what: Box<str>,
    /// Why; empty for what is in scope.
    pub why: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// Free notes of a model: a heading and its text, such as questions and answers or security requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind of note, such as `question` or `security-requirement`.
    pub kind: Box<str>,
    /// Heading.
    pub title: Box<str>,
    /// Text; empty for an open question.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// A threat that people or another tool wrote down by hand; kept as it stands beside ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedThreat {
    /// Stable id.
    pub id: Box<str>,
    /// Title.
    pub title: Box<str>,
    /// Description.
    pub description: Box<str>,
    /// STRIDE letters or another method's categories, as written.
    pub categories: Vec<Box<str>>,
    /// The elements it is about.
    pub elements: Vec<ElementRef>,
    /// Severity as written.
    pub severity: Box<str>,
    /// Status as written.
    pub status: Box<str>,
    /// What is done about it.
    pub mitigation: Box<str>,
    /// CWE numbers it names.
    pub cwe: Vec<u32>,
    /// Everything else the source said: key, value.
    pub extras: Vec<(Box<str>, Box<str>)>,
    /// Where it stands.
    pub span: Span,
}

/// One architecture, as read: nothing computed, nothing decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The system: its name, owner, criticality, facts and controls that hold everywhere.
    pub system: Element,
    /// What the business uses it for.
    pub business_context: Box<str>,
    /// What is in scope, in words.
    pub in_scope: Vec<ScopeStatement>,
    /// What is out of scope, and why.
    pub out_of_scope: Vec<ScopeStatement>,
    /// Components.
    pub components: Vec<Component>,
    /// Data flows.
    pub flows: Vec<Flow>,
    /// Trust boundaries.
    pub boundaries: Vec<Boundary>,
    /// Data assets.
    pub data: Vec<Element>,
    /// Identities and roles.
    pub identities: Vec<Element>,
    /// Shared runtimes.
    pub runtimes: Vec<SharedRuntime>,
    /// Third parties.
    pub third_parties: Vec<ThirdParty>,
    /// Authentication and authorisation checkpoints.
    pub checkpoints: Vec<Checkpoint>,
    /// Assumptions.
    pub assumptions: Vec<Assumption>,
    /// What somebody might take for granted and a person says is not so.
    pub refuted: Vec<Assumption>,
    /// Abuse cases.
    pub abuse_cases: Vec<AbuseCase>,
    /// Notes.
    pub notes: Vec<Note>,
    /// Threats recorded by people or other tools.
    pub recorded_threats: Vec<RecordedThreat>,
    /// Attack trees that people drew.
    pub attack_trees: Vec<AttackTree>,
    /// How it was drawn, one entry for each diagram; empty for what was not drawn.
    pub drawings: Vec<Drawing>,
    /// It was read from infrastructure code or cloud state, which says nothing of what data is worth: what it does not
    /// say there is unknown, and not absent.
    pub from_code: bool,
}

impl Model {
    /// An empty model of a system.
    pub fn new(system: Element) -> Self {
        Model {
            system,
            business_context: Box::default(),
            in_scope: Vec::new(),
            out_of_scope: Vec::new(),
            components: Vec::new(),
            flows: Vec::new(),
            boundaries: Vec::new(),
            data: Vec::new(),
            identities: Vec::new(),
            runtimes: Vec::new(),
            third_parties: Vec::new(),
            checkpoints: Vec::new(),
            assumptions: Vec::new(),
            refuted: Vec::new(),
            abuse_cases: Vec::new(),
            notes: Vec::new(),
            recorded_threats: Vec::new(),
            attack_trees: Vec::new(),
            drawings: Vec::new(),
            from_code: false,
        }
    }

    /// How many elements of a kind there are.
    pub fn count(&self, domain: Domain) -> usize {
        match domain {
            Domain::System => 1,
            Domain::Component => self.components.len(),
            Domain::Flow => self.flows.len(),
            Domain::Boundary => self.boundaries.len(),
            Domain::Data => self.data.len(),
            Domain::Identity => self.identities.len(),
        }
    }

    /// The element, if the reference belongs to this model.
    pub fn get(&self, element: ElementRef) -> Option<&Element> {
        let at = element.at();
        match element.domain {
            Domain::System => (at == 0).then_some(&self.system),
            Domain::Component => self.components.get(at).map(|c| &c.element),
            Domain::Flow => self.flows.get(at).map(|f| &f.element),
            Domain::Boundary => self.boundaries.get(at).map(|b| &b.element),
            Domain::Data => self.data.get(at),
            Domain::Identity => self.identities.get(at),
        }
    }

    /// The element to change, if the reference belongs to this model.
    pub fn get_mut(&mut self, element: ElementRef) -> Option<&mut Element> {
        let at = element.at();
        match element.domain {
            Domain::System => (at == 0).then_some(&mut self.system),
            Domain::Component => self.components.get_mut(at).map(|c| &mut c.element),
            Domain::Flow => self.flows.get_mut(at).map(|f| &mut f.element),
            Domain::Boundary => self.boundaries.get_mut(at).map(|b| &mut b.element),
            Domain::Data => self.data.get_mut(at),
            Domain::Identity => self.identities.get_mut(at),
        }
    }

    /// The element's name for people; `?` for a reference from another model.
    pub fn name(&self, element: ElementRef) -> &str {
        self.get(element).map_or("?", |e| &e.name)
    }

    /// The element's id; `?` for a reference from another model.
    pub fn id(&self, element: ElementRef) -> &str {
        self.get(element).map_or("?", |e| &e.id)
    }

    /// Every element of a kind, in order.
    pub fn elements(&self, domain: Domain) -> impl Iterator<Item = (ElementRef, &Element)> {
        (0..self.count(domain)).filter_map(move |index| {
            let element = ElementRef::new(domain, index);
            self.get(element).map(|e| (element, e))
        })
    }

    /// Whether an element is analysed: a flow when one of its ends is, everything else unless it is marked out of
    /// scope or lies in a boundary that is.
    pub fn in_scope(&self, element: ElementRef) -> bool {
        let Some(this) = self.get(element) else { return false };
        if !this.in_scope() {
            return false;
        }
        match element.domain {
            Domain::Flow => {
                let flow = &self.flows[element.at()];
                self.in_scope(ElementRef { domain: Domain::Component, index: flow.source })
                    || self.in_scope(ElementRef { domain: Domain::Component, index: flow.target })
            }
            Domain::Component => {
                let mut boundary = self.components[element.at()].boundary;
                // Readers break cycles, but a model built in memory may hold one: never loop longer than there are boundaries.
                for _ in 0..=self.boundaries.len() {
                    let Some(at) = boundary else { return true };
                    let Some(around) = self.boundaries.get(at as usize) else { return true };
                    if !around.element.in_scope() {
                        return false;
                    }
                    boundary = around.parent;
                }
                true
            }
            _ => true,
        }
    }

    /// The system's criticality as a position in the `importance` enumeration, if known.
    pub fn criticality(&self) -> Option<u16> {
        self.system.symbol(fact::CRITICALITY)
    }
}

#[cfg(test)]
mod tests {
    use super::Element;
    use crate::{FileId, Span};

    #[test]
    fn a_name_that_repeats_the_id_is_somebodys_where_it_reads_like_words() {
        let named = |id: &str, name: Option<&str>, given: Option<&str>| {
            let mut element = Element::new(id, name.unwrap_or(id), Span::new(FileId(0), 1, 1, 0));
            element.named_by(name, given);
            element.named_as_id
        };
        for name in ["invoice", "place order", "Place Order", "账单", "API"] {
            assert!(named(name, Some(name), Some(name)), "{name}");
        }
        for name in ["flow-3", "a->b", "place_order", "placeOrder", "f1"] {
            assert!(!named(name, Some(name), Some(name)), "{name}");
            assert!(named(name, Some(name), None), "{name}: our own id was made from the name");
        }
        assert!(!named("invoice", None, None), "nobody gave a name");
        assert!(!named("invoice", None, Some("invoice")));
    }
}
