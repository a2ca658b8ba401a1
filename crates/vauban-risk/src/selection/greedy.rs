//! Plans made one control at a time: at once, good, and without proof. The exact search starts from them.

use vauban_model::plan::Residual;
use vauban_model::scale::Level;

use super::Selector;

/// What a risk of a level counts when candidates are compared one by one.
pub(crate) fn points(level: Level) -> u64 {
    match level {
        Level::Low => 1,
        Level::Medium => 8,
        Level::High => 64,
        Level::Critical => 512,
    }
}

/// What risks count together.
pub fn points_of(left: Residual) -> u64 {
    Level::ALL.into_iter().map(|level| points(level).saturating_mul(u64::from(left.count(level)))).sum()
}

impl Selector<'_> {
    /// Candidates in the order in which each answers most open reasons for its cost, until every risk is as low as is asked.
    pub fn chain(&mut self) -> Vec<u32> {
        let mut chosen: Vec<u32> = Vec::new();
        loop {
            if self.learn(&chosen).iter().any(Vec::is_empty) {
                return chosen;
            }
            let mut gains = vec![0u64; self.candidates.len()];
            for reason in &self.reasons {
                if reason.set.iter().any(|candidate| chosen.contains(candidate)) {
                    continue;
                }
                for candidate in &reason.set {
                    if let Some(gain) = gains.get_mut(*candidate as usize) {
                        *gain = gain.saturating_add(points(reason.level));
                    }
                }
            }
            let mut best: Option<(u32, u64)> = None;
            for (candidate, gain) in (0u32..).zip(&gains).filter(|(_, gain)| **gain > 0) {
                let dearer = |(known, theirs): (u32, u64)| {
                    let weigh = |c: u32| self.candidates.get(c as usize).map_or(u128::MAX, super::weight);
                    u128::from(*gain).saturating_mul(weigh(known)) > u128::from(theirs).saturating_mul(weigh(candidate))
                };
                if best.is_none_or(dearer) {
                    best = Some((candidate, *gain));
                }
            }
            let Some((candidate, _)) = best else { return chosen };
            chosen.push(candidate);
        }
    }

    /// The same plan without what it can do without, the dearest first.
    pub fn spare(&mut self, chosen: Vec<u32>) -> Vec<u32> {
        let mut order = chosen.clone();
        order.sort_by_key(|c| (std::cmp::Reverse(self.candidates.get(*c as usize).map(super::weight)), *c));
        let mut kept = chosen;
        for candidate in order {
            if self.spent() {
                break;
            }
            let fewer: Vec<u32> = kept.iter().copied().filter(|c| *c != candidate).collect();
            if self.enough(&fewer) {
                kept = fewer;
            }
        }
        kept
    }

    /// A plan in the order in which each control takes away most for its cost, given those before it.
    pub fn order(&mut self, chosen: &[u32]) -> Vec<u32> {
        let mut rest = chosen.to_vec();
        let mut done: Vec<u32> = Vec::new();
        while !rest.is_empty() {
            let now = points_of(self.left(&done));
            let mut best: Option<(usize, u64, u128)> = None;
            for (at, candidate) in rest.iter().enumerate() {
                let mut with = done.clone();
                with.push(*candidate);
                let gain = if self.spent() { 0 } else { now.saturating_sub(points_of(self.left(&with))) };
                let price = self.candidates.get(*candidate as usize).map_or(u128::MAX, super::weight);
                let better = best.is_none_or(|(_, known, theirs)| {
                    let (mine, its) =
                        (u128::from(gain).saturating_mul(theirs), u128::from(known).saturating_mul(price));
                    mine > its || mine == its && price < theirs
                });
                if better {
                    best = Some((at, gain, price));
                }
            }
            let Some((at, ..)) = best else { break };
            done.push(rest.remove(at));
        }
        done
    }
}
