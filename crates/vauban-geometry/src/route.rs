//! Ways for lines round boxes.
//!
//! Each line takes the cheapest way along the axes over a grid laid through the free space (A*). Length, bends,
//! crossings and stretches shared with other lines all have a price; a line that was drawn with bends goes by the
//! outermost of them. Work is bounded by a budget; a line that finds no way in time gets a plain one, which may pass behind a box.

use crate::pixel::{Point, Rect, Size, segments, straightened};

/// How far outside a box a line has left it.
const EXIT: i32 = 14;
/// Least distance between two lines on one side of a box.
pub const PORT: i32 = 16;
/// The same on a short side.
const NARROW_PORT: i32 = 12;
/// Everything on the grid stands at multiples of this, so that boxes that are nearly in line share a grid line.
const GRAIN: i32 = 4;
/// The same for more boxes than [`FINE`], to keep the grid small.
const COARSE_GRAIN: i32 = 8;
/// Most boxes with a fine grid.
const FINE: usize = 60;
/// Lines nearer than this look like one.
const APART: i32 = 8;
/// Price of a bend, in pixels of way.
const BEND: u32 = 40;
/// Price of running along another line for one step of the grid, in pixels of way.
const SHARED: u32 = 160;
/// Price of crossing another line.
const CROSSING: u32 = 24;
/// Price of a step through what should stay free.
const AVOIDED: u32 = 90;
/// Bends nearer than this to the straight way are no reason to go another.
const SLIGHT: u32 = 50;
/// Most bends of one line that are looked at.
const MOST_BENDS: usize = 16;
/// Points of the grid looked at for all lines together: about half a second.
const BUDGET: usize = 3_000_000;
/// Points looked at for one line before it takes the first way that leads there, good or not. Without it, one line that
/// has to go round much takes what all the others need.
const MOST_LOOKED: usize = 40_000;
/// What part of its price counts for a line in haste.
const HASTE: u32 = 16;
/// Most points of a grid; a larger one would cost more to clear than to search.
const LARGEST: usize = 4_000_000;

/// A box that lines start from, end at and go round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obstacle {
    /// Its place.
    pub rect: Rect,
    /// Pixels from each corner where no line should end: on the level sides, and on the upright ones.
    pub corner: Size,
}

/// A line to find a way for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Index of the box it leaves.
    pub from: usize,
    /// Index of the box it enters; may be the same.
    pub to: usize,
    /// Bends it had before, which the new way stays near to; may be empty.
    pub course: Vec<Point>,
}

/// The free space, and what is better left free.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ground<'g> {
    /// What lines go round.
    pub boxes: &'g [Obstacle],
    /// Borders around boxes: crossed where need be, but no line runs along one.
    pub frames: &'g [Rect],
    /// Passed through only where another way is much longer.
    pub avoided: &'g [Rect],
}

/// A way for each line, in their order: its corners, from the border of one box to the border of the other. The same
/// input gives the same ways.
pub fn routes(ground: Ground<'_>, wishes: &[Wish]) -> Vec<Vec<Point>> {
    Router::new(ground, wishes).route_all(wishes)
}

