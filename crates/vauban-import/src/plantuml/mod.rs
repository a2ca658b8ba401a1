//! PlantUML: component and deployment diagrams, and those with the macros of C4-PlantUML.
//!
//! [`raw`] reads lines, calls and arrows, [`preprocess`] runs what can be run of the directives, with what [`expression`]
//! works out, [`mod@include`] puts files of the same folder where they are included, [`lower`] decides.

mod calls;
mod expression;
mod include;
mod lower;
mod macros;
mod preprocess;
mod raw;

use vauban_model::{Diagnostic, FileId, Severity};

use crate::canvas::Canvas;
use crate::draft::{Draft, beginning};
use crate::log::{Log, short};
use crate::{Imported, InputFile};

pub(crate) use raw::is_plantuml;

/// Reads lines in the macros of C4, which other languages borrowed; calls may run over several lines.
pub(crate) fn c4(
    draft: &mut Draft,
    file: InputFile<'_>,
    (title, number): (&str, u32),
    lines: &[(String, u32)],
) -> Canvas {
    lower::page(draft, &raw::Diagram { name: title.to_owned(), number, lines: raw::joined(lines) }, file)
}

/// See [`crate::includes`].
pub(crate) fn includes(text: &str, file: FileId) -> Vec<(String, vauban_model::Span)> {
    include::wanted(text, file)
}

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let file = files.first().copied().unwrap_or_else(|| InputFile::text(FileId(0), "", ""));
    let mut diagrams = raw::diagrams(file.text);
    let mut includes = include::Includes::new(files, &mut log);
    for diagram in &mut diagrams {
        diagram.lines = includes.expanded(&diagram.lines);
    }
    let used = includes.used;
    for (file, _) in files.iter().zip(used).skip(1).filter(|(_, used)| !used) {
        let message = format!("`{}` was not read: no diagram includes it", short(file.name));
        log.push(Diagnostic::new(Severity::Warning, "import-dropped", Some(beginning(file.id)), message));
    }
    for diagram in &mut diagrams {
        diagram.lines = preprocess::run(&diagram.lines, file.id, &mut log);
    }
    lower::lower(&diagrams, file, log)
}
