//! Words, cells and look-ups that several documents share.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::document::{Block, Cell, Column, Inline, Table, text};
use vauban_model::finding::{Applies, Decision, Finding};
use vauban_model::library::Threat;
use vauban_model::model::{Element, ElementRef, RecordedThreat};
use vauban_model::record::{Event, EventKind, is_by_author};
use vauban_model::report::{Report, RiskOf};
use vauban_model::scale::Level;
use vauban_model::state::Verb;
use vauban_model::vocabulary::{Domain, FactId, fact};

use super::{CATALOGUE, Maker, Source};
use crate::digest;
use crate::text::{capital, count, count_verb};

/// What stands in a cell of which nothing is known.
pub(super) const NOT_SAID: &str = "not stated";

/// Cloud grants named for one identity.
const GRANTS: usize = 6;

pub(super) fn heading(level: u8, words: &str, anchor: &str) -> Block {
    Block::Heading { level, text: words.into(), anchor: anchor.into() }
}

pub(super) fn paragraph(words: impl Into<Box<str>>) -> Block {
    Block::Paragraph(text(words))
}

pub(super) fn note(words: impl Into<Box<str>>) -> Block {
    Block::Note(text(words))
}

/// A gap: something that is not known, set apart, with what would close it.
pub(super) fn gap(words: impl Into<Box<str>>) -> Block {
    let words: Box<str> = words.into();
    Block::Note(vec![Inline::Strong("Gap: ".into()), Inline::Text(format!("{}.", words.trim_end_matches('.')).into())])
}

pub(super) fn strong(words: impl Into<Box<str>>) -> Cell {
    vec![Inline::Strong(words.into())]
}

pub(super) fn code(words: impl Into<Box<str>>) -> Cell {
    vec![Inline::Code(words.into())]
}

pub(super) fn level(level: Level) -> Cell {
    vec![Inline::Level(level)]
}

pub(super) fn cell(words: impl Into<Box<str>>) -> Cell {
    text(words)
}

/// A text, or a dash where there is none.
pub(super) fn or_dash(words: &str) -> Cell {
    if words.trim().is_empty() { cell("–") } else { cell(words) }
}

pub(super) fn bullets(items: Vec<Cell>) -> Block {
    Block::List { numbered: false, items }
}

/// A sentence of the analysis, in which names of facts stand in back-ticks.
pub(super) fn said(sentence: &str) -> Vec<Inline> {
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(sentence);
    }
    let piece = |(at, part): (usize, &&str)| match at % 2 {
        0 => Inline::Text((*part).into()),
        _ => Inline::Code((*part).into()),
    };
    parts.iter().enumerate().filter(|(_, part)| !part.is_empty()).map(piece).collect()
}

/// Prose of the library as plain paragraphs: the first so many, without the signs of Markdown.
pub(super) fn prose(markdown: &str, most: usize) -> Vec<Vec<Inline>> {
    let paragraphs = markdown.split("\n\n").map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("```"));
    paragraphs.take(most).map(|it| said(&it.replace("**", "").replace("\n- ", "; ").replace('\n', " "))).collect()
}

/// A table of records: caption, columns, rows, and how they were selected.
pub(super) fn table(id: &str, caption: &str, columns: Vec<Column>, rows: Vec<Vec<Cell>>, selection: String) -> Block {
    Block::Table(Table { id: id.into(), caption: caption.into(), columns, rows, selection: selection.into() })
}

/// The files that were read, at most so many.
pub(super) fn files(report: &Report<'_>, most: usize) -> String {
    // A file may be read twice: as a part of a folder, and for what it is.
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let all: Vec<&str> = report.sources.iter().map(|(_, file)| &*file.name).filter(|name| seen.insert(name)).collect();
    let names: Vec<&str> = all.iter().take(most).copied().collect();
    let more = all.len().saturating_sub(most);
    match (names.is_empty(), more) {
        (true, _) => "no file".to_owned(),
        (_, 0) => names.join(", "),
        _ => format!("{} and {more} more", names.join(", ")),
    }
}

