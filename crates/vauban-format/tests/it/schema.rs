//! The JSON Schemas accept what the readers accept and refuse what they refuse.

use serde_json::{Map, Value, json};
use vauban_format::{Document, SystemKind, init_model, json_schema, write_decisions, write_methodology};
use vauban_model::FileId;
use vauban_syntax::{Kind, Limits, Node, parse_yaml};

use crate::support::fixture;

/// A document as an editor's YAML 1.2 reader hands it to a schema.
fn yaml(text: &str) -> Value {
    let mut said = Vec::new();
    let node = parse_yaml(FileId(0), text, &Limits::default(), &mut said).unwrap();
    value(&node)
}

fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Mapping(entries) => {
            Value::Object(entries.iter().map(|e| (e.key.to_string(), value(&e.value))).collect::<Map<_, _>>())
        }
        Kind::Sequence(items) => items.iter().map(value).collect(),
        Kind::Scalar(_) if node.is_null() => Value::Null,
        Kind::Scalar(scalar) if !scalar.quoted && ["true", "false"].contains(&&*scalar.text) => {
            (&*scalar.text == "true").into()
        }
        Kind::Scalar(scalar) => match node.as_i64() {
            Some(number) => number.into(),
            None => node.as_f64().map_or_else(|| scalar.text.to_string().into(), Into::into),
        },
    }
}

fn errors(document: Document, instance: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(&json_schema(document)).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn schemas_are_valid_and_always_the_same() {
    for document in Document::ALL {
        let text = json_schema(document);
        assert_eq!(text, json_schema(document));
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert!(jsonschema::draft202012::meta::validate(&schema).is_ok(), "{}", document.as_str());
        assert_eq!(Document::parse(document.as_str()), Some(document));
        assert!(text.ends_with("}\n"));
    }
}

#[test]
fn good_models_are_accepted() {
    let none: Vec<String> = Vec::new();
    assert_eq!(errors(Document::Model, &yaml(&fixture("small-shop.yaml"))), none);
    assert_eq!(errors(Document::Model, &yaml(&fixture("everything.yaml"))), none);
    for kind in SystemKind::ALL {
        let answers = vauban_format::InitAnswers { name: "X", kind, classification: "internal", internet: true };
        assert_eq!(errors(Document::Model, &yaml(&init_model(&answers))), none);
    }
    assert_eq!(errors(Document::Overlay, &yaml(&fixture("overlay.yaml"))), none);
    assert_eq!(errors(Document::Decisions, &yaml(&fixture("decisions.yaml"))), none);
    assert_eq!(errors(Document::Decisions, &yaml(&write_decisions(&[]))), none);
    assert_eq!(errors(Document::Config, &yaml(&fixture("vauban.yaml"))), none);
    let methodology = write_methodology(&vauban_model::scale::Methodology::default());
    assert_eq!(errors(Document::Methodology, &yaml(&methodology)), none);
}

#[test]
fn yes_and_no_are_accepted_as_any_reader_hands_them_over() {
    let none: Vec<String> = Vec::new();
    for yes in [json!(true), json!("yes"), json!("unknown")] {
        assert_eq!(errors(Document::Model, &json!({"vauban": 1, "components": {"a": {"redundant": yes}}})), none);
    }
    for no in [json!(false), json!("no"), json!("none")] {
        assert_eq!(errors(Document::Model, &json!({"vauban": 1, "flows": {"a -> b": {"encryption": no}}})), none);
    }
}

#[test]
fn broken_documents_are_refused() {
    let refused = |document, instance: Value| assert!(!errors(document, &instance).is_empty(), "{instance}");
    refused(Document::Model, json!({"vauban": 2}));
    refused(Document::Model, json!({"vauban": 1, "colour": "red"}));
    refused(Document::Model, json!({"vauban": 1, "data": {"orders": "top-secret"}}));
    refused(Document::Model, json!({"vauban": 1, "components": {"a": {"tecnology": "nginx"}}}));
    refused(Document::Model, json!({"vauban": 1, "components": {"a": {"redundant": "maybe"}}}));
    refused(Document::Model, json!({"vauban": 1, "components": {"a": {"exposed_to_internet": true}}}));
    refused(Document::Model, json!({"vauban": 1, "components": {"a": {"add": true}}}));
    refused(Document::Model, json!({"vauban": 1, "templates": {"a": {"from": "x"}}}));
    refused(Document::Overlay, json!({"vauban": 1}));
    refused(Document::Overlay, json!({"overlay": 1, "components": {"a": {"drop": true}}}));
    refused(
        Document::Decisions,
        json!({"decisions": [{"threat": "x", "decision": "accept", "reason": "r", "owner": "o"}]}),
    );
    refused(
        Document::Decisions,
        json!({"decisions": [{"threat": "x", "decision": "ignore", "reason": "r", "owner": "o"}]}),
    );
    refused(Document::Decisions, json!({"decisions": [{"threat": "x", "decision": "mitigate", "reason": "r"}]}));
    refused(Document::Config, json!({"fail_on": "sometimes"}));
    refused(Document::Config, json!({"methodology": {"tolerance": "huge"}}));
    refused(Document::Methodology, json!({"matrix": [["low"]]}));
    for name in ["unknown-keys.yaml", "wrong-types.yaml"] {
        assert!(!errors(Document::Model, &yaml(&fixture(&format!("broken/{name}")))).is_empty(), "{name}");
    }
}
