//! A document as the data that the template reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vauban_model::brand::{Brand, Logo};
use vauban_model::document::{Block, Document, Inline, Table, plain, shown};
use vauban_model::scale::Level;

/// From so many headings on there is a table of contents.
const CONTENTS: usize = 6;
/// A cell with more letters than this may be broken over pages; a shorter one stays whole.
const TALL: usize = 1_500;
/// Rows of a table that are set as rows. Each cell costs the typesetter some ten kilobytes, so that a register of five
/// thousand threats would take gigabytes; rows beyond these are named in running text, which costs little.
const ROWS: usize = 1_000;
/// Names of a paragraph of them.
const NAMES: usize = 60;
/// A table with fewer rows and letters stays on one page.
const FEW: (usize, usize) = (8, 1_500);
/// A longer word than this is broken in a table rather than given the room of others.
const WORD: u32 = 18;
/// Letters that a line outside of tables holds at least.
const LINE: usize = 60;
/// Columns from which on the letters of a table are small, and the size of those and of others, in points. The template
/// has the same figures.
const SMALL: (usize, f64, f64) = (8, 7.0, 8.0);
/// Points on either side of a cell; a long word may go into those behind it.
const INSET: f64 = 5.0;
/// Width of a letter in relation to its size: most are narrower.
const LETTER: f64 = 0.58;
/// A picture that is smaller than this, in relation to what can be read, is said to be small.
const LEGIBLE: f64 = 0.5;
/// How a caption begins to say that a picture is small.
const SMALL_CAPTION: &str = " (at ";
/// Points below which the smallest letters of a picture are too small, so that it is shown in parts too.
const FAIR: f64 = 5.0;
/// Points that the smallest letters of such a part have at least.
const READABLE: f64 = 6.0;
/// Pixels of letters in a picture that names no size.
const LETTERS: f64 = 11.0;
/// Points that two parts next to each other have in common.
const SHARED: f64 = 60.0;
/// Pages of parts in a document at most.
const MOST_PARTS: usize = 24;
/// Points of the text's width and height, upright and across: A4 without margins, with room for a caption.
const UPRIGHT: (f64, f64) = (481.0, 620.0);
/// The same across, with room for a heading and a paragraph that lead to a picture.
const ACROSS: (f64, f64) = (728.0, 345.0);
/// What a part of a picture may take across the page; nothing leads to it.
const PART_ACROSS: (f64, f64) = (728.0, 400.0);
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
    // Pages that parts of pictures may still take.
    let mut room = MOST_PARTS;
    let mut pictures = 0usize;
    for (one, across) in document.blocks.iter().zip(document.lies_across()) {
        let mut values = vec![maker.block(one, across, &mut files, &mut seen)];
        if let Block::Figure { svg, .. } = one {
            pictures += 1;
            if let Some(whole) = values.first_mut() {
                let parts = parts_of(svg, whole, pictures, &mut room);
                values.extend(parts);
            }
        }
        for value in values {
            let lies = across || value.get("landscape") == Some(&Value::Bool(true));
            let is_picture = value.get("kind").is_some_and(|kind| kind == "figure");
            // What leads to a picture across the page goes with it, and so does a remark on it: alone, each would stand on
            // an upright page that is empty otherwise.
            let led = if lies && is_picture && !across { leads(&mut pages) } else { Vec::new() };
            let follows = !lies && value.get("kind").is_some_and(|kind| kind == "note") && ends_with_picture(&pages);
            match pages.last_mut() {
                Some((same, blocks)) if *same == (lies || follows) => blocks.extend(led.into_iter().chain([value])),
                _ => pages.push((lies, led.into_iter().chain([value]).collect())),
            }
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
        "figures": headings >= CONTENTS && pictures > 1,
        "pages": pages,
    });
    files.insert("/data.json".to_owned(), data.to_string().into_bytes());
    files
}

