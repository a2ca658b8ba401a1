//! Laws on the models of `cases/` and `examples/`: controls only help, and what nobody knows is not held against anybody.

use std::collections::{BTreeMap, BTreeSet};

use vauban_analysis::paths::Query;
use vauban_analysis::{Analysis, Session, analyse};
use vauban_model::Severity;
use vauban_model::model::{ControlStatement, ElementRef, Model, Origin};
use vauban_model::scale::Level;
use vauban_model::vocabulary::{Domain, FactType};

use crate::models::{all, options, session};

fn findings(analysis: &Analysis) -> BTreeSet<String> {
    analysis.findings.iter().map(|finding| finding.id.to_string()).collect()
}

/// The best chance of an attacker to get to each element, on paths that lean on nothing assumed.
fn best(analysis: &Analysis) -> BTreeMap<ElementRef, u32> {
    let mut out = BTreeMap::new();
    for path in analysis.paths.iter().filter(|path| path.assumptions.is_empty()) {
        let chance = out.entry(path.to).or_default();
        *chance = path.probability_per_million.max(*chance);
    }
    out
}

fn again(session: &Session, model: &Model) -> Analysis {
    analyse(model, &[], &session.library.library, &session.project.methodology, &[], &options())
}

fn with_control(model: &Model, place: ElementRef, control: &str) -> Model {
    let mut changed = model.clone();
    let element = changed.get_mut(place).expect("the element is there");
    let span = element.span;
    let stated = ControlStatement { control: control.into(), present: true, note: None, origin: Origin::Stated, span };
    element.set_control(stated);
    changed
}

/// Every control that a finding names, at the place the finding looks for it.
fn remedies(session: &Session) -> Vec<(ElementRef, String)> {
    let mut out = BTreeSet::new();
    for finding in &session.analysis.findings {
        for need in finding.controls.iter().filter(|need| need.present != Some(true)) {
            out.insert((need.evidence.element, need.control.to_string()));
        }
    }
    out.into_iter().collect()
}

