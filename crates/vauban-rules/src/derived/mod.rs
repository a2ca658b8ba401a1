//! Derived facts: what follows from the stated ones. Each is documented in `library/vocabulary/facts.toml`, computed
//! here in time linear in the model, and has a test.

mod exposure;
mod places;
mod privilege;
mod resilience;
mod sensitivity;
mod transport;
mod zones;

use vauban_model::vocabulary::{Domain, FactId, fact};

use crate::bits::Column;
use crate::facts::{Facts, Values};

/// Computes every derived fact. The order matters: later ones read earlier ones.
pub(crate) fn structure(facts: &mut Facts<'_>) {
    for domain in [Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data, Domain::Identity] {
        let column = Column::known(facts.in_scope(domain).clone());
        facts.put(domain, fact::IN_SCOPE, Values::Bool(column));
    }
    zones::zone_trust(facts);
    zones::crossings(facts);
    exposure::flows(facts);
    exposure::components(facts);
    transport::flows(facts);
    sensitivity::all(facts);
    zones::segments(facts);
    resilience::all(facts);
    privilege::all(facts);
}

fn put_bool(facts: &mut Facts<'_>, domain: Domain, fact: FactId, column: Column) {
    facts.put(domain, fact, Values::Bool(column));
}

/// The position of a word in an enumeration fact; the words are constants of the vocabulary.
fn symbol(fact: FactId, word: &str) -> u16 {
    vauban_model::model::symbol_of(fact, word).unwrap_or(crate::facts::NONE)
}
