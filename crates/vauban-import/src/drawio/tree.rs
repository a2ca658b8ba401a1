//! Pages that are attack trees: gates joined by lines, and plain boxes as steps.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Diagnostic;
use vauban_model::attack_tree::{AttackNode, AttackTree, Gate};

use super::icons;
use super::plan::{Plan, What, is_person, is_round, is_store};
use super::raw::Cell;
use crate::draft::{Draft, Space, one_line, slug};
use crate::gates;
use crate::log::short;

/// The gate a figure stands for: by its shape, or by the word that is all there is on a rhombus, an ellipse or a triangle.
fn gate(plan: &Plan<'_>, index: usize, cell: &Cell) -> Option<Gate> {
    if cell.style.shape() == LOGIC_GATE {
        match cell.style.get("operation") {
            Some("and") => return Some(Gate::And),
            Some("or" | "xor") => return Some(Gate::Or),
            _ => {}
        }
    }
    match cell.style.shape() {
        "or" | "mxgraph.electrical.logic_gates.and" => return Some(Gate::And),
        "xor" | "mxgraph.electrical.logic_gates.or" => return Some(Gate::Or),
        _ => {}
    }
    let figures = ["rhombus", "ellipse", "triangle"];
    let is_small = figures.iter().any(|figure| cell.style.has(figure) || cell.style.shape() == *figure);
    if is_small || is_round(cell) { gates::named_on_figure(plan.text(index)) } else { None }
}

/// Draw.io's own figure for all logic gates; which one it is, another key of the style says.
const LOGIC_GATE: &str = "mxgraph.electrical.logic_gates.logic_gate";

/// Whether a figure is a gate by its words alone.
fn is_worded(cell: &Cell) -> bool {
    is_round(cell) || cell.style.has("ellipse")
}

/// Whether a figure is drawn as a gate, whatever is written on it.
fn is_drawn(cell: &Cell) -> bool {
    let shape = cell.style.shape();
    matches!(shape, "or" | "xor") || shape.starts_with("mxgraph.electrical.logic_gates.")
}

/// How many figures are joined to each from below: goals stand above what leads to them, whichever way the arrows point.
fn below(plan: &Plan<'_>) -> Vec<usize> {
    let mut links: Vec<(usize, usize)> = Vec::new();
    let mut downwards = 0i64;
    for cell in plan.page.cells.iter().filter(|cell| cell.edge) {
        let end = |id: &str| plan.by_id.get(id).copied();
        let Some((from, to)) = end(&cell.source).zip(end(&cell.target)) else { continue };
        if let (Some(from), Some(to)) = (plan.rect(from), plan.rect(to)) {
            downwards += if from.corner.y <= to.corner.y { 1 } else { -1 };
        }
        links.push((from, to));
    }
    let mut out = vec![0; plan.page.cells.len()];
    for (from, to) in links {
        if let Some(count) = out.get_mut(if downwards < 0 { to } else { from }) {
            *count += 1;
        }
    }
    out
}

/// Whether a page is an attack tree: gates, joined to nothing but gates and boxes. Says where it is not sure.
pub(crate) fn is_tree(plan: &Plan<'_>, draft: &mut Draft) -> bool {
    if root(plan).is_some() {
        return true;
    }
    let mut gates = 0;
    let mut others = 0;
    let mut worded = false;
    let mut lonely = 0;
    let mut joining = 0;
    let below = below(plan);
    for (index, cell) in plan.page.cells.iter().enumerate() {
        if plan.what(index) != What::Component {
            continue;
        }
        if gate(plan, index, cell).is_some() {
            gates += usize::from(plan.connected.get(index) == Some(&true));
            worded |= is_worded(cell);
            let joins = is_drawn(cell) || below.get(index).is_some_and(|below| *below >= 2);
            joining += usize::from(joins);
            lonely += usize::from(!joins);
        } else if is_round(cell) || is_store(cell) || is_person(cell) || icons::icon(&cell.style).is_some() {
            others += 1;
        }
    }
    if gates == 0 {
        return false;
    }
    let name = one_line(&plan.page.name);
    if others > 0 {
        let why = "other figures are those of a data-flow diagram";
        let help = "if it is an attack tree, draw its steps as boxes, or give one of them the property `vauban_element` with the value `attack-tree`";
        gates::doubt(draft, &name, plan.page.span, why, help);
        return false;
    }
    if lonely > joining {
        let help = "if it is an attack tree, draw two steps below each gate, or give a box the property `vauban_element` with the value `attack-tree`";
        gates::doubt(draft, &name, plan.page.span, gates::JOINS_NOTHING, help);
        return false;
    }
    if worded {
        gates::tell(draft, &name, plan.page.span);
    }
    true
}

