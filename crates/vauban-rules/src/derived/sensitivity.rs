//! The needs that data puts on everything it touches.

use vauban_model::vocabulary::{Domain, FactId, Relation, fact, relation};

use super::put_bool;
use crate::bits::{Bits, Column};
use crate::facts::{Facts, NONE, Values};

/// The highest known value of an ordered data fact over the data a relation leads to. Data that nobody classified does
/// not count; an element without data has the lowest value, as what is not drawn is not there.
fn highest(facts: &Facts<'_>, domain: Domain, relation: Relation, of: FactId) -> Vec<u16> {
    let own: Vec<u16> =
        (0..facts.count(Domain::Data)).map(|d| facts.symbol(Domain::Data, of, d).unwrap_or(0)).collect();
    (0..facts.count(domain))
        .map(|at| facts.row(relation, at).iter().map(|data| own[*data as usize]).max().unwrap_or(0))
        .collect()
}

/// `highest_classification`, `highest_integrity`, `highest_availability`, `used`.
pub(super) fn all(facts: &mut Facts<'_>) {
    let pairs = [
        (fact::HIGHEST_CLASSIFICATION, fact::CLASSIFICATION),
        (fact::HIGHEST_INTEGRITY, fact::INTEGRITY),
        (fact::HIGHEST_AVAILABILITY, fact::AVAILABILITY),
    ];
    for (derived, of) in pairs {
        let flows = highest(facts, Domain::Flow, relation::FLOW_DATA, of);
        let mut components = highest(facts, Domain::Component, relation::COMPONENT_DATA, of);
        // What a component is said to need itself counts like data of its own.
        let own = if derived == fact::HIGHEST_AVAILABILITY { fact::CRITICALITY } else { of };
        for (at, value) in components.iter_mut().enumerate() {
            let stated = facts.symbol(Domain::Component, own, at).filter(|stated| *stated != NONE);
            *value = (*value).max(stated.unwrap_or(0));
        }
        facts.put(Domain::Flow, derived, Values::Symbol(flows));
        facts.put(Domain::Component, derived, Values::Symbol(components));
    }
    let component = |facts: &Facts<'_>, at: u32| {
        facts.symbol(Domain::Component, fact::HIGHEST_CLASSIFICATION, at as usize).unwrap_or(0)
    };
    let boundaries = (0..facts.count(Domain::Boundary))
        .map(|at| facts.row(relation::BOUNDARY_MEMBERS, at).iter().map(|c| component(facts, *c)).max().unwrap_or(0))
        .collect();
    let rights = [
        relation::IDENTITY_MAY_READ,
        relation::IDENTITY_MAY_WRITE,
        relation::IDENTITY_MAY_ADMINISTER,
        relation::IDENTITY_MAY_USE,
    ];
    let identities = (0..facts.count(Domain::Identity))
        .map(|at| {
            let reached = rights.iter().flat_map(|relation| facts.row(*relation, at));
            reached.map(|c| component(facts, *c)).max().unwrap_or(0)
        })
        .collect();
    facts.put(Domain::Boundary, fact::HIGHEST_CLASSIFICATION, Values::Symbol(boundaries));
    facts.put(Domain::Identity, fact::HIGHEST_CLASSIFICATION, Values::Symbol(identities));
    let used = Bits::of(facts.count(Domain::Data), |at| {
        [relation::DATA_STORED_IN, relation::DATA_HANDLED_BY, relation::DATA_CARRIED_BY]
            .iter()
            .any(|relation| !facts.row(*relation, at).is_empty())
    });
    put_bool(facts, Domain::Data, fact::USED, Column::known(used));
}
