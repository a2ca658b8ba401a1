//! The geometry of drawings: what lies in a box, what a line crosses, what a loose end meant.
//!
//! One truth for the readers of drawings, for our own pictures and for the browser. Distances are in the unit of the
//! drawing, usually pixels; x grows to the right and y downwards, so readers of formats that count upwards turn them
//! round. Every number is finite: readers leave out what is not.
//!
//! Only additions, multiplications, divisions, square roots and comparisons, which every machine does alike, so that
//! equal drawings give equal answers everywhere.

mod curve;
mod nesting;
pub mod pixel;
mod plane;
pub mod route;
mod snap;

pub use curve::{quadratic, quadratic_through, smooth};
pub use nesting::Nesting;
pub use plane::{Line, Point, Rect};
pub use snap::{Snap, nearest_box};
