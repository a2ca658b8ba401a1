//! The tree: what every format is read into.

use vauban_model::Span;

/// One value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value stands. A scalar or a bracketed collection: its text, up to the end of its first
    /// line. A YAML block collection: its first key or item. A value that is missing (`owner:`): its key.
    pub span: Span,
    /// The YAML tag as written (`!Ref`, `!!binary`); the tags of YAML's own core types are applied and dropped.
    pub tag: Option<Box<str>>,
    /// The value.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Text, a number, a yes/no or nothing: which one depends on what the reader expects.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values, in the order of the file. No key occurs twice.
    Mapping(Vec<Entry>),
}

/// A value without parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, escapes and folding resolved; empty where nothing was written.
    pub text: Box<str>,
    /// Whether it can only be text: quoted, a block scalar, a JSON or TOML string.
    pub quoted: bool,
}

/// A key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's text, whatever it looks like: `yes`, `1` and `~` stay as they were written.
    pub key: Box<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A scalar node.
    pub(crate) fn scalar(span: Span, text: impl Into<Box<str>>, quoted: bool) -> Self {
        Node { span, tag: None, kind: Kind::Scalar(Scalar { text: text.into(), quoted }) }
    }

    /// A value that was left out.
    pub(crate) fn nothing(span: Span) -> Self {
        Node::scalar(span, "", false)
    }

    /// The text of any scalar that is not null: `8080` and `true` are text too if text is what is expected.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) if !scalar.is_null() => Some(&scalar.text),
            _ => None,
        }
    }

    /// Whether nothing was written here: plain `~`, `null`, or no text at all.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.is_null())
    }

    /// A plain true/false, yes/no or on/off in any usual case, for callers that expect a yes or no.
    pub fn as_bool(&self) -> Option<bool> {
        let text = self.plain()?;
        // The length test spares the comparisons for nearly every other text.
        if text.len() > 5 || text.len() < 2 {
            return None;
        }
        let (lower, usual) = usual_case(text);
        match lower.as_str() {
            "true" | "yes" | "on" if usual => Some(true),
            "false" | "no" | "off" if usual => Some(false),
            _ => None,
        }
    }

    /// A plain whole number: decimal with a sign if wanted, `0x`, `0o` or `0b`.
    pub fn as_i64(&self) -> Option<i64> {
        let text = self.plain()?;
        match text.get(..2) {
            Some("0x") => return unsigned(text.get(2..)?, 16),
            Some("0o") => return unsigned(text.get(2..)?, 8),
            Some("0b") => return unsigned(text.get(2..)?, 2),
            _ => {}
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        text.parse().ok()
    }

    /// A plain number, whole or not; `.inf` and `.nan` as in YAML.
    pub fn as_f64(&self) -> Option<f64> {
        let text = self.plain()?;
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        match unsigned {
            ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
            ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Some(f64::NAN),
            _ => {}
        }
        let shaped = unsigned.bytes().any(|byte| byte.is_ascii_digit())
            && unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
            && unsigned.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        if shaped {
            return text.parse().ok();
        }
        #[expect(clippy::cast_precision_loss, reason = "a caller that asks for a float accepts its precision")]
        self.as_i64().map(|whole| whole as f64)
    }

    /// The items, if this is a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a mapping.
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key, if this is a mapping that has it. Looks through the entries one by one.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// What this is, in the words of a message: `a mapping`, `a list`, `text`, `a number`, `yes/no`, `nothing`.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Mapping(_) => "a mapping",
            Kind::Sequence(_) => "a list",
            Kind::Scalar(scalar) if scalar.is_null() => "nothing",
            Kind::Scalar(_) if self.as_bool().is_some() => "yes/no",
            Kind::Scalar(_) if self.as_f64().is_some() => "a number",
            Kind::Scalar(_) => "text",
        }
    }

    /// The text of a scalar that was not quoted and is not null.
    fn plain(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) if !scalar.quoted && !scalar.is_null() => Some(&scalar.text),
            _ => None,
        }
    }
}

impl Scalar {
    /// Whether nothing was written: plain `~`, `null`, or no text at all.
    pub fn is_null(&self) -> bool {
        !self.quoted && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }
}

/// A word in lower case, and whether it was written in a case people use: `yes`, `Yes` or `YES`, not `yEs`.
fn usual_case(text: &str) -> (String, bool) {
    let lower = text.to_ascii_lowercase();
    let tail = text.get(1..).unwrap_or("");
    let usual = text == lower
        || text.bytes().all(|byte| byte.is_ascii_uppercase())
        || (text.starts_with(|first: char| first.is_ascii_uppercase()) && lower.get(1..) == Some(tail));
    (lower, usual)
}

fn unsigned(digits: &str, radix: u32) -> Option<i64> {
    // `from_str_radix` would take a sign here, which `0x-1` must not have.
    if digits.starts_with(['-', '+']) { None } else { i64::from_str_radix(digits, radix).ok() }
}
