//! How texts say that a flow is protected: `JDBC/TLS`, `SMTP STARTTLS`, `no TLS`, `HTTPS, Basic Auth`. One reading for
//! the labels of drawings, the fields of other tools and the cells of tables.

use vauban_model::model::{enumeration_of, symbol_of};
use vauban_model::vocabulary::{FactId, fact};

use crate::prose::{denies, protocol, protocol_word};

/// What a text says of the way of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// The protocol.
    pub(crate) protocol: Option<u16>,
    /// The encryption, a word of the vocabulary.
    pub(crate) encryption: Option<&'static str>,
    /// How the source proves who it is, a word of the vocabulary.
    pub(crate) authentication: Option<&'static str>,
}

impl Way {
    /// What is said, as facts.
    pub(crate) fn facts(self) -> impl Iterator<Item = (FactId, u16)> {
        let protocol = self.protocol.map(|symbol| (fact::PROTOCOL, symbol));
        let word = |id: FactId, word: Option<&str>| Some((id, symbol_of(id, word?)?));
        let encryption = word(fact::ENCRYPTION, self.encryption);
        protocol.into_iter().chain(encryption).chain(word(fact::AUTHENTICATION, self.authentication))
    }
}

/// The words of a text in small letters.
pub(crate) fn words(lower: &str) -> Vec<&str> {
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// Whether a word says encryption.
fn is_encryption(word: &str) -> bool {
    matches!(word, "tls" | "mtls" | "ssl" | "starttls" | "tlsv1")
        || matches!(word, "encrypted" | "encryption" | "verschlüsselt" | "verschlüsselung" | "chiffré" | "chiffrement")
        || matches!(word, "cifrado" | "cifrato")
}

/// Whether a word says that there is none.
fn is_clear(word: &str) -> bool {
    matches!(word, "unencrypted" | "plaintext" | "cleartext" | "unverschlüsselt" | "klartext")
}

/// Whether a text asks whether it is so: `HTTPS?`, `mTLS (?)`.
pub(crate) fn is_doubted(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut before: &str = "";
    for token in lower.split_whitespace() {
        if let Some(at) = token.find('?') {
            let (head, tail) = token.split_at(at);
            let is_end = tail.chars().all(|c| matches!(c, '?' | ')' | ']' | '"' | '!'));
            let head = words(head).last().copied().unwrap_or_else(|| words(before).last().copied().unwrap_or_default());
            if is_end && (is_encryption(head) || protocol_word(head).is_some() || matches!(head, "rest" | "websocket"))
            {
                return true;
            }
        }
        before = token;
    }
    false
}

/// Whether a protocol brings encryption along.
pub(crate) fn is_encrypted(symbol: u16) -> bool {
    let word = enumeration_of(fact::PROTOCOL).map_or("", |words| words.word(symbol));
    word.ends_with("-tls")
        || word.ends_with("-encrypted")
        || matches!(
            word,
            "https"
                | "wss"
                | "http3"
                | "ldaps"
                | "smtps"
                | "imaps"
                | "pop3s"
                | "ftps"
                | "sftp"
                | "scp"
                | "ssh"
                | "mqtts"
                | "amqps"
                | "coaps"
                | "tls"
                | "dns-over-tls"
                | "ipsec"
                | "vpn"
        )
}

/// The encryption that words say, of which all are about the way.
fn encryption_of(words: &[&str]) -> Option<&'static str> {
    let denied = |pair: &[&str]| match pair {
        [one, other] => {
            let no = |word: &str| denies(word) && word != "optional";
            let tells = |word: &str| is_encryption(word) && word != "mtls";
            let none = |word: &str| matches!(word, "disabled" | "off" | "none" | "no" | "nein" | "keine" | "aucun");
            no(one) && tells(other) || tells(one) && none(other)
        }
        _ => false,
    };
    // `no plain text` is said of what is protected, somehow.
    let refused = words.windows(3).any(|three| matches!(three, [no, "plain" | "clear", "text"] if denies(no)));
    let text = |pair: &[&str]| !refused && matches!(pair, ["plain" | "clear", "text"]);
    let clear = words.iter().any(|word| is_clear(word)) || words.windows(2).any(|pair| denied(pair) || text(pair));
    if clear {
        return Some("none");
    }
    let later = |word: &str| matches!(word, "planned" | "future" | "later" | "geplant" | "tbd" | "todo" | "none");
    if words.iter().any(|word| denies(word) || later(word)) || !words.iter().any(|word| is_encryption(word)) {
        return None;
    }
    let mutual =
        words.contains(&"mtls") || words.contains(&"mutual") && words.iter().any(|word| matches!(*word, "tls" | "ssl"));
    Some(if mutual { "mutual-tls" } else { "tls" })
}

