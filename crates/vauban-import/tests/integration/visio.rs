//! Visio: everything drawn is an element, and the nesting is what another reader of the same files found.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _, Write as _};
use std::path::PathBuf;

use serde_json::Value;
use vauban_import::{Format, Imported, InputFile, import, is_binary, recognise, recognise_bytes};
use vauban_model::FileId;
use vauban_model::model::{ElementRef, Model};
use vauban_model::vocabulary::Domain;

use crate::dump::dump;

fn corpus(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn read(name: &str, bytes: &[u8]) -> Imported {
    import(Format::Visio, &[InputFile { id: FileId(0), name, text: "", bytes }])
}

/// The drawings of the corpus: name and bytes.
fn drawings() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in ["visio", "lucidchart"].into_iter().filter_map(corpus) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with(".vsdx") {
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A part of the archive, as text.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Counted by eye and by a script over the shapes of each page, not with this importer: components, flows, boundaries.
const COUNTS: &[(&str, [usize; 3])] = &[
    ("aws-shapes.vsdx", [5, 4, 0]),
    ("aws-with-tz-and-vpc.vsdx", [5, 4, 3]),
    ("bidirectional-connectors.vsdx", [6, 3, 0]),
    ("boundary-and-component-tzs.vsdx", [2, 1, 2]),
    ("cryptowallet.vsdx", [15, 16, 1]),
    ("empty-diagram.vsdx", [0, 0, 0]),
    ("group_of_shapes.vsdx", [3, 0, 0]),
    ("iot-device.vsdx", [11, 14, 1]),
    ("lucid-aws-with-tz-and-vpc.vsdx", [9, 8, 4]),
    ("lucid-aws-with-tz.vsdx", [9, 8, 3]),
    ("master_unique_id.vsdx", [2, 0, 0]),
    ("multiple-pages-diagram.vsdx", [3, 2, 3]),
    ("nested-tz-inside-component.vsdx", [1, 0, 2]),
    ("nested-tzs.vsdx", [2, 1, 3]),
    ("self-pointing-connectors.vsdx", [2, 2, 0]),
    ("simple-components.vsdx", [4, 0, 0]),
    ("two-lambda-step-workflow.vsdx", [2, 0, 2]),
    ("two_children_same_relative_coordinates.vsdx", [4, 0, 2]),
    ("visio-orphan-dataflows.vsdx", [8, 8, 0]),
];

#[test]
fn everything_drawn_is_an_element() {
    for (name, bytes) in drawings() {
        assert!(is_binary(&bytes));
        assert_eq!(recognise_bytes(&name, &bytes), Some(Format::Visio), "{name}");
        let imported = read(&name, &bytes);
        let model = &imported.model;
        let found = [model.components.len(), model.flows.len(), model.boundaries.len()];
        let expected = COUNTS.iter().find(|(known, _)| *known == name).map(|(_, counts)| *counts);
        assert_eq!(Some(found), expected, "{name}: components, flows, boundaries");
        // What is glued in the file is glued here.
        let page = part(&bytes, "visio/pages/page1.xml");
        let glued: BTreeSet<&str> = page.split("<Connect ").skip(1).map(|rest| attribute(rest, "FromSheet")).collect();
        let flows: BTreeSet<&str> = model.flows.iter().filter_map(|flow| native(&flow.element.extras)).collect();
        assert!(glued.is_subset(&flows), "{name}: {glued:?} {flows:?}");
        for rest in page.split("<Connect ").skip(1) {
            let (line, cell, shape) =
                (attribute(rest, "FromSheet"), attribute(rest, "FromCell"), attribute(rest, "ToSheet"));
            let flow = model.flows.iter().find(|flow| native(&flow.element.extras) == Some(line)).unwrap();
            let end = if cell == "BeginX" { flow.source } else { flow.target };
            let component = &model.components[end as usize].element;
            assert_eq!(native(&component.extras), Some(shape), "{name}: {cell} of {line} is on {}", component.name);
        }
        // Nothing that is written on the page is gone.
        let all = one_line(&dump(&imported).replace("\\n", " "));
        let document = roxmltree::Document::parse(&page).unwrap();
        for text in document
            .descendants()
            .filter(|node| node.has_tag_name(("http://schemas.microsoft.com/office/visio/2012/main", "Text")))
        {
            let text = one_line(
                &text
                    .descendants()
                    .filter_map(|node| if node.is_text() { node.text() } else { None })
                    .collect::<String>(),
            );
            if text.chars().any(char::is_alphanumeric) {
                assert!(all.contains(&text), "{name}: `{text}` is lost");
            }
        }
        assert!(imported.diagnostics.iter().all(|it| it.severity != vauban_model::Severity::Error), "{name}");
    }
}

fn attribute<'t>(text: &'t str, name: &str) -> &'t str {
    let start = text.find(&format!("{name}=")).unwrap() + name.len() + 2;
    text[start..].split(['"', '\'']).next().unwrap()
}

