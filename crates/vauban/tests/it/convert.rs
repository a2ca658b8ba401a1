//! `vauban export` and `vauban convert`: lists, dry runs, losses, and what comes back.

use crate::support::{Folder, root, run};

fn model(name: &str) -> String {
    root().join(name).to_str().expect("a path").to_owned()
}

#[test]
fn every_format_is_listed_with_what_it_carries() {
    let out = run(&["export", "--list"]).exits(0).out;
    for word in ["mermaid", "mtmt", "otm", "threat-dragon", "plantuml", "graphviz", "threagile", "spreadsheet", "csv"] {
        assert!(out.lines().any(|line| line.starts_with(word)), "{word} is missing in\n{out}");
    }
    assert_eq!(out.lines().count() % 2, 0);
    run(&["import", "--list"]).exits(0).prints("spreadsheet");
}

#[test]
fn a_dry_run_tells_facts_on_one_line_and_writes_nothing() {
    let folder = Folder::new();
    let result = folder.run(&["convert", &model("examples/web-shop/model.yaml"), "out.puml", "--dry-run"]).exits(0);
    let facts: Vec<&str> = result.err.lines().filter(|line| line.starts_with("  facts (")).collect();
    assert_eq!(facts.len(), 1, "{}", result.err);
    assert!(result.err.contains("Nothing was written."));
    assert!(!folder.path().join("out.puml").exists());
}

#[test]
fn nothing_is_lost_without_consent() {
    let folder = Folder::new();
    folder.run(&["convert", &model("examples/web-shop/model.yaml"), "out.dot", "--no-loss"]).exits(1).says("--no-loss");
    assert!(!folder.path().join("out.dot").exists());
    folder.run(&["convert", &model("examples/web-shop/model.yaml"), "out.otm", "--no-loss"]).exits(0);
    assert!(folder.path().join("out.otm").exists());
}

#[test]
fn a_workbook_comes_back_with_the_same_findings() {
    let folder = Folder::new();
    let path = model("cases/mobile-banking/model.yaml");
    folder.run(&["export", &path, "--output", "book.xlsx"]).exits(0);
    let ids = |run: crate::support::Run| run.out;
    let before = ids(folder.run(&["check", &path, "--format", "json"]));
    let after = ids(folder.run(&["check", "book.xlsx", "--format", "json"]));
    let count = |text: &str| text.matches("\"id\"").count();
    assert!(count(&before) > 20);
    assert_eq!(count(&before), count(&after));
}

#[test]
fn one_table_is_written_as_csv() {
    let path = model("cases/mobile-banking/model.yaml");
    let out = run(&["export", &path, "--format", "csv", "--sheet", "threats"]).exits(0).out;
    assert!(out.trim_start_matches('\u{feff}').starts_with("Id,Threat,Elements"), "{out:.200}");
    run(&["export", &path, "--format", "csv", "--sheet", "nothing"]).says("is no table");
}

#[test]
fn a_mapping_of_columns_is_named_or_kept_in_the_configuration() {
    let folder = Folder::new();
    folder.write("list.csv", "Bezeichnung,Wer,Typ,Zone\nShop,Rot,Server,DMZ\nLager,Blau,Datenbank,Intern\n");
    folder.run(&["import", "list.csv"]).exits(0).says("columns were taken as follows").prints("Lager");
    let mapping = "  table:\n    rows: components\n    columns:\n      Bezeichnung: name\n      Wer: description\n";
    folder.write("columns.yaml", &format!("columns:\n{mapping}"));
    folder.run(&["import", "list.csv", "--columns", "columns.yaml"]).exits(0).prints("description: Rot");
    folder.write("vauban.yaml", &format!("version: 1\ncolumns:\n{mapping}"));
    folder.run(&["import", "list.csv"]).exits(0).prints("description: Rot");
}

/// What a file says of recorded threats, one line each, told by the overview that reading it gives.
fn recorded(folder: &Folder, file: &str) -> Vec<String> {
    let model = folder.run(&["import", file]).exits(0).out;
    let all = model.split_once("\nthreats:").map_or("", |(_, rest)| rest);
    let mut out: Vec<String> = Vec::new();
    // A short threat stands on one line.
    let lines = all.lines().flat_map(|line| match line.trim().strip_suffix('}').and_then(|it| it.split_once(": {")) {
        Some((_, short)) => short.split(", ").map(str::trim).collect::<Vec<&str>>(),
        None => vec![line.trim()],
    });
    for line in lines {
        match line.split_once(": ") {
            Some(("status" | "severity", _)) => out.push(line.to_owned()),
            Some((key, value)) if key.contains("Justification") || key.contains("reason") => {
                out.push(format!("justification: {value}"));
            }
            _ => {}
        }
    }
    out.sort();
    out
}

