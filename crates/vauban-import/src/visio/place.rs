//! Where things are: the tool counts in inches from the lower left corner, groups have a frame of their own, and
//! shapes may be turned and mirrored. Here all is in pixels from the upper left corner.
//!
//! Sine and cosine are computed with additions and multiplications only, so that every machine gets the same.

use vauban_model::drawing::geometry::{Point, Rect};

use super::raw::{Page, Row, View};

/// Pixels of an inch.
const PIXELS: f64 = 96.0;
/// Farther out is no place.
const FARTHEST: f64 = 1.0e7;
/// Pieces of a circle that an arc is drawn with.
const PIECES: u32 = 8;

/// From a frame's coordinates to those of the page, in inches: `x' = a x + c y + e`, `y' = b x + d y + f`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    e: f64,
    f: f64,
}

impl Frame {
    /// The page itself.
    pub(super) const PAGE: Frame = Frame { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

    /// A point of this frame, on the page.
    pub(super) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)
    }

    /// A frame inside this one.
    fn then(&self, inner: Frame) -> Frame {
        let (e, f) = self.apply(inner.e, inner.f);
        Frame {
            a: self.a * inner.a + self.c * inner.b,
            b: self.b * inner.a + self.d * inner.b,
            c: self.a * inner.c + self.c * inner.d,
            d: self.b * inner.c + self.d * inner.d,
            e,
            f,
        }
    }

    /// The frame of a shape that lies in this one: children and outlines are in it.
    pub(super) fn of(&self, view: &View<'_>) -> Frame {
        let number = |name: &str| view.number(name).unwrap_or(0.0);
        let (sin, cos) = turn(number("Angle"));
        let flip = |name: &str| if number(name) == 0.0 { 1.0 } else { -1.0 };
        let (fx, fy) = (flip("FlipX"), flip("FlipY"));
        let (a, b, c, d) = (cos * fx, sin * fx, -sin * fy, cos * fy);
        let (px, py) = (pin(view, "LocPinX", "Width"), pin(view, "LocPinY", "Height"));
        let (e, f) = (number("PinX") - a * px - c * py, number("PinY") - b * px - d * py);
        self.then(Frame { a, b, c, d, e, f })
    }
}

/// The point of a shape that is put at its pin. A shape that was resized and does not say has it where the master has
/// it, in proportion.
fn pin(view: &View<'_>, name: &str, length: &str) -> f64 {
    let pin = view.number(name);
    let own = view.own_cell(length).and_then(|cell| cell.value.trim().parse::<f64>().ok());
    match (view.own_cell(name), pin, own) {
        (None, Some(pin), Some(own)) => {
            let cells = view.base.map(|base| base.cells.as_slice()).unwrap_or_default();
            let base =
                cells.iter().find(|cell| cell.name == length).and_then(|cell| cell.value.trim().parse::<f64>().ok());
            match base {
                Some(base) if base != 0.0 => pin / base * own,
                _ => own / 2.0,
            }
        }
        (_, Some(pin), _) => pin,
        (_, None, _) => view.number(length).unwrap_or(0.0) / 2.0,
    }
}

/// Sine and cosine.
fn turn(angle: f64) -> (f64, f64) {
    const TURN: f64 = std::f64::consts::TAU;
    if angle == 0.0 || !angle.is_finite() || angle.abs() > 1.0e6 {
        return (0.0, 1.0);
    }
    let angle = angle - TURN * (angle / TURN).round();
    let (mut sin, mut cos) = (0.0, 0.0);
    let mut term = 1.0;
    // Power series: from -π to π what follows the 28th term is below the last digit.
    for number in 0..28u32 {
        if number % 2 == 0 {
            cos += term;
            term *= angle / f64::from(number + 1);
        } else {
            sin += term;
            term *= -angle / f64::from(number + 1);
        }
    }
    (sin, cos)
}

/// From inches of the page to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paper {
    height: f64,
    scale: f64,
}

