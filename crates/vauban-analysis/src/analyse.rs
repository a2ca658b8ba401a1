//! From a model to findings, questions and attack paths: the main line of the analysis.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::finding::{
    Applies, Beginning, CloudStep, ControlNeed, Decision, Finding, Goal, Instance, Notice, Score, Status, Treatment,
};
use vauban_model::model::{ElementRef, Model};
use vauban_model::report::{Analysis, Cell, CellCount, Mitigated, RiskOf};
use vauban_model::scale::{Impact, Level, Likelihood, Methodology};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::{Domain, fact, relation};
use vauban_model::{Diagnostic, Severity, Span, did_you_mean};
use vauban_paths::generate::{AttackGraph, CloudSteps, Costs, StepKind, generate};
use vauban_paths::graph::{Best, Graph, Proof, StateId, StepId, StepSet, best, probability_of_cost, through};
use vauban_risk::decisions::{Book, weakened_to};
use vauban_risk::goals::{Stakes, component_stakes, data_stakes, goals, is_rated, stakes_at};
use vauban_risk::score::{Local, Reckoning, Standing, reckon};
use vauban_rules::bits::Truth;
use vauban_rules::condition::witness::{Atom, Witness};
use vauban_rules::evaluate::{self, Outcome, evaluate};
use vauban_rules::facts::Facts;
use vauban_rules::library::Library;
use vauban_rules::{evidence, sentence};

use crate::foreign::Rules;
use crate::questions::{self, Asking};

/// How to analyse.
#[derive(Clone, Debug)]
pub struct Options {
    /// Also threats that are marked experimental.
    pub experimental: bool,
    /// The day decisions are judged on, `YYYY-MM-DD`; `None`: nothing lapses.
    pub today: Option<String>,
    /// Attack paths to report at most.
    pub max_paths: usize,
    /// Questions to report at most.
    pub max_questions: usize,
    /// Open findings per component that the default view shows on average.
    pub shown_per_component: usize,
    /// Whose rules are applied.
    pub rules: Rules,
    /// Ids of findings whose decision is in force no longer, by the record: they count as undecided.
    pub void: std::collections::BTreeSet<Box<str>>,
    /// Controls that carry out the decision on a finding, by the record: `control` or `control@element`.
    pub planned: std::collections::BTreeMap<Box<str>, Vec<Box<str>>>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            experimental: false,
            today: None,
            max_paths: 20,
            max_questions: 2_000,
            shown_per_component: 3,
            rules: Rules::Ours,
            void: std::collections::BTreeSet::new(),
            planned: std::collections::BTreeMap::new(),
        }
    }
}

/// The id of a threat at an element.
pub(crate) fn finding_id(facts: &Facts<'_>, threat: u32, element: ElementRef) -> Box<str> {
    let rule = &facts.library.threats[threat as usize].id;
    let place = if element.domain == Domain::System { "system" } else { facts.model.id(element) };
    format!("{rule}@{place}").into()
}

/// The elements that a threat at an element is about: itself, the ends of a flow, who uses an identity, who keeps data.
pub(crate) fn elements_of(facts: &Facts<'_>, element: ElementRef) -> Vec<ElementRef> {
    const MOST: usize = 50;
    let mut out = vec![element];
    let component = |index: u32| ElementRef { domain: Domain::Component, index };
    let mut add = |list: &[u32]| out.extend(list.iter().take(MOST).map(|index| component(*index)));
    match element.domain {
        Domain::Flow => {
            add(facts.row(relation::FLOW_SOURCE, element.at()));
            add(facts.row(relation::FLOW_TARGET, element.at()));
        }
        Domain::Identity => add(facts.row(relation::IDENTITY_USED_BY_COMPONENTS, element.at())),
        Domain::Data => {
            add(facts.row(relation::DATA_STORED_IN, element.at()));
            add(facts.row(relation::DATA_HANDLED_BY, element.at()));
        }
        Domain::Boundary => add(facts.row(relation::BOUNDARY_MEMBERS, element.at())),
        Domain::Component | Domain::System => {}
    }
    let mut seen = FxHashSet::default();
    out.retain(|element| seen.insert(*element));
    out
}

