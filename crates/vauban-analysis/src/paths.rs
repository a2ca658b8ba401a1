//! Attack paths told: from proofs of the graph to steps with facts, sources and sentences.

use std::cmp::Reverse;

use rustc_hash::FxHashSet;
use vauban_model::finding::{Applies, AttackPath, ChokePoint, CloudStep, Evidence, Goal, NearestMiss, PathStep, Score};
use vauban_model::model::ElementRef;
use vauban_model::report::PathAnswer;
use vauban_model::scale::{Impact, Level, Likelihood};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_paths::generate::{AttackGraph, Consequence, StepKind};
use vauban_paths::graph::{
    self, Alternative, Best, Limits, Origin, Proof, Start, StepId, StepSet, choke_points, k_best, nearest_miss,
    probability_of_cost,
};
use vauban_rules::facts::Facts;
use vauban_rules::{evaluate, evidence, sentence};

use crate::analyse::finding_id;
use crate::analyse::is_anybody;
use crate::engine::Engine;
use crate::{cloud, cut};

/// How many paths are worked out at the least before the worst are chosen.
const LEAST_TOLD: usize = 20;

/// How many paths that lean on what nobody said are worked out at the least, however many others there are: one of them
/// may be worse than all that is known.
const LEAST_ASSUMED: usize = 10;

/// The worst paths of a model, at most `most`, each with other actions than the ones before; and their choke points.
pub(crate) fn report(engine: &Engine<'_>, most: usize, confirmed_only: bool) -> (Vec<AttackPath>, Vec<ChokePoint>) {
    // What a path is worth is known only once it is told: among a few more the worst are sure to be.
    let (wanted, most) = (most, most.max(LEAST_TOLD));
    let graph = &engine.graph;
    let mut out: Vec<AttackPath> = Vec::new();
    let mut seen: FxHashSet<Vec<u32>> = FxHashSet::default();
    let mut chokes = Vec::new();
    // What is known to be so comes first; what is only assumed fills up.
    let worlds: &[_] = if confirmed_only { &[&graph.unproven] } else { &[&graph.unproven, &graph.stopped] };
    for disabled in worlds {
        let most = if out.is_empty() { most } else { most.max(out.len() + LEAST_ASSUMED) };
        let best = engine.best(&graph.graph, disabled);
        let mut ranked: Vec<(Goal, u64)> =
            engine.goals.iter().filter_map(|goal| Some((*goal, best.cost(graph.id(goal.state)?)?))).collect();
        let risk = |goal: &Goal, cost: u64| {
            let likelihood = engine.methodology.likelihood_of(probability_of_cost(cost));
            engine.methodology.risk(likelihood, goal.impact)
        };
        ranked.sort_by_cached_key(|(goal, cost)| {
            (Reverse((risk(goal, *cost), goal.impact)), *cost, goal.state.verb, goal.state.element)
        });
        let mut granted = Vec::new();
        for (goal, _) in ranked {
            if out.len() >= most {
                break;
            }
            let Some(proof) = graph.id(goal.state).and_then(|id| best.proof(&graph.graph, id)) else { continue };
            let mut actions = proof.actions(&graph.graph);
            actions.sort_unstable();
            // A goal that needs no action is what somebody may do anyway: no attack. Others may still have to attack for it.
            if actions.is_empty() {
                granted.push(goal);
                continue;
            }
            if !seen.insert(actions) {
                continue;
            }
            if let Some(path) = tell(engine, graph, &best, &proof, goal, None) {
                if chokes.len() < 20 {
                    add_chokes(engine, graph, &best, goal, &mut chokes);
                }
                out.push(path);
            }
        }
        let mut starts = graph.starts(&engine.beginnings, |attacker| engine.eagerness(attacker));
        let mut others = None;
        for _ in 0..MOST_ROUNDS {
            if granted.is_empty() {
                break;
            }
            let holders = holders(graph, others.as_ref().unwrap_or(&best), &granted);
            starts.retain(|start| !holders.contains(&start.attacker));
            let next = graph::best(&graph.graph, &starts, disabled);
            let mut again = Vec::new();
            let mut told = 0;
            for goal in granted {
                let Some(proof) = graph.id(goal.state).and_then(|id| next.proof(&graph.graph, id)) else { continue };
                let mut actions = proof.actions(&graph.graph);
                actions.sort_unstable();
                if actions.is_empty() {
                    again.push(goal);
                } else if told < most && seen.insert(actions) {
                    told += 1;
                    out.extend(tell(engine, graph, &next, &proof, goal, None));
                }
            }
            granted = again;
            others = Some(next);
        }
    }
    // The worst are kept, of equals what is known to be so; what is kept is told in the order of what is known.
    let by = |a: &AttackPath, b: &AttackPath| {
        let key = |p: &AttackPath| {
            (!p.assumptions.is_empty(), Reverse((p.score.risk, p.score.impact, p.probability_per_million)))
        };
        key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
    };
    out.sort_by(|a, b| b.score.risk.cmp(&a.score.risk).then_with(|| by(a, b)));
    out.truncate(wanted);
    out.sort_by(by);
    (out, chokes)
}

/// Attackers who may have what others attack for are looked past this many times.
pub(crate) const MOST_ROUNDS: usize = 4;

/// Attackers to whom one of these goals is granted, without any action of theirs.
pub(crate) fn holders(graph: &AttackGraph, best: &Best, granted: &[Goal]) -> FxHashSet<u32> {
    granted
        .iter()
        .filter_map(|goal| best.proof(&graph.graph, graph.id(goal.state)?))
        .flat_map(|proof| proof.starts().map(|start| start.attacker).collect::<Vec<_>>())
        .collect()
}

