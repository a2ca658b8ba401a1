//! A document for word processors: Office Open XML (ECMA-376, transitional), as Word, LibreOffice and others read it.
//!
//! A file of ours is small and says nothing that the format does not need: headings are headings, tables repeat their
//! head on every page, pictures have an alternative text, and the contents are a field of linked entries.

mod body;
mod parts;

use std::io::{Cursor, Write as _};

use vauban_model::brand::{Brand, Logo};
use vauban_model::document::Document;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::picture::raster;

/// Pixels of a picture for each of its own.
const SCALE: f32 = 2.0;

/// A picture of the file: its bytes and its size in pixels at scale 1.
struct Picture {
    name: String,
    bytes: Vec<u8>,
    size: (f64, f64),
}

/// Writes a document. `more_fonts` are font files for letters in pictures that our own font lacks.
///
/// # Errors
/// What the writer of archives says, in a sentence; not for anything that a document holds.
pub fn word(document: &Document, brand: &Brand, more_fonts: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    let mut pictures = Vec::new();
    let logo = brand.logo.as_ref().and_then(|logo| picture_of_logo(logo, more_fonts));
    let body = body::body(document, brand, logo, more_fonts, &mut pictures);
    let marking = if document.marking.is_empty() { &brand.marking } else { &document.marking };
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("[Content_Types].xml".to_owned(), parts::CONTENT_TYPES.as_bytes().to_vec()),
        ("_rels/.rels".to_owned(), parts::ROOT_RELATIONS.as_bytes().to_vec()),
        ("docProps/core.xml".to_owned(), parts::core(document, brand).into_bytes()),
        ("docProps/app.xml".to_owned(), parts::APPLICATION.as_bytes().to_vec()),
        ("word/document.xml".to_owned(), body.xml.into_bytes()),
        ("word/_rels/document.xml.rels".to_owned(), parts::relations(&pictures, &body.links).into_bytes()),
        ("word/styles.xml".to_owned(), parts::styles(brand).into_bytes()),
        ("word/numbering.xml".to_owned(), parts::numbering(body.numbered).into_bytes()),
        ("word/settings.xml".to_owned(), parts::SETTINGS.as_bytes().to_vec()),
        ("word/header1.xml".to_owned(), parts::header(document, marking).into_bytes()),
        ("word/footer1.xml".to_owned(), parts::footer(brand, marking).into_bytes()),
    ];
    files.extend(pictures.into_iter().map(|picture| (format!("word/media/{}", picture.name), picture.bytes)));
    archive(&files).map_err(|error| format!("the file cannot be packed: {error}"))
}

fn archive(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // One time for every file: the archive says nothing about when it was made.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options).map_err(|error| error.to_string())?;
        writer.write_all(bytes).map_err(|error| error.to_string())?;
    }
    writer.finish().map(Cursor::into_inner).map_err(|error| error.to_string())
}

fn picture_of_logo(logo: &Logo, more_fonts: &[Vec<u8>]) -> Option<Picture> {
    let bytes = match logo {
        Logo::Svg(text) => raster::png(text, SCALE, more_fonts.to_vec()).ok()?,
        Logo::Png(bytes) => bytes.to_vec(),
    };
    let size = png_size(&bytes)?;
    Some(Picture { name: "logo.png".to_owned(), bytes, size })
}

/// Width and height that the head of a PNG file says.
fn png_size(bytes: &[u8]) -> Option<(f64, f64)> {
    let number = |at: usize| {
        let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(f64::from(u32::from_be_bytes(bytes))).filter(|it| *it >= 1.0)
    };
    bytes.starts_with(b"\x89PNG").then(|| Some((number(16)?, number(20)?))).flatten()
}
