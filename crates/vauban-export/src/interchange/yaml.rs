//! JSON values as YAML that every reader of YAML 1.1 and 1.2 understands the same way: texts are always in quotation
//! marks.

use std::fmt::Write as _;

use serde_json::Value;

/// Writes a document. The depth is that of our own formats, never the user's.
pub(super) fn document(value: &Value) -> String {
    let mut out = String::new();
    match value.as_object() {
        Some(fields) => mapping(fields, 0, &mut out),
        None => out.push_str(&scalar(value)),
    }
    out
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::String(text) => quoted(text),
        value => value.to_string(),
    }
}

fn quoted(text: &str) -> String {
    // JSON's escapes are YAML's; what JSON leaves alone and YAML 1.1 takes for a line end is escaped as well.
    let text = Value::String(text.to_owned()).to_string();
    text.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Whether a key needs no quotation marks.
fn is_plain(key: &str) -> bool {
    key.contains('_') && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') || is_word(key)
}

fn is_word(key: &str) -> bool {
    key.len() > 2
        && key.bytes().all(|b| b.is_ascii_lowercase())
        && !matches!(key, "true" | "false" | "null" | "yes" | "off" | "nan" | "inf")
}

fn mapping(fields: &serde_json::Map<String, Value>, depth: usize, out: &mut String) {
    for (key, value) in fields {
        let key = if is_plain(key) { key.clone() } else { quoted(key) };
        let _ = write!(out, "{}{key}:", "  ".repeat(depth));
        below(value, depth, out);
    }
}

fn below(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('\n');
            mapping(fields, depth + 1, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                let _ = writeln!(out, "{}- {}", "  ".repeat(depth + 1), scalar(item));
            }
        }
        value => {
            let _ = writeln!(out, " {}", scalar(value));
        }
    }
}
