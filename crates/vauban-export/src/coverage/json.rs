//! Evidence for machines: the contracts of `vauban evidence … --format json`.

use serde_json::{Value, json};
use vauban_model::coverage::{ApplicabilityRow, Coverage, MatrixRow, MaturityRow, RequirementCoverage};
use vauban_model::framework::Requirement;

use super::CAUTION;

/// Version of all documents here.
const VERSION: u32 = 1;

fn schema(name: &str) -> String {
    format!("https://vauban.example/schema/evidence-{name}/1")
}

fn requirement(requirement: &Requirement) -> Value {
    json!({
        "id": requirement.id,
        "title": requirement.title,
        "own_label": requirement.own_label,
        "kind": requirement.kind,
        "parent": requirement.parent,
        "baselines": requirement.baselines,
    })
}

/// Coverage of a framework.
pub fn coverage(coverage: &Coverage) -> Value {
    let artefacts: Vec<Value> = coverage
        .artefacts
        .iter()
        .map(|state| {
            json!({
                "artefact": state.artefact.as_str(),
                "freshness": state.freshness.as_str(),
                "as_of": state.as_of,
                "entries": state.entries,
                "because": state.because,
            })
        })
        .collect();
    let deviations: Vec<Value> = coverage
        .deviations
        .iter()
        .map(|deviation| {
            json!({
                "id": deviation.id,
                "label": deviation.label,
                "instead": deviation.instead,
                "reason": deviation.reason,
            })
        })
        .collect();
    json!({
        "schema": schema("coverage"),
        "version": VERSION,
        "framework": coverage.framework,
        "name": coverage.name,
        "baseline": coverage.baseline,
        "system": coverage.system,
        "as_of": coverage.as_of,
        "modelled": coverage.modelled,
        "caution": CAUTION,
        "artefacts": artefacts,
        "requirements": coverage.requirements.iter().map(|row| covered(row, coverage)).collect::<Vec<_>>(),
        "deviations": deviations,
    })
}

fn covered(row: &RequirementCoverage, coverage: &Coverage) -> Value {
    let artefacts: Vec<&str> = row
        .artefacts
        .iter()
        .filter_map(|at| coverage.artefacts.get(*at))
        .map(|state| state.artefact.as_str())
        .collect();
    let claim = row
        .claim
        .as_ref()
        .map(|claim| json!({ "strength": claim.strength.as_str(), "source": claim.source, "limit": claim.limit }));
    json!({
        "requirement": requirement(&row.requirement),
        "standing": row.standing.as_str(),
        "claim": claim,
        "artefacts": artefacts,
        "controls": {
            "verified": row.controls.verified,
            "in_place": row.controls.in_place,
            "stated": row.controls.stated,
            "contradicted": row.controls.contradicted,
            "planned": row.controls.planned,
            "open": row.controls.open,
        },
        "gaps": row.gaps,
    })
}

/// The control matrix.
pub fn matrix(rows: &[MatrixRow]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "threat": row.threat,
                "title": row.title,
                "risk": row.risk.map(|risk| risk.as_str()),
                "control": row.control,
                "control_name": row.control_name,
                "state": row.state.as_str(),
                "evidence": row.evidence,
                "requirements": row.requirements.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "schema": schema("matrix"), "version": VERSION, "caution": CAUTION, "rows": rows })
}

/// The statement of applicability.
pub fn applicability(framework: &str, rows: &[ApplicabilityRow]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "requirement": requirement(&row.requirement),
                "applicable": row.applicable.as_str(),
                "implemented": row.implemented.as_str(),
                "justification": row.justification,
                "controls": row.controls,
            })
        })
        .collect();
    json!({
        "schema": schema("soa"),
        "version": VERSION,
        "framework": framework,
        "caution": CAUTION,
        "rows": rows,
    })
}

/// Maturity.
pub fn maturity(rows: &[MaturityRow]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "model": row.activity.model,
                "id": row.activity.id,
                "title": row.activity.title,
                "stream": row.activity.stream,
                "level": row.activity.level,
                "shown": row.shown.as_str(),
                "shows": row.activity.shows,
                "records": row.records,
                "missing": row.missing,
                "beyond": row.activity.beyond,
                "licence": row.activity.licence,
            })
        })
        .collect();
    json!({ "schema": schema("maturity"), "version": VERSION, "caution": CAUTION, "rows": rows })
}
