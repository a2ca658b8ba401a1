//! AWS CloudFormation and SAM templates, in YAML and JSON.
//!
//! Templates of a tree are read together: nested stacks are matched to local templates, exports to imports, parameters of
//! the parameter store and secrets to those who look them up by name. Only what is known for sure leads to anything being
//! left out; a condition that depends on a parameter nobody set keeps both sides.

mod dynamic;
mod emit;
mod evaluate;
mod foreach;
mod functions;
mod names;
mod sam;
mod template;

use rustc_hash::{FxHashMap, FxHashSet};

use vauban_model::resource::{Text, Value};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Limits, Node, parse_json, parse_yaml};

use crate::{InputFile, Options, Output, Tree, plain};
use evaluate::Evaluator;
use template::{Parsed, Template};

/// Most bytes of one template; real ones are at most one megabyte.
const BYTES: usize = 32 << 20;

/// Whether a file is a template.
pub(crate) fn recognise(_path: &str, text: &str) -> bool {
    if text.contains("AWSTemplateFormatVersion") || text.contains("AWS::Serverless-2016-10-31") {
        return text.contains("Resources");
    }
    // Without its version a template is still known by the types of its resources.
    text.contains("Resources") && has_type(text)
}

/// Whether a line gives a type as CloudFormation names them: three words, `AWS::S3::Bucket` or those of a registry, and
/// `Custom::` with any name.
fn has_type(text: &str) -> bool {
    text.match_indices("Type").take(2_000).any(|(at, word)| {
        // `ResourceType` is another key.
        let before = text.get(..at).unwrap_or("");
        if before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
            return false;
        }
        let rest = text.get(at + word.len()..).unwrap_or("").trim_start_matches(['"', '\'']).trim_start_matches(' ');
        let Some(rest) = rest.strip_prefix(':') else { return false };
        let value = rest.trim_start_matches([' ', '\t', '"', '\'']);
        let ty = value.split(['"', '\'', '\n', '\r', ' ', ',', '}']).next().unwrap_or("");
        let mut parts = ty.split("::");
        let words: Vec<&str> = parts.by_ref().take(4).collect();
        let named =
            |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_@".contains(c));
        words.iter().all(named) && (words.len() == 3 || matches!(words.as_slice(), ["Custom", _]))
    })
}

