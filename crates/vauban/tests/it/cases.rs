//! Models with what a senior reviewer expects of them, line by line.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{list, root, run, text};

/// Folders below `cases/` that hold a model with expectations.
fn cases() -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = std::fs::read_dir(root().join("cases"))
        .expect("there are cases")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("model.yaml").is_file())
        .collect();
    out.sort();
    assert!(out.len() >= 6, "only {} cases", out.len());
    out
}

/// The models of the cases and the web shop, by their path in the repository.
pub(crate) fn models() -> Vec<String> {
    let mut out: Vec<String> = cases().iter().map(|path| format!("cases/{}/model.yaml", name(path))).collect();
    out.push("examples/web-shop/model.yaml".to_owned());
    out
}

fn name(path: &Path) -> String {
    path.file_name().expect("it has a name").to_string_lossy().into_owned()
}

/// Fails unless a file has this text; with UPDATE_EXPECTED=1 writes it.
#[track_caller]
pub(crate) fn matches(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1") {
        std::fs::write(path, text).expect("the expectation can be written");
        return;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    if kept == text {
        return;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), text.lines().collect());
    let gone: Vec<String> = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}")).collect();
    let come: Vec<String> = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}")).collect();
    panic!(
        "{} no longer matches:\n{}\n{}\nUPDATE_EXPECTED=1 rewrites it; review every line of the difference.",
        path.display(),
        gone.join("\n"),
        come.join("\n")
    );
}

fn header(what: &str) -> String {
    format!(
        "# {what}\n# Reviewed line by line. UPDATE_EXPECTED=1 cargo test -p vauban --test it cases rewrites it; review what changed.\n"
    )
}

fn findings(check: &Value) -> String {
    let mut out = header("Every finding, worst first: its risk, its id.");
    for finding in list(check, "findings") {
        let status =
            if text(finding, "status") == "open" { String::new() } else { format!("  ({})", text(finding, "status")) };
        out.push_str(&format!("{:<9} {}{status}\n", text(finding, "risk"), text(finding, "id")));
    }
    out
}

fn stories(paths: &Value) -> String {
    let mut out = header("The worst attack paths that lean on nothing assumed, as stories.");
    for path in list(paths, "paths") {
        out.push_str(&format!("{:<9} {}\n", text(path, "risk"), text(path, "story")));
    }
    out
}

#[test]
fn findings_are_the_ones_a_reviewer_expects() {
    for case in cases() {
        let model = format!("cases/{}/model.yaml", name(&case));
        let check = run(&["check", &model, "--today", "2026-01-01", "--format", "json"]).exits(0).json();
        assert!(list(&check, "diagnostics").is_empty(), "{model}: {}", check["diagnostics"]);
        matches(&case.join("expected.findings.txt"), &findings(&check));
    }
}

#[test]
fn paths_are_the_ones_a_reviewer_expects() {
    for case in cases() {
        let model = format!("cases/{}/model.yaml", name(&case));
        let paths = run(&["paths", &model, "--confirmed", "--top", "12", "--format", "json"]).exits(0).json();
        matches(&case.join("expected.paths.txt"), &stories(&paths));
    }
}

#[test]
fn the_default_view_stays_readable() {
    for model in models() {
        let check = run(&["check", &model, "--format", "json"]).exits(0).json();
        let shown = list(&check, "findings").iter().filter(|f| f["shown"] == true).count();
        let components = list(&check["model"], "components").iter().filter(|c| c["in_scope"] == true).count();
        assert!(shown <= 3 * components, "{model}: {shown} findings shown on {components} components");
    }
}
