//! Tables of threats and decisions.

use vauban_model::Diagnostic;
use vauban_model::finding::{Decision, Treatment};
use vauban_model::model::ElementRef;
use vauban_model::recorded::Recorded;
use vauban_model::vocabulary::Domain;
use vauban_syntax::Node;

use super::cells::TREATMENTS;
use super::lower::{FORMAT, Lookup, Understood};
use super::number::day;
use super::raw::Row;
use super::words::{Rows, folded, is_everything, is_nobody, normal};
use crate::ImportedDecision;
use crate::draft::{Draft, Space, blank_threat, one_line, slug};
use crate::extras::{keep, text_of};
use crate::kept::{parts, yes_no};
use crate::log::short;

/// Characters of a title; what is longer is a description.
const LONGEST_TITLE: usize = 120;

/// Reads both kinds of table.
pub(super) fn threats(draft: &mut Draft, lookup: &Lookup, tables: &[Understood<'_>], own: bool) {
    for it in tables.iter().filter(|it| it.table.rows == Rows::Decisions) {
        for row in it.rows() {
            let said = it.cell(row, "threat");
            if said.is_empty() {
                continue;
            }
            let word = it.cell(row, "treatment");
            match treatment(word) {
                Some(treatment) => decide(draft, said, treatment, it, row),
                None if word.is_empty() => {}
                None => {
                    let message = format!("`{}` is no treatment of a threat", short(word));
                    draft.log.group(
                        Diagnostic::warning("import-unknown-value", row.span, message).help(
                            "one of mitigate, accept, transfer, avoid, false-positive; the decision was left out",
                        ),
                    );
                }
            }
        }
    }
    for it in tables.iter().filter(|it| it.table.rows == Rows::Threats) {
        for row in it.rows() {
            threat(draft, lookup, it, row, own);
        }
    }
}

/// What a word says is done about a threat.
fn treatment(word: &str) -> Option<Treatment> {
    let word = normal(word);
    let ours = TREATMENTS.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours);
    Treatment::parse(ours.unwrap_or(&word))
}

/// Whether an id is one of our findings, or a pattern for some.
fn is_ours(id: &str) -> bool {
    id.contains('@') && !id.contains(char::is_whitespace)
}

fn decide(draft: &mut Draft, said: &str, treatment: Treatment, it: &Understood<'_>, row: &Row) {
    let cell = |field: &str| it.cell(row, field);
    let date = |field: &str| Some(day(cell(field))).filter(|day| !day.is_empty());
    if is_ours(said) {
        draft.own_decisions.push(Decision {
            threat: said.into(),
            treatment,
            reason: cell("reason").into(),
            owner: cell("owner").into(),
            approver: cell("approver").into(),
            until: date("until").map(Into::into),
            ticket: Some(cell("ticket")).filter(|it| !it.is_empty()).map(Into::into),
            decided: date("decided").map(Into::into),
            span: row.span,
        });
        return;
    }
    // The words that decisions of other tools are carried over by.
    let status = match treatment {
        Treatment::Accept => "accepted",
        Treatment::FalsePositive => "false-positive",
        Treatment::Mitigate => "in-progress",
        Treatment::Transfer => "transferred",
        Treatment::Avoid => "avoided",
    };
    let mut split = said.split('@');
    draft.decisions.push(ImportedDecision {
        pattern: said.into(),
        foreign_rule: split.next().unwrap_or_default().into(),
        elements: split.map(Into::into).collect(),
        status: status.into(),
        reason: cell("reason").into(),
        ticket: cell("ticket").into(),
        date: date("decided").unwrap_or_default().into(),
        by: Some(cell("approver")).filter(|it| !it.is_empty()).unwrap_or(cell("owner")).into(),
        span: row.span,
    });
}

/// Whether a pattern with `*` means an id.
fn means(pattern: &str, id: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = id.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(before) = last.replace(piece) {
            let Some(at) = rest.find(before) else { return false };
            rest = rest.get(at + before.len()..).unwrap_or_default();
        }
    }
    match last {
        Some(piece) => rest.ends_with(piece),
        None => rest.is_empty(),
    }
}

