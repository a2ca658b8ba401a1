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

#[test]
fn a_way_that_a_new_one_takes_the_place_of_is_not_called_closed() {
    // Who runs code on the application has the passwords too, by the same actions: only one of the two ends is told.
    let before = r"
vauban: 1
system: {name: Bike Rental}
data:
  passwords: {classification: restricted, kinds: [credentials]}
boundaries:
  internet: {kind: internet, trust: untrusted}
  cloud:
    kind: virtual-network
    trust: semi-trusted
    boundaries:
      private: {kind: network-segment, trust: trusted}
identities:
  renter: {kind: person, external: yes, may_use: [web]}
  web-account: {kind: service, may_write: [database], needs_only: [database]}
components:
  browser: {technology: browser, in: internet, used_by: [renter]}
  web: {technology: web-application, in: cloud, custom_code: yes, accepts: [form, file], session: cookie, handles: [passwords],
        runs_as: [web-account], controls: [parameterised-queries]}
  database: {technology: postgresql, in: private, stores: [passwords]}
flows:
  browser -> web: {protocol: https, authentication: session, carries: [passwords]}
  web -> database: {protocol: sql, encryption: none, authentication: credentials, carries: [passwords]}
";
    let folder = Folder::new();
    folder.write("a.yaml", before);
    folder.write("b.yaml", &before.replace("queries]}", "queries], lacks: [upload-validation]}"));
    let out = folder.run(&["diff", "a.yaml", "b.yaml"]).exits(0).out;
    assert!(out.contains("new attack path"), "{out}");
    assert!(!out.contains("closed"), "{out}");
    let back = folder.run(&["diff", "b.yaml", "a.yaml"]).exits(0).out;
    assert!(back.contains("attack path closed"), "{back}");
}
