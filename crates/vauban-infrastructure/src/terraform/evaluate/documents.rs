//! Texts that are JSON of a value, with references inside, and back.

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind};

use super::expression::put;
use super::template::{Piece, number_text, plain, put_together};

/// How deep a document may be nested.
const DEEPEST: u8 = 48;

/// The document a text is, if it is one: an object or a list in JSON, wholly.
pub(super) fn document(pieces: &[Piece], span: Span) -> Option<Value> {
    let start = pieces.iter().find_map(|piece| match piece {
        Piece::Text { text, .. } if text.trim().is_empty() => None,
        Piece::Text { text, .. } => Some(text.trim_start().starts_with(['{', '['])),
        Piece::Value(_) => Some(false),
    });
    if start != Some(true) {
        return None;
    }
    let mut reader = Reader { pieces, piece: 0, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    matches!(reader.next(), Next::End).then(|| Value::new(ValueKind::Document(Box::new(value)), span))
}

/// Any JSON value from a text, as `jsondecode` gives it.
pub(super) fn decode(pieces: &[Piece]) -> Option<Value> {
    let mut reader = Reader { pieces, piece: 0, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    matches!(reader.next(), Next::End).then_some(value)
}

/// A text that stands in a file from a place on, line by line.
pub(super) fn pieces_of(text: &str, start: Option<Span>, span: Span) -> Vec<Piece> {
    let Some(start) = start else {
        return vec![Piece::Text { text: text.into(), span, literal: false, secret: false }];
    };
    let mut place = start;
    let mut pieces = Vec::new();
    for line in text.split_inclusive('\n') {
        place.length = u32::try_from(line.trim_end().chars().count()).unwrap_or(u32::MAX);
        pieces.push(Piece::Text { text: line.into(), span: place, literal: true, secret: false });
        place.line = place.line.saturating_add(1);
        place.column = 1;
    }
    pieces
}

enum Next {
    Byte(u8),
    Value,
    End,
}

struct Reader<'a> {
    pieces: &'a [Piece],
    piece: usize,
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Next {
        loop {
            match self.pieces.get(self.piece) {
                None => return Next::End,
                Some(Piece::Value(_)) => return Next::Value,
                Some(Piece::Text { text, .. }) => match text.as_bytes().get(self.at) {
                    Some(byte) => return Next::Byte(*byte),
                    None => self.skip_piece(),
                },
            }
        }
    }

    fn skip_piece(&mut self) {
        self.piece += 1;
        self.at = 0;
    }

    fn space(&mut self) {
        while let Next::Byte(b' ' | b'\t' | b'\n' | b'\r' | 0xEF | 0xBB | 0xBF) = self.next() {
            self.at += 1;
        }
    }

    /// The place where reading is; zero characters long.
    fn place(&self) -> Option<Span> {
        match self.pieces.get(self.piece)? {
            Piece::Value(value) => Some(value.span),
            Piece::Text { span, literal: false, .. } => Some(*span),
            Piece::Text { text, span, .. } => {
                let before = text.get(..self.at).map_or(0, |before| before.chars().count());
                let before = u32::try_from(before).unwrap_or(u32::MAX);
                Some(Span { column: span.column.saturating_add(before), length: 0, ..*span })
            }
        }
    }

    fn value(&mut self, depth: u8) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.space();
        match self.next() {
            Next::End => None,
            Next::Value => {
                let Some(Piece::Value(value)) = self.pieces.get(self.piece) else { return None };
                let value = match &value.kind {
                    ValueKind::Document(inner) => (**inner).clone(),
                    _ => value.clone(),
                };
                self.skip_piece();
                Some(value)
            }
            Next::Byte(b'{') => self.object(depth),
            Next::Byte(b'[') => self.list(depth),
            Next::Byte(b'"') => self.string(),
            Next::Byte(_) => self.word(),
        }
    }

    fn object(&mut self, depth: u8) -> Option<Value> {
        let mut span = self.place()?;
        span.length = 1;
        self.at += 1;
        let mut entries: Vec<(Text, Value)> = Vec::new();
        loop {
            self.space();
            match self.next() {
                Next::Byte(b'}') => {
                    self.at += 1;
                    return Some(Value::new(ValueKind::Map(entries), span));
                }
                Next::Byte(b'"') => {}
                _ => return None,
            }
            let key = self.string()?;
            self.space();
            let Next::Byte(b':') = self.next() else { return None };
            self.at += 1;
            let value = self.value(depth + 1)?;
            put(&mut entries, plain(&key).into(), value);
            self.comma(b'}')?;
        }
    }

    fn list(&mut self, depth: u8) -> Option<Value> {
        let mut span = self.place()?;
        span.length = 1;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.space();
            if let Next::Byte(b']') = self.next() {
                self.at += 1;
                return Some(Value::new(ValueKind::List(items), span));
            }
            items.push(self.value(depth + 1)?);
            self.comma(b']')?;
        }
    }

    /// A comma, or the end, which stays. A comma too many before the end is passed over.
    fn comma(&mut self, end: u8) -> Option<()> {
        self.space();
        match self.next() {
            Next::Byte(b',') => {
                self.at += 1;
                Some(())
            }
            Next::Byte(byte) if byte == end => Some(()),
            _ => None,
        }
    }

    fn string(&mut self) -> Option<Value> {
        // A text that was filled in may hold quotes; those do not end a text that was opened in the file.
        let opened = matches!(self.pieces.get(self.piece), Some(Piece::Text { literal: true, .. }));
        self.at += 1;
        // Before a look at what comes next: that may stand elsewhere.
        let start = self.place()?;
        if let Next::End = self.next() {
            return None;
        }
        let start_piece = self.piece;
        let mut out: Vec<Piece> = Vec::new();
        let mut text: Vec<u8> = Vec::new();
        let mut secret = false;
        let mut place = start;
        let mut flush = |text: &mut Vec<u8>, secret: bool, place: Span| {
            if !text.is_empty() {
                let text = String::from_utf8_lossy(&std::mem::take(text)).into_owned().into();
                out.push(Piece::Text { text, span: place, literal: false, secret });
            }
            out.len()
        };
        let mut values: Vec<(usize, Value)> = Vec::new();
        loop {
            match self.next() {
                Next::End => return None,
                Next::Value => {
                    let before = flush(&mut text, secret, place);
                    let Some(Piece::Value(value)) = self.pieces.get(self.piece) else { return None };
                    values.push((before, value.clone()));
                    self.skip_piece();
                    place = self.place().unwrap_or(start);
                }
                Next::Byte(byte) => {
                    let (literal, now_secret) = match self.pieces.get(self.piece) {
                        Some(Piece::Text { literal, secret, .. }) => (*literal, *secret),
                        _ => (true, false),
                    };
                    if now_secret != secret {
                        flush(&mut text, secret, place);
                        place = self.place()?;
                        secret = now_secret;
                    }
                    match byte {
                        b'"' if literal || !opened => break,
                        b'\\' => {
                            self.at += 1;
                            self.escape(&mut text, literal)?;
                        }
                        _ => {
                            text.push(byte);
                            self.at += 1;
                        }
                    }
                }
            }
        }
        let end = self.place()?;
        flush(&mut text, secret, place);
        let mut span = start;
        if start_piece == self.piece {
            span.length = end.column.saturating_sub(start.column);
        }
        self.at += 1;
        for (index, (at, value)) in values.into_iter().enumerate() {
            out.insert((at + index).min(out.len()), Piece::Value(value));
        }
        if let [Piece::Value(_)] = out.as_slice()
            && let Some(Piece::Value(mut value)) = out.pop()
        {
            value.span = span;
            return Some(value);
        }
        Some(put_together(out, span, true))
    }

    /// What follows a backslash. In a text that was filled in, a backslash that is no escape is one.
    fn escape(&mut self, text: &mut Vec<u8>, literal: bool) -> Option<()> {
        let Next::Byte(byte) = self.next() else { return None };
        let plain = match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'"' | b'\\' | b'/' => byte,
            b'u' => {
                self.at += 1;
                let mut code = self.hexadecimal()?;
                if (0xD800..0xDC00).contains(&code)
                    && let Next::Byte(b'\\') = self.next()
                {
                    self.at += 2;
                    let low = self.hexadecimal()?;
                    code = 0x10000 + ((code - 0xD800) << 10) + low.checked_sub(0xDC00)?;
                }
                let letter = char::from_u32(code).unwrap_or('\u{fffd}');
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                return Some(());
            }
            _ if !literal => {
                text.push(b'\\');
                byte
            }
            _ => return None,
        };
        text.push(plain);
        self.at += 1;
        Some(())
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Next::Byte(byte) = self.next() else { return None };
            code = code * 16 + char::from(byte).to_digit(16)?;
            self.at += 1;
        }
        Some(code)
    }

    /// `true`, `false`, `null` or a number, which may have been filled in.
    fn word(&mut self) -> Option<Value> {
        let mut span = self.place()?;
        let mut word = String::new();
        loop {
            match self.next() {
                Next::Byte(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') => {
                    word.push(char::from(byte));
                    self.at += 1;
                }
                _ => break,
            }
        }
        span.length = u32::try_from(word.len()).unwrap_or(0);
        let kind = match word.as_str() {
            "true" => ValueKind::Bool(true),
            "false" => ValueKind::Bool(false),
            "null" => ValueKind::Null,
            number if number.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                ValueKind::Number(number.parse().ok()?)
            }
            _ => return None,
        };
        Some(Value::new(kind, span))
    }
}

