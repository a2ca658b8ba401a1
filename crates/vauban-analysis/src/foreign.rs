//! Threats that a file's own rules give, beside ours or in their place.

use vauban_import::EmbeddedThreat;
use vauban_model::Span;
use vauban_model::finding::{Evidence, Finding, Score, Status};
use vauban_model::library::{Maturity, Threat};
use vauban_model::model::{ElementRef, Model, Origin};
use vauban_model::report::Analysis;
use vauban_model::scale::{Impact, Level, Likelihood, Stride};
use vauban_model::state::StepTemplate;
use vauban_model::vocabulary::Domain;

use crate::project::Project;

/// Whose rules are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// Our library.
    #[default]
    Ours,
    /// Only the rules that the model's file brings along.
    Embedded,
    /// Both, side by side.
    Both,
}

/// The family of such threats in outputs.
const FAMILY: &str = "embedded";

/// Adds findings for the threats of a file's own rules to an analysis, and their kinds behind the library's threats.
/// With [`Rules::Embedded`] nothing else stays of it but what pictures need.
pub(crate) fn add(rules: Rules, project: &Project, threats: &mut Vec<Threat>, analysis: &mut Analysis) {
    if rules == Rules::Ours {
        return;
    }
    let mut kinds: Vec<(&str, u32)> = Vec::new();
    if rules == Rules::Embedded {
        let kept = std::mem::take(analysis);
        analysis.kinds = kept.kinds;
        analysis.used_by_people = kept.used_by_people;
        analysis.encrypted = kept.encrypted;
        analysis.diagnostics = kept.diagnostics;
    }
    let Project { embedded, model, .. } = project;
    let mut added = Vec::with_capacity(embedded.len());
    let mut seen: rustc_hash::FxHashMap<String, u32> = rustc_hash::FxHashMap::default();
    for one in embedded {
        let at = match kinds.binary_search_by_key(&&*one.kind, |(kind, _)| kind) {
            Ok(found) => kinds.get(found).map_or(0, |(_, at)| *at),
            Err(place) => {
                let at = u32::try_from(threats.len()).unwrap_or(u32::MAX);
                kinds.insert(place, (&one.kind, at));
                threats.push(kind(one));
                at
            }
        };
        let mut finding = finding(one, at, model);
        // Two flows may share a name, but never an id; a rule fires once for a flow and its two ends.
        let number = seen.entry(finding.id.to_string()).or_insert(0);
        *number += 1;
        if *number > 1 {
            finding.id = format!("{}-{number}", finding.id).into();
        }
        added.push(finding);
    }
    // Rules that do not fire were considered as well.
    analysis.threats_considered += kinds.len().max(project.embedded_rules);
    added.append(&mut analysis.findings);
    // Worst first; among equals the order of the file, then ours.
    added.sort_by_key(|finding| (!finding.status.is_open(), std::cmp::Reverse(finding.current.risk)));
    analysis.findings = added;
}

/// A kind of threat as an entry of a library.
fn kind(one: &EmbeddedThreat) -> Threat {
    Threat {
        id: one.kind.clone(),
        family: FAMILY.into(),
        title: one.title.clone(),
        summary: one.description.clone(),
        on: Domain::Flow,
        maturity: Maturity::Stable,
        stride: stride(one),
        attack: Vec::new(),
        cwe: Vec::new(),
        capec: Vec::new(),
        severity: severity(&one.priority),
        likelihood: Likelihood::Possible,
        step: StepTemplate::default(),
        controls: Vec::new(),
        aliases: Vec::new(),
        detect: Vec::new(),
        why: one.description.clone(),
        remedy: one.mitigation.clone(),
        acceptable: Box::default(),
        file: Box::default(),
        condition: one.filter.clone(),
        about_model: false,
        hypothesis: false,
        only_in_paths: false,
        supposes: Box::default(),
        grant: None,
    }
}

fn finding(one: &EmbeddedThreat, threat: u32, model: &Model) -> Finding {
    let level = severity(&one.priority);
    let flow = one.flow.or(one.source).or(one.target).unwrap_or(ElementRef::SYSTEM);
    let mut elements = vec![flow];
    for end in [one.source, one.target].into_iter().flatten() {
        if !elements.contains(&end) {
            elements.push(end);
        }
    }
    let evidence = |fact: &str, value: &str, span: Span| Evidence {
        element: flow,
        fact: fact.into(),
        value: value.into(),
        origin: Origin::Imported,
        span,
    };
    let mut stands_on: Vec<Evidence> = one.because.iter().map(|clause| evidence(clause, "holds", one.span)).collect();
    if stands_on.is_empty() {
        stands_on.push(evidence("listed in the file", "yes", one.span));
    }
    if !one.justification.is_empty() {
        stands_on.push(evidence("justification in the file", &one.justification, one.span));
    }
    let mut description = one.description.to_string();
    if !one.category.is_empty() {
        description = format!("{}: {description}", one.category);
    }
    let place = if flow.domain == Domain::System { "system" } else { model.id(flow) };
    let score = score(level);
    Finding {
        id: format!("{}@{place}", one.kind).into(),
        threat,
        title: one.title.clone(),
        description: description.into(),
        elements,
        data: Vec::new(),
        severity: level,
        stride: stride(one),
        status: status(&one.state),
        current: score.clone(),
        inherent: score.clone(),
        residual: score,
        group: one.kind.clone(),
        evidence: stands_on,
        controls: Vec::new(),
        paths: Vec::new(),
        decision: None,
        shown: true,
    }
}

/// The priority is all that such a tool says about risk; it is taken over as it stands.
fn score(level: Level) -> Score {
    let impact = Impact::new(match level {
        Level::Low => 2,
        Level::Medium => 3,
        Level::High => 4,
        Level::Critical => 5,
    });
    let because = vec!["the priority is the file's own; nothing was computed".to_owned()];
    Score { likelihood: Likelihood::Possible, impact, risk: level, because: because.into() }
}

/// A priority as people write it. Templates may name their own; what is none of these words counts as medium.
fn severity(priority: &str) -> Level {
    match priority.trim().to_lowercase().as_str() {
        "critical" | "very high" | "highest" | "0" => Level::Critical,
        "high" | "1" => Level::High,
        "low" | "very low" | "lowest" | "3" | "4" => Level::Low,
        _ => Level::Medium,
    }
}

/// What the file says became of it.
fn status(state: &str) -> Status {
    match state {
        "Mitigated" => Status::Mitigated,
        "NotApplicable" => Status::FalsePositive,
        // Not started, under investigation, or not listed yet.
        _ => Status::Open,
    }
}

/// STRIDE, where the category is one: by its id, which templates keep in all languages, or by its English name.
fn stride(one: &EmbeddedThreat) -> Vec<Stride> {
    let by_name = |name: &str| {
        let first = name.trim().to_lowercase();
        [
            "spoofing",
            "tampering",
            "repudiation",
            "information disclosure",
            "denial of service",
            "elevation of privilege",
        ]
        .iter()
        .zip(["S", "T", "R", "I", "D", "E"])
        .find(|(known, _)| first.starts_with(**known))
        .and_then(|(_, letter)| Stride::parse(letter))
    };
    let id = one.category_id.trim();
    let letter = Some(id).filter(|id| id.len() == 1).and_then(Stride::parse);
    letter.or_else(|| by_name(&one.category)).into_iter().collect()
}
