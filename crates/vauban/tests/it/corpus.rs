//! The public corpus of other tools' models: all of it imports, comes back whole, and stays readable.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Folder, corpus, files_below, list, run, run_in, text};

/// Models of the corpus that are read by themselves. Schemas, results and parts of models are not.
fn models(folders: &[&str]) -> Vec<PathBuf> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let model = |path: &PathBuf| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let inside = path.to_string_lossy().replace('\\', "/");
        !(name.ends_with(".md")
            || name.ends_with(".txt")
            || name.contains("schema")
            || inside.contains("/schema/")
            // A model of another format, and diagrams that other tools turn into models.
            || name.contains("tmbom"))
    };
    let mut out: Vec<PathBuf> =
        folders.iter().flat_map(|folder| files_below(&corpus.join(folder))).filter(model).collect();
    out.sort();
    out
}

fn open_threat_model_and_threat_dragon() -> Vec<PathBuf> {
    // `sl-*.yaml` are mapping files of a converter, not models.
    let mapping = |path: &PathBuf| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("sl-") && name.ends_with(".yaml") && {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            !text.contains("otmVersion")
        }
    };
    models(&["otm", "threat-dragon"]).into_iter().filter(|path| !mapping(path)).collect()
}

fn threagile() -> Vec<PathBuf> {
    let names = [
        "threagile.yaml",
        "threagile-example-model.yaml",
        "threagile-stub-model.yaml",
        "main.yaml",
        "threagile-minimalist.yaml",
    ];
    models(&["threagile", "threagile-thirdparty"])
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| names.contains(&&*name.to_string_lossy())))
        .collect()
}

fn counts(check: &Value) -> Vec<(&'static str, usize)> {
    ["components", "flows", "boundaries", "data", "identities"]
        .map(|key| (key, list(&check["model"], key).len()))
        .to_vec()
}

#[test]
fn every_model_imports_and_reads_back_whole() {
    let mut read = 0;
    for path in open_threat_model_and_threat_dragon().iter().chain(&threagile()) {
        let name = path.to_str().expect("a path");
        let folder = Folder::new();
        let direct = run(&["check", name, "--format", "json"]).exits(0).json();
        run_in(folder.path(), &["import", name, "--output", "first.yaml", "--today", "2026-01-01"]).exits(0);
        let ours = run_in(folder.path(), &["check", "first.yaml", "--today", "2026-01-01", "--format", "json"])
            .exits(0)
            .json();
        let errors: Vec<&Value> =
            list(&ours, "diagnostics").iter().filter(|d| text(d, "severity") == "error").collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!(counts(&direct), counts(&ours), "{name}");
        run_in(folder.path(), &["import", "first.yaml", "--output", "second.yaml"]).exits(0);
        assert_eq!(folder.read("first.yaml"), folder.read("second.yaml"), "{name}: importing twice is not stable");
        read += 1;
    }
    if corpus().is_some() {
        assert!(read >= 25, "only {read} models were read");
    }
}

#[test]
fn the_default_view_shows_at_most_three_open_findings_per_component() {
    for path in open_threat_model_and_threat_dragon().iter().chain(&threagile()) {
        let name = path.to_str().expect("a path");
        let check = run(&["check", name, "--format", "json"]).exits(0).json();
        let components = list(&check["model"], "components").iter().filter(|c| c["in_scope"] == true).count();
        let shown = list(&check, "findings").iter().filter(|f| f["shown"] == true).count();
        assert!(shown <= 3 * components.max(1), "{name}: {shown} shown on {components} components");
    }
}
