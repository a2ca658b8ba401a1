//! What hurts: the goals of attackers on a model, with the impact that classification and importance give them.

use vauban_model::finding::Goal;
use vauban_model::index::Index;
use vauban_model::model::{Component, Element, ElementRef, Model};
use vauban_model::scale::{Impact, Methodology, Stride};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::{Domain, FactType, Relation, fact, relation};

/// What is at stake at one element: the impact of a breach of each property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stakes {
    /// When the wrong people read it.
    pub confidentiality: Impact,
    /// When it is wrong.
    pub integrity: Impact,
    /// When it is gone.
    pub availability: Impact,
}

impl Stakes {
    /// Nothing worth naming.
    pub const NONE: Stakes =
        Stakes { confidentiality: Impact::LEAST, integrity: Impact::LEAST, availability: Impact::LEAST };

    /// The higher of each.
    #[must_use]
    pub fn max(self, other: Stakes) -> Stakes {
        Stakes {
            confidentiality: self.confidentiality.max(other.confidentiality),
            integrity: self.integrity.max(other.integrity),
            availability: self.availability.max(other.availability),
        }
    }

    /// The impact that a threat of these STRIDE categories has here: each letter breaks its property; spoofing and
    /// elevation may break any; a lost trace hurts one level less than what it hides.
    pub fn of_stride(self, stride: &[Stride]) -> Impact {
        let all = self.confidentiality.max(self.integrity).max(self.availability);
        stride
            .iter()
            .map(|letter| match letter {
                Stride::Spoofing | Stride::ElevationOfPrivilege => all,
                Stride::Tampering => self.integrity,
                Stride::InformationDisclosure => self.confidentiality,
                Stride::DenialOfService => self.availability,
                Stride::Repudiation => Impact::new(self.confidentiality.max(self.integrity).level().saturating_sub(1)),
            })
            .max()
            .unwrap_or(Impact::LEAST)
    }
}

/// What is at stake with each data asset. Integrity that nobody rated counts one level below confidentiality (who
/// may not read it may hardly write it), availability as minor.
pub fn data_stakes(model: &Model, methodology: &Methodology) -> Vec<Stakes> {
    model
        .data
        .iter()
        .map(|data| {
            let confidentiality = methodology.disclosure_impact(data.symbol(fact::CLASSIFICATION));
            let integrity = match data.symbol(fact::INTEGRITY) {
                Some(importance) => methodology.importance_impact(Some(importance)),
                None => Impact::new(confidentiality.level().saturating_sub(1).max(2)),
            };
            let availability = methodology.importance_impact(data.symbol(fact::AVAILABILITY));
            Stakes { confidentiality, integrity, availability }
        })
        .collect()
}

/// What is at stake at each component: the data it touches and its own criticality.
pub fn component_stakes(model: &Model, index: &Index, methodology: &Methodology, data: &[Stakes]) -> Vec<Stakes> {
    model
        .components
        .iter()
        .enumerate()
        .map(|(at, component)| {
            let rows = index.rows(relation::COMPONENT_DATA).row(at);
            let mut stakes =
                rows.iter().filter_map(|d| data.get(*d as usize)).fold(Stakes::NONE, |all, one| all.max(*one));
            if let Some(classification) = component.element.symbol(fact::CLASSIFICATION) {
                stakes.confidentiality =
                    stakes.confidentiality.max(methodology.disclosure_impact(Some(classification)));
            }
            if let Some(integrity) = component.element.symbol(fact::INTEGRITY) {
                stakes.integrity = stakes.integrity.max(methodology.importance_impact(Some(integrity)));
            }
            if let Some(criticality) = component.element.symbol(fact::CRITICALITY) {
                let own = methodology.importance_impact(Some(criticality));
                stakes.availability = stakes.availability.max(own);
                stakes.integrity = stakes.integrity.max(own);
            }
            stakes
        })
        .collect()
}

/// What is at stake at any element.
pub fn stakes_at(model: &Model, index: &Index, element: ElementRef, data: &[Stakes], components: &[Stakes]) -> Stakes {
    let of = |list: &[Stakes], row: &[u32]| {
        row.iter().filter_map(|at| list.get(*at as usize)).fold(Stakes::NONE, |all, one| all.max(*one))
    };
    match element.domain {
        Domain::Component => components.get(element.at()).copied().unwrap_or(Stakes::NONE),
        Domain::Data => data.get(element.at()).copied().unwrap_or(Stakes::NONE),
        Domain::Flow => of(data, index.row(relation::FLOW_DATA, element.index)),
        Domain::Boundary => of(components, index.row(relation::BOUNDARY_MEMBERS, element.index)),
        Domain::Identity => IDENTITY_TO_COMPONENTS
            .iter()
            .fold(Stakes::NONE, |all, relation| all.max(of(components, index.row(*relation, element.index)))),
        Domain::System => {
            let all = data.iter().fold(Stakes::NONE, |all, one| all.max(*one));
            let _ = model;
            all
        }
    }
}

