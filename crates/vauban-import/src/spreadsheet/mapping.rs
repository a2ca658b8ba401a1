//! Which column is what, as people correct and keep it.
//!
//! ```yaml
//! columns:
//!   Assets:                  # a sheet; for CSV any name
//!     rows: components       # what its rows are, or `-` to leave the sheet alone
//!     header: 3              # the row with the headings, where it is not found
//!     columns:
//!       System name: name
//!       Betreiber: owner
//!       Remarks: "-"         # left alone
//! ```
//!
//! It stands in a file of its own, or in `vauban.yaml`.

use vauban_model::Diagnostic;
use vauban_syntax::{Limits, Node, parse_yaml};

use super::words::{Rows, normal};
use crate::InputFile;
use crate::log::{Log, short};

/// What was said about sheets.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapping {
    sheets: Vec<SheetMapping>,
}

/// What was said about one.
#[derive(Clone, Debug)]
pub(super) struct SheetMapping {
    name: String,
    /// What its rows are; nothing if it is to be left alone.
    pub(super) rows: Option<Rows>,
    /// The line with the headings.
    pub(super) header: Option<u32>,
    /// Headings and fields.
    pub(super) columns: Vec<(String, String)>,
}

impl Mapping {
    /// What was said about a sheet. A CSV table has no name: the only entry is meant.
    pub(super) fn of(&self, sheet: &str) -> Option<&SheetMapping> {
        if sheet.is_empty() {
            return self.sheets.first().filter(|_| self.sheets.len() == 1);
        }
        self.sheets.iter().find(|it| normal(&it.name) == normal(sheet))
    }
}

/// Reads the mapping.
pub(super) fn read(files: &[InputFile<'_>], log: &mut Log) -> Mapping {
    let mut mapping = Mapping::default();
    for file in files {
        let mut diagnostics = Vec::new();
        let root = parse_yaml(file.id, file.text, &Limits::default(), &mut diagnostics);
        log.extend(diagnostics);
        let Some(root) = root else { continue };
        let sheets = root.get("columns").unwrap_or(&root);
        for entry in sheets.as_mapping().unwrap_or_default() {
            if let Some(sheet) = sheet(&entry.key, &entry.value, log) {
                mapping.sheets.push(sheet);
            }
        }
    }
    mapping
}

fn sheet(name: &str, node: &Node, log: &mut Log) -> Option<SheetMapping> {
    let word = node.as_str().or_else(|| node.get("rows")?.as_str())?;
    let rows = Rows::parse(&normal(word));
    if rows.is_none() && word != "-" {
        let known: Vec<&str> = Rows::ALL.iter().map(|rows| rows.as_str()).collect();
        let message = format!("`{}` is nothing that rows can be", short(word));
        log.push(
            Diagnostic::warning("import-unknown-value", node.span, message)
                .help(format!("one of {}, or `-` to leave the sheet alone", known.join(", "))),
        );
    }
    let header = node.get("header").and_then(Node::as_i64).and_then(|line| u32::try_from(line).ok());
    let columns = node.get("columns").and_then(Node::as_mapping).unwrap_or_default().iter();
    let columns = columns.filter_map(|it| Some((it.key.to_string(), field(rows?, it.value.as_str()?)))).collect();
    Some(SheetMapping { name: name.to_owned(), rows, header, columns })
}

/// A field as it is written: facts need no prefix.
fn field(rows: Rows, word: &str) -> String {
    let word = word.trim();
    let plain = rows.headings().iter().any(|(field, _)| *field == word) || word == "-";
    let fact = super::columns::domain(rows)
        .and_then(|domain| vauban_model::vocabulary::FactId::of_key(domain, word.trim_start_matches("fact.")));
    match fact {
        Some(id) if !plain => format!("fact.{}", id.definition().key),
        _ => word.to_owned(),
    }
}
