//! The templates in `deploy/`: read with our own importer, equal, and without findings.

use serde_json::Value;

use crate::support::{Folder, root, run};

const BOTH: [&str; 2] = ["cloudformation", "terraform"];

/// The check as `deploy/README.md` calls it: with the overlay that says what lies in the bucket and how much it matters.
/// Without it nothing is at stake, and a bucket that anybody can read would pass.
fn check(format: &str) -> Value {
    let overlay = format!("deploy/{format}.overlay.yaml");
    let folder = format!("deploy/{format}");
    run(&["check", &folder, "--overlay", &overlay, "--format", "json", "--today", "2026-11-27"]).exits(0).json()
}

/// The model that our importer makes of a template, with the ids of the other: every element, fact and control, without
/// names of things, places and the format.
fn model(format: &str) -> String {
    let text = run(&["import", &format!("deploy/{format}")]).exits(0).out;
    let same = [
        ("aws_kms_key.evidence", "EvidenceKey"),
        ("aws_s3_bucket.evidence", "EvidenceBucket"),
        ("aws_s3_bucket.log", "LogBucket"),
    ];
    let text = same.iter().fold(text, |text, (from, to)| text.replace(from, to));
    let lines = text.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("name:") && !line.starts_with("source:") && !line.starts_with('#')
    });
    lines.map(|line| format!("{line}\n")).collect()
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
    let [one, other] = BOTH.map(model);
    for protection in ["public_read: no", "immutable-storage", "transport-encryption", "customer-key", "key-rotation"] {
        assert!(one.contains(protection), "{protection} is not in\n{one}");
    }
    assert_eq!(one, other);
}

/// The model as our importer writes it, with what it concludes from the template.
fn imported(folder: &Folder, template: &str) -> String {
    folder.write("weak/template.yaml", template);
    folder.run(&["import", "weak"]).exits(0).out
}

/// Every protection in the template is seen: without it the model is another.
#[test]
fn what_is_taken_away_is_missed() {
    let template = std::fs::read_to_string(root().join("deploy/cloudformation/evidence-bucket.yaml")).expect("there");
    let without = [
        ("BlockPublicAcls: true", "BlockPublicAcls: false", "public-access-block"),
        ("Status: Enabled\n      ObjectLock", "Status: Suspended\n      ObjectLock", "object-versioning"),
        ("aws:SecureTransport: \"false\"", "aws:SecureTransport: \"true\"", "transport-encryption"),
        ("LoggingConfiguration:", "Unknown:", "audit-logging"),
        ("EnableKeyRotation: true", "EnableKeyRotation: false", "key-rotation"),
        (
            "SSEAlgorithm: aws:kms\n              KMSMasterKeyID: !GetAtt EvidenceKey.Arn\n",
            "SSEAlgorithm: AES256\n",
            "customer-key",
        ),
    ];
    let folder = Folder::new();
    let whole = imported(&folder, &template);
    let mut unseen = Vec::new();
    for (line, weak, protection) in without {
        assert!(template.contains(line), "{line}");
        assert!(whole.contains(protection), "{protection} is not in\n{whole}");
        if imported(&folder, &template.replacen(line, weak, 1)) == whole {
            unseen.push(protection);
        }
    }
    assert!(unseen.is_empty(), "{unseen:?}");
}

/// Anybody instead of the service that delivers logs.
#[test]
fn a_bucket_that_anybody_may_write_to_is_found() {
    let template = std::fs::read_to_string(root().join("deploy/cloudformation/evidence-bucket.yaml")).expect("there");
    let condition =
        "            Condition:\n              StringEquals:\n                aws:SourceAccount: !Ref AWS::AccountId\n";
    let service = "Principal:\n              Service: logging.s3.amazonaws.com";
    assert!(template.contains(condition) && template.contains(service));
    let opened = template
        .replace(service, "Principal: \"*\"")
        .replace(condition, "")
        .replace("RestrictPublicBuckets: true", "RestrictPublicBuckets: false")
        .replace("BlockPublicPolicy: true", "BlockPublicPolicy: false");
    let folder = Folder::new();
    folder.write("weak/template.yaml", &opened);
    let overlay = root().join("deploy/cloudformation.overlay.yaml");
    let overlay = overlay.to_str().expect("a path");
    let check = folder
        .run(&["check", "weak", "--overlay", overlay, "--format", "json", "--today", "2026-11-27"])
        .exits(0)
        .json();
    let titles: Vec<&str> =
        check["findings"].as_array().expect("a list").iter().filter_map(|it| it["title"].as_str()).collect();
    assert!(titles.iter().any(|title| title.contains("LogBucket")), "{titles:?}");
}
