//! JSON for machines: the contract of `vauban check --format json` and `vauban paths --format json`.
//!
//! Fields are added and deprecated, never reused or removed; `version` counts what a reader must know. Maps keep the
//! order written here, so that the same analysis gives the same bytes.

use serde_json::{Map, Value, json};
use vauban_model::finding::{AttackPath, ChokePoint, Evidence, Finding, GoalCut, NearestMiss, Question, Score};
use vauban_model::library::Threat;
use vauban_model::model::{ElementRef, SharedRuntime};
use vauban_model::report::{PathAnswer, Report};
use vauban_model::scale::Level;
use vauban_model::state::State;
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, Span};

/// Name of the analysis document.
pub const CHECK_SCHEMA: &str = "https://vauban.example/schema/check/1";
/// Name of the paths document.
pub const PATHS_SCHEMA: &str = "https://vauban.example/schema/paths/1";
/// Version of both.
pub const VERSION: u32 = 1;

/// The whole analysis. With `all`, findings beyond the default view are not marked differently: every finding is always
/// in the document, and `shown` says which ones the default view shows.
pub fn check(report: &Report<'_>) -> Value {
    Part::Object(document(report)).into_value()
}

/// The same as indented text with a final line break, written item by item: the document of a large model is never whole
/// in memory as a tree.
pub fn check_text(report: &Report<'_>) -> String {
    let mut out = String::new();
    Part::Object(document(report)).write(&mut out, 0);
    out.push('\n');
    out
}

/// A part of a document that is made while it is written.
enum Part<'a> {
    Value(Value),
    List(Box<dyn Iterator<Item = Value> + 'a>),
    Object(Vec<(&'static str, Part<'a>)>),
}

impl<'a> Part<'a> {
    fn list(items: impl Iterator<Item = Value> + 'a) -> Self {
        Part::List(Box::new(items))
    }

    fn into_value(self) -> Value {
        match self {
            Part::Value(value) => value,
            Part::List(items) => Value::Array(items.collect()),
            Part::Object(fields) => {
                Value::Object(fields.into_iter().map(|(key, part)| (key.to_owned(), part.into_value())).collect())
            }
        }
    }

    /// Writes what `serde_json::to_string_pretty` would, `depth` levels in.
    fn write(self, out: &mut String, depth: usize) {
        match self {
            Part::Value(value) => indented(out, &value, depth),
            Part::List(items) => {
                out.push('[');
                let mut any = false;
                for item in items {
                    out.push_str(if any { ",\n" } else { "\n" });
                    any = true;
                    out.push_str(&"  ".repeat(depth + 1));
                    indented(out, &item, depth + 1);
                }
                if any {
                    out.push('\n');
                    out.push_str(&"  ".repeat(depth));
                }
                out.push(']');
            }
            Part::Object(fields) => {
                out.push('{');
                for (at, (key, part)) in fields.into_iter().enumerate() {
                    out.push_str(if at > 0 { ",\n" } else { "\n" });
                    out.push_str(&"  ".repeat(depth + 1));
                    // Keys are our own words: nothing in them needs escaping.
                    out.push('"');
                    out.push_str(key);
                    out.push_str("\": ");
                    part.write(out, depth + 1);
                }
                out.push('\n');
                out.push_str(&"  ".repeat(depth));
                out.push('}');
            }
        }
    }
}

/// A value with every line but the first moved in. Line breaks inside texts are escaped, so lines are lines.
fn indented(out: &mut String, value: &Value, depth: usize) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut lines = text.split('\n');
    out.push_str(lines.next().unwrap_or_default());
    for line in lines {
        out.push('\n');
        for _ in 0..depth {
            out.push_str("  ");
        }
        out.push_str(line);
    }
}

