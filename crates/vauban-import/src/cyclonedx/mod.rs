//! CycloneDX in JSON: the services of 1.2 to 1.7, the threat models of the 2.0 preview, and the drafts of threat models
//! as components that came between them.
//!
//! [`raw`] holds the format; [`lower`] says what it means here and reads blueprints, [`services`], [`drafts`] and
//! [`threats`] the rest; [`words`] has the tables, [`checks`] what the schema forbids.

mod checks;
mod drafts;
mod lower;
mod raw;
mod services;
mod threats;
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
        None => nothing(Format::CycloneDx, files, log),
    }
}
