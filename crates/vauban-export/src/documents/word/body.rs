//! The text of a word-processor file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use vauban_model::brand::Brand;
use vauban_model::document::{Block, Document, Inline, Number, Table};
use vauban_model::scale::Level;

use super::{Picture, SCALE, parts, png_size};
use crate::documents::{anchors, has_contents, is_safe};
use crate::picture::raster;
use crate::text::html as escaped;

/// Twentieths of a point across the text, upright and across.
const UPRIGHT: u32 = 9_638;
const ACROSS: u32 = 14_570;
/// English Metric Units of a pixel of a picture, at which its text has the size of a table's.
const PIXEL: f64 = 9_525.0 * 0.8;
/// English Metric Units that a picture may be wide and high.
const ROOM: (f64, f64) = (6_120_000.0, 8_000_000.0);
/// A new page.
const BREAK: &str = "<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>";
/// Words of the namespaces used.
const NAMESPACES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
    xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
    xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
    xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"";

/// The text and what it refers to.
pub(super) struct Body {
    pub(super) xml: String,
    /// Addresses outside, in the order of their numbers.
    pub(super) links: Vec<String>,
    /// How many numbered lists there are.
    pub(super) numbered: usize,
}

struct Writer<'a> {
    anchors: BTreeSet<&'a str>,
    ink: String,
    more_fonts: &'a [Vec<u8>],
    pictures: &'a mut Vec<Picture>,
    links: Vec<String>,
    numbered: usize,
    bookmarks: usize,
    xml: String,
}

/// Writes the text.
pub(super) fn body(
    document: &Document,
    brand: &Brand,
    logo: Option<Picture>,
    more_fonts: &[Vec<u8>],
    pictures: &mut Vec<Picture>,
) -> Body {
    let mut writer = Writer {
        anchors: anchors(document),
        ink: brand.ink().hex(),
        more_fonts,
        pictures,
        links: Vec::new(),
        numbered: 0,
        bookmarks: 0,
        xml: format!("{}<w:document {NAMESPACES}><w:body>", parts::DECLARATION),
    };
    if let Some(logo) = logo {
        let name = if brand.name.is_empty() { "Logo".to_owned() } else { format!("Logo of {}", brand.name) };
        // 14 mm high, whatever the file's own size.
        let (width, height) = logo.size;
        let high = 504_000.0;
        writer.picture(logo, &name, (width / height * high, high));
    }
    writer.head(document);
    let numbers = document.numbers();
    if has_contents(document) {
        writer.contents(document, &numbers);
    }
    let mut across = false;
    let turns = document.lies_across();
    for (at, ((block, number), turned)) in document.blocks.iter().zip(&numbers).zip(&turns).enumerate() {
        let is_break = matches!(block, Block::PageBreak);
        if *turned != across {
            // A section ends here; its pages lie as those before. Its end begins a new page.
            let _ = write!(writer.xml, "<w:p><w:pPr>{}</w:pPr></w:p>", section(across));
            across = *turned;
        } else if is_break && turns.get(at + 1).is_none_or(|next| *next == across) {
            writer.xml.push_str(BREAK);
        }
        if !is_break {
            writer.block(at, block, number);
        }
    }
    let _ = write!(writer.xml, "{}</w:body></w:document>", section(across));
    Body { xml: writer.xml, links: writer.links, numbered: writer.numbered }
}

/// The page that ends here: its size, head and foot.
fn section(across: bool) -> String {
    let size = if across {
        "<w:pgSz w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"/>"
    } else {
        "<w:pgSz w:w=\"11906\" w:h=\"16838\"/>"
    };
    format!(
        "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rIdHeader\"/>\
         <w:footerReference w:type=\"default\" r:id=\"rIdFooter\"/>{size}\
         <w:pgMar w:top=\"1474\" w:right=\"1134\" w:bottom=\"1361\" w:left=\"1134\" w:header=\"680\" w:footer=\"567\" w:gutter=\"0\"/></w:sectPr>"
    )
}

