//! The cheapest derivation of every state: Knuth's generalisation of Dijkstra's algorithm.
//!
//! D. E. Knuth, *A generalization of Dijkstra's algorithm*, Information Processing Letters 6 (1977). The cost of a
//! step is its own cost plus the costs of all its premises; that function is superior (never below any of its
//! arguments, and monotone), so states can be settled in the order of their costs, each once, cycles included.
//!
//! **What the sum counts.** A derivation is a tree. A sub-derivation that two premises share is counted twice, so
//! a derivation's cost is an upper bound on the cost of the set of steps it uses, and the probability read from
//! it a lower bound. The cheapest *set* of steps is NP-hard to find (it contains set cover); what
//! [`Best::proof`] gives beside the sum is [`Proof::cost_distinct`], every step counted once. Where no state is
//! used twice, and so on every path whose steps have one premise each, the two figures agree and are exact.

use rustc_hash::FxHashSet;

use super::build::Graph;
use super::cost::{COST_CEILING, IMPOSSIBLE, add};
use super::queue::Queue;
use super::set::{Id, StateId, StepId, StepSet};

/// A state that holds from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The state.
    pub state: StateId,
    /// What it costs to begin here, in thousandths of a nat; zero when certain, [`IMPOSSIBLE`] for never.
    pub cost: u64,
    /// Who begins here: a label for the caller, of no meaning to the engine. A derivation may lean on several
    /// starts, also of different attackers (they then work together).
    pub attacker: u32,
}

/// How a state is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It holds from the beginning.
    Start(Start),
    /// This step concludes it.
    Step(StepId),
}

/// No origin, in the packed form of [`Label::origin`].
const NOWHERE: u32 = u32::MAX;
/// Set in the packed form of [`Label::origin`] when the rest is the number of a start and not of a step.
const START_BIT: u32 = 1 << 31;

#[derive(Clone, Copy)]
struct Label {
    cost: u64,
    /// Steps in the derivation, counted as the cost is (shared ones again each time); the first tie-break.
    steps: u32,
    origin: u32,
}

const UNREACHED: Label = Label { cost: IMPOSSIBLE, steps: u32::MAX, origin: NOWHERE };

/// The cheapest derivation of every state of a graph: the answer of [`best`].
#[derive(Clone)]
pub struct Best {
    starts: Vec<Start>,
    labels: Vec<Label>,
    step_costs: Vec<u64>,
    /// The steps in the order in which they fired: each after some origin of each of its premises.
    fired: Vec<StepId>,
}

/// A derivation written down: each state derived once, each step taken once, premises before what they allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What is proved.
    pub goal: StateId,
    /// The distinct steps, every step after the steps that yield its premises. The order is that of reading:
    /// the first premise's whole story, then the second's.
    pub steps: Vec<StepId>,
    /// The distinct states the proof passes through with the step or start each comes from, in the same order;
    /// the goal is last.
    pub states: Vec<(StateId, Origin)>,
    /// The cost as a tree: shared sub-derivations count each time they are used. The figure that orders
    /// derivations.
    pub cost: u64,
    /// The cost of the distinct steps plus that of the distinct starts: the true cost of doing all of it once.
    /// Never above `cost`.
    pub cost_distinct: u64,
}

impl Proof {
    /// The actions taken, each once, in the order of their first step; structural steps have none.
    #[must_use]
    pub fn actions(&self, graph: &Graph) -> Vec<u32> {
        let mut seen = FxHashSet::default();
        self.steps.iter().filter_map(|step| graph.action_of(*step)).filter(|action| seen.insert(*action)).collect()
    }

    /// The starts the proof leans on, each once, in the order of their first use.
    pub fn starts(&self) -> impl Iterator<Item = Start> + '_ {
        self.states.iter().filter_map(|(_, origin)| match origin {
            Origin::Start(start) => Some(*start),
            Origin::Step(_) => None,
        })
    }
}

