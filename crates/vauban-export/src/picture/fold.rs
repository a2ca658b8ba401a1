//! Checks the indexes of a diagram, and folds one too large to read.
//!
//! Nobody reads three hundred boxes in one picture, and no engine places them in a moment. Groups are folded
//! from the inside out, quiet ones first, until what is left can be read; a folded group is one box that says
//! how many components it holds. What is emphasised stays open longest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::{Badge, BadgeTone, Diagram, EdgeStyle, NodeShape};

/// Boxes aimed at once folding is needed: a reader who has to open groups anyway is better served by a picture
/// that fits a screen.
const FOLDED_BOXES: usize = 90;

/// How large a diagram is drawn box by box. Beyond that, groups are folded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Folding {
    /// A picture in a page: 150 boxes and 260 flows.
    #[default]
    Page,
    /// A picture of its own, which people zoom: 320 boxes and 700 flows.
    Sheet,
    /// As for a screen, whatever the size of the diagram: 40 boxes.
    Tight,
    /// Nothing is folded that can be placed at all: 2000 boxes and 4000 flows.
    Never,
}

impl Folding {
    /// Most boxes drawn without folding.
    pub(crate) const fn most_boxes(self) -> usize {
        match self {
            Self::Page => 150,
            Self::Sheet => 320,
            Self::Tight => 40,
            Self::Never => 2000,
        }
    }

    /// Most groups drawn.
    const fn most_groups(self) -> usize {
        match self {
            Self::Page | Self::Tight => 80,
            Self::Sheet => 160,
            Self::Never => 1000,
        }
    }

    /// Most flows drawn; the time of a layout grows with the flows more than with the boxes.
    pub(crate) const fn most_edges(self) -> usize {
        match self {
            Self::Page | Self::Tight => 260,
            Self::Sheet => 700,
            Self::Never => 4000,
        }
    }
}
/// Most flows drawn apart between the same two boxes.
const MOST_PARALLEL: usize = 8;
/// Most flows drawn apart from a box to itself: one on each side that other flows do not use.
const MOST_LOOPS: usize = 2;
/// Deepest nesting drawn. Engines recurse once per level, and a picture this deep is all borders.
const DEEPEST: usize = 12;
/// Most names listed in the tooltip of a box or flow that stands for several.
const MOST_NAMES: usize = 12;

/// A box to draw: a component, or what several were folded into.
#[derive(Debug, Clone)]
pub(crate) struct FoldedBox {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) sublabel: String,
    pub(crate) shape: NodeShape,
    pub(crate) group: Option<usize>,
    pub(crate) badge: Option<Badge>,
    pub(crate) risk: Option<BadgeTone>,
    pub(crate) emphasis: bool,
    pub(crate) dimmed: bool,
    pub(crate) tooltip: String,
    pub(crate) folded: Option<usize>,
}

/// A group to draw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoldedGroup {
    pub(crate) source: usize,
    pub(crate) parent: Option<usize>,
}

/// A flow to draw: one of the diagram, or several between the same boxes.
#[derive(Debug, Clone)]
pub(crate) struct FoldedEdge {
    pub(crate) id: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) label: String,
    pub(crate) both_ways: bool,
    pub(crate) style: EdgeStyle,
    pub(crate) crosses: Vec<usize>,
    pub(crate) badge: Option<Badge>,
    pub(crate) emphasis: bool,
    pub(crate) tooltip: String,
    pub(crate) flows: usize,
}

/// A diagram small enough to draw, and where each of its parts went.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) boxes: Vec<FoldedBox>,
    pub(crate) groups: Vec<FoldedGroup>,
    pub(crate) edges: Vec<FoldedEdge>,
    pub(crate) node_at: Vec<Option<usize>>,
    pub(crate) edge_at: Vec<Option<usize>>,
}

/// Folds `diagram` until it can be drawn.
pub(crate) fn fold(diagram: &Diagram, folding: Folding) -> Folded {
    let forest = Forest::of(diagram);
    let limit = folding.most_boxes();
    let mut most_boxes =
        if diagram.nodes.iter().filter(|node| !node.hidden).count() > limit { FOLDED_BOXES.min(limit) } else { limit };
    loop {
        let mut folded = fold_boxes(diagram, &forest, most_boxes, folding);
        fold_edges(diagram, &mut folded, folding.most_edges());
        // Few boxes have few pairs: at 22 boxes there are at most 253, so this ends.
        if folded.edges.len() <= folding.most_edges() || most_boxes <= 22 {
            return folded;
        }
        most_boxes = (most_boxes * 2 / 3).max(22);
    }
}

