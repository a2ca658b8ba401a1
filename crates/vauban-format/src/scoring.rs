//! The part of a methodology that says how other scores are reckoned: matrices of other sizes, tables of NIST SP 800-30.

use serde_json::{Value, json};
use vauban_model::Diagnostic;
use vauban_model::scale::Level;
use vauban_model::scoring::{NamedMatrix, Scoring};
use vauban_syntax::Node;

use crate::document::{said, top};
use crate::emit::Out;
use crate::methodology::{level, texts};
use crate::report::Report;

const KEYS: [&str; 3] = ["matrices", "nist_likelihood", "nist_risk"];
const MATRIX_KEYS: [&str; 3] = ["likelihood", "impact", "risk"];
const NIST: [&str; 5] = ["very-low", "low", "moderate", "high", "very-high"];
/// Steps of a scale.
const STEPS: std::ops::RangeInclusive<usize> = 2..=10;
/// Names that mean something else.
const TAKEN: [&str; 6] = ["matrix", "owasp-risk-rating", "nist-800-30", "cvss-3.1", "cvss-4.0", "dread"];

pub(crate) fn read(scoring: &mut Scoring, node: &Node, report: &mut Report) {
    for entry in top(node, "`scoring`", report) {
        match &*entry.key {
            "matrices" => {
                for entry in top(&entry.value, "`matrices`", report) {
                    if TAKEN.contains(&&*entry.key) {
                        let message = format!("a method of scoring is called `{}` already", entry.key);
                        report.push(
                            Diagnostic::error("name-is-taken", entry.key_span, message)
                                .help("give the matrix another name"),
                        );
                    } else if let Some(matrix) = matrix(&entry.key, &entry.value, report) {
                        scoring.matrices.retain(|known| known.name != matrix.name);
                        scoring.matrices.push(matrix);
                    }
                }
            }
            "nist_likelihood" => table(&mut scoring.nist_likelihood, "nist_likelihood", &entry.value, report),
            "nist_risk" => table(&mut scoring.nist_risk, "nist_risk", &entry.value, report),
            other => report.unknown_key(other, entry.key_span, "`scoring`", &KEYS),
        }
    }
}

fn matrix(name: &str, node: &Node, report: &mut Report) -> Option<NamedMatrix> {
    let mut found = NamedMatrix { name: name.into(), likelihood: Vec::new(), impact: Vec::new(), risk: Vec::new() };
    for entry in top(node, "a matrix", report) {
        match &*entry.key {
            "likelihood" => found.likelihood = texts("likelihood", &entry.value, report),
            "impact" => found.impact = texts("impact", &entry.value, report),
            "risk" => {
                for row in entry.value.as_sequence().unwrap_or_default() {
                    let cells = row.as_sequence().unwrap_or_default();
                    found.risk.push(cells.iter().filter_map(|cell| level("risk", cell, report)).collect());
                }
            }
            other => report.unknown_key(other, entry.key_span, "a matrix", &MATRIX_KEYS),
        }
    }
    let (rows, columns) = (found.likelihood.len(), found.impact.len());
    let fits = STEPS.contains(&rows)
        && STEPS.contains(&columns)
        && found.risk.len() == rows
        && found.risk.iter().all(|row| row.len() == columns);
    if !fits {
        let message = format!("the matrix `{name}` does not have a level of risk for each likelihood and impact");
        report.push(Diagnostic::error("matrix-does-not-fit", node.span, message).help(
            "name two to ten steps each under `likelihood` and `impact`, least first, and under `risk` write a row for \
             each likelihood with a level for each impact",
        ));
        return None;
    }
    falls(&found, node, report);
    Some(found)
}

/// More likelihood or more impact that gives less risk is hardly meant.
fn falls(matrix: &NamedMatrix, node: &Node, report: &mut Report) {
    let along_rows = matrix.risk.iter().any(|row| row.windows(2).any(|two| two.first() > two.last()));
    let along_columns = matrix.risk.windows(2).any(|two| match two {
        [less, more] => less.iter().zip(more).any(|(less, more)| less > more),
        _ => false,
    });
    if along_rows || along_columns {
        let message = format!("the matrix `{}` falls: a higher likelihood or impact gives a lower risk", matrix.name);
        report.push(
            Diagnostic::warning("not-monotone", node.span, message)
                .help("rows run from the least likelihood, columns from the least impact; let risk grow along both"),
        );
    }
}

/// A table of NIST's, by the words of its scale or as rows in order; what is not said stays.
fn table(slots: &mut [[u8; 5]; 5], key: &str, node: &Node, report: &mut Report) {
    for entry in top(node, &format!("`{key}`"), report) {
        let row = NIST.iter().position(|word| *word == &*entry.key).and_then(|at| slots.get_mut(at));
        let Some(row) = row else {
            report.unknown_key(&entry.key, entry.key_span, &format!("`{key}`"), &NIST);
            continue;
        };
        let words = entry.value.as_sequence().unwrap_or_default();
        let cells: Vec<u8> = words
            .iter()
            .filter_map(|word| NIST.iter().position(|known| word.as_str() == Some(known)))
            .filter_map(|at| u8::try_from(at).ok())
            .collect();
        match <[u8; 5]>::try_from(cells) {
            Ok(cells) => *row = cells,
            Err(_) => {
                let message = format!("a row of `{key}` takes five of the scale's words, not {}", said(&entry.value));
                report.push(
                    Diagnostic::error("expected-list", entry.value.span, message)
                        .help(format!("one for each column, from very-low to very-high: {}", NIST.join(", "))),
                );
            }
        }
    }
}

