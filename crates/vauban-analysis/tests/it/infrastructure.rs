//! Folders of infrastructure code, read and analysed in process.

use std::path::{Path, PathBuf};

use vauban_analysis::project::{Inputs, load_infrastructure};
use vauban_analysis::{Options, Session, embedded, reading};

use crate::laws_support::LIBRARY;

/// The corpus beside the repository; `None`, said aloud, where it is not there.
pub(crate) fn corpus(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: there is no {} here", path.display());
    None
}

/// The files below a folder, relative to it, sorted.
pub(crate) fn list(folder: &Path) -> Vec<String> {
    let mut out = Vec::new();
    let mut stack = vec![folder.to_path_buf()];
    while let Some(next) = stack.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                stack.push(path);
            } else if let Ok(inside) = path.strip_prefix(folder) {
                out.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    out.sort();
    out
}

/// A folder, read and analysed with the library of the tests.
pub(crate) fn session(folder: &Path) -> Session {
    session_of(folder, &list(folder))
}

/// Some files of a folder, read and analysed.
pub(crate) fn session_of(folder: &Path, paths: &[String]) -> Session {
    let name = folder.to_string_lossy().into_owned();
    let inputs = Inputs { model: name, ..Inputs::default() };
    let mut read = |name: &str| std::fs::read(name).map_err(|error| error.to_string());
    let project = load_infrastructure(&inputs, paths, &reading::Options::default(), false, &LIBRARY, &mut read)
        .unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), Options { max_paths: 50, ..Options::default() })
}
