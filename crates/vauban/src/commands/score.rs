//! `vauban score`: a score by another method, beside the finding's own.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use vauban_analysis::export::scoring;
use vauban_analysis::format::{InputFile, RecordRefused, append_events, read_record};
use vauban_analysis::methods::{self, ScoreError};
use vauban_model::record::{Entry, EventKind};
use vauban_model::scoring::MethodScore;
use vauban_model::{FileId, did_you_mean};

use super::{Failure, pretty, write_output};
use crate::files;
use crate::project::{self, SharedArguments, When};

/// Arguments of `vauban score`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban score --list                                       the methods, and what goes into each
  vauban score unrestricted-upload@admin-portal --method owasp-risk-rating
  vauban score unrestricted-upload@admin-portal --method cvss-4.0 --set UI=P
  vauban score unrestricted-upload@admin-portal --method nist-800-30 --set initiation=high \\
      --record record.jsonl --by \"Ada Example\" --reason \"second opinion\"

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

    /// Append the score to this record of events; it is made when it is not there
    #[arg(long, value_name = "FILE", requires = "by")]
    record: Option<String>,

    /// Who scores, for the record
    #[arg(long, value_name = "NAME", requires = "record")]
    by: Option<String>,

    /// In which role, for the record
    #[arg(long, value_name = "ROLE", requires = "record")]
    role: Option<String>,

    /// Why, for the record
    #[arg(long, value_name = "TEXT", requires = "record")]
    reason: Option<String>,

    /// When it is written down, for the record; by default now
    #[arg(long, value_name = "YYYY-MM-DDTHH:MM:SSZ", requires = "record")]
    at: Option<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people at a terminal
    Text,
    /// For machines; has a published schema
    Json,
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
    let (session, _) = project::session_with(arguments.model.as_deref(), &arguments.shared, When::Now, 20)?;
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
        Shape::Json => pretty(&scoring::json(&session.report(), &found)),
        Shape::Text => {
            let style = project::style(false, arguments.output.is_none() && std::io::stdout().is_terminal());
            scoring::terminal(&found, style)
        }
    };
    if let Some(path) = &arguments.record {
        record(arguments, path, &found)?;
    }
    write_output(&text, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

fn list(methods: &[methods::Method], shape: Shape) -> String {
    if shape == Shape::Json {
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
fn record(arguments: &Arguments, path: &str, found: &MethodScore) -> Result<(), Failure> {
    let text = match files::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) if !std::path::Path::new(path).exists() => String::new(),
        Err(reason) => {
            return Err(Failure::new(format!("`{path}` cannot be read: {reason}"), "name another with `--record`"));
        }
    };
    let now = arguments.at.clone().unwrap_or_else(project::moment);
    let who = arguments.by.as_deref().unwrap_or_default();
    let inputs: Vec<String> = found.inputs.iter().map(|input| format!("{}={}", input.key, input.value)).collect();
    let entry = Entry::new(EventKind::Scored, &found.finding, who, &now)
        .role(arguments.role.as_deref().unwrap_or_default())
        .detail("method", &found.method)
        .detail("method_version", &found.version)
        .detail("inputs", &inputs.join(" "))
        .detail("result", &found.result)
        .detail("level", found.level.as_str())
        .detail("vector", found.vector.as_deref().unwrap_or_default())
        .detail("reason", arguments.reason.as_deref().unwrap_or_default());
    let longer = append_events(&text, &[entry]).map_err(|refused| match refused {
        RecordRefused::NotIntact(_) => Failure::new(
            format!("`{path}` is not as it was written, so nothing is added to it"),
            "find out what changed it; `git log` of the file shows where",
        ),
        RecordRefused::Unfit(reason) => {
            Failure::new(format!("the score cannot be written down: {reason}"), "mend it and score again")
        }
    })?;
    let (before, _) = read_record(&InputFile { id: FileId(0), name: path, text: &text });
    let earlier = before.about(&found.finding).filter(|event| event.kind == EventKind::Scored).count();
    super::write_bytes(longer.as_bytes(), Some(path))?;
    eprintln!(
        "recorded in {path}{}",
        match earlier {
            0 => String::new(),
            1 => "; an earlier score of this finding stays as it is".to_owned(),
            many => format!("; {many} earlier scores of this finding stay as they are"),
        }
    );
    Ok(())
}
