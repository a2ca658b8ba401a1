//! DREAD, for those who still have it: the mean of five ratings from 0 to 10.
//!
//! From *Threat Modeling* (Swiderski and Snyder, Microsoft Press, 2004). Microsoft gave it up because two people rarely
//! rate alike. The bands are our own, a quarter of the scale each but for the lowest; DREAD has none on this scale.

use vauban_model::scale::Level;
use vauban_model::scoring::{Access, Known, MethodScore, Source};

use super::Method;
use super::inputs::{Inputs, ScoreError, number};

/// The method's id.
pub const ID: &str = "dread";
const VERSION: &str = "DREAD, mean of five from 0 to 10";
const KEYS: [&str; 5] = ["damage", "reproducibility", "exploitability", "affected_users", "discoverability"];
const TAKES: &str = "a number from 0 to 10";

pub(super) fn method() -> Method {
    Method {
        id: ID.into(),
        name: "DREAD (historical)".into(),
        version: VERSION.into(),
        source: "Swiderski and Snyder, Threat Modeling, 2004; bands our own".into(),
        inputs: KEYS.iter().map(|key| ((*key).into(), TAKES.into())).collect(),
    }
}

fn known_rating(key: &str, known: &Known) -> (Source, String, String) {
    let of_five = |at: usize| (2 * (at + 1)).to_string();
    let success = format!("somebody in place succeeds with likelihood {}", known.success.as_str());
    match key {
        "damage" => (
            Source::Model,
            of_five(known.impact.index()),
            format!("the worst that it leads to has impact {} of 5, counted double", known.impact.level()),
        ),
        "reproducibility" => (Source::Model, of_five(known.success.index()), success),
        "exploitability" => match (known.initiation, known.access) {
            (None, _) => (Source::Model, "1".to_owned(), "no attacker considered gets there".to_owned()),
            (_, Access::Nothing) => (Source::Model, "10".to_owned(), "nothing but a way there is needed".to_owned()),
            (_, Access::Ordinary) => {
                (Source::Model, "6".to_owned(), "an account or code somewhere is needed first".to_owned())
            }
            (_, Access::Administrative) => {
                (Source::Model, "3".to_owned(), "administrative rights are needed first".to_owned())
            }
        },
        "affected_users" => (Source::Assumed, "5".to_owned(), "nothing says how many people it concerns".to_owned()),
        _ => (Source::Assumed, "10".to_owned(), "obscurity is not counted on, as is usual".to_owned()),
    }
}

pub(super) fn score(known: &Known, given: &[(String, String)]) -> Result<MethodScore, ScoreError> {
    let mut inputs = Inputs::new(given, &KEYS)?;
    let mut sum = 0.0;
    for key in KEYS {
        sum += inputs.take(key, |text| number(text, 10.0), TAKES, known_rating(key, known))?;
    }
    let mean = sum / KEYS.len() as f64;
    let level = match mean {
        _ if mean >= 7.5 => Level::Critical,
        _ if mean >= 5.0 => Level::High,
        _ if mean >= 2.5 => Level::Medium,
        _ => Level::Low,
    };
    Ok(MethodScore {
        method: ID.into(),
        version: VERSION.into(),
        finding: known.finding.clone(),
        inputs: inputs.inputs,
        steps: vec![format!("The mean of the five is {mean:.1}: {}.", level.as_str()).into()],
        result: format!("{mean:.1} {}", level.as_str()).into(),
        figure: Some(mean),
        vector: None,
        level,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{given, open_upload};
    use super::*;

    #[test]
    fn the_mean_decides() {
        let of = |values: [&str; 5]| {
            let pairs: Vec<(&str, &str)> = KEYS.into_iter().zip(values).collect();
            let found = score(&open_upload(), &given(&pairs)).unwrap();
            (found.figure.unwrap(), found.level)
        };
        assert_eq!(of(["8", "10", "7", "10", "10"]), (9.0, Level::Critical));
        assert_eq!(of(["5", "5", "5", "5", "5"]), (5.0, Level::High));
        assert_eq!(of(["0", "0", "0", "0", "10"]), (2.0, Level::Low));
    }
}