/// Whether the model says anything about what is at stake at an element. Where data assets are drawn, an element that
/// touches none has nothing at stake. Where none are drawn at all, or the model was read from code, nobody has said
/// anything, and unknown is not nothing.
pub fn is_rated(model: &Model, index: &Index, element: ElementRef) -> bool {
    if !model.from_code && model.data.iter().any(|data| !is_secret(data)) {
        return true;
    }
    let component = |at: u32| {
        let rated = |component: &Component| {
            let element = &component.element;
            [fact::CLASSIFICATION, fact::INTEGRITY, fact::CRITICALITY].iter().any(|id| element.symbol(*id).is_some())
        };
        !index.row(relation::COMPONENT_DATA, at).is_empty() || model.components.get(at as usize).is_some_and(rated)
    };
    match element.domain {
        Domain::Component => component(element.index),
        Domain::Data => true,
        Domain::Flow => !index.row(relation::FLOW_DATA, element.index).is_empty(),
        Domain::Boundary => index.row(relation::BOUNDARY_MEMBERS, element.index).iter().any(|at| component(*at)),
        Domain::Identity => {
            IDENTITY_TO_COMPONENTS.iter().any(|id| index.row(*id, element.index).iter().any(|at| component(*at)))
        }
        Domain::System => !model.data.is_empty() || model.criticality().is_some(),
    }
}

/// Whether a data asset is only what opens something else.
fn is_secret(data: &Element) -> bool {
    let FactType::Set(enumeration) = fact::DATA_KINDS.definition().ty else { return false };
    let opens = |kind: &u16| matches!(enumeration.word(*kind), "credentials" | "secret" | "session" | "key-material");
    let kinds = data.symbols(fact::DATA_KINDS);
    !kinds.is_empty() && kinds.iter().all(opens)
}

/// The components that an identity has to do with.
const IDENTITY_TO_COMPONENTS: [Relation; 4] = [
    relation::IDENTITY_MAY_ADMINISTER,
    relation::IDENTITY_MAY_WRITE,
    relation::IDENTITY_MAY_READ,
    relation::IDENTITY_USED_BY_COMPONENTS,
];

/// The goals of attackers: to read, alter or deny each data asset in scope that is used, and to run, alter or deny the
/// components that matter, and to control each cloud account. Sorted; goals of the least impact are left out.
pub fn goals(
    model: &Model,
    methodology: &Methodology,
    data: &[Stakes],
    components: &[Stakes],
    index: &Index,
) -> Vec<Goal> {
    let mut out = Vec::new();
    let mut push = |verb, element, impact: Impact| {
        if impact > Impact::LEAST {
            out.push(Goal { state: State { verb, element }, impact });
        }
    };
    for (at, stakes) in data.iter().enumerate() {
        let element = ElementRef::new(Domain::Data, at);
        if !model.in_scope(element) {
            continue;
        }
        push(Verb::Read, element, stakes.confidentiality);
        push(Verb::Alter, element, stakes.integrity);
        push(Verb::Deny, element, stakes.availability);
    }
    let external = vauban_model::model::symbol_of(fact::KIND, "external-entity");
    let store = vauban_model::model::symbol_of(fact::KIND, "data-store");
    // What only opens something else, such as the password that code gives a machine, rates nothing.
    let nothing_said = model.data.iter().all(is_secret) && model.criticality().is_none();
    for (at, stakes) in components.iter().enumerate() {
        let element = ElementRef::new(Domain::Component, at);
        let Some(entry) = model.components.get(at) else { continue };
        // What belongs to others is no goal of its own; their use of our data is.
        if !model.in_scope(element) || entry.element.symbol(fact::KIND) == external && external.is_some() {
            continue;
        }
        let critical = entry.element.symbol(fact::CRITICALITY).or_else(|| model.criticality());
        let service = methodology.importance_impact(critical);
        // To run code on a component is worth the worst of what it touches.
        let all = stakes.confidentiality.max(stakes.integrity).max(stakes.availability);
        if critical.is_some() || !index.row(relation::COMPONENT_DATA, element.index).is_empty() {
            push(Verb::RunCode, element, all);
            push(Verb::Administer, element, all);
        } else if nothing_said {
            // A sketch without data and without criticality still has things worth attacking; how much they are worth
            // is the methodology's answer for what nobody rated.
            push(Verb::RunCode, element, service);
            push(Verb::Administer, element, service);
        }
        if entry.element.symbol(fact::KIND) == store && index.row(relation::COMPONENT_STORES, element.index).is_empty()
        {
            push(Verb::Read, element, stakes.confidentiality.max(methodology.disclosure_impact(None)));
            push(Verb::Alter, element, stakes.integrity.max(methodology.importance_impact(None)));
        }
        if critical.is_some() {
            push(Verb::Deny, element, service.max(stakes.availability));
        }
    }
    // Whoever controls an account, project or cluster as a whole has all that is in it, and all that will ever be.
    let whole = ["cloud-account", "cluster"].map(|kind| vauban_model::model::symbol_of(fact::BOUNDARY_KIND, kind));
    for (element, boundary) in model.elements(Domain::Boundary) {
        let kind = boundary.symbol(fact::BOUNDARY_KIND);
        if kind.is_some() && whole.contains(&kind) && model.in_scope(element) {
            push(Verb::Administer, element, Impact::MOST);
        }
    }
    out.sort_unstable();
    out
}
