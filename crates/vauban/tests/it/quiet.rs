//! Hardened models: the whole library has nothing to find in them, and little to ask.

use crate::support::{list, root, run, text};

/// The hardened models; what they share lies in a folder below.
fn models() -> Vec<String> {
    let mut models: Vec<String> = std::fs::read_dir(root().join("cases/quiet"))
        .expect("there are quiet cases")
        .flatten()
        .map(|entry| format!("cases/quiet/{}", entry.file_name().to_string_lossy()))
        .filter(|path| path.ends_with(".yaml"))
        .collect();
    models.sort();
    assert!(models.len() >= 6, "only {} quiet models", models.len());
    models
}

#[test]
fn hardened_models_are_silent() {
    let mut loud = Vec::new();
    for model in models() {
        let result = run(&["check", &model, "--fail-on", "low", "--format", "json"]);
        let check = result.json();
        let components = list(&check["model"], "components").len();
        assert!(components >= 8, "{model}: {components} components are no realistic size");
        loud.extend(list(&check, "diagnostics").iter().map(|d| format!("{model}: {}", text(d, "message"))));
        loud.extend(
            list(&check, "findings").iter().map(|f| format!("{model}: {} ({})", text(f, "id"), text(f, "title"))),
        );
        let confirmed = list(&check, "paths").iter().filter(|p| list(p, "assumptions").is_empty());
        loud.extend(confirmed.map(|p| format!("{model}: {}", text(p, "story"))));
    }
    assert!(loud.is_empty(), "{} lines:\n{}", loud.len(), loud.join("\n"));
}

#[test]
fn hardened_models_leave_few_questions() {
    for model in models() {
        let check = run(&["check", &model, "--format", "json"]).json();
        let components = list(&check["model"], "components").len();
        let questions = list(&check, "questions").len();
        // What a careful author did not state is asked; more than a handful per component would be noise.
        assert!(questions <= 5 * components, "{model}: {questions} questions on {components} components");
    }
}