/// Ways to sign in, in words, and what the vocabulary calls them.
const SIGNS: [(&[&str], &str); 22] = [
    (&["basic", "auth"], "credentials"),
    (&["basic", "authentication"], "credentials"),
    (&["basicauth"], "credentials"),
    (&["digest", "auth"], "credentials"),
    (&["digest", "authentication"], "credentials"),
    (&["oauth"], "token"),
    (&["oauth2"], "token"),
    (&["jwt"], "token"),
    (&["bearer", "token"], "token"),
    (&["bearer"], "token"),
    (&["api", "key"], "api-key"),
    (&["apikey"], "api-key"),
    (&["client", "certificate"], "client-certificate"),
    (&["client", "cert"], "client-certificate"),
    (&["no", "auth"], "none"),
    (&["no", "authentication"], "none"),
    (&["without", "authentication"], "none"),
    (&["unauthenticated"], "none"),
    (&["anonymous"], "none"),
    (&["keine", "authentifizierung"], "none"),
    (&["ohne", "authentifizierung"], "none"),
    (&["sans", "authentification"], "none"),
];

/// How the caller signs in, in words of which all are about the way; nothing where two ways are said.
fn authentication_of(words: &[&str]) -> Option<&'static str> {
    let found = |(phrase, sign): &(&'static [&str], &'static str)| {
        let at = words.windows(phrase.len()).position(|some| some == *phrase)?;
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        before.is_none_or(|word| !denies(word)).then_some(*sign)
    };
    let mut signs: Vec<&str> = SIGNS.iter().filter_map(found).collect();
    signs.dedup();
    match signs.as_slice() {
        [one] => SIGNS.iter().find(|(_, sign)| sign == one).map(|(_, sign)| *sign),
        _ => None,
    }
}

fn is_tls(word: &str) -> bool {
    matches!(word, "tls" | "mtls" | "ssl" | "starttls")
}

fn joins(word: &str) -> bool {
    matches!(word, "over" | "via" | "with" | "using" | "and" | "mit" | "über" | "avec")
}

/// Whether a word is about a way and its protection, and about nothing else. `names` are the words of protocols.
fn is_plain(word: &str, names: &[&str]) -> bool {
    is_encryption(word)
        || is_clear(word)
        || joins(word)
        || denies(word)
        || SIGNS.iter().any(|(phrase, _)| phrase.contains(&word))
        || names.contains(&word)
        || protocol_word(word).is_some()
        || matches!(word, "mutual" | "rest" | "json" | "api" | "plain" | "clear" | "text" | "port" | "v" | "none")
        || word.chars().all(|c| c.is_ascii_digit())
}

/// The parts of a text that are divided by signs, as words.
fn parts(lower: &str) -> Vec<Vec<&str>> {
    lower
        .split([',', ';', ':', '(', ')', '[', ']', '|', '\n', '–', '—'])
        .map(words)
        .filter(|words| !words.is_empty())
        .collect()
}

/// What a field says that is about the way and nothing else: the technology of a relation, a column `Protocol`.
pub(crate) fn of_field(text: &str) -> Way {
    if is_doubted(text) {
        return Way::default();
    }
    let lower = text.to_lowercase();
    let words = words(&lower);
    let bare = symbol_of(fact::PROTOCOL, "tls");
    // `no TLS` names TLS, and not as the protocol.
    let denied = words.iter().any(|word| denies(word));
    let protocol = protocol(text).filter(|symbol| !denied || Some(*symbol) != bare);
    // What is encrypted may be something else: the disk, the content.
    let about: Vec<&str> = parts(&lower)
        .into_iter()
        .flat_map(|part| {
            let else_too = part.iter().any(|word| !is_plain(word, &[]));
            part.into_iter().filter(move |word| !(else_too && is_encryption(word) && !is_tls(word)))
        })
        .collect();
    let encryption = encryption_of(&about);
    // `HTTPS, no TLS` contradicts itself; the protocol is the plainer word.
    let encryption = encryption.filter(|word| *word != "none" || !protocol.is_some_and(is_encrypted));
    Way { protocol, encryption, authentication: authentication_of(&words) }
}