fn native(extras: &[(Box<str>, Box<str>)]) -> Option<&str> {
    extras.iter().find(|(key, _)| &**key == "visio:id").map(|(_, value)| &**value)
}

/// The name of what something lies in.
fn around(model: &Model, index: Option<u32>) -> String {
    index.map_or_else(String::new, |index| model.name(ElementRef { domain: Domain::Boundary, index }).to_owned())
}

#[test]
fn another_reader_found_the_same() {
    let (Some(drawings), Some(expected)) = (corpus("visio"), corpus("otm")) else { return };
    for (drawing, otm) in [
        ("aws-with-tz-and-vpc.vsdx", "sl-visio-expected_complex_diagram.otm"),
        ("nested-tzs.vsdx", "sl-visio-expected_visio_nested_tzs.otm"),
    ] {
        let imported = read(drawing, &std::fs::read(drawings.join(drawing)).unwrap());
        let model = &imported.model;
        let otm: Value = serde_json::from_str(&std::fs::read_to_string(expected.join(otm)).unwrap()).unwrap();
        let list = |key: &str| otm[key].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| one_line(value.as_str().unwrap_or_default());
        let things: Vec<Value> = list("trustZones").into_iter().chain(list("components")).collect();
        let named = |id: &Value| {
            things.iter().find(|thing| thing["id"] == *id).map_or(String::new(), |thing| text(&thing["name"]))
        };
        // The other reader calls a box around components a component where nobody told it that it is a zone.
        let theirs: BTreeSet<(String, String)> = things
            .iter()
            .map(|thing| {
                let parent = &thing["parent"];
                let parent = if parent["component"].is_string() { &parent["component"] } else { &parent["trustZone"] };
                (text(&thing["name"]), named(parent))
            })
            .collect();
        let zones = model.boundaries.iter().map(|zone| (zone.element.name.to_string(), around(model, zone.parent)));
        let components = model.components.iter().map(|it| (it.element.name.to_string(), around(model, it.boundary)));
        assert_eq!(zones.chain(components).collect::<BTreeSet<_>>(), theirs, "{drawing}");
        let theirs: BTreeSet<(String, String, String)> = list("dataflows")
            .iter()
            .map(|flow| (text(&flow["id"]), named(&flow["source"]), named(&flow["destination"])))
            .collect();
        let component = |index: u32| model.name(ElementRef { domain: Domain::Component, index }).to_owned();
        let ours = model.flows.iter().map(|flow| {
            (native(&flow.element.extras).unwrap().to_owned(), component(flow.source), component(flow.target))
        });
        assert_eq!(ours.collect::<BTreeSet<_>>(), theirs, "{drawing}");
    }
}

/// An archive of these parts.
fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const PAGES: &str = "<Pages xmlns:r='r'><Page ID='1' Name='P'><PageSheet><Cell N='PageHeight' V='10'/></PageSheet><Rel r:id='a'/></Page></Pages>";

