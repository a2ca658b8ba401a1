//! Where every threat applies on one model: it fires, it asks, or a control stops it.

use rayon::prelude::*;
use vauban_model::library::Maturity;
use vauban_model::model::ElementRef;
use vauban_model::scale::{Level, Likelihood};
use vauban_model::vocabulary::{Domain, Relation};

use crate::bits::{Bits, Column, Truth};
use crate::condition::column;
use crate::condition::witness::{self, Atom, Witness};
use crate::facts::Facts;
use crate::library::threat::ControlUse;

/// Where one threat applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// It applies, and no control stops it.
    pub fires: Bits,
    /// It may apply: something that decides is unknown.
    pub asks: Bits,
    /// Of those that ask: its condition holds for sure, only the controls are unknown.
    pub asks_control: Bits,
    /// It would apply, but a control that is there stops it.
    pub stopped: Bits,
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// Whether a control is there.
    Control(ElementRef, u32),
    /// The value of a fact.
    Fact(ElementRef, vauban_model::vocabulary::FactId),
    /// What a component is made of.
    Technology(ElementRef),
}

impl Asked {
    /// The element it is about.
    pub fn element(self) -> ElementRef {
        match self {
            Asked::Control(element, _) | Asked::Fact(element, _) | Asked::Technology(element) => element,
        }
    }
}

/// Evaluates every threat of the library over whole columns.
pub fn evaluate(facts: &Facts<'_>, experimental: bool) -> Vec<Outcome> {
    let library = facts.library;
    library
        .threats
        .par_iter()
        .zip(&library.rules)
        .map(|(threat, rule)| {
            let count = facts.count(threat.on);
            let skip =
                threat.maturity == Maturity::Experimental && !experimental || threat.maturity == Maturity::Deprecated;
            if skip {
                let none = Bits::none(count);
                return Outcome { fires: none.clone(), asks: none.clone(), asks_control: none.clone(), stopped: none };
            }
            let when = column::evaluate(&rule.when, threat.on, facts);
            let mut maybe = when.no.complement();
            maybe.and(facts.in_scope(threat.on));
            let mut present = Bits::none(count);
            let mut missing = Bits::none(count);
            let mut stoppable = false;
            for control in rule.controls.iter().filter(|control| control.weakens.is_none()) {
                stoppable = true;
                if let Some(column) = control_column(control, threat.on, facts) {
                    present.or(&column.yes);
                    missing.or(&column.no);
                }
            }
            let mut stopped = maybe.clone();
            stopped.and(&present);
            stopped.and(&when.yes);
            maybe.minus(&present);
            let mut fires = maybe.clone();
            fires.and(&when.yes);
            if stoppable {
                fires.and(&missing);
            }
            let mut asks = maybe;
            asks.minus(&fires);
            let mut asks_control = asks.clone();
            asks_control.and(&when.yes);
            Outcome { fires, asks, asks_control, stopped }
        })
        .collect()
}

/// What is known about a control use on every element of a kind; `None` when nothing is.
fn control_column(control: &ControlUse, domain: Domain, facts: &Facts<'_>) -> Option<Column> {
    let end = control.walk.last().map_or(domain, |relation| relation.definition().to);
    let mut column = facts.control_column(end, control.control)?.clone();
    for relation in control.walk.iter().rev() {
        let inner = column;
        let rows = facts.index.rows(*relation);
        column =
            Column::of(facts.count(relation.definition().on), |at| all_of(rows.row(at), |target| inner.get(target)));
    }
    Some(column)
}

/// A control reached over a relation is there when it is there on every element reached.
fn all_of(row: &[u32], value: impl Fn(usize) -> Truth) -> Truth {
    if row.is_empty() {
        return Truth::Unknown;
    }
    row.iter().fold(Truth::True, |all, target| all.and(value(*target as usize)))
}

/// What is known about a control use at one element, and the element it is looked for on.
pub fn control_at(control: &ControlUse, element: ElementRef, facts: &Facts<'_>) -> (Truth, ElementRef) {
    fn go(walk: &[Relation], element: ElementRef, control: u32, facts: &Facts<'_>) -> (Truth, ElementRef) {
        let Some((relation, rest)) = walk.split_first() else {
            return (facts.has(element.domain, control, element.at()), element);
        };
        let mut all: Option<(Truth, ElementRef)> = None;
        for index in facts.row(*relation, element.at()) {
            let target = ElementRef { domain: relation.definition().to, index: *index };
            let (truth, end) = go(rest, target, control, facts);
            all = Some(match all {
                None => (truth, end),
                // The element that decides is the one worth asking about.
                Some((known, place)) => {
                    let both = known.and(truth);
                    (both, if both == known { place } else { end })
                }
            });
        }
        all.unwrap_or((Truth::Unknown, element))
    }
    go(&control.walk, element, control.control, facts)
}

/// Severity at one element: the threat's own, or that of the last `raise` that is known to hold.
pub fn severity(threat: u32, element: ElementRef, facts: &Facts<'_>) -> Level {
    let rule = &facts.library.rules[threat as usize];
    let own = facts.library.threats[threat as usize].severity;
    let raised = rule.raise.iter().rev().find(|(when, _)| witness::truth(when, element, facts) == Truth::True);
    raised.map_or(own, |(_, level)| *level)
}

/// Likelihood at one element with the weakening controls that are known to be there.
pub fn likelihood(threat: u32, element: ElementRef, facts: &Facts<'_>) -> Likelihood {
    let rule = &facts.library.rules[threat as usize];
    let base = facts.library.threats[threat as usize].likelihood;
    let mut steps = 0;
    for control in &rule.controls {
        if let Some(levels) = control.weakens
            && control_at(control, element, facts).0 == Truth::True
        {
            steps -= i32::from(levels);
        }
    }
    base.shifted(steps)
}

