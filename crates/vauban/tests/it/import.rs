//! `vauban import`: other tools' models in our format.

use crate::support::{Folder, list, root, run, text};

#[test]
fn the_formats_are_listed() {
    let out = run(&["import", "--list"]).exits(0).out;
    for format in ["threagile", "otm", "threat-dragon"] {
        assert!(out.contains(format), "{format} is missing in\n{out}");
    }
}

#[test]
fn data_goes_to_standard_output_and_what_was_inferred_to_standard_error() {
    let result = run(&["import", "examples/threagile-import/threagile.yaml"]).exits(0).says("note[").says("--output");
    assert!(result.out.contains("vauban: 1") && !result.out.contains("note["));
}

#[test]
fn our_own_format_comes_back_as_itself() {
    let folder = Folder::new();
    for name in ["web-shop", "admin-portal", "ci-gate"] {
        let model = root().join(format!("examples/{name}/model.yaml"));
        folder.run(&["import", model.to_str().expect("a path"), "--output", "again.yaml"]).exits(0);
        let ids = |run: crate::support::Run| -> Vec<String> {
            let check = run.exits(0).json();
            let entries = ["findings", "questions"].iter().flat_map(|key| list(&check, key));
            let mut ids: Vec<String> = entries.map(|entry| text(entry, "id").to_owned()).collect();
            // Decisions lie beside the original only, and what is decided comes last.
            ids.sort();
            ids
        };
        let before = ids(folder.run(&["check", model.to_str().expect("a path"), "--format", "json"]));
        let after = ids(folder.run(&["check", "again.yaml", "--format", "json"]));
        assert_eq!(before, after, "{name}");
    }
}

#[test]
fn a_broken_input_still_gives_what_could_be_read() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(root().join("examples/threagile-import/threagile.yaml")).expect("it is there");
    folder.write("broken.yaml", &text.replace("target: member-db", "target: nobody"));
    let result = folder.run(&["import", "broken.yaml"]).says("nobody");
    assert!(result.out.contains("member-db"), "{}", result.out);
}

#[test]
fn decisions_of_another_tool_that_meet_nothing_are_kept_and_named() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(root().join("examples/threagile-import/threagile.yaml")).expect("it is there");
    assert!(!text.contains("no-such-risk"));
    let more = "  no-such-risk@nowhere:\n    status: accepted\n    justification: we know\n    ticket: T-1\n    \
                date: 2024-01-02\n    checked_by: Ann\n  talked-about@member-db:\n    status: in-discussion\n    \
                justification: \n    ticket: \n    date: \n    checked_by: \n  unseen@member-db:\n    status: unchecked\n    \
                justification: \n    ticket: \n    date: \n    checked_by: \n";
    let text = match text.find("risk_tracking:") {
        Some(at) => {
            let end = at + text[at..].find('\n').expect("a line") + 1;
            format!("{}{more}{}", &text[..end], &text[end..])
        }
        None => format!("{text}\nrisk_tracking:\n{more}"),
    };
    folder.write("t.yaml", &text);
    let told = folder.run(&["import", "t.yaml", "--output", "m.yaml"]).exits(0).says("no-such-risk@nowhere");
    assert!(told.err.contains("talked-about@member-db (in-discussion)"), "{}", told.err);
    assert!(!told.err.contains("unseen@member-db ("), "{}", told.err);
    let written = std::fs::read_to_string(folder.path().join("m.yaml")).expect("a model");
    assert!(written.contains("no-such-risk@nowhere") && written.contains("T-1"), "{written}");
    folder.run(&["convert", "t.yaml", "out.xlsx"]).exits(0).says("decisions on risks that meet no finding");
    folder.run(&["convert", "t.yaml", "out2.xlsx", "--no-loss"]).exits(1);
    // Into its own format as well: the file is written whole, and what meets nothing is not in it.
    folder.run(&["convert", "t.yaml", "back.threagile.yaml", "--no-loss"]).exits(1).says("decisions on risks");
}

#[test]
fn the_tracking_of_a_risk_that_people_found_is_its_state_and_goes_back() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(root().join("examples/threagile-import/threagile.yaml")).expect("it is there");
    let risks = "individual_risk_categories:\n  Own kind:\n    id: own-kind\n    description: d\n    impact: i\n    \
                 asvs: a\n    cheat_sheet: ''\n    action: a\n    mitigation: m\n    check: c\n    function: operations\n    \
                 stride: tampering\n    detection_logic: ''\n    risk_assessment: ''\n    false_positives: ''\n    \
                 model_failure_possible_reason: false\n    cwe: 0\n    risks_identified:\n      On the database:\n        \
                 severity: high\n        exploitation_likelihood: likely\n        exploitation_impact: high\n        \
                 data_breach_probability: possible\n        data_breach_technical_assets: []\n        \
                 most_relevant_technical_asset: member-db\n";
    let tracking = "  own-kind@member-db:\n    status: accepted\n    justification: rarely used\n    ticket: T-7\n    \
                    date: 2024-01-02\n    checked_by: Ann\n";
    let head = "risk_tracking:\n";
    let text = match text.contains(head) {
        true => text.replace(head, &format!("{head}{tracking}")),
        false => format!("{text}\n{head}{tracking}"),
    };
    assert!(text.contains("individual_risk_categories: {}\n"));
    folder.write("t.yaml", &text.replace("individual_risk_categories: {}\n", risks));
    let told = folder.run(&["import", "t.yaml", "--output", "m.yaml"]).exits(0);
    assert!(!told.err.contains("own-kind@member-db"), "{}", told.err);
    let written = std::fs::read_to_string(folder.path().join("m.yaml")).expect("a model");
    assert!(written.contains("status: accepted") && written.contains("rarely used"), "{written}");
    let told = folder.run(&["convert", "m.yaml", "back.threagile.yaml"]).exits(0);
    assert!(!told.err.contains("states of recorded threats"), "{}", told.err);
    let back = std::fs::read_to_string(folder.path().join("back.threagile.yaml")).expect("a model");
    assert!(back.contains("own-kind@member-db") && back.contains("rarely used") && back.contains("T-7"), "{back}");
}
