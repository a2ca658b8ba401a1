//! The language as it is written: statements of words, some with a block of further statements.

use vauban_model::{Diagnostic, FileId, Span};

use crate::log::Log;

/// Blocks inside blocks at most.
const MOST_DEPTH: usize = 60;
/// Statements of one file at most.
const MOST_STATEMENTS: usize = 200_000;

/// A word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The text, without quotes.
    pub(super) text: String,
    /// Whether it stood in quotes.
    pub(super) quoted: bool,
    /// Where it stands.
    pub(super) span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// Its words; never empty.
    pub(super) words: Vec<Word>,
    /// The statements in its block.
    pub(super) block: Vec<Statement>,
    /// Where it begins.
    pub(super) span: Span,
}

impl Statement {
    /// A word's text; empty where the statement is shorter.
    pub(super) fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| &word.text)
    }

    /// The first word, in lower case: keywords do not care.
    pub(super) fn keyword(&self) -> String {
        self.words.first().filter(|word| !word.quoted).map(|word| word.text.to_lowercase()).unwrap_or_default()
    }
}

/// Reads the words of a text, line by line, and puts them into a tree.
pub(super) fn read(text: &str, file: FileId, log: &mut Log) -> Vec<Statement> {
    let mut stack: Vec<Vec<Statement>> = vec![Vec::new()];
    let mut too_deep = 0usize;
    let mut count = 0usize;
    for line in lines(text, file) {
        let Some(first) = line.first() else { continue };
        let span = first.span;
        let mut words = line.as_slice();
        if !first.quoted && first.text == "}" {
            if too_deep > 0 {
                too_deep -= 1;
            } else if stack.len() > 1 {
                close(&mut stack);
            } else {
                let message = "`}` closes nothing";
                log.group(
                    Diagnostic::warning("import-broken-block", span, message)
                        .help("remove it, or add the `{` that it belongs to"),
                );
            }
            words = words.get(1..).unwrap_or_default();
            if words.is_empty() {
                continue;
            }
        }
        let is = |word: Option<&Word>, text: &str| word.is_some_and(|word| !word.quoted && word.text == text);
        // A block on one line: the closing brace is the last word.
        let closed = is(words.last(), "}") && words.iter().any(|word| !word.quoted && word.text == "{");
        let words = if closed { words.get(..words.len() - 1).unwrap_or_default() } else { words };
        let open = words.iter().position(|word| !word.quoted && word.text == "{");
        let (head, inner) = match open {
            Some(at) => (words.get(..at).unwrap_or_default(), words.get(at + 1..).unwrap_or_default()),
            None => (words, &[][..]),
        };
        count += 1;
        if count > MOST_STATEMENTS {
            let message = format!("only the first {MOST_STATEMENTS} statements were read");
            log.push(Diagnostic::warning("import-too-large", span, message).help("split the file"));
            break;
        }
        if open.is_some() && (stack.len() > MOST_DEPTH || too_deep > 0) {
            let message = format!("blocks lie more than {MOST_DEPTH} deep in each other; what is deeper was left out");
            log.group(Diagnostic::warning("import-too-deep", span, message).help("no workspace nests so deep"));
            too_deep += usize::from(!closed);
            continue;
        }
        if too_deep > 0 {
            continue;
        }
        if head.is_empty() && open.is_some() {
            // A brace on a line of its own belongs to the statement before it.
            let before = stack.last_mut().and_then(Vec::pop);
            let before = before.unwrap_or(Statement { words: vec![first.clone()], block: Vec::new(), span });
            if let Some(list) = stack.last_mut() {
                list.push(before);
            }
        } else if let Some(list) = stack.last_mut() {
            list.push(Statement { words: head.to_vec(), block: Vec::new(), span });
        }
        if open.is_some() {
            stack.push(Vec::new());
            if let (Some(word), Some(list)) = (inner.first(), stack.last_mut()) {
                list.push(Statement { words: inner.to_vec(), block: Vec::new(), span: word.span });
            }
            if closed {
                close(&mut stack);
            }
        }
    }
    if stack.len() > 1 {
        let message = format!("{} blocks are not closed", stack.len() - 1);
        let place = stack.iter().flatten().last().map_or(Span::new(file, 1, 1, 0), |last| last.span);
        log.push(Diagnostic::warning("import-broken-block", place, message).help("add the missing `}`"));
    }
    while stack.len() > 1 {
        close(&mut stack);
    }
    stack.pop().unwrap_or_default()
}

/// Puts the innermost block into the statement that opened it.
fn close(stack: &mut Vec<Vec<Statement>>) {
    let Some(block) = stack.pop() else { return };
    if let Some(owner) = stack.last_mut().and_then(|list| list.last_mut()) {
        owner.block.extend(block);
    }
}

