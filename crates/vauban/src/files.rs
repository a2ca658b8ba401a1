//! Files of the user: the only place that opens any.

use std::path::{Path, PathBuf};

use vauban_analysis::embedded::ExtraFile;

/// Larger files than this are refused unread.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Reads a file; the error is a short reason in plain words.
pub(crate) fn read(path: &str) -> Result<Vec<u8>, String> {
    let path = Path::new(path);
    let data = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if data.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if data.len() > MAX_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024));
    }
    std::fs::read(path).map_err(|error| reason(&error))
}

/// An error of the operating system in plain words.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// All pages and shelves of a library folder, in order.
pub(crate) fn library_folder(folder: &Path) -> Result<Vec<ExtraFile>, String> {
    let mut paths = Vec::new();
    collect(folder, &mut paths, 0)
        .map_err(|error| format!("`{}` cannot be read: {}", folder.display(), reason(&error)))?;
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        let inside = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let bytes =
            std::fs::read(&path).map_err(|error| format!("`{}` cannot be read: {}", path.display(), reason(&error)))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        out.push(ExtraFile { path: inside, name: path.display().to_string(), text });
    }
    Ok(out)
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>, depth: usize) -> std::io::Result<()> {
    if depth > 8 {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, out, depth + 1)?;
        } else if path.extension().is_some_and(|ending| ending == "md" || ending == "toml") {
            out.push(path);
        }
    }
    Ok(())
}
