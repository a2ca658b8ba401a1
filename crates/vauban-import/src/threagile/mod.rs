//! Threagile, 0.9 and 1.0.
//!
//! [`raw`] holds the format, [`lower`] what it means here, [`merge`] how included files become one model.

mod lower;
mod merge;
mod raw;

use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::{Limits, Node, parse_json, parse_yaml};

use crate::draft::beginning;
use crate::log::{Log, short};
use crate::raw::{Place, Read};
use crate::{Imported, InputFile};

/// See [`crate::includes`].
pub(crate) fn includes(text: &str, file: FileId) -> Vec<(String, Span)> {
    // Nearly no file includes others; a look for the word spares the reading.
    if !text.contains("includes") {
        return Vec::new();
    }
    let root = parse(file, text, &mut Vec::new());
    root.iter().flat_map(included).map(|(path, span)| (path.to_owned(), span)).collect()
}

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let mut whole: Option<Node> = None;
    for file in files {
        let mut diagnostics = Vec::new();
        let root = parse(file.id, file.text, &mut diagnostics);
        log.extend(diagnostics);
        let Some(root) = root.filter(|root| mapping_or_report(root, file, &mut log)) else { continue };
        for (path, span) in included(&root) {
            if !files.iter().any(|other| is_meant(path, other.name)) {
                log.push(
                    Diagnostic::warning("import-missing-include", span, format!("`{}` was not read", short(path)))
                        .help("put the file where the path leads, relative to the file that includes it"),
                );
            }
        }
        match &mut whole {
            None => whole = Some(root),
            Some(whole) => merge::merge_file(whole, root, &mut log),
        }
    }
    let place = files.first().map(|file| beginning(file.id));
    let raw = whole.as_ref().and_then(|root| {
        let place = Place { what: "the file", key: "" };
        raw::Model::read(root, place, &mut log)
    });
    lower::lower(raw.as_ref(), place, log)
}

/// Reads one file. Threagile models are YAML; tools also write them as JSON.
fn parse(file: FileId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let read = if crate::raw::body(text).starts_with('{') { parse_json } else { parse_yaml };
    read(file, text, &Limits::default(), diagnostics)
}

/// Whether the top of a file is a mapping; says so if not.
fn mapping_or_report(root: &Node, file: &InputFile<'_>, log: &mut Log) -> bool {
    if root.as_mapping().is_some() {
        return true;
    }
    let message = if root.is_null() {
        format!("`{}` is empty", short(file.name))
    } else {
        format!("`{}` must hold keys and values, not {}", short(file.name), root.kind_name())
    };
    log.push(Diagnostic::new(Severity::Error, "import-empty", Some(root.span), message));
    false
}

/// The paths a file includes, with their places.
fn included(root: &Node) -> impl Iterator<Item = (&str, Span)> {
    let value = root.get("includes");
    let items = value.map(|value| value.as_sequence().unwrap_or(std::slice::from_ref(value))).unwrap_or_default();
    items.iter().filter_map(|item| Some((item.as_str()?, item.span)))
}

/// Whether a file's name ends in the path that an include names.
///
/// The caller knows the folders; here only the ends can be compared.
fn is_meant(path: &str, name: &str) -> bool {
    let path = path.replace('\\', "/");
    let mut wanted = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).rev();
    let mut had = name.split('/').rev();
    wanted.all(|part| had.next() == Some(part))
}
