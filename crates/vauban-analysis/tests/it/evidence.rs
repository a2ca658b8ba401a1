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
    let answering = Some(Answering { frameworks: &frameworks, framework });
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
