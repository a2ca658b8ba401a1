//! Who can get at what: flows from the internet and from people, exposed and reachable components.

use vauban_model::vocabulary::{Domain, fact, relation};

use super::places::Places;
use super::{put_bool, symbol};
use crate::bits::{Bits, Column, Truth};
use crate::facts::Facts;

fn is_person(facts: &Facts<'_>, component: usize) -> bool {
    facts.truth(Domain::Component, fact::USED_BY_PEOPLE, component) == Truth::True
}

/// `from_internet`, `from_person`, `passes_internet`, `stays_local`.
pub(super) fn flows(facts: &mut Facts<'_>) {
    let count = facts.count(Domain::Flow);
    let components = facts.count(Domain::Component);
    let places = Places::new(facts);
    let source = |flow: usize| facts.model.flows[flow].source as usize;
    let target = |flow: usize| facts.model.flows[flow].target as usize;
    let person = Bits::of(components, |component| is_person(facts, component));
    let from_person = Bits::of(count, |flow| person.get(source(flow)));

    let local =
        ["in-process", "inter-process", "file-system", "container-spawning"].map(|word| symbol(fact::PROTOCOL, word));
    let stays_local = Bits::of(count, |flow| {
        facts.symbol(Domain::Flow, fact::PROTOCOL, flow).is_some_and(|protocol| local.contains(&protocol))
    });
    let from_internet = Column::of(count, |flow| {
        let (source, target) = (source(flow), target(flow));
        let nobody = places.by_hand(facts, flow, source, target) || places.beside(facts, flow, source);
        // Two of whom nobody knows where they are may as well be in one place.
        let together = places.outside(source) == Truth::Unknown && places.outside(target) == Truth::Unknown;
        if nobody || together || places.outside(target) == Truth::True {
            return Truth::False;
        }
        match places.outside(source) {
            // What is said of the flow settles it, or whether what it calls answers the internet.
            Truth::Unknown => match facts.truth(Domain::Flow, fact::OVER_INTERNET, flow) {
                Truth::Unknown => facts.truth(Domain::Component, fact::INTERNET_FACING, target),
                known => known,
            },
            known => known,
        }
    });
    // Two sites, accounts or organisations may be joined by a private line: only somebody who knows can tell.
    let realms = ["site", "cloud-account", "organisation"].map(|word| symbol(fact::BOUNDARY_KIND, word));
    let realm = |component: usize| {
        facts.around(component).iter().copied().find(|boundary| {
            facts
                .symbol(Domain::Boundary, fact::BOUNDARY_KIND, *boundary as usize)
                .is_some_and(|kind| realms.contains(&kind))
        })
    };
    let passes = Column::of(count, |flow| {
        let stated = facts.truth(Domain::Flow, fact::OVER_INTERNET, flow);
        if stated != Truth::Unknown {
            return stated;
        }
        if stays_local.get(flow) {
            return Truth::False;
        }
        let (from, to) = (source(flow), target(flow));
        if !places.beside(facts, flow, from) && !places.beside(facts, flow, to) {
            if places.outside(from) == Truth::True || places.outside(to) == Truth::True {
                return Truth::True;
            }
            let comes = from_internet.get(flow);
            if comes != Truth::False {
                return comes;
            }
        }
        match (realm(source(flow)), realm(target(flow))) {
            (Some(one), Some(other)) if one != other => Truth::Unknown,
            _ => Truth::False,
        }
    });
    put_bool(facts, Domain::Flow, fact::FROM_INTERNET, from_internet);
    put_bool(facts, Domain::Flow, fact::FROM_PERSON, Column::known(from_person));
    put_bool(facts, Domain::Flow, fact::STAYS_LOCAL, Column::known(stays_local));
    put_bool(facts, Domain::Flow, fact::PASSES_INTERNET, passes);
}

