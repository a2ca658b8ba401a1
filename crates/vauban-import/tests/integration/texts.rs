//! Drawings that are written as text: what they say is counted in the text itself, and no text takes for ever.

use std::time::Instant;

use vauban_import::{Format, Imported, InputFile, import, includes};
use vauban_model::FileId;
use vauban_model::vocabulary::fact;

use crate::fixtures::cases;

fn read(format: Format, text: &str) -> Imported {
    import(format, &[InputFile::text(FileId(0), "x", text)])
}

/// How many lines of a text fit, with comments taken out.
fn lines(text: &str, fits: impl Fn(&str) -> bool) -> usize {
    text.lines().map(str::trim).filter(|line| !line.starts_with(['\'', '#', '%']) && fits(line)).count()
}

#[test]
fn elements_and_relations_are_as_many_as_the_text_has() {
    let mut seen = 0;
    for (name, _, case) in cases() {
        let text: String = case.files.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
        let model = case.import().model;
        let stand_ins = model.components.iter().filter(|it| it.element.name.starts_with('(')).count();
        match &*name {
            "structurizr/shop" | "structurizr/hierarchical" => {
                let says = |word: &str| {
                    lines(&text, |line| {
                        line.split_whitespace().any(|found| found.eq_ignore_ascii_case(word))
                            && line.contains('"')
                            && !line.starts_with("service")
                    })
                };
                let of_archetypes = lines(&text, |line| line.contains("= service \"") || line.contains("= queue \""));
                let systems = lines(&text, |line| line.contains("softwareSystem \""));
                let zones = model
                    .boundaries
                    .iter()
                    .filter(|zone| zone.element.extras.iter().any(|(_, value)| &**value == "software system"))
                    .count();
                let others = ["person", "element", "infrastructureNode"]
                    .iter()
                    .map(|word| lines(&text, |line| line.contains(&format!("= {word} \""))))
                    .sum::<usize>();
                let parts = lines(&text, |line| line.contains("= container \"") || line.contains("= component \""));
                assert_eq!(
                    model.components.len() - stand_ins,
                    others + parts + of_archetypes + systems - zones,
                    "{name}: components"
                );
                // One goes nowhere; those told as implied, and those of nodes, are no flows.
                let arrows = lines(&text, |line| {
                    line.contains("-> ")
                        && !line.contains("nowhere")
                        && !line.starts_with("exclude")
                        && !line.contains("= ->")
                });
                let told = case.import().diagnostics.iter().filter(|it| it.code == "import-implied-flow").count();
                let nodes = model.notes.iter().filter(|note| &*note.kind == "deployment").count();
                let in_views = model
                    .notes
                    .iter()
                    .filter(|note| &*note.kind == "view")
                    .map(|note| note.text.matches("->").count())
                    .sum::<usize>();
                let in_views = in_views - model.notes.iter().filter(|note| note.text.contains("exclude")).count();
                assert_eq!(model.flows.len() + told + nodes + in_views, arrows, "{name}: flows");
                assert!(says("person") > 0);
            }
            "plantuml/c4-shop" => {
                let flows = lines(&text, |line| line.starts_with("Rel") || line.starts_with("BiRel"));
                assert_eq!(model.flows.len(), flows, "{name}: flows");
                let elements = lines(&text, |line| {
                    ["Person", "System(", "System_Ext(", "Container(", "ContainerDb(", "ContainerQueue(", "Component("]
                        .iter()
                        .any(|word| line.starts_with(word))
                });
                // One is only named by a relation.
                assert_eq!(model.components.len(), elements + 1, "{name}: components");
                assert_eq!(model.boundaries.len(), lines(&text, |line| line.ends_with('{')), "{name}: boundaries");
            }
            "mermaid/shop" => {
                assert_eq!(
                    model.boundaries.len(),
                    lines(&text, |line| line.starts_with("subgraph")),
                    "{name}: boundaries"
                );
            }
            _ => continue,
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn no_text_takes_for_ever() {
    let long = "x".repeat(1 << 20);
    let texts: Vec<(Format, String)> = vec![
        (Format::Structurizr, format!("workspace {{\n{}", "group \"a\" {\n".repeat(100_000))),
        (Format::Structurizr, format!("workspace {{\nmodel {{\n{}}}\n}}\n", "a -> b \"c\"\n".repeat(100_000))),
        (Format::Structurizr, format!("workspace \"{long}\" {{\n}}\n")),
        (Format::Structurizr, format!("!const A {}\nworkspace \"${{A}}\" {{\n}}\n", "${A}".repeat(100_000))),
        (Format::PlantUml, format!("@startuml\n{}@enduml\n", "node a {\n".repeat(100_000))),
        (Format::PlantUml, format!("@startuml\n{}@enduml\n", "Rel(a, b,\n".repeat(100_000))),
        (Format::PlantUml, format!("@startuml\na {} b\n@enduml\n", "-".repeat(1 << 20))),
        (Format::PlantUml, format!("@startuml\nRel({})\n@enduml\n", "(".repeat(1 << 20))),
        (Format::PlantUml, format!("@startuml\n{}\n@enduml\n", "/' ".repeat(200_000))),
        (Format::PlantUml, "@startuml\n[a] --> [b]\n@enduml\n".repeat(20_000)),
        (Format::PlantUml, format!("@startuml\n{}@enduml\n", "!if (1 == 1)\n".repeat(5_000))),
        (Format::PlantUml, format!("@startuml\n{}[a]\n@enduml\n", "!foreach $i in [1,2,3,4,5,6,7,8,9]\n".repeat(60))),
        (
            Format::PlantUml,
            format!("@startuml\n{}!endfor\n@enduml\n", "!foreach $i in [1,2,3,4,5,6,7,8,9]\n".repeat(60)),
        ),
        (Format::PlantUml, format!("@startuml\n!$a = \"{long}\"\n{}@enduml\n", "[x] --> [y] : $a $a\n".repeat(10_000))),
        (Format::Mermaid, format!("flowchart LR\n{}\n", "subgraph a\n".repeat(100_000))),
        (Format::Mermaid, format!("flowchart LR\nA{}\n", " & A".repeat(100_000))),
        (Format::Mermaid, format!("flowchart LR\nA{}\n", " --> B".repeat(50_000))),
        (Format::Mermaid, format!("flowchart LR\nA -- {} --> B\n", "- ".repeat(200_000))),
        (Format::Mermaid, format!("flowchart LR\nA[{long}]\n")),
        (Format::Mermaid, format!("flowchart LR\nA[\"{}\n", "#".repeat(1 << 20))),
        (Format::Mermaid, format!("flowchart LR\n{}", "A[\"x\nb\n".repeat(100_000))),
        (Format::Mermaid, format!("flowchart LR\n{}", "accDescr {\n".repeat(100_000))),
        (Format::Mermaid, format!("C4Context\n{}", "Boundary(a, \"b\") {\n".repeat(100_000))),
        (Format::Mermaid, format!("C4Context\n{}", "Rel(a, b,\n".repeat(100_000))),
        (Format::Mermaid, format!("C4Context\nRel({})\n", "(".repeat(1 << 20))),
        (Format::Mermaid, format!("C4Context\nSystem(a, \"{long}\")\n")),
        (Format::Mermaid, format!("architecture-beta\n{}", "group a(cloud)[A] in a\n".repeat(50_000))),
        (Format::Mermaid, format!("architecture-beta\n{}", "a:R --> L:b\n".repeat(100_000))),
        (Format::Mermaid, format!("architecture-beta\nservice a({long})[{long}]\n")),
        (Format::Mermaid, format!("architecture-beta\na:R {}\n", "-[".repeat(1 << 19))),
    ];
    for (number, (format, text)) in texts.iter().enumerate() {
        let begun = Instant::now();
        let imported = read(*format, text);
        println!("text {number}: {:?}", begun.elapsed());
        assert!(begun.elapsed().as_secs() < 20, "text {number} takes {:?}", begun.elapsed());
        assert!(imported.diagnostics.len() < 2_000, "text {number}");
    }
}

#[test]
fn files_that_include_each_other_are_read_once_each_time() {
    let ring = "!include b.dsl\n!include b.dsl\n!include b.dsl\n";
    let main = format!("workspace {{\n model {{\n{ring} }}\n}}\n");
    assert_eq!(includes(Format::Structurizr, &main, FileId(0)).len(), 3);
    let files = [InputFile::text(FileId(0), "m/a.dsl", &main), InputFile::text(FileId(1), "m/b.dsl", ring)];
    let imported = import(Format::Structurizr, &files);
    assert!(imported.diagnostics.iter().any(|it| it.code == "import-too-deep"));
    // Addresses, folders and what is not said are none of our business.
    let text = "workspace extends https://example.org/a.dsl {\n !include https://example.org/b.dsl\n !include parts\n !include\n}\n";
    assert!(includes(Format::Structurizr, text, FileId(0)).is_empty());
}

#[test]
fn nodes_that_are_too_many_to_join_are_told() {
    let side = |letter: char| (0..60).map(|at| format!("{letter}{at}")).collect::<Vec<_>>().join(" & ");
    let text = format!("flowchart LR\n{} --> {}\n", side('a'), side('b'));
    let imported = import(Format::Mermaid, &[InputFile::text(FileId(0), "x.mmd", &text)]);
    let told = imported.diagnostics.iter().find(|it| it.code == "import-dropped").expect("a message");
    assert!(told.message.contains("40 of the statement"), "{}", told.message);
}

#[test]
fn a_dataflow_to_a_trust_zone_is_a_flow_to_anything_in_it() {
    let text = r#"{"otmVersion":"0.2.0","project":{"name":"P","id":"p"},
        "trustZones":[{"id":"cloud","name":"Public cloud","risk":{"trustRating":10}}],
        "components":[{"id":"db","name":"Store","type":"other","parent":{"trustZone":"cloud"}}],
        "dataflows":[{"id":"f","name":"in","source":"cloud","destination":"db"}]}"#;
    let imported = import(Format::OpenThreatModel, &[InputFile::text(FileId(0), "x.otm", text)]);
    let model = &imported.model;
    let source = &model.components[model.flows[0].source as usize];
    assert_eq!((&*source.element.name, source.boundary), ("(anything in Public cloud)", Some(0)));
    assert!(source.element.out_of_scope.is_none());
    let codes: Vec<_> = imported.diagnostics.iter().map(|it| it.code).collect();
    assert!(codes.contains(&"import-flow-to-zone") && !codes.contains(&"import-missing-reference"), "{codes:?}");
}

#[test]
fn generic_types_of_an_open_threat_model_say_kinds_and_no_technologies() {
    let text = r#"{"otmVersion":"0.2.0","project":{"name":"P","id":"p"},
        "trustZones":[{"id":"i","name":"Internet","risk":{"trustRating":30}},{"id":"p","name":"Private","risk":{"trustRating":75}},
            {"id":"z","name":"Elsewhere","risk":{"trustRating":0}}],
        "components":[{"id":"a","name":"Somebody","type":"actor","parent":{"trustZone":"i"}},
            {"id":"b","name":"Ledger","type":"Service","parent":{"trustZone":"p"}},
            {"id":"c","name":"Thing","type":"data_store","parent":{"trustZone":"p"}},
            {"id":"d","name":"Visitor","type":"user","parent":{"trustZone":"z"}},
            {"id":"e","name":"Cache","type":"redis","parent":{"trustZone":"p"}}]}"#;
    let imported = import(Format::OpenThreatModel, &[InputFile::text(FileId(0), "x.otm", text)]);
    let model = &imported.model;
    let kinds: Vec<_> = model.components.iter().map(|it| it.element.word(fact::KIND)).collect();
    assert_eq!(kinds[..3], [Some("external-entity"), Some("process"), Some("data-store")]);
    let words =
        |at: usize| model.components[at].element.words(fact::TECHNOLOGY).iter().map(|it| &**it).collect::<Vec<_>>();
    for at in 0..3 {
        assert!(!words(at).iter().any(|word| ["actor", "Service", "data_store"].contains(word)), "{:?}", words(at));
    }
    assert_eq!((words(3), words(4)), (vec!["user"], vec!["redis"]), "what the library knows stays a technology");
    let zone = |at: usize| {
        let element = &model.boundaries[at].element;
        (element.word(fact::BOUNDARY_KIND), element.word(fact::TRUST))
    };
    assert_eq!(zone(0), (Some("internet"), Some("untrusted")), "the internet is untrusted whatever its number");
    assert_eq!(zone(1).1, Some("trusted"));
    assert_eq!(zone(2).1, Some("untrusted"));
}

#[test]
fn a_ticked_control_says_that_data_at_rest_is_encrypted() {
    let text = r#"{"name":"t","boundaries":[],"data":[],"flows":[],"elements":[
        {"__class__":"Datastore","name":"Store","controls":{"isEncryptedAtRest":true}},
        {"__class__":"Datastore","name":"Log","controls":{"isEncryptedAtRest":false}}]}"#;
    let imported = import(Format::Pytm, &[InputFile::text(FileId(0), "x.json", text)]);
    let word = |at: usize| imported.model.components[at].element.word(fact::ENCRYPTION_AT_REST);
    assert_eq!((word(0), word(1)), (Some("service-key"), None));
}

