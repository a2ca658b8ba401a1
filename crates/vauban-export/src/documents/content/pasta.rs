//! The Process for Attack Simulation and Threat Analysis: seven stages over the same model, each with its inputs and
//! outputs as far as they are known, and its gaps named.
//!
//! The stages are those of T. UcedaVélez and M. M. Morana, "Risk Centric Threat Modeling" (2015); the words are ours.

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::finding::Finding;
use vauban_model::model::{Flow, Model};
use vauban_model::scale::Level;
use vauban_model::vocabulary::{Domain, fact};

use super::Maker;
use super::common::{
    NOT_SAID, bullets, cell, code, gap, heading, level, note, or_dash, paragraph, spaced, strong, table,
};
use super::data_flow_diagrams::figure;
use crate::diagram::overlay;
use crate::digest::{self, goal_words};
use crate::text::{capital, count, sentence_list};

/// Rows of a table that another document holds in full.
const ROWS: usize = 25;

/// One stage: what came in, what came out, what is missing.
struct Stage {
    number: usize,
    title: &'static str,
    asks: &'static str,
    inputs: Vec<(&'static str, String)>,
    outputs: Vec<Block>,
    gaps: Vec<String>,
}

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let stages = [
        objectives(maker),
        technical_scope(maker),
        decomposition(maker),
        threat_analysis(maker),
        weaknesses(maker),
        attack_modeling(maker),
        risk_and_impact(maker),
    ];
    let mut out = vec![paragraph(
        "PASTA goes from what the business wants to what an attacker can do to it, in seven stages; the outputs of one are the inputs of the next. \
         Each stage below shows what the model holds for it. A stage is complete when it has no gap.",
    )];
    out.push(overview(&stages));
    for stage in stages {
        let anchor = format!("stage-{}", stage.number);
        out.push(heading(1, &format!("Stage {}: {}", stage.number, stage.title), &anchor));
        out.push(paragraph(stage.asks));
        out.push(heading(2, "Inputs", ""));
        let line = |(name, value): (&str, String)| {
            vec![Inline::Strong(format!("{name}: ").into()), Inline::Text(value.into())]
        };
        out.push(bullets(stage.inputs.into_iter().map(line).collect()));
        out.push(heading(2, "Outputs", ""));
        out.extend(stage.outputs);
        out.push(heading(2, "Gaps", ""));
        if stage.gaps.is_empty() {
            out.push(paragraph("None: this stage is complete as far as the model can tell."));
        } else {
            out.extend(stage.gaps.into_iter().map(gap));
        }
    }
    out
}

fn overview(stages: &[Stage]) -> Block {
    let columns = vec![Column::number("Stage", 1), Column::text("Name", 5), Column::text("State", 6)];
    let rows = stages.iter().map(|stage| {
        let state = match stage.gaps.len() {
            0 => "complete".to_owned(),
            number => count(number, "gap"),
        };
        let link = Inline::Link { text: stage.title.into(), target: format!("#stage-{}", stage.number).into() };
        vec![cell(stage.number.to_string()), vec![link], cell(state)]
    });
    table("stages", "The seven stages", columns, rows.collect(), String::new())
}

fn or_not(words: &str) -> String {
    if words.trim().is_empty() { NOT_SAID.to_owned() } else { words.trim().to_owned() }
}

