//! `vauban bench-model`: writes a synthetic model of any size, for measuring.

use std::process::ExitCode;

use clap::Args;

use super::{Failure, write_output};

/// Arguments of `vauban bench-model`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Components; there are twice as many flows, a twentieth as many boundaries, a tenth as many data assets
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    components: u32,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    write_output(&vauban_analysis::synthetic::model(arguments.components), arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
