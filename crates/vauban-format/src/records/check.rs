//! Whether the lines are what was written, and what happened to them where they are not.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::record::Event;
use vauban_model::{Diagnostic, Severity, Span};

use super::NO_HASH;
use super::append::write_record;
use super::canonical::event_hash;
use super::parse::Line;
use crate::document::{InputFile, start};

/// What to do about a record that is not what was written.
const RESTORE: &str =
    "nothing in the record is ever edited: take the file from the repository, and say what was wrong in a new event";

/// Says everything that is wrong.
pub(super) fn check(file: &InputFile<'_>, lines: &[Line], out: &mut Vec<Diagnostic>) {
    let events: Vec<&Event> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Event(event) => Some(&**event),
            _ => None,
        })
        .collect();
    contents(&events, out);
    order(&events, out);
    seal(file, lines, &events, out);
    times(&events, out);
    // The definition of intact, whatever the messages above can put into words.
    let wrong = out.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    let whole: Vec<Event> = events.iter().map(|event| (*event).clone()).collect();
    if !wrong && write_record(&whole) != file.text {
        out.push(
            Diagnostic::error("record-altered", start(file.id), "the record is not what its events give").help(RESTORE),
        );
    }
}

/// Events whose content does not give their hash.
fn contents(events: &[&Event], out: &mut Vec<Diagnostic>) {
    // What later events say came before them.
    let cited: BTreeSet<&str> = events.iter().map(|event| &*event.previous).collect();
    for event in events {
        let given = event_hash(event);
        if *given == *event.hash {
            continue;
        }
        let what = if cited.contains(&*given) {
            "its `hash` was changed; what it says is what was written"
        } else if cited.contains(&*event.hash) {
            "what it says was changed after it was written"
        } else {
            "what it says does not give its `hash`"
        };
        out.push(
            Diagnostic::error(
                "record-event-altered",
                event.span,
                format!(
                    "event {} (`{}` of `{}`) was altered: {what}",
                    event.number,
                    event.kind.as_str(),
                    event.subject
                ),
            )
            .help(RESTORE),
        );
    }
}

/// Events that are missing, twice there, out of order, or not bound to the one before.
fn order(events: &[&Event], out: &mut Vec<Diagnostic>) {
    let mut places: BTreeMap<u64, Span> = BTreeMap::new();
    let mut hashes: BTreeMap<&str, Span> = BTreeMap::new();
    let mut highest = 0;
    let mut before: Option<&Event> = None;
    for event in events {
        let number = event.number;
        if let Some(first) = hashes.get(&*event.hash).or_else(|| places.get(&number)) {
            out.push(
                Diagnostic::error(
                    "record-event-duplicate",
                    event.span,
                    format!("event {number} stands in the record twice"),
                )
                .help(RESTORE)
                .related(*first, "first here"),
            );
            continue;
        }
        places.insert(number, event.span);
        hashes.insert(&event.hash, event.span);
        if number < highest {
            out.push(
                Diagnostic::error(
                    "record-event-moved",
                    event.span,
                    format!("event {number} stands behind event {highest}"),
                )
                .help(RESTORE),
            );
        } else {
            linked(event, before, out);
        }
        highest = highest.max(number);
        before = Some(event);
    }
    missing(&places, out);
}

/// Whether an event names the hash of the one before it.
fn linked(event: &Event, before: Option<&Event>, out: &mut Vec<Diagnostic>) {
    let follows = before.map_or(1, |before| before.number.saturating_add(1));
    let expected = before.map_or(NO_HASH, |before| &*before.hash);
    // Where numbers are missing, that is said.
    if event.number == follows && *event.previous != *expected {
        let what = match before {
            Some(before) => {
                format!("event {} is not bound to the event {} that stands before it", event.number, before.number)
            }
            None => "the first event is bound to one before it".to_owned(),
        };
        out.push(
            Diagnostic::error("record-link-broken", event.span, format!("{what}: its `previous` is another hash"))
                .help(RESTORE),
        );
    }
}

/// Numbers that nobody has.
fn missing(places: &BTreeMap<u64, Span>, out: &mut Vec<Diagnostic>) {
    let mut expected = 1;
    for (number, span) in places {
        if *number > expected {
            let first = expected;
            let last = number - 1;
            let what = if first == last {
                format!("event {first} is missing")
            } else {
                format!("events {first} to {last} are missing")
            };
            out.push(Diagnostic::error("record-event-missing", *span, what).help(RESTORE));
        } else if *number == 0 {
            out.push(Diagnostic::error("record-event-missing", *span, "there is no event 0").help(RESTORE));
        }
        expected = number.saturating_add(1);
    }
}

/// The seal: one, at the end, saying how many events there are and what the last hash is.
fn seal(file: &InputFile<'_>, lines: &[Line], events: &[&Event], out: &mut Vec<Diagnostic>) {
    let seals: Vec<(usize, &u64, &String, &Span)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| match line {
            Line::Seal(count, last, span) => Some((at, count, last, span)),
            _ => None,
        })
        .collect();
    let Some((at, count, last, span)) = seals.last().copied() else {
        let place = events.last().map_or(start(file.id), |event| event.span);
        out.push(
            Diagnostic::error("record-seal-missing", place, "the record has no seal at its end: its tail was cut off")
                .help(RESTORE),
        );
        return;
    };
    for (_, _, _, other) in seals.iter().take(seals.len() - 1) {
        out.push(Diagnostic::error("record-seal-moved", **other, "the record has more than one seal").help(RESTORE));
    }
    if at + 1 != lines.len() {
        out.push(
            Diagnostic::error("record-seal-moved", *span, "the seal does not stand at the end of the record")
                .help(RESTORE),
        );
    }
    let there = u64::try_from(events.len()).unwrap_or(u64::MAX);
    let end = events.last().map_or(NO_HASH, |event| &*event.hash);
    if *count != there {
        let what = match count.saturating_sub(there) {
            0 => format!(
                "the seal counts {count} events, and there are {there}: some were put in, or the seal was changed"
            ),
            gone => format!("the seal counts {count} events, and there are {there}: {gone} went missing"),
        };
        out.push(Diagnostic::error("record-seal-broken", *span, what).help(RESTORE));
    } else if **last != *end {
        let what = "the seal names another last hash than the last event has";
        out.push(Diagnostic::error("record-seal-broken", *span, what).help(RESTORE));
    }
}

/// Events that say they were written down before one that stands before them: said once, at the first.
fn times(events: &[&Event], out: &mut Vec<Diagnostic>) {
    let mut newest: Option<&Event> = None;
    let mut wrong: Vec<(&Event, &Event)> = Vec::new();
    for event in events {
        match newest {
            Some(before) if event.recorded < before.recorded => wrong.push((event, before)),
            _ => newest = Some(event),
        }
    }
    // It was told when it was written; the record went on, and whoever wrote on has seen it.
    let last = events.last().map(|event| event.number);
    let severity =
        if wrong.iter().any(|(event, _)| Some(event.number) == last) { Severity::Warning } else { Severity::Note };
    let Some((event, before)) = wrong.first() else { return };
    let more = match wrong.len() - 1 {
        0 => String::new(),
        1 => ", and so does 1 more".to_owned(),
        more => format!(", and so do {more} more"),
    };
    let what = format!("event {} says it was recorded before event {}{more}", event.number, before.number);
    out.push(
        Diagnostic::new(severity, "record-time-backwards", Some(event.span), what)
            .help("a clock was wrong, or `--at` was; the order of the record counts, say so in a `corrected` event"),
    );
}
