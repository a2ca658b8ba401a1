//! `vauban ask`: questions that matter, and answers that the next check obeys.

use crate::support::{Folder, SMALL, list, open, text};

fn unknown() -> String {
    SMALL.replace(", lacks: [rate-limiting]", "")
}

#[test]
fn questions_come_ranked_and_say_how_to_answer() {
    let folder = Folder::new();
    folder.write("model.yaml", &unknown());
    let out = folder.run(&["ask", "model.yaml", "--top", "3"]).exits(0).out;
    assert!(out.contains("--answer"), "{out}");
    let check = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    let weights: Vec<u64> = list(&check, "questions").iter().filter_map(|q| q["weight"].as_u64()).collect();
    assert!(weights.windows(2).all(|pair| pair[0] >= pair[1]), "{weights:?}");
}

#[test]
fn an_answer_goes_to_the_overlay_and_the_next_check_obeys() {
    let folder = Folder::new();
    folder.write("model.yaml", &unknown());
    let question = "rate-limiting@web";
    let before = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    assert!(list(&before, "questions").iter().any(|q| text(q, "id") == question));
    assert!(!open(&before).contains(&"unlimited-requests@web"));

    folder.run(&["ask", "model.yaml", "--answer", "rate-limiting@web=no"]).exits(0).says("model.overlay.yaml");
    let after = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    assert!(open(&after).contains(&"unlimited-requests@web"));
    assert!(!list(&after, "questions").iter().any(|q| text(q, "id") == question));
    let finding = crate::support::finding(&after, "unlimited-requests@web").expect("it is there");
    assert!(
        finding["evidence"].to_string().contains("model.overlay.yaml"),
        "the answer's place is its source: {finding}"
    );

    folder.write("model.overlay.yaml", "overlay: 1\n");
    folder.run(&["ask", "model.yaml", "--answer", "rate-limiting@web=yes"]).exits(0);
    let mended = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    assert!(!open(&mended).contains(&"unlimited-requests@web"));
    assert!(list(&mended, "mitigated").iter().any(|m| text(m, "id") == "unlimited-requests@web"));
    assert_eq!(folder.read("model.yaml"), unknown(), "the model itself is never touched");
}

#[test]
fn every_answer_offered_is_an_answer_understood() {
    let folder = Folder::new();
    folder.write("model.yaml", &unknown());
    let check = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    let questions = list(&check, "questions");
    assert!(questions.len() > 5);
    let mut arguments: Vec<String> = vec!["ask".into(), "model.yaml".into()];
    let mut asked = Vec::new();
    for question in questions {
        if let Some(answer) = list(question, "answers").last().and_then(|a| a.as_str()) {
            arguments.extend(["--answer".to_owned(), format!("{}={answer}", text(question, "id"))]);
            asked.push(text(question, "id"));
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    folder.run(&arguments).exits(0);
    let after = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    assert!(list(&after, "diagnostics").is_empty(), "{}", after["diagnostics"]);
    let still: Vec<&str> =
        list(&after, "questions").iter().map(|q| text(q, "id")).filter(|id| asked.contains(id)).collect();
    assert!(still.is_empty(), "answered and asked again: {still:?}");
}

#[test]
fn nothing_to_ask_says_so() {
    let folder = Folder::new();
    folder.write("model.yaml", "vauban: 1\nsystem: {name: Void}\n");
    folder.run(&["ask", "model.yaml"]).exits(0).prints("No open questions");
}
