//! Laws of attack paths, checked against a plain fixpoint.

use std::collections::BTreeSet;

use vauban_analysis::paths::Query;
use vauban_model::finding::AttackPath;
use vauban_model::model::Model;
use vauban_model::state::State;
use vauban_model::vocabulary::Domain;

use crate::laws_oracle::{Rule, World};
use crate::laws_support::{analysed, session, some_model};

const CASES: u64 = 60;

/// Walks a path from what attackers have, step by step; the reason when one cannot be taken.
fn walk(world: &World, path: &AttackPath, starts: &BTreeSet<State>) -> Result<(), String> {
    let mut held = starts.clone();
    world.close(&mut held, |rule| rule.untold);
    for step in &path.steps {
        let missing =
            step.needs.iter().find(|need| !held.contains(need) && !any_of(world, step.finding.as_deref(), need, &held));
        if let Some(need) = missing {
            return Err(format!("`{}` needs {need:?}, which nobody has yet", step.title));
        }
        let found = world.rules.iter().any(|rule| {
            let same = match (&step.finding, &rule.finding) {
                (Some(wanted), Some((finding, applies))) => {
                    **wanted == **finding && (*applies == vauban_model::finding::Applies::Fires || step.assumed)
                }
                (None, None) => true,
                _ => false,
            };
            same && rule.possible(&held) && step.gains.iter().all(|gain| rule.gains.contains(gain))
        });
        if !found && step.finding.is_some() {
            return Err(format!("`{}` is no finding that gives {:?}", step.title, step.gains));
        }
        if !found && step.gains.iter().any(|gain| !follows(world, gain, &held)) {
            return Err(format!("`{}` does not follow", step.title));
        }
        held.extend(&step.gains);
        world.close(&mut held, |rule| rule.untold);
    }
    if held.contains(&path.goal) { Ok(()) } else { Err("it does not get to its goal".to_owned()) }
}

/// Whether a need stands for one of several, another of which is held.
fn any_of(world: &World, finding: Option<&str>, need: &State, held: &BTreeSet<State>) -> bool {
    world.rules.iter().any(|rule| {
        rule.finding.as_ref().is_some_and(|(id, _)| Some(&**id) == finding)
            && rule.needs.iter().any(|list| list.contains(need) && list.iter().any(|other| held.contains(other)))
    })
}

/// Whether something follows in one structural step.
fn follows(world: &World, gain: &State, held: &BTreeSet<State>) -> bool {
    world.rules.iter().any(|rule| rule.finding.is_none() && rule.gains.contains(gain) && rule.possible(held))
}

#[test]
fn every_path_can_be_walked_and_ends_at_its_goal() {
    let mut walked = 0;
    for seed in 0..CASES {
        let model = some_model(seed);
        let world = World::new(&model);
        let everybody: BTreeSet<State> = world.starts.iter().map(|(_, state)| *state).collect();
        let (sure, open) = (world.confirmed(), world.reach(Rule::is_open));
        for path in &analysed(&model, &[]).paths {
            walk(&world, path, &everybody).unwrap_or_else(|why| panic!("seed {seed}, {}: {why}\n{path:#?}", path.id));
            let known = if path.assumptions.is_empty() { &sure } else { &open };
            assert!(known.contains(&path.goal), "seed {seed}: {} is out of reach", path.id);
            assert_eq!(path.to, path.goal.element);
            let assumed = path.steps.iter().any(|step| step.assumed);
            assert_eq!(assumed, !path.assumptions.is_empty(), "seed {seed}: {}", path.id);
            assert!(path.steps.iter().any(|step| step.threat.is_some()), "a path without an attack is no attack path");
            assert!(path.steps.iter().all(|step| !step.evidence.is_empty()));
            walked += 1;
        }
    }
    assert!(walked > 100, "{walked} paths");
}

