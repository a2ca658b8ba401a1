//! The record of what happened: decisions, approvals, treatments, reviews, changes, incidents, in the order in which they
//! were written down, each bound to the one before by its hash.
//!
//! An event has two times: when it was written down, and from when it holds. Both come from the caller. Nothing is ever
//! edited; what turned out wrong is followed by an event that says so.

use crate::span::Span;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A treatment of a threat was proposed: mitigate, accept, transfer, avoid or false positive.
    Proposed,
    /// A proposal, model, methodology or document was approved, by its content's hash.
    Approved,
    /// A proposal was turned down.
    Rejected,
    /// Work on a treatment began.
    Started,
    /// A treatment was carried out.
    Implemented,
    /// Somebody or something saw that a control is there: with the fact or the document that shows it.
    Verified,
    /// A treatment or acceptance no longer holds, by somebody's word.
    Withdrawn,
    /// A review began.
    ReviewStarted,
    /// A review ended, with what it found; also when nothing changed.
    ReviewClosed,
    /// The model changed: what, and whether it matters.
    ModelChanged,
    /// Something was left out of scope, or how deep to model was chosen, with the reason.
    Scoped,
    /// An incident that touches the system.
    Incident,
    /// New knowledge of threats: a technique, a vulnerability that is exploited.
    Intelligence,
    /// A score by a method other than the methodology's matrix.
    Scored,
    /// An earlier event was wrong; it is named.
    Corrected,
}

impl EventKind {
    /// All, in a fixed order.
    pub const ALL: [EventKind; 15] = [
        EventKind::Proposed,
        EventKind::Approved,
        EventKind::Rejected,
        EventKind::Started,
        EventKind::Implemented,
        EventKind::Verified,
        EventKind::Withdrawn,
        EventKind::ReviewStarted,
        EventKind::ReviewClosed,
        EventKind::ModelChanged,
        EventKind::Scoped,
        EventKind::Incident,
        EventKind::Intelligence,
        EventKind::Scored,
        EventKind::Corrected,
    ];

    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Proposed => "proposed",
            EventKind::Approved => "approved",
            EventKind::Rejected => "rejected",
            EventKind::Started => "started",
            EventKind::Implemented => "implemented",
            EventKind::Verified => "verified",
            EventKind::Withdrawn => "withdrawn",
            EventKind::ReviewStarted => "review-started",
            EventKind::ReviewClosed => "review-closed",
            EventKind::ModelChanged => "model-changed",
            EventKind::Scoped => "scoped",
            EventKind::Incident => "incident",
            EventKind::Intelligence => "intelligence",
            EventKind::Scored => "scored",
            EventKind::Corrected => "corrected",
        }
    }

    /// Whether it is a step in the life of a treatment.
    pub fn is_of_treatment(self) -> bool {
        use EventKind::{Approved, Implemented, Proposed, Rejected, Started, Verified, Withdrawn};
        matches!(self, Proposed | Approved | Rejected | Started | Implemented | Verified | Withdrawn)
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        EventKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One line of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Position in the record, from 1.
    pub number: u64,
    /// When it was written down, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub recorded: Box<str>,
    /// From when it holds, as `YYYY-MM-DD`. Earlier than `recorded` by more than a day: a late entry, shown as such.
    pub effective: Box<str>,
    /// What it is about.
    pub kind: EventKind,
    /// Who did it, as they were called then.
    pub who: Box<str>,
    /// Their role then; may be empty.
    pub role: Box<str>,
    /// What it concerns: a finding's id, a control on an element (`control:mfa@portal`), `model`, `methodology`,
    /// `review:2026-Q3`, or a document's id.
    pub subject: Box<str>,
    /// SHA-256 (64 hexadecimal digits) of the content it was said of; what binds an approval. Empty where it binds
    /// nothing.
    pub content: Box<str>,
    /// Everything else, by name, in the order of names: `reason`, `treatment`, `owner`, `until`, `due`, `evidence`,
    /// `people`, `scope`, `outcome`, …
    pub details: Vec<(Box<str>, Box<str>)>,
    /// Hash of the event before; 64 zeros for the first.
    pub previous: Box<str>,
    /// Hash of this event, over everything above in its canonical form.
    pub hash: Box<str>,
    /// Where it stands.
    pub span: Span,
}

impl Event {
    /// A detail by its name.
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }
}