/// As it is read again; `None` when nothing differs from the default.
pub(crate) fn write(scoring: &Scoring) -> Option<Out> {
    let usual = Scoring::default();
    let mut entries = Vec::new();
    if !scoring.matrices.is_empty() {
        let matrix = |matrix: &NamedMatrix| {
            let rows = matrix.risk.iter().map(|row| Out::List(row.iter().map(|l| Out::text(l.as_str())).collect()));
            let keys = [
                ("likelihood", Out::texts(&matrix.likelihood)),
                ("impact", Out::texts(&matrix.impact)),
                ("risk", Out::List(rows.collect())),
            ];
            (matrix.name.to_string(), Out::Block(keys.map(|(key, value)| (key.to_owned(), value)).into()))
        };
        entries.push(("matrices".to_owned(), Out::Block(scoring.matrices.iter().map(matrix).collect())));
    }
    let word = |at: &u8| Out::text(NIST.get(usize::from(*at)).copied().unwrap_or("very-high"));
    for (key, table, usual) in [
        ("nist_likelihood", &scoring.nist_likelihood, &usual.nist_likelihood),
        ("nist_risk", &scoring.nist_risk, &usual.nist_risk),
    ] {
        if table != usual {
            let rows = NIST
                .iter()
                .zip(table)
                .map(|(name, row)| ((*name).to_owned(), Out::List(row.iter().map(word).collect())));
            entries.push((key.to_owned(), Out::Block(rows.collect())));
        }
    }
    (!entries.is_empty()).then_some(Out::Block(entries))
}

pub(crate) fn schema() -> Value {
    let steps =
        json!({"type": "array", "items": {"type": "string"}, "minItems": STEPS.start(), "maxItems": STEPS.end()});
    let row = json!({"type": "array", "items": {"enum": Level::ALL.map(Level::as_str)}});
    let nist = |what: &str| {
        let row = json!({"type": "array", "items": {"enum": NIST}, "minItems": 5, "maxItems": 5});
        let rows: serde_json::Map<String, Value> = NIST.iter().map(|word| ((*word).to_owned(), row.clone())).collect();
        json!({"type": "object", "description": what, "additionalProperties": false, "properties": rows})
    };
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "matrices": {
                "type": "object",
                "description": "Matrices of other sizes by name, each a method of `vauban score`.",
                "additionalProperties": {
                    "type": "object",
                    "required": MATRIX_KEYS,
                    "additionalProperties": false,
                    "properties": {
                        "likelihood": steps,
                        "impact": steps,
                        "risk": {"type": "array", "items": row}
                    }
                }
            },
            "nist_likelihood": nist("Table G-5: by likelihood of initiation, a row for each of adverse impact."),
            "nist_risk": nist("Table I-2: by overall likelihood, a row for each impact.")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InputFile, read_methodology, write_methodology};
    use vauban_model::FileId;
    use vauban_model::scale::Methodology;

    fn of(text: &str) -> (Methodology, Vec<Diagnostic>) {
        read_methodology(&[InputFile { id: FileId(0), name: "m.yaml", text }])
    }

    const COARSE: &str = "scoring:\n  matrices:\n    coarse:\n      likelihood: [low, high]\n      impact: [small, \
                          middling, large]\n      risk: [[low, low, medium], [low, high, critical]]\n  nist_risk:\n    \
                          high: [low, low, moderate, high, very-high]\n";

    #[test]
    fn what_is_written_is_read_again() {
        let (methodology, said) = of(COARSE);
        assert!(said.is_empty(), "{said:?}");
        let matrix = &methodology.scoring.matrices[0];
        assert_eq!((&*matrix.name, matrix.risk[1][2]), ("coarse", Level::Critical));
        assert_eq!(methodology.scoring.nist_risk[3], [1, 1, 2, 3, 4]);
        let (again, said) = of(&write_methodology(&methodology));
        assert!(said.is_empty(), "{said:?}");
        assert_eq!(again, methodology);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_what_falls_is_told() {
        for (from, to, code) in [
            ("[low, high, critical]]", "[low, high]]", "matrix-does-not-fit"),
            ("likelihood: [low, high]", "likelihood: [low]", "matrix-does-not-fit"),
            ("[low, high, critical]]", "[low, low, low]]", "not-monotone"),
            ("    coarse:", "    dread:", "name-is-taken"),
            ("high: [low, low, moderate, high, very-high]", "high: [low, low]", "expected-list"),
        ] {
            let (_, said) = of(&COARSE.replace(from, to));
            assert_eq!(said.iter().map(|d| d.code).collect::<Vec<_>>(), [code], "{to}");
        }
    }
}