/// A drawing of one page with these shapes.
fn drawing(shapes: &str) -> Vec<u8> {
    let page = format!("<PageContents><Shapes>{shapes}</Shapes></PageContents>");
    archive(&[
        ("visio/document.xml", "<VisioDocument/>"),
        ("visio/pages/pages.xml", PAGES),
        ("visio/pages/page1.xml", &page),
    ])
}

fn box_at(id: usize, x: f64, y: f64, width: f64, height: f64, more: &str) -> String {
    format!(
        "<Shape ID='{id}'><Cell N='PinX' V='{x}'/><Cell N='PinY' V='{y}'/><Cell N='Width' V='{width}'/><Cell N='Height' V='{height}'/>\
         <Text>Box {id}</Text>{more}</Shape>"
    )
}

fn codes(imported: &Imported) -> Vec<&'static str> {
    imported.diagnostics.iter().map(|it| it.code).collect()
}

#[test]
fn what_cannot_be_read_is_refused_with_a_reason() {
    let old = [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(),
        "x".repeat(600).as_bytes(),
        b"V\0i\0s\0i\0o\0D\0o\0c\0u\0m\0e\0n\0t\0",
    ]
    .concat();
    assert_eq!(recognise_bytes("x.vsd", &old), Some(Format::Visio));
    assert_eq!(codes(&read("x.vsd", &old)), ["import-old-visio"]);
    let xml = "<?xml version='1.0'?>\n<VisioDocument xmlns='http://schemas.microsoft.com/visio/2003/core'/>";
    assert_eq!(recognise("x.vdx", xml), Some(Format::Visio));
    let imported = import(Format::Visio, &[InputFile::text(FileId(0), "x.vdx", xml)]);
    assert_eq!(codes(&imported), ["import-old-visio"]);
    let stencil = archive(&[
        ("[Content_Types].xml", "<Types><Override ContentType='application/vnd.ms-visio.stencil.main+xml'/></Types>"),
        ("visio/document.xml", "<VisioDocument/>"),
    ]);
    assert_eq!(recognise_bytes("x.vssx", &stencil), Some(Format::Visio));
    assert_eq!(codes(&read("x.vssx", &stencil)), ["import-stencil"]);
    assert_eq!(codes(&read("x.vsdx", b"PK\x03\x04 and nothing more")), ["import-broken-archive"]);
    assert_eq!(
        codes(&read("x.vsdx", &archive(&[("visio/document.xml", "<VisioDocument/>")]))),
        ["import-broken-archive"]
    );
    let missing = archive(&[("visio/document.xml", "<V/>"), ("visio/pages/pages.xml", PAGES)]);
    assert_eq!(codes(&read("x.vsdx", &missing)), ["import-missing-part", "import-empty"]);
    assert_eq!(recognise_bytes("x.docx", &archive(&[("word/document.xml", "<w/>")])), None);
}

