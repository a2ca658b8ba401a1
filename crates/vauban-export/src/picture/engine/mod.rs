//! What places a scene: the interface, and the engines behind it.

#[cfg(feature = "elk")]
mod elk;
mod shelves;

use super::geometry::{Point, Rect};
use super::scene::Scene;

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
