//! The chores of this repository, run as `cargo xtask <command>`; `CONTRIBUTING.md` says when each is needed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task runner talks to the person who runs it")]

mod codegen;
mod demo;
mod new;
mod rust;
mod test;
mod tidy;
mod vocabulary;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <command>

  demo                         build Vauban, analyse the example, write an HTML report
  test                         everything CI checks: format, lints, tests, generated files, house rules
  tidy                         the house rules alone
  codegen [--check]            write the generated files, or say which are out of date
  new threat <family>/<id>     start a threat with every required part
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = workspace::root();
    let outcome = match words.as_slice() {
        ["demo"] => demo::run(&root),
        ["test"] => test::run(&root),
        ["tidy"] => tidy::run(&root),
        ["codegen"] => codegen::run(&root, codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(&root, codegen::Mode::Check),
        ["new", "threat", place] => new::threat(&root, place),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return if words.is_empty() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
        _ => {
            eprintln!("error: no task `{}`\n\n{USAGE}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
