//! What Rust code may not say: input and output in the core, ids of the library, unfinished work, no module docs.

use std::collections::BTreeSet;
use std::path::Path;

use super::library::{Kind, entries};
use crate::rust::Source;
use crate::workspace;

/// The crates that may touch the machine. Every other crate gets bytes, time and seeds as arguments.
const MAY_TOUCH_THE_MACHINE: &[&str] = &["vauban", "vauban-server", "vauban-testkit"];

/// Words of a foreign format and ours, shared by its reader and its writer: technologies may be called like a control.
const WORDS_OF_THREAGILE: &str = "crates/vauban-model/src/threagile.rs";

/// Where category names of foreign formats are facts of the format and not of our library.
const KNOWS_FOREIGN_NAMES: &str = "vauban-import";

/// Paths that reach outside, wherever a path starts with them.
const OUTSIDE: &[&[&str]] = &[
    &["std", "*"],
    &["std", "env"],
    &["std", "fs"],
    &["std", "io", "stderr"],
    &["std", "io", "stdin"],
    &["std", "io", "stdout"],
    &["std", "net"],
    &["std", "os"],
    &["std", "process"],
];

/// Parts of paths that read the clock or draw randomness, wherever they stand.
const CLOCK_OR_CHANCE: &[&[&str]] = &[
    &["time", "Instant"],
    &["time", "SystemTime"],
    &["OsRng"],
    &["RandomState"],
    &["from_entropy"],
    &["from_os_rng"],
    &["getrandom"],
    &["rand", "random"],
    &["rand", "rng"],
    &["thread_rng"],
];

/// Unfinished work, as it stands in code.
const UNFINISHED: &[&str] =
    &[concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!("), concat!("#[", "ignore")];

/// What Rust files say that they may not.
pub(super) fn problems(root: &Path, files: &[String]) -> Result<Vec<String>, String> {
    let stems = stems(root)?;
    let mut problems = Vec::new();
    let rust: Vec<&String> = files.iter().filter(|name| name.ends_with(".rs")).collect();
    let mut sources = Vec::new();
    let mut for_tests = BTreeSet::new();
    for name in rust {
        let text = workspace::read(&root.join(name))?;
        let source = Source::new(&text);
        for module in source.test_modules() {
            let folder = module_folder(name);
            for_tests.extend([format!("{folder}{module}.rs"), format!("{folder}{module}/")]);
        }
        if !text.starts_with("//!") {
            problems.push(format!("{name}:1: a module starts with `//!` and says what it is for"));
        }
        sources.push((name.as_str(), source, text.lines().next().unwrap_or_default().contains("Generated from")));
    }
    for (name, source, generated) in &sources {
        problems.extend(unfinished(name, source));
        let Some(owner) = owner(name) else { continue };
        if for_tests.iter().any(|test| *name == test || (test.ends_with('/') && name.starts_with(test))) {
            continue;
        }
        if !MAY_TOUCH_THE_MACHINE.contains(&owner) {
            problems.extend(outside(name, source));
        }
        // Generated tables repeat words of the vocabulary, and a control may be called like one of them.
        if owner != KNOWS_FOREIGN_NAMES && *name != WORDS_OF_THREAGILE && !generated {
            problems.extend(library_ids(name, source, &stems));
        }
    }
    Ok(problems)
}

/// The crate whose shipped code a file belongs to.
fn owner(name: &str) -> Option<&str> {
    let (owner, rest) = name.strip_prefix("crates/")?.split_once('/')?;
    rest.starts_with("src/").then_some(owner)
}

/// Where the modules declared in a file live: beside `lib.rs`, under the file's own name otherwise.
fn module_folder(name: &str) -> String {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    match file {
        "lib.rs" | "main.rs" | "mod.rs" => format!("{folder}/"),
        _ => format!("{}/", name.trim_end_matches(".rs")),
    }
}

/// Ids of threats and controls that no ordinary word would match, less the words of the vocabulary.
fn stems(root: &Path) -> Result<BTreeSet<String>, String> {
    let mut stems: BTreeSet<String> = BTreeSet::new();
    for kind in [Kind::Threat, Kind::Control] {
        stems.extend(entries(root, kind)?.into_iter().map(|entry| entry.id).filter(|id| id.contains('-')));
    }
    for (name, _) in workspace::entries(&root.join("library/vocabulary"))? {
        if name.ends_with(".toml") {
            let table = workspace::read_toml(&root.join("library/vocabulary").join(name))?;
            forget_words(&toml::Value::Table(table), &mut stems);
        }
    }
    Ok(stems)
}

fn forget_words(value: &toml::Value, stems: &mut BTreeSet<String>) {
    match value {
        toml::Value::String(word) => {
            stems.remove(word);
        }
        toml::Value::Array(values) => values.iter().for_each(|value| forget_words(value, stems)),
        toml::Value::Table(table) => {
            for (key, value) in table {
                stems.remove(key);
                forget_words(value, stems);
            }
        }
        _ => {}
    }
}

fn outside(name: &str, source: &Source) -> Vec<String> {
    let mut problems = Vec::new();
    for (offset, path) in source.paths() {
        if source.in_test(offset) {
            continue;
        }
        let segments: Vec<&str> = path.iter().map(String::as_str).collect();
        let reaches = OUTSIDE.iter().any(|outside| segments.starts_with(outside))
            || CLOCK_OR_CHANCE.iter().any(|part| segments.windows(part.len()).any(|window| window == *part));
        if reaches {
            problems.push(format!(
                "{name}:{}: `{}` in a core crate; bytes, time and seeds come in as arguments",
                source.line(offset),
                path.join("::")
            ));
        }
    }
    problems
}

fn unfinished(name: &str, source: &Source) -> Vec<String> {
    let mut problems = Vec::new();
    for mark in UNFINISHED {
        for (offset, _) in source.code.match_indices(mark) {
            problems.push(format!("{name}:{}: `{mark}` is unfinished work", source.line(offset)));
        }
    }
    // Built from two halves so that this file does not trip over itself.
    let mark = concat!("FIX", "ME");
    for (offset, comment) in &source.comments {
        if comment.contains(mark) {
            problems.push(format!("{name}:{}: `{mark}`: mend it, or open an issue and name it", source.line(*offset)));
        }
    }
    problems
}

fn library_ids(name: &str, source: &Source, stems: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    for (offset, literal) in &source.strings {
        if source.in_test(*offset) {
            continue;
        }
        let line = source.line(*offset);
        if let Some(id) = catalogue_id(literal) {
            problems.push(format!("{name}:{line}: `{id}` belongs in library/, not in code"));
        }
        if stems.contains(literal.as_str()) {
            problems.push(format!("{name}:{line}: `{literal}` is an id of the library; code may not know it"));
        }
    }
    // Outside strings an id could only hide in a name: CWE_79, T1190.
    for (offset, _) in source.code.match_indices(['C', 'T', 'D']) {
        let rest = source.code.get(offset..).unwrap_or_default();
        let before = source.code.get(..offset).and_then(|text| text.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') || source.in_test(offset) {
            continue;
        }
        if let Some(id) = id_at(rest) {
            problems.push(format!("{name}:{}: `{id}` belongs in library/, not in code", source.line(offset)));
        }
    }
    problems
}

/// The first id of a public catalogue in a text: CWE-79, CAPEC-66, T1190, T1552.001, D3-MFA.
fn catalogue_id(text: &str) -> Option<&str> {
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        if !before.is_alphanumeric()
            && let Some(id) = text.get(at..).and_then(id_at)
        {
            return Some(id);
        }
        before = character;
    }
    None
}

/// An id that starts the text and ends with it or before something that is no part of a word.
fn id_at(text: &str) -> Option<&str> {
    let digits = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let capitals = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_uppercase).count();
    let length = if text.starts_with("CWE-") && digits(4) > 0 {
        4 + digits(4)
    } else if text.starts_with("CAPEC-") && digits(6) > 0 {
        6 + digits(6)
    } else if text.starts_with("D3-") && capitals(3) > 1 {
        3 + capitals(3)
    } else if text.starts_with('T') && digits(1) == 4 {
        if text.get(5..6) == Some(".") && digits(6) == 3 { 9 } else { 5 }
    } else {
        return None;
    };
    let next = text.get(length..)?.chars().next();
    if next.is_some_and(|c| c.is_alphanumeric() || c == '_') { None } else { text.get(..length) }
}

