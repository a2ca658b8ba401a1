//! Infrastructure that was made to be broken into: the documented ways are found, and nothing where there is none.

use serde_json::Value;
use vauban_analysis::paths::{From, Query};
use vauban_model::finding::AttackPath;

use crate::infrastructure::{corpus, session};

/// The addresses in a text such as `aws_x.a ; aws_y.b (remark)`.
fn addresses(text: &str) -> Vec<String> {
    text.split([' ', ';', ',', '(', ')']).filter(|word| word.starts_with("aws_")).map(str::to_owned).collect()
}

/// Scenarios whose route is still missed, with the reason. A scenario that is not here has to be found.
const NOT_YET: &[(&str, &str)] = &[];

#[test]
fn documented_routes_are_found() {
    let Some(root) = corpus("cloudgoat") else { return };
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(root.join("expected.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let scenarios = expected["scenarios"].as_object().unwrap();
    for (id, scenario) in scenarios {
        let folder = root.join("aws").join(id).join("terraform");
        let session = session(&folder);
        let derivable = scenario["derivable_from_terraform"].as_str().unwrap();
        let starts: Vec<String> =
            scenario["start"].as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let goals = addresses(scenario["goal"].as_str().unwrap());
        for start in &starts {
            let from = if start.starts_with("internet") {
                session.library.library.attacker("internet").map(From::Attacker)
            } else {
                let Some(address) = addresses(start).into_iter().next() else { continue };
                let Some(element) = session.element(&address) else {
                    wrong.push(format!("{id}: {address} is not found"));
                    continue;
                };
                Some(From::Element(element))
            };
            if derivable == "no" {
                let query = Query { from, to: session.accounts(), top: 5, ..Query::default() };
                let found = session.paths(&query).paths;
                if !found.is_empty() {
                    wrong.push(format!("{id}: {} from {start}", found[0].story));
                }
                continue;
            }
            for goal in &goals {
                let Some(to) = session.element(goal) else {
                    wrong.push(format!("{id}: {goal} is not found"));
                    continue;
                };
                let query = Query { from, to: vec![to], top: 10, ..Query::default() };
                let found = session.paths(&query).paths;
                let best = found.iter().min_by_key(|path: &&AttackPath| path.assumptions.len());
                match best {
                    None => wrong.push(format!("{id}: no path from {start} to {goal}")),
                    Some(path) => println!("{id}: {}\n    assumed: {:?}", path.story, path.assumptions),
                }
            }
        }
    }
    for line in &wrong {
        println!("WRONG {line}");
    }
    wrong.retain(|line| !NOT_YET.iter().any(|(id, _)| line.split_once(':').is_some_and(|(found, _)| found == *id)));
    assert!(wrong.is_empty(), "{} new problems", wrong.len());
}