#[test]
fn harm_is_survived() {
    // A page that declares entities.
    let bomb = "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><PageContents>&d;</PageContents>";
    let imported = read(
        "x.vsdx",
        &archive(&[("visio/document.xml", "<V/>"), ("visio/pages/pages.xml", PAGES), ("visio/pages/page1.xml", bomb)]),
    );
    assert_eq!(codes(&imported), ["import-broken-xml", "import-empty"]);
    // A page that lies outside of the archive, one behind a network, and one that climbs out and in again.
    for target in ["../../../../etc/passwd", "http://example.org/page.xml", "../../../visio/pages/page1.xml"] {
        let relations =
            format!("<Relationships><Relationship Id='a' Type='x/page' Target='{target}'/></Relationships>");
        let bytes = archive(&[
            ("visio/document.xml", "<V/>"),
            ("visio/pages/pages.xml", PAGES),
            ("visio/pages/_rels/pages.xml.rels", &relations),
            ("visio/pages/page1.xml", "<PageContents/>"),
        ]);
        assert_eq!(codes(&read("x.vsdx", &bytes)), ["import-missing-part", "import-empty"], "{target}");
    }
    // A part that unpacks to more than anybody draws.
    let large = " ".repeat(70 << 20);
    let bytes =
        archive(&[("visio/document.xml", "<V/>"), ("visio/pages/pages.xml", PAGES), ("visio/pages/page1.xml", &large)]);
    assert!(bytes.len() < 1 << 20);
    assert_eq!(codes(&read("x.vsdx", &bytes)), ["import-broken-archive", "import-empty"]);
    // Places that are none.
    for number in ["1e300", "-1e308", "NaN", "inf", "", "x", "1e9"] {
        let shape = format!(
            "<Shape ID='1'><Cell N='PinX' V='{number}'/><Cell N='PinY' V='2'/><Cell N='Width' V='{number}'/><Cell N='Height' V='1'/><Cell N='Angle' V='{number}'/><Text>A</Text></Shape>"
        );
        let imported = read("x.vsdx", &drawing(&shape));
        assert_eq!(imported.model.components.len(), 1, "{number}");
    }
    // Groups deep in each other.
    let deep = format!("{}{}", "<Shape Type='Group' ID='1'><Shapes>".repeat(90), "</Shapes></Shape>".repeat(90));
    let _ = dump(&read("x.vsdx", &drawing(&deep)));
    let deep = format!("{}{}", "<Shape Type='Group' ID='1'><Shapes>".repeat(5_000), "</Shapes></Shape>".repeat(5_000));
    assert_eq!(codes(&read("x.vsdx", &drawing(&deep))), ["import-broken-xml", "import-empty"]);
    // Containers that hold each other, and themselves.
    let cell = |other: usize| {
        format!(
            "<Cell N='Relationships' V='0' F='SUM(DEPENDSON(4,Sheet.{other}!SheetRef()),DEPENDSON(1,Sheet.{other}!SheetRef()))'/><Section N='User'><Row N='msvStructureType'><Cell N='Value' V='Container'/></Row></Section>"
        )
    };
    let ring = box_at(1, 2.0, 2.0, 1.0, 1.0, &cell(2))
        + &box_at(2, 5.0, 2.0, 1.0, 1.0, &cell(1))
        + &box_at(3, 8.0, 2.0, 1.0, 1.0, &cell(3));
    let imported = read("x.vsdx", &drawing(&ring));
    let parents: Vec<_> = imported.model.boundaries.iter().filter(|zone| zone.parent.is_some()).collect();
    assert!(parents.len() < 2, "{parents:?}");
    // Styles that change each other.
    let page = "<PageContents><Shapes><Shape ID='1' LineStyle='1'><Text>A</Text></Shape></Shapes></PageContents>";
    let styles =
        "<V><StyleSheets><StyleSheet ID='1' LineStyle='2'/><StyleSheet ID='2' LineStyle='1'/></StyleSheets></V>";
    let bytes =
        archive(&[("visio/document.xml", styles), ("visio/pages/pages.xml", PAGES), ("visio/pages/page1.xml", page)]);
    assert_eq!(read("x.vsdx", &bytes).model.components.len(), 1);
}

#[test]
fn ten_thousand_shapes_take_no_hour() {
    let mut shapes = String::new();
    for number in 0..10_000usize {
        let (x, y) = (number % 100, number / 100);
        shapes.push_str(&box_at(number + 1, x as f64, y as f64, 0.8, 0.8, ""));
    }
    let imported = read("x.vsdx", &drawing(&shapes));
    assert_eq!(imported.model.components.len(), 10_000);
}

