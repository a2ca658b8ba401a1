//! Evidence packs from the command line: made, checked, altered, found out.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Folder, Run, root};

/// A folder with a model, a decision and a key.
fn prepared() -> Folder {
    let folder = Folder::new();
    let shop = std::fs::read_to_string(root().join("examples/web-shop/model.yaml")).expect("the example is there");
    folder.write("shop.yaml", &shop);
    folder.run(&["evidence", "key", "--new", "key.pem", "--public", "public.pem"]).exits(0);
    folder
}

const PERIOD: [&str; 6] = ["--from", "2026-01-01", "--to", "2026-06-30", "--made", "2026-07-03T08:00:00Z"];

fn pack(folder: &Folder, more: &[&str]) -> Run {
    let mut arguments = vec!["evidence", "pack"];
    arguments.extend(PERIOD);
    arguments.extend(more);
    folder.run(&arguments)
}

fn bytes(folder: &Folder, name: &str) -> Vec<u8> {
    std::fs::read(folder.path().join(name)).expect("it was written")
}

fn put(folder: &Folder, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("it can be written");
    path
}

/// The files of a pack by their headers: stored, so that they stand in it as they are.
fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let mut at = 0;
    while bytes[at..].starts_with(b"PK\x03\x04") {
        let half = |from: usize| usize::from(u16::from_le_bytes([bytes[at + from], bytes[at + from + 1]]));
        let size = half(18) | half(20) << 16;
        let name = String::from_utf8(bytes[at + 30..at + 30 + half(26)].to_vec()).expect("UTF-8");
        let from = at + 30 + half(26);
        out.push((name, bytes[from..from + size].to_vec()));
        at = from + size;
    }
    out
}

fn entry(bytes: &[u8], path: &str) -> String {
    let found = entries(bytes).into_iter().find(|(name, _)| name == path);
    let (_, content) = found.unwrap_or_else(|| panic!("`{path}` is not in the pack"));
    String::from_utf8(content).expect("UTF-8")
}

/// Numbers that look random and are the same in every run: xorshift64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most).expect("small")).expect("small")
    }
}

#[test]
fn a_key_is_made_once_and_only_its_owner_reads_it() {
    let folder = Folder::new();
    let made = folder.run(&["evidence", "key", "--new", "key.pem"]).exits(0).prints("fingerprint ");
    let path = folder.path().join("key.pem");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else may read it");
    }
    let before = bytes(&folder, "key.pem");
    folder.run(&["evidence", "key", "--new", "key.pem"]).exits(2).says("there already");
    assert_eq!(before, bytes(&folder, "key.pem"));
    let shown = folder.run(&["evidence", "key", "key.pem", "--public", "public.pem"]).exits(0);
    assert_eq!(shown.out, made.out, "the same key has the same fingerprint");
    assert_eq!(folder.run(&["evidence", "key", "public.pem"]).exits(0).out, made.out);
    assert!(!folder.read("public.pem").contains("PRIVATE"));
    let other = folder.run(&["evidence", "key", "--new", "other.pem"]).exits(0);
    assert_ne!(other.out, made.out, "two keys are never the same");
    assert!(path.is_file());
}

#[test]
fn a_pack_verifies_and_says_what_its_signature_proves() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "--key", "key.pem", "-o", "pack.zip"]).exits(0).says("signed");
    let told = folder.run(&["evidence", "verify", "pack.zip"]).exits(0).prints("nothing was altered").out;
    assert!(told.contains("proves nothing about who signed"), "{told}");
    let told = folder.run(&["evidence", "verify", "pack.zip", "--public-key", "public.pem"]).exits(0).out;
    assert!(told.contains("the key that you named"), "{told}");
    folder.run(&["evidence", "key", "--new", "other.pem"]).exits(0);
    folder.run(&["evidence", "verify", "pack.zip", "--public-key", "other.pem"]).exits(1).prints("ANOTHER KEY");
    let json = folder.run(&["evidence", "verify", "pack.zip", "--format", "json"]).exits(0).json();
    assert_eq!((&json["good"], &json["signature"]), (&Value::Bool(true), &Value::from("good")));
    folder.run(&["evidence", "verify", "missing.zip"]).exits(2).says("there is no such file");
}

