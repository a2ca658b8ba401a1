//! Scoring methods: one module for each. All take what the model knows and what somebody gives, and explain themselves.
//!
//! A method never changes a finding's own score. It makes another one beside it, with its inputs, its version and its
//! reasons.

pub mod cvss;
mod cvss31;
pub mod dread;
mod inputs;
pub mod matrix;
pub mod nist;
pub mod owasp;

use vauban_model::scale::Methodology;
use vauban_model::scoring::{Known, MethodScore};

pub use inputs::ScoreError;

/// A method as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its id.
    pub id: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its version, which stands in every score.
    pub version: Box<str>,
    /// Where its formula and tables are from.
    pub source: Box<str>,
    /// What goes in: key, and the values it takes.
    pub inputs: Vec<(Box<str>, Box<str>)>,
}

/// All methods there are under a methodology: its own matrices first.
#[must_use]
pub fn methods(methodology: &Methodology) -> Vec<Method> {
    let mut out = matrix::methods(methodology);
    out.extend([owasp::method(), nist::method(), cvss::method(cvss::Version::V31), cvss::method(cvss::Version::V40)]);
    out.push(dread::method());
    out
}

/// Scores a finding by a method; `given` are values somebody chose, by key.
///
/// # Errors
/// A method that is not there, a key the method does not have, a value it does not take, or values that must be given
/// together and are not.
pub fn score(
    method: &str,
    known: &Known,
    given: &[(String, String)],
    methodology: &Methodology,
) -> Result<MethodScore, ScoreError> {
    match method {
        owasp::ID => owasp::score(known, given),
        nist::ID => nist::score(known, given, &methodology.scoring),
        cvss::V31 => cvss::score(cvss::Version::V31, known, given),
        cvss::V40 => cvss::score(cvss::Version::V40, known, given),
        dread::ID => dread::score(known, given),
        name => matrix::score(name, known, given, methodology).unwrap_or_else(|| {
            Err(ScoreError::NoMethod(name.to_owned(), methods(methodology).into_iter().map(|m| m.id).collect()))
        }),
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use vauban_model::scale::{Impact, Likelihood};
    use vauban_model::scoring::{Access, Known, Place};

    /// Something that an outsider can do without an account, and that gives all data away.
    pub(crate) fn open_upload() -> Known {
        Known {
            finding: "unrestricted-upload@admin-portal".into(),
            likelihood: Likelihood::Likely,
            success: Likelihood::Likely,
            initiation: Some(Likelihood::Certain),
            outsiders: true,
            impact: Impact::new(5),
            harms: [Some(Impact::new(5)), Some(Impact::new(4)), None],
            control: false,
            traceless: false,
            beyond: false,
            access: Access::Nothing,
            place: Place::Network,
            watched: None,
        }
    }

    /// Values by key.
    pub(crate) fn given(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{given, open_upload};
    use super::*;
    use vauban_model::scoring::Source;

    #[test]
    fn every_method_scores_from_the_model_alone_and_says_where_each_value_is_from() {
        let methodology = Methodology::default();
        for method in methods(&methodology) {
            let found = score(&method.id, &open_upload(), &[], &methodology).unwrap();
            assert_eq!((&found.method, &found.version), (&method.id, &method.version));
            assert!(!found.steps.is_empty() && !found.inputs.is_empty());
            for input in &found.inputs {
                assert!(!input.why.is_empty() && input.source != Source::Given, "{}: {}", method.id, input.key);
                assert!(method.inputs.iter().any(|(key, _)| *key == input.key), "{}: {}", method.id, input.key);
            }
            // Giving the same values again gives the same result, told as given.
            let pairs: Vec<(String, String)> =
                found.inputs.iter().map(|input| (input.key.to_string(), input.value.to_string())).collect();
            let again = score(&method.id, &open_upload(), &pairs, &methodology).unwrap();
            assert_eq!((again.result, again.level), (found.result, found.level));
            assert!(again.inputs.iter().all(|input| input.source == Source::Given));
        }
    }

    #[test]
    fn what_a_method_does_not_have_is_refused() {
        let methodology = Methodology::default();
        for method in methods(&methodology) {
            let wrong = score(&method.id, &open_upload(), &given(&[("nonsense", "1")]), &methodology);
            assert!(matches!(wrong, Err(ScoreError::NoInput(..))), "{}: {wrong:?}", method.id);
            let (key, _) = &method.inputs[0];
            let wrong = score(&method.id, &open_upload(), &given(&[(key, "nonsense")]), &methodology);
            assert!(matches!(wrong, Err(ScoreError::BadValue { .. })), "{}: {wrong:?}", method.id);
        }
        assert!(matches!(score("none", &open_upload(), &[], &methodology), Err(ScoreError::NoMethod(..))));
    }
}