#[test]
fn what_people_recorded_of_threats_comes_back_or_is_told_as_lost() {
    const TABLE: &str = "Id,Title,Category,Priority,State,Justification,Mitigation\n\
        25,SQL injection,Tampering,Critical,Needs Investigation,,Bind all variables\n\
        1,Weak access control,Information Disclosure,High,Mitigated,Already handled by operations,Check who asks\n\
        2,Replay,Spoofing,Medium,Not Applicable,Nothing to replay,\n\
        3,Outage,Denial of Service,Low,Accepted,Cheap enough,\n";
    let folder = Folder::new();
    folder.write("threats.csv", TABLE);
    let before = recorded(&folder, "threats.csv");
    assert_eq!(before.len(), 11, "{before:?}");
    for ending in ["hcl", "tc.json", "tmbom.json", "otm", "td.json", "cdx.json", "drawio", "threagile.yaml", "xlsx"] {
        let file = format!("out.{ending}");
        let told = folder.run(&["convert", "threats.csv", &file]).exits(0).err;
        let after = recorded(&folder, &file);
        for (word, loss) in [
            ("status", "states of recorded threats"),
            ("severity", "severities of recorded threats"),
            ("justification", "remarks on recorded threats"),
        ] {
            let of = |all: &[String]| -> Vec<String> {
                all.iter().filter(|it| it.starts_with(word)).map(|it| it.to_lowercase()).collect()
            };
            assert_eq!(of(&before) != of(&after), told.contains(loss), "{ending}: {word}\n{told}\n{after:?}");
        }
    }
    // What a format has a word for is said in it.
    let composer = folder.read("out.tc.json");
    for (word, times) in [("\"threatIdentified\"", 2), ("\"threatResolved\"", 4), ("\"threatResolvedNotUseful\"", 2)] {
        assert_eq!(composer.matches(word).count(), times, "{word}\n{composer}");
    }
    assert!(folder.read("out.hcl").contains("implemented = true"));
    assert!(folder.read("out.tmbom.json").contains("\"active\""));
}

#[test]
fn the_name_of_a_flow_is_drawn_or_told_as_lost() {
    const MODEL: &str = "vauban: 1\nsystem: {name: t}\ncomponents:\n  a: {name: A}\n  b: {name: B}\n\
        data:\n  wages: {name: Wages}\nflows:\n  f: {from: a, to: b, name: Sends the payroll, protocol: https}\n";
    let folder = Folder::new();
    folder.write("named.yaml", MODEL);
    folder.write("carrying.yaml", &MODEL.replace("protocol: https", "carries: [wages]"));
    for ending in ["mmd", "puml", "dot"] {
        let file = format!("named.{ending}");
        let told = folder.run(&["convert", "named.yaml", &file]).exits(0).err;
        assert!(!told.contains("names of data flows"), "{told}");
        assert!(folder.read(&file).contains("Sends the payroll"), "{}", folder.read(&file));
        folder.run(&["convert", "carrying.yaml", &file, "--dry-run"]).exits(0).says("names of data flows");
    }
}

#[test]
fn only_people_are_drawn_as_people_and_their_names_do_not_grow() {
    let folder = Folder::new();
    folder.write(
        "people.yaml",
        "vauban: 1\nsystem: {name: t}\ncomponents:\n  user: {name: User, technology: person, kind: external-entity}\n  \
         app: {name: App, technology: web-application, kind: process, used_by_people: yes}\n  \
         db: {name: Orders, technology: postgresql}\nflows:\n  user -> app: https\n  app -> db: sql\n",
    );
    folder.run(&["convert", "people.yaml", "one.puml"]).exits(0);
    let one = folder.read("one.puml");
    for line in ["actor \"User\" as n0", "component \"App\" as n1 <<web-application>>", "database \"Orders\" as n2"] {
        assert!(one.contains(line), "{line}\n{one}");
    }
    folder.run(&["convert", "one.puml", "two.puml"]).exits(0);
    let elements =
        |text: &str| -> Vec<String> { text.lines().filter(|it| it.contains('"')).map(str::to_owned).collect() };
    assert_eq!(elements(&one), elements(&folder.read("two.puml")));
}

