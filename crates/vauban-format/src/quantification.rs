//! The part of a methodology that puts risk into money.

use serde_json::{Value, json};
use vauban_model::quantification::{Attempts, GoalLoss, Loss, Quantification};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use crate::document::{said, top};
use crate::emit::Out;
use crate::methodology::set_text;
use crate::report::Report;

const KEYS: [&str; 4] = ["currency", "attempts_per_year", "loss", "goals"];
const LOSS_KEYS: [&str; 5] = ["low", "high", "least", "likely", "most"];
const IMPACTS: [&str; 5] = ["1", "2", "3", "4", "5"];
/// The largest amount: one that a float still holds exactly.
const MOST: f64 = 9e15;

pub(crate) fn read(node: &Node, report: &mut Report) -> Quantification {
    let mut found = Quantification { currency: "EUR".into(), ..Quantification::default() };
    for entry in top(node, "`quantification`", report) {
        match &*entry.key {
            "currency" => set_text(&mut found.currency, "currency", &entry.value, report),
            "attempts_per_year" => found.attempts = attempts(&entry.value, report),
            "loss" => losses(&mut found.loss, &entry.value, report),
            "goals" => found.goals = goals(&entry.value, report),
            other => report.unknown_key(other, entry.key_span, "`quantification`", &KEYS),
        }
    }
    found
}

fn attempts(node: &Node, report: &mut Report) -> Vec<Attempts> {
    let mut out = Vec::new();
    for entry in top(node, "`attempts_per_year`", report) {
        if let Some(number) = decimal("attempts_per_year", &entry.value, 1e3, report) {
            out.push(Attempts { of: (*entry.key).into(), per_thousand_years: (number * 1_000.0).round() as u64 });
        }
    }
    out
}

fn losses(slots: &mut [Option<Loss>; 5], node: &Node, report: &mut Report) {
    for entry in top(node, "`loss`", report) {
        let slot = IMPACTS.iter().position(|impact| *impact == &*entry.key).and_then(|at| slots.get_mut(at));
        match slot {
            Some(slot) => *slot = loss(&entry.value, report),
            None => report.unknown_key(&entry.key, entry.key_span, "`loss`", &IMPACTS),
        }
    }
}

fn goals(node: &Node, report: &mut Report) -> Vec<GoalLoss> {
    let entries = top(node, "`goals`", report);
    entries
        .iter()
        .filter_map(|entry| Some(GoalLoss { goal: (*entry.key).into(), loss: loss(&entry.value, report)? }))
        .collect()
}

fn loss(node: &Node, report: &mut Report) -> Option<Loss> {
    let mut amounts = [None; 5];
    let entries = top(node, "a loss", report);
    for entry in entries {
        let slot = LOSS_KEYS.iter().position(|key| *key == &*entry.key).and_then(|at| amounts.get_mut(at));
        match slot {
            Some(slot) => *slot = decimal(&entry.key, &entry.value, MOST, report).map(|amount| amount.round() as u64),
            None => report.unknown_key(&entry.key, entry.key_span, "a loss", &LOSS_KEYS),
        }
    }
    let found = match amounts {
        [Some(low), Some(high), None, None, None] if 0 < low && low <= high => Some(Loss::Range { low, high }),
        [None, None, Some(least), Some(likely), Some(most)] if least <= likely && likely <= most => {
            Some(Loss::Pert { least, likely, most })
        }
        _ => None,
    };
    if found.is_none() && !entries.is_empty() {
        refuse(node.span, report);
    }
    found
}

fn refuse(span: Span, report: &mut Report) {
    report.push(Diagnostic::error("not-a-loss", span, "this is not a loss that can be calculated with").help(
        "write the range that holds it in nine of ten cases, `{low: 1000, high: 50000}` with `low` more than 0, \
         or `{least: 0, likely: 5000, most: 90000}`; amounts grow from left to right",
    ));
}

fn decimal(key: &str, node: &Node, most: f64, report: &mut Report) -> Option<f64> {
    let number = node.as_f64().or_else(|| node.as_i64().map(|whole| whole as f64));
    let number = number.filter(|number| (0.0..=most).contains(number));
    if number.is_none() {
        let message = format!("`{key}` takes numbers from 0 to {most}, not {}", said(node));
        report.push(Diagnostic::error("expected-number", node.span, message).help("write a number, such as 0.5 or 12"));
    }
    number
}

