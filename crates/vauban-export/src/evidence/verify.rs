//! Checking a pack: every byte is covered by a hash or has the one value it may have.

use std::collections::BTreeMap;

use super::archive::{self, Entry};
use super::sign::PublicKey;
use super::{MANIFEST, PUBLIC_KEY, SIGNATURE, SUMS, agreement, crc, paths, sha256};

/// Something that is not as it was when the pack was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file it is about; empty for the archive itself.
    pub file: String,
    /// What is wrong, in a sentence without the file's name.
    pub what: String,
}

/// What the signature says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It is right; the fingerprint of the key.
    Good(String),
    /// It does not fit the list of hashes or the key.
    Bad,
    /// The pack was not signed, or the signature was taken away.
    Missing,
    /// The files cannot be read as they stand, and neither can the signature.
    Unread,
}

/// What came of checking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What is wrong, by file; empty: nothing.
    pub problems: Vec<Problem>,
    /// How many files were compared with their hash.
    pub files: usize,
    /// The signature.
    pub signature: Signature,
    /// Whether the key is the one the caller expects; `None` when the caller expects none.
    pub expected_key: Option<bool>,
}

impl Answer {
    /// Whether nothing was altered, and whoever signed is who was expected, where somebody was.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty() && self.signature != Signature::Bad && self.expected_key != Some(false)
    }
}

/// Checks a pack. `expected` is the public key that must have signed it, where the caller knows it.
pub fn verify(bytes: &[u8], expected: Option<&PublicKey>) -> Answer {
    // The headers and the directory both say what the files are. Damage to one leaves the other.
    let mut readings = vec![archive::by_headers(bytes)];
    readings.extend(archive::by_directory(bytes));
    let answers = readings.iter().map(|entries| check(bytes, entries, expected));
    let best = answers.min_by_key(|answer| (answer.problems.len(), std::cmp::Reverse(answer.files)));
    let best = best.unwrap_or(Answer {
        problems: vec![whole("it is no evidence pack".to_owned())],
        files: 0,
        signature: Signature::Missing,
        expected_key: expected.map(|_| false),
    });
    if !best.is_good() && archive::is_rewritten(bytes) {
        // No file can be compared as it stands: naming each would say of all what is true of the container.
        return Answer {
            problems: vec![whole(REPACKED.to_owned())],
            files: 0,
            signature: Signature::Unread,
            expected_key: expected.map(|_| false),
        };
    }
    best
}

/// Whether somebody made these bytes as a pack, altered since or not: a list of hashes, its signature, or a description is in
/// them, where an archive has its files. A document, a picture and any other archive are none.
pub fn is_pack(bytes: &[u8]) -> bool {
    let is_own = |entry: &Entry<'_>| match entry.path {
        SUMS | SIGNATURE => true,
        MANIFEST => contains(entry.bytes, SCHEMA),
        _ => false,
    };
    archive::by_headers(bytes).iter().any(is_own)
        || archive::by_directory(bytes).is_some_and(|entries| entries.iter().any(is_own))
        // Compressed, and not to be unpacked here: names stand there as they are.
        || archive::is_rewritten(bytes) && contains(bytes, SUMS.as_bytes())
}

/// What a description says that it is.
const SCHEMA: &[u8] = b"/schema/evidence-pack/";

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// What another tool made of a pack: the files may be what they were, the archive is not.
const REPACKED: &str = "it was unpacked and packed anew by another tool, and cannot be unpacked here. Ask for the archive \
                        as it was made, or unpack it and name the folder, or check its files with `sha256sum --check SHA256SUMS`";

/// The archive that a pack of these files is, each with its path: for files that were unpacked, or packed anew by another tool.
/// Where all lie in one folder, that is left out. `None` where no archive can hold them.
pub fn put_together(files: Vec<(String, Vec<u8>)>) -> Option<Vec<u8>> {
    let ends = |path: &str| path == SUMS || path.strip_suffix(SUMS).is_some_and(|before| before.ends_with('/'));
    let sums = files.iter().map(|(path, _)| path.as_str()).filter(|path| ends(path)).min_by_key(|path| path.len());
    let folder = sums.and_then(|path| path.strip_suffix(SUMS)).unwrap_or_default().to_owned();
    let inside = files.iter().all(|(path, _)| path.starts_with(&folder));
    let mut all: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, bytes)| (path.strip_prefix(&folder).filter(|_| inside).unwrap_or(path), bytes.as_slice()))
        .collect();
    all.sort_by_key(|(path, _)| (rank(path), *path));
    archive::write(all)
}

/// Where a file stands in a pack: the list of hashes, its signature, the rest by path.
fn rank(path: &str) -> usize {
    [SUMS, SIGNATURE].iter().position(|known| *known == path).unwrap_or(2)
}

fn whole(what: String) -> Problem {
    Problem { file: String::new(), what }
}

