//! Puts names where they cover nothing: of groups on a free stretch of their border, of flows along their
//! own line.

use super::engine::Placement;
use super::geometry::{Point, Rect, Size, segments};
use super::scene::{self, GROUP_HEAD, GROUP_PAD, Measured, Scene};

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

/// What a label may not cover.
struct Taken<'p> {
    boxes: &'p [Rect],
    badges: Vec<Rect>,
    headings: &'p [Rect],
    /// The borders of groups: covering one hides where trust ends.
    borders: &'p [Rect],
    lines: Vec<(usize, Point, Point)>,
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
        cost
    }
}

/// Moves labels that cover something along their own flow, to where they cover least.
pub(crate) fn settle(measured: &Measured, placement: &mut Placement, headings: &[Rect]) {
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
    let taken = Taken { boxes: &placement.boxes, badges, headings, borders: &placement.groups, lines };
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
    for (edge, label) in placement.edges.iter_mut().zip(labels) {
        edge.label = label;
    }
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
