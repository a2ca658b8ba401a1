//! `vauban score`: a score by another method, beside the finding's own.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use vauban_analysis::Session;
use vauban_analysis::export::scoring;
use vauban_analysis::format::{InputFile, read_record};
use vauban_analysis::methods::{self, ScoreError};
use vauban_model::record::{EventKind, SYSTEM};
use vauban_model::scoring::MethodScore;
use vauban_model::{FileId, did_you_mean};

use super::{Failure, TextOrJson, pretty, write_output};
use crate::project::{self, SharedArguments, When};
use crate::record::{self, ActorArguments};

/// Arguments of `vauban score`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban score --list                                       the methods, and what goes into each
  vauban score unrestricted-upload@admin-portal --method owasp-risk-rating
  vauban score unrestricted-upload@admin-portal --method cvss-4.0 --set UI=P
  vauban score unrestricted-upload@admin-portal --method nist-800-30 --set initiation=high \\
      --write --who \"Ada Example\" --reason \"second opinion\"

What the model knows is filled in, and each value says why. A score by another method never changes the finding's own,
and a recorded one is never edited: scoring again adds another.")]
pub(crate) struct Arguments {
    /// The finding, by the id that `vauban check` shows
    #[arg(value_name = "FINDING", required_unless_present = "list")]
    finding: Option<String>,

    /// List the methods, and what goes into each
    #[arg(long, conflicts_with = "finding")]
    list: bool,

    /// The method, by its id
    #[arg(long, value_name = "METHOD", default_value = "matrix")]
    method: String,

    /// Give a value that the model does not know, or knows better (may be repeated)
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,

    /// The model, or a folder with infrastructure code; without it: what `vauban.yaml` names, or the model in this folder
    #[arg(long, short, value_name = "MODEL")]
    model: Option<String>,

    #[command(flatten)]
    shared: SharedArguments,

    /// Append the score to the record
    #[arg(long)]
    write: bool,

    /// Why, for the record
    #[arg(long, value_name = "TEXT", requires = "write")]
    reason: Option<String>,

    #[command(flatten)]
    actor: ActorArguments,

    /// How to print
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err("write a key and a value, such as `skill_level=5`".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Some(id) = arguments.finding.as_deref().filter(|_| !arguments.list) else {
        let methodology = project::methodology(&arguments.shared)?;
        write_output(&list(&methods::methods(&methodology), arguments.format), arguments.output.as_deref())?;
        return Ok(ExitCode::SUCCESS);
    };
    // The record may begin with this score.
    let shared = SharedArguments { lenient: arguments.write, ..arguments.shared.clone() };
    let (session, _) = project::session_with(arguments.model.as_deref(), &shared, When::Now, 20)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    project::sound(&session)?;
    let Some(known) = session.known(id) else {
        let ids = session.analysis.findings.iter().map(|finding| &*finding.id);
        let help = did_you_mean(id, ids).map_or_else(
            || "`vauban check --all` shows the ids of findings; what a control stops has no score".to_owned(),
            |id| format!("did you mean `{id}`?"),
        );
        return Err(Failure::new(format!("there is no finding `{id}` in this model"), help));
    };
    let found = methods::score(&arguments.method, &known, &arguments.set, &session.project.methodology)
        .map_err(|error| refused(&arguments.method, error))?;
    let text = match arguments.format {
        TextOrJson::Json => pretty(&scoring::json(&session.report(), &found)),
        TextOrJson::Text => {
            let style = project::style(false, arguments.output.is_none() && std::io::stdout().is_terminal());
            scoring::terminal(&found, style)
        }
    };
    if arguments.write {
        record(arguments, &session, &found)?;
    }
    write_output(&text, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

fn list(methods: &[methods::Method], shape: TextOrJson) -> String {
    if shape == TextOrJson::Json {
        let all = methods.iter().map(|method| {
            let inputs: serde_json::Map<String, serde_json::Value> =
                method.inputs.iter().map(|(key, takes)| (key.to_string(), takes.to_string().into())).collect();
            serde_json::json!({
                "id": method.id, "name": method.name, "version": method.version, "source": method.source, "inputs": inputs,
            })
        });
        return pretty(&serde_json::json!({ "methods": all.collect::<Vec<_>>() }));
    }
    let mut out = String::new();
    for method in methods {
        let _ = writeln!(out, "{}: {} ({})", method.id, method.name, method.version);
        let _ = writeln!(out, "  from {}", method.source);
        for (key, takes) in &method.inputs {
            let _ = writeln!(out, "  {key:<20}  {takes}");
        }
        out.push('\n');
    }
    out.pop();
    out
}

fn refused(method: &str, error: ScoreError) -> Failure {
    let guess = |word: &str, known: &[String]| did_you_mean(word, known.iter().map(String::as_str)).map(str::to_owned);
    match error {
        ScoreError::NoMethod(name, known) => {
            let known: Vec<String> = known.iter().map(|id| id.to_string()).collect();
            let help = guess(&name, &known)
                .map_or_else(|| format!("one of: {}", known.join(", ")), |id| format!("did you mean `{id}`?"));
            Failure::new(format!("there is no method of scoring `{name}`"), help)
        }
        ScoreError::NoInput(key, known) => {
            let help = guess(&key, &known)
                .map_or_else(|| format!("it takes: {}", known.join(", ")), |key| format!("did you mean `{key}`?"));
            Failure::new(format!("`{method}` takes no `{key}`"), help)
        }
        ScoreError::BadValue { key, value, takes } => {
            Failure::new(format!("`{key}` of `{method}` does not take `{value}`"), format!("it takes: {takes}"))
        }
        ScoreError::Incomplete(missing) => Failure::new(
            "business factors count together, and not all are given",
            format!("also give, with `--set`: {}", missing.join(", ")),
        ),
    }
}

/// Appends the score to the record; what is there stays as it is.
fn record(arguments: &Arguments, session: &Session, found: &MethodScore) -> Result<(), Failure> {
    let path = project::places(arguments.model.as_deref(), &arguments.shared)?.record;
    let inputs: Vec<String> = found.inputs.iter().map(|input| format!("{}={}", input.key, input.value)).collect();
    let entry = arguments
        .actor
        .actor()?
        .entry(EventKind::Scored, &found.finding)
        .detail(SYSTEM, &session.project.model.system.name)
        .detail("method", &found.method)
        .detail("method_version", &found.version)
        .detail("inputs", &inputs.join(" "))
        .detail("result", &found.result)
        .detail("level", found.level.as_str())
        .detail("vector", found.vector.as_deref().unwrap_or_default())
        .detail("reason", arguments.reason.as_deref().unwrap_or_default());
    let text = record::read(&path)?;
    let (before, _) = read_record(&InputFile { id: FileId(0), name: &path, text: &text });
    let earlier = before.about(&found.finding).filter(|event| event.kind == EventKind::Scored).count();
    record::append(&path, &[entry])?;
    tell!(
        "recorded in {path}{}",
        match earlier {
            0 => String::new(),
            1 => "; an earlier score of this finding stays as it is".to_owned(),
            many => format!("; {many} earlier scores of this finding stay as they are"),
        }
    );
    Ok(())
}
