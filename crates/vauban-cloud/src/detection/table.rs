//! What the library says on detection: `permissions/detection.toml`.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_syntax::{Limits, Node, parse_toml};

use crate::LibraryText;

/// Events that are recorded only where somebody asks for them.
#[derive(Debug, Default)]
pub(super) struct DataEvent {
    /// The type as selectors name it.
    pub(super) ty: String,
    pub(super) actions: Vec<String>,
}

/// One thing that a detector looks for.
#[derive(Debug, Default)]
pub(super) struct Sees {
    pub(super) kind: String,
    pub(super) actions: Vec<String>,
    /// A part of the detector that is switched by itself: its name, the attribute for it, and what it is when nobody says.
    pub(super) feature: String,
    pub(super) block: String,
    pub(super) default: bool,
}

/// Threat detection of a provider.
#[derive(Debug, Default)]
pub(super) struct Detector {
    pub(super) ty: String,
    pub(super) name: String,
    pub(super) on: String,
    pub(super) conditions: Vec<(String, String)>,
    pub(super) sees: Vec<Sees>,
}

/// What collects the findings of a detector.
#[derive(Debug, Default)]
pub(super) struct Collector {
    pub(super) ty: String,
    pub(super) name: String,
    pub(super) of: String,
}

/// The table.
#[derive(Debug, Default)]
pub struct Table {
    pub(super) data_events: Vec<DataEvent>,
    pub(super) no_event: Vec<String>,
    /// By permission, in lower case: the names of its events.
    pub(super) events: FxHashMap<String, Vec<String>>,
    pub(super) sources: FxHashMap<String, String>,
    pub(super) detectors: Vec<Detector>,
    pub(super) collectors: Vec<Collector>,
    pub(super) sensors: Vec<String>,
    pub(super) sensor_consequences: Vec<String>,
    pub(super) sensor_actions: Vec<String>,
    pub(super) honey: Vec<String>,
    pub(super) weak_honey: Vec<String>,
    pub(super) honey_types: Vec<String>,
}

fn text(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned()
}

fn texts(node: &Node, key: &str) -> Vec<String> {
    let list = node.get(key).and_then(Node::as_sequence).unwrap_or_default();
    list.iter().filter_map(|item| item.as_str().map(ToOwned::to_owned)).collect()
}

fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}

impl Table {
    /// Reads the file among those of the library; a later one adds to an earlier one.
    pub fn read(files: &[LibraryText<'_>]) -> (Table, Vec<Diagnostic>) {
        let mut out = Table::default();
        let mut diagnostics = Vec::new();
        for file in files.iter().filter(|file| file.path.ends_with("permissions/detection.toml")) {
            if let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), &mut diagnostics) {
                out.add(&root);
            }
        }
        (out, diagnostics)
    }

    fn add(&mut self, root: &Node) {
        self.data_events.extend(
            list(root, "data_event")
                .iter()
                .map(|node| DataEvent { ty: text(node, "type"), actions: texts(node, "actions") }),
        );
        if let Some(node) = root.get("no_event") {
            self.no_event.extend(texts(node, "actions"));
        }
        for entry in root.get("events").and_then(Node::as_mapping).unwrap_or_default() {
            let names = entry.value.as_sequence().unwrap_or_default();
            let names = names.iter().filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect();
            self.events.insert(entry.key.to_ascii_lowercase(), names);
        }
        for entry in root.get("sources").and_then(Node::as_mapping).unwrap_or_default() {
            self.sources.insert(entry.key.to_string(), entry.value.as_str().unwrap_or_default().to_owned());
        }
        for node in list(root, "detector") {
            let conditions = node.get("where").and_then(Node::as_mapping).unwrap_or_default();
            self.detectors.push(Detector {
                ty: text(node, "type"),
                name: text(node, "name"),
                on: text(node, "on"),
                conditions: conditions
                    .iter()
                    .map(|entry| (entry.key.to_string(), entry.value.as_str().unwrap_or_default().to_owned()))
                    .collect(),
                sees: list(node, "sees")
                    .iter()
                    .map(|node| Sees {
                        kind: text(node, "kind"),
                        actions: texts(node, "actions"),
                        feature: text(node, "feature"),
                        block: text(node, "block"),
                        default: node.get("default").and_then(Node::as_bool).unwrap_or(false),
                    })
                    .collect(),
            });
        }
        self.collectors.extend(list(root, "collector").iter().map(|node| Collector {
            ty: text(node, "type"),
            name: text(node, "name"),
            of: text(node, "of"),
        }));
        if let Some(node) = root.get("sensors") {
            self.sensors.extend(texts(node, "names"));
            self.sensor_consequences.extend(texts(node, "consequences"));
            self.sensor_actions.extend(texts(node, "actions"));
        }
        if let Some(node) = root.get("honey") {
            self.honey.extend(texts(node, "words"));
            self.weak_honey.extend(texts(node, "weak"));
            self.honey_types.extend(texts(node, "types"));
        }
    }
}

/// Whether a text fits a pattern in which `*` stands for anything; letter case does not count.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // The last star, and how far it has been stretched: linear in practice, never more than their product.
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if wanted.eq_ignore_ascii_case(letter) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|letter| *letter == b'*')
}

/// Whether any of the patterns fits.
pub(super) fn any_fits(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, text))
}
