//! `vauban report`: everything that was found, as a document.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use vauban_analysis::export::{html, json, markdown, navigator, oscal, sarif};

use super::{Failure, pretty, write_output};
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban report model.yaml                                        one HTML file, threat-report.html
  vauban report model.yaml --format markdown --output THREATS.md
  vauban report model.yaml --format navigator > layer.json        a layer for ATT&CK Navigator
  vauban report model.yaml --format oscal-poam > poam.json        decisions and dates for a compliance tool")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// What to write
    #[arg(long, value_enum, default_value_t = Shape::Html)]
    format: Shape,

    /// Write to this file; by default `threat-report.html` for HTML and standard output for the others; `-` is always
    /// standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,

    /// List every finding, not only the ones that matter most
    #[arg(long)]
    all: bool,
}

/// Kinds of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// One self-contained page with diagram, attack paths, matrices and register
    Html,
    /// For wikis and repositories
    Markdown,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// For machines; has a published schema
    Json,
    /// A layer for MITRE's ATT&CK Navigator
    Navigator,
    /// OSCAL 1.2 of NIST: every finding and risk, with evidence
    OscalAssessmentResults,
    /// OSCAL 1.2: the plan of action and milestones, which holds decisions with owners and dates
    OscalPoam,
    /// OSCAL 1.2: components and the controls that they are said to have
    OscalComponentDefinition,
}

/// Where the page goes when nobody says.
const PAGE: &str = "threat-report.html";

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (session, _) = project::session(&arguments.project)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    let report = session.report();
    let text = match arguments.format {
        Shape::Html => html::html(&report, arguments.all),
        Shape::Markdown => markdown::markdown(&report, arguments.all),
        Shape::Sarif => pretty(&sarif::sarif(&report, !arguments.all)),
        Shape::Json => json::check_text(&report),
        Shape::Navigator => pretty(&navigator::navigator(&report)),
        Shape::OscalAssessmentResults => pretty(&oscal::assessment_results(&report, session.catalogues.oscal())),
        Shape::OscalPoam => pretty(&oscal::plan_of_action(&report, session.catalogues.oscal())),
        Shape::OscalComponentDefinition => pretty(&oscal::component_definition(&report, session.catalogues.oscal())),
    };
    let output = match (arguments.output.as_deref(), arguments.format) {
        (None, Shape::Html) => Some(PAGE),
        (given, _) => super::to_file(given),
    };
    super::spare_inputs(output, &session.project.sources, None)?;
    write_output(&text, output)?;
    if let Some(path) = output {
        let full = std::fs::canonicalize(path).map_or_else(|_| path.to_owned(), |full| full.display().to_string());
        eprintln!("The report is in {full}");
    }
    Ok(ExitCode::SUCCESS)
}
