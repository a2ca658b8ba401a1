//! Cost against what is left, for every budget at once.
//!
//! Reasons group risks and candidates into parts that have nothing to do with each other. The frontier of a part of few
//! candidates is found by trying all sets; the frontiers of the parts are added up point by point. What comes out claims
//! levels that only known reasons support, so each point is scored for real, and where the score is worse the reasons for it
//! are learned and all is done again. When no score is worse than its claim, every point is optimal: the claims never
//! overstate what is left.

use std::collections::BTreeMap;

use vauban_model::plan::{Effort, Residual};
use vauban_model::scale::Level;
use vauban_optimise::hitting_set::Weight;

use super::{Reason, Selector};

/// A point: a set of candidates, what it costs and what it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The candidates, ascending.
    pub chosen: Vec<u32>,
    /// What they cost.
    pub cost: Effort,
    /// Risks above tolerance that are left.
    pub left: Residual,
}

/// Points, cheapest first, each leaving less than the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    /// The points; the first costs nothing.
    pub points: Vec<Point>,
    /// Whether it is proven that no set lies below.
    pub exact: bool,
}

impl Frontier {
    /// The best within a budget.
    pub fn within(&self, budget: Effort) -> Option<&Point> {
        self.points.iter().rev().find(|point| point.cost <= budget)
    }
}

/// Parts of more candidates than this are not tried out.
const TRIED: usize = 14;
/// More points than this are thinned out.
const POINTS: usize = 3_000;
/// Rounds of claims and scores.
const ROUNDS: usize = 40;
/// What a node of the limits is worth here: candidates of reasons that are looked at to reckon claims.
const WORK: u64 = 500;

#[derive(Clone)]
struct Claim {
    weight: Weight,
    left: Residual,
    chosen: Vec<u32>,
}

/// Reasons that hang together by a risk or a candidate.
struct PartOf<'a> {
    candidates: Vec<u32>,
    reasons: Vec<&'a Reason>,
}

impl PartOf<'_> {
    /// What one claim takes.
    fn work(&self) -> u64 {
        let size: usize = self.reasons.iter().map(|reason| reason.set.len() + 1).sum();
        u64::try_from(size).unwrap_or(u64::MAX)
    }
}

