//! One catalogue: its head in TOML, its rows in CSV.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::framework::{Framework, Requirement};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Fields, Limits, parse_toml};

use crate::library::LibraryFile;

/// The keys of the head.
const KEYS: [&str; 10] =
    ["id", "aliases", "name", "version", "publisher", "groups", "statement", "source", "licence", "checked"];

/// Reads the head, and the rows from the file beside it.
pub(super) fn read(
    file: &LibraryFile<'_>,
    files: &[LibraryFile<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Framework> {
    let root = parse_toml(file.id, file.text, 0, &Limits::default(), diagnostics)?;
    let mut fields = Fields::new(&root, "a framework", diagnostics)?;
    let here = Span::new(file.id, 1, 1, 0);
    let mut text = |key: &str, diagnostics: &mut Vec<Diagnostic>| match fields.string(key, diagnostics) {
        Some((text, _)) if !text.trim().is_empty() => Box::from(text.trim().replace('\n', " ")),
        _ => {
            let message = format!("a framework has no `{key}`");
            diagnostics.push(Diagnostic::error("missing-key", here, message).help(format!("add `{key} = \"…\"`")));
            Box::default()
        }
    };
    let id = text("id", diagnostics);
    let name = text("name", diagnostics);
    let version = text("version", diagnostics);
    let publisher = text("publisher", diagnostics);
    let source = text("source", diagnostics);
    let licence = text("licence", diagnostics);
    let checked = text("checked", diagnostics);
    let words = |list: Vec<(&str, Span)>| list.into_iter().map(|(word, _)| Box::from(word)).collect::<Vec<Box<str>>>();
    let aliases = words(fields.strings("aliases", diagnostics));
    let groups = words(fields.strings("groups", diagnostics));
    let statement = fields.string("statement", diagnostics).map_or(Box::default(), |(kind, _)| Box::from(kind));
    fields.finish(&KEYS, diagnostics);
    let stem = file.path.trim_end_matches(".toml");
    if stem.rsplit('/').next() != Some(&*id) {
        let message = format!("the file's name is not the id `{id}`");
        diagnostics.push(Diagnostic::error("framework-row", here, message).help(format!("call it `{id}.toml`")));
        return None;
    }
    let rows = format!("{stem}.csv");
    let Some(rows) = files.iter().find(|other| other.path == rows && other.built_in == file.built_in) else {
        let message = format!("the framework `{id}` has no rows");
        diagnostics.push(Diagnostic::error("framework-row", here, message).help(format!("put `{id}.csv` beside it")));
        return None;
    };
    let mut requirements = requirements(rows, diagnostics);
    mark_groups(&mut requirements, &groups);
    Some(Framework { id, aliases, name, version, publisher, source, licence, checked, statement, requirements })
}

/// A row of a kind that groups, with something in it, is a group.
fn mark_groups(requirements: &mut [Requirement], kinds: &[Box<str>]) {
    let parents: FxHashSet<Box<str>> = requirements.iter().map(|row| row.parent.clone()).collect();
    for row in requirements.iter_mut() {
        row.group = kinds.contains(&row.kind) && parents.contains(&row.id);
    }
}

/// The rows of a catalogue. Columns stand in any order; those that a catalogue has no use for are left out.
fn requirements(file: &LibraryFile<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Requirement> {
    let mut reader = csv::ReaderBuilder::new().from_reader(file.text.as_bytes());
    let column: FxHashMap<String, usize> = match reader.headers() {
        Ok(headers) => headers.iter().enumerate().map(|(at, name)| (name.trim().to_owned(), at)).collect(),
        Err(_) => FxHashMap::default(),
    };
    if let Some(missing) = ["id", "kind", "title"].into_iter().find(|name| !column.contains_key(*name)) {
        let message = format!("the table has no column `{missing}`");
        let help = "the first line names the columns: id, kind, parent, title, label, baselines, status, withdrawn_to";
        diagnostics.push(Diagnostic::error("framework-row", Span::new(file.id, 1, 1, 0), message).help(help));
        return Vec::new();
    }
    let mut out: Vec<Requirement> = Vec::new();
    let mut seen: FxHashSet<Box<str>> = FxHashSet::default();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                let message = "the row has not as many cells as the first line";
                diagnostics.push(row(file, line, message.to_owned()).help("put cells with a comma in double quotes"));
                continue;
            }
        };
        let line = record.position().map_or(1, csv::Position::line);
        let cell = |name: &str| column.get(name).and_then(|at| record.get(*at)).unwrap_or_default().trim();
        let list = |name: &str| {
            cell(name).split('|').filter(|word| !word.is_empty()).map(Box::from).collect::<Vec<Box<str>>>()
        };
        let requirement = Requirement {
            id: cell("id").into(),
            title: cell("title").into(),
            own_label: cell("label") == "own",
            parent: cell("parent").into(),
            kind: cell("kind").into(),
            group: false,
            baselines: list("baselines"),
            withdrawn_to: list("withdrawn_to"),
            withdrawn: cell("status") == "withdrawn",
        };
        if requirement.id.is_empty() {
            diagnostics.push(row(file, line, "the row has no id".to_owned()));
        } else if !requirement.parent.is_empty() && !seen.contains(&requirement.parent) {
            let message =
                format!("`{}` belongs to `{}`, which does not stand above it", requirement.id, requirement.parent);
            diagnostics.push(row(file, line, message).help("put a group above what is in it"));
        } else if !seen.insert(requirement.id.clone()) {
            diagnostics.push(row(file, line, format!("there are two rows `{}`", requirement.id)));
        } else {
            out.push(requirement);
        }
    }
    report_lost(&out, file, diagnostics);
    out
}

/// What was withdrawn must lead to something that is there.
fn report_lost(rows: &[Requirement], file: &LibraryFile<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let known: FxHashSet<&str> = rows.iter().map(|row| &*row.id).collect();
    for requirement in rows {
        for target in requirement.withdrawn_to.iter().filter(|target| !known.contains(&***target)) {
            let message = format!("`{}` was withdrawn to `{target}`, which is not there", requirement.id);
            diagnostics.push(row(file, 1, message));
        }
    }
}

fn row(file: &LibraryFile<'_>, line: u64, message: String) -> Diagnostic {
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    Diagnostic::error("framework-row", Span::new(file.id, line, 1, 0), message)
}
