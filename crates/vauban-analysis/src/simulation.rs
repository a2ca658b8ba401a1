//! Time to compromise and money: what is sampled on the attack graph of a model, and on a variant beside it.
//!
//! - **Who comes when.** An attacker comes after an exponentially distributed time whose rate is the attempts a year: by
//!   `quantification.attempts_per_year`, else `−ln(1 − p)` with `p` the methodology's probability for the attacker's
//!   likelihood, so that at least one attempt in a year has probability `p`. With [`Query::at_once`] all come at day 0.
//! - **What a step takes.** By the likelihood of the threat where it stands, controls and detection counted in: it works
//!   with `probability_per_mille` and then takes `step_days` on average. Structure takes no time.
//! - **What somebody may do anyway is no attack**: attackers who have a goal without any action are left out of it.
//! - **Keys of random numbers** are made of names (threat, element, label), so that two versions of a model share them
//!   wherever they have the same steps.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use vauban_model::finding::{CloudStep, Goal};
use vauban_model::model::{ElementRef, Model};
use vauban_model::quantification::Quantification;
use vauban_model::scale::{Likelihood, Methodology};
use vauban_model::simulation::{
    AssumedLoss, AttackerLoss, Difference, GoalOutcome, Money, Return, Simulation, Times, Variant,
};
use vauban_model::state::State;
use vauban_paths::generate::StepKind;
use vauban_paths::graph::{
    Begin, Draw, IMPOSSIBLE, Pace, Sampled, Sampling, StateId, StateSet, StepId, StepSet, key_of, reachable, simulate,
    uniform,
};
use vauban_risk::quantify::distribution::Distribution;
use vauban_risk::quantify::interval::{self, difference, percentile, share};
use vauban_risk::quantify::years::{Loss, Source, Years, annual, years};
use vauban_rules::facts::Facts;

use crate::analyse::finding_id;
use crate::engine::Engine;
use crate::paths::state_text;
use crate::plan::what_if::put;
use crate::session::Session;

/// Days in a year, for rates.
const YEAR: f64 = 365.0;

/// A version of the system to put beside it.
#[derive(Clone, Debug, Default)]
pub struct Change<'a> {
    /// Another model, with the steps of its infrastructure; `None`: the session's own.
    pub model: Option<(&'a Model, &'a [CloudStep])>,
    /// Controls of the library by number that are there in it, and where; see [`crate::plan::what_if::control_at`].
    pub controls: Vec<(u32, ElementRef)>,
    /// What was changed, in the words shown.
    pub said: Vec<Box<str>>,
    /// What it costs a year, in the methodology's currency.
    pub cost: Option<f64>,
}

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    /// The seed.
    pub seed: u64,
    /// Worlds to sample.
    pub samples: u32,
    /// Years to sample for money.
    pub years: u32,
    /// The horizon in days.
    pub horizon_days: u32,
    /// The clock starts with the attack.
    pub at_once: bool,
    /// Leave out what leans on something nobody said.
    pub confirmed_only: bool,
    /// Only goals at these elements; empty: everything that hurts.
    pub to: Vec<ElementRef>,
    /// Goals to tell at most.
    pub top: usize,
    /// What to compare with.
    pub change: Option<Change<'a>>,
}

