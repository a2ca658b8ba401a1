//! A workbook for Excel and its like, and single tables as CSV.
//!
//! The workbook is for people first: one sheet per kind of thing, a fixed heading row with filters, columns as wide as
//! their content, lists of the words that a cell takes, a page setup for printing. A hidden sheet `_vauban` holds what no
//! column shows (remarks of other formats, notes, drawings), so that the file reads back whole. Every cell is text: nothing
//! that a user wrote is ever a formula.

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook,
    Worksheet, XlsxError,
};
use vauban_model::report::Report;

use super::listed::loss;
use super::tables::{Table, beside, shows_threat, tables};
use super::{Aspect, Exported, Loss};

/// Everything: the hidden sheet has what no column shows.
pub(super) const CARRIES: &[Aspect] = &Aspect::ALL;

/// What a CSV file of components says.
pub(super) const CSV_CARRIES: &[Aspect] = &[
    Aspect::Components,
    Aspect::Parts,
    Aspect::Facts,
    Aspect::Descriptions,
    Aspect::Owners,
    Aspect::Tags,
    Aspect::Scope,
];

/// Characters of a cell at most: Excel's own bound is 32767.
const MOST_TEXT: usize = 32_000;
/// The hidden sheet for what no column shows.
const BESIDE: &str = "_vauban";
/// The hidden sheet for long lists of words.
const LISTS: &str = "_words";

/// Writes the workbook.
pub(super) fn export(report: &Report<'_>) -> Exported {
    let mut out = Exported::default();
    let tables = tables(report);
    let cut: Vec<Box<str>> = tables
        .iter()
        .flat_map(|table| &table.rows)
        .filter(|row| row.iter().any(|cell| cell.chars().count() > MOST_TEXT))
        .map(|row| row.first().map(String::as_str).unwrap_or_default().into())
        .collect();
    if !cut.is_empty() {
        let count = cut.len();
        let what = "ends of texts that are longer than a cell".to_owned();
        out.losses.push(Loss { what, count, examples: cut.into_iter().take(3).collect() });
    }
    match workbook(report, &tables) {
        Ok(bytes) => out.bytes = bytes,
        Err(error) => out.remarks.push(format!("the workbook cannot be written: {error}")),
    }
    out
}

