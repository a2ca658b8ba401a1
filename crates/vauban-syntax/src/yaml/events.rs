//! The whole of YAML: granit-parser's events put together into a tree, with recovery after errors.
//!
//! The parser stops at its first error. A file with one bad line would then lose everything after it, and a
//! person would hear of one mistake at a time. So after an error this reader looks for the next line that fits
//! a block collection which was open (same column, same shape), cuts out the lines that belong to it and reads
//! them as a *piece* of their own, straight into that collection. A file without errors is one piece.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, StructureStyle, Tag};
use vauban_model::{Diagnostic, FileId, Span, did_you_mean};

use super::messages;
use crate::build::{Sink, remove_duplicates, shorten, too_deep, too_many_nodes};
use crate::limits::Limits;
use crate::node::{Entry, Kind, Node};
use crate::place::{characters, line_end, narrow};

/// Which documents the caller wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Documents {
    /// The first; one that follows is a warning.
    First,
    /// Every one.
    All,
}

/// How often reading is taken up again after an error. Each time may cost a look at the rest of the file.
const RESUMPTIONS: usize = 64;

/// Reads the documents that are not empty.
pub(crate) fn read(file: FileId, text: &str, limits: &Limits, documents: Documents, sink: &mut Sink<'_>) -> Vec<Node> {
    let mut reader = Reader {
        file,
        text,
        limits,
        documents,
        sink,
        frames: Vec::new(),
        nodes: Vec::new(),
        entries: Vec::new(),
        root: None,
        done: Vec::new(),
        count: 0,
        expanded: 0,
        stored: 0,
        bomb_told: false,
        between: false,
        repeats: text.as_bytes().contains(&b'*'),
        anchors: Vec::new(),
        names: BTreeMap::new(),
    };
    let mut piece = Some(Piece { start: 0, end: text.len(), lines_before: 0, resumed: false });
    for _ in 0..=RESUMPTIONS {
        let Some(current) = piece else { break };
        piece = match reader.piece(&current) {
            End::Stop => break,
            End::Whole => reader.resume(current.end),
            End::Broken(from) => reader.resume(from),
        };
    }
    reader.finish_document();
    reader.done
}

/// A stretch of whole lines that one parser reads.
#[derive(Clone, Copy)]
struct Piece {
    start: usize,
    end: usize,
    lines_before: usize,
    /// Whether it continues the innermost open collection, as opposed to starting a document.
    resumed: bool,
}

/// How reading a piece ended.
enum End {
    /// All of it was read.
    Whole,
    /// An error; look for something readable from this byte on.
    Broken(usize),
    /// Nothing more is wanted.
    Stop,
}

/// A collection that is being read.
struct Frame {
    mapping: bool,
    flow: bool,
    /// Column of its keys or dashes from 0; only for block collections.
    column: usize,
    /// Byte at which the collection starts.
    start: usize,
    span: Span,
    /// Whether the span is settled.
    placed: bool,
    tag: Option<Box<str>>,
    anchor: Option<usize>,
    /// Where its items start on the reader's stack of nodes, or its entries on the stack of entries.
    base: usize,
    key: Option<Key>,
    merges: Vec<Node>,
    /// Nodes counted before this one.
    counted: usize,
    /// Collections nested inside.
    height: usize,
}

/// A key that waits for its value.
enum Key {
    Named {
        text: Box<str>,
        span: Span,
        merge: bool,
    },
    /// Not usable as a key; the value will be dropped.
    Refused,
}

/// What an anchor names.
enum Anchor {
    /// Still being read: an alias to it from inside would be endless.
    Open,
    /// Kept for aliases, with its number of nodes and levels.
    Kept(Box<Node>, usize, usize),
    /// Not kept, as it can never be repeated within the limits.
    TooLarge,
}

/// What a tag of YAML's own demands of a scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Force {
    No,
    Text,
    Plain,
}

