//! Values for parameters: files of parameters, and which template they are for.

use rustc_hash::FxHashMap;

use vauban_model::resource::{Value, ValueKind};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use super::template::{Parsed, field};
use crate::{Options, plain};

/// Values by the index of the template: names in lower case, entries.
pub(super) type Given<'n> = FxHashMap<usize, Vec<(String, &'n Node)>>;

/// Finds the template of each file of parameters. Of several for one template the chosen ones count, else the one
/// without a further word in its name; several variants that nobody chose from are left alone, and told.
pub(super) fn assign<'n>(
    templates: &[Parsed],
    files: &'n [Parsed],
    options: &Options,
    problems: &mut Vec<Diagnostic>,
) -> Given<'n> {
    let mut by_template: FxHashMap<usize, Vec<&'n Parsed>> = FxHashMap::default();
    let mut order: Vec<usize> = Vec::new();
    for file in files {
        let chosen = options.variable_files.contains(&file.path);
        let Some(template) = of(file, templates, chosen) else {
            problems.push(
                Diagnostic::note(
                    "parameters-without-template",
                    file.root.span,
                    format!("no template is found for the parameters in `{}`", file.path),
                )
                .help("name it after its template, as in `main.parameters.json` for `main.json`"),
            );
            continue;
        };
        let all = by_template.entry(template).or_default();
        if all.is_empty() {
            order.push(template);
        }
        all.push(file);
    }
    let mut given = Given::default();
    order.sort_unstable();
    for template in order {
        let Some(all) = by_template.get(&template) else { continue };
        let chosen: Vec<&Parsed> =
            all.iter().copied().filter(|file| options.variable_files.contains(&file.path)).collect();
        let plain_one = all.iter().copied().filter(|file| variant(&file.path).is_empty());
        let plain_one: Vec<&Parsed> = plain_one.collect();
        let picked = match (chosen.is_empty(), all.as_slice(), plain_one.as_slice()) {
            (false, ..) => chosen,
            (true, [one], _) | (true, _, [one]) => vec![*one],
            _ => {
                let names: Vec<String> = all.iter().map(|file| format!("`{}`", file.path)).collect();
                if let Some(first) = all.first() {
                    problems.push(
                        Diagnostic::note(
                            "several-parameter-files",
                            first.root.span,
                            format!("several files give the parameters of one template: {}", names.join(", ")),
                        )
                        .help("choose one with `--var-file`; until then no value of theirs counts"),
                    );
                }
                continue;
            }
        };
        let values = given.entry(template).or_default();
        for file in picked {
            for entry in field(&file.root, "parameters").and_then(Node::as_mapping).unwrap_or(&[]) {
                let key = entry.key.to_ascii_lowercase();
                values.retain(|(known, _)| *known != key);
                values.push((key, &entry.value));
            }
        }
    }
    given
}

/// What stands between the template's name and the ending: `dev` of `main.parameters.dev.json`.
fn variant(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let rest = split(name).map_or("", |(_, rest)| rest);
    rest.trim_start_matches(['.', '-', '_']).strip_suffix("json").unwrap_or(rest).trim_end_matches('.')
}

/// A file's name before and after the word for parameters.
fn split(name: &str) -> Option<(&str, &str)> {
    let lower = name.to_ascii_lowercase();
    let at = lower.rfind("parameters").map(|at| (at, "parameters".len()));
    let (at, length) = at.or_else(|| lower.rfind("params").map(|at| (at, "params".len())))?;
    if lower.len() != name.len() {
        return None;
    }
    Some((name.get(..at)?, name.get(at + length..)?))
}

/// The template that a file of parameters is for.
fn of(file: &Parsed, templates: &[Parsed], chosen: bool) -> Option<usize> {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let folder = plain::folder(&file.path);
    let stem = split(name).map_or("", |(stem, _)| stem.trim_end_matches(['.', '-', '_']));
    let here = |template: &Parsed| plain::folder(&template.path) == folder;
    let named = |template: &Parsed| {
        let own = template.stem.rsplit('/').next().unwrap_or("");
        own.trim_end_matches(".template").eq_ignore_ascii_case(stem)
    };
    let all = || templates.iter().enumerate();
    if let Some((at, _)) = all().find(|(_, template)| here(template) && named(template)) {
        return Some(at);
    }
    // A folder of parameters beside the template's, or the only template that takes parameters of these names.
    let above = plain::folder(folder);
    let mut near =
        all().filter(|(_, template)| plain::folder(&template.path) == above && !stem.is_empty() && named(template));
    if let (Some((at, _)), None) = (near.next(), near.next()) {
        return Some(at);
    }
    let names = field(&file.root, "parameters").and_then(Node::as_mapping).unwrap_or(&[]);
    let takes = |template: &Parsed| {
        field(&template.root, "parameters")
            .is_some_and(|section| names.iter().all(|entry| super::evaluate::entry(section, &entry.key).is_some()))
    };
    let mut fitting = all().filter(|(_, template)| (here(template) || chosen) && takes(template));
    match (fitting.next(), fitting.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    }
}

/// A value that was given as text, as its parameter's type wants it.
pub(super) fn typed(text: &str, ty: Option<&str>, span: Span) -> Value {
    let ty = ty.unwrap_or("string").to_ascii_lowercase();
    match ty.as_str() {
        "bool" => match text {
            "true" | "True" => Value::new(ValueKind::Bool(true), span),
            "false" | "False" => Value::new(ValueKind::Bool(false), span),
            _ => Value::text(text, span),
        },
        "int" => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Value::new(ValueKind::Number(number), span),
            _ => Value::text(text, span),
        },
        "array" | "object" | "secureobject" => match plain::document(Value::text(text, span)).kind {
            ValueKind::Document(inner) => *inner,
            other => Value::new(other, span),
        },
        _ => Value::text(text, span),
    }
}
