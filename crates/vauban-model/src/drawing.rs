//! Where people put things when they drew a system, kept so that it can be drawn again as they know it.
//!
//! A drawing decides nothing: what lies in which boundary and what crosses what is in the model itself.

use crate::model::ElementRef;
use crate::span::Span;

pub use vauban_geometry as geometry;
use vauban_geometry::{Point, Rect};

/// One diagram or page. Coordinates are in pixels of the tool that drew it, to the right and downwards, absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Stable id: the tool's own, or made from the name; unique among drawings of a model.
    pub id: Box<str>,
    /// The name shown to people.
    pub name: Box<str>,
    /// Boxes: components, and boundaries that have an inside.
    pub shapes: Vec<DrawnShape>,
    /// Flows.
    pub flows: Vec<DrawnFlow>,
    /// Boundaries drawn as a line, which have no inside.
    pub lines: Vec<DrawnLine>,
    /// Where it stands.
    pub span: Span,
}

/// A component or boundary as a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnShape {
    /// The component or boundary.
    pub element: ElementRef,
    /// Its place.
    pub rect: Rect,
}

/// A flow as a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnFlow {
    /// Index of the flow.
    pub flow: u32,
    /// Bends on the way, without the two ends: those are where the line leaves its components.
    pub bends: Vec<Point>,
    /// Whether the line is a smooth curve past the bends; otherwise it is straight between them.
    pub curved: bool,
}

/// A boundary as a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnLine {
    /// Index of the boundary.
    pub boundary: u32,
    /// Its points, both ends included.
    pub points: Vec<Point>,
    /// Whether the line is a smooth curve past the points.
    pub curved: bool,
}