#[test]
fn a_folder_that_is_included_is_told_as_one() {
    let text = "workspace {\n  !include parts\n  model {\n    a = softwareSystem \"A\"\n  }\n}\n";
    let imported = import(Format::Structurizr, &[InputFile::text(FileId(0), "workspace.dsl", text)]);
    let told = imported.diagnostics.iter().find(|it| it.code == "import-missing-include").expect("a message");
    assert!(told.message.contains("folder"), "{}", told.message);
}

#[test]
fn arrows_that_are_no_flows_and_names_behind_stereotypes_are_read_as_meant() {
    let text = "@startuml\n[Web] as web\n[Mobile] <<iOS>> as mob\nnote \"why\" as N1\nN1 .. web\n\
                web -[hidden]-> mob\nweb --> mob : pushes\n@enduml\n";
    let model = read(Format::PlantUml, text).model;
    let names: Vec<&str> = model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Web", "Mobile"]);
    assert_eq!(model.flows.len(), 1);
    assert_eq!(&*model.flows[0].element.name, "pushes");
}

#[test]
fn the_names_of_its_ends_say_no_protocol_of_a_flow() {
    let text = "flowchart LR\nA[FTP server] --> B[(Store)]\nA -->|FTP upload| C[Partner]\nC --> D[REST]\n";
    let model = read(Format::Mermaid, text).model;
    let protocols: Vec<_> = model.flows.iter().map(|flow| flow.element.word(fact::PROTOCOL)).collect();
    assert_eq!(protocols, [None, Some("ftp"), None]);
}

