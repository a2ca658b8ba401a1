//! Treatments from the command line: stages, approvals that lapse, registers; reviews and metrics over the same record.

use crate::support::{Folder, Run, SMALL, SMALL_FINDING, finding, list, open, text};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder
}

fn treat(folder: &Folder, what: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["treat", what, SMALL_FINDING, "--model", "model.yaml"];
    arguments.extend(more);
    folder.run(&arguments)
}

fn accept(folder: &Folder) {
    let propose = ["--treatment", "accept", "--reason", "Few callers.", "--owner", "Ada", "--until", "2030-06-30"];
    treat(folder, "propose", &[&propose[..], &["--who", "Ada", "--at", "2030-01-01"]].concat()).exits(0);
    treat(folder, "approve", &["--who", "Bob", "--role", "CISO", "--at", "2030-01-02"]).exits(0);
}

fn check(folder: &Folder, today: &str) -> serde_json::Value {
    folder.run(&["check", "model.yaml", "--today", today, "--format", "json"]).exits(0).json()
}

fn status(folder: &Folder, today: &str) -> String {
    let check = check(folder, today);
    text(finding(&check, SMALL_FINDING).expect("it stays"), "status").to_owned()
}

fn stage(folder: &Folder, today: &str) -> String {
    let listed = folder.run(&["treat", "list", "model.yaml", "--today", today, "--format", "json"]).exits(0).json();
    text(&list(&listed, "treatments")[0], "stage").to_owned()
}

#[test]
fn a_proposal_has_no_effect_until_somebody_else_approves_it() {
    let folder = folder();
    let propose =
        ["--treatment", "accept", "--reason", "Few.", "--owner", "Ada", "--until", "2030-06-30", "--at", "2030-01-01"];
    treat(&folder, "propose", &[&propose[..], &["--who", "Ada"]].concat()).exits(0);
    assert_eq!((stage(&folder, "2030-01-01"), status(&folder, "2030-01-01")), ("proposed".into(), "open".into()));
    treat(&folder, "approve", &["--who", "ada ", "--at", "2030-01-02"]).exits(1).says("somebody else");
    treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-02"]).exits(0);
    assert_eq!((stage(&folder, "2030-01-02"), status(&folder, "2030-01-02")), ("approved".into(), "accepted".into()));
    treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-03"]).exits(2).says("is approved");
}

#[test]
fn an_approval_lapses_when_what_it_approved_changes_and_not_when_lines_do() {
    let folder = folder();
    accept(&folder);
    folder.write("model.yaml", &format!("# A remark\n\n{SMALL}"));
    assert_eq!(status(&folder, "2030-02-01"), "accepted", "lines moved, nothing else");
    let more = SMALL
        .replace("  browser: {", "  partner: {technology: web-service-rest, in: internet}\n  browser: {")
        .replace("flows:\n", "flows:\n  partner -> web: {protocol: https, carries: [orders]}\n");
    folder.write("model.yaml", &more);
    assert_eq!(stage(&folder, "2030-02-01"), "lapsed");
    assert!(open(&check(&folder, "2030-02-01")).contains(&SMALL_FINDING));
    let run = folder.run(&["check", "model.yaml", "--today", "2030-02-01"]).exits(0);
    let told = format!("{}{}", run.out, run.err);
    assert!(
        told.contains("the approval of `accept` on `unlimited-requests@web` lapsed: the elements it concerns: new"),
        "{told}"
    );
    folder.write("model.yaml", SMALL);
    assert_eq!(status(&folder, "2030-02-01"), "accepted", "as it was approved");
    // A decision that is edited after it was approved is another decision.
    let decisions = folder.read("model.decisions.yaml");
    folder.write("model.decisions.yaml", &decisions.replace("2030-06-30", "2035-06-30"));
    assert_eq!(stage(&folder, "2030-02-01"), "lapsed");
    treat(&folder, "show", &["--today", "2030-02-01"]).exits(0).prints("`until` was `2030-06-30` and is `2035-06-30`");
    folder.write("model.decisions.yaml", &decisions.replace("2030-06-30", "2030-03-31"));
    assert_eq!(stage(&folder, "2030-02-01"), "approved", "shorter than approved");
    assert_eq!(stage(&folder, "2030-04-01"), "expired");
}

