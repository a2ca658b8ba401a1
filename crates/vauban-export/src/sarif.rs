//! SARIF 2.1.0, for code-scanning services and editors.
//!
//! One rule per threat that occurs, one result per finding, at the lines of the model the finding stands on. A finding
//! that somebody decided about is there as a suppressed result, with the decision as its justification. Written against
//! the OASIS standard and what GitHub makes of it (its limits: 20 tags a rule, relative paths only).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use vauban_model::finding::{Evidence, Finding};
use vauban_model::library::{Maturity, Threat};
use vauban_model::model::ElementRef;
use vauban_model::report::Report;
use vauban_model::scale::Level;
use vauban_model::{Severity, Span};

use crate::digest::{self, Digest};
use crate::text;

/// The schema named in the document.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// GitHub refuses a rule with more tags.
const MOST_TAGS: usize = 20;
/// Places beside the first one that a result names.
const MOST_RELATED: usize = 20;

/// The findings as SARIF. With `only_shown`, open findings beyond the default view are left out, unless they are new.
pub fn sarif(report: &Report<'_>, only_shown: bool) -> Value {
    let digest = Digest::new(report);
    let findings = digest.listed(!only_shown);
    let mut used: BTreeMap<&str, (&Threat, Level)> = BTreeMap::new();
    for finding in &findings {
        let Some(threat) = digest.threat(finding.threat) else { continue };
        let entry = used.entry(&threat.id).or_insert((threat, Level::Low));
        entry.1 = entry.1.max(finding.current.risk);
    }
    let index: BTreeMap<&str, usize> = used.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let results: Vec<Value> = findings.iter().filter_map(|f| result(&digest, f, &index)).collect();
    let broken = report.diagnostics.iter().any(|d| d.severity == Severity::Error);
    let taxonomies = taxonomies(report, &used);
    let mut driver = Map::new();
    driver.insert("name".to_owned(), json!("Vauban"));
    driver.insert("semanticVersion".to_owned(), json!(report.version));
    driver.insert("organization".to_owned(), json!("Vauban"));
    driver.insert("shortDescription".to_owned(), json!({ "text": "Threat modeling with reasons that can be checked" }));
    driver.insert(
        "supportedTaxonomies".to_owned(),
        taxonomies.iter().enumerate().map(|(at, t)| json!({ "name": t["name"], "index": at })).collect(),
    );
    driver.insert("rules".to_owned(), used.values().map(|(threat, worst)| rule(threat, *worst)).collect());
    let counts = digest::by_risk(digest.open());
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "automationDetails": { "id": format!("vauban/{}/", text::percent(&report.model.system.id, "")) },
            "invocations": [{
                "executionSuccessful": !broken,
                "toolConfigurationNotifications": report.diagnostics.iter().map(|d| {
                    let mut out = Map::new();
                    let message = d.help.as_ref().map_or_else(|| d.message.clone(), |help| format!("{}; {help}", d.message));
                    out.insert("descriptor".to_owned(), json!({ "id": d.code }));
                    out.insert("level".to_owned(), json!(d.severity.as_str()));
                    out.insert("message".to_owned(), json!({ "text": plain(&message) }));
                    if let Some(place) = d.span.and_then(|span| physical(report, span)) {
                        out.insert("locations".to_owned(), json!([{ "physicalLocation": place }]));
                    }
                    Value::Object(out)
                }).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "artifacts": report.sources.iter().map(|(_, file)| json!({
                "location": { "uri": text::file_uri(&file.name) },
                "roles": ["analysisTarget"],
            })).collect::<Vec<_>>(),
            "taxonomies": taxonomies,
            "results": results,
            "properties": {
                "model": report.model.system.name,
                "open": { "critical": counts[3], "high": counts[2], "medium": counts[1], "low": counts[0] },
                "questions": report.analysis.questions_total,
                "paths": report.analysis.paths.len(),
                "stopped": report.analysis.mitigated.len(),
            },
        }],
    })
}

/// SARIF's three levels for our four.
fn level(risk: Level) -> &'static str {
    match risk {
        Level::Critical | Level::High => "error",
        Level::Medium => "warning",
        Level::Low => "note",
    }
}

/// The number code-scanning services sort by: in the middle of the band that they call by the same word.
fn security_severity(risk: Level) -> &'static str {
    match risk {
        Level::Critical => "9.5",
        Level::High => "8.0",
        Level::Medium => "5.5",
        Level::Low => "2.5",
    }
}

/// `unrestricted-upload` as `UnrestrictedUpload`: the standard wants an identifier here.
fn pascal(id: &str) -> String {
    id.split(|c: char| !c.is_ascii_alphanumeric()).map(text::capital).collect()
}

