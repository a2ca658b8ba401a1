//! What all documents have in common: a file, a mapping on top, a version.

use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Entry, Limits, Node, parse_yaml};

use crate::report::{Report, shown};

/// The version of the format that is written, and the newest that is read.
pub(crate) const VERSION: i64 = 1;

/// A file, as handed in by the caller.
#[derive(Clone, Copy, Debug)]
pub struct InputFile<'a> {
    /// Its number in the caller's source map.
    pub id: FileId,
    /// Its name, for recognising what it is.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// The sections of a model, in the order in which they are written.
pub(crate) const MODEL_SECTIONS: &[&str] = &[
    "vauban",
    "system",
    "include",
    "templates",
    "data",
    "boundaries",
    "identities",
    "components",
    "flows",
    "runtimes",
    "third_parties",
    "checkpoints",
    "assumptions",
    "abuse_cases",
    "notes",
    "threats",
    "attack_trees",
    "drawings",
];

/// Parses a file. An empty one gives `None` without a message of ours.
pub(crate) fn parse(file: &InputFile<'_>, report: &mut Report) -> Option<Node> {
    if let Some(at) = file.text.lines().position(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
        // Half of the file is somebody's, half another's: neither may be obeyed.
        let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let message = "the file holds the marks of a merge that nobody finished".to_owned();
        report.push(
            Diagnostic::error("merge-conflict", Span::new(file.id, line, 1, 7), message)
                .help("keep one side or both, remove the lines of `<`, `=` and `>`, and commit"),
        );
        return None;
    }
    parse_yaml(file.id, file.text, &Limits::default(), &mut report.diagnostics)
}

/// Says of a document in which nothing stands that it is empty: somebody may think that it holds something.
pub(crate) fn told_if_empty(file: &InputFile<'_>, what: &str, report: &mut Report) {
    let says = |line: &str| !matches!(line.trim().split('#').next(), None | Some("" | "---" | "..."));
    if !file.text.lines().any(says) {
        report.push(
            Diagnostic::note("empty-file", start(file.id), format!("{what} is empty: nothing is taken from it"))
                .help("fill it, or leave it away"),
        );
    }
}

/// The top of a document, which must be a mapping.
pub(crate) fn top<'t>(root: &'t Node, what: &str, report: &mut Report) -> &'t [Entry] {
    root.as_mapping().unwrap_or_else(|| {
        if !root.is_null() {
            let message = format!("{what} must be a mapping, not {}", root.kind_name());
            report.push(
                Diagnostic::error("expected-mapping", root.span, message)
                    .help("start the file with a line such as `vauban: 1`"),
            );
        }
        &[]
    })
}

/// The place "this file".
pub(crate) fn start(file: FileId) -> Span {
    Span::new(file, 1, 1, 0)
}

/// Checks the number behind `vauban:`, `overlay:` or `version:`.
pub(crate) fn check_version(key: &str, node: &Node, report: &mut Report) {
    match node.as_i64() {
        Some(VERSION) => {}
        Some(number) => {
            let message = format!("`{key}: {number}` is a version of the format that this program does not know");
            report.push(Diagnostic::error("unsupported-version", node.span, message).help(format!(
                "write `{key}: {VERSION}`, or use a newer Vauban; the file is read as version {VERSION}"
            )));
        }
        None => {
            let message = format!("`{key}` takes the version of the format, not {}", said(node));
            report.push(
                Diagnostic::error("unsupported-version", node.span, message).help(format!("write `{key}: {VERSION}`")),
            );
        }
    }
}

/// What stands there, in the words of a message.
pub(crate) fn said(node: &Node) -> String {
    match node.as_str() {
        Some(text) => format!("`{}`", shown(text)),
        None => node.kind_name().to_owned(),
    }
}

/// Whether a text looks like a model of ours: it says `vauban:` at its top level, or it has a section that a model
/// cannot do without and no key that ours do not have. Cheap: lines are looked at, nothing is parsed.
pub fn recognise(name: &str, text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lower = name.to_ascii_lowercase();
    let yaml = lower.ends_with(".yaml") || lower.ends_with(".yml");
    if text.trim_start().starts_with('{') {
        // Written as JSON. The key has to come early, as in everything this program writes.
        let head: String = text.chars().take(400).filter(|c| !c.is_whitespace()).collect();
        return head.starts_with("{\"vauban\":") || head.starts_with("{vauban:");
    }
    let mut ours = false;
    let mut foreign = false;
    for line in text.lines() {
        let Some(key) = top_level_key(line) else { continue };
        match key {
            "vauban" => return true,
            "system" | "components" | "flows" => ours = true,
            other => foreign |= !MODEL_SECTIONS.contains(&other),
        }
    }
    yaml && ours && !foreign
}

/// The key of a line that starts one in the first column.
fn top_level_key(line: &str) -> Option<&str> {
    if line.starts_with([' ', '\t', '#', '-', '}', ']', '%', '.']) {
        return None;
    }
    let (key, rest) = line.split_once(':')?;
    (rest.is_empty() || rest.starts_with([' ', '\t', '\r'])).then(|| key.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::recognise;

    #[test]
    fn models_are_told_from_other_formats() {
        assert!(recognise("a.yaml", "# hello\nvauban: 1\n"));
        assert!(recognise("a.txt", "vauban: 1"));
        assert!(recognise("a.yml", "system: {name: Shop}\ncomponents:\n  web: nginx\n"));
        assert!(recognise("a.json", "{\"vauban\": 1, \"components\": {}}"));
        assert!(!recognise("a.yaml", "threagile_version: 1.0.0\ndata_assets:\n  x: y\n"));
        assert!(!recognise("a.yaml", "otmVersion: 0.2.0\ncomponents:\n- id: x\n"));
        assert!(!recognise("a.yaml", "services:\n  web: {}\n"));
        assert!(!recognise("a.yaml", "overlay: 1\ncomponents: {}\n"));
        assert!(!recognise("a.yaml", ""));
        assert!(!recognise("a.json", "{\"summary\": {}}"));
    }
}
