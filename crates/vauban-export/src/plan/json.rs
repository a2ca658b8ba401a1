//! A plan for machines: the contract of `vauban plan --format json`.

use serde_json::{Map, Value, json};
use vauban_model::model::ElementRef;
use vauban_model::plan::{ControlPlan, Effort, Residual};
use vauban_model::report::Report;
use vauban_model::scale::Level;

/// Name of the document.
pub const PLAN_SCHEMA: &str = "https://vauban.example/schema/plan/1";

/// The plan. Costs are person-days.
pub fn plan(report: &Report<'_>, plan: &ControlPlan) -> Value {
    let certificate = &plan.certificate;
    json!({
        "schema": PLAN_SCHEMA,
        "version": 1,
        "tool": { "name": "vauban", "version": report.version },
        "model": { "name": report.model.system.name },
        "tolerance": plan.tolerance.as_str(),
        "budget": plan.budget.map(days),
        "cost": days(plan.cost),
        "before": counts(plan.before),
        "after": counts(plan.after),
        "threats": { "before": counts(plan.threats.before), "after": counts(plan.threats.after) },
        "goals": { "before": counts(plan.goals.before), "after": counts(plan.goals.after) },
        "certificate": {
            "optimal": certificate.optimal,
            "lower_bound": days(certificate.lower_bound),
            "gap": days(Effort(plan.cost.0.saturating_sub(certificate.lower_bound.0))),
            "nodes": certificate.nodes,
            "evaluated": certificate.evaluated,
            "reasons": certificate.reasons,
            "candidates": certificate.candidates,
            "limit": certificate.limit,
        },
        "controls": plan.controls.iter().map(|control| json!({
            "id": control.id,
            "control": control.control,
            "name": control.name,
            "element": element(report, control.element),
            "kind": control.kind.as_str(),
            "effort": control.effort.as_str(),
            "cost": days(control.cost),
            "places": control.places,
            "stops": control.stops,
            "weakens": control.weakens,
            "closes": control.closes,
            "needed_for": control.needed_for,
            "instead": control.instead.iter().map(|(id, cost)| json!({ "id": id, "cost": days(*cost) })).collect::<Vec<_>>(),
            "left_after": counts(control.left_after),
            "decided": control.decided.iter().map(|decided| json!({
                "finding": decided.finding,
                "owner": decided.owner,
                "stage": decided.stage.as_str(),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "risks": plan.risks.iter().map(|risk| json!({
            "kind": risk.kind.as_str(),
            "id": risk.id,
            "title": risk.title,
            "before": risk.before.as_str(),
            "after": risk.after.map(Level::as_str),
        })).collect::<Vec<_>>(),
        "unattainable": plan.unattainable.iter().map(|risk| json!({
            "kind": risk.kind.as_str(),
            "id": risk.id,
            "title": risk.title,
            "least": risk.least.as_str(),
            "why": risk.why,
        })).collect::<Vec<_>>(),
        "priorities": plan.priorities.iter().map(|priority| json!({
            "id": priority.id,
            "control": priority.control,
            "element": element(report, priority.element),
            "cost": days(priority.cost),
            "settles": priority.settles,
            "lowers": priority.lowers,
            "reduction": priority.reduction.as_str(),
            "effort": priority.effort.as_str(),
            "quick_win": priority.quick_win,
            "chosen": priority.chosen,
        })).collect::<Vec<_>>(),
        "frontier": plan.frontier.iter().map(|point| json!({
            "cost": days(point.cost),
            "left": counts(point.left),
            "controls": point.controls,
        })).collect::<Vec<_>>(),
        "frontier_exact": plan.frontier_exact,
        "questions": plan.questions,
    })
}

/// Hundredths are enough, and the same digits on every platform.
fn days(effort: Effort) -> Value {
    let text = effort.to_string();
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn counts(residual: Residual) -> Value {
    let mut out = Map::new();
    for level in Level::ALL.into_iter().rev() {
        out.insert(level.as_str().to_owned(), json!(residual.count(level)));
    }
    Value::Object(out)
}

fn element(report: &Report<'_>, element: ElementRef) -> Value {
    let id = if element == ElementRef::SYSTEM { "system" } else { report.model.id(element) };
    json!({ "domain": element.domain.as_str(), "id": id, "name": report.model.name(element) })
}
