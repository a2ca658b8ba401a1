//! From a model to its text, the way a person would write it.

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use vauban_model::FileId;
use vauban_model::Span;
use vauban_model::model::{ControlStatement, Element, ElementRef, Flow, Model, OutOfScope, ScopeStatement, Value};
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};

use crate::arrow::Arrow;
use crate::body::{UNKNOWN, shorthand};
use crate::document::VERSION;
use crate::emit::{Out, write_block};
use crate::lists::{AN_ASSUMPTION, PLAIN_NOTE, THIRD_PARTY, THREAT, automatic_id, is_free_key};
use crate::names::{Ids, Names, slug};

/// Boundaries are written inside one another up to this depth; deeper ones are written flat, with `in`.
const DEEPEST: usize = 8;

type Entries = Vec<(String, Out)>;

/// Writes a model in our format: sections and facts in a fixed order, the short forms wherever they say the same.
///
/// Reading the text again gives the same model but for places, origins, and the order of facts and of controls within
/// an element (which mean nothing: both are then in the order in which they are written). What a model cannot say is
/// left out: facts whose value does not fit their type, references to elements that are not there.
pub fn write_model(model: &Model) -> String {
    let writer = Writer { model, names: Names::of_model(model), free_keys: RefCell::default() };
    let mut text = String::from("# A Vauban model. `vauban check` finds what can go wrong in it.\n");
    text.push_str(&format!("vauban: {VERSION}\n"));
    let sections: [(&str, Entries); 11] = [
        ("system", writer.system()),
        ("data", writer.elements(Domain::Data)),
        ("boundaries", writer.boundaries()),
        ("identities", writer.elements(Domain::Identity)),
        ("components", writer.components()),
        ("flows", writer.flows()),
        ("runtimes", writer.runtimes()),
        ("third_parties", writer.third_parties()),
        ("checkpoints", writer.checkpoints()),
        ("abuse_cases", writer.abuse_cases()),
        ("threats", writer.threats()),
    ];
    for (name, entries) in sections {
        push_section(&mut text, name, Out::Block(entries));
        if name == "checkpoints" {
            push_section(&mut text, "assumptions", Out::List(writer.assumptions()));
        }
    }
    push_section(&mut text, "notes", Out::List(writer.notes()));
    push_section(&mut text, "attack_trees", Out::Block(crate::attack_trees::written(model)));
    push_section(&mut text, "drawings", Out::Block(crate::drawings::written(model)));
    text
}

fn push_section(text: &mut String, name: &str, value: Out) {
    if matches!(&value, Out::Block(entries) if entries.is_empty())
        || matches!(&value, Out::List(items) if items.is_empty())
    {
        return;
    }
    text.push('\n');
    match value {
        // Every item on a line of its own, also where all of them would fit on one.
        Out::List(items) => {
            text.push_str(name);
            text.push_str(":\n");
            crate::emit::write_items(&items, 2, text);
        }
        value => write_block(&[(name.to_owned(), value)], 0, text),
    }
}

struct Writer<'m> {
    model: &'m Model,
    names: Names<'m>,
    /// Whether a key can stand among the known ones, by the key that gathers those which cannot, and the key.
    free_keys: RefCell<FxHashMap<(&'static str, String), bool>>,
}

