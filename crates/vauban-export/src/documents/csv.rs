//! A table as CSV, RFC 4180.

use vauban_model::document::{Document, Table, plain, shown};

use super::flat::flat;

/// One table with one value in each column, and with the mark that Excel needs to read UTF-8. No cell can be taken for a formula.
pub fn csv(table: &Table) -> Vec<u8> {
    let table = &flat(table);
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing into memory cannot fail, and rows of another width are taken as they are.
    let _ = writer.write_record(table.columns.iter().map(|column| harmless(&shown(&column.title))));
    for row in &table.rows {
        let width = table.columns.len();
        let cells = (0..width).map(|at| row.get(at).map(|cell| harmless(&shown(&plain(cell)))).unwrap_or_default());
        let _ = writer.write_record(cells);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    "\u{feff}".as_bytes().iter().copied().chain(bytes).collect()
}

/// The table of a document with this id; the first where there is no id.
pub fn table<'d>(document: &'d Document, id: Option<&str>) -> Option<&'d Table> {
    match id {
        Some(id) => document.tables().find(|table| *table.id == *id),
        None => document.tables().next(),
    }
}

/// A cell that no program takes for a formula: a mark in front says that it is text.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{cell}") } else { cell.to_owned() }
}
