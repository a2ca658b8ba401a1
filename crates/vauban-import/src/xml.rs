//! XML from strangers: bounded, without document type declarations, each node with its place.

use roxmltree::{Document, Node, ParsingOptions};
use vauban_model::{Diagnostic, FileId, Span};

use crate::raw::body;

/// Nodes of one document at most.
const MOST_NODES: u32 = 4_000_000;
/// Elements inside elements at most. Readers may recurse this deep.
const MOST_DEPTH: usize = 200;
/// Bytes between two places where characters were counted.
const BLOCK: usize = 1024;

/// A document and the places in it.
pub(crate) struct Xml<'t> {
    pub(crate) document: Document<'t>,
    file: FileId,
    /// Where each line of the text begins, so that a place costs a search and not a walk from the start.
    lines: Vec<usize>,
    /// Set for a document inside another file, whose own lines mean nothing to the user.
    fixed: Option<Span>,
    /// How many characters stand before each block of bytes: files of one line hold a hundred thousand places, and
    /// readers ask for them in any order.
    before: Vec<usize>,
}

impl<'t> Xml<'t> {
    /// Parses a text. A document type that declares something is refused: it is how entity bombs and references to
    /// other files come in, and no drawing tool writes one. One that only names the kind of document, as pictures have
    /// it, says nothing, and nothing that it refers to is opened.
    pub(crate) fn parse(text: &'t str, file: FileId) -> Result<Self, Diagnostic> {
        Self::read(text, file, None)
    }

    /// Parses a document that was packed inside another file: all places are the one given.
    pub(crate) fn parse_inner(text: &'t str, place: Span) -> Result<Self, Diagnostic> {
        Self::read(text, place.file, Some(place))
    }

    fn read(text: &'t str, file: FileId, fixed: Option<Span>) -> Result<Self, Diagnostic> {
        let text = text.trim_start_matches('\u{feff}');
        let options =
            ParsingOptions { allow_dtd: !declares(text), nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options).map_err(|error| {
            let at = error.pos();
            let span = fixed.unwrap_or_else(|| Span::new(file, at.row, at.col, 0));
            let refused = matches!(error, roxmltree::Error::DtdDetected);
            let many = matches!(error, roxmltree::Error::NodesLimitReached);
            let message = if refused {
                "the document declares a document type (DTD), which is refused".to_owned()
            } else if many {
                format!("the document is too large: it has more than {MOST_NODES} elements and texts")
            } else {
                format!("this is no well-formed XML: {error}")
            };
            let help = if refused {
                "no drawing tool writes one; such files can name other files or grow without end. Remove the declaration"
            } else if many {
                "split it, and read each part for itself"
            } else {
                "save the drawing again in the tool it comes from"
            };
            Diagnostic::error("import-broken-xml", span, message).help(help)
        })?;
        if let Some(deep) = too_deep(&document) {
            let span = fixed.unwrap_or_else(|| {
                let at = document.text_pos_at(deep);
                Span::new(file, at.row, at.col, 0)
            });
            let message = format!("elements lie more than {MOST_DEPTH} deep in each other");
            return Err(Diagnostic::error("import-broken-xml", span, message).help("no drawing tool nests so deep"));
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let counted = text.as_bytes().chunks(BLOCK).scan(0, |sum, block| {
            let before = *sum;
            *sum += characters(block);
            Some(before)
        });
        let before = counted.collect();
        Ok(Xml { document, file, lines, fixed, before })
    }

    /// The outermost element.
    pub(crate) fn root(&self) -> Node<'_, 't> {
        self.document.root_element()
    }

    /// Where a node begins.
    pub(crate) fn span(&self, node: Node<'_, '_>) -> Span {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let at = node.range().start;
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let columns = self.before(at).saturating_sub(self.before(start));
        let column = columns + 1;
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Span::new(self.file, narrow(line), narrow(column), 0)
    }

    /// How many characters stand before a byte.
    fn before(&self, at: usize) -> usize {
        let block = at / BLOCK;
        let rest = self.document.input_text().as_bytes().get(block * BLOCK..at).map_or(0, characters);
        self.before.get(block).copied().unwrap_or(0) + rest
    }
}

/// Whether the text has a document type with declarations of its own, or one that does not end.
pub(crate) fn declares(text: &str) -> bool {
    let mut rest = body(text.trim_start_matches('\u{feff}'));
    loop {
        let end = if rest.starts_with("<?") {
            rest.find("?>").map(|at| at + 2)
        } else if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest.starts_with("<!DOCTYPE") {
            let mut quote = None;
            let end = rest.bytes().position(|byte| match (quote, byte) {
                (Some(open), _) => {
                    quote = Some(open).filter(|open| *open != byte);
                    false
                }
                (None, b'"' | b'\'') => {
                    quote = Some(byte);
                    false
                }
                (None, _) => byte == b'[' || byte == b'>',
            });
            match end {
                Some(at) if rest.as_bytes().get(at) == Some(&b'>') => Some(at + 1),
                _ => return true,
            }
        } else {
            return false;
        };
        let Some(after) = end.and_then(|end| rest.get(end..)) else { return false };
        rest = body(after);
    }
}

/// How many characters begin in some bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// The place of the first element that lies too deep. Walks without recursion.
fn too_deep(document: &Document<'_>) -> Option<usize> {
    let mut depth = 0usize;
    let mut node = document.root_element();
    loop {
        if depth > MOST_DEPTH {
            return Some(node.range().start);
        }
        if let Some(child) = node.first_element_child() {
            depth += 1;
            node = child;
            continue;
        }
        loop {
            if let Some(next) = node.next_sibling_element() {
                node = next;
                break;
            }
            node = node.parent_element()?;
            depth = depth.checked_sub(1)?;
        }
    }
}

/// The child element of this local name, whatever its namespace prefix.
pub(crate) fn child<'a, 't>(node: Node<'a, 't>, name: &str) -> Option<Node<'a, 't>> {
    children(node, name).next()
}

/// The child elements of this local name.
pub(crate) fn children<'a, 't>(node: Node<'a, 't>, name: &str) -> impl Iterator<Item = Node<'a, 't>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// All text directly in an element.
pub(crate) fn text(node: Node<'_, '_>) -> String {
    node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Xml, child, text};
    use vauban_model::FileId;

