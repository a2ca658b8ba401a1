//! How requirements of one framework relate to those of another: heads in `crosswalks.toml`, rows in
//! `crosswalks/<from>--<to>.csv`.

use rustc_hash::FxHashSet;
use vauban_model::framework::{Crosswalk, Framework, Frameworks};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Fields, Limits, Node, parse_toml};

use super::{FOLDER, framework_of};
use crate::library::LibraryFile;

/// The relations of NIST IR 8477 that rows may state.
const RELATIONS: [&str; 4] = ["equal", "subset", "superset", "intersects"];

/// Reads all crosswalks.
pub(super) fn read(
    file: &LibraryFile<'_>,
    files: &[LibraryFile<'_>],
    out: &mut Frameworks,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), diagnostics) else { return };
    let Some(mut fields) = Fields::new(&root, "a file of crosswalks", diagnostics) else { return };
    let list = fields.sequence("crosswalk", diagnostics).unwrap_or_default();
    fields.finish(&["crosswalk"], diagnostics);
    for node in list {
        if let Some(crosswalk) = one(node, file, files, out, diagnostics) {
            out.crosswalks.push(crosswalk);
        }
    }
}

fn one(
    node: &Node,
    file: &LibraryFile<'_>,
    files: &[LibraryFile<'_>],
    out: &Frameworks,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Crosswalk> {
    let mut fields = Fields::new(node, "a crosswalk", diagnostics)?;
    let texts = ["from", "to", "source", "licence"].map(|key| fields.string(key, diagnostics));
    let derived = fields.bool("derived", diagnostics).is_some_and(|(derived, _)| derived);
    fields.finish(&["from", "to", "source", "licence", "derived"], diagnostics);
    let [Some(from), Some(to), Some((source, _)), Some((licence, _))] = texts else {
        let message = "a crosswalk needs `from`, `to`, `source` and `licence`";
        diagnostics.push(Diagnostic::error("missing-key", node.span, message));
        return None;
    };
    let (left, right) = (framework_of(out, from, diagnostics), framework_of(out, to, diagnostics));
    let (left, right) = (left?, right?);
    let path = format!("{FOLDER}crosswalks/{}--{}.csv", left.id, right.id);
    let Some(table) = files.iter().find(|other| other.path == path && other.built_in == file.built_in) else {
        let message = format!("the crosswalk has no rows in `{path}`");
        diagnostics.push(Diagnostic::error("framework-row", node.span, message).help("put the table there"));
        return None;
    };
    Some(Crosswalk {
        from: left.id.clone(),
        to: right.id.clone(),
        source: source.into(),
        licence: licence.into(),
        derived,
        rows: rows(table, left, right, diagnostics),
    })
}

/// The rows whose both ends exist.
fn rows(
    table: &LibraryFile<'_>,
    left: &Framework,
    right: &Framework,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Box<str>, Box<str>, Box<str>)> {
    let ids = |framework: &Framework| framework.requirements.iter().map(|row| row.id.clone()).collect();
    let (left_ids, right_ids): (FxHashSet<Box<str>>, FxHashSet<Box<str>>) = (ids(left), ids(right));
    let mut out = Vec::new();
    for record in csv::ReaderBuilder::new().flexible(true).from_reader(table.text.as_bytes()).records() {
        let Ok(record) = record else { continue };
        let line = record.position().map_or(1, csv::Position::line);
        let span = Span::new(table.id, u32::try_from(line).unwrap_or(u32::MAX), 1, 0);
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let mut lost = false;
        for (id, known, framework) in [(cell(0), &left_ids, left), (cell(1), &right_ids, right)] {
            if !known.contains(id) {
                lost = true;
                let message = format!("`{}` has no requirement `{id}`", framework.id);
                diagnostics.push(Diagnostic::error("unknown-requirement", span, message));
            }
        }
        if !RELATIONS.contains(&cell(2)) {
            lost = true;
            let message = format!("there is no relation `{}`", cell(2));
            let help = format!("one of: {}", RELATIONS.join(", "));
            diagnostics.push(Diagnostic::error("unknown-word", span, message).help(help));
        }
        if !lost {
            out.push((cell(0).into(), cell(1).into(), cell(2).into()));
        }
    }
    out
}
