//! Puts names where they cover nothing: of groups on a free stretch of their border, of flows along their
//! own line.

use super::engine::Placement;
use super::scene::{self, GROUP_HEAD, GROUP_PAD, GroupFace, Measured, Scene};
use super::text::{self, FLOW};
use rustc_hash::FxHashMap;
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

/// The same for a label that finds no place so.
const FINE_STEP: i32 = 2;
/// How far from a bend of its own flow a label should end.
const CORNER: i32 = 5;
/// Most rounds of moving labels.
const ROUNDS: usize = 6;

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
    /// How bad it is that the label of `edge` is at `area`.
    fn cost(&self, edge: usize, area: &Rect, labels: &[Option<Rect>]) -> i32 {
        let mut near = self.near(edge, area, &[]);
        near.labels = (0..labels.len()).filter(|index| *index != edge).collect();
        near.cost(area, labels, i32::MAX)
    }

    /// What of it a label of `edge` within `reach` could cover; `labels` says where each label is, or can be.
    fn near(&self, edge: usize, reach: &Rect, labels: &[Vec<Rect>]) -> Near {
        let reach = reach.grown(4);
        let touches = |rect: &Rect| rect.overlaps(&reach);
        let crosses = |a: Point, b: Point| reach.crossed_by(a, b);
        let others = self.lines.iter().filter(|(index, a, b)| *index != edge && crosses(*a, *b));
        let own: Vec<(Point, Point)> =
            self.lines.iter().filter(|(index, ..)| *index == edge).map(|&(_, a, b)| (a, b)).collect();
        let all = self.boxes.iter().chain(&self.badges).chain(self.headings);
        let walls = self.walls.iter().flat_map(|points| segments(points));
        let other = |(index, areas): (usize, &Vec<Rect>)| {
            (index != edge && areas.iter().any(|it| it.overlaps(&reach))).then_some(index)
        };
        Near {
            labels: labels.iter().enumerate().filter_map(other).collect(),
            rects: all.filter(|it| touches(it)).copied().collect(),
            lines: others.map(|&(_, a, b)| (a, b)).collect(),
            borders: self.borders.iter().filter(|it| touches(it)).copied().collect(),
            walls: walls.filter(|(a, b)| crosses(*a, *b)).collect(),
            corners: own.iter().skip(1).map(|&(corner, _)| corner).collect(),
        }
    }
}

/// What the label of one flow could cover.
struct Near {
    /// Flows whose labels can come near.
    labels: Vec<usize>,
    rects: Vec<Rect>,
    lines: Vec<(Point, Point)>,
    borders: Vec<Rect>,
    walls: Vec<(Point, Point)>,
    /// Where its own flow bends: a label on a corner hides which way it goes on.
    corners: Vec<Point>,
}

/// Length of the pieces of a page in which what labels could cover is looked up.
const PIECE: i32 = 256;

/// The piece that a label begins in.
fn piece(area: &Rect) -> (i32, i32) {
    (area.x.div_euclid(PIECE), area.y.div_euclid(PIECE))
}

/// Everywhere that labels of a size can be that begin in a piece.
fn of_piece((x, y): (i32, i32), size: Size) -> Rect {
    Rect::new(x.saturating_mul(PIECE), y.saturating_mul(PIECE), PIECE + size.width, PIECE + size.height)
}

impl Near {
    /// What of it a label within `reach` could cover as long as no other label moves; `labels` says where each is. Long
    /// stretches pass nearly everything, a piece of one only what is there.
    fn within(&self, reach: &Rect, labels: &[Option<Rect>]) -> Near {
        let reach = reach.grown(4);
        let touches = |rect: &&Rect| rect.overlaps(&reach);
        let crosses = |(a, b): &&(Point, Point)| reach.crossed_by(*a, *b);
        let comes = |index: &&usize| labels.get(**index).copied().flatten().is_some_and(|it| it.overlaps(&reach));
        Near {
            labels: self.labels.iter().filter(comes).copied().collect(),
            rects: self.rects.iter().filter(touches).copied().collect(),
            lines: self.lines.iter().filter(crosses).copied().collect(),
            borders: self.borders.iter().filter(touches).copied().collect(),
            walls: self.walls.iter().filter(crosses).copied().collect(),
            corners: self.corners.clone(),
        }
    }

