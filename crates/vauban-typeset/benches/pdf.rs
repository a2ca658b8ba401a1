//! How long a large register takes to become PDF.

use vauban_model::brand::Brand;
use vauban_model::document::{AS_OF, Block, Column, Document, Inline, Table, text};
use vauban_model::scale::Level;

fn main() {
    divan::main();
}

/// A register with so many rows, as wide as ours.
fn register(rows: usize) -> Document {
    let columns = [2, 7, 3, 6, 3, 2, 2, 3, 3].map(|weight| Column::text("Heading", weight)).to_vec();
    let row = |at: usize| {
        let level = Level::ALL[at % 4];
        vec![
            vec![Inline::Level(level)],
            vec![
                Inline::Text(format!("Queries of component {at} can be changed by what users send ").into()),
                Inline::Code(format!("sql-injection@component-{at}").into()),
            ],
            text(format!("component {at}")),
            text("Disclosure of orders. Orders (confidential, integrity high)."),
            text("likely, 4 of 5"),
            vec![Inline::Level(Level::Critical)],
            vec![Inline::Level(Level::Low)],
            text("none: needs a decision"),
            text("shop team, 2026-12-31"),
        ]
    };
    let rows = (0..rows).map(row).collect();
    let table =
        Table { id: "risks".into(), caption: "Risk register".into(), columns, rows, selection: "Complete.".into() };
    Document {
        id: "risk-register".into(),
        title: "Risk register".into(),
        particulars: vec![(AS_OF.into(), "2026-01-15".into())],
        blocks: vec![
            Block::Heading { level: 1, text: "Register".into(), anchor: "register".into() },
            Block::Table(table),
        ],
        ..Document::default()
    }
}

#[divan::bench(args = [200, 5_000], sample_count = 3, sample_size = 1)]
fn pages(bencher: divan::Bencher<'_, '_>, rows: usize) {
    let document = register(rows);
    bencher.bench_local(|| vauban_typeset::pdf(&document, &Brand::default(), Vec::new()).map(|made| made.pages));
}
