//! TOML: the front matter of threat files, and configuration.

use std::borrow::Cow;
use std::cell::Cell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vauban_model::{Diagnostic, FileId, Span};

use crate::build::{Sink, duplicate, fits, shorten, too_deep, too_many_nodes};
use crate::limits::Limits;
use crate::node::{Entry, Kind, Node};
use crate::place::{characters, line_end, narrow};

/// Reads a TOML text that starts `line_offset` lines into its file; every line reported is shifted by that much.
///
/// `None` only for a text larger than wanted, or than 4 MiB: an empty text is an empty mapping, as TOML has it. After an error
/// (`toml-syntax`) the rest is still read. Entries keep the order of the file. Numbers keep their digits without
/// underscores; `inf` and `nan` become YAML's `.inf` and `.nan`, so that [`Node::as_f64`] knows them.
pub fn parse_toml(
    file: FileId,
    text: &str,
    line_offset: u32,
    limits: &Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let limits = &Limits { max_bytes: limits.max_bytes.min(LARGEST), ..limits.clone() };
    if !fits(file, text, limits, diagnostics) {
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        file,
        text,
        line_offset,
        lines: std::iter::once(0)
            .chain(text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, at)| at))
            .collect(),
        known: Cell::new((0, 0)),
        limits,
        sink: Sink::new(diagnostics),
        count: 0,
        full: false,
    };
    // The parser makes one table per part of a dotted key and drops them by recursion, so a key with a hundred
    // thousand dots must not get there.
    let readable = match endless_key(text, limits.depth().min(DEEPEST)) {
        Some(at) => {
            let place = reader.span(at, at);
            reader.sink.push(too_deep(place, limits));
            let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
            text.get(..line).unwrap_or("")
        }
        None => text,
    };
    // Where a line is no `key = value` at all the parser gives up, so it gets the text again without that line.
    let mut readable = Cow::Borrowed(readable);
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    let root = loop {
        let (table, errors) = DeTable::parse_recoverable(&readable);
        let gave_up = errors.iter().find(|error| error.message().starts_with("key with no value"));
        if let Some((error, at)) = gave_up.and_then(|error| Some((error, error.span()?.start)))
            && found.len() < REPEATS
        {
            let start = readable.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
            let end = line_end(readable.as_bytes(), start);
            if end > start {
                found.push((at, at, error.message().to_owned()));
                let blank = " ".repeat(end - start);
                readable.to_mut().replace_range(start..end, &blank);
                continue;
            }
        }
        for error in &errors {
            let at = error.span().unwrap_or(readable.len()..readable.len());
            found.push((at.start, at.end, error.message().to_owned()));
        }
        let span = reader.span(0, 0);
        break reader.table(table.get_ref(), span, 1);
    };
    found.sort();
    let mut last_line = None;
    for (start, end, message) in found {
        // What follows on the same line is mostly the first mistake again.
        let line = reader.line(start);
        if last_line.replace(line) != Some(line) {
            let span = reader.span(start, end);
            reader.report(&message, start, end, span, &root);
        }
    }
    Some(root)
}

/// The parser keeps every mistake with its words, so a large file of nothing else would take long.
const LARGEST: usize = 4 << 20;

/// How often a text is read again without a line.
const REPEATS: usize = 20;

/// The parser itself keeps to 80 nested brackets; with dotted keys and table headers this is deep enough.
const DEEPEST: usize = 128;

struct Reader<'t, 'd> {
    file: FileId,
    text: &'t str,
    line_offset: u32,
    /// Where each line starts.
    lines: Vec<usize>,
    /// A byte, and the characters before it on its line.
    known: Cell<(usize, u32)>,
    limits: &'t Limits,
    sink: Sink<'d>,
    count: usize,
    full: bool,
}

