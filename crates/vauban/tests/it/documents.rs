//! Documents from outside: every name and format, the same bytes every time, and what stands in them line by line.

use std::path::PathBuf;

use crate::cases::matches;
use crate::support::{Folder, root, run};

/// The day of every document here.
const DAY: &str = "2026-01-15";

fn expected(name: &str) -> PathBuf {
    root().join("crates/vauban/tests/it/documents").join(name)
}

/// Fails unless a document of a model has the kept text.
#[track_caller]
fn keeps(model: &str, document: &str) {
    let arguments = ["report", model, "--document", document, "--format", "markdown", "--today", DAY];
    let name = format!("{}-{document}.md", model.split('/').nth(1).expect("an example"));
    let version = format!("Vauban {}", env!("CARGO_PKG_VERSION"));
    matches(&expected(&name), &run(&arguments).exits(0).out.replace(&version, "Vauban VERSION"));
}

#[test]
fn documents_of_the_shop_say_what_was_reviewed() {
    for document in ["executive-summary", "risk-register", "inventory", "pasta", "treatment-plan"] {
        keeps("examples/web-shop/model.yaml", document);
    }
}

#[test]
fn documents_tell_decisions_with_their_owners_and_ends() {
    for document in ["treatment-plan", "executive-summary"] {
        keeps("examples/ci-gate/model.yaml", document);
    }
}

#[test]
fn every_document_has_every_format() {
    let folder = Folder::new();
    let model = root().join("examples/web-shop/model.yaml").to_string_lossy().into_owned();
    let names = run(&["report", "--list-documents"]).exits(0).out;
    let names: Vec<&str> = names.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"full") && names.len() > 10, "{names:?}");
    for format in ["html", "markdown", "docx", "xlsx", "csv"] {
        folder
            .run(&["report", &model, "--document", "all", "--format", format, "--output", &format!("{format}/")])
            .exits(0);
    }
    for name in names.iter().filter(|name| **name != "full") {
        for (format, ending) in [("html", "html"), ("markdown", "md"), ("docx", "docx"), ("xlsx", "xlsx")] {
            let path = folder.path().join(format).join(format!("{name}.{ending}"));
            let size = std::fs::metadata(&path).map_or(0, |file| file.len());
            assert!(size > 500, "{} has {size} bytes", path.display());
        }
    }
    let risks = std::fs::read_to_string(folder.path().join("csv/risk-register-risks.csv")).expect("the register");
    assert!(risks.lines().count() > 5, "{risks}");
}

#[cfg(feature = "pdf")]
#[test]
fn the_same_model_on_the_same_day_gives_the_same_files() {
    let folder = Folder::new();
    let model = root().join("examples/web-shop/model.yaml").to_string_lossy().into_owned();
    for ending in ["pdf", "docx", "xlsx", "html"] {
        let files = [format!("a.{ending}"), format!("b.{ending}")];
        for file in &files {
            let arguments = ["report", &model, "--document", "executive-summary", "--today", DAY, "--output", file];
            let run = folder.run(&arguments).exits(0);
            assert!(!run.err.contains("PDF/UA"), "{}", run.err);
        }
        let [a, b] = files.map(|file| std::fs::read(folder.path().join(file)).expect("a file"));
        assert!(a == b, "{ending} differs");
    }
}

#[test]
fn wrong_names_are_told_with_the_right_ones() {
    let model = "examples/web-shop/model.yaml";
    run(&["report", model, "--document", "risk-registr"]).exits(2).says("did you mean `risk-register`?");
    run(&["report", model, "--document", "stride", "--format", "sarif"])
        .exits(2)
        .says("documents do not have that format");
    run(&["report", model, "--document", "stride", "--format", "pdf", "-o", "x.docx"])
        .exits(2)
        .says("`x.docx` says one format and `--format pdf` another");
    run(&["report", model, "--document", "stride,pasta"]).exits(2).says("name a folder");
    run(&["report", model, "--document", "stride", "--format", "csv", "--table", "x"]).exits(2).says("`stride-matrix`");
}

#[test]
fn a_brand_is_taken_from_its_file_or_the_configuration() {
    let folder = Folder::new();
    let model = root().join("examples/web-shop/model.yaml").to_string_lossy().into_owned();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"/>");
    write("brand.yaml", "name: Lamp Ltd\nlogo: logo.svg\nmarking: secret\ncolour: \"#005a9c\"\n");
    let page = ["report", &model, "--document", "stride", "--format", "html", "--output", "-"];
    let out = folder.run(&[&page[..], &["--brand", "brand.yaml"]].concat()).exits(0).out;
    assert!(out.contains("secret") && out.contains("Logo of Lamp Ltd") && out.contains("--ink: #005a9c"));
    write("vauban.yaml", "brand:\n  marking: internal\n");
    let out = folder.run(&[&page[..], &["--config", "vauban.yaml"]].concat()).exits(0).out;
    assert!(out.contains("<p class=\"marking\">internal</p>"));
    write("brand.yaml", "logo: nothing.svg\n");
    folder
        .run(&[&page[..], &["--brand", "brand.yaml"]].concat())
        .exits(2)
        .says("the logo `nothing.svg` cannot be read");
    write("brand.yaml", "colour: blueish\n");
    folder.run(&[&page[..], &["--brand", "brand.yaml"]].concat()).exits(2).says("is no colour");
}
