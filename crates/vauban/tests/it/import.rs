//! `vauban import`: other tools' models in our format.

use crate::support::{Folder, list, root, run, text};

#[test]
fn the_formats_are_listed() {
    let out = run(&["import", "--list"]).exits(0).out;
    for format in ["threagile", "otm", "threat-dragon"] {
        assert!(out.contains(format), "{format} is missing in\n{out}");
    }
}

#[test]
fn data_goes_to_standard_output_and_what_was_inferred_to_standard_error() {
    let result = run(&["import", "examples/threagile-import/threagile.yaml"]).exits(0).says("note[").says("--output");
    assert!(result.out.contains("vauban: 1") && !result.out.contains("note["));
}

#[test]
fn our_own_format_comes_back_as_itself() {
    let folder = Folder::new();
    for name in ["web-shop", "admin-portal", "ci-gate"] {
        let model = root().join(format!("examples/{name}/model.yaml"));
        folder.run(&["import", model.to_str().expect("a path"), "--output", "again.yaml"]).exits(0);
        let ids = |run: crate::support::Run| -> Vec<String> {
            let check = run.exits(0).json();
            let entries = ["findings", "questions"].iter().flat_map(|key| list(&check, key));
            let mut ids: Vec<String> = entries.map(|entry| text(entry, "id").to_owned()).collect();
            // Decisions lie beside the original only, and what is decided comes last.
            ids.sort();
            ids
        };
        let before = ids(folder.run(&["check", model.to_str().expect("a path"), "--format", "json"]));
        let after = ids(folder.run(&["check", "again.yaml", "--format", "json"]));
        assert_eq!(before, after, "{name}");
    }
}

#[test]
fn a_broken_input_still_gives_what_could_be_read() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(root().join("examples/threagile-import/threagile.yaml")).expect("it is there");
    folder.write("broken.yaml", &text.replace("target: member-db", "target: nobody"));
    let result = folder.run(&["import", "broken.yaml"]).says("nobody");
    assert!(result.out.contains("member-db"), "{}", result.out);
}