/// Takes the headings at the end of an upright page, with the one paragraph behind them, off it.
fn leads(pages: &mut Vec<(bool, Vec<Value>)>) -> Vec<Value> {
    let Some((false, blocks)) = pages.last_mut() else { return Vec::new() };
    let is = |block: Option<&Value>, kind: &str| block.and_then(|it| it.get("kind")).is_some_and(|it| it == kind);
    let mut at = blocks.len();
    if is(blocks.last(), "paragraph") {
        at -= 1;
    }
    while at > 0 && is(blocks.get(at - 1), "heading") {
        at -= 1;
    }
    let led = blocks.split_off(at);
    if blocks.is_empty() {
        pages.pop();
    }
    led
}

/// Whether the last that was set is a picture across the page.
fn ends_with_picture(pages: &[(bool, Vec<Value>)]) -> bool {
    let last = pages.last().filter(|(across, _)| *across).and_then(|(_, blocks)| blocks.last());
    last.and_then(|block| block.get("kind")).is_some_and(|kind| kind == "figure" || kind == "part")
}

struct Maker<'a> {
    anchors: &'a BTreeSet<&'a str>,
}

impl Maker<'_> {
    fn block(
        &self,
        block: &Block,
        across: bool,
        files: &mut BTreeMap<String, Vec<u8>>,
        seen: &mut BTreeSet<Box<str>>,
    ) -> Value {
        match block {
            Block::Heading { level, text, anchor } => {
                // A label that is there twice would be an error; the first keeps it.
                let anchor = if seen.insert(anchor.clone()) { anchor } else { "" };
                json!({ "kind": "heading", "level": (*level).clamp(1, 4), "text": shown(text), "anchor": anchor })
            }
            Block::Paragraph(line) => json!({ "kind": "paragraph", "line": self.line(line, LINE) }),
            Block::Note(line) => json!({ "kind": "note", "line": self.line(line, LINE) }),
            Block::List { numbered, items } => {
                let items: Vec<Value> = items.iter().map(|item| self.line(item, LINE)).collect();
                json!({ "kind": "list", "numbered": numbered, "items": items })
            }
            Block::Table(table) => self.table(table, across),
            Block::Figure { svg, caption, alternative } => figure(svg, caption, alternative, files),
            Block::PageBreak => json!({ "kind": "break" }),
        }
    }

    fn table(&self, table: &Table, across: bool) -> Value {
        let widths = widths(table, across);
        let columns: Vec<Value> = table
            .columns
            .iter()
            .zip(&widths)
            .map(|(it, width)| json!({ "title": shown(&it.title), "weight": width, "number": it.number }))
            .collect();
        let rooms = rooms(table, &widths);
        let row = |row: &Vec<Vec<Inline>>| -> Value {
            row.iter().zip(&rooms).map(|(cell, room)| self.line(cell, *room)).collect()
        };
        let (set, named) = table.rows.split_at(table.rows.len().min(ROWS));
        let rows: Vec<Value> = set.iter().map(row).collect();
        let letters = |cell: &Vec<Inline>| cell.iter().map(|it| it.words().len()).sum::<usize>();
        let tall = table.rows.iter().flatten().any(|cell| letters(cell) > TALL);
        let whole = rows.len() <= FEW.0 && table.rows.iter().flatten().map(letters).sum::<usize>() <= FEW.1;
        json!({
            "kind": "table",
            "caption": shown(&table.caption),
            "columns": columns,
            "rows": rows,
            "selection": shown(&table.selection),
            "rest": rest(set.len(), named),
            "tall": tall,
            "whole": whole,
        })
    }

    /// A line of pieces, of which so many letters have room; plain text alone is a string.
    fn line(&self, line: &[Inline], room: usize) -> Value {
        match line {
            [Inline::Text(text)] => match words(shown(text), room) {
                Value::String(text) => Value::String(text),
                parts => json!([["parts", parts]]),
            },
            _ => line.iter().map(|piece| self.piece(piece, room)).collect(),
        }
    }

    fn piece(&self, piece: &Inline, room: usize) -> Value {
        let text = |text: &str| match words(kept(text), room) {
            Value::String(text) => Value::String(text),
            parts => json!(["parts", parts]),
        };
        match piece {
            Inline::Text(words) => text(words),
            Inline::Strong(text) => json!(["strong", words(kept(text), room)]),
            Inline::Code(text) => json!(["code", words(shown(text), room)]),
            Inline::Level(level) => json!(["level", level.as_str()]),
            Inline::Link { text: shown, target } => {
                let leads = match target.strip_prefix('#') {
                    Some(anchor) => self.anchors.contains(anchor),
                    None => ["https://", "http://", "mailto:"].iter().any(|it| target.starts_with(it)),
                };
                if leads { json!(["link", words(kept(shown), room), target]) } else { text(shown) }
            }
        }
    }
}

