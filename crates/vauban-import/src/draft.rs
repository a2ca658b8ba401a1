//! The model while it is put together: ids that stay unique, references that find their element, facts with a place.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::finding::Decision;
use vauban_model::model::{
    Component, Element, ElementRef, Fact, Model, Note, Origin, OutOfScope, RecordedThreat, Value, symbol_of,
};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_model::{Diagnostic, FileId, Span};

use crate::extras::{Extras, keep, text_of};
use crate::log::{Log, short};
use crate::prose::symbol_said;
use crate::raw::{At, Flag, List, Text};
use crate::{Format, Imported, ImportedDecision};

/// What has ids of its own, beside the kinds of element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Space {
    /// Elements of a kind.
    Element(Domain),
    /// Shared runtimes.
    Runtime,
    /// Abuse cases.
    AbuseCase,
    /// Recorded threats.
    Threat,
    /// Attack trees.
    AttackTree,
    /// Drawings.
    Drawing,
}

/// How many bytes of text may be repeated for elements that share a definition. A file of a few megabytes could
/// otherwise ask for a model of terabytes.
const REPEATED_BYTES: usize = 64 << 20;

/// A model under construction.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The format it is read from.
    pub(crate) format: Format,
    /// The model so far.
    pub(crate) model: Model,
    /// Decisions so far.
    pub(crate) decisions: Vec<ImportedDecision>,
    /// Decisions about our own findings so far.
    pub(crate) own_decisions: Vec<Decision>,
    /// Everything said so far.
    pub(crate) log: Log,
    /// Protocols that were taken from the texts of flows, to be told together with those that [`crate::names`] takes.
    pub(crate) protocols_read: Vec<(String, Span)>,
    /// Whether the file says all there is, as we wrote it: nothing is read from names then.
    pub(crate) is_whole: bool,
    /// Elements of which the file says all there is, as we wrote them: their names say nothing more.
    pub(crate) whole: FxHashSet<ElementRef>,
    taken: FxHashSet<(Space, String)>,
    next_number: FxHashMap<(Space, String), u32>,
    /// Foreign ids of elements: as written, and in lower case for formats that do not care.
    known: FxHashMap<(Domain, String), u32>,
    known_lower: FxHashMap<(Domain, String), u32>,
    repeats_left: usize,
}

impl Draft {
    /// Starts a model.
    pub(crate) fn new(format: Format, system: Element, log: Log) -> Self {
        Draft {
            format,
            model: Model::new(system),
            decisions: Vec::new(),
            own_decisions: Vec::new(),
            log,
            protocols_read: Vec::new(),
            is_whole: false,
            whole: FxHashSet::default(),
            taken: FxHashSet::default(),
            next_number: FxHashMap::default(),
            known: FxHashMap::default(),
            known_lower: FxHashMap::default(),
            repeats_left: REPEATED_BYTES,
        }
    }

    /// Ends it.
    pub(crate) fn finish(mut self) -> Imported {
        // A threat without a name could be told from others by nobody, and other formats ask for one.
        for threat in &mut self.model.recorded_threats {
            if threat.title.trim().is_empty() {
                let line = threat.description.lines().map(str::trim).find(|line| !line.is_empty());
                threat.title = line.map_or_else(|| threat.id.clone(), |line| short(line).into());
            }
        }
        if !self.is_whole {
            let told = self.protocols_read;
            crate::names::read(&mut self.model, self.format, &self.whole, told, &mut self.log);
        }
        Imported {
            model: self.model,
            decisions: self.decisions,
            own_decisions: self.own_decisions,
            embedded: Vec::new(),
            embedded_rules: 0,
            diagnostics: self.log.finish(),
        }
    }

    /// Whether nobody has the id yet.
    pub(crate) fn is_free(&self, space: Space, id: &str) -> bool {
        !self.taken.contains(&(space, id.to_owned()))
    }

    /// An id that no other drawing has.
    pub(crate) fn unique_drawing(&mut self, wanted: &str) -> Box<str> {
        self.unique_id(Space::Drawing, wanted)
    }

