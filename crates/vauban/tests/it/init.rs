//! `vauban init`: a first model that passes, whatever the answers.

use crate::support::{Folder, list, text};

const KINDS: &str = "nonsense";

fn kinds(folder: &Folder) -> Vec<String> {
    let err = folder.run(&["init", "x.yaml", "--kind", KINDS]).exits(2).err;
    let list = err.split("one of: ").nth(1).expect("the kinds are listed");
    list.trim().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_kind_writes_a_model_that_passes_without_a_word() {
    let folder = Folder::new();
    let kinds = kinds(&folder);
    assert!(kinds.len() >= 4, "{kinds:?}");
    for kind in &kinds {
        for internet in ["yes", "no"] {
            let file = format!("{kind}-{internet}.yaml");
            folder
                .run(&[
                    "init",
                    &file,
                    "--kind",
                    kind,
                    "--name",
                    "Über: shop #1",
                    "--data",
                    "restricted",
                    "--internet",
                    internet,
                ])
                .exits(0)
                .says("vauban check");
            let result = folder.run(&["check", &file, "--fail-on", "medium"]).exits(0);
            assert!(result.err.is_empty(), "{file}: {}", result.err);
            let check = folder.run(&["check", &file, "--format", "json"]).exits(0).json();
            assert!(list(&check, "diagnostics").is_empty(), "{file}");
            // Remarks on what is not drawn yet are all that a first model earns.
            let found: Vec<&str> =
                list(&check, "findings").iter().filter(|f| f["about_model"] != true).map(|f| text(f, "id")).collect();
            assert!(found.is_empty(), "{file}: {found:?}");
            assert!(!list(&check["model"], "components").is_empty());
            assert!(!list(&check, "questions").is_empty(), "{file}: a first model raises questions");
        }
    }
}

#[test]
fn nothing_is_asked_away_from_a_terminal_and_the_defaults_hold() {
    let folder = Folder::new();
    let result = folder.run(&["init"]).exits(0);
    assert!(result.out.is_empty(), "{}", result.out);
    folder.run(&["check"]).exits(0);
    assert!(folder.path().join("threat-model.yaml").is_file());
}

#[test]
fn an_existing_file_is_not_written_over() {
    let folder = Folder::new();
    folder.write("mine.yaml", "precious");
    folder.run(&["init", "mine.yaml"]).exits(2).says("already there").says("--force");
    assert_eq!(folder.read("mine.yaml"), "precious");
    folder.run(&["init", "mine.yaml", "--force"]).exits(0);
    assert_ne!(folder.read("mine.yaml"), "precious");
}

#[test]
fn a_wrong_answer_lists_the_right_ones() {
    let folder = Folder::new();
    folder.run(&["init", "--data", "top-secret"]).exits(2).says("public, internal, confidential, restricted");
    folder.run(&["init", "--internet", "perhaps"]).exits(2).says("yes");
}

#[test]
fn a_synthetic_model_reads_without_a_word() {
    let folder = Folder::new();
    folder.run(&["bench-model", "50", "--output", "big.yaml"]).exits(0);
    let result = folder.run(&["check", "big.yaml"]).exits(0);
    assert!(result.err.is_empty(), "{}", result.err);
    let check = folder.run(&["check", "big.yaml", "--format", "json"]).exits(0).json();
    assert!(list(&check, "diagnostics").is_empty());
    let count = |key: &str| list(&check["model"], key).len();
    assert_eq!((count("components"), count("flows"), count("data")), (50, 100, 5));
    folder.run(&["bench-model", "0"]).exits(2);
}
