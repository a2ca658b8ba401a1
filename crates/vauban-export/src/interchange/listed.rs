//! What exporters of listing formats share: remarks kept from the same format, texts cut to a length, ids that another
//! format allows, and controls gathered from all findings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use vauban_model::model::{ElementRef, Model};
use vauban_model::report::Report;
use vauban_model::vocabulary::Domain;

use super::{Exported, Format, Loss, losses};

/// Extras of an element or a recorded threat.
type Extras = [(Box<str>, Box<str>)];

/// The remark under a key of a format.
pub(super) fn remark<'m>(extras: &'m Extras, format: &str, key: &str) -> Option<&'m str> {
    let wanted = format!("{format}:{key}");
    extras.iter().find(|(known, _)| **known == *wanted).map(|(_, value)| &**value)
}

/// All remarks whose key begins so, without the beginning.
pub(super) fn remarks<'m>(extras: &'m Extras, beginning: &str) -> impl Iterator<Item = (&'m str, &'m str)> {
    extras.iter().filter_map(move |(key, value)| Some((key.strip_prefix(beginning)?, &**value)))
}

/// A remark as the JSON that it was.
pub(super) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// A remark as JSON; as a text if it is none.
pub(super) fn json_or_text(text: &str) -> Value {
    match json(text) {
        Some(value @ (Value::Array(_) | Value::Object(_))) => value,
        _ => Value::from(text),
    }
}

/// Objects kept whole under a key such as `control.`, by the rest of their key.
pub(super) fn whole(model: &Model, format: &str, part: &str) -> Vec<(String, serde_json::Map<String, Value>)> {
    let beginning = format!("{format}:{part}.");
    let all = remarks(&model.system.extras, &beginning);
    all.filter_map(|(key, text)| match json(text)? {
        Value::Object(object) => Some((key.to_owned(), object)),
        _ => None,
    })
    .collect()
}

/// The same names as the importers make for keys of whole objects.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for c in name.chars().take(120) {
        if c.is_alphanumeric() {
            if gap && !slug.is_empty() {
                slug.push('-');
            }
            gap = false;
            slug.extend(c.to_lowercase());
        } else {
            gap = true;
        }
    }
    slug
}

/// Remarks of other formats, and remarks on what the format has no place for, as a loss.
pub(super) fn foreign(model: &Model, format: &str) -> Option<Loss> {
    let own = format!("{format}:");
    let mut ids = Vec::new();
    for domain in Domain::ALL {
        for (_, element) in model.elements(domain) {
            if element.extras.iter().any(|(key, _)| !key.starts_with(&own)) {
                ids.push(element.id.clone());
            }
        }
    }
    loss("remarks kept from other formats", ids)
}

/// A loss with its first examples.
pub(super) fn loss(what: &str, ids: Vec<Box<str>>) -> Option<Loss> {
    let count = ids.len();
    (count > 0).then(|| Loss { what: what.to_owned(), count, examples: ids.into_iter().take(3).collect() })
}

/// What a model has beyond the format, where the caller does not count: a file that is written anew though one of the
/// same format is there.
pub(super) fn counted(format: Format, report: &Report<'_>, original: bool) -> Vec<Loss> {
    if original { losses(format, report) } else { Vec::new() }
}

/// Texts cut to the length that a format allows.
#[derive(Debug, Default)]
pub(super) struct Cut {
    ids: Vec<Box<str>>,
}

impl Cut {
    /// The text, or its beginning with an ellipsis. `length` counts as JavaScript counts: in UTF-16 units.
    pub(super) fn text(&mut self, text: &str, length: usize, id: &str) -> String {
        // Line breaks and tabs are the only control characters that texts have a use for.
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if text.encode_utf16().count() <= length {
            return text;
        }
        if self.ids.last().is_none_or(|last| **last != *id) {
            self.ids.push(id.into());
        }
        let mut out = String::new();
        let mut left = length.saturating_sub(1);
        for c in text.chars() {
            match left.checked_sub(c.len_utf16()) {
                Some(rest) => left = rest,
                None => break,
            }
            out.push(c);
        }
        out.push('…');
        out
    }

    /// What was cut.
    pub(super) fn loss(self) -> Option<Loss> {
        loss("texts longer than the format allows, cut", self.ids)
    }
}

/// Ids of letters, digits and hyphens, each once.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    used: BTreeSet<String>,
}

