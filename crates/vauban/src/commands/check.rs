//! `vauban check`: analyse a model; the gate.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};
use vauban_analysis::compare;
use vauban_analysis::format::{FailOn, Show};
use vauban_model::Severity;
use vauban_model::scale::Level;

use super::{Failure, Format, render, write_replacing};
use crate::project::{self, ProjectArguments, SharedArguments, When};

/// Arguments of `vauban check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 fine, 1 the gate says no, 2 it could not run.

In CI:
  vauban check model.yaml --fail-on high
  vauban check model.yaml --against origin/main --fail-on medium    only what got new or worse
  vauban check model.yaml --format sarif --output threats.sarif")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// Say no (exit 1) when an open threat has this risk or more
    #[arg(long, value_name = "RISK")]
    fail_on: Option<Gate>,

    /// Count only what is new or worse than this earlier `--format json` output
    #[arg(long, value_name = "FILE")]
    baseline: Option<String>,

    /// Count only what is new or worse than the model at this git revision
    #[arg(long, value_name = "REVISION", conflicts_with = "baseline")]
    against: Option<String>,

    /// Show every finding, not only the ones that matter most
    #[arg(long)]
    all: bool,

    /// How to print; by default text
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

/// From which risk the gate says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Gate {
    /// Any open threat
    Low,
    /// Medium and above
    Medium,
    /// High and above
    High,
    /// Critical only
    Critical,
    /// Never
    Never,
}

