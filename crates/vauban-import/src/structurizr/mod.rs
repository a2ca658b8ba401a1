//! Workspaces of the Structurizr DSL: the C4 model as text.
//!
//! [`raw`] reads statements and blocks, [`model`] follows identifiers, includes and archetypes, [`lower`] decides.

mod elements;
mod expression;
mod lower;
mod model;
mod raw;
mod views;

use vauban_model::{FileId, Span};

use crate::draft::beginning;
use crate::log::Log;
use crate::{Imported, InputFile};

pub(crate) use raw::is_workspace;

/// See [`crate::includes`].
pub(crate) fn includes(text: &str, file: FileId) -> Vec<(String, Span)> {
    if !text.contains("!include") && !text.contains("extends") {
        return Vec::new();
    }
    let statements = raw::read(text, file, &mut Log::new());
    let mut found = Vec::new();
    let mut stack: Vec<&raw::Statement> = statements.iter().rev().collect();
    while let Some(statement) = stack.pop() {
        let wanted = match statement.keyword().as_str() {
            "!include" => statement.words.get(1),
            "workspace" if statement.word(1).eq_ignore_ascii_case("extends") => statement.words.get(2),
            _ => None,
        };
        // What is on the network stays there, and folders are not looked through.
        if let Some(word) =
            wanted.filter(|word| !word.text.contains("://") && word.text.contains('.') && !word.text.ends_with('.'))
        {
            found.push((word.text.clone(), word.span));
        }
        stack.extend(statement.block.iter().rev());
    }
    found
}

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    let place = files.first().map_or(Span::new(FileId(0), 1, 1, 0), |file| beginning(file.id));
    let name = files.first().map_or("", |file| file.name);
    let model = model::Model::read(files, &mut log);
    lower::lower(model, name, place, log)
}
