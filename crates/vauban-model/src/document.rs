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
}

impl Column {
    /// A column of text.
    pub fn text(title: &str, weight: u8) -> Self {
        Column { title: title.into(), weight, number: false }
    }

    /// A column of numbers.
    pub fn number(title: &str, weight: u8) -> Self {
        Column { title: title.into(), weight, number: true }
    }
}

/// A cell of a table: one paragraph.
pub type Cell = Vec<Inline>;

/// Plain text as a paragraph or cell.
pub fn text(text: impl Into<Box<str>>) -> Vec<Inline> {
    vec![Inline::Text(text.into())]
}