/// Who approved a document as it stands, and when; or why it is not approved. An approval holds only where the record
/// is what was written, no correction calls it void, it is about this system, and it was said of the model as it is: by
/// the hash of its text. An approval of the model stands for every document about it.
pub(super) fn approval(source: &Source<'_>, id: &str) -> Result<String, String> {
    let (record, system) = (source.record, &*source.report.model.system.name);
    let about = |event: &&Event| *event.subject == *id || &*event.subject == "model";
    let approves = |event: &&Event| event.kind == EventKind::Approved && about(event);
    let events = record.in_effect(Some(system), source.report.today);
    let Some((at, last_in_effect)) = events.iter().enumerate().rev().find(|(_, event)| approves(event)) else {
        let any = record.events.iter().any(|event| approves(&event) && event.concerns(system));
        let later = record.in_effect(Some(system), None).into_iter().rfind(approves);
        return Err(match later {
            Some(later) => format!("its approval holds from {} on", later.effective),
            None if any && !record.intact => "the record is not what was written".to_owned(),
            None if any => "the approval was called void".to_owned(),
            None => "no approval of this model is recorded".to_owned(),
        });
    };
    let after = events.get(at + 1..).unwrap_or_default();
    let revokes = |event: &&&Event| {
        matches!(event.kind, EventKind::Rejected | EventKind::Withdrawn) && event.subject == last_in_effect.subject
    };
    if let Some(event) = after.iter().find(revokes) {
        return Err(format!("{} by {} on {}", event.kind.as_str(), event.who, event.effective));
    }
    let said = || {
        let role = if last_in_effect.role.is_empty() { String::new() } else { format!(" ({})", last_in_effect.role) };
        format!("{}{role}, {}", last_in_effect.who, last_in_effect.effective)
    };
    let before = events.get(..at).unwrap_or_default();
    if is_by_author(last_in_effect, before) {
        return Err(format!("the approval of {} is by an author of the model", said()));
    }
    if last_in_effect.content.is_empty() {
        return Err(format!("the approval of {} is bound to no content", said()));
    }
    if !source.model_hashes.iter().any(|hash| **hash == *last_in_effect.content) {
        return Err(format!("the approval of {} is of another state of the model", said()));
    }
    Ok(said())
}

/// Words of an enumeration as people read them.
pub(super) fn spaced(word: &str) -> String {
    // A prefix keeps its hyphen: `semi-trusted`.
    if word.starts_with("semi-") || word.starts_with("non-") { word.to_owned() } else { word.replace('-', " ") }
}

impl<'a> Maker<'a> {
    pub(super) fn name(&self, element: ElementRef) -> String {
        digest::name(self.report.model, element).into_owned()
    }

    pub(super) fn names(&self, domain: Domain, indexes: &[u32]) -> String {
        let names: Vec<String> = indexes.iter().map(|index| self.name(ElementRef { domain, index: *index })).collect();
        names.join(", ")
    }

    /// The word of a fact, or that nobody stated it.
    pub(super) fn word(&self, element: &Element, id: FactId) -> Cell {
        cell(element.word(id).map_or_else(|| NOT_SAID.to_owned(), spaced))
    }

    /// How rows were selected, for [`Table::selection`]: the query, how many of how many, and what is not among them.
    pub(super) fn selection(&self, query: &str, rows: usize, of: usize, not: &str) -> String {
        let day = self.report.today.map(|day| format!(" as of {day}")).unwrap_or_default();
        let completeness = if rows == of { "complete".to_owned() } else { format!("{rows} of {of}") };
        let not = if not.is_empty() { String::new() } else { format!(" Not among them: {not}.") };
        format!(
            "Query: {query}, from {}{day}, with Vauban {}. {}: {completeness}.{not}",
            files(self.report, 3),
            self.report.version,
            capital(&count(rows, "row"))
        )
    }

    /// The threats that people recorded in the model, as they stand: open ones first. Nothing where there are none.
    ///
    /// The document that holds all others has them once, in the catalogue of threats.
    pub(super) fn recorded(&self) -> Vec<Block> {
        let recorded = digest::recorded_by_urgency(self.report.model);
        if self.whole && self.prefix != CATALOGUE && !recorded.is_empty() {
            let there = count_verb(recorded.len(), "threat", "is", "are");
            return vec![paragraph(format!("{there} recorded by people; the threat catalogue has the table."))];
        }
        self.recorded_table(&recorded, "")
    }

