//! The shape data that Lucidchart exports as CSV. Its drawings in Visio's format are read by [`crate::visio`].
//!
//! The file has no places, only what is in what and what lines connect. Its first row is in the user's language, so
//! columns are known by their position, and kinds of row by what they refer to.

mod lower;
mod raw;

use vauban_model::{Diagnostic, FileId, Severity};

use crate::draft::beginning;
use crate::log::{Log, short};
use crate::{Imported, InputFile};

pub(crate) use raw::is_export;

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    for file in files.iter().skip(1) {
        let message = format!("`{}` was not read: this format is one file", short(file.name));
        log.push(Diagnostic::new(Severity::Warning, "import-dropped", Some(beginning(file.id)), message));
    }
    let file = files.first().copied().unwrap_or_else(|| InputFile::text(FileId(0), "", ""));
    lower::lower(&raw::read(file.text, usize::MAX), file, log)
}
