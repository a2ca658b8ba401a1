//! The YAML that model files are written in, read in one pass over the bytes.
//!
//! Block and bracketed mappings and lists, plain and quoted scalars on one line, block texts, comments. Whatever
//! else YAML knows (anchors, tags, directives, several documents, scalars over several lines, tabs) and whatever
//! is wrong makes this reader give up; [`super::events`] then reads the text from the start. So nothing here
//! reports an error, and the only promise to keep is that a tree from here equals the tree from there.

use vauban_model::{Diagnostic, FileId, Span};

use crate::build::{Sink, remove_duplicates};
use crate::limits::Limits;
use crate::node::{Entry, Kind, Node};
use crate::place::{Ruler, line_end};

/// What came of it.
pub(crate) enum Outcome {
    /// The whole text, read.
    Tree(Node),
    /// Something outside the subset; nothing was reported.
    Unusual,
}

/// Reads a text that keeps to the subset.
pub(crate) fn read(file: FileId, text: &str, limits: &Limits, diagnostics: &mut Vec<Diagnostic>) -> Outcome {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        ruler: Ruler::new(file, text),
        indent: END,
        nodes: Vec::new(),
        entries: Vec::new(),
        repeated: Vec::new(),
        count: 0,
        max_nodes: limits.max_nodes,
        max_depth: limits.depth(),
    };
    match reader.document() {
        Some(node) => {
            let mut sink = Sink::new(diagnostics);
            for diagnostic in reader.repeated {
                sink.push(diagnostic);
            }
            Outcome::Tree(node)
        }
        None => Outcome::Unusual,
    }
}

/// The indentation of the end of the file: less than any.
const END: isize = -1;

/// Longest key in bytes. YAML looks at most 1024 characters ahead for the `:`.
const LONGEST_KEY: usize = 1000;

/// What a byte means inside a plain scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Text,
    Colon,
    Hash,
    Newline,
    /// Ends a plain scalar inside brackets.
    Bracket,
    /// May start a character that needs the whole parser to judge.
    Suspect,
    /// Tabs and control characters.
    Odd,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Text; 256];
    let mut byte = 0;
    while byte < 0x20 {
        classes[byte] = Class::Odd;
        byte += 1;
    }
    classes[0x7F] = Class::Odd;
    classes[b'\n' as usize] = Class::Newline;
    classes[b'\r' as usize] = Class::Newline;
    classes[b':' as usize] = Class::Colon;
    classes[b'#' as usize] = Class::Hash;
    classes[b',' as usize] = Class::Bracket;
    classes[b'[' as usize] = Class::Bracket;
    classes[b']' as usize] = Class::Bracket;
    classes[b'{' as usize] = Class::Bracket;
    classes[b'}' as usize] = Class::Bracket;
    // Control characters U+0080 to U+009F, the byte order mark, U+FFFE and U+FFFF start with these.
    classes[0xC2] = Class::Suspect;
    classes[0xEF] = Class::Suspect;
    classes
};

fn class(byte: u8) -> Class {
    CLASSES[byte as usize]
}

