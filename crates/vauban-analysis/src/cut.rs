//! The smallest cut before a goal: the fewest steps without which no attacker gets there.

use rustc_hash::FxHashSet;
use vauban_model::finding::{CutStep, Goal, GoalCut};
use vauban_paths::generate::AttackGraph;
use vauban_paths::graph::{self, CutLimits, Removable, Severed, Start, StepId, StepSet, cheapest_cut};

use crate::analyse::finding_id;
use crate::engine::Engine;
use crate::paths::{MOST_ROUNDS, holders};

/// Seconds at most on large models; where that is not enough the answer is a cut all the same, and says what is not proven.
const LIMITS: CutLimits = CutLimits { nodes: 200_000, rounds: 500, linear: true };

/// The smallest cut before each goal that somebody gets to. Only steps of threats can be cut, each for the same price: the
/// rest is structure, or the use of a right that somebody was given.
///
/// `anybody`: attackers to whom a goal is granted are left out, since nothing keeps them from it.
pub(crate) fn cuts(
    engine: &Engine<'_>,
    starts: &[Start],
    goals: &[Goal],
    disabled: &StepSet,
    anybody: bool,
) -> Vec<GoalCut> {
    let graph = &engine.graph;
    let price = |node: Removable| match node {
        Removable::Step(step) => finding(engine, step).map(|_| 1),
        Removable::State(_) => None,
    };
    let one_step_each = {
        let mut seen = FxHashSet::default();
        let taken = graph.graph.steps().filter(|step| !disabled.contains(*step)).filter_map(|step| {
            let instance = engine.instances.get(graph.graph.action_of(step)? as usize)?;
            Some((instance.threat, instance.element))
        });
        taken.into_iter().all(|finding| seen.insert(finding))
    };
    let mut out = Vec::new();
    for goal in goals {
        let Some(id) = graph.id(goal.state) else { continue };
        let attacking = if anybody { without_holders(graph, starts, *goal, disabled) } else { starts.to_vec() };
        match cheapest_cut(&graph.graph, &attacking, disabled, id, price, LIMITS) {
            Severed::OutOfReach => {}
            Severed::Never => {
                out.push(GoalCut { goal: goal.state, possible: false, steps: Vec::new(), count: 0, at_least: 0 });
            }
            Severed::By(cut) => {
                let steps = cut.removed.iter().filter_map(|node| match node {
                    Removable::Step(step) => finding(engine, *step),
                    Removable::State(_) => None,
                });
                let mut steps: Vec<CutStep> = steps.collect();
                steps.sort_by(|a, b| a.finding.cmp(&b.finding));
                steps.dedup_by(|a, b| a.finding == b.finding);
                // The search counts steps. Where findings are several steps each, fewer findings may do than it proved of steps.
                let count = steps.len() as u64;
                let at_least = if one_step_each { cut.lower_bound.min(count) } else { count.min(1) };
                out.push(GoalCut { goal: goal.state, possible: true, steps, count, at_least });
            }
        }
    }
    out
}

/// The starts of those who must attack for a goal.
fn without_holders(graph: &AttackGraph, starts: &[Start], goal: Goal, disabled: &StepSet) -> Vec<Start> {
    let mut left = starts.to_vec();
    for _ in 0..MOST_ROUNDS {
        let best = graph::best(&graph.graph, &left, disabled);
        let proof = graph.id(goal.state).and_then(|id| best.proof(&graph.graph, id));
        if proof.is_none_or(|proof| !proof.actions(&graph.graph).is_empty()) {
            break;
        }
        let holders = holders(graph, &best, &[goal]);
        left.retain(|start| !holders.contains(&start.attacker));
    }
    left
}

/// The finding that a step is; `None` for structure and for the use of a right, which is no finding that somebody could mend.
fn finding(engine: &Engine<'_>, step: StepId) -> Option<CutStep> {
    let instance = engine.instances.get(engine.graph.graph.action_of(step)? as usize)?;
    let threat = engine.facts.library.threats.get(instance.threat as usize)?;
    (!threat.only_in_paths).then(|| CutStep {
        threat: instance.threat,
        finding: finding_id(engine.facts, instance.threat, instance.element),
        element: instance.element,
        controls: threat
            .controls
            .iter()
            .filter(|control| control.weakens.is_none())
            .map(|control| control.control.clone())
            .collect(),
    })
}
