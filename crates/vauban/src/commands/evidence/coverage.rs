//! `vauban evidence coverage`.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::compliance;
use vauban_analysis::export::coverage::{json, tables, text};

use super::common::{Answer, Common, Evidence, has_baseline, print};
use crate::commands::Failure;

/// Arguments of `vauban evidence coverage`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence coverage model.yaml --framework soc2
  vauban evidence coverage --framework iso27001 --format markdown -o coverage.md
  vauban evidence coverage --framework fedramp --baseline fedramp-moderate --format csv

Standing of a requirement:
  evidenced     everything that answers it is there and up to date
  partly        something is missing, stale, or nobody stood behind it
  no-evidence   nothing is there
  not-claimed   a threat model has nothing to do with it, as far as anybody looked

Artefacts: methodology, inventory, data-flow-diagrams, threat-model, threat-catalogue, attack-paths,
risk-register, treatment-plan, risk-acceptances, control-matrix, verification-record,
vulnerability-assessment, review-record, statement-of-applicability, metrics, event-record")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,

    /// The framework, by id or alias; `vauban library list frameworks` names all
    #[arg(long, value_name = "FRAMEWORK")]
    framework: String,

    /// Only requirements of this baseline, level or profile
    #[arg(long, value_name = "BASELINE")]
    baseline: Option<String>,

    /// Also list requirements on which nothing is claimed
    #[arg(long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let evidence = Evidence::read(&arguments.common)?;
    let framework = evidence.framework(&arguments.framework)?;
    let baseline = arguments.baseline.as_deref().unwrap_or("");
    has_baseline(framework, baseline)?;
    let found = compliance::coverage(&evidence.basis(), framework, baseline);
    let answer = Answer {
        title: "Evidence for a framework",
        subtitle: format!("{}. System: {}.", found.name, found.system),
        text: Box::new(|| text::coverage(&found, arguments.all)),
        json: json::coverage(&found),
        tables: vec![tables::requirements(&found), tables::artefacts(&found), tables::labels(&found)],
    };
    print(&answer, &arguments.common)
}
