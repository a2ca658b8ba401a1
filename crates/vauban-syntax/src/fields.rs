//! Strict decoding of a mapping: take what you know, hear about the rest.

use std::borrow::Cow;

use vauban_model::{Diagnostic, Span, did_you_mean};

use crate::build::shorten;
use crate::node::{Entry, Kind, Node};

/// The entries of one mapping, ticked off as they are read.
///
/// A value that is present but empty (`owner:`) counts as not given: the typed readers return `None` for it
/// without a message, as people leave keys empty while they write.
///
/// ```ignore
/// let mut fields = Fields::new(node, "a component", diagnostics)?;
/// let owner = fields.string("owner", diagnostics);
/// let tags = fields.strings("tags", diagnostics);
/// fields.finish(&["owner", "tags"], diagnostics);
/// ```
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    entries: &'a [Entry],
    span: Span,
    what: Cow<'a, str>,
    /// One bit for each of the first 64 entries; larger mappings go on in `taken_beyond`.
    taken: u64,
    taken_beyond: Vec<bool>,
}

impl<'a> Fields<'a> {
    /// Starts reading a mapping. `what` names it in messages, with its article: `a component`.
    ///
    /// Reports `expected-mapping` and returns `None` if the node is something else.
    pub fn new(node: &'a Node, what: impl Into<Cow<'a, str>>, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let what = what.into();
        let Kind::Mapping(entries) = &node.kind else {
            diagnostics.push(
                Diagnostic::error(
                    "expected-mapping",
                    node.span,
                    format!("{what} must be a mapping, not {}", node.kind_name()),
                )
                .help("write `key: value` lines, indented below, or `{key: value}`"),
            );
            return None;
        };
        let beyond = entries.len().saturating_sub(64);
        Some(Fields { entries, span: node.span, what, taken: 0, taken_beyond: vec![false; beyond] })
    }

