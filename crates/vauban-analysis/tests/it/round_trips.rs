//! Out in another tool's format and back in again: the same model but for what the losses name.

use vauban_analysis::export::interchange::{self, Aspect, Format, Original};
use vauban_analysis::format::write_model;
use vauban_analysis::import;
use vauban_analysis::project::{Inputs, load};
use vauban_analysis::{Session, embedded};
use vauban_model::model::Model;

use crate::models;

/// A model of our own corpus, or of the shared one, analysed.
fn session(path: &str) -> Session {
    let inputs = Inputs { model: path.to_owned(), ..Inputs::default() };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut read = |name: &str| std::fs::read(root.join(name)).map_err(|error| error.to_string());
    let project = load(&inputs, &mut read).unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), models::options())
}

/// Reads what was written.
fn back(format: import::Format, bytes: &[u8]) -> import::Imported {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let binary = import::is_binary(bytes);
    let file = import::InputFile {
        id: vauban_model::FileId(0),
        name: "back",
        text: if binary { "" } else { &text },
        bytes: if binary { bytes } else { &[] },
    };
    let found =
        if binary { import::recognise_bytes("back.xlsx", bytes) } else { import::recognise("back.json", &text) };
    assert_eq!(found, Some(format), "it is recognised");
    import::import(format, &[file])
}

/// A model as text without what the way itself adds: remarks of the format's reader, places where there were none.
fn plain(model: &Model, like: &Model, prefix: &str) -> String {
    let mut model = model.clone();
    if like.drawings.is_empty() {
        model.drawings.clear();
    }
    for domain in vauban_model::vocabulary::Domain::ALL {
        for index in 0..model.count(domain) {
            let element = vauban_model::model::ElementRef::new(domain, index);
            let id = model.id(element).to_owned();
            let same = like.elements(domain).find(|(_, it)| *it.id == *id).map(|(_, it)| it.extras.clone());
            let known = same.unwrap_or_default();
            if let Some(element) = model.get_mut(element) {
                // A name such as `flow-01` that is the id as well looks like a program's once a format repeats it.
                element.named_as_id &= element.name.chars().all(char::is_alphabetic);
                // The version is the one written, and diagrams are named anew.
                element.extras.retain(|(key, _)| !matches!(&**key, "otm:otmVersion" | "otm:representations"));
                element.extras.retain(|(key, _)| !key.starts_with(prefix) || known.iter().any(|(it, _)| it == key));
                element.extras.sort();
                // White space at the end of a text says nothing, and some formats cannot hold it.
                element.description = element.description.trim_end().into();
                element.facts.sort_by_key(|fact| fact.id);
                element.controls.sort_by(|a, b| a.control.cmp(&b.control));
            }
        }
    }
    let by_id = |a: &vauban_model::model::RecordedThreat, b: &vauban_model::model::RecordedThreat| a.id.cmp(&b.id);
    model.recorded_threats.sort_by(by_id);
    model.recorded_threats.iter_mut().for_each(|threat| threat.extras.sort());
    // A page with nothing on it says nothing.
    model.drawings.retain(|drawing| !drawing.shapes.is_empty() || !drawing.lines.is_empty());
    for drawing in &mut model.drawings {
        // What was on no drawing is put on one, so that nothing is missing there.
        if let Some(known) = like.drawings.iter().find(|known| known.id == drawing.id) {
            drawing.shapes.retain(|shape| known.shapes.iter().any(|it| it.element == shape.element));
            drawing.flows.retain(|flow| known.flows.iter().any(|it| it.flow == flow.flow));
        }
        drawing.shapes.sort_by_key(|shape| shape.element);
        drawing.flows.sort_by_key(|flow| flow.flow);
    }
    write_model(&model)
}

fn assert_same(name: &str, before: &str, after: &str) {
    if before != after {
        let lost: Vec<&str> = before.lines().filter(|line| !after.contains(line)).take(12).collect();
        let new: Vec<&str> = after.lines().filter(|line| !before.contains(line)).take(12).collect();
        let first = before.lines().zip(after.lines()).find(|(a, b)| a != b);
        panic!("{name}: lost {lost:#?}\nnew {new:#?}\nfirst {first:#?}");
    }
}

fn ids(session: &Session) -> Vec<&str> {
    session.analysis.findings.iter().map(|finding| &*finding.id).collect()
}

