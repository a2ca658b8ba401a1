//! One question of the k-best search: the cheapest derivation of a goal that leaves some actions out and, perhaps,
//! makes use of another.
//!
//! Knuth's algorithm guided as A\* is (Klein and Manning 2003, *A\* parsing*; Felzenszwalb and McAllester 2007, *The
//! generalized A\* architecture*): states are settled in the order of inside + outside, where the outside cost is
//! that of the unrestricted graph. Leaving actions out only raises costs, so the outside cost never overestimates,
//! and it is consistent: for a step `s` from premises `p` to `c`,
//!
//! ```text
//! outside(p) ≤ outside(c) + cost(s) + Σ unrestricted inside(other premises) ≤ the same with restricted insides
//! ```
//!
//! so every state is settled once, at its exact cost, and only states that lie on a derivation no dearer than the
//! answer are looked at. Four things keep a question small:
//!
//! - what is left of one question is told from the next by an epoch number, so nothing is cleared;
//! - a step's *estimate* is the cost of the cheapest derivation through it, and it is not looked at before the
//!   search has come to that cost: the consumers of a state lie in the order of their estimates;
//! - among equals the search runs straight on: when a step yields something at the current cost, that is followed
//!   before the other consumers are looked at, so a state that a hundred thousand steps need costs no more than
//!   those that were tried;
//! - only steps with an estimate up to a *horizon* are there at all.
//!
//! **Using an action.** Each state has two nodes: derived anyhow (layer 0), and derived with the wanted action
//! somewhere in the tree (layer 1). A step leads to layer 1 when it is the wanted action itself, or when one of
//! its premises is taken from layer 1. In layer 1 a state may depend on its own layer 0; such a derivation is a
//! detour, and the caller must reckon with it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::best::{Best, Origin, Proof, write_proof};
use super::build::{Graph, STRUCTURAL};
use super::cone::Cone;
use super::cost::{COST_CEILING, IMPOSSIBLE, add, without};
use super::set::{Id, StateId, StepId};