/// The page itself, where our export says that it is a tree.
fn root<'p>(plan: &Plan<'p>) -> Option<&'p Cell> {
    plan.page.cells.iter().find(|cell| cell.datum("vauban_element") == Some("attack-tree"))
}

/// Reads a page as an attack tree.
pub(crate) fn read(plan: &Plan<'_>, draft: &mut Draft) {
    let title = one_line(&plan.page.name);
    let name = if title.is_empty() { "Attack tree".to_owned() } else { title };
    let stated = root(plan).and_then(|root| root.datum("vauban_id"));
    let id = draft.unique_id(Space::AttackTree, &stated.map_or_else(|| slug(&name, "attack-tree"), str::to_owned));
    let mut tree = AttackTree { id, name: name.as_str().into(), nodes: Vec::new(), span: plan.page.span };
    let mut at: FxHashMap<usize, u32> = FxHashMap::default();
    let mut taken: FxHashMap<String, usize> = FxHashMap::default();
    let mut used: FxHashSet<String> = FxHashSet::default();
    for (index, cell) in plan.page.cells.iter().enumerate() {
        if plan.what(index) != What::Component && gate(plan, index, cell).is_none() {
            continue;
        }
        let label = one_line(plan.text(index));
        let gate = match cell.datum("vauban_gate") {
            Some("and") => Some(Gate::And),
            Some("or") => Some(Gate::Or),
            _ => gate(plan, index, cell),
        };
        let short_id = cell.datum("vauban_id").map_or_else(|| slug(&label, "step"), str::to_owned);
        let next = taken.entry(short_id.clone()).or_insert(1);
        let mut id = short_id.clone();
        while !used.insert(id.clone()) {
            *next += 1;
            id = format!("{short_id}-{next}");
        }
        at.insert(index, u32::try_from(tree.nodes.len()).unwrap_or(u32::MAX));
        tree.nodes.push(AttackNode {
            label: if label.is_empty() { id.as_str().into() } else { label.as_str().into() },
            id: id.into(),
            gate: gate.unwrap_or(Gate::Leaf),
            children: Vec::new(),
        });
    }
    let mut links: Vec<(u32, u32)> = Vec::new();
    let mut downwards = 0i64;
    for cell in plan.page.cells.iter().filter(|cell| cell.edge) {
        let end = |id: &str| plan.by_id.get(id).copied();
        let (from, to) = (end(&cell.source), end(&cell.target));
        let ends = from.zip(to).and_then(|(from, to)| Some((*at.get(&from)?, *at.get(&to)?, from, to)));
        let Some((upper, lower, from, to)) = ends else {
            let message = "a line of the attack tree ends at nothing; it was left out";
            draft.log.group(
                Diagnostic::warning("import-unattached-flow", cell.span, message)
                    .help("attach both of its ends to a step"),
            );
            continue;
        };
        // Goals stand above what leads to them, whichever way the arrows point.
        if let (Some(from), Some(to)) = (plan.rect(from), plan.rect(to)) {
            downwards += if from.corner.y <= to.corner.y { 1 } else { -1 };
        }
        links.push((upper, lower));
    }
    for (upper, lower) in links {
        let (upper, lower) = if downwards < 0 { (lower, upper) } else { (upper, lower) };
        if let Some(node) = tree.nodes.get_mut(upper as usize) {
            node.children.push(lower);
        }
    }
    for (step, _) in tree.mend() {
        let label = tree.nodes.get(step as usize).map_or("", |node| &node.label);
        let message = format!("`{}` leads back to itself; the line that closes the circle was left out", short(label));
        draft.log.push(
            Diagnostic::warning("import-cycle", tree.span, message).help("a step follows from the steps below it"),
        );
    }
    for node in &mut tree.nodes {
        // A box with steps below it says nothing of how many it takes: one is enough, the usual reading.
        if node.gate == Gate::Leaf && !node.children.is_empty() {
            node.gate = Gate::Or;
        }
    }
    draft.model.attack_trees.push(tree);
}