/// The rows that are only named: a sentence that says so, and paragraphs of names, each with the level that its rows have.
fn rest(set: usize, named: &[Vec<Vec<Inline>>]) -> Value {
    if named.is_empty() {
        return Value::Null;
    }
    let says = format!(
        "{set} of {} rows are set in full above, the first in the order of the table. The other {} are named below by \
         their id or name; all that is said about them is in this document as XLSX, CSV or HTML.",
        set + named.len(),
        named.len()
    );
    let mut groups: Vec<(Option<Level>, Vec<String>)> = Vec::new();
    for row in named {
        let level = row.iter().flatten().find_map(|piece| match piece {
            Inline::Level(level) => Some(*level),
            _ => None,
        });
        match groups.last_mut() {
            Some((same, names)) if *same == level && names.len() < NAMES => names.push(name(row)),
            _ => groups.push((level, vec![name(row)])),
        }
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(level, names)| {
            json!({ "level": level.map_or("", |level| level.as_str()), "names": words(names.join(", "), LINE) })
        })
        .collect();
    json!({ "says": says, "groups": groups })
}

/// What a row is called: its id where it has one, else its first words.
fn name(row: &[Vec<Inline>]) -> String {
    let code = row.iter().flatten().find(|piece| matches!(piece, Inline::Code(_)));
    let text = row.iter().find(|cell| cell.iter().any(|piece| !matches!(piece, Inline::Level(_))));
    code.map_or_else(|| shown(&plain(text.map_or(&[], Vec::as_slice))), |code| shown(code.words()))
}

/// Points that the letters of a table have.
fn letter_size(table: &Table) -> f64 {
    if table.columns.len() >= SMALL.0 { SMALL.1 } else { SMALL.2 }
}

/// The width of each column in points: its share of the page, and more where one of its words has no room in that. Those give
/// it whose words need less than their share.
fn widths(table: &Table, across: bool) -> Vec<f64> {
    let all: u32 = table.columns.iter().map(|column| u32::from(column.weight.max(1))).sum();
    let page = if across { ACROSS.0 } else { UPRIGHT.0 };
    let share = |weight: u8| page * f64::from(weight.max(1)) / f64::from(all.max(1));
    let shares: Vec<f64> = table.columns.iter().map(|column| share(column.weight)).collect();
    let mut longest: Vec<u32> = table.columns.iter().map(|column| longest(&column.title)).collect();
    for row in table.rows.iter().take(ROWS) {
        for (most, cell) in longest.iter_mut().zip(row) {
            // An id is broken where its parts meet.
            let texts = cell.iter().filter(|piece| !matches!(piece, Inline::Code(_)));
            *most = texts.map(|piece| self::longest(piece.words())).fold(*most, u32::max);
        }
    }
    let size = letter_size(table);
    let needs: Vec<f64> = longest.iter().map(|most| f64::from(*most + 1) * size * LETTER + INSET).collect();
    let sum = |of: fn(f64, f64) -> f64| -> f64 {
        shares.iter().zip(&needs).map(|(share, need)| of(*share, *need).max(0.0)).sum()
    };
    let lacking = sum(|share, need| need - share);
    let spare = sum(|share, need| share - need);
    if lacking <= 0.0 || spare <= 0.0 {
        return shares;
    }
    // Where there is not enough for all, each gets the same part of what it lacks.
    let (got, given) = ((spare / lacking).min(1.0), (lacking / spare).min(1.0));
    let width = |share: f64, need: f64| share + (need - share) * if need > share { got } else { given };
    shares.iter().zip(&needs).map(|(share, need)| width(*share, *need)).collect()
}

