//! Which paths a pack may hold: what unpacks to the same place on every machine, and nowhere else.

/// Bytes of a path at most.
const LONGEST: usize = 200;

/// Names that some systems give to devices, whatever follows the dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// What is wrong with a path; `None` where nothing is.
pub(super) fn flaw(path: &str) -> Option<&'static str> {
    if path.is_empty() || path.len() > LONGEST {
        return Some("its path is empty or too long");
    }
    if path.chars().any(|letter| letter.is_control() || "\\:*?\"<>|".contains(letter)) {
        return Some("its path has a character that not every system takes");
    }
    if path.ends_with('/') {
        return Some("it is a folder, and a pack holds files only");
    }
    for part in path.split('/') {
        if part.is_empty() || part == "." || part == ".." {
            return Some("its path leads out of the folder it is unpacked to");
        }
        let stem = part.split('.').next().unwrap_or_default();
        if part.ends_with(['.', ' ']) || DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device)) {
            return Some("its path has a name that not every system takes");
        }
    }
    None
}

/// A part of a path made of any words: lower-case letters and digits, `-` for everything between them.
pub fn slug(words: &str) -> String {
    let mut out = String::new();
    for letter in words.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            out.push(letter);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() >= 60 {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() || flaw(out).is_some() { "system".to_owned() } else { out.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{flaw, slug};

    #[test]
    fn paths_stay_inside() {
        for path in ["README.md", "04-risk-register/risks.csv", "a/b/c"] {
            assert_eq!(flaw(path), None, "{path}");
        }
        for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b", "C:x", "a/.", "nul.txt", "a./b", "a\nb"] {
            assert!(flaw(path).is_some(), "{path}");
        }
        assert!(flaw("extra/").is_some_and(|why| why.contains("folder, and")), "a folder leads nowhere");
    }

    proptest! {
        #[test]
        fn any_words_make_a_path(words in ".{0,80}") {
            prop_assert_eq!(flaw(&slug(&words)), None);
        }
    }
}
