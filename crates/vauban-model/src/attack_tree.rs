//! Attack trees that people drew: a goal, and how it can be reached, step by step.
//!
//! Kept as they are beside what is computed; nothing is concluded from them.

use crate::span::Span;

/// A tree of attacks. Steps may be shared by several others, but never lie below themselves: readers break circles and
/// say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackTree {
    /// Stable id, unique among the trees of a model.
    pub id: Box<str>,
    /// The name shown to people.
    pub name: Box<str>,
    /// Its steps. Those that are nobody's child are its goals.
    pub nodes: Vec<AttackNode>,
    /// Where it stands.
    pub span: Span,
}

/// One step of an attack tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackNode {
    /// Stable id, unique in its tree.
    pub id: Box<str>,
    /// What the attacker does or reaches.
    pub label: Box<str>,
    /// How many of its children it takes.
    pub gate: Gate,
    /// Steps below it, by index in the tree, each once, in the order stated.
    pub children: Vec<u32>,
}

/// How a step follows from those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// Nothing is below it.
    Leaf,
    /// All of them are needed.
    And,
    /// One of them is enough.
    Or,
}

impl Gate {
    /// The words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Gate::Leaf => "a step",
            Gate::And => "all of",
            Gate::Or => "any of",
        }
    }
}

/// A line of a tree as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeLine {
    /// How far it is indented.
    pub depth: usize,
    /// The step, by index.
    pub node: u32,
    /// Whether what is below the step was shown at an earlier line.
    pub shown_above: bool,
}

impl AttackTree {
    /// The steps that are nobody's child, by index.
    pub fn goals(&self) -> Vec<u32> {
        let mut below = vec![false; self.nodes.len()];
        for child in self.nodes.iter().flat_map(|node| &node.children) {
            if let Some(below) = below.get_mut(*child as usize) {
                *below = true;
            }
        }
        (0..).zip(&below).filter(|(_, below)| !**below).map(|(index, _)| index).collect()
    }

    /// The tree line by line, goals first. What is below a step is shown once, so that there are never more lines than
    /// steps and links.
    pub fn lines(&self) -> Vec<TreeLine> {
        let mut lines = Vec::new();
        let mut shown = vec![false; self.nodes.len()];
        let mut waiting: Vec<(usize, u32)> = self.goals().into_iter().rev().map(|goal| (0, goal)).collect();
        while let Some((depth, node)) = waiting.pop() {
            let (Some(step), Some(shown)) = (self.nodes.get(node as usize), shown.get_mut(node as usize)) else {
                continue;
            };
            lines.push(TreeLine { depth, node, shown_above: *shown && !step.children.is_empty() });
            if !std::mem::replace(shown, true) {
                waiting.extend(step.children.iter().rev().map(|child| (depth + 1, *child)));
            }
        }
        lines
    }

    /// Takes out links to steps that are not there, links said twice, and links that lead in a circle. Returns the
    /// step and the child of each circle that was cut.
    pub fn mend(&mut self) -> Vec<(u32, u32)> {
        let count = self.nodes.len();
        for node in &mut self.nodes {
            let mut kept: Vec<u32> = Vec::with_capacity(node.children.len());
            let mut seen = std::collections::BTreeSet::new();
            kept.extend(node.children.iter().filter(|child| (**child as usize) < count && seen.insert(**child)));
            node.children = kept;
        }
        // 0: not yet seen, 1: on the way down, 2: done.
        let mut state = vec![0u8; count];
        let mut cut = Vec::new();
        for start in 0..count {
            let mut way: Vec<(usize, usize)> = Vec::new();
            if state.get(start) == Some(&0) {
                way.push((start, 0));
            }
            while let Some((at, next)) = way.pop() {
                if let Some(state) = state.get_mut(at) {
                    *state = 1;
                }
                let child = self.nodes.get(at).and_then(|node| node.children.get(next)).copied();
                match child {
                    None => {
                        if let Some(state) = state.get_mut(at) {
                            *state = 2;
                        }
                    }
                    Some(child) => match state.get(child as usize) {
                        Some(1) => {
                            cut.push((u32::try_from(at).unwrap_or(u32::MAX), child));
                            if let Some(node) = self.nodes.get_mut(at) {
                                node.children.remove(next);
                            }
                            way.push((at, next));
                        }
                        Some(0) => {
                            way.push((at, next + 1));
                            way.push((child as usize, 0));
                        }
                        _ => way.push((at, next + 1)),
                    },
                }
            }
        }
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::{AttackNode, AttackTree, Gate};
    use crate::span::{FileId, Span};

    fn tree(children: &[&[u32]]) -> AttackTree {
        let node = |(index, children): (usize, &&[u32])| AttackNode {
            id: index.to_string().into(),
            label: index.to_string().into(),
            gate: if children.is_empty() { Gate::Leaf } else { Gate::Or },
            children: children.to_vec(),
        };
        let nodes = children.iter().enumerate().map(node).collect();
        AttackTree { id: "t".into(), name: "t".into(), nodes, span: Span::new(FileId(0), 1, 1, 0) }
    }

    #[test]
    fn circles_are_cut_where_they_close() {
        let mut round = tree(&[&[1, 1, 9], &[2], &[0, 3], &[3]]);
        assert_eq!(round.mend(), [(2, 0), (3, 3)]);
        assert_eq!(round.nodes[0].children, [1]);
        assert_eq!(round.goals(), [0]);
        assert!(round.mend().is_empty());
    }

    #[test]
    fn shared_steps_are_shown_once() {
        let mut layers: Vec<Vec<u32>> = (0..40).map(|at| vec![at * 2 + 2, at * 2 + 3]).collect();
        layers = layers.into_iter().flat_map(|below| [below.clone(), below]).collect();
        layers.extend([vec![], vec![]]);
        let layers: Vec<&[u32]> = layers.iter().map(Vec::as_slice).collect();
        let lines = tree(&layers).lines();
        assert_eq!(lines.len(), 162, "links and goals, not ways through the tree");
        assert_eq!(lines.iter().filter(|line| line.shown_above).count(), 78);
    }
}