#[test]
fn without_a_record_nothing_changes_for_a_decisions_file() {
    let folder = folder();
    let by_hand = format!(
        "version: 1\ndecisions:\n  - threat: {SMALL_FINDING}\n    decision: accept\n    reason: Few.\n    owner: us\n    approver: boss\n    until: 2030-06-30\n"
    );
    folder.write("model.decisions.yaml", &by_hand);
    assert_eq!(status(&folder, "2030-01-01"), "accepted");
    let quiet = folder.run(&["check", "model.yaml", "--today", "2030-01-01"]).exits(0);
    assert!(!quiet.err.contains("record") && !quiet.out.contains("decision-not-recorded"), "{}", quiet.err);
    folder.run(&["evidence", "record", "add", "incident", "model", "--who", "Ada", "--at", "2030-01-01"]).exits(0);
    assert_eq!(status(&folder, "2030-01-01"), "accepted", "it still holds");
    let told = folder.run(&["check", "model.yaml", "--today", "2030-01-01"]).exits(0);
    assert!(format!("{}{}", told.out, told.err).contains("the record has no approval of it"), "{}", told.err);
    // Approving it takes it into the record.
    treat(&folder, "approve", &["--who", "boss", "--at", "2030-01-02"]).exits(0);
    let told = folder.run(&["check", "model.yaml", "--today", "2030-01-02"]).exits(0);
    assert!(!format!("{}{}", told.out, told.err).contains("the record has no approval"), "{}", told.err);
}

#[test]
fn a_mitigation_goes_through_its_stages_and_the_model_shows_it() {
    let folder = folder();
    let propose = ["--treatment", "mitigate", "--reason", "Gateway.", "--owner", "Ada", "--due", "2030-02-01"];
    treat(
        &folder,
        "propose",
        &[&propose[..], &["--control", "rate-limiting", "--who", "Ada", "--at", "2030-01-01"]].concat(),
    )
    .exits(0);
    treat(&folder, "start", &["--who", "Ada", "--at", "2030-01-02"]).exits(2).says("cannot be started");
    treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-02"]).exits(0);
    treat(&folder, "start", &["--who", "Ada", "--at", "2030-01-03"]).exits(0);
    assert_eq!(stage(&folder, "2030-01-03"), "in-progress");
    folder.run(&["treat", "list", "model.yaml", "--today", "2030-02-02", "--gate"]).exits(1).prints("overdue");
    treat(&folder, "implement", &["--who", "Ada", "--at", "2030-01-20"]).exits(0);
    treat(&folder, "verify", &["--who", "Bob", "--at", "2030-01-21"]).exits(1).says("nothing in the model shows");
    let told = folder.run(&["check", "model.yaml", "--today", "2030-01-20"]).exits(0);
    let told = format!("{}{}", told.out, told.err);
    assert!(told.contains("implemented by the record, and the model says that it is not there"), "{told}");
    folder.write("model.yaml", &SMALL.replace("lacks: [rate-limiting]", "controls: [rate-limiting]"));
    assert_eq!(stage(&folder, "2030-01-21"), "verified");
    treat(&folder, "verify", &["--who", "Bob", "--at", "2030-01-21"]).exits(0).says("`rate-limiting` is there");
    treat(&folder, "withdraw", &["--who", "Bob", "--at", "2030-01-22"]).exits(2).says("a reason is missing");
    let actions = folder.run(&["treat", "list", "model.yaml", "--only", "actions", "--today", "2030-02-02"]).exits(0);
    assert_eq!(actions.out, "No treatments.\n");
    // It is done, not lapsed, and still has its title.
    let all = folder.run(&["treat", "list", "model.yaml", "--today", "2030-02-02", "--format", "json"]).exits(0).json();
    assert!(!text(&list(&all, "treatments")[0], "title").is_empty(), "{all:#}");
    let poam = folder.run(&["report", "model.yaml", "--today", "2030-02-02", "--format", "oscal-poam"]).exits(0).out;
    assert!(poam.contains("It was carried out, and the model shows it") && !poam.contains("it has lapsed"), "{poam}");
}

