//! `templates:`: values that several elements share.

use rustc_hash::FxHashMap;
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Entry, Node};

use crate::keys::{Keys, Slot};
use crate::report::{Report, listed, shown};

/// How many templates may build on one another in a row.
const DEEPEST: usize = 32;

/// The templates of one model, each with everything it inherits.
#[derive(Default)]
pub(crate) struct Templates<'t> {
    index: FxHashMap<&'t str, usize>,
    all: Vec<Template<'t>>,
}

struct Template<'t> {
    name: &'t str,
    span: Span,
    own: &'t [Entry],
    like: Vec<(&'t str, Span)>,
    /// Own values first, then inherited ones that nothing overrides.
    entries: Vec<&'t Entry>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

impl<'t> Templates<'t> {
    /// Reads every `templates:` section.
    pub(crate) fn read(sections: &[&'t Entry], report: &mut Report) -> Self {
        let mut templates = Templates::default();
        for section in sections {
            let Some(entries) = mapping(&section.value, "`templates`", report) else { continue };
            for entry in entries {
                templates.add(entry, report);
            }
        }
        for at in 0..templates.all.len() {
            templates.resolve(at, 0, report);
        }
        templates
    }

    fn add(&mut self, entry: &'t Entry, report: &mut Report) {
        let Some(own) = mapping(&entry.value, "a template", report) else { return };
        if let Some(first) = self.index.get(&*entry.key).and_then(|at| self.all.get(*at)) {
            report.push(duplicate("template", &entry.key, first.span, entry.key_span));
            return;
        }
        let mut like = Vec::new();
        for value in own {
            match allowed(&value.key) {
                Ok(Slot::Like) => like = words(&value.value),
                Ok(_) => {}
                Err(known) => report.unknown_key(&value.key, value.key_span, "a template", &known),
            }
        }
        self.index.insert(&entry.key, self.all.len());
        self.all.push(Template {
            name: &entry.key,
            span: entry.key_span,
            own,
            like,
            entries: Vec::new(),
            state: State::New,
        });
    }

    /// Collects what a template inherits. Called at most [`DEEPEST`] deep.
    fn resolve(&mut self, at: usize, depth: usize, report: &mut Report) {
        let Some(template) = self.all.get_mut(at) else { return };
        if template.state != State::New {
            return;
        }
        template.state = State::Open;
        let mut entries: Vec<&'t Entry> = template.own.iter().filter(|entry| &*entry.key != "like").collect();
        for (word, span) in std::mem::take(&mut template.like) {
            let Some(&parent) = self.index.get(word) else {
                self.unknown(word, span, report);
                continue;
            };
            let name = self.all.get(parent).map_or("", |template| template.name);
            if depth >= DEEPEST {
                let message = format!("more than {DEEPEST} templates build on one another");
                report.push(
                    Diagnostic::error("template-cycle", span, message).help("state the values in fewer templates"),
                );
                continue;
            }
            self.resolve(parent, depth + 1, report);
            let Some(parent) = self.all.get(parent) else { continue };
            if parent.state == State::Open {
                let message = format!("the template `{}` builds on itself", shown(name));
                report.push(
                    Diagnostic::error("template-cycle", span, message)
                        .help("remove this `like`; it is ignored")
                        .related(parent.span, "the template"),
                );
                continue;
            }
            for entry in &parent.entries {
                // Controls add up, each list once however many ways lead to it; of everything else the nearest counts.
                let adds_up = matches!(&*entry.key, "controls" | "lacks");
                let have =
                    |known: &&'t Entry| if adds_up { std::ptr::eq(*known, *entry) } else { known.key == entry.key };
                if !entries.iter().any(have) {
                    entries.push(entry);
                }
            }
        }
        if let Some(template) = self.all.get_mut(at) {
            template.entries = entries;
            template.state = State::Done;
        }
    }

    /// The values of a template, its own before inherited ones.
    pub(crate) fn get(&self, name: &str) -> Option<&[&'t Entry]> {
        let template = self.index.get(name).and_then(|at| self.all.get(*at))?;
        Some(&template.entries)
    }

    /// Reports a template that is not there.
    pub(crate) fn unknown(&self, word: &str, span: Span, report: &mut Report) {
        let help = report.advice(word, self.all.iter().map(|template| template.name), "declare it under `templates:`");
        let message = format!("there is no template `{}`", shown(word));
        report.push(Diagnostic::error("unknown-template", span, message).help(help));
    }

    /// Where every template stands, in order.
    pub(crate) fn places(&self) -> Vec<(Box<str>, Span)> {
        self.all.iter().map(|template| (template.name.into(), template.span)).collect()
    }
}

/// What a key of a template may set, or the keys there are.
fn allowed(key: &str) -> Result<Slot, Vec<&'static str>> {
    let usable =
        |slot: &Slot| !matches!(slot, Slot::From | Slot::To | Slot::Boundaries | Slot::Add | Slot::Drop | Slot::Id);
    let parts = || Domain::ALL.into_iter().filter(|domain| *domain != Domain::System);
    let found = parts().find_map(|domain| Keys::of(domain).slot(key).filter(usable));
    found.ok_or_else(|| {
        let mut known: Vec<&'static str> = Vec::new();
        for domain in parts() {
            let keys = Keys::of(domain);
            for word in &keys.words {
                if keys.slot(word).as_ref().is_some_and(usable) && !known.contains(word) {
                    known.push(word);
                }
            }
        }
        known
    })
}

/// One text or several, what is no text left out: the elements that use the value report it.
fn words(node: &Node) -> Vec<(&str, Span)> {
    let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    items.iter().filter_map(|item| Some((item.as_str()?, item.span))).collect()
}

/// The entries of a mapping; nothing for nothing; a message for anything else.
pub(crate) fn mapping<'t>(node: &'t Node, what: &str, report: &mut Report) -> Option<&'t [Entry]> {
    if node.is_null() {
        return Some(&[]);
    }
    let entries = node.as_mapping();
    if entries.is_none() {
        let message = format!("{what} must be a mapping, not {}", node.kind_name());
        report.push(
            Diagnostic::error("expected-mapping", node.span, message)
                .help("write `key: value` lines, indented below, or `{key: value}`"),
        );
    }
    entries
}

/// An id given twice.
pub(crate) fn duplicate(what: &str, id: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error("duplicate-id", second, format!("the {what} {} is declared twice", listed(&[id])))
        .help("only the first is read; rename or remove one of the two")
        .related(first, "first declared here")
}
