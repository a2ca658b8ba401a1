//! `vauban simulate`: times, variants, money.

use serde_json::Value;

use crate::support::{Folder, list, root, run, run_with, text, texts};

const PORTAL: &str = "examples/admin-portal/model.yaml";
const SHOP: &str = "examples/web-shop/model.yaml";
const MONEY: &str = "quantification:\n  currency: CHF\n  attempts_per_year: {internet: 2}\n  loss:\n    \
                     2: {low: 1000, high: 9000}\n    4: {low: 10000, high: 90000}\n    5: {least: 0, likely: 5000, most: 900000}\n";

fn simulated(arguments: &[&str]) -> Value {
    run(&[&["simulate"], arguments, &["--samples", "1000", "--years", "2000", "--format", "json"]].concat())
        .exits(0)
        .json()
}

fn number(value: &Value, keys: &[&str]) -> f64 {
    keys.iter()
        .fold(value, |value, key| &value[*key])
        .as_f64()
        .unwrap_or_else(|| panic!("no number {keys:?} in {value}"))
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_threads() {
    let with = |threads: &str, seed: &str| {
        let arguments = ["simulate", PORTAL, "--samples", "333", "--seed", seed, "--format", "json"];
        run_with(&root(), &arguments, &[("RAYON_NUM_THREADS", threads)]).exits(0).out
    };
    assert_eq!(with("1", "7"), with("3", "7"));
    assert_ne!(with("1", "7"), with("1", "8"));
}

#[test]
fn more_time_is_never_less_likely_and_what_is_confirmed_never_more() {
    let of = |arguments: &[&str]| simulated(&[arguments, &["--top", "1000"]].concat());
    let share = |document: &Value, goal: &str| {
        let found = list(document, "goals").iter().find(|entry| text(entry, "goal") == goal);
        found.map_or(0.0, |entry| number(entry, &["within_horizon", "probability"]))
    };
    let year = of(&[SHOP]);
    let (month, at_once, confirmed) =
        (of(&[SHOP, "--horizon", "30d"]), of(&[SHOP, "--at-once"]), of(&[SHOP, "--confirmed"]));
    assert!(list(&year, "goals").len() > 5);
    for entry in list(&year, "goals") {
        let (goal, here) = (text(entry, "goal"), number(entry, &["within_horizon", "probability"]));
        assert!(share(&month, goal) <= here, "{goal}");
        assert!(share(&confirmed, goal) <= here, "{goal}");
        assert!(share(&at_once, goal) >= here, "{goal}");
        let (low, high) = (number(entry, &["within_horizon", "low"]), number(entry, &["within_horizon", "high"]));
        assert!(low <= here && here <= high && high - low < 0.07, "{goal}");
    }
}

#[test]
fn no_path_is_likelier_than_its_goal() {
    let simulated = simulated(&[SHOP, "--at-once", "--top", "1000"]);
    let paths = run(&["paths", SHOP, "--top", "50", "--format", "json"]).exits(0).json();
    let mut looked_at = 0;
    for path in list(&paths, "paths") {
        let goal = format!("{}@{}", text(&path["goal"], "verb"), text(&path["goal"], "element"));
        let Some(entry) = list(&simulated, "goals").iter().find(|entry| text(entry, "goal") == goal) else { continue };
        let probability = number(path, &["probability"]);
        assert!(probability <= number(entry, &["ever", "high"]), "{goal}");
        looked_at += 1;
    }
    assert!(looked_at > 5);
}

#[test]
fn a_control_makes_goals_less_likely_with_a_confidence() {
    let found = simulated(&[PORTAL, "--add", "upload-validation@admin-portal"]);
    assert_eq!(texts(&found["variant"], "changes"), ["upload-validation@admin-portal"]);
    let mut surely = 0;
    for (before, after) in list(&found, "goals").iter().zip(list(&found["variant"], "goals")) {
        let difference = &after["difference"];
        assert_eq!(number(difference, &["caused"]), 0.0, "{difference}");
        let change =
            number(after, &["within_horizon", "probability"]) - number(before, &["within_horizon", "probability"]);
        assert!((change - number(difference, &["change"])).abs() < 1e-5);
        surely += i32::from(number(difference, &["high"]) < 0.0);
    }
    assert!(surely > 3);
}

#[test]
fn another_order_of_the_same_model_is_the_same_to_the_last_sample() {
    let model = std::fs::read_to_string(root().join(SHOP)).expect("the example is there");
    let folder = Folder::new();
    folder.write("model.yaml", &model);
    let lines: Vec<&str> = model.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("flows:")).expect("flows");
    let end = (at + 1..lines.len()).find(|at| !lines[*at].starts_with("  ")).unwrap_or(lines.len());
    let mut turned = lines.clone();
    turned[at + 1..end].reverse();
    assert_ne!(turned, lines);
    folder.write("turned.yaml", &(turned.join("\n") + "\n"));
    let compare = ["simulate", "model.yaml", "--compare", "turned.yaml", "--samples", "500", "--format", "json"];
    let found = folder.run(&compare).exits(0).json();
    assert!(list(&found, "goals").len() > 5);
    for goal in list(&found["variant"], "goals") {
        assert_eq!((number(&goal["difference"], &["prevented"]), number(&goal["difference"], &["caused"])), (0.0, 0.0));
    }
}

