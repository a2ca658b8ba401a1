//! 08 to 11 and 13: what happened in the period, from the record of events.

use std::collections::{BTreeMap, BTreeSet};

use vauban_export::evidence::{List, PackFile};
use vauban_model::coverage::ControlState;
use vauban_model::proof::{self, Proof};
use vauban_model::record::{Event, EventKind};
use vauban_model::review::Review;
use vauban_model::treatment::Stage;

use super::scene::{Records, Scene, System, yes_no};
use crate::reviews::reviews;

/// Lists of events.
pub(super) fn lists(scene: &Scene<'_>) -> Vec<List> {
    vec![
        events(
            scene,
            "06-risk-acceptances/approvals",
            "Approvals and refusals in the period",
            &[EventKind::Approved, EventKind::Rejected],
        ),
        verifications(scene),
        review_log(scene),
        events(
            scene,
            "09-review-log/changes",
            "Changes, incidents, intelligence and scoping decisions in the period",
            &[
                EventKind::ModelChanged,
                EventKind::Scoped,
                EventKind::Incident,
                EventKind::Intelligence,
                EventKind::Corrected,
            ],
        ),
        people(scene),
        events(scene, "13-record/events", "All events in the period", &EventKind::ALL),
    ]
}

/// The records themselves: the lines of the period, and the whole of each with its seal.
pub(super) fn files(scene: &Scene<'_>) -> Vec<PackFile> {
    let mut out = Vec::new();
    for record in &scene.records {
        let suffix = record.suffix();
        let lines: Vec<&str> = record.text.lines().collect();
        let mut extract = String::new();
        let mut rows = 0;
        for event in record.events.iter().filter(|event| in_period(scene, event)) {
            let at = usize::try_from(event.span.line).unwrap_or_default().saturating_sub(1);
            if let Some(line) = lines.get(at) {
                extract.push_str(line);
                extract.push('\n');
                rows += 1;
            }
        }
        out.push(PackFile {
            path: format!("13-record/extract{suffix}.jsonl"),
            bytes: extract.into_bytes(),
            title: format!("The events of the period as they stand in {}", record.name),
            selection: PERIOD.to_owned(),
            complete: "Lines taken from the whole record, unchanged. The chain of hashes is checked on the whole."
                .to_owned(),
            rows: Some(rows),
            as_of: scene.period(),
            ..PackFile::default()
        });
        out.push(PackFile {
            path: format!("13-record/record{suffix}.jsonl"),
            bytes: record.text.as_bytes().to_vec(),
            title: format!("The whole record of events, {}, with its seal", record.name),
            query: format!("vauban evidence record verify --record 13-record/record{suffix}.jsonl"),
            selection: "Every event that was ever written down, those outside the period included.".to_owned(),
            complete: "Each event holds the hash of the one before; the seal holds their number and the last hash."
                .to_owned(),
            rows: Some(record.events.len()),
            as_of: scene.request.made.get(..10).unwrap_or_default().to_owned(),
        });
    }
    out
}

/// How events of the period are chosen.
const PERIOD: &str = "Events that hold from a day of the period, and events that were written down in it. `late` marks those \
    that were written down more than a day after the day from which they hold.";

/// Whether an event belongs to the period, by either of its two times.
fn in_period(scene: &Scene<'_>, event: &Event) -> bool {
    let (from, to) = (scene.request.from.as_str(), scene.request.to.as_str());
    let inside = |day: &str| from <= day && day <= to;
    inside(&event.effective) || event.recorded.get(..10).is_some_and(inside)
}

const COLUMNS: [&str; 12] = [
    "id",
    "effective",
    "recorded",
    "late",
    "kind",
    "who",
    "role",
    "subject",
    "content_sha256",
    "details",
    "hash",
    "stands_at",
];

fn row(record: &Records<'_>, event: &Event) -> Vec<String> {
    let details: Vec<String> = event.details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    vec![
        record.id(event),
        event.effective.to_string(),
        event.recorded.to_string(),
        yes_no(event.is_late()),
        event.kind.as_str().to_owned(),
        event.who.to_string(),
        event.role.to_string(),
        event.subject.to_string(),
        event.content.to_string(),
        details.join("; "),
        event.hash.to_string(),
        format!("{}:{}", record.name, event.span.line),
    ]
}

fn events(scene: &Scene<'_>, path: &str, title: &str, kinds: &[EventKind]) -> List {
    let mut list = scene.happened(path, title, &COLUMNS);
    for record in &scene.records {
        let wanted = record.events.iter().filter(|event| kinds.contains(&event.kind) && in_period(scene, event));
        list.rows.extend(wanted.map(|event| row(record, event)));
    }
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let which = if kinds.len() == EventKind::ALL.len() { "of any kind".to_owned() } else { words.join(", ") };
    list.selection = format!("Of the record, in its order, kind: {which}. {PERIOD}");
    list
}