    /// An id nobody else has: the wanted one, or the wanted one with the first free number behind it.
    pub(crate) fn unique_id(&mut self, space: Space, wanted: &str) -> Box<str> {
        if self.taken.insert((space, wanted.to_owned())) {
            return wanted.into();
        }
        // The counter keeps a thousand elements of one name from searching from the start a thousand times.
        let mut number = self.next_number.get(&(space, wanted.to_owned())).copied().unwrap_or(2);
        loop {
            let id = format!("{wanted}-{number}");
            number = number.saturating_add(1);
            if self.taken.insert((space, id.clone())) {
                self.next_number.insert((space, wanted.to_owned()), number);
                return id.into();
            }
        }
    }

    /// The id for an element that has one of its own, or else one made from its name. A second element of the same
    /// id gets a number, and a message says that references mean the first.
    pub(crate) fn native_id(&mut self, domain: Domain, id: Option<Text<'_>>, name: Text<'_>, what: &str) -> Box<str> {
        let Some(id) = id.and_then(Text::given) else {
            let made = self.unique_id(Space::Element(domain), &slug(name.text, domain.as_str()));
            let message = if name.text.is_empty() {
                format!("{what} has neither id nor name; it is read as `{made}`")
            } else {
                format!("{what} `{}` has no id; `{made}` was made from its name", short(name.text))
            };
            self.log.push(Diagnostic::warning("import-missing-id", name.span, message));
            return made;
        };
        let unique = self.unique_id(Space::Element(domain), id.text);
        if &*unique != id.text {
            self.log.push(
                Diagnostic::warning(
                    "import-duplicate-id",
                    id.span,
                    format!("the id `{}` is used twice; this one is read as `{unique}`", short(id.text)),
                )
                .help("references to it mean the first; give each its own id"),
            );
        }
        unique
    }

    /// Remembers how an element is referred to: by its native id, even where ours had to differ, and by ours.
    pub(crate) fn register(&mut self, domain: Domain, native: Option<Text<'_>>, ours: &str, index: usize) {
        if let Some(native) = native.and_then(Text::given) {
            self.know(domain, native.text, index);
        }
        self.know(domain, ours, index);
    }

    /// Remembers under which foreign id an element is referred to; the first one keeps it.
    pub(crate) fn know(&mut self, domain: Domain, foreign: &str, index: usize) {
        let index = narrow(index);
        self.known.entry((domain, foreign.to_owned())).or_insert(index);
        self.known_lower.entry((domain, foreign.to_lowercase())).or_insert(index);
    }

    /// The element with this foreign id; the case of letters matters only where ids differ in nothing else.
    pub(crate) fn find(&self, domain: Domain, foreign: &str) -> Option<u32> {
        let foreign = foreign.trim();
        let exact = self.known.get(&(domain, foreign.to_owned()));
        exact.or_else(|| self.known_lower.get(&(domain, foreign.to_lowercase()))).copied()
    }

    /// The element that a text refers to; reports a reference that leads nowhere.
    pub(crate) fn resolve(&mut self, domain: Domain, reference: Text<'_>, by: &str) -> Option<u32> {
        let found = self.find(domain, reference.text);
        if found.is_none() {
            self.missing(domain, reference, by);
        }
        found
    }

    /// Reports a reference that leads nowhere.
    pub(crate) fn missing(&mut self, domain: Domain, reference: Text<'_>, by: &str) {
        let kind = match domain {
            Domain::System => "system",
            Domain::Component => "component",
            Domain::Flow => "data flow",
            Domain::Boundary => "trust boundary",
            Domain::Data => "data asset",
            Domain::Identity => "identity",
        };
        let message = format!("{by} names `{}`, but there is no {kind} with this id", short(reference.text));
        let mut diagnostic = Diagnostic::warning("import-missing-reference", reference.span, message);
        let ids = self.model.elements(domain).map(|(_, element)| &*element.id);
        diagnostic.help = self.log.suggest(reference.text, ids);
        self.log.push(diagnostic);
    }

