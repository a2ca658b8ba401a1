use crate::{Format, Imported, InputFile};
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported { crate::listed::nothing(Format::Threatcl, files, crate::log::Log::new()) }
pub(crate) fn includes(_text: &str, _file: vauban_model::FileId) -> Vec<(String, vauban_model::Span)> { Vec::new() }
