//! What stands in an evidence pack.

use vauban_analysis::evidence::{Answering, Request, Subject, pack};
use vauban_export::evidence::verify;

use crate::models;

#[test]
fn a_pack_holds_what_machines_read_and_is_sound() {
    let session = models::session("examples/web-shop/model.yaml");
    let (frameworks, _) = session.library.frameworks();
    let framework = frameworks.frameworks.iter().find(|it| !it.statement.is_empty()).expect("one that asks");
    let request = Request {
        from: "2026-01-01".into(),
        to: "2026-06-30".into(),
        as_of: "2026-06-30".into(),
        made: "2026-07-01T00:00:00Z".into(),
        seed: "1".into(),
        sample: 5,
        ..Request::default()
    };
    let subjects = [Subject { session: &session, path: "model.yaml" }];
    let answering = Some(Answering { frameworks: &frameworks, framework, baseline: "" });
    let made = pack(&request, &subjects, answering, None, None).expect("a pack");
    let answer = verify(&made.bytes, None);
    assert!(answer.is_good() && answer.files >= made.files, "{:?}", answer.problems);
    let text = String::from_utf8_lossy(&made.bytes);
    let (_, manifest) = text.split_once("MANIFEST.json{").expect("the manifest, which is not compressed");
    for name in [
        "/oscal/assessment-results.json",
        "/oscal/poam.json",
        "/oscal/component-definition.json",
        "/coverage.json",
        "/statement-of-applicability.json",
        "/statement-of-applicability.csv",
    ] {
        assert!(manifest.contains(&format!("{name}\"")), "{name}");
    }
    for content in ["\"plan-of-action-and-milestones\": {", "/schema/evidence-coverage/", "/schema/evidence-soa/"] {
        assert!(text.contains(content), "{content}");
    }
    // The statement is evidence for the requirement that asks for it.
    let index = made.gaps.iter().filter(|gap| gap.contains("statement-of-applicability")).count();
    assert_eq!(index, 0, "{:?}", made.gaps);
}

/// A JSON file of a pack, which is not compressed.
fn json_of(text: &str, path: &str) -> serde_json::Value {
    let (_, rest) = text.split_once(&format!("{path}{{")).expect(path);
    let rest = format!("{{{rest}");
    serde_json::Deserializer::from_str(&rest).into_iter().next().expect(path).expect(path)
}

#[test]
fn the_index_claims_no_more_than_the_coverage() {
    let session = models::session("examples/web-shop/model.yaml");
    let (frameworks, _) = session.library.frameworks();
    let request = Request {
        from: "2026-01-01".into(),
        to: "2026-06-30".into(),
        as_of: "2026-06-30".into(),
        made: "2026-07-01T00:00:00Z".into(),
        ..Request::default()
    };
    let subjects = [Subject { session: &session, path: "model.yaml" }];
    for name in ["soc2-2017", "nist-800-53-r5", "iso-27001-2022"] {
        let framework = frameworks.find(name).expect(name);
        let answering = Some(Answering { frameworks: &frameworks, framework, baseline: "" });
        let made = pack(&request, &subjects, answering, None, None).expect("a pack");
        let text = String::from_utf8_lossy(&made.bytes);
        let index = json_of(&text, "00-index/requirements.json");
        let coverage = json_of(&text, "/coverage.json");
        let of = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let standings = |rows: &serde_json::Value, id: fn(&serde_json::Value) -> &serde_json::Value| {
            let rows = rows.as_array().into_iter().flatten();
            let each = rows.map(|row| (id(row).as_str().unwrap_or_default().to_owned(), of(row, "standing")));
            each.collect::<Vec<(String, String)>>()
        };
        let said = standings(&index["items"], |row| &row["id"]);
        assert_eq!(said, standings(&coverage["requirements"], |row| &row["requirement"]["id"]), "{name}");
        assert!(!said.iter().any(|(id, _)| id.is_empty()) && said.len() > 50, "{name}");
        for row in index["items"].as_array().into_iter().flatten() {
            let nothing = ["no-evidence", "not-claimed"].contains(&&*of(row, "standing"));
            assert!(!nothing || !of(row, "missing").is_empty(), "{name}: {row}");
            assert!(of(row, "standing") != "not-claimed" || of(row, "files").is_empty(), "{name}: {row}");
        }
        // The sentences of the pack count as the coverage does.
        let count = |standing: &str| said.iter().filter(|(_, it)| it == standing).count();
        for standing in ["no-evidence", "not-claimed"] {
            let number = count(standing).to_string();
            assert!(
                count(standing) == 0 || made.gaps.iter().any(|gap| gap.contains(&number)),
                "{name} {:?}",
                made.gaps
            );
        }
    }
}
