//! `vauban evidence maturity`.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::compliance;
use vauban_analysis::export::coverage::{json, tables, text};

use super::common::{Answer, Common, Evidence, print};
use crate::commands::Failure;

/// Arguments of `vauban evidence maturity`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence maturity model.yaml
  vauban evidence maturity --model samm --format json

A self-assessment of what records show: an activity is shown when its artefacts are there, up to date, and somebody
stood behind them. What no record can show is said beside it.")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,

    /// Only activities of maturity models whose name has this in it
    #[arg(long = "model", id = "maturity-model", value_name = "NAME")]
    only: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let evidence = Evidence::read(&arguments.common)?;
    let mut rows = compliance::maturity(&evidence.basis());
    if let Some(word) = &arguments.only {
        let wanted = word.to_lowercase();
        let mut models: Vec<String> = rows.iter().map(|row| row.activity.model.to_string()).collect();
        models.dedup();
        rows.retain(|row| row.activity.model.to_lowercase().contains(&wanted));
        if rows.is_empty() {
            let message = format!("there is no maturity model `{word}`");
            return Err(Failure::new(message, format!("one of: {}", models.join(", "))));
        }
    }
    let answer = Answer {
        title: "Maturity",
        subtitle: format!("System: {}.", evidence.session.project.model.system.name),
        text: Box::new(|| text::maturity(&rows)),
        json: json::maturity(&rows),
        tables: vec![tables::maturity(&rows)],
    };
    print(&answer, &arguments.common)
}