impl Paper {
    /// The paper of a page. A page to scale is measured as it is on paper.
    pub(super) fn new(page: &Page) -> Self {
        let number = |name: &str| {
            let cell = page.cells.iter().find(|cell| cell.name == name)?;
            cell.value.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0)
        };
        let scale = match (number("PageScale"), number("DrawingScale")) {
            (Some(paper), Some(real)) if (1.0e-6..1.0e6).contains(&(paper / real)) => paper / real,
            _ => 1.0,
        };
        Paper { height: number("PageHeight").unwrap_or(0.0), scale: scale * PIXELS }
    }

    /// A point; none if it is out of all bounds.
    pub(super) fn point(&self, (x, y): (f64, f64)) -> Option<Point> {
        let near = |pixels: f64| pixels.is_finite() && pixels.abs() < FARTHEST;
        // A hundredth of a pixel is far finer than anybody draws, and hides what the last digit of a sum does.
        let round = |pixels: f64| (pixels * 100.0).round() / 100.0;
        let (x, y) = (x * self.scale, (self.height - y) * self.scale);
        if near(x) && near(y) { Point::new(round(x), round(y)) } else { None }
    }

    /// The box around a shape of this frame.
    pub(super) fn rect(&self, frame: &Frame, view: &View<'_>) -> Option<Rect> {
        let (width, height) = (view.number("Width")?, view.number("Height")?);
        let corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
        let mut points = corners.into_iter().map(|(x, y)| self.point(frame.apply(x, y)));
        let first = points.next()??;
        let mut rect = Rect::between(first, first);
        for point in points {
            let point = point?;
            rect = rect.union(&Rect::between(point, point));
        }
        Some(rect)
    }
}

/// An outline as a line: points on it, whether it is curved, and the middle of its first arc if it has one.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    pub(super) points: Vec<Point>,
    pub(super) curved: bool,
    pub(super) middle: Option<Point>,
}

/// Follows the steps of an outline. `first_stroke` ends it where it turns back: a wall has two sides.
pub(super) fn path(rows: &[Row], view: &View<'_>, frame: &Frame, paper: &Paper, first_stroke: bool) -> Path {
    let mut path = Path::default();
    let mut at = (0.0, 0.0);
    let (width, height) = (view.number("Width").unwrap_or(0.0), view.number("Height").unwrap_or(0.0));
    for row in rows {
        let relative = row.step.starts_with("Rel");
        let factor = if relative { (width, height) } else { (1.0, 1.0) };
        let to = (row.x.unwrap_or(0.0) * factor.0, row.y.unwrap_or(0.0) * factor.1);
        let arc = match row.step.as_str() {
            "ArcTo" => row.a.and_then(|bow| through(at, to, bow)),
            "EllipticalArcTo" => row.a.zip(row.b),
            "RelEllipticalArcTo" => row.a.zip(row.b).map(|(a, b)| (a * width, b * height)),
            "MoveTo" | "LineTo" | "RelMoveTo" | "RelLineTo" | "" => None,
            _ => {
                // Splines: their points are near enough.
                path.curved = true;
                None
            }
        };
        if row.step.ends_with("MoveTo") && !path.points.is_empty() {
            break;
        }
        if let Some(through) = arc {
            path.curved = true;
            let middle = centre(at, through, to);
            let before = path.points.len();
            for piece in 1..PIECES {
                let share = f64::from(piece) / f64::from(PIECES);
                let on_way = arc_point(at, through, to, middle, share);
                path.points.extend(paper.point(frame.apply(on_way.0, on_way.1)));
            }
            if path.middle.is_none() {
                path.middle = middle.and_then(|(x, y)| paper.point(frame.apply(x, y)));
            }
            if first_stroke {
                // What was before the arc is only where the pen was put down.
                path.points.drain(..before.saturating_sub(1));
                path.points.extend(paper.point(frame.apply(to.0, to.1)));
                break;
            }
        }
        path.points.extend(paper.point(frame.apply(to.0, to.1)));
        at = to;
    }
    path.points.dedup();
    path
}

