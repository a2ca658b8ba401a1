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

use vauban_model::{Diagnostic, Span, did_you_mean};
use vauban_syntax::{Limits, Node, parse_yaml};

use super::raw::Sheet;
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
    span: Span,
    /// Whether the sheet is to be left alone.
    pub(super) alone: bool,
    /// What its rows are; nothing if it is to be left alone.
    pub(super) rows: Option<Rows>,
    /// The line with the headings.
    pub(super) header: Option<u32>,
    /// Headings and fields.
    pub(super) columns: Vec<(String, String)>,
    /// Where each of them stands.
    places: Vec<Span>,
}

impl Mapping {
    /// What was said about a sheet. A CSV table has no name: the only entry is meant.
    pub(super) fn of(&self, sheet: &str) -> Option<&SheetMapping> {
        if sheet.is_empty() {
            return self.sheets.first().filter(|_| self.sheets.len() == 1);
        }
        self.sheets.iter().find(|it| normal(&it.name) == normal(sheet))
    }

    /// Says what the mapping speaks of and the file does not have: a wrong name would be no mapping at all.
    pub(super) fn tell_unmatched(&self, sheets: &[Sheet], log: &mut Log) {
        let all: Vec<&str> = sheets.iter().map(|sheet| &*sheet.name).collect();
        for said in &self.sheets {
            let found = |sheet: &&Sheet| self.of(&sheet.name).is_some_and(|it| it.span == said.span);
            let Some(sheet) = sheets.iter().find(found) else {
                let message = format!("there is no sheet `{}`", short(&said.name));
                let help = match did_you_mean(&said.name, all.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if all.iter().all(|name| name.is_empty()) => {
                        "a CSV file is one table: keep one entry".to_owned()
                    }
                    None => format!("the file has: {}", quoted(&all)),
                };
                log.push(Diagnostic::warning("import-unknown-table", said.span, message).help(help));
                continue;
            };
            for ((heading, _), span) in said.columns.iter().zip(&said.places) {
                let there = |row: &super::raw::Row| row.cells.iter().any(|cell| normal(cell) == normal(heading));
                if sheet.rows.iter().take(super::columns::HEAD).any(there) {
                    continue;
                }
                let head = sheet.rows.iter().find(|row| row.cells.iter().filter(|it| !it.is_empty()).count() > 1);
                let cells: Vec<&str> = head.map(|row| row.cells.iter().map(|it| &**it).collect()).unwrap_or_default();
                let help = did_you_mean(heading, cells.iter().copied()).map_or_else(
                    || format!("its headings are: {}", quoted(&cells)),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("there is no column `{}`", short(heading));
                log.push(Diagnostic::warning("import-unknown-column", *span, message).help(help));
            }
        }
    }
}

/// Reads the mapping.
pub(super) fn read(files: &[InputFile<'_>], log: &mut Log) -> Mapping {
    let mut mapping = Mapping::default();
    for file in files {
        let mut diagnostics = Vec::new();
        let root = parse_yaml(file.id, file.text, &Limits::default(), &mut diagnostics);
        let broken = !diagnostics.is_empty();
        log.extend(diagnostics);
        let sheets = root.as_ref().map(|root| root.get("columns").unwrap_or(root));
        let before = mapping.sheets.len();
        for entry in sheets.and_then(Node::as_mapping).unwrap_or_default() {
            if let Some(sheet) = sheet(&entry.key, entry.key_span, &entry.value, log) {
                mapping.sheets.push(sheet);
            }
        }
        if mapping.sheets.len() == before && !broken {
            let message = format!("`{}` does not say what any column is", short(file.name));
            log.push(
                Diagnostic::warning("import-no-mapping", crate::draft::beginning(file.id), message)
                    .help("an import without `--columns` prints what may stand there, ready to be changed"),
            );
        }
    }
    mapping
}

/// Some names, in back-ticks.
fn quoted(names: &[&str]) -> String {
    let names: Vec<String> =
        names.iter().filter(|name| !name.is_empty()).take(12).map(|it| format!("`{}`", short(it))).collect();
    names.join(", ")
}

fn sheet(name: &str, span: Span, node: &Node, log: &mut Log) -> Option<SheetMapping> {
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
    let (mut columns, mut places) = (Vec::new(), Vec::new());
    for it in node.get("columns").and_then(Node::as_mapping).unwrap_or_default() {
        let (Some(rows), Some(word)) = (rows, it.value.as_str()) else { continue };
        match field(rows, word) {
            Some(field) => {
                columns.push((it.key.to_string(), field));
                places.push(it.key_span);
            }
            // A question mark is how an import marks what it did not understand.
            None if word.trim() == "?" => {}
            None => {
                let known: Vec<&str> =
                    rows.headings().iter().map(|(field, _)| field.trim_start_matches("fact.")).collect();
                let help = did_you_mean(word, known.iter().copied()).map_or_else(
                    || format!("one of {}, a fact, or `-`", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("`{}` is nothing that a column of {} can be", short(word), rows.as_str());
                log.push(Diagnostic::warning("import-unknown-value", it.value.span, message).help(help));
            }
        }
    }
    Some(SheetMapping { name: name.to_owned(), span, alone: word == "-", rows, header, columns, places })
}

/// A field as it is written: facts need no prefix. Nothing for a word that is no field.
fn field(rows: Rows, word: &str) -> Option<String> {
    let word = word.trim();
    if rows.headings().iter().any(|(field, _)| *field == word) || word == "-" {
        return Some(word.to_owned());
    }
    let domain = super::columns::domain(rows)?;
    let id = vauban_model::vocabulary::FactId::of_key(domain, word.trim_start_matches("fact."))?;
    Some(format!("fact.{}", id.definition().key))
}
