//! Flowcharts, C4 diagrams and architecture diagrams of Mermaid, in files of their own or in the fences of Markdown.

mod architecture;
mod lower;
mod raw;

use vauban_model::{Diagnostic, FileId, Severity, Span};

use crate::draft::{Draft, beginning};
use crate::log::{Log, short};
use crate::sketch::Page;
use crate::{Imported, InputFile};

pub(crate) use raw::{is_any_diagram, is_mermaid};

/// The pages of the charts in a text that stands in a file of another format, behind this place.
pub(crate) fn pages(draft: &mut Draft, text: &str, title: &str, at: Span) -> Vec<Page> {
    let mut charts = raw::charts(text);
    for chart in &mut charts {
        chart.number += at.line;
        chart.statements.iter_mut().for_each(|(_, number)| *number += at.line);
        if chart.title.is_empty() {
            title.clone_into(&mut chart.title);
        }
    }
    lower::pages(draft, &charts, InputFile::text(at.file, "", ""))
}

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    for file in files.iter().skip(1) {
        let message = format!("`{}` was not read: this format is one file", short(file.name));
        log.push(Diagnostic::new(Severity::Warning, "import-dropped", Some(beginning(file.id)), message));
    }
    let file = files.first().copied().unwrap_or_else(|| InputFile::text(FileId(0), "", ""));
    lower::lower(&raw::charts(file.text), file, log)
}
