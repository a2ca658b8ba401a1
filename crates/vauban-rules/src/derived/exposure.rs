//! Who can get at what: flows from the internet and from people, exposed and reachable components.

use vauban_model::vocabulary::{Domain, fact, relation};

use super::{put_bool, symbol};
use crate::bits::{Bits, Column, Truth};
use crate::facts::Facts;

fn is_person(facts: &Facts<'_>, component: usize) -> bool {
    facts.truth(Domain::Component, fact::USED_BY_PEOPLE, component) == Truth::True
}

/// The components on the internet: their zone is untrusted, or it is an outsider drawn outside every boundary, or a
/// person's client that is said to be out there.
fn outside(facts: &Facts<'_>) -> Bits {
    let untrusted = symbol(fact::TRUST, "untrusted");
    let external = symbol(fact::KIND, "external-entity");
    Bits::of(facts.count(Domain::Component), |component| {
        match facts.symbol(Domain::Component, fact::ZONE_TRUST, component) {
            Some(trust) => trust == untrusted,
            None => {
                let is_external = facts.symbol(Domain::Component, fact::KIND, component) == Some(external);
                let stated = facts.truth(Domain::Component, fact::INTERNET_FACING, component);
                facts.around(component).is_empty() && is_external && stated != Truth::False
                    || is_person(facts, component) && stated == Truth::True
            }
        }
    })
}

/// `from_internet`, `from_person`, `passes_internet`, `stays_local`.
pub(super) fn flows(facts: &mut Facts<'_>) {
    let count = facts.count(Domain::Flow);
    let components = facts.count(Domain::Component);
    let outside = outside(facts);
    let source = |flow: usize| facts.model.flows[flow].source as usize;
    let target = |flow: usize| facts.model.flows[flow].target as usize;
    let from_internet = Bits::of(count, |flow| outside.get(source(flow)) && !outside.get(target(flow)));
    let person = Bits::of(components, |component| is_person(facts, component));
    let from_person = Bits::of(count, |flow| person.get(source(flow)));

    let local =
        ["in-process", "inter-process", "file-system", "container-spawning"].map(|word| symbol(fact::PROTOCOL, word));
    let stays_local = Bits::of(count, |flow| {
        facts.symbol(Domain::Flow, fact::PROTOCOL, flow).is_some_and(|protocol| local.contains(&protocol))
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
        if outside.get(source(flow)) || outside.get(target(flow)) {
            return Truth::True;
        }
        match (realm(source(flow)), realm(target(flow))) {
            (Some(one), Some(other)) if one != other => Truth::Unknown,
            _ => Truth::False,
        }
    });
    put_bool(facts, Domain::Flow, fact::FROM_INTERNET, Column::known(from_internet));
    put_bool(facts, Domain::Flow, fact::FROM_PERSON, Column::known(from_person));
    put_bool(facts, Domain::Flow, fact::STAYS_LOCAL, Column::known(stays_local));
    put_bool(facts, Domain::Flow, fact::PASSES_INTERNET, passes);
}

/// `exposed_to_internet`, `reachable_from_internet`, `exposed_to_people`.
pub(super) fn components(facts: &mut Facts<'_>) {
    let count = facts.count(Domain::Component);
    let outside = outside(facts);
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
        if stated != Truth::Unknown || outside.get(component) {
            return if stated == Truth::True { Truth::True } else { Truth::False };
        }
        let mut answer = Truth::False;
        for flow in facts.row(relation::COMPONENT_INBOUND, component).iter().map(|flow| *flow as usize) {
            let ends = &facts.model.flows[flow];
            let caller = if ends.target as usize == component { ends.source } else { ends.target } as usize;
            // What listens to our own other site over the public network listens to everybody on it.
            let listens = ends.target as usize == component
                && facts.truth(Domain::Flow, fact::OVER_INTERNET, flow) == Truth::True;
            if caller != component && outside.get(caller) || listens {
                match facts.truth(Domain::Flow, fact::PERMITTED, flow) {
                    Truth::False => {}
                    _ if doubtful(flow) => answer = Truth::Unknown,
                    _ => return Truth::True,
                }
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
