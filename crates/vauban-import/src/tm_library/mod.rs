//! The JSON of the OWASP Threat Model Library, 1.0 and the drafts before it.
//!
//! [`raw`] holds the format, [`lower`] what it means here.

mod lower;
mod raw;
mod threats;

use crate::listed::{nothing, one_file};
use crate::log::Log;
use crate::raw::{Place, Read};
use crate::{Format, Imported, InputFile};

/// Our own extension of the format: states, severities and categories of threats by their symbolic names.
const BESIDE: &str = "vauban.example/threats";

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let root = one_file(files, &mut log);
    let filled = root.as_ref().filter(|root| root.as_mapping().is_none_or(|entries| !entries.is_empty()));
    let raw = filled.and_then(|root| raw::Document::read(root, Place { what: "the file", key: "" }, &mut log));
    match raw {
        Some(raw) => lower::lower(&raw, log),
        None => nothing(Format::ThreatModelLibrary, files, log),
    }
}