fn check(bytes: &[u8], entries: &[Entry<'_>], expected: Option<&PublicKey>) -> Answer {
    let mut problems: Vec<Problem> = Vec::new();
    let mut files: BTreeMap<&str, &Entry<'_>> = BTreeMap::new();
    for entry in entries {
        if files.insert(entry.path, entry).is_some() {
            problems.push(Problem { file: entry.path.to_owned(), what: "is in the archive twice".to_owned() });
        }
    }
    for path in files.keys() {
        if let Some(flaw) = paths::flaw(path) {
            let what = format!("must not be unpacked: {flaw}");
            problems.push(Problem { file: (*path).to_owned(), what });
        }
    }
    let sums = files.get(SUMS).map(|entry| String::from_utf8_lossy(entry.bytes).into_owned());
    let listed = listed(sums.as_deref(), &mut problems);
    let mut compared = 0;
    for (path, hash) in &listed {
        match files.get(&**path) {
            None => problems.push(Problem { file: path.clone(), what: "is missing".to_owned() }),
            Some(entry) => {
                compared += 1;
                if sha256(entry.bytes) != *hash {
                    problems.push(Problem { file: path.clone(), what: altered(entry, hash) });
                }
            }
        }
    }
    for path in files.keys().filter(|path| ![SUMS, SIGNATURE].contains(path) && !listed.contains_key(**path)) {
        let what = format!("is not named in `{SUMS}`: it was added or renamed");
        problems.push(Problem { file: (*path).to_owned(), what });
    }
    let (signature, key) = signature(&files);
    if signature == Signature::Bad {
        let what = if key.is_some() {
            "the signature does not fit the list of hashes: one of the two, or the key, was altered"
        } else {
            "the signature cannot be checked: its key is missing, or is none"
        };
        problems.push(Problem { file: SIGNATURE.to_owned(), what: what.to_owned() });
    } else if signature == Signature::Missing && files.contains_key(PUBLIC_KEY) {
        let what = "is missing, and the key that checks it is there: it was taken away";
        problems.push(Problem { file: SIGNATURE.to_owned(), what: what.to_owned() });
    }
    let expected_key =
        expected.map(|expected| key.as_ref() == Some(expected) && matches!(signature, Signature::Good(_)));
    if problems.is_empty() {
        problems = agreement::contradictions(&files.iter().map(|(path, entry)| (*path, entry.bytes)).collect());
    }
    // What no hash covers: headers, directory, order, anything before, between and behind.
    if problems.is_empty() {
        let order = entries.iter().map(|entry| (entry.path, entry.bytes));
        let sorted =
            entries.iter().zip(entries.iter().skip(1)).all(|(a, b)| (rank(a.path), a.path) < (rank(b.path), b.path));
        if !sorted {
            problems.push(whole("the files are not in the order in which they were written".to_owned()));
        } else if archive::write(order).as_deref() != Some(bytes) {
            problems.push(whole(container(bytes, entries)));
        }
    }
    Answer { problems, files: compared, signature, expected_key }
}

/// The hashes by path.
fn listed(sums: Option<&str>, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let Some(sums) = sums else {
        problems.push(Problem { file: SUMS.to_owned(), what: "is missing, so nothing can be compared".to_owned() });
        return out;
    };
    let mut before = String::new();
    for (line, text) in sums.lines().enumerate() {
        let parts = text.split_once("  ");
        let hash =
            |hash: &str| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match parts {
            Some((digits, path)) if hash(digits) && *path > *before => {
                path.clone_into(&mut before);
                out.insert(path.to_owned(), digits.to_owned());
            }
            _ => {
                let what = format!("line {} is not a hash and a path in order", line + 1);
                problems.push(Problem { file: SUMS.to_owned(), what });
            }
        }
    }
    if !sums.ends_with('\n') {
        problems.push(Problem { file: SUMS.to_owned(), what: "does not end with a line".to_owned() });
    }
    out
}

/// How a file differs from what it was, as far as that can be said.
fn altered(entry: &Entry<'_>, hash: &str) -> String {
    match crc::altered(entry.bytes, entry.crc, hash) {
        Some(byte) => format!(
            "was altered: byte {} is 0x{:02x} and was 0x{:02x} ({})",
            byte.at,
            byte.is,
            byte.was,
            place(entry.bytes, byte.at)
        ),
        None => format!("was altered: its SHA-256 is not {hash}"),
    }
}

/// The line of a byte in a text, the share of the way in anything else.
fn place(bytes: &[u8], at: usize) -> String {
    let before = bytes.get(..at).unwrap_or_default();
    if before.contains(&0) {
        return format!("of {} bytes", bytes.len());
    }
    format!("line {}", before.iter().filter(|byte| **byte == b'\n').count() + 1)
}

fn signature(files: &BTreeMap<&str, &Entry<'_>>) -> (Signature, Option<PublicKey>) {
    let key = files.get(PUBLIC_KEY).and_then(|entry| std::str::from_utf8(entry.bytes).ok()).and_then(PublicKey::read);
    match (files.get(SIGNATURE), files.get(SUMS), key) {
        (None, _, key) => (Signature::Missing, key),
        (Some(signature), Some(sums), Some(key)) if key.checks(sums.bytes, signature.bytes) => {
            (Signature::Good(key.fingerprint()), Some(key))
        }
        (_, _, key) => (Signature::Bad, key),
    }
}

/// Where the container differs from the only way in which it can be written, when its files do not.
fn container(bytes: &[u8], entries: &[Entry<'_>]) -> String {
    let should = archive::write(entries.iter().map(|entry| (entry.path, entry.bytes))).unwrap_or_default();
    let at = bytes.iter().zip(&should).position(|(is, was)| is != was).unwrap_or_else(|| bytes.len().min(should.len()));
    let mut end = 0usize;
    let owner = entries.iter().find(|entry| {
        // 30 bytes of header, the path, the content.
        end += 30 + entry.path.len() + entry.bytes.len();
        at < end
    });
    match owner {
        Some(entry) => format!("byte {at} of the archive was altered: it belongs to the header of `{}`", entry.path),
        None if bytes.len() > should.len() && at >= should.len() => {
            format!("{} bytes were added behind the archive", bytes.len() - should.len())
        }
        None => format!("byte {at} of the archive was altered: it belongs to the directory at its end"),
    }
}
