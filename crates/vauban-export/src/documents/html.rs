//! A document as one HTML page that loads nothing and runs nothing, for screens, for paper and for readers who cannot
//! see it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use vauban_model::brand::{Brand, Logo};
use vauban_model::document::{Block, Document, Inline, Number, Table};

use super::{anchors, has_contents, is_safe};
use crate::text::{html as escaped, percent};

/// The style of the page.
const STYLE: &str = include_str!("document.css");

/// Writes a document.
pub fn html(document: &Document, brand: &Brand) -> String {
    let style = format!(":root {{ --ink: #{}; }}\n{STYLE}", brand.ink().hex());
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let numbers = document.numbers();
    let contents = has_contents(document);
    let mut out = String::with_capacity(64 * 1024);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"Vauban\">\n<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#document\">Skip to the document</a>\n<div class=\"page{plain}\">\n",
        title = escaped(&document.title),
        plain = if contents { "" } else { " plain" },
    );
    let writer = Writer { anchors: anchors(document) };
    if contents {
        writer.contents(&mut out, document, &numbers);
    }
    out.push_str("<main id=\"document\">\n");
    head(&mut out, document, brand);
    for (at, (block, number)) in document.blocks.iter().zip(&numbers).enumerate() {
        let after_break = at > 0 && matches!(document.blocks.get(at - 1), Some(Block::PageBreak));
        writer.block(&mut out, (at, block), number, after_break);
    }
    let foot = if brand.footer.is_empty() { &brand.name } else { &brand.footer };
    if !foot.is_empty() {
        let _ = writeln!(out, "<footer><p>{}</p></footer>", escaped(foot));
    }
    out.push_str("</main>\n</div>\n</body>\n</html>\n");
    out
}

/// The logo as a picture in the page; empty where there is none.
pub(crate) fn logo(brand: &Brand) -> String {
    let Some(logo) = &brand.logo else { return String::new() };
    let (kind, bytes) = match logo {
        Logo::Svg(text) => ("svg+xml", text.as_bytes()),
        Logo::Png(bytes) => ("png", &**bytes),
    };
    let name = if brand.name.is_empty() { "Logo".to_owned() } else { format!("Logo of {}", escaped(&brand.name)) };
    let data = STANDARD.encode(bytes);
    format!("<img class=\"logo\" src=\"data:image/{kind};base64,{data}\" alt=\"{name}\">\n")
}

fn head(out: &mut String, document: &Document, brand: &Brand) {
    out.push_str(&logo(brand));
    let marking = if document.marking.is_empty() { &brand.marking } else { &document.marking };
    if !marking.is_empty() {
        let _ = writeln!(out, "<p class=\"marking\">{}</p>", escaped(marking));
    }
    let _ = writeln!(out, "<h1>{}</h1>", escaped(&document.title));
    if !document.subtitle.is_empty() {
        let _ = writeln!(out, "<p class=\"subtitle\">{}</p>", escaped(&document.subtitle));
    }
    if !document.particulars.is_empty() {
        out.push_str("<dl>\n");
        for (name, value) in &document.particulars {
            let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
        }
        out.push_str("</dl>\n");
    }
}

/// Where a heading can be linked to: its own anchor, or its place.
fn place(at: usize, anchor: &str) -> String {
    if anchor.is_empty() { format!("section-{at}") } else { escaped(anchor) }
}

struct Writer<'a> {
    anchors: BTreeSet<&'a str>,
}