/// Answers a question about time and money.
pub(crate) fn answer(session: &Session, query: &Query<'_>) -> Simulation {
    let base = Facts::new(&session.project.model, &session.library.library);
    let side = Side::new(session, &base, &session.project.steps, query);
    let goals = side.goals(query);
    let sampled = side.times(query, &goals);
    let mut order: Vec<usize> = (0..goals.len()).collect();
    let outcomes: Vec<GoalOutcome> =
        goals.iter().zip(&sampled).map(|(goal, times)| side.outcome(*goal, times, query)).collect();
    let key =
        |at: &usize| outcomes.get(*at).map(|o| (std::cmp::Reverse((o.within.hits, o.impact, o.ever.hits)), o.state));
    order.sort_by_key(key);
    order.retain(|at| outcomes.get(*at).is_some_and(|outcome| outcome.ever.hits > 0 || !query.to.is_empty()));
    order.truncate(query.top);
    let kept: Vec<GoalOutcome> = order.iter().filter_map(|at| outcomes.get(*at).cloned()).collect();
    let mut result = Simulation {
        seed: query.seed,
        samples: query.samples,
        horizon_days: query.horizon_days,
        at_once: query.at_once,
        confirmed_only: query.confirmed_only,
        goals: kept,
        goals_total: goals.len(),
        variant: None,
        money: None,
    };
    let quantification = session.project.methodology.quantification.as_ref();
    let today = quantification.map(|quantification| side.years(query, quantification));
    let Some(change) = &query.change else {
        result.money =
            today.zip(quantification).map(|(costs, quantification)| money(query, quantification, costs, None, None));
        return result;
    };
    let (model, steps) = changed(session, change);
    let facts = Facts::new(&model, &session.library.library);
    let other = Side::new(session, &facts, &steps, query);
    let states: Vec<Option<Goal>> =
        order.iter().filter_map(|at| goals.get(*at)).map(|goal| other.same(&side, *goal)).collect();
    let present: Vec<Goal> = states.iter().flatten().copied().collect();
    let mut again = other.times(query, &present).into_iter();
    let never = vec![f32::INFINITY; query.samples as usize];
    let (mut outcomes, mut differences) = (Vec::new(), Vec::new());
    for (at, state) in order.iter().zip(&states) {
        let (Some(goal), Some(before)) = (goals.get(*at), sampled.get(*at)) else { continue };
        // What the variant does not have nobody reaches in it.
        let times = state.and_then(|_| again.next()).unwrap_or_else(|| never.clone());
        outcomes.push(side.outcome(*goal, &times, query));
        differences.push(paired(before, &times, query));
    }
    result.variant = Some(Variant { changes: change.said.clone(), goals: outcomes, differences });
    result.money = today.zip(quantification).map(|(mut costs, quantification)| {
        let after = other.years(query, quantification);
        costs.assumed.extend(after.assumed);
        money(query, quantification, costs, Some(&after.years), change.cost)
    });
    result
}

/// The model with the change in it, and the steps of its infrastructure: controls are put in as [`what_if`] puts them in.
///
/// [`what_if`]: crate::plan::what_if
fn changed(session: &Session, change: &Change<'_>) -> (Model, Vec<CloudStep>) {
    let (model, steps) = change.model.unwrap_or((&session.project.model, &session.project.steps));
    let (mut model, mut steps) = (model.clone(), steps.to_vec());
    for (control, element) in &change.controls {
        let before = model.clone();
        put(&mut model, &mut steps, *control, *element, &Facts::new(&before, &session.library.library));
    }
    (model, steps)
}

/// What years cost.
struct Costs {
    years: Years,
    attackers: Vec<AttackerLoss>,
    assumed: BTreeSet<AssumedLoss>,
}

/// A model that is sampled.
struct Side<'a> {
    engine: Engine<'a>,
    /// By step: what its time is drawn from.
    draws: Vec<Option<Draw>>,
    /// Attackers that begin anywhere, and what each has without any action.
    attackers: Vec<(u32, StateSet)>,
}

impl<'a> Side<'a> {
    fn new(session: &'a Session, facts: &'a Facts<'a>, steps: &'a [CloudStep], query: &Query<'_>) -> Self {
        let methodology = &session.project.methodology;
        let outcomes = crate::analyse::outcomes(facts, methodology, session.options.experimental);
        let engine = Engine::new(facts, methodology, &outcomes, steps).without(&session.refuted());
        let draws = draws(&engine, query.confirmed_only);
        let graph = &engine.graph.graph;
        let actions: StepSet =
            graph.steps().filter(|step| draws.get(step.0 as usize).is_none_or(Option::is_some)).collect();
        let mut attackers: Vec<u32> = engine.beginnings.iter().map(|beginning| beginning.attacker).collect();
        attackers.sort_unstable();
        attackers.dedup();
        let attackers = attackers
            .into_iter()
            .map(|attacker| {
                let own: Vec<_> = engine.beginnings.iter().copied().filter(|b| b.attacker == attacker).collect();
                (attacker, reachable(graph, &engine.graph.starts(&own, |_| 1.0), &actions))
            })
            .collect();
        Side { engine, draws, attackers }
    }

    fn methodology(&self) -> &Methodology {
        self.engine.methodology
    }

