//! Every threat that was found, asks or is stopped here, with what it is and what became of it.

use std::collections::BTreeMap;

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::finding::Finding;
use vauban_model::scale::Level;

use super::Maker;
use super::common::{cell, code, heading, level, or_dash, pair, paragraph, prose, said, strong, table};
use crate::text::{capital, count};

/// Threats told in full.
const TOLD: usize = 60;

/// What became of one threat of the library.
#[derive(Default)]
struct Fate<'a> {
    open: Vec<&'a Finding>,
    decided: Vec<&'a Finding>,
    stopped: usize,
    asks: usize,
}

impl Fate<'_> {
    /// The worst risk of today, open or decided about.
    fn worst(&self) -> Option<Level> {
        self.open.iter().chain(&self.decided).map(|it| it.current.risk).max()
    }
}

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let (report, analysis) = (maker.report, maker.report.analysis);
    let mut fates: BTreeMap<u32, Fate<'_>> = BTreeMap::new();
    for finding in &analysis.findings {
        let fate = fates.entry(finding.threat).or_default();
        if finding.status.is_open() { fate.open.push(finding) } else { fate.decided.push(finding) }
    }
    for stopped in &analysis.mitigated {
        fates.entry(stopped.threat).or_default().stopped += 1;
    }
    for question in &analysis.questions {
        for threat in &question.threats {
            fates.entry(*threat).or_default().asks += 1;
        }
    }
    let mut order: Vec<(u32, Fate<'_>)> = fates.into_iter().collect();
    let worst = |fate: &Fate<'_>| fate.open.iter().map(|it| it.current.risk).max();
    order.sort_by_key(|(at, fate)| (std::cmp::Reverse((fate.worst(), worst(fate))), *at));
    let silent = analysis.threats_considered.saturating_sub(order.len());
    let mut out = vec![paragraph(format!(
        "{} of the library were considered. {} at one element or more: it applies, waits for an answer or is stopped by a control. The others apply to nothing in this model: {}.",
        capital(&count(analysis.threats_considered, "threat")),
        match order.len() {
            1 => "1 matters".to_owned(),
            number => format!("{number} matter, each"),
        },
        silent
    ))];
    out.push(overview(maker, &order, silent));
    out.extend(maker.recorded());
    let told: Vec<&(u32, Fate<'_>)> = order.iter().filter(|(_, fate)| !fate.open.is_empty()).take(TOLD).collect();
    if !told.is_empty() {
        out.push(heading(1, "Open threats", "open"));
    }
    for (at, fate) in told {
        let Some(threat) = report.threats.get(*at as usize) else { continue };
        out.push(heading(2, &threat.title, &format!("threat-{}", threat.id)));
        let mut line = level(worst(fate).unwrap_or(Level::Low));
        line.push(Inline::Text(" ".into()));
        line.extend(said(&threat.summary));
        line.push(Inline::Text(" ".into()));
        line.push(Inline::Code(threat.id.clone()));
        out.push(Block::Paragraph(line));
        out.extend(prose(&threat.why, 1).into_iter().map(Block::Paragraph));
        let places: Vec<String> = maker.places(&fate.open).into_iter().map(|it| maker.name(it)).take(12).collect();
        let more = maker.places(&fate.open).len().saturating_sub(places.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        out.push(Block::Paragraph(vec![
            Inline::Strong("Where: ".into()),
            Inline::Text(format!("{}{more}.", places.join(", ")).into()),
        ]));
        if let Some(words) = prose(&threat.remedy, 1).into_iter().next() {
            let mut line = vec![Inline::Strong("What to do: ".into())];
            line.extend(words);
            out.push(Block::Paragraph(line));
        }
    }
    out
}

fn overview(maker: &Maker<'_>, order: &[(u32, Fate<'_>)], silent: usize) -> Block {
    let columns = vec![
        Column::text("Threat", 6).named(),
        Column::text("STRIDE", 2),
        Column::text("Weakness, technique", 4).parts(),
        Column::text("Worst risk", 2),
        Column::number("Open", 2),
        Column::number("Decided", 2),
        Column::number("Stopped", 2),
    ];
    let rows: Vec<Vec<Cell>> = order
        .iter()
        .filter_map(|(at, fate)| maker.report.threats.get(*at as usize).map(|threat| (threat, fate)))
        .map(|(threat, fate)| {
            let letters: Vec<&str> = threat.stride.iter().map(|it| it.letter()).collect();
            let ids = |ids: &[Box<str>]| ids.iter().take(2).map(|it| &**it).collect::<Vec<&str>>().join(" ");
            let weakness = Some(ids(&threat.cwe)).filter(|it| !it.is_empty()).unwrap_or_else(|| "–".to_owned());
            let worst = fate.worst();
            let waits = if worst.is_none() && fate.asks > 0 { "asks" } else { "–" };
            let mut name = strong(threat.title.clone());
            name.push(Inline::Text(" ".into()));
            name.extend(code(threat.id.clone()));
            vec![
                name,
                or_dash(&letters.join(" ")),
                pair(&weakness, &ids(&threat.attack)),
                worst.map_or_else(|| cell(waits), level),
                cell(fate.open.len().to_string()),
                cell(fate.decided.len().to_string()),
                cell(fate.stopped.to_string()),
            ]
        })
        .collect();
    let not = format!("{} of the library that apply to nothing here", count(silent, "threat"));
    let all = rows.len();
    let selection =
        maker.selection("threats of the library that apply, ask or are stopped at an element", all, all, &not);
    table("threats", "Threats and what became of them", columns, rows, selection)
}