#[test]
fn links_of_a_flowchart_are_no_components_and_have_the_heads_they_are_drawn_with() {
    let text = "flowchart LR\nA e1@==> B\ne1@{ animate: true }\nA x--x B\nC o-- both --o D\nE@{ shape: cyl, label: \"Store\" } --> A\n";
    let model = read(Format::Mermaid, text).model;
    let names: Vec<&str> = model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["A", "B", "C", "D", "Store"]);
    let both: Vec<_> = model.flows.iter().map(|flow| flow.element.bool(fact::TWO_WAY)).collect();
    assert_eq!(both, [None, Some(true), Some(true), None]);
}

#[test]
fn a_text_in_quotes_may_run_over_lines() {
    let text = "flowchart LR\naccDescr {\n what it --> shows\n}\nE[\"`multi\nline`\"] --> D\nA -->|\"first\nsecond\"| E\nB[\"open] --> A\nC --> B\n";
    let imported = read(Format::Mermaid, text);
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(&names[..2], ["multi", "D"], "{:?}", imported.diagnostics);
    assert!(names.contains(&"C") && !names.contains(&"shows"), "{names:?}");
    assert_eq!(&*imported.model.flows[1].element.name, "first second");
}

#[test]
fn a_diagram_of_another_kind_is_told_by_name() {
    for kind in ["pie title Pets", "mindmap", "gantt", "journey", "timeline", "radar-beta"] {
        let text = format!("%% a page\n{kind}\n  x: 1\n");
        assert_eq!(vauban_import::recognise("x.mmd", &text), Some(Format::Mermaid), "{kind}");
        assert_eq!(vauban_import::recognise("x.txt", &text), None, "{kind}");
        let imported = read(Format::Mermaid, &text);
        let told = imported.diagnostics.iter().find(|it| it.code == "import-other-diagram").expect("a message");
        assert!(told.message.contains(kind.split(' ').next().unwrap()), "{}", told.message);
    }
}

