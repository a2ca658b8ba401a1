//! `vauban explain`: findings, questions, paths and threats, by id.

use crate::support::{Folder, SMALL, SMALL_FINDING, list, run, text};

#[test]
fn a_finding_shows_rule_facts_places_risk_and_remedy() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    let result = folder.run(&["explain", SMALL_FINDING]).exits(0);
    for part in [
        "It stands on",
        "model.yaml:10:",
        "library/threats/",
        "Risk",
        "What would make it go away",
        "rate-limiting",
        "What to do",
    ] {
        assert!(result.out.contains(part), "`{part}` is missing in\n{}", result.out);
    }
    let json = folder.run(&["explain", SMALL_FINDING, "--json"]).exits(0).json();
    assert_eq!(text(&json, "id"), SMALL_FINDING);
}

#[test]
fn every_id_that_check_shows_can_be_explained() {
    let model = "examples/web-shop/model.yaml";
    let check = run(&["check", model, "--format", "json"]).exits(0).json();
    let ids = ["findings", "paths", "mitigated"]
        .iter()
        .flat_map(|key| list(&check, key).iter().map(|entry| text(entry, "id")));
    let questions = list(&check, "questions").iter().take(5).map(|q| text(q, "id"));
    for id in ids.chain(questions) {
        let result = run(&["explain", id, "--model", model]).exits(0);
        assert!(result.out.len() > 40, "{id}: {}", result.out);
    }
}

#[test]
fn a_threat_of_the_library_is_explained_by_its_id_alone() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder.run(&["explain", "sql-injection"]).exits(0).prints("Why it matters");
}
