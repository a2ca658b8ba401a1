//! Functions that encode and decode.

use std::fmt::Write as _;

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind};
use vauban_syntax::{Kind, Limits, Node, parse_json, parse_yaml};

use super::{Call, Fail, MOST_ITEMS, Outcome};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base 64 with padding, RFC 4648 section 4.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    let letter = |bits: u32| ALPHABET.get((bits & 63) as usize).map_or('A', |byte| char::from(*byte));
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        text.push(letter(bits >> 18));
        text.push(letter(bits >> 12));
        text.push(if chunk.len() > 1 { letter(bits >> 6) } else { '=' });
        text.push(if chunk.len() > 2 { letter(bits) } else { '=' });
    }
    text
}

/// The bytes of a text in base 64 with padding; line breaks are passed over.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held, mut padding, mut letters) = (0u32, 0u32, 0usize, 0usize);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        letters += 1;
        if byte == b'=' {
            padding += 1;
            continue;
        }
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xFF).unwrap_or(0));
        }
    }
    (letters % 4 == 0 && padding <= 2).then_some(bytes)
}

pub(super) fn base64encode(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(to_base64(call.text(0)?.as_bytes()))
}

pub(super) fn base64decode(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let bytes = from_base64(&call.text(0)?).ok_or(Fail::Refused)?;
    call.out_text(String::from_utf8(bytes).map_err(|_| Fail::Refused)?)
}

/// `textencodebase64(text, encoding)` for the encodings met in practice.
pub(super) fn textencodebase64(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let text = call.text(0)?;
    let bytes: Vec<u8> = match &*call.text(1)?.to_ascii_uppercase() {
        "UTF-8" => text.as_bytes().to_vec(),
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "ISO-8859-1" | "US-ASCII" => {
            text.chars().map(|c| u8::try_from(u32::from(c))).collect::<Result<_, _>>().map_err(|_| Fail::Refused)?
        }
        _ => return Err(Fail::Refused),
    };
    call.out_text(to_base64(&bytes))
}

pub(super) fn textdecodebase64(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let bytes = from_base64(&call.text(0)?).ok_or(Fail::Refused)?;
    let wide = |unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        if odd.is_empty() { String::from_utf16(&units).map_err(|_| Fail::Refused) } else { Err(Fail::Refused) }
    };
    let text = match &*call.text(1)?.to_ascii_uppercase() {
        "UTF-8" => String::from_utf8(bytes).map_err(|_| Fail::Refused)?,
        "UTF-16LE" => wide(u16::from_le_bytes)?,
        "UTF-16BE" => wide(u16::from_be_bytes)?,
        "ISO-8859-1" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => return Err(Fail::Refused),
    };
    call.out_text(text)
}

/// Percent encoding as in a query: a space is `+`.
pub(super) fn urlencode(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let mut out = String::new();
    for byte in call.text(0)?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    call.out_text(out)
}

pub(super) fn urldecode(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let text = call.text(0)?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(Fail::Refused);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(0));
            }
            other => bytes.push(other),
        }
    }
    call.out_text(String::from_utf8(bytes).map_err(|_| Fail::Refused)?)
}

/// The text is kept as the value it encodes.
pub(super) fn jsonencode(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = call.arg(0)?;
    Ok(Value::new(ValueKind::Document(Box::new(value.clone())), call.span))
}

pub(super) fn jsondecode(call: &Call<'_>) -> Outcome {
    decode(call, |text, diagnostics| parse_json(vauban_model::FileId(0), text, &limits(), diagnostics))
}

pub(super) fn yamldecode(call: &Call<'_>) -> Outcome {
    decode(call, |text, diagnostics| parse_yaml(vauban_model::FileId(0), text, &limits(), diagnostics))
}

fn limits() -> Limits {
    Limits { max_bytes: 16 << 20, max_nodes: 1 << 18, max_depth: 100, max_alias_expansion: 1 << 16 }
}

fn decode(call: &Call<'_>, parse: impl Fn(&str, &mut Vec<vauban_model::Diagnostic>) -> Option<Node>) -> Outcome {
    call.count(1, 1)?;
    if let ValueKind::Document(inner) = &call.arg(0)?.kind {
        return Ok((**inner).clone());
    }
    let mut diagnostics = Vec::new();
    let node = parse(&call.text(0)?, &mut diagnostics).ok_or(Fail::Refused)?;
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == vauban_model::Severity::Error) {
        return Err(Fail::Refused);
    }
    Ok(from_node(&node, call.span))
}

/// A tree read from a text inside a value; everything stands where the call stands.
fn from_node(node: &Node, span: Span) -> Value {
    let kind = match &node.kind {
        Kind::Sequence(items) => ValueKind::List(items.iter().map(|item| from_node(item, span)).collect()),
        Kind::Mapping(entries) => ValueKind::Map(
            entries.iter().map(|entry| (Text::from(&*entry.key), from_node(&entry.value, span))).collect(),
        ),
        Kind::Scalar(scalar) if scalar.is_null() => ValueKind::Null,
        Kind::Scalar(scalar) if scalar.quoted => ValueKind::Text((&*scalar.text).into()),
        Kind::Scalar(scalar) => match (&*scalar.text, node.as_f64()) {
            ("true" | "True" | "TRUE", _) => ValueKind::Bool(true),
            ("false" | "False" | "FALSE", _) => ValueKind::Bool(false),
            (_, Some(number)) if number.is_finite() => ValueKind::Number(number),
            (text, _) => ValueKind::Text(text.into()),
        },
    };
    Value::new(kind, span)
}

/// Lines of comma-separated fields as maps, the first line naming them; RFC 4180.
pub(super) fn csvdecode(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let text = call.text(0)?;
    let mut rows = csv_rows(&text)?.into_iter();
    let head = rows.next().ok_or(Fail::Refused)?;
    let mut maps = Vec::new();
    for row in rows {
        if row.len() != head.len() {
            return Err(Fail::Refused);
        }
        let entries = head.iter().zip(row).map(|(key, field)| (Text::from(&**key), Value::text(field, call.span)));
        maps.push(Value::new(ValueKind::Map(entries.collect()), call.span));
    }
    call.out_list(maps)
}

fn csv_rows(text: &str) -> Result<Vec<Vec<String>>, Fail> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut row, mut field, mut quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            '"' if field.is_empty() && !was_quoted => (quoted, was_quoted) = (true, true),
            '"' => return Err(Fail::Refused),
            c if quoted => field.push(c),
            ',' => {
                row.push(std::mem::take(&mut field));
                was_quoted = false;
            }
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' => {
                if row.is_empty() && field.is_empty() && !was_quoted {
                    continue;
                }
                row.push(std::mem::take(&mut field));
                was_quoted = false;
                rows.push(std::mem::take(&mut row));
                if rows.len() > MOST_ITEMS {
                    return Err(Fail::TooMuch);
                }
            }
            c => field.push(c),
        }
    }
    if quoted {
        return Err(Fail::Refused);
    }
    if !row.is_empty() || !field.is_empty() || was_quoted {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}
