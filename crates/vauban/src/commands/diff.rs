//! `vauban diff`: two versions of a model in terms of architecture and threats.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use vauban_analysis::compare::{self, Change, Direction};
use vauban_analysis::export::terminal;

use super::{Failure, Shape, pretty, write_output};
use crate::project::{self, SharedArguments, When};

/// Arguments of `vauban diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban diff old.yaml new.yaml
  vauban diff main:model.yaml model.yaml         the model at a git revision and the one here")]
pub(crate) struct Arguments {
    /// The earlier model: a file, or REVISION:FILE from git
    #[arg(value_name = "A")]
    before: String,

    /// The later model: a file, or REVISION:FILE from git
    #[arg(value_name = "B")]
    after: String,

    #[command(flatten)]
    shared: SharedArguments,

    /// Exit 1 when something got worse
    #[arg(long)]
    fail_on_worse: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let open = |name: &str| match name.split_once(':') {
        Some((revision, file)) if is_revision(name) => {
            let shared = SharedArguments { lenient: true, ..arguments.shared.clone() };
            project::session_with(Some(file), &shared, When::Revision(revision), 50)
        }
        _ => project::session_with(Some(name), &arguments.shared, When::Now, 50),
    };
    let (before, _) = open(&arguments.before)?;
    let (after, _) = open(&arguments.after)?;
    // What half a model lacks is no difference. An earlier state is compared as far as it can be read.
    for side in [&before, &after] {
        project::narrate(&side.diagnostics, &side.project.sources);
    }
    project::sound(&after)?;
    if !is_revision(&arguments.before) {
        project::sound(&before)?;
    }
    let changes = compare::compare(&before, &after);
    let text = match arguments.format {
        Shape::Text => lines(&changes, false),
        Shape::Markdown => lines(&changes, true),
        Shape::Json => pretty(&json!({
            "schema": "https://vauban.example/schema/diff/1",
            "version": 1,
            "changes": changes.iter().map(|change| json!({
                "direction": change.direction.as_str(),
                "kind": change.kind,
                "subject": change.subject,
                "text": change.text,
            })).collect::<Vec<_>>(),
        })),
    };
    write_output(&text, arguments.output.as_deref())?;
    let worse = changes.iter().any(|change| change.direction == Direction::Worse);
    Ok(if arguments.fail_on_worse && worse { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

pub(super) fn lines(changes: &[Change], markdown: bool) -> String {
    if changes.is_empty() {
        return "Nothing changed in architecture or threats.\n".to_owned();
    }
    let mut out = String::new();
    for (direction, title, sign) in
        [(Direction::Worse, "Worse", "+"), (Direction::Better, "Better", "-"), (Direction::Different, "Different", "~")]
    {
        let list: Vec<&Change> = changes.iter().filter(|change| change.direction == direction).collect();
        if list.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&if markdown { format!("### {title}\n\n") } else { format!("{title}\n") });
        for change in list {
            let text = terminal::harmless(&change.text);
            out.push_str(&if markdown { format!("- {text}\n") } else { format!("  {sign} {text}\n") });
        }
    }
    out
}

/// Whether a side is a file at a revision, `main:model.yaml`, and not one that is there.
fn is_revision(name: &str) -> bool {
    !name.starts_with('-') && name.contains(':') && !std::path::Path::new(name).is_file()
}
