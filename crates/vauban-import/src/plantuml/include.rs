//! Files that a diagram includes from its own folder, put where they are included.

use vauban_model::{Diagnostic, FileId, Span};

use super::raw::{Diagram, Line, diagrams};
use crate::InputFile;
use crate::log::{Log, short};

/// Includes inside includes at most.
const MOST_NESTED: usize = 16;
/// Lines of all included files at most, counted each time.
const MOST_LINES: usize = 50_000;

/// A line that includes something.
struct Include<'t> {
    path: &'t str,
    /// Which diagram or part of the file; empty for all of it.
    part: &'t str,
    /// Whether `part` stands between `!startsub` and `!endsub`.
    sub: bool,
    /// Whether it is put in again where it was put in before.
    many: bool,
}

/// Libraries of macros and icons, which are known without their text, and what lies on the network.
pub(super) fn is_library(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    path.starts_with('<')
        || path.contains("C4")
        || path.contains("://")
        || ["AWSPuml", "AzurePuml", "GCPPuml"].contains(&first)
}

/// What a line includes; nothing for other lines, libraries, and paths with variables in them.
fn include(text: &str) -> Option<Include<'_>> {
    let (word, path) = text.strip_prefix('!')?.split_once(char::is_whitespace)?;
    let sub = word == "includesub";
    if !sub && !matches!(word, "include" | "include_once" | "include_many") {
        return None;
    }
    let path = path.trim().trim_matches('"');
    let (path, part) = path.split_once('!').unwrap_or((path, ""));
    let plain = !path.is_empty() && !is_library(path) && !path.contains(['$', '%']);
    plain.then_some(Include { path, part, sub, many: word == "include_many" })
}

/// The files that the diagrams of a text include, each once.
pub(super) fn wanted(text: &str, file: FileId) -> Vec<(String, Span)> {
    let mut out: Vec<(String, Span)> = Vec::new();
    let mut in_comment = false;
    for (number, line) in (1u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = super::raw::without_comment(line, &mut in_comment);
        let Some(include) = include(line.trim()) else { continue };
        if out.len() < 500 && out.iter().all(|(known, _)| known != include.path) {
            out.push((include.path.to_owned(), Span::new(file, number, 1, 0)));
        }
    }
    out
}

/// The path that another leads to from a file's folder, as it is said where the tool was started: it may begin with `..`.
/// Only files that were read are met by it.
fn joined(from: &str, path: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let root = if folder.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}

/// A file's own name, in the form that [`joined`] gives.
fn plain(name: &str) -> String {
    match name.rsplit_once('/') {
        Some(("", last)) => format!("/{last}"),
        Some((_, last)) => joined(name, last),
        None => joined("", name),
    }
}

/// The lines of a file, or of the part of it that is included.
fn lines_of(text: &str, include: &Include<'_>) -> Vec<Line> {
    let whole = diagrams(text);
    let found: Vec<Diagram> = match whole.is_empty() {
        true => diagrams(&format!("@startuml\n{text}\n@enduml\n")),
        false => whole,
    };
    if include.sub {
        let mut inside = false;
        let mut out = Vec::new();
        for line in found.into_iter().flat_map(|diagram| diagram.lines) {
            match line.text.split_once(char::is_whitespace) {
                Some(("!startsub", name)) => inside = name.trim() == include.part,
                _ if line.text == "!endsub" => inside = false,
                _ if inside => out.push(line),
                _ => {}
            }
        }
        return out;
    }
    let named = |diagram: &Diagram| diagram.name.trim_start_matches("(id=").trim_end_matches(')') == include.part;
    let at = include.part.parse().unwrap_or(0).min(found.len().saturating_sub(1));
    let at = found.iter().position(named).filter(|_| !include.part.is_empty()).unwrap_or(at);
    found.into_iter().nth(at).map(|diagram| diagram.lines).unwrap_or_default()
}

/// So many bytes that are looked through count as much as a line that is put in.
const BYTES_OF_A_LINE: usize = 1_000;

/// Puts included files into a diagram, as far as they are at hand. Their lines stand where they are included.
pub(super) struct Includes<'f, 'l> {
    pub(super) files: &'f [InputFile<'f>],
    pub(super) log: &'l mut Log,
    /// Files that were put in, by number.
    pub(super) used: Vec<bool>,
    left: usize,
}

impl<'f, 'l> Includes<'f, 'l> {
    pub(super) fn new(files: &'f [InputFile<'f>], log: &'l mut Log) -> Self {
        Includes { files, log, used: vec![false; files.len()], left: MOST_LINES }
    }

    /// The lines of a diagram of the first file with all that they include.
    pub(super) fn expanded(&mut self, lines: &[Line]) -> Vec<Line> {
        let mut out = Vec::new();
        // A file is put into a diagram once, unless it says otherwise.
        let mut once = vec![false; self.files.len()];
        let mut around = vec![0];
        self.expand(lines, None, &mut around, &mut once, &mut out);
        out
    }

    fn expand(
        &mut self,
        lines: &[Line],
        place: Option<u32>,
        around: &mut Vec<usize>,
        once: &mut Vec<bool>,
        out: &mut Vec<Line>,
    ) {
        for line in lines {
            let number = place.unwrap_or(line.number);
            let own = around.last().and_then(|at| self.files.get(*at)).map_or("", |file| file.name);
            let found = include(&line.text).and_then(|include| {
                let wanted = joined(own, include.path);
                let at = self.files.iter().position(|file| plain(file.name) == wanted)?;
                Some((include, at))
            });
            let Some((include, at)) = found.filter(|(_, at)| *at > 0 || around.contains(at)) else {
                out.push(Line { text: line.text.clone(), number });
                continue;
            };
            if around.contains(&at) || around.len() > MOST_NESTED {
                let message =
                    format!("`{}` is included from within itself, or too deep; it was left out", short(include.path));
                self.tell(message, number, "take the include out of one of the files of the circle");
                continue;
            }
            let before = once.get(at).copied().unwrap_or(true);
            if before && !include.many && !include.sub {
                continue;
            }
            if let Some(slot) = once.get_mut(at) {
                *slot = true;
            }
            if let Some(slot) = self.used.get_mut(at) {
                *slot = true;
            }
            let Some(file) = self.files.get(at) else { continue };
            let inner = if self.left == 0 { Vec::new() } else { lines_of(file.text, &include) };
            // What is looked through counts as well, also where nothing of it is put in.
            let effort = inner.len().max(1) + file.text.len() / BYTES_OF_A_LINE;
            if self.left == 0 || effort > self.left {
                self.left = 0;
                let message = format!("`{}` was not read: included files have too many lines", short(include.path));
                self.tell(message, number, "split the diagram");
                continue;
            }
            self.left -= effort;
            around.push(at);
            self.expand(&inner, Some(number), around, once, out);
            around.pop();
        }
    }

    fn tell(&mut self, message: String, number: u32, help: &str) {
        let file = self.files.first().map_or(FileId(0), |file| file.id);
        let span = Span::new(file, number, 1, 0);
        self.log.group(Diagnostic::warning("import-too-deep", span, message).help(help));
    }
}
