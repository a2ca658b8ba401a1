//! Making a pack: hashes, manifest, README, signature, archive.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::sign::{Key, PublicKey};
use super::{MANIFEST, PUBLIC_KEY, SIGNATURE, SUMS, archive, sha256};
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
    /// What made it: `vauban 0.1.0`.
    pub generator: String,
    /// What samples were drawn with.
    pub seed: String,
    /// Classification marking; empty for none.
    pub marking: String,
    /// What is not in the pack and why: systems without a model, stale models, requirements without evidence.
    pub gaps: Vec<String>,
    /// Requirements and what answers them: id, title, how strongly, paths of files, remark.
    pub index: Vec<IndexRow>,
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
    /// For lists: how the rows were selected, and why they are complete.
    pub selection: String,
    /// For lists: how many rows.
    pub rows: Option<usize>,
    /// The day whose state it shows, or the period.
    pub as_of: String,
}

/// Makes the archive. Files are put in the order of their paths; of two with the same path the first stays. Signed when
/// there is a key. `None` when it would be larger than an archive can be.
pub fn build(details: &Details, files: &[PackFile], key: Option<&Key>) -> Option<Vec<u8>> {
    let mut all: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for file in files {
        all.entry(&file.path).or_insert_with(|| file.bytes.clone());
    }
    let public = key.and_then(Key::public_pem);
    if let Some(public) = &public {
        all.insert(PUBLIC_KEY, public.clone().into_bytes());
    }
    all.insert("README.md", readme(details, files, public.as_deref()).into_bytes());
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
}

fn manifest(details: &Details, files: &[PackFile], all: &BTreeMap<&str, Vec<u8>>) -> Vec<u8> {
    let told: BTreeMap<&str, &PackFile> = files.iter().rev().map(|file| (&*file.path, file)).collect();
    let list: Vec<Value> = all
        .iter()
        .map(|(path, bytes)| {
            let mut row = json!({ "path": path, "sha256": sha256(bytes), "bytes": bytes.len() });
            if let (Some(file), Some(row)) = (told.get(path), row.as_object_mut()) {
                let texts = [("title", &file.title), ("selection", &file.selection), ("as_of", &file.as_of)];
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
                "files": row.files, "remark": row.remark,
            })
        })
        .collect();
    let value = json!({
        "schema": "vauban.evidence-pack",
        "version": 1,
        "system": details.system,
        "framework": details.framework,
        "period": { "from": details.from, "to": details.to },
        "as_of": details.as_of,
        "made": details.made,
        "made_by": details.by,
        "generator": details.generator,
        "sample_seed": details.seed,
        "marking": details.marking,
        "gaps": details.gaps,
        "requirements": index,
        "files": list,
    });
    let mut bytes = serde_json::to_vec_pretty(&value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
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
    out.push_str("## What is in it\n\n| file | what it shows | rows | as of |\n|---|---|---|---|\n");
    let mut listed: Vec<&PackFile> = files.iter().collect();
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    for file in &listed {
        let rows = file.rows.map(|rows| rows.to_string()).unwrap_or_default();
        let _ = writeln!(out, "| `{}` | {} | {rows} | {} |", file.path, words(&file.title), words(&file.as_of));
    }
    out.push_str("\n## How the lists were made\n\n");
    for file in listed.iter().filter(|file| !file.selection.is_empty()) {
        let _ = writeln!(out, "- `{}`: {}", file.path, words(&file.selection));
    }
    let _ = writeln!(
        out,
        "\nA sample holds the rows for which the SHA-256 of `{}:` and the row's id is least. Anybody can draw it again from \
         the full list.\n",
        words(&details.seed)
    );
    if !details.index.is_empty() {
        out.push_str("## By requirement\n\n| requirement | title | a threat model | evidence | remark |\n|---|---|---|---|---|\n");
        for row in &details.index {
            let files: Vec<String> = row.files.iter().map(|path| format!("`{path}`")).collect();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                words(&row.id),
                words(&row.title),
                words(&row.strength),
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
