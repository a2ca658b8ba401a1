//! What the system is made of, who owns it, how it is classified and what threatens it.

use std::collections::BTreeMap;

use vauban_model::document::{Block, Cell, Column};
use vauban_model::model::{Element, ElementRef, Model};
use vauban_model::vocabulary::{Domain, fact};

use super::Maker;
use super::common::{
    NOT_SAID, cell, enumeration_word, gap, heading, level, note, or_dash, paragraph, spaced, strong, table,
};
use crate::text::{count, sentence_list};

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let model = maker.report.model;
    let mut out = vec![paragraph(format!(
        "The inventory holds what the model holds: {}, {}, {}, {}, {} and {}.",
        count(model.data.len(), "data asset"),
        count(model.components.len(), "component"),
        count(model.flows.len(), "flow"),
        count(model.boundaries.len(), "trust boundary"),
        count(model.identities.len(), "identity"),
        count(third_parties_known(model), "third party"),
    ))];
    out.extend(gaps(maker));
    out.push(heading(1, "Data", "data"));
    out.push(data(maker));
    out.push(heading(1, "Components", "components"));
    out.push(components(maker));
    out.push(heading(1, "Data flows", "flows"));
    out.push(flows(maker));
    out.push(heading(1, "Trust boundaries", "boundaries"));
    out.push(boundaries(maker));
    out.push(heading(1, "Identities and roles", "identities"));
    out.push(identities(maker));
    out.push(heading(1, "Third parties", "third-parties"));
    out.extend(third_parties(maker));
    out
}

/// What an auditor would ask first: what has no owner, what has no class.
fn gaps(maker: &Maker<'_>) -> Vec<Block> {
    let model = maker.report.model;
    let mut out = Vec::new();
    let unowned = model.components.iter().filter(|it| it.element.owner.is_none() && it.element.in_scope()).count();
    if unowned > 0 && model.system.owner.is_none() {
        out.push(gap(format!(
            "{} in scope without an owner, and the system has none either",
            count(unowned, "component")
        )));
    }
    let unclassified: Vec<String> = model
        .data
        .iter()
        .filter(|it| it.word(fact::CLASSIFICATION).is_none())
        .map(|it| it.name.to_string())
        .take(6)
        .collect();
    if !unclassified.is_empty() {
        out.push(gap(format!("no classification is stated for {}", sentence_list(&unclassified))));
    }
    if model.data.is_empty() {
        out.push(gap("the model names no data; without data, impact is judged by criticality alone"));
    }
    out
}

fn owner(maker: &Maker<'_>, element: &Element) -> Cell {
    match (&element.owner, &maker.report.model.system.owner) {
        (Some(owner), _) => cell(owner.clone()),
        // Who answers for the system answers for what is in it.
        (None, Some(owner)) if element.in_scope() => cell(format!("{owner} (the system's)")),
        (None, _) => cell(NOT_SAID),
    }
}

fn risk_of(maker: &Maker<'_>, element: ElementRef) -> Cell {
    maker.risks().get(&element).map_or_else(|| cell("–"), |risk| level(risk.current))
}

fn data(maker: &Maker<'_>) -> Block {
    let model = maker.report.model;
    let mut stored: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (at, component) in (0u32..).zip(&model.components) {
        for data in component.element.references(fact::STORES) {
            stored.entry(*data).or_default().push(at);
        }
    }
    let columns = vec![
        Column::text("Data", 4),
        Column::text("Classification", 3),
        Column::text("Kinds", 3),
        Column::text("Integrity", 2),
        Column::text("Availability", 2),
        Column::text("Stored in", 4),
        Column::text("Risk today", 2),
    ];
    let rows: Vec<Vec<Cell>> = model
        .elements(Domain::Data)
        .map(|(element, entry)| {
            let kinds: Vec<String> = entry
                .symbols(fact::DATA_KINDS)
                .iter()
                .filter_map(|at| enumeration_word(fact::DATA_KINDS, *at))
                .map(spaced)
                .collect();
            vec![
                strong(entry.name.clone()),
                maker.word(entry, fact::CLASSIFICATION),
                or_dash(&kinds.join(", ")),
                maker.word(entry, fact::INTEGRITY),
                maker.word(entry, fact::AVAILABILITY),
                or_dash(
                    &maker.names(Domain::Component, stored.get(&element.index).map(Vec::as_slice).unwrap_or_default()),
                ),
                risk_of(maker, element),
            ]
        })
        .collect();
    let selection = maker.selection("every data asset of the model", rows.len(), model.data.len(), "");
    table("data", "Data assets", columns, rows, selection)
}

