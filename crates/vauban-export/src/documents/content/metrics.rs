//! Coverage, decisions, controls and questions as numbers, each with its definition. What the record does not hold is
//! not computed.

use vauban_model::document::{Block, Cell, Column};
use vauban_model::proof::{self, Proof};
use vauban_model::record::EventKind;
use vauban_model::treatment::Stage;
use vauban_model::vocabulary::{Domain, fact};

use super::Maker;
use super::common::{cell, gap, heading, paragraph, strong, table};

/// One number: name, value, definition.
struct Metric(&'static str, String, &'static str);

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let mut out = vec![paragraph(
        "Counts alone mislead: many threats can mean a bad system or a good look at it. Read them with the definitions, and over time.",
    )];
    out.push(heading(1, "Coverage", "coverage"));
    out.push(list("coverage", "How much of the system was looked at", coverage(maker)));
    out.push(heading(1, "Threats and decisions", "decisions"));
    out.push(list("threat-metrics", "What was found and what became of it", threats(maker)));
    out.push(heading(1, "Process", "process"));
    if maker.record.events.is_empty() {
        out.push(gap("there is no record of events, so nothing can be said about time: how long decisions take, how often reviews happen, how many controls were verified"));
    } else {
        out.push(list("process", "What the record shows", process(maker)));
    }
    out
}

fn list(id: &str, caption: &str, metrics: Vec<Metric>) -> Block {
    let columns = vec![Column::text("Measure", 4), Column::number("Value", 2), Column::text("Definition", 8)];
    let rows: Vec<Vec<Cell>> = metrics
        .into_iter()
        .map(|Metric(name, value, definition)| vec![strong(name), cell(value), cell(definition)])
        .collect();
    table(id, caption, columns, rows, String::new())
}

/// `7 of 9 (78 %)`; a dash where there is nothing to be a share of.
fn share(part: usize, of: usize) -> String {
    // Rounded half up; but not everything is never all, and something never nothing.
    match (part * 200 + of).checked_div(of * 2) {
        Some(100) if part < of => format!("{part} of {of} (over 99 %)"),
        Some(0) if part > 0 => format!("{part} of {of} (under 1 %)"),
        Some(percent) => format!("{part} of {of} ({percent} %)"),
        None => "– (none)".to_owned(),
    }
}

fn coverage(maker: &Maker<'_>) -> Vec<Metric> {
    let (model, analysis) = (maker.report.model, maker.report.analysis);
    let inside = model.elements(Domain::Component).filter(|(it, _)| model.in_scope(*it)).count();
    let known = model.components.iter().filter(|it| !it.element.words(fact::TECHNOLOGY).is_empty()).count();
    let classified = model.data.iter().filter(|it| it.word(fact::CLASSIFICATION).is_some()).count();
    let encrypted = analysis.encrypted.iter().filter(|it| it.is_some()).count();
    let all = model.components.iter().filter(|it| it.element.in_scope());
    let owned = all.clone().filter(|it| it.element.owner.is_some() || model.system.owner.is_some()).count();
    let cells = analysis.matrix.iter().flat_map(|it| it.counts).filter(|it| it.considered > 0);
    let settled = cells.clone().filter(|it| it.asked == 0).count();
    vec![
        Metric(
            "Components in scope",
            share(inside, model.components.len()),
            "components that are analysed, of those in the model",
        ),
        Metric("Technology known", share(known, model.components.len()), "components whose technology is stated"),
        Metric("Data classified", share(classified, model.data.len()), "data assets with a stated classification"),
        Metric(
            "Encryption known",
            share(encrypted, model.flows.len()),
            "flows of which it is known whether they are encrypted",
        ),
        Metric(
            "Components owned",
            share(owned, all.count()),
            "components in scope with an owner of their own or the system's",
        ),
        Metric(
            "STRIDE fields settled",
            share(settled, cells.count()),
            "fields of the STRIDE matrix without an open question, of those for which the library has a threat",
        ),
        Metric(
            "Open questions",
            analysis.questions_total.to_string(),
            "facts that nobody stated and whose answer could change the result",
        ),
    ]
}

fn threats(maker: &Maker<'_>) -> Vec<Metric> {
    let (report, analysis) = (maker.report, maker.report.analysis);
    let findings = &analysis.findings;
    let decided = findings.iter().filter(|it| it.decision.is_some()).count();
    let above: Vec<_> = findings.iter().filter(|it| it.current.risk > report.methodology.tolerance).collect();
    let above_decided = above.iter().filter(|it| it.decision.is_some()).count();
    let on_paths = findings.iter().filter(|it| !it.paths.is_empty()).count();
    let stopped = analysis.mitigated.len();
    vec![
        Metric(
            "Threats that apply",
            findings.len().to_string(),
            "threats of the library at an element whose condition holds",
        ),
        Metric(
            "Stopped by controls",
            share(stopped, stopped + findings.len()),
            "of the threats that apply or would apply, those that a control in place stops",
        ),
        Metric("With a decision", share(decided, findings.len()), "threats that apply and have a decision that holds"),
        Metric(
            "Above tolerance with a decision",
            share(above_decided, above.len()),
            "the same, of those whose risk is above the tolerance",
        ),
        Metric(
            "On an attack path",
            share(on_paths, findings.len()),
            "threats that are a step of an attack path to something that hurts",
        ),
        Metric(
            "Attack paths",
            analysis.paths.len().to_string(),
            "ways from an attacker to something that hurts, as many as the analysis keeps",
        ),
    ]
}

fn process(maker: &Maker<'_>) -> Vec<Metric> {
    let events = &maker.record.events;
    let number = |kind: EventKind| events.iter().filter(|it| it.kind == kind).count();
    let one = |name, kind, definition| Metric(name, number(kind).to_string(), definition);
    let said = events.iter().filter(|it| it.kind == EventKind::Verified);
    let (mut all, mut alone) = (0usize, 0usize);
    for event in said {
        all += 1;
        let contradicted = maker.report.treatment(&event.subject).is_some_and(|it| it.stage == Stage::Contradicted);
        alone += usize::from(contradicted || proof::of(event) == Proof::Word);
    }
    vec![
        one("Treatments proposed", EventKind::Proposed, "events of the record in which a treatment was proposed"),
        one("Approvals", EventKind::Approved, "events in which something was approved"),
        one("Treatments implemented", EventKind::Implemented, "events in which a treatment was carried out"),
        Metric(
            "Controls verified",
            (all - alone).to_string(),
            "events in which somebody saw that a control is there, shown by the model or by evidence that is named",
        ),
        Metric(
            "Verifications that show nothing",
            alone.to_string(),
            "the same on a person's word alone, or contradicted by the model",
        ),
        one("Reviews closed", EventKind::ReviewClosed, "reviews that ended, also those that changed nothing"),
        one("Changes of the model", EventKind::ModelChanged, "events in which the model changed"),
        one("Incidents", EventKind::Incident, "incidents that touch the system"),
    ]
}