#[test]
fn what_nobody_made_as_a_pack_is_told_as_such_and_not_as_altered() {
    let folder = prepared();
    put(&folder, "empty.zip", b"");
    put(&folder, "page.html", b"<p>SHA256SUMS and MANIFEST.json are files of a pack.</p>");
    put(&folder, "other.zip", &packed_anew(&stored(&[("word/document.xml", b"<w/>"), ("MANIFEST.json", b"{}")])));
    put(&folder, "stored.zip", &stored(&[("word/document.xml", b"<w/>")]));
    folder.write("papers/minutes.md", "# Minutes");
    for other in ["shop.yaml", "empty.zip", "page.html", "other.zip", "stored.zip", "papers"] {
        for command in ["verify", "push"] {
            let to: &[&str] = if command == "push" { &["s3://threat-models/x", "--dry-run"] } else { &[] };
            if command == "push" && other == "papers" {
                continue;
            }
            let run = folder.run(&[&["evidence", command, other], to].concat()).exits(2).says("is no evidence pack");
            assert!(!run.out.contains("ALTERED"), "{other}: {}", run.out);
        }
    }
    // A pack of which the list of hashes was taken away is one, and altered.
    pack(&folder, &["shop.yaml", "-o", "pack.zip"]).exits(0);
    let all = entries(&bytes(&folder, "pack.zip"));
    let less: Vec<(&str, &[u8])> =
        all.iter().filter(|(name, _)| name != "SHA256SUMS").map(|(name, bytes)| (&**name, &**bytes)).collect();
    put(&folder, "less.zip", &stored(&less));
    folder.run(&["evidence", "verify", "less.zip"]).exits(1).prints("ALTERED  SHA256SUMS");
    folder.run(&["evidence", "verify", "pack.zip", "--after", "shop.yaml"]).exits(2).says("is no evidence pack");
}

/// An archive as packs are written.
fn stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    vauban_analysis::export::evidence::archive::write(files.iter().copied()).expect("it is small")
}

#[test]
fn a_dry_run_of_a_push_says_what_would_be_sent_without_credentials() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "--key", "key.pem", "-o", "pack.zip"]).exits(0);
    let run = folder.run(&["evidence", "push", "pack.zip", "s3://threat-models/2026", "--dry-run"]).exits(0);
    let sha256 = vauban_analysis::export::evidence::sha256(&bytes(&folder, "pack.zip"));
    for said in ["s3://threat-models/2026/pack.zip", &sha256, "04-risk-register", "nothing was stored", "signed"] {
        assert!(run.err.contains(said), "{said}: {}", run.err);
    }
    let mut bad = bytes(&folder, "pack.zip");
    let at = bad.len() / 2;
    bad[at] ^= 1;
    put(&folder, "bad.zip", &bad);
    folder.run(&["evidence", "push", "bad.zip", "s3://threat-models/2026", "--dry-run"]).exits(1).says("ALTERED");
    folder.run(&["evidence", "push", "pack.zip", "s3://threat-models/../x", "--dry-run"]).exits(2).says("is no path");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = prepared();
    for name in ["one.zip", "two.zip"] {
        pack(&folder, &["shop.yaml", "--key", "key.pem", "-o", name]).exits(0);
    }
    assert!(bytes(&folder, "one.zip") == bytes(&folder, "two.zip"));
    // Evidence is not overwritten, but making it again is no harm.
    pack(&folder, &["shop.yaml", "--key", "key.pem", "-o", "one.zip"]).exits(0);
    pack(&folder, &["shop.yaml", "--key", "key.pem", "-o", "one.zip", "--seed", "8471"])
        .exits(2)
        .says("never overwritten");
}

#[test]
fn every_change_deletion_and_swap_is_found() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "--key", "key.pem", "-o", "pack.zip"]).exits(0);
    let good = bytes(&folder, "pack.zip");
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..100 {
        let (at, other) = (dice.below(good.len()), dice.below(good.len()));
        let mut changed = good.clone();
        changed[at] ^= u8::try_from(1 + dice.below(255)).expect("a byte");
        let mut less = good.clone();
        less.remove(at);
        let mut swapped = good.clone();
        swapped.swap(at, other);
        for (what, bad) in [("changed", changed), ("deleted", less), ("swapped", swapped)] {
            if bad == good {
                continue;
            }
            put(&folder, "bad.zip", &bad);
            let run = folder.run(&["evidence", "verify", "bad.zip"]).exits(1);
            assert!(run.out.contains("ALTERED"), "round {round}, {what} at {at} and {other}: {}", run.out);
        }
    }
}

#[test]
fn the_altered_byte_is_named_by_file_and_line() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "-o", "pack.zip"]).exits(0);
    let mut bad = bytes(&folder, "pack.zip");
    let wanted = b"risk_current";
    let at = bad.windows(wanted.len()).position(|part| part == wanted).expect("a heading of a list");
    bad[at] = b'R';
    put(&folder, "bad.zip", &bad);
    let json = folder.run(&["evidence", "verify", "bad.zip", "--format", "json"]).exits(1).json();
    let what = json["problems"][0]["what"].as_str().expect("a sentence");
    assert!(what.contains("is 0x52 and was 0x72 (line 1)"), "{json:#}");
    assert!(json["problems"][0]["file"].as_str().is_some_and(|file| file.ends_with(".csv")), "{json:#}");
}

