//! `Fn::ForEach::Name: [variable, [values], {key: value}]` written out, where the values are known.

use vauban_model::Diagnostic;
use vauban_syntax::{Entry, Kind, Node};

/// Most nodes that all loops of a template may add.
const NODES: usize = 200_000;
/// Deepest loops in loops.
const DEPTH: usize = 5;

/// Writes out the loops of a template.
pub(super) fn expand(root: &mut Node, problems: &mut Vec<Diagnostic>) {
    let mut lists: Vec<(String, Vec<String>)> = Vec::new();
    for entry in root.get("Parameters").and_then(Node::as_mapping).unwrap_or(&[]) {
        if let Some(default) = entry.value.get("Default").and_then(Node::as_str) {
            lists.push((entry.key.to_string(), default.split(',').map(|item| item.trim().to_owned()).collect()));
        }
    }
    let mut work = Work { lists, left: NODES, problems };
    work.node(root, 0);
}

struct Work<'d> {
    lists: Vec<(String, Vec<String>)>,
    left: usize,
    problems: &'d mut Vec<Diagnostic>,
}

impl Work<'_> {
    fn node(&mut self, node: &mut Node, depth: usize) {
        match &mut node.kind {
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.node(item, depth)),
            Kind::Mapping(entries) => {
                if entries.iter().any(|entry| entry.key.starts_with("Fn::ForEach::")) {
                    let old = std::mem::take(entries);
                    for entry in old {
                        if entry.key.starts_with("Fn::ForEach::") && depth < DEPTH {
                            match self.turns(&entry) {
                                Some(more) => {
                                    let mut holder =
                                        Node { span: entry.value.span, tag: None, kind: Kind::Mapping(more) };
                                    self.node(&mut holder, depth + 1);
                                    if let Kind::Mapping(more) = holder.kind {
                                        entries.extend(more);
                                    }
                                }
                                None => {
                                    self.problems.push(
                                        Diagnostic::warning(
                                            "unknown-loop",
                                            entry.key_span,
                                            format!("the values of `{}` are not known here", entry.key),
                                        )
                                        .help("give its parameter a value; the loop counts as one resource until then"),
                                    );
                                    entries.push(entry);
                                }
                            }
                        } else {
                            entries.push(entry);
                        }
                    }
                } else {
                    entries.iter_mut().for_each(|entry| self.node(&mut entry.value, depth));
                }
            }
            Kind::Scalar(_) => {}
        }
    }

    /// The entries that a loop stands for.
    fn turns(&mut self, entry: &Entry) -> Option<Vec<Entry>> {
        let [variable, values, body] = entry.value.as_sequence()? else { return None };
        let variable = variable.as_str()?;
        let values: Vec<String> = match values.as_sequence() {
            Some(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            None => {
                let name = match values.tag.as_deref() {
                    Some("!Ref") => values.as_str()?,
                    _ => values.get("Ref")?.as_str()?,
                };
                self.lists.iter().find(|(list, _)| list == name)?.1.clone()
            }
        };
        let size = weight(body);
        self.left = self.left.checked_sub(size.checked_mul(values.len().max(1))?)?;
        let mut out: Vec<Entry> = Vec::new();
        for value in &values {
            for entry in body.as_mapping()? {
                let turn = Entry {
                    key: fill(&entry.key, variable, value).into(),
                    key_span: entry.key_span,
                    value: put(&entry.value, variable, value),
                };
                if !out.iter().any(|earlier| earlier.key == turn.key) || out.len() > 1000 {
                    out.push(turn);
                }
            }
        }
        Some(out)
    }
}

fn weight(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Sequence(items) => items.iter().map(weight).sum(),
        Kind::Mapping(entries) => entries.iter().map(|entry| weight(&entry.value)).sum(),
        Kind::Scalar(_) => 0,
    }
}

/// A body with the variable's value in place.
fn put(node: &Node, variable: &str, value: &str) -> Node {
    let is_variable = (node.tag.as_deref() == Some("!Ref") && node.as_str() == Some(variable))
        || node.as_mapping().is_some_and(
            |entries| matches!(entries, [entry] if &*entry.key == "Ref" && entry.value.as_str() == Some(variable)),
        );
    if is_variable {
        let scalar = vauban_syntax::Scalar { text: value.into(), quoted: true };
        return Node { span: node.span, tag: None, kind: Kind::Scalar(scalar) };
    }
    let kind = match &node.kind {
        Kind::Scalar(scalar) => Kind::Scalar(vauban_syntax::Scalar {
            text: fill(&scalar.text, variable, value).into(),
            quoted: scalar.quoted,
        }),
        Kind::Sequence(items) => Kind::Sequence(items.iter().map(|item| put(item, variable, value)).collect()),
        Kind::Mapping(entries) => Kind::Mapping(
            entries
                .iter()
                .map(|entry| Entry {
                    key: fill(&entry.key, variable, value).into(),
                    key_span: entry.key_span,
                    value: put(&entry.value, variable, value),
                })
                .collect(),
        ),
    };
    Node { span: node.span, tag: node.tag.clone(), kind }
}

/// `${variable}` as written, `&{variable}` with everything but letters and digits left out.
fn fill(text: &str, variable: &str, value: &str) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    text.replace(&format!("${{{variable}}}"), value).replace(&format!("&{{{variable}}}"), &plain)
}
