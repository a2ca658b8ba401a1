//! From a diagram to places for everything in it.

use super::drawn::{self, Drawn};
use super::engine::{self, LayoutEngine, Placement};
use super::fold::Folding;
use super::labels;
use super::scene::{self, BoxFace, EdgeFace, GroupFace, Measured, Scene};
use super::{Diagram, Direction, Places};
use vauban_model::drawing::geometry::pixel::{Point, Rect, Size, segments, straightened};

/// Room around the whole picture.
const MARGIN: i32 = 14;
/// The sheets a picture is fitted to when choosing between left-to-right and top-to-bottom: a page of a
/// report, lying and upright, in pixels at which the text is read with ease.
const SHEETS: [(i64, i64); 2] = [(1100, 760), (760, 1100)];
/// Weight of a scene beyond which it is folded as for a page.
const HEAVIEST: usize = 8000;
/// Ways looked for in all when a drawing is tried at several widths.
const MOST_WAYS: usize = 400;
/// Widths of labels and headings are told apart in steps of this where a picture's shape is decided.
const WIDTH_CLASS: i32 = 48;
/// A usual label of a flow: two short lines.
const USUAL_LABEL: Size = Size { width: 84, height: 30 };
/// What stands for an engine where places come from a drawing.
pub(crate) const DRAWING: &str = "drawing";
/// Boxes and flows together up to which both directions are tried.
const SMALL: usize = 120;

/// Where everything in a diagram goes, and what is written there. Made by [`layout`], drawn by
/// [`svg`](super::svg()).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
    /// Which way most flows run.
    pub direction: Direction,
    /// The engine that placed it.
    pub engine: &'static str,
    /// The boxes that are drawn.
    pub nodes: Vec<PlacedNode>,
    /// The groups that are drawn, outer ones first.
    pub groups: Vec<PlacedGroup>,
    /// The flows that are drawn.
    pub edges: Vec<PlacedEdge>,
    /// The boundaries that are drawn as lines.
    pub lines: Vec<PlacedLine>,
    /// For each node of the diagram, the entry of `nodes` that shows it.
    pub node_at: Vec<Option<usize>>,
    /// For each group of the diagram, the entry of `groups` that shows it; none if it was folded into a box.
    pub group_at: Vec<Option<usize>>,
    /// For each edge of the diagram, the entry of `edges` that shows it; none if an end does not exist, or
    /// both ends were folded into one box.
    pub edge_at: Vec<Option<usize>>,
}

/// A box in its place: one component, or a folded group of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedNode {
    /// Its place.
    pub rect: Rect,
    /// Index into [`Layout::groups`] of the innermost group around it.
    pub group: Option<usize>,
    pub(crate) face: BoxFace,
}

impl PlacedNode {
    /// The id of the component, or of the folded group.
    pub fn id(&self) -> &str {
        &self.face.id
    }

    /// How many components it stands for, when it is not just one.
    pub fn folded(&self) -> Option<usize> {
        self.face.folded
    }

    /// Where its badge goes, if it has one.
    pub(crate) fn badge_rect(&self) -> Option<Rect> {
        Some(scene::badge_rect(self.face.badge.as_ref()?, &self.rect))
    }
}

/// A group in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedGroup {
    /// Its place.
    pub rect: Rect,
    /// Where its name stands.
    pub heading: Rect,
    /// Index into [`Layout::groups`] of the group around it.
    pub parent: Option<usize>,
    pub(crate) face: GroupFace,
}

/// A boundary without an inside in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedLine {
    /// Index of the group in the diagram.
    pub source: usize,
    /// The points it runs through.
    pub points: Vec<Point>,
    /// Where its name stands.
    pub heading: Rect,
    pub(crate) face: GroupFace,
}

/// A flow in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedEdge {
    /// Its corners, from the border of the box it leaves to the border of the box it enters.
    pub points: Vec<Point>,
    /// Where its label stands, if it has one.
    pub label: Option<Rect>,
    /// Index into [`Layout::nodes`] of the box it leaves.
    pub from: usize,
    /// Index into [`Layout::nodes`] of the box it enters.
    pub to: usize,
    pub(crate) face: EdgeFace,
}

