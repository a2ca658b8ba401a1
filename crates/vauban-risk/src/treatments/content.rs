//! What an approval is bound to, and what of it changed since.

use sha2::{Digest as _, Sha256};
use vauban_model::finding::{Decision, Finding};
use vauban_model::library::Threat;
use vauban_model::model::{Model, RecordedThreat};
use vauban_model::record::{Event, same_person};
use vauban_model::scale::Level;
use vauban_model::treatment::Part;

/// Values longer than this are kept in the record as their hash.
const KEPT: usize = 4_000;
/// Before the hash that stands for a long value.
const HIDDEN: &str = "sha256:";
/// Between the members of a list.
const BETWEEN: &str = "; ";
/// Before a name of a part among the details of an event.
const BOUND: &str = "bound.";

/// The part that stands for the title and the description of a threat that the model brought along.
const WORDS: &str = "words";
/// The part that says who answers for it. Approvals of earlier versions are not bound to it.
const OWNER: &str = "owner";
/// What an approval says of its owner where it has none: records keep no empty values, and an approval of earlier versions,
/// which is not bound to the owner, must be told apart.
const NO_OWNER: &str = "(none)";

/// The content of a decision on a finding, part by part: the threat and the version of its page, the elements and the facts
/// it stands on, today's risk, what is decided, why, until when, and who answers for it.
///
/// `page` stands for what the threat's page says that bears on the result; another value is another version of it. Neither
/// places in files nor the order of a file play a part, nor do the words of a title.
pub fn content(finding: &Finding, threat: &Threat, page: &str, model: &Model, decision: &Decision) -> Vec<Part> {
    let mut elements: Vec<&str> = finding.elements.iter().map(|element| model.id(*element)).collect();
    elements.sort_unstable();
    elements.dedup();
    let mut facts: Vec<String> = finding
        .evidence
        .iter()
        .map(|fact| format!("{} of {} is {}", fact.fact, model.id(fact.element), fact.value))
        .collect();
    facts.sort_unstable();
    facts.dedup();
    let part = |name: &'static str, value: String| Part { name, value: value.into() };
    vec![
        part("threat", threat.id.to_string()),
        part("page", hash(page)),
        part("elements", elements.join(BETWEEN)),
        part("facts", facts.join(BETWEEN)),
        part("risk", finding.current.risk.as_str().to_owned()),
        part("treatment", decision.treatment.as_str().to_owned()),
        part("reason", decision.reason.to_string()),
        part("until", decision.until.as_deref().unwrap_or("").to_owned()),
        part(OWNER, decision.owner.to_string()),
    ]
}

/// The content of a decision on a threat that the model brought along: what is written of it, the elements, its rating, what
/// is decided, why, until when, and who answers for it. Its state as written is no part: it is what the decision changes.
pub fn recorded_content(threat: &RecordedThreat, model: &Model, decision: &Decision) -> Vec<Part> {
    let mut elements: Vec<&str> = threat.elements.iter().map(|element| model.id(*element)).collect();
    elements.sort_unstable();
    elements.dedup();
    let risk = threat.level().map_or_else(|| threat.severity.to_string(), |level| level.as_str().to_owned());
    let part = |name: &'static str, value: String| Part { name, value: value.into() };
    vec![
        part("threat", threat.id.to_string()),
        part(WORDS, hash(&format!("{}\n{}", threat.title, threat.description))),
        part("elements", elements.join(BETWEEN)),
        part("risk", risk),
        part("treatment", decision.treatment.as_str().to_owned()),
        part("reason", decision.reason.to_string()),
        part("until", decision.until.as_deref().unwrap_or("").to_owned()),
        part(OWNER, decision.owner.to_string()),
    ]
}

/// The SHA-256 of a content: over a line `name: value` for each part, with backslashes and line breaks in values escaped.
pub fn content_hash(parts: &[Part]) -> String {
    let text: String = parts
        .iter()
        .map(|part| format!("{}: {}\n", part.name, part.value.replace('\\', "\\\\").replace('\n', "\\n")))
        .collect();
    hash(&text)
}

/// The parts as details of the event that approves them, so that it can be said later which one changed.
pub fn bound_details(parts: &[Part]) -> Vec<(String, String)> {
    parts.iter().map(|part| (bound(part.name), written(part.name, &part.value))).collect()
}

/// A part as an approval has it.
pub(super) fn written(name: &str, value: &str) -> String {
    if name == OWNER && value.is_empty() { NO_OWNER.to_owned() } else { kept(value) }
}

