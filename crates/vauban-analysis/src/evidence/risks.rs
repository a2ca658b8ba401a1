//! 04 to 06: the risk register, attack paths, what is to be done, what was accepted.

use vauban_export::documents::content::{self, Source};
use vauban_export::evidence::List;
use vauban_model::day::between;
use vauban_model::finding::{Decision, Finding, Treatment};
use vauban_model::record::Record;
use vauban_model::scale::Level;
use vauban_model::treatment::TreatmentOf;
use vauban_risk::treatments::{Held, held};

use super::scene::{Scene, System, joined, yes_no};

/// The register and what was decided about it.
pub(super) fn lists(scene: &Scene<'_>) -> Vec<List> {
    vec![register(scene), paths(scene), plan(scene), actions(scene), acceptances(scene), in_period(scene)]
}

fn decision<'a>(system: &System<'a>, finding: &Finding) -> Option<&'a Decision> {
    system.session.decisions.get(finding.decision? as usize)
}

fn register(scene: &Scene<'_>) -> List {
    let columns = [
        "id",
        "system",
        "threat",
        "title",
        "elements",
        "data",
        "stride",
        "impact",
        "likelihood",
        "risk_inherent",
        "risk_current",
        "risk_residual",
        "business_impact",
        "rationale",
        "status",
        "treatment",
        "owner",
        "approver",
        "until",
        "ticket",
        "reason",
        "above_tolerance",
        "attack_paths",
        "stands_at",
    ];
    let mut list =
        scene.state("04-risk-register/risks", "The risk register: threats, what they mean, what was decided", &columns);
    for system in &scene.systems {
        let report = system.session.report();
        let nothing = Record::default();
        let source = Source { report: &report, record: &nothing, model_hashes: &[], marking: "" };
        let impacts = content::business_impacts(&source);
        for (finding, impact) in report.analysis.findings.iter().zip(impacts) {
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
                impact,
                finding.current.because.join(" "),
                finding.status.as_str().to_owned(),
                text(|it| it.treatment.as_str()),
                text(|it| &it.owner),
                text(|it| &it.approver),
                text(|it| it.until.as_deref().unwrap_or_default()),
                text(|it| it.ticket.as_deref().unwrap_or_default()),
                text(|it| &it.reason),
                yes_no(finding.current.risk > tolerance),
                finding.paths.len().to_string(),
                finding.evidence.first().map(|evidence| system.place(evidence.span)).unwrap_or_default(),
            ]);
        }
    }
    list.selection =
        "Every threat that applies to an element of a model, whatever its risk and whatever was decided.".to_owned();
    list.complete =
        "`business_impact` is what the register says, `rationale` how the score came about. Threats that a control stops are in the control matrix. Threats that depend on something nobody said are \
        among the open questions, not here."
            .to_owned();
    list
}

