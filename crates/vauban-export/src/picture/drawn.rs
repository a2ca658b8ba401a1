//! Places from a drawing people made, kept as far as a legible picture allows.
//!
//! The drawing is zoomed until its boxes hold our text. What then still overlaps is pushed apart, innermost groups
//! first, as little as will do, so that whoever drew it finds everything where it was. Boundaries are drawn tightly
//! around their members. What the drawing lacks gets a free seat near its neighbours. Flows find new ways round the
//! boxes, near the bends they had.
//!
//! The zoom follows from the drawing alone, not from the texts, so that renaming something moves little; only if the
//! labels of flows find no room is everything drawn a step wider.

use vauban_model::drawing::geometry::pixel::{Point, Rect, Size};

use super::engine::{Placement, roomy_sizes, routed};
use super::scene::{GROUP_HEAD, GROUP_PAD, Scene};

/// Free space between boxes, and between boxes and groups: two flows fit between.
const GAP: i32 = 44;
/// The same on a picture that is drawn again: it stood so before, and nothing moves but what would lie on something.
const GAP_AGAIN: i32 = 10;
/// Room between the members of a group and its border: a flow fits between.
const PAD: i32 = GROUP_PAD + 10;
/// A usual box of ours; drawn boxes are zoomed to about this.
pub(crate) const USUAL: Size = Size { width: 144, height: 62 };
/// Zoom in hundredths: least and most.
const ZOOM: (i64, i64) = (40, 300);
/// How much wider each further attempt is, in hundredths.
pub(crate) const WIDER: [i64; 8] = [100, 120, 145, 175, 215, 260, 320, 400];
/// Rounds of pushing apart before the rest is put in order by force.
const ROUNDS: usize = 80;
/// Farthest anything stands from the middle of a drawing.
const FARTHEST: i64 = 60_000;

/// What a drawing says about a scene.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// Where each box was drawn.
    pub(crate) boxes: Vec<Option<Rect>>,
    /// Where each group was drawn.
    pub(crate) groups: Vec<Option<Rect>>,
    /// The bends of each flow.
    pub(crate) courses: Vec<Vec<Point>>,
    /// Boundaries drawn as lines.
    pub(crate) lines: Vec<Vec<Point>>,
    /// The boxes have our sizes already.
    pub(crate) as_they_are: bool,
}

/// A placement, and the lines moved along with it.
pub(crate) struct Redrawn {
    pub(crate) placement: Placement,
    pub(crate) lines: Vec<Vec<Point>>,
}

/// Places `scene` as it was drawn, `wider` hundredths of the usual zoom.
pub(crate) fn place(scene: &Scene, drawn: &Drawn, wider: i64) -> Redrawn {
    let zoom = if drawn.as_they_are { wider } else { zoom(&drawn.boxes) * wider / 100 };
    let sizes = roomy_sizes(scene);
    let mut plan = Plan::new(scene, drawn, &sizes, zoom);
    let before: Vec<Option<Point>> = plan.seats.clone();
    plan.seat_newcomers();
    plan.settle();
    let Plan { seats, groups, .. } = plan;
    let boxes: Vec<Rect> =
        seats.iter().zip(&sizes).map(|(seat, size)| Rect::around(seat.unwrap_or_default(), *size)).collect();
    // Bends and lines move with the boxes around them.
    let moves: Vec<(Point, Point)> = before.iter().zip(&seats).filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
    let moved = |points: &Vec<Point>| points.iter().map(|it| warped(zoomed(*it, zoom), &moves)).collect::<Vec<Point>>();
    let courses: Vec<Vec<Point>> = drawn.courses.iter().map(moved).collect();
    let lines = drawn.lines.iter().map(moved).collect();
    let edges = routed(scene, &boxes, &groups, &courses);
    Redrawn { placement: Placement { boxes, groups, edges }, lines }
}

/// The zoom, in hundredths, at which a usual box of the drawing is as large as a usual box of ours.
fn zoom(boxes: &[Option<Rect>]) -> i64 {
    let median = |mut values: Vec<i32>| {
        values.sort_unstable();
        values.get(values.len() / 2).copied()
    };
    let drawn = || boxes.iter().flatten();
    let width = median(drawn().map(|it| it.width).filter(|it| *it > 0).collect());
    let height = median(drawn().map(|it| it.height).filter(|it| *it > 0).collect());
    let by = |usual: i32, drawn: Option<i32>| i64::from(usual) * 100 / i64::from(drawn.unwrap_or(usual).max(1));
    by(USUAL.width, width).max(by(USUAL.height, height)).clamp(ZOOM.0, ZOOM.1)
}