/// What was seen to be there, up to the day whose state is shown.
fn verifications(scene: &Scene<'_>) -> List {
    let columns: Vec<&str> = COLUMNS.into_iter().chain(["counts_as"]).collect();
    let mut list = scene.happened("08-verification/verified", "What shows that treatments were carried out", &columns);
    // Treatments and controls of which the model says that they are not there.
    let mut denied: BTreeSet<String> = BTreeSet::new();
    for system in &scene.systems {
        let of_treatments = system.session.treatments.iter().filter(|it| it.stage == Stage::Contradicted);
        denied.extend(of_treatments.map(|it| it.finding.to_string()));
        let states = super::controls::states(system);
        let of_controls = states.into_iter().filter(|(_, state)| *state == ControlState::Contradicted);
        denied.extend(of_controls.map(|((threat, control), _)| {
            let element = threat.split_once('@').map_or("", |(_, element)| element);
            format!("control:{control}@{element}")
        }));
    }
    for record in &scene.records {
        let wanted = record.in_effect.iter().filter(|event| event.kind == EventKind::Verified);
        list.rows.extend(wanted.map(|event| {
            let contradicted = denied.contains(&*event.subject);
            let counts = match proof::of(event) {
                _ if contradicted => "contradicted by the model",
                Proof::Word => "stated, on a person's word alone",
                Proof::Named => "verified, by what is named",
                Proof::Model => "verified, by the model",
            };
            row(record, event).into_iter().chain([counts.to_owned()]).collect()
        }));
    }
    list.as_of.clone_from(&scene.request.as_of);
    list.selection =
        "Events of the kind verified, from the beginning of the record to the day, without those that a later \
        event calls wrong. `details` names the fact or document that was seen. `counts_as` says \
        whether it shows anything: a person's word alone, and what the model contradicts, does not."
            .to_owned();
    list
}

fn review_log(scene: &Scene<'_>) -> List {
    let columns = [
        "id",
        "system",
        "started",
        "closed",
        "who",
        "role",
        "people",
        "scope",
        "depth",
        "changed",
        "outcome",
        "decisions",
        "next_due",
        "model_sha256",
        "revision",
        "late",
    ];
    let mut list = scene.happened("09-review-log/reviews", "Reviews that began or ended in the period", &columns);
    let (from, to) = (scene.request.from.as_str(), scene.request.to.as_str());
    let inside = |day: &Option<Box<str>>| day.as_deref().is_some_and(|day| from <= day && day <= to);
    for record in &scene.records {
        // A record may serve several systems, each with its own reviews under the same names; a review that names none is of
        // every one of them.
        let of = |system: &System<'_>| {
            let (name, shares) = (system.name(), record.serves(system));
            let all = if shares { reviews(record.record, Some(&name), None) } else { Vec::new() };
            all.into_iter().map(move |it| (it, name.clone()))
        };
        let mut all: BTreeMap<u64, (Review, Vec<String>)> = BTreeMap::new();
        for (it, name) in scene.systems.iter().flat_map(of) {
            all.entry(it.number).or_insert_with(|| (it, Vec::new())).1.push(name);
        }
        for (it, systems) in all.into_values() {
            if !inside(&it.started) && !inside(&it.closed) {
                continue;
            }
            let or_empty = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
            list.rows.push(vec![
                format!("{}{}#{}", record.prefix(), it.id, it.number),
                systems.join("; "),
                or_empty(&it.started),
                or_empty(&it.closed),
                it.who.to_string(),
                it.role.to_string(),
                it.people.join("; "),
                it.scope.to_string(),
                it.depth.to_string(),
                it.changed.to_string(),
                it.outcome.to_string(),
                it.decisions.to_string(),
                or_empty(&it.next),
                it.model.to_string(),
                it.revision.to_string(),
                yes_no(it.late),
            ]);
        }
    }
    list.selection =
        "Reviews of the record of which the first or the last day lies in the period; without a `closed` day they \
        run."
            .to_owned();
    list
}

/// What one person did in the period.
struct Acted<'a> {
    roles: BTreeSet<&'a str>,
    events: usize,
    approvals: usize,
    closed: usize,
    first: &'a str,
    last: &'a str,
}

/// Who did something in the period, and in which roles.
fn people(scene: &Scene<'_>) -> List {
    let columns = ["id", "roles", "events", "approvals", "reviews_closed", "first", "last"];
    let mut list = scene.happened("11-people/people", "Who acted in the period, in which roles", &columns);
    let mut all: BTreeMap<&str, Acted<'_>> = BTreeMap::new();
    for record in &scene.records {
        for event in record.events.iter().filter(|event| in_period(scene, event)) {
            let day = &*event.effective;
            let new = Acted { roles: BTreeSet::new(), events: 0, approvals: 0, closed: 0, first: day, last: day };
            let acted = all.entry(&event.who).or_insert(new);
            if !event.role.is_empty() {
                acted.roles.insert(&event.role);
            }
            acted.events += 1;
            acted.approvals += usize::from(event.kind == EventKind::Approved);
            acted.closed += usize::from(event.kind == EventKind::ReviewClosed);
            acted.first = acted.first.min(day);
            acted.last = acted.last.max(day);
        }
    }
    for (name, acted) in all {
        let roles: Vec<&str> = acted.roles.into_iter().collect();
        list.rows.push(vec![
            name.to_owned(),
            roles.join("; "),
            acted.events.to_string(),
            acted.approvals.to_string(),
            acted.closed.to_string(),
            acted.first.to_owned(),
            acted.last.to_owned(),
        ]);
    }
    list.selection =
        format!("Everybody who is named as the one who acted in an event, as they were called then. {PERIOD}");
    list.complete =
        "Who only took part in a review is named in the review log. Names and roles are those that were written \
        down; whether they were right then is for the organisation's own records to show."
            .to_owned();
    list
}
