//! Simulated times against closed forms, enumeration and the plain definition.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vauban_paths::graph::{
    Begin, Draw, GraphBuilder, Pace, STRUCTURAL, Sampled, Sampling, StateId, StepId, key_of, simulate, uniform,
};

use crate::oracle::{PlainGraph, path_like_graph, plain_graph};

const SAMPLES: u32 = 20_000;

fn sampling(samples: u32) -> Sampling {
    Sampling { seed: 7, samples, horizon: 365.0 }
}

/// Samples a graph of states and steps (premises, conclusions, pace), begun at state 0, and gives the times of one state.
fn times(states: u32, steps: &[(&[u32], &[u32], Pace)], goal: u32) -> Vec<f32> {
    let mut builder = GraphBuilder::new();
    builder.add_states(states).unwrap();
    let ids = |states: &[u32]| states.iter().map(|state| StateId(*state)).collect::<Vec<_>>();
    for (at, (premises, conclusions, _)) in (0u32..).zip(steps) {
        builder.add_step(&ids(premises), &ids(conclusions), 0, at).unwrap();
    }
    let begins = [Begin { state: StateId(0), draw: Draw { key: 0, pace: Pace::AT_ONCE } }];
    let draw = |step: StepId| Some(Draw { key: u64::from(step.0) + 1, pace: steps[step.0 as usize].2 });
    let mut sampled = simulate(&builder.build(), &begins, draw, &[StateId(goal)], sampling(SAMPLES));
    sampled.times.remove(0)
}

fn pace(success: f64, mean: f64) -> Pace {
    Pace { success, mean }
}

/// The share of samples in which the time is at most `day` lies within four standard errors of the probability.
fn agrees(times: &[f32], day: f32, probability: f64) {
    let hits = times.iter().filter(|time| **time <= day).count() as f64;
    let share = hits / times.len() as f64;
    let error = (probability * (1.0 - probability) / times.len() as f64).sqrt();
    assert!((share - probability).abs() <= 4.0 * error, "day {day}: {share} sampled, {probability} by formula");
}

#[test]
fn one_step_follows_its_distribution() {
    let found = times(2, &[(&[0], &[1], pace(0.3, 10.0))], 1);
    for day in [1.0f32, 5.0, 10.0, 30.0, 1_000.0] {
        agrees(&found, day, 0.3 * (1.0 - (-f64::from(day) / 10.0).exp()));
    }
}

#[test]
fn a_chain_adds_up() {
    let found = times(3, &[(&[0], &[1], pace(1.0, 10.0)), (&[1], &[2], pace(1.0, 4.0))], 2);
    // Hypoexponential with rates 1/10 and 1/4.
    let (a, b) = (0.1, 0.25);
    for day in [2.0f32, 10.0, 20.0, 50.0] {
        let t = f64::from(day);
        agrees(&found, day, 1.0 - (b * (-a * t).exp() - a * (-b * t).exp()) / (b - a));
    }
}

#[test]
fn of_two_ways_the_earlier_counts() {
    let found = times(2, &[(&[0], &[1], pace(1.0, 10.0)), (&[0], &[1], pace(1.0, 5.0))], 1);
    for day in [1.0f32, 3.0, 10.0] {
        agrees(&found, day, 1.0 - (-f64::from(day) * (0.1 + 0.2)).exp());
    }
}

#[test]
fn of_two_premises_the_later_counts() {
    let steps: &[(&[u32], &[u32], Pace)] =
        &[(&[0], &[1], pace(1.0, 10.0)), (&[0], &[2], pace(0.5, 5.0)), (&[1, 2], &[3], Pace::AT_ONCE)];
    let found = times(4, steps, 3);
    for day in [2.0f32, 8.0, 40.0] {
        let t = f64::from(day);
        agrees(&found, day, (1.0 - (-t / 10.0).exp()) * 0.5 * (1.0 - (-t / 5.0).exp()));
    }
}

