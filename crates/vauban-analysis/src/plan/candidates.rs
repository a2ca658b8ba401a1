//! What could be put in place: a control of the library on an element where a threat asks for it, or once on a boundary or
//! the system around several such elements, where the library says that the control can be stated there.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::finding::Applies;
use vauban_model::library::ControlKind;
use vauban_model::model::ElementRef;
use vauban_model::plan::Effort;
use vauban_model::scale::Methodology;
use vauban_model::vocabulary::{Domain, Relation};
use vauban_risk::selection::Candidate;
use vauban_risk::selection::cost::{cost_at_places, cost_of};
use vauban_rules::bits::Truth;
use vauban_rules::condition::column;
use vauban_rules::evaluate::control_at;
use vauban_rules::facts::Facts;
use vauban_rules::library::threat::ControlUse;

use crate::engine::Engine;

/// A control at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The control, as an index into the library.
    pub(crate) control: u32,
    /// Where it would be stated.
    pub(crate) element: ElementRef,
    /// The elements that lack it and that it would reach.
    pub(crate) reaches: Vec<ElementRef>,
    /// What it costs there.
    pub(crate) cost: Effort,
    /// The best place it has on a page of a threat that asks for it: pages name the most apt control first.
    pub(crate) apt: u32,
}

/// A control that a threat asks for at one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Levels of likelihood it takes away; `None`: it stops the threat.
    pub(crate) weakens: Option<u8>,
    /// It works once each of these sets has a candidate in place: one set for each element that lacks it.
    pub(crate) by: Vec<Vec<u32>>,
}

/// Candidates that are put into the model to see which conditions they end: as many as are worth it on a model of any size.
const END_CONDITIONS: usize = 60;

/// All candidates, and what each instance asks for.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    pub(crate) placed: Vec<Placed>,
    /// By instance.
    pub(crate) asked: Vec<Vec<Asked>>,
    /// How many candidates some condition asks for, so that they may end threats, and were not tried.
    pub(crate) untried: usize,
}