impl PlacedEdge {
    /// The id of the flow; of the first one if it stands for several.
    pub fn id(&self) -> &str {
        &self.face.id
    }

    /// How many flows it stands for.
    pub fn flows(&self) -> usize {
        self.face.flows
    }
}

/// A law of placing, and what breaks it. Indexes are those of the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutFault {
    /// The lists are not as long as the scene's.
    Incomplete,
    /// A box is smaller than its text.
    TooSmall(usize),
    /// Two boxes overlap.
    BoxesOverlap(usize, usize),
    /// Two groups overlap though neither is inside the other.
    GroupsOverlap(usize, usize),
    /// A box is not inside its group.
    BoxOutside(usize),
    /// A group is not inside the group around it.
    GroupOutside(usize),
    /// A box overlaps a group that does not hold it.
    BoxInGroup(usize, usize),
    /// A flow does not start at the border of its source or end at the border of its target.
    Detached(usize),
    /// A flow passes through a box.
    Crosses(usize, usize),
}

impl LayoutFault {
    /// Whether the picture still says what it should, only less well.
    pub const fn is_blemish(self) -> bool {
        matches!(self, Self::Crosses(..))
    }
}

/// Gives everything in `diagram` a place. Never fails; an empty diagram gives an empty layout.
pub fn layout(diagram: &Diagram) -> Layout {
    layout_by(diagram, &[])
}

/// As [`layout`], but asks `engines` before those built in.
pub fn layout_by(diagram: &Diagram, engines: &[&dyn LayoutEngine]) -> Layout {
    layout_in(diagram, engines, Folding::default())
}

/// As [`layout`], but folds a large diagram earlier or later.
pub fn layout_folded(diagram: &Diagram, folding: Folding) -> Layout {
    layout_in(diagram, &[], folding)
}

fn layout_in(diagram: &Diagram, engines: &[&dyn LayoutEngine], folding: Folding) -> Layout {
    let mut measured = scene::measure(diagram, folding);
    // So entangled that a layout would take seconds, and nobody could follow a line in it.
    if folding == Folding::Sheet && engine::weight(&measured.scene) > HEAVIEST {
        measured = scene::measure(diagram, Folding::Page);
    }
    let measured = match redrawn(diagram, measured) {
        Ok(layout) => return layout,
        Err(measured) => *measured,
    };
    let (engine, direction, placement) = best(&measured.scene, engines);
    assemble(measured, engine, direction, placement)
}

/// The placement that fills a page best, of the first engine that gives a sound one.
fn best(scene: &Scene, engines: &[&dyn LayoutEngine]) -> (&'static str, Direction, Placement) {
    let small = scene.boxes.len() + scene.edges.len() <= SMALL;
    for engine in engines.iter().chain(engine::ENGINES) {
        let sound = |direction: Direction| {
            let placement = engine.place(scene, direction).filter(is_sane).map(|it| tidied(scene, it))?;
            let fault = fault(scene, &placement);
            fault.is_none_or(|it| engine.is_last_resort() && it.is_blemish()).then_some(placement)
        };
        let directions = if small { preferred(scene, *engine) } else { [Direction::Down, Direction::Right] };
        let mut found: Option<(Direction, Placement)> = None;
        for direction in directions {
            // A large scene is placed again if it came out as a ribbon, a small one only if it did not come out at all.
            if found.as_ref().is_some_and(|(_, placement)| small || !is_ribbon(placement)) {
                break;
            }
            let Some(placement) = sound(direction) else { continue };
            if found.as_ref().is_none_or(|(_, best)| is_clearly_better(&placement, best)) {
                found = Some((direction, placement));
            }
        }
        if let Some((direction, placement)) = found {
            return (engine.name(), direction, placement);
        }
    }
    // Not reached while the last engine keeps the laws, which a test holds it to; an empty picture otherwise.
    ("none", Direction::Down, Placement::default())
}

