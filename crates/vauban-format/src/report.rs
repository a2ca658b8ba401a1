//! Collects messages and references while a document is read.

use rustc_hash::FxHashSet;
use vauban_model::model::ElementRef;
use vauban_model::{Diagnostic, Span, did_you_mean};

/// How many words may be compared in search of suggestions in one reading. A file with a hundred thousand misspelt
/// references to a hundred thousand elements still gets its messages at once, only without suggestions after this many.
const COMPARISONS: usize = 300_000;

/// Longest list of known words that a message spells out.
const LISTED: usize = 90;

/// A place in a file that names an element: for editors that jump, hover and rename.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where the name stands.
    pub span: Span,
    /// What it names.
    pub target: ElementRef,
}

/// Messages so far.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Set while a template's values are read for one of the elements that use it: what is wrong with the template is
    /// said once, not once per element.
    pub(crate) shared: bool,
    said: FxHashSet<(&'static str, Span)>,
    comparisons: usize,
}

impl Default for Report {
    fn default() -> Self {
        Report { diagnostics: Vec::new(), shared: false, said: FxHashSet::default(), comparisons: COMPARISONS }
    }
}

impl Report {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.shared
            && let Some(span) = diagnostic.span
            && !self.said.insert((diagnostic.code, span))
        {
            return;
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether a message about a template was said already: looking for suggestions again would be wasted.
    pub(crate) fn heard(&self, code: &'static str, span: Span) -> bool {
        self.shared && self.said.contains(&(code, span))
    }

    /// The messages in the order of the files, those without a place first.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        self.diagnostics
    }

    /// The candidate that was probably meant.
    pub(crate) fn suggest<'c>(&mut self, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
        let mut left = self.comparisons;
        // Words of very different length are no candidates; telling so costs next to nothing.
        let limit = (word.len() / 3).clamp(1, 3);
        let near = candidates.into_iter().filter(|candidate| {
            !(word.is_ascii() && candidate.is_ascii()) || candidate.len().abs_diff(word.len()) <= limit
        });
        let meant = did_you_mean(
            word,
            near.take_while(|_| {
                left = left.saturating_sub(1);
                left > 0
            }),
        );
        self.comparisons = left;
        meant
    }

    /// `did you mean …?`, or the words there are, or `otherwise` when there are none or too many.
    pub(crate) fn advice<'c>(
        &mut self,
        word: &str,
        candidates: impl Iterator<Item = &'c str> + Clone,
        otherwise: &str,
    ) -> String {
        if let Some(meant) = self.suggest(word, candidates.clone()) {
            return format!("did you mean `{}`?", shown(meant));
        }
        let few: Vec<&str> = candidates.take(9).collect();
        if few.is_empty() || few.len() > 8 { otherwise.to_owned() } else { format!("there is {}", listed(&few)) }
    }

    /// A word that is none of those that fit: what was meant, and the list.
    pub(crate) fn unknown_word(&mut self, word: &str, span: Span, key: &str, words: &[&str]) {
        if self.heard("unknown-word", span) {
            return;
        }
        let list = if words.len() <= LISTED { format!("one of {}", listed(words)) } else { String::new() };
        let help = match self.suggest(word, words.iter().copied()) {
            Some(meant) if list.is_empty() => format!("did you mean `{meant}`?"),
            Some(meant) => format!("did you mean `{meant}`? It is {list}"),
            None => format!("it is {list}"),
        };
        let message = format!("`{}` is no word for `{}`", shown(word), shown(key));
        self.push(Diagnostic::error("unknown-word", span, message).help(help));
    }

    /// A key that nobody reads.
    pub(crate) fn unknown_key(&mut self, key: &str, span: Span, what: &str, known: &[&str]) {
        let help = match self.suggest(key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known keys: {}", listed(known)),
        };
        let message = format!("unknown key `{}` in {what}", shown(key));
        self.push(Diagnostic::error("unknown-key", span, message).help(help));
    }
}

/// A user's word for a message: one line, of bearable length.
pub(crate) fn shown(word: &str) -> String {
    let mut short: String = word.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if word.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// Words in back-ticks, with commas.
pub(crate) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{}`", shown(word))).collect::<Vec<_>>().join(", ")
}
