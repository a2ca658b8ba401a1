//! The whole process on synthetic models: wall clock, processor time and peak memory of the real binary, and how they
//! grow.
//!
//! `cargo bench`. `VAUBAN_BENCH_SIZES=1000,5000,100000` measures other sizes, `VAUBAN_BENCH_RUNS` changes how often. The
//! stages inside the process are measured by `cargo bench -p vauban-analysis --bench stages`.
//!
//! Processor time and memory come from GNU time where it is installed (Debian's package `time`); without it only the
//! wall clock is measured, and the output says so.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark prints, and has nothing to measure when its binary cannot be run"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const BINARY: &str = env!("CARGO_BIN_EXE_vauban");
const GNU_TIME: &str = "/usr/bin/time";

/// What one run took.
#[derive(Clone, Copy)]
struct Run {
    /// Seconds on the clock.
    wall: f64,
    /// Seconds of processor time, user and system, and the peak of resident memory in MB.
    measured: Option<(f64, f64)>,
}

/// What is allowed for a number of components: seconds on the clock and MB.
fn budget(components: u32) -> Option<(f64, f64)> {
    match components {
        1_000 => Some((0.060, 60.0)),
        5_000 => Some((0.300, f64::INFINITY)),
        100_000 => Some((8.0, 2_000.0)),
        _ => None,
    }
}

fn main() {
    // `cargo test --benches` runs this too, and only wants to know that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let sizes = numbers("VAUBAN_BENCH_SIZES").unwrap_or_else(|| vec![100, 1_000, 5_000]);
    let runs = numbers("VAUBAN_BENCH_RUNS").and_then(|list| list.first().copied());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("whole_process");
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{} cannot be made: {error}", folder.display()));
    println!("vauban check, whole process; median of the runs (fastest)");
    println!("load before: {}", load());
    if !Path::new(GNU_TIME).is_file() {
        println!("processor time and memory are not measured: there is no GNU time at {GNU_TIME}");
    }
    println!(
        "{:>10} {:>5} {:>6}  {:>18}  {:>18}  {:>8}  budget",
        "components", "form", "runs", "wall s", "cpu s", "peak MB"
    );
    for form in ["text", "json"] {
        let mut before: Option<(u32, f64)> = None;
        for components in &sizes {
            let model = folder.join(format!("{components}.yaml"));
            run(&[Path::new("bench-model"), Path::new(&components.to_string()), Path::new("--output"), &model], false);
            let count = runs.unwrap_or(if *components > 20_000 { 3 } else { 11 });
            let done: Vec<Run> = (0..count.max(1))
                .map(|_| run(&[Path::new("check"), &model, Path::new("--format"), Path::new(form)], true))
                .collect();
            let wall = sorted(done.iter().map(|run| run.wall));
            let cpu = sorted(done.iter().filter_map(|run| run.measured.map(|(cpu, _)| cpu)));
            let peak = sorted(done.iter().filter_map(|run| run.measured.map(|(_, peak)| peak)));
            let verdict = match budget(*components).filter(|_| form == "text") {
                None => String::new(),
                Some((seconds, megabytes)) => {
                    let kept = median(&wall) <= seconds && peak.last().is_none_or(|most| *most <= megabytes);
                    let room = if megabytes.is_finite() { format!(", {megabytes} MB") } else { String::new() };
                    format!("{seconds} s{room}: {}", if kept { "kept" } else { "MISSED" })
                }
            };
            println!(
                "{components:>10} {form:>5} {count:>6}  {}  {}  {:>8}  {verdict}",
                pair(&wall),
                pair(&cpu),
                peak.last().map_or_else(|| "-".to_owned(), |most| format!("{most:.0}")),
            );
            // The exponent of growth between two sizes: 1 is linear, n log n lies a little above.
            let cost = if cpu.is_empty() { median(&wall) } else { median(&cpu) };
            if let Some((smaller, less)) = before
                && smaller < *components
                && less > 0.0
            {
                let exponent = (cost / less).ln() / (f64::from(*components) / f64::from(smaller)).ln();
                println!("{:>10} grows from {smaller} to {components} as n^{exponent:.2}", "");
            }
            before = Some((*components, cost));
        }
    }
    println!("load after: {}", load());
}

/// Numbers from the environment, separated by commas.
fn numbers(variable: &str) -> Option<Vec<u32>> {
    let text = std::env::var(variable).ok()?;
    let list = text.split(',').map(|part| part.trim().replace('_', "").parse());
    Some(list.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{variable}={text}: {error}")))
}

/// Runs the binary once and throws away what it prints.
fn run(arguments: &[&Path], measure: bool) -> Run {
    let report = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("whole_process/time.txt");
    let timed = measure && Path::new(GNU_TIME).is_file();
    let mut command = if timed {
        let mut command = Command::new(GNU_TIME);
        command.args(["--format", "%U %S %M", "--output"]).arg(&report).arg(BINARY);
        command
    } else {
        Command::new(BINARY)
    };
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().unwrap_or_else(|error| panic!("{BINARY} cannot be run: {error}"));
    let wall = start.elapsed().as_secs_f64();
    assert!(status.success(), "vauban {arguments:?} ended with {status}");
    let measured = timed.then(|| std::fs::read_to_string(&report).ok()).flatten().and_then(|text| {
        let mut numbers = text.split_whitespace().map(|word| word.parse::<f64>().unwrap_or(0.0));
        let (user, system, kilobytes) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some((user + system, kilobytes / 1024.0))
    });
    Run { wall, measured }
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut list: Vec<f64> = numbers.collect();
    list.sort_by(f64::total_cmp);
    list
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Median and, in brackets, least.
fn pair(sorted: &[f64]) -> String {
    match sorted.first() {
        Some(least) => format!("{:>8.3} ({least:>6.3})", median(sorted)),
        None => format!("{:>17}", "-"),
    }
}

/// How busy the machine is, where that can be told.
fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}
