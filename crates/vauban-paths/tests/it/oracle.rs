//! Small graphs and the slow, plain answers to every question about them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use proptest::prelude::*;
use vauban_paths::graph::{Graph, GraphBuilder, Origin, Proof, STRUCTURAL, Start, StateId, StepId, StepSet};

/// A step in words: everything by number.
#[derive(Clone, Debug)]
pub(crate) struct PlainStep {
    pub(crate) premises: Vec<u32>,
    pub(crate) conclusions: Vec<u32>,
    pub(crate) cost: u64,
    pub(crate) action: u32,
    pub(crate) disabled: bool,
}

/// A graph in words.
#[derive(Clone, Debug)]
pub(crate) struct PlainGraph {
    pub(crate) states: u32,
    pub(crate) steps: Vec<PlainStep>,
    /// State, cost, attacker.
    pub(crate) starts: Vec<(u32, u64, u32)>,
}

impl PlainGraph {
    pub(crate) fn graph(&self) -> Graph {
        let mut builder = GraphBuilder::new();
        builder.add_states(self.states).unwrap();
        let ids = |states: &[u32]| states.iter().map(|state| StateId(*state)).collect::<Vec<_>>();
        for step in &self.steps {
            builder.add_step(&ids(&step.premises), &ids(&step.conclusions), step.cost, step.action).unwrap();
        }
        builder.build()
    }

    pub(crate) fn starts(&self) -> Vec<Start> {
        self.starts
            .iter()
            .map(|(state, cost, attacker)| Start { state: StateId(*state), cost: *cost, attacker: *attacker })
            .collect()
    }

    pub(crate) fn disabled(&self) -> StepSet {
        (0..self.steps.len()).filter(|step| self.steps[*step].disabled).map(|step| StepId(step as u32)).collect()
    }

    pub(crate) fn goals(&self) -> std::ops::Range<u32> {
        0..self.states
    }

    /// The states reached with the steps that pass the test: sweep until nothing changes.
    pub(crate) fn reached(&self, enabled: impl Fn(usize) -> bool) -> BTreeSet<u32> {
        let mut reached: BTreeSet<u32> = self.starts.iter().map(|start| start.0).collect();
        loop {
            let before = reached.len();
            for (number, step) in self.steps.iter().enumerate() {
                if enabled(number) && step.premises.iter().all(|premise| reached.contains(premise)) {
                    reached.extend(&step.conclusions);
                }
            }
            if reached.len() == before {
                return reached;
            }
        }
    }

    /// The least cost of every state reached with the steps that pass the test: lower costs until nothing changes.
    pub(crate) fn costs(&self, enabled: impl Fn(usize) -> bool) -> BTreeMap<u32, u64> {
        let mut costs: BTreeMap<u32, u64> = BTreeMap::new();
        let lower = |costs: &mut BTreeMap<u32, u64>, state: u32, cost: u64| {
            let known = costs.entry(state).or_insert(u64::MAX);
            let better = cost < *known;
            *known = cost.min(*known);
            better
        };
        for (state, cost, _) in &self.starts {
            lower(&mut costs, *state, *cost);
        }
        let mut changed = true;
        while changed {
            changed = false;
            for (number, step) in self.steps.iter().enumerate().filter(|(number, _)| enabled(*number)) {
                if let Some(cost) = self.step_cost(number, &costs) {
                    for conclusion in &step.conclusions {
                        changed |= lower(&mut costs, *conclusion, cost);
                    }
                }
            }
        }
        costs
    }

    pub(crate) fn step_cost(&self, step: usize, costs: &BTreeMap<u32, u64>) -> Option<u64> {
        let premises: BTreeSet<u32> = self.steps[step].premises.iter().copied().collect();
        premises.iter().try_fold(self.steps[step].cost, |sum, premise| Some(sum + costs.get(premise)?))
    }

