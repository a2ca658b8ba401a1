//! The cheapest derivation that uses a given step: inside and outside costs over the semiring (min, +).

use super::best::Best;
use super::build::Graph;
use super::cost::{COST_CEILING, IMPOSSIBLE, add, without};
use super::queue::Queue;
use super::set::{Id, StateId, StateSet, StepId};

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

/// The cheapest ways through every step to some goals, kept so that single ones can be written down.
pub struct Ways<'a> {
    graph: &'a Graph,
    best: &'a Best,
    goals: &'a [(StateId, u64)],
    outside: Vec<u64>,
    through: Vec<u64>,
}

impl<'a> Ways<'a> {
    /// The ways to these goals, each with its surcharge; see [`through()`].
    #[must_use]
    pub fn new(graph: &'a Graph, best: &'a Best, goals: &'a [(StateId, u64)]) -> Self {
        let (outside, through) = if best.fits(graph) {
            outside(graph, best, goals)
        } else {
            (vec![IMPOSSIBLE; graph.state_count()], vec![IMPOSSIBLE; graph.step_count()])
        };
        Ways { graph, best, goals, outside, through }
    }

    /// What [`through()`] says of a step.
    #[must_use]
    pub fn cost(&self, step: StepId) -> u64 {
        self.through.get(step.index()).copied().unwrap_or(IMPOSSIBLE)
    }

    /// The steps of a derivation with the cost that [`through()`] says of a step, each once, in no order that means anything.
    /// Empty when no derivation uses the step.
    #[must_use]
    pub fn steps(&self, step: StepId) -> Vec<StepId> {
        let outside = |state: StateId| self.outside.get(state.index()).copied().unwrap_or(IMPOSSIBLE);
        // Of what a step yields, all that is equally near to a goal: what is free may lead back to where it came from.
        let onward = |step: StepId| {
            let yields = self.graph.conclusions(step).iter().copied();
            let least = yields.clone().map(outside).min().unwrap_or(IMPOSSIBLE);
            yields.filter(move |state| outside(*state) == least)
        };
        if self.cost(step) == IMPOSSIBLE {
            return Vec::new();
        }
        let mut used = vec![step];
        self.lean_on(step, None, &mut used);
        // Along what makes the outside costs, to a goal; free steps may run in circles, so each state is looked at once.
        let mut from: Vec<(StateId, usize, Option<StepId>)> = onward(step).map(|state| (state, 0, None)).collect();
        let mut seen = StateSet::with_capacity(self.graph.state_count());
        for (state, ..) in &from {
            seen.insert(*state);
        }
        let mut at = 0;
        let end = loop {
            let Some((state, ..)) = from.get(at).copied() else { break None };
            if self.goals.iter().any(|(goal, surcharge)| *goal == state && *surcharge == outside(state)) {
                break Some(at);
            }
            for consumer in self.graph.consumers(state) {
                if self.cost(*consumer) == IMPOSSIBLE {
                    continue;
                }
                let inside = self.best.cost(state).unwrap_or(COST_CEILING);
                for next in onward(*consumer) {
                    if without(self.cost(*consumer), inside).max(outside(next)) == outside(state) && seen.insert(next) {
                        from.push((next, at, Some(*consumer)));
                    }
                }
            }
            at += 1;
        };
        let mut at = end;
        while let Some((_, before, Some(step))) = at.and_then(|at| from.get(at)).copied() {
            used.push(step);
            let along = from.get(before).map(|(state, ..)| *state);
            self.lean_on(step, along, &mut used);
            at = Some(before);
        }
        used.sort_unstable();
        used.dedup();
        used
    }

    /// Adds the cheapest derivations of what a step needs, but for one premise.
    fn lean_on(&self, step: StepId, but: Option<StateId>, used: &mut Vec<StepId>) {
        for premise in self.graph.premises(step).iter().filter(|premise| Some(**premise) != but) {
            if let Some(proof) = self.best.proof(self.graph, *premise) {
                used.extend(proof.steps);
            }
        }
    }
}
