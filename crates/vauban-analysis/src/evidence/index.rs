//! Which file answers which requirement, how strongly, and what none does.

use std::collections::BTreeSet;

use vauban_export::evidence::{IndexRow, List, PackFile};
use vauban_model::coverage::{Artefact, Coverage, RequirementCoverage, Standing};
use vauban_model::framework::{Claim, Framework, Frameworks, Requirement};
use vauban_model::words::count;

use super::Answering;
use super::scene::Scene;

/// Where an artefact lies in a pack: beginnings of paths, and names of documents.
fn places(artefact: Artefact) -> (&'static [&'static str], &'static [&'static str]) {
    match artefact {
        Artefact::Methodology => (&["01-methodology/methodology"], &["methodology"]),
        Artefact::AssetInventory => (&["02-scope-inventory/systems", "02-scope-inventory/inventory"], &["inventory"]),
        Artefact::DataFlowDiagrams => (&[], &["data-flow-diagrams"]),
        Artefact::ThreatModel => (&["03-models/"], &["stride", "pasta"]),
        Artefact::ThreatCatalogue => (&["01-methodology/threat-catalogue"], &["threat-catalogue"]),
        Artefact::AttackPaths => (&["04-risk-register/attack-paths"], &["attack"]),
        Artefact::RiskRegister => (&["04-risk-register/risks"], &["risk-register"]),
        Artefact::TreatmentPlan => (&["05-treatment-plan/"], &["treatment-plan"]),
        Artefact::RiskAcceptances => (&["06-risk-acceptances/"], &[]),
        Artefact::ControlMatrix => (&["07-control-matrix/"], &["control-matrix"]),
        Artefact::VerificationRecord => (&["08-verification/"], &[]),
        Artefact::VulnerabilityAssessment => (&["04-risk-register/risks"], &["stride"]),
        Artefact::ReviewRecord => (&["09-review-log/"], &["review-record"]),
        Artefact::Metrics => (&["12-metrics/"], &["metrics"]),
        Artefact::EventRecord => (&["13-record/"], &[]),
        Artefact::StatementOfApplicability => (&["14-framework/"], &[]),
    }
}

/// The files that hold an artefact. Lists are named as CSV; the same stands beside as JSON. Whole models are named by
/// their own text alone.
fn paths(artefact: Artefact, files: &[PackFile]) -> Vec<String> {
    let (beginnings, documents) = places(artefact);
    let mut out: Vec<String> = Vec::new();
    for file in files {
        let path = file.path.as_str();
        let document = path.split_once("/documents/").and_then(|(_, name)| name.rsplit_once('.'));
        let holds = match document {
            Some((name, _)) => documents.contains(&name),
            None if path.starts_with("03-models/") => {
                path.ends_with("/model.yaml") && beginnings.contains(&"03-models/")
                    || path.ends_with("/diagram.svg") && artefact == Artefact::DataFlowDiagrams
            }
            None => beginnings.iter().any(|beginning| path.starts_with(beginning)) && !path.ends_with(".json"),
        };
        if holds {
            out.push(path.to_owned());
        }
    }
    out.sort();
    out
}

/// What an index says.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The requirements on which a threat model bears, or that controls of the models help to meet.
    pub(super) rows: Vec<IndexRow>,
    /// All requirements as a list.
    pub(super) list: List,
    /// What is missing, as sentences.
    pub(super) gaps: Vec<String>,
}

