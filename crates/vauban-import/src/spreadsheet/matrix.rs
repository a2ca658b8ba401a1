//! Sheets that set elements against kinds of threats: an element a row, a kind a column, a threat in every filled cell.

use vauban_model::Diagnostic;
use vauban_model::model::ElementRef;
use vauban_model::recorded::Recorded;

use super::columns::HEAD;
use super::lower::Lookup;
use super::raw::{Row, Sheet};
use super::threats::about;
use super::words::{folded, is_everything, normal};
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
    let mut heads = sheet.rows.iter().enumerate().take(HEAD).filter(|(head, _)| !sheet.reaches_down(*head));
    heads.find_map(|(head, row)| {
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
            let elements = elements(draft, lookup, name);
            for (column, kind) in &self.kinds {
                if let Some(said) = Said::of(row.cell(*column)) {
                    threat(draft, &elements, name, kind, &said, row);
                }
            }
            for element in &elements {
                self.remarks(draft, Some(*element), row);
            }
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

/// The elements that a row is about: one, several that exist (`API / Gateway`), or all there is.
fn elements(draft: &Draft, lookup: &Lookup, name: &str) -> Vec<ElementRef> {
    if let Some(one) = lookup.any(name) {
        return vec![one];
    }
    if is_everything(name) || folded(name) == folded(&draft.model.system.name) {
        return vec![ElementRef::SYSTEM];
    }
    let mut found: Vec<ElementRef> = about(name, lookup).iter().filter_map(|part| lookup.any(part)).collect();
    found.dedup();
    found
}

/// What a cell says of a threat: that there is one, how bad it is, what became of it, and a text.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    text: String,
    severity: String,
    status: String,
    /// What stands behind a tick or a state.
    more: String,
}

/// Signs and words behind which a cell goes on after its first word.
const CUTS: [&str; 16] = [
    ":", " - ", " – ", " — ", "(", "[", ",", ";", "\n", " by ", " with ", " via ", " durch ", " par ", " por ", " da ",
];

impl Said {
    /// Nothing for a cell that says that there is no threat.
    fn of(cell: &str) -> Option<Self> {
        let word = normal(cell);
        let none = matches!(word.as_str(), "" | "-" | "–" | "—" | "none" | "keine" | "na" | "0" | "tbd" | "?");
        let state = Recorded::known(cell);
        let plain = cell.chars().all(|it| it.is_alphanumeric() || "/. ".contains(it));
        if none && !cell.contains(['(', '['])
            || yes_no(cell) == Some(false)
            || state == Some(Recorded::NotApplicable) && plain
        {
            return None;
        }
        let mut said = Said::default();
        let cut = CUTS.iter().filter_map(|cut| cell.find(cut)).min();
        let (first, rest) = cut.and_then(|at| cell.split_at_checked(at)).unwrap_or((cell, ""));
        let (first, more) = (first.trim(), inside(rest));
        let ticked = yes_no(first) == Some(true) || matches!(first, "✓" | "✔" | "•" | "●");
        // A word behind the state may take it back: `mitigated (partially)`, `fixed, test pending`.
        let whole = Recorded::known(&format!("{first} ({more})"));
        if ticked {
            said.more = more;
        } else if is_level(first) {
            said.severity = first.to_owned();
            said.text = more;
        } else if yes_no(first) == Some(false) {
            said.status = "not applicable".to_owned();
            said.more = more;
        } else if let (Some(known), Some(whole)) = (Recorded::known(first), whole) {
            said.status = if known == whole { first.to_owned() } else { format!("{first} ({more})") };
            said.more = more;
        } else if state.is_some() {
            said.status = one_line(cell);
        } else {
            said.text = one_line(cell);
        }
        Some(said)
    }
}

/// What stands behind the first word, without the sign or the word that joins it.
fn inside(rest: &str) -> String {
    let rest = rest.trim_start_matches([':', '-', '–', '—', '(', '[', ',', ';', ' ', '\n']);
    let word =
        ["by ", "with ", "via ", "durch ", "par ", "por ", "da "].iter().find_map(|word| rest.strip_prefix(word));
    let rest = word.unwrap_or(rest).trim();
    let opened = ['(', '['].iter().any(|sign| rest.contains(*sign));
    let rest = if opened { rest } else { rest.strip_suffix([')', ']']).unwrap_or(rest) };
    one_line(rest)
}

fn is_level(text: &str) -> bool {
    matches!(
        normal(text).as_str(),
        "low"
            | "medium"
            | "moderate"
            | "high"
            | "critical"
            | "very high"
            | "very low"
            | "niedrig"
            | "gering"
            | "mittel"
            | "hoch"
            | "sehr hoch"
            | "kritisch"
            | "faible"
            | "moyen"
            | "élevé"
            | "critique"
            | "bajo"
            | "medio"
            | "alto"
            | "crítico"
            | "basso"
            | "critico"
            | "l"
            | "m"
            | "h"
    )
}

fn threat(draft: &mut Draft, elements: &[ElementRef], name: &str, kind: &str, said: &Said, row: &Row) {
    let mut threat = blank_threat(row.span);
    threat.title = if said.text.is_empty() { format!("{kind}: {}", one_line(name)) } else { said.text.clone() }.into();
    threat.severity = said.severity.as_str().into();
    threat.status = said.status.as_str().into();
    // Behind what is done stands what does it, behind anything else a remark.
    let done = !said.status.is_empty() && Recorded::of(&said.status) == Recorded::Mitigated;
    let to = if done { &mut threat.mitigation } else { &mut threat.description };
    *to = said.more.as_str().into();
    threat.categories = vec![kind.into()];
    threat.elements = elements.to_vec();
    let place = elements.first().map(|element| draft.model.id(*element).to_owned());
    if elements.is_empty() {
        keep(&mut threat.extras, super::lower::FORMAT, "element", name);
    }
    let wanted = match place {
        Some(place) => format!("{}@{place}", slug(&threat.title, "threat")),
        None => slug(&threat.title, "threat"),
    };
    threat.id = draft.unique_id(Space::Threat, &wanted);
    draft.model.recorded_threats.push(threat);
}

#[cfg(test)]
mod tests {
    use super::Said;

    fn said(cell: &str) -> Option<(String, String, String, String)> {
        Said::of(cell).map(|it| (it.text, it.severity, it.status, it.more))
    }

    #[test]
    fn a_cell_is_a_state_a_level_a_tick_or_a_text_with_more_behind() {
        let four = |text: &str, severity: &str, status: &str, more: &str| {
            Some((text.to_owned(), severity.to_owned(), status.to_owned(), more.to_owned()))
        };
        for (cell, expected) in [
            ("x", four("", "", "", "")),
            ("High", four("", "High", "", "")),
            ("High: SQL injection", four("SQL injection", "High", "", "")),
            ("hoch - Diebstahl", four("Diebstahl", "hoch", "", "")),
            ("mitigated by WAF", four("", "", "mitigated", "WAF")),
            ("Mitigated", four("", "", "Mitigated", "")),
            ("Mitigated (partially)", four("", "", "Mitigated (partially)", "partially")),
            (
                "mitigated by WAF, rollout pending",
                four("", "", "mitigated (WAF, rollout pending)", "WAF, rollout pending"),
            ),
            ("Accepted: internal only", four("", "", "Accepted", "internal only")),
            ("behoben durch Umbau", four("", "", "behoben", "Umbau")),
            ("Yes (see JIRA-1)", four("", "", "", "see JIRA-1")),
            ("No (behind the gateway)", four("", "", "not applicable", "behind the gateway")),
            ("N/A: no logins here", four("", "", "N/A", "no logins here")),
            ("Stolen session (cookies)", four("Stolen session (cookies)", "", "", "")),
            ("Open redirect, phishing", four("Open redirect, phishing", "", "", "")),
            ("N/A", None),
            ("no", None),
            ("not applicable", None),
            ("-", None),
        ] {
            assert_eq!(said(cell), expected, "{cell}");
        }
    }
}