    fn goals(&self, query: &Query<'_>) -> Vec<Goal> {
        let asked = crate::paths::Query { to: query.to.clone(), ..crate::paths::Query::default() };
        crate::paths::goals(&self.engine, &asked)
    }

    /// The goal of another side in this one, by names.
    fn same(&self, other: &Side<'_>, goal: Goal) -> Option<Goal> {
        let domain = goal.state.element.domain;
        let id = other.engine.facts.model.id(goal.state.element);
        if self.engine.facts.model.id(goal.state.element) == id {
            return Some(goal);
        }
        let (element, _) = self.engine.facts.model.elements(domain).find(|(_, element)| &*element.id == id)?;
        Some(Goal { state: State { element, ..goal.state }, impact: goal.impact })
    }

    /// Times of all goals, each without the attackers who have it anyway.
    fn times(&self, query: &Query<'_>, goals: &[Goal]) -> Vec<Vec<f32>> {
        let ids: Vec<Option<StateId>> = goals.iter().map(|goal| self.engine.graph.id(goal.state)).collect();
        let holders = |id: &Option<StateId>| -> Vec<u32> {
            let Some(id) = id else { return Vec::new() };
            self.attackers.iter().filter(|(_, has)| has.contains(*id)).map(|(attacker, _)| *attacker).collect()
        };
        let groups: Vec<Vec<u32>> = ids.iter().map(holders).collect();
        let mut distinct = groups.clone();
        distinct.sort();
        distinct.dedup();
        let mut out = vec![Vec::new(); goals.len()];
        for group in distinct {
            let at: Vec<usize> = (0..goals.len()).filter(|at| groups.get(*at) == Some(&group)).collect();
            // A state that no graph has is never had.
            let nowhere = StateId(u32::MAX);
            let watched: Vec<StateId> =
                at.iter().map(|at| ids.get(*at).copied().flatten().unwrap_or(nowhere)).collect();
            let comes = |attacker: u32| {
                (!group.contains(&attacker)).then(|| if query.at_once { Pace::AT_ONCE } else { self.arrival(attacker) })
            };
            let sampled = self.sample(query, comes, &watched);
            for (at, times) in at.into_iter().zip(sampled.times) {
                if let Some(slot) = out.get_mut(at) {
                    *slot = times;
                }
            }
        }
        out
    }

    fn sample(&self, query: &Query<'_>, comes: impl Fn(u32) -> Option<Pace>, watched: &[StateId]) -> Sampled {
        let graph = &self.engine.graph;
        let begins: Vec<Begin> = self
            .engine
            .beginnings
            .iter()
            .filter_map(|beginning| {
                let draw = Draw { key: self.attacker_key(beginning.attacker), pace: comes(beginning.attacker)? };
                Some(Begin { state: graph.id(beginning.state)?, draw })
            })
            .collect();
        let sampling = Sampling { seed: query.seed, samples: query.samples, horizon: query.horizon_days as f32 };
        simulate(&graph.graph, &begins, |step| self.draws.get(step.0 as usize).copied().flatten(), watched, sampling)
    }

    fn attacker_key(&self, attacker: u32) -> u64 {
        let attacker = self.engine.facts.library.attackers.get(attacker as usize);
        key_of(&format!("attacker {}", attacker.map_or("", |attacker| &attacker.id)))
    }

    fn attempts_per_year(&self, attacker: u32) -> f64 {
        let methodology = self.methodology();
        let known = self.engine.facts.library.attackers.get(attacker as usize);
        let likelihood = known.map_or(Likelihood::Possible, |attacker| attacker.likelihood);
        let said = |word: &str| {
            let quantification = methodology.quantification.as_ref()?;
            let entry = quantification.attempts.iter().find(|entry| &*entry.of == word)?;
            Some(entry.per_thousand_years as f64 / 1_000.0)
        };
        known
            .and_then(|attacker| said(&attacker.id))
            .or_else(|| said(likelihood.as_str()))
            // A probability of 1 would be a rate without end.
            .unwrap_or_else(|| -libm::log1p(-methodology.probability(likelihood).min(0.999)))
    }

    fn arrival(&self, attacker: u32) -> Pace {
        let rate = self.attempts_per_year(attacker);
        if rate > 0.0 { Pace { success: 1.0, mean: YEAR / rate } } else { Pace::NEVER }
    }