impl Writer<'_> {
    fn contents(&self, out: &mut String, document: &Document, numbers: &[Number]) {
        out.push_str("<nav aria-label=\"Contents\"><p>Contents</p><ol>");
        let mut deep = false;
        let mut any = false;
        for (at, (block, number)) in document.blocks.iter().zip(numbers).enumerate() {
            let (Block::Heading { level, text, anchor }, Number::Heading(number)) = (block, number) else { continue };
            if *level > 2 {
                continue;
            }
            // A second level without a first would be a list in nothing.
            let below = *level == 2 && any;
            match (deep, below) {
                (false, true) => out.push_str("<ol>"),
                (true, false) => out.push_str("</li></ol></li>"),
                _ if any => out.push_str("</li>"),
                _ => {}
            }
            let _ =
                write!(out, "<li><a href=\"#{}\">{number} {}</a>", percent(&place(at, anchor), "@:/"), escaped(text));
            (deep, any) = (below, true);
        }
        out.push_str(match (deep, any) {
            (true, _) => "</li></ol></li>",
            (false, true) => "</li>",
            _ => "",
        });
        out.push_str("</ol></nav>\n");
    }

    fn block(&self, out: &mut String, (at, block): (usize, &Block), number: &Number, after_break: bool) {
        match (block, number) {
            (Block::Heading { level, text, anchor }, Number::Heading(number)) => {
                let tag = (*level).clamp(1, 4) + 1;
                let class = if after_break { " class=\"break\"" } else { "" };
                let _ =
                    writeln!(out, "<h{tag} id=\"{}\"{class}>{number} {}</h{tag}>", place(at, anchor), escaped(text));
            }
            (Block::Paragraph(line), _) => {
                let _ = writeln!(out, "<p>{}</p>", self.line(line));
            }
            (Block::Note(line), _) => {
                let _ = writeln!(out, "<p class=\"note\" role=\"note\">{}</p>", self.line(line));
            }
            (Block::List { numbered, items }, _) => {
                let tag = if *numbered { "ol" } else { "ul" };
                let _ = writeln!(out, "<{tag}>");
                for item in items {
                    let _ = writeln!(out, "<li>{}</li>", self.line(item));
                }
                let _ = writeln!(out, "</{tag}>");
            }
            (Block::Table(table), Number::Table(number)) => self.table(out, table, *number),
            (Block::Figure { svg, caption, alternative }, Number::Figure(number)) => {
                let data = STANDARD.encode(svg.as_bytes());
                let (caption, alternative) = (escaped(caption), escaped(alternative));
                let _ = writeln!(
                    out,
                    "<figure id=\"figure-{number}\"><img src=\"data:image/svg+xml;base64,{data}\" alt=\"{alternative}\">\
                     <figcaption><strong>Figure {number}:</strong> {caption}</figcaption></figure>"
                );
            }
            _ => {}
        }
    }

    fn table(&self, out: &mut String, table: &Table, number: u32) {
        let caption = escaped(&table.caption);
        let _ = write!(
            out,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"table-{number}\"><table>\
             <caption id=\"table-{number}\">Table {number}: {caption}</caption>\n<thead><tr>"
        );
        let class = |at: usize| match table.columns.get(at) {
            Some(column) if column.number => " class=\"number\"",
            _ => "",
        };
        for (at, column) in table.columns.iter().enumerate() {
            let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(at), escaped(&column.title));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &table.rows {
            out.push_str("<tr>");
            for (at, cell) in row.iter().enumerate() {
                let _ = write!(out, "<td{}>{}</td>", class(at), self.line(cell));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody></table></div>\n");
        if !table.selection.is_empty() {
            let _ = writeln!(out, "<p class=\"selection\">{}</p>", escaped(&table.selection));
        }
    }

    fn line(&self, line: &[Inline]) -> String {
        let mut out = String::new();
        for piece in line {
            let words = escaped(piece.words());
            let _ = match piece {
                Inline::Text(_) => write!(out, "{words}"),
                Inline::Strong(_) => write!(out, "<strong>{words}</strong>"),
                Inline::Code(_) => write!(out, "<code>{words}</code>"),
                Inline::Level(level) => write!(out, "<span class=\"level {0}\">{0}</span>", level.as_str()),
                Inline::Link { target, .. } => match target.strip_prefix('#') {
                    Some(anchor) if self.anchors.contains(anchor) => {
                        write!(out, "<a href=\"#{}\">{words}</a>", percent(anchor, "@:/"))
                    }
                    None if is_safe(target) => {
                        write!(out, "<a href=\"{}\" rel=\"noopener noreferrer\">{words}</a>", escaped(target))
                    }
                    _ => write!(out, "{words}"),
                },
            };
        }
        out
    }
}
