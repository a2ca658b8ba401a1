//! Two versions of a model compared in terms of architecture and threats, not of text.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::finding::{AttackPath, Finding};
use vauban_model::model::{ElementRef, Model};
use vauban_model::report::Analysis;
use vauban_model::scale::Level;
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_rules::facts::Facts;
use vauban_rules::library::Library;
use vauban_rules::library::threat::value_text;

use crate::session::Session;

/// Whether a change makes things worse, better, or just different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Riskier.
    Worse,
    /// Neither.
    Different,
    /// Safer.
    Better,
}

impl Direction {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Worse => "worse",
            Direction::Different => "different",
            Direction::Better => "better",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Worse, different or better.
    pub direction: Direction,
    /// A stable name: `new-entry-point`, `weaker-encryption`, `new-threat`, …
    pub kind: &'static str,
    /// The id of the element, finding or path.
    pub subject: String,
    /// The sentence.
    pub text: String,
}

/// The ids of open findings of `after` that `before` did not have, or had at a lower risk.
pub fn new_or_worse(after: &[Finding], before: &BTreeMap<String, Level>) -> Vec<Box<str>> {
    after
        .iter()
        .filter(|finding| finding.status.is_open())
        .filter(|finding| before.get(&*finding.id).is_none_or(|level| finding.current.risk > *level))
        .map(|finding| finding.id.clone())
        .collect()
}

/// The risks of a session's open findings, for a baseline.
pub fn levels(session: &Session) -> BTreeMap<String, Level> {
    levels_of(&session.analysis)
}

fn levels_of(analysis: &Analysis) -> BTreeMap<String, Level> {
    let open = analysis.findings.iter().filter(|finding| finding.status.is_open());
    open.map(|finding| (finding.id.to_string(), finding.current.risk)).collect()
}

/// One version: a model and what was said of it.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The model.
    pub model: &'a Model,
    /// The library it was analysed with.
    pub library: &'a Library,
    /// What came of it.
    pub analysis: &'a Analysis,
}

impl<'a> From<&'a Session> for Side<'a> {
    fn from(session: &'a Session) -> Self {
        Side { model: &session.project.model, library: &session.library.library, analysis: &session.analysis }
    }
}

/// All differences from one version to another, worse ones first.
pub fn compare(before: &Session, after: &Session) -> Vec<Change> {
    compare_sides(before.into(), after.into())
}

/// [`compare`], of models that are no sessions.
pub fn compare_sides(before: Side<'_>, after: Side<'_>) -> Vec<Change> {
    let mut out = Vec::new();
    let (old, new) = (before.model, after.model);
    let old_facts = Facts::new(old, before.library);
    let new_facts = Facts::new(new, after.library);
    for domain in [Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data, Domain::Identity] {
        elements(domain, old, new, &mut out);
    }
    let old_ids = ids(old, Domain::Component);
    for (element, entry) in new.elements(Domain::Component) {
        let exposed = is(&new_facts, element, fact::EXPOSED_TO_INTERNET);
        let reachable = is(&new_facts, element, fact::REACHABLE_FROM_INTERNET);
        let earlier = old_ids.get(&*entry.id);
        let was_exposed = earlier.is_some_and(|e| is(&old_facts, *e, fact::EXPOSED_TO_INTERNET));
        let was_reachable = earlier.is_some_and(|e| is(&old_facts, *e, fact::REACHABLE_FROM_INTERNET));
        let name = &entry.name;
        if exposed && !was_exposed {
            push(
                &mut out,
                Direction::Worse,
                "new-entry-point",
                &entry.id,
                format!("{name} can now be reached from the internet directly"),
            );
        } else if was_exposed && !exposed {
            push(
                &mut out,
                Direction::Better,
                "entry-point-closed",
                &entry.id,
                format!("{name} can no longer be reached from the internet directly"),
            );
        } else if reachable && !was_reachable && earlier.is_some() {
            push(
                &mut out,
                Direction::Worse,
                "wider-exposure",
                &entry.id,
                format!("{name} is now reachable from the internet over other components"),
            );
        } else if was_reachable && !reachable {
            push(
                &mut out,
                Direction::Better,
                "narrower-exposure",
                &entry.id,
                format!("{name} is no longer reachable from the internet"),
            );
        }
    }
    let old_flows = ids(old, Domain::Flow);
    for (element, entry) in new.elements(Domain::Flow) {
        let Some(earlier) = old_flows.get(&*entry.id) else { continue };
        for (id, weaker, stronger, what) in [
            (fact::ENCRYPTED, "weaker-encryption", "stronger-encryption", "encrypted"),
            (fact::AUTHENTICATED, "weaker-authentication", "stronger-authentication", "authenticated"),
            (fact::AUTHORISED, "weaker-authorisation", "stronger-authorisation", "authorised"),
        ] {
            let (was, now) = (known(&old_facts, *earlier, id), known(&new_facts, element, id));
            let name = vauban_rules::sentence::name(element, &new_facts);
            match (was, now) {
                (Some(true), Some(false)) => {
                    push(&mut out, Direction::Worse, weaker, &entry.id, format!("{name} is no longer {what}"))
                }
                (Some(false), Some(true)) => {
                    push(&mut out, Direction::Better, stronger, &entry.id, format!("{name} is now {what}"))
                }
                _ => {}
            }
        }
    }
    threats(before, after, &mut out);
    paths(before, after, &mut out);
    out.sort();
    out.dedup();
    out
}

