//! Documents from outside: every name and format, the same bytes every time, and what stands in them line by line.

use std::path::PathBuf;

use crate::cases::matches;
use crate::support::{Folder, SMALL, root, run};

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
fn pages_and_texts_take_the_brand_too() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder.write("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>");
    folder.write(
        "brand.yaml",
        "name: Lamp <Ltd>\nlogo: logo.svg\nmarking: secret\nfooter: Not for resale\ncolour: \"#005a9c\"\n",
    );
    let run = |more: &[&str]| {
        let all = [&["report", "model.yaml", "--today", "2030-01-01", "--brand", "brand.yaml"], more].concat();
        folder.run(&all).exits(0).out
    };
    let page = run(&["--format", "html", "-o", "-"]);
    for said in ["Lamp &lt;Ltd&gt;", "data:image/svg+xml;base64,", ">secret<", "Not for resale", "#005a9c"] {
        assert!(page.contains(said), "{said}");
    }
    // Every style of the page is one that its policy knows by its hash.
    let (policy, _) = page.split_once("script-src").expect("a policy").1.split_once("\">").expect("an end");
    let styles = page.matches("<style>").count();
    assert_eq!(policy.matches("sha256-").count(), styles + 1, "a script and the styles: {policy}");
    run(&["-o", "texts/threats.md"]);
    run(&["--document", "inventory", "-o", "texts/inventory.md"]);
    for name in ["threats", "inventory"] {
        let text = folder.read(&format!("texts/{name}.md"));
        assert!(text.starts_with(&format!("![Logo of Lamp &lt;Ltd>]({name}-logo.svg)")), "{text:.300}");
        assert!(text.contains("**SECRET**") && text.contains("Not for resale"), "{text:.300}");
        assert_eq!(folder.read(&format!("texts/{name}-logo.svg")), folder.read("logo.svg"));
    }
    // On standard output there is nothing beside a text.
    assert!(!run(&["--format", "markdown"]).contains("logo.svg"));
    let plain = folder.run(&["report", "model.yaml", "--format", "html", "-o", "-"]).exits(0).out;
    assert!(!plain.contains("class=\"logo\"") && plain.contains("<p class=\"brand\">Vauban</p>"));
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

/// What is accepted stays: the summary names it with the review that is late, the register ranks it by its risk.
#[test]
fn what_was_decided_away_stays_in_sight() {
    let folder = Folder::new();
    let shop = std::fs::read_to_string(root().join("examples/web-shop/model.yaml")).expect("the example is there");
    folder.write("shop.yaml", &shop);
    let check = folder.run(&["check", "shop.yaml", "--today", "2026-06-01", "--format", "json"]).json();
    let worst = check["findings"].as_array().expect("a list").iter().find(|it| it["risk"] == "critical");
    let worst = worst.expect("the example has a critical risk");
    let (id, title) = (crate::support::text(worst, "id").to_owned(), crate::support::text(worst, "title").to_owned());
    let step =
        |words: &[&str], who: &str, at: &str| folder.run(&[words, &["--who", who, "--at", at]].concat()).exits(0);
    let propose = ["treat", "propose", &id, "-m", "shop.yaml", "--treatment", "accept", "--reason", "Cheap."];
    step(&[&propose[..], &["--owner", "Ada", "--until", "2026-12-31"]].concat(), "Ada", "2026-02-01");
    step(&["treat", "approve", &id, "-m", "shop.yaml"], "Grace", "2026-02-02");
    let review =
        ["review", "close", "shop.yaml", "--outcome", "no-change", "--people", "Grace", "--next", "2026-05-01"];
    step(&review, "Grace", "2026-02-03");
    let document = |id: &str, format: &str| {
        let words = ["report", "shop.yaml", "--today", "2026-06-01", "--document", id, "--format", format];
        folder.run(&words).exits(0).out
    };
    let summary = document("executive-summary", "markdown");
    let (_, stays) = summary.split_once("Stays above the tolerance").expect("the list");
    assert!(stays.contains(&title) && stays.contains("accepted by Ada, until 2026-12-31"), "{stays}");
    assert!(summary.contains("the review of this model, due 2026-05-01"), "{summary}");
    let register = document("risk-register", "markdown");
    let system = register.lines().rfind(|line| line.contains("| system |")).expect("the system's row");
    assert!(system.contains(title.split(" so ").next().unwrap_or(&title)), "{title}: {system}");
    let attack = document("attack", "markdown");
    let headings: Vec<&str> = attack.lines().filter(|line| !line.trim().is_empty()).collect();
    assert!(!headings.last().is_some_and(|line| line.starts_with('#')), "no heading without anything below");
    let plan = document("treatment-plan", "markdown");
    assert!(!plan.contains("that only the record has"), "the one treatment stands in the table of decisions");
}

/// A line of headings alone looks like an answer: where the rows are is said.
#[test]
fn a_table_without_rows_says_so_and_where_there_are_some() {
    let folder = Folder::new();
    let model = "vauban: 1\nsystem: {name: Shop}\ncomponents:\n  box: {name: Box}\nthreats:\n  theft: {title: Theft, about: [box], severity: high}\n";
    folder.write("model.yaml", model);
    let report = ["report", "model.yaml", "--document", "risk-register", "--format", "csv"];
    let empty = folder.run(&report).exits(0).says("The table `risks` of `risk-register` has no row.");
    assert!(empty.err.contains("`--table recorded` has 1 row"), "{}", empty.err);
    let full = folder.run(&[&report[..], &["--table", "recorded"]].concat()).exits(0);
    assert!(full.out.contains("Theft") && !full.err.contains("has no row"), "{}", full.err);
}
