//! What was decided about each threat, by whom and until when; what waits for a decision; what accepts risk.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::finding::{Decision, Finding, Treatment};
use vauban_model::scale::Level;
use vauban_model::treatment::{Stage, TreatmentOf};

use super::common::{cell, code, gap, heading, level, note, or_dash, pair, paragraph, said, spaced, strong, table};
use super::{Maker, due};
use crate::digest;
use crate::text::{capital, count};

/// Treatments named one by one as gaps.
const NAMED: usize = 12;
/// Controls proposed.
const PROPOSED: usize = 15;

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let treatments = maker.report.treatments;
    let planned: Vec<&TreatmentOf> = treatments.iter().filter(|it| it.is_planned()).collect();
    let exceptions: Vec<&TreatmentOf> = treatments.iter().filter(|it| it.is_exception()).collect();
    let bound = "An approval holds for what was approved: where the threat, its facts or its risk changed since, it lapses and the risk is open again.";
    let mut out = vec![paragraph(if treatments.is_empty() {
        format!("No treatment is known here. {bound}")
    } else {
        format!(
            "{} here, {} of them planned work and {}, under which a risk stays or is said to be none; a transfer is both. {bound}",
            capital(&match treatments.len() {
                1 => "1 treatment is known".to_owned(),
                number => format!("{number} treatments are known"),
            }),
            planned.len(),
            count(exceptions.len(), "exception")
        )
    })];
    out.extend(late(maker));
    out.push(heading(1, "Planned", "planned"));
    out.push(plan(maker, planned));
    out.push(heading(1, "Exceptions", "exceptions"));
    out.push(exempt(maker, &exceptions));
    out.push(heading(1, "Waiting for a decision", "waiting"));
    out.push(waiting(maker));
    out.push(heading(1, "Decisions as written", "decisions"));
    out.extend(decisions(maker));
    out.push(heading(1, "Controls that would close most", "controls"));
    out.extend(proposals(maker));
    out
}

/// What should be done by now and is not, and what held once and does no longer.
fn late(maker: &Maker<'_>) -> Vec<Block> {
    let (overdue, ended) = (maker.overdue(), maker.ended());
    let mut out: Vec<Block> = Vec::new();
    for it in overdue.iter().take(NAMED) {
        let day = it.due.as_deref().map(|day| maker.day(day, "overdue")).unwrap_or_default();
        out.push(gap(format!("overdue: {} (due {day}; {})", due::title(it), due::owner(it))));
    }
    out.extend(beyond(overdue.len(), "more are overdue; the plan has them"));
    for it in ended.iter().take(NAMED) {
        let why = match it.stage {
            Stage::Expired => {
                it.until.as_deref().map(|day| format!("ended {}", maker.day(day, "ago"))).unwrap_or_default()
            }
            _ => format!("lapsed, changed since approval: {}", it.changed.join("; ")),
        };
        out.push(gap(format!("holds no longer: {} ({}; {why})", due::title(it), spaced(it.treatment.as_str()))));
    }
    out.extend(beyond(ended.len(), "more hold no longer; the tables below have them"));
    out
}

/// How many are not named.
fn beyond(all: usize, what: &str) -> Option<Block> {
    (all > NAMED).then(|| note(format!("{} {what}.", all - NAMED)))
}

/// What a treatment is about, with its id.
fn about(it: &TreatmentOf) -> Cell {
    if it.title.is_empty() {
        return vec![Inline::Text("no longer found ".into()), Inline::Code(it.finding.clone())];
    }
    vec![Inline::Text(format!("{} ", it.title).into()), Inline::Code(it.finding.clone())]
}

/// Who approved, in which role.
fn approved_by(it: &TreatmentOf) -> Cell {
    let role = if it.approver_role.is_empty() { String::new() } else { format!(" ({})", it.approver_role) };
    or_dash(&format!("{}{role}", it.approver))
}

