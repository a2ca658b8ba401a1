//! Events behind those that are there: text in, text out.

use vauban_model::day::{is_day, is_moment};
use vauban_model::record::{CORRECTS, Entry, Event, EventKind, ORIGINAL, unfit_in_name};
use vauban_model::{Diagnostic, FileId, Severity, Span};

use super::NO_HASH;
use super::canonical::{event_hash, event_line, seal_line};
use super::parse::is_hash;
use super::read_record;
use crate::document::InputFile;
use crate::report::shown;

/// Why nothing was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordRefused {
    /// The record is not what was written; building on it would hide that.
    NotIntact(Vec<Diagnostic>),
    /// An entry is not fit to be written down: what is wrong with it.
    Unfit(String),
}

/// The whole text of a record with these events, which must be linked already.
pub fn write_record(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        text.push_str(&event_line(event));
        text.push('\n');
    }
    let last = events.last().map_or(NO_HASH, |event| &*event.hash);
    text.push_str(&seal_line(u64::try_from(events.len()).unwrap_or(u64::MAX), last));
    text.push('\n');
    text
}

/// The text of a record with more entries at its end; every line that was there stays as it is, only the seal moves.
///
/// `text` is the record as it is, or empty where there is none yet.
///
/// # Errors
///
/// Refuses a record that is not intact, and an entry that could not be read again: a moment or day that is none, no name,
/// no subject, a content that is no SHA-256, a name with characters that show nothing, a correction of an event that is not
/// there.
pub fn append_events(text: &str, entries: &[Entry]) -> Result<String, RecordRefused> {
    let mut events = intact(text)?;
    for entry in entries {
        // Two names that look the same must be the same. What another copy has is taken as it was written.
        for name in [&entry.who, &entry.role] {
            if let Some(letter) = unfit_in_name(name) {
                let what =
                    format!("`{}` holds the character U+{:04X}, which shows nothing", shown(name), u32::from(letter));
                return Err(RecordRefused::Unfit(what));
            }
        }
        corrects(entry, &events)?;
        let event = linked(entry, events.last())?;
        events.push(event);
    }
    Ok(write_record(&events))
}

/// Whether a correction names an event that is there.
fn corrects(entry: &Entry, events: &[Event]) -> Result<(), RecordRefused> {
    if entry.kind != EventKind::Corrected {
        return Ok(());
    }
    let named = entry.details.iter().find(|(name, _)| **name == *CORRECTS).map(|(_, hash)| &**hash);
    // One that names none calls nothing void.
    let Some(hash) = named else { return Ok(()) };
    let there = events.iter().any(|event| *event.hash == *hash || event.detail(ORIGINAL) == Some(hash));
    if there {
        Ok(())
    } else {
        Err(RecordRefused::Unfit(format!("the record has no event with the hash `{}`", shown(hash))))
    }
}

/// The events of a record that is what was written.
pub(super) fn intact(text: &str) -> Result<Vec<Event>, RecordRefused> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let (record, diagnostics) = read_record(&InputFile { id: FileId(0), name: super::RECORD_FILE, text });
    if record.intact {
        return Ok(record.events);
    }
    Err(RecordRefused::NotIntact(diagnostics.into_iter().filter(|it| it.severity == Severity::Error).collect()))
}

/// An entry as the event that follows another.
pub(super) fn linked(entry: &Entry, before: Option<&Event>) -> Result<Event, RecordRefused> {
    let unfit = |what: &str, value: &str| Err(RecordRefused::Unfit(format!("`{}` is no {what}", shown(value))));
    if !is_moment(&entry.recorded) {
        return unfit("moment in UTC, such as `2026-01-31T12:00:00Z`", &entry.recorded);
    }
    if !is_day(&entry.effective) {
        return unfit("day, such as `2026-01-31`", &entry.effective);
    }
    if entry.who.trim().is_empty() {
        return Err(RecordRefused::Unfit("nobody is named as who did it".to_owned()));
    }
    if entry.subject.trim().is_empty() {
        return Err(RecordRefused::Unfit("nothing is named that it is about".to_owned()));
    }
    if !entry.content.is_empty() && !is_hash(&entry.content) {
        return unfit("SHA-256 in 64 lower-case hexadecimal digits", &entry.content);
    }
    let mut details = entry.details.clone();
    details.sort();
    details.dedup_by(|later, earlier| later.0 == earlier.0);
    let mut event = Event {
        number: before.map_or(1, |before| before.number.saturating_add(1)),
        recorded: entry.recorded.clone(),
        effective: entry.effective.clone(),
        kind: entry.kind,
        who: entry.who.clone(),
        role: entry.role.clone(),
        subject: entry.subject.clone(),
        content: entry.content.clone(),
        details,
        previous: before.map_or_else(|| NO_HASH.into(), |before| before.hash.clone()),
        hash: Box::default(),
        span: Span::new(FileId(0), 1, 1, 0),
    };
    event.hash = event_hash(&event).into();
    Ok(event)
}
