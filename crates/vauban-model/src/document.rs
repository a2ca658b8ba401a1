//! Documents as data: headings, paragraphs, tables and figures, before anybody decided whether they become PDF, HTML,
//! Markdown, a workbook or a word-processor file.
//!
//! Text is plain: every renderer escapes what its format would read as markup, so that nothing a user wrote steers it.

use crate::scale::Level;

/// One document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// A short stable name for files and links, such as `risk-register`.
    pub id: Box<str>,
    /// The title.
    pub title: Box<str>,
    /// What it is about: the system and the point in time.
    pub subtitle: Box<str>,
    /// Classification marking, printed on every page; empty for none.
    pub marking: Box<str>,
    /// What an auditor looks for first, in order: version, as of, prepared by, approved by, next review, generator.
    pub particulars: Vec<(Box<str>, Box<str>)>,
    /// The content.
    pub blocks: Vec<Block>,
}

/// A part of a document that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading: 1 for a chapter to 4. The anchor is unique in the document; empty where nothing links to it.
    Heading {
        /// From 1 to 4.
        level: u8,
        /// The text.
        text: Box<str>,
        /// What links name; may be empty.
        anchor: Box<str>,
    },
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list, numbered or not; each item is a paragraph.
    List {
        /// Whether the items are numbered.
        numbered: bool,
        /// The items.
        items: Vec<Vec<Inline>>,
    },
    /// A table.
    Table(Table),
    /// A picture.
    Figure {
        /// The picture as SVG.
        svg: Box<str>,
        /// The line below it, without a number.
        caption: Box<str>,
        /// What a reader who cannot see it is told.
        alternative: Box<str>,
    },
    /// Something to be aware of, set apart: a gap, an assumption, a limit.
    Note(Vec<Inline>),
    /// What follows begins on a new page, where there are pages.
    PageBreak,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain text.
    Text(Box<str>),
    /// Text that stands out.
    Strong(Box<str>),
    /// An id, a path, a command: monospaced, never hyphenated.
    Code(Box<str>),
    /// A level of risk or severity, with a colour and its word.
    Level(Level),
    /// A link; a target that begins with `#` names an anchor of the same document.
    Link {
        /// What is shown.
        text: Box<str>,
        /// Where it leads.
        target: Box<str>,
    },
}

/// A table. Its rows may be many thousand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// A short stable name, used for worksheets and files: `risks`.
    pub id: Box<str>,
    /// The line above it, without a number.
    pub caption: Box<str>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; each has one cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// How the rows were selected, how many there are and what is not among them: an auditor's question about every
    /// list. Empty where the table is no list of records.
    pub selection: Box<str>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub title: Box<str>,
    /// Its share of the width, in relation to the others.
    pub weight: u8,
    /// Numbers and dates are set to the right.
    pub number: bool,
    /// What each of its cells holds; lists for programs have a column for each value.
    pub holds: Holds,
}

/// What the cells of a column hold. It is said of the column, so that lists for programs have the same columns whatever is
/// in the cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holds {
    /// One value.
    #[default]
    One,
    /// A name, and behind it the id of what is called so.
    NameAndId,
    /// As many values as its heading has names with commas between them.
    Parts,
}

/// Blocks that a chapter may begin with and still go with its table onto a page across.
const SHORT: usize = 6;

/// Rows, and letters, that a small table has at most.
const SMALL: (usize, usize) = (5, 600);

/// From so much weight on a table needs a page that lies across.
const WIDE: u32 = 25;

impl Table {
    /// Whether its columns need more width than an upright page has: by the sum of their weights.
    pub fn is_wide(&self) -> bool {
        self.columns.iter().map(|column| u32::from(column.weight)).sum::<u32>() >= WIDE
    }

    /// Whether it says so little that it fits an upright page however wide it is: a page of its own would stay empty.
    pub fn is_small(&self) -> bool {
        let letters = self.rows.iter().flatten().flatten().map(|it| it.words().len()).sum::<usize>();
        (1..=SMALL.0).contains(&self.rows.len()) && letters <= SMALL.1
    }
}

impl Column {
    /// A column of text.
    pub fn text(title: &str, weight: u8) -> Self {
        Column { title: title.into(), weight, number: false, holds: Holds::One }
    }

    /// A column of numbers.
    pub fn number(title: &str, weight: u8) -> Self {
        Column { title: title.into(), weight, number: true, holds: Holds::One }
    }

    /// With cells of a name and an id behind it.
    #[must_use]
    pub fn named(self) -> Self {
        Column { holds: Holds::NameAndId, ..self }
    }

    /// With cells of as many values as the heading names.
    #[must_use]
    pub fn parts(self) -> Self {
        Column { holds: Holds::Parts, ..self }
    }
}

/// A cell of a table: one paragraph.
pub type Cell = Vec<Inline>;

