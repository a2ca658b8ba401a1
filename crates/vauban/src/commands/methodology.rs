//! `vauban methodology`: the methodology in force, as a document or as a file to change.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::export::methodology;
use vauban_analysis::format::write_methodology;

use super::{Failure, write_output};
use crate::project::{self, SharedArguments};

/// Arguments of `vauban methodology`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    shared: SharedArguments,

    /// Print the file to change instead of the document
    #[arg(long)]
    yaml: bool,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let found = project::methodology(&arguments.shared)?;
    let text = if arguments.yaml { write_methodology(&found) } else { methodology::markdown(&found) };
    write_output(&text, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
