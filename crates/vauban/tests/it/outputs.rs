//! What an output must not do: write over what people have, or over what was read.

use crate::support::{Folder, root, run};

const DRAGON: &str = "fixtures/import/threat-dragon/v2-shop/input.json";
const THREAGILE: &str = "fixtures/import/threagile/shop-1.0-includes";

fn fixture(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a fixture")
}

#[test]
fn what_was_read_is_never_overwritten() {
    let folder = Folder::new();
    let text = fixture(DRAGON);
    folder.write("td.json", &text);
    for arguments in [
        &["import", "td.json", "--output", "td.json"][..],
        &["import", "td.json", "--output", "./td.json"],
        &["convert", "td.json", "td.json", "--format", "otm"],
        &["report", "td.json", "--output", "td.json"],
        &["check", "td.json", "--output", "td.json"],
    ] {
        folder.run(arguments).exits(2).says("would be overwritten");
        assert_eq!(folder.read("td.json"), text, "{arguments:?}");
    }
    // Into the drawing itself goes what keeps everything else in it.
    folder.run(&["export", "td.json", "--format", "threat-dragon", "--output", "td.json"]).exits(0);
}

#[test]
fn decisions_of_a_team_survive_an_import() {
    let folder = Folder::new();
    let model = root().join("examples/threagile-import/threagile.yaml").display().to_string();
    folder.run(&["import", &model, "--output", "model.yaml"]).exits(0).says("written to model.decisions.yaml");
    folder.write("model.decisions.yaml", "vauban: 1\ndecisions: []\n");
    folder.run(&["import", &model, "--output", "model.yaml"]).exits(0).says("is there already and stays as it is");
    assert_eq!(folder.read("model.decisions.yaml"), "vauban: 1\ndecisions: []\n");
}

#[test]
fn a_damaged_file_does_not_replace_a_good_import() {
    let folder = Folder::new();
    let text = fixture(DRAGON);
    folder.write("td.json", &text);
    folder.run(&["import", "td.json", "--output", "model.yaml"]).exits(0);
    let good = folder.read("model.yaml");
    folder.write("td.json", &text[..text.len() * 7 / 10]);
    folder.run(&["import", "td.json", "--output", "model.yaml"]).exits(2).says("stays as it is");
    assert_eq!(folder.read("model.yaml"), good);
    folder.run(&["import", "td.json", "--output", "part.yaml"]).exits(2);
    assert!(folder.path().join("part.yaml").exists(), "what could be read is given where nothing is lost");
}

#[test]
fn a_folder_as_output_is_told_in_plain_words() {
    let folder = Folder::new();
    folder.write("td.json", &fixture(DRAGON));
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    folder.run(&["import", "td.json", "--output", "out"]).exits(2).says("it is a folder");
}

#[test]
fn our_part_goes_only_into_a_file_of_the_same_format() {
    let folder = Folder::new();
    folder.write("td.json", &fixture(DRAGON));
    folder.write("shop.drawio", &fixture("fixtures/import/drawio/small-shop/input.drawio"));
    let onto = |format: &str, file: &str| {
        folder.run(&["export", "td.json", "--format", format, "--onto", file, "--output", "out"]).exits(2)
    };
    onto("threat-dragon", "shop.drawio").says("is drawio, not threat-dragon");
    onto("drawio", "td.json").says("is threat-dragon, not drawio");
    onto("mermaid", "td.json").says("written whole");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_wrong_word_for_a_format_gets_the_right_ones() {
    let file = root().join(DRAGON).display().to_string();
    run(&["check", &file, "--input-format", "threatdragon"]).exits(2).says("no format that can be read");
    let folder = Folder::new();
    folder.run(&["convert", &file, "x.svg"]).exits(2).says("vauban picture");
    folder.run(&["convert", &file, "x.vsdx"]).exits(2).says("Visio is read, not written");
    folder.run(&["convert", &file, "x.json"]).exits(2).says(".td.json");
}

#[test]
fn columns_for_what_is_no_table_are_told() {
    let folder = Folder::new();
    folder.write("td.json", &fixture(DRAGON));
    folder.write("columns.yaml", "columns: {}\n");
    folder.run(&["check", "td.json", "--columns", "columns.yaml"]).exits(0).says("this is no spreadsheet");
}

#[test]
fn a_file_of_no_format_is_named_for_what_it_is() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("cut.vsdx"), b"PK\x03\x04 and nothing more").expect("a file");
    folder.run(&["check", "cut.vsdx"]).exits(2).says("damaged or cut off");
    folder.write("plan.pdf", "%PDF-1.7\n");
    folder.run(&["check", "plan.pdf"]).exits(2).says("a PDF document");
    folder.write("shop.drawio", "nothing of that kind");
    folder
        .run(&["check", "shop.drawio"])
        .exits(2)
        .says("not the draw.io drawing that `.drawio` promises")
        .says("in draw.io");
    folder.write("bom.json", r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}"#);
    folder.run(&["check", "bom.json"]).exits(2).says("without services");
    for part in ["parts-data.yaml", "parts-assets.yaml"] {
        let text = fixture(&format!("{THREAGILE}/{part}"));
        folder.write(part, &text);
        let result = folder.run(&["check", part]);
        assert!(result.code == 0 || result.err.contains("part of a Threagile model"), "{part}: {}", result.err);
    }
}

