//! Choke points: what every derivation of a goal needs.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::best::{Best, Start, derive};
use super::build::Graph;
use super::cone::Cone;
use super::set::{Id, StateId, StepId};

/// Something without which the goal is out of reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChokePoint {
    /// The key the caller gave: an action label, an element, a control, whatever can be taken away as one.
    pub key: u32,
    /// The steps of the best proof that carry the key, premises first.
    pub steps: Vec<StepId>,
}

/// The keys without which the goal cannot be derived, in the order in which the best proof meets them.
///
/// `key_of` says which steps are taken away together: all steps with the same key go at once; steps without a key
/// always stay. `|step| graph.action_of(step)` finds the critical actions; returning `None` for some leaves those
/// out of the question. The function must give the same key each time.
///
/// **Exact.** A critical key is on every derivation, so on the best one: only the keys of the best proof are
/// candidates. They are decided sixty-four at a time, over the goal's backward cone, by the greatest solution of
///
/// ```text
/// needs(start) = nothing          needs(step)  = its key, and what its premises need
///                                 needs(state) = what all steps that yield it need
/// ```
///
/// (bit for bit the complement of reachability without that key). Should that take more than some tens of passes
/// over the cone, which odd graphs can bring about, what is undecided is settled by one fixpoint for each
/// candidate. Empty when the goal is out of reach, or follows without any key.
///
/// For pairs that are critical only together see [`super::k_best`](mod@super::k_best): a set of actions cuts off the
/// goal when every alternative uses one of them.
#[must_use]
pub fn choke_points(
    graph: &Graph,
    best: &Best,
    goal: StateId,
    key_of: impl Fn(StepId) -> Option<u32>,
) -> Vec<ChokePoint> {
    choke_points_within(graph, best, goal, key_of, 64)
}

/// [`choke_points`] with the passes over the cone after which single fixpoints take over.
fn choke_points_within(
    graph: &Graph,
    best: &Best,
    goal: StateId,
    key_of: impl Fn(StepId) -> Option<u32>,
    passes: usize,
) -> Vec<ChokePoint> {
    let (Some(proof), Some(cone)) = (best.proof(graph, goal), Cone::backward(graph, best, goal)) else {
        return Vec::new();
    };
    let mut candidates: Vec<ChokePoint> = Vec::new();
    let mut position: FxHashMap<u32, usize> = FxHashMap::default();
    for step in &proof.steps {
        if let Some(key) = key_of(*step) {
            let at = *position.entry(key).or_insert_with(|| {
                candidates.push(ChokePoint { key, steps: Vec::new() });
                candidates.len() - 1
            });
            candidates[at].steps.push(*step);
        }
    }
    // The candidate each step of the cone belongs to.
    let groups: Vec<u32> = cone
        .steps
        .iter()
        .map(|step| key_of(*step).and_then(|key| position.get(&key)).map_or(NO_GROUP, |at| *at as u32))
        .collect();
    let mut open: Vec<bool> = vec![true; candidates.len()];
    if candidates.len() > 64 {
        // A derivation that avoids candidates where it can is evidence against those it does without.
        let used = groups_of_shyest(&cone, &groups);
        open.iter_mut().enumerate().for_each(|(at, open)| *open = used.contains(&(at as u32)));
    }
    let mut undecided: Vec<u32> = Vec::new();
    let left: Vec<u32> = (0..candidates.len() as u32).filter(|at| open[*at as usize]).collect();
    for block in left.chunks(64) {
        let (needed, finished) = needs(&cone, &groups, block, passes);
        for (bit, at) in block.iter().enumerate() {
            // Bits only ever go from set to clear, so a clear bit is final even if the passes ran out.
            open[*at as usize] = needed >> bit & 1 == 1;
            if !finished && open[*at as usize] {
                undecided.push(*at);
            }
        }
    }
    let mut fixpoint = Fixpoint::new(&cone);
    for candidate in undecided {
        if open[candidate as usize]
            && let Some(used) = fixpoint.reach_goal_without(&cone, &groups, candidate)
        {
            for (other, open) in open.iter_mut().enumerate() {
                *open &= used.contains(&(other as u32));
            }
        }
    }
    candidates.into_iter().zip(open).filter_map(|(candidate, critical)| critical.then_some(candidate)).collect()
}

const NO_GROUP: u32 = u32::MAX;

/// The groups used by the derivation that counts the fewest grouped steps.
fn groups_of_shyest(cone: &Cone, groups: &[u32]) -> FxHashSet<u32> {
    let starts: Vec<Start> =
        cone.starts.iter().map(|(state, _)| Start { state: *state, cost: 0, attacker: 0 }).collect();
    let shy = derive(&cone.graph, &starts, |step| u64::from(groups[step.index()] != NO_GROUP));
    let proof = shy.proof(&cone.graph, cone.goal);
    proof.into_iter().flat_map(|proof| proof.steps).map(|step| groups[step.index()]).collect()
}

