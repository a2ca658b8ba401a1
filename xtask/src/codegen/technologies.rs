//! The names of technologies, for importers that meet icons: they do not see the library, and what it does not know
//! must stay a remark there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Generated;
use crate::workspace;

/// A technology as its file says it.
struct Entry {
    id: String,
    is: Vec<String>,
    kind: Option<String>,
    names: Vec<String>,
}

/// Every id and alias with the id it means, and the kind of component that it is, one to a line.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let mut entries = Vec::new();
    for name in workspace::files(root)? {
        if !(name.starts_with("library/technologies/") && name.ends_with(".toml")) {
            continue;
        }
        let text = workspace::read(&root.join(&name))?;
        let table: toml::Table = text.parse().map_err(|error| format!("{name}: {error}"))?;
        for technology in table.get("technology").and_then(toml::Value::as_array).into_iter().flatten() {
            let words = |key: &str| -> Vec<String> {
                let list = technology.get(key).and_then(toml::Value::as_array).into_iter().flatten();
                list.filter_map(toml::Value::as_str).map(str::to_owned).collect()
            };
            let text = |key: &str| technology.get(key).and_then(toml::Value::as_str).map(str::to_owned);
            let Some(id) = text("id") else { continue };
            entries.push(Entry { is: words("is"), kind: text("kind"), names: words("aliases"), id });
        }
    }
    let by_id: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let mut lines = BTreeSet::new();
    for entry in &entries {
        let kind = kind(entry, &by_id, 0).unwrap_or("process");
        for word in std::iter::once(&entry.id).chain(&entry.names) {
            lines.insert(format!("{word} {} {kind}\n", entry.id));
        }
    }
    Ok(vec![("crates/vauban-import/src/technologies.txt".into(), lines.into_iter().collect())])
}

/// The kind that a technology states, or that of the nearest one that it is a kind of.
fn kind<'e>(entry: &'e Entry, by_id: &BTreeMap<&str, &'e Entry>, depth: usize) -> Option<&'e str> {
    if let Some(kind) = &entry.kind {
        return Some(kind);
    }
    if depth > by_id.len() {
        return None;
    }
    entry.is.iter().find_map(|id| kind(by_id.get(id.as_str())?, by_id, depth + 1))
}