struct Reader<'t, 's, 'd> {
    file: FileId,
    text: &'t str,
    limits: &'t Limits,
    documents: Documents,
    sink: &'s mut Sink<'d>,
    frames: Vec<Frame>,
    /// Items and entries of all open collections, innermost last: one allocation each, split off when complete.
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    root: Option<Node>,
    done: Vec<Node>,
    count: usize,
    expanded: usize,
    /// Nodes copied for anchors so far.
    stored: usize,
    bomb_told: bool,
    /// Whether the last error stood between documents.
    between: bool,
    /// Whether the text can contain an alias at all; if not, no anchor needs keeping.
    repeats: bool,
    anchors: Vec<Anchor>,
    /// The anchors of this document by name, for pieces whose parser has not seen them.
    names: BTreeMap<Box<str>, usize>,
}

impl Reader<'_, '_, '_> {
    /// Runs one parser.
    fn piece(&mut self, piece: &Piece) -> End {
        let nesting = self.limits.depth() + 64;
        let options = granit_parser::options! {
            emit_comments: false,
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            flow_nesting_limit: nesting,
            block_nesting_limit: nesting,
        };
        let Some(text) = self.text.get(piece.start..piece.end) else { return End::Stop };
        // The parser numbers anchors from 1 in every piece; this leads to ours.
        let mut ids: BTreeMap<usize, usize> = BTreeMap::new();
        let floor = if piece.resumed { self.frames.len() } else { 0 };
        let mut adopted = false;
        let mut in_document = piece.resumed;
        let mut skipping = 0usize;
        let mut last = piece.start;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, place) = match event {
                Ok(event) => event,
                Err(error) => return self.broken(&error, piece, last, in_document, skipping > 0),
            };
            if skipping > 0 {
                match event {
                    Event::SequenceStart(..) | Event::MappingStart(..) => skipping += 1,
                    Event::SequenceEnd | Event::MappingEnd => skipping -= 1,
                    _ => {}
                }
                continue;
            }
            let at = piece.byte(&place.start);
            last = last.max(at);
            if self.count > self.limits.max_nodes {
                let span = self.span(piece, &place.start, &place.start);
                self.sink.push(too_many_nodes(span, self.limits));
                return End::Stop;
            }
            if event.is_node() && self.one_too_many(piece, &event, &place) {
                return End::Stop;
            }
            match event {
                Event::DocumentStart(..) => in_document = true,
                Event::DocumentEnd if !piece.resumed => {
                    self.finish_document();
                    in_document = false;
                }
                Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..)
                    if piece.resumed && !adopted && self.frames.len() == floor =>
                {
                    // The collection that was open goes on here; its own start stands further up. If this is
                    // not what the line looked like, the error that led here stands for it.
                    let mapping = self.frames.last().is_some_and(|frame| frame.mapping);
                    match event {
                        Event::MappingStart(..) if mapping => adopted = true,
                        Event::SequenceStart(..) if !mapping => adopted = true,
                        Event::Scalar(..) => {}
                        _ => skipping = 1,
                    }
                }
                Event::Scalar(text, style, id, tag) => {
                    let (node, written) = self.scalar(piece, &place, text, style, tag);
                    self.count += 1;
                    if let Some(anchor) = self.new_anchor(id, &mut ids) {
                        self.keep_anchor(anchor, &node, 1, 0);
                    }
                    self.add(node, 0, written);
                }
                Event::SequenceStart(style, id, tag) => {
                    let frame = self.frame(piece, &place.start, false, style, tag);
                    let anchor = self.new_anchor(id, &mut ids);
                    skipping = self.open(frame, anchor);
                }
                Event::MappingStart(style, id, tag) => {
                    let frame = self.frame(piece, &place.start, true, style, tag);
                    let anchor = self.new_anchor(id, &mut ids);
                    skipping = self.open(frame, anchor);
                }
                Event::SequenceEnd | Event::MappingEnd if self.frames.len() > floor => {
                    let end = self.span(piece, &place.end, &place.end);
                    self.close(Some(end));
                }
                Event::Anchor(id, name) => {
                    if let Some(anchor) = ids.get(&id) {
                        self.names.insert(Box::from(&*name), *anchor);
                    }
                }
                Event::Alias(id) => {
                    let span = self.span(piece, &place.start, &place.end);
                    match ids.get(&id) {
                        Some(anchor) => self.alias(*anchor, span),
                        None => self.add(Node::nothing(span), 0, true),
                    }
                }
                Event::UnresolvedAlias(name) => {
                    let span = self.span(piece, &place.start, &place.end);
                    match self.names.get(&*name) {
                        Some(anchor) if piece.resumed => self.alias(*anchor, span),
                        _ => self.unknown_alias(&name, span),
                    }
                }
                _ => {}
            }
        }
        End::Whole
    }

    /// The node of a scalar, and whether anything was written there.
    fn scalar(
        &self,
        piece: &Piece,
        place: &granit_parser::Span,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<Cow<'_, Tag>>,
    ) -> (Node, bool) {
        let at = piece.byte(&place.start);
        let mut span = self.span(piece, &place.start, &place.end);
        let (tag, force) = tag_of(tag);
        let written = style != ScalarStyle::Plain || piece.byte(&place.end) > at;
        let mut node = if written {
            if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                span.length = self.line_length(at);
            }
            let quoted = match force {
                Force::Text => true,
                Force::Plain => false,
                Force::No => style != ScalarStyle::Plain,
            };
            Node::scalar(span, text, quoted)
        } else {
            // The parser noticed behind the spaces that follow the dash.
            let before = self.text.as_bytes().get(..at).unwrap_or(&[]);
            let spaces = before.iter().rev().take_while(|byte| **byte == b' ').count();
            span.column = span.column.saturating_sub(narrow(spaces)).max(1);
            Node::scalar(span, "", force == Force::Text)
        };
        node.tag = tag;
        (node, written)
    }

    /// With only the first document wanted: whether this node belongs to a later one. Says so.
    fn one_too_many(&mut self, piece: &Piece, event: &Event<'_>, place: &granit_parser::Span) -> bool {
        if !self.satisfied() {
            return false;
        }
        // An empty document is no document.
        if event.scalar().is_some() && place.start.byte_offset() == place.end.byte_offset() {
            return false;
        }
        self.tell_second(self.span(piece, &place.start, &place.start));
        true
    }

    /// Whether all that is wanted was read.
    fn satisfied(&self) -> bool {
        self.documents == Documents::First && !self.done.is_empty()
    }

    fn tell_second(&mut self, span: Span) {
        let message = "a second document starts here; only the first one of this file was read";
        self.sink.push(Diagnostic::warning("yaml-many-documents", span, message).help("move it to a file of its own"));
    }

    /// Reports an error and says from where to look for more.
    fn broken(&mut self, error: &ScanError, piece: &Piece, last: usize, in_document: bool, skipping: bool) -> End {
        let span = self.span(piece, error.marker(), error.marker());
        let at = piece.byte(error.marker());
        if in_document && self.satisfied() {
            self.tell_second(span);
            return End::Stop;
        }
        self.between = !in_document && !self.done.is_empty();
        if self.between {
            if let Some(start) = self.reopen(error.kind(), at, span) {
                return End::Broken(start);
            }
            self.report(error, piece, span);
            if self.satisfied() {
                return End::Stop;
            }
        } else if *error.kind() == ErrorKind::RecursionLimitExceeded {
            // Said before if the reader had begun to skip what the parser now refuses as well.
            if !skipping {
                self.sink.push(too_deep(span, self.limits));
            }
        } else if let Some(start) = self.unspaced_key(error.kind(), last, at) {
            let bytes = self.text.as_bytes();
            let first = line_start(bytes, start);
            let line = narrow(count_lines(bytes, first)).saturating_add(1);
            let column = characters(bytes.get(first..start).unwrap_or(&[])).saturating_add(1);
            let place = Span::new(self.file, line, column, self.line_length(start));
            self.sink.push(
                Diagnostic::error("yaml-syntax", place, "a `:` needs a space after it").help("write `key: value`"),
            );
            return End::Broken(next_line(bytes, start));
        } else {
            match self.tab_near(at, span.line, error.kind()) {
                Some((tab, place)) => self.report_as(&ErrorKind::TabInIndentation, tab, place),
                None => self.report(error, piece, span),
            }
        }
        // Inside brackets nothing can be told apart; go back to where the outermost was opened.
        let unclosed = matches!(
            error.kind(),
            ErrorKind::UnclosedFlowCollection { .. }
                | ErrorKind::UnexpectedEofFlowSequence
                | ErrorKind::UnexpectedEofFlowMapping
                | ErrorKind::UnexpectedEofImplicitFlowMapping
                | ErrorKind::UnexpectedEof
        );
        let from = match self.frames.iter().find(|frame| frame.flow) {
            Some(flow) => flow.start,
            None if unclosed => last,
            None => last.max(at),
        };
        let bytes = self.text.as_bytes();
        let noticed = line_start(bytes, at);
        if self.frames.is_empty() && noticed > piece.start {
            // A lone text went before. The line where it turned out wrong may be the first good one.
            return End::Broken(noticed);
        }
        End::Broken(next_line(bytes, from.max(piece.start)))
    }

    fn report(&mut self, error: &ScanError, piece: &Piece, span: Span) {
        self.report_as(error.kind(), piece.byte(error.marker()), span);
    }

    fn report_as(&mut self, kind: &ErrorKind, at: usize, span: Span) {
        if self.sink.said("yaml-syntax", span) {
            return;
        }
        let bytes = self.text.as_bytes();
        let line = self.text.get(line_start(bytes, at)..line_end(bytes, at)).unwrap_or("");
        let bracket = self.frames.iter().rfind(|frame| frame.flow);
        let plain = messages::plain(kind, line, bracket.is_some());
        let mut diagnostic = Diagnostic::error("yaml-syntax", span, plain.message).help(plain.help);
        if let Some(bracket) = bracket
            && bracket.start != at
        {
            diagnostic = diagnostic.related(Span { length: 1, ..bracket.span }, "inside the brackets opened here");
        }
        self.sink.push(diagnostic);
    }

    /// A document ends where a line is indented less than its first one. That is rarely meant, and would lose
    /// the rest of the file: if the line looks like more of the same, the collection is opened again. Returns
    /// where the line starts.
    fn reopen(&mut self, kind: &ErrorKind, at: usize, span: Span) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let start = line_start(bytes, at);
        let line = Line::at(bytes, start);
        let alike = match self.done.last()?.kind {
            Kind::Mapping(_) => line.is_key(),
            Kind::Sequence(_) => line.is_item(),
            Kind::Scalar(_) => false,
        };
        if !alike || *kind != ErrorKind::ExpectedDocumentStart {
            return None;
        }
        let node = self.done.pop()?;
        let mapping = matches!(node.kind, Kind::Mapping(_));
        self.frames.push(Frame {
            mapping,
            flow: false,
            column: line.indent,
            start,
            span: node.span,
            placed: true,
            tag: node.tag,
            anchor: None,
            base: if mapping { self.entries.len() } else { self.nodes.len() },
            key: None,
            merges: Vec::new(),
            counted: self.count,
            // Not looked up again: the limit on depth is kept where collections are opened.
            height: 0,
        });
        match node.kind {
            Kind::Mapping(entries) => self.entries.extend(entries),
            Kind::Sequence(items) => self.nodes.extend(items),
            Kind::Scalar(_) => {}
        }
        self.sink.push(
            Diagnostic::error("yaml-syntax", span, "this line is indented less than the first one of the document")
                .help("start all keys of one mapping, and all items of one list, in the same column")
                .related(node.span, "the first one"),
        );
        Some(start)
    }

    /// A key is refused where the text before it goes on over several lines, as `key:value` on the first of them
    /// is a text. That line is what needs repair; returns where the text on it starts.
    fn unspaced_key(&self, kind: &ErrorKind, last: usize, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let earlier = *kind == ErrorKind::MappingValueNotAllowed && line_start(bytes, last) < line_start(bytes, at);
        let line = self.text.get(last..line_end(bytes, last))?;
        (earlier && !line.starts_with(['"', '\'']) && messages::unspaced_colon(line)).then_some(last)
    }

    /// The tab in an indentation that explains an error: on the line of the error, or some lines further where
    /// the parser says that a tab is the reason but places the error at the start of the text before it.
    fn tab_near(&self, at: usize, line: u32, kind: &ErrorKind) -> Option<(usize, Span)> {
        let bytes = self.text.as_bytes();
        let lines = match messages::is_tab(kind) {
            true => 100,
            // Inside brackets tabs may indent, so there it is something else.
            false if self.frames.iter().any(|frame| frame.flow) => return None,
            false => 1,
        };
        let mut start = line_start(bytes, at);
        for line in line..line.saturating_add(lines) {
            let rest = bytes.get(start..)?;
            let indentation = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let blank = matches!(rest.get(indentation), None | Some(b'\n' | b'\r' | b'#'));
            let tab = rest.iter().take(indentation).position(|byte| *byte == b'\t');
            if let (Some(tab), false) = (tab, blank) {
                return Some((start + tab, Span::new(self.file, line, narrow(tab).saturating_add(1), 1)));
            }
            start = next_line(bytes, start);
        }
        None
    }

    /// Looks for the next line that can be read, from the start of a line on.
    fn resume(&mut self, from: usize) -> Option<Piece> {
        let bytes = self.text.as_bytes();
        let mut reachable = usize::MAX;
        let mut at = from;
        while at < bytes.len() {
            let line = Line::at(bytes, at);
            if line.starts_document() || line.ends_document() {
                self.finish_document();
                let start = if line.starts_document() { at } else { line.next };
                let lines_before = count_lines(bytes, start);
                return Some(Piece { start, end: bytes.len(), lines_before, resumed: false });
            }
            if line.is_blank() {
                at = line.next;
                continue;
            }
            if self.frames.is_empty() && !self.between && (line.is_key() || line.is_item()) {
                // Nothing was open yet, or a lone text that was meant to be something else.
                self.root = None;
                return Some(Piece {
                    start: at,
                    end: bytes.len(),
                    lines_before: count_lines(bytes, at),
                    resumed: false,
                });
            }
            let fits = self.frames.iter().rposition(|frame| {
                !frame.flow
                    && frame.column == line.indent
                    && frame.column <= reachable
                    && if frame.mapping { line.is_key() } else { line.is_item() }
            });
            if let Some(index) = fits {
                while self.frames.len() > index + 1 {
                    self.close(None);
                }
                self.settle_key();
                let mapping = self.frames.last().is_some_and(|frame| frame.mapping);
                let mut end = line.next;
                while end < bytes.len() {
                    let next = Line::at(bytes, end);
                    let inside = next.is_blank()
                        || next.indent > line.indent
                        || (next.indent == line.indent && (mapping || next.is_item()));
                    if !inside || next.starts_document() || next.ends_document() {
                        break;
                    }
                    end = next.next;
                }
                return Some(Piece { start: at, end, lines_before: count_lines(bytes, at), resumed: true });
            }
            // A line further left has closed what was open to the right of it.
            reachable = reachable.min(line.indent);
            at = line.next;
        }
        None
    }

    fn span(&self, piece: &Piece, start: &Marker, end: &Marker) -> Span {
        let length = if start.line() == end.line() {
            end.col().saturating_sub(start.col())
        } else {
            self.line_length(piece.byte(start)) as usize
        };
        Span::new(
            self.file,
            narrow(start.line() + piece.lines_before).max(1),
            narrow(start.col()).saturating_add(1),
            narrow(length),
        )
    }

    /// Characters from a byte to the end of its line.
    fn line_length(&self, at: usize) -> u32 {
        let bytes = self.text.as_bytes();
        characters(bytes.get(at..line_end(bytes, at)).unwrap_or(&[]))
    }

    fn frame(
        &self,
        piece: &Piece,
        start: &Marker,
        mapping: bool,
        style: StructureStyle,
        tag: Option<Cow<'_, Tag>>,
    ) -> Frame {
        let flow = style == StructureStyle::Flow;
        let at = piece.byte(start);
        let mut column = start.col();
        if !mapping && !flow {
            // The parser places a list that stands directly below its key at its first item, not at its dash.
            let line = Line::at(self.text.as_bytes(), line_start(self.text.as_bytes(), at));
            let value_of_key = self.frames.last().is_none_or(|parent| parent.mapping);
            if value_of_key && line.is_item() {
                column = line.indent;
            }
        }
        Frame {
            mapping,
            flow,
            column,
            start: at,
            span: self.span(piece, start, start),
            placed: false,
            tag: tag_of(tag).0,
            anchor: None,
            base: if mapping { self.entries.len() } else { self.nodes.len() },
            key: None,
            merges: Vec::new(),
            counted: self.count,
            height: 0,
        }
    }

    /// Opens a collection; returns how many levels of it are to be skipped, as they are too deep.
    fn open(&mut self, mut frame: Frame, anchor: Option<usize>) -> usize {
        self.count += 1;
        if self.frames.len() >= self.limits.depth() {
            if !self.sink.said("too-deep", frame.span) {
                self.sink.push(too_deep(frame.span, self.limits));
            }
            let node = Node::nothing(frame.span);
            if let Some(anchor) = anchor {
                self.keep_anchor(anchor, &node, 1, 0);
            }
            self.add(node, 0, true);
            return 1;
        }
        frame.anchor = anchor;
        self.frames.push(frame);
        0
    }

    /// Completes the innermost collection. `end` is its last place, if it was closed as it should be.
    fn close(&mut self, end: Option<Span>) {
        self.settle_key();
        let Some(frame) = self.frames.pop() else { return };
        let kind = if frame.mapping {
            let mut entries = self.entries.split_off(frame.base.min(self.entries.len()));
            let sink = &mut *self.sink;
            remove_duplicates(&mut entries, |diagnostic| sink.push(diagnostic));
            let merging = !frame.merges.is_empty();
            for merged in frame.merges {
                match merged.kind {
                    Kind::Mapping(more) => entries.extend(more),
                    Kind::Sequence(items) => {
                        for item in items {
                            if let Kind::Mapping(more) = item.kind {
                                entries.extend(more);
                            }
                        }
                    }
                    Kind::Scalar(_) => {}
                }
            }
            // Explicit keys come first, then earlier mappings: the first of each name is the right one.
            if merging {
                remove_duplicates(&mut entries, |_| {});
            }
            Kind::Mapping(entries)
        } else {
            Kind::Sequence(self.nodes.split_off(frame.base.min(self.nodes.len())))
        };
        let mut span = frame.span;
        if !frame.placed {
            span.length = match end {
                Some(end) if end.line == span.line => end.column.saturating_sub(span.column),
                Some(_) => self.line_length(frame.start),
                None => 1,
            };
        }
        let node = Node { span, tag: frame.tag, kind };
        let height = frame.height + 1;
        if let Some(anchor) = frame.anchor {
            self.keep_anchor(anchor, &node, self.count - frame.counted, height);
        }
        self.add(node, height, true);
    }

    /// A key without a value gets nothing as its value.
    fn settle_key(&mut self) {
        if let Some(Frame { mapping: true, key: Some(_), span, .. }) = self.frames.last() {
            let span = *span;
            self.add(Node::nothing(span), 0, false);
        }
    }

    /// Puts a node where it belongs. `written` is false for a value that was left out.
    fn add(&mut self, mut node: Node, height: usize, written: bool) {
        let Some(frame) = self.frames.last_mut() else {
            if written || node.tag.is_some() {
                self.root.get_or_insert(node);
            }
            return;
        };
        if !frame.flow && !frame.placed {
            frame.span = node.span;
            frame.placed = true;
        }
        frame.height = frame.height.max(height);
        if !frame.mapping {
            self.nodes.push(node);
            return;
        }
        match frame.key.take() {
            None => {
                frame.key = Some(match node.kind {
                    Kind::Scalar(scalar) => Key::Named {
                        merge: !scalar.quoted && &*scalar.text == "<<",
                        text: scalar.text,
                        span: node.span,
                    },
                    _ => {
                        let message = format!("a key must be text, not {}", node.kind_name());
                        self.sink.push(
                            Diagnostic::error("yaml-complex-key", node.span, message)
                                .help("put the key in quotes if brackets belong to it; its value was left out"),
                        );
                        Key::Refused
                    }
                });
            }
            Some(Key::Refused) => {}
            Some(Key::Named { text, span, merge }) => {
                if !written {
                    node.span = span;
                }
                if !merge {
                    self.entries.push(Entry { key: text, key_span: span, value: node });
                    return;
                }
                let mergeable = match &node.kind {
                    Kind::Mapping(_) => true,
                    Kind::Sequence(items) => items.iter().all(|item| matches!(item.kind, Kind::Mapping(_))),
                    Kind::Scalar(scalar) => scalar.is_null(),
                };
                if !mergeable {
                    self.sink.push(
                        Diagnostic::error(
                            "yaml-merge",
                            node.span,
                            format!("`<<` takes a mapping or a list of mappings, not {}", node.kind_name()),
                        )
                        .help("write `<<: *anchor`, where `&anchor` stands before a mapping"),
                    );
                }
                frame.merges.push(node);
            }
        }
    }

    fn new_anchor(&mut self, id: usize, ids: &mut BTreeMap<usize, usize>) -> Option<usize> {
        if id == 0 {
            return None;
        }
        let anchor = self.anchors.len();
        self.anchors.push(Anchor::Open);
        ids.insert(id, anchor);
        Some(anchor)
    }

    fn keep_anchor(&mut self, anchor: usize, node: &Node, size: usize, height: usize) {
        let Some(slot) = self.anchors.get_mut(anchor) else { return };
        // Keeping means copying. Anchors around anchors are copied again and again, so this has a bound of its own.
        let bound = self.limits.max_alias_expansion;
        *slot = if !self.repeats || size > bound || self.stored.saturating_add(size) > bound {
            Anchor::TooLarge
        } else {
            self.stored += size;
            Anchor::Kept(Box::new(node.clone()), size, height)
        };
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        match self.anchors.get(anchor) {
            Some(Anchor::Kept(node, size, height))
                if self.expanded.saturating_add(*size) <= self.limits.max_alias_expansion =>
            {
                if self.frames.len() + height > self.limits.depth() {
                    self.sink.push(too_deep(span, self.limits));
                } else {
                    let (node, size, height) = (node.as_ref().clone(), *size, *height);
                    self.expanded += size;
                    self.count += size;
                    self.add(node, height, true);
                    return;
                }
            }
            Some(Anchor::Open) => {
                self.sink.push(
                    Diagnostic::error("yaml-alias-cycle", span, "this alias repeats the value it stands in")
                        .help("an anchor can be used only after its value has ended"),
                );
            }
            _ => {
                if !self.bomb_told {
                    self.bomb_told = true;
                    let limit = self.limits.max_alias_expansion;
                    self.sink.push(
                        Diagnostic::error(
                            "yaml-alias-bomb",
                            span,
                            format!("repeating this alias would add more than {limit} values to the file"),
                        )
                        .help("write the values out, or repeat smaller parts; aliases beyond the limit are left empty"),
                    );
                }
            }
        }
        self.count += 1;
        self.add(Node::nothing(span), 0, true);
    }

    fn unknown_alias(&mut self, name: &str, span: Span) {
        let help = match did_you_mean(name, self.names.keys().map(|known| &**known)) {
            Some(meant) => format!("did you mean `*{meant}`?"),
            None => "put a text that starts with `*` in quotes; an alias needs an `&anchor` before it".to_owned(),
        };
        let message = format!("no anchor `&{}` stands before this alias", shorten(name));
        self.sink.push(Diagnostic::error("yaml-unknown-anchor", span, message).help(help));
        self.count += 1;
        self.add(Node::nothing(span), 0, true);
    }

    fn finish_document(&mut self) {
        while !self.frames.is_empty() {
            self.close(None);
        }
        self.done.extend(self.root.take());
        self.nodes.clear();
        self.entries.clear();
        self.anchors.clear();
        self.names.clear();
    }
}

