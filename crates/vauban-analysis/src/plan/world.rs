//! Sets of candidates scored as the analysis itself scores: the same graph, the same reckoning, with the steps that the
//! candidates stop left out and the weakened ones dearer.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::finding::{Applies, Goal};
use vauban_model::plan::RiskKind;
use vauban_model::scale::{Impact, Level, Likelihood};
use vauban_paths::generate::Costs;
use vauban_paths::graph::{Best, Graph, StateId, StepId, StepSet, Ways, best, probability_of_cost};
use vauban_risk::score::{Local, reckon};
use vauban_risk::selection::Situation;

use super::candidates::Candidates;
use crate::analyse::finding_id;
use crate::engine::Engine;

/// Steps of the graph times candidates up to which each candidate is tried by itself: some seconds at the most.
const MOST_LEARNT: usize = 10_000_000;

/// Something that carries a risk.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// A finding: its instances.
    Finding(Vec<usize>),
    /// A goal that attackers get to.
    Way(Goal),
}

/// A risk that is scored.
#[derive(Clone, Debug)]
pub(crate) struct Risk {
    pub(crate) kind: RiskKind,
    pub(crate) id: Box<str>,
    pub(crate) subject: Subject,
}

/// A proof in which steps are shared, so that it is likelier than its cost as a tree says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shared {
    impact: Impact,
    goal: StateId,
    steps: Vec<StepId>,
    starts: u64,
}

/// Sets of attackers that are told apart at most, since each costs a solution of its own; a goal beyond is left out of the plan.
const MOST_APART: usize = 6;

/// The graph with some candidates in place.
struct Scored {
    graph: Graph,
    best: Best,
    /// Where accepted steps count as closed: what is accepted is no risk of the goals behind it.
    unaccepted: Option<Best>,
    /// For each set of attackers of [`World::apart`], the same without them.
    apart: Vec<Best>,
    levels: Vec<(Impact, Vec<u64>)>,
    /// Probabilities of shared proofs that are still open, by the number of the proof.
    shared: Vec<(usize, f64)>,
    /// By instance: the likelihood, `None` where it is stopped.
    likelihood: Vec<Option<Likelihood>>,
}

/// What scores sets of candidates on one model.
pub(crate) struct World<'e> {
    engine: &'e Engine<'e>,
    candidates: &'e Candidates,
    pub(crate) risks: Vec<Risk>,
    /// By instance.
    locals: Vec<Local>,
    instance_of: FxHashMap<StepId, u32>,
    costs: Costs,
    /// Instances that some candidate changes.
    touched: Vec<u32>,
    disabled: StepSet,
    accepted: StepSet,
    pool: Vec<Shared>,
    /// Sets of attackers who may do something by right, each sorted.
    apart: Vec<Vec<u32>>,
    /// For goals that some attackers get to by right: the number of their set. The others may have to attack for it.
    apart_of: FxHashMap<StateId, usize>,
    last: Option<(Vec<u32>, Scored)>,
}

/// Whether the best way to a goal takes no attack at all.
fn is_by_right(best: &Best, graph: &Graph, goal: StateId) -> bool {
    best.proof(graph, goal).is_none_or(|proof| proof.actions(graph).is_empty())
}

/// What decisions say of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    /// Nothing, or that it is to be reduced: a plan is about it.
    Open,
    /// It may stay.
    Stays,
    /// It is not there, or will not be.
    Gone,
}

