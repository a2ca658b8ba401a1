//! `vauban evidence`: what an auditor asks for, and whether it is still what was handed over. One module per subcommand.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failure;

mod key;
mod keys;
mod pack;
#[cfg(feature = "push")]
mod push;
mod record;
mod verify;

/// Arguments of `vauban evidence`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence key --new signing-key.pem       a key that signs packs
  vauban evidence pack --from 2026-01-01 --to 2026-12-31 --key signing-key.pem -o evidence-2026.zip
  vauban evidence verify evidence-2026.zip        whether anything in a pack was altered
  vauban evidence record show                     what was decided, approved, reviewed")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key that signs packs, or show the fingerprint of one
    Key(key::Arguments),
    /// Make a pack: the state as of a day and the events of a period, in one signed archive
    Pack(pack::Arguments),
    /// Store a pack in an S3 bucket, verified first, never over another
    #[cfg(feature = "push")]
    Push(push::Arguments),
    /// The record of decisions, approvals, reviews and changes: show, verify, add, join
    Record(record::Arguments),
    /// Check a pack offline: name every altered byte and file, say what its signature proves
    Verify(verify::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Key(arguments) => key::run(arguments),
        Command::Pack(arguments) => pack::run(arguments),
        #[cfg(feature = "push")]
        Command::Push(arguments) => push::run(arguments),
        Command::Record(arguments) => record::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
    }
}
