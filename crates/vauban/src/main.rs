//! The command line: reads files, asks `vauban-analysis`, prints. No analysis happens here.

#![expect(clippy::print_stdout, reason = "printing is what a command line is for")]

/// Says something beside the output, on the standard error. Who does not listen misses it; names with codes for terminals
/// in them are harmless.
macro_rules! tell {
    ($($argument:tt)*) => {
        $crate::say(&format!($($argument)*))
    };
}

mod commands;
mod files;
mod fonts;
mod lock;
mod project;
mod record;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use vauban_analysis::export::terminal;

fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{}", terminal::harmless_lines(text));
}

/// Threat modeling that reads what you build and gives reasons you can check.
#[derive(Debug, Parser)]
#[command(name = "vauban", version, max_term_width = 100, after_help = commands::EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a first model, with at most four questions
    Init(commands::init::Arguments),
    /// Analyse a model: what can go wrong, worst first; the gate in CI
    Check(commands::check::Arguments),
    /// Say why a threat was found and what would make it go away
    Explain(commands::explain::Arguments),
    /// Show attack paths: from where attackers start to what hurts
    Paths(commands::paths::Arguments),
    /// Choose controls: the cheapest that bring every risk within tolerance, or the best within a budget; or see what if
    Plan(commands::plan::Arguments),
    /// Sample when attackers get what they want, how surely, and what a year costs; also with a control more
    Simulate(commands::simulate::Arguments),
    /// Score a finding by another method: OWASP Risk Rating, CVSS, NIST 800-30, DREAD, a matrix of any size
    Score(commands::score::Arguments),
    /// Say whether somebody may do something to something, and why: statement by statement, file and line
    Can(commands::can::Arguments),
    /// Answer the questions that matter most
    Ask(commands::ask::Arguments),
    /// Decide what is done about threats: propose, approve, carry out, verify; the registers of what was decided
    Treat(commands::treat::Arguments),
    /// Reviews of a model: which are due and why, how much modeling a change needs, what a review found
    Review(commands::review::Arguments),
    /// Measure: coverage, quality, validation, process, outcome, and whether models change anything
    Metrics(commands::metrics::Arguments),
    /// What an auditor asks for: evidence by requirement, the record of decisions, signed packs that show any altered byte
    Evidence(commands::evidence::Arguments),
    /// Write it all down: one HTML page with diagram, attack paths, matrices and register, or Markdown, SARIF, JSON
    Report(commands::report::Arguments),
    /// Draw the data-flow diagram as SVG or PNG, where a drawing had things or laid out anew
    Picture(commands::picture::Arguments),
    /// Compare two versions of a model: architecture, threats, paths
    Diff(commands::diff::Arguments),
    /// Write a model of another tool in our format
    Import(commands::import::Arguments),
    /// Write a model in the format of another tool, and say what that format cannot carry
    Export(commands::export::Arguments),
    /// Turn a file of one tool into a file of another
    Convert(commands::export::ConvertArguments),
    /// See, check and extend the library of threats, controls and technologies
    Library(commands::library::Arguments),
    /// Print the methodology in force as a document
    Methodology(commands::methodology::Arguments),
    /// Print the JSON Schema of a document, for editors
    Schema(commands::schema::Arguments),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write a synthetic model of any size, for measuring
    #[command(name = "bench-model")]
    BenchModel(commands::bench_model::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Paths(arguments) => commands::paths::run(&arguments),
        Command::Plan(arguments) => commands::plan::run(&arguments),
        Command::Simulate(arguments) => commands::simulate::run(&arguments),
        Command::Score(arguments) => commands::score::run(&arguments),
        Command::Can(arguments) => commands::can::run(&arguments),
        Command::Ask(arguments) => commands::ask::run(&arguments),
        Command::Treat(arguments) => commands::treat::run(&arguments),
        Command::Review(arguments) => commands::review::run(&arguments),
        Command::Metrics(arguments) => commands::metrics::run(&arguments),
        Command::Report(arguments) => commands::report::run(&arguments),
        Command::Picture(arguments) => commands::picture::run(&arguments),
        Command::Evidence(arguments) => commands::evidence::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Import(arguments) => commands::import::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Convert(arguments) => commands::export::convert(&arguments),
        Command::Library(arguments) => commands::library::run(&arguments),
        Command::Methodology(arguments) => commands::methodology::run(&arguments),
        Command::Schema(arguments) => commands::schema::run(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "vauban", &mut script);
            commands::write_bytes(&script, None).map(|()| ExitCode::SUCCESS)
        }
        Command::BenchModel(arguments) => commands::bench_model::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            tell!("error: {}", error.message);
            if !error.help.is_empty() {
                tell!("  help: {}", error.help);
            }
            ExitCode::from(2)
        }
    }
}
