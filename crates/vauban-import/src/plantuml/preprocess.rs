//! The preprocessor, as far as it can be run without a program: variables, conditions, loops over lists
//! that are written out. What cannot be run is told, and never both branches are read.

use rustc_hash::FxHashMap;
use vauban_model::{Diagnostic, FileId, Span};

use super::expression::{self, Variables, Worth};
use super::raw::Line;
use crate::log::{Log, short};

/// Lines that a diagram may have after all loops.
const MOST_LINES: usize = 200_000;
/// Lines that are looked at, those of loops each time.
const MOST_STEPS: usize = 2_000_000;
/// Bytes that variables may add to a diagram.
const MOST_ADDED: usize = 4 << 20;
/// Blocks inside blocks at most.
const MOST_DEPTH: usize = 60;

/// The lines of a diagram with variables filled in, one branch of each condition, and loops written out.
pub(super) fn run(lines: &[Line], file: FileId, log: &mut Log) -> Vec<Line> {
    if !lines.iter().any(|line| line.text.starts_with('!')) {
        return lines.to_vec();
    }
    let mut run =
        Run { file, log, values: FxHashMap::default(), out: Vec::new(), added: MOST_ADDED, steps: MOST_STEPS };
    run.block(lines, 0);
    if run.steps == 0 || run.out.len() >= MOST_LINES {
        let number = lines.first().map_or(1, |line| line.number);
        run.tell("loops make too many lines; the rest of the diagram was left out", number);
    }
    run.out
}

struct Run<'l> {
    file: FileId,
    log: &'l mut Log,
    /// Values by name: `$name`, or the bare word of a `!define`.
    values: FxHashMap<String, Worth>,
    out: Vec<Line>,
    added: usize,
    /// Lines that may still be looked at.
    steps: usize,
}

impl Variables for Run<'_> {
    fn value(&self, name: &str) -> Option<Worth> {
        self.values.get(name).cloned()
    }

    fn exists(&self, name: &str) -> bool {
        self.values.contains_key(name) || self.values.contains_key(&format!("${name}"))
    }
}

/// The word of a directive in lower case, and what is behind it.
fn directive(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix('!')?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    Some((rest.get(..end)?.to_lowercase(), rest.get(end..)?.trim()))
}

/// Where a block ends that begins behind `start`: the number of the line with its end, and of those that part it.
fn parts(lines: &[Line], start: usize, opens: &[&str], ends: &[&str], between: &[&str]) -> (usize, Vec<usize>) {
    let mut depth = 0usize;
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(start) {
        let Some((word, _)) = directive(&line.text) else { continue };
        if opens.contains(&word.as_str()) {
            depth += 1;
        } else if ends.contains(&word.as_str()) {
            if depth == 0 {
                return (at, found);
            }
            depth -= 1;
        } else if depth == 0 && between.contains(&word.as_str()) {
            found.push(at);
        }
    }
    (lines.len(), found)
}

const IFS: [&str; 3] = ["if", "ifdef", "ifndef"];
const LOOPS: [&str; 2] = ["foreach", "while"];
const ENDS: [&str; 2] = ["endfor", "endwhile"];

