//! The methodology as a document.

use std::fmt::Write as _;

use vauban_model::quantification::{Loss, Quantification};
use vauban_model::scale::{Likelihood, Methodology};

use crate::text::in_markdown as words;

/// The methodology in Markdown: scope, threat identification, risk assessment, control selection.
pub fn markdown(methodology: &Methodology) -> String {
    let mut out = format!("# {}\n\n", words(&methodology.name));
    if !methodology.owner.is_empty() {
        let _ = writeln!(out, "Owner: {}\n", words(&methodology.owner));
    }
    let list = |out: &mut String, items: &[Box<str>]| {
        for item in items {
            let _ = writeln!(out, "- {}", words(item));
        }
        out.push('\n');
    };
    out.push_str("## Scope\n\n");
    list(&mut out, &methodology.scope_rules);
    out.push_str("When a formal model is needed:\n\n");
    list(&mut out, &methodology.when_to_model);
    let (first, update) = methodology.time_box_hours;
    if first > 0 {
        let _ = writeln!(out, "A first model takes at most {first} hours, an update at most {update}.\n");
    }
    out.push_str("### Reviews\n\n| criticality | reviewed every |\n|---|---|\n");
    for (name, months) in ["low", "medium", "high", "critical"].iter().zip(methodology.review_months) {
        let every = match months {
            0 => "no fixed dates".to_owned(),
            1 => "month".to_owned(),
            months => format!("{months} months"),
        };
        let _ = writeln!(out, "| {name} | {every} |");
    }
    match methodology.review_changes {
        0 => out.push_str("\nBesides, after an incident, new intelligence or a lapsed acceptance.\n\n"),
        changes => {
            let _ = writeln!(
                out,
                "\nBesides, after {changes} changes of the architecture or one that asks for a formal model, an incident, new \
                 intelligence or a lapsed acceptance.\n"
            );
        }
    }
    out.push_str("### Data classification\n\n| class | meaning | impact of disclosure |\n|---|---|---|\n");
    for (step, impact) in methodology.classification.iter().zip(methodology.classification_impact) {
        let _ = writeln!(out, "| {} | {} | {} |", words(&step.name), words(&step.meaning), impact.level());
    }
    out.push_str("\n### Categorising assets\n\n");
    list(&mut out, &methodology.asset_rules);
    out.push_str("| importance | impact when wrong or gone |\n|---|---|\n");
    for (name, impact) in ["low", "medium", "high", "critical"].iter().zip(methodology.importance_impact) {
        let _ = writeln!(out, "| {name} | {} |", impact.level());
    }
    out.push_str("\n## Identifying threats\n\n");
    let _ = writeln!(out, "Frameworks: {}.\n", words(&methodology.frameworks.join(", ")));
    if methodology.threat_sources.is_empty() {
        out.push_str("Threat sources: every attacker of the library, internal, external and environmental.\n\n");
    } else {
        let _ = writeln!(out, "Threat sources: {}.\n", words(&methodology.threat_sources.join(", ")));
    }
    out.push_str("## Assessing risk\n\n### Impact\n\n| level | meaning |\n|---|---|\n");
    for step in &methodology.impact {
        let _ = writeln!(out, "| {} | {} |", words(&step.name), words(&step.meaning));
    }
    out.push_str(
        "\n### Likelihood\n\n| level | meaning | probability of success | mean days of a step |\n|---|---|---|---|\n",
    );
    let figures = methodology.probability_per_mille.into_iter().zip(methodology.step_days);
    for (step, (probability, days)) in methodology.likelihood.iter().zip(figures) {
        let _ = writeln!(
            out,
            "| {} | {} | {}.{} % | {days} |",
            words(&step.name),
            words(&step.meaning),
            probability / 10,
            probability % 10
        );
    }
    out.push_str("\n### Risk\n\n| likelihood | impact 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|---|\n");
    for likelihood in Likelihood::ALL.into_iter().rev() {
        let row = methodology.matrix[likelihood.index()].map(|level| level.as_str());
        let _ = writeln!(out, "| {} | {} |", words(&methodology.likelihood[likelihood.index()].name), row.join(" | "));
    }
    let _ =
        writeln!(out, "\nTolerance: a risk up to {} may stay without a decision.\n", methodology.tolerance.as_str());
    if let Some(quantification) = &methodology.quantification {
        money(&mut out, quantification);
    }
    out.push_str("## Selecting controls\n\nIn this order:\n\n");
    list(&mut out, &methodology.control_criteria);
    let _ = writeln!(out, "Preference: {}.\n", words(&methodology.control_order.join(", then ")));
    out.push_str("A control costs the person-days that its page in the library says.");
    let days = vauban_model::scale::Level::ALL.iter().zip(methodology.effort_cost);
    let days: Vec<String> =
        days.filter_map(|(level, cost)| Some(format!("{} for {} effort", cost?, level.as_str()))).collect();
    if !days.is_empty() {
        let _ = write!(out, " Here instead: {}.", days.join(", "));
    }
    if !methodology.control_cost.is_empty() {
        let own = methodology.control_cost.iter().map(|(id, cost)| format!("{} {cost}", words(id)));
        let _ = write!(out, " Single ones: {}.", own.collect::<Vec<_>>().join(", "));
    }
    out.push('\n');
    out
}

/// How risk is put into money.
fn money(out: &mut String, quantification: &Quantification) {
    let _ = writeln!(out, "### Loss, in {}\n", words(&quantification.currency));
    if !quantification.attempts.is_empty() {
        out.push_str("| attempts by | a year |\n|---|---|\n");
        for entry in &quantification.attempts {
            let number = entry.per_thousand_years;
            let _ = writeln!(out, "| {} | {}.{:03} |", words(&entry.of), number / 1_000, number % 1_000);
        }
        out.push('\n');
    }
    out.push_str("| what is reached | what it costs |\n|---|---|\n");
    let loss = |loss: &Loss| match loss {
        Loss::Range { low, high } => format!("{low} to {high} in nine of ten cases"),
        Loss::Pert { least, likely, most } => format!("{least} at least, {likely} most likely, {most} at most"),
    };
    for (impact, known) in (1..).zip(&quantification.loss) {
        if let Some(known) = known {
            let _ = writeln!(out, "| impact {impact} | {} |", loss(known));
        }
    }
    for entry in &quantification.goals {
        let _ = writeln!(out, "| {} | {} |", words(&entry.goal), loss(&entry.loss));
    }
    out.push('\n');
}
