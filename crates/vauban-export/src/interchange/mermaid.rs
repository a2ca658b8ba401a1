//! A Mermaid flowchart: boundaries as subgraphs, shapes by the kind of component.

use std::fmt::Write as _;

use vauban_model::report::Report;

use super::{Aspect, Exported};
use crate::diagram::diagram;
use crate::picture::{Diagram, DiagramNode, NodeShape};

/// What a flowchart can hold.
pub(super) const CARRIES: &[Aspect] =
    &[Aspect::Components, Aspect::Flows, Aspect::TwoWayFlows, Aspect::Boundaries, Aspect::NestedBoundaries];

/// Writes the chart.
pub(super) fn export(report: &Report<'_>) -> Exported {
    let diagram = diagram(report);
    let mut out = String::from("---\n");
    // The title is YAML between two lines of dashes.
    let _ = writeln!(out, "title: {}", quoted(&diagram.title));
    out.push_str("---\nflowchart LR\n");
    inside(&diagram, &mut out);
    for edge in &diagram.edges {
        let arrow = if edge.both_ways { "<-->" } else { "-->" };
        let label = if edge.label.is_empty() { String::new() } else { format!("|{}|", quoted(&edge.label)) };
        let _ = writeln!(out, "  n{} {arrow}{label} n{}", edge.from, edge.to);
    }
    Exported { bytes: out.into_bytes(), ..Exported::default() }
}

/// What is to be written next of the tree of groups.
enum Next {
    Open(usize),
    Close,
}

/// Every node inside its group, groups inside one another. Without recursion: the depth is the user's.
fn inside(diagram: &Diagram, out: &mut String) {
    let root = diagram.groups.len();
    let mut nodes: Vec<Vec<usize>> = vec![Vec::new(); root + 1];
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); root + 1];
    for (index, node) in diagram.nodes.iter().enumerate() {
        if let Some(list) = nodes.get_mut(node.group.unwrap_or(root)) {
            list.push(index);
        }
    }
    for (index, group) in diagram.groups.iter().enumerate() {
        if let Some(list) = groups.get_mut(group.parent.unwrap_or(root)) {
            list.push(index);
        }
    }
    let mut stack = vec![Next::Open(root)];
    let mut depth = 0usize;
    while let Some(next) = stack.pop() {
        let Next::Open(group) = next else {
            depth -= 1;
            let _ = writeln!(out, "{}end", pad(depth));
            continue;
        };
        if let Some(entry) = diagram.groups.get(group) {
            let _ = writeln!(out, "{}subgraph g{group}[{}]", pad(depth), quoted(&entry.label));
            depth += 1;
            stack.push(Next::Close);
        }
        for index in nodes.get(group).into_iter().flatten() {
            if let Some(node) = diagram.nodes.get(*index) {
                let _ = writeln!(out, "{}n{index}{}", pad(depth), shape(node));
            }
        }
        let inner = groups.get(group).into_iter().flatten().rev();
        stack.extend(inner.map(|index| Next::Open(*index)));
    }
}

fn pad(depth: usize) -> String {
    "  ".repeat((depth + 1).min(16))
}

/// The brackets that draw a node's shape, around its text.
fn shape(node: &DiagramNode) -> String {
    let (open, close) = match node.shape {
        NodeShape::Process => ("(", ")"),
        NodeShape::Store => ("[(", ")]"),
        NodeShape::External => ("[", "]"),
        NodeShape::Person => ("[/", "/]"),
    };
    // The shape of a person says so.
    let said = node.sublabel.is_empty() || (node.shape == NodeShape::Person && node.sublabel == "person");
    let text = if said { node.label.clone() } else { format!("{}\n{}", node.label, node.sublabel) };
    format!("{open}{}{close}", quoted(&text))
}

/// A text that Mermaid draws as it stands: it knows entities by number, and takes `#` for their beginning.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' => {
                let _ = write!(out, "#{};", c as u32);
            }
            '\n' => out.push_str("<br/>"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
