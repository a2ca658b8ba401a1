//! Input that means harm, or has come to harm: no panic, no hang, a bounded answer.

use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::*;
use vauban_import::{Format, InputFile, import, includes, recognise, recognise_bytes};
use vauban_model::FileId;

use crate::corpus::Read;
use crate::dump::dump;
use crate::fixtures::cases;

/// Read once for all the damage done to them.
static CASES: LazyLock<Vec<(String, PathBuf, Read)>> = LazyLock::new(cases);

/// Reads a text as every format, whatever it looks like.
fn read_as_everything(text: &str) {
    let _ = recognise("x.yaml", text);
    for format in Format::ALL {
        let _ = includes(format, text, FileId(0));
        let imported = import(format, &[InputFile::text(FileId(0), "x", text)]);
        let _ = dump(&imported);
        assert!(imported.diagnostics.len() < 5_000, "{} messages", imported.diagnostics.len());
    }
}

/// Reads bytes as every format, whatever they look like.
fn read_bytes_as_everything(bytes: &[u8]) {
    let _ = recognise_bytes("x.vsdx", bytes);
    for format in Format::ALL {
        let imported = import(format, &[InputFile { bytes, ..InputFile::text(FileId(0), "x", "") }]);
        let _ = dump(&imported);
        assert!(imported.diagnostics.len() < 5_000, "{} messages", imported.diagnostics.len());
    }
}

#[test]
fn nothing_at_all_is_reported() {
    for format in Format::ALL {
        let imported = import(format, &[]);
        assert_eq!(imported.diagnostics.len(), 1, "{format:?}");
        for text in ["", " \n", "\u{feff}", "~", "[]", "{}", "7", "- a\n- b\n", "\0", "{", "[", "\"", "%", "---\n---\n"]
        {
            let imported = import(format, &[InputFile::text(FileId(0), "x", text)]);
            assert!(!imported.diagnostics.is_empty(), "{format:?} {text:?}");
        }
    }
}

#[test]
fn deep_nesting_and_long_lists_are_survived() {
    read_as_everything(&"[".repeat(100_000));
    read_as_everything(&"{\"a\":".repeat(100_000));
    read_as_everything(&format!("technical_assets:\n{}", "  - ".repeat(10_000)));
    let mut text = String::from("technical_assets:\n");
    for i in 0..5_000 {
        text.push_str(&format!(
            "  A{i}:\n    id: same\n    communication_links:\n      L:\n        target: nowhere-{i}\n"
        ));
    }
    read_as_everything(&text);
    let imported = import(Format::Threagile, &[InputFile::text(FileId(0), "x", &text)]);
    assert_eq!((imported.model.components.len(), imported.model.flows.len()), (10_000, 5_000));
    assert!(imported.diagnostics.iter().any(|d| d.code == "too-many-problems"));
}

#[test]
fn ten_thousand_zones_in_a_ring_take_no_time() {
    let zones: Vec<String> = (0..10_000)
        .map(|i| {
            let parent = (i + 1) % 10_000;
            format!("{{\"id\":\"{i}\",\"name\":\"{i}\",\"risk\":{{\"trustRating\":1}},\"parent\":{{\"trustZone\":\"{parent}\"}}}}")
        })
        .collect();
    let text = format!("{{\"otmVersion\":\"0.2.0\",\"trustZones\":[{}]}}", zones.join(","));
    let imported = import(Format::OpenThreatModel, &[InputFile::text(FileId(0), "x", &text)]);
    assert_eq!(imported.diagnostics.iter().filter(|d| d.code == "import-cycle").count(), 1);
    assert_eq!(imported.model.boundaries.iter().filter(|boundary| boundary.parent.is_none()).count(), 1);
}

#[test]
fn a_crowded_diagram_takes_no_hour() {
    let mut cells = Vec::new();
    for i in 0..3_000 {
        cells.push(format!(
            "{{\"id\":\"b{i}\",\"shape\":\"trust-boundary-curve\",\"source\":{{\"x\":{i},\"y\":0}},\"target\":{{\"x\":{i},\"y\":900}}}}"
        ));
        cells.push(format!(
            "{{\"id\":\"f{i}\",\"shape\":\"flow\",\"source\":{{\"x\":0,\"y\":{i}}},\"target\":{{\"x\":900,\"y\":{i}}}}}"
        ));
    }
    let text = format!(
        "{{\"summary\":{{\"title\":\"t\"}},\"detail\":{{\"diagrams\":[{{\"cells\":[{}]}}]}}}}",
        cells.join(",")
    );
    let imported = import(Format::ThreatDragon, &[InputFile::text(FileId(0), "x", &text)]);
    assert_eq!((imported.model.flows.len(), imported.model.boundaries.len()), (3_000, 3_000));
}

#[test]
fn a_long_text_is_not_repeated_for_every_threat() {
    let long = "x".repeat(1 << 20);
    let threats: Vec<String> = (0..2_000).map(|_| "{\"threat\":\"t\"}".to_owned()).collect();
    let text = format!(
        "{{\"otmVersion\":\"0.2.0\",\"threats\":[{{\"id\":\"t\",\"name\":\"T\",\"description\":\"{long}\"}}],\
         \"components\":[{{\"id\":\"c\",\"name\":\"C\",\"threats\":[{}]}}]}}",
        threats.join(",")
    );
    let imported = import(Format::OpenThreatModel, &[InputFile::text(FileId(0), "x", &text)]);
    assert_eq!(imported.model.recorded_threats.len(), 2_000);
    let bytes: usize = imported.model.recorded_threats.iter().map(|threat| threat.description.len()).sum();
    assert!(bytes <= 64 << 20, "{bytes}");
    assert!(imported.diagnostics.iter().any(|d| d.code == "import-dropped"));
}

/// A change to a text: cut, copy, or overwrite at a place.
fn mutate(text: &str, changes: &[(u16, u8, u16, u8)]) -> String {
    String::from_utf8_lossy(&mutate_bytes(text.as_bytes(), changes)).into_owned()
}

fn mutate_bytes(bytes: &[u8], changes: &[(u16, u8, u16, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, kind, length, byte) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = usize::from(*place) % bytes.len();
        let end = (at + usize::from(*length) % 200).min(bytes.len());
        match kind % 6 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => bytes[at] = *byte,
            4 => bytes.insert(at, b"{}[]:,\"'\n -#&*!|>%@~0"[usize::from(*byte) % 21]),
            _ => {
                let other = (at * 7 + 13) % bytes.len();
                bytes.swap(at, other);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_to_a_file_makes_an_importer_panic(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec(any::<(u16, u8, u16, u8)>(), 1..12),
    ) {
        let (_, _, read) = pick.get(CASES.as_slice());
        for (_, text) in &read.files {
            read_as_everything(&mutate(text, &changes));
        }
        if !read.bytes.is_empty() {
            read_bytes_as_everything(&mutate_bytes(&read.bytes, &changes));
        }
    }

    #[test]
    fn no_text_makes_an_importer_panic(text in "\\PC{0,200}") {
        read_as_everything(&text);
    }
}