fn rule(threat: &Threat, worst: Level) -> Value {
    let parts = [
        ("Why it matters", &threat.why),
        ("What to do", &threat.remedy),
        ("When it is acceptable", &threat.acceptable),
    ];
    let parts: Vec<(&str, &str)> =
        parts.into_iter().filter(|(_, body)| !body.trim().is_empty()).map(|(head, body)| (head, body.trim())).collect();
    let help_text: Vec<String> = parts.iter().map(|(head, body)| format!("{head}: {body}")).collect();
    let help_markdown: Vec<String> =
        parts.iter().map(|(head, body)| format!("### {head}\n\n{}", text::prose_markdown(body))).collect();
    let summary = if threat.summary.is_empty() { &threat.title } else { &threat.summary };
    let or_summary = |list: Vec<String>| if list.is_empty() { summary.to_string() } else { list.join("\n\n") };
    let mut tags = vec!["security".to_owned()];
    tags.extend(threat.stride.iter().map(|s| format!("stride/{}", s.name().to_lowercase().replace(' ', "-"))));
    tags.extend(threat.cwe.iter().map(|id| format!("external/cwe/{}", id.to_lowercase())));
    tags.extend(threat.attack.iter().map(|id| format!("external/attack/{}", id.to_lowercase())));
    tags.extend(threat.capec.iter().map(|id| format!("external/capec/{}", id.to_lowercase())));
    tags.truncate(MOST_TAGS);
    let relation = |id: &str, taxonomy: &str| json!({ "target": { "id": id, "toolComponent": { "name": taxonomy } }, "kinds": ["superset"] });
    let relationships: Vec<Value> = threat
        .cwe
        .iter()
        .map(|id| relation(id, "CWE"))
        .chain(threat.attack.iter().map(|id| relation(id, "ATT&CK")))
        .collect();
    json!({
        "id": threat.id,
        "name": pascal(&threat.id),
        "shortDescription": { "text": plain(&threat.title) },
        "fullDescription": { "text": plain(summary) },
        "help": { "text": plain(&or_summary(help_text)), "markdown": or_summary(help_markdown) },
        "defaultConfiguration": { "level": level(worst) },
        "relationships": relationships,
        "properties": {
            "tags": tags,
            "security-severity": security_severity(worst),
            // A finding stands on facts somebody stated; where one is missing there is a question, not a finding.
            "precision": if threat.maturity == Maturity::Experimental { "medium" } else { "high" },
            "problem.severity": if worst >= Level::High { "error" } else if worst == Level::Medium { "warning" } else { "recommendation" },
            "family": threat.family,
            "file": threat.file,
            "aliases": threat.aliases,
        },
    })
}

/// The taxonomies that rules refer to, with the names of the entries they use.
fn taxonomies(report: &Report<'_>, used: &BTreeMap<&str, (&Threat, Level)>) -> Vec<Value> {
    let mut cwe: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let mut attack: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for (threat, _) in used.values() {
        cwe.extend(threat.cwe.iter().map(|id| (&**id, report.names.cwe(id))));
        attack.extend(threat.attack.iter().map(|id| (&**id, report.names.attack(id))));
    }
    let taxa = |entries: &BTreeMap<&str, Option<&str>>| -> Vec<Value> {
        entries.iter().map(|(id, name)| json!({ "id": id, "name": name.unwrap_or(id) })).collect()
    };
    vec![
        json!({ "name": "CWE", "organization": "MITRE", "taxa": taxa(&cwe) }),
        json!({ "name": "ATT&CK", "organization": "MITRE", "version": report.names.attack_version(), "taxa": taxa(&attack) }),
    ]
}

/// Text for a message: brackets before a parenthesis would be read as a link.
fn plain(words: &str) -> String {
    words.replace("](", "\\](")
}

fn physical(report: &Report<'_>, span: Span) -> Option<Value> {
    let file = report.sources.get(span.file)?;
    let mut region = Map::new();
    region.insert("startLine".to_owned(), json!(span.line.max(1)));
    region.insert("startColumn".to_owned(), json!(span.column.max(1)));
    if span.length > 0 {
        region.insert("endColumn".to_owned(), json!(span.column.max(1).saturating_add(span.length)));
    }
    Some(json!({
        "artifactLocation": { "uri": text::file_uri(&file.name), "index": span.file.0 },
        "region": region,
    }))
}

fn location(report: &Report<'_>, element: ElementRef, span: Span, message: Option<&str>) -> Value {
    let mut out = Map::new();
    if let Some(place) = physical(report, span) {
        out.insert("physicalLocation".to_owned(), place);
    }
    let id = report.model.id(element);
    out.insert(
        "logicalLocations".to_owned(),
        json!([{ "name": digest::name(report.model, element), "fullyQualifiedName": format!("{}/{id}", element.domain.as_str()) }]),
    );
    if let Some(message) = message {
        out.insert("message".to_owned(), json!({ "text": plain(message) }));
    }
    Value::Object(out)
}