impl Reader<'_, '_> {
    fn node(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Node {
        let at = value.span();
        let span = self.span(at.start, at.end);
        self.count += 1;
        if self.count > self.limits.max_nodes {
            if !self.full {
                self.full = true;
                self.sink.push(too_many_nodes(span, self.limits));
            }
            return Node::nothing(span);
        }
        match value.get_ref() {
            DeValue::String(text) => Node::scalar(span, &**text, true),
            DeValue::Integer(number) if number.radix() == 10 => Node::scalar(span, number.as_str(), false),
            DeValue::Integer(number) => Node::scalar(span, number.to_string(), false),
            DeValue::Float(number) => Node::scalar(span, float(number.as_str()), false),
            DeValue::Boolean(yes) => Node::scalar(span, if *yes { "true" } else { "false" }, false),
            DeValue::Datetime(time) => Node::scalar(span, time.to_string(), false),
            DeValue::Array(_) | DeValue::Table(_) if depth >= self.limits.depth() => {
                self.sink.push(too_deep(span, self.limits));
                Node::nothing(span)
            }
            DeValue::Array(items) => {
                let items = items.iter().map(|item| self.node(item, depth + 1)).collect();
                Node { span, tag: None, kind: Kind::Sequence(items) }
            }
            DeValue::Table(table) => self.table(table, span, depth + 1),
        }
    }

    fn table(&mut self, table: &DeTable<'_>, span: Span, depth: usize) -> Node {
        // The parser sorts its tables by key; people wrote them in another order.
        let mut sorted: Vec<_> = table.iter().collect();
        sorted.sort_by_key(|(key, _)| key.span().start);
        let entries = sorted
            .into_iter()
            .map(|(key, value)| {
                let at = key.span();
                let key_span = self.span(at.start, at.end);
                Entry { key: Box::from(&**key.get_ref()), key_span, value: self.node(value, depth) }
            })
            .collect();
        Node { span, tag: None, kind: Kind::Mapping(entries) }
    }

    /// The span of a stretch of bytes, cut off where its first line ends.
    fn span(&self, start: usize, end: usize) -> Span {
        let bytes = self.text.as_bytes();
        let start = start.min(bytes.len());
        let line = self.line(start);
        let first = self.lines.get(line).copied().unwrap_or(0);
        // Values on one line mostly come from left to right: count on from the last one.
        let (known, before) = self.known.get();
        let from = if (first..=start).contains(&known) { (known, before) } else { (first, 0) };
        let before = from.1 + characters(bytes.get(from.0..start).unwrap_or(&[]));
        self.known.set((start, before));
        let covered = bytes.get(start..end.max(start)).unwrap_or(&[]);
        let covered = covered.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or(&[]);
        let line = narrow(line).saturating_add(1).saturating_add(self.line_offset);
        Span::new(self.file, line, before.saturating_add(1), characters(covered))
    }

    /// The line a byte stands on, from 0.
    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|first| *first <= at).saturating_sub(1)
    }

    fn report(&mut self, message: &str, start: usize, end: usize, span: Span, root: &Node) {
        if message == "duplicate key" {
            let key = self.text.get(start..end).unwrap_or("").trim_matches(['"', '\'']);
            let first = if self.sink.is_full() { None } else { self.first_use(root, key, span) };
            let first = first.or_else(|| self.first_header(start));
            if let Some(first) = first {
                self.sink.push(duplicate(key, first, span));
                return;
            }
            let message = format!("the key `{}` is given twice", shorten(key));
            let help = "only the first value is used; remove or rename one of the two";
            self.sink.push(Diagnostic::error("duplicate-key", span, message).help(help));
            return;
        }
        let rest = self.text.get(start..line_end(self.text.as_bytes(), start)).unwrap_or("");
        let line = self.line_of(start);
        let (message, help) = if message.starts_with("string values must be quoted") {
            if rest.is_empty() || rest.starts_with('#') {
                ("the value is missing", "write `key = \"text\"`, `key = 1` or `key = true`")
            } else {
                ("text must be in quotes", "write `key = \"text\"`")
            }
        } else if message.starts_with("key with no value") {
            match line.split_once(':') {
                Some((before, _)) if !before.contains('=') => {
                    ("expected `=` after the key", "TOML writes `key = value`, not `key: value`")
                }
                _ => ("this key has no value", "write `key = value`"),
            }
        } else if message.starts_with("unclosed") || message.starts_with("unterminated") {
            (message, "add what closes it")
        } else {
            (message, "check the line: text is in quotes, lists are in `[...]`, tables start with `[name]`")
        };
        self.sink.push(Diagnostic::error("toml-syntax", span, message).help(help));
    }

    /// The text of the line that a byte stands on.
    fn line_of(&self, at: usize) -> &str {
        let start = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        self.text.get(start..line_end(self.text.as_bytes(), start)).unwrap_or("").trim()
    }

    /// The first line that is the same table header as the one that holds this byte.
    fn first_header(&self, at: usize) -> Option<Span> {
        let header = self.line_of(at);
        let first = *self.lines.iter().find(|start| self.line_of(**start) == header)?;
        (header.starts_with('[') && first < at).then(|| self.span(first, line_end(self.text.as_bytes(), first)))
    }

    /// Where the key of a repeated entry stands first: the last place before it with the same name, and also at
    /// the start of a line if the repeated one is. The parser does not tell, so this is the best guess there is.
    fn first_use(&self, root: &Node, key: &str, second: Span) -> Option<Span> {
        let at_line_start = |span: Span| {
            let line = span.line.checked_sub(self.line_offset.saturating_add(1))? as usize;
            let text = self.text.get(*self.lines.get(line)?..)?;
            let before: usize = text.chars().take((span.column as usize).saturating_sub(1)).map(char::len_utf8).sum();
            text.get(..before).map(|before| before.trim_matches([' ', '\t', '[']).is_empty())
        };
        let wanted = at_line_start(second);
        let mut best: Option<Span> = None;
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Scalar(_) => {}
                Kind::Sequence(items) => open.extend(items),
                Kind::Mapping(entries) => {
                    for entry in entries {
                        let place = entry.key_span;
                        let before = (place.line, place.column) < (second.line, second.column);
                        if before && &*entry.key == key && at_line_start(place) == wanted {
                            best = best.max(Some(place));
                        }
                        open.push(&entry.value);
                    }
                }
            }
        }
        best
    }
}

