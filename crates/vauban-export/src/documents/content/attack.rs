//! Techniques and tactics of MITRE ATT&CK that the threats here use, are stopped at, or would use if an answer said so.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::document::{Block, Cell, Column, Inline};
use vauban_model::finding::Finding;
use vauban_model::library::Threat;
use vauban_model::model::{ElementRef, Flow};
use vauban_model::vocabulary::Domain;

use super::Maker;
use super::common::{bullets, cell, code, heading, level, note, paragraph, said, spaced, table};
use crate::digest::Technique;
use crate::text::{capital, count, sentence_list};

/// Findings named for a technique.
const NAMED: usize = 3;

pub(super) fn blocks(maker: &Maker<'_>) -> Vec<Block> {
    let techniques = maker.digest.techniques();
    let names = maker.report.names;
    if techniques.is_empty() {
        return vec![note("No threat that applies, asks or is stopped here names a technique of ATT&CK.")];
    }
    let mut out = vec![paragraph(format!(
        "{} of ATT&CK {} are named by threats of this model. Open counts threats that apply and are not decided about; decided, those that somebody decided about; stopped, places where a control stops them; asks, questions whose answer could reveal one.",
        count(techniques.len(), "technique"),
        names.attack_version()
    ))];
    out.push(heading(1, "Tactics", "tactics"));
    out.push(tactics(maker, &techniques));
    out.push(heading(1, "Techniques", "techniques"));
    out.push(list(maker, &techniques));
    let detection = detection(maker);
    if !detection.is_empty() {
        out.push(heading(1, "Detection", "detection"));
        out.extend(detection);
    }
    out
}

/// How many techniques of each tactic are open, and which is worst.
fn tactics(maker: &Maker<'_>, techniques: &BTreeMap<&str, Technique<'_>>) -> Block {
    let mut by: BTreeMap<&str, Vec<(&str, &Technique<'_>)>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for (id, technique) in techniques {
        for tactic in maker.report.names.attack_tactics(id) {
            if !order.contains(&tactic) {
                order.push(tactic);
            }
            by.entry(tactic).or_default().push((*id, technique));
        }
    }
    order.sort_by_key(|tactic| crate::html::TACTICS.iter().position(|it| it == tactic).unwrap_or(usize::MAX));
    let columns = vec![
        Column::text("Tactic", 4),
        Column::text("Worst open risk", 3),
        Column::number("Techniques", 2),
        Column::number("Open", 2),
        Column::text("Open techniques", 8),
    ];
    let rows: Vec<Vec<Cell>> = order
        .iter()
        .filter_map(|tactic| by.get(tactic).map(|all| (tactic, all)))
        .map(|(tactic, all)| {
            let open: Vec<&str> = all.iter().filter(|(_, it)| !it.open.is_empty()).map(|(id, _)| *id).collect();
            let worst = all.iter().filter_map(|(_, it)| it.worst()).max();
            let more = open.len().saturating_sub(8);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let shown: Vec<&str> = open.iter().take(8).copied().collect();
            vec![
                vec![Inline::Strong(capital(&spaced(tactic)).into())],
                worst.map_or_else(|| cell("none"), level),
                cell(all.len().to_string()),
                cell(open.len().to_string()),
                cell(if shown.is_empty() { "–".to_owned() } else { format!("{}{more}", shown.join(", ")) }),
            ]
        })
        .collect();
    let all = rows.len();
    let selection = maker.selection("tactics of the techniques below, in the order of ATT&CK", all, all, "");
    table("tactics", "Tactics of ATT&CK", columns, rows, selection)
}

