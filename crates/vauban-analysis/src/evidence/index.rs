//! Which file answers which requirement, how strongly, and what none does.

use std::collections::BTreeSet;

use vauban_export::evidence::{IndexRow, List, PackFile};
use vauban_model::coverage::Artefact;
use vauban_model::framework::{Claim, Framework, Frameworks};

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
    /// The requirements on which a threat model bears.
    pub(super) rows: Vec<IndexRow>,
    /// All requirements as a list.
    pub(super) list: List,
    /// What is missing, as sentences.
    pub(super) gaps: Vec<String>,
}

/// The index of a framework.
pub(super) fn index(scene: &Scene<'_>, frameworks: &Frameworks, framework: &Framework, files: &[PackFile]) -> Index {
    let columns = ["id", "title", "kind", "a_threat_model", "artefacts", "files", "limit", "source", "missing"];
    let title = format!("Requirements of {} {} and the evidence for each", framework.name, framework.version);
    let mut out = Index { list: scene.state("00-index/requirements", &title, &columns), ..Index::default() };
    let mut without = 0usize;
    for requirement in framework.requirements.iter().filter(|it| !it.group && !it.withdrawn) {
        let claims: Vec<&Claim> = frameworks
            .claims
            .iter()
            .filter(|it| it.framework == framework.id && it.requirement == requirement.id)
            .collect();
        let Some(strongest) = claims.iter().max_by_key(|claim| claim.strength) else {
            without += 1;
            let row = [
                &*requirement.id,
                &*requirement.title,
                &*requirement.kind,
                "",
                "",
                "",
                "",
                "",
                "no evidence from a threat model",
            ];
            out.list.rows.push(row.map(str::to_owned).to_vec());
            continue;
        };
        let mut artefacts: BTreeSet<&str> = BTreeSet::new();
        for claim in &claims {
            artefacts.extend(claim.artefacts.iter().map(|artefact| &**artefact));
        }
        let mut found: BTreeSet<String> = BTreeSet::new();
        let mut missing: Vec<&str> = Vec::new();
        for name in &artefacts {
            let there = Artefact::parse(name).map(|artefact| paths(artefact, files)).unwrap_or_default();
            // A list without rows is no evidence that something was done.
            let has_rows = |path: &String| files.iter().any(|file| file.path == *path && file.rows != Some(0));
            if !there.iter().any(has_rows) {
                missing.push(name);
            }
            found.extend(there);
        }
        let limits: Vec<&str> = claims.iter().map(|claim| &*claim.limit).filter(|limit| !limit.is_empty()).collect();
        let sources: Vec<&str> = claims.iter().map(|claim| &*claim.source).collect();
        let missing = if missing.is_empty() { String::new() } else { format!("nothing in: {}", missing.join(", ")) };
        let files: Vec<String> = found.into_iter().collect();
        out.list.rows.push(vec![
            requirement.id.to_string(),
            requirement.title.to_string(),
            requirement.kind.to_string(),
            strongest.strength.meaning().to_owned(),
            artefacts.iter().copied().collect::<Vec<_>>().join("; "),
            files.join("; "),
            limits.join(" "),
            sources.join("; "),
            missing.clone(),
        ]);
        if !missing.is_empty() {
            out.gaps.push(format!("{} ({}): {missing}.", requirement.id, requirement.title));
        }
        let remark =
            [missing, limits.join(" ")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ");
        out.rows.push(IndexRow {
            id: requirement.id.to_string(),
            title: requirement.title.to_string(),
            strength: strongest.strength.meaning().to_owned(),
            files,
            remark,
        });
    }
    if without > 0 {
        out.gaps.push(format!(
            "{}: {without} of its requirements have no evidence here, because a threat model does not bear on them or nobody \
             looked; `00-index/requirements.csv` names them.",
            framework.name
        ));
    }
    out.list.query = format!("vauban evidence coverage --framework {}", framework.id);
    out.list.selection =
        "Every requirement of the framework that can be fulfilled; groups and what was withdrawn are left out."
            .to_owned();
    out.list.complete = format!(
        "Ids and titles from {} ({}). Evidence supports a requirement; whether it is met is for an auditor to say.",
        framework.source, framework.licence
    );
    out
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