#[test]
fn a_dash_is_standard_output_for_every_command() {
    let folder = Folder::new();
    folder.write("td.json", &fixture(DRAGON));
    for (arguments, prints) in [
        (&["import", "td.json", "-o", "-"][..], "vauban: 1"),
        (&["export", "td.json", "--format", "otm", "-o", "-"], "otmVersion"),
        (&["convert", "td.json", "-", "--format", "mermaid"], "flowchart"),
        (&["convert", "td.json", "-o", "-", "--format", "mermaid"], "flowchart"),
        (&["report", "td.json", "-o", "-"], "<!doctype html>"),
        (&["report", "td.json", "--format", "json", "-o", "-"], "{"),
        (&["picture", "td.json", "-o", "-"], "<svg"),
        (&["check", "td.json", "-o", "-"], "threats"),
        (&["check", "td.json", "--format", "json", "--output", "-"], "{"),
        (&["paths", "td.json", "-o", "-"], ""),
        (&["schema", "model", "-o", "-"], "{"),
    ] {
        let result = folder.run(arguments).exits(0).prints(prints);
        assert!(!result.out.is_empty(), "{arguments:?}");
        assert!(!result.err.contains("ritten to") && !result.err.contains(" is in -"), "{}", result.err);
    }
    // Nothing says the format there.
    folder.run(&["export", "td.json", "-o", "-"]).exits(2).says("no format is named");
    folder.run(&["convert", "td.json", "-"]).exits(2).says("no format is named");
    folder.run(&["convert", "td.json"]).exits(2);
    assert!(!folder.path().join("-").exists());
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).expect("the folder").flatten().map(|it| it.file_name()).collect();
    assert_eq!(names, ["td.json"], "nothing else was written");
}

#[test]
fn a_picture_with_a_document_type_is_read_and_an_empty_drawing_is_told() {
    let folder = Folder::new();
    let svg = fixture("fixtures/import/drawio/picture/input.svg");
    let at = svg.find("<svg").expect("a picture");
    let kind = r#"<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">"#;
    folder.write("shop.drawio.svg", &format!("<?xml version=\"1.0\"?>\n{kind}\n{}", &svg[at..]));
    folder.write("plain.drawio.svg", &svg);
    let read = |name: &str| folder.run(&["import", name]).exits(0).out;
    assert_eq!(read("shop.drawio.svg").replace("name: shop", "name: plain"), read("plain.drawio.svg"));
    folder.write("none.drawio", "<mxfile></mxfile>");
    folder.run(&["check", "none.drawio"]).exits(0).says("there is nothing in the file");
}

