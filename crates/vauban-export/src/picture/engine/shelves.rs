//! A small layout of our own: members of a group in rows, flows routed round the boxes.
//!
//! It stands behind ELK for scenes ELK gives no sound answer to, and replaces it where the owner of a build
//! leaves ELK out. Rows follow the flows (a box stands below those that feed it), and each flow takes the
//! cheapest orthogonal way over a grid laid through the free space (A*, with bends, crossings and shared
//! stretches priced). Work is bounded by a budget; a flow that finds no way in time gets a plain one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Direction, LayoutEngine, Placement, Route};
use crate::picture::geometry::{Point, Rect, Size, straightened};
use crate::picture::scene::{GROUP_HEAD, GROUP_PAD, Scene};

/// Free space between members of a row, and between rows. Flows and their labels run here.
const GAP: Size = Size { width: 64, height: 72 };
/// Room around the whole.
const EDGE: i32 = 40;
/// Widest a row may grow before it is broken.
const WIDEST: i32 = 1500;
/// How far outside a box a flow has left it.
const EXIT: i32 = 14;
/// Least distance between two flows on one side of a box.
const PORT: i32 = 16;
/// Price of a bend, in pixels of way.
const BEND: u32 = 40;
/// Price of running along another flow for one step of the grid, in pixels of way.
const SHARED: u32 = 160;
/// Price of crossing another flow.
const CROSSING: u32 = 12;
/// Points of the grid looked at for a whole scene: well under a second.
const BUDGET: usize = 1_000_000;
/// Most points of a grid; a larger one would cost more to clear than to search.
const LARGEST: usize = 4_000_000;

/// Rows of boxes, flows round them.
pub(crate) struct Shelves;

impl LayoutEngine for Shelves {
    fn name(&self) -> &'static str {
        "shelves"
    }

    fn is_last_resort(&self) -> bool {
        true
    }

    /// Rows run across whatever the direction, so only one of them is answered.
    fn place(&self, scene: &Scene, direction: Direction) -> Option<Placement> {
        if direction == Direction::Right {
            return None;
        }
        let (boxes, groups) = Rows::of(scene).placed();
        let edges = Router::new(scene, &boxes).route_all(scene);
        Some(Placement { boxes, groups, edges })
    }
}

/// A member of a container: a box or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    Box(usize),
    Group(usize),
}

/// Arranges members in rows, innermost groups first.
struct Rows<'s> {
    scene: &'s Scene,
    /// Members of each group; the last list is the top.
    members: Vec<Vec<Member>>,
    box_sizes: Vec<Size>,
    group_sizes: Vec<Size>,
    /// Where each member stands in its container.
    box_offsets: Vec<Point>,
    group_offsets: Vec<Point>,
}

impl<'s> Rows<'s> {
    fn of(scene: &'s Scene) -> Self {
        let top = scene.groups.len();
        let mut members = vec![Vec::new(); top + 1];
        for (index, item) in scene.boxes.iter().enumerate() {
            if let Some(list) = members.get_mut(item.group.unwrap_or(top)) {
                list.push(Member::Box(index));
            }
        }
        for (index, group) in scene.groups.iter().enumerate() {
            if let Some(list) = members.get_mut(group.parent.unwrap_or(top)) {
                list.push(Member::Group(index));
            }
        }
        // A box with many flows grows until each has a place on its border.
        let ties = ties(scene);
        let grown = |(item, ties): (&crate::picture::scene::SceneBox, &i32)| Size {
            width: item.size.width.max(PORT * (ties / 3 + 2)),
            height: item.size.height.max(PORT * (ties / 6 + 2)),
        };
        Self {
            members,
            box_sizes: scene.boxes.iter().zip(&ties).map(grown).collect(),
            group_sizes: vec![Size::default(); top],
            box_offsets: vec![Point::default(); scene.boxes.len()],
            group_offsets: vec![Point::default(); top],
            scene,
        }
    }

