//! `vauban plan`: plans, budgets, what-if, and what it says when asked for what cannot be.

use crate::support::{Folder, SMALL, SMALL_FINDING, list, run, text, texts};

const PORTAL: &str = "examples/admin-portal/model.yaml";

#[test]
fn the_portal_s_plan_closes_its_paths_and_proves_that_nothing_is_cheaper() {
    let plan = run(&["plan", PORTAL, "--frontier", "--format", "json"]).exits(0).json();
    assert_eq!(plan["certificate"]["optimal"], true);
    assert_eq!(plan["certificate"]["gap"], 0);
    assert_eq!(plan["frontier_exact"], true);
    let controls = list(&plan, "controls");
    assert_eq!(text(&controls[0], "id"), "upload-validation@admin-portal");
    assert!(!texts(&controls[0], "closes").is_empty());
    assert!(texts(&controls[0], "stops").contains(&"unrestricted-upload@admin-portal"));
    let frontier = list(&plan, "frontier");
    assert_eq!(frontier[0]["cost"], 0);
    assert_eq!(frontier.last().map(|point| &point["cost"]), Some(&plan["cost"]));
}

#[test]
fn a_budget_is_kept_and_the_text_says_what_is_left() {
    run(&["plan", PORTAL, "--budget", "8"]).exits(0).prints("of a budget of 8 days").prints("left above medium");
    run(&["plan", PORTAL, "--budget", "0.5"]).exits(0).prints("nothing within a budget of 0.5 days");
    run(&["plan", PORTAL, "--format", "markdown"]).exits(0).prints("## What to do, in this order");
}

#[test]
fn the_methodology_says_what_controls_cost() {
    let folder = Folder::new();
    folder.write("model.yaml", &std::fs::read_to_string(crate::support::root().join(PORTAL)).expect("it is there"));
    folder.write("ours.yaml", "effort_cost: { medium: 3.5 }\ncontrol_cost: { upload-isolation: 0.25 }\n");
    let plan = folder.run(&["plan", "model.yaml", "--methodology", "ours.yaml", "--format", "json"]).exits(0).json();
    let isolation = &list(&plan, "controls")[0];
    assert_eq!((text(isolation, "control"), isolation["cost"].as_f64()), ("upload-isolation", Some(0.25)));
    assert_eq!(plan["cost"].as_f64(), Some(3.75));
    folder.write("wrong.yaml", "effort_cost: { medium: a lot }\n");
    let out = folder.run(&["plan", "model.yaml", "--methodology", "wrong.yaml"]);
    assert!(out.err.contains("takes person-days"), "{}", out.err);
}

#[test]
fn what_if_compares_before_and_after() {
    let out = run(&["plan", PORTAL, "--add", "upload-validation@admin-portal"]).exits(0).out;
    assert!(out.contains("Better") && out.contains("attack path closed"), "{out}");
    assert!(!out.contains("Worse"), "{out}");
    let json = run(&["plan", PORTAL, "--remove-flow", "admin-portal -> database-server", "--format", "json"]).exits(0);
    assert_eq!(text(&json.json(), "schema"), "https://vauban.example/schema/diff/1");
    let out = run(&["plan", PORTAL, "--deny", "app-service-account -> database-server"]).exits(0).out;
    assert!(out.contains("attack path closed"), "{out}");
    // A permission given opens what one taken away closes.
    let model = "examples/web-shop/model.yaml";
    let out = run(&["plan", model, "--deny", "shop-account -> orders-db", "--format", "json"]).exits(0).json();
    let denied = out.to_string();
    let both = ["--deny", "shop-account -> orders-db", "--allow", "shop-account -> orders-db: administer"];
    let back = run(&[&["plan", model], &both[..]].concat()).exits(0).out;
    assert!(denied.contains("administers orders-db") && !back.contains("attack path closed"), "{back}");
    let cluster = "cases/kubernetes-microservices/model.yaml";
    let more = run(&["plan", cluster, "--allow", "cart-account -> orders-db: administer"]).exits(0).out;
    assert!(more.contains("Worse") && more.contains("cart-account, the account of cart, may do far more"), "{more}");
}

#[test]
fn what_cannot_be_is_said_with_what_was_meant() {
    for (arguments, said) in [
        (["--add", "upload-validaton@admin-portal"], "did you mean `upload-validation`?"),
        (["--add", "upload-validation@admin-portl"], "did you mean `admin-portal`?"),
        (["--add", "upload-validation"], "write `control@element`"),
        (["--remove", "upload-validation@admin-portal"], "does not have the control"),
        (["--remove-flow", "nowhere"], "there is no flow `nowhere`"),
        (["--deny", "unrestricted-upload@app-service-account"], "no permission is what"),
        (["--allow", "app-service-account -> database-server"], "does not say who may do what"),
        (["--allow", "app-service-account -> database-server: adminster"], "did you mean `administer`?"),
        (["--allow", "admin-portal -> database-server: read"], "is no identity"),
        (["--allow", "app-service-account -> database-server: administer"], "already"),
    ] {
        let out = run(&["plan", PORTAL, arguments[0], arguments[1]]).exits(2);
        assert!(out.err.contains(said), "{arguments:?}: {}", out.err);
    }
    let both = run(&["plan", PORTAL, "--budget", "3", "--remove-flow", "x"]).exits(2);
    assert!(both.err.contains("two questions"), "{}", both.err);
}

