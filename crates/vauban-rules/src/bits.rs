//! Sets of elements as words of 64 bits, and three-valued columns made of two of them.

/// A set of elements of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    length: usize,
}

impl Bits {
    /// The empty set over `length` elements.
    pub fn none(length: usize) -> Self {
        Bits { words: vec![0; length.div_ceil(64)], length }
    }

    /// The full set over `length` elements.
    pub fn all(length: usize) -> Self {
        let mut bits = Bits { words: vec![u64::MAX; length.div_ceil(64)], length };
        bits.trim();
        bits
    }

    /// The elements for which a test holds.
    pub fn of(length: usize, mut test: impl FnMut(usize) -> bool) -> Self {
        let mut bits = Bits::none(length);
        for at in 0..length {
            if test(at) {
                bits.set(at);
            }
        }
        bits
    }

    fn trim(&mut self) {
        let rest = self.length % 64;
        if rest > 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1u64 << rest) - 1;
        }
    }

    /// How many elements there could be.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there could be none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether no element is in the set.
    pub fn is_none(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many elements are in the set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether an element is in the set.
    pub fn get(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Puts an element in.
    pub fn set(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// Takes an element out.
    pub fn unset(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at / 64) {
            *word &= !(1 << (at % 64));
        }
    }

    /// Keeps what is in both.
    pub fn and(&mut self, other: &Bits) {
        for (word, mask) in self.words.iter_mut().zip(&other.words) {
            *word &= mask;
        }
    }

    /// Adds what is in the other.
    pub fn or(&mut self, other: &Bits) {
        for (word, mask) in self.words.iter_mut().zip(&other.words) {
            *word |= mask;
        }
    }

    /// Takes out what is in the other.
    pub fn minus(&mut self, other: &Bits) {
        for (word, mask) in self.words.iter_mut().zip(&other.words) {
            *word &= !mask;
        }
    }

    /// Everything that is not in the set.
    #[must_use]
    pub fn complement(&self) -> Bits {
        let mut bits = Bits { words: self.words.iter().map(|word| !word).collect(), length: self.length };
        bits.trim();
        bits
    }

    /// The elements in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    at * 64 + bit
                })
            })
        })
    }
}

/// One of three truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Known to hold.
    True,
    /// Known not to hold.
    False,
    /// Nobody said.
    Unknown,
}

impl Truth {
    /// The value of an optional yes/no.
    pub fn of(value: Option<bool>) -> Self {
        match value {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => Truth::Unknown,
        }
    }

    /// Kleene's negation.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    /// Kleene's conjunction.
    #[must_use]
    pub fn and(self, other: Truth) -> Self {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// Kleene's disjunction.
    #[must_use]
    pub fn or(self, other: Truth) -> Self {
        self.negated().and(other.negated()).negated()
    }
}

/// A three-valued column: for each element true, false or unknown. Never both true and false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Where it is known to hold.
    pub yes: Bits,
    /// Where it is known not to hold.
    pub no: Bits,
}

impl Column {
    /// Unknown everywhere.
    pub fn unknown(length: usize) -> Self {
        Column { yes: Bits::none(length), no: Bits::none(length) }
    }

    /// The same known value everywhere.
    pub fn constant(length: usize, value: bool) -> Self {
        if value {
            Column { yes: Bits::all(length), no: Bits::none(length) }
        } else {
            Column { yes: Bits::none(length), no: Bits::all(length) }
        }
    }

    /// Known everywhere: true where the set says so.
    pub fn known(yes: Bits) -> Self {
        let no = yes.complement();
        Column { yes, no }
    }

    /// A column from a value per element.
    pub fn of(length: usize, mut value: impl FnMut(usize) -> Truth) -> Self {
        let mut column = Column::unknown(length);
        for at in 0..length {
            column.set(at, value(at));
        }
        column
    }

    /// The value at an element.
    pub fn get(&self, at: usize) -> Truth {
        if self.yes.get(at) {
            Truth::True
        } else if self.no.get(at) {
            Truth::False
        } else {
            Truth::Unknown
        }
    }

    /// Sets the value at an element.
    pub fn set(&mut self, at: usize, value: Truth) {
        self.yes.unset(at);
        self.no.unset(at);
        match value {
            Truth::True => self.yes.set(at),
            Truth::False => self.no.set(at),
            Truth::Unknown => {}
        }
    }

    /// Kleene's negation.
    #[must_use]
    pub fn negated(self) -> Column {
        Column { yes: self.no, no: self.yes }
    }

    /// Kleene's conjunction.
    pub fn and(&mut self, other: &Column) {
        self.yes.and(&other.yes);
        self.no.or(&other.no);
    }

    /// Kleene's disjunction.
    pub fn or(&mut self, other: &Column) {
        self.yes.or(&other.yes);
        self.no.and(&other.no);
    }

    /// Where it is unknown.
    pub fn unknown_bits(&self) -> Bits {
        let mut bits = self.yes.complement();
        bits.minus(&self.no);
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_kleenes_tables() {
        use Truth::{False, True, Unknown};
        let all = [True, False, Unknown];
        for a in all {
            for b in all {
                let column = |value| Column::of(70, |_| value);
                let mut and = column(a);
                and.and(&column(b));
                assert_eq!(and.get(69), a.and(b));
                let mut or = column(a);
                or.or(&column(b));
                assert_eq!(or.get(69), a.or(b));
                assert_eq!(column(a).negated().get(0), a.negated());
            }
        }
        assert_eq!(False.and(Unknown), False);
        assert_eq!(True.or(Unknown), True);
        assert_eq!(True.and(Unknown), Unknown);
    }

    #[test]
    fn sets_keep_to_their_length() {
        assert_eq!(Bits::all(70).count(), 70);
        assert_eq!(Bits::none(70).complement().iter().count(), 70);
        assert_eq!(Bits::of(130, |at| at % 64 == 1).iter().collect::<Vec<_>>(), [1, 65, 129]);
    }
}
