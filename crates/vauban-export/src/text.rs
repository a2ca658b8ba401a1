//! Text made safe for where it goes: every word a user may have written passes through here.

use std::fmt::Write as _;

use vauban_model::document::deceives;
use vauban_model::{SourceMap, Span};

/// Counts with nouns and verbs that agree with them.
pub(crate) use vauban_model::words::{count, count_verb};

/// Words as a list in a sentence: `a, b and c`.
pub(crate) fn sentence_list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// With a capital at the front.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The text with a mark in place of every character that deceives.
fn honest(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|character| if deceives(character) { '\u{FFFD}' } else { character })
}

/// The text as it may be drawn: line breaks kept, a mark in place of what deceives.
pub(crate) fn drawn(text: &str) -> String {
    honest(text).collect()
}

/// On one line, without what deceives.
pub(crate) use vauban_model::document::shown as one_line;

/// Cut to so many characters, with a sign that it was.
pub(crate) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(most.saturating_sub(1)).collect();
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// Safe inside an HTML element or a quoted attribute.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in honest(text) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            it => out.push(it),
        }
    }
    out
}

/// One line of Markdown in which nothing the user wrote is taken for markup, also inside a table.
pub(crate) fn markdown(text: &str) -> String {
    let line = one_line(text);
    let mut out = String::with_capacity(line.len() + line.len() / 8);
    let mut before = ' ';
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if out.is_empty() => out.push_str("&gt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(character);
            }
            // Inside a word an underscore means nothing to GitHub, and names are full of them.
            '_' if before.is_alphanumeric() && next.is_alphanumeric() => out.push('_'),
            '_' => out.push_str("\\_"),
            // What would begin a heading, a list or a quotation at the front of a line.
            '#' | '+' | '-' | '=' if out.is_empty() => {
                out.push('\\');
                out.push(character);
            }
            '.' | ')' if !out.is_empty() && out.chars().all(|it| it.is_ascii_digit()) => {
                out.push('\\');
                out.push(character);
            }
            // A hosting site would notify a stranger of that name; a bare address would become a link.
            '@' if !before.is_alphanumeric() && next.is_alphanumeric() => out.push_str("@<!-- -->"),
            ':' if next == '/' => out.push_str(":<!-- -->"),
            it => out.push(it),
        }
        before = character;
    }
    out
}

/// The same for a sentence of ours, in which names of facts stand in back-ticks.
pub(crate) fn markdown_said(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return markdown(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (at, part) in parts.iter().enumerate() {
        if !at.is_multiple_of(2) {
            out.push_str(&code(part));
            continue;
        }
        // A part between two code spans begins in the middle of a line and keeps its blanks.
        let (before, after) = (part.starts_with(char::is_whitespace), part.ends_with(char::is_whitespace));
        let inner = markdown(part);
        if before && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&inner);
        if after && !inner.is_empty() {
            out.push(' ');
        }
    }
    out
}

/// A code span, also inside a table.
pub(crate) fn code(text: &str) -> String {
    let line = one_line(text).replace('|', "\\|");
    let (mut longest, mut run) = (0usize, 0usize);
    for character in line.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') || line.is_empty() { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// Words of a person inside a Markdown document of ours that may go on using Markdown: on one line, and unable to bring
/// HTML, a link or a table cell of their own.
pub(crate) fn in_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        if matches!(character, '\\' | '|' | '<' | '[') || (out.is_empty() && matches!(character, '#' | '>')) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Markdown of the library, with what its pages have no need of taken as text: HTML, headings, links that lead anywhere
/// but to the web, and names that a hosting site would notify.
pub(crate) fn prose_markdown(text: &str) -> String {
    let text: String = honest(text).collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut fenced = false;
    for line in text.trim().lines() {
        let fence = line.trim_start().starts_with("```");
        if fence || fenced {
            fenced ^= fence;
            out.push_str(line);
        } else {
            if line.trim_start().starts_with('#') {
                out.push('\\');
            }
            let parts: Vec<&str> = line.split('`').collect();
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    out.push('`');
                }
                // A back-tick without a second one begins nothing.
                if at.is_multiple_of(2) || parts.len().is_multiple_of(2) {
                    prose_part(&mut out, part);
                } else {
                    out.push_str(part);
                }
            }
        }
        out.push('\n');
    }
    if fenced {
        out.push_str("```\n");
    }
    out.truncate(out.trim_end().len());
    out
}

