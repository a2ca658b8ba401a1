//! `vauban evidence matrix`.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::compliance;
use vauban_analysis::export::coverage::{json, tables, text};

use super::common::{Answer, Common, Evidence, print};
use crate::commands::Failure;

/// Rows that a terminal shows without `--all`.
const ROWS: usize = 60;

/// Arguments of `vauban evidence matrix`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence matrix model.yaml
  vauban evidence matrix --framework iso27001 --format csv -o matrix.csv

State of a control:
  verified      the record says who saw it, and a fact of the model or named evidence shows it
  in-place      the model says so
  stated        somebody says they saw it, and nothing that they name shows it
  contradicted  somebody says they saw it, and the model says that it is not there
  planned       somebody decided to reduce the risk
  unknown       nobody said
  missing       known to be missing")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,

    /// Only rows whose control helps to meet a requirement of this framework, with those requirements
    #[arg(long, value_name = "FRAMEWORK")]
    framework: Option<String>,

    /// Show every row
    #[arg(long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let evidence = Evidence::read(&arguments.common)?;
    let mut rows = compliance::matrix(&evidence.basis());
    if let Some(word) = &arguments.framework {
        let framework = evidence.framework(word)?;
        for row in &mut rows {
            row.requirements.retain(|reference| {
                evidence.frameworks.find(&reference.framework).is_some_and(|found| found.id == framework.id)
            });
        }
        rows.retain(|row| !row.requirements.is_empty());
    }
    let most = if arguments.all { usize::MAX } else { ROWS };
    let answer = Answer {
        title: "Control matrix",
        subtitle: format!("System: {}.", evidence.session.project.model.system.name),
        text: Box::new(|| text::matrix(&rows, most)),
        json: json::matrix(&rows),
        tables: vec![tables::matrix(&rows)],
    };
    print(&answer, &arguments.common)
}
