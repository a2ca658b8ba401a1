//! `vauban schema`: the JSON Schemas of everything that is read and written.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::format::{Document, json_schema};

use super::{Failure, write_output};

/// Arguments of `vauban schema`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which one: model, overlay, decisions, config, methodology
    #[arg(value_name = "DOCUMENT", default_value = "model")]
    document: String,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Some(document) = Document::parse(&arguments.document) else {
        let known = Document::ALL.map(Document::as_str).join(", ");
        return Err(Failure::new(format!("there is no schema `{}`", arguments.document), format!("one of: {known}")));
    };
    write_output(&json_schema(document), arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
