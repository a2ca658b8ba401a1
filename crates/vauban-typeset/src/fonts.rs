//! The fonts of a document.

use std::collections::BTreeSet;

use typst::foundations::Bytes;
use typst::text::Font;
use vauban_model::brand::Brand;
use vauban_model::document::Document;

/// Text, regular and bold, the font that pictures are measured with; and the font of ids and paths.
const OURS: [&[u8]; 3] = [
    include_bytes!("../../vauban-export/assets/vauban-sans-regular.ttf"),
    include_bytes!("../../vauban-export/assets/vauban-sans-bold.ttf"),
    include_bytes!("../assets/vauban-mono-regular.ttf"),
];

/// Our fonts and behind them those of the caller.
pub(crate) fn all(more: Vec<Vec<u8>>) -> Vec<Font> {
    let ours = OURS.into_iter().map(Bytes::new);
    ours.chain(more.into_iter().map(Bytes::new)).flat_map(Font::iter).collect()
}

/// Letters of a document that neither our fonts nor `more_fonts` have. Without a font for them the page shows boxes.
pub fn lacking(document: &Document, brand: &Brand, more_fonts: &[Vec<u8>]) -> BTreeSet<char> {
    let data = crate::data::files(document, brand);
    let mut out: BTreeSet<char> = BTreeSet::new();
    for (name, bytes) in &data {
        if name.ends_with(".json") || name.ends_with(".svg") {
            out.extend(String::from_utf8_lossy(bytes).chars().filter(|it| !it.is_ascii() && !it.is_whitespace()));
        }
    }
    let mut retain = |font: &[u8], index: u32| {
        if let Ok(face) = ttf_parser::Face::parse(font, index) {
            out.retain(|letter| face.glyph_index(*letter).is_none());
        }
    };
    // A letter that the text font lacks is taken from the other of ours.
    for font in OURS {
        retain(font, 0);
    }
    for font in more_fonts {
        for index in 0..ttf_parser::fonts_in_collection(font).unwrap_or(1) {
            retain(font, index);
        }
    }
    out
}
