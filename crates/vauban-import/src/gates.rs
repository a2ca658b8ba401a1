//! Attack trees among diagrams: boxes that say nothing but `AND` or `OR`, with steps around them.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::attack_tree::{AttackNode, AttackTree, Gate};
use vauban_model::vocabulary::fact;
use vauban_model::{Diagnostic, Span};

use crate::draft::{Draft, Space, narrow, one_line, slug};
use crate::log::short;
use crate::prose::protocol;
use crate::sketch::{Drawn, Page, Role};

/// The gate that a whole text names.
pub(crate) fn named(text: &str) -> Option<Gate> {
    match one_line(text).to_lowercase().as_str() {
        "and" | "all of" => Some(Gate::And),
        "or" | "oder" | "any of" => Some(Gate::Or),
        _ => None,
    }
}

/// The gate that a whole text names on a figure that is a gate in other drawings too. On a plain box these words may be
/// what somebody calls a system.
pub(crate) fn named_on_figure(text: &str) -> Option<Gate> {
    match one_line(text).to_lowercase().as_str() {
        "&" | "und" | "et" => Some(Gate::And),
        "ou" => Some(Gate::Or),
        word => named(word),
    }
}

/// Why figures with gates are no attack tree where most of these join less than two.
pub(crate) const JOINS_NOTHING: &str = "most of them have fewer than two steps below";

/// Says that a diagram was taken for an attack tree because of what its gates are called.
pub(crate) fn tell(draft: &mut Draft, name: &str, span: Span) {
    let message =
        format!("`{}` is read as an attack tree: boxes that say only `AND` or `OR` join its steps", short(name));
    draft.log.push(
        Diagnostic::note("import-attack-tree", span, message)
            .help("if it is a system, write on those boxes what is decided there"),
    );
}

/// Says that a diagram has gates and was read as a system all the same.
pub(crate) fn doubt(draft: &mut Draft, name: &str, span: Span, why: &str, help: &str) {
    let message = format!("`{}` has boxes that say only `AND` or `OR`, but {why}; it is read as a system", short(name));
    draft.log.push(Diagnostic::note("import-attack-tree", span, message).help(help.to_owned()));
}

