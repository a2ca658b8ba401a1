//! Just enough of Rust's grammar to look at code without its comments, strings and tests.
//!
//! A plain text search would trip over `"std::fs"` in a message or in a comment; a full parser would be a heavy
//! dependency for four questions. This reads tokens only, and keeps byte offsets so that lines can be named.

use std::ops::Range;

/// A Rust file taken apart. All offsets are bytes into the original text.
pub(crate) struct Source {
    /// The code, with the insides of comments and literals blanked out; same length and lines as the original.
    pub(crate) code: String,
    /// Comments with their marks.
    pub(crate) comments: Vec<(usize, String)>,
    /// The insides of string literals, escapes left as written.
    pub(crate) strings: Vec<(usize, String)>,
    /// What is compiled for tests only.
    tests: Vec<Range<usize>>,
}

impl Source {
    /// Takes a file apart. Code that does not compile gives a best effort.
    pub(crate) fn new(text: &str) -> Self {
        let mut source = Self { code: String::new(), comments: Vec::new(), strings: Vec::new(), tests: Vec::new() };
        let bytes = text.as_bytes();
        let mut code = bytes.to_vec();
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if rest.starts_with(b"//") || rest.starts_with(b"/*") {
                let end = at + comment_length(rest);
                source.comments.push((at, text.get(at..end).unwrap_or_default().to_owned()));
                blank(&mut code, at..end);
                at = end;
            } else if let Some((open, close)) = string_marks(rest) {
                let inside = at + open..(at + string_length(rest, open, &close)).min(bytes.len());
                source.strings.push((at, text.get(inside.clone()).unwrap_or_default().to_owned()));
                at = (inside.end + close.len()).min(bytes.len());
                blank(&mut code, inside);
            } else if rest[0] == b'\'' {
                let length = character_length(rest);
                blank(&mut code, at..at + length);
                at += length;
            } else if is_word(rest[0]) {
                at += rest.iter().take_while(|&&byte| is_word(byte)).count();
            } else {
                at += 1;
            }
        }
        source.code = String::from_utf8_lossy(&code).into_owned();
        source.tests = test_ranges(&source.code);
        source
    }

    /// Whether the text at `offset` is compiled for tests only.
    pub(crate) fn in_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// The line of an offset, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.code.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
    }

    /// Names of modules that are compiled for tests only and live in files of their own.
    pub(crate) fn test_modules(&self) -> Vec<String> {
        self.tests
            .iter()
            .filter_map(|range| self.code.get(range.clone()))
            .filter_map(|item| item.trim_end().strip_suffix(';'))
            .filter_map(|item| item.rsplit_once("mod "))
            .map(|(_, name)| name.trim().to_owned())
            .collect()
    }

    /// Every path in the code (`a::b::c`), groups of a `use` spread out, with its offset.
    pub(crate) fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let tokens = tokens(&self.code);
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            if matches!(tokens[at].1, Token::Word(_)) {
                at = path(&tokens, at, &[], &mut found);
            } else {
                at += 1;
            }
        }
        found
    }
}

enum Token<'a> {
    Word(&'a str),
    Colons,
    Mark(u8),
}

fn tokens(code: &str) -> Vec<(usize, Token<'_>)> {
    let bytes = code.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|&&byte| is_word(byte)).count();
        if length > 0 {
            tokens.push((at, Token::Word(code.get(at..at + length).unwrap_or_default())));
            at += length;
        } else if bytes[at..].starts_with(b"::") {
            tokens.push((at, Token::Colons));
            at += 2;
        } else {
            if !bytes[at].is_ascii_whitespace() {
                tokens.push((at, Token::Mark(bytes[at])));
            }
            at += 1;
        }
    }
    tokens
}

