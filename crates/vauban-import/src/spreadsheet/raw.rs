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

impl Sheet {
    /// Whether cells of a row reach into the one below, as headings over two lines do.
    pub(super) fn reaches_down(&self, row: usize) -> bool {
        self.rows.get(row + 1).is_some_and(|below| !below.from_above.is_empty())
    }
}

/// A row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Its cells. One that is merged of several gives its text to each of them.
    pub(super) cells: Vec<String>,
    /// Where it stands: the row's number as the line.
    pub(super) span: Span,
    /// Columns whose cell is merged with the one to the left, in order.
    pub(super) from_left: Vec<usize>,
    /// Columns whose cell is merged with the one above.
    pub(super) from_above: Vec<usize>,
}

impl Row {
    /// A row without merged cells.
    pub(super) fn new(cells: Vec<String>, span: Span) -> Self {
        Row { cells, span, from_left: Vec::new(), from_above: Vec::new() }
    }

    /// A cell's text without white space around it; empty for none.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }

    /// The cells, each text once where several are merged side by side.
    pub(super) fn once(&self) -> Vec<String> {
        let mut cells = self.cells.clone();
        for column in &self.from_left {
            if let Some(cell) = cells.get_mut(*column) {
                cell.clear();
            }
        }
        cells
    }

    /// Whether all it has is one cell over most of a table that is so wide: a title, or a line between groups of rows.
    pub(super) fn is_line(&self, width: usize) -> bool {
        let filled = self.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        let merged = self.from_left.len() + 1;
        merged >= 3 && merged == filled && merged * 2 > width
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

/// Says that not all was read.
pub(super) fn too_large(log: &mut Log, file: FileId, what: &str) {
    let message = format!("the spreadsheet is too large: {what}; the rest was not read");
    log.group(Diagnostic::warning("import-dropped", beginning(file), message).help("split it into several files"));
}
