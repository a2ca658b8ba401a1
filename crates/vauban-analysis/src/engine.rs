//! Between the model and the answers: what applies, the attack graph, and how threats and what is at stake stand in it.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use vauban_model::finding::{Applies, Beginning, CloudStep, Goal, Instance, Notice};
use vauban_model::model::ElementRef;
use vauban_model::scale::{Impact, Level, Likelihood, Methodology};
use vauban_model::state::{State, Verb};
use vauban_paths::generate::{AttackGraph, CloudSteps, Costs, StepKind, generate};
use vauban_paths::graph::{Best, Graph, Proof, StateId, StepId, StepSet, best, probability_of_cost, through};
use vauban_risk::goals::{Stakes, component_stakes, data_stakes, goals, is_rated, stakes_at};
use vauban_risk::score::{Local, Reckoning, Standing, reckon};
use vauban_rules::evaluate::{self, Outcome};
use vauban_rules::facts::Facts;

use crate::analyse::{finding_id, instances};

/// Everything between the model and the output that more than one question needs.
pub(crate) struct Engine<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) methodology: &'a Methodology,
    pub(crate) instances: Vec<Instance>,
    pub(crate) cloud: &'a [CloudStep],
    /// By instance from here on: the cloud step it is.
    first_cloud: usize,
    cloud_of: Vec<u32>,
    cloud_costs: Vec<u64>,
    pub(crate) beginnings: Vec<Beginning>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) graph: AttackGraph,
    /// Steps of false positives: no control stops them, and nothing would bring them about.
    pub(crate) refuted: StepSet,
    pub(crate) data_stakes: Vec<Stakes>,
    pub(crate) component_stakes: Vec<Stakes>,
}

/// What a permission that everybody has lets one reach, and from where. That is told as a step, with the permission as its
/// evidence, instead of taking for granted that the attacker is there.
fn opened(step: &CloudStep) -> Option<impl Iterator<Item = (State, State)>> {
    let ([need], true) = (step.needs.first()?.as_slice(), step.needs.len() == 1) else { return None };
    let sure = step.threat.is_some() && step.applies == Applies::Fires && step.hindered_by.is_empty();
    let sure = sure && step.seen_by.iter().all(|sighting| sighting.how == Notice::Recorded);
    let reached = step.gains.iter().filter(|gain| gain.verb == Verb::Reach);
    (sure && need.verb == Verb::Reach).then(|| reached.map(|gain| (*gain, *need)))
}

impl<'a> Engine<'a> {
    pub(crate) fn new(
        facts: &'a Facts<'a>,
        methodology: &'a Methodology,
        outcomes: &[Outcome],
        cloud: &'a [CloudStep],
    ) -> Self {
        let mut instances = instances(facts, outcomes);
        let library = facts.library;
        let first_cloud = instances.len();
        let costs = Costs::new(methodology);
        let mut cloud_of = Vec::new();
        let mut cloud_instances = Vec::with_capacity(cloud.len());
        let mut cloud_costs = Vec::with_capacity(cloud.len());
        for (at, step) in (0u32..).zip(cloud) {
            let likelihood = crate::cloud::likelihood(step, library, methodology);
            cloud_costs.push(if step.threat.is_none() && likelihood == Likelihood::Certain {
                0
            } else {
                costs.of(likelihood)
            });
            cloud_instances.push(step.threat.map(|threat| {
                let uncontrolled =
                    library.threats.get(threat as usize).map_or(Likelihood::Likely, |threat| threat.likelihood);
                cloud_of.push(at);
                let hypothesis = library.threats.get(threat as usize).is_some_and(|threat| threat.hypothesis);
                let applies = if hypothesis { Applies::Asks } else { step.applies };
                instances.push(Instance { threat, element: step.element, applies, likelihood, uncontrolled });
                u32::try_from(instances.len() - 1).unwrap_or(u32::MAX)
            }));
        }
        let considered = |attacker: u32| {
            let id = &library.attackers[attacker as usize].id;
            methodology.threat_sources.is_empty() || methodology.threat_sources.contains(id)
        };
        let begins = library.attacker_starts(facts);
        let opened: FxHashMap<State, State> = cloud.iter().filter_map(opened).flatten().collect();
        let beginnings = begins
            .iter()
            .copied()
            .filter(|(attacker, _)| considered(*attacker))
            .filter(|(attacker, state)| {
                opened.get(state).is_none_or(|need| begins.binary_search(&(*attacker, *need)).is_err())
            })
            .map(|(attacker, state)| Beginning { attacker, state })
            .collect();
        let data_stakes = data_stakes(facts.model, methodology);
        let component_stakes = component_stakes(facts.model, &facts.index, methodology, &data_stakes);
        let goals = goals(facts.model, methodology, &data_stakes, &component_stakes, &facts.index);
        let steps = CloudSteps { steps: cloud, instances: &cloud_instances, costs: &cloud_costs };
        let graph = generate(facts.model, &facts.index, &library.threats, &instances, steps, methodology);
        Engine {
            refuted: StepSet::with_capacity(graph.graph.step_count()),
            facts,
            methodology,
            instances,
            cloud,
            first_cloud,
            cloud_of,
            cloud_costs,
            beginnings,
            goals,
            graph,
            data_stakes,
            component_stakes,
        }
    }

