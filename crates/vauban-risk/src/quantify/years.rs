//! Years, sampled: how many attempts, which succeed, what they cost.

use vauban_model::simulation::{AnnualLoss, CurvePoint};

use super::distribution::{Distribution, normal_quantile};
use super::interval;

/// Attempts of one attacker and what becomes of them.
#[derive(Clone, Debug)]
pub struct Source {
    /// Names the attacker among all random numbers.
    pub key: u64,
    /// Attempts a year on average.
    pub attempts_per_year: f64,
    /// By sampled world: the losses an attempt causes there, as indices into the losses.
    pub outcomes: Vec<Vec<u32>>,
}

/// Something that can be lost.
#[derive(Clone, Debug)]
pub struct Loss {
    /// Names it among all random numbers: the same number in every version of a system, so that what happens in all of them
    /// costs the same in all of them.
    pub key: u64,
    /// What it costs.
    pub cost: Distribution,
}

/// Sampled years.
#[derive(Clone, Debug, PartialEq)]
pub struct Years {
    /// The loss of each year.
    pub losses: Vec<f64>,
    /// By source: its part of the mean annual loss.
    pub by_source: Vec<f64>,
}

/// More attempts in one year than this are drawn as if they came at a steady rate: normal instead of Poisson.
const STEADY: f64 = 200.0;
/// Names the world of a year among all random numbers.
const WORLD: u64 = 0x3081D;
/// Attempts of one year at most; the positions of random numbers are counted out by it.
const MOST: u64 = 1 << 16;

/// Samples years.
///
/// A year happens in one of the sampled worlds, picked evenly and the same for every source: whether a weakness is there does
/// not change from one attempt to the next. In it a source makes a Poisson number of attempts, each of which causes what it
/// causes there; every loss is drawn anew. `uniform` gives the random number of a key at a
/// position, so that years that differ in outcomes only share all numbers: the same attempts, the same worlds, the same luck.
#[must_use]
pub fn years(count: u32, sources: &[Source], losses: &[Loss], uniform: impl Fn(u64, u64) -> f64) -> Years {
    let mut out = Years { losses: vec![0.0; count as usize], by_source: vec![0.0; sources.len()] };
    for (source, part) in sources.iter().zip(&mut out.by_source) {
        let (often, luck) = (source.key ^ 0xA77E, source.key ^ 0x1055);
        for (year, loss) in (0u64..).zip(&mut out.losses) {
            let attempts = poisson(source.attempts_per_year, uniform(often, year)).min(MOST);
            let mut lost = 0.0;
            let at = (uniform(WORLD, year) * source.outcomes.len() as f64) as usize;
            for position in (0..attempts).map(|attempt| year * MOST + attempt) {
                for which in source.outcomes.get(at).into_iter().flatten() {
                    let Some(loss) = losses.get(*which as usize) else { continue };
                    lost += loss.cost.quantile(uniform(luck ^ loss.key, position));
                }
            }
            *loss += lost;
            *part += lost;
        }
        *part /= f64::from(count.max(1));
    }
    out
}

/// A Poisson number at a uniform number, by inversion: the least whose distribution function exceeds it.
fn poisson(mean: f64, uniform: f64) -> u64 {
    if mean > STEADY {
        return libm::round(mean + libm::sqrt(mean) * normal_quantile(uniform)).max(0.0) as u64;
    }
    let mut term = libm::exp(-mean);
    let mut sum = term;
    let mut number = 0u64;
    while uniform >= sum && number < 2_000 {
        number += 1;
        term *= mean / number as f64;
        sum += term;
    }
    number
}

/// What the years say.
#[must_use]
pub fn annual(losses: &[f64]) -> AnnualLoss {
    let (mean, mean_low, mean_high) = interval::mean(losses);
    let mut sorted = losses.to_vec();
    sorted.sort_by(f64::total_cmp);
    let percentile = |share: f64| interval::percentile(&sorted, share).unwrap_or(0.0);
    let hits = sorted.iter().filter(|loss| **loss > 0.0).count();
    let worst = sorted.get(sorted.len() - sorted.len().div_ceil(20).min(sorted.len())..).unwrap_or(&[]);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    AnnualLoss {
        mean,
        mean_low: mean_low.max(0.0),
        mean_high,
        any: interval::share(count(hits), count(sorted.len())),
        p50: percentile(0.5),
        p90: percentile(0.9),
        p95: percentile(0.95),
        p99: percentile(0.99),
        shortfall: worst.iter().sum::<f64>() / worst.len().max(1) as f64,
        curve: curve(&sorted),
    }
}

/// Points of the curve at most.
const POINTS: usize = 16;

