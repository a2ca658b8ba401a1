//! `vauban evidence record`: the record itself.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use vauban_analysis::format::{InputFile, join_records, read_record};
use vauban_model::document::shown;
use vauban_model::record::{CORRECTS, EventKind, Record};
use vauban_model::words::{count, count_verb};
use vauban_model::{Diagnostic, Severity, SourceMap, did_you_mean};

use super::super::{Failure, write_output};
use crate::lock::Lock;
use crate::project::{self, SharedArguments};
use crate::record::{self, ActorArguments};

/// Arguments of `vauban evidence record`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence record show
  vauban evidence record verify
  vauban evidence record add incident model --detail reason='Leaked key in a public log' --detail finding=ID
  vauban evidence record join ../other-branch/vauban.record.jsonl
The record is `vauban.record.jsonl`; `--record` or `record:` in vauban.yaml name another.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the events in the order in which they were written down
    Show {
        /// Only events about this: a finding's id, `model`, `review:2026-Q3`
        #[arg(long, value_name = "SUBJECT")]
        about: Option<String>,

        #[command(flatten)]
        place: Place,
    },
    /// Check that the record is what was written; exit 1 when anything was changed, taken out, put in or moved
    Verify {
        #[command(flatten)]
        place: Place,
    },
    /// Write an event down that no other command writes: an incident, intelligence, a correction
    Add {
        /// The kind: incident, intelligence, model-changed, scoped, corrected, …
        #[arg(value_name = "KIND")]
        kind: String,

        /// What it is about: a finding's id, `model`, `methodology`, a document's id
        #[arg(value_name = "SUBJECT")]
        subject: String,

        /// More about it, NAME=VALUE (may be repeated): `reason`, `finding`, `corrects` with the hash of a wrong event
        #[arg(long, value_name = "NAME=VALUE")]
        detail: Vec<String>,

        /// SHA-256 of the content it is said of
        #[arg(long, value_name = "HASH", default_value = "")]
        content: String,

        #[command(flatten)]
        actor: ActorArguments,

        #[command(flatten)]
        place: Place,
    },
    /// Add what another copy of the record has and this one has not, as late entries that cite the hash they had there
    Join {
        /// The other copy
        #[arg(value_name = "OTHER")]
        other: String,

        #[command(flatten)]
        actor: ActorArguments,

        #[command(flatten)]
        place: Place,
    },
}

/// Which record.
#[derive(Clone, Debug, Default, Args)]
struct Place {
    /// The record; by default what `vauban.yaml` names, or `vauban.record.jsonl`
    #[arg(long, value_name = "FILE")]
    record: Option<String>,

    /// Configuration; by default the nearest `vauban.yaml` upwards
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
}

