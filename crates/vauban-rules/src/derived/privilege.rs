//! Whether identities may do more than they need, and where that power is used.

use vauban_model::vocabulary::{Domain, fact, relation};

use super::put_bool;
use crate::bits::{Column, Truth};
use crate::facts::Facts;

/// `excess_privilege` and `acts_as_administrator`.
pub(super) fn all(facts: &mut Facts<'_>) {
    let column = Column::of(facts.count(Domain::Flow), |flow| {
        let target = facts.model.flows[flow].target;
        let administers =
            |identity: &u32| facts.row(relation::IDENTITY_MAY_ADMINISTER, *identity as usize).contains(&target);
        Truth::of(Some(facts.row(relation::FLOW_ACTS_AS, flow).iter().any(administers)))
    });
    put_bool(facts, Domain::Flow, fact::ACTS_AS_ADMINISTRATOR, column);
    let rights = [
        relation::IDENTITY_MAY_ADMINISTER,
        relation::IDENTITY_MAY_WRITE,
        relation::IDENTITY_MAY_READ,
        relation::IDENTITY_MAY_USE,
    ];
    let column = Column::of(facts.count(Domain::Identity), |identity| {
        let identity_facts = &facts.model.identities[identity];
        let granted = || rights.iter().flat_map(|relation| facts.row(*relation, identity));
        if granted().next().is_none() {
            return Truth::False;
        }
        if identity_facts.fact(fact::NEEDS_ONLY).is_none() {
            return Truth::Unknown;
        }
        let needed = identity_facts.references(fact::NEEDS_ONLY);
        // Administering what one merely needs to use is excess as well; `needs_only` names what is needed at all,
        // so the right to administer counts as needed only when the component is named.
        Truth::of(Some(granted().any(|component| !needed.contains(component))))
    });
    put_bool(facts, Domain::Identity, fact::EXCESS_PRIVILEGE, column);
}
