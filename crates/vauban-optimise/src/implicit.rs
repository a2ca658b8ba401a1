//! The cheapest choice that is enough, where only an oracle can tell what is enough: implicit hitting sets.
//!
//! Solve the sets known so far exactly; ask whether that choice is enough; if not, the oracle names sets that every choice
//! that is enough must hit and this one does not; repeat. The cost of each round's solution is a lower bound, so the first
//! that is enough is optimal (Moreno-Centeno and Karp, *The implicit hitting set approach to solve combinatorial
//! optimization problems*, 2013; Davies and Bacchus use it for MaxSAT).

use crate::hitting_set::{Weight, cheapest};

/// What an oracle says of a choice.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Sets that every choice that is enough has an element of, and this one has not; none when this choice is enough. A
    /// set without elements says that nothing is enough.
    pub sets: Vec<Vec<u32>>,
    /// Some choice that is enough and came up on the way.
    pub enough: Option<Vec<u32>>,
}

/// How far to go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nodes of search trees, all rounds together; large ones count for more (see [`cheapest`]).
    pub nodes: u64,
    /// Questions to the oracle.
    pub rounds: u64,
}

/// A choice and how good it is known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The elements, ascending.
    pub chosen: Vec<u32>,
    /// Their weight.
    pub cost: Weight,
    /// No choice that is enough costs less.
    pub lower_bound: Weight,
    /// Nodes of search trees that were looked at.
    pub nodes: u64,
    /// Questions to the oracle.
    pub rounds: u64,
    /// The sets that prove the bound.
    pub sets: Vec<Vec<u32>>,
}

impl Choice {
    /// Whether it is proven that nothing cheaper is enough.
    pub fn optimal(&self) -> bool {
        self.cost == self.lower_bound
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This is enough.
    Enough(Choice),
    /// Nothing is enough.
    Impossible,
    /// The limits were reached before anything was found; nothing that is enough costs less than this.
    Unknown(Weight),
}

/// The cheapest choice that is enough. `known` is a choice known to be enough, `sets` are sets known beforehand.
pub fn cheapest_enough(
    weights: &[Weight],
    mut sets: Vec<Vec<u32>>,
    known: Option<Vec<u32>>,
    limits: Limits,
    oracle: &mut dyn FnMut(&[u32]) -> Reply,
) -> Answer {
    let cost_of = |chosen: &[u32]| {
        chosen
            .iter()
            .fold(0, |sum: Weight, e| sum.saturating_add(weights.get(*e as usize).copied().unwrap_or(Weight::MAX)))
    };
    let mut best: Option<(Weight, Vec<u32>)> = known.map(|known| (cost_of(&known), known));
    let (mut nodes, mut work, mut rounds, mut lower) = (0u64, 0u64, 0u64, 0);
    let finish = |best: Option<(Weight, Vec<u32>)>, lower: Weight, nodes, rounds, sets| match best {
        None => Answer::Unknown(lower),
        Some((cost, mut chosen)) => {
            chosen.sort_unstable();
            chosen.dedup();
            Answer::Enough(Choice { chosen, cost, lower_bound: lower.min(cost), nodes, rounds, sets })
        }
    };
    loop {
        let left = limits.nodes.saturating_sub(work).max(1);
        let Some(found) = cheapest(weights, &sets, left) else { return Answer::Impossible };
        nodes = nodes.saturating_add(found.nodes);
        work = work.saturating_add(found.work);
        lower = found.lower_bound.max(lower);
        if let Some((cost, _)) = &best
            && *cost <= lower
        {
            return finish(best, lower, nodes, rounds, sets);
        }
        let reply = oracle(&found.chosen);
        rounds += 1;
        let better =
            |best: &Option<(Weight, Vec<u32>)>, cost: Weight| best.as_ref().is_none_or(|(known, _)| cost < *known);
        if let Some(enough) = reply.enough {
            let cost = cost_of(&enough);
            if better(&best, cost) {
                best = Some((cost, enough));
            }
        }
        if reply.sets.is_empty() {
            if better(&best, found.cost) {
                best = Some((found.cost, found.chosen));
            }
            // A choice that is enough and not proven cheapest: the search ran into its limit.
            return finish(best, lower, nodes, rounds, sets);
        }
        sets.extend(reply.sets);
        if rounds >= limits.rounds || work >= limits.nodes {
            // The last sets may still lift the bound.
            match cheapest(weights, &sets, 1) {
                None => return Answer::Impossible,
                Some(last) => lower = lower.max(last.lower_bound),
            }
            return finish(best, lower, nodes, rounds, sets);
        }
    }
}
