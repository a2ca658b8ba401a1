//! From positions in a text to lines and columns.

use vauban_model::{FileId, Span};

/// Places in one text.
#[derive(Clone, Debug)]
pub(in super::super) struct Places<'t> {
    text: &'t str,
    base: Base,
    /// Where lines start; empty when every place is the same.
    starts: Vec<usize>,
    ascii: bool,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    /// The text starts here.
    From(Span),
    /// Every place is this one, because the text stands nowhere as such.
    Fixed(Span),
}

impl<'t> Places<'t> {
    /// Places in a file.
    pub(in super::super) fn new(file: FileId, text: &'t str) -> Self {
        Self::from(text, Span::new(file, 1, 1, 0))
    }

    /// Places in a text that stands in a file as it is, from a place on.
    pub(in super::super) fn from(text: &'t str, start: Span) -> Self {
        let starts =
            std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        Places { text, base: Base::From(start), starts: starts.collect(), ascii: text.is_ascii() }
    }

    /// One place for everything.
    pub(in super::super) fn fixed(text: &'t str, place: Span) -> Self {
        Places { text, base: Base::Fixed(place), starts: Vec::new(), ascii: true }
    }

    /// From one position to another, cut at the end of the line.
    pub(in super::super) fn span(&self, start: usize, end: usize) -> Span {
        let first = match self.base {
            Base::Fixed(place) => return place,
            Base::From(first) => first,
        };
        let line = self.starts.partition_point(|at| *at <= start).saturating_sub(1);
        let line_start = self.starts.get(line).copied().unwrap_or(0);
        let line_end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let end = end.clamp(start, line_end.max(start));
        let before = self.count(line_start, start);
        let column = if line == 0 { first.column + before } else { before + 1 };
        Span::new(
            first.file,
            first.line.saturating_add(u32::try_from(line).unwrap_or(u32::MAX)),
            column,
            self.count(start, end),
        )
    }

    fn count(&self, start: usize, end: usize) -> u32 {
        let number = if self.ascii {
            end.saturating_sub(start)
        } else {
            self.text.get(start..end).map_or(0, |stretch| stretch.chars().count())
        };
        u32::try_from(number).unwrap_or(u32::MAX)
    }
}
