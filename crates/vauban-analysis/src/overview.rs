//! What an analysis sums up beside its findings: what controls stop, the matrix of STRIDE, the risk of what is at stake.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use vauban_model::finding::{Applies, Finding, Instance, Status};
use vauban_model::model::{ElementRef, Model};
use vauban_model::report::{Analysis, Cell, CellCount, Mitigated, RiskOf};
use vauban_model::scale::{Level, Methodology};
use vauban_model::vocabulary::Domain;
use vauban_rules::facts::Facts;

use crate::analyse::{control_needs, elements_of, finding_id};

/// The threats that a control stops, with what shows it.
pub(crate) fn mitigated(facts: &Facts<'_>, methodology: &Methodology, instances: &[Instance]) -> Vec<Mitigated> {
    instances
        .par_iter()
        .filter(|instance| instance.applies == Applies::Stopped)
        .filter_map(|instance| {
            let needs = control_needs(facts, methodology, instance.threat, instance.element);
            let need = needs.into_iter().find(|need| need.weakens.is_none() && need.present == Some(true))?;
            Some(Mitigated {
                id: finding_id(facts, instance.threat, instance.element),
                threat: instance.threat,
                element: instance.element,
                control: need.control,
                evidence: need.evidence,
            })
        })
        .collect()
}

/// Larger models than this get no matrix: nobody could read it, and it would be the largest part of every output.
const MATRIX_LIMIT: usize = 2_000;

/// How many threats of each STRIDE letter apply, ask and are stopped, by component and flow in scope.
pub(crate) fn matrix(facts: &Facts<'_>, instances: &[Instance]) -> Vec<Cell> {
    let domains = [Domain::Component, Domain::Flow];
    if domains.iter().map(|domain| facts.count(*domain)).sum::<usize>() > MATRIX_LIMIT {
        return Vec::new();
    }
    let mut considered: FxHashMap<Domain, [u32; 6]> = FxHashMap::default();
    // What only matters as a step of a path gives no finding and no question.
    for threat in facts.library.threats.iter().filter(|threat| !threat.only_in_paths) {
        for letter in &threat.stride {
            considered.entry(threat.on).or_default()[*letter as usize] += 1;
        }
    }
    let mut cells = Vec::new();
    let mut position: FxHashMap<ElementRef, usize> = FxHashMap::default();
    for domain in domains {
        for at in facts.in_scope(domain).iter() {
            let element = ElementRef::new(domain, at);
            let mut counts = [CellCount::default(); 6];
            for (count, known) in counts.iter_mut().zip(considered.get(&domain).copied().unwrap_or_default()) {
                count.considered = known;
            }
            position.insert(element, cells.len());
            cells.push(Cell { element, counts });
        }
    }
    let counted = |instance: &&Instance| !facts.library.threats[instance.threat as usize].only_in_paths;
    for instance in instances.iter().filter(counted) {
        // What is about an identity or data shows at the components it concerns.
        let places = match instance.element.domain {
            Domain::Identity | Domain::Data => elements_of(facts, instance.element),
            _ => vec![instance.element],
        };
        for place in places {
            let Some(at) = position.get(&place) else { continue };
            for letter in &facts.library.threats[instance.threat as usize].stride {
                let count = &mut cells[*at].counts[*letter as usize];
                match instance.applies {
                    Applies::Fires => count.open += 1,
                    Applies::Asks => count.asked += 1,
                    Applies::Stopped => count.stopped += 1,
                }
            }
        }
    }
    cells
}

/// What is at stake where: of data, components and the system, the worst of the threats there and of the attack paths that
/// end there. `goals`: how the ends of paths stand without controls, today, and once what was decided is done.
pub(crate) fn risks(analysis: &Analysis, goals: &[Vec<(ElementRef, Level)>; 3], model: &Model) -> Vec<RiskOf> {
    /// Findings that are named.
    const MOST: usize = 10;
    let mut by: FxHashMap<ElementRef, RiskOf> = FxHashMap::default();
    let none = |element| RiskOf {
        element,
        inherent: Level::Low,
        current: Level::Low,
        residual: Level::Low,
        findings: Vec::new(),
    };
    let mut at_ends: BTreeMap<ElementRef, [Level; 3]> = BTreeMap::new();
    for (world, goals) in goals.iter().enumerate() {
        for (element, risk) in goals {
            for place in [*element, ElementRef::SYSTEM] {
                if let Some(known) = at_ends.entry(place).or_insert([Level::Low; 3]).get_mut(world) {
                    *known = (*known).max(*risk);
                }
            }
        }
    }
    // The analysis has open ones before decided ones; what threatens most is what is worst today, decided or not.
    let mut worst: Vec<(usize, &Finding)> = analysis.findings.iter().enumerate().collect();
    worst.sort_by_key(|(at, finding)| (std::cmp::Reverse(finding.current.risk), *at));
    for (_, finding) in worst.iter().filter(|(_, finding)| finding.status != Status::FalsePositive) {
        let mut places: Vec<ElementRef> =
            finding.data.iter().map(|d| ElementRef { domain: Domain::Data, index: *d }).collect();
        places.extend(finding.elements.iter().filter(|e| e.domain == Domain::Component));
        places.push(ElementRef::SYSTEM);
        for place in places {
            let entry = by.entry(place).or_insert_with(|| none(place));
            entry.inherent = entry.inherent.max(finding.inherent.risk);
            entry.current = entry.current.max(finding.current.risk);
            entry.residual = entry.residual.max(finding.residual.risk);
            if entry.findings.len() < MOST && !entry.findings.contains(&finding.id) {
                entry.findings.push(finding.id.clone());
            }
        }
    }
    for path in &analysis.paths {
        let entry = by.entry(path.goal.element).or_insert_with(|| none(path.goal.element));
        for finding in path.steps.iter().filter(|step| !step.assumed).filter_map(|step| step.finding.as_ref()) {
            if entry.findings.len() < 2 * MOST && !entry.findings.contains(finding) {
                entry.findings.push(finding.clone());
            }
        }
    }
    for (place, [inherent, current, residual]) in at_ends {
        let entry = by.entry(place).or_insert_with(|| none(place));
        // No control makes a way that was not there without it.
        entry.inherent = entry.inherent.max(inherent).max(current);
        entry.current = entry.current.max(current);
        entry.residual = entry.residual.max(residual);
    }
    let told =
        |risk: &RiskOf| model.get(risk.element).is_some() && (risk.inherent > Level::Low || !risk.findings.is_empty());
    let mut out: Vec<RiskOf> = by.into_values().filter(told).collect();
    let rank: FxHashMap<&str, usize> = worst.iter().enumerate().map(|(at, (_, it))| (&*it.id, at)).collect();
    for entry in &mut out {
        entry.findings.retain(|id| rank.contains_key(&**id));
        entry.findings.sort_by_key(|id| rank.get(&**id));
        entry.findings.truncate(MOST);
    }
    out.sort_by(|a, b| b.current.cmp(&a.current).then(b.inherent.cmp(&a.inherent)).then(a.element.cmp(&b.element)));
    out
}