impl Writer<'_> {
    fn system(&self) -> Entries {
        let (model, system) = (self.model, &self.model.system);
        let mut entries = vec![("name".to_owned(), Out::text(&system.name))];
        if *system.id != slug(&system.name, "system") {
            entries.push(("id".to_owned(), Out::text(&system.id)));
        }
        text(&mut entries, "description", &system.description);
        text(&mut entries, "business_context", &model.business_context);
        optional(&mut entries, "owner", system.owner.as_deref());
        self.facts(&mut entries, Domain::System, system, &[]);
        scope(&mut entries, "in_scope", &model.in_scope);
        scope(&mut entries, "out_of_scope", &model.out_of_scope);
        if let Some(excluded) = &system.out_of_scope {
            entries.push(("excluded".to_owned(), reason(excluded)));
        }
        controls(&mut entries, &system.controls);
        texts(&mut entries, "tags", &system.tags);
        extras(&mut entries, "extra", &system.extras);
        entries
    }

    /// What every element has, in the order in which it is written. `place` stands between the first facts and the rest.
    fn element(&self, domain: Domain, element: &Element, place: Entries, without: &[FactId]) -> Entries {
        let mut entries = Vec::new();
        if element.has_name() {
            entries.push(("name".to_owned(), Out::text(&element.name)));
        }
        text(&mut entries, "description", &element.description);
        optional(&mut entries, "owner", element.owner.as_deref());
        let first = [fact::KIND, fact::TECHNOLOGY, fact::BOUNDARY_KIND, fact::IDENTITY_KIND];
        for id in first {
            if domain_states(domain, id) && !without.contains(&id) {
                self.fact(&mut entries, element, id);
            }
        }
        entries.extend(place);
        let mut skipped = first.to_vec();
        skipped.extend(without);
        self.facts(&mut entries, domain, element, &skipped);
        controls(&mut entries, &element.controls);
        texts(&mut entries, "tags", &element.tags);
        if let Some(excluded) = &element.out_of_scope {
            entries.push(("out_of_scope".to_owned(), reason(excluded)));
        }
        extras(&mut entries, "extra", &element.extras);
        entries
    }

    /// The short form of an element that states nothing but the fact its bare word stands for.
    fn shortened(&self, domain: Domain, entries: Entries) -> Out {
        let key = shorthand(domain).map(|fact| fact.definition().key);
        match <[(String, Out); 1]>::try_from(entries) {
            Ok([(only, value)]) if Some(only.as_str()) == key && !matches!(value, Out::List(_)) => value,
            Ok(entries) => Out::Map(entries.into()),
            Err(entries) => Out::Map(entries),
        }
    }

    fn facts(&self, entries: &mut Entries, domain: Domain, element: &Element, without: &[FactId]) {
        for id in FactId::stated_on(domain).filter(|id| !without.contains(id)) {
            self.fact(entries, element, id);
        }
    }

    fn fact(&self, entries: &mut Entries, element: &Element, id: FactId) {
        if let Some(fact) = element.fact(id)
            && let Some(value) = self.value(id, &fact.value)
        {
            entries.push((id.definition().key.to_owned(), value));
        }
    }

    /// A value as text; `None` if it does not fit its fact.
    fn value(&self, id: FactId, value: &Value) -> Option<Out> {
        Some(match (id.definition().ty, value) {
            (FactType::Bool, Value::Bool(answer)) => Out::yes(*answer),
            // Bare also where the word is one that YAML might take for a yes or no: it reads better, and our reader
            // knows what it asked for.
            (FactType::Enum(enumeration), Value::Symbol(symbol)) => {
                Out::Bare((*enumeration.definition().values.get(usize::from(*symbol))?).to_owned())
            }
            (FactType::Set(enumeration), Value::Symbols(symbols)) => {
                let words = enumeration.definition().values;
                Out::texts(symbols.iter().filter_map(|symbol| words.get(usize::from(*symbol))))
            }
            (FactType::Number, Value::Number(number)) => Out::Bare(number.to_string()),
            (FactType::Text, Value::Text(text)) if &**text == UNKNOWN => Out::Quoted(text.to_string()),
            (FactType::Text, Value::Text(text)) => Out::text(text),
            (FactType::Technologies, Value::Words(words)) => match &**words {
                [word] if &**word == UNKNOWN => Out::Quoted(word.to_string()),
                [word] => Out::text(word),
                words => Out::texts(words),
            },
            (FactType::Words, Value::Words(words)) => Out::texts(&**words),
            (FactType::References(domain), Value::References(targets)) => self.references(domain, targets),
            _ => return None,
        })
    }

    fn references(&self, domain: Domain, targets: &[u32]) -> Out {
        let known = targets.iter().filter_map(|index| self.model.get(ElementRef { domain, index: *index }));
        Out::texts(known.map(|element| &element.id))
    }

    fn about(&self, elements: &[ElementRef]) -> Out {
        let known = elements.iter().filter_map(|element| Some((element, self.model.get(*element)?)));
        Out::texts(known.map(|(reference, element)| self.names.word(*reference, &element.id)))
    }

    fn elements(&self, domain: Domain) -> Entries {
        let entry = |element: &Element| {
            (element.id.to_string(), self.shortened(domain, self.element(domain, element, Vec::new(), &[])))
        };
        self.model.elements(domain).map(|(_, element)| entry(element)).collect()
    }

    fn components(&self) -> Entries {
        let model = self.model;
        let entry = |component: &vauban_model::model::Component| {
            let mut place = Vec::new();
            if let Some(boundary) = component.boundary.and_then(|at| model.boundaries.get(at as usize)) {
                place.push(("in".to_owned(), Out::text(&boundary.element.id)));
            }
            if let Some(whole) = component.parent.and_then(|at| model.components.get(at as usize)) {
                place.push(("part_of".to_owned(), Out::text(&whole.element.id)));
            }
            let entries = self.element(Domain::Component, &component.element, place, &[]);
            (component.element.id.to_string(), self.shortened(Domain::Component, entries))
        };
        model.components.iter().map(entry).collect()
    }

    /// Boundaries inside one another where that keeps their order; flat, with `in`, where it does not.
    fn boundaries(&self) -> Entries {
        let boundaries = &self.model.boundaries;
        let nested = self.is_nested();
        let own = |at: usize| -> Entries {
            let Some(boundary) = boundaries.get(at) else { return Vec::new() };
            let around = boundary.parent.filter(|_| !nested).and_then(|parent| boundaries.get(parent as usize));
            let place = around.map(|around| ("in".to_owned(), Out::text(&around.element.id)));
            self.element(Domain::Boundary, &boundary.element, place.into_iter().collect(), &[])
        };
        let id = |at: usize| boundaries.get(at).map(|b| b.element.id.to_string()).unwrap_or_default();
        let flat = |at: usize| (id(at), self.shortened(Domain::Boundary, own(at)));
        if !nested {
            return (0..boundaries.len()).map(flat).collect();
        }
        let mut children: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        let mut outermost = Vec::new();
        for (at, boundary) in boundaries.iter().enumerate() {
            match boundary.parent {
                Some(parent) => children.entry(parent as usize).or_default().push(at),
                None => outermost.push(at),
            }
        }
        outermost.into_iter().map(|at| nest(at, &children, &id, &own, &flat)).collect()
    }

    /// Whether the boundaries stand in the order in which nesting would be read, and not too deep.
    fn is_nested(&self) -> bool {
        let mut open: Vec<u32> = Vec::new();
        for (at, boundary) in (0u32..).zip(&self.model.boundaries) {
            match boundary.parent {
                None => open.clear(),
                Some(parent) => {
                    let Some(depth) = open.iter().position(|around| *around == parent) else { return false };
                    open.truncate(depth + 1);
                }
            }
            open.push(at);
            if open.len() > DEEPEST {
                return false;
            }
        }
        true
    }

    fn flows(&self) -> Entries {
        self.model.flows.iter().filter_map(|flow| self.flow(flow)).collect()
    }

    fn flow(&self, flow: &Flow) -> Option<(String, Out)> {
        let end = |at: u32| self.model.components.get(at as usize).map(|component| &*component.element.id);
        let (from, to) = (end(flow.source)?, end(flow.target)?);
        let element = &flow.element;
        let both = element.bool(fact::TWO_WAY) == Some(true);
        if let Some(key) = self.arrow(&element.id, from, to, both) {
            let without: &[FactId] = if both { &[fact::TWO_WAY] } else { &[] };
            let entries = self.element(Domain::Flow, element, Vec::new(), without);
            return Some((key, self.shortened(Domain::Flow, entries)));
        }
        let mut entries = vec![("from".to_owned(), Out::text(from)), ("to".to_owned(), Out::text(to))];
        entries.extend(self.element(Domain::Flow, element, Vec::new(), &[]));
        Some((element.id.to_string(), Out::Map(entries)))
    }

    /// The key that says a flow's id and ends at once, if there is one.
    fn arrow(&self, id: &str, from: &str, to: &str, two_way: bool) -> Option<String> {
        let rest = id.strip_prefix(from)?.strip_prefix("->")?.strip_prefix(to)?;
        let label = match rest {
            "" => None,
            rest => Some(rest.strip_prefix('(')?.strip_suffix(')')?),
        };
        let arrow = if two_way { "<->" } else { "->" };
        let key = match label {
            Some(label) => format!("{from} {arrow} {to} ({label})"),
            None => format!("{from} {arrow} {to}"),
        };
        // Another flow may have this very text as its id, and then needs it as its key.
        if self.names.find(Domain::Flow, &key).is_some() && key != id {
            return None;
        }
        // Ids with arrows, brackets or blanks at their ends may read differently: ask the reader.
        let read = Arrow::parse(&key, |id| self.names.find(Domain::Component, id))?;
        let same = (read.from, read.to, read.label, read.two_way) == (from, to, label, two_way) && read.id() == id;
        same.then_some(key)
    }

    fn runtimes(&self) -> Entries {
        let entry = |runtime: &vauban_model::model::SharedRuntime| {
            let mut entries = Vec::new();
            named(&mut entries, "name", &runtime.id, &runtime.name);
            text(&mut entries, "description", &runtime.description);
            texts(&mut entries, "tags", &runtime.tags);
            let components = self.references(Domain::Component, &runtime.components);
            if entries.is_empty() {
                return (runtime.id.to_string(), components);
            }
            if !runtime.components.is_empty() {
                entries.push(("components".to_owned(), components));
            }
            (runtime.id.to_string(), Out::Map(entries))
        };
        self.model.runtimes.iter().map(entry).collect()
    }

    fn third_parties(&self) -> Entries {
        let entry = |third: &vauban_model::model::ThirdParty| {
            let mut entries = Vec::new();
            named(&mut entries, "name", &third.id, &third.name);
            text(&mut entries, "provides", &third.provides);
            if !third.used_by.is_empty() {
                entries.push(("used_by".to_owned(), self.references(Domain::Component, &third.used_by)));
            }
            if !third.data.is_empty() {
                entries.push(("data".to_owned(), self.references(Domain::Data, &third.data)));
            }
            text(&mut entries, "when_down", &third.when_down);
            self.free(&mut entries, "notes", &third.notes, THIRD_PARTY);
            (third.id.to_string(), Out::Map(entries))
        };
        self.model.third_parties.iter().map(entry).collect()
    }

    fn checkpoints(&self) -> Entries {
        let entry = |checkpoint: &vauban_model::model::Checkpoint| {
            let key = if checkpoint.authenticates { "authenticates" } else { "authorises" };
            let mut entries = vec![(key.to_owned(), self.references(Domain::Component, &checkpoint.protects))];
            if let Some(by) = checkpoint.by.and_then(|at| self.model.components.get(at as usize)) {
                entries.push(("by".to_owned(), Out::text(&by.element.id)));
            }
            text(&mut entries, "how", &checkpoint.how);
            (checkpoint.id.to_string(), Out::Map(entries))
        };
        self.model.checkpoints.iter().map(entry).collect()
    }

    fn assumptions(&self) -> Vec<Out> {
        let mut ids = Ids::default();
        let mut items = Vec::new();
        let refuted = self.model.refuted.iter().map(|it| (it, false));
        for (assumption, holds) in self.model.assumptions.iter().map(|it| (it, true)).chain(refuted) {
            let mut entries = Vec::new();
            if automatic_id(&assumption.text, AN_ASSUMPTION, &mut ids) != assumption.id {
                entries.push(("id".to_owned(), Out::text(&assumption.id)));
            }
            ids.take(&assumption.id, NOWHERE);
            entries.push(("text".to_owned(), Out::text(&assumption.text)));
            if !assumption.about.is_empty() {
                entries.push(("about".to_owned(), self.about(&assumption.about)));
            }
            optional(&mut entries, "owner", assumption.owner.as_deref());
            if !holds {
                entries.push(("holds".to_owned(), Out::Bare("no".to_owned())));
            }
            items.push(match <[(String, Out); 1]>::try_from(entries) {
                Ok([(_, text)]) => text,
                Err(entries) => Out::Map(entries),
            });
        }
        items
    }

    fn abuse_cases(&self) -> Entries {
        let entry = |case: &vauban_model::model::AbuseCase| {
            let mut entries = Vec::new();
            named(&mut entries, "name", &case.id, &case.name);
            if entries.is_empty() && case.about.is_empty() {
                return (case.id.to_string(), Out::text(&case.text));
            }
            entries.push(("text".to_owned(), Out::text(&case.text)));
            if !case.about.is_empty() {
                entries.push(("about".to_owned(), self.about(&case.about)));
            }
            (case.id.to_string(), Out::Map(entries))
        };
        self.model.abuse_cases.iter().map(entry).collect()
    }

    fn notes(&self) -> Vec<Out> {
        let item = |note: &vauban_model::model::Note| {
            let plain = &*note.kind == PLAIN_NOTE;
            if plain && note.text.is_empty() {
                return Out::text(&note.title);
            }
            let mut entries = Vec::new();
            if !plain {
                entries.push(("kind".to_owned(), Out::text(&note.kind)));
            }
            text(&mut entries, "title", &note.title);
            text(&mut entries, "text", &note.text);
            Out::Map(entries)
        };
        self.model.notes.iter().map(item).collect()
    }

    fn threats(&self) -> Entries {
        let entry = |threat: &vauban_model::model::RecordedThreat| {
            let mut entries = Vec::new();
            named(&mut entries, "title", &threat.id, &threat.title);
            text(&mut entries, "description", &threat.description);
            texts(&mut entries, "categories", &threat.categories);
            if !threat.elements.is_empty() {
                entries.push(("about".to_owned(), self.about(&threat.elements)));
            }
            text(&mut entries, "severity", &threat.severity);
            text(&mut entries, "status", &threat.status);
            text(&mut entries, "mitigation", &threat.mitigation);
            if !threat.cwe.is_empty() {
                let numbers = threat.cwe.iter().map(|number| Out::Bare(number.to_string())).collect();
                entries.push(("cwe".to_owned(), Out::List(numbers)));
            }
            self.free(&mut entries, "extra", &threat.extras, THREAT);
            (threat.id.to_string(), Out::Map(entries))
        };
        self.model.recorded_threats.iter().map(entry).collect()
    }

    /// Free keys among the known ones where nobody could confuse them, else under a key of their own.
    fn free(&self, entries: &mut Entries, rest: &'static str, values: &[(Box<str>, Box<str>)], known: &[&str]) {
        let mut keys: Vec<&str> = values.iter().map(|(key, _)| &**key).collect();
        keys.sort_unstable();
        let distinct = keys.windows(2).all(|two| two[0] != two[1]);
        if distinct && values.len() <= 32 && keys.iter().all(|key| self.is_free(rest, key, known)) {
            entries.extend(values.iter().map(|(key, value)| (key.to_string(), Out::text(value))));
        } else {
            extras(entries, rest, values);
        }
    }

    /// Thousands of imported threats have the same few extra keys: each is looked at once.
    fn is_free(&self, rest: &'static str, key: &str, known: &[&str]) -> bool {
        let mut seen = self.free_keys.borrow_mut();
        *seen.entry((rest, key.to_owned())).or_insert_with(|| is_free_key(key, known))
    }
}

