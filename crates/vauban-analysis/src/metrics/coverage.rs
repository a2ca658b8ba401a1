//! How much is modelled.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::record::{EventKind, SYSTEM};
use vauban_model::vocabulary::{Domain, fact};
use vauban_rules::bits::Truth;
use vauban_rules::facts::Facts;

use super::{Class, Metric, Scene, Value, number};
use crate::reviews::{due, reviews};
use crate::scope::Tier;
use crate::session::Session;

/// Position of the highest criticality.
const CRITICAL: u16 = 3;

pub(super) fn metrics(scene: &Scene<'_>) -> Vec<Metric> {
    let metric = |id, name, definition, value| Metric { id, class: Class::Coverage, name, definition, value };
    vec![
        metric(
            "systems-current",
            "Systems with a current model",
            "Models with a closed review whose next date has not passed, of all systems in scope. How many are in scope is said \
             with `--systems`.",
            systems(scene, false),
        ),
        metric(
            "critical-systems-current",
            "Critical systems with a current model",
            "The same among systems of the highest criticality; how many are in scope is said with `--critical-systems`.",
            systems(scene, true),
        ),
        metric(
            "elements-analysed",
            "Components and flows with a threat that was looked at",
            "Components and flows in scope at which at least one threat of the library applies, asks or is stopped, of all in scope.",
            elements(scene, false),
        ),
        metric(
            "crossings-analysed",
            "Boundary crossings with a threat that was looked at",
            "The same among flows that cross a trust boundary.",
            elements(scene, true),
        ),
        metric(
            "changes-modelled",
            "Changes that were modelled",
            "Changes on record that ask for a rapid or formal look (`vauban review scope --write`) and were followed by a closed \
             review, of all such changes.",
            changes(scene),
        ),
        metric(
            "attack-techniques",
            "ATT&CK techniques considered",
            "Techniques considered of those that apply to the systems.",
            Value::Unknown(format!(
                "nothing says which techniques of ATT&CK apply to a system; {} were considered",
                techniques(scene)
            )),
        ),
        metric(
            "stride-cells",
            "STRIDE cells without an open question",
            "Cells of the STRIDE-per-element matrix for which the library has threats and none of them waits for an answer, of all \
             cells for which it has threats.",
            cells(scene),
        ),
    ]
}

/// Whether a model's last review still holds.
pub(super) fn is_current(session: &Session, today: &str) -> bool {
    let due = due(session, today, None);
    due.last.is_some() && due.overdue_days == 0
}

fn systems(scene: &Scene<'_>, critical: bool) -> Value {
    let (said, flag) = if critical {
        (scene.portfolio.critical, "--critical-systems")
    } else {
        (scene.portfolio.systems, "--systems")
    };
    let is_meant = |session: &&&Session| !critical || session.project.model.criticality() == Some(CRITICAL);
    let meant: Vec<&&Session> = scene.sessions.iter().filter(is_meant).collect();
    let current = meant.iter().filter(|session| is_current(session, &scene.portfolio.today)).count();
    match said {
        Some(all) if all >= number(meant.len()) && all > 0 => Value::Share(number(current), all),
        Some(all) => Value::Unknown(format!("`{flag} {all}` is fewer than the {} models that were named", meant.len())),
        None => Value::Unknown(format!(
            "how many systems are in scope is not said (`{flag} N`); {current} of the {} named are current",
            meant.len()
        )),
    }
}

fn elements(scene: &Scene<'_>, crossings: bool) -> Value {
    let (mut looked, mut all) = (0, 0);
    for session in scene.sessions {
        let facts = Facts::new(&session.project.model, &session.library.library);
        for cell in &session.analysis.matrix {
            let element = cell.element;
            let crosses = || facts.truth(Domain::Flow, fact::CROSSES_BOUNDARY, element.at()) == Truth::True;
            if !session.project.model.in_scope(element) || crossings && !(element.domain == Domain::Flow && crosses()) {
                continue;
            }
            all += 1;
            looked += usize::from(cell.counts.iter().any(|count| count.open + count.asked + count.stopped > 0));
        }
    }
    Value::share(looked, all, "the models have no such elements")
}

fn changes(scene: &Scene<'_>) -> Value {
    let (mut modelled, mut all) = (0, 0);
    let today = Some(&*scene.portfolio.today);
    for record in scene.records() {
        // The reviews of each system: another one's close nothing here.
        let mut closed: BTreeMap<Option<&str>, Vec<(Box<str>, u64)>> = BTreeMap::new();
        for event in scene.events_of(record) {
            let tier = event.detail("tier").unwrap_or_default();
            let weighty = [Tier::Rapid.as_str(), Tier::Formal.as_str()].contains(&tier);
            if event.kind != EventKind::Scoped || !weighty {
                continue;
            }
            let of = event.detail(SYSTEM);
            let closed = closed.entry(of).or_insert_with(|| {
                let all = reviews(record, of, today).into_iter();
                all.filter_map(|review| Some((review.closed?, review.number))).collect()
            });
            let after = |day: &str, at: u64| *day > *event.effective || *day == *event.effective && at > event.number;
            all += 1;
            modelled += usize::from(closed.iter().any(|(day, at)| after(day, *at)));
        }
    }
    Value::share(modelled, all, &scene.none("changes whose depth was chosen"))
}

fn techniques(scene: &Scene<'_>) -> usize {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for session in scene.sessions {
        let threats = &session.library.library.threats;
        let found = session.analysis.findings.iter().map(|finding| finding.threat);
        let stopped = session.analysis.mitigated.iter().map(|mitigated| mitigated.threat);
        let asked = session.analysis.questions.iter().flat_map(|question| question.threats.iter().copied());
        for threat in found.chain(stopped).chain(asked) {
            all.extend(
                threats.get(threat as usize).into_iter().flat_map(|threat| threat.attack.iter().map(|id| &**id)),
            );
        }
    }
    all.len()
}

fn cells(scene: &Scene<'_>) -> Value {
    let counts = scene.sessions.iter().flat_map(|session| session.analysis.matrix.iter().flat_map(|cell| cell.counts));
    let (mut answered, mut all) = (0, 0);
    for count in counts.filter(|count| count.considered > 0) {
        all += 1;
        answered += usize::from(count.asked == 0);
    }
    Value::share(answered, all, "the models have no elements")
}
