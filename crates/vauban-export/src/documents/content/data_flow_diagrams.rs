//! The architecture as pictures, and the worst attack paths on it.

use vauban_model::document::{Block, Inline};
use vauban_model::drawing::Drawing;

use super::Maker;
use super::common::{bullets, cell, heading, level, note, paragraph};
use crate::diagram::{Shown, diagram_of, overlay};
use crate::picture::{Folding, Layout, PathOverlay, SvgOptions, Theme, layout_folded, svg};
use crate::text::{capital, count, sentence_list};

/// Attack paths drawn.
const PATHS: usize = 3;
/// Most drawings of a model that are shown.
const DRAWINGS: usize = 12;

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let model = maker.report.model;
    let mut out = vec![paragraph(
        "Rounded boxes are processes, boxes open at the sides are data stores, square boxes are external systems and people. \
         A dashed frame is a trust boundary. A full line with a lock is an encrypted flow, a dashed line a flow in the clear, \
         a dotted line one of which nobody said. A number at a box counts the threats that are open there.",
    )];
    if model.components.is_empty() {
        out.push(note("The model has no components: there is nothing to draw."));
        return out;
    }
    let drawn: Vec<Option<&Drawing>> = match model.drawings.as_slice() {
        [] => vec![None],
        some => some.iter().take(DRAWINGS).map(Some).collect(),
    };
    for (number, drawing) in drawn.iter().enumerate() {
        let name = drawing.filter(|_| model.drawings.len() > 1).map_or("Overview", |it| &*it.name);
        out.push(heading(1, name, &format!("diagram-{}", number + 1)));
        out.extend(figure(
            maker,
            *drawing,
            &[],
            &format!("d{number}"),
            &format!("Data flows of {}", model.system.name),
        ));
    }
    if model.drawings.len() > DRAWINGS {
        out.push(note(format!("{} more drawings of the model are left out here.", model.drawings.len() - DRAWINGS)));
    }
    out.extend(paths(maker));
    out
}

/// A picture, with what was folded for it.
pub(super) fn figure(
    maker: &Maker<'_>,
    drawing: Option<&Drawing>,
    overlays: &[PathOverlay],
    id: &str,
    caption: &str,
) -> Vec<Block> {
    let mut diagram = diagram_of(maker.report, Shown { threats: overlays.is_empty(), risk: false, drawing });
    diagram.title = String::new();
    let layout = layout_folded(&diagram, Folding::Page);
    let prefix = format!("{}-{id}-", maker.prefix);
    let options = SvgOptions { overlays, theme: Theme::Light, embed: false, legend: false, id_prefix: &prefix };
    let picture = svg(&diagram, &layout, &options);
    let mut out = vec![Block::Figure {
        svg: picture.into(),
        caption: caption.into(),
        alternative: alternative(maker, overlays).into(),
    }];
    out.extend(folded(&layout));
    out
}

fn folded(layout: &Layout) -> Option<Block> {
    let closed: Vec<usize> = layout.nodes.iter().filter_map(|node| node.folded()).collect();
    (!closed.is_empty()).then(|| {
        note(format!(
            "The system is too large to draw box by box: {} drawn as {}. The asset inventory lists each.",
            count(closed.iter().sum(), "component"),
            count(closed.len(), "box")
        ))
    })
}

/// What a reader who cannot see the picture is told.
fn alternative(maker: &Maker<'_>, overlays: &[PathOverlay]) -> String {
    let model = maker.report.model;
    let steps: Vec<String> = overlays
        .iter()
        .flat_map(|overlay| &overlay.steps)
        .map(|step| format!("{} {}", step.number, step.label))
        .take(20)
        .collect();
    let what = format!(
        "Data-flow diagram of {} with {}, {} and {}.",
        model.system.name,
        count(model.components.len(), "component"),
        count(model.flows.len(), "flow"),
        count(model.boundaries.len(), "trust boundary"),
    );
    match steps.is_empty() {
        true => format!("{what} The tables of the asset inventory say the same in words."),
        false => format!("{what} An attack path in {}: {}.", count(steps.len(), "step"), steps.join("; ")),
    }
}

fn paths(maker: &Maker<'_>) -> Vec<Block> {
    let report = maker.report;
    let all = &report.analysis.paths;
    let mut out = vec![heading(1, "Attack paths", "attack-paths")];
    if all.is_empty() {
        out.push(note("No attack path was found: nothing that attackers start from leads to anything that hurts."));
        return out;
    }
    for (number, path) in all.iter().take(PATHS).enumerate() {
        let mut line: Vec<Inline> = level(path.score.risk);
        line.push(Inline::Text(format!(" {}", path.story).into()));
        out.push(Block::Paragraph(line));
        let drawing = match report.model.drawings.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        let caption = format!("Attack path {} of {}", number + 1, all.len());
        out.extend(figure(maker, drawing, &[overlay(report, path)], &format!("p{number}"), &caption));
        if !path.assumptions.is_empty() {
            let words: Vec<String> = path.assumptions.iter().map(|it| it.to_string()).collect();
            out.push(note(format!("It rests on what nobody confirmed: {}.", sentence_list(&words))));
        }
    }
    if all.len() > PATHS {
        out.push(paragraph("The other paths, in words:"));
        let rest = all.iter().skip(PATHS).map(|path| {
            let mut line = level(path.score.risk);
            line.extend(cell(format!(" {}", capital(&path.story))));
            line
        });
        out.push(bullets(rest.collect()));
    }
    out
}
