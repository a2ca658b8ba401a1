//! Files that are made from others, committed so that they can be read and reviewed, and checked by a test so that
//! they never lag behind.
//!
//! A generator is one line in [`GENERATORS`] and one function that returns whole files; it neither reads the clock
//! nor writes.

mod binary;
mod diagnostics;
mod excerpts;
mod frameworks;
pub(crate) mod ids;
mod licences;
mod reference;
mod resources;
mod technologies;
mod vocabulary;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::workspace;

/// A file to write: the path from the root, and the whole text.
pub(crate) type Generated = (PathBuf, String);

/// What a generator is called and how it makes its files from the repository at the given root.
type Generator = (&'static str, fn(&Path) -> Result<Vec<Generated>, String>);

/// Every generator. They run in this order, so one may read what an earlier one wrote.
const GENERATORS: &[Generator] = &[
    ("vocabulary", vocabulary::generate),
    ("names of technologies", technologies::generate),
    ("library ids", ids::generate),
    ("licence list", licences::generate),
    ("library reference", reference::generate),
    ("framework reference", frameworks::generate),
    ("resource reference", resources::generate),
    ("diagnostics", diagnostics::generate),
    ("what the binary prints", binary::generate),
    ("excerpts in documents", excerpts::generate),
];

/// Whether to mend what is out of date or only to tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write every file that differs.
    Write,
    /// Fail when a file differs.
    Check,
}

/// Runs every generator.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<(), String> {
    let mut stale = 0;
    for (name, generate) in GENERATORS {
        for (path, text) in generate(root).map_err(|error| format!("{name}: {error}"))? {
            let target = root.join(&path);
            // A checkout with other line ends is not out of date.
            let present = fs::read_to_string(&target).unwrap_or_default().replace("\r\n", "\n");
            if present == text {
                continue;
            }
            stale += 1;
            let path = path.display();
            match mode {
                Mode::Write => {
                    workspace::write(&target, &text)?;
                    println!("wrote {path} ({name})");
                }
                Mode::Check => println!("{path} ({name}) is out of date: {}", difference(&present, &text)),
            }
        }
    }
    match (mode, stale) {
        (Mode::Check, 1..) => Err(format!("{stale} generated files are out of date; run `cargo xtask codegen`")),
        _ => Ok(()),
    }
}

/// The first line that differs, as a hint at what changed.
fn difference(present: &str, wanted: &str) -> String {
    if present.is_empty() {
        return "not there".to_owned();
    }
    let mut line = 1;
    let (mut present, mut wanted) = (present.lines(), wanted.lines());
    loop {
        let (old, new) = (present.next(), wanted.next());
        if old != new || old.is_none() {
            let show = |text: Option<&str>| text.map_or("the end of the file".to_owned(), |text| format!("`{text}`"));
            return format!("line {line} is {}, should be {}", show(old), show(new));
        }
        line += 1;
    }
}

/// Rust code in the house's format, so that generated files pass `cargo fmt --check`.
pub(crate) fn rustfmt(root: &Path, code: &str) -> Result<String, String> {
    let mut child = workspace::command(root, "rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run rustfmt ({error}); `rustup component add rustfmt` installs it"))?;
    // rustfmt reads everything before it writes, so a full pipe cannot hold us up.
    if let Some(mut input) = child.stdin.take() {
        input.write_all(code.as_bytes()).map_err(|error| format!("cannot write to rustfmt: {error}"))?;
    }
    let output = child.wait_with_output().map_err(|error| format!("cannot read from rustfmt: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("rustfmt: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, difference, run, rustfmt};
    use crate::workspace;

    #[test]
    fn generated_files_are_up_to_date() {
        run(&workspace::root(), Mode::Check).unwrap();
    }

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(difference("a\nb\n", "a\nc\n"), "line 2 is `b`, should be `c`");
        assert_eq!(difference("a\n", "a\nc\n"), "line 2 is the end of the file, should be `c`");
        assert_eq!(difference("", "a\n"), "not there");
    }

    #[test]
    fn generated_code_has_the_house_format() {
        assert_eq!(rustfmt(&workspace::root(), "fn  a( ){}").unwrap(), "fn a() {}\n");
        assert!(rustfmt(&workspace::root(), "fn {").is_err());
    }
}
