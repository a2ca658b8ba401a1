//! The examples in threat pages, run: what must fire fires, what must stay quiet stays quiet, what must ask asks.

use rayon::prelude::*;
use vauban_model::finding::Applies;
use vauban_model::{Diagnostic, FileId, Severity};
use vauban_rules::evaluate::evaluate;
use vauban_rules::facts::Facts;
use vauban_rules::library::page::Page;
use vauban_rules::library::{Library, LibraryFile};

use crate::embedded::LoadedLibrary;
use crate::infrastructure::Knowledge;

/// One example that did not do what its heading says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The threat.
    pub threat: String,
    /// `Fires`, `Stays quiet`, `Asks`, or empty when the page has no such example.
    pub heading: String,
    /// Line of the example in its file; 1 when it is missing.
    pub line: u32,
    /// What happened instead.
    pub message: String,
}

/// What came of running examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Examples run.
    pub run: usize,
    /// Those that failed, in the order of the files.
    pub failures: Vec<Failure>,
}

/// Runs the examples of some threat pages against a library.
pub fn run(loaded: &LoadedLibrary, files: &[LibraryFile<'_>]) -> Report {
    let knowledge = Knowledge::new(loaded);
    let parts: Vec<Report> = files.par_iter().map(|file| run_page(loaded, &knowledge, file)).collect();
    let mut report = Report::default();
    for part in parts {
        report.run += part.run;
        report.failures.extend(part.failures);
    }
    report
}

fn run_page(loaded: &LoadedLibrary, knowledge: &Knowledge<'_>, file: &LibraryFile<'_>) -> Report {
    let library = &loaded.library;
    let mut report = Report::default();
    let name = file.path.rsplit('/').next().unwrap_or(file.path);
    let id = name.strip_suffix(".md").unwrap_or(name).to_owned();
    let mut fail = |heading: &str, line: u32, message: String| {
        report.failures.push(Failure { threat: id.clone(), heading: heading.to_owned(), line, message });
    };
    let mut diagnostics = Vec::new();
    let Some(page) = Page::read(file, &mut diagnostics) else {
        let message = diagnostics.first().map_or("the page cannot be read", |d| &d.message).to_owned();
        fail("", 1, message);
        return report;
    };
    let Some(threat) = library.threat(&id) else {
        fail("", 1, "the threat is not in the library: its page has an error, or it is switched off".to_owned());
        return report;
    };
    let mut run = 0;
    for heading in ["Fires", "Stays quiet", "Asks"] {
        let blocks = page.blocks(heading);
        if blocks.is_empty() {
            fail(heading, 1, format!("there is no example under `## {heading}`"));
        }
        for block in blocks {
            run += 1;
            let wrong = match file_name(block.language) {
                Some(name) => check_infrastructure(loaded, knowledge, threat, heading, name, block.text),
                None => check(library, threat, heading, block.text),
            };
            if let Some(message) = wrong {
                fail(heading, block.line, message);
            }
        }
    }
    report.run = run;
    report
}

/// The name under which an example in infrastructure code is read; `None` for our own format.
fn file_name(language: &str) -> Option<&'static str> {
    Some(match language {
        "terraform" | "hcl" => "main.tf",
        "kubernetes" => "manifest.yaml",
        "cloudformation" => "template.yaml",
        "arm" => "azuredeploy.json",
        "compose" => "compose.yaml",
        _ => return None,
    })
}

/// The same for an example in infrastructure code.
fn check_infrastructure(
    loaded: &LoadedLibrary,
    knowledge: &Knowledge<'_>,
    threat: u32,
    heading: &str,
    name: &str,
    text: &str,
) -> Option<String> {
    let paths = [name.to_owned()];
    let shared: std::sync::Arc<str> = text.into();
    let mut open = |_: &str| Ok((FileId(0), shared.clone()));
    let mut tree = vauban_infrastructure::Tree { paths: &paths, open: &mut open };
    let output = vauban_infrastructure::read(&mut tree, &vauban_infrastructure::Options::default());
    if let Some(problem) = output.diagnostics.iter().find(|d| d.severity != Severity::Note) {
        let line = problem.span.map_or(1, |span| span.line);
        return Some(format!("the example cannot be read well: line {line}: {}", problem.message));
    }
    let meaning = crate::infrastructure::understand(output, "example", false, knowledge);
    if loaded.library.threats[threat as usize].grant.is_none() {
        let facts = Facts::new(&meaning.model, &loaded.library);
        let outcomes = evaluate(&facts, true);
        let outcome = outcomes.get(threat as usize)?;
        return verdict(heading, outcome.fires.count(), outcome.asks.count(), || {
            let on = loaded.library.threats[threat as usize].on;
            let bits = outcome.fires.iter().chain(outcome.asks.iter());
            let names: Vec<&str> =
                bits.map(|at| meaning.model.id(vauban_model::model::ElementRef::new(on, at))).collect();
            names.join(", ")
        });
    }
    let of = |applies: Applies| meaning.steps.iter().filter(move |s| s.threat == Some(threat) && s.applies == applies);
    verdict(heading, of(Applies::Fires).count(), of(Applies::Asks).count(), || {
        let names: Vec<String> = of(Applies::Fires)
            .chain(of(Applies::Asks))
            .map(|step| format!("{} → {}", meaning.model.id(step.element), meaning.model.id(step.target)))
            .collect();
        names.join(", ")
    })
}

