//! `vauban schema`: the JSON Schemas of everything that is read and written.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::export::schema;
use vauban_analysis::format::{Document, json_schema};

use super::{Failure, write_output};

/// Arguments of `vauban schema`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which one. Read: model, overlay, decisions, config, methodology. Written: check, paths, diff, treatments,
    /// reviews, review-due, review-scope, metrics, evidence-coverage, evidence-matrix, evidence-soa, evidence-maturity,
    /// evidence-pack, evidence-verify, plan, simulation, score
    #[arg(value_name = "DOCUMENT", default_value = "model")]
    document: String,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let name = &*arguments.document;
    let read = Document::parse(name).map(json_schema);
    let Some(text) = read.or_else(|| schema::schema(name).map(str::to_owned)) else {
        let known: Vec<&str> = Document::ALL.map(Document::as_str).into_iter().chain(schema::NAMES).collect();
        return Err(Failure::new(format!("there is no schema `{name}`"), format!("one of: {}", known.join(", "))));
    };
    write_output(&text, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
