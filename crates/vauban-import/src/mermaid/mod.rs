//! Flowcharts, C4 diagrams and architecture diagrams of Mermaid, in files of their own or in the fences of Markdown.

mod architecture;
mod lower;
mod raw;

use vauban_model::{Diagnostic, FileId, Severity};

use crate::draft::beginning;
use crate::log::{Log, short};
use crate::{Imported, InputFile};

pub(crate) use raw::is_mermaid;

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
