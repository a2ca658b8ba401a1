//! JSON, read tolerantly: files in the wild carry comments, trailing commas and truncated ends.

use vauban_model::{Diagnostic, FileId, Span};

use crate::build::{Sink, fits, remove_duplicates, shorten, too_deep, too_many_nodes};
use crate::limits::Limits;
use crate::node::{Entry, Kind, Node};
use crate::place::{Ruler, line_end};

/// Mistakes after which reading stops: the text is probably no JSON at all.
const MISTAKES: usize = 50;

/// Reads a JSON text; `None` only if it is blank or larger than wanted.
///
/// Syntax errors are reported as `json-syntax` and read over where that is safe (a missing or additional comma,
/// a key without quotes); otherwise reading stops there and the tree so far is returned. Comments (`//`, `/*`)
/// are passed over in silence, as ARM templates and many configuration files have them.
pub fn parse_json(file: FileId, text: &str, limits: &Limits, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    if !fits(file, text, limits, diagnostics) {
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        ruler: Ruler::new(file, text),
        limits,
        sink: Sink::new(diagnostics),
        nodes: Vec::new(),
        entries: Vec::new(),
        count: 0,
        mistakes: 0,
        stopped: false,
    };
    reader.skip_space();
    if reader.at == text.len() {
        let place = reader.ruler.here(reader.at);
        reader
            .sink
            .push(Diagnostic::error("json-syntax", place, "the file is empty").help("a JSON file holds one value"));
        return None;
    }
    let node = reader.value(0);
    reader.skip_space();
    if !reader.stopped && reader.at < text.len() {
        let end = line_end(reader.bytes, reader.at);
        let place = reader.ruler.span(reader.at, end);
        reader.sink.push(
            Diagnostic::error("json-syntax", place, "text goes on after the end of the JSON value")
                .help("remove what follows, or split it off: one file holds one value"),
        );
    }
    Some(node)
}

struct Reader<'t, 'd> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    ruler: Ruler<'t>,
    limits: &'t Limits,
    sink: Sink<'d>,
    /// Items and entries of all open collections, innermost last: one allocation each, split off when complete.
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    count: usize,
    mistakes: usize,
    /// Nothing more is read; open collections are closed as they are.
    stopped: bool,
}