fn push(out: &mut Vec<Change>, direction: Direction, kind: &'static str, subject: &str, text: String) {
    let mut chars = text.chars();
    let text = chars.next().map_or_else(String::new, |first| {
        // Ids that begin a sentence keep their spelling.
        if text.starts_with("the ") { first.to_uppercase().chain(chars).collect() } else { text.clone() }
    });
    out.push(Change { direction, kind, subject: subject.to_owned(), text });
}

fn ids(model: &Model, domain: Domain) -> BTreeMap<String, ElementRef> {
    model.elements(domain).map(|(element, entry)| (entry.id.to_string(), element)).collect()
}

fn known(facts: &Facts<'_>, element: ElementRef, id: FactId) -> Option<bool> {
    match facts.truth(element.domain, id, element.at()) {
        vauban_rules::bits::Truth::True => Some(true),
        vauban_rules::bits::Truth::False => Some(false),
        vauban_rules::bits::Truth::Unknown => None,
    }
}

fn is(facts: &Facts<'_>, element: ElementRef, id: FactId) -> bool {
    known(facts, element, id) == Some(true)
}

fn elements(domain: Domain, old: &Model, new: &Model, out: &mut Vec<Change>) {
    let (before, after) = (ids(old, domain), ids(new, domain));
    let what = match domain {
        Domain::Boundary => "trust boundary",
        Domain::Data => "data asset",
        other => other.as_str(),
    };
    for (id, element) in &after {
        let name = new.name(*element);
        let Some(earlier) = before.get(id) else {
            push(out, Direction::Different, "added", id, format!("the {what} {name} is new"));
            continue;
        };
        let (Some(was), Some(now)) = (old.get(*earlier), new.get(*element)) else { continue };
        for fact in &now.facts {
            let text = value_text(new, fact.id, &fact.value);
            let earlier = was.fact(fact.id).map(|fact| value_text(old, fact.id, &fact.value));
            if earlier.as_deref() != Some(&*text) {
                let key = fact.id.definition().key;
                let from = earlier.map_or_else(|| "not stated".to_owned(), |text| format!("`{text}`"));
                push(
                    out,
                    Direction::Different,
                    "fact-changed",
                    id,
                    format!("the {what} {name}: `{key}` is `{text}` (was {from})"),
                );
            }
        }
        for fact in was.facts.iter().filter(|fact| now.fact(fact.id).is_none()) {
            let key = fact.id.definition().key;
            push(
                out,
                Direction::Different,
                "fact-changed",
                id,
                format!("the {what} {name}: `{key}` is no longer stated"),
            );
        }
        for control in &now.controls {
            let earlier = was.control(&control.control).map(|c| c.present);
            if earlier != Some(control.present) {
                let (direction, kind, text) = if control.present {
                    (Direction::Better, "control-added", "now has")
                } else {
                    (Direction::Worse, "control-missing", "is now known to lack")
                };
                push(out, direction, kind, id, format!("the {what} {name} {text} the control `{}`", control.control));
            }
        }
        for control in was.controls.iter().filter(|c| c.present && now.control(&c.control).is_none()) {
            push(
                out,
                Direction::Worse,
                "control-removed",
                id,
                format!("the {what} {name} no longer states the control `{}`", control.control),
            );
        }
    }
    for (id, element) in before.iter().filter(|(id, _)| !after.contains_key(*id)) {
        push(out, Direction::Different, "removed", id, format!("the {what} {} is gone", old.name(*element)));
    }
}

fn threats(before: Side<'_>, after: Side<'_>, out: &mut Vec<Change>) {
    let old = levels_of(before.analysis);
    let new = levels_of(after.analysis);
    for finding in after.analysis.findings.iter().filter(|f| f.status.is_open()) {
        let risk = finding.current.risk;
        match old.get(&*finding.id) {
            None => push(
                out,
                Direction::Worse,
                "new-threat",
                &finding.id,
                format!("new threat ({}): {}", risk.as_str(), finding.title),
            ),
            Some(level) if risk > *level => push(
                out,
                Direction::Worse,
                "risk-up",
                &finding.id,
                format!("risk up from {} to {}: {}", level.as_str(), risk.as_str(), finding.title),
            ),
            Some(level) if risk < *level => push(
                out,
                Direction::Better,
                "risk-down",
                &finding.id,
                format!("risk down from {} to {}: {}", level.as_str(), risk.as_str(), finding.title),
            ),
            Some(_) => {}
        }
    }
    for finding in before.analysis.findings.iter().filter(|f| f.status.is_open() && !new.contains_key(&*f.id)) {
        push(out, Direction::Better, "threat-gone", &finding.id, format!("no longer open: {}", finding.title));
    }
}