#[test]
fn the_same_draw_is_the_same_event() {
    let mut builder = GraphBuilder::new();
    builder.add_states(4).unwrap();
    builder.add_step(&[StateId(0)], &[StateId(1)], 0, 1).unwrap();
    builder.add_step(&[StateId(0)], &[StateId(2)], 0, 1).unwrap();
    builder.add_step(&[StateId(1), StateId(2)], &[StateId(3)], 0, STRUCTURAL).unwrap();
    let begins = [Begin { state: StateId(0), draw: Draw { key: 0, pace: Pace::AT_ONCE } }];
    let draw = |step: StepId| (step.0 < 2).then_some(Draw { key: 9, pace: pace(0.5, 2.0) });
    let watched = [StateId(1), StateId(2), StateId(3), StateId(77)];
    let found = simulate(&builder.build(), &begins, draw, &watched, sampling(1_000)).times;
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], found[2]);
    assert!(found[3].iter().all(|time| *time == f32::INFINITY));
}

#[test]
fn a_cycle_does_not_support_itself() {
    let free = Pace::AT_ONCE;
    let found = times(3, &[(&[1], &[2], free), (&[2], &[1], free)], 2);
    assert!(found.iter().all(|time| *time == f32::INFINITY));
}

#[test]
fn random_numbers_are_even_and_independent_enough() {
    // Chi-square over 64 cells with 63 degrees of freedom; 110 is beyond the 99.97th percentile.
    for (key, label) in [(key_of("a"), "a"), (key_of("b"), "b"), (0, "0"), (1, "1")] {
        let mut cells = [0u32; 64];
        for position in 0..64_000u64 {
            cells[(uniform(1, key, position) * 64.0) as usize] += 1;
        }
        let chi: f64 = cells.iter().map(|count| (f64::from(*count) - 1_000.0).powi(2) / 1_000.0).sum();
        assert!(chi < 110.0, "key {label}: {chi}");
    }
    // Neighbouring keys are uncorrelated: 4 standard errors of 0 for 64,000 pairs.
    let sum: f64 = (0..64_000u64).map(|at| (uniform(1, 1, at) - 0.5) * (uniform(1, 2, at) - 0.5)).sum();
    assert!((sum / 64_000.0 * 12.0).abs() < 4.0 / 64_000f64.sqrt());
}

/// The paces of a small graph's steps, some instant, some that never work.
fn paces(steps: usize) -> impl Strategy<Value = Vec<Pace>> {
    let one = prop_oneof![
        Just(Pace::AT_ONCE),
        Just(Pace::NEVER),
        (1u32..=10, 0u32..=20).prop_map(|(tenths, days)| pace(f64::from(tenths) / 10.0, f64::from(days))),
    ];
    proptest::collection::vec(one, steps)
}

fn graph_with_paces() -> impl Strategy<Value = (PlainGraph, Vec<Pace>)> {
    prop_oneof![plain_graph(), path_like_graph()].prop_flat_map(|graph| {
        let steps = graph.steps.len();
        (Just(graph), paces(steps))
    })
}

fn sample(graph: &PlainGraph, paces: &[Pace], samples: u32) -> Sampled {
    let begins: Vec<Begin> = graph
        .starts
        .iter()
        .map(|start| Begin {
            state: StateId(start.0),
            draw: Draw { key: 99 + u64::from(start.2), pace: Pace::AT_ONCE },
        })
        .collect();
    let watched: Vec<StateId> = (0..graph.states).map(StateId).collect();
    let draw = |step: StepId| {
        let never = graph.steps[step.0 as usize].disabled;
        Some(Draw { key: u64::from(step.0), pace: if never { Pace::NEVER } else { paces[step.0 as usize] } })
    };
    simulate(&graph.graph(), &begins, draw, &watched, sampling(samples))
}

/// One sample by the definition: lower times until nothing changes.
fn plainly(graph: &PlainGraph, paces: &[Pace], sample: u32) -> (Vec<f32>, Vec<f32>) {
    let mut had: BTreeMap<u32, f32> = graph.starts.iter().map(|start| (start.0, 0.0)).collect();
    let mut done = vec![f32::INFINITY; graph.steps.len()];
    loop {
        let mut changed = false;
        for (at, step) in graph.steps.iter().enumerate().filter(|(_, step)| !step.disabled && step.cost != u64::MAX) {
            let delay = paces[at].time(uniform(7, at as u64, u64::from(sample)));
            let ready = step.premises.iter().map(|p| had.get(p).copied().unwrap_or(f32::INFINITY)).fold(0.0, f32::max);
            done[at] = ready + delay;
            for conclusion in &step.conclusions {
                let known = had.entry(*conclusion).or_insert(f32::INFINITY);
                changed |= done[at] < *known;
                *known = known.min(done[at]);
            }
        }
        if !changed {
            let times = (0..graph.states).map(|state| had.get(&state).copied().unwrap_or(f32::INFINITY)).collect();
            return (times, done);
        }
    }
}