/// The cheapest derivation of every state from the starts without the disabled steps.
///
/// Ties go to the derivation with fewer steps (counted as the cost is), then to the step with the lower number;
/// a start beats a step, and of two starts for one state the cheaper, then the first, counts. Costs do not
/// depend on the order in which steps were added. Steps and starts of cost [`IMPOSSIBLE`] are never used;
/// starts that are not in the graph are ignored.
///
/// Linear in the graph but for the queue, where an item moves at most once for each bit of a cost, and what a step
/// of no cost adds does not move at all.
#[must_use]
pub fn best(graph: &Graph, starts: &[Start], disabled: &StepSet) -> Best {
    derive(graph, starts, |step| if disabled.contains(step) { IMPOSSIBLE } else { graph.cost(step) })
}

/// What Knuth's algorithm keeps of a step that has not fired.
#[derive(Clone, Copy)]
struct Progress {
    cost: u64,
    steps: u32,
    /// Premises not settled yet; the highest number for a step that never happens.
    missing: u32,
}

/// [`best`] with the steps' costs given by a function; [`IMPOSSIBLE`] disables a step.
pub(super) fn derive(graph: &Graph, starts: &[Start], cost: impl Fn(StepId) -> u64) -> Best {
    let mut settling = Settling { labels: vec![UNREACHED; graph.state_count()], queue: Queue::new() };
    let mut progress: Vec<Progress> = graph
        .steps()
        .map(|step| {
            let cost = cost(step);
            let missing = if cost == IMPOSSIBLE { u32::MAX } else { graph.premises(step).len() as u32 };
            Progress { cost, steps: 1, missing }
        })
        .collect();
    for (number, start) in starts.iter().enumerate().take(START_BIT as usize - 1) {
        if graph.has_state(start.state) && start.cost != IMPOSSIBLE {
            settling.offer(start.state, start.cost, 0, number as u32 | START_BIT);
        }
    }
    let mut fired = Vec::new();
    for step in graph.axioms() {
        let Progress { cost, missing, .. } = progress[step.index()];
        if missing == 0 {
            fired.push(*step);
            for conclusion in graph.conclusions(*step) {
                settling.offer(*conclusion, cost, 1, step.0);
            }
        }
    }
    let mut current = Vec::new();
    while let Some((level_cost, level_steps)) = settling.queue.take_level(&mut current) {
        for state in current.drain(..).map(StateId) {
            let label = settling.labels[state.index()];
            if (label.cost, label.steps) != (level_cost, level_steps) {
                continue;
            }
            for step in graph.consumers(state) {
                let progress = &mut progress[step.index()];
                if progress.missing == u32::MAX {
                    continue;
                }
                progress.cost = add(progress.cost, level_cost);
                progress.steps = progress.steps.saturating_add(level_steps);
                progress.missing -= 1;
                if progress.missing == 0 {
                    fired.push(*step);
                    for conclusion in graph.conclusions(*step) {
                        settling.offer(*conclusion, progress.cost, progress.steps, step.0);
                    }
                }
            }
        }
    }
    let step_costs =
        progress.into_iter().map(|progress| if progress.missing == 0 { progress.cost } else { IMPOSSIBLE }).collect();
    Best { starts: starts.to_vec(), labels: settling.labels, step_costs, fired }
}

/// The states waiting to be settled, level by level: a level is all states of one cost and number of steps.
///
/// A step's label is above those of its premises (one step more at least), so when a level begins every
/// candidate for its states is known and the lowest step number among them is final.
struct Settling {
    labels: Vec<Label>,
    queue: Queue,
}

impl Settling {
    fn offer(&mut self, state: StateId, cost: u64, steps: u32, origin: u32) {
        let label = &mut self.labels[state.index()];
        if (cost, steps) < (label.cost, label.steps) {
            *label = Label { cost, steps, origin };
            self.queue.push(cost, steps, state.0);
        } else if (cost, steps) == (label.cost, label.steps)
            && origin < label.origin
            // At the ceilings labels stop growing, so an equal label may come from the state itself.
            && cost < COST_CEILING
            && steps < u32::MAX
        {
            label.origin = origin;
        }
    }
}

