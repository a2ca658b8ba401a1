//! How much modeling a change needs.

use std::process::Command;

use crate::support::{Folder, SMALL, list, text};

fn git(folder: &Folder, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("git runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn committed() -> Folder {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "first"]);
    folder
}

#[test]
fn every_tier_has_its_triggers() {
    let folder = committed();
    let cases: [(&str, &str, &str, &str); 8] = [
        ("system: {", "# moved\nsystem: {", "none", ""),
        ("in: internet}", "in: internet, description: A browser}", "none", ""),
        ("handles: [orders],", "handles: [orders], custom_code: yes,", "automatic", "no way in or across is new"),
        ("flows:\n", "flows:\n  web -> browser: {protocol: https}\n", "rapid", "crosses a trust boundary"),
        ("authentication: session", "authentication: credentials", "rapid", "`authentication`"),
        ("data:\n", "data:\n  tips: public\n", "rapid", "The data tips is new."),
        (
            "data:\n",
            "data:\n  health: {classification: restricted}\n",
            "formal",
            "The data health is new, and restricted.",
        ),
        (
            "boundaries:\n",
            "boundaries:\n  partner: {kind: network-segment, trust: semi-trusted}\n",
            "formal",
            "The trust boundary partner is new.",
        ),
    ];
    for (from, to, tier, why) in cases {
        folder.write("model.yaml", &SMALL.replacen(from, to, 1));
        let value =
            folder.run(&["review", "scope", "model.yaml", "--against", "HEAD", "--format", "json"]).exits(0).json();
        assert_eq!(text(&value, "tier"), tier, "{to}: {value}");
        let reasons: Vec<&str> = list(&value, "reasons").iter().map(|reason| text(reason, "text")).collect();
        assert!(reasons.iter().any(|reason| reason.contains(why)) || why.is_empty(), "{to}: {reasons:?}");
    }
    let schema = folder.run(&["schema", "review-scope"]).exits(0).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let value = folder.run(&["review", "scope", "model.yaml", "--against", "HEAD", "--format", "json"]).exits(0).json();
    assert!(validator.is_valid(&value), "{value}");
}

#[test]
fn a_chosen_tier_needs_a_reason_and_is_written_down() {
    let folder = committed();
    folder.write("model.yaml", &SMALL.replacen("data:\n", "data:\n  tips: public\n", 1));
    let scope = |more: &[&str]| {
        let base =
            ["review", "scope", "model.yaml", "--against", "HEAD", "--write", "--who", "Ada", "--at", "2030-01-01"];
        folder.run(&[&base[..], more].concat())
    };
    scope(&["--tier", "none"]).exits(2).says("without a reason");
    scope(&["--tier", "automatic", "--reason", "Tips are shown to everybody."]).exits(0);
    let shown = folder.run(&["evidence", "record", "show"]).exits(0);
    let shown = shown.prints("scoped model by Ada").prints("tier: automatic").prints("computed-tier: rapid");
    shown.prints("reason: Tips are shown to everybody.");
}

#[test]
fn a_review_tells_what_changed_since_the_last_one() {
    let folder = committed();
    let close = |day: &str, outcome: &str| {
        folder
            .run(&[
                "review",
                "close",
                "model.yaml",
                "--people",
                "Ada",
                "--outcome",
                outcome,
                "--who",
                "Ada",
                "--at",
                day,
            ])
            .exits(0);
    };
    close("2030-01-01", "changed");
    close("2030-01-02", "no-change");
    folder.write(
        "model.yaml",
        &SMALL.replacen("boundaries:\n", "boundaries:\n  partner: {kind: network-segment, trust: semi-trusted}\n", 1),
    );
    folder
        .run(&["review", "due", "model.yaml", "--today", "2030-01-03", "--gate"])
        .exits(1)
        .prints("The trust boundary partner is new.");
    close("2030-01-04", "changed");
    let value = folder.run(&["review", "list", "model.yaml", "--format", "json"]).exits(0).json();
    let changed: Vec<&str> = list(&value, "reviews").iter().map(|review| text(review, "changed")).collect();
    assert_eq!(changed.len(), 3);
    assert_eq!(changed[..2], ["first review on record", "nothing"]);
    assert!(changed[2].contains("The trust boundary partner is new"), "{changed:?}");
    let ids: Vec<&str> = list(&value, "reviews").iter().map(|review| text(review, "id")).collect();
    assert_eq!(ids, ["2030-Q1", "2030-Q1-2", "2030-Q1-3"]);
}
