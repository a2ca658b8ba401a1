//! The cheapest cut: what to take out of a graph so that a goal can no longer be derived.
//!
//! States and steps may have a price at which they can be taken out; what has none stays. On graphs of OR nodes only this
//! is the minimum cut of flow networks; with AND nodes it is NP-complete (Desmedt and Wang, *Perfectly secure message
//! transmission revisited*, 2002). Two methods:
//!
//! - Where no part that can be cut is needed twice, the **linear recurrence** is exact: a state costs its own price or the
//!   sum of its producers, a step its own price or the cheapest of its premises.
//! - Elsewhere **implicit hitting sets** ([`vauban_optimise::implicit`]): find a derivation that is not cut yet, demand that
//!   something of it be cut, solve all demands together exactly, repeat. When no derivation is left, the cut is optimal,
//!   and the demands are the proof.

use vauban_optimise::hitting_set::Weight;
use vauban_optimise::implicit::{self, Answer, Reply, cheapest_enough};

use super::best::Start;
use super::build::Graph;
use super::reachability::reachable;
use super::set::{StateId, StepId, StepSet};

/// Something that can be taken out of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Removable {
    /// A state: nothing concludes it any more, and nobody starts there.
    State(StateId),
    /// A step: it never happens.
    Step(StepId),
}

/// A cut and how good it is known to be. Costs are in the unit of the prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What to take out, states before steps, in their order.
    pub removed: Vec<Removable>,
    /// What that costs.
    pub cost: u64,
    /// No cut costs less than this.
    pub lower_bound: u64,
    /// Nodes of search trees that were looked at; none where the linear recurrence was enough.
    pub nodes: u64,
    /// Derivations that were looked at.
    pub derivations: u64,
}

impl Cut {
    /// Whether it is proven that nothing is cheaper.
    #[must_use]
    pub fn optimal(&self) -> bool {
        self.cost == self.lower_bound
    }
}

/// The answer of [`cheapest_cut`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Severed {
    /// The goal cannot be derived as it is.
    OutOfReach,
    /// This cuts it off.
    By(Cut),
    /// It is derived from what cannot be taken out alone.
    Never,
}

/// How far to go.
#[derive(Clone, Copy, Debug)]
pub struct CutLimits {
    /// Nodes of search trees; large ones count for more.
    pub nodes: u64,
    /// Rounds of cuts and derivations that get around them.
    pub rounds: u64,
    /// Whether to use the linear recurrence where it is exact. Off only to test the other way on the same graphs.
    pub linear: bool,
}

impl Default for CutLimits {
    fn default() -> Self {
        CutLimits { nodes: 2_000_000, rounds: 4_000, linear: true }
    }
}

/// The cheapest cut between the starts and a goal without the disabled steps. `price` is what it costs to take something
/// out; `None` where it cannot be. The cut is optimal unless the limits say otherwise, which its lower bound tells.
pub fn cheapest_cut(
    graph: &Graph,
    starts: &[Start],
    disabled: &StepSet,
    goal: StateId,
    price: impl Fn(Removable) -> Option<u64>,
    limits: CutLimits,
) -> Severed {
    let Some(part) = Part::new(graph, starts, disabled, goal, price) else { return Severed::OutOfReach };
    let recurrence = part.recurrence();
    if let Some(costs) = &recurrence {
        if costs.goal() == NEVER {
            return Severed::Never;
        }
        if limits.linear && costs.exact {
            let removed = part.name(&part.collect(costs));
            let cost = costs.goal();
            return Severed::By(Cut { removed, cost, lower_bound: cost, nodes: 0, derivations: 0 });
        }
    }
    part.search(recurrence.map(|costs| part.collect(&costs)), limits)
}

/// What cannot be cut.
const NEVER: u64 = u64::MAX;

/// The part of a graph that lies between the starts and the goal, numbered anew; states first, then steps, so that each has
/// one number.
struct Part {
    states: Vec<StateId>,
    steps: Vec<StepId>,
    /// By step: its premises and its conclusions inside, as state numbers.
    premises: Vec<Vec<u32>>,
    conclusions: Vec<Vec<u32>>,
    /// By state: steps that yield it, steps that need it.
    producers: Vec<Vec<u32>>,
    consumers: Vec<Vec<u32>>,
    starts: Vec<bool>,
    price: Vec<u64>,
}

/// The recurrence's cost of every state and step.
struct Costs {
    cost: Vec<u64>,
    goal: u32,
    /// Whether no part that can be cut is needed twice.
    exact: bool,
}

