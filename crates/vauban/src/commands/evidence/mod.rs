//! `vauban evidence`: what an auditor asks for, and whether it is still what was handed over. One module per subcommand.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failure;

mod common;
mod coverage;
mod key;
mod keys;
mod matrix;
mod maturity;
mod pack;
mod push;
mod record;
mod soa;
mod verify;

/// Arguments of `vauban evidence`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence coverage --framework soc2       each criterion with its evidence and gaps
  vauban evidence coverage --framework fedramp --baseline fedramp-moderate
  vauban evidence matrix --format csv -o m.csv    threats, controls, requirements
  vauban evidence soa --format markdown           statement of applicability of ISO/IEC 27001
  vauban evidence maturity                        SAMM and BSIMM, as far as records show
  vauban evidence record show                     what was decided, approved, reviewed
  vauban evidence key --new signing-key.pem       a key that signs packs
  vauban evidence pack --framework soc2 --from 2026-01-01 --to 2026-12-31 --key signing-key.pem
  vauban evidence verify evidence-2026.zip        whether anything in a pack was altered

Evidence supports a requirement; whether it is met, an auditor decides.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The requirements of a framework, each with its evidence: what answers it, as of when, what is missing
    Coverage(coverage::Arguments),
    /// Threats, the controls against them, and the requirements that those help to meet
    Matrix(matrix::Arguments),
    /// The statement of applicability of a standard's annex, as far as the model and the record go
    Soa(soa::Arguments),
    /// What records show of the activities of SAMM and BSIMM
    Maturity(maturity::Arguments),
    /// The record of decisions, approvals, reviews and changes: show, verify, add, join
    Record(record::Arguments),
    /// Make a key that signs packs, or show the fingerprint of one
    Key(key::Arguments),
    /// Make a pack: the state as of a day and the events of a period, in one signed archive
    Pack(Box<pack::Arguments>),
    /// Check a pack offline: name every altered byte and file, say what its signature proves
    Verify(verify::Arguments),
    /// Store a pack in an S3 bucket, verified first, never over another
    Push(push::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Coverage(arguments) => coverage::run(arguments),
        Command::Matrix(arguments) => matrix::run(arguments),
        Command::Soa(arguments) => soa::run(arguments),
        Command::Maturity(arguments) => maturity::run(arguments),
        Command::Record(arguments) => record::run(arguments),
        Command::Key(arguments) => key::run(arguments),
        Command::Pack(arguments) => pack::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Push(arguments) => push::run(arguments),
    }
}
