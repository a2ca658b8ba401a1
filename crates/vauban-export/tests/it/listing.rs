//! Formats that list threats and elements, written from a hostile world and checked against their schemas.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vauban_export::interchange::{Exported, Format, export};

use crate::hostile::world;

fn corpus(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(path);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: corpus absent ({})", path.display());
    None
}

fn written(format: Format) -> Exported {
    let world = world();
    let first = export(format, &world.report(), None);
    assert_eq!(first, export(format, &world.report(), None), "the same bytes every time");
    first
}

fn faults(schema: &Path, document: &Value) -> Vec<String> {
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    offline(&mut schema);
    let validator = jsonschema::validator_for(&schema).expect("a schema that can be used");
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Lists of words that a schema keeps elsewhere are not looked at.
fn offline(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("$ref").and_then(Value::as_str).is_some_and(|reference| !reference.starts_with('#')) {
                object.remove("$ref");
            }
            object.values_mut().for_each(offline);
        }
        Value::Array(list) => list.iter_mut().for_each(offline),
        _ => {}
    }
}

fn value(exported: &Exported) -> Value {
    serde_json::from_slice(&exported.bytes).expect("JSON")
}

#[test]
fn a_library_model_is_valid_whatever_the_model_says() {
    let document = value(&written(Format::ThreatModelLibrary));
    let Some(schema) = corpus("tm-library/threat-model.schema.json") else { return };
    let faults: Vec<String> = faults(&schema, &document).into_iter().map(|it| it.chars().take(300).collect()).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_cyclonedx_file_is_valid_whatever_the_model_says() {
    let document = value(&written(Format::CycloneDx));
    let Some(schema) = corpus("cyclonedx-tm/schema/cyclonedx-2.0-bundled.schema.json") else { return };
    let faults: Vec<String> = faults(&schema, &document).into_iter().map(|it| it.chars().take(300).collect()).collect();
    assert_eq!(faults, Vec::<String>::new());
}

/// Threat Composer publishes its schema as code; this is what it asks, written down from there.
pub(crate) fn composer_faults(document: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let length = |value: &Value| value.as_str().map_or(0, |text| text.encode_utf16().count());
    let mut keys = |value: &Value, allowed: &[&str], what: &str| {
        for key in value.as_object().into_iter().flat_map(|object| object.keys()) {
            if !allowed.contains(&key.as_str()) {
                out.push(format!("{what} has a key {key}"));
            }
        }
    };
    keys(
        document,
        &[
            "schema",
            "applicationInfo",
            "architecture",
            "dataflow",
            "assumptions",
            "mitigations",
            "assumptionLinks",
            "mitigationLinks",
            "threats",
        ],
        "the file",
    );
    const BASE: [&str; 5] = ["id", "numericId", "displayOrder", "metadata", "tags"];
    let lists = [
        ("assumptions", vec!["content"]),
        ("mitigations", vec!["content", "status"]),
        (
            "threats",
            vec![
                "threatSource",
                "prerequisites",
                "threatAction",
                "threatImpact",
                "impactedGoal",
                "impactedAssets",
                "statement",
                "customTemplate",
                "displayedStatement",
                "status",
            ],
        ),
    ];
    for (list, more) in &lists {
        let allowed: Vec<&str> = BASE.into_iter().chain(more.iter().copied()).collect();
        for item in document[*list].as_array().into_iter().flatten() {
            keys(item, &allowed, list);
        }
    }
    let mut wrong = |condition: bool, text: String| {
        if condition {
            out.push(text);
        }
    };
    wrong(document["schema"] != 1, "the schema is not 1".to_owned());
    for (list, _) in &lists {
        let mut ids = std::collections::BTreeSet::new();
        let mut numbers = std::collections::BTreeSet::new();
        for item in document[*list].as_array().into_iter().flatten() {
            wrong(!(1..=36).contains(&length(&item["id"])), format!("{list}: id {}", item["id"]));
            wrong(!ids.insert(item["id"].to_string()), format!("{list}: id twice {}", item["id"]));
            wrong(!item["numericId"].is_number(), format!("{list}: no number"));
            wrong(
                !numbers.insert(item["numericId"].to_string()),
                format!("{list}: number twice {}", item["numericId"]),
            );
            wrong(*list != "threats" && !item["content"].is_string(), format!("{list}: no content"));
            wrong(length(&item["content"]) > 1000, format!("{list}: long content"));
            for key in ["threatSource", "prerequisites", "threatAction", "threatImpact", "customTemplate"] {
                wrong(length(&item[key]) > 200, format!("{list}: long {key}"));
            }
            wrong(length(&item["statement"]) > 1400, format!("{list}: long statement"));
            for tag in item["tags"].as_array().into_iter().flatten() {
                wrong(!(1..=30).contains(&length(tag)), format!("{list}: tag {tag}"));
            }
            for entry in item["metadata"].as_array().into_iter().flatten() {
                let key = entry["key"].as_str().unwrap_or_default();
                let known = matches!(key, "Comments" | "STRIDE" | "Priority") || key.starts_with("custom:");
                wrong(!known || length(&entry["key"]) > 50, format!("{list}: metadata {key}"));
                wrong(key == "Comments" && length(&entry["value"]) > 1000, format!("{list}: long comment"));
                wrong(
                    key == "Priority" && !["High", "Medium", "Low"].iter().any(|it| entry["value"] == *it),
                    format!("{list}: priority"),
                );
                let letters = entry["value"].as_array();
                let stride =
                    letters.is_some_and(|all| all.iter().all(|it| "STRIDE".contains(it.as_str().unwrap_or("?"))));
                wrong(key == "STRIDE" && !stride, format!("{list}: STRIDE {}", entry["value"]));
            }
            let known = match *list {
                "threats" => vec!["threatIdentified", "threatResolved", "threatResolvedNotUseful"],
                _ => vec![
                    "mitigationIdentified",
                    "mitigationInProgress",
                    "mitigationResolved",
                    "mitigationResolvedWillNotAction",
                ],
            };
            let status = item["status"].as_str();
            wrong(status.is_some_and(|status| !known.contains(&status)), format!("{list}: status {status:?}"));
        }
    }
    wrong(length(&document["applicationInfo"]["name"]) > 200, "long name".to_owned());
    wrong(length(&document["applicationInfo"]["description"]) > 100_000, "long description".to_owned());
    let id_of = |list: &str| -> Vec<&str> {
        document[list].as_array().into_iter().flatten().filter_map(|it| it["id"].as_str()).collect()
    };
    let (assumptions, mitigations, threats) = (id_of("assumptions"), id_of("mitigations"), id_of("threats"));
    for link in document["mitigationLinks"].as_array().into_iter().flatten() {
        let ends = mitigations.contains(&link["mitigationId"].as_str().unwrap_or(""))
            && threats.contains(&link["linkedId"].as_str().unwrap_or(""));
        wrong(!ends, format!("dangling {link}"));
    }
    for link in document["assumptionLinks"].as_array().into_iter().flatten() {
        let linked = link["linkedId"].as_str().unwrap_or("");
        let ends = assumptions.contains(&link["assumptionId"].as_str().unwrap_or(""))
            && (threats.contains(&linked) || mitigations.contains(&linked));
        wrong(!ends, format!("dangling {link}"));
    }
    out
}

#[test]
fn a_workspace_keeps_to_the_strict_schema() {
    let exported = written(Format::ThreatComposer);
    assert_eq!(composer_faults(&value(&exported)), Vec::<String>::new());
    let world = world();
    let long = "x".repeat(5000);
    let mut report = world.report();
    let mut model = world.model.clone();
    model.system.name = long.as_str().into();
    model.assumptions.iter_mut().for_each(|assumption| assumption.text = long.as_str().into());
    model.recorded_threats.iter_mut().for_each(|threat| threat.title = long.as_str().into());
    report.model = &model;
    let exported = export(Format::ThreatComposer, &report, None);
    assert_eq!(composer_faults(&value(&exported)), Vec::<String>::new());
    assert!(exported.losses.iter().any(|loss| loss.what.contains("cut")), "{:?}", exported.losses);
}

#[test]
fn every_block_of_a_written_hcl_file_is_closed() {
    let text = String::from_utf8(written(Format::Threatcl).bytes).unwrap();
    assert!(text.starts_with("spec_version = \"0.7.0\""));
    let mut depth = 0i32;
    for line in text.lines() {
        let line = line.trim();
        depth += i32::from(line.ends_with('{')) - i32::from(line == "}");
        assert!(depth >= 0, "{line}");
        assert!(!line.contains("${"), "{line}");
    }
    assert_eq!(depth, 0);
}
