//! Making a pack: hashes, manifest, README, signature, archive.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use vauban_model::words::count;

use super::sign::{Key, PublicKey};
use super::{MANIFEST, PUBLIC_KEY, SIGNATURE, SUMS, archive, paths, sha256};
use crate::text::in_markdown;

/// What a pack is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The system or systems.
    pub system: String,
    /// The framework it answers, with its version, as people read it; empty for none in particular.
    pub framework: String,
    /// First day of the period, `YYYY-MM-DD`.
    pub from: String,
    /// Last day of the period.
    pub to: String,
    /// The day whose state the documents show.
    pub as_of: String,
    /// When it was made, as the caller says: `YYYY-MM-DDTHH:MM:SSZ`.
    pub made: String,
    /// Who made it.
    pub by: String,
    /// The commit that what went in was read at, or lies on, and whether that commit holds it as it was read; `None`: there
    /// is no repository.
    pub commit: Option<(String, bool)>,
    /// What made it: `vauban 0.1.0`.
    pub generator: String,
    /// What samples were drawn with.
    pub seed: String,
    /// How many rows a sample holds at most.
    pub sample: usize,
    /// What went in: name of each file that was read and the SHA-256 of its bytes.
    pub inputs: Vec<(String, String)>,
    /// The records of events the pack was made from; usually one, none where nobody keeps any.
    pub records: Vec<Seal>,
    /// Classification marking; empty for none.
    pub marking: String,
    /// What is not in the pack and why: systems without a model, stale models, requirements without evidence.
    pub gaps: Vec<String>,
    /// Requirements and what answers them: id, title, how strongly, paths of files, remark.
    pub index: Vec<IndexRow>,
}

/// What pins the record of events: how many there are, and the hash of the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seal {
    /// The record's path in the pack.
    pub file: String,
    /// How many events.
    pub events: u64,
    /// The hash of the last one.
    pub last: String,
    /// Whether every event is what was written.
    pub intact: bool,
}

/// One requirement and where its evidence is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexRow {
    /// The framework's id.
    pub id: String,
    /// Title or label.
    pub title: String,
    /// How strongly a threat model bears on it, in words.
    pub strength: String,
    /// How far evidence goes: `evidenced`, `partly`, `no-evidence`; by model where they differ.
    pub standing: String,
    /// Paths in the pack.
    pub files: Vec<String>,
    /// What is missing or limited; may be empty.
    pub remark: String,
}

/// A file of a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackFile {
    /// Path in the archive: lower-case words, digits, `.`, `-`, `/`.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
    /// What it shows, in a line.
    pub title: String,
    /// The command that makes it again; empty where none does.
    pub query: String,
    /// For lists: how the rows were selected.
    pub selection: String,
    /// For lists: why they are complete, and what is not among them.
    pub complete: String,
    /// For lists: how many rows.
    pub rows: Option<usize>,
    /// The day whose state it shows, or the period.
    pub as_of: String,
}

/// Why no pack was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file that cannot be packed; empty for the archive as a whole.
    pub file: String,
    /// What is wrong with it, in words.
    pub why: &'static str,
}

/// Files that every pack has and that are made here.
const OWN: [&str; 5] = [SUMS, SIGNATURE, PUBLIC_KEY, MANIFEST, README];
const README: &str = "README.md";

/// Makes the archive, files in the order of their paths. Signed when there is a key.
pub fn build(details: &Details, files: &[PackFile], key: Option<&Key>) -> Result<Vec<u8>, Refused> {
    let mut all: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for file in files {
        let refused = |why| Err(Refused { file: file.path.clone(), why });
        if let Some(flaw) = paths::flaw(&file.path) {
            return refused(flaw);
        }
        if OWN.iter().any(|name| name.eq_ignore_ascii_case(&file.path)) {
            return refused("every pack has a file of this name of its own");
        }
        if all.insert(&file.path, file.bytes.clone()).is_some() {
            return refused("there are two files with this path");
        }
    }
    let public = key.and_then(Key::public_pem);
    if let Some(public) = &public {
        all.insert(PUBLIC_KEY, public.clone().into_bytes());
    }
    all.insert(README, readme(details, files, public.as_deref()).into_bytes());
    let manifest = manifest(details, files, &all);
    all.insert(MANIFEST, manifest);
    let mut sums = String::new();
    for (path, bytes) in &all {
        let _ = writeln!(sums, "{}  {path}", sha256(bytes));
    }
    let signature = key.map(|key| key.sign(sums.as_bytes()));
    let mut parts: Vec<(&str, &[u8])> = vec![(SUMS, sums.as_bytes())];
    if let Some(signature) = &signature {
        parts.push((SIGNATURE, signature));
    }
    parts.extend(all.iter().map(|(path, bytes)| (*path, bytes.as_slice())));
    archive::write(parts)
        .ok_or(Refused { file: String::new(), why: "it is larger than an archive can be: 3.9 GB or 65,000 files" })
}

