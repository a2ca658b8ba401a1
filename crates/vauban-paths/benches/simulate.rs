//! Sampling the time of every step on generated graphs: `cargo bench -p vauban-paths --bench simulate`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot make its own graph has nothing to measure")]

use divan::Bencher;
use vauban_paths::graph::{
    Begin, Draw, Graph, GraphBuilder, Pace, STRUCTURAL, Sampling, StateId, StepId, simulate, uniform,
};

fn main() {
    divan::main();
}

/// Hosts in zones that attack each other, everything cyclic: each host is reached, run on and its secrets are held; one
/// state for two steps. `nodes` counts states and steps together.
fn zones(nodes: u32) -> Graph {
    let hosts_each = 500;
    let zones = (nodes / 6 / hosts_each).max(1);
    let hosts = zones * hosts_each;
    let below = |number: u32, bound: u32| (uniform(2, 7, u64::from(number)) * f64::from(bound)) as u32;
    let mut builder = GraphBuilder::new();
    let zone = builder.add_states(zones).unwrap().0;
    let run_on = builder.add_states(hosts).unwrap().0;
    let secrets = builder.add_states(hosts).unwrap().0;
    for host in 0..hosts {
        let reached = StateId(zone + host / hosts_each);
        let (runs, holds) = (StateId(run_on + host), StateId(secrets + host));
        // Exploit what is reached; log in with a secret found elsewhere; read secrets; see the own zone.
        builder.add_step(&[reached], &[runs], 0, 2 * host).unwrap();
        builder.add_step(&[runs], &[holds], 0, STRUCTURAL).unwrap();
        builder.add_step(&[StateId(secrets + below(host, hosts)), reached], &[runs], 0, 2 * host + 1).unwrap();
        let next = StateId(zone + (host / hosts_each + 1) % zones);
        let seen = if host % hosts_each < 3 { next } else { reached };
        builder.add_step(&[runs], &[seen], 0, STRUCTURAL).unwrap();
    }
    builder.build()
}

/// Half of the steps take time and may fail, in the five ways of the default methodology.
fn draw(graph: &Graph, step: StepId) -> Option<Draw> {
    const PACES: [(f64, f64); 5] = [(0.02, 100.0), (0.1, 30.0), (0.3, 10.0), (0.6, 3.0), (0.9, 1.0)];
    let action = graph.action_of(step)?;
    let (success, mean) = PACES[(action % 5) as usize];
    Some(Draw { key: u64::from(action), pace: Pace { success, mean } })
}

/// A thousand samples of every step.
#[divan::bench(args = [20_000, 200_000, 2_000_000], sample_count = 3, sample_size = 1)]
fn thousand_samples(bencher: Bencher<'_, '_>, nodes: u32) {
    let graph = zones(nodes);
    let begins = [Begin { state: StateId(0), draw: Draw { key: 1, pace: Pace::AT_ONCE } }];
    let goals: Vec<StateId> = (0..20).map(|at| StateId(graph.state_count() as u32 - 1 - 37 * at)).collect();
    let sampling = Sampling { seed: 1, samples: 1_000, horizon: 365.0 };
    bencher.bench(|| simulate(&graph, &begins, |step| draw(&graph, step), &goals, sampling));
}
