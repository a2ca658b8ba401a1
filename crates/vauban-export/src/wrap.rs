//! Lines that fit a terminal: broken between words, never in one, and continued below where their text begins.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

/// Terminals narrower than this get lines of this width, and break them themselves.
const NARROWEST: usize = 40;
/// Letters that a label such as `because:` has at most.
const LABEL: usize = 24;
/// Lines that begin further in are paragraphs below a title; others with an indent are items of a list.
const ITEM: usize = 6;

/// A text with no line wider than `width` columns, where words allow it. Lines that fit stay as they are.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let width = width.max(NARROWEST);
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if display_width(line) <= width {
            out.push_str(line);
        } else {
            let indent = " ".repeat(hanging(line, width));
            out.push_str(&pieces(line, width, &indent).join("\n"));
        }
        out.push_str(end);
    }
    out
}

/// Columns that a text takes: letters of some scripts take two.
pub(crate) fn columns(text: &str) -> usize {
    display_width(text)
}

/// The lines of a cell of so many columns.
pub(crate) fn cell(text: &str, width: usize) -> Vec<String> {
    pieces(text, width.max(1), "")
}

fn pieces(text: &str, width: usize, indent: &str) -> Vec<String> {
    // Blanks before a word that is too wide stay before it.
    let begin = text.len() - text.trim_start_matches(' ').len();
    let (blanks, text) = text.split_at(begin);
    let options = Options::new(width)
        .initial_indent(blanks)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// Where the lines that continue a line begin: below its last column, behind its bullet or number, or where it begins.
fn hanging(line: &str, width: usize) -> usize {
    let line: Vec<char> = unpainted(line).chars().collect();
    let begin = line.iter().take_while(|letter| **letter == ' ').count();
    let text: String = line.iter().skip(begin).collect();
    let word = text.split(' ').next().unwrap_or_default();
    // Columns are set apart by two blanks or more; only those in the first half leave room for what follows.
    let column = (begin + 2..line.len().min(width / 2))
        .rev()
        .find(|at| line.get(at - 2..*at) == Some(&[' ', ' ']) && line.get(*at).is_some_and(|letter| *letter != ' '));
    let is_number = word.len() < 5 && word.strip_suffix('.').is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit()));
    // Levels are set in capitals, in a column of their own.
    let is_level = begin == 0 && matches!(word, "CRITICAL" | "HIGH" | "MEDIUM" | "LOW");
    if is_level {
        let at = column.unwrap_or(word.len() + 1);
        let behind: String = line.iter().skip(at).collect();
        let number = behind.split(' ').next().unwrap_or_default();
        let counts =
            number.strip_suffix('.').is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
        return if counts { at + number.len() + 1 } else { at };
    }
    if let Some(at) = column {
        return at;
    }
    if is_number || word == "-" {
        return begin + word.len() + 1;
    }
    match text.find(": ") {
        _ if (1..=ITEM).contains(&begin) => begin + 2,
        Some(at) if at <= LABEL && begin > 0 => begin + 2,
        _ => begin,
    }
}

/// A line without its colours.
fn unpainted(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // All of ours end with an `m`.
            letters.by_ref().find(|it| *it == 'm');
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_that_fit_stay() {
        let text = "a  b\n\n   c   \nd";
        assert_eq!(wrapped(text, 80), text);
    }

    #[test]
    fn a_line_goes_on_where_its_text_begins() {
        let long = "word ".repeat(20);
        for (line, indent) in [
            ("HIGH     ", 9),
            ("CRITICAL ", 9),
            ("CRITICAL 1. ", 12),
            ("  - ", 4),
            ("  12. ", 6),
            ("    because: ", 6),
            // Beyond the half of the width no column is kept to.
            ("  fresh            risk-register              ", 19),
            ("  key  value  ", 14),
            ("\u{1b}[31mHIGH    \u{1b}[0m ", 9),
            // An item of a list, and a paragraph below a title.
            ("  ", 4),
            ("         ", 9),
            ("", 0),
        ] {
            let out = wrapped(&format!("{line}{long}"), 60);
            let second = out.lines().nth(1).unwrap_or_default();
            let begins = second.len() - second.trim_start().len();
            assert_eq!(begins, indent, "{line:?}\n{out}");
        }
    }

    #[test]
    fn ids_and_paths_are_never_broken() {
        let id = format!("{}@{}", "cross-site-".repeat(10), "shop.web");
        let out = wrapped(&format!("    {id}  models/{}/x.yaml:1:2 and more", "deep/".repeat(20)), 60);
        assert!(out.lines().any(|line| line.trim() == id), "{out}");
    }

    #[test]
    fn colours_take_no_room() {
        let line = format!("\u{1b}[2m{}\u{1b}[0m", "abc ".repeat(14).trim_end());
        assert_eq!(wrapped(&line, 56), line);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_line_is_too_wide(text in "( {0,6}[a-zé日-]{1,12}: ?| ?[A-Z]{1,8}|\n){0,60}", width in 40usize..90) {
            let out = wrapped(&text, width);
            prop_assert!(out.split_whitespace().eq(text.split_whitespace()));
            for line in out.lines() {
                let words = line.split_whitespace().count();
                prop_assert!(display_width(line) <= width || words == 1, "{line:?}");
            }
            prop_assert_eq!(&wrapped(&out, width), &out);
        }
    }
}
