//! `vauban evidence verify`: whether a pack is what was handed over.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::json;
use vauban_analysis::export::evidence::{self, Answer, Signature};
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
  vauban evidence verify evidence-2026.zip --format json

Needs nothing but the pack. Exit codes: 0 nothing was altered, 1 something was or the key is another, 2 it could not run.")]
pub(crate) struct Arguments {
    /// The pack
    #[arg(value_name = "PACK")]
    pack: String,

    /// The public key that must have signed it, as PEM; without it anybody may have signed
    #[arg(long, value_name = "FILE")]
    public_key: Option<String>,

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
    let bytes = read(&arguments.pack)?;
    let answer = evidence::verify(&bytes, expected.as_ref());
    let text = match arguments.format {
        Format::Text => text(&arguments.pack, &answer),
        Format::Json => pretty(&value(&arguments.pack, &bytes, &answer)),
    };
    write_output(&text, arguments.output.as_deref())?;
    Ok(if answer.is_good() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The bytes of a pack.
pub(super) fn read(path: &str) -> Result<Vec<u8>, Failure> {
    files::read(path).map_err(|reason| {
        Failure::new(format!("`{path}` cannot be read: {reason}"), "name a pack that `vauban evidence pack` wrote")
    })
}

/// The answer for people.
pub(super) fn text(name: &str, answer: &Answer) -> String {
    let mut out = String::new();
    for problem in &answer.problems {
        let place = if problem.file.is_empty() { "the archive" } else { &problem.file };
        out.push_str(&format!("ALTERED  {}: {}\n", harmless(place), harmless(&problem.what)));
    }
    if answer.problems.is_empty() {
        let files = count(answer.files, "file");
        out.push_str(&format!(
            "{}: nothing was altered; {files} compared, every byte of the archive accounted for.\n",
            harmless(name)
        ));
    } else {
        let problems = count(answer.problems.len(), "problem");
        out.push_str(&format!("\n{}: {problems}. This is not the pack that was made.\n", harmless(name)));
    }
    out.push_str(&format!("\n{}\n", signature(answer)));
    out
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
fn value(name: &str, bytes: &[u8], answer: &Answer) -> serde_json::Value {
    let problems: Vec<serde_json::Value> =
        answer.problems.iter().map(|problem| json!({ "file": problem.file, "what": problem.what })).collect();
    let (word, fingerprint) = match &answer.signature {
        Signature::Good(fingerprint) => ("good", Some(fingerprint)),
        Signature::Bad => ("bad", None),
        Signature::Missing => ("missing", None),
    };
    json!({
        "schema": "https://vauban.example/schema/evidence-verify/1",
        "version": 1,
        "pack": name,
        "sha256": evidence::sha256(bytes),
        "good": answer.is_good(),
        "files": answer.files,
        "problems": problems,
        "signature": word,
        "fingerprint": fingerprint,
        "expected_key": answer.expected_key,
        "proves": signature(answer),
    })
}
