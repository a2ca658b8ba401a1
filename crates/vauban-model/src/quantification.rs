//! Risk in money: what an organisation says about how often it is attacked and what it loses. Configuration.

use crate::scale::Impact;

/// What one loss costs, as people can estimate it. Amounts are in whole units of the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A range that holds the loss in nine of ten cases: one in twenty is below `low`, one in twenty above `high`. The loss
    /// is lognormal: most are near the lower end and a few are very large.
    Range {
        /// The 5th percentile, more than 0.
        low: u64,
        /// The 95th percentile.
        high: u64,
    },
    /// The least, the most likely and the most it can be, as a (Beta-)PERT distribution; nothing lies outside.
    Pert {
        /// The least.
        least: u64,
        /// The most likely.
        likely: u64,
        /// The most.
        most: u64,
    },
}

/// Whose attempts are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// A word of likelihood, for all attackers who are that eager, or an attacker's id.
    pub of: Box<str>,
    /// Attempts in a thousand years.
    pub per_thousand_years: u64,
}

/// A loss for one goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalLoss {
    /// The goal: verb and element, such as `read@customer-data`.
    pub goal: Box<str>,
    /// What it costs.
    pub loss: Loss,
}

/// How risk is put into money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quantification {
    /// The currency, as it is written: `EUR`.
    pub currency: Box<str>,
    /// Attempts a year; what is not said follows from the methodology's probabilities.
    pub attempts: Vec<Attempts>,
    /// By impact from 1 to 5: what an attack costs that reaches that much at worst; for `None` see [`Quantification::loss_of`].
    pub loss: [Option<Loss>; 5],
    /// Goals with a loss of their own, in the place of their impact's.
    pub goals: Vec<GoalLoss>,
}

impl Quantification {
    /// The loss of an impact, and the impact that it was given for: its own or, where none was given, the next lower one
    /// that has a loss, since more impact does not cost less. `None` where no lower one has any.
    pub fn loss_of(&self, impact: Impact) -> Option<(Impact, Loss)> {
        let known =
            |level: u8| Some((Impact::new(level), self.loss.get(Impact::new(level).index()).copied().flatten()?));
        (1..=impact.level()).rev().find_map(known)
    }

    /// The loss that a goal has of its own.
    pub fn of_goal(&self, goal: &str) -> Option<Loss> {
        self.goals.iter().find(|entry| &*entry.goal == goal).map(|entry| entry.loss)
    }
}
