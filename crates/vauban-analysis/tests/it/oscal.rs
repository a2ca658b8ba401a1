//! OSCAL of every model in `cases/` and `examples/`: NIST's schema takes it, and no finding and no decision is left out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use vauban_analysis::export::oscal;
use vauban_analysis::project::{Inputs, load};
use vauban_analysis::{Options, Session, embedded};

use crate::{infrastructure, models};

/// Every model: those known by a path, the quiet ones, the one of another tool, and the infrastructure.
fn sessions() -> Vec<(String, Session)> {
    let mut paths = models::all();
    paths.push("examples/threagile-import/threagile.yaml".to_owned());
    let quiet = std::fs::read_dir(models::root().join("cases/quiet")).expect("quiet models").flatten();
    let mut quiet: Vec<PathBuf> = quiet.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    quiet.sort();
    paths.extend(
        quiet.iter().filter_map(|path| path.file_name()).map(|name| format!("cases/quiet/{}", name.to_string_lossy())),
    );
    let mut out: Vec<(String, Session)> = paths.into_iter().map(|path| (path.clone(), session(&path))).collect();
    let folder = "examples/terraform";
    out.push((folder.to_owned(), infrastructure::session(&models::root().join(folder))));
    out
}

/// A model with the decisions beside it, where there are any.
fn session(path: &str) -> Session {
    let decisions = path.rsplit_once('/').map(|(folder, _)| format!("{folder}/decisions.yaml")).unwrap_or_default();
    let there = models::root().join(&decisions).is_file();
    let inputs = Inputs {
        model: path.to_owned(),
        decisions: there.then_some(decisions).into_iter().collect(),
        ..Inputs::default()
    };
    let mut read = |name: &str| std::fs::read(models::root().join(name)).map_err(|error| error.to_string());
    let project = load(&inputs, &mut read).unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), options())
}

fn options() -> Options {
    Options { today: Some("2026-11-27".to_owned()), ..models::options() }
}

/// How often each value of a property with this name stands in a document.
fn values(document: &Value, name: &str) -> BTreeMap<String, usize> {
    fn walk(value: &Value, name: &str, out: &mut BTreeMap<String, usize>) {
        match value {
            Value::Object(fields) => {
                if fields.get("name").and_then(Value::as_str) == Some(name) {
                    let value = fields.get("value").and_then(Value::as_str).unwrap_or_default();
                    *out.entry(value.to_owned()).or_default() += 1;
                }
                fields.values().for_each(|inner| walk(inner, name, out));
            }
            Value::Array(list) => list.iter().for_each(|inner| walk(inner, name, out)),
            _ => {}
        }
    }
    let mut out = BTreeMap::new();
    walk(document, name, &mut out);
    out
}

/// Every identifier that a document defines, and every one that it refers to.
fn identifiers<'a>(value: &'a Value, defined: &mut Vec<&'a str>, used: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (field, inner) in fields {
                match inner {
                    Value::String(text) if field == "uuid" => defined.push(text),
                    Value::String(text) if field.ends_with("-uuid") => used.push(text),
                    Value::String(text) if field == "href" => used.extend(text.strip_prefix('#')),
                    Value::Array(list) if field == "party-uuids" => used.extend(list.iter().filter_map(Value::as_str)),
                    _ => identifiers(inner, defined, used),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| identifiers(inner, defined, used)),
        _ => {}
    }
}

#[test]
fn every_finding_and_every_decision_of_every_model_is_in_valid_oscal() {
    let schema = models::root().join("fixtures/oscal/oscal_complete_schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).expect("the kept schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema that can be used");
    let (mut findings, mut decisions) = (0, 0);
    for (path, session) in sessions() {
        let report = session.report();
        let catalogues = session.catalogues.oscal();
        let results = oscal::assessment_results(&report, catalogues);
        let plan = oscal::plan_of_action(&report, catalogues);
        let components = oscal::component_definition(&report, catalogues);
        for document in [&results, &plan, &components] {
            let faults: Vec<String> =
                validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert_eq!(faults, Vec::<String>::new(), "{path}");
            let (mut defined, mut used) = (Vec::new(), Vec::new());
            identifiers(document, &mut defined, &mut used);
            let all = defined.len();
            defined.sort_unstable();
            defined.dedup();
            assert_eq!(defined.len(), all, "{path}: an identifier occurs twice");
            assert_eq!(used.iter().find(|uuid| defined.binary_search(uuid).is_err()), None, "{path}");
        }
        let (told, planned) = (values(&results, "finding"), values(&plan, "finding"));
        for finding in &session.analysis.findings {
            // As observation, as risk and as finding.
            assert_eq!(told.get(&*finding.id), Some(&3), "{path}: {}", finding.id);
            if finding.current.risk > report.methodology.tolerance || !finding.status.is_open() {
                assert!(planned.contains_key(&*finding.id), "{path}: {}", finding.id);
            }
            findings += 1;
        }
        for stopped in &session.analysis.mitigated {
            assert!(told.contains_key(&*stopped.id), "{path}: {}", stopped.id);
        }
        let decided = values(&plan, "decision");
        for decision in &session.decisions {
            assert!(decided.contains_key(&*decision.threat), "{path}: {}", decision.threat);
            decisions += 1;
        }
        let listed = components["component-definition"]["components"].as_array().map_or(0, Vec::len);
        let model = report.model;
        let there: usize = vauban_model::vocabulary::Domain::ALL.into_iter().map(|domain| model.count(domain)).sum();
        assert_eq!(listed, there, "{path}");
    }
    assert!(findings > 80 && decisions >= 2, "{findings} findings, {decisions} decisions: too few to prove anything");
}