/// Where the straight way from the middle of one box to the middle of another leaves the first.
pub fn leaving(rect: &Rect, inside: Point, outside: Point) -> Point {
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

/// A place on the border of a box where a line may end, and the point outside where it has left the box.
#[derive(Debug, Clone, Copy)]
struct Port {
    at: Point,
    exit: Point,
    /// How far it is from the middle of its side, in pixels.
    off: u32,
}

/// Finds ways over a grid laid through the free space.
struct Router<'b> {
    boxes: &'b [Obstacle],
    grain: i32,
    /// How much the way still to go counts, in quarters: at 4 the cheapest way is found, above one almost as cheap, sooner.
    eager: u32,
    /// Whether any way will do.
    in_haste: bool,
    ports: Vec<Vec<Option<Port>>>,
    xs: Vec<i32>,
    ys: Vec<i32>,
    /// Points too near a box.
    blocked: Vec<bool>,
    /// What it costs more to enter a point along each axis.
    dear: Vec<[bool; 2]>,
    /// Lines along the step right of, and below, each point.
    level_use: Vec<u8>,
    upright_use: Vec<u8>,
    /// What the search for the current line knows of each point, entered along each axis.
    known: Vec<Known>,
    open: Open,
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

/// Prices that share a shelf of [`Open`].
const SHELF: u32 = 2;
/// Most shelves; what is dearer lies on the last.
const SHELVES: usize = 1 << 15;

/// States to look at, on shelves by the price of the whole way through them; of those on one shelf, what was put there
/// last comes first. So of equally good ways the one that is nearly there is followed to its end, instead of all at once.
#[derive(Debug, Default)]
struct Open {
    shelves: Vec<Vec<(u32, usize)>>,
    /// No shelf below this holds anything.
    lowest: usize,
    /// Nor does one above this.
    highest: usize,
}

impl Open {
    fn clear(&mut self) {
        for shelf in self.shelves.iter_mut().take(self.highest + 1).skip(self.lowest) {
            shelf.clear();
        }
        (self.lowest, self.highest) = (SHELVES, 0);
    }

    /// Notes a state, what the way to it costs, and what the whole way will cost at least.
    fn push(&mut self, whole: u32, price: u32, state: usize) {
        let at = usize::try_from(whole / SHELF).unwrap_or(SHELVES).min(SHELVES - 1);
        if self.shelves.len() <= at {
            self.shelves.resize_with(at + 1, Vec::new);
        }
        if let Some(shelf) = self.shelves.get_mut(at) {
            shelf.push((price, state));
            self.lowest = self.lowest.min(at);
            self.highest = self.highest.max(at);
        }
    }

    fn pop(&mut self) -> Option<(u32, usize)> {
        while self.lowest <= self.highest {
            if let Some(found) = self.shelves.get_mut(self.lowest).and_then(Vec::pop) {
                return Some(found);
            }
            self.lowest += 1;
        }
        None
    }
}

/// The nearest multiple of the grain.
const fn on_grain(value: i32, grain: i32) -> i32 {
    (value + grain / 2).div_euclid(grain) * grain
}

impl<'b> Router<'b> {
    fn new(ground: Ground<'b>, wishes: &[Wish]) -> Self {
        // The larger the picture, the coarser the grid, and the more a way that leads straight on is preferred.
        let (grain, eager) = if ground.boxes.len() > FINE { (COARSE_GRAIN, 6) } else { (GRAIN, 4) };
        let mut ties = vec![0; ground.boxes.len()];
        for end in wishes.iter().flat_map(|wish| [wish.from, wish.to]) {
            if let Some(count) = ties.get_mut(end) {
                *count += 1;
            }
        }
        let ports: Vec<Vec<Option<Port>>> =
            ground.boxes.iter().zip(ties).map(|(item, ties)| ports_of(&item.rect, item.corner, ties, grain)).collect();
        let exits = || ports.iter().flatten().flatten().map(|port| port.exit);
        let sorted = |mut values: Vec<i32>| {
            values.sort_unstable();
            values.dedup();
            values
        };
        // Lines through every exit, and a few more in the free space so that ways can run side by side.
        let lanes = |low: i32, high: i32| {
            [low - 44, low - 34, low - 24, high + 24, high + 34, high + 44].map(|it| on_grain(it, grain))
        };
        let rects = || ground.boxes.iter().map(|it| &it.rect);
        let bends = || wishes.iter().flat_map(|wish| wish.course.iter().take(MOST_BENDS));
        let xs = exits().map(|it| it.x).chain(rects().flat_map(|it| lanes(it.x, it.right())));
        let ys = exits().map(|it| it.y).chain(rects().flat_map(|it| lanes(it.y, it.bottom())));
        let xs = sorted(xs.chain(bends().map(|it| on_grain(it.x, grain))).collect());
        let ys = sorted(ys.chain(bends().map(|it| on_grain(it.y, grain))).collect());
        let count = xs.len().checked_mul(ys.len()).filter(|count| *count <= LARGEST).unwrap_or(0);
        let mut out = Self {
            boxes: ground.boxes,
            grain,
            eager,
            in_haste: false,
            ports,
            blocked: vec![false; count],
            dear: vec![[false; 2]; count],
            level_use: vec![0; count],
            upright_use: vec![0; count],
            known: vec![Known::default(); count * 2],
            open: Open::default(),
            search: 0,
            budget: if count > 0 { BUDGET } else { 0 },
            xs,
            ys,
        };
        for rect in rects() {
            // An exit moves by half a grain at most and stays free.
            out.each_in(&rect.grown(EXIT - 2 - grain / 2), |router, index| {
                if let Some(place) = router.blocked.get_mut(index) {
                    *place = true;
                }
            });
        }
        for rect in ground.avoided {
            out.mark_dear(&rect.grown(2), [true, true]);
        }
        for frame in ground.frames {
            let Rect { x, y, width, height } = *frame;
            for level in [y, y + height] {
                out.mark_dear(&Rect::new(x, level, width, 0).grown(5), [true, false]);
            }
            for upright in [x, x + width] {
                out.mark_dear(&Rect::new(upright, y, 0, height).grown(5), [false, true]);
            }
        }
        out
    }

    /// Does something to every point of the grid in `rect`, borders included.
    fn each_in(&mut self, rect: &Rect, mut act: impl FnMut(&mut Self, usize)) {
        let columns = self.xs.partition_point(|&x| x < rect.x)..self.xs.partition_point(|&x| x <= rect.right());
        let rows = self.ys.partition_point(|&y| y < rect.y)..self.ys.partition_point(|&y| y <= rect.bottom());
        for row in rows {
            for column in columns.clone() {
                let index = row * self.xs.len() + column;
                act(self, index);
            }
        }
    }

    fn mark_dear(&mut self, rect: &Rect, axes: [bool; 2]) {
        self.each_in(rect, |router, index| {
            if let Some(place) = router.dear.get_mut(index) {
                *place = [place[0] || axes[0], place[1] || axes[1]];
            }
        });
    }

    fn route_all(mut self, wishes: &[Wish]) -> Vec<Vec<Point>> {
        // Lines that can be straight first, then short ones: they have the fewest ways to go.
        let mut order: Vec<usize> = (0..wishes.len()).collect();
        order.sort_by_key(|&index| {
            let rect = |at: usize| self.boxes.get(at).map(|it| it.rect);
            let ends = wishes.get(index).and_then(|wish| Some((rect(wish.from)?, rect(wish.to)?)));
            let facing = |(a, b): (Rect, Rect)| {
                let shared =
                    |low: i32, high: i32, other_low: i32, other_high: i32| high.min(other_high) - low.max(other_low);
                let level = shared(a.y, a.bottom(), b.y, b.bottom());
                let upright = shared(a.x, a.right(), b.x, b.right());
                level.max(upright) > 2 * NARROW_PORT
            };
            (!ends.is_some_and(facing), ends.map(|(a, b)| a.center().walk_to(b.center())), index)
        });
        let mut ways = vec![Vec::new(); wishes.len()];
        for index in order {
            let Some(wish) = wishes.get(index) else { continue };
            let points = self.route(wish).unwrap_or_else(|| self.plain(wish.from, wish.to));
            if let Some(way) = ways.get_mut(index) {
                *way = points;
            }
        }
        ways
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

    /// A way for a line: a cheap one, or if looking for that takes too long, any.
    fn route(&mut self, wish: &Wish) -> Option<Vec<Point>> {
        self.way(wish).or_else(|| {
            self.in_haste = true;
            let found = self.way(wish);
            self.in_haste = false;
            found
        })
    }

    /// A cheap way from a free port of one box to a free port of another, by the outermost bend the line had.
    fn way(&mut self, wish: &Wish) -> Option<Vec<Point>> {
        let (from, to) = (wish.from, wish.to);
        // A loop leaves at the top or bottom and comes back at the left or right, round a corner.
        let is_loop = from == to;
        let upright = |port: &Port| port.at.x == port.exit.x;
        let mut starts: Vec<(usize, Port)> = self.free_ports(from);
        starts.retain(|(_, port)| !is_loop || upright(port));
        let mut goals: Vec<(usize, Port)> = self.free_ports(to);
        goals.retain(|(_, port)| !is_loop || !upright(port));
        let goal_rect = self.boxes.get(to)?.rect;
        let sources: Vec<(usize, u32)> = starts
            .iter()
            .filter_map(|(_, port)| {
                let axis = usize::from(upright(port));
                Some((self.index_of(port.exit)? * 2 + axis, port.off))
            })
            .filter(|(state, _)| !self.blocked.get(state / 2).copied().unwrap_or(true))
            .collect();
        let arrival = |here: Point, axis: u8| {
            let arrives = |port: &Port| port.exit == here && upright(port) == (axis == 1);
            goals.iter().find(|(_, port)| arrives(port)).copied()
        };
        let rest = |point: Point, axis: u8| {
            // Straight on to a side of the goal, or round at least one corner.
            let over = (goal_rect.x..=goal_rect.right()).contains(&point.x);
            let beside = (goal_rect.y..=goal_rect.bottom()).contains(&point.y);
            let straight = if axis == 1 { over } else { beside };
            u32::try_from(goal_rect.border_distance(point) - EXIT - 4).unwrap_or(0) + if straight { 0 } else { BEND }
        };
        let by = self.outermost_bend(wish).and_then(|bend| {
            let near = |point: Point, _| u32::try_from(point.walk_to(bend)).unwrap_or(0);
            let first = self.search(&sources, near, |here, _| here == bend)?;
            let last = *first.last()?;
            // The second half does not go back along the first.
            self.use_way(&first, true);
            let second = self.search(&[(last, 0)], rest, |here, axis| arrival(here, axis).is_some());
            self.use_way(&first, false);
            let second = second?;
            let states: Vec<usize> = first.into_iter().chain(second.into_iter().skip(1)).collect();
            // A way that comes back over itself is worse than one past the bend.
            let mut points: Vec<usize> = states.iter().map(|it| it / 2).collect();
            points.dedup();
            let length = points.len();
            points.sort_unstable();
            points.dedup();
            (points.len() == length).then_some(states)
        });
        let states = match by {
            Some(states) => states,
            None => self.search(&sources, rest, |here, axis| arrival(here, axis).is_some())?,
        };
        let (first, last) = (*states.first()?, *states.last()?);
        let axis = u8::try_from(last % 2).unwrap_or(0);
        let (goal_slot, goal) = arrival(self.point_of(last / 2)?, axis)?;
        let begin = self.point_of(first / 2)?;
        let leaves = |port: &Port| port.exit == begin && upright(port) == (first % 2 == 1);
        let (start_slot, start) = *starts.iter().find(|(_, port)| leaves(port))?;
        let mut points = vec![start.at];
        for state in &states {
            points.push(self.point_of(state / 2)?);
        }
        points.push(goal.at);
        self.take(from, start_slot);
        self.take(to, goal_slot);
        self.use_way(&states, true);
        Some(straightened(&points))
    }

    /// The cheapest way from one of some states, each with what it costs to begin there, to a state at which `done`
    /// says so (given place and axis): all states on it. A state is a point of the grid, entered along an axis.
    fn search(
        &mut self,
        sources: &[(usize, u32)],
        rest: impl Fn(Point, u8) -> u32,
        done: impl Fn(Point, u8) -> bool,
    ) -> Option<Vec<usize>> {
        let (width, eager, in_haste) = (self.xs.len(), self.eager, self.in_haste);
        let whole = |price: u32, at: Point, axis: u8| {
            let counted = if in_haste { price / HASTE } else { price };
            counted.saturating_add(rest(at, axis).saturating_mul(eager) / 4)
        };
        let mut limit = MOST_LOOKED;
        self.search += 1;
        let search = self.search;
        let mut open = std::mem::take(&mut self.open);
        open.clear();
        for &(state, price) in sources {
            let (Some(at), Some(known)) = (self.point_of(state / 2), self.known.get_mut(state)) else { continue };
            if known.search != search || price < known.price {
                *known = Known { search, price, before: START };
                open.push(whole(price, at, u8::from(state % 2 == 1)), price, state);
            }
        }
        let mut found = None;
        while let Some((price, state)) = open.pop() {
            let (index, axis) = (state / 2, u8::from(state % 2 == 1));
            if self.known.get(state).is_none_or(|it| it.price < price) {
                continue;
            }
            let (Some(left), Some(here)) = (self.budget.checked_sub(1), self.point_of(index)) else { break };
            self.budget = left;
            limit -= 1;
            if limit == 0 {
                break;
            }
            if done(here, axis) {
                found = Some(state);
                break;
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
                let Some(there) = self.point_of(next) else { continue };
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
                if self.dear.get(next).is_some_and(|it| it[usize::from(next_axis)]) {
                    cost += AVOIDED;
                }
                let price = price.saturating_add(cost);
                let next = next * 2 + usize::from(next_axis);
                let Some(known) = self.known.get_mut(next) else { continue };
                if known.search != search || (price < known.price && !in_haste) {
                    *known = Known { search, price, before: u32::try_from(state).unwrap_or(START) };
                    open.push(whole(price, there, next_axis), price, next);
                }
            }
        }
        self.open = open;
        let mut state = found?;
        let mut states = vec![state];
        while let Some(known) = self.known.get(state).filter(|known| known.before != START) {
            state = usize::try_from(known.before).ok()?;
            states.push(state);
        }
        states.reverse();
        Some(states)
    }

    /// The bend that is farthest from the straight way between two boxes, if it is far enough to show and free; on the
    /// grid.
    fn outermost_bend(&self, wish: &Wish) -> Option<Point> {
        let (from, to) = (self.boxes.get(wish.from)?.rect.center(), self.boxes.get(wish.to)?.rect.center());
        let bends = wish
            .course
            .iter()
            .take(MOST_BENDS)
            .map(|it| Point::new(on_grain(it.x, self.grain), on_grain(it.y, self.grain)));
        let (distance, bend) = bends.map(|it| (far(&[from, to], it), it)).max_by_key(|(distance, _)| *distance)?;
        let free = self.index_of(bend).is_some_and(|it| self.blocked.get(it) == Some(&false));
        (distance > SLIGHT && free).then_some(bend)
    }

    /// Notes, or takes back, a line along some states.
    fn use_way(&mut self, states: &[usize], used: bool) {
        for (a, b) in states.iter().map(|it| it / 2).zip(states.iter().skip(1).map(|it| it / 2)) {
            if a != b {
                self.use_stretch(a.min(b), a.abs_diff(b) == 1, used);
            }
        }
    }

    /// Notes a line on the step right of or below a point, and on those so near that lines there would look like one.
    fn use_stretch(&mut self, at: usize, level: bool, used: bool) {
        let width = self.xs.len().max(1);
        let (column, row) = (at % width, at / width);
        let (own, lines) = if level { (row, &self.ys) } else { (column, &self.xs) };
        let Some(&here) = lines.get(own) else { return };
        let low = lines.partition_point(|&it| it <= here - APART);
        let high = lines.partition_point(|&it| it < here + APART);
        for near in low..high {
            let (list, index) = if level {
                (&mut self.level_use, near * width + column)
            } else {
                (&mut self.upright_use, row * width + near)
            };
            if let Some(count) = list.get_mut(index) {
                *count = if used { count.saturating_add(1) } else { count.saturating_sub(1) };
            }
        }
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
        let (a, b) = (&a.rect, &b.rect);
        if from == to {
            let (left, bottom) = (a.x, a.bottom());
            return vec![
                Point::new(left, bottom - 12),
                Point::new(left - 18, bottom - 12),
                Point::new(left - 18, bottom + 18),
                Point::new(left + 12, bottom + 18),
                Point::new(left + 12, bottom),
            ];
        }
        let (start, end) = (a.center(), b.center());
        vec![leaving(a, start, end), leaving(b, end, start)]
    }
}

/// How far a point is from a line, roughly: along the axes, to the nearest point of the nearest piece.
fn far(course: &[Point], point: Point) -> u32 {
    let distance = |a: Point, b: Point| {
        let (dx, dy) = (i64::from(b.x - a.x), i64::from(b.y - a.y));
        let length = dx * dx + dy * dy;
        let along = dx * i64::from(point.x - a.x) + dy * i64::from(point.y - a.y);
        let along = along.clamp(0, length);
        let at = |from: i32, by: i64| i64::from(from) + by * along / length.max(1);
        (i64::from(point.x) - at(a.x, dx)).abs() + (i64::from(point.y) - at(a.y, dy)).abs()
    };
    let nearest = segments(course).map(|(a, b)| distance(a, b)).min().unwrap_or(0);
    u32::try_from(nearest).unwrap_or(u32::MAX)
}

/// Places for `ties` lines and a few to choose from on the border of a box, those nearest the middle of a side
/// first.
fn ports_of(rect: &Rect, corner: Size, ties: i32, grain: i32) -> Vec<Option<Port>> {
    let mut out: Vec<(i32, Port)> = Vec::new();
    // `make` gets a place along a side, counted on the same axis as `low`.
    let mut spread = |low: i32, length: i32, corner: i32, make: &dyn Fn(i32) -> [(Point, Point); 2]| {
        let usable = (length / 2 - corner).max(0);
        let spacing = if usable < 2 * PORT { NARROW_PORT } else { PORT };
        let reach = (usable / spacing).min(1 + ties / 2);
        for step in -reach..=reach {
            let exact = low + length / 2 + step * spacing;
            let aligned = on_grain(exact, grain).clamp(low + 1, (low + length - 1).max(low + 1));
            let off = u32::try_from(step.abs()).unwrap_or(0) * 6;
            out.extend(make(aligned).map(|(at, exit)| (step.abs(), Port { at, exit, off })));
        }
    };
    spread(rect.x, rect.width, corner.width, &|x| {
        [(rect.bottom(), on_grain(rect.bottom() + EXIT, grain)), (rect.y, on_grain(rect.y - EXIT, grain))]
            .map(|(y, exit)| (Point::new(x, y), Point::new(x, exit)))
    });
    spread(rect.y, rect.height, corner.height, &|y| {
        [(rect.right(), on_grain(rect.right() + EXIT, grain)), (rect.x, on_grain(rect.x - EXIT, grain))]
            .map(|(x, exit)| (Point::new(x, y), Point::new(exit, y)))
    });
    out.sort_by_key(|(from_middle, _)| *from_middle);
    out.into_iter().map(|(_, port)| Some(port)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: i32, y: i32) -> Obstacle {
        Obstacle { rect: Rect::new(x, y, 120, 60), corner: Size { width: 16, height: 16 } }
    }

    fn way(boxes: &[Obstacle], from: usize, to: usize, course: &[Point]) -> Vec<Point> {
        let wish = Wish { from, to, course: course.to_vec() };
        routes(Ground { boxes, ..Ground::default() }, &[wish]).remove(0)
    }

    #[test]
    fn a_free_way_is_straight_and_a_blocked_one_goes_round() {
        let mut boxes = vec![at(0, 0), at(600, 0)];
        assert_eq!(way(&boxes, 0, 1, &[]).len(), 2);
        boxes.push(at(300, 0));
        let around = way(&boxes, 0, 1, &[]);
        assert!(around.len() > 2);
        for (a, b) in segments(&around) {
            assert!(a.x == b.x || a.y == b.y, "{around:?}");
            assert!(!boxes[2].rect.crossed_by(a, b), "{around:?}");
        }
    }

    #[test]
    fn a_way_follows_the_bends_it_had() {
        let boxes = [at(0, 0), at(600, 0)];
        let low = way(&boxes, 0, 1, &[Point::new(360, 300)]);
        let high = way(&boxes, 0, 1, &[Point::new(360, -300)]);
        assert!(low.iter().any(|it| it.y > 200), "{low:?}");
        assert!(high.iter().any(|it| it.y < -200), "{high:?}");
    }

    #[test]
    fn two_ways_between_the_same_boxes_do_not_lie_on_each_other() {
        let boxes = [at(0, 0), at(600, 0)];
        let wish = |from, to| Wish { from, to, course: Vec::new() };
        let ways = routes(Ground { boxes: &boxes, ..Ground::default() }, &[wish(0, 1), wish(1, 0), wish(0, 0)]);
        assert!(ways.iter().all(|way| way.len() >= 2));
        assert_ne!(ways[0].first(), ways[1].last());
        assert!(ways[2].len() >= 4, "a loop leaves and comes back: {:?}", ways[2]);
    }

    #[test]
    fn nothing_to_go_by_is_no_failure() {
        assert_eq!(routes(Ground::default(), &[Wish { from: 3, to: 9, course: Vec::new() }]), [Vec::new()]);
        let huge = Obstacle { rect: Rect::new(-90_000_000, 0, 180_000_000, 60), corner: Size::default() };
        let _ = routes(Ground { boxes: &[huge, huge], ..Ground::default() }, &[Wish::default()]);
    }
}
