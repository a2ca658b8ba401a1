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

/// Texts that are longer, in bytes, are stories rather than labels, and are not looked through for denials.
const LONGEST: usize = 600;

/// Words that say that what stands beside them is not so yet, or not always. The word of a protocol nearest to one is no
/// statement.
#[rustfmt::skip]
const LATER: &[&str] = &[
    "eventually", "future", "later", "maybe", "optional", "optionally", "pending", "perhaps", "planned", "possibly",
    "proposed", "soon", "tbc", "tbd", "todo", "unclear", "unsure",
    "eventuell", "geplant", "geplante", "künftig", "später", "vielleicht", "zukünftig",
    "bientôt", "futur", "optionnel", "optionnelle", "prévu", "prévue",
    "futuro", "opcional", "planeado", "planificado", "previsto",
    "opzionale", "pianificato",
];

/// Words before a protocol that say what somebody wants: `should be HTTPS`, `to be moved to TLS`.
#[rustfmt::skip]
const WANTED: &[&str] = &[
    "could", "might", "must", "needs", "shall", "should", "will", "would",
    "muss", "müsste", "soll", "sollte", "devrait", "doit", "sera", "debe", "debería", "será", "deve", "dovrebbe", "sarà",
];

/// Beginnings of the verbs that change one way into another: `redirect to HTTPS`.
const CHANGED: [&str; 8] = ["redirect", "upgrad", "migrat", "mov", "switch", "convert", "umstell", "umleit"];

/// Words behind a protocol that say that it is not there.
#[rustfmt::skip]
const ABSENT: &[&str] = &[
    "broken", "bypassed", "deactivated", "disabled", "fails", "failing", "missing", "none", "off", "removed",
    "unavailable", "unsupported", "abgeschaltet", "ausgeschaltet", "deaktiviert", "fehlt", "désactivé", "désactivée", "desactivado",
    "desativado", "disabilitato", "disattivato",
];

/// What stands behind such a word where somebody goes on to say where or how long: `HTTPS disabled for now`.
const WHERE: [&str; 14] =
    ["for", "in", "at", "on", "between", "inside", "since", "until", "now", "today", "für", "im", "bis", "seit"];

/// What may stand between such a word and the protocol that it is about.
#[rustfmt::skip]
const BETWEEN: &[&str] = &[
    "a", "an", "any", "are", "be", "been", "being", "changed", "currently", "go", "is", "longer", "migrate", "move",
    "moved", "of", "on", "over", "run", "still", "support", "supported", "switch", "switched", "t", "than", "the", "through",
    "to", "turned", "use", "used", "uses", "using", "via", "was", "with", "yet", "über", "per", "mit", "ist", "est", "es", "è",
];

/// Things that are called after a protocol or after encryption: who uploads an SSH key need not do it over SSH.
#[rustfmt::skip]
const THINGS: &[&str] = &[
    "cert", "certificate", "certificates", "certs", "dump", "dumps", "fingerprint", "fingerprints", "injection", "key",
    "keys", "script", "scripts", "zertifikat", "zertifikate",
];

/// What makes such a thing the way to sign in over the protocol after all: `SSH key authentication`.
const SIGNING_IN: [&str; 8] =
    ["auth", "authentication", "authenticated", "authn", "based", "exchange", "login", "access"];

fn names_a_way(word: &str) -> bool {
    is_encryption(word) || protocol_word(word).is_some() || matches!(word, "rest" | "websocket" | "websockets")
}