fn add_chokes(engine: &Engine<'_>, graph: &AttackGraph, best: &Best, goal: Goal, out: &mut Vec<ChokePoint>) {
    let Some(id) = graph.id(goal.state) else { return };
    for point in choke_points(&graph.graph, best, id, |step| graph.graph.action_of(step)) {
        let Some(instance) = engine.instances.get(point.key as usize) else { continue };
        // The use of a right is no finding that somebody could mend.
        if engine.facts.library.threats[instance.threat as usize].only_in_paths {
            continue;
        }
        let finding = finding_id(engine.facts, instance.threat, instance.element);
        if let Some(known) = out.iter_mut().find(|known| known.finding == finding) {
            if !known.goals.contains(&goal.state) {
                known.goals.push(goal.state);
            }
            continue;
        }
        let controls = engine.facts.library.threats[instance.threat as usize]
            .controls
            .iter()
            .filter(|control| control.weakens.is_none())
            .map(|control| control.control.clone())
            .collect();
        out.push(ChokePoint {
            goals: vec![goal.state],
            threat: instance.threat,
            finding,
            element: instance.element,
            controls,
        });
    }
}

/// What somebody asks about paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Start here: an attacker's id or an element that the attacker holds. `None`: all attackers.
    pub from: Option<From>,
    /// End at one of these. Empty: everything that hurts.
    pub to: Vec<ElementRef>,
    /// End only at control of them, which is what an administrator of an account has.
    pub control_only: bool,
    /// How many paths at most.
    pub top: usize,
    /// Leave out what nobody knows to be so.
    pub confirmed_only: bool,
    /// Also the fewest steps without which nobody gets to each of `to`.
    pub cut: bool,
}

impl Query {
    /// The element that the question gives the attacker.
    fn held(&self) -> Option<ElementRef> {
        match self.from {
            Some(From::Element(element)) => Some(element),
            Some(From::Attacker(_)) | None => None,
        }
    }
}

/// Where paths start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// An attacker of the library.
    Attacker(u32),
    /// An element that the attacker already controls.
    Element(ElementRef),
}

pub(crate) fn answer(engine: &Engine<'_>, query: &Query) -> PathAnswer {
    if query.from.is_none() && query.to.is_empty() {
        let (paths, choke_points) = report(engine, query.top, query.confirmed_only);
        let paths = paths.into_iter().filter(|path| !query.confirmed_only || path.assumptions.is_empty()).collect();
        return PathAnswer { paths, choke_points, ..PathAnswer::default() };
    }
    let graph = &engine.graph;
    let starts = starts(engine, query);
    let goals = goals(engine, query);
    let mut answer = PathAnswer::default();
    let worlds: &[_] = if query.confirmed_only { &[&graph.unproven] } else { &[&graph.unproven, &graph.stopped] };
    let bests: Vec<Best> = worlds.iter().map(|disabled| graph::best(&graph.graph, &starts, disabled)).collect();
    let mut ranked: Vec<(Standing, Way)> = ways(engine, query, &starts, &goals, worlds)
        .into_iter()
        .map(|way| (Standing::of(engine, way.goal, &way.proof), way))
        .collect();
    // A total order, as equals keep the order in which they were found, and one that needs no path to be told.
    ranked.sort_by_cached_key(|(standing, way)| {
        (*standing, Reverse(way.goal.impact), way.proof.cost_distinct, way.proof.steps.len(), way.order)
    });
    // What somebody may do anyway is no attack, unless the question is what a held element leads to.
    let held = matches!(query.from, Some(From::Element(_)));
    let mut seen: FxHashSet<Vec<u32>> = FxHashSet::default();
    let mut narrowed: FxHashSet<(usize, State)> = FxHashSet::default();
    for (_, way) in ranked {
        if answer.paths.len() >= query.top {
            break;
        }
        let nothing_done = way.actions.is_empty();
        if nothing_done && !held || !seen.insert(way.actions) {
            continue;
        }
        let Some(best) = bests.get(way.world) else { continue };
        if let Some(path) = tell(engine, graph, best, &way.proof, way.goal, query.held()) {
            if narrowed.insert((way.world, way.goal.state)) {
                add_chokes(engine, graph, best, way.goal, &mut answer.choke_points);
            }
            answer.paths.push(path);
        }
    }
    if query.cut {
        let strong: Vec<Goal> = goals.iter().filter(|goal| !is_weak(engine, goal.state)).copied().collect();
        // Of confirmed paths only: what those lean on that no input shows need not be cut.
        let disabled = if query.confirmed_only { &graph.unproven } else { &graph.unsure };
        answer.cuts = cut::cuts(engine, &starts, &strong, disabled, query.from.is_none());
        if answer.cuts.is_empty() {
            answer.cuts = cut::cuts(engine, &starts, &goals, disabled, query.from.is_none());
        }
    }
    if answer.paths.is_empty() && !query.to.is_empty() {
        // A goal that a control keeps out of reach says more than one that nothing leads to.
        let disabled = if query.confirmed_only { &graph.unproven } else { &graph.stopped };
        let strong = goals.iter().filter(|goal| !is_weak(engine, goal.state));
        let mut misses: Vec<NearestMiss> =
            strong.filter_map(|goal| miss(engine, graph, &starts, *goal, disabled, query.held())).collect();
        // Of a place that only keeps something, what is in it is the goal, and code that runs there is none.
        misses.sort_by_key(|miss| (miss.path.is_none(), miss.goal.verb == Verb::RunCode && keeps(engine, miss.goal)));
        answer.nearest_misses.extend(misses.into_iter().take(1));
    }
    answer
}

/// By how many ways at most to one goal the most probable are chosen, for up to so many that are asked for. A way is found
/// by what its steps cost as a tree and told by what they cost once: the most probable need not be the first that is found,
/// and what is shown must not hang on how much is asked for.
const POOLS: [(usize, usize); 2] = [(32, 128), (128, 512)];

/// The same for more than that.
const LARGEST_POOL: usize = 2_048;

/// The work of all searches for ways to what was asked for, in looks at a step, and what each of them may do anyway.
const MOST_WORK: u64 = 60_000_000;
const LEAST_WORK: u64 = 1_000_000;

/// A way to a goal, not told yet.
struct Way {
    /// In which of the worlds it was found.
    world: usize,
    goal: Goal,
    /// The goal's place among those asked for.
    order: usize,
    /// Ascending.
    actions: Vec<u32>,
    proof: Proof,
}

/// What a path is ordered by before anything else: what is known to be so first, then the worst, then the most probable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    assumed: bool,
    risk: Reverse<Level>,
    probability: Reverse<u32>,
}

