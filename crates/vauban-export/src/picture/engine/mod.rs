//! What places a scene: the interface, and the engines behind it.

#[cfg(feature = "elk")]
mod elk;
mod shelves;

use vauban_model::drawing::geometry::pixel::{Point, Rect, Size, segments};
use vauban_model::drawing::geometry::route::{self, Ground, Obstacle, PORT, Wish};

use super::scene::{GROUP_HEAD, GROUP_PAD, Scene};

#[cfg(feature = "elk")]
pub(crate) use elk::Elk;
pub(crate) use shelves::Shelves;

/// The engines, the one asked first first. The last one answers always.
pub(crate) const ENGINES: &[&dyn LayoutEngine] = &[
    #[cfg(feature = "elk")]
    &Elk,
    &Shelves,
];

/// Which way most flows run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From left to right.
    Right,
    /// From top to bottom.
    Down,
}

/// Something that can give every part of a scene a place.
///
/// An engine owes nothing but an honest try. Its answer is checked; `None`, or a placement that breaks a
/// law, only means that the next engine is asked.
pub trait LayoutEngine {
    /// A short name, for tests and diagnostics.
    fn name(&self) -> &'static str;

    /// Whether its answer is taken even with a [blemish](super::LayoutFault::is_blemish), for want of a better.
    fn is_last_resort(&self) -> bool {
        false
    }

    /// Places `scene`. The same scene must give the same placement.
    fn place(&self, scene: &Scene, direction: Direction) -> Option<Placement>;
}

/// Where everything is. Lists run parallel to those of the scene.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// The boxes.
    pub boxes: Vec<Rect>,
    /// The groups.
    pub groups: Vec<Rect>,
    /// The flows.
    pub edges: Vec<Route>,
}

/// The way of one flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// Its corners, from the border of the box it leaves to the border of the box it enters.
    pub points: Vec<Point>,
    /// Where its label is.
    pub label: Option<Rect>,
}

/// A layer for each of some things, given which ones each of them feeds: one below the lowest that feeds it.
/// What closes a circle is left aside.
fn layering(feeds: &[Vec<usize>]) -> Vec<usize> {
    let count = feeds.len();
    let mut seen = vec![false; count];
    let mut finished = Vec::with_capacity(count);
    for start in 0..count {
        // Depth first without recursion: the stack holds what was entered, and how far its list was followed.
        let mut stack = Vec::new();
        let mut enter = |at: usize, stack: &mut Vec<(usize, usize)>| {
            if let Some(mark) = seen.get_mut(at)
                && !*mark
            {
                *mark = true;
                stack.push((at, 0));
            }
        };
        enter(start, &mut stack);
        while let Some((at, next)) = stack.pop() {
            match feeds.get(at).and_then(|list| list.get(next)) {
                Some(&to) => {
                    stack.push((at, next + 1));
                    enter(to, &mut stack);
                }
                None => finished.push(at),
            }
        }
    }
    // Who finished later stands before; a flow against this order is one that closes a circle.
    let mut rank = vec![0_usize; count];
    for (index, &at) in finished.iter().rev().enumerate() {
        if let Some(place) = rank.get_mut(at) {
            *place = index;
        }
    }
    let mut layers = vec![0_usize; count];
    for &at in finished.iter().rev() {
        let below = layers.get(at).copied().unwrap_or(0) + 1;
        for &to in feeds.get(at).into_iter().flatten() {
            let forward = rank.get(to) > rank.get(at);
            if let (true, Some(layer)) = (forward, layers.get_mut(to)) {
                *layer = (*layer).max(below);
            }
        }
    }
    layers
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

/// The size of each box, grown until each of its flows has a place on its border.
pub(crate) fn roomy_sizes(scene: &Scene) -> Vec<Size> {
    let grown = |(item, ties): (&super::scene::SceneBox, i32)| Size {
        width: item.size.width.max(PORT * (ties / 3) + 2 * item.corner),
        height: item.size.height.max(PORT * (ties / 6) + 2 * item.corner.min(24)),
    };
    scene.boxes.iter().zip(ties(scene)).map(grown).collect()
}

/// Ways round the boxes for all flows, their labels half way. `courses` are the bends flows had on a drawing.
pub(crate) fn routed(scene: &Scene, boxes: &[Rect], groups: &[Rect], courses: &[Vec<Point>]) -> Vec<Route> {
    let obstacles: Vec<Obstacle> = boxes
        .iter()
        .zip(&scene.boxes)
        .map(|(rect, item)| Obstacle { rect: *rect, corner: Size { width: item.corner, height: item.corner.min(20) } })
        .collect();
    // Where the names of groups usually stand.
    let headings: Vec<Rect> = groups
        .iter()
        .zip(&scene.groups)
        .map(|(rect, group)| Rect::new(rect.x + GROUP_PAD - 8, rect.y + 4, group.head_width, GROUP_HEAD - 10))
        .collect();
    let wishes: Vec<Wish> = scene
        .edges
        .iter()
        .enumerate()
        .map(|(index, edge)| Wish {
            from: edge.from,
            to: edge.to,
            course: courses.get(index).cloned().unwrap_or_default(),
        })
        .collect();
    let ways = route::routes(Ground { boxes: &obstacles, frames: groups, avoided: &headings }, &wishes);
    let placed = |(points, edge): (Vec<Point>, &super::scene::SceneEdge)| {
        // The label goes to the middle now and is moved where it fits later.
        let label = edge.label.zip(middle(&points)).map(|(size, at)| Rect::around(at, size));
        Route { points, label }
    };
    ways.into_iter().zip(&scene.edges).map(placed).collect()
}

/// The point halfway along a way.
pub(crate) fn middle(points: &[Point]) -> Option<Point> {
    let total: i32 = segments(points).map(|(a, b)| a.walk_to(b)).sum();
    let mut left = total / 2;
    for (a, b) in segments(points) {
        let length = a.walk_to(b);
        if left <= length {
            let along = |from: i32, to: i32| from + (to - from) * left / length.max(1);
            return Some(Point::new(along(a.x, b.x), along(a.y, b.y)));
        }
        left -= length;
    }
    points.first().copied()
}

/// How many boxes and bends ELK will handle: a flow takes one place in every layer it passes, and its label
/// doubles the layers. Found by layering the scene the way ELK does, roughly.
pub(crate) fn weight(scene: &Scene) -> usize {
    let layers = layers(scene);
    let layer = |at: usize| layers.get(at).copied().unwrap_or(0);
    let passed = scene.edges.iter().map(|edge| 1 + 2 * layer(edge.from).abs_diff(layer(edge.to)));
    scene.boxes.len() + passed.sum::<usize>()
}

/// The layer of each box: one below the lowest of those that feed it, flows that close a circle aside.
fn layers(scene: &Scene) -> Vec<usize> {
    let mut feeds = vec![Vec::new(); scene.boxes.len()];
    for edge in scene.edges.iter().filter(|edge| edge.from != edge.to) {
        if let Some(list) = feeds.get_mut(edge.from) {
            list.push(edge.to);
        }
    }
    layering(&feeds)
}
