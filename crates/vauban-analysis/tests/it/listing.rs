//! There and back: what Threat Composer, the Threat Model Library, CycloneDX 2.0 and threatcl hold is the same after it was
//! read, written and read again; what is written keeps to the published schemas.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vauban_analysis::export::interchange::{self, Original};
use vauban_analysis::project::{Inputs, load};
use vauban_analysis::{Session, embedded};
use vauban_model::model::{Element, ElementRef, Model, Value as FactValue};
use vauban_model::vocabulary::{Domain, FactType};

use crate::models;

fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    path.is_dir().then_some(path)
}

/// Reads a text as a file of this name.
fn read(name: &str, text: &[u8], format: &str) -> Session {
    let inputs = Inputs { model: name.to_owned(), format: Some(format.to_owned()), ..Inputs::default() };
    let mut read = |wanted: &str| if wanted == name { Ok(text.to_vec()) } else { Err("not there".to_owned()) };
    let project = load(&inputs, &mut read).unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), models::options())
}

/// A model in words, without places and without what the export says of itself. Findings that come back as recorded
/// threats are left out: they are new, and meant to be.
fn told(model: &Model, keep: impl Fn(&str) -> bool, ours: &dyn Fn(&str) -> bool) -> Vec<String> {
    let id = |domain, index: &u32| model.id(ElementRef { domain, index: *index }).to_owned();
    let mut out = Vec::new();
    for domain in Domain::ALL {
        for (_, element) in model.elements(domain) {
            out.push(format!(
                "{domain:?} {} {:?} {:?} {:?}",
                element.id, element.name, element.description, element.tags
            ));
            out.extend(facts(model, element));
            let extras = element.extras.iter().filter(|(key, _)| keep(key));
            out.extend(extras.map(|(key, value)| format!("  {} {key} = {value}", element.id)));
        }
    }
    for part in &model.components {
        out.push(format!(
            "{} in {:?} of {:?}",
            part.element.id,
            part.boundary.map(|it| id(Domain::Boundary, &it)),
            part.parent.map(|it| id(Domain::Component, &it))
        ));
    }
    for flow in &model.flows {
        out.push(format!(
            "{}: {} to {}",
            flow.element.id,
            id(Domain::Component, &flow.source),
            id(Domain::Component, &flow.target)
        ));
    }
    for line in &model.boundaries {
        out.push(format!("{} in {:?}", line.element.id, line.parent.map(|it| id(Domain::Boundary, &it))));
    }
    for assumption in &model.assumptions {
        let about: Vec<&str> = assumption.about.iter().map(|it| model.id(*it)).collect();
        out.push(format!("assumption {} {:?} {about:?}", assumption.id, assumption.text));
    }
    for note in &model.notes {
        if !ours(&note.title) {
            out.push(format!("note {} {:?} {:?}", note.kind, note.title, note.text));
        }
    }
    for case in &model.abuse_cases {
        out.push(format!("abuse {} {:?} {:?}", case.id, case.name, case.text));
    }
    for third in &model.third_parties {
        out.push(format!(
            "third party {} {:?} {:?} {:?} {:?}",
            third.id, third.name, third.provides, third.when_down, third.notes
        ));
    }
    for scope in &model.out_of_scope {
        out.push(format!("out of scope {:?}", scope.what));
    }
    for threat in model.recorded_threats.iter().filter(|threat| !ours(&threat.title) && !ours(&threat.id)) {
        let about: Vec<&str> = threat.elements.iter().map(|it| model.id(*it)).collect();
        out.push(format!(
            "threat {} {:?} {:?} {:?} {about:?} {:?} {:?} {:?} {:?}",
            threat.id,
            threat.title,
            threat.description,
            threat.categories,
            threat.severity,
            threat.status,
            threat.mitigation,
            threat.cwe
        ));
        let extras = threat.extras.iter().filter(|(key, _)| keep(key));
        out.extend(extras.map(|(key, value)| format!("  {} {key} = {value}", threat.id)));
    }
    out.sort();
    out
}