/// The loss-exceedance curve at round amounts (1, 2, 5, 10, …) from the least loss to the largest.
fn curve(sorted: &[f64]) -> Vec<CurvePoint> {
    let Some(first) = sorted.iter().position(|loss| *loss > 0.0) else { return Vec::new() };
    let (Some(least), Some(most)) = (sorted.get(first), sorted.last()) else { return Vec::new() };
    let mut amounts = Vec::new();
    let mut decade = 1.0;
    while decade <= *most && amounts.len() < 100 {
        amounts.extend([1.0, 2.0, 5.0].map(|step| step * decade).into_iter().filter(|amount| amount <= most));
        decade *= 10.0;
    }
    // One round amount below the least loss, so that the curve begins at its top.
    let from = amounts.iter().rposition(|amount| amount <= least).unwrap_or(0);
    let kept = amounts.get(from.max(amounts.len().saturating_sub(POINTS))..).unwrap_or(&[]);
    kept.iter()
        .map(|amount| {
            let below = sorted.partition_point(|loss| loss < amount);
            CurvePoint { loss: *amount, probability: (sorted.len() - below) as f64 / sorted.len() as f64 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vauban_model::quantification::Loss as Said;

    /// Good enough for tests: SplitMix64 over key and position.
    fn uniform(key: u64, position: u64) -> f64 {
        let mut bits =
            key.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(position.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ bits >> 31) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    #[test]
    fn riskquants_example_is_sampled_to_its_mean() {
        let loss = Loss { key: 3, cost: Distribution::new(Said::Range { low: 100_000, high: 1_000_000 }) };
        let source = Source { key: 1, attempts_per_year: 0.1, outcomes: vec![vec![0]] };
        let found = annual(&years(200_000, &[source], &[loss], uniform).losses);
        assert!(found.mean_low < 40_400.13 && 40_400.13 < found.mean_high, "{found:?}");
        // P(no attempt) of a Poisson number with mean 0.1.
        let some = 1.0 - (-0.1f64).exp();
        assert!((found.any.value() - some).abs() < 4.0 * (some * (1.0 - some) / 200_000.0).sqrt());
    }

    #[test]
    fn a_weakness_is_there_for_a_whole_year_or_not_at_all() {
        // There in one world of four. Some attempt of a year, and the weakness there: p (1 - exp(-rate)); were it drawn anew for
        // each attempt, it would be 1 - exp(-p rate).
        let years_of = |key: u64| {
            let source = Source { key, attempts_per_year: 3.0, outcomes: vec![vec![0], vec![], vec![], vec![]] };
            let loss = Loss { key: 3, cost: Distribution::new(Said::Range { low: 100, high: 200 }) };
            (source, loss)
        };
        let (source, loss) = years_of(1);
        let found = annual(&years(200_000, std::slice::from_ref(&source), std::slice::from_ref(&loss), uniform).losses);
        let exact = 0.25 * (1.0 - (-3.0f64).exp());
        let within = |share: f64, exact: f64| (share - exact).abs() < 4.0 * (exact * (1.0 - exact) / 200_000.0).sqrt();
        assert!(within(found.any.value(), exact), "{found:?}, {exact}");
        // Two attackers meet the same weaknesses: no year without it has a loss, whoever comes.
        let (other, _) = years_of(2);
        let both = annual(&years(200_000, &[source, other], &[loss], uniform).losses);
        let exact = 0.25 * (1.0 - (-6.0f64).exp());
        assert!(within(both.any.value(), exact), "{both:?}, {exact}");
    }

    #[test]
    fn attempts_follow_poissons_law() {
        let mut counts = [0u32; 6];
        for at in 0..100_000u32 {
            let number = poisson(1.5, (f64::from(at) + 0.5) / 100_000.0);
            counts[(number as usize).min(5)] += 1;
        }
        let mut exact = (-1.5f64).exp();
        for (number, count) in (0u32..).zip(counts).take(5) {
            assert!((f64::from(count) / 100_000.0 - exact).abs() < 2e-5, "{number}");
            exact *= 1.5 / f64::from(number + 1);
        }
        assert_eq!(poisson(0.0, 0.999), 0);
        assert_eq!(poisson(400.0, 0.5), 400);
    }

    #[test]
    fn fewer_ways_to_lose_never_lose_more_in_any_year() {
        let losses = [Loss { key: 3, cost: Distribution::new(Said::Range { low: 10, high: 1_000 }) }];
        let with = |outcomes: Vec<Vec<u32>>| {
            years(2_000, &[Source { key: 5, attempts_per_year: 2.0, outcomes }], &losses, uniform).losses
        };
        let all = with(vec![vec![0], vec![0], vec![], vec![0]]);
        let fewer = with(vec![vec![0], vec![], vec![], vec![0]]);
        assert!(all.iter().zip(&fewer).all(|(all, fewer)| fewer <= all));
        assert!(fewer.iter().sum::<f64>() < all.iter().sum::<f64>());
    }

    #[test]
    fn a_loss_that_stays_costs_the_same_beside_one_that_goes() {
        let cost = Distribution::new(Said::Range { low: 10, high: 1_000 });
        let losses = [Loss { key: 3, cost: cost.clone() }, Loss { key: 4, cost }];
        let with = |losses: &[Loss], outcome: Vec<u32>| {
            let source = Source { key: 5, attempts_per_year: 2.0, outcomes: vec![outcome] };
            years(2_000, &[source], losses, uniform).losses
        };
        let (both, first, second) = (with(&losses, vec![0, 1]), with(&losses, vec![0]), with(&losses, vec![1]));
        for ((both, first), second) in both.iter().zip(&first).zip(&second) {
            assert!((both - first - second).abs() <= 1e-9 * both, "{both} is not {first} and {second}");
        }
        // The place in the list is no name.
        let [one, other] = losses;
        assert_eq!(with(&[other, one], vec![0]), second);
    }

    #[test]
    fn the_curve_falls_and_says_what_the_years_say() {
        let losses: Vec<f64> = (0..1_000).map(|at| if at < 600 { 0.0 } else { f64::from(at) }).collect();
        let found = annual(&losses);
        assert!(
            found.curve.windows(2).all(|two| two[0].loss < two[1].loss && two[0].probability >= two[1].probability)
        );
        assert_eq!(found.curve[0], CurvePoint { loss: 500.0, probability: 0.4 });
        assert_eq!((found.p50, found.p90, found.p95, found.p99), (0.0, 899.0, 949.0, 989.0));
        assert!((found.shortfall - 974.5).abs() < 1e-9);
        assert!(annual(&[0.0; 5]).curve.is_empty() && annual(&[]).mean == 0.0);
    }
}