/// A text in small letters without the words of protocols and of encryption that it does not state: those that it denies
/// (`not HTTPS`, `HTTPS disabled`), puts off or only wants (`TLS planned`, `should be HTTPS`, `redirect to HTTPS`) and
/// those that name another thing (`SSH key upload`). Everything else stays as it is, signs too, and a word left out
/// leaves a gap. The one place that knows this for every word, so that what is left can be read as said.
pub(crate) fn stated(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.len() > LONGEST {
        return lower;
    }
    // Clauses, each as the places of its words. `-` divides where blanks are around it.
    let mut clauses: Vec<(Vec<(usize, &str)>, char)> = vec![(Vec::new(), ' ')];
    let mut start = None;
    let chars = lower.char_indices().chain(std::iter::once((lower.len(), '\n')));
    for (at, c) in chars {
        if c.is_alphanumeric() {
            start.get_or_insert(at);
            continue;
        }
        if let Some(from) = start.take()
            && let Some(word) = lower.get(from..at)
            && let Some((clause, _)) = clauses.last_mut()
        {
            clause.push((from, word));
        }
        let dash = c == '-' && lower.get(..at).is_some_and(|before| before.ends_with(' '));
        if dash || matches!(c, ',' | ';' | ':' | '(' | ')' | '[' | ']' | '|' | '\n' | '–' | '—' | '.') {
            // `TLS 1.3` is one clause, and so is an address.
            let inside = matches!(c, '.' | ':')
                && lower
                    .get(at + c.len_utf8()..)
                    .and_then(|rest| rest.chars().next())
                    .is_some_and(|c| !c.is_whitespace());
            if inside {
                continue;
            }
            if let Some(clause) = clauses.last_mut().filter(|(clause, _)| !clause.is_empty()) {
                clause.1 = c;
                clauses.push((Vec::new(), ' '));
            }
        }
    }
    let mut left_out: Vec<(usize, usize)> = Vec::new();
    for (index, (clause, _)) in clauses.iter().enumerate() {
        let words: Vec<&str> = clause.iter().map(|(_, word)| *word).collect();
        let none = aside(&clauses, index) || changes(&words);
        let put_off = put_off(&words);
        for (at, (from, word)) in clause.iter().enumerate() {
            if names_a_way(word) && (none || put_off.get(at) == Some(&true) || !is_stated(&words, at)) {
                left_out.push((*from, word.len()));
            }
        }
    }
    let mut out = String::with_capacity(lower.len());
    let mut done = 0;
    for (from, length) in left_out {
        out.push_str(lower.get(done..from).unwrap_or_default());
        done = from + length;
    }
    out.push_str(lower.get(done..).unwrap_or_default());
    out
}

/// Whether the clause beside this one takes it back: `HTTPS (planned)`, `todo: HTTPS`.
fn aside(clauses: &[(Vec<(usize, &str)>, char)], index: usize) -> bool {
    let takes_back = |clause: &[(usize, &str)]| {
        // `HTTP request, unencrypted` says how the way is, and not that there is none.
        let against = |word: &str| LATER.contains(&word) || ABSENT.contains(&word) || denies(word) && !is_clear(word);
        let only = |word: &str| against(word) || BETWEEN.contains(&word) || matches!(word, "enabled" | "available");
        clause.iter().any(|(_, word)| against(word)) && clause.iter().all(|(_, word)| only(word))
    };
    let before = index.checked_sub(1).and_then(|before| clauses.get(before));
    let after = clauses.get(index + 1);
    before.is_some_and(|(clause, sign)| *sign == ':' && takes_back(clause))
        || after.is_some_and(|(clause, sign)| *sign != ':' && takes_back(clause))
}

/// Whether the word of a protocol is said to be so by the words of its clause.
fn is_stated(words: &[&str], at: usize) -> bool {
    let (before, rest) = words.split_at(at.min(words.len()));
    let after = rest.get(1..).unwrap_or_default();
    // `no TLS or SSH`: what denies stands before the first of two alternatives.
    let mut alternative = false;
    let mut nearest = None;
    for word in before.iter().rev() {
        if matches!(*word, "or" | "nor" | "oder" | "noch" | "ou" | "o") {
            alternative = true;
        } else if names_a_way(word) && alternative {
            alternative = false;
        } else if !BETWEEN.contains(word) {
            nearest = Some(*word);
            break;
        }
    }
    if nearest.is_some_and(|word| {
        denies(word) && !matches!(word, "off" | "disabled" | "unencrypted" | "optional")
            || WANTED.contains(&word)
            || matches!(word, "instead" | "rather" | "except" | "isn" | "aren" | "don" | "doesn" | "won")
    }) {
        return false;
    }
    let between = |word: &str| BETWEEN.contains(&word) || word == "encryption";
    let rest = after.iter().position(|word| !between(word)).and_then(|at| after.get(at..)).unwrap_or_default();
    if let [next, more @ ..] = rest {
        if matches!(*next, "not" | "nicht" | "isn" | "pas" | "never") {
            return false;
        }
        // `HTTPS missing items report`: with more behind it, what is missing is something else, unless that says where or
        // when.
        let is_last = more.iter().all(|word| between(word)) || more.first().is_some_and(|word| WHERE.contains(word));
        if ABSENT.contains(next) && is_last {
            return false;
        }
    }
    if let [thing, more @ ..] = after
        && THINGS.contains(thing)
        && more.first().is_none_or(|word| !SIGNING_IN.contains(word))
    {
        return false;
    }
    true
}

