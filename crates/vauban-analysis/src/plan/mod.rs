//! Which controls to put in place: candidates from the findings, scored as the analysis scores, chosen exactly.
//!
//! [`plan`] asks [`vauban_risk::selection`] for the cheapest set of candidates within tolerance, or the best within a budget,
//! and tells what each control of it does. [`what_if`] changes a model in one's hands and compares.

mod candidates;
pub mod what_if;
mod world;

use rustc_hash::FxHashMap;
use vauban_model::finding::Status;
use vauban_model::plan::{
    AlreadyDecided, BeforeAfter, Certificate, ControlPlan, Effort, FrontierPoint, PlannedControl, PlannedRisk,
    Priority, Residual, RiskKind, Unattainable,
};
use vauban_model::scale::{Impact, Level, Likelihood, Methodology};
use vauban_model::treatment::Stage;
use vauban_model::words::count;
use vauban_risk::selection::cost::effort_of;
use vauban_risk::selection::greedy::points_of;
use vauban_risk::selection::{Candidate, Limits, Selector, Situation};
use vauban_rules::facts::Facts;
use vauban_rules::sentence;

use crate::analyse::{analyse, finding_id};
use crate::engine::Engine;
use crate::session::Session;
use candidates::{Candidates, Placed};
use world::{Decided, Subject, World};

/// What to plan for.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanQuery {
    /// Spend at most this; `None`: whatever brings every risk within tolerance.
    pub budget: Option<Effort>,
    /// Also the cost of leaving more.
    pub frontier: bool,
    /// Another tolerance than the methodology's.
    pub tolerance: Option<Level>,
    /// Sets of controls to score at most; `None`: as many as a model of this size allows in some seconds.
    pub evaluations: Option<u64>,
}

/// Candidates that the priority matrix shows at most.
const PRIORITIES: usize = 40;
/// Times a plan is made again because the whole analysis scored it worse than the search did.
const AGAIN: usize = 3;

/// Everything that could be put in place in a session, as `control@element`, with what it costs there.
pub fn candidates(session: &Session) -> Vec<(Box<str>, Effort)> {
    let facts = Facts::new(&session.project.model, &session.library.library);
    let outcomes = crate::analyse::outcomes(&facts, &session.project.methodology, session.options.experimental);
    let engine = Engine::new(&facts, &session.project.methodology, &outcomes, &session.project.steps);
    let candidates = Candidates::new(&engine);
    candidates.placed.iter().map(|placed| (id(&facts, placed), placed.cost)).collect()
}

/// `control@element`.
fn id(facts: &Facts<'_>, placed: &Placed) -> Box<str> {
    let control = facts.library.controls.get(placed.control as usize).map_or("", |control| &*control.id);
    let system = placed.element == vauban_model::model::ElementRef::SYSTEM;
    let place = if system { "system" } else { facts.model.id(placed.element) };
    format!("{control}@{place}").into()
}

/// Goals that a plan leaves out although a path leads there that is above tolerance: where attackers who may do it by right
/// cannot be told from those who have to attack for it, or are too many. As `verb:element`, in the order of the paths.
pub fn left_out(session: &Session, plan: &ControlPlan) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let above =
        session.analysis.paths.iter().filter(|path| path.assumptions.is_empty() && path.score.risk > plan.tolerance);
    for path in above {
        let id = format!("{}:{}", path.goal.verb.as_str(), session.project.model.id(path.goal.element));
        let planned = plan.risks.iter().any(|risk| *risk.id == *id);
        if !planned && !plan.unattainable.iter().any(|risk| *risk.id == *id) && !out.contains(&id) {
            out.push(id);
        }
    }
    out
}

