//! The little Markdown that library pages and the methodology are written in, as HTML: paragraphs, lists, tables,
//! headings, code, emphasis and links. Everything is escaped first; there is no way to bring markup of one's own.

use std::fmt::Write as _;

use crate::text::html;

/// Nested emphasis is followed at most this deep.
const MAX_DEPTH: usize = 8;

/// Markdown as HTML; `#` becomes a heading of level `top`.
pub(super) fn to_html(markdown: &str, top: usize) -> String {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut out = String::with_capacity(markdown.len() * 2);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            at += 1;
        } else if let Some(fence) = trimmed.strip_prefix("```") {
            let _ = fence;
            let end =
                lines.iter().skip(at + 1).position(|l| l.trim().starts_with("```")).map_or(lines.len(), |n| at + 1 + n);
            let body = lines.get(at + 1..end).unwrap_or_default().join("\n");
            let _ = write!(out, "<pre><code>{}</code></pre>", html(&body));
            at = end + 1;
        } else if let Some((level, words)) = heading(trimmed) {
            let level = (top + level - 1).min(6);
            let _ = write!(out, "<h{level}>{}</h{level}>", inline(words, 0));
            at += 1;
        } else if trimmed.starts_with('|') && lines.get(at + 1).is_some_and(|l| is_rule(l)) {
            let end = (at + 2..lines.len()).find(|n| !lines[*n].trim().starts_with('|')).unwrap_or(lines.len());
            table(&mut out, trimmed, lines.get(at + 2..end).unwrap_or_default());
            at = end;
        } else if let Some(ordered) = item(trimmed).map(|(ordered, _)| ordered) {
            let tag = if ordered { "ol" } else { "ul" };
            let _ = write!(out, "<{tag}>");
            while let Some((same, words)) = lines.get(at).and_then(|l| item(l.trim())) {
                if same != ordered {
                    break;
                }
                let mut words = words.to_owned();
                at += 1;
                while let Some(next) =
                    lines.get(at).filter(|l| !l.trim().is_empty() && item(l.trim()).is_none() && l.starts_with(' '))
                {
                    words.push(' ');
                    words.push_str(next.trim());
                    at += 1;
                }
                let _ = write!(out, "<li>{}</li>", inline(&words, 0));
            }
            let _ = write!(out, "</{tag}>");
        } else {
            let start = at;
            at += 1;
            while lines.get(at).is_some_and(|l| {
                let l = l.trim();
                !l.is_empty()
                    && !l.starts_with("```")
                    && !l.starts_with('|')
                    && heading(l).is_none()
                    && item(l).is_none()
            }) {
                at += 1;
            }
            let words: Vec<&str> = lines.get(start..at).unwrap_or_default().iter().map(|l| l.trim()).collect();
            let _ = write!(out, "<p>{}</p>", inline(&words.join(" "), 0));
        }
    }
    out
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let words = line.get(level..)?.strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level, words))
}

fn item(line: &str) -> Option<(bool, &str)> {
    if let Some(words) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, words));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let words = line.get(digits..)?.strip_prefix(". ")?;
    (1..=3).contains(&digits).then_some((true, words))
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('|') && line.contains('-') && line.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '))
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|');
    let line = line.strip_suffix('|').unwrap_or(line);
    let mut out = vec![String::new()];
    let mut escaped = false;
    for character in line.chars() {
        match character {
            '\\' if !escaped => escaped = true,
            '|' if !escaped => out.push(String::new()),
            it => {
                if let Some(last) = out.last_mut() {
                    if escaped && it != '|' {
                        last.push('\\');
                    }
                    last.push(it);
                }
                escaped = false;
            }
        }
    }
    out
}

