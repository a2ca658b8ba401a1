//! `cargo xtask test`: everything CI checks, step by step, on a machine with nothing but Rust.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::{codegen, tidy, workspace};

/// What became of a step.
enum Outcome {
    /// As it should be.
    Fine,
    /// Left out on this machine, and why. CI leaves nothing out.
    LeftOut(String),
    /// Broken.
    Failed(String),
}

/// Runs every step, also after one has failed, and sums up.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    type Step = (&'static str, fn(&Path) -> Outcome);
    let steps: [Step; 8] = [
        ("toolchain", toolchain),
        ("format", format),
        ("lints", lints),
        ("generated files", |root| outcome(codegen::run(root, codegen::Mode::Check))),
        ("house rules", |root| outcome(tidy::run(root))),
        ("build the tests", |root| tests(root, true)),
        ("run the tests, the kept fuzz inputs among them", |root| tests(root, false)),
        ("documentation", documentation),
    ];
    let mut summary = Vec::new();
    for (index, (name, step)) in steps.iter().enumerate() {
        println!("\n== {} of {}: {name}", index + 1, steps.len());
        let start = Instant::now();
        let outcome = step(root);
        let took = start.elapsed();
        println!("   {} after {}", word(&outcome), seconds(took));
        summary.push((name, outcome, took));
    }
    println!("\n== summary");
    for (name, outcome, took) in &summary {
        let why = match outcome {
            Outcome::Fine => String::new(),
            Outcome::LeftOut(why) | Outcome::Failed(why) => format!(": {why}"),
        };
        println!("   {:>8}  {:<8}  {name}{why}", seconds(*took), word(outcome));
    }
    let failed: Vec<&str> = summary
        .iter()
        .filter(|(_, outcome, _)| matches!(outcome, Outcome::Failed(_)))
        .map(|(name, ..)| **name)
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join("; "))) }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Fine => "fine",
        Outcome::LeftOut(_) => "left out",
        Outcome::Failed(_) => "FAILED",
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn outcome(result: Result<(), String>) -> Outcome {
    result.map_or_else(Outcome::Failed, |()| Outcome::Fine)
}

fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// Cargo as every step runs it. CI starts from nothing, where incremental state only costs time and disk.
fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = workspace::cargo(root);
    command.args(arguments);
    if in_ci() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Runs a command with its output on ours.
fn show(mut command: Command) -> Outcome {
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    println!("   $ cargo {}", arguments.join(" "));
    match command.status() {
        Ok(status) if status.success() => Outcome::Fine,
        Ok(status) => Outcome::Failed(status.to_string()),
        Err(error) => Outcome::Failed(format!("cannot run it: {error}")),
    }
}

/// Whether a cargo subcommand is installed.
fn installed(root: &Path, subcommand: &str) -> bool {
    workspace::output(workspace::cargo(root).args([subcommand, "--version"])).is_ok()
}

/// A toolchain may come without a component; that is no fault of the code, but CI must not pass without it.
fn component(root: &Path, subcommand: &str, component: &str, command: Command) -> Outcome {
    if installed(root, subcommand) {
        return show(command);
    }
    let hint = format!("`cargo {subcommand}` is not installed; `rustup component add {component}` adds it");
    if in_ci() { Outcome::Failed(hint) } else { Outcome::LeftOut(hint) }
}

fn toolchain(root: &Path) -> Outcome {
    for (program, what) in [("rustc", "Rust"), ("cargo", "Cargo"), ("node", "Node.js, for the web application")] {
        match workspace::output(workspace::command(root, program).arg("--version")) {
            Ok(version) => println!("   {}", version.trim()),
            Err(_) => println!("   {program} is not here ({what})"),
        }
    }
    let wanted = workspace::read_toml(&root.join("Cargo.toml")).ok().and_then(|manifest| {
        let version = manifest.get("workspace")?.get("package")?.get("rust-version")?;
        Some(version.as_str()?.to_owned())
    });
    let Some(wanted) = wanted else { return Outcome::Failed("Cargo.toml names no rust-version".to_owned()) };
    match workspace::output(workspace::command(root, "rustc").arg("--version")) {
        Ok(version) if older(&version, &wanted) => {
            Outcome::Failed(format!("Rust {wanted} or later is needed; `rustup update stable` brings it"))
        }
        Ok(_) => Outcome::Fine,
        Err(error) => Outcome::Failed(error),
    }
}

/// Whether `rustc 1.94.0 (...)` is before `1.95`.
fn older(version: &str, wanted: &str) -> bool {
    let parts = |text: &str| -> Vec<u32> {
        let number = text.trim_start_matches("rustc ").split([' ', '-']).next().unwrap_or_default();
        number.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    parts(version) < parts(wanted)
}

fn format(root: &Path) -> Outcome {
    component(root, "fmt", "rustfmt", cargo(root, &["fmt", "--all", "--check"]))
}

fn lints(root: &Path) -> Outcome {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    component(root, "clippy", "clippy", cargo(root, &arguments))
}

/// Building and running are two steps, so that it is plain which one failed or was slow.
fn tests(root: &Path, build_only: bool) -> Outcome {
    let nextest = installed(root, "nextest");
    let mut arguments = if nextest { vec!["nextest", "run"] } else { vec!["test"] };
    arguments.extend(["--workspace", "--locked"]);
    arguments.push(if build_only { "--no-run" } else { "--no-fail-fast" });
    show(cargo(root, &arguments))
}

/// Links between items rot silently otherwise.
fn documentation(root: &Path) -> Outcome {
    let mut command = cargo(root, &["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    show(command)
}

#[cfg(test)]
mod tests {
    use super::older;

    #[test]
    fn versions_compare_by_number() {
        assert!(older("rustc 1.94.2 (abc 2026-01-01)", "1.95"));
        assert!(older("rustc 1.9.0", "1.95"));
        assert!(!older("rustc 1.95.0 (abc)", "1.95"));
        assert!(!older("rustc 1.101.0-nightly (abc)", "1.95"));
        assert!(!older("rustc 2.0.0", "1.95"));
    }
}