#[test]
fn what_is_no_technology_does_not_hide_what_a_name_says() {
    let text = "C4Container\naccTitle: what it is\naccDescr: more\n\
        ContainerDb(a, \"Orders MySQL\", \"Local\")\nContainer(b, \"Web server\", \"HTTPS, 5.1+\")\n\
        ContainerDb(c, \"Customer database\", \"Schema of our own\")\nContainer(d, \"Web server\", \"Java\")\n\
        Container(e, \"Thing\", \"Acme Engine\")\n";
    let imported = read(Format::Mermaid, text);
    let made_of = |at: usize| match imported.model.components[at].element.fact(fact::TECHNOLOGY).map(|it| &it.value) {
        Some(vauban_model::model::Value::Words(words)) => words.join(" "),
        _ => String::new(),
    };
    assert_eq!(made_of(0), "mysql");
    assert_eq!(made_of(1), "web-server");
    assert_eq!(made_of(2), "database schema-of-our-own");
    assert_eq!(made_of(3), "java");
    assert_eq!(made_of(4), "acme-engine");
    assert!(!imported.diagnostics.iter().any(|it| it.code == "import-unknown-key"), "{:?}", imported.diagnostics);
}

#[test]
fn a_store_of_pytm_is_sql_only_where_somebody_says_so() {
    let text = r#"{"name":"t","boundaries":[],"data":[],"flows":[],"elements":[
        {"__class__":"Datastore","name":"A","isSQL":true},
        {"__class__":"Datastore","name":"B","isSQL":true,"type":"SQL"},
        {"__class__":"Datastore","name":"C","isSQL":true,"type":"AWS_S3"},
        {"__class__":"Datastore","name":"D","isSQL":false}]}"#;
    let imported = import(Format::Pytm, &[InputFile::text(FileId(0), "x.json", text)]);
    let made_of = |at: usize| imported.model.components[at].element.words(fact::TECHNOLOGY).join(" ");
    assert_eq!((made_of(0), made_of(1), made_of(3)), (String::new(), "sql-database".into(), String::new()));
    assert!(!made_of(2).contains("sql"), "{}", made_of(2));
    let denied = &imported.model.components[3].element.extras;
    assert!(denied.iter().any(|(key, value)| &**key == "pytm:isSQL" && &**value == "false"), "{denied:?}");
}

#[test]
fn archetypes_of_an_included_file_are_known_and_those_that_nobody_defines_told() {
    let main = "workspace {\n model {\n  archetypes {\n   !include arch.dsl\n   mine = store {\n    tags T\n   }\n  }\n  s = softwareSystem S {\n   \
        a = container A\n   d = mine D\n  }\n  a --https-> d \"reads\"\n  a --nobody-> d \"writes\"\n }\n}\n";
    let part = "store = container {\n technology MySQL\n}\nhttps = -> {\n technology HTTPS\n}\n";
    assert_eq!(includes(Format::Structurizr, main, FileId(0)).len(), 1);
    let files = [InputFile::text(FileId(0), "m/w.dsl", main), InputFile::text(FileId(1), "m/arch.dsl", part)];
    let imported = import(Format::Structurizr, &files);
    let model = &imported.model;
    let store = model.components.iter().find(|it| &*it.element.name == "D").expect("a store");
    assert_eq!((store.element.words(fact::TECHNOLOGY).join(" "), store.element.tags.len()), ("mysql".to_owned(), 1));
    assert_eq!(model.flows[0].element.word(fact::PROTOCOL), Some("https"));
    let told: Vec<&str> = imported.diagnostics.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(told.iter().filter(|it| it.contains("is no archetype")).count(), 1, "{told:?}");
    assert!(told.iter().any(|it| it.contains("--nobody->")), "{told:?}");
}

#[test]
fn a_workspace_whose_base_cannot_be_read_says_that_once() {
    let text = "workspace extends ../model.dsl {\n model {\n  !ref s {\n   c = container C\n  }\n  u -> s uses\n  u -> t uses\n  x = softwareSystem X\n }\n}\n";
    let imported = import(Format::Structurizr, &[InputFile::text(FileId(0), "w.dsl", text)]);
    let of = |code: &str| imported.diagnostics.iter().filter(|it| it.code == code).collect::<Vec<_>>();
    assert_eq!(of("import-missing-reference").len(), 1, "{:?}", imported.diagnostics);
    assert!(of("import-missing-reference")[0].message.starts_with("3 references"), "{:?}", imported.diagnostics);
    assert!(of("import-missing-include")[0].message.contains("outside"), "{:?}", imported.diagnostics);
}

#[test]
fn names_with_the_separator_of_groups_are_groups_inside_groups() {
    let text = "workspace {\n model {\n  g = group \"Bank/Retail\" {\n   a = softwareSystem A\n  }\n  group \"Bank\" {\n   b = softwareSystem B\n  }\n  \
        group \"Bank/Retail\" {\n   c = softwareSystem C\n  }\n  properties {\n   \"structurizr.groupSeparator\" \"/\"\n  }\n }\n}\n";
    let model = read(Format::Structurizr, text).model;
    let zones: Vec<_> = model.boundaries.iter().map(|it| (&*it.element.name, it.parent)).collect();
    assert_eq!(zones, [("Bank", None), ("Retail", Some(0))]);
    assert_eq!(model.components.iter().map(|it| it.boundary).collect::<Vec<_>>(), [Some(1), Some(0), Some(1)]);
    let plain = read(Format::Structurizr, &text.replace("groupSeparator", "other")).model;
    assert_eq!(plain.boundaries.len(), 3, "without the property, a slash is a letter");
}