fn document<'a>(report: &'a Report<'a>) -> Vec<(&'static str, Part<'a>)> {
    let analysis = report.analysis;
    let model = report.model;
    let mitigated = analysis.mitigated.iter().map(|m| {
        json!({
            "id": m.id,
            "rule": report.threats.get(m.threat as usize).map(|t| &*t.id),
            "elements": [model.id(m.element)],
            "control": m.control,
            "evidence": [evidence(report, &m.evidence)],
        })
    });
    let risks = analysis.risks.iter().map(|r| {
        json!({
            "kind": r.element.domain.as_str(),
            "element": model.id(r.element),
            "inherent": r.inherent.as_str(),
            "current": r.current.as_str(),
            "residual": r.residual.as_str(),
            "findings": r.findings,
        })
    });
    let findings = analysis.findings.iter().map(|f| finding(report, f)).chain(recorded_findings(report));
    vec![
        ("schema", Part::Value(json!(CHECK_SCHEMA))),
        ("version", Part::Value(json!(VERSION))),
        ("tool", Part::Value(json!({ "name": "vauban", "version": report.version }))),
        (
            "model",
            Part::Object(vec![
                ("name", Part::Value(json!(model.system.name))),
                ("id", Part::Value(json!(model.system.id))),
                ("components", Part::list(elements(report, Domain::Component))),
                ("flows", Part::list(elements(report, Domain::Flow))),
                ("boundaries", Part::list(elements(report, Domain::Boundary))),
                ("data", Part::list(elements(report, Domain::Data))),
                ("identities", Part::list(elements(report, Domain::Identity))),
            ]),
        ),
        ("summary", Part::Value(summary(report))),
        ("findings", Part::list(findings)),
        ("mitigated", Part::list(mitigated)),
        ("questions", Part::list(analysis.questions.iter().map(|q| question(report, q)))),
        ("questions_total", Part::Value(json!(analysis.questions_total))),
        ("paths", Part::list(analysis.paths.iter().map(|p| path(report, p)))),
        ("choke_points", Part::list(analysis.choke_points.iter().map(|c| choke(report, c)))),
        ("risks", Part::list(risks)),
        ("recorded_threats", Part::list(recorded(report).into_iter())),
        ("diagnostics", Part::list(report.diagnostics.iter().map(|d| diagnostic(report, d)))),
    ]
}

/// The answer to a question about paths.
pub fn paths(report: &Report<'_>, answer: &PathAnswer) -> Value {
    json!({
        "schema": PATHS_SCHEMA,
        "version": VERSION,
        "tool": { "name": "vauban", "version": report.version },
        "model": { "name": report.model.system.name },
        "paths": answer.paths.iter().map(|p| path(report, p)).collect::<Vec<_>>(),
        "choke_points": answer.choke_points.iter().map(|c| choke(report, c)).collect::<Vec<_>>(),
        "cuts": answer.cuts.iter().map(|c| cut(report, c)).collect::<Vec<_>>(),
        "nearest_misses": answer.nearest_misses.iter().map(|m| miss(report, m)).collect::<Vec<_>>(),
        "diagnostics": report.diagnostics.iter().map(|d| diagnostic(report, d)).collect::<Vec<_>>(),
    })
}

fn summary(report: &Report<'_>) -> Value {
    let findings = &report.analysis.findings;
    let open = findings.iter().filter(|f| f.status.is_open()).count();
    let mut by_risk = Map::new();
    for level in vauban_model::scale::Level::ALL.into_iter().rev() {
        let count = findings.iter().filter(|f| f.status.is_open() && f.current.risk == level).count();
        by_risk.insert(level.as_str().to_owned(), json!(count));
    }
    json!({
        "open": open,
        "shown": findings.iter().filter(|f| f.shown).count(),
        "decided": findings.len() - open,
        "mitigated": report.analysis.mitigated.len(),
        "questions": report.analysis.questions_total,
        "paths": report.analysis.paths.len(),
        "threats_considered": report.analysis.threats_considered,
        "open_by_risk": by_risk,
        "new": report.new_findings.map(<[_]>::len),
    })
}