#[test]
fn permissions_of_a_cloud_are_planned_and_taken_away() {
    let plan = run(&["plan", "examples/terraform", "--format", "json"]).exits(0).json();
    let first = &list(&plan, "controls")[0];
    let stops = texts(first, "stops");
    assert!(!stops.is_empty());
    let out = run(&["plan", "examples/terraform", "--deny", stops[0]]).exits(0).out;
    assert!(out.contains("no longer open"), "{out}");
    let id = text(first, "id");
    let out = run(&["plan", "examples/terraform", "--add", id]).exits(0).out;
    assert!(out.contains("no longer open"), "{out}");
}

#[test]
fn what_is_decided_already_is_marked() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    let plan = || folder.run(&["plan", "model.yaml", "--tolerance", "low", "--format", "json"]).exits(0).json();
    let marked = |plan: &serde_json::Value| -> Vec<(String, String, String)> {
        let controls = list(plan, "controls").iter();
        let decided = controls.flat_map(|control| list(control, "decided").iter().map(move |one| (control, one)));
        let words = |value: &serde_json::Value, key: &str| text(value, key).to_owned();
        decided.map(|(control, one)| (words(control, "control"), words(one, "owner"), words(one, "stage"))).collect()
    };
    assert_eq!(marked(&plan()), []);
    let propose = ["treat", "propose", SMALL_FINDING, "--model", "model.yaml", "--treatment", "mitigate"];
    let more = ["--reason", "Gateway.", "--owner", "Ada", "--control", "rate-limiting", "--who", "Ada"];
    folder.run(&[&propose[..], &more].concat()).exits(0);
    assert_eq!(marked(&plan()), [("rate-limiting".into(), "Ada".into(), "proposed".into())]);
    folder
        .run(&["plan", "model.yaml", "--tolerance", "low"])
        .exits(0)
        .prints("already decided for unlimited-requests@web");
}

#[test]
fn nothing_is_proven_with_a_matrix_that_falls() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    let matrix = |certain: &str| {
        let row = "[low, low, medium, high, critical]";
        format!("matrix:\n  rare: {row}\n  unlikely: {row}\n  possible: {row}\n  likely: {row}\n  certain: {certain}\n")
    };
    let plan = |certain: &str| {
        folder.write("ours.yaml", &matrix(certain));
        let plan = ["plan", "model.yaml", "--tolerance", "low", "--methodology", "ours.yaml", "--format", "json"];
        folder.run(&plan).exits(0).json()
    };
    let rises = plan("[low, low, medium, high, critical]");
    assert_eq!(rises["certificate"]["optimal"], true, "{}", rises["certificate"]);
    let falls = plan("[low, low, low, low, low]");
    assert_eq!((&falls["certificate"]["optimal"], &falls["certificate"]["lower_bound"]), (&false.into(), &0.into()));
    assert!(text(&falls["certificate"], "limit").contains("falls"), "{}", falls["certificate"]);
}

#[test]
fn threats_and_goals_of_paths_are_counted_apart() {
    let plan = run(&["plan", PORTAL, "--format", "json"]).exits(0).json();
    for when in ["before", "after"] {
        for level in ["critical", "high", "medium", "low"] {
            let of = |what: &str| plan[what][when][level].as_u64().expect("a number");
            assert_eq!(of("threats") + of("goals"), plan[when][level].as_u64().expect("a number"), "{when} {level}");
        }
    }
    run(&["plan", PORTAL])
        .exits(0)
        .prints("All threats (those about the model itself not counted):")
        .prints("Goals of paths:");
}

/// The risks of a plan, by their ids: what they are before it, or after.
fn risks(plan: &serde_json::Value, when: &str) -> Vec<(String, String)> {
    let of = |risk: &serde_json::Value| Some((text(risk, "id").to_owned(), risk[when].as_str()?.to_owned()));
    let worth_it = |(_, level): &(String, String)| matches!(level.as_str(), "high" | "critical");
    let mut out: Vec<_> = list(plan, "risks").iter().filter_map(of).filter(worth_it).collect();
    out.sort();
    out
}

#[test]
fn what_a_plan_leaves_is_what_another_finds_once_it_is_carried_out() {
    // Ways to one goal that share steps: which of them is worst shows only once another is closed.
    for model in ["examples/web-shop/model.yaml", "fixtures/plans/two-ways-to-one-store.yaml"] {
        for budget in ["2", "5", "10", "20"] {
            let plan = run(&["plan", model, "--budget", budget, "--format", "json"]).exits(0).json();
            let mut overlay = "overlay: 1\n".to_owned();
            let sections = [
                ("component", "components"),
                ("flow", "flows"),
                ("identity", "identities"),
                ("boundary", "boundaries"),
            ];
            for (domain, section) in sections {
                let mut controls: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
                for one in list(&plan, "controls").iter().filter(|one| one["element"]["domain"] == domain) {
                    controls.entry(text(&one["element"], "id")).or_default().push(text(one, "control"));
                }
                if !controls.is_empty() {
                    overlay.push_str(&format!("{section}:\n"));
                }
                for (id, list) in controls {
                    overlay.push_str(&format!("  \"{id}\": {{controls: [{}]}}\n", list.join(", ")));
                }
            }
            assert!(list(&plan, "controls").iter().all(|one| one["element"]["domain"] != "system"), "{plan:#}");
            let folder = Folder::new();
            let more = folder.write("more.yaml", &overlay).display().to_string();
            let again = run(&["plan", model, "--overlay", &more, "--budget", "0", "--format", "json"]).exits(0).json();
            assert_eq!(risks(&plan, "after"), risks(&again, "before"), "{model} with {budget} days:\n{overlay}");
        }
    }
}
