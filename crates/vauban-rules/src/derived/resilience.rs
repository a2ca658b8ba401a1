//! What breaks together: single points of failure, blast radius, shared runtimes.

use vauban_model::index::Index;
use vauban_model::vocabulary::{Domain, fact, relation};

use super::{put_bool, symbol};
use crate::bits::{Bits, Column, Truth};
use crate::facts::{Facts, Values};

/// A blast radius is counted up to this many components: beyond it, "nearly everything" says enough, and counting
/// exactly would be quadratic.
const BLAST_LIMIT: usize = 100;

/// `single_point_of_failure`, `blast_radius`, `shares_runtime`, `runtime_mixes_zones`.
pub(super) fn all(facts: &mut Facts<'_>) {
    let count = facts.count(Domain::Component);
    let high = symbol(fact::CRITICALITY, "high");
    let single = Column::of(count, |component| {
        let needed =
            facts.symbol(Domain::Component, fact::HIGHEST_AVAILABILITY, component).is_some_and(|need| need >= high);
        let called = facts.row(relation::COMPONENT_INBOUND, component).iter().any(|flow| {
            let ends = &facts.model.flows[*flow as usize];
            ends.target as usize == component && ends.source as usize != component
        });
        if !needed || !called {
            return Truth::False;
        }
        facts.truth(Domain::Component, fact::REDUNDANT, component).negated()
    });
    let shares = Bits::of(count, |component| !facts.row(relation::COMPONENT_RUNTIME_NEIGHBOURS, component).is_empty());
    let zone = |component: usize| facts.model.components[component].boundary;
    let mixes = Bits::of(count, |component| {
        facts
            .row(relation::COMPONENT_RUNTIME_NEIGHBOURS, component)
            .iter()
            .any(|other| zone(*other as usize) != zone(component))
    });

    put_bool(facts, Domain::Component, fact::SINGLE_POINT_OF_FAILURE, single);
    put_bool(facts, Domain::Component, fact::SHARES_RUNTIME, Column::known(shares));
    put_bool(facts, Domain::Component, fact::RUNTIME_MIXES_ZONES, Column::known(mixes));
    // The one derived fact that costs a walk per element.
    if facts.library.asked_facts.contains(&fact::BLAST_RADIUS) {
        blast_radius(facts);
    }
}

/// `blast_radius` of components and identities.
fn blast_radius(facts: &mut Facts<'_>) {
    let count = facts.count(Domain::Component);
    let mut seen = vec![u32::MAX; count];
    let mut radius = Vec::with_capacity(count);
    for (mark, component) in (0u32..).zip(0..count) {
        radius.push(Some(spread(facts, &[component], mark, &mut seen) - 1));
    }
    let mut seen = vec![u32::MAX; count];
    let mut identities = Vec::with_capacity(facts.count(Domain::Identity));
    for (mark, identity) in (0u32..).zip(0..facts.count(Domain::Identity)) {
        let reached: Vec<usize> = granted(&facts.index, identity).map(|component| component as usize).collect();
        identities.push(Some(spread(facts, &reached, mark, &mut seen)));
    }
    facts.put(Domain::Component, fact::BLAST_RADIUS, Values::Number(radius));
    facts.put(Domain::Identity, fact::BLAST_RADIUS, Values::Number(identities));
}

/// What an identity may read, write or administer.
fn granted(index: &Index, identity: usize) -> impl Iterator<Item = u32> {
    [relation::IDENTITY_MAY_ADMINISTER, relation::IDENTITY_MAY_WRITE, relation::IDENTITY_MAY_READ]
        .into_iter()
        .flat_map(move |relation| index.rows(relation).row(identity).iter().copied())
}

/// How many components can be gone on to from some, themselves counted, up to the limit.
fn spread(facts: &Facts<'_>, from: &[usize], mark: u32, seen: &mut [u32]) -> i64 {
    let mut queue: Vec<usize> = Vec::new();
    for component in from {
        if seen[*component] != mark && queue.len() <= BLAST_LIMIT {
            seen[*component] = mark;
            queue.push(*component);
        }
    }
    let mut at = 0;
    // A hub may have very many flows: what is looked at is bounded as well as what is found.
    let mut looked_at = 0;
    while at < queue.len() && queue.len() <= BLAST_LIMIT && looked_at < 8 * BLAST_LIMIT {
        let component = queue[at];
        at += 1;
        let along = facts.row(relation::COMPONENT_OUTBOUND, component).iter().map(|flow| {
            let ends = &facts.model.flows[*flow as usize];
            if ends.source as usize == component { ends.target } else { ends.source }
        });
        let beside = facts.row(relation::COMPONENT_RUNTIME_NEIGHBOURS, component).iter().copied();
        let through =
            facts.row(relation::COMPONENT_RUNS_AS, component).iter().flat_map(|i| granted(&facts.index, *i as usize));
        for next in along.chain(beside).chain(through) {
            looked_at += 1;
            if queue.len() > BLAST_LIMIT || looked_at >= 8 * BLAST_LIMIT {
                break;
            }
            if let Some(known) = seen.get_mut(next as usize)
                && *known != mark
            {
                *known = mark;
                queue.push(next as usize);
            }
        }
    }
    i64::try_from(queue.len()).unwrap_or(i64::MAX)
}