fn facts(model: &Model, element: &Element) -> Vec<String> {
    let mut out = Vec::new();
    for fact in &element.facts {
        let value = match (&fact.value, fact.id.definition().ty) {
            (FactValue::References(list), FactType::References(domain)) => {
                let mut ids: Vec<&str> =
                    list.iter().map(|index| model.id(ElementRef { domain, index: *index })).collect();
                ids.sort_unstable();
                format!("{ids:?}")
            }
            (value, _) => format!("{value:?}"),
        };
        out.push(format!("  {} {} {value}", element.id, fact.id.definition().id));
    }
    out
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut waiting = vec![folder.to_owned()];
    let mut out = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == extension) {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// Reads, writes, reads again, writes again: the models are the same, and so are the bytes of the second writing but for
/// what the first added.
fn round(
    folder: &str,
    extension: &str,
    format: &str,
    check: &dyn Fn(&str, &[u8]),
    keep: &dyn Fn(&str) -> bool,
) -> usize {
    let Some(corpus) = corpus() else { return usize::MAX };
    let to = interchange::Format::parse(format).unwrap();
    let mut seen = 0;
    for path in files(&corpus.join(folder), extension) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if vauban_analysis::import::recognise(&name, &text).map(|it| it.as_str()) != Some(format) {
            continue;
        }
        // Controls for other files to import; there is no model to write back.
        if format == "threatcl" && !text.lines().any(|line| line.trim_start().starts_with("threatmodel")) {
            continue;
        }
        let first = read(&name, &bytes, format);
        let original = Some(Original { text: &text, bytes: &[] });
        let written = interchange::export(to, &first.report(), original);
        check(&name, &written.bytes);
        let again = read(&name, &written.bytes, format);
        let analysis = &first.report().analysis;
        let titles: Vec<&str> = analysis.findings.iter().map(|it| &*it.title).collect();
        let ids: Vec<String> = analysis
            .findings
            .iter()
            .map(|it| it.id.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-"))
            .collect();
        let controls: Vec<&str> = first.report().controls.iter().map(|it| &*it.name).collect();
        let before: Vec<&str> = first.project.model.notes.iter().map(|it| &*it.title).collect();
        let ours = |text: &str| {
            titles.contains(&text)
                || ids.iter().any(|id| id == text || format!("risk-{id}") == text)
                || analysis.findings.iter().any(|it| *it.id == *text)
                || (controls.contains(&text) && !before.contains(&text))
                || text.starts_with("make use of this: ")
                || text == "Anybody"
                || (text.starts_with("Mitigation ") && !before.contains(&text))
        };
        let (a, b) = (told(&first.project.model, keep, &ours), told(&again.project.model, keep, &ours));
        let lost: Vec<&String> = a.iter().filter(|line| !b.contains(line)).take(8).collect();
        let new: Vec<&String> = b.iter().filter(|line| !a.contains(line)).take(8).collect();
        assert!(lost.is_empty() && new.is_empty(), "{name}\nlost {lost:#?}\nnew {new:#?}");
        // Nothing of ours is written twice.
        let twice = interchange::export(to, &again.report(), None);
        let third = read(&name, &twice.bytes, format);
        assert_eq!(third.project.model.recorded_threats.len(), again.project.model.recorded_threats.len(), "{name}");
        seen += 1;
    }
    seen
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

fn validator(path: &str) -> Option<jsonschema::Validator> {
    let text = std::fs::read_to_string(corpus()?.join(path)).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    offline(&mut schema);
    Some(jsonschema::validator_for(&schema).unwrap())
}

fn valid(validator: Option<&jsonschema::Validator>, name: &str, bytes: &[u8]) {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let Some(validator) = validator else { return };
    let faults: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        // A day is a day and a time to whoever does not look at formats: the schema's own slip.
        .filter(|fault| !fault.contains("is valid under more than one of the schemas"))
        .map(|it| it.chars().take(300).collect())
        .take(5)
        .collect();
    assert_eq!(faults, Vec::<String>::new(), "{name}");
}

#[test]
fn threat_composer_comes_back_whole() {
    // Places in lists are made anew where there were none, and so is an id.
    let keep = |key: &str| {
        key.starts_with("threat-composer:") && !matches!(key, "threat-composer:numericId" | "threat-composer:id")
        && !key.starts_with("threat-composer:mitigation.") && !key.starts_with("threat-composer:assumption.")
        // Keys that the strict schema refuses are written as people's own.
        && !key.starts_with("threat-composer:metadata.") && !matches!(key, "threat-composer:controls" | "threat-composer:controlLinks")
    };
    let seen = round(
        "threat-composer",
        "json",
        "threat-composer",
        &|_, bytes| drop(serde_json::from_slice::<Value>(bytes).unwrap()),
        &keep,
    );
    assert!(seen >= 8, "{seen}");
}

#[test]
fn the_threat_model_library_comes_back_whole_and_valid() {
    let schema = validator("tm-library/threat-model.schema.json");
    let keep = |key: &str| {
        key.starts_with("tm-library:")
            && !key.starts_with("tm-library:control.")
            && !key.starts_with("tm-library:risk.")
            && !matches!(key, "tm-library:$schema" | "tm-library:persona.anybody")
    };
    let seen = round("tm-library", "json", "tm-library", &|name, bytes| valid(schema.as_ref(), name, bytes), &keep);
    assert!(seen >= 4, "{seen}");
}

#[test]
fn cyclonedx_threat_models_come_back_whole_and_valid() {
    let schema = validator("cyclonedx-tm/schema/cyclonedx-2.0-bundled.schema.json");
    let keep = |key: &str| {
        key.starts_with("cyclonedx:")
            && !key.starts_with("cyclonedx:control.")
            && !key.starts_with("cyclonedx:risk.")
            && !key.starts_with("cyclonedx:blueprint.")
            && !matches!(
                key,
                "cyclonedx:threats.attackPaths"
                    | "cyclonedx:metadata.component"
                    | "cyclonedx:$comment"
                    | "cyclonedx:$schema"
            )
    };
    let seen =
        round("cyclonedx-tm/valid", "json", "cyclonedx", &|name, bytes| valid(schema.as_ref(), name, bytes), &keep);
    assert!(seen >= 18, "{seen}");
}

#[test]
fn threatcl_comes_back_whole() {
    let keep = |key: &str| {
        key.starts_with("threatcl:")
            && !key.starts_with("threatcl:diagram")
            && !key.starts_with("threatcl:control")
            && !key.starts_with("threatcl:proposed_control")
            && !matches!(
                key,
                "threatcl:spec_version"
                    | "threatcl:variables"
                    | "threatcl:imports"
                    | "threatcl:including"
                    | "threatcl:trust_zone"
            )
    };
    let seen = round("threatcl", "hcl", "threatcl", &|_, _| (), &keep);
    assert!(seen >= 10, "{seen}");
}

#[test]
fn our_own_models_are_valid_in_every_format_with_a_schema() {
    let library = validator("tm-library/threat-model.schema.json");
    let cyclonedx = validator("cyclonedx-tm/schema/cyclonedx-2.0-bundled.schema.json");
    for path in models::all().iter().take(4) {
        let session = models::session(path);
        let report = session.report();
        for (format, schema) in [
            (interchange::Format::ThreatModelLibrary, library.as_ref()),
            (interchange::Format::CycloneDx, cyclonedx.as_ref()),
            (interchange::Format::ThreatComposer, None),
        ] {
            let exported = interchange::export(format, &report, None);
            valid(schema, &format!("{path} as {}", format.as_str()), &exported.bytes);
            let again = read("x", &exported.bytes, format.as_str());
            let threats = report.analysis.findings.len() + report.model.recorded_threats.len();
            assert_eq!(again.project.model.recorded_threats.len(), threats, "{path} as {}", format.as_str());
        }
        let hcl = interchange::export(interchange::Format::Threatcl, &report, None);
        let again = read("x.hcl", &hcl.bytes, "threatcl");
        assert!(
            again.project.diagnostics.iter().all(|it| it.code != "invalid-hcl"),
            "{path}: {:?}",
            again.project.diagnostics
        );
        assert_eq!(again.project.model.components.len(), report.model.components.len(), "{path}");
        assert_eq!(again.project.model.flows.len(), report.model.flows.len(), "{path}");
    }
}

/// A small model of our own with threats in several states.
const STATES: &str = "vauban: 1
system: {name: Shop}
components:
  web: {name: Web, kind: process}
  box: {name: Box}
flows:
  orders: {from: web, to: box, name: orders}
threats:
  theft: {title: Theft, categories: [S], about: [web], severity: high, status: mitigated}
  flood: {title: Flood, about: [web], severity: low, status: accepted, mitigation: A dam}
  fire: {title: Fire, about: [web]}
";

#[test]
fn states_of_threats_come_back_from_every_format_that_has_room_for_them() {
    let session = read("shop.yaml", STATES.as_bytes(), "vauban");
    assert_eq!(session.project.model.recorded_threats.len(), 3, "{:?}", session.project.diagnostics);
    let report = session.report();
    let library = validator("tm-library/threat-model.schema.json");
    for (format, name) in [
        (interchange::Format::ThreatModelLibrary, "x.tmbom.json"),
        (interchange::Format::Threatcl, "x.hcl"),
        (interchange::Format::ThreatDragon, "x.td.json"),
    ] {
        let exported = interchange::export(format, &report, None);
        if format == interchange::Format::ThreatModelLibrary {
            valid(library.as_ref(), name, &exported.bytes);
        }
        let again = read(name, &exported.bytes, format.as_str());
        let state = |id: &str| {
            let threats = &again.project.model.recorded_threats;
            threats.iter().find(|it| *it.id == *id).map(|it| it.status.to_lowercase())
        };
        assert_eq!(state("theft").as_deref(), Some("mitigated"), "{}", format.as_str());
        assert_eq!(state("flood").as_deref(), Some("accepted"), "{}", format.as_str());
        assert!(matches!(state("fire").as_deref(), Some("" | "open")), "{}: {:?}", format.as_str(), state("fire"));
        let losses = interchange::losses(format, &report);
        assert!(!losses.iter().any(|it| it.what == "states of recorded threats"), "{}", format.as_str());
        let dam = again.project.model.recorded_threats.iter().find(|it| &*it.id == "flood");
        assert!(dam.is_some_and(|it| it.mitigation.contains("A dam") || format != interchange::Format::Threatcl));
    }
}

#[test]
fn what_a_format_demands_and_nobody_stated_is_counted() {
    let session = read("shop.yaml", STATES.as_bytes(), "vauban");
    let report = session.report();
    for (format, wanted) in [
        (interchange::Format::ThreatModelLibrary, "kinds of components, as `component` (1: `box`)"),
        (interchange::Format::CycloneDx, "types of assets, as `process` (1: `box`)"),
        (interchange::Format::Threatcl, "kinds of components, as `process` (1: `box`)"),
        (interchange::Format::ThreatDragon, "kinds of components, as process (1: `box`)"),
    ] {
        let told = interchange::export(format, &report, None).remarks.join("\n");
        assert!(told.contains(wanted) && told.contains("filled in"), "{}: {told}", format.as_str());
    }
}

#[test]
fn several_diagrams_written_as_one_are_told() {
    let hcl = "spec_version = \"0.7.0\"\nthreatmodel \"Shop\" {\n  author = \"Ann\"\n  data_flow_diagram_v2 \"one\" {\n    \
               process \"web\" {\n    }\n    process \"box\" {\n    }\n    flow \"a\" {\n      from = \"web\"\n      to = \"box\"\n    }\n  }\n  \
               data_flow_diagram_v2 \"two\" {\n    process \"till\" {\n    }\n  }\n}\n";
    let session = read("x.hcl", hcl.as_bytes(), "threatcl");
    let exported = interchange::export(interchange::Format::Threatcl, &session.report(), None);
    let told = exported.losses.iter().find(|it| it.what.contains("diagrams")).expect("told");
    assert_eq!(told.count, 4, "three components and a flow");
}

#[test]
fn what_was_decided_in_a_register_survives_a_workbook_and_a_table() {
    let register = "Risk ID,Threat,Asset,Likelihood,Impact,Severity,Treatment,Owner,Due date\n\
                    2.10,Outage,Shop,4,5,High,Accept,Ann,2027-01-31\n007,Theft,Shop,1,2,Low,Transfer,Bob,\n";
    let first = read("r.csv", register.as_bytes(), "spreadsheet");
    let book = interchange::export(interchange::Format::Spreadsheet, &first.report(), None).bytes;
    let second = read("r.xlsx", &book, "spreadsheet");
    let table = interchange::csv_table(&second.report(), "threats");
    assert!(table.losses.iter().all(|loss| !loss.what.contains("hidden")), "{:?}", table.losses);
    let third = read("t.csv", &table.bytes, "spreadsheet");
    let told = |session: &Session| -> Vec<String> {
        let threats = session.project.model.recorded_threats.iter();
        let threats = threats.filter(|it| matches!(&*it.title, "Outage" | "Theft"));
        threats
            .map(|it| {
                let of = |key: &str| {
                    let key = format!("spreadsheet:{key}");
                    it.extras.iter().find(|(known, _)| **known == *key).map_or("", |(_, text)| &**text)
                };
                let kept: Vec<&str> =
                    ["likelihood", "impact", "treatment", "owner", "until"].into_iter().map(of).collect();
                format!("{} {} {} {} {kept:?}", it.id, it.title, it.severity, it.status)
            })
            .collect()
    };
    assert_eq!(
        told(&first),
        [
            r#"2.10 Outage High accepted ["4", "5", "Accept", "Ann", "2027-01-31"]"#,
            r#"007 Theft Low transferred ["1", "2", "Transfer", "Bob", ""]"#
        ]
    );
    assert_eq!(told(&second), told(&first), "a workbook");
    assert_eq!(told(&third), told(&first), "a table");
}
