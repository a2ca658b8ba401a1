//! A document as Markdown, as GitHub and its like show it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use vauban_model::brand::{Brand, Logo};
use vauban_model::document::{Block, Document, Inline, Number, Table};
use vauban_model::scale::Level;

use super::{anchors, has_contents, is_safe};
use crate::text::{code, markdown as escaped, one_line};

/// A document in Markdown and the pictures that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markdown {
    /// The text.
    pub text: String,
    /// The files that stand beside it: name and SVG.
    pub figures: Vec<(String, String)>,
    /// The logo's file, where the text names it: name and bytes.
    pub logo: Option<(String, Vec<u8>)>,
}

/// Writes a document. `beside` begins the names of the pictures, which the caller puts beside the text; without it,
/// pictures are told in words only.
pub fn markdown(document: &Document, brand: &Brand, beside: Option<&str>) -> Markdown {
    let mut out = Markdown { logo: beside.and_then(|stem| logo(brand, stem)), ..Markdown::default() };
    let text = &mut out.text;
    letterhead(text, brand, &document.marking, out.logo.as_ref().map(|(name, _)| &**name));
    let _ = writeln!(text, "# {}\n", escaped(&document.title));
    if !document.subtitle.is_empty() {
        let _ = writeln!(text, "{}\n", escaped(&document.subtitle));
    }
    if !document.particulars.is_empty() {
        text.push_str("| | |\n|---|---|\n");
        for (name, value) in &document.particulars {
            let _ = writeln!(text, "| {} | {} |", escaped(name), escaped(value));
        }
        text.push('\n');
    }
    let numbers = document.numbers();
    if has_contents(document) {
        contents(text, document, &numbers);
    }
    let writer = Writer { anchors: anchors(document) };
    for (block, number) in document.blocks.iter().zip(&numbers) {
        writer.block(&mut out, block, number, beside);
    }
    foot(&mut out.text, brand);
    out.text.truncate(out.text.trim_end().len());
    out.text.push('\n');
    out
}

/// The file of a logo beside a text: its name and bytes.
pub fn logo(brand: &Brand, stem: &str) -> Option<(String, Vec<u8>)> {
    brand.logo.as_ref().map(|logo| match logo {
        Logo::Svg(text) => (format!("{stem}-logo.svg"), text.as_bytes().to_vec()),
        Logo::Png(bytes) => (format!("{stem}-logo.png"), bytes.to_vec()),
    })
}

/// What stands above a text: logo, organisation, classification marking. Text alone has no colours.
pub(crate) fn letterhead(out: &mut String, brand: &Brand, marking: &str, logo: Option<&str>) {
    let name = one_line(&brand.name);
    if let Some(file) = logo {
        let words = if name.is_empty() { "Logo".to_owned() } else { format!("Logo of {}", escaped(&name)) };
        let _ = writeln!(out, "![{words}]({})\n", crate::text::file_uri(file));
    }
    if !name.is_empty() {
        let _ = writeln!(out, "{}\n", escaped(&name));
    }
    let marking = if marking.is_empty() { &brand.marking } else { marking };
    if !marking.is_empty() {
        let _ = writeln!(out, "**{}**\n", escaped(&marking.to_uppercase()));
    }
}

/// The organisation's line below a text.
pub(crate) fn foot(out: &mut String, brand: &Brand) {
    let line = one_line(&brand.footer);
    if !line.is_empty() {
        let _ = writeln!(out, "---\n\n{}\n", escaped(&line));
    }
}

fn contents(out: &mut String, document: &Document, numbers: &[Number]) {
    for (block, number) in document.blocks.iter().zip(numbers) {
        if let (Block::Heading { level, text, anchor }, Number::Heading(number)) = (block, number)
            && *level <= 2
        {
            let indent = if *level == 1 { "" } else { "  " };
            let words = format!("{number} {}", escaped(text));
            let _ = match &**anchor {
                "" => writeln!(out, "{indent}- {words}"),
                anchor => writeln!(out, "{indent}- [{words}](#{anchor})"),
            };
        }
    }
    out.push('\n');
}