fn elements<'a>(report: &'a Report<'a>, domain: Domain) -> impl Iterator<Item = Value> + 'a {
    let model = report.model;
    model.elements(domain).map(move |(element, entry)| {
        let mut out = Map::new();
        out.insert("id".to_owned(), json!(entry.id));
        out.insert("name".to_owned(), json!(entry.name));
        let id = |domain, index: Option<u32>| index.map(|index| model.id(ElementRef { domain, index }).to_owned());
        match domain {
            Domain::Component => {
                if let Some(component) = model.components.get(element.at()) {
                    out.insert("boundary".to_owned(), json!(id(Domain::Boundary, component.boundary)));
                    let kind = report.analysis.kinds.get(element.at()).copied().flatten().and_then(|kind| {
                        let words = vauban_model::model::enumeration_of(vauban_model::vocabulary::fact::KIND)?;
                        Some(words.word(kind))
                    });
                    out.insert("kind".to_owned(), json!(kind));
                }
            }
            Domain::Flow => {
                if let Some(flow) = model.flows.get(element.at()) {
                    out.insert("source".to_owned(), json!(id(Domain::Component, Some(flow.source))));
                    out.insert("target".to_owned(), json!(id(Domain::Component, Some(flow.target))));
                }
            }
            Domain::Boundary => {
                if let Some(boundary) = model.boundaries.get(element.at()) {
                    out.insert("parent".to_owned(), json!(id(Domain::Boundary, boundary.parent)));
                }
            }
            Domain::Data => {
                let word = entry.word(vauban_model::vocabulary::fact::CLASSIFICATION);
                out.insert("classification".to_owned(), json!(word));
            }
            Domain::Identity | Domain::System => {}
        }
        out.insert("in_scope".to_owned(), json!(model.in_scope(element)));
        out.insert("source_location".to_owned(), source(report, entry.span));
        Value::Object(out)
    })
}

fn source(report: &Report<'_>, span: Span) -> Value {
    json!({ "file": report.sources.name(span.file), "line": span.line, "column": span.column })
}

fn evidence(report: &Report<'_>, evidence: &Evidence) -> Value {
    json!({
        "element": report.model.id(evidence.element),
        "fact": evidence.fact,
        "value": evidence.value,
        "origin": evidence.origin.as_str(),
        "source": source(report, evidence.span),
    })
}

fn score(score: &Score) -> Value {
    json!({
        "likelihood": score.likelihood.as_str(),
        "impact": score.impact.level(),
        "risk": score.risk.as_str(),
        "because": score.because[..],
    })
}

/// One finding.
pub fn finding(report: &Report<'_>, finding: &Finding) -> Value {
    let model = report.model;
    let threat = report.threats.get(finding.threat as usize);
    let decision = finding.decision.and_then(|at| report.decisions.get(at as usize));
    json!({
        "id": finding.id,
        "rule": threat.map(|t| &*t.id),
        "name": threat.map(|t| &*t.title),
        "family": threat.map(|t| &*t.family),
        "title": finding.title,
        "description": finding.description,
        "stride": finding.stride.iter().map(|s| s.letter()).collect::<Vec<_>>(),
        "attack": threat.map(|t| &t.attack),
        "cwe": threat.map(|t| &t.cwe),
        "capec": threat.map(|t| &t.capec),
        "severity": finding.severity.as_str(),
        "likelihood": finding.current.likelihood.as_str(),
        "impact": finding.current.impact.level(),
        "risk": finding.current.risk.as_str(),
        "because": finding.current.because[..],
        "inherent": score(&finding.inherent),
        "residual": score(&finding.residual),
        "status": finding.status.as_str(),
        "decision": decision.map(|d| json!({
            "treatment": d.treatment.as_str(), "reason": d.reason, "owner": d.owner, "approver": d.approver,
            "until": d.until, "ticket": d.ticket,
        })),
        "shown": finding.shown,
        "new": report.new_findings.map(|ids| ids.contains(&finding.id)),
        "elements": ids(report, &finding.elements, threat.into_iter()),
        "data": finding.data.iter().map(|d| model.id(ElementRef { domain: Domain::Data, index: *d })).collect::<Vec<_>>(),
        "group": finding.group,
        "evidence": finding.evidence.iter().map(|e| evidence(report, e)).collect::<Vec<_>>(),
        "aliases": threat.map(|t| &t.aliases),
        "controls": finding.controls.iter().map(|c| json!({
            "id": c.control,
            "effect": c.weakens.map_or("stops", |_| "weakens"),
            "levels": c.weakens,
            "present": c.present,
        })).collect::<Vec<_>>(),
        "paths": finding.paths,
        "about_model": threat.is_some_and(|t| t.about_model),
        "help": threat.map(|t| &*t.file),
    })
}

