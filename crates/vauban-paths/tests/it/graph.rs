//! Every function of the graph engine against brute force, and the laws they keep.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use vauban_paths::graph::{
    COST_CEILING, GraphBuilder, IMPOSSIBLE, Limits, NearestMiss, STRUCTURAL, Start, StateId, StepId, StepSet, Ways,
    best, choke_points, k_best, nearest_miss, reachable, step_can_fire, through,
};

use crate::oracle::{PlainGraph, larger_graph, path_like_graph, plain_graph};

fn any_graph() -> impl Strategy<Value = PlainGraph> {
    prop_oneof![plain_graph(), path_like_graph()]
}

fn reached_numbers(plain: &PlainGraph, disabled: &StepSet) -> BTreeSet<u32> {
    reachable(&plain.graph(), &plain.starts(), disabled).iter().map(|state| state.0).collect()
}

fn check_alternatives(plain: &PlainGraph, goal: u32) {
    let graph = plain.graph();
    let best = best(&graph, &plain.starts(), &plain.disabled());
    let expected = plain.alternatives_by_subsets(goal);
    let answer = k_best(&graph, &best, StateId(goal), usize::MAX, Limits::default());
    assert!(!answer.truncated);
    for alternative in &answer.found {
        plain.check_proof(&alternative.proof);
        let mut actions = alternative.proof.actions(&graph);
        actions.sort_unstable();
        assert_eq!(actions, alternative.actions);
        assert!(alternative.proof.steps.iter().all(|step| !plain.steps[step.0 as usize].disabled));
    }
    let costs: Vec<u64> = answer.found.iter().map(|alternative| alternative.proof.cost).collect();
    assert!(costs.is_sorted(), "{costs:?}");
    let found: BTreeMap<Vec<u32>, u64> =
        answer.found.iter().map(|alternative| (alternative.actions.clone(), alternative.proof.cost)).collect();
    assert_eq!(found.len(), answer.found.len(), "an alternative came twice");
    assert_eq!(found, expected);
    // A smaller k gives the beginning of the same list.
    let some = k_best(&graph, &best, StateId(goal), 2, Limits::default());
    assert_eq!(some.found, answer.found[..answer.found.len().min(2)]);
    // Out of work, what was found is still right.
    for max_work in [0, 3, 30, 100] {
        let cut = k_best(&graph, &best, StateId(goal), usize::MAX, Limits { max_work });
        assert_eq!(cut.found, answer.found[..cut.found.len()]);
        assert!(cut.truncated || cut.found.len() == answer.found.len());
        assert!(cut.work <= max_work);
    }
}

