//! Reviews of a model: which there were, and what makes the next one due.

use vauban_model::FileId;
use vauban_model::day;
use vauban_model::record::{Event, EventKind, Record, SYSTEM};
use vauban_model::treatment::Stage;
use vauban_model::words::count;

pub use vauban_model::review::{Due, Review, Trigger};

use crate::scope::{Scoping, Tier};
use crate::session::Session;

/// Names of the criticalities, from least to most.
const CRITICALITIES: [&str; 4] = ["low", "medium", "high", "critical"];

/// All reviews up to a day, in the order in which they began; of one system where its name is given, else those of every
/// system that shares the record, each for itself. `today` of `None`: up to the end of the record.
pub fn reviews(record: &Record, system: Option<&str>, today: Option<&str>) -> Vec<Review> {
    let mut out: Vec<(Option<&str>, Review)> = Vec::new();
    for event in record.in_effect(system, today) {
        let Some(id) = event.subject.strip_prefix("review:") else { continue };
        let of = event.detail(SYSTEM);
        // Two systems may each have a review of that name; an event that names no system is about any.
        let same = |other: &Option<&str>| of.is_none() || other.is_none() || of == *other;
        let at = out.iter().position(|(other, it)| *it.id == *id && it.closed.is_none() && same(other));
        match (event.kind, at.and_then(|at| out.get_mut(at))) {
            (EventKind::ReviewStarted, None) => out.push((of, begun(id, event))),
            (EventKind::ReviewClosed, Some((_, open))) => close(open, event),
            (EventKind::ReviewClosed, None) => {
                let mut review = begun(id, event);
                review.started = None;
                close(&mut review, event);
                out.push((of, review));
            }
            _ => {}
        }
    }
    out.into_iter().map(|(_, review)| review).collect()
}

fn begun(id: &str, event: &Event) -> Review {
    let text = |name: &str| Box::from(event.detail(name).unwrap_or_default());
    Review {
        id: id.into(),
        started: Some(event.effective.clone()),
        closed: None,
        who: event.who.clone(),
        role: event.role.clone(),
        people: people(event),
        scope: text("scope"),
        depth: text("depth"),
        changed: Box::default(),
        outcome: Box::default(),
        decisions: Box::default(),
        next: None,
        model: event.content.clone(),
        revision: text("revision"),
        number: event.number,
        late: event.is_late(),
    }
}

fn people(event: &Event) -> Vec<Box<str>> {
    let all = event.detail("people").unwrap_or_default().split(',').map(str::trim);
    all.filter(|name| !name.is_empty()).map(Box::from).collect()
}

fn close(review: &mut Review, event: &Event) {
    let text = |name: &str| Box::from(event.detail(name).unwrap_or_default());
    review.closed = Some(event.effective.clone());
    review.who = event.who.clone();
    review.role = event.role.clone();
    review.number = event.number;
    review.late = event.is_late();
    review.changed = text("changed");
    review.outcome = text("outcome");
    review.decisions = text("decisions");
    review.next = event.detail("next").map(Box::from);
    review.model = event.content.clone();
    review.revision = text("revision");
    if event.detail("people").is_some() {
        review.people = people(event);
    }
    for (slot, name) in [(&mut review.scope, "scope"), (&mut review.depth, "depth")] {
        if let Some(value) = event.detail(name) {
            *slot = value.into();
        }
    }
}

/// SHA-256 of a model as it is written in our own format: what a review looked at.
pub fn model_hash(session: &Session) -> String {
    vauban_format::sha256_hex(vauban_format::write_model(&session.project.model).as_bytes())
}

/// What may stand for a model in the record: the hash that a review writes down, and the SHA-256 of the model's own file,
/// which people compute by hand.
pub fn model_hashes(session: &Session) -> Vec<String> {
    let file = session.project.sources.get(FileId(0)).filter(|_| session.project.infrastructure.is_none());
    let of_file = file.map(|file| vauban_format::sha256_hex(file.text.as_bytes()));
    std::iter::once(model_hash(session)).chain(of_file).collect()
}

/// What may stand for the methodology in the record: the SHA-256 of its file, and of what `vauban methodology --yaml` prints.
pub fn methodology_hashes(session: &Session) -> Vec<String> {
    let project = &session.project;
    let of_file = project.methodology_file.and_then(|file| project.sources.get(file));
    let of_file = of_file.map(|file| vauban_format::sha256_hex(file.text.as_bytes()));
    let printed = vauban_format::write_methodology(&project.methodology);
    std::iter::once(vauban_format::sha256_hex(printed.as_bytes())).chain(of_file).collect()
}

/// What the methodology says about how often a system is reviewed: criticality, whether it was said, months.
pub fn cadence(session: &Session) -> (&'static str, bool, u16) {
    let stated = session.project.model.criticality();
    let at = usize::from(stated.unwrap_or(1)).min(3);
    let months = session.project.methodology.review_months.get(at).copied().unwrap_or(12);
    (CRITICALITIES.get(at).copied().unwrap_or("medium"), stated.is_some(), months)
}