impl<'e> World<'e> {
    /// The world of an engine. All findings and goals are its risks; see [`World::keep`].
    pub(crate) fn new(engine: &'e Engine<'e>, candidates: &'e Candidates, decided: &dyn Fn(&str) -> Decided) -> Self {
        let mut disabled = engine.graph.unsure.clone();
        let mut accepted = StepSet::new();
        let mut findings: BTreeMap<Box<str>, Vec<usize>> = BTreeMap::new();
        let mut instance_of = FxHashMap::default();
        for (at, instance) in engine.instances.iter().enumerate() {
            let step = engine.graph.step_of.get(at).copied().flatten();
            if let Some(step) = step {
                instance_of.insert(step, u32::try_from(at).unwrap_or(u32::MAX));
            }
            if instance.applies != Applies::Fires {
                continue;
            }
            let id = finding_id(engine.facts, instance.threat, instance.element);
            let threat = engine.facts.library.threats.get(instance.threat as usize);
            match (decided(&id), step) {
                (Decided::Gone, Some(step)) => {
                    disabled.insert(step);
                }
                (Decided::Stays, Some(step)) => {
                    accepted.insert(step);
                }
                (Decided::Open, _) if threat.is_some_and(|t| !t.only_in_paths && !t.about_model) => {
                    findings.entry(id).or_default().push(at);
                }
                _ => {}
            }
        }
        let mut risks: Vec<Risk> = findings
            .into_iter()
            .map(|(id, list)| Risk { kind: RiskKind::Finding, id, subject: Subject::Finding(list) })
            .collect();
        risks.extend(engine.goals.iter().map(|goal| {
            let id = format!("{}:{}", goal.state.verb.as_str(), engine.facts.model.id(goal.state.element)).into();
            Risk { kind: RiskKind::Way, id, subject: Subject::Way(*goal) }
        }));
        let touched = candidates.asked.iter().enumerate().filter(|(_, list)| !list.is_empty());
        let touched = touched.filter_map(|(at, _)| u32::try_from(at).ok()).collect();
        let mut world = World {
            engine,
            candidates,
            risks,
            locals: (0..engine.instances.len()).map(|at| engine.local(at)).collect(),
            instance_of,
            costs: Costs::new(engine.methodology),
            touched,
            disabled,
            accepted,
            pool: Vec::new(),
            apart: Vec::new(),
            apart_of: FxHashMap::default(),
            last: None,
        };
        world.remember(&[]);
        // A way that only one more control brings to light is there without it as well: counted from the start, no control
        // seems to raise a risk.
        let alone = u32::try_from(candidates.placed.len()).unwrap_or(u32::MAX);
        if world.size().saturating_mul(candidates.placed.len()) <= MOST_LEARNT {
            for candidate in 0..alone {
                world.remember(&[candidate]);
            }
        }
        // What somebody may do anyway is no attack; that of others, who may not, is.
        let scored = world.score(&[]);
        let goals: Vec<StateId> = world
            .risks
            .iter()
            .filter_map(|risk| match &risk.subject {
                Subject::Way(goal) => engine.graph.id(goal.state),
                Subject::Finding(_) => None,
            })
            .collect();
        let mut nobody: FxHashSet<StateId> = FxHashSet::default();
        for goal in goals {
            if !is_by_right(&scored.best, &scored.graph, goal) {
                continue;
            }
            match world.who_may(&scored, goal) {
                Some(who) => {
                    let at = world.apart.iter().position(|known| *known == who).unwrap_or_else(|| {
                        world.apart.push(who);
                        world.apart.len() - 1
                    });
                    world.apart_of.insert(goal, at);
                }
                None => drop(nobody.insert(goal)),
            }
        }
        let attacked = |goal: &Goal| engine.graph.id(goal.state).is_some_and(|id| !nobody.contains(&id));
        world.risks.retain(|risk| !matches!(&risk.subject, Subject::Way(goal) if !attacked(goal)));
        world.last = None;
        world
    }

    /// The attackers who get to a goal by right, sorted, where some other has to attack for it; `None` where nobody has to, or
    /// too many sets are told apart already.
    fn who_may(&self, scored: &Scored, goal: StateId) -> Option<Vec<u32>> {
        let mut who: Vec<u32> = Vec::new();
        let mut now = None;
        loop {
            let best = now.as_ref().unwrap_or(&scored.best);
            let proof = best.proof(&scored.graph, goal)?;
            if !proof.actions(&scored.graph).is_empty() {
                let is_known = self.apart.contains(&who);
                return (is_known || self.apart.len() < MOST_APART).then_some(who);
            }
            let before = who.len();
            who.extend(proof.starts().map(|start| start.attacker));
            who.sort_unstable();
            who.dedup();
            if who.len() == before {
                return None;
            }
            now = Some(self.best_without(&scored.graph, &self.disabled, &who));
        }
    }

    /// The best derivations of those who are not named.
    fn best_without(&self, graph: &Graph, disabled: &StepSet, who: &[u32]) -> Best {
        let engine = self.engine;
        let mut starts = engine.graph.starts(&engine.beginnings, |attacker| engine.eagerness(attacker));
        starts.retain(|start| who.binary_search(&start.attacker).is_err());
        best(graph, &starts, disabled)
    }

