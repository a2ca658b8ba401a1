//! Values as YAML and JSON text.

use super::Val;

/// As YAML in block form. Text that could be anything else is quoted.
pub(super) fn to_yaml(value: &Val) -> String {
    let mut out = String::new();
    write(value, 0, false, &mut out);
    while out.ends_with('\n') {
        out.pop();
    }
    out
}

fn write(value: &Val, indent: usize, after_dash: bool, out: &mut String) {
    let pad = |out: &mut String, skip: bool| {
        if !skip {
            out.extend(std::iter::repeat_n(' ', indent));
        }
    };
    match value {
        Val::Map(entries) if !entries.is_empty() => {
            for (at, (key, value)) in entries.iter().enumerate() {
                pad(out, after_dash && at == 0);
                out.push_str(&scalar(key));
                out.push(':');
                under(value, indent, out);
            }
        }
        Val::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                pad(out, after_dash && at == 0);
                out.push_str("- ");
                match item {
                    Val::Map(entries) if !entries.is_empty() => write(item, indent + 2, true, out),
                    Val::List(inner) if !inner.is_empty() => write(item, indent + 2, true, out),
                    other => {
                        out.push_str(&flat(other));
                        out.push('\n');
                    }
                }
            }
        }
        other => {
            pad(out, after_dash);
            out.push_str(&flat(other));
            out.push('\n');
        }
    }
}

fn under(value: &Val, indent: usize, out: &mut String) {
    match value {
        Val::Map(entries) if !entries.is_empty() => {
            out.push('\n');
            write(value, indent + 2, false, out);
        }
        Val::List(items) if !items.is_empty() => {
            out.push('\n');
            write(value, indent, false, out);
        }
        other => {
            out.push(' ');
            out.push_str(&flat(other));
            out.push('\n');
        }
    }
}

fn flat(value: &Val) -> String {
    match value {
        Val::Nil => "null".to_owned(),
        Val::Str(text) => scalar(text),
        Val::List(items) if items.is_empty() => "[]".to_owned(),
        Val::Map(entries) if entries.is_empty() => "{}".to_owned(),
        other => other.print(),
    }
}

fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        );
    if plain { text.to_owned() } else { quote(text) }
}

/// Text in double quotes.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// As JSON.
pub(super) fn to_json(value: &Val) -> String {
    match value {
        Val::Nil => "null".to_owned(),
        Val::Str(text) => quote(text),
        Val::List(items) => format!("[{}]", items.iter().map(to_json).collect::<Vec<_>>().join(",")),
        Val::Map(entries) => format!(
            "{{{}}}",
            entries
                .iter()
                .map(|(key, value)| format!("{}:{}", quote(key), to_json(value)))
                .collect::<Vec<_>>()
                .join(",")
        ),
        other => other.print(),
    }
}
