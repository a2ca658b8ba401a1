//! One module per command.

use clap::ValueEnum;
use vauban_analysis::Session;
use vauban_analysis::export::{json, markdown, sarif, terminal};

pub(crate) mod ask;
pub(crate) mod bench_model;
pub(crate) mod can;
pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod evidence;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod git;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod library;
pub(crate) mod methodology;
pub(crate) mod metrics;
pub(crate) mod paths;
pub(crate) mod picture;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod schema;
pub(crate) mod score;
pub(crate) mod simulate;
pub(crate) mod treat;

/// Shown below the help of `vauban`.
pub(crate) const EXAMPLES: &str = "\
First steps:
  vauban init                     write a first model, with at most four questions
  vauban check model.yaml         find what can go wrong, worst first
  vauban explain THREAT@ELEMENT   why it was found, and what would make it go away
  vauban report model.yaml        one HTML file with diagram, paths, matrix and register

With infrastructure code (Terraform, CloudFormation, Kubernetes, Compose, …) no model is needed:
  vauban check terraform/         components, flows, identities and threats, read from the code
  vauban paths terraform/ --to admin
                                  the ways to control of the account
  vauban can WHO ACTION WHAT      whether somebody may do something, statement by statement";

/// What keeps a command from running at all.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What is wrong.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) help: String,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Failure { message: message.into(), help: help.into() }
    }
}

/// Output formats of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people at a terminal
    Text,
    /// For machines; has a published schema
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// For pull requests and wikis
    Markdown,
}

/// Output formats of answers that people and machines read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    /// For people at a terminal
    Text,
    /// For machines
    Json,
}

/// Output formats of answers that also go into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// For people at a terminal
    Text,
    /// For machines; has a published schema
    Json,
    /// For pull requests and wikis
    Markdown,
}

/// An analysis in a format.
pub(crate) fn render(session: &Session, format: Format, style: terminal::Style) -> Result<String, Failure> {
    let report = session.report();
    Ok(match format {
        Format::Text => terminal::check(&report, style),
        Format::Json => json::check_text(&report),
        Format::Sarif => pretty(&sarif::sarif(&report, !style.all)),
        Format::Markdown => markdown::markdown(&report, style.all),
    })
}

/// JSON with indentation and a final line break.
pub(crate) fn pretty(value: &serde_json::Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Refuses an output that is one of the files that were read: what people wrote there would be gone. `replaced` is the
/// file that is meant to be written anew, with what is worth keeping of it.
pub(crate) fn spare_inputs(output: Option<&str>, replaced: Option<&str>) -> Result<(), Failure> {
    let full = |name: &str| std::fs::canonicalize(name).ok();
    let Some(output) = to_file(output).filter(|name| crate::files::was_read(name)) else { return Ok(()) };
    if replaced.and_then(full).is_some_and(|replaced| full(output) == Some(replaced)) {
        return Ok(());
    }
    Err(Failure::new(
        format!("`{output}` is what was read, and would be overwritten; nothing was written"),
        "choose another file with `--output`",
    ))
}

/// The file that an output names; nothing for standard output, which `-` means everywhere.
pub(crate) fn to_file(output: Option<&str>) -> Option<&str> {
    output.filter(|name| *name != "-")
}

/// Writes a document to a file or to standard output.
pub(crate) fn write_output(text: &str, path: Option<&str>) -> Result<(), Failure> {
    write_bytes(text.as_bytes(), path)
}

/// Writes a file as it is, or to standard output; never over a file that this command read.
pub(crate) fn write_bytes(bytes: &[u8], path: Option<&str>) -> Result<(), Failure> {
    write_replacing(bytes, path, None)
}

/// Writes a file that may be one that was read, if it is this one: an overlay that grows, a picture drawn again.
pub(crate) fn write_replacing(bytes: &[u8], path: Option<&str>, replaced: Option<&str>) -> Result<(), Failure> {
    spare_inputs(path, replaced)?;
    match to_file(path) {
        None => {
            use std::io::Write as _;
            // A reader that closes the pipe early, such as `head`, has what it wants.
            match std::io::stdout().lock().write_all(bytes) {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    Err(Failure::new(format!("standard output cannot be written: {error}"), ""))
                }
                _ => Ok(()),
            }
        }
        Some(path) => {
            if let Some(folder) = std::path::Path::new(path).parent()
                && !folder.as_os_str().is_empty()
            {
                std::fs::create_dir_all(folder).map_err(|error| {
                    Failure::new(
                        format!("`{}` cannot be made: {}", folder.display(), crate::files::reason(&error)),
                        "choose another folder",
                    )
                })?;
            }
            crate::files::write(std::path::Path::new(path), bytes).map_err(|error| {
                Failure::new(
                    format!("`{path}` cannot be written: {}", crate::files::reason(&error)),
                    "choose another file with `--output`",
                )
            })
        }
    }
}
