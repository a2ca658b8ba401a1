//! A plan of controls: what to put in place first, what it closes, what is left, and how sure that is.

mod json;
mod markdown;
mod text;

pub use json::{PLAN_SCHEMA, plan as json};
pub use markdown::plan as markdown;
pub use text::plan as text;

use vauban_model::plan::{ControlPlan, Effort, Residual};
use vauban_model::scale::Level;

use crate::text::{count, sentence_list};

/// Person-days in words.
fn days(effort: Effort) -> String {
    if effort == Effort::days(1) { "1 day".to_owned() } else { format!("{effort} days") }
}

/// Counts of levels in words, worst first: `2 critical and 5 high`; `none` for nothing.
fn left(residual: Residual) -> String {
    let words: Vec<String> = Level::ALL
        .into_iter()
        .rev()
        .filter(|level| residual.count(*level) > 0)
        .map(|level| format!("{} {}", residual.count(level), level.as_str()))
        .collect();
    if words.is_empty() { "none".to_owned() } else { sentence_list(&words) }
}

/// How many risks were above tolerance, and how many of them the plan brings within.
fn settled(plan: &ControlPlan) -> (usize, usize) {
    let within = plan.risks.iter().filter(|risk| risk.after.is_none_or(|level| level <= plan.tolerance)).count();
    (within, plan.risks.len())
}

/// The plan in a sentence.
fn headline(plan: &ControlPlan) -> String {
    let (within, all) = settled(plan);
    let tolerance = plan.tolerance.as_str();
    let budget = plan.budget.map_or_else(String::new, |budget| format!(" of a budget of {}", days(budget)));
    if all == 0 {
        return format!("Nothing to do: no risk is above {tolerance}, which is tolerated.");
    }
    if plan.controls.is_empty() {
        let risks = count(all, "risk");
        return match plan.budget {
            Some(budget) if plan.unattainable.len() < all => {
                format!("{risks} above {tolerance}, and nothing within a budget of {} brings one down.", days(budget))
            }
            _ => format!("{risks} above {tolerance}, and no control of the library brings one of them down."),
        };
    }
    let controls = count(plan.controls.len(), "control");
    let cost = days(plan.cost);
    format!(
        "{controls} for {cost}{budget}: {within} of {} above {tolerance} come within tolerance.",
        count(all, "risk")
    )
}

/// How good the plan is known to be.
fn proof(plan: &ControlPlan) -> String {
    let certificate = &plan.certificate;
    if plan.controls.is_empty() && certificate.optimal {
        return String::new();
    }
    let work = format!(
        "{} considered, {} scored, {} of search",
        count(certificate.candidates, "candidate"),
        count(usize::try_from(certificate.evaluated).unwrap_or(usize::MAX), "set"),
        count(usize::try_from(certificate.nodes).unwrap_or(usize::MAX), "node")
    );
    if certificate.optimal {
        return format!("Proven: nothing that does as much costs less ({work}).");
    }
    let gap = Effort(plan.cost.0.saturating_sub(certificate.lower_bound.0));
    format!(
        "Not proven to be the cheapest: {}. Nothing that does as much costs less than {}, so at most {} could be saved ({work}).",
        certificate.limit,
        days(certificate.lower_bound),
        days(gap)
    )
}
