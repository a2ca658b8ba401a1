//! Choosing controls: the cheapest set that brings every risk within tolerance, and the best within any budget.
//!
//! What a set of controls does is asked of a [`Situation`], which scores for real; nothing here approximates it. All that is
//! assumed is that one more control never makes a risk worse. Where the situation can name a **reason** (candidates of which
//! at least one is needed before a risk falls), the search is exact: a reason is
//! believed once it is scored that the risk stays with everything outside of it in place; reasons are sets that every plan must hit, and the
//! cheapest plan that hits all reasons known, once it is found to be enough, is the cheapest there is
//! ([`vauban_optimise::implicit`]). Adding up is not assumed: two controls may help only together.
//!
//! | module | question |
//! |---|---|
//! | [`cost`] | what a control costs |
//! | [`greedy`] | a plan at once, and a chain of ever better ones |
//! | [`frontier`] | cost against what is left, for every budget |

pub mod cost;
pub mod frontier;
pub mod greedy;

use std::collections::BTreeMap;

use vauban_model::plan::{Effort, Residual};
use vauban_model::scale::Level;
use vauban_optimise::hitting_set::Weight;
use vauban_optimise::implicit::{self, Answer, Reply, cheapest_enough};

/// Something that can be put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What it costs.
    pub cost: Effort,
    /// Of two that cost the same, the one with the lower number is taken.
    pub preference: u32,
}

/// What scores sets of candidates; candidates and risks are numbers from 0.
pub trait Situation {
    /// The level of every risk with these candidates in place; `None` where nothing is left of it.
    fn levels(&mut self, chosen: &[u32]) -> Vec<Option<Level>>;

    /// For each of some risks: candidates of which at least one is needed besides these before it falls below the level it has
    /// with them. Empty when none would do.
    fn reasons(&mut self, chosen: &[u32], risks: &[usize]) -> Vec<Vec<u32>>;
}

/// How far to go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sets that are scored, at most.
    pub evaluations: u64,
    /// Nodes of search trees, at most.
    pub nodes: u64,
}

/// A risk does not fall below a level unless one of these is in place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reason {
    pub(crate) risk: usize,
    pub(crate) level: Level,
    pub(crate) set: Vec<u32>,
}

/// A plan and how good it is known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The candidates, ascending.
    pub chosen: Vec<u32>,
    /// What they cost.
    pub cost: Effort,
    /// Nothing that does as well costs less.
    pub lower_bound: Effort,
    /// Nodes of search trees that were looked at.
    pub nodes: u64,
    /// Whether it is proven that nothing cheaper does as well.
    pub optimal: bool,
    /// How many reasons prove it.
    pub reasons: usize,
}

/// Chooses among candidates.
pub struct Selector<'a> {
    pub(crate) candidates: &'a [Candidate],
    pub(crate) situation: &'a mut dyn Situation,
    pub(crate) tolerance: Level,
    pub(crate) limits: Limits,
    pub(crate) evaluations: u64,
    pub(crate) known: BTreeMap<Vec<u32>, Vec<Option<Level>>>,
    /// With nothing in place, and with everything.
    pub(crate) before: Vec<Option<Level>>,
    pub(crate) least: Vec<Option<Level>>,
    pub(crate) reasons: Vec<Reason>,
}

impl<'a> Selector<'a> {
    /// Scores nothing and everything.
    pub fn new(
        candidates: &'a [Candidate],
        situation: &'a mut dyn Situation,
        tolerance: Level,
        limits: Limits,
    ) -> Self {
        let mut selector = Selector {
            candidates,
            situation,
            tolerance,
            limits,
            evaluations: 0,
            known: BTreeMap::new(),
            before: Vec::new(),
            least: Vec::new(),
            reasons: Vec::new(),
        };
        let all: Vec<u32> = selector.all();
        selector.before = selector.levels(&[]);
        selector.least = selector.levels(&all);
        selector
    }

    fn all(&self) -> Vec<u32> {
        (0..u32::try_from(self.candidates.len()).unwrap_or(u32::MAX)).collect()
    }

