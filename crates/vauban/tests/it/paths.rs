//! `vauban paths`: stories, proofs, starting points, goals out of reach.

use crate::support::{Folder, list, run, text, texts};

const PORTAL: &str = "examples/admin-portal/model.yaml";

#[test]
fn the_founding_document_s_path_is_told_from_its_facts() {
    let paths =
        run(&["paths", PORTAL, "--from", "internet", "--to", "database-server", "--confirmed", "--format", "json"])
            .exits(0)
            .json();
    let first = &list(&paths, "paths")[0];
    assert_eq!(
        text(first, "story"),
        "An attacker on the internet reaches the admin portal, exploits the unvalidated file upload of the admin portal to run \
         code on it, then reaches the database server through the over-privileged application service account, and so \
         administers the database server."
    );
    let rules: Vec<&str> =
        list(first, "steps").iter().map(|s| text(s, "rule")).filter(|rule| !rule.starts_with("follows:")).collect();
    assert_eq!(rules, ["unrestricted-upload", "over-privileged-identity"]);
    assert!(list(first, "assumptions").is_empty());
    let chokes: Vec<&str> = list(&paths, "choke_points").iter().map(|c| text(c, "finding")).collect();
    assert_eq!(chokes, ["unrestricted-upload@admin-portal", "over-privileged-identity@app-service-account"]);
}

#[test]
fn without_its_facts_the_path_is_another_or_none() {
    let model = std::fs::read_to_string(crate::support::root().join(PORTAL)).expect("the example is there");
    let folder = Folder::new();
    let ask =
        ["paths", "model.yaml", "--from", "internet", "--to", "database-server", "--confirmed", "--format", "json"];
    let controlled = model.replace("lacks: [upload-validation, ", "controls: [upload-validation]\n    lacks: [");
    assert_ne!(controlled, model);
    folder.write("model.yaml", &controlled);
    let answer = folder.run(&ask).exits(0).json();
    assert!(list(&answer, "paths").is_empty());
    let separated: Vec<&str> = list(&answer, "nearest_misses").iter().flat_map(|m| texts(m, "separated_by")).collect();
    assert_eq!(separated, ["Upload validation at the admin portal"]);

    let lesser = model.replace("    may_administer: [database-server]\n", "    may_read: []\n");
    assert_ne!(lesser, model);
    folder.write("model.yaml", &lesser);
    let answer = folder.run(&ask).exits(0).json();
    for path in list(&answer, "paths") {
        assert!(!text(path, "story").contains("administers the database server"), "{}", text(path, "story"));
    }
}

#[test]
fn paths_are_fewer_when_fewer_are_wanted_and_begin_the_same() {
    let ids = |top: &str| -> Vec<String> {
        let paths =
            run(&["paths", PORTAL, "--to", "database-server", "--top", top, "--format", "json"]).exits(0).json();
        list(&paths, "paths").iter().map(|p| text(p, "id").to_owned()).collect()
    };
    let (few, many) = (ids("2"), ids("6"));
    assert!(few.len() <= 2 && few.len() <= many.len());
    assert_eq!(few.first(), many.first());
    let mut distinct = many.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), many.len(), "the same path twice");
}

#[test]
fn an_element_can_be_where_the_attacker_starts() {
    let paths = run(&["paths", PORTAL, "--from", "admin-portal", "--to", "database-server", "--format", "json"])
        .exits(0)
        .json();
    let first = &list(&paths, "paths")[0];
    assert_eq!(text(first, "attacker"), "given");
    assert!(text(first, "story").starts_with("An attacker who controls the admin portal"), "{}", text(first, "story"));
    assert!(!list(first, "steps").iter().any(|s| text(s, "rule") == "unrestricted-upload"));
}

#[test]
fn the_story_of_a_given_attacker_says_the_beginning_once() {
    for (folder, from) in [("examples/terraform", "aws_iam_user.deployer"), (PORTAL, "admin-portal")] {
        let paths = run(&["paths", folder, "--from", from, "--format", "json"]).exits(0).json();
        assert!(!list(&paths, "paths").is_empty());
        for path in list(&paths, "paths") {
            let story = text(path, "story");
            let (who, rest) = story.strip_prefix("An attacker who controls ").map_or(("", story), |rest| {
                let name = if from == "admin-portal" { "the admin portal" } else { "deployer" };
                rest.strip_prefix(name).map_or(("", story), |rest| (name, rest))
            });
            assert!(!who.is_empty(), "{story}");
            for again in ["acts as", "reaches", "runs code on", "controls"] {
                assert!(!rest.trim_start().starts_with(&format!("{again} {who}")), "{story}");
            }
        }
    }
}

#[test]
fn the_text_shows_techniques_facts_and_places() {
    let out = run(&["paths", PORTAL, "--from", "internet", "--to", "database-server"]).exits(0).out;
    for part in ["[T1190", "component.accepts = file", "examples/admin-portal/model.yaml:", "Choke points", "assumes: "]
    {
        assert!(out.contains(part), "`{part}` is missing in\n{out}");
    }
}

