//! What shows that something was carried out: a fact of the model, a piece of evidence that one can look up, or nobody's
//! more than their word.

use crate::record::Event;
use crate::times::{is_date, is_year};

/// How evidence begins that the model gives.
pub const SHOWN: &str = "the model says that ";

/// Words before a colon that say what follows is a piece of evidence, whatever it looks like.
const LABELS: [&str; 12] =
    ["document", "link", "hash", "sha256", "run", "report", "ticket", "commit", "certificate", "file", "url", "build"];

/// Kinds of things that a number or a day tells apart from others of their kind.
const KINDS: [&str; 30] = [
    "report",
    "document",
    "run",
    "build",
    "commit",
    "ticket",
    "certificate",
    "scan",
    "log",
    "screenshot",
    "minutes",
    "audit",
    "pentest",
    "release",
    "change",
    "issue",
    "job",
    "pipeline",
    "plan",
    "record",
    "protocol",
    "review",
    "request",
    "version",
    "export",
    "test",
    "pr",
    "evidence",
    "assessment",
    "configuration",
];

/// What stands behind an event that says something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// Who says it, and nothing that one could look up.
    Word,
    /// A piece of evidence by its name: document, hash, link, run.
    Named,
    /// A fact of the model.
    Model,
}

/// What stands behind an event, by its `evidence`, or by the SHA-256 of a file given with it.
pub fn of(event: &Event) -> Proof {
    let hashed = event.detail(SHA256).is_some_and(is_hash);
    match event.detail("evidence").map(str::trim) {
        Some(text) if text.starts_with(SHOWN) => Proof::Model,
        Some(text) if is_named(text) || hashed => Proof::Named,
        _ => Proof::Word,
    }
}

/// The detail of an event that holds the SHA-256 of the file which is its evidence.
pub const SHA256: &str = "evidence-sha256";

/// Whether a text names a piece of evidence, so that somebody else can look it up: a link, a hash, the name of a file, the
/// number of something (`OPS-123`, `#4711`), a kind of document with its number or day (`test report 2027-02-01`), or
/// anything behind a label (`document: minutes of the board`). `done` and `I saw it` name nothing.
pub fn is_named(text: &str) -> bool {
    let text = text.trim();
    if let Some((label, rest)) = text.split_once(':') {
        let label = label.trim().to_lowercase();
        if LABELS.contains(&&*label) && rest.chars().any(char::is_alphanumeric) {
            return true;
        }
    }
    let words: Vec<&str> = parts(text).collect();
    if words.iter().any(|word| is_link(word) || is_hash(word) || is_file(word) || is_number_of_something(word)) {
        return true;
    }
    let words: Vec<String> =
        words.into_iter().filter(|word| !matches!(*word, "of" | "from" | "no" | "nr")).map(str::to_lowercase).collect();
    is_one_of_a_kind(&words)
}

/// The name of a file that a text is and nothing more: no link, no label before it, no word besides.
pub fn lone_file(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_one = !text.contains(char::is_whitespace) && !text.contains(':') && is_file(text);
    is_one.then_some(text)
}

/// The words of a text that may be files, each without what stands around it.
pub fn files(text: &str) -> impl Iterator<Item = &str> {
    parts(text).filter(|word| is_file(word))
}

/// The first SHA-256 that a text gives, in small letters.
pub fn stated_sha256(text: &str) -> Option<String> {
    parts(text)
        .map(|word| word.rsplit([':', '=']).next().unwrap_or(word))
        .find(|word| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(str::to_ascii_lowercase)
}

/// Every SHA-256 that a text gives, in small letters.
pub fn stated_hashes(text: &str) -> Vec<String> {
    parts(text)
        .map(|word| word.rsplit([':', '=']).next().unwrap_or(word))
        .filter(|word| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(str::to_ascii_lowercase)
        .collect()
}

/// Words before a day until which something holds: that is not the day on which it was seen.
const UNTIL: [&str; 9] = ["until", "till", "valid", "expires", "expiry", "expiring", "due", "through", "by"];

/// The last whole day, `2027-02-01`, that a text gives as one of the past: not the end of what it speaks of.
pub fn last_day(text: &str) -> Option<&str> {
    let mut before = "";
    let mut last: Option<&str> = None;
    for word in parts(text) {
        let day = word.get(..10).filter(|_| word.len() == 10 || word.get(10..11) == Some("T"));
        if let Some(day) = day.filter(|day| crate::day::is_day(day))
            && !UNTIL.iter().any(|until| before.eq_ignore_ascii_case(until))
        {
            last = last.max(Some(day));
        }
        if !matches!(word, "on" | "the") {
            before = word;
        }
    }
    last
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '(' | ')' | '"' | '\'' | '`'))
        .map(|word| word.trim_end_matches(['.', ':', '!', '?']))
        .filter(|word| !word.is_empty())
}