fn paths(scene: &Scene<'_>) -> List {
    let columns = [
        "id",
        "system",
        "attacker",
        "from",
        "to",
        "steps",
        "likelihood",
        "impact",
        "risk",
        "probability_per_million",
        "assumptions",
        "story",
    ];
    let mut list =
        scene.state("04-risk-register/attack-paths", "How attackers get from where they start to what hurts", &columns);
    for system in &scene.systems {
        let report = system.session.report();
        for path in &report.analysis.paths {
            list.rows.push(vec![
                system.id(&path.id),
                system.name(),
                report
                    .attackers
                    .get(path.attacker as usize)
                    .map(|attacker| attacker.id.to_string())
                    .unwrap_or_default(),
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
    list.complete =
        "There are usually more paths than can be listed: the analysis keeps the worst and those that differ in \
        what the attacker does. That a way is not listed does not mean that there is none."
            .to_owned();
    list
}

const DECIDED: [&str; 24] = [
    "id",
    "system",
    "title",
    "treatment",
    "stage",
    "reason",
    "owner",
    "approver",
    "approver_role",
    "decided",
    "due",
    "until",
    "overdue",
    "ticket",
    "controls",
    "evidence",
    "stated_only",
    "risk_approved",
    "risk_current",
    "risk_residual",
    "changed_since",
    "steps",
    "late",
    "stands_at",
];

fn plan(scene: &Scene<'_>) -> List {
    let mut list = scene.state(
        "05-treatment-plan/treatments",
        "What is to be done about which threat, by whom, until when",
        &DECIDED,
    );
    list.rows = decided(scene, TreatmentOf::is_planned);
    list.query = treat_list(scene, "plan");
    list.selection = "Every treatment that is mitigate, avoid or transfer, whatever its stage on the day.".to_owned();
    list.complete =
        "From the decisions files and the record. Open threats without a decision are in the register with an empty \
        treatment. `steps` is empty where only a decisions file knows of it. `risk_approved` is the risk that was approved; \
        `risk_current` is empty where the threat is stopped or gone."
            .to_owned();
    list
}

/// The command that lists a register of treatments, for each model.
fn treat_list(scene: &Scene<'_>, only: &str) -> String {
    scene.again(|path, today| format!("vauban treat list {path} --only {only} --today {today} --format csv"))
}

fn actions(scene: &Scene<'_>) -> List {
    let title = "Plan of action with milestones: to be done, and not yet shown to be done";
    let mut list = scene.state("05-treatment-plan/actions", title, &DECIDED);
    list.rows = decided(scene, TreatmentOf::is_action);
    list.query = treat_list(scene, "actions");
    list.selection =
        "Of the treatment plan, everything that is not verified, withdrawn or rejected on the day.".to_owned();
    list.complete = "As complete as the treatment plan.".to_owned();
    list
}

fn acceptances(scene: &Scene<'_>) -> List {
    let mut list = scene.state("06-risk-acceptances/acceptances", "Risks that stay, or are said to be none", &DECIDED);
    list.rows = decided(scene, TreatmentOf::is_exception);
    list.query = treat_list(scene, "exceptions");
    list.selection =
        "Every treatment that is accept, transfer or false positive and was not withdrawn or rejected; `stage` says \
        whether it held on the day."
            .to_owned();
    list.complete =
        "From the decisions files and the record. What lapsed or expired is open again in the register.".to_owned();
    list
}

/// What was in force at any time of the period: the state on its last day does not show what ended before.
fn in_period(scene: &Scene<'_>) -> List {
    let columns = [
        "id",
        "system",
        "finding",
        "treatment",
        "reason",
        "owner",
        "approver",
        "in_force_from",
        "in_force_to",
        "until",
        "ended_by",
        "approved_by_event",
    ];
    let title = "Risks that stayed, or were said to be none, at any time of the period";
    let mut list = scene.happened("06-risk-acceptances/in-force", title, &columns);
    for system in &scene.systems {
        for it in exceptions(scene, system) {
            list.rows.push(vec![
                system.id(&format!("{}#{}", it.finding, it.number)),
                system.name(),
                it.finding.to_string(),
                it.treatment.as_str().to_owned(),
                it.reason.to_string(),
                it.owner.to_string(),
                it.approver.to_string(),
                it.from.to_string(),
                it.to.as_deref().unwrap_or_default().to_owned(),
                it.until.as_deref().unwrap_or_default().to_owned(),
                it.ended.to_owned(),
                it.number.to_string(),
            ]);
        }
    }
    list.selection = "By the record, every approved accept, transfer or false positive that was in force on a day of the period, \
                      up to the day of the state: from its approval to its last day, or to the event that ended it. Without \
                      `in_force_to` it still is."
        .to_owned();
    list.complete.push_str(
        " What only a decisions file knows is not in it, nor on which day an approval lapsed because what was approved changed.",
    );
    list
}

/// Such decisions of a system in the period.
fn exceptions(scene: &Scene<'_>, system: &System<'_>) -> Vec<Held> {
    let (from, to) = (scene.request.from.as_str(), scene.last_day());
    let stays = |it: &Held| matches!(it.treatment, Treatment::Accept | Treatment::Transfer | Treatment::FalsePositive);
    let all = all_held(scene, system);
    all.into_iter().filter(|it| stays(it) && it.within(from, to)).collect()
}

/// All times in which decisions of a system were in force, up to the last day that the pack speaks of.
fn all_held(scene: &Scene<'_>, system: &System<'_>) -> Vec<Held> {
    let Some(record) = &system.session.project.record else { return Vec::new() };
    held(record, super::name(system.session), scene.last_day())
}

/// Times of the period in which a risk that had been accepted was decided by nobody.
pub(super) fn lapses(scene: &Scene<'_>, system: &System<'_>) -> Vec<String> {
    let all = all_held(scene, system);
    let mut out = Vec::new();
    for (at, it) in all.iter().enumerate().filter(|(_, it)| it.ended == "expired") {
        let Some(end) = it.to.as_deref() else { continue };
        let next = all.get(at + 1).filter(|next| next.finding == it.finding);
        let days = next.and_then(|next| between(end, &next.from));
        let again = next.map(|next| &*next.from);
        // Only what touches the period, and is longer than from one day to the next.
        if days.is_some_and(|days| days <= 1) || again.is_some_and(|again| again < scene.request.from.as_str()) {
            continue;
        }
        // What is no longer there needs no decision.
        let findings = &system.session.report().analysis.findings;
        if again.is_none() && !findings.iter().any(|finding| *finding.id == *it.finding) {
            continue;
        }
        let what = format!("`{}` on `{}` ended on {end}", it.treatment.as_str(), it.finding);
        out.push(match again {
            Some(again) => format!("{what}, and the next decision holds from {again}: nobody had decided in between."),
            None => format!("{what}, and no approved decision followed by {}.", scene.last_day()),
        });
    }
    out
}

fn decided(scene: &Scene<'_>, wanted: impl Fn(&TreatmentOf) -> bool) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for system in &scene.systems {
        rows.extend(system.session.treatments.iter().filter(|it| wanted(it)).map(|it| treatment(system, it)));
    }
    rows
}

fn treatment(system: &System<'_>, it: &TreatmentOf) -> Vec<String> {
    let or_empty = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
    let level = |level: Option<Level>| level.map(|level| level.as_str().to_owned()).unwrap_or_default();
    let steps: Vec<String> = it
        .steps
        .iter()
        .map(|step| format!("{} {} {} (event {})", step.day, step.what, step.who, step.number))
        .collect();
    vec![
        system.id(&it.finding),
        system.name(),
        it.title.to_string(),
        it.treatment.as_str().to_owned(),
        it.stage.as_str().to_owned(),
        it.reason.to_string(),
        it.owner.to_string(),
        it.approver.to_string(),
        it.approver_role.to_string(),
        or_empty(&it.decided),
        or_empty(&it.due),
        or_empty(&it.until),
        yes_no(it.overdue),
        or_empty(&it.ticket),
        joined(&it.controls),
        joined(&it.evidence),
        joined(&it.stated),
        level(it.approved),
        level(it.current),
        level(it.residual),
        joined(&it.changed),
        steps.join("; "),
        yes_no(it.steps.iter().any(|step| step.late)),
        it.span.map(|span| system.place(span)).unwrap_or_default(),
    ]
}
