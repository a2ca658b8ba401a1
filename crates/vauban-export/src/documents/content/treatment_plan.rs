//! What was decided about each threat, by whom and until when; what waits for a decision; what accepts risk.

use std::collections::BTreeMap;

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::finding::{Decision, Finding, Treatment};
use vauban_model::scale::Level;

use super::Maker;
use super::common::{cell, code, gap, heading, level, note, or_dash, paragraph, strong, table};
use crate::digest;
use crate::text::{capital, count};

/// Controls proposed.
const PROPOSED: usize = 15;

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let report = maker.report;
    let mut out = vec![paragraph(format!(
        "{} recorded. A decision holds for the findings it names until its date; accepting or transferring a risk needs an approver and an end.",
        capital(&match report.decisions.len() {
            0 => "no decision is".to_owned(),
            1 => "1 decision is".to_owned(),
            number => format!("{number} decisions are"),
        })
    ))];
    out.push(heading(1, "Decisions", "decisions"));
    out.extend(decisions(maker));
    out.push(heading(1, "Waiting for a decision", "waiting"));
    out.push(waiting(maker));
    out.push(heading(1, "Controls that would close most", "controls"));
    out.extend(proposals(maker));
    out
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
            "no decision about any threat is recorded; `decisions.yaml` beside the model holds them".replace('`', "")
        )];
    }
    let used = used(maker);
    let columns = vec![
        Column::text("Threat", 5),
        Column::text("Treatment", 2),
        Column::text("Reason", 6),
        Column::text("Owner", 3),
        Column::text("Approver", 3),
        Column::text("Decided", 2),
        Column::text("Until", 2),
        Column::text("Ticket", 2),
        Column::text("Applies to", 2),
    ];
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
                cell(if applies == 0 { "nothing now".to_owned() } else { count(applies, "finding") }),
            ]
        })
        .collect();
    let selection = maker.selection("every decision of the decisions files", rows.len(), all.len(), "");
    let mut out = vec![table("decisions", "Decisions about threats", columns, rows, selection)];
    out.extend(faults(maker, &used));
    out
}

/// What an auditor would object to.
fn faults(maker: &Maker<'_>, used: &BTreeMap<u32, Vec<&Finding>>) -> Vec<Block> {
    let all = maker.report.decisions;
    let binds = |it: &&Decision| matches!(it.treatment, Treatment::Accept | Treatment::Transfer);
    let mut out = Vec::new();
    let idle = (0u32..).zip(all).filter(|(at, _)| !used.contains_key(at)).count();
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
    let wanted: Vec<&Finding> =
        findings.iter().filter(|it| it.status.is_open() && it.current.risk > tolerance).collect();
    if wanted.is_empty() {
        return note(format!("No open risk is above the tolerance ({}).", tolerance.as_str()));
    }
    let columns = vec![
        Column::text("Risk", 2),
        Column::text("Threat", 7),
        Column::text("Element", 3),
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
        return vec![note("No control of the library would stop a threat that is open.")];
    }
    let columns = vec![
        Column::text("Control", 5),
        Column::text("Stops", 5),
        Column::text("Kind", 2),
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
                or_dash(control.map_or("", |it| &it.summary)),
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
        paragraph("A first look, each control counted by what it stops beyond those before it. `vauban plan` finds the cheapest set.".replace('`', "")),
        table("proposals", "Controls that would close most", columns, rows, selection),
    ]
}
