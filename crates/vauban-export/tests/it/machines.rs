//! What machines read: JSON, SARIF, the Navigator layer, and the schemas of the first two.

use std::path::Path;

use serde_json::{Value, json};
use vauban_export::{diagram, json, navigator, picture, sarif, schema};
use vauban_model::model::{Element, Model};
use vauban_model::report::Analysis;
use vauban_model::{FileId, Span};

use crate::hostile::{EVIL, World, world};

/// Every way in which a document breaks its schema.
pub(crate) fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("a schema that can be used");
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn own_schema(name: &str) -> Value {
    serde_json::from_str(schema::schema(name).expect("a schema")).expect("JSON")
}

/// The world with nothing in it.
pub(crate) fn empty() -> World {
    let mut world = world();
    world.model = Model::new(Element::new("s", "S", Span::new(FileId(0), 1, 1, 0)));
    world.analysis = Analysis::default();
    world.new = None;
    world
}

#[test]
fn json_keeps_its_contract() {
    for world in [world(), empty()] {
        assert_eq!(faults(&own_schema("check"), &json::check(&world.report())), Vec::<String>::new());
        let paths = json::paths(&world.report(), &world.answer());
        assert_eq!(faults(&own_schema("paths"), &paths), Vec::<String>::new());
    }
    let change = json!({ "direction": "worse", "kind": "risk-up", "subject": "x@y", "text": EVIL });
    let diff = json!({ "schema": "https://vauban.example/schema/diff/1", "version": 1, "changes": [change] });
    assert_eq!(faults(&own_schema("diff"), &diff), Vec::<String>::new());
}

#[test]
fn a_schema_describes_each_of_its_fields() {
    fn walk(name: &str, at: &str, value: &Value, missing: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::Object(properties)) = fields.get("properties") {
                    for (key, property) in properties {
                        let told = property.get("description").is_some()
                            || property.get("$ref").is_some()
                            || property.get("const").is_some();
                        if !told {
                            missing.push(format!("{name}: {at}/{key}"));
                        }
                    }
                }
                for (key, inner) in fields {
                    walk(name, &format!("{at}/{key}"), inner, missing);
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| walk(name, at, inner, missing)),
            _ => {}
        }
    }
    let mut missing = Vec::new();
    for name in schema::NAMES {
        walk(name, "", &own_schema(name), &mut missing);
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// Nothing is printed that the schema does not know: the published contract is whole.
#[test]
fn a_schema_knows_every_field() {
    fn fields(value: &Value, out: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, inner)| {
                out.insert(key.clone());
                fields(inner, out);
            }),
            Value::Array(list) => list.iter().for_each(|inner| fields(inner, out)),
            _ => {}
        }
    }
    let world = world();
    for (name, document) in
        [("check", json::check(&world.report())), ("paths", json::paths(&world.report(), &world.answer()))]
    {
        let text = schema::schema(name).expect("a schema");
        let mut printed = std::collections::BTreeSet::new();
        fields(&document, &mut printed);
        let unknown: Vec<&String> = printed.iter().filter(|key| !text.contains(&format!("\"{key}\":"))).collect();
        assert_eq!(unknown, Vec::<&String>::new(), "{name}");
    }
}

#[test]
fn sarif_is_valid() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/schemas/sarif/sarif-schema-2.1.0.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: there is no SARIF schema at {}", path.display());
        return;
    };
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    for world in [world(), empty()] {
        for only_shown in [false, true] {
            let document = sarif::sarif(&world.report(), only_shown);
            assert_eq!(faults(&schema, &document), Vec::<String>::new());
        }
    }
}

#[test]
fn sarif_says_what_code_scanning_needs() {
    let world = world();
    let document = sarif::sarif(&world.report(), false);
    let run = &document["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 3);
    let first = &results[0];
    assert_eq!(first["level"], "error");
    assert_eq!(first["baselineState"], "new");
    assert_eq!(first["partialFingerprints"]["vauban/v1"], "first@web");
    assert_eq!(first["suppressions"], json!([]));
    let region = &first["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endColumn"]),
        (&json!(4), &json!(3), &json!(10))
    );
    assert_eq!(first["codeFlows"][0]["threadFlows"][0]["locations"].as_array().map(Vec::len), Some(3));
    // A place in a file nobody read is not invented.
    assert_eq!(first["relatedLocations"][2].get("physicalLocation"), None);
    assert_eq!(results[2]["suppressions"][0]["status"], "accepted");
    assert!(results[2]["suppressions"][0]["justification"].as_str().is_some_and(|text| text.starts_with("accept: ")));
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["properties"]["security-severity"], "9.5");
    assert!(rule["properties"]["tags"].as_array().expect("tags").contains(&json!("external/cwe/cwe-79")));
    let uris: Vec<&str> =
        run["artifacts"].as_array().expect("artifacts").iter().filter_map(|a| a["location"]["uri"].as_str()).collect();
    assert!(uris[0].starts_with("models/%3Cscript%3E") && uris[0].is_ascii() && !uris[0].contains([' ', '"', '<']));
    assert_eq!(uris[1], "file:///abs/it's%20100%25.yaml");
    // The default view leaves out what it does not show, but never what is new or decided.
    let mut world = world;
    world.analysis.findings[0].shown = false;
    world.analysis.findings[1].shown = false;
    let shown = sarif::sarif(&world.report(), true);
    let ids: Vec<&str> = shown["runs"][0]["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter_map(|r| r["partialFingerprints"]["vauban/v1"].as_str())
        .collect();
    assert_eq!(ids, ["first@web", "second@web->store"]);
}

#[test]
fn the_navigator_layer_scores_by_risk() {
    let layer = navigator::navigator(&world().report());
    assert_eq!((&layer["versions"]["layer"], &layer["domain"]), (&json!("4.5"), &json!("enterprise-attack")));
    assert_eq!(layer["versions"]["attack"], "18");
    let technique = &layer["techniques"][0];
    assert_eq!((&technique["techniqueID"], &technique["score"]), (&json!("T1190"), &json!(4)));
    assert!(
        technique["comment"]
            .as_str()
            .is_some_and(|text| text.contains("1 decided") && text.contains("1 stopped by controls"))
    );
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let (one, other) = (world(), world());
    let all = |world: &World| {
        let report = world.report();
        [
            json::check(&report).to_string(),
            sarif::sarif(&report, true).to_string(),
            navigator::navigator(&report).to_string(),
            vauban_export::markdown::markdown(&report, true),
            vauban_export::html::html(&report, true),
        ]
    };
    assert!(all(&one) == all(&other));
}

#[test]
fn the_diagram_survives_what_a_model_may_hold() {
    let world = world();
    let drawing = diagram::diagram(&world.report());
    assert_eq!((drawing.nodes.len(), drawing.groups.len(), drawing.edges.len()), (2, 2, 2));
    let overlay = diagram::overlay(&world.report(), &world.analysis.paths[0]);
    assert_eq!(overlay.steps.len(), 3);
    let placed = picture::layout(&drawing);
    let layer = picture::path_layer(&placed, &overlay);
    let text = format!("<svg>{}</svg>", layer.markup);
    roxmltree::Document::parse(&text).expect("well-formed marks");
    // The flow of the first two steps, and the box or flow where the third stands.
    assert!(!layer.edges.is_empty());
}

#[test]
fn the_written_document_is_the_tree_in_text() {
    let world = crate::hostile::world();
    let tree = serde_json::to_string_pretty(&json::check(&world.report())).unwrap();
    assert_eq!(json::check_text(&world.report()), format!("{tree}\n"));
}