/// Reads one path, or the group that ends one, and returns the place after it.
fn path(tokens: &[(usize, Token<'_>)], from: usize, prefix: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut segments = prefix.to_vec();
    let mut at = from;
    let start = tokens.get(from).map_or(0, |token| token.0);
    loop {
        match tokens.get(at).map(|token| &token.1) {
            Some(Token::Word(word)) => segments.push((*word).to_owned()),
            Some(Token::Mark(b'*')) => segments.push("*".to_owned()),
            Some(Token::Mark(b'{')) => {
                at += 1;
                while let Some((_, token)) = tokens.get(at) {
                    match token {
                        Token::Mark(b'}') => return at + 1,
                        Token::Word(_) | Token::Mark(b'*' | b'{') => at = path(tokens, at, &segments, found),
                        _ => at += 1,
                    }
                }
                return at;
            }
            _ => break,
        }
        at += 1;
        if !matches!(tokens.get(at).map(|token| &token.1), Some(Token::Colons)) {
            break;
        }
        at += 1;
    }
    if segments.len() > 1 {
        found.push((start, segments));
    }
    at.max(from + 1)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Blanks a stretch but keeps its lines.
fn blank(code: &mut [u8], range: Range<usize>) {
    for byte in code.iter_mut().take(range.end).skip(range.start) {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn comment_length(rest: &[u8]) -> usize {
    if rest.starts_with(b"//") {
        return rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of the opening mark of a string that starts here, and its closing mark.
fn string_marks(rest: &[u8]) -> Option<(usize, Vec<u8>)> {
    let prefix = rest.iter().take_while(|byte| matches!(byte, b'b' | b'c' | b'r')).count().min(2);
    let raw = prefix > 0 && rest[prefix - 1] == b'r';
    let hashes = if raw { rest[prefix..].iter().take_while(|&&byte| byte == b'#').count() } else { 0 };
    if rest.get(prefix + hashes) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.extend(std::iter::repeat_n(b'#', hashes));
    // Only a plain string knows escapes; the mark tells the two apart for `string_length`.
    Some((prefix + hashes + 1, close))
}

/// The offset of the closing mark of a string whose inside starts at `open`.
fn string_length(rest: &[u8], open: usize, close: &[u8]) -> usize {
    let raw = rest[..open].contains(&b'r');
    let mut at = open;
    while at < rest.len() && !rest[at..].starts_with(close) {
        at += if !raw && rest[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// The length of a character literal, or of the tick alone when it starts a lifetime.
fn character_length(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        // The escaped character may itself be a tick.
        let close = rest.iter().skip(3).position(|&byte| byte == b'\'').unwrap_or(0);
        return (close + 4).min(rest.len());
    }
    let width = match rest.get(1) {
        Some(byte) if *byte >= 0xf0 => 4,
        Some(byte) if *byte >= 0xe0 => 3,
        Some(byte) if *byte >= 0xc0 => 2,
        _ => 1,
    };
    if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 1 }
}

/// Where code for tests stands: the items under `#[cfg(test)]` and `#[test]`.
fn test_ranges(code: &str) -> Vec<Range<usize>> {
    if code.contains("#![cfg(test)]") {
        return std::iter::once(0..code.len()).collect();
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for mark in ["#[cfg(test)]", "#[cfg(all(test", "#[test]"] {
        for (start, _) in code.match_indices(mark) {
            ranges.push(start..item_end(code.as_bytes(), start));
        }
    }
    ranges
}

/// The end of the item whose attributes start at `start`.
fn item_end(code: &[u8], start: usize) -> usize {
    let mut at = start;
    // Attributes first.
    while code.get(at) == Some(&b'#') {
        let mut depth = 0;
        while let Some(&byte) = code.get(at) {
            at += 1;
            match byte {
                b'[' => depth += 1,
                b']' if depth == 1 => break,
                b']' => depth -= 1,
                _ => {}
            }
        }
        at += code.iter().skip(at).take_while(|byte| byte.is_ascii_whitespace()).count();
    }
    // A field or a variant ends at a comma; an item may hold commas between angle brackets.
    let word: Vec<u8> = code.iter().skip(at).take_while(|&&byte| is_word(byte)).copied().collect();
    let is_item = matches!(
        word.as_slice(),
        b"mod" | b"fn" | b"use" | b"impl" | b"struct" | b"enum" | b"const" | b"static" | b"type" | b"trait"
    ) || matches!(word.as_slice(), b"async" | b"unsafe" | b"extern" | b"pub" | b"let" | b"macro_rules");
    let mut depth = 0_usize;
    while let Some(&byte) = code.get(at) {
        at += 1;
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b'}' if depth <= 1 => return at,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => return at,
            b',' if depth == 0 && !is_item => return at,
            _ => {}
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn paths(text: &str) -> Vec<String> {
        Source::new(text).paths().into_iter().map(|(_, segments)| segments.join("::")).collect()
    }

    #[test]
    fn comments_and_strings_are_not_code() {
        let source = Source::new("// a::b\n/* c /* d::e */ f */ let x = \"g::h \\\" i\"; let r = r#\"j\"k\"#; l::m();");
        assert_eq!(source.paths().iter().map(|(_, path)| path.join("::")).collect::<Vec<_>>(), ["l::m"]);
        assert_eq!(source.strings.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["g::h \\\" i", "j\"k"]);
        assert_eq!(source.comments.len(), 2);
        assert_eq!(source.line(source.comments[1].0), 2);
    }

    #[test]
    fn ticks_are_characters_or_lifetimes() {
        let source = Source::new(r#"fn f<'a>(x: &'a str) -> char { if y == '"' { '\'' } else { 'é' } } a::b("s")"#);
        assert_eq!(source.strings.len(), 1);
        assert_eq!(source.strings[0].1, "s");
    }

    #[test]
    fn byte_and_raw_prefixes_and_raw_names() {
        let source = Source::new("let r#type = b\"x\"; let y = br##\"a\"#b\"##; let bar = 1; c\"z\"");
        let insides: Vec<&str> = source.strings.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(insides, ["x", "a\"#b", "z"]);
    }

    #[test]
    fn groups_are_spread_out() {
        assert_eq!(
            paths("use std::{fs, time::{Duration, Instant}, io::{self, *}};"),
            ["std::fs", "std::time::Duration", "std::time::Instant", "std::io::self", "std::io::*"]
        );
        assert_eq!(paths("let a = ::std::env::var(b) + c::d::<e::F>();"), ["std::env::var", "c::d", "e::F"]);
    }

    #[test]
    fn tests_are_known() {
        let text = "fn a() {}\n#[cfg(test)]\n#[path = \"x\"]\nmod tests {\n    fn b() { {} }\n}\nfn c() {}\n\
                    #[test]\nfn d() { e() }\nfn g() {}\n#[cfg(test)]\nmod more;\nfn h() {}";
        let source = Source::new(text);
        let inside = |needle: &str| source.in_test(text.find(needle).unwrap());
        assert!(inside("fn b") && inside("e()") && inside("mod more"));
        assert!(!inside("fn a") && !inside("fn c") && !inside("fn g") && !inside("fn h"));
        assert_eq!(source.test_modules(), ["more"]);
    }

    #[test]
    fn a_field_for_tests_ends_at_its_comma() {
        let text = "struct S {\n    #[cfg(test)]\n    seen: u8,\n    rest: u8,\n}";
        let source = Source::new(text);
        assert!(source.in_test(text.find("seen").unwrap()));
        assert!(!source.in_test(text.find("rest").unwrap()));
    }

    #[test]
    fn broken_code_does_not_hang_or_panic() {
        for text in ["\"", "'", "'\\", "r#\"", "/*", "use a::{b", "#[cfg(test)]", "::", "a::", "é", "b", "'é"] {
            let source = Source::new(text);
            let _ = source.paths();
        }
    }
}
