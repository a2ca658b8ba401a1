//! What a pack is made from: the request, the models, and words that all lists share.

use std::collections::{BTreeMap, BTreeSet};

use vauban_export::evidence::{List, Seal, sha256, slug};
use vauban_model::Span;
use vauban_model::brand::Brand;
use vauban_model::framework::Framework;
use vauban_model::model::ElementRef;
use vauban_model::record::{Event, Record};

use crate::session::Session;

/// What a pack is to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
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
    /// How documents look, with the classification marking.
    pub brand: Brand,
    /// The command that makes the pack again, as people type it.
    pub command: String,
    /// The revision of the repository the models were read at; empty: as the files are.
    pub revision: String,
    /// The commit they were read at or lie on, and whether it holds all that was read as it was read; `None`: not known.
    pub commit: Option<(String, bool)>,
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

/// A record of events, and the systems that keep it.
#[derive(Debug)]
pub(super) struct Records<'a> {
    /// The file's name.
    pub(super) name: &'a str,
    /// The file's text.
    pub(super) text: &'a str,
    pub(super) record: &'a Record,
    /// All events in their order.
    pub(super) events: &'a [Event],
    /// The events in the order in which they took effect, without those that were called wrong.
    pub(super) in_effect: Vec<&'a Event>,
    /// Its number, from 1, where there is more than one.
    number: Option<usize>,
}

/// Everything the parts of a pack look at.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) request: &'a Request,
    pub(super) systems: Vec<System<'a>>,
    /// The framework that the pack answers.
    pub(super) framework: Option<&'a Framework>,
    /// The records, each once.
    pub(super) records: Vec<Records<'a>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(request: &'a Request, subjects: &[Subject<'a>], framework: Option<&'a Framework>) -> Self {
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
        let records = records(&systems, &request.as_of);
        Scene { request, systems, framework, records }
    }

    /// The period, for people.
    pub(super) fn period(&self) -> String {
        format!("{} to {}", self.request.from, self.request.to)
    }

    /// The last day that the pack can speak of: that of the state, or the end of the period where that is earlier.
    pub(super) fn last_day(&self) -> &str {
        self.request.as_of.as_str().min(&self.request.to)
    }

    /// Whether there is a record and all of it is what was written.
    pub(super) fn intact(&self) -> bool {
        self.records.iter().all(|record| record.record.intact)
    }

    /// A list of what happened in the period.
    pub(super) fn happened(&self, path: &str, title: &str, columns: &[&'static str]) -> List {
        let complete = match (self.records.is_empty(), self.intact()) {
            (true, _) => {
                "There is no record of events, so nothing can be listed; that does not mean that nothing happened."
            }
            (false, true) => {
                "The record is append-only and its chain of hashes is whole: no event was changed, taken out or put in. What \
                 nobody wrote down is not in it."
            }
            (false, false) => {
                "THE RECORD IS NOT INTACT: events were changed, taken out, put in or moved. This list shows what it says now."
            }
        };
        List {
            as_of: self.period(),
            // No other command knows the period.
            query: self.request.command.clone(),
            complete: complete.to_owned(),
            ..List::new(path, title, columns)
        }
    }

    /// The names of all systems.
    pub(super) fn systems(&self) -> String {
        let names: Vec<&str> = self.systems.iter().map(|system| super::name(system.session)).collect();
        names.join(", ")
    }

    /// What pins each record.
    pub(super) fn seals(&self) -> Vec<Seal> {
        let seal = |record: &Records<'_>| Seal {
            file: format!("13-record/record{}.jsonl", record.suffix()),
            events: u64::try_from(record.events.len()).unwrap_or(u64::MAX),
            last: record.events.last().map(|event| event.hash.to_string()).unwrap_or_default(),
            intact: record.record.intact,
        };
        self.records.iter().map(seal).collect()
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

    /// The command that makes something of a model again, from its path and the day. Read at a revision, nothing but the whole
    /// pack can be made again.
    pub(super) fn made(&self, system: &System<'_>, command: impl Fn(&str, &str) -> String) -> String {
        if self.request.revision.is_empty() {
            command(&quoted(system.path), &self.request.as_of)
        } else {
            self.request.command.clone()
        }
    }

    /// The same for something of all models: one command for each.
    pub(super) fn again(&self, command: impl Fn(&str, &str) -> String) -> String {
        let mut all: Vec<String> = self.systems.iter().map(|system| self.made(system, &command)).collect();
        all.dedup();
        all.join("; ")
    }

    /// A list of the state on the day, taken from the analysis of each model.
    pub(super) fn state(&self, path: &str, title: &str, columns: &[&'static str]) -> List {
        List {
            as_of: self.request.as_of.clone(),
            query: self.request.command.clone(),
            ..List::new(path, title, columns)
        }
    }
}

/// The record of each system, each file once, as it holds on a day.
fn records<'a>(systems: &[System<'a>], as_of: &str) -> Vec<Records<'a>> {
    let mut out: Vec<Records<'a>> = Vec::new();
    for system in systems {
        let project = &system.session.project;
        let Some(record) = &project.record else { continue };
        let Some(file) = project.record_file.and_then(|id| project.sources.get(id)) else { continue };
        if out.iter().any(|known| known.name == file.name && known.text == file.text) {
            continue;
        }
        out.push(Records {
            name: &file.name,
            text: &file.text,
            record,
            events: &record.events,
            in_effect: record.in_effect(None, Some(as_of)),
            number: None,
        });
    }
    if out.len() > 1 {
        for (number, record) in (1usize..).zip(&mut out) {
            record.number = Some(number);
        }
    }
    out
}

impl Records<'_> {
    /// Whether it is the record of a system.
    pub(super) fn serves(&self, system: &System<'_>) -> bool {
        let project = &system.session.project;
        let file = project.record_file.and_then(|id| project.sources.get(id));
        file.is_some_and(|file| file.name == self.name && file.text == self.text)
    }

    /// What its files' names end in.
    pub(super) fn suffix(&self) -> String {
        self.number.map(|number| format!("-{number}")).unwrap_or_default()
    }

    /// What ids of its events begin with.
    pub(super) fn prefix(&self) -> String {
        self.number.map(|number| format!("{number}/")).unwrap_or_default()
    }

    /// An id that no other event has: the number in the record. A broken record may hold a number twice, so the line tells
    /// them apart.
    pub(super) fn id(&self, event: &Event) -> String {
        let number = event.number;
        if self.record.intact {
            format!("{}{number}", self.prefix())
        } else {
            format!("{}{number}@line-{}", self.prefix(), event.span.line)
        }
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

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || "-_./:=@,".contains(letter)) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
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

/// `yes` or `no`.
pub(super) fn yes_no(value: bool) -> String {
    known(Some(value))
}
