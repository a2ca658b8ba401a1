//! Decisions: they stay visible, lapse, are reported when nothing needs them, and lower what is left.

use serde_json::Value;

use crate::support::{Folder, SMALL, SMALL_FINDING, finding, list, open, text};

fn decided(decision: &str) -> Folder {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder.write(
        "model.decisions.yaml",
        &format!(
            "version: 1\ndecisions:\n  - threat: {SMALL_FINDING}\n    decision: {decision}\n    reason: Few callers.\n    \
             owner: us\n    approver: boss\n    until: 2030-06-30\n"
        ),
    );
    folder
}

fn check(folder: &Folder, today: &str) -> Value {
    folder.run(&["check", "model.yaml", "--today", today, "--format", "json"]).exits(0).json()
}

#[test]
fn an_accepted_threat_stays_visible_as_accepted() {
    let folder = decided("accept");
    let check = check(&folder, "2030-01-01");
    let found = finding(&check, SMALL_FINDING).expect("it stays");
    assert_eq!(text(found, "status"), "accepted");
    assert_eq!(text(&found["decision"], "reason"), "Few callers.");
    assert_eq!(text(&found["decision"], "approver"), "boss");
    assert_eq!(found["residual"]["risk"], found["risk"], "accepting changes nothing about the risk");
    folder.run(&["check", "model.yaml", "--today", "2030-01-01", "--fail-on", "low"]).prints("decided");
}

#[test]
fn a_decision_keeps_the_gate_open_until_it_lapses() {
    let folder = decided("accept");
    let gate = |today: &str| folder.run(&["check", "model.yaml", "--today", today, "--fail-on", "low"]);
    let others = open(&check(&folder, "2030-01-01")).len();
    let before = gate("2030-06-30");
    assert_eq!(before.code, i32::from(others > 0), "{}", before.err);
    gate("2030-07-01").exits(1).says("lapsed on 2030-06-30");
    assert!(open(&check(&folder, "2030-07-01")).contains(&SMALL_FINDING));
}

#[test]
fn mitigation_lowers_what_is_left_and_not_what_is() {
    let folder = decided("mitigate");
    let check = check(&folder, "2030-01-01");
    let found = finding(&check, SMALL_FINDING).expect("it stays");
    assert_eq!(text(found, "status"), "mitigating");
    let rank = |risk: &str| ["low", "medium", "high", "critical"].iter().position(|l| *l == risk);
    assert!(rank(text(&found["residual"], "risk")) < rank(text(found, "risk")), "{found}");
    assert_eq!(text(&found["residual"], "likelihood"), "rare");
}

#[test]
fn every_treatment_has_its_status() {
    for (treatment, status) in [
        ("accept", "accepted"),
        ("transfer", "transferred"),
        ("avoid", "avoided"),
        ("false-positive", "false-positive"),
    ] {
        let check = check(&decided(treatment), "2030-01-01");
        assert_eq!(text(finding(&check, SMALL_FINDING).expect("it stays"), "status"), status);
    }
}

#[test]
fn a_decision_nothing_needs_is_reported() {
    let folder = decided("accept");
    folder.write("model.yaml", &SMALL.replace("lacks", "controls"));
    let check = check(&folder, "2030-01-01");
    let codes: Vec<&str> = list(&check, "diagnostics").iter().map(|d| text(d, "code")).collect();
    assert_eq!(codes, ["decision-unused"], "{}", check["diagnostics"]);
}

#[test]
fn a_decision_without_reason_owner_or_day_has_no_effect() {
    let folder = decided("accept");
    for part in ["    reason: Few callers.\n", "    owner: us\n", "    until: 2030-06-30\n", "    approver: boss\n"] {
        let text = folder.read("model.decisions.yaml").replace(part, "");
        folder.write("short.yaml", &text);
        let result = folder.run(&["check", "model.yaml", "--decisions", "short.yaml", "--format", "json"]).exits(2);
        assert!(open(&result.json()).contains(&SMALL_FINDING), "{part}");
    }
}

#[test]
fn a_star_decides_about_a_threat_everywhere() {
    let folder = decided("accept");
    let all = folder.read("model.decisions.yaml").replace(SMALL_FINDING, "unlimited-requests@*");
    folder.write("model.decisions.yaml", &all);
    assert_eq!(text(finding(&check(&folder, "2030-01-01"), SMALL_FINDING).expect("it stays"), "status"), "accepted");
}
