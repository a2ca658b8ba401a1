//! `vauban export` and `vauban convert`: lists, dry runs, losses, and what comes back.

use crate::support::{Folder, root, run};

fn model(name: &str) -> String {
    root().join(name).to_str().expect("a path").to_owned()
}

#[test]
fn every_format_is_listed_with_what_it_carries() {
    let out = run(&["export", "--list"]).exits(0).out;
    for word in ["mermaid", "mtmt", "otm", "threat-dragon", "plantuml", "graphviz", "threagile", "spreadsheet", "csv"] {
        assert!(out.lines().any(|line| line.starts_with(word)), "{word} is missing in\n{out}");
    }
    assert_eq!(out.lines().count() % 2, 0);
    run(&["import", "--list"]).exits(0).prints("spreadsheet");
}

#[test]
fn a_dry_run_tells_facts_on_one_line_and_writes_nothing() {
    let folder = Folder::new();
    let result = folder.run(&["convert", &model("examples/web-shop/model.yaml"), "out.puml", "--dry-run"]).exits(0);
    let facts: Vec<&str> = result.err.lines().filter(|line| line.starts_with("  facts (")).collect();
    assert_eq!(facts.len(), 1, "{}", result.err);
    assert!(result.err.contains("Nothing was written."));
    assert!(!folder.path().join("out.puml").exists());
}

#[test]
fn nothing_is_lost_without_consent() {
    let folder = Folder::new();
    folder.run(&["convert", &model("examples/web-shop/model.yaml"), "out.dot", "--no-loss"]).exits(1).says("--no-loss");
    assert!(!folder.path().join("out.dot").exists());
    folder.run(&["convert", &model("examples/web-shop/model.yaml"), "out.otm", "--no-loss"]).exits(0);
    assert!(folder.path().join("out.otm").exists());
}

#[test]
fn a_workbook_comes_back_with_the_same_findings() {
    let folder = Folder::new();
    let path = model("cases/mobile-banking/model.yaml");
    folder.run(&["export", &path, "--output", "book.xlsx"]).exits(0);
    let ids = |run: crate::support::Run| run.out;
    let before = ids(folder.run(&["check", &path, "--format", "json"]));
    let after = ids(folder.run(&["check", "book.xlsx", "--format", "json"]));
    let count = |text: &str| text.matches("\"id\"").count();
    assert!(count(&before) > 20);
    assert_eq!(count(&before), count(&after));
}

#[test]
fn one_table_is_written_as_csv() {
    let path = model("cases/mobile-banking/model.yaml");
    let out = run(&["export", &path, "--format", "csv", "--sheet", "threats"]).exits(0).out;
    assert!(out.trim_start_matches('\u{feff}').starts_with("Id,Threat,Elements"), "{out:.200}");
    run(&["export", &path, "--format", "csv", "--sheet", "nothing"]).says("is no table");
}

#[test]
fn a_mapping_of_columns_is_named_or_kept_in_the_configuration() {
    let folder = Folder::new();
    folder.write("list.csv", "Bezeichnung,Wer,Typ,Zone\nShop,Rot,Server,DMZ\nLager,Blau,Datenbank,Intern\n");
    folder.run(&["import", "list.csv"]).exits(0).says("columns were taken as follows").prints("Lager");
    let mapping = "  table:\n    rows: components\n    columns:\n      Bezeichnung: name\n      Wer: description\n";
    folder.write("columns.yaml", &format!("columns:\n{mapping}"));
    folder.run(&["import", "list.csv", "--columns", "columns.yaml"]).exits(0).prints("description: Rot");
    folder.write("vauban.yaml", &format!("version: 1\ncolumns:\n{mapping}"));
    folder.run(&["import", "list.csv"]).exits(0).prints("description: Rot");
}
