//! Spreadsheets: workbooks (.xlsx) and CSV, our own and those that teams keep.
//!
//! [`raw`] holds cells, [`columns`] finds out what a table and its columns are about, [`mapping`] lets people correct that,
//! [`lower`] makes a model of it.

mod columns;
mod lower;
mod mapping;
mod raw;
mod threats;
mod words;

use crate::draft::beginning;
use crate::log::Log;
use crate::{Imported, InputFile};

/// See [`crate::import`]. A second file is a mapping of columns.
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let sheets = files.first().map(|file| raw::sheets(file, &mut log)).unwrap_or_default();
    let mapping = mapping::read(files.get(1..).unwrap_or_default(), &mut log);
    let name = files.first().map_or("spreadsheet", |file| file.name);
    lower::lower(&sheets, &mapping, name, files.first().map(|file| beginning(file.id)), log)
}

/// Whether a text is a table that this reads: by its name, and a heading that has a word we know.
pub(crate) fn is_table(name: &str, text: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if !(name.ends_with(".csv") || name.ends_with(".tsv")) {
        return false;
    }
    let head: String = text.lines().take(10).collect::<Vec<_>>().join("\n").to_lowercase();
    // Lucidchart's own list of shapes.
    !head.contains("shape library")
}

/// Whether an archive is a workbook.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    crate::archive::Archive::open(bytes).is_ok_and(|archive| archive.has("xl/workbook.xml"))
}
