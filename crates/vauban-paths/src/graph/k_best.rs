//! The alternatives: the cheapest derivations that differ in their actions.
//!
//! # What is returned
//!
//! Let `m(A)` be the cost of the cheapest derivation of the goal that uses no other actions than those in the set
//! `A` (structural steps are free to use). A set of actions is an **alternative** when `m(A)` is finite and every
//! strict subset `B` has `m(B) > m(A)`: taking any action away makes the attack dearer or impossible. Equivalently:
//! go through all derivations in the order of their cost (at equal cost, subsets first) and drop each whose set of
//! actions contains that of one kept before, as the same path plus noise. So:
//!
//! - each alternative's derivation is a cheapest one for its actions, uses every one of them, derives each state
//!   once, and so never lets a state depend on itself, whatever cycles the graph has;
//! - no alternative's actions contain those of an earlier one (a later one may be a subset of an earlier one, if
//!   it costs more: fewer actions by a dearer way);
//! - costs ascend, and no alternative is missed: every derivation that costs less than the last one returned, and
//!   every derivation at all if fewer than `k` are returned and `truncated` is not set, uses all actions of one
//!   of those returned at no more than its own cost;
//! - among alternatives of equal cost the order is fixed by the graph, but which of them make the first `k` is
//!   not otherwise specified.
//!
//! The cost is that of [`super::best`](mod@super::best): shared parts count each time.
//!
//! # How
//!
//! Huang and Chiang's lazy lists (*Better k-best parsing*, 2005, algorithm 3) enumerate derivations. Here most
//! derivations are noise: two structural routes between the same hosts double their number at each hop without
//! changing any action, and every detour through a host already held is another one; on cyclic graphs the lists of
//! the states on a cycle need each other before they exist. So sets of actions are enumerated instead, by Lawler's
//! partition (*A procedure for computing the k best solutions*, Management Science 18, 1972).
//!
//! A *piece* is the family of sets of actions that contain all of `forced` and none of `forbidden`. The search
//! starts with the family of all sets. A piece is examined through a relaxation of the question what its cheapest
//! member is: the cheapest derivation without the forbidden actions that uses one of the forced ones
//! (module `search`). This gives a lower bound for the piece, and a set `S` of actions that suffices to reach the
//! goal. Pieces wait in the order of their bounds. When one is taken with bound `c`:
//!
//! 1. if `S` contains an alternative already returned, let `W` be that alternative; otherwise let `W` be a
//!    least subset of `S` with `m(W) ≤ c`, and return it;
//! 2. replace the piece by one for each action `w` of `W` that is not forced: `w` forbidden, and those before it
//!    forced. They cover all sets of the piece that do not contain `W`, without overlap.
//!
//! *Nothing is lost.* What step 2 drops are the sets that contain `W`. `W` has been returned and costs at most `c`, so
//! no more than any member of the piece: `W` itself apart, they are noise.
//! *Nothing is out of order.* So an alternative not yet returned lies in some piece, and costs no less than the least
//! of all bounds, which is `c`: the `W` of step 1 costs exactly `c`, and the bounds never go down.
//! *Nothing returned is noise or comes twice*: no subset of `W` costs `c` or less, and `W` contains nothing returned.
//! *It ends*: each replacement forbids one action more. None of this asks the graph to be acyclic.
//!
//! Forced actions only prune; what makes the number of pieces small is the bound through them. It is first sought in a
//! hurry, with everything that does not follow from the forced action taken at its unrestricted cost; more often
//! than not that settles the matter. Most questions are never finished: a piece is put back as soon as its bound
//! exceeds that of the next one, and given twice the effort when it comes up again. And only the steps that lie on
//! a derivation up to some cost, the horizon, are in sight; when every bound has passed it, it is moved outwards.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::best::{Best, Proof};
use super::build::Graph;
use super::search::{Answer, Restriction, Search};
use super::set::StateId;
use super::through::outside;