/// Plans controls for a session.
pub fn plan(session: &Session, query: &PlanQuery) -> ControlPlan {
    let facts = Facts::new(&session.project.model, &session.library.library);
    let methodology = &session.project.methodology;
    let outcomes = crate::analyse::outcomes(&facts, methodology, session.options.experimental);
    let engine = Engine::new(&facts, methodology, &outcomes, &session.project.steps);
    let candidates = Candidates::new(&engine);
    let status: FxHashMap<&str, Status> = session.analysis.findings.iter().map(|f| (&*f.id, f.status)).collect();
    let decided = |id: &str| match status.get(id) {
        Some(Status::Accepted | Status::Transferred) => Decided::Stays,
        Some(Status::Avoided | Status::FalsePositive) => Decided::Gone,
        _ => Decided::Open,
    };
    let mut world = World::new(&engine, &candidates, &decided);
    let choices = candidates.for_selection(&facts, methodology);
    let planner =
        Planner { session, facts: &facts, engine: &engine, candidates: &candidates, choices: &choices, query };
    let mut made = planner.checked(&mut world, AGAIN);
    planner.unsure(&mut made);
    planner.tell(&mut world, made)
}

struct Planner<'a> {
    session: &'a Session,
    facts: &'a Facts<'a>,
    engine: &'a Engine<'a>,
    candidates: &'a Candidates,
    choices: &'a [Candidate],
    query: &'a PlanQuery,
}

/// A plan in numbers.
struct Made {
    chosen: Vec<u32>,
    order: Vec<u32>,
    certificate: Certificate,
    frontier: Vec<(Vec<u32>, Residual)>,
    frontier_exact: bool,
    /// All risks above tolerance: number among the world's, level before, at best, with the plan.
    risks: Vec<(world::Risk, Level, Option<Level>, Option<Level>)>,
    /// For each control in order: what is left with it and those before, and the risks that are back without it.
    left: Vec<Residual>,
    needed: Vec<Vec<Box<str>>>,
    singles: Vec<(u32, u64, u32, u32)>,
    threats: BeforeAfter,
    goals: BeforeAfter,
}

impl Made {
    /// Takes over the levels of the whole analysis: with them nothing is proven of the plan, though nothing cheaper brings
    /// even the levels of the search.
    fn refuted(&mut self, worse: &[(usize, Level)]) {
        for (at, level) in worse {
            if let Some((.., planned)) = self.risks.get_mut(*at) {
                self.threats.after = self.threats.after.moved(*planned, *level);
                *planned = Some(*level);
            }
        }
        let worse = count(worse.len(), "finding");
        let lower_bound = self.certificate.lower_bound;
        self.unproven(&format!("the analysis with the plan in it scores {worse} higher than the search did"));
        self.certificate.lower_bound = lower_bound;
    }

    /// Says why nothing is proven of the plan or of what costs less.
    fn unproven(&mut self, why: &str) {
        let certificate = &mut self.certificate;
        certificate.optimal = false;
        certificate.lower_bound = Effort(0);
        certificate.limit =
            if certificate.limit.is_empty() { why.into() } else { format!("{}; {why}", certificate.limit).into() };
        self.frontier_exact = false;
    }
}

/// Whether more likelihood or more impact is less risk somewhere in the matrix.
fn falls(methodology: &Methodology) -> bool {
    let risk = |likelihood, impact: u8| methodology.risk(likelihood, Impact::new(impact));
    let falls_at = |likelihood: Likelihood, impact: u8| {
        let here = risk(likelihood, impact);
        risk(likelihood.shifted(1), impact) < here || impact < 5 && risk(likelihood, impact + 1) < here
    };
    Likelihood::ALL.into_iter().any(|likelihood| (1..=5).any(|impact| falls_at(likelihood, impact)))
}