impl Piece {
    /// Where a parser's mark stands in the whole text.
    fn byte(&self, mark: &Marker) -> usize {
        (self.start + mark.byte_offset().unwrap_or(0)).min(self.end)
    }
}

/// A tag as the tree keeps it, and what it demands of a scalar.
fn tag_of(tag: Option<Cow<'_, Tag>>) -> (Option<Box<str>>, Force) {
    let Some(tag) = tag else { return (None, Force::No) };
    match tag.core_suffix() {
        Some("str") => (None, Force::Text),
        Some("map" | "seq") => (None, Force::No),
        Some(_) => (None, Force::Plain),
        None => match tag.original() {
            own if own == "!" => (None, Force::Text),
            own => (Some(own.into_boxed_str()), Force::No),
        },
    }
}

/// One line, looked at without a parser.
struct Line<'t> {
    indent: usize,
    content: &'t [u8],
    next: usize,
}

impl<'t> Line<'t> {
    fn at(bytes: &'t [u8], start: usize) -> Self {
        let next = next_line(bytes, start);
        let line = bytes.get(start..next).unwrap_or(&[]).trim_ascii_end();
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        Line { indent, content: line.get(indent..).unwrap_or(&[]), next }
    }

    fn is_blank(&self) -> bool {
        self.content.first().is_none_or(|first| *first == b'#')
    }

