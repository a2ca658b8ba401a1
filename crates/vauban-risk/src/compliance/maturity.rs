//! Maturity by models such as SAMM and BSIMM: what of each activity the records show.

use vauban_model::coverage::{ArtefactState, Freshness, MaturityRow, Shown};
use vauban_model::framework::Activity;

use super::{Basis, artefacts};

/// A row for each activity that the library knows, in its order.
pub fn maturity(basis: &Basis<'_>) -> Vec<MaturityRow> {
    let states = artefacts(basis);
    basis.frameworks.activities.iter().map(|activity| row(activity, &states)).collect()
}

fn row(activity: &Activity, states: &[ArtefactState]) -> MaturityRow {
    let find = |id: &str| states.iter().find(|state| state.artefact.as_str() == id);
    let used: Vec<&ArtefactState> = activity.shows.iter().filter_map(|id| find(id)).collect();
    let counting = used.iter().filter(|state| state.freshness.counts()).count();
    let fresh = used.iter().any(|state| state.freshness == Freshness::Fresh);
    let shown = match (used.len(), counting) {
        (0, _) => Shown::NotVisible,
        (all, counting) if fresh && all == counting => Shown::Yes,
        (_, 0) if used.iter().all(|state| state.freshness == Freshness::Missing) => Shown::No,
        _ => Shown::Partly,
    };
    let lacking = used.iter().filter(|state| !state.freshness.counts());
    let missing: Vec<String> =
        lacking.map(|state| format!("{} {}", state.artefact.title(), state.freshness.as_str())).collect();
    MaturityRow { activity: activity.clone(), shown, missing: missing.join("; ").into() }
}
