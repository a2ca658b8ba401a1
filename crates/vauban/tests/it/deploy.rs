//! The templates in `deploy/`: read with our own importer, equal, and without findings.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Folder, root, run};

const BOTH: [&str; 2] = ["deploy/cloudformation", "deploy/terraform"];

fn check(folder: &str) -> Value {
    run(&["check", folder, "--format", "json", "--today", "2026-11-27"]).exits(0).json()
}

/// What each component and identity is and has, without the names and addresses that the two formats give.
fn elements(check: &Value) -> BTreeMap<String, u32> {
    let mut out = BTreeMap::new();
    for kind in ["components", "boundaries", "identities", "data", "flows"] {
        for element in check["model"][kind].as_array().expect("a list") {
            let mut facts: Vec<String> = Vec::new();
            collect(element, "", &mut facts);
            facts.sort();
            *out.entry(format!("{kind}: {}", facts.join(", "))).or_default() += 1;
        }
    }
    out
}

/// Names, addresses and places differ; everything else must not.
const DIFFERENT: [&str; 8] = ["id", "name", "span", "place", "file", "line", "evidence", "boundary"];

fn collect(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| !DIFFERENT.contains(&key.as_str())) {
                collect(value, &format!("{path}.{key}"), out);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, path, out)),
        other => out.push(format!("{path}={other}")),
    }
}

#[test]
fn both_are_read_without_findings() {
    for folder in BOTH {
        let check = check(folder);
        assert_eq!(check["findings"], Value::Array(Vec::new()), "{folder}");
        let wrong: Vec<&Value> = check["diagnostics"].as_array().expect("a list").iter().collect();
        assert!(wrong.is_empty(), "{folder}: {wrong:#?}");
        assert_eq!(check["model"]["components"].as_array().map(Vec::len), Some(3), "two buckets and a key");
    }
}

#[test]
fn they_say_the_same() {
    let [one, other] = BOTH.map(|folder| elements(&check(folder)));
    assert!(one.len() >= 3, "{one:#?}");
    assert_eq!(one, other);
}

/// What keeps the findings away is what stands in the templates: without it they come.
#[test]
fn what_is_taken_away_is_missed() {
    let template = std::fs::read_to_string(root().join("deploy/cloudformation/evidence-bucket.yaml")).expect("there");
    let without = [
        ("BlockPublicAcls: true", "BlockPublicAcls: false"),
        ("Status: Enabled\n      ObjectLock", "Status: Suspended\n      ObjectLock"),
        ("aws:SecureTransport: \"false\"", "aws:SecureTransport: \"true\""),
        ("LoggingConfiguration:", "Unknown:"),
        ("EnableKeyRotation: true", "EnableKeyRotation: false"),
    ];
    let folder = Folder::new();
    let mut told = Vec::new();
    for (line, weak) in without {
        assert!(template.contains(line), "{line}");
        folder.write("weak/template.yaml", &template.replace(line, weak));
        let check = folder.run(&["check", "weak", "--format", "json", "--today", "2026-11-27"]).json();
        let findings = check["findings"].as_array().expect("a list").len();
        told.push((line, findings));
    }
    assert!(told.iter().all(|(_, findings)| *findings > 0), "{told:#?}");
}