fn objectives(maker: &Maker<'_>) -> Stage {
    let (model, methodology) = (maker.report.model, maker.report.methodology);
    let system = &model.system;
    let regulated: Vec<String> = system.words(fact::REGULATED_BY).iter().map(|it| it.to_uppercase()).collect();
    let requirements: Vec<&vauban_model::model::Note> =
        model.notes.iter().filter(|it| &*it.kind == "security-requirement").collect();
    let criticality = system.word(fact::CRITICALITY);
    let mut gaps = Vec::new();
    if model.business_context.trim().is_empty() {
        gaps.push(
            "what the business uses the system for is not stated; add `business_context` to the system"
                .replace('`', ""),
        );
    }
    if criticality.is_none() {
        gaps.push("the system's criticality is not stated".to_owned());
    }
    if regulated.is_empty() {
        gaps.push("no law or standard that the system is under is stated (regulated_by)".to_owned());
    }
    if methodology.owner.is_empty() {
        gaps.push("no owner is stated for the methodology, and so for the appetite for risk".to_owned());
    }
    if requirements.is_empty() {
        gaps.push("no security requirement is written down in the model".to_owned());
    }
    let classes = model.data.iter().filter(|it| it.word(fact::CLASSIFICATION).is_some()).count();
    let columns = vec![
        Column::text("Data", 4),
        Column::text("If disclosed", 2),
        Column::text("If falsified", 2),
        Column::text("If lost", 2),
    ];
    let rows: Vec<Vec<Cell>> = model
        .elements(Domain::Data)
        .map(|(_, entry)| {
            let impact = |level: vauban_model::scale::Impact, known: bool| {
                cell(if known {
                    format!("impact {}", level.level())
                } else {
                    format!("impact {} (assumed)", level.level())
                })
            };
            let class = entry.symbol(fact::CLASSIFICATION);
            let importance = |id| (methodology.importance_impact(entry.symbol(id)), entry.symbol(id).is_some());
            let (integrity, said) = importance(fact::INTEGRITY);
            let (availability, also) = importance(fact::AVAILABILITY);
            vec![
                strong(entry.name.clone()),
                impact(methodology.disclosure_impact(class), class.is_some()),
                impact(integrity, said),
                impact(availability, also),
            ]
        })
        .collect();
    let selection =
        maker.selection("every data asset, by the scales of the methodology", rows.len(), model.data.len(), "");
    let mut outputs = vec![paragraph(format!(
        "Objective: {} Appetite: a risk up to {} may stay without a decision.",
        if model.business_context.trim().is_empty() {
            "not stated.".to_owned()
        } else {
            model.business_context.trim().to_owned()
        },
        methodology.tolerance.as_str()
    ))];
    if rows.is_empty() {
        gaps.push("no data is named, so the impact on the business cannot be judged by it".to_owned());
    } else {
        outputs.push(table("impact-analysis", "Impact on the business, 1 to 5", columns, rows, selection));
    }
    if !requirements.is_empty() {
        outputs.push(bullets(requirements.iter().map(|it| cell(format!("{}: {}", it.title, it.text))).collect()));
    }
    Stage {
        number: 1,
        title: "Define the objectives",
        asks: "What is the system for, what must hold, and how much harm can the business bear?",
        inputs: vec![
            ("Business context", or_not(&model.business_context)),
            ("Criticality", criticality.map_or_else(|| NOT_SAID.to_owned(), spaced)),
            ("Laws and standards", or_not(&regulated.join(", "))),
            ("Classes of data", format!("{classes} of {} classified", count(model.data.len(), "data asset"))),
        ],
        outputs,
        gaps,
    }
}

fn technical_scope(maker: &Maker<'_>) -> Stage {
    let model = maker.report.model;
    let without: Vec<String> = model
        .components
        .iter()
        .filter(|it| it.element.words(fact::TECHNOLOGY).is_empty() && it.element.in_scope())
        .map(|it| it.element.name.to_string())
        .collect();
    let mut technologies: Vec<&str> =
        model.components.iter().flat_map(|it| it.element.words(fact::TECHNOLOGY)).map(|it| &**it).collect();
    technologies.sort_unstable();
    technologies.dedup();
    let reason = |what: &str, why: &str| {
        if why.is_empty() { format!("{what}: no reason given") } else { format!("{what}: {why}") }
    };
    let mut outside: Vec<String> = model.out_of_scope.iter().map(|it| reason(&it.what, &it.why)).collect();
    for domain in Domain::ALL {
        for (_, element) in model.elements(domain) {
            outside.extend(element.out_of_scope.as_ref().map(|it| reason(&element.name, &it.reason)));
        }
    }
    let mut gaps = Vec::new();
    if !without.is_empty() {
        let some: Vec<String> = without.iter().take(6).cloned().collect();
        gaps.push(format!(
            "the technology of {} is not stated ({})",
            count(without.len(), "component"),
            some.join(", ")
        ));
    }
    if model.in_scope.is_empty() && outside.is_empty() {
        gaps.push("nobody wrote down what is in scope and what is not".to_owned());
    }
    let mut outputs = vec![paragraph(format!(
        "In scope: {}, {}, {}, {}.",
        count(model.components.iter().filter(|it| it.element.in_scope()).count(), "component"),
        count(model.flows.len(), "flow"),
        count(model.data.len(), "data asset"),
        count(super::asset_inventory::third_parties_known(model), "third party"),
    ))];
    if !technologies.is_empty() {
        outputs.push(paragraph(format!("Technologies: {}.", technologies.join(", "))));
    }
    if !outside.is_empty() {
        outputs.push(paragraph("Out of scope:"));
        outputs.push(bullets(outside.iter().map(|it| cell(it.clone())).collect()));
    }
    Stage {
        number: 2,
        title: "Define the technical scope",
        asks: "What is the system made of, what does it depend on, and where does it end?",
        inputs: vec![
            ("Model", super::common::files(maker.report, 6)),
            (
                "In scope, in words",
                or_not(&sentence_list(&model.in_scope.iter().map(|it| it.what.to_string()).collect::<Vec<_>>())),
            ),
            (
                "Drawings",
                match model.drawings.len() {
                    0 => "none; the pictures are laid out by Vauban".to_owned(),
                    number => count(number, "drawing"),
                },
            ),
        ],
        outputs,
        gaps,
    }
}

