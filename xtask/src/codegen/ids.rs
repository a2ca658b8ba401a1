//! `library/ids.txt`: every id of a threat or control that was ever part of the library, and every word of the vocabulary.
//!
//! The list only grows. Decisions, tickets and baselines of our users hold these ids, so `tidy` asks what became of
//! one that is gone.

use std::collections::BTreeSet;
use std::path::Path;

use super::Generated;
use crate::tidy::{Kind, library_entries};
use crate::workspace;

/// The list, from the root.
pub(crate) const SNAPSHOT: &str = "library/ids.txt";

const HEAD: &str = "\
# Every id the library ever had. `cargo xtask codegen` adds new ones; none is ever taken out.
";

/// The ids of a kind that the list holds.
pub(crate) fn shipped(root: &Path, kind: Kind) -> Result<BTreeSet<String>, String> {
    let path = root.join(SNAPSHOT);
    let text = if path.is_file() { workspace::read(&path)? } else { String::new() };
    let ids = text.lines().filter_map(|line| line.split_once(' ')).filter(|(word, _)| *word == kind.word());
    Ok(ids.map(|(_, id)| id.to_owned()).collect())
}

/// The list with what the library holds now.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let mut text = HEAD.to_owned();
    for kind in [Kind::Threat, Kind::Control] {
        let mut ids = shipped(root, kind)?;
        ids.extend(library_entries(root, kind)?.into_iter().map(|entry| entry.id));
        for id in ids {
            text.push_str(&format!("{} {id}\n", kind.word()));
        }
    }
    for (word, now) in vocabulary(root)? {
        let mut names = listed(root, word)?;
        // A model somewhere says it: a word that is gone would make an error of what was right.
        if let Some(gone) = names.difference(&now).next() {
            return Err(format!(
                "library/vocabulary/facts.toml: the {word} `{gone}` is gone; keep it, or keep it as an alias"
            ));
        }
        names.extend(now);
        for name in names {
            text.push_str(&format!("{word} {name}\n"));
        }
    }
    Ok(vec![(SNAPSHOT.into(), text)])
}

/// Names of a kind that the list holds.
fn listed(root: &Path, word: &str) -> Result<BTreeSet<String>, String> {
    let path = root.join(SNAPSHOT);
    let text = if path.is_file() { workspace::read(&path)? } else { String::new() };
    let names = text.lines().filter_map(|line| line.split_once(' ')).filter(|(kind, _)| *kind == word);
    Ok(names.map(|(_, name)| name.to_owned()).collect())
}

/// The facts, and the words of each enumeration, aliases among them.
fn vocabulary(root: &Path) -> Result<[(&'static str, BTreeSet<String>); 2], String> {
    let text = workspace::read(&root.join("library/vocabulary/facts.toml"))?;
    let table: toml::Table = text.parse().map_err(|error| format!("facts.toml: {error}"))?;
    let list = |name: &str| table.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let text = |value: &toml::Value, key: &str| value.get(key).and_then(toml::Value::as_str).unwrap_or("").to_owned();
    let facts = list("fact").iter().map(|fact| text(fact, "id")).collect();
    let mut words = BTreeSet::new();
    for enumeration in list("enum") {
        let name = text(&enumeration, "name");
        let values = enumeration.get("values").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        words.extend(values.iter().filter_map(toml::Value::as_str).map(|value| format!("{name}:{value}")));
        let aliases = enumeration.get("aliases").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        words.extend(aliases.keys().map(|alias| format!("{name}:{alias}")));
    }
    Ok([("fact", facts), ("word", words)])
}