/// A fact in a few words.
fn fact(report: &Report<'_>, evidence: &Evidence) -> String {
    let name = digest::name(report.model, evidence.element);
    format!("{} of {name} = {} ({})", evidence.fact, evidence.value, evidence.origin.as_str())
}

fn result(digest: &Digest<'_>, finding: &Finding, index: &BTreeMap<&str, usize>) -> Option<Value> {
    let report = digest.report;
    let threat = digest.threat(finding.threat)?;
    let mut out = Map::new();
    let title = finding.title.trim_end_matches('.');
    out.insert("ruleId".to_owned(), json!(threat.id));
    out.insert("ruleIndex".to_owned(), json!(index.get(&*threat.id)?));
    out.insert("level".to_owned(), json!(level(finding.current.risk)));
    out.insert("message".to_owned(), json!({ "text": plain(&format!("{title}. {}", finding.description)) }));
    let first = finding.evidence.first();
    out.insert("locations".to_owned(), first.map(|e| location(report, e.element, e.span, None)).into_iter().collect());
    let related: Vec<Value> = finding
        .evidence
        .iter()
        .take(MOST_RELATED)
        .zip(1..)
        .map(|(item, id)| {
            let mut place = location(report, item.element, item.span, Some(&fact(report, item)));
            if let Value::Object(fields) = &mut place {
                fields.insert("id".to_owned(), json!(id));
            }
            place
        })
        .collect();
    out.insert("relatedLocations".to_owned(), json!(related));
    out.insert("partialFingerprints".to_owned(), json!({ "vauban/v1": finding.id }));
    if let Some(flow) = code_flow(digest, finding) {
        out.insert("codeFlows".to_owned(), json!([flow]));
    }
    if !finding.status.is_open() {
        let decision = finding.decision.and_then(|at| report.decisions.get(at as usize));
        let mut suppression = Map::new();
        suppression.insert("kind".to_owned(), json!("external"));
        suppression.insert("status".to_owned(), json!("accepted"));
        suppression.insert(
            "justification".to_owned(),
            json!(decision.map_or_else(
                || finding.status.as_str().to_owned(),
                |d| {
                    let until = d.until.as_deref().map(|until| format!(", until {until}")).unwrap_or_default();
                    format!("{}: {} (owner {}{until})", d.treatment.as_str(), d.reason, d.owner)
                }
            )),
        );
        if let Some(place) = decision.and_then(|d| physical(report, d.span)) {
            suppression.insert("location".to_owned(), json!({ "physicalLocation": place }));
        }
        out.insert("suppressions".to_owned(), json!([suppression]));
    } else if digest.any_decided {
        // Once one result says whether it is suppressed, the standard wants all of them to.
        out.insert("suppressions".to_owned(), json!([]));
    }
    if report.new_findings.is_some() {
        out.insert("baselineState".to_owned(), json!(if digest.is_new(finding) { "new" } else { "unchanged" }));
    }
    let position = f64::from(finding.current.risk as u8) * 25.0 + f64::from(finding.current.impact.level()) * 4.0;
    let rank = position + f64::from(u8::try_from(finding.current.likelihood.index()).unwrap_or(0));
    out.insert("rank".to_owned(), json!(rank));
    out.insert(
        "properties".to_owned(),
        json!({
            "risk": finding.current.risk.as_str(),
            "likelihood": finding.current.likelihood.as_str(),
            "impact": finding.current.impact.level(),
            "severity": finding.severity.as_str(),
            "inherent": finding.inherent.risk.as_str(),
            "residual": finding.residual.risk.as_str(),
            "status": finding.status.as_str(),
            "stride": finding.stride.iter().map(|s| s.letter()).collect::<Vec<_>>(),
            "elements": finding.elements.iter().map(|e| report.model.id(*e)).collect::<Vec<_>>(),
            "controls": finding.controls.iter().filter(|c| c.present != Some(true)).map(|c| &c.control).collect::<Vec<_>>(),
            "paths": finding.paths,
        }),
    );
    Some(Value::Object(out))
}

/// The best attack path the finding is a step of.
fn code_flow(digest: &Digest<'_>, finding: &Finding) -> Option<Value> {
    let report = digest.report;
    let (_, path) = digest.path(finding.paths.first()?)?;
    let steps: Vec<Value> = (1..)
        .zip(&path.steps)
        .filter_map(|(order, step)| {
            let item = step.evidence.first()?;
            let own = step.finding.as_deref() == Some(&*finding.id);
            Some(json!({
                "location": location(report, step.to, item.span, Some(&step.title)),
                "executionOrder": order,
                "importance": if own { "essential" } else { "important" },
            }))
        })
        .collect();
    if steps.is_empty() {
        return None;
    }
    Some(json!({ "message": { "text": plain(&path.story) }, "threadFlows": [{ "locations": steps }] }))
}
