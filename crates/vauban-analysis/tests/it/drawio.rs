//! What goes out as a drawing of draw.io comes back as the same model.

use std::path::PathBuf;

use vauban_analysis::Session;
use vauban_analysis::export::interchange::{Format, Original, export, losses};
use vauban_analysis::import::{self, InputFile, import};
use vauban_format::write_model;
use vauban_model::FileId;
use vauban_model::model::{Element, ElementRef, Model, Origin, Value};
use vauban_model::vocabulary::{Domain, FactType};

use crate::laws_support::{session, some_model};
use crate::models;

/// The lines of a model in our own format, in an order that does not depend on that of its elements, without what a
/// drawing cannot hold.
fn lines(model: &Model, with_drawings: bool) -> Vec<String> {
    let mut model = model.clone();
    let tidy = |element: &mut Element| {
        element.extras.retain(|(key, _)| !matches!(&**key, "drawio:id" | "drawio:diagram"));
        element.facts.retain(|fact| !matches!(fact.origin, Origin::Derived | Origin::Default));
        element.controls.retain(|stated| !matches!(stated.origin, Origin::Derived | Origin::Default));
    };
    for domain in Domain::ALL {
        for index in 0..model.count(domain) {
            let target = ElementRef::new(domain, index);
            model.get_mut(target).map(tidy);
        }
    }
    model.runtimes.clear();
    model.third_parties.clear();
    model.checkpoints.clear();
    model.assumptions.clear();
    model.abuse_cases.clear();
    if !with_drawings {
        model.drawings.clear();
    }
    // A flow without bends says nothing about a place; some formats draw none.
    model.drawings.iter_mut().for_each(|drawing| drawing.flows.retain(|flow| !flow.bends.is_empty()));
    sort_boundaries(&mut model);
    let text = write_model(&model);
    let mut lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    lines.sort();
    lines
}

/// Boundaries in the order of their ids: a drawing has outer ones first, and our format writes them in each other.
fn sort_boundaries(model: &mut Model) {
    let mut order: Vec<usize> = (0..model.boundaries.len()).collect();
    order.sort_by(|a, b| model.boundaries[*a].element.id.cmp(&model.boundaries[*b].element.id));
    let mut new = vec![0u32; order.len()];
    order.iter().enumerate().for_each(|(at, old)| new[*old] = u32::try_from(at).unwrap());
    let moved = |index: u32| new[index as usize];
    model.boundaries = order.iter().map(|old| model.boundaries[*old].clone()).collect();
    model.boundaries.iter_mut().for_each(|it| it.parent = it.parent.map(moved));
    model.components.iter_mut().for_each(|it| it.boundary = it.boundary.map(moved));
    let turn = |element: &mut ElementRef| {
        if element.domain == Domain::Boundary {
            element.index = moved(element.index);
        }
    };
    for drawing in &mut model.drawings {
        drawing.shapes.iter_mut().for_each(|shape| turn(&mut shape.element));
        drawing.lines.iter_mut().for_each(|line| line.boundary = moved(line.boundary));
    }
    model.recorded_threats.iter_mut().flat_map(|threat| &mut threat.elements).for_each(turn);
    for domain in Domain::ALL {
        for index in 0..model.count(domain) {
            let Some(element) = model.get_mut(ElementRef::new(domain, index)) else { continue };
            for fact in &mut element.facts {
                if let (FactType::References(Domain::Boundary), Value::References(all)) =
                    (fact.id.definition().ty, &mut fact.value)
                {
                    all.iter_mut().for_each(|index| *index = moved(*index));
                    all.sort_unstable();
                }
            }
        }
    }
}

fn assert_same(name: &str, before: &[String], after: &[String]) {
    let missing: Vec<&String> = before.iter().filter(|line| !after.contains(line)).take(8).collect();
    let added: Vec<&String> = after.iter().filter(|line| !before.contains(line)).take(8).collect();
    assert!(before == after, "{name}\nlost: {missing:#?}\nadded: {added:#?}");
}

