//! Inputs kept for fuzzing, run as ordinary tests through the same readers, with small damage done to each; and what
//! was read is analysed as well.

use std::path::PathBuf;

use vauban_analysis::import::{Format, import, includes};
use vauban_format::{InputFile, apply_overlay, read_config, read_decisions, read_methodology, read_model, write_model};
use vauban_model::FileId;
use vauban_model::model::Model;
use vauban_risk::decisions::Book;
use vauban_syntax::{Limits, decode_text, parse_json, parse_toml, parse_yaml, parse_yaml_documents};

use crate::laws_support::{Dice, analysed};

/// The inputs of a target: name and bytes.
fn kept(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    paths.into_iter().map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect()
}

/// Runs each input as it is and with bytes cut, doubled, changed and put in. The flag says whether it is as it is.
fn with_damage(folder: &str, run: impl Fn(&[u8], bool)) {
    for (name, bytes) in kept(folder) {
        run(&bytes, true);
        for seed in 0..40 {
            let dice = &mut Dice::new(seed + name.len() as u64);
            let mut bytes = bytes.clone();
            for _ in 0..1 + dice.below(4) {
                let at = dice.below(bytes.len());
                let end = (at + dice.below(20)).min(bytes.len());
                match dice.below(4) {
                    _ if bytes.is_empty() => {}
                    0 => bytes.truncate(at),
                    1 => drop(bytes.drain(at..end)),
                    2 => {
                        let piece = bytes[at..end].to_vec();
                        bytes.splice(at..at, piece);
                    }
                    _ => bytes[at] = dice.of(b"{}[]()\"'\n .,!&|=<>#-:*0a\xff\x00"),
                }
            }
            run(&bytes, false);
        }
    }
}

fn text(bytes: &[u8]) -> String {
    decode_text("kept", bytes).0
}

fn file(text: &str) -> InputFile<'_> {
    InputFile { id: FileId(0), name: "model.yaml", text }
}

/// What was read can be written and, once per input, analysed.
fn go_on(model: &Model, whole: bool) {
    assert!(!write_model(model).is_empty());
    if whole {
        assert!(analysed(model, &[]).findings.iter().all(|finding| !finding.evidence.is_empty()));
    }
}

#[test]
fn kept_models_are_survived() {
    with_damage("fuzz/corpus/yaml_model", |bytes, whole| {
        let text = text(bytes);
        vauban_format::includes(&file(&text), &mut Vec::new());
        go_on(&read_model(&[file(&text)]).model, whole);
    });
}

#[test]
fn kept_overlays_are_survived() {
    let (_, small) = kept("fuzz/corpus/yaml_model").into_iter().find(|(name, _)| name.ends_with("small.yaml")).unwrap();
    let small = text(&small);
    assert!(read_model(&[file(&small)]).diagnostics.is_empty(), "overlays are laid over a whole model");
    with_damage("fuzz/corpus/overlay", |bytes, whole| {
        let mut model = read_model(&[file(&small)]).model;
        apply_overlay(&mut model, &[file(&text(bytes))]);
        go_on(&model, whole);
    });
}

#[test]
fn kept_decisions_are_survived() {
    with_damage("fuzz/corpus/decisions", |bytes, _| {
        let text = text(bytes);
        let (decisions, _) = read_decisions(&[file(&text)]);
        let mut book = Book::new(&decisions, Some("2026-01-01"));
        book.find("rule@element");
        assert!(book.diagnostics().len() <= decisions.len());
    });
}

#[test]
fn kept_configurations_are_survived() {
    with_damage("fuzz/corpus/config", |bytes, _| {
        let text = text(bytes);
        read_config(&file(&text));
        read_methodology(&[file(&text)]);
    });
}

fn imported(format: Format, bytes: &[u8], whole: bool) {
    let text = text(bytes);
    includes(format, &text, FileId(0));
    let file = vauban_analysis::import::InputFile::text(FileId(0), "x", &text);
    go_on(&import(format, &[file]).model, whole);
}

#[test]
fn kept_foreign_models_are_survived() {
    with_damage("fuzz/corpus/threagile", |bytes, whole| imported(Format::Threagile, bytes, whole));
    with_damage("fuzz/corpus/otm_json", |bytes, whole| imported(Format::OpenThreatModel, bytes, whole));
    with_damage("fuzz/corpus/threat_dragon", |bytes, whole| imported(Format::ThreatDragon, bytes, whole));
    with_damage("fuzz/corpus/drawio", |bytes, whole| imported(Format::DrawIo, bytes, whole));
}

#[test]
fn kept_drawings_are_survived() {
    with_damage("fuzz/corpus/lucidchart", |bytes, whole| imported(Format::Lucidchart, bytes, whole));
    with_damage("fuzz/corpus/structurizr", |bytes, whole| imported(Format::Structurizr, bytes, whole));
    with_damage("fuzz/corpus/plantuml", |bytes, whole| imported(Format::PlantUml, bytes, whole));
    with_damage("fuzz/corpus/mermaid", |bytes, whole| imported(Format::Mermaid, bytes, whole));
    with_damage("fuzz/corpus/visio", |bytes, whole| {
        vauban_analysis::import::recognise_bytes("x", bytes);
        let file = vauban_analysis::import::InputFile {
            bytes,
            ..vauban_analysis::import::InputFile::text(FileId(0), "x", "")
        };
        go_on(&import(Format::Visio, &[file]).model, whole);
    });
}

#[test]
fn kept_files_of_listing_tools_are_survived() {
    with_damage("fuzz/corpus/mtmt", |bytes, whole| imported(Format::MicrosoftThreatModelingTool, bytes, whole));
    with_damage("fuzz/corpus/threat_composer", |bytes, whole| imported(Format::ThreatComposer, bytes, whole));
    with_damage("fuzz/corpus/tm_library", |bytes, whole| imported(Format::ThreatModelLibrary, bytes, whole));
    with_damage("fuzz/corpus/cyclonedx", |bytes, whole| imported(Format::CycloneDx, bytes, whole));
    with_damage("fuzz/corpus/pytm", |bytes, whole| imported(Format::Pytm, bytes, whole));
    with_damage("fuzz/corpus/threatcl", |bytes, whole| imported(Format::Threatcl, bytes, whole));
    with_damage("fuzz/corpus/spreadsheet", |bytes, whole| {
        let name = if vauban_analysis::import::is_binary(bytes) { "x.xlsx" } else { "x.csv" };
        let text = if name == "x.csv" { text(bytes) } else { String::new() };
        let file = vauban_analysis::import::InputFile {
            id: FileId(0),
            name,
            text: &text,
            bytes: if text.is_empty() { bytes } else { &[] },
        };
        go_on(&import(Format::Spreadsheet, &[file]).model, whole);
    });
}

#[test]
fn kept_trees_are_survived() {
    let limits = Limits::default();
    with_damage("fuzz/corpus/located_yaml", |bytes, _| {
        parse_yaml(FileId(0), &text(bytes), &limits, &mut Vec::new());
        parse_yaml_documents(FileId(0), &text(bytes), &limits, &mut Vec::new());
    });
    with_damage("fuzz/corpus/located_json", |bytes, _| {
        parse_json(FileId(0), &text(bytes), &limits, &mut Vec::new());
    });
    with_damage("fuzz/corpus/located_toml", |bytes, _| {
        parse_toml(FileId(0), &text(bytes), 0, &limits, &mut Vec::new());
    });
}