/// At least this many cases; `PROPTEST_CASES` asks for more.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.max(cases), failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn reaches_what_sweeping_reaches(plain in any_graph()) {
        let graph = plain.graph();
        let disabled = plain.disabled();
        let reached = reachable(&graph, &plain.starts(), &disabled);
        let expected = plain.reached(plain.enabled());
        prop_assert_eq!(reached.iter().map(|state| state.0).collect::<BTreeSet<_>>(), expected.clone());
        for step in graph.steps() {
            let fires = !plain.steps[step.0 as usize].disabled
                && plain.steps[step.0 as usize].premises.iter().all(|premise| expected.contains(premise));
            prop_assert_eq!(step_can_fire(&graph, &reached, &disabled, step), fires);
        }
    }

    #[test]
    fn the_best_costs_are_the_least(plain in any_graph()) {
        let graph = plain.graph();
        let best = best(&graph, &plain.starts(), &plain.disabled());
        let expected = plain.costs(plain.enabled());
        for state in graph.states() {
            prop_assert_eq!(best.cost(state), expected.get(&state.0).copied());
            let proof = best.proof(&graph, state);
            prop_assert_eq!(proof.as_ref().map(|proof| proof.cost), best.cost(state));
            if let Some(proof) = proof {
                plain.check_proof(&proof);
            }
        }
        for step in graph.steps() {
            let number = step.0 as usize;
            let expected = if plain.steps[number].disabled { None } else { plain.step_cost(number, &expected) };
            prop_assert_eq!(best.step_cost(step), expected);
        }
    }

    #[test]
    fn alternatives_are_all_there_in_order_and_without_noise(plain in any_graph()) {
        for goal in plain.goals() {
            check_alternatives(&plain, goal);
        }
    }

    #[test]
    fn listing_derivations_gives_the_same_alternatives_as_trying_subsets(plain in any_graph()) {
        for goal in plain.goals() {
            prop_assert_eq!(plain.alternatives_by_derivations(goal), plain.alternatives_by_subsets(goal));
        }
    }

    #[test]
    fn through_is_the_least_cost_of_using_the_step(plain in any_graph(), surcharge in 0u64..5) {
        let graph = plain.graph();
        let best = best(&graph, &plain.starts(), &plain.disabled());
        let goals = [(0, surcharge), (1, 0)];
        let figures = through(&graph, &best, &goals.map(|(goal, surcharge)| (StateId(goal), surcharge)));
        for (step, figure) in figures.iter().enumerate() {
            let expected = if plain.steps[step].disabled { u64::MAX } else { plain.through(step, &goals) };
            prop_assert_eq!(*figure, expected, "step {}", step);
        }
        // No step of a cheapest derivation has a higher figure than the goal.
        for step in best.proof(&graph, StateId(1)).into_iter().flat_map(|proof| proof.steps) {
            prop_assert!(figures[step.0 as usize] <= best.cost(StateId(1)).unwrap());
        }
    }

    #[test]
    fn choke_points_are_the_actions_whose_loss_puts_the_goal_out_of_reach(plain in any_graph()) {
        let graph = plain.graph();
        let best = best(&graph, &plain.starts(), &plain.disabled());
        for goal in plain.goals() {
            let found: BTreeSet<u32> = choke_points(&graph, &best, StateId(goal), |step| graph.action_of(step))
                .iter()
                .map(|choke| choke.key)
                .collect();
            let mut expected = BTreeSet::new();
            if plain.reached(plain.enabled()).contains(&goal) {
                for action in plain.steps.iter().map(|step| step.action).filter(|action| *action != STRUCTURAL) {
                    let left = |step: usize| !plain.steps[step].disabled && plain.steps[step].action != action;
                    if !plain.reached(left).contains(&goal) {
                        expected.insert(action);
                    }
                }
            }
            prop_assert_eq!(found, expected);
            // By single step instead of by action, structural ones too.
            let found: Vec<StepId> = choke_points(&graph, &best, StateId(goal), |step| Some(step.0))
                .into_iter()
                .flat_map(|choke| choke.steps)
                .collect();
            for step in graph.steps().filter(|_| best.cost(StateId(goal)).is_some()) {
                let left = |other: usize| !plain.steps[other].disabled && other != step.0 as usize;
                prop_assert_eq!(found.contains(&step), !plain.reached(left).contains(&goal));
            }
        }
    }

    #[test]
    fn the_nearest_miss_names_steps_that_suffice_and_cannot_be_spared(plain in any_graph(), price in 0u64..50) {
        let graph = plain.graph();
        // Every step with an odd label is blocked; those of label 1 could be enabled, the structural ones cannot.
        let disabled: StepSet = graph.steps().filter(|step| graph.action(*step) % 2 == 1).collect();
        let potential: Vec<(StepId, u64)> =
            graph.steps().filter(|step| graph.action(*step) == 1).map(|step| (step, price)).collect();
        let enabled = |step: usize| plain.steps[step].action % 2 == 0;
        for goal in plain.goals() {
            let answer = nearest_miss(&graph, &plain.starts(), &disabled, &potential, StateId(goal));
            let reached = plain.reached(enabled);
            let at_most = plain.reached(|step| enabled(step) || plain.steps[step].action == 1);
            match answer {
                NearestMiss::Reachable(proof) => {
                    prop_assert!(reached.contains(&goal));
                    plain.check_proof(&proof);
                }
                NearestMiss::Blocked { steps, price: sum, proof } => {
                    prop_assert!(!reached.contains(&goal) && at_most.contains(&goal));
                    plain.check_proof(&proof);
                    prop_assert_eq!(sum, price * steps.len() as u64);
                    prop_assert!(!steps.is_empty() && steps.iter().all(|step| graph.action(*step) == 1));
                    let with =
                        |set: &[StepId]| plain.reached(|step| enabled(step) || set.contains(&StepId(step as u32)));
                    prop_assert!(with(&steps).contains(&goal));
                    for spared in &steps {
                        let rest: Vec<StepId> = steps.iter().copied().filter(|step| step != spared).collect();
                        prop_assert!(!with(&rest).contains(&goal));
                    }
                    prop_assert!(proof.steps.iter().all(|step| enabled(step.0 as usize) || steps.contains(step)));
                }
                NearestMiss::OutOfReach { frontier, distance } => {
                    prop_assert!(!at_most.contains(&goal));
                    let mut ring = BTreeSet::from([goal]);
                    let mut seen = ring.clone();
                    let mut steps = 0;
                    let expected = loop {
                        steps += 1;
                        let next: BTreeSet<u32> = plain
                            .steps
                            .iter()
                            .filter(|step| step.conclusions.iter().any(|state| ring.contains(state)))
                            .flat_map(|step| step.premises.clone())
                            .filter(|state| !seen.contains(state))
                            .collect();
                        let near: Vec<StateId> = next.intersection(&reached).map(|state| StateId(*state)).collect();
                        if !near.is_empty() || next.is_empty() {
                            break near;
                        }
                        seen.extend(&next);
                        ring = next;
                    };
                    prop_assert_eq!(distance, if expected.is_empty() { 0 } else { steps });
                    prop_assert_eq!(frontier, expected);
                }
            }
        }
    }

    #[test]
    fn fewer_steps_never_reach_more(plain in any_graph(), which in 0usize..9) {
        let disabled = plain.disabled();
        let before = reached_numbers(&plain, &disabled);
        let mut more = disabled.clone();
        more.insert(StepId(which as u32));
        let after = reached_numbers(&plain, &more);
        prop_assert!(after.is_subset(&before));
        let graph = plain.graph();
        let (first, second) = (best(&graph, &plain.starts(), &disabled), best(&graph, &plain.starts(), &more));
        for state in graph.states() {
            prop_assert!(second.cost(state).unwrap_or(u64::MAX) >= first.cost(state).unwrap_or(u64::MAX));
        }
    }

    #[test]
    fn more_steps_never_reach_less(plain in any_graph(), other in any_graph()) {
        let before = reached_numbers(&plain, &plain.disabled());
        let mut more = plain.clone();
        more.states = more.states.max(other.states);
        more.steps.extend(other.steps);
        prop_assert!(before.is_subset(&reached_numbers(&more, &more.disabled())));
    }

    #[test]
    fn the_order_in_which_steps_are_added_changes_no_cost(plain in any_graph(), seed in any::<u64>()) {
        let mut shuffled = plain.clone();
        let mut order: Vec<usize> = (0..plain.steps.len()).collect();
        order.sort_by_key(|step| (*step as u64 + 1).wrapping_mul(seed | 1) >> 7);
        shuffled.steps = order.iter().map(|step| plain.steps[*step].clone()).collect();
        let (graph, other) = (plain.graph(), shuffled.graph());
        let (first, second) =
            (best(&graph, &plain.starts(), &plain.disabled()), best(&other, &shuffled.starts(), &shuffled.disabled()));
        for state in graph.states() {
            prop_assert_eq!(first.cost(state), second.cost(state));
            let costs = |graph, best| {
                k_best(graph, best, state, 5, Limits::default())
                    .found
                    .iter()
                    .map(|alternative| alternative.proof.cost)
                    .collect::<Vec<_>>()
            };
            prop_assert_eq!(costs(&graph, &first), costs(&other, &second));
        }
        let (before, after) =
            (through(&graph, &first, &[(StateId(0), 0)]), through(&other, &second, &[(StateId(0), 0)]));
        for (at, step) in order.iter().enumerate() {
            prop_assert_eq!(before[*step], after[at]);
        }
    }

    #[test]
    fn no_input_panics(plain in any_graph(), costs in prop::collection::vec(any::<u64>(), 9), goal in any::<u32>()) {
        let mut plain = plain;
        for (step, cost) in plain.steps.iter_mut().zip(costs) {
            step.cost = if cost % 3 == 0 { u64::MAX - cost % 5 } else { cost >> (cost % 64) };
        }
        let graph = plain.graph();
        let mut starts = plain.starts();
        starts.push(Start { state: StateId(goal), cost: u64::from(goal) << 32, attacker: 0 });
        let disabled: StepSet = [StepId(goal % 1_000)].into_iter().collect();
        let found = best(&graph, &starts, &disabled);
        let reached = reachable(&graph, &starts, &disabled);
        for state in graph.states().chain([StateId(goal)]) {
            prop_assert_eq!(found.cost(state).is_some(), reached.contains(state));
            prop_assert_eq!(found.proof(&graph, state).is_some(), reached.contains(state));
            let alternatives = k_best(&graph, &found, state, 4, Limits::default());
            prop_assert_eq!(alternatives.found.is_empty(), !reached.contains(state));
            let _ = choke_points(&graph, &found, state, |step| graph.action_of(step));
            let _ =
                nearest_miss(&graph, &starts, &disabled, &[(StepId(goal), 5), (StepId(goal % 1_000), u64::MAX)], state);
        }
        let _ = through(&graph, &found, &[(StateId(goal), 3), (StateId(0), u64::MAX)]);
        // A best that belongs to another graph is answered with nothing.
        let other = GraphBuilder::new().build();
        prop_assert!(k_best(&other, &found, StateId(0), 3, Limits::default()).found.is_empty());
        prop_assert!(choke_points(&other, &found, StateId(0), |_| Some(0)).is_empty());
        prop_assert!(through(&other, &found, &[(StateId(0), 0)]).is_empty());
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn alternatives_are_right_in_larger_graphs_too(plain in larger_graph()) {
        for goal in plain.goals().rev().take(3) {
            check_alternatives(&plain, goal);
        }
    }

    /// Alternatives come in the order of what they cost as trees; the set of steps that costs least, each step counted
    /// once, is one of them all the same.
    #[test]
    fn the_cheapest_set_of_steps_is_among_the_alternatives(plain in path_like_graph()) {
        let mut plain = plain;
        for (number, step) in plain.steps.iter_mut().enumerate() {
            if step.action == STRUCTURAL {
                step.cost = 0;
            } else {
                step.action = number as u32;
            }
        }
        let mut least: BTreeMap<u32, u64> = BTreeMap::new();
        for taken in 0..1usize << plain.steps.len() {
            let steps = plain.steps.iter().enumerate();
            let cost: u64 = steps.filter(|(at, _)| taken >> at & 1 == 1).map(|(_, step)| step.cost).sum();
            for state in plain.reached(|step| taken >> step & 1 == 1) {
                let known = least.entry(state).or_insert(cost);
                *known = cost.min(*known);
            }
        }
        let graph = plain.graph();
        let best = best(&graph, &plain.starts(), &plain.disabled());
        for goal in plain.goals() {
            let found = k_best(&graph, &best, StateId(goal), usize::MAX, Limits::default()).found;
            let found = found.iter().map(|alternative| alternative.proof.cost_distinct).min();
            prop_assert_eq!(found, least.get(&goal).copied());
        }
    }
}

