//! Threagile's own results on Threagile's own models: what its rules find, we find or ask, on the same element.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{corpus, list, root, run, text, texts};

/// Models and the results files that belong to them.
fn pairs(corpus: &Path) -> Vec<(PathBuf, PathBuf)> {
    let (own, others) = (corpus.join("threagile"), corpus.join("threagile-thirdparty"));
    let old = own.join("v0.9.1");
    let example = others.join("vanheemstra-example-v0.9.1");
    let least = others.join("vanheemstra-minimalist-v0.9.1");
    let new = "engine-v1.0-74e323e.risks.json";
    vec![
        (old.join("threagile-example-model.yaml"), old.join("threagile-example-model.engine-v0.9.1.risks.json")),
        (old.join("threagile-stub-model.yaml"), old.join("threagile-stub-model.engine-v0.9.1.risks.json")),
        (own.join("example/threagile.yaml"), own.join("example").join(new)),
        (own.join("stub/threagile.yaml"), own.join("stub").join(new)),
        (own.join("test-includes/main.yaml"), own.join("test-includes").join(new)),
        (example.join("threagile-example-model.yaml"), example.join("engine-v0.9.1.risks.json")),
        (example.join("threagile-example-model.yaml"), example.join(new)),
        (example.join("threagile-example-model.yaml"), example.join("risks.json")),
        (least.join("threagile-minimalist.yaml"), least.join("engine-v0.9.1.risks.json")),
        (least.join("threagile-minimalist.yaml"), least.join("risks.json")),
    ]
}

/// The elements that our findings and questions with an alias are about, in lower case.
fn met_elements(check: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in list(check, "findings").iter().chain(list(check, "questions")) {
        for alias in texts(entry, "aliases") {
            out.entry(alias.to_owned()).or_default().extend(texts(entry, "elements").iter().map(|e| e.to_lowercase()));
        }
    }
    out
}

/// The components of each shared runtime, which is no element of ours: from what `import` writes.
fn runtimes(model: &str) -> BTreeMap<String, Vec<String>> {
    let text = run(&["import", model]).out;
    let mut out = BTreeMap::new();
    for line in text.lines().skip_while(|line| *line != "runtimes:").skip(1).take_while(|line| line.starts_with(' ')) {
        if let Some((id, rest)) = line.trim().split_once(": ")
            && let Some((_, members)) = rest.split_once("components: [")
        {
            let members =
                members.split(']').next().unwrap_or("").split(", ").map(|m| m.trim().to_lowercase()).collect();
            out.insert(id.to_lowercase(), members);
        }
    }
    out
}

/// The elements a reference finding is about. Some rules name them nowhere but in the synthetic id.
fn reference_elements(risk: &Value, runtimes: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let kinds = ["technical_asset", "communication_link", "trust_boundary", "shared_runtime", "data_asset"];
    let mut out: BTreeSet<String> = kinds
        .iter()
        .filter_map(|kind| risk.get(format!("most_relevant_{kind}"))?.as_str())
        .chain(text(risk, "synthetic_id").split('@').skip(1))
        .filter(|id| !id.is_empty())
        .map(str::to_lowercase)
        .collect();
    let members: Vec<String> = out.iter().filter_map(|id| runtimes.get(id)).flatten().cloned().collect();
    out.extend(members);
    out
}

/// Rules that are about the model as a whole: any element of ours will do.
const OF_THE_WHOLE: [&str; 4] =
    ["missing-vault", "missing-build-infrastructure", "missing-identity-store", "wrong-trust-boundary-content"];

#[test]
fn reference_findings_are_met_on_the_same_element() {
    let Some(corpus) = corpus() else { return };
    let mut total = 0;
    let mut misses: BTreeMap<String, usize> = BTreeMap::new();
    for (model, results) in pairs(&corpus) {
        let model = model.to_str().expect("a path").to_owned();
        let check = run(&["check", &model, "--format", "json"]).json();
        let (met, runtimes) = (met_elements(&check), runtimes(&model));
        let risks = std::fs::read(&results).unwrap_or_else(|error| panic!("{}: {error}", results.display()));
        let risks: Vec<Value> = serde_json::from_slice(&risks).expect("results are a list");
        for risk in &risks {
            let category =
                risk.get("category").or_else(|| risk.get("category_id")).and_then(Value::as_str).expect("a category");
            let elements = reference_elements(risk, &runtimes);
            let ours = met.get(&format!("threagile:{category}"));
            let found = ours.is_some_and(|ours| OF_THE_WHOLE.contains(&category) || !ours.is_disjoint(&elements));
            total += 1;
            if !found {
                *misses.entry(text(risk, "synthetic_id").to_owned()).or_default() += 1;
            }
        }
    }
    let missed: usize = misses.values().sum();
    let share = 100.0 * (total - missed) as f64 / total as f64;
    eprintln!("{} of {total} reference findings met ({share:.1} %); missed:", total - missed);
    for (id, times) in &misses {
        eprintln!("  {times} x {id}");
    }
    assert!(total > 300, "only {total} reference findings were read");
    assert!(share >= 95.0, "{share:.1} % of {total} reference findings are met; missed: {misses:#?}");

    // Each miss is written down with its reason, and nothing is written down that is no miss.
    let page = std::fs::read_to_string(root().join("docs/threagile-misses.md")).expect("the list of misses is there");
    let rows: BTreeMap<&str, &str> = page
        .lines()
        .filter_map(|line| {
            let mut cells = line.trim().strip_prefix("| `")?.split('|');
            Some((cells.next()?.trim().trim_end_matches('`'), cells.next()?.trim()))
        })
        .collect();
    for (id, reason) in &rows {
        assert!(reason.len() > 20, "docs/threagile-misses.md: `{id}` has no reason");
        assert!(misses.contains_key(*id), "docs/threagile-misses.md: `{id}` is met now; take it out");
    }
    let unexplained: Vec<&String> = misses.keys().filter(|id| !rows.contains_key(id.as_str())).collect();
    assert!(unexplained.is_empty(), "missed without a reason in docs/threagile-misses.md: {unexplained:#?}");
}