impl Standing {
    fn of(engine: &Engine<'_>, goal: Goal, proof: &Proof) -> Standing {
        let probability = probability_of_cost(proof.cost_distinct);
        let likelihood = engine.methodology.likelihood_of(probability);
        Standing {
            assumed: proof.steps.iter().any(|step| engine.graph.unproven.contains(*step)),
            risk: Reverse(engine.methodology.risk(likelihood, goal.impact)),
            probability: Reverse(per_million(probability)),
        }
    }
}

fn per_million(probability: f64) -> u32 {
    (probability * 1_000_000.0).round() as u32
}

/// The ways to these goals, in each world: a pool from which the most probable are chosen.
fn ways(engine: &Engine<'_>, query: &Query, starts: &[Start], goals: &[Goal], worlds: &[&StepSet]) -> Vec<Way> {
    let graph = &engine.graph;
    let everywhere = query.to.is_empty();
    let most = match POOLS.iter().find(|(asked, _)| query.top <= *asked) {
        // Every place that hurts is a goal: a few ways to each are enough.
        _ if everywhere => 3,
        Some((_, most)) => *most,
        None => LARGEST_POOL,
    };
    let mut work = MOST_WORK;
    let mut out: Vec<Way> = Vec::new();
    for (world, disabled) in worlds.iter().enumerate() {
        let mut found: Vec<Way> = Vec::new();
        let mut left = starts.to_vec();
        let mut wanted: Vec<(usize, Goal)> = goals.iter().copied().enumerate().collect();
        for _ in 0..MOST_ROUNDS {
            let round = graph::best(&graph.graph, &left, disabled);
            let mut granted = Vec::new();
            for (order, goal) in wanted {
                let Some(id) = graph.id(goal.state).filter(|id| round.cost(*id).is_some()) else { continue };
                let mut limits = Limits::default();
                if !everywhere {
                    limits.max_work = limits.max_work.min(work.max(LEAST_WORK));
                }
                let alternatives = k_best(&graph.graph, &round, id, most, limits);
                work = work.saturating_sub(alternatives.work);
                for Alternative { actions, proof } in alternatives.found {
                    // What needs no action is cheaper than any other way, and hides the ways of those who must attack.
                    if actions.is_empty() {
                        granted.push((order, goal));
                    }
                    found.push(Way { world, goal, order, actions, proof });
                }
            }
            if granted.is_empty() || query.from.is_some() {
                break;
            }
            let held: Vec<Goal> = granted.iter().map(|(_, goal)| *goal).collect();
            let holders = holders(graph, &round, &held);
            left.retain(|start| !holders.contains(&start.attacker));
            wanted = granted;
        }
        // To be a mere client of a store, or to reach something, is worth telling only when nothing better can be had.
        if found.iter().any(|way| !is_weak(engine, way.goal.state)) {
            found.retain(|way| !is_weak(engine, way.goal.state));
        }
        out.append(&mut found);
    }
    out
}

fn starts(engine: &Engine<'_>, query: &Query) -> Vec<Start> {
    let graph = &engine.graph;
    match query.from {
        None => graph.starts(&engine.beginnings, |attacker| engine.eagerness(attacker)),
        Some(From::Attacker(attacker)) => {
            let own: Vec<_> = engine.beginnings.iter().copied().filter(|b| b.attacker == attacker).collect();
            graph.starts(&own, |_| engine.eagerness(attacker))
        }
        Some(From::Element(element)) => {
            // Whoever holds an element has it fully: code on a component, the identity, the data, the network.
            let verbs: &[Verb] = match element.domain {
                Domain::Component => &[Verb::RunCode, Verb::Reach, Verb::ActAs, Verb::Touch],
                Domain::Identity => &[Verb::ActAs],
                Domain::Boundary => &[Verb::Reach],
                Domain::Data => &[Verb::Read],
                Domain::Flow => &[Verb::Reach, Verb::Read],
                Domain::System => &[],
            };
            let mut starts: Vec<Start> = verbs
                .iter()
                .filter_map(|verb| graph.id(State { verb: *verb, element }))
                .map(|state| Start { state, cost: 0, attacker: u32::MAX })
                .collect();
            // Who uses what is exposed does not need to own the network: reaching is part of having an account.
            if element.domain == Domain::Identity {
                let reached =
                    engine.beginnings.iter().filter(|b| b.state.verb == Verb::Reach).copied().collect::<Vec<_>>();
                starts.extend(graph.starts(&reached, |_| 1.0).into_iter().map(|s| Start { attacker: u32::MAX, ..s }));
            }
            starts
        }
    }
}

pub(crate) fn goals(engine: &Engine<'_>, query: &Query) -> Vec<Goal> {
    if query.to.is_empty() {
        return engine.goals.clone();
    }
    let mut out = Vec::new();
    for to in query.to.iter().copied() {
        let stakes = vauban_risk::goals::stakes_at(
            engine.facts.model,
            &engine.facts.index,
            to,
            &engine.data_stakes,
            &engine.component_stakes,
        );
        let all = stakes.confidentiality.max(stakes.integrity).max(stakes.availability);
        let rated = |impact: Impact| {
            // What nobody rated is worth what the methodology says of the unrated; a whole account is worth the most.
            let known = engine.goals.iter().filter(|goal| goal.state.element == to).map(|goal| goal.impact).max();
            known.map_or(impact, |known| known.max(impact))
        };
        let wanted: &[(Verb, Impact)] = &[
            (Verb::RunCode, all),
            (Verb::Administer, rated(all)),
            (Verb::Read, stakes.confidentiality),
            (Verb::Alter, stakes.integrity),
            (Verb::ActAs, all),
            (Verb::Deny, stakes.availability),
            (Verb::Reach, Impact::LEAST),
        ];
        for (verb, impact) in wanted {
            if verb.fits(to.domain) && (!query.control_only || *verb == Verb::Administer) {
                let state = State { verb: *verb, element: to };
                // The same goal is worth the same, whether somebody asked for it or not.
                let known = engine.goals.iter().find(|goal| goal.state == state).map(|goal| goal.impact);
                out.push(Goal { state, impact: known.map_or(*impact, |known| known.max(*impact)) });
            }
        }
    }
    out
}

