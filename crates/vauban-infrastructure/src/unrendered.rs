//! Statements of template languages that were left in YAML and JSON: `{% if x %}` of Jinja, `<% if x %>` of ERB. They
//! belong to no value, so that a file is readable without them; which of their branches counts is not known.

use std::sync::Arc;

use vauban_model::{Diagnostic, FileId, Span};

/// The text with each line that is a statement only turned into blanks, so that everything else keeps its place; and what
/// there is to say of it. `None` where there are none.
pub(crate) fn without_statements(file: FileId, text: &str) -> Option<(Arc<str>, Diagnostic)> {
    if !text.contains("{%") && !text.contains("<%") {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut first = None;
    let mut count = 0usize;
    for (at, line) in (1u32..).zip(text.split_inclusive('\n')) {
        let inside = line.trim();
        let alone = [("{%", "%}"), ("<%", "%>")].iter().any(|(open, close)| {
            inside.starts_with(open)
                && inside.ends_with(close)
                && inside.matches(close).count() == inside.matches(open).count()
        });
        if alone && !inside.starts_with("<%=") {
            let column = line.len() - line.trim_start().len();
            first.get_or_insert_with(|| {
                let length = u32::try_from(inside.chars().count()).unwrap_or(u32::MAX);
                let column = u32::try_from(column).unwrap_or(0).saturating_add(1);
                (inside.chars().take(40).collect::<String>(), Span::new(file, at, column, length))
            });
            count += 1;
            out.extend(line.chars().filter(|letter| matches!(letter, '\n' | '\r')));
        } else {
            out.push_str(line);
        }
    }
    let (shown, span) = first?;
    let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
    let diagnostic = Diagnostic::warning(
        "template-not-rendered",
        span,
        format!("`{shown}`{more}: left from a template that was not rendered, and passed over"),
    )
    .help("render the file first; until then every branch of it is read as if it held");
    Some((out.into(), diagnostic))
}

#[cfg(test)]
mod tests {
    use vauban_model::FileId;

    use super::without_statements;

    #[test]
    fn lines_of_statements_go_and_everything_else_keeps_its_place() {
        let text = "a: 1\n{% if x %}\nb: {{ y }}\n  {% endif %}\nc: 3\n";
        let (out, said) = without_statements(FileId(0), text).unwrap();
        assert_eq!(&*out, "a: 1\n\nb: {{ y }}\n\nc: 3\n");
        assert_eq!(said.span.map(|span| span.line), Some(2));
        assert!(said.message.contains("`{% if x %}`, and 1 more"), "{}", said.message);
    }

    #[test]
    fn what_stands_in_a_value_is_left_alone() {
        assert!(without_statements(FileId(0), "a: \"{% if x %}b{% endif %}\"\n").is_none());
        assert!(without_statements(FileId(0), "a: 1\n<%= name %>\n").is_none());
    }
}
