//! Maturity by models such as SAMM and BSIMM: what of each activity the records show.

use vauban_model::coverage::{ArtefactState, Freshness, MaturityRow, Shown};
use vauban_model::framework::Activity;

use super::{Basis, artefacts, subjects};

/// A row for each activity that the library knows, in its order.
pub fn maturity(basis: &Basis<'_>) -> Vec<MaturityRow> {
    let states = artefacts(basis);
    basis.frameworks.activities.iter().map(|activity| row(activity, &states, basis)).collect()
}

fn row(activity: &Activity, states: &[ArtefactState], basis: &Basis<'_>) -> MaturityRow {
    let find = |id: &str| states.iter().find(|state| state.artefact.as_str() == id);
    let used: Vec<&ArtefactState> = activity.shows.iter().filter_map(|id| find(id)).collect();
    let counting = used.iter().filter(|state| state.freshness.counts()).count();
    let fresh = used.iter().any(|state| state.freshness == Freshness::Fresh);
    let lacking = activity.needs.filter(|subject| !subjects::is_there(*subject, basis));
    let shown = match (used.len(), counting) {
        (0, _) => Shown::NotVisible,
        // What no record shows is not shown by those that there are.
        (all, counting) if fresh && all == counting && lacking.is_none() && activity.beyond.is_empty() => Shown::Yes,
        (_, 0) if used.iter().all(|state| state.freshness == Freshness::Missing) => Shown::No,
        // What it is about is in none of them.
        _ if lacking.is_some() => Shown::No,
        _ => Shown::Partly,
    };
    let there = used.iter().filter(|state| state.freshness.counts());
    let records: Vec<String> = there.map(|state| format!("{}: {}", state.artefact.title(), state.because)).collect();
    let late = used.iter().filter(|state| !state.freshness.counts());
    let late = late.map(|state| format!("{} {}", state.artefact.title(), state.freshness.as_str()));
    let missing: Vec<String> = lacking.map(|subject| subject.lacking().to_owned()).into_iter().chain(late).collect();
    MaturityRow {
        activity: activity.clone(),
        shown,
        records: records.join("; ").into(),
        missing: missing.join("; ").into(),
    }
}
