//! Sheets that set elements against kinds of threats: an element a row, a kind a column, a threat in every filled cell.

use vauban_model::Diagnostic;
use vauban_model::model::ElementRef;
use vauban_model::recorded::Recorded;

use super::columns::HEAD;
use super::lower::Lookup;
use super::raw::{Row, Sheet};
use super::words::normal;
use crate::draft::{Draft, Space, blank_threat, one_line, slug};
use crate::extras::keep;
use crate::kept::yes_no;
use crate::log::short;

/// Kinds of threats, by the words that head such columns.
const KINDS: [(&str, &[&str]); 13] = [
    ("Spoofing", &["spoofing", "s", "identitätsfälschung", "usurpation", "usurpation d'identité", "suplantación"]),
    ("Tampering", &["tampering", "t", "manipulation", "altération", "falsification", "manipulación"]),
    ("Repudiation", &["repudiation", "r", "abstreitbarkeit", "répudiation", "repudio"]),
    (
        "Information disclosure",
        &[
            "information disclosure",
            "info disclosure",
            "i",
            "offenlegung",
            "offenlegung von informationen",
            "divulgation d'information",
            "divulgation d'informations",
            "divulgación de información",
        ],
    ),
    (
        "Denial of service",
        &["denial of service", "dos", "d", "dienstverweigerung", "déni de service", "denegación de servicio"],
    ),
    (
        "Elevation of privilege",
        &[
            "elevation of privilege",
            "elevation of privileges",
            "privilege escalation",
            "eop",
            "e",
            "rechteausweitung",
            "élévation de privilège",
            "élévation de privilèges",
            "elevación de privilegios",
        ],
    ),
    ("Linking", &["linking", "linkability"]),
    ("Identifying", &["identifying", "identifiability"]),
    ("Non-repudiation", &["non-repudiation"]),
    ("Detecting", &["detecting", "detectability"]),
    ("Data disclosure", &["data disclosure", "disclosure of information"]),
    ("Unawareness", &["unawareness", "unawareness & unintervenability", "unawareness and unintervenability"]),
    ("Non-compliance", &["non-compliance"]),
];
/// Columns of kinds that such a sheet has at least.
const FEWEST: usize = 3;

/// A sheet that was understood so.
pub(super) struct Matrix<'s> {
    sheet: &'s Sheet,
    /// Index of the row with the headings.
    pub(super) head: usize,
    /// The column with the names.
    names: usize,
    /// Columns of threats, and their kind.
    kinds: Vec<(usize, &'static str)>,
}

/// Finds out whether a sheet is one.
pub(super) fn matrix(sheet: &Sheet) -> Option<Matrix<'_>> {
    let kind = |cell: &String| {
        let word = normal(cell);
        KINDS
            .iter()
            .find(|(_, words)| words.contains(&word.as_str()))
            .map(|(kind, _)| (*kind, word.chars().count() == 1))
    };
    sheet.rows.iter().enumerate().take(HEAD).find_map(|(head, row)| {
        let found: Vec<(usize, (&'static str, bool))> =
            row.cells.iter().enumerate().filter_map(|(at, cell)| Some((at, kind(cell)?))).collect();
        // Bare letters mean the six together only.
        let letters = found.iter().filter(|(_, (_, letter))| *letter).count();
        let kinds: Vec<(usize, &'static str)> = found
            .into_iter()
            .filter(|(_, (_, letter))| !*letter || letters == 6)
            .map(|(at, (kind, _))| (at, kind))
            .collect();
        let first = kinds.first()?.0;
        let names = (0..first).find(|column| !row.cell(*column).is_empty()).or((first > 0).then_some(0))?;
        (kinds.len() >= FEWEST).then_some(Matrix { sheet, head, names, kinds })
    })
}

impl<'s> Matrix<'s> {
    fn rows(&self) -> impl Iterator<Item = &'s Row> + use<'s> {
        self.sheet.rows.iter().skip(self.head + 1)
    }

    /// The names of the elements, and their rows.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'s str, &'s Row)> + use<'s> {
        let column = self.names;
        self.rows().map(move |row| (row.cell(column), row)).filter(|(name, _)| !name.is_empty())
    }

    /// Records the threats of all cells, and says so.
    pub(super) fn threats(&self, draft: &mut Draft, lookup: &Lookup) {
        let before = draft.model.recorded_threats.len();
        for (name, row) in self.names() {
            for (column, kind) in &self.kinds {
                let cell = row.cell(*column);
                let nothing = matches!(normal(cell).as_str(), "" | "-" | "–" | "—" | "none" | "keine" | "na" | "0")
                    || Recorded::known(cell) == Some(Recorded::NotApplicable);
                if !nothing && yes_no(cell) != Some(false) {
                    threat(draft, lookup.any(name), name, kind, cell, row);
                }
            }
            self.remarks(draft, lookup.any(name), row);
        }
        let number = draft.model.recorded_threats.len() - before;
        let Some(head) = self.sheet.rows.get(self.head) else { return };
        let message = format!(
            "the sheet `{}` sets elements against kinds of threats: {number} cells were read as threats",
            short(&self.sheet.name)
        );
        draft.log.push(Diagnostic::note("import-matrix", head.span, message));
    }

    /// What other columns say stays beside the element.
    fn remarks(&self, draft: &mut Draft, element: Option<ElementRef>, row: &Row) {
        let Some(head) = self.sheet.rows.get(self.head) else { return };
        let other = |column: &usize| *column != self.names && self.kinds.iter().all(|(kind, _)| kind != column);
        for column in (0..row.cells.len()).filter(other) {
            let (heading, text) = (one_line(head.cell(column)), row.cell(column));
            if let (false, Some(element)) = (text.is_empty(), element.and_then(|it| draft.model.get_mut(it))) {
                let heading = if heading.is_empty() { format!("column {}", column + 1) } else { heading };
                keep(&mut element.extras, super::lower::FORMAT, &heading, text);
            }
        }
    }
}

fn threat(draft: &mut Draft, element: Option<ElementRef>, name: &str, kind: &str, cell: &str, row: &Row) {
    let mut threat = blank_threat(row.span);
    let word = normal(cell);
    let ticked = yes_no(cell).is_some() || matches!(word.as_str(), "x" | "✓" | "✔" | "•" | "●" | "1");
    let level = matches!(
        word.as_str(),
        "low"
            | "medium"
            | "high"
            | "critical"
            | "very high"
            | "very low"
            | "niedrig"
            | "mittel"
            | "hoch"
            | "kritisch"
            | "faible"
            | "moyen"
            | "élevé"
            | "l"
            | "m"
            | "h"
    );
    let text = one_line(cell);
    threat.title = if ticked || level { format!("{kind}: {}", one_line(name)) } else { text }.into();
    if level {
        threat.severity = cell.into();
    }
    threat.categories = vec![kind.into()];
    let place = element.map(|element| draft.model.id(element).to_owned());
    match element {
        Some(element) => threat.elements.push(element),
        None => keep(&mut threat.extras, super::lower::FORMAT, "element", name),
    }
    let wanted = match place {
        Some(place) => format!("{}@{place}", slug(&threat.title, "threat")),
        None => slug(&threat.title, "threat"),
    };
    threat.id = draft.unique_id(Space::Threat, &wanted);
    draft.model.recorded_threats.push(threat);
}
