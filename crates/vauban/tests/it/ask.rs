//! `vauban ask`: questions that matter, and answers that the next check obeys.

use crate::support::{Folder, SMALL, list, open, text};

fn unknown() -> String {
    SMALL.replace(", lacks: [rate-limiting]", "")
}

#[test]
fn questions_come_ranked_and_say_how_to_answer() {
    let folder = Folder::new();
    folder.write("model.yaml", &unknown());
    let out = folder.run(&["ask", "model.yaml", "--top", "3"]).exits(0).out;
    assert!(out.contains("--answer"), "{out}");
    let check = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    let weights: Vec<u64> = list(&check, "questions").iter().filter_map(|q| q["weight"].as_u64()).collect();
    assert!(weights.windows(2).all(|pair| pair[0] >= pair[1]), "{weights:?}");
}

#[test]
fn an_answer_goes_to_the_overlay_and_the_next_check_obeys() {
    let folder = Folder::new();
    folder.write("model.yaml", &unknown());
    let question = "rate-limiting@web";
    let before = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    assert!(list(&before, "questions").iter().any(|q| text(q, "id") == question));
    assert!(!open(&before).contains(&"unlimited-requests@web"));

    folder.run(&["ask", "model.yaml", "--answer", "rate-limiting@web=no"]).exits(0).says("model.overlay.yaml");
    let after = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    assert!(open(&after).contains(&"unlimited-requests@web"));
    assert!(!list(&after, "questions").iter().any(|q| text(q, "id") == question));
    let finding = crate::support::finding(&after, "unlimited-requests@web").expect("it is there");
    assert!(
        finding["evidence"].to_string().contains("model.overlay.yaml"),
        "the answer's place is its source: {finding}"
    );

    folder.write("model.overlay.yaml", "overlay: 1\n");
    folder.run(&["ask", "model.yaml", "--answer", "rate-limiting@web=yes"]).exits(0);
    let mended = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    assert!(!open(&mended).contains(&"unlimited-requests@web"));
    assert!(list(&mended, "mitigated").iter().any(|m| text(m, "id") == "unlimited-requests@web"));
    assert_eq!(folder.read("model.yaml"), unknown(), "the model itself is never touched");
}

