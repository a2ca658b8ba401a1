//! One page for those who decide: where the risk is, what is decided, what to do first, what is not known.

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::finding::{Finding, Status};
use vauban_model::record::EventKind;
use vauban_model::scale::Level;
use vauban_model::treatment::{Stage, TreatmentOf};
use vauban_model::vocabulary::{Domain, fact};

use super::common::{bullets, cell, level, paragraph, spaced, strong, table};
use super::{Maker, due};
use crate::digest::{self, goal_words};
use crate::text::{capital, count, sentence_list, short};

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
    out.extend(recorded(maker));
    out.extend(worst(maker));
    out.extend(to_do(maker));
    out.extend(first_steps(maker));
    out.push(not_known(maker));
    out
}

/// The threats that people recorded and that are open: said first where nothing else is, because a page that leaves them
/// out would call a system quiet that its own people do not.
fn recorded(maker: &Maker<'_>) -> Vec<Block> {
    let all = digest::recorded_by_urgency(maker.report.model);
    let open: Vec<_> = all.iter().filter(|it| digest::is_recorded_open(it)).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let mut items: Vec<Cell> = open
        .iter()
        .take(MOST)
        .map(|it| {
            let about: Vec<String> = it.elements.iter().take(2).map(|at| maker.name(*at)).collect();
            let at = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
            let severity = if it.severity.trim().is_empty() { "not rated" } else { it.severity.trim() };
            let state = if it.status.trim().is_empty() { "no state" } else { it.status.trim() };
            let mut line = strong(it.title.clone());
            line.push(Inline::Text(format!("{at}: {}, {state}", severity.to_lowercase()).into()));
            line
        })
        .collect();
    if open.len() > MOST {
        // The document that holds all others has them once, in the catalogue.
        let place = if maker.whole { "threat catalogue" } else { "risk register" };
        items.push(cell(format!("{} more; the {place} has them", open.len() - MOST)));
    }
    vec![Block::Paragraph(strong("Open, recorded by people, not judged here")), bullets(items)]
}

/// What waits for whom: decisions, late work, exceptions that end.
fn to_do(maker: &Maker<'_>) -> Vec<Block> {
    let undecided = maker.undecided();
    let decide: Vec<Cell> = undecided
        .iter()
        .map(|it| {
            let why = match maker.report.treatment(&it.id).map(|treatment| treatment.stage) {
                Some(Stage::Proposed) => " (proposed, not approved)",
                Some(Stage::Lapsed) => " (its approval lapsed)",
                Some(Stage::Expired) => " (its decision has ended)",
                _ => "",
            };
            vec![Inline::Level(it.current.risk), Inline::Text(format!(" {}{why}", it.title).into())]
        })
        .collect();
    let overdue: Vec<Cell> = maker
        .overdue()
        .iter()
        .map(|it| {
            let day = it.due.as_deref().map(|day| maker.day(day, "overdue")).unwrap_or_default();
            cell(format!("{}: {}, due {day}", due::owner(it), due::title(it)))
        })
        .collect();
    let lapsing: Vec<Cell> = maker
        .lapsing()
        .iter()
        .map(|it| {
            let day = it.until.as_deref().map(|day| maker.day(day, "ago")).unwrap_or_default();
            let treatment = spaced(it.treatment.as_str());
            cell(format!("{}: {} ({treatment}), until {day}", due::owner(it), due::title(it)))
        })
        .collect();
    let mut out = Vec::new();
    let overdue: Vec<Cell> = review_overdue(maker).into_iter().chain(overdue).collect();
    let lists = [
        ("Decide now", decide),
        ("Overdue", overdue),
        ("Stays above the tolerance, by decision", staying(maker)),
        ("Lapsing soon", lapsing),
    ];
    for (title, items) in lists {
        let all = items.len();
        if all == 0 {
            continue;
        }
        let mut items: Vec<Cell> = items.into_iter().take(MOST).collect();
        if all > MOST {
            items.push(cell(format!("{} more; the treatment plan has them", all - MOST)));
        }
        out.push(Block::Paragraph(strong(title)));
        out.push(bullets(items));
    }
    out
}

