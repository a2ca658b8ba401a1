//! Evidence for a terminal.

use vauban_model::coverage::{ApplicabilityRow, Applicable, Coverage, MatrixRow, MaturityRow, Shown, Standing};
use vauban_model::words::count;

use super::CAUTION;
use super::tables::{answered_by, title};
use crate::text::{drawn, one_line};

/// Coverage of a framework. With `all`, requirements that nothing is claimed about are listed with their titles.
pub fn coverage(coverage: &Coverage, all: bool) -> String {
    let baseline = if coverage.baseline.is_empty() { String::new() } else { format!(", {}", coverage.baseline) };
    let as_of = coverage.as_of.as_deref().map_or(String::new(), |day| format!(", as of {day}"));
    let mut out = format!(
        "{} ({}{baseline})\n{}{as_of}\n\nArtefacts\n",
        coverage.name,
        coverage.framework,
        one_line(&coverage.system)
    );
    for state in &coverage.artefacts {
        out.push_str(&format!(
            "  {:<16} {:<26} {}\n",
            state.freshness.as_str(),
            state.artefact.as_str(),
            one_line(&state.because)
        ));
    }
    let number = |standing| coverage.count(standing);
    out.push_str(&format!(
        "\n{}: {} evidenced, {} partly, {} with no evidence, {} on which nothing is claimed\n",
        count(coverage.requirements.len(), "requirement"),
        number(Standing::Evidenced),
        number(Standing::Partly),
        number(Standing::NoEvidence),
        number(Standing::NotClaimed)
    ));
    out.push_str(&format!("Inventory, diagrams, threats and risks are {}.\n", coverage.modelled));
    for standing in [Standing::NoEvidence, Standing::Partly, Standing::Evidenced] {
        requirements(coverage, standing, &mut out);
    }
    not_claimed(coverage, all, &mut out);
    if !coverage.deviations.is_empty() {
        out.push_str("\nLabels that are not the framework's\n");
        for deviation in &coverage.deviations {
            out.push_str(&format!("  {} \"{}\": {}\n", deviation.id, deviation.label, deviation.reason));
            out.push_str(&format!("    what is meant: {}\n", deviation.instead.join(", ")));
        }
    }
    out.push_str(&format!("\n{CAUTION}\n"));
    out
}

fn requirements(coverage: &Coverage, standing: Standing, out: &mut String) {
    let rows = coverage.requirements.iter().filter(|row| row.standing == standing);
    for (at, row) in rows.enumerate() {
        if at == 0 {
            out.push_str(&format!("\n{}\n", standing.as_str()));
        }
        out.push_str(&format!("  {:<24} {}\n", row.requirement.id, title(&row.requirement)));
        if let Some(claim) = &row.claim {
            let answered: Vec<String> =
                row.artefacts.iter().filter_map(|at| coverage.artefacts.get(*at)).map(answered_by).collect();
            out.push_str(&format!("    {}; {}\n", claim.strength.meaning(), answered.join(", ")));
        }
        if row.controls.all() > 0 {
            out.push_str(&format!(
                "    controls in place at {} of {}, {} verified\n",
                row.controls.working(),
                count(row.controls.all(), "place"),
                row.controls.verified
            ));
        }
        // Gaps of artefacts stand above, once for all.
        let own = row.claim.as_ref().is_none_or(|claim| claim.strength == vauban_model::framework::Strength::Mitigated);
        for gap in row.gaps.iter().filter(|_| own) {
            out.push_str(&format!("    gap: {}\n", one_line(gap)));
        }
        if let Some(claim) = row.claim.as_ref().filter(|claim| !claim.limit.is_empty()) {
            out.push_str(&format!("    limit: {}\n", claim.limit));
        }
    }
}

