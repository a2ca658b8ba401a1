//! `vauban export` and `vauban convert`: a model in the format of another tool.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::Session;
use vauban_analysis::export::interchange::{self, Aspect, Format, Loss, Original};
use vauban_analysis::export::terminal::{count, harmless};
use vauban_analysis::written_back;

use super::{Failure, write_replacing};
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban export model.yaml --format mermaid               to standard output
  vauban export model.yaml --output model.mmd             the ending says the format
  vauban export model.yaml --output model.mmd --dry-run   what the format cannot say, before anything is written
  vauban export --list                                    every format and what it can carry")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// The format to write; by default what the ending of the output says
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,

    /// Put our part into this file of the same format and keep everything else that is in it; by default the model's own
    /// file, if it is in that format
    #[arg(long, value_name = "FILE")]
    onto: Option<String>,

    /// CSV: the table to write: components, flows, boundaries, data, identities, threats, decisions, questions or
    /// assumptions
    #[arg(long, value_name = "TABLE", default_value = "components")]
    sheet: String,

    /// Say what the format cannot carry, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Write nothing if something would be lost
    #[arg(long)]
    no_loss: bool,

    /// List the formats that can be written, and what each can carry
    #[arg(long)]
    list: bool,
}

/// Arguments of `vauban convert`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban convert drawing.json model.mmd       from any format that can be read to any that can be written
  vauban convert drawing.json model.mmd --dry-run")]
pub(crate) struct ConvertArguments {
    /// The model to read: ours, another tool's, or a folder of infrastructure code
    from: String,

    /// The file to write; its ending says the format; `-` is standard output
    #[arg(required_unless_present = "output")]
    to: Option<String>,

    /// The same, as for the other commands
    #[arg(long, short, value_name = "FILE", conflicts_with = "to")]
    output: Option<String>,

    /// The format to write, where the ending does not say it
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,

    /// Say what the format cannot carry, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Write nothing if something would be lost
    #[arg(long)]
    no_loss: bool,

    #[command(flatten)]
    shared: project::SharedArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.list {
        super::write_output(&list(), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let format = chosen(arguments.format.as_deref(), super::to_file(arguments.output.as_deref()))?;
    let (session, _) = project::session(&arguments.project)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    let job = Job {
        format,
        output: super::to_file(arguments.output.as_deref()),
        onto: arguments.onto.as_deref(),
        sheet: &arguments.sheet,
        dry_run: arguments.dry_run,
        no_loss: arguments.no_loss,
    };
    job.run(&session)
}

pub(crate) fn convert(arguments: &ConvertArguments) -> Result<ExitCode, Failure> {
    let to = arguments.to.as_deref().or(arguments.output.as_deref()).unwrap_or("-");
    let ours = |name: &str| [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending));
    let format = match (arguments.format.as_deref(), Format::of_name(to)) {
        (None, None) if ours(to) => {
            return Err(Failure::new(
                "`convert` writes the formats of other tools",
                format!("our own format: `vauban import {} --output {}`", arguments.from, to),
            ));
        }
        (word, _) => chosen(word, super::to_file(Some(to)))?,
    };
    let project = ProjectArguments { model: Some(arguments.from.clone()), shared: arguments.shared.clone() };
    let (session, _) = project::session(&project)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    let job = Job {
        format,
        output: super::to_file(Some(to)),
        onto: None,
        sheet: "components",
        dry_run: arguments.dry_run,
        no_loss: arguments.no_loss,
    };
    job.run(&session)
}

/// Every format with what it can carry.
fn list() -> String {
    let mut text = String::new();
    for format in Format::ALL {
        let carries: Vec<&str> = format.carries().iter().map(|aspect| aspect.as_str()).collect();
        text.push_str(&format!(
            "{:<16} {} (.{})\n{:<16} carries: {}\n",
            format.as_str(),
            format.description(),
            format.extension(),
            "",
            carries.join(", ")
        ));
    }
    text
}

/// The format that a word or a file's ending names.
fn chosen(word: Option<&str>, output: Option<&str>) -> Result<Format, Failure> {
    let known = || Format::ALL.map(Format::as_str).join(", ");
    match (word, output) {
        (Some(word), _) => Format::parse(word).ok_or_else(|| {
            Failure::new(format!("`{word}` is no format that can be written"), format!("one of: {}", known()))
        }),
        (None, Some(name)) => Format::of_name(name).ok_or_else(|| {
            let ending = |wanted: &str| name.to_ascii_lowercase().ends_with(wanted);
            let help = if ending(".svg") || ending(".png") {
                format!("pictures: `vauban picture MODEL --output {name}`")
            } else if ending(".vsdx") {
                "Visio is read, not written; draw.io opens a `.drawio` and saves it as `.vsdx`".to_owned()
            } else if ending(".json") {
                let which = "`.td.json` Threat Dragon, `.tc.json` Threat Composer, `.cdx.json` CycloneDX";
                format!("name one with `--format`, or by the whole ending: {which}, `.tmbom.json` Threat Model Library")
            } else {
                format!("name one with `--format`: {}", known())
            };
            Failure::new(format!("the ending of `{name}` says no format"), help)
        }),
        (None, None) => Err(Failure::new("no format is named", format!("name one with `--format`: {}", known()))),
    }
}

/// One file to write.
struct Job<'a> {
    format: Format,
    output: Option<&'a str>,
    onto: Option<&'a str>,
    sheet: &'a str,
    dry_run: bool,
    no_loss: bool,
}

