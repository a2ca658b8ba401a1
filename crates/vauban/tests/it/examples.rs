//! The examples run as their READMEs say.

use crate::support::{Folder, list, open, root, run, run_in, text};

#[test]
fn every_example_has_a_readme_whose_commands_run() {
    let examples = root().join("examples");
    let mut ran = 0;
    for entry in std::fs::read_dir(&examples).expect("there are examples").flatten() {
        if !entry.path().is_dir() {
            continue;
        }
        let readme = entry.path().join("README.md");
        let page = std::fs::read_to_string(&readme).unwrap_or_else(|error| panic!("{}: {error}", readme.display()));
        // What a command writes lands in a folder of its own, from which the examples are seen as from the repository.
        let folder = Folder::new();
        copy(&examples, &folder.path().join("examples"));
        let mut shell = false;
        for line in page.lines() {
            if let Some(language) = line.strip_prefix("```") {
                shell = language == "sh";
                continue;
            }
            let Some(command) = line.trim().strip_prefix("vauban ").filter(|_| shell) else { continue };
            let (command, remark) = command.split_once(" #").unwrap_or((command, ""));
            let arguments: Vec<&str> = command.split_ascii_whitespace().collect();
            let code = i32::from(remark.trim().starts_with("no:"));
            folder.run(&arguments).exits(code);
            ran += 1;
        }
    }
    assert!(ran >= 12, "only {ran} commands were found in the READMEs");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for file in crate::support::files_below(from) {
        let target = to.join(file.strip_prefix(from).expect("it is below"));
        std::fs::create_dir_all(target.parent().expect("it has a folder")).expect("a folder can be made");
        std::fs::copy(&file, &target).expect("a file can be copied");
    }
}

#[test]
fn every_model_of_the_examples_reads_without_a_word() {
    for name in ["web-shop", "admin-portal", "ci-gate", "own-library"] {
        let mut arguments = vec!["check".to_owned(), format!("examples/{name}/model.yaml")];
        arguments.extend(["--today", "2026-01-01", "--format", "json"].map(str::to_owned));
        if name == "own-library" {
            arguments.extend(["--library".to_owned(), format!("examples/{name}/our-library")]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let check = run(&arguments).exits(0).json();
        assert!(list(&check, "diagnostics").is_empty(), "{name}: {}", check["diagnostics"]);
    }
}

#[test]
fn the_web_shop_fits_on_a_screen_and_its_worst_path_joins_two_gaps() {
    let text_of_model = std::fs::read_to_string(root().join("examples/web-shop/model.yaml")).expect("it is there");
    assert!(text_of_model.lines().count() <= 50);
    let check = run(&["check", "examples/web-shop/model.yaml", "--format", "json"]).exits(0).json();
    let worst = &list(&check, "paths")[0];
    assert_eq!(text(worst, "risk"), "critical");
    let rules: Vec<&str> = list(worst, "steps").iter().map(|s| text(s, "rule")).collect();
    assert!(rules.contains(&"unrestricted-upload") && rules.contains(&"over-privileged-identity"), "{rules:?}");
}

#[test]
fn checking_uploads_takes_the_web_shop_s_critical_paths_away() {
    let model = std::fs::read_to_string(root().join("examples/web-shop/model.yaml")).expect("it is there");
    let folder = Folder::new();
    let mended = model.replace("lacks: [upload-validation]", "controls: [upload-validation]");
    assert_ne!(mended, model);
    folder.write("model.yaml", &mended);
    let check = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    let left =
        list(&check, "paths").iter().filter(|p| text(p, "risk") == "critical" && list(p, "assumptions").is_empty());
    assert_eq!(left.count(), 0);
}

#[test]
fn the_gate_of_the_example_is_fine_until_a_decision_lapses() {
    let folder = root().join("examples/ci-gate");
    run_in(&folder, &["check", "--today", "2026-01-01"]).exits(0).prints("2 decided");
    run_in(&folder, &["check", "--today", "2031-05-01"]).exits(1).says("lapsed on 2031-03-31");
    run_in(&folder, &["check", "--today", "2031-07-01"]).exits(1).says("lapsed on 2031-06-30");
}

#[test]
fn the_own_library_adds_replaces_and_switches_off() {
    let with = [
        "check",
        "examples/own-library/model.yaml",
        "--library",
        "examples/own-library/our-library",
        "--format",
        "json",
    ];
    let own = run(&with).exits(0).json();
    assert!(open(&own).contains(&"refund-to-any-account@refund-desk"), "{:?}", open(&own));
    let shown =
        run(&["library", "show", "unlimited-requests", "--library", "examples/own-library/our-library"]).exits(0).out;
    assert!(shown.contains("low"), "{shown}");
    run(&["library", "show", "refund-fraud", "--library", "examples/own-library/our-library"]).exits(2);
    run(&["library", "show", "refund-fraud"]).exits(0);
}

#[test]
fn the_threagile_example_keeps_its_decision_through_the_import() {
    let folder = Folder::new();
    let source = root().join("examples/threagile-import/threagile.yaml");
    let source = source.to_str().expect("a path");
    let direct = run(&["check", source, "--format", "json"]).exits(0).json();
    folder
        .run(&["import", source, "--output", "club/model.yaml", "--today", "2026-03-01"])
        .exits(0)
        .says("1 decision written");
    let ours = folder.run(&["check", "club/model.yaml", "--today", "2026-04-01", "--format", "json"]).exits(0).json();
    assert!(list(&ours, "diagnostics").is_empty(), "{}", ours["diagnostics"]);
    let status = |check: &serde_json::Value| -> Vec<(String, String)> {
        list(check, "findings").iter().map(|f| (text(f, "id").to_owned(), text(f, "status").to_owned())).collect()
    };
    assert_eq!(status(&direct), status(&ours));
    assert!(status(&ours).iter().any(|(_, status)| status == "accepted"));
}