/// Every method returns `None` for "outside the subset".
struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    ruler: Ruler<'t>,
    /// The indentation of the line that was moved to last, or [`END`].
    indent: isize,
    /// Items and entries of all open collections, innermost last: one allocation each, split off when complete.
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    repeated: Vec<Diagnostic>,
    count: usize,
    max_nodes: usize,
    max_depth: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<Node> {
        if self.bytes.starts_with(b"---\n") {
            self.at = 4;
            self.ruler.next_line(4);
        }
        self.line()?;
        if self.indent == END {
            return None;
        }
        let node = self.node(END, self.indent.cast_unsigned(), 0)?;
        // The whole parser reads these; a text that is one scalar is rarely YAML at all.
        if matches!(node.kind, Kind::Scalar(_)) {
            return None;
        }
        (self.indent == END).then_some(node)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_next(&self) -> Option<u8> {
        self.bytes.get(self.at + 1).copied()
    }

    /// From the end of a line to the first byte of the next one that is neither blank nor a comment.
    fn advance(&mut self) -> Option<()> {
        if self.at == self.bytes.len() {
            self.indent = END;
            return Some(());
        }
        self.newline()?;
        self.line()
    }

    /// Steps over one line break.
    fn newline(&mut self) -> Option<()> {
        self.at += match (self.peek()?, self.peek_next()) {
            (b'\n', _) => 1,
            (b'\r', Some(b'\n')) => 2,
            _ => return None,
        };
        self.ruler.next_line(self.at);
        Some(())
    }

    /// From the start of a line to the first byte, on it or further on, that is neither blank nor a comment.
    fn line(&mut self) -> Option<()> {
        loop {
            let start = self.at;
            self.spaces();
            match self.peek() {
                None => {
                    self.indent = END;
                    return Some(());
                }
                Some(b'\n' | b'\r') => self.newline()?,
                Some(b'#') => {
                    self.comment()?;
                    if self.at < self.bytes.len() {
                        self.newline()?;
                    }
                }
                Some(byte) => {
                    let marker = self.bytes.get(start..start + 3);
                    if byte == b'\t'
                        || self.at == start && (byte == b'%' || marker == Some(b"---") || marker == Some(b"..."))
                    {
                        return None;
                    }
                    self.indent = (self.at - start).cast_signed();
                    return Some(());
                }
            }
        }
    }

    fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// From a `#` to the end of its line.
    fn comment(&mut self) -> Option<()> {
        while let Some(byte) = self.peek() {
            match class(byte) {
                Class::Newline => break,
                Class::Odd => return None,
                Class::Suspect => self.unsuspicious(self.at)?,
                _ => {}
            }
            self.at += 1;
        }
        Some(())
    }

    /// Whether the character that starts here is one that needs no judgement.
    fn unsuspicious(&self, at: usize) -> Option<()> {
        let second = self.bytes.get(at + 1).copied().unwrap_or(0);
        let third = self.bytes.get(at + 2).copied().unwrap_or(0);
        match self.bytes.get(at) {
            Some(0xC2) if second < 0xA0 => None,
            Some(0xEF) if second == 0xBB && third == 0xBF || second == 0xBF && third >= 0xBE => None,
            _ => Some(()),
        }
    }

    /// After a value: nothing but spaces and a comment may follow on its line. Goes on to the next line.
    fn end_of_line(&mut self) -> Option<()> {
        let end = self.at;
        self.spaces();
        if self.peek() == Some(b'#') {
            if self.at == end {
                return None;
            }
            self.comment()?;
        }
        self.advance()
    }

    /// Whether the line ends here, leaving out a comment.
    fn at_line_end(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n' | b'\r' | b'#'))
    }

    fn at_dash(&self) -> bool {
        self.peek() == Some(b'-') && matches!(self.peek_next(), None | Some(b' ' | b'\n' | b'\r'))
    }

    fn count(&mut self) -> Option<()> {
        self.count += 1;
        (self.count <= self.max_nodes).then_some(())
    }

    /// A block node whose first byte stands in `column`; `parent` is the indentation of what it belongs to.
    fn node(&mut self, parent: isize, column: usize, depth: usize) -> Option<Node> {
        if self.at_dash() {
            return self.sequence(column, depth + 1);
        }
        match self.peek()? {
            b'"' | b'\'' => {
                let start = self.at;
                let text = self.quoted()?;
                let end = self.at;
                self.spaces();
                if self.peek() != Some(b':') {
                    self.at = end;
                    let node = self.scalar(start, end, text, true)?;
                    return self.last_on_line(node, parent);
                }
                self.key_colon(start)?;
                let span = self.ruler.span(start, end);
                self.mapping(column, depth + 1, text, span)
            }
            b'{' | b'[' | b'|' | b'>' => self.inline(parent, depth),
            _ => {
                let start = self.at;
                let (end, colon) = self.plain(false)?;
                let text = self.text.get(start..end)?;
                if !colon {
                    let node = self.scalar(start, end, Box::from(text), false)?;
                    return self.last_on_line(node, parent);
                }
                if text == "<<" {
                    return None;
                }
                self.key_colon(start)?;
                let span = self.ruler.span(start, end);
                self.mapping(column, depth + 1, Box::from(text), span)
            }
        }
    }

    /// A value that ends with its line, on which no key can follow it.
    fn inline(&mut self, parent: isize, depth: usize) -> Option<Node> {
        let start = self.at;
        let node = match self.peek()? {
            b'"' | b'\'' => {
                let text = self.quoted()?;
                self.scalar(start, self.at, text, true)?
            }
            b'{' | b'[' => self.brackets(depth + 1)?,
            b'|' | b'>' => return self.block_text(parent),
            b'-' if self.at_dash() => return None,
            _ => {
                let (end, colon) = self.plain(false)?;
                if colon {
                    return None;
                }
                self.scalar(start, end, Box::from(self.text.get(start..end)?), false)?
            }
        };
        self.last_on_line(node, parent)
    }

    /// Goes on after a value. A deeper line that followed would be part of it, or wrong.
    fn last_on_line(&mut self, node: Node, parent: isize) -> Option<Node> {
        self.end_of_line()?;
        (self.indent <= parent).then_some(node)
    }

    fn scalar(&mut self, start: usize, end: usize, text: Box<str>, quoted: bool) -> Option<Node> {
        self.count()?;
        Some(Node::scalar(self.ruler.span(start, end), text, quoted))
    }

    /// Steps over the `:` after a block key.
    fn key_colon(&mut self, key_start: usize) -> Option<()> {
        let spaced = matches!(self.peek_next(), None | Some(b' ' | b'\n' | b'\r'));
        if !spaced || self.at - key_start > LONGEST_KEY {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// A block mapping; the reader stands behind the `:` of its first key.
    fn mapping(&mut self, column: usize, depth: usize, key: Box<str>, key_span: Span) -> Option<Node> {
        if depth > self.max_depth {
            return None;
        }
        self.count()?;
        let span = key_span;
        let base = self.entries.len();
        let (mut key, mut key_span) = (key, key_span);
        let here = column.cast_signed();
        loop {
            let value = self.value(column, depth, key_span)?;
            self.entries.push(Entry { key, key_span, value });
            if self.indent != here {
                break;
            }
            let start = self.at;
            let end;
            if let b'"' | b'\'' = self.peek()? {
                key = self.quoted()?;
                end = self.at;
                self.spaces();
                if self.peek() != Some(b':') {
                    return None;
                }
            } else {
                let colon;
                (end, colon) = self.plain(false)?;
                let text = self.text.get(start..end)?;
                if !colon || text == "<<" {
                    return None;
                }
                key = Box::from(text);
            }
            key_span = self.ruler.span(start, end);
            self.key_colon(start)?;
        }
        if self.indent > here {
            return None;
        }
        Some(Node { span, tag: None, kind: Kind::Mapping(self.take_entries(base)?) })
    }

    /// The value of a block key.
    fn value(&mut self, column: usize, depth: usize, key_span: Span) -> Option<Node> {
        let here = column.cast_signed();
        self.spaces();
        if !self.at_line_end() {
            return self.inline(here, depth);
        }
        if self.peek() == Some(b'#') && self.bytes.get(self.at.checked_sub(1)?) != Some(&b' ') {
            return None;
        }
        self.end_of_value_line()?;
        if self.indent > here {
            self.node(here, self.indent.cast_unsigned(), depth)
        } else if self.indent == here && self.at_dash() {
            self.sequence(column, depth + 1)
        } else {
            self.count()?;
            Some(Node::nothing(key_span))
        }
    }

    /// From the end of a line without a value, or the comment there, to the next line.
    fn end_of_value_line(&mut self) -> Option<()> {
        if self.peek() == Some(b'#') {
            self.comment()?;
        }
        self.advance()
    }

    /// A block sequence; the reader stands on its first dash.
    fn sequence(&mut self, column: usize, depth: usize) -> Option<Node> {
        if depth > self.max_depth {
            return None;
        }
        self.count()?;
        let base = self.nodes.len();
        let here = column.cast_signed();
        loop {
            let dash = self.at;
            self.at += 1;
            let place = self.ruler.here(self.at);
            self.spaces();
            let item = if self.at_line_end() {
                let remark = self.peek() == Some(b'#');
                if remark && self.at == dash + 1 {
                    return None;
                }
                self.end_of_value_line()?;
                if self.indent > here {
                    self.node(here, self.indent.cast_unsigned(), depth)?
                } else if remark {
                    // The whole parser places a missing item behind the comment.
                    return None;
                } else {
                    self.count()?;
                    Node::nothing(place)
                }
            } else {
                self.node(here, column + (self.at - dash), depth)?
            };
            self.nodes.push(item);
            if self.indent != here || !self.at_dash() {
                break;
            }
        }
        if self.indent > here {
            return None;
        }
        let items = self.nodes.split_off(base);
        let span = items.first()?.span;
        Some(Node { span, tag: None, kind: Kind::Sequence(items) })
    }

    /// A collection in brackets; the reader stands on the opening one.
    fn brackets(&mut self, depth: usize) -> Option<Node> {
        if depth > self.max_depth {
            return None;
        }
        self.count()?;
        let start = self.at;
        let line = self.ruler.line;
        let open = self.ruler.here(start);
        let mapping = self.peek() == Some(b'{');
        let close = if mapping { b'}' } else { b']' };
        let (nodes, entries) = (self.nodes.len(), self.entries.len());
        self.at += 1;
        loop {
            self.bracket_space()?;
            if self.peek() == Some(close) {
                break;
            }
            if mapping {
                let entry = self.bracket_entry(depth)?;
                self.entries.push(entry);
            } else {
                let item = self.bracket_value(depth)?;
                self.nodes.push(item);
            }
            self.bracket_space()?;
            match self.peek()? {
                b',' => self.at += 1,
                byte if byte == close => break,
                _ => return None,
            }
        }
        self.at += 1;
        let end = if self.ruler.line == line { self.at } else { line_end(self.bytes, start) };
        let span = Span { length: self.ruler.length(start, end), ..open };
        let kind = if mapping {
            Kind::Mapping(self.take_entries(entries)?)
        } else {
            Kind::Sequence(self.nodes.split_off(nodes))
        };
        Some(Node { span, tag: None, kind })
    }

    fn bracket_entry(&mut self, depth: usize) -> Option<Entry> {
        let start = self.at;
        let quoted = matches!(self.peek()?, b'"' | b'\'');
        let (key, end) = if quoted {
            let key = self.quoted()?;
            let end = self.at;
            self.spaces();
            (key, end)
        } else {
            let (end, _) = self.plain(true)?;
            let text = self.text.get(start..end)?;
            if text == "<<" {
                return None;
            }
            (Box::from(text), end)
        };
        if self.at - start > LONGEST_KEY {
            return None;
        }
        let key_span = self.ruler.span(start, end);
        if self.peek() == Some(b':') {
            let spaced = matches!(self.peek_next()?, b' ' | b',' | b'}');
            // Right after a quoted key the value may follow without a space, as in JSON.
            let adjacent = quoted
                && self.at == end
                && matches!(self.peek_next()?, b'"' | b'\'' | b'[' | b'{' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9');
            if !spaced && !adjacent {
                return None;
            }
            self.at += 1;
            self.spaces();
            if !matches!(self.peek()?, b',' | b'}') {
                let value = self.bracket_value(depth)?;
                return Some(Entry { key, key_span, value });
            }
        }
        self.count()?;
        Some(Entry { key, key_span, value: Node::nothing(key_span) })
    }

    fn bracket_value(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        match self.peek()? {
            b'{' | b'[' => self.brackets(depth + 1),
            b'"' | b'\'' => {
                let text = self.quoted()?;
                self.scalar(start, self.at, text, true)
            }
            _ => {
                let (end, colon) = self.plain(true)?;
                if colon {
                    return None;
                }
                self.scalar(start, end, Box::from(self.text.get(start..end)?), false)
            }
        }
    }

    /// Steps over spaces, comments and line breaks between brackets.
    fn bracket_space(&mut self) -> Option<()> {
        loop {
            let start = self.at;
            self.spaces();
            match self.peek()? {
                b'\n' | b'\r' => {
                    self.newline()?;
                    let line = self.bytes.get(self.at..self.at + 3);
                    if line == Some(b"---") || line == Some(b"...") {
                        return None;
                    }
                }
                b'#' if self.at > start || self.at == self.ruler.line_start => self.comment()?,
                b'#' | b'\t' => return None,
                _ => return Some(()),
            }
        }
    }

    /// Scans a plain scalar on one line. Returns its end; true if the reader now stands on the `:` of a key,
    /// otherwise it stands on what ended the scalar.
    fn plain(&mut self, in_brackets: bool) -> Option<(usize, bool)> {
        let start = self.at;
        match self.peek()? {
            b'-' | b'?' | b':' => {
                let next = self.peek_next()?;
                if matches!(next, b' ' | b'\t' | b'\n' | b'\r') || in_brackets && class(next) == Class::Bracket {
                    return None;
                }
            }
            b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' | b'"' | b'\'' | b'#' | b' ' => return None,
            byte if class(byte) == Class::Bracket => return None,
            _ => {}
        }
        let mut at = start;
        let colon = loop {
            let Some(byte) = self.bytes.get(at) else { break false };
            match class(*byte) {
                Class::Text => {}
                Class::Colon => match self.bytes.get(at + 1) {
                    None | Some(b' ' | b'\n' | b'\r') => break true,
                    Some(b'\t') => return None,
                    Some(next) if in_brackets && class(*next) == Class::Bracket => {
                        if matches!(next, b'[' | b'{') {
                            return None;
                        }
                        break true;
                    }
                    _ => {}
                },
                Class::Hash => {
                    if self.bytes.get(at.wrapping_sub(1)) == Some(&b' ') {
                        break false;
                    }
                }
                Class::Newline => break false,
                Class::Bracket => {
                    if in_brackets {
                        break false;
                    }
                }
                Class::Suspect => self.unsuspicious(at)?,
                Class::Odd => return None,
            }
            at += 1;
        };
        let mut end = at;
        while self.bytes.get(end.wrapping_sub(1)) == Some(&b' ') {
            end -= 1;
        }
        // A comment needs the space in front of it, so what ended the scalar is found from its end again.
        self.at = if colon { at } else { end };
        Some((end, colon))
    }

    /// Scans a quoted scalar on one line; the reader stands on the quote, and behind the closing one afterwards.
    fn quoted(&mut self) -> Option<Box<str>> {
        let quote = self.peek()?;
        self.at += 1;
        let mut from = self.at;
        let mut text = String::new();
        loop {
            let byte = self.peek()?;
            match byte {
                b'\'' if quote == b'\'' && self.peek_next() == Some(b'\'') => {
                    text.push_str(self.text.get(from..self.at)?);
                    text.push('\'');
                    self.at += 2;
                    from = self.at;
                }
                _ if byte == quote => {
                    let piece = self.text.get(from..self.at)?;
                    self.at += 1;
                    if text.is_empty() {
                        return Some(Box::from(piece));
                    }
                    text.push_str(piece);
                    return Some(text.into_boxed_str());
                }
                b'\\' if quote == b'"' => {
                    text.push_str(self.text.get(from..self.at)?);
                    text.push(self.escape()?);
                    from = self.at;
                }
                _ => {
                    match class(byte) {
                        Class::Odd | Class::Newline => return None,
                        Class::Suspect => self.unsuspicious(self.at)?,
                        _ => {}
                    }
                    self.at += 1;
                }
            }
        }
    }

    /// The escapes of one letter, and `\x` and `\u` for characters that need no pair.
    fn escape(&mut self) -> Option<char> {
        let digits = match self.peek_next()? {
            b'x' => 2,
            b'u' => 4,
            letter => {
                self.at += 2;
                return Some(match letter {
                    b'"' => '"',
                    b'\\' => '\\',
                    b'/' => '/',
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    b'b' => '\u{8}',
                    b'f' => '\u{c}',
                    b'0' => '\0',
                    b'e' => '\u{1b}',
                    _ => return None,
                });
            }
        };
        let start = self.at + 2;
        let digits = self.bytes.get(start..start + digits)?;
        let code = digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))?;
        self.at = start + digits.len();
        char::from_u32(code)
    }

    /// A block text; the reader stands on its `|` or `>`.
    fn block_text(&mut self, parent: isize) -> Option<Node> {
        let folded = self.peek()? == b'>';
        self.at += 1;
        let strip = self.peek()? == b'-';
        if strip {
            self.at += 1;
        }
        let header = self.at;
        self.spaces();
        if self.peek()? == b'#' {
            if self.at == header {
                return None;
            }
            self.comment()?;
        }
        self.newline()?;
        let mut blank = 0usize;
        let mut indent = 0;
        // The first line that is not blank settles the indentation.
        loop {
            let start = self.at;
            self.spaces();
            match self.peek()? {
                b'\n' | b'\r' => {
                    if self.at > start {
                        return None;
                    }
                    self.newline()?;
                    blank += 1;
                }
                _ => {
                    indent = indent.max(self.at - start);
                    break;
                }
            }
        }
        if parent < 0 || indent.cast_signed() <= parent {
            return None;
        }
        let span = self.ruler.span(self.at, line_end(self.bytes, self.at));
        let mut text = String::new();
        let mut last_deeper = None;
        loop {
            // The reader stands behind the indentation of a line with text on it.
            let start = self.at;
            let deeper = self.peek() == Some(b' ');
            while let Some(byte) = self.peek() {
                match class(byte) {
                    Class::Newline => break,
                    Class::Odd => return None,
                    Class::Suspect => self.unsuspicious(self.at)?,
                    _ => {}
                }
                self.at += 1;
            }
            match last_deeper {
                None => {}
                Some(false) if folded && !deeper => text.push_str(if blank == 0 { " " } else { "" }),
                Some(_) => text.push('\n'),
            }
            text.extend(std::iter::repeat_n('\n', blank));
            blank = 0;
            last_deeper = Some(deeper);
            text.push_str(self.text.get(start..self.at)?);
            if self.peek().is_none() {
                self.indent = END;
                break;
            }
            // The next line with text on it, or the end of all.
            let mut spaces;
            let mut line;
            loop {
                self.newline()?;
                line = self.at;
                self.spaces();
                spaces = self.at - line;
                match self.peek() {
                    Some(b'\n' | b'\r') if spaces <= indent => blank += 1,
                    Some(b'\n' | b'\r') => return None,
                    _ => break,
                }
            }
            if self.peek().is_none() {
                if spaces > 0 {
                    return None;
                }
                self.indent = END;
                break;
            }
            if spaces < indent {
                if spaces.cast_signed() > parent {
                    return None;
                }
                self.at = line;
                self.line()?;
                break;
            }
            self.at = line + indent;
        }
        if !strip {
            text.push('\n');
        }
        self.count()?;
        let node = Node::scalar(span, text, true);
        (self.indent <= parent).then_some(node)
    }

    fn take_entries(&mut self, base: usize) -> Option<Vec<Entry>> {
        let mut entries = self.entries.split_off(base);
        remove_duplicates(&mut entries, |diagnostic| self.repeated.push(diagnostic));
        // More than will be shown: the other reader counts them without keeping them.
        (self.repeated.len() <= Limits::MESSAGES).then_some(entries)
    }
}
