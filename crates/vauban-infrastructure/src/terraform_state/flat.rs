//! The older form of a state: attributes flattened to texts, `tags.%` the size of a map, `ebs.#` of a list.

use vauban_model::resource::{Mode, Resource, Source, Text, Value, ValueKind};
use vauban_syntax::Node;

use super::{empty, pairs, texts};
use crate::Output;
use crate::located::{items, scoped, text, text_of};

/// Deepest nesting of flattened attributes.
const DEEPEST: usize = 24;

/// Reads a state of format 3.
pub(super) fn read(root: &Node, prefix: &str, output: &mut Output) {
    for module in items(root.get("modules")) {
        let mut path = String::new();
        for name in items(module.get("path")).iter().filter_map(Node::as_str).skip(1) {
            path.push_str("module.");
            path.push_str(name);
            path.push('.');
        }
        for (key, node) in module.get("resources").into_iter().flat_map(pairs) {
            let (data, rest) = match key.strip_prefix("data.") {
                Some(rest) => (true, rest),
                None => (false, key),
            };
            let mut parts = rest.splitn(3, '.');
            let (ty, name, index) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
            let instance = index.map_or_else(String::new, |index| format!("[{index}]"));
            let address = format!("{path}{}{ty}.{name}{instance}", if data { "data." } else { "" });
            let flat = node.get("primary").and_then(|primary| primary.get("attributes"));
            output.inventory.resources.push(Resource {
                address: scoped(prefix, &address),
                ty: ty.into(),
                native_type: ty.into(),
                name: name.into(),
                source: Source::TerraformState,
                mode: if data { Mode::Data } else { Mode::Managed },
                attributes: flat.map_or_else(|| empty(node), attributes),
                span: node.span,
                calls: Vec::new(),
                scope: text_of(node, "provider").split_once('.').map_or("", |(_, alias)| alias).into(),
                depends_on: texts(node.get("depends_on"), prefix)
                    .into_iter()
                    .map(|address| if prefix.is_empty() { format!("{path}{address}").into() } else { address })
                    .collect(),
                many: false,
            });
        }
    }
}

/// A tree of flattened keys.
#[derive(Default)]
struct Branch<'a> {
    leaf: Option<&'a Node>,
    children: Vec<(&'a str, Branch<'a>)>,
    is_list: bool,
    is_map: bool,
}

/// Attributes with their nesting back.
pub(super) fn attributes(flat: &Node) -> Value {
    // Sorted by key, the parts of one thing stand together: each is found at the end of its parent.
    let mut sorted: Vec<(&str, &Node)> = pairs(flat).collect();
    sorted.sort_by(|a, b| a.0.split('.').cmp(b.0.split('.')));
    let mut root = Branch { is_map: true, ..Branch::default() };
    for (key, node) in sorted {
        let mut branch = &mut root;
        let mut rest = key;
        for _ in 0..DEEPEST {
            // The keys of a map of texts may have dots of their own.
            let (part, more) = match rest.split_once('.') {
                Some((part, more)) if !branch.is_map || std::ptr::eq(rest, key) => (part, Some(more)),
                _ => (rest, None),
            };
            match part {
                "#" => {
                    branch.is_list = true;
                    break;
                }
                "%" => {
                    branch.is_map = true;
                    break;
                }
                _ => {}
            }
            if branch.children.last().is_none_or(|(last, _)| *last != part) {
                branch.children.push((part, Branch::default()));
            }
            let Some((_, child)) = branch.children.last_mut() else { break };
            match more {
                Some(more) => {
                    branch = child;
                    rest = more;
                }
                None => {
                    child.leaf = Some(node);
                    break;
                }
            }
        }
    }
    grown(root, flat)
}

fn grown(branch: Branch<'_>, at: &Node) -> Value {
    if let Some(leaf) = branch.leaf {
        return text(leaf.as_str().unwrap_or(""), leaf.span, 0);
    }
    let span = branch.children.iter().find_map(|(_, child)| child.leaf).map_or(at.span, |leaf| leaf.span);
    if branch.is_list {
        let mut children = branch.children;
        // Items of lists by number; the hashes of sets have no order that matters.
        children.sort_by_key(|(key, _)| key.parse::<u64>().unwrap_or(u64::MAX));
        return Value::new(ValueKind::List(children.into_iter().map(|(_, child)| grown(child, at)).collect()), span);
    }
    let entries = branch.children.into_iter().map(|(key, child)| (Text::from(key), grown(child, at)));
    Value::new(ValueKind::Map(entries.collect()), span)
}