fn workbook(report: &Report<'_>, tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // A day that is always the same: the file says nothing about when it was made unless it was told.
    let day = report.today.and_then(|today| ExcelDateTime::parse_from_str(today).ok());
    let day = day.map_or_else(|| ExcelDateTime::from_ymd(2020, 1, 1), Ok)?;
    let properties = DocProperties::new()
        .set_title(format!("Threat model of {}", report.model.system.name).chars().take(200).collect::<String>())
        .set_author("Vauban")
        .set_creation_datetime(&day);
    workbook.set_properties(&properties);
    let mut lists: Vec<Vec<&'static str>> = Vec::new();
    for table in tables {
        let sheet = workbook.add_worksheet();
        sheet.set_name(table.name)?;
        fill(sheet, table, &mut lists)?;
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(LISTS)?;
    for (column, words) in (0u16..).zip(&lists) {
        for (row, word) in (0u32..).zip(words) {
            sheet.write_string(row, column, *word)?;
        }
    }
    sheet.set_very_hidden(true);
    let sheet = workbook.add_worksheet();
    sheet.set_name(BESIDE)?;
    for (column, heading) in (0u16..).zip(["kind", "id", "key", "value"]) {
        sheet.write_string(0, column, heading)?;
    }
    for (row, [kind, id, key, value]) in (1u32..).zip(beside(report)) {
        for (column, text) in (0u16..).zip([&kind, &id, &key]) {
            sheet.write_string(row, column, cut(text))?;
        }
        // A value longer than a cell goes on in the next.
        let letters: Vec<char> = value.chars().collect();
        for (column, part) in (3u16..).zip(letters.chunks(MOST_TEXT)) {
            sheet.write_string(row, column, part.iter().collect::<String>())?;
        }
    }
    sheet.set_very_hidden(true);
    workbook.save_to_buffer()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MOST_TEXT {
        text.to_owned()
    } else {
        text.chars().take(MOST_TEXT - 1).chain(['…']).collect()
    }
}

/// Writes a table to a sheet.
fn fill(sheet: &mut Worksheet, table: &Table, lists: &mut Vec<Vec<&'static str>>) -> Result<(), XlsxError> {
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color(Color::RGB(0x1F_2A44))
        .set_font_color(Color::White)
        .set_border_bottom(FormatBorder::Thin);
    let body = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let bold = body.clone().set_bold();
    let tone = |color: u32| body.clone().set_background_color(Color::RGB(color)).set_bold();
    // The words are there as well: colour is never the only sign.
    let tones = [("critical", tone(0xF4_B6B6)), ("high", tone(0xF9_D5A7)), ("medium", tone(0xFB_EFB5))];
    for (at, column) in (0u16..).zip(&table.columns) {
        sheet.set_column_width(at, f64::from(column.width))?;
        sheet.write_string_with_format(0, at, &column.heading, &head)?;
    }
    for (row, cells) in (1u32..).zip(&table.rows) {
        for ((at, column), text) in (0u16..).zip(&table.columns).zip(cells) {
            let is_risk = matches!(column.heading.as_str(), "Risk" | "Worst risk");
            let tinted = tones.iter().find(|(word, _)| is_risk && word == text).map(|(_, format)| format);
            let format = tinted.unwrap_or(if at == 0 && table.name == "Overview" { &bold } else { &body });
            sheet.write_string_with_format(row, at, cut(text), format)?;
        }
    }
    let rows = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
    let last = u16::try_from(table.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.set_row_height(0, 30)?;
    sheet.set_freeze_panes(1, if table.name == "Overview" { 0 } else { 2.min(last) })?;
    if table.name != "Overview" {
        sheet.autofilter(0, 0, rows.max(1), last)?;
        // Some rows more than there are, for what people add.
        let below = rows.saturating_add(200);
        for (at, column) in (0u16..).zip(&table.columns).filter(|(_, column)| !column.words.is_empty()) {
            let length: usize = column.words.iter().map(|word| word.len() + 1).sum();
            let validation = if length <= 250 {
                DataValidation::new().allow_list_strings(&column.words)?
            } else {
                let known = lists.iter().position(|words| *words == column.words).unwrap_or_else(|| {
                    lists.push(column.words.clone());
                    lists.len() - 1
                });
                let letter = rust_xlsxwriter::utility::column_number_to_name(u16::try_from(known).unwrap_or(0));
                let range = format!("='{LISTS}'!${letter}$1:${letter}${}", column.words.len());
                DataValidation::new().allow_list_formula(Formula::new(range))
            };
            // A hint, no fence: a team's own words are told when the file is read.
            let validation = validation
                .set_error_style(rust_xlsxwriter::DataValidationErrorStyle::Warning)
                .set_error_message("Vauban knows other words here; keep yours if you mean it.")?;
            sheet.add_data_validation(1, at, below, at, &validation)?;
        }
    }
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
    sheet.set_header("&L&\"Calibri,Bold\"&A&R&P / &N");
    Ok(())
}

/// One table as CSV: `components`, `flows`, `threats` and so on.
pub(super) fn csv(report: &Report<'_>, name: &str) -> Exported {
    let mut out = Exported::default();
    let tables = tables(report);
    let Some(table) = tables.iter().find(|table| table.name.eq_ignore_ascii_case(name)) else {
        let names: Vec<String> = tables.iter().map(|table| table.name.to_lowercase()).collect();
        out.remarks.push(format!("`{name}` is no table; there are: {}", names.join(", ")));
        return out;
    };
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    let headings = table.columns.iter().map(|column| column.heading.as_str());
    let mut fine = writer.write_record(headings).is_ok();
    for row in &table.rows {
        fine &= writer.write_record(row.iter().map(|cell| harmless(cell))).is_ok();
    }
    match writer.into_inner() {
        Ok(bytes) if fine => {
            // Excel takes a file for UTF-8 only with this mark.
            out.bytes = "\u{feff}".as_bytes().iter().copied().chain(bytes).collect();
        }
        _ => out.remarks.push("the table cannot be written".to_owned()),
    }
    // The other tables as far as they say something that is not computed again, and what no table shows.
    let computed = |table: &Table| match table.name {
        "Threats" => report.analysis.findings.len(),
        "Questions" => table.rows.len(),
        _ => 0,
    };
    for other in tables.iter().filter(|other| other.name != table.name && other.name != "Overview") {
        let ids = other.rows.iter().skip(computed(other)).filter_map(|row| Some(row.first()?.as_str().into()));
        out.losses.extend(loss(&format!("the table `{}`", other.name.to_lowercase()), ids.collect()));
    }
    let here = |kind: &str, key: &str| table.name == "Threats" && kind == "threat" && shows_threat(key);
    let hidden: Vec<Box<str>> = beside(report)
        .into_iter()
        .filter(|[kind, _, key, _]| !here(kind, key))
        .map(|[_, id, key, _]| if id.is_empty() { key } else { id }.into())
        .collect();
    out.losses.extend(loss("what a workbook has in its hidden sheet", hidden));
    let system = &report.model.system;
    let described = [&*system.description, system.owner.as_deref().unwrap_or_default()].iter().any(|it| !it.is_empty());
    if table.name != "Overview"
        && (described || system.facts.iter().any(super::kept::is_stated) || !system.controls.is_empty())
    {
        out.losses.extend(loss("what is said of the whole system", vec![system.id.clone()]));
    }
    out.remarks.push(format!(
        "a CSV file is one table, here `{}`; choose another with `--sheet`, or write a workbook (`--format spreadsheet`)",
        table.name.to_lowercase()
    ));
    out
}

/// A cell that no program takes for a formula: a mark in front says that it is text. Our reader takes it off.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{cell}") } else { cell.to_owned() }
}