#[test]
fn work_that_a_document_shows_is_closed_and_completed() {
    let folder = folder();
    let propose = ["--treatment", "mitigate", "--reason", "Gateway.", "--owner", "Ada", "--due", "2030-02-01"];
    treat(&folder, "propose", &[&propose[..], &["--who", "Ada", "--at", "2030-01-01"]].concat()).exits(0);
    treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-02"]).exits(0);
    let words = || {
        let run = folder.run(&["report", "model.yaml", "--today", "2030-02-01", "--format", "oscal-poam"]).exits(0);
        let plan = run.json();
        let risks = list(&plan["plan-of-action-and-milestones"], "risks").to_vec();
        let decided = |risk: &&serde_json::Value| {
            risk["remediations"].as_array().is_some_and(|all| all.iter().any(|it| it["lifecycle"] != "recommendation"))
        };
        let risk = risks.iter().find(decided).expect("the decided risk").clone();
        let response = list(&risk, "remediations").iter().find(|it| it["lifecycle"] != "recommendation").cloned();
        (text(&risk, "status").to_owned(), text(&response.expect("there"), "lifecycle").to_owned())
    };
    let is = |status: &str, lifecycle: &str| (status.to_owned(), lifecycle.to_owned());
    assert_eq!(words(), is("remediating", "planned"));
    treat(&folder, "implement", &["--who", "Ada", "--at", "2030-01-20"]).exits(0);
    assert_eq!(words(), is("remediating", "planned"), "said to be done, and seen by nobody");
    treat(&folder, "verify", &["--evidence", "I tried it", "--who", "Bob", "--at", "2030-01-21"])
        .exits(0)
        .says("as stated, not as verified");
    assert_eq!(words(), is("remediating", "planned"), "a person's word shows nothing");
    assert_eq!(stage(&folder, "2030-01-21"), "stated");
    treat(&folder, "verify", &["--evidence", "test report 1", "--who", "Bob", "--at", "2030-01-21"]).exits(0);
    assert_eq!(words(), is("closed", "completed"));
}

#[test]
fn what_the_model_denies_is_contradicted_whatever_is_named() {
    let folder = folder();
    let propose = ["--treatment", "mitigate", "--reason", "Gateway.", "--owner", "Ada", "--due", "2030-02-01"];
    let named = ["--control", "rate-limiting", "--who", "Ada", "--at", "2030-01-01"];
    treat(&folder, "propose", &[&propose[..], &named].concat()).exits(0);
    treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-02"]).exits(0);
    folder.write("report.txt", "It works.");
    let verify = ["--evidence", "report.txt", "--who", "Bob", "--at", "2030-01-21"];
    treat(&folder, "verify", &verify).exits(0).says("it counts for nothing");
    assert!(folder.read("vauban.record.jsonl").contains("\"evidence-sha256\":\""), "the file is bound by its hash");
    assert_eq!(stage(&folder, "2030-01-21"), "contradicted");
    treat(&folder, "show", &["--today", "2030-01-22"]).exits(0).prints("contradicted by the model: report.txt");
    let all = folder.run(&["treat", "list", "model.yaml", "--today", "2030-01-22", "--format", "json"]).exits(0).json();
    let it = &list(&all, "treatments")[0];
    assert!(list(it, "evidence").is_empty() && list(it, "stated").len() == 1, "{it:#}");
    let matrix = folder.run(&["evidence", "matrix", "model.yaml", "--today", "2030-01-22"]).exits(0).out;
    assert!(matrix.contains("contradicted"), "{matrix}");
    let plan = folder.run(&["report", "model.yaml", "--today", "2030-01-22", "--format", "oscal-poam"]).exits(0).out;
    assert!(plan.contains("remediating") && !plan.contains("completed"), "{plan}");
    let told = folder.run(&["check", "model.yaml", "--today", "2030-01-22"]).exits(0);
    assert!(format!("{}{}", told.out, told.err).contains("said to be verified by the record, and the model says"));
    // The model follows what was built: the same report shows it.
    folder.write("model.yaml", &SMALL.replace("lacks: [rate-limiting]", "controls: [rate-limiting]"));
    assert_eq!(stage(&folder, "2030-01-22"), "verified");
}