/// The words of each line; a line that ends in a backslash goes on in the next.
fn lines(text: &str, file: FileId) -> Vec<Vec<Word>> {
    let mut out = Vec::new();
    let mut words: Vec<Word> = Vec::new();
    let mut in_comment = false;
    let mut block_text: Option<(String, Span)> = None;
    let text = text.trim_start_matches('\u{feff}');
    for (number, line) in (1u32..).zip(text.lines()) {
        let letters: Vec<char> = line.chars().collect();
        let at = |index: usize| letters.get(index).copied();
        let mut index = 0usize;
        let mut goes_on = false;
        while index < letters.len() {
            if let Some((collected, _)) = &mut block_text {
                let rest: String = letters.iter().skip(index).collect();
                if let Some(end) = rest.find("\"\"\"") {
                    collected.push_str(rest.get(..end).unwrap_or_default());
                    index += rest.get(..end).map_or(0, |before| before.chars().count()) + 3;
                    if let Some((text, span)) = block_text.take() {
                        words.push(Word { text: text.trim().to_owned(), quoted: true, span });
                    }
                } else {
                    collected.push_str(&rest);
                    collected.push('\n');
                    index = letters.len();
                }
                continue;
            }
            if in_comment {
                if at(index) == Some('*') && at(index + 1) == Some('/') {
                    in_comment = false;
                    index += 1;
                }
                index += 1;
                continue;
            }
            let letter = at(index).unwrap_or(' ');
            let span = Span::new(file, number, u32::try_from(index + 1).unwrap_or(u32::MAX), 0);
            if letter.is_whitespace() {
                index += 1;
            } else if letter == '/' && at(index + 1) == Some('*') {
                in_comment = true;
                index += 2;
            } else if words.is_empty() && (letter == '#' || letter == '/' && at(index + 1) == Some('/')) {
                break;
            } else if letter == '/' && at(index + 1) == Some('/') {
                // Behind a statement; addresses have their slashes inside a word.
                break;
            } else if letter == '\\' && letters.iter().skip(index + 1).all(|c| c.is_whitespace()) {
                goes_on = true;
                break;
            } else if letter == '"' && at(index + 1) == Some('"') && at(index + 2) == Some('"') {
                block_text = Some((String::new(), span));
                index += 3;
            } else if letter == '"' {
                let mut text = String::new();
                index += 1;
                while let Some(letter) = at(index) {
                    match (letter, at(index + 1)) {
                        ('\\', Some('"')) => {
                            text.push('"');
                            index += 1;
                        }
                        ('\\', Some('n')) => {
                            text.push('\n');
                            index += 1;
                        }
                        ('"', _) => break,
                        _ => text.push(letter),
                    }
                    index += 1;
                }
                index += 1;
                words.push(Word { text, quoted: true, span });
            } else {
                let start = index;
                while at(index).is_some_and(|letter| !letter.is_whitespace()) {
                    index += 1;
                }
                let text: String = letters.get(start..index).unwrap_or_default().iter().collect();
                words.push(Word { text, quoted: false, span });
            }
        }
        if block_text.is_some() || goes_on || in_comment && !words.is_empty() {
            continue;
        }
        if !words.is_empty() {
            out.push(std::mem::take(&mut words));
        }
    }
    if let Some((text, span)) = block_text {
        words.push(Word { text, quoted: true, span });
    }
    if !words.is_empty() {
        out.push(words);
    }
    out
}

/// Whether a text is a workspace: the first thing said, beside directives, opens one.
pub(crate) fn is_workspace(text: &str) -> bool {
    let window: String = text.chars().take(1 << 16).collect();
    for line in lines(&window, FileId(0)) {
        let Some(first) = line.first() else { continue };
        if first.text.starts_with('!') {
            continue;
        }
        let opens = line.last().is_some_and(|last| !last.quoted && (last.text == "{" || last.text == "}"));
        return !first.quoted && first.text.eq_ignore_ascii_case("workspace") && (opens || line.len() <= 3);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{is_workspace, read};
    use crate::log::Log;
    use vauban_model::FileId;

    #[test]
    fn statements_are_read_with_their_blocks() {
        let text = "workspace \"A \\\"b\\\"\" { // c\n  !docs x\n  /* no\n  */ model {\n    u = person \"U\" \\\n      \"D\"\n    u -> s \"x\" https://e.org\n    e { a b }\n    t \"\"\"\n     long\n    \"\"\"\n  }\n}\n}\n";
        let mut log = Log::new();
        let tree = read(text, FileId(0), &mut log);
        assert_eq!(tree.len(), 1);
        assert_eq!(tree[0].word(1), "A \"b\"");
        let model = &tree[0].block[1];
        assert_eq!((model.keyword().as_str(), model.span.line), ("model", 4));
        assert_eq!(model.block[0].words.len(), 5);
        assert_eq!(model.block[1].word(4), "https://e.org");
        assert_eq!(model.block[2].block[0].word(1), "b");
        assert_eq!(model.block[3].word(1), "long");
        assert_eq!(log.finish().len(), 1);
    }

    #[test]
    fn workspaces_are_recognised() {
        assert!(is_workspace("/* a */\n!const X y\n// b\nworkspace {\n"));
        assert!(is_workspace("workspace extends a.dsl {\n"));
        for text in ["", "workspace: a\nmodel:\n", "model {\n}", "a workspace is a place {\n", "workspaces {\n"] {
            assert!(!is_workspace(text), "{text}");
        }
    }

    #[test]
    fn depth_and_braces_are_survived() {
        for text in [
            "{".repeat(10_000),
            "a {\n".repeat(10_000),
            "}\n".repeat(10_000),
            "a {\n".repeat(100) + &"}\n".repeat(100),
            "\"".to_owned(),
            "\"\"\"".to_owned(),
        ] {
            let _ = read(&text, FileId(0), &mut Log::new());
        }
    }
}
