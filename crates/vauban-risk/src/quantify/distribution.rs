//! Losses as distributions: lognormal from a calibrated range, PERT from three estimates.

use vauban_model::quantification::Loss;

/// The 95th percentile of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;
/// Points at which a PERT distribution's percentiles are worked out; between them it is a straight line.
const KNOTS: usize = 4_096;

/// A loss that can be drawn from.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Lognormal by the mean and standard deviation of its logarithm.
    Lognormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// PERT: least and most, the exact mean, and percentiles at even steps.
    Pert {
        /// The mean, (least + 4 likely + most) / 6.
        mean: f64,
        /// Values at 0, 1/4096, …, 1.
        knots: Vec<f64>,
    },
}

impl Distribution {
    /// From what people estimated.
    ///
    /// - A range of 90 %: `mu = (ln low + ln high) / 2`, `sigma = (ln high − ln low) / (2 · 1.6449)`, so that 5 % lie below
    ///   and 5 % above; the same as in riskquant (Netflix, 2020).
    /// - Three estimates: `least + (most − least) · Beta(a, b)` with `a = 1 + 4 (likely − least) / (most − least)` and
    ///   `b = 1 + 4 (most − likely) / (most − least)`: Malcolm, Roseboom, Clark and Fazar, 1959, in the usual form with the
    ///   mode weighted four times.
    #[must_use]
    pub fn new(loss: Loss) -> Self {
        match loss {
            Loss::Range { low, high } => {
                let (low, high) = (libm::log((low.max(1)) as f64), libm::log(high.max(1) as f64));
                Distribution::Lognormal { mu: (low + high) / 2.0, sigma: (high - low) / (2.0 * Z95) }
            }
            Loss::Pert { least, likely, most } => {
                let (least, likely, most) = (least as f64, likely as f64, most as f64);
                let width = most - least;
                let mean = (least + 4.0 * likely + most) / 6.0;
                if width <= 0.0 {
                    return Distribution::Pert { mean, knots: vec![least] };
                }
                let (a, b) = (1.0 + 4.0 * (likely - least) / width, 1.0 + 4.0 * (most - likely) / width);
                let knots = (0..=KNOTS).map(|at| least + width * beta_quantile(a, b, at as f64 / KNOTS as f64));
                Distribution::Pert { mean, knots: knots.collect() }
            }
        }
    }

    /// The exact mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Distribution::Lognormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Distribution::Pert { mean, .. } => *mean,
        }
    }

    /// The value at a probability from 0 to 1 (both not included for a lognormal: they are brought inside).
    #[must_use]
    pub fn quantile(&self, probability: f64) -> f64 {
        match self {
            Distribution::Lognormal { mu, sigma } => libm::exp(mu + sigma * normal_quantile(probability)),
            Distribution::Pert { knots, .. } => {
                let place = probability.clamp(0.0, 1.0) * (knots.len().saturating_sub(1)) as f64;
                let below = place as usize;
                let value = |at: usize| knots.get(at).or(knots.last()).copied().unwrap_or(0.0);
                value(below) + (value(below + 1) - value(below)) * (place - below as f64)
            }
        }
    }
}