/// A document as text, for functions that look at texts.
pub(super) fn encoded(value: &Value, span: Span) -> Value {
    let mut pieces = Vec::new();
    encode(value, &mut pieces, 0);
    put_together(pieces, span, true)
}

fn encode(value: &Value, out: &mut Vec<Piece>, depth: u8) {
    let mut text = |text: &str| {
        out.push(Piece::Text { text: text.into(), span: value.span, literal: false, secret: false });
    };
    match &value.kind {
        ValueKind::Null => text("null"),
        ValueKind::Bool(flag) => text(if *flag { "true" } else { "false" }),
        ValueKind::Number(number) => text(&number_text(*number)),
        ValueKind::Text(of) => text(&quoted(of)),
        ValueKind::List(items) if depth < DEEPEST => {
            text("[");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(Piece::Text { text: ",".into(), span: value.span, literal: false, secret: false });
                }
                encode(item, out, depth + 1);
            }
            out.push(Piece::Text { text: "]".into(), span: value.span, literal: false, secret: false });
        }
        ValueKind::Map(entries) if depth < DEEPEST => {
            text("{");
            for (index, (key, item)) in entries.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                let text = format!("{comma}{}:", quoted(key)).into();
                out.push(Piece::Text { text, span: value.span, literal: false, secret: false });
                encode(item, out, depth + 1);
            }
            out.push(Piece::Text { text: "}".into(), span: value.span, literal: false, secret: false });
        }
        _ => {
            text("\"");
            inside(value, out, false);
            out.push(Piece::Text { text: "\"".into(), span: value.span, literal: false, secret: false });
        }
    }
}

/// What stands between the quotes of a text that is not known in full.
fn inside(value: &Value, out: &mut Vec<Piece>, secret: bool) {
    match &value.kind {
        ValueKind::Secret(inner) => inside(inner, out, true),
        ValueKind::Template(parts) => {
            for part in parts {
                inside(part, out, secret);
            }
        }
        ValueKind::Text(of) => {
            let whole = quoted(of);
            let text = whole.get(1..whole.len().saturating_sub(1)).unwrap_or("").into();
            out.push(Piece::Text { text, span: value.span, literal: false, secret });
        }
        _ => out.push(Piece::Value(value.clone())),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
