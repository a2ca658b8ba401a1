//! From places in rendered text back to the template and the values.

use std::sync::Arc;

use vauban_model::resource::Via;
use vauban_model::{FileId, Span};
use vauban_syntax::Node;

use crate::kubernetes::go::{Origin, Rendered};
use crate::nodes::Places;

/// The place of a byte of a text.
pub(super) fn at(id: FileId, text: &str, offset: usize, length: u32) -> Span {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = text.get(..offset).unwrap_or("");
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let column = before.rsplit('\n').next().unwrap_or("").chars().count();
    Span::new(id, narrow(line).saturating_add(1), narrow(column).saturating_add(1), length)
}

/// Byte offsets at which lines start.
fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Knows where each stretch of a rendered text comes from.
pub(super) struct RenderedPlaces<'r> {
    id: FileId,
    source: &'r str,
    source_lines: Vec<usize>,
    rendered: &'r Rendered,
    lines: Vec<usize>,
    values: &'r Node,
}

impl<'r> RenderedPlaces<'r> {
    pub(super) fn new(id: FileId, source: &'r str, rendered: &'r Rendered, values: &'r Node) -> Self {
        RenderedPlaces {
            id,
            source,
            source_lines: line_starts(source),
            rendered,
            lines: line_starts(&rendered.text),
            values,
        }
    }

    fn source_place(&self, offset: usize, length: u32) -> Span {
        let line = self.source_lines.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.source_lines.get(line).copied().unwrap_or(0);
        let column = self.source.get(start..offset).map_or(0, |before| before.chars().count());
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Span::new(self.id, narrow(line).saturating_add(1), narrow(column).saturating_add(1), length)
    }

    /// Where a path such as `.Values.image.tag` is set.
    fn value_place(&self, path: &str) -> Option<Span> {
        let mut at = self.values;
        let mut found = None;
        for key in path.strip_prefix(".Values.")?.split('.') {
            at = at.get(key)?;
            found = Some(at.span);
        }
        found
    }
}

impl Places for RenderedPlaces<'_> {
    fn place(&self, span: Span) -> (Span, Option<Arc<Via>>) {
        if span.file != self.id {
            return (span, None);
        }
        let start = self.lines.get(span.line.saturating_sub(1) as usize).copied().unwrap_or(0);
        let rest = self.rendered.text.get(start..).unwrap_or("");
        let column: usize = rest.chars().take(span.column.saturating_sub(1) as usize).map(char::len_utf8).sum();
        let offset = start + column;
        let index = self.rendered.origins.partition_point(|(from, _)| *from <= offset).saturating_sub(1);
        let Some((from, origin)) = self.rendered.origins.get(index) else { return (Span { line: 1, ..span }, None) };
        match origin {
            Origin::Text(byte) => {
                let here = self.source_place(byte + (offset - from), span.length);
                // A value that starts with text of the template may go on with an action: `"{{ .Values.x }}:5432"`.
                let end = offset + span.length as usize;
                let via = self
                    .rendered
                    .origins
                    .get(index + 1..)
                    .unwrap_or(&[])
                    .iter()
                    .take_while(|(from, _)| *from < end)
                    .find_map(|(_, origin)| self.via(origin));
                (here, via)
            }
            Origin::Action(byte, end, _) => {
                let length = u32::try_from(end.saturating_sub(*byte)).unwrap_or(0);
                (self.source_place(*byte, length), self.via(origin))
            }
        }
    }
}

impl RenderedPlaces<'_> {
    fn via(&self, origin: &Origin) -> Option<Arc<Via>> {
        match origin {
            Origin::Action(_, _, Some(path)) => {
                let span = self.value_place(path)?;
                Some(Arc::new(Via { span, name: path.clone(), before: None }))
            }
            _ => None,
        }
    }
}
