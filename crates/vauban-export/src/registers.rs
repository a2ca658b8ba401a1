//! Lists that people keep: treatments, reviews, metrics. As text, JSON, CSV and Markdown.

mod metrics;
mod reviews;
mod treatments;

pub use metrics::{metrics_csv, metrics_json, metrics_markdown, metrics_text};
pub use reviews::{due_json, due_text, reviews_csv, reviews_json, reviews_markdown, reviews_text};
pub use treatments::{treatment_text, treatments_csv, treatments_json, treatments_markdown, treatments_text};

use crate::text::{drawn, markdown, one_line};

/// A table of texts: its headings and its rows.
struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// As CSV after RFC 4180, with a line of headings. A cell that a program could take for a formula begins with `'`.
    fn csv(&self) -> String {
        let mut out = String::new();
        let headings: Vec<String> = self.headings.iter().map(|heading| (*heading).to_owned()).collect();
        for row in std::iter::once(&headings).chain(&self.rows) {
            let cells: Vec<String> = row.iter().map(|cell| csv_cell(cell)).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        out
    }

    /// As a Markdown table.
    fn markdown(&self) -> String {
        let mut out = format!("| {} |\n|{}\n", self.headings.join(" | "), "---|".repeat(self.headings.len()));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| markdown(&one_line(cell))).collect();
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        out
    }
}

fn csv_cell(text: &str) -> String {
    let text = drawn(text);
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\'']) { format!("'{text}") } else { text };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A text that may be absent.
fn or_empty(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
