//! A small layout of our own: members of a group in rows, flows routed round the boxes.
//!
//! It stands behind ELK for scenes ELK gives no sound answer to, and replaces it where the owner of a build
//! leaves ELK out. Rows follow the flows (a box stands below those that feed it), and the router finds each flow a way.

use vauban_model::drawing::geometry::pixel::{Point, Rect, Size};

use super::{Direction, LayoutEngine, Placement, routed};
use crate::picture::scene::{GROUP_HEAD, GROUP_PAD, Scene};

/// Free space between members of a row, and between rows. Flows and their labels run here.
const GAP: Size = Size { width: 64, height: 72 };
/// Room around the whole.
const EDGE: i32 = 40;
/// Widest a row may grow before it is broken.
const WIDEST: i32 = 1500;
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
        let edges = routed(scene, &boxes, &groups, &[]);
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
        Self {
            members,
            box_sizes: super::roomy_sizes(scene),
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
