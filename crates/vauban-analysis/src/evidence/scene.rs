//! What a pack is made from: the request, the models, and words that all lists share.

use std::collections::{BTreeMap, BTreeSet};

use vauban_export::evidence::{List, sha256, slug};
use vauban_model::Span;
use vauban_model::model::ElementRef;

use crate::session::Session;

/// What a pack is to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The framework it answers, as people read it; empty for none.
    pub framework: String,
    /// First day of the period, `YYYY-MM-DD`.
    pub from: String,
    /// Last day of the period, `YYYY-MM-DD`.
    pub to: String,
    /// The day whose state is shown, `YYYY-MM-DD`.
    pub as_of: String,
    /// When the pack is made, `YYYY-MM-DDTHH:MM:SSZ`; empty: not said.
    pub made: String,
    /// Who makes it; empty: not said.
    pub by: String,
    /// What samples are drawn with.
    pub seed: String,
    /// How many rows a sample holds at most.
    pub sample: usize,
    /// Classification marking; empty for none.
    pub marking: String,
    /// The command that makes the pack again, as people type it.
    pub command: String,
    /// The revision of the repository the models were read at; empty: as the files are.
    pub revision: String,
}

/// One model of a pack.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The model, analysed as of the day whose state is shown.
    pub session: &'a Session,
    /// The model's file or folder, as people type it.
    pub path: &'a str,
}

/// A model with the name of its folder in the pack.
#[derive(Clone, Debug)]
pub(super) struct System<'a> {
    pub(super) session: &'a Session,
    pub(super) path: &'a str,
    /// Different for every model.
    pub(super) slug: String,
}

/// Everything the parts of a pack look at.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) request: &'a Request,
    pub(super) systems: Vec<System<'a>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(request: &'a Request, subjects: &[Subject<'a>]) -> Self {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut systems = Vec::new();
        for subject in subjects {
            let base = slug(super::name(subject.session));
            let mut name = base.clone();
            let mut next = 2u32;
            while !taken.insert(name.clone()) {
                name = format!("{base}-{next}");
                next += 1;
            }
            systems.push(System { session: subject.session, path: subject.path, slug: name });
        }
        Scene { request, systems }
    }

    /// The names of all systems.
    pub(super) fn systems(&self) -> String {
        let names: Vec<&str> = self.systems.iter().map(|system| super::name(system.session)).collect();
        names.join(", ")
    }

    /// Every file that was read, with its hash, by name.
    pub(super) fn inputs(&self) -> Vec<(String, String)> {
        let mut out: BTreeMap<String, String> = BTreeMap::new();
        for system in &self.systems {
            for (_, file) in system.session.project.sources.iter() {
                let bytes = if file.bytes.is_empty() { file.text.as_bytes() } else { &file.bytes };
                out.entry(file.name.clone()).or_insert_with(|| sha256(bytes));
            }
        }
        out.into_iter().collect()
    }

    /// A list of the state on the day, taken from the analysis of each model.
    pub(super) fn state(&self, path: &str, title: &str, columns: &[&'static str]) -> List {
        List { as_of: self.request.as_of.clone(), query: self.request.command.clone(), ..List::new(path, title, columns) }
    }
}

impl System<'_> {
    /// An id that is different from those of other systems in the same list.
    pub(super) fn id(&self, id: &str) -> String {
        format!("{}/{id}", self.slug)
    }

    /// The name for people.
    pub(super) fn name(&self) -> String {
        super::name(self.session).to_owned()
    }

    /// Where something stands, as `file:line`; the line is 0 for what has no lines.
    pub(super) fn place(&self, span: Span) -> String {
        let name = self.session.project.sources.name(span.file);
        if span.line == 0 { name.to_owned() } else { format!("{name}:{}", span.line) }
    }

    /// Names of elements in a cell.
    pub(super) fn names(&self, elements: &[ElementRef]) -> String {
        let names: Vec<&str> = elements.iter().map(|element| self.session.project.model.name(*element)).collect();
        names.join("; ")
    }
}

/// `yes`, `no` or `unknown`.
pub(super) fn known(value: Option<bool>) -> String {
    match value {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
    .to_owned()
}

/// Words in one cell.
pub(super) fn joined(words: &[Box<str>]) -> String {
    words.join("; ")
}
