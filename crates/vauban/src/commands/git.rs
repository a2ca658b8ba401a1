//! Questions to git about where a model lies.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Git in the folder of a model.
fn git(model: &str, arguments: &[&str], paths: &[PathBuf]) -> Option<Output> {
    let path = Path::new(model);
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
    };
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).args(paths).output().ok()?;
    output.status.success().then_some(output)
}

/// The commit that a revision names in the repository of a model; `None` where there is none.
pub(crate) fn commit(model: &str, revision: &str) -> Option<String> {
    let revision = format!("{revision}^{{commit}}");
    let output = git(model, &["rev-parse", "--verify", "--quiet", "--end-of-options", &revision], &[])?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Whether the newest commit holds files, or all of a folder, as they are.
pub(crate) fn is_clean(model: &str, files: &[&str]) -> bool {
    let Some(files) = files.iter().map(|file| std::path::absolute(file).ok()).collect::<Option<Vec<PathBuf>>>() else {
        return false;
    };
    // What git ignores in a folder is not read as infrastructure code; a file that was read and is ignored is in no commit.
    let folder = files.iter().all(|file| file.is_dir());
    let arguments: &[&str] = if folder {
        &["status", "--porcelain", "--untracked-files=all", "--"]
    } else {
        &["status", "--porcelain", "--untracked-files=all", "--ignored", "--"]
    };
    let status = git(model, arguments, &files);
    status.is_some_and(|output| output.stdout.is_empty())
}