    fn placed(mut self) -> (Vec<Rect>, Vec<Rect>) {
        let top = self.scene.groups.len();
        for (index, group) in self.scene.groups.iter().enumerate().rev() {
            let content = self.arrange(index, Point::new(GROUP_PAD + 12, GROUP_HEAD + 8));
            if let Some(size) = self.group_sizes.get_mut(index) {
                size.width = (content.width + 2 * (GROUP_PAD + 12)).max(group.head_width + 2 * GROUP_PAD);
                size.height = content.height + GROUP_HEAD + GROUP_PAD + 20;
            }
        }
        self.arrange(top, Point::new(EDGE, EDGE));
        let mut groups: Vec<Rect> = Vec::with_capacity(top);
        let origin = |groups: &[Rect], around: Option<usize>| {
            around.and_then(|it| groups.get(it)).map_or(Point::default(), |it| Point::new(it.x, it.y))
        };
        for ((group, offset), size) in self.scene.groups.iter().zip(&self.group_offsets).zip(&self.group_sizes) {
            let corner = origin(&groups, group.parent).moved(offset.x, offset.y);
            groups.push(Rect::new(corner.x, corner.y, size.width, size.height));
        }
        let mut boxes = Vec::with_capacity(self.scene.boxes.len());
        for ((item, offset), size) in self.scene.boxes.iter().zip(&self.box_offsets).zip(&self.box_sizes) {
            let corner = origin(&groups, item.group).moved(offset.x, offset.y);
            boxes.push(Rect::new(corner.x, corner.y, size.width, size.height));
        }
        (boxes, groups)
    }

    /// Places the members of one container from `corner` on; the size they take.
    fn arrange(&mut self, container: usize, corner: Point) -> Size {
        let members = self.members.get(container).cloned().unwrap_or_default();
        let layers = self.layers(container, &members);
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by_key(|&at| (layers.get(at).copied().unwrap_or(0), at));
        let (mut x, mut y, mut tallest) = (0, 0, 0);
        let mut taken = Size::default();
        let mut layer = None;
        for at in order {
            let Some(&member) = members.get(at) else { continue };
            let size = match member {
                Member::Box(index) => self.box_sizes.get(index),
                Member::Group(index) => self.group_sizes.get(index),
            };
            let size = size.copied().unwrap_or_default();
            let next_layer = layers.get(at).copied();
            if x > 0 && (layer != next_layer || x + size.width > WIDEST) {
                (x, y, tallest) = (0, y + tallest + GAP.height, 0);
            }
            layer = next_layer;
            let place = match member {
                Member::Box(index) => self.box_offsets.get_mut(index),
                Member::Group(index) => self.group_offsets.get_mut(index),
            };
            if let Some(place) = place {
                *place = corner.moved(x, y);
            }
            x += size.width + GAP.width;
            tallest = tallest.max(size.height);
            taken = Size { width: taken.width.max(x - GAP.width), height: taken.height.max(y + tallest) };
        }
        taken
    }

    /// The row of each member: one below the lowest that feeds it, flows that would close a circle aside.
    fn layers(&self, container: usize, members: &[Member]) -> Vec<usize> {
        let position = |member: Member| members.binary_search(&member).ok();
        let mut feeds = vec![Vec::new(); members.len()];
        for edge in &self.scene.edges {
            let ends = [edge.from, edge.to].map(|it| self.ancestor(it, container).and_then(position));
            if let [Some(from), Some(to)] = ends
                && from != to
                && let Some(list) = feeds.get_mut(from)
            {
                list.push(to);
            }
        }
        super::layering(&feeds)
    }

    /// The member of `container` that is, or holds, box `index`.
    fn ancestor(&self, index: usize, container: usize) -> Option<Member> {
        let top = self.scene.groups.len();
        let mut member = Member::Box(index);
        let mut around = self.scene.boxes.get(index)?.group.unwrap_or(top);
        while around != container {
            let group = self.scene.groups.get(around)?;
            member = Member::Group(around);
            around = group.parent.unwrap_or(top);
        }
        Some(member)
    }
}

/// How many ends of flows each box has.
fn ties(scene: &Scene) -> Vec<i32> {
    let mut ties = vec![0; scene.boxes.len()];
    for edge in &scene.edges {
        for end in [edge.from, edge.to] {
            if let Some(count) = ties.get_mut(end) {
                *count += 1;
            }
        }
    }
    ties
}

/// A place on the border of a box where a flow may end, and the point outside where it has left the box.
#[derive(Debug, Clone, Copy)]
struct Port {
    at: Point,
    exit: Point,
}