impl Symbols {
    /// The id for something that is called so.
    pub(super) fn make(&mut self, wanted: &str, fallback: &str) -> String {
        let mut symbol: String = wanted
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '-' })
            .take(100)
            .collect();
        if symbol.bytes().all(|byte| byte == b'-') {
            symbol = fallback.to_owned();
        }
        let mut unique = symbol.clone();
        let mut number = 2u32;
        while !self.used.insert(unique.clone()) {
            unique = format!("{symbol}-{number}");
            number += 1;
        }
        unique
    }
}

/// A control of the library, gathered from everything that wants it or says it is there.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Its id.
    pub(super) id: Box<str>,
    /// Its name, or its id if the library has none of it.
    pub(super) name: String,
    /// What it does.
    pub(super) summary: String,
    /// Ids of the findings it helps against.
    pub(super) findings: Vec<Box<str>>,
    /// Names of what it is said to be on.
    pub(super) on: Vec<String>,
    /// Whether it is there: everywhere, in some places, nowhere.
    pub(super) state: Present,
}

/// Where a control is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Present {
    /// Wherever anything wants it.
    Everywhere,
    /// In some places.
    Somewhere,
    /// Nowhere that is known.
    Nowhere,
}

/// All controls that findings want or elements have, by id.
pub(super) fn controls(report: &Report<'_>) -> Vec<Gathered> {
    struct Seen {
        findings: Vec<Box<str>>,
        on: Vec<String>,
        present: usize,
        missing: usize,
    }
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    let new = || Seen { findings: Vec::new(), on: Vec::new(), present: 0, missing: 0 };
    for finding in &report.analysis.findings {
        for need in &finding.controls {
            let entry = seen.entry(&need.control).or_insert_with(new);
            entry.findings.push(finding.id.clone());
            if need.present == Some(true) { entry.present += 1 } else { entry.missing += 1 }
        }
    }
    for domain in Domain::ALL {
        for (_, element) in report.model.elements(domain) {
            for said in &element.controls {
                let entry = seen.entry(&said.control).or_insert_with(new);
                if said.present {
                    entry.present += 1;
                    entry.on.push(element.name.to_string());
                } else {
                    entry.missing += 1;
                }
            }
        }
    }
    let known = |id: &str| report.controls.iter().find(|control| *control.id == *id);
    seen.into_iter()
        .map(|(id, seen)| Gathered {
            id: id.into(),
            name: known(id).map_or_else(|| id.to_owned(), |control| control.name.to_string()),
            summary: known(id).map_or_else(String::new, |control| control.summary.to_string()),
            findings: seen.findings,
            on: seen.on,
            state: match (seen.present, seen.missing) {
                (0, _) => Present::Nowhere,
                (_, 0) => Present::Everywhere,
                _ => Present::Somewhere,
            },
        })
        .collect()
}

/// Numbers of `CWE-79` and the like.
pub(super) fn number(id: &str) -> Option<u32> {
    id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()
}

/// Names of elements, for sentences.
pub(super) fn names(model: &Model, elements: &[ElementRef]) -> Vec<String> {
    elements.iter().map(|element| model.name(*element).to_owned()).collect()
}

/// A finished file.
pub(super) fn finish(
    document: &Value,
    mut losses: Vec<Loss>,
    more: impl IntoIterator<Item = Option<Loss>>,
) -> Exported {
    losses.extend(more.into_iter().flatten());
    // Nothing in a value of ours can fail to become text.
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    Exported { bytes, losses, remarks: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::{Cut, Symbols};

    #[test]
    fn symbols_are_unique_and_plain() {
        let mut symbols = Symbols::default();
        assert_eq!(symbols.make("Orders DB", "x"), "orders-db");
        assert_eq!(symbols.make("orders db", "x"), "orders-db-2");
        assert_eq!(symbols.make("数据", "x"), "x");
    }

    #[test]
    fn texts_are_cut_as_javascript_counts() {
        let mut cut = Cut::default();
        assert_eq!(cut.text("abc", 3, "a"), "abc");
        assert_eq!(cut.text("😀😀", 3, "b"), "😀…");
        assert_eq!(cut.text("\u{0}ab\u{7}", 3, "b"), "ab");
        assert_eq!(cut.loss().map(|loss| loss.count), Some(1));
    }
}