/// Whether a state of a component is only the way to others of it.
fn is_weak(engine: &Engine<'_>, state: State) -> bool {
    if state.element.domain == Domain::Boundary {
        return state.verb == Verb::Reach && engine.goals.iter().any(|goal| goal.state.element == state.element);
    }
    state.element.domain == Domain::Component
        && (state.verb == Verb::Reach || state.verb == Verb::ActAs && keeps(engine, state))
}

/// Whether a state is one of a component that keeps data.
fn keeps(engine: &Engine<'_>, state: State) -> bool {
    if state.element.domain != Domain::Component {
        return false;
    }
    let kind = engine.facts.symbol(Domain::Component, fact::KIND, state.element.at());
    kind.is_some() && kind == vauban_model::model::symbol_of(fact::KIND, "data-store")
}

fn miss(
    engine: &Engine<'_>,
    graph: &AttackGraph,
    starts: &[Start],
    goal: Goal,
    disabled: &StepSet,
    held: Option<ElementRef>,
) -> Option<NearestMiss> {
    // A control that fails is dearer than any number of ordinary steps, so that the fewest failures come first.
    let stopped = graph.stopped.iter().filter(|step| !engine.refuted.contains(*step));
    let potential: Vec<(StepId, u64)> = stopped.map(|step| (step, 1_000_000)).collect();
    match nearest_miss(&graph.graph, starts, disabled, &potential, graph.id(goal.state)?) {
        graph::NearestMiss::Blocked { steps, proof, .. } => {
            let best = graph::best(&graph.graph, starts, &StepSet::new());
            let separated_by = steps
                .iter()
                .filter_map(|step| match graph.steps.get(step.0 as usize)? {
                    StepKind::Threat(at) => {
                        let instance = engine.instances.get(*at as usize)?;
                        let need = crate::analyse::control_needs(
                            engine.facts,
                            engine.methodology,
                            instance.threat,
                            instance.element,
                        )
                        .into_iter()
                        .find(|need| need.present == Some(true) && need.weakens.is_none())?;
                        let name = sentence::name(instance.element, engine.facts);
                        let control = engine.facts.library.control(&need.control)?;
                        let control = &engine.facts.library.controls[control as usize].name;
                        Some(format!("{control} at {name}").into())
                    }
                    StepKind::Follows(..) | StepKind::Cloud(_) => None,
                })
                .collect();
            let path = tell(engine, graph, &best, &proof, goal, held);
            Some(NearestMiss { goal: goal.state, separated_by, path })
        }
        graph::NearestMiss::OutOfReach { frontier, .. } => {
            let near: Vec<Box<str>> = frontier
                .iter()
                .filter_map(|id| graph.state(*id))
                .take(MOST_NEAR)
                .map(|state| format!("nothing leads on from {}", state_text(state, engine.facts)).into())
                .collect();
            let separated_by = if near.is_empty() { vec![how_far(engine, starts, disabled).into()] } else { near };
            Some(NearestMiss { goal: goal.state, separated_by, path: None })
        }
        graph::NearestMiss::Reachable(_) => None,
    }
}

/// How many of the things that lie nearest to a goal out of reach are named.
const MOST_NEAR: usize = 3;

/// That nothing leads to a goal, and the last things that can be had instead.
fn how_far(engine: &Engine<'_>, starts: &[Start], disabled: &StepSet) -> String {
    let graph = &engine.graph;
    let best = graph::best(&graph.graph, starts, disabled);
    let mut last: Vec<State> = Vec::new();
    // The steps lie in the order in which they become possible. What only leads on, such as a network, is no place to be.
    for step in best.fired().iter().rev() {
        for id in graph.graph.conclusions(*step) {
            let gained = best.origin(*id) == Some(Origin::Step(*step));
            let Some(state) = graph.state(*id).filter(|_| gained) else { continue };
            let strong = matches!(
                (state.verb, state.element.domain),
                (Verb::RunCode | Verb::Administer, _) | (Verb::ActAs, Domain::Identity) | (Verb::Read, Domain::Data)
            );
            if strong && last.len() < MOST_NEAR && !last.iter().any(|known| known.element == state.element) {
                last.push(state);
            }
        }
        if last.len() >= MOST_NEAR {
            break;
        }
    }
    if last.is_empty() {
        return "nothing in the model leads there, nor to anything else worth having".to_owned();
    }
    let told: Vec<String> = last.iter().map(|state| state_text(*state, engine.facts)).collect();
    format!("nothing in the model leads there; the last that can be had is {}", sentence::list(&told))
}

/// A state in words: `reading orders`.
pub fn state_text(state: State, facts: &Facts<'_>) -> String {
    let name = sentence::name(state.element, facts);
    match (state.verb, state.element.domain) {
        (Verb::Reach, Domain::Boundary) => format!("being on the network of {name}"),
        (Verb::Reach, Domain::Flow) => format!("being on the wire of {name}"),
        (Verb::Reach, _) => format!("reaching {name}"),
        (Verb::ActAs, Domain::Component) => format!("acting as a user of {name}"),
        (Verb::ActAs, _) => format!("acting as {name}"),
        (Verb::Administer, _) => format!("administering {name}"),
        (Verb::RunCode, _) => format!("running code on {name}"),
        (Verb::Read, Domain::Data) => format!("reading {name}"),
        (Verb::Read, Domain::Flow) => format!("reading what {name} carries"),
        (Verb::Read, _) => format!("reading what is in {name}"),
        (Verb::Alter, Domain::Data) => format!("changing {name}"),
        (Verb::Alter, Domain::Flow) => format!("changing what {name} carries"),
        (Verb::Alter, _) => format!("changing what is in {name}"),
        (Verb::Deny, _) => format!("making {name} unavailable"),
        (Verb::Hide, _) => format!("leaving no trace in {name}"),
        (Verb::Tag, _) => format!("changing the labels of {name}"),
        (Verb::Touch, _) => format!("having hands on {name}"),
    }
}

