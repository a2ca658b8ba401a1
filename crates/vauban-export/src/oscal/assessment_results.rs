//! Assessment results: what was found, by whom, on what evidence.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vauban_model::finding::{Finding, Question};
use vauban_model::library::Threat;
use vauban_model::report::Mitigated;

use super::context::Context;
use super::shapes::{
    BackMatter, ControlSelection, IncludeAll, LocalDefinitions, Observation, Property, RelatedObservation, RelatedRisk,
    Risk, SelectControl,
};
use super::{elements, ids, responses, risks, words};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Body {
    import_ap: ImportPlan,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_definitions: Option<Objectives>,
    results: Vec<AssessmentResult>,
    back_matter: BackMatter,
}

/// The assessment plan: we have none in OSCAL, so it leads to the methodology in the back matter.
#[derive(Serialize)]
struct ImportPlan {
    href: String,
    remarks: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Objectives {
    objectives_and_methods: Vec<Objective>,
}

/// What is assessed: that a threat cannot be carried out. It belongs to the control that is meant to see to that.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Objective {
    control_id: String,
    description: String,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    id: String,
    name: &'static str,
    title: String,
    prose: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AssessmentResult {
    uuid: String,
    title: String,
    description: String,
    start: String,
    props: Vec<Property>,
    local_definitions: LocalDefinitions,
    reviewed_controls: ReviewedControls,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observations: Vec<Observation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    risks: Vec<Risk>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<OscalFinding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remarks: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ReviewedControls {
    control_selections: Vec<ControlSelection>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct OscalFinding {
    uuid: String,
    title: String,
    description: String,
    props: Vec<Property>,
    target: Target,
    related_observations: Vec<RelatedObservation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_risks: Vec<RelatedRisk>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Target {
    #[serde(rename = "type")]
    kind: &'static str,
    target_id: String,
    title: String,
    status: TargetStatus,
}

#[derive(Serialize)]
struct TargetStatus {
    state: &'static str,
    reason: &'static str,
}

pub(super) fn body(context: &mut Context<'_>) -> Body {
    let result = result(context);
    let objectives = objectives(context);
    Body {
        import_ap: ImportPlan {
            href: format!("#{}", context.ids.of("resource", "methodology")),
            remarks: "There is no assessment plan in OSCAL. The methodology in the back matter says how the system was \
                      assessed.",
        },
        local_definitions: (!objectives.is_empty()).then_some(Objectives { objectives_and_methods: objectives }),
        results: vec![result],
        back_matter: context.back_matter(),
    }
}

fn result(context: &mut Context<'_>) -> AssessmentResult {
    let analysis = context.report.analysis;
    let components = elements::components(context);
    let mut observations: Vec<Observation> =
        analysis.findings.iter().map(|finding| risks::observation(context, finding)).collect();
    observations.extend(analysis.mitigated.iter().map(|it| stopped_observation(context, it)));
    observations.extend(analysis.questions.iter().map(|it| question(context, it)));
    let mut findings: Vec<OscalFinding> = analysis.findings.iter().map(|it| not_satisfied(context, it)).collect();
    findings.extend(analysis.mitigated.iter().map(|it| satisfied(context, it)));
    let risks = analysis.findings.iter().map(|finding| risks::risk(context, finding)).collect();
    let counted = |name, number: usize| words::property(name, &number.to_string());
    let counts = [
        counted("threats-considered", analysis.threats_considered),
        counted("findings", analysis.findings.len()),
        counted("stopped-by-controls", analysis.mitigated.len()),
        counted("open-questions", analysis.questions_total),
        counted("attack-paths", analysis.paths.len()),
    ];
    AssessmentResult {
        uuid: context.ids.of("result", "analysis"),
        title: words::line(&format!("Threats of {}", context.report.model.system.name)),
        description: words::line(&crate::digest::verdict(context.report)),
        start: context.now.clone(),
        props: counts.into_iter().flatten().collect(),
        local_definitions: LocalDefinitions { components, assessment_assets: context.assets() },
        reviewed_controls: reviewed(context),
        observations,
        risks,
        findings,
        remarks: unanswered(analysis.questions_total, analysis.questions.len()),
    }
}

/// How much is not known, where it is something.
fn unanswered(total: usize, listed: usize) -> Option<String> {
    (total > 0).then(|| {
        format!(
            "Questions that nobody answered yet: {total}, of which the {listed} that matter most are among the \
             observations. Each may hide a threat that is not among the findings."
        )
    })
}

/// The controls that bear on the threats that were looked for.
///
/// Where the library names none in the catalogue, OSCAL leaves no choice but "all" of the plan's controls, and the plan
/// has none; the description says so.
fn reviewed(context: &Context<'_>) -> ReviewedControls {
    let analysis = context.report.analysis;
    let threats: BTreeSet<u32> = analysis
        .findings
        .iter()
        .map(|finding| finding.threat)
        .chain(analysis.mitigated.iter().map(|it| it.threat))
        .chain(analysis.questions.iter().flat_map(|it| it.threats.iter().copied()))
        .collect();
    let controls: BTreeSet<String> = threats
        .into_iter()
        .filter_map(|threat| context.digest.threat(threat))
        .flat_map(|threat| &threat.controls)
        .flat_map(|control| responses::in_first_catalogue(context, &control.control))
        .collect();
    let catalogue = context.catalogues.first().map(|it| &*it.title).unwrap_or_default();
    let selection = if controls.is_empty() {
        ControlSelection {
            description: "Threats were looked for, not controls of a catalogue. The plan names no catalogue, so that \
                          this selects nothing."
                .to_owned(),
            include_all: Some(IncludeAll {}),
            include_controls: Vec::new(),
        }
    } else {
        ControlSelection {
            description: words::sentences([
                "Controls that bear on the threats that were looked for. A threat model shows a part of what each demands",
                catalogue,
            ]),
            include_all: None,
            include_controls: controls.into_iter().map(|control_id| SelectControl { control_id }).collect(),
        }
    };
    ReviewedControls { control_selections: vec![selection] }
}

/// For each threat that is a finding or stopped: that it cannot be carried out, as an objective of the control that is
/// meant to see to that. Threats without such a control in the catalogue have none.
fn objectives(context: &Context<'_>) -> Vec<Objective> {
    let analysis = context.report.analysis;
    let all = analysis.findings.iter().map(|it| it.threat).chain(analysis.mitigated.iter().map(|it| it.threat));
    let threats: BTreeMap<&str, &Threat> =
        all.filter_map(|at| context.digest.threat(at)).map(|threat| (&*threat.id, threat)).collect();
    threats.into_values().filter_map(|threat| objective(context, threat)).collect()
}

fn objective(context: &Context<'_>, threat: &Threat) -> Option<Objective> {
    let mut controls = threat.controls.iter().flat_map(|it| responses::in_first_catalogue(context, &it.control));
    Some(Objective {
        control_id: controls.next()?,
        description: words::sentences([&*threat.summary]),
        parts: vec![Part {
            id: ids::token(&threat.id),
            name: "objective",
            title: words::line(&threat.title),
            prose: "The threat cannot be carried out on any part of the system.".to_owned(),
        }],
    })
}

fn not_satisfied(context: &Context<'_>, finding: &Finding) -> OscalFinding {
    let threat = context.digest.threat(finding.threat);
    OscalFinding {
        uuid: context.ids.of("finding", &finding.id),
        title: words::line(&finding.title),
        description: words::line(&finding.description),
        props: words::property("finding", &finding.id).into_iter().collect(),
        target: target(threat, false),
        related_observations: vec![RelatedObservation { observation_uuid: context.ids.of("observation", &finding.id) }],
        related_risks: vec![RelatedRisk { risk_uuid: context.ids.of("risk", &finding.id) }],
    }
}

fn satisfied(context: &Context<'_>, stopped: &Mitigated) -> OscalFinding {
    let key = stopped_key(stopped);
    let threat = context.digest.threat(stopped.threat);
    OscalFinding {
        uuid: context.ids.of("finding", &key),
        title: stopped_title(context, stopped),
        description: words::sentences([
            &*format!("{} stops it", context.digest.control_name(&stopped.control)),
            &context.fact(&stopped.evidence),
        ]),
        props: words::property("finding", &stopped.id).into_iter().collect(),
        target: target(threat, true),
        related_observations: vec![RelatedObservation { observation_uuid: context.ids.of("observation", &key) }],
        related_risks: Vec::new(),
    }
}

fn target(threat: Option<&Threat>, satisfied: bool) -> Target {
    Target {
        kind: "objective-id",
        target_id: ids::token(threat.map_or("unknown", |it| &it.id)),
        title: words::line(threat.map_or("unknown threat", |it| &it.title)),
        status: TargetStatus {
            state: if satisfied { "satisfied" } else { "not-satisfied" },
            reason: if satisfied { "pass" } else { "fail" },
        },
    }
}

/// Two controls may each stop a threat at an element: the control is part of the key.
fn stopped_key(stopped: &Mitigated) -> String {
    format!("stopped\0{}\0{}", stopped.id, stopped.control)
}

fn stopped_title(context: &Context<'_>, stopped: &Mitigated) -> String {
    let threat = context.digest.threat(stopped.threat).map_or("unknown threat", |it| &it.title);
    let element = crate::digest::name(context.report.model, stopped.element);
    words::line(&format!("Stopped at {element}: {threat}"))
}

fn stopped_observation(context: &Context<'_>, stopped: &Mitigated) -> Observation {
    let mut props: Vec<Property> = words::property("finding", &stopped.id).into_iter().collect();
    props.extend(responses::control_properties(context, &stopped.control));
    Observation {
        uuid: context.ids.of("observation", &stopped_key(stopped)),
        title: stopped_title(context, stopped),
        description: words::sentences([&*context.fact(&stopped.evidence)]),
        props,
        methods: vec!["EXAMINE"],
        types: vec!["mitigation"],
        origins: vec![context.by_tool()],
        subjects: context.subjects([stopped.element]),
        relevant_evidence: vec![context.evidence(&stopped.evidence)],
        collected: context.now.clone(),
    }
}

/// Something that nobody said: an observation of a type of our own, for OSCAL has none.
fn question(context: &Context<'_>, question: &Question) -> Observation {
    let mut props: Vec<Option<Property>> = vec![
        words::property("question", &question.id),
        words::property("worst-risk-it-may-hide", question.risk.as_str()),
    ];
    props.extend(question.findings.iter().map(|id| words::property("may-reveal", id)));
    props.push(context.place_property(question.span));
    Observation {
        uuid: context.ids.of("observation", &format!("question\0{}", question.id)),
        title: words::line(&question.text),
        description: "Nobody says so far, and the answer decides whether threats are there.".to_owned(),
        props: props.into_iter().flatten().collect(),
        methods: vec!["EXAMINE"],
        types: vec!["open-question"],
        origins: vec![context.by_tool()],
        subjects: context.subjects([question.element]),
        relevant_evidence: Vec::new(),
        collected: context.now.clone(),
    }
}