/// The detail in which an event that was joined from another copy of the record cites the hash it had there.
pub const ORIGINAL: &str = "original";
/// The detail in which a correction names the hash of the event that was wrong.
pub const CORRECTS: &str = "corrects";
/// The detail that names the system, for records that several models share.
pub const SYSTEM: &str = "system";
/// The detail that says when a joined event was first written down.
pub const ORIGINAL_RECORDED: &str = "original-recorded";

impl Event {
    /// When it was first written down: in the copy of the record it was joined from, where it was.
    pub fn first_recorded(&self) -> &str {
        self.detail(ORIGINAL_RECORDED).unwrap_or(&self.recorded)
    }

    /// Whether it is a correction that calls another event void.
    fn voids(&self, event: &Event) -> bool {
        let named = self.detail(CORRECTS).filter(|hash| !hash.is_empty());
        self.kind == EventKind::Corrected
            && named.is_some_and(|hash| *hash == *event.hash || event.detail(ORIGINAL) == Some(hash))
    }

    /// Whether it is about a system: one that names none is about every one that shares the record.
    pub fn concerns(&self, system: &str) -> bool {
        self.detail(SYSTEM).is_none_or(|named| *named == *system)
    }

    /// Whether it was written down more than a day after the day from which it holds.
    pub fn is_late(&self) -> bool {
        let recorded = self.recorded.split('T').next().unwrap_or_default();
        crate::day::between(&self.effective, recorded).is_some_and(|days| days > 1)
    }
}

/// What is to be written down: an event before it has its place and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it is written down, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub recorded: Box<str>,
    /// From when it holds, as `YYYY-MM-DD`.
    pub effective: Box<str>,
    /// What it is about.
    pub kind: EventKind,
    /// Who did it.
    pub who: Box<str>,
    /// Their role; may be empty.
    pub role: Box<str>,
    /// What it concerns, as in [`Event::subject`].
    pub subject: Box<str>,
    /// SHA-256 of the content it is said of, or empty.
    pub content: Box<str>,
    /// Everything else, by name, in the order of names.
    pub details: Vec<(Box<str>, Box<str>)>,
}

impl Entry {
    /// An entry that holds from the day on which it is written down.
    pub fn new(kind: EventKind, subject: &str, who: &str, recorded: &str) -> Self {
        Entry {
            recorded: recorded.into(),
            effective: recorded.split('T').next().unwrap_or_default().into(),
            kind,
            who: who.into(),
            role: Box::default(),
            subject: subject.into(),
            content: Box::default(),
            details: Vec::new(),
        }
    }

    /// With a detail; an empty one is left out, a known one replaced.
    #[must_use]
    pub fn detail(mut self, name: &str, value: &str) -> Self {
        self.details.retain(|(known, _)| **known != *name);
        if !value.is_empty() {
            let at = self.details.partition_point(|(known, _)| **known < *name);
            self.details.insert(at, (name.into(), value.into()));
        }
        self
    }

    /// With a role.
    #[must_use]
    pub fn role(mut self, role: &str) -> Self {
        self.role = role.into();
        self
    }

    /// Bound to a content by its SHA-256.
    #[must_use]
    pub fn content(mut self, hash: &str) -> Self {
        self.content = hash.into();
        self
    }
}

/// The record as read: its events, and whether they are what was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The events in order.
    pub events: Vec<Event>,
    /// Whether every hash, number and link is right and the end is where the seal says it is.
    pub intact: bool,
}

impl Record {
    /// The events about something, in order.
    pub fn about<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(move |event| *event.subject == *subject)
    }

    /// The events that hold on a day, in the order in which they took effect: by the day from which they hold, then by when
    /// they were first written down, then by their place. Those that a correction calls void are left out.
    ///
    /// `system`: only those about it; `None`: about any. `today`: only those that hold by that day, and only corrections
    /// that do; `None`: all. A record that is not what was written has no events that hold.
    pub fn in_effect(&self, system: Option<&str>, today: Option<&str>) -> Vec<&Event> {
        let held = self.history(system, today).into_iter();
        held.filter(|happened| happened.void.is_none()).map(|happened| happened.event).collect()
    }

    /// The same, with the events that a correction calls void, and that correction.
    pub fn history(&self, system: Option<&str>, today: Option<&str>) -> Vec<Happened<'_>> {
        if !self.intact {
            return Vec::new();
        }
        let holds = |event: &&Event| {
            // Days of this shape sort as text.
            today.is_none_or(|today| &*event.effective <= today) && system.is_none_or(|system| event.concerns(system))
        };
        let corrections = self.corrections(&holds);
        let mut out: Vec<Happened<'_>> = self
            .events
            .iter()
            .filter(holds)
            .map(|event| Happened { event, void: corrections.iter().find(|it| it.voids(event)).copied() })
            .collect();
        out.sort_by_key(|it| (&*it.event.effective, it.event.first_recorded(), it.event.number));
        out
    }

    /// The corrections that hold: one that a later one calls void does not.
    fn corrections(&self, holds: &dyn Fn(&&Event) -> bool) -> Vec<&Event> {
        let mut out: Vec<&Event> = Vec::new();
        for event in self.events.iter().rev().filter(|event| event.kind == EventKind::Corrected && holds(event)) {
            if !out.iter().any(|later| later.voids(event)) {
                out.push(event);
            }
        }
        out
    }
}

