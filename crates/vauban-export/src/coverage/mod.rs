//! Evidence for frameworks as text, tables, CSV, Markdown and JSON: coverage, control matrix, statement of applicability,
//! maturity.

pub mod json;
pub mod tables;
pub mod text;

use vauban_model::document::{Inline, Table};

use crate::text::{markdown as escaped, one_line};

/// Said below every document: what evidence is not.
pub const CAUTION: &str =
    "Evidence supports a requirement. Whether it is met, an auditor decides. It covers the modelled system only.";

/// A table as CSV: a line of headings, then the rows. Cells that a spreadsheet would take for a formula get an apostrophe
/// in front. An empty string where it cannot be written.
pub fn csv(table: &Table) -> String {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    let mut fine = writer.write_record(table.columns.iter().map(|column| &*column.title)).is_ok();
    for row in &table.rows {
        fine &= writer.write_record(row.iter().map(|cell| harmless(&words(cell)))).is_ok();
    }
    let bytes = writer.into_inner().unwrap_or_default();
    if fine { String::from_utf8(bytes).unwrap_or_default() } else { String::new() }
}

/// Tables as a Markdown document.
pub fn markdown(title: &str, subtitle: &str, tables: &[Table]) -> String {
    let mut out = format!("# {}\n\n{}\n", escaped(title), escaped(subtitle));
    for table in tables {
        out.push_str(&format!("\n## {}\n\n", escaped(&table.caption)));
        let headings: Vec<String> = table.columns.iter().map(|column| escaped(&column.title)).collect();
        out.push_str(&format!("| {} |\n|{}\n", headings.join(" | "), "---|".repeat(table.columns.len())));
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(|cell| escaped(&words(cell))).collect();
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        if !table.selection.is_empty() {
            out.push_str(&format!("\n{}\n", escaped(&table.selection)));
        }
    }
    out.push_str(&format!("\n{CAUTION}\n"));
    out
}

/// The words of a cell, on one line.
fn words(cell: &[Inline]) -> String {
    let text: String = cell
        .iter()
        .map(|part| match part {
            Inline::Text(text) | Inline::Strong(text) | Inline::Code(text) | Inline::Link { text, .. } => &**text,
            Inline::Level(level) => level.as_str(),
        })
        .collect();
    one_line(&text)
}

/// A cell that no spreadsheet runs.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t']) { format!("'{cell}") } else { cell.to_owned() }
}