fn prose_part(out: &mut String, part: &str) {
    let mut before = ' ';
    for (at, character) in part.char_indices() {
        let rest = part.get(at..).unwrap_or_default();
        match character {
            '<' => out.push_str("&lt;"),
            ']' if rest.starts_with("](") && !rest.starts_with("](http") => out.push_str("\\]"),
            '@' if !before.is_alphanumeric() => out.push_str("@<!-- -->"),
            it => out.push(it),
        }
        before = character;
    }
}

/// Every byte but the unreserved ones and those in `keep` as `%XX`.
pub(crate) fn percent(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if character.is_ascii_alphanumeric() || "-._~".contains(character) || keep.contains(character) {
            out.push(character);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A file's name as a URI reference: relative names stay relative.
pub(crate) fn file_uri(name: &str) -> String {
    let name = name.replace('\\', "/");
    let drive = matches!(name.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    let encoded = percent(&name, "/@+,;=!$&'()*");
    if drive {
        format!("file:///{encoded}")
    } else if name.starts_with('/') {
        format!("file://{encoded}")
    } else {
        encoded
    }
}

/// A place as people write it: `shop.yaml:12`.
pub(crate) fn place(span: Span, sources: &SourceMap) -> String {
    format!("{}:{}", sources.name(span.file), span.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_taken_as_text() {
        assert_eq!(markdown("a|b `c` <i> *x* [l](u)"), "a\\|b \\`c\\` &lt;i> \\*x\\* \\[l\\](u)");
        assert_eq!(markdown("# no\nheading"), "\\# no heading");
        assert_eq!(markdown("1. no list"), "1\\. no list");
        assert_eq!(markdown("snake_case _em_"), "snake_case \\_em\\_");
        assert_eq!(markdown("@team https://x"), "@<!-- -->team https:<!-- -->//x");
        assert_eq!(markdown("> no quote > b"), "&gt; no quote > b");
        assert_eq!(markdown_said("of *X*, `a_b`: is it | so"), "of \\*X\\*, `a_b`: is it \\| so");
        assert_eq!(markdown_said("a ` b"), "a \\` b");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`x"), "`` `x ``");
    }

    #[test]
    fn prose_keeps_its_markdown() {
        assert_eq!(prose_markdown("Use `a<b>` and **c**.\n\n- d"), "Use `a<b>` and **c**.\n\n- d");
        assert_eq!(prose_markdown("# x <b> ` @y"), "\\# x &lt;b> ` @<!-- -->y");
        assert_eq!(prose_markdown("[a](https://a) [b](b:c)"), "[a](https://a) [b\\](b:c)");
        assert_eq!(prose_markdown("```\n# a <b>"), "```\n# a <b>\n```");
        assert_eq!(in_markdown("# a | <b>\nc [d](e)"), "\\# a \\| \\<b> c \\[d](e)");
    }

    #[test]
    fn what_deceives_shows() {
        assert_eq!(html("a\u{202E}b<'\">"), "a\u{FFFD}b&lt;&#39;&quot;&gt;");
        assert_eq!(one_line("a\n\n b\u{0}"), "a b\u{FFFD}");
    }

    #[test]
    fn uris() {
        assert_eq!(file_uri("models/my shop.yaml"), "models/my%20shop.yaml");
        assert_eq!(file_uri("/tmp/ü.yaml"), "file:///tmp/%C3%BC.yaml");
        assert_eq!(file_uri("C:\\x\\y.yaml"), "file:///C%3A/x/y.yaml");
        assert_eq!(file_uri("a:b.yaml"), "a%3Ab.yaml");
    }
}