    fn outcome(&self, goal: Goal, times: &[f32], query: &Query<'_>) -> GoalOutcome {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut sorted = times.to_vec();
        sorted.sort_by(f32::total_cmp);
        let within = sorted.partition_point(|time| *time <= query.horizon_days as f32);
        let ever = sorted.partition_point(|time| time.is_finite());
        let days = |time: f32| time.is_finite().then(|| f64::from(time));
        let at = |share: f64| percentile(&sorted, share).and_then(days);
        let reached = sorted.get(..ever).unwrap_or(&[]);
        GoalOutcome {
            state: goal.state,
            name: state_text(goal.state, self.engine.facts).into(),
            impact: goal.impact,
            within: share(count(within), count(sorted.len())),
            ever: share(count(ever), count(sorted.len())),
            times: Times { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) },
            median_when_reached: percentile(reached, 0.5).and_then(days),
        }
    }

    /// Sampled years, whom they come from, and what no loss was given for.
    fn years(&self, query: &Query<'_>, quantification: &Quantification) -> Costs {
        let mut losses = Vec::new();
        let by_impact: Vec<Option<u32>> = quantification
            .loss
            .iter()
            // One name for all of them: an attempt costs by the worst it gets to, and a lesser one has the same luck.
            .map(|loss| loss.map(|loss| push(&mut losses, "by impact", Distribution::new(loss))))
            .collect();
        let mut assumed: BTreeSet<AssumedLoss> = BTreeSet::new();
        let goals: Vec<(Goal, Option<u32>)> = self
            .engine
            .goals
            .iter()
            .map(|goal| {
                let id = self.goal_id(goal.state);
                let own = quantification.of_goal(&id);
                (*goal, own.map(|loss| push(&mut losses, &id, Distribution::new(loss))))
            })
            .collect();
        let ids: Vec<StateId> =
            goals.iter().map(|(goal, _)| self.engine.graph.id(goal.state).unwrap_or(StateId(u32::MAX))).collect();
        let mut sources = Vec::new();
        for (attacker, has) in &self.attackers {
            let sampled = self.sample(query, |who| (who == *attacker).then_some(Pace::AT_ONCE), &ids);
            let cost_in = |sample: usize| {
                let mut out = Vec::new();
                let mut worst = None;
                for (((goal, own), id), times) in goals.iter().zip(&ids).zip(&sampled.times) {
                    let reached = times.get(sample).is_some_and(|time| *time <= query.horizon_days as f32);
                    if !reached || has.contains(*id) {
                        continue;
                    }
                    match own {
                        Some(loss) => out.push(*loss),
                        None => worst = worst.max(Some(goal.impact)),
                    }
                }
                if let Some(impact) = worst {
                    let taken = quantification.loss_of(impact).map(|(taken, _)| taken);
                    if taken != Some(impact) {
                        assumed.insert(AssumedLoss { impact, taken });
                    }
                    out.extend(taken.and_then(|taken| by_impact.get(taken.index()).copied().flatten()));
                }
                out
            };
            sources.push(Source {
                key: self.attacker_key(*attacker),
                attempts_per_year: self.attempts_per_year(*attacker),
                outcomes: (0..query.samples as usize).map(cost_in).collect(),
            });
        }
        let found = years(query.years, &sources, &losses, |key, position| uniform(query.seed, key, position));
        let mut attackers: Vec<AttackerLoss> = self
            .attackers
            .iter()
            .zip(&sources)
            .zip(&found.by_source)
            .map(|(((attacker, _), source), mean)| {
                let hits = source.outcomes.iter().filter(|outcome| !outcome.is_empty()).count();
                AttackerLoss {
                    attacker: self
                        .engine
                        .facts
                        .library
                        .attackers
                        .get(*attacker as usize)
                        .map_or_else(Box::default, |attacker| attacker.id.clone()),
                    attempts_per_year: source.attempts_per_year,
                    succeeds: share(u32::try_from(hits).unwrap_or(u32::MAX), query.samples),
                    mean: *mean,
                }
            })
            .collect();
        attackers.sort_by(|a, b| b.mean.total_cmp(&a.mean).then_with(|| a.attacker.cmp(&b.attacker)));
        Costs { years: found, attackers, assumed }
    }

    /// A goal as the methodology names it: `read@orders`.
    fn goal_id(&self, state: State) -> String {
        format!("{}@{}", state.verb.as_str(), self.engine.facts.model.id(state.element))
    }
}