fn not_claimed(coverage: &Coverage, all: bool, out: &mut String) {
    let rows: Vec<_> = coverage.requirements.iter().filter(|row| row.standing == Standing::NotClaimed).collect();
    if rows.is_empty() {
        return;
    }
    out.push_str("\nnot-claimed\n");
    if all {
        for row in rows {
            out.push_str(&format!("  {:<24} {}\n", row.requirement.id, title(&row.requirement)));
        }
    } else {
        let ids: Vec<&str> = rows.iter().take(12).map(|row| &*row.requirement.id).collect();
        let more = rows.len().saturating_sub(ids.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more (`--all` lists them)") };
        out.push_str(&format!("  {}{more}\n", ids.join(", ")));
    }
}

/// The control matrix, threat by threat. `most` rows, and how many were left out.
pub fn matrix(rows: &[MatrixRow], most: usize) -> String {
    let mut out = String::new();
    let mut threat = "";
    for row in rows.iter().take(most) {
        if threat != &*row.threat {
            threat = &row.threat;
            let risk = row.risk.map_or("stopped", |risk| risk.as_str());
            out.push_str(&format!("{:<9} {}\n          {}\n", risk, drawn(&row.threat), one_line(&row.title)));
        }
        let evidence = if row.evidence.is_empty() { String::new() } else { format!(" ({})", one_line(&row.evidence)) };
        out.push_str(&format!("  {:<9} {}{evidence}\n", row.state.as_str(), row.control));
        if !row.requirements.is_empty() {
            let requirements: Vec<String> = row.requirements.iter().map(ToString::to_string).collect();
            out.push_str(&format!("            helps with {}\n", requirements.join(", ")));
        }
    }
    if rows.len() > most {
        out.push_str(&format!("\n{} more rows; `--all` shows them\n", rows.len() - most));
    }
    out.push_str(&format!("\n{CAUTION}\n"));
    out
}

/// The statement of applicability.
pub fn applicability(framework: &str, rows: &[ApplicabilityRow]) -> String {
    let count = |applicable| rows.iter().filter(|row| row.applicable == applicable).count();
    let mut out = format!(
        "Statement of applicability, {framework}\n{} controls: {} apply, {} do not, {} not assessed\n\n",
        rows.len(),
        count(Applicable::Yes),
        count(Applicable::No),
        count(Applicable::NotAssessed)
    );
    for row in rows {
        out.push_str(&format!(
            "{:<8} {:<13} {:<13} {}\n",
            row.requirement.id,
            row.applicable.as_str(),
            row.implemented.as_str(),
            row.requirement.title
        ));
        if row.applicable != Applicable::NotAssessed {
            let by = if row.controls.is_empty() { String::new() } else { format!(": {}", row.controls.join(", ")) };
            out.push_str(&format!("         {}{by}\n", one_line(&row.justification)));
        }
    }
    out.push_str(&format!(
        "\nColumns: id, applies, implemented. Not assessed: no threat of the model calls for it, and nobody decided.\n{CAUTION}\n"
    ));
    out
}

/// Maturity, stream by stream.
pub fn maturity(rows: &[MaturityRow]) -> String {
    let mut out = String::new();
    let mut stream = ("", "");
    for row in rows {
        if stream != (&*row.activity.model, &*row.activity.stream) {
            stream = (&row.activity.model, &row.activity.stream);
            let of: Vec<&MaturityRow> =
                rows.iter().filter(|other| (&*other.activity.model, &*other.activity.stream) == stream).collect();
            let shown = of.iter().filter(|row| row.shown == Shown::Yes).count();
            let part = of.iter().filter(|row| row.shown == Shown::Partly).count();
            out.push_str(&format!(
                "{}{}: {}\n  records show {shown} in full and {part} in part, of {}\n",
                if out.is_empty() { "" } else { "\n" },
                stream.0,
                stream.1,
                match of.len() {
                    1 => "1 activity".to_owned(),
                    number => format!("{number} activities"),
                }
            ));
        }
        out.push_str(&format!(
            "  {:<12} level {} {:<9} {}\n",
            row.shown.answer(),
            row.activity.level,
            row.activity.id,
            row.activity.title
        ));
        let lines = [
            ("shown by", &row.records),
            ("missing", &row.missing),
            ("not known from the records", &row.activity.beyond),
        ];
        for (what, said) in lines.into_iter().filter(|(_, said)| !said.is_empty()) {
            out.push_str(&format!("                 {what}: {}\n", one_line(said)));
        }
    }
    let mut licences: Vec<&str> = rows.iter().map(|row| &*row.activity.licence).collect();
    licences.dedup();
    out.push_str(&format!(
        "\nA self-assessment of what records show, for the modelled system.\n{}\n",
        licences.join("\n")
    ));
    out
}