/// What decides a threat at one element.
pub fn explain(threat: u32, element: ElementRef, facts: &Facts<'_>) -> (Truth, Witness) {
    witness::why(&facts.library.rules[threat as usize].when, element, facts)
}

/// What to ask where only the controls of a threat are unknown, without looking at its condition again; `None` where the
/// control stands elsewhere and the long way is needed.
pub fn control_question(threat: u32, element: ElementRef, facts: &Facts<'_>) -> Option<Asked> {
    let first = facts.library.rules[threat as usize].controls.iter().find(|control| control.weakens.is_none())?;
    first.walk.is_empty().then_some(Asked::Control(element, first.control))
}

/// What to ask so that a threat that asks at an element is settled; at most three things, the most natural first.
pub fn questions(threat: u32, element: ElementRef, facts: &Facts<'_>) -> Vec<Asked> {
    let rule = &facts.library.rules[threat as usize];
    let (truth, witness) = explain(threat, element, facts);
    let mut out = Vec::new();
    if truth == Truth::Unknown {
        for atom in &witness.atoms {
            let asked = match atom {
                Atom::Fact(element, id) => {
                    let (element, id) = stated_behind(*element, *id, facts);
                    Asked::Fact(element, id)
                }
                Atom::Technology(element) => Asked::Technology(*element),
                Atom::Control(element, control) => Asked::Control(*element, *control),
                Atom::Tag(..) | Atom::Structure(_) => continue,
            };
            if !out.contains(&asked) {
                out.push(asked);
            }
        }
    }
    let known_missing = rule
        .controls
        .iter()
        .any(|control| control.weakens.is_none() && control_at(control, element, facts).0 == Truth::False);
    if !known_missing
        && truth == Truth::True
        && let Some(first) = rule.controls.iter().find(|control| control.weakens.is_none())
    {
        let (_, place) = control_at(first, element, facts);
        out.push(Asked::Control(place, first.control));
    }
    out.truncate(3);
    out
}

/// The stated fact to ask for when a derived one is unknown.
fn stated_behind(
    element: ElementRef,
    id: vauban_model::vocabulary::FactId,
    facts: &Facts<'_>,
) -> (ElementRef, vauban_model::vocabulary::FactId) {
    use vauban_model::vocabulary::{fact, relation};
    match id {
        id if id == fact::ENCRYPTED => (element, fact::ENCRYPTION),
        id if id == fact::AUTHENTICATED => (element, fact::AUTHENTICATION),
        id if id == fact::AUTHORISED => (element, fact::AUTHORISATION),
        // Whether what is called answers the internet says where a caller of unknown place comes from.
        id if (id == fact::FROM_INTERNET || id == fact::PASSES_INTERNET) && comes_from_nowhere(element, facts) => {
            facts.model.flows.get(element.at()).map_or((element, id), |flow| {
                (ElementRef { domain: Domain::Component, index: flow.target }, fact::INTERNET_FACING)
            })
        }
        id if id == fact::PASSES_INTERNET => (element, fact::OVER_INTERNET),
        id if id == fact::EXPOSED_TO_INTERNET || id == fact::REACHABLE_FROM_INTERNET => {
            let mut inbound = facts.row(relation::COMPONENT_INBOUND, element.at()).iter();
            let asks = inbound.any(|flow| comes_from_nowhere(ElementRef { domain: Domain::Flow, index: *flow }, facts));
            (element, if asks { fact::INTERNET_FACING } else { id })
        }
        id if id == fact::SINGLE_POINT_OF_FAILURE => (element, fact::REDUNDANT),
        id if id == fact::EXCESS_PRIVILEGE => (element, fact::NEEDS_ONLY),
        id if id == fact::ZONE_TRUST => place_of_trust(element.index, facts).unwrap_or((element, id)),
        id if id == fact::RISES_IN_TRUST => facts.model.flows.get(element.at()).map_or((element, id), |flow| {
            let ends = [flow.source, flow.target].into_iter();
            ends.filter_map(|end| place_of_trust(end, facts)).next().unwrap_or((element, id))
        }),
        id => (element, id),
    }
}

/// Whether nobody knows if a flow comes from the internet.
fn comes_from_nowhere(flow: ElementRef, facts: &Facts<'_>) -> bool {
    use vauban_model::vocabulary::fact;
    facts.truth(Domain::Flow, fact::FROM_INTERNET, flow.at()) == Truth::Unknown
}

/// What to ask so that the trust in a component's place is known; `None` when it is, or when only a drawing could tell.
fn place_of_trust(component: u32, facts: &Facts<'_>) -> Option<(ElementRef, vauban_model::vocabulary::FactId)> {
    use vauban_model::vocabulary::{fact, relation};
    if facts.symbol(Domain::Component, fact::ZONE_TRUST, component as usize).is_some() {
        return None;
    }
    match facts.row(relation::COMPONENT_BOUNDARY, component as usize).first() {
        Some(boundary) => Some((ElementRef { domain: Domain::Boundary, index: *boundary }, fact::TRUST)),
        // Outside of every boundary an outsider is a stranger; of anything else nobody can say how far it is trusted.
        None => {
            let kind = facts.symbol(Domain::Component, fact::KIND, component as usize);
            kind.is_none().then_some((ElementRef { domain: Domain::Component, index: component }, fact::KIND))
        }
    }
}