/// Reads all templates of a tree; the hook may complete each resource, given its template's path.
pub(crate) fn read_with(
    tree: &mut Tree<'_>,
    options: &Options,
    files: &[InputFile],
    output: &mut Output,
    hook: &mut dyn FnMut(&str, &mut vauban_model::resource::Resource),
) {
    let mut parsed: Vec<Parsed> = Vec::new();
    for file in files {
        let Some(mut root) = parse(file.id, &file.path, &file.text, &mut output.diagnostics) else { continue };
        if root.get("Resources").and_then(Node::as_mapping).is_none() {
            let place = root.get("Resources").map_or(root.span, |node| node.span);
            output.diagnostics.push(
                Diagnostic::warning("template-without-resources", place, "this template has no mapping `Resources`")
                    .help("give it one, or leave it: nothing is read from it"),
            );
            continue;
        }
        foreach::expand(&mut root, &mut output.diagnostics);
        parsed.push(Parsed {
            path: file.path.to_string(),
            source: file.source,
            root,
            stem: stem(&file.path).to_owned(),
        });
    }
    let includes = includes(tree, &parsed, &mut output.diagnostics);
    let given = given(tree, options, output);
    let templates: Vec<Template<'_>> = parsed.iter().map(Template::new).collect();
    for template in &templates {
        macros(template, &mut output.diagnostics);
    }

    // First who is used by whom and which names there are, then everything with the names known.
    let mut first = Evaluator::new(&templates, &includes, options, given.clone());
    let all: Vec<usize> = (0..templates.len()).collect();
    let roots = first.roots(&all);
    first.collect_names();
    let mut evaluator = Evaluator::new(&templates, &includes, options, given);
    evaluator.index = first.index;
    // An export may be made of another import, so the values are taken once more.
    let scopes: Vec<usize> = roots.iter().map(|root| evaluator.root(root.0, &root.1)).collect();
    evaluator.index = evaluator.renewed_names();
    evaluator.diagnostics.clear();
    evaluator.variables.clear();
    let index = std::mem::take(&mut evaluator.index);
    let (budgeted, given) = (evaluator.options, std::mem::take(&mut evaluator.given));
    let mut evaluator = Evaluator::new(&templates, &includes, budgeted, given);
    evaluator.index = index;
    for root in &roots {
        evaluator.root(root.0, &root.1);
    }
    let mut resources = Vec::new();
    for scope in 0..scopes.len() {
        evaluator.emit(scope, &mut resources);
    }
    // Templates that only use one another were reached by no root.
    for (index, template) in templates.iter().enumerate() {
        if !evaluator.scopes.iter().any(|scope| scope.template == index) {
            let scope = evaluator.root(index, &format!("{}/", template.parsed.path));
            evaluator.emit(scope, &mut resources);
        }
    }
    for (template, mut resource) in resources {
        if let Some(template) = templates.get(template) {
            hook(&template.parsed.path, &mut resource);
        }
        output.inventory.resources.push(resource);
    }
    let mut seen: FxHashSet<(Text, Span)> = FxHashSet::default();
    evaluator.variables.retain(|variable| seen.insert((variable.name.clone(), variable.span)));
    output.inventory.variables.append(&mut evaluator.variables);
    output.inventory.only_if.append(&mut evaluator.only_if);
    let mut said: FxHashSet<(&'static str, Option<Span>, String)> = FxHashSet::default();
    evaluator.diagnostics.retain(|said_now| said.insert((said_now.code, said_now.span, said_now.message.clone())));
    output.diagnostics.append(&mut evaluator.diagnostics);
}

/// A file as a tree, in whichever notation it is.
pub(crate) fn parse(id: vauban_model::FileId, path: &str, text: &str, problems: &mut Vec<Diagnostic>) -> Option<Node> {
    let limits = Limits { max_bytes: BYTES, max_depth: 100, ..Limits::default() };
    if plain::is_json(text) && !path.ends_with(".yaml") && !path.ends_with(".yml") {
        parse_json(id, text, &limits, problems)
    } else {
        parse_yaml(id, text, &limits, problems)
    }
}

/// A path without its ending; names the stack.
pub(crate) fn stem(path: &str) -> &str {
    for ending in [".template.json", ".template.yaml", ".template.yml", ".json", ".yaml", ".yml", ".template"] {
        if let Some(stem) = path.strip_suffix(ending) {
            return stem;
        }
    }
    path
}

/// Says which macros change a template in ways that nobody here knows.
fn macros(template: &Template<'_>, problems: &mut Vec<Diagnostic>) {
    for name in template::transforms(&template.parsed.root) {
        if !name.starts_with("AWS::") {
            let place = template.parsed.root.get("Transform").map_or(template.parsed.root.span, |node| node.span);
            problems.push(
                Diagnostic::warning("unsupported-macro", place, format!("the macro `{name}` may change this template"))
                    .help("give the processed template instead, as `aws cloudformation get-template` prints it"),
            );
        }
    }
}

/// Opens files that templates include: API descriptions and pieces of templates.
fn includes(tree: &mut Tree<'_>, parsed: &[Parsed], problems: &mut Vec<Diagnostic>) -> FxHashMap<String, Node> {
    let paths: Vec<&str> = tree
        .paths
        .iter()
        .map(String::as_str)
        .filter(|path| path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json"))
        .collect();
    let mut by_name: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for path in paths {
        by_name.entry(path.rsplit('/').next().unwrap_or(path)).or_default().push(path);
    }
    let mut found: FxHashMap<String, Node> = FxHashMap::default();
    let mut left = 500usize;
    for template in parsed {
        let folder = plain::folder(&template.path);
        let mut written: Vec<String> = Vec::new();
        locations(&template.root, &mut written);
        for location in written {
            let name = location.rsplit('/').next().unwrap_or(&location);
            let Some(candidates) = by_name.get(name) else { continue };
            let Some(path) = plain::nearest(candidates, folder, &location) else { continue };
            if left == 0 {
                return found;
            }
            left -= 1;
            if !found.contains_key(path) {
                let opened = (tree.open)(path);
                let Ok((id, text)) = opened else { continue };
                let Some(node) = parse(id, path, &text, problems) else { continue };
                found.insert(path.to_owned(), node);
            }
            if plain::resolve(folder, &location).as_deref() != Some(path)
                && let Some(node) = found.get(path).cloned()
            {
                found.insert(format!("{folder}\n{location}"), node);
            }
        }
    }
    found
}

/// Places that a template includes files from.
fn locations(node: &Node, found: &mut Vec<String>) {
    match &node.kind {
        Kind::Mapping(entries) => {
            for entry in entries {
                if matches!(&*entry.key, "Location" | "DefinitionUri" | "DefinitionSubstitutionsUri")
                    && let Some(text) = entry.value.as_str()
                {
                    found.push(text.to_owned());
                }
                locations(&entry.value, found);
            }
        }
        Kind::Sequence(items) => items.iter().for_each(|item| locations(item, found)),
        Kind::Scalar(_) => {}
    }
}

/// Values for parameters, from files of the options: `[{"ParameterKey", "ParameterValue"}]` or `{"Parameters": {…}}`.
fn given(tree: &mut Tree<'_>, options: &Options, output: &mut Output) -> FxHashMap<String, Value> {
    let mut given = FxHashMap::default();
    for path in &options.variable_files {
        if !path.ends_with(".json") && !path.ends_with(".yaml") && !path.ends_with(".yml") {
            continue;
        }
        let Ok((id, text)) = (tree.open)(path) else { continue };
        let Some(root) = parse(id, path, &text, &mut output.diagnostics) else { continue };
        for entry in root.get("Parameters").and_then(Node::as_mapping).unwrap_or(&[]) {
            given.insert(entry.key.to_string(), plain::value(&entry.value));
        }
        for item in root.as_sequence().unwrap_or(&[]) {
            if let (Some(key), Some(value)) =
                (item.get("ParameterKey").and_then(Node::as_str), item.get("ParameterValue"))
            {
                given.insert(key.to_owned(), plain::value(value));
            }
        }
    }
    given
}