/// Finds ways over a grid laid through the free space.
struct Router<'b> {
    boxes: &'b [Rect],
    ports: Vec<Vec<Option<Port>>>,
    xs: Vec<i32>,
    ys: Vec<i32>,
    /// Points too near a box.
    blocked: Vec<bool>,
    /// Flows along the step right of, and below, each point.
    level_use: Vec<u8>,
    upright_use: Vec<u8>,
    /// What the search of the current flow knows of each point, entered along each axis.
    known: Vec<Known>,
    /// Number of that search; what others left behind is not cleared but ignored.
    search: u32,
    budget: usize,
}

/// The best way found to a point.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    search: u32,
    price: u32,
    before: u32,
}

/// Says that a way begins here.
const START: u32 = u32::MAX;

/// A point to look at, ordered by price of the way so far and still to go.
type Open = Reverse<(u32, u32, usize, u8)>;

impl<'b> Router<'b> {
    fn new(scene: &Scene, boxes: &'b [Rect]) -> Self {
        let ports: Vec<Vec<Option<Port>>> = boxes
            .iter()
            .zip(&scene.boxes)
            .zip(ties(scene))
            .map(|((rect, item), ties)| ports_of(rect, item.corner, ties))
            .collect();
        let exits = || ports.iter().flatten().flatten().map(|port| port.exit);
        let sorted = |mut values: Vec<i32>| {
            values.sort_unstable();
            values.dedup();
            values
        };
        // Lines through every exit, and a few more in the free space so that flows can run side by side.
        let lanes = |low: i32, high: i32| [low - 44, low - 34, low - 24, high + 24, high + 34, high + 44];
        let xs = exits().map(|it| it.x).chain(boxes.iter().flat_map(|it| lanes(it.x, it.right())));
        let ys = exits().map(|it| it.y).chain(boxes.iter().flat_map(|it| lanes(it.y, it.bottom())));
        let (xs, ys) = (sorted(xs.collect()), sorted(ys.collect()));
        let count = if xs.len() * ys.len() <= LARGEST { xs.len() * ys.len() } else { 0 };
        let mut blocked = vec![false; count];
        for rect in boxes {
            let near = rect.grown(EXIT - 4);
            let columns = xs.partition_point(|&x| x < near.x)..xs.partition_point(|&x| x <= near.right());
            let rows = ys.partition_point(|&y| y < near.y)..ys.partition_point(|&y| y <= near.bottom());
            for row in rows {
                for column in columns.clone() {
                    if let Some(place) = blocked.get_mut(row * xs.len() + column) {
                        *place = true;
                    }
                }
            }
        }
        Self {
            boxes,
            ports,
            blocked,
            level_use: vec![0; count],
            upright_use: vec![0; count],
            known: vec![Known::default(); count * 2],
            search: 0,
            budget: if count > 0 { BUDGET } else { 0 },
            xs,
            ys,
        }
    }

    fn route_all(mut self, scene: &Scene) -> Vec<Route> {
        // Short flows first: they have the fewest ways to go.
        let mut order: Vec<usize> = (0..scene.edges.len()).collect();
        order.sort_by_key(|&index| {
            let length = scene
                .edges
                .get(index)
                .and_then(|edge| Some(self.boxes.get(edge.from)?.center().walk_to(self.boxes.get(edge.to)?.center())));
            (length, index)
        });
        let mut routes = vec![Route::default(); scene.edges.len()];
        for index in order {
            let Some(edge) = scene.edges.get(index) else { continue };
            let points = self.route(edge.from, edge.to).unwrap_or_else(|| self.plain(edge.from, edge.to));
            if let Some(route) = routes.get_mut(index) {
                // The label goes to the middle now and is moved where it fits later.
                let label = edge.label.zip(middle(&points)).map(|(size, at)| Rect::around(at, size));
                *route = Route { points, label };
            }
        }
        routes
    }

    fn index_of(&self, point: Point) -> Option<usize> {
        let column = self.xs.binary_search(&point.x).ok()?;
        let row = self.ys.binary_search(&point.y).ok()?;
        Some(row * self.xs.len() + column)
    }

    fn point_of(&self, index: usize) -> Option<Point> {
        let width = self.xs.len().max(1);
        Some(Point::new(*self.xs.get(index % width)?, *self.ys.get(index / width)?))
    }

