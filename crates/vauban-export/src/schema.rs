//! JSON Schemas of what is written: the contracts of the JSON outputs.

/// Names of the documents that have a schema here.
pub const NAMES: [&str; 5] = ["check", "paths", "diff", "simulation", "score"];

/// The JSON Schema (2020-12) of a document by its name, as text.
pub fn schema(name: &str) -> Option<&'static str> {
    match name {
        "check" => Some(include_str!("../schemas/check.schema.json")),
        "paths" => Some(include_str!("../schemas/paths.schema.json")),
        "diff" => Some(include_str!("../schemas/diff.schema.json")),
        "score" => Some(include_str!("../schemas/score.schema.json")),
        "simulation" => Some(include_str!("../schemas/simulation.schema.json")),
        _ => None,
    }
}