/// The standard normal distribution's value at a probability: algorithm AS 241 (Wichura, Applied Statistics 37, 1988),
/// right to about 1 part in 10^16. Probabilities are brought inside 2^-53 to 1 − 2^-53.
#[must_use]
#[expect(clippy::excessive_precision, reason = "the constants as they were published")]
pub fn normal_quantile(probability: f64) -> f64 {
    const CENTRE: ([f64; 8], [f64; 8]) = (
        [
            2.509_080_928_730_122_672_7e3,
            3.343_057_558_358_812_810_5e4,
            6.726_577_092_700_870_085_3e4,
            4.592_195_393_154_987_145_7e4,
            1.373_169_376_550_946_112_5e4,
            1.971_590_950_306_551_442_7e3,
            1.331_416_678_917_843_774_5e2,
            3.387_132_872_796_366_608_0,
        ],
        [
            5.226_495_278_852_854_561_0e3,
            2.872_908_573_572_194_267_4e4,
            3.930_789_580_009_271_061_0e4,
            2.121_379_430_158_659_586_7e4,
            5.394_196_021_424_751_107_7e3,
            6.871_870_074_920_579_083_0e2,
            4.231_333_070_160_091_125_2e1,
            1.0,
        ],
    );
    const NEAR: ([f64; 8], [f64; 8]) = (
        [
            7.745_450_142_783_414_076_40e-4,
            2.272_384_498_926_918_458_33e-2,
            2.417_807_251_774_506_117_70e-1,
            1.270_458_252_452_368_382_58,
            3.647_848_324_763_204_605_04,
            5.769_497_221_460_691_405_50,
            4.630_337_846_156_545_295_90,
            1.423_437_110_749_683_577_34,
        ],
        [
            1.050_750_071_644_416_843_24e-9,
            5.475_938_084_995_344_946_00e-4,
            1.519_866_656_361_645_719_66e-2,
            1.481_039_764_274_800_745_90e-1,
            6.897_673_349_851_000_045_50e-1,
            1.676_384_830_183_803_849_40,
            2.053_191_626_637_758_821_87,
            1.0,
        ],
    );
    const FAR: ([f64; 8], [f64; 8]) = (
        [
            2.010_334_399_292_288_132_65e-7,
            2.711_555_568_743_487_578_15e-5,
            1.242_660_947_388_078_438_60e-3,
            2.653_218_952_657_612_309_30e-2,
            2.965_605_718_285_048_912_30e-1,
            1.784_826_539_917_291_335_80,
            5.463_784_911_164_114_369_90,
            6.657_904_643_501_103_777_20,
        ],
        [
            2.044_263_103_389_939_785_64e-15,
            1.421_511_758_316_445_888_70e-7,
            1.846_318_317_510_054_681_80e-5,
            7.868_691_311_456_132_591_00e-4,
            1.487_536_129_085_061_485_25e-2,
            1.369_298_809_227_358_053_10e-1,
            5.998_322_065_558_879_376_90e-1,
            1.0,
        ],
    );
    let ratio = |(above, below): &([f64; 8], [f64; 8]), r: f64| {
        let polynomial = |factors: &[f64; 8]| factors.iter().fold(0.0, |sum, factor| sum * r + factor);
        polynomial(above) / polynomial(below)
    };
    let least = 1.0 / 9_007_199_254_740_992.0;
    let p = probability.clamp(least, 1.0 - least);
    let q = p - 0.5;
    if libm::fabs(q) <= 0.425 {
        return q * ratio(&CENTRE, 0.180_625 - q * q);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let size = if r <= 5.0 { ratio(&NEAR, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if q < 0.0 { -size } else { size }
}

/// The value of a beta distribution at a probability, by bisection.
fn beta_quantile(a: f64, b: f64, probability: f64) -> f64 {
    if probability <= 0.0 || probability >= 1.0 {
        return probability.clamp(0.0, 1.0);
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..52 {
        let middle = (low + high) / 2.0;
        if beta_below(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8) evaluated by
/// Lentz's method; `x` within 0 to 1.
fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on this side of the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_below(b, a, 1.0 - x);
    }
    let tiny = 1e-300;
    let guard = |value: f64| if libm::fabs(value) < tiny { tiny } else { value };
    let (mut c, mut d) = (1.0, 1.0 / guard(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..200 {
        let m = f64::from(m);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / guard(1.0 + numerator * d);
            c = guard(1.0 + numerator / c);
            fraction *= d * c;
        }
        if libm::fabs(d * c - 1.0) < 1e-15 {
            break;
        }
    }
    let scale = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x);
    libm::exp(scale) * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn riskquants_published_example_comes_out() {
        // README of Netflix-Skunkworks/riskquant: frequency 0.10, loss of 100,000 to 1,000,000.
        let loss = Distribution::new(Loss::Range { low: 100_000, high: 1_000_000 });
        let annual = 0.10 * loss.mean();
        assert!((annual / 40_400.128_269_457_266 - 1.0).abs() < 1e-12, "{annual}");
        assert!((loss.quantile(0.05) / 100_000.0 - 1.0).abs() < 1e-12);
        assert!((loss.quantile(0.95) / 1_000_000.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_normal_quantile_is_right() {
        // From Python's statistics.NormalDist().inv_cdf and, for the far tail, from R's qnorm.
        for (probability, value) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.05, -1.644_853_626_951_472_2),
            (0.999, 3.090_232_306_167_813_5),
            (1e-10, -6.361_340_902_404_056),
            (1e-15, -7.941_345_326_170_998),
        ] {
            assert!((normal_quantile(probability) - value).abs() < 1e-9, "{probability}");
        }
    }

    #[test]
    fn pert_has_the_mean_and_variance_of_its_formula() {
        for (least, likely, most) in [(0u64, 10_000u64, 100_000u64), (500, 500, 900), (10, 90, 100), (0, 50, 100)] {
            let loss = Distribution::new(Loss::Pert { least, likely, most });
            let draws: Vec<f64> = (0..100_000).map(|at| loss.quantile((f64::from(at) + 0.5) / 100_000.0)).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
            let (least, likely, most) = (least as f64, likely as f64, most as f64);
            let exact = (least + 4.0 * likely + most) / 6.0;
            assert!((loss.mean() - exact).abs() < 1e-9);
            let width = most - least;
            assert!((mean - exact).abs() < 1e-4 * width, "{mean} {exact}");
            let exact_variance = (exact - least) * (most - exact) / 7.0;
            // Straight lines between the knots widen a skewed tail a little.
            assert!((variance / exact_variance - 1.0).abs() < 2e-3, "{variance} {exact_variance}");
        }
    }

    #[test]
    fn a_symmetric_beta_is_right_where_it_has_a_closed_form() {
        // Beta(3, 3): the distribution function is x³ (10 − 15 x + 6 x²).
        for x in [0.1, 0.3, 0.5, 0.77, 0.99f64] {
            let exact = x.powi(3) * (10.0 - 15.0 * x + 6.0 * x * x);
            assert!((beta_below(3.0, 3.0, x) - exact).abs() < 1e-13);
            assert!((beta_quantile(3.0, 3.0, exact) - x).abs() < 1e-12);
        }
    }

    #[test]
    fn a_loss_that_is_certain_is_always_the_same() {
        let loss = Distribution::new(Loss::Pert { least: 7, likely: 7, most: 7 });
        assert_eq!((loss.mean(), loss.quantile(0.0), loss.quantile(0.6), loss.quantile(1.0)), (7.0, 7.0, 7.0, 7.0));
    }
}
