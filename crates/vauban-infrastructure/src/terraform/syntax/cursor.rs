//! A position in the text, and the small steps everything else is made of.

use vauban_model::{Diagnostic, Span};

use super::places::Places;
use super::{Expr, ExprKind, HIGHEST};

/// Most problems told of one file.
const PROBLEMS: usize = 20;

/// Something that could not be read.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) unrendered: bool,
}

pub(super) type Read<T> = Result<T, Problem>;

pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    pub(super) places: Places<'t>,
    /// Whether the end of a line ends an expression.
    pub(super) newlines: bool,
    pub(super) depth: u16,
    pub(super) problems: Vec<Problem>,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, places: Places<'t>) -> Self {
        Cursor { text, bytes: text.as_bytes(), at: 0, places, newlines: true, depth: 0, problems: Vec::new() }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    pub(super) fn starts(&self, what: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(what.as_bytes()))
    }

    /// Takes a text if it stands here.
    pub(super) fn take(&mut self, what: &str) -> bool {
        let there = self.starts(what);
        if there {
            self.at += what.len();
        }
        there
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or("")
    }

    pub(super) fn here(&self, start: usize) -> Span {
        self.places.span(start, self.at)
    }

    /// Passes over blanks and comments, and ends of lines where they mean nothing.
    pub(super) fn space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if !self.newlines => self.at += 1,
                b'#' => self.skip_line(),
                b'/' if self.peek_at(1) == Some(b'/') => self.skip_line(),
                b'/' if self.peek_at(1) == Some(b'*') => {
                    let rest = self.slice(self.at + 2, self.text.len());
                    self.at = rest.find("*/").map_or(self.text.len(), |end| self.at + 2 + end + 2);
                }
                _ => break,
            }
        }
    }

    /// The same, over ends of lines too.
    pub(super) fn space_and_lines(&mut self) {
        let before = std::mem::replace(&mut self.newlines, false);
        self.space();
        self.newlines = before;
    }

    pub(super) fn skip_line(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// A name: letters, digits, `_`, `-`; not a digit first.
    pub(super) fn name(&mut self) -> Option<&'t str> {
        let start = self.at;
        let rest = self.slice(start, self.text.len());
        for (index, letter) in rest.char_indices() {
            let fits =
                letter.is_alphabetic() || letter == '_' || index > 0 && (letter.is_alphanumeric() || letter == '-');
            if !fits {
                break;
            }
            self.at = start + index + letter.len_utf8();
        }
        (self.at > start).then(|| self.slice(start, self.at))
    }

    /// The name that would come next.
    pub(super) fn peek_name(&mut self) -> Option<&'t str> {
        let start = self.at;
        let name = self.name();
        self.at = start;
        name
    }

    pub(super) fn problem<T>(&self, message: impl Into<String>) -> Read<T> {
        Err(Problem { at: self.at, message: message.into(), unrendered: false })
    }

    /// "expected x, found y".
    pub(super) fn expected<T>(&self, what: &str) -> Read<T> {
        let rest = self.text.get(self.at..).unwrap_or("");
        if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| rest.starts_with(mark)) {
            let line: String = rest.lines().next().unwrap_or("").chars().take(40).collect();
            return self.problem(format!("`{}` is left from a merge that was not finished", line.trim_end()));
        }
        if self.starts("{{") || self.starts("{%") || self.starts("<%") {
            let line = self.slice(self.at, self.text.len()).lines().next().unwrap_or("");
            let shown: String = line.chars().take(40).collect();
            return Err(Problem {
                at: self.at,
                message: format!("`{}` is left from a template that was not rendered", shown.trim_end()),
                unrendered: true,
            });
        }
        let found = match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            None => "the end of the text".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some(letter) => format!("`{letter}`"),
        };
        self.problem(format!("expected {what}, found {found}"))
    }

    /// An expression, unless it is too high to be walked.
    pub(super) fn node(&self, kind: ExprKind, start: usize) -> Read<Expr> {
        let expr = Expr::new(kind, self.here(start));
        if expr.height > HIGHEST {
            return self.problem("the expression is nested too deeply");
        }
        Ok(expr)
    }

    /// Goes one level deeper for as long as something is read.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= HIGHEST {
            return self.problem("the expression is nested too deeply");
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads something in which ends of lines mean nothing, or something.
    pub(super) fn with_newlines<T>(&mut self, newlines: bool, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let before = std::mem::replace(&mut self.newlines, newlines);
        let result = read(self);
        self.newlines = before;
        result
    }

    pub(super) fn diagnostic(&self, problem: &Problem) -> Diagnostic {
        let span = self.places.span(problem.at, problem.at + 1);
        if problem.unrendered {
            Diagnostic::error("template-not-rendered", span, problem.message.clone())
                .help("render the file first, or leave it: the rest of it is read")
        } else {
            Diagnostic::error("hcl-syntax", span, problem.message.clone())
                .help("mend it as `terraform validate` asks; everything around it is read")
        }
    }

    /// Tells the problems; of a file that is full of them only the first.
    pub(super) fn report(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let problems = std::mem::take(&mut self.problems);
        for (index, problem) in problems.iter().enumerate() {
            let mut diagnostic = self.diagnostic(problem);
            let more = problems.len() - index - 1;
            if index + 1 == PROBLEMS && more > 0 {
                diagnostic.message.push_str(&format!(", and {more} more in this file"));
                diagnostics.push(diagnostic);
                break;
            }
            diagnostics.push(diagnostic);
        }
    }
}
