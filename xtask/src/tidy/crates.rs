//! Which crate may see which: the drawing in `ARCHITECTURE.md` as a table, compared with the manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::workspace::{self, list, text};

/// Every crate and exactly the crates of ours that it depends on. A new edge is a decision about the architecture:
/// change the drawing, then this table.
const GRAPH: &[(&str, &[&str])] = &[
    ("vauban-geometry", &[]),
    ("vauban-optimise", &[]),
    ("vauban-model", &["vauban-geometry"]),
    ("vauban-syntax", &["vauban-model"]),
    ("vauban-format", &["vauban-model", "vauban-syntax"]),
    ("vauban-rules", &["vauban-model", "vauban-syntax"]),
    ("vauban-paths", &["vauban-model", "vauban-optimise"]),
    ("vauban-risk", &["vauban-model", "vauban-optimise"]),
    ("vauban-import", &["vauban-model", "vauban-syntax"]),
    ("vauban-infrastructure", &["vauban-model", "vauban-syntax"]),
    ("vauban-cloud", &["vauban-model", "vauban-syntax"]),
    ("vauban-export", &["vauban-model"]),
    ("vauban-typeset", &["vauban-model"]),
    (
        "vauban-analysis",
        &[
            "vauban-cloud",
            "vauban-export",
            "vauban-format",
            "vauban-import",
            "vauban-infrastructure",
            "vauban-model",
            "vauban-paths",
            "vauban-risk",
            "vauban-rules",
            "vauban-syntax",
            "vauban-typeset",
        ],
    ),
    ("vauban", &["vauban-analysis", "vauban-model"]),
];

/// Seen by tests only, and free in what it sees itself.
const TESTKIT: &str = "vauban-testkit";

/// What tests see beyond that: the meaning of configuration is tested on what the readers really hand over, because a
/// resource written by hand in a test agrees with its author and not with a provider.
const TESTS_ALSO_SEE: &[(&str, &str)] = &[("vauban-cloud", "vauban-infrastructure")];

/// Runs the repository's chores; nothing depends on it.
const XTASK: &str = "xtask";

/// All that the model may depend on: it is compiled before everything else, and a serialisation derive here would
/// turn our types into a wire format.
const MODEL_MAY_USE: &[&str] = &["rustc-hash"];

/// Differences between the drawn graph and the manifests.
pub(super) fn problems(root: &Path, _files: &[String]) -> Result<Vec<String>, String> {
    Ok(compare(&workspace::metadata(root, false)?))
}

fn compare(metadata: &Value) -> Vec<String> {
    let drawn: BTreeMap<&str, BTreeSet<&str>> =
        GRAPH.iter().map(|(name, sees)| (*name, sees.iter().copied().collect())).collect();
    let packages = list(metadata, "packages");
    let ours: BTreeSet<&str> = packages.iter().map(|package| text(package, "name")).collect();
    let mut problems = Vec::new();
    for name in drawn.keys().filter(|name| !ours.contains(*name)) {
        problems.push(format!("xtask/src/tidy/crates.rs: `{name}` is drawn but is no crate of the workspace"));
    }
    for package in packages {
        let name = text(package, "name");
        let place = format!("crates/{name}/Cargo.toml");
        let mut normal = BTreeSet::new();
        let mut for_tests = BTreeSet::new();
        for dependency in list(package, "dependencies") {
            let target = text(dependency, "name");
            let in_tests = text(dependency, "kind") == "dev";
            if ours.contains(target) {
                if in_tests { &mut for_tests } else { &mut normal }.insert(target);
            } else if name == "vauban-model" && !in_tests && !MODEL_MAY_USE.contains(&target) {
                problems.push(format!("{place}: the model may not depend on `{target}`, only on {MODEL_MAY_USE:?}"));
            }
        }
        if normal.contains(XTASK) || for_tests.contains(XTASK) {
            problems.push(format!("{place}: nothing depends on `xtask`"));
        }
        if name == XTASK || name == TESTKIT {
            continue;
        }
        let Some(sees) = drawn.get(name) else {
            problems.push(format!("{place}: `{name}` is not drawn; add it to GRAPH in xtask/src/tidy/crates.rs"));
            continue;
        };
        for extra in normal.difference(sees) {
            problems.push(format!("{place}: `{name}` may not see `{extra}`; the drawn graph has no such edge"));
        }
        for missing in sees.difference(&normal) {
            problems.push(format!("{place}: `{name}` is drawn with an edge to `{missing}` that it does not have"));
        }
        for extra in for_tests.iter().filter(|target| {
            **target != TESTKIT && !sees.contains(*target) && !TESTS_ALSO_SEE.contains(&(name, *target))
        }) {
            problems.push(format!("{place}: tests of `{name}` may see `{TESTKIT}` and what it sees, not `{extra}`"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{GRAPH, compare};
    use serde_json::{Value, json};

    fn drawn() -> Value {
        let packages: Vec<Value> = GRAPH
            .iter()
            .map(|(name, sees)| {
                let dependencies: Vec<Value> = sees.iter().map(|name| json!({"name": name, "kind": null})).collect();
                json!({"name": name, "dependencies": dependencies})
            })
            .collect();
        json!({ "packages": packages })
    }

    fn dependencies<'a>(metadata: &'a mut Value, of: &str) -> &'a mut Vec<Value> {
        let at = GRAPH.iter().position(|(name, _)| *name == of).unwrap();
        metadata["packages"][at]["dependencies"].as_array_mut().unwrap()
    }

    fn add(metadata: &mut Value, of: &str, name: &str, kind: Value) {
        dependencies(metadata, of).push(json!({"name": name, "kind": kind}));
    }

    #[test]
    fn the_drawn_graph_is_fine() {
        assert_eq!(compare(&drawn()), Vec::<String>::new());
    }

    #[test]
    fn an_edge_too_many_or_too_few_is_told() {
        let mut metadata = drawn();
        add(&mut metadata, "vauban-rules", "vauban-paths", Value::Null);
        dependencies(&mut metadata, "vauban-export").pop();
        let problems = compare(&metadata);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("`vauban-rules` may not see `vauban-paths`"));
        assert!(problems[1].contains("does not have"));
    }

    #[test]
    fn the_model_has_no_serialisation_and_tests_are_free() {
        let mut metadata = drawn();
        add(&mut metadata, "vauban-model", "serde", Value::Null);
        add(&mut metadata, "vauban-model", "proptest", json!("dev"));
        let problems = compare(&metadata);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("`serde`"));
    }

    #[test]
    fn an_undrawn_crate_is_told() {
        let mut metadata = drawn();
        metadata["packages"].as_array_mut().unwrap().push(json!({"name": "vauban-extra", "dependencies": []}));
        assert!(compare(&metadata)[0].contains("not drawn"));
    }
}
