//! The attack graph: what an attacker can reach, by which steps, at what cost.
//!
//! [`graph`] is the pure engine: an AND/OR graph of states and steps and the questions asked of it. It knows
//! nothing of threats.

pub mod generate;
pub mod graph;
