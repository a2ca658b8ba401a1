//! From bytes to text.

use vauban_model::{Diagnostic, FileId, Span};

use crate::place::{characters, narrow};

/// What was wrong with the bytes of a file that was decoded nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodingNote {
    /// What is wrong, in the words of a diagnostic's message.
    pub message: String,
    /// Line of the first bad byte in the decoded text, from 1.
    pub line: u32,
    /// Column of the first bad byte in the decoded text, from 1, in characters.
    pub column: u32,
    /// What was done about it, and what to do.
    pub help: &'static str,
}

const LOSSY: &str = "save the file as UTF-8; the characters that could not be read became `\u{fffd}`";

impl DecodingNote {
    /// The note as a warning, once the file has a number.
    pub fn diagnostic(&self, file: FileId) -> Diagnostic {
        Diagnostic::warning("not-utf8", Span::new(file, self.line, self.column, 1), &self.message).help(self.help)
    }
}

/// Decodes a file: UTF-8 and UTF-16 of either order, with or without a byte order mark.
///
/// Anything else is decoded as far as it goes, with `U+FFFD` for what does not, and a note that says where
/// the first bad byte is. The byte order mark is not part of the text. `name` is the file's name, for the note.
pub fn decode_text(name: &str, bytes: &[u8]) -> (String, Option<DecodingNote>) {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(name, rest),
        [0xFF, 0xFE, rest @ ..] => utf16(name, rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(name, rest, u16::from_be_bytes),
        _ if every_other_is_nothing(bytes, 1) => utf16(name, bytes, u16::from_le_bytes),
        _ if every_other_is_nothing(bytes, 0) => utf16(name, bytes, u16::from_be_bytes),
        _ => utf8(name, bytes),
    }
}

/// Whether bytes are UTF-16 without a mark that says so: in what describes systems most characters are ASCII, of which one
/// byte is nothing, and a text in UTF-8 has no such byte. `odd` is the place of that byte in each pair.
fn every_other_is_nothing(bytes: &[u8], odd: usize) -> bool {
    const LOOK: usize = 512;
    let start = bytes.get(..bytes.len().min(LOOK)).unwrap_or(bytes);
    let (pairs, _) = start.as_chunks::<2>();
    let ascii = |pair: &&[u8; 2]| {
        let (nothing, letter) = if odd == 1 { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
        nothing == 0 && letter != 0 && letter.is_ascii()
    };
    let fitting = pairs.iter().filter(ascii).count();
    let both = pairs.iter().filter(|pair| pair[0] == 0 && pair[1] == 0).count();
    pairs.len() >= 8 && both == 0 && fitting * 10 >= pairs.len() * 9
}

/// Characters of Windows-1252 from 0x80 to 0x9F, the WHATWG Encoding Standard's index; elsewhere it is Latin-1.
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}', '\u{2030}',
    '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}',
    '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}',
    '\u{17e}', '\u{178}',
];

/// Decodes a table of text (CSV). Offices of Western Europe save them as Windows-1252, of which Latin-1 is a part: what
/// is no UTF-8 is read as that, with a note, unless most of what is beyond ASCII is good UTF-8 and the file is damaged.
pub fn decode_table(name: &str, bytes: &[u8]) -> (String, Option<DecodingNote>) {
    let (text, note) = decode_text(name, bytes);
    let Some(note) = note else { return (text, None) };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return (text, Some(note));
    }
    let bad = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let beyond = text.chars().filter(|c| !c.is_ascii()).count();
    if bad.saturating_mul(2) <= beyond {
        return (text, Some(note));
    }
    let letter = |byte: &u8| match byte {
        0x80..=0x9F => WINDOWS_1252.get(usize::from(byte - 0x80)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(*byte),
    };
    let help =
        "it was read as Windows-1252, as offices of Western Europe save it; save it as UTF-8 if letters are wrong";
    (bytes.iter().map(letter).collect(), Some(DecodingNote { help, ..note }))
}

fn utf8(name: &str, bytes: &[u8]) -> (String, Option<DecodingNote>) {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return (text.to_owned(), None),
        Err(error) => error,
    };
    // The good part comes out of the lossy decoding unchanged, so offsets into it hold.
    let good = bytes.get(..error.valid_up_to()).unwrap_or(&[]);
    let bad = bytes.get(error.valid_up_to()).copied().unwrap_or(0);
    let message = if error.error_len().is_none() {
        format!("`{name}` ends in the middle of a character: it is cut off or is not UTF-8 text")
    } else {
        format!("`{name}` is not UTF-8 text: the byte 0x{bad:02x} starts no character")
    };
    let note = note_at(message, good);
    (String::from_utf8_lossy(bytes).into_owned(), Some(note))
}

