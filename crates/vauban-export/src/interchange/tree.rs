//! A diagram as text formats nest it: every node inside its group, groups inside one another.

use crate::picture::{Diagram, DiagramGroup, DiagramNode};

/// What is to be written next.
pub(super) enum Next<'d> {
    /// A group begins.
    Open(usize, &'d DiagramGroup),
    /// The group that was opened last ends.
    Close,
    /// A node.
    Node(usize, &'d DiagramNode),
}

enum Step {
    Open(usize),
    Close,
}

/// Hands out everything in order, with its depth. Without recursion: the depth is the user's.
pub(super) fn walk<'d>(diagram: &'d Diagram, mut write: impl FnMut(Next<'d>, usize)) {
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
    let mut stack = vec![Step::Open(root)];
    let mut depth = 0usize;
    while let Some(step) = stack.pop() {
        let Step::Open(group) = step else {
            depth = depth.saturating_sub(1);
            write(Next::Close, depth);
            continue;
        };
        if let Some(entry) = diagram.groups.get(group) {
            write(Next::Open(group, entry), depth);
            depth += 1;
            stack.push(Step::Close);
        }
        for index in nodes.get(group).into_iter().flatten() {
            if let Some(node) = diagram.nodes.get(*index) {
                write(Next::Node(*index, node), depth);
            }
        }
        let inner = groups.get(group).into_iter().flatten().rev();
        stack.extend(inner.map(|index| Step::Open(*index)));
    }
}
