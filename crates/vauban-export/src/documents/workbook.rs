//! Documents as a workbook for Excel and its like: a front sheet with particulars and contents, and a sheet for each
//! table, with filters and a head that stays. Every cell that a user wrote is text: nothing is ever a formula.

use std::collections::BTreeSet;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Url, Workbook, Worksheet,
};
use rust_xlsxwriter::{XlsxError, utility};
use vauban_model::brand::Brand;
use vauban_model::document::{Block, Document, Inline, Table, plain, shown};
use vauban_model::scale::Level;

use super::flat::flat;

/// Characters of a cell at most: Excel's own bound is 32767.
const MOST_TEXT: usize = 32_000;
/// Points of a line, and of a row at most: Excel takes no more.
const LINE: f64 = 15.0;
/// Characters of a column at most.
const WIDEST: f64 = 60.0;
/// See [`LINE`].
const TALLEST: f64 = 405.0;
/// The front sheet.
const FRONT: &str = "Contents";

/// Writes documents as one workbook.
///
/// # Errors
/// What the writer says, in a sentence; not for anything that documents hold.
pub fn workbook(documents: &[Document], brand: &Brand) -> Result<Vec<u8>, String> {
    write(documents, brand).map_err(|error| format!("the workbook cannot be written: {error}"))
}

/// A table with the sheet it stands on.
struct Sheet<'d> {
    name: String,
    document: &'d Document,
    table: Table,
}

fn write(documents: &[Document], brand: &Brand) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(documents, brand)?);
    let sheets = sheets(documents);
    front(workbook.add_worksheet(), documents, &sheets, brand)?;
    for sheet in &sheets {
        let page = workbook.add_worksheet();
        page.set_name(&sheet.name)?;
        fill(page, sheet, brand)?;
    }
    workbook.save_to_buffer()
}

fn properties(documents: &[Document], brand: &Brand) -> Result<DocProperties, XlsxError> {
    let first = documents.first();
    // A day that is always the same where the document speaks of none: a file made twice is the same file.
    let (year, month, day) = first.and_then(Document::day).unwrap_or((2020, 1, 1));
    let day = ExcelDateTime::from_ymd(year, month, day).or_else(|_| ExcelDateTime::from_ymd(2020, 1, 1))?;
    let title: String = first.map(|it| shown(&it.title)).unwrap_or_default().chars().take(200).collect();
    let author = if brand.name.is_empty() { "Vauban".to_owned() } else { shown(&brand.name) };
    Ok(DocProperties::new().set_title(title).set_author(author).set_creation_datetime(&day))
}

/// A sheet for every table, each with a name that Excel takes: at most 31 letters, none twice.
fn sheets(documents: &[Document]) -> Vec<Sheet<'_>> {
    let mut taken: BTreeSet<String> = BTreeSet::from([FRONT.to_lowercase()]);
    let mut out = Vec::new();
    for document in documents {
        for table in document.tables() {
            // The caption says what is there; where it is too long for a tab, the id does.
            let wanted = if (1..=27).contains(&table.caption.chars().count()) {
                &table.caption
            } else if table.id.is_empty() {
                &document.id
            } else {
                &table.id
            };
            let plain = |letter: char| if letter.is_alphanumeric() || letter == ' ' { letter } else { '-' };
            let base: String = crate::text::capital(&wanted.replace('-', " ")).chars().map(plain).take(27).collect();
            let base = if base.trim().is_empty() { "Table".to_owned() } else { base.trim().to_owned() };
            let mut name = base.clone();
            let mut number = 2;
            while !taken.insert(name.to_lowercase()) {
                name = format!("{base} {number}");
                number += 1;
            }
            out.push(Sheet { name, document, table: flat(table) });
        }
    }
    out
}

fn ink(brand: &Brand) -> Color {
    let [red, green, blue] = brand.ink().0;
    Color::RGB(u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue))
}

fn front(page: &mut Worksheet, documents: &[Document], sheets: &[Sheet<'_>], brand: &Brand) -> Result<(), XlsxError> {
    page.set_name(FRONT)?;
    let title = Format::new().set_bold().set_font_size(16).set_font_color(ink(brand));
    let name = Format::new().set_font_color(Color::RGB(0x59_5959)).set_align(FormatAlign::Top);
    let text = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let link = text.clone().set_font_color(ink(brand)).set_underline(rust_xlsxwriter::FormatUnderline::Single);
    let head = head(brand);
    for (column, width) in (0u16..).zip([26.0, 58.0, 10.0, 80.0]) {
        page.set_column_width(column, width)?;
    }
    let mut row = 0u32;
    for document in documents {
        page.write_string_with_format(row, 0, shown(&document.title), &title)?;
        row += 1;
        if !document.subtitle.is_empty() {
            page.write_string(row, 0, shown(&document.subtitle))?;
            row += 1;
        }
        let marking = if document.marking.is_empty() { &brand.marking } else { &document.marking };
        if !marking.is_empty() {
            page.write_string_with_format(row, 0, shown(marking).to_uppercase(), &Format::new().set_bold())?;
            row += 1;
        }
        for (key, value) in &document.particulars {
            page.write_string_with_format(row, 0, shown(key), &name)?;
            page.write_string_with_format(row, 1, cut(&shown(value)), &text)?;
            tall(page, row, lines_of(&shown(value), 58.0))?;
            row += 1;
        }
        row += 1;
        for (column, heading) in (0u16..).zip(["Sheet", "What it lists", "Rows", "How the rows were selected"]) {
            page.write_string_with_format(row, column, heading, &head)?;
        }
        row += 1;
        for sheet in sheets.iter().filter(|sheet| std::ptr::eq(sheet.document, document)) {
            let place =
                Url::new(format!("internal:{}!A1", utility::quote_sheet_name(&sheet.name))).set_text(&sheet.name);
            page.write_url_with_format(row, 0, place, &link)?;
            page.write_string_with_format(row, 1, cut(&shown(&sheet.table.caption)), &text)?;
            page.write_number_with_format(row, 2, number(sheet.table.rows.len()), &text)?;
            page.write_string_with_format(row, 3, cut(&shown(&sheet.table.selection)), &text)?;
            let caption = lines_of(&shown(&sheet.table.caption), 58.0);
            tall(page, row, caption.max(lines_of(&shown(&sheet.table.selection), 80.0)))?;
            row += 1;
        }
        row = notes(page, document, row, &text)? + 1;
    }
    print_setup(page, brand)?;
    page.set_print_fit_to_pages(1, 0);
    Ok(())
}

/// What a document says to be aware of: a workbook has no other place for it.
fn notes(page: &mut Worksheet, document: &Document, mut row: u32, text: &Format) -> Result<u32, XlsxError> {
    for block in &document.blocks {
        if let Block::Note(line) = block {
            page.write_string_with_format(row, 0, "Note", text)?;
            page.merge_range(row, 1, row, 3, &cut(&shown(&plain(line))), text)?;
            // Excel does not fit the height of merged cells by itself.
            let lines = plain(line).chars().count().div_ceil(130).max(1);
            page.set_row_height(row, 15.0 * number(lines))?;
            row += 1;
        }
    }
    Ok(row)
}

fn head(brand: &Brand) -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color(ink(brand))
        .set_font_color(Color::White)
        .set_border_bottom(FormatBorder::Thin)
}

