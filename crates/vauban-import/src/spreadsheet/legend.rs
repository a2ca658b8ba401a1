//! What stands in a spreadsheet beside its lists: totals, the legend below a table, a sheet that explains a scale.

use rustc_hash::FxHashSet;

use super::columns::Table;
use super::number::is_number;
use super::raw::{Row, Sheet};
use super::words::{Rows, folded};

/// What heads a legend below a table.
const LEGENDS: [&str; 44] = [
    "key",
    "legend",
    "legende",
    "légende",
    "leyenda",
    "legenda",
    "leggenda",
    "scale",
    "scales",
    "skala",
    "échelle",
    "escala",
    "scala",
    "rating scale",
    "risk scale",
    "scoring",
    "scoring scale",
    "rating key",
    "risk key",
    "risk rating",
    "risk rating key",
    "risk levels",
    "risk matrix",
    "risikomatrix",
    "severity scale",
    "impact scale",
    "likelihood scale",
    "likelihood",
    "impact",
    "severity",
    "definitions",
    "definition",
    "glossary",
    "glossar",
    "abbreviations",
    "abkürzungen",
    "notes",
    "note",
    "hinweise",
    "hinweis",
    "remarques",
    "notas",
    "colour key",
    "color key",
];
/// What heads a line of sums.
const TOTALS: [&str; 12] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "average",
    "durchschnitt",
    "totale",
    "somme",
];
/// Labels of lines below a table that say something of the table.
const LABELS: [&str; 18] = [
    "prepared by",
    "reviewed by",
    "approved by",
    "last updated",
    "last update",
    "last reviewed",
    "date of review",
    "version",
    "source",
    "sources",
    "end of register",
    "end of list",
    "end of table",
    "erstellt von",
    "geprüft von",
    "freigegeben von",
    "quelle",
    "stand",
];
/// Words of scales.
const LEVELS: [&str; 52] = [
    "none",
    "negligible",
    "insignificant",
    "minor",
    "very low",
    "low",
    "moderate",
    "medium",
    "elevated",
    "significant",
    "major",
    "severe",
    "high",
    "very high",
    "extreme",
    "critical",
    "catastrophic",
    "informational",
    "info",
    "rare",
    "remote",
    "unlikely",
    "possible",
    "likely",
    "probable",
    "almost certain",
    "certain",
    "frequent",
    "sehr niedrig",
    "niedrig",
    "gering",
    "mittel",
    "hoch",
    "sehr hoch",
    "kritisch",
    "selten",
    "möglich",
    "wahrscheinlich",
    "faible",
    "moyen",
    "moyenne",
    "élevé",
    "élevée",
    "critique",
    "bajo",
    "medio",
    "alto",
    "crítico",
    "basso",
    "critico",
    "baixo",
    "médio",
];
/// Words in the name of a sheet that explains and lists nothing.
const EXPLAINS: [&str; 22] = [
    "legend",
    "legende",
    "légende",
    "leyenda",
    "scale",
    "scales",
    "skala",
    "skalen",
    "kriterien",
    "critères",
    "criterios",
    "definition",
    "definitions",
    "definitionen",
    "glossary",
    "glossar",
    "lookup",
    "lookups",
    "dropdowns",
    "instructions",
    "guidance",
    "readme",
];

fn is_level(text: &str) -> bool {
    LEVELS.contains(&folded(text).as_str())
}

/// The texts of a row, each once.
fn texts(row: &Row) -> Vec<String> {
    row.once().iter().map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
}

/// Rows below the headings that are none of the list: sums, and a legend with all that follows it. A row that is as full
/// as those of the list belongs to it, whatever it says.
pub(super) fn beside_the_list(sheet: &Sheet, table: &Table) -> Vec<usize> {
    let head = table.head;
    let mut out = Vec::new();
    let below = || sheet.rows.iter().enumerate().skip(head + 1);
    let mut full: Vec<usize> = below().map(|(_, row)| texts(row).len()).filter(|count| *count > 0).collect();
    let first = full.first().copied().unwrap_or_default();
    full.sort_unstable();
    let usual = full.get(full.len() / 2).copied().unwrap_or_default().max(first);
    if usual < 3 {
        return out;
    }
    let (mut legend, mut gap, mut next_line) = (false, false, None);
    // Whether the next row that says something explains a level as well; one alone may be a threat like any other.
    let goes_on = |at: usize| {
        let mut after = sheet.rows.iter().skip(at + 1).map(texts).filter(|cells| !cells.is_empty());
        after.next().is_none_or(|cells| explains_level(&cells))
    };
    for (at, row) in below() {
        let cells = texts(row);
        gap |= next_line.is_some_and(|line| row.span.line > line);
        // A text of several lines takes as many of a file with separators.
        let breaks = || row.cells.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        let lines = if sheet.name.is_empty() { u32::try_from(breaks()).unwrap_or(u32::MAX) } else { 0 };
        next_line = Some(row.span.line.saturating_add(1).saturating_add(lines));
        let Some(label) = cells.first() else {
            gap = true;
            continue;
        };
        let sparse = cells.len() * 2 <= usual && !has_level_and_title(row, table);
        let begins = || begins_legend(label, &cells, gap) || gap && explains_level(&cells) && goes_on(at);
        legend = sparse && (legend || begins());
        if legend || sparse && (is_total(label, &cells) || gap && is_label(label)) {
            out.push(at);
        }
        gap = false;
    }
    out
}

