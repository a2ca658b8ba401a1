//! Selection on made-up situations in which controls help alone, only together, or not at all.

use proptest::prelude::*;
use vauban_model::plan::{Effort, Residual};
use vauban_model::scale::Level;
use vauban_risk::selection::frontier::Frontier;
use vauban_risk::selection::{Candidate, Limits, Selection, Selector, Situation};

/// A way to a risk: it holds, at its level, unless all candidates of one of its groups are in place.
#[derive(Clone, Debug)]
struct Way {
    level: Level,
    closed_by: Vec<Vec<u32>>,
}

/// Risks as ways: the level of a risk is that of its worst open way.
#[derive(Clone, Debug)]
struct Made {
    costs: Vec<u64>,
    risks: Vec<Vec<Way>>,
}

impl Made {
    fn candidates(&self) -> Vec<Candidate> {
        self.costs.iter().map(|cost| Candidate { cost: Effort(*cost), preference: 0 }).collect()
    }

    fn worst(&self, chosen: &[u32], risk: usize) -> Option<&Way> {
        let open = |way: &&Way| !way.closed_by.iter().any(|group| group.iter().all(|c| chosen.contains(c)));
        self.risks[risk].iter().filter(open).max_by_key(|way| way.level)
    }

    fn left(&self, chosen: &[u32]) -> Residual {
        let levels = (0..self.risks.len()).filter_map(|risk| self.worst(chosen, risk).map(|way| way.level));
        Residual::of(levels).above(TOLERANCE)
    }

    fn cost(&self, chosen: &[u32]) -> u64 {
        chosen.iter().map(|c| self.costs[*c as usize]).sum()
    }

    fn subsets(&self) -> impl Iterator<Item = Vec<u32>> {
        let count = self.costs.len() as u32;
        (0u32..1 << count).map(move |mask| (0..count).filter(|c| mask >> c & 1 == 1).collect())
    }
}

impl Situation for Made {
    fn levels(&mut self, chosen: &[u32]) -> Vec<Option<Level>> {
        (0..self.risks.len()).map(|risk| self.worst(chosen, risk).map(|way| way.level)).collect()
    }

    fn reasons(&mut self, chosen: &[u32], risks: &[usize]) -> Vec<Vec<u32>> {
        let reason = |risk: &usize| self.worst(chosen, *risk).map_or_else(Vec::new, |way| way.closed_by.concat());
        risks.iter().map(reason).collect()
    }
}

/// Names one candidate of each reason only, or none: reasons that claim more than is so.
#[derive(Clone, Debug)]
struct Careless(Made);

impl Situation for Careless {
    fn levels(&mut self, chosen: &[u32]) -> Vec<Option<Level>> {
        self.0.levels(chosen)
    }

    fn reasons(&mut self, chosen: &[u32], risks: &[usize]) -> Vec<Vec<u32>> {
        let mut reasons = self.0.reasons(chosen, risks);
        reasons.iter_mut().for_each(|set| set.truncate(chosen.len() % 2));
        reasons
    }
}

const TOLERANCE: Level = Level::Medium;
const FREE: Limits = Limits { evaluations: 1_000_000, nodes: 1_000_000 };

fn made() -> impl Strategy<Value = Made> {
    (2usize..9).prop_flat_map(|count| {
        let group = prop::collection::vec(0..count as u32, 1..3);
        let level = prop::sample::select(Level::ALL.to_vec());
        let way = (level, prop::collection::vec(group, 0..4)).prop_map(|(level, closed_by)| Way { level, closed_by });
        let risks = prop::collection::vec(prop::collection::vec(way, 1..4), 1..7);
        (prop::collection::vec(1u64..9, count), risks).prop_map(|(costs, risks)| Made { costs, risks })
    })
}

fn select(made: &Made, limits: Limits) -> (Selection, Frontier) {
    let candidates = made.candidates();
    let mut situation = made.clone();
    let mut selector = Selector::new(&candidates, &mut situation, TOLERANCE, limits);
    let plan = selector.within_tolerance();
    let frontier = selector.frontier(&plan.chosen);
    (plan, frontier)
}

