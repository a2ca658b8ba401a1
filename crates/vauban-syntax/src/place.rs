//! From byte offsets to lines and columns.

use vauban_model::{FileId, Span};

/// Characters in a piece of UTF-8.
pub(crate) fn characters(bytes: &[u8]) -> u32 {
    // Every byte that does not continue a character starts one.
    narrow(bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count())
}

/// A count as [`Span`] holds it. Files are bounded far below where this saturates.
pub(crate) fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Where the line that `at` stands on ends, without what is only white space.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    at + rest.get(..length).unwrap_or(&[]).trim_ascii_end().len()
}

/// Counts lines and columns along a text that is read from front to back.
///
/// The column of the last place asked for is remembered: counting goes on from there, so that a line of ten
/// megabytes costs its length once and not once for every token on it.
#[derive(Clone)]
pub(crate) struct Ruler<'t> {
    bytes: &'t [u8],
    file: FileId,
    /// The line that is being read, from 1.
    pub(crate) line: u32,
    /// The byte at which that line starts.
    pub(crate) line_start: usize,
    known_at: usize,
    known_column: u32,
    /// In plain ASCII a column is a difference of offsets.
    ascii: bool,
}

impl<'t> Ruler<'t> {
    pub(crate) fn new(file: FileId, text: &'t str) -> Self {
        Ruler {
            bytes: text.as_bytes(),
            file,
            line: 1,
            line_start: 0,
            known_at: 0,
            known_column: 0,
            ascii: text.is_ascii(),
        }
    }

    /// A new line starts at this byte.
    pub(crate) fn next_line(&mut self, start: usize) {
        self.line = self.line.saturating_add(1);
        self.line_start = start;
        self.known_at = start;
        self.known_column = 0;
    }

    /// The column of a byte on the current line, from 1.
    pub(crate) fn column(&mut self, at: usize) -> u32 {
        if self.ascii {
            return narrow(at.saturating_sub(self.line_start)).saturating_add(1);
        }
        if at < self.known_at {
            self.known_at = self.line_start;
            self.known_column = 0;
        }
        self.known_column =
            self.known_column.saturating_add(characters(self.bytes.get(self.known_at..at).unwrap_or(&[])));
        self.known_at = at;
        self.known_column.saturating_add(1)
    }

    /// The span of a stretch that starts on the current line, cut off where that line ends.
    pub(crate) fn span(&mut self, start: usize, end: usize) -> Span {
        let column = self.column(start);
        Span::new(self.file, self.line, column, self.length(start, end))
    }

    /// A place on the current line.
    pub(crate) fn here(&mut self, at: usize) -> Span {
        self.span(at, at)
    }

    /// Characters between two bytes of one line.
    pub(crate) fn length(&self, start: usize, end: usize) -> u32 {
        if self.ascii {
            narrow(end.saturating_sub(start))
        } else {
            characters(self.bytes.get(start..end).unwrap_or(&[]))
        }
    }
}