impl Job<'_> {
    fn run(&self, session: &Session) -> Result<ExitCode, Failure> {
        let report = session.report();
        let project = &session.project;
        // The file our part goes into: the one named, or the model's own.
        if let Some(path) = self.onto.filter(|_| !self.format.keeps_original()) {
            let keeping = Format::ALL.into_iter().filter(|format| format.keeps_original()).map(Format::as_str);
            return Err(Failure::new(
                format!("{} is written whole, and would keep nothing of `{path}`", self.format.as_str()),
                format!("leave `--onto` out; it is for {}", keeping.collect::<Vec<_>>().join(", ")),
            ));
        }
        let named = match self.onto {
            Some(path) => Some(crate::files::read(path).map_err(|reason| {
                Failure::new(format!("`{path}` cannot be read: {reason}"), "name the drawing that is to be kept")
            })?),
            None => None,
        };
        let named_text = named.as_deref().map(String::from_utf8_lossy);
        if let (Some(path), Some(bytes), Some(text)) = (self.onto, &named, &named_text) {
            let raw = if vauban_analysis::import::is_binary(bytes) { bytes.as_slice() } else { &[] };
            let found = vauban_analysis::project::recognise(path, text, raw);
            if found != Some(self.format.as_str()) {
                let is = found.map_or_else(|| "in no format that Vauban knows".to_owned(), str::to_owned);
                return Err(Failure::new(
                    format!("`{path}` is {is}, not {}; nothing was written", self.format.as_str()),
                    "name a file of the format that is written, or leave `--onto` out",
                ));
            }
        }
        if let (Some(path), Some(text)) = (self.onto, &named_text)
            && named.as_deref().is_some_and(|bytes| !vauban_analysis::import::is_binary(bytes))
            && !written_back::is_readable(self.format, text)
        {
            return Err(Failure::new(
                format!("`{path}` has errors, so that nothing can be written into it; nothing was written"),
                format!("`vauban import {path}` says what is wrong"),
            ));
        }
        let own = project.sources.iter().next().filter(|_| project.format == self.format.as_str());
        let original = match (&named, &named_text) {
            (Some(bytes), _) if vauban_analysis::import::is_binary(bytes) => Some(Original { text: "", bytes }),
            (Some(_), Some(text)) => Some(Original { text, bytes: &[] }),
            _ => own.map(|(_, file)| Original { text: &file.text, bytes: &file.bytes }),
        };
        let mut exported = match self.format {
            Format::Csv => interchange::csv_table(&report, self.sheet),
            format => interchange::export(format, &report, original),
        };
        // A table counts itself what the others hold.
        let counted = original.is_none() && self.format != Format::Csv;
        let mut losses = if counted { interchange::losses(self.format, &report) } else { Vec::new() };
        losses.append(&mut exported.losses);
        // Decisions are of files of their own, which no reading of the written file brings back.
        if original.is_some() && self.format.keeps_original() {
            let decisions = |loss: &Loss| loss.what == Aspect::Decisions.as_str();
            losses.extend(interchange::losses(self.format, &report).into_iter().filter(decisions));
        }
        if let Some(original) = original.filter(|_| self.format.keeps_original() && !exported.bytes.is_empty()) {
            losses.extend(written_back::losses(self.format, report.model, original.text, &exported.bytes));
        }
        let undecided = super::import::not_carried(session);
        if !undecided.is_empty() && (original.is_none() || self.format == Format::Threagile) {
            losses.push(Loss {
                what: "decisions on risks that meet no finding here, or are not made yet".to_owned(),
                count: undecided.len(),
                examples: undecided.iter().take(3).map(|it| it.pattern.clone()).collect(),
            });
        }
        for remark in &exported.remarks {
            tell!("note: {}", harmless(remark));
        }
        let lossless = losses.is_empty();
        tell(self.format, &losses);
        if self.dry_run {
            if lossless && !exported.bytes.is_empty() {
                tell!("{} can say everything that is in the model.", self.format.as_str());
            }
            tell!("Nothing was written.");
            return Ok(ExitCode::SUCCESS);
        }
        if self.no_loss && !lossless {
            tell!("Nothing was written: `--no-loss`.");
            return Ok(ExitCode::from(1));
        }
        if exported.bytes.is_empty() {
            return Err(Failure::new(
                format!("nothing to write as {}", self.format.as_str()),
                "the notes above say why",
            ));
        }
        let kept = match (self.onto, original) {
            (Some(path), _) => Some(path),
            (None, Some(_)) if self.format.keeps_original() => project.sources.iter().next().map(|(_, it)| &*it.name),
            _ => None,
        };
        // Of a model with errors a part is missing: that part would be gone for good.
        let broken = session.diagnostics.iter().any(|one| one.severity == vauban_model::Severity::Error);
        if let Some(path) = self.output.filter(|path| broken && std::path::Path::new(path).is_file()) {
            return Err(Failure::new(
                format!("the model has errors, and `{path}` is there already; nothing was written"),
                "mend what is told above, or write to another file",
            ));
        }
        write_replacing(&exported.bytes, self.output, kept)?;
        if let Some(path) = self.output {
            tell!("Written to {path}.");
        }
        Ok(project::read_whole(session))
    }
}

