//! Costs: probabilities as integers that add up.
//!
//! A step that succeeds with probability `p` costs `-1000 · ln p`, rounded to the nearest integer (thousandths of
//! a nat). Probabilities of independent steps multiply, so costs add. Integers make every comparison and every
//! tie the same on all platforms; the logarithm comes from `libm`, not from the platform, for the same reason.
//!
//! The rounding error of one step is at most 0.0005 nat, a relative error of 0.05 % on its probability.

/// The cost of what cannot happen: probability zero. A step or start with this cost is never used.
pub const IMPOSSIBLE: u64 = u64::MAX;

/// The largest cost of something that can happen. Sums stop here instead of wrapping; only sums over
/// astronomically repeated sub-derivations come near it, and beyond it order is lost but nothing else.
pub const COST_CEILING: u64 = u64::MAX - 1;

/// Thousandths of a nat for a probability: `-1000 · ln p`, rounded to nearest.
///
/// A probability of 1 or more costs nothing; zero, a negative number or not-a-number is [`IMPOSSIBLE`].
#[must_use]
pub fn cost_of_probability(probability: f64) -> u64 {
    if probability >= 1.0 {
        0
    } else if probability > 0.0 {
        // The smallest positive number gives about 744 440: the cast neither wraps nor truncates.
        libm::round(-1000.0 * libm::log(probability)) as u64
    } else {
        IMPOSSIBLE
    }
}

/// The probability a cost stands for: `exp(-cost / 1000)`; zero for [`IMPOSSIBLE`].
#[must_use]
pub fn probability_of_cost(cost: u64) -> f64 {
    if cost == IMPOSSIBLE { 0.0 } else { libm::exp(-(cost as f64) / 1000.0) }
}

/// The sum of two costs: [`IMPOSSIBLE`] absorbs, anything else stops at [`COST_CEILING`].
#[must_use]
pub(super) fn add(left: u64, right: u64) -> u64 {
    if left == IMPOSSIBLE || right == IMPOSSIBLE { IMPOSSIBLE } else { left.saturating_add(right).min(COST_CEILING) }
}

/// A sum without one of its terms. Once the sum has stopped at the ceiling the terms are lost, so it stays there.
#[must_use]
pub(super) fn without(sum: u64, term: u64) -> u64 {
    if sum >= COST_CEILING { sum } else { sum.saturating_sub(term) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_become_costs_and_come_back() {
        assert_eq!(cost_of_probability(1.0), 0);
        assert_eq!(cost_of_probability(0.5), 693);
        assert_eq!(cost_of_probability(0.01), 4605);
        assert_eq!(cost_of_probability(f64::INFINITY), 0);
        assert_eq!(cost_of_probability(5e-324), 744_440);
        for impossible in [0.0, -0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(cost_of_probability(impossible), IMPOSSIBLE);
        }
        assert_eq!(probability_of_cost(0), 1.0);
        assert_eq!(probability_of_cost(IMPOSSIBLE), 0.0);
        for percent in 1..=100 {
            let probability = f64::from(percent) / 100.0;
            let back = probability_of_cost(cost_of_probability(probability));
            assert!((back / probability - 1.0).abs() < 0.000_501, "{probability} came back as {back}");
        }
    }

    #[test]
    fn sums_stop_at_the_ceiling_and_the_impossible_absorbs() {
        assert_eq!(add(1, 2), 3);
        assert_eq!(add(COST_CEILING, 5), COST_CEILING);
        assert_eq!(add(IMPOSSIBLE, 0), IMPOSSIBLE);
        assert_eq!(without(7, 3), 4);
        assert_eq!(without(COST_CEILING, 3), COST_CEILING);
    }
}