#[test]
fn a_control_never_adds_a_finding_or_a_path_and_never_raises_a_risk() {
    let mut tried = 0;
    for name in all() {
        let before = session(&name);
        let (known, chances) = (findings(&before.analysis), best(&before.analysis));
        for (place, control) in remedies(&before) {
            let model = with_control(&before.project.model, place, &control);
            let after = again(&before, &model);
            let what = format!("{name}: {control} at {}", model.id(place));
            let new: Vec<String> = findings(&after).difference(&known).cloned().collect();
            assert!(new.is_empty(), "{what} adds findings {new:?}");
            for finding in &after.findings {
                let old = before.analysis.findings.iter().find(|old| old.id == finding.id).expect("it was there");
                assert!(finding.current.risk <= old.current.risk, "{what} raises {}", finding.id);
            }
            for risk in &after.risks {
                let old = before.analysis.risks.iter().find(|old| old.element == risk.element);
                let old = old.map_or(Level::Low, |old| old.current);
                assert!(risk.current <= old, "{what} raises the risk of {}", model.id(risk.element));
            }
            for (to, chance) in best(&after) {
                if chances.get(&to).is_some_and(|old| *old >= chance) {
                    continue;
                }
                // The report tells one path per set of actions; what it told of another element is asked for here.
                let query = Query { to: vec![to], top: 50, confirmed_only: true, ..Query::default() };
                let old = before.paths(&query).paths.iter().map(|path| path.probability_per_million).max().unwrap_or(0);
                assert!(old >= chance, "{what} makes the way to {} easier: {old} before, {chance} after", model.id(to));
            }
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} controls were tried");
}

#[test]
fn what_a_path_ends_at_is_at_the_risk_of_the_path() {
    let mut above = 0;
    for name in all() {
        let session = session(&name);
        let analysis = &session.analysis;
        for path in analysis.paths.iter().filter(|path| path.assumptions.is_empty()) {
            for place in [path.goal.element, ElementRef::SYSTEM] {
                let of = analysis.risks.iter().find(|risk| risk.element == place).expect("a risk of it is told");
                let id = session.project.model.id(place);
                assert!(of.current >= path.score.risk, "{name}: {id} is at less than the path that ends there");
                assert!(of.inherent >= of.current && of.current >= of.residual, "{name}: {id}");
            }
            let own = analysis.findings.iter().filter(|finding| finding.elements.contains(&path.goal.element));
            above += usize::from(own.map(|finding| finding.current.risk).max() < Some(path.score.risk));
        }
    }
    assert!(above > 0, "no path ends where nothing else is as bad: the law was not tried");
}

#[test]
fn a_stopping_control_takes_its_finding_away() {
    for name in all() {
        let before = session(&name);
        for finding in &before.analysis.findings {
            for need in finding.controls.iter().filter(|need| need.weakens.is_none()) {
                let model = with_control(&before.project.model, need.evidence.element, &need.control);
                let after = again(&before, &model);
                assert!(
                    !after.findings.iter().any(|other| other.id == finding.id),
                    "{name}: {} stays with {} at {}",
                    finding.id,
                    need.control,
                    model.id(need.evidence.element)
                );
            }
        }
    }
}

/// Forgetting a stated fact makes it unknown. A finding may then appear only where the threat's own condition says what
/// to think of the unknown (`surely`, `possibly`, `known`), or where another source fills the gap: the technology's
/// default or something derived, which then is known and no gap.
#[test]
fn forgetting_a_fact_makes_no_finding_unless_the_threat_weighs_the_unknown() {
    let mut forgotten = 0;
    for name in all() {
        let before = session(&name);
        let known = findings(&before.analysis);
        let model = &before.project.model;
        for domain in Domain::ALL {
            for (place, element) in model.elements(domain) {
                for fact in &element.facts {
                    // Relations are closed: what is not drawn is not there. Only open facts become unknown.
                    if matches!(fact.id.definition().ty, FactType::References(_) | FactType::Technologies) {
                        continue;
                    }
                    let mut changed = model.clone();
                    changed.get_mut(place).expect("it is there").facts.retain(|other| other.id != fact.id);
                    let facts = vauban_rules::facts::Facts::new(&changed, &before.library.library);
                    let filled = facts.text(place, fact.id).is_some();
                    let after = again(&before, &changed);
                    for finding in after.findings.iter().filter(|finding| !known.contains(&*finding.id)) {
                        let threat = &before.library.library.threats[finding.threat as usize];
                        let weighs =
                            ["surely(", "possibly(", "known("].iter().any(|word| threat.condition.contains(word));
                        assert!(
                            weighs || filled,
                            "{name}: without `{}` of {} there is {}",
                            fact.id.definition().key,
                            element.id,
                            finding.id
                        );
                    }
                    forgotten += 1;
                }
            }
        }
    }
    assert!(forgotten > 200, "only {forgotten} facts were forgotten");
}

/// The same for controls, and stricter: saying nothing about a control asks a question, it accuses nobody.
#[test]
fn forgetting_a_control_makes_no_finding_unless_the_threat_looks_for_it() {
    let mut forgotten = 0;
    for name in all() {
        let before = session(&name);
        let known = findings(&before.analysis);
        let model = &before.project.model;
        for domain in Domain::ALL {
            for (place, element) in model.elements(domain) {
                for statement in &element.controls {
                    let mut changed = model.clone();
                    let other = |kept: &ControlStatement| kept.control != statement.control;
                    changed.get_mut(place).expect("it is there").controls.retain(other);
                    let after = again(&before, &changed);
                    for finding in after.findings.iter().filter(|finding| !known.contains(&*finding.id)) {
                        let threat = &before.library.library.threats[finding.threat as usize];
                        // A fact may show that a control is missing where nobody states it: what is drawn speaks then.
                        let missing = |need: &vauban_model::finding::ControlNeed| {
                            need.control == statement.control && need.present == Some(false)
                        };
                        assert!(
                            finding.controls.iter().any(missing) || threat.condition.contains(".has("),
                            "{name}: without a word about {} at {} there is {}",
                            statement.control,
                            element.id,
                            finding.id
                        );
                    }
                    forgotten += 1;
                }
            }
        }
    }
    assert!(forgotten > 40, "only {forgotten} statements were forgotten");
}

#[test]
fn controls_and_decisions_only_lower_a_risk() {
    for name in all() {
        for finding in session(&name).analysis.findings {
            let (inherent, current, residual) = (finding.inherent.risk, finding.current.risk, finding.residual.risk);
            assert!(inherent >= current, "{name}: {}: without controls it would be less", finding.id);
            assert!(current >= residual, "{name}: {}: what is decided makes it worse", finding.id);
        }
    }
}

#[test]
fn every_finding_and_step_shows_its_place() {
    for name in all() {
        let session = session(&name);
        assert!(!session.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error), "{name}");
        for finding in &session.analysis.findings {
            assert!(!finding.evidence.is_empty(), "{name}: {}", finding.id);
        }
        for path in &session.analysis.paths {
            for step in &path.steps {
                assert!(!step.evidence.is_empty(), "{name}: {} has a step without evidence: {}", path.id, step.title);
            }
        }
    }
}