/// A place for ids that come from no file.
const NOWHERE: Span = Span { file: FileId(u32::MAX), line: 1, column: 1, length: 0 };

/// A boundary with what is inside it. At most [`DEEPEST`] deep.
fn nest(
    at: usize,
    children: &FxHashMap<usize, Vec<usize>>,
    id: &impl Fn(usize) -> String,
    own: &impl Fn(usize) -> Entries,
    flat: &impl Fn(usize) -> (String, Out),
) -> (String, Out) {
    let Some(inside) = children.get(&at) else { return flat(at) };
    let mut entries = own(at);
    let inside = inside.iter().map(|child| nest(*child, children, id, own, flat)).collect();
    entries.push(("boundaries".to_owned(), Out::Block(inside)));
    (id(at), Out::Block(entries))
}

fn domain_states(domain: Domain, id: FactId) -> bool {
    id.definition().on.contains(&domain)
}

fn text(entries: &mut Entries, key: &str, value: &str) {
    if !value.is_empty() {
        entries.push((key.to_owned(), Out::text(value)));
    }
}

fn optional(entries: &mut Entries, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        entries.push((key.to_owned(), Out::text(value)));
    }
}

fn texts(entries: &mut Entries, key: &str, values: &[Box<str>]) {
    if !values.is_empty() {
        entries.push((key.to_owned(), Out::texts(values)));
    }
}