#[test]
fn what_is_verified_was_carried_out_and_evidence_says_something() {
    let folder = folder();
    let propose = ["--treatment", "mitigate", "--reason", "Gateway.", "--owner", "Ada", "--due", "2030-02-01"];
    treat(&folder, "propose", &[&propose[..], &["--who", "Ada", "--at", "2030-01-01"]].concat()).exits(0);
    treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-02"]).exits(0);
    let verify =
        |evidence: &[&str], day: &str| treat(&folder, "verify", &[evidence, &["--who", "Bob", "--at", day]].concat());
    for nothing in ["", "   ", "\t\n"] {
        let refused = verify(&["--evidence", nothing], "2030-01-21").exits(2);
        assert!(refused.err.contains("says nothing"), "{}", refused.err);
    }
    verify(&["--evidence", "test report 1"], "2030-01-21").exits(0);
    // A person's word shows nothing a second time, and the same report said twice is one.
    verify(&[], "2030-01-22").exits(1);
    verify(&["--evidence", " test report 1 "], "2030-01-23").exits(0);
    let record = folder.read("vauban.record.jsonl");
    let lines = |kind: &str| record.matches(&format!("\"kind\":\"{kind}\"")).count();
    assert_eq!((lines("implemented"), lines("verified")), (1, 2), "{record}");
    let shown = treat(&folder, "show", &["--today", "2030-01-24"]).exits(0).out;
    assert!(!shown.contains("test report 1; test report 1"), "{shown}");
}

#[test]
fn a_mitigation_leaves_what_its_controls_leave() {
    let left = |control: &str| {
        let folder = folder();
        let propose = ["--treatment", "mitigate", "--reason", "Room.", "--owner", "Ada", "--due", "2030-02-01"];
        let more = ["--control", control, "--who", "Ada", "--at", "2030-01-01"];
        treat(&folder, "propose", &[&propose[..], &more].concat()).exits(0);
        treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-02"]).exits(0);
        let check = check(&folder, "2030-01-02");
        let finding = finding(&check, SMALL_FINDING).expect("it stays");
        let listed = folder.run(&["treat", "list", "model.yaml", "--today", "2030-01-02", "--format", "json"]).exits(0);
        assert_eq!(list(&listed.json(), "treatments")[0]["residual_risk"], finding["residual"]["risk"]);
        (text(finding, "likelihood").to_owned(), text(&finding["residual"], "likelihood").to_owned())
    };
    // The library says that the one stops it, and that the other takes one level away.
    let (today, stopped) = left("rate-limiting");
    let (_, weaker) = left("autoscaling");
    assert_eq!(stopped, "rare");
    let steps = ["rare", "unlikely", "possible", "likely", "certain"];
    let at = |word: &str| steps.iter().position(|step| *step == word).expect("a likelihood");
    assert_eq!(at(&weaker) + 1, at(&today), "{today} {weaker}");
}

#[test]
fn a_record_that_was_changed_is_told_and_not_built_on() {
    let folder = folder();
    accept(&folder);
    let record = folder.read("vauban.record.jsonl");
    folder.write("vauban.record.jsonl", &record.replacen("Bob", "Eve", 1));
    folder
        .run(&["evidence", "record", "verify"])
        .exits(1)
        .says("event 2 (`approved` of `unlimited-requests@web`) was altered");
    folder.run(&["check", "model.yaml", "--today", "2030-02-01"]).exits(2);
    folder.run(&["treat", "list", "model.yaml", "--today", "2030-02-01"]).exits(2).says("was altered");
    treat(&folder, "show", &["--today", "2030-02-01"]).exits(0).says("was altered").prints("none in it counts");
    treat(&folder, "withdraw", &["--who", "Bob", "--reason", "x", "--at", "2030-01-22"])
        .exits(2)
        .says("not what was written");
    folder.write("vauban.record.jsonl", "");
    folder.run(&["evidence", "record", "add", "incident", "model", "--who", "Ada"]).exits(2).says("is empty");
    folder.write("vauban.record.jsonl", &record);
    folder.run(&["evidence", "record", "verify"]).exits(0).prints("2 events, intact");
}

