//! What stands behind an element's id: names, facts, controls.

use rustc_hash::FxHashMap;
use vauban_model::model::{ControlStatement, Element, Fact, OutOfScope, ScopeStatement, Value};
use vauban_model::vocabulary::{Domain, EnumId, FactId, FactType, fact};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Entry, Kind, Node};

use crate::keys::{Keys, Slot, a, is_for_overlays};
use crate::report::{listed, shown};
use crate::small::Decoder;

/// The word that says that nobody knows.
pub(crate) const UNKNOWN: &str = "unknown";

/// Everything an element's entry may say. What is `None` or empty was not said.
#[derive(Default)]
pub(crate) struct Body<'t> {
    pub(crate) id: Option<Box<str>>,
    pub(crate) name: Option<Box<str>>,
    pub(crate) description: Option<Box<str>>,
    pub(crate) owner: Option<Box<str>>,
    pub(crate) tags: Option<Vec<Box<str>>>,
    pub(crate) facts: Vec<Fact>,
    /// Facts said to be unknown: they override a template, and in an overlay the model.
    pub(crate) unknown: Vec<FactId>,
    pub(crate) controls: Vec<ControlStatement>,
    /// Controls said to be unknown.
    pub(crate) unknown_controls: Vec<Box<str>>,
    /// `Some(None)`: said to be in scope.
    pub(crate) out_of_scope: Option<Option<OutOfScope>>,
    pub(crate) extras: Option<Vec<(Box<str>, Box<str>)>>,
    pub(crate) inside: Option<(u32, Span)>,
    pub(crate) part_of: Option<(u32, Span)>,
    /// The ends, in overlays only; a model's flows have theirs before their bodies are read.
    pub(crate) from: Option<u32>,
    pub(crate) to: Option<u32>,
    pub(crate) business_context: Option<Box<str>>,
    pub(crate) in_scope: Option<Vec<ScopeStatement>>,
    pub(crate) left_out: Option<Vec<ScopeStatement>>,
    pub(crate) add: bool,
    pub(crate) drop: bool,
    like: Vec<(&'t str, Span)>,
    /// Where a control stands in `controls`; kept only once there are too many to look through.
    control_index: FxHashMap<Box<str>, usize>,
}

/// Up to this many statements on controls are looked through one by one.
const FEW_CONTROLS: usize = 16;

impl Body<'_> {
    /// The element. Its name is its id unless stated.
    pub(crate) fn into_element(mut self, id: &str, span: Span) -> Element {
        self.facts.sort_by_key(|fact| fact.id);
        Element {
            id: id.into(),
            named_as_id: self.name.as_deref() == Some(id),
            name: self.name.unwrap_or_else(|| id.into()),
            description: self.description.unwrap_or_default(),
            span,
            owner: self.owner,
            tags: self.tags.unwrap_or_default(),
            facts: self.facts,
            controls: self.controls,
            out_of_scope: self.out_of_scope.flatten(),
            extras: self.extras.unwrap_or_default(),
        }
    }
}

/// The fact that a bare word behind an id states.
pub(crate) fn shorthand(domain: Domain) -> Option<FactId> {
    match domain {
        Domain::System => None,
        Domain::Component => Some(fact::TECHNOLOGY),
        Domain::Flow => Some(fact::PROTOCOL),
        Domain::Boundary => Some(fact::BOUNDARY_KIND),
        Domain::Data => Some(fact::CLASSIFICATION),
        Domain::Identity => Some(fact::IDENTITY_KIND),
    }
}

