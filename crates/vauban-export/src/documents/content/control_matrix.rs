//! Threats against controls: where each control is in place, missing or unknown.

use std::collections::BTreeMap;

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::scale::Level;

use super::Maker;
use super::common::{cell, code, heading, level, note, or_dash, paragraph, strong, table};
use crate::digest;
use crate::text::{count, count_verb, place};

/// What is known of one control against one threat.
#[derive(Default)]
struct Pair {
    stops: bool,
    weakens: u8,
    present: usize,
    missing: usize,
    unknown: usize,
    worst: Option<Level>,
}

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let pairs = pairs(maker);
    if pairs.is_empty() {
        let words = match (maker.report.analysis.findings.is_empty(), maker.asking(|it| !it.controls.is_empty())) {
            (true, 0) => format!("{} There is no matrix.", digest::silence(maker.report).join(" ")),
            (true, asks) => format!(
                "{} There is no matrix so far: {} for threats that have controls in the library.",
                digest::silence(maker.report).join(" "),
                count_verb(asks, "open question", "asks", "ask")
            ),
            (false, _) => "No threat that applies here has a control in the library: there is no matrix.".to_owned(),
        };
        return vec![note(words)];
    }
    vec![
        paragraph(
            "For each threat the controls that stop or weaken it, and at how many places each is stated to be in place, stated to be missing, or not stated at all. Only what the model or its overlay says counts; a control that nobody stated is unknown, not missing.",
        ),
        heading(1, "Threats and controls", "matrix"),
        matrix(maker, &pairs),
        heading(1, "Controls in place", "in-place"),
        in_place(maker),
    ]
}

/// By threat and control.
fn pairs<'a>(maker: &Maker<'a>) -> BTreeMap<(u32, &'a str), Pair> {
    let analysis = maker.report.analysis;
    let mut out: BTreeMap<(u32, &str), Pair> = BTreeMap::new();
    for finding in &analysis.findings {
        for need in &finding.controls {
            let pair = out.entry((finding.threat, &*need.control)).or_default();
            match need.weakens {
                None => pair.stops = true,
                Some(levels) => pair.weakens = pair.weakens.max(levels),
            }
            match need.present {
                Some(true) => pair.present += 1,
                Some(false) => pair.missing += 1,
                None => pair.unknown += 1,
            }
            pair.worst = pair.worst.max(Some(finding.current.risk));
        }
    }
    for stopped in &analysis.mitigated {
        let pair = out.entry((stopped.threat, &*stopped.control)).or_default();
        pair.stops = true;
        pair.present += 1;
    }
    out
}

fn matrix(maker: &Maker<'_>, pairs: &BTreeMap<(u32, &str), Pair>) -> Block {
    let columns = vec![
        Column::text("Threat", 6),
        Column::text("Worst risk", 2),
        Column::text("Control", 5),
        Column::text("Effect", 3),
        Column::number("In place", 2),
        Column::number("Missing", 2),
        Column::number("Unknown", 2),
    ];
    let worst = |threat: u32| {
        pairs.range((threat, "")..(threat.saturating_add(1), "")).filter_map(|(_, pair)| pair.worst).max()
    };
    let mut order: Vec<(&(u32, &str), &Pair)> = pairs.iter().collect();
    order.sort_by_key(|((threat, control), pair)| (std::cmp::Reverse(worst(*threat)), *threat, !pair.stops, *control));
    let rows: Vec<Vec<Cell>> = order
        .iter()
        .map(|((threat, control), pair)| {
            let title = maker.digest.threat(*threat).map_or("?", |it| &*it.title);
            let effect = match (pair.stops, pair.weakens) {
                (true, _) => "stops it".to_owned(),
                (false, levels) => format!("{} less likely", count(usize::from(levels), "level")),
            };
            vec![
                cell(title),
                pair.worst.map_or_else(|| cell("stopped"), level),
                strong(maker.digest.control_name(control)),
                cell(effect),
                cell(pair.present.to_string()),
                cell(pair.missing.to_string()),
                cell(pair.unknown.to_string()),
            ]
        })
        .collect();
    let all = rows.len();
    let selection = maker.selection(
        "every pair of a threat that applies, open or decided, or is stopped, and a control that the library names for it",
        all,
        all,
        "threats that only ask, and controls that the library does not relate to a threat here",
    );
    table("control-matrix", "Threats and controls, by places", columns, rows, selection)
}

/// Each statement that a control stops a threat, with where it is said.
fn in_place(maker: &Maker<'_>) -> Block {
    let stopped = &maker.report.analysis.mitigated;
    if stopped.is_empty() {
        return note("No control that is stated to be in place stops a threat here.");
    }
    let columns = vec![
        Column::text("Control", 5),
        Column::text("Stops", 6),
        Column::text("At", 4),
        Column::text("Known how", 3),
        Column::text("Where it is said", 4),
    ];
    let rows: Vec<Vec<Cell>> = stopped
        .iter()
        .map(|it| {
            vec![
                vec![Inline::Strong(maker.digest.control_name(&it.control).into())],
                or_dash(maker.digest.threat(it.threat).map_or("", |threat| &*threat.title)),
                cell(maker.name(it.element)),
                cell(it.evidence.origin.as_str()),
                code(place(it.evidence.span, maker.report.sources)),
            ]
        })
        .collect();
    let selection = maker.selection("every threat at an element that a control stops", rows.len(), stopped.len(), "");
    table("controls-in-place", "Threats that controls stop, with evidence", columns, rows, selection)
}
