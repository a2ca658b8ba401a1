//! Chance that is the same on every run: a failing case is named by its seed and comes back.

/// A small generator (xorshift64*); good enough to choose test cases, nothing else.
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of a case.
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number below a bound; 0 when the bound is.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { usize::try_from(self.next() % bound as u64).unwrap() }
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(crate) fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// An index of a list of this length, if it has any.
    pub(crate) fn index(&mut self, length: usize) -> Option<u32> {
        (length > 0).then(|| u32::try_from(self.below(length)).unwrap())
    }
}
