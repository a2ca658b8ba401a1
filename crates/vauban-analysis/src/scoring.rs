//! What the model knows about a finding, as far as methods of scoring ask for it.

use vauban_model::finding::{Finding, Notice};
use vauban_model::library::ControlKind;
use vauban_model::model::{Element, ElementRef};
use vauban_model::scale::{Impact, Likelihood, Stride};
use vauban_model::scoring::{Access, Known, Place};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::Domain;
use vauban_paths::graph::{StateSet, StepId, StepSet, reachable};
use vauban_risk::goals::{Stakes, stakes_at};
use vauban_rules::facts::Facts;

use crate::analyse::finding_id;
use crate::engine::Engine;
use crate::session::Session;

/// What is known of a finding.
pub(crate) fn known(session: &Session, finding: &Finding) -> Option<Known> {
    let facts = Facts::new(&session.project.model, &session.library.library);
    let methodology = &session.project.methodology;
    let outcomes = crate::analyse::outcomes(&facts, methodology, session.options.experimental);
    let engine = Engine::new(&facts, methodology, &outcomes, &session.project.steps).without(&session.refuted());
    let at = engine.instances.iter().position(|i| *finding_id(&facts, i.threat, i.element) == *finding.id)?;
    let instance = engine.instances.get(at)?;
    let threat = facts.library.threats.get(instance.threat as usize)?;
    let step = engine.graph.step_of.get(at).copied().flatten();
    let cloud = engine.cloud_step(u32::try_from(at).ok()?);
    let needs: Vec<Vec<(Verb, Option<ElementRef>)>> = match cloud {
        Some(cloud) => {
            let of = |states: &Vec<State>| states.iter().map(|s| (s.verb, Some(s.element))).collect();
            cloud.needs.iter().map(of).collect()
        }
        None => {
            let bound = |walk: &[_]| walk.is_empty().then_some(instance.element);
            let of =
                |any: &Vec<vauban_model::state::StateTemplate>| any.iter().map(|t| (t.verb, bound(&t.walk))).collect();
            threat.step.needs.iter().map(of).collect()
        }
    };
    let gains: Vec<State> = step
        .map(|step| engine.graph.graph.conclusions(step).iter().filter_map(|id| engine.graph.state(*id)).collect())
        .unwrap_or_default();
    let seen = cloud.is_some_and(|cloud| cloud.seen_by.iter().any(|sighting| sighting.how >= Notice::Watched));
    let (initiation, outsiders) = who(&engine, step, needs.is_empty() && cloud.is_none());
    Some(Known {
        finding: finding.id.clone(),
        likelihood: finding.current.likelihood,
        success: instance.likelihood,
        initiation,
        outsiders,
        impact: finding.current.impact,
        harms: harms(&engine, instance.element, &threat.stride, &gains),
        control: gains.iter().any(|gain| matches!(gain.verb, Verb::RunCode | Verb::Administer)),
        traceless: threat.stride.contains(&Stride::Repudiation) || gains.iter().any(|gain| gain.verb == Verb::Hide),
        beyond: gains.iter().any(|gain| {
            gain.element != instance.element && matches!(gain.element.domain, Domain::Component | Domain::Identity)
        }),
        access: access(&needs),
        place: place(&needs, instance.element),
        watched: if seen { Some(true) } else { watched(session, instance.element) },
    })
}

/// The likelihood of the most eager attacker who gets to a step, and whether an outsider is there from the beginning.
/// What needs nothing is everybody's to do.
fn who(engine: &Engine<'_>, step: Option<StepId>, needs_nothing: bool) -> (Option<Likelihood>, bool) {
    let graph = &engine.graph;
    let library = engine.facts.library;
    let structure_only: StepSet = graph
        .graph
        .steps()
        .filter(|step| graph.graph.action_of(*step).is_some() || graph.stopped.contains(*step))
        .collect();
    let (mut eager, mut outsiders) = (None, false);
    for (number, attacker) in (0u32..).zip(&library.attackers) {
        let own: Vec<_> = engine.beginnings.iter().copied().filter(|b| b.attacker == number).collect();
        if own.is_empty() {
            continue;
        }
        let starts = graph.starts(&own, |_| 1.0);
        let there = |has: &StateSet| match step {
            Some(step) => graph.graph.premises(step).iter().all(|premise| has.contains(*premise)),
            None => needs_nothing,
        };
        if there(&reachable(&graph.graph, &starts, &graph.stopped)) {
            eager = eager.max(Some(attacker.likelihood));
            let at_once = || there(&reachable(&graph.graph, &starts, &structure_only));
            outsiders |= &*attacker.source == "external" && at_once();
        }
    }
    (eager, outsiders)
}

