//! The plan of action and milestones: what was decided, and what is yet to be.

use serde::Serialize;
use vauban_model::finding::{Decision, Finding};
use vauban_model::treatment::Stage;

use super::context::Context;
use super::shapes::{
    BackMatter, LocalDefinitions, Observation, Origin, Property, RelatedObservation, RelatedRisk, Risk,
};
use super::{elements, plan, risks, words};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Body {
    system_id: SystemId,
    local_definitions: LocalDefinitions,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observations: Vec<Observation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    risks: Vec<Risk>,
    poam_items: Vec<Item>,
    back_matter: BackMatter,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct SystemId {
    identifier_type: &'static str,
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Item {
    uuid: String,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    props: Vec<Property>,
    origins: Vec<Origin>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_observations: Vec<RelatedObservation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_risks: Vec<RelatedRisk>,
}

pub(super) fn body(context: &mut Context<'_>) -> Body {
    let components = elements::components(context);
    let listed = listed(context);
    let observations = listed.iter().map(|finding| risks::observation(context, finding)).collect();
    let risks = listed.iter().map(|finding| risks::risk(context, finding)).collect();
    Body {
        system_id: SystemId {
            identifier_type: "http://ietf.org/rfc/rfc4122",
            id: context.ids.of("system", &context.report.model.system.id),
        },
        local_definitions: LocalDefinitions { components, assessment_assets: context.assets() },
        observations,
        risks,
        poam_items: items(context),
        back_matter: context.back_matter(),
    }
}

/// The findings of the plan: those decided about, and those above the tolerance that nobody decided about.
fn listed<'a>(context: &Context<'a>) -> Vec<&'a Finding> {
    let tolerance = context.report.methodology.tolerance;
    let is_listed = |finding: &&Finding| {
        !finding.status.is_open() || finding.current.risk > tolerance || finding.decision.is_some()
    };
    context.report.analysis.findings.iter().filter(is_listed).collect()
}

fn items(context: &mut Context<'_>) -> Vec<Item> {
    let report = context.report;
    let mut out: Vec<Item> =
        report.decisions.iter().enumerate().map(|(at, decision)| decided(context, at, decision)).collect();
    let undecided = listed(context).into_iter().filter(|finding| plan::decision(context, finding).is_none());
    out.extend(undecided.map(|finding| undecided_item(context, finding)).collect::<Vec<Item>>());
    if out.is_empty() {
        out.push(nothing(context));
    }
    out
}

/// A decision with the findings it applies to.
fn decided(context: &mut Context<'_>, at: usize, decision: &Decision) -> Item {
    let report = context.report;
    let applies = |finding: &&Finding| finding.decision.and_then(|it| usize::try_from(it).ok()) == Some(at);
    let findings: Vec<&Finding> = report.analysis.findings.iter().filter(applies).collect();
    let title = match findings.as_slice() {
        [only] => format!("{}: {}", decision.treatment.as_str(), only.title),
        // A threat that a control stops still has a title.
        _ => {
            let title = context.report.treatment(&decision.threat).map(|it| &*it.title).filter(|it| !it.is_empty());
            format!("{}: {}", decision.treatment.as_str(), title.unwrap_or(&decision.threat))
        }
    };
    let verified = context.report.treatment(&decision.threat).is_some_and(|it| it.stage == Stage::Verified);
    let idle = if findings.is_empty() && verified {
        "It was carried out, and the model shows it: the threat is there no more"
    } else if findings.is_empty() {
        "It applies to no finding today: it has lapsed, or what it is about is no longer there"
    } else {
        ""
    };
    let mut props: Vec<Option<Property>> = vec![
        words::property("decision", &decision.threat),
        words::property("treatment", decision.treatment.as_str()),
        words::property("applies", if findings.is_empty() { "no" } else { "yes" }),
        decision.decided.as_deref().and_then(|it| words::property("decided", it)),
        decision.until.as_deref().and_then(|it| words::property("until", it)),
        decision.ticket.as_deref().and_then(|it| words::property("ticket", it)),
    ];
    props.push(context.place_property(decision.span));
    let description = if idle.is_empty() { plan::said(decision) } else { format!("{} {idle}.", plan::said(decision)) };
    Item {
        uuid: context.ids.of("poam-item", &decision_key(report.decisions, at, decision)),
        title: words::line(&title),
        description,
        props: props.into_iter().flatten().collect(),
        origins: vec![plan::origin(context, decision)],
        related_observations: related_observations(context, &findings),
        related_risks: related_risks(context, &findings),
    }
}

/// What keeps a decision's identifier when others come and go: what it is about, and which one of those it is.
fn decision_key(decisions: &[Decision], at: usize, decision: &Decision) -> String {
    let before = decisions.iter().take(at).filter(|other| other.threat == decision.threat).count();
    format!("decision\0{}\0{before}", decision.threat)
}

fn undecided_item(context: &Context<'_>, finding: &Finding) -> Item {
    let treatment = context.report.treatment(&finding.id);
    let stage = treatment.map_or_else(String::new, |it| {
        format!("A treatment ({}) is on record and does not hold: it is {}", it.treatment.as_str(), it.stage.as_str())
    });
    Item {
        uuid: context.ids.of("poam-item", &format!("finding\0{}", finding.id)),
        title: words::line(&format!("undecided: {}", finding.title)),
        description: words::sentences([
            &*finding.description,
            &format!(
                "The risk is {}, above the tolerance ({}), and nobody has decided what becomes of it",
                finding.current.risk.as_str(),
                context.report.methodology.tolerance.as_str()
            ),
            &stage,
        ]),
        props: words::property("finding", &finding.id).into_iter().collect(),
        origins: vec![context.by_tool()],
        related_observations: related_observations(context, &[finding]),
        related_risks: related_risks(context, &[finding]),
    }
}

/// OSCAL wants one item at least, also of a plan with nothing in it.
fn nothing(context: &Context<'_>) -> Item {
    Item {
        uuid: context.ids.of("poam-item", "nothing"),
        title: "Nothing to do".to_owned(),
        description: "No risk is above the tolerance, and no decision is on record. This item is here because OSCAL \
                      takes no plan without one."
            .to_owned(),
        props: words::property("placeholder", "yes").into_iter().collect(),
        origins: vec![context.by_tool()],
        related_observations: Vec::new(),
        related_risks: Vec::new(),
    }
}

fn related_observations(context: &Context<'_>, findings: &[&Finding]) -> Vec<RelatedObservation> {
    let one = |finding: &&Finding| RelatedObservation { observation_uuid: context.ids.of("observation", &finding.id) };
    findings.iter().map(one).collect()
}

fn related_risks(context: &Context<'_>, findings: &[&Finding]) -> Vec<RelatedRisk> {
    findings.iter().map(|finding| RelatedRisk { risk_uuid: context.ids.of("risk", &finding.id) }).collect()
}
