//! Lists of a pack: rows that somebody can select again, count and compare.

use serde_json::{Map, Value, json};

use super::{PackFile, sample};
use crate::text::one_line;

/// Name of the schema of lists as JSON.
pub const SCHEMA: &str = "https://vauban.example/schema/evidence-list/1";

/// A list with what an auditor asks of every list: where it comes from, how rows were selected, how many there are, and
/// why none is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Path in the pack without its ending: `04-risk-register/risks`.
    pub path: String,
    /// What it shows, in a line.
    pub title: String,
    /// The names of the columns: lower-case words joined by `_`. The first is an id, different in every row.
    pub columns: Vec<&'static str>,
    /// The rows, as wide as the columns.
    pub rows: Vec<Vec<String>>,
    /// The command that makes the rows again.
    pub query: String,
    /// How the rows were selected: what they were taken from, every filter.
    pub selection: String,
    /// Why the list is complete, and what is not in it.
    pub complete: String,
    /// The day whose state it shows, or the period.
    pub as_of: String,
}

impl List {
    /// A list without rows.
    pub fn new(path: &str, title: &str, columns: &[&'static str]) -> Self {
        List { path: path.to_owned(), title: title.to_owned(), columns: columns.to_vec(), ..List::default() }
    }

    /// The list as CSV and as JSON.
    pub fn files(&self) -> [PackFile; 2] {
        [("csv", self.csv()), ("json", self.json())].map(|(ending, bytes)| PackFile {
            path: format!("{}.{ending}", self.path),
            bytes,
            title: self.title.clone(),
            query: self.query.clone(),
            selection: self.selection.clone(),
            complete: self.complete.clone(),
            rows: Some(self.rows.len()),
            as_of: self.as_of.clone(),
        })
    }

    /// A sample of so many rows, drawn with a seed; see [`sample()`]. Its path ends in `-sample`.
    pub fn sample(&self, number: usize, seed: &str) -> List {
        let ids = self.rows.iter().map(|row| row.first().map_or("", String::as_str));
        let drawn = sample(ids, number, seed);
        let rows: Vec<Vec<String>> = drawn.iter().filter_map(|at| self.rows.get(*at).cloned()).collect();
        let complete = format!(
            "{} of the {} rows of `{}.csv`: those for which the SHA-256 of `{seed}:` and the row's id is least. Nobody chose \
             them; anybody can draw them again.",
            rows.len(),
            self.rows.len(),
            self.path
        );
        List {
            path: format!("{}-sample", self.path),
            title: format!("Sample: {}", self.title),
            rows,
            complete,
            ..self.clone()
        }
    }

    /// RFC 4180 in UTF-8, a heading row, lines ended by CR LF, with the mark by which Excel knows UTF-8. No cell can be
    /// taken for a formula: a `'` before it says that it is text.
    fn csv(&self) -> Vec<u8> {
        let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
        // Writing into memory cannot fail, and all rows are as wide as the columns.
        let _ = writer.write_record(&self.columns);
        for row in &self.rows {
            let cells = (0..self.columns.len()).map(|at| cell(row.get(at).map_or("", String::as_str)));
            let _ = writer.write_record(cells);
        }
        let bytes = writer.into_inner().unwrap_or_default();
        "\u{feff}".as_bytes().iter().copied().chain(bytes).collect()
    }

    fn json(&self) -> Vec<u8> {
        let items: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let fields = self.columns.iter().zip(row).map(|(name, value)| ((*name).to_owned(), json!(value)));
                Value::Object(fields.collect::<Map<String, Value>>())
            })
            .collect();
        let value = json!({
            "schema": SCHEMA,
            "version": 1,
            "title": self.title,
            "as_of": self.as_of,
            "query": self.query,
            "selection": self.selection,
            "completeness": self.complete,
            "columns": self.columns,
            "rows": items.len(),
            "items": items,
        });
        let mut bytes = serde_json::to_vec_pretty(&value).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// A text as it stands in a cell of the CSV: one line, and never a formula.
pub(super) fn cell(text: &str) -> String {
    let text = one_line(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::List;

    fn list() -> List {
        let mut list = List::new("x/threats", "Threats", &["id", "title"]);
        list.rows = (0..40).map(|n| vec![format!("t{n}"), format!("=A{n}, \"b\"\nc")]).collect();
        list
    }

    #[test]
    fn cells_are_text_and_rows_are_counted() {
        let [csv, json] = list().files();
        assert_eq!((csv.path.as_str(), csv.rows), ("x/threats.csv", Some(40)));
        let text = String::from_utf8(csv.bytes).unwrap();
        assert!(text.starts_with("\u{feff}id,title\r\nt0,\"'=A0, \"\"b\"\" c\"\r\n"), "{text}");
        let value: serde_json::Value = serde_json::from_slice(&json.bytes).unwrap();
        assert_eq!(value["items"][3]["title"], "=A3, \"b\"\nc", "JSON has the words as they are");
        assert_eq!(value["rows"], 40);
    }

    #[test]
    fn a_sample_says_from_what_it_was_drawn() {
        let sample = list().sample(5, "7");
        assert_eq!(sample.rows.len(), 5);
        assert_eq!(sample.path, "x/threats-sample");
        assert!(sample.complete.starts_with("5 of the 40 rows of `x/threats.csv`"), "{}", sample.complete);
        assert!(sample.rows.iter().all(|row| list().rows.contains(row)));
    }
}