/// Work that is decided or proposed: overdue first, then by the day it is due.
fn plan(maker: &Maker<'_>, mut all: Vec<&TreatmentOf>) -> Block {
    if all.is_empty() {
        return note("No work is planned: nobody decided to mitigate, avoid or transfer a threat.");
    }
    all.sort_by_key(|it| (!it.overdue, it.due.is_none(), it.due.as_deref(), std::cmp::Reverse(it.current)));
    let columns = vec![
        Column::text("Threat", 5).named(),
        Column::text("Treatment, stage", 4).parts(),
        Column::text("Risk now, risk then", 3).parts(),
        Column::text("Owner", 3),
        Column::text("Approver", 3),
        Column::text("Due", 4),
        Column::text("Controls", 4),
        Column::text("Shown by", 3),
        Column::text("Changed since approval", 3),
    ];
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|it| {
            let controls: Vec<&str> = it.controls.iter().map(|id| maker.digest.control_name(id)).collect();
            // A decisions file has one day only: for work it is the day it is due.
            let due = it
                .due
                .as_deref()
                .or(it.until.as_deref().filter(|_| it.treatment != Treatment::Transfer))
                .map(|day| if it.overdue { maker.day(day, "overdue") } else { day.to_owned() });
            vec![
                about(it),
                pair(&spaced(it.treatment.as_str()), &spaced(it.stage.as_str())),
                risks(it),
                or_dash(&it.owner),
                approved_by(it),
                or_dash(&due.unwrap_or_default()),
                or_dash(&controls.join("; ")),
                or_dash(&it.evidence.join("; ")),
                or_dash(&it.changed.join("; ")),
            ]
        })
        .collect();
    let query = "treatments that mitigate, avoid or transfer, overdue ones first";
    let selection = maker.selection(query, rows.len(), all.len(), "exceptions, and risks that wait for a decision");
    table("planned", "Treatment plan", columns, rows, selection)
}

fn risks(it: &TreatmentOf) -> Cell {
    match (it.current, it.residual) {
        (Some(now), Some(then)) => vec![Inline::Level(now), Inline::Text(" → ".into()), Inline::Level(then)],
        (Some(now), None) => level(now),
        _ => cell("–"),
    }
}

/// Risks that stay, or are said not to be risks, with their end.
fn exempt(maker: &Maker<'_>, all: &[&TreatmentOf]) -> Block {
    if all.is_empty() {
        return note(
            "There is no exception: nobody accepted or transferred a risk, or called a threat a false positive.",
        );
    }
    let columns = vec![
        Column::text("Threat", 6).named(),
        Column::text("Treatment, stage", 3).parts(),
        Column::text("Risk", 2),
        Column::text("Reason", 6),
        Column::text("Owner", 3),
        Column::text("Approver", 3),
        Column::text("Until", 3),
        Column::text("Changed since approval", 3),
    ];
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|it| {
            vec![
                about(it),
                pair(&spaced(it.treatment.as_str()), &spaced(it.stage.as_str())),
                it.current.map_or_else(|| cell("–"), level),
                or_dash(&it.reason),
                or_dash(&it.owner),
                approved_by(it),
                it.until.as_deref().map_or_else(|| cell("no end"), |day| cell(maker.day(day, "ago"))),
                or_dash(&it.changed.join("; ")),
            ]
        })
        .collect();
    let query =
        "treatments that accept, transfer or call a threat a false positive, but not those withdrawn or rejected";
    let selection = maker.selection(query, rows.len(), all.len(), "");
    table("exceptions", "Exceptions", columns, rows, selection)
}

/// Findings by the decision that applies to them.
fn used<'a>(maker: &Maker<'a>) -> BTreeMap<u32, Vec<&'a Finding>> {
    let mut out: BTreeMap<u32, Vec<&Finding>> = BTreeMap::new();
    for finding in &maker.report.analysis.findings {
        if let Some(at) = finding.decision {
            out.entry(at).or_default().push(finding);
        }
    }
    out
}