/// How much work a search may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most looks at a step, over all questions the search asks; some twenty million fit into a second.
    pub max_work: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_work: 20_000_000 }
    }
}

/// One way to the goal that differs from the others in its actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The actions, ascending.
    pub actions: Vec<u32>,
    /// A cheapest derivation with these actions; its `cost` is what alternatives are ordered by.
    pub proof: Proof,
}

/// The alternatives found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Alternatives {
    /// Ascending by `proof.cost`.
    pub found: Vec<Alternative>,
    /// Whether the search ran out of work before it found `k` alternatives or proved that there are no more. What
    /// was found is right all the same: the first few of what would have been returned.
    pub truncated: bool,
    /// How much of [`Limits::max_work`] was used.
    pub work: u64,
}

/// A family of sets of actions: all that contain `forced` and nothing of `forbidden`.
struct Piece {
    /// No member costs less.
    bound: u64,
    forbidden: Vec<u32>,
    forced: Vec<u32>,
    /// Forced actions by which the bound may still be raised.
    untried: Vec<u32>,
    /// Whether any question was answered yet; a piece without forced actions has one to ask all the same.
    asked: bool,
    /// Actions of the derivation that answered the last question, in the order in which they are taken.
    solution: Vec<u32>,
    /// How much work the next question may do whatever its bound.
    effort: u64,
}

impl Piece {
    fn is_solved(&self) -> bool {
        self.asked && self.untried.is_empty()
    }
}

/// Pieces by bound, solved ones first, then in the order in which they were made.
#[derive(Default)]
struct Agenda {
    heap: BinaryHeap<Reverse<(u64, bool, usize)>>,
    pieces: Vec<Option<Piece>>,
}

impl Agenda {
    fn push(&mut self, piece: Piece) {
        let key = (piece.bound, !piece.is_solved(), self.pieces.len());
        self.heap.push(Reverse(key));
        self.pieces.push(Some(piece));
    }

    fn pop(&mut self) -> Option<Piece> {
        let Reverse((_, _, at)) = self.heap.pop()?;
        self.pieces.get_mut(at)?.take()
    }

    /// The least bound that waits.
    fn bound(&self) -> u64 {
        self.heap.peek().map_or(u64::MAX, |Reverse((bound, _, _))| *bound)
    }
}

/// Work enough to follow a short path, so that a question that is easily answered is answered at once.
const FIRST_EFFORT: u64 = 256;

/// Steps in sight at first, and how many times more when the horizon is moved outwards.
const FIRST_ROOM: usize = 1 << 14;
const MORE_ROOM: usize = 8;

/// The `k` cheapest derivations of the goal that differ in their actions; see the [module](self) for what exactly
/// that means and guarantees.
///
/// `best` must come from the same graph; its starts and disabled steps count here too. An unreachable goal gives
/// nothing. If the goal can be had without any action, that is the only alternative.
#[must_use]
pub fn k_best(graph: &Graph, best: &Best, goal: StateId, k: usize, limits: Limits) -> Alternatives {
    k_best_with(graph, best, goal, k, limits, FIRST_ROOM)
}