/// Technologies and controls that the model names and the library does not have: what, name, place, closest known.
pub(crate) fn unknown_names(facts: &Facts<'_>) -> Vec<(&'static str, String, Span, Option<String>)> {
    let library = facts.library;
    let mut out = Vec::new();
    let mut seen: FxHashSet<(&str, &str)> = FxHashSet::default();
    for component in &facts.model.components {
        let Some(stated) = component.element.fact(fact::TECHNOLOGY) else { continue };
        for word in component.element.words(fact::TECHNOLOGY) {
            if library.technology(word).is_none() && seen.insert(("technology", word)) {
                let known = library.technologies.iter().map(|t| &*t.id);
                let guess = did_you_mean(word, known).map(str::to_owned);
                out.push(("technology", word.to_string(), stated.span, guess));
            }
        }
    }
    for domain in Domain::ALL {
        for (_, element) in facts.model.elements(domain) {
            for statement in &element.controls {
                if library.control(&statement.control).is_none() && seen.insert(("control", &statement.control)) {
                    let known = library.controls.iter().map(|c| &*c.id);
                    let guess = did_you_mean(&statement.control, known).map(str::to_owned);
                    out.push(("control", statement.control.to_string(), statement.span, guess));
                }
            }
        }
    }
    out
}

/// Threats at elements, in order of the library and the elements.
pub fn instances(facts: &Facts<'_>, outcomes: &[Outcome]) -> Vec<Instance> {
    let library = facts.library;
    let lists: Vec<Vec<Instance>> = (0u32..)
        .zip(outcomes)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|(threat, outcome)| {
            let entry = &library.threats[threat as usize];
            let weakened = library.rules[threat as usize].controls.iter().any(|control| control.weakens.is_some());
            let mut list = Vec::new();
            for (bits, applies) in
                [(&outcome.fires, Applies::Fires), (&outcome.asks, Applies::Asks), (&outcome.stopped, Applies::Stopped)]
            {
                // A bug that may be there is never known to be there.
                let applies = if entry.hypothesis && applies == Applies::Fires { Applies::Asks } else { applies };
                for at in bits.iter() {
                    let element = ElementRef::new(entry.on, at);
                    let uncontrolled = entry.likelihood;
                    let likelihood = if weakened { evaluate::likelihood(threat, element, facts) } else { uncontrolled };
                    // What nobody knows to be so is assumed at one level less.
                    let likelihood =
                        if applies == Applies::Asks && !entry.hypothesis { likelihood.shifted(-1) } else { likelihood };
                    list.push(Instance { threat, element, applies, likelihood, uncontrolled });
                }
            }
            list.sort_by_key(|instance| instance.element);
            list
        })
        .collect();
    lists.into_iter().flatten().collect()
}

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
    fn uncontrolled(&self) -> Graph {
        let costs = Costs::new(self.methodology);
        self.graph.graph.with_costs(|step| match self.graph.steps[step.0 as usize] {
            StepKind::Threat(at) => costs.of(self.instances[at as usize].uncontrolled),
            StepKind::Follows(..) => self.graph.graph.cost(step),
            StepKind::Cloud(at) => self.cloud_costs.get(at as usize).copied().unwrap_or(0),
        })
    }

    /// The attack graph with some threats less likely, by instance.
    fn weakened(&self, to: &[Option<Likelihood>]) -> Graph {
        let costs = Costs::new(self.methodology);
        self.graph.graph.with_costs(|step| {
            let weaker = match self.graph.steps.get(step.0 as usize) {
                Some(StepKind::Threat(at)) => to.get(*at as usize).copied().flatten(),
                _ => None,
            };
            weaker.map_or_else(|| self.graph.graph.cost(step), |likelihood| costs.of(likelihood))
        })
    }

    /// How all instances of which `of` gives a likelihood stand without the disabled steps.
    fn scores(
        &self,
        graph: &Graph,
        disabled: &StepSet,
        of: impl Fn(usize, &Instance) -> Option<Likelihood> + Sync,
    ) -> Vec<Option<Reckoning>> {
        self.scores_by(graph, &self.best(graph, disabled), of)
    }

    /// The same, and how what is at stake stands.
    fn world(
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

    fn scores_by(
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
struct World {
    /// By instance.
    threats: Vec<Option<Reckoning>>,
    /// The elements that attack paths end at, with the risk of getting there.
    goals: Vec<(ElementRef, Level)>,
}

/// The scores of all findings in sentences, each written once however many findings have it.
struct Told(FxHashMap<Reckoning, Score>);

impl Told {
    fn new<'a>(methodology: &Methodology, all: impl Iterator<Item = &'a Reckoning>) -> Self {
        let mut scores = FxHashMap::default();
        for reckoning in all {
            scores.entry(*reckoning).or_insert_with(|| reckoning.score(methodology));
        }
        Told(scores)
    }

    fn score(&self, reckoning: Option<Reckoning>) -> Option<Score> {
        self.0.get(&reckoning?).cloned()
    }
}

/// Analyses a model, with the steps that its infrastructure permits.
pub fn analyse(
    model: &Model,
    cloud: &[CloudStep],
    library: &Library,
    methodology: &Methodology,
    decisions: &[Decision],
    options: &Options,
) -> Analysis {
    let facts = Facts::new(model, library);
    let outcomes = outcomes(&facts, methodology, options.experimental);
    let engine = Engine::new(&facts, methodology, &outcomes, cloud);
    let mut analysis = Analysis { threats_considered: library.threats.len(), ..Analysis::default() };
    for (what, name, span, guess) in unknown_names(&facts) {
        let help = guess.map_or_else(
            || format!("see `vauban library list {}`", if what == "control" { "controls" } else { "technologies" }),
            |guess| format!("did you mean `{guess}`?"),
        );
        let code = if what == "control" { "unknown-control" } else { "unknown-technology" };
        let message = format!("the library has no {what} `{name}`; nothing is concluded from it");
        analysis.diagnostics.push(Diagnostic::new(Severity::Warning, code, Some(span), message).help(help));
    }

    // What is so today.
    let current = engine
        .world(&engine.graph.graph, &engine.graph.unsure, |_, i| (i.applies == Applies::Fires).then_some(i.likelihood));
    // What would be so without any control: the same, unless a control is there.
    let controlled = engine
        .instances
        .iter()
        .any(|i| i.applies == Applies::Stopped || i.applies == Applies::Fires && i.likelihood != i.uncontrolled);
    let inherent = if controlled {
        engine.world(&engine.uncontrolled(), &engine.graph.assumed, |_, i| {
            (i.applies == Applies::Fires).then_some(i.uncontrolled)
        })
    } else {
        current.clone()
    };
    // What will be so once decisions are carried out: treated threats can no longer be steps.
    let mut book = Book::new(decisions, options.today.as_deref());
    let mut decided: Vec<Option<(u32, Treatment)>> = vec![None; engine.instances.len()];
    // Those that stay possible, since their decision's controls only make them less likely.
    let mut weakened: Vec<Option<Likelihood>> = vec![None; engine.instances.len()];
    let mut treated = engine.graph.unsure.clone();
    let mut any_treated = false;
    if !decisions.is_empty() {
        for (at, instance) in engine.instances.iter().enumerate() {
            if instance.applies == Applies::Stopped {
                book.carried_out(&finding_id(&facts, instance.threat, instance.element));
            }
            if instance.applies != Applies::Fires {
                continue;
            }
            let id = finding_id(&facts, instance.threat, instance.element);
            decided[at] = book.find(&id).filter(|_| !options.void.contains(&id));
            let Some((_, treatment @ (Treatment::Mitigate | Treatment::Avoid | Treatment::FalsePositive))) =
                decided[at]
            else {
                continue;
            };
            if treatment == Treatment::Mitigate
                && let Some(named) = options.planned.get(&id)
            {
                let needs = control_needs(&facts, methodology, instance.threat, instance.element);
                weakened[at] = weakened_to(instance.likelihood, named, &needs);
            }
            any_treated |= weakened[at].is_some();
            if let (None, Some(step)) = (weakened[at], engine.graph.step_of[at]) {
                treated.insert(step);
                any_treated = true;
            }
        }
        analysis.diagnostics.extend(book.diagnostics());
    }
    let residual = if any_treated {
        engine.world(&engine.weakened(&weakened), &treated, |at, i| {
            (i.applies == Applies::Fires).then_some(weakened[at].unwrap_or(i.likelihood))
        })
    } else {
        current.clone()
    };

    let goals = [inherent.goals, current.goals, residual.goals];
    let (current, inherent, residual) = (current.threats, inherent.threats, residual.threats);
    let fired: Vec<usize> = (0..engine.instances.len())
        .filter(|at| {
            let instance = &engine.instances[*at];
            instance.applies == Applies::Fires && !library.threats[instance.threat as usize].only_in_paths
        })
        .collect();
    let told =
        Told::new(methodology, fired.iter().flat_map(|at| [&current[*at], &inherent[*at], &residual[*at]]).flatten());
    // The same threat by the same principal is one finding, told by its worst step.
    let mut fired = fired;
    let mut more: FxHashMap<usize, Vec<u32>> = FxHashMap::default();
    if !cloud.is_empty() {
        let mut worst: FxHashMap<(u32, ElementRef), usize> = FxHashMap::default();
        for at in &fired {
            let at = *at;
            let instance = &engine.instances[at];
            if engine.cloud_step(u32::try_from(at).unwrap_or(u32::MAX)).is_none() {
                continue;
            }
            let key = (instance.threat, instance.element);
            let rank = |at: usize| current[at].as_ref().map(|r| (r.risk, r.impact, r.likelihood));
            match worst.get(&key).copied() {
                None => {
                    worst.insert(key, at);
                    more.insert(at, Vec::new());
                }
                Some(known) if rank(at) > rank(known) => {
                    let mut others = more.remove(&known).unwrap_or_default();
                    others.push(u32::try_from(known).unwrap_or(u32::MAX));
                    worst.insert(key, at);
                    more.insert(at, others);
                }
                Some(known) => more.entry(known).or_default().push(u32::try_from(at).unwrap_or(u32::MAX)),
            }
        }
        let is_cloud = |at: usize| engine.cloud_step(u32::try_from(at).unwrap_or(u32::MAX)).is_some();
        fired.retain(|at| !is_cloud(*at) || more.contains_key(at));
    }
    analysis.findings = fired
        .into_par_iter()
        .filter_map(|at| {
            let mut residual = told.score(residual[at])?;
            let decision = decided[at];
            if weakened[at].is_some() {
                let mut because = residual.because.to_vec();
                because.push(
                    "It is decided (mitigate); the controls that carry it out weaken it and do not stop it.".to_owned(),
                );
                residual.because = because.into();
            } else if let Some((_, treatment @ (Treatment::Mitigate | Treatment::Avoid | Treatment::FalsePositive))) =
                decision
            {
                residual = Score {
                    likelihood: Likelihood::Rare,
                    impact: residual.impact,
                    risk: methodology.risk(Likelihood::Rare, residual.impact),
                    because: vec![format!("It is decided ({}); once that is done it is rare.", treatment.as_str())]
                        .into(),
                };
            }
            let (current, inherent) = (told.score(current[at])?, told.score(inherent[at])?);
            let instance = &engine.instances[at];
            if let Some(step) = engine.cloud_step(u32::try_from(at).unwrap_or(u32::MAX)) {
                let others: Vec<&CloudStep> =
                    more.get(&at).into_iter().flatten().filter_map(|other| engine.cloud_step(*other)).collect();
                let scores = [current, inherent, residual];
                return Some(cloud_finding(&facts, methodology, instance, step, &others, scores, decision));
            }
            Some(finding(&facts, methodology, instance, current, inherent, residual, decision))
        })
        .collect();
    drop((current, inherent, residual));

    // Questions are ranked in a world where every open threat is assumed.
    let assumed = engine.scores(&engine.graph.graph, &engine.graph.stopped, |_, i| {
        (i.applies == Applies::Asks).then_some(i.likelihood)
    });
    let mut asking: Vec<Asking> = (0u32..)
        .zip(&assumed)
        .filter_map(|(instance, score)| {
            let score = score.as_ref()?;
            let levels = [1u32, 8, 64, 512];
            let weight = levels[score.risk as usize] * (1 + u32::from(score.impact.level()))
                + u32::try_from(score.likelihood.index()).unwrap_or(0);
            Some(Asking { instance, risk: score.risk, weight })
        })
        .collect();
    drop(assumed);
    let of_cloud: Vec<(&CloudStep, Level, u32)> = asking
        .iter()
        .filter_map(|asking| Some((engine.cloud_step(asking.instance)?, asking.risk, asking.weight)))
        .collect();
    asking.retain(|asking| {
        let threat = engine.instances[asking.instance as usize].threat;
        let threat = &library.threats[threat as usize];
        engine.cloud_step(asking.instance).is_none() && !threat.hypothesis && !threat.only_in_paths
    });
    let (questions, total) = questions::rank(&facts, &outcomes, &engine.instances, &asking, options.max_questions);
    analysis.questions = questions;
    analysis.questions_total = total;
    let assumptions = crate::cloud::questions(&of_cloud, &facts);
    analysis.questions_total += assumptions.len();
    if !assumptions.is_empty() {
        analysis.questions.extend(assumptions);
        analysis.questions.sort_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.id.cmp(&b.id)));
        analysis.questions.truncate(options.max_questions);
    }

    let (paths, choke_points) = crate::paths::report(&engine, options.max_paths);
    let mut on_path: FxHashMap<&str, Vec<Box<str>>> = FxHashMap::default();
    for path in &paths {
        for step in &path.steps {
            if let (Some(finding), false) = (&step.finding, step.assumed) {
                let list = on_path.entry(finding).or_default();
                if list.last() != Some(&path.id) {
                    list.push(path.id.clone());
                }
            }
        }
    }
    for finding in &mut analysis.findings {
        if let Some(ids) = on_path.get(&*finding.id) {
            finding.paths.clone_from(ids);
        }
    }
    analysis.paths = paths;
    analysis.choke_points = choke_points;
    sort_and_show(&mut analysis.findings, library, options, model);
    analysis.mitigated = mitigated(&facts, methodology, &engine.instances);
    analysis.matrix = matrix(&facts, &engine.instances);
    analysis.risks = risks(&analysis, &goals, model);
    let known = |truth| match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    };
    analysis.kinds = (0..model.components.len()).map(|at| facts.symbol(Domain::Component, fact::KIND, at)).collect();
    analysis.used_by_people = (0..model.components.len())
        .map(|at| facts.truth(Domain::Component, fact::USED_BY_PEOPLE, at) == Truth::True)
        .collect();
    analysis.encrypted =
        (0..model.flows.len()).map(|at| known(facts.truth(Domain::Flow, fact::ENCRYPTED, at))).collect();
    analysis
}

