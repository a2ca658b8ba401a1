//! The record of events: one text file, a line of JSON per event, each bound to the one before by SHA-256.
//!
//! # The form
//!
//! UTF-8, every line ended by one line feed, no blank lines. Each line but the last is an event: a JSON object with the
//! members `number`, `recorded`, `effective`, `kind`, `who`, `role`, `subject`, `content`, `details`, `previous`, `hash`, all
//! of them, in this order, without white space. `number` is an integer, `details` an object of texts in the byte order of
//! its names, all others are texts. Texts are written as RFC 8785 writes them: `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`,
//! `\u00xx` in lower case for the other control characters, everything else as it is.
//!
//! `hash` is the SHA-256, in 64 lower-case hexadecimal digits, of the line without the member `hash` and the comma before
//! it. `previous` is the `hash` of the line before; 64 zeros on the first.
//!
//! The last line is the seal: `{"seal":COUNT,"last":"HASH"}`, the number of events and the hash of the last one, so that a
//! tail that is cut off is missed. A seal is no signature: who may write the file can write the whole of it anew. Against
//! that stands what holds the last hash elsewhere: the history of the repository, a signed evidence pack.
//!
//! A record is intact when its text is exactly what its events give. What differs is said event by event.

mod append;
mod canonical;
mod check;
mod join;
mod parse;

use vauban_model::Diagnostic;
use vauban_model::record::Record;

use crate::document::InputFile;

pub use append::{RecordRefused, append_events, write_record};
pub use canonical::{event_hash, event_line, seal_line, sha256_hex};
pub use join::{Joined, join_records};

/// The hash before the first event.
pub const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a record is called where nobody names it.
pub const RECORD_FILE: &str = "vauban.record.jsonl";

/// Reads a record and checks it: every event that can be read, and a diagnostic for each thing that is not what was
/// written.
///
/// Only an intact record may be built on; [`append_events`] and [`join_records`] refuse any other.
pub fn read_record(file: &InputFile<'_>) -> (Record, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let lines = parse::lines(file.id, file.text, &mut diagnostics);
    check::check(file, &lines, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    let events: Vec<_> = lines.into_iter().filter_map(parse::Line::into_event).collect();
    let intact = diagnostics.iter().all(|diagnostic| diagnostic.severity != vauban_model::Severity::Error);
    (Record { events, intact }, diagnostics)
}