/// Adds a loss under the name that versions of a system share.
fn push(losses: &mut Vec<Loss>, name: &str, cost: Distribution) -> u32 {
    losses.push(Loss { key: key_of(&format!("loss {name}")), cost });
    u32::try_from(losses.len() - 1).unwrap_or(u32::MAX)
}

/// What the time of every step is drawn from; `None` for structure.
fn draws(engine: &Engine<'_>, confirmed_only: bool) -> Vec<Option<Draw>> {
    let methodology = engine.methodology;
    let library = engine.facts.library;
    let pace = |likelihood: Likelihood| Pace {
        success: methodology.probability(likelihood),
        mean: methodology.step_days.get(likelihood.index()).copied().map_or(0.0, f64::from),
    };
    let graph = &engine.graph;
    let closed = if confirmed_only { &graph.unproven } else { &graph.stopped };
    let mut seen: FxHashSet<u64> = FxHashSet::default();
    let draw = |step: StepId| {
        let (name, likelihood) = match *graph.steps.get(step.0 as usize)? {
            StepKind::Follows(..) => return None,
            StepKind::Threat(at) => {
                let instance = engine.instances.get(at as usize)?;
                let mut name = finding_id(engine.facts, instance.threat, instance.element).into_string();
                if let Some(cloud) = engine.cloud_step(at) {
                    name.push_str(&cloud_name(engine, cloud));
                }
                name.push_str(instance.element.domain.as_str());
                (name, instance.likelihood)
            }
            StepKind::Cloud(at) => {
                let cloud = engine.cloud.get(at as usize)?;
                let likelihood = crate::cloud::likelihood(cloud, library, methodology);
                // A way that is certainly there is structure.
                if likelihood == Likelihood::Certain && !closed.contains(step) {
                    return None;
                }
                (format!("{}{}", cloud.consequence, cloud_name(engine, cloud)), likelihood)
            }
        };
        let shut = closed.contains(step) || graph.graph.cost(step) == IMPOSSIBLE;
        // Steps with one name, such as a permission granted twice, are different tries all the same.
        let mut key = key_of(&name);
        while !seen.insert(key) {
            key = key.wrapping_add(1);
        }
        Some(Draw { key, pace: if shut { Pace::NEVER } else { pace(likelihood) } })
    };
    graph.graph.steps().map(draw).collect()
}

/// What tells a step of infrastructure from others of its threat.
fn cloud_name(engine: &Engine<'_>, step: &CloudStep) -> String {
    let model = engine.facts.model;
    let mut name = format!(" {} {} {}", model.id(step.element), model.id(step.target), step.label);
    for binding in &step.bindings {
        name.push(' ');
        name.push_str(binding.element.map_or(&*binding.name, |element| model.id(element)));
    }
    name
}

fn paired(before: &[f32], after: &[f32], query: &Query<'_>) -> Difference {
    let within = |time: &f32| *time <= query.horizon_days as f32;
    let (mut prevented, mut caused) = (0u32, 0u32);
    for (before, after) in before.iter().zip(after) {
        prevented += u32::from(within(before) && !within(after));
        caused += u32::from(within(after) && !within(before));
    }
    difference(prevented, caused, query.samples)
}

fn money(
    query: &Query<'_>,
    quantification: &Quantification,
    costs: Costs,
    after: Option<&Years>,
    cost: Option<f64>,
) -> Money {
    let Costs { years: today, attackers, assumed } = costs;
    let saving = after.map(|after| {
        let saved: Vec<f64> = today.losses.iter().zip(&after.losses).map(|(before, after)| before - after).collect();
        let (saved, saved_low, saved_high) = interval::mean(&saved);
        let ratio = cost.filter(|cost| *cost > 0.0).map(|cost| (saved - cost) / cost);
        Return { saved, saved_low, saved_high, cost, ratio }
    });
    Money {
        currency: quantification.currency.clone(),
        years: query.years,
        annual: annual(&today.losses),
        attackers,
        variant: after.map(|after| annual(&after.losses)),
        saving,
        assumed: assumed.into_iter().collect(),
    }
}
