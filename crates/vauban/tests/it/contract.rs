//! The JSON contract: fields and their types, on every case; ids, evidence; the same bytes every time.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cases::models;
use crate::support::{list, root, run, run_with, text};

/// A field's type: `s` text, `n` number, `b` yes or no, `l` list, `t` list of texts, `o` object, `?` may be null.
fn has(value: &Value, fields: &[(&str, &str)], at: &str) {
    for (key, ty) in fields {
        let Some(field) = value.get(*key) else { panic!("{at}: no `{key}` in {value}") };
        let fits = match *ty {
            "s" => field.is_string(),
            "n" => field.is_number(),
            "b" => field.is_boolean(),
            "l" => field.is_array(),
            "t" => field.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            "o" => field.is_object(),
            "s?" => field.is_string() || field.is_null(),
            "o?" => field.is_object() || field.is_null(),
            _ => false,
        };
        assert!(fits, "{at}: `{key}` should be {ty}, is {field}");
    }
}

fn evidence(value: &Value, at: &str) {
    let entries = list(value, "evidence");
    assert!(!entries.is_empty(), "{at}: no evidence");
    for entry in entries {
        has(entry, &[("fact", "s"), ("value", "s"), ("source", "o")], at);
        has(&entry["source"], &[("file", "s"), ("line", "n"), ("column", "n")], at);
        assert!(!text(&entry["source"], "file").is_empty(), "{at}: evidence without a file: {entry}");
        assert!(entry["source"]["line"].as_u64() >= Some(1), "{at}: evidence without a line: {entry}");
        assert!(entry["source"]["column"].as_u64() >= Some(1), "{at}: evidence without a column: {entry}");
    }
}

fn path(value: &Value, at: &str) {
    has(
        value,
        &[
            ("id", "s"),
            ("attacker", "s"),
            ("from", "s"),
            ("to", "s"),
            ("goal", "o"),
            ("likelihood", "s"),
            ("impact", "n"),
            ("risk", "s"),
            ("assumptions", "t"),
            ("steps", "l"),
            ("story", "s"),
        ],
        at,
    );
    assert!(!list(value, "steps").is_empty(), "{at}: a path without steps");
    for step in list(value, "steps") {
        has(step, &[("rule", "s"), ("title", "s"), ("from", "s?"), ("to", "s"), ("attack", "t"), ("gains", "l")], at);
        evidence(step, &format!("{at} step {}", text(step, "rule")));
    }
}

#[test]
fn check_keeps_its_promises_on_every_model() {
    for model in models() {
        let check = run(&["check", &model, "--today", "2026-01-01", "--format", "json"]).exits(0).json();
        has(
            &check,
            &[
                ("schema", "s"),
                ("version", "n"),
                ("model", "o"),
                ("findings", "l"),
                ("questions", "l"),
                ("diagnostics", "l"),
                ("paths", "l"),
            ],
            &model,
        );
        has(
            &check["model"],
            &[("name", "s"), ("components", "l"), ("flows", "l"), ("boundaries", "l"), ("data", "l")],
            &model,
        );
        for finding in list(&check, "findings") {
            let at = format!("{model}: {}", text(finding, "id"));
            has(
                finding,
                &[
                    ("id", "s"),
                    ("rule", "s"),
                    ("title", "s"),
                    ("description", "s"),
                    ("stride", "t"),
                    ("attack", "t"),
                    ("cwe", "t"),
                    ("severity", "s"),
                    ("likelihood", "s"),
                    ("impact", "n"),
                    ("risk", "s"),
                    ("status", "s"),
                    ("elements", "t"),
                    ("group", "s"),
                    ("aliases", "t"),
                    ("controls", "l"),
                    ("paths", "t"),
                ],
                &at,
            );
            evidence(finding, &at);
            assert!(text(finding, "id").starts_with(&format!("{}@", text(finding, "rule"))), "{at}");
            let words = format!("{} {}", text(finding, "title"), text(finding, "description"));
            assert!(!words.contains(['{', '}']), "{at}: a placeholder is left: {words}");
            assert!(!words.contains("an unknown value"), "{at}: {words}");
        }
        for question in list(&check, "questions") {
            has(
                question,
                &[("id", "s"), ("text", "s"), ("element", "s"), ("answers", "t"), ("risk", "s"), ("source", "o")],
                &model,
            );
            assert!(!text(question, "text").contains(['{', '}']), "{question}");
        }
        for entry in list(&check, "paths") {
            path(entry, &format!("{model}: {}", text(entry, "id")));
        }
    }
}