/// What is wrong when so many fire and so many ask.
fn verdict(heading: &str, fires: usize, asks: usize, places: impl Fn() -> String) -> Option<String> {
    match heading {
        "Fires" if fires > 0 => None,
        "Fires" if asks > 0 => Some(format!("it asks about {} instead of firing", places())),
        "Fires" => Some("it stays quiet instead of firing".to_owned()),
        "Stays quiet" if fires > 0 => Some(format!("it fires on {}", places())),
        "Stays quiet" if asks > 0 => Some(format!("it asks about {}", places())),
        "Stays quiet" => None,
        _ if asks > 0 && fires == 0 => None,
        _ if fires > 0 => Some(format!("it fires on {} instead of asking", places())),
        _ => Some("it stays quiet instead of asking".to_owned()),
    }
}

/// What is wrong with one example; `None` when it does what it should.
fn check(library: &Library, threat: u32, heading: &str, text: &str) -> Option<String> {
    // Examples may leave out what has nothing to do with the threat.
    let prefix = if text.lines().any(|line| line.starts_with("vauban:")) { "" } else { "vauban: 1\n" };
    let system = if text.lines().any(|line| line.starts_with("system:")) { "" } else { "system: {name: Example}\n" };
    let added = u32::from(!prefix.is_empty()) + u32::from(!system.is_empty());
    let model_text = format!("{prefix}{system}{text}");
    let input = vauban_format::InputFile { id: FileId(0), name: "example", text: &model_text };
    let read = vauban_format::read_model(&[input]);
    let problems: Vec<&Diagnostic> = read.diagnostics.iter().filter(|d| d.severity != Severity::Note).collect();
    if let Some(problem) = problems.first() {
        let line = problem.span.map_or(1, |span| span.line.saturating_sub(added).max(1));
        let help = problem.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
        return Some(format!("the example is not a good model: line {line}: {}{help}", problem.message));
    }
    let facts = Facts::new(&read.model, library);
    let unknown = unknown_names(&facts);
    if let Some(name) = unknown.first() {
        return Some(format!("the example names {name}, which the library does not have"));
    }
    let outcomes = evaluate(&facts, true);
    let outcome = outcomes.get(threat as usize)?;
    let (fires, asks) = (outcome.fires.count(), outcome.asks.count());
    let where_it = |bits: &vauban_rules::bits::Bits| {
        let on = library.threats[threat as usize].on;
        let names: Vec<&str> =
            bits.iter().map(|at| read.model.id(vauban_model::model::ElementRef::new(on, at))).collect();
        names.join(", ")
    };
    match heading {
        "Fires" if fires > 0 => None,
        "Fires" if asks > 0 => Some(format!(
            "it asks about {} instead of firing: {}",
            where_it(&outcome.asks),
            why_asks(threat, outcome, &facts)
        )),
        "Fires" if !outcome.stopped.is_none() => Some("a control that is there stops it".to_owned()),
        "Fires" => Some("it stays quiet instead of firing".to_owned()),
        "Stays quiet" if fires > 0 => Some(format!("it fires on {}", where_it(&outcome.fires))),
        "Stays quiet" if asks > 0 => {
            Some(format!("it asks about {}: {}", where_it(&outcome.asks), why_asks(threat, outcome, &facts)))
        }
        "Stays quiet" => None,
        _ if asks > 0 && fires == 0 => None,
        _ if fires > 0 => Some(format!("it fires on {} instead of asking", where_it(&outcome.fires))),
        _ => Some("it stays quiet instead of asking".to_owned()),
    }
}

fn why_asks(threat: u32, outcome: &vauban_rules::evaluate::Outcome, facts: &Facts<'_>) -> String {
    let on = facts.library.threats[threat as usize].on;
    let Some(at) = outcome.asks.iter().next() else { return String::new() };
    let asked = vauban_rules::evaluate::questions(threat, vauban_model::model::ElementRef::new(on, at), facts);
    let texts: Vec<String> = asked.into_iter().map(|asked| crate::questions::text(asked, facts)).collect();
    texts.join(" ")
}

/// Technologies and controls that a model names and the library does not have, as words for a message.
pub(crate) fn unknown_names(facts: &Facts<'_>) -> Vec<String> {
    crate::analyse::unknown_names(facts).into_iter().map(|(what, name, ..)| format!("the {what} `{name}`")).collect()
}
