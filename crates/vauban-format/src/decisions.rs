//! Decisions about threats: what is done, why, who answers for it and until when.

use vauban_model::finding::{Decision, Treatment};
use vauban_model::{Diagnostic, Severity, Span};
use vauban_syntax::{Fields, Node};

use crate::document::{InputFile, VERSION, check_version, parse, told_if_empty, top};
use crate::emit::{Out, write_block, write_items};
use crate::report::{Report, shown};

/// Keys of a decisions document.
pub(crate) const DOCUMENT: &[&str] = &["version", "decisions"];
/// Keys of a decision.
pub(crate) const DECISION: &[&str] =
    &["threat", "decision", "reason", "owner", "approver", "until", "ticket", "decided", "state"];
/// Words for `state`. Without one, or with `decided`, the decision holds; with another it is kept but has no effect.
pub(crate) const STATES: &[&str] = &["decided", "proposed", "rejected", "withdrawn"];

/// Reads decisions from files, in order.
///
/// A decision needs its threat, what is decided, a reason and an owner; accepting and transferring also need an approver
/// and a day on which the decision lapses, a false positive needs such a day. A decision that lacks one of them is
/// reported and left out: a threat must not disappear behind half a decision. One whose `state` is `proposed`, `rejected` or
/// `withdrawn` is left out in silence: it stays in the file for people. Dates are `YYYY-MM-DD` of the real calendar.
pub fn read_decisions(files: &[InputFile<'_>]) -> (Vec<Decision>, Vec<Diagnostic>) {
    let mut report = Report::default();
    let mut decisions: Vec<Decision> = Vec::new();
    for file in files {
        told_if_empty(file, "the decisions file", &mut report);
        let Some(root) = parse(file, &mut report) else { continue };
        for entry in top(&root, "a decisions file", &mut report) {
            match &*entry.key {
                "version" => check_version("version", &entry.value, &mut report),
                "decisions" => match entry.value.as_sequence() {
                    Some(items) => {
                        decisions.extend(items.iter().filter_map(|item| decision(item, &mut report)));
                    }
                    None if entry.value.is_null() => {}
                    None => {
                        let message = format!("`decisions` takes a list, not {}", entry.value.kind_name());
                        report.push(
                            Diagnostic::error("expected-list", entry.value.span, message)
                                .help("write `- threat: …` lines below it"),
                        );
                    }
                },
                key => report.unknown_key(key, entry.key_span, "a decisions file", DOCUMENT),
            }
        }
    }
    doubles(&decisions, &mut report);
    (decisions, report.finish())
}

/// Two decisions about the same threat: which one counts would be a matter of luck.
fn doubles(decisions: &[Decision], report: &mut Report) {
    let mut seen: rustc_hash::FxHashMap<&str, Span> = rustc_hash::FxHashMap::default();
    for decision in decisions {
        if let Some(first) = seen.get(&*decision.threat) {
            let message = format!("`{}` is decided twice", shown(&decision.threat));
            report.push(
                Diagnostic::warning("duplicate-decision", decision.span, message)
                    .help("the first decision counts; remove one of the two")
                    .related(*first, "first decided here"),
            );
        } else {
            seen.insert(&decision.threat, decision.span);
        }
    }
}

fn decision(node: &Node, report: &mut Report) -> Option<Decision> {
    let out = &mut report.diagnostics;
    let mut fields = Fields::new(node, "a decision", out)?;
    let threat = fields.string("threat", out);
    let treatment = fields.string("decision", out);
    let reason = fields.string("reason", out);
    let owner = fields.string("owner", out);
    let approver = fields.string("approver", out);
    let until = fields.string("until", out);
    let ticket = fields.string("ticket", out);
    let decided = fields.string("decided", out);
    let state = fields.string("state", out);
    fields.finish(DECISION, out);
    if let Some((word, place)) = state
        && word != "decided"
    {
        // What is only proposed, was turned down or taken back must not hide a threat.
        if !STATES.contains(&word) {
            report.unknown_word(word, place, "state", STATES);
        }
        return None;
    }

    let span = threat.map_or(node.span, |(_, span)| span);
    let treatment = match treatment {
        Some((word, place)) => {
            let parsed = Treatment::parse(&word.to_lowercase().replace(['_', ' '], "-"));
            if parsed.is_none() {
                report.unknown_word(word, place, "decision", &Treatment::ALL.map(Treatment::as_str));
                return None;
            }
            parsed
        }
        None => None,
    };
    let lapses = matches!(treatment, Some(Treatment::Accept | Treatment::Transfer | Treatment::FalsePositive));
    let approved = matches!(treatment, Some(Treatment::Accept | Treatment::Transfer));
    let given = |field: Option<(&str, Span)>| field.is_some_and(|(text, _)| !text.trim().is_empty());
    let missing: Vec<&str> = [
        ("threat", !given(threat)),
        ("decision", treatment.is_none()),
        ("reason", !given(reason)),
        ("owner", !given(owner)),
        ("approver", approved && !given(approver)),
        ("until", lapses && !given(until)),
    ]
    .into_iter()
    .filter_map(|(key, missing)| missing.then_some(key))
    .collect();
    if !missing.is_empty() {
        let what =
            treatment.map_or("a decision".to_owned(), |treatment| format!("the decision `{}`", treatment.as_str()));
        let message = format!("{what} lacks {}", crate::report::listed(&missing));
        report.push(
            Diagnostic::error("incomplete-decision", span, message)
                .help("add what is missing; until then the decision has no effect"),
        );
    }
    let mut bad_date = false;
    let mut date = |field: Option<(&str, Span)>, key: &str, severity: Severity| -> Option<Box<str>> {
        let (text, place) = field?;
        if is_date(text) {
            return Some(text.into());
        }
        bad_date |= severity == Severity::Error;
        let message = format!("`{}` is no day for `{key}`", shown(text));
        report.push(
            Diagnostic::new(severity, "bad-date", Some(place), message)
                .help("write a day of the calendar as `2027-01-31`: year, month, day"),
        );
        None
    };
    let until = date(until, "until", Severity::Error);
    let decided = date(decided, "decided", Severity::Warning);
    if !missing.is_empty() || bad_date {
        return None;
    }
    let text = |field: Option<(&str, Span)>| field.map(|(text, _)| Box::from(text));
    Some(Decision {
        threat: text(threat)?,
        treatment: treatment?,
        reason: text(reason)?,
        owner: text(owner)?,
        approver: text(approver).unwrap_or_default(),
        until,
        ticket: text(ticket),
        decided,
        span,
    })
}

/// Whether a text is a day of the Gregorian calendar, as `YYYY-MM-DD`.
pub(crate) use vauban_model::day::is_day as is_date;

/// Writes decisions so that reading them again gives the same.
pub fn write_decisions(decisions: &[Decision]) -> String {
    let mut text = String::from("# What was decided about threats. A decision that lapses brings its threat back.\n");
    write_block(&[("version".to_owned(), Out::Bare(VERSION.to_string()))], 0, &mut text);
    if decisions.is_empty() {
        text.push_str("decisions: []\n");
        return text;
    }
    text.push_str("decisions:\n");
    let items: Vec<Out> = decisions.iter().map(item).collect();
    write_items(&items, 2, &mut text);
    text
}

fn item(decision: &Decision) -> Out {
    let mut entries = vec![
        ("threat".to_owned(), Out::text(&decision.threat)),
        ("decision".to_owned(), Out::text(decision.treatment.as_str())),
        ("reason".to_owned(), Out::text(&decision.reason)),
        ("owner".to_owned(), Out::text(&decision.owner)),
    ];
    if !decision.approver.is_empty() {
        entries.push(("approver".to_owned(), Out::text(&decision.approver)));
    }
    let optional = [("until", &decision.until), ("ticket", &decision.ticket), ("decided", &decision.decided)];
    for (key, value) in optional {
        if let Some(value) = value {
            let value = if is_date(value) { Out::Bare(value.to_string()) } else { Out::text(value) };
            entries.push((key.to_owned(), value));
        }
    }
    Out::Block(entries)
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn days_are_those_of_the_calendar() {
        for day in ["2027-01-31", "2028-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert!(is_date(day), "{day}");
        }
        for day in [
            "2027-02-29",
            "1900-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027-04-31",
            "2027-1-1",
            "27-01-01",
            "2027/01/01",
            "2027-01-00",
            "0000-01-01",
            "2027-01-01 ",
            "٢٠٢٧-٠١-٠١",
            "",
            "tomorrow",
        ] {
            assert!(!is_date(day), "{day}");
        }
    }
}
