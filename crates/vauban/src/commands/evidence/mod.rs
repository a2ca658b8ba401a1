//! `vauban evidence`: what there is to show an auditor. One module per question.

mod coverage;
mod matrix;
mod maturity;
mod soa;

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use vauban_analysis::Session;
use vauban_analysis::compliance::Basis;
use vauban_analysis::export::coverage as exported;
use vauban_analysis::format::{InputFile, RECORD_FILE, read_record};
use vauban_model::SourceMap;
use vauban_model::did_you_mean;
use vauban_model::document::Table;
use vauban_model::framework::{Framework, Frameworks};
use vauban_model::record::Record;

use super::{Failure, pretty, write_output};
use crate::files;
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban evidence`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence coverage --framework soc2            each criterion with its evidence and gaps
  vauban evidence coverage --framework fedramp --baseline fedramp-moderate
  vauban evidence matrix --format csv -o matrix.csv    threats, controls, requirements
  vauban evidence soa --format markdown                statement of applicability of ISO/IEC 27001
  vauban evidence maturity                             SAMM and BSIMM, as far as records show

Evidence supports a requirement; whether it is met, an auditor decides.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The requirements of a framework, each with its evidence: what answers it, as of when, what is missing
    Coverage(coverage::Arguments),
    /// Threats, the controls against them, and the requirements that those help to meet
    Matrix(matrix::Arguments),
    /// The statement of applicability of a standard's annex, as far as the model and the record go
    Soa(soa::Arguments),
    /// What records show of the activities of SAMM and BSIMM
    Maturity(maturity::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Action::Coverage(arguments) => coverage::run(arguments),
        Action::Matrix(arguments) => matrix::run(arguments),
        Action::Soa(arguments) => soa::run(arguments),
        Action::Maturity(arguments) => maturity::run(arguments),
    }
}

/// What every question about evidence takes.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    project: ProjectArguments,

    /// The record of events; by default `vauban.record.jsonl` beside the model, where there is one
    #[arg(long, value_name = "FILE")]
    record: Option<String>,

    /// Days after which an approval or a review is stale
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    review_days: u32,

    /// How to print it
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

/// Kinds of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people at a terminal
    Text,
    /// For machines; has a published schema
    Json,
    /// One table, for spreadsheets
    Csv,
    /// For wikis and repositories
    Markdown,
}

/// A project with its record and the frameworks of its library.
struct Evidence {
    session: Session,
    record: Record,
    frameworks: Frameworks,
    review_days: u32,
}

impl Evidence {
    /// Reads everything, and says what is wrong with it.
    fn read(common: &Common) -> Result<Self, Failure> {
        let (session, _) = project::session(&common.project)?;
        project::narrate(&session.diagnostics, &session.project.sources);
        let (frameworks, problems) = session.library.frameworks();
        project::narrate(&problems, &session.library.sources);
        let record = record(common)?;
        Ok(Evidence { session, record, frameworks, review_days: common.review_days })
    }

    fn basis(&self) -> Basis<'_> {
        Basis {
            report: self.session.report(),
            record: &self.record,
            frameworks: &self.frameworks,
            review_days: i64::from(self.review_days),
        }
    }

    /// A framework by its id or alias.
    fn framework(&self, word: &str) -> Result<&Framework, Failure> {
        self.frameworks.find(word).ok_or_else(|| {
            let known = self.frameworks.frameworks.iter().flat_map(|framework| {
                std::iter::once(&*framework.id).chain(framework.aliases.iter().map(|alias| &**alias))
            });
            let help = did_you_mean(word, known).map_or_else(
                || "`vauban library list frameworks` names all".to_owned(),
                |word| format!("did you mean `{word}`?"),
            );
            Failure::new(format!("there is no framework `{word}`"), help)
        })
    }
}

/// The record that was named, or the one beside the model, or none.
fn record(common: &Common) -> Result<Record, Failure> {
    let name = match (&common.record, &common.project.model) {
        (Some(name), _) => name.clone(),
        (None, model) => {
            let place = Path::new(model.as_deref().unwrap_or("."));
            let folder = if place.is_dir() { place } else { place.parent().unwrap_or(Path::new("")) };
            let beside = folder.join(RECORD_FILE);
            if !beside.is_file() {
                return Ok(Record { events: Vec::new(), intact: true });
            }
            beside.to_string_lossy().replace('\\', "/")
        }
    };
    let bytes = files::read(&name)
        .map_err(|reason| Failure::new(format!("`{name}` cannot be read: {reason}"), "name another with `--record`"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut sources = SourceMap::default();
    let id = sources.add(name.clone(), text.clone());
    let (record, diagnostics) = read_record(&InputFile { id, name: &name, text: &text });
    project::narrate(&diagnostics, &sources);
    Ok(record)
}

/// What a question gave, before anybody decided on a format.
struct Answer<'a> {
    title: &'a str,
    subtitle: String,
    /// For a terminal.
    text: Box<dyn Fn() -> String + 'a>,
    json: serde_json::Value,
    /// The tables; the first is the one that CSV gives.
    tables: Vec<Table>,
}

/// Prints an answer as asked.
fn print(answer: &Answer<'_>, common: &Common) -> Result<ExitCode, Failure> {
    let text = match common.format {
        Shape::Text => (answer.text)(),
        Shape::Json => pretty(&answer.json),
        Shape::Csv => answer.tables.first().map(exported::csv).unwrap_or_default(),
        Shape::Markdown => exported::markdown(answer.title, &answer.subtitle, &answer.tables),
    };
    write_output(&text, common.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