/// Where the threats apply that the methodology's frameworks look for: with `stride` all that have a STRIDE letter, with
/// `attack` all that are tied to an ATT&CK technique; with neither, all.
pub(crate) fn outcomes(facts: &Facts<'_>, methodology: &Methodology, experimental: bool) -> Vec<Outcome> {
    let mut outcomes = evaluate(facts, experimental);
    let asked = |name: &str| methodology.frameworks.iter().any(|framework| &**framework == name);
    let (stride, attack) = (asked("stride"), asked("attack"));
    if stride || !attack {
        return outcomes;
    }
    for (outcome, threat) in outcomes.iter_mut().zip(&facts.library.threats) {
        if threat.attack.is_empty() {
            let none = vauban_rules::bits::Bits::none(facts.count(threat.on));
            *outcome = Outcome { fires: none.clone(), asks: none.clone(), asks_control: none.clone(), stopped: none };
        }
    }
    outcomes
}

fn finding(
    facts: &Facts<'_>,
    methodology: &Methodology,
    instance: &Instance,
    current: Score,
    inherent: Score,
    residual: Score,
    decision: Option<(u32, Treatment)>,
) -> Finding {
    let library = facts.library;
    let element = instance.element;
    let threat = &library.threats[instance.threat as usize];
    let rule = &library.rules[instance.threat as usize];
    let (_, witness) = evaluate::explain(instance.threat, element, facts);
    let data = sentence::data_at_stake(element, facts);
    let mut elements = elements_of(facts, element);
    for (_, bound) in &witness.bindings {
        for other in bound {
            if elements.len() < 50 && !elements.contains(other) {
                elements.push(*other);
            }
        }
    }
    let controls = control_needs(facts, methodology, instance.threat, element);
    let mut atoms: Vec<Atom> = witness.atoms.clone();
    for control in &rule.controls {
        let (truth, place) = evaluate::control_at(control, element, facts);
        if truth != Truth::Unknown {
            atoms.push(Atom::Control(place, control.control));
        }
    }
    let group = controls
        .iter()
        .find(|need| need.weakens.is_none())
        .map_or_else(|| threat.id.clone(), |need| format!("missing:{}", need.control).into());
    Finding {
        id: finding_id(facts, instance.threat, element),
        threat: instance.threat,
        title: sentence::fill(&rule.title, element, &witness, &data, facts).into(),
        description: describe(facts, instance.threat, element, &witness, &data).into(),
        elements,
        severity: evaluate::severity(instance.threat, element, facts),
        stride: threat.stride.clone(),
        status: decision.map_or(Status::Open, |(_, treatment)| treatment.status()),
        current,
        inherent,
        residual,
        group,
        evidence: evidence::evidence(facts, element, &atoms),
        controls,
        paths: Vec::new(),
        decision: decision.map(|(at, _)| at),
        shown: false,
        data,
    }
}

