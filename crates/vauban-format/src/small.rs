//! Values that are read the same way wherever they stand: texts, lists, yes and no, references.

use rustc_hash::FxHashSet;
use vauban_model::model::{ElementRef, Origin};
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Node};

use crate::document::said;
use crate::keys::{a, noun, section};
use crate::names::Names;
use crate::report::{Reference, Report, shown};
use crate::templates::Templates;

/// Reads the values of one document against the names of its model.
pub(crate) struct Decoder<'n, 't> {
    pub(crate) names: &'n Names<'n>,
    pub(crate) templates: &'n Templates<'t>,
    pub(crate) report: Report,
    pub(crate) references: Vec<Reference>,
    /// How the facts came to be known: stated in a model, answered in an overlay.
    pub(crate) origin: Origin,
    /// Whether keys for overlays mean something.
    pub(crate) overlay: bool,
    /// Flows that were left out because an end is missing: what mentions them need not be reported as well.
    pub(crate) broken: FxHashSet<String>,
}

impl<'t> Decoder<'_, 't> {
    /// A text; `None` when nothing is given, and with a message when it is something else.
    pub(crate) fn text(&mut self, key: &str, node: &'t Node) -> Option<&'t str> {
        let text = node.as_str();
        if text.is_none() && !node.is_null() {
            self.expected("expected-text", key, "text", node, "write it on one line, or in quotes");
        }
        text
    }

    /// A text that is kept.
    pub(crate) fn boxed(&mut self, key: &str, node: &'t Node) -> Option<Box<str>> {
        self.text(key, node).map(Box::from)
    }

    /// One value or several: the items of a list, or the node itself; a message for a mapping.
    pub(crate) fn items(&mut self, key: &str, node: &'t Node) -> &'t [Node] {
        match &node.kind {
            Kind::Sequence(items) => items,
            Kind::Scalar(_) if node.is_null() => &[],
            Kind::Scalar(_) => std::slice::from_ref(node),
            Kind::Mapping(_) => {
                self.expected("expected-list", key, "a list", node, "write `[one, two]`, or `- one` lines");
                &[]
            }
        }
    }

    /// One text or several; what is no text is reported and left out.
    pub(crate) fn texts(&mut self, key: &str, node: &'t Node) -> Vec<Box<str>> {
        let items = self.items(key, node);
        items.iter().filter_map(|item| self.boxed(key, item)).collect()
    }

    /// A yes or no.
    pub(crate) fn yes_no(&mut self, key: &str, node: &'t Node) -> Option<bool> {
        let answer = node.as_bool();
        if answer.is_none() && !node.is_null() {
            self.expected("expected-yes-no", key, "yes or no", node, "write `yes` or `no`, unquoted");
        }
        answer
    }

    /// `key` takes something else than what stands there.
    pub(crate) fn expected(&mut self, code: &'static str, key: &str, wanted: &str, node: &Node, help: &str) {
        let message = format!("`{}` takes {wanted}, not {}", shown(key), said(node));
        self.report.push(Diagnostic::error(code, node.span, message).help(help));
    }

    /// The element of a kind that a word names, or a message.
    pub(crate) fn find(&mut self, domain: Domain, word: &str, span: Span) -> Option<u32> {
        if let Some(index) = self.names.find(domain, word) {
            self.refer(span, ElementRef { domain, index });
            return Some(index);
        }
        if domain == Domain::Flow && self.broken.contains(word) {
            return None;
        }
        if self.report.heard("unknown-element", span) {
            return None;
        }
        let elsewhere = self.names.find_any(word).filter(|found| found.domain != Domain::System);
        let help = match self.report.suggest(word, self.names.ids(domain)) {
            Some(meant) => format!("did you mean `{}`?", shown(meant)),
            None => match elsewhere {
                Some(other) => format!("`{}` is {}; here it takes {}", shown(word), a(other.domain), a(domain)),
                None => self.report.advice(
                    word,
                    self.names.ids(domain),
                    &format!("declare it under `{}:`", section(domain)),
                ),
            },
        };
        let message = format!("there is no {} `{}`", noun(domain), shown(word));
        self.report.push(Diagnostic::error("unknown-element", span, message).help(help));
        None
    }

    /// The element of a kind that a node names, or a message.
    pub(crate) fn reference(&mut self, domain: Domain, key: &str, node: &'t Node) -> Option<u32> {
        let word = self.text(key, node)?;
        self.find(domain, word, node.span)
    }

    /// The elements of a kind that a node names, in order; those that do not exist are reported and left out.
    pub(crate) fn references(&mut self, domain: Domain, key: &str, node: &'t Node) -> Vec<u32> {
        let items = self.items(key, node);
        items.iter().filter_map(|item| self.reference(domain, key, item)).collect()
    }

    /// The elements of any kind that a node names.
    pub(crate) fn about(&mut self, key: &str, node: &'t Node) -> Vec<ElementRef> {
        let items = self.items(key, node);
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let Some(word) = self.text(key, item) else { continue };
            if let Some(element) = self.names.find_any(word) {
                self.refer(item.span, element);
                found.push(element);
            } else if !self.broken.contains(word.strip_prefix("flow:").unwrap_or(word)) {
                let help = self.report.advice(word, self.names.all_ids(), "declare it first, or correct the id");
                let message = format!("there is no element `{}`", shown(word));
                self.report.push(Diagnostic::error("unknown-element", item.span, message).help(help));
            }
        }
        found
    }

    /// Remembers a reference for editors. What a template says is remembered once, for the template's own place.
    pub(crate) fn refer(&mut self, span: Span, target: ElementRef) {
        if !self.report.shared || self.references.last().is_none_or(|last| last.span != span) {
            self.references.push(Reference { span, target });
        }
    }
}