impl Run<'_> {
    fn block(&mut self, lines: &[Line], depth: usize) {
        let mut at = 0usize;
        while let Some(line) = lines.get(at) {
            at += 1;
            self.steps = self.steps.saturating_sub(1);
            if self.out.len() >= MOST_LINES || self.steps == 0 {
                return;
            }
            match directive(&line.text) {
                Some((word, rest)) if IFS.contains(&word.as_str()) => {
                    let (end, parts) = parts(lines, at, &IFS, &["endif"], &["else", "elseif"]);
                    self.steps = self.steps.saturating_sub(end - at);
                    self.condition(lines, (at, end), &parts, (&word, rest, line.number), depth);
                    at = end + 1;
                }
                Some((word, rest)) if LOOPS.contains(&word.as_str()) => {
                    let (end, _) = parts(lines, at, &LOOPS, &ENDS, &[]);
                    self.steps = self.steps.saturating_sub(end - at);
                    let body = lines.get(at..end).unwrap_or_default();
                    self.repeat(body, &word, rest, line.number, depth);
                    at = end + 1;
                }
                // What a procedure says is said where it is called, which is told elsewhere.
                Some((word, rest))
                    if matches!(word.as_str(), "procedure" | "function" | "unquoted") && !rest.contains("!return") =>
                {
                    let ends = ["endprocedure", "endfunction"];
                    let (end, _) = parts(lines, at, &[], &ends, &[]);
                    self.out.extend(lines.get(at - 1..(end + 1).min(lines.len())).unwrap_or_default().iter().cloned());
                    at = end + 1;
                }
                _ => self.plain(line),
            }
        }
    }

    fn condition(
        &mut self,
        lines: &[Line],
        (start, end): (usize, usize),
        parts: &[usize],
        (word, rest, number): (&str, &str, u32),
        depth: usize,
    ) {
        if depth >= MOST_DEPTH {
            self.tell("conditions lie too deep in each other; the innermost were left out", number);
            return;
        }
        let mut holds = match word {
            "ifdef" => Some(self.values.contains_key(rest)),
            "ifndef" => Some(!self.values.contains_key(rest)),
            _ => expression::holds(rest, self),
        };
        if holds.is_none() {
            let message = format!("`!{word} {}` cannot be decided here; its first branch is read", short(rest));
            self.tell(&message, number);
            holds = Some(true);
        }
        let bounds: Vec<usize> = parts.iter().copied().chain([end]).collect();
        let mut from = start;
        for bound in bounds {
            if holds == Some(true) {
                self.block(lines.get(from..bound).unwrap_or_default(), depth + 1);
                return;
            }
            let next = lines.get(bound).and_then(|line| Some((directive(&line.text)?, line.number)));
            holds = match next {
                Some(((word, rest), number)) if word == "elseif" => {
                    let known = expression::holds(rest, self);
                    if known.is_none() {
                        let message = format!("`!elseif {}` cannot be decided here; it is passed over", short(rest));
                        self.tell(&message, number);
                    }
                    known
                }
                Some(((word, _), _)) => Some(word == "else"),
                None => None,
            };
            from = bound + 1;
        }
    }

    fn repeat(&mut self, body: &[Line], word: &str, rest: &str, number: u32, depth: usize) {
        let listed = (word == "foreach").then(|| rest.split_once(" in ")).flatten();
        let items = listed.and_then(|(name, list)| Some((name.trim().to_owned(), self.list(list)?)));
        let Some((name, items)) = items.filter(|_| depth < MOST_DEPTH) else {
            self.tell(&format!("`!{word} {}` cannot be run here; what it repeats was left out", short(rest)), number);
            return;
        };
        for item in items {
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 {
                return;
            }
            self.values.insert(name.clone(), item);
            self.block(body, depth + 1);
        }
    }

    /// A list that is written out: `["a", "b"]`.
    fn list(&self, text: &str) -> Option<Vec<Worth>> {
        let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
        inner.split(',').map(|item| expression::worth(item, self)).collect()
    }

    fn plain(&mut self, line: &Line) {
        let text = line.text.as_str();
        if let Some(name) = text.strip_prefix("!undef ") {
            self.values.remove(name.trim());
            return;
        }
        if let Some(rest) = text.strip_prefix("!define ") {
            // One with arguments is a macro, which is told elsewhere.
            let (name, value) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
            if !name.contains('(') {
                let value = value.trim();
                // What stands in for a word is a text, `2024-01-01` too, unless it is one number or in quotation marks.
                let number = expression::number(value);
                let is_worked_out = value.starts_with(['"', '\'']) || matches!(value, "true" | "false");
                let quoted = is_worked_out.then(|| expression::worth(value, self)).flatten();
                // A word that stands for another is what that stands for: `!define ALIAS REAL`.
                let known = || self.values.get(value).cloned();
                let worth = number.or(quoted).or_else(known).unwrap_or_else(|| Worth::Text(value.to_owned()));
                self.values.insert(name.to_owned(), worth);
            }
            return self.out.push(line.clone());
        }
        let assigned = text.strip_prefix('!').map(|rest| rest.trim_start().trim_start_matches("global ").trim_start());
        if let Some((name, value)) = assigned.filter(|rest| rest.starts_with('$')).and_then(|rest| rest.split_once('='))
        {
            // `!$x ?= 1` gives a value where there is none.
            let only_new = name.ends_with('?');
            let name = name.trim_end_matches('?').trim().to_owned();
            if only_new && self.values.contains_key(&name) {
                return;
            }
            match expression::worth(value, self) {
                Some(value) => {
                    let text = format!("!{name} = \"{}\"", value.shown());
                    self.out.push(Line { text, number: line.number });
                    self.values.insert(name, value);
                }
                None => {
                    self.values.remove(&name);
                    let message = format!("the value of `{}` is computed, which is not done here", short(&name));
                    self.tell(&message, line.number);
                }
            }
            return;
        }
        let text = if text.starts_with('!') { text.to_owned() } else { self.filled(text) };
        self.out.push(Line { text, number: line.number });
    }

    /// A line with the values of its variables.
    fn filled(&mut self, text: &str) -> String {
        if self.values.is_empty() {
            return text.to_owned();
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c == '$' || is_part(c)) {
            let (before, word) = rest.split_at(start);
            out.push_str(before);
            let sign = usize::from(word.starts_with('$'));
            let end = word.get(sign..).and_then(|word| word.find(|c| !is_part(c))).map_or(word.len(), |end| end + sign);
            let (word, after) = word.split_at(end);
            // `$tags="x"` names an argument.
            let named = sign == 1 && after.trim_start().starts_with('=') && !after.trim_start().starts_with("==");
            // An address in a bare word is one that files are included from.
            let library = |value: &str| sign == 0 && value.contains("://");
            let fits = |value: &String| !named && !library(value) && value.len() <= self.added;
            match self.values.get(word).map(Worth::shown).filter(fits) {
                Some(value) => {
                    self.added -= value.len();
                    out.push_str(&value);
                }
                None => out.push_str(word),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn tell(&mut self, message: &str, number: u32) {
        let span = Span::new(self.file, number, 1, 0);
        self.log.push(
            Diagnostic::warning("import-dropped", span, message.to_owned())
                .help("write the diagram out, or read what PlantUML's `-preproc` makes of it"),
        );
    }
}