/// A graph of single-premise steps from `(from, to, cost, action)`.
fn paths(states: u32, steps: &[(u32, u32, u64, u32)]) -> vauban_paths::graph::Graph {
    let mut builder = GraphBuilder::new();
    builder.add_states(states).unwrap();
    for (from, to, cost, action) in steps {
        builder.add_step(&[StateId(*from)], &[StateId(*to)], *cost, *action).unwrap();
    }
    builder.build()
}

const FROM_ZERO: [Start; 1] = [Start { state: StateId(0), cost: 0, attacker: 0 }];

#[test]
fn ties_go_to_fewer_steps_and_then_to_the_lower_number() {
    // 0 to 3 at cost 2: in two steps by way of 1 or 2, or in one.
    let graph = paths(4, &[(0, 1, 1, 0), (1, 3, 1, 1), (0, 2, 1, 2), (2, 3, 1, 3)]);
    let best_two = best(&graph, &FROM_ZERO, &StepSet::new());
    assert_eq!(best_two.proof(&graph, StateId(3)).unwrap().steps, [StepId(0), StepId(1)]);
    let graph = paths(4, &[(0, 1, 1, 0), (1, 3, 1, 1), (0, 3, 2, 2), (0, 3, 2, 3)]);
    let best_one = best(&graph, &FROM_ZERO, &StepSet::new());
    assert_eq!(best_one.proof(&graph, StateId(3)).unwrap().steps, [StepId(2)]);
}

