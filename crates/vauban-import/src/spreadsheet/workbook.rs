//! Workbooks (`.xlsx`): sheets of an archive of XML.

use rustc_hash::FxHashMap;
use vauban_model::{Diagnostic, FileId, Severity, Span};

use super::number::{Shown, built_in, of_code, shown};
use super::raw::{MOST_CELLS, MOST_COLUMNS, MOST_ROWS, MOST_TEXT, Row, Sheet, broken, too_large};
use crate::InputFile;
use crate::archive::Archive;
use crate::draft::{beginning, narrow};
use crate::log::{Log, short};
use crate::xml::{Xml, child, children};

/// Cells of one sheet at most, those without content among them.
const MOST_OF_A_SHEET: usize = 800_000;
/// Bytes of one sheet at most, unpacked.
const MOST_SHEET: u64 = 60 << 20;

/// The sheets of a workbook.
pub(super) fn workbook(file: &InputFile<'_>, log: &mut Log) -> Vec<Sheet> {
    let mut archive = match Archive::open(file.bytes) {
        Ok(archive) => archive,
        Err(error) => {
            broken(log, file.id, error);
            return Vec::new();
        }
    };
    let read = |archive: &mut Archive<'_>, name: &str, log: &mut Log| -> Option<String> {
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
    let Some(book) = read(&mut archive, "xl/workbook.xml", log) else {
        broken(log, file.id, "there is no workbook in this file".to_owned());
        return Vec::new();
    };
    let relations = read(&mut archive, "xl/_rels/workbook.xml.rels", log).unwrap_or_default();
    let formats = read(&mut archive, "xl/styles.xml", log).map(|text| formats(&text, place, log)).unwrap_or_default();
    let shared =
        read(&mut archive, "xl/sharedStrings.xml", log).map(|text| shared(&text, place, log)).unwrap_or_default();
    let mut targets: Vec<(String, String)> = Vec::new();
    if let Ok(xml) = Xml::parse_inner(&relations, place) {
        for relation in children(xml.root(), "Relationship") {
            if let (Some(id), Some(target)) = (relation.attribute("Id"), relation.attribute("Target")) {
                targets.push((id.to_owned(), target.to_owned()));
            }
        }
    }
    let mut named: Vec<(String, String, bool)> = Vec::new();
    let mut early = false;
    match Xml::parse_inner(&book, place) {
        Ok(xml) => {
            let properties = child(xml.root(), "workbookPr").and_then(|it| it.attribute("date1904"));
            early = matches!(properties, Some("1" | "true" | "on"));
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
    let mut out: Vec<Sheet> = Vec::new();
    let mut unread: Vec<String> = Vec::new();
    for (name, target, hidden) in named {
        let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
        if archive.size(&path).is_some_and(|size| size > MOST_SHEET) {
            unread.push(name);
            continue;
        }
        let Some(text) = read(&mut archive, &path, log) else { continue };
        if text.matches("<c ").chain(text.matches("<c>")).take(MOST_OF_A_SHEET + 1).count() > MOST_OF_A_SHEET {
            unread.push(name);
            continue;
        }
        match Xml::parse_inner(&text, place) {
            Ok(xml) => {
                let values = Values { shared: &shared, formats: &formats, early, sheet: &name };
                let (rows, whole) = rows(&xml, &values, file.id, &mut left, log);
                if !whole {
                    too_large(log, file.id, &format!("sheet `{}`", short(&name)));
                }
                out.push(Sheet { name, hidden, rows });
            }
            Err(diagnostic) => log.push(diagnostic),
        }
    }
    // Beside sheets that are read, one that is not is a loss; alone it is no import.
    let severity = if out.iter().any(|sheet| !sheet.rows.is_empty()) { Severity::Warning } else { Severity::Error };
    for name in unread {
        let message = format!(
            "the sheet `{}` is too large: it has more than {MOST_OF_A_SHEET} cells; it was not read",
            short(&name)
        );
        log.push(Diagnostic::new(severity, "import-too-large", Some(place), message).help(
            "delete rows and columns that only carry formatting, or keep the rows that the model needs in a file of their own",
        ));
    }
    out
}

/// What may still be read.
struct Left {
    cells: usize,
    text: usize,
}

impl Left {
    /// Takes room for some cells and the bytes of their text, if there is.
    fn takes(&mut self, cells: usize, bytes: usize) -> bool {
        let room = self.cells.checked_sub(cells).zip(self.text.checked_sub(bytes));
        if let Some((cells, text)) = room {
            (self.cells, self.text) = (cells, text);
        }
        room.is_some()
    }
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

/// The place of a cell's name: `C7` is column 2, row 7.
fn place_of(name: &str) -> Option<(usize, usize)> {
    let number = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    Some((column_of(name)?, number.parse().ok()?))
}

/// What the formats of cells make of numbers, in the order in which cells name them.
fn formats(text: &str, place: Span, log: &mut Log) -> Vec<Shown> {
    let xml = match Xml::parse_inner(text, place) {
        Ok(xml) => xml,
        Err(diagnostic) => {
            log.push(diagnostic);
            return Vec::new();
        }
    };
    let number = |node: roxmltree::Node<'_, '_>| node.attribute("numFmtId").and_then(|it| it.parse::<u32>().ok());
    let mut own: FxHashMap<u32, Shown> = FxHashMap::default();
    for format in child(xml.root(), "numFmts").into_iter().flat_map(|it| children(it, "numFmt")) {
        if let (Some(id), Some(code)) = (number(format), format.attribute("formatCode")) {
            own.insert(id, of_code(code));
        }
    }
    let cells = child(xml.root(), "cellXfs").into_iter().flat_map(|it| children(it, "xf"));
    cells
        .map(|xf| {
            let id = number(xf).unwrap_or(0);
            own.get(&id).cloned().unwrap_or_else(|| built_in(id))
        })
        .collect()
}

/// What the texts of cells are found by.
struct Values<'a> {
    shared: &'a [String],
    formats: &'a [Shown],
    /// Whether days are counted from 1904.
    early: bool,
    sheet: &'a str,
}

impl Values<'_> {
    /// The text of a cell as people see it.
    fn text(&self, cell: roxmltree::Node<'_, '_>, span: Span, log: &mut Log) -> String {
        let given = child(cell, "v").map(crate::xml::text);
        if given.is_none() && child(cell, "f").is_some() {
            let message = format!("cells of the sheet `{}` hold formulas without what they gave", short(self.sheet));
            log.group(
                Diagnostic::warning("import-no-value", span, message)
                    .help("formulas are not run: open the workbook in a spreadsheet program and save it"),
            );
        }
        let value = given.unwrap_or_default();
        match cell.attribute("t") {
            Some("s") => {
                value.trim().parse::<usize>().ok().and_then(|at| self.shared.get(at)).cloned().unwrap_or_default()
            }
            Some("inlineStr") => child(cell, "is").map(rich).unwrap_or_default(),
            Some("b") => if matches!(value.trim(), "1" | "true") { "yes" } else { "no" }.to_owned(),
            Some("e") => {
                let message =
                    format!("a cell of the sheet `{}` holds the error `{}`", short(self.sheet), short(&value));
                log.group(
                    Diagnostic::warning("import-cell-error", span, message)
                        .help("it is read as empty; mend its formula, or write the value"),
                );
                String::new()
            }
            // What a formula gave when the file was saved; the formula itself is never run.
            Some("str") => unescaped(&value),
            // A day that is written out; midnight is no time.
            Some("d") => value.trim().trim_end_matches("T00:00:00").replacen('T', " ", 1),
            _ => {
                let format = cell.attribute("s").and_then(|it| it.parse::<usize>().ok());
                let how = format.and_then(|at| self.formats.get(at)).unwrap_or(&Shown::Number);
                shown(value.trim(), how, self.early)
            }
        }
    }
}

/// The rows of a sheet, and whether all were read.
fn rows(xml: &Xml<'_>, values: &Values<'_>, file: FileId, left: &mut Left, log: &mut Log) -> (Vec<Row>, bool) {
    let mut out: Vec<Row> = Vec::new();
    let Some(data) = child(xml.root(), "sheetData") else { return (out, true) };
    for row in children(data, "row") {
        let number = row.attribute("r").and_then(|it| it.parse::<usize>().ok()).unwrap_or(out.len() + 1);
        if number > MOST_ROWS || out.len() >= MOST_ROWS {
            return (out, false);
        }
        let span = Span::new(file, narrow(number), 1, 0);
        let mut cells: Vec<String> = Vec::new();
        for cell in children(row, "c") {
            let at = cell.attribute("r").and_then(column_of).unwrap_or(cells.len());
            if at >= MOST_COLUMNS {
                continue;
            }
            let text = values.text(cell, span, log);
            if !left.takes(1 + at.saturating_sub(cells.len()), text.len()) {
                return (out, false);
            }
            put(&mut cells, at, text);
        }
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            out.push(Row::new(cells, span));
        }
    }
    let whole = merged(xml, &mut out, left);
    (out, whole)
}

