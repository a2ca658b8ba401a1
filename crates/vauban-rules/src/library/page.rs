//! A library page: a fenced `toml` block, a heading, one line, then sections.
//!
//! Headings and fences are all of Markdown that matters here; the rest is passed through as it stands.

use vauban_model::{Diagnostic, Span};

use super::LibraryFile;

/// A fenced block inside a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// The word behind the fence: `yaml`.
    pub language: &'a str,
    /// The text inside.
    pub text: &'a str,
    /// The line of its first line, from 1.
    pub line: u32,
}

/// One `##` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// The heading.
    pub title: &'a str,
    /// The heading's line, from 1.
    pub line: u32,
    /// Everything below it up to the next `##`.
    pub body: &'a str,
    /// The line of the first line of the body.
    pub body_line: u32,
}

/// A page cut into its parts. All texts borrow from the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// The front matter's text.
    pub front: &'a str,
    /// Lines above the front matter's first line.
    pub front_offset: u32,
    /// The `#` heading.
    pub title: &'a str,
    /// The first paragraph.
    pub summary: &'a str,
    /// The sections in order.
    pub sections: Vec<Section<'a>>,
}

impl<'a> Page<'a> {
    /// Cuts a page. Reports `library-page` and returns `None` where the front matter or the heading is missing.
    pub fn read(file: &LibraryFile<'a>, diagnostics: &mut Vec<Diagnostic>) -> Option<Page<'a>> {
        let text = file.text;
        let mut report = |line: u32, message: &str, help: &str| {
            diagnostics.push(Diagnostic::error("library-page", Span::new(file.id, line, 1, 0), message).help(help));
        };
        let Some(opening) = line_at(text, "```toml") else {
            report(
                1,
                "the page has no front matter",
                "start it with a fenced block: a line of ```toml, the fields, a line of ```",
            );
            return None;
        };
        if !text[..opening.start].trim().is_empty() {
            report(1, "the front matter must come first", "move the ```toml block to the top of the page");
            return None;
        }
        let front_start = opening.end;
        let Some(closing) = line_at(&text[front_start..], "```") else {
            report(opening.line, "the front matter is not closed", "close it with a line of ```");
            return None;
        };
        let front = &text[front_start..front_start + closing.start];
        let front_offset = opening.line;
        let rest_start = front_start + closing.end;
        let mut page = Page { front, front_offset, title: "", summary: "", sections: Vec::new() };

        let mut line = count_lines(&text[..rest_start]) + 1;
        let mut at = rest_start;
        let mut in_fence = false;
        let mut body_start = None;
        let mut summary_start = None;
        while at < text.len() {
            let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
            let content = text[at..end].trim_end();
            if content.starts_with("```") {
                in_fence = !in_fence;
            } else if !in_fence && content.starts_with("## ") {
                close(&mut page, text, body_start.take(), at);
                if page.summary.is_empty()
                    && let Some(start) = summary_start.take()
                {
                    page.summary = first_paragraph(&text[start..at]);
                }
                page.sections.push(Section { title: content[3..].trim(), line, body: "", body_line: line + 1 });
                body_start = Some(end);
            } else if !in_fence && content.starts_with("# ") && page.title.is_empty() {
                page.title = content[2..].trim();
                summary_start = Some(end);
            }
            at = end;
            line += 1;
        }
        close(&mut page, text, body_start, text.len());
        if let Some(start) = summary_start
            && page.summary.is_empty()
        {
            page.summary = first_paragraph(&text[start..]);
        }
        if page.title.is_empty() {
            report(front_offset + 1, "the page has no heading", "write `# ` and the name below the front matter");
            return None;
        }
        Some(page)
    }

    /// The body of a section, trimmed; empty when it is missing.
    pub fn section(&self, title: &str) -> &'a str {
        self.sections.iter().find(|section| section.title == title).map_or("", |section| section.body.trim())
    }

    /// The fenced blocks of a section.
    pub fn blocks(&self, title: &str) -> Vec<Block<'a>> {
        let mut out = Vec::new();
        for section in self.sections.iter().filter(|section| section.title == title) {
            let text = section.body;
            let mut open: Option<(&str, usize, u32)> = None;
            let (mut at, mut line) = (0, section.body_line);
            while at < text.len() {
                let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
                let content = text[at..end].trim();
                if let Some(language) = content.strip_prefix("```") {
                    match open.take() {
                        None => open = Some((language.trim(), end, line + 1)),
                        Some((language, start, first)) => {
                            out.push(Block { language, text: &text[start..at], line: first });
                        }
                    }
                }
                at = end;
                line += 1;
            }
        }
        out
    }
}

fn close<'a>(page: &mut Page<'a>, text: &'a str, start: Option<usize>, end: usize) {
    if let (Some(start), Some(section)) = (start, page.sections.last_mut()) {
        section.body = &text[start.min(end)..end];
    }
}

fn first_paragraph(text: &str) -> &str {
    let text = text.trim();
    text.split("\n\n").next().unwrap_or("").trim()
}

fn count_lines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

struct Line {
    start: usize,
    end: usize,
    /// From 1.
    line: u32,
}

/// The first line that says exactly this.
fn line_at(text: &str, wanted: &str) -> Option<Line> {
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
        if text[at..end].trim_end() == wanted {
            return Some(Line { start: at, end, line });
        }
        at = end;
        line += 1;
    }
    None
}