#[test]
fn a_withdrawn_decision_counts_no_longer_and_stays_readable() {
    let folder = folder();
    accept(&folder);
    treat(&folder, "withdraw", &["--who", "Bob", "--reason", "It was used.", "--at", "2030-03-01"]).exits(0);
    assert_eq!((stage(&folder, "2030-03-01"), status(&folder, "2030-03-01")), ("withdrawn".into(), "open".into()));
    let text = folder.read("model.decisions.yaml");
    assert!(text.contains("state: withdrawn") && text.contains("reason: Few callers."), "{text}");
    // Taking the mark away by hand does not bring it back.
    folder.write("model.decisions.yaml", &text.replace("    state: withdrawn\n", ""));
    assert_eq!(status(&folder, "2030-03-01"), "open");
    let told = folder.run(&["check", "model.yaml", "--today", "2030-03-01"]).exits(0);
    assert!(format!("{}{}", told.out, told.err).contains("by the record it is withdrawn"), "{}", told.err);
}

#[test]
fn reviews_are_due_by_date_incident_and_lapse() {
    let folder = folder();
    folder.write("model.yaml", &SMALL.replace("owner: us", "owner: us, criticality: critical"));
    let due = |today: &str| {
        let value = folder.run(&["review", "due", "model.yaml", "--today", today, "--format", "json"]).exits(0).json();
        let system = list(&value, "systems")[0].clone();
        let kinds: Vec<String> = list(&system, "triggers").iter().map(|it| text(it, "kind").to_owned()).collect();
        (kinds, system)
    };
    assert_eq!(due("2030-01-01").0, ["never-reviewed"]);
    folder
        .run(&["review", "close", "model.yaml", "--outcome", "no-change", "--who", "Ada", "--at", "2030-01-02"])
        .exits(2)
        .says("--people");
    folder
        .run(&["review", "start", "model.yaml", "--people", "Ada, Bob", "--who", "Ada", "--at", "2030-01-02"])
        .exits(0);
    folder
        .run(&["review", "start", "model.yaml", "--who", "Ada", "--at", "2030-01-02"])
        .exits(2)
        .says("runs since 2030-01-02");
    folder
        .run(&["review", "close", "model.yaml", "--outcome", "no-change", "--who", "Ada", "--at", "2030-01-31"])
        .exits(0);
    let (kinds, system) = due("2030-04-30");
    assert!(kinds.is_empty(), "{kinds:?}");
    assert_eq!(text(&system, "next"), "2030-04-30", "three months, the last day of April");
    assert_eq!(system["model_changed"], false);
    assert_eq!(due("2030-05-01").0, ["date"]);
    folder.run(&["review", "due", "model.yaml", "--today", "2030-05-01", "--gate"]).exits(1).prints("overdue");
    folder.run(&["evidence", "record", "add", "incident", "model", "--who", "Ada", "--at", "2030-02-10"]).exits(0);
    assert_eq!(due("2030-02-10").0, ["incident"]);
    assert!(due("2030-02-09").0.is_empty(), "not yet");
    folder.write("model.yaml", &SMALL.replace("owner: us", "owner: us, criticality: low"));
    assert_eq!(due("2030-02-10").1["model_changed"], true);
}