fn components(maker: &Maker<'_>) -> Block {
    let (model, analysis) = (maker.report.model, maker.report.analysis);
    let columns = vec![
        Column::text("Component", 4),
        Column::text("Kind", 3),
        Column::text("Technology", 3),
        Column::text("Boundary", 3),
        Column::text("Owner", 3),
        Column::text("Data it stores or handles", 4),
        Column::text("Scope", 2),
        Column::text("Risk today", 2),
    ];
    let rows: Vec<Vec<Cell>> = model
        .elements(Domain::Component)
        .map(|(element, entry)| {
            let kind = analysis.kinds.get(element.at()).copied().flatten();
            let kind = kind.and_then(|at| enumeration_word(fact::KIND, at)).map_or_else(|| NOT_SAID.to_owned(), spaced);
            let boundary = model.components.get(element.at()).and_then(|it| it.boundary);
            let mut data = entry.references(fact::STORES).to_vec();
            data.extend(
                entry.references(fact::HANDLES).iter().filter(|it| !entry.references(fact::STORES).contains(it)),
            );
            vec![
                strong(entry.name.clone()),
                cell(kind),
                or_dash(&entry.words(fact::TECHNOLOGY).join(", ")),
                or_dash(&boundary.map(|at| maker.names(Domain::Boundary, &[at])).unwrap_or_default()),
                owner(maker, entry),
                or_dash(&maker.names(Domain::Data, &data)),
                maker.scope(element),
                risk_of(maker, element),
            ]
        })
        .collect();
    let selection = maker.selection("every component of the model", rows.len(), model.components.len(), "");
    table("components", "Components", columns, rows, selection)
}

fn flows(maker: &Maker<'_>) -> Block {
    let (model, analysis) = (maker.report.model, maker.report.analysis);
    let columns = vec![
        Column::text("From", 4),
        Column::text("To", 4),
        Column::text("Protocol", 3),
        Column::text("Encrypted", 3),
        Column::text("Authentication", 4),
        Column::text("Carries", 3),
        Column::text("Returns", 3),
    ];
    let rows: Vec<Vec<Cell>> = model
        .elements(Domain::Flow)
        .filter_map(|(element, entry)| model.flows.get(element.at()).map(|flow| (element, entry, flow)))
        .map(|(element, entry, flow)| {
            let encrypted = match analysis.encrypted.get(element.at()).copied().flatten() {
                Some(true) => "yes",
                Some(false) => "no",
                None => NOT_SAID,
            };
            vec![
                cell(maker.names(Domain::Component, &[flow.source])),
                cell(maker.names(Domain::Component, &[flow.target])),
                maker.word(entry, fact::PROTOCOL),
                cell(encrypted),
                maker.word(entry, fact::AUTHENTICATION),
                or_dash(&maker.names(Domain::Data, entry.references(fact::CARRIES))),
                or_dash(&maker.names(Domain::Data, entry.references(fact::RETURNS))),
            ]
        })
        .collect();
    let selection = maker.selection("every data flow of the model", rows.len(), model.flows.len(), "");
    table("flows", "Data flows", columns, rows, selection)
}

fn boundaries(maker: &Maker<'_>) -> Block {
    let model = maker.report.model;
    if model.boundaries.is_empty() {
        return gap("the model draws no trust boundary");
    }
    let columns = vec![
        Column::text("Boundary", 4),
        Column::text("Kind", 3),
        Column::text("Trust", 3),
        Column::text("Inside", 3),
        Column::number("Components", 2),
    ];
    let rows: Vec<Vec<Cell>> = model
        .elements(Domain::Boundary)
        .map(|(element, entry)| {
            let parent = model.boundaries.get(element.at()).and_then(|it| it.parent);
            let inside = model.components.iter().filter(|it| it.boundary == Some(element.index)).count();
            vec![
                strong(entry.name.clone()),
                maker.word(entry, fact::BOUNDARY_KIND),
                maker.word(entry, fact::TRUST),
                or_dash(&parent.map(|at| maker.names(Domain::Boundary, &[at])).unwrap_or_default()),
                cell(inside.to_string()),
            ]
        })
        .collect();
    let selection = maker.selection("every trust boundary of the model", rows.len(), model.boundaries.len(), "");
    table("boundaries", "Trust boundaries", columns, rows, selection)
}

