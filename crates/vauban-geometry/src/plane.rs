//! Points, upright boxes and lines, and whether they meet.

use crate::curve;

/// A place on a diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A rectangle on a diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// The upper left corner.
    pub corner: Point,
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

// Every number is finite, so equality is an equivalence.
impl Eq for Point {}
impl Eq for Rect {}

impl Point {
    /// The point, if both numbers are finite.
    pub fn new(x: f64, y: f64) -> Option<Self> {
        (x.is_finite() && y.is_finite()).then_some(Point { x, y })
    }

    /// The point between two others.
    pub fn middle(a: Point, b: Point) -> Self {
        Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 }
    }
}

impl Rect {
    /// The box, if all numbers are finite and it extends to the right and downwards.
    pub fn new(x: f64, y: f64, width: f64, height: f64) -> Option<Self> {
        let sound = width.is_finite() && height.is_finite() && width >= 0.0 && height >= 0.0;
        Some(Rect { corner: Point::new(x, y)?, width, height }).filter(|_| sound)
    }

    /// Its middle.
    pub fn centre(&self) -> Point {
        Point { x: self.corner.x + self.width / 2.0, y: self.corner.y + self.height / 2.0 }
    }

    /// Its size.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Whether a point lies in it or on its border.
    pub fn holds(&self, point: Point) -> bool {
        (self.corner.x..=self.corner.x + self.width).contains(&point.x)
            && (self.corner.y..=self.corner.y + self.height).contains(&point.y)
    }

    /// Its corners: upper left, upper right, lower right, lower left.
    pub fn corners(&self) -> [Point; 4] {
        let (Point { x, y }, right, bottom) = (self.corner, self.corner.x + self.width, self.corner.y + self.height);
        [Point { x, y }, Point { x: right, y }, Point { x: right, y: bottom }, Point { x, y: bottom }]
    }

    /// The box between two opposite corners, given in any order.
    pub fn between(a: Point, b: Point) -> Self {
        let corner = Point { x: a.x.min(b.x), y: a.y.min(b.y) };
        Rect { corner, width: (a.x - b.x).abs(), height: (a.y - b.y).abs() }
    }

    /// The smallest box around both.
    pub fn union(&self, other: &Rect) -> Self {
        let [low, _, high, _] = self.corners();
        let [other_low, _, other_high, _] = other.corners();
        Rect::between(
            Point { x: low.x.min(other_low.x), y: low.y.min(other_low.y) },
            Point { x: high.x.max(other_high.x), y: high.y.max(other_high.y) },
        )
    }

    /// The same box elsewhere.
    pub fn moved(&self, by: Point) -> Self {
        Rect { corner: Point { x: self.corner.x + by.x, y: self.corner.y + by.y }, ..*self }
    }

    /// How far a point is from its outside; 0 for a point in it or on its border.
    pub fn distance(&self, point: Point) -> f64 {
        let beyond = |at: f64, low: f64, length: f64| (low - at).max(at - (low + length)).max(0.0);
        let (dx, dy) = (beyond(point.x, self.corner.x, self.width), beyond(point.y, self.corner.y, self.height));
        (dx * dx + dy * dy).sqrt()
    }

    /// How much of another box lies in it, from 0 to 1. A box without area counts as its corner.
    pub fn share_of(&self, other: &Rect) -> f64 {
        let overlap =
            |a: f64, a_length: f64, b: f64, b_length: f64| ((a + a_length).min(b + b_length) - a.max(b)).max(0.0);
        let width = overlap(self.corner.x, self.width, other.corner.x, other.width);
        let height = overlap(self.corner.y, self.height, other.corner.y, other.height);
        let area = other.area();
        if area > 0.0 { width * height / area } else { f64::from(u8::from(self.holds(other.corner))) }
    }

    /// Whether another rectangle lies in it entirely.
    pub fn encloses(&self, other: &Rect) -> bool {
        let end = Point { x: other.corner.x + other.width, y: other.corner.y + other.height };
        self.holds(other.corner) && self.holds(end)
    }
}

/// A line as drawn, in straight pieces.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    points: Vec<Point>,
    bounds: Rect,
}

/// Most points of a line that are looked at; nobody draws more by hand.
const MOST_POINTS: usize = 200;

impl Line {
    /// The smooth line that Threat Dragon draws through the points, in order.
    pub fn smooth(points: &[Point]) -> Self {
        let knots = points.get(..MOST_POINTS).unwrap_or(points);
        Self::of(curve::smooth(knots))
    }

    /// Straight from point to point, in order.
    pub fn straight(points: &[Point]) -> Self {
        Self::of(points.get(..MOST_POINTS).unwrap_or(points).to_vec())
    }