#[test]
fn money_is_told_where_the_methodology_says_how() {
    let folder = Folder::new();
    folder.write("money.yaml", MONEY);
    let model = root().join(PORTAL).to_string_lossy().into_owned();
    let base = ["simulate", &*model, "--methodology", "money.yaml", "--samples", "1000", "--years", "3000"];
    let found = folder
        .run(&[&base[..], &["--add", "upload-validation@admin-portal", "--cost", "1000", "--format", "json"]].concat())
        .exits(0)
        .json();
    let money = &found["money"];
    assert_eq!(text(money, "currency"), "CHF");
    let annual = &money["annual_loss"];
    let mean = number(annual, &["mean"]);
    assert!(mean > 0.0 && number(annual, &["mean_low"]) < mean && mean < number(annual, &["mean_high"]));
    let order = ["p50", "p90", "value_at_risk_95", "value_at_risk_99"].map(|key| number(annual, &[key]));
    assert!(order.windows(2).all(|two| two[0] <= two[1]));
    let curve: Vec<f64> = list(annual, "exceedance").iter().map(|point| number(point, &["probability"])).collect();
    assert!(curve.len() > 3 && curve.windows(2).all(|two| two[0] >= two[1]));
    let parts: f64 = list(money, "attackers").iter().map(|attacker| number(attacker, &["mean"])).sum();
    assert!((parts / mean - 1.0).abs() < 1e-3, "{parts} {mean}");
    let saved = number(money, &["return", "saved"]);
    assert!(saved >= 0.0 && (saved - (mean - number(money, &["variant_annual_loss", "mean"]))).abs() < 0.02);
    assert!((number(money, &["return", "ratio"]) - (saved - 1000.0) / 1000.0).abs() < 1e-4);
    let internet =
        list(money, "attackers").iter().find(|entry| text(entry, "attacker") == "internet").expect("internet");
    assert_eq!(number(internet, &["attempts_per_year"]), 2.0);
    for format in ["text", "markdown"] {
        folder.run(&[&base[..], &["--format", format]].concat()).exits(0).prints("CHF").prints("shortfall");
    }
}

#[test]
fn a_loss_that_nobody_gave_is_told_and_one_that_cannot_be_ends_it() {
    let folder = Folder::new();
    let model = root().join(SHOP).to_string_lossy().into_owned();
    let simulate = |methodology: &str, format: &str| {
        folder.write("m.yaml", methodology);
        let short = ["--samples", "500", "--years", "500", "--format", format];
        folder.run(&[&["simulate", &*model, "--methodology", "m.yaml"][..], &short].concat())
    };
    let assumed = |loss: &str| -> Vec<(u64, Option<u64>)> {
        let found = simulate(&format!("quantification: {{loss: {{{loss}}}}}\n"), "json").exits(0).json();
        let list = list(&found["money"], "assumed_losses").iter();
        list.map(|one| (one["impact"].as_u64().expect("an impact"), one["taken"].as_u64())).collect()
    };
    let loss = "{low: 10, high: 90}";
    let all: Vec<String> = (1..=5).map(|impact| format!("{impact}: {loss}")).collect();
    assert_eq!(assumed(&all.join(", ")), []);
    let lower = assumed(&format!("1: {loss}"));
    assert!(!lower.is_empty() && lower.iter().all(|(impact, taken)| *impact > 1 && *taken == Some(1)), "{lower:?}");
    let nothing = assumed("");
    assert!(!nothing.is_empty() && nothing.iter().all(|(_, taken)| taken.is_none()), "{nothing:?}");
    simulate("quantification: {loss: {1: {low: 10, high: 90}}}\n", "text").exits(0).prints("that of impact 1 is taken");
    let refused = simulate("quantification: {loss: {1: {low: 10, high: 90}, 4: {low: 9, high: 5}}}\n", "text").exits(2);
    assert_eq!(refused.out, "");
    refused.says("this is not a loss").says("an error in what was read");
}

#[test]
fn what_cannot_be_done_says_why() {
    let refused = |arguments: &[&str], what: &str, help: &str| {
        run(&[&["simulate", PORTAL], arguments].concat()).exits(2).says(what).says(help);
    };
    refused(
        &["--add", "upload-validaton@admin-portal"],
        "no control `upload-validaton`",
        "did you mean `upload-validation`?",
    );
    refused(&["--add", "upload-validation"], "does not say where", "write `control@element`");
    refused(
        &["--add", "upload-validation@customer-records"],
        "is not stated on a data",
        "it can be stated on: component",
    );
    refused(&["--to", "admin-portl"], "`admin-portl`", "did you mean `admin-portal`?");
    refused(&["--cost", "5"], "`--cost`", "--add");
    refused(&["--add", "upload-validation@admin-portal", "--cost", "5"], "what a loss costs", "quantification");
    let folder = Folder::new();
    folder.write("m.yaml", "quantification: {attempts_per_year: {internt: 4}}\n");
    let model = root().join(PORTAL).to_string_lossy().into_owned();
    let wrong = folder.run(&["simulate", &model, "--methodology", "m.yaml"]).exits(2);
    wrong.says("`internt`").says("did you mean `internet`?");
    run(&["simulate", PORTAL, "--horizon", "1h"]).exits(2).says("90d");
}

#[test]
fn what_is_printed_fits_the_published_schema() {
    let schema = run(&["schema", "simulation"]).exits(0).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let folder = Folder::new();
    folder.write("money.yaml", MONEY);
    let model = root().join(PORTAL).to_string_lossy().into_owned();
    let short = ["--samples", "64", "--years", "64", "--format", "json"];
    for more in [&[][..], &["--methodology", "money.yaml", "--add", "upload-validation@admin-portal", "--cost", "7"]] {
        let value = folder.run(&[&["simulate", &*model], more, &short].concat()).exits(0).json();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}
