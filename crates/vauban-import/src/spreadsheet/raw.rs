//! Cells as texts, whatever the file: bounded, without formulas, each with its place.

use vauban_model::{Diagnostic, FileId, Severity, Span};

use super::separated::separated;
use super::workbook::workbook;
use crate::InputFile;
use crate::draft::beginning;
use crate::log::Log;

/// Cells of all sheets at most.
pub(super) const MOST_CELLS: usize = 2_000_000;
/// Columns of a sheet at most; Excel itself has 16384.
pub(super) const MOST_COLUMNS: usize = 1_000;
/// Rows of a sheet at most; Excel itself has 1048576.
pub(super) const MOST_ROWS: usize = 200_000;
/// Characters of all shared texts at most, once for each cell that shows them.
pub(super) const MOST_TEXT: usize = 128 << 20;

/// A sheet.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// Its name; empty for CSV.
    pub(super) name: String,
    /// Whether the tool does not show it.
    pub(super) hidden: bool,
    /// Its rows, as wide as each is filled.
    pub(super) rows: Vec<Row>,
}

/// A row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Its cells.
    pub(super) cells: Vec<String>,
    /// Where it stands: the row's number as the line.
    pub(super) span: Span,
}

impl Row {
    /// A cell's text without white space around it; empty for none.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }
}

/// All sheets of a file.
pub(super) fn sheets(file: &InputFile<'_>, log: &mut Log) -> Vec<Sheet> {
    if file.bytes.is_empty() { vec![separated(file, log)] } else { workbook(file, log) }
}

pub(super) fn broken(log: &mut Log, file: FileId, message: String) {
    log.push(
        Diagnostic::new(Severity::Error, "import-broken-spreadsheet", Some(beginning(file)), message)
            .help("save the workbook again as .xlsx, or as CSV"),
    );
}

pub(super) fn too_large(log: &mut Log, file: FileId, what: &str) {
    let message = format!("the spreadsheet is too large: {what}; the rest was not read");
    log.group(Diagnostic::warning("import-dropped", beginning(file), message).help("split it into several files"));
}