fn goal_text(state: State, facts: &Facts<'_>) -> String {
    let name = sentence::name(state.element, facts);
    match (state.verb, state.element.domain) {
        (Verb::Read, Domain::Data) => format!("reads {name}"),
        (Verb::Read, Domain::Flow) => format!("reads what {name} carries"),
        (Verb::Read, _) => format!("reads what is in {name}"),
        (Verb::Alter, Domain::Data) => format!("can change {name}"),
        (Verb::Alter, Domain::Flow) => format!("can change what {name} carries"),
        (Verb::Alter, _) => format!("can change what is in {name}"),
        (Verb::Deny, _) => format!("can make {name} unavailable"),
        (Verb::RunCode, _) => format!("runs code on {name}"),
        (Verb::Administer, _) => format!("administers {name}"),
        (Verb::ActAs, Domain::Component) => format!("acts as a user of {name}"),
        (Verb::ActAs, _) => format!("acts as {name}"),
        (Verb::Reach, _) => format!("reaches {name}"),
        (Verb::Hide, _) => format!("leaves no trace in {name}"),
        (Verb::Tag, _) => format!("can change the labels of {name}"),
        (Verb::Touch, _) => format!("gets hands on {name}"),
    }
}

/// Where a path starts and whose it is: the most eager attacker who begins with everything the proof begins with.
fn teller(engine: &Engine<'_>, graph: &AttackGraph, proof: &Proof) -> Option<Start> {
    let starts: Vec<Start> = proof.starts().collect();
    let first = *starts.iter().min_by_key(|start| start.cost)?;
    let has_all = |attacker: u32| {
        starts.iter().all(|start| {
            let state = graph.state(start.state);
            engine.beginnings.iter().any(|b| b.attacker == attacker && Some(b.state) == state)
        })
    };
    if first.attacker == u32::MAX || has_all(first.attacker) {
        return Some(first);
    }
    let mut others: Vec<u32> =
        engine.beginnings.iter().map(|b| b.attacker).filter(|attacker| has_all(*attacker)).collect();
    others.sort_by(|a, b| engine.eagerness(*b).total_cmp(&engine.eagerness(*a)).then(a.cmp(b)));
    Some(others.first().map_or(first, |attacker| Start { attacker: *attacker, ..first }))
}

/// How evidence names the kind of a component.
const KIND: &str = "component.kind";

