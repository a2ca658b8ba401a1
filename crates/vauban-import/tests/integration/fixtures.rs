//! Small files of our own, each with what it must come to.
//!
//! `fixtures/import/<format>/<case>/` holds `input.*` (and what it includes) and `expected.txt`. Run with
//! `UPDATE_EXPECTED=1` to write the latter anew, and read the difference before keeping it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use vauban_import::{Format, is_binary, recognise, recognise_bytes};

use crate::corpus::Read;
use crate::dump::dump;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/import")
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// Every case: its name, its format, its files with the main one first.
pub(crate) fn cases() -> Vec<(String, PathBuf, Read)> {
    let mut cases = Vec::new();
    for format in Format::ALL {
        for folder in folders(&root().join(format.as_str())) {
            let mut bytes = Vec::new();
            let mut files: Vec<(String, String)> = std::fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.file_name().is_some_and(|name| name != "expected.txt"))
                .map(|path| {
                    let name = path.file_name().unwrap().to_string_lossy().into_owned();
                    let raw = std::fs::read(&path).unwrap();
                    if is_binary(&raw) {
                        bytes = raw;
                        return (name, String::new());
                    }
                    (name, String::from_utf8(raw).unwrap())
                })
                .collect();
            files.sort_by_key(|(name, _)| (!name.starts_with("input."), name.clone()));
            let case = folder.file_name().unwrap().to_string_lossy();
            cases.push((format!("{}/{case}", format.as_str()), folder.clone(), Read { format, files, bytes }));
        }
    }
    assert!(cases.len() >= 20, "only {} cases found", cases.len());
    cases
}

#[test]
fn every_case_comes_to_what_is_expected() {
    let mut different = String::new();
    for (name, folder, read) in cases() {
        let actual = dump(&read.import());
        let path = folder.join("expected.txt");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&path, &actual).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if actual != expected {
            let first = actual.lines().zip(expected.lines().chain(std::iter::repeat(""))).find(|(a, e)| a != e);
            let _ = writeln!(different, "{name}: {first:?}");
        }
    }
    assert!(different.is_empty(), "these differ (UPDATE_EXPECTED=1 writes anew):\n{different}");
}

#[test]
fn whole_cases_are_recognised_by_content() {
    for (name, _, read) in cases() {
        // Broken cases may have lost the keys that tell formats apart.
        if !name.contains("broken") {
            let found = match read.bytes.as_slice() {
                [] => recognise("model", &read.files[0].1),
                bytes => recognise_bytes("model", bytes),
            };
            assert_eq!(found, Some(read.format), "{name}");
        }
    }
}

/// Our own format keeps remarks as a mapping.
#[test]
fn no_remark_of_these_formats_stands_twice() {
    let mine = ["threat-composer/", "tm-library/", "cyclonedx/", "pytm/", "threatcl/"];
    for (name, _, read) in cases().into_iter().filter(|(name, ..)| mine.iter().any(|part| name.starts_with(part))) {
        let model = read.import().model;
        for domain in vauban_model::vocabulary::Domain::ALL {
            for (_, element) in model.elements(domain) {
                let mut keys: Vec<&str> = element.extras.iter().map(|(key, _)| &**key).collect();
                keys.sort_unstable();
                assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{name} {}: {keys:?}", element.id);
            }
        }
    }
}