/// The textbook way: always the control that takes away most for its cost, until none helps; what is left over can stay.
fn greedy(made: &Made, budget: u64) -> Residual {
    let mut chosen: Vec<u32> = Vec::new();
    let points = |left: Residual| u64::from(left.critical) * 512 + u64::from(left.high) * 64;
    loop {
        let now = points(made.left(&chosen));
        let room = budget - made.cost(&chosen);
        let best = (0..made.costs.len() as u32)
            .filter(|c| !chosen.contains(c) && made.costs[*c as usize] <= room)
            .map(|c| {
                let mut with = chosen.clone();
                with.push(c);
                ((now - points(made.left(&with))) * 1000 / made.costs[c as usize], c)
            })
            .max();
        match best {
            Some((gain, c)) if gain > 0 => chosen.push(c),
            _ => return made.left(&chosen),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn nothing_cheaper_does_as_well(made in made()) {
        let (plan, _) = select(&made, FREE);
        let all: Vec<u32> = (0..made.costs.len() as u32).collect();
        let aims: Vec<Level> = (0..made.risks.len())
            .map(|risk| made.worst(&all, risk).map_or(TOLERANCE, |way| way.level.max(TOLERANCE)))
            .collect();
        let enough = |chosen: &[u32]| {
            (0..made.risks.len()).all(|risk| made.worst(chosen, risk).is_none_or(|way| way.level <= aims[risk]))
        };
        let best = made.subsets().filter(|set| enough(set)).map(|set| made.cost(&set)).min().unwrap();
        prop_assert!(enough(&plan.chosen));
        prop_assert_eq!((plan.cost.0, plan.lower_bound.0, plan.optimal), (best, best, true));
    }

    #[test]
    fn a_situation_that_names_too_little_proves_nothing_wrong(made in made()) {
        let candidates = made.candidates();
        let mut careless = Careless(made.clone());
        let plan = Selector::new(&candidates, &mut careless, TOLERANCE, FREE).within_tolerance();
        let (right, _) = select(&made, FREE);
        prop_assert_eq!((plan.cost, plan.lower_bound, plan.optimal), (right.cost, right.cost, true));
        // Nor where the limit ends the search.
        for evaluations in 2..20 {
            let mut careless = Careless(made.clone());
            let limits = Limits { evaluations, ..FREE };
            let plan = Selector::new(&candidates, &mut careless, TOLERANCE, limits).within_tolerance();
            prop_assert!(plan.lower_bound <= right.cost && right.cost <= plan.cost, "{evaluations}");
            prop_assert!(!plan.optimal || plan.cost == right.cost, "{evaluations}");
        }
    }

    #[test]
    fn every_budget_leaves_as_little_as_any_set_within_it(made in made()) {
        let (_, frontier) = select(&made, FREE);
        prop_assert!(frontier.exact);
        for budget in 0..=made.costs.iter().sum::<u64>() {
            let best = made.subsets().filter(|set| made.cost(set) <= budget).map(|set| made.left(&set)).min().unwrap();
            let point = frontier.within(Effort(budget)).unwrap();
            prop_assert_eq!(made.left(&point.chosen), point.left);
            prop_assert_eq!(point.left, best, "budget {}", budget);
            prop_assert!(point.left <= greedy(&made, budget));
        }
    }

    #[test]
    fn a_bigger_budget_never_leaves_more_even_when_the_search_is_cut_short(made in made(), evaluations in 2u64..30) {
        let (plan, frontier) = select(&made, Limits { evaluations, nodes: 3 });
        prop_assert!(plan.lower_bound <= plan.cost);
        let left: Vec<Residual> = (0..=made.costs.iter().sum::<u64>())
            .filter_map(|budget| frontier.within(Effort(budget)).map(|point| point.left))
            .collect();
        prop_assert!(left.windows(2).all(|two| two[1] <= two[0]));
        for point in &frontier.points {
            prop_assert_eq!(made.left(&point.chosen), point.left);
        }
    }

    #[test]
    fn one_more_control_never_leaves_more(made in made()) {
        let (plan, _) = select(&made, FREE);
        for more in 0..made.costs.len() as u32 {
            let mut with = plan.chosen.clone();
            with.push(more);
            prop_assert!(made.left(&with) <= made.left(&plan.chosen));
        }
    }
}

#[test]
fn of_two_that_cost_the_same_the_preferred_is_taken() {
    let candidates =
        [Candidate { cost: Effort::days(2), preference: 2 }, Candidate { cost: Effort::days(2), preference: 0 }];
    let way = Way { level: Level::Critical, closed_by: vec![vec![0], vec![1]] };
    let mut made = Made { costs: vec![200, 200], risks: vec![vec![way]] };
    let mut selector = Selector::new(&candidates, &mut made, TOLERANCE, FREE);
    assert_eq!(selector.within_tolerance().chosen, [1]);
}