fn zoomed(point: Point, zoom: i64) -> Point {
    let scale = |value: i32| (i64::from(value) * zoom / 100).clamp(-FARTHEST, FARTHEST);
    let whole = |value: i64| i32::try_from(value).unwrap_or(0);
    Point::new(whole(scale(point.x)), whole(scale(point.y)))
}

/// Moves a point as the boxes around it moved: the mean of their moves, near ones counting most.
fn warped(point: Point, moves: &[(Point, Point)]) -> Point {
    let (mut weights, mut x, mut y) = (0_i64, 0_i64, 0_i64);
    for (before, after) in moves {
        let (dx, dy) = (i64::from(point.x - before.x), i64::from(point.y - before.y));
        let weight = 1_000_000_000 / (dx * dx + dy * dy + 400);
        weights += weight;
        x += weight * i64::from(after.x - before.x);
        y += weight * i64::from(after.y - before.y);
    }
    let by = |sum: i64| i32::try_from(sum / weights.max(1)).unwrap_or(0);
    point.moved(by(x), by(y))
}

/// The picture as it takes shape.
struct Plan<'s> {
    scene: &'s Scene,
    sizes: &'s [Size],
    /// The middle of each box.
    seats: Vec<Option<Point>>,
    groups: Vec<Rect>,
    /// The picture is drawn again: what has its place keeps it.
    again: bool,
    /// Where groups were drawn.
    drawn_groups: Vec<Option<Rect>>,
    /// Members of each group; the last list is the top.
    boxes_in: Vec<Vec<usize>>,
    groups_in: Vec<Vec<usize>>,
}

impl<'s> Plan<'s> {
    fn new(scene: &'s Scene, drawn: &Drawn, sizes: &'s [Size], zoom: i64) -> Self {
        let top = scene.groups.len();
        let mut boxes_in = vec![Vec::new(); top + 1];
        let mut groups_in = vec![Vec::new(); top + 1];
        for (index, item) in scene.boxes.iter().enumerate() {
            if let Some(list) = boxes_in.get_mut(item.group.unwrap_or(top)) {
                list.push(index);
            }
        }
        for (index, group) in scene.groups.iter().enumerate() {
            if let Some(list) = groups_in.get_mut(group.parent.unwrap_or(top)) {
                list.push(index);
            }
        }
        let mut seats: Vec<Option<Point>> =
            drawn.boxes.iter().map(|rect| rect.map(|it| zoomed(it.center(), zoom))).collect();
        seats.resize(scene.boxes.len(), None);
        let mut drawn_groups: Vec<Option<Rect>> = drawn
            .groups
            .iter()
            .map(|rect| {
                let rect = (*rect)?;
                let (low, high) =
                    (zoomed(Point::new(rect.x, rect.y), zoom), zoomed(Point::new(rect.right(), rect.bottom()), zoom));
                Some(Rect::new(low.x, low.y, high.x - low.x, high.y - low.y))
            })
            .collect();
        drawn_groups.resize(top, None);
        let groups = vec![Rect::default(); top];
        Self { scene, sizes, seats, groups, again: drawn.as_they_are, drawn_groups, boxes_in, groups_in }
    }

    fn rect(&self, index: usize) -> Option<Rect> {
        let seat = self.seats.get(index).copied().flatten()?;
        Some(Rect::around(seat, *self.sizes.get(index)?))
    }

    /// The smallest box around the members of a group that have a seat.
    fn extent(&self, group: usize) -> Option<Rect> {
        let mut open = vec![group];
        let mut out: Option<Rect> = None;
        while let Some(at) = open.pop() {
            for rect in self.boxes_in.get(at).into_iter().flatten().filter_map(|it| self.rect(*it)) {
                out = Some(out.map_or(rect, |it| it.union(&rect)));
            }
            open.extend(self.groups_in.get(at).into_iter().flatten());
        }
        out
    }

    /// Gives a seat to each box the drawing lacks: free, and near what it talks with.
    fn seat_newcomers(&mut self) {
        let missing: Vec<usize> = (0..self.scene.boxes.len()).filter(|it| self.rect(*it).is_none()).collect();
        if missing.is_empty() {
            return;
        }
        let top = self.scene.groups.len();
        let mut areas: Vec<Option<Rect>> =
            (0..top).map(|it| self.extent(it).or_else(|| self.drawn_groups.get(it).copied().flatten())).collect();
        // What talks with something that has a seat goes first.
        for round in 0..2 {
            for &index in &missing {
                if self.rect(index).is_some() {
                    continue;
                }
                let ends = self.scene.edges.iter().filter_map(|edge| match (edge.from == index, edge.to == index) {
                    (true, false) => Some(edge.to),
                    (false, true) => Some(edge.from),
                    _ => None,
                });
                let near: Vec<Point> = ends.filter_map(|it| self.seats.get(it).copied().flatten()).collect();
                let group = self.scene.boxes.get(index).and_then(|it| it.group);
                let home = group.and_then(|it| areas.get(it).copied().flatten());
                if near.is_empty() && home.is_none() && round == 0 {
                    continue;
                }
                let seat = self.free_seat(index, &near, home, &areas);
                if let Some(place) = self.seats.get_mut(index) {
                    *place = Some(seat);
                }
                if let (Some(rect), Some(area)) = (self.rect(index), group.and_then(|it| areas.get_mut(it))) {
                    *area = Some(area.map_or(rect, |it| it.union(&rect)));
                }
            }
        }
    }

