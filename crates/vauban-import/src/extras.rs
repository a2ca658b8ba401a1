//! What has no place in the model, kept beside it: a namespaced key and a text.

use vauban_syntax::{Kind, Node};

use crate::Format;
use crate::raw::Text;

/// The extras of an element or a recorded threat.
pub(crate) type Extras = Vec<(Box<str>, Box<str>)>;

/// Keeps a text under the format's name: `threagile:size`.
pub(crate) fn keep(extras: &mut Extras, format: Format, key: &str, value: impl Into<Box<str>>) {
    extras.push((format!("{}:{key}", format.as_str()).into(), value.into()));
}

/// Keeps one more text under a key that may be there already: the texts stand side by side.
pub(crate) fn add(extras: &mut Extras, format: Format, key: &str, value: &str) {
    let key = format!("{}:{key}", format.as_str());
    match extras.iter_mut().find(|(known, _)| **known == *key) {
        Some((_, text)) if text.split(", ").any(|part| part == value) => {}
        Some((_, text)) => *text = format!("{text}, {value}").into(),
        None => extras.push((key.into(), value.into())),
    }
}

/// Keeps a text that was given and is not empty.
pub(crate) fn keep_text(extras: &mut Extras, format: Format, key: &str, value: Option<Text<'_>>) {
    if let Some(value) = value.filter(|value| !value.text.is_empty()) {
        keep(extras, format, key, value.text);
    }
}

/// Keeps whatever was given, unless it is nothing.
pub(crate) fn keep_node(extras: &mut Extras, format: Format, key: &str, value: Option<&Node>) {
    if let Some(value) = value.filter(|value| !is_empty(value)) {
        keep(extras, format, key, text_of(value));
    }
}

/// Whether a value says nothing at all.
pub(crate) fn is_empty(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => scalar.text.is_empty() || scalar.is_null(),
        Kind::Sequence(items) => items.is_empty(),
        Kind::Mapping(entries) => entries.is_empty(),
    }
}

/// A value as text: a scalar as it stands, anything else as compact JSON in the order of the file.
pub(crate) fn text_of(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(scalar) => scalar.text.to_string(),
        _ => {
            let mut json = String::new();
            write_json(node, &mut json);
            json
        }
    }
}

/// Writes a value as compact JSON. Recursion is bounded by the depth that the parser lets through.
pub(crate) fn write_json(node: &Node, out: &mut String) {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.is_null() => out.push_str("null"),
        Kind::Scalar(scalar) if !scalar.quoted && is_json_literal(&scalar.text) => out.push_str(&scalar.text),
        Kind::Scalar(scalar) => write_json_string(&scalar.text, out),
        Kind::Sequence(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Kind::Mapping(entries) => {
            out.push('{');
            for (i, entry) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json_string(&entry.key, out);
                out.push(':');
                write_json(&entry.value, out);
            }
            out.push('}');
        }
    }
}

/// Writes a JSON string.
pub(crate) fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whether a plain scalar may stand in JSON as it is: a yes/no in lower case, or a number by JSON's grammar, which is
/// narrower than YAML's.
fn is_json_literal(text: &str) -> bool {
    if matches!(text, "true" | "false") {
        return true;
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(|exponent| all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::{is_json_literal, write_json_string};

    #[test]
    fn only_json_numbers_stand_unquoted() {
        for literal in ["0", "-1", "10.5", "1e9", "1.5E-3", "true"] {
            assert!(is_json_literal(literal), "{literal}");
        }
        for text in ["", "-", "01", "0x10", ".5", "5.", "1e", "True", "NaN", "1.2.3", "+1"] {
            assert!(!is_json_literal(text), "{text}");
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        let mut out = String::new();
        write_json_string("a\"\\\n\u{1}é", &mut out);
        assert_eq!(out, "\"a\\\"\\\\\\n\\u0001é\"");
    }
}
