//! Texts with a separator between their cells: CSV and its like.

use vauban_model::{Diagnostic, FileId, Span};

use super::raw::{MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Row, Sheet, too_large};
use crate::InputFile;
use crate::draft::narrow;
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

/// The rows of a text.
pub(super) fn separated(file: &InputFile<'_>, log: &mut Log) -> Sheet {
    let text = file.text.trim_start_matches('\u{feff}');
    // Excel writes the separator as a line of its own in some languages.
    let (said, text, skipped) = match text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n')) {
        Some((said, rest)) => (said.bytes().next(), rest, 1),
        None => (None, text, 0),
    };
    let mut lines =
        Lines { rest: text, line: 1 + skipped, separator: said.unwrap_or_else(|| separator(text)), width: 0 };
    let mut sheet = Sheet::default();
    let mut cells = 0usize;
    while let Some(record) = lines.next_record() {
        if let Some(stray) = record.stray {
            told(log, file.id, stray);
        }
        let row: Vec<String> = record.cells.iter().take(MOST_COLUMNS).map(|cell| unmarked(cell)).collect();
        cells += row.len();
        if cells > MOST_CELLS || sheet.rows.len() >= MOST_ROWS {
            too_large(log, file.id, "more rows than a table of a model has");
            break;
        }
        sheet.rows.push(Row::new(row, Span::new(file.id, record.line, 1, 0)));
    }
    sheet
}

fn told(log: &mut Log, file: FileId, line: u32) {
    let message =
        "a quotation mark opens a text that does not end where a cell ends; it was read as a part of the cell";
    log.group(
        Diagnostic::warning("import-stray-quote", Span::new(file, line, 1, 0), message)
            .help("double a quotation mark that belongs to the text, and put the whole cell into quotation marks"),
    );
}

/// A cell without the mark that keeps programs from taking it for a formula.
fn unmarked(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

/// One row as it stands in the text.
struct Record {
    cells: Vec<String>,
    /// The line where it begins.
    line: u32,
    /// The line of a quotation mark that was read as a letter.
    stray: Option<u32>,
}

/// A text that is read row by row.
struct Lines<'t> {
    rest: &'t str,
    line: u32,
    separator: u8,
    /// How many cells the widest row so far has.
    width: usize,
}

/// A cell, what stands behind it, and whether its quotation marks are as they should be.
struct Cell<'t> {
    text: String,
    rest: &'t str,
    /// Whether a text in quotation marks runs over the end of a line.
    long: bool,
    /// Whether nothing closes it, or what closes it is no end of a cell.
    broken: bool,
}

impl Lines<'_> {
    /// The next row that is not empty.
    fn next_record(&mut self) -> Option<Record> {
        let after = self.rest.trim_start_matches(['\r', '\n']);
        self.line = self.line.saturating_add(self.ends(after));
        self.rest = after;
        if after.is_empty() {
            return None;
        }
        let (mut cells, mut rest, mut stray, line) = (Vec::new(), after, None, self.line);
        loop {
            let mut cell = cell(rest, self.separator);
            if cell.broken && cell.long && self.goes_on_below(after, rest) {
                stray = stray.or(Some(line));
                cell = plain(rest, self.separator);
            } else if cell.broken && cell.rest.is_empty() && cell.long {
                stray = stray.or(Some(line));
            }
            cells.push(cell.text);
            rest = cell.rest;
            match rest.strip_prefix(char::from(self.separator)) {
                Some(more) => rest = more,
                None => break,
            }
        }
        self.line = self.line.saturating_add(self.ends(rest));
        self.rest = rest;
        self.width = self.width.max(cells.len());
        Some(Record { cells, line, stray })
    }

    /// How many lines end between here and what stands further on.
    fn ends(&self, further: &str) -> u32 {
        let between = self.rest.len().saturating_sub(further.len());
        let passed = self.rest.as_bytes().get(..between).unwrap_or_default();
        let feeds = passed.iter().filter(|byte| **byte == b'\n').count();
        narrow(if feeds == 0 { passed.iter().filter(|byte| **byte == b'\r').count() } else { feeds })
    }

    /// Whether the line below is a row like those before: what opened above was no text of several lines then.
    fn goes_on_below(&self, row: &str, here: &str) -> bool {
        let Some((_, below)) = here.split_once(['\r', '\n']) else { return false };
        let first = row.split(['\r', '\n']).next().unwrap_or_default();
        let below = below.trim_start_matches(['\r', '\n']);
        let line = below.split(['\r', '\n']).next().unwrap_or_default();
        let width = if self.width > 0 { self.width } else { width(first, self.separator) };
        below.is_empty() || width > 1 && self::width(line, self.separator) == width
    }
}

/// How many cells a line has, whatever opens in it and does not end there.
fn width(line: &str, separator: u8) -> usize {
    let (mut rest, mut count) = (line, 1);
    loop {
        let quoted = cell(rest, separator);
        // A text that does not end here leaves nothing to count: its mark is a letter.
        let after = if quoted.broken { plain(rest, separator).rest } else { quoted.rest };
        match after.strip_prefix(char::from(separator)) {
            Some(more) => (rest, count) = (more, count + 1),
            None => return count,
        }
    }
}

/// A cell that ends at a separator or with its line, whatever is in it.
fn plain(from: &str, separator: u8) -> Cell<'_> {
    let end = from.bytes().position(|byte| byte == separator || byte == b'\n' || byte == b'\r');
    let (text, rest) = from.split_at_checked(end.unwrap_or(from.len())).unwrap_or((from, ""));
    Cell { text: text.to_owned(), rest, long: false, broken: false }
}

/// A cell, in quotation marks or without.
fn cell(from: &str, separator: u8) -> Cell<'_> {
    let Some(mut rest) = from.strip_prefix('"') else { return plain(from, separator) };
    let mut text = String::new();
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            let long = rest.trim_end().contains(['\n', '\r']);
            text.push_str(rest);
            return Cell { text, rest: "", long, broken: true };
        };
        text.push_str(before);
        rest = after;
        match after.strip_prefix('"') {
            Some(more) => {
                text.push('"');
                rest = more;
            }
            None => break,
        }
    }
    let ends = rest.bytes().next().is_none_or(|byte| byte == separator || byte == b'\n' || byte == b'\r');
    let long = text.contains(['\n', '\r']);
    // What stands behind the closing mark belongs to the cell, as most programs have it.
    let more = plain(rest, separator);
    text.push_str(&more.text);
    Cell { text, rest: more.rest, long, broken: !ends }
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