    #[test]
    fn nodes_know_their_place() {
        let xml = Xml::parse("<a>\n  <b:c xmlns:b='x'>ü&amp;</b:c>\n</a>", FileId(3)).unwrap();
        let node = child(xml.root(), "c").unwrap();
        assert_eq!((xml.span(node).file, xml.span(node).line, xml.span(node).column), (FileId(3), 2, 3));
        assert_eq!(text(node), "ü&");
    }

    #[test]
    fn places_on_a_long_line_are_right_in_any_order() {
        let text = format!("<a>\n{}</a>", "<b>ü€</b>".repeat(1000));
        let xml = Xml::parse(&text, FileId(0)).unwrap();
        let nodes: Vec<_> = xml.root().children().filter(roxmltree::Node::is_element).collect();
        for (number, node) in nodes.iter().enumerate().rev() {
            assert_eq!((xml.span(*node).line, xml.span(*node).column as usize), (2, number * 9 + 1));
        }
    }

    #[test]
    fn declarations_and_depths_are_refused() {
        for bomb in [
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "<?xml version='1.0'?><!-- > --><!DOCTYPE a SYSTEM \">\" [<!ENTITY b SYSTEM 'file:///c'>]><a>&b;</a>",
        ] {
            assert!(Xml::parse(bomb, FileId(0)).err().unwrap().message.contains("DTD"), "{bomb}");
        }
        let named =
            "<?xml version='1.0'?>\n<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://w3.org/svg11.dtd'>\n<svg/>";
        let xml = Xml::parse(named, FileId(0)).unwrap();
        assert_eq!(xml.span(xml.root()).line, 3);
        assert!(Xml::parse(&named.replace("<svg/>", "<svg>&b;</svg>"), FileId(0)).is_err());
        let deep = "<a>".repeat(300) + &"</a>".repeat(300);
        assert!(Xml::parse(&deep, FileId(0)).err().unwrap().message.contains("deep"));
        let very_deep = "<a>".repeat(100_000);
        assert!(Xml::parse(&very_deep, FileId(0)).is_err());
    }
}