/// The elements on which a control is looked for; none where the way there leads nowhere.
fn ends(control: &ControlUse, element: ElementRef, facts: &Facts<'_>) -> Vec<ElementRef> {
    fn go(walk: &[Relation], element: ElementRef, facts: &Facts<'_>, out: &mut Vec<ElementRef>) -> bool {
        let Some((relation, rest)) = walk.split_first() else {
            out.push(element);
            return true;
        };
        let row = facts.row(*relation, element.at());
        let to = relation.definition().to;
        !row.is_empty() && row.iter().all(|index| go(rest, ElementRef { domain: to, index: *index }, facts, out))
    }
    let mut out = Vec::new();
    if !go(&control.walk, element, facts, &mut out) {
        return Vec::new();
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Boundaries around an element from which it takes over controls, innermost first.
pub(crate) fn around(element: ElementRef, facts: &Facts<'_>) -> Vec<ElementRef> {
    let boundary = |index: u32| ElementRef { domain: Domain::Boundary, index };
    match element.domain {
        Domain::Component => facts.around(element.at()).iter().map(|b| boundary(*b)).collect(),
        Domain::Flow => {
            let Some(flow) = facts.model.flows.get(element.at()) else { return Vec::new() };
            let target = facts.around(flow.target as usize);
            let both = facts.around(flow.source as usize).iter().filter(|b| target.contains(b));
            both.map(|b| boundary(*b)).collect()
        }
        Domain::Boundary => {
            let mut out = Vec::new();
            let mut at = facts.model.boundaries.get(element.at()).and_then(|b| b.parent);
            while let Some(parent) = at.filter(|_| out.len() < vauban_model::index::MAX_NESTING) {
                out.push(boundary(parent));
                at = facts.model.boundaries.get(parent as usize).and_then(|b| b.parent);
            }
            out
        }
        Domain::System | Domain::Data | Domain::Identity => Vec::new(),
    }
}

impl Candidates {
    /// The candidates for all threats that are known to apply.
    pub(crate) fn new(engine: &Engine<'_>) -> Self {
        let facts = engine.facts;
        let mut wanted: Vec<(usize, &ControlUse, Vec<ElementRef>)> = Vec::new();
        let mut lacking: BTreeMap<u32, BTreeSet<ElementRef>> = BTreeMap::new();
        let mut apt: BTreeMap<(u32, ElementRef), u32> = BTreeMap::new();
        for (at, instance) in engine.instances.iter().enumerate() {
            let Some(rule) = facts.library.rules.get(instance.threat as usize) else { continue };
            if instance.applies != Applies::Fires {
                continue;
            }
            for (position, control) in (0u32..).zip(&rule.controls) {
                if control_at(control, instance.element, facts).0 == Truth::True {
                    continue;
                }
                let mut ends = ends(control, instance.element, facts);
                ends.retain(|end| facts.has(end.domain, control.control, end.at()) != Truth::True);
                if !ends.is_empty() {
                    lacking.entry(control.control).or_default().extend(&ends);
                    for end in &ends {
                        let best = apt.entry((control.control, *end)).or_insert(position);
                        *best = position.min(*best);
                    }
                    wanted.push((at, control, ends));
                }
            }
        }
        let mut out = Candidates { asked: vec![Vec::new(); engine.instances.len()], ..Candidates::default() };
        let mut covering: BTreeMap<(u32, ElementRef), Vec<u32>> = BTreeMap::new();
        for (control, ends) in lacking {
            for mut placed in places(control, &ends, facts, engine.methodology) {
                let positions = placed.reaches.iter().filter_map(|end| apt.get(&(control, *end)));
                placed.apt = positions.min().copied().unwrap_or(0);
                let number = u32::try_from(out.placed.len()).unwrap_or(u32::MAX);
                for end in &placed.reaches {
                    covering.entry((control, *end)).or_default().push(number);
                }
                out.placed.push(placed);
            }
        }
        for (at, control, ends) in wanted {
            let by: Vec<Vec<u32>> =
                ends.iter().map(|end| covering.get(&(control.control, *end)).cloned().unwrap_or_default()).collect();
            // A place that nothing reaches keeps the control from working at all.
            if by.iter().all(|set| !set.is_empty())
                && let Some(list) = out.asked.get_mut(at)
            {
                list.push(Asked { weakens: control.weakens, by });
            }
        }
        out.end_conditions(engine, END_CONDITIONS);
        out
    }

    /// Some conditions ask for controls: the threat does not apply where one is there. Each candidate of that kind is put into
    /// the model to see what no longer applies; `most` of them, the others are counted.
    fn end_conditions(&mut self, engine: &Engine<'_>, most: usize) {
        let library = engine.facts.library;
        let asking = |control: u32| {
            let rules = (0u32..).zip(&library.rules);
            rules
                .filter(|(_, rule)| rule.when.asks_for_control(control))
                .map(|(threat, _)| threat)
                .collect::<Vec<u32>>()
        };
        let mut known: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut tried = 0;
        for (number, placed) in (0u32..).zip(&self.placed) {
            let threats = known.entry(placed.control).or_insert_with(|| asking(placed.control));
            if threats.is_empty() {
                continue;
            }
            if tried >= most {
                self.untried += 1;
                continue;
            }
            tried += 1;
            let mut model = engine.facts.model.clone();
            super::what_if::put(&mut model, &mut [], placed.control, placed.element, engine.facts);
            let facts = Facts::new(&model, library);
            for threat in threats.iter() {
                let Some(rule) = library.rules.get(*threat as usize) else { continue };
                let Some(on) = library.threats.get(*threat as usize).map(|threat| threat.on) else { continue };
                let holds = column::evaluate(&rule.when, on, &facts);
                for (at, instance) in engine.instances.iter().enumerate() {
                    let gone = instance.threat == *threat
                        && instance.applies == Applies::Fires
                        && engine.cloud_step(u32::try_from(at).unwrap_or(u32::MAX)).is_none()
                        && holds.get(instance.element.at()) == Truth::False;
                    if let (true, Some(list)) = (gone, self.asked.get_mut(at)) {
                        list.push(Asked { weakens: None, by: vec![vec![number]] });
                    }
                }
            }
        }
    }

    /// The candidates as the selection takes them. Of two that cost the same: preferred kinds of the methodology first, then
    /// what pages name first, then what reaches less, so that nothing is put around a whole system that one place needs.
    pub(crate) fn for_selection(&self, facts: &Facts<'_>, methodology: &Methodology) -> Vec<Candidate> {
        let rank = |kind: ControlKind| {
            let order = &methodology.control_order;
            order.iter().position(|word| &**word == kind.as_str()).unwrap_or(order.len())
        };
        self.placed
            .iter()
            .map(|placed| {
                let kind = facts.library.controls.get(placed.control as usize).map(|control| control.kind);
                let rank = u32::try_from(kind.map_or(9, rank)).unwrap_or(9);
                let reach = u32::try_from(placed.reaches.len()).unwrap_or(u32::MAX).min(999);
                Candidate { cost: placed.cost, preference: rank * 1_000_000 + placed.apt.min(999) * 1_000 + reach }
            })
            .collect()
    }
}

/// Where a control could be put so that it reaches elements that lack it.
fn places(control: u32, lacking: &BTreeSet<ElementRef>, facts: &Facts<'_>, methodology: &Methodology) -> Vec<Placed> {
    let Some(entry) = facts.library.controls.get(control as usize) else { return Vec::new() };
    let once = cost_of(entry, methodology);
    let can = |domain: Domain| entry.on.contains(&domain);
    let mut out: Vec<Placed> = lacking
        .iter()
        .filter(|end| can(end.domain))
        .map(|end| Placed { control, element: *end, reaches: vec![*end], cost: once, apt: 0 })
        .collect();
    let mut outer: BTreeMap<ElementRef, Vec<ElementRef>> = BTreeMap::new();
    for end in lacking {
        if can(Domain::Boundary) {
            for boundary in around(*end, facts) {
                outer.entry(boundary).or_default().push(*end);
            }
        }
        if can(Domain::System) && end.domain != Domain::System {
            outer.entry(ElementRef::SYSTEM).or_default().push(*end);
        }
    }
    // A boundary that is itself asked for reaches what is inside of it as well.
    for placed in &mut out {
        if let Some(inside) = outer.remove(&placed.element) {
            placed.reaches.extend(inside);
            placed.reaches.sort_unstable();
            placed.reaches.dedup();
        }
    }
    // Of several boundaries that reach the same, the innermost; one that reaches a single place only where that place
    // cannot have the control itself.
    let depth = |element: &ElementRef| around(*element, facts).len();
    let mut by_reach: BTreeMap<Vec<ElementRef>, ElementRef> = BTreeMap::new();
    for (element, reaches) in outer {
        if reaches.len() == 1 && reaches.iter().all(|end| can(end.domain)) {
            continue;
        }
        let system = element.domain == Domain::System;
        by_reach
            .entry(reaches)
            .and_modify(|known| {
                if !system && (known.domain == Domain::System || depth(&element) > depth(known)) {
                    *known = element;
                }
            })
            .or_insert(element);
    }
    out.extend(by_reach.into_iter().map(|(reaches, element)| Placed { control, element, reaches, cost: once, apt: 0 }));
    for placed in &mut out {
        placed.cost = cost_at_places(once, u32::try_from(placed.reaches.len()).unwrap_or(u32::MAX));
    }
    out.sort_by_key(|placed| placed.element);
    out
}

/// Elements that take over controls from a boundary or the system, besides itself.
pub(crate) fn takes_over(element: ElementRef, from: ElementRef, facts: &Facts<'_>) -> bool {
    element == from
        || from.domain == Domain::System
        || from.domain == Domain::Boundary && around(element, facts).contains(&from)
}