    pub(crate) fn enabled(&self) -> impl Fn(usize) -> bool + '_ {
        |step| !self.steps[step].disabled
    }

    /// The alternatives by their definition over subsets: every set of actions no subset of which costs as little.
    pub(crate) fn alternatives_by_subsets(&self, goal: u32) -> BTreeMap<Vec<u32>, u64> {
        let actions: Vec<u32> = self
            .steps
            .iter()
            .map(|step| step.action)
            .filter(|action| *action != STRUCTURAL)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let cost_of_subset: Vec<Option<u64>> = (0..1usize << actions.len())
            .map(|subset| {
                let allowed = |action: u32| {
                    action == STRUCTURAL
                        || actions.iter().position(|known| *known == action).is_some_and(|at| subset >> at & 1 == 1)
                };
                self.costs(|step| !self.steps[step].disabled && allowed(self.steps[step].action)).get(&goal).copied()
            })
            .collect();
        (0..cost_of_subset.len())
            .filter_map(|subset| {
                let cost = cost_of_subset[subset]?;
                let noise = (0..subset).any(|smaller| {
                    smaller & subset == smaller && cost_of_subset[smaller].is_some_and(|smaller| smaller <= cost)
                });
                let members = (0..actions.len()).filter(|at| subset >> at & 1 == 1).map(|at| actions[at]).collect();
                (!noise).then_some((members, cost))
            })
            .collect()
    }

    /// The alternatives by their definition over derivations: list every derivation, sort, drop supersets.
    pub(crate) fn alternatives_by_derivations(&self, goal: u32) -> BTreeMap<Vec<u32>, u64> {
        let mut all: Vec<(u64, usize, Vec<u32>)> = Vec::new();
        self.derivations(&mut BTreeMap::new(), &mut vec![goal], &mut |origins| {
            if let Some(cost) = self.tree_cost(goal, origins, 0) {
                let actions: BTreeSet<u32> = origins
                    .values()
                    .filter_map(|origin| Some(self.steps[(*origin)?].action))
                    .filter(|action| *action != STRUCTURAL)
                    .collect();
                all.push((cost, actions.len(), actions.into_iter().collect()));
            }
        });
        all.sort();
        let mut kept: Vec<(Vec<u32>, u64)> = Vec::new();
        for (cost, _, actions) in all {
            if !kept.iter().any(|(earlier, _)| earlier.iter().all(|action| actions.contains(action))) {
                kept.push((actions, cost));
            }
        }
        kept.into_iter().collect()
    }

    /// Calls back for every choice of one origin for each state needed and what it leans on, acyclic or not.
    fn derivations(
        &self,
        origins: &mut BTreeMap<u32, Option<usize>>,
        needed: &mut Vec<u32>,
        found: &mut impl FnMut(&BTreeMap<u32, Option<usize>>),
    ) {
        let Some(state) = needed.iter().copied().find(|state| !origins.contains_key(state)) else {
            found(origins);
            return;
        };
        let length = needed.len();
        if self.starts.iter().any(|start| start.0 == state) {
            origins.insert(state, None);
            self.derivations(origins, needed, found);
        }
        for (number, step) in self.steps.iter().enumerate() {
            if !step.disabled && step.conclusions.contains(&state) {
                origins.insert(state, Some(number));
                needed.extend(&step.premises);
                self.derivations(origins, needed, found);
                needed.truncate(length);
            }
        }
        origins.remove(&state);
    }

    /// The cost as a tree, `None` for a state that depends on itself.
    fn tree_cost(&self, state: u32, origins: &BTreeMap<u32, Option<usize>>, depth: u32) -> Option<u64> {
        if depth > self.states {
            return None;
        }
        match origins[&state] {
            None => self.starts.iter().filter(|start| start.0 == state).map(|start| start.1).min(),
            Some(step) => {
                let premises: BTreeSet<u32> = self.steps[step].premises.iter().copied().collect();
                premises.iter().try_fold(self.steps[step].cost, |sum, premise| {
                    Some(sum + self.tree_cost(*premise, origins, depth + 1)?)
                })
            }
        }
    }

    /// The least cost of a derivation tree of any of the goals that uses the step; a state may depend on itself.
    /// Costs with and without the step are lowered together until nothing changes.
    pub(crate) fn through(&self, wanted: usize, goals: &[(u32, u64)]) -> u64 {
        let plain = self.costs(self.enabled());
        let mut using: BTreeMap<u32, u64> = BTreeMap::new();
        let mut changed = true;
        while changed {
            changed = false;
            for (number, step) in self.steps.iter().enumerate().filter(|(_, step)| !step.disabled) {
                let Some(whole) = self.step_cost(number, &plain) else { continue };
                let cost = if number == wanted {
                    Some(whole)
                } else {
                    step.premises.iter().filter_map(|premise| Some(whole - plain[premise] + using.get(premise)?)).min()
                };
                for conclusion in &step.conclusions {
                    if let Some(cost) = cost
                        && using.get(conclusion).is_none_or(|known| cost < *known)
                    {
                        using.insert(*conclusion, cost);
                        changed = true;
                    }
                }
            }
        }
        goals.iter().filter_map(|(goal, surcharge)| Some(using.get(goal)? + surcharge)).min().unwrap_or(u64::MAX)
    }

    /// Replays a proof: every state from a start or an earlier step, nothing twice, the figures right.
    pub(crate) fn check_proof(&self, proof: &Proof) {
        let mut origins: BTreeMap<u32, Option<usize>> = BTreeMap::new();
        let mut taken: Vec<StepId> = Vec::new();
        let mut distinct = 0;
        let mut attackers: BTreeMap<u32, u64> = BTreeMap::new();
        for (state, origin) in &proof.states {
            match origin {
                Origin::Start(start) => {
                    assert!(self.starts().contains(start) && start.state == *state);
                    let dearest = attackers.entry(start.attacker).or_default();
                    *dearest = start.cost.max(*dearest);
                    assert_eq!(origins.insert(state.0, None), None);
                }
                Origin::Step(step) => {
                    let plain = &self.steps[step.0 as usize];
                    assert!(plain.conclusions.contains(&state.0));
                    assert!(plain.premises.iter().all(|premise| origins.contains_key(premise)), "premises come first");
                    if !taken.contains(step) {
                        taken.push(*step);
                        distinct += plain.cost;
                    }
                    assert_eq!(origins.insert(state.0, Some(step.0 as usize)), None);
                }
            }
        }
        assert_eq!(proof.states.last().map(|(state, _)| *state), Some(proof.goal));
        assert_eq!(taken, proof.steps);
        assert_eq!(Some(proof.cost), self.tree_cost(proof.goal.0, &origins, 0));
        assert_eq!(proof.cost_distinct, distinct + attackers.values().sum::<u64>());
        assert!(proof.cost_distinct <= proof.cost);
    }
}

