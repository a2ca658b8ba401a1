//! The words a model may use: kinds of element, facts, enumerations and relations.
//!
//! The tables are generated from `library/vocabulary/facts.toml`; this module gives them types and look-ups.

#[rustfmt::skip]
mod tables;

pub use tables::{ENUMERATIONS, FACTS, RELATIONS, fact, relation};

/// A kind of element that rules can bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Domain {
    /// The whole system: exactly one per model.
    System,
    /// Processes, data stores and external entities.
    Component,
    /// Data flows.
    Flow,
    /// Trust boundaries.
    Boundary,
    /// Data assets.
    Data,
    /// Identities and roles.
    Identity,
}

impl Domain {
    /// All kinds, in a fixed order.
    pub const ALL: [Domain; 6] =
        [Domain::System, Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data, Domain::Identity];

    /// The word used in conditions, threat files and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Domain::System => "system",
            Domain::Component => "component",
            Domain::Flow => "flow",
            Domain::Boundary => "boundary",
            Domain::Data => "data",
            Domain::Identity => "identity",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Domain::ALL.into_iter().find(|domain| domain.as_str() == word)
    }
}

/// An enumeration, as an index into [`ENUMERATIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnumId(pub u16);

/// A fact, as an index into [`FACTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u16);

/// A relation, as an index into [`RELATIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation(pub u16);

/// A closed list of words.
#[derive(Debug)]
pub struct Enumeration {
    /// Its name in the vocabulary.
    pub name: &'static str,
    /// Whether the values run from least to most, so that `>=` means something.
    pub ordered: bool,
    /// The words, in order.
    pub values: &'static [&'static str],
    /// Other words that are accepted for a value.
    pub aliases: &'static [(&'static str, &'static str)],
    /// What it is about.
    pub doc: &'static str,
}

impl EnumId {
    /// The enumeration itself.
    pub fn definition(self) -> &'static Enumeration {
        &ENUMERATIONS[self.0 as usize]
    }

    /// The position of a word or one of its aliases; case and `_` for `-` do not matter.
    pub fn parse(self, word: &str) -> Option<u16> {
        let definition = self.definition();
        let position = |word: &str| {
            definition
                .values
                .iter()
                .position(|value| value.eq_ignore_ascii_case(word))
                .and_then(|i| u16::try_from(i).ok())
        };
        if let Some(found) = position(word) {
            return Some(found);
        }
        let normal = word.to_lowercase().replace(['_', ' '], "-");
        position(&normal).or_else(|| {
            let (_, value) = definition.aliases.iter().find(|(alias, _)| *alias == normal)?;
            position(value)
        })
    }

    /// The word at a position.
    pub fn word(self, value: u16) -> &'static str {
        self.definition().values.get(value as usize).copied().unwrap_or("?")
    }
}

/// The type of a fact's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactType {
    /// Yes or no.
    Bool,
    /// One word of an enumeration.
    Enum(EnumId),
    /// Several words of an enumeration.
    Set(EnumId),
    /// A whole number.
    Number,
    /// Free text.
    Text,
    /// Free words.
    Words,
    /// Names from the technology library.
    Technologies,
    /// Other elements of a kind.
    References(Domain),
}

/// One fact of the vocabulary.
#[derive(Debug)]
pub struct FactDefinition {
    /// Its name in conditions; unique.
    pub id: &'static str,
    /// Its key in model files; unique per kind of element.
    pub key: &'static str,
    /// The kinds of element that have it.
    pub on: &'static [Domain],
    /// The type of its value.
    pub ty: FactType,
    /// Whether it is computed and never stated.
    pub derived: bool,
    /// Other keys accepted in model files.
    pub aliases: &'static [&'static str],
    /// What it means.
    pub doc: &'static str,
}

impl FactId {
    /// The fact's definition.
    pub fn definition(self) -> &'static FactDefinition {
        &FACTS[self.0 as usize]
    }

    /// The fact with this name in conditions.
    pub fn parse(id: &str) -> Option<Self> {
        FACTS.iter().position(|fact| fact.id == id).and_then(|i| u16::try_from(i).ok()).map(FactId)
    }

    /// The fact that a key of a model file states, for a kind of element.
    pub fn of_key(domain: Domain, key: &str) -> Option<Self> {
        FACTS
            .iter()
            .position(|fact| {
                !fact.derived && fact.on.contains(&domain) && (fact.key == key || fact.aliases.contains(&key))
            })
            .and_then(|i| u16::try_from(i).ok())
            .map(FactId)
    }

    /// All facts that a kind of element may state.
    pub fn stated_on(domain: Domain) -> impl Iterator<Item = FactId> {
        (0u16..).zip(FACTS).filter(move |(_, fact)| !fact.derived && fact.on.contains(&domain)).map(|(i, _)| FactId(i))
    }
}

/// One relation of the vocabulary.
#[derive(Debug)]
pub struct RelationDefinition {
    /// Its name in conditions; unique per kind of element.
    pub id: &'static str,
    /// Where it starts.
    pub on: Domain,
    /// Where it leads.
    pub to: Domain,
    /// Whether it may lead to several elements.
    pub many: bool,
    /// What it means.
    pub doc: &'static str,
}

impl Relation {
    /// The relation's definition.
    pub fn definition(self) -> &'static RelationDefinition {
        &RELATIONS[self.0 as usize]
    }

    /// The relation with this name on a kind of element.
    pub fn parse(domain: Domain, id: &str) -> Option<Self> {
        RELATIONS
            .iter()
            .position(|relation| relation.on == domain && relation.id == id)
            .and_then(|i| u16::try_from(i).ok())
            .map(Relation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_name_alias_and_spelling() {
        let protocol = fact::PROTOCOL.definition();
        let FactType::Enum(protocols) = protocol.ty else { panic!("protocol is an enumeration") };
        assert_eq!(protocols.parse("https").map(|v| protocols.word(v)), Some("https"));
        assert_eq!(protocols.parse("PostgreSQL").map(|v| protocols.word(v)), Some("sql"));
        assert_eq!(protocols.parse("sql_tls").map(|v| protocols.word(v)), Some("sql-tls"));
        assert_eq!(protocols.parse("carrier-pigeon"), None);
    }

    #[test]
    fn every_name_is_unique_and_every_alias_leads_somewhere() {
        for (i, fact) in FACTS.iter().enumerate() {
            assert!(FACTS[..i].iter().all(|other| other.id != fact.id), "{} twice", fact.id);
        }
        for (i, relation) in RELATIONS.iter().enumerate() {
            assert!(RELATIONS[..i].iter().all(|other| (other.on, other.id) != (relation.on, relation.id)));
        }
        for enumeration in ENUMERATIONS {
            for (alias, value) in enumeration.aliases {
                assert!(enumeration.values.contains(value), "{alias} of {}", enumeration.name);
                assert!(!enumeration.values.contains(alias), "{alias} hides a value of {}", enumeration.name);
            }
        }
    }

    #[test]
    fn keys_belong_to_kinds_of_element() {
        assert_eq!(FactId::of_key(Domain::Data, "kinds"), Some(fact::DATA_KINDS));
        assert_eq!(FactId::of_key(Domain::Boundary, "kind"), Some(fact::BOUNDARY_KIND));
        assert_eq!(FactId::of_key(Domain::Component, "kind"), Some(fact::KIND));
        assert_eq!(FactId::of_key(Domain::Flow, "authorization"), Some(fact::AUTHORISATION));
        assert_eq!(FactId::of_key(Domain::Flow, "crosses_boundary"), None);
    }
}
