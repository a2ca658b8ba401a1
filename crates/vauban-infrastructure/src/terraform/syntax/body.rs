//! Bodies: attributes and blocks, and how reading goes on after something broken.

use super::cursor::{Cursor, Problem, Read};
use super::{Attribute, Block, Body, Expr, ExprKind, Item};

/// How deep blocks may be nested.
const DEEPEST: usize = 32;

/// Blocks that stand outside of others only. One of them at the start of a line ends whatever was left open before it.
const OUTERMOST: [&str; 10] =
    ["resource", "data", "module", "variable", "output", "locals", "provider", "terraform", "moved", "import"];

impl Cursor<'_> {
    /// A whole file.
    pub(super) fn file(&mut self) -> Body {
        let mut body = Body::default();
        while self.at < self.text.len() {
            let before = self.at;
            self.body(&mut body, None);
            // A closing brace too many: told, and passed over.
            if self.peek() == Some(b'}') {
                let problem = Problem { at: self.at, message: "`}` closes nothing".to_owned(), unrendered: false };
                self.problems.push(problem);
                self.at += 1;
            } else if self.at == before {
                self.at += 1;
            }
        }
        body
    }

    /// Entries up to a closing brace, which stays, or the end; `open` is where the block around them starts.
    fn body(&mut self, body: &mut Body, open: Option<(usize, usize)>) {
        let depth = open.map_or(0, |(_, depth)| depth);
        loop {
            self.space_and_lines();
            let Some(byte) = self.peek() else {
                if let Some((start, _)) = open {
                    self.unclosed(start);
                }
                return;
            };
            if byte == b'}' {
                return;
            }
            if let Some((start, _)) = open
                && self.at_outermost_block()
            {
                self.unclosed(start);
                return;
            }
            let start = self.at;
            match self.entry(depth) {
                Ok(item) => body.items.push(item),
                Err((name, problem)) => {
                    self.problems.push(problem);
                    self.at = start;
                    self.skip_entry();
                    // What could not be read is still there: not known is not absent.
                    if let Some(name) = name {
                        let shown: String = self.slice(start, self.at).trim().chars().take(60).collect();
                        let span = self.places.span(start, start + name.len());
                        let value = Expr::new(ExprKind::Broken(shown.into()), span);
                        body.items.push(Item::Attribute(Attribute { name: name.into(), span, value }));
                    }
                    if self.at == start {
                        self.at += 1;
                    }
                }
            }
        }
    }

    fn unclosed(&mut self, start: usize) {
        let message = "the block is not closed: `}` is missing".to_owned();
        self.problems.push(Problem { at: start, message, unrendered: false });
    }

    fn entry(&mut self, depth: usize) -> Result<Item, (Option<String>, Problem)> {
        let start = self.at;
        let Some(name) = self.name() else {
            return self.expected("an argument or a block").map_err(|problem| (None, problem));
        };
        let span = self.here(start);
        self.newlines = true;
        self.space();
        if self.peek() == Some(b'=') && self.peek_at(1) != Some(b'=') {
            self.at += 1;
            self.space();
            let attribute = |problem| (Some(name.to_owned()), problem);
            let value = self.expression().map_err(attribute)?;
            self.space();
            if self.peek().is_some_and(|byte| byte != b'\n' && byte != b'}') {
                return self.expected("the end of the line").map_err(attribute);
            }
            return Ok(Item::Attribute(Attribute { name: name.into(), span, value }));
        }
        let labels = self.labels().map_err(|problem| (None, problem))?;
        let header = self.slice(start, self.at).trim_end().len();
        let span = self.places.span(start, start + header);
        self.at += 1;
        let mut block = Block { kind: name.into(), labels, span, body: Body::default() };
        if depth >= DEEPEST {
            return self.problem("blocks are nested too deeply").map_err(|problem| (None, problem));
        }
        self.body(&mut block.body, Some((start, depth + 1)));
        if self.peek() == Some(b'}') {
            self.at += 1;
        }
        Ok(Item::Block(block))
    }

    /// The labels of a block, up to its opening brace.
    fn labels(&mut self) -> Read<Vec<vauban_model::resource::Text>> {
        let mut labels = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(b'{') if !self.starts("{{") && !self.starts("{%") => return Ok(labels),
                Some(b'"') => {
                    let expr = self.quoted()?;
                    match expr.kind {
                        ExprKind::Text(text) => labels.push(text),
                        _ => return self.problem("a label is plain text"),
                    }
                }
                _ => match self.name() {
                    Some(name) => labels.push(name.into()),
                    None => return self.expected("`=`, a label or `{`"),
                },
            }
        }
    }

    /// Whether a block that stands only outside of others starts here, at the start of a line.
    fn at_outermost_block(&mut self) -> bool {
        if self.at > 0 && self.bytes.get(self.at - 1) != Some(&b'\n') {
            return false;
        }
        let start = self.at;
        let known = self.name().is_some_and(|name| OUTERMOST.contains(&name));
        let line = self.slice(self.at, self.text.len()).lines().next().unwrap_or("").trim();
        self.at = start;
        known && (line.starts_with('"') && line.contains('{') || line.starts_with('{'))
    }

    /// Passes over an entry that could not be read: to the end of its line, or of what it opens.
    fn skip_entry(&mut self) {
        let mut open = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.skip_quoted(),
                b'#' => self.skip_line(),
                b'/' if self.peek_at(1) == Some(b'/') => self.skip_line(),
                b'<' if self.peek_at(1) == Some(b'<') => self.skip_heredoc(),
                b'{' | b'[' | b'(' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' if open == 0 => return,
                b'}' | b']' | b')' => {
                    open = open.saturating_sub(1);
                    self.at += 1;
                }
                b'\n' => {
                    self.at += 1;
                    if open == 0 || self.at_outermost_block() {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// Over a quoted text, as far as its line goes.
    fn skip_quoted(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\n' => return,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.text.len());
    }

    fn skip_heredoc(&mut self) {
        let start = self.at;
        if self.heredoc_range().is_none() {
            self.at = start + 2;
        }
    }
}
