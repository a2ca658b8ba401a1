//! Cells as texts, whatever the file: bounded, without formulas, each with its place.

use vauban_model::{Diagnostic, FileId, Severity, Span};

use crate::InputFile;
use crate::archive::Archive;
use crate::draft::{beginning, narrow};
use crate::log::{Log, short};
use crate::xml::{Xml, child, children};

/// Cells of all sheets at most.
const MOST_CELLS: usize = 2_000_000;
/// Columns of a sheet at most; Excel itself has 16384.
const MOST_COLUMNS: usize = 1_000;
/// Rows of a sheet at most; Excel itself has 1048576.
const MOST_ROWS: usize = 200_000;
/// Characters of all shared texts at most, once for each cell that shows them.
const MOST_TEXT: usize = 128 << 20;

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
    if file.bytes.is_empty() { vec![csv(file, log)] } else { workbook(file, log) }
}

fn broken(log: &mut Log, file: FileId, message: String) {
    log.push(
        Diagnostic::new(Severity::Error, "import-broken-spreadsheet", Some(beginning(file)), message)
            .help("save the workbook again as .xlsx, or as CSV"),
    );
}

fn too_large(log: &mut Log, file: FileId, what: &str) {
    let message = format!("the spreadsheet is too large: {what}; the rest was not read");
    log.group(Diagnostic::warning("import-dropped", beginning(file), message).help("split it into several files"));
}

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

