//! `vauban score`: other methods, and the record.

use crate::support::{Folder, list, root, run, text};

const PORTAL: &str = "examples/admin-portal/model.yaml";
const FINDING: &str = "unrestricted-upload@admin-portal";
const METHODS: [&str; 6] = ["matrix", "owasp-risk-rating", "nist-800-30", "cvss-3.1", "cvss-4.0", "dread"];

#[test]
fn every_method_scores_every_finding_and_fits_the_published_schema() {
    let schema = run(&["schema", "score"]).exits(0).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let check = run(&["check", PORTAL, "--format", "json"]).exits(0).json();
    for finding in list(&check, "findings").iter().take(4) {
        for method in METHODS {
            let id = text(finding, "id");
            let found = run(&["score", id, "-m", PORTAL, "--method", method, "--format", "json"]).exits(0).json();
            let errors: Vec<String> = validator.iter_errors(&found).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}");
            assert!(list(&found, "inputs").iter().all(|input| text(input, "source") != "given"));
            if method == "matrix" {
                assert_eq!(text(&found, "level"), text(finding, "risk"), "{id}");
            }
        }
    }
}

#[test]
fn values_are_filled_in_with_reasons_and_can_be_given() {
    let score =
        |more: &[&str]| run(&[&["score", FINDING, "-m", PORTAL, "--method", "cvss-3.1"], more].concat()).exits(0);
    score(&[]).prints("AV  N  it is done through a network").prints("UI  N  assumed: ").prints("PR  N  nothing but");
    score(&["--set", "UI=R"]).prints("UI  R  given with `--set`").prints("/UI:R/");
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";
    score(&["--set", &format!("vector={vector}")]).prints("7.5 High (CVSS 3.1)");
    run(&["score", "--list"]).exits(0).prints("owasp-risk-rating: ").prints("skill_level").prints("CVSS:4.0/AV:");
}

#[test]
fn a_matrix_of_the_organisation_is_a_method() {
    let folder = Folder::new();
    folder.write(
        "m.yaml",
        "scoring:\n  matrices:\n    coarse:\n      likelihood: [low, medium, high]\n      impact: [low, medium, high]\n      \
         risk: [[low, low, medium], [low, medium, high], [medium, high, critical]]\n",
    );
    let model = root().join(PORTAL).to_string_lossy().into_owned();
    folder.run(&["score", "--list", "--methodology", "m.yaml"]).exits(0).prints("coarse: Matrix of 3 by 3");
    folder
        .run(&["score", FINDING, "-m", &model, "--methodology", "m.yaml", "--method", "coarse", "--set", "impact=low"])
        .exits(0)
        .prints("in the matrix of 3 by 3");
}

#[test]
fn recorded_scores_stay_as_they_are() {
    let folder = Folder::new();
    let model = root().join(PORTAL).to_string_lossy().into_owned();
    let score = |method: &str, at: &str| {
        let record =
            ["--write", "--record", "record.jsonl", "--who", "Ada Example", "--reason", "a second look", "--at", at];
        folder.run(&[&["score", FINDING, "-m", &*model, "--method", method][..], &record].concat())
    };
    score("dread", "2026-01-31T12:00:00Z").exits(0).says("recorded in record.jsonl");
    let first = folder.read("record.jsonl");
    score("nist-800-30", "2026-02-01T12:00:00Z").exits(0).says("an earlier score of this finding stays as it is");
    let second = folder.read("record.jsonl");
    assert_eq!(first.lines().next(), second.lines().next());
    let event: serde_json::Value = serde_json::from_str(second.lines().nth(1).expect("a second event")).expect("JSON");
    assert_eq!(
        (text(&event, "kind"), text(&event, "subject"), text(&event, "who")),
        ("scored", FINDING, "Ada Example")
    );
    assert_eq!(text(&event["details"], "method"), "nist-800-30");
    assert_eq!(text(&event["details"], "reason"), "a second look");
    // What was changed afterwards is not built upon.
    folder.write("record.jsonl", &second.replace("a second look", "a second book"));
    score("dread", "2026-02-02T12:00:00Z")
        .exits(2)
        .says("event 1 (`scored` of `unrestricted-upload@admin-portal`) was altered");
    assert_eq!(folder.read("record.jsonl"), second.replace("a second look", "a second book"));
}

#[test]
fn what_cannot_be_scored_says_why() {
    let refused = |arguments: &[&str], what: &str, help: &str| {
        run(&[&["score", "-m", PORTAL], arguments].concat()).exits(2).says(what).says(help);
    };
    refused(&["unrestricted-uplod@admin-portal"], "no finding", "did you mean");
    refused(&[FINDING, "--method", "dred"], "no method of scoring `dred`", "did you mean `dread`?");
    refused(&[FINDING, "--method", "dread", "--set", "damag=3"], "takes no `damag`", "did you mean `damage`?");
    refused(&[FINDING, "--method", "dread", "--set", "damage=13"], "does not take `13`", "0 to 10");
    refused(&[FINDING, "--method", "owasp-risk-rating", "--set", "privacy=5"], "count together", "financial");
    run(&["score", FINDING, "-m", PORTAL, "--reason", "r"]).exits(2).says("--write");
}