    /// How bad it is to put the label at `area`; 0 when it covers nothing. What is not better than `bound` is not
    /// reckoned to the end.
    fn cost(&self, area: &Rect, labels: &[Option<Rect>], bound: i32) -> i32 {
        let roomy = area.grown(2);
        let rects = self.rects.iter().filter(|it| it.overlaps(&roomy)).count();
        if rects > 0 && bound <= 1000 {
            return 1000;
        }
        let others = self.labels.iter().filter_map(|index| labels.get(*index).copied().flatten());
        let labels = others.filter(|it| it.overlaps(&roomy)).count();
        if labels > 0 && bound <= 1000 {
            return 1000;
        }
        let close = area.grown(1);
        let lines = self.lines.iter().filter(|(a, b)| close.crossed_by(*a, *b)).count();
        if lines > 0 && bound <= FAULT {
            return FAULT;
        }
        let borders = self.borders.iter().filter(|it| it.overlaps(area) && !it.grown(-1).contains(area)).count();
        let walls = self.walls.iter().filter(|(a, b)| area.crossed_by(*a, *b)).count();
        let on_corner = self.corners.iter().any(|it| area.grown(CORNER).holds(*it));
        let times = |count: usize, price: i32| i32::try_from(count).unwrap_or(1000).min(1000) * price;
        times(labels + rects, 1000)
            + times(lines, FAULT)
            + times(borders + walls, 10)
            + times(usize::from(on_corner), 5)
    }
}

/// Moves labels that cover something along their own flow, to where they cover least; the sum of what they cover still.
/// When it is done, no label covers a box, another label, a heading or a foreign flow while it would be free elsewhere
/// along its own flow.
pub(crate) fn settle(measured: &Measured, placement: &mut Placement, headings: &[Rect], walls: &[Vec<Point>]) -> i32 {
    let taken = taken(measured, placement, headings, walls);
    let mut labels: Vec<Option<Rect>> = placement.edges.iter().map(|edge| edge.label).collect();
    let flows = || placement.edges.iter().zip(&measured.scene.edges);
    let corridors: Vec<Vec<Rect>> = flows()
        .map(|(route, edge)| match edge.label {
            Some(size) => segments(&route.points).map(|(a, b)| corridor(a, b, size)).collect(),
            None => Vec::new(),
        })
        .collect();
    // Where each label is now, or can come to be.
    let reaches: Vec<Vec<Rect>> =
        corridors.iter().zip(&labels).map(|(areas, now)| areas.iter().chain(now).copied().collect()).collect();
    // For each flow, what labels on each of its stretches could cover.
    let near: Vec<Vec<Near>> = corridors
        .iter()
        .enumerate()
        .map(|(index, areas)| areas.iter().map(|area| taken.near(index, area, &reaches)).collect())
        .collect();
    // Whether something near has moved since a label was looked at.
    let mut stale = vec![true; labels.len()];
    // Each move makes the sum smaller, so that this ends; the bound is for what is hopeless.
    for _ in 0..ROUNDS {
        let mut quiet = true;
        for (index, ((route, edge), near)) in flows().zip(&near).enumerate() {
            let Some(size) = edge.label else { continue };
            match stale.get_mut(index) {
                Some(stale) if *stale => *stale = false,
                _ => continue,
            }
            let current = labels.get(index).copied().flatten();
            let before = current.map(|area| (taken.cost(index, &area, &labels), area));
            let mut best = before;
            let mut pieces: FxHashMap<(usize, (i32, i32)), Near> = FxHashMap::default();
            for step in [STEP, FINE_STEP] {
                // The fine search is for labels that would cover something otherwise.
                let enough = if step == STEP { 1 } else { FAULT };
                if best.is_some_and(|(cost, _)| cost < enough) {
                    break;
                }
                for (stretch, area) in along(&route.points, size, step) {
                    let Some(near) = near.get(stretch) else { continue };
                    let at = piece(&area);
                    let near = pieces.entry((stretch, at)).or_insert_with(|| near.within(&of_piece(at, size), &labels));
                    let bound = best.map_or(i32::MAX, |(least, _)| least);
                    let cost = near.cost(&area, &labels, bound);
                    if cost < bound {
                        best = Some((cost, area));
                    }
                    if cost == 0 {
                        break;
                    }
                }
            }
            if best != before {
                quiet = false;
                for other in near.iter().flat_map(|it| &it.labels) {
                    if let Some(stale) = stale.get_mut(*other) {
                        *stale = true;
                    }
                }
                if let Some(place) = labels.get_mut(index) {
                    *place = best.map(|(_, area)| area);
                }
            }
        }
        if quiet {
            break;
        }
    }
    // Only now is known what the others cover.
    let cost = |(index, label): (usize, &Option<Rect>)| label.map_or(0, |area| taken.cost(index, &area, &labels));
    let left = labels.iter().enumerate().map(cost).fold(0_i32, i32::saturating_add);
    for (edge, label) in placement.edges.iter_mut().zip(labels) {
        edge.label = label;
    }
    left
}

