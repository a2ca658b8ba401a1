//! pytm's own inputs and outputs in the public corpus.

use serde_json::Value;
use vauban_import::Format;
use vauban_model::vocabulary::fact;

use crate::corpus::{corpus, files_in, read};

#[test]
fn every_file_comes_to_what_it_lists() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for path in files_in(&corpus, "pytm", "json") {
        let name = path.display().to_string();
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let read = read(&path).unwrap_or_else(|| panic!("{name} is not recognised"));
        assert_eq!(read.format, Format::Pytm, "{name}");
        let model = read.import().model;
        let list = |key: &str| file[key].as_array().cloned().unwrap_or_default();
        assert_eq!(model.components.len(), list("elements").len(), "{name}");
        assert_eq!(model.boundaries.len(), list("boundaries").len(), "{name}");
        // An answer is what the flow that it answers brings back.
        let answers = list("flows").iter().filter(|flow| flow["responseTo"].is_string()).count();
        assert_eq!(model.flows.len() + answers, list("flows").len(), "{name}");
        let kept =
            model.flows.iter().flat_map(|flow| &flow.element.extras).filter(|(key, _)| key.starts_with("pytm:answer"));
        assert_eq!(kept.count(), answers, "{name}");
        let implied = list("elements").iter().filter(|it| it["storesPII"] == true).count()
            + list("elements").iter().filter(|it| it["storesLogData"] == true).count()
            + list("elements").iter().filter(|it| it["processesPersonalData"] == true).count();
        assert_eq!(model.data.len(), list("data").len() + implied, "{name}");
        let threats = list("findings").len() + list("excluded_findings").len();
        assert_eq!(model.recorded_threats.len(), threats, "{name}");
        assert!(model.recorded_threats.iter().all(|threat| threat.elements.len() == 1), "{name}");
        let excluded = model.recorded_threats.iter().filter(|threat| &*threat.status == "excluded").count();
        assert_eq!(excluded, list("excluded_findings").len(), "{name}");
        for (component, raw) in model.components.iter().zip(list("elements")) {
            assert_eq!(&*component.element.name, raw["name"].as_str().unwrap(), "{name}");
            assert_eq!(component.boundary.is_some(), raw["inBoundary"].is_string(), "{name}");
            let person = component.element.bool(fact::USED_BY_PEOPLE) == Some(true);
            assert_eq!(person, raw["__class__"] == "Actor", "{name}");
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
}