fn decomposition(maker: &Maker<'_>) -> Stage {
    let model = maker.report.model;
    let drawing = match model.drawings.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let mut outputs = Vec::new();
    let mut gaps = Vec::new();
    if model.components.is_empty() {
        gaps.push("the model has no components".to_owned());
    } else {
        outputs.extend(figure(maker, drawing, &[], "pasta", &format!("Data flows of {}", model.system.name)));
    }
    if model.boundaries.is_empty() {
        gaps.push("no trust boundary is drawn".to_owned());
    }
    let entries: Vec<String> = model
        .components
        .iter()
        .filter(|it| it.element.bool(fact::INTERNET_FACING) == Some(true))
        .map(|it| it.element.name.to_string())
        .collect();
    let from_outside: Vec<String> = model
        .flows
        .iter()
        .filter(|flow| {
            let outer = |at: u32| {
                let boundary = model.components.get(at as usize).and_then(|it| it.boundary);
                boundary.and_then(|it| model.boundaries.get(it as usize)).and_then(|it| it.element.word(fact::TRUST))
                    == Some("untrusted")
            };
            outer(flow.source) && !outer(flow.target)
        })
        .map(|flow| maker.names(Domain::Component, &[flow.target]))
        .collect();
    let mut points = entries;
    points.extend(from_outside);
    points.sort();
    points.dedup();
    if points.is_empty() {
        gaps.push(
            "no way in from an untrusted place is known: draw the untrusted boundary, or state internet_facing"
                .to_owned(),
        );
    } else {
        outputs.push(paragraph(format!("Ways in from untrusted places lead to: {}.", sentence_list(&points))));
    }
    if model.identities.is_empty() {
        gaps.push("no identities or roles are named, so nothing says who may do what".to_owned());
    } else {
        outputs.push(rights(maker));
    }
    if model.abuse_cases.is_empty() {
        gaps.push("no abuse case is written down".to_owned());
    } else {
        let told = |it: &vauban_model::model::AbuseCase| {
            vec![Inline::Strong(it.name.clone()), Inline::Text(format!(": {}", it.text).into())]
        };
        outputs.push(bullets(model.abuse_cases.iter().map(told).collect()));
    }
    let unknown = maker.report.analysis.encrypted.iter().filter(|it| it.is_none()).count();
    if unknown > 0 {
        gaps.push(format!(
            "nobody said whether {} encrypted",
            match unknown {
                1 => "1 flow is".to_owned(),
                number => format!("{number} flows are"),
            }
        ));
    }
    Stage {
        number: 3,
        title: "Decompose the application",
        asks: "How does data move, where does trust change, and who may do what?",
        inputs: vec![
            (
                "Components and flows",
                format!("{} and {}", count(model.components.len(), "component"), count(model.flows.len(), "flow")),
            ),
            ("Trust boundaries", model.boundaries.len().to_string()),
            ("Identities and roles", model.identities.len().to_string()),
            ("Checkpoints", checkpoints(model)),
        ],
        outputs,
        gaps,
    }
}

