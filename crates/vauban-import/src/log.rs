//! What an import has to say: bounded, grouped where the same thing holds in many places, in the order of the files.

use rustc_hash::FxHashMap;
use vauban_model::{Diagnostic, Severity, Span, did_you_mean};

/// Most messages of one code; a file with a million dangling references needs no million messages.
const MESSAGES_PER_CODE: usize = 200;
/// Most searches for a word that was meant. Each costs a comparison with every candidate.
const SUGGESTIONS: usize = 50;
/// Most candidates in one such search.
const CANDIDATES: usize = 500;

/// Collects diagnostics of one import.
#[derive(Debug)]
pub(crate) struct Log {
    out: Vec<Diagnostic>,
    /// How often each code was used, in the order of first use.
    said: Vec<(&'static str, usize)>,
    groups: Vec<Group>,
    group_of: FxHashMap<String, usize>,
    left_out: Vec<LeftOut>,
    suggestions_left: usize,
}

/// The same thing said of many places.
#[derive(Debug)]
struct Group {
    first: Diagnostic,
    places: usize,
}

/// Keys that are not carried over, all for one reason.
#[derive(Debug)]
struct LeftOut {
    reason: &'static str,
    keys: Vec<String>,
    span: Span,
    places: usize,
}

impl Log {
    pub(crate) fn new() -> Self {
        Log {
            out: Vec::new(),
            said: Vec::new(),
            groups: Vec::new(),
            group_of: FxHashMap::default(),
            left_out: Vec::new(),
            suggestions_left: SUGGESTIONS,
        }
    }

    /// Adds a message.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.may_say(diagnostic.code) {
            self.out.push(diagnostic);
        }
    }

    /// Adds a message that many places may deserve in the same words: it is shown once, at the first of them, with
    /// the number of places.
    pub(crate) fn group(&mut self, diagnostic: Diagnostic) {
        if let Some(group) = self.group_of.get(&diagnostic.message).and_then(|index| self.groups.get_mut(*index)) {
            group.places += 1;
        } else if self.may_say(diagnostic.code) {
            self.group_of.insert(diagnostic.message.clone(), self.groups.len());
            self.groups.push(Group { first: diagnostic, places: 1 });
        }
    }

    /// Says that something is not carried over, and why that is no loss. One message names all keys of one reason.
    pub(crate) fn left_out(&mut self, key: &str, span: Span, reason: &'static str) {
        match self.left_out.iter_mut().find(|left| left.reason == reason) {
            Some(left) => {
                left.places += 1;
                if left.keys.iter().all(|known| known != key) {
                    left.keys.push(key.to_owned());
                }
            }
            None => self.left_out.push(LeftOut { reason, keys: vec![key.to_owned()], span, places: 1 }),
        }
    }

    /// Whether an error was reported.
    pub(crate) fn has_errors(&self) -> bool {
        self.out.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Counts a message; returns whether there is room for it.
    fn may_say(&mut self, code: &'static str) -> bool {
        let said = match self.said.iter_mut().find(|(known, _)| *known == code) {
            Some((_, said)) => {
                *said += 1;
                *said
            }
            None => {
                self.said.push((code, 1));
                1
            }
        };
        said <= MESSAGES_PER_CODE
    }

    /// The messages of a parser, which have their own bound.
    pub(crate) fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        self.out.extend(diagnostics);
    }

    /// The candidate that was probably meant, as the help of a message.
    pub(crate) fn suggest<'c>(&mut self, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
        self.suggestions_left = self.suggestions_left.checked_sub(1)?;
        did_you_mean(word, candidates.into_iter().take(CANDIDATES)).map(|meant| format!("did you mean `{meant}`?"))
    }

    /// Everything said, in the order of the files.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        for group in self.groups {
            let mut first = group.first;
            first.message.push_str(&places(group.places));
            self.out.push(first);
        }
        for left in self.left_out {
            let keys: Vec<String> = left.keys.iter().map(|key| format!("`{key}`")).collect();
            let message = format!("not carried over: {}; {}{}", keys.join(", "), left.reason, places(left.places));
            self.out.push(Diagnostic::note("import-dropped", left.span, message));
        }
        // Stable, and nothing else than the place decides: messages of one place stay in the order they arose.
        self.out.sort_by_key(|diagnostic| diagnostic.span.map(|span| (span.file, span.line, span.column)));
        for (code, said) in self.said {
            if let Some(more) = said.checked_sub(MESSAGES_PER_CODE).filter(|more| *more > 0) {
                let message = format!("{more} more problems of the kind `{code}` are not shown");
                self.out.push(Diagnostic::new(Severity::Note, "too-many-problems", None, message));
            }
        }
        self.out
    }
}

fn places(places: usize) -> String {
    if places > 1 { format!(" ({places} places, the first here)") } else { String::new() }
}

/// A user's word for a message: one line, of bearable length.
pub(crate) fn short(word: &str) -> String {
    // Nothing between two back-ticks would look like a mistake of the message.
    if word.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let mut short: String = word.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if word.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}
