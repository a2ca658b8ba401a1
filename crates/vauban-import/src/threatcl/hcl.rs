//! HCL as a tree: as much of the language as models are written in, with a place for everything.
//!
//! A block becomes an item of a list under its type, with its labels under `@label` and `@label2`. References, texts with
//! references in them and whatever has to be computed keep their words and get a tag; [`super::resolve`] looks them up.
//! Reading is linear, bounded in depth, and goes on at the next line after a mistake.

use rustc_hash::FxHashMap;
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Entry, Kind, Node, Scalar};

use crate::log::{Log, short};

/// How deep blocks, lists and objects may nest.
const DEPTH: usize = 64;
/// The tag of a reference: `var.name`.
pub(super) const REFERENCE: &str = "reference";
/// The tag of a text with references in it: `${var.name}`.
pub(super) const TEMPLATE: &str = "template";
/// The tag of what would have to be computed.
pub(super) const COMPUTED: &str = "computed";
/// The key of a block's first label.
pub(super) const LABEL: &str = "@label";

/// Reads a file. Mistakes are reported and stepped over.
pub(super) fn parse(file: FileId, text: &str, log: &mut Log) -> Node {
    let mut reader = Reader { file, text, at: 0, line: 1, column: 1, log };
    let start = reader.here(0);
    let entries = reader.body(0, false);
    Node { span: start, tag: None, kind: Kind::Mapping(entries) }
}

/// A text as a node.
pub(super) fn text_node(span: Span, text: impl Into<Box<str>>) -> Node {
    Node { span, tag: None, kind: Kind::Scalar(Scalar { text: text.into(), quoted: true }) }
}

struct Reader<'t, 'l> {
    file: FileId,
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
    log: &'l mut Log,
}