/// Whether a closed review is independent: it says so, and nobody who took part in it is one of the [`makers`] of what was
/// reviewed. `events`: those that hold.
pub fn independent(review: &Event, events: &[&Event]) -> bool {
    let said = review.kind == EventKind::ReviewClosed && review.detail("independent") == Some("yes");
    // Who is named in the end took part, whoever was to when it began.
    let mut told = std::iter::once(review).chain(
        events.iter().rev().copied().filter(|it| it.kind == EventKind::ReviewStarted && it.subject == review.subject),
    );
    let named = told.find_map(|it| it.detail("people")).unwrap_or_default().split(',').map(str::trim);
    let mut took_part = named.filter(|name| !name.is_empty()).chain([&*review.who]);
    let before: Vec<&Event> = events.iter().copied().filter(|it| it.number < review.number).collect();
    let makers = makers(&before);
    said && took_part.all(|name| !makers.iter().any(|maker| same_person(maker, name)))
}

/// Whether somebody approved what they made: one who says that they are its author, or who changed the model before. As with
/// treatments, an author is not an approver.
///
/// `before`: the events that hold and came before the approval.
pub fn is_by_author(approval: &Event, before: &[&Event]) -> bool {
    let says = approval.role.split(|letter: char| !letter.is_alphanumeric());
    says.into_iter().any(|word| word.eq_ignore_ascii_case("author"))
        || before.iter().any(|it| it.kind == EventKind::ModelChanged && same_person(&it.who, &approval.who))
}

/// Who made a model as far as events tell: those who proposed what is done about its threats, changed it or said what is
/// out of its scope. Each once, in the order of the events.
pub fn makers<'a>(events: &[&'a Event]) -> Vec<&'a str> {
    let made =
        |event: &&&Event| matches!(event.kind, EventKind::Proposed | EventKind::ModelChanged | EventKind::Scoped);
    let mut out: Vec<&str> = Vec::new();
    for event in events.iter().filter(made) {
        if !out.iter().any(|known| same_person(known, &event.who)) {
            out.push(&event.who);
        }
    }
    out
}

/// An event, and the correction that calls it void where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened<'a> {
    /// What happened.
    pub event: &'a Event,
    /// The correction that says it was wrong.
    pub void: Option<&'a Event>,
}

/// Whether two names are one person's: the same letters, whatever their case, the space around and between them, and
/// characters that show nothing; or the same address where both have one, as `Ada <ada@example.com>` does. An address on one
/// side only says nothing.
pub fn same_person(one: &str, other: &str) -> bool {
    let same = |said: fn(&str) -> String| {
        let address = |name: &str| said(address(name).map_or("", |(_, address)| address));
        of_name(&said(one)) == of_name(&said(other)) || !address(one).is_empty() && address(one) == address(other)
    };
    // By their letters, and by their looks: what differs in one of them only is one person.
    same(lower) || same(letters)
}

/// What of a name tells people apart: its letters in lower case, without space and without what shows nothing, and without
/// an address behind the name.
pub fn person(name: &str) -> String {
    of_name(&letters(&lower(name)))
}

/// A name without an address behind it.
fn of_name(name: &str) -> String {
    match address(name) {
        Some(("", address)) => address.to_owned(),
        Some((name, _)) => name.to_owned(),
        None => name.to_owned(),
    }
}

/// The letters in lower case, without space and what shows nothing.
fn lower(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_whitespace() && !shows_nothing(*letter))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The same by their looks.
fn letters(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_whitespace() && !shows_nothing(*letter))
        .flat_map(|letter| plain(letter).to_lowercase())
        .map(plain)
        .collect()
}

