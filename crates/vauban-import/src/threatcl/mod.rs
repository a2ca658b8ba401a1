//! threatcl's models in HCL, with what they include and import.
//!
//! [`hcl`] reads the language, [`resolve`] looks up references, [`raw`] holds the format, [`lower`] what it means here.

mod diagrams;
mod hcl;
mod lower;
mod raw;
mod resolve;

use vauban_model::{FileId, Span};
use vauban_syntax::Node;

use crate::listed::nothing;
use crate::log::Log;
use crate::raw::{Place, Read};
use crate::{Format, Imported, InputFile};

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let trees: Vec<resolve::File<'_>> =
        files.iter().map(|file| (file.name, hcl::parse(file.id, file.text, &mut log))).collect();
    let Some((_, main)) = trees.first().filter(|(_, tree)| has_blocks(tree)) else {
        return nothing(Format::Threatcl, files, log);
    };
    let (chosen, names) = resolve::chosen(&trees, &mut log);
    let place = Place { what: "the file", key: "" };
    let Some(file) = raw::Document::read(main, place, &mut log) else {
        return nothing(Format::Threatcl, files, log);
    };
    let model = chosen.as_ref().and_then(|chosen| raw::Model::read(chosen, place, &mut log));
    lower::lower(&file, model.as_ref(), &names, log)
}

fn has_blocks(tree: &Node) -> bool {
    tree.as_mapping().is_some_and(|entries| !entries.is_empty())
}

/// See [`crate::includes`].
pub(crate) fn includes(text: &str, file: FileId) -> Vec<(String, Span)> {
    if !text.contains("including") && !text.contains("imports") {
        return Vec::new();
    }
    let tree = hcl::parse(file, text, &mut Log::new());
    let models = resolve::blocks(&tree, "threatmodel");
    // The model that is read, and what it imports; the others of the file ask for nothing.
    let wanted = models
        .iter()
        .take(1)
        .flat_map(|model| resolve::texts(model.get("including")).chain(resolve::texts(model.get("imports"))));
    wanted.filter(|(path, _)| resolve::is_local(path)).map(|(path, span)| (path.to_owned(), span)).collect()
}