/// The directions, the one first in which the scene fills a page better when every box and every label has a usual
/// size. So the direction follows from what is connected with what, and a longer name does not turn the picture.
fn preferred(scene: &Scene, engine: &dyn LayoutEngine) -> [Direction; 2] {
    // Left to right is how the field draws them, but labels are wide and flat, so a large picture is smaller
    // from top to bottom. The second direction has to be clearly better than the first.
    let (right, down) = (Direction::Right, Direction::Down);
    let mut usual = usual(scene.clone());
    for label in usual.edges.iter_mut().filter_map(|edge| edge.label.as_mut()) {
        *label = USUAL_LABEL;
    }
    let place = |direction: Direction| engine.place(&usual, direction).filter(is_sane);
    match (place(right), place(down)) {
        (Some(across), Some(upright)) if is_clearly_better(&upright, &across) => [down, right],
        _ => [right, down],
    }
}

/// Whether a placement can be read better by more than a little.
fn is_clearly_better(placement: &Placement, than: &Placement) -> bool {
    legibility(placement) * 100 > legibility(than) * 120
}

/// A scene whose measures say little about the texts: boxes of the usual size, headings the next of a few.
fn usual(mut scene: Scene) -> Scene {
    for item in &mut scene.boxes {
        item.size = drawn::USUAL;
    }
    for group in &mut scene.groups {
        group.head_width = class(group.head_width);
    }
    scene
}

/// The next of a few widths.
const fn class(width: i32) -> i32 {
    width.saturating_add(WIDTH_CLASS - 1) / WIDTH_CLASS * WIDTH_CLASS
}

/// Whether the picture is far wider than high.
fn is_ribbon(placement: &Placement) -> bool {
    let bounds = bounds(placement);
    bounds.width > 3 * bounds.height
}

/// How large the picture can be drawn on a sheet, in thousandths.
fn legibility(placement: &Placement) -> i64 {
    let bounds = bounds(placement);
    let (width, height) = (i64::from(bounds.width.max(1)), i64::from(bounds.height.max(1)));
    let fitted = SHEETS.map(|(across, down)| (across * 1000 / width).min(down * 1000 / height));
    fitted.into_iter().max().unwrap_or(0).min(1000)
}

/// The rectangle around everything.
fn bounds(placement: &Placement) -> Rect {
    let ends = placement.edges.iter().flat_map(|edge| edge.points.iter().map(|it| Rect::new(it.x, it.y, 0, 0)));
    let labels = placement.edges.iter().filter_map(|edge| edge.label);
    let all = placement.boxes.iter().chain(&placement.groups).copied().chain(ends).chain(labels);
    all.reduce(|a, b| a.union(&b)).unwrap_or_default()
}

/// Whether every number is small enough to reckon with.
fn is_sane(placement: &Placement) -> bool {
    let fine = |value: &i32| value.unsigned_abs() < 100_000_000;
    let labels = placement.edges.iter().filter_map(|edge| edge.label.as_ref());
    let mut rects = placement.boxes.iter().chain(&placement.groups).chain(labels);
    let mut points = placement.edges.iter().flat_map(|edge| &edge.points);
    rects.all(|it| [it.x, it.y, it.width, it.height].iter().all(fine)) && points.all(|it| fine(&it.x) && fine(&it.y))
}

/// Without false corners, which engines leave behind, and without small jogs near the ends of flows.
fn tidied(scene: &Scene, mut placement: Placement) -> Placement {
    for edge in &mut placement.edges {
        edge.points = straightened(&edge.points);
    }
    for index in 0..placement.edges.len() {
        for at_end in [false, true] {
            if let Some((points, label)) = unjogged(scene, &placement, index, at_end)
                && let Some(edge) = placement.edges.get_mut(index)
            {
                edge.points = points;
                edge.label = label;
            }
        }
    }
    placement
}

/// Longest jog that is taken out.
const JOG: i32 = 26;

