//! A diagram made ready for placing: every index valid, every text measured.

use super::fold::{self, Folded, Folding};
use super::text::{self, BADGE, BOUNDARY, FLOW, LABEL, SUBLABEL};
use super::{Badge, BadgeTone, Diagram, EdgeStyle, NodeShape};
use vauban_model::drawing::geometry::pixel::{Rect, Size};

/// Widest a line of a component's text may be.
const NODE_TEXT: i32 = 158;
/// Widest a line of a flow's label may be.
const FLOW_TEXT: i32 = 132;
/// Widest the name of a boundary may be, and the kind after it.
const GROUP_TEXT: i32 = 260;
const KIND_TEXT: i32 = 140;
/// Room above the members of a group for its name.
pub(crate) const GROUP_HEAD: i32 = 36;
/// Room between the members of a group and its other borders.
pub(crate) const GROUP_PAD: i32 = 20;
/// Height of a badge.
pub(crate) const BADGE_HEIGHT: i32 = 16;
/// Height of the sign and word of a risk in its box.
pub(crate) const RISK_HEIGHT: i32 = 16;
/// How far a badge stands out to the right of its box.
pub(crate) const BADGE_OVERHANG: i32 = 9;
/// Least distance between the end of a flow and a corner of its box.
const CORNER: i32 = 16;
/// Width of the lock in a flow's label, its gap included.
pub(crate) const LOCK_WIDTH: i32 = 13;
/// Room around a flow's label, left and right together, top and bottom together.
pub(crate) const FLOW_PAD: Size = Size { width: 10, height: 4 };

/// What an engine places: sizes and connections, no text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene {
    /// The boxes to place.
    pub boxes: Vec<SceneBox>,
    /// The groups around them; a parent always stands before its children.
    pub groups: Vec<SceneGroup>,
    /// The flows to route.
    pub edges: Vec<SceneEdge>,
}

/// A box to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SceneBox {
    /// Its size; an engine may make it larger to give its flows room, never smaller.
    pub size: Size,
    /// Index of the innermost group around it.
    pub group: Option<usize>,
    /// Pixels from each corner where no flow should end: corners are round, and a badge stands on one.
    pub corner: i32,
}

/// A group to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SceneGroup {
    /// Index of the group around it, less than its own.
    pub parent: Option<usize>,
    /// The width its heading needs.
    pub head_width: i32,
}

/// A flow to route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SceneEdge {
    /// Index of the box it leaves.
    pub from: usize,
    /// Index of the box it enters; may be the same.
    pub to: usize,
    /// The size of its label, if it has one.
    pub label: Option<Size>,
}

/// A scene, and what is to be drawn at each of its places.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    pub(crate) scene: Scene,
    pub(crate) boxes: Vec<BoxFace>,
    pub(crate) groups: Vec<GroupFace>,
    pub(crate) edges: Vec<EdgeFace>,
    /// For each node of the diagram, the box that shows it.
    pub(crate) node_at: Vec<Option<usize>>,
    /// For each group of the diagram, the drawn group that shows it.
    pub(crate) group_at: Vec<Option<usize>>,
    /// For each edge of the diagram, the drawn edge that shows it.
    pub(crate) edge_at: Vec<Option<usize>>,
}

/// What is drawn in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoxFace {
    pub(crate) id: String,
    pub(crate) shape: NodeShape,
    pub(crate) label: Vec<String>,
    pub(crate) sublabel: Vec<String>,
    pub(crate) badge: Option<Badge>,
    pub(crate) risk: Option<BadgeTone>,
    pub(crate) emphasis: bool,
    pub(crate) dimmed: bool,
    pub(crate) tooltip: String,
    /// How many components it stands for, when it is not just one.
    pub(crate) folded: Option<usize>,
}

/// What is drawn on a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GroupFace {
    /// Index in the diagram.
    pub(crate) source: usize,
    pub(crate) label: String,
    pub(crate) kind: String,
}

/// What is drawn on a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EdgeFace {
    pub(crate) id: String,
    pub(crate) label: Vec<String>,
    pub(crate) both_ways: bool,
    pub(crate) style: EdgeStyle,
    pub(crate) badge: Option<Badge>,
    pub(crate) emphasis: bool,
    pub(crate) tooltip: String,
    /// How many flows it stands for.
    pub(crate) flows: usize,
}

/// The badge as it is drawn, or none if there would be nothing to see.
fn badge_face(badge: Option<&Badge>) -> Option<Badge> {
    let badge = badge?;
    let text = text::fit(&text::clean(&badge.text), BADGE, 64);
    (!text.is_empty()).then_some(Badge { text, tone: badge.tone })
}

/// Where the badge of a box goes: across its top right corner.
pub(crate) fn badge_rect(badge: &Badge, rect: &Rect) -> Rect {
    let width = badge_width(badge);
    Rect::new(rect.right() - width + BADGE_OVERHANG, rect.y - BADGE_HEIGHT / 2, width, BADGE_HEIGHT)
}

/// Width of a badge with this text. The critical one has pointed ends, which take room.
pub(crate) fn badge_width(badge: &Badge) -> i32 {
    let ends = if badge.tone == BadgeTone::Critical { 16 } else { 12 };
    (text::width(&badge.text, BADGE) + ends).max(BADGE_HEIGHT + 4)
}