fn utf16(name: &str, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, Option<DecodingNote>) {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let mut note = None;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(decoded.unwrap_or_else(|_| {
            note.get_or_insert_with(|| {
                note_at(format!("`{name}` is not UTF-16 text: half of a surrogate pair is missing"), text.as_bytes())
            });
            char::REPLACEMENT_CHARACTER
        }));
    }
    if !odd.is_empty() {
        note.get_or_insert_with(|| {
            note_at(format!("`{name}` ends in the middle of a UTF-16 character"), text.as_bytes())
        });
        text.push(char::REPLACEMENT_CHARACTER);
    }
    (text, note)
}

/// A note about what follows this text.
fn note_at(message: String, before: &[u8]) -> DecodingNote {
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(&[]);
    DecodingNote {
        message,
        line: narrow(lines).saturating_add(1),
        column: characters(last).saturating_add(1),
        help: LOSSY,
    }
}

#[cfg(test)]
mod tests {
    use super::{decode_table, decode_text};

    #[test]
    fn tables_of_western_offices_are_read_in_their_own_letters() {
        let (text, note) = decode_table("alt.csv", b"Gr\xF6\xDFe;Ma\xDFnahme\n5 \x80;caf\xE9\n");
        assert_eq!(text, "Größe;Maßnahme\n5 €;café\n");
        assert!(note.is_some_and(|note| note.help.contains("Windows-1252") && note.line == 1));
        assert_eq!(decode_table("neu.csv", "Größe".as_bytes()), ("Größe".to_owned(), None));
        // One bad byte among good letters is damage.
        let (text, note) = decode_table("x.csv", b"\xC3\xB6\xC3\xA4\xC3\xBC;\xFF");
        assert_eq!(text, "öäü;\u{fffd}");
        assert!(note.is_some_and(|note| note.help.contains("became")));
        assert_eq!(decode_table("u.csv", b"\xFF\xFEa\0\xF6\0").0, "aö");
    }

    #[test]
    fn byte_order_marks_choose_the_encoding_and_disappear() {
        assert_eq!(decode_text("a", "ü: 1\n".as_bytes()), ("ü: 1\n".to_owned(), None));
        assert_eq!(decode_text("a", b"\xEF\xBB\xBFa: 1"), ("a: 1".to_owned(), None));
        let units: Vec<u16> = "ü 🦀\n".encode_utf16().collect();
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(units.iter().flat_map(|u| u.to_le_bytes())).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(units.iter().flat_map(|u| u.to_be_bytes())).collect();
        assert_eq!(decode_text("a", &little), ("ü 🦀\n".to_owned(), None));
        assert_eq!(decode_text("a", &big), ("ü 🦀\n".to_owned(), None));
    }

    #[test]
    fn an_encoding_is_known_without_a_mark_by_the_bytes_that_are_nothing() {
        let text = "services:\n  web: {image: café}\n";
        for bytes in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
            assert_eq!(decode_text("a", &bytes), (text.to_owned(), None));
        }
        for other in [&b"a\0b"[..], b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", b"one\0two\0three\0four\0five\0six"] {
            assert_eq!(decode_text("a", other).0.len(), other.len());
        }
    }

    #[test]
    fn the_first_bad_byte_is_named_with_its_place() {
        let (text, note) = decode_text("old.yaml", b"a: 1\nname: caf\xE9 au lait\n\xFF");
        assert_eq!(text, "a: 1\nname: caf\u{fffd} au lait\n\u{fffd}");
        let note = note.unwrap();
        assert_eq!((note.line, note.column), (2, 10));
        assert_eq!(note.message, "`old.yaml` is not UTF-8 text: the byte 0xe9 starts no character");

        let (text, note) = decode_text("cut.yaml", "é".as_bytes().split_last().unwrap().1);
        assert_eq!(text, "\u{fffd}");
        assert!(note.unwrap().message.contains("cut off"));

        let (text, note) = decode_text("half", b"\xFF\xFEa\0\x00\xD8b\0c");
        assert_eq!(text, "a\u{fffd}b\u{fffd}");
        assert_eq!(note.map(|note| (note.line, note.column)), Some((1, 2)));
    }
}
