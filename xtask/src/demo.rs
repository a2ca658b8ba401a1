//! `cargo xtask demo`: from a fresh checkout to a report, in front of the reader's eyes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::workspace;

/// The story the demo tells.
const MODEL: &str = "examples/web-shop/model.yaml";

/// Where the report goes, under Cargo's target folder.
const REPORT: &str = "demo/report.html";

/// The documents beside it: everything as PDF, and every table as a workbook.
const DOCUMENTS: [&str; 2] = ["demo/threat-model.pdf", "demo/threat-model.xlsx"];

/// Builds the binary, analyses the example and says what to look at.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    if !root.join(MODEL).is_file() {
        return Err(format!("the demo's model is missing: {MODEL}"));
    }
    let start = Instant::now();
    println!("building vauban (release); the first time takes some minutes");
    succeed(workspace::cargo(root).args(["build", "--release", "--locked", "--package", "vauban"]), &[0])?;
    println!("built in {:.0} s\n", start.elapsed().as_secs_f64());

    let target = target_folder(root)?;
    let vauban = target.join("release").join(format!("vauban{}", std::env::consts::EXE_SUFFIX));
    let report = target.join(REPORT);
    let say = |arguments: &[&str]| println!("$ vauban {}", arguments.join(" "));
    let run = |arguments: &[&str]| {
        say(arguments);
        let mut command = workspace::command(root, &vauban.to_string_lossy());
        // 1 is the gate's no, which is what a model with open findings deserves; 2 means that it could not run.
        let result = succeed(command.args(arguments), &[0, 1]);
        println!();
        result
    };
    run(&["check", MODEL])?;
    run(&["paths", MODEL, "--top", "3"])?;
    workspace::write(&report, "")?;
    let place = report.to_string_lossy();
    run(&["report", MODEL, "--format", "html", "--output", &place])?;
    let documents = DOCUMENTS.map(|name| target.join(name).to_string_lossy().into_owned());
    for document in &documents {
        run(&["report", MODEL, "--document", "full", "--output", document])?;
    }
    let is_there = |path: &Path| std::fs::metadata(path).is_ok_and(|file| file.len() > 0);
    if let Some(missing) = documents.iter().find(|path| !is_there(Path::new(path))) {
        return Err(format!("`vauban report` said it was fine but wrote nothing to {missing}"));
    }
    if is_there(&report) {
        println!("The report is at {place}; open it in a browser.");
        println!("The whole threat model as a document is at {}, its tables at {}.\n", documents[0], documents[1]);
        println!("Next:");
        println!("  edit {MODEL} and run `vauban check` again: threats come and go with the facts");
        println!("  {} check {MODEL} --format json", vauban.display());
        println!("  {} ask {MODEL}", vauban.display());
        Ok(())
    } else {
        Err(format!("`vauban report` said it was fine but wrote nothing to {place}"))
    }
}

/// Runs a command with its output on ours and fails unless it ends with one of the codes.
fn succeed(command: &mut Command, codes: &[i32]) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if status.code().is_some_and(|code| codes.contains(&code)) {
        Ok(())
    } else {
        Err(format!("{command:?} ended with {status}"))
    }
}

/// Cargo's target folder, which the environment may have moved.
fn target_folder(root: &Path) -> Result<PathBuf, String> {
    let metadata = workspace::metadata(root, false)?;
    match workspace::text(&metadata, "target_directory") {
        "" => Err("`cargo metadata` names no target folder".to_owned()),
        folder => Ok(PathBuf::from(folder)),
    }
}