    /// The elements that a list refers to, each once, in the order stated.
    pub(crate) fn resolve_all(&mut self, domain: Domain, list: &List<Text<'_>>, by: &str) -> Vec<u32> {
        let mut seen = FxHashSet::default();
        let mut found = Vec::with_capacity(list.items.len());
        for item in &list.items {
            if let Some(index) = self.resolve(domain, *item, by)
                && seen.insert(index)
            {
                found.push(index);
            }
        }
        found
    }

    /// Keeps what the format does not know about an element beside it, and says so.
    pub(crate) fn keep_rest(&mut self, extras: &mut Extras, at: &At<'_>) {
        self.keep_rest_under(extras, "", at);
    }

    /// The same, for a part of an element: its keys get the part's name in front.
    pub(crate) fn keep_rest_under(&mut self, extras: &mut Extras, part: &str, at: &At<'_>) {
        for entry in &at.rest {
            keep(extras, self.format, &format!("{part}{}", entry.key), text_of(&entry.value));
            self.unknown(at, &entry.key, entry.key_span, "it was kept as a remark");
        }
    }

    /// Reports what the format does not know about something that is kept whole.
    pub(crate) fn report_rest(&mut self, at: &At<'_>) {
        for entry in &at.rest {
            self.unknown(at, &entry.key, entry.key_span, "it was kept as a remark");
        }
    }

    /// Reports what the format does not know, where there is no element to keep it beside.
    pub(crate) fn drop_rest(&mut self, at: &At<'_>) {
        for entry in &at.rest {
            self.unknown(at, &entry.key, entry.key_span, "it was left out");
        }
    }

    fn unknown(&mut self, at: &At<'_>, key: &str, span: Span, fate: &str) {
        if at.known.contains(&key) {
            // A second name for something that was given under its first.
            let message = format!("`{}` repeats another key of {}; {fate}", short(key), at.what);
            self.log.group(Diagnostic::warning("import-conflict", span, message));
            return;
        }
        let message = format!("unknown key `{}` in {}; {fate}", short(key), at.what);
        let mut diagnostic = Diagnostic::warning("import-unknown-key", span, message);
        diagnostic.help = self.log.suggest(key, at.known.iter().copied());
        self.log.group(diagnostic);
    }

    /// Reports a word that is none of the format's, or that has no like among ours; it was kept as a remark.
    pub(crate) fn unmapped(&mut self, key: &str, word: Text<'_>) {
        let message = format!("`{}` is no known value of `{key}`; it counts as unknown", short(word.text));
        self.log.group(
            Diagnostic::warning("import-unknown-value", word.span, message)
                .help("the word was kept as a remark; state it in the imported model if it matters"),
        );
    }

    /// Adds a component for the end of a flow that the file does not show.
    ///
    /// What it is stays unknown. It is out of scope: nothing can be said about it, while the flow keeps its other end.
    pub(crate) fn placeholder(&mut self, wanted_id: &str, name: &str, span: Span, reason: &str) -> u32 {
        let id = self.unique_id(Space::Element(Domain::Component), wanted_id);
        let mut element = Element::new(id, name, span);
        element.out_of_scope = Some(OutOfScope { reason: reason.into(), span });
        let index = self.model.components.len();
        self.model.components.push(Component { element, boundary: None, parent: None });
        narrow(index)
    }

    /// What stands for anything in a zone, for a flow that is drawn to the zone itself; one for each zone.
    pub(crate) fn anything_in(&mut self, zone: u32, flow: &Element, which: &str) -> u32 {
        let boundary = ElementRef { domain: Domain::Boundary, index: zone };
        let (name, id) = (self.model.name(boundary).to_owned(), format!("inside-{}", self.model.id(boundary)));
        if let Some(index) = self.find(Domain::Component, &id) {
            return index;
        }
        let message = format!("the {which} of the flow `{}` is on the zone `{}`", short(&flow.name), short(&name));
        self.log.push(
            Diagnostic::note("import-flow-to-zone", flow.span, message)
                .help("a component stands for whatever is in it; draw the flow to what it is really for"),
        );
        let unique = self.unique_id(Space::Element(Domain::Component), &id);
        let element = Element::new(unique, format!("(anything in {name})"), flow.span);
        let index = self.model.components.len();
        self.model.components.push(Component { element, boundary: Some(zone), parent: None });
        self.know(Domain::Component, &id, index);
        narrow(index)
    }