/// The groups of a diagram with every index valid and no group inside itself.
struct Forest {
    parent: Vec<Option<usize>>,
    depth: Vec<usize>,
    /// Parents before children, otherwise by index.
    order: Vec<usize>,
    /// The group of each node.
    group_of: Vec<Option<usize>>,
}

impl Forest {
    fn of(diagram: &Diagram) -> Self {
        let count = diagram.groups.len();
        let mut parent: Vec<Option<usize>> =
            diagram.groups.iter().map(|group| group.parent.filter(|&it| it < count)).collect();
        let mut depth: Vec<Option<usize>> = vec![None; count];
        for start in 0..count {
            // Up to a group whose depth is known, to the top, or round a circle; then down again.
            let mut climbed: Vec<usize> = Vec::new();
            let mut on_the_way = BTreeMap::new();
            let mut at = Some(start);
            let mut above = 0;
            while let Some(group) = at {
                if let Some(known) = depth.get(group).copied().flatten() {
                    above = known + 1;
                    break;
                }
                if on_the_way.insert(group, ()).is_some() {
                    // The last group climbed from closes the circle: it goes to the top instead.
                    if let Some(cut) = climbed.last().and_then(|&last| parent.get_mut(last)) {
                        *cut = None;
                    }
                    break;
                }
                climbed.push(group);
                at = parent.get(group).copied().flatten();
            }
            for (steps, &group) in climbed.iter().rev().enumerate() {
                if let Some(place) = depth.get_mut(group) {
                    *place = Some(above + steps);
                }
            }
        }
        let depth: Vec<usize> = depth.into_iter().map(|it| it.unwrap_or(0)).collect();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&group| (depth.get(group).copied().unwrap_or(0), group));
        let group_of = diagram.nodes.iter().map(|node| node.group.filter(|&it| it < count)).collect();
        Self { parent, depth, order, group_of }
    }

    fn parent_of(&self, group: usize) -> Option<usize> {
        self.parent.get(group).copied().flatten()
    }
}

/// What is known of a group while deciding which to fold.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    /// Boxes that stand directly in it.
    boxes: usize,
    /// Groups that stand directly in it and are not folded.
    groups: usize,
    emphasis: bool,
    /// 0 for no badge, up to 5 for a critical one.
    loud: u8,
}

/// Loudness of a badge, for ordering.
fn loudness(badge: Option<&Badge>) -> u8 {
    match badge.map(|it| it.tone) {
        None => 0,
        Some(BadgeTone::Quiet) => 1,
        Some(BadgeTone::Low) => 2,
        Some(BadgeTone::Medium) => 3,
        Some(BadgeTone::High) => 4,
        Some(BadgeTone::Critical) => 5,
    }
}

