//! draw.io: everything drawn is somewhere in the model, whatever file it stands in.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use vauban_import::{Format, Imported, InputFile, import, recognise, recognise_bytes};
use vauban_model::FileId;
use vauban_model::attack_tree::Gate;
use vauban_model::model::{Element, Model};
use vauban_model::vocabulary::{Domain, fact};

use crate::dump::dump;

fn corpus() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/drawio");
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn read(name: &str, text: &str) -> Imported {
    import(Format::DrawIo, &[InputFile::text(FileId(0), name, text)])
}

/// A page as text, unpacked by the book.
fn unpacked(packed: &str) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed.trim()).unwrap();
    let text = String::from_utf8(miniz_oxide::inflate::decompress_to_vec(&bytes).unwrap()).unwrap();
    percent_encoding::percent_decode_str(&text).decode_utf8().unwrap().into_owned()
}

/// A file's pages, read without any of our own code.
fn pages(text: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(text).unwrap();
    let root = document.root_element();
    if root.tag_name().name() != "mxfile" {
        return vec![text.to_owned()];
    }
    let diagrams = root.children().filter(|node| node.has_tag_name("diagram"));
    diagrams
        .map(|diagram| match diagram.children().find(|node| node.has_tag_name("mxGraphModel")) {
            Some(model) => text[model.range()].to_owned(),
            None => unpacked(diagram.text().unwrap_or_default()),
        })
        .collect()
}

/// What a page has: ids, ends and labels of its shapes and lines.
#[derive(Default)]
struct Counted {
    shapes: Vec<(String, String)>,
    lines: Vec<(String, String)>,
    loose: usize,
}

fn counted(page: &str) -> Counted {
    let document = roxmltree::Document::parse(page).unwrap();
    let mut out = Counted::default();
    for cell in document.descendants().filter(|node| node.has_tag_name("mxCell")) {
        let wrapper = cell.parent_element().filter(|it| it.has_tag_name("object") || it.has_tag_name("UserObject"));
        let id = wrapper.unwrap_or(cell).attribute("id").unwrap_or_default().to_owned();
        let label = match wrapper {
            Some(wrapper) => wrapper.attribute("label"),
            None => cell.attribute("value"),
        };
        let entry = (id, label.unwrap_or_default().to_owned());
        if cell.attribute("vertex") == Some("1") {
            out.shapes.push(entry);
        } else if cell.attribute("edge") == Some("1") {
            out.loose += usize::from(cell.attribute("source").is_none() || cell.attribute("target").is_none());
            out.lines.push(entry);
        }
    }
    out
}

/// The words of a label, without its markup.
fn words(label: &str) -> Vec<String> {
    let mut text = String::new();
    let mut rest = label;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let text = text
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .replace("&quot;", "\"");
    text.split_whitespace().map(str::to_owned).collect()
}

fn remark<'e>(element: &'e Element, key: &str) -> Option<&'e str> {
    element.extras.iter().find(|(known, _)| &**known == key).map(|(_, value)| &**value)
}