    /// Whether so much more text may be repeated for another element; says so once it may not.
    pub(crate) fn may_repeat(&mut self, bytes: usize, span: Span) -> bool {
        match self.repeats_left.checked_sub(bytes) {
            Some(left) => {
                self.repeats_left = left;
                true
            }
            None => {
                let message = "too many elements share long texts; they are not repeated for the rest";
                self.log.group(Diagnostic::warning("import-dropped", span, message));
                false
            }
        }
    }

    /// Another threat like this one, to be told apart by its elements.
    pub(crate) fn repeat(&mut self, threat: &RecordedThreat, span: Span) -> RecordedThreat {
        let extras: usize = threat.extras.iter().map(|(key, value)| key.len() + value.len()).sum();
        let bytes = threat.title.len() + threat.description.len() + threat.mitigation.len() + extras;
        if self.may_repeat(bytes, span) {
            return RecordedThreat { span, ..threat.clone() };
        }
        RecordedThreat { title: threat.title.chars().take(200).collect::<String>().into(), ..blank_threat(span) }
    }

    /// Adds a note.
    pub(crate) fn note(&mut self, kind: &str, title: &str, text: &str, span: Span) {
        self.model.notes.push(Note { kind: kind.into(), title: title.into(), text: text.into(), span });
    }
}

/// A recorded threat of which nothing is known but its place.
pub(crate) fn blank_threat(span: Span) -> RecordedThreat {
    RecordedThreat {
        id: Box::default(),
        title: Box::default(),
        description: Box::default(),
        categories: Vec::new(),
        elements: Vec::new(),
        severity: Box::default(),
        status: Box::default(),
        mitigation: Box::default(),
        cwe: Vec::new(),
        extras: Vec::new(),
        span,
    }
}

/// A place for what no line of a file says: its beginning.
pub(crate) fn beginning(file: FileId) -> Span {
    Span::new(file, 1, 1, 0)
}

/// A name as an id: lower case, words joined by `-`. Letters of every script count.
pub(crate) fn slug(name: &str, fallback: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars().take(120) {
        if c.is_alphanumeric() {
            if gap && !slug.is_empty() {
                slug.push('-');
            }
            gap = false;
            slug.extend(c.to_lowercase());
        } else {
            gap = true;
        }
    }
    if slug.is_empty() { fallback.to_owned() } else { slug }
}

/// A text on one line: every run of white space becomes one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes away a link of every circle, the one whose `rank` is highest; returns, in order, whose link it was.
///
/// Each entry is walked up to once, however long the chains are.
pub(crate) fn break_cycles<R: Ord>(parents: &mut [Option<u32>], rank: impl Fn(u32) -> R) -> Vec<u32> {
    // The walk that first came by; a walk that meets its own number has gone in a circle.
    let mut walked_by: Vec<Option<usize>> = vec![None; parents.len()];
    let mut broken = Vec::new();
    let up = |parents: &[Option<u32>], at: usize| parents.get(at).copied().flatten().map(|parent| parent as usize);
    for start in 0..parents.len() {
        let mut at = start;
        while let Some(walked @ None) = walked_by.get_mut(at) {
            *walked = Some(start);
            let Some(parent) = up(parents, at) else { break };
            at = parent;
            if walked_by.get(at) != Some(&Some(start)) {
                continue;
            }
            let mut circle = Vec::new();
            let mut member = Some(at);
            while let Some(index) = member.filter(|index| circle.first() != Some(&narrow(*index))) {
                circle.push(narrow(index));
                member = up(parents, index);
            }
            if let Some(last) = circle.into_iter().max_by_key(|index| rank(*index)) {
                if let Some(link) = parents.get_mut(last as usize) {
                    *link = None;
                }
                broken.push(last);
            }
        }
    }
    broken.sort_unstable();
    broken
}

