//! Words of people on their way into OSCAL, whose texts are Markdown and whose values are single lines.

use vauban_model::day;

use super::ids::NAMESPACE;
use super::shapes::Property;
use crate::text;

/// Stands where somebody gave no name or text.
const NOTHING: &str = "(nothing said)";

/// A value: one line, no blanks around it. `None` for an empty one, which OSCAL has no place for.
pub(super) fn value(words: &str) -> Option<String> {
    let line = text::one_line(words);
    (!line.is_empty()).then_some(line)
}

/// Plain words as one line of OSCAL's Markdown, in which nothing is taken for markup or for a parameter to insert.
pub(super) fn line(words: &str) -> String {
    let plain = text::one_line(words);
    if plain.is_empty() {
        return NOTHING.to_owned();
    }
    let mut out = String::with_capacity(plain.len() + plain.len() / 8);
    let (mut before, mut rest) = (' ', plain.chars().peekable());
    while let Some(character) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let inside_word = before.is_alphanumeric() && next.is_alphanumeric();
        let at_front = out.is_empty() && matches!(character, '#' | '+' | '-' | '=' | '>' | ':');
        let ends_number = matches!(character, '.' | ')') && !out.is_empty() && out.chars().all(|c| c.is_ascii_digit());
        let means = matches!(character, '\\' | '`' | '*' | '[' | ']' | '<' | '&' | '|' | '~' | '^' | '$' | '{' | '}');
        if means || at_front || ends_number || (character == '_' && !inside_word) {
            out.push('\\');
        }
        out.push(character);
        before = character;
    }
    out
}

/// Several texts of people as one paragraph, each a sentence of its own.
pub(super) fn sentences<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let said: Vec<String> = all.into_iter().filter_map(value).map(|it| sentence(&it)).collect();
    line(&said.join(" "))
}

/// With a full stop where there is no mark at the end.
fn sentence(words: &str) -> String {
    if words.ends_with(['.', '!', '?', ':']) { words.to_owned() } else { format!("{words}.") }
}

/// A property of ours; none for an empty value.
pub(super) fn property(name: &'static str, words: &str) -> Option<Property> {
    property_because(name, words, None)
}

/// The same with remarks, which are Markdown.
pub(super) fn property_because(name: &'static str, words: &str, remarks: Option<String>) -> Option<Property> {
    Some(Property { name, ns: Some(NAMESPACE), value: value(words)?, remarks })
}

/// A property whose meaning OSCAL itself defines.
pub(super) fn standard(name: &'static str, value: &str) -> Property {
    Property { name, ns: None, value: value.to_owned(), remarks: None }
}

/// The first moment of a day, in UTC. `None` for what is no day, and for years that OSCAL's pattern of dates does not
/// take: those before 1900 and after 2999, and the leap days of the twentieth century.
pub(super) fn moment(text: &str) -> Option<String> {
    let year = text.get(..4)?;
    let in_pattern =
        (("1900"..="1999").contains(&year) && !text.ends_with("-02-29")) || ("2000"..="2999").contains(&year);
    (day::is_day(text) && in_pattern).then(|| format!("{text}T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_person_wrote_is_markup() {
        assert_eq!(line("a *b* `c` <i> [d](e)"), "a \\*b\\* \\`c\\` \\<i> \\[d\\](e)");
        assert_eq!(line("{{ insert: param, x }}"), "\\{\\{ insert: param, x \\}\\}");
        assert_eq!(line("# no\nheading_here _em_"), "\\# no heading_here \\_em\\_");
        assert_eq!(line("1. no list"), "1\\. no list");
        assert_eq!(line(" \n"), NOTHING);
        assert_eq!(sentences(["a", "", "b."]), "a. b.");
    }

    #[test]
    fn days_are_moments_where_the_pattern_takes_them() {
        assert_eq!(moment("2026-11-27").as_deref(), Some("2026-11-27T00:00:00Z"));
        for no in ["2026-02-30", "1899-01-01", "3000-01-01", "1996-02-29", "", "ünïcode"] {
            assert_eq!(moment(no), None, "{no}");
        }
        assert!(moment("2028-02-29").is_some());
    }
}
