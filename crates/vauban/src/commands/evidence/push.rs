//! `vauban evidence push`: a pack into a bucket, once and for all.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use vauban_analysis::evidence::Container;
use vauban_analysis::export::evidence::{Signature, archive, sha256};
use vauban_analysis::export::terminal::{count, harmless};

use super::{keys, verify};
use crate::commands::Failure;

#[cfg(feature = "push")]
mod store;

/// Arguments of `vauban evidence push`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence push evidence-2026.zip s3://threat-models/evidence --dry-run    say what would be done
  vauban evidence push evidence-2026.zip s3://threat-models/evidence --public-key key.pem

The pack is verified first, and nothing that is there already is ever overwritten. Credentials come from the environment
only: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN;
besides AWS_REGION and, for a store that is not Amazon's, AWS_ENDPOINT. deploy/ has a bucket made for this.
A dry run needs neither credentials nor a build with a client for S3 (`--features push`), which storing does.

Exit codes: 0 it is there, 1 the pack is altered or not signed by the key, 2 it could not be stored, or is no pack.")]
pub(crate) struct Arguments {
    /// The pack
    #[arg(value_name = "PACK")]
    pack: String,

    /// Where to: s3://BUCKET or s3://BUCKET/PREFIX; the file keeps its name
    #[arg(value_name = "URL")]
    to: String,

    /// Store it only when it is signed with this key
    #[arg(long, value_name = "FILE")]
    public_key: Option<String>,

    /// Encrypt with this KMS key instead of what the bucket is set to
    #[arg(long, value_name = "KEY")]
    kms_key: Option<String>,

    /// Say what would be sent where, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let target = Target::parse(&arguments.to, &arguments.pack)?;
    let expected = arguments.public_key.as_deref().map(keys::public).transpose()?;
    let bytes = verify::read(&arguments.pack)?;
    verify::is_pack(&arguments.pack, &bytes)?;
    // A pack that says itself that its record is broken is evidence too: only one that was altered is not stored.
    let verified = vauban_analysis::evidence::verify(&bytes, expected.as_ref());
    let answer = &verified.answer;
    if !answer.is_good() {
        tell!("{}", verify::text(&arguments.pack, &verified, Container::Made).trim_end());
        tell!("Nothing was stored.");
        return Ok(ExitCode::from(1));
    }
    let hash = sha256(&bytes);
    let encryption = arguments.kms_key.as_ref().map_or_else(
        || "as the bucket is set to (Amazon S3 encrypts in any case)".to_owned(),
        |key| format!("with the KMS key {key}"),
    );
    tell!(
        "Pack       {} ({} bytes, {})\nSHA-256    {hash}\nTo         {}\nEncrypted  {encryption}\nOverwrites nothing: it is \
         stored only where there is no object of this name",
        harmless(&arguments.pack),
        bytes.len(),
        if matches!(answer.signature, Signature::Good(_)) { "signed" } else { "NOT signed" },
        harmless(&target.url()),
    );
    if arguments.dry_run {
        tell!("{}", contents(&bytes));
        if !credentials() {
            tell!("Note: the environment has no credentials, which storing needs.");
        }
        if cfg!(not(feature = "push")) {
            tell!("Note: {NO_CLIENT}; {BUILD} stores it.");
        }
        tell!("A dry run: nothing was stored, and nobody was asked.");
        return Ok(ExitCode::SUCCESS);
    }
    let there = send(&target, arguments.kms_key.as_deref(), bytes, &hash)?;
    tell!("{}", if there { "It was there already, byte for byte: nothing to do." } else { "Stored." });
    println!("{}", target.url());
    Ok(ExitCode::SUCCESS)
}

/// Why nothing can be stored, and what can.
const NO_CLIENT: &str = "this build has no client for S3";
const BUILD: &str = "one made with `cargo build --release --package vauban --features push`";

#[cfg(feature = "push")]
use store::send;

#[cfg(not(feature = "push"))]
fn send(_: &Target, _: Option<&str>, _: Vec<u8>, _: &str) -> Result<bool, Failure> {
    Err(Failure::new(NO_CLIENT, format!("{BUILD} has; `--dry-run` works in any")))
}

/// What a pack holds, by folder: everything in it goes to the bucket.
fn contents(bytes: &[u8]) -> String {
    let mut folders: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for entry in archive::by_headers(bytes) {
        let folder = entry.path.split_once('/').map_or("", |(folder, _)| folder);
        let (files, size) = folders.entry(folder).or_default();
        *files += 1;
        *size += entry.bytes.len();
    }
    let mut out = "It holds".to_owned();
    for (folder, (files, size)) in folders {
        let folder = if folder.is_empty() { "(top)" } else { folder };
        out.push_str(&format!("\n  {:28} {}, {size} bytes", harmless(folder), count(files, "file")));
    }
    out
}

/// Whether the environment has what signs requests.
fn credentials() -> bool {
    CREDENTIALS.iter().any(|group| group.iter().all(|name| is_set(name)))
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Variables of the environment, any group of which is enough to sign requests. The store would also ask the machine it
/// runs on; what a person did not say is not used here.
const CREDENTIALS: [&[&str]; 4] = [
    &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    &["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"],
    &["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
    &["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
];

/// Where a pack goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    bucket: String,
    key: String,
}

impl Target {
    fn parse(url: &str, pack: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::new(format!("`{url}` {what}"), "write s3://BUCKET or s3://BUCKET/PREFIX");
        let rest = url.strip_prefix("s3://").ok_or_else(|| wrong("is no address of a bucket"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(fits) {
            return Err(wrong("names no bucket: 3 to 63 of a-z, 0-9, `.` and `-`"));
        }
        let name = std::path::Path::new(pack).file_name().and_then(|name| name.to_str()).unwrap_or("pack.zip");
        let prefix = prefix.trim_end_matches('/');
        let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(char::is_control);
        if !key.split('/').all(is_part) {
            return Err(wrong("has a prefix that is no path"));
        }
        Ok(Target { bucket: bucket.to_owned(), key })
    }

    fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn a_pack_keeps_its_name_below_the_prefix() {
        let url = |to: &str| Target::parse(to, "out/pack.zip").map(|target| target.url());
        assert_eq!(url("s3://evidence").ok().as_deref(), Some("s3://evidence/pack.zip"));
        assert_eq!(url("s3://evidence/2026/soc2/").ok().as_deref(), Some("s3://evidence/2026/soc2/pack.zip"));
        for wrong in ["evidence", "https://evidence", "s3://", "s3://E vidence", "s3:///x", "s3://evidence/../x"] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