/// Which of up to sixty-four groups the goal needs, one bit each in the order of `block`, and whether the passes
/// were enough to be sure; if not, bits may be set that should be clear.
fn needs(cone: &Cone, groups: &[u32], block: &[u32], passes: usize) -> (u64, bool) {
    let graph = &cone.graph;
    let own = |step: StepId| match block.binary_search(&groups[step.index()]) {
        Ok(bit) => 1u64 << bit,
        Err(_) => 0,
    };
    // From the top: as long as no derivation is known, a state needs everything.
    let mut of_state = vec![u64::MAX; graph.state_count()];
    for (state, _) in &cone.starts {
        of_state[state.index()] = 0;
    }
    let mut waiting: VecDeque<StepId> = graph.steps().collect();
    let mut waits = vec![true; graph.step_count()];
    // Looking at a connection is the unit; a pass looks at all of them once.
    let mut work = (graph.premise_count() + graph.step_count()).saturating_mul(passes);
    while let Some(step) = waiting.pop_front() {
        let cost = 1 + graph.premises(step).len();
        if work < cost {
            return (of_state[cone.goal.index()], false);
        }
        work -= cost;
        waits[step.index()] = false;
        let needed = graph.premises(step).iter().fold(own(step), |sum, premise| sum | of_state[premise.index()]);
        for conclusion in graph.conclusions(step) {
            let known = &mut of_state[conclusion.index()];
            if *known & needed == *known {
                continue;
            }
            *known &= needed;
            for consumer in graph.consumers(*conclusion) {
                if !std::mem::replace(&mut waits[consumer.index()], true) {
                    waiting.push_back(*consumer);
                }
            }
        }
    }
    (of_state[cone.goal.index()], true)
}

const UNREACHED: u32 = u32::MAX;
const AT_START: u32 = u32::MAX - 1;

/// A reachability fixpoint that can be run again and again over one cone.
struct Fixpoint {
    premise_counts: Vec<u32>,
    missing: Vec<u32>,
    /// The step each state was first reached by.
    origins: Vec<u32>,
    pending: Vec<StateId>,
}

impl Fixpoint {
    fn new(cone: &Cone) -> Self {
        let premise_counts: Vec<u32> = cone.graph.steps().map(|step| cone.graph.premises(step).len() as u32).collect();
        Fixpoint { missing: premise_counts.clone(), premise_counts, origins: Vec::new(), pending: Vec::new() }
    }

    /// The groups used by some derivation of the goal without a given group; `None` when there is no derivation.
    fn reach_goal_without(&mut self, cone: &Cone, groups: &[u32], without: u32) -> Option<FxHashSet<u32>> {
        self.missing.copy_from_slice(&self.premise_counts);
        self.origins.clear();
        self.origins.resize(cone.states.len(), UNREACHED);
        self.pending.clear();
        for (state, _) in &cone.starts {
            self.reach(*state, AT_START);
        }
        for step in cone.graph.axioms() {
            if groups[step.index()] != without {
                self.conclude(cone, *step);
            }
        }
        while let Some(state) = self.pending.pop() {
            if self.origins[cone.goal.index()] != UNREACHED {
                return Some(self.groups_used(cone, groups));
            }
            for step in cone.graph.consumers(state) {
                let missing = &mut self.missing[step.index()];
                *missing -= 1;
                if *missing == 0 && groups[step.index()] != without {
                    self.conclude(cone, *step);
                }
            }
        }
        None
    }

    fn conclude(&mut self, cone: &Cone, step: StepId) {
        for conclusion in cone.graph.conclusions(step) {
            self.reach(*conclusion, step.0);
        }
    }

    fn reach(&mut self, state: StateId, origin: u32) {
        let known = &mut self.origins[state.index()];
        if *known == UNREACHED {
            *known = origin;
            self.pending.push(state);
        }
    }

    /// The groups on the derivation that the first origins make: acyclic, because a step fires after its premises.
    fn groups_used(&mut self, cone: &Cone, groups: &[u32]) -> FxHashSet<u32> {
        let mut used = FxHashSet::default();
        let mut seen = FxHashSet::default();
        let mut open = vec![cone.goal];
        while let Some(state) = open.pop() {
            let origin = self.origins[state.index()];
            if origin == AT_START || origin == UNREACHED || !seen.insert(origin) {
                continue;
            }
            used.insert(groups[origin as usize]);
            open.extend(cone.graph.premises(StepId(origin)));
        }
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{GraphBuilder, StepSet, best};

    #[test]
    fn single_fixpoints_agree_when_the_passes_run_out() {
        // A ladder: 70 rungs that all derivations pass, every third with a second way, and edges back down.
        let mut builder = GraphBuilder::new();
        builder.add_states(71).unwrap();
        let mut expected = Vec::new();
        for rung in 0..70u32 {
            let (below, above) = (StateId(rung), StateId(rung + 1));
            builder.add_step(&[below], &[above], 1, rung).unwrap();
            builder.add_step(&[above], &[below], 0, 1_000 + rung).unwrap();
            if rung % 3 == 0 {
                builder.add_step(&[below], &[above], 5, 2_000 + rung).unwrap();
            } else {
                expected.push(rung);
            }
        }
        let graph = builder.build();
        let starts = [Start { state: StateId(0), cost: 0, attacker: 0 }];
        let best = best(&graph, &starts, &StepSet::new());
        for passes in [0, 1, 2, 64] {
            let found = choke_points_within(&graph, &best, StateId(70), |step| graph.action_of(step), passes);
            assert_eq!(found.iter().map(|choke| choke.key).collect::<Vec<_>>(), expected, "{passes} passes");
        }
    }
}