#[test]
fn lists_are_counted_and_samples_can_be_drawn_again() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "-o", "pack.zip", "--sample", "3", "--seed", "8471"]).exits(0);
    let pack = bytes(&folder, "pack.zip");
    let manifest: Value = serde_json::from_str(&entry(&pack, "MANIFEST.json")).expect("JSON");
    let check = folder.run(&["check", "shop.yaml", "--today", "2026-06-30", "--format", "json"]).json();
    let findings = check["findings"].as_array().expect("a list").len();
    let list: Value = serde_json::from_str(&entry(&pack, "04-risk-register/risks.json")).expect("JSON");
    assert!(findings > 0);
    assert_eq!(list["rows"], findings, "the register holds every finding");
    let listed = manifest["files"].as_array().expect("a list");
    let told = listed.iter().find(|file| file["path"] == "04-risk-register/risks.csv").expect("listed");
    assert_eq!(told["rows"], findings);
    for said in ["query", "selection", "completeness", "as_of", "sha256", "media_type"] {
        assert!(told[said].as_str().is_some_and(|text| !text.is_empty()), "{said}: {told:#}");
    }
    let csv = entry(&pack, "04-risk-register/risks.csv");
    assert_eq!(csv.lines().count(), findings + 1, "one line for each, and the heading");
    let sample: Value =
        serde_json::from_str(&entry(&pack, "10-population-and-samples/04-risk-register-risks-sample.json"))
            .expect("JSON");
    assert_eq!(sample["rows"], 3);
    assert!(sample["completeness"].as_str().is_some_and(|text| text.contains("8471")), "{sample:#}");
    let ids: Vec<&str> =
        list["items"].as_array().expect("a list").iter().filter_map(|row| row["id"].as_str()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "ids are different");
}

/// The archive as another tool would have packed the same files: with the days of its own.
fn packed_anew(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let starts = |sign: &[u8]| -> Vec<usize> {
        bytes.windows(4).enumerate().filter(|(_, four)| *four == sign).map(|(at, _)| at).collect()
    };
    let mut at = 0;
    while bytes[at..].starts_with(b"PK\x03\x04") {
        out[at + 12] = 0x5b;
        let half = |from: usize| usize::from(u16::from_le_bytes([bytes[at + from], bytes[at + from + 1]]));
        at += 30 + half(26) + (half(18) | half(20) << 16);
    }
    for central in starts(b"PK\x01\x02").into_iter().filter(|start| *start >= at) {
        out[central + 14] = 0x5b;
    }
    out
}

#[test]
fn the_files_of_a_pack_verify_however_they_came() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "--key", "key.pem", "-o", "p.zip"]).exits(0);
    let good = bytes(&folder, "p.zip");
    let key = ["--public-key", "public.pem"];
    let verify = |name: &str| folder.run(&[&["evidence", "verify", name], &key[..]].concat());
    put(&folder, "anew.zip", &packed_anew(&good));
    verify("anew.zip").exits(0).prints("another tool packed the archive anew").prints("nothing was altered");
    // Unpacked, and in a folder of the archive's own name.
    for (path, content) in entries(&good) {
        let to = folder.path().join("unpacked").join(path);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("it can be made");
        std::fs::write(to, content).expect("it can be written");
    }
    verify("unpacked").exits(0).prints("checked as a folder");
    let json = folder.run(&["evidence", "verify", "unpacked", "--format", "json"]).exits(0).json();
    assert_eq!((&json["container"], &json["good"]), (&Value::from("folder"), &Value::from(true)));
    valid("evidence-verify", &json);
    // One altered byte of a file is found in both.
    let at = good.windows(9).position(|bytes| bytes == b"\"schema\":").expect("a JSON file");
    let mut altered = packed_anew(&good);
    altered[at + 2] ^= 1;
    put(&folder, "altered.zip", &altered);
    verify("altered.zip").exits(1);
    let readme = folder.path().join("unpacked/README.md");
    let text = std::fs::read_to_string(&readme).expect("there");
    std::fs::write(&readme, text.replacen('e', "x", 1)).expect("it can be written");
    verify("unpacked").exits(1).prints("ALTERED  README.md");
    // A header that differs here and there is no archive of another tool.
    let mut header = good.clone();
    header[12] ^= 1;
    put(&folder, "header.zip", &header);
    verify("header.zip").exits(1).prints("ALTERED");
}

#[test]
fn what_is_missing_is_said() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "-o", "pack.zip"]).exits(0).says("The pack is not signed.");
    let readme = entry(&bytes(&folder, "pack.zip"), "README.md");
    let (_, missing) = readme.split_once("## What is missing").expect("a chapter");
    for gap in ["not signed", "without a decision", "no model are not in this pack"] {
        assert!(missing.contains(gap), "{gap}: {missing}");
    }
    folder
        .run(&[
            "evidence",
            "pack",
            "--from",
            "2026-01-01",
            "--to",
            "2026-12-31",
            "--made",
            "2026-07-03T08:00:00Z",
            "shop.yaml",
        ])
        .exits(0)
        .says("The period was not over");
    assert!(folder.path().join("evidence-2026-01-01-2026-12-31.zip").is_file());
}