impl<'t> Reader<'t, '_> {
    /// Reads a value. Recursion is as deep as the limits allow collections to be nested.
    fn value(&mut self, depth: usize) -> Node {
        self.count += 1;
        if self.count > self.limits.max_nodes {
            let place = self.ruler.here(self.at);
            self.sink.push(too_many_nodes(place, self.limits));
            self.stopped = true;
            return Node::nothing(place);
        }
        match self.peek() {
            Some(b'{' | b'[') if depth >= self.limits.depth() => {
                let place = self.ruler.span(self.at, self.at + 1);
                self.sink.push(too_deep(place, self.limits));
                self.skip_brackets();
                Node::nothing(place)
            }
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(quote @ (b'"' | b'\'')) => {
                let (text, span) = self.string(quote);
                Node::scalar(span, text, true)
            }
            Some(byte) if is_word(byte) => {
                let (word, span) = self.word();
                if !matches!(word, "true" | "false" | "null") && !is_number(word) {
                    let message = format!("`{}` is no JSON value", shorten(word));
                    self.mistake(span, message, advice_for(word));
                }
                Node::scalar(span, word, false)
            }
            Some(_) => {
                let place = self.ruler.span(self.at, self.at + self.character());
                self.fatal(place, format!("expected a value, found `{}`", self.found()), "a value is missing here");
                Node::nothing(place)
            }
            None => {
                let place = self.ruler.here(self.at);
                self.fatal(place, "the file ends where a value is expected", CUT_OFF);
                Node::nothing(place)
            }
        }
    }

    fn object(&mut self, depth: usize) -> Node {
        let (open, start, base) = self.open();
        while !self.stopped {
            self.skip_space();
            let (key, key_span) = match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b'"') => self.string(b'"'),
                Some(b'\'') => self.string(b'\''),
                Some(byte) if is_word(byte) => {
                    let (word, span) = self.word();
                    let message = format!("the key `{}` has no quotes", shorten(word));
                    self.mistake(span, message, "JSON wants every key in double quotes");
                    (Box::from(word), span)
                }
                Some(b',') => {
                    let place = self.ruler.span(self.at, self.at + 1);
                    self.mistake(place, "a comma without an entry before it", "remove the comma");
                    self.at += 1;
                    continue;
                }
                _ => {
                    self.wrong_end(open, '{', '}');
                    break;
                }
            };
            self.skip_space();
            let value = match self.peek() {
                Some(b':') => {
                    self.at += 1;
                    self.skip_space();
                    match self.peek() {
                        Some(b',' | b'}' | b']') => self.missing_value(key_span),
                        _ => self.value(depth),
                    }
                }
                None => {
                    self.fatal(self.end_place(), "the file ends after a key", CUT_OFF);
                    Node::nothing(key_span)
                }
                Some(byte) if is_word(byte) || matches!(byte, b'{' | b'[') => {
                    self.mistake(key_span, "a `:` is missing after this key", "write `\"key\": value`");
                    self.value(depth)
                }
                _ => self.missing_value(key_span),
            };
            self.entries.push(Entry { key, key_span, value });
            if !self.separator(b'}', "an object") {
                break;
            }
        }
        let mut entries = self.entries.split_off(base.1);
        let sink = &mut self.sink;
        remove_duplicates(&mut entries, |diagnostic| sink.push(diagnostic));
        Node { span: self.closed(open, start), tag: None, kind: Kind::Mapping(entries) }
    }

    fn array(&mut self, depth: usize) -> Node {
        let (open, start, base) = self.open();
        while !self.stopped {
            self.skip_space();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    let place = self.ruler.span(self.at, self.at + 1);
                    self.mistake(place, "a comma without an item before it", "remove the comma");
                    self.at += 1;
                    continue;
                }
                Some(b'}') | None => {
                    self.wrong_end(open, '[', ']');
                    break;
                }
                _ => {}
            }
            let item = self.value(depth);
            self.nodes.push(item);
            if !self.separator(b']', "a list") {
                break;
            }
        }
        let items = self.nodes.split_off(base.0);
        Node { span: self.closed(open, start), tag: None, kind: Kind::Sequence(items) }
    }

    /// Steps over an opening bracket. Returns its place, its byte, and where its items and entries will start.
    fn open(&mut self) -> (Span, usize, (usize, usize)) {
        let start = self.at;
        let place = self.ruler.span(start, start + 1);
        self.at += 1;
        (place, start, (self.nodes.len(), self.entries.len()))
    }

    /// The span of a collection that ends here.
    fn closed(&self, open: Span, start: usize) -> Span {
        let end = if open.line == self.ruler.line { self.at } else { line_end(self.bytes, start) };
        Span { length: self.ruler.length(start, end), ..open }
    }

    /// Between two entries: steps over the comma. False if reading this collection is over, its end included.
    fn separator(&mut self, close: u8, what: &str) -> bool {
        if self.stopped {
            return false;
        }
        let (end, line) = (self.at, self.ruler.clone());
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                let comma = self.ruler.span(self.at, self.at + 1);
                self.at += 1;
                self.skip_space();
                if self.peek() == Some(close) {
                    self.mistake(comma, format!("a comma after the last entry of {what}"), "remove the comma");
                }
                !self.stopped
            }
            // The end and anything that cannot go on are for the next round to judge.
            Some(b'"' | b'\'' | b'{' | b'[') => {
                let place = line.clone().here(end);
                self.mistake(place, format!("a comma is missing between two entries of {what}"), "add a comma here");
                !self.stopped
            }
            Some(byte) if is_word(byte) => {
                let place = line.clone().here(end);
                self.mistake(place, format!("a comma is missing between two entries of {what}"), "add a comma here");
                !self.stopped
            }
            _ => true,
        }
    }

    /// A collection that does not go on and is not closed either.
    fn wrong_end(&mut self, open: Span, opening: char, closing: char) {
        match self.peek() {
            None => {
                if !self.stopped {
                    self.stopped = true;
                    self.sink.push(
                        Diagnostic::error(
                            "json-syntax",
                            self.end_place(),
                            format!("the file ends before `{opening}` is closed by `{closing}`"),
                        )
                        .help(CUT_OFF)
                        .related(open, "opened here"),
                    );
                }
            }
            Some(b'}' | b']') => {
                // The other bracket most likely closes what is around this: leave it there.
                let place = self.ruler.span(self.at, self.at + 1);
                let message = format!("`{opening}` is not closed by `{closing}` but by `{}`", self.found());
                self.mistake(place, message, "close every `[` with `]` and every `{` with `}`");
            }
            Some(_) => {
                let place = self.ruler.span(self.at, self.at + self.character());
                self.fatal(
                    place,
                    format!("`{}` is not expected here", self.found()),
                    "check the line against the JSON around it",
                );
            }
        }
    }

    fn missing_value(&mut self, key_span: Span) -> Node {
        self.mistake(key_span, "this key has no value", "write `\"key\": value`");
        self.count += 1;
        Node::nothing(key_span)
    }

    /// Reads a quoted text; the reader stands on the quote.
    fn string(&mut self, quote: u8) -> (Box<str>, Span) {
        let start = self.at;
        let mut span = self.ruler.here(start);
        self.at += 1;
        let mut owned: Option<String> = None;
        let mut from = self.at;
        let mut closed = false;
        let mut controls = false;
        let mut first_line_end = None;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => {
                    let mut text = owned.take().unwrap_or_default();
                    text.push_str(self.text.get(from..self.at).unwrap_or(""));
                    self.escape(&mut text);
                    owned = Some(text);
                    from = self.at;
                }
                b'\n' | b'\r' if first_line_end.is_some() || self.goes_on(start, quote) => {
                    first_line_end.get_or_insert(self.at);
                    self.new_line(byte);
                }
                b'\n' | b'\r' => break,
                _ if byte == quote => {
                    closed = true;
                    break;
                }
                _ => {
                    controls |= byte < 0x20;
                    self.at += 1;
                }
            }
        }
        let piece = self.text.get(from..self.at).unwrap_or("");
        let text = match owned {
            Some(mut text) => {
                text.push_str(piece);
                text.into_boxed_str()
            }
            None => Box::from(piece),
        };
        if closed {
            self.at += 1;
        }
        span.length = self.ruler.length(start, first_line_end.unwrap_or(self.at));
        if !closed && self.at == self.bytes.len() {
            self.fatal(span, "the file ends inside a quoted text", CUT_OFF);
        } else if !closed {
            let help = "close it before the end of the line; a line break inside is written `\\n`";
            self.mistake(span, "a quoted text is not closed on its line", help);
        } else if quote == b'\'' {
            self.mistake(span, "text in single quotes", "JSON wants double quotes");
        } else if controls || first_line_end.is_some() {
            let what = if controls { "a control character" } else { "a line break" };
            self.sink.push(
                Diagnostic::warning("json-syntax", span, format!("{what} stands in a quoted text"))
                    .help("write it as an escape such as `\\n`, `\\t` or `\\u0007`"),
            );
        }
        (text, span)
    }

    /// At the end of a line inside a quoted text: whether the text was meant to go on there, as in ARM
    /// templates, or the closing quote was forgotten. It goes on if the next quote looks like a closing one.
    fn goes_on(&self, start: usize, quote: u8) -> bool {
        let line = self.bytes.get(start..self.at).unwrap_or(&[]).trim_ascii_end();
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        // A quote behind a backslash stands in the text.
        let escaped = |at: usize| {
            let before = rest.get(..at).unwrap_or(&[]).iter().rev();
            before.take_while(|byte| **byte == b'\\').count() % 2 == 1
        };
        let closes = |at: usize, byte: u8| byte == quote && !escaped(at);
        let Some(next) = rest.iter().enumerate().position(|(at, byte)| closes(at, *byte)) else { return false };
        let behind = rest.get(next + 1..).unwrap_or(&[]).trim_ascii_start().first();
        !line.ends_with(b",") && matches!(behind, None | Some(b',' | b'}' | b']' | b':'))
    }

    /// Reads an escape; the reader stands on the backslash.
    fn escape(&mut self, text: &mut String) {
        let start = self.at;
        let simple = match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'\'') => '\'',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                if let Some(unit) = self.unit(start) {
                    self.at = start + 6;
                    text.push(self.unicode(unit, start));
                    return;
                }
                self.bad_escape(start, text);
                return;
            }
            _ => {
                self.bad_escape(start, text);
                return;
            }
        };
        self.at = start + 2;
        text.push(simple);
    }

    /// The character of `\uXXXX`, together with the second half of a pair where there is one.
    fn unicode(&mut self, unit: u32, start: usize) -> char {
        if let Some(character) = char::from_u32(unit) {
            return character;
        }
        if unit < 0xDC00
            && let Some(low @ 0xDC00..=0xDFFF) = self.unit(self.at)
        {
            self.at += 6;
            let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        let place = self.ruler.span(start, self.at);
        self.sink.push(
            Diagnostic::warning("json-syntax", place, "half of a surrogate pair stands alone")
                .help("characters beyond U+FFFF are written as two `\\u` escapes; this one was read as U+FFFD"),
        );
        char::REPLACEMENT_CHARACTER
    }

    /// The number of a `\uXXXX` that starts here.
    fn unit(&self, start: usize) -> Option<u32> {
        let [b'\\', b'u', digits @ ..] = self.bytes.get(start..start + 6)? else { return None };
        digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
    }

    /// An escape that means nothing: reported, and kept as it was written.
    fn bad_escape(&mut self, start: usize, text: &mut String) {
        text.push('\\');
        self.at = start + 1;
        let place = self.ruler.span(start, start + 1);
        self.mistake(place, "`\\` starts no escape that JSON knows", "write `\\\\` for a backslash");
    }

    /// Reads a number, a literal or what was meant as one.
    fn word(&mut self) -> (&'t str, Span) {
        let (start, text) = (self.at, self.text);
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        let span = self.ruler.span(start, self.at);
        (text.get(start..self.at).unwrap_or(""), span)
    }

    /// Steps over white space and comments.
    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\n' | b'\r' => self.new_line(byte),
                b'/' => match self.bytes.get(self.at + 1) {
                    Some(b'/') => {
                        while self.peek().is_some_and(|byte| !matches!(byte, b'\n' | b'\r')) {
                            self.at += 1;
                        }
                    }
                    Some(b'*') => {
                        self.at += 2;
                        while let Some(byte) = self.peek() {
                            match byte {
                                b'*' if self.bytes.get(self.at + 1) == Some(&b'/') => {
                                    self.at += 2;
                                    break;
                                }
                                b'\n' | b'\r' => self.new_line(byte),
                                _ => self.at += 1,
                            }
                        }
                    }
                    _ => return,
                },
                _ => return,
            }
        }
    }

    fn new_line(&mut self, byte: u8) {
        let pair = byte == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
        self.at += if pair { 2 } else { 1 };
        self.ruler.next_line(self.at);
    }

    /// Steps over a value in brackets without keeping anything of it, and without recursion.
    fn skip_brackets(&mut self) {
        let mut open = 0usize;
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' | b'\r' => {
                    quoted = false;
                    self.new_line(byte);
                    continue;
                }
                b'\\' if quoted && !matches!(self.bytes.get(self.at + 1), None | Some(b'\n' | b'\r')) => self.at += 1,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => open += 1,
                b'}' | b']' if !quoted => {
                    open -= 1;
                    if open == 0 {
                        self.at += 1;
                        return;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The character the reader stands on, for a message.
    fn found(&self) -> char {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        found.map_or(' ', |found| if found.is_control() { char::REPLACEMENT_CHARACTER } else { found })
    }

    /// Bytes of the character the reader stands on.
    fn character(&self) -> usize {
        self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    }

    fn end_place(&self) -> Span {
        self.ruler.clone().here(self.at)
    }

    /// Something wrong that can be read over.
    fn mistake(&mut self, place: Span, message: impl Into<String>, help: &str) {
        self.sink.push(Diagnostic::error("json-syntax", place, message).help(help));
        self.mistakes += 1;
        if self.mistakes == MISTAKES {
            self.fatal(place, "too many mistakes; the rest was not read", "check that this is a JSON file");
        }
    }

    /// Something wrong after which nothing can be read.
    fn fatal(&mut self, place: Span, message: impl Into<String>, help: &str) {
        if !self.stopped {
            self.stopped = true;
            self.sink.push(Diagnostic::error("json-syntax", place, message).help(help));
        }
    }
}

const CUT_OFF: &str = "the end of the file seems to be missing; what stands before it was read";

/// Whether a byte can be part of a number, a literal, or a text whose quotes were forgotten.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'$' | 0x80..)
}

