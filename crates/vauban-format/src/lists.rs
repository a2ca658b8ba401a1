//! The parts of a model that no rule binds: runtimes, third parties, checkpoints, assumptions, abuse cases, notes and
//! recorded threats.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{AbuseCase, Assumption, Checkpoint, Model, Note, RecordedThreat, SharedRuntime, ThirdParty};
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, Span, did_you_mean};
use vauban_syntax::{Entry, Kind, Node};

use crate::names::{Ids, slug};
use crate::read::Sections;
use crate::report::shown;
use crate::small::Decoder;
use crate::templates::{duplicate, mapping};

/// Keys of a shared runtime.
pub(crate) const RUNTIME: &[&str] = &["name", "description", "tags", "components"];
/// Keys of a third party; every other key is a note.
pub(crate) const THIRD_PARTY: &[&str] = &["name", "provides", "used_by", "data", "when_down", "notes"];
/// Keys of a checkpoint.
pub(crate) const CHECKPOINT: &[&str] = &["authenticates", "authorises", "authorizes", "by", "how"];
/// Keys of an assumption.
pub(crate) const ASSUMPTION: &[&str] = &["id", "text", "about", "owner", "holds"];
/// Keys of an abuse case.
pub(crate) const ABUSE_CASE: &[&str] = &["id", "name", "text", "about"];
/// Keys of a note.
pub(crate) const NOTE: &[&str] = &["kind", "title", "text"];
/// Keys of a recorded threat; every other key is an extra.
pub(crate) const THREAT: &[&str] =
    &["title", "description", "categories", "about", "severity", "status", "mitigation", "cwe", "extra"];

/// The kind of a note that states none.
pub(crate) const PLAIN_NOTE: &str = "note";

/// Whether a free key can be written among the known ones without being taken for one of them.
pub(crate) fn is_free_key(key: &str, known: &[&str]) -> bool {
    !key.is_empty() && !known.contains(&key) && did_you_mean(key, known.iter().copied()).is_none()
}

/// Keys with texts.
type Pairs = Vec<(Box<str>, Box<str>)>;

/// An entry of a list that may be written as a mapping by id or as a list.
struct Item<'t> {
    id: Option<&'t str>,
    span: Span,
    node: &'t Node,
}

/// A mapping's fields by name; `None` for a bare text, which stands for the one field that matters.
pub(crate) struct Parts<'t> {
    entries: &'t [Entry],
}

impl<'t> Parts<'t> {
    pub(crate) fn get(&self, key: &str) -> Option<&'t Node> {
        self.entries.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }
}

