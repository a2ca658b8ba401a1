//! What every format needs while a tree is put together: duplicate keys, and messages that do not drown.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::hash::{BuildHasherDefault, DefaultHasher};

use vauban_model::{Diagnostic, FileId, Severity, Span};

use crate::limits::Limits;
use crate::node::Entry;

/// Mappings up to this size are compared pair by pair, larger ones by hash.
const SMALL: usize = 12;

/// Collects messages up to a bound; a file with a million mistakes needs no million messages. When it goes,
/// what it collected stands in the order of the file.
pub(crate) struct Sink<'d> {
    out: &'d mut Vec<Diagnostic>,
    /// How many messages were there before.
    before: usize,
    left: usize,
    dropped: usize,
}

impl<'d> Sink<'d> {
    pub(crate) fn new(out: &'d mut Vec<Diagnostic>) -> Self {
        Sink { before: out.len(), out, left: Limits::MESSAGES, dropped: 0 }
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.left == 0 {
            self.dropped += 1;
        } else {
            self.left -= 1;
            self.out.push(diagnostic);
        }
    }

    /// Whether further messages will only be counted.
    pub(crate) fn is_full(&self) -> bool {
        self.left == 0
    }

    /// Whether the same was said at the same place before.
    pub(crate) fn said(&self, code: &str, span: Span) -> bool {
        self.out.iter().any(|earlier| earlier.code == code && earlier.span == Some(span))
    }
}

impl Drop for Sink<'_> {
    fn drop(&mut self) {
        if let Some(collected) = self.out.get_mut(self.before..) {
            collected.sort_by_key(|diagnostic| diagnostic.span.map(|span| (span.line, span.column)));
        }
        if self.dropped > 0 {
            let place = self.out.last().and_then(|last| last.span);
            let message = format!("{} more problems like these are not shown", self.dropped);
            self.out.push(
                Diagnostic::new(Severity::Note, "too-many-problems", place, message)
                    .help("repair the ones shown first"),
            );
        }
    }
}

/// Refuses a text that is larger than wanted. The message has no place: the whole file is meant.
pub(crate) fn fits(file: FileId, text: &str, limits: &Limits, out: &mut Vec<Diagnostic>) -> bool {
    if text.len() <= limits.max_bytes {
        return true;
    }
    let message = format!("the file is {} bytes long; at most {} are read", text.len(), limits.max_bytes);
    out.push(
        Diagnostic::error("too-large", Span::new(file, 1, 1, 0), message).help("split the file into smaller ones"),
    );
    false
}

/// Too many nodes: reading stops here.
pub(crate) fn too_many_nodes(span: Span, limits: &Limits) -> Diagnostic {
    let message = format!("more than {} values in one file; the rest was not read", limits.max_nodes);
    Diagnostic::error("too-large", span, message).help("split the file into smaller ones")
}

/// Nested too deeply: what is inside is left out.
pub(crate) fn too_deep(span: Span, limits: &Limits) -> Diagnostic {
    let message = format!("nested more than {} levels deep; what is inside was not read", limits.depth());
    Diagnostic::error("too-deep", span, message)
        .help("check for brackets that are never closed; no model needs this depth")
}

/// The message for a key that a mapping already has.
pub(crate) fn duplicate(key: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error("duplicate-key", second, format!("the key `{}` is given twice", shorten(key)))
        .help("only the first value is used; remove or rename one of the two")
        .related(first, "first given here")
}

/// Removes every entry whose key an earlier entry has, and says so.
pub(crate) fn remove_duplicates(entries: &mut Vec<Entry>, mut report: impl FnMut(Diagnostic)) {
    let mut repeated: Vec<usize> = Vec::new();
    if entries.len() <= SMALL {
        for (index, entry) in entries.iter().enumerate().skip(1) {
            if let Some(first) = entries.iter().take(index).find(|earlier| earlier.key == entry.key) {
                report(duplicate(&entry.key, first.key_span, entry.key_span));
                repeated.push(index);
            }
        }
    } else {
        // A fixed hasher: no randomness from outside, and nothing is iterated.
        let mut seen: HashMap<&str, Span, BuildHasherDefault<DefaultHasher>> =
            HashMap::with_capacity_and_hasher(entries.len(), BuildHasherDefault::default());
        for (index, entry) in entries.iter().enumerate() {
            match seen.entry(&entry.key) {
                Slot::Vacant(slot) => {
                    slot.insert(entry.key_span);
                }
                Slot::Occupied(slot) => {
                    report(duplicate(&entry.key, *slot.get(), entry.key_span));
                    repeated.push(index);
                }
            }
        }
    }
    if !repeated.is_empty() {
        let mut repeated = repeated.into_iter().peekable();
        let mut index = 0;
        entries.retain(|_| {
            let keep = repeated.next_if_eq(&index).is_none();
            index += 1;
            keep
        });
    }
}

/// A user's word for a message: one line, of bearable length.
pub(crate) fn shorten(word: &str) -> String {
    let mut short: String = word.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if word.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}