/// What the label of a line says of its protection. Labels talk about much else (`Request TLS certificate`, `no TLS in
/// the old office`): only parts of it count that say nothing else, words joined to one another (`TCP/TLS`), and what
/// stands behind `over` or `via`. `names` are the words of protocols.
pub(crate) fn of_label(text: &str, names: &[&str]) -> Way {
    if is_doubted(text) {
        return Way::default();
    }
    let lower = text.to_lowercase();
    let plain = |word: &&str| is_plain(word, names);
    let parts = parts(&lower);
    let mut encryptions: Vec<&'static str> =
        parts.iter().filter(|words| words.iter().all(plain)).filter_map(|words| encryption_of(words)).collect();
    let all = words(&lower);
    if !all.iter().any(|word| denies(word)) {
        let tokens = lower.split_whitespace().filter(|token| token.contains(['/', '+']) && !token.contains("://"));
        encryptions.extend(
            tokens
                .map(words)
                .filter(|some| some.iter().any(|word| is_tls(word)))
                .filter_map(|some| encryption_of(&some)),
        );
        for pair in all.windows(2) {
            if let [before, word] = pair
                && joins(before)
                && is_tls(word)
            {
                encryptions.extend(encryption_of(&[word]));
            }
        }
    }
    let has = |word: &str| encryptions.contains(&word);
    let encryption = match (has("none"), has("mutual-tls"), has("tls")) {
        (true, false, false) => Some("none"),
        (false, true, _) => Some("mutual-tls"),
        (false, false, true) => Some("tls"),
        _ => None,
    };
    // What signs in is said of the way where a protocol or its protection stands beside it; alone it may be what is sent.
    let about_way = encryption.is_some() || all.iter().any(|word| names.contains(word));
    let signs: Vec<&'static str> = parts
        .iter()
        .filter(|words| about_way && words.iter().all(plain))
        .filter_map(|words| authentication_of(words))
        .collect();
    let authentication = match signs.as_slice() {
        [one, rest @ ..] if rest.iter().all(|other| other == one) => Some(*one),
        _ => None,
    };
    Way { protocol: None, encryption, authentication }
}

#[cfg(test)]
mod tests {
    use super::{is_doubted, of_field, of_label};
    use vauban_model::model::symbol_of;
    use vauban_model::vocabulary::fact;

    const NAMES: &[&str] = &["http", "https", "jdbc", "smtp", "sql", "tds"];

    #[test]
    fn fields_and_labels_say_the_same_of_protection() {
        for (text, encryption, authentication) in [
            ("TDS 1433/TLS", Some("tls"), None),
            ("JDBC/TLS", Some("tls"), None),
            ("SMTP STARTTLS", Some("tls"), None),
            ("encrypted", Some("tls"), None),
            ("unencrypted", Some("none"), None),
            ("no TLS", Some("none"), None),
            ("ohne Verschlüsselung", Some("none"), None),
            ("TCP (TLS disabled)", Some("none"), None),
            ("HTTPS (mTLS)", Some("mutual-tls"), None),
            ("HTTPS without mTLS", None, None),
            ("HTTP, encryption none", Some("none"), None),
            ("HTTP (encrypted payload)", None, None),
            ("TCP, encrypted at rest", None, None),
            ("FTP, PGP encrypted", None, None),
            ("TCP, TLS planned", None, None),
            ("JDBC, no plain text", None, None),
            ("TLS optional", None, None),
            ("TCP+SSL", Some("tls"), None),
            ("HTTPS, Basic Auth", None, Some("credentials")),
            ("HTTPS (OAuth2)", None, Some("token")),
            ("HTTPS + API key", None, Some("api-key")),
            ("HTTP, no authentication", None, Some("none")),
            ("HTTPS, no API key", None, None),
            ("HTTPS?", None, None),
            ("TLS (?)", None, None),
            ("", None, None),
        ] {
            for way in [of_field(text), of_label(text, NAMES)] {
                assert_eq!((way.encryption, way.authentication), (encryption, authentication), "{text}");
            }
        }
        let https = symbol_of(fact::PROTOCOL, "https");
        assert_eq!(of_field("HTTPS (mTLS)").protocol, https);
        assert_eq!(of_field("HTTPS?").protocol, None);
    }

    #[test]
    fn labels_that_talk_of_encryption_say_nothing_of_it() {
        for text in [
            "Request TLS certificate",
            "encrypted report",
            "upload of unencrypted files",
            "API key",
            "HTTPS: create API key",
            "orders without TLS in the old office",
        ] {
            let way = of_label(text, NAMES);
            assert_eq!((way.encryption, way.authentication), (None, None), "{text}");
        }
        assert!(is_doubted("orders over HTTPS?"));
        assert!(!is_doubted("who is it? HTTPS"));
        assert!(!is_doubted("https://shop/?q=1"));
    }
}