/// Days that may lie between two reviews, by the methodology: its months at 365 days a year, rounded up; without fixed dates
/// there is no limit.
pub fn days(session: &Session) -> i64 {
    match i64::from(cadence(session).2) {
        0 => i64::MAX,
        months => (months * 365 + 11) / 12,
    }
}

/// The day of the next review after one on a day; `None` without fixed dates.
pub fn next_after(session: &Session, day: &str) -> Option<String> {
    match cadence(session).2 {
        0 => None,
        months => day::plus_months(day, u32::from(months)),
    }
}

/// Whether a review is due on a day. `since` is what changed since the model that was last reviewed, where the caller could
/// read it.
pub fn due(session: &Session, today: &str, since: Option<&Scoping>) -> Due {
    let (criticality, criticality_stated, months) = cadence(session);
    let empty = Record::default();
    let record = session.project.record.as_ref().unwrap_or(&empty);
    let known = reviews(record, Some(&session.project.model.system.name), Some(today));
    let last = known.iter().filter(|review| review.is_held()).max_by(|a, b| a.closed.cmp(&b.closed)).cloned();
    let running = known.iter().rev().find(|review| review.closed.is_none()).cloned();
    let next = last.as_ref().and_then(|last| {
        let said = last.next.as_deref().map(str::to_owned);
        said.or_else(|| next_after(session, last.closed.as_deref()?))
    });
    let overdue_days = next.as_deref().and_then(|next| day::between(next, today)).unwrap_or(0).max(0);
    let mut triggers = Vec::new();
    match &last {
        None => {
            triggers.push(Trigger { kind: "never-reviewed", text: "No review is on record.".to_owned(), since: None })
        }
        Some(_) if overdue_days > 0 => triggers.push(Trigger {
            kind: "date",
            text: format!(
                "Its day was {}, {} ago.",
                next.as_deref().unwrap_or(""),
                count(usize::try_from(overdue_days).unwrap_or_default(), "day")
            ),
            since: next.as_deref().map(Box::from),
        }),
        Some(_) => {}
    }
    let hash = model_hash(session);
    let model_changed = last.as_ref().filter(|last| !last.model.is_empty()).map(|last| *last.model != *hash);
    if let Some(last) = &last {
        events(session, record, last, today, &mut triggers);
        architecture(session, since, &mut triggers);
    }
    acceptances(session, last.as_ref(), &mut triggers);
    Due {
        system: session.project.model.system.name.clone(),
        criticality,
        criticality_stated,
        months,
        last,
        running,
        next,
        overdue_days,
        triggers,
        model_changed,
    }
}

/// Incidents and intelligence that came after the last review.
fn events(session: &Session, record: &Record, last: &Review, today: &str, out: &mut Vec<Trigger>) {
    let closed = last.closed.as_deref().unwrap_or_default();
    let system = &session.project.model.system.name;
    for event in record.in_effect(Some(system), Some(today)) {
        let kind = match event.kind {
            EventKind::Incident => "incident",
            EventKind::Intelligence => "intelligence",
            _ => continue,
        };
        // One of the same day counts when it was written down after the review.
        let after = &*event.effective > closed || &*event.effective == closed && event.number > last.number;
        if after {
            let what = event.detail("reason").or_else(|| event.detail("title")).unwrap_or(&event.subject);
            let word = if kind == "incident" { "An incident" } else { "New intelligence" };
            out.push(Trigger {
                kind,
                text: format!("{word} on {}: {}.", event.effective, what.trim_end_matches('.')),
                since: Some(event.effective.clone()),
            });
        }
    }
}

/// A change that is more than the methodology lets pass.
fn architecture(session: &Session, since: Option<&Scoping>, out: &mut Vec<Trigger>) {
    let Some(scoping) = since else { return };
    let most = usize::from(session.project.methodology.review_changes);
    if most > 0 && (scoping.changes.len() >= most || scoping.tier == Tier::Formal) {
        let why = scoping.reasons.first().map_or("", |reason| &reason.text);
        out.push(Trigger {
            kind: "architecture",
            text: format!("{} differences in the architecture since the last review. {why}", scoping.changes.len()),
            since: None,
        });
    }
}

/// Acceptances that lapsed or expired, and no review was held since.
fn acceptances(session: &Session, last: Option<&Review>, out: &mut Vec<Trigger>) {
    let closed = last.and_then(|last| last.closed.as_deref());
    for it in &session.treatments {
        let gone = match it.stage {
            Stage::Lapsed => Some("lapsed, because what was accepted changed".to_owned()),
            Stage::Expired if it.is_exception() => {
                let until = it.until.as_deref().unwrap_or("");
                (closed.is_none_or(|closed| closed <= until)).then(|| format!("ended on {until}"))
            }
            _ => None,
        };
        if let Some(why) = gone {
            out.push(Trigger {
                kind: "acceptance",
                text: format!("`{}` on `{}` {why}.", it.treatment.as_str(), it.finding),
                since: it.until.clone(),
            });
        }
    }
}