fn decisions(maker: &Maker<'_>) -> Vec<Block> {
    let all = maker.report.decisions;
    if all.is_empty() {
        return vec![gap(
            "no file of decisions says anything; decisions.yaml beside the model holds them, or the record does",
        )];
    }
    let used = used(maker);
    let columns = vec![
        Column::text("Threat", 5),
        Column::text("Treatment", 4),
        Column::text("Reason", 5),
        Column::text("Owner", 3),
        Column::text("Approver", 3),
        Column::text("Decided", 4),
        Column::text("Until", 4),
        Column::text("Ticket", 3),
        Column::text("Applies to", 3),
    ];
    // Threats that the model brought along are decided by the same file.
    let covered: BTreeSet<&str> = used.values().flatten().map(|finding| &*finding.id).collect();
    let recorded: BTreeSet<&str> = maker.report.model.recorded_threats.iter().map(|threat| &*threat.id).collect();
    let brought = |decision: &Decision| {
        let of = |it: &&TreatmentOf| it.stage.holds() && it.span == Some(decision.span);
        let is_recorded = |it: &&TreatmentOf| recorded.contains(&*it.finding) && !covered.contains(&*it.finding);
        maker.report.treatments.iter().filter(of).filter(is_recorded).count()
    };
    let rows: Vec<Vec<Cell>> = (0u32..)
        .zip(all)
        .map(|(at, decision)| {
            let applies = used.get(&at).map_or(0, Vec::len);
            vec![
                code(decision.threat.clone()),
                strong(decision.treatment.as_str().replace('-', " ")),
                or_dash(&decision.reason),
                or_dash(&decision.owner),
                or_dash(&decision.approver),
                or_dash(decision.decided.as_deref().unwrap_or_default()),
                or_dash(decision.until.as_deref().unwrap_or_default()),
                or_dash(decision.ticket.as_deref().unwrap_or_default()),
                cell(match (applies, brought(decision)) {
                    (0, 0) => "nothing now".to_owned(),
                    (findings, 0) => count(findings, "finding"),
                    (0, threats) => count(threats, "recorded threat"),
                    (findings, threats) => {
                        format!("{} and {}", count(findings, "finding"), count(threats, "recorded threat"))
                    }
                }),
            ]
        })
        .collect();
    // One that applies to nothing now stands in this table too.
    let written = |it: &&TreatmentOf| all.iter().any(|decision| decision.threat == it.finding);
    let other = |it: &&TreatmentOf| !covered.contains(&*it.finding) && !written(it);
    let others = maker.report.treatments.iter().filter(other).count();
    let not = match others {
        0 => String::new(),
        number => format!("{} that only the record has; the tables above have those", count(number, "treatment")),
    };
    let selection = maker.selection("every decision of the decisions files, as written", rows.len(), all.len(), &not);
    let mut out = vec![table("decisions", "Decisions as written", columns, rows, selection)];
    let idle = (0u32..).zip(all).filter(|(at, decision)| !used.contains_key(at) && brought(decision) == 0).count();
    out.extend(faults(maker, idle));
    out
}

/// What an auditor would object to, and how many decisions apply to nothing.
fn faults(maker: &Maker<'_>, idle: usize) -> Vec<Block> {
    let all = maker.report.decisions;
    let binds = |it: &&Decision| matches!(it.treatment, Treatment::Accept | Treatment::Transfer);
    let mut out = Vec::new();
    if idle > 0 {
        out.push(note(format!(
            "{} to nothing now: lapsed, or the threat is no longer found.",
            match idle {
                1 => "1 decision applies".to_owned(),
                number => format!("{number} decisions apply"),
            }
        )));
    }
    let alone = all.iter().filter(|it| !it.approver.is_empty() && it.approver == it.owner).count();
    if alone > 0 {
        out.push(gap(format!(
            "{} by the one who owns it",
            match alone {
                1 => "1 decision is approved".to_owned(),
                number => format!("{number} decisions are approved"),
            }
        )));
    }
    let endless = all.iter().filter(binds).filter(|it| it.until.is_none() || it.approver.is_empty()).count();
    if endless > 0 {
        out.push(gap(format!("{} without an end or an approver", count(endless, "acceptance or transfer"))));
    }
    let unowned = all.iter().filter(|it| it.owner.is_empty()).count();
    if unowned > 0 {
        out.push(gap(format!("{} without an owner", count(unowned, "decision"))));
    }
    out
}