#[test]
fn what_a_preprocessor_decides_is_decided_or_told() {
    let text = "@startuml\n!$name = \"Shop\"\n!$full = $name + \" API\"\n!define STORE Orders\ncomponent \"$full\" as api\ndatabase \"STORE\" as db\n\
        !if ($name == \"Shop\")\n[only]\n!else\n[never]\n!endif\n!ifdef NOTHING\n[absent]\n!endif\n!define FLAG\n!undef FLAG\n!ifdef FLAG\n[gone]\n!endif\n\
        !foreach $i in [\"a\", \"b\"]\ncomponent \"Worker $i\" as w_$i\napi --> w_$i : $name\n!endfor\n\
        !if (%version() > 1)\n[first]\n!else\n[second]\n!endif\n!while $x < 3\n[loop]\n!endwhile\n!$y = %date()\n@enduml\n";
    let imported = read(Format::PlantUml, text);
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Shop API", "Orders", "only", "Worker a", "Worker b", "first"], "{:?}", imported.diagnostics);
    assert_eq!(imported.model.flows.len(), 2);
    assert_eq!(&*imported.model.flows[0].element.name, "Shop");
    let told = imported.diagnostics.iter().filter(|it| it.code == "import-dropped").count();
    assert_eq!(told, 3, "{:?}", imported.diagnostics);
}

#[test]
fn conditions_of_several_parts_and_sums_are_worked_out() {
    let text = "@startuml\n!$n = 2\n!$next = $n + 1\n!$cloud = \"aws\"\ncomponent \"Worker $next\" as w\n\
        !if ($cloud == \"aws\" && $n > 1)\n[bucket]\n!else\n[share]\n!endif\n\
        !if ($cloud == \"azure\" || !($n == 2))\n[never]\n!elseif ($next >= 3)\n[later]\n!endif\n\
        !if ($cloud == \"azure\" && %version() > 1)\n[nor]\n!endif\n@enduml\n";
    let imported = read(Format::PlantUml, text);
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Worker 3", "bucket", "later"], "{:?}", imported.diagnostics);
    assert!(imported.diagnostics.iter().all(|it| it.code != "import-dropped"), "{:?}", imported.diagnostics);
}

#[test]
fn elements_with_a_block_stay_what_they_are_and_boundaries_need_no_name() {
    let text = "@startuml\ncomponent \"Pub/Sub\" AS ps\ndatabase \"Orders DB\" as db {\n}\ndatabase \"Other\" as o { }\n\
        component \"API\" as api {\n  [part]\n  package \"P\" {\n    [inner]\n  }\n}\ncloud {\n  [x]\n}\n\
        node Web <<docker>> <<eu>> {\n  port 443 as p443\n  component app\n}\n\
        ps --> api\napi --> db\nx -- app\np443 --> app\n@enduml\n";
    let imported = read(Format::PlantUml, text);
    let model = &imported.model;
    let names: Vec<&str> = model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Pub/Sub", "Orders DB", "Other", "API", "part", "inner", "x", "443", "app"]);
    let zones: Vec<&str> = model.boundaries.iter().map(|it| &*it.element.name).collect();
    assert_eq!(zones, ["P", "cloud", "Web"]);
    assert_eq!(model.components[1].element.word(fact::KIND), Some("data-store"));
    assert_eq!((model.components[4].parent, model.components[5].boundary), (Some(3), Some(0)));
    assert_eq!(model.components[7].boundary, Some(2));
    let kept = model.boundaries[2].element.extras.iter().find(|(key, _)| key.ends_with(":stereotype"));
    assert_eq!(kept.map(|(_, value)| &**value), Some("docker, eu"));
    assert_eq!(model.flows.len(), 4);
    let told: Vec<&str> = imported.diagnostics.iter().map(|it| it.code).collect();
    assert!(told.contains(&"import-undirected-flow") && told.contains(&"import-implied-component"), "{told:?}");
}

#[test]
fn a_label_that_is_the_id_of_its_flow_stays_a_name() {
    let imported = read(Format::Mermaid, "flowchart LR\n A[Shop] -->|invoice| B[Billing]\n B -->|账单| A\n A --> B\n");
    let flows = &imported.model.flows;
    assert_eq!(&*flows[0].element.id, "invoice");
    assert!(flows[0].element.named_as_id && flows[1].element.has_name());
    assert_eq!(&*flows[1].element.name, "账单");
    assert!(!flows[2].element.named_as_id, "nobody named this one");
}

#[test]
fn labels_that_deny_or_put_off_a_protocol_leave_it_open() {
    for (label, protocol) in [
        ("not HTTPS", None),
        ("HTTPS disabled", None),
        ("HTTPS planned", None),
        ("should be HTTPS", None),
        ("redirect to HTTPS", None),
        ("SSH key upload", None),
        ("kein HTTPS", None),
        ("plain HTTP, TLS planned", Some("http")),
        ("AMQP - TLS TODO", Some("amqp")),
        ("HTTPS, no cookies", Some("https")),
        ("HTTPS: not all orders", Some("https")),
        ("upload over SFTP", Some("sftp")),
    ] {
        let imported = read(Format::Mermaid, &format!("flowchart LR\n A[Shop] -->|\"{label}\"| B[Billing]\n"));
        let flow = &imported.model.flows[0].element;
        assert_eq!(flow.word(fact::PROTOCOL), protocol, "{label}");
        assert!(!matches!(flow.word(fact::ENCRYPTION), Some("tls" | "mutual-tls")), "{label}");
    }
}

