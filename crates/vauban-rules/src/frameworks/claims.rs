//! What a threat model has to do with requirements, and labels that are not the framework's.

use vauban_model::coverage::Artefact;
use vauban_model::framework::{Claim, Deviation, Frameworks, Strength, Subject};
use vauban_model::{Diagnostic, Span, did_you_mean};
use vauban_syntax::{Fields, Limits, Node, parse_toml};

use super::{framework_of, has};
use crate::library::LibraryFile;

/// Reads `claims.toml`. An entry may name several requirements; each becomes a claim of its own.
pub(super) fn read_claims(file: &LibraryFile<'_>, out: &mut Frameworks, diagnostics: &mut Vec<Diagnostic>) {
    let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), diagnostics) else { return };
    let Some(mut fields) = Fields::new(&root, "a file of claims", diagnostics) else { return };
    let list = fields.sequence("claim", diagnostics).unwrap_or_default();
    fields.finish(&["claim"], diagnostics);
    let mut claimed: Vec<Claim> = Vec::new();
    for node in list {
        for (claim, span) in claims(node, out, diagnostics) {
            let twice = claimed
                .iter()
                .any(|known| known.framework == claim.framework && known.requirement == claim.requirement);
            if twice {
                let message = format!("there are two claims about `{}`", claim.requirement);
                diagnostics.push(Diagnostic::error("duplicate-id", span, message).help("keep one of them"));
            } else {
                claimed.push(claim);
            }
        }
    }
    out.claims
        .retain(|old| !claimed.iter().any(|new| new.framework == old.framework && new.requirement == old.requirement));
    out.claims.append(&mut claimed);
}

/// The claims of one entry, each with the place of its requirement.
fn claims(node: &Node, out: &Frameworks, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Claim, Span)> {
    let Some(mut fields) = Fields::new(node, "a claim", diagnostics) else { return Vec::new() };
    let framework = required(&mut fields, "framework", diagnostics);
    let strength = required(&mut fields, "strength", diagnostics);
    let source = required(&mut fields, "source", diagnostics);
    let limit = fields.string("limit", diagnostics).map_or("", |(text, _)| text);
    let requirements = fields.strings("requirements", diagnostics);
    let artefacts = artefacts(fields.strings("artefacts", diagnostics), diagnostics);
    let needs = fields.string("needs", diagnostics);
    let other = fields.string("overlaps_with", diagnostics);
    let overlapping = fields.strings("overlaps", diagnostics);
    fields.finish(
        &[
            "framework",
            "requirements",
            "strength",
            "artefacts",
            "source",
            "limit",
            "needs",
            "overlaps_with",
            "overlaps",
        ],
        diagnostics,
    );
    if requirements.is_empty() || artefacts.is_empty() {
        let message = "a claim names `requirements` and the `artefacts` that answer them";
        diagnostics
            .push(Diagnostic::error("missing-key", node.span, message).help("each is a list with one id at least"));
        return Vec::new();
    }
    let (Some(framework), Some(strength), Some((source, _))) = (framework, strength, source) else { return Vec::new() };
    let Some(strength) = strength_of(strength, diagnostics) else { return Vec::new() };
    let Some(framework) = framework_of(out, framework, diagnostics) else { return Vec::new() };
    let needs = needs.and_then(|word| subject_of(word, diagnostics));
    if other.is_none() && !overlapping.is_empty() {
        let message = "`overlaps` does not say of which framework the requirements are";
        diagnostics
            .push(Diagnostic::error("missing-key", node.span, message).help("add `overlaps_with = \"…\"`, its id"));
    }
    let overlaps = other.and_then(|other| {
        let other = framework_of(out, other, diagnostics)?;
        let known = overlapping.iter().filter(|one| has(other, **one, diagnostics));
        Some((other.id.clone(), known.map(|(id, _)| Box::from(*id)).collect::<Vec<Box<str>>>()))
    });
    let mut found = Vec::new();
    for (requirement, span) in requirements {
        if !has(framework, (requirement, span), diagnostics) {
            continue;
        }
        if framework.requirement(requirement).is_some_and(|row| row.withdrawn || row.group) {
            let message = format!("`{requirement}` is withdrawn or only groups others");
            diagnostics
                .push(Diagnostic::error("unknown-requirement", span, message).help("claim what can be fulfilled"));
            continue;
        }
        let claim = Claim {
            framework: framework.id.clone(),
            requirement: requirement.into(),
            strength,
            artefacts: artefacts.clone(),
            source: source.into(),
            limit: limit.into(),
            needs,
            overlaps: overlaps.clone(),
        };
        found.push((claim, span));
    }
    found
}

