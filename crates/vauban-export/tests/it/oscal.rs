//! OSCAL: documents that NIST's schema takes, whose references lead somewhere, and in which nothing is left out.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use vauban_export::oscal::{self, Catalogue};
use vauban_model::finding::{Status, Treatment};
use vauban_model::library::RequirementRef;
use vauban_model::model::{ControlStatement, Origin};
use vauban_model::{FileId, Span};

use crate::hostile::{EVIL, World, world};
use crate::machines::{empty, faults};

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/oscal/oscal_complete_schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the kept schema")).expect("JSON")
}

fn catalogues() -> [Catalogue; 2] {
    let catalogue =
        |id: &str, href: &str| Catalogue { frameworks: vec![id.into()], title: EVIL.into(), href: href.into() };
    [catalogue("first-catalogue", "https://a.example/catalog.json"), catalogue("second", "https://b.example/c.json")]
}

fn documents(world: &World) -> [Value; 3] {
    let (report, catalogues) = (world.report(), catalogues());
    [
        oscal::assessment_results(&report, &catalogues),
        oscal::plan_of_action(&report, &catalogues),
        oscal::component_definition(&report, &catalogues),
    ]
}

/// The world with controls that say what they support, stated at two elements.
fn mapped() -> World {
    let mut world = world();
    let requirement = |text: &str| RequirementRef::parse(text).expect("a reference");
    world.controls[0].requirements =
        ["first-catalogue:AC-2(1)", "first-catalogue:SC-8", "second:SC-8", "third:9.9"].map(requirement).to_vec();
    let statement = |present: bool, origin: Origin| ControlStatement {
        control: "encoding".into(),
        present,
        origin,
        span: Span::new(FileId(0), 7, 5, 3),
        note: Some(EVIL.into()),
    };
    world.model.components[0].element.set_control(statement(true, Origin::Stated));
    world.model.boundaries[0].element.set_control(statement(true, Origin::Answered));
    world.model.components[1].element.set_control(statement(false, Origin::Stated));
    world
}

/// Every text of a document with the field it stands in.
fn texts<'a>(value: &'a Value, field: &'a str, out: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| texts(inner, name, out)),
        Value::Array(list) => list.iter().for_each(|inner| texts(inner, field, out)),
        Value::String(text) => out.push((field, text)),
        _ => {}
    }
}

fn all_texts(document: &Value) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    texts(document, "", &mut out);
    out
}

