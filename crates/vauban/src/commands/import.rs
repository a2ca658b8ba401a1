//! `vauban import`: a model of another tool, written in our format.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::export::terminal;
use vauban_analysis::format::{write_decisions, write_model};
use vauban_analysis::import::ImportedDecision;
use vauban_analysis::{Options, Session};
use vauban_model::Severity;
use vauban_model::finding::{Decision, Treatment};
use vauban_model::model::{Model, Note};

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
            text.push_str(&format!(
                "{:<16} {}\n{:<16} carries: {}\n",
                format.as_str(),
                format.description(),
                "",
                format.carries()
            ));
        }
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (project, _, library) = project::read(arguments.project.model.as_deref(), &arguments.project.shared)?;
    project::narrate(&project.diagnostics, &project.sources);
    let output = super::to_file(arguments.output.as_deref());
    super::spare_inputs(output, None)?;
    let broken = project.diagnostics.iter().any(|d| d.severity == Severity::Error);
    if let Some(path) = output.filter(|_| broken) {
        // What could be read of a damaged file is better than nothing, and worse than what is there.
        let there = std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() > 0);
        let model = &project.model;
        let empty = model.components.is_empty() && model.boundaries.is_empty() && model.recorded_threats.is_empty();
        if there || empty && model.data.is_empty() && model.identities.is_empty() {
            return Err(Failure::new(
                if there {
                    format!("`{path}` stays as it is, as what was read has errors")
                } else {
                    "nothing was written, as nothing could be read".to_owned()
                },
                if there { "mend them, or choose another file with `--output`" } else { "mend the errors above" },
            ));
        }
    }
    if project.imported_decisions.is_empty() {
        write_output(&write_model(&project.model), output)?;
    }
    // Those that stand in the model's own file, and not in files of decisions beside it.
    let in_model = project.decisions.iter().any(|decision| decision.span.file == vauban_model::FileId(0));
    if !project.imported_decisions.is_empty() || in_model {
        // Decisions are about our findings, so the model is analysed to find which ones they meet.
        let session = Session::new(project, library, Options::default());
        if !session.project.imported_decisions.is_empty() {
            write_output(&write_model(&with_notes(&session)), output)?;
        }
        if !session.decisions.is_empty() {
            let today = arguments.project.shared.today.clone().unwrap_or_else(project::today);
            let owner = &session.project.model.system.owner;
            let owner = owner.as_deref().filter(|owner| !owner.is_empty()).unwrap_or("unknown");
            let decisions: Vec<Decision> = session.decisions.iter().map(|d| completed(d, owner, &today)).collect();
            let text = write_decisions(&decisions);
            match output {
                Some(path) => {
                    let path = project::beside(path, "decisions");
                    let what = terminal::count(decisions.len(), "decision");
                    // Nobody named this file: what a team decided there is not lost by importing again.
                    if std::fs::read(&path).is_ok_and(|there| !there.is_empty() && there != text.as_bytes()) {
                        tell!(
                            "{path} is there already and stays as it is; to have the {what} of the import instead, move it \
                             away and import again."
                        );
                    } else {
                        write_output(&text, Some(&path))?;
                        let day = next_year(&today);
                        tell!("{what} written to {path}; what had no day to lapse on lapses on {day}.");
                    }
                }
                None => tell!(
                    "{} carried over only into a file: `--output FILE`.",
                    vauban_model::words::count_verb(session.decisions.len(), "decision", "is", "are")
                ),
            }
        }
    }
    if let Some(path) = output {
        tell!("Model written to {path}; next: `vauban check {path}`.");
    }
    Ok(if broken { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// What was decided or is being discussed in the other tool and is no decision here: it meets no finding, or it is not
/// made yet. One that says nothing but that nobody looked is none.
pub(super) fn not_carried(session: &Session) -> Vec<&ImportedDecision> {
    let unmet = |it: &ImportedDecision| {
        session.diagnostics.iter().any(|told| told.code == "decision-without-finding" && told.span == Some(it.span))
    };
    let made =
        |it: &ImportedDecision| matches!(&*it.status, "accepted" | "false-positive" | "mitigated" | "in-progress");
    let empty = |it: &ImportedDecision| {
        matches!(&*it.status, "" | "unchecked") && [&it.reason, &it.ticket, &it.by].iter().all(|text| text.is_empty())
    };
    // What was decided about a threat that people recorded is its state, which the model has.
    let recorded = |it: &ImportedDecision| {
        let mut threats = session.project.model.recorded_threats.iter();
        threats.any(|threat| threat.id == it.pattern && !threat.status.is_empty())
    };
    let all = session.project.imported_decisions.iter();
    all.filter(|it| !recorded(it) && (unmet(it) || !made(it) && !empty(it))).collect()
}

/// The model with a note for each decision that could not become one of ours; says which these are.
fn with_notes(session: &Session) -> Model {
    let mut model = session.project.model.clone();
    let dropped = not_carried(session);
    for decision in &dropped {
        let said: Vec<String> = [
            ("Status", &decision.status),
            ("Reason", &decision.reason),
            ("Ticket", &decision.ticket),
            ("Date", &decision.date),
            ("By", &decision.by),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| format!("{key}: {text}"))
        .collect();
        model.notes.push(Note {
            kind: "risk-tracking".into(),
            title: decision.pattern.clone(),
            text: said.join("\n").into(),
            span: decision.span,
        });
    }
    if !dropped.is_empty() {
        let what = terminal::count(dropped.len(), "decision");
        tell!("{what} of the other tool meet no finding here or are not made yet; each is a note of the model:");
        for decision in &dropped {
            tell!("  {} ({})", terminal::harmless(&decision.pattern), terminal::harmless(&decision.status));
        }
    }
    model
}

/// A decision as ours must be: other tools know neither a last day nor who approved.
fn completed(decision: &Decision, owner: &str, today: &str) -> Decision {
    let mut out = decision.clone();
    for person in [&mut out.owner, &mut out.approver] {
        if person.is_empty() {
            *person = owner.into();
        }
    }
    if out.until.is_none() && out.treatment != Treatment::Mitigate {
        out.until = Some(next_year(today).into());
    }
    if out.reason.is_empty() {
        out.reason = "Decided in the tool it was imported from, without a reason.".into();
    }
    out
}

/// The same day a year later.
fn next_year(day: &str) -> String {
    let year = day.get(..4).and_then(|year| year.parse::<u32>().ok()).unwrap_or(2000) + 1;
    match day.get(4..) {
        Some("-02-29") => format!("{year}-02-28"),
        Some(rest) => format!("{year}{rest}"),
        None => format!("{year}-01-01"),
    }
}