#[test]
fn turned_and_mirrored_groups_are_put_where_they_are_drawn() {
    // A group of 4 by 2 inches, turned by a quarter to the left: what was right is up now.
    let group = |more: &str| {
        format!(
            "<Shape ID='1' Type='Group'><Cell N='PinX' V='5'/><Cell N='PinY' V='5'/><Cell N='Width' V='4'/><Cell N='Height' V='2'/>\
             <Cell N='LocPinX' V='2'/><Cell N='LocPinY' V='1'/>{more}<Shapes>{}</Shapes></Shape>",
            box_at(2, 3.5, 1.0, 1.0, 0.5, "")
        )
    };
    let centre = |more: &str| {
        let imported = read("x.vsdx", &drawing(&group(more)));
        let shape = imported.model.drawings[0].shapes[0].rect;
        (shape.centre().x / 96.0, 10.0 - shape.centre().y / 96.0, shape.width / 96.0)
    };
    let near = |found: (f64, f64, f64), wanted: (f64, f64, f64)| {
        let close = |a: f64, b: f64| (a - b).abs() < 0.01;
        assert!(
            close(found.0, wanted.0) && close(found.1, wanted.1) && close(found.2, wanted.2),
            "{found:?} {wanted:?}"
        );
    };
    near(centre(""), (6.5, 5.0, 1.0));
    near(centre("<Cell N='Angle' V='1.5707963267948966'/>"), (5.0, 6.5, 0.5));
    near(centre("<Cell N='FlipX' V='1'/>"), (3.5, 5.0, 1.0));
}

/// The corpus's simplest drawing with another text for one of its parts.
fn changed(bytes: &[u8], name: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let entry_name = entry.name().unwrap().into_owned();
        if entry_name == name {
            content = change(std::str::from_utf8(&content).unwrap()).into_bytes();
        }
        out.start_file(entry_name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(&content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn what_is_on_a_hidden_layer_says_so() {
    let Some((_, bytes)) = drawings().into_iter().find(|(name, _)| name == "simple-components.vsdx") else { return };
    let layers = r#"<Section N="Layer"><Row IX="7"><Cell N="Name" V="Old"/><Cell N="Visible" V="0"/></Row><Row IX="8"><Cell N="Name" V="Now"/><Cell N="Visible" V="1"/></Row></Section></PageSheet>"#;
    let with_layers = changed(&bytes, "visio/pages/pages.xml", |text| {
        let start = text.find("<PageSheet").expect("a sheet");
        let text = match text[start..].find("<Section N='Layer'").map(|at| at + start) {
            Some(at) => {
                let end = at + text[at..].find("</Section>").expect("its end") + "</Section>".len();
                format!("{}{}", &text[..at], &text[end..])
            }
            None => text.to_owned(),
        };
        text.replacen("</PageSheet>", layers, 1)
    });
    let on = |member: &str| {
        let member = format!("<Cell N=\"LayerMember\" V=\"{member}\"/>");
        let changed = changed(&with_layers, "visio/pages/page1.xml", |text| {
            let text = text.replace("N='LayerMember'", "N='LayerMemberBefore'");
            let at = text.find("<Shape ").expect("a shape");
            let at = at + text[at..].find('>').expect("its end") + 1;
            format!("{}{member}{}", &text[..at], &text[at..])
        });
        read("x.vsdx", &changed)
    };
    let hidden = on("7");
    assert_eq!(hidden.model.components.len(), 4, "it is read all the same");
    let remarks = |imported: &Imported| {
        let extras = imported.model.components.iter().flat_map(|it| &it.element.extras);
        extras.filter(|(key, text)| &**key == "visio:layer" && &**text == "Old (hidden)").count()
    };
    assert_eq!(remarks(&hidden), 1, "{:?}", hidden.diagnostics);
    assert!(hidden.diagnostics.iter().any(|it| it.code == "import-hidden-layer" && it.message.contains("`Old`")));
    assert_eq!(remarks(&on("7;8")), 0, "one of its layers is shown");
    assert_eq!(remarks(&on("8")), 0);
}