struct Writer<'a> {
    anchors: BTreeSet<&'a str>,
}

impl Writer<'_> {
    fn block(&self, out: &mut Markdown, block: &Block, number: &Number, beside: Option<&str>) {
        let text = &mut out.text;
        match (block, number) {
            (Block::Heading { level, text: words, anchor }, Number::Heading(number)) => {
                if !anchor.is_empty() {
                    let _ = writeln!(text, "<a id=\"{}\"></a>\n", crate::text::html(anchor));
                }
                let signs = "#".repeat(usize::from(*level).clamp(1, 4) + 1);
                let _ = writeln!(text, "{signs} {number} {}\n", escaped(words));
            }
            (Block::Paragraph(line), _) => {
                let _ = writeln!(text, "{}\n", self.line(line));
            }
            (Block::Note(line), _) => {
                let _ = writeln!(text, "> {}\n", self.line(line));
            }
            (Block::List { numbered, items }, _) => {
                for (at, item) in items.iter().enumerate() {
                    let sign = if *numbered { format!("{}.", at + 1) } else { "-".to_owned() };
                    let _ = writeln!(text, "{sign} {}", self.line(item));
                }
                text.push('\n');
            }
            (Block::Table(table), Number::Table(number)) => self.table(text, table, *number),
            (Block::Figure { svg, caption, alternative }, Number::Figure(number)) => {
                if let Some(stem) = beside {
                    let name = format!("{stem}-figure-{number}.svg");
                    let _ = writeln!(text, "![{}]({})\n", escaped(alternative), crate::text::file_uri(&name));
                    out.figures.push((name, svg.to_string()));
                } else {
                    let _ = writeln!(out.text, "> {}\n", escaped(alternative));
                }
                let _ = writeln!(out.text, "**Figure {number}:** {}\n", escaped(caption));
            }
            _ => {}
        }
    }

    fn table(&self, out: &mut String, table: &Table, number: u32) {
        let _ = writeln!(out, "**Table {number}:** {}\n", escaped(&table.caption));
        let titles: Vec<String> = table.columns.iter().map(|column| escaped(&column.title)).collect();
        let rule: Vec<&str> = table.columns.iter().map(|column| if column.number { "---:" } else { "---" }).collect();
        let _ = writeln!(out, "| {} |\n|{}|", titles.join(" | "), rule.join("|"));
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(|cell| self.line(cell)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        out.push('\n');
        if !table.selection.is_empty() {
            let _ = writeln!(out, "<sub>{}</sub>\n", escaped(&table.selection));
        }
    }

    fn line(&self, line: &[Inline]) -> String {
        let mut out = String::new();
        for piece in line {
            let (words, first) = (piece.words(), out.is_empty());
            let inner = match piece {
                Inline::Text(_) => escaped(words),
                Inline::Strong(_) => match escaped(words) {
                    empty if empty.is_empty() => empty,
                    words => format!("**{words}**"),
                },
                Inline::Code(_) if one_line(words).is_empty() => String::new(),
                Inline::Code(_) => code(words),
                Inline::Level(level) => format!("{} {}", sign(*level), level.as_str()),
                Inline::Link { target, .. } => match target.strip_prefix('#') {
                    Some(anchor) if self.anchors.contains(anchor) => format!("[{}](#{anchor})", escaped(words)),
                    None if is_safe(target) => {
                        format!("[{}]({})", escaped(words), crate::text::percent(target, ":/?#[]@!$&'*+,;=%"))
                    }
                    _ => escaped(words),
                },
            };
            if !first && words.starts_with(char::is_whitespace) && !out.ends_with(' ') {
                out.push(' ');
            }
            out.push_str(&inner);
            if words.ends_with(char::is_whitespace) && !out.ends_with(' ') {
                out.push(' ');
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// A sign of its own for each level, so that it can be told at a glance and without colour.
fn sign(level: Level) -> &'static str {
    match level {
        Level::Critical => "🟥",
        Level::High => "🟧",
        Level::Medium => "🟨",
        Level::Low => "🟦",
    }
}
