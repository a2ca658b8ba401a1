//! One page for those who decide: where the risk is, what is decided, what to do first, what is not known.

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::scale::Level;
use vauban_model::vocabulary::fact;

use super::Maker;
use super::common::{bullets, cell, level, paragraph, spaced, strong, table};
use crate::digest::{self, goal_words};
use crate::text::{capital, count, short};

/// Most risks, controls and lines of a list: it is one page.
const MOST: usize = 5;
/// Letters of a description: it is one page.
const LETTERS: usize = 320;

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let report = maker.report;
    let system = &report.model.system;
    let mut out = vec![Block::Paragraph(vec![Inline::Strong(digest::verdict(report).into())])];
    let mut about: Vec<String> = Vec::new();
    if !system.description.trim().is_empty() {
        about.push(short(system.description.trim(), LETTERS));
    }
    if !report.model.business_context.trim().is_empty() {
        about.push(short(report.model.business_context.trim(), LETTERS));
    }
    about.extend(system.word(fact::CRITICALITY).map(|word| format!("Its criticality is {}.", spaced(word))));
    if !about.is_empty() {
        out.push(paragraph(about.join(" ")));
    }
    out.push(counts(maker));
    out.extend(worst(maker));
    out.extend(first_steps(maker));
    out.push(not_known(maker));
    out
}

/// How many threats have which risk: without controls, today, and after what was decided.
fn counts(maker: &Maker<'_>) -> Block {
    let findings = &maker.report.analysis.findings;
    let columns = vec![
        Column::text("Risk", 2),
        Column::number("Without controls", 2),
        Column::number("Today, open", 2),
        Column::number("Today, decided", 2),
        Column::number("After what was decided", 2),
    ];
    let rows: Vec<Vec<Cell>> = Level::ALL
        .into_iter()
        .rev()
        .map(|at| {
            let number = |count: usize| cell(count.to_string());
            let open = |is: bool| findings.iter().filter(|f| f.current.risk == at && f.status.is_open() == is).count();
            vec![
                level(at),
                number(findings.iter().filter(|f| f.inherent.risk == at).count()),
                number(open(true)),
                number(open(false)),
                number(findings.iter().filter(|f| f.residual.risk == at).count()),
            ]
        })
        .collect();
    let stopped = maker.report.analysis.mitigated.len();
    let caption = format!(
        "Threats that apply, by risk; {} more {} stopped by controls that are in place",
        stopped,
        if stopped == 1 { "is" } else { "are" }
    );
    table("summary", &caption, columns, rows, String::new())
}

fn worst(maker: &Maker<'_>) -> Vec<Block> {
    let mut items: Vec<Cell> = Vec::new();
    for path in maker.report.analysis.paths.iter().take(MOST.min(4)) {
        let attacker = maker.report.attackers.get(path.attacker as usize).map_or("an attacker", |it| &*it.name);
        let words = format!(
            " {} {} {} in {}.",
            capital(attacker),
            goal_words(path.goal.verb),
            maker.name(path.goal.element),
            count(path.steps.len(), "step")
        );
        let leaning = match path.assumptions.len() {
            0 => String::new(),
            number => format!(" It rests on {} that nobody confirmed.", count(number, "assumption")),
        };
        items.push(vec![Inline::Level(path.score.risk), Inline::Text((words + &leaning).into())]);
    }
    if items.is_empty() {
        return vec![paragraph("No attack path was found from any attacker considered to anything that hurts.")];
    }
    vec![Block::Paragraph(strong("What can happen, worst first")), bullets(items)]
}

fn first_steps(maker: &Maker<'_>) -> Vec<Block> {
    let closers = maker.digest.closers(MOST);
    let items: Vec<Cell> = closers
        .iter()
        .map(|closer| {
            let stops = digest::risks_in_words(closer.stops, Level::Low);
            let effort = maker.digest.control(closer.control).map_or("unknown", |control| control.effort.as_str());
            vec![
                Inline::Strong(maker.digest.control_name(closer.control).into()),
                Inline::Text(format!(": stops {stops} (effort {effort})").into()),
            ]
        })
        .collect();
    if items.is_empty() {
        return Vec::new();
    }
    vec![Block::Paragraph(strong("What closes most")), bullets(items)]
}

fn not_known(maker: &Maker<'_>) -> Block {
    let analysis = maker.report.analysis;
    let undecided = analysis
        .findings
        .iter()
        .filter(|f| f.status.is_open() && f.current.risk > maker.report.methodology.tolerance)
        .count();
    let outside = maker.report.model.out_of_scope.len()
        + maker.report.model.components.iter().filter(|it| it.element.out_of_scope.is_some()).count();
    let words = format!(
        "{} could change this result. {} above the tolerance {} without a decision. {} left out of scope.",
        capital(&match analysis.questions_total {
            0 => "no open question".to_owned(),
            number => count(number, "open question"),
        }),
        capital(&count(undecided, "risk")),
        if undecided == 1 { "is" } else { "are" },
        match outside {
            0 => "Nothing is".to_owned(),
            1 => "1 thing is".to_owned(),
            number => format!("{number} things are"),
        },
    );
    Block::Note(vec![Inline::Strong("What is not known or not decided. ".into()), Inline::Text(words.into())])
}
