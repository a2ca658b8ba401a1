//! Frameworks for people: what `vauban library list frameworks` and `vauban library show soc2:CC6.1` print.

use vauban_analysis::embedded::LoadedLibrary;
use vauban_model::did_you_mean;
use vauban_model::framework::{Framework, Frameworks, Requirement};

use crate::commands::Failure;

/// A line for each framework.
pub(super) fn list(frameworks: &Frameworks) -> String {
    let mut out = String::new();
    for framework in &frameworks.frameworks {
        let claimed = frameworks.claims.iter().filter(|claim| claim.framework == framework.id).count();
        out.push_str(&format!(
            "{:<28} {:>5} requirements {:>3} claimed  {}, {}\n",
            framework.id,
            framework.active().count(),
            claimed,
            framework.name,
            framework.version
        ));
    }
    out
}

/// What a word leads to, where it names a framework or a requirement: `soc2`, `soc2:CC6.1`. `None` where it is about
/// something else.
pub(super) fn show(word: &str, loaded: &LoadedLibrary) -> Option<Result<String, Failure>> {
    let (name, id) = word.split_once(':').map_or((word, None), |(name, id)| (name, Some(id)));
    let (frameworks, _) = loaded.frameworks();
    let framework = match (frameworks.find(name), id) {
        (Some(framework), _) => framework,
        (None, None) => return None,
        (None, Some(_)) => {
            let known = frameworks.frameworks.iter().flat_map(|framework| {
                std::iter::once(&*framework.id).chain(framework.aliases.iter().map(|alias| &**alias))
            });
            let help = did_you_mean(name, known).map_or_else(
                || "`vauban library list frameworks` names all".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            return Some(Err(Failure::new(format!("there is no framework `{name}`"), help)));
        }
    };
    let Some(id) = id else { return Some(Ok(overview(framework, &frameworks))) };
    Some(match (framework.spelt(id), frameworks.deviation(&framework.id, id)) {
        (None, None) => {
            let known = framework.requirements.iter().map(|requirement| &*requirement.id);
            let help = did_you_mean(id, known).map_or_else(
                || format!("`vauban library show {}` lists its requirements", framework.id),
                |id| format!("did you mean `{}:{id}`?", framework.id),
            );
            Err(Failure::new(format!("`{}` has no requirement `{id}`", framework.id), help))
        }
        (requirement, _) => Ok(requirement_text(id, requirement, framework, &frameworks, loaded)),
    })
}

/// A framework with all its requirements.
fn overview(framework: &Framework, frameworks: &Frameworks) -> String {
    let mut out = format!(
        "{} ({})\nversion {}, published by {}\n\nSource: {}\nLicence: {}\nChecked: {}\n",
        framework.name,
        framework.id,
        framework.version,
        framework.publisher,
        framework.source,
        framework.licence,
        framework.checked
    );
    let baselines: Vec<String> = framework
        .baselines()
        .into_iter()
        .map(|baseline| {
            let inside = |row: &&Requirement| row.baselines.iter().any(|known| **known == *baseline);
            format!("{baseline} {}", framework.active().filter(inside).count())
        })
        .collect();
    if !baselines.is_empty() {
        out.push_str(&format!("Baselines, levels and marks: {}\n", baselines.join(", ")));
    }
    out.push_str(&format!("\n{} requirements\n", framework.active().count()));
    for requirement in framework.requirements.iter().filter(|requirement| !requirement.withdrawn) {
        let claim = frameworks.claim(&framework.id, &requirement.id);
        let strength = claim.map_or(String::new(), |claim| format!("  [{}]", claim.strength.as_str()));
        let indent = if requirement.group { "" } else { "  " };
        let title = if requirement.title.is_empty() { "(no label)" } else { &requirement.title };
        out.push_str(&format!("{indent}{:<24} {title}{strength}\n", requirement.id));
    }
    out
}

/// The title of a requirement, with whose words it is.
fn titled(requirement: &Requirement) -> String {
    match (requirement.title.is_empty(), requirement.own_label) {
        (true, _) => format!("{} (no label here; see the framework)", requirement.id),
        (false, true) => format!("{} {} (our label)", requirement.id, requirement.title),
        (false, false) => format!("{} {}", requirement.id, requirement.title),
    }
}

/// One requirement: its true title, what people call it, what a threat model has to do with it.
fn requirement_text(
    word: &str,
    requirement: Option<&Requirement>,
    framework: &Framework,
    frameworks: &Frameworks,
    loaded: &LoadedLibrary,
) -> String {
    let of = format!("{}, {} ({})", framework.name, framework.version, framework.id);
    let mut out = match requirement {
        Some(requirement) => format!("{}\n{of}\n{}", titled(requirement), place(requirement, framework)),
        None => format!("{word} is no id of its own\n{of}\n"),
    };
    deviation(word, framework, frameworks, &mut out);
    let Some(requirement) = requirement else { return out };
    claim(requirement, framework, frameworks, &mut out);
    controls(requirement, framework, frameworks, loaded, &mut out);
    related(requirement, framework, frameworks, &mut out);
    out
}

/// Where a requirement stands: kind, parent, baselines, and what became of it.
fn place(requirement: &Requirement, framework: &Framework) -> String {
    let mut out = requirement.kind.to_string();
    if let Some(parent) = framework.requirement(&requirement.parent) {
        out.push_str(&format!(" in {} {}", parent.id, parent.title));
    }
    out.push('\n');
    if !requirement.baselines.is_empty() {
        out.push_str(&format!("in: {}\n", requirement.baselines.join(", ")));
    }
    if requirement.withdrawn {
        let to: Vec<String> =
            requirement.withdrawn_to.iter().filter_map(|id| framework.requirement(id)).map(titled).collect();
        let to = if to.is_empty() { "with nothing in its place".to_owned() } else { format!("to {}", to.join("; ")) };
        out.push_str(&format!("withdrawn {to}\n"));
    }
    out
}

fn deviation(word: &str, framework: &Framework, frameworks: &Frameworks, out: &mut String) {
    let Some(deviation) = frameworks.deviation(&framework.id, word) else { return };
    out.push_str(&format!("\nPeople also call it \"{}\"\n  {}\n", deviation.label, deviation.reason));
    let instead: Vec<String> =
        deviation.instead.iter().filter_map(|id| framework.requirement(id)).map(titled).collect();
    if !instead.is_empty() {
        out.push_str(&format!("  What is meant stands under\n    {}\n", instead.join("\n    ")));
    }
}

fn claim(requirement: &Requirement, framework: &Framework, frameworks: &Frameworks, out: &mut String) {
    let Some(claim) = frameworks.claim(&framework.id, &requirement.id) else {
        if !requirement.group && !requirement.withdrawn {
            out.push_str("\nNothing is claimed: no threat model is evidence for it as such.\n");
        }
        return;
    };
    out.push_str(&format!(
        "\n{} {} [{}]\n  Answered by: {}\n  Source: {}\n",
        claim.requirement,
        claim.strength.meaning(),
        claim.strength.as_str(),
        claim.artefacts.join(", "),
        claim.source
    ));
    if !claim.limit.is_empty() {
        out.push_str(&format!("  Limit: {}\n", claim.limit));
    }
}

fn controls(
    requirement: &Requirement,
    framework: &Framework,
    frameworks: &Frameworks,
    loaded: &LoadedLibrary,
    out: &mut String,
) {
    let names_it = |reference: &vauban_model::library::RequirementRef| {
        reference.requirement == requirement.id
            && frameworks.find(&reference.framework).is_some_and(|found| found.id == framework.id)
    };
    let controls: Vec<String> = loaded
        .library
        .controls
        .iter()
        .filter(|control| control.requirements.iter().any(names_it))
        .map(|control| format!("{} ({})", control.name, control.id))
        .collect();
    if !controls.is_empty() {
        out.push_str(&format!("\nControls that help to meet it\n  {}\n", controls.join("\n  ")));
    }
}

/// What crosswalks say, from either side.
fn related(requirement: &Requirement, framework: &Framework, frameworks: &Frameworks, out: &mut String) {
    for crosswalk in &frameworks.crosswalks {
        let (other, pairs): (&str, Vec<String>) = if crosswalk.from == framework.id {
            let rows = crosswalk.rows.iter().filter(|(from, _, _)| *from == requirement.id);
            (&crosswalk.to, rows.map(|(_, to, relation)| format!("{to} ({relation})")).collect())
        } else if crosswalk.to == framework.id {
            let rows = crosswalk.rows.iter().filter(|(_, to, _)| *to == requirement.id);
            (&crosswalk.from, rows.map(|(from, _, relation)| format!("{from} ({relation})")).collect())
        } else {
            continue;
        };
        if !pairs.is_empty() {
            let derived = if crosswalk.derived { ", derived" } else { "" };
            out.push_str(&format!(
                "\nRelated in {other}{derived}\n  {}\n  Source: {}\n",
                pairs.join(", "),
                crosswalk.source
            ));
        }
    }
}