/// Which derivations a question asks for, by action labels.
#[derive(Clone, Copy)]
pub(super) enum Restriction<'a> {
    /// All but those that use one of these actions.
    Without(&'a [u32]),
    /// Those that use no other actions than these.
    Only(&'a [u32]),
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The cheapest derivation costs this and takes these actions, in this order (premises first).
    Found(u64, Vec<u32>),
    /// It costs this or more; the search was told not to go further, or the horizon is too near.
    AtLeast(u64),
    /// There is none. The flag tells whether there may be one if the wanted action were not asked for.
    Nothing { otherwise: bool },
    /// The work allowed is used up.
    OutOfWork,
}

const NONE: u32 = u32::MAX;

/// A node's label: layer 0 of state `s` is node `2 s`, layer 1 is node `2 s + 1`.
#[derive(Clone, Copy)]
struct NodeLabel {
    epoch: u32,
    settled: bool,
    cost: u64,
    /// The step it comes from, `NONE` for a start.
    origin: u32,
    /// The premise taken from layer 1, `NONE` when all come from layer 0.
    via: u32,
    /// How many of the state's consumers were looked at.
    cursor: u32,
}

#[derive(Clone, Copy)]
struct StepLabel {
    epoch: u32,
    /// Premises whose layer 0 has not been counted.
    missing: u32,
    /// The step's cost and that of the premises counted.
    cost: u64,
    /// The least surcharge for taking one premise from layer 1, and which; `IMPOSSIBLE` when none is settled.
    surcharge: u64,
    via: u32,
}

/// A way into the graph: a start, or a step without premises.
struct Seed {
    estimate: u64,
    entry: Entry,
}

#[derive(Clone, Copy)]
enum Entry {
    Start(StateId, u64),
    Axiom(StepId),
}

/// The question under way.
#[derive(Clone, Copy)]
struct Question {
    /// Whether marked actions are the only ones allowed, or the ones left out.
    marked_allowed: bool,
    /// The wanted action's position, `NONE` for none.
    wanted: u32,
    /// Whether layer 0 is taken from the unrestricted graph instead of being derived.
    ahead: bool,
}

/// The arrays a sequence of questions about one cone share.
pub(super) struct Search {
    cone: Cone,
    /// No step with an estimate above this is in the cone; `u64::MAX` when none is left out.
    pub(super) horizon: u64,
    /// The action labels that occur, ascending.
    actions: Vec<u32>,
    /// Each step's position in `actions`, `NONE` for structural steps.
    step_actions: Vec<u32>,
    /// The steps of each action: `action_steps[action_rows[a]..action_rows[a + 1]]`.
    action_rows: Vec<u32>,
    action_steps: Vec<StepId>,
    /// Costs in the unrestricted graph: of states and steps from the starts, and from states on to the goal.
    inside: Vec<u64>,
    step_inside: Vec<u64>,
    outside: Vec<u64>,
    /// The cost of the cheapest derivation through each step, ascending.
    estimates: Vec<u64>,
    /// The step each state comes from in the unrestricted graph, `NONE` for a start.
    origins: Vec<u32>,
    seeds: Vec<Seed>,
    nodes: Vec<NodeLabel>,
    steps: Vec<StepLabel>,
    marked: Vec<bool>,
    heap: BinaryHeap<Reverse<u128>>,
    /// Nodes whose estimate is the current level: no heap for those.
    stack: Vec<u32>,
    level: u64,
    epoch: u32,
}

impl Search {
    /// A search among the steps with estimates (the costs of the cheapest derivations through them, `through`) up to
    /// a horizon chosen so that there are about `room` of them. `outside` and `through` are those of the whole graph.
    pub(super) fn new(
        graph: &Graph,
        best: &Best,
        goal: StateId,
        (outside, through): (&[u64], &[u64]),
        room: usize,
    ) -> Self {
        let mut chosen: Vec<(u64, StepId)> = best
            .fired()
            .iter()
            .map(|step| (through[step.index()], *step))
            .filter(|(estimate, _)| *estimate != IMPOSSIBLE)
            .collect();
        let mut horizon = IMPOSSIBLE;
        if room < chosen.len() {
            let farthest = chosen.select_nth_unstable(room).1.0;
            // At the ceiling costs no longer differ: there is no further horizon to move to.
            if farthest < COST_CEILING {
                horizon = farthest;
                chosen.retain(|(estimate, _)| *estimate <= horizon);
            }
        }
        chosen.sort_unstable();
        let estimates: Vec<u64> = chosen.iter().map(|(estimate, _)| *estimate).collect();
        let cone = Cone::new(graph, best, goal, chosen.into_iter().map(|(_, step)| step).collect());
        let part = &cone.graph;
        let inside: Vec<u64> = cone.states.iter().map(|state| best.cost(*state).unwrap_or(COST_CEILING)).collect();
        let step_inside = cone.steps.iter().map(|step| best.step_cost(*step).unwrap_or(COST_CEILING)).collect();
        let outside: Vec<u64> = cone.states.iter().map(|state| outside[state.index()]).collect();
        let mut local_steps = vec![NONE; graph.step_count()];
        for (at, step) in cone.steps.iter().enumerate() {
            local_steps[step.index()] = at as u32;
        }
        let origins = cone
            .states
            .iter()
            .map(|state| match best.origin(*state) {
                // In sight, as the cheapest derivation through a step in sight uses it.
                Some(Origin::Step(step)) => local_steps[step.index()],
                _ => NONE,
            })
            .collect();
        let mut actions: Vec<u32> = part.steps().filter_map(|step| part.action_of(step)).collect();
        actions.sort_unstable();
        actions.dedup();
        let step_actions: Vec<u32> = part
            .steps()
            .map(|step| match part.action(step) {
                STRUCTURAL => NONE,
                action => actions.binary_search(&action).map_or(NONE, |at| at as u32),
            })
            .collect();
        let mut action_steps: Vec<StepId> = part.steps().filter(|step| step_actions[step.index()] != NONE).collect();
        action_steps.sort_by_key(|step| step_actions[step.index()]);
        let mut action_rows = vec![0; actions.len() + 1];
        for (at, step) in action_steps.iter().enumerate() {
            action_rows[step_actions[step.index()] as usize + 1] = at as u32 + 1;
        }
        let mut seeds: Vec<Seed> = cone
            .starts
            .iter()
            .map(|(state, cost)| Seed {
                estimate: add(*cost, outside[state.index()]),
                entry: Entry::Start(*state, *cost),
            })
            .chain(
                part.axioms().iter().map(|step| Seed { estimate: estimates[step.index()], entry: Entry::Axiom(*step) }),
            )
            .collect();
        seeds.sort_by_key(|seed| seed.estimate);
        let node = NodeLabel { epoch: 0, settled: false, cost: IMPOSSIBLE, origin: NONE, via: NONE, cursor: 0 };
        let step = StepLabel { epoch: 0, missing: 0, cost: 0, surcharge: IMPOSSIBLE, via: NONE };
        Search {
            nodes: vec![node; 2 * part.state_count()],
            steps: vec![step; part.step_count()],
            marked: vec![false; actions.len()],
            cone,
            horizon,
            actions,
            step_actions,
            action_rows,
            action_steps,
            inside,
            step_inside,
            outside,
            estimates,
            origins,
            seeds,
            heap: BinaryHeap::new(),
            stack: Vec::new(),
            level: 0,
            epoch: 0,
        }
    }

    /// How many steps are in sight.
    pub(super) fn step_count(&self) -> usize {
        self.steps.len()
    }

    /// The cheapest derivation of the goal under a restriction that uses the `wanted` action, if one is named.
    ///
    /// Gives up with [`Answer::AtLeast`] once the cost is known to be above `limit` and at least `effort` of `work`
    /// is done: the caller may have better things to do first. A unit of work is one look at a step.
    pub(super) fn ask(
        &mut self,
        restriction: Restriction<'_>,
        wanted: Option<u32>,
        limit: u64,
        effort: u64,
        work: &mut u64,
    ) -> Answer {
        self.ask_with(restriction, wanted, limit, effort, work, false)
    }

    /// The same question answered in a hurry: only what follows from the wanted action is derived anew, everything
    /// else is taken at its unrestricted cost. That is a lower bound; if the derivation it belongs to happens to
    /// keep to the restriction, it is the answer, and otherwise [`Answer::AtLeast`] tells the bound.
    pub(super) fn look_ahead(
        &mut self,
        restriction: Restriction<'_>,
        wanted: u32,
        limit: u64,
        effort: u64,
        work: &mut u64,
    ) -> Answer {
        self.ask_with(restriction, Some(wanted), limit, effort, work, true)
    }

    fn ask_with(
        &mut self,
        restriction: Restriction<'_>,
        wanted: Option<u32>,
        limit: u64,
        effort: u64,
        work: &mut u64,
        ahead: bool,
    ) -> Answer {
        let wanted = match wanted.map(|action| self.actions.binary_search(&action)) {
            None => NONE,
            Some(Ok(position)) => position as u32,
            // No step of this action is in sight.
            Some(Err(_)) => return self.nothing_in_sight(true),
        };
        let (listed, marked_allowed) = match restriction {
            Restriction::Without(actions) => (actions, false),
            Restriction::Only(actions) => (actions, true),
        };
        self.mark(listed, true);
        let question = Question { marked_allowed, wanted, ahead };
        self.begin();
        let mut answer = self.run(question, limit, effort, work);
        if let Answer::Found(cost, actions) = &mut answer {
            match self.actions_found(question) {
                Some(found) => *actions = found,
                None => answer = Answer::AtLeast(*cost),
            }
        }
        self.mark(listed, false);
        answer
    }

    fn mark(&mut self, actions: &[u32], value: bool) {
        for action in actions {
            if let Ok(position) = self.actions.binary_search(action) {
                self.marked[position] = value;
            }
        }
    }

    fn nothing_in_sight(&self, otherwise: bool) -> Answer {
        if self.horizon == IMPOSSIBLE { Answer::Nothing { otherwise } } else { Answer::AtLeast(self.horizon + 1) }
    }

    fn begin(&mut self) {
        if self.epoch == u32::MAX {
            // Once in four thousand million questions the numbers start again.
            self.nodes.iter_mut().for_each(|label| label.epoch = 0);
            self.steps.iter_mut().for_each(|label| label.epoch = 0);
            self.epoch = 0;
        }
        self.epoch += 1;
        self.heap.clear();
        self.stack.clear();
        self.level = 0;
    }

    fn run(&mut self, question: Question, limit: u64, effort: u64, work: &mut u64) -> Answer {
        let target = node(self.cone.goal, question.wanted != NONE);
        let enough = work.saturating_sub(effort);
        let mut next_seed = 0;
        if question.ahead {
            let from = self.action_rows[question.wanted as usize] as usize;
            let to = self.action_rows[question.wanted as usize + 1] as usize;
            for at in from..to {
                let step = self.action_steps[at];
                if self.allows(step, question) {
                    self.conclude(step, true, self.step_inside[step.index()], NONE);
                }
            }
            next_seed = self.seeds.len();
        }
        loop {
            let Some(current) = self.stack.pop() else {
                let seed = self.seeds.get(next_seed).map_or(IMPOSSIBLE, |seed| seed.estimate);
                let queued = self.heap.peek().map_or(IMPOSSIBLE, |Reverse(key)| (key >> 64) as u64);
                let level = seed.min(queued);
                if level > self.horizon || level == IMPOSSIBLE {
                    return self.nothing_in_sight(question.ahead || self.is_settled(node(self.cone.goal, false)));
                }
                self.level = self.level.max(level);
                if self.level > limit && *work <= enough {
                    return Answer::AtLeast(self.level);
                }
                if queued <= seed {
                    if let Some(Reverse(key)) = self.heap.pop() {
                        self.stack.push(key as u32);
                    }
                } else {
                    let entry = self.seeds[next_seed].entry;
                    next_seed += 1;
                    match entry {
                        Entry::Start(state, cost) => self.offer(state, false, cost, NONE, NONE),
                        Entry::Axiom(step) if self.allows(step, question) => self.fire(step, question),
                        Entry::Axiom(_) => {}
                    }
                }
                continue;
            };
            let label = &mut self.nodes[current as usize];
            if !label.settled {
                label.settled = true;
                if current == target {
                    return Answer::Found(label.cost, Vec::new());
                }
            }
            if !self.spread(current, question, work) {
                return Answer::OutOfWork;
            }
        }
    }

    fn allows(&self, step: StepId, question: Question) -> bool {
        match self.step_actions[step.index()] {
            NONE => true,
            action => self.marked[action as usize] == question.marked_allowed,
        }
    }

    fn is_settled(&self, node: u32) -> bool {
        let label = &self.nodes[node as usize];
        label.epoch == self.epoch && label.settled
    }

    fn step_label(&mut self, step: StepId) -> &mut StepLabel {
        let label = &mut self.steps[step.index()];
        if label.epoch != self.epoch {
            *label = StepLabel {
                epoch: self.epoch,
                missing: self.cone.graph.premises(step).len() as u32,
                cost: self.cone.graph.cost(step),
                surcharge: IMPOSSIBLE,
                via: NONE,
            };
        }
        label
    }

    /// Looks at the consumers of a settled node that have not been looked at, as far as their estimates are within
    /// the current level, and stops when one has yielded something to follow first. False when out of work.
    fn spread(&mut self, current: u32, question: Question, work: &mut u64) -> bool {
        let state = StateId(current / 2);
        let NodeLabel { cost, mut cursor, .. } = self.nodes[current as usize];
        while let Some(step) = self.cone.graph.consumers(state).get(cursor as usize).copied() {
            let estimate = self.estimates[step.index()];
            if estimate > self.level {
                self.heap.push(Reverse(u128::from(estimate) << 64 | u128::from(NONE) << 32 | u128::from(current)));
                break;
            }
            if *work == 0 {
                return false;
            }
            *work -= 1;
            cursor += 1;
            if !self.allows(step, question) {
                continue;
            }
            let depth = self.stack.len();
            if is_plain(current) {
                self.count_premise(step, cost, question);
            } else if self.step_actions[step.index()] != question.wanted {
                if question.ahead {
                    let rest = without(self.step_inside[step.index()], self.inside[state.index()]);
                    self.conclude(step, true, add(cost, rest), state.0);
                } else {
                    self.take_from_layer_one(step, state, cost);
                }
            }
            if self.stack.len() > depth {
                self.stack.insert(depth, current);
                break;
            }
        }
        self.nodes[current as usize].cursor = cursor;
        true
    }

    /// A premise of the step is settled in layer 0.
    fn count_premise(&mut self, step: StepId, cost: u64, question: Question) {
        let label = self.step_label(step);
        label.cost = add(label.cost, cost);
        label.missing -= 1;
        if label.missing == 0 {
            self.fire(step, question);
        }
    }

    /// All premises of the step are settled in layer 0.
    fn fire(&mut self, step: StepId, question: Question) {
        let StepLabel { cost, surcharge, via, .. } = *self.step_label(step);
        self.conclude(step, false, cost, NONE);
        if question.wanted != NONE && self.step_actions[step.index()] == question.wanted {
            self.conclude(step, true, cost, NONE);
        } else if surcharge != IMPOSSIBLE {
            self.conclude(step, true, add(cost, surcharge), via);
        }
    }

    /// A premise of the step is settled in layer 1.
    fn take_from_layer_one(&mut self, step: StepId, premise: StateId, cost: u64) {
        // If layer 0 is not settled yet it waits at the same level, so at the same cost.
        let plain = self.nodes[node(premise, false) as usize];
        let surcharge = if plain.epoch == self.epoch && plain.settled { cost.saturating_sub(plain.cost) } else { 0 };
        let label = self.step_label(step);
        if surcharge >= label.surcharge {
            return;
        }
        label.surcharge = surcharge;
        label.via = premise.0;
        if label.missing == 0 {
            let whole = add(label.cost, surcharge);
            self.conclude(step, true, whole, premise.0);
        }
    }

    fn conclude(&mut self, step: StepId, with_wanted: bool, cost: u64, via: u32) {
        for at in 0..self.cone.graph.conclusions(step).len() {
            let conclusion = self.cone.graph.conclusions(step)[at];
            self.offer(conclusion, with_wanted, cost, step.0, via);
        }
    }

    fn offer(&mut self, state: StateId, with_wanted: bool, cost: u64, origin: u32, via: u32) {
        let current = node(state, with_wanted);
        let label = &mut self.nodes[current as usize];
        if label.epoch == self.epoch && (label.settled || cost >= label.cost) {
            return;
        }
        *label = NodeLabel { epoch: self.epoch, settled: false, cost, origin, via, cursor: 0 };
        let outside = self.outside[state.index()];
        let estimate = add(cost, outside);
        if estimate <= self.level {
            self.stack.push(current);
        } else {
            // Among equals the one nearer to the goal first, then the lower number.
            let distance = u128::from(outside.min(u64::from(NONE - 1)));
            self.heap.push(Reverse(u128::from(estimate) << 64 | distance << 32 | u128::from(current)));
        }
    }

    /// The actions of the derivation just found, in the order in which they are taken (premises first), each once.
    /// `None` when it breaks the restriction, which only one found in a hurry can.
    fn actions_found(&self, question: Question) -> Option<Vec<u32>> {
        let mut actions = Vec::new();
        let mut seen_actions = FxHashSet::default();
        let mut seen_nodes = FxHashSet::default();
        let target = node(self.cone.goal, question.wanted != NONE);
        seen_nodes.insert(target);
        let mut open = vec![(target, 0usize)];
        while let Some((current, done)) = open.last_mut() {
            let (origin, via) = if question.ahead && is_plain(*current) {
                (self.origins[(*current / 2) as usize], NONE)
            } else {
                let label = self.nodes[*current as usize];
                (label.origin, label.via)
            };
            let premises = if origin == NONE { &[] } else { self.cone.graph.premises(StepId(origin)) };
            if *done == 0 && origin != NONE && !self.allows(StepId(origin), question) {
                return None;
            }
            if let Some(premise) = premises.get(*done) {
                *done += 1;
                let below = node(*premise, premise.0 == via);
                if seen_nodes.insert(below) {
                    open.push((below, 0));
                }
                continue;
            }
            if origin != NONE {
                let action = self.step_actions[origin as usize];
                if action != NONE && seen_actions.insert(action) {
                    actions.push(self.actions[action as usize]);
                }
            }
            open.pop();
        }
        Some(actions)
    }

    /// The derivation found by the last question, which must have asked for no action, in terms of the whole graph.
    pub(super) fn proof_found(&self, graph: &Graph, best: &Best, cost: u64) -> Option<Proof> {
        let cone = &self.cone;
        let mut origins: FxHashMap<StateId, Origin> = FxHashMap::default();
        let mut open = vec![cone.goal];
        while let Some(state) = open.pop() {
            let whole = *cone.states.get(state.index())?;
            if origins.contains_key(&whole) {
                continue;
            }
            match self.nodes[node(state, false) as usize].origin {
                NONE => {
                    origins.insert(whole, cone.start_origin(best, state)?);
                }
                step => {
                    origins.insert(whole, Origin::Step(*cone.steps.get(step as usize)?));
                    open.extend(cone.graph.premises(StepId(step)));
                }
            }
        }
        write_proof(graph, *cone.states.get(cone.goal.index())?, cost, |state| origins.get(&state).copied())
    }
}

fn node(state: StateId, with_wanted: bool) -> u32 {
    state.0 * 2 + u32::from(with_wanted)
}

/// Whether the node is one of layer 0.
fn is_plain(node: u32) -> bool {
    node & 1 == 0
}
