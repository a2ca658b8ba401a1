//! The models of the OWASP Threat Model Library in the public corpus.

use serde_json::Value;
use vauban_import::{Format, recognise};
use vauban_model::model::ElementRef;
use vauban_model::vocabulary::{Domain, fact};

use crate::corpus::{corpus, files_in, read};

#[test]
fn every_model_comes_to_what_it_lists() {
    let Some(corpus) = corpus() else { return };
    let mut paths = files_in(&corpus, "tm-library", "json");
    paths.push(corpus.join("threat-dragon/huskyai.tmbom.json"));
    paths.push(corpus.join("cyclonedx-tm/prototype/hashicorp-vault-threat-model.json"));
    let mut seen = 0;
    for path in paths {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        if name.ends_with("/index.json") {
            // A list of the models, not one of them.
            assert_eq!(recognise(&name, &text), None);
            continue;
        }
        let file: Value = serde_json::from_str(&text).unwrap();
        let imported = read(&path).unwrap_or_else(|| panic!("{name} is not recognised")).import();
        assert_eq!(recognise(&name, &text), Some(Format::ThreatModelLibrary));
        let model = &imported.model;
        let list = |key: &str| file[key].as_array().cloned().unwrap_or_default();
        let count = |key: &str| list(key).len();
        let stand_ins = model.components.iter().filter(|it| it.element.out_of_scope.is_some()).count();
        assert_eq!(
            model.components.len() - stand_ins,
            count("actors") + count("components") + count("data_stores"),
            "{name}"
        );
        assert_eq!(model.flows.len(), count("data_flows"), "{name}");
        assert_eq!(model.boundaries.len(), count("trust_zones"), "{name}");
        assert_eq!(model.data.len(), count("data_sets"), "{name}");
        assert_eq!(model.recorded_threats.len(), count("threats"), "{name}");
        assert_eq!(model.assumptions.len(), count("assumptions"), "{name}");
        let notes = |kind: &str| model.notes.iter().filter(|note| &*note.kind == kind).count();
        assert_eq!(notes("control"), count("controls"), "{name}");
        assert_eq!(notes("risk"), count("risks"), "{name}");
        assert_eq!(notes("persona"), count("threat_personas"), "{name}");
        // Ends, zones and placements are those of the file.
        for (flow, raw) in model.flows.iter().zip(list("data_flows")) {
            let end = |index| model.id(ElementRef { domain: Domain::Component, index }).to_owned();
            assert_eq!(end(flow.source), raw["source"]["object"].as_str().unwrap(), "{name}");
            assert_eq!(end(flow.target), raw["destination"]["object"].as_str().unwrap(), "{name}");
            assert_eq!(flow.element.word(fact::ENCRYPTION) != Some("none"), raw["encrypted"] == true, "{name}");
        }
        // Some models place data in stores that they do not list.
        let stores: Vec<Value> = list("data_stores").iter().map(|store| store["symbolic_name"].clone()).collect();
        let placements = |set: &Value| set["placements"].as_array().cloned().unwrap_or_default();
        let placed =
            list("data_sets").iter().flat_map(placements).filter(|it| stores.contains(&it["data_store"])).count();
        let stored: usize = model.components.iter().map(|it| it.element.references(fact::STORES).len()).sum();
        assert_eq!(stored, placed, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 6);
}
