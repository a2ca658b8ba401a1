//! Attack trees: read and written.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::attack_tree::{AttackNode, AttackTree, Gate};
use vauban_model::model::Model;
use vauban_syntax::{Entry, Node};

use crate::emit::Out;
use crate::report::shown;
use crate::small::Decoder;
use crate::templates::{duplicate, mapping};

/// Keys of an attack tree.
const TREE: &[&str] = &["name", "steps"];
/// Keys of a step.
const STEP: &[&str] = &["label", ANY, ALL];
/// The key of steps of which one is enough.
const ANY: &str = "any";
/// The key of steps that are all needed.
const ALL: &str = "all";

impl<'t> Decoder<'_, 't> {
    /// Reads the section `attack_trees`.
    pub(crate) fn attack_trees(&mut self, sections: &[&'t Entry]) -> Vec<AttackTree> {
        self.named(sections, "attack tree", |this, id, span, node| {
            let parts = this.parts(node, "an attack tree", TREE);
            let name = this.part_text(&parts, "name").unwrap_or_else(|| id.into());
            let mut tree = AttackTree { id: id.into(), name, nodes: Vec::new(), span };
            let Some(steps) = parts.get("steps") else { return tree };
            let entries = mapping(steps, "`steps`", &mut this.report).unwrap_or(&[]);
            let mut known: FxHashMap<&str, u32> = FxHashMap::default();
            let mut first: Vec<&'t Entry> = Vec::with_capacity(entries.len());
            for entry in entries {
                if let Some(index) = known.get(&*entry.key) {
                    let before = first.get(*index as usize).map_or(span, |entry| entry.key_span);
                    this.report.push(duplicate("step", &entry.key, before, entry.key_span));
                    continue;
                }
                known.insert(&entry.key, u32::try_from(first.len()).unwrap_or(u32::MAX));
                first.push(entry);
            }
            tree.nodes = first.iter().map(|entry| this.step(entry, &known)).collect();
            for (step, child) in tree.mend() {
                let label = |index: u32| tree.nodes.get(index as usize).map_or("?", |node| &node.id);
                let at = first.get(step as usize).map_or(span, |entry| entry.key_span);
                let message = format!("`{}` is below `{}` and above it", shown(label(child)), shown(label(step)));
                this.report.push(
                    Diagnostic::error("attack-tree-cycle", at, message)
                        .help("a step follows from steps below it; take one of the links out"),
                );
            }
            tree
        })
    }

    fn step(&mut self, entry: &'t Entry, known: &FxHashMap<&'t str, u32>) -> AttackNode {
        let mut step =
            AttackNode { id: entry.key.clone(), label: entry.key.clone(), gate: Gate::Leaf, children: Vec::new() };
        if let Some(label) = entry.value.as_str() {
            step.label = label.into();
            return step;
        }
        let parts = self.parts(&entry.value, "a step", STEP);
        if let Some(label) = self.part_text(&parts, "label") {
            step.label = label;
        }
        for (key, gate) in [(ANY, Gate::Or), (ALL, Gate::And)] {
            let Some(node) = parts.get(key) else { continue };
            if step.gate != Gate::Leaf {
                let message = format!("the step `{}` has both `any` and `all`", shown(&entry.key));
                self.report.push(
                    Diagnostic::error("attack-tree-gate", node.span, message)
                        .help("keep one of them, and make the other a step of its own"),
                );
            } else {
                step.gate = gate;
            }
            for item in self.items(key, node) {
                self.child(key, item, known, &mut step);
            }
        }
        step
    }

    fn child(&mut self, key: &str, item: &'t Node, known: &FxHashMap<&'t str, u32>, step: &mut AttackNode) {
        let Some(word) = self.text(key, item) else { return };
        match known.get(word) {
            Some(child) => step.children.push(*child),
            None => {
                let message = format!("`{}` is no step of this attack tree", shown(word));
                self.report.push(
                    Diagnostic::error("unknown-reference", item.span, message).help("add it under `steps` of the tree"),
                );
            }
        }
    }
}

/// The section of a model's attack trees, ready to be written.
pub(crate) fn written(model: &Model) -> Vec<(String, Out)> {
    model.attack_trees.iter().map(|tree| (tree.id.to_string(), one(tree))).collect()
}

fn one(tree: &AttackTree) -> Out {
    let mut entries = Vec::new();
    if tree.name != tree.id {
        entries.push(("name".to_owned(), Out::text(&tree.name)));
    }
    let step = |node: &AttackNode| {
        let key = match node.gate {
            Gate::Leaf => return (node.id.to_string(), Out::text(&node.label)),
            Gate::And => ALL,
            Gate::Or => ANY,
        };
        let children = node.children.iter().filter_map(|child| tree.nodes.get(*child as usize));
        let children = Out::texts(children.map(|child| &child.id));
        let step = vec![("label".to_owned(), Out::text(&node.label)), (key.to_owned(), children)];
        (node.id.to_string(), Out::Map(step))
    };
    let steps: Vec<(String, Out)> = tree.nodes.iter().map(step).collect();
    if !steps.is_empty() {
        entries.push(("steps".to_owned(), Out::Block(steps)));
    }
    Out::Block(entries)
}
