//! Threat Composer: threat statements with assumptions and mitigations, and its packs of them; schema 1.
//!
//! [`raw`] holds the format, [`lower`] what it means here.

mod lower;
mod raw;

use vauban_syntax::Node;

use crate::listed::{nothing, one_file};
use crate::log::Log;
use crate::raw::{List, Place, Read};
use crate::{Format, Imported, InputFile};

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let root = one_file(files, &mut log);
    let place = Place { what: "the file", key: "" };
    // The tool's own collection of examples is a bare list of statements.
    let listed = root.as_ref().filter(|root| root.as_sequence().is_some_and(|items| !items.is_empty()));
    let raw = match (listed, root.as_ref()) {
        (Some(root), _) => {
            let threats: Option<List<raw::Threat<'_>>> = List::read(root, place, &mut log);
            Some(raw::Document::of_threats(root, threats))
        }
        (None, Some(root)) => raw::Document::read(root, place, &mut log).filter(|_| !is_nothing(root)),
        (None, None) => None,
    };
    match raw {
        Some(raw) => lower::lower(&raw, log),
        None => nothing(Format::ThreatComposer, files, log),
    }
}

fn is_nothing(root: &Node) -> bool {
    root.as_mapping().is_none_or(<[_]>::is_empty)
}
