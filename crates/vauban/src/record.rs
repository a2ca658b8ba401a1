//! Who does something, when, and how it gets into the record.

use std::path::PathBuf;
use std::process::Command;

use clap::{Args, ValueEnum};
use vauban_analysis::format::{InputFile, RecordRefused, append_events, read_record};
use vauban_model::FileId;
use vauban_model::day::{is_day, is_moment};
use vauban_model::document::shown;
use vauban_model::record::{Entry, EventKind, unfit_in_name};

use crate::commands::Failure;
use crate::files;
use crate::lock::Lock;
use crate::project::now;

/// Who does it, and when.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ActorArguments {
    /// Who does it; by default the name in git's configuration, else the user's
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,

    /// In which role: owner, architect, CISO, …
    #[arg(long, value_name = "ROLE", default_value = "")]
    pub(crate) role: String,

    /// When it is written down, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ; by default now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// From which day it holds, YYYY-MM-DD; by default the day on which it is written down. An earlier one is shown as
    /// written down late
    #[arg(long, value_name = "DATE")]
    pub(crate) effective: Option<String>,
}

/// Who does it, and when, as it is written down.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) who: String,
    pub(crate) role: String,
    /// The moment.
    pub(crate) recorded: String,
    /// The day from which it holds.
    pub(crate) effective: String,
}

impl ActorArguments {
    /// The moment and the day, checked.
    pub(crate) fn actor(&self) -> Result<Actor, Failure> {
        let recorded = match &self.at {
            None => now(),
            Some(at) if is_moment(at) => at.clone(),
            Some(day) if is_day(day) => format!("{day}T00:00:00Z"),
            Some(at) => {
                return Err(Failure::new(
                    format!("`--at {at}` is no moment"),
                    "write a day as 2027-01-31 or a moment in UTC as 2027-01-31T12:00:00Z",
                ));
            }
        };
        let effective = match &self.effective {
            None => recorded.split('T').next().unwrap_or_default().to_owned(),
            Some(day) if is_day(day) => day.clone(),
            Some(day) => {
                return Err(Failure::new(format!("`--effective {day}` is no day"), "write a day as 2027-01-31"));
            }
        };
        let who = self.who.clone().or_else(user).filter(|who| !who.trim().is_empty()).ok_or_else(|| {
            Failure::new("nobody is named as who does it", "say who with `--who`, or set `git config user.name`")
        })?;
        for name in [&who, &self.role] {
            if let Some(letter) = unfit_in_name(name) {
                return Err(Failure::new(
                    format!(
                        "the name `{}` holds the character U+{:04X}, which shows nothing",
                        shown(name),
                        u32::from(letter)
                    ),
                    "write it without; two names that look the same must be the same",
                ));
            }
        }
        Ok(Actor { who, role: self.role.clone(), recorded, effective })
    }
}

impl Actor {
    /// What this person does, to be written down.
    pub(crate) fn entry(&self, kind: EventKind, subject: &str) -> Entry {
        let entry = Entry::new(kind, subject, &self.who, &self.recorded).role(&self.role);
        Entry { effective: self.effective.as_str().into(), ..entry }
    }
}

/// The name in git's configuration, else the user's.
fn user() -> Option<String> {
    let output = Command::new("git").args(["config", "user.name"]).output().ok();
    let name = output
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    name.filter(|name| !name.is_empty()).or_else(|| std::env::var("USER").ok())
}

/// The text of a record, empty where there is none yet.
pub(crate) fn read(path: &str) -> Result<String, Failure> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        _ => {
            let bytes = files::read(path).map_err(|reason| {
                Failure::new(format!("the record `{path}` cannot be read: {reason}"), "name another with `--record`")
            })?;
            let text = utf8(path, bytes)?;
            // An empty file is a record that was cut off, not one that begins.
            if text.is_empty() { Err(Failure::new(format!("the record `{path}` is empty"), RESTORE)) } else { Ok(text) }
        }
    }
}

/// The text of a record. Bytes that are no text are never replaced: what is left could look intact.
pub(crate) fn utf8(path: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        Failure::new(
            format!("the record `{path}` is not what was written: byte {at} is not UTF-8"),
            "nothing in the record is ever edited: take the file from the repository",
        )
    })
}

/// What to do about a record that is not what was written.
pub(crate) const RESTORE: &str =
    "`vauban evidence record verify` says what is wrong; take the file from the repository";

/// Why nothing was written down.
pub(crate) fn refused(path: &str, refused: RecordRefused) -> Failure {
    match refused {
        RecordRefused::NotIntact(diagnostics) => {
            let first = diagnostics.first().map_or_else(String::new, |first| format!(": {}", first.message));
            Failure::new(format!("the record `{path}` is not what was written{first}"), RESTORE)
        }
        RecordRefused::Unfit(what) => Failure::new(format!("nothing is written down: {what}"), "say it otherwise"),
    }
}

/// Appends entries to a record, or begins one.
pub(crate) fn append(path: &str, entries: &[Entry]) -> Result<(), Failure> {
    let lock = Lock::of(path)?;
    append_under(&lock, path, entries)
}

/// The same, for who has the lock of the record already.
pub(crate) fn append_under(_lock: &Lock, path: &str, entries: &[Entry]) -> Result<(), Failure> {
    let text = read(path)?;
    in_time(path, &text, entries)?;
    let text = append_events(&text, entries).map_err(|why| refused(path, why))?;
    write(path, &text)
}

/// Nothing is written down before what was written down already. A clock that was wrong once, so that the last event is still to
/// come, does not stand in the way.
fn in_time(path: &str, text: &str, entries: &[Entry]) -> Result<(), Failure> {
    let (record, _) = read_record(&InputFile { id: FileId(0), name: path, text });
    let Some(last) = record.events.last().filter(|last| *last.recorded <= *now()) else { return Ok(()) };
    match entries.iter().find(|entry| entry.recorded < last.recorded) {
        Some(entry) => Err(Failure::new(
            format!(
                "nothing can be written down at {}: event {} was written down at {}, and the record only grows",
                entry.recorded, last.number, last.recorded
            ),
            format!(
                "leave `--at` out or name a later moment; the day from which it holds goes with `--effective {}`",
                entry.effective
            ),
        )),
        None => Ok(()),
    }
}

/// Where a file really is: the end of the links, where its name is one.
pub(crate) fn target(path: &str) -> Result<PathBuf, Failure> {
    let is_link = std::fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_symlink());
    if !is_link {
        return Ok(PathBuf::from(path));
    }
    std::fs::canonicalize(path).map_err(|error| {
        Failure::new(
            format!("`{path}` is a link that leads nowhere: {}", files::reason(&error)),
            "mend the link, or name another file",
        )
    })
}

/// Writes a file whole or not at all. A link stays one, and who may read the file stays as it was.
pub(crate) fn write(path: &str, text: &str) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| {
        Failure::new(format!("`{path}` cannot be written: {}", files::reason(error)), "choose another file")
    };
    if let Some(folder) = std::path::Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    let real = target(path)?;
    files::write(&real, text.as_bytes()).map_err(|error| failed(&error))
}

/// How lists are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// For people at a terminal
    Text,
    /// For machines; has a published schema
    Json,
    /// For spreadsheets
    Csv,
    /// For pull requests and wikis
    Markdown,
}