#[test]
fn every_answer_offered_is_an_answer_understood() {
    let folder = Folder::new();
    folder.write("model.yaml", &unknown());
    let check = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    let questions = list(&check, "questions");
    assert!(questions.len() > 5);
    let mut arguments: Vec<String> = vec!["ask".into(), "model.yaml".into()];
    let mut asked = Vec::new();
    for question in questions {
        if let Some(answer) = list(question, "answers").last().and_then(|a| a.as_str()) {
            arguments.extend(["--answer".to_owned(), format!("{}={answer}", text(question, "id"))]);
            asked.push(text(question, "id"));
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    folder.run(&arguments).exits(0);
    let after = folder.run(&["check", "model.yaml", "--format", "json"]).exits(0).json();
    assert!(list(&after, "diagnostics").is_empty(), "{}", after["diagnostics"]);
    let still: Vec<&str> =
        list(&after, "questions").iter().map(|q| text(q, "id")).filter(|id| asked.contains(id)).collect();
    assert!(still.is_empty(), "answered and asked again: {still:?}");
}

#[test]
fn nothing_to_ask_says_so() {
    let folder = Folder::new();
    folder.write("model.yaml", "vauban: 1\nsystem: {name: Void}\n");
    folder.run(&["ask", "model.yaml"]).exits(0).prints("No open questions");
}

/// How an outsider's program is built, and whether the internet or a person writes queries, is no question to us.
#[test]
fn nobody_is_asked_how_outsiders_build_their_programs() {
    let folder = Folder::new();
    let mut model = "vauban: 1
system: {name: E, owner: x, criticality: high}
data:
  records: {classification: restricted, kinds: [health, credentials], integrity: critical, availability: high}
boundaries:
  internet: {kind: internet, trust: untrusted}
  lan: {kind: network, trust: trusted}
components:
  app: {technology: web-application, in: lan, custom_code: yes, handles: [records]}
  psql: {technology: workstation, in: lan}
"
    .to_owned();
    let inside = ["postgresql", "directory", "mongodb", "search-engine", "file-server"];
    let outside = ["identity-provider", "web-application", "payment-service", "cdn", "secrets-vault", "message-broker"];
    for technology in inside {
        model += &format!("  {technology}: {{technology: {technology}, in: lan, stores: [records]}}\n");
    }
    for technology in outside {
        model += &format!("  x-{technology}: {{kind: external-entity, technology: {technology}, in: internet}}\n");
    }
    model += "  x-anybody: {kind: external-entity, in: internet}\nflows:\n";
    for source in outside.iter().chain([&"anybody"]) {
        for target in inside {
            model += &format!("  x-{source} -> {target}: {{carries: [records]}}\n");
        }
        model += &format!("  x-{source} -> app: {{carries: [records], protocol: https}}\n");
        model += &format!("  app -> x-{source}: {{carries: [records], protocol: https}}\n");
    }
    for target in inside {
        model += &format!("  app -> {target}: {{carries: [records], encryption: tls}}\n");
        model += &format!("  psql -> {target}: {{carries: [records]}}\n");
    }
    folder.write("model.yaml", &model);
    let asked = folder.run(&["ask", "model.yaml", "--top", "10000"]).exits(0).out;
    let ids: Vec<&str> =
        asked.lines().filter_map(|line| line.split_whitespace().next()).filter(|id| id.contains('@')).collect();
    for control in [
        "parameterised-queries",
        "path-canonicalisation",
        "protocol",
        "fetches_urls",
        "output-encoding",
        "csrf-protection",
        "web-application-firewall",
        "micro-segmentation",
        "certificate-validation",
        "topic-access-control",
        "queue-limits",
        "cache-control",
    ] {
        let wrong = ids.iter().find(|id| id.starts_with(&format!("{control}@x-")));
        assert_eq!(wrong, None, "{control}");
    }
    // Nor does a person at a workstation paste queries together from what callers send.
    assert!(!ids.contains(&"parameterised-queries@psql") && !ids.contains(&"path-canonicalisation@psql"), "{ids:?}");
    // Of our own program it is asked as before.
    assert!(ids.contains(&"parameterised-queries@app") && ids.contains(&"path-canonicalisation@app"), "{ids:?}");
}

#[test]
fn an_answer_can_be_given_again_and_corrected() {
    let folder = Folder::new();
    folder.write("model.yaml", &unknown());
    let answer = |what: &str| folder.run(&["ask", "model.yaml", "--answer", what]);
    let read = || std::fs::read_to_string(folder.path().join("model.overlay.yaml")).expect("it was written");
    answer("rate-limiting@web=no").exits(0);
    let once = read();
    answer("rate-limiting@web=no").exits(0).says("says so already");
    assert_eq!(read(), once);
    answer("rate-limiting@web=yes").exits(0);
    assert_ne!(read(), once);
    answer("accepts@web=").exits(2).says("has no value");
    // What stands in the model is changed there.
    folder.write("model.yaml", SMALL);
    folder.write("model.overlay.yaml", "overlay: 1\n");
    answer("rate-limiting@web=no").exits(0).says("answered so already, at model.yaml:");
    answer("rate-limiting@web=yes").exits(2).says("change it there, at model.yaml:");
}

#[test]
fn what_a_path_assumes_is_answered_as_it_is_asked() {
    let folder = Folder::new();
    folder.write(
        "main.tf",
        r#"
variable "actions" { type = list(string) }
resource "aws_iam_user" "dev" { name = "dev" }
resource "aws_iam_user_policy" "dev" {
  user   = aws_iam_user.dev.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = var.actions, Resource = "*" }] })
}
"#,
    );
    let check = || folder.run(&["check", ".", "--format", "json"]).exits(0).json();
    let before = check();
    let asked: Vec<String> = list(&before, "questions").iter().map(|q| text(q, "id").to_owned()).collect();
    let id = asked.iter().find(|id| id.starts_with("assumption@")).expect("what is permitted is not known");
    let rights = |check: &serde_json::Value| open(check).iter().filter(|id| id.ends_with("aws_iam_user.dev")).count();
    assert_eq!(rights(&before), 0);

    folder.run(&["ask", ".", "--answer", &format!("{id}=maybe")]).exits(2).says("yes or no");
    folder.run(&["ask", ".", "--answer", &format!("{id}=yes")]).exits(0).says("1 answer written");
    let sure = check();
    assert!(rights(&sure) > 0, "what is so is a finding");
    assert!(!list(&sure, "questions").iter().any(|q| text(q, "id") == id));

    folder.run(&["ask", ".", "--answer", &format!("{id}=no")]).exits(0);
    let denied = check();
    assert_eq!(rights(&denied), 0);
    assert!(!list(&denied, "questions").iter().any(|q| text(q, "id") == id), "it was answered");
}