proptest! {
    #[test]
    fn every_sample_is_what_the_definition_says((graph, paces) in graph_with_paces()) {
        let found = sample(&graph, &paces, 37);
        let mut within = vec![0u32; graph.steps.len()];
        for number in 0..37u32 {
            let (times, done) = plainly(&graph, &paces, number);
            for (state, time) in times.iter().enumerate() {
                prop_assert_eq!(found.times[state][number as usize], *time);
            }
            for (count, time) in within.iter_mut().zip(done) {
                *count += u32::from(time <= 365.0);
            }
        }
        prop_assert_eq!(&found.within, &within);
    }

    #[test]
    fn a_step_less_makes_nothing_earlier((graph, paces) in graph_with_paces(), which in any::<prop::sample::Index>()) {
        prop_assume!(!graph.steps.is_empty());
        let before = sample(&graph, &paces, 48);
        let mut less = graph.clone();
        let at = which.index(less.steps.len());
        less.steps[at].disabled = true;
        let after = sample(&less, &paces, 48);
        for (before, after) in before.times.iter().flatten().zip(after.times.iter().flatten()) {
            prop_assert!(after >= before);
        }
    }

    #[test]
    fn a_harder_step_makes_nothing_earlier(
        (graph, mut paces) in graph_with_paces(), which in any::<prop::sample::Index>(), less in 0.0..1.0f64, more in 0.0..9.0f64,
    ) {
        prop_assume!(!paces.is_empty());
        let before = sample(&graph, &paces, 48);
        let at = which.index(paces.len());
        paces[at] = pace(paces[at].success * less, paces[at].mean + more);
        let after = sample(&graph, &paces, 48);
        for (before, after) in before.times.iter().flatten().zip(after.times.iter().flatten()) {
            prop_assert!(after >= before);
        }
        for (before, after) in before.within.iter().zip(&after.within) {
            prop_assert!(after <= before);
        }
    }

    #[test]
    fn fewer_samples_are_the_first_of_more((graph, paces) in graph_with_paces(), few in 1u32..40) {
        let (less, more) = (sample(&graph, &paces, few), sample(&graph, &paces, 60));
        for (less, more) in less.times.iter().zip(&more.times) {
            prop_assert_eq!(&less[..], &more[..few as usize]);
        }
    }

    #[test]
    fn shares_agree_with_enumeration((graph, paces) in graph_with_paces()) {
        // Which steps work at all, all cases with their probabilities.
        let open: Vec<usize> =
            (0..paces.len()).filter(|at| paces[*at].success > 0.0 && paces[*at].success < 1.0).collect();
        prop_assume!(open.len() <= 10);
        let mut expected = vec![0.0; graph.states as usize];
        for case in 0u32..1 << open.len() {
            let works = |at: usize| match open.iter().position(|known| *known == at) {
                Some(bit) => case >> bit & 1 == 1,
                None => paces[at].success >= 1.0,
            };
            let weight: f64 = open
                .iter()
                .map(|at| if works(*at) { paces[*at].success } else { 1.0 - paces[*at].success })
                .product();
            let possible = |at: usize| works(at) && !graph.steps[at].disabled && graph.steps[at].cost != u64::MAX;
            for state in graph.reached(possible) {
                expected[state as usize] += weight;
            }
        }
        let samples = 2_000;
        let found = sample(&graph, &paces, samples);
        for (times, expected) in found.times.iter().zip(expected) {
            let share = times.iter().filter(|time| time.is_finite()).count() as f64 / f64::from(samples);
            let error = (expected * (1.0 - expected) / f64::from(samples)).max(0.0).sqrt();
            // Five standard errors and three samples: thousands of states are looked at, some of them hardly ever had.
            prop_assert!((share - expected).abs() <= 5.0 * error + 3.0 / f64::from(samples), "{} sampled, {} by enumeration", share, expected);
        }
    }
}