/// Chooses which groups to fold: for each, whether it is drawn closed (or inside a closed one).
fn choose_closed(diagram: &Diagram, forest: &Forest, most_boxes: usize, most_groups: usize) -> Vec<bool> {
    let count = diagram.groups.len();
    let mut weights = vec![Weight::default(); count];
    for (node, group) in diagram.nodes.iter().zip(&forest.group_of).filter(|(node, _)| !node.hidden) {
        if let Some(weight) = group.and_then(|it| weights.get_mut(it)) {
            weight.boxes += 1;
            weight.emphasis |= node.emphasis;
            weight.loud = weight.loud.max(loudness(node.badge.as_ref()));
        }
    }
    for group in 0..count {
        if let Some(weight) = forest.parent_of(group).and_then(|it| weights.get_mut(it)) {
            weight.groups += 1;
        }
    }
    // A line without an inside is no box.
    let mut closed: Vec<bool> = diagram
        .groups
        .iter()
        .zip(&weights)
        .map(|(group, weight)| group.line && weight.boxes == 0 && weight.groups == 0)
        .collect();
    // Nor is a group drawn of which nothing is on this picture.
    let mut shown: Vec<bool> =
        diagram.groups.iter().zip(&weights).map(|(group, weight)| !group.hidden || weight.boxes > 0).collect();
    for &group in forest.order.iter().rev() {
        if shown.get(group) == Some(&true)
            && let Some(place) = forest.parent_of(group).and_then(|it| shown.get_mut(it))
        {
            *place = true;
        }
    }
    for (place, shown) in closed.iter_mut().zip(shown) {
        *place |= !shown;
    }
    let mut boxes = diagram.nodes.iter().filter(|node| !node.hidden).count();
    let mut groups = count;
    let mut too_deep = forest.depth.iter().filter(|&&depth| depth >= DEEPEST).count();
    let depth_of = |group: usize| forest.depth.get(group).copied().unwrap_or(0);
    // The smallest key is folded first: too deep, not emphasised, quiet, deep, large.
    let key = |group: usize, weight: &Weight| {
        let depth = depth_of(group);
        Reverse((depth < DEEPEST, weight.emphasis, weight.loud, Reverse(depth), Reverse(weight.boxes), group))
    };
    let mut leaves: BinaryHeap<_> = (0..count)
        .filter_map(|group| weights.get(group).filter(|it| it.groups == 0).map(|weight| key(group, weight)))
        .collect();
    while boxes > most_boxes || groups > most_groups || too_deep > 0 {
        let Some(Reverse((.., group))) = leaves.pop() else { break };
        let Some(weight) = weights.get(group).copied() else { break };
        if let Some(place) = closed.get_mut(group) {
            *place = true;
        }
        if depth_of(group) >= DEEPEST {
            too_deep = too_deep.saturating_sub(1);
        }
        groups = groups.saturating_sub(1);
        // An empty group vanishes; any other leaves one box in its place.
        let left = usize::from(weight.boxes > 0);
        boxes = boxes.saturating_sub(weight.boxes) + left;
        if let Some(above) = forest.parent_of(group)
            && let Some(outer) = weights.get_mut(above)
        {
            outer.groups = outer.groups.saturating_sub(1);
            outer.boxes += left;
            outer.emphasis |= weight.emphasis;
            outer.loud = outer.loud.max(weight.loud);
            if outer.groups == 0 {
                leaves.push(key(above, outer));
            }
        }
    }
    closed
}

/// The boxes and groups to draw.
fn fold_boxes(diagram: &Diagram, forest: &Forest, most_boxes: usize, folding: Folding) -> Folded {
    let closed = choose_closed(diagram, forest, most_boxes, folding.most_groups());
    let is_closed = |group: usize| closed.get(group).copied().unwrap_or(false);
    let mut out = Folded::default();

    // The outermost closed group around each group, and the drawn index of each open one.
    let mut shut_in: Vec<Option<usize>> = vec![None; diagram.groups.len()];
    let mut drawn: Vec<Option<usize>> = vec![None; diagram.groups.len()];
    for &group in &forest.order {
        let above = forest.parent_of(group);
        let outer = above.and_then(|it| shut_in.get(it).copied().flatten());
        let shut = outer.or_else(|| is_closed(group).then_some(group));
        if let Some(place) = shut_in.get_mut(group) {
            *place = shut;
        }
        if shut.is_none() {
            let parent = above.and_then(|it| drawn.get(it).copied().flatten());
            if let Some(place) = drawn.get_mut(group) {
                *place = Some(out.groups.len());
            }
            out.groups.push(FoldedGroup { source: group, parent });
        }
    }

    // Who shares a box.
    let mut together: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
    for (node, group) in forest.group_of.iter().enumerate() {
        if diagram.nodes.get(node).is_some_and(|it| it.hidden) {
            continue;
        }
        match group.and_then(|it| shut_in.get(it).copied().flatten()) {
            Some(shut) => together.entry((shut, true)).or_default().push(node),
            None => together.entry((node, false)).or_default().push(node),
        }
    }
    let mut shared: Vec<(Option<usize>, Vec<usize>)> =
        together.into_iter().map(|((key, shut), nodes)| (shut.then_some(key), nodes)).collect();
    // In the order of the diagram: engines break ties by it.
    shared.sort_by_key(|(_, nodes)| nodes.first().copied());

    let extra = if shared.len() > most_boxes { overflow(diagram, &mut shared, most_boxes) } else { Vec::new() };

    out.node_at = vec![None; diagram.nodes.len()];
    for (shut, nodes) in shared {
        let around = match shut {
            Some(group) => forest.parent_of(group),
            None => nodes.first().and_then(|&it| forest.group_of.get(it).copied().flatten()),
        };
        let group = around.and_then(|it| drawn.get(it).copied().flatten());
        let face = match (shut.and_then(|it| diagram.groups.get(it)), nodes.first()) {
            (Some(closed), _) => closed_box(diagram, &closed.id, &closed.label, &nodes, group),
            (None, Some(&node)) => open_box(diagram, node, group),
            (None, None) => continue,
        };
        place_nodes(&mut out, &nodes, face);
    }
    for (shape, nodes) in extra {
        let noun = match shape {
            NodeShape::Process => "processes",
            NodeShape::Store => "stores",
            NodeShape::External => "external systems",
            NodeShape::Person => "people",
        };
        let mut face = closed_box(diagram, "", &format!("{} more {noun}", nodes.len()), &nodes, None);
        face.shape = shape;
        face.sublabel = String::new();
        place_nodes(&mut out, &nodes, face);
    }
    out
}

