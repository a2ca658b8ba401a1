//! Pictures as PNG.
//!
//! A font of our own is inside, so that a server without fonts draws the same picture as everybody else. Only for
//! letters it lacks (Chinese, Arabic, pictographs) are fonts of the machine asked, which the caller brings: nothing here
//! touches the disk.

use std::collections::BTreeSet;
use std::sync::Arc;

use resvg::{tiny_skia, usvg};

/// The font, regular and bold.
const FONTS: [&[u8]; 2] =
    [include_bytes!("../../assets/vauban-sans-regular.ttf"), include_bytes!("../../assets/vauban-sans-bold.ttf")];
/// Its name inside the files.
const FAMILY: &str = "Vauban Sans";
/// Most pixels of a picture: 400 MB while it is drawn.
const MOST_PIXELS: f64 = 1e8;

/// Why there is no PNG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RasterError {
    /// The picture would have this many million pixels; at most 100 are drawn.
    TooLarge(u64),
    /// The SVG is none, in the words of its reader.
    Unreadable(String),
}

impl std::fmt::Display for RasterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge(millions) => {
                write!(f, "the picture would have {millions} million pixels; at most 100 million are drawn")
            }
            Self::Unreadable(reason) => write!(f, "the picture cannot be drawn: {reason}"),
        }
    }
}

impl std::error::Error for RasterError {}

fn own_fonts() -> usvg::fontdb::Database {
    let mut database = usvg::fontdb::Database::new();
    for font in FONTS {
        database.load_font_data(font.to_vec());
    }
    database.set_sans_serif_family(FAMILY);
    database
}

/// Letters of a picture that neither our own font nor one of `more_fonts` has.
pub fn lacking(svg: &str, more_fonts: &[Vec<u8>]) -> BTreeSet<char> {
    let faces: Vec<ttf_parser::Face<'_>> =
        FONTS.iter().filter_map(|data| ttf_parser::Face::parse(data, 0).ok()).collect();
    let lacks = |it: &char| !it.is_ascii() && faces.iter().any(|face| face.glyph_index(*it).is_none());
    let mut out: BTreeSet<char> = svg.chars().filter(lacks).collect();
    for data in more_fonts {
        // Collections hold several fonts.
        let count = ttf_parser::fonts_in_collection(data).unwrap_or(1);
        for face in (0..count).filter_map(|index| ttf_parser::Face::parse(data, index).ok()) {
            out.retain(|it| face.glyph_index(*it).is_none());
        }
    }
    out
}

/// The picture that an SVG of ours shows, `scale` pixels for each of its own. `more_fonts` are font files for letters
/// that our own lacks.
pub fn png(svg: &str, scale: f32, more_fonts: Vec<Vec<u8>>) -> Result<Vec<u8>, RasterError> {
    let mut database = own_fonts();
    for font in more_fonts {
        database.load_font_data(font);
    }
    let unreadable = |reason: &dyn std::fmt::Display| RasterError::Unreadable(reason.to_string());
    let options = usvg::Options {
        font_family: FAMILY.to_owned(),
        fontdb: Arc::new(database),
        // Whatever the picture asks for first, our own font is what it was measured with.
        font_resolver: usvg::FontResolver {
            select_font: Box::new(|font, database| {
                let family = [usvg::fontdb::Family::Name(FAMILY)];
                let weight = usvg::fontdb::Weight(if font.weight() >= 600 { 700 } else { 400 });
                database.query(&usvg::fontdb::Query { families: &family, weight, ..usvg::fontdb::Query::default() })
            }),
            select_fallback: usvg::FontResolver::default_fallback_selector(),
        },
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| unreadable(&error))?;
    let size = tree.size();
    let (width, height) = (f64::from(size.width()) * f64::from(scale), f64::from(size.height()) * f64::from(scale));
    // What is not a number is too large as well.
    if (width * height).is_nan() || width * height > MOST_PIXELS {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "only told to people; saturates")]
        return Err(RasterError::TooLarge((width * height / 1e6) as u64));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the product is limited above")]
    let whole = |value: f64| value.ceil().max(1.0) as u32;
    let mut canvas = tiny_skia::Pixmap::new(whole(width), whole(height)).ok_or_else(|| unreadable(&"no size"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut canvas.as_mut());
    canvas.encode_png().map_err(|error| unreadable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='60' height='20'><text x='2' y='15' \
                       font-size='13' font-family='Nothing'>";

    #[test]
    fn text_is_drawn_without_any_font_of_the_machine() {
        let with = png(&format!("{SVG}Abc → д</text></svg>"), 2.0, Vec::new()).unwrap();
        let without = png(&format!("{SVG}</text></svg>"), 2.0, Vec::new()).unwrap();
        assert!(with.starts_with(b"\x89PNG") && with.len() > without.len() + 200);
    }

    #[test]
    fn missing_letters_and_sizes_are_told() {
        assert!(lacking("Straße, Größe, Ελλάδα, Київ, שלום → “x” …", &[]).is_empty());
        assert_eq!(lacking("a漢b", &[]), BTreeSet::from(['漢']));
        assert!(matches!(png(&format!("{SVG}</text></svg>"), 1e6, Vec::new()), Err(RasterError::TooLarge(_))));
        assert!(matches!(png("<svg", 1.0, Vec::new()), Err(RasterError::Unreadable(_))));
        assert!(png(&format!("{SVG}</text></svg>"), f32::NAN, Vec::new()).is_err());
    }
}
