//! Drawings of Microsoft Visio (`.vsdx`, `.vsdm`, and templates of them), also as Lucidchart exports them.
//!
//! [`package`] opens the archive and finds the parts, [`raw`] mirrors shapes with their masters, [`place`] turns the
//! tool's inches into pixels, [`words`] knows what masters stand for, [`items`] finds what belongs together, [`fates`]
//! says what becomes of each, [`lower`] makes it so.

mod fates;
mod items;
mod lower;
mod package;
mod place;
mod raw;
pub(crate) mod words;

use vauban_model::model::Element;
use vauban_model::{Diagnostic, FileId, Severity};

use crate::archive::Archive;
use crate::draft::{Draft, beginning};
use crate::log::{Log, short};
use crate::{Format, Imported, InputFile};

/// How old Office files begin.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// How a stream is named in an old Visio file: two bytes for each letter.
const OLD_STREAM: &[u8] = b"V\0i\0s\0i\0o\0D\0o\0c\0u\0m\0e\0n\0t\0";

/// Whether the bytes are a drawing of this tool, old ones included: those get a reason and not a shrug.
pub(crate) fn is_visio(bytes: &[u8]) -> bool {
    if bytes.starts_with(COMPOUND_FILE) {
        return bytes.windows(OLD_STREAM.len()).any(|window| window == OLD_STREAM);
    }
    Archive::open(bytes).is_ok_and(|archive| archive.has("visio/document.xml") || archive.has("visio/pages/pages.xml"))
}

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    for file in files.iter().skip(1) {
        let message = format!("`{}` was not read: this format is one file", short(file.name));
        log.push(Diagnostic::new(Severity::Warning, "import-dropped", Some(beginning(file.id)), message));
    }
    let file = files.first().copied().unwrap_or_else(|| InputFile::text(FileId(0), "", ""));
    let place = beginning(file.id);
    let binary = file.bytes.starts_with(COMPOUND_FILE);
    if binary || file.bytes.is_empty() && file.text.contains("<VisioDocument") {
        let form = if binary { "binary" } else { "XML" };
        let message = format!("this is a drawing in the {form} format of Visio before 2013");
        log.push(
            Diagnostic::error("import-old-visio", place, message)
                .help("open it in Visio or Lucidchart and save it as `.vsdx`"),
        );
        return nothing(place, log);
    }
    match package::open(file.bytes, place, &mut log) {
        Ok(document) => lower::lower(&document, file.name, log),
        Err(diagnostic) => {
            log.push(*diagnostic);
            nothing(place, log)
        }
    }
}

fn nothing(place: vauban_model::Span, log: Log) -> Imported {
    Draft::new(Format::Visio, Element::new("system", "System", place), log).finish()
}
