//! Documents that keep their promises: links that lead somewhere, a changelog with a place for the next line, a
//! sentence about every crate.

use std::path::Path;

use crate::workspace;

/// What is wrong with the documents.
pub(super) fn problems(root: &Path, files: &[String]) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for name in files.iter().filter(|name| is_document(name)) {
        let text = workspace::read(&root.join(name))?;
        let folder = root.join(name).parent().map(Path::to_path_buf).unwrap_or_default();
        for (line, target) in links(&text) {
            let from = if target.starts_with('/') { root } else { folder.as_path() };
            if !from.join(target.trim_start_matches('/')).exists() {
                problems.push(format!("{name}:{line}: `{target}` leads nowhere"));
            }
        }
    }
    problems.extend(changelog(&workspace::read(&root.join("CHANGELOG.md"))?));
    problems.extend(crate_list(root)?);
    Ok(problems)
}

/// Documents people read; models and inputs under `cases/` and `fixtures/` are data.
fn is_document(name: &str) -> bool {
    let folder = name.split('/').next().unwrap_or_default();
    name.ends_with(".md") && !["cases", "fixtures"].contains(&folder)
}

/// Links to files: inline and by reference, outside code, without scheme, query or anchor.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        if in_fence {
            continue;
        }
        // Every second piece between backticks is code.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let inline = prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let reference = prose
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("]: "))
            .and_then(|(_, rest)| rest.split_whitespace().next());
        for target in inline.chain(reference) {
            let target = target.trim_matches(['<', '>']);
            let file = target.split(['#', '?']).next().unwrap_or_default();
            if !file.is_empty() && !target.contains(':') {
                found.push((index + 1, file.to_owned()));
            }
        }
    }
    found
}

fn changelog(text: &str) -> Option<String> {
    let first = text.lines().find(|line| line.starts_with("## ")).unwrap_or_default();
    let fine = first.trim_start_matches("## ").trim_matches(['[', ']']) == "Unreleased";
    (!fine).then(|| "CHANGELOG.md: the first heading is `## [Unreleased]`; changes are written there".to_owned())
}

/// `crates/README.md` has one row for each crate and none for others.
fn crate_list(root: &Path) -> Result<Vec<String>, String> {
    let text = workspace::read(&root.join("crates/README.md"))?;
    let rows: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("| [`")?.split('`').next()).collect();
    let mut crates = Vec::new();
    for (name, _) in workspace::entries(&root.join("crates"))? {
        if root.join("crates").join(&name).join("Cargo.toml").is_file() {
            crates.push(name);
        }
    }
    let missing = crates.iter().filter(|name| !rows.contains(&name.as_str()));
    let stale = rows.iter().filter(|row| !crates.iter().any(|name| name == *row));
    Ok(missing
        .map(|name| format!("crates/README.md: no row for `{name}`"))
        .chain(stale.map(|row| format!("crates/README.md: `{row}` is no crate")))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{changelog, links};

    #[test]
    fn links_to_files_are_found() {
        let text = "See [a](b.md#c) and ![d](e/f.png \"t\"), `[g](h)` not, [i](https://j), [k](#l).\n\n[m]: <n.md>\n\
                    ```\n[o](p)\n```\n";
        let found: Vec<(usize, String)> = links(text);
        let expected = [(1, "b.md"), (1, "e/f.png"), (3, "n.md")];
        assert_eq!(found, expected.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn unreleased_comes_first() {
        assert_eq!(changelog("# Changelog\n\n## [Unreleased]\n\n## [0.1.0]\n"), None);
        assert!(changelog("# Changelog\n\n## [0.1.0]\n").is_some());
        assert!(changelog("# Changelog\n").is_some());
    }
}