fn list(maker: &Maker<'_>, techniques: &BTreeMap<&str, Technique<'_>>) -> Block {
    let mut order: Vec<(&&str, &Technique<'_>)> = techniques.iter().collect();
    order.sort_by_key(|(id, it)| (std::cmp::Reverse(it.worst()), **id));
    let columns = vec![
        Column::text("Technique", 5),
        Column::text("Worst open risk", 2),
        Column::number("Open", 2),
        Column::number("Decided", 2),
        Column::number("Stopped", 2),
        Column::number("Asks", 2),
        Column::text("Open threats", 8),
    ];
    let rows: Vec<Vec<Cell>> = order
        .iter()
        .map(|(id, technique)| {
            let mut name = code(**id);
            name.push(Inline::Text(format!(" {}", maker.report.names.attack(id).unwrap_or_default()).into()));
            let titles: Vec<&str> = technique.open.iter().take(NAMED).map(|it| &*it.title).collect();
            let more = technique.open.len().saturating_sub(NAMED);
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            vec![
                name,
                technique.worst().map_or_else(|| cell("none"), level),
                cell(technique.open.len().to_string()),
                cell(technique.decided.to_string()),
                cell(technique.stopped.to_string()),
                cell(technique.asked.to_string()),
                cell(if titles.is_empty() { "–".to_owned() } else { format!("{}{more}", titles.join("; ")) }),
            ]
        })
        .collect();
    let all = rows.len();
    let selection = maker.selection(
        "techniques that a threat names which applies, asks or is stopped",
        all,
        all,
        "techniques of ATT&CK that no threat of the library names for this model",
    );
    table("techniques", "Techniques of ATT&CK", columns, rows, selection)
}

/// A sentence of the library about a threat, with the names of the places where it applies for those it speaks of. The
/// sentence is of the threat and not of one finding, so a name that only the conditions of a finding bind stands for what
/// else the findings concern.
fn filled(maker: &Maker<'_>, threat: &Threat, findings: &[&Finding], sentence: &str) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some((before, name, after)) = placeholder(rest) {
        out.push_str(before);
        out.push_str(&meant(maker, threat, findings, name));
        rest = after;
    }
    out + rest
}

/// The first placeholder of a text: what stands before it, its name and what stands behind it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// What a placeholder means for some findings, as names.
fn meant(maker: &Maker<'_>, threat: &Threat, findings: &[&Finding], placeholder: &str) -> String {
    let places = maker.places(findings);
    let ends = |end: fn(&Flow) -> u32| -> BTreeSet<ElementRef> {
        let flows = places.iter().filter(|it| it.domain == Domain::Flow);
        let flows = flows.filter_map(|it| maker.report.model.flows.get(it.index as usize));
        flows.map(|flow| ElementRef { domain: Domain::Component, index: end(flow) }).collect()
    };
    let data = || -> BTreeSet<ElementRef> {
        let indexes = findings.iter().flat_map(|it| &it.data);
        indexes.map(|index| ElementRef { domain: Domain::Data, index: *index }).collect()
    };
    let others: BTreeSet<ElementRef> = findings.iter().flat_map(|it| it.elements.iter().skip(1).copied()).collect();
    let wanted = match placeholder {
        it if it == threat.on.as_str() => places.clone(),
        "flow.source" => ends(|flow| flow.source),
        "flow.target" => ends(|flow| flow.target),
        "data" => data(),
        _ if others.is_empty() => data(),
        _ => others,
    };
    let mut names: Vec<String> = wanted.iter().take(NAMED).map(|it| maker.name(*it)).collect();
    if wanted.len() > NAMED {
        names.push(format!("{} more", wanted.len() - NAMED));
    }
    if names.is_empty() { "what is at stake".to_owned() } else { sentence_list(&names) }
}

/// What to look for, for the threats that are open.
fn detection(maker: &Maker<'_>) -> Vec<Block> {
    let open: Vec<_> = maker.digest.open().collect();
    let mut items: Vec<Cell> = Vec::new();
    let mut without = 0usize;
    for group in maker.digest.groups(&open) {
        let Some(threat) = group.threat.filter(|it| !it.attack.is_empty()) else { continue };
        if threat.detect.is_empty() {
            without += 1;
            continue;
        }
        let words: Vec<&str> = threat.detect.iter().map(|it| it.trim_end_matches('.')).collect();
        let words = filled(maker, threat, &group.findings, &format!(": {}.", words.join("; ")));
        let mut item = vec![Inline::Strong(threat.title.clone())];
        item.extend(said(&words));
        items.push(item);
    }
    let mut out = Vec::new();
    if !items.is_empty() {
        out.push(paragraph("What to look for, for the threats that are open:"));
        out.push(bullets(items));
    }
    if without > 0 {
        out.push(note(format!(
            "For {} that {} open the library says nothing to look for.",
            count(without, "threat"),
            if without == 1 { "is" } else { "are" }
        )));
    }
    out
}
