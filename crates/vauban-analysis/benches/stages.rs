//! The stages of an analysis on synthetic models of three sizes, each measured by itself.
//!
//! `cargo bench -p vauban-analysis`. What a whole process costs is measured by `whole_process.rs` of `crates/vauban`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot read its own model has nothing to measure")]

use divan::Bencher;
use divan::counter::ItemsCount;
use vauban_analysis::embedded::{self, LoadedLibrary};
use vauban_analysis::plan::PlanQuery;
use vauban_analysis::project::{Inputs, Project, load};
use vauban_analysis::{Options, Session, analyse, synthetic};
use vauban_model::scale::Methodology;
use vauban_paths::generate::{CloudSteps, generate};
use vauban_paths::graph::{StepSet, best};
use vauban_rules::evaluate::evaluate;
use vauban_rules::facts::Facts;

const SIZES: [u32; 3] = [100, 1_000, 5_000];

fn main() {
    divan::main();
}

fn project(text: &str) -> Project {
    let inputs = Inputs { model: "model.yaml".to_owned(), ..Inputs::default() };
    load(&inputs, &mut |_| Ok(text.as_bytes().to_vec())).unwrap()
}

fn library() -> LoadedLibrary {
    embedded::load(&[])
}

/// Reading and compiling all that is embedded.
#[divan::bench(sample_count = 30)]
fn library_load() -> LoadedLibrary {
    library()
}

/// From text to model.
#[divan::bench(args = SIZES, sample_count = 20)]
fn read(bencher: Bencher<'_, '_>, components: u32) {
    let text = synthetic::model(components);
    bencher.counter(ItemsCount::new(components)).bench(|| project(&text));
}

/// Columns of everything known, derived facts with them.
#[divan::bench(args = SIZES, sample_count = 20)]
fn facts(bencher: Bencher<'_, '_>, components: u32) {
    let (project, loaded) = (project(&synthetic::model(components)), library());
    bencher.counter(ItemsCount::new(components)).bench(|| {
        // The columns borrow from the model: only their number can leave.
        Facts::new(&project.model, &loaded.library).count(vauban_model::vocabulary::Domain::Component)
    });
}

/// Every condition of the library on whole columns.
#[divan::bench(name = "evaluate", args = SIZES, sample_count = 20)]
fn evaluation(bencher: Bencher<'_, '_>, components: u32) {
    let (project, loaded) = (project(&synthetic::model(components)), library());
    let facts = Facts::new(&project.model, &loaded.library);
    bencher.counter(ItemsCount::new(components)).bench(|| evaluate(&facts, false));
}

/// The attack graph from the threats that apply.
#[divan::bench(args = SIZES, sample_count = 20)]
fn graph(bencher: Bencher<'_, '_>, components: u32) {
    let (project, loaded) = (project(&synthetic::model(components)), library());
    let facts = Facts::new(&project.model, &loaded.library);
    let instances = analyse::instances(&facts, &evaluate(&facts, false));
    let methodology = Methodology::default();
    bencher.counter(ItemsCount::new(components)).bench(|| {
        generate(&project.model, &facts.index, &loaded.library.threats, &instances, CloudSteps::default(), &methodology)
    });
}

/// The cheapest derivation of every state of the attack graph, once.
#[divan::bench(args = SIZES, sample_count = 20)]
fn best_paths(bencher: Bencher<'_, '_>, components: u32) {
    let (project, loaded) = (project(&synthetic::model(components)), library());
    let facts = Facts::new(&project.model, &loaded.library);
    let instances = analyse::instances(&facts, &evaluate(&facts, false));
    let methodology = Methodology::default();
    let graph = generate(
        &project.model,
        &facts.index,
        &loaded.library.threats,
        &instances,
        CloudSteps::default(),
        &methodology,
    );
    let beginnings: Vec<_> = loaded
        .library
        .attacker_starts(&facts)
        .into_iter()
        .map(|(attacker, state)| vauban_model::finding::Beginning { attacker, state })
        .collect();
    let starts = graph.starts(&beginnings, |_| 1.0);
    bencher.counter(ItemsCount::new(components)).bench(|| best(&graph.graph, &starts, &StepSet::new()));
}

/// All of the analysis: facts, threats, graph, scores, questions, paths.
#[divan::bench(args = SIZES, sample_count = 10)]
fn analysis(bencher: Bencher<'_, '_>, components: u32) {
    let (project, loaded) = (project(&synthetic::model(components)), library());
    let methodology = Methodology::default();
    let options = Options::default();
    bencher
        .counter(ItemsCount::new(components))
        .bench(|| analyse::analyse(&project.model, &[], &loaded.library, &methodology, &[], &options));
}

/// Everything from text to result, the library included: what a process does but for starting and printing.
#[divan::bench(args = SIZES, sample_count = 10)]
fn whole(bencher: Bencher<'_, '_>, components: u32) {
    let text = synthetic::model(components);
    bencher
        .counter(ItemsCount::new(components))
        .bench(|| Session::new(project(&text), library(), Options::default()).analysis.findings.len());
}

/// A plan of controls with its frontier, on top of an analysis.
#[divan::bench(args = SIZES, sample_count = 3)]
fn plan(bencher: Bencher<'_, '_>, components: u32) {
    let session = Session::new(project(&synthetic::model(components)), library(), Options::default());
    let query = PlanQuery { frontier: true, ..PlanQuery::default() };
    bencher.counter(ItemsCount::new(components)).bench(|| vauban_analysis::plan::plan(&session, &query));
}
