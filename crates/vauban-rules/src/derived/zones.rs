//! Trust boundaries: how far a place is trusted, which flows cross which line, who shares a network.

use vauban_model::vocabulary::{Domain, fact, relation};

use super::{put_bool, symbol};
use crate::bits::{Bits, Column, Truth};
use crate::facts::{Facts, NONE, Values};

/// Whether a boundary is a line on a network; unknown kinds count as one.
fn is_network(facts: &Facts<'_>, boundary: usize) -> bool {
    let local = ["host", "execution-environment", "process"].map(|word| symbol(fact::BOUNDARY_KIND, word));
    facts.symbol(Domain::Boundary, fact::BOUNDARY_KIND, boundary).is_none_or(|kind| !local.contains(&kind))
}

/// Whether a boundary stands for the public network.
fn is_internet(facts: &Facts<'_>, boundary: usize) -> bool {
    facts.symbol(Domain::Boundary, fact::BOUNDARY_KIND, boundary) == Some(symbol(fact::BOUNDARY_KIND, "internet"))
}

/// `zone_trust`: the trust of the innermost boundary that states one; the internet is untrusted without being told.
pub(super) fn zone_trust(facts: &mut Facts<'_>) {
    let untrusted = symbol(fact::TRUST, "untrusted");
    let own: Vec<u16> = (0..facts.count(Domain::Boundary))
        .map(|boundary| {
            let stated = facts.symbol(Domain::Boundary, fact::TRUST, boundary);
            stated.unwrap_or(if is_internet(facts, boundary) { untrusted } else { NONE })
        })
        .collect();
    let column = (0..facts.count(Domain::Component))
        .map(|component| {
            let around = facts.around(component).iter();
            around.map(|boundary| own[*boundary as usize]).find(|trust| *trust != NONE).unwrap_or(NONE)
        })
        .collect();
    facts.put(Domain::Boundary, fact::TRUST, Values::Symbol(own));
    facts.put(Domain::Component, fact::ZONE_TRUST, Values::Symbol(column));
}

/// `crosses_boundary`, `crosses_network`, `rises_in_trust`.
pub(super) fn crossings(facts: &mut Facts<'_>) {
    let count = facts.count(Domain::Flow);
    let network = Bits::of(facts.count(Domain::Boundary), |boundary| is_network(facts, boundary));
    let crosses = Bits::of(count, |flow| !facts.row(relation::FLOW_CROSSED, flow).is_empty());
    let crosses_network = Bits::of(count, |flow| {
        facts.row(relation::FLOW_CROSSED, flow).iter().any(|boundary| network.get(*boundary as usize))
    });
    let untrusted = symbol(fact::TRUST, "untrusted");
    let external = symbol(fact::KIND, "external-entity");
    let trust = |component: usize| {
        facts.symbol(Domain::Component, fact::ZONE_TRUST, component).or_else(|| {
            let outside = facts.around(component).is_empty()
                && facts.symbol(Domain::Component, fact::KIND, component) == Some(external);
            outside.then_some(untrusted)
        })
    };
    let rises = Column::of(count, |flow| {
        if !crosses.get(flow) {
            return Truth::False;
        }
        let ends = &facts.model.flows[flow];
        match (trust(ends.source as usize), trust(ends.target as usize)) {
            (Some(from), Some(to)) => Truth::of(Some(from < to)),
            _ => Truth::Unknown,
        }
    });
    put_bool(facts, Domain::Flow, fact::CROSSES_BOUNDARY, Column::known(crosses));
    put_bool(facts, Domain::Flow, fact::CROSSES_NETWORK, Column::known(crosses_network));
    put_bool(facts, Domain::Flow, fact::RISES_IN_TRUST, rises);
}

/// `shares_segment`, `segment_mixes_sensitivity`, `mixes_trust`, `holds_exposed`. Needs classifications and exposure.
pub(super) fn segments(facts: &mut Facts<'_>) {
    let components = facts.count(Domain::Component);
    let boundaries = facts.count(Domain::Boundary);
    // The innermost network boundary of each component, and how many live there by classification.
    let segment: Vec<Option<u32>> = (0..components)
        .map(|component| facts.around(component).iter().copied().find(|b| is_network(facts, *b as usize)))
        .collect();
    let class = |component: usize| {
        usize::from(facts.symbol(Domain::Component, fact::HIGHEST_CLASSIFICATION, component).unwrap_or(0)).min(3)
    };
    let mut members = vec![[0u32; 4]; boundaries];
    for component in 0..components {
        if let Some(at) = segment[component] {
            members[at as usize][class(component)] += 1;
        }
    }
    let mut shares = Bits::none(components);
    let mut mixes = Bits::none(components);
    let mut neighbours: Vec<u32> = Vec::new();
    for component in 0..components {
        let Some(at) = segment[component] else { continue };
        neighbours.clear();
        for relation in [relation::COMPONENT_INBOUND, relation::COMPONENT_OUTBOUND] {
            for flow in facts.row(relation, component) {
                let ends = &facts.model.flows[*flow as usize];
                for end in [ends.source, ends.target] {
                    if end as usize != component && segment.get(end as usize) == Some(&Some(at)) {
                        neighbours.push(end);
                    }
                }
            }
        }
        neighbours.sort_unstable();
        neighbours.dedup();
        let counts = members[at as usize];
        let others: u32 = counts.iter().sum::<u32>().saturating_sub(1);
        if others > u32::try_from(neighbours.len()).unwrap_or(u32::MAX) {
            shares.set(component);
        }
        let own = class(component);
        let lower: u32 = counts[..own].iter().sum();
        let lower_neighbours = neighbours.iter().filter(|other| class(**other as usize) < own).count();
        if lower > u32::try_from(lower_neighbours).unwrap_or(u32::MAX) {
            mixes.set(component);
        }
    }
    let mut mixes_trust = Bits::none(boundaries);
    let mut holds_exposed = Bits::none(boundaries);
    for boundary in 0..boundaries {
        let row = facts.row(relation::BOUNDARY_MEMBERS, boundary);
        let classes = row.iter().map(|component| class(*component as usize));
        let (least, most) = classes.fold((3, 0), |(least, most), c| (least.min(c), most.max(c)));
        if most >= least + 2 {
            mixes_trust.set(boundary);
        }
        let exposed = |component: &u32| {
            facts.truth(Domain::Component, fact::EXPOSED_TO_INTERNET, *component as usize) == Truth::True
        };
        if row.iter().any(exposed) {
            holds_exposed.set(boundary);
        }
    }
    put_bool(facts, Domain::Component, fact::SHARES_SEGMENT, Column::known(shares));
    put_bool(facts, Domain::Component, fact::SEGMENT_MIXES_SENSITIVITY, Column::known(mixes));
    put_bool(facts, Domain::Boundary, fact::MIXES_TRUST, Column::known(mixes_trust));
    put_bool(facts, Domain::Boundary, fact::HOLDS_EXPOSED, Column::known(holds_exposed));
}
