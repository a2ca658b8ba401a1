//! The permissions that published escalation labs need are found in their Terraform.

use std::collections::BTreeMap;
use std::path::Path;

use vauban_cloud::permissions::{Answer, Request, Target};
use vauban_infrastructure::Options;
use vauban_model::FileId;
use vauban_syntax::{Limits, Node, parse_json};

use crate::world::{inventory, root, with};

fn gather(folder: &Path, below: &str, out: &mut BTreeMap<String, String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            gather(&entry.path(), &path, out);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            out.insert(path, text);
        }
    }
}

#[test]
fn permissions_that_labs_need_are_there() {
    let corpus = root().join("../shared/corpus/pathfinding-labs");
    let Ok(expected) = std::fs::read_to_string(corpus.join("expected.jsonl")) else {
        println!("skipped: no corpus beside the repository");
        return;
    };
    let (mut found, mut wrong) = (0, Vec::new());
    for line in expected.lines() {
        let node = parse_json(FileId(0), line, &Limits::default(), &mut Vec::new()).expect("JSON");
        let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
        let id = text(&node, "id");
        let mut files = BTreeMap::new();
        gather(&corpus.join(text(&node, "dir")), "", &mut files);
        let inventory = inventory(&files, &Options::default());
        with(&inventory, |world| {
            for needs in node.get("required").and_then(Node::as_sequence).unwrap_or_default() {
                let name = text(needs, "principal");
                let principal = (0u32..).zip(world.rights.principals()).find_map(|(number, one)| {
                    let resource = world.estate.resource(one.resource);
                    let named = resource.get("name").map(|value| world.estate.render(value)).unwrap_or_default();
                    let same = named == name
                        || named.split("${").next().is_some_and(|head| head.len() > 8 && name.starts_with(head));
                    same.then_some(number)
                });
                for permission in needs.get("permissions").and_then(Node::as_sequence).unwrap_or_default() {
                    let action = text(permission, "permission");
                    let on = text(permission, "resource").replace("{account_id}", "*").replace("{region}", "*");
                    let on =
                        on.split('{').next().unwrap_or_default().to_owned() + if on.contains('{') { "*" } else { "" };
                    let Some(principal) = principal else {
                        wrong.push(format!("{id}: no principal {name}"));
                        continue;
                    };
                    let target = if on == "*" || on.is_empty() { Target::Anything } else { Target::Named(&on) };
                    let answer = world.rights.can(principal, &action, target, &Request::default()).answer;
                    if answer >= Answer::Settable {
                        found += 1;
                    } else {
                        wrong.push(format!("{id}: {name} {action} on {on}: {answer:?}"));
                    }
                }
            }
        });
    }
    println!("{found} permissions found; not: {wrong:#?}");
    // The rest are held by another principal than listed, or named in a form that is not the provider's.
    assert!(found >= 90, "{found}");
}