/// Whether words, in small letters, name a thing of a kind and what tells it apart: a year or a date anywhere, or a number
/// near it. In `the test ran for 2 minutes`, the number is of something else.
fn is_one_of_a_kind(words: &[String]) -> bool {
    let one = |word: &String| KINDS.contains(&word.as_str());
    // What is counted is told apart by a number behind it only: `3 tests` are any.
    let several = |word: &String| word == "minutes" || word.strip_suffix('s').is_some_and(|one| KINDS.contains(&one));
    if !words.iter().any(|word| one(word) || several(word)) {
        return false;
    }
    if words.iter().any(|word| is_year(word) || is_date(word.split('t').next().unwrap_or(word))) {
        return true;
    }
    words.iter().enumerate().filter(|(_, word)| is_number(word)).any(|(at, _)| {
        let before = words.get(at.saturating_sub(NEAR)..at).unwrap_or_default();
        let after = words.get(at + 1..words.len().min(at + 1 + NEAR)).unwrap_or_default();
        if after.first().is_some_and(|unit| several(unit) || UNITS.contains(&unit.as_str())) {
            return false;
        }
        // `ISO 27001 certificate` is one; `the scan found TLS 1.2` tells what it found.
        let of_method = before.last().is_some_and(|word| METHODS.contains(&word.to_uppercase().as_str()));
        let behind = !of_method && before.iter().any(|word| one(word) || several(word));
        behind || after.iter().any(|word| one(word) && !several(word))
    })
}

/// How many words from a kind its number may stand.
const NEAR: usize = 3;

/// What numbers count that tell nothing apart.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "second", "seconds", "min", "mins", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months",
    "year", "years", "time", "times", "people", "persons", "colleagues", "them", "us", "things", "places", "systems",
    "hosts", "servers", "findings", "errors", "failures", "percent", "am", "pm",
];

/// A number that may tell one thing from others: `88`, `v2.3`, `a-17`. Times of day, shares and `2nd` or `2fa` do not.
fn is_number(word: &str) -> bool {
    let rest = word.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let counts = rest.len() < word.len()
        && matches!(rest, "st" | "nd" | "rd" | "th" | "fa" | "x" | "h" | "d" | "m" | "s" | "ms" | "min" | "am" | "pm");
    let head = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    word.chars().any(|letter| letter.is_ascii_digit())
        && !counts
        && !word.contains([':', '%'])
        && !METHODS.contains(&head.trim_end_matches('-').to_uppercase().as_str())
}

fn is_link(word: &str) -> bool {
    word.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
            && rest.chars().any(char::is_alphanumeric)
    })
}