/// As it is read again.
pub(crate) fn write(found: &Quantification) -> Out {
    let amounts = |pairs: &[(&str, u64)]| {
        Out::Map(pairs.iter().map(|(key, amount)| ((*key).to_owned(), Out::Bare(amount.to_string()))).collect())
    };
    let loss = |loss: &Loss| match *loss {
        Loss::Range { low, high } => amounts(&[("low", low), ("high", high)]),
        Loss::Pert { least, likely, most } => amounts(&[("least", least), ("likely", likely), ("most", most)]),
    };
    let attempts = found.attempts.iter().map(|entry| {
        let number = entry.per_thousand_years;
        (entry.of.to_string(), Out::Bare(format!("{}.{:03}", number / 1_000, number % 1_000)))
    });
    let mut entries = vec![("currency".to_owned(), Out::text(&found.currency))];
    if !found.attempts.is_empty() {
        entries.push(("attempts_per_year".to_owned(), Out::Block(attempts.collect())));
    }
    let by_impact: Vec<(String, Out)> = IMPACTS
        .iter()
        .zip(&found.loss)
        .filter_map(|(impact, known)| Some(((*impact).to_owned(), loss(known.as_ref()?))))
        .collect();
    if !by_impact.is_empty() {
        entries.push(("loss".to_owned(), Out::Block(by_impact)));
    }
    if !found.goals.is_empty() {
        let goals = found.goals.iter().map(|entry| (entry.goal.to_string(), loss(&entry.loss)));
        entries.push(("goals".to_owned(), Out::Block(goals.collect())));
    }
    Out::Block(entries)
}

pub(crate) fn schema() -> Value {
    let amount = |least: i64| json!({"type": "number", "minimum": least, "maximum": MOST});
    let loss = json!({"anyOf": [
        {
            "type": "object", "required": ["low", "high"], "additionalProperties": false,
            "properties": {"low": amount(1), "high": amount(1)}
        },
        {
            "type": "object", "required": ["least", "likely", "most"], "additionalProperties": false,
            "properties": {"least": amount(0), "likely": amount(0), "most": amount(0)}
        },
    ]});
    let by_impact: serde_json::Map<String, Value> =
        IMPACTS.iter().map(|impact| ((*impact).to_owned(), loss.clone())).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "currency": {"type": "string", "description": "As it is written behind amounts."},
            "attempts_per_year": {
                "type": "object",
                "description": "Attempts a year, by likelihood of an attacker or by an attacker's id.",
                "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1_000}
            },
            "loss": {
                "type": "object",
                "description": "What an attack costs, by the worst impact it reaches.",
                "additionalProperties": false,
                "properties": by_impact
            },
            "goals": {
                "type": "object",
                "description": "Goals with a loss of their own, such as `read@customer-data`.",
                "additionalProperties": loss
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InputFile, read_methodology, write_methodology};
    use vauban_model::FileId;

    fn of(text: &str) -> (vauban_model::scale::Methodology, Vec<Diagnostic>) {
        read_methodology(&[InputFile { id: FileId(0), name: "m.yaml", text }])
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = "quantification:\n  currency: CHF\n  attempts_per_year: {likely: 0.5, internet: 12}\n  loss:\n    \
                    2: {low: 1000, high: 5000}\n    5: {least: 0, likely: 100, most: 9000}\n  goals:\n    \
                    read@orders: {low: 10, high: 20}\n";
        let (methodology, said) = of(text);
        assert!(said.is_empty(), "{said:?}");
        let found = methodology.quantification.clone().unwrap();
        assert_eq!(found.attempts[0].per_thousand_years, 500);
        assert_eq!(found.loss[4], Some(Loss::Pert { least: 0, likely: 100, most: 9000 }));
        assert_eq!(found.of_goal("read@orders"), Some(Loss::Range { low: 10, high: 20 }));
        let (again, said) = of(&write_methodology(&methodology));
        assert!(said.is_empty(), "{said:?}");
        assert_eq!(again, methodology);
    }

    #[test]
    fn a_loss_that_cannot_be_is_refused_with_what_to_write() {
        for loss in ["{low: 0, high: 5}", "{low: 9, high: 5}", "{low: 5}", "{least: 3, likely: 2, most: 9}"] {
            let (methodology, said) = of(&format!("quantification:\n  loss:\n    1: {loss}\n"));
            assert_eq!(said.iter().map(|d| d.code).collect::<Vec<_>>(), ["not-a-loss"], "{loss}");
            assert_eq!(methodology.quantification.unwrap().loss[0], None);
        }
    }
}