/// A text that must be there and say something.
pub(super) fn required<'a>(
    fields: &mut Fields<'a>,
    key: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(&'a str, Span)> {
    let found = fields.string(key, diagnostics).filter(|(text, _)| !text.trim().is_empty());
    if found.is_none() {
        let message = format!("`{key}` is missing");
        diagnostics.push(Diagnostic::error("missing-key", fields.span(), message).help(format!("add `{key} = \"…\"`")));
    }
    found
}

fn strength_of((word, span): (&str, Span), diagnostics: &mut Vec<Diagnostic>) -> Option<Strength> {
    let found = Strength::parse(word);
    if found.is_none() {
        let words: Vec<&str> = Strength::ALL.into_iter().map(Strength::as_str).collect();
        let message = format!("there is no strength `{word}`");
        diagnostics
            .push(Diagnostic::error("unknown-word", span, message).help(format!("one of: {}", words.join(", "))));
    }
    found
}

pub(super) fn subject_of((word, span): (&str, Span), diagnostics: &mut Vec<Diagnostic>) -> Option<Subject> {
    let found = Subject::parse(word);
    if found.is_none() {
        let words: Vec<&str> = Subject::ALL.into_iter().map(Subject::as_str).collect();
        let message = format!("there is no subject `{word}`");
        diagnostics
            .push(Diagnostic::error("unknown-word", span, message).help(format!("one of: {}", words.join(", "))));
    }
    found
}

/// Ids of artefacts. Another word is reported.
pub(super) fn artefacts(words: Vec<(&str, Span)>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Box<str>> {
    let mut out = Vec::new();
    for (word, span) in words {
        if Artefact::parse(word).is_some() {
            out.push(word.into());
            continue;
        }
        let known = Artefact::ALL.into_iter().map(Artefact::as_str);
        let help = did_you_mean(word, known.clone()).map_or_else(
            || format!("one of: {}", known.collect::<Vec<_>>().join(", ")),
            |word| format!("did you mean `{word}`?"),
        );
        diagnostics.push(Diagnostic::error("unknown-word", span, format!("there is no artefact `{word}`")).help(help));
    }
    out
}

/// Reads `deviations.toml`. The id is as people write it and need not exist; what is offered instead must.
pub(super) fn read_deviations(file: &LibraryFile<'_>, out: &mut Frameworks, diagnostics: &mut Vec<Diagnostic>) {
    let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), diagnostics) else { return };
    let Some(mut fields) = Fields::new(&root, "a file of deviations", diagnostics) else { return };
    let list = fields.sequence("deviation", diagnostics).unwrap_or_default();
    fields.finish(&["deviation"], diagnostics);
    for node in list {
        let Some(mut fields) = Fields::new(node, "a deviation", diagnostics) else { continue };
        let framework = required(&mut fields, "framework", diagnostics);
        let id = required(&mut fields, "id", diagnostics);
        let label = required(&mut fields, "label", diagnostics);
        let reason = required(&mut fields, "reason", diagnostics);
        let instead = fields.strings("instead", diagnostics);
        fields.finish(&["framework", "id", "label", "instead", "reason"], diagnostics);
        let (Some(framework), Some((id, _)), Some((label, _)), Some((reason, _))) = (framework, id, label, reason)
        else {
            continue;
        };
        let Some(framework) = framework_of(out, framework, diagnostics) else { continue };
        let instead: Vec<Box<str>> = instead
            .into_iter()
            .filter(|(id, span)| has(framework, (id, *span), diagnostics))
            .map(|(id, _)| Box::from(id))
            .collect();
        let framework = framework.id.clone();
        out.deviations.retain(|known| known.framework != framework || *known.id != *id);
        out.deviations.push(Deviation {
            framework,
            id: id.into(),
            label: label.into(),
            instead,
            reason: reason.into(),
        });
    }
}
