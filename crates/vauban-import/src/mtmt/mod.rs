//! Models (`.tm7`) and templates (`.tb7`) of the Microsoft Threat Modeling Tool.
//!
//! A model carries the template it was drawn with, and that template can be run: [`filter`] reads its conditions,
//! [`generate`] asks them of every flow, as the tool does.

mod filter;
mod generate;
mod knowledge_base;
mod lower;
mod raw;

use vauban_model::model::Element;
use vauban_model::{Diagnostic, FileId, Severity};

use crate::draft::{Draft, beginning};
use crate::log::{Log, short};
use crate::xml::Xml;
use crate::{Format, Imported, InputFile};

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    for file in files.iter().skip(1) {
        let message = format!("`{}` was not read: this format is one file", short(file.name));
        log.push(Diagnostic::new(Severity::Warning, "import-dropped", Some(beginning(file.id)), message));
    }
    let file = files.first().copied().unwrap_or_else(|| InputFile::text(FileId(0), "", ""));
    match Xml::parse(file.text, file.id) {
        Ok(xml) if xml.root().tag_name().name() == "KnowledgeBase" => lower::lower_template(&xml, log),
        Ok(xml) => lower::lower(&xml, log),
        Err(diagnostic) => {
            log.push(diagnostic);
            let system = Element::new("system", "System", beginning(file.id));
            Draft::new(Format::MicrosoftThreatModelingTool, system, log).finish()
        }
    }
}