#[test]
fn wrong_days_and_broken_models_are_refused() {
    let folder = prepared();
    folder
        .run(&["evidence", "pack", "--from", "2026-13-01", "--to", "2026-12-31", "shop.yaml"])
        .exits(2)
        .says("is no day");
    folder
        .run(&["evidence", "pack", "--from", "2026-12-31", "--to", "2026-01-01", "shop.yaml"])
        .exits(2)
        .says("before it begins");
    folder.write("broken.yaml", "system: {name: X}\ncomponents: 7\n");
    pack(&folder, &["broken.yaml", "-o", "pack.zip"]).exits(2).says("would leave out");
    assert!(!folder.path().join("pack.zip").exists());
    pack(&folder, &["broken.yaml", "-o", "pack.zip", "--anyway"]).exits(0).says("the model has");
}

fn valid(schema: &str, document: &Value) {
    let schema = crate::support::run(&["schema", schema]).exits(0).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn manifest_and_answer_keep_to_their_schemas() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "--framework", "soc2", "--key", "key.pem", "-o", "pack.zip"]).exits(0);
    let good = bytes(&folder, "pack.zip");
    valid("evidence-pack", &serde_json::from_str(&entry(&good, "MANIFEST.json")).expect("JSON"));
    valid("evidence-verify", &folder.run(&["evidence", "verify", "pack.zip", "--format", "json"]).json());
    let mut bad = good;
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    put(&folder, "bad.zip", &bad);
    valid("evidence-verify", &folder.run(&["evidence", "verify", "bad.zip", "--format", "json"]).exits(1).json());
}

/// A pack from a history: decisions, approvals, a review, a late entry.
fn history(folder: &Folder) {
    folder.write("small.yaml", crate::support::SMALL);
    let id = crate::support::SMALL_FINDING;
    let who = |name: &'static str, at: &'static str| ["--who", name, "--at", at];
    let propose = [
        "treat",
        "propose",
        id,
        "-m",
        "small.yaml",
        "--treatment",
        "accept",
        "--reason",
        "low value",
        "--owner",
        "Ada",
    ];
    let until = ["--until", "2026-12-31"];
    folder.run(&[&propose[..], &until, &who("Ada", "2026-02-01")].concat()).exits(0);
    folder.run(&[&["treat", "approve", id, "-m", "small.yaml"][..], &who("Grace", "2026-02-02")].concat()).exits(0);
    folder.run(&[&["review", "start", "small.yaml"][..], &who("Ada", "2026-05-01")].concat()).exits(0);
    let late = [
        "evidence",
        "record",
        "add",
        "incident",
        "model",
        "--detail",
        "reason=lost laptop",
        "--effective",
        "2026-05-01",
    ];
    folder.run(&[&late[..], &who("Ada", "2026-06-01")].concat()).exits(0);
    folder
        .run(
            &[
                &["evidence", "record", "add", "incident", "model", "--detail", "reason=later"][..],
                &who("Ada", "2026-07-02"),
            ]
            .concat(),
        )
        .exits(0);
}

#[test]
fn the_record_is_in_the_pack_with_late_entries_marked() {
    let folder = prepared();
    history(&folder);
    pack(&folder, &["small.yaml", "--framework", "soc2", "--key", "key.pem", "-o", "pack.zip"]).exits(0);
    let bytes = bytes(&folder, "pack.zip");
    assert_eq!(entry(&bytes, "13-record/record.jsonl"), folder.read("vauban.record.jsonl"), "whole, with its seal");
    let events: Value = serde_json::from_str(&entry(&bytes, "13-record/events.json")).expect("JSON");
    assert_eq!(events["rows"], 4, "not the one after the period: {events:#}");
    let late: Vec<&Value> =
        events["items"].as_array().expect("a list").iter().filter(|row| row["late"] == "yes").collect();
    assert_eq!(late.len(), 1, "{events:#}");
    assert_eq!(entry(&bytes, "13-record/extract.jsonl").lines().count(), 4);
    let accepted: Value = serde_json::from_str(&entry(&bytes, "06-risk-acceptances/acceptances.json")).expect("JSON");
    assert_eq!(
        (&accepted["items"][0]["approver"], &accepted["items"][0]["stage"]),
        (&"Grace".into(), &"approved".into())
    );
    let people: Value = serde_json::from_str(&entry(&bytes, "11-people/people.json")).expect("JSON");
    assert_eq!(people["rows"], 2, "{people:#}");
    let requirements: Value = serde_json::from_str(&entry(&bytes, "00-index/requirements.json")).expect("JSON");
    let row = requirements["items"].as_array().expect("a list").iter().find(|row| row["id"] == "CC3.2").expect("there");
    assert!(row["files"].as_str().is_some_and(|files| files.contains("04-risk-register/risks.csv")), "{row:#}");
    assert!(row["limit"].as_str().is_some_and(|limit| !limit.is_empty()), "{row:#}");
}

