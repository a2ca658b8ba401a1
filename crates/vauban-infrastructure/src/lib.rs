//! Infrastructure code and cloud state into one [`Inventory`]: resources, attributes, references, unknowns, each with its
//! place.
//!
//! A reader per tool. Readers decide nothing about security: they say what is written. Types and attributes keep the
//! tool's own names; the catalogue of `vauban-cloud` gives the same thing the same name afterwards.
//!
//! Nothing fails on content. A file that cannot be read is a diagnostic, and the rest is read. A module or a template that
//! is not at hand is a resource of mode *opaque* with its inputs, and a diagnostic; a chart is a release with its values.
//!
//! No input or output here: the caller lists the folder and opens files when asked ([`Tree`]).

mod api;
mod arm;
mod aws_config;
mod cdk;
mod cloud_assets;
mod cloudformation;
mod compose;
mod dockerfile;
mod env_file;
mod files;
mod join;
mod kubernetes;
mod located;
mod nodes;
mod plain;
mod pulumi;
mod recognise;
mod terraform;
mod terraform_plan;
mod terraform_state;
mod unrendered;

use std::sync::Arc;

use vauban_model::resource::{Inventory, Source};
use vauban_model::{Diagnostic, FileId, Severity};

pub use recognise::{may_be_read, recognise};

/// Opens a file by its path: its number and its text, or why it cannot be read.
pub type Opener<'a> = dyn FnMut(&str) -> Result<(FileId, Arc<str>), String> + 'a;

/// A folder, as the caller sees it.
pub struct Tree<'a> {
    /// Every file below the folder, by its path relative to it, with forward slashes, sorted. Folders that hold no
    /// sources of the team's own (`.git`, `node_modules`) are left out; `.terraform/modules` is in.
    pub paths: &'a [String],
    /// Opens one of them: its number and its text. The caller decodes, bounds the size, and remembers what was opened.
    pub open: &'a mut Opener<'a>,
}

/// What the caller sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Values for inputs: name, text in the tool's own syntax (`--var name=value`).
    pub variables: Vec<(String, String)>,
    /// Files with values for inputs, as paths of the tree (`--var-file`).
    pub variable_files: Vec<String>,
    /// Variants to apply instead of the default: kustomize folders, further compose files and files with values of Helm
    /// charts, as paths of the tree (`--variant`).
    pub overlays: Vec<String>,
    /// Compose profiles that are on.
    pub profiles: Vec<String>,
}

/// One file that some reader is for.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// The file's number.
    pub id: FileId,
    /// Its path in the tree.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// Which reader.
    pub source: Source,
}

/// What came of reading.
#[derive(Debug, Default)]
pub struct Output {
    /// Everything read.
    pub inventory: Inventory,
    /// Everything there is to say about the input.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that took part: path and reader. A file that looked like infrastructure and could not be read is in
    /// `diagnostics`; one of the two always holds.
    pub files: Vec<(Arc<str>, Source)>,
}

/// What to do about a path that somebody named and the folder does not have, and why it is not there.
fn absence(named: &str) -> (&'static str, &'static str) {
    if named.starts_with('/') || files::join("", named).is_none() {
        let help = "ask about a folder that holds it, or put a copy into this one; its path is relative to that folder";
        return ("lies outside of the folder that is read", help);
    }
    let help = "give its path as seen from the folder that is asked about; only files in that folder are read";
    ("is not there", help)
}