/// Whether a sparse row heads a legend: `Legend:`.
fn begins_legend(label: &str, cells: &[String], gap: bool) -> bool {
    let ends = label.ends_with(':');
    LEGENDS.contains(&folded(label).as_str()) && (gap && ends || cells.len() == 1 && (gap || ends))
}

/// Whether a row says what a level means: `High | above 15`, `1 = rare`, `2 | Unlikely`.
fn explains_level(cells: &[String]) -> bool {
    let Some(label) = cells.first() else { return false };
    let signs = ["=", ": ", " – ", " - "];
    let explained = signs.iter().find_map(|sign| label.split_once(sign)).map(|(level, _)| level);
    let numbered = is_number(label) && cells.get(1).is_some_and(|cell| is_level(cell));
    numbered
        || cells.len() > 1 && is_level(label)
        || explained.is_some_and(|level| is_level(level) || label.contains('=') && is_number(level))
}

/// Whether a sparse row is a line of sums: `Total | 12`.
fn is_total(label: &str, cells: &[String]) -> bool {
    let word = folded(label);
    let is = TOTALS
        .iter()
        .any(|total| word.strip_prefix(total).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
    let mut numbers = cells.iter().skip(1);
    let own = label.rsplit([':', '=', ' ']).next().is_some_and(is_number);
    is && (own || cells.len() > 1) && numbers.all(|cell| is_number(cell))
}

/// Whether a sparse row below an empty one says something of the table: `Prepared by: Ann`.
fn is_label(label: &str) -> bool {
    let name = label.split_once(':').map_or(label, |(name, _)| name);
    LABELS.contains(&folded(name).as_str())
}

/// Whether a row begins with its own level, in the column for it, and has a title: it is one of the list.
fn has_level_and_title(row: &Row, table: &Table) -> bool {
    const LEVELS: [&str; 5] = ["severity", "risk", "likelihood", "impact", "status"];
    let field = |column: usize| table.fields.get(column).and_then(Option::as_deref);
    let filled = |column: &usize| !row.cell(*column).is_empty();
    let first = (0..row.cells.len()).find(filled).and_then(field);
    let titled = (0..row.cells.len()).filter(filled).any(|column| matches!(field(column), Some("title" | "name")));
    titled && first.is_some_and(|field| LEVELS.contains(&field))
}

/// Whether a table explains the levels of others rather than list threats: by the sheet's name, by titles that are levels,
/// or by a column that runs through a scale beside texts that nobody called titles.
pub(super) fn explains_scale(sheet: &Sheet, table: &Table) -> bool {
    let has = |field: &str| table.fields.iter().flatten().any(|known| known == field);
    let listed = ["elements", "status", "mitigation", "existing_controls", "owner", "treatment", "id", "found_by"];
    if table.rows != Rows::Threats || table.said || sheet.name.is_empty() || listed.into_iter().any(has) {
        return false;
    }
    let cells = |column: usize| -> Vec<String> {
        let below = sheet.rows.iter().skip(table.head + 1).map(|row| folded(row.cell(column)));
        below.filter(|cell| !cell.is_empty()).take(40).collect()
    };
    let runs = |column: usize| {
        let found = cells(column);
        let distinct: FxHashSet<&String> = found.iter().collect();
        (2..=10).contains(&found.len())
            && distinct.len() == found.len()
            && found.iter().all(|cell| is_level(cell) || is_number(cell))
    };
    let name = folded(&sheet.name);
    let named = name.split([' ', '-', '/', '&']).any(|word| EXPLAINS.contains(&word));
    let title = table.fields.iter().position(|field| field.as_deref() == Some("title"));
    let levels = title.map(cells).is_some_and(|titles| !titles.is_empty() && titles.iter().all(|it| is_level(it)));
    let heading = title.and_then(|column| table.headings.get(column)).map(|cell| folded(cell)).unwrap_or_default();
    let stands_in = ["description", "beschreibung", "meaning", "definition", "details"].contains(&heading.as_str());
    // A name lowers the bar; it is not enough by itself: a sheet `Risk definitions` may list risks.
    let a_scale = (0..table.fields.len()).any(runs);
    levels || (named || stands_in) && a_scale
}

/// The rows as a text to keep.
pub(super) fn told<'r>(rows: impl Iterator<Item = &'r Row>) -> String {
    let lines: Vec<String> = rows.map(|row| texts(row).join(" | ")).filter(|line| !line.is_empty()).take(200).collect();
    lines.join("\n")
}
