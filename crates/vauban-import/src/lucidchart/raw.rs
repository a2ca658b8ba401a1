//! The table as it stands: rows of fields, each with its line.

use rustc_hash::{FxHashMap, FxHashSet};

/// Rows of one file at most.
const MOST_ROWS: usize = 200_000;
/// Rows that are looked at to recognise a file.
const SAMPLE: usize = 400;

/// Number of the column with the id.
pub(super) const ID: usize = 0;
/// The class of the shape, in a language for lines and pages.
pub(super) const NAME: usize = 1;
/// The library the shape is from.
pub(super) const LIBRARY: usize = 2;
/// The page.
pub(super) const PAGE: usize = 3;
/// What it lies in, from outside to inside.
pub(super) const CONTAINED_BY: usize = 4;
/// The group.
pub(super) const GROUP: usize = 5;
/// Where a line starts.
pub(super) const SOURCE: usize = 6;
/// Where a line ends.
pub(super) const TARGET: usize = 7;
/// How a line begins.
pub(super) const SOURCE_ARROW: usize = 8;
/// How a line ends.
pub(super) const TARGET_ARROW: usize = 9;
/// The columns that every export has.
pub(super) const FIXED: usize = 10;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its fields; rows may be short.
    pub(super) fields: Vec<String>,
    /// The line it begins in, from 1.
    pub(super) line: u32,
}

impl Row {
    /// A field without white space around it; empty if the row ends before it.
    pub(super) fn get(&self, column: usize) -> &str {
        self.fields.get(column).map_or("", |field| field.trim())
    }

    /// Whether these columns say nothing.
    fn is_empty(&self, columns: std::ops::Range<usize>) -> bool {
        columns.into_iter().all(|column| self.get(column).is_empty())
    }
}

/// Splits a text into rows. A quote that is never closed takes the rest.
pub(super) fn read(text: &str, most: usize) -> Vec<Row> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    // Some offices export with a semicolon, because their numbers have commas.
    let separator = if count(';') > count(',') { ';' } else { ',' };
    let mut rows = Vec::new();
    let (mut fields, mut field) = (Vec::new(), String::new());
    let (mut quoted, mut line, mut begins) = (false, 1u32, 1u32);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            line = line.saturating_add(1);
        }
        match letter {
            '"' if quoted => {
                if letters.next_if_eq(&'"').is_some() {
                    field.push('"');
                } else {
                    quoted = false;
                }
            }
            '"' if field.trim().is_empty() => {
                field.clear();
                quoted = true;
            }
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                fields.push(std::mem::take(&mut field));
                rows.push(Row { fields: std::mem::take(&mut fields), line: begins });
                begins = line;
                if rows.len() >= most.min(MOST_ROWS) {
                    return rows;
                }
            }
            other if other == separator && !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    if !field.is_empty() || !fields.is_empty() {
        fields.push(field);
        rows.push(Row { fields, line: begins });
    }
    rows.retain(|row| row.fields.iter().any(|field| !field.trim().is_empty()));
    rows
}

/// Whether a text is such an export, in whatever language: numbered rows, the first of which is a document or a page,
/// and all others on a page that was named before.
pub(crate) fn is_export(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    if first.matches([',', ';']).count() < FIXED {
        return false;
    }
    let rows = read(text, SAMPLE + 1);
    let Some((header, rows)) = rows.split_first() else { return false };
    if header.fields.len() <= FIXED
        || (0..FIXED).any(|column| header.get(column).is_empty() || header.get(column).parse::<f64>().is_ok())
    {
        return false;
    }
    let mut known: FxHashSet<&str> = FxHashSet::default();
    let mut pages: FxHashSet<&str> = FxHashSet::default();
    let mut on_page = 0usize;
    for row in rows {
        let id = row.get(ID);
        let numbered = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        if !numbered || row.get(NAME).is_empty() || !known.insert(id) {
            return false;
        }
        if row.get(PAGE).is_empty() {
            if !row.is_empty(LIBRARY..FIXED) {
                return false;
            }
            pages.insert(id);
        } else if pages.contains(row.get(PAGE)) {
            on_page += 1;
        } else {
            return false;
        }
        // Ends of lines are numbers, their arrows are words.
        let numbers = [SOURCE, TARGET].iter().all(|column| row.get(*column).bytes().all(|byte| byte.is_ascii_digit()));
        let words = [SOURCE_ARROW, TARGET_ARROW].iter().all(|column| row.get(*column).parse::<f64>().is_err());
        if !numbers || !words {
            return false;
        }
    }
    on_page > 0
}

/// What the rows are and where their texts stand.
#[derive(Debug)]
pub(super) struct Layout {
    /// Columns with what is written on a shape.
    pub(super) texts: Vec<usize>,
    /// Ids of pages, in order.
    pub(super) pages: Vec<String>,
    /// Ids of groups.
    pub(super) groups: FxHashSet<String>,
}

