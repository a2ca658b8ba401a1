//! A plan for people at a terminal.

use std::fmt::Write as _;

use vauban_model::plan::{ControlPlan, PlannedControl, RiskKind};
use vauban_model::report::Report;

use super::{already, before_and_after, days, headline, left, proof};
use crate::terminal::Style;
use crate::text::{count, one_line};

/// Ids that are named before "and 4 more".
const NAMED: usize = 3;
/// Rows of a list before the rest is counted.
const ROWS: usize = 12;

/// The plan.
pub fn plan(report: &Report<'_>, plan: &ControlPlan, style: Style) -> String {
    style.fitted(plan_lines(report, plan, style))
}

fn plan_lines(report: &Report<'_>, plan: &ControlPlan, style: Style) -> String {
    let mut out = format!("{}: {}\n", style.bold(&one_line(&report.model.system.name)), headline(plan));
    let proof = proof(plan);
    if !proof.is_empty() {
        let _ = writeln!(out, "{}", style.dim(&proof));
    }
    for (number, control) in (1..).zip(&plan.controls) {
        out.push_str(&one(report, plan, number, control, style));
    }
    if !plan.controls.is_empty() {
        let _ = writeln!(out, "\n{}", before_and_after(plan));
    }
    unattainable(plan, style, &mut out);
    quick_wins(plan, style, &mut out);
    frontier(plan, style, &mut out);
    if plan.questions > 0 {
        let questions = count(plan.questions, "question");
        let _ = writeln!(out, "\nThis is planned on what is known; {questions} may still hide risks (`vauban ask`).");
    }
    out
}

fn one(report: &Report<'_>, plan: &ControlPlan, number: usize, control: &PlannedControl, style: Style) -> String {
    let mut out = String::new();
    let place = match control.element.domain {
        vauban_model::vocabulary::Domain::System => "the whole system".to_owned(),
        _ => one_line(report.model.name(control.element)),
    };
    let title = style.bold(&format!("{} on {place}", control.name));
    let cost = days(control.cost);
    let places = if control.places > 1 { format!(", {} places", control.places) } else { String::new() };
    let _ = writeln!(out, "\n{number:>3}. {title}: {cost} ({}{places})", control.kind.as_str());
    let _ = writeln!(out, "     {}", one_line(&control.id));
    if !control.decided.is_empty() {
        let _ = writeln!(out, "     already decided {}", one_line(&already(control)));
    }
    let mut does = Vec::new();
    if !control.stops.is_empty() {
        does.push(format!("stops {}", some(&control.stops)));
    }
    if !control.weakens.is_empty() {
        does.push(format!("makes less likely {}", some(&control.weakens)));
    }
    if !control.closes.is_empty() {
        does.push(format!("closes {}", count(control.closes.len(), "attack path")));
    }
    for line in &does {
        let _ = writeln!(out, "     {line}");
    }
    if !control.needed_for.is_empty() {
        let _ = writeln!(out, "     without it, not low enough: {}", some(&control.needed_for));
    }
    if !control.instead.is_empty() {
        let instead = control.instead.iter().map(|(id, cost)| format!("{} ({})", one_line(id), days(*cost)));
        let _ = writeln!(out, "     stops it altogether, instead: {}", instead.collect::<Vec<_>>().join(", "));
    }
    let _ = writeln!(out, "     then left above {}: {}", plan.tolerance.as_str(), left(control.left_after));
    out
}

fn some(ids: &[Box<str>]) -> String {
    let named: Vec<String> = ids.iter().take(NAMED).map(|id| one_line(id)).collect();
    match ids.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{} and {more} more", named.join(", ")),
        _ => named.join(", "),
    }
}

fn unattainable(plan: &ControlPlan, style: Style, out: &mut String) {
    if plan.unattainable.is_empty() {
        return;
    }
    let title = format!("No control brings these within {}", plan.tolerance.as_str());
    let _ = writeln!(out, "\n{}", style.bold(&title));
    for risk in plan.unattainable.iter().take(ROWS) {
        let what = if risk.kind == RiskKind::Way { "way" } else { "finding" };
        let _ = writeln!(out, "  {:<8} {} ({what} {})", risk.least.as_str(), one_line(&risk.title), one_line(&risk.id));
        let _ = writeln!(out, "           {}", risk.why);
    }
    more(plan.unattainable.len(), out);
}

fn quick_wins(plan: &ControlPlan, style: Style, out: &mut String) {
    let wins: Vec<_> = plan.priorities.iter().filter(|priority| priority.quick_win).collect();
    if wins.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", style.bold("Quick wins: much for little, each on its own"));
    for win in wins.iter().take(5) {
        let chosen = if win.chosen { "" } else { ", not in the plan" };
        let does = format!("brings {} down, {} within tolerance", count(win.lowers as usize, "risk"), win.settles);
        let _ = writeln!(out, "  {} ({}): {does}{chosen}", one_line(&win.id), days(win.cost));
    }
}

fn frontier(plan: &ControlPlan, style: Style, out: &mut String) {
    if plan.frontier.is_empty() {
        return;
    }
    let how = if plan.frontier_exact { "proven" } else { "best known, not proven" };
    let title = format!("Cost against what is left above {} ({how})", plan.tolerance.as_str());
    let _ = writeln!(out, "\n{}", style.bold(&title));
    let mut before: &[Box<str>] = &[];
    for point in &plan.frontier {
        let new: Vec<Box<str>> = point.controls.iter().filter(|id| !before.contains(id)).cloned().collect();
        let gone = before.iter().filter(|id| !point.controls.contains(id)).count();
        let instead = if gone > 0 { format!(" instead of {gone}") } else { String::new() };
        let with = if new.is_empty() { String::new() } else { format!("  + {}{instead}", some(&new)) };
        let _ = writeln!(out, "  {:>6}  {:<28}{with}", point.cost.to_string(), left(point.left));
        before = &point.controls;
    }
}

fn more(all: usize, out: &mut String) {
    if let Some(more) = all.checked_sub(ROWS).filter(|more| *more > 0) {
        let _ = writeln!(out, "  and {more} more; `--format json` has them all");
    }
}
