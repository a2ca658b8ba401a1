//! From a model to findings, questions and attack paths: the main line of the analysis.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::finding::{Applies, CloudStep, ControlNeed, Decision, Finding, Instance, Score, Status, Treatment};
use vauban_model::model::{ElementRef, Model};
use vauban_model::report::Analysis;
use vauban_model::scale::{Level, Likelihood, Methodology};
use vauban_model::vocabulary::{Domain, fact, relation};
use vauban_model::{Diagnostic, Severity, Span, did_you_mean};
use vauban_paths::graph::StepId;
use vauban_risk::decisions::{Book, weakened_to};
use vauban_risk::score::{Reckoning, only_if};
use vauban_rules::bits::Truth;
use vauban_rules::condition::witness::{Atom, Witness};
use vauban_rules::evaluate::{self, Outcome, evaluate};
use vauban_rules::facts::Facts;
use vauban_rules::library::Library;
use vauban_rules::{evidence, sentence};

use crate::engine::{Engine, World};
use crate::foreign::Rules;
use crate::overview::{matrix, mitigated, risks};
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
                    // Nobody answers for whoever is on the internet, so nothing is assumed of them either.
                    if applies == Applies::Asks && is_anybody(facts, element) {
                        continue;
                    }
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

/// Whether an element stands for whoever is on the internet, where code is read.
pub(crate) fn is_anybody(facts: &Facts<'_>, element: ElementRef) -> bool {
    facts.model.from_code && element.domain == Domain::Component && facts.model.id(element) == "internet"
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

/// What is so today, and what would be so without any control.
fn today_and_uncontrolled(engine: &Engine<'_>) -> (World, World) {
    let current = engine
        .world(&engine.graph.graph, &engine.graph.unsure, |_, i| (i.applies == Applies::Fires).then_some(i.likelihood));
    // The same, unless a control is there.
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
    (current, inherent)
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
    let mut engine = Engine::new(&facts, methodology, &outcomes, cloud);
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

    let mut book = Book::new(decisions, options.today.as_deref());
    let mut decided: Vec<Option<(u32, Treatment)>> = vec![None; engine.instances.len()];
    // Those that stay possible, since their decision's controls only make them less likely.
    let mut weakened: Vec<Option<Likelihood>> = vec![None; engine.instances.len()];
    // Threats that can no longer be steps, and those that never were.
    let mut gone: Vec<StepId> = Vec::new();
    let mut refuted: BTreeSet<Box<str>> = BTreeSet::new();
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
            if let (None, Some(step)) = (weakened[at], engine.graph.step_of[at]) {
                gone.push(step);
            }
            if treatment == Treatment::FalsePositive {
                refuted.insert(id);
            }
        }
        // Threats that the model brought along are decided too; that is a use of a decision, whatever it is.
        for threat in &model.recorded_threats {
            let _ = book.find(&threat.id);
        }
        analysis.diagnostics.extend(book.diagnostics());
    }
    // A false positive is told as it would be if it were so; everything else as if it were not.
    let if_so = (!refuted.is_empty()).then(|| today_and_uncontrolled(&engine));
    engine = engine.without(&refuted);
    let any_treated = !gone.is_empty() || weakened.iter().any(Option::is_some);
    let mut treated = engine.graph.unsure.clone();
    for step in gone {
        treated.insert(step);
    }
    let (mut current, mut inherent) = today_and_uncontrolled(&engine);
    if let Some((today, uncontrolled)) = if_so {
        for (at, decision) in decided.iter().enumerate() {
            if let Some((_, Treatment::FalsePositive)) = decision {
                current.threats[at] = today.threats[at];
                inherent.threats[at] = uncontrolled.threats[at];
            }
        }
    }
    // What will be so once decisions are carried out.
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
    // Whom nobody gets to as things are known.
    let out_of_reach: FxHashMap<Box<str>, usize> = fired
        .iter()
        .filter(|at| current.get(**at).copied().flatten().is_some_and(|it| it.is_out_of_reach()))
        .filter_map(|at| {
            let instance = engine.instances.get(*at)?;
            Some((finding_id(&facts, instance.threat, instance.element), *at))
        })
        .collect();
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
    let worse = engine.best(&engine.graph.graph, &engine.graph.stopped);
    let assumed =
        engine.scores_by(&engine.graph.graph, &worse, |_, i| (i.applies == Applies::Asks).then_some(i.likelihood));
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

    let (paths, choke_points) = crate::paths::report(&engine, options.max_paths, false);
    let mut on_path: FxHashMap<&str, Vec<Box<str>>> = FxHashMap::default();
    for path in &paths {
        for step in &path.steps {
            // A finding whose rule supposes something fires all the same: only what comes of it is supposed.
            let supposes = || {
                let threat = step.threat.and_then(|threat| library.threats.get(threat as usize));
                threat.is_some_and(|threat| !threat.supposes.is_empty() && threat.grant.is_none())
            };
            if let (Some(finding), true) = (&step.finding, !step.assumed || supposes()) {
                let list = on_path.entry(finding).or_default();
                if list.last() != Some(&path.id) {
                    list.push(path.id.clone());
                }
            }
        }
    }
    let assumptions: FxHashMap<&str, &[Box<str>]> =
        paths.iter().map(|path| (&*path.id, path.assumptions.as_slice())).collect();
    for finding in &mut analysis.findings {
        if let Some(ids) = on_path.get(&*finding.id) {
            finding.paths.clone_from(ids);
        }
        let Some(at) = out_of_reach.get(&finding.id) else { continue };
        // A path that leans on what nobody said leads there all the same.
        let leans = finding.paths.iter().find_map(|id| assumptions.get(&**id)).copied();
        let step = engine.graph.step_of.get(*at).copied().flatten();
        let reached = step.is_some_and(|step| worse.step_cost(step).is_some());
        if leans.is_some_and(|all| !all.is_empty()) || reached {
            for score in [&mut finding.inherent, &mut finding.current, &mut finding.residual] {
                only_if(score, leans.unwrap_or_default());
            }
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
    // Where there is nothing but permissions, who holds them is what the model is made of.
    let in_scope = if in_scope > 0 { in_scope } else { model.identities.len() };
    let mut budget = options.shown_per_component.saturating_mul(in_scope.max(1));
    // What one principal may do is mostly one cause with one remedy: its worst rights stand for the others.
    let mut of_principal: BTreeMap<ElementRef, usize> = BTreeMap::new();
    for finding in findings.iter_mut().filter(|finding| finding.status.is_open()) {
        if budget == 0 {
            break;
        }
        let principal = finding.elements.first().filter(|element| element.domain == Domain::Identity);
        if let Some(principal) = principal.filter(|_| library.threats[finding.threat as usize].grant.is_some()) {
            let shown = of_principal.entry(*principal).or_default();
            if *shown == options.shown_per_component {
                continue;
            }
            *shown += 1;
        }
        finding.shown = true;
        budget -= 1;
    }
}