#[test]
fn paths_keep_their_promises_on_every_model() {
    for model in models() {
        let answer = run(&["paths", &model, "--top", "30", "--format", "json"]).exits(0).json();
        has(&answer, &[("schema", "s"), ("version", "n"), ("paths", "l"), ("choke_points", "l")], &model);
        for entry in list(&answer, "paths") {
            path(entry, &format!("{model}: {}", text(entry, "id")));
        }
    }
}

#[test]
fn ids_are_unique_and_free_of_lines_and_order() {
    for model in models() {
        let check = run(&["check", &model, "--format", "json"]).exits(0).json();
        for key in ["findings", "mitigated", "questions", "paths"] {
            let mut seen = BTreeSet::new();
            for entry in list(&check, key) {
                assert!(seen.insert(text(entry, "id")), "{model}: `{}` twice among the {key}", text(entry, "id"));
            }
        }
    }
}

#[test]
fn ids_survive_edits_elsewhere() {
    let model = std::fs::read_to_string(root().join("examples/web-shop/model.yaml")).expect("it is there");
    let folder = crate::support::Folder::new();
    let ids = |text_of_model: &str| -> BTreeSet<String> {
        folder.write("model.yaml", text_of_model);
        let check = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
        ["findings", "paths"].iter().flat_map(|key| list(&check, key)).map(|e| text(e, "id").to_owned()).collect()
    };
    let before = ids(&model);
    let moved = model.replace(
        "components:\n",
        "# moved\n\ncomponents:\n  wiki: {technology: web-application, in: private, out_of_scope: another team's}\n",
    );
    assert_ne!(model, moved);
    assert_eq!(before, ids(&moved));
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    for model in models() {
        for arguments in [
            &["check", &*model, "--format", "json"][..],
            &["check", &*model, "--all"][..],
            &["paths", &*model, "--top", "20", "--format", "json"][..],
        ] {
            let threads = |number| run_with(&root(), arguments, &[("RAYON_NUM_THREADS", number)]).exits(0).out;
            let one = threads("1");
            assert_eq!(one, threads("1"), "{arguments:?}: two runs differ");
            assert_eq!(one, threads("4"), "{arguments:?}: threads differ");
        }
    }
}

#[test]
fn what_is_printed_fits_the_published_schema() {
    let validator = |document: &str| {
        let schema = run(&["schema", document]).exits(0).json();
        jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{document}: {error}"))
    };
    let (check, paths, diff) = (validator("check"), validator("paths"), validator("diff"));
    let fits = |validator: &jsonschema::Validator, arguments: &[&str]| {
        let value = run(arguments).exits(0).json();
        let errors: Vec<String> =
            validator.iter_errors(&value).take(5).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:#?}");
    };
    for model in models() {
        fits(&check, &["check", &model, "--format", "json"]);
        fits(&paths, &["paths", &model, "--format", "json"]);
    }
    fits(&check, &["check", "examples/ci-gate", "--today", "2026-01-01", "--format", "json"]);
    let two = ["diff", "examples/web-shop/model.yaml", "examples/admin-portal/model.yaml", "--format", "json"];
    fits(&diff, &two);
    let model = "examples/web-shop/model.yaml";
    for (question, more) in
        [("coverage", &["--framework", "soc2"][..]), ("matrix", &[][..]), ("soa", &[][..]), ("maturity", &[][..])]
    {
        let mut arguments = vec!["evidence", question, model, "--format", "json"];
        arguments.extend(more);
        fits(&validator(&format!("evidence-{question}")), &arguments);
    }
    let plan = validator("plan");
    fits(&plan, &["plan", "examples/web-shop/model.yaml", "--frontier", "--format", "json"]);
    fits(&plan, &["plan", "examples/admin-portal/model.yaml", "--budget", "4", "--format", "json"]);
    fits(&plan, &["plan", "examples/terraform", "--format", "json"]);
    let what_if =
        ["plan", "examples/admin-portal/model.yaml", "--add", "upload-validation@admin-portal", "--format", "json"];
    fits(&diff, &what_if);
}