fn question(report: &Report<'_>, question: &Question) -> Value {
    let model = report.model;
    let threats = || question.threats.iter().filter_map(|t| report.threats.get(*t as usize));
    let mut aliases: Vec<&str> = threats().flat_map(|t| t.aliases.iter().map(|alias| &**alias)).collect();
    aliases.sort_unstable();
    aliases.dedup();
    json!({
        "id": question.id,
        "text": question.text,
        "element": model.id(question.element),
        "fact": question.fact,
        "answers": question.answers,
        "risk": question.risk.as_str(),
        "weight": question.weight,
        "rules": threats().map(|t| &*t.id).collect::<Vec<_>>(),
        "aliases": aliases,
        "findings": question.findings,
        "elements": ids(report, &question.elements, threats()),
        "source": source(report, question.span),
    })
}

/// Ids of elements; where a threat is about what shares a runtime, the runtimes of its components too. A runtime is no
/// element of its own, but people and other tools call it by its id.
fn ids<'a>(report: &Report<'_>, elements: &[ElementRef], threats: impl Iterator<Item = &'a Threat>) -> Vec<String> {
    let mut out: Vec<String> = elements.iter().map(|e| report.model.id(*e).to_owned()).collect();
    if threats.into_iter().any(|threat| threat.condition.contains("runtime")) {
        let runs = |runtime: &&SharedRuntime| {
            elements.iter().any(|e| e.domain == Domain::Component && runtime.components.contains(&e.index))
        };
        out.extend(report.model.runtimes.iter().filter(runs).map(|runtime| runtime.id.to_string()));
    }
    out
}

fn recorded(report: &Report<'_>) -> Vec<Value> {
    let model = report.model;
    let threats = model.recorded_threats.iter();
    threats
        .map(|threat| {
            json!({
                "id": threat.id,
                "title": threat.title,
                "description": threat.description,
                "categories": threat.categories,
                "severity": threat.severity,
                "status": threat.status,
                "mitigation": threat.mitigation,
                "cwe": threat.cwe,
                "elements": threat.elements.iter().map(|e| model.id(*e)).collect::<Vec<_>>(),
                "extra": threat.extras.iter().map(|(key, value)| json!([key, value])).collect::<Vec<_>>(),
                "source": source(report, threat.span),
            })
        })
        .collect()
}

/// Threats that people or another tool wrote into the model, in the shape of findings, so that a register made from the
/// document is complete. The gate and the default view leave them alone: nobody here judged them.
fn recorded_findings(report: &Report<'_>) -> Vec<Value> {
    let model = report.model;
    model
        .recorded_threats
        .iter()
        .map(|threat| {
            let format =
                threat.extras.iter().find_map(|(key, _)| key.split_once(':')).map_or("recorded", |(format, _)| format);
            let category = threat.id.split_once('@').map_or(&*threat.id, |(category, _)| category);
            let risk = match threat.severity.to_lowercase().as_str() {
                "critical" | "very high" | "very-high" => Level::Critical,
                "high" | "elevated" => Level::High,
                "low" | "very low" | "very-low" => Level::Low,
                // Not rated counts as medium: neither hidden nor shouted.
                _ => Level::Medium,
            };
            let impact = risk as u8 + 2;
            let status = match threat.status.to_lowercase().replace([' ', '_'], "-").as_str() {
                "mitigated" | "eliminated" => "mitigated",
                "accepted" => "accepted",
                "transferred" => "transferred",
                "avoided" => "avoided",
                "false-positive" | "notapplicable" | "not-applicable" | "n/a" | "na" => "false-positive",
                "in-progress" => "mitigating",
                _ => "open",
            };
            let stride: Vec<&str> = vauban_model::scale::Stride::ALL
                .into_iter()
                .filter(|letter| {
                    let is = |word: &str| {
                        word.eq_ignore_ascii_case(letter.letter())
                            || word.replace(['-', '_'], " ").eq_ignore_ascii_case(letter.name())
                    };
                    threat.categories.iter().any(|word| is(word))
                })
                .map(|letter| letter.letter())
                .collect();
            json!({
                "id": format!("recorded:{}", threat.id),
                "rule": "recorded",
                "name": threat.title,
                "family": "recorded",
                "title": threat.title,
                "description": threat.description,
                "stride": stride,
                "attack": [],
                "cwe": threat.cwe.iter().map(|number| format!("CWE-{number}")).collect::<Vec<_>>(),
                "capec": [],
                "severity": risk.as_str(),
                "likelihood": "possible",
                "impact": impact,
                "risk": risk.as_str(),
                "because": ["As recorded in the model; Vauban did not judge it."],
                "status": status,
                "shown": false,
                "recorded": true,
                "elements": threat.elements.iter().map(|e| model.id(*e)).collect::<Vec<_>>(),
                "data": [],
                "group": format!("recorded:{category}"),
                "evidence": [{
                    "element": threat.elements.first().map(|e| model.id(*e)),
                    "fact": "recorded threat",
                    "value": threat.title,
                    "origin": "imported",
                    "source": source(report, threat.span),
                }],
                "aliases": [format!("{format}:{category}")],
                "controls": [],
                "paths": [],
                "about_model": false,
            })
        })
        .collect()
}

