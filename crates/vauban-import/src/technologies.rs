//! The names under which the library knows technologies, for readers that meet icons: what the library does not know
//! stays a remark, so that a page of icons is no page of warnings.

use rustc_hash::FxHashMap;

/// Every name, the technology it means and the kind of component that is, one to a line; made from
/// `library/technologies`.
const NAMES: &str = include_str!("technologies.txt");

/// A technology of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its id.
    pub(crate) id: &'static str,
    /// The kind of component that it is, a word of the vocabulary.
    pub(crate) kind: &'static str,
}

/// Looks names up.
#[derive(Debug)]
pub(crate) struct Technologies {
    known: FxHashMap<&'static str, Known>,
}

impl Technologies {
    pub(crate) fn new() -> Self {
        let entry = |line: &'static str| {
            let (name, rest) = line.split_once(' ')?;
            let (id, kind) = rest.split_once(' ')?;
            Some((name, Known { id, kind }))
        };
        Technologies { known: NAMES.lines().filter_map(entry).collect() }
    }

    /// The technology of this name, which is in lower case and joined by `-`.
    pub(crate) fn known(&self, name: &str) -> Option<Known> {
        self.known.get(name).copied()
    }

    /// The id of the technology of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static str> {
        self.known(name).map(|known| known.id)
    }

    /// The first of some names that is known.
    pub(crate) fn first<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&'static str> {
        names.into_iter().find_map(|name| self.find(name))
    }
}
