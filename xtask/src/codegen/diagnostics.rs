//! `docs/reference/diagnostics.md`: every message code, read from the code that says it.
//!
//! The codes are promises: editors, baselines and people's filters hold them. `diagnostic-codes.txt` lists every code
//! that there ever was; a code that no code says any more stays in the list and is shown as retired.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::Generated;
use super::reference::{cell, head};
use crate::rust::Source;
use crate::workspace;

/// The list, from the root.
const SNAPSHOT: &str = "docs/reference/diagnostic-codes.txt";

const SNAPSHOT_HEAD: &str = "\
# Every diagnostic code there ever was. `cargo xtask codegen` adds new ones; none is ever taken out.
";

/// Most wordings of one code that the page shows.
const WORDINGS: usize = 6;

/// The constructors of a diagnostic, and functions that pass a code on to one.
const CALLS: &[(&str, &str)] = &[
    ("Diagnostic::error(", "error"),
    ("Diagnostic::warning(", "warning"),
    ("Diagnostic::note(", "note"),
    ("Diagnostic::new(", ""),
    (".expected(", "error"),
];

/// What is known of one code.
#[derive(Debug, Default)]
struct Entry {
    severities: BTreeSet<String>,
    crates: BTreeSet<String>,
    wordings: BTreeSet<String>,
}

/// The page and the list.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let mut codes: BTreeMap<String, Entry> = BTreeMap::new();
    for name in workspace::files(root)? {
        let Some((owner, rest)) = name.strip_prefix("crates/").and_then(|rest| rest.split_once('/')) else { continue };
        if rest.starts_with("src/")
            && name.ends_with(".rs")
            && !name.ends_with("/tests.rs")
            && !name.ends_with("/diagnostic.rs")
        {
            scan(owner, &Source::new(&workspace::read(&root.join(&name))?), &mut codes);
        }
    }
    let path = root.join(SNAPSHOT);
    let before = if path.is_file() { workspace::read(&path)? } else { String::new() };
    let mut all: BTreeSet<&str> = before.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    all.extend(codes.keys().map(String::as_str));
    let snapshot: String = all.iter().fold(SNAPSHOT_HEAD.to_owned(), |list, code| format!("{list}{code}\n"));
    Ok(vec![("docs/reference/diagnostics.md".into(), page(&codes, &all)), (SNAPSHOT.into(), snapshot)])
}

fn page(codes: &BTreeMap<String, Entry>, all: &BTreeSet<&str>) -> String {
    let mut out = head("the source of `crates/`");
    let _ = writeln!(
        out,
        "# Diagnostics\n\nWhat readers and the analysis say about their input. An *error* means that something was left out; a \
         *warning* that it was\nprobably not meant so; a *note* is worth knowing. Codes are added and retired, never reused. \
         The wording may get better;\n`…` stands for what the message fills in.\n\n{} codes.\n\n\
         | code | severity | said by | wording |\n|---|---|---|---|",
        codes.len()
    );
    for (code, entry) in codes {
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
        let mut wordings: Vec<String> = entry.wordings.iter().take(WORDINGS).map(|text| cell(text)).collect();
        if entry.wordings.len() > WORDINGS {
            wordings.push(format!("and {} more", entry.wordings.len() - WORDINGS));
        }
        let _ = writeln!(
            out,
            "| `{code}` | {} | {} | {} |",
            list(&entry.severities),
            list(&entry.crates),
            wordings.join("<br>")
        );
    }
    let retired: Vec<String> =
        all.iter().filter(|code| !codes.contains_key(**code)).map(|code| format!("`{code}`")).collect();
    if !retired.is_empty() {
        let _ = writeln!(
            out,
            "\n## Retired\n\nNo longer said, and never to be given another meaning: {}.",
            retired.join(", ")
        );
    }
    out
}

