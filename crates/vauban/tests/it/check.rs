//! `vauban check`: the gate, its exit codes, where its output goes, and what it counts.

use std::process::Command;

use crate::support::{Folder, SMALL, SMALL_FINDING, list, open, run, run_with, text};

#[test]
fn findings_alone_do_not_fail() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder.run(&["check", "model.yaml"]).exits(0).prints(SMALL_FINDING);
}

#[test]
fn the_gate_says_no_from_the_risk_it_was_told() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    let check = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    let levels = ["low", "medium", "high", "critical"];
    let worst = list(&check, "findings")
        .iter()
        .filter_map(|f| levels.iter().position(|level| *level == text(f, "risk")))
        .max()
        .expect("there are findings");
    for (at, level) in levels.iter().enumerate() {
        let result = folder.run(&["check", "model.yaml", "--fail-on", level]);
        if at <= worst {
            result.exits(1).says("The gate says no");
        } else {
            result.exits(0);
        }
    }
    folder.run(&["check", "model.yaml", "--fail-on", "never"]).exits(0);
}

#[test]
fn data_goes_to_standard_output_and_narration_to_standard_error() {
    let folder = Folder::new();
    folder.write("model.yaml", &SMALL.replace("[rate-limiting]", "[rate-limiting, wizardry]"));
    let result = folder.run(&["check", "model.yaml", "--fail-on", "low"]).exits(1);
    assert!(result.out.contains(SMALL_FINDING) && !result.err.contains(SMALL_FINDING));
    assert!(result.err.contains("wizardry") && !result.out.contains("wizardry"));
    assert!(result.err.contains("The gate says no") && !result.out.contains("The gate"));
    let json = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0);
    assert!(json.err.is_empty(), "JSON carries its diagnostics itself: {}", json.err);
    assert_eq!(list(&json.json(), "diagnostics").len(), 1);
}

#[test]
fn a_file_takes_the_output_whole() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    let printed = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0);
    let written = folder.run(&["check", "model.yaml", "--format", "json", "--output", "out.json"]).exits(0);
    assert!(written.out.is_empty());
    assert_eq!(folder.read("out.json"), printed.out);
}

#[test]
fn no_colours_leave_the_program_unless_a_person_looks() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    for variables in [&[][..], &[("NO_COLOR", "1")][..]] {
        let result = run_with(folder.path(), &["check", "model.yaml"], variables);
        assert!(!result.out.contains('\u{1b}') && !result.err.contains('\u{1b}'));
    }
}

#[test]
fn a_configuration_says_what_flags_can_say() {
    let folder = Folder::new();
    folder.write("models/shop.yaml", SMALL);
    folder.write("vauban.yaml", "version: 1\nmodel: models/shop.yaml\nfail_on: low\n");
    folder.run(&["check"]).exits(1).prints(SMALL_FINDING);
    folder.run(&["check", "models/shop.yaml"]).exits(1);
    folder.run(&["check", "models"]).exits(2);
    folder.run(&["check", "--fail-on", "never"]).exits(0);
}

#[test]
fn a_baseline_leaves_only_what_is_new_or_worse() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder.run(&["check", "model.yaml", "--format", "json", "--output", "before.json"]).exits(0);
    let gate = ["check", "model.yaml", "--baseline", "before.json", "--fail-on", "low"];
    folder.run(&gate).exits(0);
    let worse = SMALL.replace("[rate-limiting]", "[rate-limiting, generic-error-messages]");
    folder.write("model.yaml", &worse);
    folder.run(&gate).exits(1).says("1 new or worse open threat");
    let json = folder.run(&["check", "model.yaml", "--baseline", "before.json", "--format", "json"]).json();
    let new: Vec<&str> = list(&json, "findings").iter().filter(|f| f["new"] == true).map(|f| text(f, "id")).collect();
    assert_eq!(new, ["revealing-error-messages@web"]);
    // The same finding with more at stake is worse.
    let dearer = SMALL.replace("owner: us}", "owner: us, criticality: critical}");
    folder.write("model.yaml", &dearer);
    folder.run(&gate).exits(1);
    folder.write("nonsense.json", "{}");
    folder.run(&["check", "model.yaml", "--baseline", "nonsense.json"]).exits(2).says("no `findings`");
}

#[test]
fn a_baseline_in_the_configuration_is_found_beside_it() {
    let folder = Folder::new();
    folder.write("a/model.yaml", SMALL);
    folder.run(&["check", "a/model.yaml", "--format", "json", "--output", "a/before.json"]).exits(0);
    folder.write("a/vauban.yaml", "version: 1\nmodel: model.yaml\nbaseline: before.json\nfail_on: low\n");
    folder.run(&["check", "a/model.yaml"]).exits(0);
    folder.run(&["check", "a"]).exits(0);
}

fn git(folder: &Folder, arguments: &[&str]) {
    let status = Command::new("git")
        .current_dir(folder.path())
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.org",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .output()
        .expect("git runs");
    assert!(status.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
}

#[test]
fn what_git_lacks_is_named_with_its_remedy() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    let check = ["check", "model.yaml", "--against", "origin/main"];
    git(&folder, &["init", "--quiet"]);
    folder.run(&check).exits(2).says("the git repository has no commit yet");
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "first"]);
    folder.run(&check).exits(2).says("git knows no revision `origin/main`");
    git(&folder, &["remote", "add", "origin", "https://git.example/none"]);
    let told = folder.run(&check).exits(2);
    let told = told.says("`git fetch origin main`").says("`fetch-depth: 0`");
    assert!(!told.err.contains("vauban init"), "{}", told.err);
}

#[test]
fn a_git_revision_is_something_to_compare_with() {
    let folder = Folder::new();
    git(&folder, &["init", "--quiet"]);
    folder.write("deep/model.yaml", SMALL);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "first"]);
    let gate = ["check", "deep/model.yaml", "--against", "HEAD", "--fail-on", "low"];
    folder.run(&gate).exits(0);
    folder.write("deep/model.yaml", &SMALL.replace("[rate-limiting]", "[rate-limiting, generic-error-messages]"));
    folder.run(&gate).exits(1).says("1 new or worse open threat");
    folder.run(&["check", "deep/model.yaml", "--against", "HEAD"]).exits(1);
    folder.run(&["check", "deep/model.yaml", "--against", "no-such-branch"]).exits(2).says("no-such-branch");
    folder.run(&["check", "deep/model.yaml", "--against", "--output=x"]).exits(2);
    let different = folder.run(&["diff", "HEAD:deep/model.yaml", "deep/model.yaml"]).exits(0);
    assert!(different.out.contains("error"), "{}", different.out);
}

#[test]
fn all_shows_more_than_the_default_and_never_less() {
    let default = run(&["check", "examples/web-shop/model.yaml"]).exits(0).out;
    let all = run(&["check", "examples/web-shop/model.yaml", "--all"]).exits(0).out;
    let check = run(&["check", "examples/web-shop/model.yaml", "--format", "json"]).exits(0).json();
    for id in open(&check) {
        assert!(all.contains(id), "--all leaves out {id}");
    }
    let ids = |text: &str| open(&check).iter().filter(|id| text.contains(**id)).count();
    assert!(ids(&default) <= ids(&all));
}