    /// Takes away the steps of findings that were decided to be false positives: what is not so is no step of any path,
    /// today, without controls, or later.
    pub(crate) fn without(mut self, refuted: &BTreeSet<Box<str>>) -> Self {
        if refuted.is_empty() {
            return self;
        }
        let is_refuted = |instance: &Instance| {
            instance.applies == Applies::Fires
                && refuted.contains(&finding_id(self.facts, instance.threat, instance.element))
        };
        let steps: Vec<StepId> = self
            .instances
            .iter()
            .zip(&self.graph.step_of)
            .filter_map(|(instance, step)| step.filter(|_| is_refuted(instance)))
            .collect();
        let AttackGraph { assumed, stopped, unsure, unproven, .. } = &mut self.graph;
        for set in [assumed, stopped, unsure, unproven, &mut self.refuted] {
            for step in &steps {
                set.insert(*step);
            }
        }
        self
    }

    /// The cloud step that an instance is, if it is one.
    pub(crate) fn cloud_step(&self, instance: u32) -> Option<&'a CloudStep> {
        let at = (instance as usize).checked_sub(self.first_cloud)?;
        self.cloud.get(*self.cloud_of.get(at)? as usize)
    }

    /// How eager an attacker is, as a probability.
    pub(crate) fn eagerness(&self, attacker: u32) -> f64 {
        let likelihood =
            self.facts.library.attackers.get(attacker as usize).map_or(Likelihood::Possible, |a| a.likelihood);
        self.methodology.probability(likelihood)
    }

    pub(crate) fn best(&self, graph: &Graph, disabled: &StepSet) -> Best {
        let starts = self.graph.starts(&self.beginnings, |attacker| self.eagerness(attacker));
        best(graph, &starts, disabled)
    }

    /// For each level of impact among the goals, highest first: by instance, the cost of the best path through its step
    /// to a goal of at least that impact; `u64::MAX` where there is none.
    pub(crate) fn through_levels(&self, graph: &Graph, best: &Best) -> Vec<(Impact, Vec<u64>)> {
        let mut levels: Vec<Impact> = self.goals.iter().map(|goal| goal.impact).collect();
        levels.sort_unstable();
        levels.dedup();
        levels.reverse();
        levels
            .into_par_iter()
            .map(|level| {
                let list: Vec<(StateId, u64)> = self
                    .goals
                    .iter()
                    .filter(|goal| goal.impact >= level)
                    .filter_map(|goal| Some((self.graph.id(goal.state)?, 0)))
                    .collect();
                let by_step = through(graph, best, &list);
                // Most steps are structure: only those of threats are kept.
                let cost = |step: &Option<StepId>| step.and_then(|step| by_step.get(step.0 as usize).copied());
                (level, self.graph.step_of.iter().map(|step| cost(step).unwrap_or(u64::MAX)).collect())
            })
            .collect()
    }

    pub(crate) fn standing(&self, at: usize, best: &Best, levels: &[(Impact, Vec<u64>)]) -> Standing {
        let instance = &self.instances[at];
        let threat = &self.facts.library.threats[instance.threat as usize];
        // A threat that rests on permissions needs its principal.
        let has_needs = !threat.step.needs.is_empty() || threat.grant.is_some();
        let Some(step) = self.graph.step_of[at] else { return Standing { has_needs, ..Standing::default() } };
        let reached = best.step_cost(step).map(probability_of_cost);
        let through = levels
            .iter()
            .filter(|(_, costs)| costs[at] != u64::MAX)
            .map(|(impact, costs)| (*impact, probability_of_cost(costs[at])))
            .collect();
        Standing { has_needs, reached, through }
    }

    /// The attack graph without any control: every threat has its own likelihood.
    pub(crate) fn uncontrolled(&self) -> Graph {
        let costs = Costs::new(self.methodology);
        self.graph.graph.with_costs(|step| match self.graph.steps[step.0 as usize] {
            StepKind::Threat(at) => costs.of(self.instances[at as usize].uncontrolled),
            StepKind::Follows(..) => self.graph.graph.cost(step),
            StepKind::Cloud(at) => self.cloud_costs.get(at as usize).copied().unwrap_or(0),
        })
    }

    /// The attack graph with some threats less likely, by instance.
    pub(crate) fn weakened(&self, to: &[Option<Likelihood>]) -> Graph {
        let costs = Costs::new(self.methodology);
        self.graph.graph.with_costs(|step| {
            let weaker = match self.graph.steps.get(step.0 as usize) {
                Some(StepKind::Threat(at)) => to.get(*at as usize).copied().flatten(),
                _ => None,
            };
            weaker.map_or_else(|| self.graph.graph.cost(step), |likelihood| costs.of(likelihood))
        })
    }

    /// How all instances of which `of` gives a likelihood stand without the disabled steps, and how what is at stake stands.
    pub(crate) fn world(
        &self,
        graph: &Graph,
        disabled: &StepSet,
        of: impl Fn(usize, &Instance) -> Option<Likelihood> + Sync,
    ) -> World {
        let best = self.best(graph, disabled);
        World { threats: self.scores_by(graph, &best, of), goals: self.goal_risks(graph, &best) }
    }

    /// The risk of each goal that somebody gets to by doing something: what one may do anyway is no attack.
    fn goal_risks(&self, graph: &Graph, best: &Best) -> Vec<(ElementRef, Level)> {
        self.goals
            .par_iter()
            .filter_map(|goal| {
                let proof = best.proof(graph, self.graph.id(goal.state)?)?;
                let likelihood = self.methodology.likelihood_of(probability_of_cost(proof.cost_distinct));
                let risk = self.methodology.risk(likelihood, goal.impact);
                (!proof.actions(graph).is_empty()).then_some((goal.state.element, risk))
            })
            .collect()
    }

    /// How all instances of which `of` gives a likelihood stand, as the best ways go.
    pub(crate) fn scores_by(
        &self,
        graph: &Graph,
        best: &Best,
        of: impl Fn(usize, &Instance) -> Option<Likelihood> + Sync,
    ) -> Vec<Option<Reckoning>> {
        let levels = self.through_levels(graph, best);
        let lifts = self.lifts(graph, best);
        (0..self.instances.len())
            .into_par_iter()
            .map(|at| {
                let instance = &self.instances[at];
                let own = of(at, instance)?;
                let mut standing = self.standing(at, best, &levels);
                if let Some(lift) = u32::try_from(at).ok().and_then(|at| lifts.get(&at)) {
                    standing.through.extend(lift);
                }
                Some(reckon(self.methodology, own, self.local(at), &standing))
            })
            .collect()
    }

    /// The impact of an instance at its own element.
    pub(crate) fn local(&self, at: usize) -> Local {
        let Some(instance) = self.instances.get(at) else { return Impact::LEAST.into() };
        let threat = &self.facts.library.threats[instance.threat as usize];
        let (model, index) = (self.facts.model, &self.facts.index);
        let stakes = stakes_at(model, index, instance.element, &self.data_stakes, &self.component_stakes);
        // What a threat does by itself is bounded by how bad it is in itself: an error page that says too much is
        // not the loss of all data behind it. What it leads to is counted through its paths.
        let severity = evaluate::severity(instance.threat, instance.element, self.facts);
        // Unknown is not nothing. What is missing in the model itself hurts nobody by itself, though.
        if !threat.about_model && !is_rated(model, index, instance.element) {
            return Local::assumed(severity);
        }
        let most = match severity {
            Level::Low => Impact::new(2),
            Level::Medium => Impact::new(4),
            Level::High | Level::Critical => Impact::MOST,
        };
        stakes.of_stride(&threat.stride).min(most).into()
    }

    /// For the threats on the best paths to the worst goals: impact and true probability of those paths.
    ///
    /// The costs that [`through()`] works with count what two premises share twice, so a path on which code and account
    /// come from one break-in looks rarer than it is. A written-out proof counts each step once; as many as matter are
    /// written out.
    pub(crate) fn lifts(&self, graph: &Graph, best: &Best) -> FxHashMap<u32, Vec<(Impact, f64)>> {
        let mut out: FxHashMap<u32, Vec<(Impact, f64)>> = FxHashMap::default();
        for (impact, proof) in self.shared_proofs(graph, best) {
            let probability = probability_of_cost(proof.cost_distinct);
            for action in proof.actions(graph) {
                out.entry(action).or_default().push((impact, probability));
            }
        }
        out
    }

    /// The best paths to the worst goals that are likelier than the sum of their costs says, with their impact.
    pub(crate) fn shared_proofs(&self, graph: &Graph, best: &Best) -> Vec<(Impact, Proof)> {
        const PROOFS: usize = 500;
        let mut ranked: Vec<(std::cmp::Reverse<Impact>, u64, StateId)> = self
            .goals
            .iter()
            .filter_map(|goal| {
                let id = self.graph.id(goal.state)?;
                Some((std::cmp::Reverse(goal.impact), best.cost(id)?, id))
            })
            .collect();
        ranked.sort_unstable_by_key(|(impact, cost, id)| (*impact, *cost, id.0));
        let mut out = Vec::new();
        for (std::cmp::Reverse(impact), _, id) in ranked.into_iter().take(PROOFS) {
            let Some(proof) = best.proof(graph, id) else { continue };
            if proof.cost_distinct != proof.cost {
                out.push((impact, proof));
            }
        }
        out
    }
}

/// How one world stands: as it is, without controls, or once what was decided is done.
#[derive(Clone)]
pub(crate) struct World {
    /// By instance.
    pub(crate) threats: Vec<Option<Reckoning>>,
    /// The elements that attack paths end at, with the risk of getting there.
    pub(crate) goals: Vec<(ElementRef, Level)>,
}