/// Texts of properties with a name.
fn values<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    fn walk<'a>(value: &'a Value, name: &str, out: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                if fields.get("name").and_then(Value::as_str) == Some(name) {
                    out.extend(fields.get("value").and_then(Value::as_str));
                }
                fields.values().for_each(|inner| walk(inner, name, out));
            }
            Value::Array(list) => list.iter().for_each(|inner| walk(inner, name, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(document, name, &mut out);
    out
}

#[test]
fn documents_are_valid_by_the_schema_of_nist() {
    let schema = schema();
    for world in [world(), empty(), mapped()] {
        for document in documents(&world) {
            assert_eq!(faults(&schema, &document), Vec::<String>::new());
        }
    }
}

#[test]
fn the_schema_is_one_that_can_say_no() {
    let [mut document, ..] = documents(&world());
    document["assessment-results"]["results"][0]["risks"][0]["status"] = "not a token".into();
    assert_ne!(faults(&schema(), &document), Vec::<String>::new());
}

#[test]
fn references_lead_to_what_the_document_defines_and_identifiers_are_unique() {
    for world in [world(), empty(), mapped()] {
        for document in documents(&world) {
            let texts = all_texts(&document);
            let defined: Vec<&str> =
                texts.iter().filter(|(field, _)| *field == "uuid").map(|(_, text)| *text).collect();
            let unique: BTreeSet<&str> = defined.iter().copied().collect();
            assert_eq!(unique.len(), defined.len(), "an identifier occurs twice");
            for (field, text) in &texts {
                let reference = match *field {
                    "href" => text.strip_prefix('#'),
                    name if name.ends_with("-uuid") || name == "party-uuids" => Some(*text),
                    _ => None,
                };
                assert!(reference.is_none_or(|uuid| unique.contains(uuid)), "{field}: {text} leads nowhere");
            }
        }
    }
}

#[test]
fn every_finding_stopped_threat_question_and_decision_is_there() {
    let world = mapped();
    let [results, plan, _] = documents(&world);
    let findings = values(&results, "finding");
    for finding in &world.analysis.findings {
        // As observation, as risk, and as finding.
        let times = findings.iter().filter(|id| ***id == *finding.id).count();
        assert_eq!(times, 3, "{}", finding.id);
    }
    for stopped in &world.analysis.mitigated {
        assert!(findings.contains(&&*stopped.id), "{}", stopped.id);
    }
    let questions = values(&results, "question");
    assert_eq!(questions, world.analysis.questions.iter().map(|it| &*it.id).collect::<Vec<_>>());
    let decisions = values(&plan, "decision");
    assert_eq!(decisions, world.decisions.iter().map(|it| &*it.threat).collect::<Vec<_>>());
    // What is above the tolerance and undecided is in the plan as well.
    assert!(values(&plan, "finding").contains(&"first@web"));
}

#[test]
fn evidence_stands_at_its_file_and_line() {
    let [results, ..] = documents(&world());
    let evidence = &results["assessment-results"]["results"][0]["observations"][0]["relevant-evidence"];
    let href = evidence[0]["href"].as_str().expect("a place");
    assert!(href.starts_with("models/%3Cscript%3E") && href.ends_with(".yaml#L4"), "{href}");
    assert_eq!(evidence[1]["href"], "file:///abs/it's%20100%25.yaml#L2");
    // A place in a file that nobody read is not invented.
    assert_eq!(evidence[2].get("href"), None);
}

#[test]
fn risks_carry_the_three_scores_and_their_reasons() {
    let [results, ..] = documents(&world());
    let risk = &results["assessment-results"]["results"][0]["risks"][0];
    let told: Vec<String> = risk["characterizations"]
        .as_array()
        .expect("three")
        .iter()
        .map(|one| {
            let facets: Vec<&str> =
                one["facets"].as_array().expect("facets").iter().filter_map(|it| it["value"].as_str()).collect();
            let state = one["facets"][0]["props"][0]["value"].as_str().unwrap_or("-");
            format!("{} {state}: {}", one["props"][0]["value"].as_str().unwrap_or_default(), facets.join(" "))
        })
        .collect();
    assert_eq!(
        told,
        ["inherent -: certain 5 critical", "current initial: likely 5 critical", "residual adjusted: rare 5 low"]
    );
    let because = risk["characterizations"][1]["facets"][2]["remarks"].as_str().expect("reasons");
    assert!(because.ends_with("The matrix says so."), "{because}");
    assert_eq!(risk["threat-ids"][1]["id"], "https://attack.mitre.org/techniques/T1190");
    assert_eq!(risk["remediations"][0]["lifecycle"], "recommendation");
}

#[test]
fn a_decision_is_status_response_deadline_and_log() {
    let mut world = world();
    let told = |world: &World| {
        let [results, ..] = documents(world);
        results["assessment-results"]["results"][0]["risks"][2].clone()
    };
    let accepted = told(&world);
    assert_eq!(accepted["status"], "deviation-approved");
    assert_eq!(accepted.get("deadline"), None, "the last day of an acceptance is no deadline");
    assert_eq!(accepted.get("risk-log"), None, "without a day there is no log");
    assert_eq!(accepted["remediations"][0]["tasks"][0]["timing"]["on-date"]["date"], "2027-01-01T00:00:00Z");
    world.decisions[0].treatment = Treatment::Mitigate;
    world.decisions[0].decided = Some("2026-02-03".into());
    world.analysis.findings[2].status = Status::Mitigating;
    let mitigated = told(&world);
    assert_eq!(mitigated["status"], "remediating");
    assert_eq!(mitigated["deadline"], "2027-01-01T00:00:00Z");
    let entry = &mitigated["risk-log"]["entries"][0];
    assert_eq!((&entry["start"], &entry["status-change"]), (&"2026-02-03T00:00:00Z".into(), &"remediating".into()));
    assert_eq!(mitigated["remediations"][0]["props"][0]["value"], "mitigate");
    world.decisions[0].treatment = Treatment::FalsePositive;
    world.decisions[0].approver = "".into();
    world.analysis.findings[2].status = Status::FalsePositive;
    assert_eq!(told(&world)["status"], "deviation-requested");
}

#[test]
fn a_treatment_gives_milestones_by_its_days_and_actions_by_its_steps() {
    use vauban_model::treatment::{Stage, Step};
    let mut world = world();
    let finding = world.analysis.findings[2].id.clone();
    world.decisions[0].treatment = Treatment::Mitigate;
    world.analysis.findings[2].status = Status::Mitigating;
    let step = |what, day: &str, number| Step {
        what,
        day: day.into(),
        who: "Ada".into(),
        role: "owner".into(),
        number,
        late: false,
    };
    let treatment = &mut world.treatments[0];
    treatment.finding = finding;
    treatment.treatment = Treatment::Mitigate;
    treatment.stage = Stage::InProgress;
    treatment.due = Some("2025-11-30".into());
    treatment.overdue = true;
    treatment.steps = vec![step("proposed", "2025-10-01", 1), step("approved", "2025-10-02", 2)];
    let [results, plan, _] = documents(&world);
    assert_eq!(faults(&schema(), &plan), Vec::<String>::new());
    let risk = &results["assessment-results"]["results"][0]["risks"][2];
    assert_eq!(risk["deadline"], "2025-11-30T00:00:00Z");
    let response = &risk["remediations"][0];
    assert_eq!(response["lifecycle"], "planned");
    assert_eq!(values(response, "stage"), ["in-progress"]);
    assert_eq!(values(response, "overdue"), ["yes"]);
    let tasks: Vec<(&str, &str)> = response["tasks"]
        .as_array()
        .expect("tasks")
        .iter()
        .filter_map(|it| Some((it["type"].as_str()?, it["title"].as_str()?)))
        .collect();
    let expected = [
        ("milestone", "Done"),
        ("milestone", "Decided again"),
        ("action", "Proposed by Ada (owner)"),
        ("action", "Approved by Ada (owner)"),
    ];
    assert_eq!(tasks, expected);
    world.treatments[0].stage = Stage::Verified;
    let [results, ..] = documents(&world);
    let response = &results["assessment-results"]["results"][0]["risks"][2]["remediations"][0];
    assert_eq!(response["lifecycle"], "completed");
}

#[test]
fn a_decision_that_applies_to_nothing_is_told_all_the_same() {
    let mut world = world();
    let mut idle = world.decisions[0].clone();
    idle.threat = "gone@*".into();
    world.decisions.push(idle.clone());
    world.decisions.push(idle);
    let [_, plan, _] = documents(&world);
    let items = plan["plan-of-action-and-milestones"]["poam-items"].as_array().expect("items");
    let idle: Vec<&Value> = items.iter().filter(|item| values(item, "applies") == ["no"]).collect();
    assert_eq!(idle.len(), 2);
    assert_ne!(idle[0]["uuid"], idle[1]["uuid"]);
    assert!(idle[0].get("related-risks").is_none());
    assert_eq!(faults(&schema(), &plan), Vec::<String>::new());
}

#[test]
fn controls_in_place_are_requirements_of_the_catalogue_with_who_says_so() {
    let [results, _, definition] = documents(&mapped());
    let components = definition["component-definition"]["components"].as_array().expect("components");
    let implementing: Vec<&Value> =
        components.iter().filter(|component| component.get("control-implementations").is_some()).collect();
    assert_eq!(implementing.len(), 2, "what is said to be missing is no implementation");
    let web = implementing.iter().find(|it| it["type"] != "trust-boundary").expect("the component");
    let implementations = web["control-implementations"].as_array().expect("one for each catalogue");
    let ids: Vec<Vec<&str>> = implementations
        .iter()
        .map(|it| {
            it["implemented-requirements"]
                .as_array()
                .expect("some")
                .iter()
                .filter_map(|it| it["control-id"].as_str())
                .collect()
        })
        .collect();
    assert_eq!(ids, [vec!["ac-2.1", "sc-8"], vec!["sc-8"]]);
    let first = &implementations[0]["implemented-requirements"][0];
    let description = first["description"].as_str().expect("who says so");
    assert!(description.contains("in place \\(stated") || description.contains("in place (stated"), "{description}");
    assert_eq!(values(first, "origin"), ["stated"]);
    assert!(first["links"][0]["href"].as_str().is_some_and(|href| href.ends_with("#L7")));
    let store = components.iter().find(|it| values(it, "model-id") == ["store"]).expect("the other component");
    assert_eq!(values(store, "control-missing"), ["encoding"]);
    // The same controls are those that the results reviewed, in the first catalogue.
    let reviewed = &results["assessment-results"]["results"][0]["reviewed-controls"]["control-selections"][0];
    assert_eq!(reviewed["include-controls"].as_array().map(Vec::len), Some(2));
    let objective = &results["assessment-results"]["local-definitions"]["objectives-and-methods"][0];
    assert_eq!((&objective["control-id"], &objective["parts"][0]["id"]), (&"ac-2.1".into(), &"first".into()));
}

#[test]
fn what_a_user_wrote_stays_text() {
    for document in documents(&mapped()) {
        for (field, text) in all_texts(&document) {
            for bad in ['\u{202E}', '\u{2066}', '\0', '\n', '\u{1b}'] {
                assert!(!text.contains(bad), "{bad:?} in {field}: {text:?}");
            }
            // Values are no markup; titles, descriptions and remarks are.
            if matches!(field, "title" | "description" | "statement" | "remarks" | "prose" | "text") {
                for markup in ["<script", "](java", "**b", "`tick", "{0", "*b"] {
                    let mut found = text.match_indices(markup);
                    assert!(found.all(|(at, _)| text[..at].ends_with('\\')), "{markup} in {field}: {text}");
                }
            }
        }
    }
}

#[test]
fn the_same_report_gives_the_same_document_and_another_one_another_identifier() {
    let (one, other) = (documents(&world()), documents(&world()));
    assert_eq!(one, other);
    let mut changed = world();
    changed.analysis.findings[0].description = "Something else.".into();
    let [results, plan, definition] = documents(&changed);
    assert_ne!(results["assessment-results"]["uuid"], one[0]["assessment-results"]["uuid"]);
    assert_ne!(plan["plan-of-action-and-milestones"]["uuid"], one[1]["plan-of-action-and-milestones"]["uuid"]);
    assert_eq!(definition, one[2], "components do not depend on findings");
    // What is the same thing keeps its identifier.
    assert_eq!(
        results["assessment-results"]["results"][0]["risks"][0]["uuid"],
        one[0]["assessment-results"]["results"][0]["risks"][0]["uuid"]
    );
}