    /// The free seat that is nearest to where a box would like to be.
    fn free_seat(&self, index: usize, near: &[Point], home: Option<Rect>, areas: &[Option<Rect>]) -> Point {
        let size = self.sizes.get(index).copied().unwrap_or_default();
        let taken: Vec<Rect> = (0..self.scene.boxes.len()).filter_map(|it| self.rect(it)).collect();
        let whole = taken.iter().copied().reduce(|a, b| a.union(&b));
        let count = i32::try_from(near.len()).unwrap_or(1).max(1);
        let wanted = match (near, home, whole) {
            ([_, ..], _, _) => Point::new(
                near.iter().map(|it| it.x / count).sum::<i32>(),
                near.iter().map(|it| it.y / count).sum::<i32>(),
            ),
            (_, Some(home), _) => home.center(),
            (_, _, Some(whole)) => Point::new(whole.center().x, whole.bottom() + 2 * GAP + size.height),
            _ => Point::default(),
        };
        let group = self.scene.boxes.get(index).and_then(|it| it.group);
        let foreign: Vec<Rect> = areas
            .iter()
            .enumerate()
            .filter(|(area, _)| !encloses(self.scene, *area, group))
            .filter_map(|(_, rect)| Some((*rect)?.grown(PAD + 8)))
            .collect();
        let (across, down) = (size.width / 2 + GAP / 2, size.height / 2 + GAP / 2);
        let mut best: Option<(i32, Point)> = None;
        let reach: i32 = 14;
        for row in -reach..=reach {
            for column in -reach..=reach {
                let seat = wanted.moved(column * across, row * down);
                let rect = Rect::around(seat, size);
                let outside = home.map_or(0, |it| it.border_distance(seat) * i32::from(!it.holds(seat)));
                let cost = seat.walk_to(wanted) + 2 * outside;
                if best.is_some_and(|(least, _)| least <= cost) {
                    continue;
                }
                let roomy = rect.grown(GAP);
                let free = !taken.iter().any(|it| it.overlaps(&roomy)) && !foreign.iter().any(|it| it.overlaps(&rect));
                if free {
                    best = Some((cost, seat));
                }
            }
        }
        let below = whole.map_or(wanted, |it| Point::new(it.center().x, it.bottom() + GAP + size.height));
        best.map_or(below, |(_, seat)| seat)
    }

    /// Pushes apart what overlaps, innermost groups first, and draws each group around its members.
    fn settle(&mut self) {
        let top = self.scene.groups.len();
        // Groups stand behind their parents, so going backwards every child is ready; the top comes last.
        for container in (0..top).rev() {
            self.separate(container);
            let rect = self.frame(container);
            if let Some(place) = self.groups.get_mut(container) {
                *place = rect;
            }
        }
        self.separate(top);
    }

    /// The border of a group around its members.
    fn frame(&self, group: usize) -> Rect {
        let boxes = self.boxes_in.get(group).into_iter().flatten().filter_map(|it| self.rect(*it));
        let groups = self.groups_in.get(group).into_iter().flatten().filter_map(|it| self.groups.get(*it).copied());
        let head = self.scene.groups.get(group).map_or(0, |it| it.head_width) + 2 * GROUP_PAD;
        let drawn = self.drawn_groups.get(group).copied().flatten().filter(|_| self.again);
        match boxes.chain(groups).reduce(|a, b| a.union(&b)) {
            Some(inside) => {
                // As large as it was, unless something does not fit any more.
                if let Some(drawn) = drawn {
                    let (side, top) = (GROUP_PAD - 6, GROUP_HEAD - 4);
                    let needed = Rect::new(
                        inside.x - side,
                        inside.y - top,
                        (inside.width + 2 * side).max(head),
                        inside.height + top + side,
                    );
                    return drawn.union(&needed);
                }
                let width = (inside.width + 2 * PAD).max(head);
                let x = inside.center().x - width / 2;
                Rect::new(x, inside.y - GROUP_HEAD - 8, width, inside.height + GROUP_HEAD + 8 + PAD)
            }
            None if drawn.is_some() => drawn.unwrap_or_default(),
            None => {
                // Nobody in it: as drawn, but no larger than a box of ours needs.
                let at = self.drawn_groups.get(group).copied().flatten().unwrap_or_default();
                let size = Size { width: at.width.clamp(head, head + 120), height: at.height.clamp(60, 140) };
                Rect::around(at.center(), size)
            }
        }
    }