/// The area within which a label on or beside a stretch of its flow can be.
fn corridor(a: Point, b: Point, size: Size) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let (wide, high) = (size.width + 6, size.height + 6);
    Rect::new(x - wide, y - high, (b.x - a.x).abs() + 2 * wide, (b.y - a.y).abs() + 2 * high)
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
/// tooltip. `left` is what labels cover; what they cover still is the answer.
pub(crate) fn shorten(
    measured: &mut Measured,
    placement: &mut Placement,
    headings: &[Rect],
    walls: &[Vec<Point>],
    mut left: i32,
) -> i32 {
    for (max, lines) in [(96, 4), (72, 4), (60, 2), (36, 1)] {
        let labels: Vec<Option<Rect>> = placement.edges.iter().map(|edge| edge.label).collect();
        let bad: Vec<usize> = {
            let taken = taken(measured, placement, headings, walls);
            let is_bad = |index: usize| {
                let label = labels.get(index).copied().flatten();
                label.is_some_and(|it| taken.cost(index, &it, &labels) >= FAULT)
            };
            (0..labels.len()).filter(|index| is_bad(*index)).collect()
        };
        if bad.is_empty() {
            return left;
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
        left = settle(measured, placement, headings, walls);
    }
    left
}

/// Leaves out names that would hide a box, another name or a heading wherever they stood: between two boxes that somebody
/// drew close together there is no room for a word. The tooltip has it.
pub(crate) fn leave_out(measured: &mut Measured, placement: &mut Placement, headings: &[Rect], walls: &[Vec<Point>]) {
    let mut some = false;
    for index in 0..placement.edges.len() {
        // One after the other: where one is gone, its neighbour may stay.
        let hides = {
            let label = placement.edges.get(index).and_then(|edge| edge.label);
            label.is_some_and(|area| {
                let others = placement.edges.iter().enumerate().filter(|(other, _)| *other != index);
                let others = others.filter_map(|(_, edge)| edge.label);
                let mut rects = placement.boxes.iter().chain(headings).copied().chain(others);
                rects.any(|it| it.overlaps(&area))
            })
        };
        let (Some(face), Some(edge)) = (measured.edges.get_mut(index), placement.edges.get_mut(index)) else {
            continue;
        };
        if !hides || face.badge.is_some() {
            continue;
        }
        some = true;
        face.label.clear();
        edge.label = None;
        if let Some(item) = measured.scene.edges.get_mut(index) {
            item.label = None;
        }
    }
    if some {
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
        let places: Vec<Rect> = along(points, size, STEP).into_iter().map(|(_, area)| area).collect();
        let reach = places.iter().copied().reduce(|a, b| a.union(&b)).unwrap_or_default();
        let at: Vec<Vec<Rect>> = labels.iter().map(|it| it.iter().copied().collect()).collect();
        let near = taken.near(index, &reach, &at);
        let best = places.iter().min_by_key(|area| near.cost(area, &labels, i32::MAX)).copied().unwrap_or_default();
        labels.push(Some(best));
        out.push(best);
    }
    out
}

/// Places for a label along a flow, each with the number of its stretch: on the line first, from the middle outwards,
/// then beside it.
fn along(points: &[Point], size: Size, step_length: i32) -> Vec<(usize, Rect)> {
    let mut centers: Vec<(i32, Point, bool, usize)> = Vec::new();
    let total: i32 = segments(points).map(|(a, b)| a.walk_to(b)).sum();
    let mut walked = 0;
    for (stretch, (a, b)) in segments(points).enumerate() {
        let length = a.walk_to(b);
        let steps = (length / step_length).max(1);
        for step in 0..=steps {
            let at = Point::new(a.x + (b.x - a.x) * step / steps, a.y + (b.y - a.y) * step / steps);
            let from_middle = (walked + length * step / steps - total / 2).abs();
            centers.push((from_middle, at, a.y == b.y, stretch));
        }
        walked += length;
    }
    centers.sort_by_key(|&(from_middle, at, ..)| (from_middle, at));
    let on = centers.iter().map(|&(_, at, _, stretch)| (stretch, Rect::around(at, size)));
    let beside = centers.iter().flat_map(|&(_, at, level, stretch)| {
        let (dx, dy) = if level { (0, size.height / 2 + 4) } else { (size.width / 2 + 4, 0) };
        [at.moved(-dx, -dy), at.moved(dx, dy)].map(|it| (stretch, Rect::around(it, size)))
    });
    on.chain(beside).collect()
}
