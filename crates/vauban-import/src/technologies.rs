//! The names under which the library knows technologies, for readers that meet icons: what the library does not know
//! stays a remark, so that a page of icons is no page of warnings.

use rustc_hash::FxHashMap;

/// Every name and the technology it means, one pair a line; made from `library/technologies`.
const NAMES: &str = include_str!("technologies.txt");

/// Looks names up.
#[derive(Debug)]
pub(crate) struct Technologies {
    known: FxHashMap<&'static str, &'static str>,
}

impl Technologies {
    pub(crate) fn new() -> Self {
        Technologies { known: NAMES.lines().filter_map(|line| line.split_once(' ')).collect() }
    }

    /// The technology of this name, which is in lower case and joined by `-`.
    pub(crate) fn find(&self, name: &str) -> Option<&'static str> {
        self.known.get(name).copied()
    }

    /// The first of some names that is known.
    pub(crate) fn first<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&'static str> {
        names.into_iter().find_map(|name| self.find(name))
    }
}