#[test]
fn the_smallest_cut_keeps_everybody_out() {
    let model = "examples/admin-portal/model.yaml";
    let arguments = ["paths", model, "--to", "database-server", "--cut", "--confirmed"];
    let found = run(&[&arguments[..], &["--format", "json"]].concat()).exits(0).json();
    let schema = jsonschema::validator_for(&run(&["schema", "paths"]).exits(0).json()).expect("a schema");
    assert!(schema.is_valid(&found));
    let cuts = list(&found, "cuts");
    let mut looked_at = 0;
    for cut in cuts {
        assert_eq!((&cut["possible"], &cut["count"]), (&true.into(), &cut["at_least"]), "{cut}");
        let steps: Vec<&str> = list(cut, "steps").iter().map(|step| text(step, "finding")).collect();
        // Every path to the goal has one of them.
        let paths = list(&found, "paths").iter().filter(|path| path["goal"] == cut["goal"]);
        for path in paths {
            let on_it = list(path, "steps").iter().filter_map(|step| step["finding"].as_str());
            assert!(on_it.into_iter().any(|finding| steps.contains(&finding)), "{cut} {path}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 0, "{cuts:?}");
    run(&arguments).exits(0).prints("Smallest cut before").prints("proven to be the fewest");
    run(&["paths", model, "--cut"]).exits(2).says("--to");
}

/// Who sets a price changes orders, not the passwords that the same shop handles.
#[test]
fn fraud_in_a_shop_changes_what_it_is_about() {
    let folder = Folder::new();
    folder.write(
        "model.yaml",
        "vauban: 1
system: {name: Shop, owner: x, criticality: high}
data:
  orders: {classification: confidential, integrity: high, kinds: [order]}
  notes: {classification: confidential, integrity: high}
  passwords: {classification: restricted, integrity: high, kinds: [credentials]}
boundaries:
  internet: {kind: internet, trust: untrusted}
  lan: {kind: network, trust: trusted}
components:
  pc: {technology: browser, in: internet}
  shop: {technology: web-application, in: lan, moves_money: yes, self_registration: yes, custom_code: yes, handles: [orders, notes, passwords], lacks: [integrity-checks-on-client-data, business-rule-checks]}
flows:
  pc -> shop: {protocol: https, authentication: session, carries: [orders, notes, passwords]}
",
    );
    let paths = folder.run(&["paths", "model.yaml", "--top", "200", "--format", "json"]).exits(0).json();
    let mut changed = std::collections::BTreeSet::new();
    for path in list(&paths, "paths") {
        let story = text(path, "story");
        if story.contains("a price or quantity") || story.contains("calls the last step") {
            changed.extend(
                ["orders", "notes", "passwords"]
                    .into_iter()
                    .filter(|data| story.ends_with(&format!("can change {data}."))),
            );
        }
    }
    assert!(changed.contains("orders") && !changed.contains("passwords"), "{changed:?}");
}

/// A device on a network that the internet reaches, which strangers can touch, and a laptop that people carry about.
const TOUCHED: &str = "vauban: 1
system: {name: Kiosk, owner: x, criticality: high}
data: {records: {classification: restricted, kinds: [health, credentials]}}
boundaries:
  internet: {kind: internet, trust: untrusted}
  ward: {kind: network, trust: trusted}
components:
  vendor: {technology: workstation, in: internet}
  scanner: {technology: iot-device, in: ward, stores: [records], physical_access: yes, safety_relevant: yes, lacks: [debug-port-locked, tamper-detection, disk-encryption, secure-local-storage, device-management, token-revocation, remote-wipe, network-access-control, network-segmentation]}
  laptop: {technology: workstation, in: ward, stores: [records], lacks: [disk-encryption, secure-local-storage]}
  archive: {technology: file-server, in: ward, stores: [records]}
flows:
  vendor -> scanner: {protocol: https, authentication: multi-factor, carries: [records]}
  scanner -> archive: {protocol: https, authentication: token, carries: [records]}
";

#[test]
fn hands_on_the_hardware_are_not_had_over_the_internet() {
    let folder = Folder::new();
    folder.write("model.yaml", TOUCHED);
    let rules = |attacker: &str| -> std::collections::BTreeSet<String> {
        let told = folder.run(&["paths", "model.yaml", "--from", attacker, "--top", "200", "--format", "json"]);
        let told = told.exits(0).json();
        let steps = list(&told, "paths").iter().flat_map(|path| list(path, "steps"));
        steps.map(|step| text(step, "rule").to_owned()).collect()
    };
    let by_hand = ["debug-port-left-open", "stolen-device-gives-up-its-data", "terminal-tampered-by-hand"];
    let (far, near) = (rules("internet"), rules("physical"));
    assert!(!far.is_empty() && !far.contains("lost-device-keeps-its-access"));
    for rule in by_hand {
        assert!(!far.contains(rule), "`{rule}` over the internet");
        assert!(near.contains(rule), "nobody in front of the device does `{rule}`: {near:?}");
    }
}
