//! Threats by STRIDE category and element.

use vauban_model::document::{Block, Cell, Column};
use vauban_model::finding::Finding;
use vauban_model::report::CellCount;
use vauban_model::scale::Stride;

use super::Maker;
use super::common::{cell, code, heading, level, note, or_dash, paragraph, strong, table};
use crate::text::count;

/// Findings listed for one letter.
const LISTED: usize = 400;

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let mut out = vec![paragraph(
        "STRIDE sorts threats by what goes wrong: spoofing (authenticity), tampering (integrity), repudiation (traceability), \
         information disclosure (confidentiality), denial of service (availability), elevation of privilege (authorisation).",
    )];
    out.push(heading(1, "STRIDE per element", "matrix"));
    out.push(matrix(maker));
    for letter in Stride::ALL {
        out.push(heading(1, letter.name(), &format!("stride-{}", letter.letter().to_lowercase())));
        out.push(one(maker, letter));
    }
    out.extend(maker.recorded());
    let none: Vec<&Finding> = maker.report.analysis.findings.iter().filter(|it| it.stride.is_empty()).collect();
    if !none.is_empty() {
        out.push(note(format!(
            "{} in no STRIDE category; the risk register has them.",
            match none.len() {
                1 => "1 finding is".to_owned(),
                number => format!("{number} findings are"),
            }
        )));
    }
    out
}

fn matrix(maker: &Maker<'_>) -> Block {
    let cells = &maker.report.analysis.matrix;
    if cells.is_empty() {
        let size = maker.report.model.components.len() + maker.report.model.flows.len();
        return note(format!(
            "{size} components and flows are too many for a matrix; the lists below have every finding."
        ));
    }
    let mut columns = vec![Column::text("Element", 5), Column::text("Kind", 2)];
    columns.extend(Stride::ALL.into_iter().map(|letter| Column::text(letter.letter(), 1)));

    let rows: Vec<Vec<Cell>> = cells
        .iter()
        .map(|it| {
            let mut row = vec![strong(maker.name(it.element)), cell(it.element.domain.as_str())];
            row.extend(it.counts.iter().map(|counts| cell(words(*counts))));
            row
        })
        .collect();
    let most = cells.iter().flat_map(|it| it.counts).map(|it| it.considered).max().unwrap_or(0);
    let selection = format!(
        "{} A number counts threats that apply, open or decided. Otherwise: ✓ stopped by a control, ? waits for an answer, – none considered applies, blank: the library has none for this kind. Up to {} of the library were considered for one field.",
        maker.selection("every component and flow in scope", rows.len(), rows.len(), ""),
        count(most as usize, "threat"),
    );
    table("stride-matrix", "STRIDE per element", columns, rows, selection)
}

fn words(counts: CellCount) -> String {
    match counts {
        CellCount { open: 1.., .. } => counts.open.to_string(),
        CellCount { stopped: 1.., asked: 1.., .. } => "✓ ?".to_owned(),
        CellCount { stopped: 1.., .. } => "✓".to_owned(),
        CellCount { asked: 1.., .. } => "?".to_owned(),
        CellCount { considered: 0, .. } => String::new(),
        _ => "–".to_owned(),
    }
}

fn one(maker: &Maker<'_>, letter: Stride) -> Block {
    let all: Vec<&Finding> = maker.worst_first(|it| it.stride.contains(&letter));
    if all.is_empty() {
        let asks = maker.asking(|threat| threat.stride.contains(&letter));
        return note(match asks {
            0 => "No threat of this category applies.".to_owned(),
            number => format!(
                "No threat of this category applies so far; {} may still hide one.",
                count(number, "open question")
            ),
        });
    }
    let columns = vec![
        Column::text("Current", 2),
        Column::text("Threat", 8).named(),
        Column::text("Element", 4),
        Column::text("Status", 2),
    ];
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .take(LISTED)
        .map(|finding| {
            let mut name = cell(format!("{} ", finding.title));
            name.extend(code(finding.id.clone()));
            vec![
                level(finding.current.risk),
                name,
                or_dash(&finding.elements.first().map(|it| maker.name(*it)).unwrap_or_default()),
                cell(finding.status.as_str().replace('-', " ")),
            ]
        })
        .collect();
    let not = if all.len() > LISTED { "those of less risk; the risk register has all" } else { "" };
    let query = format!("findings of the category {}", letter.name().to_lowercase());
    let selection = maker.selection(&query, rows.len(), all.len(), not);
    let id = format!("stride-{}", letter.letter().to_lowercase());
    table(&id, &format!("{}: threats that apply", letter.name()), columns, rows, selection)
}
