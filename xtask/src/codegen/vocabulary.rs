//! What is made from `library/vocabulary/facts.toml`.

use std::path::Path;

use super::{Generated, rustfmt};
use crate::{vocabulary, workspace};

/// The Rust tables of the vocabulary.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let source = workspace::read(&root.join("library/vocabulary/facts.toml"))?;
    let tables = rustfmt(root, &vocabulary::tables(&source)?)?;
    Ok(vec![("crates/vauban-model/src/vocabulary/tables.rs".into(), tables)])
}
