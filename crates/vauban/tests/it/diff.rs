//! `vauban diff`: architecture and threats, in words a reviewer uses.

use crate::support::{Folder, SMALL, list, text};

fn two(after: &str) -> Folder {
    let folder = Folder::new();
    folder.write("a.yaml", SMALL);
    folder.write("b.yaml", after);
    folder
}

#[test]
fn the_same_model_has_no_differences() {
    two(SMALL).run(&["diff", "a.yaml", "b.yaml", "--fail-on-worse"]).exits(0).prints("Nothing changed");
}

#[test]
fn a_new_entry_point_and_weaker_encryption_are_worse() {
    let after = SMALL
        .replace(
            "flows:\n",
            "  api: {technology: rest-api, in: cloud, handles: [orders]}\nflows:\n  browser -> api: http\n",
        )
        .replace("protocol: https", "protocol: http");
    let folder = two(&after);
    let out = folder.run(&["diff", "a.yaml", "b.yaml"]).exits(0).out;
    let worse = out.split("Better").next().unwrap_or_default();
    assert!(worse.starts_with("Worse"), "{out}");
    assert!(worse.contains("api") && worse.contains("encrypt"), "{out}");
    folder.run(&["diff", "a.yaml", "b.yaml", "--fail-on-worse"]).exits(1);
    folder.run(&["diff", "b.yaml", "a.yaml", "--fail-on-worse"]).exits(0).prints("Better");
}

#[test]
fn a_control_added_is_better() {
    let folder = two(&SMALL.replace("lacks", "controls"));
    let out = folder.run(&["diff", "a.yaml", "b.yaml", "--fail-on-worse"]).exits(0).out;
    assert!(out.contains("Better"), "{out}");
}

#[test]
fn machines_and_pull_requests_get_their_own_shapes() {
    let folder = two(&SMALL.replace("protocol: https", "protocol: http"));
    let json = folder.run(&["diff", "a.yaml", "b.yaml", "--format", "json"]).exits(0).json();
    assert!(text(&json, "schema").contains("/diff/") && json["version"] == 1);
    for change in list(&json, "changes") {
        assert!(["worse", "better", "different"].contains(&text(change, "direction")));
        assert!(!text(change, "text").is_empty() && !text(change, "kind").is_empty());
    }
    folder.run(&["diff", "a.yaml", "b.yaml", "--format", "markdown"]).exits(0).prints("### Worse");
}
