//! A PlantUML component diagram: boundaries as nested rectangles, shapes by the kind of component.

use std::fmt::Write as _;

use vauban_model::report::Report;

use super::tree::{Next, walk};
use super::{Aspect, Exported, words};
use crate::diagram::diagram;
use crate::picture::{EdgeStyle, GroupTone, NodeShape};

/// What the diagram can hold.
pub(super) const CARRIES: &[Aspect] =
    &[Aspect::Components, Aspect::Flows, Aspect::TwoWayFlows, Aspect::Boundaries, Aspect::NestedBoundaries];

/// Writes the diagram.
pub(super) fn export(report: &Report<'_>) -> Exported {
    let diagram = diagram(report);
    let mut out = String::from("@startuml\n");
    let _ = writeln!(out, "title {}", one_line(&diagram.title));
    out.push_str("left to right direction\nskinparam shadowing false\nskinparam defaultTextAlignment center\n\n");
    walk(&diagram, |next, depth| {
        let pad = "  ".repeat(depth.min(16));
        match next {
            Next::Open(index, group) => {
                let kind = if group.kind_label.is_empty() { "trust boundary" } else { &group.kind_label };
                let line = match group.tone {
                    GroupTone::Untrusted => "#line.dotted",
                    GroupTone::Neutral => "#line.dashed",
                    GroupTone::Trusted => "#line.bold",
                };
                let label = text(&group.label);
                let _ = writeln!(out, "{pad}rectangle \"{label}\" as g{index} <<{}>> {line} {{", stereotype(kind));
            }
            Next::Close => {
                let _ = writeln!(out, "{pad}}}");
            }
            Next::Node(index, node) => {
                let word = match node.shape {
                    NodeShape::Process => "component",
                    NodeShape::Store => "database",
                    NodeShape::External => "rectangle",
                    NodeShape::Person => "actor",
                };
                let label = text(&node.label);
                // What it is made of stands beside the name, which must not grow from one writing to the next.
                let mut made_of = String::new();
                for technology in
                    node.sublabel.split(", ").filter(|it| !(it.is_empty() || word == "actor" && *it == "person"))
                {
                    let _ = write!(made_of, " <<{}>>", stereotype(technology));
                }
                let faint = if node.dimmed { " #line.dotted" } else { "" };
                let _ = writeln!(out, "{pad}{word} \"{label}\" as n{index}{made_of}{faint}");
            }
        }
    });
    out.push('\n');
    for edge in &diagram.edges {
        let line = if edge.style == EdgeStyle::Plain { ".." } else { "--" };
        let start = if edge.both_ways { "<" } else { "" };
        let _ = write!(out, "n{} {start}{line}> n{}", edge.from, edge.to);
        let label = if edge.style == EdgeStyle::Encrypted && !edge.label.is_empty() {
            format!("{} (encrypted)", edge.label)
        } else {
            edge.label.clone()
        };
        if label.is_empty() {
            out.push('\n');
        } else {
            let _ = writeln!(out, " : {}", text(&label));
        }
    }
    out.push_str("@enduml\n");
    Exported { bytes: out.into_bytes(), ..Exported::default() }
}

/// A text on one line without what would begin a comment or a directive.
fn one_line(text_: &str) -> String {
    text(&words::one_line(text_))
}

/// A text inside quotation marks: letters that PlantUML would obey are written by number.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '"' | '\\' | '<' | '>' | '[' | ']' | '{' | '}' | '*' | '_' | '~' | '%' | '!' | '#' | '&' | '|' | '@'
            | '\'' | '$' | '`' | '=' => {
                let _ = write!(out, "<U+{:04X}>", c as u32);
            }
            // Two of them would begin a stroke through the text.
            '-' | '/' if out.ends_with(c) => {
                let _ = write!(out, "<U+{:04X}>", c as u32);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A word between angle brackets.
fn stereotype(kind: &str) -> String {
    kind.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect()
}
