//! Files of `KEY=value` lines: `.env`, `env_file`, `envs`.

use vauban_model::{FileId, Span};

/// The entries of a file in order: key, value (`None` for a key alone, which is taken from the surroundings), place of the
/// value. Quotes around a value are taken off; `export ` before a key and comments are skipped.
pub(crate) fn entries(id: FileId, text: &str) -> Vec<(&str, Option<&str>, Span)> {
    let mut out = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        let body = line.trim_start();
        let body = body.strip_prefix("export ").unwrap_or(body);
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        let (key, value) = match body.split_once('=') {
            Some((key, value)) => (key.trim(), Some(value)),
            None => (body.trim(), None),
        };
        if key.is_empty() || key.contains(char::is_whitespace) {
            continue;
        }
        let value = value.map(unquoted);
        let column = value
            .and_then(|value| line.find(value).filter(|_| !value.is_empty()))
            .map_or(1, |at| line.get(..at).map_or(0, |before| before.chars().count()) + 1);
        let length = value.map_or(key.len(), |value| value.chars().count());
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        out.push((key, value, Span::new(id, number, narrow(column), narrow(length))));
    }
    out
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.rsplit_once(quote)) {
            return inner;
        }
    }
    // A comment after a value starts with white space before the mark.
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

#[cfg(test)]
mod tests {
    use super::entries;
    use vauban_model::FileId;

    #[test]
    fn quotes_comments_and_keys_alone_are_understood() {
        let text = "# head\nA=1\nexport B=\"two words\" # why\nC\nD='x#y'\nE=a # b\n";
        let found: Vec<_> =
            entries(FileId(0), text).into_iter().map(|(key, value, span)| (key, value, span.line)).collect();
        assert_eq!(
            found,
            [
                ("A", Some("1"), 2),
                ("B", Some("two words"), 3),
                ("C", None, 4),
                ("D", Some("x#y"), 5),
                ("E", Some("a"), 6)
            ]
        );
    }
}
