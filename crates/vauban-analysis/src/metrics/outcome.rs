//! What came of it, and whether models change anything.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::finding::Treatment;
use vauban_model::record::{Event, EventKind};
use vauban_model::scale::Level;
use vauban_model::treatment::Stage;

use super::process::detail;
use super::{Class, Metric, Scene, Value, number};

pub(super) fn metrics(scene: &Scene<'_>) -> Vec<Metric> {
    let metric = |class, id, name, definition, value| Metric { id, class, name, definition, value };
    let (outcome, effect) = (Class::Outcome, Class::Effect);
    let decided = |event: &Event| u64::from(matches!(event.kind, EventKind::Approved | EventKind::Rejected));
    let done = |event: &Event| u64::from(event.kind == EventKind::Implemented);
    let paths = |event: &Event| detail(event, "paths-closed").unwrap_or(0);
    vec![
        metric(
            outcome,
            "residual-risk",
            "Threats by residual risk",
            "Threats that are not false positives, by their risk once what was decided is done.",
            Value::Series(residual(scene)),
        ),
        metric(
            outcome,
            "exceptions-expired",
            "Exceptions past their day",
            "Acceptances, transfers and false positives whose last day has passed or whose approval lapsed, of all that are \
             decided.",
            expired(scene),
        ),
        metric(
            outcome,
            "threats-fixed",
            "Mitigations carried out",
            "Threats to be mitigated or avoided that are said to be implemented or are verified, and that the model does not contradict, of all threats to be mitigated or avoided.",
            fixed(scene, None),
        ),
        metric(
            outcome,
            "high-threats-fixed",
            "Mitigations of high and critical risk carried out",
            "The same among threats that were of high or critical risk when their treatment was approved.",
            fixed(scene, Some(Level::High)),
        ),
        metric(
            outcome,
            "owners-with-models",
            "Teams with a model",
            "Different owners of models, of all teams.",
            Value::Unknown(format!("how many teams there are stands in no model; {} own one", owners(scene))),
        ),
        metric(
            effect,
            "decisions",
            "Decisions by quarter",
            "Treatments of threats approved or rejected.",
            quarters(scene, "decisions", &decided),
        ),
        metric(
            effect,
            "treatments-implemented",
            "Treatments implemented by quarter",
            "Treatments that somebody said were carried out.",
            quarters(scene, "treatments that were implemented", &done),
        ),
        metric(
            effect,
            "paths-closed",
            "Attack paths closed by quarter",
            "Attack paths that a change closed, where its difference is on record.",
            quarters(scene, "changes that closed attack paths", &paths),
        ),
        metric(
            effect,
            "threats-undecided",
            "Threats above tolerance without a decision",
            "Open threats above the methodology's tolerance, of all threats above it. A model that finds threats and decides \
             nothing is admired, not used.",
            undecided(scene),
        ),
    ]
}

fn residual(scene: &Scene<'_>) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<Level, u64> = Level::ALL.into_iter().map(|level| (level, 0)).collect();
    for session in scene.sessions {
        for finding in &session.analysis.findings {
            if finding.status != vauban_model::finding::Status::FalsePositive {
                *counts.entry(finding.residual.risk).or_default() += 1;
            }
        }
    }
    counts.into_iter().rev().map(|(level, count)| (level.as_str().to_owned(), count)).collect()
}

fn expired(scene: &Scene<'_>) -> Value {
    let all: Vec<Stage> = scene
        .sessions
        .iter()
        .flat_map(|session| session.treatments.iter().filter(|it| it.is_exception()).map(|it| it.stage))
        .filter(|stage| *stage != Stage::Proposed)
        .collect();
    let gone = all.iter().filter(|stage| matches!(stage, Stage::Expired | Stage::Lapsed)).count();
    Value::share(gone, all.len(), "no risk is accepted, transferred or called a false positive")
}

fn fixed(scene: &Scene<'_>, least: Option<Level>) -> Value {
    let mut risks: BTreeMap<&str, Level> = BTreeMap::new();
    for event in scene.events() {
        if event.kind == EventKind::Approved
            && let Some(level) = event.detail("bound.risk").and_then(Level::parse)
        {
            risks.insert(&event.subject, level);
        }
    }
    let meant = |id: &str| least.is_none_or(|least| risks.get(id).is_some_and(|risk| *risk >= least));
    let all: Vec<Stage> = scene
        .sessions
        .iter()
        .flat_map(|session| &session.treatments)
        .filter(|it| matches!(it.treatment, Treatment::Mitigate | Treatment::Avoid) && meant(&it.finding))
        .map(|it| it.stage)
        .filter(|stage| !matches!(stage, Stage::Proposed | Stage::Rejected | Stage::Withdrawn))
        .collect();
    let done = all.iter().filter(|stage| stage.is_done()).count();
    let none = match least {
        None => "no threat is to be mitigated or avoided".to_owned(),
        Some(_) => scene.none("approved mitigations of that risk"),
    };
    Value::share(done, all.len(), &none)
}

fn owners(scene: &Scene<'_>) -> usize {
    let all = scene.sessions.iter().filter_map(|session| session.project.model.system.owner.as_deref());
    all.collect::<BTreeSet<&str>>().len()
}

/// Sums by quarter of the year, from the first to the last with none left out.
fn quarters(scene: &Scene<'_>, what: &str, of: &dyn Fn(&Event) -> u64) -> Value {
    let mut sums: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for event in scene.events() {
        let count = of(event);
        if let (true, Some(quarter)) = (count > 0, quarter(&event.effective)) {
            *sums.entry(quarter).or_default() += count;
        }
    }
    let (Some((first, _)), Some(last)) = (sums.first_key_value(), quarter(&scene.portfolio.today)) else {
        return Value::Unknown(scene.none(what));
    };
    let mut at = *first;
    let mut out = Vec::new();
    while at <= last && out.len() < 400 {
        out.push((format!("{}-Q{}", at.0, at.1), sums.get(&at).copied().unwrap_or(0)));
        at = if at.1 == 4 { (at.0 + 1, 1) } else { (at.0, at.1 + 1) };
    }
    Value::Series(out)
}

fn quarter(day: &str) -> Option<(u32, u32)> {
    let year = day.get(..4)?.parse().ok()?;
    let month: u32 = day.get(5..7)?.parse().ok()?;
    Some((year, month.saturating_sub(1) / 3 + 1))
}

fn undecided(scene: &Scene<'_>) -> Value {
    let (mut open, mut all) = (0, 0);
    for session in scene.sessions {
        let tolerance = session.project.methodology.tolerance;
        for finding in session.analysis.findings.iter().filter(|finding| finding.current.risk > tolerance) {
            all += 1;
            open += usize::from(finding.status.is_open());
        }
    }
    match number(all) {
        0 => Value::Unknown("no threat is above the tolerance".to_owned()),
        _ => Value::share(open, all, ""),
    }
}