#[test]
fn whoever_a_drawing_calls_a_person_is_one() {
    let folder = Folder::new();
    folder.write("a.puml", "@startuml\nactor Player\ncomponent Game\nPlayer --> Game\n@enduml\n");
    folder.write(
        "b.puml",
        "@startuml\nPerson(player, \"Player\")\nSystem(game, \"Game\")\nRel(player, game, \"plays\")\n@enduml\n",
    );
    folder.write("c.dsl", "workspace {\n model {\n  player = person \"Player\"\n  game = softwareSystem \"Game\"\n  player -> game \"plays\"\n }\n}\n");
    for file in ["a.puml", "b.puml", "c.dsl"] {
        let model = folder.run(&["import", file]).exits(0).out;
        assert_eq!(model.matches("technology: person").count(), 1, "{file}\n{model}");
    }
}

#[test]
fn nobody_said_that_rest_or_a_websocket_is_encrypted_or_is_not() {
    let folder = Folder::new();
    folder.write("a.mmd", "flowchart LR\n u[User] -->|REST| b[Billing]\n u -->|WebSocket| b\n u -->|JSON / REST| b\n");
    folder.write("a.csv", "From,To,Protocol\nUser,Billing,REST\nUser,Billing,WebSocket\n");
    for file in ["a.mmd", "a.csv"] {
        let model = folder.run(&["import", file]).exits(0).out;
        assert!(!model.contains("https") && !model.contains(" ws"), "{file}\n{model}");
    }
    folder.write("b.mmd", "flowchart LR\n a[Cart] -->|mTLS| b[Billing]\n a -->|SSL/TLS| b\n");
    let model = folder.run(&["import", "b.mmd"]).exits(0).out;
    assert!(model.contains("mutual-tls") && model.matches("encryption").count() == 2, "{model}");
}

#[test]
fn loose_ends_are_drawn_in_their_own_diagram() {
    let flow = |id: &str, target: &str| {
        format!(
            r#"{{"id": "{id}", "shape": "flow", "source": {{"x": 300, "y": 40}}, "target": {target},
                "data": {{"type": "tm.Flow", "name": "Flow {id}"}}}}"#
        )
    };
    let diagram = |id: u32, cells: &str| {
        format!(
            r#"{{"id": {id}, "title": "Page {id}", "diagramType": "STRIDE", "version": "2.0", "cells": [{cells}]}}"#
        )
    };
    let process = |id: &str| {
        format!(
            r#"{{"id": "{id}", "shape": "process", "position": {{"x": 20, "y": 20}}, "size": {{"width": 80, "height": 80}},
                "data": {{"type": "tm.Process", "name": "Process {id}"}}}}"#
        )
    };
    // On the second page one end lies free, and one is on something that is not there.
    let second = [process("b"), flow("f", r#"{"x": 400, "y": 200}"#), flow("g", r#"{"cell": "gone"}"#)].join(",");
    let text = format!(
        r#"{{"version": "2.0", "summary": {{"title": "T"}}, "detail": {{"diagrams": [{}, {}]}}}}"#,
        diagram(0, &process("a")),
        diagram(1, &second)
    );
    let folder = Folder::new();
    folder.write("t.json", &text);
    let picture = |page: &str| folder.run(&["picture", "t.json", "--drawing", page]).exits(0).out;
    let first = picture("Page 0");
    assert!(first.contains("Process a") && !first.contains("unattached"), "{first}");
    let second = picture("Page 1");
    for word in ["Process b", "Flow f", "Flow g", "unattached"] {
        assert!(second.contains(word), "{word}\n{second}");
    }
}

#[test]
fn one_table_is_not_the_whole_model() {
    let folder = Folder::new();
    let path = model("cases/mobile-banking/model.yaml");
    let told = folder.run(&["export", &path, "--output", "c.csv"]).exits(0);
    for table in ["`flows`", "`boundaries`", "`data`", "`identities`"] {
        assert!(told.err.contains(&format!("the table {table}")), "{}", told.err);
    }
    folder.run(&["export", &path, "--output", "d.csv", "--no-loss"]).exits(1).says("--no-loss");
    assert!(!folder.path().join("d.csv").exists());
    folder.write("alone.yaml", "vauban: 1\nsystem: {name: Alone}\ncomponents: {web: {name: Web}}\n");
    folder.run(&["export", "alone.yaml", "--output", "e.csv", "--no-loss"]).exits(0);
}