fn identities(maker: &Maker<'_>) -> Block {
    let model = maker.report.model;
    if model.identities.is_empty() {
        return gap("the model names no identities or roles");
    }
    let mut columns = vec![
        Column::text("Identity", 4),
        Column::text("Kind", 2),
        Column::text("May use", 4),
        Column::text("May read", 3),
        Column::text("May write", 3),
        Column::text("May administer", 4),
        Column::text("May act as", 3),
        Column::text("Second factor", 2),
    ];
    // Where code or state says what the cloud grants, it stands beside what the model states.
    let cloud = !maker.report.permitted.is_empty();
    if cloud {
        columns.push(Column::text("Granted by the cloud", 6));
    }
    let rows: Vec<Vec<Cell>> = model
        .elements(Domain::Identity)
        .map(|(element, entry)| {
            let may = |id| or_dash(&maker.names(Domain::Component, entry.references(id)));
            let factor = match entry.bool(fact::MULTI_FACTOR) {
                Some(true) => "yes",
                Some(false) => "no",
                None => NOT_SAID,
            };
            let mut row = vec![
                strong(entry.name.clone()),
                maker.word(entry, fact::IDENTITY_KIND),
                may(fact::MAY_USE),
                may(fact::MAY_READ),
                may(fact::MAY_WRITE),
                may(fact::MAY_ADMINISTER),
                or_dash(&maker.names(Domain::Identity, entry.references(fact::MAY_ASSUME))),
                cell(factor),
            ];
            if cloud {
                row.push(maker.granted(element));
            }
            row
        })
        .collect();
    let selection = maker.selection("every identity of the model", rows.len(), model.identities.len(), "");
    table("identities", "Identities and roles", columns, rows, selection)
}

/// Components that somebody else operates and that the model describes nowhere as a third party.
fn operated_by_others(model: &Model) -> Vec<String> {
    let described = |name: &str| model.third_parties.iter().any(|party| party.name.eq_ignore_ascii_case(name));
    model
        .components
        .iter()
        .filter(|it| it.element.word(fact::OPERATED_BY) == Some("third-party") && !described(&it.element.name))
        .map(|it| it.element.name.to_string())
        .collect()
}

/// How many third parties a model knows, described or not.
pub(super) fn third_parties_known(model: &Model) -> usize {
    model.third_parties.len() + operated_by_others(model).len()
}

fn third_parties(maker: &Maker<'_>) -> Vec<Block> {
    let model = maker.report.model;
    let operated = operated_by_others(model);
    let undescribed =
        || note(format!("Operated by third parties, and not described further: {}.", sentence_list(&operated)));
    if model.third_parties.is_empty() {
        return vec![if operated.is_empty() { note("The model names no third party.") } else { undescribed() }];
    }
    let columns = vec![
        Column::text("Third party", 3),
        Column::text("Provides", 4),
        Column::text("Used by", 3),
        Column::text("Sees", 3),
        Column::text("When it is down", 4),
    ];
    let rows: Vec<Vec<Cell>> = model
        .third_parties
        .iter()
        .map(|party| {
            vec![
                strong(party.name.clone()),
                or_dash(&party.provides),
                or_dash(&maker.names(Domain::Component, &party.used_by)),
                or_dash(&maker.names(Domain::Data, &party.data)),
                or_dash(&party.when_down),
            ]
        })
        .collect();
    let selection = maker.selection("every third party of the model", rows.len(), model.third_parties.len(), "");
    let mut out = vec![table("third-parties", "Third parties", columns, rows, selection)];
    if !operated.is_empty() {
        out.push(undescribed());
    }
    out
}