impl<'t> Decoder<'_, 't> {
    /// Reads all these sections into the model.
    pub(crate) fn lists(&mut self, sections: &Sections<'t>, model: &mut Model) {
        model.runtimes =
            self.named(sections.get("runtimes"), "runtime", |this, id, span, node| this.runtime(id, span, node));
        model.third_parties = self.named(sections.get("third_parties"), "third party", |this, id, span, node| {
            this.third_party(id, span, node)
        });
        model.checkpoints = self
            .named(sections.get("checkpoints"), "checkpoint", |this, id, span, node| this.checkpoint(id, span, node));
        model.recorded_threats =
            self.named(sections.get("threats"), "threat", |this, id, span, node| this.threat(id, span, node));
        (model.assumptions, model.refuted) = self.assumptions(sections.get("assumptions"));
        model.abuse_cases = self.abuse_cases(sections.get("abuse_cases"));
        model.notes = self.notes(sections.get("notes"));
        model.attack_trees = self.attack_trees(sections.get("attack_trees"));
        model.drawings = self.drawings(sections.get("drawings"));
    }

    /// A section that is a mapping by id.
    pub(crate) fn named<T>(
        &mut self,
        sections: &[&'t Entry],
        what: &str,
        mut read: impl FnMut(&mut Self, &'t str, Span, &'t Node) -> T,
    ) -> Vec<T> {
        let mut found = Vec::new();
        let mut known: FxHashMap<&str, Span> = FxHashMap::default();
        for section in sections {
            let Some(entries) = mapping(&section.value, &format!("`{}`", section.key), &mut self.report) else {
                continue;
            };
            for entry in entries {
                if let Some(first) = known.get(&*entry.key) {
                    self.report.push(duplicate(what, &entry.key, *first, entry.key_span));
                    continue;
                }
                known.insert(&entry.key, entry.key_span);
                found.push(read(self, &entry.key, entry.key_span, &entry.value));
            }
        }
        found
    }

    /// The fields of a mapping; keys that are not known are reported.
    pub(crate) fn parts(&mut self, node: &'t Node, what: &str, known: &[&str]) -> Parts<'t> {
        let entries = mapping(node, what, &mut self.report).unwrap_or(&[]);
        for entry in entries {
            if !known.contains(&&*entry.key) {
                self.report.unknown_key(&entry.key, entry.key_span, what, known);
            }
        }
        Parts { entries }
    }

    /// The fields of a mapping, and the texts of the keys that are not known.
    fn open_parts(&mut self, node: &'t Node, what: &str, known: &[&str], rest: &str) -> (Parts<'t>, Pairs) {
        let entries = mapping(node, what, &mut self.report).unwrap_or(&[]);
        let mut free = Vec::new();
        for entry in entries.iter().filter(|entry| !known.contains(&&*entry.key)) {
            if let Some(meant) = self.report.suggest(&entry.key, known.iter().copied()) {
                let message = format!("`{}` in {what} is kept as a remark", shown(&entry.key));
                self.report.push(
                    Diagnostic::warning("unknown-key", entry.key_span, message)
                        .help(format!("did you mean `{meant}`? If not, put it under `{rest}`")),
                );
            }
            if entry.value.is_null() {
                free.push((entry.key.clone(), Box::default()));
            } else if let Some(text) = self.boxed(&entry.key, &entry.value) {
                free.push((entry.key.clone(), text));
            }
        }
        let parts = Parts { entries };
        if let Some(node) = parts.get(rest) {
            free.extend(self.pairs(rest, node));
        }
        (parts, free)
    }

    pub(crate) fn part_text(&mut self, parts: &Parts<'t>, key: &str) -> Option<Box<str>> {
        parts.get(key).and_then(|node| self.boxed(key, node))
    }

    fn part_texts(&mut self, parts: &Parts<'t>, key: &str) -> Vec<Box<str>> {
        parts.get(key).map(|node| self.texts(key, node)).unwrap_or_default()
    }

    fn part_references(&mut self, parts: &Parts<'t>, domain: Domain, key: &str) -> Vec<u32> {
        parts.get(key).map(|node| self.references(domain, key, node)).unwrap_or_default()
    }

    fn runtime(&mut self, id: &'t str, span: Span, node: &'t Node) -> SharedRuntime {
        let mut runtime = SharedRuntime {
            id: id.into(),
            name: id.into(),
            description: Box::default(),
            tags: Vec::new(),
            components: Vec::new(),
            span,
        };
        if matches!(node.kind, Kind::Sequence(_)) {
            runtime.components = self.references(Domain::Component, "components", node);
            return runtime;
        }
        let parts = self.parts(node, "a runtime", RUNTIME);
        if let Some(name) = self.part_text(&parts, "name") {
            runtime.name = name;
        }
        runtime.description = self.part_text(&parts, "description").unwrap_or_default();
        runtime.tags = self.part_texts(&parts, "tags");
        runtime.components = self.part_references(&parts, Domain::Component, "components");
        runtime
    }

    fn third_party(&mut self, id: &'t str, span: Span, node: &'t Node) -> ThirdParty {
        let (parts, notes) = self.open_parts(node, "a third party", THIRD_PARTY, "notes");
        ThirdParty {
            id: id.into(),
            name: self.part_text(&parts, "name").unwrap_or_else(|| id.into()),
            provides: self.part_text(&parts, "provides").unwrap_or_default(),
            used_by: self.part_references(&parts, Domain::Component, "used_by"),
            data: self.part_references(&parts, Domain::Data, "data"),
            when_down: self.part_text(&parts, "when_down").unwrap_or_default(),
            notes,
            span,
        }
    }

    fn checkpoint(&mut self, id: &'t str, span: Span, node: &'t Node) -> Checkpoint {
        let parts = self.parts(node, "a checkpoint", CHECKPOINT);
        let authenticates = parts.get("authenticates");
        let authorises = parts.get("authorises").or_else(|| parts.get("authorizes"));
        match (authenticates, authorises) {
            (None, None) => {
                let message = format!("the checkpoint `{}` does not say what it protects", shown(id));
                self.report.push(
                    Diagnostic::error("missing-key", span, message)
                        .help("add `authenticates: [component]` or `authorises: [component]`"),
                );
            }
            (Some(_), Some(second)) => self.report.push(
                Diagnostic::error("conflict", second.span, "a checkpoint either authenticates or authorises")
                    .help("write two checkpoints; this one is read as authenticating"),
            ),
            _ => {}
        }
        let protected = authenticates.or(authorises);
        Checkpoint {
            id: id.into(),
            authenticates: authenticates.is_some() || authorises.is_none(),
            protects: protected
                .map(|node| self.references(Domain::Component, "authenticates", node))
                .unwrap_or_default(),
            by: parts.get("by").and_then(|node| self.reference(Domain::Component, "by", node)),
            how: self.part_text(&parts, "how").unwrap_or_default(),
            span,
        }
    }

    fn threat(&mut self, id: &'t str, span: Span, node: &'t Node) -> RecordedThreat {
        let bare = node.as_str().map(Box::from);
        let (parts, extras) = if bare.is_some() {
            (Parts { entries: &[] }, Vec::new())
        } else {
            self.open_parts(node, "a threat", THREAT, "extra")
        };
        RecordedThreat {
            id: id.into(),
            title: bare.or_else(|| self.part_text(&parts, "title")).unwrap_or_else(|| id.into()),
            description: self.part_text(&parts, "description").unwrap_or_default(),
            categories: self.part_texts(&parts, "categories"),
            elements: parts.get("about").map(|node| self.about("about", node)).unwrap_or_default(),
            severity: self.part_text(&parts, "severity").unwrap_or_default(),
            status: self.part_text(&parts, "status").unwrap_or_default(),
            mitigation: self.part_text(&parts, "mitigation").unwrap_or_default(),
            cwe: self.weaknesses(&parts),
            extras,
            span,
        }
    }

    /// `cwe:` as numbers, with or without the prefix.
    fn weaknesses(&mut self, parts: &Parts<'t>) -> Vec<u32> {
        let Some(node) = parts.get("cwe") else { return Vec::new() };
        let items = self.items("cwe", node);
        let mut numbers = Vec::with_capacity(items.len());
        for item in items {
            let Some(text) = self.text("cwe", item) else { continue };
            let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-');
            match digits.parse() {
                Ok(number) => numbers.push(number),
                Err(_) => {
                    self.expected("expected-number", "cwe", "numbers of weaknesses", item, "write `cwe: [79, 89]`");
                }
            }
        }
        numbers
    }

    /// The items of a section that is a list or a mapping by id.
    fn list_or_map(&mut self, section: &'t Entry) -> Vec<Item<'t>> {
        match &section.value.kind {
            Kind::Sequence(items) => items.iter().map(|node| Item { id: None, span: node.span, node }).collect(),
            Kind::Mapping(entries) => entries
                .iter()
                .map(|entry| Item { id: Some(&entry.key), span: entry.key_span, node: &entry.value })
                .collect(),
            Kind::Scalar(_) => {
                if !section.value.is_null() {
                    let help = "write `- one` lines";
                    self.expected("expected-list", &section.key, "a list", &section.value, help);
                }
                Vec::new()
            }
        }
    }

    /// The id of an item: its key, its `id`, or one made of its text. `None`, with a message, when it is taken.
    fn item_id(
        &mut self,
        item: &Item<'t>,
        stated: Option<Box<str>>,
        text: &str,
        what: &str,
        known: &mut Ids,
    ) -> Option<Box<str>> {
        let stated = item.id.map(Box::from).or(stated);
        if let Some(first) = stated.as_ref().and_then(|id| known.place(id)) {
            let diagnostic = duplicate(what, stated.as_deref().unwrap_or_default(), first, item.span);
            self.report.push(diagnostic);
            return None;
        }
        let id = stated.unwrap_or_else(|| automatic_id(text, what, known));
        known.take(&id, item.span);
        Some(id)
    }

    /// What is taken for granted, and what is said not to be so.
    fn assumptions(&mut self, sections: &[&'t Entry]) -> (Vec<Assumption>, Vec<Assumption>) {
        let (mut found, mut refuted) = (Vec::new(), Vec::new());
        let mut known = Ids::default();
        for section in sections {
            for item in self.list_or_map(section) {
                let mut text: Box<str> = Box::default();
                let (mut about, mut owner, mut stated, mut holds) = (Vec::new(), None, None, true);
                if let Some(bare) = item.node.as_str() {
                    text = bare.into();
                } else {
                    let parts = self.parts(item.node, "an assumption", ASSUMPTION);
                    holds = parts.get("holds").and_then(|node| self.yes_no("holds", node)).unwrap_or(true);
                    text = self.part_text(&parts, "text").unwrap_or(text);
                    about = parts.get("about").map(|node| self.about("about", node)).unwrap_or_default();
                    owner = self.part_text(&parts, "owner");
                    stated = self.part_text(&parts, "id");
                }
                if let Some(id) = self.item_id(&item, stated, &text, AN_ASSUMPTION, &mut known) {
                    let list = if holds { &mut found } else { &mut refuted };
                    list.push(Assumption { id, text, about, owner, span: item.span });
                }
            }
        }
        (found, refuted)
    }

    fn abuse_cases(&mut self, sections: &[&'t Entry]) -> Vec<AbuseCase> {
        let mut found = Vec::new();
        let mut known = Ids::default();
        for section in sections {
            for item in self.list_or_map(section) {
                let mut text: Box<str> = Box::default();
                let (mut about, mut name, mut stated) = (Vec::new(), None, None);
                if let Some(bare) = item.node.as_str() {
                    text = bare.into();
                } else {
                    let parts = self.parts(item.node, "an abuse case", ABUSE_CASE);
                    text = self.part_text(&parts, "text").unwrap_or(text);
                    about = parts.get("about").map(|node| self.about("about", node)).unwrap_or_default();
                    name = self.part_text(&parts, "name");
                    stated = self.part_text(&parts, "id");
                }
                let called = name.clone().unwrap_or_else(|| text.clone());
                if let Some(id) = self.item_id(&item, stated, &called, AN_ABUSE_CASE, &mut known) {
                    let name = name.unwrap_or_else(|| id.clone());
                    found.push(AbuseCase { id, name, text, about, span: item.span });
                }
            }
        }
        found
    }

    fn notes(&mut self, sections: &[&'t Entry]) -> Vec<Note> {
        let mut found = Vec::new();
        for section in sections {
            for item in self.list_or_map(section) {
                let mut note =
                    Note { kind: PLAIN_NOTE.into(), title: Box::default(), text: Box::default(), span: item.span };
                if let Some(id) = item.id {
                    note.title = id.into();
                }
                if let Some(bare) = item.node.as_str() {
                    if item.id.is_some() { &mut note.text } else { &mut note.title }.clone_from(&bare.into());
                } else {
                    let parts = self.parts(item.node, "a note", NOTE);
                    for (key, slot) in [("kind", &mut note.kind), ("title", &mut note.title), ("text", &mut note.text)]
                    {
                        if let Some(text) = self.part_text(&parts, key) {
                            *slot = text;
                        }
                    }
                }
                found.push(note);
            }
        }
        found
    }
}

/// What messages call assumptions; also what an assumption is called whose text gives no id.
pub(crate) const AN_ASSUMPTION: &str = "assumption";
/// The same for abuse cases.
pub(crate) const AN_ABUSE_CASE: &str = "abuse case";

/// The id of an item that states none.
pub(crate) fn automatic_id(text: &str, what: &str, known: &mut Ids) -> Box<str> {
    known.fresh(slug(text, if what == AN_ASSUMPTION { "assumption" } else { "abuse-case" }))
}

/// Lays lists read from an overlay over those of the model: by id, or added at the end.
pub(crate) fn merge_lists(model: &mut Model, added: Model) {
    by_id(&mut model.runtimes, added.runtimes, |it| &it.id);
    by_id(&mut model.third_parties, added.third_parties, |it| &it.id);
    by_id(&mut model.checkpoints, added.checkpoints, |it| &it.id);
    let said: FxHashSet<Box<str>> = added.assumptions.iter().chain(&added.refuted).map(|it| it.text.clone()).collect();
    for list in [&mut model.assumptions, &mut model.refuted] {
        list.retain(|it| !said.contains(&it.text));
    }
    by_id(&mut model.assumptions, added.assumptions, |it| &it.id);
    by_id(&mut model.refuted, added.refuted, |it| &it.id);
    by_id(&mut model.abuse_cases, added.abuse_cases, |it| &it.id);
    by_id(&mut model.recorded_threats, added.recorded_threats, |it| &it.id);
    by_id(&mut model.attack_trees, added.attack_trees, |it| &it.id);
    by_id(&mut model.drawings, added.drawings, |it| &it.id);
    let heading = |note: &Note| (note.kind.clone(), note.title.clone());
    let known: FxHashMap<_, usize> = model.notes.iter().enumerate().map(|(at, note)| (heading(note), at)).collect();
    for note in added.notes {
        // An open question that the overlay answers is the same note, now with a text.
        match known.get(&heading(&note)).and_then(|at| model.notes.get_mut(*at)) {
            Some(open) => *open = note,
            None => model.notes.push(note),
        }
    }
}

fn by_id<T>(list: &mut Vec<T>, added: Vec<T>, id: impl Fn(&T) -> &Box<str>) {
    if added.is_empty() {
        return;
    }
    let mut index: FxHashMap<Box<str>, usize> = list.iter().enumerate().map(|(at, it)| (id(it).clone(), at)).collect();
    for new in added {
        match index.get(id(&new)).and_then(|at| list.get_mut(*at)) {
            Some(old) => *old = new,
            None => {
                index.insert(id(&new).clone(), list.len());
                list.push(new);
            }
        }
    }
}
