//! One template: its sections by name, and which nodes are calls of functions.

use rustc_hash::FxHashMap;

use vauban_model::resource::Source;
use vauban_syntax::{Entry, Kind, Node};

/// A template that was parsed, and where it came from.
pub(super) struct Parsed {
    /// The path in the tree.
    pub(super) path: String,
    /// CloudFormation or CDK.
    pub(super) source: Source,
    /// The whole.
    pub(super) root: Node,
    /// The file's name without its ending; names the stack.
    pub(super) stem: String,
}

/// A section of a template by name.
pub(super) type Section<'n> = FxHashMap<&'n str, &'n Entry>;

/// A template's sections.
pub(super) struct Template<'n> {
    pub(super) parsed: &'n Parsed,
    pub(super) parameters: Section<'n>,
    pub(super) mappings: Section<'n>,
    pub(super) conditions: Section<'n>,
    pub(super) resources: Section<'n>,
    pub(super) outputs: Section<'n>,
    /// Whether it is a SAM template.
    pub(super) serverless: bool,
}

impl<'n> Template<'n> {
    pub(super) fn new(parsed: &'n Parsed) -> Self {
        let section = |name: &str| -> Section<'n> {
            entries(&parsed.root, name).iter().map(|entry| (&*entry.key, entry)).collect()
        };
        Template {
            parsed,
            parameters: section("Parameters"),
            mappings: section("Mappings"),
            conditions: section("Conditions"),
            resources: section("Resources"),
            outputs: section("Outputs"),
            serverless: transforms(&parsed.root).any(|name| name.starts_with("AWS::Serverless")),
        }
    }
}

/// The entries of a section, in the order of the file.
pub(super) fn entries<'n>(root: &'n Node, section: &str) -> &'n [Entry] {
    root.get(section).and_then(Node::as_mapping).unwrap_or(&[])
}

/// Names of the transforms of a template.
pub(super) fn transforms(root: &Node) -> impl Iterator<Item = &str> {
    let of = root.get("Transform");
    let many = of.and_then(Node::as_sequence).unwrap_or(&[]);
    of.into_iter().chain(many).filter_map(|node| node.as_str().or_else(|| node.get("Name")?.as_str()))
}

/// The argument of a function.
#[derive(Clone, Copy)]
pub(super) struct Argument<'n> {
    pub(super) node: &'n Node,
    /// The function is the node's tag: the node without it is the argument.
    pub(super) tagged: bool,
}

/// The function that a node calls, by its short name, and its argument.
pub(super) fn call(node: &Node) -> Option<(&str, Argument<'_>)> {
    if let Some(tag) = node.tag.as_deref() {
        let name = tag.strip_prefix('!').filter(|name| !name.starts_with('!') && !name.starts_with('<'))?;
        let name = name.strip_prefix("Fn::").unwrap_or(name);
        return Some((name, Argument { node, tagged: true }));
    }
    let Kind::Mapping(entries) = &node.kind else { return None };
    let [entry] = entries.as_slice() else { return None };
    let name = match &*entry.key {
        "Ref" => "Ref",
        key => key.strip_prefix("Fn::").filter(|name| !name.starts_with("ForEach::"))?,
    };
    Some((name, Argument { node: &entry.value, tagged: false }))
}
