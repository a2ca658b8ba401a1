//! `vauban explain`: why a threat was found, question asked, or threat of the library looks the way it does.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use vauban_analysis::export::{json, terminal};
use vauban_model::did_you_mean;

use super::{Failure, pretty, write_output};
use crate::project::{self, SharedArguments, When};

/// Arguments of `vauban explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban explain unrestricted-upload@admin-portal
  vauban explain unrestricted-upload@admin-portal --model shop.yaml")]
pub(crate) struct Arguments {
    /// A finding (`threat@element`), a question or an attack path, by the id that `vauban check` shows
    #[arg(value_name = "ID")]
    id: String,

    /// The model; without it: what `vauban.yaml` names, or the model in this folder
    #[arg(long, short, value_name = "MODEL")]
    model: Option<String>,

    #[command(flatten)]
    shared: SharedArguments,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (session, _) = project::session_with(arguments.model.as_deref(), &arguments.shared, When::Now, 200)?;
    let report = session.report();
    let style = project::style(true, std::io::stdout().is_terminal());
    let analysis = &session.analysis;
    if let Some(finding) = analysis.findings.iter().find(|finding| *finding.id == *arguments.id) {
        let text = if arguments.json {
            pretty(&json::finding(&report, finding))
        } else {
            terminal::explain(&report, finding, style)
        };
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(path) = analysis.paths.iter().find(|path| *path.id == *arguments.id) {
        let answer = vauban_model::report::PathAnswer { paths: vec![path.clone()], ..Default::default() };
        let text =
            if arguments.json { pretty(&json::path(&report, path)) } else { terminal::paths(&report, &answer, style) };
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((number, question)) = (1..)
        .zip(&analysis.questions)
        .find(|(_, q)| *q.id == *arguments.id || q.findings.iter().any(|f| **f == *arguments.id))
    {
        let mut text = terminal::question(&report, number, question, style);
        text.push_str("   Nobody said. `vauban ask` writes the answer beside the model.\n");
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(stopped) = analysis.mitigated.iter().find(|m| *m.id == *arguments.id) {
        let place = &stopped.evidence;
        let text = format!(
            "{} applies but is stopped by the control `{}` ({}:{}).\n",
            stopped.id,
            stopped.control,
            session.project.sources.name(place.span.file),
            place.span.line
        );
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(threat) = report.threats.iter().find(|threat| *threat.id == *arguments.id) {
        write_output(&super::library::threat_text(threat, report.controls, report.names), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let known = analysis.findings.iter().map(|f| &*f.id).chain(analysis.mitigated.iter().map(|m| &*m.id));
    let help = did_you_mean(&arguments.id, known)
        .map_or_else(|| "`vauban check --all` shows the ids".to_owned(), |id| format!("did you mean `{id}`?"));
    Err(Failure::new(format!("there is no finding, question or path `{}` in this model", arguments.id), help))
}