/// Finds out how a table is laid out.
pub(super) fn layout(header: &Row, rows: &[Row]) -> Layout {
    let mut used: FxHashSet<&str> = FxHashSet::default();
    let mut groups: FxHashSet<String> = FxHashSet::default();
    for row in rows {
        used.insert(row.get(PAGE));
        if !row.get(GROUP).is_empty() {
            groups.insert(row.get(GROUP).to_owned());
        }
    }
    let pageless = || rows.iter().filter(|row| row.get(PAGE).is_empty() && row.is_empty(LIBRARY..FIXED));
    // A page without anything on it is called what other pages are called; the document is called otherwise.
    let words: FxHashSet<&str> = pageless().filter(|row| used.contains(row.get(ID))).map(|row| row.get(NAME)).collect();
    let pages: Vec<String> =
        pageless().filter(|row| words.contains(row.get(NAME))).map(|row| row.get(ID).to_owned()).collect();
    let mut texts = numbered(header);
    if texts.is_empty() {
        // Titles of pages stand where all texts begin.
        let page = pageless().find(|row| words.contains(row.get(NAME)));
        let first = page.and_then(|row| (FIXED..row.fields.len()).find(|column| !row.get(*column).is_empty()));
        texts.extend(first.or(Some(FIXED)));
    }
    Layout { texts, pages, groups }
}

/// The columns of texts: the longest run of headers that differ only in a number, from 1 upwards.
fn numbered(header: &Row) -> Vec<usize> {
    let split = |column: usize| {
        let title = header.get(column);
        let stem = title.trim_end_matches(|c: char| c.is_ascii_digit());
        let number: Option<u32> = title.get(stem.len()..).and_then(|number| number.parse().ok());
        number.map(|number| (stem.trim().to_owned(), number))
    };
    let mut runs: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    let mut best: Vec<usize> = Vec::new();
    for column in FIXED..header.fields.len() {
        let Some((stem, number)) = split(column) else { continue };
        let run = runs.entry(stem).or_default();
        if run.len() + 1 == number as usize {
            run.push(column);
            if run.len() > best.len() {
                best.clone_from(run);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::{is_export, layout, read};

    const ENGLISH: &str = "Id,Name,Shape Library,Page ID,Contained By,Group,Line Source,Line Destination,Source Arrow,Destination Arrow,Status,Text Area 1,Text Area 2\n1,Document,,,,,,,,,Draft,Shop\n2,Page,,,,,,,,,,Page 1\n3,Process,Flowchart,2,,,,,,,,\"A \"\"b\"\"\nc\",\n4,Line,,2,,,3,,None,Arrow,,x\n";

    #[test]
    fn quotes_lines_and_short_rows_are_read() {
        let rows = read(ENGLISH, usize::MAX);
        assert_eq!(rows.len(), 5);
        assert_eq!((rows[3].get(11), rows[3].line, rows[4].line), ("A \"b\"\nc", 4, 6));
        assert_eq!(rows[4].get(30), "");
        assert_eq!(read("a,\"b", usize::MAX)[0].fields, ["a", "b"]);
        assert_eq!(read("\u{feff}a;b\r\n", usize::MAX)[0].fields, ["a", "b"]);
    }

    #[test]
    fn exports_are_recognised_by_their_rows() {
        assert!(is_export(ENGLISH));
        let other = ENGLISH.lines().skip(1).fold(
            "Id,Nome,Biblioteca,Pagina,Contido,Grupo,Origem,Destino,Seta,Seta 2,Estado,Texto 1,Texto 2".to_owned(),
            |all, line| format!("{all}\n{line}"),
        );
        assert!(is_export(&other), "{other}");
        for text in [
            "",
            "a,b,c,d,e,f,g,h,i,j,k,l\n",
            "a,b,c,d,e,f,g,h,i,j,k,l\n1,2,3,4,5,6,7,8,9,10,11,12\n",
            "id,name,a,b,c,d,e,f,g,h,i\n1,Web,,,,,,,,,x\n2,Db,,,,,,,,,y\n",
            "name,owner,a,b,c,d,e,f,g,h,i\nWeb,me,,,,,,,,,x\n",
        ] {
            assert!(!is_export(text), "{text}");
        }
    }

    #[test]
    fn texts_are_found_by_number_or_by_the_page() {
        let rows = read(ENGLISH, usize::MAX);
        let found = layout(&rows[0], &rows[1..]);
        assert_eq!((found.texts.as_slice(), found.pages.as_slice()), (&[11, 12][..], &["2".to_owned()][..]));
        let unnumbered = ENGLISH.replace("Text Area 1", "Text").replace("Text Area 2", "More");
        let rows = read(&unnumbered, usize::MAX);
        assert_eq!(layout(&rows[0], &rows[1..]).texts, [11]);
    }
}
