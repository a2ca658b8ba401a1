//! How tests look at trees and messages.

use vauban_model::{Diagnostic, FileId};

use crate::{Kind, Limits, Node, parse_json, parse_toml, parse_yaml};

/// A tree on one line, as JSON would write it; plain scalars stay bare, nothing is `~`, tags stand in front.
pub(crate) fn outline(node: &Node) -> String {
    let tag = node.tag.as_ref().map_or_else(String::new, |tag| format!("{tag} "));
    let value = match &node.kind {
        Kind::Scalar(scalar) if scalar.quoted => format!("{:?}", scalar.text),
        Kind::Scalar(scalar) if scalar.text.is_empty() => "~".to_owned(),
        Kind::Scalar(scalar) => scalar.text.to_string(),
        Kind::Sequence(items) => format!("[{}]", items.iter().map(outline).collect::<Vec<_>>().join(", ")),
        Kind::Mapping(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|entry| format!("{}: {}", entry.key, outline(&entry.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    };
    format!("{tag}{value}")
}

/// Messages as `line:column+length code: message (help)`.
pub(crate) fn told(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let span = diagnostic.span.unwrap();
            let related: String = diagnostic
                .related
                .iter()
                .map(|(span, remark)| format!(" [{}:{} {remark}]", span.line, span.column))
                .collect();
            format!(
                "{}:{}+{} {}: {}{related}",
                span.line, span.column, span.length, diagnostic.code, diagnostic.message
            )
        })
        .collect()
}

/// A place as `line:column+length`.
pub(crate) fn place(node: &Node) -> String {
    format!("{}:{}+{}", node.span.line, node.span.column, node.span.length)
}

/// Reads a text: its outline (empty if there is no tree) and what was told.
pub(crate) fn yaml(text: &str) -> (String, Vec<String>) {
    read(|diagnostics| parse_yaml(FileId(0), text, &Limits::default(), diagnostics))
}

pub(crate) fn json(text: &str) -> (String, Vec<String>) {
    read(|diagnostics| parse_json(FileId(0), text, &Limits::default(), diagnostics))
}

pub(crate) fn toml(text: &str) -> (String, Vec<String>) {
    read(|diagnostics| parse_toml(FileId(0), text, 0, &Limits::default(), diagnostics))
}

fn read(parse: impl FnOnce(&mut Vec<Diagnostic>) -> Option<Node>) -> (String, Vec<String>) {
    let mut diagnostics = Vec::new();
    let node = parse(&mut diagnostics);
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.help.is_some()), "every message says what to do");
    (node.as_ref().map_or_else(String::new, outline), told(&diagnostics))
}

/// The tree of a text without mistakes.
pub(crate) fn tree(text: &str) -> Node {
    let mut diagnostics = Vec::new();
    let node = parse_yaml(FileId(0), text, &Limits::default(), &mut diagnostics).unwrap();
    assert_eq!(told(&diagnostics), Vec::<String>::new());
    node
}