fn k_best_with(graph: &Graph, best: &Best, goal: StateId, k: usize, limits: Limits, first_room: usize) -> Alternatives {
    let mut result = Alternatives::default();
    let Some(first) = best.proof(graph, goal) else { return result };
    if k == 0 {
        return result;
    }
    let mut inquiry = Inquiry::new(graph, best, goal, limits, first_room);
    // Sets of actions that cannot all be done without.
    let mut indispensable: Vec<Vec<u32>> = Vec::new();
    // The alternatives found, with their actions in the order in which they are taken.
    let mut kept: Vec<Vec<u32>> = Vec::new();
    let first_actions = first.actions(graph);
    let mut agenda = Agenda::default();
    agenda.push(Piece {
        bound: first.cost,
        forbidden: Vec::new(),
        forced: Vec::new(),
        untried: Vec::new(),
        asked: true,
        solution: first_actions.clone(),
        effort: FIRST_EFFORT,
    });
    'pieces: while let Some(mut piece) = agenda.pop() {
        inquiry.widen(piece.bound);
        while !piece.is_solved() && piece.bound <= agenda.bound().min(inquiry.search.horizon) {
            match inquiry.examine(&mut piece, agenda.bound()) {
                Examined::Further => {}
                Examined::Empty { indispensable: forbidden } => {
                    if forbidden {
                        indispensable.push(piece.forbidden);
                    }
                    continue 'pieces;
                }
                Examined::OutOfWork => {
                    result.truncated = true;
                    break 'pieces;
                }
            }
        }
        if !piece.is_solved() || piece.bound > agenda.bound() {
            agenda.push(piece);
            continue;
        }
        let noise = kept
            .iter()
            .filter(|kept| is_subset(kept, &piece.solution))
            .min_by_key(|kept| kept.iter().filter(|action| !piece.forced.contains(action)).count());
        let split = if let Some(noise) = noise {
            noise.clone()
        } else {
            let Some(least) = inquiry.shrink(&piece.solution, piece.bound) else {
                result.truncated = true;
                break;
            };
            // What `best` shows must come back as the first alternative, also where others cost the same.
            let proof = if least == first_actions { Some(first.clone()) } else { inquiry.prove(&least, piece.bound) };
            let Some(proof) = proof else {
                result.truncated = true;
                break;
            };
            let mut actions = least.clone();
            actions.sort_unstable();
            result.found.push(Alternative { actions, proof });
            if result.found.len() == k {
                break;
            }
            kept.push(least.clone());
            least
        };
        let mut forced = piece.forced;
        for action in split {
            if forced.contains(&action) {
                continue;
            }
            let mut forbidden = piece.forbidden.clone();
            forbidden.push(action);
            if !indispensable.iter().any(|needed| is_subset(needed, &forbidden)) {
                agenda.push(Piece {
                    bound: piece.bound,
                    forbidden,
                    forced: forced.clone(),
                    untried: forced.clone(),
                    asked: false,
                    solution: Vec::new(),
                    effort: FIRST_EFFORT,
                });
            }
            forced.push(action);
        }
    }
    result.work = limits.max_work - inquiry.work;
    result
}

enum Examined {
    /// The piece's bound or its solution is better known; nothing more is worth doing if the bound is too high now.
    Further,
    /// The piece has no member that reaches the goal; perhaps because what it forbids cannot all be done without.
    Empty {
        indispensable: bool,
    },
    OutOfWork,
}

/// The questions asked about one goal.
struct Inquiry<'a> {
    graph: &'a Graph,
    best: &'a Best,
    goal: StateId,
    outside: Vec<u64>,
    through: Vec<u64>,
    search: Search,
    /// The work that may still be done.
    work: u64,
}

impl<'a> Inquiry<'a> {
    fn new(graph: &'a Graph, best: &'a Best, goal: StateId, limits: Limits, room: usize) -> Self {
        let (outside, through) = outside(graph, best, &[(goal, 0)]);
        let search = Search::new(graph, best, goal, (&outside, &through), room);
        Inquiry { graph, best, goal, outside, through, search, work: limits.max_work }
    }

    /// Moves the horizon outwards until it is no nearer than this bound.
    fn widen(&mut self, bound: u64) {
        while bound > self.search.horizon {
            let room = self.search.step_count().max(1).saturating_mul(MORE_ROOM);
            self.search = Search::new(self.graph, self.best, self.goal, (&self.outside, &self.through), room);
        }
    }

