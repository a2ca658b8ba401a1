//! JSON Schemas of what is written: the contracts of the JSON outputs.

/// Names of the documents that have a schema here.
pub const NAMES: [&str; 17] = [
    "check",
    "paths",
    "diff",
    "treatments",
    "reviews",
    "review-due",
    "review-scope",
    "metrics",
    "evidence-coverage",
    "evidence-matrix",
    "evidence-soa",
    "evidence-maturity",
    "evidence-pack",
    "evidence-verify",
    "plan",
    "simulation",
    "score",
];

/// The JSON Schema (2020-12) of a document by its name, as text.
pub fn schema(name: &str) -> Option<&'static str> {
    match name {
        "check" => Some(include_str!("../schemas/check.schema.json")),
        "paths" => Some(include_str!("../schemas/paths.schema.json")),
        "diff" => Some(include_str!("../schemas/diff.schema.json")),
        "treatments" => Some(include_str!("../schemas/treatments.schema.json")),
        "reviews" => Some(include_str!("../schemas/reviews.schema.json")),
        "review-due" => Some(include_str!("../schemas/review-due.schema.json")),
        "review-scope" => Some(include_str!("../schemas/review-scope.schema.json")),
        "metrics" => Some(include_str!("../schemas/metrics.schema.json")),
        "evidence-coverage" => Some(include_str!("../schemas/evidence-coverage.schema.json")),
        "evidence-matrix" => Some(include_str!("../schemas/evidence-matrix.schema.json")),
        "evidence-soa" => Some(include_str!("../schemas/evidence-soa.schema.json")),
        "evidence-maturity" => Some(include_str!("../schemas/evidence-maturity.schema.json")),
        "evidence-pack" => Some(include_str!("../schemas/evidence-pack.schema.json")),
        "evidence-verify" => Some(include_str!("../schemas/evidence-verify.schema.json")),
        "plan" => Some(include_str!("../schemas/plan.schema.json")),
        "score" => Some(include_str!("../schemas/score.schema.json")),
        "simulation" => Some(include_str!("../schemas/simulation.schema.json")),
        _ => None,
    }
}
