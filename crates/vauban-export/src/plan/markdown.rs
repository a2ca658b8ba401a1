//! A plan for pull requests and wikis.

use std::fmt::Write as _;

use vauban_model::plan::{ControlPlan, PlannedControl};
use vauban_model::report::Report;
use vauban_model::scale::Level;

use super::{already, before_and_after, days, headline, left, proof};
use crate::text::markdown as words;

/// The plan.
pub fn plan(report: &Report<'_>, plan: &ControlPlan) -> String {
    let mut out = format!("# Plan of controls: {}\n\n{}\n", words(&report.model.system.name), words(&headline(plan)));
    let proof = proof(plan);
    if !proof.is_empty() {
        let _ = writeln!(out, "\n{}", words(&proof));
    }
    if !plan.controls.is_empty() {
        let _ = writeln!(out, "\n## What to do, in this order\n");
        let above = plan.tolerance.as_str();
        let _ =
            writeln!(out, "| | control | where | kind | days | stops or weakens | needed for | left above {above} |");
        out.push_str("|--:|---|---|---|--:|---|---|---|\n");
        for (number, control) in (1..).zip(&plan.controls) {
            let does: Vec<Box<str>> = control.stops.iter().chain(&control.weakens).cloned().collect();
            let _ = writeln!(
                out,
                "| {number} | {} | {} | {} | {} | {} | {} | {} |",
                named(control),
                words(report.model.name(control.element)),
                control.kind.as_str(),
                control.cost,
                ids(&does),
                ids(&control.needed_for),
                left(control.left_after)
            );
        }
        let _ = writeln!(out, "\n{}", before_and_after(plan));
    }
    if !plan.unattainable.is_empty() {
        let _ =
            writeln!(out, "\n## What no control brings within tolerance\n\n| risk | at best | why |\n|---|---|---|");
        for risk in &plan.unattainable {
            let _ = writeln!(out, "| {} | {} | {} |", words(&risk.title), risk.least.as_str(), words(&risk.why));
        }
    }
    matrix(plan, &mut out);
    if !plan.frontier.is_empty() {
        let how = if plan.frontier_exact { "Every point is proven." } else { "The best known; not proven." };
        let _ = writeln!(
            out,
            "\n## Cost against what is left\n\n{how}\n\n| days | left above {} | controls |\n|--:|---|---|",
            plan.tolerance.as_str()
        );
        for point in &plan.frontier {
            let _ = writeln!(out, "| {} | {} | {} |", point.cost, left(point.left), ids(&point.controls));
        }
    }
    out
}

/// Risk reduction against effort.
fn matrix(plan: &ControlPlan, out: &mut String) {
    if plan.priorities.is_empty() {
        return;
    }
    out.push_str("\n## Priorities\n\nWhat each control does on its own; in bold what the plan has.\n\n");
    out.push_str("| risk reduction | low effort | medium effort | high effort |\n|---|---|---|---|\n");
    for reduction in [Level::High, Level::Medium, Level::Low] {
        let cell = |efforts: &[Level]| {
            let in_cell = plan.priorities.iter().filter(|p| p.reduction == reduction && efforts.contains(&p.effort));
            let list: Vec<String> = in_cell
                .map(|p| {
                    let id = words(&p.id);
                    let id = if p.chosen { format!("**{id}**") } else { id };
                    format!("{id} ({})", days(p.cost))
                })
                .collect();
            list.join("<br>")
        };
        let cells = [cell(&[Level::Low]), cell(&[Level::Medium]), cell(&[Level::High, Level::Critical])];
        let _ = writeln!(out, "| {} | {} |", reduction.as_str(), cells.join(" | "));
    }
}

/// The control, and who decided on it already.
fn named(control: &PlannedControl) -> String {
    let name = words(&control.name);
    if control.decided.is_empty() { name } else { format!("{name}<br>already decided {}", words(&already(control))) }
}

fn ids(list: &[Box<str>]) -> String {
    const MOST: usize = 6;
    let mut named: Vec<String> = list.iter().take(MOST).map(|id| words(id)).collect();
    if let Some(more) = list.len().checked_sub(MOST).filter(|more| *more > 0) {
        named.push(format!("{more} more"));
    }
    named.join("<br>")
}