impl Costs {
    fn of(&self, number: usize) -> u64 {
        self.cost.get(number).copied().unwrap_or(NEVER)
    }

    fn goal(&self) -> u64 {
        self.of(self.goal as usize)
    }
}

fn row(rows: &[Vec<u32>], at: usize) -> &[u32] {
    rows.get(at).map_or(&[], Vec::as_slice)
}

impl Part {
    /// `None` when the goal cannot be derived. Linear.
    fn new(
        graph: &Graph,
        starts: &[Start],
        disabled: &StepSet,
        goal: StateId,
        price: impl Fn(Removable) -> Option<u64>,
    ) -> Option<Self> {
        const OUTSIDE: u32 = u32::MAX;
        let reached = reachable(graph, starts, disabled);
        if !reached.contains(goal) {
            return None;
        }
        let happens = |step: StepId| super::reachability::step_can_fire(graph, &reached, disabled, step);
        let mut number = vec![OUTSIDE; graph.state_count()];
        let mut seen = StepSet::with_capacity(graph.step_count());
        let (mut states, mut steps) = (vec![goal], Vec::new());
        *number.get_mut(goal.0 as usize)? = 0;
        let mut next = 0;
        while let Some(state) = states.get(next).copied() {
            next += 1;
            for step in graph.producers(state) {
                if !happens(*step) || !seen.insert(*step) {
                    continue;
                }
                steps.push(*step);
                for premise in graph.premises(*step) {
                    if let Some(slot) = number.get_mut(premise.0 as usize)
                        && *slot == OUTSIDE
                    {
                        *slot = u32::try_from(states.len()).unwrap_or(OUTSIDE);
                        states.push(*premise);
                    }
                }
            }
        }
        let inside = |list: &[StateId]| -> Vec<u32> {
            list.iter().filter_map(|s| number.get(s.0 as usize).copied()).filter(|n| *n != OUTSIDE).collect()
        };
        let premises: Vec<Vec<u32>> = steps.iter().map(|step| inside(graph.premises(*step))).collect();
        let conclusions: Vec<Vec<u32>> = steps.iter().map(|step| inside(graph.conclusions(*step))).collect();
        let mut producers = vec![Vec::new(); states.len()];
        let mut consumers = vec![Vec::new(); states.len()];
        for (at, (needs, yields)) in (0u32..).zip(premises.iter().zip(&conclusions)) {
            needs.iter().for_each(|s| consumers.get_mut(*s as usize).into_iter().for_each(|row| row.push(at)));
            yields.iter().for_each(|s| producers.get_mut(*s as usize).into_iter().for_each(|row| row.push(at)));
        }
        let mut begins = vec![false; states.len()];
        for start in starts.iter().filter(|start| start.cost != super::cost::IMPOSSIBLE) {
            if let Some(at) = number.get(start.state.0 as usize)
                && let Some(slot) = begins.get_mut(*at as usize)
            {
                *slot = true;
            }
        }
        let all = states.iter().map(|s| Removable::State(*s)).chain(steps.iter().map(|s| Removable::Step(*s)));
        let price = all.map(|node| price(node).unwrap_or(NEVER)).collect();
        Some(Part { states, steps, premises, conclusions, producers, consumers, starts: begins, price })
    }

    fn price(&self, number: usize) -> u64 {
        self.price.get(number).copied().unwrap_or(NEVER)
    }

