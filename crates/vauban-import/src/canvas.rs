//! A page of a drawing that is written as text: names stand for shapes, blocks for what is around them, and whoever is
//! named first exists from then on.

use rustc_hash::FxHashMap;
use vauban_model::Span;

use crate::sketch::{Connector, Curve, Drawn, End, Page, Role, Shape};

/// Blocks inside blocks at most.
const MOST_DEPTH: usize = 100;

/// A page in the making.
#[derive(Debug)]
pub(crate) struct Canvas {
    /// The page so far.
    pub(crate) page: Page,
    of: FxHashMap<String, usize>,
    /// Open blocks, and those that are only brackets.
    open: Vec<Option<usize>>,
    too_deep: usize,
}

impl Canvas {
    /// An empty page.
    pub(crate) fn new(name: &str, span: Span) -> Self {
        let page = Page {
            id: String::new(),
            name: name.to_owned(),
            shapes: Vec::new(),
            lines: Vec::new(),
            connectors: Vec::new(),
            reach: 0.0,
            span,
        };
        Canvas { page, of: FxHashMap::default(), open: Vec::new(), too_deep: 0 }
    }

    /// Whether nothing was drawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.page.shapes.is_empty() && self.page.connectors.is_empty()
    }

    /// The shape with this name.
    pub(crate) fn find(&self, alias: &str) -> Option<usize> {
        self.of.get(alias).copied()
    }

    /// The innermost block around what comes next.
    fn around(&self) -> Option<usize> {
        self.open.iter().rev().find_map(|block| *block)
    }

    /// Draws a shape; one that was only named so far becomes this one. Returns its number.
    pub(crate) fn draw(&mut self, alias: &str, role: Role, mut drawn: Drawn) -> usize {
        alias.clone_into(&mut drawn.native);
        let mut parent = self.around();
        if role == Role::Zone {
            // A zone lies in a zone: what is drawn around it and is none, is no place.
            let is_zone = |index: &usize| self.page.shapes.get(*index).is_some_and(|shape| shape.role == Role::Zone);
            parent = self.open.iter().rev().filter_map(|block| *block).find(is_zone);
        }
        if let Some(known) = self.find(alias) {
            if let Some(shape) = self.page.shapes.get_mut(known) {
                *shape = Shape {
                    drawn,
                    role,
                    rect: None,
                    parent: parent.filter(|around| *around != known).or(shape.parent),
                };
            }
            return known;
        }
        let index = self.page.shapes.len();
        self.of.insert(alias.to_owned(), index);
        self.page.shapes.push(Shape { drawn, role, rect: None, parent });
        index
    }

    /// A shape that is named by somebody; it exists from now on.
    pub(crate) fn named(&mut self, alias: &str, span: Span) -> usize {
        if let Some(known) = self.find(alias) {
            return known;
        }
        let mut drawn = Drawn::at(span);
        alias.clone_into(&mut drawn.name);
        self.draw(alias, Role::Component, drawn)
    }

    /// Opens a block: a shape's, or one that is only a bracket. Returns whether there is room.
    pub(crate) fn open(&mut self, shape: Option<usize>) -> bool {
        if self.open.len() >= MOST_DEPTH {
            self.too_deep += 1;
            return false;
        }
        self.open.push(shape);
        true
    }

    /// Closes the innermost block; returns whether there was one.
    pub(crate) fn close(&mut self) -> bool {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return true;
        }
        self.open.pop().is_some()
    }

    /// How many blocks are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len() + self.too_deep
    }

    /// Puts a shape into the block that is open now.
    pub(crate) fn adopt(&mut self, index: usize) {
        let around = self.around().filter(|around| *around != index);
        if let Some(shape) = self.page.shapes.get_mut(index).filter(|shape| shape.parent.is_none()) {
            shape.parent = around;
        }
    }

    /// Draws a flow between two names.
    pub(crate) fn connect(&mut self, source: &str, target: &str, drawn: Drawn) {
        let end = |alias: &str| End { on: Some(alias.to_owned()), point: None };
        self.page.connectors.push(Connector {
            drawn,
            source: end(source),
            target: end(target),
            bends: Vec::new(),
            curve: Curve::Straight,
        });
    }
}
