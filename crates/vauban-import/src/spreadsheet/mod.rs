//! Spreadsheets: workbooks (.xlsx) and CSV, our own and those that teams keep.
//!
//! [`raw`] holds cells, as [`workbook`] and [`separated`] read them; [`columns`] finds out what a table and its columns are about, [`mapping`] lets people correct that,
//! [`lower`] makes a model of it.

mod cells;
mod columns;
mod headings;
mod legend;
mod lower;
mod mapping;
mod matrix;
mod number;
mod raw;
mod separated;
mod threats;
mod words;
mod workbook;

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

/// How much of a text is looked at to tell whether it is a table.
const WINDOW: usize = 64 << 10;
/// Lines of it.
const LINES: usize = 40;

/// Whether a text is a table that this reads: one whose headings are understood, at least two by name, else three.
pub(crate) fn is_table(name: &str, text: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let named = name.ends_with(".csv") || name.ends_with(".tsv");
    let wanted = if named { 2 } else { 3 };
    let end = (0..=WINDOW.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let head: String = text.get(..end).unwrap_or_default().lines().take(LINES).flat_map(|line| [line, "\n"]).collect();
    // Lucidchart's own list of shapes; and texts without anything that could separate cells.
    if head.contains("Shape Library") || !head.contains([',', ';', '\t', '|']) {
        return false;
    }
    let sheet = raw::sheets(&InputFile::text(vauban_model::FileId(0), "", &head), &mut Log::new());
    let table = sheet.first().and_then(|sheet| columns::table(sheet, &mapping::Mapping::default()));
    let is_matrix =
        sheet.first().is_some_and(|sheet| matrix::matrix(sheet).is_some_and(|it| it.head + 1 < sheet.rows.len()));
    named && is_matrix
        || table.is_some_and(|table| {
            let known = table.fields.iter().flatten().filter(|field| *field != "-").count();
            let rows = sheet.first().map(|sheet| sheet.rows.get(table.head..).unwrap_or_default()).unwrap_or_default();
            let wide = rows.first().map_or(0, |head| head.cells.len());
            // Texts of other trades hold commas as well, but not the same number in every line.
            let even = rows.iter().filter(|row| row.cells.len() == wide).count() * 10 >= rows.len() * 8;
            known >= wanted && rows.len() > 1 && (named || even)
        })
}

/// Whether an archive is a workbook.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    crate::archive::Archive::open(bytes).is_ok_and(|archive| archive.has("xl/workbook.xml"))
}
