//! The Markdown report keeps to its tables and brings no markup of the model's.

use vauban_export::markdown::markdown;

use crate::hostile::world;

#[test]
fn nothing_breaks_out() {
    let text = without_code(&markdown(&world().report(), true));
    for bad in ["<script", "<img", "</style", "\u{202E}", "\u{2066}", "\0", "\n# head", "x](javascript", " @team"] {
        assert!(!text.contains(bad), "{bad:?} came through:\n{}", around(&text, bad));
    }
    assert!(text.contains("שלום"));
}

#[test]
fn every_row_of_a_table_has_as_many_cells_as_its_head() {
    let text = markdown(&world().report(), true);
    let cells = |line: &str| {
        let mut number = 0;
        let mut escaped = false;
        for character in line.chars() {
            number += usize::from(character == '|' && !escaped);
            escaped = character == '\\' && !escaped;
        }
        number
    };
    let mut head = None;
    for line in text.lines() {
        if line.starts_with('|') {
            let wanted = *head.get_or_insert_with(|| cells(line));
            assert_eq!(cells(line), wanted, "{line}");
        } else {
            head = None;
        }
    }
}

#[test]
fn it_tells_the_whole_story() {
    let text = markdown(&world().report(), true);
    for heading in [
        "## Attack paths",
        "### Choke points",
        "## Threats",
        "## Register",
        "## STRIDE per element",
        "## Data",
        "## Questions",
        "## Decisions",
        "## Scope",
        "### Third parties",
        "## Recorded threats",
        "## Methodology",
        "## Messages about the input",
    ] {
        assert!(text.contains(&format!("\n{heading}\n")), "{heading}");
    }
    assert!(text.contains("(2 places)"), "the same threat at two places is one section");
    assert!(text.contains("**1 is new or worse than the baseline.**"));
}

/// The text without its code spans, in which nothing is markup.
fn without_code(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = rest.find('`') {
            let (before, from) = rest.split_at(at);
            let escaped = before.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
            let run = from.chars().take_while(|c| *c == '`').count();
            let fence = "`".repeat(run);
            out.push_str(before);
            let inner = &from[run..];
            // The end is a run of just as many.
            let end = inner
                .match_indices(&fence)
                .map(|(at, _)| at)
                .find(|at| !inner[..*at].ends_with('`') && !inner[at + run..].starts_with('`'));
            rest = match end.filter(|_| !escaped) {
                Some(end) => &inner[end + run..],
                None => {
                    out.push_str(&fence);
                    inner
                }
            };
        }
        out.push_str(rest);
        out.push('\n');
    }
    out
}

fn around<'t>(text: &'t str, what: &str) -> &'t str {
    let at = text.find(what).unwrap_or(0);
    let start = (0..=at.saturating_sub(60)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    let end = (at + 60..text.len()).find(|n| text.is_char_boundary(*n)).unwrap_or(text.len());
    &text[start..end]
}
