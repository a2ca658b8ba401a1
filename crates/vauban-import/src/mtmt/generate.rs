//! The tool's own threats: every threat type's filters, asked of every attached flow.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::drawing::geometry::{Line, Point};

use super::filter::{Interaction, Subject, Test};
use super::knowledge_base::{KnowledgeBase, ThreatType};
use super::raw::{NOTHING, Surface, Thing};
use crate::sketch::{Curve, line};

/// Questions that one file may ask, flows times threat types. A template of 500 on 2,000 flows stays below.
const MOST_QUESTIONS: usize = 5_000_000;

/// A threat that the tool would list.
#[derive(Debug)]
pub(super) struct Generated<'r> {
    /// The kind.
    pub(super) kind: &'r ThreatType,
    pub(super) source: &'r Thing,
    pub(super) flow: &'r Thing,
    pub(super) target: &'r Thing,
    /// The clauses of the filter that hold.
    pub(super) because: Vec<String>,
}

impl Generated<'_> {
    /// The key under which the tool keeps it.
    pub(super) fn key(&self) -> String {
        format!("{}{}{}{}", self.kind.id, self.source.guid, self.flow.guid, self.target.guid)
    }

    /// A text of the kind with the names of this interaction.
    pub(super) fn filled(&self, text: &str) -> String {
        text.replace("{source.Name}", self.source.name())
            .replace("{target.Name}", self.target.name())
            .replace("{flow.Name}", self.flow.name())
    }
}

/// What the tool would list for a file. The second part says whether all of it was worked out.
pub(super) fn generate<'r>(base: &'r KnowledgeBase, surfaces: &'r [Surface]) -> (Vec<Generated<'r>>, bool) {
    let mut out = Vec::new();
    let mut left = MOST_QUESTIONS;
    for surface in surfaces {
        let boxes: FxHashMap<&str, &Thing> = surface.borders.iter().map(|thing| (&*thing.guid, thing)).collect();
        let borders = boundaries(surface);
        let attached = |guid: &str| boxes.get(guid).copied().filter(|_| guid != NOTHING);
        for flow in surface.lines.iter().filter(|thing| thing.class == "Connector") {
            let (Some(source), Some(target)) = (attached(&flow.source), attached(&flow.target)) else { continue };
            let Some(rest) = left.checked_sub(base.threats.len()) else { return (out, false) };
            left = rest;
            let crossed = crossed(flow, &borders);
            let interaction = Asked { base, source, flow, target, crossed };
            for kind in &base.threats {
                let (text, Some(include)) = &kind.include else { continue };
                if !include.holds(&interaction) {
                    continue;
                }
                // An exclusion that nobody understands excludes nothing: better a threat too many.
                let excluded = kind.exclude.as_ref().and_then(|(_, filter)| filter.as_ref());
                if excluded.is_some_and(|filter| filter.holds(&interaction)) {
                    continue;
                }
                let mut because = Vec::new();
                include.because(text, &interaction, &mut because);
                out.push(Generated { kind, source, flow, target, because });
            }
        }
    }
    (out, true)
}

/// Every boundary of a diagram as a line: the curve itself, or the border of the box.
fn boundaries(surface: &Surface) -> Vec<(&str, Line)> {
    let boxes = surface.borders.iter().filter(|thing| thing.class == "BorderBoundary");
    let boxes = boxes.filter_map(|thing| Some((&*thing.type_id, Line::around(&thing.rect?))));
    let lines = surface.lines.iter().filter(|thing| thing.class == "LineBoundary");
    let lines = lines.filter_map(|thing| Some((&*thing.type_id, drawn(thing)?)));
    boxes.chain(lines).collect()
}

/// The types of the boundaries that a flow crosses as drawn. What is in a box does not count, only its border: a flow
/// may leave a box and come back.
fn crossed<'r>(flow: &Thing, boundaries: &[(&'r str, Line)]) -> FxHashSet<&'r str> {
    let Some(path) = drawn(flow) else { return FxHashSet::default() };
    boundaries.iter().filter(|(_, border)| border.crosses(&path)).map(|(id, _)| *id).collect()
}

/// The curve of a line: it is at its handle half way.
fn drawn(thing: &Thing) -> Option<Line> {
    let points: Vec<Point> = thing.points.iter().flatten().copied().collect();
    (points.len() >= 2).then(|| line(&points, Curve::Handle))
}

struct Asked<'r> {
    base: &'r KnowledgeBase,
    source: &'r Thing,
    flow: &'r Thing,
    target: &'r Thing,
    crossed: FxHashSet<&'r str>,
}

impl Interaction for Asked<'_> {
    fn holds(&self, subject: Subject, test: &Test) -> bool {
        let thing = match subject {
            Subject::Source => self.source,
            Subject::Target => self.target,
            Subject::Flow => self.flow,
        };
        match test {
            Test::Is(wanted) => {
                self.base.is_a(&thing.type_id, wanted) || self.base.is_a(&thing.generic_type_id, wanted)
            }
            Test::Crosses(wanted) => self.crossed.iter().any(|id| self.base.is_a(id, wanted)),
            Test::Attribute(name, value) => thing.value(name) == Some(value),
        }
    }
}
