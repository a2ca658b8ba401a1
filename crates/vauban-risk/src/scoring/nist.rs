//! NIST SP 800-30 revision 1: adversarial threat events by tables G-5 and I-2.
//!
//! Tables from *Guide for Conducting Risk Assessments*, September 2012 (public domain), appendices G, H and I. Both are
//! part of the methodology and can be edited: the FAIR Institute showed that G-5 can rate the whole above its parts.

use vauban_model::scale::{Level, Likelihood};
use vauban_model::scoring::{Known, MethodScore, Scoring, Source};

use super::Method;
use super::inputs::{Inputs, ScoreError};

/// The method's id.
pub const ID: &str = "nist-800-30";
const VERSION: &str = "NIST SP 800-30 r1 (2012), adversarial";
const WORDS: [&str; 5] = ["very-low", "low", "moderate", "high", "very-high"];
/// Semi-quantitative values of tables G-2 to I-3, on the scale from 0 to 10.
const VALUES: [u8; 5] = [0, 2, 5, 8, 10];

pub(super) fn method() -> Method {
    let input = |key: &str| (key.into(), WORDS.join(", ").into());
    Method {
        id: ID.into(),
        name: "NIST SP 800-30".into(),
        version: VERSION.into(),
        source: "NIST SP 800-30 r1, tables G-2, G-4, G-5, H-3, I-2".into(),
        inputs: vec![input("initiation"), input("adverse_impact"), input("impact")],
    }
}

fn word(at: usize) -> &'static str {
    WORDS.get(at).copied().unwrap_or("very-low")
}

/// By row and column, both least first; numbers beyond the scale count as its end.
fn cell(table: &[[u8; 5]; 5], row: usize, column: usize) -> usize {
    usize::from(table.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)).min(4)
}

pub(super) fn score(known: &Known, given: &[(String, String)], scoring: &Scoring) -> Result<MethodScore, ScoreError> {
    let mut inputs = Inputs::new(given, &["initiation", "adverse_impact", "impact"])?;
    let place = |text: &str| WORDS.iter().position(|word| word.eq_ignore_ascii_case(text));
    let takes = WORDS.join(", ");
    let said = |at: usize, why: String| (Source::Model, word(at).to_owned(), why);
    let initiation = inputs.take(
        "initiation",
        place,
        &takes,
        match known.initiation {
            Some(tries) => {
                said(tries.index(), format!("the most eager attacker who gets there is called {}", tries.as_str()))
            }
            None => said(0, "no attacker considered gets there".to_owned()),
        },
    )?;
    let success: Likelihood = known.success;
    let adverse = inputs.take(
        "adverse_impact",
        place,
        &takes,
        said(success.index(), format!("somebody in place succeeds with likelihood {}", success.as_str())),
    )?;
    let impact = inputs.take(
        "impact",
        place,
        &takes,
        said(known.impact.index(), format!("the worst that it leads to has impact {} of 5", known.impact.level())),
    )?;
    let overall = cell(&scoring.nist_likelihood, initiation, adverse);
    let risk = cell(&scoring.nist_risk, overall, impact);
    let edited = |is: bool| if is { " (edited in the methodology)" } else { "" };
    let usual = Scoring::default();
    let steps = vec![
        format!(
            "Initiation {} and adverse impact {} make an overall likelihood of {} by table G-5{}.",
            word(initiation),
            word(adverse),
            word(overall),
            edited(scoring.nist_likelihood != usual.nist_likelihood)
        )
        .into(),
        format!(
            "Overall likelihood {} and impact {} make a risk of {} ({} of 10) by table I-2{}.",
            word(overall),
            word(impact),
            word(risk),
            VALUES.get(risk).copied().unwrap_or(0),
            edited(scoring.nist_risk != usual.nist_risk)
        )
        .into(),
    ];
    Ok(MethodScore {
        method: ID.into(),
        version: VERSION.into(),
        finding: known.finding.clone(),
        inputs: inputs.inputs,
        steps,
        result: word(risk).into(),
        figure: VALUES.get(risk).copied().map(f64::from),
        vector: None,
        // Five levels on four: very low and low are both low.
        level: match risk {
            0 | 1 => Level::Low,
            2 => Level::Medium,
            3 => Level::High,
            _ => Level::Critical,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{given, open_upload};
    use super::*;

    /// The tables in the order in which they are printed: rows from very high to very low, columns from very low to very high.
    const G5: [&str; 5] = ["LMHVV", "LMMHV", "LLMMH", "vLLMM", "vvLLL"];
    const I2: [&str; 5] = ["vLMHV", "vLMHV", "vLMMH", "vLLLM", "vvvLL"];

    #[test]
    fn every_cell_is_where_the_standard_has_it() {
        let letter = |at: usize| ["v", "L", "M", "H", "V"][at];
        let scoring = Scoring::default();
        for (table, printed) in [(scoring.nist_likelihood, G5), (scoring.nist_risk, I2)] {
            for (row, line) in printed.iter().enumerate() {
                let ours: String = (0..5).map(|column| letter(cell(&table, 4 - row, column))).collect();
                assert_eq!(ours, *line, "row {row}");
            }
        }
    }

    #[test]
    fn a_risk_is_looked_up_twice() {
        let pairs = given(&[("initiation", "high"), ("adverse_impact", "moderate"), ("impact", "very-high")]);
        let found = score(&open_upload(), &pairs, &Scoring::default()).unwrap();
        // High and moderate: moderate; moderate and very high: high.
        assert_eq!((&*found.result, found.figure, found.level), ("high", Some(8.0), Level::High));
        let mut edited = Scoring::default();
        edited.nist_likelihood[3][2] = 4;
        let found = score(&open_upload(), &pairs, &edited).unwrap();
        assert_eq!(&*found.result, "very-high");
        assert!(found.steps[0].contains("edited") && !found.steps[1].contains("edited"));
    }
}