#[test]
fn a_path_begins_with_what_its_attacker_has() {
    let (mut alone, mut together) = (0, 0);
    for seed in 0..CASES {
        let model = some_model(seed);
        let world = World::new(&model);
        for path in &analysed(&model, &[]).paths {
            let own: BTreeSet<State> =
                world.starts.iter().filter(|(who, _)| *who == path.attacker).map(|(_, state)| *state).collect();
            let first = own.iter().any(|state| state.element == path.from);
            assert!(first, "seed {seed}: {} begins where its attacker does not", path.id);
            // Now and then attackers only get there together: what one begins with another has to bring.
            *(if walk(&world, path, &own).is_ok() { &mut alone } else { &mut together }) += 1;
        }
    }
    assert!(alone > 20 * together, "{alone} alone, {together} together");
}

/// Every confirmed goal that hurts and can be had is told of, or has the same actions as one that is.
#[test]
fn what_can_be_had_has_a_path() {
    for seed in 0..CASES {
        let model = some_model(seed);
        let sure = World::new(&model).confirmed();
        let session = session(&model);
        let again = World::new(&session.project.model).confirmed();
        assert_eq!(sure.len(), again.len(), "seed {seed}: written down it is the same system");
        for (data, _) in session.project.model.elements(Domain::Data) {
            let query = Query { to: vec![data], top: 3, confirmed_only: true, ..Query::default() };
            let answer = session.paths(&query);
            let wanted = again.iter().any(|state| state.element == data);
            if !answer.paths.is_empty() {
                assert!(wanted, "seed {seed}: {:?}", data);
            }
            if answer.paths.is_empty() && wanted {
                // What somebody may do anyway is no attack.
                assert!(without_attack(&session.project.model, data), "seed {seed}: no path to {data:?}");
            }
        }
    }
}

/// Whether everything at an element that can be had can be had without any threat.
fn without_attack(model: &Model, element: vauban_model::model::ElementRef) -> bool {
    let world = World::new(model);
    let free = world.reach(|rule| rule.finding.is_none());
    world.confirmed().iter().filter(|state| state.element == element).all(|state| free.contains(state))
}

#[test]
fn several_paths_to_one_goal_differ_in_what_is_done() {
    let mut several = 0;
    for seed in 0..CASES {
        let session = session(&some_model(seed));
        for (data, _) in session.project.model.elements(Domain::Data) {
            let answer = session.paths(&Query { to: vec![data], top: 5, ..Query::default() });
            let mut seen = BTreeSet::new();
            for path in &answer.paths {
                let done: BTreeSet<_> = path.steps.iter().filter_map(|step| step.finding.clone()).collect();
                assert!(seen.insert((path.goal, done.clone())), "seed {seed}: {} again: {done:?}", path.id);
            }
            several += usize::from(answer.paths.len() > 1);
        }
    }
    assert!(several > 20, "{several}");
}

#[test]
fn what_is_shown_is_the_beginning_of_what_more_would_show() {
    let mut several = 0;
    for seed in 0..CASES / 2 {
        let session = session(&some_model(seed));
        for (data, _) in session.project.model.elements(Domain::Data) {
            let shown = |top| {
                let answer = session.paths(&Query { to: vec![data], top, ..Query::default() });
                answer.paths.into_iter().map(|path| (path.id, path.probability_per_million)).collect::<Vec<_>>()
            };
            let most = shown(12);
            for top in [1, 2, 5] {
                assert_eq!(shown(top), most[..top.min(most.len())], "seed {seed}, the first {top}");
            }
            several += usize::from(most.len() > 2);
        }
    }
    assert!(several > 5, "{several}");
}

#[test]
fn without_a_choke_point_the_goal_is_out_of_reach() {
    let mut checked = 0;
    for seed in 0..CASES {
        let model = some_model(seed);
        let world = World::new(&model);
        let sure = world.confirmed();
        for point in &analysed(&model, &[]).choke_points {
            let other = |rule: &Rule| rule.finding.as_ref().is_none_or(|(id, _)| **id != *point.finding);
            for goal in &point.goals {
                let left = if sure.contains(goal) {
                    world.reach(|rule| rule.is_sure() && other(rule))
                } else {
                    assert!(world.reach(Rule::is_open).contains(goal), "seed {seed}: {goal:?}");
                    world.reach(|rule| rule.is_open() && other(rule))
                };
                assert!(!left.contains(goal), "seed {seed}: {goal:?} can be had without {}", point.finding);
                checked += 1;
            }
        }
    }
    assert!(checked > 50, "{checked}");
}
