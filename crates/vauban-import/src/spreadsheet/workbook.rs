//! Workbooks (`.xlsx`): sheets of an archive of XML.

use vauban_model::{FileId, Span};

use super::raw::{MOST_CELLS, MOST_COLUMNS, MOST_ROWS, MOST_TEXT, Row, Sheet, broken, too_large};
use crate::InputFile;
use crate::archive::Archive;
use crate::draft::{beginning, narrow};
use crate::log::{Log, short};
use crate::xml::{Xml, child, children};

/// The sheets of a workbook.
pub(super) fn workbook(file: &InputFile<'_>, log: &mut Log) -> Vec<Sheet> {
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
