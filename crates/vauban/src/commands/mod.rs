//! One module per command.

pub(crate) mod library;

/// Shown below the help of `vauban`.
pub(crate) const EXAMPLES: &str = "\
First steps:
  vauban init                     write a first model, with at most four questions
  vauban check model.yaml         find what can go wrong, worst first
  vauban explain THREAT@ELEMENT   why it was found, and what would make it go away
  vauban report model.yaml        one HTML file with diagram, paths, matrix and register";

/// What keeps a command from running at all.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What is wrong.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) help: String,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Failure { message: message.into(), help: help.into() }
    }
}
