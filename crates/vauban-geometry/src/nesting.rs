//! Which box is the innermost around another.

use crate::plane::{Point, Rect};

/// Boxes from small to large, asked which of them is the innermost around something.
#[derive(Clone, Debug, Default)]
pub struct Nesting {
    /// Number and place of each, the smallest first; of equal ones the one drawn later, which lies on top.
    boxes: Vec<(usize, Rect)>,
}

impl Nesting {
    /// Boxes by their index.
    pub fn new(boxes: impl IntoIterator<Item = Rect>) -> Self {
        let mut boxes: Vec<(usize, Rect)> = boxes.into_iter().enumerate().collect();
        boxes.sort_by(|(i, a), (j, b)| a.area().total_cmp(&b.area()).then(j.cmp(i)));
        Nesting { boxes }
    }

    /// How many boxes there are; the cost of one question.
    pub fn len(&self) -> usize {
        self.boxes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// The innermost box that holds a point.
    pub fn around_point(&self, point: Point) -> Option<usize> {
        self.boxes.iter().find(|(_, rect)| rect.holds(point)).map(|(index, _)| *index)
    }

    /// The innermost box around each of the boxes themselves: the next larger one that encloses it whole.
    pub fn parents(&self) -> Vec<Option<usize>> {
        let mut parents = vec![None; self.boxes.len()];
        for (position, (index, rect)) in self.boxes.iter().enumerate() {
            let mut larger = self.boxes.iter().skip(position + 1);
            if let Some(parent) = parents.get_mut(*index) {
                *parent = larger.find(|(_, outer)| outer.encloses(rect)).map(|(outer, _)| *outer);
            }
        }
        parents
    }

    /// The innermost box that holds the middle of another, and how much of that lies in it, from 0 to 1. A share well
    /// below 1 means that the shape sits on the border and somebody has to say where it belongs.
    pub fn around(&self, rect: &Rect) -> Option<(usize, f64)> {
        let centre = rect.centre();
        let found = self.boxes.iter().find(|(_, outer)| outer.holds(centre))?;
        Some((found.0, found.1.share_of(rect)))
    }
}

#[cfg(test)]
mod tests {
    use super::Nesting;
    use crate::plane::{Point, Rect};

    fn rect(x: f64, y: f64, width: f64, height: f64) -> Rect {
        Rect { corner: Point { x, y }, width, height }
    }

    #[test]
    fn the_smallest_box_around_is_the_innermost() {
        let nesting =
            Nesting::new([rect(0.0, 0.0, 100.0, 100.0), rect(10.0, 10.0, 50.0, 50.0), rect(200.0, 0.0, 9.0, 9.0)]);
        assert_eq!(nesting.parents(), [None, Some(0), None]);
        assert_eq!(nesting.around(&rect(20.0, 20.0, 10.0, 10.0)), Some((1, 1.0)));
        assert_eq!(nesting.around(&rect(55.0, 20.0, 10.0, 10.0)), Some((1, 0.5)));
        assert_eq!(nesting.around(&rect(70.0, 70.0, 10.0, 10.0)), Some((0, 1.0)));
        assert_eq!(nesting.around(&rect(300.0, 70.0, 10.0, 10.0)), None);
        assert_eq!(nesting.around_point(Point { x: 201.0, y: 1.0 }), Some(2));
    }

    #[test]
    fn equal_boxes_do_not_hold_each_other_in_a_circle() {
        let same = rect(0.0, 0.0, 10.0, 10.0);
        assert_eq!(Nesting::new([same, same, same]).parents(), [None, Some(0), Some(1)]);
    }
}
