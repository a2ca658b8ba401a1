//! What the typesetter may see: the template, the document's data and pictures, the fonts. Nothing else is there.

use std::collections::BTreeMap;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::fonts;

/// The template.
const TEMPLATE: &str = include_str!("template.typ");

/// One document's world.
pub(crate) struct Pages {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    files: BTreeMap<String, Bytes>,
}

impl Pages {
    /// A world with these files, by their absolute names.
    pub(crate) fn new(files: BTreeMap<String, Vec<u8>>, more_fonts: Vec<Vec<u8>>) -> Self {
        let fonts = fonts::all(more_fonts);
        Pages {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            main: Source::detached(TEMPLATE),
            files: files.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes))).collect(),
        }
    }
}

impl World for Pages {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let known = self.files.iter().find(|(name, _)| {
            VirtualPath::new(name).is_ok_and(|path| RootedPath::new(VirtualRoot::Project, path).intern() == id)
        });
        known.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
