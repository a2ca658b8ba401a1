//! A document as the data that the template reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vauban_model::brand::{Brand, Logo};
use vauban_model::document::{Block, Document, Inline, Table, shown};

/// From so many headings on there is a table of contents.
const CONTENTS: usize = 6;
/// A cell with more letters than this may be broken over pages; a shorter one stays whole.
const TALL: usize = 1_500;
/// Letters of an id that stay together at most.
const TOGETHER: usize = 24;
/// Points of the text's width and height, upright and across: A4 without margins, with room for a caption.
const UPRIGHT: (f64, f64) = (481.0, 620.0);
/// The same across.
const ACROSS: (f64, f64) = (728.0, 400.0);
/// Points for a pixel of a picture, at which its text has the size of a table's.
const POINTS: f64 = 0.62;

/// All files of a document, by absolute name.
pub(crate) fn files(document: &Document, brand: &Brand) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let anchors: BTreeSet<&str> = document
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading { anchor, .. } if !anchor.is_empty() => Some(&**anchor),
            _ => None,
        })
        .collect();
    let mut seen = BTreeSet::new();
    let maker = Maker { anchors: &anchors };
    let mut pages: Vec<(bool, Vec<Value>)> = Vec::new();
    for (one, across) in document.blocks.iter().zip(document.lies_across()) {
        let value = maker.block(one, &mut files, &mut seen);
        let across = across || value.get("landscape") == Some(&Value::Bool(true));
        match pages.last_mut() {
            Some((same, blocks)) if *same == across => blocks.push(value),
            _ => pages.push((across, vec![value])),
        }
    }
    let pages: Vec<Value> =
        pages.into_iter().map(|(across, blocks)| json!({ "landscape": across, "blocks": blocks })).collect();
    let logo = brand.logo.as_ref().map(|logo| {
        let (name, bytes) = match logo {
            Logo::Svg(text) => ("/logo.svg", text.as_bytes().to_vec()),
            Logo::Png(bytes) => ("/logo.png", bytes.to_vec()),
        };
        files.insert(name.to_owned(), bytes);
        name
    });
    let headings = document.blocks.iter().filter(|block| matches!(block, Block::Heading { .. })).count();
    let day = document.day().map(|(year, month, day)| json!([year, month, day]));
    let marking = if document.marking.is_empty() { &brand.marking } else { &document.marking };
    let particulars: Vec<Value> =
        document.particulars.iter().map(|(name, value)| json!([shown(name), shown(value)])).collect();
    let data = json!({
        "title": shown(&document.title),
        "subtitle": shown(&document.subtitle),
        "system": shown(&document.subtitle).chars().take(70).collect::<String>(),
        "marking": shown(marking),
        "author": if brand.name.is_empty() { Vec::new() } else { vec![shown(&brand.name)] },
        "keywords": ["threat model", &*document.id],
        "colour": format!("#{}", brand.ink().hex()),
        "footer": shown(if brand.footer.is_empty() { &brand.name } else { &brand.footer }),
        "logo": logo,
        "logo_alternative": if brand.name.is_empty() { "Logo".to_owned() } else { format!("Logo of {}", shown(&brand.name)) },
        "date": day,
        "particulars": particulars,
        "contents": headings >= CONTENTS,
        "pages": pages,
    });
    files.insert("/data.json".to_owned(), data.to_string().into_bytes());
    files
}

struct Maker<'a> {
    anchors: &'a BTreeSet<&'a str>,
}

impl Maker<'_> {
    fn block(&self, block: &Block, files: &mut BTreeMap<String, Vec<u8>>, seen: &mut BTreeSet<Box<str>>) -> Value {
        match block {
            Block::Heading { level, text, anchor } => {
                // A label that is there twice would be an error; the first keeps it.
                let anchor = if seen.insert(anchor.clone()) { anchor } else { "" };
                json!({ "kind": "heading", "level": (*level).clamp(1, 4), "text": shown(text), "anchor": anchor })
            }
            Block::Paragraph(line) => json!({ "kind": "paragraph", "line": self.line(line) }),
            Block::Note(line) => json!({ "kind": "note", "line": self.line(line) }),
            Block::List { numbered, items } => {
                let items: Vec<Value> = items.iter().map(|item| self.line(item)).collect();
                json!({ "kind": "list", "numbered": numbered, "items": items })
            }
            Block::Table(table) => self.table(table),
            Block::Figure { svg, caption, alternative } => figure(svg, caption, alternative, files),
            Block::PageBreak => json!({ "kind": "break" }),
        }
    }

    fn table(&self, table: &Table) -> Value {
        let columns: Vec<Value> = table
            .columns
            .iter()
            .map(|it| json!({ "title": shown(&it.title), "weight": it.weight.max(1), "number": it.number }))
            .collect();
        let rows: Vec<Value> =
            table.rows.iter().map(|row| row.iter().map(|cell| self.line(cell)).collect::<Value>()).collect();
        let letters = |cell: &Vec<Inline>| cell.iter().map(|it| it.words().len()).sum::<usize>();
        let tall = table.rows.iter().flatten().any(|cell| letters(cell) > TALL);
        json!({
            "kind": "table",
            "caption": shown(&table.caption),
            "columns": columns,
            "rows": rows,
            "selection": shown(&table.selection),
            "tall": tall,
        })
    }

    /// A line of pieces; plain text alone is a string.
    fn line(&self, line: &[Inline]) -> Value {
        if let [Inline::Text(text)] = line {
            return Value::String(shown(text));
        }
        line.iter().map(|piece| self.piece(piece)).collect()
    }

    fn piece(&self, piece: &Inline) -> Value {
        match piece {
            Inline::Text(text) => Value::String(kept(text)),
            Inline::Strong(text) => json!(["strong", kept(text)]),
            Inline::Code(text) => json!(["code", parts(&shown(text))]),
            Inline::Level(level) => json!(["level", level.as_str()]),
            Inline::Link { text, target } => {
                let leads = match target.strip_prefix('#') {
                    Some(anchor) => self.anchors.contains(anchor),
                    None => ["https://", "http://", "mailto:"].iter().any(|it| target.starts_with(it)),
                };
                if leads { json!(["link", kept(text), target]) } else { Value::String(kept(text)) }
            }
        }
    }
}

