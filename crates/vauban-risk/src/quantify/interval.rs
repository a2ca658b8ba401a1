//! How sure a sampled figure is.

use vauban_model::simulation::{Difference, Share};

/// The 97.5th percentile of the standard normal distribution: intervals of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A share with Wilson's score interval (E. B. Wilson, 1927) of 95 %. Unlike the plain normal interval it holds near 0 and
/// 1, and for nothing of many as well.
#[must_use]
pub fn share(hits: u32, of: u32) -> Share {
    if of == 0 {
        return Share { hits: 0, of: 0, low: 0.0, high: 1.0 };
    }
    let (n, p) = (f64::from(of), f64::from(hits) / f64::from(of));
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * libm::sqrt(p * (1.0 - p) / n + Z * Z / (4.0 * n * n));
    let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if hits == of { 1.0 } else { (centre + half).min(1.0) };
    Share { hits, of, low, high }
}

/// The difference between two shares of the same samples, with a 95 % interval: Agresti and Min, *Simple improved
/// confidence intervals for comparing matched proportions*, Statistics in Medicine 24 (2005). Half a sample is added to
/// each of the four cells, so that no difference in all samples is not taken for certainty.
#[must_use]
pub fn difference(prevented: u32, caused: u32, of: u32) -> Difference {
    if of == 0 {
        return Difference { prevented: 0, caused: 0, change: 0.0, low: -1.0, high: 1.0 };
    }
    let n = f64::from(of);
    let change = (f64::from(caused) - f64::from(prevented)) / n;
    let (b, c, m) = (f64::from(prevented) + 0.5, f64::from(caused) + 0.5, n + 2.0);
    let centre = (c - b) / m;
    let half = Z * libm::sqrt((b + c - (c - b) * (c - b) / m).max(0.0)) / m;
    let (low, high) = ((centre - half).max(-1.0), (centre + half).min(1.0));
    Difference { prevented, caused, change, low: low.min(change), high: high.max(change) }
}

/// The mean of values and its 95 % interval by the central limit theorem.
#[must_use]
pub fn mean(values: &[f64]) -> (f64, f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0, 0.0);
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0).max(1.0);
    let half = Z * libm::sqrt(square / n);
    (mean, mean - half, mean + half)
}

/// The value that a share of the sorted values does not exceed: the nearest rank, so always one of them; `None` of none.
#[must_use]
pub fn percentile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let rank = libm::ceil(share * sorted.len() as f64) as usize;
    sorted.get(rank.saturating_sub(1).min(sorted.len().saturating_sub(1))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_gives_the_published_intervals() {
        // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        for (hits, of, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let found = share(hits, of);
            assert!((found.low - low).abs() < 6e-5 && (found.high - high).abs() < 6e-5, "{found:?}");
        }
        assert_eq!(share(0, 0).high, 1.0);
    }

    #[test]
    fn a_difference_is_more_certain_with_more_samples_and_turns_with_its_sides() {
        let (few, many) = (difference(10, 0, 100), difference(100, 0, 1_000));
        assert!((few.change - many.change).abs() < 1e-12 && many.high - many.low < few.high - few.low);
        let (one, other) = (difference(7, 2, 50), difference(2, 7, 50));
        assert!((one.low + other.high).abs() < 1e-12 && (one.change + other.change).abs() < 1e-12);
        let none = difference(0, 0, 1_000);
        assert!(none.change == 0.0 && none.low < 0.0 && none.high > 0.0);
    }

    #[test]
    fn percentiles_are_values_that_occur() {
        let values: Vec<u32> = (1..=20).collect();
        assert_eq!(percentile(&values, 0.05), Some(1));
        assert_eq!(percentile(&values, 0.5), Some(10));
        assert_eq!(percentile(&values, 0.95), Some(19));
        assert_eq!(percentile(&values, 1.0), Some(20));
        assert_eq!(percentile::<u32>(&[], 0.5), None);
    }

    #[test]
    fn the_interval_of_a_mean_is_the_textbook_s() {
        let (mean, low, high) = mean(&[1.0, 2.0, 3.0, 4.0]);
        assert!((mean - 2.5).abs() < 1e-12 && (high - mean - Z * (5.0f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
        assert!((high + low - 5.0).abs() < 1e-12);
    }
}
