//! The part of a graph that can matter for one goal, renumbered to be small and close together in memory.

use super::best::{Best, Origin};
use super::build::{Graph, Rows};
use super::cost::IMPOSSIBLE;
use super::set::{Id, StateId, StepId, StepSet};

/// A goal, some of the steps that can lead to it, and the states they need.
///
/// States and steps have numbers of their own here; `states` and `steps` lead back.
pub(super) struct Cone {
    pub(super) graph: Graph,
    /// Each state's number in the whole graph.
    pub(super) states: Vec<StateId>,
    /// Each step's number in the whole graph, in the order given.
    pub(super) steps: Vec<StepId>,
    /// The goal, which is the first state.
    pub(super) goal: StateId,
    /// States of the cone that hold from the beginning, with their cost.
    pub(super) starts: Vec<(StateId, u64)>,
}

const OUTSIDE: u32 = u32::MAX;

impl Cone {
    /// The part of the graph that these steps make up, numbered in their order. The goal and every step must belong
    /// to the graph. Conclusions that no step of the cone needs are left out. Linear.
    pub(super) fn new(graph: &Graph, best: &Best, goal: StateId, steps: Vec<StepId>) -> Cone {
        let mut local = vec![OUTSIDE; graph.state_count()];
        let mut states = vec![goal];
        local[goal.index()] = 0;
        let mut premises = Rows::new();
        for step in &steps {
            for premise in graph.premises(*step) {
                let number = &mut local[premise.index()];
                if *number == OUTSIDE {
                    *number = states.len() as u32;
                    states.push(*premise);
                }
                premises.push(StateId(*number));
            }
            premises.end_row();
        }
        let mut conclusions = Rows::new();
        for step in &steps {
            for conclusion in graph.conclusions(*step) {
                let number = local[conclusion.index()];
                if number != OUTSIDE {
                    conclusions.push(StateId(number));
                }
            }
            conclusions.end_row();
        }
        let costs = steps.iter().map(|step| graph.cost(*step)).collect();
        let actions = steps.iter().map(|step| graph.action(*step)).collect();
        let part = Graph::from_rows(states.len(), premises, conclusions, costs, actions);
        // A state whose best origin is a step may be a start as well, at a higher cost: both are ways to have it.
        let mut start_costs = vec![IMPOSSIBLE; states.len()];
        for start in best.starts() {
            if let Some(number) = local.get(start.state.index()).filter(|number| **number != OUTSIDE) {
                let known = &mut start_costs[*number as usize];
                *known = start.cost.min(*known);
            }
        }
        let starts = start_costs
            .into_iter()
            .enumerate()
            .filter(|(_, cost)| *cost != IMPOSSIBLE)
            .map(|(number, cost)| (StateId::from_index(number), cost))
            .collect();
        Cone { graph: part, states, steps, goal: StateId(0), starts }
    }

    /// The whole backward cone, its steps in the order in which they fired: every step that can happen and from
    /// whose conclusions the goal can be approached. Every derivation of the goal lies inside. `None` when the goal
    /// cannot be reached or `best` belongs to another graph. Linear.
    pub(super) fn backward(graph: &Graph, best: &Best, goal: StateId) -> Option<Cone> {
        if !best.fits(graph) {
            return None;
        }
        best.cost(goal)?;
        let mut taken = StepSet::with_capacity(graph.step_count());
        let mut seen = vec![false; graph.state_count()];
        seen[goal.index()] = true;
        let mut open = vec![goal];
        while let Some(state) = open.pop() {
            for step in graph.producers(state) {
                if best.step_cost(*step).is_some() && taken.insert(*step) {
                    for premise in graph.premises(*step) {
                        if !std::mem::replace(&mut seen[premise.index()], true) {
                            open.push(*premise);
                        }
                    }
                }
            }
        }
        let steps = best.fired().iter().copied().filter(|step| taken.contains(*step)).collect();
        Some(Cone::new(graph, best, goal, steps))
    }

    /// The origin in the whole graph of a state that is derived by a start: the cheapest, then the first.
    pub(super) fn start_origin(&self, best: &Best, local: StateId) -> Option<Origin> {
        let state = self.states.get(local.index())?;
        best.starts()
            .iter()
            .filter(|start| start.state == *state && start.cost != IMPOSSIBLE)
            .min_by_key(|start| start.cost)
            .map(|start| Origin::Start(*start))
    }
}