/// Adds what one file says.
fn scan(owner: &str, source: &Source, codes: &mut BTreeMap<String, Entry>) {
    for (call, severity) in CALLS {
        for (start, _) in source.code.match_indices(call) {
            if source.in_test(start) {
                continue;
            }
            let open = start + call.len();
            let arguments = arguments(&source.code, open);
            let at = usize::from(call.ends_with("new("));
            let Some(range) = arguments.get(at).cloned() else { continue };
            let literals = |from: usize, to: usize| {
                source
                    .strings
                    .iter()
                    .filter(move |(offset, _)| (from..to).contains(offset))
                    .map(|(_, text)| text.as_str())
            };
            let passed_on = *call == ".expected(";
            let mut found: Vec<&str> =
                literals(range.0, range.1).filter(|text| is_code(text) && (!passed_on || text.contains('-'))).collect();
            if found.is_empty() && source.code.get(range.0..range.1).is_some_and(|text| text.trim() == "code") {
                // The code was chosen just above: `let code = if … { "a" } else { "b" };`
                if let Some((from, to)) = binding(&source.code, "let code = ", start) {
                    // What it was chosen by stands there too; a choice is between longer names.
                    found = literals(from, to).filter(|text| is_code(text) && text.contains('-')).collect();
                }
            }
            let wording = arguments.last().and_then(|(from, to)| {
                let direct = literals(*from, *to).next();
                let name = source.code.get(*from..*to).unwrap_or_default().trim().trim_start_matches('&');
                direct.map(str::to_owned).or_else(|| {
                    let (from, to) = binding(&source.code, &format!("let {name} = "), start)?;
                    literals(from, to).next().map(str::to_owned)
                })
            });
            let severity = if severity.is_empty() {
                let word = arguments.first().and_then(|(from, to)| source.code.get(*from..*to)).unwrap_or_default();
                word.rsplit_once("Severity::").map_or("varies", |(_, word)| word).trim().to_lowercase()
            } else {
                (*severity).to_owned()
            };
            for code in found {
                let entry = codes.entry(code.to_owned()).or_default();
                entry.crates.insert(owner.to_owned());
                if !severity.is_empty() {
                    entry.severities.insert(severity.clone());
                }
                if !passed_on {
                    entry.wordings.extend(wording.as_deref().map(shape));
                }
            }
        }
    }
}

/// The ranges of the arguments of a call whose bracket ends at `open`.
fn arguments(code: &str, open: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut depth, mut from) = (0usize, open);
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b')' => {
                if code.get(from..at).is_some_and(|text| !text.trim().is_empty()) {
                    found.push((from, at));
                }
                return found;
            }
            b',' if depth == 0 => {
                found.push((from, at));
                from = at + 1;
            }
            _ => {}
        }
    }
    Vec::new()
}

/// Where the nearest binding before a place says what a name is.
fn binding(code: &str, start: &str, before: usize) -> Option<(usize, usize)> {
    /// Farther up, a binding of the same name belongs to another function.
    const FAR: usize = 1_500;
    let from = code.get(..before)?.rfind(start)?;
    let end = from + code.get(from..)?.find(';')?;
    (before - from < FAR).then_some((from, end))
}

/// Whether a literal can be a code: kebab-case.
fn is_code(text: &str) -> bool {
    let fine =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.split('-').all(fine)
}

/// A format string as people read it: what is filled in becomes `…`.
fn shape(wording: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut letters = wording.replace("\\\"", "\"").replace("{{", "\u{1}").replace("}}", "\u{2}");
    // A line that a `\` continues goes on after the blanks of the next.
    while let Some((before, after)) = letters.clone().split_once("\\\n") {
        letters = format!("{before}{}", after.trim_start());
    }
    for letter in letters.chars() {
        match letter {
            '{' => {
                inside = true;
                // Two things in a row are one gap to a reader.
                if !out.ends_with('…') {
                    out.push('…');
                }
            }
            '}' if inside => inside = false,
            '\u{1}' => out.push('{'),
            '\u{2}' => out.push('}'),
            '\n' => out.push(' '),
            letter if !inside => out.push(letter),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Source, arguments, scan, shape};
    use std::collections::BTreeMap;

    #[test]
    fn codes_are_found_with_severity_and_wording() {
        let source = Source::new(
            "fn a() { push(Diagnostic::error(\"unknown-key\", span(1, 2), format!(\"unknown key `{}` in {what}\", k)).help(\"x-y\")); }\n\
             fn b() { let code = if c { \"one-thing\" } else { \"other-thing\" };\n\
             let message = format!(\"no {code}\"); Diagnostic::new(Severity::Warning, code, None, message) }\n\
             #[cfg(test)]\nmod tests { fn t() { Diagnostic::note(\"only-here\", s, \"m\"); } }\n",
        );
        let mut codes = BTreeMap::new();
        scan("vauban-x", &source, &mut codes);
        assert_eq!(codes.keys().collect::<Vec<_>>(), ["one-thing", "other-thing", "unknown-key"]);
        assert!(codes["unknown-key"].severities.contains("error"));
        assert!(codes["unknown-key"].wordings.contains("unknown key `…` in …"));
        assert!(codes["one-thing"].severities.contains("warning"));
        assert!(codes["one-thing"].wordings.contains("no …"));
    }

    #[test]
    fn arguments_are_told_apart() {
        let code = "f(a, g(b, c), [d, e],)";
        let found: Vec<&str> = arguments(code, 2).into_iter().map(|(from, to)| code[from..to].trim()).collect();
        assert_eq!(found, ["a", "g(b, c)", "[d, e]"]);
        assert!(arguments("f(a", 2).is_empty());
    }

    #[test]
    fn wordings_show_what_is_filled_in() {
        assert_eq!(shape("`{}` in {what:?}, {{literal}}"), "`…` in …, {literal}");
        assert_eq!(shape("one \\\n      line"), "one line");
    }
}
