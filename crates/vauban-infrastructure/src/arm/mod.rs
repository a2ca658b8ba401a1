//! Azure Resource Manager templates in JSON, also those that were compiled from Bicep.
//!
//! Templates of a tree are read together: linked templates are matched to local files, files of parameters to their
//! templates. Addresses are resource ids within their group (`Microsoft.Network/virtualNetworks/hub`), or symbolic names
//! where a template has them. Only what is known for sure leads to anything being left out; a condition that depends on a
//! parameter nobody set keeps its resource.

mod calls;
mod emit;
mod evaluate;
mod expression;
mod functions;
mod names;
mod parameters;
mod resources;
mod template;
mod walk;

use rustc_hash::{FxHashMap, FxHashSet};

use vauban_model::resource::{Resource, Source, Text};
use vauban_model::{Diagnostic, Severity, Span};
use vauban_syntax::{Limits, parse_json};

use crate::{InputFile, Options, Output};
use evaluate::Evaluator;
use template::Parsed;
use walk::Found;

/// Most bytes of one template; the tool takes four megabytes.
const BYTES: usize = 32 << 20;
/// How far into a file its schema is looked for, in bytes.
const TOP: usize = 4096;

/// Whether a file is a template or a file of parameters: by the schema at its top.
pub(crate) fn recognise(path: &str, text: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    if !(lower.ends_with(".json") || lower.ends_with(".jsonc") || lower.ends_with(".template")) {
        return false;
    }
    let end = (0..=TOP.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let top = text.get(..end).unwrap_or("").to_ascii_lowercase();
    top.contains("\"$schema\"")
        && ["deploymenttemplate.json", "deploymentparameters.json"].iter().any(|schema| top.contains(schema))
}

/// Reads all templates of a tree.
pub(crate) fn read(options: &Options, files: &[InputFile], output: &mut Output) {
    let mut templates: Vec<Parsed> = Vec::new();
    let mut parameter_files: Vec<Parsed> = Vec::new();
    for file in files {
        let limits = Limits { max_bytes: BYTES, max_depth: 100, ..Limits::default() };
        let mut problems = Vec::new();
        let root = parse_json(file.id, &file.text, &limits, &mut problems);
        crate::nodes::tolerate_repeated_keys(&mut problems);
        // Texts over several lines are part of the language.
        problems.retain(|said| said.severity == Severity::Error || !said.message.starts_with("a line break stands in"));
        output.diagnostics.append(&mut problems);
        let Some(root) = root else { continue };
        let parsed = Parsed { path: file.path.to_string(), stem: stem(&file.path).to_owned(), root };
        if emit::schema(&parsed.root).to_ascii_lowercase().contains("deploymentparameters.json") {
            parameter_files.push(parsed);
        } else if emit::has_resources(&parsed.root) {
            templates.push(parsed);
        } else {
            output.diagnostics.push(
                Diagnostic::warning("template-without-resources", parsed.root.span, "this template has no `resources`")
                    .help("give it some, or leave it: nothing is read from it"),
            );
        }
    }
    let given = parameters::assign(&templates, &parameter_files, options, &mut output.diagnostics);
    // First who is used by whom, then everything with the names known.
    let mut first = Evaluator::new(&templates, options, &given);
    for file in 0..templates.len() {
        if let Some(scope) = first.root(file, "") {
            first.walk(scope, &mut Vec::new());
        }
    }
    let used = first.used;
    let mut evaluator = Evaluator::new(&templates, options, &given);
    let mut roots: Vec<usize> =
        (0..templates.len()).filter(|file| !used.get(*file).copied().unwrap_or(false)).collect();
    if roots.is_empty() {
        // Templates that only use one another are in no other's hand: each counts then.
        roots = (0..templates.len()).collect();
    }
    let single = roots.len() == 1;
    let mut found: Vec<Found<'_>> = Vec::new();
    for file in roots {
        let stem = templates.get(file).map_or("", |parsed| parsed.stem.as_str());
        let prefix = if single { String::new() } else { format!("{stem}/") };
        if let Some(scope) = evaluator.root(file, &prefix) {
            evaluator.walk(scope, &mut found);
        }
    }
    evaluator.forget();
    let mut resources: Vec<Resource> = found.iter().filter_map(|one| evaluator.emit(one)).collect();
    emit::inline(&mut resources);
    output.inventory.resources.append(&mut resources);
    let mut seen: FxHashSet<(Text, Span)> = FxHashSet::default();
    evaluator.variables.retain(|variable| seen.insert((variable.name.clone(), variable.span)));
    output.inventory.variables.append(&mut evaluator.variables);
    let mut said: FxHashSet<(&'static str, Option<Span>, String)> = FxHashSet::default();
    evaluator.diagnostics.retain(|now| said.insert((now.code, now.span, now.message.clone())));
    output.diagnostics.append(&mut evaluator.diagnostics);
}

/// A path without its ending.
fn stem(path: &str) -> &str {
    for ending in [".template.json", ".json", ".jsonc", ".template"] {
        if let Some(stem) = path.strip_suffix(ending) {
            return stem;
        }
    }
    path
}

/// Says what becomes of Bicep sources: those whose compiled template stands in the tree are read as that.
pub(crate) fn bicep(paths: &[&str], inputs: &[InputFile], output: &mut Output) {
    // Folders with a template that was compiled, and the first such template.
    let mut compiled: FxHashMap<&str, &str> = FxHashMap::default();
    let mut templates: FxHashSet<&str> = FxHashSet::default();
    for file in inputs.iter().filter(|file| file.source == Source::AzureResourceManager) {
        templates.insert(&file.path);
        if is_generated(&file.text) {
            compiled.entry(crate::plain::folder(&file.path)).or_insert(&file.path);
        }
    }
    let mut alone: Vec<&str> = Vec::new();
    for path in paths {
        let stem = path.rsplit_once('.').map_or(*path, |(stem, _)| stem);
        let beside = [format!("{stem}.json"), format!("{stem}.parameters.json")];
        let beside = beside.iter().find_map(|path| templates.get(path.as_str()).copied());
        let mut folder = crate::plain::folder(path);
        // Modules are compiled into the template above them.
        let mut above = compiled.get(folder).copied();
        while above.is_none() && !folder.is_empty() {
            folder = crate::plain::folder(folder);
            above = compiled.get(folder).copied();
        }
        match beside.or(above) {
            Some(template) => output.diagnostics.push(
                Diagnostic::new(
                    Severity::Note,
                    "compiled-instead",
                    None,
                    format!("instead of `{path}` the template `{template}` is read, which was compiled from it"),
                )
                .help("run `az bicep build` again after a change"),
            ),
            None => alone.push(path),
        }
    }
    let Some(first) = alone.first() else { return };
    let message = match alone.len() {
        1 => format!("`{first}` is not read: Bicep"),
        more => format!("{more} files are not read: Bicep, `{first}` first"),
    };
    output.diagnostics.push(Diagnostic::warning_without_place("format-not-read", message).help(
        "compile it with `az bicep build --file main.bicep` or `bicep build main.bicep` and keep the JSON beside it",
    ));
}

/// Whether a template says that it was compiled from Bicep.
fn is_generated(text: &str) -> bool {
    let end = (0..=TOP.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let top = text.get(..end).unwrap_or("");
    top.split_once("\"_generator\"").is_some_and(|(_, rest)| rest.contains("\"bicep\""))
}