fn put(cells: &mut Vec<String>, at: usize, text: String) {
    if cells.len() <= at {
        cells.resize(at + 1, String::new());
    }
    if let Some(slot) = cells.get_mut(at) {
        *slot = text;
    }
}

/// Gives the text of each merged cell to all cells of which it was made; whether there was room for that.
fn merged(xml: &Xml<'_>, rows: &mut [Row], left: &mut Left) -> bool {
    let widest = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    for area in child(xml.root(), "mergeCells").into_iter().flat_map(|it| children(it, "mergeCell")) {
        let ends = area.attribute("ref").and_then(|it| it.split_once(':'));
        let Some((one, other)) = ends.and_then(|(from, to)| Some((place_of(from)?, place_of(to)?))) else { continue };
        // The corners may come in any order.
        let from = (one.0.min(other.0), one.1.min(other.1));
        let to = (one.0.max(other.0), one.1.max(other.1));
        let number = |row: &Row| row.span.line as usize;
        let first = rows.partition_point(|row| number(row) < from.1);
        let Some(row) = rows.get(first).filter(|row| number(row) == from.1) else { continue };
        let text = row.cell(from.0).to_owned();
        if text.is_empty() {
            continue;
        }
        let here = rows.iter_mut().skip(first);
        for row in here.take_while(|row| row.span.line as usize <= to.1) {
            // A row costs something even where no cell of it is filled.
            if !left.takes(1, 0) {
                return false;
            }
            let top = row.span.line as usize == from.1;
            for column in from.0..=to.0.min(widest.saturating_sub(1)) {
                if top && column == from.0 {
                    continue;
                }
                if !left.takes(1, text.len()) {
                    return false;
                }
                put(&mut row.cells, column, text.clone());
                if column > from.0 {
                    row.from_left.push(column);
                }
                if !top {
                    row.from_above.push(column);
                }
            }
        }
    }
    for row in rows {
        row.from_left.sort_unstable();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{column_of, unescaped};

    #[test]
    fn cells_have_columns_and_texts_their_letters() {
        assert_eq!(
            (column_of("A1"), column_of("C7"), column_of("AA10"), column_of("7")),
            (Some(0), Some(2), Some(26), None)
        );
        assert_eq!(unescaped("a_x000A_b_x005F_x0041__xZZ"), "a\nb_x0041__xZZ");
    }
}
