//! `vauban ask`: the questions that matter most, and where the answers go.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Args;
use vauban_analysis::evidence::quoted;
use vauban_analysis::export::terminal;
use vauban_analysis::format::{InputFile, apply_overlay, write_answer, write_assumption};
use vauban_analysis::{Session, value_text};
use vauban_model::model::{Element, ElementRef};
use vauban_model::vocabulary::Domain;
use vauban_model::{FileId, Severity};

use super::{Failure, write_output, write_replacing};
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban ask`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban ask model.yaml                                      ask, at a terminal; list, elsewhere
  vauban ask model.yaml --answer rate-limiting@web=yes       answer without being asked
Answers go to MODEL.overlay.yaml beside the model, or to the file of --overlay.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// How many questions at most
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,

    /// Answer a question by its id (may be repeated)
    #[arg(long, value_name = "ID=VALUE")]
    answer: Vec<String>,

    /// Only list the questions
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (session, _) = project::session(&arguments.project)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    project::sound(&session)?;
    let places = project::places(arguments.project.model.as_deref(), &arguments.project.shared)?;
    let (model_path, overlay) = (places.subject, places.overlay);
    let mut answers: Vec<(usize, String)> = Vec::new();
    let mut corrections: Vec<(ElementRef, String, String)> = Vec::new();
    // What steps of cloud permissions assume is about no fact of an element: it is answered as it is asked.
    let mut assumed: Vec<(String, bool)> = Vec::new();
    for given in &arguments.answer {
        let Some((id, value)) = given.rsplit_once('=') else {
            return Err(Failure::new(
                format!("`{given}` is no answer"),
                "write ID=VALUE, such as rate-limiting@web=yes",
            ));
        };
        if value.trim().is_empty() {
            return Err(Failure::new(
                format!("`{given}` has no value"),
                "write ID=VALUE, such as rate-limiting@web=yes; `unknown` says that nobody knows",
            ));
        }
        if matches!(value.trim(), "…" | "...") {
            return Err(Failure::new(
                format!("`{given}` has no value: `{}` only holds its place", value.trim()),
                "write the answer in its place; `unknown` says that nobody knows",
            ));
        }
        if let Some(assumption) = id.strip_prefix(ASSUMPTION) {
            let model = &session.project.model;
            let is_known = session.analysis.questions.iter().any(|q| *q.id == *id)
                || model.assumptions.iter().chain(&model.refuted).any(|it| *it.text == *assumption);
            if is_known {
                assumed.push((assumption.to_owned(), yes_or_no(given, value)?));
                continue;
            }
        }
        let Some(at) = session.analysis.questions.iter().position(|q| *q.id == *id) else {
            match answered(&session, id, value.trim(), &overlay)? {
                Some(Answered::InOverlay(element, key)) => {
                    corrections.push((element, key, value.trim().to_owned()));
                    continue;
                }
                Some(Answered::So(place)) => {
                    tell!("`{id}` is answered so already, at {place}.");
                    continue;
                }
                None => {}
            }
            let known = session.analysis.questions.iter().map(|q| &*q.id);
            let help = vauban_model::did_you_mean(id, known)
                .map_or_else(|| "`vauban ask --list` shows them".to_owned(), |id| format!("did you mean `{id}`?"));
            return Err(Failure::new(format!("nobody asks `{id}`"), help));
        };
        answers.push((at, value.trim().to_owned()));
    }
    let style = project::style(false, std::io::stdout().is_terminal());
    let report = session.report();
    let interactive = arguments.answer.is_empty() && !arguments.list && std::io::stdin().is_terminal();
    if arguments.answer.is_empty() {
        if session.analysis.questions.is_empty() {
            write_output("No open questions.\n", None)?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut text = String::new();
        for (number, (at, question)) in (1..).zip(session.analysis.questions.iter().enumerate().take(arguments.top)) {
            let block = terminal::question(&report, number, question, style);
            if interactive {
                write_output(&block, None)?;
                if let Some(value) = prompt(&question.answers)? {
                    match question.id.strip_prefix(ASSUMPTION) {
                        Some(assumption) => assumed.push((assumption.to_owned(), yes_or_no(&question.id, &value)?)),
                        None => answers.push((at, value)),
                    }
                }
            } else {
                text.push_str(&block);
            }
        }
        if !interactive {
            let rest = session.analysis.questions_total.saturating_sub(arguments.top);
            if rest > 0 {
                text.push_str(&format!("{rest} more; `--top N` shows them.\n"));
            }
            // A question that offers answers shows best how to give one; what nobody offers may at least be unknown.
            let mut listed = session.analysis.questions.iter().take(arguments.top.max(1));
            let shown = listed.find(|question| !question.answers.is_empty()).or(session.analysis.questions.first());
            if let Some(first) = shown {
                let value = first.answers.first().map_or("unknown", |answer| &**answer);
                let answer = quoted(&format!("{}={value}", first.id));
                text.push_str(&format!("Answer with `vauban ask {} --answer {answer}`.\n", quoted(&model_path)));
            }
            write_output(&text, None)?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    if answers.is_empty() && corrections.is_empty() && assumed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = match std::fs::read_to_string(&overlay) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Failure::new(
                format!("`{overlay}` cannot be read: {}", crate::files::reason(&error)),
                "name another with `--overlay`",
            ));
        }
    };
    let before = text.clone();
    for (element, key, value) in &corrections {
        let id = session.project.model.id(*element);
        if key.starts_with("control ") && !CONTROL_ANSWERS.iter().any(|word| value.eq_ignore_ascii_case(word)) {
            return Err(Failure::new(
                format!("`{value}` is no answer about a control; nothing was written"),
                "answer yes, no or unknown",
            ));
        }
        text = write_answer(&text, (element.domain, id), key, value);
    }
    for (assumption, holds) in &assumed {
        let next = write_assumption(&text, assumption, *holds);
        let is_said = session.project.model.assumptions.iter().any(|it| *it.text == **assumption) && *holds;
        if next == text && !is_said {
            return Err(Failure::new(
                format!("{overlay} has no place for the answer; nothing was written"),
                format!(
                    "write it under `assumptions` yourself: `- {{text: {}, holds: {}}}`",
                    quoted(assumption),
                    if *holds { "yes" } else { "no" }
                ),
            ));
        }
        text = next;
    }
    for (at, value) in &answers {
        let question = &session.analysis.questions[*at];
        let id = session.project.model.id(question.element);
        // A fact is asked for as `component.redundant`; the overlay knows it as `redundant`.
        let key = question
            .fact
            .split_once('.')
            .filter(|_| !question.fact.starts_with("control "))
            .map_or(&*question.fact, |(_, key)| key);
        let next = write_answer(&text, (question.element.domain, id), key, value);
        // Another answer that would be taken shows that this one stands there already.
        let other = if value.eq_ignore_ascii_case("unknown") { "yes" } else { "unknown" };
        let says_so = || write_answer(&text, (question.element.domain, id), key, other) != text;
        if next == text && !says_so() {
            return Err(Failure::new(
                format!("{overlay} cannot be changed without losing comments in it; nothing was written"),
                format!("write the answer into it yourself: {key}, {value}, under `{id}`"),
            ));
        }
        text = next;
    }
    // An answer that the next reading would refuse is told now.
    let mut tried = session.project.model.clone();
    let file = InputFile { name: &overlay, id: FileId(0), text: &text };
    let refused = apply_overlay(&mut tried, &[file]).into_iter().find(|it| it.severity == Severity::Error);
    if let Some(refused) = refused {
        let help = refused.help.map_or_else(|| "`vauban ask --list` says what can be answered".into(), String::from);
        return Err(Failure::new(format!("{}; nothing was written", refused.message), help));
    }
    if text == before {
        tell!("{overlay} says so already; nothing was changed.");
        return Ok(ExitCode::SUCCESS);
    }
    write_replacing(text.as_bytes(), Some(&overlay), Some(&overlay))?;
    tell!(
        "{} written to {overlay}; `vauban check` takes it into account.",
        terminal::count(answers.len() + corrections.len() + assumed.len(), "answer")
    );
    Ok(ExitCode::SUCCESS)
}

/// How the id of a question about an assumption begins; the assumption itself follows.
const ASSUMPTION: &str = "assumption@";

/// Whether it is so.
fn yes_or_no(given: &str, value: &str) -> Result<bool, Failure> {
    match value.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        other => Err(Failure::new(
            format!("`{other}` is no answer to `{given}`; nothing was written"),
            "answer yes or no; what nobody knows is left open",
        )),
    }
}

/// What can be said of a control.
const CONTROL_ANSWERS: [&str; 5] = ["yes", "no", "true", "false", "unknown"];

/// A question that is answered already.
enum Answered {
    /// In the overlay, about this element, under this key: it can be changed.
    InOverlay(ElementRef, String),
    /// Elsewhere, at this place, as it is answered now.
    So(String),
}

/// What `id` asks about where it is answered: the element, and the key of the overlay. `None` where nobody said anything
/// about it; an error where it stands in another file than the overlay, which is not ours to change.
fn answered(session: &Session, id: &str, value: &str, overlay: &str) -> Result<Option<Answered>, Failure> {
    let Some((word, owner)) = id.split_once('@') else { return Ok(None) };
    let model = &session.project.model;
    let is_it = |(_, element): &(ElementRef, &Element)| *element.id == *owner;
    for (at, element) in Domain::ALL.into_iter().filter_map(|domain| model.elements(domain).find(is_it)) {
        let control = element.controls.iter().find(|it| *it.control == *word).map(|it| (it.span, it.present));
        let stated = element.facts.iter().find(|it| it.id.definition().id == word).map(|it| it.span);
        let Some(span) = control.map(|(span, _)| span).or(stated) else { continue };
        let key = if control.is_some() { format!("control {word}") } else { word.to_owned() };
        let sources = &session.project.sources;
        if sources.name(span.file) == overlay {
            return Ok(Some(Answered::InOverlay(at, key)));
        }
        let place = format!("{}:{}:{}", sources.name(span.file), span.line, span.column);
        let said = control.map(|(_, present)| if present { ["yes", "true"] } else { ["no", "false"] });
        let fact = element.facts.iter().find(|it| it.id.definition().id == word).filter(|_| control.is_none());
        let same_fact = fact.is_some_and(|fact| value_text(model, fact.id, &fact.value).eq_ignore_ascii_case(value));
        if same_fact || said.is_some_and(|words| words.iter().any(|word| value.eq_ignore_ascii_case(word))) {
            return Ok(Some(Answered::So(place)));
        }
        let help = format!("change it there, at {place}");
        return Err(Failure::new(format!("`{id}` is answered already, and not in {overlay}"), help));
    }
    Ok(None)
}

/// Asks at the terminal; `None` skips.
fn prompt(answers: &[Box<str>]) -> Result<Option<String>, Failure> {
    let hint = if answers.is_empty() { "words".to_owned() } else { answers.join("/") };
    print!("   [{hint}, Enter to skip] ");
    let _ = std::io::stdout().flush();
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::new(format!("standard input cannot be read: {error}"), "use `--answer ID=VALUE`"))?;
    let line = line.trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}
