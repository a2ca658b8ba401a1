//! An answer while it is being put together.

use vauban_model::resource::Text;

use super::principals::Applied;
use crate::permissions::{Answer, Settable};

/// An answer with the statements behind it.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) answer: Answer,
    pub(crate) parts: Vec<Applied>,
    pub(crate) assumptions: Vec<Text>,
    pub(crate) settable: Vec<Settable>,
}

impl Level {
    /// An answer that nothing stands behind.
    pub(crate) fn plain(answer: Answer) -> Self {
        Level { answer, parts: Vec::new(), assumptions: Vec::new(), settable: Vec::new() }
    }

    /// Not known, and why.
    pub(crate) fn unknown(why: impl Into<Text>) -> Self {
        Level { assumptions: vec![why.into()], ..Level::plain(Answer::Unknown) }
    }

    /// Both are needed.
    pub(crate) fn and(mut self, other: Level) -> Level {
        if self.answer == Answer::Denied {
            return self;
        }
        if other.answer == Answer::Denied {
            return other;
        }
        self.answer = self.answer.min(other.answer);
        for part in other.parts {
            if !self.parts.contains(&part) {
                self.parts.push(part);
            }
        }
        for text in other.assumptions {
            if !self.assumptions.contains(&text) {
                self.assumptions.push(text);
            }
        }
        for one in other.settable {
            if !self.settable.contains(&one) {
                self.settable.push(one);
            }
        }
        self
    }

    /// One is enough: the better one, and of equals the one that leans on less.
    pub(crate) fn or(self, other: Level) -> Level {
        let weight = |level: &Level| (level.settable.len(), level.assumptions.len());
        if other.answer > self.answer
            || other.answer == self.answer && other.answer != Answer::Denied && weight(&other) < weight(&self)
        {
            other
        } else {
            self
        }
    }

    /// No better than this.
    pub(crate) fn capped(mut self, most: Answer) -> Level {
        self.answer = self.answer.min(most);
        self
    }
}