#[test]
fn a_chart_of_gates_is_an_attack_tree_and_says_so() {
    use vauban_model::attack_tree::Gate;
    let text = "graph TD\n A[Read the mail] --> B{OR}\n B --> C[Guess the password]\n B --> D{AND}\n D --> E[Steal the phone]\n D --> F[Unlock it]\n";
    let turned = "graph BT\n B{OR} --> A[Read the mail]\n C[Guess the password] --> B\n D{AND} --> B\n E[Steal the phone] --> D\n F[Unlock it] --> D\n";
    for text in [text, turned] {
        let imported = read(Format::Mermaid, text);
        assert!(imported.model.components.is_empty() && imported.model.flows.is_empty(), "{text}");
        let tree = &imported.model.attack_trees[0];
        let of = |label: &str| tree.nodes.iter().find(|node| &*node.label == label).expect("a step");
        assert_eq!((of("OR").gate, of("AND").gate), (Gate::Or, Gate::And));
        assert_eq!((of("AND").children.len(), of("Read the mail").children.len()), (2, 1));
        assert_eq!(tree.goals().len(), 1);
        let codes: Vec<&str> = imported.diagnostics.iter().map(|it| it.code).collect();
        assert_eq!(codes, ["import-attack-tree"], "{text}");
    }
    // One gate that is not finished yet makes no system of the tree.
    let unfinished = "graph TD\n A[Read the mail] --> B{OR}\n B --> C[Guess the password]\n B --> D{AND}\n D --> E[Steal the phone]\n";
    assert_eq!(read(Format::Mermaid, unfinished).model.attack_trees.len(), 1);
    let puml = "@startuml\nrectangle \"Read the mail\" as a\nrectangle \"AND\" as b\nrectangle \"Steal\" as c\nrectangle \"Unlock\" as d\na --> b\nb --> c\nb --> d\n@enduml\n";
    assert_eq!(read(Format::PlantUml, puml).model.attack_trees.len(), 1);
}

#[test]
fn a_system_with_boxes_that_are_called_like_gates_stays_a_system() {
    let orders = "flowchart LR\n ui[Web UI] --> or[OR]\n or --> db[(Orders DB)]\n";
    let letters = "flowchart LR\n X --> Y\n Y --> Z\n";
    let till = "flowchart LR\n A[Kasse] --> B[ET]\n B --> C[Archiv]\n";
    let protocols = "flowchart LR\n A[Shop] -->|HTTPS| B[OR]\n B -->|HTTPS| C[Bank]\n B -->|HTTPS| D[Archive]\n";
    for (text, count) in [(orders, 3), (letters, 3), (till, 3), (protocols, 4)] {
        let model = read(Format::Mermaid, text).model;
        assert_eq!((model.attack_trees.len(), model.components.len()), (0, count), "{text}");
    }
    let text = "@startuml\nactor Clerk as a\ncomponent OR as b\ndatabase Orders as c\ndatabase Bills as d\na --> b : HTTPS\n\
        b --> c : JDBC\nb --> d : JDBC\n@enduml\n";
    let model = read(Format::PlantUml, text).model;
    assert_eq!((model.attack_trees.len(), model.components.len()), (0, 4));
}

#[test]
fn a_chart_with_gates_that_is_no_tree_stays_a_system_and_is_told() {
    let circle = "graph TD\n A[Shop] --> B{OR}\n B --> C[Bank]\n C --> A\n";
    let zone = "graph TD\n subgraph Z\n A[Shop] --> B{OR}\n end\n B --> C[Bank]\n";
    for text in [circle, zone] {
        let imported = read(Format::Mermaid, text);
        assert_eq!((imported.model.attack_trees.len(), imported.model.components.len()), (0, 3), "{text}");
        assert!(imported.diagnostics.iter().any(|it| it.code == "import-attack-tree" && it.help.is_some()), "{text}");
    }
    let none = read(Format::Mermaid, "graph TD\n A[Shop] --> B[Orders and bills]\n");
    assert!(none.diagnostics.iter().all(|it| it.code != "import-attack-tree"));
}

#[test]
fn a_link_without_a_head_is_told_where_it_is() {
    let imported = read(Format::Mermaid, "flowchart LR\n A --> B\n B --- C\n");
    let told = imported.diagnostics.iter().find(|it| it.code == "import-undirected-flow").expect("a note");
    assert_eq!(told.span.map(|span| span.line), Some(3));
}

/// A Threat Dragon model of one store with a threat, and what else is drawn.
fn dragon(threat: &str, cells: &str) -> Imported {
    let text = format!(
        r#"{{"version":"2.2.0","summary":{{"title":"t"}},"detail":{{"contributors":["Ann"],"diagrams":[{{"id":0,"title":"d","diagramType":"STRIDE","version":"2.2.0","cells":[
        {{"id":"s","shape":"store","position":{{"x":0,"y":0}},"size":{{"width":160,"height":80}},"data":{{"type":"tm.Store","name":"Mail","isEncrypted":true,"threats":[{threat}]}}}},
        {{"id":"p","shape":"process","position":{{"x":400,"y":0}},"size":{{"width":100,"height":100}},"data":{{"type":"tm.Process","name":"Shop","threats":[]}}}}{cells}]}}]}}}}"#
    );
    import(Format::ThreatDragon, &[InputFile::text(FileId(0), "x.json", &text)])
}

#[test]
fn what_threat_dragon_writes_itself_into_a_threat_says_nothing() {
    for (description, mitigation, says) in [
        (
            "Provide a description for this threat",
            "Provide remediation for this threat or a reason if status is N/A",
            ("", ""),
        ),
        ("Provide a description for this threat", "Provide mitigation or prevention for this threat", ("", "")),
        ("Geben Sie eine Beschreibung dieser Bedrohung an", "Backups", ("", "Backups")),
        ("Mail is read", "Provide backups", ("Mail is read", "Provide backups")),
    ] {
        let threat = format!(
            r#"{{"id":"1","title":"T","status":"Open","severity":"Low","type":"Tampering","description":"{description}","mitigation":"{mitigation}","modelType":"STRIDE"}}"#
        );
        let imported = dragon(&threat, "");
        let threat = &imported.model.recorded_threats[0];
        assert_eq!((&*threat.description, &*threat.mitigation), says);
        let told = imported.diagnostics.iter().any(|it| it.message.contains("invitation"));
        assert_eq!(told, says.0.is_empty() || says.1.is_empty(), "{mitigation}");
    }
}

