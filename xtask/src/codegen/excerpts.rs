//! What documents show of the program's output: run again, so that it is never an old truth.
//!
//! A line `<!-- run: vauban check examples/web-shop/model.yaml | head -20 -->` before a fenced block says where the block
//! comes from. After the command may stand `| head -N`, `| tail -N`, and `| fold`, which breaks long lines as a terminal
//! would.

use std::path::Path;

use super::Generated;
use super::binary::Vauban;
use crate::workspace;

/// Where `fold` breaks lines.
const WIDTH: usize = 110;

/// Every document with an excerpt, with what the program says today.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let mut vauban = None;
    let mut out = Vec::new();
    for name in workspace::files(root)?.into_iter().filter(|name| is_document(name)) {
        let text = workspace::read(&root.join(&name))?;
        if !text.contains(MARK) {
            continue;
        }
        let vauban = match &vauban {
            Some(vauban) => vauban,
            None => vauban.insert(Vauban::build(root)?),
        };
        let text = refresh(&text, |command| excerpt(vauban, command)).map_err(|error| format!("{name}: {error}"))?;
        out.push((name.into(), text));
    }
    Ok(out)
}

const MARK: &str = "<!-- run: ";

fn is_document(name: &str) -> bool {
    name == "README.md" || name.starts_with("docs/") && name.ends_with(".md")
}

/// A document with each marked block made anew.
fn refresh(text: &str, run: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(command) = line.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(" -->")) else { continue };
        let opening = lines.by_ref().find(|line| line.starts_with("```"));
        let opening = opening.ok_or_else(|| format!("no fenced block follows `{command}`"))?;
        lines.by_ref().find(|line| *line == "```").ok_or_else(|| format!("the block after `{command}` has no end"))?;
        out.push_str(&format!("{opening}\n{}```\n", run(command)?));
    }
    Ok(out)
}

/// What a command prints, cut as its line says.
fn excerpt(vauban: &Vauban, line: &str) -> Result<String, String> {
    let mut parts = line.split(" | ");
    let command = parts.next().unwrap_or_default();
    let words: Vec<&str> = command.split_whitespace().collect();
    let (Some(&"vauban"), arguments) = (words.first(), words.get(1..).unwrap_or_default()) else {
        return Err(format!("`{command}` does not begin with `vauban`"));
    };
    let text = vauban.prints(arguments)?;
    let mut lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    for part in parts {
        let count = |prefix: &str| part.strip_prefix(prefix).and_then(|number| number.trim().parse::<usize>().ok());
        if part == "fold" {
            lines = lines.iter().flat_map(|line| fold(line)).collect();
        } else if let Some(count) = count("head -") {
            lines.truncate(count);
        } else if let Some(count) = count("tail -") {
            lines.drain(..lines.len().saturating_sub(count));
        } else {
            return Err(format!("`{part}` is none of `head -N`, `tail -N`, `fold`"));
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    Ok(lines.iter().map(|line| format!("{line}\n")).collect())
}

/// A line broken between words; what follows keeps the indent.
fn fold(line: &str) -> Vec<String> {
    let indent: String = line.chars().take_while(|letter| *letter == ' ').collect();
    // A label such as `HIGH` stands in a column of its own.
    let label =
        line.find(' ').filter(|end| *end > 2 && line.chars().take(*end).all(|letter| letter.is_ascii_uppercase()));
    let indent = if label.is_some() { " ".repeat(9) } else { indent };
    let mut out = Vec::new();
    let mut rest = line.to_owned();
    while rest.chars().count() > WIDTH {
        let limit = rest.char_indices().nth(WIDTH).map_or(rest.len(), |(at, _)| at);
        let Some(at) = rest.get(indent.len()..limit).and_then(|text| text.rfind(' ')).map(|at| at + indent.len())
        else {
            break;
        };
        let (first, second) = rest.split_at(at);
        out.push(first.trim_end().to_owned());
        rest = format!("{indent}{}", second.trim_start());
    }
    out.push(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{fold, refresh};

    #[test]
    fn only_marked_blocks_are_made_anew() {
        let text = "a\n\n```text\nkept\n```\n<!-- run: vauban x -->\n\n```text\nold\n```\nb\n";
        let fresh = refresh(text, |command| Ok(format!("{command}\n"))).unwrap();
        assert_eq!(fresh, "a\n\n```text\nkept\n```\n<!-- run: vauban x -->\n```text\nvauban x\n```\nb\n");
        assert_eq!(refresh(&fresh, |command| Ok(format!("{command}\n"))).unwrap(), fresh);
        assert!(refresh("<!-- run: vauban x -->\n", |_| Ok(String::new())).is_err());
    }

    #[test]
    fn long_lines_break_between_words_and_keep_their_indent() {
        let line = format!("HIGH     {}", "word ".repeat(40));
        let lines = fold(line.trim_end());
        assert_eq!(lines.len(), 2);
        assert!(lines[0].chars().count() <= 110 && lines[1].starts_with("         word"));
        assert_eq!(fold("short"), ["short"]);
        let solid = "x".repeat(200);
        assert_eq!(fold(&solid).concat(), solid);
    }
}