#[cfg(test)]
mod tests {
    use super::{Source, catalogue_id, library_ids, module_folder, outside, owner, unfinished};
    use std::collections::BTreeSet;

    #[test]
    fn the_core_touches_nothing() {
        let source = Source::new(
            "//! Reads std::fs never.\nuse std::{collections::BTreeMap, fs::File};\nuse std::time::Duration;\n\
             fn a() { let now = std::time::Instant::now(); say(\"std::env::var\"); }\n\
             #[cfg(test)]\nmod tests { use std::fs; }\n",
        );
        let problems = outside("crates/x/src/lib.rs", &source);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("crates/x/src/lib.rs:2: `std::fs::File`"));
        assert!(problems[1].starts_with("crates/x/src/lib.rs:4: `std::time::Instant::now`"));
    }

    #[test]
    fn the_clock_is_found_through_its_module() {
        let source = Source::new("use std::time; fn a() { time::SystemTime::now(); rand::rng(); }");
        assert_eq!(outside("a.rs", &source).len(), 2);
    }

    #[test]
    fn ids_of_the_library_are_no_code() {
        let stems = BTreeSet::from(["unrestricted-upload".to_owned()]);
        let source = Source::new(
            "/// CWE-79 is fine here.\nfn a() { b(\"see CWE-79\"); c(\"unrestricted-upload\"); d(\"upload\"); }\n\
             const X: u8 = T1190;\n#[test]\nfn e() { b(\"T1190\"); }",
        );
        let problems = library_ids("a.rs", &source, &stems);
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn catalogue_ids_are_told_from_words() {
        for id in ["CWE-79", "CAPEC-66", "T1190", "T1552.001", "D3-MFA"] {
            assert_eq!(catalogue_id(id), Some(id));
            assert_eq!(catalogue_id(&format!("say {id}, please")), Some(id));
        }
        for word in ["CWE-", "T11900", "T119", "AT1190", "D3-", "CWE-79a", "the CWE list", "T1190x"] {
            assert_eq!(catalogue_id(word), None, "{word}");
        }
        assert_eq!(catalogue_id("T1552.0019"), Some("T1552"));
    }

    #[test]
    fn unfinished_work_is_seen_in_code_only() {
        let source = Source::new(concat!("fn a() { to", "do!(); b(\"to", "do!()\") } // FIX", "ME later"));
        assert_eq!(unfinished("a.rs", &source).len(), 2);
    }

    #[test]
    fn files_belong_to_crates() {
        assert_eq!(owner("crates/vauban-model/src/a/b.rs"), Some("vauban-model"));
        assert_eq!(owner("crates/vauban/tests/cli.rs"), None);
        assert_eq!(module_folder("crates/x/src/lib.rs"), "crates/x/src/");
        assert_eq!(module_folder("crates/x/src/read.rs"), "crates/x/src/read/");
    }
}