#[test]
fn a_picture_drawn_again_keeps_what_people_remember() {
    let folder = Folder::new();
    let model = |more: &str| {
        format!(
            "vauban: 1\nsystem:\n  name: Shop\ncomponents:\n  web:\n    kind: process\n  orders:\n    kind: data-store\n  \
             mail:\n    kind: external-entity\n{more}"
        )
    };
    folder.write("model.yaml", &model("flows:\n  web -> orders: {}\n  web -> mail: {}\n"));
    folder.run(&["picture", "model.yaml", "-o", "shop.svg"]).exits(0);
    let first = folder.read("shop.svg");
    let place = |svg: &str, id: &str| -> Vec<i32> {
        let from = svg.find(&format!("data-id=\"{id}\"")).unwrap_or_else(|| panic!("{id} is drawn"));
        let shape = &svg[from..from + svg[from..].find("/>").expect("a shape")];
        let number = |name: &str| shape.split(name).nth(1)?.split('"').next()?.parse().ok();
        [" x=\"", " y=\""].into_iter().map(|name| number(name).expect("a place")).collect()
    };
    let far = |a: &str, b: &str, id: &str| -> i32 {
        let (a, b) = (place(a, id), place(b, id));
        a.iter().zip(&b).map(|(a, b)| (a - b).abs()).max().expect("two numbers")
    };
    // The same model gives the same picture.
    folder.run(&["picture", "model.yaml", "-o", "shop.svg"]).exits(0);
    assert_eq!(folder.read("shop.svg"), first);
    // By itself the layout would put things in another order now.
    let grown =
        "  queue:\n    kind: process\nflows:\n  mail -> queue: {}\n  queue -> orders: {}\n  orders -> web: {}\n";
    folder.write("model.yaml", &model(grown));
    folder.run(&["picture", "model.yaml", "-o", "anew.svg"]).exits(0);
    folder
        .run(&["picture", "model.yaml", "-o", "shop.svg"])
        .exits(0)
        .says("things are where shop.svg had them; `--anew`");
    let kept = folder.read("shop.svg");
    assert!(far(&folder.read("anew.svg"), &first, "web") > 100, "else there is nothing to see");
    for id in ["web", "orders", "mail"] {
        assert!(far(&kept, &first, id) < 40, "{id}");
    }
    assert!(kept.contains("data-id=\"queue\""));
    folder.write("old.svg", &first);
    folder.run(&["picture", "model.yaml", "--like", "old.svg", "-o", "like.svg"]).exits(0);
    assert_eq!(folder.read("like.svg"), kept);
    folder.run(&["picture", "model.yaml", "-o", "shop.svg", "--anew"]).exits(0);
    assert_eq!(folder.read("shop.svg"), folder.read("anew.svg"));
    folder.write("other.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    folder.run(&["picture", "model.yaml", "--like", "other.svg", "-o", "x.svg"]).exits(0).says("shows hardly anything");
    folder
        .run(&["picture", "model.yaml", "--like", "none.svg", "-o", "x.svg"])
        .exits(2)
        .says("`none.svg` cannot be read");
}

#[test]
fn nothing_that_was_read_is_written_over() {
    let folder = Folder::new();
    let model = std::fs::read_to_string(root().join("examples/web-shop/model.yaml")).expect("the example");
    folder.write("model.yaml", &model);
    folder.write("vauban.yaml", "model: model.yaml\n");
    for output in ["model.yaml", "./vauban.yaml"] {
        for command in [
            &["plan"][..],
            &["simulate", "--samples", "100"],
            &["metrics"],
            &["evidence", "soa"],
            &["evidence", "matrix"],
            &["treat", "list"],
            &["report", "--document", "executive-summary", "--format", "markdown"],
        ] {
            let arguments = [command, &["-o", output][..]].concat();
            folder.run(&arguments).exits(2).says("is what was read, and would be overwritten");
        }
    }
    assert_eq!(folder.read("model.yaml"), model);
    for command in [&["check"][..], &["export", "--format", "mermaid"], &["picture"], &["paths"]] {
        let arguments = [command, &["-o", "vauban.yaml"][..]].concat();
        folder.run(&arguments).exits(2);
    }
    assert_eq!(folder.read("vauban.yaml"), "model: model.yaml\n");
    folder.run(&["evidence", "key", "--new", "key.pem"]).exits(0);
    let secret = folder.read("key.pem");
    folder.run(&["evidence", "key", "key.pem", "--public", "key.pem"]).exits(2).says("is there already");
    assert_eq!(folder.read("key.pem"), secret);
}

#[test]
fn half_a_model_gives_no_answer_that_looks_like_one() {
    let folder = Folder::new();
    folder.write("model.yaml", "vauban: 1\nsystem:\n  name: Shop\ncomponents: [\n");
    for command in [
        &["plan", "model.yaml"][..],
        &["simulate", "model.yaml"],
        &["metrics", "model.yaml"],
        &["treat", "list", "model.yaml", "--gate"],
        &["review", "due", "model.yaml"],
        &["report", "model.yaml", "--document", "risk-register", "--format", "markdown"],
        &["report", "model.yaml", "--format", "markdown"],
    ] {
        folder.run(command).exits(2).says("error");
    }
    folder.write(
        "model.yaml",
        "vauban: 1\nsystem:\n<<<<<<< HEAD\n  name: Shop\n=======\n  name: Store\n>>>>>>> theirs\n",
    );
    folder
        .run(&["check", "model.yaml"])
        .exits(2)
        .says("the marks of a merge that nobody finished")
        .says("model.yaml:3:1");
}

#[test]
fn a_day_that_is_none_opens_no_gate() {
    for day in ["01.04.2027", "", "2027-02-30", "x"] {
        run(&["check", "examples/ci-gate/model.yaml", "--fail-on", "high", "--today", day]).exits(2).says("is no day");
    }
}

#[test]
fn half_a_model_is_no_difference_and_takes_no_answer() {
    let folder = Folder::new();
    let model = std::fs::read_to_string(root().join("examples/web-shop/model.yaml")).expect("the example");
    folder.write("good.yaml", &model);
    folder.write("cut.yaml", &model.replacen("}", "", 1));
    for arguments in [
        &["diff", "good.yaml", "cut.yaml", "--fail-on-worse"][..],
        &["diff", "cut.yaml", "good.yaml"],
        &["simulate", "good.yaml", "--compare", "cut.yaml", "--samples", "64"],
        &["ask", "cut.yaml", "--list"],
        &["explain", "unlimited-requests@shop", "-m", "cut.yaml"],
        &["evidence", "coverage", "cut.yaml", "--framework", "soc2"],
        &["paths", "cut.yaml", "--format", "json"],
        &["picture", "cut.yaml", "-o", "cut.svg"],
    ] {
        folder.run(arguments).exits(2).says("error");
    }
    let questions = folder.run(&["ask", "good.yaml", "--list"]).exits(0);
    let id = questions.out.split_whitespace().find_map(|word| word.strip_prefix("fetches_urls@")).expect("a question");
    let answer = format!("fetches_urls@{id}=maybe");
    folder.run(&["ask", "good.yaml", "--answer", &answer]).exits(2).says("nothing was written");
    folder.run(&["check", "good.yaml"]).exits(0);
}

#[test]
fn more_ways_in_close_none() {
    let grown = ["plan", "examples/web-shop/model.yaml", "--add-flow", "customer-browser -> orders-db"];
    let told = run(&grown).exits(0);
    assert!(!told.out.contains("attack path closed"), "{}", told.out);
    told.prints("can now be reached from the internet directly");
}

#[test]
fn every_row_of_a_table_of_the_page_is_as_wide_as_its_head() {
    let page = run(&["report", "examples/web-shop/model.yaml", "--format", "html", "-o", "-"]).exits(0).out;
    let mut tables = 0;
    for table in page.split("<table").skip(1).filter_map(|rest| rest.split("</table>").next()) {
        let cells = |row: &str| row.matches("<td").count() + row.matches("<th").count() - row.matches("<thead").count();
        let spans = table.contains("colspan") || table.contains("rowspan");
        let rows: Vec<usize> = table.split("<tr").skip(1).map(cells).collect();
        if !spans && rows.iter().any(|row| *row != rows[0]) {
            panic!("rows of {rows:?} cells: {}", &table[..table.len().min(300)]);
        }
        tables += 1;
    }
    assert!(tables > 5, "only {tables} tables");
}

#[test]
fn keys_and_copies_of_records_are_not_mixed_up() {
    let folder = Folder::new();
    folder.run(&["evidence", "key", "--new", "same.pem", "--public", "same.pem"]).exits(2).says("cannot be one file");
    folder.write("other.jsonl", "");
    let actor = ["--who", "Ada Example", "--at", "2026-02-01T12:00:00Z"];
    let add = ["evidence", "record", "add", "incident", "model", "--record", "record.jsonl"];
    folder.run(&[&add[..], &actor].concat()).exits(0);
    let join = [&["evidence", "record", "join", "other.jsonl", "--record", "record.jsonl"][..], &actor].concat();
    folder.run(&join).exits(2).says("`other.jsonl` holds no record");
}

#[test]
fn help_says_which_build_stores_packs() {
    run(&["evidence", "push", "--help"]).exits(0).prints("--features push");
}

/// Imports a fixture, changes its text, and writes it back into the fixture.
fn written_back(
    format: &str,
    fixture_path: &str,
    change: impl Fn(String) -> String,
    more: &[&str],
) -> (Folder, crate::support::Run) {
    let folder = Folder::new();
    let name = fixture_path.rsplit('/').next().expect("a name");
    folder.write(name, &fixture(fixture_path));
    folder.run(&["import", name, "--output", "model.yaml"]);
    let text = folder.read("model.yaml");
    let changed = change(text.clone());
    folder.write("model.yaml", &changed);
    let back = format!("back-{name}");
    let mut arguments = vec!["export", "model.yaml", "--format", format, "--onto", name, "--output", &back];
    arguments.extend(more);
    let run = folder.run(&arguments);
    if std::path::Path::new(&folder.path().join(&back)).exists() {
        folder.run(&["import", &back, "--input-format", format, "--output", "again.yaml"]);
    }
    (folder, run)
}

const FILES: [(&str, &str); 5] = [
    ("threat-dragon", DRAGON),
    ("threat-dragon", "fixtures/import/threat-dragon/v1-shop/input.json"),
    ("mtmt", "fixtures/import/mtmt/small-shop/input.tm7"),
    ("drawio", "fixtures/import/drawio/small-shop/input.drawio"),
    ("threat-composer", "fixtures/import/threat-composer/shop/input.json"),
];

#[test]
fn what_nobody_changed_is_written_back_without_a_loss() {
    for (format, file) in FILES {
        let (_folder, run) = written_back(format, file, |text| text, &["--dry-run"]);
        assert!(!run.err.contains("threats:") && !run.err.contains("components"), "{file}: {}", run.err);
        assert!(!run.err.contains("descriptions") && !run.err.contains("stated since"), "{file}: {}", run.err);
    }
}

#[test]
fn changes_of_recorded_threats_are_written_back_or_told() {
    for (format, file) in &FILES[..3] {
        for (from, to) in [("severity: High", "severity: Low"), ("status: Mitigated", "status: Open")] {
            let change = |text: String| {
                let (head, threats) = text.split_once("\nthreats:").expect("threats");
                assert!(threats.contains(from) || from.starts_with("status"), "{file}: {threats}");
                format!("{head}\nthreats:{}", threats.replacen(from, to, 1))
            };
            let (folder, run) = written_back(format, file, change, &[]);
            let (wanted, again) = (folder.read("model.yaml"), folder.read("again.yaml"));
            // The Threat Modeling Tool has a word of its own for what is open.
            let all = |text: &str| text.replace("status: NeedsInvestigation", "status: Open").matches(to).count();
            let told = run.err.contains(&format!("threats: {}", &from[..from.find(':').expect("a key")]));
            assert!(all(&again) >= all(&wanted) || told, "{file} {to}: {}\n{again}", run.err);
            assert!(*format != "threat-dragon" || !told, "{file} {to}: {}", run.err);
        }
    }
}

#[test]
fn what_a_file_does_not_take_is_a_loss() {
    for (format, file) in &FILES[..4] {
        let add = |text: String| {
            let added =
                "\ncomponents:\n  zz-new: {name: Zz new, kind: process, technology: redis, criticality: high}\n";
            text.replacen("\ncomponents:\n", added, 1)
        };
        let (folder, run) = written_back(format, file, add, &["--no-loss"]);
        // Version 2 of Threat Dragon takes new elements.
        if *file == DRAGON {
            run.exits(0);
        } else {
            run.exits(1).says("`zz-new`");
            assert!(!folder.path().join("again.yaml").exists(), "{file}");
        }
        let deleted = |text: String| {
            let (head, flows) = text.split_once("\nflows:\n").expect("flows");
            let first = flows.lines().next().expect("a flow");
            let id = first.trim().split(':').next().expect("an id");
            // Both ends elsewhere: the flow goes to where it comes from.
            let end = flows.find("to: ").expect("an end");
            let (before, after) = flows.split_at(end);
            let (_, rest) = after.split_at(after.find([',', '\n']).expect("more"));
            let from = before.rsplit("from: ").next().expect("a start").split([',', '\n']).next().expect("its id");
            assert!(!id.is_empty());
            format!("{head}\nflows:\n{before}to: {from}{rest}")
        };
        let (_, run) = written_back(format, file, deleted, &["--no-loss"]);
        run.exits(1).says("flows: to (1 time");
    }
}
