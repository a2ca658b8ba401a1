//! Scores by other methods, told: as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};
use vauban_model::report::Report;
use vauban_model::scoring::{MethodScore, Source};

use crate::terminal::Style;
use crate::text::one_line;

/// Name of the document.
pub const SCHEMA: &str = "https://vauban.example/schema/score/1";
/// Its version.
pub const VERSION: u32 = 1;

/// For people at a terminal.
pub fn terminal(found: &MethodScore, style: Style) -> String {
    style.fitted(terminal_lines(found, style))
}

fn terminal_lines(found: &MethodScore, style: Style) -> String {
    let mut out = format!("{}: {}\n", style.bold(&one_line(&found.finding)), style.bold(&one_line(&found.result)));
    let _ = writeln!(
        out,
        "{}",
        style.dim(&format!("by {}, {} on the report's scale", one_line(&found.version), found.level.as_str()))
    );
    let width = |of: &dyn Fn(usize) -> usize| (0..found.inputs.len()).map(of).max().unwrap_or(0);
    let text = |at: usize, which: bool| {
        found.inputs.get(at).map_or(0, |input| if which { &input.key } else { &input.value }.chars().count())
    };
    let (keys, values) = (width(&|at| text(at, true)), width(&|at| text(at, false)));
    out.push('\n');
    for input in &found.inputs {
        let mark = if input.source == Source::Assumed { "assumed: " } else { "" };
        let (key, value) = (one_line(&input.key), one_line(&input.value));
        let _ = writeln!(out, "  {key:<keys$}  {value:>values$}  {mark}{}", one_line(&input.why));
    }
    out.push('\n');
    for step in &found.steps {
        let _ = writeln!(out, "  {}", one_line(step));
    }
    out
}

/// For machines.
pub fn json(report: &Report<'_>, found: &MethodScore) -> Value {
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "tool": { "name": "vauban", "version": report.version },
        "model": { "name": report.model.system.name },
        "finding": found.finding,
        "method": found.method,
        "method_version": found.version,
        "inputs": found.inputs.iter().map(|input| json!({
            "key": input.key,
            "value": input.value,
            "source": input.source.as_str(),
            "why": input.why,
        })).collect::<Vec<_>>(),
        "steps": found.steps,
        "result": found.result,
        "figure": found.figure.map(|figure| (figure * 1_000.0).round() / 1_000.0),
        "vector": found.vector,
        "level": found.level.as_str(),
    })
}
