//! Lines of the record as they stand, before anything is believed.

use serde_json::{Map, Value};
use vauban_model::day::{is_day, is_moment};
use vauban_model::record::{Event, EventKind};
use vauban_model::{Diagnostic, FileId, Span, did_you_mean};

use super::canonical::{event_line, seal_line};
use crate::report::shown;

/// The members of an event, in order.
const MEMBERS: [&str; 11] =
    ["number", "recorded", "effective", "kind", "who", "role", "subject", "content", "details", "previous", "hash"];

/// One line.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// An event.
    Event(Box<Event>),
    /// The seal: how many events, the hash of the last, where.
    Seal(u64, String, Span),
    /// What is neither; said already.
    Broken,
}

impl Line {
    pub(super) fn into_event(self) -> Option<Event> {
        match self {
            Line::Event(event) => Some(*event),
            Line::Seal(..) | Line::Broken => None,
        }
    }
}

/// All lines of a text.
pub(super) fn lines(file: FileId, text: &str, out: &mut Vec<Diagnostic>) -> Vec<Line> {
    if text.is_empty() {
        return Vec::new();
    }
    let torn = !text.ends_with('\n');
    // Git may have changed every line end; one message is enough.
    let carriage = text.lines().count() > 0 && text.split_terminator('\n').all(|line| line.ends_with('\r'));
    if carriage {
        out.push(
            Diagnostic::error("record-line-ends", Span::new(file, 1, 1, 0), "the lines of the record end in CR LF")
                .help("the record is written with LF; put `vauban.record.jsonl -text` into `.gitattributes` and check it out again"),
        );
    }
    let all: Vec<&str> = text.split_terminator('\n').collect();
    let last = all.len();
    (1usize..)
        .zip(all)
        .map(|(number, raw)| {
            let raw = if carriage { raw.trim_end_matches('\r') } else { raw };
            let length = u32::try_from(raw.chars().count()).unwrap_or(u32::MAX);
            let span = Span::new(file, u32::try_from(number).unwrap_or(u32::MAX), 1, length);
            let is_torn = torn && number == last;
            if is_torn {
                out.push(
                    Diagnostic::error("record-torn", span, "the last line of the record is not finished")
                        .help("writing was cut short, or something was cut off; take the file from the repository"),
                );
            }
            line(raw, span, is_torn, out)
        })
        .collect()
}

fn line(raw: &str, span: Span, torn: bool, out: &mut Vec<Diagnostic>) -> Line {
    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| raw.starts_with(mark)) {
        out.push(
            Diagnostic::error("record-conflict", span, "git left the mark of a conflict in the record").help(
                "take one side with `git checkout --ours vauban.record.jsonl`, then `vauban evidence record join` the other",
            ),
        );
        return Line::Broken;
    }
    let value = match serde_json::from_str::<Value>(raw) {
        Ok(Value::Object(map)) => map,
        Ok(_) => return broken(span, torn, "is no JSON object", out),
        Err(_) if raw.trim().is_empty() => return broken(span, torn, "is empty", out),
        Err(error) => return broken(span, torn, &format!("is no JSON: {}", plain(&error)), out),
    };
    let (line, canonical) = if value.contains_key("seal") {
        let (Some(count), Some(last)) = (value.get("seal").and_then(Value::as_u64), text(&value, "last")) else {
            return broken(span, torn, "is no seal: it takes a number and the last hash", out);
        };
        let canonical = seal_line(count, last);
        (Line::Seal(count, last.to_owned(), span), canonical)
    } else {
        match event(&value, span) {
            Ok(event) => {
                let canonical = event_line(&event);
                (Line::Event(Box::new(event)), canonical)
            }
            Err(why) => return broken(span, torn, &why, out),
        }
    };
    if canonical != raw {
        let same = canonical.chars().zip(raw.chars()).take_while(|(a, b)| a == b).count();
        let column = u32::try_from(same + 1).unwrap_or(u32::MAX);
        out.push(
            Diagnostic::error(
                "record-line-altered",
                Span { column, length: 1, ..span },
                format!("line {} of the record is not written as Vauban writes it, from column {column} on", span.line),
            )
            .help("the line was edited or formatted; take the file from the repository"),
        );
    }
    line
}

fn broken(span: Span, torn: bool, why: &str, out: &mut Vec<Diagnostic>) -> Line {
    // That it is not finished was said.
    if !torn {
        out.push(
            Diagnostic::error("record-line-broken", span, format!("line {} of the record {why}", span.line))
                .help("the line was edited or damaged; take the file from the repository"),
        );
    }
    Line::Broken
}

/// What the JSON reader says, without its own place.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    format!("{} at column {}", text.get(..end).unwrap_or_default(), error.column())
}

fn text<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_str)
}

fn event(map: &Map<String, Value>, span: Span) -> Result<Event, String> {
    for name in map.keys() {
        if !MEMBERS.contains(&name.as_str()) {
            let guess = did_you_mean(name, MEMBERS).map(|guess| format!("; did you mean `{guess}`?"));
            return Err(format!("has an unknown member `{}`{}", shown(name), guess.unwrap_or_default()));
        }
    }
    let member = |name: &str| -> Result<Box<str>, String> {
        text(map, name).map(Box::from).ok_or_else(|| format!("lacks the text `{name}`"))
    };
    let checked = |name: &str, good: fn(&str) -> bool, what: &str| -> Result<Box<str>, String> {
        let value = member(name)?;
        if good(&value) { Ok(value) } else { Err(format!("has `{}` as `{name}`, which is no {what}", shown(&value))) }
    };
    let number = map.get("number").and_then(Value::as_u64).ok_or("lacks its `number`")?;
    let word = member("kind")?;
    let kind = EventKind::parse(&word)
        .ok_or_else(|| format!("is of the kind `{}`, which this version of Vauban does not know", shown(&word)))?;
    let mut details = Vec::new();
    for (name, value) in map.get("details").and_then(Value::as_object).ok_or("lacks its `details`")? {
        let value = value.as_str().ok_or_else(|| format!("has a detail `{}` that is no text", shown(name)))?;
        details.push((Box::from(name.as_str()), Box::from(value)));
    }
    details.sort();
    Ok(Event {
        number,
        recorded: checked("recorded", is_moment, "moment in UTC")?,
        effective: checked("effective", is_day, "day")?,
        kind,
        who: checked("who", |text| !text.trim().is_empty(), "name")?,
        role: member("role")?,
        subject: checked("subject", |text| !text.trim().is_empty(), "subject")?,
        content: checked("content", |text| text.is_empty() || is_hash(text), "SHA-256")?,
        details,
        previous: checked("previous", is_hash, "SHA-256")?,
        hash: checked("hash", is_hash, "SHA-256")?,
        span,
    })
}

/// Whether a text is a SHA-256 as it is written here.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
