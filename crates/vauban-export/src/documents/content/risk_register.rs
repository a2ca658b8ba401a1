//! Every risk, tied to what it would do to the business.

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::finding::{Finding, Treatment};
use vauban_model::scale::Level;

use super::Maker;
use super::common::{cell, code, gap, heading, level, note, or_dash, pair, paragraph, table};
use crate::digest;
use crate::text::{capital, count};

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let methodology = maker.report.methodology;
    let mut out = vec![paragraph(format!(
        "{} Risk is read from the matrix of the methodology `{}` by likelihood and impact. Inherent: if no control were there. Current: with what is there today. Residual: once what was decided is done.",
        digest::verdict(maker.report),
        methodology.name
    ).replace('`', ""))];
    let undecided = maker.undecided().len();
    if undecided > 0 {
        out.push(gap(format!(
            "{} above the tolerance ({}) without a decision. The treatment plan lists {}.",
            capital(&match undecided {
                1 => "1 risk is".to_owned(),
                number => format!("{number} risks are"),
            }),
            methodology.tolerance.as_str(),
            if undecided == 1 { "it" } else { "them" }
        )));
    }
    out.push(heading(1, "Register", "register"));
    out.push(register(maker));
    out.extend(maker.recorded());
    out.push(heading(1, "Risk of assets", "assets"));
    out.push(assets(maker));
    out
}

/// The rows of the register, the worst first.
fn register(maker: &Maker<'_>) -> Block {
    let analysis = maker.report.analysis;
    let columns = vec![
        Column::text("Current", 2),
        Column::text("Threat", 7).named(),
        Column::text("Element", 3),
        Column::text("Impact on the business", 6),
        Column::text("Likelihood, impact", 3).parts(),
        Column::text("Inherent", 2),
        Column::text("Residual", 2),
        Column::text("Treatment", 3),
        Column::text("Owner, until", 3).parts(),
    ];
    let findings = maker.worst_first(|_| true);
    let rows: Vec<Vec<Cell>> = findings
        .iter()
        .copied()
        .map(|finding| {
            let mut name: Cell = vec![Inline::Text(format!("{} ", finding.title).into())];
            name.extend(code(finding.id.clone()));
            vec![
                level(finding.current.risk),
                name,
                or_dash(&finding.elements.first().map(|it| maker.name(*it)).unwrap_or_default()),
                or_dash(&maker.business_impact(finding)),
                pair(finding.current.likelihood.as_str(), &format!("{} of 5", finding.current.impact.level())),
                level(finding.inherent.risk),
                level(finding.residual.risk),
                cell(treatment(maker, finding)),
                owner(maker, finding),
            ]
        })
        .collect();
    let all = analysis.findings.len();
    let mut not = format!(
        "{} that controls stop, and {} that could reveal more",
        count(analysis.mitigated.len(), "threat"),
        count(analysis.questions_total, "open question")
    );
    let recorded = maker.report.model.recorded_threats.len();
    if recorded > 0 {
        let open = crate::digest::recorded_open(maker.report.model).count();
        let threats = count(recorded, "threat");
        not = format!("{threats} that people recorded in the model, {open} of them open, listed below; {not}");
    }
    let query = "every finding of the analysis by current risk, open ones before those decided about";
    let selection = maker.selection(query, rows.len(), all, &not);
    table("risks", "Risk register", columns, rows, selection)
}

fn treatment(maker: &Maker<'_>, finding: &Finding) -> String {
    match maker.decision(finding) {
        Some(decision) => match decision.treatment {
            Treatment::FalsePositive => "false positive".to_owned(),
            other => other.as_str().to_owned(),
        },
        None if maker.report.treatment(&finding.id).is_some_and(|it| !it.stage.holds()) => {
            format!(
                "none: {}",
                maker.report.treatment(&finding.id).map_or("", |it| it.stage.as_str()).replace('-', " ")
            )
        }
        None if finding.current.risk > maker.report.methodology.tolerance => "none: needs a decision".to_owned(),
        None => "none: within tolerance".to_owned(),
    }
}

fn owner(maker: &Maker<'_>, finding: &Finding) -> Cell {
    let Some(decision) = maker.decision(finding) else { return cell("–") };
    let owner = if decision.owner.is_empty() { "–" } else { &*decision.owner };
    pair(owner, decision.until.as_deref().unwrap_or_default())
}

fn assets(maker: &Maker<'_>) -> Block {
    let risks = &maker.report.analysis.risks;
    if risks.is_empty() {
        return note(digest::silence(maker.report).join(" "));
    }
    let columns = vec![
        Column::text("Asset", 4),
        Column::text("Kind", 2),
        Column::text("Inherent", 2),
        Column::text("Current", 2),
        Column::text("Residual", 2),
        Column::text("Worst threats", 8),
    ];
    let mut sorted: Vec<_> = risks.iter().collect();
    sorted.sort_by_key(|risk| (std::cmp::Reverse(risk.current), risk.element));
    let rows: Vec<Vec<Cell>> = sorted
        .iter()
        .map(|risk| {
            let names = risk.findings.iter().take(3).map(|id| maker.digest.finding(id).map_or(&**id, |it| &*it.title));
            let names: Vec<&str> = names.collect();
            let of = |at: Level| level(at);
            vec![
                vec![Inline::Strong(maker.name(risk.element).into())],
                cell(risk.element.domain.as_str()),
                of(risk.inherent),
                of(risk.current),
                of(risk.residual),
                or_dash(&names.join("; ")),
            ]
        })
        .collect();
    let all = rows.len();
    let selection =
        maker.selection("every data asset and component that a threat touches, and the system", all, all, "");
    table("asset-risks", "Risk of assets, the worst of what threatens each", columns, rows, selection)
}
