//! What an import has to say: bounded, grouped where the same thing holds in many places, in the order of the files.

use rustc_hash::FxHashMap;
use vauban_model::{Diagnostic, Severity, Span, did_you_mean};

/// Most messages of one code; a file with a million dangling references needs no million messages.
const MESSAGES_PER_CODE: usize = 200;
/// Most searches for a word that was meant. Each costs a comparison with every candidate.
const SUGGESTIONS: usize = 100;
/// Most candidates in one such search.
const CANDIDATES: usize = 2_000;

/// Collects diagnostics of one import.
#[derive(Debug)]
pub(crate) struct Log {
    out: Vec<Diagnostic>,
    said: FxHashMap<&'static str, usize>,
    groups: Vec<Group>,
    group_of: FxHashMap<String, usize>,
    suggestions_left: usize,
}

/// The same thing said of many places.
#[derive(Debug)]
struct Group {
    first: Diagnostic,
    places: usize,
}

impl Log {
    pub(crate) fn new() -> Self {
        Log {
            out: Vec::new(),
            said: FxHashMap::default(),
            groups: Vec::new(),
            group_of: FxHashMap::default(),
            suggestions_left: SUGGESTIONS,
        }
    }

    /// Adds a message.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let said = self.said.entry(diagnostic.code).or_default();
        *said += 1;
        if *said <= MESSAGES_PER_CODE {
            self.out.push(diagnostic);
        }
    }

    /// Adds a message that many places may deserve in the same words: it is shown once, at the first of them, with
    /// the number of places.
    pub(crate) fn group(&mut self, diagnostic: Diagnostic) {
        match self.group_of.get(&diagnostic.message) {
            Some(&index) => {
                if let Some(group) = self.groups.get_mut(index) {
                    group.places += 1;
                }
            }
            None => {
                self.group_of.insert(diagnostic.message.clone(), self.groups.len());
                self.groups.push(Group { first: diagnostic, places: 1 });
            }
        }
    }

    /// Says that something is not carried over, and why that is no loss.
    pub(crate) fn left_out(&mut self, key: &str, span: Span, reason: &str) {
        self.group(Diagnostic::note("import-dropped", span, format!("`{}` is not carried over: {reason}", short(key))));
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
        let mut withheld: Vec<(&'static str, usize)> = Vec::new();
        for diagnostic in &self.out {
            let said = self.said.get(diagnostic.code).copied().unwrap_or_default();
            if said > MESSAGES_PER_CODE && withheld.iter().all(|(code, _)| *code != diagnostic.code) {
                withheld.push((diagnostic.code, said - MESSAGES_PER_CODE));
            }
        }
        for group in self.groups {
            let mut first = group.first;
            if group.places > 1 {
                first.message = format!("{} ({} places, the first here)", first.message, group.places);
            }
            self.out.push(first);
        }
        // Stable, and nothing else than the place decides: messages of one place stay in the order they arose.
        self.out.sort_by_key(|diagnostic| diagnostic.span.map(|span| (span.file, span.line, span.column)));
        for (code, more) in withheld {
            let message = format!("{more} more problems of the kind `{code}` are not shown");
            self.out.push(Diagnostic::new(Severity::Note, "too-many-problems", None, message));
        }
        self.out
    }
}

/// A user's word for a message: one line, of bearable length.
pub(crate) fn short(word: &str) -> String {
    let mut short: String = word.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if word.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}
