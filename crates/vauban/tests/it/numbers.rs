//! One finding has one likelihood, one impact and one risk, wherever it is told.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{list, run, text};

const MODELS: [&str; 6] = [
    "examples/web-shop/model.yaml",
    "examples/admin-portal/model.yaml",
    "examples/terraform",
    "cases/kubernetes-microservices/model.yaml",
    "cases/hybrid-enterprise/model.yaml",
    "cases/mobile-banking/model.yaml",
];
const DAY: [&str; 2] = ["--today", "2026-01-15"];

fn told(arguments: &[&str]) -> String {
    run(&[arguments, &DAY[..]].concat()).out
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&told(arguments)).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// Likelihood, impact and the three risks of a finding.
fn numbers(finding: &Value) -> [String; 5] {
    [
        text(finding, "likelihood").to_owned(),
        finding["impact"].to_string(),
        text(&finding["inherent"], "risk").to_owned(),
        text(finding, "risk").to_owned(),
        text(&finding["residual"], "risk").to_owned(),
    ]
}

fn by_id(value: &Value, name: &str) -> BTreeMap<String, Value> {
    list(value, name).iter().map(|it| (text(it, "id").to_owned(), it.clone())).collect()
}

/// The rows of a table of a document, each by the titles of its columns.
fn rows(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut records: Vec<Vec<String>> = vec![vec![String::new()]];
    let mut quoted = false;
    let mut letters = csv.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        let record = records.last_mut().expect("never empty");
        let field = record.last_mut().expect("never empty");
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(String::new()),
            '\n' if !quoted => records.push(vec![String::new()]),
            '\r' if !quoted => {}
            letter => field.push(letter),
        }
    }
    let titles = records.remove(0);
    let full = records.into_iter().filter(|record| record.len() == titles.len());
    full.map(|record| titles.iter().cloned().zip(record).collect()).collect()
}

#[test]
fn one_finding_has_one_number_everywhere() {
    for model in MODELS {
        let check = json(&["check", model, "--all", "--format", "json"]);
        let findings = by_id(&check, "findings");
        assert!(findings.len() > 2, "{model}");
        let report = by_id(&json(&["report", model, "--all", "--format", "json", "-o", "-"]), "findings");
        for (id, finding) in &findings {
            assert_eq!(report.get(id).map(numbers), Some(numbers(finding)), "{model}, report: {id}");
        }
        for id in findings.keys().step_by(3) {
            let explained = json(&["explain", id, "--model", model, "--json"]);
            assert_eq!(numbers(&explained), numbers(&findings[id]), "{model}, explain: {id}");
        }
        let mut met = 0;
        for row in rows(&told(&["report", model, "--document", "risk-register", "--format", "csv", "-o", "-"])) {
            let Some(finding) = findings.get(&row["Threat id"]) else { continue };
            let [likelihood, impact, inherent, current, residual] = numbers(finding);
            let here = ["Likelihood", "Impact", "Inherent", "Current", "Residual"].map(|title| row[title].clone());
            assert_eq!(here, [likelihood, format!("{impact} of 5"), inherent, current, residual], "{model}: {row:?}");
            met += 1;
        }
        assert!(met > 2, "{model}: the register has the findings");
        let plan = json(&["plan", model, "--format", "json"]);
        for risk in list(&plan, "risks").iter().filter(|risk| risk["kind"] == "finding") {
            let id = text(risk, "id");
            assert_eq!(text(risk, "before"), numbers(&findings[id])[3], "{model}, plan: {id}");
        }
    }
}

#[test]
fn one_path_has_one_number_everywhere() {
    let order = ["low", "medium", "high", "critical"];
    let rank = |level: &str| order.iter().position(|known| *known == level);
    let number =
        |path: &Value| [&path["likelihood"], &path["impact"], &path["risk"], &path["probability"]].map(Value::clone);
    for model in MODELS {
        let check = by_id(&json(&["check", model, "--all", "--format", "json"]), "paths");
        let paths = by_id(&json(&["paths", model, "--top", "1000", "--format", "json"]), "paths");
        assert!(!check.is_empty(), "{model}");
        for (id, path) in &check {
            assert_eq!(paths.get(id).map(number), Some(number(path)), "{model}: {id}");
        }
        // What a plan says of a goal before it is carried out is the worst of what `paths` says leads there.
        let plan = json(&["plan", model, "--format", "json"]);
        let mut met = 0;
        for risk in list(&plan, "risks").iter().filter(|risk| risk["kind"] == "way").take(6) {
            let (verb, element) = text(risk, "id").split_once(':').expect("verb and element");
            let there = json(&["paths", model, "--to", element, "--confirmed", "--top", "200", "--format", "json"]);
            let there = list(&there, "paths").iter().filter(|path| {
                path["goal"]["verb"] == verb
                    && path["goal"]["element"] == element
                    && list(path, "assumptions").is_empty()
            });
            let Some(worst) = there.filter_map(|path| rank(text(path, "risk"))).max() else { continue };
            assert_eq!(Some(worst), rank(text(risk, "before")), "{model}: {}", text(risk, "id"));
            met += 1;
        }
        assert!(met > 0 || list(&plan, "risks").iter().all(|risk| risk["kind"] != "way"), "{model}");
    }
}