/// The detail of an approval that holds a part of what it is bound to.
pub(super) fn bound(part: &str) -> String {
    format!("{BOUND}{part}")
}

/// What changed materially between what an event approved and what is there now, in words; empty where the approval holds.
///
/// A lower risk and an earlier last day are less than what was approved and change nothing; a later day and another owner do.
pub fn changes(approved: &Event, now: &[Part]) -> Vec<Box<str>> {
    if *approved.content == *content_hash(now) {
        return Vec::new();
    }
    let mut out: Vec<Box<str>> = Vec::new();
    let mut known = false;
    for part in now {
        let Some(was) = approved.detail(&bound(part.name)) else {
            // Empty parts are not written down.
            if !part.value.is_empty() && known && part.name != OWNER {
                out.push(format!("`{}` is `{}` and was not said", part.name, kept(&part.value)).into());
            }
            continue;
        };
        known = true;
        if *was == written(part.name, &part.value) || is_less(part, was) {
            continue;
        }
        out.push(told(part, was));
    }
    if !known {
        out.push("the content has another hash than the one approved".into());
    }
    out
}

fn told(part: &Part, was: &str) -> Box<str> {
    let now = kept(&part.value);
    let hidden = was.starts_with(HIDDEN) || now.starts_with(HIDDEN);
    match part.name {
        "page" => "the threat's page in the library is another version".into(),
        WORDS => "what the model says of the threat changed".into(),
        "facts" if hidden => "the facts it stands on changed".into(),
        "elements" if hidden => "the elements it concerns changed".into(),
        "facts" => format!("the facts it stands on: {}", difference(was, &now)).into(),
        "elements" => format!("the elements it concerns: {}", difference(was, &now)).into(),
        "until" if now.is_empty() => format!("`until` was `{was}` and is gone").into(),
        name if hidden => format!("`{name}` changed").into(),
        name => format!("`{name}` was `{was}` and is `{now}`").into(),
    }
}

/// What came to a list and what went.
fn difference(was: &str, now: &str) -> String {
    const MOST: usize = 3;
    let list = |text: &str, other: &str| -> Vec<String> {
        let other: Vec<&str> = other.split(BETWEEN).collect();
        text.split(BETWEEN).filter(|it| !it.is_empty() && !other.contains(it)).map(|it| format!("`{it}`")).collect()
    };
    let mut words = Vec::new();
    for (what, list) in [("new", list(now, was)), ("gone", list(was, now))] {
        let more = list.len().saturating_sub(MOST);
        let shown: Vec<String> = list.into_iter().take(MOST).collect();
        if !shown.is_empty() {
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            words.push(format!("{what} {}{more}", shown.join(", ")));
        }
    }
    words.join(", ")
}

fn is_less(part: &Part, was: &str) -> bool {
    match part.name {
        "risk" => match (Level::parse(was), Level::parse(&part.value)) {
            (Some(was), Some(now)) => now < was,
            _ => false,
        },
        // A name written in another way is the same person.
        OWNER => same_person(was, &part.value),
        // Days sort as text; no day at all is longer than any.
        "until" => !part.value.is_empty() && *part.value < *was,
        _ => false,
    }
}

/// A value as the record keeps it.
pub(super) fn kept(value: &str) -> String {
    if value.len() <= KEPT { value.to_owned() } else { format!("{HIDDEN}{}", hash(value)) }
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{bound_details, changes};
    use vauban_model::record::{Event, EventKind};
    use vauban_model::treatment::Part;
    use vauban_model::{FileId, Span};

    /// A content of a treatment and who answers for it.
    fn parts(owner: &str) -> Vec<Part> {
        vec![Part { name: "treatment", value: "accept".into() }, Part { name: "owner", value: owner.into() }]
    }

    #[test]
    fn an_approval_without_an_owner_is_bound_to_that_and_an_older_one_is_not() {
        let mut approval = Event {
            number: 1,
            recorded: "2030-01-01T00:00:00Z".into(),
            effective: "2030-01-01".into(),
            kind: EventKind::Approved,
            who: "Bob".into(),
            role: "".into(),
            subject: "a@b".into(),
            content: "another".into(),
            details: bound_details(&parts("")).into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            previous: "".into(),
            hash: "".into(),
            span: Span::new(FileId(0), 1, 1, 0),
        };
        assert!(changes(&approval, &parts("")).is_empty());
        assert_eq!(changes(&approval, &parts("Ada")).len(), 1);
        approval.details.retain(|(name, _)| &**name != "bound.owner");
        assert!(changes(&approval, &parts("Ada")).is_empty());
    }
}
