//! The record from the command line: who writes to it, what it refuses, and what an unreadable one is worth.

use std::process::Command;

use crate::support::{Folder, Run, SMALL, SMALL_FINDING};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder
}

fn add(folder: &Folder, more: &[&str]) -> Run {
    folder.run(&[&["evidence", "record", "add"][..], more, &["--who", "Ada", "--at", "2030-01-01"]].concat())
}

fn propose(folder: &Folder, who: &str, until: &str) -> Run {
    let what =
        ["treat", "propose", SMALL_FINDING, "--model", "model.yaml", "--treatment", "accept", "--reason", "Few."];
    folder.run(&[&what[..], &["--owner", "Ada", "--until", until, "--who", who, "--at", "2030-01-01"]].concat())
}

#[test]
fn names_that_only_look_different_are_refused_or_the_same() {
    let folder = folder();
    propose(&folder, "Ada", "2030-06-30").exits(0);
    let approve = |who: &str| {
        folder.run(&["treat", "approve", SMALL_FINDING, "-m", "model.yaml", "--who", who, "--at", "2030-01-02"])
    };
    approve("Ada\u{200b}").exits(2).says("the character U+200B, which shows nothing");
    approve("A\u{1b}[0mda").exits(2).says("U+001B");
    for same in ["ADA", "A\u{200d}da", "\u{a0}Ada"] {
        approve(same).exits(1).says("somebody else");
    }
    approve("Bob").exits(0);
}

#[test]
fn what_belongs_to_a_treatment_is_not_written_down_by_hand() {
    let folder = folder();
    for kind in ["proposed", "approved", "rejected", "started", "implemented", "verified", "withdrawn"] {
        add(&folder, &[kind, SMALL_FINDING]).exits(2).says("`vauban treat` does it");
    }
    for kind in ["review-started", "review-closed"] {
        add(&folder, &[kind, "review:2030-Q1"]).exits(2).says("not written down by hand");
    }
    add(&folder, &["approved", "model"]).exits(0);
    add(&folder, &["verified", "control:mfa@web"]).exits(0);
}

#[test]
fn a_detail_that_would_be_lost_and_a_correction_of_nothing_are_refused() {
    let folder = folder();
    let twice = ["incident", "model", "--detail", "reason=a", "--detail", "reason=b"];
    add(&folder, &twice).exits(2).says("`--detail reason` is given twice");
    add(&folder, &["corrected", "model"]).exits(2).says("does not say what was wrong");
    add(&folder, &["corrected", "model", "--detail", "corrects=nope"]).exits(2).says("no event with the hash `nope`");
    assert!(!folder.path().join("vauban.record.jsonl").exists(), "nothing was written down");
}

#[test]
fn a_record_that_cannot_be_read_does_not_count_as_none() {
    let folder = folder();
    propose(&folder, "Ada", "2030-06-30").exits(0);
    let path = folder.path().join("vauban.record.jsonl");
    let mut bytes = std::fs::read(&path).unwrap();
    // A byte that is no text, where a replacement could pass for what was there.
    let at = bytes.windows(3).position(|it| it == b"Ada").unwrap();
    bytes[at] = 0xFF;
    std::fs::write(&path, &bytes).unwrap();
    folder.run(&["check", "model.yaml"]).exits(2).says("is not UTF-8");
    folder.run(&["evidence", "record", "verify"]).exits(1).prints("is not UTF-8");
    add(&folder, &["incident", "model"]).exits(2).says("is not UTF-8");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    folder.run(&["check", "model.yaml"]).exits(2).says("cannot be read");
    folder.write("vauban.yaml", "version: 1\nmodel: model.yaml\nrecord: elsewhere.jsonl\n");
    let told = folder.run(&["check", "model.yaml"]).exits(0);
    assert!(
        format!("{}{}", told.out, told.err).contains("`elsewhere.jsonl` that the configuration names is not there")
    );
}

