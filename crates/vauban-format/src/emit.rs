//! Writing YAML: as plain as it can be, quoted where it must be, on one line where it fits.

/// Lines are kept within this many characters where a value can be broken.
const WIDTH: usize = 120;

/// Keys that take more characters than this are written behind `? `: YAML gives a key on its own 1024.
const LONG_KEY: usize = 900;

/// Something to write.
#[derive(Clone, Debug)]
pub(crate) enum Out {
    /// Written as it is: a number, yes or no, a date.
    Bare(String),
    /// A text, quoted if anything but this text could be read from it.
    Text(String),
    /// A text that is always quoted: bare it would be a word with a meaning of its own.
    Quoted(String),
    /// A list.
    List(Vec<Out>),
    /// Keys and values, on one line if it fits.
    Map(Vec<(String, Out)>),
    /// Keys and values, each on a line of its own.
    Block(Vec<(String, Out)>),
}

impl Out {
    pub(crate) fn text(text: &str) -> Self {
        Out::Text(text.to_owned())
    }

    pub(crate) fn yes(yes: bool) -> Self {
        Out::Bare(if yes { "yes" } else { "no" }.to_owned())
    }

    pub(crate) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Out::List(texts.into_iter().map(|text| Out::text(text.as_ref())).collect())
    }
}

/// Writes the entries of a block mapping.
pub(crate) fn write_block(entries: &[(String, Out)], indent: usize, out: &mut String) {
    for (key, value) in entries {
        pad(indent, out);
        let start = out.len();
        write_text(key, false, out);
        let mut column = indent + out.len() - start + 1;
        if out.len() - start > LONG_KEY {
            out.insert_str(start, "? ");
            out.push('\n');
            pad(indent, out);
            column = indent + 1;
        }
        out.push(':');
        write_value(value, indent, column, out);
    }
}

/// Writes a value behind its key, up to and with the end of the line.
fn write_value(value: &Out, indent: usize, column: usize, out: &mut String) {
    match value {
        Out::Text(text) | Out::Quoted(text) if is_literal(text) => {
            write_literal(text, indent + 2, out);
            return;
        }
        Out::Bare(_) | Out::Text(_) | Out::Quoted(_) => {
            out.push(' ');
            write_scalar(value, false, out);
            out.push('\n');
            return;
        }
        Out::Block(entries) if !entries.is_empty() => {
            out.push('\n');
            write_block(entries, indent + 2, out);
            return;
        }
        _ => {}
    }
    // Never less than an empty list takes: it has no other form.
    if let Some(line) = inline(value, WIDTH.saturating_sub(column + 1).max(2)) {
        out.push(' ');
        out.push_str(&line);
        out.push('\n');
        return;
    }
    match value {
        Out::Map(entries) => {
            out.push('\n');
            write_block(entries, indent + 2, out);
        }
        Out::List(items) => {
            out.push('\n');
            write_items(items, indent + 2, out);
        }
        _ => {}
    }
}

/// Writes a list, an item a line.
pub(crate) fn write_items(items: &[Out], indent: usize, out: &mut String) {
    for item in items {
        write_item(item, indent, out);
    }
}

/// Writes an item of a block list.
fn write_item(item: &Out, indent: usize, out: &mut String) {
    pad(indent, out);
    out.push('-');
    match item {
        // The first key stands on the line of the dash, the others below it.
        Out::Map(entries) | Out::Block(entries) if inline(item, WIDTH.saturating_sub(indent + 2)).is_none() => {
            let mut block = String::new();
            write_block(entries, indent + 2, &mut block);
            out.push(' ');
            out.push_str(block.trim_start_matches(' '));
        }
        _ => write_value(item, indent, indent + 1, out),
    }
}

/// The value on one line, if it can be written so within a width.
fn inline(value: &Out, width: usize) -> Option<String> {
    let mut line = String::new();
    write_inline(value, width, &mut line).then_some(line)
}

/// Whether all was written within the width; gives up as soon as it was not, so that a large value costs little.
fn write_inline(value: &Out, width: usize, line: &mut String) -> bool {
    match value {
        Out::Bare(_) | Out::Text(_) | Out::Quoted(_) => {
            let (Out::Bare(text) | Out::Text(text) | Out::Quoted(text)) = value else { return false };
            if is_literal(text) || text.len() > 4 * width {
                return false;
            }
            write_scalar(value, true, line);
        }
        Out::List(items) => {
            line.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    line.push_str(", ");
                }
                if !write_inline(item, width, line) {
                    return false;
                }
            }
            line.push(']');
        }
        Out::Block(entries) if !entries.is_empty() => return false,
        Out::Map(entries) | Out::Block(entries) => {
            line.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                if at > 0 {
                    line.push_str(", ");
                }
                let start = line.len();
                write_text(key, true, line);
                if line.len() - start > LONG_KEY {
                    return false;
                }
                line.push_str(": ");
                if !write_inline(item, width, line) {
                    return false;
                }
            }
            line.push('}');
        }
    }
    line.chars().count() <= width
}

