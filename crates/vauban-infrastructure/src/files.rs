//! The folder with what was opened already, and paths inside it.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vauban_model::FileId;

use crate::{InputFile, Tree};

/// Opens each file once.
pub(crate) struct Files<'t, 'a> {
    tree: &'t mut Tree<'a>,
    opened: FxHashMap<Arc<str>, (FileId, Arc<str>)>,
    by_id: FxHashMap<FileId, Arc<str>>,
}

impl<'t, 'a> Files<'t, 'a> {
    pub(crate) fn new(tree: &'t mut Tree<'a>, inputs: &[InputFile]) -> Self {
        let opened = inputs.iter().map(|input| (input.path.clone(), (input.id, input.text.clone()))).collect();
        let by_id = inputs.iter().map(|input| (input.id, input.path.clone())).collect();
        Files { tree, opened, by_id }
    }

    /// Every path, sorted.
    pub(crate) fn paths(&self) -> &'a [String] {
        self.tree.paths
    }

    /// Whether there is such a file.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.tree.paths.binary_search_by(|known| known.as_str().cmp(path)).is_ok() || self.opened.contains_key(path)
    }

    /// Paths below a folder (all for the empty one).
    pub(crate) fn below(&self, folder: &str) -> &'a [String] {
        let paths = self.tree.paths;
        if folder.is_empty() {
            return paths;
        }
        self.starting(&format!("{folder}/"))
    }

    /// Paths that start with a text.
    pub(crate) fn starting(&self, prefix: &str) -> &'a [String] {
        let paths = self.tree.paths;
        let from = paths.partition_point(|path| path.as_str() < prefix);
        let rest = paths.get(from..).unwrap_or(&[]);
        let count = rest.partition_point(|path| path.starts_with(prefix));
        rest.get(..count).unwrap_or(&[])
    }

    /// The path of a file that was opened.
    pub(crate) fn path_of(&self, file: FileId) -> Option<&str> {
        self.by_id.get(&file).map(|path| &**path)
    }

    /// The only path that is, or ends in, a path of a repository.
    pub(crate) fn ending(&self, path: &str) -> Option<String> {
        if self.has(path) {
            return Some(path.to_owned());
        }
        let end = format!("/{path}");
        let mut fitting = self.tree.paths.iter().filter(|known| known.ends_with(&end));
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Some(one.clone()),
            // The folder at hand may be a part of the repository.
            (None, _) => path.split_once('/').and_then(|(_, rest)| self.ending(rest)),
            _ => None,
        }
    }

    /// The number and text of a file.
    pub(crate) fn open(&mut self, path: &str) -> Option<(FileId, Arc<str>)> {
        if let Some(known) = self.opened.get(path) {
            return Some(known.clone());
        }
        if !self.has(path) {
            return None;
        }
        let opened = (self.tree.open)(path).ok()?;
        self.opened.insert(path.into(), opened.clone());
        self.by_id.insert(opened.0, path.into());
        Some(opened)
    }
}

/// The folder of a path; empty for the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A path relative to a folder, with `.` and `..` worked out. `None` when it leaves the tree or is absolute.
pub(crate) fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') || relative.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn relative_paths_stay_inside_the_tree() {
        assert_eq!(join("a/b", "../c/./d.yaml").as_deref(), Some("a/c/d.yaml"));
        assert_eq!(join("", "./x").as_deref(), Some("x"));
        assert_eq!(join("a", "../../x"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
        assert_eq!(join("a", "https://example.test/x"), None);
    }
}
