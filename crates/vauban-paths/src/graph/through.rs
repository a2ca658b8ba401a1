//! The cheapest derivation that uses a given step: inside and outside costs over the semiring (min, +).

use super::best::Best;
use super::build::Graph;
use super::cost::{COST_CEILING, IMPOSSIBLE, add, without};
use super::queue::Queue;
use super::set::{Id, StateId};

/// For every step, the cost of the cheapest derivation of any of the goals that uses the step; `u64::MAX` when
/// none does.
///
/// `goals` are states with a cost added to every derivation of theirs (zero for none; a less valuable goal can be
/// given a surcharge). With `inside` the costs in `best`:
///
/// ```text
/// outside(goal)    = its surcharge
/// outside(premise) = min over steps s that need it, conclusions c of s:
///                    outside(c) + cost(s) + Σ inside(other premises of s)
/// through(s)       = min over conclusions c of s: outside(c) + inside(s)
/// ```
///
/// computed in the order of outside costs on the reversed graph (the Viterbi form of inside-outside; Knuth's
/// algorithm run backwards, each step relaxed once).
///
/// **Exactness.** The figure is the exact minimum over derivation trees as [`super::best`](mod@super::best) counts
/// them (shared parts each time). The minimum also ranges over trees in which a state depends on itself: a step
/// that only lies on detours back to a state already held gets the finite cost of making that detour, though no
/// sensible attack uses it. For such a step the figure is a lower bound; to decide whether a step is on a derivation
/// without repetition is NP-complete already in ordinary graphs (Fortune, Hopcroft and Wyllie 1980: two disjoint
/// paths). Every step of a cheapest derivation of a goal has a figure of at most that goal's cost and surcharge.
#[must_use]
pub fn through(graph: &Graph, best: &Best, goals: &[(StateId, u64)]) -> Vec<u64> {
    if !best.fits(graph) {
        return vec![IMPOSSIBLE; graph.step_count()];
    }
    outside(graph, best, goals).1
}

/// The outside cost of every state and the through cost of every step; `best` must fit the graph.
pub(super) fn outside(graph: &Graph, best: &Best, goals: &[(StateId, u64)]) -> (Vec<u64>, Vec<u64>) {
    let mut outside = vec![IMPOSSIBLE; graph.state_count()];
    let mut through = vec![IMPOSSIBLE; graph.step_count()];
    let mut queue = Queue::new();
    for (goal, surcharge) in goals {
        if best.cost(*goal).is_some() && *surcharge < outside[goal.index()] {
            outside[goal.index()] = *surcharge;
            queue.push(*surcharge, 0, goal.0);
        }
    }
    let mut level = Vec::new();
    while let Some((cost, _)) = queue.take_level(&mut level) {
        for state in level.drain(..).map(StateId) {
            if outside[state.index()] != cost {
                continue;
            }
            for step in graph.producers(state) {
                // States are settled in ascending order, so the first conclusion settled is the cheapest, and a
                // state that comes up twice finds its steps done.
                if through[step.index()] != IMPOSSIBLE {
                    continue;
                }
                let Some(inside) = best.step_cost(*step) else { continue };
                let whole = add(cost, inside);
                through[step.index()] = whole;
                for premise in graph.premises(*step) {
                    // Never below the level: where sums have stopped at the ceiling the difference says nothing.
                    let rest = without(whole, best.cost(*premise).unwrap_or(COST_CEILING)).max(cost);
                    if rest < outside[premise.index()] {
                        outside[premise.index()] = rest;
                        queue.push(rest, 0, premise.0);
                    }
                }
            }
        }
    }
    (outside, through)
}