/// A hash, or its beginning as version control shows it: at least seven hexadecimal digits, letters and numbers among them.
fn is_hash(word: &str) -> bool {
    let word = word.rsplit(':').next().unwrap_or(word);
    word.len() >= 7
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && (word.len() >= 32 || word.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// Endings of files that are evidence. Others end in a point and letters too: `Node.js`, `corp.com`.
#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "adoc", "asc", "avi", "bmp", "cast", "cer", "conf", "cfg", "crt", "csv", "doc", "docm", "docx", "eml", "evtx", "gif", "gz",
    "har", "hcl", "htm", "html", "ini", "jpeg", "jpg", "json", "jsonl", "junit", "log", "md", "mov", "mp4", "msg", "ndjson",
    "nessus", "odp", "ods", "odt", "p7m", "p7s", "pcap", "pdf", "pem", "png", "ppt", "pptx", "ps1", "py", "rego", "rtf",
    "sarif", "sh", "sig", "spdx", "sql", "svg", "tar", "tf", "tgz", "tif", "tiff", "toml", "tsv", "txt", "vauban", "vsdx", "webm", "webp", "xls", "xlsm", "xlsx", "xml", "yaml",
    "yml", "zip",
];

/// The name of a file: an ending that is known, or any behind a path, with letters before it. An address of mail is none.
fn is_file(word: &str) -> bool {
    if word.contains('@') {
        return false;
    }
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.rsplit_once('.').is_some_and(|(stem, ending)| {
        stem.chars().filter(|letter| letter.is_alphanumeric()).count() >= 2
            && (ENDINGS.contains(&&*ending.to_ascii_lowercase()) || word.contains('/') && is_ending(ending))
    })
}

/// What may be an ending that nobody listed: a few letters or digits, not digits alone as in `http/1.1`.
fn is_ending(ending: &str) -> bool {
    ending.len() <= 8
        && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && ending.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// What stands before a number in the names of methods and standards.
const METHODS: [&str; 17] = [
    "AES", "CVSS", "EC", "ED", "EN", "FIPS", "HTTP", "IEC", "ISO", "NIST", "PCI", "RFC", "RSA", "SHA", "SSL", "TLS",
    "UTF",
];

/// `OPS-123`, `CHG0012345`, `#4711`, `!17`: letters or a sign with a number behind them. A day is none.
fn is_number_of_something(word: &str) -> bool {
    let head = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = word.len() - head.len();
    let sign = matches!(head, "#" | "!");
    let upper = |text: &str| text.len() >= 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if METHODS.contains(&head.trim_end_matches('-')) {
        return false;
    }
    digits > 0 && (sign || head.strip_suffix('-').is_some_and(upper) || digits >= 3 && upper(head))
}

#[cfg(test)]
mod tests {
    use super::{is_named, last_day, lone_file, stated_sha256};

    #[test]
    fn what_evidence_says_of_itself_is_read() {
        assert_eq!(lone_file(" docs/pentest.pdf "), Some("docs/pentest.pdf"));
        for other in ["document: pentest.pdf", "https://files.example/pentest.pdf", "pentest.pdf, page 4", "OPS-12"] {
            assert_eq!(lone_file(other), None, "{other}");
        }
        assert_eq!(last_day("load tests of 2027-02-01, 2027-03-01T10:00:00Z and 2026-13-01"), Some("2027-03-01"));
        assert_eq!(last_day("report 17 of March 2027, build 2027-02-01-3"), None);
        let hash = "9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(stated_sha256(&format!("report.pdf (sha256:{hash})")), Some(hash.to_lowercase()));
        assert_eq!(stated_sha256("commit 1a2b3c4"), None);
    }

    #[test]
    fn evidence_has_a_name_by_which_it_is_found() {
        for named in [
            "test report 2027-02-01",
            "https://ci.example/run/4711",
            "s3://evidence/2027/scan.json",
            "OPS-123",
            "CHG0012345",
            "pull request #17",
            "report.pdf",
            "docs/pentest-2027.pdf, page 4",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "commit 1a2b3c4",
            "run 88",
            "two reports of 2027-02-01",
            "document: minutes of the board",
            "audit report March 2027",
            "penetration test by Acme, 2027-02-01",
            "ISO 27001 certificate",
            "SOC 2 report",
            "minutes of 2027-02-01",
            "report by Acme 17",
            "build 12b",
            "scan.nessus",
            "events.evtx",
            "policies/ingress.kt",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ] {
            assert!(is_named(named), "{named}");
        }
        for word in [
            "",
            "ok",
            "done",
            "I saw it",
            "Ada says so",
            "seen on 2027-02-01",
            "verified",
            "2 people said so",
            "document:",
            "link: -",
            "test",
            "the report",
            "yes, all 3 of them",
            "e.g. Ada.",
            "facade",
            "looked at it, fine",
            "2.5",
            "Ada told me on Monday at 10:30.",
            "Ada says AES-256 is on",
            "ada@corp.com told me so",
            "Node.js serves it, I looked",
            "the test ran for 2 minutes",
            "I ran 3 tests",
            "the scan found TLS 1.2",
            "the test of 2FA was fine",
            "the test at 10:30 passed 100%",
            "the report says 3 of them",
            "HTTP/1.1 works, I looked",
            "ada/ops@corp.com",
        ] {
            assert!(!is_named(word), "{word}");
        }
    }
}
