//! Reviews that were, and the one that is due.

use std::fmt::Write as _;

use serde_json::{Value, json};
use vauban_model::review::{Due, Review};

use super::{Table, or_empty};
use crate::terminal::Style;
use crate::text::one_line;

/// Whether reviews are due, for people at a terminal.
pub fn due_text(list: &[Due], style: Style) -> String {
    style.fitted(due_text_lines(list, style))
}

fn due_text_lines(list: &[Due], style: Style) -> String {
    let mut out = String::new();
    for due in list {
        let word = match (due.is_due(), due.overdue_days > 0) {
            (true, true) => "overdue",
            (true, false) => "due",
            (false, _) => "not due",
        };
        let _ = writeln!(out, "{}  review {word}", style.bold(&one_line(&due.system)));
        let assumed = if due.criticality_stated { "" } else { " (nobody says; medium is assumed)" };
        let every = match due.months {
            0 => "no fixed dates".to_owned(),
            1 => "every month".to_owned(),
            months => format!("every {months} months"),
        };
        let _ = writeln!(out, "    {}", style.dim(&format!("criticality {}{assumed} · {every}", due.criticality)));
        if let Some(last) = &due.last {
            let _ = writeln!(
                out,
                "    last: {} on {} by {}",
                one_line(&last.id),
                or_empty(last.closed.as_deref()),
                one_line(&last.who)
            );
        }
        if let Some(next) = &due.next {
            let _ = writeln!(out, "    next: {next}");
        }
        if let Some(running) = &due.running {
            let _ =
                writeln!(out, "    running: {} since {}", one_line(&running.id), or_empty(running.started.as_deref()));
        }
        for trigger in &due.triggers {
            let _ = writeln!(out, "    because: {}", one_line(&trigger.text));
        }
        match due.model_changed {
            Some(true) => out.push_str("    The model changed since the last review.\n"),
            Some(false) => out.push_str("    The model is the one last reviewed.\n"),
            None => {}
        }
    }
    out
}

/// Whether reviews are due, for machines.
pub fn due_json(list: &[Due], today: &str) -> Value {
    json!({
        "schema": "https://vauban.example/schema/review-due/1",
        "version": 1,
        "as_of": today,
        "systems": list.iter().map(|due| json!({
            "system": due.system,
            "due": due.is_due(),
            "overdue_days": due.overdue_days,
            "criticality": due.criticality,
            "criticality_stated": due.criticality_stated,
            "months": due.months,
            "next": due.next,
            "last": due.last.as_ref().map(one),
            "running": due.running.as_ref().map(one),
            "model_changed": due.model_changed,
            "triggers": due.triggers.iter().map(|trigger| json!({
                "kind": trigger.kind,
                "text": trigger.text,
                "since": trigger.since,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

/// Reviews for people at a terminal.
pub fn reviews_text(list: &[Review], style: Style) -> String {
    style.fitted(reviews_text_lines(list, style))
}

fn reviews_text_lines(list: &[Review], style: Style) -> String {
    if list.is_empty() {
        return "No reviews on record.\n".to_owned();
    }
    let mut out = String::new();
    for it in list {
        let when = match (&it.started, &it.closed) {
            (_, Some(closed)) => format!("closed {closed}"),
            (Some(started), None) => format!("running since {started}"),
            (None, None) => String::new(),
        };
        let late = if it.late { ", written down late" } else { "" };
        let _ = writeln!(out, "{}  {when}{late}", style.bold(&one_line(&it.id)));
        for (name, value) in [
            ("by", &it.who),
            ("scope", &it.scope),
            ("depth", &it.depth),
            ("changed", &it.changed),
            ("outcome", &it.outcome),
            ("decisions", &it.decisions),
        ] {
            if !value.is_empty() {
                let _ = writeln!(out, "    {name}: {}", one_line(value));
            }
        }
        if !it.people.is_empty() {
            let _ = writeln!(out, "    people: {}", one_line(&it.people.join(", ")));
        }
        if let Some(next) = &it.next {
            let _ = writeln!(out, "    next: {next}");
        }
    }
    out
}

fn table(list: &[Review]) -> Table {
    let headings = vec![
        "review",
        "started",
        "closed",
        "by",
        "role",
        "people",
        "scope",
        "depth",
        "changed",
        "outcome",
        "decisions",
        "next",
        "model sha256",
        "revision",
        "event",
        "late",
    ];
    let row = |it: &Review| {
        vec![
            it.id.to_string(),
            or_empty(it.started.as_deref()),
            or_empty(it.closed.as_deref()),
            it.who.to_string(),
            it.role.to_string(),
            it.people.join(", "),
            it.scope.to_string(),
            it.depth.to_string(),
            it.changed.to_string(),
            it.outcome.to_string(),
            it.decisions.to_string(),
            or_empty(it.next.as_deref()),
            it.model.to_string(),
            it.revision.to_string(),
            it.number.to_string(),
            if it.late { "yes" } else { "no" }.to_owned(),
        ]
    };
    Table { headings, rows: list.iter().map(row).collect() }
}

/// Reviews as CSV.
pub fn reviews_csv(list: &[Review]) -> String {
    table(list).csv()
}

/// Reviews as a Markdown table.
pub fn reviews_markdown(list: &[Review]) -> String {
    table(list).markdown()
}

/// Reviews for machines.
pub fn reviews_json(list: &[Review]) -> Value {
    json!({
        "schema": "https://vauban.example/schema/reviews/1",
        "version": 1,
        "reviews": list.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(it: &Review) -> Value {
    json!({
        "id": it.id,
        "started": it.started,
        "closed": it.closed,
        "who": it.who,
        "role": it.role,
        "people": it.people,
        "scope": it.scope,
        "depth": it.depth,
        "changed": it.changed,
        "outcome": it.outcome,
        "decisions": it.decisions,
        "next": it.next,
        "model_sha256": it.model,
        "revision": it.revision,
        "event": it.number,
        "late": it.late,
    })
}
