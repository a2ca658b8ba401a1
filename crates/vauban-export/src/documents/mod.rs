//! Documents for people who were not in the room: what an auditor, a board or a customer asks for.
//!
//! [`content`] says what stands in each of them, as a tree of headings, paragraphs, tables and figures
//! ([`vauban_model::document::Document`]). The other modules write such a tree: [`markdown()`], [`html()`], [`csv()`],
//! [`workbook()`], [`word()`]. PDF is the business of a crate of its own, `vauban-typeset`.

pub mod content;
mod csv;
mod flat;
mod html;
mod markdown;
#[cfg(feature = "png")]
mod word;
mod workbook;

pub use self::csv::{csv, table};
pub use self::html::html;
pub(crate) use self::html::logo;
pub use self::markdown::{Markdown, logo as logo_file, markdown};
pub(crate) use self::markdown::{foot, letterhead};
#[cfg(feature = "png")]
pub use self::word::word;
pub use self::workbook::workbook;

use std::collections::BTreeSet;

use vauban_model::document::{Block, Document};

/// The anchors that links of a document can lead to.
fn anchors(document: &Document) -> BTreeSet<&str> {
    let mut out = BTreeSet::new();
    for block in &document.blocks {
        if let Block::Heading { anchor, .. } = block
            && !anchor.is_empty()
        {
            out.insert(&**anchor);
        }
    }
    out
}

/// Whether a target outside the document may be linked: the web and mail, nothing that runs.
fn is_safe(target: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme))
}

/// From so many headings on there is a table of contents.
const CONTENTS: usize = 6;

/// Whether a document gets a table of contents.
fn has_contents(document: &Document) -> bool {
    document.blocks.iter().filter(|block| matches!(block, Block::Heading { .. })).count() >= CONTENTS
}