/// Writes a proof down as a path. `held` is the element that the question gives the attacker, if it gives one.
fn tell(
    engine: &Engine<'_>,
    graph: &AttackGraph,
    best: &Best,
    proof: &Proof,
    goal: Goal,
    held: Option<ElementRef>,
) -> Option<AttackPath> {
    let facts = engine.facts;
    // What each step gains that the proof goes on with.
    let gains_of = |step: StepId| -> Vec<State> {
        proof
            .states
            .iter()
            .filter(|(_, origin)| *origin == Origin::Step(step))
            .filter_map(|(state, _)| graph.state(*state))
            .collect()
    };
    let start = teller(engine, graph, proof)?;
    let start_state = graph.state(start.state)?;
    let mut steps: Vec<PathStep> = Vec::new();
    let mut assumptions: Vec<Box<str>> = Vec::new();
    let mut phrases: Vec<Phrase> = Vec::new();
    let mut fingerprint: u64 = 0xcbf2_9ce4_8422_2325;
    let mut hash = |text: &str| {
        for byte in text.bytes().chain([0]) {
            fingerprint = (fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for step in &proof.steps {
        let gains = gains_of(*step);
        let needs: Vec<State> = graph.graph.premises(*step).iter().filter_map(|id| graph.state(*id)).collect();
        let to = gains.first().map_or(goal.state.element, |state| state.element);
        let kind = *graph.steps.get(step.0 as usize)?;
        match finding_behind(engine, graph, proof, *step, kind).unwrap_or(kind) {
            StepKind::Cloud(at) => {
                let step = engine.cloud.get(at as usize)?;
                hash(&step.consequence);
                hash(facts.model.id(step.element));
                hash(facts.model.id(step.target));
                phrases.push(tell_cloud(step, None, &needs, gains, &mut assumptions, &mut steps, engine));
            }
            StepKind::Threat(at) if engine.cloud_step(at).is_some() => {
                let instance = engine.instances.get(at as usize)?;
                let step = engine.cloud_step(at)?;
                let threat = &facts.library.threats[instance.threat as usize];
                let finding = finding_id(facts, instance.threat, instance.element);
                hash(&finding);
                hash(facts.model.id(step.target));
                let finding = (!threat.only_in_paths).then_some(finding);
                let mut phrase = tell_cloud(step, finding, &needs, gains, &mut assumptions, &mut steps, engine);
                phrase.assumed |= threat.hypothesis;
                phrases.push(phrase);
                if threat.hypothesis {
                    let title = cloud::sentence(step, cloud::Sentence::Title, facts);
                    let text: Box<str> =
                        format!("{title} (a hypothesis; likelihood {})", instance.likelihood.as_str()).into();
                    if !assumptions.contains(&text) {
                        assumptions.push(text);
                    }
                    if let Some(last) = steps.last_mut() {
                        last.assumed = true;
                    }
                }
            }
            StepKind::Threat(at) => {
                let instance = engine.instances.get(at as usize)?;
                let element = instance.element;
                let (_, witness) = evaluate::explain(instance.threat, element, facts);
                let data = sentence::data_at_stake(element, facts);
                let rule = &facts.library.rules[instance.threat as usize];
                let finding = finding_id(facts, instance.threat, element);
                hash(&finding);
                let threat = &facts.library.threats[instance.threat as usize];
                let assumed = instance.applies != Applies::Fires || !threat.supposes.is_empty();
                if !threat.supposes.is_empty() {
                    let text: Box<str> = format!(
                        "of {}: {} (no input shows it; likelihood {})",
                        sentence::name(element, facts),
                        threat.supposes,
                        instance.likelihood.as_str()
                    )
                    .into();
                    if !assumptions.contains(&text) {
                        assumptions.push(text);
                    }
                }
                if threat.hypothesis {
                    let text: Box<str> = format!(
                        "{} has such a bug: {} (a hypothesis; likelihood {})",
                        sentence::name(element, facts),
                        lower_first(&threat.title),
                        instance.likelihood.as_str()
                    )
                    .into();
                    if !assumptions.contains(&text) {
                        assumptions.push(text);
                    }
                } else if instance.applies != Applies::Fires {
                    for asked in evaluate::questions(instance.threat, element, facts) {
                        let text = assumption(asked, facts).into();
                        if !assumptions.contains(&text) {
                            assumptions.push(text);
                        }
                    }
                }
                let title = sentence::fill(&rule.title, element, &witness, &data, facts);
                let phrase = if rule.step.is_empty() {
                    None
                } else {
                    Some(sentence::fill(&rule.step, element, &witness, &data, facts))
                };
                // A threat at an account says by itself who acts as it and where that leads.
                if element.domain == Domain::Identity {
                    let told = |state: &State| {
                        state.element == element
                            || gains.iter().chain(&needs).any(|other| other.element == state.element)
                    };
                    while phrases.last().is_some_and(|last| !last.gains.is_empty() && last.gains.iter().all(told)) {
                        phrases.pop();
                    }
                }
                let text = phrase.unwrap_or_else(|| format!("makes use of this: {title}"));
                phrases.push(Phrase { text, assumed, gains: Vec::new() });
                let mut atoms = witness.atoms.clone();
                for control in &rule.controls {
                    let (truth, place) = evaluate::control_at(control, element, facts);
                    if truth == vauban_rules::bits::Truth::False {
                        atoms.push(vauban_rules::condition::witness::Atom::Control(place, control.control));
                    }
                }
                let mut told = evidence::evidence(facts, element, &atoms);
                // What kind of thing somebody else is says nothing where nobody reads whose it is.
                let of_others = |piece: &Evidence| {
                    piece.element != element && piece.element.domain == Domain::Component && &*piece.fact == KIND
                };
                if !told.iter().all(of_others) {
                    told.retain(|piece| !of_others(piece));
                }
                steps.push(PathStep {
                    threat: Some(instance.threat),
                    finding: Some(finding),
                    consequence: Box::default(),
                    title: title.into(),
                    from: needs.first().map(|state| state.element).or(Some(element)),
                    to,
                    needs,
                    gains,
                    likelihood: instance.likelihood,
                    assumed,
                    evidence: told,
                    seen_by: Vec::new(),
                });
            }
            StepKind::Follows(kind, from, via) => {
                let trivial =
                    matches!(kind, Consequence::AnyOf | Consequence::OwnsComponent | Consequence::AdministersComponent);
                if trivial && to != goal.state.element || kind == Consequence::AnyOf {
                    continue;
                }
                hash(kind.as_str());
                let (title, phrase) = consequence_text(kind, from, via, &gains, facts);
                if !phrase.is_empty() {
                    phrases.push(Phrase { text: phrase, assumed: false, gains: gains.clone() });
                }
                steps.push(PathStep {
                    threat: None,
                    finding: None,
                    consequence: kind.as_str().into(),
                    title: title.into(),
                    from: Some(from),
                    to,
                    needs,
                    gains,
                    likelihood: Likelihood::Certain,
                    assumed: false,
                    evidence: consequence_evidence(kind, from, via, facts),
                    seen_by: Vec::new(),
                });
            }
        }
    }
    let _ = best;
    let attacker = facts.library.attackers.get(start.attacker as usize);
    let attacker_id = attacker.map_or("given", |a| &*a.id);
    // Whoever holds an account reaches what is exposed as well, and still is who the question says.
    let from = held.filter(|_| attacker.is_none()).unwrap_or(start_state.element);
    let attacker_name = attacker.map_or_else(|| given(from, facts), |a| a.name.to_string());
    let goal_id = format!("{}:{}", goal.state.verb.as_str(), facts.model.id(goal.state.element));
    hash(facts.model.id(start_state.element));
    let short = (fingerprint ^ (fingerprint >> 32)) & 0xffff_ffff;
    let probability = probability_of_cost(proof.cost_distinct);
    let likelihood = engine.methodology.likelihood_of(probability);
    let risk = engine.methodology.risk(likelihood, goal.impact);
    let threats = steps.iter().filter(|step| step.threat.is_some()).count();
    let mut because = vec![
        format!(
            "{} tries with likelihood {}.",
            upper_first(&attacker_name),
            attacker.map_or("certain", |a| a.likelihood.as_str())
        ),
        format!(
            "{threats} step{} must succeed; together that is {}.",
            if threats == 1 { "" } else { "s" },
            likelihood.as_str()
        ),
        format!("{} has impact {} of 5.", upper_first(&state_text(goal.state, facts)), goal.impact.level()),
        format!("The matrix makes that a {} risk.", risk.as_str()),
    ];
    let noticed = |step: &&PathStep| step.seen_by.iter().any(|seen| engine.methodology.detection(seen.how) > 0);
    match steps.iter().filter(noticed).count() {
        0 => {}
        1 => because.push("One step would be noticed, which makes it less likely to succeed.".to_owned()),
        many => because.push(format!("{many} steps would be noticed, which makes them less likely to succeed.")),
    }
    let begins = (attacker.is_some() || from != start_state.element).then_some(start_state);
    let story = story(&attacker_name, begins, &phrases, goal.state, facts);
    Some(AttackPath {
        id: format!("path:{attacker_id}:{goal_id}:{short:08x}").into(),
        attacker: start.attacker,
        from,
        to: goal.state.element,
        goal: goal.state,
        steps,
        score: Score { likelihood, impact: goal.impact, risk, because: because.into() },
        probability_per_million: per_million(probability),
        assumptions,
        story: story.into(),
    })
}

/// Writes a step down that infrastructure permits; gives its part of the story.
fn tell_cloud(
    step: &CloudStep,
    finding: Option<Box<str>>,
    needs: &[State],
    gains: Vec<State>,
    assumptions: &mut Vec<Box<str>>,
    steps: &mut Vec<PathStep>,
    engine: &Engine<'_>,
) -> Phrase {
    let facts = engine.facts;
    for text in &step.assumptions {
        if !assumptions.contains(text) {
            assumptions.push(text.clone());
        }
    }
    let assumed = step.applies != Applies::Fires;
    // An account holds everything in it: what is told is the one thing the path goes on with.
    let account = matches!(&*step.consequence, "owns-account" | "holds-editor");
    let narrowed;
    let step = match gains.first() {
        Some(gain) if account => {
            narrowed = CloudStep { target: gain.element, ..step.clone() };
            &narrowed
        }
        _ => step,
    };
    let title = cloud::sentence(step, cloud::Sentence::Title, facts);
    let text = cloud::sentence(step, cloud::Sentence::Step, facts);
    let phrase = Phrase { text, assumed, gains: if step.threat.is_some() { Vec::new() } else { gains.clone() } };
    steps.push(PathStep {
        threat: step.threat,
        finding,
        consequence: step.consequence.clone(),
        title: title.into(),
        from: Some(step.element),
        to: if account { gains.first().map_or(step.target, |gain| gain.element) } else { step.target },
        needs: needs.to_vec(),
        gains,
        likelihood: cloud::likelihood(step, facts.library, engine.methodology),
        assumed,
        evidence: step.evidence.clone(),
        seen_by: step.seen_by.clone(),
    });
    phrase
}

/// The finding that names what makes a structural step possible, if there is one: an account uses a right because it has
/// too many. The path then tells the finding, which somebody can mend, and not the bare fact.
fn finding_behind(
    engine: &Engine<'_>,
    graph: &AttackGraph,
    proof: &Proof,
    step: StepId,
    kind: StepKind,
) -> Option<StepKind> {
    let StepKind::Follows(Consequence::UsesRight | Consequence::AssumesIdentity, from, _) = kind else { return None };
    let held = |state: &vauban_paths::graph::StateId| proof.states.iter().any(|(known, _)| known == state);
    let gained: Vec<_> =
        proof.states.iter().filter(|(_, origin)| *origin == Origin::Step(step)).map(|(state, _)| *state).collect();
    for state in &gained {
        for other in graph.graph.producers(*state) {
            let Some(StepKind::Threat(at)) = graph.steps.get(other.0 as usize) else { continue };
            let Some(instance) = engine.instances.get(*at as usize) else { continue };
            if instance.element == from
                && instance.applies == Applies::Fires
                && graph.graph.premises(*other).iter().all(held)
            {
                return Some(StepKind::Threat(*at));
            }
        }
    }
    None
}

fn assumption(asked: evaluate::Asked, facts: &Facts<'_>) -> String {
    let name = sentence::name(asked.element(), facts);
    match asked {
        evaluate::Asked::Control(_, control) => {
            format!("{name} is assumed to lack: {}", facts.library.controls[control as usize].name)
        }
        evaluate::Asked::Fact(_, id) => {
            format!("nobody said the `{}` of {name}; the worse answer is assumed", id.definition().key)
        }
        evaluate::Asked::Technology(_) => format!("nobody said what {name} is made of"),
    }
}

/// One part of a story.
struct Phrase {
    text: String,
    assumed: bool,
    /// What a structural step gives; empty for a threat.
    gains: Vec<State>,
}

pub(crate) fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Whether an element is the internet, by its kind.
fn is_internet(element: ElementRef, facts: &Facts<'_>) -> bool {
    let kind = |domain| facts.symbol(domain, fact::BOUNDARY_KIND, element.index as usize);
    let internet = vauban_model::model::symbol_of(fact::BOUNDARY_KIND, "internet");
    element.domain == Domain::Boundary && internet.is_some() && kind(Domain::Boundary) == internet
        || is_anybody(facts, element)
}

/// An attacker of whom the user said where the path starts.
fn given(element: ElementRef, facts: &Facts<'_>) -> String {
    let name = sentence::name(element, facts);
    match element.domain {
        Domain::Boundary if is_internet(element, facts) => "an attacker on the internet".to_owned(),
        Domain::Boundary => format!("an attacker on the network of {name}"),
        Domain::Data => format!("an attacker who has {name}"),
        _ => format!("an attacker who controls {name}"),
    }
}

/// The path as sentences: who, what, then what, and what comes of it. Without a beginning the attacker's name says it.
fn story(attacker: &str, begins: Option<State>, phrases: &[Phrase], goal: State, facts: &Facts<'_>) -> String {
    let mut out = upper_first(attacker);
    // "Who controls the shop controls the shop" says nothing: the story goes on with what comes next.
    let phrases = match phrases {
        [first, rest @ ..]
            if begins.is_none() && !first.assumed && !rest.is_empty() && attacker.ends_with(&first.text) =>
        {
            rest
        }
        all => all,
    };
    // Whoever is on the internet need not reach it first: the story begins with what they do. Nor does somebody start at a
    // caller in whose place they may stand.
    let told = begins.filter(|start| match start.verb {
        Verb::Reach => phrases.is_empty() || !is_internet(start.element, facts),
        Verb::Hide => phrases.is_empty(),
        _ => true,
    });
    if let Some(start) = told {
        let name = sentence::name(start.element, facts);
        let does = match (start.verb, start.element.domain) {
            (Verb::Reach, Domain::Boundary) => "is on the network of",
            (Verb::Reach, Domain::Component) => "reaches",
            (Verb::Reach, Domain::Flow) => "listens on",
            (Verb::ActAs, Domain::Component) => "is a user of",
            (Verb::ActAs, _) => "acts as",
            (Verb::RunCode, _) => "runs code on",
            (Verb::Administer, _) => "administers",
            (Verb::Read, _) => "has",
            (Verb::Deny, _) => "strikes",
            (Verb::Touch, _) => "gets to",
            _ => "starts at",
        };
        out.push_str(&format!(" {does} {name}"));
    }
    for (at, phrase) in phrases.iter().enumerate() {
        let maybe = if phrase.assumed { "if nothing prevents it, " } else { "" };
        match at % 3 {
            0 if at == 0 && told.is_none() && !phrase.assumed => out.push_str(&format!(" {}", phrase.text)),
            0 if at == 0 => out.push_str(&format!(", {maybe}{}", phrase.text)),
            0 => out.push_str(&format!(
                ". From there the attacker {}{}",
                maybe.replace("if nothing prevents it, ", "probably "),
                phrase.text
            )),
            1 => out.push_str(&format!(", then {maybe}{}", phrase.text)),
            _ => out.push_str(&format!(", and {maybe}{}", phrase.text)),
        }
    }
    let end = goal_text(goal, facts);
    let name = sentence::name(goal.element, facts);
    let (controls, gets) = (format!("controls {name}"), format!("gets at {name}"));
    let said = |last: &Phrase| {
        last.text.ends_with(&end)
            // "reaches shop (tcp 443)"
            || last.text.strip_prefix(&end).is_some_and(|rest| rest.starts_with(" ("))
            || goal.verb == Verb::Administer && last.text.ends_with(&controls)
            || goal.verb == Verb::Read && last.text.split(" in ").next() == Some(&gets)
            || goal.verb == Verb::RunCode && (last.text.contains("run code") || last.text.contains("runs code"))
    };
    let told_at_once = phrases.is_empty() && told == Some(goal);
    if !told_at_once && phrases.last().is_none_or(|last| !said(last)) {
        let so = if told.is_none() && phrases.is_empty() { " thereby" } else { ", and so" };
        out.push_str(&format!("{so} {end}"));
    }
    out.push('.');
    out
}

/// What a structural step is called, as a sentence and as a part of one.
fn consequence_text(
    kind: Consequence,
    from: ElementRef,
    via: ElementRef,
    gains: &[State],
    facts: &Facts<'_>,
) -> (String, String) {
    let name = |element: ElementRef| sentence::name(element, facts);
    let ends: Vec<String> = {
        let mut list: Vec<String> = Vec::new();
        for gain in gains {
            let text = name(gain.element);
            if !list.contains(&text) {
                list.push(text);
            }
        }
        list
    };
    let ends = sentence::list(&ends);
    // Who calls something holds the wire to it: that is no place to go on to.
    if kind == Consequence::FollowsFlow && !gains.is_empty() && gains.iter().all(|gain| gain.element == via) {
        let does = if gains.iter().any(|gain| gain.verb == Verb::Read) { "reads" } else { "can change" };
        let carries = format!("{does} what {} carries", name(via));
        return (format!("Code on {} {carries}", name(from)), carries);
    }
    match kind {
        Consequence::FollowsFlow => (
            format!("From {} the attacker goes on to {ends} along {}", name(from), name(via)),
            format!("goes on to {ends}"),
        ),
        Consequence::ReceivesFlow => (
            format!("Code on {} sees what arrives on {}", name(from), name(via)),
            format!("sees what arrives at {}", name(from)),
        ),
        Consequence::OwnsComponent | Consequence::AdministersComponent => {
            (format!("Whoever controls {} has all that is in it", name(from)), format!("controls {}", name(from)))
        }
        Consequence::UsesIdentity | Consequence::UsesFlowIdentity => {
            (format!("Code on {} acts as {ends}", name(from)), format!("acts as {ends}, the account of {}", name(from)))
        }
        Consequence::UsesRight => {
            let verb = gains.first().map_or("uses", |gain| match gain.verb {
                Verb::Administer => "administers",
                Verb::Read => "reads",
                Verb::Alter => "changes",
                _ => "uses",
            });
            let rights = match verb {
                "administers" => "administer",
                "reads" => "read",
                "changes" => "change",
                _ => "use",
            };
            (
                format!("{} may {rights} {}", name(from), name(via)),
                format!("with the rights of {} {verb} {}", name(from), name(via)),
            )
        }
        Consequence::AssumesIdentity => (format!("{} may act as {ends}", name(from)), format!("takes on {ends}")),
        Consequence::HoldsData => (format!("{} holds {ends}", name(from)), format!("gets at {ends} in {}", name(from))),
        Consequence::SeesData => (format!("{} carries {ends}", upper_first(&name(from))), format!("gets at {ends}")),
        Consequence::UnlocksIdentity => {
            (format!("{} lets its holder act as {ends}", name(from)), format!("uses {} to act as {ends}", name(from)))
        }
        Consequence::JoinsNetwork => {
            (format!("Code on {} is on the network of {ends}", name(from)), format!("is now inside {ends}"))
        }
        Consequence::TapsNetwork => (
            format!("Whoever is in {} is on the wire of {}", name(from), name(via)),
            format!("listens on {}", name(via)),
        ),
        Consequence::AnyOf => (String::new(), String::new()),
    }
}

/// The statements a structural step stands on. Never empty.
fn consequence_evidence(kind: Consequence, from: ElementRef, via: ElementRef, facts: &Facts<'_>) -> Vec<Evidence> {
    let mut out: Vec<Evidence> = Vec::new();
    let mut add = |element: ElementRef, id: FactId| {
        if facts.model.get(element).is_some_and(|e| e.fact(id).is_some()) {
            out.extend(evidence::of_fact(facts, element, id));
        }
    };
    match kind {
        Consequence::UsesIdentity => add(from, fact::RUNS_AS),
        Consequence::UsesFlowIdentity => add(via, fact::ACTS_AS),
        Consequence::UsesRight => {
            for id in [fact::MAY_ADMINISTER, fact::MAY_WRITE, fact::MAY_READ, fact::MAY_USE] {
                let names = facts.model.get(from).map_or(&[][..], |e| e.references(id));
                if names.contains(&via.index) {
                    add(from, id);
                }
            }
        }
        Consequence::AssumesIdentity => add(from, fact::MAY_ASSUME),
        Consequence::HoldsData => {
            add(from, fact::STORES);
            add(from, fact::HANDLES);
        }
        Consequence::SeesData => {
            add(from, fact::CARRIES);
            add(from, fact::RETURNS);
        }
        Consequence::UnlocksIdentity => add(from, fact::UNLOCKS),
        Consequence::FollowsFlow | Consequence::ReceivesFlow | Consequence::TapsNetwork => {
            out.extend(evidence::structure(facts, via));
        }
        Consequence::OwnsComponent
        | Consequence::AdministersComponent
        | Consequence::JoinsNetwork
        | Consequence::AnyOf => {}
    }
    if out.is_empty() {
        out.extend(evidence::structure(facts, from));
    }
    out
}
