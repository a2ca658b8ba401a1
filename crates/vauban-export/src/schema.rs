//! JSON Schemas of what is written: the contracts of the JSON outputs.

/// Names of the documents that have a schema here.
pub const NAMES: [&str; 7] =
    ["check", "paths", "diff", "evidence-coverage", "evidence-matrix", "evidence-soa", "evidence-maturity"];

/// The JSON Schema (2020-12) of a document by its name, as text.
pub fn schema(name: &str) -> Option<&'static str> {
    match name {
        "check" => Some(include_str!("../schemas/check.schema.json")),
        "paths" => Some(include_str!("../schemas/paths.schema.json")),
        "diff" => Some(include_str!("../schemas/diff.schema.json")),
        "evidence-coverage" => Some(include_str!("../schemas/evidence-coverage.schema.json")),
        "evidence-matrix" => Some(include_str!("../schemas/evidence-matrix.schema.json")),
        "evidence-soa" => Some(include_str!("../schemas/evidence-soa.schema.json")),
        "evidence-maturity" => Some(include_str!("../schemas/evidence-maturity.schema.json")),
        _ => None,
    }
}
