//! The library that is compiled in, and how an organisation's own folder is laid over it.

use vauban_cloud::LibraryText;
use vauban_model::framework::Frameworks;
use vauban_model::{Diagnostic, FileId, SourceMap};
use vauban_rules::frameworks;
use vauban_rules::library::{Library, LibraryFile};

include!(concat!(env!("OUT_DIR"), "/library_files.rs"));

/// Folders of the library that hold no pages.
const NOT_PAGES: [&str; 5] = ["tables/", "vocabulary/", "resources/", "permissions/", frameworks::FOLDER];

/// A file of a library folder that the caller has read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraFile {
    /// The path inside the library folder, such as `threats/ours/x.md`.
    pub path: String,
    /// The name to show in messages.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A library with the files it was read from.
#[derive(Debug)]
pub struct LoadedLibrary {
    /// The library.
    pub library: Library,
    /// Its files, for messages.
    pub sources: SourceMap,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// Files of `resources/` and `permissions/`: the path inside the library and the file.
    tables: Vec<(String, FileId)>,
    /// Files of `frameworks/`: the path inside the library, the file, and whether it comes with Vauban.
    frameworks: Vec<(String, FileId, bool)>,
}

impl LoadedLibrary {
    /// The frameworks of the library and what is wrong with them. Read anew at each call: few commands need them.
    pub fn frameworks(&self) -> (Frameworks, Vec<Diagnostic>) {
        let files = self.frameworks.iter().filter_map(|(path, id, built_in)| {
            let text = &self.sources.get(*id)?.text;
            Some(LibraryFile { id: *id, path, text, built_in: *built_in })
        });
        frameworks::read(&files.collect::<Vec<_>>())
    }

    /// What is wrong with the catalogue of resources and the tables of permissions.
    pub fn infrastructure_problems(&self) -> Vec<Diagnostic> {
        crate::infrastructure::Knowledge::new(self).diagnostics
    }

    /// What the library says about infrastructure: the catalogue of resources and the tables of permissions.
    pub(crate) fn infrastructure_files(&self) -> Vec<LibraryText<'_>> {
        let texts = self.tables.iter().filter_map(|(path, id)| {
            let file = self.sources.get(*id)?;
            Some(LibraryText { id: *id, path, text: &file.text })
        });
        texts.collect()
    }
}

/// Reads the embedded library and what an organisation adds.
pub fn load(extra: &[ExtraFile]) -> LoadedLibrary {
    let mut sources = SourceMap::default();
    let (mut tables, mut catalogues) = (Vec::new(), Vec::new());
    let mut files = Vec::with_capacity(FILES.len() + extra.len());
    for (path, text) in FILES {
        // Tables and the vocabulary are not pages; they are read by name where they are needed.
        if NOT_PAGES.iter().any(|folder| path.starts_with(folder)) {
            if path.starts_with("resources/") || path.starts_with("permissions/") {
                tables.push(((*path).to_owned(), sources.add(format!("library/{path}"), *text)));
            } else if path.starts_with(frameworks::FOLDER) {
                catalogues.push(((*path).to_owned(), sources.add(format!("library/{path}"), *text), true));
            }
            continue;
        }
        let id = sources.add(format!("library/{path}"), *text);
        files.push(LibraryFile { id, path, text, built_in: true });
    }
    for file in extra {
        let id = sources.add(file.name.clone(), file.text.clone());
        if file.path.starts_with("resources/") || file.path.starts_with("permissions/") {
            tables.push((file.path.clone(), id));
            continue;
        }
        if file.path.starts_with(frameworks::FOLDER) {
            catalogues.push((file.path.clone(), id, false));
            continue;
        }
        files.push(LibraryFile { id, path: &file.path, text: &file.text, built_in: false });
    }
    let (library, diagnostics) = Library::read(&files);
    LoadedLibrary { library, sources, diagnostics, tables, frameworks: catalogues }
}

/// The text of one embedded file, such as `tables/attack.csv`.
pub fn file(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}
