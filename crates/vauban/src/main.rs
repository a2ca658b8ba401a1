//! The command line: reads files, asks `vauban-analysis`, prints. No analysis happens here.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a command line is for")]

mod commands;
mod files;
mod project;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threat modeling that reads what you build and gives reasons you can check.
#[derive(Debug, Parser)]
#[command(name = "vauban", version, max_term_width = 100, after_help = commands::EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Analyse a model: what can go wrong, worst first; the gate in CI
    Check(commands::check::Arguments),
    /// Show attack paths: from where attackers start to what hurts
    Paths(commands::paths::Arguments),
    /// See, check and extend the library of threats, controls and technologies
    Library(commands::library::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Paths(arguments) => commands::paths::run(&arguments),
        Command::Library(arguments) => commands::library::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", error.message);
            if !error.help.is_empty() {
                eprintln!("  help: {}", error.help);
            }
            ExitCode::from(2)
        }
    }
}
