//! What was worked out and is asked again: many principals have the same patterns, and many resources the same name.

use std::sync::Mutex;

use rustc_hash::FxHashMap;

use super::matching::{Choice, Tok, Tri, fits, name};
use super::policy::{Name, Pattern};

/// Answers that are kept at the most; beyond, they are worked out each time. About 24 bytes each.
const MOST_KEPT: usize = 1 << 20;

/// Numbers for texts, the same for the same text; 0 is none.
#[derive(Debug, Default)]
pub(crate) struct Texts(FxHashMap<Box<str>, u32>);

impl Texts {
    /// The number of a text.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.0.get(text) {
            return *known;
        }
        let number = u32::try_from(self.0.len() + 1).unwrap_or(0);
        self.0.insert(text.into(), number);
        number
    }
}

/// Which patterns fit which names.
#[derive(Debug, Default)]
pub(crate) struct Fits {
    patterns: Mutex<FxHashMap<(u32, u32, bool), Tri>>,
    callers: Mutex<Callers>,
}

#[derive(Debug, Default)]
struct Callers {
    texts: Texts,
    known: FxHashMap<(u32, u32), Tri>,
}

impl Fits {
    /// [`Pattern::fits`], looked up where both have numbers and the caller does not matter.
    pub(crate) fn pattern(
        &self,
        pattern: &Pattern,
        name: &Name,
        choice: Choice,
        fill: &dyn Fn(&str) -> Option<String>,
    ) -> Tri {
        let (Some(one), Some(other)) = (pattern.number(), name.number()) else {
            return pattern.fits(name, choice, fill);
        };
        let key = (one, other, choice == Choice::Some);
        let mut known = self.patterns.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(fit) = known.get(&key) {
            return *fit;
        }
        let fit = pattern.fits(name, choice, fill);
        if known.len() < MOST_KEPT {
            known.insert(key, fit);
        }
        fit
    }

    /// Whether a text of a policy names the principal with an ARN; stars are no wildcards there.
    pub(crate) fn caller(&self, text: &str, arn: &str) -> Tri {
        let mut callers = self.callers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (callers.texts.number(text), callers.texts.number(arn));
        if let Some(fit) = callers.known.get(&key) {
            return *fit;
        }
        let fit = fits(&one_principal(text), &name(arn), Choice::Some);
        if callers.known.len() < MOST_KEPT {
            callers.known.insert(key, fit);
        }
        fit
    }
}

/// A text of a policy that names one principal: its stars are no wildcards.
pub(crate) fn one_principal(text: &str) -> Vec<Tok> {
    super::matching::pattern(text)
        .into_iter()
        .map(|tok| match tok {
            Tok::Any => Tok::Char('*'),
            Tok::One => Tok::Char('?'),
            other => other,
        })
        .collect()
}
