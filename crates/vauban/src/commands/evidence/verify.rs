//! `vauban evidence verify`: whether a pack is what was handed over.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::json;
use vauban_analysis::evidence::{Container, RecordState, Verified, as_made};
use vauban_analysis::export::evidence::{self, Answer, Continued, Signature};
use vauban_analysis::export::terminal::{count, harmless};

use super::keys;
use crate::commands::{Failure, pretty, write_output};
use crate::files;

/// Arguments of `vauban evidence verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence verify evidence-2026.zip
  vauban evidence verify evidence-2026.zip --public-key key.pem   it must be signed with this key
  vauban evidence verify evidence-2026.zip --after evidence-2025.zip   the record goes on, nothing of it was rewritten
  vauban evidence verify evidence-2026.zip --format json

Needs nothing but the pack. Compares every byte with its hash and the files with one another, and
checks the chain of hashes of the record of events.
Exit codes: 0 nothing was altered, 1 something was or the key is another, 2 it could not run, or what is
named is no evidence pack.")]
pub(crate) struct Arguments {
    /// The pack, or the folder it was unpacked into
    #[arg(value_name = "PACK")]
    pack: String,

    /// The public key that must have signed it, as PEM; without it anybody may have signed
    #[arg(long, value_name = "FILE")]
    public_key: Option<String>,