impl Selector<'_> {
    /// The frontier. `plan` is a set that is known to be enough, such as the answer of [`Selector::within_tolerance`].
    pub fn frontier(&mut self, plan: &[u32]) -> Frontier {
        let chain = self.chain();
        let mut pool: Vec<Vec<u32>> = vec![Vec::new(), plan.to_vec()];
        pool.extend((1..=chain.len()).filter_map(|end| chain.get(..end).map(<[u32]>::to_vec)));
        let steps = self.order(plan);
        pool.extend((1..steps.len()).filter_map(|end| steps.get(..end).map(<[u32]>::to_vec)));
        let mut exact = false;
        let mut work = self.limits.nodes.saturating_mul(WORK);
        for _ in 0..ROUNDS {
            let (claims, tried) = self.claims(&pool, &mut work);
            let mut worse = false;
            for claim in &claims {
                if self.spent() {
                    worse = true;
                    break;
                }
                pool.push(claim.chosen.clone());
                if self.left(&claim.chosen) > claim.left {
                    worse = true;
                    self.learn(&claim.chosen);
                }
            }
            if !worse {
                exact = tried;
                break;
            }
            if self.spent() {
                break;
            }
        }
        let mut points: Vec<(Weight, Point)> = Vec::new();
        for mut chosen in pool {
            chosen.sort_unstable();
            chosen.dedup();
            if self.known.contains_key(&chosen) || !self.spent() {
                let left = self.left(&chosen);
                points.push((self.weight_of(&chosen), Point { cost: self.cost(&chosen), left, chosen }));
            }
        }
        points.sort_by(|(a, left), (b, right)| {
            (left.cost, left.left, a, &left.chosen).cmp(&(right.cost, right.left, b, &right.chosen))
        });
        let mut out: Vec<Point> = Vec::new();
        for (_, point) in points {
            if out.last().is_none_or(|last| point.left < last.left) {
                out.push(point);
            }
        }
        Frontier { points: out, exact }
    }

    fn weight_of(&self, chosen: &[u32]) -> Weight {
        chosen.iter().filter_map(|c| self.candidates.get(*c as usize)).fold(0, |sum: Weight, c| sum + super::weight(c))
    }

    /// The frontier that the reasons known so far claim, and whether all of it was tried out. It stops trying when the work
    /// is used up.
    fn claims(&self, pool: &[Vec<u32>], work: &mut u64) -> (Vec<Claim>, bool) {
        let mut exact = true;
        // What nothing can change, and what no reason is known for, is left in every case.
        let mut with_reason = vec![false; self.before.len()];
        for reason in &self.reasons {
            with_reason.get_mut(reason.risk).into_iter().for_each(|slot| *slot = true);
        }
        let fixed = self.least.iter().zip(&with_reason).filter(|(_, has)| !**has).filter_map(|(level, _)| *level);
        let base = Residual::of(fixed).above(self.tolerance);
        let mut all = vec![Claim { weight: 0, left: base, chosen: Vec::new() }];
        for part in self.parts() {
            let all_of_it = part.work().saturating_mul(1 << part.candidates.len().min(TRIED));
            let own = if part.candidates.len() <= TRIED && all_of_it <= *work {
                *work -= all_of_it;
                self.try_all(&part)
            } else {
                exact = false;
                self.try_some(&part, pool, work)
            };
            let mut sums: Vec<Claim> = Vec::with_capacity(all.len() * own.len());
            for one in &all {
                for other in &own {
                    let mut chosen = one.chosen.clone();
                    chosen.extend(&other.chosen);
                    sums.push(Claim { weight: one.weight + other.weight, left: one.left.plus(other.left), chosen });
                }
            }
            all = best_of(sums);
            if all.len() > POINTS {
                exact = false;
                let step = all.len().div_ceil(POINTS);
                let last = all.len() - 1;
                let mut at = 0;
                all.retain(|_| {
                    at += 1;
                    (at - 1) % step == 0 || at - 1 == last
                });
            }
        }
        (all, exact)
    }

    fn parts(&self) -> Vec<PartOf<'_>> {
        // Labels spread over candidates and risks until nothing changes; both sides are few.
        let mut label: Vec<usize> = (0..self.candidates.len()).collect();
        let mut of_risk: BTreeMap<usize, usize> = BTreeMap::new();
        loop {
            let mut changed = false;
            for reason in &self.reasons {
                let labels = reason.set.iter().filter_map(|c| label.get(*c as usize).copied());
                let Some(least) = labels.chain(of_risk.get(&reason.risk).copied()).min() else { continue };
                if of_risk.insert(reason.risk, least) != Some(least) {
                    changed = true;
                }
                for candidate in &reason.set {
                    if let Some(slot) = label.get_mut(*candidate as usize)
                        && *slot != least
                    {
                        *slot = least;
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        let mut parts: BTreeMap<usize, PartOf<'_>> = BTreeMap::new();
        for reason in &self.reasons {
            let Some(key) = of_risk.get(&reason.risk) else { continue };
            let part = parts.entry(*key).or_insert_with(|| PartOf { candidates: Vec::new(), reasons: Vec::new() });
            part.candidates.extend(&reason.set);
            part.reasons.push(reason);
        }
        parts
            .into_values()
            .map(|mut part| {
                part.candidates.sort_unstable();
                part.candidates.dedup();
                part
            })
            .collect()
    }

    /// What a part leaves above tolerance with some of its candidates in place, by the reasons known.
    fn claim(&self, part: &PartOf<'_>, has: impl Fn(u32) -> bool) -> Residual {
        let mut levels: Vec<Level> = Vec::new();
        let mut at = 0;
        // Reasons are in the order of their risks.
        while let Some(first) = part.reasons.get(at) {
            let mut level = self.least.get(first.risk).copied().flatten();
            while let Some(reason) = part.reasons.get(at).filter(|reason| reason.risk == first.risk) {
                if !reason.set.iter().any(|c| has(*c)) {
                    level = level.max(Some(reason.level));
                }
                at += 1;
            }
            levels.extend(level);
        }
        Residual::of(levels.into_iter()).above(self.tolerance)
    }

    fn try_all(&self, part: &PartOf<'_>) -> Vec<Claim> {
        let count = part.candidates.len();
        let bits: BTreeMap<u32, u32> = part.candidates.iter().copied().zip(0u32..).collect();
        let mut claims = Vec::with_capacity(1 << count);
        for mask in 0u32..1 << count {
            let chosen: Vec<u32> = bits.iter().filter(|(_, bit)| mask >> **bit & 1 == 1).map(|(c, _)| *c).collect();
            let left = self.claim(part, |c| bits.get(&c).is_some_and(|bit| mask >> bit & 1 == 1));
            claims.push(Claim { weight: self.weight_of(&chosen), left, chosen });
        }
        best_of(claims)
    }

    /// For a part of many candidates: what the sets known so far have in it, and those made smaller one by one.
    /// There is at least the claim of the first.
    fn try_some(&self, part: &PartOf<'_>, pool: &[Vec<u32>], work: &mut u64) -> Vec<Claim> {
        let mut claims = Vec::new();
        for set in pool.iter().take(200) {
            let mut chosen: Vec<u32> =
                set.iter().copied().filter(|c| part.candidates.binary_search(c).is_ok()).collect();
            loop {
                let left = self.claim(part, |c| chosen.contains(&c));
                claims.push(Claim { weight: self.weight_of(&chosen), left, chosen: chosen.clone() });
                let next = part.work().saturating_mul(u64::try_from(chosen.len() + 1).unwrap_or(u64::MAX));
                if next > *work {
                    return best_of(claims);
                }
                *work -= next;
                let without = |at: usize| {
                    let fewer: Vec<u32> =
                        chosen.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, c)| *c).collect();
                    (self.claim(part, |c| fewer.contains(&c)), std::cmp::Reverse(self.weight_of(&fewer)), fewer)
                };
                let Some((_, _, fewer)) = (0..chosen.len()).map(without).min() else { break };
                chosen = fewer;
            }
        }
        best_of(claims)
    }
}

/// The cheapest first, each leaving less than the one before.
fn best_of(mut claims: Vec<Claim>) -> Vec<Claim> {
    claims.sort_by(|a, b| (a.weight, a.left, &a.chosen).cmp(&(b.weight, b.left, &b.chosen)));
    let mut out: Vec<Claim> = Vec::new();
    for claim in claims {
        if out.last().is_none_or(|last| claim.left < last.left) {
            out.push(claim);
        }
    }
    out
}
