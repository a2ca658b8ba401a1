//! The files of Threat Composer in the public corpus.

use serde_json::Value;
use vauban_import::{Format, InputFile, import};
use vauban_model::FileId;

use crate::corpus::{corpus, files_in};

#[test]
fn every_file_comes_to_what_it_lists() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for path in files_in(&corpus, "threat-composer", "json") {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        // The tool's own collection of examples is a bare list; nothing at its top says what it is.
        let recognised = (!file.is_array()).then_some(Format::ThreatComposer);
        assert_eq!(vauban_import::recognise(&name, &text), recognised, "{name}");
        let imported = import(Format::ThreatComposer, &[InputFile::text(FileId(0), &name, &text)]);
        assert!(imported.diagnostics.iter().all(|it| it.severity != vauban_model::Severity::Error), "{name}");
        let model = &imported.model;
        let count = |key: &str| file[key].as_array().map_or(0, Vec::len);
        let threats = file.as_array().or(file["threats"].as_array());
        assert_eq!(model.recorded_threats.len(), threats.map_or(0, Vec::len), "{name}");
        assert_eq!(model.assumptions.len(), count("assumptions"), "{name}");
        assert_eq!(
            model.notes.iter().filter(|note| &*note.kind == "mitigation").count(),
            count("mitigations"),
            "{name}"
        );
        // Every link whose ends are in the file is kept, each once.
        let ids = |key: &str| -> Vec<&str> {
            file[key].as_array().into_iter().flatten().filter_map(|it| it["id"].as_str()).collect()
        };
        let (threat_ids, mitigation_ids) = (ids("threats"), ids("mitigations"));
        let mut pairs: Vec<(&str, &str)> = file["mitigationLinks"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|link| (link["mitigationId"].as_str().unwrap(), link["linkedId"].as_str().unwrap()))
            .filter(|(mitigation, threat)| mitigation_ids.contains(mitigation) && threat_ids.contains(threat))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let linked: usize = model
            .recorded_threats
            .iter()
            .flat_map(|threat| threat.extras.iter().filter(|(key, _)| &**key == "threat-composer:mitigations"))
            .map(|(_, names)| names.split(", ").count())
            .sum();
        assert_eq!(linked, pairs.len(), "{name}");
        for (threat, raw) in model.recorded_threats.iter().zip(threats.into_iter().flatten()) {
            let metadata = raw["metadata"].as_array();
            let of = |key: &str| metadata.and_then(|all| all.iter().find(|it| it["key"] == key)).map(|it| &it["value"]);
            let letters = of("STRIDE").and_then(Value::as_array).map_or(0, Vec::len);
            assert_eq!(threat.categories.len(), letters, "{name} {}", threat.id);
            assert_eq!(&*threat.severity, of("Priority").and_then(Value::as_str).unwrap_or(""), "{name}");
            assert!(!threat.title.is_empty() && !threat.description.is_empty(), "{name} {}", threat.id);
        }
        seen += 1;
    }
    assert_eq!(seen, 11);
}