impl Planner<'_> {
    /// A plan on which the whole analysis has the last word. What it sees worse is a way on which steps are shared: the
    /// search learns of it and goes again, so many times at most. Where that does not help, nothing is called proven.
    fn checked(&self, world: &mut World<'_>, again: usize) -> Made {
        let mut made = self.make(world);
        for round in 0.. {
            let worse = self.understated(&made);
            if worse.is_empty() {
                break;
            }
            if round == again || !world.remember(&made.chosen) {
                made.refuted(&worse);
                break;
            }
            made = self.make(world);
        }
        made
    }

    /// What the proof needs and does not have here: all effects of the candidates, and a matrix on which less likelihood is
    /// never more risk.
    fn unsure(&self, made: &mut Made) {
        if self.candidates.untried > 0 {
            let untried = count(self.candidates.untried, "candidate");
            made.unproven(&format!("{untried} may end threats by their conditions, which was not tried out"));
        }
        if falls(self.engine.methodology) {
            made.unproven("the risk matrix of the methodology falls, so that one more control can raise a risk");
        }
    }

    fn tolerance(&self) -> Level {
        self.query.tolerance.unwrap_or(self.engine.methodology.tolerance)
    }

    fn limits(&self, world: &World<'_>) -> Limits {
        let size = u64::try_from(world.size() + self.engine.instances.len()).unwrap_or(u64::MAX);
        let evaluations = (40_000_000 / size.saturating_add(2_000)).clamp(60, 6_000);
        Limits { evaluations: self.query.evaluations.unwrap_or(evaluations), nodes: 400_000 }
    }

    fn make(&self, world: &mut World<'_>) -> Made {
        let all = world.risks.clone();
        let everything = world.levels(&[]);
        let above: Vec<bool> = everything.iter().map(|level| level.is_some_and(|l| l > self.tolerance())).collect();
        world.keep(&above);
        let risks = world.risks.clone();
        let limits = self.limits(world);
        let mut selector = Selector::new(self.choices, world, self.tolerance(), limits);
        let plan = selector.within_tolerance();
        let wanted = self.query.frontier || self.query.budget.is_some();
        let frontier = wanted.then(|| selector.frontier(&plan.chosen));
        let mut certificate = Certificate {
            optimal: plan.optimal,
            lower_bound: plan.lower_bound,
            nodes: plan.nodes,
            reasons: plan.reasons,
            candidates: self.choices.len(),
            ..Certificate::default()
        };
        let mut chosen = plan.chosen;
        if let (Some(budget), Some(frontier)) = (self.query.budget, &frontier)
            && selector.cost(&chosen) > budget
        {
            chosen = frontier.within(budget).map_or_else(Vec::new, |point| point.chosen.clone());
            certificate.optimal = frontier.exact;
            certificate.lower_bound = if frontier.exact { selector.cost(&chosen) } else { Effort(0) };
        }
        let order = selector.order(&chosen);
        let mut left = Vec::new();
        let mut needed = Vec::new();
        let with_all = selector.levels(&chosen);
        for (at, candidate) in order.iter().enumerate() {
            left.push(selector.left(order.get(..=at).unwrap_or(&[])));
            let without: Vec<u32> = chosen.iter().copied().filter(|c| c != candidate).collect();
            let levels = if selector.spent() { Vec::new() } else { selector.levels(&without) };
            let back = levels.iter().zip(&with_all).zip(&risks).filter(|((now, planned), _)| now > planned);
            needed.push(back.map(|(_, risk)| risk.id.clone()).collect());
        }
        let singles = self.singles(&mut selector, &chosen);
        let (before, least) = (selector.before().to_vec(), selector.least().to_vec());
        certificate.evaluated = selector.evaluations();
        if !certificate.optimal {
            certificate.limit = if selector.spent() {
                format!("{} sets of controls were scored, which is the limit", selector.evaluations()).into()
            } else {
                format!("the search ended after {} nodes without a proof", certificate.nodes).into()
            };
        }
        let (frontier, frontier_exact) = frontier.map_or((Vec::new(), false), |frontier| {
            (frontier.points.into_iter().map(|point| (point.chosen, point.left)).collect(), frontier.exact)
        });
        // All risks again, those within tolerance too.
        world.risks = all;
        let with_plan = world.levels(&chosen);
        let of = |kind: RiskKind, levels: &[Option<Level>]| {
            let own = world.risks.iter().zip(levels).filter(|(risk, _)| risk.kind == kind);
            Residual::of(own.filter_map(|(_, level)| *level))
        };
        let both = |kind| BeforeAfter { before: of(kind, &everything), after: of(kind, &with_plan) };
        let (threats, goals) = (both(RiskKind::Finding), both(RiskKind::Way));
        let risks = risks
            .into_iter()
            .zip(before)
            .zip(least)
            .zip(with_all)
            .filter_map(|(((risk, before), least), after)| Some((risk, before?, least, after)))
            .collect();
        Made { chosen, order, certificate, frontier, frontier_exact, risks, left, needed, singles, threats, goals }
    }

    /// What candidates do on their own: points taken away, risks settled, risks lowered. Chosen ones first in line, then
    /// those that most reasons name.
    fn singles(&self, selector: &mut Selector<'_>, chosen: &[u32]) -> Vec<(u32, u64, u32, u32)> {
        let before = selector.before().to_vec();
        let now = points_of(selector.left(&[]));
        let mut line: Vec<u32> = chosen.to_vec();
        for candidate in selector.named() {
            if !line.contains(&candidate) {
                line.push(candidate);
            }
        }
        let mut out = Vec::new();
        for candidate in line.into_iter().take(PRIORITIES) {
            if selector.spent() {
                break;
            }
            let levels = selector.levels(&[candidate]);
            let pairs = || before.iter().zip(&levels);
            let settles = pairs().filter(|(_, now)| now.is_none_or(|level| level <= self.tolerance())).count();
            let lowers = pairs().filter(|(was, now)| now < was).count();
            let gain = now.saturating_sub(points_of(selector.left(&[candidate])));
            out.push((candidate, gain, u32::try_from(settles).unwrap_or(0), u32::try_from(lowers).unwrap_or(0)));
        }
        out
    }

    /// The risks, by their number in the plan, that the whole analysis scores worse than the search did on a model with the
    /// plan in it, and their level there.
    fn understated(&self, made: &Made) -> Vec<(usize, Level)> {
        let (model, steps) = self.with(&made.chosen);
        let session = self.session;
        let methodology = &session.project.methodology;
        let after =
            analyse(&model, &steps, &session.library.library, methodology, &session.decisions, &session.options);
        let levels: FxHashMap<&str, Level> = after.findings.iter().map(|f| (&*f.id, f.current.risk)).collect();
        let findings = made.risks.iter().enumerate().filter(|(_, (risk, ..))| risk.kind == RiskKind::Finding);
        findings
            .filter_map(|(at, (risk, _, _, planned))| {
                let level = *levels.get(&*risk.id)?;
                (level > self.tolerance() && Some(level) > *planned).then_some((at, level))
            })
            .collect()
    }

    /// The model with candidates in place.
    fn with(&self, chosen: &[u32]) -> (vauban_model::model::Model, Vec<vauban_model::finding::CloudStep>) {
        let mut model = self.session.project.model.clone();
        let mut steps = self.session.project.steps.clone();
        for placed in chosen.iter().filter_map(|c| self.candidates.placed.get(*c as usize)) {
            what_if::put(&mut model, &mut steps, placed.control, placed.element, self.facts);
        }
        (model, steps)
    }

    /// Treatments that have decided on a control, as `control` or `control@element`, for a finding that it helps against.
    fn decided(&self, control: &str, placed: &str, helps: impl Fn(&str) -> bool) -> Vec<AlreadyDecided> {
        let over = |stage| matches!(stage, Stage::Lapsed | Stage::Expired | Stage::Withdrawn | Stage::Rejected);
        let treatments = self.session.treatments.iter().filter(|treatment| treatment.is_planned());
        treatments
            .filter(|treatment| !over(treatment.stage) && helps(&treatment.finding))
            .filter(|treatment| treatment.controls.iter().any(|named| **named == *control || **named == *placed))
            .map(|treatment| AlreadyDecided {
                finding: treatment.finding.clone(),
                owner: treatment.owner.clone(),
                stage: treatment.stage,
            })
            .collect()
    }

    fn id(&self, placed: &Placed) -> Box<str> {
        id(self.facts, placed)
    }

    fn title(&self, risk: &world::Risk) -> Box<str> {
        match &risk.subject {
            Subject::Finding(_) => {
                let finding = self.session.analysis.findings.iter().find(|finding| finding.id == risk.id);
                finding.map_or_else(|| risk.id.clone(), |finding| finding.title.clone())
            }
            Subject::Way(goal) => {
                let name = sentence::name(goal.state.element, self.facts);
                format!("Attackers get to {} {name}", verb(goal.state.verb)).into()
            }
        }
    }

    /// Why no candidate brings a risk within tolerance.
    fn why(&self, risk: &world::Risk) -> Box<str> {
        let instead = match risk.kind {
            RiskKind::Finding => {
                format!("take away what makes it possible (`vauban explain {}`), or accept or transfer it", risk.id)
            }
            RiskKind::Way => "redesign the way, or accept or transfer the risk".to_owned(),
        };
        let Subject::Finding(list) = &risk.subject else {
            return format!("steps on the way to it have no control that stops them; {instead}").into();
        };
        let threat = list.first().and_then(|at| self.engine.instances.get(*at));
        let threat = threat.and_then(|instance| self.facts.library.threats.get(instance.threat as usize));
        let Some(threat) = threat else { return instead.into() };
        let asked = list.iter().filter_map(|at| self.candidates.asked.get(*at)).flatten();
        let (mut stops, mut weakens) = (0, 0);
        for control in asked {
            *(if control.weakens.is_none() { &mut stops } else { &mut weakens }) += 1;
        }
        if threat.controls.is_empty() {
            format!("the library names no control against `{}`; {instead}", threat.id).into()
        } else if stops + weakens == 0 {
            format!("the controls against `{}` are in place or have no place to go; {instead}", threat.id).into()
        } else if stops == 0 {
            format!("what is left to put in place only makes it less likely; {instead}").into()
        } else {
            format!("what it leads to stays reachable; {instead}").into()
        }
    }

    fn tell(&self, world: &mut World<'_>, made: Made) -> ControlPlan {
        let mut controls = Vec::new();
        for (at, candidate) in made.order.iter().enumerate() {
            let Some(placed) = self.candidates.placed.get(*candidate as usize) else { continue };
            let Some(control) = self.facts.library.controls.get(placed.control as usize) else { continue };
            let (stopped, weakened) = world.effects(&[*candidate]);
            let names = |set: &rustc_hash::FxHashSet<usize>| -> Vec<Box<str>> {
                let mut list: Vec<usize> = set.iter().copied().collect();
                list.sort_unstable();
                let mut ids: Vec<Box<str>> = list
                    .into_iter()
                    .filter_map(|at| self.engine.instances.get(at))
                    .map(|instance| finding_id(self.facts, instance.threat, instance.element))
                    .filter(|id| self.session.analysis.findings.iter().any(|finding| finding.id == *id))
                    .collect();
                ids.dedup();
                ids
            };
            let instead = self.instead(&made.chosen, &weakened);
            let needed_for = made.needed.get(at).cloned().unwrap_or_default();
            let (stops, weakens) = (names(&stopped), names(&weakened));
            let paths = self.session.analysis.paths.iter().filter(|path| path.assumptions.is_empty());
            let closes = paths
                .filter(|path| path.steps.iter().any(|step| step.finding.as_ref().is_some_and(|id| stops.contains(id))))
                .map(|path| path.id.clone())
                .collect();
            let helps =
                |finding: &str| [&stops, &weakens, &needed_for].into_iter().flatten().any(|id| **id == *finding);
            let decided = self.decided(&control.id, &self.id(placed), helps);
            controls.push(PlannedControl {
                control: control.id.clone(),
                name: control.name.clone(),
                element: placed.element,
                id: self.id(placed),
                kind: control.kind,
                effort: control.effort,
                cost: placed.cost,
                places: u32::try_from(placed.reaches.len()).unwrap_or(u32::MAX),
                stops,
                weakens,
                closes,
                needed_for,
                decided,
                instead,
                left_after: made.left.get(at).copied().unwrap_or_default(),
            });
        }
        let tolerance = self.tolerance();
        let mut risks: Vec<PlannedRisk> = Vec::new();
        let mut unattainable: Vec<Unattainable> = Vec::new();
        for (risk, before, least, after) in &made.risks {
            let title = self.title(risk);
            if let Some(least) = least.filter(|least| *least > tolerance) {
                let why = self.why(risk);
                unattainable.push(Unattainable {
                    kind: risk.kind,
                    id: risk.id.clone(),
                    title: title.clone(),
                    least,
                    why,
                });
            }
            risks.push(PlannedRisk { kind: risk.kind, id: risk.id.clone(), title, before: *before, after: *after });
        }
        risks.sort_by(|a, b| {
            (std::cmp::Reverse(a.before), a.kind, &a.id).cmp(&(std::cmp::Reverse(b.before), b.kind, &b.id))
        });
        unattainable.sort_by(|a, b| (std::cmp::Reverse(a.least), &a.id).cmp(&(std::cmp::Reverse(b.least), &b.id)));
        let cost = |set: &[u32]| {
            let placed = set.iter().filter_map(|c| self.candidates.placed.get(*c as usize));
            placed.fold(Effort::default(), |sum, placed| sum.plus(placed.cost))
        };
        ControlPlan {
            tolerance,
            budget: self.query.budget,
            cost: cost(&made.chosen),
            controls,
            before: made.threats.before.plus(made.goals.before),
            after: made.threats.after.plus(made.goals.after),
            threats: made.threats,
            goals: made.goals,
            risks,
            unattainable,
            frontier: made
                .frontier
                .iter()
                .map(|(set, left)| FrontierPoint {
                    cost: cost(set),
                    left: *left,
                    controls: set
                        .iter()
                        .filter_map(|c| self.candidates.placed.get(*c as usize))
                        .map(|placed| self.id(placed))
                        .collect(),
                })
                .collect(),
            frontier_exact: made.frontier_exact,
            priorities: self.priorities(&made),
            certificate: made.certificate,
            questions: self.session.analysis.questions_total,
        }
    }

    /// The cheapest candidates that stop instances which the plan only makes less likely; two at most.
    fn instead(&self, chosen: &[u32], weakened: &rustc_hash::FxHashSet<usize>) -> Vec<(Box<str>, Effort)> {
        let mut instances: Vec<usize> = weakened.iter().copied().collect();
        instances.sort_unstable();
        let mut found: Vec<u32> = Vec::new();
        for at in instances {
            let asked = self.candidates.asked.get(at).into_iter().flatten().filter(|asked| asked.weakens.is_none());
            let single = asked.filter_map(|asked| match asked.by.as_slice() {
                [one] => Some(one),
                _ => None,
            });
            let stops: Vec<u32> = single.flatten().copied().collect();
            if stops.iter().any(|candidate| chosen.contains(candidate)) {
                continue;
            }
            let price = |c: &u32| self.choices.get(*c as usize).map(|c| (c.cost, c.preference));
            found.extend(stops.into_iter().min_by_key(price));
        }
        found.sort_unstable();
        found.dedup();
        let placed = found.iter().filter_map(|c| self.candidates.placed.get(*c as usize));
        placed.take(2).map(|placed| (self.id(placed), placed.cost)).collect()
    }

    fn priorities(&self, made: &Made) -> Vec<Priority> {
        let most = made.singles.iter().map(|(_, gain, ..)| *gain).max().unwrap_or(0);
        let mut out: Vec<(u64, Priority)> = made
            .singles
            .iter()
            .filter(|(_, gain, _, lowers)| *gain > 0 || *lowers > 0)
            .filter_map(|(candidate, gain, settles, lowers)| {
                let placed = self.candidates.placed.get(*candidate as usize)?;
                let reduction = match gain.saturating_mul(100).checked_div(most).unwrap_or(0) {
                    50.. => Level::High,
                    15.. => Level::Medium,
                    _ => Level::Low,
                };
                let effort = effort_of(placed.cost, self.engine.methodology);
                let priority = Priority {
                    control: self.facts.library.controls.get(placed.control as usize)?.id.clone(),
                    element: placed.element,
                    id: self.id(placed),
                    cost: placed.cost,
                    settles: *settles,
                    lowers: *lowers,
                    reduction,
                    effort,
                    quick_win: effort == Level::Low && reduction > Level::Low,
                    chosen: made.chosen.contains(candidate),
                };
                Some((*gain, priority))
            })
            .collect();
        out.sort_by(|(a, left), (b, right)| {
            let (mine, its) = (u128::from(*a) * u128::from(right.cost.0), u128::from(*b) * u128::from(left.cost.0));
            its.cmp(&mine).then_with(|| left.id.cmp(&right.id))
        });
        out.into_iter().map(|(_, priority)| priority).collect()
    }
}

fn verb(verb: vauban_model::state::Verb) -> &'static str {
    use vauban_model::state::Verb;
    match verb {
        Verb::Reach => "reach",
        Verb::ActAs => "act as",
        Verb::RunCode => "run code on",
        Verb::Read => "read",
        Verb::Alter => "alter",
        Verb::Deny => "take away",
        Verb::Administer => "administer",
        Verb::Hide => "hide traces on",
        Verb::Tag => "change the labels of",
        Verb::Touch => "get hands on",
    }
}
