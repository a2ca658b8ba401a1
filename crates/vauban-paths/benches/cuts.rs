//! Cheapest cuts of the largest graphs of META4ICS. `cargo bench -p vauban-paths`.
//!
//! Each sample is one graph, built beforehand: the cut alone is measured, as META4ICS's published times are.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot read its input has nothing to measure")]

#[path = "../tests/it/meta4ics.rs"]
mod meta4ics;

use divan::Bencher;
use vauban_paths::graph::{CutLimits, Removable, Severed, StepSet, cheapest_cut};

fn main() {
    divan::main();
}

/// All graphs, each by itself: 5,000 to 15,000 nodes.
#[divan::bench(args = names(), sample_count = 20)]
fn published(bencher: Bencher<'_, '_>, name: &str) {
    let Some(folder) = meta4ics::folder() else {
        bencher.bench(|| ());
        return;
    };
    let cases = meta4ics::cases(&folder);
    let case = cases.iter().find(|case| case.name == name).unwrap();
    bencher.bench_local(|| {
        let price = |node: Removable| match node {
            Removable::State(state) => case.prices.get(state.0 as usize).copied().flatten(),
            Removable::Step(_) => None,
        };
        match cheapest_cut(&case.graph, &case.starts, &StepSet::new(), case.goal, price, CutLimits::default()) {
            Severed::By(cut) => assert_eq!(cut.cost, case.optimum),
            other => panic!("{other:?}"),
        }
    });
}

fn names() -> Vec<String> {
    let Some(folder) = meta4ics::folder() else {
        return vec!["absent: no ../shared/corpus/meta4ics".to_owned()];
    };
    meta4ics::cases(&folder).into_iter().map(|case| case.name).collect()
}
