//! Pictures of systems of four sizes: places for everything, and the SVG. `cargo bench -p vauban-export`.

#![expect(dead_code, reason = "only one of the samples is measured")]

use divan::Bencher;
use vauban_export::picture::{
    Badge, BadgeTone, Diagram, DiagramEdge, DiagramGroup, DiagramNode, EdgeStyle, Folding, GroupTone, NodeShape,
    OverlayStep, PathOverlay, Places, Rect, StepAt, SvgOptions, WayIn, layout_folded, svg,
};

#[path = "../src/picture/samples.rs"]
mod samples;

const SIZES: [usize; 4] = [5, 50, 150, 300];

fn main() {
    divan::main();
}

/// Laid out anew, box by box.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn automatic(bencher: Bencher<'_, '_>, components: usize) {
    let diagram = samples::system(components, components * 13 / 10, 5);
    bencher.bench(|| layout_folded(&diagram, Folding::Sheet));
}

/// Groups closed until it fits a page, as in the report.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn folded(bencher: Bencher<'_, '_>, components: usize) {
    let diagram = samples::system(components, components * 13 / 10, 5);
    bencher.bench(|| layout_folded(&diagram, Folding::Page));
}

/// With the places of a drawing: those of the automatic layout, as if somebody had drawn it at half the size.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn drawn(bencher: Bencher<'_, '_>, components: usize) {
    let mut diagram = samples::system(components, components * 13 / 10, 5);
    let placed = layout_folded(&diagram, Folding::Sheet);
    let half = |at: usize| {
        let rect = placed.nodes.get(at)?.rect;
        Some(Rect::new(rect.x / 2, rect.y / 2, rect.width / 2, rect.height / 2))
    };
    let nodes = placed.node_at.iter().map(|at| at.and_then(half)).collect();
    diagram.places = Some(Places { nodes, ..Places::default() });
    bencher.bench(|| layout_folded(&diagram, Folding::Sheet));
}

/// With the places of a drawing in which everything stands in rows, close together.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn drawn_in_rows(bencher: Bencher<'_, '_>, components: usize) {
    let diagram = samples::grid(components, components * 13 / 10, 5);
    bencher.bench(|| layout_folded(&diagram, Folding::Sheet));
}

/// The text of the picture.
#[divan::bench(args = SIZES, sample_count = 10)]
fn text(bencher: Bencher<'_, '_>, components: usize) {
    let diagram = samples::system(components, components * 13 / 10, 5);
    let placed = layout_folded(&diagram, Folding::Sheet);
    bencher.bench(|| svg(&diagram, &placed, &SvgOptions::default()));
}