fn write_scalar(value: &Out, flow: bool, out: &mut String) {
    match value {
        Out::Bare(text) => out.push_str(text),
        Out::Quoted(text) => quote(text, out),
        Out::Text(text) => write_text(text, flow, out),
        Out::List(_) | Out::Map(_) | Out::Block(_) => {}
    }
}

/// Writes a text on one line, bare if nothing else could be read from it.
fn write_text(text: &str, flow: bool, out: &mut String) {
    if is_plain(text, flow) { out.push_str(text) } else { quote(text, out) }
}

/// A text as it stands behind a key on a line, for [`crate::write_answer`].
pub(crate) fn scalar(text: &str, flow: bool) -> String {
    let mut out = String::new();
    write_text(text, flow, &mut out);
    out
}

/// A text in double quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out);
    out
}

/// Whether a text can stand without quotes. Narrower than YAML: what another YAML reader might take for a number, a
/// yes/no, a date or nothing is quoted.
fn is_plain(text: &str, flow: bool) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text.chars().nth(1);
    let starts_well = first.is_alphanumeric()
        || matches!(first, '_' | '/' | '(')
        || (first == '.' && second.is_some_and(char::is_alphabetic));
    if !starts_well || text.ends_with([' ', ':']) || looks_typed(text) {
        return false;
    }
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let fine = match character {
            ' ' => before != ' ' || characters.peek().is_none(),
            ':' => characters.peek().is_some_and(|next| next.is_alphanumeric() || matches!(next, '/' | '_' | '-')),
            '#' => before != ' ',
            // Readers of YAML 1.1 end a text at a question mark inside braces.
            ',' | '[' | ']' | '{' | '}' | '?' => !flow,
            // A mark of byte order, a line separator or half a character would not survive.
            '\u{feff}' | '\u{2028}' | '\u{2029}' => false,
            other => !other.is_control() && !other.is_whitespace() && !is_unwritable(other),
        };
        if !fine {
            return false;
        }
        before = character;
    }
    true
}

/// Whether some reader might see a number, a date, a yes/no or nothing in a bare text.
fn looks_typed(text: &str) -> bool {
    if text.len() <= 5
        && ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
    {
        return true;
    }
    text.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || b"xXoO+-_.:".contains(&byte))
}

/// Characters that YAML does not allow as they are.
fn is_unwritable(character: char) -> bool {
    matches!(u32::from(character) & 0xFFFF, 0xFFFE | 0xFFFF)
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => {
                let escaped = other.is_control()
                    || (other.is_whitespace() && other != ' ')
                    || other == '\u{feff}'
                    || is_unwritable(other);
                let code = u32::from(other);
                match code {
                    _ if !escaped => out.push(other),
                    0..=0xFF => out.push_str(&format!("\\x{code:02X}")),
                    0x100..=0xFFFF => out.push_str(&format!("\\u{code:04X}")),
                    _ => out.push_str(&format!("\\U{code:08X}")),
                }
            }
        }
    }
    out.push('"');
}

/// Whether a text is written as a block of lines: several lines, none of which needs escapes or an indentation mark.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && body.split('\n').all(|line| line.is_empty() || !line.trim().is_empty())
        && body.split('\n').all(|line| !line.starts_with('\t'))
        && text.chars().all(|c| {
            c == '\n'
                || c == '\t'
                || !(c.is_control() || c == '\u{feff}' || is_unwritable(c) || (c.is_whitespace() && c != ' '))
        })
}

fn write_literal(text: &str, indent: usize, out: &mut String) {
    let body = text.strip_suffix('\n').unwrap_or(text);
    out.push_str(if body.len() == text.len() { " |-\n" } else { " |\n" });
    for line in body.split('\n') {
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> bool {
        is_plain(text, false)
    }

    #[test]
    fn ordinary_words_stay_bare() {
        for text in [
            "orders",
            "Corner Shop",
            "browser -> web (reports)",
            "k8s:shop/Deployment/cart",
            "aws_iam_role.app",
            "Sells books online and ships them.",
            "https://example.org/x",
            "don't",
            ".env",
            "Bücher & Noten",
        ] {
            assert!(plain(text), "{text}");
        }
        assert!(plain("a, b") && !is_plain("a, b", true));
        assert!(plain("Broadcast?") && !is_plain("Broadcast?", true), "YAML 1.1 ends a text there");
    }

    #[test]
    fn what_could_be_misread_is_quoted() {
        for text in [
            "",
            " a",
            "a ",
            "yes",
            "No",
            "null",
            "~",
            "1",
            "1.10",
            "0755",
            "0x1F",
            "2026-01-01",
            "12:30",
            "- a",
            "a: b",
            "a #b",
            "a:",
            "#a",
            "*a",
            "&a",
            "!a",
            "\"a\"",
            "'a'",
            "{a}",
            "[a]",
            "<<",
            "a\nb",
            "a\tb",
            "a  b",
            "...",
            "%a",
            "@a",
            "\u{feff}a",
            "a\u{2028}b",
            "a\u{85}b",
            "|",
            ">",
            "?",
            "a\u{a0}b",
        ] {
            assert!(!plain(text), "{text:?}");
        }
    }
}