/// Risks that are above the tolerance when all that was decided is done: accepted, handed on, or not reduced enough.
fn staying(maker: &Maker<'_>) -> Vec<Cell> {
    let tolerance = maker.report.methodology.tolerance;
    let stays =
        |it: &&Finding| !it.status.is_open() && it.status != Status::FalsePositive && it.residual.risk > tolerance;
    let one = |it: &&Finding| {
        let decided = maker.decision(it).map(|decision| {
            let until = decision.until.as_deref().map(|day| format!(", until {day}")).unwrap_or_default();
            format!(" ({} by {}{until})", spaced(it.status.as_str()), decision.owner)
        });
        let words = format!(" {}{}", it.title, decided.unwrap_or_default());
        vec![Inline::Level(it.residual.risk), Inline::Text(words.into())]
    };
    maker.worst_first(stays).iter().map(one).collect()
}

/// The next review, where its day has passed.
fn review_overdue(maker: &Maker<'_>) -> Option<Cell> {
    let today = maker.report.today?;
    let events = maker.record.in_effect(Some(&maker.report.model.system.name), Some(today));
    let last = events.iter().rev().find(|event| event.kind == EventKind::ReviewClosed)?;
    let next = last.detail("next").filter(|next| *next < today)?;
    Some(cell(format!("the review of this model, due {}", maker.day(next, "overdue"))))
}

/// How many threats have which risk: without controls, today, and after what was decided.
fn counts(maker: &Maker<'_>) -> Block {
    let findings = &maker.report.analysis.findings;
    let columns = vec![
        Column::text("Risk", 2),
        Column::number("If nothing weakened them", 2),
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
        "Threats that apply, by risk; {} more {} stopped by controls that are in place, and in none of these columns",
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
            " {} {} {}, {} from start to goal.",
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
        let so_far = if maker.report.analysis.questions_total > 0 { " so far" } else { "" };
        return vec![paragraph(format!(
            "No attack path was found{so_far} from any attacker considered to anything that hurts."
        ))];
    }
    vec![Block::Paragraph(strong("What can happen: what assumes nothing first, then the worst")), bullets(items)]
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
                Inline::Text(format!(": stops {stops} (effort {effort}){}", planned(maker, closer.control)).into()),
            ]
        })
        .collect();
    if items.is_empty() {
        return Vec::new();
    }
    vec![Block::Paragraph(strong("What closes most")), bullets(items)]
}

/// Whether work with a control is decided already, for other threats than those that it is counted for.
fn planned(maker: &Maker<'_>, control: &str) -> String {
    let has = |it: &&TreatmentOf| it.is_action() && it.stage.holds() && it.controls.iter().any(|id| **id == *control);
    let number = maker.report.treatments.iter().filter(has).count();
    if number == 0 { String::new() } else { format!("; planned already for {}", count(number, "other threat")) }
}

fn not_known(maker: &Maker<'_>) -> Block {
    let analysis = maker.report.analysis;
    let undecided = maker.undecided().len();
    // Where nothing is described there is nothing to ask about, and what people recorded is judged nowhere.
    let mut first = String::new();
    if maker.report.model.components.is_empty() && analysis.findings.is_empty() {
        first.push_str("The model has no component: everything about the system is unknown here. ");
    }
    match digest::recorded_open(maker.report.model).count() {
        0 => {}
        1 => first.push_str("1 open threat that people recorded is not judged here. "),
        number => first.push_str(&format!("{number} open threats that people recorded are not judged here. ")),
    }
    let words = format!(
        "{first}{} could change this result. {} above the tolerance {} without a decision. {}",
        capital(&match analysis.questions_total {
            0 => "no open question".to_owned(),
            number => count(number, "open question"),
        }),
        capital(&match undecided {
            0 => "no risk".to_owned(),
            number => count(number, "risk"),
        }),
        if undecided < 2 { "is" } else { "are" },
        outside(maker),
    );
    Block::Note(vec![Inline::Strong("What is not known or not decided. ".into()), Inline::Text(words.into())])
}

/// What is left out of scope, by name.
fn outside(maker: &Maker<'_>) -> String {
    let model = maker.report.model;
    let stated = model.out_of_scope.iter().map(|it| short(it.what.trim(), LETTERS / 4));
    let domains = [Domain::Component, Domain::Boundary, Domain::Flow, Domain::Identity, Domain::Data];
    let elements = domains.into_iter().flat_map(|domain| model.elements(domain));
    let left_out = elements.filter(|(_, it)| it.out_of_scope.is_some()).map(|(element, _)| maker.name(element));
    let names: Vec<String> = stated.chain(left_out).collect();
    if names.is_empty() {
        return "Nothing is left out of scope.".to_owned();
    }
    let mut shown: Vec<String> = names.iter().take(MOST).cloned().collect();
    if names.len() > MOST {
        shown.push(format!("{} more", names.len() - MOST));
    }
    format!("Out of scope: {}.", sentence_list(&shown))
}
