//! What a drawing tells: what lies in a box, and what crosses a line.
//!
//! Only additions, multiplications and comparisons, so that every machine comes to the same answer.

use vauban_syntax::Node;

/// A place on a diagram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// To the right.
    pub(crate) x: f64,
    /// Downwards.
    pub(crate) y: f64,
}

/// A rectangle on a diagram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    /// The upper left corner.
    pub(crate) corner: Point,
    /// To the right.
    pub(crate) width: f64,
    /// Downwards.
    pub(crate) height: f64,
}

impl Rect {
    /// Its middle.
    pub(crate) fn centre(&self) -> Point {
        Point { x: self.corner.x + self.width / 2.0, y: self.corner.y + self.height / 2.0 }
    }

    /// Its size.
    pub(crate) fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Whether a point lies in it or on its border.
    pub(crate) fn holds(&self, point: Point) -> bool {
        (self.corner.x..=self.corner.x + self.width).contains(&point.x)
            && (self.corner.y..=self.corner.y + self.height).contains(&point.y)
    }

    /// Whether another rectangle lies in it entirely.
    pub(crate) fn encloses(&self, other: &Rect) -> bool {
        let end = Point { x: other.corner.x + other.width, y: other.corner.y + other.height };
        self.holds(other.corner) && self.holds(end)
    }
}

