//! What can be reached at all: a linear fixpoint with one counter for each step.

use super::best::Start;
use super::build::Graph;
use super::cost::IMPOSSIBLE;
use super::set::{Id, StateId, StateSet, StepId, StepSet};

/// The states that can be derived from the starts without the disabled steps.
///
/// Every step counts down its premises that are not reached yet and fires at zero (Dowling and Gallier 1984), so
/// the time is linear in the graph, cycles included. Steps without premises fire at once; steps and starts of
/// cost [`IMPOSSIBLE`] never do. Starts that are not in the graph are ignored.
#[must_use]
pub fn reachable(graph: &Graph, starts: &[Start], disabled: &StepSet) -> StateSet {
    let mut reached = StateSet::with_capacity(graph.state_count());
    let mut missing: Vec<u32> = graph
        .steps()
        .map(|step| match graph.cost(step) {
            IMPOSSIBLE => u32::MAX,
            _ if disabled.contains(step) => u32::MAX,
            _ => graph.premises(step).len() as u32,
        })
        .collect();
    let mut pending: Vec<StateId> = Vec::new();
    for start in starts {
        if start.cost != IMPOSSIBLE && graph.has_state(start.state) && reached.insert(start.state) {
            pending.push(start.state);
        }
    }
    for step in graph.axioms() {
        if missing[step.index()] == 0 {
            conclude(graph, *step, &mut reached, &mut pending);
        }
    }
    while let Some(state) = pending.pop() {
        for step in graph.consumers(state) {
            let count = &mut missing[step.index()];
            // A disabled step holds the highest number and keeps it: it has fewer premises than that.
            if *count == u32::MAX {
                continue;
            }
            *count -= 1;
            if *count == 0 {
                conclude(graph, *step, &mut reached, &mut pending);
            }
        }
    }
    reached
}

fn conclude(graph: &Graph, step: StepId, reached: &mut StateSet, pending: &mut Vec<StateId>) {
    for conclusion in graph.conclusions(step) {
        if reached.insert(*conclusion) {
            pending.push(*conclusion);
        }
    }
}

/// Whether a step can happen once these states are reached: it exists, is not impossible, not disabled, and all
/// its premises are there.
#[must_use]
pub fn step_can_fire(graph: &Graph, reached: &StateSet, disabled: &StepSet, step: StepId) -> bool {
    graph.cost(step) != IMPOSSIBLE
        && !disabled.contains(step)
        && graph.premises(step).iter().all(|premise| reached.contains(*premise))
}
