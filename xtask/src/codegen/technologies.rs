//! The names of technologies, for importers that meet icons: they do not see the library, and what it does not know
//! must stay a remark there.

use std::collections::BTreeSet;
use std::path::Path;

use super::Generated;
use crate::workspace;

/// Every id and alias with the id it means, one pair a line.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let mut lines = BTreeSet::new();
    for name in workspace::files(root)? {
        if !(name.starts_with("library/technologies/") && name.ends_with(".toml")) {
            continue;
        }
        let text = workspace::read(&root.join(&name))?;
        let table: toml::Table = text.parse().map_err(|error| format!("{name}: {error}"))?;
        for technology in table.get("technology").and_then(toml::Value::as_array).into_iter().flatten() {
            let Some(id) = technology.get("id").and_then(toml::Value::as_str) else { continue };
            let aliases = technology.get("aliases").and_then(toml::Value::as_array).into_iter().flatten();
            for word in std::iter::once(id).chain(aliases.filter_map(toml::Value::as_str)) {
                lines.insert(format!("{word} {id}\n"));
            }
        }
    }
    Ok(vec![("crates/vauban-import/src/technologies.txt".into(), lines.into_iter().collect())])
}
