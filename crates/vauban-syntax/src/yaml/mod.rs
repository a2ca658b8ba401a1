//! YAML: one door, two ways in.
//!
//! [`events`] drives granit-parser over the whole language and survives its errors. [`plain`] reads the subset
//! that nearly every model file keeps to, several times faster, and gives up at the first byte outside it.
//! Where both succeed they return the same tree; a property test holds them to it.

mod events;
mod messages;
mod plain;
#[cfg(test)]
mod tests;

use vauban_model::{Diagnostic, FileId};

use crate::build::{Sink, fits};
use crate::limits::Limits;
use crate::node::Node;

/// Reads the first document of a YAML text; `None` if there is none, or if the text is larger than wanted.
///
/// Documents after the first are ignored with the warning `yaml-many-documents`. Empty documents count for
/// nothing. Every syntax error is reported; reading goes on at the next line that fits the collections which
/// were open, so the tree holds what stands before and after a broken place.
pub fn parse_yaml(file: FileId, text: &str, limits: &Limits, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    if !fits(file, text, limits, diagnostics) {
        return None;
    }
    let text = without_mark(text);
    match plain::read(file, text, limits, diagnostics) {
        plain::Outcome::Tree(node) => Some(node),
        plain::Outcome::Unusual => {
            events::read(file, text, limits, events::Documents::First, &mut Sink::new(diagnostics)).pop()
        }
    }
}

/// Reads every document of a YAML text that is not empty. See [`parse_yaml`].
pub fn parse_yaml_documents(file: FileId, text: &str, limits: &Limits, diagnostics: &mut Vec<Diagnostic>) -> Vec<Node> {
    if !fits(file, text, limits, diagnostics) {
        return Vec::new();
    }
    let text = without_mark(text);
    match plain::read(file, text, limits, diagnostics) {
        plain::Outcome::Tree(node) => vec![node],
        plain::Outcome::Unusual => {
            events::read(file, text, limits, events::Documents::All, &mut Sink::new(diagnostics))
        }
    }
}

/// The text without a byte order mark, which is no part of it and takes no column.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