#[test]
fn a_broken_record_is_refused_or_told_loudly() {
    let folder = prepared();
    history(&folder);
    let broken = folder.read("vauban.record.jsonl").replacen("low value", "high value", 1);
    folder.write("vauban.record.jsonl", &broken);
    pack(&folder, &["small.yaml", "-o", "pack.zip"]).exits(2).says("is not intact");
    assert!(!folder.path().join("pack.zip").exists());
    pack(&folder, &["small.yaml", "-o", "pack.zip", "--anyway"]).exits(0).says("NOT INTACT");
    let readme = entry(&bytes(&folder, "pack.zip"), "README.md");
    assert!(readme.contains("THE RECORD OF EVENTS IS NOT INTACT") && readme.contains("**NOT INTACT"), "{readme}");
}

#[test]
fn an_unknown_framework_is_not_guessed() {
    let folder = prepared();
    pack(&folder, &["shop.yaml", "--framework", "soc3", "-o", "pack.zip"])
        .exits(2)
        .says("there is no framework `soc3`");
}

/// Who holds an earlier pack sees that the past was written anew, though the new record is of one piece.
#[test]
fn a_past_that_was_rewritten_is_seen_by_who_has_an_earlier_pack() {
    let folder = prepared();
    history(&folder);
    let id = crate::support::SMALL_FINDING;
    pack(&folder, &["small.yaml", "-o", "one.zip"]).exits(0);
    folder
        .run(&[
            "treat",
            "withdraw",
            id,
            "-m",
            "small.yaml",
            "--reason",
            "no more",
            "--who",
            "Ada",
            "--at",
            "2026-07-03",
        ])
        .exits(0);
    pack(&folder, &["small.yaml", "-o", "two.zip"]).exits(0);
    folder
        .run(&["evidence", "verify", "two.zip", "--after", "one.zip"])
        .exits(0)
        .prints("are in their place; 1 came after");
    std::fs::remove_file(folder.path().join("vauban.record.jsonl")).expect("there");
    let add = [
        "evidence",
        "record",
        "add",
        "incident",
        "model",
        "--detail",
        "reason=none",
        "--who",
        "Eve",
        "--at",
        "2026-02-01",
    ];
    folder.run(&add).exits(0);
    pack(&folder, &["small.yaml", "-o", "three.zip"]).exits(0);
    folder.run(&["evidence", "verify", "three.zip"]).exits(0);
    folder.run(&["evidence", "verify", "three.zip", "--after", "one.zip"]).exits(1).prints("REWRITTEN");
    let json =
        folder.run(&["evidence", "verify", "three.zip", "--after", "one.zip", "--format", "json"]).exits(1).json();
    valid("evidence-verify", &json);
    assert_eq!(json["records"][0]["good"], false);
}

/// A pack of which the key's owner changed some files and then made hashes, manifest and signature anew.
fn signed_anew(folder: &Folder, good: &[u8], changes: &[(&str, &str, &str)]) -> Vec<u8> {
    use vauban_analysis::export::evidence::{archive, sha256, sign::Key};
    let mut files: std::collections::BTreeMap<String, Vec<u8>> = entries(good).into_iter().collect();
    for (path, from, to) in changes {
        let text = String::from_utf8(files[*path].clone()).expect("a text");
        assert!(text.contains(from), "`{from}` is not in {path}");
        files.insert((*path).to_owned(), text.replace(from, to).into_bytes());
    }
    let mut manifest: Value = serde_json::from_slice(&files["MANIFEST.json"]).expect("JSON");
    for file in manifest["files"].as_array_mut().expect("a list") {
        let bytes = &files[file["path"].as_str().expect("a path")];
        file["sha256"] = sha256(bytes).into();
        file["bytes"] = bytes.len().into();
    }
    files.insert("MANIFEST.json".to_owned(), serde_json::to_vec_pretty(&manifest).expect("JSON"));
    let key = Key::read(&folder.read("key.pem")).expect("a key");
    let own = ["SHA256SUMS", "SHA256SUMS.sig"];
    let listed = files.iter().filter(|(path, _)| !own.contains(&path.as_str()));
    let sums: String = listed.map(|(path, bytes)| format!("{}  {path}\n", sha256(bytes))).collect();
    let signature = key.sign(sums.as_bytes());
    let first = [("SHA256SUMS", sums.as_bytes()), ("SHA256SUMS.sig", &signature[..])];
    let rest = files.iter().filter(|(path, _)| !own.contains(&path.as_str()));
    archive::write(first.into_iter().chain(rest.map(|(path, bytes)| (path.as_str(), bytes.as_slice())))).expect("small")
}