/// A finding that rests on permissions.
fn cloud_finding(
    facts: &Facts<'_>,
    methodology: &Methodology,
    instance: &Instance,
    step: &CloudStep,
    others: &[&CloudStep],
    [current, inherent, residual]: [Score; 3],
    decision: Option<(u32, Treatment)>,
) -> Finding {
    const MOST: usize = 50;
    let threat = &facts.library.threats[instance.threat as usize];
    let controls = control_needs(facts, methodology, instance.threat, instance.element);
    let group = controls
        .iter()
        .find(|need| need.weakens.is_none())
        .map_or_else(|| threat.id.clone(), |need| format!("missing:{}", need.control).into());
    let mut elements = vec![step.element];
    let mut also = Vec::new();
    for (at, other) in std::iter::once(&step).chain(others).enumerate() {
        if !elements.contains(&other.target) && elements.len() < MOST {
            elements.push(other.target);
            if at > 0 {
                also.push(sentence::name(other.target, facts));
            }
        }
        for element in other.bindings.iter().filter_map(|binding| binding.element) {
            if !elements.contains(&element) && elements.len() < MOST {
                elements.push(element);
            }
        }
    }
    let mut description = crate::cloud::sentence(step, crate::cloud::Sentence::Says, facts);
    if !description.ends_with(['.', '!', '?']) {
        description.push('.');
    }
    if !also.is_empty() {
        description.push_str(&format!(" The same holds for {}.", sentence::list(&also)));
    }
    let mut title = crate::cloud::sentence(step, crate::cloud::Sentence::Title, facts);
    if !also.is_empty() {
        title.push_str(&format!(" (and {} more)", also.len()));
    }
    let mut evidence = step.evidence.clone();
    for other in others.iter().take(MOST) {
        for piece in &other.evidence {
            if evidence.len() < MOST && !evidence.contains(piece) {
                evidence.push(piece.clone());
            }
        }
    }
    Finding {
        id: finding_id(facts, instance.threat, instance.element),
        threat: instance.threat,
        title: title.into(),
        description: description.into(),
        data: sentence::data_at_stake(step.target, facts),
        elements,
        severity: threat.severity,
        stride: threat.stride.clone(),
        status: decision.map_or(Status::Open, |(_, treatment)| treatment.status()),
        current,
        inherent,
        residual,
        group,
        evidence,
        controls,
        paths: Vec::new(),
        decision: decision.map(|(at, _)| at),
        shown: false,
    }
}