fn fill(page: &mut Worksheet, sheet: &Sheet<'_>, brand: &Brand) -> Result<(), XlsxError> {
    let table = &sheet.table;
    let (head, body) = (head(brand), Format::new().set_text_wrap().set_align(FormatAlign::Top));
    let strong = body.clone().set_bold();
    let tones = Level::ALL.map(|level| {
        let (fill, ink) = match level {
            Level::Critical => (0x8B_1A1A, Color::White),
            Level::High => (0xF4_B183, Color::Black),
            Level::Medium => (0xFB_E7A1, Color::Black),
            Level::Low => (0xDB_E7F3, Color::Black),
        };
        strong.clone().set_background_color(Color::RGB(fill)).set_font_color(ink)
    });
    let widths: Vec<f64> = (0..table.columns.len()).map(|at| width(table, at)).collect();
    for ((at, column), width) in (0u16..).zip(&table.columns).zip(&widths) {
        page.set_column_width(at, *width)?;
        page.write_string_with_format(0, at, shown(&column.title), &head)?;
    }
    for (row, cells) in (1u32..).zip(&table.rows) {
        let mut lines = 1;
        for (at, cell) in (0u16..).zip(cells).take(table.columns.len()) {
            let format = match cell.as_slice() {
                [Inline::Level(level)] => tones.get(*level as usize).unwrap_or(&body),
                [Inline::Strong(_)] => &strong,
                _ => &body,
            };
            let text = shown(&plain(cell));
            lines = lines.max(lines_of(&text, widths.get(usize::from(at)).copied().unwrap_or(WIDEST)));
            let is_number = table.columns.get(usize::from(at)).is_some_and(|column| column.number);
            match text.parse::<f64>() {
                Ok(value) if is_number && value.is_finite() && text.len() < 15 => {
                    page.write_number_with_format(row, at, value, format)?
                }
                _ => page.write_string_with_format(row, at, cut(&text), format)?,
            };
        }
        tall(page, row, lines)?;
    }
    let rows = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
    let last = u16::try_from(table.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    page.set_row_height(0, 30)?;
    page.set_freeze_panes(1, 0)?;
    if !table.columns.is_empty() {
        page.autofilter(0, 0, rows.max(1), last)?;
    }
    page.set_landscape();
    page.set_print_fit_to_pages(1, 0);
    page.set_repeat_rows(0, 0)?;
    print_setup(page, brand)
}

fn print_setup(page: &mut Worksheet, brand: &Brand) -> Result<(), XlsxError> {
    page.set_paper_size(9);
    page.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
    // `&` begins a code in a header.
    let marking: String = shown(&brand.marking).to_uppercase().replace('&', "&&").chars().take(80).collect();
    page.set_header(format!("&L&\"Calibri,Bold\"&A&C{marking}&R&P / &N"));
    Ok(())
}

/// Characters across: what the longest cell needs, within bounds in which a sheet can be read.
fn width(table: &Table, at: usize) -> f64 {
    let letters = |cell: &Vec<Inline>| plain(cell).chars().count();
    let title = table.columns.get(at).map_or(0, |column| column.title.chars().count() + 4);
    let longest = table.rows.iter().filter_map(|row| row.get(at)).map(letters).max().unwrap_or(0) + 2;
    number(longest.max(title)).clamp(8.0, WIDEST)
}

/// Makes a row as tall as its lines. Excel would find the height by itself, LibreOffice does not: it shows one line and
/// hides the others.
fn tall(page: &mut Worksheet, row: u32, lines: usize) -> Result<(), XlsxError> {
    if lines > 1 {
        page.set_row_height(row, (LINE * number(lines)).min(TALLEST))?;
    }
    Ok(())
}

/// Lines that a text takes in a column of so many characters.
fn lines_of(text: &str, width: f64) -> usize {
    let room = (8..).take_while(|room| number(*room) < width).last().unwrap_or(8);
    if crate::wrap::columns(text) <= room { 1 } else { crate::wrap::cell(text, room).len() }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MOST_TEXT {
        text.to_owned()
    } else {
        text.chars().take(MOST_TEXT - 1).chain(['…']).collect()
    }
}
