//! `vauban report`: everything that was found, as a document.

pub(crate) mod brand;
pub(crate) mod documents;

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use vauban_analysis::export::{html, json, markdown, navigator, oscal, sarif};

use vauban_model::brand::Brand;

use super::{Failure, pretty, write_output};
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban report model.yaml                                        one HTML file, threat-report.html
  vauban report model.yaml --format markdown --output THREATS.md
  vauban report model.yaml --format navigator > layer.json        a layer for ATT&CK Navigator
  vauban report model.yaml --format oscal-poam > poam.json        decisions and dates for a compliance tool

Documents, each with its own question to answer:
  vauban report model.yaml --format pdf -o threat-model.pdf       all of them in one, with contents
  vauban report model.yaml --document risk-register -o risks.xlsx
  vauban report model.yaml --document pasta,stride --format docx -o documents/
  vauban report model.yaml --document all --format pdf -o documents/
  vauban report model.yaml --document risk-register --format csv  the register as one table
  vauban report --list-documents                                  their names, and what each answers

`--brand FILE`, or `brand:` in vauban.yaml, gives them your name, logo, colour, footer and marking.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// What to write; by default what the ending of `--output` says, else HTML
    #[arg(long, value_enum)]
    format: Option<Shape>,

    /// Write to this file; by default `threat-report.html` for HTML and standard output for the others; `-` is always
    /// standard output. Several documents, or several tables as CSV, go to a folder of this name
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,

    /// List every finding, not only the ones that matter most
    #[arg(long)]
    all: bool,

    /// The documents to write, by name (may be repeated or separated by commas), or `all`; by default `full`, which
    /// holds all others, for the formats that only documents have
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    document: Vec<String>,

    /// CSV: the table to write, by its name; by default the first of the document
    #[arg(long, value_name = "NAME")]
    table: Option<String>,

    /// How documents look: a file with name, logo, colour, footer and marking; by default `brand` of vauban.yaml
    #[arg(long, value_name = "FILE")]
    brand: Option<String>,

    /// Name the documents there are, and stop
    #[arg(long)]
    list_documents: bool,
}

/// Kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// One self-contained page; without `--document` the interactive report
    Html,
    /// For wikis and repositories
    Markdown,
    /// Documents for people: typeset, with contents, page numbers and tags for screen readers
    Pdf,
    /// Documents for word processors
    Docx,
    /// A workbook: one sheet for each table of the documents
    Xlsx,
    /// A table of a document
    Csv,
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

impl Shape {
    /// The format that a file's ending means, for formats of documents.
    fn of_ending(path: &str) -> Option<Self> {
        let (_, ending) = path.rsplit_once('.')?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "html" | "htm" => Shape::Html,
            "md" | "markdown" => Shape::Markdown,
            "pdf" => Shape::Pdf,
            "docx" => Shape::Docx,
            "xlsx" => Shape::Xlsx,
            "csv" => Shape::Csv,
            "sarif" => Shape::Sarif,
            "json" => Shape::Json,
            _ => return None,
        })
    }

    /// Whether a file of this format may have the ending of another: much is JSON underneath.
    fn goes_with(self, ending: Self) -> bool {
        let is_json =
            !matches!(self, Shape::Html | Shape::Markdown | Shape::Pdf | Shape::Docx | Shape::Xlsx | Shape::Csv);
        self == ending || is_json && ending == Shape::Json
    }

    /// The word that `--format` takes.
    fn word(self) -> String {
        self.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether only documents have it.
    fn is_of_documents(self) -> bool {
        matches!(self, Shape::Pdf | Shape::Docx | Shape::Xlsx | Shape::Csv)
    }
}

/// Where the page goes when nobody says.
const PAGE: &str = "threat-report.html";

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.list_documents {
        return documents::list();
    }
    let ending = arguments.output.as_deref().and_then(Shape::of_ending);
    let format = arguments.format.or(ending).unwrap_or(Shape::Html);
    if let (Some(ending), Some(path)) = (ending, arguments.output.as_deref())
        && !format.goes_with(ending)
        && !documents::is_folder(path)
    {
        return Err(Failure::new(
            format!("`{path}` says one format and `--format {}` another", format.word()),
            "leave `--format` out, or give the file the ending of its format",
        ));
    }
    if !arguments.document.is_empty() || format.is_of_documents() {
        return documents::run(arguments, format);
    }
    let (session, configuration) = project::session(&arguments.project)?;
    let is_page = matches!(format, Shape::Html | Shape::Markdown);
    let brand = if is_page { brand::brand(arguments.brand.as_deref(), &configuration)? } else { Brand::default() };
    project::narrate(&session.diagnostics, &session.project.sources);
    let report = session.report();
    // A logo is a file of its own beside a text; a text on standard output has none.
    let file = super::to_file(arguments.output.as_deref()).filter(|_| format == Shape::Markdown);
    let logo = file.and_then(|path| documents::logo(&brand, path));
    let text = match format {
        Shape::Markdown => markdown::branded(&report, arguments.all, &brand, logo.as_ref().map(|(name, _)| &**name)),
        Shape::Sarif => pretty(&sarif::sarif(&report, !arguments.all)),
        Shape::Json => json::check_text(&report),
        Shape::Navigator => pretty(&navigator::navigator(&report)),
        Shape::OscalAssessmentResults => pretty(&oscal::assessment_results(&report, session.catalogues.oscal())),
        Shape::OscalPoam => pretty(&oscal::plan_of_action(&report, session.catalogues.oscal())),
        Shape::OscalComponentDefinition => pretty(&oscal::component_definition(&report, session.catalogues.oscal())),
        _ => html::branded(&report, arguments.all, &brand),
    };
    let output = match (arguments.output.as_deref(), format) {
        (None, Shape::Html) => Some(PAGE),
        (given, _) => super::to_file(given),
    };
    write_output(&text, output)?;
    if let (Some(path), Some((name, bytes))) = (output, logo) {
        documents::write_beside(path, &name, &bytes)?;
    }
    if let Some(path) = output {
        told(path);
    }
    // As with `check`: what could be read is reported, and that not all could be read is no success.
    Ok(project::read_whole(&session))
}

/// Says where something was written.
fn told(path: &str) {
    let full = std::fs::canonicalize(path).map_or_else(|_| path.to_owned(), |full| full.display().to_string());
    tell!("The report is in {full}");
}
