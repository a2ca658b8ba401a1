//! Texts with a separator between their cells: CSV and its like.

use vauban_model::Span;

use super::raw::{MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Row, Sheet, broken, too_large};
use crate::InputFile;
use crate::log::Log;

/// The separator of a CSV text: the one of which its first lines have most, outside quotation marks.
fn separator(text: &str) -> u8 {
    let mut counts = [(b',', 0usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in text.bytes().take(20_000) {
        match byte {
            b'"' => quoted = !quoted,
            byte if !quoted => {
                if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| *separator == byte) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // Bars stand in texts as well: they must be the only ones.
    let best = counts.iter().take(3).max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0);
    let bars = || counts.last().filter(|(_, count)| *count > 0);
    best.or_else(bars).map_or(b',', |(separator, _)| *separator)
}

pub(super) fn separated(file: &InputFile<'_>, log: &mut Log) -> Sheet {
    let text = file.text.trim_start_matches('\u{feff}');
    // Excel writes the separator as a line of its own in some languages.
    let (said, text) = match text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n')) {
        Some((said, rest)) => (said.bytes().next(), rest),
        None => (None, text),
    };
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(said.unwrap_or_else(|| separator(text)))
        .from_reader(text.as_bytes());
    let mut sheet = Sheet::default();
    let mut cells = 0usize;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                broken(log, file.id, format!("the table cannot be read: {error}"));
                break;
            }
        };
        let line = record.position().map_or(1, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
        let row: Vec<String> = record.iter().take(MOST_COLUMNS).map(unmarked).collect();
        cells += row.len();
        if cells > MOST_CELLS || sheet.rows.len() >= MOST_ROWS {
            too_large(log, file.id, "more rows than a table of a model has");
            break;
        }
        sheet.rows.push(Row { cells: row, span: Span::new(file.id, line, 1, 0) });
    }
    sheet
}

/// A cell without the mark that keeps programs from taking it for a formula.
fn unmarked(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::separator;

    #[test]
    fn the_separator_is_the_one_that_separates() {
        assert_eq!(separator("a;b;c\n\"x,y,z,u,v\";2;3\n"), b';');
        assert_eq!(separator("a\tb\n"), b'\t');
        assert_eq!(separator("a\n"), b',');
    }
}