    /// Pushes the members of a container apart.
    fn separate(&mut self, container: usize) {
        let boxes = self.boxes_in.get(container).cloned().unwrap_or_default();
        let groups = self.groups_in.get(container).cloned().unwrap_or_default();
        let mut rects: Vec<Rect> = boxes.iter().filter_map(|it| self.rect(*it)).collect();
        rects.extend(groups.iter().filter_map(|it| self.groups.get(*it).copied()));
        if rects.len() != boxes.len() + groups.len() {
            return;
        }
        let before = rects.clone();
        push_apart(&mut rects, if self.again { GAP_AGAIN } else { GAP });
        let moves: Vec<(i32, i32)> = before.iter().zip(&rects).map(|(a, b)| (b.x - a.x, b.y - a.y)).collect();
        for (index, by) in boxes.iter().zip(&moves) {
            self.move_box(*index, *by);
        }
        for (group, by) in groups.iter().zip(moves.iter().skip(boxes.len())) {
            let mut open = vec![*group];
            while let Some(at) = open.pop() {
                if let Some(rect) = self.groups.get_mut(at) {
                    *rect = rect.moved(by.0, by.1);
                }
                for index in self.boxes_in.get(at).cloned().unwrap_or_default() {
                    self.move_box(index, *by);
                }
                open.extend(self.groups_in.get(at).into_iter().flatten());
            }
        }
    }

    fn move_box(&mut self, index: usize, by: (i32, i32)) {
        if let Some(Some(seat)) = self.seats.get_mut(index) {
            *seat = seat.moved(by.0, by.1);
        }
    }
}

/// Whether group `outer` is `inner` or around it.
fn encloses(scene: &Scene, outer: usize, inner: Option<usize>) -> bool {
    let mut at = inner;
    while let Some(group) = at {
        if group == outer {
            return true;
        }
        at = scene.groups.get(group).and_then(|it| it.parent).filter(|&parent| parent < group);
    }
    false
}

/// Moves rectangles until none is nearer to another than `gap`: each pair by as little as will do, along the axis on
/// which they overlap least.
fn push_apart(rects: &mut [Rect], gap: i32) {
    for _ in 0..ROUNDS {
        let mut quiet = true;
        for first in 0..rects.len() {
            for second in first + 1..rects.len() {
                let (Some(a), Some(b)) = (rects.get(first).copied(), rects.get(second).copied()) else { continue };
                let Some((dx, dy)) = push(&a, &b, gap) else { continue };
                quiet = false;
                if let Some(rect) = rects.get_mut(first) {
                    *rect = a.moved(-dx / 2, -dy / 2);
                }
                if let Some(rect) = rects.get_mut(second) {
                    *rect = b.moved(dx - dx / 2, dy - dy / 2);
                }
            }
        }
        if quiet {
            return;
        }
    }
    // They push each other to and fro: put them in order from the left, each where it is or else further right.
    let mut order: Vec<usize> = (0..rects.len()).collect();
    order.sort_by_key(|&at| rects.get(at).map(|it| (it.x, it.y)));
    let mut placed: Vec<Rect> = Vec::with_capacity(rects.len());
    for at in order {
        let Some(rect) = rects.get_mut(at) else { continue };
        while let Some(blocker) = placed.iter().filter(|it| it.grown(gap).overlaps(rect)).map(Rect::right).max() {
            rect.x = blocker + gap;
        }
        placed.push(*rect);
    }
}

/// How far the second of two rectangles has to move away from the first, if they are too near.
fn push(a: &Rect, b: &Rect, gap: i32) -> Option<(i32, i32)> {
    if !a.grown(gap).overlaps(b) {
        return None;
    }
    let (to_right, to_left) = (a.right() + gap - b.x, b.right() + gap - a.x);
    let (down, up) = (a.bottom() + gap - b.y, b.bottom() + gap - a.y);
    // Away from each other's middle, so that the order people drew stays.
    let x = if b.center().x >= a.center().x { to_right } else { -to_left };
    let y = if b.center().y >= a.center().y { down } else { -up };
    Some(if x.abs() <= y.abs() { (x, 0) } else { (0, y) })
}
