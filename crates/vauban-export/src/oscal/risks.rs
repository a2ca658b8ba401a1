//! Findings as observations and risks, the same in results and in plans.

use vauban_model::finding::{Finding, Score};
use vauban_model::library::Threat;

use super::context::Context;
use super::shapes::{Characterization, Facet, Observation, Property, RelatedObservation, Response, Risk, ThreatId};
use super::{ids, plan, responses, words};

/// Names the scales of the methodology, whose words the facets use.
const SCALES: &str = "https://vauban.example/ns/oscal/methodology";

/// What a finding stands on: each fact with its place.
pub(super) fn observation(context: &Context<'_>, finding: &Finding) -> Observation {
    let facts: Vec<String> = finding.evidence.iter().map(|item| context.fact(item)).collect();
    Observation {
        uuid: context.ids.of("observation", &finding.id),
        title: words::line(&finding.title),
        description: words::sentences(facts.iter().map(String::as_str)),
        props: words::property("finding", &finding.id).into_iter().collect(),
        methods: vec!["EXAMINE"],
        types: vec!["finding"],
        origins: vec![context.by_tool()],
        subjects: context.subjects(finding.elements.iter().copied()),
        relevant_evidence: finding.evidence.iter().map(|item| context.evidence(item)).collect(),
        collected: context.now.clone(),
    }
}

/// A finding as a risk.
pub(super) fn risk(context: &mut Context<'_>, finding: &Finding) -> Risk {
    let decided = plan::decision(context, finding);
    let decision = decided.map(|(_, decision)| decision);
    let mut remediations: Vec<Response> = Vec::new();
    remediations.extend(decision.map(|it| plan::response(context, &finding.id, it)));
    remediations.extend(responses::recommendations(context, finding));
    let due = decision.and_then(|_| context.report.treatment(&finding.id)).and_then(|it| it.due.as_deref());
    let until = decision.filter(|it| plan::is_deadline(it.treatment)).and_then(|it| it.until.as_deref());
    let deadline = due.or(until);
    Risk {
        uuid: context.ids.of("risk", &finding.id),
        title: words::line(&finding.title),
        description: words::line(&finding.description),
        statement: statement(context, finding),
        props: properties(context, finding),
        status: plan::status(finding.status, decision, context.report.treatment(&finding.id)),
        origins: vec![context.by_tool()],
        threat_ids: threat_ids(context.digest.threat(finding.threat)),
        characterizations: characterizations(context, finding),
        mitigating_factors: responses::mitigating_factors(context, finding),
        deadline: deadline.and_then(words::moment),
        remediations,
        risk_log: decision.and_then(|it| plan::log(context, &finding.id, finding, it)),
        related_observations: vec![RelatedObservation { observation_uuid: context.ids.of("observation", &finding.id) }],
    }
}

/// What the risk is about: the threat's own line, how likely it is and how much it hurts.
fn statement(context: &Context<'_>, finding: &Finding) -> String {
    let summary = context.digest.threat(finding.threat).map(|it| &*it.summary).unwrap_or_default();
    let score = &finding.current;
    let scored = format!(
        "The risk is {}: likelihood {}, impact {} of 5",
        score.risk.as_str(),
        score.likelihood.as_str(),
        score.impact.level()
    );
    let paths = match finding.paths.len() {
        0 => String::new(),
        1 => "One attack path leads over it".to_owned(),
        some => format!("{some} attack paths lead over it"),
    };
    words::sentences([summary, &scored, &paths])
}

fn properties(context: &Context<'_>, finding: &Finding) -> Vec<Property> {
    let mut out: Vec<Option<Property>> = vec![
        words::property("finding", &finding.id),
        context.digest.threat(finding.threat).and_then(|threat| words::property("threat", &threat.id)),
        words::property("status", finding.status.as_str()),
        words::property("severity", finding.severity.as_str()),
    ];
    out.extend(finding.stride.iter().map(|letter| words::property("stride", letter.name())));
    out.extend(finding.paths.iter().map(|path| words::property("attack-path", path)));
    if context.report.new_findings.is_some() && context.digest.is_new(finding) {
        out.push(words::property("new", "yes"));
    }
    out.into_iter().flatten().collect()
}

/// The threat's own id and those of public catalogues, as addresses of their pages.
fn threat_ids(threat: Option<&Threat>) -> Vec<ThreatId> {
    let Some(threat) = threat else { return Vec::new() };
    let mut out = vec![ThreatId { system: ids::NAMESPACE, id: ids::threat_uri(&threat.id) }];
    let page = |id: &str| crate::text::percent(id, "");
    out.extend(threat.attack.iter().map(|id| ThreatId {
        system: "https://attack.mitre.org",
        id: format!("https://attack.mitre.org/techniques/{}", page(id).replace('.', "/")),
    }));
    let number = |id: &str| page(id.rsplit('-').next().unwrap_or(id));
    out.extend(threat.cwe.iter().map(|id| ThreatId {
        system: "https://cwe.mitre.org",
        id: format!("https://cwe.mitre.org/data/definitions/{}.html", number(id)),
    }));
    out.extend(threat.capec.iter().map(|id| ThreatId {
        system: "https://capec.mitre.org",
        id: format!("https://capec.mitre.org/data/definitions/{}.html", number(id)),
    }));
    out
}

/// The three scores: without any control, today, and once what was decided is done.
///
/// OSCAL knows two states of a facet, *initial* (as first identified) and *adjusted* (what remains after adjustments). What
/// the analysis sees today is the first, what remains after the decisions the second. Inherent risk has no state there.
fn characterizations(context: &Context<'_>, finding: &Finding) -> Vec<Characterization> {
    [
        ("inherent", None, &finding.inherent),
        ("current", Some("initial"), &finding.current),
        ("residual", Some("adjusted"), &finding.residual),
    ]
    .into_iter()
    .map(|(stage, state, score)| Characterization {
        props: words::property("stage", stage).into_iter().collect(),
        origin: context.by_tool(),
        facets: facets(state, score),
    })
    .collect()
}

fn facets(state: Option<&'static str>, score: &Score) -> Vec<Facet> {
    let because = words::sentences(score.because.iter().map(String::as_str));
    let facet = |name: &'static str, value: String, remarks: Option<String>| Facet {
        name,
        system: SCALES,
        value,
        props: state.map(|state| words::standard("state", state)).into_iter().collect(),
        remarks,
    };
    vec![
        facet("likelihood", score.likelihood.as_str().to_owned(), None),
        facet("impact", score.impact.level().to_string(), None),
        facet("risk", score.risk.as_str().to_owned(), (!score.because.is_empty()).then_some(because)),
    ]
}