#[test]
fn answers_stand_under_one_name_whatever_the_models_ending_and_others_are_told() {
    let drawing = "flowchart LR\n  U[Customer] -->|HTTPS| P[Web Portal]\n  P -->|SQL| D[(Orders PostgreSQL)]\n";
    let folder = Folder::new();
    folder.write("t.mmd", drawing);
    let check = folder.run(&["check", "t.mmd", "--format", "json"]).exits(0).json();
    let question = list(&check, "questions").iter().find(|it| !list(it, "answers").is_empty()).expect("a question");
    let answer = format!("{}=yes", text(question, "id"));
    folder.run(&["ask", "t.mmd", "--answer", &answer]).exits(0).says("t.overlay.yaml");
    let after = folder.run(&["check", "t.mmd", "--format", "json"]).exits(0);
    assert!(!after.err.contains("is not read"), "{}", after.err);
    assert!(!list(&after.json(), "questions").iter().any(|it| it["id"] == question["id"]), "the answer is read");

    folder.write("t.mmd.overlay.yaml", "overlay: 1\n");
    let told = folder.run(&["check", "t.mmd"]).says("`t.mmd.overlay.yaml` is not read");
    assert!(told.err.contains("t.overlay.yaml"), "{}", told.err);
    let named = folder.run(&["check", "t.mmd", "--overlay", "t.mmd.overlay.yaml"]);
    assert!(!named.err.contains("is not read"), "{}", named.err);
}

#[test]
fn what_only_holds_the_place_of_an_answer_is_none() {
    let folder = Folder::new();
    folder.write("model.yaml", &unknown());
    for value in ["…", "..."] {
        let answer = format!("rate-limiting@web={value}");
        folder.run(&["ask", "model.yaml", "--answer", &answer]).exits(2).says("only holds its place");
    }
    let listed = folder.run(&["ask", "model.yaml", "--list"]).exits(0).out;
    assert!(!listed.contains("=…"), "{listed}");
}

#[test]
fn a_box_of_clients_asks_first_whether_what_they_call_faces_the_internet() {
    let drawing = "flowchart LR\n  subgraph Clients\n    U[Customer]\n  end\n  P[Web Portal]\n  D[(Orders PostgreSQL)]\n  U -->|HTTPS| P\n  P -->|SQL| D\n";
    let folder = Folder::new();
    folder.write("t.mmd", drawing);
    let check = folder.run(&["check", "t.mmd", "--format", "json"]).exits(0).json();
    let first = list(&check, "questions").first().map(|question| text(question, "id"));
    assert_eq!(first, Some("internet_facing@web-portal"));
    let paths = folder.run(&["paths", "t.mmd"]).out;
    assert!(paths.contains("attacker on the internet"), "{paths}");
    assert!(paths.contains("nobody said the `internet_facing` of Web Portal"), "{paths}");

    folder.run(&["ask", "t.mmd", "--answer", "internet_facing@web-portal=no"]).exits(0);
    let paths = folder.run(&["paths", "t.mmd"]).out;
    assert!(!paths.contains("attacker on the internet"), "{paths}");
}

#[test]
fn a_browser_that_is_drawn_is_no_server_and_leaves_the_server_on_the_internet() {
    let drawing =
        "flowchart LR\n  U[Customer] --> S[Browser] -->|HTTPS| A[Orders API]\n  A -->|SQL| D[(Orders PostgreSQL)]\n";
    let folder = Folder::new();
    folder.write("t.mmd", drawing);
    let paths = folder.run(&["paths", "t.mmd"]).out;
    assert!(paths.contains("An attacker on the internet reaches Orders API"), "{paths}");
    assert!(!paths.contains("reaches Browser"), "{paths}");
    assert!(!paths.contains("interface that Browser offers"), "{paths}");
}
