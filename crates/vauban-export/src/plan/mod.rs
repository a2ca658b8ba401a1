//! A plan of controls: what to put in place first, what it closes, what is left, and how sure that is.

mod json;
mod markdown;
mod text;

pub use json::{PLAN_SCHEMA, plan as json};
pub use markdown::plan as markdown;
pub use text::plan as text;

use vauban_model::plan::{
    AlreadyDecided, BeforeAfter, ControlPlan, Effort, PlannedControl, PlannedRisk, Residual, RiskKind,
};
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

/// The risks above tolerance by kind, since `check` lists the threats only: `4 threats and 3 goals of paths`, the numbers as
/// they are told.
fn by_kind(plan: &ControlPlan, number: impl Fn(&[&PlannedRisk]) -> String) -> String {
    let of = |kind: RiskKind, word: &str| {
        let own: Vec<&PlannedRisk> = plan.risks.iter().filter(|risk| risk.kind == kind).collect();
        let plural = if own.len() == 1 { "" } else { "s" };
        let word = word.replace('*', plural);
        (!own.is_empty()).then(|| format!("{} {word}", number(&own)))
    };
    let kinds = [of(RiskKind::Finding, "threat*"), of(RiskKind::Way, "goal* of paths")];
    kinds.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// What was there before and what is after, by kind.
fn before_and_after(plan: &ControlPlan) -> String {
    let told = |what: &str, counts: BeforeAfter| {
        format!("{what}: {} before, {} after.", left(counts.before), left(counts.after))
    };
    let mut out = told("All threats (those about the model itself not counted)", plan.threats);
    if plan.goals != BeforeAfter::default() {
        out.push(' ');
        out.push_str(&told("Goals of paths", plan.goals));
    }
    out
}

/// Who decided on a control already: `for FINDING (OWNER, approved)`.
fn already(control: &PlannedControl) -> String {
    let one = |decided: &AlreadyDecided| {
        let owner = if decided.owner.is_empty() { "nobody named" } else { &*decided.owner };
        format!("for {} ({owner}, {})", decided.finding, decided.stage.as_str())
    };
    sentence_list(&control.decided.iter().map(one).collect::<Vec<_>>())
}

/// The plan in a sentence.
fn headline(plan: &ControlPlan) -> String {
    let all = plan.risks.len();
    let tolerance = plan.tolerance.as_str();
    let budget = plan.budget.map_or_else(String::new, |budget| format!(" of a budget of {}", days(budget)));
    if all == 0 {
        return format!("Nothing to do: the analysis found no risk above {tolerance}, which is tolerated.");
    }
    if plan.controls.is_empty() {
        let risks = by_kind(plan, |own| own.len().to_string());
        return match plan.budget {
            Some(budget) if plan.unattainable.len() < all => {
                format!("{risks} above {tolerance}, and nothing within a budget of {} brings one down.", days(budget))
            }
            _ => format!("{risks} above {tolerance}, and no control of the library brings one of them down."),
        };
    }
    let controls = count(plan.controls.len(), "control");
    let cost = days(plan.cost);
    let within = |own: &[&PlannedRisk]| {
        let within = own.iter().filter(|risk| risk.after.is_none_or(|level| level <= plan.tolerance)).count();
        format!("{within} of {}", own.len())
    };
    format!("{controls} for {cost}{budget}: {} above {tolerance} come within tolerance.", by_kind(plan, within))
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
    if certificate.lower_bound == Effort(0) {
        return format!("Not proven to be the cheapest: {} ({work}).", certificate.limit);
    }
    let gap = Effort(plan.cost.0.saturating_sub(certificate.lower_bound.0));
    format!(
        "Not proven to be the cheapest: {}. Nothing that does as much costs less than {}, so at most {} could be saved ({work}).",
        certificate.limit,
        days(certificate.lower_bound),
        days(gap)
    )
}