fn waiting(maker: &Maker<'_>) -> Block {
    let tolerance = maker.report.methodology.tolerance;
    let findings = &maker.report.analysis.findings;
    let wanted = maker.undecided();
    if wanted.is_empty() {
        let so_far = if maker.report.analysis.questions_total > 0 { " so far" } else { "" };
        return note(format!("No open risk is above the tolerance ({}){so_far}.", tolerance.as_str()));
    }
    let columns = vec![
        Column::text("Risk", 2),
        Column::text("Threat", 7).named(),
        Column::text("Element", 3),
        Column::text("Decision", 2),
        Column::text("What would stop or weaken it", 5),
    ];
    let rows: Vec<Vec<Cell>> = wanted
        .iter()
        .map(|finding| {
            let missing = finding.controls.iter().filter(|need| need.present != Some(true));
            let names: Vec<&str> = missing.take(3).map(|need| maker.digest.control_name(&need.control)).collect();
            let mut name = cell(format!("{} ", finding.title));
            name.extend(code(finding.id.clone()));
            vec![
                level(finding.current.risk),
                name,
                or_dash(&finding.elements.first().map(|it| maker.name(*it)).unwrap_or_default()),
                cell(
                    maker
                        .report
                        .treatment(&finding.id)
                        .map_or_else(|| "none".to_owned(), |it| spaced(it.stage.as_str())),
                ),
                or_dash(&names.join("; ")),
            ]
        })
        .collect();
    let open = findings.iter().filter(|it| it.status.is_open()).count();
    let not = format!("{} within the tolerance", count(open.saturating_sub(rows.len()), "open finding"));
    let query = format!("open findings above the tolerance ({})", tolerance.as_str());
    let selection = maker.selection(&query, rows.len(), wanted.len(), &not);
    table("waiting", "Risks that need a decision", columns, rows, selection)
}

fn proposals(maker: &Maker<'_>) -> Vec<Block> {
    let closers = maker.digest.closers(PROPOSED);
    if closers.is_empty() {
        let words = match maker.digest.open().next() {
            Some(_) => "No control of the library stops one of the open threats by itself.".to_owned(),
            None => digest::silence(maker.report).join(" "),
        };
        return vec![note(words)];
    }
    let columns = vec![
        Column::text("Control", 5),
        Column::text("Stops", 4),
        Column::text("Kind", 3),
        Column::text("Effort", 2),
        Column::text("What it is", 8),
    ];
    let rows: Vec<Vec<Cell>> = closers
        .iter()
        .map(|closer| {
            let control = maker.digest.control(closer.control);
            vec![
                vec![Inline::Strong(maker.digest.control_name(closer.control).into())],
                cell(digest::risks_in_words(closer.stops, Level::Low)),
                cell(control.map_or("–", |it| it.kind.as_str())),
                cell(control.map_or("–", |it| it.effort.as_str())),
                control.map_or_else(|| cell("–"), |it| said(&it.summary)),
            ]
        })
        .collect();
    let selection = maker.selection(
        "controls by the open findings that each stops beyond those before it, worst first",
        rows.len(),
        rows.len(),
        &format!("controls beyond the first {PROPOSED}, and those that only weaken"),
    );
    vec![
        paragraph(
            "A first look, each control counted by what it stops beyond those before it. vauban plan finds the cheapest set.",
        ),
        table("proposals", "Controls that would close most", columns, rows, selection),
    ]
}
