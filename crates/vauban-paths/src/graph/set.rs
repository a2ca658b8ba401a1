//! Identifiers of states and steps, and sets of them.

use std::marker::PhantomData;

/// A state (OR node) of a graph: a number from 0, given out in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

/// A step (AND node) of a graph: a number from 0, given out in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

/// What a dense set can hold: an identifier that is a small number.
pub trait Id: Copy {
    /// The identifier's number.
    fn index(self) -> usize;
    /// The identifier with this number. Numbers beyond `u32` do not occur: sets only return what was put in.
    fn from_index(index: usize) -> Self;
}

impl Id for StateId {
    fn index(self) -> usize {
        self.0 as usize
    }

    fn from_index(index: usize) -> Self {
        StateId(index as u32)
    }
}

impl Id for StepId {
    fn index(self) -> usize {
        self.0 as usize
    }

    fn from_index(index: usize) -> Self {
        StepId(index as u32)
    }
}

/// A set of identifiers as one bit each; it grows to the largest identifier put in.
///
/// Two sets are equal when they hold the same identifiers, whatever their capacity.
#[derive(Clone)]
pub struct IdSet<I> {
    words: Vec<u64>,
    identifiers: PhantomData<fn() -> I>,
}

/// A set of states.
pub type StateSet = IdSet<StateId>;

/// A set of steps.
pub type StepSet = IdSet<StepId>;

impl<I: Id> IdSet<I> {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        IdSet { words: Vec::new(), identifiers: PhantomData }
    }

    /// The empty set with room for identifiers below `count`.
    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        IdSet { words: vec![0; count.div_ceil(64)], identifiers: PhantomData }
    }

    /// Whether the identifier is in the set.
    #[must_use]
    pub fn contains(&self, id: I) -> bool {
        let index = id.index();
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Puts the identifier in; true when it was not there before.
    pub fn insert(&mut self, id: I) -> bool {
        let index = id.index();
        if index / 64 >= self.words.len() {
            self.words.resize(index / 64 + 1, 0);
        }
        let word = &mut self.words[index / 64];
        let before = *word;
        *word |= 1 << (index % 64);
        *word != before
    }

    /// Takes the identifier out; true when it was there.
    pub fn remove(&mut self, id: I) -> bool {
        let index = id.index();
        let Some(word) = self.words.get_mut(index / 64) else { return false };
        let before = *word;
        *word &= !(1 << (index % 64));
        *word != before
    }

    /// How many identifiers the set holds; linear in its capacity.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the set holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether everything in this set is in the other too.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.words.iter().enumerate().all(|(at, word)| word & !other.words.get(at).copied().unwrap_or(0) == 0)
    }

    /// The identifiers in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = I> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                Some(I::from_index(at * 64 + bit))
            })
        })
    }
}

impl<I: Id> Default for IdSet<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id> PartialEq for IdSet<I> {
    fn eq(&self, other: &Self) -> bool {
        self.is_subset(other) && other.is_subset(self)
    }
}

impl<I: Id> Eq for IdSet<I> {}

impl<I: Id + std::fmt::Debug> std::fmt::Debug for IdSet<I> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl<I: Id> FromIterator<I> for IdSet<I> {
    fn from_iter<T: IntoIterator<Item = I>>(identifiers: T) -> Self {
        let mut set = Self::new();
        set.extend(identifiers);
        set
    }
}

impl<I: Id> Extend<I> for IdSet<I> {
    fn extend<T: IntoIterator<Item = I>>(&mut self, identifiers: T) {
        for id in identifiers {
            self.insert(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{StateId, StateSet};

    #[test]
    fn a_set_holds_what_was_put_in_and_compares_by_content() {
        let mut set: StateSet = [StateId(200), StateId(3), StateId(3)].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [StateId(3), StateId(200)]);
        assert_eq!(set.len(), 2);
        assert!(set.remove(StateId(200)) && !set.remove(StateId(200)) && !set.remove(StateId(9_999)));
        assert_eq!(set, [StateId(3)].into_iter().collect());
        assert_ne!(set, StateSet::new());
        assert!(!set.contains(StateId(u32::MAX)));
    }
}