fn paths(before: Side<'_>, after: Side<'_>, out: &mut Vec<Change>) {
    fn confirmed<'a>(side: Side<'a>) -> BTreeMap<&'a str, &'a AttackPath> {
        let paths = side.analysis.paths.iter().filter(|path| path.assumptions.is_empty());
        paths.map(|path| (&*path.id, path)).collect()
    }
    let (old, new) = (confirmed(before), confirmed(after));
    let known: BTreeSet<&str> = before.analysis.findings.iter().map(|finding| &*finding.id).collect();
    let domains = [Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data, Domain::Identity];
    let drawn: BTreeSet<(Domain, &str)> = domains
        .into_iter()
        .flat_map(|domain| before.model.elements(domain).map(move |(_, it)| (domain, &*it.id)))
        .collect();
    let was_there = |element: ElementRef| {
        !domains.contains(&element.domain) || drawn.contains(&(element.domain, after.model.id(element)))
    };
    let goal = |side: Side<'_>, path: &AttackPath| (path.goal.verb, side.model.id(path.goal.element).to_owned());
    let closed: Vec<&AttackPath> = old.iter().filter(|(id, _)| !new.contains_key(*id)).map(|(_, path)| *path).collect();
    for (id, path) in new.iter().filter(|(id, _)| !old.contains_key(*id)) {
        // Only the worst ways to a goal are kept. Once one is closed, the next shows: it was there before, hidden by the
        // other, where it needs nothing that is new and harms no more.
        let stood = path.steps.iter().all(|step| {
            step.finding.as_deref().is_none_or(|finding| known.contains(finding))
                && was_there(step.to)
                && step.evidence.iter().all(|evidence| was_there(evidence.element))
        });
        let behind = |it: &&AttackPath| goal(before, it) == goal(after, path) && it.score.risk >= path.score.risk;
        if stood && closed.iter().any(behind) {
            let text = format!(
                "the next way to what a closed path led to, of {} risk: {}",
                path.score.risk.as_str(),
                path.story
            );
            push(out, Direction::Different, "path-remains", id, text);
        } else {
            push(out, Direction::Worse, "new-path", id, format!("new attack path: {}", path.story));
        }
    }
    // A way that is told no longer may only be hidden by a worse one to the same end: it is closed where something that it
    // needs is gone, or where nothing as bad leads there any more.
    let open: BTreeSet<&str> =
        after.analysis.findings.iter().filter(|finding| finding.status.is_open()).map(|finding| &*finding.id).collect();
    let left: BTreeSet<(Domain, &str)> = domains
        .into_iter()
        .flat_map(|domain| after.model.elements(domain).map(move |(_, it)| (domain, &*it.id)))
        .collect();
    let is_left = |element: ElementRef| {
        !domains.contains(&element.domain) || left.contains(&(element.domain, before.model.id(element)))
    };
    let risks: BTreeMap<&str, Level> =
        after.analysis.risks.iter().map(|risk| (after.model.id(risk.element), risk.current)).collect();
    let mut ends: BTreeMap<_, Level> = BTreeMap::new();
    for path in new.values() {
        let worst = ends.entry(goal(after, path)).or_insert(path.score.risk);
        *worst = (*worst).max(path.score.risk);
    }
    for path in closed {
        let stands = path.steps.iter().all(|step| {
            step.finding.as_deref().is_none_or(|finding| open.contains(finding))
                && is_left(step.to)
                && step.evidence.iter().all(|evidence| is_left(evidence.element))
        });
        // Of ways with the same actions only one end is told: what is new and as bad may have taken its place.
        let replaced = new.iter().any(|(id, it)| !old.contains_key(id) && it.score.risk >= path.score.risk);
        let at_risk =
            replaced || risks.get(before.model.id(path.goal.element)).is_some_and(|risk| *risk >= path.score.risk);
        if stands && (at_risk || ends.get(&goal(before, path)).is_some_and(|risk| *risk >= path.score.risk)) {
            let text = format!("no longer among the worst ways to where it leads: {}", path.story);
            push(out, Direction::Different, "path-overtaken", &path.id, text);
        } else {
            push(out, Direction::Better, "path-closed", &path.id, format!("attack path closed: {}", path.story));
        }
    }
}
