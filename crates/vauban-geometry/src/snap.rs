//! What a loose end of a line was meant to touch.

use crate::plane::{Point, Rect};

/// A box near a loose end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// The index of the box.
    pub index: usize,
    /// How far the end is from it; 0 inside.
    pub distance: f64,
    /// Whether no other box is about as near: within half the reach.
    pub is_clear: bool,
}

/// The box that is nearest to a point, if one is within reach. Of boxes that hold the point the smallest wins, as it
/// lies on top of the others; of equal ones the one drawn later.
pub fn nearest_box(point: Point, boxes: &[Rect], reach: f64) -> Option<Snap> {
    let mut best: Option<(f64, f64, usize)> = None;
    let mut second = f64::INFINITY;
    for (index, rect) in boxes.iter().enumerate() {
        let distance = rect.distance(point);
        if distance > reach {
            continue;
        }
        let better = best.is_none_or(|(near, area, _)| distance < near || (distance == near && rect.area() <= area));
        if better {
            second = best.map_or(second, |(near, ..)| near);
            best = Some((distance, rect.area(), index));
        } else {
            second = second.min(distance);
        }
    }
    let (distance, _, index) = best?;
    // An end inside a box is on it, whatever else lies around it.
    let is_clear = if distance == 0.0 { true } else { second - distance > reach / 2.0 };
    Some(Snap { index, distance, is_clear })
}

#[cfg(test)]
mod tests {
    use super::nearest_box;
    use crate::plane::{Point, Rect};

    fn rect(x: f64, width: f64) -> Rect {
        Rect { corner: Point { x, y: 0.0 }, width, height: 10.0 }
    }

    #[test]
    fn ends_snap_to_the_nearest_box_within_reach() {
        let boxes = [rect(0.0, 10.0), rect(30.0, 10.0)];
        let snap = |x: f64| nearest_box(Point { x, y: 5.0 }, &boxes, 12.0);
        assert_eq!(snap(5.0).map(|s| (s.index, s.distance, s.is_clear)), Some((0, 0.0, true)));
        assert_eq!(snap(12.0).map(|s| (s.index, s.is_clear)), Some((0, true)));
        assert_eq!(snap(19.5).map(|s| (s.index, s.is_clear)), Some((0, false)));
        assert_eq!(snap(60.0), None);
    }

    #[test]
    fn the_box_on_top_wins() {
        let boxes = [rect(0.0, 100.0), rect(10.0, 10.0)];
        assert_eq!(nearest_box(Point { x: 12.0, y: 5.0 }, &boxes, 1.0).map(|s| s.index), Some(1));
        assert_eq!(nearest_box(Point { x: 52.0, y: 5.0 }, &boxes, 1.0).map(|s| s.index), Some(0));
    }
}