/// Where callers are authenticated or authorised: at points the model names, and on flows that state how.
fn checkpoints(model: &Model) -> String {
    let states = |it: &&Flow| it.element.word(fact::AUTHENTICATION).is_some_and(|word| word != "none");
    let flows = model.flows.iter().filter(states).count();
    let verb = if flows == 1 { "states" } else { "state" };
    format!(
        "{} named where callers are authenticated or authorised; {} {verb} how callers are authenticated",
        count(model.checkpoints.len(), "place"),
        count(flows, "flow")
    )
}

/// Who may do what with which component.
fn rights(maker: &Maker<'_>) -> Block {
    let model = maker.report.model;
    let mut columns = vec![
        Column::text("Identity", 4),
        Column::text("May use", 4),
        Column::text("May read", 3),
        Column::text("May write", 3),
        Column::text("May administer", 4),
        Column::text("May act as", 3),
    ];
    let cloud = !maker.report.permitted.is_empty();
    if cloud {
        columns.push(Column::text("Granted by the cloud", 6));
    }
    let rows: Vec<Vec<Cell>> = model
        .elements(Domain::Identity)
        .take(ROWS * 4)
        .map(|(element, entry)| {
            let of = |id: vauban_model::vocabulary::FactId| {
                let domain = match id.definition().ty {
                    vauban_model::vocabulary::FactType::References(domain) => domain,
                    _ => Domain::Component,
                };
                or_dash(&maker.names(domain, entry.references(id)))
            };
            let mut row = vec![
                strong(entry.name.clone()),
                of(fact::MAY_USE),
                of(fact::MAY_READ),
                of(fact::MAY_WRITE),
                of(fact::MAY_ADMINISTER),
                of(fact::MAY_ASSUME),
            ];
            if cloud {
                row.push(maker.granted(element));
            }
            row
        })
        .collect();
    let selection = maker.selection("identities of the model", rows.len(), model.identities.len(), "");
    table("rights", "Who may do what", columns, rows, selection)
}

fn threat_analysis(maker: &Maker<'_>) -> Stage {
    let report = maker.report;
    let chosen = &report.methodology.threat_sources;
    let columns = vec![
        Column::text("Attacker", 4),
        Column::text("Attempts", 2),
        Column::number("Attack paths", 2),
        Column::text("Worst path", 2),
    ];
    let rows: Vec<Vec<Cell>> = (0u32..)
        .zip(report.attackers)
        .filter(|(_, it)| chosen.is_empty() || chosen.contains(&it.id))
        .map(|(at, it)| {
            let paths: Vec<_> = report.analysis.paths.iter().filter(|path| path.attacker == at).collect();
            let worst = paths.iter().map(|path| path.score.risk).max();
            vec![
                strong(capital(&it.name)),
                cell(it.likelihood.as_str()),
                cell(paths.len().to_string()),
                worst.map_or_else(|| cell("none"), level),
            ]
        })
        .collect();
    let selection =
        maker.selection("attackers of the library that the methodology names", rows.len(), report.attackers.len(), "");
    let mut gaps = Vec::new();
    let events = &maker.record.events;
    let incidents = events.iter().filter(|it| it.kind == vauban_model::record::EventKind::Incident).count();
    let intelligence = events.iter().filter(|it| it.kind == vauban_model::record::EventKind::Intelligence).count();
    if incidents == 0 {
        gaps.push("no incident is in the record; either there was none, or none was written down".to_owned());
    }
    if intelligence == 0 {
        gaps.push("no intelligence about threats is in the record".to_owned());
    }
    Stage {
        number: 4,
        title: "Analyse the threats",
        asks: "Who attacks, what do they want, and how likely are they to try?",
        inputs: vec![
            ("Library", format!("{} considered", count(report.analysis.threats_considered, "threat"))),
            ("Incidents in the record", incidents.to_string()),
            ("Intelligence in the record", intelligence.to_string()),
            ("Threats recorded by people", report.model.recorded_threats.len().to_string()),
        ],
        outputs: vec![table("attackers", "Threat agents", columns, rows, selection)],
        gaps,
    }
}

