//! Folders in memory and on disk, for tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vauban_infrastructure::{Options, Output, Tree, read};
use vauban_model::FileId;

/// Reads a folder that is written out here.
pub(crate) fn read_folder(files: &[(&str, &str)], options: &Options) -> Output {
    let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    paths.sort();
    let mut open = |path: &str| {
        let (at, (_, text)) =
            files.iter().enumerate().find(|(_, (known, _))| *known == path).ok_or_else(|| "not there".to_owned())?;
        Ok((FileId(u32::try_from(at).unwrap()), Arc::from(*text)))
    };
    read(&mut Tree { paths: &paths, open: &mut open }, options)
}

/// A folder of the corpus; `None`, and a line that says so, when it is not there.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: `{}` is not there", path.display());
    None
}

/// Reads a folder on disk.
pub(crate) fn read_disk(root: &Path, options: &Options) -> Output {
    let mut paths = Vec::new();
    list(root, root, &mut paths);
    paths.sort();
    let names = paths.clone();
    let mut open = |path: &str| {
        let at = names.binary_search(&path.to_owned()).map_err(|_| "not there".to_owned())?;
        let bytes = std::fs::read(root.join(path)).map_err(|error| error.to_string())?;
        Ok((FileId(u32::try_from(at).unwrap()), Arc::from(String::from_utf8_lossy(&bytes).as_ref())))
    };
    read(&mut Tree { paths: &paths, open: &mut open }, options)
}

fn list(root: &Path, at: &Path, out: &mut Vec<String>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if !path.ends_with("node_modules") && !path.ends_with(".git") {
                list(root, &path, out);
            }
        } else {
            out.push(path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"));
        }
    }
}

/// The codes of everything said, sorted, each once.
pub(crate) fn codes(output: &Output) -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = output.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The addresses read, in order.
pub(crate) fn addresses(output: &Output) -> Vec<&str> {
    output.inventory.resources.iter().map(|resource| &*resource.address).collect()
}