    /// How somebody gets to a goal who may not do it anyway, with accepted steps closed.
    fn reach<'s>(&self, goal: StateId, scored: &'s Scored) -> &'s Best {
        let apart = self.apart_of.get(&goal).and_then(|at| scored.apart.get(*at));
        apart.or(scored.unaccepted.as_ref()).unwrap_or(&scored.best)
    }

    /// Keeps some of the risks.
    pub(crate) fn keep(&mut self, keep: &[bool]) {
        let mut keep = keep.iter();
        self.risks.retain(|_| keep.next().copied().unwrap_or(false));
        self.last = None;
    }

    /// Takes shared proofs of a set's world into account from now on, everywhere. Whether there were new ones.
    pub(crate) fn remember(&mut self, chosen: &[u32]) -> bool {
        let scored = self.score(chosen);
        let mut new = false;
        for (impact, proof) in self.engine.shared_proofs(&scored.graph, &scored.best) {
            let own: u64 = proof.steps.iter().map(|step| scored.graph.cost(*step)).sum();
            let starts = proof.cost_distinct.saturating_sub(own);
            let shared = Shared { impact, goal: proof.goal, steps: proof.steps, starts };
            if !self.pool.contains(&shared) {
                self.pool.push(shared);
                new = true;
            }
        }
        self.last = None;
        new
    }

    /// How many steps the graph has: what a scoring costs.
    pub(crate) fn size(&self) -> usize {
        self.engine.graph.graph.step_count().saturating_mul(1 + self.apart.len())
    }

    fn score(&self, chosen: &[u32]) -> Scored {
        let engine = self.engine;
        let mut placed = vec![false; self.candidates.placed.len()];
        for candidate in chosen {
            placed.get_mut(*candidate as usize).into_iter().for_each(|slot| *slot = true);
        }
        let mut likelihood: Vec<Option<Likelihood>> = engine.instances.iter().map(|i| Some(i.likelihood)).collect();
        let mut disabled = self.disabled.clone();
        let mut changed: FxHashMap<StepId, u64> = FxHashMap::default();
        for at in &self.touched {
            let Some(asked) = self.candidates.asked.get(*at as usize) else { continue };
            let works =
                |by: &[Vec<u32>]| by.iter().all(|set| set.iter().any(|c| placed.get(*c as usize) == Some(&true)));
            let mut levels = 0i32;
            let mut stopped = false;
            for control in asked.iter().filter(|control| works(&control.by)) {
                match control.weakens {
                    None => stopped = true,
                    Some(taken) => levels -= i32::from(taken),
                }
            }
            let (Some(slot), Some(step)) =
                (likelihood.get_mut(*at as usize), engine.graph.step_of.get(*at as usize).copied())
            else {
                continue;
            };
            if stopped {
                *slot = None;
                step.into_iter().for_each(|step| {
                    disabled.insert(step);
                });
            } else if levels < 0
                && let Some(now) = *slot
            {
                let now = now.shifted(levels);
                *slot = Some(now);
                step.into_iter().for_each(|step| {
                    changed.insert(step, self.costs.of(now));
                });
            }
        }
        let whole = &engine.graph.graph;
        let graph = if changed.is_empty() {
            whole.with_costs(|step| whole.cost(step))
        } else {
            whole.with_costs(|step| changed.get(&step).copied().unwrap_or_else(|| whole.cost(step)))
        };
        let best_now = engine.best(&graph, &disabled);
        let mut closed = disabled.clone();
        self.accepted.iter().for_each(|step| {
            closed.insert(step);
        });
        let apart = self.apart.iter().map(|who| self.best_without(&graph, &closed, who)).collect();
        let unaccepted = (!self.accepted.is_empty()).then(|| {
            let starts = engine.graph.starts(&engine.beginnings, |attacker| engine.eagerness(attacker));
            best(&graph, &starts, &closed)
        });
        let levels = engine.through_levels(&graph, &best_now);
        let open = |shared: &Shared| !shared.steps.iter().any(|step| disabled.contains(*step));
        let shared = self
            .pool
            .iter()
            .enumerate()
            .filter(|(_, shared)| open(shared))
            .map(|(at, shared)| {
                let cost = shared.steps.iter().fold(shared.starts, |sum, s| sum.saturating_add(graph.cost(*s)));
                (at, probability_of_cost(cost))
            })
            .collect();
        Scored { graph, best: best_now, unaccepted, apart, levels, shared, likelihood }
    }

    /// The shared proofs that are open, by the instances in them: number of the proof, impact, probability.
    fn lifts(&self, scored: &Scored) -> FxHashMap<u32, Vec<(usize, Impact, f64)>> {
        let mut out: FxHashMap<u32, Vec<(usize, Impact, f64)>> = FxHashMap::default();
        for (at, probability) in &scored.shared {
            let Some(shared) = self.pool.get(*at) else { continue };
            for instance in shared.steps.iter().filter_map(|step| self.instance_of.get(step)) {
                out.entry(*instance).or_default().push((*at, shared.impact, *probability));
            }
        }
        out
    }

    fn instance_level(
        &self,
        at: usize,
        scored: &Scored,
        lifts: &FxHashMap<u32, Vec<(usize, Impact, f64)>>,
    ) -> Option<Level> {
        let own = scored.likelihood.get(at).copied().flatten()?;
        let mut standing = self.engine.standing(at, &scored.best, &scored.levels);
        if let Some(list) = u32::try_from(at).ok().and_then(|at| lifts.get(&at)) {
            standing.through.extend(list.iter().map(|(_, impact, probability)| (*impact, *probability)));
        }
        let local = self.locals.get(at).copied().unwrap_or(Impact::LEAST.into());
        Some(reckon(self.engine.methodology, own, local, &standing).risk)
    }

    fn risk(&self, probability: f64, impact: Impact) -> Level {
        self.engine.methodology.risk(self.engine.methodology.likelihood_of(probability), impact)
    }

    /// The risk of a way, and the shared proof that makes it so, where one does.
    fn way_level(&self, goal: &Goal, scored: &Scored) -> Option<(Level, Option<usize>)> {
        let id = self.engine.graph.id(goal.state)?;
        let reach = self.reach(id, scored);
        let own = (self.risk(probability_of_cost(reach.cost(id)?), goal.impact), None);
        // Shared proofs are of whoever gets there best, which is by right here.
        let is_apart = self.apart_of.contains_key(&id);
        let shared = scored.shared.iter().filter(|_| !is_apart).filter_map(|(at, probability)| {
            let shared = self.pool.get(*at).filter(|shared| shared.goal == id)?;
            let accepted = shared.steps.iter().any(|step| self.accepted.contains(*step));
            (!accepted).then(|| (self.risk(*probability, goal.impact), Some(*at)))
        });
        shared.chain(std::iter::once(own)).max_by_key(|(level, _)| *level)
    }

    fn level(&self, risk: &Risk, scored: &Scored, lifts: &FxHashMap<u32, Vec<(usize, Impact, f64)>>) -> Option<Level> {
        match &risk.subject {
            Subject::Finding(list) => list.iter().filter_map(|at| self.instance_level(*at, scored, lifts)).max(),
            Subject::Way(goal) => self.way_level(goal, scored).map(|(level, _)| level),
        }
    }

    /// Candidates that change one of these steps.
    fn changing(&self, steps: impl IntoIterator<Item = StepId>, out: &mut Vec<u32>) {
        for instance in steps.into_iter().filter_map(|step| self.instance_of.get(&step)) {
            self.changing_instance(*instance as usize, out);
        }
    }

    fn changing_instance(&self, at: usize, out: &mut Vec<u32>) {
        for control in self.candidates.asked.get(at).into_iter().flatten() {
            out.extend(control.by.iter().flatten());
        }
    }

    /// What keeps an instance at a level: candidates of which at least one is needed.
    fn instance_reason(
        &self,
        at: usize,
        level: Level,
        scored: &Scored,
        ways: &[(Impact, Ways<'_>)],
        lifts: &FxHashMap<u32, Vec<(usize, Impact, f64)>>,
    ) -> Vec<u32> {
        let mut out = Vec::new();
        self.changing_instance(at, &mut out);
        let Some(own) = scored.likelihood.get(at).copied().flatten() else { return out };
        let methodology = self.engine.methodology;
        let local = self.locals.get(at).copied().unwrap_or(Impact::LEAST.into());
        let standing = self.engine.standing(at, &scored.best, &scored.levels);
        let least = if standing.has_needs { own.shifted(-2) } else { own };
        if methodology.risk(least, local.impact) >= level {
            return out;
        }
        let Some(step) = self.engine.graph.step_of.get(at).copied().flatten() else { return out };
        if standing.reached.is_some_and(|probability| self.risk(probability, local.impact) >= level) {
            for premise in scored.graph.premises(step) {
                let proof = scored.best.proof(&scored.graph, *premise);
                self.changing(proof.into_iter().flat_map(|proof| proof.steps), &mut out);
            }
            return out;
        }
        for (impact, probability) in &standing.through {
            if self.risk(*probability, *impact) >= level
                && let Some((_, ways)) = ways.iter().find(|(known, _)| known == impact)
            {
                self.changing(ways.steps(step), &mut out);
                return out;
            }
        }
        let list = u32::try_from(at).ok().and_then(|at| lifts.get(&at));
        for (proof, impact, probability) in list.into_iter().flatten() {
            if self.risk(*probability, *impact) >= level
                && let Some(shared) = self.pool.get(*proof)
            {
                self.changing(shared.steps.iter().copied(), &mut out);
                return out;
            }
        }
        out
    }

    fn way_reason(&self, goal: &Goal, scored: &Scored) -> Vec<u32> {
        let mut out = Vec::new();
        let Some((_, shared)) = self.way_level(goal, scored) else { return out };
        if let Some(shared) = shared.and_then(|at| self.pool.get(at)) {
            self.changing(shared.steps.iter().copied(), &mut out);
        } else if let Some(id) = self.engine.graph.id(goal.state) {
            let proof = self.reach(id, scored).proof(&scored.graph, id);
            self.changing(proof.into_iter().flat_map(|proof| proof.steps), &mut out);
        }
        out
    }

    /// Instances that a set stops, and those it makes less likely in themselves.
    pub(crate) fn effects(&self, chosen: &[u32]) -> (FxHashSet<usize>, FxHashSet<usize>) {
        let scored = self.score(chosen);
        let (mut stopped, mut weakened) = (FxHashSet::default(), FxHashSet::default());
        for (at, (now, instance)) in scored.likelihood.iter().zip(&self.engine.instances).enumerate() {
            match now {
                None => drop(stopped.insert(at)),
                Some(now) if *now < instance.likelihood => drop(weakened.insert(at)),
                Some(_) => {}
            }
        }
        (stopped, weakened)
    }
}

impl Situation for World<'_> {
    fn levels(&mut self, chosen: &[u32]) -> Vec<Option<Level>> {
        let scored = self.score(chosen);
        let lifts = self.lifts(&scored);
        let levels = self.risks.iter().map(|risk| self.level(risk, &scored, &lifts)).collect();
        self.last = Some((chosen.to_vec(), scored));
        levels
    }

    fn reasons(&mut self, chosen: &[u32], risks: &[usize]) -> Vec<Vec<u32>> {
        let scored = match self.last.take() {
            Some((set, scored)) if set == chosen => scored,
            _ => self.score(chosen),
        };
        let lifts = self.lifts(&scored);
        let goals: Vec<(Impact, Vec<(StateId, u64)>)> = scored
            .levels
            .iter()
            .map(|(level, _)| {
                let goals = self.engine.goals.iter().filter(|goal| goal.impact >= *level);
                (*level, goals.filter_map(|goal| Some((self.engine.graph.id(goal.state)?, 0))).collect())
            })
            .collect();
        let ways: Vec<(Impact, Ways<'_>)> =
            goals.iter().map(|(impact, goals)| (*impact, Ways::new(&scored.graph, &scored.best, goals))).collect();
        let reason = |risk: &usize| {
            let Some(risk) = self.risks.get(*risk) else { return Vec::new() };
            match &risk.subject {
                Subject::Way(goal) => self.way_reason(goal, &scored),
                Subject::Finding(list) => {
                    let worst = list
                        .iter()
                        .filter_map(|at| Some((self.instance_level(*at, &scored, &lifts)?, std::cmp::Reverse(*at))))
                        .max();
                    worst.map_or_else(Vec::new, |(level, std::cmp::Reverse(at))| {
                        self.instance_reason(at, level, &scored, &ways, &lifts)
                    })
                }
            }
        };
        let out = risks.iter().map(reason).collect();
        drop(ways);
        self.last = Some((chosen.to_vec(), scored));
        out
    }
}
