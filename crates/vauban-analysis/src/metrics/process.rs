//! How the work goes.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::day::between;
use vauban_model::record::{Event, EventKind, SYSTEM, person};

use super::{Class, Metric, Scene, Value, number};
use crate::reviews::due;

pub(super) fn metrics(scene: &Scene<'_>) -> Vec<Metric> {
    let metric = |id, name, definition, value| Metric { id, class: Class::Process, name, definition, value };
    vec![
        metric(
            "days-to-decide",
            "Days from proposal to decision",
            "Median days between the first proposal about a threat and its first approval or rejection.",
            spans(scene, &[EventKind::Proposed], &[EventKind::Approved, EventKind::Rejected]),
        ),
        metric(
            "days-to-mitigate",
            "Days from decision to mitigation",
            "Median days between the approval of a treatment and the day it was implemented.",
            spans(scene, &[EventKind::Approved], &[EventKind::Implemented]),
        ),
        metric(
            "dates-missed",
            "Treatments that missed their day",
            "Treatments that were implemented after their day or are not and it has passed, of all treatments with a day.",
            missed(scene),
        ),
        metric(
            "new-threats-per-change",
            "New threats per change",
            "New threats and threats of a higher risk, over changes whose difference is on record (`vauban review scope --write` and \
             `vauban review close --against`).",
            arrival(scene),
        ),
        metric(
            "reviews-overdue",
            "Models whose review is overdue",
            "Models whose next review was due before today or that were never reviewed, of all models.",
            overdue(scene),
        ),
        metric(
            "model-age",
            "Days since the last review",
            "Mean days since the last closed review, over models that have one.",
            age(scene),
        ),
        metric(
            "models-drifted",
            "Models that changed since their last review",
            "Models that are another than the one last reviewed, of those whose reviewed content is on record.",
            drift(scene),
        ),
        metric(
            "hours-per-review",
            "Hours per review",
            "Hours given when reviews were closed (`--hours`), over reviews that say them.",
            hours(scene),
        ),
        metric(
            "people-trained",
            "Engineers trained",
            "Engineers and champions trained in threat modeling, of all.",
            Value::Unknown("who was trained stands in no model and no record".to_owned()),
        ),
        metric(
            "people-per-review",
            "People per review",
            "Different people who took part in a closed review, over reviews that name them.",
            people(scene),
        ),
    ]
}

/// Events of each threat of each system, in order.
fn histories<'a>(scene: &Scene<'a>) -> BTreeMap<(Option<&'a str>, &'a str), Vec<&'a Event>> {
    let mut out: BTreeMap<(Option<&str>, &str), Vec<&Event>> = BTreeMap::new();
    for event in scene.events() {
        if event.subject.contains('@') {
            out.entry((event.detail(SYSTEM), &event.subject)).or_default().push(event);
        }
    }
    out
}

fn spans(scene: &Scene<'_>, from: &[EventKind], to: &[EventKind]) -> Value {
    let mut days = Vec::new();
    for history in histories(scene).values() {
        let Some(begin) = history.iter().position(|event| from.contains(&event.kind)) else { continue };
        let end = history.iter().skip(begin).find(|event| to.contains(&event.kind));
        if let (Some(begin), Some(end)) = (history.get(begin), end)
            && let Some(count) = between(&begin.effective, &end.effective)
        {
            days.push(u64::try_from(count).unwrap_or(0));
        }
    }
    let what: Vec<&str> = to.iter().map(|kind| kind.as_str()).collect();
    Value::median(
        days,
        "days",
        &scene.none(&format!(
            "treatments that were {} after being {}",
            what.join(" or "),
            from.first().map_or("", |kind| kind.as_str())
        )),
    )
}

fn missed(scene: &Scene<'_>) -> Value {
    let (mut missed, mut all) = (0, 0);
    for it in scene.sessions.iter().flat_map(|session| &session.treatments) {
        let Some(due) = &it.due else { continue };
        all += 1;
        let done = it.steps.iter().find(|step| step.what == EventKind::Implemented.as_str());
        missed += usize::from(it.overdue || done.is_some_and(|step| step.day > *due));
    }
    Value::share(missed, all, "no treatment has a day by which it is done (`--due`)")
}

/// A number among the details of an event.
pub(super) fn detail(event: &Event, name: &str) -> Option<u64> {
    event.detail(name)?.parse().ok()
}

fn arrival(scene: &Scene<'_>) -> Value {
    let told: Vec<u64> = scene.events().into_iter().filter_map(|event| detail(event, "new-threats")).collect();
    if told.is_empty() {
        return Value::Unknown(scene.none("changes with their differences"));
    }
    Value::Mean(told.iter().sum(), number(told.len()), "threats")
}

fn overdue(scene: &Scene<'_>) -> Value {
    let today = &scene.portfolio.today;
    let late = scene.sessions.iter().filter(|session| {
        let due = due(session, today, None);
        due.last.is_none() || due.overdue_days > 0
    });
    Value::share(late.count(), scene.sessions.len(), "no model was named")
}

fn age(scene: &Scene<'_>) -> Value {
    let today = &scene.portfolio.today;
    let days: Vec<u64> = scene
        .sessions
        .iter()
        .filter_map(|session| {
            let last = due(session, today, None).last?;
            u64::try_from(between(last.closed.as_deref()?, today)?).ok()
        })
        .collect();
    if days.is_empty() {
        return Value::Unknown(scene.none("closed reviews"));
    }
    Value::Mean(days.iter().sum(), number(days.len()), "days")
}

fn drift(scene: &Scene<'_>) -> Value {
    let today = &scene.portfolio.today;
    let known: Vec<bool> =
        scene.sessions.iter().filter_map(|session| due(session, today, None).model_changed).collect();
    Value::share(known.iter().filter(|changed| **changed).count(), known.len(), &scene.none("closed reviews"))
}

fn closed<'a>(scene: &Scene<'a>) -> Vec<&'a Event> {
    scene.events().into_iter().filter(|event| event.kind == EventKind::ReviewClosed).collect()
}

fn hours(scene: &Scene<'_>) -> Value {
    let told: Vec<u64> = closed(scene).into_iter().filter_map(|event| detail(event, "hours")).collect();
    if told.is_empty() {
        return Value::Unknown(scene.none("reviews that say how long they took (`--hours`)"));
    }
    Value::Mean(told.iter().sum(), number(told.len()), "hours")
}

fn people(scene: &Scene<'_>) -> Value {
    let (mut sum, mut count) = (0, 0);
    for record in scene.records() {
        let all = scene.reviews_of(record);
        for review in all.iter().filter(|review| review.closed.is_some() && !review.people.is_empty()) {
            let distinct: BTreeSet<String> = review.people.iter().map(|name| person(name)).collect();
            sum += distinct.len();
            count += 1;
        }
    }
    if count == 0 {
        return Value::Unknown(scene.none("reviews that name people"));
    }
    Value::Mean(number(sum), number(count), "people")
}
