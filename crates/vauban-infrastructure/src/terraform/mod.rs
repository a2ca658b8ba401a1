//! Terraform and OpenTofu configuration: an own reader of the language, and an evaluation that needs no provider and no
//! network.
//!
//! Nothing is run. What cannot be known before `apply` stays a reference or an unknown with its reason, and no block is
//! dropped because of it.

mod evaluate;
mod functions;
mod syntax;

use crate::{InputFile, Options, Output, Tree};

/// Reads every root module of the tree into the inventory.
pub(crate) fn read(tree: &mut Tree<'_>, options: &Options, files: &[InputFile], output: &mut Output) {
    if files.is_empty() {
        return;
    }
    evaluate::evaluate(tree, options, files, output);
}
