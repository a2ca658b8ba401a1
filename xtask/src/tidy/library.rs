//! The shape of the library: names, required parts of a threat, and ids that never go away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::codegen::ids;
use crate::workspace;

/// The parts of a threat's page, in this order.
const HEADINGS: &[&str] =
    &["## Why it matters", "## What to do", "## When it is acceptable", "## Fires", "## Stays quiet", "## Asks"];

/// Left by `cargo xtask new` wherever something has to be written.
const PROMPT: &str = "<!-- write";

/// What a page of the library describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// One step an attacker can take.
    Threat,
    /// What stops it.
    Control,
}

impl Kind {
    /// The word in `library/ids.txt` and in messages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Threat => "threat",
            Self::Control => "control",
        }
    }

    /// The folder under `library/`, which is also the table in `library/deprecated.toml`.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Threat => "threats",
            Self::Control => "controls",
        }
    }
}

/// One page of the library.
pub(crate) struct Entry {
    /// The file's stem, which is the id.
    pub(crate) id: String,
    /// The file, relative to the root.
    pub(crate) path: String,
    /// The text.
    pub(crate) text: String,
}

/// Every page of a kind, in the order of their paths: `<id>.md` in the kind's folder or one below it.
pub(crate) fn entries(root: &Path, kind: Kind) -> Result<Vec<Entry>, String> {
    let mut found = Vec::new();
    let folder = format!("library/{}", kind.folder());
    for (name, is_folder) in workspace::entries(&root.join(&folder))? {
        let below = if is_folder { workspace::entries(&root.join(&folder).join(&name))? } else { Vec::new() };
        let paths =
            if is_folder { below.into_iter().map(|(file, _)| format!("{name}/{file}")).collect() } else { vec![name] };
        for path in paths.into_iter().map(|path| format!("{folder}/{path}")) {
            let file = path.rsplit('/').next().unwrap_or_default();
            if let Some(id) = file.strip_suffix(".md").filter(|id| *id != "README") {
                found.push(Entry { id: id.to_owned(), text: workspace::read(&root.join(&path))?, path });
            }
        }
    }
    Ok(found)
}

/// What is wrong with the library's files.
pub(super) fn problems(root: &Path, _files: &[String]) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for kind in [Kind::Threat, Kind::Control] {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let mut kept = BTreeSet::new();
        for entry in entries(root, kind)? {
            problems.extend(page(kind, &entry));
            match front_matter(&entry.text) {
                Ok((front, _)) => kept.extend(strings(&front, "aliases")),
                Err(error) => problems.push(format!("{}: {error}", entry.path)),
            }
            if let Some(other) = seen.insert(entry.id.clone(), entry.path.clone()) {
                problems.push(format!("{}: the id `{}` is taken by {other}", entry.path, entry.id));
            }
        }
        kept.extend(seen.into_keys());
        kept.extend(retired(root, kind)?);
        for id in ids::shipped(root, kind)?.difference(&kept) {
            problems.push(format!(
                "{}: the {} `{id}` is gone; ids are promises: keep the file, name the id in the `aliases` of what \
                 replaced it, or give the reason in library/deprecated.toml under [{}]",
                ids::SNAPSHOT,
                kind.word(),
                kind.folder()
            ));
        }
    }
    Ok(problems)
}

/// Ids that were taken out of use, from `library/deprecated.toml`.
fn retired(root: &Path, kind: Kind) -> Result<Vec<String>, String> {
    let path = root.join("library/deprecated.toml");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let table = workspace::read_toml(&path)?;
    Ok(table
        .get(kind.folder())
        .and_then(toml::Value::as_table)
        .map(|t| t.keys().cloned().collect())
        .unwrap_or_default())
}