impl Place {
    fn path(&self) -> Result<String, Failure> {
        let (record, config) = (self.record.clone(), self.config.clone());
        project::record_alone(&SharedArguments { record, config, ..SharedArguments::default() })
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.what {
        What::Show { about, place } => show(&place.path()?, about.as_deref()),
        What::Verify { place } => verify(&place.path()?),
        What::Add { kind, subject, detail, content, actor, place } => {
            add(&place.path()?, kind, subject, detail, content, actor)
        }
        What::Join { other, actor, place } => join(&place.path()?, other, actor),
    }
}

/// Reads a record that must be there, with what is wrong with it on standard error.
fn read(path: &str) -> Result<(Record, Vec<Diagnostic>), Failure> {
    let bytes = crate::files::read(path).map_err(|reason| {
        Failure::new(
            format!("the record `{path}` cannot be read: {reason}"),
            "`vauban treat` and `vauban review` begin one; `--record` names another",
        )
    })?;
    let text = record::utf8(path, bytes)?;
    let mut sources = SourceMap::default();
    let id = sources.add(path, text.clone());
    let (record, diagnostics) = read_record(&InputFile { id, name: path, text: &text });
    project::narrate(&diagnostics, &sources);
    Ok((record, diagnostics))
}

fn show(path: &str, about: Option<&str>) -> Result<ExitCode, Failure> {
    let (record, _) = read(path)?;
    let mut out = String::new();
    for event in record.events.iter().filter(|event| about.is_none_or(|about| *event.subject == *about)) {
        let role = if event.role.is_empty() { String::new() } else { format!(" ({})", shown(&event.role)) };
        let late = if event.is_late() { format!(", written down late, on {}", event.recorded) } else { String::new() };
        let _ = writeln!(
            out,
            "{} {} {} {} by {}{role}{late}",
            event.number,
            event.effective,
            event.kind.as_str(),
            shown(&event.subject),
            shown(&event.who)
        );
        for (name, value) in &event.details {
            let _ = writeln!(out, "    {}: {}", shown(name), shown(value));
        }
    }
    write_output(&out, None)?;
    Ok(if record.intact { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn verify(path: &str) -> Result<ExitCode, Failure> {
    // Bytes that are no text are an answer here, not a question that could not be asked.
    if let Ok(bytes) = crate::files::read(path)
        && let Err(failure) = record::utf8(path, bytes)
    {
        write_output(&format!("{}\n", failure.message), None)?;
        return Ok(ExitCode::from(1));
    }
    let (record, diagnostics) = read(path)?;
    let wrong = diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    if record.intact {
        let last = record.events.last().map_or("none", |event| &*event.hash);
        write_output(&format!("{path}: {}, intact; last hash {last}\n", count(record.events.len(), "event")), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    write_output(&format!("{path}: not what was written, {} wrong\n", count_verb(wrong, "thing", "is", "are")), None)?;
    Ok(ExitCode::from(1))
}

fn add(
    path: &str,
    kind: &str,
    subject: &str,
    details: &[String],
    content: &str,
    actor: &ActorArguments,
) -> Result<ExitCode, Failure> {
    let kinds = EventKind::ALL.map(EventKind::as_str);
    let parsed = EventKind::parse(kind).ok_or_else(|| {
        let guess = did_you_mean(kind, kinds)
            .map_or_else(|| format!("one of: {}", kinds.join(", ")), |guess| format!("did you mean `{guess}`?"));
        Failure::new(format!("there is no kind of event `{kind}`"), guess)
    })?;
    // These bind a decision to a content that only `vauban treat` knows, and keep the decisions file in step.
    if parsed.is_of_treatment() && subject.contains('@') && !subject.starts_with("control:") {
        return Err(Failure::new(
            format!("`{kind}` of the threat `{subject}` is not written down by hand"),
            "`vauban treat` does it, with the content it is bound to; a wrong event is taken back with `corrected`",
        ));
    }
    // A review is of a model, by people: `vauban review` writes down both, and it counts for nothing without.
    if matches!(parsed, EventKind::ReviewStarted | EventKind::ReviewClosed) {
        return Err(Failure::new(
            format!("`{kind}` is not written down by hand"),
            "`vauban review start` and `vauban review close` do it, with the model that was looked at and who took part; \
             `--at` and `--effective` say when",
        ));
    }
    let mut entry = actor.actor()?.entry(parsed, subject).content(content);
    for detail in details {
        let Some((name, value)) = detail.split_once('=') else {
            return Err(Failure::new(format!("`--detail {detail}` says nothing"), "write `--detail NAME=VALUE`"));
        };
        let name = name.trim();
        if entry.details.iter().any(|(known, _)| **known == *name) {
            return Err(Failure::new(
                format!("`--detail {name}` is given twice, and an event has one `{name}`"),
                "write both into one value, or give the second another name",
            ));
        }
        entry = entry.detail(name, value.trim());
    }
    if parsed == EventKind::Corrected && entry.details.iter().all(|(known, _)| **known != *CORRECTS) {
        return Err(Failure::new(
            "a correction does not say what was wrong",
            format!(
                "name the hash of the wrong event with `--detail {CORRECTS}=HASH`; the record has it at the end of each line"
            ),
        ));
    }
    record::append(path, &[entry])?;
    tell!("Written to {path}.");
    Ok(ExitCode::SUCCESS)
}

fn join(path: &str, other: &str, actor: &ActorArguments) -> Result<ExitCode, Failure> {
    let actor = actor.actor()?;
    let _lock = Lock::of(path)?;
    let ours = record::read(path)?;
    let theirs = crate::files::read(other).map_err(|reason| {
        Failure::new(format!("`{other}` cannot be read: {reason}"), "name the other copy of the record")
    })?;
    let theirs = record::utf8(other, theirs)?;
    let (alone, _) = read_record(&InputFile { name: other, id: vauban_model::FileId(0), text: &theirs });
    if !alone.intact || alone.events.is_empty() {
        let what = if theirs.trim().is_empty() { "holds no record" } else { "is not what was written" };
        return Err(Failure::new(
            format!("`{other}` {what}; nothing was joined"),
            "take that copy from its repository again",
        ));
    }
    let joined = join_records(&ours, &theirs, &actor.recorded, &actor.who).map_err(|why| {
        let failure = record::refused(path, why);
        Failure::new(format!("`{path}` and `{other}` cannot be joined: {}", failure.message), failure.help)
    })?;
    if joined.added > 0 {
        record::write(path, &joined.text)?;
    }
    tell!(
        "{} from {other}, {} here already.",
        count_verb(joined.added, "event", "came", "came"),
        if joined.shared == 1 { "1 was".to_owned() } else { format!("{} were", joined.shared) }
    );
    Ok(ExitCode::SUCCESS)
}
