//! Files of the user: the only place that opens any.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use vauban_analysis::embedded::ExtraFile;

/// Larger files than this are refused unread.
pub(crate) const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// What was read so far, by the names it was read under.
static READ: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Whether a file, by whatever name, was read by this command.
pub(crate) fn was_read(path: &str) -> bool {
    // Most outputs are not there yet, and nothing of them can have been read.
    let Ok(place) = std::fs::canonicalize(path) else { return false };
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.iter().any(|known| std::fs::canonicalize(known).is_ok_and(|known| known == place))
}

/// Reads a file; the error is a short reason in plain words.
pub(crate) fn read(path: &str) -> Result<Vec<u8>, String> {
    let path = Path::new(path);
    READ.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_path_buf());
    let data = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if data.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if data.len() > MAX_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024));
    }
    // What is no plain file says no size, and may have no end.
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| reason(&error))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024));
    }
    Ok(bytes)
}

/// Writes a file whole or not at all, beside the old one first. What is no plain file, such as `/dev/stdout`, is written to.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let before = std::fs::metadata(path).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return std::fs::write(path, bytes);
    }
    // What nobody may write to is not replaced either.
    if before.is_some() {
        std::fs::OpenOptions::new().write(true).open(path)?;
    }
    // A link stays a link.
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let mut beside = real.clone().into_os_string();
    beside.push(format!(".new-{}", std::process::id()));
    let replace = || {
        std::fs::write(&beside, bytes)?;
        if let Some(before) = &before {
            std::fs::set_permissions(&beside, before.permissions())?;
        }
        std::fs::rename(&beside, &real)
    };
    replace().or_else(|error| {
        let _ = std::fs::remove_file(&beside);
        // A file that may be written in a folder that may not, that is mounted by itself, or whose name leaves no room.
        let alone = matches!(
            error.kind(),
            std::io::ErrorKind::PermissionDenied
                | std::io::ErrorKind::ResourceBusy
                | std::io::ErrorKind::InvalidFilename
                | std::io::ErrorKind::CrossesDevices
        );
        if alone { std::fs::write(path, bytes) } else { Err(error) }
    })
}

/// An error of the operating system in plain words.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        std::io::ErrorKind::NotADirectory => "what should hold it is no folder".to_owned(),
        std::io::ErrorKind::AlreadyExists => "there is a file of that name".to_owned(),
        std::io::ErrorKind::StorageFull => "there is no space left".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => "it cannot be written to at all".to_owned(),
        _ => error.to_string(),
    }
}

/// Writes a file that nobody else may read, and only where there is none yet.
pub(crate) fn write_secret(path: &str, bytes: &[u8]) -> Result<(), String> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => "it is there already".to_owned(),
        std::io::ErrorKind::NotFound => "there is no such folder".to_owned(),
        _ => reason(&error),
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a key keeps the next one from being written there.
        let _ = std::fs::remove_file(path);
        reason(&error)
    })
}

/// More files than this are not listed.
const MOST_FILES: usize = 1_000_000;

/// Folders that hold nothing a team wrote.
const NOT_OURS: [&str; 6] = [".git", "node_modules", ".venv", "__pycache__", ".hg", ".svn"];

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Files below it, relative to it, with forward slashes, sorted.
    pub(crate) paths: Vec<String>,
    /// What is there and is not read, each with the reason.
    pub(crate) passed_over: Vec<String>,
}

/// The files below a folder. Links to folders are not followed, so that no circle is; links to files count where they
/// stay inside of the folder, so that nothing else on the machine is read because a repository points at it.
pub(crate) fn list(folder: &Path) -> Result<Listing, String> {
    let mut out = Listing::default();
    let mut stack = vec![folder.to_path_buf()];
    let mut first = true;
    let root = std::fs::canonicalize(folder).map_err(|error| reason(&error))?;
    while let Some(next) = stack.pop() {
        let named = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let entries = match std::fs::read_dir(&next) {
            Ok(entries) => entries,
            Err(error) if first => return Err(reason(&error)),
            // A folder below that may not be read takes nothing from the rest.
            Err(error) => {
                out.passed_over.push(format!("the folder `{}` cannot be read: {}", named(&next), reason(&error)));
                continue;
            }
        };
        first = false;
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                let name = entry.file_name();
                if !NOT_OURS.iter().any(|other| name.to_str() == Some(other)) {
                    stack.push(path);
                }
                continue;
            }
            let name = named(&path);
            if kind.is_symlink()
                && let Some(why) = refused(&path, &root)
            {
                let folder = path.is_dir();
                if folder || vauban_analysis::reading::may_be_read(&name) {
                    out.passed_over.push(format!("`{name}` is a link {why}"));
                }
                continue;
            }
            if path.to_str().is_none() {
                out.passed_over.push(format!("`{name}` has a name that is not UTF-8"));
            } else if path.is_file() {
                out.paths.push(name);
                if out.paths.len() >= MOST_FILES {
                    return Err(format!("it holds more than {MOST_FILES} files"));
                }
            } else if vauban_analysis::reading::may_be_read(&name) {
                out.passed_over.push(format!("`{name}` is no ordinary file"));
            }
        }
    }
    out.paths.sort();
    out.passed_over.sort();
    Ok(out)
}

/// Why a link is not followed; `None` for one to a file of the folder.
fn refused(link: &Path, root: &Path) -> Option<String> {
    match std::fs::canonicalize(link) {
        Err(_) => Some("that leads nowhere".to_owned()),
        Ok(target) if !target.starts_with(root) => {
            Some(format!("that leads out of the folder, to `{}`", target.display()))
        }
        Ok(target) if target.is_dir() => Some("to a folder, which is read under its own name only".to_owned()),
        Ok(_) => None,
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
        } else if path.extension().is_some_and(|ending| ["md", "toml", "csv"].iter().any(|known| ending == *known)) {
            out.push(path);
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    #[test]
    fn links_out_of_the_folder_are_told_and_not_read() {
        let outside = std::env::temp_dir().join(format!("vauban-links-{}", std::process::id()));
        let folder = outside.join("inside");
        std::fs::create_dir_all(folder.join("part")).unwrap();
        std::fs::write(outside.join("secret.tf"), "").unwrap();
        std::fs::write(folder.join("main.tf"), "").unwrap();
        symlink(outside.join("secret.tf"), folder.join("out.tf")).unwrap();
        symlink(&outside, folder.join("up")).unwrap();
        symlink("main.tf", folder.join("again.tf")).unwrap();
        symlink("nowhere", folder.join("dead.tf")).unwrap();
        symlink("../part", folder.join("part/self")).unwrap();
        let listing = super::list(&folder).unwrap();
        assert_eq!(listing.paths, ["again.tf", "main.tf"]);
        let told = listing.passed_over.join("\n");
        for what in ["`out.tf` is a link that leads out", "`up` is a link that leads out", "`dead.tf`", "`part/self`"] {
            assert!(told.contains(what), "{what}: {told}");
        }
        std::fs::remove_dir_all(&outside).unwrap();
    }
}