/// Writes a model anew and reads it again.
fn there_and_back(name: &str, session: &Session) -> String {
    let report = session.report();
    let exported = export(Format::DrawIo, &report, None);
    let text = String::from_utf8(exported.bytes).unwrap();
    let again = import(import::Format::DrawIo, &[InputFile::text(FileId(0), "again.drawio", &text)]);
    // A file without a single part says so, and says the same when it is written back.
    let empty = report.model.components.is_empty() && report.model.boundaries.is_empty();
    let expected = |code: &str| code == "import-unsure-place" || empty && code == "import-empty";
    let bad: Vec<_> = again.diagnostics.iter().filter(|it| !expected(it.code)).collect();
    assert!(bad.is_empty(), "{name}: {bad:#?}");
    let drawn = !report.model.drawings.is_empty() && report.model.drawings.len() == again.model.drawings.len();
    assert_same(name, &lines(report.model, drawn), &lines(&again.model, drawn));
    text
}

#[test]
fn models_of_ours_come_back_the_same() {
    for path in models::all() {
        let session = models::session(&path);
        let text = there_and_back(&path, &session);
        let told: Vec<String> = losses(Format::DrawIo, &session.report()).into_iter().map(|loss| loss.what).collect();
        let wanted = ["shared runtimes", "third parties", "checkpoints", "assumptions", "abuse cases", "decisions"];
        assert!(told.iter().all(|what| wanted.contains(&what.as_str())), "{path}: {told:?}");
        if let Some(folder) = std::env::var_os("WRITE_TO") {
            let name = path.replace('/', "-");
            std::fs::write(PathBuf::from(folder).join(format!("{name}.drawio")), text).unwrap();
        }
    }
}

#[test]
fn models_of_chance_come_back_the_same() {
    for seed in 0..60 {
        let model = some_model(seed);
        there_and_back(&format!("seed {seed}"), &session(&model));
    }
}

#[test]
fn drawings_come_back_the_same_anew_and_written_back() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/drawio");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if vauban_analysis::import::recognise(&name, &text) != Some(import::Format::DrawIo)
            || text.starts_with("<mxlib")
        {
            continue;
        }
        let first = import(import::Format::DrawIo, &[InputFile::text(FileId(0), &name, &text)]).model;
        let session = session(&first);
        let anew = there_and_back(&name, &session);
        if let Some(folder) = std::env::var_os("WRITE_TO") {
            std::fs::write(PathBuf::from(folder).join(format!("{name}.anew.drawio")), anew).unwrap();
        }
        let report = session.report();
        let exported = export(Format::DrawIo, &report, Some(Original { text: &text, bytes: &[] }));
        assert!(exported.remarks.is_empty(), "{name}: {:?}", exported.remarks);
        let written = String::from_utf8(exported.bytes).unwrap();
        let again = import(import::Format::DrawIo, &[InputFile::text(FileId(0), &name, &written)]).model;
        assert_same(&format!("{name}, written back"), &lines(&first, true), &lines(&again, true));
        // A second time changes nothing.
        let twice = export(Format::DrawIo, &report, Some(Original { text: &written, bytes: &[] }));
        let twice = String::from_utf8(twice.bytes).unwrap();
        let after = import(import::Format::DrawIo, &[InputFile::text(FileId(0), &name, &twice)]).model;
        assert_same(&format!("{name}, written back twice"), &lines(&first, true), &lines(&after, true));
    }
}

#[test]
fn models_of_other_tools_come_back_the_same() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let mut seen = 0;
    for (folder, format) in [
        ("threat-dragon", import::Format::ThreatDragon),
        ("otm", import::Format::OpenThreatModel),
        ("threagile", import::Format::Threagile),
        ("mtmt", import::Format::MicrosoftThreatModelingTool),
    ] {
        let Ok(entries) = std::fs::read_dir(corpus.join(folder)) else { continue };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            if import::recognise(&name, &text) != Some(format) {
                continue;
            }
            let first = import(format, &[InputFile::text(FileId(0), &name, &text)]).model;
            if first.components.len() > 150 {
                continue;
            }
            there_and_back(&format!("{folder}/{name}"), &session(&first));
            seen += 1;
        }
    }
    println!("{seen} files");
}