    /// The cheapest way from a free port of one box to a free port of another.
    fn route(&mut self, from: usize, to: usize) -> Option<Vec<Point>> {
        let width = self.xs.len();
        let starts: Vec<(usize, Port)> = self.free_ports(from);
        let goals: Vec<(usize, Port)> = self.free_ports(to);
        let goal_rect = *self.boxes.get(to)?;
        let rest = |point: Point| u32::try_from(goal_rect.border_distance(point)).unwrap_or(0);
        self.search += 1;
        let search = self.search;
        let mut open: BinaryHeap<Open> = BinaryHeap::new();
        for (_, port) in &starts {
            let Some(index) = self.index_of(port.exit) else { continue };
            let axis = u8::from(port.at.x == port.exit.x);
            if !self.blocked.get(index).copied().unwrap_or(true)
                && let Some(known) = self.known.get_mut(index * 2 + usize::from(axis))
            {
                *known = Known { search, price: 0, before: START };
                open.push(Reverse((rest(port.exit), 0, index, axis)));
            }
        }
        let mut found = None;
        'search: while let Some(Reverse((_, price, index, axis))) = open.pop() {
            let state = index * 2 + usize::from(axis);
            if self.known.get(state).is_none_or(|it| it.price < price) {
                continue;
            }
            self.budget = self.budget.checked_sub(1)?;
            let here = self.point_of(index)?;
            for (slot, port) in &goals {
                let arrives = port.exit == here && (port.at.x == here.x) == (axis == 1);
                // A loop has to go somewhere before it comes back.
                if arrives && (from != to || price > 0) {
                    found = Some((state, *slot, *port));
                    break 'search;
                }
            }
            let (column, row) = (index % width, index / width);
            let steps = [
                (column + 1 < width).then(|| (index + 1, 0_u8, index)),
                (column > 0).then(|| (index - 1, 0, index - 1)),
                (row + 1 < self.ys.len()).then(|| (index + width, 1, index)),
                (row > 0).then(|| (index - width, 1, index - width)),
            ];
            for (next, next_axis, stretch) in steps.into_iter().flatten() {
                if self.blocked.get(next).copied().unwrap_or(true) {
                    continue;
                }
                // A step never jumps a box: every box has lines of its own through its middle, and these are
                // blocked where they pass it.
                let there = self.point_of(next)?;
                let (along, across) = if next_axis == 0 {
                    (&self.level_use, &self.upright_use)
                } else {
                    (&self.upright_use, &self.level_use)
                };
                let used = |list: &[u8], at: usize| u32::from(list.get(at).copied().unwrap_or(0));
                let mut cost = u32::try_from(here.walk_to(there)).unwrap_or(0);
                cost += SHARED * used(along, stretch) + CROSSING * used(across, next).min(1);
                if next_axis != axis {
                    cost += BEND;
                }
                let price = price.saturating_add(cost);
                let state_there = next * 2 + usize::from(next_axis);
                let Some(known) = self.known.get_mut(state_there) else { continue };
                if known.search != search || price < known.price {
                    *known = Known { search, price, before: u32::try_from(state).unwrap_or(START) };
                    open.push(Reverse((price.saturating_add(rest(there)), price, next, next_axis)));
                }
            }
        }
        let (mut state, goal_slot, goal) = found?;
        let mut points = vec![goal.at];
        let mut cells = Vec::new();
        loop {
            cells.push(state / 2);
            points.push(self.point_of(state / 2)?);
            match self.known.get(state) {
                Some(known) if known.before != START => state = usize::try_from(known.before).ok()?,
                _ => break,
            }
        }
        let first = *points.last()?;
        let (start_slot, start) =
            *starts.iter().find(|(slot, port)| port.exit == first && (from != to || *slot != goal_slot))?;
        points.push(start.at);
        points.reverse();
        self.take(from, start_slot);
        self.take(to, goal_slot);
        for (&a, &b) in cells.iter().zip(cells.iter().skip(1)) {
            let (low, list) = (a.min(b), if a.abs_diff(b) == 1 { &mut self.level_use } else { &mut self.upright_use });
            if let Some(count) = list.get_mut(low) {
                *count = count.saturating_add(1);
            }
        }
        Some(straightened(&points))
    }

    fn free_ports(&self, index: usize) -> Vec<(usize, Port)> {
        let ports = self.ports.get(index).map(Vec::as_slice).unwrap_or_default();
        ports.iter().enumerate().filter_map(|(slot, port)| Some((slot, (*port)?))).collect()
    }

    fn take(&mut self, index: usize, slot: usize) {
        if let Some(port) = self.ports.get_mut(index).and_then(|list| list.get_mut(slot)) {
            *port = None;
        }
    }

    /// The way out when the budget is spent or every port is taken: straight from border to border, or a
    /// small loop at a corner.
    fn plain(&self, from: usize, to: usize) -> Vec<Point> {
        let (Some(a), Some(b)) = (self.boxes.get(from), self.boxes.get(to)) else { return Vec::new() };
        if from == to {
            let (right, top) = (a.right(), a.y);
            return vec![
                Point::new(right, top + 12),
                Point::new(right + 18, top + 12),
                Point::new(right + 18, top - 18),
                Point::new(right - 12, top - 18),
                Point::new(right - 12, top),
            ];
        }
        let (start, end) = (a.center(), b.center());
        vec![leaving(a, start, end), leaving(b, end, start)]
    }
}

