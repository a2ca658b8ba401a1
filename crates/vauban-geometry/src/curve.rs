//! Curves as the drawing tools draw them, cut into straight pieces.

use crate::plane::{Line, Point};

/// Straight pieces per curved stretch. More change no answer on the drawings that were measured.
const PIECES: u32 = 8;
/// Straight pieces of a curve that is one stretch from end to end.
const LONG_PIECES: u32 = 32;

/// The curve that JointJS and X6 draw through points (`Curve.throughPoints`): cubic pieces whose first and second
/// derivatives agree where they join, and that do not bend at the two ends. Cut into straight pieces.
pub fn smooth(knots: &[Point]) -> Vec<Point> {
    if knots.len() < 3 {
        return knots.to_vec();
    }
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

/// The curve of one control point, as a WPF `QuadraticBezierSegment` draws it: it leaves `from` towards `control` and
/// arrives at `to` from there.
pub fn quadratic(from: Point, control: Point, to: Point) -> Line {
    let blend = |t: f64, a: f64, b: f64, c: f64| {
        let u = 1.0 - t;
        u * u * a + 2.0 * u * t * b + t * t * c
    };
    let at = |piece: u32| {
        let t = f64::from(piece) / f64::from(LONG_PIECES);
        Point { x: blend(t, from.x, control.x, to.x), y: blend(t, from.y, control.y, to.y) }
    };
    Line::of((0..=LONG_PIECES).map(at).collect())
}

/// The quadratic curve that is at `through` half way.
pub fn quadratic_through(from: Point, through: Point, to: Point) -> Line {
    let control = |a: f64, b: f64, c: f64| 2.0 * b - (a + c) / 2.0;
    quadratic(from, Point { x: control(from.x, through.x, to.x), y: control(from.y, through.y, to.y) }, to)
}

#[cfg(test)]
mod tests {
    use super::{quadratic_through, smooth};
    use crate::plane::{Line, Point};

    fn p(x: f64, y: f64) -> Point {
        Point { x, y }
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
        let below = Line::straight(&[p(0.0, 40.0), p(100.0, 40.0)]);
        let beyond = Line::straight(&[p(0.0, 140.0), p(100.0, 140.0)]);
        assert!(Line::smooth(&knots).crosses(&below));
        assert!(!Line::smooth(&knots).crosses(&beyond));
    }

    #[test]
    fn a_curve_through_a_handle_passes_it_half_way() {
        let line = quadratic_through(p(0.0, 0.0), p(50.0, 80.0), p(100.0, 0.0));
        assert_eq!(line.points()[16], p(50.0, 80.0));
        assert_eq!((line.points()[0], line.points()[32]), (p(0.0, 0.0), p(100.0, 0.0)));
    }
}