/// Facts without a place that are named; the others are counted.
const FACTS: usize = 8;

/// Says what is lost: facts together on one line, everything else a line each.
fn tell(format: Format, losses: &[Loss]) {
    if losses.is_empty() {
        return;
    }
    tell!("{} cannot say everything that is in the model; left out:", format.as_str());
    let is_fact = |loss: &&Loss| loss.what.starts_with("facts: ");
    let facts: Vec<&Loss> = losses.iter().filter(is_fact).collect();
    if !facts.is_empty() {
        let all: usize = facts.iter().map(|loss| loss.count).sum();
        let mut named: Vec<String> = facts
            .iter()
            .take(FACTS)
            .map(|loss| format!("{} {}", loss.what.trim_start_matches("facts: "), loss.count))
            .collect();
        if facts.len() > FACTS {
            named.push(format!("{} more kinds", facts.len() - FACTS));
        }
        tell!("  facts ({}): {}", count(all, "time"), named.join(", "));
    }
    for loss in losses.iter().filter(|loss| !is_fact(loss)) {
        let examples: Vec<String> = loss.examples.iter().map(|id| format!("`{id}`")).collect();
        let more = if loss.count > loss.examples.len() { ", …" } else { "" };
        tell!("  {} ({}: {}{more})", loss.what, count(loss.count, "time"), harmless(&examples.join(", ")));
    }
}