/// The media type that the ending of a path says.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "csv" => "text/csv",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "html" => "text/html",
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "md" => "text/markdown",
        "pdf" => "application/pdf",
        "pem" => "application/x-pem-file",
        "svg" => "image/svg+xml",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "yaml" => "application/yaml",
        _ => "application/octet-stream",
    }
}

/// Name of the schema of the manifest.
pub(super) const SCHEMA: &str = "https://vauban.example/schema/evidence-pack/1";

fn manifest(details: &Details, files: &[PackFile], all: &BTreeMap<&str, Vec<u8>>) -> Vec<u8> {
    let told: BTreeMap<&str, &PackFile> = files.iter().rev().map(|file| (&*file.path, file)).collect();
    let list: Vec<Value> = all
        .iter()
        .map(|(path, bytes)| {
            let mut row = json!({
                "path": path, "sha256": sha256(bytes), "bytes": bytes.len(), "media_type": media_type(path),
            });
            if let (Some(file), Some(row)) = (told.get(path), row.as_object_mut()) {
                let texts = [
                    ("title", &file.title),
                    ("as_of", &file.as_of),
                    ("query", &file.query),
                    ("selection", &file.selection),
                    ("completeness", &file.complete),
                ];
                for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
                    row.insert(name.to_owned(), json!(text));
                }
                if let Some(rows) = file.rows {
                    row.insert("rows".to_owned(), json!(rows));
                }
            }
            row
        })
        .collect();
    let index: Vec<Value> = details
        .index
        .iter()
        .map(|row| {
            json!({
                "requirement": row.id, "title": row.title, "strength": row.strength,
                "standing": row.standing, "files": row.files, "remark": row.remark,
            })
        })
        .collect();
    let value = json!({
        "schema": SCHEMA,
        "version": 1,
        "system": details.system,
        "framework": details.framework,
        "period": { "from": details.from, "to": details.to },
        "as_of": details.as_of,
        "made": details.made,
        "made_by": details.by,
        "commit": details.commit.as_ref().map(|(commit, as_read)| json!({ "id": commit, "as_read": as_read })),
        "generator": details.generator,
        "sample_seed": details.seed,
        "sample_rows": details.sample,
        "records": details.records.iter().map(|seal| json!({
            "file": seal.file, "events": seal.events, "last": seal.last, "intact": seal.intact,
        })).collect::<Vec<_>>(),
        "inputs": details.inputs.iter().map(|(name, hash)| json!({ "name": name, "sha256": hash })).collect::<Vec<_>>(),
        "marking": details.marking,
        "gaps": details.gaps,
        "requirements": index,
        "files": list,
    });
    let mut bytes = serde_json::to_vec_pretty(&value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// The commit in words; empty where there is none.
fn commit(details: &Details) -> String {
    match &details.commit {
        Some((commit, true)) => format!("{commit}; what was read is in it as it was read"),
        Some((commit, false)) => format!("{commit}; NOT all that was read is in it as it was read"),
        None => String::new(),
    }
}

/// The auditor's README.
fn readme(details: &Details, files: &[PackFile], public: Option<&str>) -> String {
    let words = |text: &str| in_markdown(text);
    let mut out = format!("# Evidence pack: {}\n\n", words(&details.system));
    if !details.marking.is_empty() {
        let _ = writeln!(out, "**{}**\n", words(&details.marking));
    }
    let _ = writeln!(out, "| | |\n|---|---|");
    let rows = [
        ("Framework", &details.framework),
        ("Period", &format!("{} to {}", details.from, details.to)),
        ("State as of", &details.as_of),
        ("Made", &details.made),
        ("Made by", &details.by),
        ("Commit", &commit(details)),
        ("Generator", &details.generator),
        ("Seed of the samples", &details.seed),
    ];
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(out, "| {name} | {} |", words(value));
    }
    out.push_str(
        "\nThe pack shows what a threat model and its record can show: which systems were looked at, what can go wrong, what \
         was decided, by whom and when, and what was seen to be in place. It does not certify anything. Where a requirement \
         is named, the index says how strongly a threat model bears on it.\n\n## How to check it\n\n\
         With Vauban, offline:\n\n    vauban evidence verify PACK.zip\n\n\
         Without it, after unpacking into an empty folder:\n\n    sha256sum --check SHA256SUMS\n",
    );
    match public.and_then(PublicKey::read) {
        Some(key) => {
            let _ = writeln!(
                out,
                "    openssl pkeyutl -verify -pubin -inkey PUBLIC-KEY.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig\n\n\
                 A signature proves who signed only to somebody who knows the key. Ask the owner of the pack for the key's \
                 fingerprint on another way than this file, and compare:\n\n    {}\n",
                key.fingerprint()
            );
        }
        None => out.push_str(
            "\nThis pack is **not signed**: the hashes show damage, but whoever can change a file can change its hash too.\n\n",
        ),
    }
    out.push_str("## What is in it\n\nEach list stands beside its CSV as JSON, which `MANIFEST.json` names as well.\n\n| file | what it shows | rows | as of |\n|---|---|---|---|\n");
    let mut listed: Vec<&PackFile> = files.iter().collect();
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    // A list stands there as CSV and as JSON: one line for both.
    let twin = |file: &PackFile| {
        let stem = file.path.strip_suffix(".json");
        stem.is_some_and(|stem| files.iter().any(|other| other.path.strip_suffix(".csv") == Some(stem)))
    };
    for file in listed.iter().filter(|file| !twin(file)) {
        let rows = file.rows.map(|rows| rows.to_string()).unwrap_or_default();
        let _ = writeln!(out, "| `{}` | {} | {rows} | {} |", file.path, words(&file.title), words(&file.as_of));
    }
    out.push_str("\n## How the lists were made\n\n");
    // A list stands there as CSV and as JSON; what is said of it is said once.
    for file in listed.iter().filter(|file| !file.selection.is_empty() && !file.path.ends_with(".json")) {
        let rows = file.rows.map(|rows| format!(" {}.", count(rows, "row"))).unwrap_or_default();
        let _ = writeln!(out, "- `{}`: {}{rows} {}", file.path, words(&file.selection), words(&file.complete));
        if !file.query.is_empty() {
            let _ = writeln!(out, "  Made again with `{}`.", file.query.replace('`', "'"));
        }
    }
    let _ = writeln!(
        out,
        "\nA sample holds at most {} rows: those for which the SHA-256 of `{}:` and the row's id is least. Anybody can draw \
         it again from the full list.\n",
        details.sample,
        words(&details.seed)
    );
    if !details.records.is_empty() {
        out.push_str(
            "## The record of events\n\nEvery event holds the hash of the one before. The hashes of this pack cover the record, and \
             with it the past: an event cannot be changed, taken out or put in later without another last hash.\n\n",
        );
    }
    for seal in &details.records {
        let state = if seal.intact { "intact" } else { "**NOT INTACT: what it says cannot be relied on**" };
        let _ = writeln!(
            out,
            "- `{}`: {}, the last with the hash `{}`; {state}.\n",
            seal.file,
            count(usize::try_from(seal.events).unwrap_or(usize::MAX), "event"),
            seal.last
        );
    }
    if !details.index.is_empty() {
        out.push_str("## By requirement\n\nThe files are where an answer would stand; the standing says how far they are one.\n\n\
             | requirement | title | a threat model | standing | files | remark |\n|---|---|---|---|---|---|\n");
        for row in &details.index {
            let files: Vec<String> = row.files.iter().map(|path| format!("`{path}`")).collect();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                words(&row.id),
                words(&row.title),
                words(&row.strength),
                words(&row.standing),
                files.join(", "),
                words(&row.remark)
            );
        }
        out.push('\n');
    }
    out.push_str("## What is missing\n\n");
    if details.gaps.is_empty() {
        out.push_str("Nothing is known to be missing.\n");
    }
    for gap in &details.gaps {
        let _ = writeln!(out, "- {}", words(gap));
    }
    out
}
