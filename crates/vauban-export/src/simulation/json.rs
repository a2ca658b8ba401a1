//! A simulation as JSON: the contract of `vauban simulate --format json`.

use serde_json::{Value, json};
use vauban_model::report::Report;
use vauban_model::simulation::{AnnualLoss, GoalOutcome, Money, Share, Simulation};

use super::numbers::{hundredth, millionth};

/// Name of the document.
pub const SCHEMA: &str = "https://vauban.example/schema/simulation/1";
/// Its version.
pub const VERSION: u32 = 1;

/// The document.
pub fn simulation(report: &Report<'_>, found: &Simulation) -> Value {
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "tool": { "name": "vauban", "version": report.version },
        "model": { "name": report.model.system.name },
        "methodology": report.methodology.name,
        "seed": found.seed,
        "samples": found.samples,
        "horizon_days": found.horizon_days,
        "clock": if found.at_once { "attack" } else { "today" },
        "confirmed_only": found.confirmed_only,
        "goals_total": found.goals_total,
        "goals": found.goals.iter().map(|outcome| goal(report, outcome)).collect::<Vec<_>>(),
        "variant": found.variant.as_ref().map(|variant| {
            let goals = variant.goals.iter().zip(&variant.differences).map(|(outcome, difference)| {
                let mut value = goal(report, outcome);
                if let Value::Object(fields) = &mut value {
                    fields.insert("difference".to_owned(), json!({
                        "change": millionth(difference.change),
                        "low": millionth(difference.low),
                        "high": millionth(difference.high),
                        "prevented": difference.prevented,
                        "caused": difference.caused,
                    }));
                }
                value
            });
            json!({ "changes": variant.changes, "goals": goals.collect::<Vec<_>>() })
        }),
        "money": found.money.as_ref().map(money),
    })
}

fn share(share: &Share) -> Value {
    json!({
        "probability": millionth(share.value()),
        "low": millionth(share.low),
        "high": millionth(share.high),
        "samples": share.hits,
    })
}

fn goal(report: &Report<'_>, outcome: &GoalOutcome) -> Value {
    let days = |days: Option<f64>| days.map(hundredth);
    let times = outcome.times;
    json!({
        "goal": format!("{}@{}", outcome.state.verb.as_str(), report.model.id(outcome.state.element)),
        "verb": outcome.state.verb.as_str(),
        "kind": outcome.state.element.domain.as_str(),
        "element": report.model.id(outcome.state.element),
        "name": outcome.name,
        "impact": outcome.impact.level(),
        "within_horizon": share(&outcome.within),
        "ever": share(&outcome.ever),
        "days": {
            "p5": days(times.p5), "p25": days(times.p25), "p50": days(times.p50),
            "p75": days(times.p75), "p95": days(times.p95),
        },
        "median_days_when_reached": days(outcome.median_when_reached),
    })
}

fn money(money: &Money) -> Value {
    json!({
        "currency": money.currency,
        "years": money.years,
        "annual_loss": annual(&money.annual),
        "attackers": money.attackers.iter().map(|attacker| json!({
            "attacker": attacker.attacker,
            "attempts_per_year": millionth(attacker.attempts_per_year),
            "succeeds": share(&attacker.succeeds),
            "mean": hundredth(attacker.mean),
        })).collect::<Vec<_>>(),
        "assumed_losses": money.assumed.iter().map(|assumed| json!({
            "impact": assumed.impact.level(),
            "taken": assumed.taken.map(vauban_model::scale::Impact::level),
        })).collect::<Vec<_>>(),
        "variant_annual_loss": money.variant.as_ref().map(annual),
        "return": money.saving.map(|saving| json!({
            "saved": hundredth(saving.saved),
            "low": hundredth(saving.saved_low),
            "high": hundredth(saving.saved_high),
            "cost": saving.cost.map(hundredth),
            "ratio": saving.ratio.map(millionth),
        })),
    })
}

fn annual(annual: &AnnualLoss) -> Value {
    json!({
        "mean": hundredth(annual.mean),
        "mean_low": hundredth(annual.mean_low),
        "mean_high": hundredth(annual.mean_high),
        "years_with_loss": share(&annual.any),
        "p50": hundredth(annual.p50),
        "p90": hundredth(annual.p90),
        "value_at_risk_95": hundredth(annual.p95),
        "value_at_risk_99": hundredth(annual.p99),
        "expected_shortfall_95": hundredth(annual.shortfall),
        "exceedance": annual.curve.iter().map(|point| json!({
            "loss": point.loss,
            "probability": millionth(point.probability),
        })).collect::<Vec<_>>(),
    })
}