/// Reads everything in a folder that some reader is for.
pub fn read(tree: &mut Tree<'_>, options: &Options) -> Output {
    let mut output = Output::default();
    let named = options.variable_files.iter().map(|path| path.trim_start_matches("./").to_owned()).collect();
    let options = &Options { variable_files: named, ..options.clone() };
    let mut inputs: Vec<InputFile> = Vec::new();
    let mut without_reader: Vec<(&'static str, &str, usize)> = Vec::new();
    let mut pass_over = |kind: &'static str, path| match without_reader.iter_mut().find(|(known, ..)| *known == kind) {
        Some((_, _, count)) => *count += 1,
        None => without_reader.push((kind, path, 1)),
    };
    let bicep: Vec<&str> = tree.paths.iter().map(String::as_str).filter(|path| recognise::is_bicep(path)).collect();
    for path in tree.paths {
        if !may_be_read(path) {
            if let Some(kind) = recognise::without_reader(path, "") {
                pass_over(kind, path.as_str());
            }
            continue;
        }
        match (tree.open)(path) {
            Ok((id, mut text)) => {
                let structured = [".yaml", ".yml", ".json", ".template"].iter().any(|ending| path.ends_with(ending));
                if structured
                    && let Some((plain, said)) = unrendered::without_statements(id, &text)
                    && recognise(path, &plain).is_some()
                {
                    text = plain;
                    output.diagnostics.push(said);
                }
                if let Some(source) = recognise(path, &text) {
                    output.files.push((path.as_str().into(), source));
                    inputs.push(InputFile { id, path: path.as_str().into(), text, source });
                } else if let Some(kind) = recognise::without_reader(path, &text) {
                    pass_over(kind, path.as_str());
                }
            }
            Err(reason) => output.diagnostics.push(
                Diagnostic::warning_without_place("file-unreadable", format!("`{path}` cannot be read: {reason}"))
                    .help("mend the file, or leave it: everything else is read"),
            ),
        }
    }
    for (kind, first, count) in without_reader {
        let message = match count {
            1 => format!("`{first}` is not read: {kind}"),
            more => format!("{more} files are not read: {kind}, `{first}` first"),
        };
        output.diagnostics.push(
            Diagnostic::warning_without_place("format-not-read", message)
                .help("there is no reader for this kind yet; add what it describes in an overlay"),
        );
    }
    arm::bicep(&bicep, &inputs, &mut output);
    let mut assemblies = cdk::Assemblies::read(tree, &mut inputs, &mut output);
    let of = |source: Source| inputs.iter().filter(move |file| file.source == source).cloned().collect::<Vec<_>>();
    // Each reader appends to the output. Order is fixed, so that the same folder gives the same bytes.
    terraform::read(tree, options, &of(Source::Terraform), &mut output);
    let plans = terraform_plan::read(&of(Source::TerraformPlan), &mut output);
    let states = terraform_state::read(&of(Source::TerraformState), &mut output);
    join::join(&plans, &states, &mut output);
    let templates: Vec<InputFile> = inputs
        .iter()
        .filter(|file| {
            file.source == Source::CloudFormation
                || (file.source == Source::Cdk && !cdk::recognise(&file.path, &file.text))
        })
        .cloned()
        .collect();
    let before = output.inventory.resources.len();
    let mut made_by: Vec<String> = Vec::new();
    cloudformation::read_with(tree, options, &templates, &mut output, &mut |template, _| {
        made_by.push(template.to_owned())
    });
    if !assemblies.is_empty() {
        let made = output.inventory.resources.get_mut(before..).unwrap_or_default();
        for (template, resource) in made_by.iter().zip(made) {
            assemblies.complete(tree, template, resource);
        }
    }
    arm::read(options, &of(Source::AzureResourceManager), &mut output);
    pulumi::read(tree, options, &of(Source::Pulumi), &mut output);
    cloud_assets::read(tree, options, &of(Source::CloudAssetInventory), &mut output);
    aws_config::read(tree, options, &of(Source::AwsConfig), &mut output);
    kubernetes::embedded::expand(&mut output);
    let mut files = files::Files::new(tree, &inputs);
    kubernetes::read(&mut files, &of(Source::Kubernetes), options, &mut output);
    compose::read(&mut files, &of(Source::Compose), options, &mut output);
    dockerfile::read(&of(Source::Dockerfile), &mut output);
    let descriptions: Vec<InputFile> =
        inputs.iter().filter(|file| matches!(file.source, Source::OpenApi | Source::AsyncApi)).cloned().collect();
    api::read(&mut files, &descriptions, &mut output);
    for named in &options.overlays {
        let path = named.trim_start_matches("./").trim_end_matches('/');
        if !path.is_empty() && path != "." && !files.has(path) && files.below(path).is_empty() {
            let (why, help) = absence(named);
            let message = format!("the variant `{named}` {why}");
            output.diagnostics.push(Diagnostic::new(Severity::Error, "variant-not-here", None, message).help(help));
        }
    }
    for named in &options.variable_files {
        // Somebody named it: without it another system is judged.
        if !files.has(named) {
            let (why, help) = absence(named);
            let message = format!("`{named}` with values for variables {why}");
            output.diagnostics.push(Diagnostic::new(Severity::Error, "values-missing", None, message).help(help));
        }
    }
    output
}