#[test]
fn shared_parts_count_twice_in_the_sum_and_once_in_the_distinct_cost() {
    let mut builder = GraphBuilder::new();
    builder.add_states(4).unwrap();
    builder.add_step(&[], &[StateId(0)], 10, 0).unwrap();
    builder.add_step(&[StateId(0)], &[StateId(1)], 1, 1).unwrap();
    builder.add_step(&[StateId(0)], &[StateId(2)], 1, 2).unwrap();
    builder.add_step(&[StateId(1), StateId(2)], &[StateId(3)], 1, 3).unwrap();
    let graph = builder.build();
    let proof = best(&graph, &[], &StepSet::new()).proof(&graph, StateId(3)).unwrap();
    assert_eq!((proof.cost, proof.cost_distinct), (23, 13));
    assert_eq!(proof.steps, [0, 1, 2, 3].map(StepId));
}

#[test]
fn sums_over_repeated_parts_stop_at_the_ceiling() {
    // Each layer needs the one below twice: the tree has 2^80 leaves.
    let mut builder = GraphBuilder::new();
    builder.add_states(3 * 80 + 1).unwrap();
    builder.add_step(&[], &[StateId(0)], 1_000, 0).unwrap();
    for layer in 0..80u32 {
        let [below, left, right, above] = [0, 1, 2, 3].map(|offset| StateId(3 * layer + offset));
        builder.add_step(&[below], &[left], 0, 3 * layer + 1).unwrap();
        builder.add_step(&[below], &[right], 0, 3 * layer + 2).unwrap();
        builder.add_step(&[left, right], &[above], 1, STRUCTURAL).unwrap();
    }
    // And a way back, which must not become anyone's origin at the ceiling.
    builder.add_step(&[StateId(240)], &[StateId(237)], 0, STRUCTURAL).unwrap();
    let graph = builder.build();
    let best = best(&graph, &[], &StepSet::new());
    let proof = best.proof(&graph, StateId(240)).unwrap();
    assert_eq!((proof.cost, proof.cost_distinct, proof.steps.len()), (COST_CEILING, 1_080, 241));
    let alternatives = k_best(&graph, &best, StateId(240), 3, Limits::default());
    assert_eq!(alternatives.found.len(), 1);
    assert_eq!(choke_points(&graph, &best, StateId(240), |step| graph.action_of(step)).len(), 161);
}

