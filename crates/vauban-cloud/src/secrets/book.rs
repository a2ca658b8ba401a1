//! The credentials found so far, by every form in which each can occur.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::Text;

use super::{Credential, Holding, Owner, Place};

/// A form in which a credential occurs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// A reference to this attribute of the resource at this address, or to something below it.
    Attribute(Text, Text),
    /// An input or computation of this name that is not known.
    Unknown(Text),
    /// This text.
    Text(Text),
    /// A file at this path.
    File(Text),
}

/// Shortest text that is searched for inside longer texts.
pub(super) const WINDOW: usize = 8;

/// Literal texts of one length, each with its credential.
type Literals = FxHashMap<Text, u32>;

#[derive(Debug, Default)]
pub(super) struct Book {
    credentials: Vec<Credential>,
    by_form: FxHashMap<Form, u32>,
    /// Attributes of an address that are credentials.
    by_address: FxHashMap<Text, Vec<(Text, u32)>>,
    /// Literal texts by their first bytes, then by their length: thousands that begin alike are looked up, not tried.
    windows: FxHashMap<[u8; WINDOW], Vec<(usize, Literals)>>,
    plain: FxHashMap<Text, Vec<(u32, u32)>>,
    ids: FxHashSet<Text>,
    /// How many of one id there are.
    counts: FxHashMap<Text, u32>,
    held: FxHashSet<(u32, u32, Place, Text)>,
}

impl Book {
    /// The credential that has one of these forms, or a new one; all the forms are its own from now on.
    pub(super) fn add(&mut self, forms: &[Form], id: &str, name: &str, span: Span) -> u32 {
        let known = forms.iter().find_map(|form| self.by_form.get(form).copied());
        let at = known.unwrap_or_else(|| {
            let at = u32::try_from(self.credentials.len()).unwrap_or(u32::MAX);
            let mut unique = Text::from(id);
            let count = self.counts.entry(unique.clone()).or_insert(1);
            while self.ids.contains(&unique) {
                *count += 1;
                unique = format!("{id}#{count}").into();
            }
            self.ids.insert(unique.clone());
            self.credentials.push(Credential {
                id: unique,
                name: name.into(),
                owners: Vec::new(),
                holdings: Vec::new(),
                span,
                assumptions: Vec::new(),
                written: false,
            });
            at
        });
        if forms.iter().any(|form| matches!(form, Form::Text(_))) {
            self.write(at);
        }
        for form in forms {
            if self.by_form.contains_key(form) {
                continue;
            }
            self.by_form.insert(form.clone(), at);
            match form {
                Form::Attribute(address, attribute) => {
                    self.by_address.entry(address.clone()).or_default().push((attribute.clone(), at));
                }
                Form::Text(text) => {
                    if let Some(first) = text.as_bytes().first_chunk::<WINDOW>() {
                        let by_length = self.windows.entry(*first).or_default();
                        match by_length.iter_mut().find(|(length, _)| *length == text.len()) {
                            Some((_, texts)) => {
                                texts.insert(text.clone(), at);
                            }
                            None => by_length.push((text.len(), FxHashMap::from_iter([(text.clone(), at)]))),
                        }
                    }
                }
                Form::Unknown(_) | Form::File(_) => {}
            }
        }
        at
    }

    /// Says whose a credential is.
    pub(super) fn own(&mut self, credential: u32, owner: Owner) {
        if let Some(found) = self.credentials.get_mut(credential as usize)
            && !found.owners.contains(&owner)
        {
            found.owners.push(owner);
        }
    }

    /// Says what a credential leans on.
    pub(super) fn assume(&mut self, credential: u32, what: String) {
        if let Some(found) = self.credentials.get_mut(credential as usize)
            && !found.assumptions.iter().any(|known| **known == *what)
        {
            found.assumptions.push(what.into());
        }
    }

    /// Says what a credential leans on that has no owner.
    pub(super) fn assume_unowned(&mut self, credential: u32, what: String) {
        if self.credentials.get(credential as usize).is_some_and(|found| found.owners.is_empty()) {
            self.assume(credential, what);
        }
    }

    /// Says where a credential lies; false when that was known.
    pub(super) fn hold(&mut self, credential: u32, holding: Holding) -> bool {
        let Some(found) = self.credentials.get_mut(credential as usize) else { return false };
        if !self.held.insert((credential, holding.resource, holding.place, holding.attribute.clone())) {
            return false;
        }
        found.holdings.push(holding);
        true
    }

    /// Whether a resource is an owner of a credential.
    pub(super) fn owns(&self, credential: u32, resource: u32) -> bool {
        self.credentials.get(credential as usize).is_some_and(|found| {
            found.owners.iter().any(|owner| matches!(owner, Owner::Login(at) | Owner::Principal(at) if *at == resource))
        })
    }

    /// The credential that has exactly this form.
    pub(super) fn of(&self, form: &Form) -> Option<u32> {
        self.by_form.get(form).copied()
    }

    /// The credentials that are this attribute of a resource, are inside it, or contain it.
    pub(super) fn of_attribute(&self, address: &str, attribute: &str) -> impl Iterator<Item = u32> {
        self.by_address
            .get(address)
            .into_iter()
            .flatten()
            .filter_map(move |(known, at)| (covers(known, attribute) || covers(attribute, known)).then_some(*at))
    }

    /// Remembers a password too plain to be searched for: it counts only beside the name of what it opens.
    pub(super) fn plain(&mut self, password: &str, credential: u32, owner: u32) {
        self.plain.entry(password.into()).or_default().push((credential, owner));
        self.write(credential);
    }

    /// The text of a credential was read.
    pub(super) fn write(&mut self, credential: u32) {
        if let Some(found) = self.credentials.get_mut(credential as usize) {
            found.written = true;
        }
    }

    /// Credentials with this plain password, with the resource that each opens.
    pub(super) fn plain_ones(&self, password: &str) -> &[(u32, u32)] {
        self.plain.get(password).map_or(&[], Vec::as_slice)
    }

    /// Calls a function with every credential whose literal text stands in a text, as a word of its own. Linear in the
    /// text: each position is looked up by the bytes that begin there.
    pub(super) fn inside(&self, text: &str, found: &mut dyn FnMut(u32)) {
        if self.windows.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        for (at, window) in bytes.windows(WINDOW).enumerate() {
            let Ok(window) = <[u8; WINDOW]>::try_from(window) else { continue };
            let Some(by_length) = self.windows.get(&window) else { continue };
            for (length, texts) in by_length {
                let stands = text.get(at..at.saturating_add(*length)).and_then(|text| texts.get_key_value(text));
                let Some((literal, credential)) = stands else { continue };
                let rest = bytes.get(at..).unwrap_or_default();
                let before = at.checked_sub(1).and_then(|at| bytes.get(at));
                // `-psecret` is how clients of databases are given a password.
                let option = bytes.get(..at).is_some_and(|before| before.ends_with(b" -p"));
                if (option || apart(before, literal.as_bytes().first()))
                    && apart(rest.get(literal.len()), literal.as_bytes().last())
                {
                    found(*credential);
                }
            }
        }
    }

    /// The credentials, each holding once.
    pub(super) fn finish(self) -> Vec<Credential> {
        self.credentials
    }
}

/// Whether `outer` is the path or above it.
pub(super) fn covers(outer: &str, path: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a neighbour does not continue a word.
fn apart(neighbour: Option<&u8>, edge: Option<&u8>) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    !(word(neighbour) && word(edge))
}
