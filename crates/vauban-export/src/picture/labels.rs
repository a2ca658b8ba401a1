//! Puts names where they cover nothing: of groups on a free stretch of their border, of flows along their
//! own line.

use super::engine::Placement;
use super::scene::{self, GROUP_HEAD, GROUP_PAD, GroupFace, Measured, Scene};
use super::text::{self, FLOW};
use vauban_model::drawing::geometry::pixel::{Point, Rect, Size, segments};

/// Height of a group's heading.
const HEADING: i32 = 20;
/// Steps between the places tried along a flow.
const STEP: i32 = 6;

/// Where the name of each group stands: at the top left of its inside, or as near to that as the flows that
/// cross its upper border allow.
pub(crate) fn headings(scene: &Scene, placement: &Placement) -> Vec<Rect> {
    let lines: Vec<(Point, Point)> = placement.edges.iter().flat_map(|edge| segments(&edge.points)).collect();
    let mut out = Vec::with_capacity(scene.groups.len());
    for (group, rect) in scene.groups.iter().zip(&placement.groups) {
        let size = Size { width: group.head_width, height: HEADING };
        let left = rect.x + GROUP_PAD - 8;
        let last = (rect.right() - size.width - 10).max(left);
        let top = rect.y + (GROUP_HEAD - HEADING) / 2 - 3;
        let near = |area: &Rect| lines.iter().filter(|(a, b)| area.grown(6).crossed_by(*a, *b)).count();
        let mut best: Option<(usize, Rect)> = None;
        let mut x = left;
        loop {
            let area = Rect::new(x, top, size.width, size.height);
            let crossed = near(&area);
            if best.is_none_or(|(least, _)| crossed < least) {
                best = Some((crossed, area));
            }
            if crossed == 0 || x >= last {
                break;
            }
            x = (x + STEP).min(last);
        }
        out.push(best.map(|(_, area)| area).unwrap_or_default());
    }
    out
}

/// The least cost of a label that covers something it may not.
pub(crate) const FAULT: i32 = 100;

/// What a label may not cover.
struct Taken<'p> {
    boxes: &'p [Rect],
    badges: Vec<Rect>,
    headings: &'p [Rect],
    /// The borders of groups: covering one hides where trust ends.
    borders: &'p [Rect],
    lines: Vec<(usize, Point, Point)>,
    /// Boundaries drawn as lines.
    walls: &'p [Vec<Point>],
}

impl Taken<'_> {
    /// How bad it is to put the label of `edge` at `area`; 0 when it covers nothing.
    fn cost(&self, edge: usize, area: &Rect, labels: &[Option<Rect>]) -> i32 {
        let roomy = area.grown(2);
        let mut cost = 0;
        for (index, other) in labels.iter().enumerate() {
            if index != edge && other.is_some_and(|it| it.overlaps(&roomy)) {
                cost += 1000;
            }
        }
        for other in self.boxes.iter().chain(&self.badges).chain(self.headings) {
            if other.overlaps(&roomy) {
                cost += 1000;
            }
        }
        for (index, a, b) in &self.lines {
            if *index != edge && area.grown(1).crossed_by(*a, *b) {
                cost += 100;
            }
        }
        for border in self.borders {
            if border.overlaps(area) && !border.grown(-1).contains(area) {
                cost += 10;
            }
        }
        for (a, b) in self.walls.iter().flat_map(|points| segments(points)) {
            if area.crossed_by(a, b) {
                cost += 10;
            }
        }
        cost
    }
}

/// Moves labels that cover something along their own flow, to where they cover least; the sum of what they cover still.
pub(crate) fn settle(measured: &Measured, placement: &mut Placement, headings: &[Rect], walls: &[Vec<Point>]) -> i32 {
    let taken = taken(measured, placement, headings, walls);
    let mut labels: Vec<Option<Rect>> = placement.edges.iter().map(|edge| edge.label).collect();
    for (index, (route, edge)) in placement.edges.iter().zip(&measured.scene.edges).enumerate() {
        let Some(size) = edge.label else { continue };
        let current = labels.get(index).copied().flatten();
        let mut best = current.map(|area| (taken.cost(index, &area, &labels), area));
        if best.is_some_and(|(cost, _)| cost == 0) {
            continue;
        }
        for area in along(&route.points, size) {
            let cost = taken.cost(index, &area, &labels);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, area));
            }
            if cost == 0 {
                break;
            }
        }
        if let Some(place) = labels.get_mut(index) {
            *place = best.map(|(_, area)| area);
        }
    }
    // Only now is known what the others cover.
    let cost = |(index, label): (usize, &Option<Rect>)| label.map_or(0, |it| taken.cost(index, &it, &labels));
    let left = labels.iter().enumerate().map(cost).fold(0_i32, i32::saturating_add);
    for (edge, label) in placement.edges.iter_mut().zip(labels) {
        edge.label = label;
    }
    left
}

