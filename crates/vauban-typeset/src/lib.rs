//! Typesets documents as PDF.
//!
//! The page is described by a template in Typst's language; the document goes in as JSON, so that no text of a user is
//! ever read as markup. Nothing is fetched, no clock is asked, no file of the machine is read: two fonts are inside, and
//! the caller may bring more for letters that they lack. Equal documents give equal bytes.

mod data;
mod fonts;
mod world;

use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};
use vauban_model::brand::Brand;
use vauban_model::document::Document;

pub use fonts::lacking;

/// A typeset document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Whether the file fulfils PDF/UA-1, which readers for the blind rely on. The tags are there all the same.
    pub accessible: bool,
    /// What is not as it should be, as sentences.
    pub remarks: Vec<String>,
}

/// Why there is no PDF, in the words of the typesetter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypesetError(String);

impl std::fmt::Display for TypesetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the document cannot be typeset: {}", self.0)
    }
}

impl std::error::Error for TypesetError {}

/// Typesets a document. `more_fonts` are font files for letters that ours lack; see [`lacking`].
///
/// The file's date is the day that the document speaks of; without one it has none.
pub fn pdf(document: &Document, brand: &Brand, more_fonts: Vec<Vec<u8>>) -> Result<Pdf, TypesetError> {
    let world = world::Pages::new(data::files(document, brand), more_fonts);
    let compiled = typst::compile::<PagedDocument>(&world);
    let mut remarks: Vec<String> = compiled.warnings.iter().map(|it| it.message.to_string()).collect();
    let pages = compiled.output.map_err(|errors| words(&errors))?;
    // What was worked out on the way is of no use any more, and is half of the memory.
    typst::comemo::evict(0);
    let count = pages.pages().len();
    let identifier = format!("{} {} {}", document.id, document.title, document.subtitle);
    let options = |standards: &[PdfStandard]| {
        let standards = PdfStandards::new(standards).unwrap_or_default();
        let creator = Smart::Custom(Some("Vauban".to_owned()));
        PdfOptions { ident: Smart::Custom(identifier.clone()), creator, standards, ..PdfOptions::default() }
    };
    let (made, accessible) = match typst_pdf::pdf(&pages, &options(&[PdfStandard::Ua_1])) {
        Ok(bytes) => (Ok(bytes), true),
        Err(errors) => {
            // A logo or letter that the standard does not take is no reason to have no document.
            remarks.extend(errors.iter().map(|it| it.message.to_string()));
            (typst_pdf::pdf(&pages, &options(&[])), false)
        }
    };
    typst::comemo::evict(0);
    let bytes = made.map_err(|errors| words(&errors))?;
    remarks.sort();
    remarks.dedup();
    Ok(Pdf { bytes, pages: count, accessible, remarks })
}

fn words(errors: &[typst::diag::SourceDiagnostic]) -> TypesetError {
    let messages: Vec<&str> = errors.iter().take(3).map(|error| error.message.as_str()).collect();
    TypesetError(messages.join("; "))
}