/// The point half way on an arc of this bow. A positive bow lies to the right of the way.
fn through(from: (f64, f64), to: (f64, f64), bow: f64) -> Option<(f64, f64)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).sqrt();
    if length == 0.0 || bow == 0.0 || !bow.is_finite() {
        return None;
    }
    Some(((from.0 + to.0) / 2.0 + dy / length * bow, (from.1 + to.1) / 2.0 - dx / length * bow))
}

/// The middle of the circle through three points; none if they lie on a line.
fn centre(p: (f64, f64), q: (f64, f64), r: (f64, f64)) -> Option<(f64, f64)> {
    let (bx, by, cx, cy) = (q.0 - p.0, q.1 - p.1, r.0 - p.0, r.1 - p.1);
    let twice = 2.0 * (bx * cy - by * cx);
    if twice.abs() < 1.0e-9 {
        return None;
    }
    let (b, c) = (bx * bx + by * by, cx * cx + cy * cy);
    Some((p.0 + (cy * b - by * c) / twice, p.1 + (bx * c - cx * b) / twice))
}

/// A point on the arc, by halving: what lies between two points of a circle lies on the ray from its middle.
fn arc_point(
    from: (f64, f64),
    through: (f64, f64),
    to: (f64, f64),
    middle: Option<(f64, f64)>,
    share: f64,
) -> (f64, f64) {
    let mix = |p: (f64, f64), q: (f64, f64), share: f64| (p.0 + (q.0 - p.0) * share, p.1 + (q.1 - p.1) * share);
    let straight = if share < 0.5 { mix(from, through, share * 2.0) } else { mix(through, to, share * 2.0 - 1.0) };
    let Some(middle) = middle else { return straight };
    let away = |point: (f64, f64)| {
        let (dx, dy) = (point.0 - middle.0, point.1 - middle.1);
        (dx * dx + dy * dy).sqrt()
    };
    let (wanted, found) = (away(from), away(straight));
    if found < 1.0e-9 { straight } else { mix(middle, straight, wanted / found) }
}

/// How far behind an arc's chord a point lies, on the hollow side; none for a point on the other side, beside the arc,
/// or farther away than twice its radius.
pub(super) fn behind(path: &Path, point: Point) -> Option<f64> {
    let (from, to, middle) = (path.points.first()?, path.points.last()?, path.middle?);
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = (dx * dx + dy * dy).sqrt();
    let away = |a: &Point, b: &Point| ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).sqrt();
    let half_way = path.points.get(path.points.len() / 2)?;
    if length == 0.0 {
        return None;
    }
    // Across the chord, away from where the arc bulges.
    let across = |point: &Point| ((point.x - from.x) * dy - (point.y - from.y) * dx) / length;
    let along = ((point.x - from.x) * dx + (point.y - from.y) * dy) / length;
    let depth = if across(half_way) > 0.0 { -across(&point) } else { across(&point) };
    ((0.0..=length).contains(&along) && depth >= 0.0 && depth <= 2.0 * away(&middle, from)).then_some(depth)
}

#[cfg(test)]
mod tests {
    use super::{arc_point, centre, through, turn};

    #[test]
    fn angles_are_as_exact_as_needed() {
        for step in -400..400 {
            let angle = f64::from(step) * 0.05;
            let (sin, cos) = turn(angle);
            assert!((sin - angle.sin()).abs() < 1.0e-9 && (cos - angle.cos()).abs() < 1.0e-9, "{angle}");
        }
        assert_eq!(turn(f64::NAN), (0.0, 1.0));
    }

    #[test]
    fn a_quarter_of_a_circle_has_its_middle_in_the_corner() {
        let bow = 1.0 - 0.5f64.sqrt();
        let half = through((0.0, 1.0), (1.0, 0.0), bow).unwrap();
        let middle = centre((0.0, 1.0), half, (1.0, 0.0)).unwrap();
        assert!((middle.0 - 1.0).abs() < 1e-9 && (middle.1 - 1.0).abs() < 1e-9, "{middle:?}");
        let point = arc_point((0.0, 1.0), half, (1.0, 0.0), Some(middle), 0.25);
        assert!(((point.0 - 1.0).powi(2) + (point.1 - 1.0).powi(2) - 1.0).abs() < 1e-9);
    }
}