/// Everything that labels have to mind.
fn taken<'p>(
    measured: &Measured,
    placement: &'p Placement,
    headings: &'p [Rect],
    walls: &'p [Vec<Point>],
) -> Taken<'p> {
    let badges = measured
        .boxes
        .iter()
        .zip(&placement.boxes)
        .filter_map(|(face, rect)| Some(scene::badge_rect(face.badge.as_ref()?, rect)))
        .collect();
    let lines = placement
        .edges
        .iter()
        .enumerate()
        .flat_map(|(index, edge)| segments(&edge.points).map(move |(a, b)| (index, a, b)))
        .collect();
    Taken { boxes: &placement.boxes, badges, headings, borders: &placement.groups, lines, walls }
}

/// Wraps labels for which there is no room more narrowly, and cuts them as a last resort: the whole text is in the
/// tooltip.
pub(crate) fn shorten(measured: &mut Measured, placement: &mut Placement, headings: &[Rect], walls: &[Vec<Point>]) {
    for (max, lines) in [(96, 4), (72, 4), (60, 2), (36, 1)] {
        let labels: Vec<Option<Rect>> = placement.edges.iter().map(|edge| edge.label).collect();
        let bad: Vec<usize> = {
            let taken = taken(measured, placement, headings, walls);
            let is_bad = |index: usize| {
                labels.get(index).copied().flatten().is_some_and(|it| taken.cost(index, &it, &labels) >= FAULT)
            };
            (0..labels.len()).filter(|index| is_bad(*index)).collect()
        };
        if bad.is_empty() {
            return;
        }
        for index in bad {
            let (Some(face), Some(edge)) = (measured.edges.get_mut(index), placement.edges.get_mut(index)) else {
                continue;
            };
            face.label = text::wrap(&face.label.join(" "), FLOW, max, lines);
            let size = scene::flow_size(face);
            if let Some(item) = measured.scene.edges.get_mut(index) {
                item.label = size;
            }
            // Back onto the line: a smaller label beside it would be away from it.
            edge.label = super::engine::middle(&edge.points).zip(size).map(|(at, size)| Rect::around(at, size));
        }
        settle(measured, placement, headings, walls);
    }
}

/// Where the names of boundaries drawn as lines stand: at the line, covering as little as can be.
pub(crate) fn line_names(
    measured: &Measured,
    placement: &Placement,
    headings: &[Rect],
    walls: &[Vec<Point>],
    faces: &[(usize, GroupFace)],
) -> Vec<Rect> {
    let taken = taken(measured, placement, headings, walls);
    let mut labels: Vec<Option<Rect>> = placement.edges.iter().map(|edge| edge.label).collect();
    let mut out = Vec::with_capacity(walls.len());
    for (points, (_, face)) in walls.iter().zip(faces) {
        let size = Size { width: scene::head_width(face) + 8, height: HEADING };
        let index = labels.len();
        let places = along(points, size);
        let best = places.iter().min_by_key(|area| taken.cost(index, area, &labels)).copied().unwrap_or_default();
        labels.push(Some(best));
        out.push(best);
    }
    out
}

/// Places for a label along a flow: on the line first, from the middle outwards, then beside it.
fn along(points: &[Point], size: Size) -> Vec<Rect> {
    let mut centers: Vec<(i32, Point, bool)> = Vec::new();
    let total: i32 = segments(points).map(|(a, b)| a.walk_to(b)).sum();
    let mut walked = 0;
    for (a, b) in segments(points) {
        let length = a.walk_to(b);
        let steps = (length / STEP).max(1);
        for step in 0..=steps {
            let at = Point::new(a.x + (b.x - a.x) * step / steps, a.y + (b.y - a.y) * step / steps);
            let from_middle = (walked + length * step / steps - total / 2).abs();
            centers.push((from_middle, at, a.y == b.y));
        }
        walked += length;
    }
    centers.sort_by_key(|&(from_middle, at, _)| (from_middle, at));
    let on = centers.iter().map(|&(_, at, _)| Rect::around(at, size));
    let beside = centers.iter().flat_map(|&(_, at, level)| {
        let (dx, dy) = if level { (0, size.height / 2 + 4) } else { (size.width / 2 + 4, 0) };
        [Rect::around(at.moved(-dx, -dy), size), Rect::around(at.moved(dx, dy), size)]
    });
    on.chain(beside).collect()
}
