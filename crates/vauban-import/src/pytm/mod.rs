//! The JSON that OWASP pytm reads (`pytm.load`) and writes (`--json`), up to 1.4.
//!
//! [`raw`] holds the format, [`lower`] what it means here, [`words`] the tables of attributes and controls.

mod lower;
mod raw;
mod words;

use crate::listed::{nothing, one_file};
use crate::log::Log;
use crate::raw::{Place, Read};
use crate::{Format, Imported, InputFile};

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let root = one_file(files, &mut log);
    let filled = root.as_ref().filter(|root| root.as_mapping().is_none_or(|entries| !entries.is_empty()));
    let raw = filled.and_then(|root| raw::Document::read(root, Place { what: "the file", key: "" }, &mut log));
    match raw {
        Some(raw) => lower::lower(&raw, log),
        None => nothing(Format::Pytm, files, log),
    }
}