fn weaknesses(maker: &Maker<'_>) -> Stage {
    let analysis = maker.report.analysis;
    let open: Vec<&Finding> = maker.digest.open().collect();
    let groups = maker.digest.groups(&open);
    let columns = vec![
        Column::text("Weakness", 6),
        Column::text("CWE", 5),
        Column::text("Worst risk", 2),
        Column::number("Places", 2),
        Column::text("At", 5),
    ];
    let rows: Vec<Vec<Cell>> = groups
        .iter()
        .take(ROWS)
        .map(|group| {
            let threat = group.threat;
            let cwe: Vec<String> = threat
                .map(|it| &it.cwe[..])
                .unwrap_or_default()
                .iter()
                .take(2)
                .map(|id| maker.report.names.cwe(id).map_or_else(|| id.to_string(), |name| format!("{id} {name}")))
                .collect();
            let worst = group.findings.iter().map(|it| it.current.risk).max().unwrap_or(Level::Low);
            let places: Vec<String> =
                maker.places(&group.findings).into_iter().take(4).map(|it| maker.name(it)).collect();
            let more = maker.places(&group.findings).len().saturating_sub(places.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            vec![
                strong(threat.map_or("?", |it| &*it.title)),
                or_dash(&cwe.join("; ")),
                level(worst),
                cell(group.findings.len().to_string()),
                cell(format!("{}{more}", places.join(", "))),
            ]
        })
        .collect();
    let selection = maker.selection(
        "threats that are open, by weakness",
        rows.len(),
        groups.len(),
        "weaknesses that a control stops",
    );
    let mut gaps = vec![
        "results of scanners and penetration tests are not read here; what they found is not among these".to_owned(),
    ];
    if analysis.questions_total > 0 {
        gaps.push(
            format!(
                "{} could reveal more weaknesses, up to {} risk; `vauban ask` takes the answers",
                count(analysis.questions_total, "open question"),
                analysis.questions.iter().map(|it| it.risk).max().unwrap_or(Level::Low).as_str()
            )
            .replace('`', ""),
        );
    }
    let outputs = if rows.is_empty() {
        vec![note("No weakness is open.")]
    } else {
        vec![table("weaknesses", "Weaknesses and where they are", columns, rows, selection)]
    };
    Stage {
        number: 5,
        title: "Analyse weaknesses and vulnerabilities",
        asks: "What makes these threats possible here?",
        inputs: vec![
            ("Findings", format!("{} open, {} decided", open.len(), analysis.findings.len() - open.len())),
            ("Controls in place", count(analysis.mitigated.len(), "threat") + " stopped"),
        ],
        outputs,
        gaps,
    }
}

fn attack_modeling(maker: &Maker<'_>) -> Stage {
    let report = maker.report;
    let paths = &report.analysis.paths;
    let columns = vec![
        Column::text("Risk", 2),
        Column::text("Attacker", 4),
        Column::text("Goal", 5),
        Column::number("Steps", 2),
        Column::text("Likelihood", 2),
        Column::text("Rests on", 4),
    ];
    let rows: Vec<Vec<Cell>> = paths
        .iter()
        .take(ROWS)
        .map(|path| {
            let attacker = report.attackers.get(path.attacker as usize).map_or("?", |it| &*it.name);
            let leans = match path.assumptions.len() {
                0 => "what is stated".to_owned(),
                number => count(number, "assumption"),
            };
            vec![
                level(path.score.risk),
                cell(capital(attacker)),
                cell(format!("{} {}", goal_words(path.goal.verb), maker.name(path.goal.element))),
                cell(path.steps.len().to_string()),
                cell(path.score.likelihood.as_str()),
                cell(leans),
            ]
        })
        .collect();
    let mut outputs = Vec::new();
    let mut gaps = Vec::new();
    if rows.is_empty() {
        outputs.push(note("No attack path was found from any attacker considered to anything that hurts."));
    } else {
        let selection = maker.selection(
            "attack paths, those that assume nothing first, then worst first",
            rows.len(),
            paths.len(),
            "paths of less risk than those the analysis keeps",
        );
        outputs.push(table("paths", "Attack paths", columns, rows, selection));
    }
    if let Some(worst) = paths.first() {
        let drawing = match report.model.drawings.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        outputs.push(paragraph(worst.story.clone()));
        outputs.extend(figure(maker, drawing, &[overlay(report, worst)], "pasta-path", "The worst attack path"));
    }
    let chokes: Vec<Cell> = report
        .analysis
        .choke_points
        .iter()
        .take(8)
        .map(|it| {
            // An assumed step has no finding: the threat's heading and the element say what it is.
            let title = maker.digest.finding(&it.finding).map_or_else(
                || match maker.digest.threat(it.threat) {
                    Some(threat) => {
                        format!("{} (assumed, at {})", threat.title, digest::name(report.model, it.element))
                    }
                    None => it.finding.to_string(),
                },
                |finding| finding.title.to_string(),
            );
            let controls: Vec<String> =
                it.controls.iter().take(2).map(|id| maker.digest.control_name(id).to_owned()).collect();
            let close =
                if controls.is_empty() { String::new() } else { format!(" Closed by: {}.", sentence_list(&controls)) };
            vec![
                Inline::Strong(title.into()),
                Inline::Text(format!(": every path to {} needs it.{close}", count(it.goals.len(), "goal")).into()),
            ]
        })
        .collect();
    if !chokes.is_empty() {
        outputs.push(paragraph("Choke points:"));
        outputs.push(bullets(chokes));
    }
    let leaning = paths.iter().filter(|it| !it.assumptions.is_empty()).count();
    if leaning > 0 {
        gaps.push(format!(
            "{} on what nobody confirmed",
            match leaning {
                1 => "1 attack path rests".to_owned(),
                number => format!("{number} attack paths rest"),
            }
        ));
    }
    gaps.push("no test case was run against the system: these paths follow from the model".to_owned());
    Stage {
        number: 6,
        title: "Model the attacks",
        asks: "How do weaknesses join into attacks that reach something of value?",
        inputs: vec![
            ("Attack trees drawn by people", report.model.attack_trees.len().to_string()),
            ("Techniques of ATT&CK named", maker.digest.techniques().len().to_string()),
        ],
        outputs,
        gaps,
    }
}

fn risk_and_impact(maker: &Maker<'_>) -> Stage {
    let report = maker.report;
    let findings = &report.analysis.findings;
    let tolerance = report.methodology.tolerance;
    let undecided = findings.iter().filter(|it| it.status.is_open() && it.current.risk > tolerance).count();
    let columns = vec![
        Column::text("Risk", 2),
        Column::text("Threat", 7).named(),
        Column::text("Impact on the business", 6),
        Column::text("Residual", 2),
        Column::text("Treatment", 3),
    ];
    let rows: Vec<Vec<Cell>> = findings
        .iter()
        .take(ROWS)
        .map(|it| {
            let mut name = cell(format!("{} ", it.title));
            name.extend(code(it.id.clone()));
            vec![
                level(it.current.risk),
                name,
                or_dash(&maker.business_impact(it)),
                level(it.residual.risk),
                cell(maker.decision(it).map_or_else(|| "none".to_owned(), |it| spaced(it.treatment.as_str()))),
            ]
        })
        .collect();
    let mut gaps = Vec::new();
    if undecided > 0 {
        gaps.push(format!(
            "{} above the tolerance without a decision",
            match undecided {
                1 => "1 risk is".to_owned(),
                number => format!("{number} risks are"),
            }
        ));
    }
    if !maker.record.events.iter().any(|it| it.kind == vauban_model::record::EventKind::Approved) {
        gaps.push("no approval is in the record".to_owned());
    }
    let selection = maker.selection(
        "findings by current risk, open ones before those decided about",
        rows.len(),
        findings.len(),
        if rows.len() < findings.len() { "those that the risk register lists beyond these" } else { "" },
    );
    let mut outputs = vec![paragraph(digest::verdict(report))];
    if !rows.is_empty() {
        outputs.push(table("risks-and-treatment", "Risks and what is done about them", columns, rows, selection));
    }
    let closers = maker.digest.closers(8);
    if !closers.is_empty() {
        outputs.push(paragraph("Countermeasures that would close most:"));
        let line = |it: &crate::digest::Closer<'_>| {
            vec![
                Inline::Strong(maker.digest.control_name(it.control).into()),
                Inline::Text(format!(": stops {}", digest::risks_in_words(it.stops, Level::Low)).into()),
            ]
        };
        outputs.push(bullets(closers.iter().map(line).collect()));
    }
    Stage {
        number: 7,
        title: "Analyse risk and impact",
        asks: "What would it cost the business, what is done about it, and what remains?",
        inputs: vec![
            ("Methodology", report.methodology.name.to_string()),
            ("Decisions", report.decisions.len().to_string()),
        ],
        outputs,
        gaps,
    }
}