#[test]
fn a_step_that_gains_two_things_is_one_action() {
    let mut builder = GraphBuilder::new();
    builder.add_states(4).unwrap();
    builder.add_step(&[StateId(0)], &[StateId(1), StateId(2)], 5, 7).unwrap();
    builder.add_step(&[StateId(1), StateId(2)], &[StateId(3)], 1, 8).unwrap();
    let graph = builder.build();
    let best = best(&graph, &FROM_ZERO, &StepSet::new());
    let proof = best.proof(&graph, StateId(3)).unwrap();
    assert_eq!((proof.cost, proof.cost_distinct), (11, 6));
    assert_eq!(proof.actions(&graph), [7, 8]);
}

#[test]
fn many_structural_routes_are_one_alternative() {
    // Thirty diamonds of structural steps: 2^30 derivations with the same two actions, and one other way.
    let mut steps = vec![(0, 1, 5, 0)];
    let mut at = 1;
    for _ in 0..30 {
        steps.extend([(at, at + 1, 0, STRUCTURAL), (at, at + 2, 0, STRUCTURAL)]);
        steps.extend([(at + 1, at + 3, 0, STRUCTURAL), (at + 2, at + 3, 0, STRUCTURAL)]);
        at += 3;
    }
    steps.extend([(at, at + 1, 5, 1), (0, at + 1, 50, 2)]);
    let graph = paths(at + 2, &steps);
    let best = best(&graph, &FROM_ZERO, &StepSet::new());
    let answer = k_best(&graph, &best, StateId(at + 1), 10, Limits { max_work: 20_000 });
    let sets: Vec<&[u32]> = answer.found.iter().map(|alternative| alternative.actions.as_slice()).collect();
    assert_eq!(sets, [&[0, 1][..], &[2]]);
    assert!(!answer.truncated);
}