/// A flow whose first (or last) stretch is moved along the side of its box, so that it runs on without a jog; none if
/// there is no jog, or no room.
fn unjogged(scene: &Scene, placement: &Placement, index: usize, at_end: bool) -> Option<(Vec<Point>, Option<Rect>)> {
    let edge = scene.edges.get(index)?;
    let route = placement.edges.get(index)?;
    let at = if at_end { edge.to } else { edge.from };
    let (rect, corner) = (placement.boxes.get(at)?, scene.boxes.get(at)?.corner);
    let mut points = route.points.clone();
    if at_end {
        points.reverse();
    }
    let [first, second, third, fourth, ..] = *points.as_slice() else { return None };
    let level = first.y == second.y && third.y == fourth.y && second.x == third.x;
    let upright = first.x == second.x && third.x == fourth.x && second.y == third.y;
    // On both sides of the jog the flow runs the same way.
    let onward = |a: i32, b: i32, c: i32, d: i32| (b - a).signum() == (d - c).signum();
    let fits = (level && onward(first.x, second.x, third.x, fourth.x))
        || (upright && onward(first.y, second.y, third.y, fourth.y));
    if !fits || edge.from == edge.to || second.walk_to(third) > JOG {
        return None;
    }
    let (dx, dy) = (third.x - second.x, third.y - second.y);
    let moved = first.moved(dx, dy);
    let corner = corner.min(14);
    let on_side = if level {
        (rect.y + corner..=rect.bottom() - corner).contains(&moved.y)
    } else {
        (rect.x + corner..=rect.right() - corner).contains(&moved.x)
    };
    if !on_side {
        return None;
    }
    // Not onto another flow, nor through a box.
    let near =
        Rect::new(moved.x.min(third.x), moved.y.min(third.y), (third.x - moved.x).abs(), (third.y - moved.y).abs());
    let near = near.grown(9);
    let others = placement.edges.iter().enumerate().filter(|(other, _)| *other != index);
    let beside = |(a, b): (Point, Point)| (if level { a.y == b.y } else { a.x == b.x }) && near.crossed_by(a, b);
    if others.flat_map(|(_, it)| segments(&it.points)).any(beside) {
        return None;
    }
    let badge_free = corner_free(scene, placement, at, moved);
    if !badge_free || placement.boxes.iter().any(|it| it.grown(-1).crossed_by(moved, fourth)) {
        return None;
    }
    let label = route.label.map(|label| if label.crossed_by(first, second) { label.moved(dx, dy) } else { label });
    points.splice(0..3, [moved]);
    if at_end {
        points.reverse();
    }
    let points = straightened(&points);
    let on_line = |label: &Rect| segments(&points).any(|(a, b)| label.crossed_by(a, b));
    let size = |label: Rect| Size { width: label.width, height: label.height };
    let label = label.map(|it| match engine::middle(&points) {
        Some(middle) if !on_line(&it) => Rect::around(middle, size(it)),
        _ => it,
    });
    Some((points, label))
}

/// Whether the end of a flow keeps away from the corners of a box, where a badge may stand.
fn corner_free(scene: &Scene, placement: &Placement, at: usize, end: Point) -> bool {
    let (Some(item), Some(rect)) = (scene.boxes.get(at), placement.boxes.get(at)) else { return false };
    let top = end.y <= rect.y + 1;
    let right = end.x >= rect.right() - 1;
    !(top && end.x > rect.right() - item.corner || right && end.y < rect.y + item.corner.min(22))
}

