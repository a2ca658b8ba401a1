//! Against brute force.

use proptest::prelude::*;
use vauban_optimise::hitting_set::{Weight, cheapest};
use vauban_optimise::implicit::{Answer, Limits, Reply, cheapest_enough};

fn hits(choice: u32, set: &[u32]) -> bool {
    set.iter().any(|e| choice >> e & 1 == 1)
}

fn weight(weights: &[Weight], choice: u32) -> Weight {
    weights.iter().enumerate().filter(|(at, _)| choice >> at & 1 == 1).map(|(_, w)| *w).sum()
}

fn brute(weights: &[Weight], sets: &[Vec<u32>]) -> Option<Weight> {
    (0u32..1 << weights.len())
        .filter(|choice| sets.iter().all(|set| hits(*choice, set)))
        .map(|choice| weight(weights, choice))
        .min()
}

fn problems() -> impl Strategy<Value = (Vec<Weight>, Vec<Vec<u32>>)> {
    (1usize..12).prop_flat_map(|elements| {
        let weights = prop::collection::vec(0..12u128, elements);
        let set = prop::collection::vec(0..elements as u32, 1..5);
        (weights, prop::collection::vec(set, 0..14))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn nothing_is_cheaper_than_the_answer((weights, sets) in problems()) {
        let found = cheapest(&weights, &sets, u64::MAX).unwrap();
        prop_assert!(sets.iter().all(|set| set.iter().any(|e| found.chosen.contains(e))));
        prop_assert_eq!(found.chosen.iter().map(|e| weights[*e as usize]).sum::<Weight>(), found.cost);
        prop_assert_eq!(Some(found.cost), brute(&weights, &sets));
        prop_assert!(found.optimal());
    }

    #[test]
    fn a_search_that_is_cut_short_says_how_far_off_it_may_be((weights, sets) in problems(), nodes in 1u64..4) {
        let found = cheapest(&weights, &sets, nodes).unwrap();
        let best = brute(&weights, &sets).unwrap();
        prop_assert!(sets.iter().all(|set| set.iter().any(|e| found.chosen.contains(e))));
        prop_assert!(found.lower_bound <= best && best <= found.cost);
    }

    #[test]
    fn sets_named_one_by_one_give_the_same((weights, sets) in problems(), rounds in 0u64..6) {
        let best = brute(&weights, &sets).unwrap();
        let mut oracle = |chosen: &[u32]| Reply {
            sets: sets.iter().find(|set| !set.iter().any(|e| chosen.contains(e))).cloned().into_iter().collect(),
            enough: None,
        };
        let free = Limits { nodes: u64::MAX, rounds: u64::MAX };
        let Answer::Enough(choice) = cheapest_enough(&weights, Vec::new(), None, free, &mut oracle) else {
            return Err(TestCaseError::fail("there is an answer"));
        };
        prop_assert_eq!((choice.cost, choice.lower_bound), (best, best));
        let all: Vec<u32> = (0..weights.len() as u32).collect();
        let few = Limits { nodes: u64::MAX, rounds };
        let Answer::Enough(choice) = cheapest_enough(&weights, Vec::new(), Some(all), few, &mut oracle) else {
            return Err(TestCaseError::fail("everything is enough"));
        };
        prop_assert!(choice.lower_bound <= best && best <= choice.cost);
    }
}

#[test]
fn a_set_without_elements_cannot_be_hit() {
    assert_eq!(cheapest(&[1], &[vec![]], 10), None);
    let mut oracle = |_: &[u32]| Reply { sets: vec![Vec::new()], enough: None };
    let limits = Limits { nodes: 10, rounds: 10 };
    assert_eq!(cheapest_enough(&[1], Vec::new(), None, limits, &mut oracle), Answer::Impossible);
}
