//! What every text file has in common: line ends, last lines, no trailing blanks, a size a reviewer can open.

use std::fs;
use std::path::Path;

/// Larger files do not belong in the repository's history.
const LARGEST: u64 = 1_500_000;

/// Kept byte for byte as they came, or as a tool of another project writes them.
const VERBATIM: &[&str] = &["fixtures/", "fuzz/corpus/", "LICENSE"];

/// What is wrong with the files as files.
pub(super) fn problems(root: &Path, files: &[String]) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for name in files {
        let bytes = fs::read(root.join(name)).map_err(|error| format!("cannot read {name}: {error}"))?;
        if bytes.len() as u64 > LARGEST {
            problems.push(format!("{name}: {} bytes; at most {LARGEST} are kept in the repository", bytes.len()));
        }
        if !VERBATIM.iter().any(|start| name.starts_with(start)) {
            problems.extend(text(&bytes).map(|(line, what)| format!("{name}:{line}: {what}")));
        }
    }
    Ok(problems)
}

/// The first thing wrong with a text file; a file with a zero byte is none.
fn text(bytes: &[u8]) -> Option<(usize, &'static str)> {
    if bytes.is_empty() || bytes.contains(&0) {
        return None;
    }
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    for (index, line) in lines.iter().enumerate() {
        match line.last() {
            Some(b'\r') => return Some((index + 1, "a line ends with a carriage return")),
            Some(b' ' | b'\t') => return Some((index + 1, "blanks at the end of a line")),
            _ => {}
        }
    }
    match bytes {
        [.., b'\n', b'\n'] => Some((lines.len() - 1, "an empty line at the end of the file")),
        [.., b'\n'] => None,
        _ => Some((lines.len(), "no line end at the end of the file")),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn the_first_fault_is_named_with_its_line() {
        assert_eq!(text(b"a\nb\n"), None);
        assert_eq!(text(b""), None);
        assert_eq!(text(b"\0 \n"), None);
        assert_eq!(text(b"a\nb \n").map(|found| found.0), Some(2));
        assert_eq!(text(b"a\r\n").map(|found| found.0), Some(1));
        assert_eq!(text(b"a\nb").map(|found| found.0), Some(2));
        assert_eq!(text(b"a\n\n").map(|found| found.0), Some(2));
    }
}
