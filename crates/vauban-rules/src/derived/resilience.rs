//! What breaks together: single points of failure, blast radius, shared runtimes.

use rayon::prelude::*;
use vauban_model::index::Index;
use vauban_model::vocabulary::{Domain, fact, relation};

use super::{put_bool, symbol};
use crate::bits::{Bits, Column, Truth};
use crate::facts::{Facts, Values};

/// A blast radius is counted up to this many components: beyond it, "nearly everything" says enough, and counting
/// exactly would be quadratic.
const BLAST_LIMIT: usize = 100;
/// And at most this many connections are looked at for one of them.
const LOOK_LIMIT: usize = 8 * BLAST_LIMIT;

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
    let next = Next::new(facts);
    // Each worker marks what it has seen with the number of the walk, so that nothing is cleared in between.
    let radius = (0..count)
        .into_par_iter()
        .map_init(
            || Walker::new(count),
            |walker, component| Some(walker.spread(&next, &[u32::try_from(component).unwrap_or(u32::MAX)]) - 1),
        )
        .collect();
    let identities = (0..facts.count(Domain::Identity))
        .into_par_iter()
        .map_init(
            || (Walker::new(count), Vec::new()),
            |(walker, reached), identity| {
                reached.clear();
                reached.extend(granted(&facts.index, identity));
                Some(walker.spread(&next, reached))
            },
        )
        .collect();
    facts.put(Domain::Component, fact::BLAST_RADIUS, Values::Number(radius));
    facts.put(Domain::Identity, fact::BLAST_RADIUS, Values::Number(identities));
}

/// What an identity may read, write or administer.
fn granted(index: &Index, identity: usize) -> impl Iterator<Item = u32> {
    [relation::IDENTITY_MAY_ADMINISTER, relation::IDENTITY_MAY_WRITE, relation::IDENTITY_MAY_READ]
        .into_iter()
        .flat_map(move |relation| index.rows(relation).row(identity).iter().copied())
}

/// Where each component leads: the other ends of its flows, what shares its runtime, what its identities may use. In
/// one row, as every walk comes by here again.
struct Next {
    offsets: Vec<usize>,
    items: Vec<u32>,
}

impl Next {
    fn new(facts: &Facts<'_>) -> Self {
        let count = facts.count(Domain::Component);
        let mut next = Next { offsets: Vec::with_capacity(count + 1), items: Vec::new() };
        next.offsets.push(0);
        let mut last = vec![usize::MAX; count];
        for component in 0..count {
            let along = facts.row(relation::COMPONENT_OUTBOUND, component).iter().map(|flow| {
                let ends = &facts.model.flows[*flow as usize];
                if ends.source as usize == component { ends.target } else { ends.source }
            });
            let beside = facts.row(relation::COMPONENT_RUNTIME_NEIGHBOURS, component).iter().copied();
            let identities = facts.row(relation::COMPONENT_RUNS_AS, component).iter();
            let through = identities.flat_map(|identity| granted(&facts.index, *identity as usize));
            // No walk looks further than this: after so many different ones it has found enough.
            let mut different = 0;
            for other in along.chain(beside).chain(through).take(LOOK_LIMIT) {
                next.items.push(other);
                if let Some(known) = last.get_mut(other as usize)
                    && *known != component
                {
                    *known = component;
                    different += 1;
                }
                if different > BLAST_LIMIT + 1 {
                    break;
                }
            }
            next.offsets.push(next.items.len());
        }
        next
    }

    fn row(&self, component: u32) -> &[u32] {
        let at = component as usize;
        &self.items[self.offsets[at]..self.offsets[at + 1]]
    }
}

/// What walks of one worker have in common.
struct Walker {
    /// By component, the last walk that came by.
    seen: Vec<u32>,
    walk: u32,
    queue: Vec<u32>,
}

impl Walker {
    fn new(count: usize) -> Self {
        Walker { seen: vec![0; count], walk: 0, queue: Vec::new() }
    }

    /// How many components can be gone on to from some, themselves counted, up to the limit.
    fn spread(&mut self, next: &Next, from: &[u32]) -> i64 {
        let Walker { seen, walk, queue } = self;
        *walk += 1;
        queue.clear();
        let mut visit = |component: u32, queue: &mut Vec<u32>| {
            if let Some(known) = seen.get_mut(component as usize)
                && *known != *walk
            {
                *known = *walk;
                queue.push(component);
            }
        };
        for component in from {
            if queue.len() > BLAST_LIMIT {
                break;
            }
            visit(*component, queue);
        }
        let mut at = 0;
        // A hub may have very many flows: what is looked at is bounded as well as what is found.
        let mut looked_at = 0;
        while at < queue.len() && queue.len() <= BLAST_LIMIT && looked_at < LOOK_LIMIT {
            let component = queue[at];
            at += 1;
            for other in next.row(component) {
                looked_at += 1;
                if queue.len() > BLAST_LIMIT || looked_at >= LOOK_LIMIT {
                    break;
                }
                visit(*other, queue);
            }
        }
        i64::try_from(queue.len()).unwrap_or(i64::MAX)
    }
}