    /// The border of a box.
    pub fn around(rect: &Rect) -> Self {
        let [a, b, c, d] = rect.corners();
        Self::of(vec![a, b, c, d, a])
    }

    /// The pieces as they are.
    pub(crate) fn of(points: Vec<Point>) -> Self {
        let mut low = points.first().copied().unwrap_or(Point { x: 0.0, y: 0.0 });
        let mut high = low;
        for point in &points {
            low = Point { x: low.x.min(point.x), y: low.y.min(point.y) };
            high = Point { x: high.x.max(point.x), y: high.y.max(point.y) };
        }
        Line { points, bounds: Rect { corner: low, width: high.x - low.x, height: high.y - low.y } }
    }

    /// Its points, from one end to the other.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The smallest box around it.
    pub fn bounds(&self) -> Rect {
        self.bounds
    }

    /// How many comparisons [`Line::crosses`] may take.
    pub fn effort(&self, other: &Line) -> usize {
        if self.is_near(other) { 1 + self.points.len() * other.points.len() } else { 1 }
    }

    /// Whether the rectangles around the lines meet.
    fn is_near(&self, other: &Line) -> bool {
        let apart = |a: f64, a_length: f64, b: f64, b_length: f64| a + a_length < b || b + b_length < a;
        let (a, b) = (&self.bounds, &other.bounds);
        !apart(a.corner.x, a.width, b.corner.x, b.width) && !apart(a.corner.y, a.height, b.corner.y, b.height)
    }

    /// Whether the lines meet.
    pub fn crosses(&self, other: &Line) -> bool {
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

#[cfg(test)]
mod tests {
    use super::{Line, Point, Rect};

    fn p(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    #[test]
    fn straight_lines_cross_where_they_do() {
        let line = |a, b| Line::straight(&[a, b]);
        assert!(line(p(0.0, 0.0), p(10.0, 10.0)).crosses(&line(p(0.0, 10.0), p(10.0, 0.0))));
        assert!(!line(p(0.0, 0.0), p(4.0, 4.0)).crosses(&line(p(0.0, 10.0), p(10.0, 0.0))));
        assert!(line(p(0.0, 0.0), p(5.0, 5.0)).crosses(&line(p(0.0, 10.0), p(10.0, 0.0))), "touching counts");
        assert!(!line(p(0.0, 0.0), p(0.0, 0.0)).crosses(&line(p(1.0, 1.0), p(2.0, 2.0))));
    }

    #[test]
    fn huge_numbers_do_no_harm() {
        let far = p(f64::MAX, -f64::MAX);
        let line = Line::smooth(&[far, p(1.0, 1.0), p(-f64::MAX, f64::MAX)]);
        let _ = line.crosses(&Line::smooth(&[p(0.0, 0.0), far]));
        let _ = Rect { corner: far, width: f64::MAX, height: 1.0 }.holds(p(0.0, 0.0));
        assert!(!Line::smooth(&[]).crosses(&line));
    }

    #[test]
    fn boxes_hold_what_lies_in_them() {
        let outer = Rect { corner: p(0.0, 0.0), width: 100.0, height: 50.0 };
        let inner = Rect { corner: p(10.0, 10.0), width: 20.0, height: 40.0 };
        assert!(outer.encloses(&inner) && !inner.encloses(&outer));
        assert_eq!(inner.centre(), p(20.0, 30.0));
        assert!(outer.holds(p(100.0, 50.0)) && !outer.holds(p(100.1, 50.0)));
    }

    #[test]
    fn borders_are_crossed_and_middles_are_not() {
        let zone = Line::around(&Rect { corner: p(0.0, 0.0), width: 100.0, height: 50.0 });
        assert!(Line::straight(&[p(10.0, 10.0), p(200.0, 10.0)]).crosses(&zone));
        assert!(!Line::straight(&[p(10.0, 10.0), p(90.0, 40.0)]).crosses(&zone));
    }

    #[test]
    fn distances_and_shares() {
        let box_ = Rect { corner: p(0.0, 0.0), width: 10.0, height: 10.0 };
        assert_eq!(box_.distance(p(5.0, 5.0)), 0.0);
        assert_eq!(box_.distance(p(13.0, 14.0)), 5.0);
        assert_eq!(box_.share_of(&Rect { corner: p(5.0, 0.0), width: 10.0, height: 10.0 }), 0.5);
        assert_eq!(box_.share_of(&Rect { corner: p(5.0, 5.0), width: 0.0, height: 9.0 }), 1.0);
        assert_eq!(Rect::between(p(3.0, 9.0), p(1.0, 2.0)), Rect { corner: p(1.0, 2.0), width: 2.0, height: 7.0 });
        assert!(Rect::new(0.0, 0.0, -1.0, 1.0).is_none() && Rect::new(f64::NAN, 0.0, 1.0, 1.0).is_none());
    }
}