/// The auditee holds the key and can sign anything. What was changed still contradicts what was not.
#[test]
fn who_holds_the_key_contradicts_themselves() {
    let folder = prepared();
    history(&folder);
    pack(&folder, &["small.yaml", "--key", "key.pem", "-o", "pack.zip", "--sample", "2"]).exits(0);
    let good = bytes(&folder, "pack.zip");
    let told = folder.run(&["evidence", "verify", "pack.zip"]).exits(0).out;
    let record = folder.read("vauban.record.jsonl");
    let last = record.lines().last().expect("a seal").split('"').nth(5).expect("a hash").to_owned();
    assert!(told.contains("5 events, the chain of hashes is whole") && told.contains(&last), "{told}");
    put(&folder, "same.zip", &signed_anew(&folder, &good, &[]));
    folder.run(&["evidence", "verify", "same.zip"]).exits(0);
    let third = format!("{}\n", record.lines().nth(2).expect("a third event"));
    // The file that is named, and what was changed: in which file, from what, to what.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str, &'a str)]);
    let cases: [Case<'_>; 8] = [
        ("13-record/record.jsonl", &[("13-record/record.jsonl", "low value", "high value")]),
        ("13-record/record.jsonl", &[("13-record/record.jsonl", third.as_str(), "")]),
        ("13-record/extract.jsonl", &[("13-record/extract.jsonl", "Grace", "Zorro")]),
        ("06-risk-acceptances/approvals.csv", &[("06-risk-acceptances/approvals.csv", "Grace", "Zorro")]),
        (
            "06-risk-acceptances/approvals.json",
            &[
                ("06-risk-acceptances/approvals.csv", "Grace", "Zorro"),
                ("06-risk-acceptances/approvals.json", "Grace", "Zorro"),
                ("10-population-and-samples/06-risk-acceptances-approvals-sample.csv", "Grace", "Zorro"),
                ("10-population-and-samples/06-risk-acceptances-approvals-sample.json", "Grace", "Zorro"),
            ],
        ),
        ("04-risk-register/risks.csv", &[("04-risk-register/risks.csv", "web", "wab")]),
        (
            "10-population-and-samples/04-risk-register-risks-sample.json",
            &[
                ("10-population-and-samples/04-risk-register-risks-sample.csv", "web", "wab"),
                ("10-population-and-samples/04-risk-register-risks-sample.json", "web", "wab"),
            ],
        ),
        ("13-record/record.jsonl", &[("MANIFEST.json", "\"events\": 5", "\"events\": 4")]),
    ];
    for (file, changes) in cases {
        let bad = signed_anew(&folder, &good, changes);
        let path = put(&folder, "bad.zip", &bad);
        let run = folder.run(&["evidence", "verify", "bad.zip", "--public-key", "public.pem"]);
        assert_eq!(run.code, 1, "{changes:?}: {}", run.out);
        assert!(run.out.contains(&format!("ALTERED  {file}: ")), "{changes:?}: {}", run.out);
        assert!(!run.out.contains("nothing was altered"), "{}", run.out);
        std::fs::remove_file(path).expect("there");
    }
}

#[test]
fn a_pack_with_a_broken_record_is_never_called_good() {
    let folder = prepared();
    history(&folder);
    let broken = folder.read("vauban.record.jsonl").replacen("low value", "high value", 1);
    folder.write("vauban.record.jsonl", &broken);
    pack(&folder, &["small.yaml", "-o", "pack.zip", "--anyway"]).exits(0);
    let told = folder.run(&["evidence", "verify", "pack.zip"]).exits(1).prints("NOT INTACT").out;
    assert!(told.contains("was altered"), "{told}");
    let json = folder.run(&["evidence", "verify", "pack.zip", "--format", "json"]).exits(1).json();
    valid("evidence-verify", &json);
    assert_eq!((&json["good"], &json["chains"][0]["intact"]), (&false.into(), &false.into()));
    // However broken it is, the pack is as it was made: one line twice, one that cannot be read.
    let line = broken.lines().nth(1).expect("an event").to_owned();
    folder.write("vauban.record.jsonl", &format!("{line}\nnothing\n{}\n{broken}", line.replace("Grace", "Eve")));
    pack(&folder, &["small.yaml", "-o", "worse.zip", "--anyway"]).exits(0);
    let told = folder.run(&["evidence", "verify", "worse.zip"]).exits(1).prints("NOT INTACT").out;
    assert!(!told.contains("ALTERED"), "{told}");
}