    /// Where the mapping stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Takes a key's value, whatever it is.
    pub fn take(&mut self, key: &str) -> Option<&'a Node> {
        self.take_entry(key).map(|entry| &entry.value)
    }

    /// Takes the first of several names for the same thing that is there. The other names stay untaken.
    pub fn take_any(&mut self, keys: &[&str]) -> Option<&'a Node> {
        keys.iter().find_map(|key| self.take(key))
    }

    /// Takes a key with its value, for callers that need the key's place.
    pub fn take_entry(&mut self, key: &str) -> Option<&'a Entry> {
        let index = self.entries.iter().position(|entry| &*entry.key == key)?;
        match (index.checked_sub(64), 1u64.checked_shl(u32::try_from(index).unwrap_or(u32::MAX))) {
            (Some(beyond), _) => {
                if let Some(taken) = self.taken_beyond.get_mut(beyond) {
                    *taken = true;
                }
            }
            (None, bit) => self.taken |= bit.unwrap_or(0),
        }
        self.entries.get(index)
    }

    /// Whether the mapping has this key, taken or not.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| &*entry.key == key)
    }

    /// Takes a text. Reports `expected-text` for a list or a mapping.
    pub fn string(&mut self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<(&'a str, Span)> {
        let node = self.take_given(key)?;
        let text = node.as_str();
        if text.is_none() {
            diagnostics.push(self.expected("expected-text", key, "text", node));
        }
        text.map(|text| (text, node.span))
    }

    /// Takes a yes or no. Reports `expected-yes-no` for anything else.
    pub fn bool(&mut self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<(bool, Span)> {
        let node = self.take_given(key)?;
        let answer = node.as_bool();
        if answer.is_none() {
            diagnostics.push(
                self.expected("expected-yes-no", key, "true or false", node).help("write `true` or `false`, unquoted"),
            );
        }
        answer.map(|answer| (answer, node.span))
    }

    /// Takes a whole number. Reports `expected-number` for anything else.
    pub fn integer(&mut self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<(i64, Span)> {
        let node = self.take_given(key)?;
        let number = node.as_i64();
        if number.is_none() {
            diagnostics.push(self.expected("expected-number", key, "a whole number", node));
        }
        number.map(|number| (number, node.span))
    }

    /// Takes a number. Reports `expected-number` for anything else.
    pub fn number(&mut self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<(f64, Span)> {
        let node = self.take_given(key)?;
        let number = node.as_f64();
        if number.is_none() {
            diagnostics.push(self.expected("expected-number", key, "a number", node));
        }
        number.map(|number| (number, node.span))
    }

    /// Takes one text or a list of texts; empty if the key is missing. Empty items are passed over; an item
    /// that is not text is reported as `expected-text` and left out.
    pub fn strings(&mut self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<(&'a str, Span)> {
        let Some(node) = self.take_given(key) else { return Vec::new() };
        let items = match &node.kind {
            Kind::Sequence(items) => items.as_slice(),
            Kind::Scalar(_) => std::slice::from_ref(node),
            Kind::Mapping(_) => {
                diagnostics.push(self.expected("expected-text", key, "text or a list of texts", node));
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.as_str() {
                Some(text) => texts.push((text, item.span)),
                None if item.is_null() => {}
                None => diagnostics.push(Diagnostic::error(
                    "expected-text",
                    item.span,
                    format!("every item of `{}` in {} must be text, not {}", key, self.what, item.kind_name()),
                )),
            }
        }
        texts
    }

    /// Takes a list. Reports `expected-list` for anything else.
    pub fn sequence(&mut self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a [Node]> {
        let node = self.take_given(key)?;
        let items = node.as_sequence();
        if items.is_none() {
            diagnostics.push(
                self.expected("expected-list", key, "a list", node).help("write `- item` lines, or `[item, item]`"),
            );
        }
        items
    }

    /// Takes a mapping. Reports `expected-mapping` for anything else.
    pub fn mapping(&mut self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a [Entry]> {
        let node = self.take_given(key)?;
        let entries = node.as_mapping();
        if entries.is_none() {
            diagnostics.push(
                self.expected("expected-mapping", key, "a mapping", node)
                    .help("write `key: value` lines, indented below, or `{key: value}`"),
            );
        }
        entries
    }

    /// The entries nobody took, in the order of the file.
    pub fn rest(&self) -> impl Iterator<Item = &'a Entry> + use<'a, '_> {
        self.entries.iter().enumerate().filter(|(index, _)| !self.is_taken(*index)).map(|(_, entry)| entry)
    }

    /// Reports every key nobody took as `unknown-key`, with the known key that was probably meant.
    pub fn finish(&self, known_keys: &[&str], diagnostics: &mut Vec<Diagnostic>) {
        for entry in self.rest() {
            let key = shorten(&entry.key);
            let diagnostic = if known_keys.contains(&&*entry.key) {
                // Known, but this reader had no use for it: calling it unknown would send people looking
                // for a typing mistake that is not there.
                let message = format!("the key `{key}` has no meaning here in {}", self.what);
                Diagnostic::error("unknown-key", entry.key_span, message).help("remove it")
            } else {
                let message = format!("unknown key `{key}` in {}", self.what);
                Diagnostic::error("unknown-key", entry.key_span, message).help(self.advice(&entry.key, known_keys))
            };
            diagnostics.push(diagnostic);
        }
    }

    fn advice(&self, key: &str, known_keys: &[&str]) -> String {
        // A key that is there already is rarely what a second one was meant to be.
        let missing = known_keys.iter().copied().filter(|known| !self.has(known));
        if let Some(meant) = did_you_mean(key, missing).or_else(|| did_you_mean(key, known_keys.iter().copied())) {
            return format!("did you mean `{meant}`?");
        }
        if known_keys.is_empty() {
            return "remove it: no keys are known here".to_owned();
        }
        let named: Vec<String> = known_keys.iter().take(24).map(|known| format!("`{known}`")).collect();
        let more = known_keys.len() - named.len();
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("known keys: {}{tail}", named.join(", "))
    }

    /// Takes a value that is not null.
    fn take_given(&mut self, key: &str) -> Option<&'a Node> {
        self.take(key).filter(|node| !node.is_null())
    }

    fn is_taken(&self, index: usize) -> bool {
        match index.checked_sub(64) {
            Some(beyond) => self.taken_beyond.get(beyond).copied().unwrap_or(false),
            None => self.taken >> index & 1 == 1,
        }
    }

    fn expected(&self, code: &'static str, key: &str, wanted: &str, found: &Node) -> Diagnostic {
        let message = format!("`{key}` in {} must be {wanted}, not {}", self.what, found.kind_name());
        Diagnostic::error(code, found.span, message)
    }
}
