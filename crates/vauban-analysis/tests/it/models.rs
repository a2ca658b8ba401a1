//! Reading and analysing models of the repository.

use std::path::{Path, PathBuf};

use vauban_analysis::project::{Inputs, load};
use vauban_analysis::{Options, Session, embedded};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The models of `cases/` and `examples/` that are known by a path.
pub(crate) fn all() -> Vec<String> {
    let mut out = Vec::new();
    for folder in ["cases", "examples"] {
        let entries = std::fs::read_dir(root().join(folder)).expect("the folder is there");
        for entry in entries.flatten() {
            if entry.path().join("model.yaml").is_file() {
                out.push(format!("{folder}/{}/model.yaml", entry.file_name().to_string_lossy()));
            }
        }
    }
    out.sort();
    assert!(out.len() >= 8, "{out:?}");
    out
}

/// A model, analysed, with every path and nothing decided.
pub(crate) fn session(path: &str) -> Session {
    let inputs = Inputs { model: path.to_owned(), ..Inputs::default() };
    let mut read = |name: &str| std::fs::read(root().join(name)).map_err(|error| error.to_string());
    let project = load(&inputs, &mut read).unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), options())
}

/// How the laws analyse.
pub(crate) fn options() -> Options {
    Options { max_paths: 10_000, ..Options::default() }
}