impl Gate {
    fn level(self) -> Option<Level> {
        match self {
            Gate::Low => Some(Level::Low),
            Gate::Medium => Some(Level::Medium),
            Gate::High => Some(Level::High),
            Gate::Critical => Some(Level::Critical),
            Gate::Never => None,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (session, configuration) = project::session(&arguments.project)?;
    // The process ends when the command does: giving back a large model piece by piece would only take time.
    let mut session = std::mem::ManuallyDrop::new(session);
    let config = &configuration.config;
    let baseline =
        arguments.baseline.clone().or_else(|| config.baseline.as_ref().map(|s| configuration.path(&s.value)));
    let against = arguments.against.clone().or_else(|| config.against.as_ref().map(|s| s.value.to_string()));
    let known = if let Some(revision) = against.filter(|_| arguments.baseline.is_none()) {
        Some(at_revision(arguments, &revision)?)
    } else if let Some(path) = &baseline {
        Some(read_baseline(path)?)
    } else {
        None
    };
    if let Some(known) = &known {
        session.new_findings = Some(compare::new_or_worse(&session.analysis.findings, known));
    }
    let format = project::chosen(arguments.format, config.format.as_ref(), Format::Text)?;
    let output = arguments.output.clone().or_else(|| config.output.as_ref().map(|s| configuration.path(&s.value)));
    let output = super::to_file(output.as_deref());
    let all = arguments.all || config.show.as_ref().is_some_and(|s| s.value == Show::All);
    if format == Format::Text {
        project::narrate(&session.diagnostics, &session.project.sources);
    }
    let style = project::style(all, output.is_none() && std::io::stdout().is_terminal());
    let text = render(&session, format, style)?;
    // A baseline may be written anew by the check that was held against it, as what it is.
    write_replacing(text.as_bytes(), output, baseline.as_deref().filter(|_| format == Format::Json))?;

    let level = match (arguments.fail_on, config.fail_on.as_ref().map(|s| s.value)) {
        (Some(gate), _) => gate.level(),
        (None, Some(FailOn::Never)) => None,
        (None, Some(FailOn::AtLeast(level))) => Some(level),
        // With something to compare with, a gate is for what goes beyond the tolerance: the first level above it.
        (None, None) => known
            .as_ref()
            .and_then(|_| Level::ALL.into_iter().find(|level| *level > session.project.methodology.tolerance)),
    };
    let broken = session.diagnostics.iter().any(|d| d.severity == Severity::Error);
    if let Some(level) = level {
        let counted: Vec<&str> = session
            .analysis
            .findings
            .iter()
            .filter(|f| f.status.is_open() && f.current.risk >= level)
            .filter(|f| session.new_findings.as_ref().is_none_or(|ids| ids.contains(&f.id)))
            .map(|f| &*f.id)
            .collect();
        if !counted.is_empty() {
            let what = if known.is_some() { "new or worse " } else { "" };
            tell!(
                "The gate says no: {} {what}open threat{} of risk {} or more. Mend, or decide about {} in a decisions file.",
                counted.len(),
                if counted.len() == 1 { "" } else { "s" },
                level.as_str(),
                if counted.len() == 1 { "it" } else { "them" }
            );
            return Ok(ExitCode::from(1));
        }
    }
    // Where a bound of work or size left something out, that nothing is found says nothing of what is missing.
    let left_out = session.diagnostics.iter().find(|one| LEAVES_OUT.contains(&one.code));
    if let (Some(one), Some(_)) = (left_out, level) {
        tell!(
            "The gate cannot tell: not everything was looked at ({}). Check the parts one by one, as the warning says.",
            one.code
        );
        return Ok(ExitCode::from(2));
    }
    if broken {
        tell!("The model has errors; what is above leaves out what could not be read.");
        return Ok(ExitCode::from(2));
    }
    Ok(ExitCode::SUCCESS)
}

/// Codes of warnings that something was too large or could not be opened, so that part of it was not looked at.
const LEAVES_OUT: [&str; 11] = [
    "file-unreadable",
    "evaluation-too-deep",
    "evaluation-too-long",
    "import-too-deep",
    "import-too-large",
    "network-too-large",
    "too-many-instances",
    "too-many-modules",
    "too-many-resources",
    "too-many-rules",
    "too-many-targets",
];

/// The risks of the same model at a git revision.
fn at_revision(arguments: &Arguments, revision: &str) -> Result<BTreeMap<String, Level>, Failure> {
    if revision.starts_with('-') {
        return Err(Failure::new(format!("`{revision}` is no revision"), "name a branch, tag or commit"));
    }
    let shared = SharedArguments { lenient: true, ..arguments.project.shared.clone() };
    match project::session_with(arguments.project.model.as_deref(), &shared, When::Revision(revision), 20) {
        Ok((session, _)) => Ok(compare::levels(&session)),
        // A model that is new has nothing to be compared with: all of it is new.
        Err(failure) if failure.message.contains("exists on disk, but not in") => {
            tell!("The model is not in revision {revision}: everything counts as new.");
            Ok(BTreeMap::new())
        }
        Err(failure) => Err(Failure::new(format!("at revision {revision}: {}", failure.message), failure.help)),
    }
}

/// A file as it was at a git revision.
pub(crate) fn show(revision: &str, name: &str) -> Result<Vec<u8>, String> {
    let (folder, file) = name.rsplit_once('/').unwrap_or((".", name));
    let output = Command::new("git")
        .args(["-C", folder, "show", &format!("{revision}:./{file}")])
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(message.lines().next().unwrap_or("git says no").trim_start_matches("fatal: ").to_owned())
}

/// The files below a folder at a git revision, relative to it, sorted.
pub(crate) fn list(revision: &str, folder: &str) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args(["-C", folder, "-c", "core.quotepath=off", "ls-tree", "-r", "-z", "--name-only", revision, "--", "."])
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(message.lines().next().unwrap_or("git says no").trim_start_matches("fatal: ").to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut out: Vec<String> = text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    out.sort();
    Ok(out)
}

/// The risks in an earlier JSON output.
fn read_baseline(path: &str) -> Result<BTreeMap<String, Level>, Failure> {
    let help = "write one with `vauban check MODEL --format json --output FILE`";
    let bytes = crate::files::read(path)
        .map_err(|reason| Failure::new(format!("the baseline `{path}` cannot be read: {reason}"), help))?;
    let value: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(format!("the baseline `{path}` is not JSON: {error}"), help))?;
    let Some(findings) = value.get("findings").and_then(|f| f.as_array()) else {
        return Err(Failure::new(format!("the baseline `{path}` has no `findings`"), help));
    };
    Ok(findings
        .iter()
        .filter(|finding| finding.get("status").and_then(|s| s.as_str()).is_none_or(|s| s == "open"))
        .filter_map(|finding| {
            let id = finding.get("id")?.as_str()?;
            let level = finding.get("risk")?.as_str().and_then(Level::parse)?;
            Some((id.to_owned(), level))
        })
        .collect())
}