#[test]
fn what_became_of_a_signature_or_an_archive_is_told_as_it_is() {
    use vauban_analysis::export::evidence::archive;
    let folder = prepared();
    pack(&folder, &["shop.yaml", "--key", "key.pem", "-o", "pack.zip"]).exits(0);
    let good = bytes(&folder, "pack.zip");
    let whole = entries(&good);
    let without = |name: &str| {
        let rest = whole.iter().filter(|(path, _)| path != name);
        archive::write(rest.map(|(path, bytes)| (path.as_str(), bytes.as_slice()))).expect("small")
    };
    put(&folder, "bad.zip", &without("SHA256SUMS.sig"));
    let told = folder.run(&["evidence", "verify", "bad.zip"]).exits(1).out;
    assert!(told.contains("SHA256SUMS.sig: is missing") && !told.contains("does not fit"), "{told}");
    put(&folder, "bad.zip", &without("PUBLIC-KEY.pem"));
    let told = folder.run(&["evidence", "verify", "bad.zip"]).exits(1).out;
    assert!(told.contains("cannot be checked") && !told.contains("does not fit the list"), "{told}");
    let folders = whole.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    put(&folder, "bad.zip", &archive::write(folders.chain([("zz/", &b""[..])])).expect("small"));
    let told = folder.run(&["evidence", "verify", "bad.zip"]).exits(1).out;
    assert!(told.contains("a pack holds files only") && !told.contains("leads out"), "{told}");
}

/// One step of a treatment of the finding of the small model.
fn treat(folder: &Folder, what: &str, more: &[&str], who: &str, at: &str) -> Run {
    let id = crate::support::SMALL_FINDING;
    folder.run(&[&["treat", what, id, "-m", "small.yaml"][..], more, &["--who", who, "--at", at]].concat())
}

fn accept<'a>(reason: &'a str, until: &'a str) -> [&'a str; 8] {
    ["--treatment", "accept", "--owner", "Ada", "--reason", reason, "--until", until]
}

fn rows(pack: &[u8], path: &str) -> Vec<Value> {
    let list: Value = serde_json::from_str(&entry(pack, path)).expect("JSON");
    list["items"].as_array().expect("a list").clone()
}

/// A state of a past day is what was decided then, though the files hold what was decided since.
#[test]
fn a_past_day_shows_the_decision_of_then_whole() {
    let folder = prepared();
    folder.write("small.yaml", crate::support::SMALL);
    treat(&folder, "propose", &accept("first words", "2026-12-31"), "Ada", "2026-02-01").exits(0);
    treat(&folder, "approve", &[], "Grace", "2026-02-02").exits(0);
    let early = |name: &str| {
        pack(&folder, &["small.yaml", "--as-of", "2026-03-01", "-o", name]).exits(0);
        let pack = bytes(&folder, name);
        (rows(&pack, "06-risk-acceptances/acceptances.json"), rows(&pack, "04-risk-register/risks.json"))
    };
    let before = early("one.zip");
    assert_eq!(before.0[0]["stage"], "approved", "{before:#?}");
    // Proposed anew, and then approved: neither reaches back.
    treat(&folder, "propose", &accept("second words", "2027-06-30"), "Bob", "2026-05-01").exits(0);
    let proposed = early("two.zip");
    treat(&folder, "approve", &[], "Heidi", "2026-05-02").exits(0);
    let approved = early("three.zip");
    for after in [proposed, approved] {
        for (list, (a, b)) in [(&before.0, &after.0), (&before.1, &after.1)].into_iter().enumerate() {
            for column in ["treatment", "stage", "status", "reason", "owner", "approver", "until", "decided"] {
                assert_eq!(a[0][column], b[0][column], "{list}: {column}");
            }
        }
    }
    pack(&folder, &["small.yaml", "--as-of", "2026-01-15", "-o", "four.zip"]).exits(0);
    let none = bytes(&folder, "four.zip");
    assert_eq!(rows(&none, "06-risk-acceptances/acceptances.json"), [] as [Value; 0], "nothing had been decided");
    assert_eq!(rows(&none, "04-risk-register/risks.json")[0]["status"], "open");
}

