//! 04 to 06: the risk register, attack paths, what is to be done, what was accepted.

use vauban_export::evidence::List;
use vauban_model::finding::{Decision, Finding, Status};

use super::scene::{Scene, System, joined};

/// The register and what was decided about it.
pub(super) fn lists(scene: &Scene<'_>) -> Vec<List> {
    vec![register(scene), paths(scene), plan(scene), acceptances(scene)]
}

fn decision<'a>(system: &System<'a>, finding: &Finding) -> Option<&'a Decision> {
    system.session.decisions.get(finding.decision? as usize)
}

fn register(scene: &Scene<'_>) -> List {
    let columns = [
        "id", "system", "threat", "title", "elements", "data", "stride", "impact", "likelihood", "risk_inherent",
        "risk_current", "risk_residual", "business_impact", "status", "treatment", "owner", "approver", "until", "ticket",
        "reason", "above_tolerance", "attack_paths", "stands_at",
    ];
    let mut list = scene.state("04-risk-register/risks", "The risk register: threats, what they mean, what was decided", &columns);
    for system in &scene.systems {
        let report = system.session.report();
        for finding in &report.analysis.findings {
            let decided = decision(system, finding);
            let threat = report.threats.get(finding.threat as usize);
            let data: Vec<&str> = finding
                .data
                .iter()
                .filter_map(|index| report.model.data.get(*index as usize).map(|data| &*data.name))
                .collect();
            let letters: String = finding.stride.iter().map(|letter| letter.letter()).collect();
            let text = |read: fn(&Decision) -> &str| decided.map(read).unwrap_or_default().to_owned();
            let tolerance = report.methodology.tolerance;
            list.rows.push(vec![
                system.id(&finding.id),
                system.name(),
                threat.map(|threat| threat.id.to_string()).unwrap_or_default(),
                finding.title.to_string(),
                system.names(&finding.elements),
                data.join("; "),
                letters,
                finding.current.impact.level().to_string(),
                finding.current.likelihood.as_str().to_owned(),
                finding.inherent.risk.as_str().to_owned(),
                finding.current.risk.as_str().to_owned(),
                finding.residual.risk.as_str().to_owned(),
                finding.current.because.join(" "),
                finding.status.as_str().to_owned(),
                text(|it| it.treatment.as_str()),
                text(|it| &it.owner),
                text(|it| &it.approver),
                text(|it| it.until.as_deref().unwrap_or_default()),
                text(|it| it.ticket.as_deref().unwrap_or_default()),
                text(|it| &it.reason),
                if finding.current.risk > tolerance { "yes" } else { "no" }.to_owned(),
                finding.paths.len().to_string(),
                finding.evidence.first().map(|evidence| system.place(evidence.span)).unwrap_or_default(),
            ]);
        }
    }
    list.selection = "Every threat that applies to an element of a model, whatever its risk and whatever was decided.".to_owned();
    list.complete = "Threats that a control stops are in the control matrix. Threats that depend on something nobody said are \
        among the open questions, not here."
        .to_owned();
    list
}

fn paths(scene: &Scene<'_>) -> List {
    let columns = [
        "id", "system", "attacker", "from", "to", "steps", "likelihood", "impact", "risk", "probability_per_million",
        "assumptions", "story",
    ];
    let mut list = scene.state("04-risk-register/attack-paths", "How attackers get from where they start to what hurts", &columns);
    for system in &scene.systems {
        let report = system.session.report();
        for path in &report.analysis.paths {
            list.rows.push(vec![
                system.id(&path.id),
                system.name(),
                report.attackers.get(path.attacker as usize).map(|attacker| attacker.id.to_string()).unwrap_or_default(),
                report.model.name(path.from).to_owned(),
                report.model.name(path.to).to_owned(),
                path.steps.len().to_string(),
                path.score.likelihood.as_str().to_owned(),
                path.score.impact.level().to_string(),
                path.score.risk.as_str().to_owned(),
                path.probability_per_million.to_string(),
                joined(&path.assumptions),
                path.story.to_string(),
            ]);
        }
    }
    list.selection = "The worst attack paths of each model, worst first.".to_owned();
    list.complete = "There are usually more paths than can be listed: the analysis keeps the worst and those that differ in \
        what the attacker does. That a way is not listed does not mean that there is none."
        .to_owned();
    list
}

const DECIDED: [&str; 13] = [
    "id", "system", "title", "treatment", "status", "reason", "owner", "approver", "decided", "until", "ticket",
    "risk_current", "risk_residual",
];

fn plan(scene: &Scene<'_>) -> List {
    let mut list = scene.state("05-treatment-plan/treatments", "What is to be done about which threat, by whom", &DECIDED);
    list.rows = decided(scene, |status| matches!(status, Status::Mitigating | Status::Transferred | Status::Avoided));
    list.selection = "Every threat of the register that is to be mitigated, transferred or avoided.".to_owned();
    list.complete = "Open threats without a decision are in the register with an empty treatment.".to_owned();
    list
}

fn acceptances(scene: &Scene<'_>) -> List {
    let mut list = scene.state("06-risk-acceptances/acceptances", "Risks that stay, or are said to be none", &DECIDED);
    list.rows = decided(scene, |status| matches!(status, Status::Accepted | Status::FalsePositive | Status::Transferred));
    list.selection = "Every threat of the register that was accepted, transferred or called a false positive, and whose \
        decision holds on the day."
        .to_owned();
    list.complete = "Decisions that lapsed are in the register as open threats.".to_owned();
    list
}

fn decided(scene: &Scene<'_>, wanted: impl Fn(Status) -> bool) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for system in &scene.systems {
        for finding in system.session.analysis.findings.iter().filter(|finding| wanted(finding.status)) {
            let Some(it) = decision(system, finding) else { continue };
            let or_empty = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
            rows.push(vec![
                system.id(&finding.id),
                system.name(),
                finding.title.to_string(),
                it.treatment.as_str().to_owned(),
                finding.status.as_str().to_owned(),
                it.reason.to_string(),
                it.owner.to_string(),
                it.approver.to_string(),
                or_empty(&it.decided),
                or_empty(&it.until),
                or_empty(&it.ticket),
                finding.current.risk.as_str().to_owned(),
                finding.residual.risk.as_str().to_owned(),
            ]);
        }
    }
    rows
}