/// All that a model says, in one text.
fn said(model: &Model) -> String {
    let mut out = String::new();
    for domain in Domain::ALL {
        for (_, element) in model.elements(domain) {
            let _ = write!(out, " {} {}", element.name, element.description);
            element.extras.iter().for_each(|(_, value)| {
                let _ = write!(out, " {value}");
            });
        }
    }
    model.notes.iter().for_each(|note| out += &format!(" {} {}", note.title, note.text));
    for tree in &model.attack_trees {
        tree.nodes.iter().for_each(|node| out += &format!(" {}", node.label));
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_drawn_vanishes() {
    let Some(folder) = corpus() else { return };
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let (mut files, mut lines, mut loose, mut by_place) = (0, 0, 0, 0);
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if name == "SOURCES.md" {
            continue;
        }
        files += 1;
        if name == "sl-not_xml.drawio" {
            assert_eq!(recognise(&name, &text), None);
            assert_eq!(read(&name, &text).diagnostics[0].code, "import-broken-xml");
            continue;
        }
        assert_eq!(recognise(&name, &text), Some(Format::DrawIo), "{name}");
        let imported = read(&name, &text);
        if std::env::var_os("SHOW").is_some_and(|wanted| name.contains(&*wanted.to_string_lossy())) {
            println!("=== {name}\n{}", dump(&imported));
        }
        let model = &imported.model;
        let said = said(model);
        if text.starts_with("<mxlibrary") {
            assert_eq!(imported.diagnostics[0].code, "import-template", "{name}");
            continue;
        }
        let pages: Vec<Counted> = pages(&text).iter().map(|page| counted(page)).collect();
        let tree_links: usize =
            model.attack_trees.iter().flat_map(|tree| &tree.nodes).map(|node| node.children.len()).sum();
        let drawn_lines: usize = pages.iter().map(|page| page.lines.len()).sum();
        let line_ids: BTreeSet<&str> = pages.iter().flat_map(|page| &page.lines).map(|(id, _)| id.as_str()).collect();
        let as_boundary = model
            .boundaries
            .iter()
            .filter(|it| remark(&it.element, "drawio:id").is_some_and(|id| line_ids.contains(id)))
            .count();
        assert_eq!(drawn_lines, model.flows.len() + as_boundary + tree_links, "{name}: lines");
        let known: BTreeSet<&str> = [Domain::Component, Domain::Boundary]
            .into_iter()
            .flat_map(|domain| model.elements(domain))
            .filter_map(|(_, element)| remark(element, "drawio:id"))
            .collect();
        let mut silent = 0;
        for (id, label) in pages.iter().flat_map(|page| page.shapes.iter().chain(&page.lines)) {
            let words = words(label);
            // A step's number and the key of a mark are shown elsewhere.
            if words.is_empty() || words.concat().chars().count() <= 2 {
                silent += usize::from(!known.contains(id.as_str()) && !line_ids.contains(id.as_str()));
                continue;
            }
            for word in words {
                assert!(said.contains(&word), "{name}: `{word}` of `{label}` is nowhere");
            }
        }
        let told: usize = imported
            .diagnostics
            .iter()
            .filter(|it| it.message.contains("without a meaning"))
            .map(|it| {
                it.message.rsplit_once('(').and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()).unwrap_or(1)
            })
            .sum();
        println!(
            "{name}: {} components, {} flows, {} zones, {} notes, {} data, {silent} silent shapes, {told} told",
            model.components.len(),
            model.flows.len(),
            model.boundaries.len(),
            model.notes.len(),
            model.data.len()
        );
        assert!(told <= silent, "{name}: something with a text is no ornament");
        lines += drawn_lines;
        loose += pages.iter().map(|page| page.loose).sum::<usize>();
        let ends = |element: &Element| {
            remark(element, "drawio:start-attached").is_some() || remark(element, "drawio:end-attached").is_some()
        };
        by_place += model.flows.iter().filter(|flow| ends(&flow.element)).count();
        let unknown: Vec<&str> = imported
            .diagnostics
            .iter()
            .filter(|it| it.severity == vauban_model::Severity::Error)
            .map(|it| it.message.as_str())
            .collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
    }
    println!("{files} files, {lines} lines, {loose} with a loose end, {by_place} attached by their place");
    assert!(files >= 25, "only {files} files");
    assert!(by_place * 2 > loose, "most loose ends find something");
}

