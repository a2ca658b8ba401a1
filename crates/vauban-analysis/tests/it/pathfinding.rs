//! Labs of privilege escalation in AWS: each starting principal reaches its target, with the permissions named.

use serde_json::Value;
use vauban_analysis::Session;
use vauban_analysis::paths::{From, Query};
use vauban_model::finding::AttackPath;
use vauban_model::vocabulary::Domain;

use crate::infrastructure::{corpus, session};

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or("")
}

fn paths(session: &Session, from: &str, to: &[vauban_model::model::ElementRef]) -> Option<Vec<AttackPath>> {
    let from = session.element(from)?;
    // Being somewhere in an account is not yet the control of it.
    let control_only = to.iter().all(|to| to.domain == Domain::Boundary);
    let query = Query { from: Some(From::Element(from)), to: to.to_vec(), control_only, top: 30, ..Query::default() };
    Some(session.paths(&query).paths)
}

/// Everything the steps of some paths say they stand on.
fn evidence(paths: &[AttackPath]) -> String {
    let mut out = String::new();
    for piece in paths.iter().flat_map(|path| &path.steps).flat_map(|step| &step.evidence) {
        out.push_str(&piece.fact);
        out.push(' ');
        out.push_str(&piece.value);
        out.push('\n');
    }
    out.to_lowercase()
}

/// Labs of which something is still missed, with the reason. A lab that is not here has to be found in full.
const NOT_YET: &[(&str, &str)] = &[
    (
        "ops-to-prod-simple-role-assumption",
        "a trusted account that is known only by its number is not joined to its alias",
    ),
    ("ai-chatbot-lambda-pivot", "the call of a function's address is a path, but not under the name of its permission"),
    ("resource-policy-bypass", "the lab's list names resources otherwise than its configuration does"),
    ("ec2-createlaunchtemplateversion+ec2-modifylaunchtemplate", "what a launch template runs as is not followed"),
    ("iam-updateassumerolepolicy", "the step into a role that trusts by name does not name the permission"),
    ("test-reverse-blast-radius-direct-and-indirect-to-bucket", "as above"),
    ("public-lambda-with-admin", "the lab's list names resources otherwise than its configuration does"),
];

#[test]
fn every_lab_s_path_is_found_with_its_permissions() {
    let Some(root) = corpus("pathfinding-labs") else { return };
    let expected = std::fs::read_to_string(root.join("expected.jsonl")).unwrap();
    let (mut labs, mut edges, mut edges_found) = (0, 0, 0);
    let mut wrong = Vec::new();
    for line in expected.lines() {
        let lab: Value = serde_json::from_str(line).unwrap();
        let folder = root.join(text(&lab, "dir"));
        let id = text(&lab, "id").to_owned();
        let session = session(&folder);
        labs += 1;
        let nodes = lab["nodes"].as_array().unwrap();
        let arn = |node: &str| nodes.iter().find(|n| text(n, "id") == node).map_or("", |n| text(n, "arn")).to_owned();
        let start = nodes.iter().find(|n| n["access"].is_string()).map_or("", |n| text(n, "arn")).to_owned();
        let start = if start.starts_with("arn:") { start } else { text(&nodes[0], "arn").to_owned() };
        // The target itself, and control of the account where that is the lab's point.
        let mut goals: Vec<_> =
            nodes.iter().filter(|n| n["target"] == true).filter_map(|n| session.element(text(n, "arn"))).collect();
        if goals.is_empty() && text(&lab, "target") == "to-admin" {
            goals = session.accounts();
        }
        match paths(&session, &start, &goals) {
            None => wrong.push(format!("{id}: the start {start} is not found")),
            Some(_) if goals.is_empty() => wrong.push(format!("{id}: the target is not found")),
            Some(found) if found.is_empty() => wrong.push(format!("{id}: no path from {start}")),
            Some(found) => {
                let evidence = evidence(&found);
                let first = lab["required"].as_array().into_iter().flatten().next();
                for permission in first.into_iter().flat_map(|r| r["permissions"].as_array().into_iter().flatten()) {
                    let name = text(permission, "permission").to_lowercase();
                    if !evidence.contains(&name) {
                        wrong.push(format!("{id}: {name} is not named"));
                    }
                }
            }
        }
        for edge in lab["edges"].as_array().into_iter().flatten() {
            edges += 1;
            // What the attacker makes on the way is in no code: the step leads from before it to after it.
            let known = |node: &str| session.element(&arn(node)).is_some();
            let all = lab["edges"].as_array().unwrap();
            let mut from = text(edge, "src").to_owned();
            while !known(&from) {
                let Some(before) = all.iter().find(|e| text(e, "dst") == from).map(|e| text(e, "src")) else { break };
                from = before.to_owned();
            }
            let mut to = text(edge, "dst").to_owned();
            while !known(&to) {
                let Some(after) = all.iter().find(|e| text(e, "src") == to).map(|e| text(e, "dst")) else { break };
                to = after.to_owned();
            }
            let (from, to) = (arn(&from), arn(&to));
            let source = session.element(&from);
            let there = session.element(&to).is_some_and(|to| {
                // By itself, or on a way from the lab's start: rights that were widened on the way count.
                paths(&session, &from, &[to]).is_some_and(|found| !found.is_empty())
                    || paths(&session, &start, &[to]).is_some_and(|found| {
                        found.iter().flat_map(|path| &path.steps).any(|step| {
                            step.from == source || step.needs.iter().any(|need| Some(need.element) == source)
                        })
                    })
            });
            if there {
                edges_found += 1;
            } else {
                println!("{id}: edge missing: {from} -> {to} ({})", text(edge, "label"));
            }
        }
    }
    for line in &wrong {
        println!("{line}");
    }
    println!("{labs} labs, {} problems, {edges_found} of {edges} edges", wrong.len());
    assert!(labs > 0);
    let new: Vec<_> = wrong
        .iter()
        .filter(|line| !NOT_YET.iter().any(|(id, _)| line.split_once(':').is_some_and(|(lab, _)| lab == *id)))
        .collect();
    assert!(new.is_empty(), "{} new problems: {new:#?}", new.len());
    // The goal is 95; raise the floor with each lab that leaves the list, never lower it.
    assert!(edges_found * 100 >= edges * 91, "{edges_found} of {edges} edges");
}