#[test]
fn whatever_a_format_carries_whole_comes_back_whole() {
    for (out, read) in [
        (Format::OpenThreatModel, import::Format::OpenThreatModel),
        (Format::ThreatDragon, import::Format::ThreatDragon),
        (Format::Spreadsheet, import::Format::Spreadsheet),
    ] {
        for path in models::all() {
            let before = session(&path);
            let exported = interchange::export(out, &before.report(), None);
            assert!(exported.losses.is_empty() && interchange::losses(out, &before.report()).is_empty(), "{path}");
            let imported = back(read, &exported.bytes);
            let bad: Vec<_> =
                imported.diagnostics.iter().filter(|it| it.severity > vauban_model::Severity::Note).collect();
            assert!(bad.is_empty(), "{path} as {}: {bad:#?}", out.as_str());
            let prefix = format!("{}:", read.as_str());
            assert_same(
                &format!("{path} as {}", out.as_str()),
                &plain(&before.project.model, &before.project.model, &prefix),
                &plain(&imported.model, &before.project.model, &prefix),
            );
            let mut project = session(&path).project;
            project.model = imported.model;
            let after = Session::new(project, embedded::load(&[]), models::options());
            assert_eq!(ids(&before), ids(&after), "{path} as {}", out.as_str());
        }
    }
}

/// The drawings of other tools, as far as they are here.
fn drawings(folder: &str, endings: &[&str]) -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let Ok(entries) = std::fs::read_dir(root.join("../shared/corpus").join(folder)) else {
        println!("skipped: ../shared/corpus/{folder} is not here");
        return Vec::new();
    };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut out: Vec<String> = names
        .filter(|name| endings.iter().any(|ending| name.ends_with(ending)) && !name.contains("schema"))
        .map(|name| format!("../shared/corpus/{folder}/{name}"))
        .collect();
    out.sort();
    out
}

fn foreign(path: &str) -> Option<Session> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let inputs = Inputs { model: path.to_owned(), ..Inputs::default() };
    let mut read = |name: &str| std::fs::read(root.join(name)).map_err(|error| error.to_string());
    let project = load(&inputs, &mut read).ok()?;
    Some(Session::new(project, embedded::load(&[]), models::options()))
}

#[test]
fn drawings_of_others_come_back_whole_through_every_rich_format() {
    let mut all = drawings("threat-dragon", &[".json"]);
    all.extend(drawings("otm", &[".json", ".otm", ".yaml"]));
    all.extend(drawings("mtmt", &[".tm7"]).into_iter().take(4));
    for path in all {
        let Some(before) = foreign(&path) else { continue };
        for (out, read) in [
            (Format::OpenThreatModel, import::Format::OpenThreatModel),
            (Format::ThreatDragon, import::Format::ThreatDragon),
            (Format::Spreadsheet, import::Format::Spreadsheet),
        ] {
            let exported = interchange::export(out, &before.report(), None);
            let imported = back(read, &exported.bytes);
            let prefix = format!("{}:", read.as_str());
            assert_same(
                &format!("{path} as {}", out.as_str()),
                &plain(&before.project.model, &before.project.model, &prefix),
                &plain(&imported.model, &before.project.model, &prefix),
            );
        }
    }
}

#[test]
fn a_threat_dragon_file_gets_our_findings_once_and_keeps_everything_else() {
    for path in drawings("threat-dragon", &[".json"]) {
        let Some(before) = foreign(&path) else { continue };
        if before.project.format != "threat-dragon" {
            continue;
        }
        let (_, file) = before.project.sources.iter().next().expect("a file");
        let original = Original { text: &file.text, bytes: &[] };
        let once = interchange::export(Format::ThreatDragon, &before.report(), Some(original));
        assert!(once.losses.is_empty(), "{path}: {:?}", once.losses);
        let imported = back(import::Format::ThreatDragon, &once.bytes);
        let model = &before.project.model;
        assert_eq!(imported.model.components.len(), model.components.len(), "{path}");
        assert_eq!(imported.model.flows.len(), model.flows.len(), "{path}");
        assert_eq!(imported.model.recorded_threats.len(), model.recorded_threats.len(), "{path}");
        let text = String::from_utf8(once.bytes).expect("text");
        let mut project = session(&path).project;
        project.model = imported.model;
        let again = Session::new(project, embedded::load(&[]), models::options());
        let original = Original { text: &text, bytes: &[] };
        let twice = interchange::export(Format::ThreatDragon, &again.report(), Some(original));
        assert_eq!(text, String::from_utf8(twice.bytes).expect("text"), "{path}: a second time changes nothing");
    }
}

