//! What people write into the fields of drawings: technologies in a row, protocols beside data formats.

use vauban_model::Span;
use vauban_model::model::{Fact, Origin, Value, symbol_of};
use vauban_model::vocabulary::{FactId, fact};

use crate::sketch::Drawn;
use crate::technologies::{Technologies, as_named};
use crate::way::is_encrypted;

/// Technologies of one text at most.
const MOST: usize = 12;
/// Protocols that others run on; one of those says more.
const BELOW: [&str; 5] = ["tcp", "udp", "tls", "text", "binary"];

/// Languages and formats in which things are written, where the library has no technology of that name: they say nothing of
/// what runs.
const LANGUAGES: [&str; 14] = [
    "css",
    "css3",
    "csv",
    "ecmascript",
    "es6",
    "html",
    "html5",
    "javascript",
    "json",
    "jsx",
    "tsx",
    "typescript",
    "xml",
    "yaml",
];

/// Protocols that run on another one, encrypted or not.
pub(crate) const ON_TOP: [&str; 9] = ["graphql", "grpc", "http2", "jdbc", "odbc", "oidc", "saml", "soap", "sql"];

/// The symbol of a word that people of other tools wrote for a protocol. Our own language takes `rest` for HTTPS and
/// `websocket` for one in the clear; who writes these words into a drawing did not say whether it is encrypted.
pub(crate) fn protocol_word(word: &str) -> Option<u16> {
    let unsaid = ["rest", "websocket"].iter().any(|known| word.trim().eq_ignore_ascii_case(known));
    if unsaid { None } else { symbol_of(fact::PROTOCOL, word) }
}

/// The symbol of a word that people of other tools wrote for a fact.
pub(crate) fn symbol_said(id: FactId, word: &str) -> Option<u16> {
    if id == fact::PROTOCOL { protocol_word(word) } else { symbol_of(id, word) }
}

/// `Java and Spring MVC`, `React, TypeScript` as names of technologies.
pub(crate) fn technologies(text: &str) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = Vec::new();
    // The signs of this name are no separators.
    let text = text.replace("C++", "cpp").replace("c++", "cpp");
    let parts = text
        .split([',', ';', '/', '|', '+', '\n'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" & "));
    for part in parts.take(MOST) {
        let name = as_named(part);
        if !name.is_empty() && !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
    }
    names
}

/// The protocol among words such as `JSON/HTTPS` or `SQL/TCP`, as the vocabulary calls it.
pub(crate) fn protocol(text: &str) -> Option<u16> {
    let lower = text.trim().to_lowercase();
    if let Some(whole) = protocol_word(&lower) {
        return Some(whole);
    }
    let words = || lower.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|word| !word.is_empty()).take(40);
    let says_more = |word: &&str| !BELOW.contains(word);
    // `HTTP/HTTPS` leaves open whether it is encrypted; what runs on top of either says nothing of it.
    let decisive = || words().filter(says_more).filter(|word| !ON_TOP.contains(word)).filter_map(protocol_word);
    if decisive().any(is_encrypted) && decisive().any(|symbol| !is_encrypted(symbol)) {
        return None;
    }
    words().filter(says_more).find_map(protocol_word).or_else(|| words().find_map(protocol_word))
}

/// States a fact.
pub(crate) fn state(drawn: &mut Drawn, id: FactId, value: Value) {
    let span: Span = drawn.span;
    drawn.facts.push(Fact { id, value, origin: Origin::Imported, span });
}

/// States a word of the fact's enumeration.
pub(crate) fn word(drawn: &mut Drawn, id: FactId, word: &str) {
    if let Some(symbol) = symbol_said(id, word) {
        state(drawn, id, Value::Symbol(symbol));
    }
}

/// States the technologies that a text names. Protocols, versions and places (`HTTPS`, `5.1+`, `Local`) are none: the
/// text is kept as a remark by who calls this.
pub(crate) fn state_technologies(drawn: &mut Drawn, text: &str) {
    let mut names = technologies(text);
    let known = Technologies::all();
    names.retain(|name| {
        let letters = name.chars().filter(|c| c.is_alphabetic()).count();
        let no_technology = protocol_word(name).is_some()
            || matches!(&**name, "rest" | "tls" | "local" | "remote" | "external" | "internal" | "tbd" | "unknown")
            || LANGUAGES.contains(&&**name)
            || letters < 2;
        known.known(name).is_some() || !no_technology
    });
    if !names.is_empty() {
        state(drawn, fact::TECHNOLOGY, Value::Words(names.into()));
    }
}

/// States what a field says of the way of a flow: protocol, encryption, how the caller signs in.
pub(crate) fn state_protocol(drawn: &mut Drawn, text: &str) {
    for (id, symbol) in crate::way::of_field(text).facts() {
        state(drawn, id, Value::Symbol(symbol));
    }
}

/// Whether a word, in small letters, says that what is named beside it is not there.
pub(crate) fn denies(word: &str) -> bool {
    matches!(
        word,
        "no" | "not"
            | "non"
            | "without"
            | "off"
            | "disabled"
            | "unencrypted"
            | "optional"
            | "never"
            | "cannot"
            | "kein"
            | "keine"
            | "keinen"
            | "ohne"
            | "nicht"
            | "nie"
            | "sans"
            | "pas"
            | "jamais"
            | "sin"
            | "nunca"
            | "sem"
            | "senza"
    )
}

#[cfg(test)]
mod tests {
    use super::{protocol, state_protocol, technologies};
    use crate::sketch::Drawn;
    use vauban_model::model::{Value, symbol_of};
    use vauban_model::vocabulary::fact;

    #[test]
    fn what_is_denied_is_no_encryption() {
        let said = |text: &str| {
            let mut drawn = Drawn::at(vauban_model::Span::new(vauban_model::FileId(0), 1, 1, 0));
            state_protocol(&mut drawn, text);
            let none = symbol_of(fact::ENCRYPTION, "none").map(Value::Symbol);
            drawn.facts.iter().any(|fact| fact.id == fact::ENCRYPTION && Some(&fact.value) != none.as_ref())
        };
        for text in ["HTTPS + mTLS", "SQL/TCP over TLS"] {
            assert!(said(text), "{text}");
        }
        for text in ["HTTPS without mTLS", "HTTP, non-TLS", "TCP (TLS disabled)", "HTTPS, no mTLS", "TLS optional"] {
            assert!(!said(text), "{text}");
        }
    }

    #[test]
    fn fields_are_taken_apart() {
        let names = |text: &str| technologies(text).join(" ");
        assert_eq!(names("Java and Spring MVC"), "java spring-mvc");
        assert_eq!(names("React, TypeScript / React"), "react typescript");
        assert_eq!(names(""), "");
        assert_eq!(names("C#/.NET"), "csharp dotnet");
        assert_eq!(names("C++ / MySQL 5.5.x"), "cpp mysql");
        for (text, expected) in [
            ("JSON/HTTPS", Some("https")),
            ("SQL/TCP", Some("sql")),
            ("JDBC", Some("sql")),
            ("TCP", Some("tcp")),
            ("REST over HTTP", Some("http")),
            ("JSON / REST", None),
            ("WebSocket", None),
            ("HTTP/HTTPS", None),
            ("SOAP/HTTP", Some("soap")),
            ("HTTPS, WSS", Some("https")),
            ("by post", None),
            ("", None),
        ] {
            assert_eq!(protocol(text), expected.and_then(|word| symbol_of(fact::PROTOCOL, word)), "{text}");
        }
    }
}