/// The first law that `placement` breaks, if it breaks one.
pub(crate) fn fault(scene: &Scene, placement: &Placement) -> Option<LayoutFault> {
    let lengths = placement.boxes.len() == scene.boxes.len()
        && placement.groups.len() == scene.groups.len()
        && placement.edges.len() == scene.edges.len();
    if !lengths {
        return Some(LayoutFault::Incomplete);
    }
    for (index, (rect, wanted)) in placement.boxes.iter().zip(&scene.boxes).enumerate() {
        if rect.width < wanted.size.width || rect.height < wanted.size.height {
            return Some(LayoutFault::TooSmall(index));
        }
        if let Some(other) = placement.boxes.iter().skip(index + 1).position(|it| it.overlaps(rect)) {
            return Some(LayoutFault::BoxesOverlap(index, index + 1 + other));
        }
        if wanted.group.and_then(|it| placement.groups.get(it)).is_some_and(|group| !group.contains(rect)) {
            return Some(LayoutFault::BoxOutside(index));
        }
        for (at, group) in placement.groups.iter().enumerate() {
            if group.overlaps(rect) && !encloses(scene, at, wanted.group) {
                return Some(LayoutFault::BoxInGroup(index, at));
            }
        }
    }
    for (index, (rect, group)) in placement.groups.iter().zip(&scene.groups).enumerate() {
        if group.parent.and_then(|it| placement.groups.get(it)).is_some_and(|outer| !outer.contains(rect)) {
            return Some(LayoutFault::GroupOutside(index));
        }
        for (at, other) in placement.groups.iter().enumerate().skip(index + 1) {
            let nested = encloses(scene, index, Some(at)) || encloses(scene, at, Some(index));
            if other.overlaps(rect) && !nested {
                return Some(LayoutFault::GroupsOverlap(index, at));
            }
        }
    }
    for (index, (route, edge)) in placement.edges.iter().zip(&scene.edges).enumerate() {
        let at_border = |point: Option<&Point>, at: usize| {
            let rect = placement.boxes.get(at);
            point.zip(rect).is_some_and(|(point, rect)| rect.border_distance(*point) <= 1)
        };
        let attached = at_border(route.points.first(), edge.from) && at_border(route.points.last(), edge.to);
        if route.points.len() < 2 || !attached {
            return Some(LayoutFault::Detached(index));
        }
        for (at, rect) in placement.boxes.iter().enumerate() {
            let inside = rect.grown(-1);
            if segments(&route.points).any(|(a, b)| inside.crossed_by(a, b)) {
                return Some(LayoutFault::Crosses(index, at));
            }
        }
    }
    None
}

/// Whether group `outer` is `inner` or around it.
fn encloses(scene: &Scene, outer: usize, inner: Option<usize>) -> bool {
    let mut at = inner;
    while let Some(group) = at {
        if group == outer {
            return true;
        }
        // Parents stand before their children, so this always goes down and ends.
        at = scene.groups.get(group).and_then(|it| it.parent).filter(|&parent| parent < group);
    }
    false
}

/// The picture with the places of its drawing, if it has any; the measured diagram back if not.
fn redrawn(diagram: &Diagram, measured: Measured) -> Result<Layout, Box<Measured>> {
    let Some(places) = &diagram.places else { return Err(Box::new(measured)) };
    let drawn = drawn_scene(diagram, places, &measured);
    if drawn.boxes.iter().all(Option::is_none) {
        return Err(Box::new(measured));
    }
    // Time is bounded: the more flows there are, the fewer widths are tried.
    // A picture that is drawn again stays as wide as it was, or everything would move.
    let most = if drawn.as_they_are { 1 } else { drawn::WIDER.len() };
    let attempts = (MOST_WAYS / measured.scene.edges.len().max(1)).clamp(1, most);
    let widths = drawn::WIDER.get(..attempts).unwrap_or_default();
    let first = if attempts > 1 { roomy_width(&measured, &drawn, widths) } else { 0 };
    let mut best: Option<Redrawing> = None;
    for wider in widths.iter().skip(first) {
        let Some(mut attempt) = redrawing(measured.clone(), &drawn, *wider) else { continue };
        attempt.shorten();
        let done = attempt.is_fine();
        if best.as_ref().is_none_or(|least| attempt.cost() < least.cost()) {
            best = Some(attempt);
        }
        if done {
            break;
        }
    }
    let Some(Redrawing { mut measured, mut placement, lines, headings, covered, .. }) = best else {
        return Err(Box::new(measured));
    };
    if covered >= 10 * labels::FAULT {
        labels::leave_out(&mut measured, &mut placement, &headings, &lines);
    }
    let faces: Vec<(usize, GroupFace)> = places
        .lines
        .iter()
        .filter_map(|(group, _)| Some((*group, scene::group_face(diagram.groups.get(*group)?, *group))))
        .collect();
    let names = labels::line_names(&measured, &placement, &headings, &lines, &faces);
    let lines = faces.into_iter().zip(lines).zip(names);
    let lines = lines.map(|(((source, face), points), heading)| PlacedLine { source, points, heading, face }).collect();
    Ok(finish(measured, DRAWING, Direction::Right, placement, headings, lines))
}

/// A drawing at one width, with what is wrong with it.
struct Redrawing {
    measured: Measured,
    placement: Placement,
    lines: Vec<Vec<Point>>,
    headings: Vec<Rect>,
    /// Price of flows that pass behind boxes.
    blemish: i32,
    /// Price of what labels cover.
    covered: i32,
}

