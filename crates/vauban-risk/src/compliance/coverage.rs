//! The evidence for each requirement of a framework.

use rustc_hash::FxHashMap;
use vauban_model::coverage::{
    ArtefactState, ControlCount, ControlState, Coverage, Freshness, MatrixRow, RequirementCoverage, Standing,
};
use vauban_model::framework::{Claim, Framework, Requirement, Strength};
use vauban_model::words::count;

use super::{Basis, artefacts, subjects};

/// The evidence for a framework, or for one of its baselines (`""`: all of it).
pub fn coverage(basis: &Basis<'_>, framework: &Framework, baseline: &str) -> Coverage {
    let rows = super::matrix(basis);
    let states = artefacts::states(basis, &rows);
    let counts = by_requirement(basis, framework, &rows);
    let mapped = basis
        .report
        .controls
        .iter()
        .flat_map(|control| &control.requirements)
        .any(|reference| basis.frameworks.find(&reference.framework).is_some_and(|found| found.id == framework.id));
    let inside = |requirement: &&Requirement| {
        baseline.is_empty() || requirement.baselines.iter().any(|known| **known == *baseline)
    };
    let requirements = framework.active().filter(inside).map(|requirement| {
        let controls = counts.get(&*requirement.id).copied().unwrap_or_default();
        let lacking = |claim: &Claim| claim.needs.filter(|subject| !subjects::is_there(*subject, basis));
        let claim = basis.frameworks.claim(&framework.id, &requirement.id);
        let mitigated = claim.filter(|claim| claim.strength == Strength::Mitigated && controls.all() == 0);
        let overlap = mitigated.and_then(|claim| overlapping(basis, framework, claim));
        let mapped = mapped || overlap.is_some();
        let around = overlap.and_then(|around| {
            let other = basis.frameworks.find(&around.framework)?;
            let (count, met) = overlapping_controls(basis, other, &around.requirements, &rows);
            (count.all() > 0).then(|| by_overlap(&around, &other.name, count, &met))
        });
        if let Some(lacking) = claim.and_then(lacking) {
            let one = one(requirement, claim, controls, mapped, &states);
            let gaps = std::iter::once(lacking.lacking().into()).chain(one.gaps).collect();
            return RequirementCoverage { standing: Standing::NoEvidence, gaps, ..one };
        }
        match around {
            Some((controls, standing, gaps)) => {
                RequirementCoverage { controls, standing, gaps, ..one(requirement, claim, controls, mapped, &states) }
            }
            None => one(requirement, claim, controls, mapped, &states),
        }
    });
    let requirements = requirements.collect();
    Coverage {
        framework: framework.id.clone(),
        name: format!("{}, {}", framework.name, framework.version).into(),
        baseline: baseline.into(),
        system: basis.report.model.system.name.clone(),
        as_of: basis.report.today.map(Box::from),
        modelled: artefacts::modelled(basis).into(),
        requirements,
        deviations: basis
            .frameworks
            .deviations
            .iter()
            .filter(|deviation| deviation.framework == framework.id)
            .cloned()
            .collect(),
        artefacts: states,
    }
}

/// How many places have a control for each requirement of a framework.
pub(super) fn by_requirement<'r>(
    basis: &Basis<'_>,
    framework: &Framework,
    rows: &'r [MatrixRow],
) -> FxHashMap<&'r str, ControlCount> {
    let mut names: FxHashMap<&str, bool> = FxHashMap::default();
    let mut out: FxHashMap<&str, ControlCount> = FxHashMap::default();
    for row in rows {
        for reference in &row.requirements {
            let ours = *names.entry(&reference.framework).or_insert_with(|| {
                basis.frameworks.find(&reference.framework).is_some_and(|found| found.id == framework.id)
            });
            if ours {
                let count = out.entry(&reference.requirement).or_default();
                add(count, row.state);
            }
        }
    }
    out
}

/// Counts a place by how its control stands.
fn add(count: &mut ControlCount, state: ControlState) {
    match state {
        ControlState::Verified => count.verified += 1,
        ControlState::InPlace => count.in_place += 1,
        ControlState::Stated => count.stated += 1,
        ControlState::Contradicted => count.contradicted += 1,
        ControlState::Planned => count.planned += 1,
        ControlState::Unknown | ControlState::Missing => count.open += 1,
    }
}

/// The places whose controls name one of some requirements of a framework, each place once however many it names; and
/// which of them are named. An enhancement, `AU-6(4)`, is a part of what it enhances.
fn overlapping_controls<'o>(
    basis: &Basis<'_>,
    framework: &Framework,
    requirements: &'o [Box<str>],
    rows: &[MatrixRow],
) -> (ControlCount, Vec<&'o str>) {
    let mut count = ControlCount::default();
    let mut met: Vec<&str> = Vec::new();
    for row in rows {
        let of_it = row.requirements.iter().filter(|reference| {
            basis.frameworks.find(&reference.framework).is_some_and(|found| found.id == framework.id)
        });
        let mut named = of_it
            .filter_map(|reference| {
                let base = reference.requirement.split('(').next().unwrap_or_default();
                requirements.iter().find(|id| **id == reference.requirement || &***id == base)
            })
            .peekable();
        if named.peek().is_some() {
            add(&mut count, row.state);
        }
        met.extend(named.map(|id| &**id));
    }
    // In the order of the requirements, each once.
    let met = requirements.iter().map(|id| &**id).filter(|id| met.contains(id)).collect();
    (count, met)
}

