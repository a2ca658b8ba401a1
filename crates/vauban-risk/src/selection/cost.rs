//! What a control costs, in person-days.
//!
//! The library says how much effort a control takes in words. The defaults turn words into days: `low` is a setting that one
//! person changes and tests (2 days), `medium` a change to software or a small project (8), `high` a project of a month and
//! a half (30), `critical` a programme (90). They are ours, rough on purpose, and meant to be replaced: a methodology says
//! other days for an effort or for a single control.

use vauban_model::library::Control;
use vauban_model::plan::Effort;
use vauban_model::scale::Methodology;

/// What a control costs at one place. The one function to change when pages of controls say their cost themselves.
pub fn cost_of(control: &Control, methodology: &Methodology) -> Effort {
    let own = methodology.control_cost.iter().find(|(id, _)| **id == *control.id || control.aliases.contains(id));
    own.map_or_else(|| methodology.effort_cost.get(control.effort as usize).copied().unwrap_or_default(), |(_, cost)| *cost)
}

/// What a control costs on a boundary or the system that reaches some places at once: the first in full, each other a
/// quarter, because one design serves all and each still has to be connected and tested.
pub fn cost_at_places(once: Effort, places: u32) -> Effort {
    let more = u64::from(places.saturating_sub(1));
    Effort(once.0.saturating_add(once.0.saturating_mul(more).div_ceil(4)))
}