#[test]
fn what_was_decided_in_threat_dragon_about_our_findings_comes_back_as_a_decision() {
    let before = session("cases/mobile-banking/model.yaml");
    let exported = interchange::export(Format::ThreatDragon, &before.report(), None);
    let text = String::from_utf8(exported.bytes).expect("text");
    let finding = &before.analysis.findings[0].id;
    let mut document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for cell in document["detail"]["diagrams"][0]["cells"].as_array_mut().expect("cells") {
        for threat in cell["data"]["threats"].as_array_mut().into_iter().flatten() {
            if threat["vauban"]["finding"] == **finding {
                threat["status"] = "NotApplicable".into();
            }
        }
    }
    let imported = back(import::Format::ThreatDragon, &serde_json::to_vec(&document).expect("JSON"));
    assert_eq!(imported.own_decisions.len(), 1);
    assert_eq!(imported.own_decisions[0].threat, *finding);
    assert_eq!(imported.own_decisions[0].treatment.as_str(), "false-positive");
}

#[test]
fn a_threagile_model_comes_back_as_it_was_but_for_the_named_losses() {
    let mut all = vec!["../shared/corpus/threagile/example/threagile.yaml".to_owned()];
    all.extend(drawings("threagile/v0.9.1", &[".yaml"]));
    all.extend(drawings("threagile-thirdparty", &[".yaml", ".yml"]));
    for path in all {
        let Some(before) = foreign(&path) else { continue };
        if before.project.format != "threagile" || before.project.sources.iter().count() > 1 {
            continue;
        }
        let exported = interchange::export(Format::Threagile, &before.report(), None);
        let imported = back(import::Format::Threagile, &exported.bytes);
        println!("{path}: {:?} {:?}", exported.losses, exported.remarks);
        let (old, new) = (&before.project.model, &imported.model);
        assert_eq!(old.components.len(), new.components.len(), "{path}");
        assert_eq!(old.flows.len(), new.flows.len(), "{path}");
        assert_eq!(old.data.len(), new.data.len(), "{path}");
        assert_eq!(old.boundaries.len(), new.boundaries.len(), "{path}");
        assert_eq!(old.recorded_threats.len(), new.recorded_threats.len(), "{path}");
        for (a, b) in old.components.iter().zip(&new.components) {
            assert_eq!((&a.element.id, a.boundary), (&b.element.id, b.boundary), "{path}");
            for fact in &a.element.facts {
                assert_eq!(
                    b.element.fact(fact.id).map(|it| &it.value),
                    Some(&fact.value),
                    "{path}: {} {}",
                    a.element.id,
                    fact.id.definition().key
                );
            }
        }
        for (a, b) in old.flows.iter().zip(&new.flows) {
            assert_eq!((&a.element.id, a.source, a.target), (&b.element.id, b.source, b.target), "{path}");
            for fact in &a.element.facts {
                assert_eq!(
                    b.element.fact(fact.id).map(|it| &it.value),
                    Some(&fact.value),
                    "{path}: {} {}",
                    a.element.id,
                    fact.id.definition().key
                );
            }
        }
    }
}

/// Schemas that the tools publish, as far as they are here.
#[test]
fn what_is_written_obeys_the_schemas_of_its_tools() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    for (format, schema) in [
        (Format::OpenThreatModel, "otm/otm_schema.json"),
        (Format::ThreatDragon, "threat-dragon/schema/threat-dragon-v2.schema.json"),
        (Format::Threagile, "threagile/schema.json"),
    ] {
        let Ok(schema) = std::fs::read_to_string(root.join(schema)) else {
            println!("skipped: ../shared/corpus/{schema} is not here");
            continue;
        };
        let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema that can be used");
        let mut all = models::all();
        all.extend(drawings("threat-dragon", &[".json"]));
        all.extend(drawings("otm", &[".json", ".otm", ".yaml"]));
        all.extend(drawings("mtmt", &[".tm7"]).into_iter().take(4));
        for path in all {
            let Some(session) = foreign(&path) else { continue };
            let exported = interchange::export(format, &session.report(), None);
            let text = String::from_utf8(exported.bytes).expect("text");
            let document =
                if format == Format::Threagile { yaml(&text) } else { serde_json::from_str(&text).expect("JSON") };
            let faults: Vec<String> = validator
                .iter_errors(&document)
                .take(5)
                .map(|error| format!("{}: {error}", error.instance_path()).chars().take(300).collect())
                .collect();
            assert_eq!(faults, Vec::<String>::new(), "{path} as {}", format.as_str());
        }
    }
}

