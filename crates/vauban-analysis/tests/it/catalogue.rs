//! The catalogue of resources that is compiled in.

use crate::laws_support::LIBRARY;

#[test]
fn catalogue_and_tables_read_without_a_complaint() {
    let problems = LIBRARY.infrastructure_problems();
    let shown: Vec<String> = problems
        .iter()
        .map(|d| {
            let place = d.span.map_or(String::new(), |s| format!("{}:{}", LIBRARY.sources.name(s.file), s.line));
            format!("{place}: {} ({})", d.message, d.help.as_deref().unwrap_or(""))
        })
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

/// What library/README.md promises of the pages of controls.
#[test]
fn every_control_says_what_it_costs_what_it_supports_and_how_to_see_it() {
    use vauban_model::scale::Level;
    let mut problems = Vec::new();
    for control in &LIBRARY.library.controls {
        let days = match control.effort {
            Level::Low => 1..=4,
            Level::Medium => 5..=14,
            Level::High | Level::Critical => 15..=60,
        };
        if !control.cost_days.is_some_and(|cost| days.contains(&cost)) {
            let effort = control.effort.as_str();
            problems.push(format!("{}: {:?} days do not go with effort `{effort}`", control.file, control.cost_days));
        }
        let mut requirements = control.requirements.clone();
        requirements.sort();
        requirements.dedup();
        if requirements.len() != control.requirements.len() || !(2..=6).contains(&requirements.len()) {
            problems.push(format!("{}: two to six different requirements", control.file));
        }
        if !(1..=3).contains(&control.evidence.len()) {
            problems.push(format!("{}: one to three ways to see it", control.file));
        }
    }
    assert!(LIBRARY.library.controls.len() >= 150, "{} controls", LIBRARY.library.controls.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