    /// The same for some of them, with what is not among them.
    pub(super) fn recorded_table(&self, wanted: &[&RecordedThreat], not: &str) -> Vec<Block> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let columns = vec![
            Column::text("Severity as rated", 2),
            Column::text("Threat", 7).named(),
            Column::text("About", 4),
            Column::text("Category", 2),
            Column::text("State", 2),
            Column::text("What is proposed or done", 5),
        ];
        let rows: Vec<Vec<Cell>> = wanted
            .iter()
            .map(|threat| {
                let about: Vec<String> = threat.elements.iter().map(|it| self.name(*it)).collect();
                let is_open = digest::is_recorded_open(threat);
                let state = match (threat.status.trim(), is_open) {
                    ("", _) => "not stated: open".to_owned(),
                    (word, true) if word.eq_ignore_ascii_case("open") => "open".to_owned(),
                    (word, true) => format!("{word}: open"),
                    (word, false) => format!("{word}: settled"),
                };
                // What was decided about it here stands beside what the model says.
                let state = match self.report.treatment(&threat.id) {
                    Some(it) => {
                        let decided = format!("{}, {}", it.treatment.as_str(), it.stage.as_str()).replace('-', " ");
                        format!("{state}; {decided}")
                    }
                    None => state,
                };
                let done = match threat.mitigation.trim() {
                    "" => String::new(),
                    words if is_open => format!("Proposed: {words}"),
                    words => words.to_owned(),
                };
                vec![
                    digest::recorded_severity(threat).map_or_else(|| or_dash(&threat.severity), level),
                    vec![Inline::Text(format!("{} ", threat.title).into()), Inline::Code(threat.id.clone())],
                    or_dash(&about.join(", ")),
                    or_dash(&threat.categories.join(", ")),
                    cell(state),
                    or_dash(&done),
                ]
            })
            .collect();
        let all = self.report.model.recorded_threats.len();
        let selection =
            self.selection("threats that people recorded in the model, open ones first", rows.len(), all, not);
        vec![
            heading(1, "Recorded by people, not judged here", "recorded"),
            paragraph(
                "People or another tool wrote these down in the model. Their severity and state are as they wrote them; Vauban did not check whether they apply and does not count them among its own.",
            ),
            table("recorded", "Threats recorded by people, not judged here", columns, rows, selection),
        ]
    }

    /// How many of the questions that are listed ask for a threat of which something is true.
    pub(super) fn asking(&self, wanted: impl Fn(&Threat) -> bool) -> usize {
        let of = |at: &u32| self.digest.threat(*at).is_some_and(&wanted);
        self.report.analysis.questions.iter().filter(|question| question.threats.iter().any(of)).count()
    }

    /// What the cloud grants an identity, as far as code or state says: what may be done, and with what. Nothing where
    /// it grants nothing that matters for an attack.
    pub(super) fn granted(&self, identity: ElementRef) -> Cell {
        let mut all: BTreeSet<String> = BTreeSet::new();
        for step in self.report.permitted.iter().filter(|it| it.element == identity && it.applies != Applies::Stopped) {
            let what = if step.label.trim().is_empty() { spaced(&step.consequence) } else { step.label.to_string() };
            let target = if step.target == identity { String::new() } else { format!(": {}", self.name(step.target)) };
            let perhaps = if step.applies == Applies::Asks { " (not certain)" } else { "" };
            all.insert(format!("{what}{target}{perhaps}"));
        }
        let mut words: Vec<String> = all.iter().take(GRANTS).cloned().collect();
        if all.len() > GRANTS {
            words.push(format!("{} more", all.len() - GRANTS));
        }
        or_dash(&words.join("; "))
    }

    pub(super) fn decision(&self, finding: &Finding) -> Option<&'a Decision> {
        finding.decision.and_then(|at| self.report.decisions.get(at as usize))
    }

    /// The risk of an element, as the analysis sums it up.
    pub(super) fn risks(&self) -> BTreeMap<ElementRef, &'a RiskOf> {
        self.report.analysis.risks.iter().map(|risk| (risk.element, risk)).collect()
    }

    /// Whether an element, or what it lies in, is left out.
    pub(super) fn scope(&self, element: ElementRef) -> Cell {
        cell(if self.report.model.in_scope(element) { "in" } else { "out" })
    }

    /// What a threat would do to the business: what its worst path ends in, or the data at stake, with their needs.
    pub(super) fn business_impact(&self, finding: &Finding) -> String {
        let model = self.report.model;
        let path = finding.paths.first().and_then(|id| self.digest.path(id)).map(|(_, path)| path);
        let mut out = match path {
            Some(path) => {
                let goal = path.goal.element;
                let data = if goal.domain == Domain::Data { self.data_words(goal.index) } else { None };
                consequence(&data.unwrap_or_else(|| self.name(goal)), path.goal.verb)
            }
            None => {
                let data: Vec<String> = finding.data.iter().filter_map(|at| self.data_words(*at)).take(3).collect();
                match data.as_slice() {
                    [] => match finding.elements.first() {
                        Some(element) => {
                            format!("Concerns {}; no data of consequence is known there.", self.name(*element))
                        }
                        None => String::new(),
                    },
                    some => format!("Puts at stake: {}.", some.join("; ")),
                }
            }
        };
        let regulated = model.system.words(fact::REGULATED_BY);
        if !finding.data.is_empty() && !regulated.is_empty() {
            let words: Vec<String> = regulated.iter().map(|it| it.to_uppercase()).collect();
            out = format!("{out} Regulated by {}.", words.join(", "));
        }
        out
    }

    /// A data asset with what it needs: `orders (confidential, personal; integrity high)`.
    fn data_words(&self, at: u32) -> Option<String> {
        let data = self.report.model.data.get(at as usize)?;
        let mut needs: Vec<String> = data.word(fact::CLASSIFICATION).map(str::to_owned).into_iter().collect();
        for (name, id) in [("integrity", fact::INTEGRITY), ("availability", fact::AVAILABILITY)] {
            if let Some(word @ ("high" | "critical")) = data.word(id) {
                needs.push(format!("{name} {word}"));
            }
        }
        let needs = if needs.is_empty() { "classification not stated".to_owned() } else { needs.join(", ") };
        Some(format!("{} ({needs})", data.name))
    }

    /// The elements at which a threat's findings stand.
    pub(super) fn places(&self, findings: &[&Finding]) -> BTreeSet<ElementRef> {
        findings.iter().filter_map(|finding| finding.elements.first().copied()).collect()
    }
}

