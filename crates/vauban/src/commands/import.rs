//! `vauban import`: a model of another tool, written in our format.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::format::{write_decisions, write_model};
use vauban_analysis::{Options, Session, embedded};
use vauban_model::Severity;

use super::{Failure, write_output};
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban import threagile.yaml --output model.yaml      decisions go to model.decisions.yaml
  vauban import --list")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// Write the model to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,

    /// List the formats that can be read, and what each can say
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.list {
        let mut text = String::new();
        for format in vauban_analysis::import::Format::ALL {
            text.push_str(&format!("{:<14} {}\n{:<14} carries: {}\n", format.as_str(), format.description(), "", format.carries()));
        }
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (project, _) = project::read(arguments.project.model.as_deref(), &arguments.project.shared)?;
    project::narrate(&project.diagnostics, &project.sources);
    let broken = project.diagnostics.iter().any(|d| d.severity == Severity::Error);
    write_output(&write_model(&project.model), arguments.output.as_deref())?;
    if !project.imported_decisions.is_empty() {
        // Decisions are about our findings, so the model is analysed to find which ones they meet.
        let session = Session::new(project, embedded::load(&[]), Options::default());
        if !session.decisions.is_empty() {
            let text = write_decisions(&session.decisions);
            match &arguments.output {
                Some(path) => {
                    let path = project::beside(path, "decisions");
                    write_output(&text, Some(&path))?;
                    eprintln!("{} decisions written to {path}.", session.decisions.len());
                }
                None => eprintln!("{} decisions are carried over only with `--output`.", session.decisions.len()),
            }
        }
    }
    if let Some(path) = &arguments.output {
        eprintln!("Model written to {path}; next: `vauban check {path}`.");
    }
    Ok(if broken { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
