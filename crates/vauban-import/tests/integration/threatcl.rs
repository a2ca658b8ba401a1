//! threatcl's own examples in the public corpus.

use vauban_import::{Format, InputFile, import};
use vauban_model::FileId;

use crate::corpus::{corpus, files_in, read};

/// Counted by eye and with `grep` in the first model of each file: components, flows, zones, assets, threats, use cases.
const EXPECTED: &[(&str, [usize; 6])] = &[
    ("examples/tm1.hcl", [0, 0, 0, 1, 1, 1]),
    ("examples/tm3.hcl", [0, 0, 0, 0, 3, 0]),
    // The tower that it includes has one asset, two threats and one use case more.
    ("examples/including-example/corp-app.hcl", [0, 0, 0, 2, 3, 2]),
    ("examples/including-example/shared/tower.hcl", [0, 0, 0, 1, 2, 1]),
    ("spec.hcl", [6, 3, 2, 2, 3, 1]),
    ("testdata-cmd/tm5.hcl", [5, 5, 2, 0, 1, 0]),
    ("testdata-cmd/tm3.hcl", [5, 5, 2, 0, 1, 0]),
    ("testdata-cmd/tm4.hcl", [0, 0, 0, 0, 0, 0]),
];

#[test]
fn every_file_is_read_and_the_counted_ones_come_to_their_count() {
    let Some(corpus) = corpus() else { return };
    let mut counted = 0;
    let mut seen = 0;
    for path in files_in(&corpus, "threatcl", "hcl") {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(vauban_import::recognise(&name, &text), Some(Format::Threatcl), "{name}");
        let imported = read(&path).unwrap().import();
        // Broken ones aside, nothing of any file is beyond the reader.
        let errors: Vec<_> = imported.diagnostics.iter().filter(|it| it.code == "invalid-hcl").collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let model = &imported.model;
        seen += 1;
        let Some((_, expected)) = EXPECTED.iter().find(|(end, _)| name.ends_with(&format!("threatcl/{end}"))) else {
            continue;
        };
        let cases = model.notes.iter().filter(|note| &*note.kind == "use-case").count();
        let got = [
            model.components.len(),
            model.flows.len(),
            model.boundaries.len(),
            model.data.len(),
            model.recorded_threats.len(),
            cases,
        ];
        assert_eq!(got, *expected, "{name}");
        counted += 1;
    }
    assert_eq!((seen, counted), (21, EXPECTED.len()));
}

#[test]
fn controls_that_are_imported_are_looked_up() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("threatcl/examples");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let main = text("tm3.hcl");
    let (aws, owasp) = (text("aws-security-checklist.hcl"), text("owasp-proactive-controls.hcl"));
    let files = [
        InputFile::text(FileId(0), "tm3.hcl", &main),
        InputFile::text(FileId(1), "aws-security-checklist.hcl", &aws),
        InputFile::text(FileId(2), "owasp-proactive-controls.hcl", &owasp),
    ];
    let imported = import(Format::Threatcl, &files);
    let first = imported.model.recorded_threats.first().unwrap();
    assert!(first.mitigation.contains("AWS accounts are managed with"), "{}", first.mitigation);
    assert!(first.mitigation.contains("(implemented)"), "{}", first.mitigation);
}

#[test]
fn hostile_files_are_survived() {
    let read = |text: &str| import(Format::Threatcl, &[InputFile::text(FileId(0), "x.hcl", text)]);
    for text in [
        "threatmodel \"x\" {".repeat(100_000),
        format!("threatmodel \"x\" {{ a = {}", "[".repeat(200_000)),
        format!("threatmodel \"x\" {{ a = {}", "{a=".repeat(200_000)),
        format!("threatmodel \"x\" {{ a = {}", "-!(".repeat(200_000)),
        format!("threatmodel \"x\" {{ a = \"{}\" }}", "${".repeat(100_000)),
        format!("threatmodel \"x\" {{ a = {}\n }}", "a ? b : ".repeat(100_000)),
        "threatmodel \"x\" { a = <<EOT\n".to_owned() + &"x\n".repeat(100_000),
        "/*".to_owned(),
        "threatmodel".to_owned(),
    ] {
        let imported = read(&text);
        assert!(imported.diagnostics.len() < 2_000);
    }
    // A variable of a megabyte, used ten thousand times, asks for no ten gigabytes.
    let uses: String = (0..10_000).map(|number| format!("threat \"{number}\" {{ description = var.a }}\n")).collect();
    let text = format!("variable \"a\" {{ value = \"{}\" }}\nthreatmodel \"x\" {{\n{uses}}}", "y".repeat(1 << 20));
    let imported = read(&text);
    assert_eq!(imported.model.recorded_threats.len(), 10_000);
    let bytes: usize = imported.model.recorded_threats.iter().map(|threat| threat.description.len()).sum();
    assert!(bytes < 32 << 20, "{bytes}");
}

fn own(text: &str) -> vauban_import::Imported {
    import(Format::Threatcl, &[InputFile::text(FileId(0), "t.hcl", text)])
}

#[test]
fn ends_of_flows_may_be_references_to_elements() {
    let text = "threatmodel \"t\" {\n author = \"me\"\n data_flow_diagram_v2 \"d\" {\n  external_element \"Operator\" {}\n  \
                process \"Dashboard API\" {}\n  flow \"watches\" {\n   from = external_element.operator\n   \
                to = process.dashboard_api\n  }\n }\n}\n";
    let imported = own(text);
    assert!(imported.diagnostics.iter().all(|it| it.code != "import-missing-reference"), "{:?}", imported.diagnostics);
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let flow = &imported.model.flows[0];
    let end = |index: u32| &*imported.model.components[index as usize].element.name;
    assert_eq!((end(flow.source), end(flow.target)), ("Operator", "Dashboard API"));
}

#[test]
fn a_flowchart_is_read_where_no_data_flow_diagram_is() {
    let chart = " mermaid \"High level\" {\n  content = <<-EOF\n   graph TD;\n    A[\"npm client\"] -->|\"installs\"| B[Proxy];\n  EOF\n }\n";
    let alone = own(&format!("threatmodel \"t\" {{\n author = \"me\"\n{chart}}}\n"));
    assert_eq!((alone.model.components.len(), alone.model.flows.len()), (2, 1));
    assert_eq!(alone.model.notes.len(), 1, "the text of the chart is kept");
    let drawn = " data_flow_diagram_v2 \"d\" {\n  process \"Proxy\" {}\n }\n";
    let both = own(&format!("threatmodel \"t\" {{\n author = \"me\"\n{chart}{drawn}}}\n"));
    assert_eq!(both.model.components.len(), 1);
}