#[test]
fn attack_tree_pages_become_attack_trees() {
    let Some(folder) = corpus() else { return };
    let text = std::fs::read_to_string(folder.join("michenriksen-example-attacktree.xml")).unwrap();
    let imported = read("tree.xml", &text);
    let [tree] = imported.model.attack_trees.as_slice() else { panic!("one tree") };
    assert_eq!(tree.nodes.len(), 13);
    assert_eq!(imported.model.components.len() + imported.model.drawings.len(), 0);
    let [goal] = tree.goals()[..] else { panic!("one goal") };
    let goal = &tree.nodes[goal as usize];
    assert_eq!((&*goal.label, goal.gate, goal.children.len()), ("Open Safe", Gate::Or, 4));
    let eavesdrop = tree.nodes.iter().find(|node| &*node.label == "Eavesdrop").unwrap();
    assert_eq!((eavesdrop.gate, eavesdrop.children.len()), (Gate::And, 2));
}

/// A page of these cells.
fn sheet(cells: &str) -> String {
    format!("<mxGraphModel><root><mxCell id=\"0\"/><mxCell id=\"1\" parent=\"0\"/>{cells}</root></mxGraphModel>")
}

fn packed(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6))
}

#[test]
fn pictures_carry_drawings_along() {
    let page = sheet("<mxCell id=\"a\" value=\"A\" style=\"rounded=1\" vertex=\"1\" parent=\"1\"/>");
    let encoded = percent_encoding::utf8_percent_encode(&page, percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let body = format!("mxGraphModel\0{encoded}");
    bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(b"tEXt");
    bytes.extend(body.as_bytes());
    bytes.extend([0; 4]);
    assert_eq!(recognise_bytes("x.png", &bytes), Some(Format::DrawIo));
    assert_eq!(recognise_bytes("x.png", &bytes[..20]), None);
    let file = InputFile { id: FileId(0), name: "x.drawio.png", text: "", bytes: &bytes };
    let imported = import(Format::DrawIo, &[file]);
    assert_eq!(&*imported.model.components[0].element.name, "A");
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>";
    assert_eq!(recognise("x.svg", svg), None);
    assert_eq!(read("x.svg", svg).diagnostics[0].code, "import-no-drawing");
}

/// Runs something that must be done in time, optimised or not.
fn in_time(name: &str, run: impl FnOnce() -> Imported) -> Imported {
    let start = Instant::now();
    let imported = run();
    let took = start.elapsed();
    println!("{name}: {took:?}");
    // Far above what a busy machine needs, far below what something quadratic takes on such inputs.
    assert!(took < Duration::from_secs(90), "{name} took {took:?}");
    imported
}

#[test]
fn hostile_drawings_end_in_time() {
    let bomb = format!("<mxfile><diagram name=\"b\">{}</diagram></mxfile>", packed(&"A".repeat(300 << 20)));
    let imported = in_time("bomb", || read("b", &bomb));
    assert_eq!(imported.diagnostics[0].code, "import-broken-archive");
    let nested = format!(
        "<mxfile><diagram name=\"n\">{}</diagram></mxfile>",
        packed(&("<a>".repeat(5000) + &"</a>".repeat(5000)))
    );
    assert_eq!(in_time("deep", || read("n", &nested)).diagnostics[0].code, "import-broken-xml");
    let entity = "<!DOCTYPE x [<!ENTITY a 'b'>]><mxfile>&a;</mxfile>";
    assert_eq!(read("e", entity).diagnostics[0].code, "import-broken-xml");

    let circle = sheet(
        "<mxCell id=\"a\" value=\"a\" style=\"container=1\" vertex=\"1\" parent=\"b\"><mxGeometry width=\"90\" height=\"90\"/></mxCell>\
         <mxCell id=\"b\" value=\"b\" style=\"container=1\" vertex=\"1\" parent=\"a\"><mxGeometry width=\"90\" height=\"90\"/></mxCell>\
         <mxCell id=\"c\" value=\"c\" vertex=\"1\" parent=\"c\"/><mxCell id=\"e\" edge=\"1\" source=\"f\" target=\"f\" parent=\"1\"/>\
         <mxCell id=\"f\" edge=\"1\" source=\"e\" target=\"e\" parent=\"1\"/><mxCell id=\"c\" value=\"twice\" vertex=\"1\"/>",
    );
    let imported = in_time("circles", || read("c", &circle));
    assert_eq!(imported.model.flows.len(), 2);

    let absurd: String = ["NaN", "1e308", "-1e308", "inf", "-5", "", "1e999", "0x10"]
        .iter()
        .enumerate()
        .map(|(at, number)| {
            format!("<mxCell id=\"a{at}\" value=\"v{at}\" style=\"rotation={number};dashed=1;fillColor=none\" vertex=\"1\" parent=\"1\"><mxGeometry x=\"{number}\" y=\"{number}\" width=\"{number}\" height=\"1e300\" as=\"geometry\"/></mxCell>")
        })
        .collect();
    let imported = in_time("absurd numbers", || read("a", &sheet(&absurd)));
    assert_eq!(imported.model.components.len() + imported.model.boundaries.len(), 8);

    let many = |one: &dyn Fn(usize) -> String| sheet(&(0..100_000).map(one).collect::<String>());
    let boxes = many(&|at| {
        let (x, y) = (at % 300 * 200, at / 300 * 100);
        format!(
            "<mxCell id=\"n{at}\" value=\"Node {at}\" style=\"rounded=0\" vertex=\"1\" parent=\"1\"><mxGeometry x=\"{x}\" y=\"{y}\" width=\"120\" height=\"60\" as=\"geometry\"/></mxCell>"
        )
    });
    let imported = in_time("100,000 boxes", || read("m", &boxes));
    assert_eq!(imported.model.components.len(), 100_000);
    assert!(imported.diagnostics.iter().any(|it| it.code == "import-too-large"));
    let chain = many(&|at| {
        let parent = if at == 0 { "1".to_owned() } else { format!("n{}", at - 1) };
        format!(
            "<mxCell id=\"n{at}\" value=\"x\" style=\"container=1\" vertex=\"1\" parent=\"{parent}\"><mxGeometry x=\"1\" y=\"1\" width=\"120\" height=\"60\" as=\"geometry\"/></mxCell>"
        )
    });
    in_time("100,000 in each other", || read("m", &chain));
    let lines = many(&|at| {
        format!(
            "<mxCell id=\"n{at}\" value=\"x\" edge=\"1\" source=\"n{}\" parent=\"1\"><mxGeometry relative=\"1\"><mxPoint x=\"{at}\" y=\"0\" as=\"targetPoint\"/></mxGeometry></mxCell>",
            at + 1
        )
    });
    let imported = in_time("100,000 lines", || read("m", &lines));
    assert_eq!(imported.model.flows.len(), 100_000);
    let gates = many(&|at| match at % 2 {
        0 => format!("<mxCell id=\"n{at}\" value=\"x\" style=\"shape=xor\" vertex=\"1\" parent=\"1\"/>"),
        _ => format!(
            "<mxCell id=\"n{at}\" edge=\"1\" source=\"n{}\" target=\"n{}\" parent=\"1\"/>",
            at - 1,
            (at + 1) % 100_000
        ),
    });
    let imported = in_time("a circle of 50,000 gates", || read("m", &gates));
    assert_eq!(imported.model.attack_trees[0].nodes.len(), 50_000);
    let marks = many(&|at| {
        format!(
            "<mxCell id=\"n{at}\" value=\"A{}\" style=\"text\" vertex=\"1\" parent=\"1\"><mxGeometry x=\"{at}\" y=\"0\" width=\"9\" height=\"9\"/></mxCell>",
            at % 999
        )
    });
    in_time("100,000 marks", || read("m", &marks));
    let texts = many(&|at| {
        format!(
            "<mxCell id=\"n{at}\" value=\"{}\" style=\"{}\" vertex=\"1\" parent=\"1\"><mxGeometry x=\"{at}\" y=\"0\" width=\"50\" height=\"50\"/></mxCell>",
            if at % 2 == 0 { "t" } else { "" },
            if at % 2 == 0 { "text" } else { "image;image=x" }
        )
    });
    in_time("100,000 captions", || read("m", &texts));
}

#[test]
fn rows_of_a_component_of_ours_stay_its_rows() {
    let row = r#"<mxCell id="p" value="443" style="text;portConstraint=eastwest;" parent="s" vertex="1"><mxGeometry y="26" width="160" height="26" as="geometry"/></mxCell>"#;
    let style = r#"style="swimlane;childLayout=stackLayout;startSize=26;" parent="1" vertex="1""#;
    let geometry = r#"<mxGeometry x="300" width="160" height="60" as="geometry"/>"#;
    let rest = r#"<mxCell id="u" value="User" style="shape=umlActor;" parent="1" vertex="1"><mxGeometry width="30" height="60" as="geometry"/></mxCell><mxCell id="f" value="HTTPS" parent="1" edge="1" source="u" target="p"><mxGeometry relative="1" as="geometry"/></mxCell>"#;
    let theirs = format!(r#"<mxCell id="s" value="Server" {style}>{geometry}</mxCell>{row}{rest}"#);
    let ours = format!(
        r#"<object id="s" label="Server" vauban_element="component" vauban_id="server"><mxCell {style}>{geometry}</mxCell></object>{row}{rest}"#
    );
    for cells in [theirs, ours] {
        let imported = read("x.drawio", &sheet(&cells));
        let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        let flow = &imported.model.flows[0];
        assert_eq!(&*imported.model.components[flow.target as usize].element.name, "Server");
        assert!(imported.model.notes.is_empty(), "{:?}", imported.model.notes);
    }
}

#[test]
fn subnets_of_the_tools_own_palette_are_no_security_groups() {
    // The styles of `Public subnet`, `Private subnet` and of the group of an older library, as the tool writes them.
    let group = |id: &str, name: &str, more: &str| {
        format!(
            r#"<mxCell id="{id}" value="{name}" style="container=1;shape=mxgraph.aws4.group;grIcon=mxgraph.aws4.group_security_group;{more}" parent="1" vertex="1"><mxGeometry width="200" height="150" as="geometry"/></mxCell>"#
        )
    };
    let cells = [
        group("a", "Private subnet", "grStroke=0;strokeColor=#00A4A6;"),
        group("b", "10.0.1.0/24", "grStroke=0;strokeColor=#7AA116;"),
        group("c", "Web security group", "grStroke=0;"),
        group("d", "sg-1", ""),
    ];
    let imported = read("x.drawio", &sheet(&cells.concat()));
    let kinds: Vec<_> = imported.model.boundaries.iter().map(|it| it.element.word(fact::BOUNDARY_KIND)).collect();
    assert_eq!(
        kinds,
        [Some("network-segment"), Some("network-segment"), Some("security-group"), Some("security-group")]
    );
}

#[test]
fn icons_in_frames_and_brands_written_apart_are_known() {
    let box_of = |id: &str, style: &str| {
        format!(
            r#"<mxCell id="{id}" value="{id}" style="{style}" parent="1" vertex="1"><mxGeometry width="60" height="60" as="geometry"/></mxCell>"#
        )
    };
    let cells = [
        box_of("one", "shape=mxgraph.cisco19.rect;prIcon=firewall;"),
        box_of("two", "shape=mxgraph.aws3.dynamo_db;"),
        box_of("three", "shape=mxgraph.kubernetes.icon;prIcon=pod;"),
    ];
    let imported = read("x.drawio", &sheet(&cells.concat()));
    let made_of: Vec<_> = imported.model.components.iter().map(|it| it.element.words(fact::TECHNOLOGY)).collect();
    assert_eq!(made_of, [["firewall".into()], ["dynamodb".into()], ["container".into()]] as [[Box<str>; 1]; 3]);
}

/// A page of these cells.
fn page(cells: &str) -> vauban_import::Imported {
    let text = format!(
        "<mxfile><diagram name=\"P\"><mxGraphModel><root><mxCell id=\"0\"/><mxCell id=\"1\" parent=\"0\"/>{cells}</root></mxGraphModel></diagram></mxfile>"
    );
    let file = vauban_import::InputFile::text(vauban_model::FileId(0), "x.drawio", &text);
    vauban_import::import(vauban_import::Format::DrawIo, &[file])
}

#[test]
fn a_text_under_an_icon_is_its_name_even_where_a_line_ends_at_it() {
    let cell = |id: &str, value: &str, style: &str, [x, y, w, h]: [i32; 4]| {
        format!(
            "<mxCell id=\"{id}\" value=\"{value}\" style=\"{style}\" vertex=\"1\" parent=\"1\"><mxGeometry x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" as=\"geometry\"/></mxCell>"
        )
    };
    let vault = "image;html=1;image=img/lib/azure2/security/Key_Vaults.svg;";
    let cells = [
        cell("a", "Shop", "rounded=1", [0, 100, 100, 60]),
        cell("k", "", vault, [300, 100, 64, 64]),
        cell("t", "kv-prod", "text;html=1;", [300, 166, 64, 20]),
        "<mxCell id=\"e\" style=\"endArrow=classic\" edge=\"1\" parent=\"1\" source=\"a\" target=\"t\"><mxGeometry relative=\"1\" as=\"geometry\"/></mxCell>".to_owned(),
    ];
    let imported = page(&cells.concat());
    let model = &imported.model;
    let names: Vec<&str> = model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Shop", "kv-prod"], "{:?}", imported.diagnostics);
    let to = &model.components[model.flows[0].target as usize].element;
    assert!(!to.words(vauban_model::vocabulary::fact::TECHNOLOGY).is_empty(), "the icon says what it is");
}

#[test]
fn the_name_on_a_workload_says_what_runs_in_it() {
    let cell = |id: &str, value: &str, icon: &str, x: i32| {
        format!(
            "<mxCell id=\"{id}\" value=\"{value}\" style=\"html=1;shape=mxgraph.kubernetes.icon2;prIcon={icon}\" vertex=\"1\" parent=\"1\"><mxGeometry x=\"{x}\" y=\"0\" width=\"50\" height=\"48\" as=\"geometry\"/></mxCell>"
        )
    };
    let cells = [
        cell("a", "postgres", "sts", 0),
        cell("b", "shop", "deploy", 100),
        cell("c", "db-password", "secret", 200),
        cell("d", "data", "pvc", 300),
    ];
    let imported = page(&cells.concat());
    let made_of: Vec<(Vec<&str>, Option<&str>)> = imported
        .model
        .components
        .iter()
        .map(|it| {
            let words = it.element.words(vauban_model::vocabulary::fact::TECHNOLOGY);
            (words.iter().map(|word| &**word).collect(), it.element.word(vauban_model::vocabulary::fact::KIND))
        })
        .collect();
    assert!(made_of[0].0.len() == 2 && made_of[0].0[1] == "container", "{made_of:?}");
    assert_eq!(made_of[1].0, ["container"]);
    assert_eq!(made_of[2].1, Some("data-store"));
    assert_eq!(made_of[3].0, ["block-storage"]);
}

#[test]
fn a_cloud_called_internet_is_the_internet() {
    let imported = page(
        "<mxCell id=\"i\" value=\"Internet\" style=\"ellipse;shape=cloud;\" vertex=\"1\" parent=\"1\"><mxGeometry x=\"0\" y=\"0\" width=\"100\" height=\"60\" as=\"geometry\"/></mxCell>",
    );
    let kind = imported.model.components[0].element.word(vauban_model::vocabulary::fact::KIND);
    assert_eq!(kind, Some("external-entity"));
    assert!(imported.diagnostics.iter().any(|it| it.code == "import-name-as-kind"));
}

#[test]
fn a_box_called_internet_around_ones_own_stores_is_not_the_internet() {
    let kind = |inside: &str| {
        let text = format!("flowchart LR\n  subgraph Internet\n    {inside}\n  end\n  {inside} --> app[Shop]\n");
        let imported = import(Format::Mermaid, &[InputFile::text(FileId(0), "a.mmd", &text)]);
        imported.model.boundaries[0].element.word(fact::BOUNDARY_KIND)
    };
    assert_eq!(kind("customer([Customer])"), Some("internet"));
    assert_eq!(kind("orders[(orders)]"), None);
}

/// A page of the cells given, each a style, a text and a place, and of lines between them.
fn tree_page(shapes: &[(&str, &str, [i32; 4])], lines: &[(usize, usize)]) -> Imported {
    let mut cells = String::new();
    for (at, (style, text, [x, y, width, height])) in shapes.iter().enumerate() {
        let _ = write!(
            cells,
            r#"<mxCell id="c{at}" value="{text}" style="{style}" vertex="1" parent="1"><mxGeometry x="{x}" y="{y}" width="{width}" height="{height}" as="geometry"/></mxCell>"#
        );
    }
    for (at, (from, to)) in lines.iter().enumerate() {
        let _ = write!(
            cells,
            r#"<mxCell id="l{at}" edge="1" parent="1" source="c{from}" target="c{to}" style="html=1;"><mxGeometry relative="1" as="geometry"/></mxCell>"#
        );
    }
    let text = format!(
        r#"<mxfile><diagram id="d" name="Page"><mxGraphModel><root><mxCell id="0"/><mxCell id="1" parent="0"/>{cells}</root></mxGraphModel></diagram></mxfile>"#
    );
    read("x.drawio", &text)
}

#[test]
fn logic_gates_and_round_figures_that_say_or_make_an_attack_tree() {
    let gate = "shape=mxgraph.electrical.logic_gates.logic_gate;operation=and;direction=north;html=1;";
    for (style, word, expected) in
        [(gate, "", Gate::And), ("ellipse;html=1;", "AND", Gate::And), ("ellipse;html=1;", "or", Gate::Or)]
    {
        let shapes = [
            ("html=1;", "Read the mail", [0, 0, 120, 40]),
            (style, word, [40, 80, 40, 40]),
            ("html=1;", "Steal the phone", [0, 160, 120, 40]),
            ("html=1;", "Unlock it", [200, 160, 120, 40]),
        ];
        let imported = tree_page(&shapes, &[(1, 0), (2, 1), (3, 1)]);
        assert!(imported.model.components.is_empty(), "{style}");
        let tree = &imported.model.attack_trees[0];
        assert!(tree.nodes.iter().any(|node| node.gate == expected && node.children.len() == 2), "{tree:?}");
        let told = imported.diagnostics.iter().any(|it| it.code == "import-attack-tree");
        assert_eq!(told, !word.is_empty(), "a gate by its words alone is told");
    }
}

#[test]
fn a_figure_that_is_called_like_a_gate_and_joins_nothing_is_part_of_a_system() {
    let shapes = [
        ("html=1;", "Kasse", [0, 0, 120, 40]),
        ("ellipse;html=1;", "ET", [0, 80, 120, 60]),
        ("html=1;", "Archiv", [0, 160, 120, 40]),
    ];
    let model = tree_page(&shapes, &[(0, 1), (1, 2)]).model;
    assert_eq!((model.attack_trees.len(), model.components.len()), (0, 3));
}

#[test]
fn a_plain_box_in_a_boundary_beside_processes_is_left_open_and_told() {
    let shapes = [
        ("rounded=1;dashed=1;fillColor=none;verticalAlign=top;", "Data centre", [250, 0, 500, 300]),
        ("rounded=0;", "Customer", [0, 100, 100, 60]),
        ("ellipse;", "Shop", [300, 100, 100, 60]),
        ("rounded=0;", "Order service", [500, 100, 100, 60]),
    ];
    let imported = tree_page(&shapes, &[(1, 2), (2, 3)]);
    let kind = |name: &str| {
        let found = imported.model.components.iter().find(|it| &*it.element.name == name).expect("drawn");
        found.element.word(fact::KIND)
    };
    assert_eq!(kind("Customer"), Some("external-entity"));
    assert_eq!(kind("Order service"), None);
    let told: Vec<&str> = imported
        .diagnostics
        .iter()
        .filter(|it| it.code == "import-kind-by-shape")
        .map(|it| it.message.as_str())
        .collect();
    assert!(told.iter().any(|it| it.contains("`Customer`")) && told.iter().any(|it| it.contains("`Order service`")));
}

/// A page of two boxes 300 apart, a line between them, and more cells.
fn two_boxes(more: &str) -> Imported {
    read(
        "x.drawio",
        &format!(
            r#"<mxfile><diagram name="P"><mxGraphModel><root><mxCell id="0"/><mxCell id="1" parent="0"/>
            <mxCell id="a" value="Web" style="ellipse" vertex="1" parent="1"><mxGeometry x="0" y="0" width="80" height="80" as="geometry"/></mxCell>
            <mxCell id="b" value="Shop" style="ellipse" vertex="1" parent="1"><mxGeometry x="380" y="0" width="80" height="80" as="geometry"/></mxCell>
            <mxCell id="e" style="" edge="1" parent="1" source="a" target="b"><mxGeometry relative="1" as="geometry"/></mxCell>{more}
            </root></mxGraphModel></diagram></mxfile>"#
        ),
    )
}

#[test]
fn a_free_text_beside_the_middle_of_a_line_is_its_label() {
    let text = |id: &str, words: &str, x: u32, y: u32, style: &str| {
        format!(
            r#"<mxCell id="{id}" value="{words}" style="text;html=1;{style}" vertex="1" parent="1"><mxGeometry x="{x}" y="{y}" width="80" height="20" as="geometry"/></mxCell>"#
        )
    };
    let named = |more: &str| two_boxes(more).model.flows[0].element.name.to_string();
    let imported = two_boxes(&text("t", "orders over HTTPS", 190, 12, ""));
    let flow = &imported.model.flows[0].element;
    assert_eq!(&*flow.name, "orders over HTTPS", "{:?}", imported.diagnostics);
    assert_eq!(flow.word(fact::PROTOCOL), Some("https"));
    assert!(flow.extras.iter().any(|(key, text)| &**key == "drawio:label-attached" && text.contains("sure")));
    assert!(imported.diagnostics.iter().any(|it| it.code == "import-label-by-place"));
    assert!(imported.model.notes.is_empty(), "it is no note as well");
    let plain = named("");
    // Too far, beside an end, framed, or long: a note.
    for more in [
        text("t", "orders", 190, 120, ""),
        text("t", "orders", 60, 12, ""),
        text("t", "orders", 190, 12, "strokeColor=#000000"),
        text("t", &"all that we know of orders ".repeat(4), 190, 12, ""),
    ] {
        assert_eq!(named(&more), plain, "{more}");
    }
    // Between two lines nobody knows which.
    let second = r#"<mxCell id="c" value="Log" style="ellipse" vertex="1" parent="1"><mxGeometry x="0" y="60" width="80" height="80" as="geometry"/></mxCell>
        <mxCell id="d" value="Bin" style="ellipse" vertex="1" parent="1"><mxGeometry x="380" y="60" width="80" height="80" as="geometry"/></mxCell>
        <mxCell id="f" style="" edge="1" parent="1" source="c" target="d"><mxGeometry relative="1" as="geometry"/></mxCell>"#;
    let between = two_boxes(&(second.to_owned() + &text("t", "orders", 190, 60, "")));
    assert!(between.model.flows.iter().all(|it| &*it.element.name != "orders"));
}