impl<'t> Reader<'t, '_> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(c)
    }

    fn here(&self, length: u32) -> Span {
        Span::new(self.file, self.line, self.column, length)
    }

    fn wrong(&mut self, message: String) {
        self.log.push(
            Diagnostic::error("invalid-hcl", self.here(1), message)
                .help("the rest of the line was passed over; `threatcl validate` says more"),
        );
    }

    /// Steps over white space and comments, over ends of lines only if told to.
    fn blank(&mut self, lines: bool) {
        loop {
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("//") {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.bump();
                }
            } else if rest.starts_with("/*") {
                self.bump();
                self.bump();
                while !self.rest().is_empty() && !self.rest().starts_with("*/") {
                    self.bump();
                }
                self.bump();
                self.bump();
            } else if self.peek().is_some_and(|c| c.is_whitespace() || c == '\u{feff}')
                && (lines || self.peek() != Some('\n'))
            {
                self.bump();
            } else {
                return;
            }
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.bump();
        }
    }

    fn identifier(&mut self) -> Option<(&'t str, Span)> {
        if !self.peek().is_some_and(|c| c.is_alphabetic() || c == '_') {
            return None;
        }
        let (start, span) = (self.at, self.here(0));
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            self.bump();
        }
        let word = self.text.get(start..self.at)?;
        Some((word, Span { length: self.column.saturating_sub(span.column), ..span }))
    }

    /// Attributes and blocks up to the closing brace, or to the end of the file.
    fn body(&mut self, depth: usize, braced: bool) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut index: FxHashMap<&'t str, usize> = FxHashMap::default();
        loop {
            self.blank(true);
            let Some(c) = self.peek() else {
                if braced {
                    self.wrong("a block is not closed before the end of the file".to_owned());
                }
                return entries;
            };
            if c == '}' {
                self.bump();
                if braced {
                    return entries;
                }
                self.wrong("`}` closes nothing".to_owned());
                continue;
            }
            let Some((key, key_span)) = self.identifier() else {
                self.wrong(format!("`{}` is neither an attribute nor a block", short(&c.to_string())));
                self.bump();
                self.skip_line();
                continue;
            };
            self.blank(false);
            if self.peek() == Some('=') {
                self.bump();
                self.blank(false);
                let value = self.expression(depth);
                self.attribute(&mut entries, &mut index, key, key_span, value);
                self.line_end();
            } else if let Some(block) = self.block(key, key_span, depth) {
                add_block(&mut entries, &mut index, key, key_span, block);
            }
        }
    }

    fn attribute(
        &mut self,
        entries: &mut Vec<Entry>,
        index: &mut FxHashMap<&'t str, usize>,
        key: &'t str,
        key_span: Span,
        value: Node,
    ) {
        match index.get(key).and_then(|at| entries.get_mut(*at)) {
            // `control` was a text once, and is a block now: both may stand side by side.
            Some(Entry { value: Node { kind: Kind::Sequence(items), .. }, .. })
                if items.first().is_some_and(|item| item.as_mapping().is_some()) =>
            {
                items.push(value);
            }
            Some(_) => {
                let message = format!("`{}` is set twice; the first counts", short(key));
                self.log.push(Diagnostic::warning("import-conflict", key_span, message));
            }
            None => {
                index.insert(key, entries.len());
                entries.push(Entry { key: key.into(), key_span, value });
            }
        }
    }

    fn line_end(&mut self) {
        self.blank(false);
        match self.peek() {
            None | Some('\n' | '}') => {}
            Some(c) => {
                self.wrong(format!("`{}` was not expected behind a value", short(&c.to_string())));
                self.skip_line();
            }
        }
    }

    fn block(&mut self, key: &str, key_span: Span, depth: usize) -> Option<Node> {
        let mut labels = Vec::new();
        loop {
            self.blank(false);
            match self.peek() {
                Some('{') => break,
                Some('"') => {
                    let label = self.quoted();
                    labels.push(label);
                }
                _ => match self.identifier() {
                    Some((word, span)) => labels.push(text_node(span, word)),
                    None => {
                        self.wrong(format!("`{}` is followed by neither `=` nor a block", short(key)));
                        self.skip_line();
                        return None;
                    }
                },
            }
        }
        self.bump();
        if depth >= DEPTH {
            self.wrong(format!("blocks nest deeper than {DEPTH}; what is inside was passed over"));
            self.pass_over();
            return None;
        }
        let mut entries = Vec::new();
        for (number, label) in (1..).zip(labels) {
            let key = if number == 1 { LABEL.to_owned() } else { format!("{LABEL}{number}") };
            entries.push(Entry { key: key.into(), key_span: label.span, value: label });
        }
        entries.extend(self.body(depth + 1, true));
        Some(Node { span: key_span, tag: None, kind: Kind::Mapping(entries) })
    }

    /// Steps over everything up to the brace that closes what was opened.
    fn pass_over(&mut self) {
        let mut open = 1usize;
        while open > 0 {
            match self.bump() {
                Some('{') => open += 1,
                Some('}') => open -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    fn expression(&mut self, depth: usize) -> Node {
        let (start, span) = (self.at, (self.line, self.column));
        let node = match self.peek() {
            Some('"') => self.quoted(),
            Some('<') if self.rest().starts_with("<<") => return self.heredoc(),
            Some('[') if depth < DEPTH => self.list(depth + 1),
            Some('{') if depth < DEPTH => self.object(depth + 1),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.traversal(),
            _ => return self.computed(start, span),
        };
        self.blank(false);
        // Anything that is to be computed is kept in its own words.
        let more = ["?", "+", "-", "*", "/", "%", "==", "!=", "<", ">", "&&", "||", "(", "."];
        if more.iter().any(|operator| self.rest().starts_with(operator)) {
            return self.computed(start, span);
        }
        node
    }

    /// The words of an expression, up to where it ends: the line, a comma or a bracket that was not opened in it.
    fn computed(&mut self, start: usize, (line, column): (u32, u32)) -> Node {
        let mut open = 0usize;
        let mut quoted = false;
        while let Some(c) = self.peek() {
            match c {
                '\\' if quoted => {
                    self.bump();
                }
                '"' => quoted = !quoted,
                '\n' if open == 0 => break,
                _ if quoted => {}
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' if open == 0 => break,
                ')' | ']' | '}' => open -= 1,
                ',' if open == 0 => break,
                _ => {}
            }
            self.bump();
        }
        let text = self.text.get(start..self.at).unwrap_or_default().trim();
        let span = Span::new(self.file, line, column, 1);
        Node { span, tag: Some(COMPUTED.into()), kind: Kind::Scalar(Scalar { text: text.into(), quoted: true }) }
    }

    fn number(&mut self) -> Node {
        let (start, span) = (self.at, self.here(0));
        self.bump();
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '.') {
            self.bump();
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        Node { span, tag: None, kind: Kind::Scalar(Scalar { text: text.into(), quoted: false }) }
    }

    /// `true`, `null`, or a reference such as `import.control.name.description`.
    fn traversal(&mut self) -> Node {
        let (start, span) = (self.at, self.here(0));
        let word = self.identifier().map_or("", |(word, _)| word);
        if matches!(word, "true" | "false" | "null") {
            return Node { span, tag: None, kind: Kind::Scalar(Scalar { text: word.into(), quoted: false }) };
        }
        while self.peek() == Some('.') {
            self.bump();
            if self.identifier().is_none() {
                break;
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let span = Span { length: self.column.saturating_sub(span.column), ..span };
        Node { span, tag: Some(REFERENCE.into()), kind: Kind::Scalar(Scalar { text: text.into(), quoted: true }) }
    }

    fn quoted(&mut self) -> Node {
        let span = self.here(1);
        self.bump();
        let mut text = String::new();
        let mut template = false;
        loop {
            match self.peek() {
                None | Some('\n') => {
                    self.wrong("a text is not closed on its line".to_owned());
                    break;
                }
                Some('"') => {
                    self.bump();
                    break;
                }
                Some('\\') => {
                    self.bump();
                    self.escape(&mut text);
                }
                Some(c @ ('$' | '%')) if self.rest().starts_with(if c == '$' { "$${" } else { "%%{" }) => {
                    // Doubled, it is no reference.
                    self.bump();
                    self.bump();
                    text.push(c);
                }
                Some('$' | '%') if self.rest().starts_with("${") || self.rest().starts_with("%{") => {
                    template = true;
                    self.interpolation(&mut text);
                }
                Some(c) => {
                    text.push(c);
                    self.bump();
                }
            }
        }
        let tag = template.then(|| TEMPLATE.into());
        let length = if span.line == self.line { self.column.saturating_sub(span.column) } else { 1 };
        Node { span: Span { length, ..span }, tag, kind: Kind::Scalar(Scalar { text: text.into(), quoted: true }) }
    }

    fn escape(&mut self, text: &mut String) {
        match self.bump() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some(kind @ ('u' | 'U')) => {
                let digits = if kind == 'u' { 4 } else { 8 };
                let mut code = 0u32;
                for _ in 0..digits {
                    let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else { break };
                    code = code.wrapping_mul(16).wrapping_add(digit);
                    self.bump();
                }
                text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            Some(c) => text.push(c),
            None => {}
        }
    }

    /// `${…}`, in its own words.
    fn interpolation(&mut self, text: &mut String) {
        let mut open = 0usize;
        while let Some(c) = self.peek().filter(|c| *c != '\n') {
            text.push(c);
            self.bump();
            match c {
                '{' => open += 1,
                '}' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    fn heredoc(&mut self) -> Node {
        let span = self.here(2);
        self.bump();
        self.bump();
        let indented = self.peek() == Some('-');
        if indented {
            self.bump();
        }
        let Some((word, _)) = self.identifier() else {
            self.wrong("`<<` wants a word that ends the text".to_owned());
            self.skip_line();
            return text_node(span, "");
        };
        self.skip_line();
        self.bump();
        let mut lines: Vec<&'t str> = Vec::new();
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                self.wrong(format!("the text up to `{}` does not end", short(word)));
                break;
            }
            let line = rest.split('\n').next().unwrap_or_default();
            self.skip_line();
            if line.trim() == word {
                break;
            }
            lines.push(line.trim_end_matches('\r'));
            self.bump();
        }
        let blank = |line: &&str| line.chars().take_while(|c| c.is_whitespace()).count();
        let margin = if indented {
            lines.iter().filter(|line| !line.trim().is_empty()).map(blank).min().unwrap_or(0)
        } else {
            0
        };
        let mut text = String::new();
        for line in lines {
            text.extend(line.chars().skip(margin));
            text.push('\n');
        }
        let tag = (text.contains("${") || text.contains("%{")).then(|| TEMPLATE.into());
        Node { span, tag, kind: Kind::Scalar(Scalar { text: text.into(), quoted: true }) }
    }

    fn list(&mut self, depth: usize) -> Node {
        let span = self.here(1);
        self.bump();
        let mut items = Vec::new();
        loop {
            self.blank(true);
            match self.peek() {
                None => {
                    self.wrong("a list is not closed before the end of the file".to_owned());
                    break;
                }
                Some(']') => {
                    self.bump();
                    break;
                }
                Some(',') => {
                    self.bump();
                }
                Some('}' | ')' | '=') => {
                    self.wrong("a list is not closed".to_owned());
                    break;
                }
                Some(_) => {
                    let before = self.at;
                    items.push(self.expression(depth));
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
        Node { span, tag: None, kind: Kind::Sequence(items) }
    }

    fn object(&mut self, depth: usize) -> Node {
        let span = self.here(1);
        self.bump();
        let mut entries: Vec<Entry> = Vec::new();
        let mut known: FxHashMap<Box<str>, ()> = FxHashMap::default();
        loop {
            self.blank(true);
            let (key, key_span): (Box<str>, Span) = match self.peek() {
                None => {
                    self.wrong("an object is not closed before the end of the file".to_owned());
                    break;
                }
                Some('}') => {
                    self.bump();
                    break;
                }
                Some(',') => {
                    self.bump();
                    continue;
                }
                Some('"') => {
                    let node = self.quoted();
                    (node.as_str().unwrap_or_default().into(), node.span)
                }
                Some(_) => match self.identifier() {
                    Some((word, span)) => (word.into(), span),
                    None => {
                        self.wrong("an object wants `key = value`".to_owned());
                        self.bump();
                        self.skip_line();
                        continue;
                    }
                },
            };
            self.blank(false);
            if !matches!(self.peek(), Some('=' | ':')) {
                self.wrong(format!("the key `{}` has no value", short(&key)));
                self.skip_line();
                continue;
            }
            self.bump();
            self.blank(false);
            let value = self.expression(depth);
            if known.insert(key.clone(), ()).is_none() {
                entries.push(Entry { key, key_span, value });
            }
        }
        Node { span, tag: None, kind: Kind::Mapping(entries) }
    }
}

/// Adds a block to the list of its type.
fn add_block<'t>(
    entries: &mut Vec<Entry>,
    index: &mut FxHashMap<&'t str, usize>,
    key: &'t str,
    key_span: Span,
    block: Node,
) {
    match index.get(key).and_then(|at| entries.get_mut(*at)) {
        Some(Entry { value: Node { kind: Kind::Sequence(items), .. }, .. }) => items.push(block),
        Some(Entry { value, .. }) => {
            let first = value.clone();
            *value = Node { span: first.span, tag: None, kind: Kind::Sequence(vec![first, block]) };
        }
        None => {
            index.insert(key, entries.len());
            let value = Node { span: key_span, tag: None, kind: Kind::Sequence(vec![block]) };
            entries.push(Entry { key: key.into(), key_span, value });
        }
    }
}