/// Takes a page that is written as text for an attack tree if it is one: boxes that say only `AND` or `OR`, and links
/// that make a tree under one goal. Says so, or why it is none. Returns whether it was taken.
pub(crate) fn take(draft: &mut Draft, page: &Page, called: &str) -> bool {
    let gates: Vec<Option<Gate>> = page.shapes.iter().map(|shape| named(&shape.drawn.name)).collect();
    let at: FxHashMap<&str, u32> =
        page.shapes.iter().enumerate().map(|(index, shape)| (shape.drawn.native.as_str(), narrow(index))).collect();
    let end = |on: &Option<String>| on.as_deref().and_then(|on| at.get(on).copied());
    let links: Vec<(u32, u32)> =
        page.connectors.iter().filter_map(|link| Some((end(&link.source.on)?, end(&link.target.on)?))).collect();
    let is_gate = |index: &u32| gates.get(*index as usize).is_some_and(Option::is_some);
    // A gate joins something.
    let joins = links.iter().flat_map(|(from, to)| [from, to]).filter(|index| is_gate(index)).count();
    if joins < 2 {
        return false;
    }
    let name = if called.is_empty() { "Attack tree" } else { called };
    let help = "an attack tree has one goal, and each box leads to one other; draw the system in a chart of its own";
    if page.shapes.iter().any(|shape| shape.role == Role::Zone) {
        doubt(draft, name, page.span, "something is drawn around others", help);
        return false;
    }
    let is_system = |drawn: &Drawn| drawn.facts.iter().any(|it| it.id == fact::KIND || it.id == fact::TECHNOLOGY);
    if page.shapes.iter().any(|shape| is_system(&shape.drawn)) {
        doubt(draft, name, page.span, "it says of other boxes what part of a system they are", help);
        return false;
    }
    let has_protocol =
        |drawn: &Drawn| protocol(&drawn.name).is_some() || drawn.facts.iter().any(|it| it.id == fact::PROTOCOL);
    if page.connectors.iter().any(|link| has_protocol(&link.drawn)) {
        doubt(draft, name, page.span, "its links have protocols", help);
        return false;
    }
    let Some(links) = tree(page.shapes.len(), links) else {
        doubt(draft, name, page.span, "its links are no tree under one goal", help);
        return false;
    };
    let mut below: Vec<usize> = vec![0; gates.len()];
    for (upper, _) in &links {
        if let Some(count) = below.get_mut(*upper as usize) {
            *count += 1;
        }
    }
    // One unfinished gate does not make a system of a tree.
    let joining = |enough: bool| {
        gates.iter().zip(&below).filter(|(gate, below)| gate.is_some() && (**below >= 2) == enough).count()
    };
    if joining(false) > joining(true) {
        doubt(draft, name, page.span, JOINS_NOTHING, help);
        return false;
    }
    let id = draft.unique_id(Space::AttackTree, &slug(name, "attack-tree"));
    let mut tree = AttackTree { id, name: name.into(), nodes: Vec::new(), span: page.span };
    let mut taken: FxHashMap<String, usize> = FxHashMap::default();
    let mut used: FxHashSet<String> = FxHashSet::default();
    for (shape, gate) in page.shapes.iter().zip(&gates) {
        let label = one_line(&shape.drawn.name);
        let wanted = slug(&label, "step");
        let next = taken.entry(wanted.clone()).or_insert(1);
        let mut id = wanted.clone();
        while !used.insert(id.clone()) {
            *next += 1;
            id = format!("{wanted}-{next}");
        }
        let label = if label.is_empty() { id.as_str().into() } else { label.into() };
        tree.nodes.push(AttackNode { id: id.into(), label, gate: gate.unwrap_or(Gate::Leaf), children: Vec::new() });
    }
    for (upper, lower) in links {
        if let Some(node) = tree.nodes.get_mut(upper as usize) {
            node.children.push(lower);
        }
    }
    for node in &mut tree.nodes {
        // A box with steps below it says nothing of how many it takes: one is enough, the usual reading.
        if node.gate == Gate::Leaf && !node.children.is_empty() {
            node.gate = Gate::Or;
        }
        // A gate with nothing below it joins nothing: a step to be written yet.
        if node.children.is_empty() {
            node.gate = Gate::Leaf;
        }
    }
    tell(draft, name, page.span);
    draft.model.attack_trees.push(tree);
    true
}

/// The links from each box to those below it, if they make one tree; arrows may all point to the goal or all away from it.
fn tree(count: usize, links: Vec<(u32, u32)>) -> Option<Vec<(u32, u32)>> {
    if links.len() + 1 != count {
        return None;
    }
    let turned = |links: &[(u32, u32)]| links.iter().map(|(from, to)| (*to, *from)).collect::<Vec<_>>();
    // One fewer links than boxes, and at most one above each: a tree, unless some go in a circle.
    let single = |links: &[(u32, u32)]| {
        let mut above: Vec<Option<u32>> = vec![None; count];
        for (upper, lower) in links {
            let slot = above.get_mut(*lower as usize)?;
            if slot.replace(*upper).is_some() {
                return None;
            }
        }
        let root = above.iter().position(Option::is_none)?;
        let mut below: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (upper, lower) in links {
            below.get_mut(*upper as usize)?.push(*lower);
        }
        let mut reached = 0;
        let mut open = vec![narrow(root)];
        while let Some(next) = open.pop() {
            reached += 1;
            open.extend(below.get(next as usize)?);
        }
        (reached == count).then_some(())
    };
    if single(&links).is_some() {
        return Some(links);
    }
    let turned = turned(&links);
    single(&turned).map(|()| turned)
}