fn strings(table: &toml::Table, key: &str) -> Vec<String> {
    let values = table.get(key).and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

/// The typed head of a page and the lines after it.
fn front_matter(text: &str) -> Result<(toml::Table, &str), String> {
    let missing = "a page starts with a ```toml block";
    let inside = text.strip_prefix("```toml\n").ok_or(missing)?;
    let (head, body) = inside.split_once("\n```\n").ok_or(missing)?;
    let table = head.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    Ok((table, body))
}

/// Lower-case words of letters and digits joined by single dashes.
pub(crate) fn is_kebab_case(name: &str) -> bool {
    let fine = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(fine)
}

fn page(kind: Kind, entry: &Entry) -> Vec<String> {
    let mut problems = Vec::new();
    let mut say = |message: String| problems.push(format!("{}: {message}", entry.path));
    let folders: Vec<&str> = entry.path.split('/').skip(2).collect();
    if kind == Kind::Threat && folders.len() != 2 {
        say("a threat lives in library/threats/<family>/<id>.md".to_owned());
    }
    for name in folders.iter().map(|name| name.trim_end_matches(".md")).filter(|name| !is_kebab_case(name)) {
        say(format!("`{name}` is not in kebab-case"));
    }
    if entry.text.contains(PROMPT) {
        say(format!("still holds a `{PROMPT} ... -->` prompt; answer it and take it out"));
    }
    let Ok((front, body)) = front_matter(&entry.text) else { return problems };
    if let Some(id) = front.get("id").and_then(toml::Value::as_str).filter(|id| *id != entry.id) {
        say(format!("the file's name is the id; `id = \"{id}\"` says something else"));
    }
    let headings = headings(body);
    let first = body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !first.starts_with("# ") {
        say("a `# Title` follows the ```toml block".to_owned());
    }
    if kind == Kind::Threat {
        let missing: Vec<&&str> = HEADINGS.iter().filter(|heading| !headings.contains(heading)).collect();
        for heading in &missing {
            say(format!("`{heading}` is missing"));
        }
        let present: Vec<&&str> = headings.iter().filter(|heading| HEADINGS.contains(heading)).collect();
        if missing.is_empty() && !present.into_iter().eq(HEADINGS) {
            say(format!("each of these headings stands once, in this order: {}", HEADINGS.join(", ")));
        }
    }
    problems
}

/// The headings of a page; a `#` inside a fenced block is a comment of the example.
fn headings(body: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut found = Vec::new();
    for line in body.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if ticks >= open.len() && line.trim_end().len() == ticks => fence = None,
            None if ticks >= 3 => fence = line.get(..ticks),
            None if line.starts_with('#') => found.push(line.trim_end()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Entry, Kind, front_matter, headings, is_kebab_case, page};

    fn threat(text: &str) -> Entry {
        Entry { id: "open-door".into(), path: "library/threats/web/open-door.md".into(), text: text.into() }
    }

    const WHOLE: &str = "```toml\nid = \"open-door\"\n```\n\n# Open door\n\nText.\n\n## Why it matters\n\n\
        ## What to do\n\n## When it is acceptable\n\n## Fires\n\n```yaml\n# Not a heading\n```\n\n## Stays quiet\n\n\
        ## Asks\n";

    #[test]
    fn a_whole_page_is_fine() {
        assert_eq!(page(Kind::Threat, &threat(WHOLE)), Vec::<String>::new());
    }

    #[test]
    fn every_part_is_asked_for() {
        for part in ["# Open door", "## Why it matters", "## Fires", "## Asks"] {
            let problems = page(Kind::Threat, &threat(&WHOLE.replace(part, "")));
            assert_eq!(problems.len(), 1, "{part}: {problems:?}");
        }
        let turned = WHOLE.replace("## Fires", "## X").replace("## Asks", "## Fires").replace("## X", "## Asks");
        assert!(page(Kind::Threat, &threat(&turned))[0].contains("in this order"));
        let other = WHOLE.replace("id = \"open-door\"", "id = \"shut-door\"");
        assert!(page(Kind::Threat, &threat(&other))[0].contains("shut-door"));
        assert!(page(Kind::Threat, &threat(&format!("{WHOLE}<!-- write more -->\n")))[0].contains("prompt"));
    }

    #[test]
    fn names_are_kebab_case() {
        assert!(["a", "open-door", "ssrf-to-imds-v1", "http2-reset"].into_iter().all(is_kebab_case));
        assert!(!["", "-a", "a-", "a--b", "Open-Door", "a_b", "2fa-missing"].into_iter().any(is_kebab_case));
    }

    #[test]
    fn fences_hide_headings() {
        assert_eq!(headings("# A\n````md\n```\n# B\n```\n````\n## C\n"), ["# A", "## C"]);
    }

    #[test]
    fn a_head_is_required() {
        assert!(front_matter("# Title\n").is_err());
        assert!(front_matter("```toml\nid = \n```\n# T\n").is_err());
    }
}