/// Adds a box and notes the nodes it shows.
fn place_nodes(out: &mut Folded, nodes: &[usize], face: FoldedBox) {
    for &node in nodes {
        if let Some(place) = out.node_at.get_mut(node) {
            *place = Some(out.boxes.len());
        }
    }
    out.boxes.push(face);
}

/// Takes the least telling boxes out of `shared`, by shape, when folding groups was not enough.
fn overflow(
    diagram: &Diagram,
    shared: &mut Vec<(Option<usize>, Vec<usize>)>,
    most_boxes: usize,
) -> Vec<(NodeShape, Vec<usize>)> {
    let mut degree = vec![0_usize; diagram.nodes.len()];
    for edge in &diagram.edges {
        for end in [edge.from, edge.to] {
            if let Some(count) = degree.get_mut(end) {
                *count += 1;
            }
        }
    }
    let mut ranked: Vec<_> = shared
        .drain(..)
        .map(|(shut, nodes)| {
            let of = || nodes.iter().filter_map(|&it| diagram.nodes.get(it));
            let emphasis = of().any(|node| node.emphasis);
            let loud = of().map(|node| loudness(node.badge.as_ref())).max().unwrap_or(0);
            let ties: usize = nodes.iter().filter_map(|&it| degree.get(it)).sum();
            (Reverse((emphasis, loud, shut.is_some(), ties)), nodes.first().copied(), shut, nodes)
        })
        .collect();
    ranked.sort();
    let rest = ranked.split_off(ranked.len().min(most_boxes.saturating_sub(4)));
    ranked.sort_by_key(|(_, first, ..)| *first);
    shared.extend(ranked.into_iter().map(|(_, _, shut, nodes)| (shut, nodes)));
    let mut by_shape: BTreeMap<NodeShape, Vec<usize>> = BTreeMap::new();
    for (.., nodes) in rest {
        for node in nodes {
            let shape = diagram.nodes.get(node).map(|it| it.shape).unwrap_or_default();
            by_shape.entry(shape).or_default().push(node);
        }
    }
    by_shape.into_iter().collect()
}

/// The box of one component.
fn open_box(diagram: &Diagram, node: usize, group: Option<usize>) -> FoldedBox {
    let node = diagram.nodes.get(node).cloned().unwrap_or_default();
    FoldedBox {
        id: node.id,
        label: node.label,
        sublabel: node.sublabel,
        shape: node.shape,
        group,
        badge: node.badge,
        risk: node.risk,
        emphasis: node.emphasis,
        dimmed: node.dimmed,
        tooltip: node.tooltip,
        folded: None,
    }
}

/// The box of several components.
fn closed_box(diagram: &Diagram, id: &str, label: &str, nodes: &[usize], group: Option<usize>) -> FoldedBox {
    let of = || nodes.iter().filter_map(|&it| diagram.nodes.get(it));
    let sublabel = match nodes {
        [only] => diagram.nodes.get(*only).map(|it| it.label.clone()).unwrap_or_default(),
        _ => format!("{} components", nodes.len()),
    };
    FoldedBox {
        id: id.to_owned(),
        label: label.to_owned(),
        sublabel,
        shape: NodeShape::Process,
        group,
        badge: joint_badge(of().filter_map(|node| node.badge.as_ref())),
        risk: of().filter_map(|node| node.risk).min(),
        emphasis: of().any(|node| node.emphasis),
        dimmed: of().all(|node| node.dimmed),
        tooltip: name_some(label, of().map(|node| node.label.as_str()), nodes.len()),
        folded: Some(nodes.len()),
    }
}

/// One badge for several: the sum where all are numbers, else how many there are; the loudest tone.
fn joint_badge<'d>(badges: impl Iterator<Item = &'d Badge> + Clone) -> Option<Badge> {
    let tone = badges.clone().map(|badge| badge.tone).min()?;
    let sum = badges.clone().try_fold(0_u64, |sum, badge| {
        let value = badge.text.trim().parse::<u32>().ok()?;
        sum.checked_add(u64::from(value))
    });
    let text = match sum {
        Some(sum) => sum.to_string(),
        None => match badges.clone().map(|badge| badge.text.as_str()).collect::<Vec<_>>().as_slice() {
            [only] => (*only).to_owned(),
            several => several.len().to_string(),
        },
    };
    Some(Badge { text, tone })
}

