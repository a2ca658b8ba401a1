//! The expression language of templates: `[concat(parameters('name'), '-', variables('list')[0].key)]`.
//!
//! Texts are in single quotes, a quote inside is doubled. There are numbers, calls, and after a call any row of
//! `.property` and `[index]`. There are no operators.

use std::sync::Arc;

/// Deepest nesting of calls and indices.
const DEPTH: usize = 64;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Text(Arc<str>),
    Number(f64),
    /// A function by its whole name (a user's own are `namespace.name`) with its arguments.
    Call(Arc<str>, Vec<Expr>),
    /// `.property` of something; `.?property` is nothing when it is not there.
    Property(Box<Expr>, Arc<str>),
    /// `[index]` of something.
    Index(Box<Expr>, Box<Expr>),
}

/// What a text in a template is.
#[derive(Debug, PartialEq)]
pub(super) enum Written<'t> {
    /// Text as it is.
    Text(&'t str),
    /// An expression.
    Expression(Expr),
    /// It has the brackets of an expression, and is none.
    Broken,
}

/// Tells texts from expressions. `[[` at the start is a bracket that was meant as one.
pub(super) fn read(text: &str) -> Written<'_> {
    let trimmed = text.trim_end();
    let Some(rest) = trimmed.strip_prefix('[') else { return Written::Text(text) };
    if rest.starts_with('[') {
        return Written::Text(text.get(1..).unwrap_or(text));
    }
    let Some(inner) = rest.strip_suffix(']') else { return Written::Text(text) };
    match parse(inner) {
        Some(expression) => Written::Expression(expression),
        None => Written::Broken,
    }
}

/// Parses an expression without its brackets.
pub(super) fn parse(text: &str) -> Option<Expr> {
    let mut parser = Parser { text, at: 0 };
    let expression = parser.expression(0)?;
    parser.blank();
    (parser.at == text.len()).then_some(expression)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, mark: char) -> bool {
        self.blank();
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len_utf8();
        }
        found
    }

    fn word(&mut self) -> Option<String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$' || c == '-')).unwrap_or(rest.len());
        let word = rest.get(..end).filter(|word| !word.is_empty())?.to_owned();
        self.at += end;
        Some(word)
    }

    fn expression(&mut self, depth: usize) -> Option<Expr> {
        if depth > DEPTH {
            return None;
        }
        self.blank();
        let first = self.rest().chars().next()?;
        let mut value = match first {
            '\'' => self.quoted()?,
            '-' | '+' | '0'..='9' => self.number()?,
            _ => self.call(depth)?,
        };
        // A row of properties is as deep as it is long.
        let mut steps = depth;
        loop {
            steps += 1;
            if steps > DEPTH {
                return None;
            }
            if self.take('[') {
                self.blank();
                if self.rest().starts_with('?') {
                    self.at += 1;
                }
                let index = self.expression(depth + 1)?;
                if !self.take(']') {
                    return None;
                }
                value = Expr::Index(Box::new(value), Box::new(index));
            } else if self.take('.') {
                self.take('?');
                self.blank();
                let name = self.word()?;
                value = Expr::Property(Box::new(value), name.into());
            } else {
                return Some(value);
            }
        }
    }

    fn quoted(&mut self) -> Option<Expr> {
        let rest = self.rest().strip_prefix('\'')?;
        let mut text = String::new();
        let mut marks = rest.char_indices().peekable();
        while let Some((at, mark)) = marks.next() {
            if mark != '\'' {
                text.push(mark);
            } else if marks.peek().is_some_and(|(_, next)| *next == '\'') {
                marks.next();
                text.push('\'');
            } else {
                self.at += at + 2;
                return Some(Expr::Text(text.into()));
            }
        }
        None
    }

    fn number(&mut self) -> Option<Expr> {
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && matches!(c, '-' | '+'))))
            .map_or(rest.len(), |(at, _)| at);
        let number = rest.get(..end)?.parse::<f64>().ok()?;
        self.at += end;
        Some(Expr::Number(number))
    }

    fn call(&mut self, depth: usize) -> Option<Expr> {
        let mut name = self.word()?;
        while self.take('.') {
            self.blank();
            name = format!("{name}.{}", self.word()?);
        }
        if !self.take('(') {
            return match name.to_ascii_lowercase().as_str() {
                "true" | "false" | "null" => Some(Expr::Call(name.into(), Vec::new())),
                _ => None,
            };
        }
        let mut arguments = Vec::new();
        if self.take(')') {
            return Some(Expr::Call(name.into(), arguments));
        }
        loop {
            arguments.push(self.expression(depth + 1)?);
            if self.take(')') {
                return Some(Expr::Call(name.into(), arguments));
            }
            if !self.take(',') {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, arguments: Vec<Expr>) -> Expr {
        Expr::Call(name.into(), arguments)
    }

    fn text(text: &str) -> Expr {
        Expr::Text(text.into())
    }

    #[test]
    fn calls_properties_and_indices_are_read_with_blanks_and_line_ends_anywhere() {
        let expected = Expr::Property(
            Box::new(Expr::Index(
                Box::new(Expr::Property(Box::new(call("reference", vec![text("x")])), "keys".into())),
                Box::new(Expr::Number(0.0)),
            )),
            "value".into(),
        );
        for written in ["reference('x').keys[0].value", " reference ( 'x' )\n . keys [ 0 ] . value "] {
            assert_eq!(parse(written), Some(expected.clone()));
        }
        assert_eq!(parse("a.f(-1)"), Some(call("a.f", vec![Expr::Number(-1.0)])));
    }

    #[test]
    fn quotes_are_doubled_inside_of_texts() {
        assert_eq!(parse("concat('it''s')"), Some(call("concat", vec![text("it's")])));
        assert_eq!(parse("concat('')"), Some(call("concat", vec![text("")])));
        assert_eq!(parse("'x''"), None);
    }

    #[test]
    fn two_brackets_are_a_text_and_no_closing_one_is_a_text_too() {
        assert_eq!(read("[[x]"), Written::Text("[x]"));
        assert_eq!(read("[x"), Written::Text("[x"));
        assert_eq!(read("plain"), Written::Text("plain"));
        assert_eq!(read("[not an expression]"), Written::Broken);
        assert!(matches!(read("[f()]"), Written::Expression(_)));
    }

    #[test]
    fn deep_nesting_is_refused_without_harm() {
        let deep = format!("{}1{}", "f(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(parse(&deep), None);
        assert_eq!(parse(&format!("f(){}", ".a".repeat(100_000))), None);
    }
}