/// Graphs of up to seven states and nine steps: cycles, several premises and conclusions, ties, shared labels.
pub(crate) fn plain_graph() -> impl Strategy<Value = PlainGraph> {
    (2u32..=7, 1u32..=6, 0u64..=6).prop_flat_map(|(states, actions, dearest)| {
        let action = prop_oneof![3 => 0..actions, 1 => Just(STRUCTURAL)];
        let step = (
            prop::collection::vec(0..states, 0..=3),
            prop::collection::vec(0..states, 1..=2),
            0..=dearest,
            action,
            prop::bool::weighted(0.1),
        )
            .prop_map(|(premises, conclusions, cost, action, disabled)| PlainStep {
                premises,
                conclusions,
                cost,
                action,
                disabled,
            });
        let start = (0..states, prop_oneof![3 => Just(0u64), 1 => 0u64..4], 0u32..2);
        (Just(states), prop::collection::vec(step, 0..=9), prop::collection::vec(start, 0..=3))
            .prop_map(|(states, steps, starts)| PlainGraph { states, steps, starts })
    })
}

/// The same, with one premise for most steps and a start: long paths and cycles instead of early ends.
pub(crate) fn path_like_graph() -> impl Strategy<Value = PlainGraph> {
    path_like(3..=7, 2..=8, 4..=9)
}

/// Larger ones of that kind, with room for many alternatives that share some of their actions.
pub(crate) fn larger_graph() -> impl Strategy<Value = PlainGraph> {
    path_like(5..=9, 5..=10, 10..=20)
}

fn path_like(
    states: RangeInclusive<u32>,
    actions: RangeInclusive<u32>,
    steps: RangeInclusive<usize>,
) -> impl Strategy<Value = PlainGraph> {
    (states, actions, 0u64..=4).prop_flat_map(move |(states, actions, dearest)| {
        let step = (
            prop::collection::vec(0..states, 1..=2),
            prop::bool::weighted(0.7),
            prop::collection::vec(0..states, 1..=2),
            0..=dearest,
            prop_oneof![4 => 0..actions, 1 => Just(STRUCTURAL)],
        )
            .prop_map(|(mut premises, single, conclusions, cost, action)| {
                premises.truncate(if single { 1 } else { 2 });
                PlainStep { premises, conclusions, cost, action, disabled: false }
            });
        (Just(states), prop::collection::vec(step, steps.clone())).prop_map(|(states, steps)| PlainGraph {
            states,
            steps,
            starts: vec![(0, 0, 0)],
        })
    })
}