    fn name(&self, numbers: &[u32]) -> Vec<Removable> {
        let mut out: Vec<Removable> = numbers
            .iter()
            .filter_map(|number| {
                let at = *number as usize;
                match at.checked_sub(self.states.len()) {
                    None => self.states.get(at).map(|state| Removable::State(*state)),
                    Some(at) => self.steps.get(at).map(|step| Removable::Step(*step)),
                }
            })
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The recurrence over a part without cycles; `None` with one.
    fn recurrence(&self) -> Option<Costs> {
        let states = self.states.len();
        let mut cost = vec![NEVER; states + self.steps.len()];
        let mut waiting: Vec<usize> = self.producers.iter().map(Vec::len).collect();
        let mut missing: Vec<usize> = self.premises.iter().map(Vec::len).collect();
        let mut ready: Vec<u32> = (0u32..).zip(&waiting).filter(|(_, n)| **n == 0).map(|(s, _)| s).collect();
        let mut free: Vec<u32> = (0u32..).zip(&missing).filter(|(_, n)| **n == 0).map(|(s, _)| s).collect();
        let mut settled = 0;
        loop {
            if let Some(step) = free.pop() {
                let at = step as usize;
                let cheapest = row(&self.premises, at).iter().filter_map(|p| cost.get(*p as usize)).min();
                let own = self.price(states + at).min(cheapest.copied().unwrap_or(NEVER));
                if let Some(slot) = cost.get_mut(states + at) {
                    *slot = own;
                }
                for state in row(&self.conclusions, at) {
                    if let Some(left) = waiting.get_mut(*state as usize) {
                        *left -= 1;
                        if *left == 0 {
                            ready.push(*state);
                        }
                    }
                }
            } else if let Some(state) = ready.pop() {
                let at = state as usize;
                settled += 1;
                let sum = if self.starts.get(at) == Some(&true) {
                    NEVER
                } else {
                    row(&self.producers, at)
                        .iter()
                        .filter_map(|step| cost.get(states + *step as usize))
                        .fold(0u64, |sum, cost| sum.saturating_add(*cost))
                };
                if let Some(slot) = cost.get_mut(at) {
                    *slot = sum.min(self.price.get(at).copied().unwrap_or(NEVER));
                }
                for step in row(&self.consumers, at) {
                    if let Some(left) = missing.get_mut(*step as usize) {
                        *left -= 1;
                        if *left == 0 {
                            free.push(*step);
                        }
                    }
                }
            } else {
                break;
            }
        }
        if settled < states {
            return None;
        }
        let shared = |rows: &[Vec<u32>], base: usize| {
            rows.iter().enumerate().any(|(at, row)| row.len() > 1 && cost.get(base + at) != Some(&NEVER))
        };
        let exact = !shared(&self.consumers, 0) && !shared(&self.conclusions, states);
        Some(Costs { cost, goal: 0, exact })
    }

    /// The cut that the recurrence's costs tell of.
    fn collect(&self, costs: &Costs) -> Vec<u32> {
        let states = self.states.len();
        let mut removed = Vec::new();
        let mut seen = vec![false; states + self.steps.len()];
        let mut stack = vec![costs.goal];
        while let Some(number) = stack.pop() {
            let at = number as usize;
            match seen.get_mut(at) {
                Some(slot) if !*slot => *slot = true,
                _ => continue,
            }
            if self.price(at) == costs.of(at) {
                removed.push(number);
                continue;
            }
            match at.checked_sub(states) {
                None => stack.extend(
                    row(&self.producers, at).iter().map(|s| u32::try_from(states).unwrap_or(0).saturating_add(*s)),
                ),
                Some(step) => stack
                    .extend(row(&self.premises, step).iter().min_by_key(|p| (costs.of(**p as usize), **p)).copied()),
            }
        }
        removed
    }

    /// A derivation of the goal without what is removed: the numbers of what it uses that can be removed. `None` when there
    /// is none. Where `allowed` is given, of what can be removed only those are used.
    fn derivation(&self, removed: &[bool], allowed: Option<&[bool]>) -> Option<Vec<u32>> {
        const NONE: u32 = u32::MAX;
        const START: u32 = u32::MAX - 1;
        let states = self.states.len();
        let usable = |at: usize| {
            removed.get(at) == Some(&false)
                && allowed.is_none_or(|allowed| self.price(at) == NEVER || allowed.get(at) == Some(&true))
        };
        let mut origin = vec![NONE; states];
        let mut missing: Vec<usize> = self.premises.iter().map(Vec::len).collect();
        // What cannot be removed comes first, so that derivations lean on little that can.
        let mut free: Vec<u32> = Vec::new();
        let mut dear: std::collections::VecDeque<u32> = std::collections::VecDeque::new();
        for (at, begins) in (0u32..).zip(&self.starts) {
            if *begins && usable(at as usize) {
                if let Some(slot) = origin.get_mut(at as usize) {
                    *slot = START;
                }
                free.push(at);
            }
        }
        let mut fire: Vec<u32> = (0u32..).zip(&missing).filter(|(_, n)| **n == 0).map(|(s, _)| s).collect();
        loop {
            for step in fire.drain(..) {
                if !usable(states + step as usize) {
                    continue;
                }
                for state in row(&self.conclusions, step as usize) {
                    let at = *state as usize;
                    if let Some(slot) = origin.get_mut(at)
                        && *slot == NONE
                        && usable(at)
                    {
                        *slot = step;
                        if self.price(at) == NEVER { free.push(*state) } else { dear.push_back(*state) }
                    }
                }
            }
            let Some(state) = free.pop().or_else(|| dear.pop_front()) else { break };
            if state == 0 {
                break;
            }
            for step in row(&self.consumers, state as usize) {
                if let Some(left) = missing.get_mut(*step as usize) {
                    *left -= 1;
                    if *left == 0 {
                        fire.push(*step);
                    }
                }
            }
        }
        if origin.first() == Some(&NONE) {
            return None;
        }
        let mut used = Vec::new();
        let mut seen = vec![false; states];
        let mut stack = vec![0u32];
        while let Some(state) = stack.pop() {
            let at = state as usize;
            match seen.get_mut(at) {
                Some(slot) if !*slot => *slot = true,
                _ => continue,
            }
            if self.price(at) != NEVER {
                used.push(state);
            }
            if let Some(step) = origin.get(at).copied().filter(|step| *step < START) {
                let number = states + step as usize;
                if self.price(number) != NEVER {
                    used.push(u32::try_from(number).unwrap_or(NONE));
                }
                stack.extend(row(&self.premises, step as usize));
            }
        }
        used.sort_unstable();
        used.dedup();
        Some(used)
    }

    fn flags(&self, numbers: &[u32]) -> Vec<bool> {
        let mut flags = vec![false; self.price.len()];
        numbers.iter().for_each(|n| flags.get_mut(*n as usize).into_iter().for_each(|slot| *slot = true));
        flags
    }

    /// The same derivation without what it can do without.
    fn lean(&self, mut used: Vec<u32>) -> Vec<u32> {
        const MOST: usize = 64;
        if used.len() > MOST {
            return used;
        }
        let none = vec![false; self.price.len()];
        let mut at = used.len();
        while at > 0 {
            at -= 1;
            let mut fewer = used.clone();
            fewer.remove(at);
            if let Some(leaner) = self.derivation(&none, Some(&self.flags(&fewer))) {
                used = leaner;
                at = at.min(used.len());
            }
        }
        used
    }

    /// The same cut without what it can do without, the dearest first.
    fn spare(&self, cut: Vec<u32>) -> Vec<u32> {
        let mut order = cut.clone();
        order.sort_by_key(|n| (std::cmp::Reverse(self.price(*n as usize)), *n));
        let mut removed = self.flags(&cut);
        for number in order {
            let Some(slot) = removed.get_mut(number as usize) else { continue };
            *slot = false;
            let needed = self.derivation(&removed, None).is_some();
            removed.get_mut(number as usize).into_iter().for_each(|slot| *slot = needed);
        }
        cut.into_iter().filter(|n| removed.get(*n as usize) == Some(&true)).collect()
    }

    /// Implicit hitting sets.
    fn search(&self, known: Option<Vec<u32>>, limits: CutLimits) -> Severed {
        let weights: Vec<Weight> =
            self.price.iter().map(|p| if *p == NEVER { Weight::MAX } else { Weight::from(*p) }).collect();
        let mut derivations = 0u64;
        let mut round = 0u32;
        let mut oracle = |chosen: &[u32]| {
            let mut removed = self.flags(chosen);
            let mut sets = Vec::new();
            let mut all = chosen.to_vec();
            // As many derivations without a common part as there are: each lifts the bound.
            while let Some(used) = self.derivation(&removed, None) {
                derivations += 1;
                let used = self.lean(used);
                used.iter().for_each(|n| removed.get_mut(*n as usize).into_iter().for_each(|slot| *slot = true));
                all.extend(&used);
                let nothing = used.is_empty();
                sets.push(used);
                if nothing {
                    return Reply { sets, enough: None };
                }
            }
            round += 1;
            // A cut from what came up, now and then: it is dear to make.
            let offer = !sets.is_empty() && round.is_power_of_two();
            Reply { sets, enough: offer.then(|| self.spare(all)) }
        };
        let limits = implicit::Limits { nodes: limits.nodes, rounds: limits.rounds };
        let known = known.map(|cut| self.spare(cut));
        let answer = cheapest_enough(&weights, Vec::new(), known, limits, &mut oracle);
        match answer {
            Answer::Enough(choice) => Severed::By(Cut {
                removed: self.name(&choice.chosen),
                cost: u64::try_from(choice.cost).unwrap_or(u64::MAX),
                lower_bound: u64::try_from(choice.lower_bound).unwrap_or(u64::MAX),
                nodes: choice.nodes,
                derivations,
            }),
            Answer::Impossible | Answer::Unknown(_) => Severed::Never,
        }
    }
}
