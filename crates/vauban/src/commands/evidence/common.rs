//! What the questions of evidence for frameworks share: arguments, reading, printing.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use vauban_analysis::Session;
use vauban_analysis::compliance::Basis;
use vauban_analysis::export::coverage as exported;
use vauban_analysis::reviews;
use vauban_model::did_you_mean;
use vauban_model::document::Table;
use vauban_model::framework::{Framework, Frameworks};
use vauban_model::record::Record;

use crate::commands::{Failure, pretty, write_output};
use crate::project::{self, ProjectArguments};

/// What every question about evidence takes.
#[derive(Debug, Args)]
pub(super) struct Common {
    #[command(flatten)]
    pub(super) project: ProjectArguments,

    /// Days after which an approval or a review is stale; by default the time between two reviews that the methodology sets
    /// for the system's criticality
    #[arg(long, value_name = "DAYS")]
    pub(super) review_days: Option<u32>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    pub(super) format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<String>,
}

/// Kinds of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
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
pub(super) struct Evidence {
    pub(super) session: Session,
    pub(super) record: Record,
    pub(super) frameworks: Frameworks,
    pub(super) review_days: i64,
    /// What stands for the model as it is.
    pub(super) model_hashes: Vec<String>,
    methodology_hashes: Vec<String>,
}

impl Evidence {
    /// Reads everything, and says what is wrong with it.
    pub(super) fn read(common: &Common) -> Result<Self, Failure> {
        let (session, _) = project::session(&common.project)?;
        project::narrate(&session.diagnostics, &session.project.sources);
        project::sound(&session)?;
        let (frameworks, problems) = session.library.frameworks();
        project::narrate(&problems, &session.library.sources);
        let record = session.project.record.clone().unwrap_or_else(|| Record { events: Vec::new(), intact: true });
        let review_days = common.review_days.map_or_else(|| reviews::days(&session), i64::from);
        let model_hashes = reviews::model_hashes(&session);
        let methodology_hashes = reviews::methodology_hashes(&session);
        Ok(Evidence { session, record, frameworks, review_days, model_hashes, methodology_hashes })
    }

    pub(super) fn basis(&self) -> Basis<'_> {
        Basis {
            report: self.session.report(),
            record: &self.record,
            frameworks: &self.frameworks,
            review_days: self.review_days,
            model_hashes: &self.model_hashes,
            methodology_hashes: &self.methodology_hashes,
        }
    }

    /// A framework by its id or alias.
    pub(super) fn framework(&self, word: &str) -> Result<&Framework, Failure> {
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

/// Refuses a baseline that a framework does not have; an empty one means all of it.
pub(super) fn has_baseline(framework: &Framework, baseline: &str) -> Result<(), Failure> {
    let known = framework.baselines();
    if baseline.is_empty() || known.contains(&baseline) {
        return Ok(());
    }
    let help = did_you_mean(baseline, known.iter().copied()).map_or_else(
        || match known.is_empty() {
            true => "leave `--baseline` out".to_owned(),
            false => format!("one of: {}", known.join(", ")),
        },
        |word| format!("did you mean `{word}`?"),
    );
    Err(Failure::new(format!("`{}` has no baseline `{baseline}`", framework.id), help))
}

/// What a question gave, before anybody decided on a format.
pub(super) struct Answer<'a> {
    pub(super) title: &'a str,
    pub(super) subtitle: String,
    /// For a terminal.
    pub(super) text: Box<dyn Fn() -> String + 'a>,
    pub(super) json: serde_json::Value,
    /// The tables; the first is the one that CSV gives.
    pub(super) tables: Vec<Table>,
}

/// Prints an answer as asked.
pub(super) fn print(answer: &Answer<'_>, common: &Common) -> Result<ExitCode, Failure> {
    let text = match common.format {
        Shape::Text => {
            let terminal = common.output.is_none() && std::io::IsTerminal::is_terminal(&std::io::stdout());
            project::style(false, terminal).fitted((answer.text)())
        }
        Shape::Json => pretty(&answer.json),
        Shape::Csv => answer.tables.first().map(exported::csv).unwrap_or_default(),
        Shape::Markdown => exported::markdown(answer.title, &answer.subtitle, &answer.tables),
    };
    write_output(&text, common.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
