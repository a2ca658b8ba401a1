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
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("&quot;", "\"");
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
        let tree_links: usize = model.attack_trees.iter().flat_map(|tree| &tree.nodes).map(|node| node.children.len()).sum();
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
            .map(|it| it.message.rsplit_once('(').and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()).unwrap_or(1))
            .sum();
        println!(
            "{name}: {} components, {} flows, {} zones, {} notes, {} data, {silent} silent shapes, {told} told",
            model.components.len(), model.flows.len(), model.boundaries.len(), model.notes.len(), model.data.len()
        );
        assert!(told <= silent, "{name}: something with a text is no ornament");
        lines += drawn_lines;
        loose += pages.iter().map(|page| page.loose).sum::<usize>();
        let ends = |element: &Element| remark(element, "drawio:start-attached").is_some() || remark(element, "drawio:end-attached").is_some();
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