    fn is_item(&self) -> bool {
        matches!(self.content, [b'-'] | [b'-', b' ' | b'\t', ..])
    }

    fn is_key(&self) -> bool {
        let plausible = self.content.first().is_some_and(|first| {
            first.is_ascii_alphanumeric() || matches!(first, b'"' | b'\'' | b'_' | b'.' | b'<' | b'/' | 0x80..)
        });
        plausible && (self.content.ends_with(b":") || self.content.windows(2).any(|pair| pair == b": "))
    }

    fn starts_document(&self) -> bool {
        self.indent == 0 && matches!(self.content, [b'-', b'-', b'-'] | [b'-', b'-', b'-', b' ' | b'\t', ..])
    }

    fn ends_document(&self) -> bool {
        self.indent == 0 && matches!(self.content, [b'.', b'.', b'.'] | [b'.', b'.', b'.', b' ' | b'\t', ..])
    }
}

/// Where the line that `at` stands on starts.
fn line_start(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or(bytes);
    before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |newline| newline + 1)
}

/// Where the line after the one that `at` stands on starts.
fn next_line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    match rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        None => bytes.len(),
        Some(index) if rest.get(index..index + 2) == Some(b"\r\n") => at + index + 2,
        Some(index) => at + index + 1,
    }
}

/// Lines that end before `at`.
fn count_lines(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or(bytes);
    let feeds = before.iter().filter(|byte| **byte == b'\n').count();
    let returns =
        before.iter().enumerate().filter(|(index, byte)| **byte == b'\r' && before.get(index + 1) != Some(&b'\n'));
    feeds + returns.count()
}
