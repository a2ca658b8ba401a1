//! Evidence as tables, before anybody decided on a format.

use vauban_model::coverage::{ApplicabilityRow, ArtefactState, Coverage, MatrixRow, MaturityRow, RequirementCoverage};
use vauban_model::document::{Cell, Column, Inline, Table, text};
use vauban_model::framework::Requirement;
use vauban_model::words::count;

fn code(text: &str) -> Cell {
    vec![Inline::Code(text.into())]
}

/// The title of a requirement, with whose words it is.
pub(super) fn title(requirement: &Requirement) -> String {
    match (requirement.title.is_empty(), requirement.own_label) {
        (true, _) => "(no label here)".to_owned(),
        (false, true) => format!("{} (our label)", requirement.title),
        (false, false) => requirement.title.to_string(),
    }
}

fn table(id: &str, caption: &str, columns: Vec<Column>, rows: Vec<Vec<Cell>>, selection: String) -> Table {
    Table { id: id.into(), caption: caption.into(), columns, rows, selection: selection.into() }
}

/// The requirements of a framework with their evidence.
pub fn requirements(coverage: &Coverage) -> Table {
    let rows = coverage.requirements.iter().map(|row| requirement(row, coverage)).collect();
    let baseline = if coverage.baseline.is_empty() { String::new() } else { format!(" in `{}`", coverage.baseline) };
    let selection = format!(
        "All {} requirements of {}{baseline} that are in force and can be fulfilled; groups are left out. What is evidenced by inventory, \
         diagrams, threats and risks is so {}.",
        coverage.requirements.len(),
        coverage.framework,
        coverage.modelled
    );
    let columns = vec![
        Column::text("Requirement", 2),
        Column::text("Title", 5),
        Column::text("Standing", 2),
        Column::text("Strength", 2),
        Column::text("Answered by", 5),
        Column::text("Controls in place", 2),
        Column::text("Gaps", 6),
        Column::text("Limit", 5),
        Column::text("Source", 5),
    ];
    table("coverage", "Requirements and their evidence", columns, rows, selection)
}

fn requirement(row: &RequirementCoverage, coverage: &Coverage) -> Vec<Cell> {
    let answered: Vec<String> =
        row.artefacts.iter().filter_map(|at| coverage.artefacts.get(*at)).map(answered_by).collect();
    let controls = if row.controls.all() == 0 {
        String::new()
    } else {
        format!(
            "{} of {}, {} verified",
            row.controls.working(),
            count(row.controls.all(), "place"),
            row.controls.verified
        )
    };
    let gaps: Vec<&str> = row.gaps.iter().map(|gap| &**gap).collect();
    let claim = row.claim.as_ref();
    vec![
        code(&row.requirement.id),
        text(title(&row.requirement)),
        text(row.standing.as_str()),
        text(claim.map_or("", |claim| claim.strength.as_str())),
        text(answered.join(", ")),
        text(controls),
        text(gaps.join("; ")),
        text(claim.map_or("", |claim| &claim.limit)),
        text(claim.map_or("", |claim| &claim.source)),
    ]
}

/// An artefact with how it stands.
pub(super) fn answered_by(state: &ArtefactState) -> String {
    format!("{} ({})", state.artefact.title(), state.freshness.as_str())
}

/// The artefacts as they stand.
pub fn artefacts(coverage: &Coverage) -> Table {
    let rows = coverage.artefacts.iter().map(|state| {
        vec![
            code(state.artefact.as_str()),
            text(state.freshness.as_str()),
            text(state.as_of.as_deref().unwrap_or("")),
            text(state.entries.to_string()),
            text(&*state.because),
        ]
    });
    let columns = vec![
        Column::text("Artefact", 3),
        Column::text("Standing", 2),
        Column::text("As of", 2),
        Column::number("Entries", 1),
        Column::text("Because", 8),
    ];
    table("artefacts", "Artefacts as they stand", columns, rows.collect(), String::new())
}

/// Labels that people give to ids of the framework and that it does not.
pub fn labels(coverage: &Coverage) -> Table {
    let rows = coverage.deviations.iter().map(|deviation| {
        vec![code(&deviation.id), text(&*deviation.label), text(deviation.instead.join(", ")), text(&*deviation.reason)]
    });
    let columns = vec![
        Column::text("Id", 2),
        Column::text("Called", 3),
        Column::text("What is meant", 4),
        Column::text("Why", 8),
    ];
    table("labels", "Labels that are not the framework's", columns, rows.collect(), String::new())
}

/// The control matrix.
pub fn matrix(rows: &[MatrixRow]) -> Table {
    let selection = format!(
        "{} rows: each threat of the model with each control that would stop or weaken it, open threats first, then threats \
         that a control stops.",
        rows.len()
    );
    let rows = rows.iter().map(|row| {
        let requirements: Vec<String> = row.requirements.iter().map(ToString::to_string).collect();
        vec![
            code(&row.threat),
            text(&*row.title),
            row.risk.map_or_else(|| text("stopped"), |risk| vec![Inline::Level(risk)]),
            text(format!("{} ({})", row.control_name, row.control)),
            text(row.state.as_str()),
            text(&*row.evidence),
            text(requirements.join(", ")),
        ]
    });
    let columns = vec![
        Column::text("Threat", 4),
        Column::text("What is wrong", 5),
        Column::text("Risk", 1),
        Column::text("Control", 4),
        Column::text("State", 2),
        Column::text("Evidence", 4),
        Column::text("Requirements", 5),
    ];
    table("control-matrix", "Threats, controls, requirements", columns, rows.collect(), selection)
}

/// The statement of applicability.
pub fn applicability(rows: &[ApplicabilityRow]) -> Table {
    let rows = rows.iter().map(|row| {
        vec![
            code(&row.requirement.id),
            text(title(&row.requirement)),
            text(row.applicable.as_str()),
            text(row.implemented.as_str()),
            text(&*row.justification),
            text(row.controls.join(", ")),
        ]
    });
    let columns = vec![
        Column::text("Control", 2),
        Column::text("Title", 5),
        Column::text("Applies", 2),
        Column::text("Implemented", 2),
        Column::text("Justification", 7),
        Column::text("Controls of the model", 5),
    ];
    let selection =
        "Every control of the annex. What neither a threat of the model nor the record speaks of is not assessed."
            .to_owned();
    table("applicability", "Statement of applicability", columns, rows.collect(), selection)
}

/// Maturity.
pub fn maturity(rows: &[MaturityRow]) -> Table {
    let rows = rows.iter().map(|row| {
        vec![
            text(&*row.activity.model),
            text(&*row.activity.stream),
            text(row.activity.level.to_string()),
            code(&row.activity.id),
            text(&*row.activity.title),
            text(row.shown.answer()),
            text(&*row.records),
            text(&*row.missing),
            text(&*row.activity.beyond),
        ]
    });
    let columns = vec![
        Column::text("Model", 2),
        Column::text("Stream", 3),
        Column::number("Level", 1),
        Column::text("Activity", 2),
        Column::text("Title", 5),
        Column::text("Shown", 2),
        Column::text("Shown by", 5),
        Column::text("Missing", 5),
        Column::text("Not known from the records", 5),
    ];
    let selection =
        "A self-assessment of what records show; no audit, and no word on what people do beside them. Where something is not known from the records, they show the activity in part at the most.".to_owned();
    table("maturity", "Maturity", columns, rows.collect(), selection)
}
