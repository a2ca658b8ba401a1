//! One template file, and its keys, whose case does not matter to the tool.

use vauban_syntax::Node;

/// A template that was parsed, and where it came from.
pub(super) struct Parsed {
    /// The path in the tree.
    pub(super) path: String,
    /// The path without its ending; stands before the addresses where there are several templates.
    pub(super) stem: String,
    /// The whole.
    pub(super) root: Node,
}

/// The value of a key, the case of which does not matter.
pub(super) fn field<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let entries = node.as_mapping()?;
    entries
        .iter()
        .find(|entry| &*entry.key == key)
        .or_else(|| entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key)))
        .map(|entry| &entry.value)
}

/// The text at a key.
pub(super) fn text_field<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    field(node, key)?.as_str()
}