impl Redrawing {
    const fn cost(&self) -> i32 {
        self.blemish.saturating_add(self.covered)
    }

    /// Crossing a border of a group or a line is no fault.
    const fn is_fine(&self) -> bool {
        self.cost() < labels::FAULT
    }

    /// Makes labels smaller where they have no room.
    fn shorten(&mut self) {
        if self.covered >= labels::FAULT {
            let Self { measured, placement, headings, lines, covered, .. } = self;
            *covered = labels::shorten(measured, placement, headings, lines, *covered);
        }
    }
}

/// The drawing at one width; none if it breaks a law that is no mere blemish.
fn redrawing(measured: Measured, drawn: &Drawn, wider: i64) -> Option<Redrawing> {
    let drawn::Redrawn { placement, lines } = drawn::place(&measured.scene, drawn, wider);
    if !is_sane(&placement) {
        return None;
    }
    let mut placement = tidied(&measured.scene, placement);
    let blemish = match fault(&measured.scene, &placement) {
        None => 0,
        Some(it) if it.is_blemish() => 2000,
        Some(_) => return None,
    };
    let headings = labels::headings(&measured.scene, &placement);
    let covered = labels::settle(&measured, &mut placement, &headings, &lines);
    Some(Redrawing { measured, placement, lines, headings, blemish, covered })
}

/// Which of some widths gives labels room when every box has the size of a usual one, and every label the next of a few
/// sizes. So the width follows from the drawing, and a longer name does not move everything.
fn roomy_width(measured: &Measured, drawn: &Drawn, widths: &[i64]) -> usize {
    let mut measured = measured.clone();
    // What the drawing lacks has no say either.
    let has_place = |at: usize| drawn.boxes.get(at).is_some_and(Option::is_some);
    let mut count = 0;
    let kept: Vec<Option<usize>> = (0..measured.scene.boxes.len())
        .map(|at| {
            let index = has_place(at).then_some(count);
            count += usize::from(index.is_some());
            index
        })
        .collect();
    let mut at = 0..;
    measured.scene.boxes.retain(|_| at.next().is_some_and(has_place));
    let mut at = 0..;
    measured.boxes.retain(|_| at.next().is_some_and(has_place));
    let new_end = |end: usize| kept.get(end).copied().flatten();
    let mut courses = drawn.courses.iter();
    let mut kept_courses = Vec::new();
    measured.scene.edges.retain_mut(|edge| {
        let course = courses.next().cloned().unwrap_or_default();
        let (Some(from), Some(to)) = (new_end(edge.from), new_end(edge.to)) else { return false };
        (edge.from, edge.to) = (from, to);
        kept_courses.push(course);
        true
    });
    let drawn = Drawn {
        boxes: drawn.boxes.iter().filter(|it| it.is_some()).copied().collect(),
        groups: drawn.groups.clone(),
        courses: kept_courses,
        lines: drawn.lines.clone(),
        as_they_are: drawn.as_they_are,
    };
    measured.scene = usual(measured.scene);
    for label in measured.scene.edges.iter_mut().filter_map(|edge| edge.label.as_mut()) {
        label.width = class(label.width);
    }
    let mut best: Option<(i32, usize)> = None;
    for (index, wider) in widths.iter().enumerate() {
        let Some(attempt) = redrawing(measured.clone(), &drawn, *wider) else { continue };
        if best.is_none_or(|(least, _)| attempt.cost() < least) {
            best = Some((attempt.cost(), index));
        }
        if attempt.is_fine() {
            break;
        }
    }
    best.map_or(0, |(_, index)| index)
}