#[test]
fn those_who_write_at_the_same_time_wait_for_one_another() {
    let folder = folder();
    let children: Vec<_> = (0..6)
        .map(|number| {
            Command::new(env!("CARGO_BIN_EXE_vauban"))
                .current_dir(folder.path())
                .args(["evidence", "record", "add", "incident", "model", "--who", "Ada", "--at", "2030-01-01"])
                .args(["--detail", &format!("reason={number}")])
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    folder.run(&["evidence", "record", "verify"]).exits(0).prints("6 events, intact");
    assert!(!folder.path().join("vauban.record.jsonl.lock").exists(), "it is given back");
}

#[cfg(target_os = "linux")]
#[test]
fn a_lock_that_was_left_behind_is_told_with_what_to_do() {
    let folder = folder();
    // A number that no process can have.
    let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let processes = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    folder.write("vauban.record.jsonl.lock", &format!("4294967295 {}{}", start.trim(), processes.display()));
    add(&folder, &["incident", "model"]).exits(2).says("runs no more").says("then delete");
    propose(&folder, "Ada", "2030-06-30").exits(2).says("runs no more");
    assert!(!folder.path().join("model.decisions.yaml").exists(), "decisions wait for the lock too");
    std::fs::remove_file(folder.path().join("vauban.record.jsonl.lock")).unwrap();
    add(&folder, &["incident", "model"]).exits(0);
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_who_may_read_stays_as_it_was() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = folder();
    add(&folder, &["incident", "model"]).exits(0);
    let (link, real) = (folder.path().join("vauban.record.jsonl"), folder.path().join("kept/record.jsonl"));
    std::fs::create_dir(folder.path().join("kept")).unwrap();
    std::fs::rename(&link, &real).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("kept/record.jsonl", &link).unwrap();
    add(&folder, &["incident", "model"]).exits(0);
    assert!(std::fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    folder.run(&["evidence", "record", "verify"]).exits(0).prints("2 events, intact");
    std::fs::remove_file(&real).unwrap();
    add(&folder, &["incident", "model"]).exits(2).says("leads nowhere");
}

#[test]
fn codes_for_the_terminal_are_shown_and_not_obeyed() {
    let folder = folder();
    add(&folder, &["incident", "mo\u{1b}[31mdel", "--detail", "re\u{1b}ason=\u{1b}]0;x\u{7}"]).exits(0);
    let shown = folder.run(&["evidence", "record", "show"]).exits(0).out;
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}') && shown.contains("incident"), "{shown:?}");
    let what = ["treat", "propose", SMALL_FINDING, "--model", "model.yaml", "--treatment", "mitigate"];
    let more = ["--reason", "a\u{1b}[2Jb", "--owner", "Ada", "--who", "Ada", "--at", "2030-01-01"];
    folder.run(&[&what[..], &more].concat()).exits(0);
    for format in ["text", "csv", "markdown", "json"] {
        let listed =
            folder.run(&["treat", "list", "model.yaml", "--today", "2030-01-02", "--format", format]).exits(0).out;
        assert!(!listed.contains('\u{1b}') && listed.contains("mitigate"), "{format}: {listed:?}");
    }
}

#[test]
fn days_that_are_past_are_refused() {
    let folder = folder();
    propose(&folder, "Ada", "2029-12-31").exits(2).says("`--until 2029-12-31` is past");
    let due = [
        "treat",
        "propose",
        SMALL_FINDING,
        "--model",
        "model.yaml",
        "--treatment",
        "mitigate",
        "--reason",
        "Soon.",
        "--owner",
        "Ada",
    ];
    let late = ["--who", "Ada", "--at", "2030-01-01", "--due", "2029-12-31"];
    folder.run(&[&due[..], &late].concat()).exits(2).says("`--due 2029-12-31` is past");
    propose(&folder, "Ada", "2030-01-01").exits(0);
    let close = ["review", "close", "model.yaml", "--people", "Ada", "--outcome", "no-change", "--who", "Ada"];
    folder.run(&[&close[..], &["--at", "2030-01-01", "--next", "2029-06-01"]].concat()).exits(2).says("no later than");
    folder.run(&[&close[..], &["--at", "2030-01-01", "--next", "2030-06-01"]].concat()).exits(0);
}

#[test]
fn what_is_accepted_is_not_carried_out() {
    let folder = folder();
    propose(&folder, "Ada", "2030-06-30").exits(0);
    let step = |what: &str, who: &str| {
        folder.run(&["treat", what, SMALL_FINDING, "-m", "model.yaml", "--who", who, "--at", "2030-01-02"])
    };
    step("approve", "Bob").exits(0);
    for what in ["start", "implement", "verify"] {
        step(what, "Ada").exits(2).says("nothing that is carried out");
    }
}

#[test]
fn a_review_names_the_commit_only_where_the_model_is_the_one_in_it() {
    let folder = folder();
    let git = |arguments: &[&str]| {
        let run = Command::new("git").current_dir(folder.path()).args(arguments).output().unwrap();
        assert!(run.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "model.yaml"]);
    git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x"]);
    let close = |day: &str| {
        let close = ["review", "close", "model.yaml", "--people", "Ada", "--outcome", "no-change", "--who", "Ada"];
        folder.run(&[&close[..], &["--id", day, "--at", day]].concat()).exits(0)
    };
    let last = || folder.read("vauban.record.jsonl").lines().rev().nth(1).unwrap().to_owned();
    assert!(!close("2030-01-01").err.contains("not committed"));
    assert!(last().contains("\"revision\":"), "{}", last());
    folder.write("model.yaml", &SMALL.replace("owner: us", "owner: them"));
    close("2030-01-02").says("The model is not committed as it is");
    assert!(!last().contains("\"revision\":") && last().contains("\"uncommitted\":\"yes\""), "{}", last());
}

#[test]
fn a_treatment_that_was_carried_out_is_no_mistake_and_shown_once() {
    let folder = folder();
    let treat = |what: &str, more: &[&str]| {
        folder.run(&[&["treat", what, SMALL_FINDING, "-m", "model.yaml"][..], more].concat()).exits(0)
    };
    let propose = ["--treatment", "mitigate", "--reason", "Gateway.", "--owner", "Ada"];
    treat("propose", &[&propose[..], &["--who", "Ada", "--at", "2030-01-01"]].concat());
    treat("approve", &["--who", "Bob", "--at", "2030-01-02"]);
    folder.write("model.yaml", &SMALL.replace("lacks: [rate-limiting]", "controls: [rate-limiting]"));
    treat("verify", &["--who", "Bob", "--at", "2030-01-03"]);
    let shown = treat("show", &["--today", "2030-01-04"]).out;
    assert_eq!(shown.matches("`rate-limiting` is there").count(), 1, "{shown}");
    let told = folder.run(&["check", "model.yaml", "--today", "2030-01-04"]).exits(0);
    assert!(!format!("{}{}", told.out, told.err).contains("applies to nothing"), "{}", told.err);
}

#[test]
fn nothing_holds_from_before_it_was_proposed() {
    let folder = folder();
    let step = |what: &str, who: &str, at: &str, more: &[&str]| {
        let id = ["treat", what, SMALL_FINDING, "-m", "model.yaml", "--who", who, "--at", at];
        folder.run(&[&id[..], more].concat())
    };
    let words = ["--treatment", "accept", "--reason", "Few.", "--owner", "Ada", "--until", "2030-12-31"];
    step("propose", "Ada", "2030-08-01", &words).exits(0);
    step("approve", "Grace", "2030-08-02", &[]).exits(0);
    step("approve", "Grace", "2030-08-20", &["--effective", "2030-01-02"]).exits(2).says("proposed for 2030-08-01");
    step("propose", "Ada", "2030-08-20", &[&words[..], &["--effective", "2030-01-02"]].concat()).exits(2);
    let withdrawn = ["--effective", "2030-07-31", "--reason", "No."];
    step("withdraw", "Ada", "2030-08-20", &withdrawn).exits(2).says("2030-08-01 or a later day");
    // Late, and in its order.
    step("withdraw", "Ada", "2030-08-20", &["--effective", "2030-08-02", "--reason", "No."]).exits(0);
}

#[test]
fn a_name_that_was_exchanged_after_the_approval_is_told() {
    let folder = folder();
    propose(&folder, "Ada", "2030-06-30").exits(0);
    folder
        .run(&["treat", "approve", SMALL_FINDING, "-m", "model.yaml", "--who", "Grace", "--at", "2030-01-02"])
        .exits(0);
    let check = || folder.run(&["check", "model.yaml", "--today", "2030-02-01"]);
    assert!(!check().err.contains("decision-name-differs"), "{}", check().err);
    let decisions = folder.read("model.decisions.yaml");
    assert!(decisions.contains("approver: Grace"), "{decisions}");
    folder.write("model.decisions.yaml", &decisions.replace("approver: Grace", "approver: Eve"));
    let told = check();
    assert!(told.err.contains("decision-name-differs") && told.err.contains("`Eve`"), "{}", told.err);
    // Another owner is another decision; the same in other letters is not.
    folder.write("model.decisions.yaml", &decisions.replace("owner: Ada", "owner: Eve"));
    let told = check();
    assert!(
        told.err.contains("approval-lapsed") && told.err.contains("`owner` was `Ada` and is `Eve`"),
        "{}",
        told.err
    );
    folder.write("model.decisions.yaml", &decisions.replace("owner: Ada", "owner: ADA"));
    assert!(!check().err.contains("approval-lapsed"), "{}", check().err);
    folder.write("model.decisions.yaml", &decisions.replace("until: 2030-06-30", "until: 2030-07-31"));
    assert!(check().err.contains("approval-lapsed"), "a later day is more than what was approved");
}

#[test]
fn a_review_by_those_who_made_the_model_is_not_independent() {
    let folder = folder();
    propose(&folder, "Ada", "2030-06-30").exits(0);
    let close = |people: &str, who: &str, more: &[&str]| {
        let words = ["review", "close", "model.yaml", "--outcome", "no-change", "--people", people, "--who", who];
        folder.run(&[&words[..], &["--at", "2030-02-01"], more].concat())
    };
    let independent = ["--independent"];
    for (people, who) in [("Ada, Grace", "Grace"), ("Grace", "ada"), ("Ada <ada@example.com>", "Grace")] {
        let told = close(people, who, &independent).exits(1);
        assert!(told.err.contains("The rules say no"), "{}", told.err);
    }
    close("Grace, Heidi", "Grace", &independent).exits(0);
}