impl Document {
    /// A particular by its name.
    pub fn particular(&self, name: &str) -> Option<&str> {
        self.particulars.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// The day the document speaks of: the first `YYYY-MM-DD` of its particular [`AS_OF`], as year, month, day.
    pub fn day(&self) -> Option<(u16, u8, u8)> {
        let day = self.particular(AS_OF)?.get(..10)?;
        let mut parts = day.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some((year, month, day))
    }

    /// The numbers of the blocks, in their order.
    pub fn numbers(&self) -> Vec<Number> {
        let mut headings = [0u32; 4];
        let (mut tables, mut figures) = (0, 0);
        let mut one = |block: &Block| match block {
            Block::Heading { level, .. } => {
                let at = usize::from(*level).clamp(1, 4);
                for (below, count) in headings.iter_mut().enumerate() {
                    if below + 1 == at {
                        *count += 1;
                    } else if below >= at {
                        *count = 0;
                    }
                }
                let words: Vec<String> = headings.iter().take(at).map(u32::to_string).collect();
                Number::Heading(words.join(".").into())
            }
            Block::Table(_) => {
                tables += 1;
                Number::Table(tables)
            }
            Block::Figure { .. } => {
                figures += 1;
                Number::Figure(figures)
            }
            _ => Number::None,
        };
        self.blocks.iter().map(&mut one).collect()
    }

    /// Of each block, whether it stands on a page that lies across: wide tables, the headings that lead to them, and
    /// what little stands between a page break and those, so that no page holds a heading alone.
    pub fn lies_across(&self) -> Vec<bool> {
        let mut out = vec![false; self.blocks.len()];
        for (at, block) in self.blocks.iter().enumerate() {
            if !matches!(block, Block::Table(table) if table.is_wide() && !table.is_small()) {
                continue;
            }
            let before = self.blocks.get(..at).unwrap_or_default();
            let is_heading = |block: &&Block| matches!(block, Block::Heading { .. });
            let headings = before.iter().rev().take_while(is_heading).count();
            let is_short =
                |block: &&Block| matches!(block, Block::Heading { .. } | Block::Paragraph(_) | Block::Note(_));
            let lead = before.iter().rev().take_while(is_short).count();
            let opens = matches!(before.iter().rev().nth(lead), Some(Block::PageBreak)) && lead <= SHORT;
            let from = at - if opens { lead } else { headings };
            for flag in out.iter_mut().take(at + 1).skip(from) {
                *flag = true;
            }
        }
        out
    }

    /// Its tables, in order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    }
}

/// The name of the particular that says of which day the document speaks.
pub const AS_OF: &str = "As of";

/// The number of a block, the same in every format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// Of a heading: `2.1`.
    Heading(Box<str>),
    /// Of a table, from 1.
    Table(u32),
    /// Of a figure, from 1.
    Figure(u32),
    /// Not numbered.
    None,
}

/// The words of a paragraph or cell, without what stands out.
pub fn plain(line: &[Inline]) -> String {
    line.iter().map(Inline::words).collect()
}

impl Inline {
    /// The words alone.
    pub fn words(&self) -> &str {
        match self {
            Inline::Text(text) | Inline::Strong(text) | Inline::Code(text) | Inline::Link { text, .. } => text,
            Inline::Level(level) => level.as_str(),
        }
    }
}

/// Whether a character changes the order in which its neighbours are shown, or shows nothing at all: with these a name
/// can pretend to be another one, and no name needs them.
pub fn deceives(character: char) -> bool {
    matches!(character,
        '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
        || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// The text on one line, with a mark in place of every character that deceives: what a renderer may show.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if deceives(character) {
            out.push('\u{FFFD}');
        } else if character.is_whitespace() {
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
        } else {
            out.push(character);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Plain text as a paragraph or cell.
pub fn text(text: impl Into<Box<str>>) -> Vec<Inline> {
    vec![Inline::Text(text.into())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(level: u8) -> Block {
        Block::Heading { level, text: "x".into(), anchor: Box::default() }
    }

    fn table(weight: u8) -> Block {
        Block::Table(Table { columns: vec![Column::text("x", weight)], ..Table::default() })
    }

    fn document(blocks: Vec<Block>) -> Document {
        Document { blocks, ..Document::default() }
    }

    #[test]
    fn headings_tables_and_figures_are_numbered_each_in_its_own_order() {
        let blocks =
            vec![heading(1), heading(2), table(1), heading(2), Block::PageBreak, heading(1), heading(3), table(1)];
        let words: Vec<String> = document(blocks)
            .numbers()
            .iter()
            .map(|number| match number {
                Number::Heading(number) => number.to_string(),
                Number::Table(number) => format!("T{number}"),
                Number::Figure(number) => format!("F{number}"),
                Number::None => "-".to_owned(),
            })
            .collect();
        assert_eq!(words, ["1", "1.1", "T1", "1.2", "-", "2", "2.0.1", "T2"]);
    }

    #[test]
    fn a_wide_table_takes_its_headings_along() {
        let lead = Block::Paragraph(text("x"));
        let across = document(vec![lead.clone(), heading(1), table(30), heading(1), table(3)]).lies_across();
        assert_eq!(across, [false, true, true, false, false]);
        let chapter = document(vec![table(3), Block::PageBreak, heading(1), lead, heading(2), table(30)]).lies_across();
        assert_eq!(chapter, [false, false, true, true, true, true]);
        assert_eq!(document(vec![table(30)]).lies_across(), [true]);
        let rows = |count: usize| {
            let columns = vec![Column::text("x", 30)];
            Block::Table(Table { columns, rows: vec![vec![text("x")]; count], ..Table::default() })
        };
        assert_eq!(document(vec![rows(5)]).lies_across(), [false]);
        assert_eq!(document(vec![rows(6)]).lies_across(), [true]);
    }

    #[test]
    fn the_day_is_read_from_its_particular() {
        let mut document = Document::default();
        assert_eq!(document.day(), None);
        document.particulars = vec![(AS_OF.into(), "2026-01-15".into())];
        assert_eq!(document.day(), Some((2026, 1, 15)));
        document.particulars = vec![(AS_OF.into(), "2026-13-15".into())];
        assert_eq!(document.day(), None);
        document.particulars = vec![(AS_OF.into(), "gestern, äöü".into())];
        assert_eq!(document.day(), None);
    }
}