    /// Asks one question about a piece.
    fn examine(&mut self, piece: &mut Piece, limit: u64) -> Examined {
        // The last action forced stands next to the one forbidden last: nothing raises the bound more.
        let wanted = piece.untried.last().copied();
        let restriction = Restriction::Without(&piece.forbidden);
        let before = self.work;
        let mut answer = Answer::AtLeast(piece.bound);
        if let Some(wanted) = wanted {
            answer = self.search.look_ahead(restriction, wanted, limit, piece.effort, &mut self.work);
        }
        if let Answer::AtLeast(bound) = answer
            && bound <= limit.min(self.search.horizon)
        {
            answer = self.search.ask(restriction, wanted, limit, piece.effort, &mut self.work);
        }
        match answer {
            Answer::Found(cost, actions) => {
                piece.bound = piece.bound.max(cost);
                // Asking for an action that this derivation uses anyway could not raise the bound above it.
                piece.untried.retain(|action| !actions.contains(action));
                piece.solution = actions;
                piece.asked = true;
                Examined::Further
            }
            Answer::AtLeast(bound) => {
                piece.bound = piece.bound.max(bound);
                // Twice what this took, so that starting over and over doubles the work at most.
                piece.effort = piece.effort.max(before - self.work).saturating_mul(2);
                Examined::Further
            }
            Answer::Nothing { otherwise } => Examined::Empty { indispensable: !otherwise },
            Answer::OutOfWork => Examined::OutOfWork,
        }
    }

    /// A least subset of the actions with a derivation of at most this cost, in the same order. `None` when the work
    /// allowed is used up.
    ///
    /// One pass is enough: what could not be left out of the larger set cannot be left out of the smaller one.
    fn shrink(&mut self, actions: &[u32], cost: u64) -> Option<Vec<u32>> {
        let mut least = actions.to_vec();
        for action in actions {
            if !least.contains(action) {
                continue;
            }
            let rest: Vec<u32> = least.iter().copied().filter(|other| other != action).collect();
            match self.search.ask(Restriction::Only(&rest), None, cost, 0, &mut self.work) {
                Answer::Found(found, used) if found <= cost => least.retain(|action| used.contains(action)),
                Answer::OutOfWork => return None,
                Answer::Found(..) | Answer::AtLeast(_) | Answer::Nothing { .. } => {}
            }
        }
        Some(least)
    }

    /// The cheapest derivation with these actions. `None` when the work allowed is used up.
    fn prove(&mut self, actions: &[u32], cost: u64) -> Option<Proof> {
        match self.search.ask(Restriction::Only(actions), None, cost, 0, &mut self.work) {
            Answer::Found(cost, _) => self.search.proof_found(self.graph, self.best, cost),
            _ => None,
        }
    }
}

fn is_subset(small: &[u32], large: &[u32]) -> bool {
    small.iter().all(|action| large.contains(action))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::{GraphBuilder, STRUCTURAL, Start, StepSet, best};

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Small graphs fit within the first horizon; this makes them not.
        #[test]
        fn a_near_horizon_changes_nothing(
            steps in prop::collection::vec((0u32..12, 0u32..12, 0u32..12, 0u64..9, 0u32..14), 5..40),
            room in 0usize..6,
        ) {
            let mut builder = GraphBuilder::new();
            builder.add_states(12).unwrap();
            for (premise, other, conclusion, cost, action) in steps {
                let action = if action > 11 { STRUCTURAL } else { action };
                let premises = [StateId(premise), StateId(if cost % 2 == 0 { premise } else { other })];
                builder.add_step(&premises, &[StateId(conclusion)], cost, action).unwrap();
            }
            let graph = builder.build();
            let starts = [StateId(0), StateId(1)].map(|state| Start { state, cost: 0, attacker: 0 });
            let best = best(&graph, &starts, &StepSet::new());
            for goal in graph.states() {
                let all = k_best(&graph, &best, goal, usize::MAX, Limits::default());
                let near = k_best_with(&graph, &best, goal, usize::MAX, Limits::default(), room);
                prop_assert!(!all.truncated && !near.truncated);
                let sorted = |answer: Alternatives| {
                    let mut sets: Vec<(u64, Vec<u32>)> =
                        answer.found.into_iter().map(|found| (found.proof.cost, found.actions)).collect();
                    sets.sort();
                    sets
                };
                prop_assert_eq!(sorted(near), sorted(all));
            }
        }
    }
}