fn table(out: &mut String, head: &str, rows: &[&str]) {
    out.push_str("<div class=\"wide\"><table><thead><tr>");
    for cell in cells(head) {
        let _ = write!(out, "<th scope=\"col\">{}</th>", inline(cell.trim(), 0));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for cell in cells(row) {
            let _ = write!(out, "<td>{}</td>", inline(cell.trim(), 0));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

/// Code, emphasis and links within a line.
pub(super) fn inline(text: &str, depth: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[', '\\']) {
        let (before, from) = rest.split_at(at);
        out.push_str(&html(before));
        rest = match special(&mut out, from, depth) {
            Some(after) => after,
            None => {
                let (first, after) = from.split_at(1);
                out.push_str(&html(first));
                after
            }
        };
    }
    out.push_str(&html(rest));
    out
}

/// Writes what begins at the front of `from`, if it is complete, and returns what follows it.
fn special<'t>(out: &mut String, from: &'t str, depth: usize) -> Option<&'t str> {
    if let Some(inner) = from.strip_prefix('`') {
        let (code, after) = inner.split_once('`')?;
        let _ = write!(out, "<code>{}</code>", html(code));
        return Some(after);
    }
    if let Some(inner) = from.strip_prefix('\\') {
        let sign = inner.chars().next().filter(char::is_ascii_punctuation)?;
        out.push_str(&html(sign.encode_utf8(&mut [0; 4])));
        return inner.get(1..);
    }
    if depth >= MAX_DEPTH {
        return None;
    }
    for (mark, tag) in [("**", "strong"), ("*", "em")] {
        let Some(inner) = from.strip_prefix(mark) else { continue };
        let Some((words, after)) = inner.split_once(mark) else { continue };
        if words.is_empty() || words.starts_with(' ') || words.ends_with(' ') {
            continue;
        }
        let _ = write!(out, "<{tag}>{}</{tag}>", inline(words, depth + 1));
        return Some(after);
    }
    let (words, after) = from.strip_prefix('[')?.split_once("](")?;
    let (target, after) = after.split_once(')')?;
    // Anything but a plain web address stays text: a page must not run what a library page says.
    let safe =
        (target.starts_with("https://") || target.starts_with("http://")) && !target.contains(char::is_whitespace);
    if safe {
        let _ = write!(out, "<a href=\"{}\" rel=\"noreferrer\">{}</a>", html(target), inline(words, depth + 1));
    } else {
        out.push_str(&inline(words, depth + 1));
    }
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_markdown_that_library_pages_use() {
        assert_eq!(to_html("One\ntwo.\n\nThree.", 3), "<p>One two.</p><p>Three.</p>");
        assert_eq!(to_html("- a\n  b\n- c", 3), "<ul><li>a b</li><li>c</li></ul>");
        assert_eq!(to_html("1. a\n2. b", 3), "<ol><li>a</li><li>b</li></ol>");
        assert_eq!(to_html("## H *x*", 3), "<h4>H <em>x</em></h4>");
        assert_eq!(to_html("```yaml\na: <b>\n```", 3), "<pre><code>a: &lt;b&gt;</code></pre>");
        assert_eq!(to_html("`a*b*` **c**", 3), "<p><code>a*b*</code> <strong>c</strong></p>");
        assert!(to_html("| a | b |\n|---|---|\n| 1 | x\\|y |", 3).contains("<td>x|y</td>"));
    }

    #[test]
    fn no_markup_comes_through() {
        let out = to_html("<script>x</script> [a](javascript:alert(1)) [b](https://x/\"onclick=) **<i>**", 3);
        assert!(
            !out.contains("<script")
                && !out.contains("javascript:")
                && !out.contains("<i>")
                && !out.contains("\"onclick")
        );
    }

    #[test]
    fn a_backslash_takes_the_meaning_away() {
        assert_eq!(inline("\\*a\\* \\<b> c\\d", 0), "*a* &lt;b&gt; c\\d");
        assert!(to_html("\\# no heading", 3).starts_with("<p># no"));
    }

    #[test]
    fn unfinished_marks_are_text() {
        assert_eq!(inline("a * b ` c [ d", 0), "a * b ` c [ d");
        let deep = "[".repeat(5_000);
        assert_eq!(inline(&deep, 0), deep);
    }
}
