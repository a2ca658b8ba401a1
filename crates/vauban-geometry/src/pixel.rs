//! Whole-pixel geometry.
//!
//! Everything a picture stores is an `i32`: a coordinate that was rounded once prints the same on every
//! platform, and two edges that met before rounding still meet after it.

/// A position, in pixels from the top left corner of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Point {
    /// Pixels to the right of the left edge.
    pub x: i32,
    /// Pixels below the top edge.
    pub y: i32,
}

impl Point {
    /// The point at `x`, `y`.
    pub const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    /// This point moved by `dx`, `dy`.
    pub const fn moved(self, dx: i32, dy: i32) -> Self {
        Self { x: self.x + dx, y: self.y + dy }
    }

    /// The distance to `other` along the axes.
    pub const fn walk_to(self, other: Self) -> i32 {
        (self.x - other.x).abs() + (self.y - other.y).abs()
    }
}

/// A width and a height, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
}

impl Rect {
    /// The rectangle with its top left corner at `x`, `y`.
    pub const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self { x, y, width, height }
    }

    /// The rectangle of `size` around `center`.
    pub const fn around(center: Point, size: Size) -> Self {
        Self::new(center.x - size.width / 2, center.y - size.height / 2, size.width, size.height)
    }

    /// The right edge.
    pub const fn right(&self) -> i32 {
        self.x + self.width
    }

    /// The bottom edge.
    pub const fn bottom(&self) -> i32 {
        self.y + self.height
    }

    /// The middle, rounded up and to the left.
    pub const fn center(&self) -> Point {
        Point::new(self.x + self.width / 2, self.y + self.height / 2)
    }

    /// This rectangle moved by `dx`, `dy`.
    pub const fn moved(self, dx: i32, dy: i32) -> Self {
        Self::new(self.x + dx, self.y + dy, self.width, self.height)
    }

    /// This rectangle grown by `by` on every side (shrunk when negative).
    pub const fn grown(self, by: i32) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)
    }

    /// Whether the two share some area; touching edges do not count.
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether `other` lies wholly within, edges included.
    pub const fn contains(&self, other: &Self) -> bool {
        self.x <= other.x && self.y <= other.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }

    /// Whether `point` lies within, edges included.
    pub const fn holds(&self, point: Point) -> bool {
        self.x <= point.x && point.x <= self.right() && self.y <= point.y && point.y <= self.bottom()
    }

    /// How far `point` is from the border of the rectangle, along the nearer axis.
    pub fn border_distance(&self, point: Point) -> i32 {
        let within = |value: i32, low: i32, high: i32| value.clamp(low, high);
        let nearest = Point::new(within(point.x, self.x, self.right()), within(point.y, self.y, self.bottom()));
        if nearest != point {
            return nearest.walk_to(point);
        }
        let sides = [point.x - self.x, self.right() - point.x, point.y - self.y, self.bottom() - point.y];
        sides.into_iter().min().unwrap_or(0)
    }

    /// Whether the segment from `a` to `b` passes through the inside. Exact for any slope: the segment is
    /// clipped against the four sides with whole-number fractions, so no rounding decides the answer.
    pub fn crossed_by(&self, a: Point, b: Point) -> bool {
        let (min_x, max_x) = (a.x.min(b.x), a.x.max(b.x));
        let (min_y, max_y) = (a.y.min(b.y), a.y.max(b.y));
        if self.width <= 0 || self.height <= 0 {
            return false;
        }
        if max_x <= self.x || min_x >= self.right() || max_y <= self.y || min_y >= self.bottom() {
            return false;
        }
        if a.x == b.x || a.y == b.y {
            return true;
        }
        // The boxes overlap; a slanted segment misses the inside only if all corners are on one side of it.
        let side = |x: i32, y: i32| {
            let (dx, dy) = (i64::from(b.x - a.x), i64::from(b.y - a.y));
            (dx * i64::from(y - a.y) - dy * i64::from(x - a.x)).signum()
        };
        let corners = [
            side(self.x, self.y),
            side(self.right(), self.y),
            side(self.x, self.bottom()),
            side(self.right(), self.bottom()),
        ];
        !(corners.iter().all(|&corner| corner >= 0) || corners.iter().all(|&corner| corner <= 0))
    }

    /// The smallest rectangle around both.
    pub fn union(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self::new(x, y, self.right().max(other.right()) - x, self.bottom().max(other.bottom()) - y)
    }
}

/// The segments of a polyline.
pub fn segments(points: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    points.iter().zip(points.iter().skip(1)).map(|(&a, &b)| (a, b))
}

/// Drops repeated points and points in the middle of a straight run, which would show as false corners.
pub fn straightened(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for &point in points {
        if kept.last() == Some(&point) {
            continue;
        }
        if let [.., before, last] = kept.as_slice() {
            let upright = before.x == last.x && last.x == point.x;
            let level = before.y == last.y && last.y == point.y;
            let onward = before.walk_to(*last) + last.walk_to(point) == before.walk_to(point);
            if (upright || level) && onward {
                kept.pop();
            }
        }
        kept.push(point);
    }
    kept
}
