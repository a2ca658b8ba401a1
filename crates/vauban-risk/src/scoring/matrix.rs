//! Likelihood by impact in a table: the methodology's own five by five, and those of other sizes that it defines.

use vauban_model::scale::{Level, Likelihood, Methodology};
use vauban_model::scoring::{Known, MethodScore, NamedMatrix, Source};

use super::Method;
use super::inputs::{Inputs, ScoreError};

/// The methodology's own matrix.
pub const ID: &str = "matrix";

fn own(methodology: &Methodology) -> NamedMatrix {
    NamedMatrix {
        name: ID.into(),
        likelihood: Likelihood::ALL.iter().map(|likelihood| likelihood.as_str().into()).collect(),
        impact: (1..=5).map(|impact| impact.to_string().into()).collect(),
        risk: methodology.matrix.iter().map(|row| row.to_vec()).collect(),
    }
}

/// The matrices as methods.
pub(super) fn methods(methodology: &Methodology) -> Vec<Method> {
    std::iter::once(own(methodology))
        .chain(methodology.scoring.matrices.iter().cloned())
        .map(|matrix| Method {
            id: matrix.name.clone(),
            name: format!("Matrix of {} by {}", matrix.likelihood.len(), matrix.impact.len()).into(),
            version: methodology.name.clone(),
            source: "the methodology in force".into(),
            inputs: vec![
                ("likelihood".into(), matrix.likelihood.join(", ").into()),
                ("impact".into(), matrix.impact.join(", ").into()),
            ],
        })
        .collect()
}

/// The step of a scale of `steps` that a step of a scale of five falls on: the scales are laid over each other, and what
/// falls between two steps takes the higher, so that a coarser scale never says less.
fn step(of_five: usize, steps: usize) -> usize {
    let last = steps.saturating_sub(1);
    (of_five * last).div_ceil(4).min(last)
}

/// Scores by the matrix of a name; `None` when the methodology has none of that name.
pub(super) fn score(
    name: &str,
    known: &Known,
    given: &[(String, String)],
    methodology: &Methodology,
) -> Option<Result<MethodScore, ScoreError>> {
    let matrix = match name {
        ID => own(methodology),
        name => methodology.scoring.matrices.iter().find(|matrix| &*matrix.name == name)?.clone(),
    };
    Some(reckon(&matrix, known, given, methodology))
}

fn reckon(
    matrix: &NamedMatrix,
    known: &Known,
    given: &[(String, String)],
    methodology: &Methodology,
) -> Result<MethodScore, ScoreError> {
    let mut inputs = Inputs::new(given, &["likelihood", "impact"])?;
    let place = |words: &[Box<str>], word: &str| words.iter().position(|known| known.eq_ignore_ascii_case(word));
    let mut axis = |key: &str, words: &[Box<str>], of_five: usize, said: String| {
        let word = words.get(step(of_five, words.len())).map(|word| word.to_string()).unwrap_or_default();
        inputs.take(key, |word| place(words, word), &words.join(", "), (Source::Model, word, said))
    };
    let row = axis(
        "likelihood",
        &matrix.likelihood,
        known.likelihood.index(),
        format!("the analysis finds it {}, getting there and what it leads to included", known.likelihood.as_str()),
    )?;
    let column = axis(
        "impact",
        &matrix.impact,
        known.impact.index(),
        format!("the worst that it leads to has impact {} of 5", known.impact.level()),
    )?;
    let level = matrix.risk.get(row).and_then(|row| row.get(column)).copied().unwrap_or(Level::Low);
    let word = |words: &[Box<str>], at: usize| words.get(at).map(|word| word.to_string()).unwrap_or_default();
    let step = format!(
        "Likelihood {} and impact {} make a {} risk in the matrix of {} by {}.",
        word(&matrix.likelihood, row),
        word(&matrix.impact, column),
        level.as_str(),
        matrix.likelihood.len(),
        matrix.impact.len()
    );
    Ok(MethodScore {
        method: matrix.name.clone(),
        version: methodology.name.clone(),
        finding: known.finding.clone(),
        inputs: inputs.inputs,
        steps: vec![step.into()],
        result: level.as_str().into(),
        figure: None,
        vector: None,
        level,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{given, open_upload};
    use super::*;

    #[test]
    fn scales_are_laid_over_each_other() {
        for steps in 2..=6 {
            let steps_of: Vec<usize> = (0..5).map(|at| step(at, steps)).collect();
            assert_eq!((steps_of[0], steps_of[4]), (0, steps - 1));
            assert!(steps_of.windows(2).all(|two| two[0] <= two[1]));
        }
        assert_eq!((0..5).map(|at| step(at, 3)).collect::<Vec<_>>(), [0, 1, 1, 2, 2]);
        assert_eq!((0..5).map(|at| step(at, 5)).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_matrix_of_another_size_gives_levels_of_the_report() {
        use Level::{Critical as C, High as H, Low as L, Medium as M};
        let words = |list: &[&str]| list.iter().map(|word| Box::from(*word)).collect::<Vec<Box<str>>>();
        let mut methodology = Methodology::default();
        methodology.scoring.matrices = vec![NamedMatrix {
            name: "coarse".into(),
            likelihood: words(&["low", "medium", "high"]),
            impact: words(&["small", "middling", "large", "ruinous"]),
            risk: vec![vec![L, L, M, M], vec![L, M, H, H], vec![L, M, H, C]],
        }];
        let found = super::score("coarse", &open_upload(), &[], &methodology).unwrap().unwrap();
        assert_eq!((found.level, &*found.result), (C, "critical"));
        let pairs = given(&[("likelihood", "Medium"), ("impact", "middling")]);
        assert_eq!(super::score("coarse", &open_upload(), &pairs, &methodology).unwrap().unwrap().level, M);
        let own =
            super::score(ID, &open_upload(), &given(&[("likelihood", "possible"), ("impact", "4")]), &methodology);
        assert_eq!(own.unwrap().unwrap().level, Level::High);
    }
}