/// Requirements of another framework that overlap with one.
struct Overlap {
    framework: Box<str>,
    requirements: Vec<Box<str>>,
    /// Who says so.
    source: Box<str>,
}

/// What overlaps with a claimed requirement: by what the claim says, else by the first crosswalk that was not derived.
fn overlapping(basis: &Basis<'_>, framework: &Framework, claim: &Claim) -> Option<Overlap> {
    if let Some((other, requirements)) = &claim.overlaps {
        let source = "our reading of both".into();
        return Some(Overlap { framework: other.clone(), requirements: requirements.clone(), source });
    }
    let of_it = basis.frameworks.crosswalks.iter().filter(|it| it.from == framework.id && !it.derived);
    of_it.into_iter().find_map(|it| {
        let rows = it.rows.iter().filter(|(from, ..)| *from == claim.requirement);
        let requirements: Vec<Box<str>> = rows.map(|(_, to, _)| to.clone()).collect();
        (!requirements.is_empty()).then(|| Overlap {
            framework: it.to.clone(),
            requirements,
            source: it.source.clone(),
        })
    })
}

/// A requirement for which only controls of overlapping ones count: in part at the most, since whether they suffice is for
/// people to say.
fn by_overlap(
    around: &Overlap,
    name: &str,
    sum: ControlCount,
    ids: &[&str],
) -> (ControlCount, Standing, Vec<Box<str>>) {
    let (standing, mut gaps) = by_controls(sum, true, true);
    let name = name.split(',').next().unwrap_or(name);
    let said = format!(
        "counted are the controls for {} of {name}, which overlap with it ({}); whether they suffice has to be said by people",
        ids.join(", "),
        around.source
    );
    gaps.insert(0, said.into());
    let standing = if standing == Standing::Evidenced { Standing::Partly } else { standing };
    (sum, standing, gaps)
}

fn one(
    requirement: &Requirement,
    claim: Option<&Claim>,
    controls: ControlCount,
    mapped: bool,
    states: &[ArtefactState],
) -> RequirementCoverage {
    let position = |id: &str| states.iter().position(|state| state.artefact.as_str() == id);
    let artefacts: Vec<usize> =
        claim.map(|claim| claim.artefacts.iter().filter_map(|id| position(id)).collect()).unwrap_or_default();
    let (standing, gaps) = match claim {
        Some(claim) if claim.strength != Strength::Mitigated => by_artefacts(&artefacts, states),
        Some(_) => by_controls(controls, true, mapped),
        None => by_controls(controls, false, mapped),
    };
    RequirementCoverage { requirement: requirement.clone(), claim: claim.cloned(), standing, artefacts, controls, gaps }
}

/// A claim stands as its artefacts stand.
fn by_artefacts(artefacts: &[usize], states: &[ArtefactState]) -> (Standing, Vec<Box<str>>) {
    let used: Vec<&ArtefactState> = artefacts.iter().filter_map(|at| states.get(*at)).collect();
    // That there is nothing to show does not carry a requirement alone.
    let fresh = used.iter().any(|state| state.freshness == Freshness::Fresh);
    let standing = if fresh && used.iter().all(|state| state.freshness.counts()) {
        Standing::Evidenced
    } else if used.iter().all(|state| state.freshness == Freshness::Missing) {
        Standing::NoEvidence
    } else {
        Standing::Partly
    };
    let lacking = used.iter().filter(|state| !state.freshness.counts() || !fresh);
    let gaps = lacking
        .map(|state| format!("{} {}: {}", state.artefact.title(), state.freshness.as_str(), state.because).into());
    (standing, gaps.collect())
}

/// A requirement that controls help to meet stands as these stand on the model. `mapped`: whether any control of the library
/// names requirements of the framework at all.
fn by_controls(controls: ControlCount, claimed: bool, mapped: bool) -> (Standing, Vec<Box<str>>) {
    let (all, working) = (controls.all(), controls.working());
    if all == 0 {
        if claimed {
            let gap = if mapped {
                "no threat of this model calls for a control that names it, or a requirement that overlaps with it"
            } else {
                "no control of the library names requirements of this framework: which ones meet it has to be said by people"
            };
            return (Standing::NoEvidence, vec![gap.into()]);
        }
        return (Standing::NotClaimed, Vec::new());
    }
    let mut gaps: Vec<Box<str>> = Vec::new();
    let places = count(all, "place");
    if controls.contradicted > 0 {
        let number = controls.contradicted;
        gaps.push(
            format!(
                "the record calls a control verified at {number} of {places}, and the model says that it is not there"
            )
            .into(),
        );
    }
    if controls.stated > 0 {
        let number = controls.stated;
        gaps.push(
            format!("a control is there on a person's word alone at {number} of {places}; no evidence is named").into(),
        );
    }
    if controls.open > 0 {
        gaps.push(format!("no control is known to be there at {} of {places}", controls.open).into());
    }
    if controls.planned > 0 {
        gaps.push(format!("a control is planned, no more, at {} of {places}", controls.planned).into());
    }
    if controls.in_place > 0 {
        let verb = if controls.in_place == 1 { "is" } else { "are" };
        gaps.push(
            format!("{} of {} in place {verb} not verified", controls.in_place, count(working, "control")).into(),
        );
    }
    let standing = match working {
        0 => Standing::NoEvidence,
        _ if controls.verified == all => Standing::Evidenced,
        _ => Standing::Partly,
    };
    (standing, gaps)
}
