//! `vauban evidence`: what an auditor asks for.

mod record;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failure;

/// Arguments of `vauban evidence`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The record of decisions, approvals, reviews and changes: show, verify, add, join
    Record(record::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.what {
        What::Record(arguments) => record::run(arguments),
    }
}
