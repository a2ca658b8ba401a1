//! `vauban evidence soa`.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::compliance;
use vauban_analysis::export::coverage::{json, tables, text};
use vauban_model::framework::Framework;

use super::common::{Answer, Common, Evidence, print};
use crate::commands::Failure;

/// Arguments of `vauban evidence soa`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence soa model.yaml
  vauban evidence soa --format csv -o applicability.csv

A control applies when a threat of the model calls for it, or when the record says so: an event `scoped` about
FRAMEWORK:ID with `scope` `in` or `out` and a reason. What neither says is not assessed; people say the rest.")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,

    /// The framework; by default the one that asks for such a statement
    #[arg(long, value_name = "FRAMEWORK")]
    framework: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let evidence = Evidence::read(&arguments.common)?;
    let framework = framework(&evidence, arguments.framework.as_deref())?;
    let rows = compliance::applicability(&evidence.basis(), framework);
    let answer = Answer {
        title: "Statement of applicability",
        subtitle: format!(
            "{}, {}. System: {}.",
            framework.name, framework.version, evidence.session.project.model.system.name
        ),
        text: Box::new(|| text::applicability(&framework.id, &rows)),
        json: json::applicability(&framework.id, &rows),
        tables: vec![tables::applicability(&rows)],
    };
    print(&answer, &arguments.common)
}

/// The framework that was named, or the one that asks for a statement of applicability.
fn framework<'e>(evidence: &'e Evidence, word: Option<&str>) -> Result<&'e Framework, Failure> {
    let stating = || evidence.frameworks.frameworks.iter().filter(|framework| !framework.statement.is_empty());
    let ids = || stating().map(|framework| &*framework.id).collect::<Vec<_>>().join(", ");
    let Some(word) = word else {
        let mut found = stating();
        return match (found.next(), found.next()) {
            (Some(framework), None) => Ok(framework),
            (None, _) => {
                Err(Failure::new("no framework asks for a statement of applicability", "set `statement` in one"))
            }
            _ => Err(Failure::new("several frameworks ask for such a statement", format!("name one of: {}", ids()))),
        };
    };
    let framework = evidence.framework(word)?;
    if framework.statement.is_empty() {
        let message = format!("`{}` asks for no statement of applicability", framework.id);
        return Err(Failure::new(message, format!("one of: {}", ids())));
    }
    Ok(framework)
}