#[test]
fn ends_that_are_ids_or_a_few_pixels_beside_a_shape_attach() {
    let flow = |id: &str, source: &str| {
        format!(
            r#",{{"id":"{id}","shape":"flow","source":{source},"target":{{"cell":"p"}},"data":{{"type":"tm.Flow","name":"{id}","threats":[]}}}}"#
        )
    };
    let cells =
        [flow("by-id", "\"s\""), flow("beside", r#"{"x":170,"y":40}"#), flow("far", r#"{"x":260,"y":40}"#)].concat();
    let imported = dragon("", &cells);
    let from = |at: usize| &*imported.model.components[imported.model.flows[at].source as usize].element.name;
    assert_eq!((from(0), from(1)), ("Mail", "Mail"));
    assert!(from(2).starts_with("(unattached"), "{}", from(2));
    assert!(imported.diagnostics.iter().any(|it| it.message.contains("`beside`") && it.message.contains("likely")));
    assert!(imported.diagnostics.iter().all(|it| it.severity != vauban_model::Severity::Error));
}

#[test]
fn whose_key_it_is_is_told_where_a_tool_can_only_say_yes() {
    let imported = dragon("", "");
    assert_eq!(imported.model.components[0].element.word(fact::ENCRYPTION_AT_REST), Some("service-key"));
    let told = imported.diagnostics.iter().find(|it| it.code == "import-key-unsaid").expect("a note");
    assert!(told.message.contains("`Mail`"), "{}", told.message);
    let flow = r#",{"id":"f","shape":"flow","source":{"cell":"p"},"target":{"cell":"s"},"data":{"type":"tm.Flow","name":"SFTP upload","isEncrypted":true,"threats":[]}}"#;
    let imported = dragon("", flow);
    assert_eq!(imported.model.flows[0].element.word(fact::ENCRYPTION), Some("ssh"));
}

#[test]
fn advice_on_json_is_in_json() {
    let text = r#"{"version":"2.2.0","summary":"t","detail":{"diagrams":[5]}}"#;
    let imported = import(Format::ThreatDragon, &[InputFile::text(FileId(0), "x.json", text)]);
    let helps: Vec<&str> = imported.diagnostics.iter().filter_map(|it| it.help.as_deref()).collect();
    assert!(!helps.is_empty() && helps.iter().all(|help| !help.contains("lines")), "{helps:?}");
}

#[test]
fn a_second_line_that_is_a_technology_says_what_a_node_is_made_of() {
    let text = "flowchart LR\n A[Orders<br/>PostgreSQL] --> B[Shop<br/>takes orders]\n C[Bills<br/>User]\n";
    let imported = read(Format::Mermaid, text);
    let made_of = |at: usize| imported.model.components[at].element.words(fact::TECHNOLOGY).join(" ");
    assert_eq!(made_of(0), "postgresql");
    assert!(!made_of(1).contains("orders") && !made_of(2).contains("person"));
}

/// The word for a fact of the component of this name.
fn said(imported: &Imported, name: &str, id: vauban_model::vocabulary::FactId) -> Option<String> {
    let found = imported.model.components.iter().find(|it| *it.element.name == *name);
    found.and_then(|it| it.element.word(id)).map(str::to_owned)
}

#[test]
fn stores_of_others_are_stores_and_theirs() {
    let dsl = "workspace {\n model {\n a = softwareSystem \"Archive\" {\n tags \"External\" \"Database\"\n }\n \
               b = softwareSystem \"Bank\" {\n tags \"External\"\n }\n c = softwareSystem \"Shop\" {\n \
               d = container \"Orders\" {\n tags \"Database\"\n }\n e = container \"Mail\" {\n tags \"External\"\n }\n \
               f = component \"none\"\n }\n u = person \"Ann\" \"\" \"External\"\n }\n}\n";
    let imported = read(Format::Structurizr, dsl);
    let of = |name: &str| (said(&imported, name, fact::KIND), said(&imported, name, fact::OPERATED_BY));
    let text = |word: &str| Some(word.to_owned());
    assert_eq!(of("Archive"), (text("data-store"), text("third-party")));
    assert_eq!(of("Bank"), (text("external-entity"), None));
    assert_eq!(of("Orders"), (text("data-store"), None));
    assert_eq!(of("Mail"), (None, text("third-party")));
    assert_eq!(of("Ann"), (text("external-entity"), None));

    let c4 = "ContainerDb_Ext(a, \"Ledger\", \"PostgreSQL\")\nSystemDb_Ext(b, \"Registry\")\nContainerQueue_Ext(c, \"Bus\", \"Kafka\")\n\
              System_Ext(d, \"Bank\")\nContainerDb(e, \"Own\")\nRel(a, b, \"x\")\n";
    for (format, text_of) in
        [(Format::PlantUml, format!("@startuml\n{c4}@enduml\n")), (Format::Mermaid, format!("C4Container\n{c4}"))]
    {
        let imported = read(format, &text_of);
        let of = |name: &str| (said(&imported, name, fact::KIND), said(&imported, name, fact::OPERATED_BY));
        for name in ["Ledger", "Registry", "Bus"] {
            assert_eq!(of(name), (text("data-store"), text("third-party")), "{format:?} {name}");
        }
        assert_eq!(of("Bank"), (text("external-entity"), None), "{format:?}");
        assert_eq!(of("Own"), (text("data-store"), None), "{format:?}");
    }
}

#[test]
fn expressions_say_something_of_all_that_they_hold_for() {
    let dsl = "workspace {\n model {\n u = person \"Ann\"\n s = softwareSystem \"Shop\" {\n web = container \"Web\" {\n tags \"Public\"\n }\n \
               db = container \"Orders\"\n log = container \"Log\"\n }\n u -> web \"buys\"\n web -> db \"reads\"\n web -> log \"writes\"\n \
               !elements \"element.tag==Public\" {\n technology \"nginx\"\n }\n \
               !elements ->db {\n tags \"Near\"\n }\n \
               !elements \"element.type==Container && element.tag!=Public\" {\n tags \"Inner\"\n }\n \
               !relationships web->* {\n technology \"HTTPS\"\n tags \"Secure\"\n }\n \
               !elements \"element.colour==red\" {\n tags \"No\"\n }\n }\n}\n";
    let imported = read(Format::Structurizr, dsl);
    let tags = |name: &str| -> Vec<String> {
        let found = imported.model.components.iter().find(|it| *it.element.name == *name).expect(name);
        found.element.tags.iter().map(|tag| tag.to_string()).collect()
    };
    assert_eq!(tags("Web"), ["Public", "Near"], "{:?}", imported.diagnostics);
    assert_eq!(tags("Orders"), ["Near", "Inner"]);
    assert_eq!(tags("Log"), ["Inner"]);
    let ways: Vec<Option<&str>> = imported.model.flows.iter().map(|it| it.element.word(fact::PROTOCOL)).collect();
    assert_eq!(ways, [None, Some("https"), Some("https")]);
    let told: Vec<&str> =
        imported.diagnostics.iter().filter(|it| it.code == "import-unknown-key").map(|it| &*it.message).collect();
    assert!(told.len() == 1 && told[0].contains("element.colour==red"), "{told:?}");
}

#[test]
fn own_files_that_a_diagram_includes_are_read_once_where_they_stand() {
    let main = "@startuml\n!include parts/stores.puml\n!include <C4/C4_Container>\n!include C4_Context.puml\n!include ../secret.puml\n\
                [Web] --> [Orders]\n@enduml\n";
    let stores =
        "@startuml\n!include ../shop.puml\n!include common.iuml\n!include common.iuml\ndatabase Orders\n@enduml\n";
    let common = "[Log]\n!include ../parts/stores.puml\n";
    let wanted: Vec<String> = includes(Format::PlantUml, main, FileId(0)).into_iter().map(|(path, _)| path).collect();
    assert_eq!(wanted, ["parts/stores.puml", "../secret.puml"], "libraries are known without their text");
    let files = [
        InputFile::text(FileId(0), "docs/shop.puml", main),
        InputFile::text(FileId(1), "docs/parts/stores.puml", stores),
        InputFile::text(FileId(2), "docs/parts/common.iuml", common),
    ];
    let imported = import(Format::PlantUml, &files);
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Log", "Orders", "Web"], "{:?}", imported.diagnostics);
    assert_eq!(said(&imported, "Orders", fact::KIND).as_deref(), Some("data-store"));
    assert!(
        imported.model.components.iter().all(|it| it.element.span.file == FileId(0)),
        "places are those of the line"
    );
    let told = |part: &str| imported.diagnostics.iter().any(|it| it.message.contains(part));
    assert!(told("`../shop.puml` is included from within itself") && told("`../secret.puml` was not read"));
    // Many times over, in a circle of two: bounded.
    let many = format!("@startuml\n{}@enduml\n", "!include_many b.puml\n".repeat(3_000));
    let inner = "[A]\n".repeat(1_000) + "!include_many a.puml\n";
    let start = Instant::now();
    let files = [InputFile::text(FileId(0), "a.puml", &many), InputFile::text(FileId(1), "b.puml", &inner)];
    import(Format::PlantUml, &files);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_stray_quotation_mark_in_a_chart_ends_with_its_line() {
    let text = "flowchart LR\n A[\"Web] --> B[Shop]\n B --> C[(\"Orders\")]\n C --> D[\"Log]\n D --> E[End]\n F[\"two\nlines\"] --> E\n";
    let imported = read(Format::Mermaid, text);
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Web", "Shop", "Orders", "Log", "End", "two"], "{:?}", imported.diagnostics);
    assert_eq!(imported.model.flows.len(), 5);
    let told = imported.diagnostics.iter().find(|it| it.code == "import-stray-quote").expect("told");
    assert_eq!(told.span.map(|span| span.line), Some(2));
}

#[test]
fn what_is_named_for_its_private_endpoint_is_not_on_the_internet() {
    let text = "flowchart LR\n A[(privatelink.blob.core.windows.net)] --> B[(\"Orders (private endpoint)\")]\n \
                C[Private notes] --> D[(No private endpoint)]\n";
    let imported = read(Format::Mermaid, text);
    let faces: Vec<Option<bool>> =
        imported.model.components.iter().map(|it| it.element.bool(fact::INTERNET_FACING)).collect();
    assert_eq!(faces, [Some(false), Some(false), None, None]);
    assert!(imported.diagnostics.iter().any(|it| it.code == "import-name-as-private"));
}

#[test]
fn no_message_has_an_empty_word() {
    for (format, text) in [
        (Format::Threatcl, "threatmodel \"\" {\n author = \n threat \"\" {}\n}\n"),
        (Format::PlantUml, "@startuml\nContainer()\nRel(,)\n[] --> []\n@enduml\n"),
        (Format::Structurizr, "workspace {\n model {\n a = softwareSystem \"\"\n a -> \"\"\n !include \"\"\n }\n}\n"),
        (
            Format::OpenThreatModel,
            r#"{"otmVersion":"0.2.0","project":{"name":"","id":""},"components":[{"id":"","name":"","type":""}]}"#,
        ),
    ] {
        let told = read(format, text).diagnostics;
        let empty = |it: &&vauban_model::Diagnostic| it.message.replace("```", "").contains("``");
        assert_eq!(told.iter().filter(empty).count(), 0, "{format:?}: {told:?}");
    }
}