/// Letters of the longest word that is not to be broken: neither an address or id, nor one that is longer than a column is
/// made for.
fn longest(text: &str) -> u32 {
    let lengths = text.split(|letter: char| letter.is_whitespace() || letter == '-').filter_map(|word| {
        let is_word = !word.contains(['@', '.', '/', '_', ':', '=', '#']) || word.ends_with([':', '.']);
        u32::try_from(word.chars().count()).ok().filter(|length| is_word && *length <= WORD)
    });
    lengths.max().unwrap_or(0)
}

/// Letters that have room in a line of each column.
fn rooms(table: &Table, widths: &[f64]) -> Vec<usize> {
    let size = letter_size(table);
    let room = |width: f64| {
        let points = width - INSET;
        (4..LINE).take_while(|room| f64::from(u32::try_from(*room).unwrap_or(0)) * size * LETTER < points).last()
    };
    widths.iter().map(|width| room(*width).unwrap_or(4)).collect()
}

/// A text, in parts where a word of it is longer than a line.
fn words(text: String, room: usize) -> Value {
    let mut parts = parts(&text, room);
    if parts.len() > 1 { json!(parts) } else { Value::String(parts.pop().unwrap_or_default()) }
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

/// A text in parts between which a line may end: one part, unless a word has more letters than have room in a line. A
/// word ends where the typesetter may end a line anyway: at a blank or hyphen. Few parts: a register has ten thousand ids.
fn parts(text: &str, room: usize) -> Vec<String> {
    let ends = |letter: char| letter == ' ' || letter == '-';
    if text.len() <= room || text.split(ends).all(|word| word.chars().count() <= room) {
        return vec![text.to_owned()];
    }
    let mut out = Vec::new();
    let (mut part, mut since) = (String::new(), 0usize);
    for letter in text.chars() {
        if since >= room && !ends(letter) {
            out.push(std::mem::take(&mut part));
            since = 0;
        }
        part.push(letter);
        since = if ends(letter) { 0 } else { since + 1 };
        let meets = matches!(letter, '@' | '.' | '/' | '_' | ':' | '=' | '#') && since * 5 > room * 2;
        if meets || letter == '@' {
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
    // A picture of a hundred components has no room on a page.
    let small = if scale(chosen) < POINTS * LEGIBLE {
        format!("{SMALL_CAPTION}{:.0} % of its size: zoom in, or see the web page)", (100.0 * scale(chosen)).max(1.0))
    } else {
        String::new()
    };
    json!({
        "kind": "figure",
        "file": name,
        "caption": format!("{}{small}", shown(caption)),
        "alternative": shown(alternative),
        "width": (width * scale(chosen)).max(1.0),
        "landscape": landscape,
    })
}

/// The parts of a picture whose letters are too small to be read on one page, each on a page of its own; the caption of the
/// whole says so. None where it can be read, or where the parts would take more pages than there is `room` for.
fn parts_of(svg: &str, whole: &mut Value, number: usize, room: &mut usize) -> Vec<Value> {
    let Some((width, height)) = size(svg) else { return Vec::new() };
    let shown = whole.get("width").and_then(Value::as_f64).unwrap_or(width) / width;
    let least = least_letters(svg);
    if shown * least >= FAIR {
        return Vec::new();
    }
    // As large as in other figures, but no letter below the least that is read with ease.
    let scale = POINTS.max(READABLE / least);
    let (wide, high) = (width * scale, height * scale);
    let cells = |(page_wide, page_high): (f64, f64)| (starts(wide, page_wide), starts(high, page_high));
    let pages = |page| {
        let (columns, rows) = cells(page);
        columns.len() * rows.len()
    };
    let landscape = pages(PART_ACROSS) < pages(UPRIGHT);
    let page = if landscape { PART_ACROSS } else { UPRIGHT };
    let count = pages(page);
    if count < 2 || count > *room {
        return Vec::new();
    }
    *room -= count;
    let (columns, rows) = cells(page);
    if let Some(caption) = whole.get_mut("caption") {
        let words = caption.as_str().unwrap_or_default();
        // What was said of a picture that is only shown small does not hold of one that is shown in parts as well.
        let words = words.split_once(SMALL_CAPTION).map_or(words, |(before, _)| before);
        *caption = Value::String(format!("{words} (the whole; the {count} parts that follow can be read)"));
    }
    let mut out = Vec::new();
    for (row, top) in rows.iter().enumerate() {
        for (column, left) in columns.iter().enumerate() {
            let at = out.len() + 1;
            out.push(json!({
                "kind": "part",
                "file": whole.get("file"),
                "says": format!(
                    "Figure {number}, part {at} of {count}: row {} of {}, column {} of {}",
                    row + 1, rows.len(), column + 1, columns.len()
                ),
                "width": wide,
                "height": high,
                "left": left,
                "top": top,
                "page_width": page.0.min(wide),
                "page_height": page.1.min(high),
                "landscape": landscape,
            }));
        }
    }
    out
}

/// Where the parts of a length begin, each as long as a page and with a margin in common with the one before, so that what
/// the edge cuts is whole on one of the two.
fn starts(length: f64, page: f64) -> Vec<f64> {
    if length <= page || page <= SHARED {
        return vec![0.0];
    }
    let mut out = vec![0.0];
    while let Some(last) = out.last().copied().filter(|last| last + page < length && out.len() <= MOST_PARTS) {
        out.push((last + page - SHARED).min(length - page));
    }
    out
}

/// The size of a picture's smallest letters, in its own pixels, by the sizes that its styles and texts name.
fn least_letters(svg: &str) -> f64 {
    let sizes = svg.split("font-size").skip(1).filter_map(|rest| {
        let rest = rest.trim_start_matches([':', '=', '"', ' ']);
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        rest.get(..end)?.parse::<f64>().ok().filter(|size| *size >= 1.0)
    });
    sizes.min_by(f64::total_cmp).unwrap_or(LETTERS)
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
    fn words_longer_than_a_line_may_be_broken_where_their_parts_meet() {
        assert_eq!(parts("sql-injection@shop.web", 10), ["sql-injection@", "shop.", "web"]);
        assert_eq!(parts("terraform/modules/network.tf:12", 24), ["terraform/", "modules/network.", "tf:12"]);
        assert_eq!(parts("a name of short words, sql-injection", 10), ["a name of short words, sql-injection"]);
        assert_eq!(parts("short@name", 24), ["short@name"]);
        let long = format!("{} {}é", "x".repeat(100), "logs_of_the_load_balancer".repeat(3));
        for room in 4..70 {
            let parts = parts(&long, room);
            assert_eq!(parts.concat(), long);
            let words = parts.iter().flat_map(|part| part.split(' '));
            assert!(words.into_iter().all(|word| word.chars().count() <= room), "{room}: {parts:?}");
        }
    }

    #[test]
    fn rows_beyond_a_thousand_are_named_and_none_is_left_out() {
        let row = |at: usize| {
            let level = if at < 1_030 { Level::High } else { Level::Low };
            vec![
                vec![Inline::Level(level)],
                vec![Inline::Text("words ".into()), Inline::Code(format!("id-{at}").into())],
            ]
        };
        let rows: Vec<_> = (0..1_100).map(row).collect();
        assert_eq!(rest(1_000, &[]), Value::Null);
        let rest = rest(1_000, rows.get(1_000..).unwrap_or_default());
        let says = rest["says"].as_str().unwrap_or_default();
        assert!(says.starts_with("1000 of 1100 rows are set in full") && says.contains("The other 100"), "{says}");
        let groups: Vec<(&str, usize)> = rest["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|group| Some((group["level"].as_str()?, group["names"].as_str()?.split(", ").count())))
            .collect();
        assert_eq!(groups, [("high", 30), ("low", 60), ("low", 10)]);
        assert_eq!(name(&[vec![Inline::Level(Level::Low)], vec![Inline::Strong("shop".into())]]), "shop");
    }

    #[test]
    fn a_narrow_column_has_room_for_few_letters() {
        let columns = [2, 7, 3, 6, 3, 2, 2, 3, 3].map(|weight| vauban_model::document::Column::text("", weight));
        let table = Table { columns: columns.to_vec(), ..Table::default() };
        let rooms = |across: bool| rooms(&table, &widths(&table, across));
        assert_eq!(rooms(true), [10, 39, 16, 33, 16, 10, 10, 16, 16]);
        assert!(rooms(false).iter().zip(rooms(true)).all(|(upright, across)| *upright < across));
    }

    #[test]
    fn a_word_is_broken_only_where_it_is_longer_than_a_column_is_made_for() {
        let columns = [2, 7, 4, 2, 2, 5].map(|weight| vauban_model::document::Column::text("", weight));
        let texts = |category: &str| {
            let cells = ["High", "Somebody alters what is kept", "Database", category, "open", "Check what comes in"];
            cells.iter().map(|words| vec![Inline::Text((*words).into())]).collect::<Vec<_>>()
        };
        let table =
            |category: &str| Table { columns: columns.to_vec(), rows: vec![texts(category)], ..Table::default() };
        let room = |table: &Table| rooms(table, &widths(table, false)).get(3).copied().unwrap_or_default();
        let narrow = room(&table("S"));
        assert!(narrow < 9, "{narrow}");
        for category in ["Tampering", "Elevation of privilege", "Confidentiality"] {
            let table = table(category);
            let longest = category.split(' ').map(str::len).max().unwrap_or_default();
            assert!(room(&table) >= longest, "{category}: {}", room(&table));
            // The page stays as wide as it is.
            let (all, page) = (widths(&table, false).iter().sum::<f64>(), UPRIGHT.0);
            assert!((all - page).abs() < 0.001, "{all} of {page}");
        }
        // What no column is made for is broken as before.
        assert_eq!(room(&table(&"x".repeat(40))), narrow);
        assert_eq!(room(&table("https://example.com/a/long/address")), narrow);
    }

    #[test]
    fn the_size_of_a_picture_is_that_of_its_root() {
        assert_eq!(size("<?xml?><svg width=\"20\" height=\"10px\"><rect width=\"3\"/></svg>"), Some((20.0, 10.0)));
        assert_eq!(size("<svg viewBox=\"0 0 30 40\">"), Some((30.0, 40.0)));
        assert_eq!(size("no picture"), None);
    }

    #[test]
    fn a_picture_with_letters_too_small_is_shown_in_parts_as_well() {
        let svg = |width: u32, height: u32| {
            format!(
                "<svg width=\"{width}\" height=\"{height}\"><style>.a{{font-size:17px}}.b{{font-size:10px}}</style></svg>"
            )
        };
        let made = |width, height, room: &mut usize| {
            let svg = svg(width, height);
            let mut whole = figure(&svg, "All", "", &mut BTreeMap::new());
            let parts = parts_of(&svg, &mut whole, 3, room);
            (whole["caption"].as_str().unwrap_or_default().to_owned(), parts)
        };
        let mut room = MOST_PARTS;
        assert_eq!(made(700, 400, &mut room), ("All".to_owned(), Vec::new()));
        let (caption, parts) = made(3000, 500, &mut room);
        assert_eq!(caption, format!("All (the whole; the {} parts that follow can be read)", parts.len()));
        assert_eq!(room, MOST_PARTS - parts.len());
        let number = |part: &Value, name: &str| part[name].as_f64().unwrap_or_default();
        // Nothing is left out, and no letter is below six points.
        let mut covered = 0.0;
        for part in &parts {
            assert!(number(part, "left") <= covered && number(part, "width") / 3000.0 * 10.0 >= READABLE);
            covered = number(part, "left") + number(part, "page_width");
        }
        assert!((covered - number(&parts[0], "width")).abs() < 0.001, "{covered}");
        assert!(parts[0]["says"].as_str().is_some_and(|says| says.starts_with("Figure 3, part 1 of")));
        // A picture that would fill a book is told to be small.
        let (caption, parts) = made(30_000, 20_000, &mut room);
        assert!(parts.is_empty() && caption.contains(SMALL_CAPTION), "{caption}");
    }

    #[test]
    fn blanks_between_pieces_stay() {
        assert_eq!(kept(" a  b "), " a b ");
        assert_eq!(kept("  "), " ");
        assert_eq!(kept(""), "");
    }
}