#[test]
fn what_lapsed_between_two_acceptances_is_listed_and_said() {
    let folder = prepared();
    folder.write("small.yaml", crate::support::SMALL);
    treat(&folder, "propose", &accept("first", "2026-03-31"), "Ada", "2026-01-05").exits(0);
    treat(&folder, "approve", &[], "Grace", "2026-01-06").exits(0);
    treat(&folder, "propose", &accept("second", "2026-12-31"), "Ada", "2026-05-01").exits(0);
    treat(&folder, "approve", &[], "Grace", "2026-05-02").exits(0);
    let run = pack(&folder, &["small.yaml", "-o", "pack.zip"]).exits(0);
    assert!(run.err.contains("ended on 2026-03-31, and the next decision holds from 2026-05-02"), "{}", run.err);
    let list = rows(&bytes(&folder, "pack.zip"), "06-risk-acceptances/in-force.json");
    let told: Vec<[&str; 4]> = list
        .iter()
        .map(|row| ["reason", "in_force_from", "in_force_to", "ended_by"].map(|name| crate::support::text(row, name)))
        .collect();
    assert_eq!(told, [["first", "2026-01-06", "2026-03-31", "expired"], ["second", "2026-05-02", "", ""]]);
    // One that ended before the period and was followed by nothing leaves the whole of it undecided.
    let folder = prepared();
    folder.write("small.yaml", crate::support::SMALL);
    treat(&folder, "propose", &accept("first", "2025-12-31"), "Ada", "2025-01-05").exits(0);
    treat(&folder, "approve", &[], "Grace", "2025-01-06").exits(0);
    let run = pack(&folder, &["small.yaml", "-o", "pack.zip"]).exits(0);
    assert!(run.err.contains("ended on 2025-12-31, and no approved decision followed"), "{}", run.err);
    // One that follows at once leaves no gap.
    let folder = prepared();
    folder.write("small.yaml", crate::support::SMALL);
    treat(&folder, "propose", &accept("first", "2026-03-31"), "Ada", "2026-01-05").exits(0);
    treat(&folder, "approve", &[], "Grace", "2026-01-06").exits(0);
    treat(&folder, "propose", &accept("second", "2026-12-31"), "Ada", "2026-03-30").exits(0);
    treat(&folder, "approve", &[], "Grace", "2026-03-31").exits(0);
    let run = pack(&folder, &["small.yaml", "-o", "pack.zip"]).exits(0);
    assert!(!run.err.contains("nobody had decided"), "{}", run.err);
}

#[test]
fn a_pack_says_how_it_is_made_again_and_from_which_commit() {
    let folder = prepared();
    history(&folder);
    let git = |arguments: &[&str]| {
        let run = std::process::Command::new("git")
            .current_dir(folder.path())
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
            .args(arguments)
            .output();
        let run = run.expect("git is there");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).expect("UTF-8").trim().to_owned()
    };
    let manifest = |name: &str, more: &[&str]| -> Value {
        pack(&folder, &[&["small.yaml", "-o", name][..], more].concat()).exits(0);
        serde_json::from_str(&entry(&bytes(&folder, name), "MANIFEST.json")).expect("JSON")
    };
    assert_eq!(manifest("none.zip", &[])["commit"], Value::Null);
    git(&["init", "-q"]);
    git(&["add", "small.yaml", "vauban.record.jsonl", "small.decisions.yaml"]);
    git(&["commit", "-qm", "all"]);
    let head = git(&["rev-parse", "HEAD"]);
    let clean = manifest("clean.zip", &[]);
    assert_eq!((&clean["commit"]["id"], &clean["commit"]["as_read"]), (&head.as_str().into(), &true.into()));
    valid("evidence-pack", &clean);
    folder.write("small.yaml", &crate::support::SMALL.replace("owner: us", "owner: them"));
    assert_eq!(manifest("changed.zip", &[])["commit"]["as_read"], false);
    assert_eq!(manifest("then.zip", &["--revision", "HEAD"])["commit"]["as_read"], true);
    let query = |path: &str| {
        let file = clean["files"].as_array().expect("a list").iter().find(|file| file["path"] == path).expect(path);
        file["query"].as_str().expect("a query").to_owned()
    };
    let only = query("06-risk-acceptances/acceptances.csv");
    assert_eq!(only, "vauban treat list small.yaml --only exceptions --today 2026-06-30 --format csv");
    assert!(query("09-review-log/reviews.csv").contains("--from 2026-01-01 --to 2026-06-30"));
    let readme = entry(&bytes(&folder, "changed.zip"), "README.md");
    assert!(
        !readme.contains("as the files were on 2026-07-03") && readme.contains("NOT all that was read"),
        "{readme}"
    );
}

#[test]
fn a_pack_may_answer_a_baseline_and_tells_whose_review_it_is() {
    let folder = prepared();
    history(&folder);
    let other = crate::support::SMALL.replace("name: Small", "name: Other");
    folder.write("other.yaml", &other);
    pack(&folder, &["small.yaml", "--framework", "800-53", "--baseline", "nope", "-o", "pack.zip"])
        .exits(2)
        .says("baseline");
    let models = ["small.yaml", "other.yaml", "--framework", "800-53", "--baseline", "low", "-o", "pack.zip"];
    pack(&folder, &models).exits(0);
    let made = bytes(&folder, "pack.zip");
    assert_eq!(rows(&made, "00-index/requirements.json").len(), 149, "those of the baseline");
    let reviews = rows(&made, "09-review-log/reviews.json");
    assert_eq!(reviews.len(), 1);
    assert_eq!(reviews[0]["system"], "Small", "{reviews:#?}");
}