/// A finite number; version 1 sometimes writes numbers as text.
fn number(node: &Node) -> Option<f64> {
    node.as_f64().or_else(|| node.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// A point from `{x, y}`.
pub(crate) fn point(node: &Node) -> Option<Point> {
    Some(Point { x: number(node.get("x")?)?, y: number(node.get("y")?)? })
}

/// A rectangle from `{x, y}` and `{width, height}`.
pub(crate) fn rect(position: &Node, size: &Node) -> Option<Rect> {
    let corner = point(position)?;
    let width = number(size.get("width")?)?;
    let height = number(size.get("height")?)?;
    (width >= 0.0 && height >= 0.0).then_some(Rect { corner, width, height })
}

/// A line as drawn: straight pieces close to the smooth curve that Threat Dragon draws through the points.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    points: Vec<Point>,
    bounds: Rect,
}

/// Straight pieces per stretch between two points.
const PIECES: u32 = 8;
/// Most points of a line that are looked at; nobody draws more by hand.
const MOST_POINTS: usize = 200;

impl Line {
    /// The line through the points, in order.
    pub(crate) fn through(points: &[Point]) -> Self {
        let knots = points.get(..MOST_POINTS).unwrap_or(points);
        let points = if knots.len() < 3 { knots.to_vec() } else { smooth(knots) };
        let mut low = points.first().copied().unwrap_or(Point { x: 0.0, y: 0.0 });
        let mut high = low;
        for point in &points {
            low = Point { x: low.x.min(point.x), y: low.y.min(point.y) };
            high = Point { x: high.x.max(point.x), y: high.y.max(point.y) };
        }
        Line { points, bounds: Rect { corner: low, width: high.x - low.x, height: high.y - low.y } }
    }

    /// How many comparisons [`Line::crosses`] may take.
    pub(crate) fn effort(&self, other: &Line) -> usize {
        if self.is_near(other) { 1 + self.points.len() * other.points.len() } else { 1 }
    }

    /// Whether the rectangles around the lines meet.
    fn is_near(&self, other: &Line) -> bool {
        let apart = |a: f64, a_length: f64, b: f64, b_length: f64| a + a_length < b || b + b_length < a;
        let (a, b) = (&self.bounds, &other.bounds);
        !apart(a.corner.x, a.width, b.corner.x, b.width) && !apart(a.corner.y, a.height, b.corner.y, b.height)
    }

    /// Whether the lines meet.
    pub(crate) fn crosses(&self, other: &Line) -> bool {
        self.is_near(other)
            && self.points.windows(2).any(|mine| other.points.windows(2).any(|theirs| meet(mine, theirs)))
    }
}

/// Whether two straight pieces meet, ends included.
fn meet(a: &[Point], b: &[Point]) -> bool {
    let ([a0, a1], [b0, b1]) = (a, b) else { return false };
    // On which side of a directed piece a point lies.
    let side = |from: &Point, to: &Point, point: &Point| {
        (to.x - from.x) * (point.y - from.y) - (to.y - from.y) * (point.x - from.x)
    };
    let (d1, d2) = (side(b0, b1, a0), side(b0, b1, a1));
    let (d3, d4) = (side(a0, a1, b0), side(a0, a1, b1));
    if d1 * d2 < 0.0 && d3 * d4 < 0.0 {
        return true;
    }
    let between = |p: &Point, from: &Point, to: &Point| {
        p.x >= from.x.min(to.x) && p.x <= from.x.max(to.x) && p.y >= from.y.min(to.y) && p.y <= from.y.max(to.y)
    };
    (d1 == 0.0 && between(a0, b0, b1))
        || (d2 == 0.0 && between(a1, b0, b1))
        || (d3 == 0.0 && between(b0, a0, a1))
        || (d4 == 0.0 && between(b1, a0, a1))
}

/// The curve that JointJS and X6 draw through points (`Curve.throughPoints`): cubic pieces whose first and second
/// derivatives agree where they join, and that do not bend at the two ends. Cut into straight pieces.
fn smooth(knots: &[Point]) -> Vec<Point> {
    let firsts = first_control_points(knots);
    let last = knots.len() - 1;
    let mut points = vec![knots[0]];
    for i in 0..last {
        let (from, to) = (knots[i], knots[i + 1]);
        let first = firsts[i];
        let second = match firsts.get(i + 1) {
            Some(next) => Point { x: 2.0 * to.x - next.x, y: 2.0 * to.y - next.y },
            None => Point { x: (to.x + first.x) / 2.0, y: (to.y + first.y) / 2.0 },
        };
        for piece in 1..=PIECES {
            let t = f64::from(piece) / f64::from(PIECES);
            let u = 1.0 - t;
            let blend = |a: f64, b: f64, c: f64, d: f64| {
                u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
            };
            points.push(Point { x: blend(from.x, first.x, second.x, to.x), y: blend(from.y, first.y, second.y, to.y) });
        }
    }
    points
}

/// The first control point of each cubic piece: the solution of a tridiagonal system.
fn first_control_points(knots: &[Point]) -> Vec<Point> {
    let n = knots.len() - 1;
    let mut right: Vec<Point> = (0..n)
        .map(|i| {
            let (a, b) = (knots[i], knots[i + 1]);
            let (wa, wb) = match i {
                0 => (1.0, 2.0),
                _ if i == n - 1 => (4.0, 0.5),
                _ => (4.0, 2.0),
            };
            Point { x: wa * a.x + wb * b.x, y: wa * a.y + wb * b.y }
        })
        .collect();
    // The last row of the published system is `(8 k[n-1] + k[n]) / 2`: 4 and one half, as above.
    let mut above = vec![0.0; n];
    let mut pivot = 2.0;
    right[0] = Point { x: right[0].x / pivot, y: right[0].y / pivot };
    for i in 1..n {
        above[i] = 1.0 / pivot;
        pivot = if i < n - 1 { 4.0 } else { 3.5 } - above[i];
        let before = right[i - 1];
        right[i] = Point { x: (right[i].x - before.x) / pivot, y: (right[i].y - before.y) / pivot };
    }
    for i in (1..n).rev() {
        let after = right[i];
        let factor = above[i];
        right[i - 1] = Point { x: right[i - 1].x - factor * after.x, y: right[i - 1].y - factor * after.y };
    }
    right
}

#[cfg(test)]
mod tests {
    use super::{Line, Point, Rect, smooth};

    fn p(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    #[test]
    fn straight_lines_cross_where_they_do() {
        let line = |a, b| Line::through(&[a, b]);
        assert!(line(p(0.0, 0.0), p(10.0, 10.0)).crosses(&line(p(0.0, 10.0), p(10.0, 0.0))));
        assert!(!line(p(0.0, 0.0), p(4.0, 4.0)).crosses(&line(p(0.0, 10.0), p(10.0, 0.0))));
        assert!(line(p(0.0, 0.0), p(5.0, 5.0)).crosses(&line(p(0.0, 10.0), p(10.0, 0.0))), "touching counts");
        assert!(!line(p(0.0, 0.0), p(0.0, 0.0)).crosses(&line(p(1.0, 1.0), p(2.0, 2.0))));
    }

    #[test]
    fn curves_pass_their_points_and_bulge_between_them() {
        let knots = [p(0.0, 0.0), p(50.0, 100.0), p(100.0, 0.0)];
        let points = smooth(&knots);
        assert_eq!(points.len(), 17);
        assert_eq!((points[0], points[8], points[16]), (knots[0], knots[1], knots[2]));
        // Left of the top the curve runs above the straight piece.
        let quarter = points[4];
        assert!(quarter.y > 2.0 * quarter.x, "{quarter:?}");
        let below = Line::through(&[p(0.0, 40.0), p(100.0, 40.0)]);
        let beyond = Line::through(&[p(0.0, 140.0), p(100.0, 140.0)]);
        assert!(Line::through(&knots).crosses(&below));
        assert!(!Line::through(&knots).crosses(&beyond));
    }

    #[test]
    fn huge_numbers_do_no_harm() {
        let far = p(f64::MAX, -f64::MAX);
        let line = Line::through(&[far, p(1.0, 1.0), p(-f64::MAX, f64::MAX)]);
        let _ = line.crosses(&Line::through(&[p(0.0, 0.0), far]));
        let _ = Rect { corner: far, width: f64::MAX, height: 1.0 }.holds(p(0.0, 0.0));
        assert!(!Line::through(&[]).crosses(&line));
    }

    #[test]
    fn boxes_hold_what_lies_in_them() {
        let outer = Rect { corner: p(0.0, 0.0), width: 100.0, height: 50.0 };
        let inner = Rect { corner: p(10.0, 10.0), width: 20.0, height: 40.0 };
        assert!(outer.encloses(&inner) && !inner.encloses(&outer));
        assert_eq!(inner.centre(), p(20.0, 30.0));
        assert!(outer.holds(p(100.0, 50.0)) && !outer.holds(p(100.1, 50.0)));
    }
}
