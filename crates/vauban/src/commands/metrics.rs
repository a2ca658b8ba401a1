//! `vauban metrics`: numbers with their definitions.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::Session;
use vauban_analysis::export::registers;
use vauban_analysis::metrics::{Portfolio, metrics};

use super::{Failure, pretty, write_output};
use crate::project::{self, SharedArguments, When};
use crate::record::Shape;

/// Arguments of `vauban metrics`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban metrics model.yaml
  vauban metrics shop.yaml payments.yaml --systems 12 --critical-systems 3 --explain
  vauban metrics model.yaml --today 2026-12-31 --format csv -o metrics.csv
Each metric has a definition; one that cannot be computed says why.")]
pub(crate) struct Arguments {
    /// The models; without one: what `vauban.yaml` names, or the model in this folder
    #[arg(value_name = "MODEL")]
    models: Vec<String>,

    #[command(flatten)]
    shared: SharedArguments,

    /// How many systems are in scope, modelled or not
    #[arg(long, value_name = "N")]
    systems: Option<u64>,

    /// How many of them are of the highest criticality
    #[arg(long, value_name = "N")]
    critical_systems: Option<u64>,

    /// Print the definitions as well
    #[arg(long)]
    explain: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut sessions: Vec<Session> = Vec::new();
    let named: Vec<Option<&str>> = match arguments.models.as_slice() {
        [] => vec![None],
        models => models.iter().map(|model| Some(model.as_str())).collect(),
    };
    for model in named {
        let (session, _) = project::session_with(model, &arguments.shared, When::Now, 20)?;
        project::narrate(&session.diagnostics, &session.project.sources);
        project::sound(&session)?;
        sessions.push(session);
    }
    let today = arguments.shared.today.clone().unwrap_or_else(project::today);
    let portfolio =
        Portfolio { systems: arguments.systems, critical: arguments.critical_systems, today: today.clone() };
    let list = metrics(&sessions.iter().collect::<Vec<_>>(), &portfolio);
    let style = project::style(
        arguments.explain,
        arguments.output.is_none() && std::io::IsTerminal::is_terminal(&std::io::stdout()),
    );
    let text = match arguments.format {
        Shape::Text => registers::metrics_text(&list, style),
        Shape::Csv => registers::metrics_csv(&list),
        Shape::Markdown => registers::metrics_markdown(&list),
        Shape::Json => {
            let systems: Vec<&str> = sessions.iter().map(|session| &*session.project.model.system.name).collect();
            pretty(&registers::metrics_json(&list, &systems, &today))
        }
    };
    write_output(&text, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