fn threat(draft: &mut Draft, lookup: &Lookup, it: &Understood<'_>, row: &Row, own: bool) {
    let cell = |field: &str| it.cell(row, field);
    let title = one_line(cell("title"));
    let id = cell("id");
    if title.is_empty() && id.is_empty() {
        return;
    }
    let word = Some(cell("treatment")).filter(|it| !it.is_empty()).unwrap_or(cell("status"));
    let decided = treatment(word);
    if normal(cell("found_by")) == "vauban" {
        draft.log.left_out("threats", row.span, "Vauban finds them again");
        let known = draft.own_decisions.iter().any(|decision| means(&decision.threat, id));
        // What controls stop is no decision.
        if let Some(treatment) = decided.filter(|_| !known && normal(word) != "mitigated") {
            decide(draft, id, treatment, it, row);
        }
        return;
    }
    let mut threat = blank_threat(row.span);
    let about = cell("elements");
    let mut unknown = Vec::new();
    for part in about_of(about, lookup, own) {
        match lookup.any(&part) {
            Some(element) => threat.elements.push(element),
            None if folded(&part) == folded(&draft.model.system.name) || !own && is_everything(&part) => {
                threat.elements.push(ElementRef::SYSTEM);
            }
            None if !own && is_nobody(&part) => {}
            None => unknown.push(part),
        }
    }
    if !own {
        for part in &unknown {
            let message = format!("a threat is about `{}`, which no table has", short(part));
            draft.log.group(
                Diagnostic::warning("import-missing-reference", row.span, message)
                    .help("the name was kept as a remark; write it as in the table of components"),
            );
        }
    }
    let place = threat.elements.first().map(|element| draft.model.id(*element).to_owned());
    // The number of a row names no threat: the next edit gives it to another. An id does, whatever it is made of.
    let counted =
        id.is_empty() || (!own && !title.is_empty() && it.numbers_rows("id") && id.bytes().all(|b| b.is_ascii_digit()));
    let wanted = match (counted, place) {
        (false, _) => id.to_owned(),
        (true, Some(place)) => format!("{}@{place}", slug(&title, "threat")),
        (true, None) => slug(&title, "threat"),
    };
    threat.id = draft.unique_id(Space::Threat, &wanted);
    threat.title = if title.is_empty() { id.into() } else { title.as_str().into() };
    threat.description = cell("description").into();
    // What a description says stands for a title; one of many words is both.
    if !own && threat.description.is_empty() && title.chars().count() > LONGEST_TITLE {
        threat.description = cell("title").into();
        let beginning: String = title.chars().take(LONGEST_TITLE).collect();
        threat.title = format!("{}…", beginning.trim_end()).into();
    }
    threat.categories = parts(&cell("category").replace('|', ","), &|_| false).into_iter().map(Into::into).collect();
    threat.severity = Some(cell("severity")).filter(|it| !it.is_empty()).unwrap_or(cell("risk")).into();
    threat.status = if own { cell("status").into() } else { status(draft, it, row) };
    threat.mitigation = cell("mitigation").into();
    // What is there already is what mitigates a threat once it is mitigated, and nothing that is still to be done.
    let there = cell("existing_controls");
    if !own && !there.is_empty() {
        let mitigated = Recorded::of(&threat.status) == Recorded::Mitigated;
        if mitigated && threat.mitigation.is_empty() && yes_no(there).is_none() {
            threat.mitigation = there.into();
        }
        let heading = it.heading_of("existing_controls").map(one_line).filter(|heading| !heading.is_empty());
        keep(&mut threat.extras, FORMAT, heading.as_deref().unwrap_or("existing_controls"), there);
    }
    for number in parts(cell("cwe"), &|_| false) {
        match number.trim_start_matches(|c: char| !c.is_ascii_digit()).parse() {
            Ok(number) => threat.cwe.push(number),
            Err(_) => keep(&mut threat.extras, FORMAT, "cwe", number),
        }
    }
    for part in unknown {
        keep(&mut threat.extras, FORMAT, "element", part);
    }
    // A number that is no id of ours, and a risk beside a severity.
    if counted && !id.is_empty() {
        keep(&mut threat.extras, FORMAT, "id", id);
    }
    if !cell("risk").is_empty() && !cell("severity").is_empty() {
        keep(&mut threat.extras, FORMAT, "risk", cell("risk"));
    }
    for field in ["likelihood", "impact", "owner", "reason", "treatment", "approver", "until", "ticket", "decided"] {
        let text = cell(field);
        if !text.is_empty() {
            keep(
                &mut threat.extras,
                FORMAT,
                field,
                if matches!(field, "until" | "decided") { day(text) } else { text.to_owned() },
            );
        }
    }
    for (column, field) in it.table.fields.iter().enumerate().filter(|(_, field)| field.is_none()) {
        let (heading, text) = (it.heading(column), row.cell(column));
        if !text.is_empty() && field.is_none() {
            let heading = if heading.is_empty() { format!("column {}", column + 1) } else { one_line(heading) };
            let heading = below(it, column).map_or_else(|| heading.clone(), |group| format!("{group}: {heading}"));
            let taken = |key: &str| threat.extras.iter().any(|(known, _)| known.ends_with(&format!(":{key}")));
            // Two columns of one heading are two remarks.
            let twice = taken(&heading);
            let key = if twice { format!("{heading} ({})", column + 1) } else { heading };
            keep(&mut threat.extras, FORMAT, &key, text);
        }
    }
    if let Some(treatment) = decided.filter(|_| !cell("treatment").is_empty() || !cell("reason").is_empty()) {
        let id = threat.id.clone();
        let before = draft.own_decisions.len();
        decide(draft, &id, treatment, it, row);
        // Ours are findings only: what people recorded is another tool's to us.
        if let Some(own) = draft.own_decisions.drain(before..).next() {
            draft.decisions.push(ImportedDecision {
                pattern: own.threat.clone(),
                foreign_rule: own.threat.split('@').next().unwrap_or_default().into(),
                elements: own.threat.split('@').skip(1).map(Into::into).collect(),
                status: own.treatment.status().as_str().into(),
                reason: own.reason,
                ticket: own.ticket.unwrap_or_default(),
                date: own.decided.unwrap_or_default(),
                by: own.owner,
                span: own.span,
            });
        }
    }
    draft.model.recorded_threats.push(threat);
}