fn csv(file: &InputFile<'_>, log: &mut Log) -> Sheet {
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

fn workbook(file: &InputFile<'_>, log: &mut Log) -> Vec<Sheet> {
    let mut archive = match Archive::open(file.bytes) {
        Ok(archive) => archive,
        Err(error) => {
            broken(log, file.id, error);
            return Vec::new();
        }
    };
    let mut read = |name: &str, log: &mut Log| -> Option<String> {
        if !archive.has(name) {
            return None;
        }
        match archive.read_text(name) {
            Ok(text) => Some(text),
            Err(error) => {
                broken(log, file.id, error);
                None
            }
        }
    };
    let place = beginning(file.id);
    let Some(book) = read("xl/workbook.xml", log) else {
        broken(log, file.id, "there is no workbook in this file".to_owned());
        return Vec::new();
    };
    let relations = read("xl/_rels/workbook.xml.rels", log).unwrap_or_default();
    let shared = read("xl/sharedStrings.xml", log).map(|text| shared(&text, place, log)).unwrap_or_default();
    let mut targets: Vec<(String, String)> = Vec::new();
    if let Ok(xml) = Xml::parse_inner(&relations, place) {
        for relation in children(xml.root(), "Relationship") {
            if let (Some(id), Some(target)) = (relation.attribute("Id"), relation.attribute("Target")) {
                targets.push((id.to_owned(), target.to_owned()));
            }
        }
    }
    let mut named: Vec<(String, String, bool)> = Vec::new();
    match Xml::parse_inner(&book, place) {
        Ok(xml) => {
            for sheet in child(xml.root(), "sheets").into_iter().flat_map(|sheets| children(sheets, "sheet")) {
                let id =
                    sheet.attributes().find(|it| it.name() == "id" && it.namespace().is_some()).map(|it| it.value());
                let name = sheet.attribute("name").unwrap_or_default();
                if let Some((_, target)) = targets.iter().find(|(known, _)| Some(known.as_str()) == id) {
                    let hidden = matches!(sheet.attribute("state"), Some("hidden" | "veryHidden"));
                    named.push((name.to_owned(), target.clone(), hidden));
                }
            }
        }
        Err(diagnostic) => log.push(diagnostic),
    }
    let mut left = Left { cells: MOST_CELLS, text: MOST_TEXT };
    let mut out = Vec::new();
    for (name, target, hidden) in named {
        let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
        let Some(text) = read(&path, log) else { continue };
        match Xml::parse_inner(&text, place) {
            Ok(xml) => {
                let (rows, whole) = rows(&xml, &shared, file.id, &mut left);
                if !whole {
                    too_large(log, file.id, &format!("sheet `{}`", short(&name)));
                }
                out.push(Sheet { name, hidden, rows });
            }
            Err(diagnostic) => log.push(diagnostic),
        }
    }
    out
}

/// What may still be read.
struct Left {
    cells: usize,
    text: usize,
}

/// The texts that cells share.
fn shared(text: &str, place: Span, log: &mut Log) -> Vec<String> {
    match Xml::parse_inner(text, place) {
        Ok(xml) => children(xml.root(), "si").map(rich).collect(),
        Err(diagnostic) => {
            log.push(diagnostic);
            Vec::new()
        }
    }
}

/// A text in one or several pieces; how it is pronounced is left out.
fn rich(node: roxmltree::Node<'_, '_>) -> String {
    let mut out = String::new();
    for part in node.children().filter(|part| part.is_element()) {
        match part.tag_name().name() {
            "t" => out.push_str(&crate::xml::text(part)),
            "r" => children(part, "t").for_each(|text| out.push_str(&crate::xml::text(text))),
            _ => {}
        }
    }
    unescaped(&out)
}

/// A text with `_x000A_` and its like as the letters they stand for.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let code = from.get(2..6).filter(|_| from.get(6..7) == Some("_"));
        let letter = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        match letter {
            Some(letter) => {
                out.push(letter);
                rest = from.get(7..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// The column of a cell's name: `C7` is 2.
fn column_of(name: &str) -> Option<usize> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let number = letters.fold(0usize, |sum, letter| sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1)
}

/// The rows of a sheet, and whether all were read.
fn rows(xml: &Xml<'_>, shared: &[String], file: FileId, left: &mut Left) -> (Vec<Row>, bool) {
    let mut out: Vec<Row> = Vec::new();
    let Some(data) = child(xml.root(), "sheetData") else { return (out, true) };
    for row in children(data, "row") {
        let number = row.attribute("r").and_then(|it| it.parse::<usize>().ok()).unwrap_or(out.len() + 1);
        if number > MOST_ROWS || out.len() >= MOST_ROWS {
            return (out, false);
        }
        let mut cells: Vec<String> = Vec::new();
        for cell in children(row, "c") {
            let at = cell.attribute("r").and_then(column_of).unwrap_or(cells.len());
            if at >= MOST_COLUMNS {
                continue;
            }
            let value = || child(cell, "v").map(crate::xml::text).unwrap_or_default();
            let text = match cell.attribute("t") {
                Some("s") => {
                    value().trim().parse::<usize>().ok().and_then(|at| shared.get(at)).cloned().unwrap_or_default()
                }
                Some("inlineStr") => child(cell, "is").map(rich).unwrap_or_default(),
                Some("b") => if value().trim() == "1" { "yes" } else { "no" }.to_owned(),
                Some("e") => String::new(),
                // What a formula gave when the file was saved; the formula itself is never run.
                Some("str") => unescaped(&value()),
                _ => value(),
            };
            let (Some(cells_left), Some(text_left)) =
                (left.cells.checked_sub(1 + at.saturating_sub(cells.len())), left.text.checked_sub(text.len()))
            else {
                return (out, false);
            };
            (left.cells, left.text) = (cells_left, text_left);
            while cells.len() <= at {
                cells.push(String::new());
            }
            if let Some(slot) = cells.get_mut(at) {
                *slot = text;
            }
        }
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            out.push(Row { cells, span: Span::new(file, narrow(number), 1, 0) });
        }
    }
    (out, true)
}

/// A day that a workbook keeps as a number, as `YYYY-MM-DD`; any other text as it is.
pub(super) fn day(text: &str) -> String {
    let number = text.split('.').next().and_then(|whole| whole.parse::<i64>().ok());
    let Some(days) = number.filter(|days| (20_000..80_000).contains(days)) else {
        return text.to_owned();
    };
    // Day 25569 is the first of 1970. The calendar by Howard Hinnant's published arithmetic.
    let z = days - 25_569 + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::{column_of, day, separator, unescaped};

    #[test]
    fn cells_have_columns_and_days_a_calendar() {
        assert_eq!(
            (column_of("A1"), column_of("C7"), column_of("AA10"), column_of("7")),
            (Some(0), Some(2), Some(26), None)
        );
        assert_eq!(
            (day("45292").as_str(), day("45351").as_str(), day("soon").as_str()),
            ("2024-01-01", "2024-02-29", "soon")
        );
        assert_eq!(unescaped("a_x000A_b_x005F_x0041__xZZ"), "a\nb_x0041__xZZ");
    }

    #[test]
    fn the_separator_is_the_one_that_separates() {
        assert_eq!(separator("a;b;c\n\"x,y,z,u,v\";2;3\n"), b';');
        assert_eq!(separator("a\tb\n"), b'\t');
        assert_eq!(separator("a\n"), b',');
    }
}
