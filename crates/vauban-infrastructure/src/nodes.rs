//! From located trees to values, and small helpers to take trees apart and change them. Used by every reader of YAML here.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind, Via};
use vauban_syntax::{Entry, Kind, Node, Scalar};

/// Where a stretch of text really stands, when it was made from something else.
pub(crate) trait Places {
    /// The place in a file, and what came in between.
    fn place(&self, span: Span) -> (Span, Option<Arc<Via>>);
}

/// Text that is where it stands.
pub(crate) struct AsWritten;

impl Places for AsWritten {
    fn place(&self, span: Span) -> (Span, Option<Arc<Via>>) {
        (span, None)
    }
}

/// A tree as a value. `old` is YAML 1.1, where `yes` and `on` are yes/no too.
pub(crate) fn to_value(node: &Node, old: bool, places: &dyn Places) -> Value {
    let kind = match &node.kind {
        Kind::Scalar(scalar) => scalar_kind(node, scalar, old),
        Kind::Sequence(items) => ValueKind::List(items.iter().map(|item| to_value(item, old, places)).collect()),
        Kind::Mapping(entries) => ValueKind::Map(
            entries.iter().map(|entry| (Text::from(&*entry.key), to_value(&entry.value, old, places))).collect(),
        ),
    };
    let (span, via) = places.place(node.span);
    Value { kind, span, via }
}

fn scalar_kind(node: &Node, scalar: &Scalar, old: bool) -> ValueKind {
    if scalar.is_null() {
        return ValueKind::Null;
    }
    if !scalar.quoted && node.tag.is_none() {
        let strict = matches!(&*scalar.text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE");
        if let Some(value) = node.as_bool().filter(|_| strict || old) {
            return ValueKind::Bool(value);
        }
        // A number with leading zeros (a file mode, a phone number) keeps its spelling.
        let zeros =
            scalar.text.len() > 1 && scalar.text.starts_with('0') && !scalar.text.contains(['.', 'x', 'o', 'b']);
        if let Some(value) = node.as_f64().filter(|value| value.is_finite() && !zeros) {
            return ValueKind::Number(value);
        }
    }
    ValueKind::Text(Text::from(&*scalar.text))
}

/// Keys and values in the order in which keys were first put, each once. A search through few is quicker than an index;
/// through thousands it is not.
#[derive(Default)]
pub(crate) struct Keyed {
    list: Vec<(Text, Value)>,
    index: FxHashMap<Text, usize>,
}

impl Keyed {
    /// Most entries that are searched one by one.
    const FEW: usize = 24;

    fn position(&self, key: &str) -> Option<usize> {
        if self.list.len() <= Self::FEW {
            self.list.iter().position(|(known, _)| **known == *key)
        } else {
            self.index.get(key).copied()
        }
    }

    /// The value of a key.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let at = self.position(key)?;
        self.list.get_mut(at).map(|(_, value)| value)
    }

    /// Sets a key: one that is there already gets the new value.
    pub(crate) fn put(&mut self, key: Text, value: Value) {
        if let Some(known) = self.get_mut(&key) {
            *known = value;
            return;
        }
        self.list.push((key, value));
        if self.list.len() > Self::FEW {
            let from = self.index.len();
            let new = self.list.iter().enumerate().skip(from).map(|(at, (key, _))| (key.clone(), at));
            self.index.extend(new);
        }
    }

    /// All of them.
    pub(crate) fn into_list(self) -> Vec<(Text, Value)> {
        self.list
    }
}

/// A text node.
pub(crate) fn text_node(text: &str, span: Span) -> Node {
    Node { span, tag: None, kind: Kind::Scalar(Scalar { text: text.into(), quoted: true }) }
}

/// An empty mapping.
pub(crate) fn empty_map(span: Span) -> Node {
    Node { span, tag: None, kind: Kind::Mapping(Vec::new()) }
}

/// A mapping's entry of a key, to change it.
pub(crate) fn get_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    match &mut node.kind {
        Kind::Mapping(entries) => entries.iter_mut().find(|entry| &*entry.key == key).map(|entry| &mut entry.value),
        _ => None,
    }
}

/// Sets a key of a mapping; does nothing to anything else.
pub(crate) fn set(node: &mut Node, key: &str, value: Node) {
    if let Kind::Mapping(entries) = &mut node.kind {
        match entries.iter_mut().find(|entry| &*entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry { key: key.into(), key_span: value.span, value }),
        }
    }
}

/// Takes a key out of a mapping.
pub(crate) fn remove(node: &mut Node, key: &str) -> Option<Node> {
    match &mut node.kind {
        Kind::Mapping(entries) => {
            let at = entries.iter().position(|entry| &*entry.key == key)?;
            Some(entries.remove(at).value)
        }
        _ => None,
    }
}

/// The mapping at a key, made if it is not there; `None` if something else is there.
pub(crate) fn map_at<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let span = node.span;
    let missing = get_mut(node, key).is_none_or(|value| value.is_null());
    if missing {
        set(node, key, empty_map(span));
    }
    get_mut(node, key).filter(|value| matches!(value.kind, Kind::Mapping(_)))
}

/// The text at a path of keys.
pub(crate) fn text_at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
    path.iter().try_fold(node, |node, key| node.get(key))?.as_str()
}

/// The items of a list at a key; nothing when there is none.
pub(crate) fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or(&[])
}

/// Tools take the last of two values of one key and go on; so it is no error here either.
pub(crate) fn tolerate_repeated_keys(diagnostics: &mut [vauban_model::Diagnostic]) {
    for diagnostic in diagnostics {
        if diagnostic.code == "duplicate-key" {
            diagnostic.severity = vauban_model::Severity::Warning;
        }
    }
}