/// What a drawing says about what is left after folding.
fn drawn_scene(diagram: &Diagram, places: &Places, measured: &Measured) -> Drawn {
    let sane = |rect: &Rect| {
        let far = |value: i32| value.unsigned_abs() > 1_000_000;
        !([rect.x, rect.y, rect.width, rect.height].into_iter().any(far) || rect.width < 0 || rect.height < 0)
    };
    let mut boxes: Vec<Vec<Rect>> = vec![Vec::new(); measured.boxes.len()];
    for (rect, at) in places.nodes.iter().zip(&measured.node_at) {
        if let (Some(rect), Some(list)) = (rect.filter(sane), at.and_then(|it| boxes.get_mut(it))) {
            list.push(rect);
        }
    }
    // A box that stands for several is in their middle, as large as one.
    let middle = |rects: Vec<Rect>| {
        let count = i32::try_from(rects.len()).unwrap_or(1);
        let first = *rects.first()?;
        let mean = |of: fn(&Rect) -> i32| rects.iter().map(|it| of(it) / count).sum::<i32>();
        Some(if count == 1 { first } else { Rect::new(mean(|it| it.x), mean(|it| it.y), first.width, first.height) })
    };
    let mut groups = vec![None; measured.groups.len()];
    for (rect, at) in places.groups.iter().zip(&measured.group_at) {
        if let (Some(rect), Some(place)) = (rect.filter(sane), at.and_then(|it| groups.get_mut(it))) {
            *place = Some(rect);
        }
    }
    let mut courses = vec![Vec::new(); measured.edges.len()];
    for (bends, at) in places.bends.iter().zip(&measured.edge_at) {
        if let Some(place) = at.and_then(|it| courses.get_mut(it)) {
            *place = bends.clone();
        }
    }
    let known = |group: &usize| diagram.groups.get(*group).is_some();
    let lines = places.lines.iter().filter(|(group, _)| known(group)).map(|(_, points)| points.clone()).collect();
    Drawn { boxes: boxes.into_iter().map(middle).collect(), groups, courses, lines, as_they_are: places.as_they_are }
}

/// Joins places and faces, moves the picture to the origin, and settles what only now can be settled.
fn assemble(measured: Measured, engine: &'static str, direction: Direction, mut placement: Placement) -> Layout {
    let headings = labels::headings(&measured.scene, &placement);
    labels::settle(&measured, &mut placement, &headings, &[]);
    finish(measured, engine, direction, placement, headings, Vec::new())
}

/// Moves the picture to the origin.
fn finish(
    measured: Measured,
    engine: &'static str,
    direction: Direction,
    placement: Placement,
    headings: Vec<Rect>,
    mut lines: Vec<PlacedLine>,
) -> Layout {
    let drawn_lines = lines.iter().flat_map(|line| {
        line.points.iter().map(|it| Rect::new(it.x, it.y, 0, 0)).chain([line.heading]).collect::<Vec<Rect>>()
    });
    let bounds = drawn_lines.fold(bounds(&placement), |all, one| all.union(&one));
    let (dx, dy) = (MARGIN - bounds.x, MARGIN - bounds.y);

    let mut nodes = Vec::with_capacity(measured.boxes.len());
    for ((face, rect), item) in measured.boxes.into_iter().zip(&placement.boxes).zip(&measured.scene.boxes) {
        nodes.push(PlacedNode { rect: rect.moved(dx, dy), group: item.group, face });
    }
    let mut groups = Vec::with_capacity(measured.groups.len());
    let places = placement.groups.iter().zip(headings).zip(&measured.scene.groups);
    for (face, ((rect, heading), item)) in measured.groups.into_iter().zip(places) {
        let (rect, heading) = (rect.moved(dx, dy), heading.moved(dx, dy));
        groups.push(PlacedGroup { rect, heading, parent: item.parent, face });
    }
    let mut edges = Vec::with_capacity(measured.edges.len());
    for ((face, route), item) in measured.edges.into_iter().zip(placement.edges).zip(&measured.scene.edges) {
        let points = route.points.iter().map(|point| point.moved(dx, dy)).collect();
        let label = route.label.map(|rect| rect.moved(dx, dy));
        edges.push(PlacedEdge { points, label, from: item.from, to: item.to, face });
    }
    for line in &mut lines {
        line.points = line.points.iter().map(|it| it.moved(dx, dy)).collect();
        line.heading = line.heading.moved(dx, dy);
    }
    Layout {
        lines,
        width: bounds.width + 2 * MARGIN,
        height: bounds.height + 2 * MARGIN,
        direction,
        engine,
        nodes,
        groups,
        edges,
        node_at: measured.node_at,
        group_at: measured.group_at,
        edge_at: measured.edge_at,
    }
}