/// By confidentiality, integrity, availability: the worst that what is gained, or the threat's letters, do to it.
fn harms(engine: &Engine<'_>, element: ElementRef, stride: &[Stride], gains: &[State]) -> [Option<Impact>; 3] {
    let stakes = |at: ElementRef| {
        stakes_at(engine.facts.model, &engine.facts.index, at, &engine.data_stakes, &engine.component_stakes)
    };
    let mut out = [None; 3];
    let mut add = |touched: [bool; 3], at: Stakes| {
        for ((slot, touched), impact) in
            out.iter_mut().zip(touched).zip([at.confidentiality, at.integrity, at.availability])
        {
            if touched {
                *slot = (*slot).max(Some(impact));
            }
        }
    };
    for letter in stride {
        let touched = match letter {
            Stride::Spoofing => [true, true, false],
            Stride::Tampering => [false, true, false],
            Stride::Repudiation => continue,
            Stride::InformationDisclosure => [true, false, false],
            Stride::DenialOfService => [false, false, true],
            Stride::ElevationOfPrivilege => [true, true, true],
        };
        add(touched, stakes(element));
    }
    for gain in gains {
        let touched = match gain.verb {
            Verb::Read => [true, false, false],
            Verb::Alter => [false, true, false],
            Verb::Deny => [false, false, true],
            Verb::RunCode | Verb::Administer => [true, true, true],
            Verb::Reach | Verb::ActAs | Verb::Hide | Verb::Tag | Verb::Touch => continue,
        };
        add(touched, stakes(gain.element));
    }
    out
}

/// The least that is enough for each need, and the most of these.
fn access(needs: &[Vec<(Verb, Option<ElementRef>)>]) -> Access {
    let of = |(verb, _): &(Verb, Option<ElementRef>)| match verb {
        Verb::Reach | Verb::Touch => Access::Nothing,
        Verb::Administer => Access::Administrative,
        _ => Access::Ordinary,
    };
    needs.iter().filter_map(|any| any.iter().map(of).min()).max().unwrap_or(Access::Nothing)
}

fn place(needs: &[Vec<(Verb, Option<ElementRef>)>], at: ElementRef) -> Place {
    let of = |(verb, element): &(Verb, Option<ElementRef>)| match (verb, element) {
        (Verb::RunCode, Some(element)) if *element == at => Place::Inside,
        (Verb::Touch, _) => Place::ByHand,
        (Verb::Reach, Some(element)) if matches!(element.domain, Domain::Flow | Domain::Boundary) => Place::Segment,
        _ => Place::Network,
    };
    needs.iter().filter_map(|any| any.iter().map(of).min()).max().unwrap_or(Place::Network)
}

/// What is said of detective controls at an element, at what encloses it, and for the system.
fn watched(session: &Session, element: ElementRef) -> Option<bool> {
    let (model, library) = (&session.project.model, &session.library.library);
    let mut places: Vec<&Element> = model.get(element).into_iter().chain(model.get(ElementRef::SYSTEM)).collect();
    if element.domain == Domain::Component {
        let innermost = model.components.get(element.at()).and_then(|component| component.boundary);
        let around = vauban_model::index::enclosing(model, innermost);
        places.extend(around.into_iter().filter_map(|index| model.boundaries.get(index as usize)).map(|b| &b.element));
    }
    let mut said = None;
    for statement in places.into_iter().flat_map(|place| &place.controls) {
        let kind = library.control(&statement.control).and_then(|at| library.controls.get(at as usize)).map(|c| c.kind);
        if kind == Some(ControlKind::Detective) {
            said = Some(said == Some(true) || statement.present);
        }
    }
    said
}
