//! The CycloneDX files of the public corpus: valid ones of the 2.0 preview, ones that break its schema, and drafts.

use serde_json::Value;
use vauban_import::{Format, recognise};
use vauban_model::Severity;

use crate::corpus::{corpus, files_in, read};

#[test]
fn every_valid_file_comes_to_what_it_lists() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for path in files_in(&corpus, "cyclonedx-tm/valid", "json") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let models =
            ["services", "blueprints", "threats", "risks", "controls"].iter().any(|key| file.get(key).is_some());
        assert_eq!(recognise(&name, &text), models.then_some(Format::CycloneDx), "{name}");
        seen += 1;
        let Some(read) = read(&path) else { continue };
        let imported = read.import();
        let model = &imported.model;
        let sum = |key: &str| -> usize {
            let all = file["blueprints"].as_array().into_iter().flatten();
            all.map(|blueprint| blueprint[key].as_array().map_or(0, Vec::len)).sum()
        };
        let stand_ins = model.components.iter().filter(|it| it.element.out_of_scope.is_some()).count();
        assert_eq!(model.components.len() - stand_ins, sum("assets") + sum("actors") + sum("dataStores"), "{name}");
        assert_eq!(model.flows.len(), sum("flows"), "{name}");
        assert_eq!(model.boundaries.len(), sum("zones"), "{name}");
        assert_eq!(model.assumptions.len(), sum("assumptions"), "{name}");
        assert!(model.data.len() >= sum("dataSets"), "{name}");
        let list = |key: &str, inner: &str| file[key][inner].as_array().map_or(0, Vec::len);
        assert_eq!(model.recorded_threats.len(), list("threats", "threats"), "{name}");
        assert_eq!(model.abuse_cases.len(), list("threats", "scenarios") + list("threats", "abuseCases"), "{name}");
        let notes = |kind: &str| model.notes.iter().filter(|note| &*note.kind == kind).count();
        assert_eq!(notes("risk"), list("risks", "risks"), "{name}");
        assert_eq!(notes("control"), file["controls"].as_array().map_or(0, Vec::len), "{name}");
    }
    assert_eq!(seen, 22);
}

#[test]
fn every_invalid_file_is_read_and_told_what_is_wrong() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for path in files_in(&corpus, "cyclonedx-tm/invalid", "json") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let imported = read(&path).unwrap_or_else(|| panic!("{name} is not recognised")).import();
        let errors: Vec<_> = imported.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
        assert!(!errors.is_empty(), "{name}: nothing is wrong");
        assert!(errors.iter().all(|error| error.code == "import-invalid"), "{name}: {errors:?}");
        seen += 1;
    }
    assert_eq!(seen, 12);
}

#[test]
fn drafts_of_threat_models_are_read_by_their_properties() {
    let Some(corpus) = corpus() else { return };
    for (file, expected) in [
        ("tmbom-multi-example.cdx.json", [0, 0, 0, 0]),
        ("tmbom-otm-example.cdx.json", [0, 0, 0, 0]),
        ("tmbom-pytm-example.cdx.json", [0, 0, 0, 0]),
    ] {
        let path = corpus.join("cyclonedx-tm").join(file);
        let json: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut kinds: Vec<String> = Vec::new();
        collect(&json["components"], &mut kinds);
        let count = |wanted: &[&str]| kinds.iter().filter(|kind| wanted.contains(&kind.as_str())).count();
        let model = read(&path).unwrap().import().model;
        let stand_ins = model.components.iter().filter(|it| it.element.name.starts_with("(unattached")).count();
        assert_eq!(model.boundaries.len(), count(&["boundary"]), "{file} {kinds:?}");
        assert_eq!(model.flows.len(), count(&["dataflow"]), "{file} {kinds:?}");
        let parts = count(&["actor", "server", "datastore", "lambda", "process", "component"]);
        assert_eq!(model.components.len() - stand_ins, parts, "{file} {kinds:?}");
        assert_eq!(model.recorded_threats.len(), count(&["threat"]), "{file} {kinds:?}");
        assert!(parts > 0 && expected.len() == 4, "{file}");
    }
}

/// The types that the properties of all components say.
fn collect(list: &Value, kinds: &mut Vec<String>) {
    for component in list.as_array().into_iter().flatten() {
        let properties = component["properties"].as_array();
        let kind = properties.and_then(|all| all.iter().find(|it| it["name"] == "cdx:model:type"));
        kinds.extend(kind.and_then(|kind| kind["value"].as_str()).map(str::to_owned));
        collect(&component["components"], kinds);
    }
}

#[test]
fn what_a_flow_carries_is_the_data_set_of_that_name() {
    let text = r#"{"specFormat":"CycloneDX","specVersion":"2.0","blueprints":[{"bom-ref":"b","name":"n",
        "assets":[{"bom-ref":"a1","name":"A"},{"bom-ref":"a2","name":"B"}],
        "dataSets":[{"bom-ref":"ds-1","name":"Customer Records"},{"bom-ref":"ds-2","name":"Twice"},{"bom-ref":"ds-3","name":"Twice"}],
        "flows":[{"bom-ref":"f1","name":"one","source":"a1","destination":"a2","dataObjects":[{"name":"Customer Records"},{"name":"New"}]}]}]}"#;
    let file = vauban_import::InputFile::text(vauban_model::FileId(0), "x.cdx.json", text);
    let model = vauban_import::import(Format::CycloneDx, &[file]).model;
    let names: Vec<&str> = model.data.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["Customer Records", "Twice", "Twice", "New"]);
    assert_eq!(model.flows[0].element.references(vauban_model::vocabulary::fact::CARRIES), [0, 3]);
}