/// Whether this is a number as JSON writes it.
fn is_number(word: &str) -> bool {
    fn digits(text: &[u8]) -> &[u8] {
        text.get(text.iter().take_while(|byte| byte.is_ascii_digit()).count()..).unwrap_or(&[])
    }
    let word = word.as_bytes();
    let word = word.strip_prefix(b"-").unwrap_or(word);
    let mut rest = match word {
        [b'0', rest @ ..] => rest,
        [b'1'..=b'9', rest @ ..] => digits(rest),
        _ => return false,
    };
    if let [b'.', b'0'..=b'9', more @ ..] = rest {
        rest = digits(more);
    }
    if let [b'e' | b'E', more @ ..] = rest {
        let more = more.strip_prefix(b"+").or(more.strip_prefix(b"-")).unwrap_or(more);
        let [b'0'..=b'9', more @ ..] = more else { return false };
        rest = digits(more);
    }
    rest.is_empty()
}

fn advice_for(word: &str) -> &'static str {
    match word {
        "True" | "TRUE" | "yes" => "write `true`",
        "False" | "FALSE" | "no" => "write `false`",
        "None" | "nil" | "undefined" | "NULL" | "Null" => "write `null`",
        _ if word.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) => {
            "numbers have no leading zero or plus sign and a digit before and after the point; put text in quotes"
        }
        _ => "put text in double quotes",
    }
}