fn named(entries: &mut Entries, key: &str, id: &str, name: &str) {
    if id != name {
        entries.push((key.to_owned(), Out::text(name)));
    }
}

fn reason(excluded: &OutOfScope) -> Out {
    if excluded.reason.is_empty() { Out::yes(true) } else { Out::text(&excluded.reason) }
}

fn scope(entries: &mut Entries, key: &str, statements: &[ScopeStatement]) {
    let item = |statement: &ScopeStatement| {
        if statement.why.is_empty() {
            return Out::text(&statement.what);
        }
        Out::Map(vec![("what".to_owned(), Out::text(&statement.what)), ("why".to_owned(), Out::text(&statement.why))])
    };
    if !statements.is_empty() {
        entries.push((key.to_owned(), Out::List(statements.iter().map(item).collect())));
    }
}

/// Statements on controls: two lists where they say nothing but yes and no, else a mapping.
fn controls(entries: &mut Entries, statements: &[ControlStatement]) {
    if statements.iter().any(|statement| statement.note.is_some()) {
        let all = statements.iter().map(|statement| (statement.control.to_string(), control(statement))).collect();
        entries.push(("controls".to_owned(), Out::Map(all)));
        return;
    }
    for (key, present) in [("controls", true), ("lacks", false)] {
        let mut listed = statements.iter().filter(|statement| statement.present == present).peekable();
        if listed.peek().is_some() {
            entries.push((key.to_owned(), Out::texts(listed.map(|statement| &statement.control))));
        }
    }
}

fn control(statement: &ControlStatement) -> Out {
    match &statement.note {
        None => Out::yes(statement.present),
        Some(note) if statement.present && &**note == UNKNOWN => Out::Quoted(note.to_string()),
        Some(note) if statement.present => Out::text(note),
        Some(note) => Out::Map(vec![("present".to_owned(), Out::yes(false)), ("note".to_owned(), Out::text(note))]),
    }
}

/// Keys with texts: a mapping, or a list of mappings where a key comes twice.
fn pairs(pairs: &[(Box<str>, Box<str>)]) -> Out {
    let pair = |(key, value): &(Box<str>, Box<str>)| (key.to_string(), Out::text(value));
    let mut keys: Vec<&str> = pairs.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|two| two[0] == two[1]) {
        Out::List(pairs.iter().map(|it| Out::Map(vec![pair(it)])).collect())
    } else {
        Out::Map(pairs.iter().map(pair).collect())
    }
}

fn extras(entries: &mut Entries, key: &str, values: &[(Box<str>, Box<str>)]) {
    if !values.is_empty() {
        entries.push((key.to_owned(), pairs(values)));
    }
}