impl Best {
    /// The cost of the state's cheapest derivation in thousandths of a nat; `None` when it cannot be reached.
    #[must_use]
    pub fn cost(&self, state: StateId) -> Option<u64> {
        self.labels.get(state.index()).map(|label| label.cost).filter(|cost| *cost != IMPOSSIBLE)
    }

    /// How the state is derived most cheaply; `None` when it cannot be reached.
    #[must_use]
    pub fn origin(&self, state: StateId) -> Option<Origin> {
        match self.labels.get(state.index())?.origin {
            NOWHERE => None,
            start if start & START_BIT != 0 => {
                self.starts.get((start ^ START_BIT) as usize).map(|start| Origin::Start(*start))
            }
            step => Some(Origin::Step(StepId(step))),
        }
    }

    /// The cost of the cheapest derivation that ends in this step: its own cost and its premises'. `None` when
    /// the step is disabled or a premise cannot be reached.
    #[must_use]
    pub fn step_cost(&self, step: StepId) -> Option<u64> {
        self.step_costs.get(step.index()).copied().filter(|cost| *cost != IMPOSSIBLE)
    }

    /// The starts this was computed from, also those that were of no use.
    #[must_use]
    pub fn starts(&self) -> &[Start] {
        &self.starts
    }

    /// The cheapest derivation of the goal written down; `None` when it cannot be reached.
    #[must_use]
    pub fn proof(&self, graph: &Graph, goal: StateId) -> Option<Proof> {
        if !self.fits(graph) {
            return None;
        }
        write_proof(graph, goal, self.cost(goal)?, |state| self.origin(state))
    }

    /// The steps that can happen, each after one that yields each of its premises (or a start that does).
    #[must_use]
    pub fn fired(&self) -> &[StepId] {
        &self.fired
    }

    /// Whether the sizes are the graph's: all that can be checked cheaply, and enough to keep every index in range.
    pub(super) fn fits(&self, graph: &Graph) -> bool {
        self.labels.len() == graph.state_count() && self.step_costs.len() == graph.step_count()
    }
}

/// Writes down the derivation in which every state comes from its one origin. `None` when some state has none.
pub(super) fn write_proof(
    graph: &Graph,
    goal: StateId,
    cost: u64,
    origin: impl Fn(StateId) -> Option<Origin>,
) -> Option<Proof> {
    let mut proof = Proof { goal, steps: Vec::new(), states: Vec::new(), cost, cost_distinct: 0 };
    let mut seen_states = FxHashSet::default();
    let mut seen_steps = FxHashSet::default();
    // An attacker who tries at all has every place that is theirs to begin from: that they try counts once.
    let mut seen_attackers = FxHashSet::default();
    // States on the way down, each with how many of its step's premises are done.
    let mut open = vec![(goal, origin(goal)?, 0usize)];
    seen_states.insert(goal);
    while let Some((state, from, done)) = open.last_mut() {
        let next = match from {
            Origin::Start(_) => None,
            Origin::Step(step) => graph.premises(*step).get(*done).copied(),
        };
        if let Some(premise) = next {
            *done += 1;
            if seen_states.insert(premise) {
                open.push((premise, origin(premise)?, 0));
            }
            continue;
        }
        match *from {
            Origin::Start(start) if seen_attackers.insert(start.attacker) => {
                proof.cost_distinct = add(proof.cost_distinct, start.cost);
            }
            Origin::Start(_) => {}
            Origin::Step(step) if seen_steps.insert(step) => {
                proof.cost_distinct = add(proof.cost_distinct, graph.cost(step));
                proof.steps.push(step);
            }
            Origin::Step(_) => {}
        }
        proof.states.push((*state, *from));
        open.pop();
    }
    Some(proof)
}
