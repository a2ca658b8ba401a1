//! Texts and ids as other tools' files want them.

use sha2::{Digest, Sha256};

/// A text on one line: every run of white space becomes one space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text for an attribute or the inside of an element of XML. Characters that XML cannot hold are left out.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// An id in the form of a UUID that is always the same for the same words.
pub(super) fn uuid(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    let mut bytes: Vec<u8> = digest.iter().copied().take(16).collect();
    if let [_, _, _, _, _, _, version, _, variant, ..] = bytes.as_mut_slice() {
        // Version 8, made by a rule of one's own; the variant of RFC 9562.
        *version = (*version & 0x0f) | 0x80;
        *variant = (*variant & 0x3f) | 0x80;
    }
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::{one_line, uuid, xml};

    #[test]
    fn ids_are_uuids_and_stay_the_same() {
        let id = uuid(&["threat", "x@y"]);
        assert_eq!(id, uuid(&["threat", "x@y"]));
        assert_ne!(id, uuid(&["threat", "x@z"]));
        assert_ne!(uuid(&["a", "bc"]), uuid(&["ab", "c"]));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'8');
    }

    #[test]
    fn texts_are_safe_in_xml() {
        assert_eq!(xml("a<b> \"&\u{1}\n"), "a&lt;b&gt; &quot;&amp;&#10;");
        assert_eq!(one_line(" a\n b\t"), "a b");
    }
}
