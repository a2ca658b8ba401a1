//! Two copies of a record that went separate ways, as one: what only the other has comes as late entries.

use std::collections::BTreeSet;

use vauban_model::record::{Entry, Event, ORIGINAL, ORIGINAL_RECORDED};

use super::append::{RecordRefused, intact, linked, write_record};

/// What joining gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The text of the joined record.
    pub text: String,
    /// How many events came in.
    pub added: usize,
    /// How many events both have.
    pub shared: usize,
}

/// Adds to our record what the other copy has and ours has not.
///
/// Each such event comes as a new one at the end, recorded now, with the day from which it holds, who, role, subject and
/// content unchanged; the details `original` and `original-recorded` cite the hash and the time it had in the other copy, and
/// `joined-by` says who joined. Joining again adds nothing. No line of ours changes.
///
/// # Errors
///
/// Refuses where either record is not intact, or the moment or the name is none.
pub fn join_records(ours: &str, theirs: &str, recorded: &str, joined_by: &str) -> Result<Joined, RecordRefused> {
    let mut events = intact(ours)?;
    let others = intact(theirs)?;
    let known: BTreeSet<Box<str>> =
        events.iter().map(|event| origin(event).into()).chain(events.iter().map(|event| event.hash.clone())).collect();
    let mut added = 0;
    let mut shared = 0;
    for other in &others {
        if known.contains(&other.hash) || known.contains(origin(other)) {
            shared += 1;
            continue;
        }
        let event = linked(&late(other, recorded, joined_by), events.last())?;
        events.push(event);
        added += 1;
    }
    Ok(Joined { text: write_record(&events), added, shared })
}

/// The hash under which an event was written down for the first time.
fn origin(event: &Event) -> &str {
    event.detail(ORIGINAL).unwrap_or(&event.hash)
}

/// An event of another copy as an entry of ours.
fn late(event: &Event, recorded: &str, joined_by: &str) -> Entry {
    let entry = Entry {
        recorded: recorded.into(),
        effective: event.effective.clone(),
        kind: event.kind,
        who: event.who.clone(),
        role: event.role.clone(),
        subject: event.subject.clone(),
        content: event.content.clone(),
        details: event.details.clone(),
    };
    entry
        .detail(ORIGINAL, origin(event))
        .detail(ORIGINAL_RECORDED, event.first_recorded())
        .detail("joined-by", joined_by)
}