pub(crate) fn describe(facts: &Facts<'_>, threat: u32, element: ElementRef, witness: &Witness, data: &[u32]) -> String {
    let rule = &facts.library.rules[threat as usize];
    let mut text = sentence::fill(&rule.says, element, witness, data, facts);
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// The controls that stop or weaken a threat, and what is known of each at an element.
pub(crate) fn control_needs(
    facts: &Facts<'_>,
    methodology: &Methodology,
    threat: u32,
    element: ElementRef,
) -> Vec<ControlNeed> {
    let mut needs: Vec<ControlNeed> = facts.library.rules[threat as usize]
        .controls
        .iter()
        .map(|control| {
            let (truth, place) = evaluate::control_at(control, element, facts);
            ControlNeed {
                control: facts.library.controls[control.control as usize].id.clone(),
                weakens: control.weakens,
                present: match truth {
                    Truth::True => Some(true),
                    Truth::False => Some(false),
                    Truth::Unknown => None,
                },
                evidence: evidence::of_control(facts, place, control.control),
            }
        })
        .collect();
    // Stopping before weakening; among those, the kinds the methodology prefers, then the order of the threat's page.
    let preference = |need: &ControlNeed| {
        let kind = facts.library.control(&need.control).map(|at| facts.library.controls[at as usize].kind.as_str());
        methodology.control_order.iter().position(|preferred| Some(&**preferred) == kind).unwrap_or(usize::MAX)
    };
    needs.sort_by_key(|need| (need.weakens.is_some(), preference(need)));
    needs
}

/// Worst first; then what the default view shows.
fn sort_and_show(findings: &mut [Finding], library: &Library, options: &Options, model: &Model) {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| {
            (
                !f.status.is_open(),
                library.threats[f.threat as usize].about_model,
                std::cmp::Reverse((f.current.risk, f.severity, f.current.impact, f.current.likelihood)),
                f.paths.is_empty(),
            )
        };
        key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
    });
    let in_scope =
        (0..model.components.len()).filter(|at| model.in_scope(ElementRef::new(Domain::Component, *at))).count();
    let mut budget = options.shown_per_component.saturating_mul(in_scope.max(1));
    for finding in findings.iter_mut().filter(|finding| finding.status.is_open()) {
        if budget == 0 {
            break;
        }
        finding.shown = true;
        budget -= 1;
    }
}

