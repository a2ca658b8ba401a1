//! The treatment plan, the plan of action with milestones and the register of exceptions.

use std::fmt::Write as _;

use serde_json::{Value, json};
use vauban_model::treatment::{Stage, TreatmentOf};

use super::{Table, or_empty};
use crate::terminal::Style;
use crate::text::{count, one_line};

/// Treatments for people at a terminal.
pub fn treatments_text(list: &[&TreatmentOf], style: Style) -> String {
    style.fitted(treatments_text_lines(list, style))
}

fn treatments_text_lines(list: &[&TreatmentOf], style: Style) -> String {
    if list.is_empty() {
        return "No treatments.\n".to_owned();
    }
    let mut out = String::new();
    for it in list {
        let overdue = if it.overdue { ", overdue" } else { "" };
        let what = format!("{} · {}{overdue}", it.treatment.as_str(), it.stage.as_str());
        let _ = writeln!(out, "{}  {what}", style.bold(&one_line(&it.finding)));
        let mut facts = vec![format!("owner {}", one_line(&it.owner))];
        if !it.approver.is_empty() {
            facts.push(format!("approved by {}", one_line(&it.approver)));
        }
        facts.extend(it.due.as_deref().map(|day| format!("due {day}")));
        facts.extend(it.until.as_deref().map(|day| format!("until {day}")));
        facts.extend(it.ticket.as_deref().map(|ticket| format!("ticket {}", one_line(ticket))));
        if let (Some(current), Some(residual)) = (it.current, it.residual) {
            facts.push(format!("risk {} → {}", current.as_str(), residual.as_str()));
        }
        let _ = writeln!(out, "    {}", style.dim(&facts.join(" · ")));
        let _ = writeln!(out, "    {}", one_line(&it.reason));
        for changed in &it.changed {
            let _ = writeln!(out, "    changed: {}", one_line(changed));
        }
    }
    let late = list.iter().filter(|it| it.overdue).count();
    let _ = writeln!(
        out,
        "{}{}.",
        count(list.len(), "treatment"),
        if late > 0 { format!(", {late} overdue") } else { String::new() }
    );
    out
}

/// One treatment with its history.
pub fn treatment_text(it: &TreatmentOf, style: Style) -> String {
    style.fitted(treatment_text_lines(it, style))
}

fn treatment_text_lines(it: &TreatmentOf, style: Style) -> String {
    let mut out = treatments_text_lines(&[it], style);
    let end = out.rfind("1 treatment").unwrap_or(out.len());
    out.truncate(end);
    if !it.title.is_empty() {
        let _ = writeln!(out, "    {}", one_line(&it.title));
    }
    if !it.controls.is_empty() {
        let _ = writeln!(out, "    controls: {}", one_line(&it.controls.join(", ")));
    }
    for evidence in &it.evidence {
        let _ = writeln!(out, "    shown by: {}", one_line(evidence));
    }
    let because = if it.stage == Stage::Contradicted { "contradicted by the model" } else { "stated" };
    for word in &it.stated {
        let _ = writeln!(out, "    {because}: {}", one_line(word));
    }
    if it.steps.is_empty() {
        out.push_str("    The record has nothing about it.\n");
    }
    for step in &it.steps {
        let role = if step.role.is_empty() { String::new() } else { format!(" ({})", one_line(&step.role)) };
        let late = if step.late { ", written down late" } else { "" };
        let _ = writeln!(
            out,
            "    {} {} by {}{role}, event {}{late}",
            step.day,
            step.what,
            one_line(&step.who),
            step.number
        );
    }
    out
}

fn table(list: &[&TreatmentOf]) -> Table {
    let headings = vec![
        "finding",
        "title",
        "treatment",
        "stage",
        "overdue",
        "owner",
        "approver",
        "approver role",
        "decided",
        "due",
        "until",
        "current risk",
        "residual risk",
        "controls",
        "evidence",
        "stated only",
        "ticket",
        "reason",
        "changed since approval",
    ];
    let row = |it: &&TreatmentOf| {
        vec![
            it.finding.to_string(),
            it.title.to_string(),
            it.treatment.as_str().to_owned(),
            it.stage.as_str().to_owned(),
            if it.overdue { "yes" } else { "no" }.to_owned(),
            it.owner.to_string(),
            it.approver.to_string(),
            it.approver_role.to_string(),
            or_empty(it.decided.as_deref()),
            or_empty(it.due.as_deref()),
            or_empty(it.until.as_deref()),
            or_empty(it.current.map(|level| level.as_str())),
            or_empty(it.residual.map(|level| level.as_str())),
            it.controls.join(", "),
            it.evidence.join("; "),
            it.stated.join("; "),
            or_empty(it.ticket.as_deref()),
            it.reason.to_string(),
            it.changed.join("; "),
        ]
    };
    Table { headings, rows: list.iter().map(row).collect() }
}

/// Treatments as CSV.
pub fn treatments_csv(list: &[&TreatmentOf]) -> String {
    table(list).csv()
}

/// Treatments as a Markdown table.
pub fn treatments_markdown(list: &[&TreatmentOf]) -> String {
    table(list).markdown()
}

/// Treatments for machines.
pub fn treatments_json(list: &[&TreatmentOf], today: &str) -> Value {
    json!({
        "schema": "https://vauban.example/schema/treatments/1",
        "version": 1,
        "as_of": today,
        "treatments": list.iter().map(|it| one(it)).collect::<Vec<_>>(),
    })
}

fn one(it: &TreatmentOf) -> Value {
    json!({
        "finding": it.finding,
        "title": it.title,
        "treatment": it.treatment.as_str(),
        "stage": it.stage.as_str(),
        "holds": it.stage.holds(),
        "overdue": it.overdue,
        "reason": it.reason,
        "owner": it.owner,
        "approver": it.approver,
        "approver_role": it.approver_role,
        "decided": it.decided,
        "due": it.due,
        "until": it.until,
        "ticket": it.ticket,
        "controls": it.controls,
        "evidence": it.evidence,
        "stated": it.stated,
        "current_risk": it.current.map(|level| level.as_str()),
        "residual_risk": it.residual.map(|level| level.as_str()),
        "changed": it.changed,
        "in_plan": it.is_planned(),
        "in_actions": it.is_action(),
        "in_exceptions": it.is_exception(),
        "steps": it.steps.iter().map(|step| json!({
            "what": step.what,
            "day": step.day,
            "who": step.who,
            "role": step.role,
            "event": step.number,
            "late": step.late,
        })).collect::<Vec<_>>(),
    })
}