/// Whether a cell names several things in a way that a name may be written in.
pub(super) fn joins(cell: &str) -> bool {
    cell.contains(['→', '/', '&', '+']) || cell.contains("->")
}

/// What a cell says a threat is about: a list, or names joined by a sign if each is known or the sign can mean nothing
/// else (`Shop → Archive`, `A2 / A3`).
pub(super) fn about(cell: &str, lookup: &Lookup) -> Vec<String> {
    let known = |part: &str| lookup.any(part).is_some();
    let mut out = Vec::new();
    for part in parts(cell, &known) {
        let split = |by: &str| -> Vec<String> {
            part.split(by).map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
        };
        let sure = ["→", "->", "<->", "↔", " / "].iter().map(|by| split(by)).find(|pieces| pieces.len() > 1);
        let likely = ["/", " & ", "&", " and ", " und ", " et ", " y ", " + ", "+"]
            .iter()
            .map(|by| split(by))
            .find(|pieces| pieces.len() > 1 && pieces.iter().all(|piece| known(piece)));
        match sure.or(likely).filter(|_| !known(&part)) {
            Some(pieces) => out.extend(pieces),
            None => out.push(part),
        }
    }
    out
}

fn about_of(cell: &str, lookup: &Lookup, own: bool) -> Vec<String> {
    if own { parts(cell, &|part| lookup.any(part).is_some()) } else { about(cell, lookup) }
}