/// `exposed_to_internet`, `reachable_from_internet`, `exposed_to_people`.
pub(super) fn components(facts: &mut Facts<'_>) {
    let count = facts.count(Domain::Component);
    let places = Places::new(facts);
    // Who may start an exchange with a component; on a two-way flow that it starts, the other end may as well.
    let any_caller = |component: usize, wanted: &dyn Fn(usize) -> bool| {
        facts.row(relation::COMPONENT_INBOUND, component).iter().any(|flow| {
            let ends = &facts.model.flows[*flow as usize];
            let caller = if ends.target as usize == component { ends.source } else { ends.target };
            caller as usize != component && wanted(caller as usize)
        })
    };
    // A flow of which somebody said what may stand against it, and nobody that it gets through, only may be there.
    let doubtful = |flow: usize| {
        facts.model.flows[flow].element.fact(fact::REFUSED_BY).is_some()
            && facts.truth(Domain::Flow, fact::PERMITTED, flow) != Truth::True
    };
    let exposed = Column::of(count, |component| {
        let stated = facts.truth(Domain::Component, fact::INTERNET_FACING, component);
        if stated != Truth::Unknown || places.outside(component) == Truth::True {
            return if stated == Truth::True { Truth::True } else { Truth::False };
        }
        let mut answer = Truth::False;
        for flow in facts.row(relation::COMPONENT_INBOUND, component).iter().map(|flow| *flow as usize) {
            let ends = &facts.model.flows[flow];
            let caller = if ends.target as usize == component { ends.source } else { ends.target } as usize;
            // What listens to our own other site over the public network listens to everybody on it. A program at its user's
            // listens to nobody.
            let listens = ends.target as usize == component
                && !places.at_users(component)
                && facts.truth(Domain::Flow, fact::OVER_INTERNET, flow) == Truth::True;
            let nobody = caller == component
                || places.by_hand(facts, flow, caller, component)
                || places.beside(facts, flow, caller);
            let comes = match listens {
                true => Truth::True,
                false if nobody => Truth::False,
                false => places.outside(caller),
            };
            // Two of whom nobody knows where they are may as well be in one place.
            let inside = facts.truth(Domain::Flow, fact::OVER_INTERNET, flow) == Truth::False
                || places.outside(component) == Truth::Unknown;
            if comes == Truth::False || comes == Truth::Unknown && inside {
                continue;
            }
            match facts.truth(Domain::Flow, fact::PERMITTED, flow) {
                Truth::False => {}
                _ if doubtful(flow) || comes == Truth::Unknown => answer = Truth::Unknown,
                _ => return Truth::True,
            }
        }
        answer
    });
    let to_people = Bits::of(count, |component| any_caller(component, &|caller| is_person(facts, caller)));
    // A breadth-first walk along flows from everything exposed.
    let from = |wanted: &dyn Fn(Truth) -> bool| {
        let mut reachable = Bits::of(count, |component| wanted(exposed.get(component)));
        let mut queue: Vec<usize> = reachable.iter().collect();
        while let Some(component) = queue.pop() {
            for flow in facts.row(relation::COMPONENT_OUTBOUND, component) {
                let ends = &facts.model.flows[*flow as usize];
                for end in [ends.source as usize, ends.target as usize] {
                    if end != component && !reachable.get(end) {
                        reachable.set(end);
                        queue.push(end);
                    }
                }
            }
        }
        reachable
    };
    let (sure, possible) = (from(&|truth| truth == Truth::True), from(&|truth| truth != Truth::False));
    let reachable = Column::of(count, |component| match (sure.get(component), possible.get(component)) {
        (true, _) => Truth::True,
        (false, true) => Truth::Unknown,
        (false, false) => Truth::False,
    });
    put_bool(facts, Domain::Component, fact::EXPOSED_TO_INTERNET, exposed);
    put_bool(facts, Domain::Component, fact::REACHABLE_FROM_INTERNET, reachable);
    put_bool(facts, Domain::Component, fact::EXPOSED_TO_PEOPLE, Column::known(to_people));
}
