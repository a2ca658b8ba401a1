//! Models in other tools' formats, with texts that try to break out of where they are put.

use std::io::Read as _;

use serde_json::Value;
use vauban_export::interchange::{Format, csv_table, export};

use crate::hostile::world;

fn text(format: Format) -> String {
    String::from_utf8(export(format, &world().report(), None).bytes).expect("text")
}

#[test]
fn json_formats_are_json_and_the_same_each_time() {
    for format in [Format::OpenThreatModel, Format::ThreatDragon] {
        let once = text(format);
        serde_json::from_str::<Value>(&once).expect("JSON");
        assert_eq!(once, text(format));
    }
}

#[test]
fn threat_dragon_cells_can_be_edited_there() {
    let document: Value = serde_json::from_str(&text(Format::ThreatDragon)).expect("JSON");
    let detail = &document["detail"];
    let diagrams = detail["diagrams"].as_array().expect("diagrams");
    assert!(detail["diagramTop"].as_u64() > diagrams.iter().filter_map(|it| it["id"].as_u64()).max());
    let mut numbers: Vec<u64> = Vec::new();
    for diagram in diagrams {
        let cells = diagram["cells"].as_array().expect("cells");
        let ids: Vec<&str> = cells.iter().map(|cell| cell["id"].as_str().expect("an id")).collect();
        for (at, cell) in cells.iter().enumerate() {
            assert!(!ids[..at].contains(&ids[at]), "an id twice: {cell}");
            assert!(cell["zIndex"].is_i64() && cell["data"]["type"].is_string(), "{cell}");
            let is_flow = cell["shape"] == "flow";
            for end in ["source", "target"].iter().filter(|_| is_flow) {
                // The tool refuses a file with a flow to a cell that is not there.
                assert!(ids.contains(&cell[*end]["cell"].as_str().expect("a cell")), "{cell}");
            }
            if !is_flow && cell["shape"] != "trust-boundary-curve" {
                assert!(cell["position"]["x"].is_number() && cell["size"]["width"].is_number(), "{cell}");
            }
            for threat in cell["data"]["threats"].as_array().into_iter().flatten() {
                numbers.extend(threat["number"].as_u64());
            }
        }
    }
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(count, numbers.len(), "threats have numbers of their own");
    assert!(detail["threatTop"].as_u64() > numbers.last().copied());
}

/// Takes texts in quotation marks out of a text.
fn without_texts(text: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if !quoted => out.push(c),
            _ => {}
        }
    }
    assert!(!quoted, "a text does not end");
    out
}

#[test]
fn texts_do_not_leave_a_graph() {
    let graph = without_texts(&text(Format::Graphviz));
    assert!(!graph.contains(['<', '\'']), "{graph}");
    assert_eq!(graph.matches('{').count(), graph.matches('}').count());
    let diagram = text(Format::PlantUml);
    assert_eq!(diagram.lines().filter(|line| line.starts_with('@')).count(), 2, "{diagram}");
    assert!(!diagram.lines().any(|line| line.trim_start().starts_with('!')), "no directive: {diagram}");
}

#[test]
fn a_workbook_has_no_formulas() {
    let bytes = export(Format::Spreadsheet, &world().report(), None).bytes;
    assert_eq!(bytes, export(Format::Spreadsheet, &world().report(), None).bytes, "the same each time");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
    let mut sheets = 0;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        if text.contains("<worksheet") {
            sheets += 1;
            assert!(!text.contains("<f>") && !text.contains("<f "), "a formula");
        }
    }
    assert!(sheets >= 12, "{sheets} sheets");
    let csv = String::from_utf8(csv_table(&world().report(), "Components").bytes).expect("text");
    assert!(csv.starts_with('\u{feff}'));
    for line in csv.lines() {
        assert!(!line.starts_with(['=', '+', '@']) && !line.contains(",=") && !line.contains(",\"="), "{line}");
    }
}