/// A float as YAML spells it: only what is not a number differs.
fn float(text: &str) -> String {
    match text {
        "inf" | "+inf" => ".inf".to_owned(),
        "-inf" => "-.inf".to_owned(),
        "nan" | "+nan" | "-nan" => ".nan".to_owned(),
        _ => text.to_owned(),
    }
}

/// The first place where the dots of keys and the brackets around them nest deeper than allowed.
fn endless_key(text: &str, depth: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    // Levels at each bracket that is open, and since the last one.
    let mut brackets: Vec<usize> = Vec::new();
    let mut levels = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' | b',' => levels = brackets.last().copied().unwrap_or(0),
            b'#' => {
                at = line_end(bytes, at);
                continue;
            }
            b'"' | b'\'' => {
                at = string_end(bytes, at, *byte);
                continue;
            }
            b'[' | b'{' => {
                levels += 1;
                brackets.push(levels);
            }
            b']' | b'}' => {
                brackets.pop();
                levels = brackets.last().copied().unwrap_or(0);
            }
            b'.' => levels += 1,
            _ => {}
        }
        if levels > depth {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The byte after a string that starts here.
fn string_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let triple = bytes.get(start..start + 3) == Some(&[quote; 3]);
    let mut at = start + if triple { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !triple => return at,
            byte if *byte == quote && !triple => return at + 1,
            byte if *byte == quote && bytes.get(at..at + 3) == Some(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
