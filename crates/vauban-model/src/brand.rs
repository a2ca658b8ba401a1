//! What an organisation puts on its documents: its name, logo, colour, the line at the foot of every page, and the
//! classification marking.

/// How an organisation's documents look. Empty fields are left out of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The organisation's name, shown on the first page and in the document's properties.
    pub name: Box<str>,
    /// The logo, shown on the first page.
    pub logo: Option<Logo>,
    /// Colour of headings and of table heads; ours where there is none.
    pub colour: Option<Colour>,
    /// A line at the foot of every page.
    pub footer: Box<str>,
    /// Classification marking, on every page: `Confidential`.
    pub marking: Box<str>,
}

/// A logo, as its file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logo {
    /// The text of an SVG file.
    Svg(Box<str>),
    /// The bytes of a PNG file.
    Png(Box<[u8]>),
}

/// A colour: red, green and blue, 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// What is used where an organisation names no colour: a dark blue that white text is easily read on.
    pub const OURS: Colour = Colour([0x1F, 0x2A, 0x44]);

    /// The colour written as `#1f2a44` or `#abc`, with or without `#`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().trim_start_matches('#');
        let digit = |at: usize| digits.get(at..=at).and_then(|it| u8::from_str_radix(it, 16).ok());
        let colour = match digits.len() {
            3 => [digit(0)? * 17, digit(1)? * 17, digit(2)? * 17],
            6 => [digit(0)? * 16 + digit(1)?, digit(2)? * 16 + digit(3)?, digit(4)? * 16 + digit(5)?],
            _ => return None,
        };
        Some(Colour(colour))
    }

    /// As six hexadecimal digits.
    pub fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("{red:02x}{green:02x}{blue:02x}")
    }

    /// How much it differs from white, as WCAG 2.2 measures contrast: 1 (white itself) to 21 (black).
    pub fn contrast_with_white(self) -> f64 {
        // "Relative luminance" of WCAG 2.2; the curve is approximated by its power of 2.2 through squares and a root,
        // so that every machine computes the same.
        let channel = |value: u8| {
            let share = f64::from(value) / 255.0;
            0.8 * share * share + 0.2 * share * share * share
        };
        let [red, green, blue] = self.0;
        let luminance = 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
        1.05 / (luminance + 0.05)
    }

    /// The colour, or ours where white text on it, and it on white, cannot be read (contrast below 4.5, WCAG 2.2 AA).
    #[must_use]
    pub fn legible(self) -> Colour {
        if self.contrast_with_white() >= 4.5 { self } else { Colour::OURS }
    }
}

impl Brand {
    /// The colour that headings and table heads take.
    pub fn ink(&self) -> Colour {
        self.colour.unwrap_or(Colour::OURS).legible()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_people_write_them() {
        assert_eq!(Colour::parse("#1F2a44"), Some(Colour([0x1F, 0x2A, 0x44])));
        assert_eq!(Colour::parse("abc"), Some(Colour([0xAA, 0xBB, 0xCC])));
        assert_eq!(Colour::parse("#12345"), None);
        assert_eq!(Colour::parse("blue"), None);
        assert_eq!(Colour::parse("äöü"), None);
        assert_eq!(Colour([1, 2, 255]).hex(), "0102ff");
    }

    #[test]
    fn a_colour_that_cannot_be_read_on_white_is_not_taken() {
        assert_eq!(Colour::OURS.legible(), Colour::OURS);
        assert_eq!(Colour([0x00, 0x5A, 0x9C]).legible(), Colour([0x00, 0x5A, 0x9C]));
        assert_eq!(Colour([0xFF, 0xE0, 0x00]).legible(), Colour::OURS);
        assert!((Colour([255, 255, 255]).contrast_with_white() - 1.0).abs() < 0.01);
        assert!((Colour([0, 0, 0]).contrast_with_white() - 21.0).abs() < 0.01);
    }
}