/// The word of an enumeration- or set-typed fact at a position.
pub(super) fn enumeration_word(id: FactId, at: u16) -> Option<&'static str> {
    vauban_model::model::enumeration_of(id).map(|enumeration| enumeration.word(at))
}

/// What it means for the business when an attacker gets so far.
pub(super) fn consequence(name: &str, verb: Verb) -> String {
    match verb {
        Verb::Read => format!("Disclosure of {name}."),
        Verb::Alter => format!("Falsification of {name}."),
        Verb::Deny => format!("Loss of {name}, or of its service."),
        Verb::Reach => format!("Access to {name} from where nobody should have it."),
        Verb::ActAs => format!("Misuse of {name} in somebody else's name."),
        Verb::Administer => format!("Full control of {name}."),
        Verb::RunCode => format!("Code of an attacker runs on {name}."),
        Verb::Hide => format!("Actions on {name} that cannot be traced."),
        Verb::Tag => format!("Access to {name} changed through its labels."),
        Verb::Touch => format!("{name} in the hands of strangers."),
    }
}

/// Two values that share a cell on paper and have a column each in lists for programs.
pub(super) fn pair(first: &str, second: &str) -> Cell {
    let second = Some(second).filter(|it| !it.is_empty()).map(|it| Inline::Text(format!(", {it}").into()));
    std::iter::once(Inline::Text(first.into())).chain(second).collect()
}