/// An index as the model keeps it.
pub(crate) fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Stating facts with the place they came from.
pub(crate) trait State {
    /// States a value.
    fn state(&mut self, id: FactId, value: Value, span: Span);

    /// States a yes or no that was given.
    fn state_flag(&mut self, id: FactId, flag: Option<Flag>) {
        if let Some(flag) = flag {
            self.state(id, Value::Bool(flag.value), flag.span);
        }
    }

    /// States a word of the fact's enumeration; returns whether it is one.
    fn state_word(&mut self, id: FactId, word: &str, span: Span) -> bool {
        let symbol = symbol_said(id, word);
        if let Some(symbol) = symbol {
            self.state(id, Value::Symbol(symbol), span);
        }
        symbol.is_some()
    }

    /// States several words of the fact's enumeration; words that are none are passed over.
    fn state_set(&mut self, id: FactId, words: &[&str], span: Span) {
        let mut symbols: Vec<u16> = words.iter().filter_map(|word| symbol_of(id, word)).collect();
        symbols.sort_unstable();
        symbols.dedup();
        self.state(id, Value::Symbols(symbols.into()), span);
    }

    /// States references.
    fn state_references(&mut self, id: FactId, references: Vec<u32>, span: Span) {
        self.state(id, Value::References(references.into()), span);
    }

    /// States names of technologies, if there are any.
    fn state_technologies(&mut self, names: Vec<Box<str>>, span: Span) {
        if !names.is_empty() {
            self.state(fact::TECHNOLOGY, Value::Words(names.into()), span);
        }
    }
}

impl State for Element {
    fn state(&mut self, id: FactId, value: Value, span: Span) {
        self.set(Fact { id, value, origin: Origin::Imported, span });
    }
}

/// A reference to the element at an index of a kind's list.
pub(crate) fn element(domain: Domain, index: u32) -> ElementRef {
    ElementRef { domain, index }
}

#[cfg(test)]
mod tests {
    use super::{Draft, Space, break_cycles, one_line, slug};
    use crate::Format;
    use crate::log::Log;
    use vauban_model::model::Element;
    use vauban_model::{FileId, Span};

    #[test]
    fn slugs_are_short_words() {
        assert_eq!(slug("Web\nApplication Config", "x"), "web-application-config");
        assert_eq!(slug("  <b>Größe</b>!", "x"), "b-größe-b");
        assert_eq!(slug("数据库", "x"), "数据库");
        assert_eq!(slug("--- ", "flow"), "flow");
        assert_eq!(one_line(" a\n  b\tc "), "a b c");
    }

    #[test]
    fn ids_stay_unique_even_among_numbered_ones() {
        let system = Element::new("s", "s", Span::new(FileId(0), 1, 1, 0));
        let mut draft = Draft::new(Format::ThreatDragon, system, Log::new());
        assert_eq!(&*draft.unique_id(Space::Threat, "x"), "x");
        assert_eq!(&*draft.unique_id(Space::Threat, "x-2"), "x-2");
        assert_eq!(&*draft.unique_id(Space::Threat, "x"), "x-3");
        assert_eq!(&*draft.unique_id(Space::Threat, "x"), "x-4");
        assert_eq!(&*draft.unique_id(Space::Runtime, "x"), "x");
    }

    #[test]
    fn circles_are_cut_once_and_chains_are_left_alone() {
        let mut parents = [Some(1), Some(2), Some(0), Some(2), Some(4), None, Some(5), Some(9)];
        assert_eq!(break_cycles(&mut parents, |index| index), [2, 4]);
        assert_eq!(parents, [Some(1), Some(2), None, Some(2), None, None, Some(5), Some(9)]);
        let mut parents = [Some(2), Some(0), Some(1), Some(1)];
        assert_eq!(break_cycles(&mut parents, |index| 9 - index), [0]);
        let mut chain: Vec<Option<u32>> = (0..200_000u32).map(|i| i.checked_sub(1)).collect();
        chain[0] = Some(199_999);
        assert_eq!(break_cycles(&mut chain, |index| index).len(), 1);
    }
}
