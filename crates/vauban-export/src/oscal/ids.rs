//! Identifiers: UUIDs that say the same thing every time, and tokens.
//!
//! OSCAL wants UUIDs that stay with a thing through all revisions of a document. Ours are of version 5 (RFC 9562, section
//! 5.5): the SHA-1 of a namespace and a name. The namespace is made of [`NAMESPACE`] and the system's id, the name of the
//! kind of thing and its stable id. No clock and no chance is in them.

use uuid::Uuid;

use crate::text;

/// The namespace of our properties, facets and threat ids.
pub(super) const NAMESPACE: &str = "https://vauban.example/ns/oscal";

/// Makes the identifiers of one system.
#[derive(Debug)]
pub(super) struct Ids {
    system: Uuid,
}

impl Ids {
    /// For the system with an id.
    pub(super) fn new(system: &str) -> Self {
        let ours = Uuid::new_v5(&Uuid::NAMESPACE_URL, NAMESPACE.as_bytes());
        Ids { system: Uuid::new_v5(&ours, system.as_bytes()) }
    }

    /// The identifier of one thing of a kind. Kinds are our own words and never hold the sign that parts the two.
    pub(super) fn of(&self, kind: &str, id: &str) -> String {
        Uuid::new_v5(&self.system, format!("{kind}\0{id}").as_bytes()).to_string()
    }

    /// The identifier of a whole document, which must change whenever its content does.
    pub(super) fn of_content(&self, content: &[u8]) -> String {
        Uuid::new_v5(&self.system, content).to_string()
    }
}

/// An id as an OSCAL token: a letter or `_` first, then letters, digits, `.`, `-` and `_`. Whatever else is in it stands
/// there as `_` and its number, so that two ids never become one.
pub(super) fn token(id: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(id.len());
    for (at, character) in id.chars().enumerate() {
        let plain =
            character.is_ascii_alphabetic() || (at > 0 && (character.is_ascii_digit() || ".-".contains(character)));
        if plain {
            out.push(character);
        } else {
            let _ = write!(out, "_{:x}_", u32::from(character));
        }
    }
    if out.is_empty() { "_".to_owned() } else { out }
}

/// A control's id as NIST's OSCAL catalogues spell it: `AC-2(1)` is `ac-2.1`.
pub(super) fn control(id: &str) -> String {
    let spelled: String = id.to_lowercase().replace('(', ".").chars().filter(|c| !matches!(c, ')' | ' ')).collect();
    if spelled.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
        && spelled.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        spelled
    } else {
        token(id)
    }
}

/// A threat's id as a URI, which OSCAL wants.
pub(super) fn threat_uri(id: &str) -> String {
    format!("{NAMESPACE}/threat/{}", text::percent(id, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_of_version_5_and_stay() {
        let ids = Ids::new("shop");
        // As the `uuid` module of Python makes it. Kept: whoever imported a document finds the same things again in the next one.
        assert_eq!(ids.of("risk", "x@y"), "abff391c-133e-54d2-9c50-a7af02dc9ea7");
        assert_ne!(ids.of("risk", "x@y"), ids.of("finding", "x@y"));
        assert_ne!(ids.of("risk", "x@y"), Ids::new("other").of("risk", "x@y"));
    }

    #[test]
    fn controls_are_spelled_as_their_catalogue_does() {
        assert_eq!(control("AC-2"), "ac-2");
        assert_eq!(control("SA-11(2)"), "sa-11.2");
        assert_eq!(control("AC-2 (10)"), "ac-2.10");
        assert_eq!(control("1 <b>"), "_31__20__3c_b_3e_");
    }

    #[test]
    fn tokens_are_tokens() {
        assert_eq!(token("a-b.c"), "a-b.c");
        assert_eq!(token("1a"), "_31_a");
        assert_eq!(token(""), "_");
        assert_ne!(token("a b"), token("a_20_b"));
    }
}
