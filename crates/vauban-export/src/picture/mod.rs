//! Data-flow diagrams as pictures.
//!
//! A [`Diagram`] is plain data: components, trust boundaries, flows, nothing of our model. [`layout`] gives
//! every part a place, [`svg()`] draws it. In between, three steps keep the picture legible:
//!
//! 1. *Scene*: indexes are checked, text is measured, and a diagram too large to read is folded, group by
//!    group, into boxes that say how much they hold.
//! 2. *Engine*: a [`LayoutEngine`] places the scene. The first is ELK's layered algorithm; a small one of
//!    our own stands behind it, and in its place when the `elk` feature is off. An engine is trusted with nothing: its answer is checked against
//!    [`LayoutFault`]'s laws and dropped when it breaks one.
//!    Where somebody drew the diagram, its places are kept instead (`drawn.rs`).
//! 3. *Labels*: names of flows are moved along their own flow until they cover nothing.
//!
//! Nothing here fails. A flow whose end does not exist is left out, a boundary inside itself becomes a
//! boundary at the top, and text is cut and escaped. Equal diagrams give equal bytes.

mod drawn;
pub mod earlier;
mod engine;
mod flaws;
mod fold;
mod labels;
mod place;
#[cfg(feature = "png")]
pub mod raster;
mod scene;
mod style;
mod svg;
mod text;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_drawn;

pub use engine::{Direction, LayoutEngine, Placement, Route};
pub use flaws::flaws;
pub use fold::Folding;
pub use place::{
    Layout, LayoutFault, PlacedEdge, PlacedGroup, PlacedLine, PlacedNode, layout, layout_by, layout_folded,
};
pub use scene::{Scene, SceneBox, SceneEdge, SceneGroup};
pub use svg::{PathLayer, SvgOptions, Theme, path_layer, svg};
pub use vauban_model::drawing::geometry::pixel::{Point, Rect, Size};

/// What to draw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagram {
    /// Heading of the picture.
    pub title: String,
    /// Processes, stores, external entities and people.
    pub nodes: Vec<DiagramNode>,
    /// Trust boundaries and other groups, in any order.
    pub groups: Vec<DiagramGroup>,
    /// Data flows.
    pub edges: Vec<DiagramEdge>,
    /// Where things stood when somebody drew them; none to place everything anew.
    pub places: Option<Places>,
}

/// Where things stood on a drawing. Lists run parallel to those of the diagram and may be shorter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The components.
    pub nodes: Vec<Option<Rect>>,
    /// The groups.
    pub groups: Vec<Option<Rect>>,
    /// Bends of the flows, without their ends.
    pub bends: Vec<Vec<Point>>,
    /// Boundaries that were drawn as lines: the index of the group, and the points the line runs through.
    pub lines: Vec<(usize, Vec<Point>)>,
    /// The places are those of a picture of ours, so they need no zoom.
    pub as_they_are: bool,
}

/// One component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiagramNode {
    /// Stable id; written to `data-id`.
    pub id: String,
    /// The name.
    pub label: String,
    /// The technology, or anything else worth a second line; empty for none.
    pub sublabel: String,
    /// What kind of element it is.
    pub shape: NodeShape,
    /// Index of the innermost group that holds it.
    pub group: Option<usize>,
    /// A count or word on its corner.
    pub badge: Option<Badge>,
    /// The worst risk there: a tint, with a sign and a word.
    pub risk: Option<BadgeTone>,
    /// Drawn with a heavy line, and kept longest when a large diagram is folded.
    pub emphasis: bool,
    /// Out of scope: drawn faint.
    pub dimmed: bool,
    /// Not on this picture.
    pub hidden: bool,
    /// Text shown when the pointer rests on it; the label when empty.
    pub tooltip: String,
}

/// The kinds of element a data-flow diagram has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeShape {
    /// Something that runs: a rounded box.
    #[default]
    Process,
    /// Data at rest: a box open at its sides, between two double lines.
    Store,
    /// A system outside our control: a square box.
    External,
    /// A person: a square box with a figure.
    Person,
}

/// A small mark with a text, usually a number of findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// A number or a short word.
    pub text: String,
    /// How loud.
    pub tone: BadgeTone,
}

/// How loud a badge is. Told apart by shape and weight as well as by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BadgeTone {
    /// Needs attention now.
    Critical,
    /// Serious.
    High,
    /// Worth planning.
    Medium,
    /// Minor.
    Low,
    /// Information only.
    Quiet,
}

/// A trust boundary, or any other group of components.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiagramGroup {
    /// Stable id; written to `data-id`.
    pub id: String,
    /// The name.
    pub label: String,
    /// What kind of group: "network", "account", "process"; empty for none.
    pub kind_label: String,
    /// Index of the group around it.
    pub parent: Option<usize>,
    /// How far what is inside is trusted.
    pub tone: GroupTone,
    /// A boundary that is a line without an inside: drawn as one where it has a place, otherwise named at the flows that
    /// cross it. Drawn as a box all the same if something is in it.
    pub line: bool,
    /// Not on this picture, unless something is in it that is.
    pub hidden: bool,
    /// Text shown when the pointer rests on it; the label when empty.
    pub tooltip: String,
}

/// How far a group is trusted. Told apart by the dashes of its border as well as by its tint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupTone {
    /// Anyone may be in here: the internet, a partner.
    Untrusted,
    /// Neither.
    #[default]
    Neutral,
    /// Ours, and guarded.
    Trusted,
}

/// A data flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiagramEdge {
    /// Stable id; written to `data-id`.
    pub id: String,
    /// Index of the node it leaves.
    pub from: usize,
    /// Index of the node it enters; may be the same node.
    pub to: usize,
    /// What it carries; empty for none.
    pub label: String,
    /// Data goes both ways.
    pub both_ways: bool,
    /// Not on this picture.
    pub hidden: bool,
    /// How it is protected on the way.
    pub style: EdgeStyle,
    /// Indexes of the groups without an inside that it crosses.
    pub crosses: Vec<usize>,
    /// A count or word beside the label.
    pub badge: Option<Badge>,
    /// Drawn with a heavy line.
    pub emphasis: bool,
    /// Text shown when the pointer rests on it; the label when empty.
    pub tooltip: String,
}

/// How a flow is protected on the way. Told apart by dashes and a lock, never by colour alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeStyle {
    /// Encrypted: a full line and a lock.
    Encrypted,
    /// In the clear: a dashed line.
    Plain,
    /// Nobody said: a dotted line.
    #[default]
    Unknown,
}

/// An attack path drawn over the diagram: numbered markers in order, the elements it uses set off from the
/// rest, and its steps listed below.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathOverlay {
    /// Heading of the list of steps.
    pub title: String,
    /// Where the attacker comes in, before the first step.
    pub way_in: Option<WayIn>,
    /// The steps, in order.
    pub steps: Vec<OverlayStep>,
}

/// Where an attack path begins: an arrow from outside to the first thing that the attacker touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayIn {
    /// What is touched first.
    pub at: StepAt,
    /// Who comes in, and where.
    pub label: String,
}

/// One step of an attack path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayStep {
    /// The number on the marker.
    pub number: usize,
    /// Where it happens.
    pub at: StepAt,
    /// What the attacker does.
    pub label: String,
    /// Whether it leans on something that nobody said: drawn with dashes, a question mark and the word.
    pub assumed: bool,
}

/// Where a step of an attack path happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepAt {
    /// At the node with this index in [`Diagram::nodes`].
    Node(usize),
    /// On the flow with this index in [`Diagram::edges`].
    Edge(usize),
}
