//! What the record of events holds: reviews, approvals, changes, in the order in which they were written down.

use vauban_model::document::{Block, Cell, Column};
use vauban_model::record::{Event, EventKind};

use super::Maker;
use super::common::{cell, code, gap, heading, note, or_dash, paragraph, spaced, strong, table};
use crate::text::{capital, count};

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let record = maker.record;
    if record.events.is_empty() {
        return vec![
            gap("there is no record of events: nothing shows that the model was reviewed, approved or changed, by whom and when".to_owned()),
            paragraph("Reviews, approvals and changes are recorded by `vauban review` and `vauban treat`; the history of the model's own file in version control is evidence besides.".replace('`', "")),
        ];
    }
    let mut out = vec![paragraph(format!(
        "{} recorded. {}",
        capital(&match record.events.len() {
            1 => "1 event is".to_owned(),
            number => format!("{number} events are"),
        }),
        if record.intact {
            "The chain of hashes is whole: nothing was altered, removed or reordered since it was written."
        } else {
            "The chain of hashes is broken."
        }
    ))];
    if !record.intact {
        out.push(gap("the record is not what was written; it must not be relied on until it is restored"));
    }
    let late = record.events.iter().filter(|it| is_late(it)).count();
    if late > 0 {
        out.push(note(format!(
            "{} written down on a later day than the one from which they hold; they are marked late.",
            match late {
                1 => "1 event was".to_owned(),
                number => format!("{number} events were"),
            }
        )));
    }
    out.push(heading(1, "Reviews", "reviews"));
    out.push(reviews(maker));
    out.push(heading(1, "Approvals", "approvals"));
    out.push(approvals(maker));
    out.push(heading(1, "All events", "events"));
    out.push(events(maker));
    out
}

/// Whether an event was written down on a later day than the one from which it holds.
fn is_late(event: &Event) -> bool {
    event.recorded.get(..10).is_some_and(|day| *day > *event.effective)
}

fn of(maker: &Maker<'_>, kinds: &[EventKind]) -> Vec<Event> {
    maker.record.events.iter().filter(|it| kinds.contains(&it.kind)).cloned().collect()
}

fn reviews(maker: &Maker<'_>) -> Block {
    let all = of(maker, &[EventKind::ReviewStarted, EventKind::ReviewClosed]);
    if all.is_empty() {
        return gap("no review is recorded");
    }
    let columns = vec![
        Column::text("Review", 3),
        Column::text("What", 2),
        Column::text("Day", 2),
        Column::text("People", 4),
        Column::text("Scope", 4),
        Column::text("Outcome", 6),
    ];
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|it| {
            let people = it.detail("people").unwrap_or_default();
            let among = people.split([',', ';']).any(|name| name.trim().eq_ignore_ascii_case(it.who.trim()));
            let people = match (people.is_empty(), among) {
                (true, _) => it.who.to_string(),
                (false, true) => people.to_owned(),
                (false, false) => format!("{people}; written down by {}", it.who),
            };
            vec![
                code(it.subject.clone()),
                cell(spaced(it.kind.as_str())),
                cell(it.effective.clone()),
                cell(people),
                or_dash(it.detail("scope").unwrap_or_default()),
                or_dash(it.detail("outcome").or_else(|| it.detail("reason")).unwrap_or_default()),
            ]
        })
        .collect();
    let selection = maker.selection(
        "events of the record of the kinds review-started and review-closed",
        rows.len(),
        all.len(),
        "",
    );
    table("reviews", "Reviews", columns, rows, selection)
}

fn approvals(maker: &Maker<'_>) -> Block {
    let all = of(maker, &[EventKind::Approved, EventKind::Rejected]);
    if all.is_empty() {
        return gap("no approval is recorded");
    }
    let columns = vec![
        Column::text("Subject", 5),
        Column::text("What", 2),
        Column::text("Who", 3),
        Column::text("Role", 3),
        Column::text("Day", 2),
        Column::text("Content (SHA-256)", 4),
    ];
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|it| {
            let content = if it.content.is_empty() {
                cell("bound to none")
            } else {
                code(it.content.chars().take(16).collect::<String>())
            };
            vec![
                code(it.subject.clone()),
                strong(it.kind.as_str()),
                cell(it.who.clone()),
                or_dash(&it.role),
                cell(it.effective.clone()),
                content,
            ]
        })
        .collect();
    let selection = maker.selection(
        "events of the record of the kinds approved and rejected; of each hash the first 16 digits",
        rows.len(),
        all.len(),
        "",
    );
    table("approvals", "Approvals", columns, rows, selection)
}

fn events(maker: &Maker<'_>) -> Block {
    let all = &maker.record.events;
    let columns = vec![
        Column::number("No", 1),
        Column::text("Recorded", 3),
        Column::text("Holds from", 2),
        Column::text("What", 3),
        Column::text("Who", 3),
        Column::text("Subject", 5),
        Column::text("Details", 8),
    ];
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|it| {
            let details: Vec<String> = it.details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let late = if is_late(it) { " (late)" } else { "" };
            vec![
                cell(it.number.to_string()),
                cell(it.recorded.replace('T', " ").trim_end_matches('Z').to_owned()),
                cell(format!("{}{late}", it.effective)),
                cell(spaced(it.kind.as_str())),
                cell(it.who.clone()),
                code(it.subject.clone()),
                or_dash(&details.join("; ")),
            ]
        })
        .collect();
    let selection = maker.selection("every event of the record; times are UTC", rows.len(), all.len(), "");
    let caption = format!("The record: {}", count(all.len(), "event"));
    table("events", &caption, columns, rows, selection)
}