/// Where the straight way from `inside` to `outside` leaves `rect`.
fn leaving(rect: &Rect, inside: Point, outside: Point) -> Point {
    let (dx, dy) = (i64::from(outside.x - inside.x), i64::from(outside.y - inside.y));
    let (half_width, half_height) = (i64::from(rect.width / 2), i64::from(rect.height / 2));
    // Whichever side the way meets first: compare slopes without dividing.
    let (x, y) = if dx.abs() * half_height > dy.abs() * half_width {
        let x = if dx > 0 { i64::from(rect.right()) } else { i64::from(rect.x) };
        (x, i64::from(inside.y) + dy * (x - i64::from(inside.x)).abs() / dx.abs().max(1))
    } else {
        let y = if dy > 0 { i64::from(rect.bottom()) } else { i64::from(rect.y) };
        (i64::from(inside.x) + dx * (y - i64::from(inside.y)).abs() / dy.abs().max(1), y)
    };
    let clamp = |value: i64, low: i32, high: i32| i32::try_from(value).unwrap_or(low).clamp(low, high);
    Point::new(clamp(x, rect.x, rect.right()), clamp(y, rect.y, rect.bottom()))
}

/// Places for `ties` flows and a few to choose from on the border of a box, those nearest the middle of a side
/// first.
fn ports_of(rect: &Rect, corner: i32, ties: i32) -> Vec<Option<Port>> {
    let mut out: Vec<(i32, Port)> = Vec::new();
    let mut spread = |length: i32, make: &dyn Fn(i32) -> [Port; 2]| {
        let reach = ((length / 2 - corner).max(0) / PORT).min(1 + ties / 2);
        for step in -reach..=reach {
            out.extend(make(length / 2 + step * PORT).map(|port| (step.abs(), port)));
        }
    };
    spread(rect.width, &|offset| {
        let x = rect.x + offset;
        [(rect.bottom(), EXIT), (rect.y, -EXIT)]
            .map(|(y, out)| Port { at: Point::new(x, y), exit: Point::new(x, y + out) })
    });
    spread(rect.height, &|offset| {
        let y = rect.y + offset;
        [(rect.right(), EXIT), (rect.x, -EXIT)]
            .map(|(x, out)| Port { at: Point::new(x, y), exit: Point::new(x + out, y) })
    });
    out.sort_by_key(|(from_middle, _)| *from_middle);
    out.into_iter().map(|(_, port)| Some(port)).collect()
}

/// The point halfway along a way.
fn middle(points: &[Point]) -> Option<Point> {
    let total: i32 = crate::picture::geometry::segments(points).map(|(a, b)| a.walk_to(b)).sum();
    let mut left = total / 2;
    for (a, b) in crate::picture::geometry::segments(points) {
        let length = a.walk_to(b);
        if left <= length {
            let along = |from: i32, to: i32| from + (to - from) * left / length.max(1);
            return Some(Point::new(along(a.x, b.x), along(a.y, b.y)));
        }
        left -= length;
    }
    points.first().copied()
}