fn state(report: &Report<'_>, state: State) -> Value {
    json!({
        "verb": state.verb.as_str(),
        "kind": state.element.domain.as_str(),
        "element": report.model.id(state.element),
    })
}

/// One attack path.
pub fn path(report: &Report<'_>, path: &AttackPath) -> Value {
    let model = report.model;
    let attacker = report.attackers.get(path.attacker as usize);
    json!({
        "id": path.id,
        "attacker": attacker.map_or("given", |a| &*a.id),
        "from": model.id(path.from),
        "to": model.id(path.to),
        "goal": state(report, path.goal),
        "likelihood": path.score.likelihood.as_str(),
        "impact": path.score.impact.level(),
        "risk": path.score.risk.as_str(),
        "probability": f64::from(path.probability_per_million) / 1_000_000.0,
        "because": path.score.because[..],
        "story": path.story,
        "assumptions": path.assumptions,
        "steps": path.steps.iter().map(|step| {
            let threat = step.threat.and_then(|t| report.threats.get(t as usize));
            json!({
                "rule": threat.map_or_else(|| format!("follows:{}", step.consequence), |t| t.id.to_string()),
                "finding": step.finding,
                "title": step.title,
                "from": step.from.map(|e| model.id(e)),
                "to": model.id(step.to),
                "attack": threat.map(|t| t.attack.clone()).unwrap_or_default(),
                "stride": threat.map(|t| t.stride.iter().map(|s| s.letter()).collect::<Vec<_>>()).unwrap_or_default(),
                "needs": step.needs.iter().map(|s| state(report, *s)).collect::<Vec<_>>(),
                "gains": step.gains.iter().map(|s| state(report, *s)).collect::<Vec<_>>(),
                "likelihood": step.likelihood.as_str(),
                "assumed": step.assumed,
                "evidence": step.evidence.iter().map(|e| evidence(report, e)).collect::<Vec<_>>(),
                "seen_by": step.seen_by.iter().map(|seen| json!({
                    "by": &*seen.by,
                    "how": seen.how.as_str(),
                    "source": source(report, seen.span),
                })).collect::<Vec<_>>(),
            })
        }).collect::<Vec<_>>(),
    })
}

fn choke(report: &Report<'_>, point: &ChokePoint) -> Value {
    json!({
        "rule": report.threats.get(point.threat as usize).map(|t| &*t.id),
        "finding": point.finding,
        "element": report.model.id(point.element),
        "goals": point.goals.iter().map(|s| state(report, *s)).collect::<Vec<_>>(),
        "controls": point.controls,
    })
}

fn cut(report: &Report<'_>, cut: &GoalCut) -> Value {
    json!({
        "goal": state(report, cut.goal),
        "possible": cut.possible,
        "steps": cut.steps.iter().map(|step| json!({
            "rule": report.threats.get(step.threat as usize).map(|t| &*t.id),
            "finding": step.finding,
            "element": report.model.id(step.element),
            "controls": step.controls,
        })).collect::<Vec<_>>(),
        "count": cut.count,
        "at_least": cut.at_least,
    })
}

fn miss(report: &Report<'_>, miss: &NearestMiss) -> Value {
    json!({
        "goal": state(report, miss.goal),
        "separated_by": miss.separated_by,
        "path": miss.path.as_ref().map(|p| path(report, p)),
    })
}

fn diagnostic(report: &Report<'_>, diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity.as_str(),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "source": diagnostic.span.map(|span| source(report, span)),
    })
}
