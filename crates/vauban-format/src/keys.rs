//! The keys an element may have: those every element shares, and the facts of the vocabulary.
//!
//! One table serves the reader, its suggestions and the JSON Schema.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use vauban_model::vocabulary::{Domain, FactId};

/// What a key of an element sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Id,
    Like,
    Name,
    Description,
    Owner,
    Tags,
    Controls,
    Lacks,
    OutOfScope,
    Extra,
    In,
    PartOf,
    From,
    To,
    Boundaries,
    BusinessContext,
    InScope,
    /// The system's list of what is left out; other elements have [`Slot::OutOfScope`] under the same key.
    LeftOut,
    Excluded,
    Add,
    Drop,
    Fact(FactId),
}

/// The shape of a shared key's value, for the JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Texts,
    YesNo,
    Reason,
    Controls,
    Extra,
    Boundaries,
    Scope,
}

/// A key that is no fact.
pub(crate) struct Common {
    pub(crate) key: &'static str,
    pub(crate) slot: Slot,
    pub(crate) on: &'static [Domain],
    pub(crate) shape: Shape,
    /// Whether it means something in overlays only.
    pub(crate) overlay: bool,
    pub(crate) doc: &'static str,
}

const EVERY: &[Domain] = &Domain::ALL;
const SYSTEM: &[Domain] = &[Domain::System];
const PARTS: &[Domain] = &[Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data, Domain::Identity];
const FLOW: &[Domain] = &[Domain::Flow];

/// The shared keys, in the order in which they are written.
pub(crate) const COMMON: &[Common] = &[
    common("id", Slot::Id, SYSTEM, Shape::Text, "Stable id of the system; made from the name when absent."),
    common(
        "like",
        Slot::Like,
        PARTS,
        Shape::Texts,
        "Templates whose values hold here unless stated otherwise; an earlier one wins over a later one.",
    ),
    common("name", Slot::Name, EVERY, Shape::Text, "Name for people; the id when absent."),
    common("description", Slot::Description, EVERY, Shape::Text, "Free description."),
    common("owner", Slot::Owner, EVERY, Shape::Text, "Who owns it."),
    common("business_context", Slot::BusinessContext, SYSTEM, Shape::Text, "What the business uses the system for."),
    common("in_scope", Slot::InScope, SYSTEM, Shape::Scope, "What is in scope, in words."),
    common("out_of_scope", Slot::LeftOut, SYSTEM, Shape::Scope, "What is out of scope, and why."),
    common("excluded", Slot::Excluded, SYSTEM, Shape::Reason, "Leaves the whole system out of the analysis."),
    common(
        "in",
        Slot::In,
        &[Domain::Component, Domain::Boundary],
        Shape::Text,
        "The innermost trust boundary around it.",
    ),
    common("part_of", Slot::PartOf, &[Domain::Component], Shape::Text, "The component it is a part of."),
    common("from", Slot::From, FLOW, Shape::Text, "The component it starts at."),
    common("to", Slot::To, FLOW, Shape::Text, "The component it ends at."),
    common(
        "controls",
        Slot::Controls,
        EVERY,
        Shape::Controls,
        "Controls that are in place: a list of ids, or a mapping from id to yes, no, or how it is done. On a boundary \
         or the system they hold for everything inside.",
    ),
    common("lacks", Slot::Lacks, EVERY, Shape::Texts, "Controls known to be missing."),
    common("tags", Slot::Tags, EVERY, Shape::Texts, "Free tags."),
    common(
        "out_of_scope",
        Slot::OutOfScope,
        PARTS,
        Shape::Reason,
        "Leaves it out of the analysis: the reason, or yes.",
    ),
    common("extra", Slot::Extra, EVERY, Shape::Extra, "What a foreign format said that has no key of its own here."),
    common("boundaries", Slot::Boundaries, &[Domain::Boundary], Shape::Boundaries, "Trust boundaries inside it."),
    Common {
        key: "add",
        slot: Slot::Add,
        on: PARTS,
        shape: Shape::YesNo,
        overlay: true,
        doc: "Adds an element that the model does not have.",
    },
    Common {
        key: "drop",
        slot: Slot::Drop,
        on: FLOW,
        shape: Shape::YesNo,
        overlay: true,
        doc: "Removes the flow: it does not exist in reality.",
    },
];

const fn common(key: &'static str, slot: Slot, on: &'static [Domain], shape: Shape, doc: &'static str) -> Common {
    Common { key, slot, on, shape, overlay: false, doc }
}

/// The keys of one kind of element.
pub(crate) struct Keys {
    slots: FxHashMap<&'static str, Slot>,
    /// Every key and alias in writing order, for suggestions.
    pub(crate) words: Vec<&'static str>,
}

static KEYS: LazyLock<[Keys; 6]> = LazyLock::new(|| Domain::ALL.map(Keys::new));

impl Keys {
    fn new(domain: Domain) -> Self {
        let shared = COMMON.iter().filter(|common| common.on.contains(&domain)).map(|common| (common.key, common.slot));
        let facts = FactId::stated_on(domain).flat_map(|fact| {
            let definition = fact.definition();
            std::iter::once(definition.key)
                .chain(definition.aliases.iter().copied())
                .map(move |key| (key, Slot::Fact(fact)))
        });
        let mut keys = Keys { slots: FxHashMap::default(), words: Vec::new() };
        for (key, slot) in shared.chain(facts) {
            if keys.slots.insert(key, slot).is_none() {
                keys.words.push(key);
            }
        }
        keys
    }

    /// The keys of a kind of element.
    pub(crate) fn of(domain: Domain) -> &'static Keys {
        &KEYS[domain as usize]
    }

    /// What a key sets.
    pub(crate) fn slot(&self, key: &str) -> Option<Slot> {
        self.slots.get(key).copied()
    }
}

/// Whether a slot means something in overlays only.
pub(crate) fn is_for_overlays(slot: Slot) -> bool {
    matches!(slot, Slot::Add | Slot::Drop)
}

/// `a component`, for messages.
pub(crate) fn a(domain: Domain) -> &'static str {
    match domain {
        Domain::System => "the system",
        Domain::Component => "a component",
        Domain::Flow => "a flow",
        Domain::Boundary => "a boundary",
        Domain::Data => "a data asset",
        Domain::Identity => "an identity",
    }
}

/// `component`, for messages.
pub(crate) fn noun(domain: Domain) -> &'static str {
    match domain {
        Domain::Data => "data asset",
        other => other.as_str(),
    }
}

/// The section of a document that holds a kind of element.
pub(crate) fn section(domain: Domain) -> &'static str {
    match domain {
        Domain::System => "system",
        Domain::Component => "components",
        Domain::Flow => "flows",
        Domain::Boundary => "boundaries",
        Domain::Data => "data",
        Domain::Identity => "identities",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fact_hides_a_shared_key() {
        for domain in Domain::ALL {
            for fact in FactId::stated_on(domain) {
                let key = fact.definition().key;
                assert_eq!(Keys::of(domain).slot(key), Some(Slot::Fact(fact)), "{key} of {}", domain.as_str());
            }
        }
    }

    #[test]
    fn the_same_key_may_mean_different_things() {
        assert_ne!(Keys::of(Domain::Component).slot("kind"), Keys::of(Domain::Boundary).slot("kind"));
        assert_ne!(Keys::of(Domain::System).slot("out_of_scope"), Keys::of(Domain::Flow).slot("out_of_scope"));
        assert_eq!(Keys::of(Domain::Data).slot("in"), None);
    }
}