/// The size a box needs for its text.
fn box_size(face: &BoxFace) -> Size {
    let text_width = text::widest(&face.label, LABEL).max(text::widest(&face.sublabel, SUBLABEL));
    let figure = if face.shape == NodeShape::Person { 18 } else { 0 };
    let risk = if face.risk.is_some() { RISK_HEIGHT } else { 0 };
    // The widest of its words, with the sign before it.
    let risk_width = if face.risk.is_some() { text::width("medium risk", LABEL) } else { 0 };
    let text_width = text_width.max(risk_width);
    let lines = text::height(face.label.len(), LABEL) + text::height(face.sublabel.len(), SUBLABEL);
    Size { width: (text_width + 28).max(88), height: (lines + 22 + figure + risk).max(48) }
}

/// The size the label of a flow needs.
pub(crate) fn flow_size(face: &EdgeFace) -> Option<Size> {
    let mut width = text::widest(&face.label, FLOW);
    let mut height = text::height(face.label.len(), FLOW);
    if face.label.is_empty() && face.badge.is_none() {
        return None;
    }
    if face.style == EdgeStyle::Encrypted {
        width += LOCK_WIDTH;
        height = height.max(FLOW.leading);
    }
    if let Some(badge) = &face.badge {
        width += badge_width(badge) + if width > 0 { 4 } else { 0 };
        height = height.max(BADGE_HEIGHT);
    }
    Some(Size { width: width + FLOW_PAD.width, height: height + FLOW_PAD.height })
}

/// What is drawn on a group, its texts cut to size.
pub(crate) fn group_face(group: &super::DiagramGroup, source: usize) -> GroupFace {
    GroupFace {
        source,
        label: text::fit(&text::clean(&group.label), BOUNDARY, GROUP_TEXT),
        kind: text::fit(&text::clean(&group.kind_label), SUBLABEL, KIND_TEXT),
    }
}

/// Width of a group's heading.
pub(crate) fn head_width(face: &GroupFace) -> i32 {
    let kind = if face.kind.is_empty() { 0 } else { text::width(&face.kind, SUBLABEL) + 8 };
    text::width(&face.label, BOUNDARY) + kind
}

/// Whether a boundary is drawn as a line.
fn has_line(diagram: &Diagram, group: usize) -> bool {
    diagram.places.as_ref().is_some_and(|it| it.lines.iter().any(|(at, _)| *at == group))
}

/// Makes a diagram ready for placing.
pub(crate) fn measure(diagram: &Diagram, folding: Folding) -> Measured {
    let Folded { boxes, groups, edges, node_at, edge_at } = fold::fold(diagram, folding);
    let mut out = Measured { node_at, edge_at, ..Measured::default() };

    out.group_at = vec![None; diagram.groups.len()];
    for (index, group) in groups.iter().enumerate() {
        let source = diagram.groups.get(group.source);
        let face = source.map(|it| group_face(it, group.source)).unwrap_or_default();
        if let Some(place) = out.group_at.get_mut(group.source) {
            *place = Some(index);
        }
        out.scene.groups.push(SceneGroup { parent: group.parent, head_width: head_width(&face) });
        out.groups.push(face);
    }
    for item in boxes {
        let label = text::clean(&item.label);
        let face = BoxFace {
            label: text::wrap(&label, LABEL, NODE_TEXT, 3),
            sublabel: text::wrap(&text::clean(&item.sublabel), SUBLABEL, NODE_TEXT, 2),
            badge: badge_face(item.badge.as_ref()),
            risk: item.risk,
            tooltip: if item.tooltip.trim().is_empty() { label } else { item.tooltip },
            id: item.id,
            shape: item.shape,
            emphasis: item.emphasis,
            dimmed: item.dimmed,
            folded: item.folded,
        };
        let corner = face.badge.as_ref().map_or(0, |badge| badge_width(badge) - BADGE_OVERHANG + 6).max(CORNER);
        out.scene.boxes.push(SceneBox { size: box_size(&face), group: item.group, corner });
        out.boxes.push(face);
    }
    for flow in edges {
        let label = text::clean(&flow.label);
        let mut lines = text::wrap(&label, FLOW, FLOW_TEXT, 3);
        for group in flow.crosses.iter().filter(|group| !has_line(diagram, **group)).take(3) {
            // A line that has no place is named at the flows that cross it.
            let name = diagram.groups.get(*group).map(|it| text::clean(&it.label)).unwrap_or_default();
            lines.extend(text::wrap(&format!("crosses {name}"), FLOW, FLOW_TEXT, 2));
        }
        let face = EdgeFace {
            label: lines,
            badge: badge_face(flow.badge.as_ref()),
            tooltip: if flow.tooltip.trim().is_empty() { label } else { flow.tooltip },
            id: flow.id,
            both_ways: flow.both_ways,
            style: flow.style,
            emphasis: flow.emphasis,
            flows: flow.flows,
        };
        out.scene.edges.push(SceneEdge { from: flow.from, to: flow.to, label: flow_size(&face) });
        out.edges.push(face);
    }
    out
}