    /// An earlier pack: every event of its record must still be in this one, unchanged and in its place
    #[arg(long, value_name = "PACK")]
    after: Option<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines; has a published schema
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let expected = arguments.public_key.as_deref().map(keys::public).transpose()?;
    let (bytes, container, sha256) = load(&arguments.pack)?;
    is_pack(&arguments.pack, &bytes)?;
    let verified = vauban_analysis::evidence::verify(&bytes, expected.as_ref());
    let records = arguments.after.as_deref().map(|earlier| goes_on(earlier, &bytes)).transpose()?;
    let text = match arguments.format {
        Format::Text => {
            let mut out = text(&arguments.pack, &verified, container);
            out.push_str(&records.as_deref().map(history).unwrap_or_default());
            out
        }
        Format::Json => {
            let read = Read { bytes: &bytes, container, sha256: sha256.as_deref() };
            pretty(&value(&arguments.pack, &read, &verified, records.as_deref()))
        }
    };
    write_output(&text, arguments.output.as_deref())?;
    let whole = records.is_none_or(|records| records.iter().all(Continued::is_good));
    Ok(if verified.is_good() && whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Compares the record with that of an earlier pack, which must be good itself.
fn goes_on(earlier: &str, later: &[u8]) -> Result<Vec<Continued>, Failure> {
    let (bytes, ..) = load(earlier)?;
    is_pack(earlier, &bytes)?;
    if !evidence::verify(&bytes, None).is_good() {
        return Err(Failure::new(
            format!("the earlier pack `{earlier}` was altered, so nothing can be compared with it"),
            format!("`vauban evidence verify {earlier}` says what was altered"),
        ));
    }
    Ok(evidence::continued(&bytes, later))
}

/// What became of the record, for people.
fn history(records: &[Continued]) -> String {
    if records.is_empty() {
        return "\nThe earlier pack has no record to compare with.\n".to_owned();
    }
    let mut out = String::from("\n");
    for it in records {
        out.push_str(&match (it.is_good(), it.later) {
            (true, later) => format!(
                "{}: all {} of the earlier pack are in their place; {} came after.\n",
                it.file,
                count(it.earlier, "event"),
                later.unwrap_or(it.earlier).saturating_sub(it.earlier)
            ),
            (false, None) => format!("REWRITTEN  {}: the earlier pack has this record, this one has not.\n", it.file),
            (false, Some(_)) => format!(
                "REWRITTEN  {}: event {} is not what it was in the earlier pack, or is gone.\n",
                it.file,
                it.same + 1
            ),
        });
    }
    out
}

/// A pack that was read.
struct Read<'r> {
    /// The archive that was made.
    bytes: &'r [u8],
    container: Container,
    /// The SHA-256 of the file as it was read; a folder has none.
    sha256: Option<&'r str>,
}

/// Files of a folder at most.
const MOST_FILES: usize = 65_000;

/// A pack as the archive that was made, how it came: an archive, or a folder into which one was unpacked; and the SHA-256
/// of the file that was read.
fn load(path: &str) -> Result<(Vec<u8>, Container, Option<String>), Failure> {
    if !std::path::Path::new(path).is_dir() {
        let bytes = read(path)?;
        let sha256 = evidence::sha256(&bytes);
        let (made, container) = as_made(bytes);
        return Ok((made, container, Some(sha256)));
    }
    let fails = |what: String| {
        Failure::new(what, "name a pack that `vauban evidence pack` wrote, or the folder it was unpacked into")
    };
    let files =
        folder(std::path::Path::new(path)).map_err(|reason| fails(format!("`{path}` cannot be read: {reason}")))?;
    let made = evidence::put_together(files).ok_or_else(|| fails(format!("`{path}` holds more than a pack can")))?;
    Ok((made, Container::Folder, None))
}

/// All files below a folder with their paths in it. Links are not followed: what a pack holds is there itself.
fn folder(root: &std::path::Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut out = Vec::new();
    // As much as an archive may have: what is refused packed is refused unpacked.
    let mut left = files::MAX_BYTES;
    let mut stack = vec![root.to_path_buf()];
    while let Some(next) = stack.pop() {
        for entry in std::fs::read_dir(&next).map_err(|error| files::reason(&error))? {
            let entry = entry.map_err(|error| files::reason(&error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| files::reason(&error))?;
            if kind.is_dir() {
                stack.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if !kind.is_file() {
                return Err(format!("`{name}` is a link or no ordinary file"));
            }
            let length = entry.metadata().map_err(|error| files::reason(&error))?.len();
            left =
                left.checked_sub(length).ok_or_else(|| format!("it holds more than {} MiB", files::MAX_BYTES >> 20))?;
            if out.len() >= MOST_FILES {
                return Err(format!("it holds more than {MOST_FILES} files"));
            }
            out.push((name, std::fs::read(&path).map_err(|error| files::reason(&error))?));
        }
    }
    Ok(out)
}

/// Refuses what nobody made as a pack: of that, nothing can have been altered.
pub(super) fn is_pack(name: &str, bytes: &[u8]) -> Result<(), Failure> {
    if evidence::is_pack(bytes) {
        return Ok(());
    }
    Err(Failure::new(
        format!(
            "`{}` is no evidence pack: it has neither `{}` nor `{}`",
            harmless(name),
            evidence::SUMS,
            evidence::MANIFEST
        ),
        "name a pack that `vauban evidence pack` wrote, or the folder it was unpacked into",
    ))
}

/// The bytes of a pack.
pub(super) fn read(path: &str) -> Result<Vec<u8>, Failure> {
    files::read(path).map_err(|reason| {
        Failure::new(format!("`{path}` cannot be read: {reason}"), "name a pack that `vauban evidence pack` wrote")
    })
}

/// The answer for people.
pub(super) fn text(name: &str, verified: &Verified, container: Container) -> String {
    let answer = &verified.answer;
    let mut out = String::new();
    for problem in &answer.problems {
        let place = if problem.file.is_empty() { "the archive" } else { &problem.file };
        out.push_str(&format!("ALTERED  {}: {}\n", harmless(place), harmless(&problem.what)));
    }
    if answer.problems.is_empty() {
        let files = count(answer.files, "file");
        out.push_str(&format!(
            "{}: nothing was altered; {files} compared, {}.\n",
            harmless(name),
            match container {
                Container::Made => "every byte of the archive accounted for",
                Container::Rewritten | Container::Folder => "every byte of every file accounted for",
            }
        ));
        out.push_str(match container {
            Container::Made => "",
            Container::Rewritten => {
                "Note: another tool packed the archive anew. Its files are those that were made; its own SHA-256 is not that of \
                 the archive that was.\n"
            }
            Container::Folder => {
                "Note: checked as a folder. Its files are those that were made; the archive they came in was not looked at.\n"
            }
        });
    } else {
        let problems = count(answer.problems.len(), "problem");
        out.push_str(&format!("\n{}: {problems}. This is not the pack that was made.\n", harmless(name)));
    }
    if answer.problems.is_empty() {
        verified.records.iter().for_each(|record| out.push_str(&of_record(record)));
    }
    out.push_str(&format!("\n{}\n", signature(answer)));
    out
}

/// How a record stands, and what an auditor does with its last hash.
fn of_record(record: &RecordState) -> String {
    let file = harmless(&record.file);
    if let Some(wrong) = &record.wrong {
        let wrong = harmless(wrong);
        return format!("\nNOT INTACT  {file}: {wrong}. The pack says so itself; rely on nothing that rests on it.\n");
    }
    let events = count(record.events, "event");
    if record.last.is_empty() {
        return format!("\n{file}: {events}.\n");
    }
    format!(
        "\n{file}: {events}, the chain of hashes is whole; the last hash is\n  {}\n\
         Who keeps a record can write all of it anew. Compare this hash with a copy that you got on another way: an earlier \
         pack (`--after`), or the history of the repository.\n",
        harmless(&record.last)
    )
}

/// What the signature proves, and what not.
fn signature(answer: &Answer) -> String {
    if let (Signature::Good(fingerprint), false) = (&answer.signature, answer.problems.is_empty()) {
        return format!(
            "The list of hashes is signed, fingerprint\n  {fingerprint}\n\
             What is named above is not what that signature is for: rely on nothing of it."
        );
    }
    match (&answer.signature, answer.expected_key) {
        (Signature::Good(fingerprint), Some(true)) => format!(
            "Signed with the key that you named, fingerprint\n  {fingerprint}\n\
             That proves: whoever holds its secret half signed exactly this content. It does not prove when, and not that \
             what the documents say is true."
        ),
        (Signature::Good(fingerprint), Some(false)) => format!(
            "Signed, but WITH ANOTHER KEY than the one you named; its fingerprint is\n  {fingerprint}\n\
             Somebody else made this pack, or the owner changed the key. Ask the owner before you rely on it."
        ),
        (Signature::Good(fingerprint), None) => format!(
            "Signed with the key that lies in the pack, fingerprint\n  {fingerprint}\n\
             That alone proves nothing about who signed: anybody can make a key. Compare the fingerprint with what the owner \
             told you on another way, or name the owner's key with `--public-key`. A signature does not prove when it was \
             made, and not that what the documents say is true."
        ),
        (Signature::Bad, _) => "The signature does not fit. Rely on nothing in this pack.".to_owned(),
        (Signature::Unread, _) => {
            "The signature could not be read, because the files are compressed: nothing is said of it.".to_owned()
        }
        (Signature::Missing, _) if !answer.problems.is_empty() => {
            "There is no signature. Rely on nothing in this pack.".to_owned()
        }
        (Signature::Missing, Some(_)) => {
            "NOT SIGNED, though you named a key. The signature was taken away, or never made.".to_owned()
        }
        (Signature::Missing, None) => {
            "Not signed. The hashes show damage, but not intent: whoever can change a file can \
             change its hash too. Compare the pack's own SHA-256 with one that you got on another way."
                .to_owned()
        }
    }
}

/// The answer for machines.
fn value(name: &str, read: &Read<'_>, verified: &Verified, records: Option<&[Continued]>) -> serde_json::Value {
    let answer = &verified.answer;
    let problems: Vec<serde_json::Value> =
        answer.problems.iter().map(|problem| json!({ "file": problem.file, "what": problem.what })).collect();
    let (word, fingerprint) = match &answer.signature {
        Signature::Good(fingerprint) => ("good", Some(fingerprint)),
        Signature::Bad => ("bad", None),
        Signature::Missing => ("missing", None),
        Signature::Unread => ("unread", None),
    };
    json!({
        "schema": "https://vauban.example/schema/evidence-verify/1",
        "version": 1,
        "pack": name,
        "sha256": read.sha256,
        "made_sha256": evidence::sha256(read.bytes),
        "container": read.container.as_str(),
        "good": verified.is_good(),
        "files": answer.files,
        "problems": problems,
        "signature": word,
        "fingerprint": fingerprint,
        "expected_key": answer.expected_key,
        "proves": signature(answer),
        "chains": verified.records.iter().map(|it| json!({
            "file": it.file, "events": it.events, "last": it.last, "intact": it.wrong.is_none(), "wrong": it.wrong,
        })).collect::<Vec<_>>(),
        "records": records.map(|records| records.iter().map(|it| json!({
            "file": it.file, "same": it.same, "earlier": it.earlier, "later": it.later, "good": it.is_good(),
        })).collect::<Vec<_>>()),
    })
}
