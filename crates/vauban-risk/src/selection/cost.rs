//! What a control costs, in person-days.
//!
//! In this order: what the methodology says of the control, what it says of its effort, what the control's page says, and
//! where nobody says anything [`BY_EFFORT`].

use vauban_model::library::Control;
use vauban_model::plan::{self, EFFORT_SCALE, Effort};
use vauban_model::scale::{Level, Methodology};

/// The effort that a cost is. A methodology that says what its efforts cost has its own scale: each reaches up to that.
pub fn effort_of(cost: Effort, methodology: &Methodology) -> Level {
    if methodology.effort_cost.iter().all(Option::is_none) {
        return plan::effort_of(cost);
    }
    let most = Level::ALL.into_iter().map(|level| {
        let own = methodology.effort_cost.get(level as usize).copied().flatten();
        (level, own.or_else(|| EFFORT_SCALE.get(level as usize).copied()))
    });
    let mut within = most.filter(|(_, most)| most.is_some_and(|most| cost <= most));
    within.next().map_or(Level::Critical, |(level, _)| level)
}

/// Days by effort where nobody says anything, inside the scale of [`EFFORT_SCALE`]: `low` is a setting that one person
/// changes and tests, `medium` a change to
/// software or a small project, `high` a project of a month and a half, `critical` a programme. Our own figures, rough on
/// purpose, and meant to be replaced.
pub const BY_EFFORT: [Effort; 4] = [Effort::days(2), Effort::days(8), Effort::days(30), Effort::days(90)];

/// What a control costs at one place.
pub fn cost_of(control: &Control, methodology: &Methodology) -> Effort {
    let own = methodology.control_cost.iter().find(|(id, _)| **id == *control.id || control.aliases.contains(id));
    let own = own.map(|(_, cost)| *cost).or_else(|| methodology.effort_cost.get(control.effort as usize).copied()?);
    own.or_else(|| control.cost_days.map(Effort::days)).unwrap_or_else(|| by_effort(control.effort, methodology))
}

/// What an effort costs: as the methodology says, else by default.
pub fn by_effort(effort: Level, methodology: &Methodology) -> Effort {
    let at = effort as usize;
    let own = methodology.effort_cost.get(at).copied().flatten();
    own.or_else(|| BY_EFFORT.get(at).copied()).unwrap_or_default()
}

/// What a control costs on a boundary or the system that reaches some places at once: the first in full, each other a
/// quarter, because one design serves all and each still has to be connected and tested.
pub fn cost_at_places(once: Effort, places: u32) -> Effort {
    let more = u64::from(places.saturating_sub(1));
    Effort(once.0.saturating_add(once.0.saturating_mul(more).div_ceil(4)))
}