#[test]
fn separate_ways_do_not_multiply() {
    // Twelve disjoint paths of ten actions: a search over what to leave out that did not notice would try 10^12.
    let mut steps = Vec::new();
    for path in 0..12u32 {
        let state = |step: u32| {
            if step == 0 {
                0
            } else if step == 10 {
                1
            } else {
                2 + path * 9 + step - 1
            }
        };
        steps.extend((0..10).map(|step| (state(step), state(step + 1), u64::from(10 + path), path * 10 + step)));
    }
    let graph = paths(2 + 12 * 9, &steps);
    let best = best(&graph, &FROM_ZERO, &StepSet::new());
    let answer = k_best(&graph, &best, StateId(1), 20, Limits { max_work: 200_000 });
    assert_eq!(answer.found.len(), 12);
    assert!(!answer.truncated);
    assert!(answer.found.iter().enumerate().all(|(path, found)| found.proof.cost == 100 + 10 * path as u64));
}

#[test]
fn a_goal_that_holds_from_the_beginning_needs_no_action() {
    let graph = paths(2, &[(0, 1, 1, 0), (1, 0, 1, 1)]);
    let best = best(&graph, &FROM_ZERO, &StepSet::new());
    let answer = k_best(&graph, &best, StateId(0), 5, Limits::default());
    assert_eq!(answer.found.len(), 1);
    assert!(answer.found[0].actions.is_empty() && answer.found[0].proof.steps.is_empty());
    assert!(choke_points(&graph, &best, StateId(0), |step| graph.action_of(step)).is_empty());
}

#[test]
fn a_blocked_step_that_another_makes_needless_is_spared() {
    // Two things are needed. The second has a blocked way of its own, or a free one from the first; counted as a
    // tree the latter would pay for the first blocked step again.
    let mut builder = GraphBuilder::new();
    builder.add_states(4).unwrap();
    builder.add_step(&[StateId(0)], &[StateId(1)], 0, 0).unwrap();
    builder.add_step(&[StateId(0)], &[StateId(2)], 0, 1).unwrap();
    builder.add_step(&[StateId(1)], &[StateId(2)], 1, 2).unwrap();
    builder.add_step(&[StateId(1), StateId(2)], &[StateId(3)], 0, 3).unwrap();
    let graph = builder.build();
    let blocked: StepSet = [StepId(0), StepId(1)].into_iter().collect();
    let answer = nearest_miss(&graph, &FROM_ZERO, &blocked, &[(StepId(0), 8), (StepId(1), 8)], StateId(3));
    let NearestMiss::Blocked { steps, price, proof } = answer else { panic!("{answer:?}") };
    assert_eq!((steps, price), (vec![StepId(0)], 8));
    assert_eq!(proof.steps, [0, 2, 3].map(StepId));
}

#[test]
fn impossible_steps_and_starts_never_happen() {
    let graph = paths(2, &[(0, 1, IMPOSSIBLE, 0)]);
    assert_eq!(best(&graph, &FROM_ZERO, &StepSet::new()).cost(StateId(1)), None);
    let never = [Start { state: StateId(0), cost: IMPOSSIBLE, attacker: 0 }];
    assert!(reachable(&graph, &never, &StepSet::new()).is_empty());
    assert_eq!(best(&graph, &never, &StepSet::new()).cost(StateId(0)), None);
}

proptest! {
    #[test]
    fn the_steps_of_a_way_make_a_derivation_of_its_cost(plain in any_graph()) {
        let graph = plain.graph();
        let best_of_all = best(&graph, &plain.starts(), &plain.disabled());
        for goal in plain.goals() {
            let goals = [(StateId(goal), 0)];
            let ways = Ways::new(&graph, &best_of_all, &goals);
            for step in graph.steps() {
                prop_assert_eq!(ways.cost(step), through(&graph, &best_of_all, &goals)[step.0 as usize]);
                let steps = ways.steps(step);
                prop_assert_eq!(steps.is_empty(), ways.cost(step) == u64::MAX);
                if !steps.is_empty() {
                    // With nothing but those steps the way is there, at no higher cost.
                    let others: StepSet = graph.steps().filter(|other| !steps.contains(other)).collect();
                    let alone = best(&graph, &plain.starts(), &others);
                    prop_assert_eq!(through(&graph, &alone, &goals)[step.0 as usize], ways.cost(step));
                }
            }
        }
    }
}