/// The Latin letter that one of another alphabet cannot be told from by sight, or the letter itself: of Cyrillic and Greek, as
/// capitals or small, and the wide forms. A name that only looks like another must not pass for somebody else. Names that are
/// of another alphabet throughout stay as different from one another as they were, but for letters that look alike.
/// Source: the reading of the letters; a part of what Unicode's UTS 39 calls confusable.
fn plain(letter: char) -> char {
    match letter {
        'а' | 'А' | 'Α' | 'α' => 'a',
        'В' | 'Β' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'Ε' => 'e',
        'Н' | 'Η' | 'һ' => 'h',
        'і' | 'І' | 'Ι' | 'ι' | 'ı' => 'i',
        'ј' | 'Ј' => 'j',
        'К' | 'Κ' | 'κ' | 'к' => 'k',
        'М' | 'Μ' => 'm',
        'Ν' => 'n',
        'о' | 'О' | 'Ο' | 'ο' => 'o',
        'р' | 'Р' | 'Ρ' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' | 'Ѕ' => 's',
        'Т' | 'Τ' => 't',
        'ν' => 'v',
        'ԝ' => 'w',
        'х' | 'Х' | 'Χ' | 'χ' => 'x',
        'у' | 'У' | 'Υ' => 'y',
        'Ζ' => 'z',
        '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => {
            char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter)
        }
        _ => letter,
    }
}

/// A name and the address in brackets behind it, as mail and git write them.
fn address(name: &str) -> Option<(&str, &str)> {
    let name = name.trim();
    let (before, inside) = match name.chars().last()? {
        '>' => name.strip_suffix('>')?.rsplit_once('<')?,
        ')' => name.strip_suffix(')')?.rsplit_once('(')?,
        _ => return None,
    };
    inside.contains('@').then(|| (before.trim(), inside.trim()))
}

/// The first character of a name that no name needs and that could make one pass for another: control characters and those
/// that show nothing. Joiners and variation selectors are spared, names in some scripts are written with them.
pub fn unfit_in_name(name: &str) -> Option<char> {
    let spared = |letter: char| {
        matches!(letter,
            '\u{200C}' | '\u{200D}' | '\u{180B}'..='\u{180D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
    };
    name.chars().find(|letter| shows_nothing(*letter) && !spared(*letter))
}

/// Whether a character shows nothing: the control characters, and those with the property `Default_Ignorable_Code_Point`
/// of Unicode 16 (DerivedCoreProperties.txt), the empty Braille cell and the two separators.
fn shows_nothing(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::{same_person, unfit_in_name};

    #[test]
    fn a_letter_of_another_alphabet_that_looks_the_same_makes_nobody_else() {
        assert!(
            same_person("Ada", "\u{410}da")
                && same_person("ADA", "A\u{FF24}A")
                && same_person("Bob", "\u{412}\u{3bf}b")
        );
        assert!(same_person("Анна", "анна") && !same_person("Анна", "Ольга") && !same_person("Νίκος", "Μαρία"));
    }

    #[test]
    fn a_name_is_told_by_its_letters() {
        for other in [
            "ada lovelace",
            " ADA\u{a0}Lovelace ",
            "Ada\tLovelace",
            "Ada\u{200B} Love\u{AD}lace",
            "A\u{200D}daLovelace",
        ] {
            assert!(same_person("Ada Lovelace", other), "{other:?}");
        }
        assert!(!same_person("Ada", "Bob") && !same_person("José", "Jose"));
        for other in
            ["Ada <ada@example.com>", "ada<ADA@example.com >", "Ada (ada@example.com)", "Ada <ada@other.example>"]
        {
            assert!(same_person("Ada", other) && same_person(other, "Ada"), "{other:?}");
        }
        assert!(same_person("<ada@example.com>", "ADA@example.com"));
        assert!(same_person("Ada L. <ada@example.com>", "A. Lovelace <ada@example.com>"), "one address, one person");
        assert!(!same_person("Ada <ada@example.com>", "Bob <bob@example.com>"));
        assert!(!same_person("Ada (security)", "Ada (sales)") && !same_person("<>", "()"), "no addresses");
        assert_eq!(unfit_in_name("Ada\u{1b}[31m"), Some('\u{1b}'));
        assert_eq!(unfit_in_name("Ada\u{2060}"), Some('\u{2060}'));
        assert_eq!(unfit_in_name("José Ñandú 葛\u{E0100} علی\u{200c}رضا"), None);
    }
}