/// As [`shown`], with a blank at either end where there was one: a piece stands between others.
fn kept(text: &str) -> String {
    let blank = |is: bool| if is { " " } else { "" };
    let inner = shown(text);
    if inner.is_empty() {
        return blank(!text.is_empty()).to_owned();
    }
    let (before, after) = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace));
    format!("{}{inner}{}", blank(before), blank(after))
}

/// An id in parts between which a line may end; a hyphen lets it end anyway. Few parts: a register has ten thousand ids.
fn parts(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let (mut part, mut since) = (String::new(), 0usize);
    for letter in text.chars() {
        part.push(letter);
        since = if letter == '-' { 0 } else { since + 1 };
        let meets = matches!(letter, '@' | '.' | '/' | '_' | ':' | '=' | '#') && since > TOGETHER / 2;
        if meets || since >= TOGETHER || letter == '@' {
            out.push(std::mem::take(&mut part));
            since = 0;
        }
    }
    if !part.is_empty() {
        out.push(part);
    }
    out
}

/// A picture: upright where it is legible there, else across the page.
fn figure(svg: &str, caption: &str, alternative: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Value {
    let name = format!("/figure-{}.svg", files.len() + 1);
    files.insert(name.clone(), svg.as_bytes().to_vec());
    let (width, height) = size(svg).unwrap_or((400.0, 300.0));
    let scale = |(wide, high): (f64, f64)| POINTS.min(wide / width).min(high / height);
    let landscape = scale(UPRIGHT) < POINTS * 0.8 && scale(ACROSS) > scale(UPRIGHT) * 1.15;
    let chosen = if landscape { ACROSS } else { UPRIGHT };
    json!({
        "kind": "figure",
        "file": name,
        "caption": shown(caption),
        "alternative": shown(alternative),
        "width": (width * scale(chosen)).max(1.0),
        "landscape": landscape,
    })
}

/// Width and height of a picture in its own pixels, from the root element's attributes or its view box.
fn size(svg: &str) -> Option<(f64, f64)> {
    let root = svg.get(svg.find("<svg")?..)?;
    let root = root.get(..root.find('>')?)?;
    let attribute = |name: &str| {
        let at = root.find(&format!(" {name}=\""))? + name.len() + 3;
        let rest = root.get(at..)?;
        rest.get(..rest.find('"')?)
    };
    let number = |text: &str| text.trim_end_matches("px").parse::<f64>().ok().filter(|it| *it >= 1.0);
    if let (Some(width), Some(height)) = (attribute("width").and_then(number), attribute("height").and_then(number)) {
        return Some((width, height));
    }
    let mut last = attribute("viewBox")?.split([' ', ',']).filter(|it| !it.is_empty()).skip(2);
    Some((number(last.next()?)?, number(last.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_may_end_a_line_only_between_their_parts() {
        assert_eq!(parts("sql-injection@shop.web"), ["sql-injection@", "shop.web"]);
        assert_eq!(parts("terraform/modules/network.tf:12"), ["terraform/modules/", "network.tf:12"]);
        assert_eq!(parts("sql-injection@shop").concat(), "sql-injection@shop");
        assert!(parts(&"x".repeat(100)).iter().all(|part| part.len() <= TOGETHER));
    }

    #[test]
    fn the_size_of_a_picture_is_that_of_its_root() {
        assert_eq!(size("<?xml?><svg width=\"20\" height=\"10px\"><rect width=\"3\"/></svg>"), Some((20.0, 10.0)));
        assert_eq!(size("<svg viewBox=\"0 0 30 40\">"), Some((30.0, 40.0)));
        assert_eq!(size("no picture"), None);
    }

    #[test]
    fn blanks_between_pieces_stay() {
        assert_eq!(kept(" a  b "), " a b ");
        assert_eq!(kept("  "), " ");
        assert_eq!(kept(""), "");
    }
}