fn mitigated(facts: &Facts<'_>, methodology: &Methodology, instances: &[Instance]) -> Vec<Mitigated> {
    instances
        .par_iter()
        .filter(|instance| instance.applies == Applies::Stopped)
        .filter_map(|instance| {
            let needs = control_needs(facts, methodology, instance.threat, instance.element);
            let need = needs.into_iter().find(|need| need.weakens.is_none() && need.present == Some(true))?;
            Some(Mitigated {
                id: finding_id(facts, instance.threat, instance.element),
                threat: instance.threat,
                element: instance.element,
                control: need.control,
                evidence: need.evidence,
            })
        })
        .collect()
}

/// Larger models than this get no matrix: nobody could read it, and it would be the largest part of every output.
const MATRIX_LIMIT: usize = 2_000;

fn matrix(facts: &Facts<'_>, instances: &[Instance]) -> Vec<Cell> {
    let domains = [Domain::Component, Domain::Flow];
    if domains.iter().map(|domain| facts.count(*domain)).sum::<usize>() > MATRIX_LIMIT {
        return Vec::new();
    }
    let mut considered: FxHashMap<Domain, [u32; 6]> = FxHashMap::default();
    // What only matters as a step of a path gives no finding and no question.
    for threat in facts.library.threats.iter().filter(|threat| !threat.only_in_paths) {
        for letter in &threat.stride {
            considered.entry(threat.on).or_default()[*letter as usize] += 1;
        }
    }
    let mut cells = Vec::new();
    let mut position: FxHashMap<ElementRef, usize> = FxHashMap::default();
    for domain in domains {
        for at in facts.in_scope(domain).iter() {
            let element = ElementRef::new(domain, at);
            let mut counts = [CellCount::default(); 6];
            for (count, known) in counts.iter_mut().zip(considered.get(&domain).copied().unwrap_or_default()) {
                count.considered = known;
            }
            position.insert(element, cells.len());
            cells.push(Cell { element, counts });
        }
    }
    let counted = |instance: &&Instance| !facts.library.threats[instance.threat as usize].only_in_paths;
    for instance in instances.iter().filter(counted) {
        // What is about an identity or data shows at the components it concerns.
        let places = match instance.element.domain {
            Domain::Identity | Domain::Data => elements_of(facts, instance.element),
            _ => vec![instance.element],
        };
        for place in places {
            let Some(at) = position.get(&place) else { continue };
            for letter in &facts.library.threats[instance.threat as usize].stride {
                let count = &mut cells[*at].counts[*letter as usize];
                match instance.applies {
                    Applies::Fires => count.open += 1,
                    Applies::Asks => count.asked += 1,
                    Applies::Stopped => count.stopped += 1,
                }
            }
        }
    }
    cells
}

