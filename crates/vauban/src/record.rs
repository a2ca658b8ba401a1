//! Who does something, when, and how it gets into the record.

use std::process::Command;

use clap::{Args, ValueEnum};
use vauban_analysis::format::{RecordRefused, append_events};
use vauban_model::day::{is_day, is_moment};
use vauban_model::record::{Entry, EventKind};

use crate::commands::Failure;
use crate::files;
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
            let text = String::from_utf8_lossy(&bytes).into_owned();
            // An empty file is a record that was cut off, not one that begins.
            if text.is_empty() { Err(Failure::new(format!("the record `{path}` is empty"), RESTORE)) } else { Ok(text) }
        }
    }
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
    let text = read(path)?;
    let text = append_events(&text, entries).map_err(|why| refused(path, why))?;
    write(path, &text)
}

/// Writes a file whole or not at all.
pub(crate) fn write(path: &str, text: &str) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| {
        Failure::new(format!("`{path}` cannot be written: {}", files::reason(error)), "choose another file")
    };
    if let Some(folder) = std::path::Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    // A name of its own, so that a program that is stopped leaves the old file as it was.
    let beside = format!("{path}.new-{}", std::process::id());
    std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(&error)
    })
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