#[test]
fn metrics_say_why_they_cannot_be_computed_and_count_what_is_there() {
    let folder = folder();
    let metrics = |more: &[&str]| {
        let arguments = [&["metrics", "model.yaml", "--today", "2030-03-01", "--format", "json"][..], more].concat();
        folder.run(&arguments).exits(0).json()
    };
    let one = |value: &serde_json::Value, id: &str| {
        list(value, "metrics").iter().find(|it| text(it, "id") == id).unwrap_or_else(|| panic!("no {id}")).clone()
    };
    let empty = metrics(&[]);
    assert!(list(&empty, "metrics").len() >= 26);
    assert!(text(&one(&empty, "days-to-decide"), "not_computable").contains("there is no record"));
    assert!(text(&one(&empty, "systems-current"), "not_computable").contains("--systems"));
    accept(&folder);
    folder
        .run(&[
            "review",
            "close",
            "model.yaml",
            "--people",
            "Ada, Bob, ada",
            "--outcome",
            "changed",
            "--hours",
            "3",
            "--who",
            "Ada",
            "--at",
            "2030-01-05",
        ])
        .exits(0);
    folder.run(&["evidence", "record", "add", "incident", "model", "--who", "Ada", "--at", "2030-02-10"]).exits(0);
    let full = metrics(&["--systems", "4"]);
    let share = |id: &str| {
        let it = one(&full, id);
        (it["numerator"].as_u64(), it["denominator"].as_u64())
    };
    assert_eq!(share("systems-current"), (Some(1), Some(4)));
    assert_eq!(one(&full, "days-to-decide")["value"], 1);
    assert_eq!(share("people-per-review"), (Some(2), Some(1)));
    assert_eq!(share("hours-per-review"), (Some(3), Some(1)));
    assert_eq!(share("escape-rate"), (Some(1), Some(1)));
    assert_eq!(share("exceptions-expired"), (Some(0), Some(1)));
    assert_eq!(one(&full, "decisions")["series"][0]["name"], "2030-Q1");
    assert_eq!(one(&full, "decisions")["series"][0]["count"], 1);
    folder.run(&["metrics", "model.yaml", "--systems", "0"]).exits(0).prints("fewer than the 1 models");
    for format in ["text", "csv", "markdown"] {
        folder
            .run(&["metrics", "model.yaml", "--format", format, "--explain"])
            .exits(0)
            .prints("Days from proposal to decision");
    }
}

