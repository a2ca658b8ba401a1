//! How an organisation models, finds threats, judges risk and chooses controls: the methodology that was obeyed.

use vauban_model::document::{Block, Cell, Column};
use vauban_model::finding::Notice;
use vauban_model::scale::Likelihood;

use super::Maker;
use super::common::{bullets, cell, gap, heading, level, note, paragraph, strong, table};
use crate::text::{capital, count, sentence_list};

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let methodology = maker.report.methodology;
    let list = |items: &[Box<str>]| bullets(items.iter().map(|item| cell(item.clone())).collect());
    let owner = if methodology.owner.is_empty() { String::new() } else { format!(", owned by {}", methodology.owner) };
    let mut out =
        vec![paragraph(format!(
        "This is `{}`{owner}. Vauban obeys it as configuration: every score in these documents was computed by it.",
        methodology.name
    ).replace('`', ""))];
    if methodology.owner.is_empty() {
        out.push(gap("the methodology names no owner; set `owner` in the methodology file".replace('`', "")));
    }
    out.push(heading(1, "Scope", "scope"));
    out.push(list(&methodology.scope_rules));
    out.push(paragraph("A formal model is needed for:"));
    out.push(list(&methodology.when_to_model));
    let (first, update) = methodology.time_box_hours;
    if first > 0 {
        out.push(paragraph(format!("A first model takes at most {first} hours, an update at most {update}.")));
    }
    out.push(heading(1, "Assets", "assets"));
    out.push(list(&methodology.asset_rules));
    out.push(classification(maker));
    out.push(importance(maker));
    out.push(heading(1, "Identifying threats", "threats"));
    out.extend(threats(maker));
    out.push(heading(1, "Assessing risk", "risk"));
    out.push(impact(maker));
    out.push(likelihood(maker));
    out.push(matrix(maker));
    out.push(paragraph(format!(
        "Tolerance: a risk up to {} may stay without a decision. What is above it needs one, with a reason and an owner.",
        methodology.tolerance.as_str()
    )));
    out.push(detection(maker));
    out.push(heading(1, "Choosing controls", "controls"));
    out.push(paragraph("In this order:"));
    out.push(Block::List {
        numbered: true,
        items: methodology.control_criteria.iter().map(|item| cell(item.clone())).collect(),
    });
    out.push(paragraph(format!("Preference: {}.", methodology.control_order.join(", then "))));
    out
}

fn classification(maker: &Maker<'_>) -> Block {
    let methodology = maker.report.methodology;
    let columns = vec![Column::text("Class", 2), Column::text("Meaning", 6), Column::number("Impact of disclosure", 2)];
    let rows = methodology.classification.iter().zip(methodology.classification_impact);
    let rows = rows.map(|(step, impact)| {
        vec![strong(step.name.clone()), cell(step.meaning.clone()), cell(impact.level().to_string())]
    });
    table("classification", "Classes of data", columns, rows.collect(), String::new())
}

fn importance(maker: &Maker<'_>) -> Block {
    let columns = vec![Column::text("Importance", 2), Column::number("Impact when wrong or gone", 2)];
    let rows = ["low", "medium", "high", "critical"].iter().zip(maker.report.methodology.importance_impact);
    let rows = rows.map(|(name, impact)| vec![strong(*name), cell(impact.level().to_string())]);
    table("importance", "Integrity and availability", columns, rows.collect(), String::new())
}

fn threats(maker: &Maker<'_>) -> Vec<Block> {
    let report = maker.report;
    let names = |name: &str| match name {
        "stride" => "STRIDE".to_owned(),
        "attack" => format!("MITRE ATT&CK {}", report.names.attack_version()),
        "pasta" => "PASTA".to_owned(),
        other => other.to_owned(),
    };
    let frameworks: Vec<String> = report.methodology.frameworks.iter().map(|name| names(name)).collect();
    let mut out = vec![paragraph(format!(
        "Frameworks: {}. {} of the library were evaluated against every element of their kind. A threat applies where its condition holds; where a fact that decides is unknown, it asks; where a control is in place, it is stopped.",
        sentence_list(&frameworks),
        capital(&count(report.analysis.threats_considered, "threat"))
    ))];
    let sources = &report.methodology.threat_sources;
    let considered: Vec<_> =
        report.attackers.iter().filter(|it| sources.is_empty() || sources.contains(&it.id)).collect();
    let rows: Vec<Vec<Cell>> = considered
        .iter()
        .map(|it| {
            vec![
                strong(capital(&it.name)),
                cell(it.source.clone()),
                cell(it.likelihood.as_str()),
                cell(it.summary.clone()),
            ]
        })
        .collect();
    let columns = vec![
        Column::text("Threat source", 3),
        Column::text("Kind", 2),
        Column::text("Attempts", 2),
        Column::text("Who they are", 7),
    ];
    let selection =
        maker.selection("attackers of the library that the methodology names", rows.len(), report.attackers.len(), "");
    out.push(table("threat-sources", "Threat sources considered", columns, rows, selection));
    out
}

fn impact(maker: &Maker<'_>) -> Block {
    let columns = vec![Column::text("Impact", 2), Column::text("Meaning", 7)];
    let rows = maker.report.methodology.impact.iter();
    let rows = rows.map(|step| vec![strong(step.name.clone()), cell(step.meaning.clone())]);
    table("impact", "Impact", columns, rows.collect(), String::new())
}

fn likelihood(maker: &Maker<'_>) -> Block {
    let methodology = maker.report.methodology;
    let columns =
        vec![Column::text("Likelihood", 2), Column::text("Meaning", 6), Column::number("Probability of success", 2)];
    let rows = methodology.likelihood.iter().zip(methodology.probability_per_mille);
    let rows = rows.map(|(step, probability)| {
        let percent = format!("{}.{} %", probability / 10, probability % 10);
        vec![strong(step.name.clone()), cell(step.meaning.clone()), cell(percent)]
    });
    table("likelihood", "Likelihood", columns, rows.collect(), String::new())
}

fn matrix(maker: &Maker<'_>) -> Block {
    let methodology = maker.report.methodology;
    let mut columns = vec![Column::text("Likelihood", 2)];
    columns.extend((1..=5).map(|impact| Column::text(&format!("Impact {impact}"), 2)));
    let rows = Likelihood::ALL.into_iter().rev().map(|at| {
        let name = methodology.likelihood.get(at.index()).map(|step| step.name.clone()).unwrap_or_default();
        let risks = methodology.matrix.get(at.index()).copied().into_iter().flatten();
        std::iter::once(strong(name)).chain(risks.map(level)).collect()
    });
    table("risk-matrix", "Risk by likelihood and impact", columns, rows.collect(), String::new())
}

fn detection(maker: &Maker<'_>) -> Block {
    let methodology = maker.report.methodology;
    let words: Vec<String> = [Notice::Recorded, Notice::Watched, Notice::Alarmed]
        .map(|how| format!("{} {}", how.as_str(), count(usize::from(methodology.detection(how)), "level")))
        .into();
    note(format!(
        "A step that is seen is less likely to succeed unpunished; it loses in likelihood: {}.",
        words.join(", ")
    ))
}