/// A run of text.
fn run(properties: &str, words: &str) -> String {
    let properties = if properties.is_empty() { String::new() } else { format!("<w:rPr>{properties}</w:rPr>") };
    format!("<w:r>{properties}<w:t xml:space=\"preserve\">{}</w:t></w:r>", escaped(words))
}

fn paragraph(style: &str, runs: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{runs}</w:p>")
}

impl Writer<'_> {
    fn head(&mut self, document: &Document) {
        self.xml.push_str(&paragraph("Title", &run("", &document.title)));
        if !document.subtitle.is_empty() {
            self.xml.push_str(&paragraph("Subtitle", &run("", &document.subtitle)));
        }
        if document.particulars.is_empty() {
            return;
        }
        self.xml.push_str(
            "<w:tbl><w:tblPr><w:tblW w:w=\"5000\" w:type=\"pct\"/><w:tblLayout w:type=\"fixed\"/></w:tblPr>\
             <w:tblGrid><w:gridCol w:w=\"2600\"/><w:gridCol w:w=\"7038\"/></w:tblGrid>",
        );
        for (name, value) in &document.particulars {
            let cell = |width: u32, style: &str, words: &str| {
                format!(
                    "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr>{}</w:tc>",
                    paragraph(style, &run("", words))
                )
            };
            let _ = write!(self.xml, "<w:tr>{}{}</w:tr>", cell(2600, "Quiet", name), cell(7038, "Cell", value));
        }
        self.xml.push_str("</w:tbl>");
        self.xml.push_str(&paragraph("Normal", ""));
    }

    /// Linked entries inside a field, so that a word processor can make them anew.
    fn contents(&mut self, document: &Document, numbers: &[Number]) {
        self.xml.push_str(&paragraph("ContentsHeading", &run("", "Contents")));
        let mut entries: Vec<String> = Vec::new();
        for (at, (block, number)) in document.blocks.iter().zip(numbers).enumerate() {
            if let (Block::Heading { level: level @ (1 | 2), text, .. }, Number::Heading(number)) = (block, number) {
                let words = run("", &format!("{number} {text}"));
                entries
                    .push(format!("TOC{level}|<w:hyperlink w:anchor=\"_h{at}\" w:history=\"1\">{words}</w:hyperlink>"));
            }
        }
        let last = entries.len().saturating_sub(1);
        for (at, entry) in entries.iter().enumerate() {
            let (style, link) = entry.split_once('|').unwrap_or(("TOC1", entry));
            let begin = if at == 0 {
                "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> TOC \\o \"1-2\" \\n \\h \\z \\u </w:instrText></w:r>\
                 <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>"
            } else {
                ""
            };
            let end = if at == last { "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>" } else { "" };
            self.xml.push_str(&paragraph(style, &format!("{begin}{link}{end}")));
        }
        self.xml.push_str(BREAK);
    }

    fn block(&mut self, at: usize, block: &Block, number: &Number) {
        match (block, number) {
            (Block::Heading { level, text, anchor }, Number::Heading(number)) => {
                self.bookmarks += 2;
                let (first, second) = (self.bookmarks, self.bookmarks + 1);
                let own = if anchor.is_empty() {
                    String::new()
                } else {
                    let name = bookmark(anchor);
                    format!("<w:bookmarkStart w:id=\"{second}\" w:name=\"{name}\"/><w:bookmarkEnd w:id=\"{second}\"/>")
                };
                let runs = format!(
                    "<w:bookmarkStart w:id=\"{first}\" w:name=\"_h{at}\"/>{own}{}<w:bookmarkEnd w:id=\"{first}\"/>",
                    run("", &format!("{number} {text}"))
                );
                self.xml.push_str(&paragraph(&format!("Heading{}", (*level).clamp(1, 4)), &runs));
            }
            (Block::Paragraph(line), _) => {
                let runs = self.line(line);
                self.xml.push_str(&paragraph("Normal", &runs));
            }
            (Block::Note(line), _) => {
                let runs = self.line(line);
                self.xml.push_str(&paragraph("Note", &runs));
            }
            (Block::List { numbered, items }, _) => {
                // Each numbered list counts from one: a list of its own in the numbering.
                self.numbered += usize::from(*numbered);
                let list = if *numbered { self.numbered + 1 } else { 1 };
                for item in items {
                    let runs = self.line(item);
                    let _ = write!(
                        self.xml,
                        "<w:p><w:pPr><w:pStyle w:val=\"ListParagraph\"/><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"{list}\"/></w:numPr></w:pPr>{runs}</w:p>"
                    );
                }
            }
            (Block::Table(table), Number::Table(number)) => self.table(table, *number),
            (Block::Figure { svg, caption, alternative }, Number::Figure(number)) => {
                self.figure(svg, caption, alternative, *number);
            }
            _ => {}
        }
    }

    fn caption(&mut self, kind: &str, number: u32, words: &str, keep: bool) {
        let keep = if keep { "<w:keepNext/>" } else { "" };
        let _ = write!(
            self.xml,
            "<w:p><w:pPr><w:pStyle w:val=\"Caption\"/>{keep}</w:pPr>{}<w:fldSimple w:instr=\" SEQ {kind} \\* ARABIC \">{}</w:fldSimple>{}</w:p>",
            run("<w:b/>", &format!("{kind} ")),
            run("<w:b/>", &number.to_string()),
            run("", &format!(": {words}"))
        );
    }

    fn table(&mut self, table: &Table, number: u32) {
        let across = table.is_wide();
        self.caption("Table", number, &table.caption, true);
        let room = if across { ACROSS } else { UPRIGHT };
        let total: u32 = table.columns.iter().map(|it| u32::from(it.weight.max(1))).sum();
        let widths: Vec<u32> =
            table.columns.iter().map(|it| room * u32::from(it.weight.max(1)) / total.max(1)).collect();
        self.xml.push_str(
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"Plain\"/><w:tblW w:w=\"5000\" w:type=\"pct\"/><w:tblLayout w:type=\"fixed\"/>\
             <w:tblLook w:val=\"0020\" w:firstRow=\"1\" w:lastRow=\"0\" w:firstColumn=\"0\" w:lastColumn=\"0\" w:noHBand=\"1\" w:noVBand=\"1\"/>",
        );
        let _ = write!(self.xml, "<w:tblCaption w:val=\"{}\"/></w:tblPr><w:tblGrid>", escaped(&table.caption));
        for width in &widths {
            let _ = write!(self.xml, "<w:gridCol w:w=\"{width}\"/>");
        }
        self.xml.push_str("</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
        for (column, width) in table.columns.iter().zip(&widths) {
            let _ = write!(
                self.xml,
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{}\"/></w:tcPr>{}</w:tc>",
                self.ink,
                paragraph("Cell", &run("<w:b/><w:color w:val=\"FFFFFF\"/>", &column.title))
            );
        }
        self.xml.push_str("</w:tr>");
        for row in &table.rows {
            self.xml.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
            // A row of another width would make the file unreadable.
            for (at, (column, width)) in table.columns.iter().zip(&widths).enumerate() {
                let runs = row.get(at).map(|cell| self.line(cell)).unwrap_or_default();
                let style = if column.number { "CellNumber" } else { "Cell" };
                let _ = write!(
                    self.xml,
                    "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr>{}</w:tc>",
                    paragraph(style, &runs)
                );
            }
            self.xml.push_str("</w:tr>");
        }
        self.xml.push_str("</w:tbl>");
        self.xml.push_str(&paragraph("Selection", &run("", &table.selection)));
    }

    fn figure(&mut self, svg: &str, caption: &str, alternative: &str, number: u32) {
        let more = if raster::lacking(svg, &[]).is_empty() { Vec::new() } else { self.more_fonts.to_vec() };
        let made = raster::png(svg, SCALE, more).ok();
        match made.and_then(|bytes| Some((png_size(&bytes)?, bytes))) {
            Some(((width, height), bytes)) => {
                let (wide, high) = (width / f64::from(SCALE) * PIXEL, height / f64::from(SCALE) * PIXEL);
                let fit = (ROOM.0 / wide).min(ROOM.1 / high).min(1.0);
                let picture = Picture { name: format!("figure{number}.png"), bytes, size: (width, height) };
                self.picture(picture, alternative, (wide * fit, high * fit));
            }
            // Too large to draw as pixels: the words are there.
            None => self.xml.push_str(&paragraph("Note", &run("", alternative))),
        }
        self.caption("Figure", number, caption, false);
    }

    fn picture(&mut self, picture: Picture, alternative: &str, (wide, high): (f64, f64)) {
        let number = self.pictures.len() + 1;
        let name = escaped(&picture.name);
        self.pictures.push(picture);
        let _ = write!(
            self.xml,
            "<w:p><w:pPr><w:pStyle w:val=\"Picture\"/></w:pPr><w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\">\
             <wp:extent cx=\"{wide:.0}\" cy=\"{high:.0}\"/><wp:docPr id=\"{number}\" name=\"{name}\" descr=\"{}\"/>\
             <a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic>\
             <pic:nvPicPr><pic:cNvPr id=\"{number}\" name=\"{name}\"/><pic:cNvPicPr/></pic:nvPicPr>\
             <pic:blipFill><a:blip r:embed=\"rIdPicture{number}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>\
             <pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{wide:.0}\" cy=\"{high:.0}\"/></a:xfrm>\
             <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>",
            escaped(alternative)
        );
    }

    fn line(&mut self, line: &[Inline]) -> String {
        let mut out = String::new();
        for piece in line {
            let words = piece.words();
            match piece {
                Inline::Text(_) => out.push_str(&run("", words)),
                Inline::Strong(_) => out.push_str(&run("<w:b/>", words)),
                Inline::Code(_) => out.push_str(&run("<w:rStyle w:val=\"Code\"/>", words)),
                Inline::Level(level) => {
                    let (fill, colour) = tone(*level);
                    let look = format!(
                        "<w:b/><w:color w:val=\"{colour}\"/><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{fill}\"/>"
                    );
                    out.push_str(&run(&look, &format!("\u{a0}{words}\u{a0}")));
                }
                Inline::Link { target, .. } => {
                    let inner = run("<w:rStyle w:val=\"Hyperlink\"/>", words);
                    match target.strip_prefix('#') {
                        Some(anchor) if self.anchors.contains(anchor) => {
                            let name = bookmark(anchor);
                            let _ =
                                write!(out, "<w:hyperlink w:anchor=\"{name}\" w:history=\"1\">{inner}</w:hyperlink>");
                        }
                        None if is_safe(target) => {
                            self.links.push(target.to_string());
                            let number = self.links.len();
                            let _ = write!(
                                out,
                                "<w:hyperlink r:id=\"rIdLink{number}\" w:history=\"1\">{inner}</w:hyperlink>"
                            );
                        }
                        _ => out.push_str(&run("", words)),
                    }
                }
            }
        }
        out
    }
}

/// A name that a bookmark may have: letters, digits and underscores, at most 40.
fn bookmark(anchor: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    format!("a_{}", anchor.chars().map(plain).take(36).collect::<String>())
}

/// Ground and text of a level.
fn tone(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Critical => ("8B1A1A", "FFFFFF"),
        Level::High => ("F4B183", "000000"),
        Level::Medium => ("FBE7A1", "000000"),
        Level::Low => ("DBE7F3", "000000"),
    }
}
