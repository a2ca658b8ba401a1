//! What a simulation says: when attackers get what they want, how surely, and what it costs.

use crate::scale::Impact;
use crate::state::State;

/// A share of samples, with the interval in which the probability it estimates lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// In how many samples it was so.
    pub hits: u32,
    /// Of how many samples.
    pub of: u32,
    /// Lower end of the interval, 0 to 1.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// The share itself; 0 of nothing.
    pub fn value(&self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.hits) / f64::from(self.of) }
    }
}

/// Percentiles of time, in days; `None` is never: that share of samples was not yet reached when all that ended had ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// One in twenty is earlier.
    pub p5: Option<f64>,
    /// One in four.
    pub p25: Option<f64>,
    /// Half.
    pub p50: Option<f64>,
    /// Three in four.
    pub p75: Option<f64>,
    /// All but one in twenty.
    pub p95: Option<f64>,
}

/// What became of one goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalOutcome {
    /// The goal.
    pub state: State,
    /// The goal in words: `reading orders`.
    pub name: Box<str>,
    /// How much it hurts.
    pub impact: Impact,
    /// The samples in which it was reached within the horizon.
    pub within: Share,
    /// The samples in which it was reached at all.
    pub ever: Share,
    /// Time to compromise over all samples.
    pub times: Times,
    /// Half of the samples that reach it at all are earlier, in days.
    pub median_when_reached: Option<f64>,
}

/// The difference that a variant makes to one goal, sample by sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Samples in which the goal is reached within the horizon without the variant and not with it.
    pub prevented: u32,
    /// The other way round.
    pub caused: u32,
    /// Probability with the variant less probability without.
    pub change: f64,
    /// Lower end of the 95 % interval of the change.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A variant beside what is.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// What was changed: `mfa@portal`.
    pub changes: Vec<Box<str>>,
    /// The same goals in the same order.
    pub goals: Vec<GoalOutcome>,
    /// By goal.
    pub differences: Vec<Difference>,
}

/// A point of a loss-exceedance curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The loss in a year, in whole units of the currency.
    pub loss: f64,
    /// The share of years that lose at least that much.
    pub probability: f64,
}

/// What a year costs.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnualLoss {
    /// The mean over all years.
    pub mean: f64,
    /// 95 % interval of the mean.
    pub mean_low: f64,
    /// Its upper end.
    pub mean_high: f64,
    /// Years with any loss.
    pub any: Share,
    /// The median year.
    pub p50: f64,
    /// The loss that nine of ten years stay below.
    pub p90: f64,
    /// Value at risk at 95 %: the loss that 19 of 20 years stay below.
    pub p95: f64,
    /// Value at risk at 99 %.
    pub p99: f64,
    /// Expected shortfall: the mean of the worst twentieth of all years.
    pub shortfall: f64,
    /// The loss-exceedance curve, losses ascending.
    pub curve: Vec<CurvePoint>,
}

/// How one attacker contributes.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackerLoss {
    /// The attacker's id.
    pub attacker: Box<str>,
    /// Attempts a year.
    pub attempts_per_year: f64,
    /// The samples in which an attempt reaches something that costs.
    pub succeeds: Share,
    /// Its part of the mean annual loss.
    pub mean: f64,
}

/// What a variant saves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Return {
    /// Mean annual loss without the variant less the one with it.
    pub saved: f64,
    /// 95 % interval, year by year with common random numbers.
    pub saved_low: f64,
    /// Its upper end.
    pub saved_high: f64,
    /// What the variant costs a year, where it was said.
    pub cost: Option<f64>,
    /// Return on the control: (saved − cost) / cost.
    pub ratio: Option<f64>,
}

/// An impact that somebody reached and for which no loss was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AssumedLoss {
    /// The impact.
    pub impact: Impact,
    /// The lower impact whose loss was taken in its place; `None`: it was counted as nothing.
    pub taken: Option<Impact>,
}

/// Risk in money.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    /// The currency.
    pub currency: Box<str>,
    /// How many years were sampled.
    pub years: u32,
    /// Today.
    pub annual: AnnualLoss,
    /// Who contributes, most first.
    pub attackers: Vec<AttackerLoss>,
    /// With the variant.
    pub variant: Option<AnnualLoss>,
    /// What the variant saves.
    pub saving: Option<Return>,
    /// Impacts that were reached and have no loss of their own, ascending.
    pub assumed: Vec<AssumedLoss>,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// The seed: with it and the same input the same answer.
    pub seed: u64,
    /// How many worlds were sampled.
    pub samples: u32,
    /// The horizon in days.
    pub horizon_days: u32,
    /// Whether the clock starts with the attack. Otherwise it starts today and attackers come when they come.
    pub at_once: bool,
    /// Whether steps that lean on something nobody said were left out.
    pub confirmed_only: bool,
    /// The goals, most likely first, then the worst.
    pub goals: Vec<GoalOutcome>,
    /// How many goals there are in all.
    pub goals_total: usize,
    /// A variant, where one was asked for.
    pub variant: Option<Variant>,
    /// In money, where the methodology says how.
    pub money: Option<Money>,
}