/// Which words of a clause are ways that another word of it puts off: the nearest one before that word, else the first
/// behind it.
fn put_off(words: &[&str]) -> Vec<bool> {
    let mut out = vec![false; words.len()];
    let mut last = None;
    // Words that put off what comes first behind them.
    let mut waits = false;
    // Whether something stands behind such a word that may be what waits.
    let mut other = false;
    let mut before = "";
    for (at, word) in words.iter().enumerate() {
        let marked = if names_a_way(word) {
            last = Some(at);
            // `pending orders over HTTPS`: what waits are the orders. In `TODO enable HTTPS`, it is the way.
            let carries = other && matches!(before, "over" | "via" | "through" | "with" | "per" | "über" | "mit");
            if std::mem::take(&mut waits) && !carries { last } else { None }
        } else if LATER.contains(word) {
            waits |= last.is_none();
            last
        } else {
            other |= waits && !BETWEEN.contains(word);
            None
        };
        if let Some(marked) = marked.and_then(|at| out.get_mut(at)) {
            *marked = true;
        }
        before = *word;
    }
    out
}

/// Whether a clause is about changing to another way: `redirect HTTP to HTTPS`. Where files are moved to SFTP, they are
/// what changes: a way stands before `to`, or the verb directly.
fn changes(words: &[&str]) -> bool {
    let is_verb = |word: &str| CHANGED.iter().any(|verb| word.starts_with(verb));
    let towards = |pair: &[&str]| matches!(pair, ["to" | "into" | "auf" | "zu" | "vers", way] if names_a_way(way));
    words.windows(2).enumerate().filter(|(_, pair)| towards(pair)).any(|(at, _)| {
        let before = words.get(..at).unwrap_or_default();
        before.last().is_some_and(|word| is_verb(word))
            || before.iter().any(|word| is_verb(word)) && before.iter().any(|word| names_a_way(word))
    })
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
    let later = |word: &str| LATER.contains(&word) || WANTED.contains(&word) || ABSENT.contains(&word);
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
    let protocol = protocol(&stated(text)).filter(|symbol| !denied || Some(*symbol) != bare);
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
        let said = stated(text);
        let tokens = said.split_whitespace().filter(|token| token.contains(['/', '+']) && !token.contains("://"));
        encryptions.extend(
            tokens
                .map(words)
                .filter(|some| some.iter().any(|word| is_tls(word)))
                .filter_map(|some| encryption_of(&some)),
        );
        for pair in words(&said).windows(2) {
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
    use super::{is_doubted, of_field, of_label, stated};
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
    fn what_is_denied_put_off_or_another_thing_is_not_stated() {
        let left = |text: &str| super::words(&stated(text)).into_iter().filter(|word| super::names_a_way(word)).count();
        for text in [
            "not HTTPS",
            "no HTTPS",
            "HTTPS disabled",
            "HTTPS is not enabled",
            "HTTPS (planned)",
            "TODO: HTTPS",
            "HTTPS planned",
            "HTTPS - later",
            "should be HTTPS",
            "will be moved to SFTP",
            "redirect to HTTPS",
            "upgrade from HTTP to HTTPS",
            "kein SFTP",
            "nicht über LDAPS",
            "MQTTS geplant",
            "sans HTTPS",
            "HTTPS désactivé",
            "SSH key upload",
            "no TLS or SSH",
            "instead of HTTPS",
            "HTTPS disabled for now",
            "HTTPS disabled in test",
            "HTTPS missing between app and db",
            "SFTP unavailable on port 22",
            "HTTPS encryption is off since May",
            "TODO enable HTTPS",
            "TODO add HTTPS",
            "planned rollout of HTTPS",
        ] {
            assert_eq!(left(text), 0, "{text}: {}", stated(text));
        }
        for (text, ways) in [
            ("plain HTTP, TLS planned", 1),
            ("AMQP - TLS TODO", 1),
            ("HTTP now, HTTPS later", 1),
            ("HTTPS without mTLS", 1),
            ("HTTPS, no API key", 1),
            ("HTTPS (self-signed, verification off)", 1),
            ("login over HTTPS, orders optional", 1),
            ("order may be moved to the warehouse over HTTPS", 1),
            ("SSH key authentication", 1),
            ("HTTPS only, no HTTP", 1),
            ("TLS 1.3", 1),
            ("https://shop/?q=off", 1),
            ("HTTPS: orders, not invoices", 1),
            ("pending orders over HTTPS", 1),
            ("HTTPS off-site backup", 1),
            ("sync if changed over HTTPS", 1),
            ("move files to SFTP", 1),
            ("optional fields via HTTPS", 1),
            ("HTTPS missing items report", 1),
        ] {
            assert_eq!(left(text), ways, "{text}: {}", stated(text));
        }
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
