//! Inputs kept for fuzzing, run as ordinary tests, with small damage done to each.

use std::path::PathBuf;

use vauban_model::vocabulary::Domain;
use vauban_rules::condition::parse;
use vauban_rules::library::Library;

use crate::dice::Dice;
use crate::support::{read, small, small_pages};

/// The inputs of a target: name and bytes.
fn kept(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    paths.into_iter().map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect()
}

/// Runs each input as it is and with bytes cut, doubled, changed and put in.
fn with_damage(folder: &str, run: impl Fn(&str)) {
    for (name, bytes) in kept(folder) {
        run(&String::from_utf8_lossy(&bytes));
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
            run(&String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn kept_conditions_are_survived() {
    let (empty, library) = (Library::default(), small());
    with_damage("fuzz/corpus/condition", |text| {
        for domain in Domain::ALL {
            let _ = parse::parse(text, domain, &empty);
            let _ = parse::parse(text, domain, &library);
        }
    });
}

#[test]
fn kept_library_pages_are_survived() {
    with_damage("fuzz/corpus/library_threat", |text| {
        for path in
            ["threats/x/page.md", "controls/page.md", "attackers/page.md", "technologies/page.toml", "overrides.toml"]
        {
            let page = [(path.to_owned(), text.to_owned())];
            read(&[], &page);
            read(&small_pages(), &page);
        }
    });
}
