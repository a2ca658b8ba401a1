//! Why a goal is out of reach: which blocked steps stand in the way, and how far one gets.

use rustc_hash::{FxHashMap, FxHashSet};

use super::best::{Best, Proof, Start, best, derive};
use super::build::Graph;
use super::choke::choke_points;
use super::cost::{IMPOSSIBLE, add};
use super::reachability::reachable;
use super::set::{Id, StateId, StepId, StepSet};

/// What keeps a goal out of reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NearestMiss {
    /// Nothing does: here is the cheapest derivation.
    Reachable(Proof),
    /// These blocked steps do.
    Blocked {
        /// The blocked steps that would have to be enabled, in the order of the proof. Enabling them suffices, and
        /// none of them can be spared.
        steps: Vec<StepId>,
        /// Their prices added up.
        price: u64,
        /// The cheapest derivation once they are enabled, at the steps' ordinary costs.
        proof: Proof,
    },
    /// Even with every step enabled that could be, there is no derivation.
    OutOfReach {
        /// The states reached (nothing enabled) from which the fewest steps lead to the goal, each step taken as
        /// if its other premises were there and nothing disabled; ascending. Empty when no step leads from any
        /// state reached towards the goal.
        frontier: Vec<StateId>,
        /// That number of steps; zero when the frontier is empty.
        distance: u32,
    },
}

/// The cheapest set of blocked steps whose enabling brings the goal within reach.
///
/// `disabled` are the steps that do not happen now; `potential` names those among them that could be enabled (a
/// control that fails, a right that is granted), each with a price that is added to its cost. A price well above
/// any cost makes the number of blocked steps count first and the ordinary costs second. Steps listed in
/// `potential` that are not disabled are ignored; of two prices for one step the lower counts.
///
/// **Exactness.** The choice is that of the cheapest derivation where blocked steps bear their price, as
/// [`super::best`](mod@super::best) counts: the price of a blocked step used by two premises is paid twice, so
/// where derivations share blocked steps a cheaper set may exist (to find it is NP-hard; it contains set cover).
/// The set is then thinned, dearest step first, until no step can be spared. Where no blocked step is used twice,
/// the sum of prices and costs is the least possible.
#[must_use]
pub fn nearest_miss(
    graph: &Graph,
    starts: &[Start],
    disabled: &StepSet,
    potential: &[(StepId, u64)],
    goal: StateId,
) -> NearestMiss {
    if reachable(graph, starts, disabled).contains(goal)
        && let Some(proof) = best(graph, starts, disabled).proof(graph, goal)
    {
        return NearestMiss::Reachable(proof);
    }
    let mut prices: FxHashMap<StepId, u64> = FxHashMap::default();
    for (step, price) in potential {
        if disabled.contains(*step) {
            let known = prices.entry(*step).or_insert(*price);
            *known = (*known).min(*price);
        }
    }
    let surcharged: Best = derive(graph, starts, |step| match prices.get(&step) {
        Some(price) => add(graph.cost(step), *price),
        None if disabled.contains(step) => IMPOSSIBLE,
        None => graph.cost(step),
    });
    let Some(draft) = surcharged.proof(graph, goal) else {
        let (frontier, distance) = frontier(graph, starts, disabled, goal);
        return NearestMiss::OutOfReach { frontier, distance };
    };
    let price_of = |step: &StepId| prices.get(step).copied().unwrap_or(0);
    let mut needed: Vec<StepId> = draft.steps.iter().copied().filter(|step| prices.contains_key(step)).collect();
    let mut dearest_first = needed.clone();
    dearest_first.sort_by_key(|step| std::cmp::Reverse(price_of(step)));
    let mut left = disabled.clone();
    for step in &needed {
        left.remove(*step);
    }
    let mut found = best(graph, starts, &left);
    // What every derivation needs while the others are there is needed all the more without them.
    let indispensable: FxHashSet<u32> =
        choke_points(graph, &found, goal, |step| (disabled.contains(step) && !left.contains(step)).then_some(step.0))
            .into_iter()
            .map(|choke| choke.key)
            .collect();
    let count = needed.len();
    for step in dearest_first.into_iter().filter(|step| !indispensable.contains(&step.0)) {
        left.insert(step);
        if reachable(graph, starts, &left).contains(goal) {
            needed.retain(|other| *other != step);
        } else {
            left.remove(step);
        }
    }
    if needed.len() < count {
        found = best(graph, starts, &left);
    }
    let price = needed.iter().fold(0, |sum, step| add(sum, price_of(step)));
    let proof = found.proof(graph, goal).unwrap_or(draft);
    // None can be spared, so the proof uses them all; listed in its order.
    let steps = proof.steps.iter().copied().filter(|step| needed.contains(step)).collect();
    NearestMiss::Blocked { steps, price, proof }
}

/// The reached states with the fewest steps to the goal, each premise on its own taken for enough.
fn frontier(graph: &Graph, starts: &[Start], disabled: &StepSet, goal: StateId) -> (Vec<StateId>, u32) {
    let reached = reachable(graph, starts, disabled);
    let mut seen = vec![false; graph.state_count()];
    // A step of many premises and many conclusions must not be gone through once for each pair.
    let mut taken = StepSet::with_capacity(graph.step_count());
    let Some(first) = seen.get_mut(goal.index()) else { return (Vec::new(), 0) };
    *first = true;
    let mut ring = vec![goal];
    let mut distance = 0;
    while !ring.is_empty() {
        distance += 1;
        let mut next: Vec<StateId> = Vec::new();
        for step in ring.iter().flat_map(|state| graph.producers(*state)) {
            if !taken.insert(*step) {
                continue;
            }
            for premise in graph.premises(*step) {
                if !std::mem::replace(&mut seen[premise.index()], true) {
                    next.push(*premise);
                }
            }
        }
        let mut nearest: Vec<StateId> = next.iter().copied().filter(|state| reached.contains(*state)).collect();
        if !nearest.is_empty() {
            nearest.sort_unstable();
            return (nearest, distance);
        }
        ring = next;
    }
    (Vec::new(), 0)
}