#[test]
fn lists_fit_the_published_schemas() {
    let folder = folder();
    accept(&folder);
    folder
        .run(&[
            "review",
            "close",
            "model.yaml",
            "--people",
            "Ada",
            "--outcome",
            "changed",
            "--who",
            "Ada",
            "--at",
            "2030-01-05",
        ])
        .exits(0);
    for (document, arguments) in [
        ("treatments", vec!["treat", "list", "model.yaml"]),
        ("reviews", vec!["review", "list", "model.yaml"]),
        ("review-due", vec!["review", "due", "model.yaml"]),
        ("metrics", vec!["metrics", "model.yaml"]),
    ] {
        let schema = folder.run(&["schema", document]).exits(0).json();
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{document}: {error}"));
        let value =
            folder.run(&[&arguments[..], &["--today", "2030-02-01", "--format", "json"]].concat()).exits(0).json();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{document}: {errors:#?}");
    }
}

#[test]
fn a_cell_that_looks_like_a_formula_is_text_in_csv() {
    let folder = folder();
    let propose =
        ["--treatment", "mitigate", "--reason", "=1+1", "--owner", "A, \"B\"", "--who", "Ada", "--at", "2030-01-01"];
    treat(&folder, "propose", &propose).exits(0);
    let csv = folder.run(&["treat", "list", "model.yaml", "--today", "2030-01-01", "--format", "csv"]).exits(0).out;
    assert!(csv.contains(",'=1+1,") && csv.contains("\"A, \"\"B\"\"\""), "{csv}");
}

#[test]
fn evidence_that_cannot_show_what_is_said_is_refused() {
    let folder = folder();
    let propose = ["--treatment", "mitigate", "--reason", "Gateway.", "--owner", "Ada", "--due", "2030-02-01"];
    treat(&folder, "propose", &[&propose[..], &["--who", "Ada", "--at", "2030-01-01"]].concat()).exits(0);
    treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-02"]).exits(0);
    treat(&folder, "implement", &["--who", "Ada", "--at", "2030-01-20"]).exits(0);
    folder.write("report.txt", "It works.");
    folder.write("empty.txt", "");
    let before = folder.read("vauban.record.jsonl");
    let wrong = "0".repeat(64);
    for (evidence, why) in [
        ("missing.pdf", "there is no file `missing.pdf`"),
        ("papers/missing.pdf", "there is no file"),
        ("empty.txt", "is empty"),
        ("model.yaml", "shows nothing of itself"),
        ("./model.decisions.yaml", "shows nothing of itself"),
        (&*format!("report.txt, sha256:{wrong}"), "its SHA-256 is"),
        ("load test of 2029-12-31", "before the treatment was carried out on 2030-01-20"),
        ("load test of 2030-03-01", "this holds from 2030-01-21"),
    ] {
        treat(&folder, "verify", &["--evidence", evidence, "--who", "Bob", "--at", "2030-01-21"]).exits(2).says(why);
    }
    assert_eq!(folder.read("vauban.record.jsonl"), before, "nothing was written down");
    let right = vauban_analysis::export::evidence::sha256(b"It works.");
    for evidence in [
        "document: missing.pdf in the safe",
        "https://files.example/missing.pdf",
        &*format!("report.txt, SHA256:{}", right.to_uppercase()),
        "load tests of 2029-12-31 and 2030-01-21",
    ] {
        treat(&folder, "verify", &["--evidence", evidence, "--who", "Bob", "--at", "2030-01-21"]).exits(0);
    }
    assert_eq!(stage(&folder, "2030-01-21"), "verified");
}

#[test]
fn nothing_is_written_down_before_what_was_written_down_already() {
    let folder = folder();
    let propose = ["--treatment", "mitigate", "--reason", "Gateway.", "--owner", "Ada", "--due", "2024-02-01"];
    treat(&folder, "propose", &[&propose[..], &["--who", "Ada", "--at", "2024-01-10T12:00:00Z"]].concat()).exits(0);
    // A day without a time begins at midnight.
    treat(&folder, "approve", &["--who", "Bob", "--at", "2024-01-10"]).exits(2).says("the record only grows");
    treat(&folder, "approve", &["--who", "Bob", "--at", "2024-01-10T13:00:00Z"]).exits(0);
    let before = folder.read("vauban.record.jsonl");
    let implement = |more: &[&str]| treat(&folder, "implement", &[&["--who", "Ada"], more].concat());
    implement(&["--at", "2024-01-09", "--effective", "2024-01-10"])
        .exits(2)
        .says("the record only grows")
        .says("--effective 2024-01-10");
    let by_hand = ["evidence", "record", "add", "incident", "web", "--who", "Ada", "--at", "2023-12-01"];
    folder.run(&by_hand).exits(2).says("the record only grows");
    assert_eq!(folder.read("vauban.record.jsonl"), before);
    implement(&["--at", "2024-01-20", "--effective", "2024-01-12"]).exits(0);
}

#[test]
fn a_pack_says_that_a_model_is_not_approved_and_that_owners_checked_their_own_work() {
    let folder = folder();
    let propose = ["--treatment", "mitigate", "--reason", "Gateway.", "--owner", "Ada", "--due", "2030-02-01"];
    treat(&folder, "propose", &[&propose[..], &["--who", "Ada", "--at", "2030-01-01"]].concat()).exits(0);
    treat(&folder, "approve", &["--who", "Bob", "--at", "2030-01-02"]).exits(0);
    treat(&folder, "verify", &["--evidence", "test report 1", "--who", "ada", "--at", "2030-01-21"]).exits(0);
    let pack = |name: &str| {
        let period = ["--from", "2030-01-01", "--to", "2030-03-31", "--made", "2030-04-01T08:00:00Z", "-o", name];
        folder.run(&[&["evidence", "pack", "model.yaml"], &period[..]].concat()).exits(0).err
    };
    let said = pack("one.zip");
    assert!(said.contains("is not approved: no approval of this model is recorded"), "{said}");
    assert!(said.contains(&format!("1 treatment verified by its owner alone: {SMALL_FINDING}")), "{said}");
    treat(&folder, "verify", &["--evidence", "audit report 7", "--who", "Grace", "--at", "2030-01-22"]).exits(0);
    let hash = vauban_analysis::export::evidence::sha256(folder.read("model.yaml").as_bytes());
    let approve =
        ["evidence", "record", "add", "approved", "model", "--content", &hash, "--who", "Bob", "--at", "2030-01-23"];
    folder.run(&approve).exits(0);
    let said = pack("two.zip");
    assert!(!said.contains("is not approved") && !said.contains("its owner alone"), "{said}");
}

/// [`SMALL`] with a threat that its team wrote down.
fn brought(title: &str) -> String {
    format!("{SMALL}threats:\n  theft: {{title: {title}, about: [web], severity: high}}\n")
}

#[test]
fn a_threat_that_the_model_brought_along_is_decided_like_a_finding() {
    let folder = Folder::new();
    folder.write("model.yaml", &brought("Theft of a parcel"));
    folder.run(&["check", "model.yaml", "--all"]).exits(0).prints("theft  model.yaml:");
    folder.run(&["explain", "theft", "--model", "model.yaml"]).exits(0).prints("Nobody decided about it");
    let propose = [
        "treat",
        "propose",
        "theft",
        "--model",
        "model.yaml",
        "--treatment",
        "accept",
        "--reason",
        "Insured.",
        "--owner",
        "Ada",
        "--until",
        "2030-06-30",
        "--who",
        "Ada",
        "--at",
        "2030-01-01",
    ];
    folder.run(&propose).exits(0);
    let approve = ["treat", "approve", "theft", "--model", "model.yaml", "--at", "2030-01-02", "--who"];
    folder.run(&[&approve[..], &["Ada"]].concat()).exits(1).says("somebody else");
    folder.run(&[&approve[..], &["Bob"]].concat()).exits(0);
    let treated = |day: &str| {
        let listed = folder.run(&["treat", "list", "model.yaml", "--today", day, "--format", "json"]).exits(0).json();
        list(&listed, "treatments")[0].clone()
    };
    let it = treated("2030-02-01");
    assert_eq!((text(&it, "finding"), text(&it, "stage")), ("theft", "approved"), "{it}");
    let quiet = folder.run(&["check", "model.yaml", "--today", "2030-02-01"]).exits(0);
    assert!(!format!("{}{}", quiet.out, quiet.err).contains("applies to nothing"), "{}", quiet.err);
    let explained = ["explain", "theft", "--model", "model.yaml", "--today", "2030-02-01"];
    folder.run(&explained).exits(0).prints("accept until 2030-06-30, approved: Insured. (owner Ada)");
    assert_eq!(text(&treated("2030-07-01"), "stage"), "expired");
    // What was approved is what the model said that day.
    folder.write("model.yaml", &brought("Theft of every parcel"));
    assert_eq!(text(&treated("2030-02-01"), "stage"), "lapsed");
}

#[test]
fn a_recorded_threat_is_not_decided_under_a_name_of_the_record() {
    let folder = Folder::new();
    folder.write("model.yaml", &brought("Theft").replace("theft:", "methodology:"));
    let propose =
        ["--model", "model.yaml", "--treatment", "avoid", "--reason", "No.", "--owner", "Ada", "--who", "Ada"];
    folder
        .run(&[&["treat", "propose", "methodology"][..], &propose].concat())
        .exits(2)
        .says("the record means something else by `methodology`");
}

#[test]
fn an_acceptance_of_a_threat_that_is_not_there_is_no_evidence() {
    let folder = folder();
    let accepts = |id: &str| {
        format!(
            "version: 1\ndecisions:\n  - threat: {id}\n    decision: accept\n    reason: Few.\n    owner: Ada\n    approver: Bob\n    until: 2030-06-30\n"
        )
    };
    let coverage = |id: &str| {
        folder.write("model.decisions.yaml", &accepts(id));
        folder.run(&["evidence", "coverage", "model.yaml", "--framework", "soc2", "--today", "2030-01-02"]).exits(0).out
    };
    let fresh = "each has an approver other than its owner";
    let told = coverage("no-such-threat@nothing");
    assert!(!told.contains(fresh), "{told}");
    assert!(told.contains("1 acceptance applies to nothing in the model: `no-such-threat@nothing`"), "{told}");
    let told = coverage(SMALL_FINDING);
    assert!(told.contains(fresh) && !told.contains("applies to nothing"), "{told}");
}