    /// The level of every risk with nothing in place.
    pub fn before(&self) -> &[Option<Level>] {
        &self.before
    }

    /// The level of every risk with all candidates in place: no plan gets below.
    pub fn least(&self) -> &[Option<Level>] {
        &self.least
    }

    /// How many sets were scored.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Whether the limit of sets to score is used up.
    pub fn spent(&self) -> bool {
        self.evaluations >= self.limits.evaluations
    }

    /// The level of every risk with these in place; each set is scored once.
    pub fn levels(&mut self, chosen: &[u32]) -> Vec<Option<Level>> {
        let mut key = chosen.to_vec();
        key.sort_unstable();
        key.dedup();
        if let Some(levels) = self.known.get(&key) {
            return levels.clone();
        }
        self.evaluations += 1;
        let levels = self.situation.levels(&key);
        self.known.insert(key, levels.clone());
        levels
    }

    /// Risks above tolerance that are left.
    pub fn left(&mut self, chosen: &[u32]) -> Residual {
        let levels = self.levels(chosen);
        Residual::of(levels.into_iter().flatten()).above(self.tolerance)
    }

    /// What candidates cost together.
    pub fn cost(&self, chosen: &[u32]) -> Effort {
        chosen
            .iter()
            .filter_map(|c| self.candidates.get(*c as usize))
            .fold(Effort::default(), |sum, candidate| sum.plus(candidate.cost))
    }

    /// The lowest level that is asked of a risk: tolerance, or what all candidates together can do.
    fn aim(&self, risk: usize) -> Level {
        self.least.get(risk).copied().flatten().map_or(self.tolerance, |least| least.max(self.tolerance))
    }

    /// Risks that are not where they could be, with their level.
    pub(crate) fn open(&self, levels: &[Option<Level>]) -> Vec<(usize, Level)> {
        let all = levels.iter().enumerate().filter_map(|(risk, level)| Some((risk, (*level)?)));
        all.filter(|(risk, level)| *level > self.aim(*risk)).collect()
    }

    /// Whether every risk is as low as is asked.
    pub fn enough(&mut self, chosen: &[u32]) -> bool {
        let levels = self.levels(chosen);
        self.open(&levels).is_empty()
    }

    /// Reasons why a set is not enough: for each risk that is open, what it lacks. New ones are kept.
    pub(crate) fn learn(&mut self, chosen: &[u32]) -> Vec<Vec<u32>> {
        let levels = self.levels(chosen);
        let open = self.open(&levels);
        let risks: Vec<usize> = open.iter().map(|(risk, _)| *risk).collect();
        let reasons = if risks.is_empty() { Vec::new() } else { self.situation.reasons(chosen, &risks) };
        let mut sets: Vec<Vec<u32>> = Vec::new();
        for ((risk, level), mut set) in open.into_iter().zip(reasons) {
            set.sort_unstable();
            set.dedup();
            set.retain(|candidate| !chosen.contains(candidate));
            let set = self.shrink(risk, level, set);
            let set = if self.holds(risk, level, &set) { set } else { self.besides(chosen) };
            let reason = Reason { risk, level, set: set.clone() };
            if let Err(at) = self.reasons.binary_search(&reason) {
                self.reasons.insert(at, reason);
            }
            sets.push(set);
        }
        sets.sort_unstable();
        sets.dedup();
        sets
    }

    /// Whether a reason is one: with everything outside of it in place the risk does not fall. What cannot be scored any more
    /// is not believed.
    fn holds(&mut self, risk: usize, level: Level, set: &[u32]) -> bool {
        let outside = self.besides(set);
        let affordable = !self.spent() || self.known.contains_key(&outside);
        affordable && self.levels(&outside).get(risk).copied().flatten().is_some_and(|now| now >= level)
    }

    /// All candidates but these. As a reason for what is not enough it needs no check: one more never makes a risk worse, so
    /// whatever is enough has something besides.
    fn besides(&self, set: &[u32]) -> Vec<u32> {
        self.all().into_iter().filter(|candidate| !set.contains(candidate)).collect()
    }

