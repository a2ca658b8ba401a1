//! Which elements there are, by id.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::model::{ElementRef, Model};
use vauban_model::vocabulary::Domain;

/// The kinds that `about:` looks through for an id, in this order.
const ABOUT: [Domain; 5] = [Domain::Component, Domain::Flow, Domain::Data, Domain::Boundary, Domain::Identity];

/// The ids of one model, per kind of element.
#[derive(Default)]
pub(crate) struct Names<'n> {
    index: [FxHashMap<&'n str, u32>; 6],
    /// The ids in order: suggestions must not depend on the order of a hash table.
    order: [Vec<&'n str>; 6],
}

impl<'n> Names<'n> {
    /// The names of a finished model.
    pub(crate) fn of_model(model: &'n Model) -> Self {
        let mut names = Names::default();
        for domain in Domain::ALL {
            names.reserve(domain, model.count(domain));
            for (element, known) in model.elements(domain) {
                if domain != Domain::System {
                    names.insert(domain, &known.id, element.index);
                }
            }
        }
        names
    }

    pub(crate) fn reserve(&mut self, domain: Domain, count: usize) {
        self.index[domain as usize].reserve(count);
        self.order[domain as usize].reserve(count);
    }

    /// Takes over all elements of a kind.
    pub(crate) fn adopt(&mut self, domain: Domain, index: FxHashMap<&'n str, u32>, order: Vec<&'n str>) {
        self.index[domain as usize] = index;
        self.order[domain as usize] = order;
    }

    /// Adds an element; an id already known keeps its element.
    pub(crate) fn insert(&mut self, domain: Domain, id: &'n str, index: u32) {
        self.index[domain as usize].entry(id).or_insert(index);
        self.order[domain as usize].push(id);
    }

    /// The element of a kind with this id.
    pub(crate) fn find(&self, domain: Domain, id: &str) -> Option<u32> {
        self.index[domain as usize].get(id).copied()
    }

    /// The ids of a kind, in order.
    pub(crate) fn ids(&self, domain: Domain) -> impl Iterator<Item = &'n str> + Clone + '_ {
        self.order[domain as usize].iter().copied()
    }

    /// All ids, kind by kind.
    pub(crate) fn all_ids(&self) -> impl Iterator<Item = &'n str> + Clone + '_ {
        ABOUT.into_iter().flat_map(|domain| self.ids(domain))
    }

    /// The element of any kind that a word names: `flow:x` is a flow, `system` is the system, and anything else is
    /// looked for among components, flows, data assets, boundaries and identities, in this order.
    pub(crate) fn find_any(&self, word: &str) -> Option<ElementRef> {
        if let Some((kind, id)) = word.split_once(':')
            && let Some(domain) = Domain::parse(kind)
        {
            if domain == Domain::System {
                return Some(ElementRef::SYSTEM);
            }
            if let Some(index) = self.find(domain, id) {
                return Some(ElementRef { domain, index });
            }
        }
        let found = ABOUT.into_iter().find_map(|domain| Some(ElementRef { domain, index: self.find(domain, word)? }));
        found.or_else(|| (word == "system").then_some(ElementRef::SYSTEM))
    }

    /// The shortest word that names an element, given its id.
    pub(crate) fn word(&self, element: ElementRef, id: &str) -> String {
        let id = if element.domain == Domain::System { "system" } else { id };
        if self.find_any(id) == Some(element) { id.to_owned() } else { format!("{}:{id}", element.domain.as_str()) }
    }
}

/// A readable id made of a text: lower case, letters and digits, hyphens between; `otherwise` when nothing is left.
pub(crate) fn slug(text: &str, otherwise: &str) -> String {
    const LONGEST: usize = 48;
    let mut slug = String::new();
    let mut gap = false;
    for character in text.chars().flat_map(char::to_lowercase) {
        if !character.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && !slug.is_empty() {
            // Cut between words, so that two texts with the same beginning do not end in half a word.
            if slug.len() > LONGEST {
                break;
            }
            slug.push('-');
        }
        gap = false;
        // A text without gaps is cut anywhere.
        if slug.len() > LONGEST * 2 {
            break;
        }
        slug.push(character);
    }
    if slug.is_empty() { otherwise.to_owned() } else { slug }
}

/// The ids of one list, some stated and some made.
#[derive(Default)]
pub(crate) struct Ids {
    taken: FxHashMap<Box<str>, Span>,
    /// For every base, a number below which all are taken: a thousand equal texts are not counted up from 2 each.
    next: FxHashMap<String, usize>,
}

impl Ids {
    /// Where an id was taken.
    pub(crate) fn place(&self, id: &str) -> Option<Span> {
        self.taken.get(id).copied()
    }

    /// Takes an id.
    pub(crate) fn take(&mut self, id: &str, span: Span) {
        self.taken.insert(id.into(), span);
    }

    /// The first of `base`, `base-2`, `base-3`, … that is not taken yet.
    pub(crate) fn fresh(&mut self, base: String) -> Box<str> {
        if !self.taken.contains_key(base.as_str()) {
            return base.into();
        }
        let mut number = self.next.get(&base).copied().unwrap_or(2);
        loop {
            let candidate = format!("{base}-{number}");
            if !self.taken.contains_key(candidate.as_str()) {
                self.next.insert(base, number);
                return candidate.into();
            }
            number += 1;
        }
    }
}
