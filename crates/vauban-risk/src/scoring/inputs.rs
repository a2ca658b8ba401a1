//! Values from three places: given, known, assumed.

use vauban_model::scoring::{Input, Source};

/// Why there is no score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScoreError {
    /// There is no such method: its name, and those there are.
    NoMethod(String, Vec<Box<str>>),
    /// The method has no such input: the key, and the keys there are.
    NoInput(String, Vec<String>),
    /// An input does not take this value.
    BadValue {
        /// The input.
        key: String,
        /// The value.
        value: String,
        /// What it takes.
        takes: String,
    },
    /// Some values are given that count only together with others: the missing ones.
    Incomplete(Vec<String>),
}

/// Collects the inputs of one score.
pub(super) struct Inputs<'a> {
    given: &'a [(String, String)],
    pub(super) inputs: Vec<Input>,
}

impl<'a> Inputs<'a> {
    /// Begins with what is given; every key must be one of the method's.
    pub(super) fn new(given: &'a [(String, String)], keys: &[&str]) -> Result<Self, ScoreError> {
        match given.iter().find(|(key, _)| !keys.contains(&key.as_str())) {
            Some((key, _)) => Err(ScoreError::NoInput(key.clone(), keys.iter().map(|key| (*key).to_owned()).collect())),
            None => Ok(Inputs { given, inputs: Vec::new() }),
        }
    }

    /// What somebody gave; the last wins.
    pub(super) fn given(&self, key: &str) -> Option<&'a str> {
        self.given.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Takes the given value, else the one from the model or the usual one, and notes which.
    pub(super) fn take<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
        takes: &str,
        otherwise: (Source, String, String),
    ) -> Result<T, ScoreError> {
        let (source, value, why) = match self.given(key) {
            Some(value) => (Source::Given, value.to_owned(), "given with `--set`".to_owned()),
            None => otherwise,
        };
        let Some(parsed) = parse(&value) else {
            return Err(ScoreError::BadValue { key: key.to_owned(), value, takes: takes.to_owned() });
        };
        self.inputs.push(Input { key: key.into(), value: value.into(), source, why: why.into() });
        Ok(parsed)
    }
}

/// A number from 0 to a limit, with at most one decimal of use.
pub(super) fn number(text: &str, most: f64) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| (0.0..=most).contains(number))
}