/// What is at stake where: of data, components and the system, the worst of the threats there and of the attack paths that
/// end there. `goals`: how the ends of paths stand without controls, today, and once what was decided is done.
fn risks(analysis: &Analysis, goals: &[Vec<(ElementRef, Level)>; 3], model: &Model) -> Vec<RiskOf> {
    /// Findings that are named.
    const MOST: usize = 10;
    let mut by: FxHashMap<ElementRef, RiskOf> = FxHashMap::default();
    let none = |element| RiskOf {
        element,
        inherent: Level::Low,
        current: Level::Low,
        residual: Level::Low,
        findings: Vec::new(),
    };
    let mut at_ends: BTreeMap<ElementRef, [Level; 3]> = BTreeMap::new();
    for (world, goals) in goals.iter().enumerate() {
        for (element, risk) in goals {
            for place in [*element, ElementRef::SYSTEM] {
                if let Some(known) = at_ends.entry(place).or_insert([Level::Low; 3]).get_mut(world) {
                    *known = (*known).max(*risk);
                }
            }
        }
    }
    for finding in analysis.findings.iter().filter(|finding| finding.status != Status::FalsePositive) {
        let mut places: Vec<ElementRef> =
            finding.data.iter().map(|d| ElementRef { domain: Domain::Data, index: *d }).collect();
        places.extend(finding.elements.iter().filter(|e| e.domain == Domain::Component));
        places.push(ElementRef::SYSTEM);
        for place in places {
            let entry = by.entry(place).or_insert_with(|| none(place));
            entry.inherent = entry.inherent.max(finding.inherent.risk);
            entry.current = entry.current.max(finding.current.risk);
            entry.residual = entry.residual.max(finding.residual.risk);
            if entry.findings.len() < MOST && !entry.findings.contains(&finding.id) {
                entry.findings.push(finding.id.clone());
            }
        }
    }
    for path in &analysis.paths {
        let entry = by.entry(path.goal.element).or_insert_with(|| none(path.goal.element));
        for finding in path.steps.iter().filter(|step| !step.assumed).filter_map(|step| step.finding.as_ref()) {
            if entry.findings.len() < 2 * MOST && !entry.findings.contains(finding) {
                entry.findings.push(finding.clone());
            }
        }
    }
    for (place, [inherent, current, residual]) in at_ends {
        let entry = by.entry(place).or_insert_with(|| none(place));
        // No control makes a way that was not there without it.
        entry.inherent = entry.inherent.max(inherent).max(current);
        entry.current = entry.current.max(current);
        entry.residual = entry.residual.max(residual);
    }
    let told =
        |risk: &RiskOf| model.get(risk.element).is_some() && (risk.inherent > Level::Low || !risk.findings.is_empty());
    let mut out: Vec<RiskOf> = by.into_values().filter(told).collect();
    let rank: FxHashMap<&str, usize> = analysis.findings.iter().enumerate().map(|(at, it)| (&*it.id, at)).collect();
    for entry in &mut out {
        entry.findings.sort_by_key(|id| rank.get(&**id));
        entry.findings.truncate(MOST);
    }
    out.sort_by(|a, b| b.current.cmp(&a.current).then(b.inherent.cmp(&a.inherent)).then(a.element.cmp(&b.element)));
    out
}