/// The index of a framework. How far evidence goes is what the coverage of each model says: an index must not claim more.
pub(super) fn index(scene: &Scene<'_>, answering: Answering<'_>, files: &[PackFile], coverages: &[Coverage]) -> Index {
    let Answering { frameworks, framework, baseline } = answering;
    let columns =
        ["id", "title", "kind", "a_threat_model", "standing", "artefacts", "files", "limit", "source", "missing"];
    let title = format!("Requirements of {} {} and the evidence for each", framework.name, framework.version);
    let mut out = Index { list: scene.state("00-index/requirements", &title, &columns), ..Index::default() };
    let (mut unclaimed, mut without) = (0usize, 0usize);
    let inside = |it: &&Requirement| {
        !it.group && !it.withdrawn && (baseline.is_empty() || it.baselines.iter().any(|known| **known == *baseline))
    };
    for requirement in framework.requirements.iter().filter(inside) {
        let claims: Vec<&Claim> = frameworks
            .claims
            .iter()
            .filter(|it| it.framework == framework.id && it.requirement == requirement.id)
            .collect();
        let (best, standing) = standing(scene, &requirement.id, coverages);
        match best {
            Standing::NotClaimed => unclaimed += 1,
            Standing::NoEvidence => without += 1,
            Standing::Partly | Standing::Evidenced => {}
        }
        let strength = match claims.iter().max_by_key(|claim| claim.strength) {
            Some(strongest) => strongest.strength.meaning(),
            None if best == Standing::NotClaimed => {
                let cells = [&*requirement.id, &*requirement.title, &*requirement.kind, "", &*standing, "", "", "", ""];
                let row = cells.into_iter().chain(["no evidence from a threat model"]);
                out.list.rows.push(row.map(str::to_owned).collect());
                continue;
            }
            // Nothing is claimed for it, and controls against threats of the model help to meet it.
            None => "calls for controls that help to meet it",
        };
        let mut artefacts: BTreeSet<&str> = BTreeSet::new();
        for claim in &claims {
            artefacts.extend(claim.artefacts.iter().map(|artefact| &**artefact));
        }
        if claims.is_empty() {
            artefacts.insert(Artefact::ControlMatrix.as_str());
        }
        let mut found: BTreeSet<String> = BTreeSet::new();
        let mut empty: Vec<&str> = Vec::new();
        for name in &artefacts {
            let there = Artefact::parse(name).map(|artefact| paths(artefact, files)).unwrap_or_default();
            // A list without rows is no evidence that something was done.
            let has_rows = |path: &String| files.iter().any(|file| file.path == *path && file.rows != Some(0));
            if !there.iter().any(has_rows) {
                empty.push(name);
            }
            found.extend(there);
        }
        let limits: Vec<&str> = claims.iter().map(|claim| &*claim.limit).filter(|limit| !limit.is_empty()).collect();
        let sources: Vec<&str> = claims.iter().map(|claim| &*claim.source).collect();
        let mut missing: Vec<String> = Vec::new();
        if !empty.is_empty() {
            missing.push(format!("nothing in: {}", empty.join(", ")));
            out.gaps.push(format!("{} ({}): nothing in: {}.", requirement.id, requirement.title, empty.join(", ")));
        }
        missing.extend(lacking(scene, &requirement.id, coverages));
        let missing = missing.join("; ");
        let files: Vec<String> = found.into_iter().collect();
        out.list.rows.push(vec![
            requirement.id.to_string(),
            requirement.title.to_string(),
            requirement.kind.to_string(),
            strength.to_owned(),
            standing.clone(),
            artefacts.iter().copied().collect::<Vec<_>>().join("; "),
            files.join("; "),
            limits.join(" "),
            sources.join("; "),
            missing.clone(),
        ]);
        let remark =
            [missing, limits.join(" ")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ");
        out.rows.push(IndexRow {
            id: requirement.id.to_string(),
            title: requirement.title.to_string(),
            strength: strength.to_owned(),
            standing,
            files,
            remark,
        });
    }
    without_evidence(framework, unclaimed, without, &mut out.gaps);
    out.list.query = scene.again(|path, today| {
        let only =
            if baseline.is_empty() { String::new() } else { format!(" --baseline {}", super::scene::quoted(baseline)) };
        format!("vauban evidence coverage {path} --framework {}{only} --all --today {today} --format csv", framework.id)
    });
    out.list.selection =
        "Every requirement of the framework that can be fulfilled; groups and what was withdrawn are left out. `files` are \
         where an answer would stand; `standing` says how far they are one."
            .to_owned();
    if !baseline.is_empty() {
        out.list.selection.push_str(&format!(" Only those of the baseline `{baseline}`."));
    }
    out.list.complete = format!(
        "Ids and titles from {} ({}). Evidence supports a requirement; whether it is met is for an auditor to say.",
        framework.source, framework.licence
    );
    out
}

/// How many requirements have no evidence, and of how many nothing is claimed.
fn without_evidence(framework: &Framework, unclaimed: usize, without: usize, gaps: &mut Vec<String>) {
    if without > 0 {
        gaps.push(format!(
            "{}: {} that a threat model can bear on, and here is no evidence for; `missing` in `00-index/requirements.csv` says why.",
            framework.name,
            count(without, "requirement"),
        ));
    }
    if unclaimed > 0 {
        gaps.push(format!(
            "{}: nothing is claimed here on {} of it, because a threat model does not bear on {} or nobody looked; \
             `00-index/requirements.csv` names {}.",
            framework.name,
            count(unclaimed, "requirement"),
            if unclaimed == 1 { "it" } else { "them" },
            if unclaimed == 1 { "it" } else { "them" },
        ));
    }
}

/// How far evidence for a requirement goes: the best of all models, and in words, model by model where they differ.
fn standing(scene: &Scene<'_>, id: &str, coverages: &[Coverage]) -> (Standing, String) {
    let all: Vec<Standing> = answers(scene, id, coverages).map(|(_, row)| row.standing).collect();
    let best = all.iter().copied().min().unwrap_or(Standing::NotClaimed);
    if all.iter().all(|standing| *standing == best) {
        return (best, best.as_str().to_owned());
    }
    let each = answers(scene, id, coverages).map(|(name, row)| format!("{name}: {}", row.standing.as_str()));
    (best, each.collect::<Vec<_>>().join("; "))
}

/// What is missing for a requirement, with the model's name where there are several.
fn lacking(scene: &Scene<'_>, id: &str, coverages: &[Coverage]) -> Vec<String> {
    let several = coverages.len() > 1;
    let said = answers(scene, id, coverages).filter(|(_, row)| !row.gaps.is_empty()).map(|(name, row)| {
        let gaps = row.gaps.join("; ");
        if several { format!("{name}: {gaps}") } else { gaps }
    });
    said.collect()
}

/// What each model answers to a requirement, with the model's name.
fn answers<'a>(
    scene: &'a Scene<'_>,
    id: &'a str,
    coverages: &'a [Coverage],
) -> impl Iterator<Item = (String, &'a RequirementCoverage)> {
    scene.systems.iter().zip(coverages).filter_map(move |(system, coverage)| {
        let row = coverage.requirements.iter().find(|row| *row.requirement.id == *id)?;
        Some((system.name(), row))
    })
}

/// Labels that people use for requirements of the framework and that it does not.
pub(super) fn labels(scene: &Scene<'_>, frameworks: &Frameworks, framework: &Framework) -> List {
    let columns = ["id", "label", "true_title", "instead", "reason"];
    let title = "Labels that are used for requirements and are not the framework's own";
    let mut list = scene.state("00-index/labels", title, &columns);
    for it in frameworks.deviations.iter().filter(|it| it.framework == framework.id) {
        let title = framework.requirement(&it.id).map(|requirement| requirement.title.to_string()).unwrap_or_default();
        list.rows.push(vec![
            it.id.to_string(),
            it.label.to_string(),
            title,
            it.instead.join("; "),
            it.reason.to_string(),
        ]);
    }
    list.query = "vauban library list frameworks".to_owned();
    list.selection = "Every such label that the library knows for this framework.".to_owned();
    list.complete = "Other labels may be in use.".to_owned();
    list
}
