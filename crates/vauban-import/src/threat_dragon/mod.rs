//! OWASP Threat Dragon, versions 1 and 2, and the templates of 2.4 and later.
//!
//! [`raw`] holds the format, [`lower`] what it all means here.

mod lower;
mod raw;

use vauban_model::{Diagnostic, Severity};
use vauban_syntax::{Limits, parse_json, parse_yaml};

use crate::draft::beginning;
use crate::log::{Log, short};
use crate::raw::{Place, Read, body};
use crate::{Imported, InputFile};

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let mut diagnostics = Vec::new();
    let root = files.first().and_then(|file| {
        // The tool writes JSON only; people convert.
        let read = if body(file.text).starts_with(['{', '[']) { parse_json } else { parse_yaml };
        read(file.id, file.text, &Limits::default(), &mut diagnostics)
    });
    log.extend(diagnostics);
    for file in files.iter().skip(1) {
        let message = format!("`{}` was not read: this format is one file", short(file.name));
        log.push(Diagnostic::new(Severity::Warning, "import-dropped", Some(beginning(file.id)), message));
    }
    let raw = root.as_ref().and_then(|root| {
        let place = Place { what: "the file", key: "" };
        raw::Document::read(root, place, &mut log)
    });
    lower::lower(raw.as_ref(), files.first().map(|file| beginning(file.id)), log)
}