/// The state of a threat as a team's table gives it: the column for it, a tick under `Mitigated?`, else what was decided.
fn status(draft: &mut Draft, it: &Understood<'_>, row: &Row) -> Box<str> {
    let said = it.cell(row, "status");
    if said.is_empty() {
        // Who accepts or passes on a risk has settled it; what is to be mitigated is not yet.
        return match treatment(it.cell(row, "treatment")) {
            Some(Treatment::Accept) => "accepted".into(),
            Some(Treatment::Transfer) => "transferred".into(),
            Some(Treatment::Avoid) => "avoided".into(),
            Some(Treatment::FalsePositive) => "false positive".into(),
            Some(Treatment::Mitigate) | None => Box::default(),
        };
    }
    let column = it.table.fields.iter().position(|known| known.as_deref() == Some("status"));
    let heading = one_line(column.map_or("", |column| it.heading(column)).trim_end_matches(['?', ' ']));
    let asks = Recorded::known(&heading).is_some_and(|state| state != Recorded::Open);
    let tick = yes_no(said).or(match normal(said).as_str() {
        "y" | "j" | "o" | "✓" | "✔" | "100%" | "100 %" => Some(true),
        "n" | "✗" | "✘" | "0%" | "0 %" => Some(false),
        _ => None,
    });
    if let (true, Some(tick)) = (asks, tick) {
        return if tick { heading.into() } else { format!("not {}", heading.to_lowercase()).into() };
    }
    if Recorded::known(said).is_none() && treatment(said).is_none() {
        let message = format!("`{}` is no known state of a threat; it counts as open", short(said));
        draft.log.group(Diagnostic::warning("import-unknown-value", row.span, message).help(
            "known are open, in progress, mitigated, accepted, transferred, closed, not applicable and their like",
        ));
    }
    said.into()
}

/// What stands over a heading that the row has twice: `Residual risk` over the second `Likelihood`.
fn below(it: &Understood<'_>, column: usize) -> Option<String> {
    let heading = normal(it.heading(column));
    let twice = it.table.headings.iter().filter(|cell| normal(cell) == heading).count() > 1;
    let over = it.sheet.rows.get(it.table.head.checked_sub(1)?)?;
    let group = (0..=column).rev().map(|at| one_line(over.cell(at))).find(|text| !text.is_empty())?;
    (twice && !heading.is_empty()).then_some(group)
}

/// What the hidden sheet says of a recorded threat.
pub(super) fn beside(draft: &mut Draft, id: &str, key: &str, node: &Node) {
    let elements: Option<Vec<ElementRef>> = (key == "elements").then(|| {
        let named = |item: &Node| {
            let (kind, id) = item.as_str()?.split_once(':')?;
            let domain = Domain::parse(kind)?;
            draft.model.elements(domain).find(|(_, it)| *it.id == *id).map(|(target, _)| target)
        };
        node.as_sequence().unwrap_or_default().iter().filter_map(named).collect()
    });
    let Some(threat) = draft.model.recorded_threats.iter_mut().find(|threat| *threat.id == *id) else { return };
    if let Some(elements) = elements {
        threat.elements = elements;
        threat.extras.retain(|(key, _)| !key.ends_with(":element"));
    } else if let Some(name) = key.strip_prefix("extra.") {
        let value = text_of(node);
        let name = name.trim_end_matches('+');
        if threat.extras.iter().all(|(known, text)| **known != *name || **text != *value) {
            threat.extras.push((name.into(), value.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::means;

    #[test]
    fn patterns_mean_what_they_match() {
        for (pattern, id, yes) in [
            ("a@b", "a@b", true),
            ("a@*", "a@b", true),
            ("*@b", "a@b", true),
            ("a*c@*", "abc@x", true),
            ("a@b", "a@bc", false),
            ("*@c", "a@b", false),
        ] {
            assert_eq!(means(pattern, id), yes, "{pattern} {id}");
        }
    }
}