/// A tooltip that names the first few of many.
fn name_some<'d>(heading: &str, names: impl Iterator<Item = &'d str>, count: usize) -> String {
    let mut named: Vec<&str> = names.filter(|name| !name.trim().is_empty()).take(MOST_NAMES).collect();
    let rest = format!("and {} more", count.saturating_sub(named.len()));
    if count > named.len() {
        named.push(&rest);
    }
    format!("{heading}: {}", named.join(", "))
}

/// Joins the flows of closed boxes, and those too many to draw apart.
fn fold_edges(diagram: &Diagram, folded: &mut Folded, most_edges: usize) {
    let ends = |edge: usize| {
        let edge = diagram.edges.get(edge).filter(|edge| !edge.hidden)?;
        let from = folded.node_at.get(edge.from).copied().flatten()?;
        let to = folded.node_at.get(edge.to).copied().flatten()?;
        Some((from, to))
    };
    let is_closed = |at: usize| folded.boxes.get(at).is_some_and(|it| it.folded.is_some());
    let mut pairs: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for edge in 0..diagram.edges.len() {
        if let Some((from, to)) = ends(edge) {
            // What goes on inside a closed box is not drawn.
            if !(from == to && is_closed(from)) {
                pairs.entry((from.min(to), from.max(to))).or_default().push(edge);
            }
        }
    }
    let crowded = pairs.values().map(Vec::len).sum::<usize>() > most_edges;
    let mut bundles: Vec<Vec<usize>> = Vec::new();
    for (&(a, b), edges) in &pairs {
        let most = if a == b { MOST_LOOPS } else { MOST_PARALLEL };
        if crowded || is_closed(a) || is_closed(b) || edges.len() > most {
            bundles.push(edges.clone());
        } else {
            bundles.extend(edges.iter().map(|&edge| vec![edge]));
        }
    }
    bundles.sort();

    let mut edge_at = vec![None; diagram.edges.len()];
    let mut edges = Vec::with_capacity(bundles.len());
    for bundle in bundles {
        for &edge in &bundle {
            if let Some(place) = edge_at.get_mut(edge) {
                *place = Some(edges.len());
            }
        }
        let Some((from, to)) = bundle.first().and_then(|&it| ends(it)) else { continue };
        let turned = bundle.iter().any(|&it| ends(it).is_some_and(|other| other != (from, to)));
        edges.push(bundle_edge(diagram, &bundle, from, to, turned));
    }
    folded.edges = edges;
    folded.edge_at = edge_at;
}

/// The flow drawn for one or several flows between the same boxes; `turned` if some go the other way.
fn bundle_edge(diagram: &Diagram, bundle: &[usize], from: usize, to: usize, turned: bool) -> FoldedEdge {
    let of = || bundle.iter().filter_map(|&it| diagram.edges.get(it));
    let first = of().next().cloned().unwrap_or_default();
    let alike = of().all(|edge| edge.label == first.label);
    let label = match bundle.len() {
        1 => first.label,
        count if alike && !first.label.trim().is_empty() => format!("{} ×{count}", first.label),
        count => format!("{count} flows"),
    };
    let mut crosses: Vec<usize> = of().flat_map(|edge| edge.crosses.iter().copied()).collect();
    crosses.sort_unstable();
    crosses.dedup();
    let styles = || of().map(|edge| edge.style);
    // As weak as its weakest: a bundle is shown encrypted only if all of it is known to be.
    let style = if styles().any(|style| style == EdgeStyle::Plain) {
        EdgeStyle::Plain
    } else if styles().any(|style| style == EdgeStyle::Unknown) {
        EdgeStyle::Unknown
    } else {
        EdgeStyle::Encrypted
    };
    let tooltip = if bundle.len() == 1 {
        first.tooltip
    } else {
        name_some(&label, of().map(|it| it.label.as_str()), bundle.len())
    };
    FoldedEdge {
        id: first.id,
        from,
        to,
        label,
        both_ways: turned || of().any(|edge| edge.both_ways),
        style,
        crosses,
        badge: joint_badge(of().filter_map(|edge| edge.badge.as_ref())),
        emphasis: of().any(|edge| edge.emphasis),
        tooltip,
        flows: bundle.len(),
    }
}
