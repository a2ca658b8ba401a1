//! A Graphviz graph in DOT: boundaries as clusters, shapes by the kind of component.

use std::fmt::Write as _;

use vauban_model::report::Report;

use super::tree::{Next, walk};
use super::{Aspect, Exported};
use crate::diagram::diagram;
use crate::picture::{EdgeStyle, GroupTone, NodeShape};

/// What the graph can hold.
pub(super) const CARRIES: &[Aspect] =
    &[Aspect::Components, Aspect::Flows, Aspect::TwoWayFlows, Aspect::Boundaries, Aspect::NestedBoundaries];

/// Writes the graph.
pub(super) fn export(report: &Report<'_>) -> Exported {
    let diagram = diagram(report);
    let mut out = String::from("digraph model {\n");
    let _ = writeln!(out, "  label={};", quoted(&diagram.title));
    out.push_str(
        "  labelloc=t;\n  rankdir=LR;\n  compound=true;\n  fontname=\"Helvetica\";\n  \
         node [fontname=\"Helvetica\", fontsize=11, margin=\"0.18,0.1\"];\n  \
         edge [fontname=\"Helvetica\", fontsize=9];\n",
    );
    walk(&diagram, |next, depth| {
        let pad = "  ".repeat(depth.min(15) + 1);
        match next {
            Next::Open(index, group) => {
                let style = match group.tone {
                    GroupTone::Untrusted => "dotted",
                    GroupTone::Neutral => "dashed",
                    GroupTone::Trusted => "bold",
                };
                let label = if group.kind_label.is_empty() {
                    group.label.clone()
                } else {
                    format!("{}\n{}", group.label, group.kind_label)
                };
                let _ = writeln!(out, "{pad}subgraph cluster_{index} {{");
                let _ = writeln!(out, "{pad}  label={}; style={style}; labeljust=l;", quoted(&label));
            }
            Next::Close => {
                let _ = writeln!(out, "{pad}}}");
            }
            Next::Node(index, node) => {
                let shape = match node.shape {
                    NodeShape::Process => "box, style=\"rounded",
                    NodeShape::Store => "cylinder, style=\"solid",
                    NodeShape::External => "box, style=\"solid",
                    NodeShape::Person => "house, style=\"solid",
                };
                let faint = if node.dimmed { ",dotted" } else { "" };
                let label = if node.sublabel.is_empty() {
                    node.label.clone()
                } else {
                    format!("{}\n{}", node.label, node.sublabel)
                };
                let id = quoted(&node.id);
                let _ = writeln!(out, "{pad}n{index} [label={}, shape={shape}{faint}\", id={id}];", quoted(&label));
            }
        }
    });
    for edge in &diagram.edges {
        let mut attributes = Vec::new();
        if !edge.label.is_empty() {
            attributes.push(format!("label={}", quoted(&edge.label)));
        }
        if edge.both_ways {
            attributes.push("dir=both".to_owned());
        }
        attributes.push(match edge.style {
            EdgeStyle::Encrypted => "style=bold".to_owned(),
            EdgeStyle::Plain => "style=dashed".to_owned(),
            EdgeStyle::Unknown => "style=solid".to_owned(),
        });
        attributes.push(format!("id={}", quoted(&edge.id)));
        let _ = writeln!(out, "  n{} -> n{} [{}];", edge.from, edge.to, attributes.join(", "));
    }
    out.push_str("}\n");
    Exported { bytes: out.into_bytes(), ..Exported::default() }
}

/// A text that DOT takes as it stands. A backslash begins an escape in labels, and `&` an entity.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
