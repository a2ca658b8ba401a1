//! `docs/reference/resources.md`: every type of resource that the catalogue knows, and what is concluded from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use super::Generated;
use super::reference::{cell, head};
use crate::workspace;

/// The page.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let mut all: Vec<Table> = Vec::new();
    let mut images: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, _) in workspace::entries(&root.join("library/resources"))? {
        if !name.ends_with(".toml") {
            continue;
        }
        let file = workspace::read_toml(&root.join("library/resources").join(&name))?;
        all.extend(tables(&file, "resource"));
        for image in tables(&file, "image") {
            images.entry(word(&image, "technology").to_owned()).or_default().extend(words(&image, "names"));
        }
    }
    all.sort_by_key(|entry| (provider(word(entry, "type")), word(entry, "type").to_owned()));
    Ok(vec![(Path::new("docs/reference/resources.md").to_path_buf(), page(&all, &images))])
}

fn page(all: &[Table], images: &BTreeMap<String, Vec<String>>) -> String {
    let mut out = head("`library/resources/`");
    out.push_str("# Resources\n\n");
    let _ = writeln!(
        out,
        "What becomes of the {} types of resource that Vauban knows by name, and what it concludes from their \
         attributes. Types are Terraform's; other tools' names lead to the same entry. The first case of a rule that holds \
         decides; `else` is the provider's default. A type that is not here is a component of its provider's service.\n",
        all.len()
    );
    let mut last = usize::MAX;
    for entry in all {
        let at = provider(word(entry, "type"));
        if at != last {
            let _ = writeln!(out, "## {}\n", PROVIDERS[at].1);
            last = at;
        }
        if entry.contains_key("facts") || entry.contains_key("controls") || entry.contains_key("entry") {
            full(entry, &mut out);
        }
    }
    out.push_str(
        "## Types without rules\n\nNothing is concluded from the attributes of these, so there is no default to check. A `-` means that it \
         is not a component of its own.\n\n\
         | type | what it is | what becomes of it | the provider answers for | we answer for |\n|---|---|---|---|---|\n",
    );
    for entry in all {
        if !entry.contains_key("facts") && !entry.contains_key("controls") && !entry.contains_key("entry") {
            let (provider, ours) = responsibility(entry).unwrap_or(("-", "-"));
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} | {} |",
                word(entry, "type"),
                cell(word(entry, "title")),
                becomes(entry),
                cell(provider),
                cell(ours)
            );
        }
    }
    out.push_str("\n## Container images\n\n| technology | names |\n|---|---|\n");
    for (technology, names) in images {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(out, "| `{technology}` | {} |", names.join(", "));
    }
    out
}

fn full(entry: &Table, out: &mut String) {
    let _ = writeln!(out, "### {}\n", word(entry, "type"));
    let mut line = format!("{}: {}.", capital(word(entry, "title")), becomes(entry));
    let technologies = words(entry, "technology");
    if !technologies.is_empty() {
        let names: Vec<String> = technologies.iter().map(|name| format!("`{name}`")).collect();
        let _ = write!(line, " Technology {}.", names.join(", "));
    }
    let aliases = words(entry, "aliases");
    if !aliases.is_empty() {
        let names: Vec<String> = aliases.iter().map(|name| format!("`{name}`")).collect();
        let _ = write!(line, " Also {}.", names.join(", "));
    }
    out.push_str(&line);
    out.push_str("\n\n| | says | when |\n|---|---|---|\n");
    for (section, what) in [("facts", "fact"), ("controls", "control"), ("entry", "entrance")] {
        let Some(rules) = entry.get(section).and_then(Value::as_table) else { continue };
        for (name, _) in rules {
            let cases: Vec<String> = words(rules, name).iter().map(|case| format!("`{}`", cell(case))).collect();
            let _ = writeln!(out, "| {what} | `{name}` | {} |", cases.join("; "));
        }
    }
    out.push('\n');
    if let Some((provider, ours)) = responsibility(entry) {
        let _ = writeln!(out, "The provider answers for {provider}; we for {ours}.\n");
    }
    if let Some(checked) = entry.get("checked").and_then(Value::as_str) {
        let _ = writeln!(out, "Defaults: {checked}.\n");
    }
}

/// Who answers for what, where the entry says it: the provider's side and ours.
fn responsibility(entry: &Table) -> Option<(&str, &str)> {
    let line = entry.get("responsibility").and_then(Value::as_table)?;
    Some((word(line, "provider"), word(line, "ours")))
}

/// What becomes of a resource, in words.
fn becomes(entry: &Table) -> String {
    let boundary = entry.get("boundary").and_then(Value::as_str);
    match (word(entry, "kind"), boundary) {
        ("glue", _) => "nothing of its own".to_owned(),
        ("part", _) => "part of another".to_owned(),
        ("boundary", Some(kind)) => format!("boundary ({kind})"),
        ("identity", _) => format!("identity ({})", word(entry, "identity")),
        ("data", _) => "data asset".to_owned(),
        (kind, Some(boundary)) => format!("{} and boundary ({boundary})", kind.replace('-', " ")),
        (kind, None) => kind.replace('-', " "),
    }
}

const PROVIDERS: [(&str, &str); 6] = [
    ("aws_", "Amazon Web Services"),
    ("azure", "Microsoft Azure"),
    ("google_", "Google Cloud"),
    ("k8s:", "Kubernetes"),
    ("compose:", "Docker Compose"),
    ("", "Others"),
];

fn provider(ty: &str) -> usize {
    PROVIDERS.iter().position(|(start, _)| ty.starts_with(start)).unwrap_or(PROVIDERS.len() - 1)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn word<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn words(table: &Table, key: &str) -> Vec<String> {
    match table.get(key) {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

fn tables(table: &Table, key: &str) -> Vec<Table> {
    let values = table.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(Value::as_table).cloned().collect()
}