impl<'t> Decoder<'_, 't> {
    /// Reads what stands behind an element's id.
    pub(crate) fn body(&mut self, domain: Domain, node: &'t Node) -> Body<'t> {
        let mut body = Body::default();
        match &node.kind {
            Kind::Mapping(entries) => self.entries(domain, entries, &mut body),
            Kind::Scalar(_) if node.is_null() => {}
            Kind::Scalar(_) if domain == Domain::System => body.name = self.boxed("name", node),
            Kind::Scalar(_) | Kind::Sequence(_) => match shorthand(domain) {
                Some(fact) if matches!(node.kind, Kind::Scalar(_)) || domain == Domain::Component => {
                    self.fact(fact, fact.definition().key, node, &mut body);
                }
                _ => {
                    let message = format!("{} must be a mapping, not {}", a(domain), node.kind_name());
                    self.report.push(
                        Diagnostic::error("expected-mapping", node.span, message)
                            .help("write `key: value` lines, indented below, or `{key: value}`"),
                    );
                }
            },
        }
        body
    }

    fn entries(&mut self, domain: Domain, entries: &'t [Entry], body: &mut Body<'t>) {
        let keys = Keys::of(domain);
        let mut seen: Vec<(Slot, Span)> = Vec::with_capacity(entries.len());
        body.facts.reserve(entries.len());
        for entry in entries {
            let Some(slot) = keys.slot(&entry.key).filter(|slot| self.overlay || !is_for_overlays(*slot)) else {
                self.unknown_key(domain, entry);
                continue;
            };
            // Two spellings of one key: the tree has no key twice, but an alias is another word for the same.
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == slot) {
                self.report.push(
                    Diagnostic::error("duplicate-key", entry.key_span, format!("`{}` is given twice", entry.key))
                        .help("only the first value is used; remove one of the two")
                        .related(*first, "first given here"),
                );
                continue;
            }
            if !entry.value.is_null() {
                seen.push((slot, entry.key_span));
            }
            self.entry(slot, entry, body);
        }
        for (word, span) in std::mem::take(&mut body.like) {
            let Some(entries) = self.templates.get(word) else {
                self.templates.unknown(word, span, &mut self.report);
                continue;
            };
            for entry in entries {
                let Some(slot) = keys.slot(&entry.key) else {
                    self.does_not_fit(domain, word, span, entry);
                    continue;
                };
                // Controls add up: what an element has beside its template is no reason to lose the template's.
                let adds_up = matches!(slot, Slot::Controls | Slot::Lacks);
                if adds_up || !seen.iter().any(|(known, _)| *known == slot) {
                    seen.push((slot, entry.key_span));
                    self.report.shared = true;
                    self.entry(slot, entry, body);
                    self.report.shared = false;
                }
            }
        }
    }

    fn entry(&mut self, slot: Slot, entry: &'t Entry, body: &mut Body<'t>) {
        let (key, node) = (&*entry.key, &entry.value);
        match slot {
            Slot::Id => body.id = self.boxed(key, node),
            Slot::Like => {
                let items = self.items(key, node);
                body.like = items.iter().filter_map(|item| Some((self.text(key, item)?, item.span))).collect();
            }
            Slot::Name => body.name = self.boxed(key, node),
            Slot::Description => body.description = self.boxed(key, node),
            Slot::Owner => body.owner = self.boxed(key, node),
            Slot::Tags => body.tags = Some(self.texts(key, node)),
            Slot::Controls => self.controls(node, body),
            Slot::Lacks => {
                for item in self.items(key, node) {
                    let Some(control) = self.boxed(key, item) else { continue };
                    self.control(body, control, false, None, item.span);
                }
            }
            Slot::OutOfScope | Slot::Excluded => {
                if let Some(yes) = node.as_bool() {
                    let reason = Box::default();
                    body.out_of_scope = Some(yes.then_some(OutOfScope { reason, span: node.span }));
                } else if let Some(reason) = self.boxed(key, node) {
                    body.out_of_scope = Some(Some(OutOfScope { reason, span: node.span }));
                }
            }
            Slot::Extra => {
                let pairs = self.pairs(key, node);
                body.extras.get_or_insert_default().extend(pairs);
            }
            Slot::In => {
                body.inside = self.reference(Domain::Boundary, key, node).map(|boundary| (boundary, node.span));
            }
            Slot::PartOf => {
                body.part_of = self.reference(Domain::Component, key, node).map(|whole| (whole, node.span));
            }
            Slot::From | Slot::To => {
                if self.overlay {
                    let end = self.reference(Domain::Component, key, node);
                    *if slot == Slot::From { &mut body.from } else { &mut body.to } = end;
                }
            }
            // Collected with the other boundaries before any body is read.
            Slot::Boundaries => {}
            Slot::BusinessContext => body.business_context = self.boxed(key, node),
            Slot::InScope => body.in_scope = Some(self.scope(key, node)),
            Slot::LeftOut => body.left_out = Some(self.scope(key, node)),
            Slot::Add => body.add = self.yes_no(key, node).unwrap_or(false),
            Slot::Drop => body.drop = self.yes_no(key, node).unwrap_or(false),
            Slot::Fact(fact) => self.fact(fact, key, node, body),
        }
    }

    /// Reads the value of a fact.
    fn fact(&mut self, id: FactId, key: &str, node: &'t Node, body: &mut Body<'t>) {
        if node.is_null() {
            return;
        }
        let definition = id.definition();
        if is_unknown(node)
            && !matches!(definition.ty, FactType::References(domain) if self.names.find(domain, UNKNOWN).is_some())
        {
            body.unknown.push(id);
            return;
        }
        let value = match definition.ty {
            FactType::Bool => match node.as_bool() {
                Some(answer) => Some(Value::Bool(answer)),
                None => {
                    let help = "write `yes` or `no`, unquoted, or `unknown`";
                    self.expected("expected-yes-no", key, "yes or no", node, help);
                    None
                }
            },
            FactType::Enum(enumeration) => self.text(key, node).and_then(|word| {
                let symbol = enumeration.parse(word);
                if symbol.is_none() {
                    self.no_word(id, enumeration, key, word, node.span, body);
                }
                symbol.map(Value::Symbol)
            }),
            FactType::Set(enumeration) => {
                let items = self.items(key, node);
                let mut symbols = Vec::with_capacity(items.len());
                for item in items {
                    let Some(word) = self.text(key, item) else { continue };
                    match enumeration.parse(word) {
                        Some(symbol) => symbols.push(symbol),
                        None => self.report.unknown_word(word, item.span, key, enumeration.definition().values),
                    }
                }
                symbols.sort_unstable();
                symbols.dedup();
                self.unless_lost(node, symbols.is_empty()).then(|| Value::Symbols(symbols.into()))
            }
            FactType::Number => match node.as_i64() {
                Some(number) => Some(Value::Number(number)),
                None => {
                    self.expected("expected-number", key, "a whole number", node, "write digits, unquoted");
                    None
                }
            },
            FactType::Text => self.boxed(key, node).map(Value::Text),
            FactType::Words | FactType::Technologies => {
                if node.as_bool().is_some() {
                    self.expected("expected-text", key, "names", node, "write the names, or `unknown`");
                    None
                } else {
                    let words = self.texts(key, node);
                    self.unless_lost(node, words.is_empty()).then(|| Value::Words(words.into()))
                }
            }
            FactType::References(domain) => {
                let found = self.references(domain, key, node);
                self.unless_lost(node, found.is_empty()).then(|| Value::References(found.into()))
            }
        };
        if let Some(value) = value {
            body.facts.push(Fact { id, value, origin: self.origin, span: node.span });
        }
    }

    /// A word that is none of the enumeration's.
    fn no_word(&mut self, id: FactId, words: EnumId, key: &str, word: &str, span: Span, body: &mut Body<'t>) {
        let words = words.definition().values;
        // The vocabulary promises to keep protocols it does not list. A word close to a listed one is still a mistake.
        if id != fact::PROTOCOL || self.report.suggest(word, words.iter().copied()).is_some() {
            self.report.unknown_word(word, span, key, words);
            return;
        }
        let message = format!("the protocol `{}` is not in the vocabulary and counts as unknown", shown(word));
        self.report.push(
            Diagnostic::warning("unlisted-protocol", span, message)
                .help("it is kept as it stands; state `encryption` and `authentication` to say what matters"),
        );
        body.extras.get_or_insert_default().push((key.into(), word.into()));
    }

    /// Whether an empty list is what was written, and not what is left of a list of mistakes: "needs nothing" must not
    /// come out of a misspelt id.
    fn unless_lost(&self, node: &Node, empty: bool) -> bool {
        !empty || node.as_sequence().is_some_and(<[Node]>::is_empty)
    }

    /// `controls:` as a list of ids, or as a mapping from id to yes, no, or how it is done.
    fn controls(&mut self, node: &'t Node, body: &mut Body<'t>) {
        let Some(entries) = node.as_mapping() else {
            for item in self.items("controls", node) {
                let Some(control) = self.boxed("controls", item) else { continue };
                self.control(body, control, true, None, item.span);
            }
            return;
        };
        for entry in entries {
            let control: Box<str> = entry.key.clone();
            let span = entry.key_span;
            match &entry.value.kind {
                Kind::Scalar(_) if is_unknown(&entry.value) => body.unknown_controls.push(control),
                Kind::Scalar(_) if entry.value.as_bool().is_some() => {
                    let present = entry.value.as_bool() == Some(true);
                    self.control(body, control, present, None, span);
                }
                Kind::Scalar(scalar) if !entry.value.is_null() => {
                    self.control(body, control, true, Some(scalar.text.clone()), span);
                }
                Kind::Mapping(fields) => {
                    let (mut present, mut note) = (true, None);
                    for field in fields {
                        match &*field.key {
                            "present" => present = self.yes_no("present", &field.value).unwrap_or(true),
                            "note" => note = self.boxed("note", &field.value),
                            _ => {
                                let known = ["present", "note"];
                                self.report.unknown_key(&field.key, field.key_span, "a control", &known);
                            }
                        }
                    }
                    self.control(body, control, present, note, span);
                }
                _ => {
                    let help = "write `yes`, `no`, or how it is done";
                    self.expected("expected-text", &control, "yes, no, or how it is done", &entry.value, help);
                }
            }
        }
    }

    /// Adds a statement on a control. What an element says itself wins over its templates.
    fn control(&mut self, body: &mut Body<'t>, control: Box<str>, present: bool, note: Option<Box<str>>, span: Span) {
        if self.report.shared && body.unknown_controls.contains(&control) {
            return;
        }
        let known = if body.controls.len() < FEW_CONTROLS {
            body.controls.iter().position(|known| known.control == control)
        } else {
            if body.control_index.is_empty() {
                body.control_index = body.controls.iter().enumerate().map(|(at, c)| (c.control.clone(), at)).collect();
            }
            body.control_index.get(&control).copied()
        };
        let Some(known) = known.and_then(|at| body.controls.get(at)) else {
            if !body.control_index.is_empty() {
                body.control_index.insert(control.clone(), body.controls.len());
            }
            body.controls.push(ControlStatement { control, present, origin: self.origin, span, note });
            return;
        };
        if self.report.shared {
            return;
        }
        let message = if known.present == present {
            format!("the control `{}` is listed twice", shown(&control))
        } else {
            format!("the control `{}` is said to be there and to be missing", shown(&control))
        };
        let first = known.span;
        self.report.push(
            Diagnostic::error("conflict", span, message)
                .help("only the first statement is used; remove one of the two")
                .related(first, "first stated here"),
        );
    }

    /// A mapping from text to text, or a list of such mappings where a key comes twice.
    pub(crate) fn pairs(&mut self, key: &str, node: &'t Node) -> Vec<(Box<str>, Box<str>)> {
        let items = match &node.kind {
            Kind::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut pairs = Vec::new();
        for item in items {
            match item.as_mapping() {
                Some(entries) => {
                    for entry in entries {
                        if entry.value.is_null() {
                            pairs.push((entry.key.clone(), Box::default()));
                        } else if let Some(text) = self.boxed(&entry.key, &entry.value) {
                            pairs.push((entry.key.clone(), text));
                        }
                    }
                }
                None if item.is_null() => {}
                None => {
                    let help = "write `{key: text}`";
                    self.expected("expected-mapping", key, "keys with texts", item, help);
                }
            }
        }
        pairs
    }

    /// `in_scope:` and `out_of_scope:` of the system.
    fn scope(&mut self, key: &str, node: &'t Node) -> Vec<ScopeStatement> {
        let items = match &node.kind {
            Kind::Sequence(items) => items.as_slice(),
            Kind::Scalar(_) if node.is_null() => &[],
            _ => std::slice::from_ref(node),
        };
        let mut statements = Vec::with_capacity(items.len());
        for item in items {
            let mut statement = ScopeStatement { what: Box::default(), why: Box::default(), span: item.span };
            match item.as_mapping() {
                Some(entries) => {
                    for entry in entries {
                        match &*entry.key {
                            "what" => statement.what = self.boxed("what", &entry.value).unwrap_or_default(),
                            "why" => statement.why = self.boxed("why", &entry.value).unwrap_or_default(),
                            _ => {
                                let what = format!("`{key}`");
                                self.report.unknown_key(&entry.key, entry.key_span, &what, &["what", "why"]);
                            }
                        }
                    }
                }
                None => match self.boxed(key, item) {
                    Some(what) => statement.what = what,
                    None => continue,
                },
            }
            statements.push(statement);
        }
        statements
    }

    fn unknown_key(&mut self, domain: Domain, entry: &Entry) {
        let key = &*entry.key;
        let keys = Keys::of(domain);
        if let Some(derived) = FactId::parse(key).filter(|fact| fact.definition().derived) {
            let message = format!("`{key}` cannot be stated: it is computed from other facts");
            let help = format!("remove it. {}", derived.definition().doc);
            self.report.push(Diagnostic::error("unknown-key", entry.key_span, message).help(help));
            return;
        }
        if keys.slot(key).is_some_and(is_for_overlays) {
            let message = format!("`{key}` means something in an overlay only");
            let help = "change the model itself, or move this to the overlay";
            self.report.push(Diagnostic::error("unknown-key", entry.key_span, message).help(help));
            return;
        }
        let words: Vec<&str> = keys
            .words
            .iter()
            .copied()
            .filter(|word| self.overlay || !keys.slot(word).is_some_and(is_for_overlays))
            .collect();
        let others: Vec<&str> = Domain::ALL
            .into_iter()
            .filter(|other| *other != domain && Keys::of(*other).slot(key).is_some())
            .map(a)
            .collect();
        let help = match self.report.suggest(key, words.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if !others.is_empty() => format!("`{key}` belongs to {}", others.join(" or ")),
            None => format!("known keys: {}; put anything else under `extra`", listed(&words)),
        };
        let message = format!("unknown key `{}` in {}", shown(key), a(domain));
        self.report.push(Diagnostic::error("unknown-key", entry.key_span, message).help(help));
    }

    fn does_not_fit(&mut self, domain: Domain, template: &str, span: Span, entry: &Entry) {
        let message = format!(
            "the template `{}` says `{}`, which {} does not have",
            shown(template),
            shown(&entry.key),
            a(domain)
        );
        self.report.push(
            Diagnostic::error("template-mismatch", span, message)
                .help("use another template here, or split this one")
                .related(entry.key_span, "said here"),
        );
    }
}

/// Whether a bare `unknown` stands there.
pub(crate) fn is_unknown(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar(scalar) if !scalar.quoted && &*scalar.text == UNKNOWN)
}
