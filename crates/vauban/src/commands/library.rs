//! `vauban library`: list, show, lint, test and begin entries of the library.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use vauban_analysis::embedded::{self, ExtraFile, LoadedLibrary};
use vauban_analysis::{LibraryFile, examples, lint};
use vauban_model::{Diagnostic, FileId, Severity, SourceMap};

use super::Failure;
use crate::files;

/// Arguments of `vauban library`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every page: conditions, ids of catalogues, headings
    Lint {
        /// Folders with threats, controls or technologies of your own, beside ours
        folders: Vec<String>,
    },
    /// Run the examples in threat pages: Fires, Stays quiet, Asks
    Test {
        /// Folders or pages; all of ours without any
        paths: Vec<String>,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Action::Lint { folders } => lint_all(folders),
        Action::Test { paths } => test(paths),
    }
}

/// Pages given by path, as files of a library. Pages below a folder `threats`, `controls`, … keep their place.
fn extra(paths: &[String]) -> Result<Vec<ExtraFile>, Failure> {
    let mut out = Vec::new();
    for path in paths {
        let fail = |message: String| Failure::new(message, "give a folder of pages, or one page");
        let folder = Path::new(path);
        let mut found = if folder.is_dir() {
            files::library_folder(folder).map_err(fail)?
        } else {
            let bytes = files::read(path).map_err(|reason| fail(format!("`{path}` cannot be read: {reason}")))?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            vec![ExtraFile { path: path.clone(), name: path.clone(), text }]
        };
        for file in &mut found {
            let full = file.name.replace('\\', "/");
            let shelf = ["threats/", "controls/", "technologies/", "attackers/"].into_iter().find_map(|shelf| full.rfind(shelf));
            match shelf {
                Some(at) => file.path = full[at..].to_owned(),
                None if full.ends_with(".md") => file.path = format!("threats/own/{}", file.path),
                None => {}
            }
        }
        out.append(&mut found);
    }
    Ok(out)
}

fn print(diagnostics: &[Diagnostic], sources: &SourceMap) -> usize {
    for diagnostic in diagnostics {
        let place = diagnostic.span.map_or(String::new(), |span| format!("{}:{}:{}: ", sources.name(span.file), span.line, span.column));
        eprintln!("{place}{}[{}]: {}", diagnostic.severity.as_str(), diagnostic.code, diagnostic.message);
        if let Some(help) = &diagnostic.help {
            eprintln!("  help: {help}");
        }
    }
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

fn lint_all(folders: &[String]) -> Result<ExitCode, Failure> {
    let loaded = embedded::load(&extra(folders)?);
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.extend(lint::lint(&loaded.library, &loaded.sources));
    let errors = print(&diagnostics, &loaded.sources);
    let library = &loaded.library;
    println!(
        "{} threats, {} controls, {} technologies, {} attackers; {errors} problems",
        library.threats.len(),
        library.controls.len(),
        library.technologies.len(),
        library.attackers.len()
    );
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn test(paths: &[String]) -> Result<ExitCode, Failure> {
    let extra = extra(paths)?;
    let LoadedLibrary { library, sources, diagnostics } = embedded::load(&extra);
    let pages: Vec<(String, String)> = if extra.is_empty() {
        let embedded = embedded::FILES.iter().filter(|(path, _)| path.starts_with("threats/"));
        embedded.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    } else {
        extra.into_iter().filter(|file| file.path.starts_with("threats/")).map(|file| (file.path, file.text)).collect()
    };
    let files: Vec<LibraryFile<'_>> = pages
        .iter()
        .map(|(path, text)| LibraryFile { id: FileId(0), path, text, built_in: true })
        .collect();
    let mentioned = |diagnostic: &&Diagnostic| {
        diagnostic.span.is_some_and(|span| {
            let name = sources.name(span.file);
            pages.iter().any(|(path, _)| name.ends_with(path.as_str()))
        })
    };
    let relevant: Vec<Diagnostic> = diagnostics.iter().filter(mentioned).cloned().collect();
    let broken = print(&relevant, &sources);
    let report = examples::run(&library, &files);
    for failure in &report.failures {
        println!("{} line {}: {}: {}", failure.threat, failure.line, failure.heading, failure.message);
    }
    println!("{} pages, {} examples, {} failures", files.len(), report.run, report.failures.len());
    Ok(if report.failures.is_empty() && broken == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