/// YAML as the JSON it stands for.
fn yaml(text: &str) -> serde_json::Value {
    use vauban_syntax::{Kind, Limits, Node, parse_yaml};
    fn value(node: &Node) -> serde_json::Value {
        match &node.kind {
            Kind::Scalar(scalar) if scalar.quoted => scalar.text.to_string().into(),
            Kind::Scalar(scalar) => serde_json::from_str(&scalar.text).expect("a plain scalar is JSON's"),
            Kind::Sequence(items) => items.iter().map(value).collect(),
            Kind::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.to_string(), value(&entry.value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
    let mut diagnostics = Vec::new();
    let root = parse_yaml(vauban_model::FileId(0), text, &Limits::default(), &mut diagnostics).expect("YAML");
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    value(&root)
}

#[test]
fn formats_that_hold_all_say_so() {
    for format in [Format::OpenThreatModel, Format::ThreatDragon] {
        assert_eq!(format.carries(), Aspect::ALL);
    }
}

#[test]
fn things_with_names_that_nearly_are_the_same_come_back_as_themselves_from_a_workbook() {
    let text = r#"
vauban: 1
system: { name: Shop }
boundaries:
  prod: {name: Zone (prod)}
  test: {name: Zone (test)}
  plain: {name: zone}
data:
  full: {name: Cards (full)}
  masked: {name: Cards (masked)}
components:
  blue: {name: Worker (blue), in: prod, stores: [full]}
  green: {name: Worker (green), in: test, stores: [masked]}
  other: {name: "worker: Green", in: plain}
  u1: {name: (unattached end of a)}
  u2: {name: (unattached end of b)}
  plain-one: {name: green}
flows:
  f1: {from: blue, to: u1, carries: [full]}
  f2: {from: green, to: u2, carries: [masked]}
  f3: {from: other, to: plain-one}
"#;
    let inputs = Inputs { model: "model.yaml".to_owned(), ..Inputs::default() };
    let mut read = |_: &str| Ok(text.as_bytes().to_vec());
    let project = load(&inputs, &mut read).unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    assert!(project.diagnostics.is_empty(), "{:?}", project.diagnostics);
    let before = Session::new(project, embedded::load(&[]), models::options());
    let exported = interchange::export(Format::Spreadsheet, &before.report(), None);
    let imported = back(import::Format::Spreadsheet, &exported.bytes);
    let model = &before.project.model;
    assert_same("workbook", &plain(model, model, "spreadsheet:"), &plain(&imported.model, model, "spreadsheet:"));
}

#[test]
fn a_threat_dragon_file_does_not_get_guesses_as_facts() {
    let flow = |id: &str, label: &str| {
        format!(
            r#"{{"shape":"flow","id":"{id}","zIndex":10,"source":{{"cell":"a"}},"target":{{"cell":"b"}},"labels":[{{"attrs":{{"label":{{"text":"{label}"}}}}}}],"data":{{"type":"tm.Flow","name":"{label}","description":"","outOfScope":true}}}}"#
        )
    };
    let process = |id: &str| {
        format!(
            r#"{{"shape":"process","id":"{id}","zIndex":1,"position":{{"x":0,"y":0}},"size":{{"width":100,"height":100}},"attrs":{{"text":{{"text":"{id}"}}}},"data":{{"type":"tm.Process","name":"{id}","description":"","outOfScope":true}}}}"#
        )
    };
    let text = format!(
        r#"{{"version":"2.2.0","summary":{{"title":"T"}},"detail":{{"contributors":[],"diagrams":[{{"id":0,"title":"D","diagramType":"STRIDE","version":"2.2.0","cells":[{},{},{}]}}],"diagramTop":1,"threatTop":0,"reviewer":""}}}}"#,
        process("a"),
        process("b"),
        flow("f", "HTTPS login"),
    );
    let inputs = Inputs { model: "td.json".to_owned(), ..Inputs::default() };
    let mut read = |_: &str| Ok(text.as_bytes().to_vec());
    let project = load(&inputs, &mut read).unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    let told = project.diagnostics.iter().any(|it| it.code == "import-name-as-protocol");
    assert!(told, "the reading is told: {:?}", project.diagnostics);
    let mut session = Session::new(project, embedded::load(&[]), models::options());
    let original = Original { text: &text, bytes: &[] };
    let written = |session: &Session| {
        let out = interchange::export(Format::ThreatDragon, &session.report(), Some(original));
        let document: serde_json::Value = serde_json::from_slice(&out.bytes).expect("JSON");
        document["detail"]["diagrams"][0]["cells"][2]["data"].clone()
    };
    let before = written(&session);
    assert!(before.get("protocol").is_none() && before.get("isEncrypted").is_none(), "{before}");
    assert!(before.get("threats").is_none_or(|it| it.as_array().is_some_and(|list| !list.is_empty())), "{before}");
    // What somebody states is a fact of the file.
    for flow in &mut session.project.model.flows {
        for fact in &mut flow.element.facts {
            fact.origin = vauban_model::model::Origin::Stated;
        }
    }
    let session = Session::new(session.project, embedded::load(&[]), models::options());
    let after = written(&session);
    assert_eq!((&after["protocol"], &after["isEncrypted"]), (&"https".into(), &true.into()), "{after}");
}