    /// The same reason without what would not help even with everything outside of it in place.
    fn shrink(&mut self, risk: usize, level: Level, set: Vec<u32>) -> Vec<u32> {
        const MOST: usize = 24;
        if set.len() < 2 || set.len() > MOST {
            return set;
        }
        let stays = |levels: &[Option<Level>]| levels.get(risk).copied().flatten().is_some_and(|now| now >= level);
        let mut others = self.besides(&set);
        let mut order = set;
        order.sort_by_key(|c| (self.candidates.get(*c as usize).map(|c| c.cost), *c));
        let mut kept = Vec::new();
        for candidate in order {
            // Half of the limit is for proving, the rest for what people asked.
            let may = self.evaluations < self.limits.evaluations / 2;
            others.push(candidate);
            if !may || !stays(&self.levels(&others)) {
                others.pop();
                kept.push(candidate);
            }
        }
        kept.sort_unstable();
        kept
    }

    pub(crate) fn weights(&self) -> Vec<Weight> {
        self.candidates.iter().map(weight).collect()
    }

    /// The cheapest set that brings every risk within tolerance, or as near to it as candidates can.
    pub fn within_tolerance(&mut self) -> Selection {
        let chain = self.chain();
        let known = self.spare(chain);
        let weights = self.weights();
        let limits = implicit::Limits {
            nodes: self.limits.nodes,
            rounds: self.limits.evaluations.saturating_sub(self.evaluations).max(1),
        };
        let answer = cheapest_enough(&weights, self.demands(), Some(known), limits, &mut |chosen| Reply {
            sets: self.learn(chosen),
            enough: None,
        });
        match answer {
            Answer::Enough(choice) => Selection {
                cost: self.cost(&choice.chosen),
                lower_bound: effort(choice.lower_bound).min(self.cost(&choice.chosen)),
                optimal: choice.optimal(),
                chosen: choice.chosen,
                nodes: choice.nodes,
                reasons: choice.sets.len(),
            },
            // Only where reasons contradict the scores: everything is what remains.
            Answer::Impossible | Answer::Unknown(_) => {
                let chosen = self.all();
                let cost = self.cost(&chosen);
                let reasons = self.reasons.len();
                Selection { cost, chosen, lower_bound: Effort(0), nodes: 0, optimal: false, reasons }
            }
        }
    }

    /// Candidates that reasons name, those that most reasons name for their cost first.
    pub fn named(&self) -> Vec<u32> {
        let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
        for candidate in self.reasons.iter().flat_map(|reason| &reason.set) {
            *counts.entry(*candidate).or_default() += 1;
        }
        let price = |c: u32| self.candidates.get(c as usize).map_or(Weight::MAX, weight);
        let mut out: Vec<(u32, u64)> = counts.into_iter().collect();
        out.sort_by(|(a, left), (b, right)| {
            let (mine, its) =
                (Weight::from(*left).saturating_mul(price(*b)), Weight::from(*right).saturating_mul(price(*a)));
            its.cmp(&mine).then(a.cmp(b))
        });
        out.into_iter().map(|(candidate, _)| candidate).collect()
    }

    /// The reasons known for risks that must fall.
    fn demands(&self) -> Vec<Vec<u32>> {
        let open = self.reasons.iter().filter(|reason| reason.level > self.aim(reason.risk));
        let mut sets: Vec<Vec<u32>> = open.map(|reason| reason.set.clone()).collect();
        sets.sort_unstable();
        sets.dedup();
        sets
    }
}

/// Costs first, then preference: no number of preferences outweighs a hundredth of a day.
const SCALE: Weight = 1 << 32;

fn weight(candidate: &Candidate) -> Weight {
    Weight::from(candidate.cost.0) * SCALE + Weight::from(candidate.preference) + 1
}

fn effort(weight: Weight) -> Effort {
    Effort(u64::try_from(weight / SCALE).unwrap_or(u64::MAX))
}
